/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: src/hw against the reference model. The input chooses a configuration and
 * operations of the random comparison; what the fuzzer adds is that it looks for operations that
 * reach new code.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>

#define FUZZ_MAX_STEPS 200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_agree(struct world *w, const struct op *op)
{
	char text[600];

	if (world_step(w, op))
		return;
	op_text(op, text, sizeof(text));
	fprintf(stderr, "%s\n%s\n", text, w->why);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct world w;
	struct op ops[WORLD_BRING_UP];
	unsigned count, i;
	size_t at;

	if (size < 3)
		return 0;
	if (!world_make(&w, data[0] % PROFILE_COUNT, data[1]))
		abort();
	/* The bring-up may be cut short. */
	count = world_bring_up(&w, ops);
	for (i = 0; i < count && i < data[2]; i++)
		must_agree(&w, &ops[i]);
	for (at = 3, i = 0; at + 2 <= size && i < FUZZ_MAX_STEPS; at += 2, i++) {
		struct op op = world_random_op(&w, (uint64_t)data[at] << 8 | data[at + 1]);

		must_agree(&w, &op);
	}
	world_free(&w);
	if (w.failed)
		abort();
	return 0;
}
