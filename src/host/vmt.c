/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM table as the IRS knows it: assigned once, taken back once. Its memory is freed only after the IRS
 * is proved not to hold it (R48); until then the driver keeps it as gic->retained_vmt.
 */
#include "host.h"

static int write_baser(struct vgic5_gic *gic, uint64_t baser)
{
	return vgic5_irs_command64(gic, gic->virt_irs, GIC5_IRS_VMT_STATUSR, GIC5_IRS_VMT_BASER,
				   baser);
}

static bool is_valid(struct vgic5_gic *gic)
{
	const uint64_t baser = port_irs_read64(gic->port, gic->virt_irs, GIC5_IRS_VMT_BASER);

	return GIC5_GET(IRS_VMT_BASER_VALID, baser);
}

int vgic5_gic_release_vmt(struct vgic5_gic *gic, struct port_table *table)
{
	int rc = 0;

	if (!table->va)
		return 0;
	rc = write_baser(gic, 0);
	if (!rc && is_valid(gic))
		rc = -VGIC5_E_TIMEDOUT;
	if (!rc)
		vgic5_table_free(&gic->mem, table);
	return rc;
}

static int assign(struct vgic5_gic *gic, const struct port_table *table, unsigned vm_id_bits,
		  bool two_level)
{
	const uint32_t cfgr = (uint32_t)(GIC5_PUT(IRS_VMT_CFGR_STRUCTURE, two_level) |
					 GIC5_PUT(IRS_VMT_CFGR_VM_ID_BITS, vm_id_bits));
	const uint64_t baser =
		GIC5_ADDR(IRS_VMT_BASER_ADDR, table->pa.pa) | GIC5_PUT(IRS_VMT_BASER_VALID, 1);
	int rc = vgic5_irs_command32(gic, gic->virt_irs, GIC5_IRS_VMT_STATUSR, GIC5_IRS_VMT_CFGR,
				     cfgr);

	if (!rc)
		rc = write_baser(gic, baser);
	if (!rc && !is_valid(gic))
		rc = -VGIC5_E_IO;
	return rc;
}

int vgic5_gic_assign_vmt(struct vgic5_gic *gic, struct port_table *table, unsigned vm_id_bits,
			 bool two_level)
{
	int rc = assign(gic, table, vm_id_bits, two_level);

	if (rc && vgic5_gic_release_vmt(gic, table)) {
		gic->retained_vmt = *table;
		*table = (struct port_table){0};
	}
	return rc;
}
