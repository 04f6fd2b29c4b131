/* SPDX-License-Identifier: BSD-2-Clause */
/* PL031: time is an input; setting, alarm, saved state. */
#include "pl031.h"

#include "device_fixture.h"

enum {
	DR = 0x00,
	MR = 0x04,
	LR = 0x08,
	CR = 0x0c,
	IMSC = 0x10,
	RIS = 0x14,
	MIS = 0x18,
	ICR = 0x1c,
};

struct fixture {
	struct pl031 rtc;
	struct line line;
	uint64_t now;
};

static uint64_t seconds(void *opaque)
{
	return ((struct fixture *)opaque)->now;
}

static uint32_t get(struct fixture *f, uint32_t offset)
{
	return (uint32_t)pl031_read(&f->rtc, offset, 4);
}

static void put(struct fixture *f, uint32_t offset, uint32_t value)
{
	pl031_write(&f->rtc, offset, 4, value);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->now = 1000;
	pl031_init(&f->rtc, line_irq(&f->line), (struct vmm_clock){f, seconds});
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void identification_says_pl031(void **state)
{
	static const uint8_t expected[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(get(*state, 0xfe0 + 4 * i), expected[i]);
	}
	assert_int_equal(get(*state, CR), 1);
}

static void the_counter_follows_the_clock(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(get(f, DR), 1000);
	f->now = 1005;
	assert_int_equal(get(f, DR), 1005);
	put(f, DR, 7); /* read-only */
	assert_int_equal(get(f, DR), 1005);
}

static void the_guest_sets_its_own_time(void **state)
{
	struct fixture *f = *state;

	put(f, LR, 50);
	assert_int_equal(get(f, LR), 50);
	assert_int_equal(get(f, DR), 50);
	f->now += 10;
	assert_int_equal(get(f, DR), 60);
}

static void the_alarm_comes_once_when_due(void **state)
{
	struct fixture *f = *state;

	put(f, IMSC, 1);
	put(f, MR, 1003);
	f->now = 1002;
	pl031_poll(&f->rtc);
	assert_false(f->line.level);
	f->now = 1010; /* jumped over */
	pl031_poll(&f->rtc);
	assert_true(f->line.level);
	assert_int_equal(get(f, MIS), 1);
	put(f, ICR, 1);
	assert_false(f->line.level);
	f->now = 1020;
	pl031_poll(&f->rtc);
	assert_false(f->line.level);
}

static void a_masked_alarm_stays_raw(void **state)
{
	struct fixture *f = *state;

	put(f, MR, 1001);
	f->now = 1001;
	assert_int_equal(get(f, RIS), 1);
	assert_int_equal(get(f, MIS), 0);
	assert_false(f->line.level);
	put(f, IMSC, 1);
	assert_true(f->line.level);
}

static void an_alarm_in_the_past_does_not_come(void **state)
{
	struct fixture *f = *state;

	put(f, IMSC, 1);
	put(f, MR, 999);
	f->now = 1001;
	pl031_poll(&f->rtc);
	assert_false(f->line.level);
}

static void any_offset_and_width_is_harmless(void **state)
{
	for (uint32_t offset = 0; offset < PL031_SIZE; offset++) {
		for (unsigned width = 1; width <= 8; width *= 2) {
			pl031_write(&((struct fixture *)*state)->rtc, offset, width, UINT64_MAX);
			pl031_read(&((struct fixture *)*state)->rtc, offset, width);
		}
	}
}

static void state_is_saved_and_loaded(void **state)
{
	struct fixture *f = *state;
	struct vmm_writer w = {0};
	struct vmm_reader r;

	put(f, LR, 5000);
	put(f, IMSC, 1);
	put(f, MR, 5002);
	pl031_save(&f->rtc, &w);
	pl031_reset(&f->rtc);
	assert_int_equal(get(f, DR), 1000);
	r = (struct vmm_reader){w.data, w.size, false};
	assert_true(pl031_load(&f->rtc, &r));
	assert_true(vmm_reader_done(&r));
	assert_int_equal(get(f, DR), 5000);
	f->now += 2;
	pl031_poll(&f->rtc);
	assert_true(f->line.level);
	for (size_t size = 0; size < w.size; size++) {
		r = (struct vmm_reader){w.data, size, false};
		assert_false(pl031_load(&f->rtc, &r));
	}
	vmm_writer_free(&w);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identification_says_pl031),        TEST(the_counter_follows_the_clock),
		TEST(the_guest_sets_its_own_time),      TEST(the_alarm_comes_once_when_due),
		TEST(a_masked_alarm_stays_raw),         TEST(an_alarm_in_the_past_does_not_come),
		TEST(any_offset_and_width_is_harmless), TEST(state_is_saved_and_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
