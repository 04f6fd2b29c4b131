/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Console input for deterministic mode: a text file whose lines are a time in seconds of the guest's
 * clock, a blank, and what is typed then. Escapes: \n, \r, \t, \\, \xHH. Empty lines and lines that
 * begin with # are skipped. Times must not go back.
 */
#ifndef VMM_SCRIPT_H
#define VMM_SCRIPT_H

#include <stdint.h>

#include "error.h"

struct script_entry {
	uint64_t time_ns;
	uint8_t *bytes;
	uint32_t size;
};

struct script {
	struct script_entry *entries;
	uint32_t count;
	uint32_t next;  /* the first that was not typed in full */
	uint32_t typed; /* bytes of it that were */
};

/** script_load() - returns 0, or -1 with a line in *error that names file and line */
int script_load(struct script *script, const char *path, struct vmm_error *error);

/**
 * script_due() - what is to be typed at @now_ns
 * @bytes: receives a pointer to it
 *
 * returns: its size; 0 if nothing is due. What the guest took is told by script_took().
 */
uint32_t script_due(const struct script *script, uint64_t now_ns, const uint8_t **bytes);
void script_took(struct script *script, uint32_t size);

/** script_next_ns() - when the next entry is due; UINT64_MAX for never */
uint64_t script_next_ns(const struct script *script);

void script_free(struct script *script);

#endif
