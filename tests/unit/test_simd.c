/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD, instruction words in, registers out: all pairs of bytes against formulas in wide integers,
 * and the rules about halves, scalars, elements and QC.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fp_simd.h"

static struct a64_cpu cpu;

static const struct a64_op *stop(struct a64_cpu *context, const struct a64_op *op)
{
	(void)context;
	return op;
}

/* Executes one instruction on cpu. */
static void run(uint32_t insn)
{
	struct a64_op ops[2] = {{0}};
	struct a64_decode how = {.features = A64_FEAT_RDM, .fp_enabled = true};

	assert_true(a64_decode_fpsimd(insn, &how, &ops[0]));
	ops[1].fn = stop;
	for (const struct a64_op *op = ops; op != &ops[1];) {
		op = op->fn(&cpu, op);
	}
}

static void clear(void)
{
	memset(cpu.v, 0, sizeof(cpu.v));
	memset(cpu.x, 0, sizeof(cpu.x));
	cpu.fpcr = 0;
	cpu.fpsr = 0;
}

static void set(unsigned int reg, uint64_t high, uint64_t low)
{
	cpu.v[reg] = (struct a64_vreg){.lo = low, .hi = high};
}

#define EXPECT(reg, high, low)                         \
	do {                                           \
		assert_int_equal(cpu.v[reg].hi, high); \
		assert_int_equal(cpu.v[reg].lo, low);  \
	} while (0)
#define EXPECT_QC(expected) assert_int_equal((cpu.fpsr & A64_FPSR_QC) != 0, expected)

/* ---- bytes: d, n and m as the operation sees them, signed or not ---- */

static int saturate(int value, int low, int high, bool *qc)
{
	*qc |= value < low || value > high;
	return value < low ? low : value > high ? high : value;
}

#define SIGNED(value)   saturate(value, -128, 127, qc)
#define UNSIGNED(value) saturate(value, 0, 255, qc)

/* The architecture's shift: unbounded, with the rounding constant added first */
static int64_t shifted(int64_t value, int distance, bool round)
{
	if (distance >= 0) {
		return value * ((int64_t)1 << (distance > 40 ? 40 : distance));
	}
	int right = -distance > 40 ? 40 : -distance;
	return (value + (round ? (int64_t)1 << (right - 1) : 0)) >> right;
}

static int saturated_shift(int value, int distance, bool round, int low, int high, bool *qc)
{
	int64_t result = shifted(value, distance, round);

	*qc |= result < low || result > high;
	return result < low ? low : result > high ? high : (int)result;
}

#define FORMULA(name, expression)                      \
	static int name(int d, int n, int m, bool *qc) \
	{                                              \
		(void)d, (void)n, (void)m, (void)qc;   \
		return (int)(expression);              \
	}
#define LOW_BYTE(m) ((int8_t)(m))

FORMULA(sqadd, SIGNED(n + m))
FORMULA(uqadd, UNSIGNED(n + m))
FORMULA(sqsub, SIGNED(n - m))
FORMULA(uqsub, UNSIGNED(n - m))
FORMULA(halving_add, (n + m) >> 1)
FORMULA(rounding_halving_add, (n + m + 1) >> 1)
FORMULA(halving_sub, (n - m) >> 1)
FORMULA(abd, n > m ? n - m : m - n)
FORMULA(aba, d + (n > m ? n - m : m - n))
FORMULA(maximum, n > m ? n : m)
FORMULA(minimum, n < m ? n : m)
FORMULA(greater, n > m ? -1 : 0)
FORMULA(greater_equal, n >= m ? -1 : 0)
FORMULA(equal, n == m ? -1 : 0)
FORMULA(test, (n & m) != 0 ? -1 : 0)
FORMULA(add, n + m)
FORMULA(sub, n - m)
FORMULA(mul, n *m)
FORMULA(mla, d + n * m)
FORMULA(mls, d - n * m)
FORMULA(bsl, (n & d) | (m & ~d))
FORMULA(bit_true, (n & m) | (d & ~m))
FORMULA(bit_false, (n & ~m) | (d & m))
FORMULA(shl, shifted(n, LOW_BYTE(m), false))
FORMULA(rshl, shifted(n, LOW_BYTE(m), true))
FORMULA(sqshl, saturated_shift(n, LOW_BYTE(m), false, -128, 127, qc))
FORMULA(uqshl, saturated_shift(n, LOW_BYTE(m), false, 0, 255, qc))
FORMULA(sqrshl, saturated_shift(n, LOW_BYTE(m), true, -128, 127, qc))
FORMULA(uqrshl, saturated_shift(n, LOW_BYTE(m), true, 0, 255, qc))
FORMULA(suqadd, SIGNED(LOW_BYTE(d) + (n & 255)))
FORMULA(usqadd, UNSIGNED((d & 255) + LOW_BYTE(n)))
FORMULA(sqabs, SIGNED(n < 0 ? -n : n))
FORMULA(sqneg, SIGNED(-n))
FORMULA(count, __builtin_popcount((unsigned int)n & 255U))

static int polynomial(int d, int n, int m, bool *qc)
{
	int product = 0;

	(void)d, (void)qc;
	for (int i = 0; i < 8; i++) {
		product ^= m >> i & 1 ? n << i : 0;
	}
	return product;
}

static int leading_signs(int d, int n, int m, bool *qc)
{
	int count = 0;

	(void)d, (void)m, (void)qc;
	while (count < 7 && (n >> (6 - count) & 1) == (n >> 7 & 1)) {
		count++;
	}
	return count;
}

/* v0.16b, v1.16b, v2.16b */
static const struct {
	const char *name;
	uint32_t insn;
	bool is_signed;
	int (*formula)(int d, int n, int m, bool *qc);
} byte_operations[] = {
	{"sqadd",  0x4e220c20, true,  sqadd               },
	{"uqadd",  0x6e220c20, false, uqadd               },
	{"sqsub",  0x4e222c20, true,  sqsub               },
	{"uqsub",  0x6e222c20, false, uqsub               },
	{"shadd",  0x4e220420, true,  halving_add         },
	{"uhadd",  0x6e220420, false, halving_add         },
	{"srhadd", 0x4e221420, true,  rounding_halving_add},
	{"urhadd", 0x6e221420, false, rounding_halving_add},
	{"shsub",  0x4e222420, true,  halving_sub         },
	{"uhsub",  0x6e222420, false, halving_sub         },
	{"sabd",   0x4e227420, true,  abd                 },
	{"uabd",   0x6e227420, false, abd                 },
	{"saba",   0x4e227c20, true,  aba                 },
	{"uaba",   0x6e227c20, false, aba                 },
	{"smax",   0x4e226420, true,  maximum             },
	{"umax",   0x6e226420, false, maximum             },
	{"smin",   0x4e226c20, true,  minimum             },
	{"umin",   0x6e226c20, false, minimum             },
	{"cmgt",   0x4e223420, true,  greater             },
	{"cmhi",   0x6e223420, false, greater             },
	{"cmge",   0x4e223c20, true,  greater_equal       },
	{"cmhs",   0x6e223c20, false, greater_equal       },
	{"cmeq",   0x6e228c20, false, equal               },
	{"cmtst",  0x4e228c20, false, test                },
	{"add",    0x4e228420, false, add                 },
	{"sub",    0x6e228420, false, sub                 },
	{"mul",    0x4e229c20, false, mul                 },
	{"mla",    0x4e229420, false, mla                 },
	{"mls",    0x6e229420, false, mls                 },
	{"pmul",   0x6e229c20, false, polynomial          },
	{"bsl",    0x6e621c20, false, bsl                 },
	{"bit",    0x6ea21c20, false, bit_true            },
	{"bif",    0x6ee21c20, false, bit_false           },
	{"sshl",   0x4e224420, true,  shl                 },
	{"ushl",   0x6e224420, false, shl                 },
	{"srshl",  0x4e225420, true,  rshl                },
	{"urshl",  0x6e225420, false, rshl                },
	{"sqshl",  0x4e224c20, true,  sqshl               },
	{"uqshl",  0x6e224c20, false, uqshl               },
	{"sqrshl", 0x4e225c20, true,  sqrshl              },
	{"uqrshl", 0x6e225c20, false, uqrshl              },
	{"suqadd", 0x4e203820, false, suqadd              },
	{"usqadd", 0x6e203820, true,  usqadd              },
	{"sqabs",  0x4e207820, true,  sqabs               },
	{"sqneg",  0x6e207820, true,  sqneg               },
	{"cnt",    0x4e205820, false, count               },
	{"cls",    0x4e204820, true,  leading_signs       },
};

static void every_byte_operation_equals_its_formula_for_all_operands(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(byte_operations) / sizeof(byte_operations[0]); i++) {
		for (unsigned int pair = 0; pair < 65536; pair += 16) {
			uint8_t bytes[3][16];
			bool qc = false;

			clear();
			for (unsigned int lane = 0; lane < 16; lane++) {
				bytes[0][lane] = (uint8_t)((pair + lane) * 157 >> 4);
				bytes[1][lane] = (uint8_t)(pair + lane);
				bytes[2][lane] = (uint8_t)(pair >> 8);
			}
			memcpy(&cpu.v[0], bytes, sizeof(bytes));
			run(byte_operations[i].insn);
			uint8_t result[16];
			memcpy(result, &cpu.v[0], sizeof(result));
			for (unsigned int lane = 0; lane < 16; lane++) {
				int operand[3];
				for (unsigned int k = 0; k < 3; k++) {
					uint8_t byte = bytes[k][lane];
					operand[k] = byte_operations[i].is_signed
							     ? (int)(int8_t)byte
							     : (int)byte;
				}
				uint8_t expected = (uint8_t)byte_operations[i].formula(
					operand[0], operand[1], operand[2], &qc);
				if (result[lane] != expected) {
					fail_msg("%s: %d, %d, %d", byte_operations[i].name,
						 operand[0], operand[1], operand[2]);
				}
			}
			EXPECT_QC(qc);
		}
	}
}

/* ---- shapes ---- */

#define ONES UINT64_MAX

static void a_64_bit_vector_clears_the_upper_half_and_ignores_its_operands(void **state)
{
	(void)state;
	clear();
	set(0, ONES, ONES);
	set(1, ONES, 1);
	set(2, ONES, 2);
	run(0x0e228420); /* add v0.8b, v1.8b, v2.8b */
	EXPECT(0, 0, 3);
	set(0, ONES, ONES);
	set(1, 0x7f7f7f7f7f7f7f7f, 0);
	set(2, 0x7f7f7f7f7f7f7f7f, 0);
	run(0x0e220c20); /* sqadd v0.8b, v1.8b, v2.8b: nothing saturates in the half in use */
	EXPECT(0, 0, 0);
	EXPECT_QC(false);
}

static void a_scalar_form_works_on_one_lane_and_clears_the_rest(void **state)
{
	(void)state;
	clear();
	set(0, ONES, ONES);
	set(1, ONES, 0x7f7f7f7f7f7f7f01);
	set(2, ONES, 0x7f7f7f7f7f7f7f02);
	run(0x5e220c20); /* sqadd b0, b1, b2 */
	EXPECT(0, 0, 3);
	EXPECT_QC(false);
	set(1, ONES, 0x8000);
	run(0x5ea07820); /* sqabs s0, s1 */
	EXPECT(0, 0, 0x8000);
	run(0x5e607820); /* sqabs h0, h1 */
	EXPECT(0, 0, 0x7fff);
	EXPECT_QC(true);
	set(1, 5, 7);
	run(0x5ef1b820); /* addp d0, v1.2d */
	EXPECT(0, 0, 12);
}

static void QC_is_cumulative(void **state)
{
	(void)state;
	clear();
	set(1, 0, 0x80);
	run(0x5e207820); /* sqabs b0, b1 */
	EXPECT_QC(true);
	set(1, 0, 1);
	run(0x5e207820);
	EXPECT_QC(true);
}

static void narrowing_2_forms_keep_the_lower_half_and_the_others_clear_the_upper(void **state)
{
	(void)state;
	clear();
	set(0, 0x1111111111111111, 0x2222222222222222);
	set(1, 0x0008000700060005, 0x0004000300020001);
	run(0x4e212820); /* xtn2 v0.16b, v1.8h */
	EXPECT(0, 0x0807060504030201, 0x2222222222222222);
	run(0x0e212820); /* xtn v0.8b, v1.8h */
	EXPECT(0, 0, 0x0807060504030201);
}

static void long_2_forms_read_the_upper_halves(void **state)
{
	(void)state;
	clear();
	set(1, 0x0202020202020202, 0x0101010101010101);
	set(2, 0xfefefefefefefefe, 0x0303030303030303);
	run(0x4e220020); /* saddl2 v0.8h, v1.16b, v2.16b */
	EXPECT(0, 0, 0);
	run(0x6e220020); /* uaddl2 */
	EXPECT(0, 0x0100010001000100, 0x0100010001000100);
	run(0x0e22c020); /* smull v0.8h, v1.8b, v2.8b */
	EXPECT(0, 0x0003000300030003, 0x0003000300030003);
}

static void saturating_narrowing_clamps_to_the_type_of_the_result(void **state)
{
	(void)state;
	clear();
	set(1, 0x0000007f00800081, 0x00ffff80ff7f8000);
	run(0x0e214820); /* sqxtn v0.8b, v1.8h */
	EXPECT(0, 0, 0x007f7f7f7f808080);
	EXPECT_QC(true);
	run(0x2e212820); /* sqxtun */
	EXPECT(0, 0, 0x007f8081ff000000);
	run(0x2e214820); /* uqxtn */
	EXPECT(0, 0, 0x007f8081ffffffff);
	clear();
	set(1, 0, 0x00000000ffffffff);
	run(0x7ea14820); /* uqxtn s0, d1 */
	EXPECT(0, 0, 0xffffffff);
	EXPECT_QC(false);
}

static void a_right_shift_by_the_lane_size_leaves_signs_or_nothing(void **state)
{
	(void)state;
	clear();
	set(1, 0, 0x80ff7f0180ff7f01);
	run(0x0f080420); /* sshr v0.8b, v1.8b, #8 */
	EXPECT(0, 0, 0xffff0000ffff0000);
	run(0x2f080420); /* ushr */
	EXPECT(0, 0, 0);
	run(0x2f082420); /* urshr */
	EXPECT(0, 0, 0x0101000001010000);
	run(0x0f082420); /* srshr */
	EXPECT(0, 0, 0);
	set(0, 0, 0x123456789abcdef0);
	run(0x2f084420); /* sri v0.8b, v1.8b, #8 */
	EXPECT(0, 0, 0x123456789abcdef0);
}

static void SLI_and_SRI_keep_the_bits_that_the_shift_does_not_reach(void **state)
{
	(void)state;
	clear();
	set(0, ONES, ONES);
	set(1, 0, 0);
	run(0x6f0c5420); /* sli v0.16b, v1.16b, #4 */
	EXPECT(0, 0x0f0f0f0f0f0f0f0f, 0x0f0f0f0f0f0f0f0f);
	set(0, ONES, ONES);
	run(0x7f7c4420); /* sri d0, d1, #4 */
	EXPECT(0, 0, 0xf000000000000000);
}

static void SQDMULH_saturates_for_the_one_product_that_does_not_fit(void **state)
{
	(void)state;
	clear();
	set(1, 0, 0x8000400080007fff);
	set(2, 0, 0x8000400000017fff);
	run(0x0e62b420); /* sqdmulh v0.4h, v1.4h, v2.4h */
	EXPECT(0, 0, 0x7fff2000ffff7ffe);
	EXPECT_QC(true);
	clear();
	set(0, 0, 0x00007fff);
	set(1, 0, 0x00004000);
	set(2, 0, 0x00004000);
	run(0x2e428420); /* sqrdmlah v0.4h, v1.4h, v2.4h */
	EXPECT(0, 0, 0x7fff);
	EXPECT_QC(true);
}

static void SQDMLAL_saturates_the_product_and_then_the_sum(void **state)
{
	(void)state;
	clear();
	set(0, 0, 0xffffffff);
	set(1, 0, 0x8000);
	set(2, 0, 0x8000);
	run(0x5e629020); /* sqdmlal s0, h1, h2 */
	EXPECT(0, 0, 0x7ffffffe);
	EXPECT_QC(true);
	clear();
	set(0, 0, 0x7fffffff);
	set(1, 0, 1);
	set(2, 0, 1);
	run(0x5e629020);
	EXPECT(0, 0, 0x7fffffff);
	EXPECT_QC(true);
}

static void an_element_of_16_bits_comes_from_v0_to_v15_and_has_three_index_bits(void **state)
{
	(void)state;
	clear();
	set(1, 0, 0x0004000300020001);
	set(15, 0x0064000000000000, 0);
	run(0x4f7f8820); /* mul v0.8h, v1.8h, v15.h[7] */
	EXPECT(0, 0, 0x0190012c00c80064);
	set(31, 0x0000000a00000000, 0);
	run(0x4fbf8820); /* mul v0.4s, v1.4s, v31.s[3] */
	EXPECT(0, 0, 0x0028001e0014000a);
}

static void pairwise_takes_the_first_source_for_the_lower_half(void **state)
{
	(void)state;
	clear();
	set(1, 0x0000000400000003, 0x0000000200000001);
	set(2, 0x0000000800000007, 0x0000000600000005);
	run(0x4ea2bc20); /* addp v0.4s, v1.4s, v2.4s */
	EXPECT(0, 0x0000000f0000000b, 0x0000000700000003);
	run(0x2ea2a420); /* umaxp v0.2s, v1.2s, v2.2s */
	EXPECT(0, 0, 0x0000000600000002);
}

static void permutations_interleave_and_separate(void **state)
{
	(void)state;
	clear();
	set(1, 0x1716151413121110, 0x0706050403020100);
	set(2, 0x3736353433323130, 0x2726252423222120);
	run(0x4e023820); /* zip1 v0.16b */
	EXPECT(0, 0x2707260625052404, 0x2303220221012000);
	run(0x4e027820); /* zip2 */
	EXPECT(0, 0x3717361635153414, 0x3313321231113010);
	run(0x4e021820); /* uzp1 */
	EXPECT(0, 0x3634323026242220, 0x1614121006040200);
	run(0x4e025820); /* uzp2 */
	EXPECT(0, 0x3735333127252321, 0x1715131107050301);
	run(0x4e022820); /* trn1 */
	EXPECT(0, 0x3616341432123010, 0x2606240422022000);
	run(0x4e026820); /* trn2 */
	EXPECT(0, 0x3717351533133111, 0x2707250523032101);
	run(0x6e021820); /* ext v0.16b, v1.16b, v2.16b, #3 */
	EXPECT(0, 0x2221201716151413, 0x1211100706050403);
	run(0x6e026020); /* ext #12 */
	EXPECT(0, 0x3332313027262524, 0x2322212017161514);
	run(0x2e022820); /* ext v0.8b, v1.8b, v2.8b, #5 */
	EXPECT(0, 0, 0x2423222120070605);
}

static void TBL_gives_zero_out_of_range_and_TBX_keeps_the_destination(void **state)
{
	(void)state;
	clear();
	set(31, 0x0f0e0d0c0b0a0908, 0x0706050403020100);
	set(0, 0x1f1e1d1c1b1a1918, 0x1716151413121110);
	set(2, 0, 0xff20201f1e100f00);
	set(3, ONES, ONES);
	run(0x0e0223e3); /* tbl v3.8b, {v31.16b, v0.16b}, v2.8b: the list wraps */
	EXPECT(3, 0, 0x0000001f1e100f00);
	set(3, ONES, 0x8877665544332211);
	run(0x0e0233e3); /* tbx */
	EXPECT(3, 0, 0x8877661f1e100f00);
}

static void modified_immediates_expand_as_AdvSIMDExpandImm_says(void **state)
{
	(void)state;
	clear();
	run(0x4f026400); /* movi v0.4s, #0x40, lsl #24 */
	EXPECT(0, 0x4000000040000000, 0x4000000040000000);
	run(0x2f02d400); /* mvni v0.2s, #0x40, msl #16 */
	EXPECT(0, 0, 0xffbf0000ffbf0000);
	run(0x6f05e540); /* movi v0.2d, with a byte for each bit of 0xaa */
	EXPECT(0, 0xff00ff00ff00ff00, 0xff00ff00ff00ff00);
	run(0x4f03f600); /* fmov v0.4s, #1.0 */
	EXPECT(0, 0x3f8000003f800000, 0x3f8000003f800000);
	run(0x6f03f600); /* fmov v0.2d, #1.0 */
	EXPECT(0, 0x3ff0000000000000, 0x3ff0000000000000);
	run(0x6f047400); /* bic v0.4s, #0x80, lsl #24: no change of the lower words */
	EXPECT(0, 0x3ff0000000000000, 0x3ff0000000000000);
}

static void moves_between_the_files_respect_lanes_and_XZR(void **state)
{
	(void)state;
	clear();
	set(1, 0x8899aabbccddeeff, 0x0011223344556677);
	run(0x4e183c20); /* umov x0, v1.d[1] */
	assert_int_equal(cpu.x[0], 0x8899aabbccddeeff);
	run(0x0e132c20); /* smov w0, v1.b[9] */
	assert_int_equal(cpu.x[0], 0xffffffee);
	run(0x4e132c20); /* smov x0, v1.b[9] */
	assert_int_equal(cpu.x[0], 0xffffffffffffffee);
	cpu.x[31] = 0x1234; /* the stack pointer */
	run(0x4e081fe1);    /* ins v1.d[0], xzr */
	EXPECT(1, 0x8899aabbccddeeff, 0);
	run(0x9e66003f); /* fmov xzr, d1 */
	assert_int_equal(cpu.x[31], 0x1234);
	assert_int_equal(cpu.x[A64_SLOT_ZERO], 0);
	run(0x9eaf0021); /* fmov v1.d[1], x1 */
	EXPECT(1, 0, 0);
}

/* ---- floating point ---- */

static void across_lanes_maxima_are_taken_in_pairs(void **state)
{
	(void)state;
	clear();
	/* the lower pair's quiet NaN meets the upper pair's signalling one last */
	set(1, 0x7f8000013f800000, 0x3f8000007fc00002);
	run(0x6e30f820); /* fmaxv s0, v1.4s */
	EXPECT(0, 0, 0x7fc00002);
	assert_int_equal(cpu.fpsr, A64_FPSR_IOC);
}

static void FCVTN_and_FCVTL_use_the_half_that_the_name_says(void **state)
{
	(void)state;
	clear();
	set(0, ONES, 0x1111111111111111);
	set(1, 0x4000000000000000, 0x3ff0000000000000);
	run(0x4e616820); /* fcvtn2 v0.4s, v1.2d */
	EXPECT(0, 0x400000003f800000, 0x1111111111111111);
	run(0x4e617802); /* fcvtl2 v2.2d, v0.4s */
	EXPECT(2, 0x4000000000000000, 0x3ff0000000000000);
	run(0x0e616820); /* fcvtn v0.2s, v1.2d */
	EXPECT(0, 0, 0x400000003f800000);
}

static void flags_of_all_lanes_come_together(void **state)
{
	(void)state;
	clear();
	set(1, 0x3f80000000000000, 0x7f7fffff00800000);
	set(2, 0x0000000000000000, 0x4000000000800000);
	run(0x6e22fc20); /* fdiv v0.4s, v1.4s, v2.4s: x/0, 0/0, max/2, 1 */
	EXPECT(0, 0x7f8000007fc00000, 0x7effffff3f800000);
	assert_int_equal(cpu.fpsr, A64_FPSR_DZC | A64_FPSR_IOC);
	cpu.fpsr = 0;
	run(0x0e22d420); /* fadd v0.2s: the lanes above are not looked at */
	assert_int_equal(cpu.fpsr, A64_FPSR_IXC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_operation_equals_its_formula_for_all_operands),
		cmocka_unit_test(a_64_bit_vector_clears_the_upper_half_and_ignores_its_operands),
		cmocka_unit_test(a_scalar_form_works_on_one_lane_and_clears_the_rest),
		cmocka_unit_test(QC_is_cumulative),
		cmocka_unit_test(
			narrowing_2_forms_keep_the_lower_half_and_the_others_clear_the_upper),
		cmocka_unit_test(long_2_forms_read_the_upper_halves),
		cmocka_unit_test(saturating_narrowing_clamps_to_the_type_of_the_result),
		cmocka_unit_test(a_right_shift_by_the_lane_size_leaves_signs_or_nothing),
		cmocka_unit_test(SLI_and_SRI_keep_the_bits_that_the_shift_does_not_reach),
		cmocka_unit_test(SQDMULH_saturates_for_the_one_product_that_does_not_fit),
		cmocka_unit_test(SQDMLAL_saturates_the_product_and_then_the_sum),
		cmocka_unit_test(
			an_element_of_16_bits_comes_from_v0_to_v15_and_has_three_index_bits),
		cmocka_unit_test(pairwise_takes_the_first_source_for_the_lower_half),
		cmocka_unit_test(permutations_interleave_and_separate),
		cmocka_unit_test(TBL_gives_zero_out_of_range_and_TBX_keeps_the_destination),
		cmocka_unit_test(modified_immediates_expand_as_AdvSIMDExpandImm_says),
		cmocka_unit_test(moves_between_the_files_respect_lanes_and_XZR),
		cmocka_unit_test(across_lanes_maxima_are_taken_in_pairs),
		cmocka_unit_test(FCVTN_and_FCVTL_use_the_half_that_the_name_says),
		cmocka_unit_test(flags_of_all_lanes_come_together),
	};

	return cmocka_run_group_tests_name("simd", tests, NULL, NULL);
}
