/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Soft float: the reciprocal and square root estimates, whose 8-bit results the architecture fixes.
 */
#include "softfloat_parts.h"

/* RecipEstimate: a in 256..511 stands for 0.5..1.0; the result, 256..511, for 1.0..2.0 */
static uint32_t recip_estimate(uint32_t a)
{
	uint32_t b = (1U << 19) / (2 * a + 1);

	return (b + 1) / 2;
}

/*
 * RecipSqrtEstimate: a in 128..511 stands for 0.25..1.0; the result for 1.0..2.0. b is the largest number
 * with a * b^2 below 2^28.
 */
static uint32_t rsqrt_estimate(uint32_t a)
{
	uint32_t b = 512;

	a = a < 256 ? 2 * a + 1 : 2 * ((a & ~1U) + 1);
	for (uint32_t bit = 256; bit != 0; bit >>= 1) {
		if (a * (b | bit) * (b | bit) < 1U << 28) {
			b |= bit;
		}
	}
	return (b + 1) / 2;
}

uint32_t a64_u32_recip_estimate(uint32_t a)
{
	return a >> 31 ? recip_estimate(a >> 23) << 23 : UINT32_MAX;
}

uint32_t a64_u32_rsqrt_estimate(uint32_t a)
{
	return a >> 30 ? rsqrt_estimate(a >> 23) << 23 : UINT32_MAX;
}

/* FPRecipEstimate */
SF_INLINE uint64_t fp_recip_estimate(const struct sf_format *f, struct a64_fpenv *env,
				     uint64_t bits)
{
	struct sf_num n = sf_unpack(f, bits, env);

	if (sf_is_nan(&n)) {
		return sf_process_nan(f, &n, env);
	}
	if (n.class == SF_INFINITY) {
		return sf_zero(f, n.sign);
	}
	if (n.class == SF_ZERO) {
		env->fpsr |= A64_FPSR_DZC;
		return sf_infinity(f, n.sign);
	}
	if (n.exp < -f->bias - 1) { /* below 2^-128, 2^-1024 */
		return sf_overflow(f, n.sign, a64_fp_rounding(env), env);
	}
	if ((env->fpcr & A64_FPCR_FZ) && n.exp >= f->bias - 1) {
		env->fpsr |= A64_FPSR_UFC;
		return sf_zero(f, n.sign);
	}

	/* The estimate is 1.xxxxxxxx * 2^(-1 - exp); the largest inputs give subnormals. */
	uint64_t estimate = (uint64_t)recip_estimate((uint32_t)(n.sig >> 55)) << 55;
	return sf_round_pack(f, n.sign, -1 - n.exp, estimate, A64_ROUND_ZERO, env);
}

/* FPRSqrtEstimate */
SF_INLINE uint64_t fp_rsqrt_estimate(const struct sf_format *f, struct a64_fpenv *env,
				     uint64_t bits)
{
	struct sf_num n = sf_unpack(f, bits, env);

	if (sf_is_nan(&n)) {
		return sf_process_nan(f, &n, env);
	}
	if (n.class == SF_ZERO) {
		env->fpsr |= A64_FPSR_DZC;
		return sf_infinity(f, n.sign);
	}
	if (n.sign) {
		return sf_invalid(f, env);
	}
	if (n.class == SF_INFINITY) {
		return sf_zero(f, false);
	}

	/* As 0.25..1.0 times a power of four */
	bool odd = n.exp & 1;
	uint64_t estimate = (uint64_t)rsqrt_estimate((uint32_t)(n.sig >> (odd ? 55 : 56))) << 55;
	int half = (n.exp - odd) / 2;
	return sf_round_pack(f, false, -1 - half, estimate, A64_ROUND_ZERO, env);
}

/* FPRecpX: the exponent's complement, a step towards scaling by a power of two */
SF_INLINE uint64_t fp_recip_exponent(const struct sf_format *f, struct a64_fpenv *env,
				     uint64_t bits)
{
	struct sf_num n = sf_unpack(f, bits, env);
	uint64_t exp = (bits >> f->frac_bits) & (uint64_t)f->exp_ones;

	if (sf_is_nan(&n)) {
		return sf_process_nan(f, &n, env);
	}
	exp = exp == 0 ? (uint64_t)f->exp_ones - 1 : exp ^ (uint64_t)f->exp_ones;
	return sf_zero(f, n.sign) | exp << f->frac_bits;
}

#define SOFTFLOAT_DEFINE(F, T)                                 \
	T a64_##F##_recip_estimate(struct a64_fpenv *env, T a) \
	{                                                      \
		return (T)fp_recip_estimate(&sf_##F, env, a);  \
	}                                                      \
	T a64_##F##_rsqrt_estimate(struct a64_fpenv *env, T a) \
	{                                                      \
		return (T)fp_rsqrt_estimate(&sf_##F, env, a);  \
	}                                                      \
	T a64_##F##_recip_exponent(struct a64_fpenv *env, T a) \
	{                                                      \
		return (T)fp_recip_exponent(&sf_##F, env, a);  \
	}

SOFTFLOAT_DEFINE(f32, uint32_t)
SOFTFLOAT_DEFINE(f64, uint64_t)
