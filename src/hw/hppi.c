/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The highest priority pending interrupt of a PE, physical and virtual, and the lines that follow from it
 * (facts page, 3 and 12.2). Callers hold the PE's lock.
 */
#include "hw.h"

#define NOTHING ((struct candidate){.priority = GIC5_PRIO_IDLE})

/* D_XMBQZ: the running priority is the lowest set bit of APR. */
static uint32_t running(uint32_t apr)
{
	return apr ? (uint32_t)__builtin_ctz(apr) : GIC5_PRIO_IDLE;
}

/* D_MSQKF: priorities below this are sufficient. */
static uint32_t threshold(bool en, uint32_t mask, uint32_t apr)
{
	uint32_t limit = running(apr);

	if (!en)
		return 0;
	return mask + 1 < limit ? mask + 1 : limit;
}

uint64_t gic5_ppi_pending(const struct gic5_pe *pe, unsigned w)
{
	uint64_t level = pe->cfg.ppi_level[w];

	return ((pe->regs.ppi_wire[w] & level) | (pe->regs.ppi.pending[w] & ~level)) &
	       pe->cfg.ppi_implemented[w];
}

/* Direct injection replaces Pending alone (facts page, 12.3). */
uint64_t gic5_vppi_pending(const struct gic5_pe *pe, unsigned w)
{
	uint64_t dvi = pe->regs.dvi[w];

	return ((pe->regs.vppi.pending[w] & ~dvi) | (gic5_ppi_pending(pe, w) & dvi)) &
	       pe->cfg.ppi_implemented[w];
}

/* The best of the candidates of one word; ties go to the lower number. */
static void best_ppi(struct candidate *best, uint64_t candidates, const uint8_t *priority,
		     unsigned base)
{
	for (; candidates; candidates &= candidates - 1) {
		unsigned id = base + (unsigned)__builtin_ctzll(candidates);

		if (priority[id] < best->priority) {
			best->priority = priority[id];
			best->intid = GIC5_INTID(GIC5_TYPE_PPI, id);
		}
	}
}

static struct candidate better(const struct gic5_pe *pe, struct candidate ppi, struct candidate iri)
{
	iri.priority &= iri.priority == GIC5_PRIO_IDLE ? 0xff : pe->pri_mask;
	if (ppi.priority == iri.priority)
		return pe->gic->cfg.ppi_wins_tie ? ppi : iri; /* R_VVBPS */
	return ppi.priority < iri.priority ? ppi : iri;
}

bool gic5_pe_presents(const struct gic5_pe *pe)
{
	return pe->regs.link && pe->irs->regs.irsen;
}

struct candidate gic5_physical_hppi(struct gic5_pe *pe)
{
	const struct ppi_bank *bank = &pe->regs.ppi;
	struct candidate best = NOTHING;

	for (unsigned w = 0; w < 2; w++) {
		uint64_t ready = bank->enable[w] & ~bank->active[w];

		if (ready)
			best_ppi(&best, ready & gic5_ppi_pending(pe, w), bank->priority, 64 * w);
	}
	if (gic5_pe_presents(pe))
		best = better(pe, best, gic5_top(pe->gic, &pe->ready));
	if (best.priority >= threshold(pe->regs.en, pe->regs.pcr, pe->regs.apr))
		return NOTHING;
	return best;
}

static bool virtual_iri_open(const struct gic5_pe *pe)
{
	return pe->vpe && gic5_pe_presents(pe) &&
	       !GIC5_GET(ICH_CONTEXTR_EL2_IRICHPPIDIS, pe->regs.contextr);
}

struct candidate gic5_virtual_hppi(struct gic5_pe *pe)
{
	const struct ppi_bank *bank = &pe->regs.vppi;
	struct candidate best = NOTHING;

	if (!pe->regs.vctlr_en)
		return NOTHING;
	for (unsigned w = 0; w < 2; w++) {
		uint64_t ready = bank->enable[w] & ~bank->active[w] & ~pe->regs.hidden[w];

		if (ready)
			best_ppi(&best, ready & gic5_vppi_pending(pe, w), bank->priority, 64 * w);
	}
	if (virtual_iri_open(pe))
		best = better(pe, best, pe->vcandidate);
	if (best.priority >= threshold(pe->regs.ven, pe->regs.vpmr, pe->regs.vapr))
		return NOTHING;
	return best;
}

static uint32_t lines_of(struct candidate physical, struct candidate virtual)
{
	uint32_t lines = 0;

	if (physical.priority != GIC5_PRIO_IDLE)
		lines |= 1U << GIC5_LINE_IRQ;
	if (physical.priority == 0)
		lines |= 1U << GIC5_LINE_NMI;
	if (virtual.priority != GIC5_PRIO_IDLE)
		lines |= 1U << GIC5_LINE_VIRQ;
	if (virtual.priority == 0)
		lines |= 1U << GIC5_LINE_VNMI;
	return lines;
}

static void set_lines(struct gic5_pe *pe, uint32_t new)
{
	uint32_t changed = new ^ atomic_load_explicit(&pe->lines, memory_order_relaxed);

	if (!changed)
		return;
	atomic_store_explicit(&pe->lines, new, memory_order_release);
	for (; changed && pe->gic->env.line; changed &= changed - 1) {
		unsigned line = (unsigned)__builtin_ctz(changed);

		pe->gic->env.line(pe->gic->env.opaque, pe->index, (enum gic5_line)line,
				  new >> line & 1);
	}
}

/* Anything that takes part in selection changed. */
void gic5_pe_update(struct gic5_pe *pe)
{
	const struct pe_regs *regs = &pe->regs;

	set_lines(pe, lines_of(gic5_physical_hppi(pe), gic5_virtual_hppi(pe)));
	if (pe->gic->any_one_n) {
		atomic_store_explicit(&pe->threshold, threshold(regs->en, regs->pcr, regs->apr),
				      memory_order_relaxed);
		atomic_store_explicit(&pe->vthreshold, threshold(regs->ven, regs->vpmr, regs->vapr),
				      memory_order_relaxed);
	}
}
