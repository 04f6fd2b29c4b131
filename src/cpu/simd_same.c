/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD three registers of the same type, integer: arithmetic, logic, comparison, pairwise.
 * Shifts by register are in simd_shift.c, multiplications in simd_elem.c.
 */
#include "simd.h"

/* ---- logic ---- */

SIMD_OP(and, u64v, r = n & m)
SIMD_OP(bic, u64v, r = n & ~m)
SIMD_OP(orr, u64v, r = n | m)
SIMD_OP(orn, u64v, r = n | ~m)
SIMD_OP(eor, u64v, r = n ^ m)
SIMD_OP(bsl, u64v, r = m ^ ((m ^ n) & d))
SIMD_OP(bit, u64v, r = d ^ ((d ^ n) & m))
SIMD_OP(bif, u64v, r = d ^ ((d ^ n) & ~m))

/* ---- addition, subtraction, comparison ---- */

#define ADD(S, B)   r = n + m
#define SUB(S, B)   r = n - m
#define CMEQ(S, B)  r = (S##B##v)(n == m)
#define CMGE(S, B)  r = (S##B##v)(n >= m)
#define CMGT(S, B)  r = (S##B##v)(n > m)
#define CMTST(S, B) r = (S##B##v)((n & m) != 0)
#define MAX(S, B)   r = SIMD_SELECT(S##B##v, n > m, n, m)
#define MIN(S, B)   r = SIMD_SELECT(S##B##v, n < m, n, m)
/* One of the two differences is the right one, the other its negative: modulo 2^B both are known. */
#define ABD(S, B)   r = SIMD_SELECT(S##B##v, n > m, (u##B##v)n - (u##B##v)m, (u##B##v)m - (u##B##v)n)
#define ABA(S, B)  \
	ABD(S, B); \
	r = (S##B##v)((u##B##v)r + (u##B##v)d)
/* Sums of B + 1 bits, halved */
#define HADD(S, B)  r = (S##B##v)((u##B##v)(n & m) + (u##B##v)((n ^ m) >> 1))
#define RHADD(S, B) r = (S##B##v)((u##B##v)(n | m) - (u##B##v)((n ^ m) >> 1))
#define HSUB(S, B)  r = (S##B##v)((u##B##v)(n >> 1) - (u##B##v)(m >> 1) - ((u##B##v)(~n & m) & 1))

SIMD_OP_BHSD(add, u, ADD)
SIMD_OP_BHSD(sub, u, SUB)
SIMD_OP_BHSD(cmeq, u, CMEQ)
SIMD_OP_BHSD(cmtst, u, CMTST)
SIMD_OP_BHSD(cmge, s, CMGE)
SIMD_OP_BHSD(cmgt, s, CMGT)
SIMD_OP_BHSD(cmhs, u, CMGE)
SIMD_OP_BHSD(cmhi, u, CMGT)
SIMD_OP_BHS(smax, s, MAX)
SIMD_OP_BHS(smin, s, MIN)
SIMD_OP_BHS(umax, u, MAX)
SIMD_OP_BHS(umin, u, MIN)
SIMD_OP_BHS(sabd, s, ABD)
SIMD_OP_BHS(uabd, u, ABD)
SIMD_OP_BHS(saba, s, ABA)
SIMD_OP_BHS(uaba, u, ABA)
SIMD_OP_BHS(shadd, s, HADD)
SIMD_OP_BHS(uhadd, u, HADD)
SIMD_OP_BHS(srhadd, s, RHADD)
SIMD_OP_BHS(urhadd, u, RHADD)
SIMD_OP_BHS(shsub, s, HSUB)
SIMD_OP_BHS(uhsub, u, HSUB)

/* ---- saturating ---- */

/* The limit on the side of n: the largest value if n is positive, else the smallest. */
#define SIGNED_LIMIT(B) ((u##B##v)((s##B##v)n >> ((B)-1)) ^ (u##B##v)(((u##B##v){0} - 1) >> 1))
#define SQADD(S, B)                                                 \
	r = n + m;                                                  \
	u##B##v over = (u##B##v)((s##B##v)((n ^ r) & (m ^ r)) < 0); \
	r = SIMD_SELECT(u##B##v, over, SIGNED_LIMIT(B), r);         \
	simd_saturated(cpu, (u64v)over)
#define SQSUB(S, B)                                                 \
	r = n - m;                                                  \
	u##B##v over = (u##B##v)((s##B##v)((n ^ m) & (n ^ r)) < 0); \
	r = SIMD_SELECT(u##B##v, over, SIGNED_LIMIT(B), r);         \
	simd_saturated(cpu, (u64v)over)
#define UQADD(S, B)                      \
	r = n + m;                       \
	u##B##v over = (u##B##v)(r < n); \
	r |= over;                       \
	simd_saturated(cpu, (u64v)over)
#define UQSUB(S, B)                       \
	r = n - m;                        \
	u##B##v under = (u##B##v)(n < m); \
	r &= ~under;                      \
	simd_saturated(cpu, (u64v)under)

SIMD_OP_BHSD(sqadd, u, SQADD)
SIMD_OP_BHSD(sqsub, u, SQSUB)
SIMD_OP_BHSD(uqadd, u, UQADD)
SIMD_OP_BHSD(uqsub, u, UQSUB)

/* ---- pairwise: the lanes of n, then those of m, in pairs ---- */

/* Lanes of W = 2B bits hold a pair; taken apart they compare as signed numbers. */
#define PAIR_ADD(V, x, y) ((x) + (y))
#define PAIR_MAX(V, x, y) SIMD_SELECT(V, (x) > (y), x, y)
#define PAIR_MIN(V, x, y) SIMD_SELECT(V, (x) < (y), x, y)

#define PAIRWISE(NAME, S, B, W, OP)                                                              \
	SIMD_INLINE uint64_t NAME##_pairs(u64v pairs)                                            \
	{                                                                                        \
		s##W##v even = (s##W##v)(((S##W##v)pairs << (B)) >> (B));                        \
		s##W##v odd = (s##W##v)((S##W##v)pairs >> (B));                                  \
		s##W##v r = OP(s##W##v, even, odd);                                              \
		return ((u64h) __builtin_convertvector(r, s##B##h))[0];                          \
	}                                                                                        \
	static A64_HANDLER(NAME##_full)                                                          \
	{                                                                                        \
		u64v r = {NAME##_pairs(v_load(cpu, op->rn)), NAME##_pairs(v_load(cpu, op->rm))}; \
		v_store(cpu, op->rd, r);                                                         \
		A64_NEXT(cpu, op);                                                               \
	}                                                                                        \
	static A64_HANDLER(NAME##_part)                                                          \
	{                                                                                        \
		u64v pairs = {v_d(cpu, op->rn), v_d(cpu, op->rm)};                               \
		v_store_scalar(cpu, op->rd, NAME##_pairs(pairs));                                \
		A64_NEXT(cpu, op);                                                               \
	}

#define PAIRWISE_BHS(NAME, S, OP)         \
	PAIRWISE(NAME##8, S, 8, 16, OP)   \
	PAIRWISE(NAME##16, S, 16, 32, OP) \
	PAIRWISE(NAME##32, S, 32, 64, OP)

PAIRWISE_BHS(addp, u, PAIR_ADD)
PAIRWISE_BHS(smaxp, s, PAIR_MAX)
PAIRWISE_BHS(sminp, s, PAIR_MIN)
PAIRWISE_BHS(umaxp, u, PAIR_MAX)
PAIRWISE_BHS(uminp, u, PAIR_MIN)

static A64_HANDLER(addp64_full)
{
	u64v n = v_load(cpu, op->rn);
	u64v m = v_load(cpu, op->rm);

	v_store(cpu, op->rd, (u64v){n[0] + n[1], m[0] + m[1]});
	A64_NEXT(cpu, op);
}

/* ADDP (scalar) */
static A64_HANDLER(addp_scalar)
{
	v_store_scalar(cpu, op->rd, cpu->v[op->rn].lo + cpu->v[op->rn].hi);
	A64_NEXT(cpu, op);
}

#define LOGIC(u, size, name)                                                                 \
	{                                                                                    \
		0xbfe0fc00, 0x0e201c00 | (u) << 29 | (uint32_t)(size) << 22, simd_form_bits, \
			SIMD_LIST(name##_full, name##_part)                                  \
	}
#define VECTOR(u, opcode, list)                              \
	{                                                    \
		SIMD_SAME(u, opcode), simd_form_vector, list \
	}
#define SCALAR(u, opcode, list)                                     \
	{                                                           \
		SIMD_SAME_SCALAR(u, opcode), simd_form_scalar, list \
	}

static const struct fp_row rows[] = {
	LOGIC(0, 0, and),
	LOGIC(0, 1, bic),
	LOGIC(0, 2, orr),
	LOGIC(0, 3, orn),
	LOGIC(1, 0, eor),
	LOGIC(1, 1, bsl),
	LOGIC(1, 2, bit),
	LOGIC(1, 3, bif),
	VECTOR(0, 0x10, SIMD_BHSD(add)),
	VECTOR(1, 0x10, SIMD_BHSD(sub)),
	VECTOR(0, 0x11, SIMD_BHSD(cmtst)),
	VECTOR(1, 0x11, SIMD_BHSD(cmeq)),
	VECTOR(0, 0x06, SIMD_BHSD(cmgt)),
	VECTOR(1, 0x06, SIMD_BHSD(cmhi)),
	VECTOR(0, 0x07, SIMD_BHSD(cmge)),
	VECTOR(1, 0x07, SIMD_BHSD(cmhs)),
	VECTOR(0, 0x0c, SIMD_BHS(smax)),
	VECTOR(1, 0x0c, SIMD_BHS(umax)),
	VECTOR(0, 0x0d, SIMD_BHS(smin)),
	VECTOR(1, 0x0d, SIMD_BHS(umin)),
	VECTOR(0, 0x0e, SIMD_BHS(sabd)),
	VECTOR(1, 0x0e, SIMD_BHS(uabd)),
	VECTOR(0, 0x0f, SIMD_BHS(saba)),
	VECTOR(1, 0x0f, SIMD_BHS(uaba)),
	VECTOR(0, 0x00, SIMD_BHS(shadd)),
	VECTOR(1, 0x00, SIMD_BHS(uhadd)),
	VECTOR(0, 0x02, SIMD_BHS(srhadd)),
	VECTOR(1, 0x02, SIMD_BHS(urhadd)),
	VECTOR(0, 0x04, SIMD_BHS(shsub)),
	VECTOR(1, 0x04, SIMD_BHS(uhsub)),
	VECTOR(0, 0x01, SIMD_BHSD(sqadd)),
	VECTOR(1, 0x01, SIMD_BHSD(uqadd)),
	VECTOR(0, 0x05, SIMD_BHSD(sqsub)),
	VECTOR(1, 0x05, SIMD_BHSD(uqsub)),
	VECTOR(0, 0x17,
	       SIMD_LIST(addp8_full, addp16_full, addp32_full, addp64_full, addp8_part, addp16_part,
			 addp32_part, NULL)),
	VECTOR(0, 0x14, SIMD_BHS(smaxp)),
	VECTOR(1, 0x14, SIMD_BHS(umaxp)),
	VECTOR(0, 0x15, SIMD_BHS(sminp)),
	VECTOR(1, 0x15, SIMD_BHS(uminp)),
	SCALAR(0, 0x10, SIMD_D(add)),
	SCALAR(1, 0x10, SIMD_D(sub)),
	SCALAR(0, 0x11, SIMD_D(cmtst)),
	SCALAR(1, 0x11, SIMD_D(cmeq)),
	SCALAR(0, 0x06, SIMD_D(cmgt)),
	SCALAR(1, 0x06, SIMD_D(cmhi)),
	SCALAR(0, 0x07, SIMD_D(cmge)),
	SCALAR(1, 0x07, SIMD_D(cmhs)),
	SCALAR(0, 0x01, SIMD_BHSD(sqadd)),
	SCALAR(1, 0x01, SIMD_BHSD(uqadd)),
	SCALAR(0, 0x05, SIMD_BHSD(sqsub)),
	SCALAR(1, 0x05, SIMD_BHSD(uqsub)),
	{0xfffffc00, 0x5ef1b800, simd_form_bits, SIMD_LIST(addp_scalar)},
};

const struct fp_table a64_simd_same_table = {0x8f000000, 0x0e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
