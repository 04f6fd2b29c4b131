/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PPIs of a vCPU: lines, edges, what is exposed, how they get into the hardware and back.
 *
 * A level PPI is pending while its line is high. An edge is in exactly one of two places: the latch here, or
 * ICH_PPI_PENDRn of the PE. flush moves it there by one atomic operation (R13, R57), sync brings it back
 * by OR, so that edges which arrived meanwhile survive, also over an aborted entry.
 */
#include "hyp.h"

/* Every architected PPI is level, except SW_PPI. */
uint64_t vgic5_ppi_level_mask(unsigned bank)
{
	return bank == 0 ? ~bank_bit(GIC5_PPI_SW) : ~UINT64_C(0);
}

static unsigned banks(const struct vgic5_vm *vm)
{
	return vm->exposed[1] ? 2 : 1;
}

/* ---- exposure ---- */

/*
 * Which PPIs the guests of this VM see: a fact of the VM's configuration (D4, R55), computed once. Caller
 * holds the config lock.
 */
void vgic5_ppi_expose(struct vgic5_vm *vm)
{
	if (atomic_load(&vm->exposed_done))
		return;
	for (unsigned bank = 0; bank < EL2_BANKS; bank++) {
		uint64_t wanted = vm->cfg.device_ppis[bank];

		if (bank == 0)
			wanted |= bank_bit(GIC5_PPI_SW);
		vm->exposed[bank] = wanted & vm->host->implemented[bank];
		vm->level[bank] = vm->exposed[bank] & vgic5_ppi_level_mask(bank);
	}
	atomic_store_explicit(&vm->exposed_done, true, memory_order_release); /* R56 */
}

/* State that userspace restored for hidden PPIs must not reach the guest (R11). */
void vgic5_ppi_mask_hidden(struct vgic5_vcpu *vcpu)
{
	const struct vgic5_vm *vm = vcpu->vm;

	for (unsigned bank = 0; bank < EL2_BANKS; bank++) {
		vcpu->image.enable[bank] &= vm->exposed[bank];
		vcpu->image.active[bank] &= vm->exposed[bank];
		atomic_fetch_and(&vcpu->ppi.line[bank], vm->exposed[bank]);
		atomic_fetch_and(&vcpu->ppi.latch[bank], vm->exposed[bank]);
	}
}

void vgic5_ppi_reset(struct vgic5_vcpu *vcpu)
{
	for (unsigned bank = 0; bank < EL2_BANKS; bank++) {
		vcpu->image.enable[bank] = 0;
		vcpu->image.active[bank] = 0;
		vcpu->image.pend[bank] = 0;
		atomic_store(&vcpu->ppi.latch[bank], 0);
	}
	memset(vcpu->image.priority, 0, sizeof(vcpu->image.priority));
}

/* ---- world switch ---- */

/* Take the edges of a bank out of the latch. */
static uint64_t take_edges(struct vgic5_vcpu *vcpu, unsigned bank)
{
	const struct vgic5_vm *vm = vcpu->vm;
	const uint64_t edges = vm->exposed[bank] & ~vm->level[bank];

	if (!(atomic_load_explicit(&vcpu->ppi.latch[bank], memory_order_relaxed) & edges))
		return 0;
	return atomic_fetch_and(&vcpu->ppi.latch[bank], ~edges) & edges;
}

void vgic5_ppi_flush(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	const struct vgic5_vm *vm = vcpu->vm;

	for (unsigned bank = 0; bank < banks(vm); bank++) {
		const uint64_t lines = atomic_load(&vcpu->ppi.line[bank]) & vm->level[bank];

		vcpu->image.pend[bank] = (lines & ~vcpu->image.dvi[bank]) | take_edges(vcpu, bank);
	}
	vgic5_el2_enter_ppis(pe->port, &vcpu->image, &pe->hw, vm->exposed[1]);
}

/* Every exit folds every exposed PPI (R14). */
void vgic5_ppi_sync(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	const struct vgic5_vm *vm = vcpu->vm;

	vgic5_el2_exit_ppis(pe->port, &pe->hw, vm->exposed[1]);
	for (unsigned bank = 0; bank < banks(vm); bank++) {
		const uint64_t edges = pe->hw.pend[bank] & vm->exposed[bank] & ~vm->level[bank];

		vcpu->image.active[bank] = pe->hw.active[bank];
		if (edges)
			atomic_fetch_or(&vcpu->ppi.latch[bank], edges);
	}
}

/* ---- pending ---- */

uint64_t vgic5_ppi_pending_bits(struct vgic5_vcpu *vcpu, unsigned bank)
{
	const uint64_t level = vgic5_ppi_level_mask(bank);

	return (atomic_load(&vcpu->ppi.line[bank]) & level) |
	       (atomic_load(&vcpu->ppi.latch[bank]) & ~level);
}

void vgic5_ppi_set_pending_bits(struct vgic5_vcpu *vcpu, unsigned bank, uint64_t bits)
{
	const uint64_t level = vgic5_ppi_level_mask(bank);

	atomic_store(&vcpu->ppi.line[bank], bits & level);
	atomic_store(&vcpu->ppi.latch[bank], bits & ~level);
}

static unsigned ppi_priority(const struct vgic5_vcpu *vcpu, unsigned ppi)
{
	return vcpu->image.priority[ppi / 8] >> 8 * (ppi % 8) & GIC5_MASK(ICC_PCR_EL1_PRIORITY);
}

/* Level of the sources of directly injected PPIs, for this vCPU (R61). */
static uint64_t source_bits(struct vgic5_vcpu *vcpu)
{
	uint64_t direct = vcpu->image.dvi[0];
	uint64_t high = 0;

	for (; direct; direct &= direct - 1) {
		const unsigned ppi = (unsigned)__builtin_ctzll(direct);
		const struct vgic5_ppi_source *source = vcpu->source[ppi];

		if (source->get_input_level(source->opaque, vcpu))
			high |= bank_bit(ppi);
	}
	return high;
}

/* Could a PPI interrupt this vCPU? All inputs are those of its last put (R62). */
bool vgic5_ppi_pending(struct vgic5_vcpu *vcpu)
{
	const unsigned mask = vgic5_effective_priority_mask(&vcpu->image);
	const struct vgic5_vm *vm = vcpu->vm;

	for (unsigned bank = 0; bank < banks(vm) && mask; bank++) {
		uint64_t bits = vgic5_ppi_pending_bits(vcpu, bank) & ~vcpu->image.dvi[bank];

		if (bank == 0)
			bits |= source_bits(vcpu);
		bits &= vm->exposed[bank] & vcpu->image.enable[bank] & ~vcpu->image.active[bank];
		for (; bits; bits &= bits - 1) {
			if (ppi_priority(vcpu, 64 * bank + (unsigned)__builtin_ctzll(bits)) < mask)
				return true;
		}
	}
	return false;
}

/* ---- injection ---- */

/* Change the PPI's state; true if the vCPU should look at it. */
static bool set_ppi(struct vgic5_vcpu *vcpu, unsigned ppi, bool level)
{
	const unsigned bank = ppi / 64;
	const uint64_t bit = bank_bit(ppi);
	uint64_t old = 0;

	if (!(vgic5_ppi_level_mask(bank) & bit)) {
		if (level)
			atomic_fetch_or(&vcpu->ppi.latch[bank], bit);
		return level;
	}
	if (level)
		old = atomic_fetch_or(&vcpu->ppi.line[bank], bit);
	else
		old = atomic_fetch_and(&vcpu->ppi.line[bank], ~bit);
	return !(old & bit) == level;
}

int vgic5_inject_ppi(struct vgic5_vcpu *vcpu, unsigned ppi, bool level, const void *owner)
{
	if (ppi >= GIC5_PPI_COUNT)
		return -VGIC5_E_INVAL;
	if (!atomic_load(&vcpu->vm->initialised))
		return -VGIC5_E_BUSY;
	if (ppi < VGIC5_NR_PPIS) {
		const void *mine = atomic_load(&vcpu->owner[ppi]);

		if ((mine && mine != owner) || (vcpu->image.dvi[0] & bank_bit(ppi)))
			return 0;
	}
	count(&vcpu->counts.ppi_injections);
	if (set_ppi(vcpu, ppi, level))
		vgic5_vcpu_request(vcpu, REQ_IRQ_PENDING);
	return 0;
}

int vgic5_vcpu_set_ppi_owner(struct vgic5_vcpu *vcpu, unsigned ppi, const void *owner)
{
	if (ppi >= VGIC5_NR_PPIS)
		return -VGIC5_E_INVAL;
	atomic_store(&vcpu->owner[ppi], owner);
	return 0;
}

/*
 * A source is all that can be attached to a PPI; that it is queued by a kick and injected directly is not
 * the caller's to replace (R5, R59).
 */
int vgic5_vcpu_map_ppi(struct vgic5_vcpu *vcpu, unsigned ppi, const struct vgic5_ppi_source *source)
{
	if (ppi >= VGIC5_NR_PPIS || !(vgic5_ppi_level_mask(0) & bank_bit(ppi)))
		return -VGIC5_E_INVAL;
	if (vcpu->source[ppi])
		return -VGIC5_E_EXIST;
	vcpu->source[ppi] = source;
	vcpu->image.dvi[0] |= bank_bit(ppi);
	return 0;
}

int vgic5_vcpu_unmap_ppi(struct vgic5_vcpu *vcpu, unsigned ppi)
{
	if (ppi >= VGIC5_NR_PPIS)
		return -VGIC5_E_INVAL;
	vcpu->image.dvi[0] &= ~bank_bit(ppi);
	vcpu->source[ppi] = NULL;
	return 0;
}
