/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The highest priority pending interrupt of a PE, physical and virtual, and the lines that follow
 * from it (facts page, 3 and 12.2). Callers hold the PE's lock.
 */
#include "hw.h"

#define NOTHING ((struct candidate){.priority = GIC5_PRIO_IDLE})

/* D_XMBQZ: the running priority is the lowest set bit of APR. */
static inline uint32_t running(uint32_t apr)
{
	return apr ? (uint32_t)__builtin_ctz(apr) : GIC5_PRIO_IDLE;
}

/* D_MSQKF: priorities below this are sufficient. */
static inline uint32_t threshold(bool en, uint32_t mask, uint32_t apr)
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

bool gic5_pe_presents(const struct gic5_pe *pe)
{
	return pe->regs.link && pe->irs->regs.irsen;
}

/* The priority of the best PPI of a bank that is pending, enabled and inactive. */
static uint32_t ppi_priority(const struct gic5_pe *pe, bool virt, struct candidate *best)
{
	const struct ppi_bank *bank = virt ? &pe->regs.vppi : &pe->regs.ppi;

	for (unsigned w = 0; w < 2; w++) {
		uint64_t ready = bank->enable[w] & ~bank->active[w];

		if (!ready)
			continue;
		ready &= virt ? gic5_vppi_pending(pe, w) & ~pe->regs.hidden[w]
			      : gic5_ppi_pending(pe, w);
		best_ppi(best, ready, bank->priority, 64 * w);
	}
	return best->priority;
}

/* The priority that the IRS presents, with as many bits as the CPU interface has. */
static inline uint32_t physical_iri_priority(const struct gic5_pe *pe)
{
	uint32_t mask = ready_mask(&pe->ready);

	if (!mask || !gic5_pe_presents(pe))
		return GIC5_PRIO_IDLE;
	return (uint32_t)__builtin_ctz(mask) & pe->pri_mask;
}

static inline uint32_t virtual_iri_priority(const struct gic5_pe *pe)
{
	if (pe->vcandidate.priority == GIC5_PRIO_IDLE || !pe->vpe || !gic5_pe_presents(pe) ||
	    GIC5_GET(ICH_CONTEXTR_EL2_IRICHPPIDIS, pe->regs.contextr))
		return GIC5_PRIO_IDLE;
	return pe->vcandidate.priority & pe->pri_mask;
}

/* Priorities below this may be signalled. */
static inline uint32_t limit_of(const struct gic5_pe *pe, bool virt)
{
	const struct pe_regs *regs = &pe->regs;

	return virt ? threshold(regs->ven && regs->vctlr_en, regs->vpmr, regs->vapr)
		    : threshold(regs->en, regs->pcr, regs->apr);
}

static inline uint32_t iri_priority(const struct gic5_pe *pe, bool virt)
{
	return virt ? virtual_iri_priority(pe) : physical_iri_priority(pe);
}

/* The HPPI's priority, GIC5_PRIO_IDLE if there is none: all that the lines need. */
static inline uint32_t hppi_priority(const struct gic5_pe *pe, bool virt)
{
	const struct ppi_bank *bank = virt ? &pe->regs.vppi : &pe->regs.ppi;
	uint32_t limit = limit_of(pe, virt), best;

	if (!limit)
		return GIC5_PRIO_IDLE;
	best = iri_priority(pe, virt);
	if ((bank->enable[0] & ~bank->active[0]) | (bank->enable[1] & ~bank->active[1])) {
		struct candidate ppi = NOTHING;
		uint32_t priority = ppi_priority(pe, virt, &ppi);

		best = priority < best ? priority : best;
	}
	return best < limit ? best : GIC5_PRIO_IDLE;
}

static struct candidate hppi(struct gic5_pe *pe, bool virt)
{
	uint32_t limit = limit_of(pe, virt), iri_best = iri_priority(pe, virt);
	struct candidate ppi = NOTHING, iri;
	uint32_t ppi_best = ppi_priority(pe, virt, &ppi);
	bool ppi_wins = ppi_best < iri_best || (ppi_best == iri_best && pe->gic->cfg.ppi_wins_tie);

	if ((ppi_wins ? ppi_best : iri_best) >= limit)
		return NOTHING;
	if (ppi_wins) /* R_VVBPS: equal priorities are the knob's */
		return ppi;
	iri = virt ? pe->vcandidate : gic5_top(pe->gic, &pe->ready);
	iri.priority = (uint8_t)iri_best;
	return iri;
}

struct candidate gic5_physical_hppi(struct gic5_pe *pe)
{
	return hppi(pe, false);
}

struct candidate gic5_virtual_hppi(struct gic5_pe *pe)
{
	return hppi(pe, true);
}

static inline uint32_t lines_of(uint32_t physical, uint32_t virtual)
{
	uint32_t lines = 0;

	if (physical != GIC5_PRIO_IDLE)
		lines |= 1U << GIC5_LINE_IRQ;
	if (physical == 0)
		lines |= 1U << GIC5_LINE_NMI;
	if (virtual != GIC5_PRIO_IDLE)
		lines |= 1U << GIC5_LINE_VIRQ;
	if (virtual == 0)
		lines |= 1U << GIC5_LINE_VNMI;
	return lines;
}

static inline void set_lines(struct gic5_pe *pe, uint32_t new)
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

	set_lines(pe, lines_of(hppi_priority(pe, false), hppi_priority(pe, true)));
	if (pe->gic->any_one_n) {
		atomic_store_explicit(&pe->threshold, threshold(regs->en, regs->pcr, regs->apr),
				      memory_order_relaxed);
		atomic_store_explicit(&pe->vthreshold, threshold(regs->ven, regs->vpmr, regs->vapr),
				      memory_order_relaxed);
	}
}
