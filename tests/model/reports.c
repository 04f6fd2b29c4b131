/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random comparison: the strict reports of instructions (facts page, 17.4, numbers 15, 16, 17 and
 * 20): exactly those that the reference model's state calls for, and no other.
 */
#include "compare.h"

static const unsigned watched[] = {15, 16, 17, 20};
#define WATCHED (sizeof(watched) / sizeof(watched[0]))

/* Everything else that strict mode may say is the business of the unit tests. */
void world_watch_reports(struct world *w)
{
	unsigned rule, i;
	bool is_watched;

	for (rule = 1; rule < GIC_FX_RULE_MAX; rule++) {
		is_watched = false;
		for (i = 0; i < WATCHED; i++)
			is_watched |= watched[i] == rule;
		if (is_watched)
			continue;
		gic_allow_reports(&w->fx, rule, GIC5_ORIGIN_HOST);
		gic_allow_reports(&w->fx, rule, GIC5_ORIGIN_GUEST);
	}
}

static bool ppi_exists(const struct world *w, const struct op *op, unsigned ppi, bool guest)
{
	const struct ref_pe *pe = &w->ref.pe[op->pe];

	if (ppi >= GIC5_PPI_COUNT ||
	    !(w->fx.pe[op->pe].ppi_implemented[ppi / 64] >> (ppi % 64) & 1))
		return false;
	return !guest || !(pe->hidden[ppi / 64] >> (ppi % 64) & 1);
}

/* VM that the instruction works on: -1 physical, -2 none. */
static int vm_of(struct world *w, const struct op *op, bool guest)
{
	uint32_t vm, vpe;

	if (GIC5_ENC_OP1(op->reg) == 4)
		return (int)GIC5_GET(VDEN_VM_ID, op->value);
	if (!guest)
		return -1;
	return ref_resident(&w->ref, op->pe, &vm, &vpe) ? (int)vm : -2;
}

static unsigned expected_of_eoi(const struct world *w, const struct op *op, bool guest)
{
	const struct ref_pe *pe = &w->ref.pe[op->pe];

	return op->value || !(guest ? pe->vapr : pe->apr) ? 16 : 0;
}

static unsigned expected_of_deactivation(struct world *w, const struct op *op, bool guest)
{
	uint32_t intid = (uint32_t)op->value & 0xe0ffffff;
	const struct ref_ppis *ppis = guest ? &w->ref.pe[op->pe].virt : &w->ref.pe[op->pe].phys;
	struct gic5_irq_state state;
	unsigned id = GIC5_INTID_ID(intid);
	int vm = vm_of(w, op, guest);

	if (op->reg == GIC5_CDDI && GIC5_INTID_TYPE(intid) == GIC5_TYPE_PPI) {
		if (!ppi_exists(w, op, id, guest))
			return 15;
		return ppis->active[id / 64] >> (id % 64) & 1 ? 0 : 16;
	}
	if (vm == -2 || !ref_inspect(&w->ref, vm, intid, &state))
		return 15;
	return state.active ? 0 : 16;
}

static unsigned expected_of_routing(struct world *w, int vm, uint64_t operand, unsigned iaffid)
{
	bool offered = vm < 0 ? w->fx.irs[0].one_n : w->fx.irs[0].virt_one_n;
	const struct ref_vm *v = vm >= 0 ? ref_vm_find(&w->ref, (unsigned)vm) : NULL;
	bool irm = GIC5_GET(CDAFF_IRM, operand);

	if (irm && !offered)
		return 17; /* and perhaps 20: see below */
	return v && iaffid >> v->vpe_id_bits ? 20 : 0;
}

/* The number to report before the operation is done, 0 for none. */
static unsigned expected(struct world *w, const struct op *op, bool guest)
{
	uint32_t intid = (uint32_t)op->value & 0xe0ffffff;
	struct gic5_irq_state state;
	int vm;

	switch (op->reg) {
	case GIC5_GSB_SYS:
	case GIC5_GSB_ACK: return 0;
	case GIC5_CDEOI: return expected_of_eoi(w, op, guest);
	case GIC5_CDDI:
	case GIC5_VDDI: return expected_of_deactivation(w, op, guest);
	default: break;
	}
	vm = vm_of(w, op, guest);
	if (vm == -2 || !ref_inspect(&w->ref, vm, intid, &state))
		return 15;
	if (op->reg == GIC5_CDAFF)
		return expected_of_routing(w, vm, op->value,
					   (unsigned)GIC5_GET(CDAFF_IAFFID, op->value));
	if (op->reg == GIC5_VDAFF)
		return expected_of_routing(w, vm, op->value,
					   (unsigned)GIC5_GET(VDAFF_VPE_ID, op->value));
	return 0;
}

unsigned world_expect_report(struct world *w, const struct op *op)
{
	const struct gic5_ctx *ctx = &world_ctx[op->ctx];

	gic_take_reports(&w->fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
	gic_take_reports(&w->fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST, NULL);
	return expected(w, op, ctx->el == 1 && ctx->hcr_imo);
}

void world_check_report(struct world *w, const struct op *op, unsigned rule)
{
	const struct gic5_ctx *ctx = &world_ctx[op->ctx];
	enum gic5_origin origin =
		ctx->el == 1 && ctx->hcr_imo ? GIC5_ORIGIN_GUEST : GIC5_ORIGIN_HOST;
	struct gic5_report last = {0};
	unsigned count;

	/* What VDRCFG finds depends on a knob; routing may break two rules at once. */
	if (op->reg == GIC5_VDRCFG || rule == 17)
		gic_take_reports(&w->fx, op->reg == GIC5_VDRCFG ? 15 : 20, origin, NULL);
	count = rule ? gic_take_reports(&w->fx, rule, origin, &last) : 0;
	if (op->reg == GIC5_VDRCFG)
		return;
	if (rule && count != 1)
		world_fail(w, "strict: %u reports of rule %u: expected one", count, rule);
	else if (w->fx.report_count)
		world_fail(w, "strict: rule %u reported: not expected", w->fx.reports[0].rule);
	else if (rule && last.pe != (int)op->pe)
		world_fail(w, "strict: PE of rule %u: %d", rule, last.pe);
	else if (rule && last.value != op->value)
		world_fail(w, "strict: value of rule %u: %#llx", rule,
			   (unsigned long long)last.value);
}
