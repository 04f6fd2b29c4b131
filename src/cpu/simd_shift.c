/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD shifts that keep the lane size: by immediate and by register. The widening and narrowing ones
 * are in simd_long.c.
 */
#include "simd.h"

/* ---- by immediate: aux is the distance, 1..B to the right, 0..B-1 to the left ---- */

/* A distance of B is legal, so the last place is shifted separately. */
#define SHR(S, B) r = (n >> (op->aux - 1)) >> 1
#define SRA(S, B)  \
	SHR(S, B); \
	r = (S##B##v)((u##B##v)r + (u##B##v)d)
/* The last bit shifted out rounds. */
#define RSHR(S, B)                         \
	S##B##v last = n >> (op->aux - 1); \
	r = (S##B##v)((u##B##v)(last >> 1) + (u##B##v)(last & 1))
#define RSRA(S, B)  \
	RSHR(S, B); \
	r = (S##B##v)((u##B##v)r + (u##B##v)d)
#define SHL(S, B) r = n << op->aux
#define SLI(S, B) r = (n << op->aux) | (d & ((((u##B##v){0} + 1) << op->aux) - 1))
#define SRI(S, B)                                                  \
	u##B##v kept = ~(((~(u##B##v){0}) >> (op->aux - 1)) >> 1); \
	r = ((n >> (op->aux - 1)) >> 1) | (d & kept)

SIMD_OP_BHSD(sshr, s, SHR)
SIMD_OP_BHSD(ushr, u, SHR)
SIMD_OP_BHSD(ssra, s, SRA)
SIMD_OP_BHSD(usra, u, SRA)
SIMD_OP_BHSD(srshr, s, RSHR)
SIMD_OP_BHSD(urshr, u, RSHR)
SIMD_OP_BHSD(srsra, s, RSRA)
SIMD_OP_BHSD(ursra, u, RSRA)
SIMD_OP_BHSD(shl, u, SHL)
SIMD_OP_BHSD(sli, u, SLI)
SIMD_OP_BHSD(sri, u, SRI)

#define SIGNED_LIMIT(B) ((u##B##v)((s##B##v)n >> ((B)-1)) ^ (u##B##v)(((u##B##v){0} - 1) >> 1))
#define SQSHL(S, B)                                                      \
	r = n << op->aux;                                                \
	u##B##v over = (u##B##v)((u##B##v)((s##B##v)r >> op->aux) != n); \
	r = SIMD_SELECT(u##B##v, over, SIGNED_LIMIT(B), r);              \
	simd_saturated(cpu, (u64v)over)
#define UQSHL(S, B)                                    \
	r = n << op->aux;                              \
	u##B##v over = (u##B##v)((r >> op->aux) != n); \
	r |= over;                                     \
	simd_saturated(cpu, (u64v)over)
/* Signed to unsigned: negative numbers give zero. */
#define SQSHLU(S, B)                                              \
	r = n << op->aux;                                         \
	u##B##v negative = (u##B##v)((s##B##v)n < 0);             \
	u##B##v over = (u##B##v)((r >> op->aux) != n) | negative; \
	r = (r | over) & ~negative;                               \
	simd_saturated(cpu, (u64v)over)

SIMD_OP_BHSD(sqshl, u, SQSHL)
SIMD_OP_BHSD(uqshl, u, UQSHL)
SIMD_OP_BHSD(sqshlu, u, SQSHLU)

/* ---- by register: the low byte of each lane of m, signed, to the left; negative to the right ---- */

enum { ROUND = 1, SATURATE = 2 };

/* value is a lane, sign-extended. *over is set if it saturated. */
SIMD_INLINE int64_t shift_signed(int64_t value, int distance, int bits, int kind, bool *over)
{
	if (distance < 0) {
		int right = -distance;
		if (right >= bits) {
			return kind & ROUND ? 0 : value >> 63;
		}
		return (value >> right) + (kind & ROUND ? value >> (right - 1) & 1 : 0);
	}
	int64_t limit = (int64_t)((UINT64_MAX >> (65 - bits)) ^ (uint64_t)(value >> 63));
	if (distance >= bits) {
		*over |= value != 0;
		return kind & SATURATE && value ? limit : 0;
	}
	/* Of a lane below 64 bits the excess is cut off by the caller. */
	int64_t result = (int64_t)((uint64_t)value << distance << (64 - bits)) >> (64 - bits);
	if (result >> distance != value) {
		*over = true;
		return kind & SATURATE ? limit : result;
	}
	return result;
}

SIMD_INLINE uint64_t shift_unsigned(uint64_t value, int distance, int bits, int kind, bool *over)
{
	uint64_t ones = UINT64_MAX >> (64 - bits);

	if (distance < 0) {
		int right = -distance;
		if (right > bits) {
			return 0;
		}
		uint64_t last = value >> (right - 1);
		return (last >> 1) + (kind & ROUND ? last & 1 : 0);
	}
	if (distance >= bits) {
		*over |= value != 0;
		return kind & SATURATE && value ? ones : 0;
	}
	uint64_t result = (value << distance) & ones;
	if (result >> distance != value) {
		*over = true;
		return kind & SATURATE ? ones : result;
	}
	return result;
}

#define SHIFT_REGISTER(KIND, B, SHIFT, T)                           \
	bool over = false;                                          \
	SIMD_EACH(r, (T)SHIFT(n[i], (int8_t)m[i], B, KIND, &over)); \
	if ((KIND)&SATURATE && over) {                              \
		cpu->fpsr |= A64_FPSR_QC;                           \
	}

#define SSHL(S, B)   SHIFT_REGISTER(0, B, shift_signed, int##B##_t)
#define USHL(S, B)   SHIFT_REGISTER(0, B, shift_unsigned, uint##B##_t)
#define SRSHL(S, B)  SHIFT_REGISTER(ROUND, B, shift_signed, int##B##_t)
#define URSHL(S, B)  SHIFT_REGISTER(ROUND, B, shift_unsigned, uint##B##_t)
#define SQSHLR(S, B) SHIFT_REGISTER(SATURATE, B, shift_signed, int##B##_t)
#define UQSHLR(S, B) SHIFT_REGISTER(SATURATE, B, shift_unsigned, uint##B##_t)
#define SQRSHL(S, B) SHIFT_REGISTER(SATURATE | ROUND, B, shift_signed, int##B##_t)
#define UQRSHL(S, B) SHIFT_REGISTER(SATURATE | ROUND, B, shift_unsigned, uint##B##_t)

SIMD_OP_BHSD(sshl, s, SSHL)
SIMD_OP_BHSD(ushl, u, USHL)
SIMD_OP_BHSD(srshl, s, SRSHL)
SIMD_OP_BHSD(urshl, u, URSHL)
SIMD_OP_BHSD(sqshlr, s, SQSHLR)
SIMD_OP_BHSD(uqshlr, u, UQSHLR)
SIMD_OP_BHSD(sqrshl, s, SQRSHL)
SIMD_OP_BHSD(uqrshl, u, UQRSHL)

/* ---- forms and rows ---- */

static bool form_shift(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = simd_take_distance(insn, row, op);
	bool full = a64_bits(insn, 30, 1);

	op->imm = UINT64_MAX;
	return (size < 3 || full) && fp_choose(row, size + (full ? 0 : 4), op);
}

static bool form_shift_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = simd_take_distance(insn, row, op);

	op->imm = simd_lane_mask(size);
	return fp_choose(row, size + 4, op);
}

#define RIGHT SIMD_RIGHT
#define LEFT  SIMD_LEFT

#define VECTOR(u, opcode, name, direction)                                                \
	SIMD_SHIFT_ROW(0, 1U, u, opcode, form_shift, SIMD_BHSD(name), direction),         \
		SIMD_SHIFT_ROW(0, 2U, u, opcode, form_shift, SIMD_BHSD(name), direction), \
		SIMD_SHIFT_ROW(0, 4U, u, opcode, form_shift, SIMD_BHSD(name), direction), \
		SIMD_SHIFT_ROW(0, 8U, u, opcode, form_shift, SIMD_BHSD(name), direction)
#define SCALAR_D(u, opcode, name, direction) \
	SIMD_SHIFT_ROW(1, 8U, u, opcode, form_shift_scalar, SIMD_D(name), direction)
#define SCALAR(u, opcode, name, direction)                                                       \
	SIMD_SHIFT_ROW(1, 1U, u, opcode, form_shift_scalar, SIMD_BHSD(name), direction),         \
		SIMD_SHIFT_ROW(1, 2U, u, opcode, form_shift_scalar, SIMD_BHSD(name), direction), \
		SIMD_SHIFT_ROW(1, 4U, u, opcode, form_shift_scalar, SIMD_BHSD(name), direction), \
		SIMD_SHIFT_ROW(1, 8U, u, opcode, form_shift_scalar, SIMD_BHSD(name), direction)
#define REGISTER(u, opcode, name)                                       \
	{                                                               \
		SIMD_SAME(u, opcode), simd_form_vector, SIMD_BHSD(name) \
	}
#define REGISTER_SCALAR(u, opcode, list)                            \
	{                                                           \
		SIMD_SAME_SCALAR(u, opcode), simd_form_scalar, list \
	}

static const struct fp_row rows[] = {
	VECTOR(0, 0x00, sshr, RIGHT),
	VECTOR(1, 0x00, ushr, RIGHT),
	VECTOR(0, 0x02, ssra, RIGHT),
	VECTOR(1, 0x02, usra, RIGHT),
	VECTOR(0, 0x04, srshr, RIGHT),
	VECTOR(1, 0x04, urshr, RIGHT),
	VECTOR(0, 0x06, srsra, RIGHT),
	VECTOR(1, 0x06, ursra, RIGHT),
	VECTOR(1, 0x08, sri, RIGHT),
	VECTOR(0, 0x0a, shl, LEFT),
	VECTOR(1, 0x0a, sli, LEFT),
	VECTOR(1, 0x0c, sqshlu, LEFT),
	VECTOR(0, 0x0e, sqshl, LEFT),
	VECTOR(1, 0x0e, uqshl, LEFT),
	SCALAR_D(0, 0x00, sshr, RIGHT),
	SCALAR_D(1, 0x00, ushr, RIGHT),
	SCALAR_D(0, 0x02, ssra, RIGHT),
	SCALAR_D(1, 0x02, usra, RIGHT),
	SCALAR_D(0, 0x04, srshr, RIGHT),
	SCALAR_D(1, 0x04, urshr, RIGHT),
	SCALAR_D(0, 0x06, srsra, RIGHT),
	SCALAR_D(1, 0x06, ursra, RIGHT),
	SCALAR_D(1, 0x08, sri, RIGHT),
	SCALAR_D(0, 0x0a, shl, LEFT),
	SCALAR_D(1, 0x0a, sli, LEFT),
	SCALAR(1, 0x0c, sqshlu, LEFT),
	SCALAR(0, 0x0e, sqshl, LEFT),
	SCALAR(1, 0x0e, uqshl, LEFT),
	REGISTER(0, 0x08, sshl),
	REGISTER(1, 0x08, ushl),
	REGISTER(0, 0x09, sqshlr),
	REGISTER(1, 0x09, uqshlr),
	REGISTER(0, 0x0a, srshl),
	REGISTER(1, 0x0a, urshl),
	REGISTER(0, 0x0b, sqrshl),
	REGISTER(1, 0x0b, uqrshl),
	REGISTER_SCALAR(0, 0x08, SIMD_D(sshl)),
	REGISTER_SCALAR(1, 0x08, SIMD_D(ushl)),
	REGISTER_SCALAR(0, 0x09, SIMD_BHSD(sqshlr)),
	REGISTER_SCALAR(1, 0x09, SIMD_BHSD(uqshlr)),
	REGISTER_SCALAR(0, 0x0a, SIMD_D(srshl)),
	REGISTER_SCALAR(1, 0x0a, SIMD_D(urshl)),
	REGISTER_SCALAR(0, 0x0b, SIMD_BHSD(sqrshl)),
	REGISTER_SCALAR(1, 0x0b, SIMD_BHSD(uqrshl)),
};

const struct fp_table a64_simd_shift_table = {0x8e000000, 0x0e000000, rows,
					      sizeof(rows) / sizeof(rows[0])};
