/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Inside of the A64 engine: the context, the decoded operation, and how an instruction class plugs in.
 *
 * An instruction is decoded once into a struct a64_op: a handler and its operands. The operations of a
 * block lie one behind the other; a handler does its work and calls the next one's handler as its last
 * act (a sibling call, so the stack does not grow). Adding a class of instructions means
 *   - a decode function that fills in fn, rd, rn, rm, ra, aux and imm and returns true, or false for
 *     what is unallocated (the engine then makes the operation UNDEFINED);
 *   - handlers, written with A64_HANDLER() and ended by A64_NEXT(). A handler has no frame of its own
 *     to speak of: no local whose address escapes, no array. What needs that goes into a function that
 *     the handler calls (A64_NOINLINE) before A64_NEXT().
 * A handler runs when nothing can fault or trap any more, except those that use the helpers below:
 * operations on registers never look at PC, budget or events.
 */
#ifndef A64_INTERNAL_H
#define A64_INTERNAL_H

#include <stdatomic.h>
#include <string.h>

#include "cpu.h"

#define A64_LIKELY(x)   __builtin_expect(!!(x), 1)
#define A64_UNLIKELY(x) __builtin_expect(!!(x), 0)
#define A64_NOINLINE    __attribute__((noinline))
#define A64_COLD        __attribute__((noinline, cold))

/* ---- operations ----------------------------------------------------------------------------------- */

struct a64_op;
typedef const struct a64_op *a64_handler(struct a64_cpu *cpu, const struct a64_op *op);

/*
 * Register numbers in an operation are slots of a64_cpu.x[], which resolve register 31 at decode time:
 * slot 31 is the stack pointer, A64_SLOT_ZERO reads as zero and is never written, A64_SLOT_DISCARD
 * swallows writes. V registers are plain numbers.
 */
#define A64_SLOT_SP      31
#define A64_SLOT_ZERO    32
#define A64_SLOT_DISCARD 33
#define A64_SLOTS        34

struct a64_op {
	a64_handler *fn;
	uint8_t rd, rn, rm, ra; /* slots of x[], or V registers */
	uint8_t off;            /* index of the instruction in its block; set by the engine */
	uint8_t aux8;           /* free use of the class */
	uint16_t aux;           /* free use of the class */
	uint64_t imm;           /* free use of the class */
};
_Static_assert(sizeof(struct a64_op) == 24, "operations are dense");

static inline uint8_t a64_slot_read(unsigned int r) /* Xn or XZR as a source */
{
	return r == 31 ? A64_SLOT_ZERO : (uint8_t)r;
}

static inline uint8_t a64_slot_write(unsigned int r) /* Xd or XZR as a destination */
{
	return r == 31 ? A64_SLOT_DISCARD : (uint8_t)r;
}

static inline uint32_t a64_bits(uint32_t insn, unsigned int low, unsigned int width)
{
	return insn >> low & ((1u << width) - 1);
}

/*
 * Sibling calls need an optimising compiler and no sanitizer. Elsewhere each handler returns the next
 * operation to a loop: same handlers, slower, the stack does not grow either.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
	__has_feature(memory_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define A64_LOOP_DISPATCH 1
#endif
#endif
#if !defined(__OPTIMIZE__) || defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define A64_LOOP_DISPATCH 1
#endif
#ifndef A64_LOOP_DISPATCH
#define A64_LOOP_DISPATCH 0
#endif

#if defined(__clang__) && !A64_LOOP_DISPATCH
#define A64_TAIL __attribute__((musttail))
#else
#define A64_TAIL
#endif

#define A64_HANDLER(name) const struct a64_op *name(struct a64_cpu *cpu, const struct a64_op *op)
#if A64_LOOP_DISPATCH
#define A64_GOTO(cpu, next) return (next)
#else
#define A64_GOTO(cpu, next) A64_TAIL return (next)->fn((cpu), (next))
#endif
#define A64_NEXT(cpu, op) A64_GOTO(cpu, &(op)[1])

/* What decoding depends on besides the instruction word */
struct a64_decode {
	uint32_t features; /* A64_FEAT_x */
	uint8_t el;
	bool fp_enabled; /* checked by the engine before it calls the FP class */
	bool sp_el0;     /* PSTATE.SP = 0 */
};

/*
 * Decoder of data processing with FP and AdvSIMD operands: all words with bits 28:25 = x111. Belongs to
 * the FP class (fp_decode.c). Loads and stores of V registers are the engine's.
 */
bool a64_decode_fpsimd(uint32_t insn, const struct a64_decode *how, struct a64_op *op);

/* ---- memory: software TLB ------------------------------------------------------------------------- */

#define A64_PAGE_SHIFT 12
#define A64_PAGE_SIZE  4096ull
#define A64_PAGE_MASK  (A64_PAGE_SIZE - 1)

#define A64_TLB_BITS 9
#define A64_TLB_SIZE (1u << A64_TLB_BITS)
#define A64_TLB_NONE UINT64_MAX /* a tag that no access matches */

/*
 * One 4 KiB page. A tag is the page's virtual address if accesses of that kind may go straight to host
 * memory, else A64_TLB_NONE or the address with A64_TLB_SLOW set: there is a translation, but the access
 * needs the slow path.
 */
struct a64_tlb_entry {
	uint64_t rtag;
	uint64_t wtag;
	uintptr_t addend; /* host address = virtual address + addend */
	uint64_t info;    /* physical page and A64_TLBI_x */
};
#define A64_TLB_SLOW    1u     /* in a tag */
#define A64_TLBI_LEAF   0x3fu  /* in info: log2 of the size of the leaf that it comes from */
#define A64_TLBI_NG     0x40u  /* not global */
#define A64_TLBI_DEVICE 0x80u  /* no unaligned accesses */
#define A64_TLBI_NO_RAM 0x100u /* MMIO: addend is meaningless */

struct a64_tlb {
	struct a64_tlb_entry e[A64_TLB_SIZE];
	bool has_ng;
	bool has_large;
	/* Of the EL0 banks: whose they are, and when they were chosen last */
	uint64_t space_id; /* ASID and TTBR0_EL1 */
	uint64_t last_used;
};

/* ---- the context ---------------------------------------------------------------------------------- */

struct a64_vreg {
	uint64_t lo, hi;
} __attribute__((aligned(16)));

/* a64_cpu.attention: reasons to leave the chain of blocks */
#define A64_ATT_LINES   (1u << 0) /* an interrupt line has changed */
#define A64_ATT_KICK    (1u << 1) /* a64_kick() */
#define A64_ATT_REQUEST (1u << 2) /* the request queue is not empty */
#define A64_ATT_RECHECK (1u << 3) /* masks have changed: look at the lines again */

#define A64_JUMP_BITS 12
#define A64_JUMP_SIZE (1u << A64_JUMP_BITS)

#define A64_CTX_NONE UINT64_MAX /* no context: no link and no cached branch has it */

struct a64_jump { /* indirect branch cache: virtual address and code context to operations */
	uint64_t va;
	uint64_t ctx;
	const struct a64_op *ops;
};

/*
 * Translations that code was fetched through, per half of the address space and, below, per address
 * space. The generation changes when a TLBI may hit one of them.
 */
struct a64_code_map {
	uint64_t gen;
	uint64_t large_low, large_high; /* range of those from leaves above 4 KiB */
	uint64_t pages[16];             /* set of hashes of page numbers */
};

#define A64_USER_BANKS 8 /* EL0 TLBs kept for address spaces that are switched away */

struct a64_blocks;
struct a64_link;
struct a64_requests;

struct a64_cpu {
	/* Hot: used by most handlers */
	uint64_t x[A64_SLOTS];
	uint64_t nf, zf; /* N = bit 63 of nf; Z = (zf == 0) */
	uint64_t cf;     /* 0 or 1 */
	uint64_t vf;     /* V = bit 63 */
	uint64_t pc;     /* of the current block's first instruction; between blocks, the PC */
	int64_t left;    /* instructions to go, less A64_MAX_BLOCK */
	_Atomic uint32_t attention;
	uint32_t state;                /* A64_STATE_x: what blocks depend on */
	struct a64_link *pending_link; /* left through it: to be set to the block found next */
	uint64_t ctx[2];     /* code context of the lower and the upper half of virtual addresses */
	struct a64_tlb *tlb; /* of the current EL, PAN and ASID */
	struct a64_tlb *utlb; /* what LDTR and STTR use */

	struct a64_vreg v[32];
	uint32_t fpcr;
	uint32_t fpsr; /* QC and cumulative flags; the FP class ORs into it */

	/* Operands of slow loads and stores: handlers must not have locals whose address escapes */
	uint64_t buf[8];
	bool code_written; /* the last store hit decoded code: leave the block (rule T13) */

	/* Exclusive monitor: host address, 0 = open */
	uintptr_t ex_host;
	uint64_t ex_val[2];
	uint8_t ex_size;

	/* PSTATE apart from NZCV */
	uint8_t el;
	uint8_t spsel;
	uint32_t daif; /* PSTATE bits 9:6 in place, and ALLINT */
	bool pan, uao, ss, il;
	_Atomic bool event; /* WFE */

	uint64_t sp_el[3]; /* banked; the one in use is x[31] */
	uint64_t reg[A64_REG_COUNT];

	/* Instruction counting: retired = retired_end - left; in a handler + cur_off */
	uint64_t retired_end;
	uint32_t cur_off;
	uint64_t run_end; /* retired count at which a64_run() returns */

	/* Cold */
	struct a64_space *space;
	void *user;
	uint32_t index; /* in the space */
	uint64_t mpidr;
	_Atomic uint32_t lines;
	_Atomic uint32_t running; /* a64_run() is between callbacks */
	unsigned int callouts;    /* depth of callbacks */
	uint32_t was_running;     /* before the outermost of them */
	bool trace;
	bool tlbi_issued; /* a broadcast that no DSB has waited for yet */
	bool leave;       /* an exit is in *exit */
	struct a64_exit *exit;
	uint32_t timer_levels;
	struct a64_stats stats;

	struct a64_requests *requests;
	struct a64_blocks *blocks;
	struct a64_tlb *tlb_el1;  /* [0] without, [1] with PAN */
	struct a64_tlb *tlb_user; /* A64_USER_BANKS, and one that is always empty */
	unsigned int bank; /* the one of the current address space; A64_USER_BANKS: not chosen */
	uint64_t bank_clock;
	struct a64_code_map code_high;
	struct a64_code_map code_low[A64_USER_BANKS];
	uint64_t next_gen;
	struct a64_jump jump[A64_JUMP_SIZE];
};

/* Flags as NZCV in bits 3:0 */
static inline uint32_t a64_get_nzcv(const struct a64_cpu *cpu)
{
	return (uint32_t)(cpu->nf >> 63 << 3) | (uint32_t)(cpu->zf == 0) << 2 |
	       (uint32_t)cpu->cf << 1 | (uint32_t)(cpu->vf >> 63);
}

static inline void a64_set_nzcv(struct a64_cpu *cpu, uint32_t nzcv)
{
	cpu->nf = (uint64_t)nzcv >> 3 << 63;
	cpu->zf = !(nzcv & 4);
	cpu->cf = nzcv >> 1 & 1;
	cpu->vf = (uint64_t)nzcv << 63;
}

/* Condition codes of the architecture, 0 (EQ) to 15 (always) */
static inline bool a64_condition(const struct a64_cpu *cpu, unsigned int cond)
{
	bool result;

	switch (cond >> 1) {
	case 0: result = cpu->zf == 0; break;
	case 1: result = cpu->cf; break;
	case 2: result = cpu->nf >> 63; break;
	case 3: result = cpu->vf >> 63; break;
	case 4: result = cpu->cf && cpu->zf != 0; break;
	case 5: result = (int64_t)(cpu->nf ^ cpu->vf) >= 0; break;
	case 6: result = (int64_t)(cpu->nf ^ cpu->vf) >= 0 && cpu->zf != 0; break;
	default: return true;
	}
	return result != (cond & 1);
}

#endif
