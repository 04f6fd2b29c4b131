/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's IRSs: commands as indivisible steps, bring-up, the physical IST with level-2 tables on
 * demand, and their end.
 */
#include "host.h"

int vgic5_irs_wait(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t *value)
{
	const uint32_t idle = status == GIC5_IRS_CR0 ? (uint32_t)GIC5_MASK(IRS_CR0_IDLE)
						     : (uint32_t)GIC5_MASK(IRS_VMT_STATUSR_IDLE);
	uint32_t last = 0;
	const int rc = port_poll(gic->port, irs, status, idle, &last);

	if (value)
		*value = last;
	return rc;
}

int vgic5_irs_command32(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t reg,
			uint32_t value)
{
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = vgic5_irs_wait(gic, irs, status, NULL);
	if (!rc) {
		port_irs_write32(gic->port, irs, reg, value);
		rc = vgic5_irs_wait(gic, irs, status, NULL);
	}
	port_unlock(gic->port, &gic->irs);
	return rc;
}

int vgic5_irs_command64(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t reg,
			uint64_t value)
{
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = vgic5_irs_wait(gic, irs, status, NULL);
	if (!rc) {
		port_irs_write64(gic->port, irs, reg, value);
		rc = vgic5_irs_wait(gic, irs, status, NULL);
	}
	port_unlock(gic->port, &gic->irs);
	return rc;
}

/* Attributes of all tables: write-back, inner shareable, allocating; non-cacheable if not coherent. */
static uint32_t cr1_value(const struct vgic5_gic *gic)
{
	if (gic->mem.noncoherent)
		return 0;
	return (uint32_t)(GIC5_MASK(IRS_CR1_VPED_WA) | GIC5_MASK(IRS_CR1_VPED_RA) |
			  GIC5_MASK(IRS_CR1_VMD_WA) | GIC5_MASK(IRS_CR1_VMD_RA) |
			  GIC5_MASK(IRS_CR1_VPET_WA) | GIC5_MASK(IRS_CR1_VPET_RA) |
			  GIC5_MASK(IRS_CR1_VMT_WA) | GIC5_MASK(IRS_CR1_VMT_RA) |
			  GIC5_MASK(IRS_CR1_IST_WA) | GIC5_MASK(IRS_CR1_IST_RA) |
			  GIC5_PUT(IRS_CR1_IC, 1) | GIC5_PUT(IRS_CR1_OC, 1) |
			  GIC5_PUT(IRS_CR1_SH, 3));
}

static int irs_enable(struct vgic5_gic *gic, unsigned irs, bool enable)
{
	return vgic5_irs_command32(gic, irs, GIC5_IRS_CR0, GIC5_IRS_CR0,
				   (uint32_t)GIC5_PUT(IRS_CR0_IRSEN, enable));
}

static int irs_check(struct vgic5_gic *gic, unsigned irs)
{
	const uint32_t idr0 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR0);
	const uint32_t idr2 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR2);

	if (GIC5_GET(IRS_IDR0_INT_DOM, idr0) != GIC5_DOM_NS || !GIC5_GET(IRS_IDR2_LPI, idr2))
		return -VGIC5_E_NODEV;
	return 0;
}

static void read_caps(struct vgic5_gic *gic)
{
	const unsigned irs = gic->virt_irs;

	gic->caps.idr0 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR0);
	gic->caps.idr1 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR1);
	gic->caps.idr2 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR2);
	gic->caps.idr3 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR3);
	gic->caps.idr4 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR4);
	gic->caps.idr5 = port_irs_read32(gic->port, irs, GIC5_IRS_IDR5);
}

/* ---- the physical IST, on IRS 0 ---- */

static uint32_t ist_cfgr(const struct ist_shape *shape)
{
	return (uint32_t)(GIC5_PUT(IRS_IST_CFGR_STRUCTURE, shape->two_level) |
			  GIC5_PUT(IRS_IST_CFGR_ISTSZ, shape->istsz) |
			  GIC5_PUT(IRS_IST_CFGR_L2SZ, shape->l2sz) |
			  GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, shape->id_bits));
}

static int pick_lpi_id_bits(struct vgic5_gic *gic, unsigned wanted)
{
	const uint32_t idr2 = port_irs_read32(gic->port, 0, GIC5_IRS_IDR2);
	const unsigned max = (unsigned)GIC5_GET(IRS_IDR2_ID_BITS, idr2);
	const unsigned min = (unsigned)GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, idr2);
	unsigned bits = wanted ? wanted : VGIC5_MAX_ID_BITS;

	if (!wanted && bits > max)
		bits = max;
	if (!wanted && bits < min)
		bits = min;
	if (bits > max || bits < min || bits > GIC5_CDEN_ID_WIDTH)
		return -VGIC5_E_INVAL;
	gic->lpi_id_bits = (uint8_t)bits;
	return 0;
}

static int ist_enable(struct vgic5_gic *gic)
{
	const uint32_t idr2 = port_irs_read32(gic->port, 0, GIC5_IRS_IDR2);
	const struct ist_shape shape = vgic5_ist_shape_for(idr2, gic->lpi_id_bits);
	uint64_t baser = port_irs_read64(gic->port, 0, GIC5_IRS_IST_BASER);
	int rc = 0;

	if (GIC5_GET(IRS_IST_BASER_VALID, baser))
		return -VGIC5_E_BUSY;
	rc = vgic5_ist_alloc(&gic->mem, shape, false, &gic->table);
	if (rc)
		return rc;

	port_irs_write32(gic->port, 0, GIC5_IRS_IST_CFGR, ist_cfgr(&shape));
	baser = GIC5_ADDR(IRS_IST_BASER_ADDR, gic->table.top.pa.pa) |
		GIC5_PUT(IRS_IST_BASER_VALID, 1);
	rc = vgic5_irs_command64(gic, 0, GIC5_IRS_IST_STATUSR, GIC5_IRS_IST_BASER, baser);
	if (rc)
		return rc;
	baser = port_irs_read64(gic->port, 0, GIC5_IRS_IST_BASER);
	return GIC5_GET(IRS_IST_BASER_VALID, baser) ? 0 : -VGIC5_E_IO;
}

/* The table is freed only after the IRS is proved not to hold it. */
static int ist_disable(struct vgic5_gic *gic)
{
	int rc = 0;

	if (!gic->table.top.va)
		return 0;
	rc = vgic5_irs_command64(gic, 0, GIC5_IRS_IST_STATUSR, GIC5_IRS_IST_BASER, 0);
	if (rc)
		return rc;
	if (GIC5_GET(IRS_IST_BASER_VALID, port_irs_read64(gic->port, 0, GIC5_IRS_IST_BASER)))
		return -VGIC5_E_TIMEDOUT;
	vgic5_ist_free(&gic->mem, &gic->table);
	return 0;
}

/* ---- life cycle ---- */

static int bring_up(struct vgic5_gic *gic, const struct vgic5_gic_config *cfg)
{
	int rc = 0;

	for (unsigned irs = 0; irs < gic->irs_count && !rc; irs++)
		rc = irs_check(gic, irs);
	if (!rc)
		rc = pick_lpi_id_bits(gic, cfg->lpi_id_bits);
	if (rc)
		return rc;

	read_caps(gic);
	gic->lpi_chunks = (((uint32_t)1 << gic->lpi_id_bits) + GIC_LPI_CHUNK - 1) / GIC_LPI_CHUNK;
	gic->lpis = port_alloc(gic->port, gic->lpi_chunks * sizeof(*gic->lpis));
	if (!gic->lpis)
		return -VGIC5_E_NOMEM;

	for (unsigned irs = 0; irs < gic->irs_count; irs++)
		port_irs_write32(gic->port, irs, GIC5_IRS_CR1, cr1_value(gic));
	rc = ist_enable(gic);
	while (gic->irs_enabled < gic->irs_count && !rc)
		rc = irs_enable(gic, gic->irs_enabled++, true);
	return rc;
}

int vgic5_gic_create(struct port_host *port, const struct vgic5_gic_config *cfg,
		     struct vgic5_gic **out)
{
	struct vgic5_gic *gic = NULL;
	int rc = 0;

	*out = NULL;
	if (cfg->irs_count == 0 || cfg->virt_irs >= cfg->irs_count)
		return -VGIC5_E_INVAL;
	gic = port_alloc(port, sizeof(*gic));
	if (!gic)
		return -VGIC5_E_NOMEM;
	gic->port = port;
	gic->mem.port = port;
	gic->mem.noncoherent = cfg->noncoherent;
	gic->irs_count = cfg->irs_count;
	gic->virt_irs = cfg->virt_irs;
	port_lock_init(port, &gic->irs, PORT_LOCK_IRQOFF);
	port_lock_init(port, &gic->ist, PORT_LOCK_SLEEP);

	rc = bring_up(gic, cfg);
	if (rc && vgic5_gic_destroy(gic) == 0)
		return rc;
	*out = gic;
	return rc;
}

static void free_chunks(struct vgic5_gic *gic)
{
	if (!gic->lpis)
		return;
	for (uint32_t i = 0; i < gic->lpi_chunks; i++) {
		struct lpi_desc *chunk = atomic_load(&gic->lpis[i]);

		if (chunk)
			port_free(gic->port, chunk, GIC_LPI_CHUNK * sizeof(*chunk));
	}
	port_free(gic->port, gic->lpis, gic->lpi_chunks * sizeof(*gic->lpis));
}

int vgic5_gic_destroy(struct vgic5_gic *gic)
{
	int rc = 0;

	if (!gic)
		return 0;
	if (atomic_load(&gic->hosts) || atomic_load(&gic->lpi_count))
		return -VGIC5_E_BUSY;
	if (gic->retained_vmt.va) {
		rc = vgic5_gic_release_vmt(gic, &gic->retained_vmt);
		if (rc)
			return rc;
	}
	rc = ist_disable(gic);
	while (gic->irs_enabled && !rc) {
		rc = irs_enable(gic, gic->irs_enabled - 1u, false);
		if (!rc)
			gic->irs_enabled--;
	}
	if (rc)
		return -VGIC5_E_TIMEDOUT;
	free_chunks(gic);
	port_free(gic->port, gic, sizeof(*gic));
	return 0;
}
