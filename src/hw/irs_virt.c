/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IRS registers of virtualization (facts page, 6.2 and 6.3). The commands themselves are in vmt.c
 * and vm_commands.c.
 */
#include "irs.h"

/* ---- VM table ---- */

static uint64_t vmt_baser_read(struct gic5_irs *irs)
{
	return irs->regs.vmt_baser;
}

static void vmt_baser_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	bool was = GIC5_GET(IRS_VMT_BASER_VALID, irs->regs.vmt_baser);
	bool valid = GIC5_GET(IRS_VMT_BASER_VALID, value);

	if (was && valid) {
		gic5_strict(who, 3, "IRS_VMT_BASER", value);
		return;
	}
	if (was)
		gic5_vmt_close(irs->gic, who);
	irs->regs.vmt_baser = GIC5_ADDR(IRS_VMT_BASER_ADDR, value);
	if (valid && gic5_vmt_open(irs, who))
		irs->regs.vmt_baser |= GIC5_MASK(IRS_VMT_BASER_VALID);
}

static uint64_t vmt_cfgr_read(struct gic5_irs *irs)
{
	return irs->regs.vmt_cfgr;
}

static void vmt_cfgr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (GIC5_GET(IRS_VMT_BASER_VALID, irs->regs.vmt_baser)) {
		gic5_strict(who, 3, "IRS_VMT_CFGR", value);
		return;
	}
	irs->regs.vmt_cfgr = (uint32_t)(value & (GIC5_MASK(IRS_VMT_CFGR_STRUCTURE) |
						 GIC5_MASK(IRS_VMT_CFGR_VM_ID_BITS)));
}

static uint64_t vmt_statusr_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_VMT_STATUSR_IDLE, gic5_irs_idle(irs, GIC5_STATUS_VMT));
}

/* ---- map commands ---- */

static void vmap_l2_vmtr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (GIC5_GET(IRS_VMAP_L2_VMTR_M, value))
		gic5_vmt_map_l2(irs->gic, (uint32_t)GIC5_GET(IRS_VMAP_L2_VMTR_VM_ID, value), who,
				value);
	else
		gic5_strict(who, 7, "IRS_VMAP_L2_VMTR", value);
}

static void vmap_vmr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	uint32_t vm = (uint32_t)GIC5_GET(IRS_VMAP_VMR_VM_ID, value);

	if (!GIC5_GET(IRS_VMAP_VMR_M, value))
		gic5_strict(who, 7, "IRS_VMAP_VMR", value);
	else if (GIC5_GET(IRS_VMAP_VMR_U, value))
		gic5_vm_unmap(irs->gic, vm, who, value);
	else
		gic5_vm_map(irs->gic, vm, who, value);
}

static void vmap_vistr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	uint32_t vm = (uint32_t)GIC5_GET(IRS_VMAP_VISTR_VM_ID, value);
	unsigned type = (unsigned)GIC5_GET(IRS_VMAP_VISTR_TYPE, value);

	if (!GIC5_GET(IRS_VMAP_VISTR_M, value))
		gic5_strict(who, 7, "IRS_VMAP_VISTR", value);
	else if (GIC5_GET(IRS_VMAP_VISTR_U, value))
		gic5_vm_unmap_ist(irs->gic, vm, type, who);
	else
		gic5_vm_map_ist(irs->gic, vm, type, who, value);
}

static void vmap_l2_vistr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	uint32_t intid = (uint32_t)GIC5_INTID(GIC5_GET(IRS_VMAP_L2_VISTR_TYPE, value),
					      GIC5_GET(IRS_VMAP_L2_VISTR_ID, value));

	if (GIC5_GET(IRS_VMAP_L2_VISTR_M, value))
		gic5_vm_map_l2_ist(irs->gic, (uint32_t)GIC5_GET(IRS_VMAP_L2_VISTR_VM_ID, value),
				   intid, who, value);
	else
		gic5_strict(who, 7, "IRS_VMAP_L2_VISTR", value);
}

static void vmap_vper_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (GIC5_GET(IRS_VMAP_VPER_M, value))
		gic5_vm_map_vpe(irs->gic, (uint32_t)GIC5_GET(IRS_VMAP_VPER_VM_ID, value),
				(uint32_t)GIC5_GET(IRS_VMAP_VPER_VPE_ID, value), who, value);
	else
		gic5_strict(who, 7, "IRS_VMAP_VPER", value);
}

/* ---- VPEs ---- */

/* The selected VPE, or NULL: V=0. U7: S=0 selects nothing. */
static struct vpe *selected_vpe(const struct gic5_irs *irs)
{
	uint64_t selr = irs->regs.vpe_selr;

	if (!GIC5_GET(IRS_VPE_SELR_S, selr) || irs->status[GIC5_STATUS_VPE].failed)
		return NULL;
	return gic5_vpe_find(irs->gic, (uint32_t)GIC5_GET(IRS_VPE_SELR_VM_ID, selr),
			     (uint32_t)GIC5_GET(IRS_VPE_SELR_VPE_ID, selr));
}

static uint64_t vpe_selr_read(struct gic5_irs *irs)
{
	return irs->regs.vpe_selr;
}

static void vpe_selr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	irs->regs.vpe_selr = value & (GIC5_MASK(IRS_VPE_SELR_S) | GIC5_MASK(IRS_VPE_SELR_VPE_ID) |
				      GIC5_MASK(IRS_VPE_SELR_VM_ID));
	gic5_irs_selected(irs, GIC5_STATUS_VPE);
}

static uint64_t vpe_dbr_read(struct gic5_irs *irs)
{
	struct vpe *vpe = selected_vpe(irs);
	uint64_t value;

	if (!vpe)
		return 0;
	lock(irs->gic, &vpe->ready.lock);
	value = GIC5_PUT(IRS_VPE_DBR_DBV, vpe->dbv) | GIC5_PUT(IRS_VPE_DBR_REQ_DB, vpe->requested) |
		GIC5_PUT(IRS_VPE_DBR_DBPM, vpe->dbpm) | GIC5_PUT(IRS_VPE_DBR_INTID, vpe->doorbell);
	target_unlock(&vpe->ready);
	return value;
}

struct sharing {
	const struct vpe *vpe;
	bool found;
};

static void find_sharing(struct vm *vm, void *arg)
{
	struct sharing *sharing = arg;

	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		const struct vpe *other = vm->vpes[i];

		if (other && other != sharing->vpe && other->dbv &&
		    other->doorbell == sharing->vpe->doorbell)
			sharing->found = true;
	}
}

/* RDHHRM: every VPE has a doorbell LPI of its own. Only strict mode looks. */
static void check_sharing(const struct vpe *vpe, const struct who *who, uint64_t value)
{
	struct sharing sharing = {.vpe = vpe};

	if (!vpe->dbv || !who->gic->cfg.strict)
		return;
	gic5_each_vm(who->gic, find_sharing, &sharing);
	if (sharing.found)
		gic5_strict(who, 14, "IRS_VPE_DBR", value);
}

/* DBV=0 ends the settings and with them a request; REQ_DB=0 leaves a request alone. */
static void vpe_dbr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	struct vpe *vpe = selected_vpe(irs);

	if (!vpe)
		return;
	lock(irs->gic, &vpe->ready.lock);
	vpe->dbv = GIC5_GET(IRS_VPE_DBR_DBV, value);
	vpe->dbpm = (uint8_t)GIC5_GET(IRS_VPE_DBR_DBPM, value);
	vpe->doorbell = (uint32_t)GIC5_GET(IRS_VPE_DBR_INTID, value);
	check_sharing(vpe, who, value);
	if (!vpe->dbv)
		vpe->requested = false;
	else if (GIC5_GET(IRS_VPE_DBR_REQ_DB, value) && !vpe->pe)
		gic5_doorbell_request(vpe, vpe->dbpm, NULL);
	else
		gic5_doorbell_check(vpe, NULL);
	target_unlock(&vpe->ready);
}

/* What the VPE would be presented if it were resident. */
static uint64_t vpe_hppir_read(struct gic5_irs *irs)
{
	struct vpe *vpe = selected_vpe(irs);
	struct candidate top, pooled;
	struct space *space;

	if (!vpe || !irs->gic->tables.vmt_irs->regs.irsen)
		return 0;
	space = &vpe->vm->space;
	lock(irs->gic, &vpe->ready.lock);
	top = gic5_top(irs->gic, &vpe->ready);
	target_unlock(&vpe->ready);
	lock(irs->gic, &space->pool.lock);
	pooled = gic5_top(irs->gic, &space->pool);
	unlock(&space->pool.lock);
	if (!vpe->dps && pooled.priority < top.priority)
		top = pooled;
	return hppi_value(&top);
}

static uint64_t vpe_cr0_read(struct gic5_irs *irs)
{
	const struct vpe *vpe = selected_vpe(irs);

	return vpe ? GIC5_PUT(IRS_VPE_CR0_DPS, vpe->dps) : 0;
}

static void vpe_cr0_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	struct vpe *vpe = selected_vpe(irs);

	if (!vpe)
		return;
	vpe->dps = GIC5_GET(IRS_VPE_CR0_DPS, value);
	if (irs->gic->any_one_n)
		gic5_one_n_rebalance(&vpe->vm->space);
}

static uint64_t vpe_statusr_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_VPE);

	return GIC5_PUT(IRS_VPE_STATUSR_IDLE, idle) |
	       GIC5_PUT(IRS_VPE_STATUSR_V, idle && selected_vpe(irs));
}

/* ---- VMs ---- */

static struct vm *selected_vm(const struct gic5_irs *irs)
{
	return irs->status[GIC5_STATUS_VM].failed ? NULL
						  : gic5_vm_find(irs->gic, irs->regs.vm_selr);
}

static uint64_t vm_selr_read(struct gic5_irs *irs)
{
	return irs->regs.vm_selr;
}

static void vm_selr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	irs->regs.vm_selr = (uint32_t)GIC5_GET(IRS_VM_SELR_VM_ID, value);
	gic5_irs_selected(irs, GIC5_STATUS_VM);
}

static uint64_t vm_dbr_read(struct gic5_irs *irs)
{
	const struct vm *vm = selected_vm(irs);

	if (!vm)
		return 0;
	return GIC5_PUT(IRS_VM_DBR_EN, vm->db_en) | GIC5_PUT(IRS_VM_DBR_VPE_ID, vm->db_vpe);
}

static void vm_dbr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	struct vm *vm = selected_vm(irs);

	if (!vm)
		return;
	vm->db_en = GIC5_GET(IRS_VM_DBR_EN, value);
	vm->db_vpe = (uint16_t)GIC5_GET(IRS_VM_DBR_VPE_ID, value);
	gic5_vm_doorbell(vm);
}

static uint64_t vm_statusr_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_VM);

	return GIC5_PUT(IRS_VM_STATUSR_IDLE, idle) |
	       GIC5_PUT(IRS_VM_STATUSR_V, idle && selected_vm(irs));
}

static void save_vmr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	irs->regs.save_q = gic5_vm_save(irs->gic, (uint32_t)GIC5_GET(IRS_SAVE_VMR_VM_ID, value),
					GIC5_GET(IRS_SAVE_VMR_S, value),
					GIC5_GET(IRS_SAVE_VMR_Q, value), who, value);
}

static uint64_t save_vm_statusr_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_SAVE_VM);

	return GIC5_PUT(IRS_SAVE_VM_STATUSR_IDLE, idle) |
	       GIC5_PUT(IRS_SAVE_VM_STATUSR_Q, idle && irs->regs.save_q);
}

const struct irs_row gic5_irs_virt_rows[] = {
	ROW(VMT_BASER, .read = vmt_baser_read, .write = vmt_baser_write, .status = GIC5_STATUS_VMT),
	ROW(VMT_CFGR, .read = vmt_cfgr_read, .write = vmt_cfgr_write, .status = NO_STATUS),
	ROW(VMT_STATUSR, .read = vmt_statusr_read, .status = NO_STATUS),
	ROW(VPE_SELR, .read = vpe_selr_read, .write = vpe_selr_write, .status = GIC5_STATUS_VPE,
	    .command = true),
	ROW(VPE_DBR, .read = vpe_dbr_read, .write = vpe_dbr_write, .status = GIC5_STATUS_VPE,
	    .command = true),
	ROW(VPE_HPPIR, .read = vpe_hppir_read, .status = NO_STATUS),
	ROW(VPE_CR0, .read = vpe_cr0_read, .write = vpe_cr0_write, .status = GIC5_STATUS_VPE),
	ROW(VPE_STATUSR, .read = vpe_statusr_read, .status = NO_STATUS),
	ROW(VM_DBR, .read = vm_dbr_read, .write = vm_dbr_write, .status = GIC5_STATUS_VM,
	    .command = true),
	ROW(VM_SELR, .read = vm_selr_read, .write = vm_selr_write, .status = GIC5_STATUS_VM),
	ROW(VM_STATUSR, .read = vm_statusr_read, .status = NO_STATUS),
	ROW(VMAP_L2_VMTR, .write = vmap_l2_vmtr_write, .status = GIC5_STATUS_VMT, .command = true),
	ROW(VMAP_VMR, .write = vmap_vmr_write, .status = GIC5_STATUS_VMT, .command = true),
	ROW(VMAP_VISTR, .write = vmap_vistr_write, .status = GIC5_STATUS_VMT, .command = true),
	ROW(VMAP_L2_VISTR, .write = vmap_l2_vistr_write, .status = GIC5_STATUS_VMT,
	    .command = true),
	ROW(VMAP_VPER, .write = vmap_vper_write, .status = GIC5_STATUS_VMT, .command = true),
	ROW(SAVE_VMR, .write = save_vmr_write, .status = GIC5_STATUS_SAVE_VM, .command = true),
	ROW(SAVE_VM_STATUSR, .read = save_vm_statusr_read, .status = NO_STATUS),
};
const size_t gic5_irs_virt_row_count = sizeof(gic5_irs_virt_rows) / sizeof(gic5_irs_virt_rows[0]);
