/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: hostile tables. Software writes anything anywhere, also under valid tables, and
 * gives commands: addresses outside memory, tables that overlap or contain themselves.
 */
#include "fuzz_gic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_gic f;
	unsigned n;

	fuzz_begin(&f, data, size);
	if (fuzz_byte(&f) & 1)
		fuzz_bring_up(&f);
	for (n = 0; f.left && n < FUZZ_MAX_OPS; n++) {
		switch (fuzz_byte(&f) & 7) {
		case 0:
		case 1:
		case 2: fuzz_memory_op(&f); break;
		case 3:
		case 4: fuzz_frame_op(&f); break;
		case 5: fuzz_event_op(&f); break;
		default: fuzz_cpu_op(&f); break;
		}
	}
	fuzz_end(&f);
	return 0;
}
