/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells (facts page, 11). The condition is a standing predicate: whoever changes one of its
 * inputs calls gic5_doorbell_check(), so there is no moment at which a wake-up can be lost. Ringing
 * ends the request.
 */
#include "hw.h"

static bool vpe_available(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		if (vm->vpes[i] && vm->vpes[i]->pe && !vm->vpes[i]->dps)
			return true;
	}
	return false;
}

/*
 * Best priority that waits for this VPE; U8: with the VM's unplaced 1-of-N interrupts if it rings
 * for them.
 */
static uint32_t best_waiting(const struct vpe *vpe)
{
	const struct vm *vm = vpe->vm;
	uint32_t mask = ready_mask(&vpe->ready);

	if (vm->db_en && vm->db_vpe == vpe->id && ready_mask(&vm->space.pool) && !vpe_available(vm))
		mask |= ready_mask(&vm->space.pool);
	return mask ? (uint32_t)__builtin_ctz(mask) : GIC5_PRIO_IDLE;
}

/* It would ring, but nobody said which LPI. */
static void report_unset(struct vpe *vpe)
{
	struct who who = gic5_host(vpe->vm->space.gic);

	if (!vpe->unset_reported)
		gic5_strict(&who, 14, "doorbell settings", (uint64_t)vpe->vm->id << 16 | vpe->id);
	vpe->unset_reported = true;
}

/* @self as in struct who. The VPE is locked. */
void gic5_doorbell_check(struct vpe *vpe, struct gic5_pe *self)
{
	struct gic5 *gic = vpe->vm->space.gic;
	struct who who = gic5_host(gic);
	uint32_t intid = GIC5_INTID(GIC5_TYPE_LPI, vpe->doorbell);

	if (!vpe->requested || vpe->pe)
		return;
	if (!gic->tables.vmt_irs->regs.irsen) /* U16 */
		return;
	if (best_waiting(vpe) > vpe->request_dbpm)
		return;
	if (!vpe->dbv) {
		report_unset(vpe);
		return;
	}
	vpe->requested = false;
	who.self = self;
	gic5_trace(gic, GIC5_EV_DOORBELL, &vpe->vm->space, intid, 0, vpe->id, -1);
	gic5_physical_event(&who, intid, GIC5_SET_EDGE, 14, "doorbell");
}

/* U15: the mask that counts is the one given with the request. */
void gic5_doorbell_request(struct vpe *vpe, uint8_t dbpm, struct gic5_pe *self)
{
	vpe->requested = true;
	vpe->unset_reported = false;
	vpe->request_dbpm = dbpm;
	gic5_doorbell_check(vpe, self);
}

/* The unplaced 1-of-N interrupts of a VM changed. */
void gic5_vm_doorbell(struct vm *vm)
{
	struct vpe *vpe = vm->db_en && vm->db_vpe < vm->vpe_count ? vm->vpes[vm->db_vpe] : NULL;

	if (!vpe)
		return;
	lock(vm->space.gic, &vpe->ready.lock);
	gic5_doorbell_check(vpe, NULL);
	target_unlock(&vpe->ready);
}

/* The ready lists of a locked VPE changed. */
void gic5_vpe_settle(struct vpe *vpe, struct gic5_pe *self)
{
	struct gic5 *gic = vpe->vm->space.gic;
	struct gic5_pe *pe = vpe->pe;

	if (!pe) {
		gic5_doorbell_check(vpe, self);
		return;
	}
	if (pe == self) {
		own_lock(pe);
	} else {
		own_release(self);
		pe_lock(pe);
	}
	pe->vcandidate = gic5_top(gic, &vpe->ready);
	gic5_pe_update(pe);
	if (pe != self)
		pe_unlock(pe);
}
