/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD: the forms that several tables share.
 */
#include "simd.h"

static unsigned int size_field(uint32_t insn)
{
	return a64_bits(insn, 22, 2);
}

static bool is_full(uint32_t insn)
{
	return a64_bits(insn, 30, 1);
}

bool simd_form_vector(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = size_field(insn);

	if (size == 3 && !is_full(insn)) {
		return false;
	}
	fp_take_registers(insn, op);
	op->imm = UINT64_MAX;
	return fp_choose(row, size + (is_full(insn) ? 0 : 4), op);
}

bool simd_form_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = size_field(insn);

	fp_take_registers(insn, op);
	op->imm = simd_lane_mask(size);
	return fp_choose(row, size + 4, op);
}

bool simd_form_bits(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->imm = UINT64_MAX;
	return fp_choose(row, is_full(insn) ? 0 : 1, op);
}

bool simd_form_long(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux8 = is_full(insn);
	return fp_choose(row, size_field(insn), op);
}

bool simd_form_long_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = size_field(insn);

	fp_take_registers(insn, op);
	op->aux8 = 0;
	op->aux = 0;
	op->imm = size < 3 ? simd_lane_mask(size + 1) : 0;
	return fp_choose(row, size + 4, op);
}

unsigned int simd_take_distance(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = 31U - (unsigned int)__builtin_clz(a64_bits(insn, 19, 4));
	unsigned int coded = a64_bits(insn, 16, 7);

	fp_take_registers(insn, op);
	op->aux = (uint16_t)(row->arg == SIMD_RIGHT ? (16U << size) - coded : coded - (8U << size));
	return size;
}

bool simd_take_element(uint32_t insn, struct a64_op *op)
{
	unsigned int h = a64_bits(insn, 11, 1);
	unsigned int l = a64_bits(insn, 21, 1);
	unsigned int m = a64_bits(insn, 20, 1);

	fp_take_registers(insn, op);
	switch (size_field(insn)) {
	case 1:
		op->rm = (uint8_t)a64_bits(insn, 16, 4);
		op->aux = (uint16_t)(h << 2 | l << 1 | m);
		return true;
	case 2: op->aux = (uint16_t)(h << 1 | l); return true;
	default: return false;
	}
}
