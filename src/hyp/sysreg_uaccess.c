/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The CPU interface of a vCPU as the VMM reads and writes it (CPU_SYSREGS). Pending is never stored raw: it
 * is lines and latches. PPIs 64.. do not exist for the VMM: their registers are RAZ/WI.
 */
#include "hyp.h"

#define PRIORITY_BYTES UINT64_C(0x1f1f1f1f1f1f1f1f)

/* Which of the sixteen priority registers an encoding is, or -1. */
static int priority_index(uint32_t enc)
{
	if (enc >= GIC5_ICC_PPI_PRIORITYR0_EL1 && enc <= GIC5_ICC_PPI_PRIORITYR7_EL1)
		return (int)(enc - GIC5_ICC_PPI_PRIORITYR0_EL1);
	if (enc >= GIC5_ICC_PPI_PRIORITYR8_EL1 && enc <= GIC5_ICC_PPI_PRIORITYR15_EL1)
		return (int)(enc - GIC5_ICC_PPI_PRIORITYR8_EL1) + 8;
	return -1;
}

bool vgic5_sysreg_is_exposed(uint32_t enc)
{
	switch (enc) {
	case GIC5_ICC_ICSR_EL1:
	case GIC5_ICC_PPI_ENABLER0_EL1:
	case GIC5_ICC_PPI_ENABLER1_EL1:
	case GIC5_ICC_PPI_SACTIVER0_EL1:
	case GIC5_ICC_PPI_SACTIVER1_EL1:
	case GIC5_ICC_PPI_SPENDR0_EL1:
	case GIC5_ICC_PPI_SPENDR1_EL1:
	case GIC5_ICC_APR_EL1:
	case GIC5_ICC_CR0_EL1:
	case GIC5_ICC_PCR_EL1: return true;
	default: return priority_index(enc) >= 0;
	}
}

static uint64_t icsr_defined(void)
{
	return GIC5_MASK(ICC_ICSR_EL1_IAFFID) | GIC5_MASK(ICC_ICSR_EL1_PRIORITY) |
	       GIC5_MASK(ICC_ICSR_EL1_HM) | GIC5_MASK(ICC_ICSR_EL1_ACTIVE) |
	       GIC5_MASK(ICC_ICSR_EL1_IRM) | GIC5_MASK(ICC_ICSR_EL1_PENDING) |
	       GIC5_MASK(ICC_ICSR_EL1_ENABLED) | GIC5_MASK(ICC_ICSR_EL1_F);
}

static uint64_t get(struct vgic5_vcpu *vcpu, uint32_t enc)
{
	const struct el2_image *image = &vcpu->image;
	const int word = priority_index(enc);

	switch (enc) {
	case GIC5_ICC_ICSR_EL1: return image->icsr;
	case GIC5_ICC_PPI_ENABLER0_EL1: return image->enable[0];
	case GIC5_ICC_PPI_SACTIVER0_EL1: return image->active[0];
	case GIC5_ICC_PPI_SPENDR0_EL1: return vgic5_ppi_pending_bits(vcpu, 0);
	case GIC5_ICC_APR_EL1: return image->apr;
	case GIC5_ICC_CR0_EL1:
		return GIC5_PUT(ICC_CR0_EL1_EN, GIC5_GET(ICH_VMCR_EL2_EN, image->vmcr)) |
		       GIC5_PUT(ICC_CR0_EL1_LINK, 1) | GIC5_PUT(ICC_CR0_EL1_LINK_IDLE, 1);
	case GIC5_ICC_PCR_EL1: return GIC5_GET(ICH_VMCR_EL2_VPMR, image->vmcr);
	default: return word >= 0 && word < 8 ? image->priority[word] : 0;
	}
}

static void set(struct vgic5_vcpu *vcpu, uint32_t enc, uint64_t value)
{
	struct el2_image *image = &vcpu->image;
	const int word = priority_index(enc);

	switch (enc) {
	case GIC5_ICC_ICSR_EL1: image->icsr = value & icsr_defined(); break;
	/* Raw: which PPIs are hidden is decided at the first run (R11). */
	case GIC5_ICC_PPI_ENABLER0_EL1: image->enable[0] = value; break;
	case GIC5_ICC_PPI_SACTIVER0_EL1: image->active[0] = value; break;
	case GIC5_ICC_PPI_SPENDR0_EL1: vgic5_ppi_set_pending_bits(vcpu, 0, value); break;
	case GIC5_ICC_APR_EL1: image->apr = value & GIC5_MASK(ICC_APR_EL1_P); break;
	case GIC5_ICC_CR0_EL1:
		image->vmcr =
			GIC5_SET(ICH_VMCR_EL2_EN, image->vmcr, GIC5_GET(ICC_CR0_EL1_EN, value));
		break;
	case GIC5_ICC_PCR_EL1:
		image->vmcr = GIC5_SET(ICH_VMCR_EL2_VPMR, image->vmcr,
				       GIC5_GET(ICC_PCR_EL1_PRIORITY, value));
		break;
	default:
		if (word >= 0 && word < 8)
			image->priority[word] = value & PRIORITY_BYTES;
		break;
	}
}

int vgic5_sysreg_uaccess(struct vgic5_vcpu *vcpu, uint32_t enc, bool write, uint64_t *value)
{
	if (!vgic5_sysreg_is_exposed(enc))
		return -VGIC5_E_NOENT;
	if (write)
		set(vcpu, enc, *value);
	else
		*value = get(vcpu, enc);
	return 0;
}
