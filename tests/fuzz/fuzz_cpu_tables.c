/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Arbitrary translation tables and the registers that go with them: TCR, MAIR, SCTLR, TTBRs from the
 * input, and all of RAM filled with it, so that descriptors point back into RAM, at each other and
 * everywhere else. Code and data accesses, AT and TLBI then go through them.
 */
#include "fuzz_cpu.h"

struct header {
	uint64_t tcr, sctlr, ttbr0, ttbr1, mair;
	uint64_t pc, x[6];
	uint8_t mode;
};

static const uint32_t accesses[] = {
	0xf9400001, /* ldr x1, [x0] */
	0xf8408422, /* ldr x2, [x1], #8 */
	0xa9000843, /* stp x3, x2, [x2] */
	0xd5087800, /* at s1e1r, x0 */
	0xd5087861, /* at s1e0w, x1 */
	0x4c402800, /* ld1x4 {v0.4s..}, [x0] */
	0xc85f7c85, /* ldxr x5, [x4] */
	0xc8067c85, /* stxr w6, x5, [x4] */
	0xd508831f, /* tlbi vmalle1is */
	0xd5033b9f, /* dsb ish */
	0xd50b7424, /* dc zva, x4 */
	0xf84087c0, /* ldr x0, [x30], #8 */
	0xd61f0060, /* br x3 */
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct header h = {0};
	struct fuzz f = {0};
	size_t n = size < sizeof(h) ? size : sizeof(h);

	memcpy(&h, data, n);
	data += n;
	size -= n;
	fuzz_begin(&f, h.mode & 1, A64_FEAT_DEFAULT);
	for (uint64_t at = 0; at < FUZZ_RAM_SIZE && size; at += size)
		memcpy(f.ram + at, data, FUZZ_RAM_SIZE - at < size ? FUZZ_RAM_SIZE - at : size);
	memcpy(f.ram + (h.pc & 0xfffc & (FUZZ_RAM_SIZE / 2 - 1)), accesses, sizeof(accesses));
	a64_space_written(f.space, FUZZ_RAM, FUZZ_RAM_SIZE);
	for (int i = 0; i < 2; i++) {
		struct a64_cpu *cpu = f.cpu[i];

		a64_set_reg(cpu, A64_R_TCR_EL1, h.tcr);
		a64_set_reg(cpu, A64_R_MAIR_EL1, h.mair);
		a64_set_reg(cpu, A64_R_TTBR0_EL1, (h.ttbr0 & 0xffff0000000fffff) | FUZZ_RAM);
		a64_set_reg(cpu, A64_R_TTBR1_EL1,
			    h.mode & 2 ? h.ttbr1 : FUZZ_RAM + (h.ttbr1 & 0x1f000));
		for (unsigned int r = 0; r < 6; r++)
			a64_set_x(cpu, r, h.x[r]);
		a64_set_x(cpu, 30, h.x[0] ^ h.x[1]);
		a64_set_pc(cpu, h.mode & 4 ? h.pc : FUZZ_RAM + (h.pc & 0xfffc));
		a64_set_reg(cpu, A64_R_SCTLR_EL1, h.sctlr | 1);
		if (a64_set_pstate(cpu, h.mode & 8 ? 0 : 0x3c5))
			abort();
	}
	fuzz_run(&f);
	for (unsigned int r = 0; r < 6; r++) {
		uint64_t ipa;

		if (!a64_translate(f.cpu[0], h.x[r], &ipa) && ipa >> 48)
			abort();
	}
	fuzz_end(&f);
	return 0;
}
