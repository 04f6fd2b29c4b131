/* SPDX-License-Identifier: BSD-2-Clause */
/* The engine's half of the lockstep test: user-level code at EL0 over a flat map. */
#ifndef TESTS_CPU_LOCKSTEP_ENGINE_H
#define TESTS_CPU_LOCKSTEP_ENGINE_H

#include "lockstep.h"

#include <stdbool.h>

struct lse;

/** lse_create() - an engine context with the code slots at @code (LSE_CODE_SIZE bytes, page aligned) */
#define LSE_CODE_SIZE 0x200000u
struct lse *lse_create(void *code, bool stepped, uint32_t features);
void lse_destroy(struct lse *lse);

/** lse_code_changed() - the slots have been filled anew */
void lse_code_changed(struct lse *lse);

/** lse_id() - an identification register, for enc_announced() */
uint64_t lse_id(void *lse, uint16_t encoding);

/**
 * lse_run() - run one case; false if the engine did not come to the case's end
 * @step: instructions per a64_run(); 0 = all at once
 */
bool lse_run(struct lse *lse, const struct ls_case *c, unsigned int step, struct ls_result *r);

#endif
