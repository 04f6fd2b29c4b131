/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: saved states that somebody changed. A load is refused, or leaves a system that works
 * and saves the same bytes again and again.
 */
#include "fuzz_gic.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_save_alike(struct gic5 *gic)
{
	size_t size = gic5_save(gic, NULL, 0);
	uint8_t *first = malloc(size), *second = malloc(size);
	size_t i;

	if (!first || !second || gic5_save(gic, first, size) != size ||
	    gic5_save(gic, second, size) != size)
		abort();
	for (i = 0; i < size; i++) {
		if (first[i] != second[i])
			abort();
	}
	free(first);
	free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_gic f;
	uint8_t *state;
	size_t bytes, n;

	fuzz_begin(&f, data, size);
	fuzz_bring_up(&f);
	gic5_event_virtual(f.fx.gic, 1, GIC5_INTID(GIC5_TYPE_SPI, 3), GIC5_SET_EDGE);
	gic5_spi_wire(f.fx.gic, 3, true);
	bytes = gic5_save(f.fx.gic, NULL, 0);
	state = malloc(bytes + 1);
	if (!state || gic5_save(f.fx.gic, state, bytes) != bytes)
		abort();
	for (n = 0; f.left && n < 16; n++) {
		size_t at = (size_t)fuzz_bits(&f, 2) % bytes;

		state[at] = fuzz_byte(&f);
	}
	if (fuzz_byte(&f) & 1)
		bytes = (size_t)fuzz_bits(&f, 2) % (bytes + 1);
	if (fuzz_byte(&f) & 7)
		gic_repair_state(state, bytes); /* most damage shall reach the contents */
	gic5_load(f.fx.gic, state, bytes);
	free(state);
	must_save_alike(f.fx.gic);
	for (n = 0; f.left && n < FUZZ_MAX_OPS; n++)
		fuzz_cpu_op(&f);
	fuzz_end(&f);
	return 0;
}
