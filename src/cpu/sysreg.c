/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers: one table says what exists, who may read and write it, what traps it, and what an
 * access does (rule T9). What is not here belongs to the user's callback or is UNDEFINED; unallocated
 * encodings of the identification space read as zero.
 */
#include "engine.h"

#define NEVER 3
#define SR(n, op0, op1, crn, crm, op2, ...)                                                      \
	{                                                                                        \
		.name = #n, .encoding = A64_SYS(op0, op1, crn, crm, op2), .reg = -1, __VA_ARGS__ \
	}
#define ALIAS(n, op0, op1, crn, crm, op2, r, ...)                                           \
	{                                                                                   \
		.name = #n, .encoding = A64_SYS(op0, op1, crn, crm, op2), .reg = A64_R_##r, \
		__VA_ARGS__                                                                 \
	}
#define STATE(n, op0, op1, crn, crm, op2, ...) ALIAS(n, op0, op1, crn, crm, op2, n, __VA_ARGS__)

/* ---- access functions ----------------------------------------------------------------------------- */

#define SCTLR_RES1   0x30500980ull
#define SCTLR_FLUSH  (1ull << 0 | 1ull << 1 | 1ull << 19) /* M, A, WXN */
#define TTBR_ADDRESS 0x0000fffffffffffeull

static void unmasked(struct a64_cpu *cpu)
{
	if (atomic_load(&cpu->lines)) {
		atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
	}
}

static void write_sctlr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	uint64_t old = cpu->reg[A64_R_SCTLR_EL1];
	uint64_t mask = sr->wmask;

	if (cpu->space->config.features & A64_FEAT_NMI) {
		mask |= 3ull << 61;
	}
	value = (value & mask) | SCTLR_RES1;
	if (!(cpu->space->config.features & A64_FEAT_PAN)) {
		value |= 1ull << 23;
	}
	cpu->reg[A64_R_SCTLR_EL1] = value;
	unmasked(cpu); /* NMI and SPINTMASK decide what masks */
	if ((old ^ value) & SCTLR_FLUSH) {
		a64_tlb_regime_changed(cpu, true);
	}
}

static void write_tcr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	uint64_t old = cpu->reg[A64_R_TCR_EL1];

	cpu->reg[A64_R_TCR_EL1] = value & sr->wmask;
	a64_tlb_regime_changed(cpu, old != cpu->reg[A64_R_TCR_EL1]);
}

static void write_ttbr0(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[A64_R_TTBR0_EL1] = value;
	a64_tlb_regime_changed(cpu, false);
}

static void write_ttbr1(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	uint64_t old = cpu->reg[A64_R_TTBR1_EL1];

	cpu->reg[A64_R_TTBR1_EL1] = value;
	a64_tlb_regime_changed(cpu, (old ^ value) & TTBR_ADDRESS);
}

static void write_mair(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	uint64_t old = cpu->reg[A64_R_MAIR_EL1];

	cpu->reg[A64_R_MAIR_EL1] = value;
	if (old != value) {
		a64_tlb_regime_changed(cpu, true);
	}
}

static void write_cpacr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[A64_R_CPACR_EL1] = value & sr->wmask;
	a64_update_context(cpu);
}

static uint64_t read_current_el(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return (uint64_t)cpu->el << 2;
}

static uint64_t read_spsel(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->spsel;
}

static void write_spsel(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	a64_put_pstate(cpu, (a64_get_pstate(cpu) & ~1ull) | (value & 1));
}

static uint64_t read_daif(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->daif & 0x3c0;
}

static void write_daif(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->daif = (cpu->daif & A64_PSTATE_ALLINT) | (value & 0x3c0);
	unmasked(cpu);
}

static uint64_t read_allint(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->daif & A64_PSTATE_ALLINT;
}

static void write_allint(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->daif = (cpu->daif & 0x3c0) | (value & A64_PSTATE_ALLINT);
	unmasked(cpu);
}

static uint64_t read_nzcv(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return (uint64_t)a64_get_nzcv(cpu) << 28;
}

static void write_nzcv(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	a64_set_nzcv(cpu, value >> 28 & 15);
}

static uint64_t read_pan(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->pan ? A64_PSTATE_PAN : 0;
}

static void write_pan(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->pan = value & A64_PSTATE_PAN;
	a64_update_context(cpu);
}

static uint64_t read_uao(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->uao ? A64_PSTATE_UAO : 0;
}

static void write_uao(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->uao = value & A64_PSTATE_UAO;
	a64_update_context(cpu);
}

static uint64_t read_fpcr(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->fpcr;
}

static void write_fpcr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->fpcr = value & sr->wmask;
}

static uint64_t read_fpsr(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->fpsr;
}

static void write_fpsr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->fpsr = value & sr->wmask;
}

static uint64_t read_sp_el0(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->spsel ? cpu->sp_el[0] : cpu->x[31];
}

static void write_sp_el0(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	if (cpu->el && cpu->spsel) {
		cpu->sp_el[0] = value;
	} else {
		cpu->x[31] = value;
	}
}

static uint64_t read_isr(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	uint32_t lines = atomic_load(&cpu->lines);
	uint64_t hcr = cpu->reg[A64_R_HCR_EL2], value = 0;

	if ((hcr & 1u << 7) ||
	    ((hcr & 1u << 4) && (lines & (1u << A64_LINE_VIRQ | 1u << A64_LINE_VNMI)))) {
		value |= 1u << 7;
	}
	if ((hcr & 1u << 6) || ((hcr & 1u << 3) && (lines & 1u << A64_LINE_VFIQ))) {
		value |= 1u << 6;
	}
	if ((hcr & 1u << 5) && (lines & 1u << A64_LINE_VSERR)) {
		value |= 1u << 8;
	}
	if ((cpu->space->config.features & A64_FEAT_NMI) && (hcr & 1u << 4) &&
	    (lines & 1u << A64_LINE_VNMI)) {
		value |= 1u << 10;
	}
	return value;
}

static uint64_t read_id(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return a64_id_register(cpu, sr->encoding);
}

static uint64_t read_zero(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return 0;
}

static void write_ignored(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
}

static uint64_t read_ccsidr(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	switch (cpu->reg[A64_R_CSSELR_EL1] & 15) {
	case 0: /* L1 data, instruction: 32 KiB, 4 ways, lines of 64 bytes */
	case 1: return 127u << 13 | 3u << 3 | 2;
	case 2: /* L2: 1 MiB, 16 ways */ return 1023u << 13 | 15u << 3 | 2;
	default: return 0;
	}
}

static void write_oslar(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[A64_R_OSLSR_EL1] = 8 | (value & 1) << 1;
}

static uint64_t read_claimset(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return 0xff;
}

static void write_claimset(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[A64_R_DBGCLAIM_EL1] |= value & 0xff;
}

static uint64_t read_claimclr(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return cpu->reg[A64_R_DBGCLAIM_EL1];
}

static void write_claimclr(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[A64_R_DBGCLAIM_EL1] &= ~value;
}

static uint64_t read_dczid(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	bool prohibited = (cpu->el == 0 && !(cpu->reg[A64_R_SCTLR_EL1] & 1u << 14)) ||
			  (cpu->reg[A64_R_HCR_EL2] & 1u << 28);

	return 4 | (prohibited ? 1u << 4 : 0);
}

/* ---- the table ------------------------------------------------------------------------------------ */

/* trap: what may take the access to a higher level at run time (a64_sysreg_trap) */
#define FULL     .wmask = UINT64_MAX
#define PLAIN    FULL, .el_read = 1, .el_write = 1
#define EL1_RO   .el_read = 1, .el_write = NEVER
#define VM       .trap = A64_TRAP_VM
#define DEBUG    .trap = A64_TRAP_DEBUG
#define LEAVE    .flags = A64_SR_LEAVE
#define EL2_ONLY .el_read = 2, .el_write = 2, FULL
#define TIMER(which)                                           \
	.trap = A64_TRAP_##which, .el_read = 0, .el_write = 0, \
	.flags = A64_SR_CALLOUT | A64_SR_MAYBE_LEAVE
#define BREAKPOINT(n)                                                                     \
	STATE(DBGBVR##n##_EL1, 2, 0, 0, n, 4, PLAIN, DEBUG),                              \
		STATE(DBGBCR##n##_EL1, 2, 0, 0, n, 5, DEBUG, .el_read = 1, .el_write = 1, \
		      .wmask = 0xffe1e7),                                                 \
		STATE(DBGWVR##n##_EL1, 2, 0, 0, n, 6, PLAIN, DEBUG),                      \
		STATE(DBGWCR##n##_EL1, 2, 0, 0, n, 7, DEBUG, .el_read = 1, .el_write = 1, \
		      .wmask = 0x1fffffff)

static const struct a64_sysreg table[] = {
	/* Translation and control */
	STATE(SCTLR_EL1, 3, 0, 1, 0, 0, .el_read = 1, .el_write = 1, VM, LEAVE, .wmask = 0x348dd21f,
	      .write = write_sctlr),
	STATE(ACTLR_EL1, 3, 0, 1, 0, 1, .el_read = 1, .el_write = 1, .trap = A64_TRAP_ACTLR,
	      .wmask = 0),
	STATE(CPACR_EL1, 3, 0, 1, 0, 2, .el_read = 1, .el_write = 1, .trap = A64_TRAP_CPACR, LEAVE,
	      .wmask = 0x300000, .write = write_cpacr),
	STATE(TTBR0_EL1, 3, 0, 2, 0, 0, PLAIN, VM, LEAVE, .write = write_ttbr0),
	STATE(TTBR1_EL1, 3, 0, 2, 0, 1, PLAIN, VM, LEAVE, .write = write_ttbr1),
	STATE(TCR_EL1, 3, 0, 2, 0, 2, .el_read = 1, .el_write = 1, VM, LEAVE,
	      .wmask = 0x1f7ffffffbf, .write = write_tcr),
	STATE(MAIR_EL1, 3, 0, 10, 2, 0, PLAIN, VM, LEAVE, .write = write_mair),
	STATE(AMAIR_EL1, 3, 0, 10, 3, 0, .el_read = 1, .el_write = 1, VM, .wmask = 0),
	STATE(CONTEXTIDR_EL1, 3, 0, 13, 0, 1, .el_read = 1, .el_write = 1, VM, .wmask = 0xffffffff),
	STATE(AFSR0_EL1, 3, 0, 5, 1, 0, .el_read = 1, .el_write = 1, VM, .wmask = 0),
	STATE(AFSR1_EL1, 3, 0, 5, 1, 1, .el_read = 1, .el_write = 1, VM, .wmask = 0),
	STATE(ESR_EL1, 3, 0, 5, 2, 0, .el_read = 1, .el_write = 1, VM, .wmask = 0xffffffff),
	STATE(FAR_EL1, 3, 0, 6, 0, 0, PLAIN, VM),
	STATE(PAR_EL1, 3, 0, 7, 4, 0, PLAIN),

	/* Exceptions and threads */
	STATE(SPSR_EL1, 3, 0, 4, 0, 0, .el_read = 1, .el_write = 1, .wmask = 0xffffffff),
	STATE(ELR_EL1, 3, 0, 4, 0, 1, PLAIN),
	STATE(VBAR_EL1, 3, 0, 12, 0, 0, .el_read = 1, .el_write = 1, .wmask = ~0x7ffull),
	STATE(TPIDR_EL1, 3, 0, 13, 0, 4, PLAIN),
	STATE(TPIDR_EL0, 3, 3, 13, 0, 2, FULL, .el_read = 0, .el_write = 0),
	STATE(TPIDRRO_EL0, 3, 3, 13, 0, 3, FULL, .el_read = 0, .el_write = 1),
	SR(SP_EL0, 3, 0, 4, 1, 0, .el_read = 1, .el_write = 1, .trap = A64_TRAP_SP_EL0, FULL,
	   .read = read_sp_el0, .write = write_sp_el0),
	SR(CurrentEL, 3, 0, 4, 2, 2, EL1_RO, .read = read_current_el),
	SR(SPSel, 3, 0, 4, 2, 0, PLAIN, LEAVE, .read = read_spsel, .write = write_spsel),
	SR(PAN, 3, 0, 4, 2, 3, PLAIN, LEAVE, .feature = A64_FEAT_PAN, .read = read_pan,
	   .write = write_pan),
	SR(UAO, 3, 0, 4, 2, 4, PLAIN, LEAVE, .feature = A64_FEAT_UAO, .read = read_uao,
	   .write = write_uao),
	SR(ALLINT, 3, 0, 4, 3, 0, PLAIN, .flags = A64_SR_MAYBE_LEAVE, .feature = A64_FEAT_NMI,
	   .read = read_allint, .write = write_allint),
	SR(NZCV, 3, 3, 4, 2, 0, FULL, .read = read_nzcv, .write = write_nzcv),
	SR(DAIF, 3, 3, 4, 2, 1, FULL, .trap = A64_TRAP_UMA, .flags = A64_SR_MAYBE_LEAVE,
	   .read = read_daif, .write = write_daif),
	SR(FPCR, 3, 3, 4, 4, 0, .wmask = 0x07c00000, .trap = A64_TRAP_FP, .read = read_fpcr,
	   .write = write_fpcr),
	SR(FPSR, 3, 3, 4, 4, 1, .wmask = 0x0800009f, .trap = A64_TRAP_FP, .read = read_fpsr,
	   .write = write_fpsr),
	SR(ISR_EL1, 3, 0, 12, 1, 0, EL1_RO, .read = read_isr),

	/* Identification outside op1 = 0, CRn = 0 */
	SR(CCSIDR_EL1, 3, 1, 0, 0, 0, EL1_RO, .trap = A64_TRAP_ID2, .read = read_ccsidr),
	SR(CLIDR_EL1, 3, 1, 0, 0, 1, EL1_RO, .trap = A64_TRAP_ID2, .read = read_id),
	SR(AIDR_EL1, 3, 1, 0, 0, 7, EL1_RO, .trap = A64_TRAP_ID1, .read = read_zero),
	STATE(CSSELR_EL1, 3, 2, 0, 0, 0, .el_read = 1, .el_write = 1, .trap = A64_TRAP_ID2,
	      .wmask = 15),
	SR(CTR_EL0, 3, 3, 0, 0, 1, .el_read = 0, .el_write = NEVER, .trap = A64_TRAP_CTR,
	   .read = read_id),
	SR(DCZID_EL0, 3, 3, 0, 0, 7, .el_read = 0, .el_write = NEVER, .read = read_dczid),

	/* Timers */
	STATE(CNTKCTL_EL1, 3, 0, 14, 1, 0, .el_read = 1, .el_write = 1, .wmask = 0x3ff),
	STATE(CNTFRQ_EL0, 3, 3, 14, 0, 0, .el_read = 0, .el_write = 2, .trap = A64_TRAP_CNTFRQ,
	      .wmask = 0xffffffff),
	SR(CNTPCT_EL0, 3, 3, 14, 0, 1, .el_read = 0, .el_write = NEVER, .trap = A64_TRAP_CNTPCT,
	   .flags = A64_SR_CALLOUT, .read = a64_read_cntpct),
	SR(CNTVCT_EL0, 3, 3, 14, 0, 2, .el_read = 0, .el_write = NEVER, .trap = A64_TRAP_CNTVCT,
	   .flags = A64_SR_CALLOUT, .read = a64_read_cntvct),
	ALIAS(CNTP_TVAL_EL0, 3, 3, 14, 2, 0, CNTP_CTL_EL0, TIMER(CNTP), .read = a64_read_tval,
	      .write = a64_write_tval),
	STATE(CNTP_CTL_EL0, 3, 3, 14, 2, 1, TIMER(CNTP), .read = a64_read_timer_ctl,
	      .write = a64_write_timer_ctl),
	STATE(CNTP_CVAL_EL0, 3, 3, 14, 2, 2, TIMER(CNTP), .write = a64_write_cval),
	ALIAS(CNTV_TVAL_EL0, 3, 3, 14, 3, 0, CNTV_CTL_EL0, TIMER(CNTV), .read = a64_read_tval,
	      .write = a64_write_tval),
	STATE(CNTV_CTL_EL0, 3, 3, 14, 3, 1, TIMER(CNTV), .read = a64_read_timer_ctl,
	      .write = a64_write_timer_ctl),
	STATE(CNTV_CVAL_EL0, 3, 3, 14, 3, 2, TIMER(CNTV), .write = a64_write_cval),

	/* Debug: two breakpoints and watchpoints are the least there may be; they hold values */
	STATE(MDSCR_EL1, 2, 0, 0, 2, 2, .el_read = 1, .el_write = 1, DEBUG, LEAVE,
	      .wmask = 0x0020f041),
	STATE(MDCCINT_EL1, 2, 0, 0, 2, 0, .el_read = 1, .el_write = 1, DEBUG, .wmask = 0x60000000),
	SR(OSDTRRX_EL1, 2, 0, 0, 0, 2, PLAIN, DEBUG, .read = read_zero, .write = write_ignored),
	SR(OSDTRTX_EL1, 2, 0, 0, 3, 2, PLAIN, DEBUG, .read = read_zero, .write = write_ignored),
	SR(OSECCR_EL1, 2, 0, 0, 6, 2, PLAIN, DEBUG, .read = read_zero, .write = write_ignored),
	SR(MDRAR_EL1, 2, 0, 1, 0, 0, EL1_RO, DEBUG, .read = read_zero),
	SR(OSLAR_EL1, 2, 0, 1, 0, 4, .el_read = NEVER, .el_write = 1, DEBUG, LEAVE,
	   .write = write_oslar),
	STATE(OSLSR_EL1, 2, 0, 1, 1, 4, EL1_RO, DEBUG),
	STATE(OSDLR_EL1, 2, 0, 1, 3, 4, .el_read = 1, .el_write = 1, DEBUG, .wmask = 1),
	SR(DBGPRCR_EL1, 2, 0, 1, 4, 4, PLAIN, DEBUG, .read = read_zero, .write = write_ignored),
	SR(DBGCLAIMSET_EL1, 2, 0, 7, 8, 6, PLAIN, DEBUG, .read = read_claimset,
	   .write = write_claimset),
	SR(DBGCLAIMCLR_EL1, 2, 0, 7, 9, 6, PLAIN, DEBUG, .read = read_claimclr,
	   .write = write_claimclr),
	SR(DBGAUTHSTATUS_EL1, 2, 0, 7, 14, 6, EL1_RO, DEBUG, .read = read_zero),
	SR(MDCCSR_EL0, 2, 3, 0, 1, 0, .el_read = 0, .el_write = NEVER, .trap = A64_TRAP_DCC,
	   .read = read_zero),
	SR(DBGDTR_EL0, 2, 3, 0, 4, 0, FULL, .trap = A64_TRAP_DCC, .read = read_zero,
	   .write = write_ignored),
	SR(DBGDTRTXRX_EL0, 2, 3, 0, 5, 0, FULL, .trap = A64_TRAP_DCC, .read = read_zero,
	   .write = write_ignored),
	BREAKPOINT(0),
	BREAKPOINT(1),

	/* EL2: held for the native hypervisor, UNDEFINED below EL2 */
	STATE(HCR_EL2, 3, 4, 1, 1, 0, EL2_ONLY),
	STATE(MDCR_EL2, 3, 4, 1, 1, 1, EL2_ONLY),
	STATE(CPTR_EL2, 3, 4, 1, 1, 2, EL2_ONLY),
	STATE(HSTR_EL2, 3, 4, 1, 1, 3, EL2_ONLY),
	STATE(SCTLR_EL2, 3, 4, 1, 0, 0, EL2_ONLY),
	STATE(ACTLR_EL2, 3, 4, 1, 0, 1, EL2_ONLY),
	STATE(TTBR0_EL2, 3, 4, 2, 0, 0, EL2_ONLY),
	STATE(TTBR1_EL2, 3, 4, 2, 0, 1, EL2_ONLY),
	STATE(TCR_EL2, 3, 4, 2, 0, 2, EL2_ONLY),
	STATE(VTTBR_EL2, 3, 4, 2, 1, 0, EL2_ONLY),
	STATE(VTCR_EL2, 3, 4, 2, 1, 2, EL2_ONLY),
	STATE(SPSR_EL2, 3, 4, 4, 0, 0, EL2_ONLY),
	STATE(ELR_EL2, 3, 4, 4, 0, 1, EL2_ONLY),
	STATE(ESR_EL2, 3, 4, 5, 2, 0, EL2_ONLY),
	STATE(VSESR_EL2, 3, 4, 5, 2, 3, EL2_ONLY),
	STATE(FAR_EL2, 3, 4, 6, 0, 0, EL2_ONLY),
	STATE(HPFAR_EL2, 3, 4, 6, 0, 4, EL2_ONLY),
	STATE(MAIR_EL2, 3, 4, 10, 2, 0, EL2_ONLY),
	STATE(VBAR_EL2, 3, 4, 12, 0, 0, EL2_ONLY),
	STATE(TPIDR_EL2, 3, 4, 13, 0, 2, EL2_ONLY),
	STATE(VPIDR_EL2, 3, 4, 0, 0, 0, EL2_ONLY),
	STATE(VMPIDR_EL2, 3, 4, 0, 0, 5, EL2_ONLY),
	STATE(CONTEXTIDR_EL2, 3, 4, 13, 0, 1, EL2_ONLY),
	STATE(CNTVOFF_EL2, 3, 4, 14, 0, 3, EL2_ONLY),
	STATE(CNTHCTL_EL2, 3, 4, 14, 1, 0, EL2_ONLY),
	STATE(CNTHP_CTL_EL2, 3, 4, 14, 2, 1, EL2_ONLY),
	STATE(CNTHP_CVAL_EL2, 3, 4, 14, 2, 2, EL2_ONLY),
	STATE(CNTHV_CTL_EL2, 3, 4, 14, 3, 1, EL2_ONLY),
	STATE(CNTHV_CVAL_EL2, 3, 4, 14, 3, 2, EL2_ONLY),
};

/* Any encoding of the identification space */
static const struct a64_sysreg id_space = {
	.name = "ID", .reg = -1, EL1_RO, .trap = A64_TRAP_ID3, .read = read_id};

const struct a64_sysreg *a64_sysreg_find(uint16_t encoding)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (table[i].encoding == encoding) {
			return &table[i];
		}
	}
	if ((encoding & A64_SYS(3, 7, 15, 0, 0)) == A64_SYS(3, 0, 0, 0, 0)) {
		return &id_space;
	}
	return NULL;
}

/* ---- identification ------------------------------------------------------------------------------- */

static unsigned int pa_range(unsigned int bits)
{
	switch (bits) {
	case 32: return 0;
	case 36: return 1;
	case 40: return 2;
	case 42: return 3;
	case 44: return 4;
	default: return 5;
	}
}

uint64_t a64_id_register(const struct a64_cpu *cpu, uint16_t encoding)
{
	uint32_t f = cpu->space->config.features;

#define IF(feature, value) ((f & A64_FEAT_##feature) ? (uint64_t)(value) : 0)
	switch (encoding) {
	case A64_SYS(3, 0, 0, 0, 0): /* MIDR_EL1 */ return cpu->reg[A64_R_VPIDR_EL2];
	case A64_SYS(3, 0, 0, 0, 5): /* MPIDR_EL1 */ return cpu->reg[A64_R_VMPIDR_EL2];
	case A64_SYS(3, 0, 0, 4, 0): /* ID_AA64PFR0_EL1: EL0, EL1 in AArch64; CSV2, CSV3 */
		return 0x11 | 1ull << 56 | 1ull << 60;
	case A64_SYS(3, 0, 0, 4, 1): /* ID_AA64PFR1_EL1 */ return IF(NMI, 1ull << 36);
	case A64_SYS(3, 0, 0, 4, 2): /* ID_AA64PFR2_EL1 */ return IF(GICV5, 1u << 12);
	case A64_SYS(3, 0, 0, 5, 0): /* ID_AA64DFR0_EL1: v8 debug, two of each, no PMU */
		return 6 | 1u << 12 | 1u << 20;
	case A64_SYS(3, 0, 0, 6, 0): /* ID_AA64ISAR0_EL1 */
		return IF(CRC32, 1u << 16) | IF(LSE, 2u << 20) | IF(RDM, 1u << 28);
	case A64_SYS(3, 0, 0, 6, 1): /* ID_AA64ISAR1_EL1 */ return IF(RCPC, 1u << 20);
	case A64_SYS(3, 0, 0, 7, 0): /* ID_AA64MMFR0_EL1: 16-bit ASIDs, all granules */
		return pa_range(cpu->space->config.ipa_bits) | 2u << 4 | 1u << 20;
	case A64_SYS(3, 0, 0, 7, 1): /* ID_AA64MMFR1_EL1 */ return IF(AFDBM, 2) | IF(PAN, 1u << 20);
	case A64_SYS(3, 0, 0, 7, 2): /* ID_AA64MMFR2_EL1 */
		return IF(UAO, 1u << 4) | IF(IDST, 1ull << 36);
	case A64_SYS(3, 1, 0, 0, 1): /* CLIDR_EL1: split L1, unified L2; LoC 2, nothing to unify */
		return 0x02000023;
	case A64_SYS(3, 3, 0, 0, 1): /* CTR_EL0: lines of 64 bytes, PIPT */
		return 0x8444c004 | IF(COHERENT, 3u << 28);
	default: return 0;
	}
#undef IF
}

/* ---- traps ---------------------------------------------------------------------------------------- */

/* 0: none, 1: to EL1, 2: to EL2 */
unsigned int a64_sysreg_trap(const struct a64_cpu *cpu, const struct a64_sysreg *sr, bool read)
{
	uint64_t hcr = cpu->reg[A64_R_HCR_EL2], sctlr = cpu->reg[A64_R_SCTLR_EL1];
	uint64_t kctl = cpu->reg[A64_R_CNTKCTL_EL1], hctl = cpu->reg[A64_R_CNTHCTL_EL2];
	bool user = cpu->el == 0;

	switch (sr->trap) {
	case A64_TRAP_VM: return hcr >> (read ? 30 : 26) & 1 ? 2 : 0;
	case A64_TRAP_ACTLR: return hcr >> 21 & 1 ? 2 : 0;
	case A64_TRAP_CPACR: return cpu->reg[A64_R_CPTR_EL2] >> 31 & 1 ? 2 : 0;
	case A64_TRAP_ID1: return hcr >> 16 & 1 ? 2 : 0;
	case A64_TRAP_ID2: return hcr >> 17 & 1 ? 2 : 0;
	case A64_TRAP_ID3: return hcr >> 18 & 1 ? 2 : 0;
	case A64_TRAP_UMA: return user && !(sctlr >> 9 & 1) ? 1 : 0;
	case A64_TRAP_CTR: return user && !(sctlr >> 15 & 1) ? 1 : hcr >> 17 & 1 ? 2 : 0;
	case A64_TRAP_CNTFRQ: return user && !(kctl & 3) ? 1 : 0;
	case A64_TRAP_CNTVCT: return user && !(kctl & 2) ? 1 : 0;
	case A64_TRAP_CNTPCT: return user && !(kctl & 1) ? 1 : !(hctl & 1) ? 2 : 0;
	case A64_TRAP_CNTV: return user && !(kctl >> 8 & 1) ? 1 : 0;
	case A64_TRAP_CNTP: return user && !(kctl >> 9 & 1) ? 1 : !(hctl & 2) ? 2 : 0;
	case A64_TRAP_DEBUG: return cpu->reg[A64_R_MDCR_EL2] & 3u << 9 ? 2 : 0;
	case A64_TRAP_DCC: return user && (cpu->reg[A64_R_MDSCR_EL1] >> 12 & 1) ? 1 : 0;
	default: return 0;
	}
}

/* ---- reset ---------------------------------------------------------------------------------------- */

void a64_sysregs_reset(struct a64_cpu *cpu)
{
	static const uint64_t values[A64_REG_COUNT] = {
#define A64_REG(name, op0, op1, crn, crm, op2, reset) [A64_R_##name] = (reset),
#include "regs.def"
#undef A64_REG
	};

	memcpy(cpu->reg, values, sizeof(values));
	cpu->reg[A64_R_CNTFRQ_EL0] = cpu->space->config.counter_hz;
	cpu->reg[A64_R_VPIDR_EL2] = 0x000f0510; /* software, so that no kernel applies errata */
	cpu->reg[A64_R_VMPIDR_EL2] = cpu->mpidr | 1ull << 31;
}

const char *a64_reg_name(enum a64_reg reg)
{
	static const char *const names[A64_REG_COUNT] = {
#define A64_REG(name, ...) [A64_R_##name] = #name,
#include "regs.def"
#undef A64_REG
	};

	return (unsigned int)reg < A64_REG_COUNT ? names[reg] : NULL;
}

uint16_t a64_reg_encoding(enum a64_reg reg)
{
	static const uint16_t encodings[A64_REG_COUNT] = {
#define A64_REG(name, op0, op1, crn, crm, op2, reset) \
	[A64_R_##name] = A64_SYS(op0, op1, crn, crm, op2),
#include "regs.def"
#undef A64_REG
	};

	return (unsigned int)reg < A64_REG_COUNT ? encodings[reg] : 0;
}
