/* SPDX-License-Identifier: BSD-2-Clause */
/* Random comparison: do one operation on both models, then compare all that can be seen. */
#include "compare.h"

#include <stdlib.h>
#include <string.h>

typedef unsigned long long ull;

/* ---- what can be seen ---- */

static void compare_lines(struct world *w)
{
	unsigned p, line;

	for (p = 0; p < w->fx.cfg.pe_count; p++) {
		for (line = 0; line < GIC5_LINE_COUNT; line++) {
			bool want = ref_line_level(&w->ref, p, line);
			bool have = gic5_line_level(gic5_pe(w->fx.gic, p), line);

			if (have != want)
				world_fail(w, "PE %u line %u: %u, reference %u", p, line, have,
					   want);
			if (w->fx.line[p][line] != have)
				world_fail(w, "PE %u line %u: last call said %u, level is %u", p,
					   line, w->fx.line[p][line], have);
		}
	}
}

/* Bits of a system register that both must agree on. */
static uint64_t comparable(const struct world *w, unsigned p, uint32_t enc)
{
	if (enc == GIC5_ICH_CONTEXTR_EL2 && w->ref.pe[p].context >> 63)
		return GIC5_MASK(ICH_CONTEXTR_EL2_V) | GIC5_MASK(ICH_CONTEXTR_EL2_F) |
		       GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS) | GIC5_MASK(ICH_CONTEXTR_EL2_VPE) |
		       GIC5_MASK(ICH_CONTEXTR_EL2_VM);
	if (enc == GIC5_ICH_CONTEXTR_EL2)
		return GIC5_MASK(ICH_CONTEXTR_EL2_V) | GIC5_MASK(ICH_CONTEXTR_EL2_F);
	return ~UINT64_C(0);
}

static void compare_sysreg(struct world *w, unsigned p, unsigned ctx,
			   const struct gic5_sysreg_desc *reg)
{
	uint64_t have = 0, want = 0, bits = comparable(w, p, reg->enc);
	enum gic5_result h, r;

	h = gic5_sysreg_read(gic5_pe(w->fx.gic, p), &world_ctx[ctx], reg->enc, &have);
	r = ref_sysreg_read(&w->ref, p, &world_ctx[ctx], reg->enc, &want);
	if (h != r)
		world_fail(w, "PE %u EL%u read of %s: result %d, reference %d", p,
			   world_ctx[ctx].el, reg->name, h, r);
	else if (h == GIC5_DONE && (have ^ want) & bits)
		world_fail(w, "PE %u EL%u %s: %#llx, reference %#llx", p, world_ctx[ctx].el,
			   reg->name, (ull)have, (ull)want);
}

static void compare_sysregs(struct world *w)
{
	unsigned p;
	size_t i;

	for (p = 0; p < w->fx.cfg.pe_count; p++) {
		for (i = 0; i < gic5_sysreg_count; i++) {
			const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];

			compare_sysreg(w, p, CTX_EL2, reg);
			if (reg->view == GIC5_VIEW_VIRT)
				compare_sysreg(w, p, CTX_EL1_VIRT, reg);
		}
	}
}

static bool skipped(const struct world *w, const struct gic5_irs_reg_desc *reg)
{
	return reg->frame != GIC5_FRAME_CONFIG ||
	       (reg->offset >= GIC5_IRS_SWERR_STATUSR &&
		reg->offset <= GIC5_IRS_SWERR_SYNDROMER1) ||
	       (reg->offset == GIC5_IRS_SAVE_VM_STATUSR && w->ref.q_unsure) ||
	       (w->profile == PROFILE_ONE_OF_N &&
		(reg->offset == GIC5_IRS_VPE_HPPIR || reg->offset == GIC5_IRS_VPE_DBR));
}

static void compare_irs(struct world *w, unsigned irs)
{
	size_t i;

	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t have, want;

		if (skipped(w, reg))
			continue;
		have = gic5_irs_read(w->fx.gic, irs, reg->frame, reg->offset, reg->width / 8);
		want = ref_irs_read(&w->ref, irs, reg->frame, reg->offset, reg->width / 8);
		if (have != want)
			world_fail(w, "IRS %u %s: %#llx, reference %#llx", irs, reg->name,
				   (ull)have, (ull)want);
	}
}

static void compare_irq(struct world *w, int vm, uint32_t intid)
{
	struct gic5_irq_state have = {0}, want = {0};
	bool h = gic5_inspect(w->fx.gic, vm, intid, &have);
	bool r = ref_inspect(&w->ref, vm, intid, &want);

	if (h != r)
		world_fail(w, "VM %d INTID %#x: reachable %u, reference %u", vm, intid, h, r);
	else if (h && (have.pending != want.pending || have.active != want.active ||
		       have.enabled != want.enabled || have.level != want.level ||
		       have.irm != want.irm || have.priority != want.priority ||
		       have.iaffid != want.iaffid))
		world_fail(w,
			   "VM %d INTID %#x: P%u A%u E%u HM%u IRM%u prio %u aff %u, reference P%u "
			   "A%u E%u HM%u IRM%u prio %u aff %u",
			   vm, intid, have.pending, have.active, have.enabled, have.level, have.irm,
			   have.priority, have.iaffid, want.pending, want.active, want.enabled,
			   want.level, want.irm, want.priority, want.iaffid);
}

static void compare_irqs(struct world *w)
{
	unsigned i, v;

	for (i = 0; i <= w->spi_count; i++)
		compare_irq(w, -1, GIC5_INTID(GIC5_TYPE_SPI, i));
	for (i = 0; i < WORLD_LPIS; i++)
		compare_irq(w, -1, GIC5_INTID(GIC5_TYPE_LPI, w->lpi_ids[i]));
	for (v = 0; w->fx.irs[0].virt && v < WORLD_VMS; v++) {
		for (i = 0; i < WORLD_VIDS; i++) {
			compare_irq(w, (int)w->vm[v].vm_id,
				    GIC5_INTID(GIC5_TYPE_LPI, w->vlpi_ids[i]));
			compare_irq(w, (int)w->vm[v].vm_id,
				    GIC5_INTID(GIC5_TYPE_SPI, w->vspi_ids[i]));
		}
	}
}

static void compare_residency(struct world *w)
{
	unsigned p;

	for (p = 0; p < w->fx.cfg.pe_count; p++) {
		uint32_t hvm = 0, hvpe = 0, rvm = 0, rvpe = 0;
		bool h = gic5_resident(gic5_pe(w->fx.gic, p), &hvm, &hvpe);
		bool r = ref_resident(&w->ref, p, &rvm, &rvpe);

		if (h != r || (h && (hvm != rvm || hvpe != rvpe)))
			world_fail(w, "PE %u resident: %u {%u, %u}, reference %u {%u, %u}", p, h,
				   hvm, hvpe, r, rvm, rvpe);
	}
}

/* Where 1-of-N leaves a choice, ask what was chosen, and whether that is legal. */
static void adopt_choices(struct world *w)
{
	uint64_t answers[REF_PES][2] = {0};
	const char *wrong;
	unsigned p;

	for (p = 0; p < w->fx.cfg.pe_count; p++) {
		struct gic5_pe *pe = gic5_pe(w->fx.gic, p);

		gic5_sysreg_read(pe, &world_ctx[CTX_EL2], GIC5_ICC_HPPIR_EL1, &answers[p][0]);
		gic5_sysreg_read(pe, &world_ctx[CTX_EL2], GIC5_ICH_HPPIR_EL2, &answers[p][1]);
	}
	wrong = ref_choose(&w->ref, answers);
	if (wrong)
		world_fail(w, "%s", wrong);
}

void world_compare(struct world *w)
{
	unsigned i;

	if (w->profile == PROFILE_ONE_OF_N)
		adopt_choices(w);
	compare_lines(w);
	compare_sysregs(w);
	for (i = 0; i < w->fx.cfg.irs_count; i++)
		compare_irs(w, i);
	compare_irqs(w);
	compare_residency(w);
}

/* All memory, entry by entry of four bytes. To be called when everything was written back. */
static void compare_memory(struct world *w)
{
	uint64_t used = w->fx.memory_next - w->fx.memory_base, at;
	uint32_t have, want;

	if (!memcmp(w->fx.memory, w->ref_memory, used))
		return;
	for (at = 0; at < used; at += 4) {
		memcpy(&have, w->fx.memory + at, 4);
		memcpy(&want, w->ref_memory + at, 4);
		if (have != want)
			world_fail(w, "memory at %#llx: %#x, reference %#x",
				   (ull)(w->fx.memory_base + at), have, want);
	}
}

void world_compare_table(struct world *w, const struct gic_ist *ist)
{
	uint32_t id;

	for (id = 0; id < 1U << ist->id_bits; id++) {
		uint64_t at = gic_ist_entry(&w->fx, ist, id);
		uint32_t have = gic_peek32(&w->fx, at);
		uint32_t want = (uint32_t)ref_load(&w->ref, at, 4);

		if (have != want)
			world_fail(w, "ISTE %u at %#llx: %#x, reference %#x", id, (ull)at, have,
				   want);
	}
}

/* ---- operations ---- */

static void poke_both(struct world *w, uint64_t pa, unsigned bytes, uint64_t value)
{
	if (bytes == 4)
		gic_poke32(&w->fx, pa, (uint32_t)value);
	else
		gic_poke64(&w->fx, pa, value);
	ref_store(&w->ref, pa, bytes, value);
}

static void write_both(struct world *w, const struct op *op, uint32_t reg, uint64_t value)
{
	const struct gic5_irs_reg_desc *desc = gic5_irs_reg_find(op->frame, reg);
	unsigned size = op->size ? op->size : desc->width / 8U;

	gic5_irs_write(w->fx.gic, op->irs, op->frame, reg, size, value);
	if (size == 4 && desc->width == 64) {
		/* Halves: the one with the command bit comes second and acts. */
		if (reg == op->reg2)
			ref_irs_write(&w->ref, op->irs, op->frame, desc->offset, 8,
				      reg == desc->offset ? op->value << 32 | op->value2
							  : op->value2 << 32 | op->value);
		return;
	}
	ref_irs_write(&w->ref, op->irs, op->frame, reg, size, value);
}

/* Software polls until what it wrote has taken effect. */
static void poll(struct world *w, unsigned irs)
{
	static const uint32_t status[] = {
		GIC5_IRS_CR0,         GIC5_IRS_SYNC_STATUSR, GIC5_IRS_SPI_STATUSR,
		GIC5_IRS_PE_STATUSR,  GIC5_IRS_IST_STATUSR,  GIC5_IRS_VMT_STATUSR,
		GIC5_IRS_VPE_STATUSR, GIC5_IRS_VM_STATUSR,   GIC5_IRS_SAVE_VM_STATUSR,
	};
	unsigned i, n;

	for (i = 0; i < sizeof(status) / sizeof(status[0]); i++) {
		for (n = 0; n <= w->delay; n++)
			gic5_irs_read(w->fx.gic, irs, GIC5_FRAME_CONFIG, status[i], 4);
	}
}

/* And waits for its instructions. */
static void synchronise(struct world *w, struct gic5_pe *pe)
{
	if (!w->fx.cfg.insn_delay)
		return;
	gic5_sys(pe, &world_ctx[CTX_EL2], GIC5_GSB_SYS, true, 0);
	gic5_context_sync(pe);
}

/* Tables that this command wrote back are the same on both sides. */
static void compare_written_back(struct world *w, const struct op *op)
{
	uint32_t reg = op->reg2 == NO_REG ? op->reg : op->reg2 & ~7U;
	uint64_t value =
		op->reg2 == NO_REG || op->size != 4 ? op->value : op->value2 << 32 | op->value;
	unsigned i;

	if (reg == GIC5_IRS_IST_BASER && !w->ref.ist.valid)
		world_compare_table(w, &w->lpis);
	for (i = 0; i < WORLD_VMS; i++) {
		if (reg == GIC5_IRS_SAVE_VMR && value >> 63 && (value & 0xffff) == w->vm[i].vm_id) {
			world_compare_table(w, &w->vm[i].lpi);
			world_compare_table(w, &w->vm[i].spi);
		}
		if (reg == GIC5_IRS_VMAP_VMR && !ref_vm_find(&w->ref, w->vm[i].vm_id)) {
			world_compare_table(w, &w->vm[i].lpi);
			world_compare_table(w, &w->vm[i].spi);
		}
	}
}

static void do_sysreg(struct world *w, const struct op *op)
{
	enum gic5_result h, r;

	/* What becomes of a resident VPE when the link goes down is not stated. */
	if (op->reg == GIC5_ICC_CR0_EL1 && op->ctx == CTX_EL2 && !(op->value & 2) &&
	    w->ref.pe[op->pe].resident)
		return;
	h = gic5_sysreg_write(gic5_pe(w->fx.gic, op->pe), &world_ctx[op->ctx], op->reg, op->value);
	r = ref_sysreg_write(&w->ref, op->pe, &world_ctx[op->ctx], op->reg, op->value);
	if (h != r)
		world_fail(w, "result %d, reference %d", h, r);
}

static void do_sys(struct world *w, const struct op *op)
{
	bool gsb = op->reg == GIC5_GSB_SYS || op->reg == GIC5_GSB_ACK;
	unsigned rule = world_expect_report(w, op);
	enum gic5_result h, r;

	h = gic5_sys(gic5_pe(w->fx.gic, op->pe), &world_ctx[op->ctx], op->reg, gsb, op->value);
	synchronise(w, gic5_pe(w->fx.gic, op->pe));
	r = ref_sys(&w->ref, op->pe, &world_ctx[op->ctx], op->reg, gsb, op->value);
	if (h != r)
		world_fail(w, "result %d, reference %d", h, r);
	world_check_report(w, op, r == GIC5_DONE ? rule : 0);
}

static void do_sysl(struct world *w, const struct op *op)
{
	uint64_t have = 0, want = 0;
	enum gic5_result h, r;

	h = gic5_sysl(gic5_pe(w->fx.gic, op->pe), &world_ctx[op->ctx], op->reg, &have);
	r = ref_sysl(&w->ref, op->pe, &world_ctx[op->ctx], op->reg, &want);
	if (h != r)
		world_fail(w, "result %d, reference %d", h, r);
	else if (have != want)
		world_fail(w, "acknowledged %#llx, reference %#llx", (ull)have, (ull)want);
}

/* Address of the VMTE as software computes it, 0 if its level 2 table has no memory. */
static uint64_t vmte_address(struct world *w, unsigned vm)
{
	if (!w->vmt_two_level)
		return w->vmt + 32 * (uint64_t)vm;
	return (gic_peek64(&w->fx, w->vmt + 8 * (uint64_t)(vm / 128)) & 0x00fffffffffff000) +
	       32 * (uint64_t)(vm % 128);
}

static uint64_t ist_word(const struct gic_ist *ist, bool valid)
{
	return GIC5_PUT(L2_VMTE_IST_ID_BITS, ist->id_bits) |
	       GIC5_PUT(L2_VMTE_IST_STRUCTURE, ist->two_level) |
	       GIC5_PUT(L2_VMTE_IST_ISTSZ, ist->istsz) | GIC5_PUT(L2_VMTE_IST_L2SZ, ist->l2sz) |
	       ist->base | valid;
}

static void prepare_vm(struct world *w, unsigned n, uint64_t bits)
{
	const struct gic_vm *vm = &w->vm[n];
	uint64_t at = vmte_address(w, vm->vm_id);
	unsigned i;

	if (ref_vm_find(&w->ref, vm->vm_id))
		return;
	poke_both(w, at, 8, vm->vmd);
	poke_both(w, at + 8, 8, vm->vpet | (uint64_t)vm->vpe_id_bits << 59);
	poke_both(w, at + 16, 8, ist_word(&vm->lpi, bits & 1));
	poke_both(w, at + 24, 8, ist_word(&vm->spi, bits >> 1 & 1));
	for (i = 0; i < vm->vpe_count; i++)
		poke_both(w, vm->vpet + 8 * i, 8, w->vped[n][i] | (bits >> (4 + i) & 1));
}

static void vmt_off(struct world *w)
{
	unsigned i;

	if (!w->ref.vmt_valid)
		return;
	gic5_irs_write(w->fx.gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, w->vmt);
	poll(w, 0);
	ref_irs_write(&w->ref, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, w->vmt);
	/* Software clears what it may now write. */
	for (i = 0; i < WORLD_VMS; i++) {
		uint64_t at = vmte_address(w, w->vm[i].vm_id);

		world_compare_table(w, &w->vm[i].lpi);
		world_compare_table(w, &w->vm[i].spi);
		poke_both(w, at, 8, gic_peek64(&w->fx, at) & ~UINT64_C(1));
	}
}

static void vmt_on(struct world *w)
{
	uint32_t cfgr = (uint32_t)w->vmt_two_level << 16 | w->vm_id_bits;

	gic5_irs_write(w->fx.gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_CFGR, 4, cfgr);
	ref_irs_write(&w->ref, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_CFGR, 4, cfgr);
	gic5_irs_write(w->fx.gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, w->vmt | 1);
	poll(w, 0);
	ref_irs_write(&w->ref, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, w->vmt | 1);
}

static void poke_iste(struct world *w, const struct op *op)
{
	if (w->ref.ist.valid || op->value >= 1U << w->lpis.id_bits)
		return;
	poke_both(w, gic_ist_entry(&w->fx, &w->lpis, (uint32_t)op->value), 4,
		  op->value2 &
			  ~(UINT64_C(0x1f) << 11 &
			    ~((uint64_t)(0x1f << (5 - w->fx.irs[0].priority_bits) & 0x1f) << 11)));
}

/*
 * Save; then, if so asked, load what was saved, which must change nothing and save as the same
 * bytes.
 */
static void save_and_load(struct world *w, bool load)
{
	size_t size = gic5_save(w->fx.gic, NULL, 0);
	uint8_t *first = malloc(size), *second = malloc(size);

	if (!first || !second)
		abort();
	if (gic5_save(w->fx.gic, first, size) != size)
		world_fail(w, "save: size changed");
	ref_save_tables(&w->ref);
	compare_memory(w);
	if (load) {
		if (gic5_load(w->fx.gic, first, size))
			world_fail(w, "load refused");
		if (gic5_save(w->fx.gic, second, size) != size || memcmp(first, second, size))
			world_fail(w, "save, load, save: different bytes");
	}
	free(first);
	free(second);
}

/* Software does not map a VM whose descriptor it never wrote: its VPE table is nowhere. */
static bool is_senseless(struct world *w, const struct op *op)
{
	uint64_t value = op->reg2 == NO_REG ? op->value : op->value2 << 32 | op->value;

	return op->frame == GIC5_FRAME_CONFIG && op->reg == GIC5_IRS_VMAP_VMR &&
	       (value & 0xffff) < 256 && w->vmt &&
	       !ref_load(&w->ref, vmte_address(w, value & 0xffff) + 8, 8);
}

static void do_op(struct world *w, const struct op *op)
{
	struct gic5_pe *pe = gic5_pe(w->fx.gic, op->pe);
	uint64_t hidden[2] = {op->value, op->value2};

	switch (op->kind) {
	case OP_IRS_WRITE:
		if (is_senseless(w, op))
			break;
		write_both(w, op, op->reg, op->value);
		if (op->reg2 != NO_REG)
			write_both(w, op, op->reg2, op->value2);
		if (w->delay)
			poll(w, op->irs);
		compare_written_back(w, op);
		break;
	case OP_MSR: do_sysreg(w, op); break;
	case OP_SYS: do_sys(w, op); break;
	case OP_SYSL: do_sysl(w, op); break;
	case OP_PPI_WIRE:
		gic5_ppi_wire(pe, (unsigned)op->value, op->value2);
		ref_ppi_wire(&w->ref, op->pe, (unsigned)op->value, op->value2);
		break;
	case OP_SPI_WIRE:
		gic5_spi_wire(w->fx.gic, (uint32_t)op->value, op->value2);
		ref_spi_wire(&w->ref, (uint32_t)op->value, op->value2);
		break;
	case OP_EVENT:
		gic5_event_physical(w->fx.gic, (uint32_t)op->value, op->value2);
		ref_event_physical(&w->ref, (uint32_t)op->value, op->value2);
		break;
	case OP_VIRTUAL_EVENT:
		gic5_event_virtual(w->fx.gic, op->reg, (uint32_t)op->value, op->value2);
		ref_event_virtual(&w->ref, op->reg, (uint32_t)op->value, op->value2);
		break;
	case OP_HIDE:
		gic5_hide_ppis(pe, hidden);
		ref_hide_ppis(&w->ref, op->pe, hidden);
		break;
	case OP_PE_RESET:
		gic5_pe_reset(pe);
		ref_pe_reset(&w->ref, op->pe);
		break;
	case OP_VM_PREPARE: prepare_vm(w, (unsigned)op->value, op->value2); break;
	case OP_IST_POKE: poke_iste(w, op); break;
	case OP_VMT_OFF: vmt_off(w); break;
	case OP_VMT_ON: vmt_on(w); break;
	case OP_SAVE: save_and_load(w, op->value); break;
	default: break;
	}
}

bool world_step(struct world *w, const struct op *op)
{
	do_op(w, op);
	if (!w->failed)
		world_compare(w);
	return !w->failed;
}
