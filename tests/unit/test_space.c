/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * src/cpu/space.c and state.c from outside: the memory map, accesses that are not a PE's, messages to
 * contexts that sleep, and the exclusive monitor as state.
 */
#include "../cpu/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HVC1 0xd4000022u

static const struct a64_ops no_ops;

/* ---- memory map ------------------------------------------------------------------------------------ */

static void a_region_that_does_not_fit_is_refused(void **state)
{
	struct a64_space_config config = {.ops = &no_ops, .ipa_bits = 36};
	static uint8_t page[0x2000] __attribute__((aligned(0x1000)));
	struct a64_space *space;

	(void)state;
	assert_int_equal(a64_space_create(&config, &space), 0);
	assert_int_equal(a64_space_map(space, 0x1000, 0, page), -VGIC5_E_INVAL);
	assert_int_equal(a64_space_map(space, 0x1800, 0x1000, page), -VGIC5_E_INVAL);
	assert_int_equal(a64_space_map(space, 0x1000, 0x1000, page + 8), -VGIC5_E_INVAL);
	assert_int_equal(a64_space_map(space, 1ull << 36, 0x1000, page), -VGIC5_E_RANGE);
	assert_int_equal(a64_space_map(space, (1ull << 36) - 0x1000, 0x2000, page), -VGIC5_E_RANGE);
	assert_int_equal(a64_space_map(space, 0x1000, UINT64_MAX - 0xfff, page), -VGIC5_E_RANGE);
	assert_int_equal(a64_space_map(space, 0x4000, 0x2000, page), 0);
	assert_int_equal(a64_space_map(space, 0x5000, 0x1000, page), -VGIC5_E_EXIST);
	assert_int_equal(a64_space_map(space, 0x3000, 0x8000, page), -VGIC5_E_EXIST);
	a64_space_destroy(space);
}

static void the_map_holds_64_regions(void **state)
{
	struct a64_space_config config = {.ops = &no_ops};
	static uint8_t page[0x1000] __attribute__((aligned(0x1000)));
	struct a64_space *space;

	(void)state;
	assert_int_equal(a64_space_create(&config, &space), 0);
	for (uint64_t i = 64; i > 0; i--)
		assert_int_equal(a64_space_map(space, i * 0x10000, 0x1000, page), 0);
	assert_int_equal(a64_space_map(space, 0, 0x1000, page), -VGIC5_E_NOSPC);
	for (uint64_t i = 1; i <= 64; i++) {
		assert_ptr_equal(a64_space_ptr(space, i * 0x10000 + 8, 8), page + 8);
		assert_null(a64_space_ptr(space, i * 0x10000 + 0xffc, 8));
		assert_null(a64_space_ptr(space, i * 0x10000 + 0x1000, 1));
	}
	a64_space_destroy(space);
}

static void a_configuration_outside_the_lists_is_refused(void **state)
{
	struct a64_space_config config = {.ops = &no_ops, .ipa_bits = 37};
	struct a64_space *space;

	(void)state;
	assert_int_equal(a64_space_create(&config, &space), -VGIC5_E_INVAL);
	config = (struct a64_space_config){.ops = NULL};
	assert_int_equal(a64_space_create(&config, &space), -VGIC5_E_INVAL);
}

static void dma_crosses_adjoining_regions_or_does_nothing(void **state)
{
	struct a64_space_config config = {.ops = &no_ops};
	static uint8_t low[0x1000] __attribute__((aligned(0x1000)));
	static uint8_t high[0x1000] __attribute__((aligned(0x1000)));
	uint8_t data[0x20], back[0x20];
	struct a64_space *space;

	(void)state;
	memset(data, 0x5a, sizeof(data));
	assert_int_equal(a64_space_create(&config, &space), 0);
	assert_int_equal(a64_space_map(space, 0x2000, 0x1000, high), 0);
	assert_int_equal(a64_space_map(space, 0x1000, 0x1000, low), 0);
	assert_int_equal(a64_space_dma_write(space, 0x1ff0, data, 0x20), 0);
	assert_int_equal(low[0xfff], 0x5a);
	assert_int_equal(high[0xf], 0x5a);
	assert_int_equal(high[0x10], 0);
	assert_int_equal(a64_space_dma_read(space, 0x1ff0, back, 0x20), 0);
	assert_memory_equal(back, data, 0x20);
	assert_int_equal(a64_space_dma_write(space, 0x2ff0, data, 0x20), -VGIC5_E_FAULT);
	assert_int_equal(high[0xff0], 0);
	assert_int_equal(a64_space_dma_write(space, UINT64_MAX - 7, data, 0x20), -VGIC5_E_FAULT);
	assert_int_equal(a64_space_dma_read(space, 0, back, 1), -VGIC5_E_FAULT);
	a64_space_destroy(space);
}

/* ---- contexts that sleep --------------------------------------------------------------------------- */

#define PAGES 100u /* more than a queue takes */

static void set_answer(struct fixture *f, uint32_t page, uint32_t answer)
{
	uint32_t code[2] = {0x52800000 | answer << 5, HVC1}; /* mov w0, #answer */

	put_code(f, CODE + page * 0x1000, code, sizeof(code));
}

static uint64_t answer_of(struct fixture *f, unsigned int cpu, uint32_t page)
{
	a64_set_pc(f->cpu[cpu], CODE + page * 0x1000);
	a64_run(f->cpu[cpu], 100, &f->exit);
	assert_int_equal(f->exit.reason, A64_EXIT_HVC);
	return a64_x(f->cpu[cpu], 0);
}

static void a_sleeping_context_misses_no_change_however_many_there_are(void **state)
{
	(void)state;
	for (int stepped = 0; stepped < 2; stepped++) {
		struct fixture f;

		begin(&f, &no_ops, stepped, 2, A64_FEAT_DEFAULT);
		for (uint32_t page = 0; page < PAGES; page++) {
			set_answer(&f, page, page);
			assert_int_equal(answer_of(&f, 0, page), page);
			assert_int_equal(answer_of(&f, 1, page), page);
		}
		for (uint32_t page = 0; page < PAGES; page++) { /* context 1 sleeps */
			set_answer(&f, page, page + 1000);
			assert_int_equal(answer_of(&f, 0, page), page + 1000);
		}
		for (uint32_t page = 0; page < PAGES; page++)
			assert_int_equal(answer_of(&f, 1, page), page + 1000);
		end(&f);
	}
}

static const uint32_t store_and_load[] = {
	0xb9000041, /* str w1, [x2] */
	0xb9400043, /* ldr w3, [x2] */
	HVC1,
};

/* The sleeper has a fast path for stores to pages that become code without it */
static void a_store_after_sleep_reaches_code_decoded_meanwhile(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, false, 2, A64_FEAT_DEFAULT);
	mmu_on(&f, f.cpu[1]); /* without, memory is Device and has no fast path */
	put_code(&f, CODE, store_and_load, sizeof(store_and_load));
	for (uint32_t page = 1; page < PAGES; page++) {
		set_answer(&f, page, 1);
		a64_set_pc(f.cpu[1], CODE);
		a64_set_x(f.cpu[1], 1, 0x52800000 | 2 << 5);
		a64_set_x(f.cpu[1], 2, CODE + page * 0x1000);
		a64_run(f.cpu[1], 100, &f.exit);
	}
	for (uint32_t page = 1; page < PAGES; page++)
		assert_int_equal(answer_of(&f, 0, page), 2);
	a64_set_pc(f.cpu[1], CODE); /* it wakes, and context 0 decodes what that dropped */
	a64_set_x(f.cpu[1], 2, DATA);
	a64_run(f.cpu[1], 100, &f.exit);
	for (uint32_t page = 1; page < PAGES; page++)
		assert_int_equal(answer_of(&f, 0, page), 2);
	for (uint32_t page = 1; page < PAGES; page++) {
		a64_set_pc(f.cpu[1], CODE);
		a64_set_x(f.cpu[1], 1, 0x52800000 | 3 << 5);
		a64_set_x(f.cpu[1], 2, CODE + page * 0x1000);
		a64_run(f.cpu[1], 100, &f.exit);
		assert_int_equal(a64_x(f.cpu[1], 3), 0x52800000 | 3 << 5);
		assert_int_equal(answer_of(&f, 0, page), 3);
	}
	end(&f);
}

/* ---- the monitor is state -------------------------------------------------------------------------- */

static const uint32_t load_exclusive[] = {0xc85f7c20, HVC1};  /* ldxr x0, [x1] */
static const uint32_t store_exclusive[] = {0xc8027c23, HVC1}; /* stxr w2, x3, [x1] */

static void load_and_move_monitor(struct fixture *f, struct a64_state *s)
{
	put64(f, DATA, 77);
	a64_set_x(f->cpu[0], 1, DATA);
	assert_int_equal(run_code(f, load_exclusive, sizeof(load_exclusive)), A64_EXIT_HVC);
	a64_get_state(f->cpu[0], s);
	assert_int_equal(s->monitor_ipa, DATA);
	assert_int_equal(s->monitor_size, 8);
	assert_int_equal(s->monitor_value[0], 77);
}

static uint64_t store_with_state(struct fixture *f, const struct a64_state *s)
{
	put_code(f, CODE, store_exclusive, sizeof(store_exclusive));
	assert_int_equal(a64_set_state(f->cpu[1], s), 0);
	a64_set_x(f->cpu[1], 3, 78);
	a64_set_pc(f->cpu[1], CODE);
	a64_run(f->cpu[1], 100, &f->exit);
	assert_int_equal(f->exit.reason, A64_EXIT_HVC);
	return a64_x(f->cpu[1], 2);
}

static void a_restored_context_finishes_its_exclusive_sequence(void **state)
{
	struct a64_state s;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 2, A64_FEAT_DEFAULT);
	load_and_move_monitor(&f, &s);
	assert_int_equal(store_with_state(&f, &s), 0);
	assert_int_equal(get64(&f, DATA), 78);
	assert_int_equal(store_with_state(&f, &s), 1); /* the value has changed */
	end(&f);
}

static void a_monitor_that_cannot_be_is_restored_as_open(void **state)
{
	static const uint64_t bad[][2] = {
		{DATA,           0         },
                {DATA,           3         },
                {DATA,           264       },
                {DATA + 4,       8         },
		{0,              8         },
                {RAM + RAM_SIZE, 8         },
                {DATA,           1ull << 63}
        };
	struct a64_state s;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 2, A64_FEAT_DEFAULT);
	load_and_move_monitor(&f, &s);
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		s.monitor_ipa = bad[i][0];
		s.monitor_size = bad[i][1];
		assert_int_equal(store_with_state(&f, &s), 1);
		assert_int_equal(get64(&f, DATA), 77);
	}
	end(&f);
}

/* ---- a branch into an address space that was never entered ----------------------------------------- */

#define HIGH 0xffffffff80000000ull /* the same tables by TTBR1 */

static const uint32_t jump_to_null[] = {
	0xd5182001, /* msr ttbr0_el1, x1 */
	0xd61f0040, /* br x2 */
};

static void a_call_of_null_after_a_switch_of_ttbr0_is_an_abort(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	put64(&f, TABLES + 0xff8, (TABLES + 0x1000) | 3);
	put64(&f, TABLES + 0x1000 + 510 * 8, RAM | 0x701);
	mmu_on(&f, f.cpu[0]);
	a64_set_reg(f.cpu[0], A64_R_TCR_EL1, 16 | 16u << 16 | 2ull << 30 | 2ull << 32);
	a64_set_reg(f.cpu[0], A64_R_TTBR1_EL1, TABLES);
	a64_set_reg(f.cpu[0], A64_R_VBAR_EL1, VECTORS - RAM + HIGH);
	put_code(&f, CODE, jump_to_null, sizeof(jump_to_null));
	set_x(&f, 1, DATA); /* a table of zeros */
	set_x(&f, 2, 0);
	a64_set_pc(f.cpu[0], CODE - RAM + HIGH);
	a64_run(f.cpu[0], 100, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 4); /* synchronous, same level, SP_EL1 */
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1) >> 26, 0x21);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_FAR_EL1), 0);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_region_that_does_not_fit_is_refused),
		cmocka_unit_test(the_map_holds_64_regions),
		cmocka_unit_test(a_configuration_outside_the_lists_is_refused),
		cmocka_unit_test(dma_crosses_adjoining_regions_or_does_nothing),
		cmocka_unit_test(a_sleeping_context_misses_no_change_however_many_there_are),
		cmocka_unit_test(a_store_after_sleep_reaches_code_decoded_meanwhile),
		cmocka_unit_test(a_restored_context_finishes_its_exclusive_sequence),
		cmocka_unit_test(a_monitor_that_cannot_be_is_restored_as_open),
		cmocka_unit_test(a_call_of_null_after_a_switch_of_ttbr0_is_an_abort),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
