/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lockstep cases: what the generator, the oracle (a small Linux program run by qemu-aarch64) and
 * the engine under test exchange. A case is a full user-level state and up to twelve instructions;
 * it ends with the first exception, at the latest with the BRK that follows the instructions.
 *
 * The file that both sides map:
 *
 *     0            struct ls_header
 *     LS_CASES     struct ls_case[count]
 *     results_at   struct ls_result[count]
 *     code_at      LS_SLOT bytes per case, mapped at LS_CODE
 */
#ifndef TESTS_CPU_LOCKSTEP_H
#define TESTS_CPU_LOCKSTEP_H

#include <stdint.h>

#define LS_FILE_VA   0x5b37000000ull /* header, cases and results, read and write */
#define LS_CODE      0x20000000ull   /* code slots, read and execute */
#define LS_DATA      0x30000000ull   /* scratch memory, read and write; nothing mapped around it */
#define LS_DATA_SIZE 0x2000u
#define LS_CASES     0x1000u
#define LS_SLOT      128u /* bytes per slot; all words but the instructions are BRK */
#define LS_INSN_AT   64u  /* offset of the first instruction in its slot */
#define LS_MAX_INSNS 12u
#define LS_MAX_DIFFS 12u

#define LS_BRK    0xd4200000u
#define LS_STREAM UINT32_MAX

enum ls_end {
	LS_BRK_END = 5, /* SIGTRAP: a BRK was reached */
	LS_UNDEF = 4,   /* SIGILL */
	LS_FAULT = 11,  /* SIGSEGV: translation or permission fault */
	LS_ALIGN = 7,   /* SIGBUS: alignment fault */
};

struct ls_regs {
	uint64_t x[31];
	uint64_t sp;
	uint64_t pc;
	uint64_t nzcv; /* PSTATE bits 31:28, in place */
	uint64_t v[32][2];
	uint32_t fpcr;
	uint32_t fpsr;
};

struct ls_case {
	struct ls_regs in;
	uint32_t insn[LS_MAX_INSNS];
	uint32_t insns;
	uint32_t row; /* of encodings.def, or LS_STREAM */
};

struct ls_result {
	struct ls_regs out;
	uint32_t end; /* enum ls_end */
	uint32_t diffs;
	uint64_t far; /* LS_FAULT: the address */
	struct {
		uint64_t offset;
		uint64_t value;
	} diff[LS_MAX_DIFFS]; /* 8-byte words of the scratch memory that changed */
};

struct ls_header {
	uint64_t count;
	uint64_t size; /* of header, cases and results together, whole pages */
	uint64_t results_at;
	uint64_t code_at;
	uint64_t code_size;
};

/* What the scratch memory holds before each case, by index of the 8-byte word. */
static inline uint64_t ls_fill(uint64_t index)
{
	uint64_t h = (index + 1) * 0x9e3779b97f4a7c15ull;

	h ^= h >> 29;
	h *= 0xbf58476d1ce4e5b9ull;
	return h ^ h >> 32;
}

#endif
