/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ICC_*_EL1, and the ICV view of the same names (facts page, 12.1 and 13.1); acknowledge.
 */
#include "cpuif.h"

/* Priorities of eight PPIs at byte stride. PPIs outside the mask of word reg/8 are RAZ/WI. */
uint64_t gic5_priority_read(const struct gic5_pe *pe, const uint8_t *priority, unsigned reg)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < 8; i++)
		value |= (uint64_t)priority[8 * reg + i] << (8 * i);
	return value;
}

/* The bytes of priority register @reg whose PPIs are in the mask of their word. */
uint64_t gic5_priority_lanes(uint64_t mask, unsigned reg)
{
	uint64_t lanes = 0;

	for (unsigned i = 0; i < 8; i++)
		lanes |= (mask >> ((8 * reg + i) & 63) & 1) * (UINT64_C(0xff) << (8 * i));
	return lanes;
}

void gic5_priority_write(const struct gic5_pe *pe, uint8_t *priority, unsigned reg, uint64_t value,
			 uint64_t writable)
{
	for (unsigned i = 0; i < 8; i++) {
		if (writable >> ((8 * reg + i) & 63) & 1)
			priority[8 * reg + i] = (uint8_t)(value >> (8 * i)) & pe->pri_mask;
	}
}

/* PPIs of word @w that exist in the view. */
static uint64_t visible(const struct gic5_pe *pe, unsigned w, bool virt)
{
	return pe->cfg.ppi_implemented[w] & (virt ? ~pe->regs.hidden[w] : ~UINT64_C(0));
}

static uint64_t pending_read(const struct gic5_pe *pe, unsigned w, bool virt)
{
	return (virt ? gic5_vppi_pending(pe, w) : gic5_ppi_pending(pe, w)) & visible(pe, w, virt);
}

/* S/CPENDR: edge PPIs only; the guest's go to the physical latch where DVI says so. */
static void pending_write(struct gic5_pe *pe, unsigned w, uint64_t set, uint64_t clear, bool virt)
{
	struct pe_regs *regs = &pe->regs;
	uint64_t edge = visible(pe, w, virt) & ~pe->cfg.ppi_level[w];
	uint64_t physical = virt ? edge & regs->dvi[w] : edge;
	uint64_t virtual = virt ? edge & ~regs->dvi[w] : 0;

	regs->ppi.pending[w] = (regs->ppi.pending[w] | (set & physical)) & ~(clear & physical);
	regs->vppi.pending[w] = (regs->vppi.pending[w] | (set & virtual)) & ~(clear & virtual);
}

static uint64_t cr0_read(const struct gic5_pe *pe, bool virt)
{
	bool en = virt ? pe->regs.ven : pe->regs.en;
	bool link = virt || pe->regs.link;

	return GIC5_PUT(ICC_CR0_EL1_EN, en) | GIC5_PUT(ICC_CR0_EL1_LINK, link) |
	       GIC5_MASK(ICC_CR0_EL1_LINK_IDLE);
}

static uint64_t idr0(const struct gic5_pe *pe)
{
	return GIC5_PUT(ICC_IDR0_EL1_PRI_BITS, pe->cfg.pri_bits - 1) |
	       GIC5_PUT(ICC_IDR0_EL1_ID_BITS, pe->cfg.id_bits == 24);
}

/* The PE is held. */
uint64_t gic5_icc_read(struct gic5_pe *pe, uint32_t enc, bool virt)
{
	const struct ppi_bank *bank = virt ? &pe->regs.vppi : &pe->regs.ppi;
	struct candidate hppi;
	unsigned w = enc & 1;

	switch (enc) {
	case GIC5_ICC_PPI_HMR0_EL1 ... GIC5_ICC_PPI_HMR1_EL1:
		return pe->cfg.ppi_level[w] & visible(pe, w, virt);
	case GIC5_ICC_IDR0_EL1: return idr0(pe);
	case GIC5_ICC_HPPIR_EL1:
		hppi = virt ? gic5_virtual_hppi(pe) : gic5_physical_hppi(pe);
		return hppi_value(&hppi);
	case GIC5_ICC_ICSR_EL1: return pe->regs.icsr;
	case GIC5_ICC_IAFFIDR_EL1: /* U27: the guest sees the physical value unless trapped */
		return pe->cfg.iaffid;
	case GIC5_ICC_PPI_ENABLER0_EL1 ... GIC5_ICC_PPI_ENABLER1_EL1:
		return bank->enable[w] & visible(pe, w, virt);
	case GIC5_ICC_PPI_CACTIVER0_EL1 ... GIC5_ICC_PPI_SACTIVER1_EL1:
		return bank->active[w] & visible(pe, w, virt);
	case GIC5_ICC_PPI_CPENDR0_EL1 ... GIC5_ICC_PPI_SPENDR1_EL1:
		return pending_read(pe, w, virt);
	case GIC5_ICC_PPI_PRIORITYR0_EL1 ... GIC5_ICC_PPI_PRIORITYR15_EL1:
		w = enc - GIC5_ICC_PPI_PRIORITYR0_EL1;
		return gic5_priority_read(pe, bank->priority, w) &
		       gic5_priority_lanes(visible(pe, w >> 3, virt), w);
	case GIC5_ICC_APR_EL1: return virt ? pe->regs.vapr : pe->regs.apr;
	case GIC5_ICC_CR0_EL1: return cr0_read(pe, virt);
	case GIC5_ICC_PCR_EL1: return virt ? pe->regs.vpmr : pe->regs.pcr;
	default: return 0;
	}
}

static void write_locked(struct gic5_pe *pe, uint32_t enc, uint64_t value, bool virt)
{
	struct ppi_bank *bank = virt ? &pe->regs.vppi : &pe->regs.ppi;
	unsigned w = enc & 1;
	uint64_t mine = visible(pe, w, virt);

	switch (enc) {
	case GIC5_ICC_ICSR_EL1:
		pe->regs.icsr = value & GIC5_ICSR_DEFINED;
		pe->icsr_staged = false;
		break;
	case GIC5_ICC_PPI_ENABLER0_EL1 ... GIC5_ICC_PPI_ENABLER1_EL1:
		bank->enable[w] = (bank->enable[w] & ~mine) | (value & mine);
		break;
	case GIC5_ICC_PPI_CACTIVER0_EL1 ... GIC5_ICC_PPI_CACTIVER1_EL1:
		bank->active[w] &= ~(value & mine);
		break;
	case GIC5_ICC_PPI_SACTIVER0_EL1 ... GIC5_ICC_PPI_SACTIVER1_EL1:
		bank->active[w] |= value & mine;
		break;
	case GIC5_ICC_PPI_CPENDR0_EL1 ... GIC5_ICC_PPI_CPENDR1_EL1:
		pending_write(pe, w, 0, value, virt);
		break;
	case GIC5_ICC_PPI_SPENDR0_EL1 ... GIC5_ICC_PPI_SPENDR1_EL1:
		pending_write(pe, w, value, 0, virt);
		break;
	case GIC5_ICC_PPI_PRIORITYR0_EL1 ... GIC5_ICC_PPI_PRIORITYR15_EL1:
		w = enc - GIC5_ICC_PPI_PRIORITYR0_EL1;
		gic5_priority_write(pe, bank->priority, w, value, visible(pe, w >> 3, virt));
		break;
	case GIC5_ICC_APR_EL1: *(virt ? &pe->regs.vapr : &pe->regs.apr) = (uint32_t)value; break;
	case GIC5_ICC_CR0_EL1:
		*(virt ? &pe->regs.ven : &pe->regs.en) = GIC5_GET(ICC_CR0_EL1_EN, value);
		/* other PEs look at the link when they place a 1-of-N interrupt: see link_write() */
		if (!virt && pe->regs.link != GIC5_GET(ICC_CR0_EL1_LINK, value))
			pe->regs.link = !pe->regs.link;
		break;
	case GIC5_ICC_PCR_EL1:
		*(virt ? &pe->regs.vpmr : &pe->regs.pcr) =
			(uint8_t)GIC5_GET(ICC_PCR_EL1_PRIORITY, value) & pe->pri_mask;
		break;
	default: return;
	}
	gic5_pe_update(pe);
}

/* A change of the link changes who may take 1-of-N interrupts, which needs the system alone. */
static void link_write(struct gic5_pe *pe, uint64_t value)
{
	struct gic5 *gic = pe->gic;

	gate_exit(pe);
	gic5_registers_lock(gic);
	gic5_exclude(gic);
	write_locked(pe, GIC5_ICC_CR0_EL1, value, false);
	gic5_one_n_rebalance(&gic->physical);
	gic5_include(gic);
	gic5_registers_unlock(gic);
	gate_enter(pe);
}

void gic5_icc_write(struct gic5_pe *pe, uint32_t enc, uint64_t value, bool virt)
{
	if (enc == GIC5_ICC_CR0_EL1 && !virt && pe->gic->any_one_n &&
	    GIC5_GET(ICC_CR0_EL1_LINK, value) != pe->regs.link) {
		link_write(pe, value);
		return;
	}
	if (!virt)
		pe->guest_checked = false;
	own_lock(pe);
	write_locked(pe, enc, value, virt);
}

/* ---- acknowledge and priority drop (facts page, 4) ---- */

static void acknowledge_ppi(struct gic5_pe *pe, unsigned ppi, bool virt)
{
	struct pe_regs *regs = &pe->regs;
	uint64_t bit = UINT64_C(1) << (ppi & 63);
	unsigned w = ppi >> 6;

	(virt ? &regs->vppi : &regs->ppi)->active[w] |= bit;
	if (pe->cfg.ppi_level[w] & bit)
		return;
	if (!virt || regs->dvi[w] & bit)
		regs->ppi.pending[w] &= ~bit;
	else
		regs->vppi.pending[w] &= ~bit;
}

static uint64_t acknowledge_locked(struct gic5_pe *pe, struct vpe *vpe, bool virt, bool nmi_wanted,
				   bool nmi_in_use)
{
	struct gic5 *gic = pe->gic;
	struct candidate hppi = virt ? gic5_virtual_hppi(pe) : gic5_physical_hppi(pe);
	struct space *space = virt ? (vpe ? &vpe->vm->space : NULL) : &gic->physical;
	struct target *target = virt ? (vpe ? &vpe->ready : NULL) : &pe->ready;
	bool is_nmi = nmi_in_use && hppi.priority == 0;

	if (hppi.priority == GIC5_PRIO_IDLE || is_nmi != nmi_wanted)
		return 0;
	*(virt ? &pe->regs.vapr : &pe->regs.apr) |= 1U << hppi.priority;
	if (hppi.handle) {
		gic5_irq_acknowledge(space, target, hppi.handle);
		if (virt)
			pe->vcandidate = gic5_top(gic, target);
		gic5_announce(space, target);
	} else {
		acknowledge_ppi(pe, GIC5_INTID_ID(hppi.intid), virt);
	}
	gic5_pe_update(pe);
	gic5_trace(gic, GIC5_EV_ACK, space, hppi.intid, hppi.priority, vpe ? vpe->id : -1,
		   (int32_t)pe->index);
	return hppi_value(&hppi);
}

/* Inside the gate; afterwards the PE is held. */
uint64_t gic5_acknowledge(struct gic5_pe *pe, bool virt, bool nmi_wanted, bool nmi_in_use)
{
	struct vpe *vpe = virt ? pe->vpe : NULL;
	uint64_t value;

	if (vpe) {
		own_release(pe);
		lock(pe->gic, &vpe->ready.lock);
	}
	own_lock(pe);
	value = acknowledge_locked(pe, vpe, virt, nmi_wanted, nmi_in_use);
	if (vpe)
		target_unlock(&vpe->ready);
	return value;
}
