/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Soft float: the arithmetic operations, minimum and maximum, and comparison.
 */
#include "softfloat_parts.h"

/* The sign of a sum that is exactly zero. */
SF_INLINE uint64_t exact_zero(const struct sf_format *f, const struct a64_fpenv *env)
{
	return sf_zero(f, a64_fp_rounding(env) == A64_ROUND_NEGINF);
}

SF_INLINE uint64_t add_finite(const struct sf_format *f, const struct sf_num *a,
			      const struct sf_num *b, struct a64_fpenv *env)
{
	/* One bit of headroom for the carry; at least ten guard bits remain below. */
	uint64_t big = a->sig >> 1;
	uint64_t small = b->sig >> 1;
	int exp = a->exp;
	bool sign = a->sign;

	if (a->exp < b->exp || (a->exp == b->exp && a->sig < b->sig)) {
		big = b->sig >> 1;
		small = a->sig >> 1;
		exp = b->exp;
		sign = b->sign;
		small = sf_shift_sticky(small, (unsigned int)(b->exp - a->exp));
	} else {
		small = sf_shift_sticky(small, (unsigned int)(a->exp - b->exp));
	}

	uint64_t sum = a->sign == b->sign ? big + small : big - small;
	if (sum == 0) {
		return exact_zero(f, env);
	}
	int lead = __builtin_clzll(sum);
	return sf_round_pack(f, sign, exp + 1 - lead, sum << lead, a64_fp_rounding(env), env);
}

SF_INLINE uint64_t round_same(const struct sf_format *f, const struct sf_num *n,
			      struct a64_fpenv *env)
{
	return sf_round_pack(f, n->sign, n->exp, n->sig, a64_fp_rounding(env), env);
}

SF_INLINE uint64_t add(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
		       uint64_t b_bits, bool subtract)
{
	struct sf_num a = sf_unpack(f, a_bits, env);
	struct sf_num b = sf_unpack(f, b_bits, env);

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		return sf_process_nans(f, &a, &b, env);
	}
	b.sign ^= subtract;
	if (a.class == SF_FINITE && b.class == SF_FINITE) {
		return add_finite(f, &a, &b, env);
	}
	if (a.class == SF_INFINITY && b.class == SF_INFINITY && a.sign != b.sign) {
		return sf_invalid(f, env);
	}
	if (a.class == SF_INFINITY || b.class == SF_INFINITY) {
		return sf_infinity(f, a.class == SF_INFINITY ? a.sign : b.sign);
	}
	if (a.class == SF_ZERO && b.class == SF_ZERO) {
		return a.sign == b.sign ? sf_zero(f, a.sign) : exact_zero(f, env);
	}
	return round_same(f, a.class == SF_ZERO ? &b : &a, env);
}

SF_INLINE uint64_t mul(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
		       uint64_t b_bits, bool extended)
{
	struct sf_num a = sf_unpack(f, a_bits, env);
	struct sf_num b = sf_unpack(f, b_bits, env);
	bool sign = a.sign ^ b.sign;

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		return sf_process_nans(f, &a, &b, env);
	}
	if (a.class == SF_INFINITY || b.class == SF_INFINITY) {
		if (a.class != SF_ZERO && b.class != SF_ZERO) {
			return sf_infinity(f, sign);
		}
		/* FMULX: infinity times zero is 2 */
		return extended ? sf_small(f, sign, 1, false) : sf_invalid(f, env);
	}
	if (a.class == SF_ZERO || b.class == SF_ZERO) {
		return sf_zero(f, sign);
	}

	sf_u128 product = (sf_u128)a.sig * b.sig;
	int exp = a.exp + b.exp + 1;
	if (!(product >> 127)) {
		product <<= 1;
		exp--;
	}
	uint64_t sig = (uint64_t)(product >> 64) | ((uint64_t)product != 0);
	return sf_round_pack(f, sign, exp, sig, a64_fp_rounding(env), env);
}

SF_INLINE uint64_t divide(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
			  uint64_t b_bits)
{
	struct sf_num a = sf_unpack(f, a_bits, env);
	struct sf_num b = sf_unpack(f, b_bits, env);
	bool sign = a.sign ^ b.sign;

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		return sf_process_nans(f, &a, &b, env);
	}
	if (a.class == b.class && a.class != SF_FINITE) {
		return sf_invalid(f, env);
	}
	if (a.class == SF_INFINITY || b.class == SF_ZERO) {
		env->fpsr |= a.class == SF_INFINITY ? 0 : A64_FPSR_DZC;
		return sf_infinity(f, sign);
	}
	if (a.class == SF_ZERO || b.class == SF_INFINITY) {
		return sf_zero(f, sign);
	}

	bool below_one = a.sig < b.sig;
	sf_u128 dividend = (sf_u128)a.sig << (below_one ? 64 : 63);
	uint64_t quotient = (uint64_t)(dividend / b.sig);
	quotient |= (sf_u128)quotient * b.sig != dividend;
	return sf_round_pack(f, sign, a.exp - b.exp - below_one, quotient, a64_fp_rounding(env),
			     env);
}

/* The integer square root of a number of at least 2^126, with bit 0 sticky. */
static uint64_t sqrt_sticky(sf_u128 square)
{
	uint64_t root = 1ULL << 63;

	for (uint64_t bit = 1ULL << 62; bit != 0; bit >>= 1) {
		uint64_t trial = root | bit;
		if ((sf_u128)trial * trial <= square) {
			root = trial;
		}
	}
	return root | ((sf_u128)root * root != square);
}

SF_INLINE uint64_t square_root(const struct sf_format *f, struct a64_fpenv *env, uint64_t bits)
{
	struct sf_num a = sf_unpack(f, bits, env);

	if (sf_is_nan(&a)) {
		return sf_process_nan(f, &a, env);
	}
	if (a.class == SF_ZERO) {
		return sf_zero(f, a.sign);
	}
	if (a.sign) {
		return sf_invalid(f, env);
	}
	if (a.class == SF_INFINITY) {
		return sf_infinity(f, false);
	}
	bool odd = a.exp & 1;
	uint64_t root = sqrt_sticky((sf_u128)a.sig << (odd ? 64 : 63));
	return sf_round_pack(f, false, (a.exp - odd) / 2, root, a64_fp_rounding(env), env);
}

/* addend + n * m for finite n and m, an addend that is finite or zero; halved if asked for. */
SF_INLINE uint64_t muladd_finite(const struct sf_format *f, const struct sf_num *addend,
				 const struct sf_num *n, const struct sf_num *m, bool halve,
				 struct a64_fpenv *env)
{
	/* Both terms as x * 2^(exp - 125): the product lies in 2^125..2^127 and is exact. */
	bool sign = n->sign ^ m->sign;
	sf_u128 sum = ((sf_u128)n->sig * m->sig) >> 1;
	int exp = n->exp + m->exp;

	if (addend->class == SF_FINITE) {
		sf_u128 other = (sf_u128)addend->sig << 62;
		if (exp >= addend->exp) {
			other = sf_shift_sticky128(other, (unsigned int)(exp - addend->exp));
		} else {
			sum = sf_shift_sticky128(sum, (unsigned int)(addend->exp - exp));
			exp = addend->exp;
		}
		if (sign == addend->sign) {
			sum += other;
		} else if (sum >= other) {
			sum -= other;
		} else {
			sum = other - sum;
			sign = addend->sign;
		}
		if (sum == 0) {
			return exact_zero(f, env);
		}
	}

	uint64_t high = (uint64_t)(sum >> 64);
	int lead = high ? __builtin_clzll(high) : 64 + __builtin_clzll((uint64_t)sum);
	sum <<= lead;
	uint64_t sig = (uint64_t)(sum >> 64) | ((uint64_t)sum != 0);
	exp += 2 - lead - halve;
	return sf_round_pack(f, sign, exp, sig, a64_fp_rounding(env), env);
}

SF_INLINE uint64_t muladd(const struct sf_format *f, struct a64_fpenv *env, uint64_t addend_bits,
			  uint64_t n_bits, uint64_t m_bits)
{
	struct sf_num addend = sf_unpack(f, addend_bits, env);
	struct sf_num n = sf_unpack(f, n_bits, env);
	struct sf_num m = sf_unpack(f, m_bits, env);
	bool sign = n.sign ^ m.sign;
	bool infinite = n.class == SF_INFINITY || m.class == SF_INFINITY;
	bool zero = n.class == SF_ZERO || m.class == SF_ZERO;
	bool nan = sf_is_nan(&n) || sf_is_nan(&m);

	if (addend.class == SF_SNAN) {
		return sf_process_nan(f, &addend, env);
	}
	if (addend.class == SF_QNAN && n.class != SF_SNAN && m.class != SF_SNAN) {
		if (infinite && zero) {
			return sf_invalid(f, env);
		}
		return sf_process_nan(f, &addend, env);
	}
	if (nan) {
		return sf_process_nans(f, &n, &m, env);
	}
	if (infinite) {
		bool opposed = addend.class == SF_INFINITY && addend.sign != sign;
		return zero || opposed ? sf_invalid(f, env) : sf_infinity(f, sign);
	}
	if (addend.class == SF_INFINITY) {
		return sf_infinity(f, addend.sign);
	}
	if (zero && addend.class == SF_ZERO) {
		return sign == addend.sign ? sf_zero(f, sign) : exact_zero(f, env);
	}
	if (zero) {
		return round_same(f, &addend, env);
	}
	return muladd_finite(f, &addend, &n, &m, false, env);
}

/*
 * FRECPS: 2 - a * b; FRSQRTS: (3 - a * b) / 2. Infinity times zero is zero, and a is negated before
 * NaNs are looked at.
 */
SF_INLINE uint64_t step(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
			uint64_t b_bits, bool halve)
{
	struct sf_num a = sf_unpack(f, a_bits ^ sf_sign_bit(f), env);
	struct sf_num b = sf_unpack(f, b_bits, env);

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		return sf_process_nans(f, &a, &b, env);
	}
	if (a.class == SF_ZERO || b.class == SF_ZERO) {
		return sf_small(f, false, halve ? 0 : 1, halve);
	}
	if (a.class == SF_INFINITY || b.class == SF_INFINITY) {
		return sf_infinity(f, a.sign ^ b.sign);
	}
	struct sf_num constant = {
		.class = SF_FINITE, .exp = 1, .sig = halve ? 3ULL << 62 : 1ULL << 63};
	return muladd_finite(f, &constant, &a, &b, halve, env);
}

/* -1, 0 or 1 for numbers that are no NaNs. */
SF_INLINE int order(const struct sf_num *a, const struct sf_num *b)
{
	if (a->class == SF_ZERO && b->class == SF_ZERO) {
		return 0;
	}
	if (a->sign != b->sign) {
		return a->class == SF_ZERO ? (b->sign ? 1 : -1) : (a->sign ? -1 : 1);
	}
	int magnitude = 0;
	if (a->class != b->class) {
		magnitude = a->class < b->class ? -1 : 1;
	} else if (a->class == SF_FINITE && a->exp != b->exp) {
		magnitude = a->exp < b->exp ? -1 : 1;
	} else if (a->class == SF_FINITE && a->sig != b->sig) {
		magnitude = a->sig < b->sig ? -1 : 1;
	}
	return a->sign ? -magnitude : magnitude;
}

SF_INLINE uint32_t compare(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
			   uint64_t b_bits, bool signal_nans)
{
	struct sf_num a = sf_unpack(f, a_bits, env);
	struct sf_num b = sf_unpack(f, b_bits, env);

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		if (signal_nans || a.class == SF_SNAN || b.class == SF_SNAN) {
			env->fpsr |= A64_FPSR_IOC;
		}
		return A64_FPCMP_UNORDERED;
	}
	int result = order(&a, &b);
	return result < 0 ? A64_FPCMP_LESS : result > 0 ? A64_FPCMP_GREATER : A64_FPCMP_EQUAL;
}

/* FPMax and FPMin; of two zeros the maximum is negative only if both are. */
SF_INLINE uint64_t extreme(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
			   uint64_t b_bits, bool max)
{
	struct sf_num a = sf_unpack(f, a_bits, env);
	struct sf_num b = sf_unpack(f, b_bits, env);

	if (sf_is_nan(&a) || sf_is_nan(&b)) {
		return sf_process_nans(f, &a, &b, env);
	}
	if (a.class == SF_ZERO && b.class == SF_ZERO) {
		return sf_zero(f, max ? a.sign && b.sign : a.sign || b.sign);
	}
	int result = order(&a, &b);
	const struct sf_num *pick = (max ? result > 0 : result < 0) ? &a : &b;
	return pick->class == SF_ZERO ? sf_zero(f, pick->sign) : pick->bits;
}

/* FPMaxNum and FPMinNum: a quiet NaN loses against anything but a quiet NaN. */
SF_INLINE uint64_t extreme_number(const struct sf_format *f, struct a64_fpenv *env, uint64_t a_bits,
				  uint64_t b_bits, bool max)
{
	bool a_quiet = sf_unpack(f, a_bits, env).class == SF_QNAN;
	bool b_quiet = sf_unpack(f, b_bits, env).class == SF_QNAN;

	if (a_quiet && !b_quiet) {
		a_bits = sf_infinity(f, max);
	} else if (b_quiet && !a_quiet) {
		b_bits = sf_infinity(f, max);
	}
	return extreme(f, env, a_bits, b_bits, max);
}

#define SOFTFLOAT_DEFINE(F, T)                                                        \
	T a64_##F##_add(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)add(&sf_##F, env, a, b, false);                             \
	}                                                                             \
	T a64_##F##_sub(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)add(&sf_##F, env, a, b, true);                              \
	}                                                                             \
	T a64_##F##_mul(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)mul(&sf_##F, env, a, b, false);                             \
	}                                                                             \
	T a64_##F##_mulx(struct a64_fpenv *env, T a, T b)                             \
	{                                                                             \
		return (T)mul(&sf_##F, env, a, b, true);                              \
	}                                                                             \
	T a64_##F##_div(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)divide(&sf_##F, env, a, b);                                 \
	}                                                                             \
	T a64_##F##_sqrt(struct a64_fpenv *env, T a)                                  \
	{                                                                             \
		return (T)square_root(&sf_##F, env, a);                               \
	}                                                                             \
	T a64_##F##_muladd(struct a64_fpenv *env, T addend, T n, T m)                 \
	{                                                                             \
		return (T)muladd(&sf_##F, env, addend, n, m);                         \
	}                                                                             \
	T a64_##F##_recip_step(struct a64_fpenv *env, T a, T b)                       \
	{                                                                             \
		return (T)step(&sf_##F, env, a, b, false);                            \
	}                                                                             \
	T a64_##F##_rsqrt_step(struct a64_fpenv *env, T a, T b)                       \
	{                                                                             \
		return (T)step(&sf_##F, env, a, b, true);                             \
	}                                                                             \
	T a64_##F##_max(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)extreme(&sf_##F, env, a, b, true);                          \
	}                                                                             \
	T a64_##F##_min(struct a64_fpenv *env, T a, T b)                              \
	{                                                                             \
		return (T)extreme(&sf_##F, env, a, b, false);                         \
	}                                                                             \
	T a64_##F##_maxnm(struct a64_fpenv *env, T a, T b)                            \
	{                                                                             \
		return (T)extreme_number(&sf_##F, env, a, b, true);                   \
	}                                                                             \
	T a64_##F##_minnm(struct a64_fpenv *env, T a, T b)                            \
	{                                                                             \
		return (T)extreme_number(&sf_##F, env, a, b, false);                  \
	}                                                                             \
	uint32_t a64_##F##_compare(struct a64_fpenv *env, T a, T b, bool signal_nans) \
	{                                                                             \
		return compare(&sf_##F, env, a, b, signal_nans);                      \
	}

SOFTFLOAT_DEFINE(f32, uint32_t)
SOFTFLOAT_DEFINE(f64, uint64_t)
