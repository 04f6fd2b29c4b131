/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference model: CPU interface, system registers and instructions (facts page, 3, 4, 12 to 14).
 */
#include "ref.h"

#include <string.h>

#define PRIO_BYTES UINT64_C(0x1f1f1f1f1f1f1f1f)

static bool bit_get(const uint64_t *words, unsigned bit)
{
	return words[bit / 64] >> (bit % 64) & 1;
}

static void bit_put(uint64_t *words, unsigned bit, bool value)
{
	words[bit / 64] &= ~(UINT64_C(1) << (bit % 64));
	words[bit / 64] |= (uint64_t)value << (bit % 64);
}

static bool implemented(const struct ref *ref, unsigned pe, unsigned ppi)
{
	return ppi < GIC5_PPI_COUNT && bit_get(ref->pe_cfg[pe].ppi_implemented, ppi);
}

static bool ppi_is_level(const struct ref *ref, unsigned pe, unsigned ppi)
{
	return bit_get(ref->pe_cfg[pe].ppi_level, ppi);
}

static uint64_t *pending_of(struct ref_pe *pe, bool is_virtual, unsigned ppi)
{
	return is_virtual && !bit_get(pe->dvi, ppi) ? pe->virt.pending : pe->phys.pending;
}

static unsigned running(uint32_t apr)
{
	unsigned i;

	for (i = 0; i < 32; i++) {
		if (apr >> i & 1)
			return i;
	}
	return GIC5_PRIO_IDLE;
}

/* ---- selection (3.2, 3.3, 12.2) ---- */

static struct ref_hppi best_ppi(struct ref *ref, unsigned p, bool is_virtual)
{
	struct ref_pe *pe = &ref->pe[p];
	const struct ref_ppis *ppis = is_virtual ? &pe->virt : &pe->phys;
	struct ref_hppi best = {.priority = GIC5_PRIO_IDLE};
	unsigned i;

	for (i = 0; i < GIC5_PPI_COUNT; i++) {
		if (!implemented(ref, p, i) || (is_virtual && bit_get(pe->hidden, i)))
			continue;
		if (bit_get(ppis->enabled, i) && !bit_get(ppis->active, i) &&
		    bit_get(pending_of(pe, is_virtual, i), i) && ppis->priority[i] < best.priority)
			best = (struct ref_hppi){true, GIC5_INTID(GIC5_TYPE_PPI, i),
						 ppis->priority[i]};
	}
	return best;
}

static struct ref_hppi best_irs(struct ref *ref, unsigned p, bool is_virtual)
{
	const struct ref_pe *pe = &ref->pe[p];
	struct ref_hppi none = {.priority = GIC5_PRIO_IDLE};

	if (!pe->link)
		return none;
	if (!is_virtual)
		return ref_best(ref, REF_PHYSICAL, ref->pe_cfg[p].iaffid, ref->pe_cfg[p].irs);
	if (!pe->resident || pe->context & GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS))
		return none;
	return ref_best(ref, (int)GIC5_GET(ICH_CONTEXTR_EL2_VM, pe->context),
			(unsigned)GIC5_GET(ICH_CONTEXTR_EL2_VPE, pe->context), ref->pe_cfg[p].irs);
}

struct ref_hppi ref_hppi(struct ref *ref, unsigned p, bool is_virtual)
{
	struct ref_pe *pe = &ref->pe[p];

	bool enabled = is_virtual ? pe->vctlr_en && pe->ven : pe->en;
	unsigned mask = is_virtual ? pe->vpmr : pe->pcr;
	struct ref_hppi none = {.priority = GIC5_PRIO_IDLE}, ppi, irs, best;

	if (ref->chosen_set)
		return ref->chosen[p][is_virtual];
	if (!enabled)
		return none;
	ppi = best_ppi(ref, p, is_virtual);
	irs = best_irs(ref, p, is_virtual);
	if (ppi.priority == irs.priority)
		best = ref->cfg.ppi_wins_tie ? ppi : irs;
	else
		best = ppi.priority < irs.priority ? ppi : irs;
	if (!best.valid || best.priority > mask ||
	    best.priority >= running(is_virtual ? pe->vapr : pe->apr))
		return none;
	return best;
}

bool ref_line_level(struct ref *ref, unsigned pe, enum gic5_line line)
{
	bool is_virtual = line == GIC5_LINE_VIRQ || line == GIC5_LINE_VNMI;
	struct ref_hppi hppi;

	if (line == GIC5_LINE_FIQ || line == GIC5_LINE_VFIQ)
		return false;
	hppi = ref_hppi(ref, pe, is_virtual);
	if (line == GIC5_LINE_NMI || line == GIC5_LINE_VNMI)
		return hppi.valid && hppi.priority == 0;
	return hppi.valid;
}

void ref_ppi_wire(struct ref *ref, unsigned p, unsigned ppi, bool level)
{
	struct ref_pe *pe = &ref->pe[p];

	if (!implemented(ref, p, ppi))
		return;
	if (ppi_is_level(ref, p, ppi))
		bit_put(pe->phys.pending, ppi, level);
	else if (level && !bit_get(pe->wire, ppi))
		bit_put(pe->phys.pending, ppi, true);
	bit_put(pe->wire, ppi, level);
}

void ref_hide_ppis(struct ref *ref, unsigned pe, const uint64_t hidden[2])
{
	memcpy(ref->pe[pe].hidden, hidden, sizeof(ref->pe[pe].hidden));
}

/* ---- who may do what (12.1, 12.4, 13) ---- */

static bool domain_is_virtual(const struct gic5_ctx *ctx)
{
	return ctx->el == 1 && ctx->hcr_imo;
}

static enum gic5_result may_access(const struct ref *ref, unsigned pe, const struct gic5_ctx *ctx,
				   const struct gic5_sysreg_desc *reg, bool write)
{
	uint64_t trap;

	if (ctx->el == 0 || !reg || (write && reg->access == GIC5_RO))
		return GIC5_UNDEFINED;
	if (ctx->el >= 2)
		return GIC5_DONE;
	if (reg->view == GIC5_VIEW_EL2)
		return ctx->hcr_nv & 1 ? GIC5_TRAP : GIC5_UNDEFINED;
	trap = write ? reg->write_trap : reg->read_trap;
	if (trap && !((write ? ref->pe[pe].hfgwtr : ref->pe[pe].hfgrtr) & trap))
		return GIC5_TRAP;
	return GIC5_DONE;
}

/* ---- registers ---- */

/* Bits of PPI bitmap @word that the access may see: implemented, and not hidden from the guest. */
static uint64_t visible(const struct ref *ref, unsigned pe, unsigned word, bool guest)
{
	uint64_t bits = ref->pe_cfg[pe].ppi_implemented[word];

	return guest ? bits & ~ref->pe[pe].hidden[word] : bits;
}

static uint64_t prio_read(const struct ref *ref, unsigned p, const struct ref_ppis *ppis,
			  unsigned index, bool guest)
{
	uint64_t value = 0;
	unsigned i;

	for (i = 0; i < 8; i++) {
		unsigned ppi = 8 * index + i;

		if (visible(ref, p, ppi / 64, guest) >> (ppi % 64) & 1)
			value |= (uint64_t)ppis->priority[ppi] << (8 * i);
	}
	return value;
}

static void prio_write(const struct ref *ref, unsigned p, struct ref_ppis *ppis, unsigned index,
		       uint64_t value, bool guest)
{
	unsigned keep = ref->pe_cfg[p].pri_bits == 5 ? 0x1f : 0x1e;
	unsigned i;

	for (i = 0; i < 8; i++) {
		unsigned ppi = 8 * index + i;

		if (visible(ref, p, ppi / 64, guest) >> (ppi % 64) & 1)
			ppis->priority[ppi] = value >> (8 * i) & keep;
	}
}

/* Index of a register in a consecutive family, or -1. */
static int in_family(uint32_t enc, uint32_t first, unsigned count)
{
	return enc >= first && enc < first + count ? (int)(enc - first) : -1;
}

static uint64_t pending_read(struct ref_pe *pe, bool is_virtual, unsigned word)
{
	uint64_t dvi = pe->dvi[word];

	if (!is_virtual)
		return pe->phys.pending[word];
	return (pe->virt.pending[word] & ~dvi) | (pe->phys.pending[word] & dvi);
}

static uint64_t hppir(struct ref *ref, unsigned pe, bool is_virtual)
{
	struct ref_hppi hppi = ref_hppi(ref, pe, is_virtual);

	return hppi.valid ? UINT64_C(1) << 32 | hppi.intid : 0;
}

/* The PPI registers of the current domain; false if @enc is none of them. */
static bool icc_ppi_read(struct ref *ref, unsigned p, bool v, uint32_t enc, uint64_t *value)
{
	struct ref_pe *pe = &ref->pe[p];
	struct ref_ppis *ppis = v ? &pe->virt : &pe->phys;
	int i;

	if ((i = in_family(enc, GIC5_ICC_PPI_ENABLER0_EL1, 2)) >= 0)
		*value = ppis->enabled[i] & visible(ref, p, i, v);
	else if ((i = in_family(enc, GIC5_ICC_PPI_CACTIVER0_EL1, 4)) >= 0)
		*value = ppis->active[i & 1] & visible(ref, p, i & 1, v);
	else if ((i = in_family(enc, GIC5_ICC_PPI_CPENDR0_EL1, 4)) >= 0)
		*value = pending_read(pe, v, i & 1) & visible(ref, p, i & 1, v);
	else if ((i = in_family(enc, GIC5_ICC_PPI_PRIORITYR0_EL1, 16)) >= 0)
		*value = prio_read(ref, p, ppis, i, v);
	else
		return false;
	return true;
}

static bool ich_ppi_read(struct ref *ref, unsigned p, uint32_t enc, uint64_t *value)
{
	struct ref_pe *pe = &ref->pe[p];
	int i;

	if ((i = in_family(enc, GIC5_ICH_PPI_DVIR0_EL2, 2)) >= 0)
		*value = pe->dvi[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_ENABLER0_EL2, 2)) >= 0)
		*value = pe->virt.enabled[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_PENDR0_EL2, 2)) >= 0)
		*value = pe->virt.pending[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_ACTIVER0_EL2, 2)) >= 0)
		*value = pe->virt.active[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_PRIORITYR0_EL2, 16)) >= 0)
		*value = prio_read(ref, p, &pe->virt, i, false);
	else
		return false;
	return true;
}

enum gic5_result ref_sysreg_read(struct ref *ref, unsigned p, const struct gic5_ctx *ctx,
				 uint32_t enc, uint64_t *value)
{
	enum gic5_result may = may_access(ref, p, ctx, gic5_sysreg_find(enc), false);
	const struct gic5_pe_config *cfg = &ref->pe_cfg[p];
	struct ref_pe *pe = &ref->pe[p];
	bool v = domain_is_virtual(ctx);

	*value = 0;
	if (may != GIC5_DONE)
		return may;
	if (icc_ppi_read(ref, p, v, enc, value) || ich_ppi_read(ref, p, enc, value))
		return GIC5_DONE;

	switch (enc) {
	case GIC5_ICC_PPI_HMR0_EL1:
	case GIC5_ICC_PPI_HMR1_EL1:
		*value = cfg->ppi_level[enc & 1] & cfg->ppi_implemented[enc & 1];
		break;
	case GIC5_ICC_IDR0_EL1:
		*value = (uint64_t)(cfg->pri_bits - 1) << 4 | (cfg->id_bits == 24);
		break;
	case GIC5_ICC_HPPIR_EL1: *value = hppir(ref, p, v); break;
	case GIC5_ICC_ICSR_EL1: *value = pe->icsr; break;
	case GIC5_ICC_IAFFIDR_EL1: *value = cfg->iaffid; break;
	case GIC5_ICC_APR_EL1: *value = v ? pe->vapr : pe->apr; break;
	case GIC5_ICC_CR0_EL1: *value = v ? 6U | pe->ven : 4U | pe->link << 1 | pe->en; break;
	case GIC5_ICC_PCR_EL1: *value = v ? pe->vpmr : pe->pcr; break;
	case GIC5_ICH_APR_EL2: *value = pe->vapr; break;
	case GIC5_ICH_HPPIR_EL2: *value = hppir(ref, p, true); break;
	case GIC5_ICH_HFGRTR_EL2: *value = pe->hfgrtr; break;
	case GIC5_ICH_HFGWTR_EL2: *value = pe->hfgwtr; break;
	case GIC5_ICH_HFGITR_EL2: *value = pe->hfgitr; break;
	case GIC5_ICH_VCTLR_EL2: *value = pe->vctlr_en; break;
	case GIC5_ICH_CONTEXTR_EL2: *value = pe->context; break;
	case GIC5_ICH_VMCR_EL2: *value = (uint64_t)pe->vpmr << 27 | pe->ven; break;
	default: break;
	}
	return GIC5_DONE;
}

/* S and C registers: @set tells which, @bits what may change. */
static void set_or_clear(uint64_t *word, bool set, uint64_t bits)
{
	if (set)
		*word |= bits;
	else
		*word &= ~bits;
}

static bool icc_ppi_write(struct ref *ref, unsigned p, bool v, uint32_t enc, uint64_t value)
{
	struct ref_pe *pe = &ref->pe[p];
	struct ref_ppis *ppis = v ? &pe->virt : &pe->phys;
	uint64_t can;
	int i;

	if ((i = in_family(enc, GIC5_ICC_PPI_ENABLER0_EL1, 2)) >= 0) {
		can = visible(ref, p, i, v);
		ppis->enabled[i] = (ppis->enabled[i] & ~can) | (value & can);
	} else if ((i = in_family(enc, GIC5_ICC_PPI_CACTIVER0_EL1, 4)) >= 0) {
		set_or_clear(&ppis->active[i & 1], i >= 2, value & visible(ref, p, i & 1, v));
	} else if ((i = in_family(enc, GIC5_ICC_PPI_CPENDR0_EL1, 4)) >= 0) {
		uint64_t dvi = v ? pe->dvi[i & 1] : 0;

		can = value & visible(ref, p, i & 1, v) & ~ref->pe_cfg[p].ppi_level[i & 1];
		set_or_clear(&ppis->pending[i & 1], i >= 2, can & ~dvi);
		set_or_clear(&pe->phys.pending[i & 1], i >= 2, can & dvi);
	} else if ((i = in_family(enc, GIC5_ICC_PPI_PRIORITYR0_EL1, 16)) >= 0) {
		prio_write(ref, p, ppis, i, value, v);
	} else {
		return false;
	}
	return true;
}

static bool ich_ppi_write(struct ref *ref, unsigned p, uint32_t enc, uint64_t value)
{
	struct ref_pe *pe = &ref->pe[p];
	const uint64_t *have = ref->pe_cfg[p].ppi_implemented;
	int i;

	if ((i = in_family(enc, GIC5_ICH_PPI_DVIR0_EL2, 2)) >= 0)
		pe->dvi[i] = value & have[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_ENABLER0_EL2, 2)) >= 0)
		pe->virt.enabled[i] = value & have[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_PENDR0_EL2, 2)) >= 0)
		pe->virt.pending[i] = value & have[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_ACTIVER0_EL2, 2)) >= 0)
		pe->virt.active[i] = value & have[i];
	else if ((i = in_family(enc, GIC5_ICH_PPI_PRIORITYR0_EL2, 16)) >= 0)
		prio_write(ref, p, &pe->virt, i, value, false);
	else
		return false;
	return true;
}

enum gic5_result ref_sysreg_write(struct ref *ref, unsigned p, const struct gic5_ctx *ctx,
				  uint32_t enc, uint64_t value)
{
	const struct gic5_sysreg_desc *reg = gic5_sysreg_find(enc);
	enum gic5_result may = may_access(ref, p, ctx, reg, true);
	unsigned keep = ref->pe_cfg[p].pri_bits == 5 ? 0x1f : 0x1e;
	struct ref_pe *pe = &ref->pe[p];
	bool v = domain_is_virtual(ctx);

	if (may != GIC5_DONE)
		return may;
	if (!icc_ppi_write(ref, p, v, enc, value) && !ich_ppi_write(ref, p, enc, value)) {
		switch (enc) {
		case GIC5_ICC_ICSR_EL1: pe->icsr = value & reg->defined; break;
		case GIC5_ICC_APR_EL1: *(v ? &pe->vapr : &pe->apr) = (uint32_t)value; break;
		case GIC5_ICC_CR0_EL1:
			if (v) {
				pe->ven = value & 1;
			} else {
				pe->en = value & 1;
				pe->link = value >> 1 & 1;
			}
			break;
		case GIC5_ICC_PCR_EL1: *(v ? &pe->vpmr : &pe->pcr) = value & keep; break;
		case GIC5_ICH_APR_EL2: pe->vapr = (uint32_t)value; break;
		case GIC5_ICH_HFGRTR_EL2: pe->hfgrtr = (value & GIC5_HFGRTR_NONE) | 8; break;
		case GIC5_ICH_HFGWTR_EL2: pe->hfgwtr = value & GIC5_HFGWTR_NONE; break;
		case GIC5_ICH_HFGITR_EL2: pe->hfgitr = value & GIC5_HFGITR_NONE; break;
		case GIC5_ICH_VCTLR_EL2: pe->vctlr_en = value & 1; break;
		case GIC5_ICH_CONTEXTR_EL2: ref_context_write(ref, p, value); break;
		case GIC5_ICH_VMCR_EL2:
			pe->vpmr = value >> 27 & keep;
			pe->ven = value & 1;
			break;
		default: break;
		}
	}
	ref_settle(ref);
	return GIC5_DONE;
}

/* ---- instructions (14) ---- */

static enum gic5_result may_execute(const struct ref *ref, unsigned pe, const struct gic5_ctx *ctx,
				    const struct gic5_insn_desc *insn, bool rt31)
{
	unsigned op1;

	if (ctx->el == 0 || !insn)
		return GIC5_UNDEFINED;
	op1 = GIC5_ENC_OP1(insn->enc);
	if (op1 == 6 || (insn->form == GIC5_FORM_GSB && !rt31))
		return GIC5_UNDEFINED;
	if (ctx->el >= 2)
		return GIC5_DONE;
	if (op1 == 4)
		return ctx->hcr_nv & 1 ? GIC5_TRAP : GIC5_UNDEFINED;
	if (insn->trap && !(ref->pe[pe].hfgitr & insn->trap))
		return GIC5_TRAP;
	return GIC5_DONE;
}

static void acknowledge_ppi(struct ref *ref, unsigned p, bool v, unsigned ppi)
{
	struct ref_pe *pe = &ref->pe[p];

	bit_put(v ? pe->virt.active : pe->phys.active, ppi, true);
	if (!ppi_is_level(ref, p, ppi))
		bit_put(pending_of(pe, v, ppi), ppi, false);
}

enum gic5_result ref_sysl(struct ref *ref, unsigned p, const struct gic5_ctx *ctx, uint32_t enc,
			  uint64_t *value)
{
	enum gic5_result may = may_execute(ref, p, ctx, gic5_insn_find(enc, true), false);
	bool v = domain_is_virtual(ctx);
	struct ref_irq *irq, before;
	struct ref_hppi hppi;

	*value = 0;
	if (may != GIC5_DONE)
		return may;
	hppi = ref_hppi(ref, p, v);
	if (!hppi.valid || (ctx->nmi && hppi.priority == 0) != (enc == GIC5_CDNMIA))
		return GIC5_DONE;
	*(v ? &ref->pe[p].vapr : &ref->pe[p].apr) |= 1U << hppi.priority;
	*value = UINT64_C(1) << 32 | hppi.intid;
	if (hppi.intid >> 29 == GIC5_TYPE_PPI) {
		acknowledge_ppi(ref, p, v, hppi.intid & 0xffffff);
	} else {
		irq = ref_irq_find(ref,
				   v ? (int)GIC5_GET(ICH_CONTEXTR_EL2_VM, ref->pe[p].context)
				     : REF_PHYSICAL,
				   hppi.intid);
		before = *irq;
		irq->active = true;
		if (!irq->level)
			irq->pending = false;
		ref_changed(ref, irq, &before);
	}
	ref_settle(ref);
	return GIC5_DONE;
}

static void end_of_interrupt(struct ref_pe *pe, bool v)
{
	uint32_t *apr = v ? &pe->vapr : &pe->apr;

	*apr &= *apr - 1;
}

/* VM that a CD instruction works on: -1 physical, -2 none. */
static int current_vm(const struct ref *ref, unsigned p, bool v)
{
	if (!v)
		return REF_PHYSICAL;
	if (!ref->pe[p].resident)
		return -2;
	return (int)GIC5_GET(ICH_CONTEXTR_EL2_VM, ref->pe[p].context);
}

static void read_config(struct ref *ref, unsigned p, int vm, uint32_t intid)
{
	struct gic5_irq_state s;
	unsigned type = intid >> 29;

	ref->pe[p].icsr = 1;
	if (vm == -2 || (type != GIC5_TYPE_LPI && type != GIC5_TYPE_SPI) ||
	    !ref_inspect(ref, vm, intid, &s))
		return;
	ref->pe[p].icsr = s.enabled << 1 | s.pending << 2 | s.irm << 3 | s.active << 4 |
			  s.level << 5 | s.priority << 11 | (uint64_t)s.iaffid << 32;
}

/* What the eight instructions do to an interrupt; @op is CRm and op2, fields already extracted. */
static void configure(struct ref *ref, int vm, uint32_t intid, unsigned op, uint64_t field,
		      bool irm)
{
	const struct gic5_irs_config *cfg = &ref->irs_cfg[0];
	struct ref_irq *irq = vm == -2 ? NULL : ref_irq_find(ref, vm, intid);
	struct ref_irq before;

	if (!irq)
		return;
	before = *irq;
	switch (op) {
	case 0x10: irq->enabled = false; break;
	case 0x11: irq->enabled = true; break;
	case 0x12:
		irq->priority = (unsigned)field & (0x1fU << (5 - cfg->priority_bits)) & 0x1f;
		break;
	case 0x13:
		irq->iaffid = (unsigned)field;
		irq->irm = irm && (vm < 0 ? cfg->one_n : cfg->virt_one_n);
		break;
	case 0x14: irq->pending = field; break;
	case 0x20: irq->active = false; break;
	case 0x21: irq->level = field; break;
	default: return;
	}
	ref_changed(ref, irq, &before);
}

static void current_domain(struct ref *ref, unsigned p, bool v, unsigned op, uint64_t x)
{
	uint32_t intid = (uint32_t)x & 0xe0ffffff;
	uint64_t field = 0;

	if (op == 0x15) {
		read_config(ref, p, current_vm(ref, p, v), intid);
		return;
	}
	if (intid >> 29 == GIC5_TYPE_PPI) {
		struct ref_pe *pe = &ref->pe[p];
		unsigned ppi = intid & 0xffffff;

		if (op == 0x20 && implemented(ref, p, ppi) && !(v && bit_get(pe->hidden, ppi)))
			bit_put(v ? pe->virt.active : pe->phys.active, ppi, false);
		return;
	}
	if (op == 0x12)
		field = x >> 35 & 31;
	else if (op == 0x13)
		field = x >> 32 & 0xffff;
	else
		field = x >> 32 & 1;
	configure(ref, current_vm(ref, p, v), intid, op, field, x >> 28 & 1);
}

static void virtual_domain(struct ref *ref, unsigned p, unsigned op, uint64_t x)
{
	int vm = (int)(x >> 32 & 0xffff);
	uint32_t intid = (uint32_t)x & 0xe0ffffff;
	uint64_t field = 0;

	if (op == 0x15) {
		int resident = current_vm(ref, p, true);

		if (ref->cfg.vdrcfg_context == GIC5_VDRCFG_RESIDENT)
			vm = vm && vm != resident ? -2 : resident;
		read_config(ref, p, vm, intid);
		return;
	}
	if (op == 0x12)
		field = x >> 59;
	else if (op == 0x13)
		field = x >> 48;
	else
		field = x >> 63;
	configure(ref, vm, intid, op, field, x >> 28 & 1);
}

enum gic5_result ref_sys(struct ref *ref, unsigned p, const struct gic5_ctx *ctx, uint32_t enc,
			 bool rt31, uint64_t value)
{
	enum gic5_result may = may_execute(ref, p, ctx, gic5_insn_find(enc, false), rt31);
	unsigned op = GIC5_ENC_CRM(enc) << 4 | GIC5_ENC_OP2(enc);
	bool v = domain_is_virtual(ctx);

	if (may != GIC5_DONE || enc == GIC5_GSB_SYS || enc == GIC5_GSB_ACK)
		return may;
	if (enc == GIC5_CDEOI)
		end_of_interrupt(&ref->pe[p], v);
	else if (GIC5_ENC_OP1(enc) == 4)
		virtual_domain(ref, p, op, value);
	else
		current_domain(ref, p, v, op, value);
	ref_settle(ref);
	return GIC5_DONE;
}
