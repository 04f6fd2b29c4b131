/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICH_*_EL2: EL2's window on the virtual CPU interface (facts page, 13.2). Whole values, no set and
 * clear. U17: ICH_PPI_HVIRn has no known encoding and is UNDEFINED; gic5_hide_ppis() offers the
 * function.
 */
#include "cpuif.h"

/* The PE is held. */
uint64_t gic5_ich_read(struct gic5_pe *pe, uint32_t enc)
{
	const struct pe_regs *regs = &pe->regs;
	struct candidate hppi;
	unsigned w = enc & 1;

	switch (enc) {
	case GIC5_ICH_APR_EL2: return regs->vapr;
	case GIC5_ICH_HPPIR_EL2: hppi = gic5_virtual_hppi(pe); return hppi_value(&hppi);
	case GIC5_ICH_HFGRTR_EL2: return regs->hfgrtr;
	case GIC5_ICH_HFGWTR_EL2: return regs->hfgwtr;
	case GIC5_ICH_HFGITR_EL2: return regs->hfgitr;
	case GIC5_ICH_PPI_DVIR0_EL2 ... GIC5_ICH_PPI_DVIR1_EL2: return regs->dvi[w];
	case GIC5_ICH_PPI_ENABLER0_EL2 ... GIC5_ICH_PPI_ENABLER1_EL2: return regs->vppi.enable[w];
	case GIC5_ICH_PPI_PENDR0_EL2 ... GIC5_ICH_PPI_PENDR1_EL2: return regs->vppi.pending[w];
	case GIC5_ICH_PPI_ACTIVER0_EL2 ... GIC5_ICH_PPI_ACTIVER1_EL2: return regs->vppi.active[w];
	case GIC5_ICH_VCTLR_EL2: return GIC5_PUT(ICH_VCTLR_EL2_EN, regs->vctlr_en);
	case GIC5_ICH_CONTEXTR_EL2: return regs->contextr;
	case GIC5_ICH_VMCR_EL2:
		return GIC5_PUT(ICH_VMCR_EL2_EN, regs->ven) |
		       GIC5_PUT(ICH_VMCR_EL2_VPMR, regs->vpmr);
	case GIC5_ICH_PPI_PRIORITYR0_EL2 ... GIC5_ICH_PPI_PRIORITYR15_EL2:
		return gic5_priority_read(pe, regs->vppi.priority,
					  enc - GIC5_ICH_PPI_PRIORITYR0_EL2);
	default: return 0;
	}
}

/* A fine-grained trap register: strict reports RES0 bits set and RES1 bits clear (rule 22). */
static uint64_t trap_value(struct gic5_pe *pe, const char *name, uint64_t value, uint64_t defined,
			   uint64_t res1)
{
	struct who who = gic5_host_on(pe);

	if (value & ~defined || res1 & ~value)
		gic5_strict(&who, 22, name, value);
	return (value & defined) | res1;
}

static void write_locked(struct gic5_pe *pe, uint32_t enc, uint64_t value)
{
	struct pe_regs *regs = &pe->regs;
	struct who who = gic5_host_on(pe);
	unsigned w = enc & 1;
	uint64_t implemented = pe->cfg.ppi_implemented[w];

	switch (enc) {
	case GIC5_ICH_APR_EL2: regs->vapr = (uint32_t)value; break;
	case GIC5_ICH_HFGRTR_EL2:
		regs->hfgrtr = trap_value(pe, "ICH_HFGRTR_EL2", value, GIC5_HFGRTR_NONE,
					  GIC5_MASK(ICH_HFGRTR_EL2_RES1_3));
		break;
	case GIC5_ICH_HFGWTR_EL2:
		regs->hfgwtr = trap_value(pe, "ICH_HFGWTR_EL2", value, GIC5_HFGWTR_NONE, 0);
		break;
	case GIC5_ICH_HFGITR_EL2:
		regs->hfgitr = trap_value(pe, "ICH_HFGITR_EL2", value, GIC5_HFGITR_NONE, 0);
		break;
	case GIC5_ICH_PPI_DVIR0_EL2 ... GIC5_ICH_PPI_DVIR1_EL2:
		regs->dvi[w] = value & implemented;
		break;
	case GIC5_ICH_PPI_ENABLER0_EL2 ... GIC5_ICH_PPI_ENABLER1_EL2:
		regs->vppi.enable[w] = value & implemented;
		break;
	case GIC5_ICH_PPI_PENDR0_EL2 ... GIC5_ICH_PPI_PENDR1_EL2:
		regs->vppi.pending[w] = value & implemented;
		break;
	case GIC5_ICH_PPI_ACTIVER0_EL2 ... GIC5_ICH_PPI_ACTIVER1_EL2:
		regs->vppi.active[w] = value & implemented;
		break;
	case GIC5_ICH_VCTLR_EL2:
		if (GIC5_GET(ICH_VCTLR_EL2_V3, value))
			gic5_strict(&who, 22, "ICH_VCTLR_EL2", value);
		regs->vctlr_en = GIC5_GET(ICH_VCTLR_EL2_EN, value);
		break;
	case GIC5_ICH_VMCR_EL2:
		regs->ven = GIC5_GET(ICH_VMCR_EL2_EN, value);
		regs->vpmr = (uint8_t)GIC5_GET(ICH_VMCR_EL2_VPMR, value) & pe->pri_mask;
		break;
	case GIC5_ICH_PPI_PRIORITYR0_EL2 ... GIC5_ICH_PPI_PRIORITYR15_EL2:
		w = enc - GIC5_ICH_PPI_PRIORITYR0_EL2;
		gic5_priority_write(pe, regs->vppi.priority, w, value,
				    pe->cfg.ppi_implemented[w >> 3]);
		break;
	default: return;
	}
	gic5_pe_update(pe);
}

void gic5_ich_write(struct gic5_pe *pe, uint32_t enc, uint64_t value)
{
	pe->guest_checked = false;
	if (enc == GIC5_ICH_CONTEXTR_EL2) {
		gic5_drain(pe); /* what the leaving guest did counts for its own VM */
		gic5_contextr_write(pe, value);
		return;
	}
	own_lock(pe);
	write_locked(pe, enc, value);
}
