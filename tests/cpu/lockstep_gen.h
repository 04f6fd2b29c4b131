/* SPDX-License-Identifier: BSD-2-Clause */
/* Random cases for the lockstep test. */
#ifndef TESTS_CPU_LOCKSTEP_GEN_H
#define TESTS_CPU_LOCKSTEP_GEN_H

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

#endif
