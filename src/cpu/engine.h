/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the engine offer each other, file by file. Instruction classes need internal.h and,
 * of this header, the parts "access" and "exceptions".
 */
#ifndef A64_ENGINE_H
#define A64_ENGINE_H

#include "internal.h"

/* ---- space.c: memory map, marks, requests between contexts ---------------------------------------- */

#define A64_REGIONS_MAX 64
#define A64_CPUS_MAX    512

/* Marks on a guest page; set and cleared by atomic operations */
#define A64_MARK_CODE 1u /* some context may have decoded instructions of it */
#define A64_MARK_MONITOR \
	2u /* stepped mode: an exclusive monitor of a context that is not running */

struct a64_region {
	uint64_t ipa, size;
	uint8_t *host;
	_Atomic uint8_t *marks; /* one per page */
};

struct a64_space {
	struct a64_space_config config;
	struct a64_region region[A64_REGIONS_MAX]; /* sorted by ipa */
	unsigned int regions;
	struct a64_cpu *cpu[A64_CPUS_MAX];
	unsigned int cpus;    /* slots in use, holes are NULL */
	struct a64_cpu *last; /* stepped mode: who ran last */
};

/* The region of one address, or NULL */
const struct a64_region *a64_region_find(const struct a64_space *space, uint64_t ipa);

/* Host address of the page of @ipa; NULL if it is not RAM. @mark: its mark, may be NULL */
uint8_t *a64_page_host(const struct a64_space *space, uint64_t ipa, _Atomic uint8_t **mark);

enum a64_request_kind {
	A64_RQ_TLBI_ALL,
	A64_RQ_TLBI_ASID,
	A64_RQ_TLBI_VA,     /* one ASID and the global entries */
	A64_RQ_TLBI_VA_ALL, /* every ASID */
	A64_RQ_CODE_DROP,   /* page was written: decoded code is stale */
	A64_RQ_CODE_DROP_ALL,
	A64_RQ_CODE_NEW, /* page has become code: stop storing to it unnoticed */
};

struct a64_request {
	enum a64_request_kind kind;
	uint16_t asid;
	uint64_t address; /* virtual, or of the page */
};

int a64_requests_create(struct a64_cpu *cpu);
void a64_requests_destroy(struct a64_cpu *cpu);

/* Queue a request to every context of the space but @from (NULL: to all) */
void a64_broadcast(struct a64_space *space, const struct a64_cpu *from,
		   const struct a64_request *request);

/* Serve what has been queued to @cpu */
void a64_serve_requests(struct a64_cpu *cpu);

/* DSB after a broadcast: wait until every running context has served what was queued */
void a64_wait_broadcast(struct a64_cpu *cpu);

/* After a store by @cpu (NULL: not a PE) to a page with marks. Whether it held code of @cpu's own */
bool a64_marked_page_written(struct a64_space *space, struct a64_cpu *cpu, uint64_t ipa,
			     uint64_t len, _Atomic uint8_t *mark);

/* Callbacks: the context counts as stopped while the user's code runs */
void a64_callback_enter(struct a64_cpu *cpu);
void a64_callback_leave(struct a64_cpu *cpu);

/* ---- tlb.c ---------------------------------------------------------------------------------------- */

int a64_tlb_create(struct a64_cpu *cpu);
void a64_tlb_destroy(struct a64_cpu *cpu);
void a64_tlb_flush_all(struct a64_cpu *cpu);
void a64_tlb_flush_asid(struct a64_cpu *cpu, uint16_t asid);
void a64_tlb_flush_va(struct a64_cpu *cpu, uint64_t va, bool all_asids, uint16_t asid);

/* No entry may store to @page without the slow path. Whether one could */
bool a64_tlb_protect_page(struct a64_cpu *cpu, uint64_t page);

/* TTBR0, TTBR1, TCR or SCTLR has changed */
void a64_tlb_regime_changed(struct a64_cpu *cpu, bool flush);

/* The EL0 bank of the current address space is needed now */
void a64_tlb_select_bank(struct a64_cpu *cpu);

/* Recompute tlb, utlb, state and ctx from PSTATE and the registers */
void a64_update_context(struct a64_cpu *cpu);

/* Code was fetched through this translation: TLBI of it must change the code generation */
void a64_tlb_note_code(struct a64_cpu *cpu, uint64_t va, unsigned int leaf_bits);

/* All code contexts become new: no link and no cached branch is valid any more */
void a64_renew_code_contexts(struct a64_cpu *cpu);

static inline struct a64_tlb_entry *a64_tlb_slot(struct a64_tlb *tlb, uint64_t va)
{
	return &tlb->e[va >> A64_PAGE_SHIFT & (A64_TLB_SIZE - 1)];
}

/* ---- mmu.c ---------------------------------------------------------------------------------------- */

enum a64_access_kind { A64_READ, A64_WRITE, A64_FETCH };

/* How an access is made and by whom */
struct a64_walk {
	uint64_t va;
	enum a64_access_kind kind;
	uint8_t el; /* privilege of the access: LDTR has 0 */
	bool pan;
	bool at;        /* AT instruction or debugger: no side effect on memory */
	bool for_cache; /* DC, IC: write faults report CM */
};

struct a64_translation {
	uint64_t ipa;  /* of the byte addressed */
	uint64_t attr; /* MAIR attribute byte */
	uint8_t sh;
	uint8_t leaf_bits; /* log2 of the leaf's size, at most 30+ */
	bool ng;
	bool readable, writable; /* by this EL, now */
	bool device;
	/* on a fault */
	uint8_t fault; /* FSC, 0 = none */
	bool stage2;   /* the walk itself left RAM: S1PTW; table_ipa */
	uint64_t table_ipa;
};

/* Translate; false on a fault with fault filled in. Does not look at RAM behind the result */
bool a64_walk(struct a64_cpu *cpu, const struct a64_walk *how, struct a64_translation *out);
bool a64_mmu_on(const struct a64_cpu *cpu);

/* AT: result to PAR_EL1. @pan: AT S1E1RP, WP */
void a64_address_translate(struct a64_cpu *cpu, uint64_t va, uint8_t el, bool write, bool pan);

#define A64_FSC_ADDRESS_SIZE  0x00 /* walk: level 0 is 0x40, as 0 means none */
#define A64_FSC_TRANSLATION   0x04
#define A64_FSC_ACCESS        0x08
#define A64_FSC_PERMISSION    0x0c
#define A64_FSC_EXTERNAL      0x10
#define A64_FSC_EXTERNAL_WALK 0x14
#define A64_FSC_ALIGNMENT     0x21

/* ---- access.c: slow path of loads and stores ------------------------------------------------------ */

#define A64_ACC_UNPRIV 1u /* as EL0 (LDTR, STTR) */
#define A64_ACC_ALIGNED \
	2u /* alignment fault unless aligned to the whole access (exclusive, atomic) */
#define A64_ACC_ORDERED 4u  /* acquire or release: aligned to the element */
#define A64_ACC_CACHE   8u  /* DC: ISS.CM */
#define A64_ACC_WRITE   16u /* for a64_probe */
#define A64_ACC_ATOMIC  32u /* atomic or exclusive: not to MMIO */

/*
 * Load or store @count elements of @size bytes, to or from cpu->buf (a single element is zero-extended to
 * 64 bits there). All of it is translated before any byte moves. False: an exception or an exit has been
 * taken and the handler must return NULL. At most 64 bytes.
 */
bool a64_load(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int size,
	      unsigned int count, unsigned int flags);
bool a64_store(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int size,
	       unsigned int count, unsigned int flags);

/* DC and IC by address: the translation must exist, with write permission for those that discard */
bool a64_cache_maintenance(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, bool write);

/* DC ZVA: 64 bytes around @va */
bool a64_zero_block(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va);

/*
 * Host address of @len aligned bytes of RAM for an atomic operation. NULL as false above. With
 * A64_ACC_WRITE the caller calls a64_stored() after its store.
 */
void *a64_probe(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int len,
		unsigned int flags);
void a64_stored(struct a64_cpu *cpu, uint64_t va, unsigned int len, unsigned int flags);

/* End of a handler that may have called out: go on, or leave the block after this instruction */
const struct a64_op *a64_finish(struct a64_cpu *cpu, const struct a64_op *op);

/* End of a handler that changes what decoding or translation depend on: always leaves */
const struct a64_op *a64_finish_leave(struct a64_cpu *cpu, const struct a64_op *op);

/* ---- exception.c ---------------------------------------------------------------------------------- */

#define A64_EC_UNKNOWN      0x00
#define A64_EC_WFX          0x01
#define A64_EC_FP_TRAP      0x07
#define A64_EC_ILLEGAL      0x0e
#define A64_EC_SVC          0x15
#define A64_EC_HVC          0x16
#define A64_EC_SMC          0x17
#define A64_EC_SYSREG       0x18
#define A64_EC_IABORT_LOWER 0x20
#define A64_EC_IABORT_SAME  0x21
#define A64_EC_PC_ALIGN     0x22
#define A64_EC_DABORT_LOWER 0x24
#define A64_EC_DABORT_SAME  0x25
#define A64_EC_SP_ALIGN     0x26
#define A64_EC_SERROR       0x2f
#define A64_EC_STEP_LOWER   0x32
#define A64_EC_BRK          0x3c

#define A64_ESR_IL       (1u << 25)
#define A64_ESR(ec, iss) ((uint64_t)(ec) << 26 | A64_ESR_IL | (iss))

/* The instruction of @op does not complete: enter EL1 (or leave, with HCR_EL2.TGE). Returns NULL */
const struct a64_op *a64_raise(struct a64_cpu *cpu, const struct a64_op *op, uint64_t esr);
const struct a64_op *a64_raise_far(struct a64_cpu *cpu, const struct a64_op *op, uint64_t esr,
				   uint64_t far);
const struct a64_op *a64_undefined(struct a64_cpu *cpu, const struct a64_op *op);

/* Exception at cpu->pc, between blocks. @vector: 0 sync, 0x80 IRQ, 0x100 FIQ, 0x180 SError */
void a64_enter_el1(struct a64_cpu *cpu, unsigned int vector, uint64_t return_pc);
void a64_take_sync(struct a64_cpu *cpu, uint64_t esr, uint64_t return_pc);

/* Leave a64_run() at the instruction of @op without its effect (@done: after it). Returns NULL */
const struct a64_op *a64_leave(struct a64_cpu *cpu, const struct a64_op *op,
			       enum a64_exit_reason reason, uint64_t esr, bool done);

/* Instruction abort at cpu->pc */
void a64_fetch_abort(struct a64_cpu *cpu, const struct a64_translation *t);

/* Return from exception: PC and PSTATE from ELR, SPSR, with the illegal cases */
void a64_exception_return(struct a64_cpu *cpu);

/* The only writers of PSTATE as a whole */
uint64_t a64_get_pstate(const struct a64_cpu *cpu);
void a64_put_pstate(struct a64_cpu *cpu, uint64_t pstate);
bool a64_pstate_legal(const struct a64_cpu *cpu, uint64_t pstate);

/* Look at the lines; whether something was taken or an exit prepared */
bool a64_take_interrupts(struct a64_cpu *cpu);

static inline uint64_t a64_op_pc(const struct a64_cpu *cpu, const struct a64_op *op)
{
	return cpu->pc + 4u * op->off;
}

/* ---- block.c -------------------------------------------------------------------------------------- */

#define A64_MAX_BLOCK 64 /* instructions */

#define A64_STATE_EL     3u
#define A64_STATE_NO_FP  4u
#define A64_STATE_SP_EL0 8u

struct a64_block {
	uint16_t insns;
	uint16_t spare[11];
	struct a64_op op[];
};
_Static_assert(sizeof(struct a64_block) == sizeof(struct a64_op), "a header takes one slot");

/* Behind the last operation of a block: where it goes. ctx: code context in which it is valid */
struct a64_link {
	const struct a64_op *to;
	uint64_t ctx;
	int64_t delta; /* target relative to the block's first instruction */
};
_Static_assert(sizeof(struct a64_link) == sizeof(struct a64_op), "a link takes one slot");

static inline struct a64_jump *a64_jump_slot(struct a64_cpu *cpu, uint64_t va)
{
	return &cpu->jump[(va >> 2 ^ va >> 13) & (A64_JUMP_SIZE - 1)];
}

int a64_blocks_create(struct a64_cpu *cpu);
void a64_blocks_destroy(struct a64_cpu *cpu);
void a64_blocks_flush(struct a64_cpu *cpu);

/* Drop what was decoded from a physical page. Whether there was anything */
bool a64_blocks_drop_page(struct a64_cpu *cpu, uint64_t page);

/* The block at cpu->pc; at most @max instructions if it is not a cached one. NULL: a fault was taken */
const struct a64_op *a64_block_find(struct a64_cpu *cpu, uint64_t max);

/* The instruction word at a virtual address that is being executed, for syndromes; 0 if it is gone */
uint32_t a64_fetch_word(struct a64_cpu *cpu, uint64_t va);

/* ---- decode.c, and one decoder per class ---------------------------------------------------------- */

/*
 * Decode one instruction, or a fused pair when @more follow on the page. Returns instructions consumed;
 * *slots: operation slots used; *end: the block ends here.
 */
unsigned int a64_decode_one(const struct a64_decode *how, const uint32_t *words, unsigned int more,
			    unsigned int index, uint64_t page_offset, struct a64_op *op,
			    unsigned int *slots, bool *end);

struct a64_class_out {
	unsigned int slots; /* 1 unless set */
	bool end;
};
bool a64_decode_dp_imm(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_dp_reg(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_branch(uint32_t insn, const struct a64_decode *how, unsigned int index,
		       uint64_t page_offset, struct a64_op *op, struct a64_class_out *out);
bool a64_decode_fused(uint32_t first, uint32_t second, unsigned int index, uint64_t page_offset,
		      struct a64_op *op, struct a64_class_out *out);
bool a64_decode_system(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
		       struct a64_class_out *out);
bool a64_decode_ldst(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_ldst_pair(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_ldst_atomic(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_ldst_exclusive(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
bool a64_decode_ldst_vector(uint32_t insn, const struct a64_decode *how, struct a64_op *op);
/* Block end without a branch: page end, or the longest block */
void a64_make_fallthrough(unsigned int index, uint64_t page_offset, struct a64_op *op,
			  unsigned int *slots);
a64_handler a64_op_undefined, a64_op_fp_trap, a64_op_sp_check, a64_op_nop;

/* ---- sysreg.c ------------------------------------------------------------------------------------- */

/* What may take an access to a higher level at run time */
enum a64_trap {
	A64_TRAP_NONE,
	A64_TRAP_VM,     /* HCR_EL2.TVM, TRVM */
	A64_TRAP_ACTLR,  /* HCR_EL2.TACR */
	A64_TRAP_CPACR,  /* CPTR_EL2.TCPAC */
	A64_TRAP_ID1,    /* HCR_EL2.TID1 */
	A64_TRAP_ID2,    /* HCR_EL2.TID2 */
	A64_TRAP_ID3,    /* HCR_EL2.TID3 */
	A64_TRAP_UMA,    /* SCTLR_EL1.UMA */
	A64_TRAP_CTR,    /* SCTLR_EL1.UCT, HCR_EL2.TID2 */
	A64_TRAP_CNTFRQ, /* CNTKCTL_EL1.EL0VCTEN or EL0PCTEN */
	A64_TRAP_CNTVCT, /* CNTKCTL_EL1.EL0VCTEN */
	A64_TRAP_CNTPCT, /* CNTKCTL_EL1.EL0PCTEN, CNTHCTL_EL2.EL1PCTEN */
	A64_TRAP_CNTV,   /* CNTKCTL_EL1.EL0VTEN */
	A64_TRAP_CNTP,   /* CNTKCTL_EL1.EL0PTEN, CNTHCTL_EL2.EL1PCEN */
	A64_TRAP_DEBUG,  /* MDCR_EL2.TDA, TDOSA */
	A64_TRAP_DCC,    /* MDSCR_EL1.TDCC */
	A64_TRAP_FP,     /* as an FP instruction: decided at decode time */
	A64_TRAP_SP_EL0, /* UNDEFINED while it is the stack pointer in use: at decode time */
};

/* One register: found at decode time, so an access costs no search */
struct a64_sysreg {
	const char *name;
	uint16_t encoding;
	uint8_t el_read, el_write; /* lowest EL that may; 3 = nobody */
	uint8_t flags;
	uint8_t trap;     /* enum a64_trap */
	int16_t reg;      /* enum a64_reg, or -1 */
	uint32_t feature; /* A64_FEAT_x that it needs, or 0 */
	uint64_t wmask;   /* writable bits, for those without a write function */
	uint64_t (*read)(struct a64_cpu *cpu, const struct a64_sysreg *sr);
	void (*write)(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value);
};
#define A64_SR_CALLOUT     1u /* read or write calls the user */
#define A64_SR_LEAVE       2u /* a write ends the block */
#define A64_SR_MAYBE_LEAVE 4u /* a write may unmask an interrupt or move a deadline */

const struct a64_sysreg *a64_sysreg_find(uint16_t encoding);
unsigned int a64_sysreg_trap(const struct a64_cpu *cpu, const struct a64_sysreg *sr, bool read);

/* Value of an identification register; 0 where the space is unallocated */
uint64_t a64_id_register(const struct a64_cpu *cpu, uint16_t encoding);
void a64_sysregs_reset(struct a64_cpu *cpu);

/* ---- timer.c -------------------------------------------------------------------------------------- */

uint64_t a64_count(struct a64_cpu *cpu);       /* CNTPCT_EL0 */
uint64_t a64_timer_insns(struct a64_cpu *cpu); /* stepped: until the next output change */
uint64_t a64_read_cntpct(struct a64_cpu *cpu, const struct a64_sysreg *sr);
uint64_t a64_read_cntvct(struct a64_cpu *cpu, const struct a64_sysreg *sr);
uint64_t a64_read_tval(struct a64_cpu *cpu, const struct a64_sysreg *sr);
uint64_t a64_read_timer_ctl(struct a64_cpu *cpu, const struct a64_sysreg *sr);
void a64_write_tval(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value);
void a64_write_timer_ctl(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value);
void a64_write_cval(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value);

#endif
