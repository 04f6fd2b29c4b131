/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The decoding tables of FP and AdvSIMD: they are unambiguous, and what is not announced or reserved is
 * UNDEFINED.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fp_simd.h"

static bool decodes(uint32_t insn, uint32_t features, struct a64_op *op)
{
	struct a64_decode how = {.features = features, .fp_enabled = true};

	return a64_decode_fpsimd(insn, &how, op);
}

static const struct fp_row *row_at(unsigned int n)
{
	for (unsigned int t = 0; t < FP_TABLE_COUNT; t++) {
		if (n < a64_fp_tables[t]->count) {
			return &a64_fp_tables[t]->rows[n];
		}
		n -= a64_fp_tables[t]->count;
	}
	return NULL;
}

static void no_encoding_matches_two_rows(void **state)
{
	(void)state;
	for (unsigned int i = 0; row_at(i); i++) {
		const struct fp_row *a = row_at(i);
		for (unsigned int j = i + 1; row_at(j); j++) {
			const struct fp_row *b = row_at(j);
			uint32_t common = a->mask & b->mask;
			assert_int_not_equal(a->value & common, b->value & common);
		}
	}
}

static void every_row_can_be_reached(void **state)
{
	(void)state;
	for (unsigned int t = 0; t < FP_TABLE_COUNT; t++) {
		const struct fp_table *table = a64_fp_tables[t];
		for (unsigned int i = 0; i < table->count; i++) {
			const struct fp_row *row = &table->rows[i];
			assert_int_equal(row->value & ~row->mask, 0);
			assert_int_equal(table->mask & ~row->mask, 0);
			assert_int_equal(row->value & table->mask, table->value);
			/* all rows lie in the class that bits 28:25 = x111 name */
			assert_int_equal(row->value & row->mask & 0x0e000000, 0x0e000000);
		}
	}
}

static void every_row_decodes_some_encoding(void **state)
{
	(void)state;
	uint32_t random = 1;
	for (unsigned int i = 0; row_at(i); i++) {
		const struct fp_row *row = row_at(i);
		bool found = false;
		for (unsigned int n = 0; n < 1000 && !found; n++) {
			struct a64_op op = {0};
			random = random * 1664525 + 1013904223;
			uint32_t free_bits = random ^ random >> 16;
			found = decodes(row->value | (free_bits & ~row->mask), A64_FEAT_RDM, &op);
		}
		assert_true(found);
	}
}

static void a_decoded_operation_names_existing_registers(void **state)
{
	(void)state;
	uint32_t random = 7;
	for (unsigned int n = 0; n < 2000000; n++) {
		struct a64_op op = {0};
		random = random * 1664525 + 1013904223;
		uint32_t insn = (random ^ random >> 15) | 0x0e000000;
		if (decodes(insn, A64_FEAT_RDM, &op)) {
			assert_non_null(op.fn);
			assert_true(op.rd < A64_SLOTS && op.rn < A64_SLOTS);
			/* rm and ra also carry widths, modes and conditions */
			assert_true(op.rm < 32 || op.rm == 32 || op.rm == 64);
		}
	}
}

static void instructions_of_features_that_are_not_announced_are_undefined(void **state)
{
	(void)state;
	static const struct {
		uint32_t insn;
		const char *name;
	} absent[] = {
		{0x1ee22820, "fadd h0, h1, h2"                    },
		{0x1ee10820, "fmul h0, h1, h1"                    },
		{0x1fc20c20, "fmadd h0, h1, h2, h3"               },
		{0x1ee21000, "fmov h0, #imm"                      },
		{0x1ee22020, "fcmp h1, h2"                        },
		{0x1ee21c20, "fcsel h0, h1, h2, ne"               },
		{0x1ee60020, "fmov w0, h1"                        },
		{0x1ef80020, "fcvtzs w0, h1"                      },
		{0x1ee20020, "scvtf h0, w1"                       },
		{0x1ee44020, "frintn h0, h1"                      },
		{0x4e421420, "fadd v0.8h, v1.8h, v2.8h"           },
		{0x4ef8f820, "fabs v0.8h, v1.8h"                  },
		{0x4e79a820, "fcvtns v0.8h, v1.8h"                },
		{0x4f02fc00, "fmov v0.8h, #imm"                   },
		{0x4f021020, "fmla v0.8h, v1.8h, v2.h[0]"         },
		{0x0f10e420, "scvtf v0.4h, v1.4h, #16"            },
		{0x4e829420, "sdot v0.4s, v1.16b, v2.16b"         },
		{0x6e829420, "udot v0.4s, v1.16b, v2.16b"         },
		{0x4f82e020, "sdot v0.4s, v1.16b, v2.4b[0]"       },
		{0x6e82c420, "fcmla v0.4s, v1.4s, v2.4s, #0"      },
		{0x6e82e420, "fcadd v0.4s, v1.4s, v2.4s, #90"     },
		{0x6f821020, "fcmla v0.4s, v1.4s, v2.s[0], #0"    },
		{0x1e7e0020, "fjcvtzs w0, d1"                     },
		{0x1e284020, "frint32z s0, s1"                    },
		{0x4e21e820, "frint32z v0.4s, v1.4s"              },
		{0x1e634020, "bfcvt h0, s1"                       },
		{0x4e22ec20, "fmlal v0.4s, v1.4h, v2.4h"          },
		{0x4e284820, "aese v0.16b, v1.16b"                },
		{0x5e020020, "sha1c q0, s1, v2.4s"                },
		{0x5e280820, "sha1h s0, s1"                       },
		{0xce628020, "sha512h q0, q1, v2.2d"              },
		{0xce020c20, "eor3 v0.16b, v1.16b, v2.16b, v3.16b"},
		{0x0ee2e020, "pmull v0.1q, v1.1d, v2.1d"          },
		{0x4e82a420, "smmla v0.4s, v1.16b, v2.16b"        },
	};
	for (unsigned int i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
		struct a64_op op = {0};
		if (decodes(absent[i].insn, UINT32_MAX, &op)) {
			fail_msg("%s is defined", absent[i].name);
		}
	}
}

static void SQRDMLAH_and_SQRDMLSH_exist_with_FEAT_RDM_only(void **state)
{
	(void)state;
	static const uint32_t insns[] = {0x6e828420, 0x6e828c20, 0x7e828420, 0x7e828c20,
					 0x6f82d020, 0x6f82f020, 0x7f82d020, 0x7f82f020};
	for (unsigned int i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		struct a64_op op = {0};
		assert_true(decodes(insns[i], A64_FEAT_RDM, &op));
		assert_false(decodes(insns[i], UINT32_MAX & ~A64_FEAT_RDM, &op));
	}
}

static void reserved_sizes_and_indices_are_undefined(void **state)
{
	(void)state;
	static const struct {
		uint32_t insn;
		const char *name;
	} reserved[] = {
		{0x0ee28420, "add of one 64-bit lane"                },
		{0x4ee29c20, "mul of 64-bit lanes"                   },
		{0x4ee20420, "shadd of 64-bit lanes"                 },
		{0x6e629c20, "pmul of 16-bit lanes"                  },
		{0x4e22b420, "sqdmulh of 8-bit lanes"                },
		{0x5ea28420, "scalar add of 32 bits"                 },
		{0x0e62d420, "fadd of one 64-bit lane"               },
		{0x0ee0f820, "fabs of one 64-bit lane"               },
		{0x4ee00820, "rev64 of 64-bit lanes"                 },
		{0x6ea00820, "rev32 of 32-bit lanes"                 },
		{0x4e601820, "rev16 of 16-bit lanes"                 },
		{0x4e605820, "cnt of 16-bit lanes"                   },
		{0x0eb1b820, "addv of two lanes"                     },
		{0x4ef1b820, "addv of 64-bit lanes"                  },
		{0x2e30f820, "fmaxv of two lanes"                    },
		{0x0f400420, "sshr of one 64-bit lane"               },
		{0x5f200420, "scalar sshr of 32 bits"                },
		{0x4f401020, "sshll of 64-bit lanes"                 },
		{0x4f40a420, "sshll by bits beyond 32"               },
		{0x4f400c20, "shift with reserved opcode"            },
		{0x0e000420, "dup of no lane size"                   },
		{0x0e080420, "dup of a 64-bit lane to half a vector" },
		{0x0e083c20, "umov of a 64-bit lane to a W register" },
		{0x4e043c20, "umov of a 32-bit lane to an X register"},
		{0x0e042c20, "smov of a 32-bit lane to a W register" },
		{0x0e041c20, "ins with Q = 0"                        },
		{0x2e024020, "ext by 8 bytes in half a vector"       },
		{0x0ec23820, "zip1 of one 64-bit lane"               },
		{0x2f00f420, "fmov of a double to half a vector"     },
		{0x4fe29020, "fmul by element with L set for doubles"},
		{0x0fc29020, "fmul by element of one 64-bit lane"    },
		{0x4fc28020, "mul by 64-bit element"                 },
		{0x4f028020, "mul by 8-bit element"                  },
		{0x4ee15820, "reserved two-register operation"       },
		{0x2e216820, "fcvtxn to half precision"              },
		{0x1e027c20, "scvtf to 32 bits with 33 fraction bits"},
		{0x1e6e0020, "fmov of a double to a W register"      },
		{0x9e260020, "fmov of a single to an X register"     },
		{0x1ea22820, "fadd of type 2"                        },
		{0x1e216020, "fcmp with reserved opcode"             },
		{0x3e222820, "fadd with S set"                       },
		{0x9e222820, "fadd with M set"                       },
	};
	for (unsigned int i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		struct a64_op op = {0};
		if (decodes(reserved[i].insn, UINT32_MAX, &op)) {
			fail_msg("%s is defined", reserved[i].name);
		}
	}
}

static void VFPExpandImm_makes_an_exponent_of_three_bits(void **state)
{
	(void)state;
	assert_int_equal(a64_fp_expand_imm(0x70, 32), 0x3f800000);
	assert_int_equal(a64_fp_expand_imm(0x70, 64), 0x3ff0000000000000);
	assert_int_equal(a64_fp_expand_imm(0x00, 32), 0x40000000);
	assert_int_equal(a64_fp_expand_imm(0xff, 32), 0xbff80000);
	assert_int_equal(a64_fp_expand_imm(0xbf, 64), 0xc03f000000000000);
	assert_int_equal(a64_fp_expand_imm(0x40, 64), 0x3fc0000000000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_encoding_matches_two_rows),
		cmocka_unit_test(every_row_can_be_reached),
		cmocka_unit_test(every_row_decodes_some_encoding),
		cmocka_unit_test(a_decoded_operation_names_existing_registers),
		cmocka_unit_test(instructions_of_features_that_are_not_announced_are_undefined),
		cmocka_unit_test(SQRDMLAH_and_SQRDMLSH_exist_with_FEAT_RDM_only),
		cmocka_unit_test(reserved_sizes_and_indices_are_undefined),
		cmocka_unit_test(VFPExpandImm_makes_an_exponent_of_three_bits),
	};

	return cmocka_run_group_tests_name("fp_decode", tests, NULL, NULL);
}
