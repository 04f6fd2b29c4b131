/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers taken apart: what the soft float's files share. A format is a constant argument of inline
 * functions, so each public function is compiled for its own format.
 */
#ifndef VGIC5_CPU_SOFTFLOAT_PARTS_H
#define VGIC5_CPU_SOFTFLOAT_PARTS_H

#include "softfloat.h"

#define SF_INLINE static inline __attribute__((always_inline))

typedef unsigned __int128 sf_u128;

struct sf_format {
	unsigned int size;      /* in bits */
	unsigned int frac_bits; /* without the implicit one */
	int exp_ones;           /* exponent field of infinities and NaNs */
	int bias;
};

static const struct sf_format sf_f16 = {16, 10, 0x1f, 15};
static const struct sf_format sf_f32 = {32, 23, 0xff, 127};
static const struct sf_format sf_f64 = {64, 52, 0x7ff, 1023};

enum sf_class {
	SF_ZERO,
	SF_FINITE, /* nonzero */
	SF_INFINITY,
	SF_QNAN,
	SF_SNAN,
};

/* A finite number is sig * 2^(exp - 63), with bit 63 of sig set. */
struct sf_num {
	enum sf_class class;
	bool sign;
	int exp;
	uint64_t sig;
	uint64_t bits; /* as given; NaNs are passed on by it */
};

SF_INLINE uint64_t sf_frac_mask(const struct sf_format *f)
{
	return (1ULL << f->frac_bits) - 1;
}

SF_INLINE uint64_t sf_sign_bit(const struct sf_format *f)
{
	return 1ULL << (f->size - 1);
}

SF_INLINE uint64_t sf_quiet_bit(const struct sf_format *f)
{
	return 1ULL << (f->frac_bits - 1);
}

SF_INLINE uint64_t sf_zero(const struct sf_format *f, bool sign)
{
	return sign ? sf_sign_bit(f) : 0;
}

SF_INLINE uint64_t sf_infinity(const struct sf_format *f, bool sign)
{
	return sf_zero(f, sign) | ((uint64_t)f->exp_ones << f->frac_bits);
}

SF_INLINE uint64_t sf_max_normal(const struct sf_format *f, bool sign)
{
	return sf_infinity(f, sign) - 1;
}

SF_INLINE uint64_t sf_default_nan(const struct sf_format *f)
{
	return sf_infinity(f, false) | sf_quiet_bit(f);
}

SF_INLINE uint64_t sf_invalid(const struct sf_format *f, struct a64_fpenv *env)
{
	env->fpsr |= A64_FPSR_IOC;
	return sf_default_nan(f);
}

/* 1.5, 2.0, 3.0: the constants of FRECPS, FRSQRTS and FMULX */
SF_INLINE uint64_t sf_small(const struct sf_format *f, bool sign, int exp, bool plus_half)
{
	return sf_zero(f, sign) | ((uint64_t)(f->bias + exp) << f->frac_bits) |
	       (plus_half ? sf_quiet_bit(f) : 0);
}

SF_INLINE bool sf_is_nan(const struct sf_num *n)
{
	return n->class >= SF_QNAN;
}

/* Shift right; what falls out stays visible in bit 0. */
SF_INLINE uint64_t sf_shift_sticky(uint64_t value, unsigned int count)
{
	if (count == 0) {
		return value;
	}
	if (count > 63) {
		return value != 0;
	}
	return (value >> count) | ((value << (64 - count)) != 0);
}

SF_INLINE sf_u128 sf_shift_sticky128(sf_u128 value, unsigned int count)
{
	if (count == 0) {
		return value;
	}
	if (count > 127) {
		return value != 0;
	}
	return (value >> count) | ((value << (128 - count)) != 0);
}

/* FPUnpack; half-precision numbers are never flushed (FPUnpackCV). */
SF_INLINE struct sf_num sf_unpack(const struct sf_format *f, uint64_t bits, struct a64_fpenv *env)
{
	struct sf_num n = {.sign = (bits & sf_sign_bit(f)) != 0, .bits = bits};
	int exp = (int)(bits >> f->frac_bits) & f->exp_ones;
	uint64_t frac = bits & sf_frac_mask(f);
	bool alternative = f->size == 16 && (env->fpcr & A64_FPCR_AHP);

	if (exp == f->exp_ones && !alternative) {
		n.class = frac == 0 ? SF_INFINITY : (frac & sf_quiet_bit(f)) ? SF_QNAN : SF_SNAN;
		return n;
	}
	if (exp != 0) {
		n.class = SF_FINITE;
		n.exp = exp - f->bias;
		n.sig = (1ULL << 63) | (frac << (63 - f->frac_bits));
		return n;
	}
	if (frac == 0) {
		return n;
	}
	if (f->size != 16 && (env->fpcr & A64_FPCR_FZ)) {
		env->fpsr |= A64_FPSR_IDC;
		return n;
	}
	int lead = __builtin_clzll(frac);
	n.class = SF_FINITE;
	n.sig = frac << lead;
	n.exp = 1 - f->bias - (lead - (63 - (int)f->frac_bits));
	return n;
}

/* FPProcessNaN */
SF_INLINE uint64_t sf_process_nan(const struct sf_format *f, const struct sf_num *n,
				  struct a64_fpenv *env)
{
	if (n->class == SF_SNAN) {
		env->fpsr |= A64_FPSR_IOC;
	}
	if (env->fpcr & A64_FPCR_DN) {
		return sf_default_nan(f);
	}
	return n->bits | sf_quiet_bit(f);
}

/* FPProcessNaNs: signalling ones first, then in order. One of the two is a NaN. */
SF_INLINE uint64_t sf_process_nans(const struct sf_format *f, const struct sf_num *a,
				   const struct sf_num *b, struct a64_fpenv *env)
{
	if (a->class == SF_SNAN || (b->class != SF_SNAN && a->class == SF_QNAN)) {
		return sf_process_nan(f, a, env);
	}
	return sf_process_nan(f, b, env);
}

/* Whether a magnitude is rounded up, from its lowest kept bit and what is dropped. */
SF_INLINE bool sf_rounds_up(enum a64_rounding rounding, bool sign, bool odd, uint64_t dropped,
			    uint64_t half)
{
	switch (rounding) {
	case A64_ROUND_TIEEVEN: return dropped > half || (dropped == half && odd);
	case A64_ROUND_TIEAWAY: return dropped >= half;
	case A64_ROUND_POSINF: return dropped != 0 && !sign;
	case A64_ROUND_NEGINF: return dropped != 0 && sign;
	default: return false;
	}
}

SF_INLINE uint64_t sf_overflow(const struct sf_format *f, bool sign, enum a64_rounding rounding,
			       struct a64_fpenv *env)
{
	env->fpsr |= A64_FPSR_OFC | A64_FPSR_IXC;
	if (sf_rounds_up(rounding, sign, true, 3, 2)) {
		return sf_infinity(f, sign);
	}
	return sf_max_normal(f, sign);
}

/*
 * FPRound: the number sig * 2^(exp - 63), bit 63 of sig set and bit 0 sticky. Underflow is detected
 * before rounding. A result flushed by FZ sets UFC alone.
 */
SF_INLINE uint64_t sf_round_pack(const struct sf_format *f, bool sign, int exp, uint64_t sig,
				 enum a64_rounding rounding, struct a64_fpenv *env)
{
	unsigned int shift = 63 - f->frac_bits;
	uint64_t drop_mask = (1ULL << shift) - 1;
	bool alternative = f->size == 16 && (env->fpcr & A64_FPCR_AHP);
	int biased = exp + f->bias;
	bool tiny = biased <= 0;

	if (tiny) {
		if (f->size != 16 && (env->fpcr & A64_FPCR_FZ)) {
			env->fpsr |= A64_FPSR_UFC;
			return sf_zero(f, sign);
		}
		sig = sf_shift_sticky(sig, (unsigned int)(1 - biased));
		biased = 1;
	}

	uint64_t dropped = sig & drop_mask;
	uint64_t kept = sig >> shift;
	kept += sf_rounds_up(rounding, sign, kept & 1, dropped, 1ULL << (shift - 1));
	if (rounding == A64_ROUND_ODD && dropped != 0) {
		kept |= 1;
	}

	/* The implicit one, or a carry out of a subnormal, adds one to the exponent. */
	uint64_t max_exp = (uint64_t)f->exp_ones + (alternative ? 1 : 0);
	if ((uint64_t)(biased - 1) + (kept >> f->frac_bits) >= max_exp) {
		if (alternative) {
			env->fpsr |= A64_FPSR_IOC;
			return sf_sign_bit(f) * sign | (sf_sign_bit(f) - 1);
		}
		return sf_overflow(f, sign, rounding, env);
	}
	if (dropped != 0) {
		env->fpsr |= tiny ? A64_FPSR_IXC | A64_FPSR_UFC : A64_FPSR_IXC;
	}
	return sf_zero(f, sign) | (((uint64_t)(biased - 1) << f->frac_bits) + kept);
}

#endif
