/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoder sweep: words from all over the encoding space are executed at EL1 and at EL0 with the MMU
 * off; each either ends by itself in one step or is an exception. What the table of encodings calls
 * unallocated or not announced must be UNDEFINED.
 *
 * Environment: VGIC5_STRIDE, odd; 1 = all 2^32 words; VGIC5_LONG: 1021.
 */
#include "encodings.h"
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct a64_ops no_ops;

static uint64_t read_id(void *opaque, uint16_t encoding)
{
	uint64_t value = 0;

	a64_sysreg_read(opaque, encoding, &value);
	return value;
}

static uint32_t stride(void)
{
	const char *text = getenv("VGIC5_STRIDE");

	if (text)
		return (uint32_t)strtoul(text, NULL, 0) | 1;
	return getenv("VGIC5_LONG") ? 1021 : 40961;
}

static bool is_exit(enum a64_exit_reason reason)
{
	return reason == A64_EXIT_BUDGET || reason == A64_EXIT_HVC || reason == A64_EXIT_SMC ||
	       reason == A64_EXIT_WFI || reason == A64_EXIT_WFE || reason == A64_EXIT_SYSREG ||
	       reason == A64_EXIT_DATA_ABORT || reason == A64_EXIT_INSN_ABORT;
}

/* Whether one step at CODE took an exception with EC 0 to EL1 */
static bool step(struct fixture *f, const struct a64_state *start, uint32_t insn)
{
	memcpy(at(f, CODE), &insn, 4);
	a64_space_written(f->space, CODE, 4);
	assert_int_equal(a64_set_state(f->cpu[0], start), 0);
	a64_run(f->cpu[0], 1, &f->exit);
	assert_true(is_exit(f->exit.reason));
	assert_true(f->exit.instructions <= 1);
	return a64_reg(f->cpu[0], A64_R_ESR_EL1) == 0x02000000 &&
	       (a64_pc(f->cpu[0]) & ~0x7ffull) == VECTORS;
}

static void sweep(uint64_t pstate)
{
	bool announced[ENC_FEAT_COUNT];
	uint64_t tried = 0, undefined = 0;
	struct a64_state start;
	struct fixture f;

	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	enc_init();
	for (int i = 0; i < ENC_FEAT_COUNT; i++)
		announced[i] = enc_announced((enum enc_feature)i, read_id, f.cpu[0]);
	a64_get_state(f.cpu[0], &start);
	start.pstate = pstate;
	start.pc = CODE;
	start.sp[0] = start.sp[1] = DATA;
	for (int i = 0; i < 31; i++)
		start.x[i] = DATA + (uint64_t)i * 64;
	start.reg[A64_R_ESR_EL1] = 0;
	for (uint64_t insn = 0; insn < 1ull << 32; insn += stride()) {
		const struct enc_row *row = &enc_rows[enc_find((uint32_t)insn)];
		bool undef = step(&f, &start, (uint32_t)insn);

		tried++;
		undefined += undef;
		if (!announced[row->feature] && !undef)
			fail_msg("%08x (%s) is not announced, but executed", (uint32_t)insn,
				 row->name);
	}
	print_message("# %llu words, %llu undefined\n", (unsigned long long)tried,
		      (unsigned long long)undefined);
	assert_true(undefined < tried);
	end(&f);
}

static void every_word_at_el1_is_one_instruction_or_undefined(void **state)
{
	(void)state;
	sweep(0x3c5);
}

static void every_word_at_el0_is_one_instruction_or_undefined(void **state)
{
	(void)state;
	sweep(0);
}

static bool covers(const struct enc_row *a, const struct enc_row *b)
{
	return (a->mask & ~b->mask) == 0 && ((a->value ^ b->value) & a->mask) == 0;
}

static void no_row_of_the_table_hides_another(void **state)
{
	(void)state;
	enc_init();
	for (size_t i = 0; i < enc_count; i++)
		for (size_t j = 0; j < i; j++)
			if (covers(&enc_rows[j], &enc_rows[i]))
				fail_msg("%s is hidden by %s", enc_rows[i].name, enc_rows[j].name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_row_of_the_table_hides_another),
		cmocka_unit_test(every_word_at_el1_is_one_instruction_or_undefined),
		cmocka_unit_test(every_word_at_el0_is_one_instruction_or_undefined),
	};

	return cmocka_run_group_tests_name("sweep", tests, NULL, NULL);
}
