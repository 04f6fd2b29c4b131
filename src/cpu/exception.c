/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exceptions: entry to EL1, exits in place of entry to EL2, return, interrupts, and the functions that
 * read and write PSTATE as a whole (rule T10: nothing else does).
 */
#include "engine.h"

#define SCTLR_SPAN      (1ull << 23)
#define SCTLR_NMI       (1ull << 61)
#define SCTLR_SPINTMASK (1ull << 62)
#define HCR_FMO         (1ull << 3)
#define HCR_IMO         (1ull << 4)
#define HCR_AMO         (1ull << 5)
#define HCR_VF          (1ull << 6)
#define HCR_VI          (1ull << 7)
#define HCR_VSE         (1ull << 8)
#define HCR_TGE         (1ull << 27)

#define DAIF_ALL (A64_PSTATE_D | A64_PSTATE_A | A64_PSTATE_I | A64_PSTATE_F)

/* ---- PSTATE --------------------------------------------------------------------------------------- */

uint64_t a64_get_pstate(const struct a64_cpu *cpu)
{
	return (uint64_t)a64_get_nzcv(cpu) << 28 | cpu->daif | (uint64_t)cpu->el << 2 | cpu->spsel |
	       (cpu->pan ? A64_PSTATE_PAN : 0) | (cpu->uao ? A64_PSTATE_UAO : 0) |
	       (cpu->ss ? A64_PSTATE_SS : 0) | (cpu->il ? A64_PSTATE_IL : 0);
}

static void set_mode(struct a64_cpu *cpu, unsigned int el, unsigned int spsel)
{
	if (el != cpu->el || spsel != cpu->spsel) {
		cpu->sp_el[cpu->spsel ? cpu->el : 0] = cpu->x[31];
		cpu->x[31] = cpu->sp_el[spsel ? el : 0];
		cpu->el = (uint8_t)el;
		cpu->spsel = (uint8_t)spsel;
	}
}

void a64_put_pstate(struct a64_cpu *cpu, uint64_t pstate)
{
	uint32_t features = cpu->space->config.features;

	a64_set_nzcv(cpu, pstate >> 28 & 15);
	cpu->daif = (uint32_t)pstate & DAIF_ALL;
	if (features & A64_FEAT_NMI) {
		cpu->daif |= (uint32_t)pstate & A64_PSTATE_ALLINT;
	}
	cpu->pan = (features & A64_FEAT_PAN) && (pstate & A64_PSTATE_PAN);
	cpu->uao = (features & A64_FEAT_UAO) && (pstate & A64_PSTATE_UAO);
	cpu->ss = pstate & A64_PSTATE_SS;
	cpu->il = pstate & A64_PSTATE_IL;
	set_mode(cpu, A64_PSTATE_EL(pstate), pstate & A64_PSTATE_SP);
	a64_update_context(cpu);
	if (atomic_load(&cpu->lines)) {
		atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
	}
}

bool a64_pstate_legal(const struct a64_cpu *cpu, uint64_t pstate)
{
	unsigned int mode = pstate & A64_PSTATE_MODE;

	return mode == 0 || mode == 4 || mode == 5;
}

/* ---- entry ---------------------------------------------------------------------------------------- */

void a64_enter_el1(struct a64_cpu *cpu, unsigned int vector, uint64_t return_pc)
{
	uint64_t sctlr = cpu->reg[A64_R_SCTLR_EL1];
	unsigned int from = cpu->el == 0 ? 0x400 : cpu->spsel ? 0x200 : 0;

	cpu->reg[A64_R_SPSR_EL1] = a64_get_pstate(cpu);
	cpu->reg[A64_R_ELR_EL1] = return_pc;
	cpu->daif = DAIF_ALL;
	if ((cpu->space->config.features & A64_FEAT_NMI) && !(sctlr & SCTLR_SPINTMASK)) {
		cpu->daif |= A64_PSTATE_ALLINT;
	}
	if ((cpu->space->config.features & A64_FEAT_PAN) && !(sctlr & SCTLR_SPAN)) {
		cpu->pan = true;
	}
	cpu->uao = false;
	cpu->ss = false;
	cpu->il = false;
	cpu->ex_host = 0;
	set_mode(cpu, 1, 1);
	cpu->pc = cpu->reg[A64_R_VBAR_EL1] + from + vector;
	cpu->pending_link = NULL;
	cpu->stats.exceptions++;
	a64_update_context(cpu);
}

static void leave_at_pc(struct a64_cpu *cpu, enum a64_exit_reason reason, uint64_t esr)
{
	cpu->leave = true;
	cpu->pending_link = NULL;
	cpu->exit->reason = reason;
	cpu->exit->esr = esr;
	cpu->stats.exits++;
}

void a64_take_sync(struct a64_cpu *cpu, uint64_t esr, uint64_t return_pc)
{
	if (cpu->el == 0 && (cpu->reg[A64_R_HCR_EL2] & HCR_TGE) && cpu->exit) {
		cpu->pc = return_pc;
		leave_at_pc(cpu, A64_EXIT_OTHER, esr);
		return;
	}
	cpu->reg[A64_R_ESR_EL1] = esr;
	a64_enter_el1(cpu, 0, return_pc);
}

static uint64_t return_address(const struct a64_cpu *cpu, const struct a64_op *op, uint64_t esr)
{
	uint64_t pc = a64_op_pc(cpu, op);

	return esr >> 26 == A64_EC_SVC ? pc + 4 : pc;
}

const struct a64_op *a64_raise(struct a64_cpu *cpu, const struct a64_op *op, uint64_t esr)
{
	uint64_t pc = return_address(cpu, op, esr);

	cpu->left -= op->off + 1; /* an exception counts as its instruction */
	a64_take_sync(cpu, esr, pc);
	return NULL;
}

const struct a64_op *a64_raise_far(struct a64_cpu *cpu, const struct a64_op *op, uint64_t esr,
				   uint64_t far)
{
	cpu->reg[A64_R_FAR_EL1] = far;
	return a64_raise(cpu, op, esr);
}

const struct a64_op *a64_undefined(struct a64_cpu *cpu, const struct a64_op *op)
{
	return a64_raise(cpu, op, A64_ESR(A64_EC_UNKNOWN, 0));
}

const struct a64_op *a64_leave(struct a64_cpu *cpu, const struct a64_op *op,
			       enum a64_exit_reason reason, uint64_t esr, bool done)
{
	cpu->left -= op->off + done;
	cpu->pc = a64_op_pc(cpu, op) + (done ? 4 : 0);
	leave_at_pc(cpu, reason, esr);
	return NULL;
}

void a64_fetch_abort(struct a64_cpu *cpu, const struct a64_translation *t)
{
	unsigned int ec = cpu->el == 0 ? A64_EC_IABORT_LOWER : A64_EC_IABORT_SAME;
	uint64_t ipa = t->stage2 ? t->table_ipa : t->ipa;

	if (t->fault && !t->stage2) {
		cpu->left--;
		cpu->reg[A64_R_FAR_EL1] = cpu->pc;
		a64_take_sync(cpu, A64_ESR(ec, t->fault & 0x3f), cpu->pc);
		return;
	}
	cpu->exit->far = cpu->pc;
	cpu->exit->ipa = ipa;
	cpu->exit->hpfar = ipa >> 12 << 4;
	cpu->exit->read = true;
	leave_at_pc(
		cpu, A64_EXIT_INSN_ABORT,
		A64_ESR(A64_EC_IABORT_LOWER, A64_FSC_TRANSLATION | 3 | (t->stage2 ? 1u << 7 : 0)));
}

/* ---- return --------------------------------------------------------------------------------------- */

#define MDSCR_SS 1u

void a64_exception_return(struct a64_cpu *cpu)
{
	uint64_t spsr = cpu->reg[A64_R_SPSR_EL1];
	bool legal = a64_pstate_legal(cpu, spsr) && !cpu->il;

	cpu->pc = cpu->reg[A64_R_ELR_EL1];
	cpu->pending_link = NULL;
	cpu->ex_host = 0;
	cpu->event = true;
	if (!legal) {
		/* Illegal return: mode unchanged, PSTATE.IL set; the next instruction takes EC 0x0e */
		spsr = (spsr & ~(uint64_t)(A64_PSTATE_MODE | A64_PSTATE_SS)) | A64_PSTATE_IL |
		       (a64_get_pstate(cpu) & A64_PSTATE_MODE);
	}
	if (!(cpu->reg[A64_R_MDSCR_EL1] & MDSCR_SS)) {
		spsr &= ~(uint64_t)A64_PSTATE_SS;
	}
	a64_put_pstate(cpu, spsr);
}

/* ---- interrupts ----------------------------------------------------------------------------------- */

static bool line(uint32_t lines, enum a64_line which)
{
	return lines >> which & 1;
}

static bool irq_masked(const struct a64_cpu *cpu, bool superpriority)
{
	bool nmi = (cpu->space->config.features & A64_FEAT_NMI) &&
		   (cpu->reg[A64_R_SCTLR_EL1] & SCTLR_NMI);
	bool all;

	if (!nmi) {
		return cpu->daif & A64_PSTATE_I;
	}
	all = (cpu->daif & A64_PSTATE_ALLINT) ||
	      ((cpu->reg[A64_R_SCTLR_EL1] & SCTLR_SPINTMASK) && cpu->el && cpu->spsel);
	return superpriority ? all : all || (cpu->daif & A64_PSTATE_I);
}

bool a64_take_interrupts(struct a64_cpu *cpu)
{
	uint32_t lines = atomic_load(&cpu->lines);
	uint64_t hcr = cpu->reg[A64_R_HCR_EL2];
	bool virq = (hcr & HCR_VI) || ((hcr & HCR_IMO) && line(lines, A64_LINE_VIRQ));
	bool vnmi = (hcr & HCR_IMO) && line(lines, A64_LINE_VNMI);
	bool vfiq = (hcr & HCR_VF) || ((hcr & HCR_FMO) && line(lines, A64_LINE_VFIQ));
	bool vserr = (hcr & HCR_AMO) && ((hcr & HCR_VSE) || line(lines, A64_LINE_VSERR));

	if (line(lines, A64_LINE_IRQ)) {
		leave_at_pc(cpu, A64_EXIT_IRQ, 0);
		return true;
	}
	if (line(lines, A64_LINE_FIQ)) {
		leave_at_pc(cpu, A64_EXIT_FIQ, 0);
		return true;
	}
	if (hcr & HCR_TGE) {
		return false;
	}
	if (vserr && !(cpu->daif & A64_PSTATE_A)) {
		atomic_fetch_and(&cpu->lines, ~(1u << A64_LINE_VSERR));
		cpu->reg[A64_R_HCR_EL2] &= ~HCR_VSE;
		cpu->reg[A64_R_ESR_EL1] =
			A64_ESR(A64_EC_SERROR, cpu->reg[A64_R_VSESR_EL2] & 0x1ffffff);
		a64_enter_el1(cpu, 0x180, cpu->pc);
		return true;
	}
	if (vfiq && !(cpu->daif & A64_PSTATE_F)) {
		a64_enter_el1(cpu, 0x100, cpu->pc);
		return true;
	}
	if ((vnmi && !irq_masked(cpu, true)) || (virq && !irq_masked(cpu, false))) {
		a64_enter_el1(cpu, 0x80, cpu->pc);
		return true;
	}
	return false;
}
