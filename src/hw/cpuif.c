/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers of the CPU interface: who may access what, from which exception level, and to
 * which view. The decision is made here, once, from the architecture's table; the registers
 * themselves are in cpuif_icc.c and cpuif_ich.c.
 */
#include "cpuif.h"

static enum gic5_result decide(const struct gic5_pe *pe, const struct gic5_ctx *ctx,
			       const struct gic5_sysreg_desc *desc, bool write)
{
	uint64_t trap, allowed;

	if (!desc || ctx->el == 0 || (write && desc->access == GIC5_RO))
		return GIC5_UNDEFINED;
	if (ctx->el >= 2)
		return GIC5_DONE;
	if (desc->view == GIC5_VIEW_EL2)
		return ctx->hcr_nv & 1 ? GIC5_TRAP : GIC5_UNDEFINED;
	trap = write ? desc->write_trap : desc->read_trap;
	allowed = write ? pe->regs.hfgwtr : pe->regs.hfgrtr;
	return trap & ~allowed ? GIC5_TRAP : GIC5_DONE;
}

/* Rule 23, seen at a guest's first access after EL2 changed the virtual interface. */
void gic5_guest_entry_check(struct gic5_pe *pe)
{
	struct who who = gic5_host_on(pe);

	if (pe->guest_checked || !pe->gic->cfg.strict)
		return;
	pe->guest_checked = true;
	if (!pe->regs.vctlr_en)
		gic5_strict(&who, 23, "ICH_VCTLR_EL2", 0);
	for (unsigned w = 0; w < 2; w++) {
		uint64_t exposed = pe->regs.dvi[w] & pe->regs.ppi.enable[w] &
				   ~pe->regs.ppi.active[w] & pe->cfg.ppi_implemented[w];

		if (exposed)
			gic5_strict(&who, 23, w ? "ICH_PPI_DVIR1_EL2" : "ICH_PPI_DVIR0_EL2",
				    exposed);
	}
}

/* May the access hold its PE from the start? What moves VPEs or drains the delay queue may not. */
static void enter(struct gic5_pe *pe, uint32_t enc)
{
	if (pe->queue || enc == GIC5_ICH_CONTEXTR_EL2) {
		gate_enter(pe);
		gic5_tick(pe);
	} else {
		gate_enter_locked(pe);
	}
}

enum gic5_result gic5_sysreg_read(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
				  uint64_t *value)
{
	const struct gic5_sysreg_desc *desc = gic5_sysreg_find(enc);
	bool virt = gic5_virtual_domain(ctx);
	enum gic5_result result;

	enter(pe, enc);
	result = decide(pe, ctx, desc, false);
	if (result == GIC5_DONE) {
		if (virt)
			gic5_guest_entry_check(pe);
		if (enc == GIC5_ICC_ICSR_EL1)
			gic5_icsr_read_check(pe, virt);
		own_lock(pe);
		*value = desc->view == GIC5_VIEW_EL2 ? gic5_ich_read(pe, enc)
						     : gic5_icc_read(pe, enc, virt);
	}
	gate_exit(pe);
	return result;
}

enum gic5_result gic5_sysreg_write(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
				   uint64_t value)
{
	const struct gic5_sysreg_desc *desc = gic5_sysreg_find(enc);
	bool virt = gic5_virtual_domain(ctx);
	enum gic5_result result;

	enter(pe, enc);
	result = decide(pe, ctx, desc, true);
	if (result == GIC5_DONE) {
		if (virt)
			gic5_guest_entry_check(pe);
		if (desc->view == GIC5_VIEW_EL2)
			gic5_ich_write(pe, enc, value);
		else
			gic5_icc_write(pe, enc, value, virt);
	}
	gate_exit(pe);
	return result;
}

bool gic5_line_level(const struct gic5_pe *pe, enum gic5_line line)
{
	return atomic_load_explicit(&pe->lines, memory_order_acquire) >> line & 1;
}

void gic5_hide_ppis(struct gic5_pe *pe, const uint64_t hidden[2])
{
	gate_enter_locked(pe);
	pe->regs.hidden[0] = hidden[0];
	pe->regs.hidden[1] = hidden[1];
	gic5_pe_update(pe);
	gate_exit(pe);
}

/* Edge PPIs latch a rising wire; level PPIs follow it (facts page, 13.1). */
void gic5_ppi_wire(struct gic5_pe *pe, unsigned ppi, bool level)
{
	struct pe_regs *regs = &pe->regs;
	uint64_t bit = UINT64_C(1) << (ppi & 63);
	unsigned w = ppi >> 6;
	uint64_t before;

	if (ppi >= GIC5_PPI_COUNT || !(pe->cfg.ppi_implemented[w] & bit))
		return;
	gic5_foreign_enter(pe->gic);
	pe_lock(pe);
	before = gic5_ppi_pending(pe, w);
	if (level && !(regs->ppi_wire[w] & bit) && !(pe->cfg.ppi_level[w] & bit))
		regs->ppi.pending[w] |= bit;
	regs->ppi_wire[w] = level ? regs->ppi_wire[w] | bit : regs->ppi_wire[w] & ~bit;
	before ^= gic5_ppi_pending(pe, w);
	if (before) {
		gic5_trace(pe->gic, level ? GIC5_EV_PEND : GIC5_EV_UNPEND, NULL,
			   GIC5_INTID(GIC5_TYPE_PPI, ppi), regs->ppi.priority[ppi], -1,
			   (int32_t)pe->index);
		gic5_pe_update(pe);
	}
	pe_unlock(pe);
	gic5_foreign_exit(pe->gic);
}

/* ---- reset ---- */

/* The CPU interface's registers as they are after reset; wires keep their level. */
void gic5_pe_defaults(struct gic5_pe *pe)
{
	uint64_t wire[2] = {pe->regs.ppi_wire[0], pe->regs.ppi_wire[1]};
	bool dps = pe->regs.dps;
	bool ready = pe->gic->cfg.firmware_has_run;

	memset(&pe->regs, 0, sizeof(pe->regs));
	pe->regs.ppi_wire[0] = wire[0];
	pe->regs.ppi_wire[1] = wire[1];
	pe->regs.dps = dps; /* lives in the IRS */
	pe->regs.link = pe->gic->cfg.link_at_reset;
	pe->regs.hfgrtr = ready ? GIC5_HFGRTR_NONE : GIC5_MASK(ICH_HFGRTR_EL2_RES1_3);
	pe->regs.hfgwtr = ready ? GIC5_HFGWTR_NONE : 0;
	pe->regs.hfgitr = ready ? GIC5_HFGITR_NONE : 0;
	pe->regs.vctlr_en = ready;
	pe->vcandidate.priority = GIC5_PRIO_IDLE;
	pe->queue_len = 0;
	pe->icsr_staged = false;
	pe->guest_checked = false;
}

void gic5_pe_reset(struct gic5_pe *pe)
{
	struct gic5 *gic = pe->gic;

	gic5_registers_lock(gic);
	gic5_exclude(gic);
	gic5_drain(pe);
	gate_exit(pe); /* what the drained instructions held */
	gic5_residency_end(pe, false);
	gic5_pe_defaults(pe);
	gic5_pe_update(pe);
	if (gic->any_one_n)
		gic5_one_n_rebalance(&gic->physical);
	gic5_include(gic);
	gic5_registers_unlock(gic);
}
