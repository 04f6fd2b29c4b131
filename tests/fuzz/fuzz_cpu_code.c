/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arbitrary code at EL1 or EL0 with the MMU off. Input: one byte of mode, then register values, then
 * instruction words, which are also what the vectors hold.
 */
#include "fuzz_cpu.h"

static uint64_t take(const uint8_t **data, size_t *size, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n && *size; i++, (*size)--)
		value |= (uint64_t) * (*data)++ << 8 * i;
	return value;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = {0};
	uint64_t mode = take(&data, &size, 1);

	fuzz_begin(&f, mode & 1, A64_FEAT_DEFAULT | (mode & 2 ? A64_FEAT_GICV5 | A64_FEAT_NMI : 0));
	for (unsigned int i = 0; i < 31; i++) {
		uint64_t value = take(&data, &size, 2);

		/* mostly addresses in and around RAM */
		value = value & 1 ? FUZZ_RAM + (value << 2) - 0x8000
				  : (uint64_t)(int64_t)(int16_t)value;
		a64_set_x(f.cpu[0], i, value);
		a64_set_x(f.cpu[1], i, value ^ 8);
	}
	for (uint64_t at = 0; at < FUZZ_RAM_SIZE && size; at += size)
		memcpy(f.ram + at, data, FUZZ_RAM_SIZE - at < size ? FUZZ_RAM_SIZE - at : size);
	a64_space_written(f.space, FUZZ_RAM, FUZZ_RAM_SIZE);
	for (int i = 0; i < 2; i++) {
		a64_set_x(f.cpu[i], 31, FUZZ_RAM + FUZZ_RAM_SIZE - 64);
		if (a64_set_pstate(f.cpu[i], mode & 4 ? 0 : 5))
			abort();
	}
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, mode & 8);
	a64_set_reg(f.cpu[0], A64_R_HCR_EL2, 1ull << 31 | (mode & 16 ? 0x38 : 0));
	fuzz_run(&f);
	fuzz_end(&f);
	return 0;
}
