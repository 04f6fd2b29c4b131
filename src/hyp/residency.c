/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load and put: binding a vCPU to a PE, and the residency of its VPE. Both are idempotent: a vCPU may be
 * put by WFI and again by the scheduler.
 */
#include "hyp.h"

/* Interrupts of a priority below the result can be delivered; 0: none (R15, R16). */
unsigned vgic5_effective_priority_mask(const struct el2_image *image)
{
	const uint32_t apr = (uint32_t)image->apr;
	const unsigned running = apr ? (unsigned)__builtin_ctz(apr) : GIC5_PRIO_IDLE;
	const unsigned masked = (unsigned)GIC5_GET(ICH_VMCR_EL2_VPMR, image->vmcr) + 1;

	if (!GIC5_GET(ICH_VMCR_EL2_EN, image->vmcr))
		return 0;
	return running < masked ? running : masked;
}

static uint64_t resident_context(const struct vgic5_vcpu *vcpu)
{
	return GIC5_PUT(ICH_CONTEXTR_EL2_V, 1) |
	       GIC5_PUT(ICH_CONTEXTR_EL2_IRICHPPIDIS, !vcpu->vm->virs.irsen) |
	       GIC5_PUT(ICH_CONTEXTR_EL2_VPE, vcpu->id) |
	       GIC5_PUT(ICH_CONTEXTR_EL2_VM, vcpu->vm->vm_id);
}

/* The PE's virtual interface passes to @vcpu: nothing of another guest may remain. */
static void take_over(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	if (pe->stale) {
		vgic5_el2_pe_init(pe->port, &pe->hw);
		pe->hfgitr = GIC5_HFGITR_NONE;
		pe->stale = false;
	} else if (pe->has_bank1 && pe->last != vcpu->serial) {
		vgic5_el2_clear_bank1(pe->port, &pe->hw);
	}
	pe->last = vcpu->serial;
	vgic5_el2_restore_context(pe->port, &vcpu->image, &pe->hw, pe->prio_words);
}

static int become_resident(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	const int rc = vgic5_el2_make_resident(pe->port, resident_context(vcpu));

	if (rc)
		return rc;
	atomic_store(&vcpu->resident, true);
	if (vcpu->image.dvi[0])
		vgic5_el2_claim_ppis(pe->port, vcpu->image.dvi[0], true);
	return 0;
}

int vgic5_vcpu_load(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	int rc = 0;

	if (vcpu->pe)
		return 0;
	if (atomic_load(&vcpu->vm->dead))
		return -VGIC5_E_IO;
	/* What is read from here on is what a reload would bring. */
	if (atomic_load(&vcpu->requests) & REQ_RELOAD)
		atomic_fetch_and(&vcpu->requests, ~REQ_RELOAD);
	take_over(vcpu, pe);
	if (vcpu->vm->vm_id != VM_ID_NONE)
		rc = become_resident(vcpu, pe);
	if (rc) {
		vgic5_vm_kill(vcpu->vm);
		return rc;
	}
	vcpu->pe = pe;
	pe->loaded = vcpu;
	count_own(&vcpu->counts.loads);
	return 0;
}

static void save_context(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	vgic5_el2_save_context(pe->port, &pe->hw, pe->prio_words);
	vcpu->image.vmcr = pe->hw.vmcr;
	vcpu->image.apr = pe->hw.apr;
	vcpu->image.icsr = pe->hw.icsr;
	memcpy(vcpu->image.priority, pe->hw.priority, sizeof(vcpu->image.priority));
}

void vgic5_vcpu_put(struct vgic5_vcpu *vcpu, bool in_wfi)
{
	struct vgic5_pe *pe = vcpu->pe;
	uint64_t contextr = 0; /* built from nothing, never the resident value without V (R3) */

	if (!pe)
		return;
	save_context(vcpu, pe);
	if (atomic_load(&vcpu->resident)) {
		/* Asked for here, from what was read here (R45); a preempted vCPU asks for none. */
		if (in_wfi)
			contextr = vgic5_doorbell_request(vcpu, pe);
		vgic5_el2_make_non_resident(pe->port, contextr, &vcpu->resident,
					    &vcpu->doorbell.fired);
		if (vcpu->image.dvi[0])
			vgic5_el2_claim_ppis(pe->port, vcpu->image.dvi[0], false);
	}
	vgic5_el2_clear_direct(pe->port, &pe->hw);
	vcpu->pe = NULL;
	pe->loaded = NULL;
	count_own(&vcpu->counts.puts);
	if (in_wfi)
		count_own(&vcpu->counts.wfi_puts);
}

/* Requests first: what was asked for is in force when the guest runs. */
static int serve_requests(struct vgic5_vcpu *vcpu)
{
	struct vgic5_pe *pe = vcpu->pe;
	unsigned requests = 0;

	if (!atomic_load(&vcpu->requests))
		return 0;
	requests = atomic_exchange(&vcpu->requests, 0);
	if (!(requests & REQ_RELOAD))
		return 0;
	count_own(&vcpu->counts.reloads);
	vgic5_vcpu_put(vcpu, false);
	return vgic5_vcpu_load(vcpu, pe);
}

/* Deactivations are watched while SPIs with a notifier are in flight, if the VM wants them at once. */
static void set_traps(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	const struct vgic5_vm *vm = vcpu->vm;
	uint64_t hfgitr = GIC5_HFGITR_NONE;

	if ((vm->cfg.options & VGIC5_OPT_TRAP_DEACTIVATE) && atomic_load(&vm->inflight_count))
		hfgitr &= ~GIC5_MASK(ICH_HFGITR_EL2_CDDI);
	if (hfgitr == pe->hfgitr)
		return;
	vgic5_el2_set_insn_traps(pe->port, hfgitr);
	pe->hfgitr = hfgitr;
}

int vgic5_vcpu_flush(struct vgic5_vcpu *vcpu)
{
	const int rc = serve_requests(vcpu);

	if (rc)
		return rc;
	if (atomic_load(&vcpu->vm->dead)) {
		vgic5_vcpu_put(vcpu, false);
		return -VGIC5_E_IO;
	}
	set_traps(vcpu, vcpu->pe);
	vgic5_ppi_flush(vcpu, vcpu->pe);
	return 0;
}

void vgic5_vcpu_sync(struct vgic5_vcpu *vcpu)
{
	vgic5_ppi_sync(vcpu, vcpu->pe);
	if (atomic_load_explicit(&vcpu->vm->inflight_count, memory_order_acquire))
		vgic5_spi_poll_inflight(vcpu, vcpu->pe);
}

bool vgic5_vcpu_pending(struct vgic5_vcpu *vcpu)
{
	if (atomic_load(&vcpu->doorbell.fired) || atomic_load(&vcpu->vm->dead))
		return true;
	return (atomic_load(&vcpu->requests) & REQ_RELOAD) || vgic5_ppi_pending(vcpu);
}

bool vgic5_vcpu_requested(const struct vgic5_vcpu *vcpu)
{
	return atomic_load(&((struct vgic5_vcpu *)(uintptr_t)vcpu)->requests);
}

struct vgic5_pe *vgic5_vcpu_loaded(const struct vgic5_vcpu *vcpu)
{
	return vcpu->pe;
}
