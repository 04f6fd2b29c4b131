/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's FPU in place of the soft float: whenever fp_host.h gives an answer, the soft float has the
 * same result and sets no flag that is not set already.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "fp_host.h"

static uint64_t random_state = 0x243f6a8885a308d3ULL;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state * 0x2545f4914f6cdd1dULL;
}

/* Near one another or anywhere; short significands, whose results are exact, as often as long ones. */
static uint64_t operand(unsigned int exp_bits, unsigned int frac_bits)
{
	uint64_t r = random64();
	uint64_t frac_mask = (1ULL << frac_bits) - 1;
	uint64_t exp_mask = (1ULL << exp_bits) - 1;
	uint64_t exp = random64() & exp_mask;
	uint64_t frac = random64() & frac_mask;

	if (r & 3) {
		exp = (exp_mask >> 1) - 4 + (r >> 8 & 7);
	} else if (r & 4) {
		exp = r >> 8 & 3;
	}
	frac = frac << (r >> 16 & 63) % frac_bits & frac_mask;
	frac = (r >> 24 & 7) == 0 ? 0 : (r >> 24 & 7) == 1 ? frac_mask : frac;
	return r >> 63 << (exp_bits + frac_bits) | exp << frac_bits | frac;
}

static uint32_t operand32(void)
{
	return (uint32_t)operand(8, 23);
}

static uint64_t operand64(void)
{
	return operand(11, 52);
}

static struct a64_fpenv random_env(void)
{
	static const uint32_t modes[8] = {
		0, 0, 0, 0, A64_FPCR_FZ, A64_FPCR_FZ, A64_FPCR_DN, 1U << A64_FPCR_RMODE_SHIFT};
	uint64_t r = random64();

	return (struct a64_fpenv){.fpcr = modes[r & 7], .fpsr = r & 8 ? A64_FPSR_IXC : 0};
}

static unsigned int rounds(void)
{
	return getenv("VGIC5_LONG") ? 50000000 : 1000000;
}

/* Counts the answers too: a path that never answers would make the test empty. */
#define AGREES(NAME, W, HOST, SOFT)                                \
	static void NAME(void **state)                             \
	{                                                          \
		unsigned int answers = 0;                          \
		(void)state;                                       \
		for (unsigned int i = 0; i < rounds(); i++) {      \
			uint##W##_t a = operand##W();              \
			uint##W##_t b = operand##W();              \
			uint##W##_t c = operand##W();              \
			uint##W##_t result = 0;                    \
			struct a64_fpenv before = random_env();    \
			struct a64_fpenv after = before;           \
			struct a64_fpenv *env = &after;            \
			(void)b, (void)c;                          \
			if (!(HOST)) {                             \
				continue;                          \
			}                                          \
			answers++;                                 \
			assert_int_equal(after.fpsr, before.fpsr); \
			assert_int_equal(result, SOFT);            \
			assert_int_equal(after.fpsr, before.fpsr); \
		}                                                  \
		assert_true(answers > rounds() / 4);               \
	}

AGREES(f32_addition, 32, fp_host_add32(env, a, b, &result), a64_f32_add(env, a, b))
AGREES(f32_subtraction, 32, fp_host_sub32(env, a, b, &result), a64_f32_sub(env, a, b))
AGREES(f32_multiplication, 32, fp_host_mul32(env, a, b, &result), a64_f32_mul(env, a, b))
AGREES(f32_division, 32, fp_host_div32(env, a, b, &result), a64_f32_div(env, a, b))
AGREES(f32_square_root, 32, fp_host_sqrt32(env, a & ~FP_SIGN32, &result),
       a64_f32_sqrt(env, a & ~FP_SIGN32))
AGREES(f32_multiply_add, 32, fp_host_muladd32(env, c, a, b, &result), a64_f32_muladd(env, c, a, b))
AGREES(f32_maximum, 32, fp_host_larger32(env, a, b, &result), a64_f32_max(env, a, b))
AGREES(f32_minimum_number, 32, fp_host_smaller32(env, a, b, &result), a64_f32_minnm(env, a, b))
AGREES(f32_comparison, 32, fp_host_compare32(env, a, b, &result), a64_f32_compare(env, a, b, true))
AGREES(f64_addition, 64, fp_host_add64(env, a, b, &result), a64_f64_add(env, a, b))
AGREES(f64_subtraction, 64, fp_host_sub64(env, a, b, &result), a64_f64_sub(env, a, b))
AGREES(f64_multiplication, 64, fp_host_mul64(env, a, b, &result), a64_f64_mul(env, a, b))
AGREES(f64_division, 64, fp_host_div64(env, a, b, &result), a64_f64_div(env, a, b))
AGREES(f64_square_root, 64, fp_host_sqrt64(env, a & ~FP_SIGN64, &result),
       a64_f64_sqrt(env, a & ~FP_SIGN64))
AGREES(f64_multiply_add, 64, fp_host_muladd64(env, c, a, b, &result), a64_f64_muladd(env, c, a, b))
AGREES(f64_maximum, 64, fp_host_larger64(env, a, b, &result), a64_f64_max(env, a, b))
AGREES(f64_minimum_number, 64, fp_host_smaller64(env, a, b, &result), a64_f64_minnm(env, a, b))

/* Sums that nearly cancel */
AGREES(f32_multiply_add_that_cancels, 32,
       fp_host_muladd32(env, a64_f32_mul(&(struct a64_fpenv){0}, a, b) ^ FP_SIGN32 ^ (c & 3), a, b,
			&result),
       a64_f32_muladd(env, a64_f32_mul(&(struct a64_fpenv){0}, a, b) ^ FP_SIGN32 ^ (c & 3), a, b))

/* Conversions may set IXC by themselves. */
#define CONVERTS(NAME, W, R, HOST, SOFT)                                                  \
	static void NAME(void **state)                                                    \
	{                                                                                 \
		unsigned int answers = 0;                                                 \
		(void)state;                                                              \
		for (unsigned int i = 0; i < rounds(); i++) {                             \
			uint##W##_t a = operand##W();                                     \
			uint64_t integer = random64() >> (random64() & 63);               \
			enum a64_rounding rounding = (enum a64_rounding)(random64() % 5); \
			bool exact = random64() & 1;                                      \
			uint##R##_t result = 0;                                           \
			struct a64_fpenv host = random_env();                             \
			struct a64_fpenv soft = host;                                     \
			struct a64_fpenv *env = &host;                                    \
			(void)a, (void)integer, (void)rounding, (void)exact;              \
			if (!(HOST)) {                                                    \
				assert_int_equal(host.fpsr, soft.fpsr);                   \
				continue;                                                 \
			}                                                                 \
			answers++;                                                        \
			env = &soft;                                                      \
			assert_int_equal(result, SOFT);                                   \
			assert_int_equal(host.fpsr, soft.fpsr);                           \
		}                                                                         \
		assert_true(answers > rounds() / 4);                                      \
	}

CONVERTS(f32_to_f64, 32, 64, fp_host_widen(env, a, &result), a64_f32_to_f64(env, a))
CONVERTS(f64_to_f32, 64, 32, fp_host_narrow(env, a, &result), a64_f64_to_f32(env, a))
CONVERTS(f32_to_s32, 32, 64, fp_host_truncate32(env, a, 32, &result),
	 a64_f32_to_fixed(env, a, 0, 32, false, A64_ROUND_ZERO))
CONVERTS(f64_to_s64, 64, 64, fp_host_truncate64(env, a, 64, &result),
	 a64_f64_to_fixed(env, a, 0, 64, false, A64_ROUND_ZERO))
CONVERTS(f32_of_s64, 32, 32, fp_host_from_sint32(env, (int64_t)integer, &result),
	 a64_f32_from_sint(env, (int64_t)integer, 0))
CONVERTS(f64_of_s64, 64, 64, fp_host_from_sint64(env, -(int64_t)integer, &result),
	 a64_f64_from_sint(env, -(int64_t)integer, 0))
CONVERTS(f32_of_u64, 32, 32, fp_host_from_uint32(env, integer, &result),
	 a64_f32_from_uint(env, integer, 0))
CONVERTS(f64_of_u64, 64, 64, fp_host_from_uint64(env, integer, &result),
	 a64_f64_from_uint(env, integer, 0))
CONVERTS(f32_to_integral_f32, 32, 32, fp_host_round_int32(env, a, rounding, exact, &result),
	 a64_f32_round_int(env, a, rounding, exact))
CONVERTS(f64_to_integral_f64, 64, 64, fp_host_round_int64(env, a, rounding, exact, &result),
	 a64_f64_round_int(env, a, rounding, exact))

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(f32_addition),
		cmocka_unit_test(f32_subtraction),
		cmocka_unit_test(f32_multiplication),
		cmocka_unit_test(f32_division),
		cmocka_unit_test(f32_square_root),
		cmocka_unit_test(f32_multiply_add),
		cmocka_unit_test(f32_multiply_add_that_cancels),
		cmocka_unit_test(f32_maximum),
		cmocka_unit_test(f32_minimum_number),
		cmocka_unit_test(f32_comparison),
		cmocka_unit_test(f64_addition),
		cmocka_unit_test(f64_subtraction),
		cmocka_unit_test(f64_multiplication),
		cmocka_unit_test(f64_division),
		cmocka_unit_test(f64_square_root),
		cmocka_unit_test(f64_multiply_add),
		cmocka_unit_test(f64_maximum),
		cmocka_unit_test(f64_minimum_number),
		cmocka_unit_test(f32_to_f64),
		cmocka_unit_test(f64_to_f32),
		cmocka_unit_test(f32_to_s32),
		cmocka_unit_test(f64_to_s64),
		cmocka_unit_test(f32_of_s64),
		cmocka_unit_test(f64_of_s64),
		cmocka_unit_test(f32_of_u64),
		cmocka_unit_test(f64_of_u64),
		cmocka_unit_test(f32_to_integral_f32),
		cmocka_unit_test(f64_to_integral_f64),
	};

	return cmocka_run_group_tests_name("fp_host", tests, NULL, NULL);
}
