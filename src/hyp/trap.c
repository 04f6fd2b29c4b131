/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Trapped accesses of a guest to its CPU interface: the registers that the hypervisor narrows (R60), and
 * CDDI while deactivations are watched. Everything else runs natively.
 */
#include "hyp.h"

#define PRI_BITS_5 4u /* encodings of ICC_IDR0_EL1 */
#define ID_BITS_16 0u

static bool is_gicv5_register(uint32_t enc)
{
	return gic5_sysreg_find(enc);
}

static uint64_t guest_idr0(void)
{
	return GIC5_PUT(ICC_IDR0_EL1_PRI_BITS, PRI_BITS_5) |
	       GIC5_PUT(ICC_IDR0_EL1_ID_BITS, ID_BITS_16);
}

static enum vgic5_trap_result read_register(struct vgic5_vcpu *vcpu, uint32_t enc, uint64_t *value)
{
	switch (enc) {
	case GIC5_ICC_IDR0_EL1: *value = guest_idr0(); return VGIC5_TRAP_DONE;
	case GIC5_ICC_IAFFIDR_EL1: *value = vcpu->id; return VGIC5_TRAP_DONE;
	case GIC5_ICC_PPI_ENABLER0_EL1: *value = vcpu->image.enable[0]; return VGIC5_TRAP_DONE;
	case GIC5_ICC_PPI_ENABLER1_EL1: *value = vcpu->image.enable[1]; return VGIC5_TRAP_DONE;
	default: return VGIC5_TRAP_UNDEFINED;
	}
}

static enum vgic5_trap_result write_register(struct vgic5_vcpu *vcpu, uint32_t enc, uint64_t value)
{
	const struct vgic5_vm *vm = vcpu->vm;

	switch (enc) {
	case GIC5_ICC_PPI_ENABLER0_EL1:
		vcpu->image.enable[0] = value & vm->exposed[0];
		return VGIC5_TRAP_DONE;
	case GIC5_ICC_PPI_ENABLER1_EL1:
		vcpu->image.enable[1] = value & vm->exposed[1];
		return VGIC5_TRAP_DONE;
	default: return VGIC5_TRAP_UNDEFINED;
	}
}

enum vgic5_trap_result vgic5_trap_sysreg(struct vgic5_vcpu *vcpu, uint32_t enc, bool write,
					 uint64_t *value)
{
	count_own(&vcpu->counts.sysreg_traps);
	if (!vcpu->vm->device || !is_gicv5_register(enc))
		return VGIC5_TRAP_UNDEFINED;
	return write ? write_register(vcpu, enc, *value) : read_register(vcpu, enc, value);
}

/* What CDDI would have done in the virtual domain. */
static void deactivate(struct vgic5_vcpu *vcpu, struct port_pe *pe, uint32_t intid)
{
	const uint32_t id = GIC5_INTID_ID(intid);

	switch (GIC5_INTID_TYPE(intid)) {
	case GIC5_TYPE_PPI:
		if (id < GIC5_PPI_COUNT)
			vcpu->image.active[id / 64] &= ~bank_bit(id);
		break;
	case GIC5_TYPE_SPI:
		if (id < vcpu->vm->spi_count)
			vgic5_el2_vddi(pe, (uint32_t)vcpu->vm->vm_id, spi_intid(id));
		break;
	case GIC5_TYPE_LPI:
		if (vgic5_virs_lpi_reachable(vcpu->vm, id))
			vgic5_el2_vddi(pe, (uint32_t)vcpu->vm->vm_id,
				       GIC5_INTID(GIC5_TYPE_LPI, id));
		break;
	default: break;
	}
	vgic5_el2_complete(pe);
}

enum vgic5_trap_result vgic5_trap_insn(struct vgic5_vcpu *vcpu, struct port_pe *pe, uint32_t enc,
				       bool sysl, uint64_t *value)
{
	count_own(&vcpu->counts.sysreg_traps);
	if (!vcpu->vm->device || sysl || enc != GIC5_CDDI)
		return VGIC5_TRAP_UNDEFINED;
	deactivate(vcpu, pe, (uint32_t)*value);
	if (vcpu->pe && atomic_load(&vcpu->vm->inflight_count))
		vgic5_spi_poll_inflight(vcpu, vcpu->pe);
	return VGIC5_TRAP_DONE;
}
