/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD floating point, vectors and the scalar forms in that class. Lanes are computed one by one, by
 * the host if it can and else by the soft float; a few frequent operations first try all lanes at once.
 *
 * aux8 is the number of lanes, aux an element's index or the fraction bits, ra a rounding mode, imm
 * whether an integer is unsigned, or whether an inexact result is reported.
 */
#include "fp_host.h"
#include "simd.h"

#define LANES(W, reg) ((uint##W##_t *)(void *)&cpu->v[reg])

/* A function that sets lanes 0 to aux8 - 1 of rd to RESULT and clears the others. */
#define LANE_FUNCTION(NAME, W, N, M, RESULT)                                                \
	static A64_NOINLINE void NAME##_lanes(struct a64_cpu *cpu, const struct a64_op *op) \
	{                                                                                   \
		struct a64_fpenv *env = fp_env(cpu);                                        \
		const uint##W##_t *from_d = LANES(W, op->rd);                               \
		const uint##W##_t *from_n = LANES(W, op->rn);                               \
		const uint##W##_t *from_m = LANES(W, op->rm);                               \
		uint##W##_t result[128 / W] = {0};                                          \
		(void)env, (void)from_d, (void)from_n, (void)from_m;                        \
		for (unsigned int i = 0; i < op->aux8; i++) {                               \
			uint##W##_t d = from_d[i];                                          \
			uint##W##_t n = N;                                                  \
			uint##W##_t m = M;                                                  \
			(void)d, (void)n, (void)m;                                          \
			result[i] = RESULT;                                                 \
		}                                                                           \
		memcpy(&cpu->v[op->rd], result, sizeof(result));                            \
	}                                                                                   \
	static A64_HANDLER(NAME)                                                            \
	{                                                                                   \
		NAME##_lanes(cpu, op);                                                      \
		A64_NEXT(cpu, op);                                                          \
	}

/* RESULT is a macro of the width over env, d, n, m. */
#define LANEWISE(NAME, RESULT)                                        \
	LANE_FUNCTION(NAME##32, 32, from_n[i], from_m[i], RESULT(32)) \
	LANE_FUNCTION(NAME##64, 64, from_n[i], from_m[i], RESULT(64))
/* m is lane aux of rm throughout. */
#define BY_ELEMENT(NAME, RESULT)                                                    \
	LANE_FUNCTION(NAME##_element32, 32, from_n[i], from_m[op->aux], RESULT(32)) \
	LANE_FUNCTION(NAME##_element64, 64, from_n[i], from_m[op->aux], RESULT(64))
/* n and m are neighbours, of rn in the first half of the result and of rm in the second. */
#define PAIR_OF(i) (((i) < op->aux8 / 2U ? from_n : from_m) + (i)*2 % op->aux8)
#define PAIRWISE(NAME, RESULT)                                                \
	LANE_FUNCTION(NAME##32, 32, PAIR_OF(i)[0], PAIR_OF(i)[1], RESULT(32)) \
	LANE_FUNCTION(NAME##64, 64, PAIR_OF(i)[0], PAIR_OF(i)[1], RESULT(64)) \
	/* aux8 is 1: the one pair of a scalar form */                        \
	LANE_FUNCTION(NAME##_scalar32, 32, from_n[0], from_n[1], RESULT(32))  \
	LANE_FUNCTION(NAME##_scalar64, 64, from_n[0], from_n[1], RESULT(64))

/* ---- three operands ---- */

#define ADD(W)    fp_add##W(env, n, m)
#define SUB(W)    fp_sub##W(env, n, m)
#define MUL(W)    fp_mul##W(env, n, m)
#define MULX(W)   fp_mulx##W(env, n, m)
#define DIV(W)    fp_div##W(env, n, m)
#define MAX(W)    fp_max##W(env, n, m)
#define MIN(W)    fp_min##W(env, n, m)
#define MAXNM(W)  fp_maxnm##W(env, n, m)
#define MINNM(W)  fp_minnm##W(env, n, m)
#define MLA(W)    fp_muladd##W(env, d, n, m)
#define MLS(W)    fp_muladd##W(env, d, n ^ FP_SIGN##W, m)
#define ABD(W)    fp_sub##W(env, n, m) & ~FP_SIGN##W
#define RECPS(W)  a64_f##W##_recip_step(env, n, m)
#define RSQRTS(W) a64_f##W##_rsqrt_step(env, n, m)
LANEWISE(fadd, ADD)
LANEWISE(fsub, SUB)
LANEWISE(fmul, MUL)
LANEWISE(fmulx, MULX)
LANEWISE(fdiv, DIV)
LANEWISE(fmax, MAX)
LANEWISE(fmin, MIN)
LANEWISE(fmaxnm, MAXNM)
LANEWISE(fminnm, MINNM)
LANEWISE(fmla, MLA)
LANEWISE(fmls, MLS)
LANEWISE(fabd, ABD)
LANEWISE(frecps, RECPS)
LANEWISE(frsqrts, RSQRTS)
BY_ELEMENT(fmul, MUL)
BY_ELEMENT(fmulx, MULX)
BY_ELEMENT(fmla, MLA)
BY_ELEMENT(fmls, MLS)
PAIRWISE(faddp, ADD)
PAIRWISE(fmaxp, MAX)
PAIRWISE(fminp, MIN)
PAIRWISE(fmaxnmp, MAXNM)
PAIRWISE(fminnmp, MINNM)

/* ---- comparison: all ones if true ---- */

#define IS(W, a, b, quiet, outcomes) \
	((1U << fp_compare##W(env, a, b, !(quiet)) & (outcomes)) ? (uint##W##_t) - 1 : 0)
#define EQUAL           (1U << A64_FPCMP_EQUAL)
#define GREATER         (1U << A64_FPCMP_GREATER)
#define LESS            (1U << A64_FPCMP_LESS)
#define MAGNITUDE(W, x) ((x) & ~FP_SIGN##W)

#define CMEQ(W)  IS(W, n, m, true, EQUAL)
#define CMGE(W)  IS(W, n, m, false, GREATER | EQUAL)
#define CMGT(W)  IS(W, n, m, false, GREATER)
#define ACGE(W)  IS(W, MAGNITUDE(W, n), MAGNITUDE(W, m), false, GREATER | EQUAL)
#define ACGT(W)  IS(W, MAGNITUDE(W, n), MAGNITUDE(W, m), false, GREATER)
#define CMEQ0(W) IS(W, n, 0, true, EQUAL)
#define CMGE0(W) IS(W, n, 0, false, GREATER | EQUAL)
#define CMGT0(W) IS(W, n, 0, false, GREATER)
#define CMLE0(W) IS(W, n, 0, false, LESS | EQUAL)
#define CMLT0(W) IS(W, n, 0, false, LESS)
LANEWISE(fcmeq, CMEQ)
LANEWISE(fcmge, CMGE)
LANEWISE(fcmgt, CMGT)
LANEWISE(facge, ACGE)
LANEWISE(facgt, ACGT)
LANEWISE(fcmeq0, CMEQ0)
LANEWISE(fcmge0, CMGE0)
LANEWISE(fcmgt0, CMGT0)
LANEWISE(fcmle0, CMLE0)
LANEWISE(fcmlt0, CMLT0)

/* ---- one operand ---- */

SIMD_OP(fabs32, u32v, r = n & ~FP_SIGN32)
SIMD_OP(fabs64, u64v, r = n & ~FP_SIGN64)
SIMD_OP(fneg32, u32v, r = n ^ FP_SIGN32)
SIMD_OP(fneg64, u64v, r = n ^ FP_SIGN64)

#define SQRT(W)   fp_sqrt_lane##W(env, n)
#define RECPE(W)  a64_f##W##_recip_estimate(env, n)
#define RSQRTE(W) a64_f##W##_rsqrt_estimate(env, n)
#define RECPX(W)  a64_f##W##_recip_exponent(env, n)
#define RINT(W)   fp_round_int##W(env, n, fp_rounding(cpu, op->ra), op->imm != 0)
#define TO_INT(W) \
	(uint##W##_t) fp_to_fixed##W(env, n, op->aux, W, op->imm != 0, fp_rounding(cpu, op->ra))
#define FROM_SINT(W) fp_from_sint##W(env, (int##W##_t)n, op->aux)
#define FROM_UINT(W) fp_from_uint##W(env, n, op->aux)
LANEWISE(fsqrt, SQRT)
LANEWISE(frecpe, RECPE)
LANEWISE(frsqrte, RSQRTE)
LANEWISE(frecpx, RECPX)
LANEWISE(frint, RINT)
LANEWISE(fcvt_int, TO_INT)
LANEWISE(scvtf, FROM_SINT)
LANEWISE(ucvtf, FROM_UINT)

/* ---- between lane sizes; aux is Q: the upper half of the narrow side ---- */

#define CONVERT_LONG(NAME, FROM, TO, CONVERT)                                               \
	static A64_NOINLINE void NAME##_lanes(struct a64_cpu *cpu, const struct a64_op *op) \
	{                                                                                   \
		uint##TO##_t result[128 / TO];                                              \
		const uint##FROM##_t *n = LANES(FROM, op->rn) + (op->aux ? 64 / FROM : 0);  \
		for (unsigned int i = 0; i < 128 / TO; i++) {                               \
			result[i] = CONVERT(fp_env(cpu), n[i]);                             \
		}                                                                           \
		memcpy(&cpu->v[op->rd], result, sizeof(result));                            \
	}                                                                                   \
	static A64_HANDLER(NAME)                                                            \
	{                                                                                   \
		NAME##_lanes(cpu, op);                                                      \
		A64_NEXT(cpu, op);                                                          \
	}
#define CONVERT_NARROW(NAME, FROM, TO, CONVERT)                                                    \
	static A64_NOINLINE void NAME##_lanes(struct a64_cpu *cpu, const struct a64_op *op)        \
	{                                                                                          \
		uint##TO##_t result[64 / TO];                                                      \
		const uint##FROM##_t *n = LANES(FROM, op->rn);                                     \
		for (unsigned int i = 0; i < 64 / TO; i++) {                                       \
			result[i] = CONVERT(fp_env(cpu), n[i]);                                    \
		}                                                                                  \
		memcpy(op->aux ? &cpu->v[op->rd].hi : &cpu->v[op->rd].lo, result, sizeof(result)); \
		cpu->v[op->rd].hi = op->aux ? cpu->v[op->rd].hi : 0;                               \
	}                                                                                          \
	static A64_HANDLER(NAME)                                                                   \
	{                                                                                          \
		NAME##_lanes(cpu, op);                                                             \
		A64_NEXT(cpu, op);                                                                 \
	}

CONVERT_LONG(fcvtl32, 16, 32, a64_f16_to_f32)
CONVERT_LONG(fcvtl64, 32, 64, fp_widen)
CONVERT_NARROW(fcvtn32, 32, 16, a64_f32_to_f16)
CONVERT_NARROW(fcvtn64, 64, 32, fp_narrow)
CONVERT_NARROW(fcvtxn64, 64, 32, a64_f64_to_f32_odd)

static A64_HANDLER(fcvtxn_scalar)
{
	v_store_scalar(cpu, op->rd, a64_f64_to_f32_odd(fp_env(cpu), v_d(cpu, op->rn)));
	A64_NEXT(cpu, op);
}

/* ---- across four lanes: pairs of the lower and of the upper half, then both ---- */

#define ACROSS(NAME, STEP)                                         \
	static A64_HANDLER(NAME)                                   \
	{                                                          \
		struct a64_fpenv *env = fp_env(cpu);               \
		const uint32_t *n = LANES(32, op->rn);             \
		uint32_t low = STEP(env, n[0], n[1]);              \
		uint32_t high = STEP(env, n[2], n[3]);             \
		v_store_scalar(cpu, op->rd, STEP(env, low, high)); \
		A64_NEXT(cpu, op);                                 \
	}

ACROSS(fmaxv, a64_f32_max)
ACROSS(fminv, a64_f32_min)
ACROSS(fmaxnmv, a64_f32_maxnm)
ACROSS(fminnmv, a64_f32_minnm)

/* ---- all lanes at once (fp_host.h has the conditions) ---- */

SIMD_INLINE bool host_ready(const struct a64_cpu *cpu)
{
	return !(cpu->fpcr & (A64_FPCR_RMODE | A64_FPCR_FZ)) && (cpu->fpsr & A64_FPSR_IXC);
}

SIMD_INLINE bool all_ones(u64v mask)
{
	return (mask[0] & mask[1]) == UINT64_MAX;
}

/* Neither subnormal, nor the smallest normal number, nor infinite, nor a NaN */
#define NORMAL32(r) normal32((f32v)((u32v)(r) & ~FP_SIGN32))
#define NORMAL64(r) normal64((f64v)((u64v)(r) & ~FP_SIGN64))

SIMD_INLINE s32v normal32(f32v magnitude)
{
	return (magnitude > 0x1p-126F) & (magnitude <= 0x1.fffffep127F);
}

SIMD_INLINE s64v normal64(f64v magnitude)
{
	return (magnitude > 0x1p-1022) & (magnitude <= 0x1.fffffffffffffp1023);
}

/* ZERO: where a result of zero is exact */
#define ALL_LANES(NAME, W, M, RESULT, ZERO)                                                \
	static A64_HANDLER(NAME##W##_full)                                                 \
	{                                                                                  \
		f##W##v n = (f##W##v)v_load(cpu, op->rn);                                  \
		f##W##v m = M;                                                             \
		f##W##v r = RESULT;                                                        \
		if (A64_UNLIKELY(!host_ready(cpu) ||                                       \
				 !all_ones((u64v)(NORMAL##W(r) | ((r == 0) & (ZERO)))))) { \
			A64_TAIL return NAME##W(cpu, op);                                  \
		}                                                                          \
		v_store(cpu, op->rd, (u64v)r);                                             \
		A64_NEXT(cpu, op);                                                         \
	}
#define VECTOR_M(W)  (f##W##v) v_load(cpu, op->rm)
#define ELEMENT_M(W) (f##W##v)((u##W##v){0} + LANES(W, op->rm)[op->aux])
#define FACTOR_ZERO  (n == 0) | (m == 0)

ALL_LANES(fadd, 32, VECTOR_M(32), n + m, r == r)
ALL_LANES(fadd, 64, VECTOR_M(64), n + m, r == r)
ALL_LANES(fsub, 32, VECTOR_M(32), n - m, r == r)
ALL_LANES(fsub, 64, VECTOR_M(64), n - m, r == r)
ALL_LANES(fmul, 32, VECTOR_M(32), n *m, FACTOR_ZERO)
ALL_LANES(fmul, 64, VECTOR_M(64), n *m, FACTOR_ZERO)
ALL_LANES(fmul_element, 32, ELEMENT_M(32), n *m, FACTOR_ZERO)
ALL_LANES(fmul_element, 64, ELEMENT_M(64), n *m, FACTOR_ZERO)
ALL_LANES(fdiv, 32, VECTOR_M(32), n / m, n == 0)
ALL_LANES(fdiv, 64, VECTOR_M(64), n / m, n == 0)

/* Comparisons need no flag if there is no NaN, maxima none if the operands differ. */
#define ALL_LANES_COMPARE(NAME, W, M, VALID, RESULT)                                       \
	static A64_HANDLER(NAME##W##_full)                                                 \
	{                                                                                  \
		f##W##v n = (f##W##v)v_load(cpu, op->rn);                                  \
		f##W##v m = M;                                                             \
		if (A64_UNLIKELY((cpu->fpcr & A64_FPCR_FZ) || !all_ones((u64v)(VALID)))) { \
			A64_TAIL return NAME##W(cpu, op);                                  \
		}                                                                          \
		v_store(cpu, op->rd, (u64v)(RESULT));                                      \
		A64_NEXT(cpu, op);                                                         \
	}
#define COMPARE_BOTH(NAME, OPERATOR)                                                 \
	ALL_LANES_COMPARE(NAME, 32, VECTOR_M(32), (n == n) & (m == m), n OPERATOR m) \
	ALL_LANES_COMPARE(NAME, 64, VECTOR_M(64), (n == n) & (m == m), n OPERATOR m) \
	ALL_LANES_COMPARE(NAME##0, 32, (f32v){0}, n == n, n OPERATOR m)              \
	ALL_LANES_COMPARE(NAME##0, 64, (f64v){0}, n == n, n OPERATOR m)
#define EXTREME_BOTH(NAME, OPERATOR)                                 \
	ALL_LANES_COMPARE(NAME, 32, VECTOR_M(32), (n < m) | (n > m), \
			  SIMD_SELECT(u32v, n OPERATOR m, n, m))     \
	ALL_LANES_COMPARE(NAME, 64, VECTOR_M(64), (n < m) | (n > m), \
			  SIMD_SELECT(u64v, n OPERATOR m, n, m))

COMPARE_BOTH(fcmeq, ==)
COMPARE_BOTH(fcmge, >=)
COMPARE_BOTH(fcmgt, >)
EXTREME_BOTH(fmax, >)
EXTREME_BOTH(fmin, <)
EXTREME_BOTH(fmaxnm, >)
EXTREME_BOTH(fminnm, <)

/* As fp_host_muladd32(), for two lanes: the double that rounds to single precision as d + n * m would */
SIMD_INLINE f64v muladd_odd(f64v d, f64v n, f64v m)
{
	f64v product = n * m;
	f64v sum = product + d;
	f64v from_d = sum - product;
	f64v error = (product - (sum - from_d)) + (d - from_d);
	s64v inexact = (s64v)(error != 0);
	s64v away = ~((s64v)(error > 0) ^ (s64v)(sum > 0));
	s64v bits = (s64v)sum;

	bits += ((away & 2) - 1) & inexact & ((bits & 1) - 1);
	return (f64v)bits;
}

typedef float f32h __attribute__((vector_size(8)));

SIMD_INLINE f32v muladd32(f32v d, f32v n, f32v m)
{
	union {
		f32v whole;
		f32h half[2];
	} x = {d}, y = {n}, z = {m};

	for (unsigned int i = 0; i < 2; i++) {
		f64v r = muladd_odd(__builtin_convertvector(x.half[i], f64v),
				    __builtin_convertvector(y.half[i], f64v),
				    __builtin_convertvector(z.half[i], f64v));
		x.half[i] = __builtin_convertvector(r, f32h);
	}
	return x.whole;
}

SIMD_INLINE f64v muladd64(f64v d, f64v n, f64v m)
{
	return (f64v){fma(n[0], m[0], d[0]), fma(n[1], m[1], d[1])};
}

#define D(W) (f##W##v) v_load(cpu, op->rd)
ALL_LANES(fmla, 32, VECTOR_M(32), muladd32(D(32), n, m), FACTOR_ZERO)
ALL_LANES(fmls, 32, VECTOR_M(32), muladd32(D(32), -n, m), FACTOR_ZERO)
ALL_LANES(fmla_element, 32, ELEMENT_M(32), muladd32(D(32), n, m), FACTOR_ZERO)
ALL_LANES(fmls_element, 32, ELEMENT_M(32), muladd32(D(32), -n, m), FACTOR_ZERO)

/* fma() is a function: it is called only if its result is likely to be used. */
#define ALL_LANES_FMA(NAME, M, RESULT)                                                        \
	static A64_NOINLINE bool NAME##64_host(struct a64_cpu * cpu, const struct a64_op *op) \
	{                                                                                     \
		f64v n = (f64v)v_load(cpu, op->rn);                                           \
		f64v m = M;                                                                   \
		f64v r = RESULT;                                                              \
		bool valid = all_ones((u64v)(NORMAL64(r) | ((r == 0) & (FACTOR_ZERO))));      \
		if (valid) {                                                                  \
			v_store(cpu, op->rd, (u64v)r);                                        \
		}                                                                             \
		return valid;                                                                 \
	}                                                                                     \
	static A64_HANDLER(NAME##64_full)                                                     \
	{                                                                                     \
		if (A64_UNLIKELY(!host_ready(cpu) || !NAME##64_host(cpu, op))) {              \
			A64_TAIL return NAME##64(cpu, op);                                    \
		}                                                                             \
		A64_NEXT(cpu, op);                                                            \
	}
ALL_LANES_FMA(fmla, VECTOR_M(64), muladd64(D(64), n, m))
ALL_LANES_FMA(fmls, VECTOR_M(64), muladd64(D(64), -n, m))
ALL_LANES_FMA(fmla_element, ELEMENT_M(64), muladd64(D(64), n, m))
ALL_LANES_FMA(fmls_element, ELEMENT_M(64), muladd64(D(64), -n, m))

/* ---- forms: handlers by bit 22, and 2 more for 128-bit vectors where they differ ---- */

#define ARG_ROUNDING 0xffU
#define ARG_FLAG     0x100U /* goes to imm */
#define ARG_FULL     0x200U /* there are handlers for full vectors */

static bool take_lanes(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	bool wide = a64_bits(insn, 22, 1);
	bool full = a64_bits(insn, 30, 1);

	fp_take_registers(insn, op);
	op->aux8 = wide ? 2 : full ? 4 : 2;
	op->aux = 0;
	op->ra = row->arg & ARG_ROUNDING;
	op->imm = (row->arg & ARG_FLAG) != 0;
	return full || !wide;
}

static bool choose_lanes(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	bool full = a64_bits(insn, 30, 1) && (row->arg & ARG_FULL);

	return fp_choose(row, a64_bits(insn, 22, 1) + (full ? 2 : 0), op);
}

static bool form_lanes(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	return take_lanes(insn, row, op) && choose_lanes(insn, row, op);
}

static bool form_one_lane(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	bool known = take_lanes(insn, row, op);

	op->aux8 = 1;
	return known && fp_choose(row, a64_bits(insn, 22, 1), op);
}

/* Index H:L for single, H for double with L = 0 */
static bool take_fp_element(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int h = a64_bits(insn, 11, 1);
	unsigned int l = a64_bits(insn, 21, 1);
	bool wide = a64_bits(insn, 22, 1);
	bool known = take_lanes(insn, row, op);

	op->aux = (uint16_t)(wide ? h : h << 1 | l);
	return known && !(wide && l);
}

static bool form_fp_element(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	return take_fp_element(insn, row, op) && choose_lanes(insn, row, op);
}

static bool form_fp_element_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	bool known = take_fp_element(insn, row, op);

	op->aux8 = 1;
	return known && fp_choose(row, a64_bits(insn, 22, 1), op);
}

/* Conversions with fraction bits: immh:immb as in right shifts */
static bool form_fixed(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	uint32_t wide = a64_bits(insn, 22, 1);
	bool full = a64_bits(insn, 30, 1);

	fp_take_registers(insn, op);
	op->aux = (uint16_t)((wide ? 128 : 64) - a64_bits(insn, 16, 7));
	op->aux8 = a64_bits(insn, 28, 1) ? 1 : wide ? 2 : full ? 4 : 2;
	op->ra = row->arg & ARG_ROUNDING;
	op->imm = (row->arg & ARG_FLAG) != 0;
	return (full || !wide) && fp_choose(row, wide, op);
}

static bool form_half(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux = (uint16_t)a64_bits(insn, 30, 1);
	return fp_choose(row, a64_bits(insn, 22, 1), op);
}

#define BOTH(name)               SIMD_LIST(name##32, name##64)
#define BOTH_FULL(name)          SIMD_LIST(name##32, name##64, name##32_full, name##64_full)
#define SAME(u, a, opcode, name) SIMD_FP_ROW(a, SIMD_SAME(u, opcode), form_lanes, BOTH(name))
#define SAME_FULL(u, a, opcode, name) \
	SIMD_FP_ROW(a, SIMD_SAME(u, opcode), form_lanes, BOTH_FULL(name), ARG_FULL)
#define SAME_SCALAR(u, a, opcode, name) \
	SIMD_FP_ROW(a, SIMD_SAME_SCALAR(u, opcode), form_one_lane, BOTH(name))
#define MISC(u, a, opcode, name, arg) \
	SIMD_FP_ROW(a, SIMD_MISC(u, opcode), form_lanes, BOTH(name), arg)
#define MISC_FULL(u, a, opcode, name) \
	SIMD_FP_ROW(a, SIMD_MISC(u, opcode), form_lanes, BOTH_FULL(name), ARG_FULL)
#define MISC_SCALAR(u, a, opcode, name, arg) \
	SIMD_FP_ROW(a, SIMD_MISC_SCALAR(u, opcode), form_one_lane, BOTH(name), arg)
#define PAIR(u, a, opcode, name) \
	SIMD_FP_ROW(a, SIMD_PAIR_SCALAR(u, opcode), form_one_lane, BOTH(name##_scalar))
#define BOTH_KINDS(u, a, opcode, name) SAME(u, a, opcode, name), SAME_SCALAR(u, a, opcode, name)
#define BOTH_MISC(u, a, opcode, name, arg) \
	MISC(u, a, opcode, name, arg), MISC_SCALAR(u, a, opcode, name, arg)
#define TO_INTEGER(a, opcode, rounding)              \
	BOTH_MISC(0, a, opcode, fcvt_int, rounding), \
		BOTH_MISC(1, a, opcode, fcvt_int, (rounding) | ARG_FLAG)
#define ELEMENT(u, opcode, name)                                                      \
	SIMD_FP_ROW(1, SIMD_INDEX(u, opcode), form_fp_element, BOTH(name##_element)), \
		SIMD_FP_ROW(1, SIMD_INDEX_SCALAR(u, opcode), form_fp_element_scalar,  \
			    BOTH(name##_element))
#define ELEMENT_FULL(u, opcode, name)                                                    \
	SIMD_FP_ROW(1, SIMD_INDEX(u, opcode), form_fp_element,                           \
		    SIMD_LIST(name##_element32, name##_element64, name##_element32_full, \
			      name##_element64_full),                                    \
		    ARG_FULL),                                                           \
		SIMD_FP_ROW(1, SIMD_INDEX_SCALAR(u, opcode), form_fp_element_scalar,     \
			    BOTH(name##_element))
#define FIXED(u, opcode, name, arg)                                            \
	SIMD_SHIFT_ROW(0, 4U, u, opcode, form_fixed, BOTH(name), arg),         \
		SIMD_SHIFT_ROW(0, 8U, u, opcode, form_fixed, BOTH(name), arg), \
		SIMD_SHIFT_ROW(1, 4U, u, opcode, form_fixed, BOTH(name), arg), \
		SIMD_SHIFT_ROW(1, 8U, u, opcode, form_fixed, BOTH(name), arg)
#define SIGN_ROW(u, name)                                                                          \
	SIMD_FP_ROW(1, SIMD_MISC(u, 0x0f), simd_form_vector,                                       \
		    SIMD_LIST(NULL, NULL, name##32_full, name##64_full, NULL, NULL, name##32_part, \
			      name##64_part))
#define FOUR_LANES(a, opcode, name)                                                            \
	{                                                                                      \
		0xfffffc00, 0x6e300800 | (uint32_t)(a) << 23 | (opcode) << 12, simd_form_bits, \
			SIMD_LIST(name)                                                        \
	}

static const struct fp_row rows[] = {
	SAME_FULL(0, 0, 0x18, fmaxnm),
	SAME_FULL(0, 1, 0x18, fminnm),
	SAME_FULL(0, 0, 0x19, fmla),
	SAME_FULL(0, 1, 0x19, fmls),
	SAME_FULL(0, 0, 0x1a, fadd),
	SAME_FULL(0, 1, 0x1a, fsub),
	SAME_FULL(1, 0, 0x1b, fmul),
	SAME_FULL(1, 0, 0x1f, fdiv),
	SAME_FULL(0, 0, 0x1e, fmax),
	SAME_FULL(0, 1, 0x1e, fmin),
	SAME(1, 0, 0x18, fmaxnmp),
	SAME(1, 1, 0x18, fminnmp),
	SAME(1, 0, 0x1a, faddp),
	SAME(1, 0, 0x1e, fmaxp),
	SAME(1, 1, 0x1e, fminp),
	BOTH_KINDS(1, 1, 0x1a, fabd),
	BOTH_KINDS(0, 0, 0x1b, fmulx),
	SAME_FULL(0, 0, 0x1c, fcmeq),
	SAME_SCALAR(0, 0, 0x1c, fcmeq),
	SAME_FULL(1, 0, 0x1c, fcmge),
	SAME_SCALAR(1, 0, 0x1c, fcmge),
	SAME_FULL(1, 1, 0x1c, fcmgt),
	SAME_SCALAR(1, 1, 0x1c, fcmgt),
	BOTH_KINDS(1, 0, 0x1d, facge),
	BOTH_KINDS(1, 1, 0x1d, facgt),
	BOTH_KINDS(0, 0, 0x1f, frecps),
	BOTH_KINDS(0, 1, 0x1f, frsqrts),
	PAIR(1, 0, 0x0c, fmaxnmp),
	PAIR(1, 1, 0x0c, fminnmp),
	PAIR(1, 0, 0x0d, faddp),
	PAIR(1, 0, 0x0f, fmaxp),
	PAIR(1, 1, 0x0f, fminp),
	ELEMENT_FULL(0, 0x1, fmla),
	ELEMENT_FULL(0, 0x5, fmls),
	ELEMENT_FULL(0, 0x9, fmul),
	ELEMENT(1, 0x9, fmulx),
	SIGN_ROW(0, fabs),
	SIGN_ROW(1, fneg),
	MISC(1, 1, 0x1f, fsqrt, 0),
	MISC(0, 0, 0x18, frint, A64_ROUND_TIEEVEN),
	MISC(0, 1, 0x18, frint, A64_ROUND_POSINF),
	MISC(0, 0, 0x19, frint, A64_ROUND_NEGINF),
	MISC(0, 1, 0x19, frint, A64_ROUND_ZERO),
	MISC(1, 0, 0x18, frint, A64_ROUND_TIEAWAY),
	MISC(1, 0, 0x19, frint, FP_ROUND_FPCR | ARG_FLAG),
	MISC(1, 1, 0x19, frint, FP_ROUND_FPCR),
	MISC_FULL(0, 1, 0x0c, fcmgt0),
	MISC_SCALAR(0, 1, 0x0c, fcmgt0, 0),
	MISC_FULL(1, 1, 0x0c, fcmge0),
	MISC_SCALAR(1, 1, 0x0c, fcmge0, 0),
	MISC_FULL(0, 1, 0x0d, fcmeq0),
	MISC_SCALAR(0, 1, 0x0d, fcmeq0, 0),
	BOTH_MISC(1, 1, 0x0d, fcmle0, 0),
	BOTH_MISC(0, 1, 0x0e, fcmlt0, 0),
	BOTH_MISC(0, 1, 0x1d, frecpe, 0),
	BOTH_MISC(1, 1, 0x1d, frsqrte, 0),
	MISC_SCALAR(0, 1, 0x1f, frecpx, 0),
	BOTH_MISC(0, 0, 0x1d, scvtf, 0),
	BOTH_MISC(1, 0, 0x1d, ucvtf, 0),
	TO_INTEGER(0, 0x1a, A64_ROUND_TIEEVEN),
	TO_INTEGER(1, 0x1a, A64_ROUND_POSINF),
	TO_INTEGER(0, 0x1b, A64_ROUND_NEGINF),
	TO_INTEGER(1, 0x1b, A64_ROUND_ZERO),
	TO_INTEGER(0, 0x1c, A64_ROUND_TIEAWAY),
	FIXED(0, 0x1c, scvtf, 0),
	FIXED(1, 0x1c, ucvtf, 0),
	FIXED(0, 0x1f, fcvt_int, A64_ROUND_ZERO),
	FIXED(1, 0x1f, fcvt_int, A64_ROUND_ZERO | ARG_FLAG),
	SIMD_FP_ROW(0, SIMD_MISC(0, 0x17), form_half, BOTH(fcvtl)),
	SIMD_FP_ROW(0, SIMD_MISC(0, 0x16), form_half, BOTH(fcvtn)),
	SIMD_FP_ROW(0, SIMD_MISC(1, 0x16), form_half, SIMD_LIST(NULL, fcvtxn64)),
	{0xfffffc00, 0x7e616800, simd_form_bits, SIMD_LIST(fcvtxn_scalar)},
	FOUR_LANES(0, 0x0c, fmaxnmv),
	FOUR_LANES(1, 0x0c, fminnmv),
	FOUR_LANES(0, 0x0f, fmaxv),
	FOUR_LANES(1, 0x0f, fminv),
};

const struct fp_table a64_simd_fp_table = {0x8e000000, 0x0e000000, rows,
					   sizeof(rows) / sizeof(rows[0])};
