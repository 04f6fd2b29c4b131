/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD integer multiplications that keep the lane size, by vector and by element.
 */
#include "simd.h"

/* As SIMD_HANDLERS, with lane aux of m in place of each lane */
#define ELEMENT_HANDLERS(NAME, V, T)                                                             \
	static A64_HANDLER(NAME##_element)                                                       \
	{                                                                                        \
		V m = (V){0} + ((T *)(void *)&cpu->v[op->rm])[op->aux];                          \
		V r = NAME##_kernel(cpu, op, (V)v_load(cpu, op->rd), (V)v_load(cpu, op->rn), m); \
		v_store(cpu, op->rd, (u64v)r);                                                   \
		A64_NEXT(cpu, op);                                                               \
	}                                                                                        \
	static A64_HANDLER(NAME##_element_part)                                                  \
	{                                                                                        \
		u64v mask = {op->imm, 0};                                                        \
		V m = (V){0} + ((T *)(void *)&cpu->v[op->rm])[op->aux];                          \
		V r = NAME##_kernel(cpu, op, (V)(mask & v_load(cpu, op->rd)),                    \
				    (V)(mask & v_load(cpu, op->rn)), (V)(mask & (u64v)m));       \
		v_store(cpu, op->rd, mask &(u64v)r);                                             \
		A64_NEXT(cpu, op);                                                               \
	}

#define MUL(S, B) r = n * m
#define MLA(S, B) r = d + n * m
#define MLS(S, B) r = d - n * m
SIMD_OP_BHS(mul, u, MUL)
SIMD_OP_BHS(mla, u, MLA)
SIMD_OP_BHS(mls, u, MLS)
ELEMENT_HANDLERS(mul16, u16v, uint16_t)
ELEMENT_HANDLERS(mla16, u16v, uint16_t)
ELEMENT_HANDLERS(mls16, u16v, uint16_t)
ELEMENT_HANDLERS(mul32, u32v, uint32_t)
ELEMENT_HANDLERS(mla32, u32v, uint32_t)
ELEMENT_HANDLERS(mls32, u32v, uint32_t)

/* Polynomials over GF(2), the lower half of the product */
SIMD_OP(pmul8, u8v, {
	r = (u8v){0};
	for (unsigned int i = 0; i < 8; i++) {
		r ^= (n << i) & -((m >> i) & 1);
	}
})

/*
 * Twice the product, its upper half, rounded or not, added to a lane of that scale. All of it is
 * computed at half the scale, where nothing overflows 64 bits.
 */
SIMD_INLINE int32_t high_half(int64_t accumulator, int64_t product, int bits, bool round,
			      bool *over)
{
	int64_t largest = (1LL << (bits - 1)) - 1;
	int64_t sum = accumulator * (1LL << (bits - 1)) + product;
	int64_t result = (sum + (round ? 1LL << (bits - 2) : 0)) >> (bits - 1);

	if (result > largest) {
		*over = true;
		return (int32_t)largest;
	}
	if (result < -largest - 1) {
		*over = true;
		return (int32_t)(-largest - 1);
	}
	return (int32_t)result;
}

#define HIGH_HALF(B, ACCUMULATOR, SIGN, ROUND)                                                \
	bool over = false;                                                                    \
	SIMD_EACH(r, (int##B##_t)high_half(ACCUMULATOR, SIGN((int64_t)n[i] * m[i]), B, ROUND, \
					   &over));                                           \
	if (over) {                                                                           \
		cpu->fpsr |= A64_FPSR_QC;                                                     \
	}

#define SQDMULH(S, B)  HIGH_HALF(B, 0, +, false)
#define SQRDMULH(S, B) HIGH_HALF(B, 0, +, true)
#define SQRDMLAH(S, B) HIGH_HALF(B, d[i], +, true)
#define SQRDMLSH(S, B) HIGH_HALF(B, d[i], -, true)
#define HIGH_HALF_ALL(NAME, BODY)                 \
	SIMD_OP_HS(NAME, s, BODY)                 \
	ELEMENT_HANDLERS(NAME##16, s16v, int16_t) \
	ELEMENT_HANDLERS(NAME##32, s32v, int32_t)
HIGH_HALF_ALL(sqdmulh, SQDMULH)
HIGH_HALF_ALL(sqrdmulh, SQRDMULH)
HIGH_HALF_ALL(sqrdmlah, SQRDMLAH)
HIGH_HALF_ALL(sqrdmlsh, SQRDMLSH)

/* ---- forms: handlers for 16 and 32 bits, and 2 more for part ---- */

static bool form_element(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int part = a64_bits(insn, 30, 1) ? 0 : 2;

	op->imm = UINT64_MAX;
	return simd_take_element(insn, op) && fp_choose(row, a64_bits(insn, 23, 1) + part, op);
}

static bool form_element_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	op->imm = simd_lane_mask(a64_bits(insn, 22, 2));
	return simd_take_element(insn, op) && fp_choose(row, a64_bits(insn, 23, 1) + 2, op);
}

#define ELEMENT_LIST(name) \
	SIMD_LIST(name##16_element, name##32_element, name##16_element_part, name##32_element_part)
#define VECTOR(u, opcode, list)                              \
	{                                                    \
		SIMD_SAME(u, opcode), simd_form_vector, list \
	}
#define SCALAR(u, opcode, list)                                     \
	{                                                           \
		SIMD_SAME_SCALAR(u, opcode), simd_form_scalar, list \
	}
#define EXTRA(u, opcode, name)                                                                 \
	{SIMD_EXTRA(u, opcode), simd_form_vector, SIMD_HS(name), 0, A64_FEAT_RDM},             \
	{                                                                                      \
		SIMD_EXTRA_SCALAR(u, opcode), simd_form_scalar, SIMD_HS(name), 0, A64_FEAT_RDM \
	}
#define ELEMENT(u, opcode, name, feature)                                           \
	{                                                                           \
		SIMD_INDEX(u, opcode), form_element, ELEMENT_LIST(name), 0, feature \
	}
#define ELEMENT_SCALAR(u, opcode, name, feature)                                                  \
	{                                                                                         \
		SIMD_INDEX_SCALAR(u, opcode), form_element_scalar, ELEMENT_LIST(name), 0, feature \
	}

static const struct fp_row rows[] = {
	VECTOR(0, 0x12, SIMD_BHS(mla)),
	VECTOR(1, 0x12, SIMD_BHS(mls)),
	VECTOR(0, 0x13, SIMD_BHS(mul)),
	VECTOR(1, 0x13, SIMD_B(pmul)),
	VECTOR(0, 0x16, SIMD_HS(sqdmulh)),
	VECTOR(1, 0x16, SIMD_HS(sqrdmulh)),
	SCALAR(0, 0x16, SIMD_HS(sqdmulh)),
	SCALAR(1, 0x16, SIMD_HS(sqrdmulh)),
	EXTRA(1, 0x0, sqrdmlah),
	EXTRA(1, 0x1, sqrdmlsh),
	ELEMENT(1, 0x0, mla, 0),
	ELEMENT(1, 0x4, mls, 0),
	ELEMENT(0, 0x8, mul, 0),
	ELEMENT(0, 0xc, sqdmulh, 0),
	ELEMENT(0, 0xd, sqrdmulh, 0),
	ELEMENT(1, 0xd, sqrdmlah, A64_FEAT_RDM),
	ELEMENT(1, 0xf, sqrdmlsh, A64_FEAT_RDM),
	ELEMENT_SCALAR(0, 0xc, sqdmulh, 0),
	ELEMENT_SCALAR(0, 0xd, sqrdmulh, 0),
	ELEMENT_SCALAR(1, 0xd, sqrdmlah, A64_FEAT_RDM),
	ELEMENT_SCALAR(1, 0xf, sqrdmlsh, A64_FEAT_RDM),
};

const struct fp_table a64_simd_elem_table = {0x8e000000, 0x0e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
