/* SPDX-License-Identifier: BSD-2-Clause */
/* The top of the decoder: the classes of the A64 encoding, and what is common to all. */
#include "engine.h"

/* Loads and stores; *sp: the base register is field Rn, so SP alignment is checked if that is 31 */
static bool decode_loads_stores(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
				bool *sp)
{
	bool v = insn >> 26 & 1;

	if (v && !how->fp_enabled) {
		op->fn = a64_op_fp_trap;
		return true;
	}
	*sp = true;
	switch (insn >> 28 & 3) {
	case 0:
		if (insn >> 31 && v) {
			return false;
		}
		if (v) {
			return !(insn >> 29 & 1) && a64_decode_ldst_vector(insn, how, op);
		}
		return !(insn >> 24 & 1) && a64_decode_ldst_exclusive(insn, how, op);
	case 1: *sp = false; return a64_decode_ldst(insn, how, op);
	case 2: return a64_decode_ldst_pair(insn, how, op);
	default: return a64_decode_ldst(insn, how, op);
	}
}

static bool decode_class(uint32_t insn, const struct a64_decode *how, unsigned int index,
			 uint64_t page_offset, struct a64_op *op, struct a64_class_out *out,
			 bool *sp)
{
	switch (insn >> 25 & 15) {
	case 8:
	case 9: return a64_decode_dp_imm(insn, how, op);
	case 10:
	case 11:
		return (insn & 0xff000000) == 0xd4000000 || (insn & 0xff000000) == 0xd5000000
			       ? a64_decode_system(insn, how, op, out)
			       : a64_decode_branch(insn, how, index, page_offset, op, out);
	case 4:
	case 6:
	case 12:
	case 14: return decode_loads_stores(insn, how, op, sp);
	case 5:
	case 13: return a64_decode_dp_reg(insn, how, op);
	case 7:
	case 15:
		if (!how->fp_enabled) {
			op->fn = a64_op_fp_trap;
			return true;
		}
		return a64_decode_fpsimd(insn, how, op);
	default: return false;
	}
}

unsigned int a64_decode_one(const struct a64_decode *how, const uint32_t *words, unsigned int more,
			    unsigned int index, uint64_t page_offset, struct a64_op *op,
			    unsigned int *slots, bool *end)
{
	struct a64_class_out out = {.slots = 1};
	bool sp = false;

	*op = (struct a64_op){.off = (uint8_t)index};
	if (more && a64_decode_fused(words[0], words[1], index + 1, page_offset + 4, op, &out)) {
		*slots = out.slots;
		*end = out.end;
		return 2;
	}
	*op = (struct a64_op){.off = (uint8_t)index};
	if (!decode_class(words[0], how, index, page_offset, op, &out, &sp) || !op->fn) {
		*op = (struct a64_op){.off = (uint8_t)index, .fn = a64_op_undefined};
		out = (struct a64_class_out){.slots = 1, .end = true};
		sp = false;
	}
	if (sp && op->rn == A64_SLOT_SP && op->fn != a64_op_nop && op->fn != a64_op_fp_trap) {
		op[1] = op[0];
		op[0] = (struct a64_op){.off = (uint8_t)index, .fn = a64_op_sp_check};
		out.slots++;
	}
	*slots = out.slots;
	*end = out.end;
	return 1;
}
