/* SPDX-License-Identifier: BSD-2-Clause */
/* What a guest reads about its interrupt controller from the ID registers of the CPU. */
#include "hyp.h"

#define ID_AA64PFR0_EL1 GIC5_ENC(3, 0, 0, 4, 0)
#define ID_AA64PFR2_EL1 GIC5_ENC(3, 0, 0, 4, 2)
#define PFR0_GIC_SHIFT  24
#define PFR2_GCIE_SHIFT 12
#define ID_FIELD_MASK   UINT64_C(15)

uint64_t vgic5_vm_id_register(const struct vgic5_vm *vm, uint32_t enc, uint64_t value)
{
	switch (enc) {
	case ID_AA64PFR0_EL1: return value & ~(ID_FIELD_MASK << PFR0_GIC_SHIFT);
	case ID_AA64PFR2_EL1:
		value &= ~(ID_FIELD_MASK << PFR2_GCIE_SHIFT);
		return vm->device ? value | UINT64_C(1) << PFR2_GCIE_SHIFT : value;
	default: return value;
	}
}
