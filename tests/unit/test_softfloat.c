/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The soft float beside the host's FPU: results and exception flags of the IEEE operations in all
 * four rounding modes. What Arm defines beyond IEEE 754, or otherwise than the host, is in
 * test_softfloat_arm.c.
 */
#include <fenv.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "softfloat.h"

static const int host_modes[4] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};

/* By pointer: inlined, they would assume rounding to nearest. */
static float (*volatile host_rint32)(float) = rintf;
static double (*volatile host_rint64)(double) = rint;

/* Flags that both sides define alike; the host reports underflow after rounding. */
#define FLAGS (A64_FPSR_IOC | A64_FPSR_DZC | A64_FPSR_OFC | A64_FPSR_IXC)

static uint64_t random_state = 0x9e3779b97f4a7c15ULL;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

static uint32_t bits32(float x)
{
	uint32_t bits;
	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static float value32(uint32_t bits)
{
	float x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

static uint64_t bits64(double x)
{
	uint64_t bits;
	memcpy(&bits, &x, sizeof(bits));
	return bits;
}

static double value64(uint64_t bits)
{
	double x;
	memcpy(&x, &bits, sizeof(x));
	return x;
}

static bool is_nan32(uint32_t bits)
{
	return (bits & 0x7fffffffU) > 0x7f800000U;
}

static bool is_nan64(uint64_t bits)
{
	return (bits & ~(1ULL << 63)) > 0x7ff0000000000000ULL;
}

/* Operands whose exponents meet often: extremes, near one, sparse fractions, anything. */
static uint64_t random_operand(unsigned int exp_bits, unsigned int frac_bits)
{
	uint64_t r = random64();
	uint64_t frac_mask = (1ULL << frac_bits) - 1;
	uint64_t exp_mask = (1ULL << exp_bits) - 1;
	uint64_t sign = r >> 63 << (exp_bits + frac_bits);
	uint64_t frac = random64() & frac_mask;
	uint64_t exp = random64() & exp_mask;

	switch (r & 7) {
	case 0: exp = 0; break;
	case 1: exp = exp_mask - (r >> 8 & 1); break;
	case 2: exp = (exp_mask >> 1) + (r >> 8 & 7); break;
	case 3: exp = r >> 8 & 63; break;
	default: break;
	}
	switch (r >> 3 & 7) {
	case 0: frac = 0; break;
	case 1: frac = frac_mask; break;
	case 2: frac = 1ULL << (r >> 16 & 63) % frac_bits; break;
	case 3: frac &= random64() >> 3 & random64(); break;
	case 4: frac = frac_mask << (r >> 16 & 63) % frac_bits & frac_mask; break;
	default: break;
	}
	return sign | exp << frac_bits | frac;
}

static uint32_t operand32(void)
{
	return (uint32_t)random_operand(8, 23);
}

static uint64_t operand64(void)
{
	return random_operand(11, 52);
}

static struct a64_fpenv env_of(unsigned int mode)
{
	return (struct a64_fpenv){.fpcr = mode << A64_FPCR_RMODE_SHIFT};
}

static uint32_t host_flags(void)
{
	int raised = fetestexcept(FE_ALL_EXCEPT);
	uint32_t flags = 0;

	flags |= raised & FE_INVALID ? A64_FPSR_IOC : 0;
	flags |= raised & FE_DIVBYZERO ? A64_FPSR_DZC : 0;
	flags |= raised & FE_OVERFLOW ? A64_FPSR_OFC : 0;
	flags |= raised & FE_INEXACT ? A64_FPSR_IXC : 0;
	return flags;
}

static void expect32(uint32_t host, uint32_t soft, uint32_t flags, const struct a64_fpenv *env)
{
	if (is_nan32(host)) {
		assert_true(is_nan32(soft));
	} else {
		assert_int_equal(soft, host);
	}
	assert_int_equal(env->fpsr & FLAGS, flags);
}

static void expect64(uint64_t host, uint64_t soft, uint32_t flags, const struct a64_fpenv *env)
{
	if (is_nan64(host)) {
		assert_true(is_nan64(soft));
	} else {
		assert_int_equal(soft, host);
	}
	assert_int_equal(env->fpsr & FLAGS, flags);
}

static unsigned int rounds(void)
{
	return getenv("VGIC5_LONG") ? 20000000 : 200000;
}

/*
 * One test per operation: host expression H over the volatile operands a, b, c against soft call S
 * over their bits.
 */
#define IEEE_TEST(NAME, W, T, H, S)                              \
	static void NAME(void **state)                           \
	{                                                        \
		(void)state;                                     \
		for (unsigned int i = 0; i < rounds(); i++) {    \
			uint##W##_t ai = operand##W();           \
			uint##W##_t bi = operand##W();           \
			uint##W##_t ci = operand##W();           \
			volatile T a = value##W(ai);             \
			volatile T b = value##W(bi);             \
			volatile T c = value##W(ci);             \
			struct a64_fpenv e = env_of(i & 3);      \
			struct a64_fpenv *env = &e;              \
			(void)b, (void)c;                        \
			fesetround(host_modes[i & 3]);           \
			feclearexcept(FE_ALL_EXCEPT);            \
			volatile T host = (T)(H);                \
			uint32_t flags = host_flags();           \
			fesetround(FE_TONEAREST);                \
			expect##W(bits##W(host), S, flags, env); \
		}                                                \
	}

IEEE_TEST(f32_addition_equals_the_host, 32, float, a + b, a64_f32_add(env, ai, bi))
IEEE_TEST(f32_subtraction_equals_the_host, 32, float, a - b, a64_f32_sub(env, ai, bi))
IEEE_TEST(f32_multiplication_equals_the_host, 32, float, a *b, a64_f32_mul(env, ai, bi))
IEEE_TEST(f32_division_equals_the_host, 32, float, a / b, a64_f32_div(env, ai, bi))
IEEE_TEST(f32_square_root_equals_the_host, 32, float, sqrtf(a), a64_f32_sqrt(env, ai))
IEEE_TEST(f32_rint_equals_the_host, 32, float, host_rint32(a),
	  a64_f32_round_int(env, ai, a64_fp_rounding(env), true))
IEEE_TEST(f64_addition_equals_the_host, 64, double, a + b, a64_f64_add(env, ai, bi))
IEEE_TEST(f64_subtraction_equals_the_host, 64, double, a - b, a64_f64_sub(env, ai, bi))
IEEE_TEST(f64_multiplication_equals_the_host, 64, double, a *b, a64_f64_mul(env, ai, bi))
IEEE_TEST(f64_division_equals_the_host, 64, double, a / b, a64_f64_div(env, ai, bi))
IEEE_TEST(f64_square_root_equals_the_host, 64, double, sqrt(a), a64_f64_sqrt(env, ai))
IEEE_TEST(f64_rint_equals_the_host, 64, double, host_rint64(a),
	  a64_f64_round_int(env, ai, a64_fp_rounding(env), true))

/* fma()'s flags for infinity times zero plus a NaN are implementation defined: no NaN addends here.
 */
IEEE_TEST(f32_fused_multiply_add_equals_the_host, 32, float, is_nan32(ci) ? 0 : fmaf(a, b, c),
	  is_nan32(ci) ? 0 : a64_f32_muladd(env, ci, ai, bi))
IEEE_TEST(f64_fused_multiply_add_equals_the_host, 64, double, is_nan64(ci) ? 0 : fma(a, b, c),
	  is_nan64(ci) ? 0 : a64_f64_muladd(env, ci, ai, bi))

/* Sums that nearly cancel are rare among random operands. */
static void f64_fused_multiply_add_that_cancels_equals_the_host(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		uint64_t ai = operand64();
		uint64_t bi = operand64();
		volatile double a = value64(ai);
		volatile double b = value64(bi);
		volatile double c = -(a * b);
		struct a64_fpenv env = env_of(i & 3);

		if (is_nan64(bits64(c))) {
			continue;
		}
		fesetround(host_modes[i & 3]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile double host = fma(a, b, c);
		uint32_t flags = host_flags();
		fesetround(FE_TONEAREST);
		expect64(bits64(host), a64_f64_muladd(&env, bits64(c), ai, bi), flags, &env);
	}
}

static void conversions_between_f32_and_f64_equal_the_host(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		uint64_t wide = operand64();
		uint32_t narrow = operand32();

		/* bring half of them into the range of a single */
		if (i & 4) {
			wide = (wide & ~(0x7ffULL << 52)) | (uint64_t)(860 + random64() % 320)
								    << 52;
		}
		fesetround(host_modes[i & 3]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile double d = value64(wide);
		volatile float to_narrow = (float)d;
		uint32_t flags = host_flags();
		struct a64_fpenv env = env_of(i & 3);
		expect32(bits32(to_narrow), a64_f64_to_f32(&env, wide), flags, &env);

		feclearexcept(FE_ALL_EXCEPT);
		volatile float s = value32(narrow);
		volatile double to_wide = s;
		flags = host_flags();
		fesetround(FE_TONEAREST);
		env = env_of(i & 3);
		expect64(bits64(to_wide), a64_f32_to_f64(&env, narrow), flags, &env);
	}
}

static void conversions_from_integers_equal_the_host(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		volatile int64_t value = (int64_t)random64() >> (random64() & 63);
		volatile uint64_t positive = random64() >> (random64() & 63);
		struct a64_fpenv env = env_of(i & 3);

		fesetround(host_modes[i & 3]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile float f = (float)value;
		uint32_t flags = host_flags();
		expect32(bits32(f), a64_f32_from_sint(&env, value, 0), flags, &env);

		env.fpsr = 0;
		feclearexcept(FE_ALL_EXCEPT);
		volatile double d = (double)value;
		flags = host_flags();
		expect64(bits64(d), a64_f64_from_sint(&env, value, 0), flags, &env);

		/* The compiler's own sequence for unsigned values may raise more or fewer flags. */
		d = (double)positive;
		fesetround(FE_TONEAREST);
		if (i % 4 == 0) {
			assert_int_equal(a64_f64_from_uint(&env, positive, 0), bits64(d));
		}
	}
}

static void conversions_to_integers_equal_the_host(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		uint64_t bits = operand64();
		struct a64_fpenv env = env_of(i & 3);

		bits = (bits & ~(0x7ffULL << 52)) | (uint64_t)(1015 + random64() % 73) << 52;
		volatile double d = value64(bits);
		fesetround(host_modes[i & 3]);
		feclearexcept(FE_ALL_EXCEPT);
		volatile long long host = llrint(d);
		uint32_t flags = host_flags();
		fesetround(FE_TONEAREST);
		uint64_t soft = a64_f64_to_fixed(&env, bits, 0, 64, false, a64_fp_rounding(&env));
		if (flags & A64_FPSR_IOC) { /* the host answers INT64_MIN */
			assert_int_equal(soft, d < 0 ? 1ULL << 63 : ~0ULL >> 1);
			assert_int_equal(env.fpsr, A64_FPSR_IOC);
		} else {
			assert_int_equal(soft, (uint64_t)host);
			assert_int_equal(env.fpsr & FLAGS, flags);
		}
	}
}

static void fixed_point_is_a_scaling_by_a_power_of_two(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		int64_t value = (int64_t)random64() >> (random64() & 63);
		unsigned int fbits = random64() % 65;
		struct a64_fpenv env = env_of(i & 3);
		struct a64_fpenv plain = env;
		uint64_t scaled = a64_f64_from_sint(&env, value, fbits);

		/* scaling by a power of two loses nothing here */
		double expected = ldexp(value64(a64_f64_from_sint(&plain, value, 0)), -(int)fbits);
		assert_int_equal(scaled, bits64(expected));
		assert_int_equal(env.fpsr, plain.fpsr);

		env.fpsr = 0;
		plain.fpsr = 0;
		uint64_t there = a64_f64_to_fixed(&env, scaled, fbits, 64, false, A64_ROUND_ZERO);
		uint64_t back = a64_f64_to_fixed(&plain, bits64(ldexp(value64(scaled), (int)fbits)),
						 0, 64, false, A64_ROUND_ZERO);
		assert_int_equal(there, back);
		assert_int_equal(env.fpsr, plain.fpsr);
	}
}

static void comparisons_equal_the_host(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		uint64_t ai = operand64();
		uint64_t bi = i & 8 ? ai ^ (random64() & 1) << 63 : operand64();
		double a = value64(ai);
		double b = value64(bi);
		struct a64_fpenv env = {0};
		uint32_t expected = a < b    ? A64_FPCMP_LESS
				    : a > b  ? A64_FPCMP_GREATER
				    : a == b ? A64_FPCMP_EQUAL
					     : A64_FPCMP_UNORDERED;

		assert_int_equal(a64_f64_compare(&env, ai, bi, false), expected);
		if (expected != A64_FPCMP_UNORDERED) {
			assert_int_equal(env.fpsr, 0);
			env.fpsr = 0;
			uint64_t larger = a64_f64_max(&env, ai, bi);
			uint64_t smaller = a64_f64_min(&env, ai, bi);
			assert_true(value64(larger) == fmax(a, b));
			assert_true(value64(smaller) == fmin(a, b));
			assert_int_equal(larger ^ smaller, ai ^ bi);
		}
	}
}

static void half_precision_survives_the_way_through_single_and_double(void **state)
{
	(void)state;
	for (uint32_t ahp = 0; ahp < 2; ahp++) {
		struct a64_fpenv env = {.fpcr = ahp ? A64_FPCR_AHP : 0};
		for (uint32_t h = 0; h < 0x10000; h++) {
			if (!ahp && (h & 0x7fff) > 0x7c00) {
				continue;
			}
			uint32_t single = a64_f16_to_f32(&env, (uint16_t)h);
			uint64_t wide = a64_f16_to_f64(&env, (uint16_t)h);
			assert_int_equal(a64_f32_to_f16(&env, single), h);
			assert_int_equal(a64_f64_to_f16(&env, wide), h);
			assert_int_equal(a64_f32_to_f64(&env, single), wide);
			if (ahp || (h & 0x7c00) != 0x7c00) {
				int exp = (int)(h >> 10 & 31);
				double magnitude = ldexp((h & 0x3ff) | (exp ? 0x400 : 0),
							 (exp ? exp : 1) - 25);
				assert_true(fabs(value64(wide)) == magnitude);
			}
		}
		assert_int_equal(env.fpsr, 0);
	}
}

static void narrowing_to_half_picks_the_neighbour_that_the_mode_names(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rounds(); i++) {
		uint32_t low = (uint32_t)(random64() % 0x7bff);
		struct a64_fpenv env = {0};
		double lower = value64(a64_f16_to_f64(&env, (uint16_t)low));
		double upper = value64(a64_f16_to_f64(&env, (uint16_t)(low + 1)));
		double weight = (double)(random64() >> 11) * 0x1p-53;
		if (i & 1) {
			weight = 0.5;
		}
		double between = lower + (upper - lower) * weight;
		if (between <= lower || between >= upper) {
			continue;
		}
		uint32_t nearest = weight > 0.5 || (weight == 0.5 && (low & 1)) ? low + 1 : low;
		uint32_t expected[4] = {nearest, low + 1, low, low};
		for (unsigned int mode = 0; mode < 4; mode++) {
			env = env_of(mode);
			assert_int_equal(a64_f64_to_f16(&env, bits64(between)), expected[mode]);
			assert_int_equal(env.fpsr,
					 low < 0x400 ? A64_FPSR_IXC | A64_FPSR_UFC : A64_FPSR_IXC);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(f32_addition_equals_the_host),
		cmocka_unit_test(f32_subtraction_equals_the_host),
		cmocka_unit_test(f32_multiplication_equals_the_host),
		cmocka_unit_test(f32_division_equals_the_host),
		cmocka_unit_test(f32_square_root_equals_the_host),
		cmocka_unit_test(f32_fused_multiply_add_equals_the_host),
		cmocka_unit_test(f32_rint_equals_the_host),
		cmocka_unit_test(f64_addition_equals_the_host),
		cmocka_unit_test(f64_subtraction_equals_the_host),
		cmocka_unit_test(f64_multiplication_equals_the_host),
		cmocka_unit_test(f64_division_equals_the_host),
		cmocka_unit_test(f64_square_root_equals_the_host),
		cmocka_unit_test(f64_fused_multiply_add_equals_the_host),
		cmocka_unit_test(f64_fused_multiply_add_that_cancels_equals_the_host),
		cmocka_unit_test(f64_rint_equals_the_host),
		cmocka_unit_test(conversions_between_f32_and_f64_equal_the_host),
		cmocka_unit_test(conversions_from_integers_equal_the_host),
		cmocka_unit_test(conversions_to_integers_equal_the_host),
		cmocka_unit_test(fixed_point_is_a_scaling_by_a_power_of_two),
		cmocka_unit_test(comparisons_equal_the_host),
		cmocka_unit_test(half_precision_survives_the_way_through_single_and_double),
		cmocka_unit_test(narrowing_to_half_picks_the_neighbour_that_the_mode_names),
	};

	return cmocka_run_group_tests_name("softfloat", tests, NULL, NULL);
}
