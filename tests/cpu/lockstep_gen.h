/* SPDX-License-Identifier: BSD-2-Clause */
/* Random cases for the lockstep test. */
#ifndef TESTS_CPU_LOCKSTEP_GEN_H
#define TESTS_CPU_LOCKSTEP_GEN_H

#include "encodings.h"
#include "lockstep.h"

#include <stdbool.h>
#include <stddef.h>

struct ls_rng {
	uint64_t s;
};

uint64_t ls_random(struct ls_rng *rng);

/**
 * ls_generate() - one case for one row of the table of encodings
 * @slot: the case's index, which gives its place in the code region
 * @fp16: FPCR.FZ16 exists
 *
 * The word is random in all bits that the row leaves open, but for what the architecture calls
 * CONSTRAINED UNPREDICTABLE and for what would leave the oracle (system calls, semihosting).
 */
void ls_generate(struct ls_rng *rng, size_t row, size_t slot, bool fp16, struct ls_case *c);

/* Instructions that compute, for streams; those that were seen to be executed */
#define LS_POOL 32768u
struct ls_pool {
	uint32_t insn[LS_POOL];
	size_t count;
};

/** ls_pool_add() - false if it is none of these, uses the registers that streams reserve, or no room */
bool ls_pool_add(struct ls_pool *pool, uint32_t insn, enum enc_class cls);

/**
 * ls_generate_stream() - several instructions that the engine may fuse, link or reorder by mistake
 * @pool: not empty
 *
 * Arithmetic, SIMD and floating point from the pool, compare and branch, address pairs, loads and stores
 * around one base, in a loop of one to four turns. X27 counts the turns, X28 is the base.
 */
void ls_generate_stream(struct ls_rng *rng, size_t slot, const struct ls_pool *pool,
			struct ls_case *c);

/** ls_random_regs() - registers with values that are likely to matter */
void ls_random_regs(struct ls_rng *rng, bool fp16, struct ls_regs *r);

#endif
