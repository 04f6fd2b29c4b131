/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Residency: which VPE a PE runs (facts page, 10.2). ICH_CONTEXTR_EL2 is written here and nowhere
 * else.
 */
#include "hw.h"

/* The VPE leaves its PE, with a doorbell request or without. */
static void leave(struct gic5_pe *pe, bool request, uint8_t dbpm)
{
	struct vpe *vpe = pe->vpe;
	struct gic5 *gic = pe->gic;

	lock(gic, &vpe->ready.lock);
	pe_lock(pe);
	pe->vpe = NULL;
	pe->vcandidate = (struct candidate){.priority = GIC5_PRIO_IDLE};
	gic5_pe_update(pe);
	pe_unlock(pe);
	vpe->pe = NULL;
	gic5_trace(gic, GIC5_EV_NONRESIDENT, &vpe->vm->space, 0, 0, vpe->id, (int32_t)pe->index);
	if (request)
		gic5_doorbell_request(vpe, dbpm, pe);
	target_unlock(&vpe->ready);
}

/* Why the VPE cannot become resident here, or NULL; the checks in the order of the facts page. */
static const char *refusal(struct gic5_pe *pe, uint32_t vm_id, uint32_t vpe_id, struct vpe **out)
{
	struct gic5 *gic = pe->gic;
	struct vm *vm = gic5_vm_find(gic, vm_id);

	if (!pe->irs->cfg.virt)
		return "ICH_CONTEXTR_EL2: the IRS has no virtualization";
	if (!pe->regs.link)
		return "ICH_CONTEXTR_EL2: link down";
	if (!gic->tables.vmt_irs)
		return "ICH_CONTEXTR_EL2: VM table invalid";
	if (!vm)
		return "ICH_CONTEXTR_EL2: VM out of range or invalid";
	*out = gic5_vpe_find(gic, vm_id, vpe_id);
	if (!*out)
		return "ICH_CONTEXTR_EL2: VPE out of range or invalid";
	return NULL;
}

static bool injected_failure(struct gic5 *gic)
{
	uint32_t left = atomic_load(&gic->fail_residency);

	while (left && !atomic_compare_exchange_weak(&gic->fail_residency, &left, left - 1))
		;
	return left == 1;
}

static bool enter(struct gic5_pe *pe, struct vpe *vpe)
{
	struct gic5 *gic = pe->gic;

	lock(gic, &vpe->ready.lock);
	if (vpe->pe) {
		target_unlock(&vpe->ready);
		return false;
	}
	vpe->pe = pe;
	vpe->requested = false; /* U13 */
	pe_lock(pe);
	pe->vpe = vpe;
	pe->vcandidate = gic5_top(gic, &vpe->ready);
	gic5_pe_update(pe);
	pe_unlock(pe);
	gic5_trace(gic, GIC5_EV_RESIDENT, &vpe->vm->space, 0, 0, vpe->id, (int32_t)pe->index);
	target_unlock(&vpe->ready);
	return true;
}

static bool make_resident(struct gic5_pe *pe, uint64_t value)
{
	uint32_t vm_id = (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VM, value);
	uint32_t vpe_id = (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VPE, value);
	struct who who = gic5_host_on(pe);
	struct vpe *vpe = NULL;
	const char *why;

	if (pe->vpe && pe->vpe->id == vpe_id && pe->vpe->vm->id == vm_id)
		return true;
	if (pe->vpe)
		leave(pe, false, 0);
	why = refusal(pe, vm_id, vpe_id, &vpe);
	if (!why && injected_failure(pe->gic))
		why = "ICH_CONTEXTR_EL2: injected fault";
	if (why) {
		gic5_strict(&who, 12, why, value);
		return false;
	}
	if (enter(pe, vpe))
		return true;
	gic5_strict(&who, 13, "ICH_CONTEXTR_EL2", value);
	return false;
}

static void contextr_write(struct gic5_pe *pe, uint64_t value)
{
	uint64_t kept =
		value & (GIC5_MASK(ICH_CONTEXTR_EL2_V) | GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS) |
			 GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_MASK(ICH_CONTEXTR_EL2_DBPM) |
			 GIC5_MASK(ICH_CONTEXTR_EL2_VPE) | GIC5_MASK(ICH_CONTEXTR_EL2_VM));

	if (!GIC5_GET(ICH_CONTEXTR_EL2_V, value)) {
		if (pe->vpe)
			leave(pe, GIC5_GET(ICH_CONTEXTR_EL2_DB, value),
			      (uint8_t)GIC5_GET(ICH_CONTEXTR_EL2_DBPM, value));
	} else if (!make_resident(pe, value)) {
		kept |= GIC5_MASK(ICH_CONTEXTR_EL2_F);
	}
	pe_lock(pe);
	pe->regs.contextr = kept;
	gic5_pe_update(pe);
	pe_unlock(pe);
}

/* With 1-of-N a change of residency moves interrupts between VPEs, which needs the system alone. */
void gic5_contextr_write(struct gic5_pe *pe, uint64_t value)
{
	struct gic5 *gic = pe->gic;
	struct vm *left;

	own_release(pe);
	if (!gic->tables.vmt_irs || !gic->tables.vmt_irs->cfg.virt_one_n) {
		contextr_write(pe, value);
		return;
	}
	gate_exit(pe);
	gic5_registers_lock(gic);
	gic5_exclude(gic);
	left = pe->vpe ? pe->vpe->vm : NULL;
	contextr_write(pe, value);
	if (left)
		gic5_one_n_rebalance(&left->space);
	if (pe->vpe && pe->vpe->vm != left)
		gic5_one_n_rebalance(&pe->vpe->vm->space);
	gic5_include(gic);
	gic5_registers_unlock(gic);
	gate_enter(pe);
}

/*
 * Residency ends from outside: the VM went (F=1, U14), or the PE is reset. The system is ours
 * alone.
 */
void gic5_residency_end(struct gic5_pe *pe, bool fault)
{
	if (pe->vpe)
		leave(pe, false, 0);
	if (fault) {
		pe->regs.contextr |= GIC5_MASK(ICH_CONTEXTR_EL2_F);
		gic5_pe_update(pe);
	}
}
