/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Soft float: conversions between formats, to and from integers and fixed point, rounding to integral
 * values.
 */
#include "softfloat_parts.h"

/* FPConvertNaN: the payload keeps its upper bits. */
SF_INLINE uint64_t convert_nan(const struct sf_format *to, const struct sf_format *from,
			       const struct sf_num *n)
{
	uint64_t payload = (n->bits & sf_frac_mask(from)) << (63 - from->frac_bits);

	return sf_infinity(to, n->sign) | sf_quiet_bit(to) | (payload >> (63 - to->frac_bits));
}

SF_INLINE uint64_t convert(const struct sf_format *to, const struct sf_format *from,
			   struct a64_fpenv *env, uint64_t bits, enum a64_rounding rounding)
{
	struct sf_num n = sf_unpack(from, bits, env);
	bool alternative = to->size == 16 && (env->fpcr & A64_FPCR_AHP);

	if (sf_is_nan(&n)) {
		if (n.class == SF_SNAN || alternative) {
			env->fpsr |= A64_FPSR_IOC;
		}
		if (alternative) {
			return sf_zero(to, n.sign);
		}
		return env->fpcr & A64_FPCR_DN ? sf_default_nan(to) : convert_nan(to, from, &n);
	}
	if (n.class == SF_INFINITY) {
		if (alternative) {
			env->fpsr |= A64_FPSR_IOC;
			return sf_infinity(to, n.sign) | sf_frac_mask(to);
		}
		return sf_infinity(to, n.sign);
	}
	if (n.class == SF_ZERO) {
		return sf_zero(to, n.sign);
	}
	return sf_round_pack(to, n.sign, n.exp, n.sig, rounding, env);
}

uint32_t a64_f16_to_f32(struct a64_fpenv *env, uint16_t a)
{
	return (uint32_t)convert(&sf_f32, &sf_f16, env, a, a64_fp_rounding(env));
}

uint64_t a64_f16_to_f64(struct a64_fpenv *env, uint16_t a)
{
	return convert(&sf_f64, &sf_f16, env, a, a64_fp_rounding(env));
}

uint16_t a64_f32_to_f16(struct a64_fpenv *env, uint32_t a)
{
	return (uint16_t)convert(&sf_f16, &sf_f32, env, a, a64_fp_rounding(env));
}

uint64_t a64_f32_to_f64(struct a64_fpenv *env, uint32_t a)
{
	return convert(&sf_f64, &sf_f32, env, a, a64_fp_rounding(env));
}

uint16_t a64_f64_to_f16(struct a64_fpenv *env, uint64_t a)
{
	return (uint16_t)convert(&sf_f16, &sf_f64, env, a, a64_fp_rounding(env));
}

uint32_t a64_f64_to_f32(struct a64_fpenv *env, uint64_t a)
{
	return (uint32_t)convert(&sf_f32, &sf_f64, env, a, a64_fp_rounding(env));
}

uint32_t a64_f64_to_f32_odd(struct a64_fpenv *env, uint64_t a)
{
	return (uint32_t)convert(&sf_f32, &sf_f64, env, a, A64_ROUND_ODD);
}

/*
 * The magnitude of n rounded to an integer below 2^64; too large ones are the caller's. *inexact
 * tells whether anything was lost.
 */
SF_INLINE uint64_t round_magnitude(const struct sf_num *n, int exp, enum a64_rounding rounding,
				   bool *inexact)
{
	if (exp < -1) { /* below one half: only the directed modes see it */
		*inexact = true;
		return sf_rounds_up(rounding, n->sign, false, 1, 2);
	}
	if (exp == 63) {
		*inexact = false;
		return n->sig;
	}
	unsigned int shift = (unsigned int)(63 - exp);
	uint64_t kept = shift == 64 ? 0 : n->sig >> shift;
	uint64_t dropped = n->sig << (64 - shift);
	*inexact = dropped != 0;
	return kept + sf_rounds_up(rounding, n->sign, kept & 1, dropped, 1ULL << 63);
}

/* FPRoundInt */
SF_INLINE uint64_t round_int(const struct sf_format *f, struct a64_fpenv *env, uint64_t bits,
			     enum a64_rounding rounding, bool exact)
{
	struct sf_num n = sf_unpack(f, bits, env);

	if (sf_is_nan(&n)) {
		return sf_process_nan(f, &n, env);
	}
	if (n.class == SF_ZERO) {
		return sf_zero(f, n.sign);
	}
	if (n.class == SF_INFINITY || n.exp >= (int)f->frac_bits) {
		return bits;
	}
	bool inexact;
	uint64_t value = round_magnitude(&n, n.exp, rounding, &inexact);
	if (inexact && exact) {
		env->fpsr |= A64_FPSR_IXC;
	}
	if (value == 0) {
		return sf_zero(f, n.sign);
	}
	int lead = __builtin_clzll(value);
	return sf_round_pack(f, n.sign, 63 - lead, value << lead, A64_ROUND_ZERO, env);
}

/* FPToFixed: saturation is an invalid operation and nothing else. */
SF_INLINE uint64_t to_fixed(const struct sf_format *f, struct a64_fpenv *env, uint64_t bits,
			    unsigned int fbits, unsigned int width, bool is_unsigned,
			    enum a64_rounding rounding)
{
	struct sf_num n = sf_unpack(f, bits, env);
	uint64_t ones = UINT64_MAX >> (64 - width);
	uint64_t sign_bit = 1ULL << (width - 1);
	uint64_t limit = !is_unsigned ? sign_bit - !n.sign : n.sign ? 0 : ones;
	bool inexact = false;

	if (n.class == SF_ZERO) {
		return 0;
	}
	if (sf_is_nan(&n)) {
		env->fpsr |= A64_FPSR_IOC;
		return 0;
	}
	int exp = n.exp + (int)fbits;
	bool overflow = n.class == SF_INFINITY || exp > 63;
	uint64_t value = overflow ? 0 : round_magnitude(&n, exp, rounding, &inexact);
	if (overflow || value > limit) {
		env->fpsr |= A64_FPSR_IOC;
		return is_unsigned || !n.sign ? limit : (0 - limit) & ones;
	}
	if (inexact) {
		env->fpsr |= A64_FPSR_IXC;
	}
	return (n.sign ? 0 - value : value) & ones;
}

/* FixedToFP */
SF_INLINE uint64_t from_fixed(const struct sf_format *f, struct a64_fpenv *env, bool sign,
			      uint64_t magnitude, unsigned int fbits)
{
	if (magnitude == 0) {
		return 0;
	}
	int lead = __builtin_clzll(magnitude);
	return sf_round_pack(f, sign, 63 - lead - (int)fbits, magnitude << lead,
			     a64_fp_rounding(env), env);
}

#define SOFTFLOAT_DEFINE(F, T)                                                                    \
	T a64_##F##_round_int(struct a64_fpenv *env, T a, enum a64_rounding rounding, bool exact) \
	{                                                                                         \
		return (T)round_int(&sf_##F, env, a, rounding, exact);                            \
	}                                                                                         \
	uint64_t a64_##F##_to_fixed(struct a64_fpenv *env, T a, unsigned int fbits,               \
				    unsigned int width, bool is_unsigned,                         \
				    enum a64_rounding rounding)                                   \
	{                                                                                         \
		return to_fixed(&sf_##F, env, a, fbits, width, is_unsigned, rounding);            \
	}                                                                                         \
	T a64_##F##_from_sint(struct a64_fpenv *env, int64_t value, unsigned int fbits)           \
	{                                                                                         \
		uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;           \
		return (T)from_fixed(&sf_##F, env, value < 0, magnitude, fbits);                  \
	}                                                                                         \
	T a64_##F##_from_uint(struct a64_fpenv *env, uint64_t value, unsigned int fbits)          \
	{                                                                                         \
		return (T)from_fixed(&sf_##F, env, false, value, fbits);                          \
	}

SOFTFLOAT_DEFINE(f32, uint32_t)
SOFTFLOAT_DEFINE(f64, uint64_t)
