/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD two-register miscellaneous and across-lanes, integer. What narrows or widens single lanes is
 * in simd_long.c.
 */
#include "simd.h"

/* ---- bits and bytes ---- */

SIMD_OP(not, u64v, r = ~n)

/* Sums of neighbouring bits, pairs, nibbles */
SIMD_OP(cnt, u8v, {
	n = n - ((n >> 1) & 0x55);
	n = (n & 0x33) + ((n >> 2) & 0x33);
	r = (n + (n >> 4)) & 0x0f;
})
SIMD_OP(rbit, u8v, {
	n = ((n >> 1) & 0x55) | ((n & 0x55) << 1);
	n = ((n >> 2) & 0x33) | ((n & 0x33) << 2);
	r = (n >> 4) | (n << 4);
})

/* Reversal swaps neighbouring lanes, then pairs of lanes, then pairs of pairs. */
#define SWAP8(n)  ((u64v)((u16v)(n) << 8 | (u16v)(n) >> 8))
#define SWAP16(n) ((u64v)((u32v)(n) << 16 | (u32v)(n) >> 16))
#define SWAP32(n) ((n) << 32 | (n) >> 32)
SIMD_OP(rev64_8, u64v, r = SWAP32(SWAP16(SWAP8(n))))
SIMD_OP(rev64_16, u64v, r = SWAP32(SWAP16(n)))
SIMD_OP(rev64_32, u64v, r = SWAP32(n))
SIMD_OP(rev32_8, u64v, r = SWAP16(SWAP8(n)))
SIMD_OP(rev32_16, u64v, r = SWAP16(n))
SIMD_OP(rev16_8, u64v, r = SWAP8(n))

static inline unsigned int leading_zeros(uint32_t lane, unsigned int bits)
{
	return lane ? (unsigned int)__builtin_clz(lane) - (32 - bits) : bits;
}

#define CLZ(S, B) SIMD_EACH(r, (uint##B##_t)leading_zeros(n[i], B))
#define CLS(S, B)                                                                                  \
	SIMD_EACH(r, (uint##B##_t)(leading_zeros((uint##B##_t)(n[i] ^ (int##B##_t)n[i] >> 1), B) - \
				   1))
SIMD_OP_BHS(clz, u, CLZ)
SIMD_OP_BHS(cls, u, CLS)

/* ---- sign and comparison with zero ---- */

#define NEG(S, B) r = -n
#define ABS(S, B)                                 \
	u##B##v sign = (u##B##v)((s##B##v)n < 0); \
	r = (n ^ sign) - sign
#define CMGT0(S, B) r = (s##B##v)(n > 0)
#define CMGE0(S, B) r = (s##B##v)(n >= 0)
#define CMEQ0(S, B) r = (s##B##v)(n == 0)
#define CMLE0(S, B) r = (s##B##v)(n <= 0)
#define CMLT0(S, B) r = (s##B##v)(n < 0)
SIMD_OP_BHSD(neg, u, NEG)
SIMD_OP_BHSD(abs, u, ABS)
SIMD_OP_BHSD(cmgt0, s, CMGT0)
SIMD_OP_BHSD(cmge0, s, CMGE0)
SIMD_OP_BHSD(cmeq0, s, CMEQ0)
SIMD_OP_BHSD(cmle0, s, CMLE0)
SIMD_OP_BHSD(cmlt0, s, CMLT0)

/* ---- saturating ---- */

#define SMALLEST(B) ((u##B##v){0} + (uint##B##_t)(1ULL << ((B)-1)))
#define SQNEG(S, B)                                 \
	u##B##v over = (u##B##v)(n == SMALLEST(B)); \
	r = -n ^ over;                              \
	simd_saturated(cpu, (u64v)over)
#define SQABS(S, B)                                 \
	u##B##v over = (u##B##v)(n == SMALLEST(B)); \
	u##B##v sign = (u##B##v)((s##B##v)n < 0);   \
	r = ((n ^ sign) - sign) ^ over;             \
	simd_saturated(cpu, (u64v)over)
/* Signed d plus unsigned n, as signed: the sum wraps downwards if it is too large. */
#define SUQADD(S, B)                                        \
	r = d + n;                                          \
	u##B##v over = (u##B##v)((s##B##v)r < (s##B##v)d);  \
	r = SIMD_SELECT(u##B##v, over, SMALLEST(B) - 1, r); \
	simd_saturated(cpu, (u64v)over)
/* Unsigned d plus signed n, as unsigned: all ones, or zero if n is negative */
#define USQADD(S, B)                                             \
	r = d + n;                                               \
	u##B##v down = (u##B##v)((s##B##v)n < 0);                \
	u##B##v over = SIMD_SELECT(u##B##v, down, r > d, r < d); \
	r = SIMD_SELECT(u##B##v, over, ~down, r);                \
	simd_saturated(cpu, (u64v)over)
SIMD_OP_BHSD(sqneg, u, SQNEG)
SIMD_OP_BHSD(sqabs, u, SQABS)
SIMD_OP_BHSD(suqadd, u, SUQADD)
SIMD_OP_BHSD(usqadd, u, USQADD)

/* ---- pairs of lanes added into lanes of twice the width ---- */

#define SADDLP(W, B) r = (u##W##v)(((s##W##v)(n << (B)) >> (B)) + ((s##W##v)n >> (B)))
#define UADDLP(W, B) r = ((n << (B)) >> (B)) + (n >> (B))
#define ADDLP_ALL(NAME, BODY)                            \
	SIMD_OP(NAME##lp8, u16v, BODY(16, 8))            \
	SIMD_OP(NAME##lp16, u32v, BODY(32, 16))          \
	SIMD_OP(NAME##lp32, u64v, BODY(64, 32))          \
	SIMD_OP(NAME##alp8, u16v, BODY(16, 8); r += d)   \
	SIMD_OP(NAME##alp16, u32v, BODY(32, 16); r += d) \
	SIMD_OP(NAME##alp32, u64v, BODY(64, 32); r += d)
ADDLP_ALL(sadd, SADDLP)
ADDLP_ALL(uadd, UADDLP)

/* ---- estimates ---- */

SIMD_OP(urecpe, u32v, SIMD_EACH(r, a64_u32_recip_estimate(n[i])))
SIMD_OP(ursqrte, u32v, SIMD_EACH(r, a64_u32_rsqrt_estimate(n[i])))

/* ---- across all lanes; half of a vector has half of the lanes ---- */

/* FOLD of total and lane, both of type T; N is a vector with such lanes. */
#define ACROSS(NAME, V, T, U, LANES, N, FOLD)                \
	static A64_HANDLER(NAME)                             \
	{                                                    \
		V n = N;                                     \
		T total = n[0];                              \
		for (unsigned int i = 1; i < (LANES); i++) { \
			T lane = n[i];                       \
			total = (T)(FOLD);                   \
		}                                            \
		v_store_scalar(cpu, op->rd, (U)total);       \
		A64_NEXT(cpu, op);                           \
	}

#define LANES_OF(V)         (V) v_load(cpu, op->rn)
/* Long sums: of the pairs' sums */
#define PAIRS_OF(W, KERNEL) KERNEL(cpu, op, (W){0}, (W)v_load(cpu, op->rn), (W){0})
#define ACROSS_BHS(NAME, S, T, FOLD)                                                \
	ACROSS(NAME##8_full, S##8v, T##8_t, uint8_t, 16, LANES_OF(S##8v), FOLD)     \
	ACROSS(NAME##16_full, S##16v, T##16_t, uint16_t, 8, LANES_OF(S##16v), FOLD) \
	ACROSS(NAME##32_full, S##32v, T##32_t, uint32_t, 4, LANES_OF(S##32v), FOLD) \
	ACROSS(NAME##8_part, S##8v, T##8_t, uint8_t, 8, LANES_OF(S##8v), FOLD)      \
	ACROSS(NAME##16_part, S##16v, T##16_t, uint16_t, 4, LANES_OF(S##16v), FOLD)
#define ACROSS_LONG(NAME, PAIRS)                                                             \
	ACROSS(NAME##8_full, u16v, uint16_t, uint16_t, 8, PAIRS_OF(u16v, PAIRS##8_kernel),   \
	       total + lane)                                                                 \
	ACROSS(NAME##16_full, u32v, uint32_t, uint32_t, 4, PAIRS_OF(u32v, PAIRS##16_kernel), \
	       total + lane)                                                                 \
	ACROSS(NAME##32_full, u64v, uint64_t, uint64_t, 2, PAIRS_OF(u64v, PAIRS##32_kernel), \
	       total + lane)                                                                 \
	ACROSS(NAME##8_part, u16v, uint16_t, uint16_t, 4, PAIRS_OF(u16v, PAIRS##8_kernel),   \
	       total + lane)                                                                 \
	ACROSS(NAME##16_part, u32v, uint32_t, uint32_t, 2, PAIRS_OF(u32v, PAIRS##16_kernel), \
	       total + lane)

ACROSS_BHS(addv, u, uint, total + lane)
ACROSS_BHS(smaxv, s, int, lane > total ? lane : total)
ACROSS_BHS(umaxv, u, uint, lane > total ? lane : total)
ACROSS_BHS(sminv, s, int, lane < total ? lane : total)
ACROSS_BHS(uminv, u, uint, lane < total ? lane : total)
ACROSS_LONG(saddlv, saddlp)
ACROSS_LONG(uaddlv, uaddlp)

#define LANES_LIST(NAME)                                                                         \
	SIMD_LIST(NAME##8_full, NAME##16_full, NAME##32_full, NULL, NAME##8_part, NAME##16_part, \
		  NULL, NULL)

#define VECTOR(u, opcode, list)                              \
	{                                                    \
		SIMD_MISC(u, opcode), simd_form_vector, list \
	}
#define SCALAR(u, opcode, list)                                     \
	{                                                           \
		SIMD_MISC_SCALAR(u, opcode), simd_form_scalar, list \
	}
#define ALL_LANES(u, opcode, name)                                         \
	{                                                                  \
		SIMD_ACROSS(u, opcode), simd_form_vector, LANES_LIST(name) \
	}
/* Instructions that exist for one value of the size bits */
#define BITS(u, opcode, size, name)                                                           \
	{                                                                                     \
		0xbffffc00, 0x0e200800 | (u) << 29 | (opcode) << 12 | (uint32_t)(size) << 22, \
			simd_form_bits, SIMD_LIST(name##_full, name##_part)                   \
	}

static const struct fp_row rows[] = {
	BITS(0, 0x00, 0, rev64_8),
	BITS(0, 0x00, 1, rev64_16),
	BITS(0, 0x00, 2, rev64_32),
	BITS(1, 0x00, 0, rev32_8),
	BITS(1, 0x00, 1, rev32_16),
	BITS(0, 0x01, 0, rev16_8),
	BITS(0, 0x05, 0, cnt),
	BITS(1, 0x05, 0, not ),
	BITS(1, 0x05, 1, rbit),
	BITS(0, 0x1c, 2, urecpe),
	BITS(1, 0x1c, 2, ursqrte),
	VECTOR(0, 0x02, SIMD_BHS(saddlp)),
	VECTOR(1, 0x02, SIMD_BHS(uaddlp)),
	VECTOR(0, 0x06, SIMD_BHS(saddalp)),
	VECTOR(1, 0x06, SIMD_BHS(uaddalp)),
	VECTOR(0, 0x04, SIMD_BHS(cls)),
	VECTOR(1, 0x04, SIMD_BHS(clz)),
	VECTOR(0, 0x03, SIMD_BHSD(suqadd)),
	VECTOR(1, 0x03, SIMD_BHSD(usqadd)),
	VECTOR(0, 0x07, SIMD_BHSD(sqabs)),
	VECTOR(1, 0x07, SIMD_BHSD(sqneg)),
	VECTOR(0, 0x08, SIMD_BHSD(cmgt0)),
	VECTOR(1, 0x08, SIMD_BHSD(cmge0)),
	VECTOR(0, 0x09, SIMD_BHSD(cmeq0)),
	VECTOR(1, 0x09, SIMD_BHSD(cmle0)),
	VECTOR(0, 0x0a, SIMD_BHSD(cmlt0)),
	VECTOR(0, 0x0b, SIMD_BHSD(abs)),
	VECTOR(1, 0x0b, SIMD_BHSD(neg)),
	SCALAR(0, 0x03, SIMD_BHSD(suqadd)),
	SCALAR(1, 0x03, SIMD_BHSD(usqadd)),
	SCALAR(0, 0x07, SIMD_BHSD(sqabs)),
	SCALAR(1, 0x07, SIMD_BHSD(sqneg)),
	SCALAR(0, 0x08, SIMD_D(cmgt0)),
	SCALAR(1, 0x08, SIMD_D(cmge0)),
	SCALAR(0, 0x09, SIMD_D(cmeq0)),
	SCALAR(1, 0x09, SIMD_D(cmle0)),
	SCALAR(0, 0x0a, SIMD_D(cmlt0)),
	SCALAR(0, 0x0b, SIMD_D(abs)),
	SCALAR(1, 0x0b, SIMD_D(neg)),
	ALL_LANES(0, 0x03, saddlv),
	ALL_LANES(1, 0x03, uaddlv),
	ALL_LANES(0, 0x0a, smaxv),
	ALL_LANES(1, 0x0a, umaxv),
	ALL_LANES(0, 0x1a, sminv),
	ALL_LANES(1, 0x1a, uminv),
	ALL_LANES(0, 0x1b, addv),
};

const struct fp_table a64_simd_misc_table = {0x8f000000, 0x0e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
