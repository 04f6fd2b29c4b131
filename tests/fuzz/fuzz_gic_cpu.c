/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: system registers and instructions of two PEs, host and guest. */
#include "fuzz_gic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_gic f;
	unsigned n;

	fuzz_begin(&f, data, size);
	fuzz_bring_up(&f);
	for (n = 0; f.left && n < FUZZ_MAX_OPS; n++) {
		uint8_t what = fuzz_byte(&f);

		if (what & 7)
			fuzz_cpu_op(&f);
		else if (what & 8)
			fuzz_event_op(&f);
		else
			fuzz_frame_op(&f);
		fuzz_check(&f);
	}
	fuzz_end(&f);
	return 0;
}
