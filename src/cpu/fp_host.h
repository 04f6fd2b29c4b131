/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating point by the host's FPU, where its answer is provably the architecture's.
 *
 * Host and Arm agree on every operation of IEEE 754 whose result is a normal number, rounded to
 * nearest: the value is the same, and the only flag that can be due is IXC. So a function here computes
 * on the host and then looks at the result. It answers false, and has done nothing, if
 *   - FPCR.RMode is not to nearest, or FZ is set and an operand is denormal;
 *   - the result is not a normal number, or an exact zero (infinities, NaNs, underflow);
 *   - IXC is not yet set and the result is not recognised as exact.
 * The caller then asks the soft float. Once a program has an inexact result, IXC stays set and the
 * last check is not needed any more.
 *
 * The host's rounding mode is to nearest, and contraction of a * b + c must be off
 * (-ffp-contract=off), in every file that includes this.
 */
#ifndef VGIC5_CPU_FP_HOST_H
#define VGIC5_CPU_FP_HOST_H

#include <math.h>

#include "fp_simd.h"

#define FP_HOST static inline __attribute__((always_inline))

#define FP_SIGN32 0x80000000U
#define FP_SIGN64 0x8000000000000000ULL

FP_HOST bool fp_denormal32(uint32_t bits)
{
	return (bits & 0x7f800000U) == 0 && (bits << 1) != 0;
}

FP_HOST bool fp_denormal64(uint64_t bits)
{
	return (bits & 0x7ff0000000000000ULL) == 0 && (bits << 1) != 0;
}

/* Above the smallest normal number, which may be the result of an underflow rounded up. */
FP_HOST bool fp_normal32(uint32_t bits)
{
	return (bits & ~FP_SIGN32) - 0x00800001U < 0x7f800000U - 0x00800001U;
}

FP_HOST bool fp_normal64(uint64_t bits)
{
	return (bits & ~FP_SIGN64) - 0x0010000000000001ULL <
	       0x7ff0000000000000ULL - 0x0010000000000001ULL;
}

FP_HOST bool fp_inexact_known(const struct a64_fpenv *env)
{
	return env->fpsr & A64_FPSR_IXC;
}

/* Whether flushing of input denormals does not concern these operands. */
#define FP_HOST_OPERANDS(W)                                                                     \
	FP_HOST bool fp_plain##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b)     \
	{                                                                                       \
		return !(env->fpcr & A64_FPCR_FZ) || !(fp_denormal##W(a) || fp_denormal##W(b)); \
	}                                                                                       \
	FP_HOST bool fp_nearest##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b)   \
	{                                                                                       \
		return !(env->fpcr & A64_FPCR_RMODE) && fp_plain##W(env, a, b);                 \
	}

FP_HOST_OPERANDS(32)
FP_HOST_OPERANDS(64)

/* The error of sum = x + y is representable and found by six additions (Knuth). */
FP_HOST float fp_sum_error32(float x, float y, float sum)
{
	float from_y = sum - x;

	return (x - (sum - from_y)) + (y - from_y);
}

FP_HOST double fp_sum_error64(double x, double y, double sum)
{
	double from_y = sum - x;

	return (x - (sum - from_y)) + (y - from_y);
}

/*
 * A product of two doubles is exact if their significands together have no more than 53 bits, or one of
 * them is a power of two.
 */
FP_HOST bool fp_exact_product(uint64_t a, uint64_t b)
{
	uint64_t implicit = 1ULL << 52;
	int zeros_a = __builtin_ctzll(a | implicit);
	int zeros_b = __builtin_ctzll(b | implicit);

	return zeros_a + zeros_b >= 53 || zeros_a == 52 || zeros_b == 52;
}

FP_HOST bool fp_exact_mul32(float x, float y, float r)
{
	return (double)x * y == r;
}

FP_HOST bool fp_exact_mul64(double x, double y, double r)
{
	(void)r;
	return fp_exact_product(fp_bits64(x), fp_bits64(y));
}

FP_HOST bool fp_exact_div32(float x, float y, float r)
{
	return (double)r * y == x;
}

FP_HOST bool fp_exact_div64(double x, double y, double r)
{
	return fp_exact_product(fp_bits64(r), fp_bits64(y)) && fp_normal64(fp_bits64(x)) &&
	       r * y == x;
}

FP_HOST float fp_sqrt32(float x)
{
	return __builtin_sqrtf(x);
}

FP_HOST double fp_sqrt64(double x)
{
	return __builtin_sqrt(x);
}

#define FP_HOST_ARITHMETIC(W, V)                                                                   \
	FP_HOST bool fp_host_add##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b,     \
				    uint##W##_t *result)                                           \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b), r = x + y;                                       \
		*result = fp_bits##W(r);                                                           \
		return fp_nearest##W(env, a, b) && (fp_normal##W(fp_bits##W(r)) || r == 0) &&      \
		       (fp_inexact_known(env) || fp_sum_error##W(x, y, r) == 0);                   \
	}                                                                                          \
	FP_HOST bool fp_host_sub##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b,     \
				    uint##W##_t *result)                                           \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b), r = x - y;                                       \
		*result = fp_bits##W(r);                                                           \
		return fp_nearest##W(env, a, b) && (fp_normal##W(fp_bits##W(r)) || r == 0) &&      \
		       (fp_inexact_known(env) || fp_sum_error##W(x, -y, r) == 0);                  \
	}                                                                                          \
	FP_HOST bool fp_host_mul##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b,     \
				    uint##W##_t *result)                                           \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b), r = x * y;                                       \
		*result = fp_bits##W(r);                                                           \
		if (!fp_nearest##W(env, a, b)) {                                                   \
			return false;                                                              \
		}                                                                                  \
		if (fp_normal##W(fp_bits##W(r))) {                                                 \
			return fp_inexact_known(env) || fp_exact_mul##W(x, y, r);                  \
		}                                                                                  \
		return r == 0 && (x == 0 || y == 0);                                               \
	}                                                                                          \
	FP_HOST bool fp_host_div##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b,     \
				    uint##W##_t *result)                                           \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b), r = x / y;                                       \
		*result = fp_bits##W(r);                                                           \
		if (!fp_nearest##W(env, a, b)) {                                                   \
			return false;                                                              \
		}                                                                                  \
		if (fp_normal##W(fp_bits##W(r))) {                                                 \
			return fp_inexact_known(env) || fp_exact_div##W(x, y, r);                  \
		}                                                                                  \
		return r == 0 && x == 0;                                                           \
	}                                                                                          \
	FP_HOST bool fp_host_sqrt##W(const struct a64_fpenv *env, uint##W##_t a,                   \
				     uint##W##_t *result)                                          \
	{                                                                                          \
		V x = fp_f##W(a), r = fp_sqrt##W(x);                                               \
		*result = fp_bits##W(r);                                                           \
		return fp_nearest##W(env, a, a) && fp_normal##W(fp_bits##W(r)) &&                  \
		       (fp_inexact_known(env) || fp_exact_div##W(x, r, r));                        \
	}                                                                                          \
	/* Mode and flags do not matter: one of the operands is the result. */                     \
	FP_HOST bool fp_host_larger##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b,  \
				       uint##W##_t *result)                                        \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b);                                                  \
		*result = x > y ? a : b;                                                           \
		return fp_plain##W(env, a, b) && (x > y || x < y);                                 \
	}                                                                                          \
	FP_HOST bool fp_host_smaller##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b, \
					uint##W##_t *result)                                       \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b);                                                  \
		*result = x < y ? a : b;                                                           \
		return fp_plain##W(env, a, b) && (x > y || x < y);                                 \
	}                                                                                          \
	FP_HOST bool fp_host_compare##W(const struct a64_fpenv *env, uint##W##_t a, uint##W##_t b, \
					uint32_t *nzcv)                                            \
	{                                                                                          \
		V x = fp_f##W(a), y = fp_f##W(b);                                                  \
		*nzcv = x < y ? A64_FPCMP_LESS : x > y ? A64_FPCMP_GREATER : A64_FPCMP_EQUAL;      \
		return fp_plain##W(env, a, b) && (x < y || x >= y);                                \
	}

FP_HOST_ARITHMETIC(32, float)
FP_HOST_ARITHMETIC(64, double)

/*
 * In double precision the product is exact and the sum is off by at most an error that is known. Made
 * odd where inexact, it rounds to single precision as the exact sum would.
 */
FP_HOST bool fp_host_muladd32(const struct a64_fpenv *env, uint32_t addend, uint32_t n, uint32_t m,
			      uint32_t *result)
{
	double product = (double)fp_f32(n) * fp_f32(m);
	double sum = product + fp_f32(addend);
	double error = fp_sum_error64(product, fp_f32(addend), sum);
	uint64_t odd = fp_bits64(sum);

	if (error != 0 && !(odd & 1)) {
		odd += (error > 0) == (sum > 0) ? 1 : UINT64_MAX;
	}
	float r = (float)fp_f64(odd);
	*result = fp_bits32(r);
	if (!fp_nearest32(env, n, m) || !fp_plain32(env, addend, addend)) {
		return false;
	}
	if (fp_normal32(*result)) {
		return fp_inexact_known(env) || (error == 0 && r == sum);
	}
	return sum == 0;
}

/* Exact in two steps if the product is, and the sum. */
FP_HOST bool fp_exact_muladd64(uint64_t addend, uint64_t n, uint64_t m, uint64_t *result)
{
	double product = fp_f64(n) * fp_f64(m);
	double sum = product + fp_f64(addend);

	*result = fp_bits64(sum);
	return fp_exact_product(n, m) && fp_normal64(fp_bits64(product)) && fp_normal64(*result) &&
	       fp_sum_error64(product, fp_f64(addend), sum) == 0;
}

FP_HOST bool fp_host_muladd64(const struct a64_fpenv *env, uint64_t addend, uint64_t n, uint64_t m,
			      uint64_t *result)
{
	if (!fp_nearest64(env, n, m) || !fp_plain64(env, addend, addend)) {
		return false;
	}
	if (!fp_inexact_known(env)) {
		return fp_exact_muladd64(addend, n, m, result);
	}
	*result = fp_bits64(fma(fp_f64(n), fp_f64(m), fp_f64(addend)));
	if (fp_normal64(*result)) {
		return true;
	}
	return (*result << 1) == 0 && ((n << 1) == 0 || (m << 1) == 0);
}

/*
 * Conversions. In every mode truncation is exact or sets IXC, and so is widening exact; integers that
 * the format holds are exact in any mode too.
 */
FP_HOST bool fp_host_widen(const struct a64_fpenv *env, uint32_t a, uint64_t *result)
{
	float x = fp_f32(a);

	*result = fp_bits64((double)x);
	return x == x && fp_plain32(env, a, a);
}

FP_HOST bool fp_host_narrow(const struct a64_fpenv *env, uint64_t a, uint32_t *result)
{
	double x = fp_f64(a);
	float r = (float)x;

	*result = fp_bits32(r);
	return fp_nearest64(env, a, a) && (fp_normal32(*result) || x == 0) &&
	       ((double)r == x || fp_inexact_known(env));
}

/* BITS: of a significand */
#define FP_HOST_CONVERSIONS(W, V, BITS)                                                            \
	/* to a signed integer of width bits, towards zero; also sets IXC */                       \
	FP_HOST bool fp_host_truncate##W(struct a64_fpenv *env, uint##W##_t a, unsigned int width, \
					 uint64_t *result)                                         \
	{                                                                                          \
		V x = fp_f##W(a);                                                                  \
		V limit = width == 32 ? (V)0x1p31 : (V)0x1p63;                                     \
		if (!(x > -limit && x < limit) || !fp_plain##W(env, a, a)) {                       \
			return false;                                                              \
		}                                                                                  \
		int64_t value = (int64_t)x;                                                        \
		env->fpsr |= (V)value != x ? A64_FPSR_IXC : 0;                                     \
		*result = (uint64_t)value & UINT64_MAX >> (64 - width);                            \
		return true;                                                                       \
	}                                                                                          \
	FP_HOST bool fp_host_from_sint##W(const struct a64_fpenv *env, int64_t value,              \
					  uint##W##_t *result)                                     \
	{                                                                                          \
		uint64_t biased = (uint64_t)value + (1ULL << (BITS));                              \
		*result = fp_bits##W((V)value);                                                    \
		return biased <= 2ULL << (BITS) ||                                                 \
		       (fp_inexact_known(env) && !(env->fpcr & A64_FPCR_RMODE));                   \
	}                                                                                          \
	FP_HOST bool fp_host_from_uint##W(const struct a64_fpenv *env, uint64_t value,             \
					  uint##W##_t *result)                                     \
	{                                                                                          \
		*result = fp_bits##W((V)value);                                                    \
		return value <= 1ULL << (BITS) ||                                                  \
		       (fp_inexact_known(env) && !(env->fpcr & A64_FPCR_RMODE));                   \
	}                                                                                          \
	/* The host rounds to nearest when it adds what leaves no place for a fraction. */         \
	FP_HOST bool fp_host_round_int##W(struct a64_fpenv *env, uint##W##_t a,                    \
					  enum a64_rounding rounding, bool exact,                  \
					  uint##W##_t *result)                                     \
	{                                                                                          \
		uint##W##_t sign = a & FP_SIGN##W;                                                 \
		V x = fp_f##W(a ^ sign);                                                           \
		V big = (V)(1ULL << ((BITS)-1));                                                   \
		if (!(x < big) || !fp_plain##W(env, a, a)) {                                       \
			return false;                                                              \
		}                                                                                  \
		V r = (x + big) - big;                                                             \
		bool up = rounding == (sign ? A64_ROUND_NEGINF : A64_ROUND_POSINF);                \
		if (rounding == A64_ROUND_TIEAWAY) {                                               \
			r += x - r == (V)0.5 ? (V)1 : (V)0;                                        \
		} else if (rounding != A64_ROUND_TIEEVEN) {                                        \
			r += up && r < x ? (V)1 : !up && r > x ? (V)-1 : (V)0;                     \
		}                                                                                  \
		env->fpsr |= exact && r != x ? A64_FPSR_IXC : 0;                                   \
		*result = fp_bits##W(r) | sign;                                                    \
		return true;                                                                       \
	}

FP_HOST_CONVERSIONS(32, float, 24)
FP_HOST_CONVERSIONS(64, double, 53)

/* Lanes: the host if it can, else the soft float. */
#define FP_LANE_BINARY(NAME, W, HOST)                                                \
	static inline uint##W##_t fp_##NAME##W(struct a64_fpenv *env, uint##W##_t a, \
					       uint##W##_t b)                        \
	{                                                                            \
		uint##W##_t result;                                                  \
		return A64_LIKELY(fp_host_##HOST##W(env, a, b, &result))             \
			       ? result                                              \
			       : a64_f##W##_##NAME(env, a, b);                       \
	}

#define FP_LANES(W)                                                                               \
	FP_LANE_BINARY(add, W, add)                                                               \
	FP_LANE_BINARY(sub, W, sub)                                                               \
	FP_LANE_BINARY(mul, W, mul)                                                               \
	FP_LANE_BINARY(mulx, W, mul)                                                              \
	FP_LANE_BINARY(div, W, div)                                                               \
	FP_LANE_BINARY(max, W, larger)                                                            \
	FP_LANE_BINARY(min, W, smaller)                                                           \
	FP_LANE_BINARY(maxnm, W, larger)                                                          \
	FP_LANE_BINARY(minnm, W, smaller)                                                         \
	static inline uint##W##_t fp_sqrt_lane##W(struct a64_fpenv *env, uint##W##_t a)           \
	{                                                                                         \
		uint##W##_t result;                                                               \
		return A64_LIKELY(fp_host_sqrt##W(env, a, &result)) ? result                      \
								    : a64_f##W##_sqrt(env, a);    \
	}                                                                                         \
	static inline uint##W##_t fp_muladd##W(struct a64_fpenv *env, uint##W##_t addend,         \
					       uint##W##_t n, uint##W##_t m)                      \
	{                                                                                         \
		uint##W##_t result;                                                               \
		return A64_LIKELY(fp_host_muladd##W(env, addend, n, m, &result))                  \
			       ? result                                                           \
			       : a64_f##W##_muladd(env, addend, n, m);                            \
	}                                                                                         \
	static inline uint32_t fp_compare##W(struct a64_fpenv *env, uint##W##_t a, uint##W##_t b, \
					     bool signal_nans)                                    \
	{                                                                                         \
		uint32_t nzcv;                                                                    \
		return A64_LIKELY(fp_host_compare##W(env, a, b, &nzcv))                           \
			       ? nzcv                                                             \
			       : a64_f##W##_compare(env, a, b, signal_nans);                      \
	}

FP_LANES(32)
FP_LANES(64)

#define FP_LANES_CONVERT(W)                                                                        \
	static inline uint##W##_t fp_round_int##W(struct a64_fpenv *env, uint##W##_t a,            \
						  enum a64_rounding rounding, bool exact)          \
	{                                                                                          \
		uint##W##_t result;                                                                \
		return A64_LIKELY(fp_host_round_int##W(env, a, rounding, exact, &result))          \
			       ? result                                                            \
			       : a64_f##W##_round_int(env, a, rounding, exact);                    \
	}                                                                                          \
	static inline uint##W##_t fp_from_sint##W(struct a64_fpenv *env, int64_t value,            \
						  unsigned int fbits)                              \
	{                                                                                          \
		uint##W##_t result;                                                                \
		return fbits == 0 && fp_host_from_sint##W(env, value, &result)                     \
			       ? result                                                            \
			       : a64_f##W##_from_sint(env, value, fbits);                          \
	}                                                                                          \
	static inline uint##W##_t fp_from_uint##W(struct a64_fpenv *env, uint64_t value,           \
						  unsigned int fbits)                              \
	{                                                                                          \
		uint##W##_t result;                                                                \
		return fbits == 0 && fp_host_from_uint##W(env, value, &result)                     \
			       ? result                                                            \
			       : a64_f##W##_from_uint(env, value, fbits);                          \
	}                                                                                          \
	static inline uint64_t fp_to_fixed##W(struct a64_fpenv *env, uint##W##_t a,                \
					      unsigned int fbits, unsigned int width,              \
					      bool is_unsigned, enum a64_rounding rounding)        \
	{                                                                                          \
		uint64_t result;                                                                   \
		bool plain = fbits == 0 && !is_unsigned && rounding == A64_ROUND_ZERO;             \
		return plain && fp_host_truncate##W(env, a, width, &result)                        \
			       ? result                                                            \
			       : a64_f##W##_to_fixed(env, a, fbits, width, is_unsigned, rounding); \
	}

FP_LANES_CONVERT(32)
FP_LANES_CONVERT(64)

static inline uint64_t fp_widen(struct a64_fpenv *env, uint32_t a)
{
	uint64_t result;

	return A64_LIKELY(fp_host_widen(env, a, &result)) ? result : a64_f32_to_f64(env, a);
}

static inline uint32_t fp_narrow(struct a64_fpenv *env, uint64_t a)
{
	uint32_t result;

	return A64_LIKELY(fp_host_narrow(env, a, &result)) ? result : a64_f64_to_f32(env, a);
}

#undef FP_LANES
#undef FP_LANES_CONVERT
#undef FP_HOST_CONVERSIONS
#undef FP_LANE_BINARY
#undef FP_HOST_ARITHMETIC
#undef FP_HOST_OPERANDS

#endif
