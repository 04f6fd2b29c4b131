/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Floating point as the A64 instructions define it, in integer arithmetic: half, single and
 * double precision values are bit patterns in uint16_t, uint32_t and uint64_t.
 *
 * Every function takes the floating-point environment: the control bits of FPCR that it obeys
 * (RMode, FZ, DN, AHP) and the cumulative bits of FPSR that it sets (never clears). Names in
 * comments (FPAdd, FPRound, FPProcessNaNs) are those of the Arm ARM's shared pseudocode.
 *
 * Functions keep no other state; threads with an environment each do not disturb one another.
 */
#ifndef VGIC5_CPU_SOFTFLOAT_H
#define VGIC5_CPU_SOFTFLOAT_H

#include <stdbool.h>
#include <stdint.h>

#define A64_FPCR_RMODE_SHIFT 22
#define A64_FPCR_RMODE       (3U << A64_FPCR_RMODE_SHIFT)
#define A64_FPCR_FZ          (1U << 24)
#define A64_FPCR_DN          (1U << 25)
#define A64_FPCR_AHP         (1U << 26)

#define A64_FPSR_IOC (1U << 0) /* invalid operation */
#define A64_FPSR_DZC (1U << 1) /* divide by zero */
#define A64_FPSR_OFC (1U << 2) /* overflow */
#define A64_FPSR_UFC (1U << 3) /* underflow */
#define A64_FPSR_IXC (1U << 4) /* inexact */
#define A64_FPSR_IDC (1U << 7) /* input denormal */
#define A64_FPSR_QC  (1U << 27)

struct a64_fpenv {
	uint32_t fpcr;
	uint32_t fpsr;
};

/* The first four have the values of FPCR.RMode. */
enum a64_rounding {
	A64_ROUND_TIEEVEN,
	A64_ROUND_POSINF,
	A64_ROUND_NEGINF,
	A64_ROUND_ZERO,
	A64_ROUND_TIEAWAY,
	A64_ROUND_ODD,
};

static inline enum a64_rounding a64_fp_rounding(const struct a64_fpenv *env)
{
	return (enum a64_rounding)((env->fpcr & A64_FPCR_RMODE) >> A64_FPCR_RMODE_SHIFT);
}

/*
 * Results of a64_fNN_compare(): NZCV as FPCompare() returns it, in bits 3 to 0.
 */
#define A64_FPCMP_LESS      8U
#define A64_FPCMP_EQUAL     6U
#define A64_FPCMP_GREATER   2U
#define A64_FPCMP_UNORDERED 3U

#define A64_SOFTFLOAT_DECLARE(F, T)                                                                \
	T a64_##F##_add(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_sub(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_mul(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_mulx(struct a64_fpenv *env, T a, T b);                                         \
	T a64_##F##_div(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_sqrt(struct a64_fpenv *env, T a);                                              \
	/* addend + n * m, rounded once; NaNs in the order addend, n, m */                         \
	T a64_##F##_muladd(struct a64_fpenv *env, T addend, T n, T m);                             \
	T a64_##F##_max(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_min(struct a64_fpenv *env, T a, T b);                                          \
	T a64_##F##_maxnm(struct a64_fpenv *env, T a, T b);                                        \
	T a64_##F##_minnm(struct a64_fpenv *env, T a, T b);                                        \
	/* signal_nans: quiet NaNs are invalid too (FCMPE, FCMGE, FCMGT) */                        \
	uint32_t a64_##F##_compare(struct a64_fpenv *env, T a, T b, bool signal_nans);             \
	/* to an integral value; exact: an inexact result sets IXC (FRINTX) */                     \
	T a64_##F##_round_int(struct a64_fpenv *env, T a, enum a64_rounding rounding, bool exact); \
	/* value * 2^fbits as integer of width bits (32 or 64), saturated, zero-extended */        \
	uint64_t a64_##F##_to_fixed(struct a64_fpenv *env, T a, unsigned int fbits,                \
				    unsigned int width, bool is_unsigned,                          \
				    enum a64_rounding rounding);                                   \
	/* value / 2^fbits, rounded as FPCR says */                                                \
	T a64_##F##_from_sint(struct a64_fpenv *env, int64_t value, unsigned int fbits);           \
	T a64_##F##_from_uint(struct a64_fpenv *env, uint64_t value, unsigned int fbits);          \
	T a64_##F##_recip_estimate(struct a64_fpenv *env, T a);                                    \
	T a64_##F##_rsqrt_estimate(struct a64_fpenv *env, T a);                                    \
	T a64_##F##_recip_step(struct a64_fpenv *env, T a, T b);                                   \
	T a64_##F##_rsqrt_step(struct a64_fpenv *env, T a, T b);                                   \
	T a64_##F##_recip_exponent(struct a64_fpenv *env, T a);

A64_SOFTFLOAT_DECLARE(f32, uint32_t)
A64_SOFTFLOAT_DECLARE(f64, uint64_t)

#undef A64_SOFTFLOAT_DECLARE

/* Conversions between formats (FPConvert). FZ does not flush half-precision values. */
uint32_t a64_f16_to_f32(struct a64_fpenv *env, uint16_t a);
uint64_t a64_f16_to_f64(struct a64_fpenv *env, uint16_t a);
uint16_t a64_f32_to_f16(struct a64_fpenv *env, uint32_t a);
uint64_t a64_f32_to_f64(struct a64_fpenv *env, uint32_t a);
uint16_t a64_f64_to_f16(struct a64_fpenv *env, uint64_t a);
uint32_t a64_f64_to_f32(struct a64_fpenv *env, uint64_t a);
/* FCVTXN: rounds to odd whatever FPCR says. */
uint32_t a64_f64_to_f32_odd(struct a64_fpenv *env, uint64_t a);

/* URECPE and URSQRTE: an unsigned fixed-point value below 1. */
uint32_t a64_u32_recip_estimate(uint32_t a);
uint32_t a64_u32_rsqrt_estimate(uint32_t a);

#endif
