/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The A64 CPU engine: AArch64 processing elements that run guest code at EL1 and EL0.
 *
 * A space (struct a64_space) is what the PEs of one virtual machine share: the map of guest RAM, the
 * identification registers, the marks on pages that hold decoded code, the delivery of TLBI and IC
 * requests. A context (struct a64_cpu) is one vCPU: its registers and its caches. The engine knows no
 * interrupt controller, no firmware and no device: interrupt lines go in, callbacks go out.
 *
 * EL2 is native code of the user. What the architecture takes to EL2 is not taken inside: a64_run()
 * returns it as an exit that carries what ESR_EL2, FAR_EL2, HPFAR_EL2 and ELR_EL2 would hold. The EL2
 * registers that steer this (HCR_EL2, CNTVOFF_EL2, CNTHCTL_EL2, VMPIDR_EL2, ...) are set by
 * a64_set_reg(). Physical interrupts belong to EL2: a raised physical line ends a64_run(), masked or not.
 *
 * Threads. A context belongs to the thread that is inside its a64_run(); everything else on it is called
 * by its owner while it does not run, or from a callback made by that run. From any thread, at any time:
 * a64_set_line(), a64_kick(), a64_space_written(), a64_space_dma_read() and _dma_write(). Callbacks come
 * in the thread of a64_run(), between instructions or in the middle of the one that caused them, with no
 * lock held; they must not call a64_run() for the same context and not destroy anything.
 *
 * Two modes, chosen when the space is made:
 *   parallel  one thread per running context, exclusives and atomics by host atomics. A store exclusive
 *             fails if the value in memory has changed; a store of the same value by another PE may go
 *             unnoticed.
 *   stepped   all contexts are run by one thread, one after the other. Budgets, interrupts and timers are
 *             exact to the instruction, exclusives are exact, and runs from equal inputs are equal.
 *
 * Errors are negative VGIC5_E_x codes.
 */
#ifndef A64_CPU_H
#define A64_CPU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vgic5/errors.h>

struct a64_space;
struct a64_cpu;

/* ---- names of registers and encodings ------------------------------------------------------------- */

/* The 16-bit encoding of a system register or SYS instruction: bits 20:5 of the instruction word */
#define A64_SYS(op0, op1, crn, crm, op2) \
	((uint16_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2)))
#define A64_SYS_OP0(enc) ((enc) >> 14 & 3)
#define A64_SYS_OP1(enc) ((enc) >> 11 & 7)
#define A64_SYS_CRN(enc) ((enc) >> 7 & 15)
#define A64_SYS_CRM(enc) ((enc) >> 3 & 15)
#define A64_SYS_OP2(enc) ((enc)&7)

/* System registers that hold state: A64_R_SCTLR_EL1, ... (regs.def) */
enum a64_reg {
#define A64_REG(name, ...) A64_R_##name,
#include "regs.def"
#undef A64_REG
	A64_REG_COUNT
};

/** a64_reg_name() - "SCTLR_EL1" for A64_R_SCTLR_EL1; NULL beyond the list */
const char *a64_reg_name(enum a64_reg reg);

/** a64_reg_encoding() - A64_SYS() of a register; 0 beyond the list */
uint16_t a64_reg_encoding(enum a64_reg reg);

/* PSTATE in the layout of SPSR_ELx */
#define A64_PSTATE_SP         1u /* SPSel */
#define A64_PSTATE_EL_SHIFT   2
#define A64_PSTATE_EL(pstate) ((pstate) >> 2 & 3)
#define A64_PSTATE_MODE       0x1fu /* M[4:0]; bit 4 would be AArch32, which does not exist here */
#define A64_PSTATE_F          (1u << 6)
#define A64_PSTATE_I          (1u << 7)
#define A64_PSTATE_A          (1u << 8)
#define A64_PSTATE_D          (1u << 9)
#define A64_PSTATE_ALLINT     (1u << 13) /* with FEAT_NMI */
#define A64_PSTATE_IL         (1u << 20)
#define A64_PSTATE_SS         (1u << 21)
#define A64_PSTATE_PAN        (1u << 22)
#define A64_PSTATE_UAO        (1u << 23)
#define A64_PSTATE_V          (1u << 28)
#define A64_PSTATE_C          (1u << 29)
#define A64_PSTATE_Z          (1u << 30)
#define A64_PSTATE_N          (1u << 31)

/* ---- interrupt lines and timers ------------------------------------------------------------------- */

enum a64_line {
	A64_LINE_IRQ,  /* physical IRQ: leaves a64_run() */
	A64_LINE_FIQ,  /* physical FIQ: leaves a64_run() */
	A64_LINE_VIRQ, /* virtual IRQ, seen by the guest when HCR_EL2.IMO = 1 (or HCR_EL2.VI) */
	A64_LINE_VFIQ, /* virtual FIQ, when HCR_EL2.FMO = 1 */
	A64_LINE_VNMI, /* virtual IRQ with superpriority: ALLINT masks it if SCTLR_EL1.NMI = 1, else as VIRQ */
	A64_LINE_VSERR, /* virtual SError, when HCR_EL2.AMO = 1; syndrome in VSESR_EL2; taken once per rise */
	A64_LINE_COUNT
};

enum a64_timer { A64_CNTV, A64_CNTP, A64_CNTHP, A64_CNTHV, A64_TIMER_COUNT };

/* ---- callbacks ------------------------------------------------------------------------------------ */

enum a64_answer {
	A64_DONE,      /* performed; the value read, if any, is in place */
	A64_UNDEFINED, /* the instruction is UNDEFINED: the guest takes EC 0 at EL1 */
	A64_TRAP,      /* the instruction goes to EL2: exit A64_EXIT_SYSREG, EC 0x18 */
	A64_ABORT,     /* mmio only: synchronous external abort in the guest */
	A64_EXIT,      /* mmio only: leave with A64_EXIT_DATA_ABORT, as if there were no callback */
};

/* One access by MRS, MSR, SYS or SYSL that the engine does not own */
struct a64_sysreg_access {
	uint16_t encoding; /* A64_SYS() */
	uint8_t rt;        /* register field, 31 = XZR */
	bool read;         /* MRS or SYSL: store the result in *value */
	uint8_t el;        /* exception level of the instruction */
};

/* One access to an address with no guest RAM behind it */
struct a64_mmio {
	uint64_t ipa;
	uint8_t size; /* 1, 2, 4, 8 bytes, or 16 (value[1] is the upper half) */
	bool write;
	uint64_t value[2]; /* written, or to be filled in; zero-extended */
};

/*
 * Any member may be NULL; what happens then stands at each.
 */
struct a64_ops {
	/*
	 * System registers and SYS/SYSL instructions that are not in the engine's table: all of op0 = 1,
	 * CRn = 12 (GIC, GICR, GSB), and every op0 = 2, 3 encoding that the engine does not implement, at
	 * EL1 and EL0. NULL: UNDEFINED. The identification space (op0 = 3, op1 = 0, CRn = 0) is the
	 * engine's. A write's operand is in *value.
	 */
	enum a64_answer (*sysreg)(void *opaque, struct a64_cpu *cpu,
				  const struct a64_sysreg_access *access, uint64_t *value);

	/*
	 * Every load and store outside guest RAM, element by element: pairs, vectors and unaligned
	 * accesses come as several calls in address order. NULL, or A64_EXIT: the whole instruction
	 * becomes A64_EXIT_DATA_ABORT. Answers: DONE, ABORT, EXIT. EXIT is honoured at the first element
	 * only, later it is taken as ABORT.
	 */
	enum a64_answer (*mmio)(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access);

	/*
	 * The physical counter, CNTPCT_EL0. Must not run backwards. In stepped mode derive it from
	 * a64_instructions(). NULL: one tick per instruction of this context.
	 */
	uint64_t (*counter)(void *opaque, struct a64_cpu *cpu);

	/*
	 * Stepped mode: number of instructions until counter() reaches @count (0 = now, UINT64_MAX =
	 * never). With it timer outputs change at the exact instruction. NULL: one tick per instruction.
	 */
	uint64_t (*instructions_until)(void *opaque, struct a64_cpu *cpu, uint64_t count);

	/* A timer's output changed its level. CNTV and CNTP drive PPIs 27 and 30. */
	void (*timer)(void *opaque, struct a64_cpu *cpu, enum a64_timer timer, bool level);

	/* SEV was executed by @cpu: contexts in A64_EXIT_WFE may go on (their event register is set). */
	void (*event)(void *opaque, struct a64_cpu *cpu);

	/* Each instruction before it is executed, while a64_set_trace(cpu, true); slow, nothing when off */
	void (*trace)(void *opaque, struct a64_cpu *cpu, uint64_t pc, uint32_t insn);
};

/* ---- the space ------------------------------------------------------------------------------------ */

/* Optional features; what is not chosen is UNDEFINED and its ID field reads as absent */
#define A64_FEAT_GICV5    (1u << 0) /* ID_AA64PFR2_EL1.GCIE = 1 */
#define A64_FEAT_NMI      (1u << 1) /* ID_AA64PFR1_EL1.NMI = 1: ALLINT, SCTLR_EL1.NMI and SPINTMASK */
#define A64_FEAT_LSE      (1u << 2) /* LDADD, SWP, CAS, CASP, ... */
#define A64_FEAT_PAN      (1u << 3)
#define A64_FEAT_RCPC     (1u << 4) /* LDAPR */
#define A64_FEAT_RDM      (1u << 5) /* SQRDMLAH, SQRDMLSH */
#define A64_FEAT_CRC32    (1u << 6)
#define A64_FEAT_AFDBM    (1u << 7) /* hardware access flag and dirty state */
#define A64_FEAT_COHERENT (1u << 8) /* CTR_EL0.IDC = DIC = 1; the engine is coherent either way */
#define A64_FEAT_UAO      (1u << 9)
#define A64_FEAT_IDST     (1u << 10) /* EC 0x18 for ID registers at EL0 */
#define A64_FEAT_DEFAULT                                                               \
	(A64_FEAT_LSE | A64_FEAT_PAN | A64_FEAT_RCPC | A64_FEAT_RDM | A64_FEAT_CRC32 | \
	 A64_FEAT_AFDBM | A64_FEAT_COHERENT | A64_FEAT_UAO)

struct a64_space_config {
	bool stepped;               /* else parallel */
	uint32_t features;          /* A64_FEAT_x */
	uint8_t ipa_bits;           /* 32, 36, 40, 42, 44 or 48: ID_AA64MMFR0_EL1.PARange; 0 = 40 */
	uint64_t counter_hz;        /* CNTFRQ_EL0 after reset; 0 = 62,500,000 */
	uint32_t poll_instructions; /* parallel mode: timers are compared this often; 0 = 16384 */
	const struct a64_ops *ops;  /* kept by reference */
	void *opaque;               /* first argument of every callback */
};

/**
 * a64_space_create() - make the shared part of a virtual machine
 * @out: the new space
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if ipa_bits is not in the list, or ops is NULL
 *      -VGIC5_E_NOMEM
 */
int a64_space_create(const struct a64_space_config *config, struct a64_space **out);

/** a64_space_destroy() - free a space all of whose contexts have been destroyed; NULL is ignored */
void a64_space_destroy(struct a64_space *space);

/**
 * a64_space_map() - place guest RAM in the map that stands for stage 2
 * @ipa, @size: multiples of 4 KiB, below 2^ipa_bits
 * @host:       the memory, aligned to 4 KiB; stays the caller's and must outlive the space
 *
 * May be called while no context runs. At most 64 regions.
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if not aligned or of size 0
 *      -VGIC5_E_RANGE, if any part is above 2^ipa_bits
 *      -VGIC5_E_EXIST, if any part is mapped
 *      -VGIC5_E_NOSPC, if there are 64 regions
 *      -VGIC5_E_NOMEM
 */
int a64_space_map(struct a64_space *space, uint64_t ipa, uint64_t size, void *host);

/**
 * a64_space_ptr() - host address of guest RAM
 *
 * For reading, and for writing if the caller calls a64_space_written() afterwards. NULL if not all of
 * [ipa, ipa + len) is RAM of one region.
 */
void *a64_space_ptr(struct a64_space *space, uint64_t ipa, uint64_t len);

/**
 * a64_space_written() - somebody other than a PE has written to guest RAM (DMA, a debugger, the loader)
 *
 * Drops the decoded code of the pages in every context before its next instruction after it has seen
 * anything that the caller publishes afterwards. Any thread. What is not RAM is ignored.
 */
void a64_space_written(struct a64_space *space, uint64_t ipa, uint64_t len);

/**
 * a64_space_dma_read(), a64_space_dma_write() - copy from and to guest RAM, by any thread
 *
 * The write includes a64_space_written(). A range may cross regions that adjoin.
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_FAULT, if any part of the range is not RAM; nothing has been copied
 */
int a64_space_dma_read(struct a64_space *space, uint64_t ipa, void *to, uint64_t len);
int a64_space_dma_write(struct a64_space *space, uint64_t ipa, const void *from, uint64_t len);

/* ---- contexts ------------------------------------------------------------------------------------- */

/**
 * a64_cpu_create() - make a context of @space, in reset state, PC 0
 * @mpidr: what MPIDR_EL1 reads (VMPIDR_EL2 after reset); bit 31 is set by the engine
 * @user:  returned by a64_cpu_user()
 *
 * Called while no context of the space runs. At most 512 contexts.
 *
 * returns: 0, -VGIC5_E_NOMEM, or -VGIC5_E_NOSPC
 */
int a64_cpu_create(struct a64_space *space, uint64_t mpidr, void *user, struct a64_cpu **out);

/** a64_cpu_destroy() - the opposite, while no context of the space runs; NULL is ignored */
void a64_cpu_destroy(struct a64_cpu *cpu);

void *a64_cpu_user(const struct a64_cpu *cpu);
struct a64_space *a64_cpu_space(const struct a64_cpu *cpu);

/**
 * a64_reset() - architectural reset of the highest level that runs here, EL1h, all masked
 * @pc, @x0: where to start and with what, as PSCI CPU_ON gives them; other X registers are 0
 *
 * EL2 registers are reset too, with HCR_EL2 = RW alone: set IMO, FMO, AMO, TSC and what else is wanted
 * afterwards. Lines keep their levels. Caches are dropped.
 */
void a64_reset(struct a64_cpu *cpu, uint64_t pc, uint64_t x0);

/* ---- running -------------------------------------------------------------------------------------- */

enum a64_exit_reason {
	A64_EXIT_BUDGET, /* max_instructions have been executed */
	A64_EXIT_KICK,   /* a64_kick() */
	A64_EXIT_IRQ,    /* A64_LINE_IRQ is raised */
	A64_EXIT_FIQ,    /* A64_LINE_FIQ is raised */
	A64_EXIT_WFI, /* WFI with nothing to wake it; PC is behind it. HCR_EL2.TWI = 1: see esr */
	A64_EXIT_WFE, /* WFE with the event register clear; as WFI, and see below */
	A64_EXIT_HVC, /* EC 0x16; pc is behind the HVC */
	A64_EXIT_SMC, /* EC 0x17 (HCR_EL2.TSC = 1); pc is at the SMC: a64_skip() to go on */
	A64_EXIT_SYSREG, /* EC 0x18, pc is at the instruction; complete with a64_complete() */
	A64_EXIT_DATA_ABORT, /* EC 0x24: no RAM at this address; complete with a64_complete() or inject */
	A64_EXIT_INSN_ABORT, /* EC 0x20: instruction fetch outside RAM */
	A64_EXIT_OTHER,      /* any other exception to EL2: EC in esr */
};

/*
 * WFE: a PE may be waiting for another to clear its exclusive monitor, which stores do not announce
 * here. So a context that left with A64_EXIT_WFE should be run again soon, with or without an event.
 */

struct a64_exit {
	enum a64_exit_reason reason;
	uint64_t
		esr; /* ESR_EL2: EC, IL, ISS; 0 for BUDGET, KICK, IRQ, FIQ, and WFI, WFE without trap */
	uint64_t far;          /* FAR_EL2 of aborts */
	uint64_t hpfar;        /* HPFAR_EL2 of stage-2 aborts: IPA[47:12] in bits 39:4 */
	uint64_t pc;           /* preferred return address; equals the context's PC */
	uint64_t ipa;          /* full intermediate physical address of stage-2 aborts */
	uint64_t instructions; /* executed by this a64_run() */

	/* A64_EXIT_SYSREG: the access; DATA_ABORT with isv: size, sign extension, register, direction */
	uint16_t encoding;
	uint8_t rt;
	bool read; /* SYSREG: MRS or SYSL; DATA_ABORT: a load */
	bool isv;  /* DATA_ABORT: the members here are valid (ESR.ISV) */
	uint8_t size;
	bool sign_extend;
	bool sixty_four; /* the destination is an X register */
	uint64_t value;  /* operand of MSR and SYS, or data of the store */
};

/**
 * a64_run() - execute
 * @max_instructions: stop after so many; exact in stepped mode, in parallel mode too unless it is
 *                    UINT64_MAX. 0 serves queued requests and returns A64_EXIT_BUDGET (or an interrupt).
 *
 * Everything is left between two instructions: the one that caused an exit has had no effect, except
 * HVC, WFI and WFE, which are complete unless trapped by HCR_EL2.
 */
void a64_run(struct a64_cpu *cpu, uint64_t max_instructions, struct a64_exit *exit);

/** a64_complete() - finish the instruction of an A64_EXIT_SYSREG, or A64_EXIT_DATA_ABORT with isv
 *
 * Writes @value to the destination if it was a read (extended as the load says; ignored otherwise), and
 * advances PC.
 */
void a64_complete(struct a64_cpu *cpu, const struct a64_exit *exit, uint64_t value);

/** a64_skip() - advance PC over the current instruction */
void a64_skip(struct a64_cpu *cpu);

/** a64_inject_undefined() - the instruction at PC is UNDEFINED: enter EL1 with EC 0 */
void a64_inject_undefined(struct a64_cpu *cpu);

/** a64_inject_abort() - answer a stage-2 abort exit with a synchronous external abort at EL1 */
void a64_inject_abort(struct a64_cpu *cpu, const struct a64_exit *exit);

/** a64_kick() - make a64_run() return A64_EXIT_KICK at the next block boundary, or at once when it is
 *  next called. Any thread. A kick is not lost, several before a return count once. */
void a64_kick(struct a64_cpu *cpu);

/** a64_set_line() - level of an interrupt line. Any thread; seen at the next block boundary */
void a64_set_line(struct a64_cpu *cpu, enum a64_line line, bool level);
bool a64_line(const struct a64_cpu *cpu, enum a64_line line);

/** a64_wakes() - whether an interrupt is pending that ends WFI, masked by PSTATE or not */
bool a64_wakes(const struct a64_cpu *cpu);

/** a64_instructions() - executed since creation; in a callback, without the current one. Not reset. */
uint64_t a64_instructions(const struct a64_cpu *cpu);

/** a64_set_trace() - switch ops->trace on or off for one context, between runs */
void a64_set_trace(struct a64_cpu *cpu, bool on);

/* ---- timers --------------------------------------------------------------------------------------- */

/**
 * a64_timer_deadline() - physical count at which the first enabled and unmasked timer will fire
 *
 * UINT64_MAX if none is armed. One that has fired does not count, its output is up.
 */
uint64_t a64_timer_deadline(const struct a64_cpu *cpu);

/** a64_timer_update() - compare the timers with the counter now and report level changes; a64_run() does
 *  this when it starts, so this is for contexts that wait */
void a64_timer_update(struct a64_cpu *cpu);

bool a64_timer_level(const struct a64_cpu *cpu, enum a64_timer timer);

/* ---- state ---------------------------------------------------------------------------------------- */

/* All architectural state of a context; caches and line levels are not part of it */
struct a64_state {
	uint64_t x[31];
	uint64_t sp[3]; /* SP_EL0, SP_EL1, SP_EL2 */
	uint64_t pc;
	uint64_t pstate; /* SPSR layout */
	uint64_t v[32][2];
	uint64_t fpcr;
	uint64_t fpsr;
	uint64_t event;        /* event register of WFE: 0 or 1 */
	uint64_t instructions; /* a64_instructions() */
	/* Exclusive monitor: address and size of the last load exclusive, 0 = open, and what it read */
	uint64_t monitor_ipa;
	uint64_t monitor_size;
	uint64_t monitor_value[2];
	uint64_t reg[A64_REG_COUNT];
};

/** a64_get_state() - between runs, or in a callback (then as of before the current instruction) */
void a64_get_state(const struct a64_cpu *cpu, struct a64_state *state);

/**
 * a64_drop_caches() - between runs: forget translations and decoded code
 *
 * What a guest can observe of translation caches is when the access flag of a descriptor is set again.
 * Where a saved run and the restored one must go on alike, the saved one drops its caches as well.
 */
void a64_drop_caches(struct a64_cpu *cpu);

/**
 * a64_set_state() - between runs; drops all caches
 *
 * A monitor on what is not RAM, or of a size that no load exclusive has, is taken as open.
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if pstate is not EL0t, EL1t or EL1h of AArch64; nothing has changed
 */
int a64_set_state(struct a64_cpu *cpu, const struct a64_state *state);

/* Single registers, between runs or in callbacks. X31 is the stack pointer in use. */
uint64_t a64_x(const struct a64_cpu *cpu, unsigned int n);
void a64_set_x(struct a64_cpu *cpu, unsigned int n, uint64_t value);
uint64_t a64_pc(const struct a64_cpu *cpu);
void a64_set_pc(struct a64_cpu *cpu, uint64_t pc);
uint64_t a64_pstate(const struct a64_cpu *cpu);
int a64_set_pstate(struct a64_cpu *cpu, uint64_t pstate); /* -VGIC5_E_INVAL as a64_set_state() */
uint64_t a64_reg(const struct a64_cpu *cpu, enum a64_reg reg);
void a64_set_reg(struct a64_cpu *cpu, enum a64_reg reg, uint64_t value);

/**
 * a64_sysreg_read(), a64_sysreg_write() - a register by encoding, as an MRS or MSR at EL1 would see it,
 * without traps to EL2; includes identification registers and the EL2 registers of regs.def
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_NOENT, if the engine has no such register (the callback is not asked)
 *      -VGIC5_E_INVAL, if it cannot be written, or read
 */
int a64_sysreg_read(struct a64_cpu *cpu, uint16_t encoding, uint64_t *value);
int a64_sysreg_write(struct a64_cpu *cpu, uint16_t encoding, uint64_t value);

/**
 * a64_translate() - virtual to intermediate physical address, as a load of the given level would
 *
 * returns: 0, or -VGIC5_E_FAULT if there is no translation. Has no side effect.
 */
int a64_translate(struct a64_cpu *cpu, uint64_t va, uint64_t *ipa);

/* What the engine has done, for bench and tests; counts since creation */
struct a64_stats {
	uint64_t blocks_decoded;
	uint64_t blocks_dropped;
	uint64_t block_lookups; /* block entries that no link or branch cache answered */
	uint64_t tlb_fills;
	uint64_t tlb_flushes;
	uint64_t exceptions; /* taken to EL1 */
	uint64_t exits;
};
void a64_get_stats(const struct a64_cpu *cpu, struct a64_stats *stats);

#endif
