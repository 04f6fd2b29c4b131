/* SPDX-License-Identifier: BSD-2-Clause */
/* PL011: FIFO, triggers, interrupts, flow control, loopback, identification, saved state. */
#include "pl011.h"

#include "device_fixture.h"

enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	IBRD = 0x24,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
};

#define FR_RXFE (1 << 4)
#define FR_RXFF (1 << 6)
#define RX      (1 << 4)
#define TX      (1 << 5)
#define RT      (1 << 6)
#define OE      (1 << 10)

struct fixture {
	struct pl011 uart;
	struct line line;
	struct output output;
	unsigned drained;
};

static void room(void *opaque)
{
	((struct fixture *)opaque)->drained++;
}

static uint32_t get(struct fixture *f, uint32_t offset)
{
	return (uint32_t)pl011_read(&f->uart, offset, 4);
}

static void put(struct fixture *f, uint32_t offset, uint32_t value)
{
	pl011_write(&f->uart, offset, 4, value);
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	pl011_init(&f->uart, line_irq(&f->line), output_sink(&f->output));
	f->uart.room = room;
	f->uart.room_opaque = f;
	put(f, LCR_H, 0x70);
	put(f, CR, 0x301);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	free(*state);
	return 0;
}

static void identification_says_pl011_r1p5(void **state)
{
	static const uint8_t expected[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(get(*state, 0xfe0 + 4 * i), expected[i]);
	}
}

static void what_is_sent_comes_out_in_order(void **state)
{
	struct fixture *f = *state;

	for (const char *p = "hello"; *p; p++) {
		assert_int_equal(get(f, FR) & 0xa8, 0x80); /* empty, not full, not busy */
		put(f, DR, (uint8_t)*p);
	}
	assert_int_equal(f->output.size, 5);
	assert_memory_equal(f->output.bytes, "hello", 5);
	assert_int_equal(get(f, RIS), TX);
	assert_false(f->line.level);
	put(f, IMSC, TX);
	assert_true(f->line.level);
	put(f, ICR, TX);
	assert_false(f->line.level);
}

static void nothing_is_sent_while_disabled(void **state)
{
	struct fixture *f = *state;

	put(f, CR, 0x300); /* UARTEN off */
	put(f, DR, 'x');
	put(f, CR, 0x201); /* TXE off */
	put(f, DR, 'x');
	assert_int_equal(f->output.size, 0);
}

static void what_is_received_is_read_in_order(void **state)
{
	struct fixture *f = *state;

	assert_true(get(f, FR) & FR_RXFE);
	pl011_receive(&f->uart, (const uint8_t *)"ab", 2);
	assert_false(get(f, FR) & FR_RXFE);
	assert_int_equal(get(f, DR), 'a');
	assert_int_equal(f->drained, 0);
	assert_int_equal(get(f, DR), 'b');
	assert_int_equal(f->drained, 1);
	assert_true(get(f, FR) & FR_RXFE);
	assert_int_equal(get(f, DR), 0);
	assert_int_equal(f->drained, 1);
}

static void receive_interrupt_comes_at_the_trigger_level(void **state)
{
	static const unsigned levels[] = {4, 8, 16, 24, 28};
	struct fixture *f = *state;

	for (unsigned i = 0; i < 5; i++) {
		put(f, LCR_H, 0);
		put(f, LCR_H, 0x70); /* empties the FIFO */
		put(f, IFLS, i << 3);
		put(f, IMSC, RX);
		for (unsigned n = 1; n <= PL011_FIFO; n++) {
			pl011_receive(&f->uart, (const uint8_t *)"x", 1);
			assert_int_equal(f->line.level, n >= levels[i]);
		}
		for (unsigned n = PL011_FIFO; n-- > 0;) {
			get(f, DR);
			assert_int_equal(f->line.level, n >= levels[i]);
		}
	}
}

static void timeout_interrupt_tells_of_a_single_byte(void **state)
{
	struct fixture *f = *state;

	put(f, IMSC, RX | RT);
	pl011_receive(&f->uart, (const uint8_t *)"x", 1);
	assert_int_equal(get(f, MIS), RT);
	assert_true(f->line.level);
	get(f, DR);
	assert_int_equal(get(f, RIS), 0);
	assert_false(f->line.level);
}

static void room_follows_the_fifo_and_an_overrun_is_reported(void **state)
{
	struct fixture *f = *state;
	uint8_t bytes[PL011_FIFO + 1] = {0};

	assert_int_equal(pl011_room(&f->uart), PL011_FIFO);
	pl011_receive(&f->uart, bytes, PL011_FIFO);
	assert_int_equal(pl011_room(&f->uart), 0);
	assert_true(get(f, FR) & FR_RXFF);
	assert_false(get(f, RIS) & OE);
	pl011_receive(&f->uart, bytes, 1);
	assert_true(get(f, RIS) & OE);
	assert_int_equal(get(f, RSR), 8);
	put(f, RSR, 0);
	assert_int_equal(get(f, RSR), 0);
	for (unsigned i = 0; i < PL011_FIFO; i++) {
		assert_int_equal(get(f, DR), i == PL011_FIFO - 1 ? 1 << 11 : 0);
	}
	assert_true(get(f, FR) & FR_RXFE);
}

static void without_fifo_one_byte_has_room(void **state)
{
	struct fixture *f = *state;

	put(f, LCR_H, 0x60);
	put(f, IMSC, RX);
	assert_int_equal(pl011_room(&f->uart), 1);
	pl011_receive(&f->uart, (const uint8_t *)"x", 1);
	assert_int_equal(pl011_room(&f->uart), 0);
	assert_true(f->line.level);
}

static void nothing_is_received_while_disabled(void **state)
{
	struct fixture *f = *state;

	put(f, CR, 0x101);
	assert_int_equal(pl011_room(&f->uart), 0);
	pl011_receive(&f->uart, (const uint8_t *)"x", 1);
	assert_true(get(f, FR) & FR_RXFE);
}

static void loopback_returns_what_is_sent(void **state)
{
	struct fixture *f = *state;

	put(f, CR, 0x381);
	put(f, DR, 'z');
	assert_int_equal(f->output.size, 0);
	assert_int_equal(get(f, DR), 'z');
	put(f, CR, 0xb81); /* RTS comes back as CTS */
	assert_int_equal(get(f, FR) & 0x107, 1);
}

static void registers_keep_their_own_bits_only(void **state)
{
	static const struct {
		uint32_t offset, mask;
	} rows[] = {
		{0x20, 0xff  },
                {0x24, 0xffff},
                {0x28, 0x3f  },
                {0x2c, 0xff  },
		{0x34, 0x3f  },
                {0x38, 0x7ff },
                {0x48, 7     }
        };
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		put(f, rows[i].offset, 0xffffffff);
		assert_int_equal(get(f, rows[i].offset), rows[i].mask);
		for (unsigned j = 0; j < i; j++) {
			assert_int_equal(get(f, rows[j].offset), 0);
		}
		put(f, rows[i].offset, 0);
		assert_int_equal(get(f, rows[i].offset), 0);
	}
}

static void any_offset_and_width_is_harmless(void **state)
{
	for (uint32_t offset = 0; offset < PL011_SIZE; offset++) {
		for (unsigned width = 1; width <= 8; width *= 2) {
			pl011_write(&((struct fixture *)*state)->uart, offset, width, UINT64_MAX);
			pl011_read(&((struct fixture *)*state)->uart, offset, width);
		}
	}
}

static void state_is_saved_and_loaded(void **state)
{
	struct fixture *f = *state;
	struct vmm_writer one = {0};
	struct vmm_writer two = {0};
	struct vmm_reader r;

	put(f, IBRD, 13);
	put(f, IMSC, RX | RT);
	pl011_receive(&f->uart, (const uint8_t *)"abc", 3);
	get(f, DR);
	pl011_save(&f->uart, &one);
	pl011_reset(&f->uart);
	assert_false(f->line.level);
	r = (struct vmm_reader){one.data, one.size, false};
	assert_true(pl011_load(&f->uart, &r));
	assert_true(vmm_reader_done(&r));
	assert_true(f->line.level);
	pl011_save(&f->uart, &two);
	assert_int_equal(one.size, two.size);
	assert_memory_equal(one.data, two.data, one.size);
	assert_int_equal(get(f, IBRD), 13);
	assert_int_equal(get(f, DR), 'b');
	assert_int_equal(get(f, DR), 'c');
	for (size_t size = 0; size < one.size; size++) {
		r = (struct vmm_reader){one.data, size, false};
		assert_false(pl011_load(&f->uart, &r));
	}
	one.data[0] = PL011_FIFO + 1;
	r = (struct vmm_reader){one.data, one.size, false};
	assert_false(pl011_load(&f->uart, &r));
	vmm_writer_free(&one);
	vmm_writer_free(&two);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(identification_says_pl011_r1p5),
		TEST(what_is_sent_comes_out_in_order),
		TEST(nothing_is_sent_while_disabled),
		TEST(what_is_received_is_read_in_order),
		TEST(receive_interrupt_comes_at_the_trigger_level),
		TEST(timeout_interrupt_tells_of_a_single_byte),
		TEST(room_follows_the_fifo_and_an_overrun_is_reported),
		TEST(without_fifo_one_byte_has_room),
		TEST(nothing_is_received_while_disabled),
		TEST(loopback_returns_what_is_sent),
		TEST(registers_keep_their_own_bits_only),
		TEST(any_offset_and_width_is_harmless),
		TEST(state_is_saved_and_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
