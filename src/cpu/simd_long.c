/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD operations that change the lane size: long and wide ones, whose result has lanes of twice the
 * size, and narrowing ones, whose result has lanes of half of it.
 *
 * aux8 is Q: long operations then read the upper halves of their sources, narrowing ones write the
 * upper half of the destination and leave the lower one alone.
 */
#include "simd.h"

/* ---- long ---- */

SIMD_INLINE uint64_t half_of(const struct a64_cpu *cpu, unsigned int reg, unsigned int upper)
{
	return (&cpu->v[reg].lo)[upper];
}

/* Lanes of B bits, type S, widened to W bits. BODY sees d, n, m as vectors of wide lanes. */
#define WIDEN(S, B, W, half) __builtin_convertvector((S##B##h)(u64h)(half), S##W##v)

#define LONG_KERNEL(NAME, S, W, BODY)                                                              \
	SIMD_INLINE S##W##v NAME##_kernel(struct a64_cpu *cpu, const struct a64_op *op, S##W##v d, \
					  S##W##v n, S##W##v m)                                    \
	{                                                                                          \
		S##W##v r;                                                                         \
		(void)cpu, (void)op, (void)d, (void)n, (void)m;                                    \
		BODY;                                                                              \
		return r;                                                                          \
	}

#define LONG(NAME, S, B, W, BODY)                                                                  \
	LONG_KERNEL(NAME, S, W, BODY)                                                              \
	static A64_HANDLER(NAME)                                                                   \
	{                                                                                          \
		S##W##v r = NAME##_kernel(cpu, op, (S##W##v)v_load(cpu, op->rd),                   \
					  WIDEN(S, B, W, (u64h){half_of(cpu, op->rn, op->aux8)}),  \
					  WIDEN(S, B, W, (u64h){half_of(cpu, op->rm, op->aux8)})); \
		v_store(cpu, op->rd, (u64v)r);                                                     \
		A64_NEXT(cpu, op);                                                                 \
	}

/* The first source has wide lanes already. */
#define WIDE(NAME, S, B, W, BODY)                                                                  \
	LONG_KERNEL(NAME, S, W, BODY)                                                              \
	static A64_HANDLER(NAME)                                                                   \
	{                                                                                          \
		S##W##v r = NAME##_kernel(cpu, op, (S##W##v){0}, (S##W##v)v_load(cpu, op->rn),     \
					  WIDEN(S, B, W, (u64h){half_of(cpu, op->rm, op->aux8)})); \
		v_store(cpu, op->rd, (u64v)r);                                                     \
		A64_NEXT(cpu, op);                                                                 \
	}

/* The second source is lane aux of rm, of type T, for each lane. */
#define LONG_ELEMENT(NAME, S, B, W, T)                                                            \
	static A64_HANDLER(NAME##_element)                                                        \
	{                                                                                         \
		S##W##v m = (S##W##v){0} + ((T##B##_t *)(void *)&cpu->v[op->rm])[op->aux];        \
		S##W##v r =                                                                       \
			NAME##_kernel(cpu, op, (S##W##v)v_load(cpu, op->rd),                      \
				      WIDEN(S, B, W, (u64h){half_of(cpu, op->rn, op->aux8)}), m); \
		v_store(cpu, op->rd, (u64v)r);                                                    \
		A64_NEXT(cpu, op);                                                                \
	}

#define LONG_BHS(NAME, S, BODY)                \
	LONG(NAME##8, S, 8, 16, BODY(S, 16))   \
	LONG(NAME##16, S, 16, 32, BODY(S, 32)) \
	LONG(NAME##32, S, 32, 64, BODY(S, 64))
#define WIDE_BHS(NAME, S, BODY)                \
	WIDE(NAME##8, S, 8, 16, BODY(S, 16))   \
	WIDE(NAME##16, S, 16, 32, BODY(S, 32)) \
	WIDE(NAME##32, S, 32, 64, BODY(S, 64))
#define ELEMENT_HS(NAME, S, T)               \
	LONG_ELEMENT(NAME##16, S, 16, 32, T) \
	LONG_ELEMENT(NAME##32, S, 32, 64, T)

/* Arithmetic wraps: it is done without sign. */
#define U(W, x)    ((u##W##v)(x))
#define ADD(S, W)  r = (S##W##v)(U(W, n) + U(W, m))
#define SUB(S, W)  r = (S##W##v)(U(W, n) - U(W, m))
#define ABDL(S, W) r = SIMD_SELECT(S##W##v, n > m, n - m, m - n)
#define ABAL(S, W)  \
	ABDL(S, W); \
	r = (S##W##v)(U(W, r) + U(W, d))
#define MULL(S, W) r = n * m
#define MLAL(S, W) r = (S##W##v)(U(W, d) + U(W, n * m))
#define MLSL(S, W) r = (S##W##v)(U(W, d) - U(W, n * m))
#define SHLL(S, W) r = (S##W##v)(U(W, n) << op->aux)

LONG_BHS(saddl, s, ADD)
LONG_BHS(uaddl, u, ADD)
LONG_BHS(ssubl, s, SUB)
LONG_BHS(usubl, u, SUB)
WIDE_BHS(saddw, s, ADD)
WIDE_BHS(uaddw, u, ADD)
WIDE_BHS(ssubw, s, SUB)
WIDE_BHS(usubw, u, SUB)
LONG_BHS(sabdl, s, ABDL)
LONG_BHS(uabdl, u, ABDL)
LONG_BHS(sabal, s, ABAL)
LONG_BHS(uabal, u, ABAL)
LONG_BHS(smull, s, MULL)
LONG_BHS(umull, u, MULL)
LONG_BHS(smlal, s, MLAL)
LONG_BHS(umlal, u, MLAL)
LONG_BHS(smlsl, s, MLSL)
LONG_BHS(umlsl, u, MLSL)
LONG_BHS(sshll, s, SHLL)
LONG_BHS(ushll, u, SHLL)
ELEMENT_HS(smull, s, int)
ELEMENT_HS(umull, u, uint)
ELEMENT_HS(smlal, s, int)
ELEMENT_HS(umlal, u, uint)
ELEMENT_HS(smlsl, s, int)
ELEMENT_HS(umlsl, u, uint)

/* Polynomials over GF(2) */
LONG(pmull8, u, 8, 16, {
	r = (u16v){0};
	for (unsigned int i = 0; i < 8; i++) {
		r ^= (n << i) & -((m >> i) & 1);
	}
})

/*
 * Twice the product saturates for the one product that is 2^(W - 2); the sum with d, or the difference,
 * saturates again.
 */
#define SIGNED_LIMIT(W, x) (U(W, (x) >> ((W)-1)) ^ ((U(W, (u64v){0}) - 1) >> 1))
#define SQDMULL(S, W)                                                             \
	u##W##v product = U(W, n * m);                                            \
	u##W##v twice = product << 1;                                             \
	u##W##v over = U(W, twice == (u##W##v){0} + ((uint##W##_t)1 << ((W)-1))); \
	twice ^= over;                                                            \
	r = (s##W##v)twice;                                                       \
	simd_saturated(cpu, (u64v)over)
#define SQDMLAL(S, W)                                                     \
	SQDMULL(S, W);                                                    \
	u##W##v sum = U(W, d) + twice;                                    \
	over = U(W, (s##W##v)((U(W, d) ^ sum) & (twice ^ sum)) < 0);      \
	r = (s##W##v)SIMD_SELECT(u##W##v, over, SIGNED_LIMIT(W, d), sum); \
	simd_saturated(cpu, (u64v)over)
#define SQDMLSL(S, W)                                                     \
	SQDMULL(S, W);                                                    \
	u##W##v sum = U(W, d) - twice;                                    \
	over = U(W, (s##W##v)((U(W, d) ^ twice) & (U(W, d) ^ sum)) < 0);  \
	r = (s##W##v)SIMD_SELECT(u##W##v, over, SIGNED_LIMIT(W, d), sum); \
	simd_saturated(cpu, (u64v)over)

/* The scalar form has one lane: imm is the mask of the result, B bits of which are a source's. */
#define LONG_SCALAR(NAME, B, W)                                                    \
	static A64_HANDLER(NAME##_scalar)                                          \
	{                                                                          \
		u64v mask = {op->imm, 0};                                          \
		s##W##v n = {(int##B##_t)v_d(cpu, op->rn)};                        \
		s##W##v m = {((int##B##_t *)(void *)&cpu->v[op->rm])[op->aux]};    \
		s##W##v d = (s##W##v)(mask & v_load(cpu, op->rd));                 \
		v_store(cpu, op->rd, mask &(u64v)NAME##_kernel(cpu, op, d, n, m)); \
		A64_NEXT(cpu, op);                                                 \
	}

#define SATURATING_LONG(NAME, BODY)            \
	LONG(NAME##16, s, 16, 32, BODY(s, 32)) \
	LONG(NAME##32, s, 32, 64, BODY(s, 64)) \
	ELEMENT_HS(NAME, s, int)               \
	LONG_SCALAR(NAME##16, 16, 32)          \
	LONG_SCALAR(NAME##32, 32, 64)

SATURATING_LONG(sqdmull, SQDMULL)
SATURATING_LONG(sqdmlal, SQDMLAL)
SATURATING_LONG(sqdmlsl, SQDMLSL)

/* ---- narrowing ---- */

SIMD_INLINE void store_half(struct a64_cpu *cpu, const struct a64_op *op, uint64_t value)
{
	if (op->aux8) {
		cpu->v[op->rd].hi = value;
	} else {
		v_store_scalar(cpu, op->rd, value);
	}
}

/* BODY computes r, lanes of type R##W that are cut to B bits, from n and m of type S##W. */
#define NARROW(NAME, S, R, B, W, BODY)                                                   \
	SIMD_INLINE uint64_t NAME##_kernel(struct a64_cpu *cpu, const struct a64_op *op, \
					   S##W##v n, S##W##v m)                         \
	{                                                                                \
		R##W##v r;                                                               \
		(void)cpu, (void)op, (void)m;                                            \
		BODY;                                                                    \
		return ((u64h) __builtin_convertvector((u##W##v)r, u##B##h))[0];         \
	}                                                                                \
	static A64_HANDLER(NAME)                                                         \
	{                                                                                \
		store_half(cpu, op,                                                      \
			   NAME##_kernel(cpu, op, (S##W##v)v_load(cpu, op->rn),          \
					 (S##W##v)v_load(cpu, op->rm)));                 \
		A64_NEXT(cpu, op);                                                       \
	}

/* imm is the mask of the source's only lane. */
#define NARROW_SCALAR(NAME, S, W)                                           \
	static A64_HANDLER(NAME##_scalar)                                   \
	{                                                                   \
		S##W##v n = (S##W##v)(u64v){v_d(cpu, op->rn) & op->imm, 0}; \
		v_store_scalar(cpu, op->rd, NAME##_kernel(cpu, op, n, n));  \
		A64_NEXT(cpu, op);                                          \
	}

#define NARROW_BHS(NAME, S, R, BODY)                 \
	NARROW(NAME##8, S, R, 8, 16, BODY(8, 16))    \
	NARROW(NAME##16, S, R, 16, 32, BODY(16, 32)) \
	NARROW(NAME##32, S, R, 32, 64, BODY(32, 64))
#define SATURATING_NARROW(NAME, S, BODY) \
	NARROW_BHS(NAME, S, S, BODY)     \
	NARROW_SCALAR(NAME##8, S, 16)    \
	NARROW_SCALAR(NAME##16, S, 32)   \
	NARROW_SCALAR(NAME##32, S, 64)

/* Lanes of the sum or difference, shifted to the lower half */
#define ADDHN(B, W)  r = (n + m) >> (B)
#define RADDHN(B, W) r = (n + m + ((uint##W##_t)1 << ((B)-1))) >> (B)
#define SUBHN(B, W)  r = (n - m) >> (B)
#define RSUBHN(B, W) r = (n - m + ((uint##W##_t)1 << ((B)-1))) >> (B)
#define XTN(B, W)    r = n
/* aux: distance to the right, 1..B */
#define SHRN(B, W)   r = n >> op->aux
#define RSHRN(B, W)  r = ((n >> (op->aux - 1)) >> 1) + ((n >> (op->aux - 1)) & 1)
NARROW_BHS(addhn, u, u, ADDHN)
NARROW_BHS(raddhn, u, u, RADDHN)
NARROW_BHS(subhn, u, u, SUBHN)
NARROW_BHS(rsubhn, u, u, RSUBHN)
NARROW_BHS(xtn, u, u, XTN)
NARROW_BHS(shrn, u, u, SHRN)
NARROW_BHS(rshrn, u, u, RSHRN)

/* r limited to [low, high] */
#define LIMIT(V, low, high)                                                                   \
	V above = (V)(r > (high));                                                            \
	V below = (V)(r < (low));                                                             \
	r = SIMD_SELECT(V, above, (V){0} + (high), SIMD_SELECT(V, below, (V){0} + (low), r)); \
	simd_saturated(cpu, (u64v)(above | below))
#define LIMIT_SIGNED(B, W) \
	LIMIT(s##W##v, -((int##W##_t)1 << ((B)-1)), ((int##W##_t)1 << ((B)-1)) - 1)
#define LIMIT_SIGNED_TO_UNSIGNED(B, W) LIMIT(s##W##v, 0, ((int##W##_t)1 << (B)) - 1)
#define LIMIT_UNSIGNED(B, W)                                        \
	u##W##v above = (u##W##v)(r > ((uint##W##_t)1 << (B)) - 1); \
	r |= above;                                                 \
	simd_saturated(cpu, (u64v)above)

#define SQXTN(B, W) \
	XTN(B, W);  \
	LIMIT_SIGNED(B, W)
#define SQXTUN(B, W) \
	XTN(B, W);   \
	LIMIT_SIGNED_TO_UNSIGNED(B, W)
#define UQXTN(B, W) \
	XTN(B, W);  \
	LIMIT_UNSIGNED(B, W)
#define SQSHRN(B, W) \
	SHRN(B, W);  \
	LIMIT_SIGNED(B, W)
#define SQSHRUN(B, W) \
	SHRN(B, W);   \
	LIMIT_SIGNED_TO_UNSIGNED(B, W)
#define UQSHRN(B, W) \
	SHRN(B, W);  \
	LIMIT_UNSIGNED(B, W)
#define SQRSHRN(B, W) \
	RSHRN(B, W);  \
	LIMIT_SIGNED(B, W)
#define SQRSHRUN(B, W) \
	RSHRN(B, W);   \
	LIMIT_SIGNED_TO_UNSIGNED(B, W)
#define UQRSHRN(B, W) \
	RSHRN(B, W);  \
	LIMIT_UNSIGNED(B, W)
SATURATING_NARROW(sqxtn, s, SQXTN)
SATURATING_NARROW(sqxtun, s, SQXTUN)
SATURATING_NARROW(uqxtn, u, UQXTN)
SATURATING_NARROW(sqshrn, s, SQSHRN)
SATURATING_NARROW(sqshrun, s, SQSHRUN)
SATURATING_NARROW(uqshrn, u, UQSHRN)
SATURATING_NARROW(sqrshrn, s, SQRSHRN)
SATURATING_NARROW(sqrshrun, s, SQRSHRUN)
SATURATING_NARROW(uqrshrn, u, UQRSHRN)

/* ---- forms ---- */

static bool form_shift_long(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = simd_take_distance(insn, row, op);

	op->aux8 = (uint8_t)a64_bits(insn, 30, 1);
	return fp_choose(row, size, op);
}

static bool form_shift_long_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size = simd_take_distance(insn, row, op);

	op->aux8 = 0;
	op->imm = simd_lane_mask(size + 1);
	return fp_choose(row, size + 4, op);
}

/* SHLL: the distance is the size of the lanes. */
static bool form_shll(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	op->aux = (uint16_t)(8U << a64_bits(insn, 22, 2));
	return simd_form_long(insn, row, op);
}

/* Handlers for 16 and 32 bits, and 2 more for scalars */
static bool form_element(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	op->aux8 = (uint8_t)a64_bits(insn, 30, 1);
	return simd_take_element(insn, op) && fp_choose(row, a64_bits(insn, 23, 1), op);
}

static bool form_element_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	op->imm = simd_lane_mask(a64_bits(insn, 22, 2) + 1);
	return simd_take_element(insn, op) && fp_choose(row, a64_bits(insn, 23, 1) + 2, op);
}

#define LIST_BHS(name) SIMD_LIST(name##8, name##16, name##32, NULL)
#define LIST_NARROW(name)                                                             \
	SIMD_LIST(name##8, name##16, name##32, NULL, name##8_scalar, name##16_scalar, \
		  name##32_scalar, NULL)
#define LIST_SATURATING(name) \
	SIMD_LIST(NULL, name##16, name##32, NULL, NULL, name##16_scalar, name##32_scalar, NULL)
#define DIFFERENT(u, opcode, list)                         \
	{                                                  \
		SIMD_DIFF(u, opcode), simd_form_long, list \
	}
#define DIFFERENT_SCALAR(u, opcode, list)                                \
	{                                                                \
		SIMD_DIFF_SCALAR(u, opcode), simd_form_long_scalar, list \
	}
#define EXTRACT(u, opcode, list)                           \
	{                                                  \
		SIMD_MISC(u, opcode), simd_form_long, list \
	}
#define EXTRACT_SCALAR(u, opcode, name)                                               \
	{                                                                             \
		SIMD_MISC_SCALAR(u, opcode), simd_form_long_scalar, LIST_NARROW(name) \
	}
#define SHIFT(u, opcode, LIST, name, direction)                                           \
	SIMD_SHIFT_ROW(0, 1U, u, opcode, form_shift_long, LIST(name), direction),         \
		SIMD_SHIFT_ROW(0, 2U, u, opcode, form_shift_long, LIST(name), direction), \
		SIMD_SHIFT_ROW(0, 4U, u, opcode, form_shift_long, LIST(name), direction)
#define SHIFT_SCALAR(u, opcode, name)                                                            \
	SIMD_SHIFT_ROW(1, 1U, u, opcode, form_shift_long_scalar, LIST_NARROW(name), SIMD_RIGHT), \
		SIMD_SHIFT_ROW(1, 2U, u, opcode, form_shift_long_scalar, LIST_NARROW(name),      \
			       SIMD_RIGHT),                                                      \
		SIMD_SHIFT_ROW(1, 4U, u, opcode, form_shift_long_scalar, LIST_NARROW(name),      \
			       SIMD_RIGHT)
#define ELEMENT(u, opcode, name)                                                                   \
	{                                                                                          \
		SIMD_INDEX(u, opcode), form_element, SIMD_LIST(name##16_element, name##32_element) \
	}
#define ELEMENT_SCALAR(u, opcode, name)                                         \
	{                                                                       \
		SIMD_INDEX_SCALAR(u, opcode), form_element_scalar,              \
			SIMD_LIST(NULL, NULL, name##16_scalar, name##32_scalar) \
	}

static const struct fp_row rows[] = {
	DIFFERENT(0, 0x0, LIST_BHS(saddl)),
	DIFFERENT(1, 0x0, LIST_BHS(uaddl)),
	DIFFERENT(0, 0x1, LIST_BHS(saddw)),
	DIFFERENT(1, 0x1, LIST_BHS(uaddw)),
	DIFFERENT(0, 0x2, LIST_BHS(ssubl)),
	DIFFERENT(1, 0x2, LIST_BHS(usubl)),
	DIFFERENT(0, 0x3, LIST_BHS(ssubw)),
	DIFFERENT(1, 0x3, LIST_BHS(usubw)),
	DIFFERENT(0, 0x4, LIST_BHS(addhn)),
	DIFFERENT(1, 0x4, LIST_BHS(raddhn)),
	DIFFERENT(0, 0x5, LIST_BHS(sabal)),
	DIFFERENT(1, 0x5, LIST_BHS(uabal)),
	DIFFERENT(0, 0x6, LIST_BHS(subhn)),
	DIFFERENT(1, 0x6, LIST_BHS(rsubhn)),
	DIFFERENT(0, 0x7, LIST_BHS(sabdl)),
	DIFFERENT(1, 0x7, LIST_BHS(uabdl)),
	DIFFERENT(0, 0x8, LIST_BHS(smlal)),
	DIFFERENT(1, 0x8, LIST_BHS(umlal)),
	DIFFERENT(0, 0x9, LIST_SATURATING(sqdmlal)),
	DIFFERENT(0, 0xa, LIST_BHS(smlsl)),
	DIFFERENT(1, 0xa, LIST_BHS(umlsl)),
	DIFFERENT(0, 0xb, LIST_SATURATING(sqdmlsl)),
	DIFFERENT(0, 0xc, LIST_BHS(smull)),
	DIFFERENT(1, 0xc, LIST_BHS(umull)),
	DIFFERENT(0, 0xd, LIST_SATURATING(sqdmull)),
	DIFFERENT(0, 0xe, SIMD_LIST(pmull8, NULL, NULL, NULL)),
	DIFFERENT_SCALAR(0, 0x9, LIST_SATURATING(sqdmlal)),
	DIFFERENT_SCALAR(0, 0xb, LIST_SATURATING(sqdmlsl)),
	DIFFERENT_SCALAR(0, 0xd, LIST_SATURATING(sqdmull)),
	EXTRACT(0, 0x12, LIST_BHS(xtn)),
	EXTRACT(1, 0x12, LIST_NARROW(sqxtun)),
	EXTRACT(0, 0x14, LIST_NARROW(sqxtn)),
	EXTRACT(1, 0x14, LIST_NARROW(uqxtn)),
	EXTRACT_SCALAR(1, 0x12, sqxtun),
	EXTRACT_SCALAR(0, 0x14, sqxtn),
	EXTRACT_SCALAR(1, 0x14, uqxtn),
	{SIMD_MISC(1, 0x13), form_shll, LIST_BHS(ushll)},
	SHIFT(0, 0x10, LIST_BHS, shrn, SIMD_RIGHT),
	SHIFT(0, 0x11, LIST_BHS, rshrn, SIMD_RIGHT),
	SHIFT(1, 0x10, LIST_NARROW, sqshrun, SIMD_RIGHT),
	SHIFT(1, 0x11, LIST_NARROW, sqrshrun, SIMD_RIGHT),
	SHIFT(0, 0x12, LIST_NARROW, sqshrn, SIMD_RIGHT),
	SHIFT(1, 0x12, LIST_NARROW, uqshrn, SIMD_RIGHT),
	SHIFT(0, 0x13, LIST_NARROW, sqrshrn, SIMD_RIGHT),
	SHIFT(1, 0x13, LIST_NARROW, uqrshrn, SIMD_RIGHT),
	SHIFT(0, 0x14, LIST_BHS, sshll, SIMD_LEFT),
	SHIFT(1, 0x14, LIST_BHS, ushll, SIMD_LEFT),
	SHIFT_SCALAR(1, 0x10, sqshrun),
	SHIFT_SCALAR(1, 0x11, sqrshrun),
	SHIFT_SCALAR(0, 0x12, sqshrn),
	SHIFT_SCALAR(1, 0x12, uqshrn),
	SHIFT_SCALAR(0, 0x13, sqrshrn),
	SHIFT_SCALAR(1, 0x13, uqrshrn),
	ELEMENT(0, 0x2, smlal),
	ELEMENT(1, 0x2, umlal),
	ELEMENT(0, 0x6, smlsl),
	ELEMENT(1, 0x6, umlsl),
	ELEMENT(0, 0xa, smull),
	ELEMENT(1, 0xa, umull),
	ELEMENT(0, 0x3, sqdmlal),
	ELEMENT(0, 0x7, sqdmlsl),
	ELEMENT(0, 0xb, sqdmull),
	ELEMENT_SCALAR(0, 0x3, sqdmlal),
	ELEMENT_SCALAR(0, 0x7, sqdmlsl),
	ELEMENT_SCALAR(0, 0xb, sqdmull),
};

const struct fp_table a64_simd_long_table = {0x8e000000, 0x0e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
