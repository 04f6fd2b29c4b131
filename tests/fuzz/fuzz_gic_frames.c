/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: accesses to the IRS frames, with wires and events between them. */
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
		if (fuzz_byte(&f) & 7)
			fuzz_frame_op(&f);
		else
			fuzz_event_op(&f);
	}
	fuzz_end(&f);
	return 0;
}
