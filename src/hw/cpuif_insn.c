/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GIC, GICR and GSB instructions (facts page, 14). Who may execute what is decided in one place,
 * operands are taken apart in one place; with the delay knob effects wait in a queue of the PE.
 */
#include "cpuif.h"

struct insn_row {
	const char *name;
	uint64_t trap; /* bit of ICH_HFGITR_EL2 */
	uint8_t op1, kind, form;
};

/* The same CRm and op2 mean the same operation in every domain. */
#define KIND(crm, op2)     ((crm) << 3 | (op2))
#define ROW(op1, crm, op2) ((op1) >> 1 << 5 | KIND(crm, op2))
enum insn_kind {
	GSB_SYS = KIND(0, 0),
	GSB_ACK = KIND(0, 1),
	DIS = KIND(1, 0),
	EN = KIND(1, 1),
	PRI = KIND(1, 2),
	AFF = KIND(1, 3),
	PEND = KIND(1, 4),
	RCFG = KIND(1, 5),
	EOI = KIND(1, 7),
	DI = KIND(2, 0),
	HM = KIND(2, 1),
	IA = KIND(3, 0),
	NMIA = KIND(3, 1),
};

enum { GIC5_ICH_HFGITR_EL2_NONE_SHIFT = 0, GIC5_ICH_HFGITR_EL2_NONE_WIDTH = 0 };

static const struct insn_row rows[128] = {
#define INSN(insn, how, domain, crm, op2, hfgitr, text)                        \
	[ROW(domain, crm, op2)] = {.name = #insn,                              \
				   .trap = GIC5_MASK(ICH_HFGITR_EL2_##hfgitr), \
				   .op1 = (domain),                            \
				   .kind = KIND(crm, op2),                     \
				   .form = GIC5_FORM_##how},
#include <vgic5/insns.def>
};

/* CRm 0..3 with op1 0, 4, 6: what the table's 128 rows can hold; an odd op1 cannot be. */
#define INSN_ENC_FIXED (GIC5_ENC(3, 1, 15, 12, 0) | ~0xffffU)

static const struct insn_row *find_row(uint32_t enc, bool sysl)
{
	const struct insn_row *row = &rows[(enc >> 7 & 0x60) | (enc & 0x1f)];

	if ((enc & INSN_ENC_FIXED) != GIC5_ENC(1, 0, 12, 0, 0))
		return NULL;
	return row->name && (row->form == GIC5_FORM_GICR) == sysl ? row : NULL;
}

static enum gic5_result decide(const struct gic5_pe *pe, const struct gic5_ctx *ctx,
			       const struct insn_row *row)
{
	if (!row || ctx->el == 0 || row->op1 == 6) /* LD needs EL3 */
		return GIC5_UNDEFINED;
	if (ctx->el >= 2)
		return GIC5_DONE;
	if (row->op1 == 4)
		return ctx->hcr_nv & 1 ? GIC5_TRAP : GIC5_UNDEFINED;
	return row->trap & ~pe->regs.hfgitr ? GIC5_TRAP : GIC5_DONE;
}

/* ---- operands ---- */

/* The field of that name in the operand of the CD or the VD form. U18: most of the latter are guesses, made
 * in insns.def. */
#define OPERAND(insn, field, value) \
	((insn)->row->op1 == 4 ? GIC5_GET(VD##field, value) : GIC5_GET(CD##field, value))

static uint32_t intid_of(uint64_t operand)
{
	return (uint32_t)(operand & (GIC5_MASK(INTID_TYPE) | GIC5_MASK(INTID_ID)));
}

/* ---- effects ---- */

static uint64_t icsr_of(uint32_t state)
{
	return GIC5_PUT(ICC_ICSR_EL1_IAFFID, GIC5_GET(L2_ISTE_IAFFID, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_PRIORITY, GIC5_GET(L2_ISTE_PRIORITY, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_HM, GIC5_GET(L2_ISTE_HM, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_ACTIVE, GIC5_GET(L2_ISTE_ACTIVE, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_IRM, GIC5_GET(L2_ISTE_IRM, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_PENDING, GIC5_GET(L2_ISTE_PENDING, state)) |
	       GIC5_PUT(ICC_ICSR_EL1_ENABLED, GIC5_GET(L2_ISTE_ENABLE, state));
}

/*
 * The result of CDRCFG reaches ICSR at once, or with the delay knob at a context synchronisation.
 */
static void set_icsr(struct gic5_pe *pe, uint64_t value)
{
	if (!pe->queue) {
		pe->regs.icsr = value;
		return;
	}
	pe->icsr_next = value;
	pe->icsr_staged = true;
}

static struct who who_of(struct gic5_pe *pe, const struct deferred *insn)
{
	return (struct who){.gic = pe->gic,
			    .self = pe,
			    .pe = (int32_t)pe->index,
			    .vm = insn->vm,
			    .vpe = insn->vpe,
			    .guest = insn->guest};
}

static void complain(struct gic5_pe *pe, const struct deferred *insn, unsigned rule)
{
	struct who who = who_of(pe, insn);

	gic5_strict(&who, rule, insn->row->name, insn->operand);
}

static void route(struct gic5_pe *pe, const struct deferred *insn, const struct irq *irq)
{
	const struct gic5_irs_config *cfg = &irq->ist->irs->cfg;
	bool one_n = irq->space->vm ? cfg->virt_one_n : cfg->one_n;
	bool vd = insn->row->op1 == 4;
	bool irm = OPERAND(insn, AFF_IRM, insn->operand);
	uint16_t iaffid = (uint16_t)(vd ? GIC5_GET(VDAFF_VPE_ID, insn->operand)
					: GIC5_GET(CDAFF_IAFFID, insn->operand));

	if (irm && !one_n)
		complain(pe, insn, 17);
	if (irq->space->vm && iaffid >= irq->space->vm->vpe_count)
		complain(pe, insn, 20);
	gic5_irq_route(irq, irm && one_n, iaffid);
}

static void set_priority(const struct irq *irq, uint32_t priority)
{
	priority &= gic5_irs_priority_mask(irq->ist->irs);
	gic5_irq_modify(irq, NODE_PRIORITY, (uint32_t)GIC5_PUT(L2_ISTE_PRIORITY, priority));
}

static void apply(struct gic5_pe *pe, const struct deferred *insn, const struct irq *irq)
{
	uint64_t value = insn->operand;
	bool set;

	switch (insn->row->kind) {
	case DIS: gic5_irq_modify(irq, NODE_ENABLE, 0); break;
	case EN: gic5_irq_modify(irq, 0, NODE_ENABLE); break;
	case PRI: set_priority(irq, (uint32_t)OPERAND(insn, PRI_PRIORITY, value)); break;
	case AFF: route(pe, insn, irq); break;
	case PEND: /* U26: PEND(0) on a level SPI whose wire is high holds until the next sample */
		set = OPERAND(insn, PEND_PENDING, value);
		gic5_irq_modify(irq, set ? 0 : NODE_PENDING, set ? NODE_PENDING : 0);
		break;
	case HM:
		set = OPERAND(insn, HM_HM, value);
		gic5_irq_modify(irq, set ? 0 : NODE_HM, set ? NODE_HM : 0);
		break;
	case DI:
		if (!(gic5_irq_modify(irq, NODE_ACTIVE, 0) & NODE_ACTIVE))
			complain(pe, insn, 16);
		break;
	case RCFG:
		set_icsr(pe,
			 icsr_of(atomic_load_explicit(&irq->node->state, memory_order_relaxed)));
		break;
	default: break;
	}
}

/* PPIs and priority drops have no space of their own: a trace shows a guest's with its VM. */
static const struct space *traced_space(const struct gic5_pe *pe, bool guest)
{
	return guest && pe->vpe ? &pe->vpe->vm->space : NULL;
}

/* CDDI of a PPI: this PE's, in the current domain. U29: an aliased physical Active stays. */
static void deactivate_ppi(struct gic5_pe *pe, const struct deferred *insn)
{
	struct ppi_bank *bank = insn->guest ? &pe->regs.vppi : &pe->regs.ppi;
	uint32_t ppi = GIC5_INTID_ID(insn->operand);
	uint64_t bit = UINT64_C(1) << (ppi & 63);
	unsigned w = (ppi >> 6) & 1;
	uint64_t exists = pe->cfg.ppi_implemented[w] & (insn->guest ? ~pe->regs.hidden[w] : ~0ULL);

	if (ppi >= GIC5_PPI_COUNT || !(exists & bit)) {
		complain(pe, insn, 15);
		return;
	}
	if (!(bank->active[w] & bit)) {
		complain(pe, insn, 16);
		return;
	}
	own_lock(pe);
	bank->active[w] &= ~bit;
	gic5_trace(pe->gic, GIC5_EV_DEACTIVATE, traced_space(pe, insn->guest),
		   GIC5_INTID(GIC5_TYPE_PPI, ppi), bank->priority[ppi], insn->vpe,
		   (int32_t)pe->index);
	gic5_pe_update(pe);
}

/* The VM that an instruction of the virtual domain or a VD instruction works on, or NULL. */
static struct vm *vm_of(struct gic5_pe *pe, const struct deferred *insn)
{
	uint32_t named = (uint32_t)GIC5_GET(VDPEND_VM_ID, insn->operand);
	struct vm *resident = pe->vpe ? pe->vpe->vm : NULL;

	if (insn->row->op1 == 0)
		return insn->vm < 0 ? NULL : gic5_vm_find(pe->gic, (uint32_t)insn->vm);
	if (insn->row->kind != RCFG || pe->gic->cfg.vdrcfg_context == GIC5_VDRCFG_OPERAND)
		return gic5_vm_find(pe->gic, named);
	/* U19: the resident VM; an operand that names another one fails */
	return resident && (!named || named == resident->id) ? resident : NULL;
}

/* The name space that an instruction works on; NULL if its VM is not there. */
static struct space *space_of(struct gic5_pe *pe, const struct deferred *insn)
{
	struct vm *vm;

	if (!insn->guest && insn->row->op1 != 4)
		return &pe->gic->physical;
	vm = vm_of(pe, insn);
	return vm ? &vm->space : NULL;
}

static void not_there(struct gic5_pe *pe, const struct deferred *insn, struct space *space)
{
	uint32_t intid = intid_of(insn->operand);
	unsigned type = GIC5_INTID_TYPE(intid);
	struct who who = who_of(pe, insn);

	if (type != GIC5_TYPE_LPI && type != GIC5_TYPE_SPI)
		complain(pe, insn, 15);
	else
		gic5_unreachable(&who, space, intid, 15, insn->row->name, insn->operand);
	if (insn->row->kind == RCFG)
		set_icsr(pe, GIC5_MASK(ICC_ICSR_EL1_F));
}

static void perform(struct gic5_pe *pe, const struct deferred *insn)
{
	uint32_t intid = intid_of(insn->operand);
	struct space *space = space_of(pe, insn);
	struct irq irq;

	irq.self = pe;
	if (space && gic5_irq_find(space, intid, &irq))
		apply(pe, insn, &irq);
	else if (insn->row->kind == DI && insn->row->op1 == 0 &&
		 GIC5_INTID_TYPE(intid) == GIC5_TYPE_PPI)
		deactivate_ppi(pe, insn);
	else
		not_there(pe, insn, space);
}

static void priority_drop(struct gic5_pe *pe, bool virt, uint64_t value)
{
	uint32_t *apr = virt ? &pe->regs.vapr : &pe->regs.apr;

	if (value || !*apr) {
		struct who who = virt ? gic5_guest_on(pe) : gic5_host_on(pe);

		gic5_strict(&who, 16, "CDEOI", value);
	}
	if (!*apr)
		return;
	own_lock(pe);
	gic5_trace(pe->gic, GIC5_EV_EOI, traced_space(pe, virt), 0, (uint32_t)__builtin_ctz(*apr),
		   virt && pe->vpe ? pe->vpe->id : -1, (int32_t)pe->index);
	*apr &= *apr - 1;
	gic5_pe_update(pe);
}

/* ---- delay ---- */

static void perform_oldest(struct gic5_pe *pe)
{
	struct deferred insn = pe->queue[pe->queue_head];

	pe->queue_head = (pe->queue_head + 1) % DEFER_MAX;
	pe->queue_len--;
	own_release(pe);
	perform(pe, &insn);
}

/* Every earlier instruction of the PE takes effect now. Inside the gate, no lock held. */
void gic5_drain(struct gic5_pe *pe)
{
	while (pe->queue_len)
		perform_oldest(pe);
}

/* One access of this PE: instructions whose time has come take effect. */
void gic5_tick(struct gic5_pe *pe)
{
	if (!pe->queue)
		return;
	pe->executed++;
	while (pe->queue_len && pe->queue[pe->queue_head].due <= pe->executed)
		perform_oldest(pe);
}

static void defer(struct gic5_pe *pe, struct deferred *insn)
{
	if (pe->queue_len == DEFER_MAX)
		perform_oldest(pe);
	insn->due = pe->executed + pe->gic->cfg.insn_delay;
	pe->queue[(pe->queue_head + pe->queue_len) % DEFER_MAX] = *insn;
	pe->queue_len++;
}

void gic5_flush_deferred(struct gic5_pe *pe)
{
	gic5_drain(pe);
	if (pe->icsr_staged)
		pe->regs.icsr = pe->icsr_next;
	pe->icsr_staged = false;
}

void gic5_context_sync(struct gic5_pe *pe)
{
	if (!pe->queue)
		return;
	gate_enter(pe);
	gic5_flush_deferred(pe);
	gate_exit(pe);
}

/* Rule 24: the result of a CDRCFG is on its way. */
void gic5_icsr_read_check(struct gic5_pe *pe, bool guest)
{
	struct who who = guest ? gic5_guest_on(pe) : gic5_host_on(pe);
	bool waiting = pe->icsr_staged;

	for (uint32_t i = 0; i < pe->queue_len; i++)
		waiting |= pe->queue[(pe->queue_head + i) % DEFER_MAX].row->kind == RCFG;
	if (waiting)
		gic5_strict(&who, 24, "ICC_ICSR_EL1", pe->regs.icsr);
}

/* ---- entry ---- */

/* Work on the physical interface and its own interrupts needs no other lock than the PE's. */
static void enter(struct gic5_pe *pe, bool own)
{
	if (own && !pe->queue) {
		gate_enter_locked(pe);
	} else {
		gate_enter(pe);
		gic5_tick(pe);
	}
}

static void execute(struct gic5_pe *pe, bool virt, const struct insn_row *row, uint64_t value)
{
	struct deferred insn = {.row = row, .operand = value, .vm = -1, .vpe = -1, .guest = virt};

	if (virt && pe->vpe) {
		insn.vm = pe->vpe->vm->id;
		insn.vpe = pe->vpe->id;
	}
	if (row->form == GIC5_FORM_GSB)
		gic5_drain(pe);
	else if (row->kind == EOI)
		priority_drop(pe, virt, value);
	else if (pe->queue)
		defer(pe, &insn);
	else
		perform(pe, &insn);
}

enum gic5_result gic5_sys(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc, bool rt31,
			  uint64_t value)
{
	const struct insn_row *row = find_row(enc, false);
	bool virt = gic5_virtual_domain(ctx);
	enum gic5_result result;

	enter(pe, row && row->op1 == 0 && (!virt || row->kind == EOI));
	result = decide(pe, ctx, row);
	if (result == GIC5_DONE && row->form == GIC5_FORM_GSB && !rt31)
		result = GIC5_UNDEFINED;
	if (result == GIC5_DONE) {
		if (virt)
			gic5_guest_entry_check(pe);
		execute(pe, virt, row, value);
	}
	gate_exit(pe);
	return result;
}

enum gic5_result gic5_sysl(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
			   uint64_t *value)
{
	const struct insn_row *row = find_row(enc, true);
	bool virt = gic5_virtual_domain(ctx);
	enum gic5_result result;

	enter(pe, !virt);
	result = decide(pe, ctx, row);
	if (result == GIC5_DONE) {
		if (virt)
			gic5_guest_entry_check(pe);
		*value = gic5_acknowledge(pe, virt, row->kind == NMIA, ctx->nmi);
	}
	gate_exit(pe);
	return result;
}
