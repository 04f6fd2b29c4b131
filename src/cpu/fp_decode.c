/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * FP and AdvSIMD data processing: finds an instruction's row in the tables.
 */
#include "fp_simd.h"

const struct fp_table *const a64_fp_tables[FP_TABLE_COUNT] = {
	&a64_fp_scalar_table, &a64_fp_convert_table, &a64_simd_same_table,
	&a64_simd_misc_table, &a64_simd_shift_table, &a64_simd_perm_table,
	&a64_simd_elem_table, &a64_simd_long_table,  &a64_simd_fp_table,
};

static const struct fp_row *find(const struct fp_table *table, uint32_t insn)
{
	if ((insn & table->mask) != table->value) {
		return NULL;
	}
	for (unsigned int i = 0; i < table->count; i++) {
		if ((insn & table->rows[i].mask) == table->rows[i].value) {
			return &table->rows[i];
		}
	}
	return NULL;
}

bool a64_decode_fpsimd(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	for (unsigned int i = 0; i < FP_TABLE_COUNT; i++) {
		const struct fp_row *row = find(a64_fp_tables[i], insn);
		if (row) {
			return (row->features & ~how->features) == 0 && row->form(insn, row, op);
		}
	}
	return false;
}

uint64_t a64_fp_expand_imm(unsigned int imm8, unsigned int esize)
{
	uint64_t sign = imm8 >> 7;
	uint64_t b = imm8 >> 6 & 1;
	uint64_t rest = imm8 & 0x3f; /* two bits of exponent, four of fraction */

	if (esize == 32) {
		return sign << 31 | (b ? 0x1fULL << 25 : 1ULL << 30) | rest << 19;
	}
	return sign << 63 | (b ? 0xffULL << 54 : 1ULL << 62) | rest << 48;
}
