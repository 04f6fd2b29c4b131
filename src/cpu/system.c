/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System instructions: exception generation, hints, barriers, PSTATE immediates, MRS and MSR, cache and TLB
 * maintenance, AT. Registers are found in the table at decode time; the ones that the kernel reads all the
 * time (SP_EL0, TPIDR_ELx) become a plain move.
 */
#include "engine.h"

#define HCR_TWI    (1ull << 13)
#define HCR_TWE    (1ull << 14)
#define HCR_TSC    (1ull << 19)
#define HCR_TSW    (1ull << 22)
#define HCR_TPC    (1ull << 23)
#define HCR_TPU    (1ull << 24)
#define HCR_TTLB   (1ull << 25)
#define HCR_TDZ    (1ull << 28)
#define HCR_HCD    (1ull << 29)
#define SCTLR_UMA  (1ull << 9)
#define SCTLR_DZE  (1ull << 14)
#define SCTLR_NTWI (1ull << 16)
#define SCTLR_NTWE (1ull << 18)
#define SCTLR_UCI  (1ull << 26)

/* ---- exception generation ------------------------------------------------------------------------- */

A64_HANDLER(a64_op_undefined)
{
	return a64_undefined(cpu, op);
}

A64_HANDLER(a64_op_nop)
{
	A64_NEXT(cpu, op);
}

A64_HANDLER(a64_op_fp_trap)
{
	uint64_t esr = A64_ESR(A64_EC_FP_TRAP, 0x1e00000); /* CV, COND = always */
	uint32_t fpen = cpu->reg[A64_R_CPACR_EL1] >> 20 & 3;

	if (cpu->el == 0 ? fpen == 3 : fpen & 1) {
		return a64_leave(cpu, op, A64_EXIT_OTHER, esr, false); /* CPTR_EL2.TFP */
	}
	return a64_raise(cpu, op, esr);
}

A64_HANDLER(a64_op_sp_check)
{
	if (A64_UNLIKELY(cpu->x[31] & 15)) {
		uint64_t enabled = cpu->reg[A64_R_SCTLR_EL1] & (cpu->el ? 1u << 3 : 1u << 4);

		if (enabled) {
			return a64_raise(cpu, op, A64_ESR(A64_EC_SP_ALIGN, 0));
		}
	}
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_svc)
{
	return a64_raise(cpu, op, A64_ESR(A64_EC_SVC, op->aux));
}

static A64_HANDLER(h_brk)
{
	return a64_raise(cpu, op, A64_ESR(A64_EC_BRK, op->aux));
}

static A64_HANDLER(h_hvc)
{
	if (cpu->reg[A64_R_HCR_EL2] & HCR_HCD) {
		return a64_undefined(cpu, op);
	}
	return a64_leave(cpu, op, A64_EXIT_HVC, A64_ESR(A64_EC_HVC, op->aux), true);
}

static A64_HANDLER(h_smc)
{
	if (!(cpu->reg[A64_R_HCR_EL2] & HCR_TSC)) {
		return a64_undefined(cpu, op); /* no EL3 */
	}
	return a64_leave(cpu, op, A64_EXIT_SMC, A64_ESR(A64_EC_SMC, op->aux), false);
}

static bool decode_exception(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	op->aux = (uint16_t)a64_bits(insn, 5, 16);
	switch (insn & 0xffe0001f) {
	case 0xd4000001: op->fn = h_svc; return true;
	case 0xd4000002: op->fn = h_hvc; return how->el != 0;
	case 0xd4000003: op->fn = h_smc; return how->el != 0;
	case 0xd4200000: op->fn = h_brk; return true;
	default: return false; /* HLT and DCPS without a debugger, and unallocated */
	}
}

/* ---- hints ---------------------------------------------------------------------------------------- */

/* ISS of a trapped WFI or WFE: CV, COND = always, TI */
#define WFX_ESR(event) A64_ESR(A64_EC_WFX, 0x1e00000 | (event))

static A64_HANDLER(h_wfi)
{
	if (cpu->el == 0 && !(cpu->reg[A64_R_SCTLR_EL1] & SCTLR_NTWI)) {
		return a64_raise(cpu, op, WFX_ESR(0));
	}
	if (a64_wakes(cpu)) {
		A64_TAIL return a64_finish_leave(cpu, op);
	}
	if (cpu->reg[A64_R_HCR_EL2] & HCR_TWI) {
		return a64_leave(cpu, op, A64_EXIT_WFI, WFX_ESR(0), false);
	}
	return a64_leave(cpu, op, A64_EXIT_WFI, 0, true);
}

static A64_HANDLER(h_wfe)
{
	if (cpu->event) {
		cpu->event = false;
		A64_TAIL return a64_finish_leave(cpu, op);
	}
	if (cpu->el == 0 && !(cpu->reg[A64_R_SCTLR_EL1] & SCTLR_NTWE)) {
		return a64_raise(cpu, op, WFX_ESR(1));
	}
	if (a64_wakes(cpu)) {
		A64_TAIL return a64_finish_leave(cpu, op);
	}
	if (cpu->reg[A64_R_HCR_EL2] & HCR_TWE) {
		return a64_leave(cpu, op, A64_EXIT_WFE, WFX_ESR(1), false);
	}
	return a64_leave(cpu, op, A64_EXIT_WFE, 0, true);
}

static A64_HANDLER(h_sevl)
{
	cpu->event = true;
	A64_NEXT(cpu, op);
}

static A64_NOINLINE void send_event(struct a64_cpu *cpu, const struct a64_op *op)
{
	struct a64_space *space = cpu->space;

	for (unsigned int i = 0; i < space->cpus; i++) {
		if (space->cpu[i]) {
			atomic_store_explicit(&space->cpu[i]->event, true, memory_order_relaxed);
		}
	}
	if (space->config.ops->event) {
		cpu->cur_off = op->off;
		a64_callback_enter(cpu);
		space->config.ops->event(space->config.opaque, cpu);
		a64_callback_leave(cpu);
		cpu->cur_off = 0;
	}
}

static A64_HANDLER(h_sev)
{
	send_event(cpu, op);
	A64_TAIL return a64_finish(cpu, op);
}

static bool decode_hint(uint32_t insn, struct a64_op *op, struct a64_class_out *out)
{
	op->fn = a64_op_nop;
	switch (a64_bits(insn, 5, 7)) {
	case 2:
		op->fn = h_wfe;
		out->end = true;
		break;
	case 3:
		op->fn = h_wfi;
		out->end = true;
		break;
	case 4: op->fn = h_sev; break;
	case 5: op->fn = h_sevl; break;
	default: break; /* YIELD, CSDB, BTI, PACIASP, ... */
	}
	return true;
}

/* ---- barriers ------------------------------------------------------------------------------------- */

static A64_HANDLER(h_dmb)
{
	atomic_thread_fence(memory_order_seq_cst);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_dmb_load)
{
	atomic_thread_fence(memory_order_acquire);
	A64_NEXT(cpu, op);
}

/* Rule T5: what this PE has broadcast must be done everywhere before it goes on */
static A64_HANDLER(h_dsb)
{
	atomic_thread_fence(memory_order_seq_cst);
	if (A64_UNLIKELY(cpu->tlbi_issued)) {
		a64_wait_broadcast(cpu);
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(
	h_isb) /* everything takes effect at once here; requests of others are looked at */
{
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_clrex)
{
	cpu->ex_host = 0;
	A64_NEXT(cpu, op);
}

static bool decode_barrier(uint32_t insn, struct a64_op *op)
{
	unsigned int crm = a64_bits(insn, 8, 4);

	if ((insn & 31) != 31) {
		return false;
	}
	switch (a64_bits(insn, 5, 3)) {
	case 2: op->fn = h_clrex; return true;
	case 4: /* DSB; SSBB and PSSBB among them */ op->fn = h_dsb; return true;
	case 5: op->fn = (crm & 3) == 1 ? h_dmb_load : h_dmb; return true;
	case 6: op->fn = h_isb; return true;
	default: return false; /* SB, TCOMMIT */
	}
}

/* ---- PSTATE immediates ---------------------------------------------------------------------------- */

static uint64_t sysreg_iss(uint16_t encoding, unsigned int rt, bool read)
{
	return (uint64_t)A64_SYS_OP0(encoding) << 20 | (uint64_t)A64_SYS_OP2(encoding) << 17 |
	       (uint64_t)A64_SYS_OP1(encoding) << 14 | (uint64_t)A64_SYS_CRN(encoding) << 10 |
	       (uint64_t)rt << 5 | (uint64_t)A64_SYS_CRM(encoding) << 1 | read;
}

static inline bool daif_trapped(const struct a64_cpu *cpu)
{
	return cpu->el == 0 && !(cpu->reg[A64_R_SCTLR_EL1] & SCTLR_UMA);
}

static const struct a64_op *daif_trap(struct a64_cpu *cpu, const struct a64_op *op)
{
	return a64_raise(cpu, op, A64_ESR(A64_EC_SYSREG, sysreg_iss((uint16_t)op->imm, 31, false)));
}

/* aux: bits of PSTATE; imm: encoding for the trap */
static A64_HANDLER(h_daif_set)
{
	if (A64_UNLIKELY(daif_trapped(cpu))) {
		return daif_trap(cpu, op);
	}
	cpu->daif |= op->aux;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_daif_clear)
{
	if (A64_UNLIKELY(daif_trapped(cpu))) {
		return daif_trap(cpu, op);
	}
	cpu->daif &= ~(uint32_t)op->aux;
	if (atomic_load_explicit(&cpu->lines, memory_order_relaxed)) {
		atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_pstate) /* imm: PSTATE bit, aux: whether to set it */
{
	uint64_t pstate = a64_get_pstate(cpu) & ~op->imm;

	a64_put_pstate(cpu, op->aux ? pstate | op->imm : pstate);
	A64_TAIL return a64_finish_leave(cpu, op);
}

static bool decode_pstate(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
			  struct a64_class_out *out)
{
	unsigned int crm = a64_bits(insn, 8, 4);

	if ((insn & 31) != 31) {
		return false;
	}
	op->aux = crm & 1;
	switch (a64_bits(insn, 16, 3) << 3 | a64_bits(insn, 5, 3)) {
	case 3 << 3 | 6:
	case 3 << 3 | 7:
		op->aux = (uint16_t)(crm << 6);
		op->imm = insn >> 5 & 0xffff;
		op->fn = a64_bits(insn, 5, 3) == 6 ? h_daif_set : h_daif_clear;
		return true;
	case 0 << 3 | 3: op->imm = A64_PSTATE_UAO; break;
	case 0 << 3 | 4: op->imm = A64_PSTATE_PAN; break;
	case 0 << 3 | 5: op->imm = A64_PSTATE_SP; break;
	case 1 << 3 | 0:
		op->imm = A64_PSTATE_ALLINT;
		if (crm > 1) {
			return false;
		}
		break;
	default: return false;
	}
	if (how->el == 0 || (op->imm == A64_PSTATE_UAO && !(how->features & A64_FEAT_UAO)) ||
	    (op->imm == A64_PSTATE_PAN && !(how->features & A64_FEAT_PAN)) ||
	    (op->imm == A64_PSTATE_ALLINT && !(how->features & A64_FEAT_NMI))) {
		return false;
	}
	op->fn = h_pstate;
	out->end = true;
	return true;
}

/* ---- MRS, MSR ------------------------------------------------------------------------------------- */

static const struct a64_op *sysreg_trap(struct a64_cpu *cpu, const struct a64_op *op,
					uint16_t encoding, bool read, unsigned int target)
{
	unsigned int rt = op->aux & 31;
	uint64_t esr = A64_ESR(A64_EC_SYSREG, sysreg_iss(encoding, rt, read));

	if (target == 1) {
		return a64_raise(cpu, op, esr);
	}
	cpu->exit->encoding = encoding;
	cpu->exit->rt = (uint8_t)rt;
	cpu->exit->read = read;
	cpu->exit->value = read ? 0 : cpu->x[a64_slot_read(rt)];
	return a64_leave(cpu, op, A64_EXIT_SYSREG, esr, false);
}

static A64_HANDLER(h_move_from) /* imm: offset in the context */
{
	cpu->x[op->rd] = *(const uint64_t *)(const void *)((const char *)cpu + op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_move_to)
{
	*(uint64_t *)(void *)((char *)cpu + op->imm) = cpu->x[op->rn];
	A64_NEXT(cpu, op);
}

/* imm: the table's row; aux: Rt */
static A64_HANDLER(h_mrs)
{
	const struct a64_sysreg *sr = (const struct a64_sysreg *)(uintptr_t)op->imm;
	unsigned int target = a64_sysreg_trap(cpu, sr, true);

	if (A64_UNLIKELY(target)) {
		return sysreg_trap(cpu, op, sr->encoding, true, target);
	}
	cpu->cur_off = op->off;
	cpu->x[op->rd] = sr->read ? sr->read(cpu, sr) : cpu->reg[sr->reg];
	cpu->cur_off = 0;
	if (sr->flags & A64_SR_CALLOUT) {
		A64_TAIL return a64_finish(cpu, op);
	}
	A64_NEXT(cpu, op);
}

/* aux: encoding, Rt is 4:0 of imm: the identification space has no rows */
static A64_HANDLER(h_mrs_id)
{
	if (A64_UNLIKELY(cpu->reg[A64_R_HCR_EL2] >> 18 & 1)) {
		return sysreg_trap(cpu, op, (uint16_t)op->imm, true, 2);
	}
	cpu->x[op->rd] = a64_id_register(cpu, (uint16_t)op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_mrs_id_user) /* FEAT_IDST */
{
	return a64_raise(cpu, op,
			 A64_ESR(A64_EC_SYSREG, sysreg_iss((uint16_t)op->imm, op->aux, true)));
}

static A64_HANDLER(h_msr)
{
	const struct a64_sysreg *sr = (const struct a64_sysreg *)(uintptr_t)op->imm;
	unsigned int target = a64_sysreg_trap(cpu, sr, false);
	uint64_t value = cpu->x[op->rn];

	if (A64_UNLIKELY(target)) {
		return sysreg_trap(cpu, op, sr->encoding, false, target);
	}
	cpu->cur_off = op->off;
	if (sr->write) {
		sr->write(cpu, sr, value);
	} else {
		cpu->reg[sr->reg] = value & sr->wmask;
	}
	cpu->cur_off = 0;
	if (sr->flags & A64_SR_LEAVE) {
		A64_TAIL return a64_finish_leave(cpu, op);
	}
	A64_TAIL return a64_finish(cpu, op);
}

/* Somebody else's register or instruction. imm: encoding, bit 16: read; aux: Rt */
static A64_NOINLINE enum a64_answer call_foreign(struct a64_cpu *cpu, const struct a64_op *op,
						 bool read)
{
	const struct a64_space_config *config = &cpu->space->config;
	struct a64_sysreg_access access = {
		.encoding = (uint16_t)op->imm, .rt = (uint8_t)op->aux, .read = read, .el = cpu->el};
	uint64_t value = read ? 0 : cpu->x[a64_slot_read(op->aux)];
	enum a64_answer answer;

	if (!config->ops->sysreg) {
		return A64_UNDEFINED;
	}
	cpu->cur_off = op->off;
	a64_callback_enter(cpu);
	answer = config->ops->sysreg(config->opaque, cpu, &access, &value);
	a64_callback_leave(cpu);
	cpu->cur_off = 0;
	if (answer == A64_DONE && read) {
		cpu->x[a64_slot_write(op->aux)] = value;
	}
	return answer;
}

static A64_HANDLER(h_foreign)
{
	bool read = op->imm >> 16 & 1;

	switch (call_foreign(cpu, op, read)) {
	case A64_DONE: A64_TAIL return a64_finish(cpu, op);
	case A64_TRAP: return sysreg_trap(cpu, op, (uint16_t)op->imm, read, 2);
	default: return a64_undefined(cpu, op);
	}
}

/* Registers that are moved without any check, when nothing traps them */
static bool plain_move(const struct a64_sysreg *sr, const struct a64_decode *how, bool read,
		       struct a64_op *op)
{
	if (sr->encoding == A64_SYS(3, 0, 4, 1, 0)) {
		op->imm = offsetof(struct a64_cpu, sp_el[0]);
	} else if (sr->trap == A64_TRAP_NONE && sr->reg >= 0 &&
		   (read ? !sr->read : !sr->write && !sr->flags && sr->wmask == UINT64_MAX)) {
		op->imm = offsetof(struct a64_cpu, reg) + sizeof(uint64_t) * (unsigned int)sr->reg;
	} else {
		return false;
	}
	op->fn = read ? h_move_from : h_move_to;
	return true;
}

static bool decode_register(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
			    struct a64_class_out *out)
{
	uint16_t encoding = (uint16_t)(insn >> 5);
	const struct a64_sysreg *sr = a64_sysreg_find(encoding);
	bool read = insn >> 21 & 1;
	unsigned int rt = insn & 31;

	op->aux = (uint16_t)rt;
	op->rd = a64_slot_write(rt);
	op->rn = a64_slot_read(rt);
	if (!sr || (sr->feature && !(how->features & sr->feature))) {
		op->imm = encoding | (uint64_t)read << 16;
		op->fn = h_foreign;
		return true;
	}
	if (sr->trap == A64_TRAP_ID3) { /* CRm = 0 has MIDR, MPIDR, REVIDR only */
		unsigned int op2 = encoding & 7;

		if (!read || (A64_SYS_CRM(encoding) == 0 && op2 != 0 && op2 != 5 && op2 != 6) ||
		    A64_SYS_CRM(encoding) > 7) {
			return false;
		}
		op->imm = encoding;
		op->fn = how->el ? h_mrs_id : h_mrs_id_user;
		return how->el || (how->features & A64_FEAT_IDST);
	}
	if (how->el < (read ? sr->el_read : sr->el_write)) {
		return false;
	}
	if (sr->trap == A64_TRAP_SP_EL0 && how->sp_el0) {
		return false;
	}
	if (sr->trap == A64_TRAP_FP && !how->fp_enabled) {
		op->fn = a64_op_fp_trap;
		return true;
	}
	if (plain_move(sr, how, read, op)) {
		return true;
	}
	op->imm = (uintptr_t)sr;
	op->fn = read ? h_mrs : h_msr;
	out->end = !read && (sr->flags & A64_SR_LEAVE);
	return true;
}

/* ---- maintenance ---------------------------------------------------------------------------------- */

/* What an EL0 or EL1 execution is trapped by: aux8 of the operation */
enum { M_POC, M_POU, M_ZVA, M_SET_WAY, M_TLBI, M_AT };

/* True if the instruction was taken to a higher level */
static bool maintenance_trapped(struct a64_cpu *cpu, const struct a64_op *op)
{
	static const uint64_t hcr_bit[] = {HCR_TPC, HCR_TPU, HCR_TDZ, HCR_TSW, HCR_TTLB, 0};
	uint64_t sctlr_bit = op->aux8 == M_ZVA ? SCTLR_DZE : SCTLR_UCI;

	if (cpu->el == 0 && !(cpu->reg[A64_R_SCTLR_EL1] & sctlr_bit)) {
		sysreg_trap(cpu, op, (uint16_t)op->imm, false, 1);
		return true;
	}
	if (cpu->reg[A64_R_HCR_EL2] & hcr_bit[op->aux8]) {
		sysreg_trap(cpu, op, (uint16_t)op->imm, false, 2);
		return true;
	}
	return false;
}

/* The caches are coherent: what is left of cache maintenance is its faults */
static A64_HANDLER(h_cache_va) /* imm bit 16: needs write permission */
{
	if (maintenance_trapped(cpu, op) ||
	    !a64_cache_maintenance(cpu, op, cpu->x[op->rn], op->imm >> 16 & 1)) {
		return NULL;
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_cache_all)
{
	if (maintenance_trapped(cpu, op)) {
		return NULL;
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_zva)
{
	if (maintenance_trapped(cpu, op) || !a64_zero_block(cpu, op, cpu->x[op->rn])) {
		return NULL;
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_NOINLINE void tlbi(struct a64_cpu *cpu, unsigned int kind, uint64_t operand, bool shared)
{
	struct a64_request request = {.asid = (uint16_t)(operand >> 48),
				      .address = (uint64_t)((int64_t)(operand << 20) >> 8) &
						 ~0xfffull};

	if (!(cpu->reg[A64_R_TCR_EL1] >> 36 & 1)) {
		request.asid &= 0xff;
	}
	switch (kind) {
	case 0:
		request.kind = A64_RQ_TLBI_ALL;
		a64_tlb_flush_all(cpu);
		break;
	case 2:
		request.kind = A64_RQ_TLBI_ASID;
		a64_tlb_flush_asid(cpu, request.asid);
		break;
	case 1:
	case 5:
		request.kind = A64_RQ_TLBI_VA;
		a64_tlb_flush_va(cpu, request.address, false, request.asid);
		break;
	default: request.kind = A64_RQ_TLBI_VA_ALL; a64_tlb_flush_va(cpu, request.address, true, 0);
	}
	if (shared) {
		a64_broadcast(cpu->space, cpu, &request);
		cpu->tlbi_issued = true;
	}
}

static A64_HANDLER(h_tlbi) /* aux: Rt; imm bits 18:16: op2, 19: inner shareable */
{
	if (maintenance_trapped(cpu, op)) {
		return NULL;
	}
	tlbi(cpu, op->imm >> 16 & 7, cpu->x[op->rn], op->imm >> 19 & 1);
	A64_TAIL return a64_finish_leave(cpu, op);
}

static A64_HANDLER(h_at) /* imm bit 16: write, bit 17: as EL0 */
{
	a64_address_translate(cpu, cpu->x[op->rn], op->imm >> 17 & 1 ? 0 : cpu->el,
			      op->imm >> 16 & 1, false);
	A64_TAIL return a64_finish(cpu, op);
}

static bool maintenance(struct a64_op *op, a64_handler *fn, uint8_t kind, uint64_t extra)
{
	op->fn = fn;
	op->aux8 = kind;
	op->imm |= extra;
	return true;
}

static bool decode_cache(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	switch (op->imm) {
	case A64_SYS(1, 3, 7, 4, 1): /* DC ZVA */ return maintenance(op, h_zva, M_ZVA, 0);
	case A64_SYS(1, 3, 7, 10, 1): /* DC CVAC */
	case A64_SYS(1, 3, 7, 14, 1): /* DC CIVAC */ return maintenance(op, h_cache_va, M_POC, 0);
	case A64_SYS(1, 3, 7, 11, 1): /* DC CVAU */
	case A64_SYS(1, 3, 7, 5, 1): /* IC IVAU */ return maintenance(op, h_cache_va, M_POU, 0);
	default: break;
	}
	if (how->el == 0) {
		return false;
	}
	switch (op->imm) {
	case A64_SYS(1, 0, 7, 6, 1): /* DC IVAC */
		return maintenance(op, h_cache_va, M_POC, 1u << 16);
	case A64_SYS(1, 0, 7, 6, 2):  /* DC ISW */
	case A64_SYS(1, 0, 7, 10, 2): /* DC CSW */
	case A64_SYS(1, 0, 7, 14, 2): /* DC CISW */
		return maintenance(op, h_cache_all, M_SET_WAY, 0);
	case A64_SYS(1, 0, 7, 1, 0): /* IC IALLUIS */
	case A64_SYS(1, 0, 7, 5, 0): /* IC IALLU */ return maintenance(op, h_cache_all, M_POU, 0);
	case A64_SYS(1, 0, 7, 8, 0): /* AT S1E1R, S1E1W, S1E0R, S1E0W */
	case A64_SYS(1, 0, 7, 8, 1):
	case A64_SYS(1, 0, 7, 8, 2):
	case A64_SYS(1, 0, 7, 8, 3): return maintenance(op, h_at, M_AT, (op->imm & 3) << 16);
	default: return false;
	}
}

static bool decode_sys(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
		       struct a64_class_out *out)
{
	uint16_t encoding = (uint16_t)(insn >> 5);
	bool read = insn >> 21 & 1;
	unsigned int crm = A64_SYS_CRM(encoding), op2 = A64_SYS_OP2(encoding);

	op->aux = insn & 31;
	op->rn = a64_slot_read(insn & 31);
	op->imm = encoding;
	switch (A64_SYS_CRN(encoding)) {
	case 7: return !read && decode_cache(insn, how, op);
	case 8:
		if (read || how->el == 0 || A64_SYS_OP1(encoding) != 0 || (crm != 3 && crm != 7) ||
		    op2 == 4 || op2 == 6) {
			return false;
		}
		out->end = true;
		return maintenance(op, h_tlbi, M_TLBI, op2 << 16 | (uint64_t)(crm == 3) << 19);
	case 12: /* GIC, GICR, GSB */
		op->imm |= (uint64_t)read << 16;
		op->fn = h_foreign;
		return true;
	default: return false;
	}
}

/* ---- decoding ------------------------------------------------------------------------------------- */

bool a64_decode_system(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
		       struct a64_class_out *out)
{
	unsigned int op0 = a64_bits(insn, 19, 2);

	if ((insn & 0xff000000) == 0xd4000000) {
		out->end = true;
		return decode_exception(insn, how, op);
	}
	if ((insn & 0xffc00000) != 0xd5000000) {
		return false;
	}
	if (op0 >= 2) {
		return decode_register(insn, how, op, out);
	}
	if (op0 == 1) {
		return decode_sys(insn, how, op, out);
	}
	if (insn >> 21 & 1) {
		return false;
	}
	switch (a64_bits(insn, 12, 4)) {
	case 2: return (insn & 0xfffff01f) == 0xd503201f && decode_hint(insn, op, out);
	case 3: return a64_bits(insn, 16, 3) == 3 && decode_barrier(insn, op);
	case 4: return decode_pstate(insn, how, op, out);
	default: return false;
	}
}
