/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtio-mmio transport and its virtqueues, seen by a driver, with a device that answers each
 * request with as many bytes of 0x5a as it has room for. Hostile drivers get NEEDS_RESET.
 */
#include "virtio.h"

#include "device_fixture.h"

#define DATA (RAM_BASE + 0x80000)

struct fixture {
	struct virtio_dev dev;
	struct ram *ram;
	struct line line;
	struct driver driver;
	unsigned served;
	uint32_t out_len;
};

static struct fixture *of(struct virtio_dev *dev)
{
	return (struct fixture *)dev;
}

static void notify(struct virtio_dev *dev, uint32_t queue)
{
	uint8_t bytes[256];

	memset(bytes, 0x5a, sizeof(bytes));
	while (virtio_pop(dev, queue)) {
		of(dev)->served++;
		of(dev)->out_len = dev->chain.out_len;
		virtio_push(dev, queue,
			    virtq_write(&dev->chain, dev->mem, 0, bytes, sizeof(bytes)));
	}
	virtio_interrupt(dev, queue);
}

static const void *config(struct virtio_dev *dev, uint32_t *size)
{
	static const uint8_t bytes[8] = {1, 2, 3, 4, 5, 6, 7, 8};

	*size = sizeof(bytes);
	return bytes;
}

static const struct virtio_ops ops = {
	.device_id = 42,
	.queue_count = 2,
	.features = 1 << 3,
	.config = config,
	.notify = notify,
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ram = ram_create();
	virtio_init(&f->dev, &ops, line_irq(&f->line), &f->ram->mem, 0);
	f->driver.device = &f->dev;
	f->driver.ram = f->ram;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	free(f->ram);
	free(f);
	return 0;
}

static void registers_identify_a_modern_device(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(reg_read(&f->driver, 0), 0x74726976);
	assert_int_equal(reg_read(&f->driver, 4), 2);
	assert_int_equal(reg_read(&f->driver, 8), 42);
	assert_int_equal(reg_read(&f->driver, 0x34), 256);
	reg_write(&f->driver, 0x30, 2);
	assert_int_equal(reg_read(&f->driver, 0x34), 0);
	reg_write(&f->driver, 0x14, 1);
	assert_int_equal(reg_read(&f->driver, 0x10), 1);
	reg_write(&f->driver, 0x14, 0);
	assert_int_equal(reg_read(&f->driver, 0x10), 3u << 28 | 1 << 3);
	reg_write(&f->driver, 0x14, 2);
	assert_int_equal(reg_read(&f->driver, 0x10), 0);
	assert_int_equal(reg_read(&f->driver, 0xb0), 0xffffffff);
}

static void config_space_is_read_at_any_width(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(virtio_mmio_read(&f->dev, 0x100, 1), 1);
	assert_int_equal(virtio_mmio_read(&f->dev, 0x101, 2), 0x0302);
	assert_int_equal(virtio_mmio_read(&f->dev, 0x104, 4), 0x08070605);
	assert_true(virtio_mmio_read(&f->dev, 0x100, 8) == 0x0807060504030201);
	assert_int_equal(virtio_mmio_read(&f->dev, 0x105, 4), 0);
	assert_int_equal(virtio_mmio_read(&f->dev, 0x108, 1), 0);
}

static void features_that_are_not_offered_are_refused(void **state)
{
	struct fixture *f = *state;

	reg_write(&f->driver, 0x70, 3);
	reg_write(&f->driver, 0x24, 1);
	reg_write(&f->driver, 0x20, 1);
	reg_write(&f->driver, 0x24, 0);
	reg_write(&f->driver, 0x20, 1 << 4);
	reg_write(&f->driver, 0x70, 11);
	assert_int_equal(reg_read(&f->driver, 0x70), 3);
}

static void a_legacy_driver_is_refused(void **state)
{
	struct fixture *f = *state;

	reg_write(&f->driver, 0x70, 11);
	assert_int_equal(reg_read(&f->driver, 0x70), 3);
}

static void requests_are_answered_in_order(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	const struct buffer request[] = {
		{DATA,         10, false},
                {DATA + 0x100, 3,  true }
        };
	uint32_t id;
	uint32_t len;

	driver_start(d, 0, 2, 8);
	for (unsigned i = 0; i < 100; i++) {
		uint16_t head = driver_add(d, 1, request, 2);

		memset(at(d, DATA + 0x100), 0, 8);
		driver_notify(d, 1);
		assert_int_equal(f->out_len, 10);
		assert_true(driver_used(d, 1, &id, &len));
		assert_int_equal(id, head);
		assert_int_equal(len, 3);
		assert_memory_equal(at(d, DATA + 0x100), "\x5a\x5a\x5a\0", 4);
		assert_false(driver_used(d, 1, &id, &len));
	}
	assert_int_equal(f->served, 100);
}

static void the_interrupt_is_level_until_acknowledged(void **state)
{
	struct fixture *f = *state;
	const struct buffer request = {DATA, 1, true};

	driver_start(&f->driver, 0, 2, 8);
	driver_add(&f->driver, 0, &request, 1);
	driver_notify(&f->driver, 0);
	assert_true(f->line.level);
	assert_int_equal(reg_read(&f->driver, 0x60), 1);
	assert_true(f->line.level);
	reg_write(&f->driver, 0x64, 1);
	assert_false(f->line.level);
	assert_int_equal(reg_read(&f->driver, 0x60), 0);
}

static void no_interrupt_if_the_driver_wants_none(void **state)
{
	struct fixture *f = *state;
	const struct buffer request = {DATA, 1, true};

	driver_start(&f->driver, 0, 2, 8);
	vmm_put_le(at(&f->driver, f->driver.queue[0].avail), 2, 1);
	driver_add(&f->driver, 0, &request, 1);
	driver_notify(&f->driver, 0);
	assert_false(f->line.level);
}

static void event_index_limits_interrupts_and_notifications(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	const struct buffer request = {DATA, 1, true};
	struct driver_queue *q = &d->queue[0];

	driver_start(d, F_EVENT_IDX, 2, 8);
	vmm_put_le(at(d, q->avail + 4 + 16), 2, 2); /* used_event: after the third */
	for (unsigned i = 1; i <= 4; i++) {
		driver_add(d, 0, &request, 1);
		driver_notify(d, 0);
		assert_int_equal(f->line.changes, i >= 3 ? 1 : 0);
		/* avail_event: notify the very next */
		assert_int_equal(vmm_le(at(d, q->used + 4 + 64), 2), i);
	}
}

static void a_request_given_before_driver_ok_is_served_then(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	const struct buffer request = {DATA, 1, true};

	driver_start(d, 0, 2, 8);
	reg_write(d, 0x70, 0);
	reg_write(d, 0x24, 1);
	reg_write(d, 0x20, 1);
	reg_write(d, 0x70, 11);
	driver_queue_setup(d, 0, 8);
	driver_add(d, 0, &request, 1);
	driver_notify(d, 0);
	assert_int_equal(f->served, 0);
	reg_write(d, 0x70, 15);
	assert_int_equal(f->served, 1);
}

static void indirect_descriptors_are_followed(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	uint64_t table = DATA + 0x1000;
	uint32_t id;
	uint32_t len;

	driver_start(d, F_INDIRECT, 2, 8);
	put_desc(d, table, 0, DATA, 5, D_NEXT, 2);
	put_desc(d, table, 2, DATA + 8, 7, D_WRITE, 0);
	put_desc(d, d->queue[0].desc, 3, table, 48, D_INDIRECT, 0);
	driver_offer(d, 0, 3);
	driver_notify(d, 0);
	assert_int_equal(f->out_len, 5);
	assert_true(driver_used(d, 0, &id, &len));
	assert_int_equal(id, 3);
	assert_int_equal(len, 7);
}

/* Each row is one descriptor, or two, that no correct driver makes. */
static const struct hostile {
	const char *what;
	uint64_t features;
	struct {
		uint64_t addr;
		uint32_t len;
		uint16_t flags;
		uint16_t next;
	} desc[2];
	uint16_t head;
} hostile[] = {
	{"loop of one",             0,          {{DATA, 1, D_NEXT, 0}},                            0},
	{"loop of two",             0,          {{DATA, 1, D_NEXT, 1}, {DATA, 1, D_NEXT, 0}},      0},
	{"next beyond the table",   0,          {{DATA, 1, D_NEXT, 8}},                            0},
	{"head beyond the table",   0,          {{DATA, 1, 0, 0}},                                 8},
	{"address below RAM",       0,          {{RAM_BASE - 1, 2, 0, 0}},                         0},
	{"address beyond RAM",      0,          {{RAM_BASE + RAM_SIZE, 1, 0, 0}},                  0},
	{"straddling the end",      0,          {{RAM_BASE + RAM_SIZE - 1, 2, D_WRITE, 0}},        0},
	{"wrapping address",        0,          {{UINT64_MAX, 2, D_WRITE, 0}},                     0},
	{"huge length",             0,          {{DATA, 0xffffffff, D_WRITE, 0}},                  0},
	{"readable after writable", 0,          {{DATA, 1, D_WRITE | D_NEXT, 1}, {DATA, 1, 0, 0}}, 0},
	{"indirect not negotiated", 0,          {{DATA, 16, D_INDIRECT, 0}},                       0},
	{"indirect with next",      F_INDIRECT, {{DATA, 16, D_INDIRECT | D_NEXT, 1}},              0},
	{"indirect of no entry",    F_INDIRECT, {{DATA, 0, D_INDIRECT, 0}},                        0},
	{"indirect of odd length",  F_INDIRECT, {{DATA, 24, D_INDIRECT, 0}},                       0},
	{"indirect outside RAM",    F_INDIRECT, {{0, 16, D_INDIRECT, 0}},                          0},
};

static void hostile_descriptors_give_needs_reset(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	uint32_t id;
	uint32_t len;

	for (unsigned i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		const struct hostile *h = &hostile[i];
		const struct buffer good = {DATA, 1, true};

		driver_start(d, h->features, 2, 8);
		f->served = 0;
		for (uint16_t n = 0; n < 2; n++) {
			put_desc(d, d->queue[0].desc, n, h->desc[n].addr, h->desc[n].len,
				 h->desc[n].flags, h->desc[n].next);
		}
		driver_offer(d, 0, h->head);
		driver_notify(d, 0);
		if (!(reg_read(d, 0x70) & STATUS_NEEDS_RESET) || f->served) {
			fail_msg("accepted: %s", h->what);
		}
		assert_int_equal(reg_read(d, 0x60), 2);
		assert_true(f->line.level);
		/* nothing more until reset */
		driver_add(d, 1, &good, 1);
		driver_notify(d, 1);
		assert_false(driver_used(d, 1, &id, &len));
		reg_write(d, 0x70, 0);
		assert_int_equal(reg_read(d, 0x70), 0);
		assert_false(f->line.level);
	}
}

static void an_indirect_table_in_an_indirect_table_is_refused(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;

	driver_start(d, F_INDIRECT, 2, 8);
	put_desc(d, DATA, 0, DATA, 16, D_INDIRECT, 0);
	put_desc(d, d->queue[0].desc, 0, DATA, 16, D_INDIRECT, 0);
	driver_offer(d, 0, 0);
	driver_notify(d, 0);
	assert_true(reg_read(d, 0x70) & STATUS_NEEDS_RESET);
}

static void a_loop_in_an_indirect_table_ends(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;

	driver_start(d, F_INDIRECT, 2, 8);
	put_desc(d, DATA, 0, DATA, 1, D_NEXT, 0);
	put_desc(d, d->queue[0].desc, 0, DATA, 16, D_INDIRECT, 0);
	driver_offer(d, 0, 0);
	driver_notify(d, 0);
	assert_true(reg_read(d, 0x70) & STATUS_NEEDS_RESET);
}

static void more_requests_than_entries_is_refused(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;

	driver_start(d, 0, 2, 8);
	vmm_put_le(at(d, d->queue[0].avail + 2), 2, 9);
	driver_notify(d, 0);
	assert_true(reg_read(d, 0x70) & STATUS_NEEDS_RESET);
}

static void a_queue_outside_ram_is_refused(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;

	for (unsigned part = 0; part < 3; part++) {
		static const uint64_t sizes[] = {16 * 8, 6 + 2 * 8, 6 + 8 * 8};

		driver_start(d, 0, 2, 8);
		reg_write(d, 0x44, 0);
		reg_write(d, 0x80 + 0x10 * part,
			  (uint32_t)(RAM_BASE + RAM_SIZE - (sizes[part] & ~15ull) + 16));
		reg_write(d, 0x44, 1);
		assert_int_equal(reg_read(d, 0x44), 0);
		assert_true(reg_read(d, 0x70) & STATUS_NEEDS_RESET);
	}
}

static void a_queue_of_a_bad_size_is_not_taken(void **state)
{
	static const uint32_t sizes[] = {0, 3, 7, 257, 512, 0x10008, 0xffffffff};
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		reg_write(&f->driver, 0x70, 0);
		reg_write(&f->driver, 0x38, sizes[i]);
		reg_write(&f->driver, 0x80, RAM_BASE);
		reg_write(&f->driver, 0x90, RAM_BASE);
		reg_write(&f->driver, 0xa0, RAM_BASE);
		reg_write(&f->driver, 0x44, 1);
		assert_int_equal(reg_read(&f->driver, 0x44), 0);
	}
}

static void a_ready_queue_keeps_its_addresses(void **state)
{
	struct fixture *f = *state;
	const struct buffer request = {DATA, 1, true};
	uint32_t id;
	uint32_t len;

	driver_start(&f->driver, 0, 2, 8);
	reg_write(&f->driver, 0x30, 0);
	reg_write(&f->driver, 0xa0, 0);
	reg_write(&f->driver, 0x38, 16);
	driver_add(&f->driver, 0, &request, 1);
	driver_notify(&f->driver, 0);
	assert_true(driver_used(&f->driver, 0, &id, &len));
}

static void any_offset_and_width_is_harmless(void **state)
{
	struct fixture *f = *state;

	for (unsigned pass = 0; pass < 3; pass++) {
		for (uint32_t offset = 0; offset < VIRTIO_MMIO_SIZE; offset++) {
			for (unsigned width = 1; width <= 8; width *= 2) {
				virtio_mmio_write(&f->dev, offset, width,
						  pass == 0   ? 0
						  : pass == 1 ? 1
							      : UINT64_MAX);
				virtio_mmio_read(&f->dev, offset, width);
			}
		}
	}
}

/* A driver made of noise: rings and descriptors of random bytes, mostly near RAM. */
static void random_rings_never_reach_outside_ram(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;

	srand(1);
	for (unsigned round = 0; round < 2000; round++) {
		driver_start(d, F_INDIRECT | F_EVENT_IDX, 2, 16);
		for (uint16_t i = 0; i < 16; i++) {
			put_desc(d, d->queue[0].desc, i,
				 RAM_BASE + ((uint64_t)rand() % (RAM_SIZE + 64)),
				 (uint32_t)rand() % (rand() % 8 ? 256 : RAM_SIZE),
				 (uint16_t)(rand() % 8), (uint16_t)(rand() % 17));
			driver_offer(d, 0, (uint16_t)(rand() % 17 ? rand() % 16 : rand()));
		}
		driver_notify(d, 0);
		driver_notify(d, 1);
	}
	assert_true(f->served > 0);
}

static void state_is_saved_and_loaded(void **state)
{
	struct fixture *f = *state;
	struct driver *d = &f->driver;
	const struct buffer request = {DATA, 1, true};
	struct vmm_writer one = {0};
	struct vmm_writer two = {0};
	struct vmm_reader r;
	uint32_t id;
	uint32_t len;

	driver_start(d, F_EVENT_IDX | F_INDIRECT, 2, 8);
	driver_add(d, 0, &request, 1);
	driver_notify(d, 0);
	assert_true(f->line.level);
	virtio_save(&f->dev, &one);
	virtio_reset(&f->dev);
	assert_false(f->line.level);
	r = (struct vmm_reader){one.data, one.size, false};
	assert_true(virtio_load(&f->dev, &r));
	assert_true(vmm_reader_done(&r));
	assert_true(f->line.level);
	virtio_save(&f->dev, &two);
	assert_int_equal(one.size, two.size);
	assert_memory_equal(one.data, two.data, one.size);
	assert_true(driver_used(d, 0, &id, &len));
	driver_add(d, 0, &request, 1);
	driver_notify(d, 0);
	assert_true(driver_used(d, 0, &id, &len));
	assert_false(driver_used(d, 0, &id, &len));
	for (size_t size = 0; size < one.size; size++) {
		r = (struct vmm_reader){one.data, size, false};
		assert_false(virtio_load(&f->dev, &r));
	}
	/* Every byte wrong in turn: refused or taken, never harmful. */
	for (size_t i = 0; i < one.size; i++) {
		one.data[i] ^= 0xff;
		r = (struct vmm_reader){one.data, one.size, false};
		virtio_load(&f->dev, &r);
		driver_notify(d, 0);
		driver_notify(d, 1);
		one.data[i] ^= 0xff;
	}
	vmm_writer_free(&one);
	vmm_writer_free(&two);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(registers_identify_a_modern_device),
		TEST(config_space_is_read_at_any_width),
		TEST(features_that_are_not_offered_are_refused),
		TEST(a_legacy_driver_is_refused),
		TEST(requests_are_answered_in_order),
		TEST(the_interrupt_is_level_until_acknowledged),
		TEST(no_interrupt_if_the_driver_wants_none),
		TEST(event_index_limits_interrupts_and_notifications),
		TEST(a_request_given_before_driver_ok_is_served_then),
		TEST(indirect_descriptors_are_followed),
		TEST(hostile_descriptors_give_needs_reset),
		TEST(an_indirect_table_in_an_indirect_table_is_refused),
		TEST(a_loop_in_an_indirect_table_ends),
		TEST(more_requests_than_entries_is_refused),
		TEST(a_queue_outside_ram_is_refused),
		TEST(a_queue_of_a_bad_size_is_not_taken),
		TEST(a_ready_queue_keeps_its_addresses),
		TEST(any_offset_and_width_is_harmless),
		TEST(random_rings_never_reach_outside_ram),
		TEST(state_is_saved_and_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
