/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the Arm architecture fixes where IEEE 754 leaves a choice, and what it adds: NaN propagation,
 * flushing, underflow, saturation, estimates, the alternative half precision. Names of rules are those
 * of the Arm ARM's shared pseudocode.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "softfloat.h"

#define FZ  A64_FPCR_FZ
#define DN  A64_FPCR_DN
#define AHP A64_FPCR_AHP
#define RP  (1U << A64_FPCR_RMODE_SHIFT)
#define RM  (2U << A64_FPCR_RMODE_SHIFT)
#define RZ  (3U << A64_FPCR_RMODE_SHIFT)

#define IOC A64_FPSR_IOC
#define DZC A64_FPSR_DZC
#define OFC A64_FPSR_OFC
#define UFC A64_FPSR_UFC
#define IXC A64_FPSR_IXC
#define IDC A64_FPSR_IDC

/* Single precision */
#define SNAN1      0x7f812345U
#define SNAN2      0xff898765U
#define QNAN1      0x7fc12345U
#define QNAN2      0xffc98765U
#define QUIET      0x00400000U
#define DEFAULT    0x7fc00000U
#define INF        0x7f800000U
#define MINUS      0x80000000U
#define ONE        0x3f800000U
#define TWO        0x40000000U
#define THREE      0x40400000U
#define HALF       0x3f000000U
#define ONE_HALF   0x3fc00000U
#define MIN_NORMAL 0x00800000U
#define MAX_NORMAL 0x7f7fffffU
#define DENORMAL   0x00012345U
/* Double precision */
#define DEFAULT64  0x7ff8000000000000ULL
#define ONE64      0x3ff0000000000000ULL

/* Evaluates CALL with FPCR and expects its result and exactly these flags. */
#define EXPECT(FPCR, CALL, RESULT, FLAGS)              \
	do {                                           \
		struct a64_fpenv e = {.fpcr = (FPCR)}; \
		struct a64_fpenv *env = &e;            \
		assert_int_equal((CALL), (RESULT));    \
		assert_int_equal(e.fpsr, (FLAGS));     \
		assert_int_equal(e.fpcr, (FPCR));      \
	} while (0)

#define ADD(a, b)            a64_f32_add(env, a, b)
#define MUL(a, b)            a64_f32_mul(env, a, b)
#define DIV(a, b)            a64_f32_div(env, a, b)
#define MULADD(addend, n, m) a64_f32_muladd(env, addend, n, m)

static void FPProcessNaNs_takes_a_signalling_nan_before_a_quiet_one(void **state)
{
	(void)state;
	EXPECT(0, ADD(QNAN1, QNAN2), QNAN1, 0);
	EXPECT(0, ADD(QNAN2, QNAN1), QNAN2, 0);
	EXPECT(0, ADD(QNAN1, SNAN2), SNAN2 | QUIET, IOC);
	EXPECT(0, ADD(SNAN1, QNAN2), SNAN1 | QUIET, IOC);
	EXPECT(0, ADD(SNAN1, SNAN2), SNAN1 | QUIET, IOC);
	EXPECT(0, ADD(ONE, QNAN2), QNAN2, 0);
	EXPECT(0, MUL(ONE, SNAN2), SNAN2 | QUIET, IOC);
	EXPECT(0, a64_f32_sqrt(env, SNAN1), SNAN1 | QUIET, IOC);
}

static void FPProcessNaNs3_looks_at_the_addend_first(void **state)
{
	(void)state;
	EXPECT(0, MULADD(QNAN1, QNAN2, ONE), QNAN1, 0);
	EXPECT(0, MULADD(ONE, QNAN2, QNAN1), QNAN2, 0);
	EXPECT(0, MULADD(ONE, ONE, QNAN1), QNAN1, 0);
	EXPECT(0, MULADD(QNAN1, QNAN1, SNAN2), SNAN2 | QUIET, IOC);
	EXPECT(0, MULADD(SNAN1, SNAN2, SNAN2), SNAN1 | QUIET, IOC);
	EXPECT(0, MULADD(QNAN1, SNAN2, SNAN1), SNAN2 | QUIET, IOC);
}

static void DN_replaces_every_nan_result_by_the_default_nan(void **state)
{
	(void)state;
	EXPECT(DN, ADD(QNAN2, ONE), DEFAULT, 0);
	EXPECT(DN, ADD(SNAN2, ONE), DEFAULT, IOC);
	EXPECT(DN, MULADD(QNAN2, ONE, ONE), DEFAULT, 0);
	EXPECT(DN, a64_f32_max(env, QNAN2, ONE), DEFAULT, 0);
	EXPECT(DN, a64_f32_round_int(env, QNAN2, A64_ROUND_ZERO, false), DEFAULT, 0);
	EXPECT(DN, a64_f32_to_f64(env, QNAN2), DEFAULT64, 0);
}

static void invalid_operations_give_the_positive_default_nan(void **state)
{
	(void)state;
	EXPECT(0, ADD(INF, INF | MINUS), DEFAULT, IOC);
	EXPECT(0, MUL(0, INF | MINUS), DEFAULT, IOC);
	EXPECT(0, DIV(MINUS, 0), DEFAULT, IOC);
	EXPECT(0, DIV(INF, INF), DEFAULT, IOC);
	EXPECT(0, a64_f32_sqrt(env, ONE | MINUS), DEFAULT, IOC);
	EXPECT(0, a64_f32_sqrt(env, MINUS), MINUS, 0);
	EXPECT(0, a64_f32_rsqrt_estimate(env, ONE | MINUS), DEFAULT, IOC);
}

static void FPMulAdd_of_infinity_times_zero_plus_a_quiet_nan_is_invalid(void **state)
{
	(void)state;
	EXPECT(0, MULADD(QNAN1, INF, 0), DEFAULT, IOC);
	EXPECT(0, MULADD(QNAN1, MINUS, INF), DEFAULT, IOC);
	EXPECT(0, MULADD(SNAN1, INF, 0), SNAN1 | QUIET, IOC);
	EXPECT(0, MULADD(ONE, INF, 0), DEFAULT, IOC);
	/* a denormal factor counts as zero if it is flushed */
	EXPECT(FZ, MULADD(QNAN1, INF, DENORMAL), DEFAULT, IOC | IDC);
	EXPECT(0, MULADD(QNAN1, INF, DENORMAL), QNAN1, 0);
}

static void division_of_a_number_by_zero_sets_DZC_alone(void **state)
{
	(void)state;
	EXPECT(0, DIV(ONE, MINUS), INF | MINUS, DZC);
	EXPECT(0, DIV(INF, 0), INF, 0);
	EXPECT(FZ, DIV(ONE, DENORMAL), INF, DZC | IDC);
}

static void FZ_flushes_denormal_operands_and_sets_IDC(void **state)
{
	(void)state;
	EXPECT(FZ, ADD(DENORMAL, ONE), ONE, IDC);
	EXPECT(FZ, ADD(DENORMAL | MINUS, MINUS), MINUS, IDC);
	EXPECT(FZ, MUL(DENORMAL, INF), DEFAULT, IDC | IOC);
	EXPECT(FZ, a64_f32_max(env, DENORMAL, 0), 0, IDC);
	EXPECT(FZ, a64_f32_to_fixed(env, DENORMAL, 0, 32, false, A64_ROUND_POSINF), 0, IDC);
	EXPECT(FZ, a64_f32_round_int(env, DENORMAL, A64_ROUND_POSINF, true), 0, IDC);
	EXPECT(FZ, a64_f32_compare(env, DENORMAL, 0, false), A64_FPCMP_EQUAL, IDC);
	EXPECT(0, a64_f32_compare(env, DENORMAL, 0, false), A64_FPCMP_GREATER, 0);
	/* both operands are unpacked before NaNs are looked at */
	EXPECT(FZ, ADD(QNAN1, DENORMAL), QNAN1, IDC);
}

static void FZ_flushes_a_tiny_result_and_sets_UFC_without_IXC(void **state)
{
	(void)state;
	EXPECT(FZ, MUL(MIN_NORMAL, HALF), 0, UFC);
	EXPECT(FZ, MUL(MIN_NORMAL | MINUS, 0x3f000001U), MINUS, UFC);
	EXPECT(0, MUL(MIN_NORMAL, HALF), MIN_NORMAL / 2, 0);
}

static void underflow_is_detected_before_rounding(void **state)
{
	(void)state;
	/* rounds up to the smallest normal number, from below it */
	EXPECT(0, MUL(0x3f7fffffU, MIN_NORMAL), MIN_NORMAL, UFC | IXC);
	EXPECT(FZ, MUL(0x3f7fffffU, MIN_NORMAL), 0, UFC);
	/* tiny but exact: no underflow */
	EXPECT(0, MUL(MIN_NORMAL, HALF), MIN_NORMAL / 2, 0);
	EXPECT(0, MUL(0x3f000001U, MIN_NORMAL), MIN_NORMAL / 2, UFC | IXC);
}

static void overflow_goes_to_infinity_or_to_the_largest_number_as_the_mode_says(void **state)
{
	(void)state;
	EXPECT(0, MUL(MAX_NORMAL, TWO), INF, OFC | IXC);
	EXPECT(RZ, MUL(MAX_NORMAL, TWO), MAX_NORMAL, OFC | IXC);
	EXPECT(RM, MUL(MAX_NORMAL, TWO), MAX_NORMAL, OFC | IXC);
	EXPECT(RP, MUL(MAX_NORMAL, TWO), INF, OFC | IXC);
	EXPECT(RM, MUL(MAX_NORMAL | MINUS, TWO), INF | MINUS, OFC | IXC);
	EXPECT(RP, MUL(MAX_NORMAL | MINUS, TWO), MAX_NORMAL | MINUS, OFC | IXC);
}

static void an_exact_zero_sum_is_negative_only_when_rounding_down(void **state)
{
	(void)state;
	EXPECT(0, ADD(ONE, ONE | MINUS), 0, 0);
	EXPECT(RM, ADD(ONE, ONE | MINUS), MINUS, 0);
	EXPECT(RM, ADD(0, MINUS), MINUS, 0);
	EXPECT(RP, ADD(MINUS, MINUS), MINUS, 0);
	EXPECT(RM, MULADD(ONE, ONE, ONE | MINUS), MINUS, 0);
}

static void FPMulX_of_infinity_and_zero_is_two(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_mulx(env, INF, 0), TWO, 0);
	EXPECT(0, a64_f32_mulx(env, MINUS, INF), TWO | MINUS, 0);
	EXPECT(0, a64_f32_mulx(env, INF, QNAN1), QNAN1, 0);
	EXPECT(0, a64_f32_mulx(env, TWO, TWO), 0x40800000U, 0);
}

static void FPMax_and_FPMin_order_zeros_and_pass_nans_on(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_max(env, MINUS, 0), 0, 0);
	EXPECT(0, a64_f32_max(env, MINUS, MINUS), MINUS, 0);
	EXPECT(0, a64_f32_min(env, 0, MINUS), MINUS, 0);
	EXPECT(0, a64_f32_max(env, ONE, QNAN1), QNAN1, 0);
	EXPECT(0, a64_f32_min(env, SNAN1, ONE), SNAN1 | QUIET, IOC);
	EXPECT(0, a64_f32_max(env, DENORMAL, 0), DENORMAL, 0);
}

static void FPMaxNum_prefers_a_number_to_a_quiet_nan(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_maxnm(env, QNAN1, ONE), ONE, 0);
	EXPECT(0, a64_f32_minnm(env, ONE, QNAN1), ONE, 0);
	EXPECT(0, a64_f32_maxnm(env, QNAN1, INF | MINUS), INF | MINUS, 0);
	EXPECT(0, a64_f32_minnm(env, QNAN1, INF), INF, 0);
	EXPECT(0, a64_f32_maxnm(env, QNAN2, QNAN1), QNAN2, 0);
	EXPECT(0, a64_f32_maxnm(env, SNAN1, ONE), SNAN1 | QUIET, IOC);
	EXPECT(0, a64_f32_maxnm(env, QNAN1, SNAN2), SNAN2 | QUIET, IOC);
}

static void FPCompare_signals_quiet_nans_only_if_asked_to(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_compare(env, QNAN1, ONE, false), A64_FPCMP_UNORDERED, 0);
	EXPECT(0, a64_f32_compare(env, QNAN1, ONE, true), A64_FPCMP_UNORDERED, IOC);
	EXPECT(0, a64_f32_compare(env, ONE, SNAN1, false), A64_FPCMP_UNORDERED, IOC);
	EXPECT(0, a64_f32_compare(env, 0, MINUS, false), A64_FPCMP_EQUAL, 0);
	EXPECT(0, a64_f32_compare(env, INF | MINUS, MAX_NORMAL | MINUS, false), A64_FPCMP_LESS, 0);
}

static void FPRoundInt_sets_IXC_only_if_exactness_is_asked_for(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_round_int(env, ONE_HALF, A64_ROUND_TIEEVEN, true), TWO, IXC);
	EXPECT(0, a64_f32_round_int(env, ONE_HALF, A64_ROUND_TIEEVEN, false), TWO, 0);
	EXPECT(0, a64_f32_round_int(env, HALF, A64_ROUND_TIEEVEN, false), 0, 0);
	EXPECT(0, a64_f32_round_int(env, HALF | MINUS, A64_ROUND_TIEAWAY, false), ONE | MINUS, 0);
	EXPECT(0, a64_f32_round_int(env, HALF | MINUS, A64_ROUND_POSINF, false), MINUS, 0);
	EXPECT(0, a64_f32_round_int(env, DENORMAL, A64_ROUND_POSINF, true), ONE, IXC);
	EXPECT(0, a64_f32_round_int(env, TWO, A64_ROUND_ZERO, true), TWO, 0);
	EXPECT(0, a64_f32_round_int(env, SNAN1, A64_ROUND_ZERO, true), SNAN1 | QUIET, IOC);
}

static void FPToFixed_saturates_and_sets_IOC_without_IXC(void **state)
{
	(void)state;
	const enum a64_rounding zero = A64_ROUND_ZERO;
	EXPECT(0, a64_f32_to_fixed(env, 0x4f000000U, 0, 32, false, zero), 0x7fffffffU, IOC);
	EXPECT(0, a64_f32_to_fixed(env, 0xcf000000U, 0, 32, false, zero), 0x80000000U, 0);
	EXPECT(0, a64_f32_to_fixed(env, 0xcf000001U, 0, 32, false, zero), 0x80000000U, IOC);
	EXPECT(0, a64_f32_to_fixed(env, INF, 0, 32, true, zero), 0xffffffffU, IOC);
	EXPECT(0, a64_f32_to_fixed(env, ONE | MINUS, 0, 64, true, zero), 0, IOC);
	EXPECT(0, a64_f32_to_fixed(env, HALF | MINUS, 0, 64, true, zero), 0, IXC);
	EXPECT(0, a64_f32_to_fixed(env, HALF | MINUS, 0, 64, true, A64_ROUND_NEGINF), 0, IOC);
	EXPECT(0, a64_f32_to_fixed(env, QNAN1, 0, 64, false, zero), 0, IOC);
	EXPECT(0, a64_f32_to_fixed(env, ONE, 31, 32, false, zero), 0x7fffffffU, IOC);
	EXPECT(0, a64_f32_to_fixed(env, ONE, 31, 32, true, zero), 0x80000000U, 0);
	EXPECT(0, a64_f32_to_fixed(env, HALF, 0, 32, false, A64_ROUND_TIEAWAY), 1, IXC);
	EXPECT(0, a64_f32_to_fixed(env, HALF, 0, 32, false, A64_ROUND_TIEEVEN), 0, IXC);
}

static void FixedToFP_of_zero_is_positive_in_every_mode(void **state)
{
	(void)state;
	EXPECT(RM, a64_f32_from_sint(env, 0, 5), 0, 0);
	EXPECT(0, a64_f32_from_sint(env, -1, 64), 0x9f800000U, 0);
	EXPECT(0, a64_f32_from_uint(env, UINT64_MAX, 0), 0x5f800000U, IXC);
	EXPECT(RZ, a64_f32_from_uint(env, UINT64_MAX, 0), 0x5f7fffffU, IXC);
	EXPECT(0, a64_f64_from_sint(env, INT64_MIN, 0), 0xc3e0000000000000ULL, 0);
}

static void FPConvertNaN_keeps_the_upper_bits_of_the_payload(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_to_f64(env, QNAN2), 0xfff930eca0000000ULL, 0);
	EXPECT(0, a64_f64_to_f32(env, 0xfff930eca0000001ULL), QNAN2, 0);
	EXPECT(0, a64_f64_to_f32(env, 0x7ff0000000000001ULL), DEFAULT, IOC);
	EXPECT(0, a64_f32_to_f16(env, QNAN2), 0xfe4cU, 0);
	EXPECT(0, a64_f16_to_f32(env, 0x7d01), 0x7fe02000U, IOC);
	EXPECT(DN, a64_f16_to_f32(env, 0xfd01), DEFAULT, IOC);
}

static void FZ_does_not_flush_half_precision(void **state)
{
	(void)state;
	EXPECT(FZ, a64_f16_to_f32(env, 0x0001), 0x33800000U, 0);
	EXPECT(FZ, a64_f32_to_f16(env, 0x33800000U), 0x0001, 0);
	EXPECT(FZ, a64_f32_to_f16(env, DENORMAL), 0, IDC);
	EXPECT(0, a64_f32_to_f16(env, DENORMAL), 0, UFC | IXC);
}

static void AHP_has_neither_infinities_nor_nans(void **state)
{
	(void)state;
	EXPECT(AHP, a64_f16_to_f32(env, 0x7c00), 0x47800000U, 0);
	EXPECT(AHP, a64_f16_to_f32(env, 0xffff), 0xc7ffe000U, 0);
	EXPECT(AHP, a64_f32_to_f16(env, INF | MINUS), 0xffffU, IOC);
	EXPECT(AHP, a64_f32_to_f16(env, QNAN2), 0x8000U, IOC);
	EXPECT(AHP, a64_f32_to_f16(env, MAX_NORMAL), 0x7fffU, IOC);
	EXPECT(AHP, a64_f32_to_f16(env, 0x47ffe000U), 0x7fffU, 0);
	EXPECT(0, a64_f32_to_f16(env, MAX_NORMAL), 0x7c00U, OFC | IXC);
}

static void FCVTXN_rounds_to_odd_and_never_to_infinity(void **state)
{
	(void)state;
	EXPECT(0, a64_f64_to_f32_odd(env, ONE64 + 1), ONE + 1, IXC);
	EXPECT(0, a64_f64_to_f32_odd(env, ONE64 + (1ULL << 29)), ONE + 1, 0);
	EXPECT(0, a64_f64_to_f32_odd(env, ONE64 + (1ULL << 29) + 1), ONE + 1, IXC);
	EXPECT(0, a64_f64_to_f32_odd(env, 0x7fefffffffffffffULL), MAX_NORMAL, OFC | IXC);
	EXPECT(0, a64_f64_to_f32_odd(env, 1), 1, UFC | IXC);
}

static void FPRecipEstimate_has_eight_bits_and_its_own_limits(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_recip_estimate(env, ONE), 0x3f7f8000U, 0);
	EXPECT(0, a64_f32_recip_estimate(env, TWO | MINUS), 0xbeff8000U, 0);
	EXPECT(0, a64_f64_recip_estimate(env, ONE64), 0x3feff00000000000ULL, 0);
	EXPECT(0, a64_f32_recip_estimate(env, MINUS), INF | MINUS, DZC);
	EXPECT(0, a64_f32_recip_estimate(env, INF | MINUS), MINUS, 0);
	/* below 2^-128 the reciprocal overflows */
	EXPECT(0, a64_f32_recip_estimate(env, 0x001fffffU), INF, OFC | IXC);
	EXPECT(RZ, a64_f32_recip_estimate(env, 0x001fffffU), MAX_NORMAL, OFC | IXC);
	EXPECT(0, a64_f32_recip_estimate(env, 0x00200000U), 0x7f7f8000U, 0);
	EXPECT(FZ, a64_f32_recip_estimate(env, 0x00200000U), INF, IDC | DZC);
	/* from 2^126 on it is subnormal */
	EXPECT(0, a64_f32_recip_estimate(env, 0x7e800000U), 0x007fc000U, 0);
	EXPECT(FZ, a64_f32_recip_estimate(env, 0x7e800000U), 0, UFC);
}

static void FPRSqrtEstimate_of_zero_is_infinite_with_its_sign(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_rsqrt_estimate(env, ONE), 0x3f7f8000U, 0);
	EXPECT(0, a64_f32_rsqrt_estimate(env, TWO), 0x3f348000U, 0);
	EXPECT(0, a64_f32_rsqrt_estimate(env, MINUS), INF | MINUS, DZC);
	EXPECT(0, a64_f32_rsqrt_estimate(env, INF), 0, 0);
	EXPECT(FZ, a64_f32_rsqrt_estimate(env, DENORMAL | MINUS), INF | MINUS, IDC | DZC);
}

static void FPRecipStepFused_and_FPRSqrtStepFused_are_rounded_once(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_recip_step(env, ONE, ONE), ONE, 0);
	EXPECT(0, a64_f32_recip_step(env, INF, 0), TWO, 0);
	EXPECT(0, a64_f32_recip_step(env, INF, ONE), INF | MINUS, 0);
	EXPECT(0, a64_f32_recip_step(env, TWO, ONE), 0, 0);
	EXPECT(RM, a64_f32_recip_step(env, TWO, ONE), MINUS, 0);
	EXPECT(0, a64_f32_rsqrt_step(env, ONE, ONE), ONE, 0);
	EXPECT(0, a64_f32_rsqrt_step(env, MINUS, INF), ONE_HALF, 0);
	EXPECT(0, a64_f32_rsqrt_step(env, THREE, ONE), 0, 0);
	/* 3 - a * b is twice the largest number: only its half fits */
	EXPECT(0, a64_f32_rsqrt_step(env, MAX_NORMAL | MINUS, TWO), MAX_NORMAL, IXC);
	/* the first operand's NaN is negated */
	EXPECT(0, a64_f32_recip_step(env, QNAN1, ONE), QNAN1 | MINUS, 0);
	EXPECT(0, a64_f32_recip_step(env, ONE, QNAN1), QNAN1, 0);
}

static void FPRecpX_inverts_the_exponent(void **state)
{
	(void)state;
	EXPECT(0, a64_f32_recip_exponent(env, ONE | 0x1234), 0x40000000U, 0);
	EXPECT(0, a64_f32_recip_exponent(env, MINUS), 0xff000000U, 0);
	EXPECT(FZ, a64_f32_recip_exponent(env, DENORMAL), 0x7f000000U, IDC);
	EXPECT(0, a64_f32_recip_exponent(env, INF), 0, 0);
	EXPECT(0, a64_f32_recip_exponent(env, SNAN1), SNAN1 | QUIET, IOC);
}

static void URECPE_and_URSQRTE_saturate_below_their_range(void **state)
{
	(void)state;
	assert_int_equal(a64_u32_recip_estimate(0x7fffffffU), 0xffffffffU);
	assert_int_equal(a64_u32_recip_estimate(0x80000000U), 0xff800000U);
	assert_int_equal(a64_u32_recip_estimate(0xffffffffU), 0x80000000U);
	assert_int_equal(a64_u32_rsqrt_estimate(0x3fffffffU), 0xffffffffU);
	assert_int_equal(a64_u32_rsqrt_estimate(0x40000000U), 0xff800000U);
	assert_int_equal(a64_u32_rsqrt_estimate(0xffffffffU), 0x80000000U);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(FPProcessNaNs_takes_a_signalling_nan_before_a_quiet_one),
		cmocka_unit_test(FPProcessNaNs3_looks_at_the_addend_first),
		cmocka_unit_test(DN_replaces_every_nan_result_by_the_default_nan),
		cmocka_unit_test(invalid_operations_give_the_positive_default_nan),
		cmocka_unit_test(FPMulAdd_of_infinity_times_zero_plus_a_quiet_nan_is_invalid),
		cmocka_unit_test(division_of_a_number_by_zero_sets_DZC_alone),
		cmocka_unit_test(FZ_flushes_denormal_operands_and_sets_IDC),
		cmocka_unit_test(FZ_flushes_a_tiny_result_and_sets_UFC_without_IXC),
		cmocka_unit_test(underflow_is_detected_before_rounding),
		cmocka_unit_test(
			overflow_goes_to_infinity_or_to_the_largest_number_as_the_mode_says),
		cmocka_unit_test(an_exact_zero_sum_is_negative_only_when_rounding_down),
		cmocka_unit_test(FPMulX_of_infinity_and_zero_is_two),
		cmocka_unit_test(FPMax_and_FPMin_order_zeros_and_pass_nans_on),
		cmocka_unit_test(FPMaxNum_prefers_a_number_to_a_quiet_nan),
		cmocka_unit_test(FPCompare_signals_quiet_nans_only_if_asked_to),
		cmocka_unit_test(FPRoundInt_sets_IXC_only_if_exactness_is_asked_for),
		cmocka_unit_test(FPToFixed_saturates_and_sets_IOC_without_IXC),
		cmocka_unit_test(FixedToFP_of_zero_is_positive_in_every_mode),
		cmocka_unit_test(FPConvertNaN_keeps_the_upper_bits_of_the_payload),
		cmocka_unit_test(FZ_does_not_flush_half_precision),
		cmocka_unit_test(AHP_has_neither_infinities_nor_nans),
		cmocka_unit_test(FCVTXN_rounds_to_odd_and_never_to_infinity),
		cmocka_unit_test(FPRecipEstimate_has_eight_bits_and_its_own_limits),
		cmocka_unit_test(FPRSqrtEstimate_of_zero_is_infinite_with_its_sign),
		cmocka_unit_test(FPRecipStepFused_and_FPRSqrtStepFused_are_rounded_once),
		cmocka_unit_test(FPRecpX_inverts_the_exponent),
		cmocka_unit_test(URECPE_and_URSQRTE_saturate_below_their_range),
	};

	return cmocka_run_group_tests_name("softfloat_arm", tests, NULL, NULL);
}
