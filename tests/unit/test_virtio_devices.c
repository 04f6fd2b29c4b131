/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio block, network, console and entropy devices, pvpanic, and the user network. */
#include "device_fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net_user.h"
#include "pvpanic.h"
#include "virtio_blk.h"
#include "virtio_console.h"
#include "virtio_net.h"
#include "virtio_rng.h"

#define DATA    (RAM_BASE + 0x80000)
#define HEADER  DATA
#define BODY    (DATA + 0x1000)
#define STATUS  (DATA + 0x10000)
#define SECTORS 64

struct fixture {
	struct ram *ram;
	struct line line;
	struct output output;
	struct driver driver;
	char path[64];
	union {
		struct virtio_blk blk;
		struct virtio_net net;
		struct virtio_console console;
		struct virtio_rng rng;
	};
	/* the fake network */
	uint8_t sent[2048];
	uint32_t sent_size;
	uint32_t waiting; /* packets of this size wait for the guest */
	uint32_t waiting_count;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ram = ram_create();
	f->driver.device = &f->blk; /* all start with the transport */
	f->driver.ram = f->ram;
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	if (f->path[0]) {
		close(f->blk.file.fd);
		unlink(f->path);
	}
	free(f->ram);
	free(f);
	return 0;
}

/* ---- block ---- */

static void make_disk(struct fixture *f)
{
	struct virtio_blk_file file;
	uint8_t sector[512];
	int fd;

	strcpy(f->path, "/tmp/vgic5-disk-XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	for (unsigned i = 0; i < SECTORS; i++) {
		memset(sector, (int)i, sizeof(sector));
		assert_int_equal(write(fd, sector, sizeof(sector)), sizeof(sector));
	}
	close(fd);
	assert_int_equal(virtio_blk_open(&file, f->path), 0);
	assert_int_equal(file.sectors, SECTORS);
	virtio_blk_init(&f->blk, line_irq(&f->line), &f->ram->mem, file, "serial-number");
	driver_start(&f->driver, 0, 1, 16);
}

/* One request with @len bytes of body; returns the status byte, or -1 if none came. */
static int request(struct fixture *f, uint32_t type, uint64_t sector, uint32_t len, bool in,
		   uint32_t *written)
{
	const struct buffer chain[] = {
		{HEADER, 16,  false},
                {BODY,   len, in   },
                {STATUS, 1,   true }
        };
	const struct buffer no_body[] = {chain[0], chain[2]};
	struct driver *d = &f->driver;
	uint32_t id;

	vmm_put_le(at(d, HEADER), 4, type);
	vmm_put_le(at(d, HEADER + 4), 4, 0);
	vmm_put_le(at(d, HEADER + 8), 8, sector);
	*at(d, STATUS) = 0xee;
	driver_add(d, 0, len ? chain : no_body, len ? 3 : 2);
	driver_notify(d, 0);
	return driver_used(d, 0, &id, written) ? *at(d, STATUS) : -1;
}

static void block_config_gives_the_capacity(void **state)
{
	struct fixture *f = *state;

	make_disk(f);
	assert_int_equal(virtio_mmio_read(&f->blk, 0x100, 8), SECTORS);
	assert_int_equal(virtio_mmio_read(&f->blk, 0x114, 4), 512);
	assert_int_equal(reg_read(&f->driver, 8), 2);
}

static void block_reads_sectors(void **state)
{
	struct fixture *f = *state;
	uint32_t written;

	make_disk(f);
	assert_int_equal(request(f, 0, 7, 1024, true, &written), 0);
	assert_int_equal(written, 1025);
	assert_int_equal(*at(&f->driver, BODY), 7);
	assert_int_equal(*at(&f->driver, BODY + 1023), 8);
	assert_true(f->ram->wrote_bytes >= 1025);
	assert_true(f->line.level);
}

static void block_writes_sectors_and_flushes(void **state)
{
	struct fixture *f = *state;
	uint8_t back[1024];
	uint32_t written;
	int fd;

	make_disk(f);
	memset(at(&f->driver, BODY), 0xab, 1024);
	assert_int_equal(request(f, 1, 3, 1024, false, &written), 0);
	assert_int_equal(written, 1);
	assert_int_equal(request(f, 4, 0, 0, false, &written), 0);
	fd = open(f->path, O_RDONLY);
	assert_int_equal(pread(fd, back, 1024, 3 * 512), 1024);
	assert_int_equal(back[0], 0xab);
	assert_int_equal(back[1023], 0xab);
	assert_int_equal(pread(fd, back, 1, 5 * 512), 1);
	assert_int_equal(back[0], 5);
	close(fd);
}

static void block_refuses_what_lies_beyond_the_end(void **state)
{
	struct fixture *f = *state;
	uint32_t written;

	make_disk(f);
	assert_int_equal(request(f, 0, SECTORS - 1, 512, true, &written), 0);
	assert_int_equal(request(f, 0, SECTORS - 1, 1024, true, &written), 1);
	assert_int_equal(request(f, 0, SECTORS, 512, true, &written), 1);
	assert_int_equal(request(f, 0, UINT64_MAX, 512, true, &written), 1);
	assert_int_equal(request(f, 0, UINT64_MAX / 512, 512, true, &written), 1);
	assert_int_equal(request(f, 1, UINT64_MAX / 512 + 1, 512, false, &written), 1);
	assert_int_equal(request(f, 0, 0, 100, true, &written), 1); /* not whole sectors */
}

static void block_answers_unknown_requests(void **state)
{
	struct fixture *f = *state;
	uint32_t written;

	make_disk(f);
	assert_int_equal(request(f, 77, 0, 0, true, &written), 2);
	assert_int_equal(request(f, 8, 0, 20, true, &written), 0);
	assert_memory_equal(at(&f->driver, BODY), "serial-number\0\0\0\0\0\0", 20);
}

static void block_request_without_room_for_its_status_needs_reset(void **state)
{
	struct fixture *f = *state;
	const struct buffer header = {HEADER, 16, false};
	const struct buffer status = {STATUS, 1, true};

	make_disk(f);
	driver_add(&f->driver, 0, &header, 1);
	driver_notify(&f->driver, 0);
	assert_true(reg_read(&f->driver, 0x70) & STATUS_NEEDS_RESET);
	driver_start(&f->driver, 0, 1, 16);
	driver_add(&f->driver, 0, &status, 1);
	driver_notify(&f->driver, 0);
	assert_true(reg_read(&f->driver, 0x70) & STATUS_NEEDS_RESET);
}

static void a_read_only_disk_refuses_writes(void **state)
{
	struct fixture *f = *state;
	struct virtio_blk_file file;
	uint32_t written;

	make_disk(f);
	file = f->blk.file;
	file.read_only = true;
	virtio_blk_init(&f->blk, line_irq(&f->line), &f->ram->mem, file, "");
	assert_true(reg_read(&f->driver, 0x10) & 1 << 5);
	driver_start(&f->driver, 0, 1, 16);
	assert_int_equal(request(f, 1, 0, 512, false, &written), 1);
	assert_int_equal(request(f, 0, 0, 512, true, &written), 0);
}

static void opening_a_bad_disk_says_why(void **state)
{
	struct virtio_blk_file file;

	(void)state;
	assert_int_equal(virtio_blk_open(&file, "/nonexistent/disk"), -2);
	assert_int_equal(virtio_blk_open(&file, "/tmp"), -21);
	assert_int_equal(virtio_blk_open(&file, "/dev/null"), -22);
}

/* ---- network ---- */

static void fake_send(void *opaque, const void *packet, uint32_t size)
{
	struct fixture *f = opaque;

	f->sent_size = size;
	memcpy(f->sent, packet, size < sizeof(f->sent) ? size : sizeof(f->sent));
}

static uint32_t fake_fetch(void *opaque, void *packet, uint32_t size)
{
	struct fixture *f = opaque;

	if (!f->waiting_count) {
		return 0;
	}
	f->waiting_count--;
	assert_true(f->waiting <= size);
	memset(packet, 0x77, f->waiting);
	return f->waiting;
}

static void make_net(struct fixture *f)
{
	static const uint8_t mac[6] = {2, 3, 4, 5, 6, 7};

	virtio_net_init(&f->net, line_irq(&f->line), &f->ram->mem,
			(struct vmm_net){f, fake_send, fake_fetch}, mac);
	driver_start(&f->driver, 1 << 5, 2, 16);
}

static void network_config_gives_address_and_link(void **state)
{
	struct fixture *f = *state;

	make_net(f);
	assert_int_equal(virtio_mmio_read(&f->net, 0x100, 1), 2);
	assert_int_equal(virtio_mmio_read(&f->net, 0x105, 1), 7);
	assert_int_equal(virtio_mmio_read(&f->net, 0x106, 2), 1);
}

static void network_sends_without_the_header(void **state)
{
	struct fixture *f = *state;
	const struct buffer chain[] = {
		{DATA, 12, false},
                {BODY, 60, false}
        };
	uint32_t id;
	uint32_t len;

	make_net(f);
	memset(at(&f->driver, BODY), 0x33, 60);
	driver_add(&f->driver, 1, chain, 2);
	driver_notify(&f->driver, 1);
	assert_true(driver_used(&f->driver, 1, &id, &len));
	assert_int_equal(f->sent_size, 60);
	assert_int_equal(f->sent[0], 0x33);
}

static void network_delivers_as_soon_as_there_is_a_buffer(void **state)
{
	struct fixture *f = *state;
	const struct buffer buffer = {BODY, 1526, true};
	uint32_t id;
	uint32_t len;

	make_net(f);
	f->waiting = 100;
	f->waiting_count = 2;
	virtio_net_poll(&f->net);
	assert_int_equal(f->waiting_count, 2);
	driver_add(&f->driver, 0, &buffer, 1);
	driver_notify(&f->driver, 0);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	assert_int_equal(len, 112);
	assert_int_equal(vmm_le(at(&f->driver, BODY + 10), 2), 1); /* num_buffers */
	assert_int_equal(*at(&f->driver, BODY + 12), 0x77);
	assert_false(driver_used(&f->driver, 0, &id, &len));
	driver_add(&f->driver, 0, &buffer, 1);
	virtio_net_poll(&f->net);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	driver_add(&f->driver, 0, &buffer, 1);
	virtio_net_poll(&f->net);
	assert_false(driver_used(&f->driver, 0, &id, &len)); /* nothing waits: the buffer stays */
	f->waiting_count = 1;
	virtio_net_poll(&f->net);
	assert_true(driver_used(&f->driver, 0, &id, &len));
}

static void network_drops_what_does_not_fit(void **state)
{
	struct fixture *f = *state;
	const struct buffer small = {BODY, 64, true};
	uint32_t id;
	uint32_t len;

	make_net(f);
	f->waiting = 100;
	f->waiting_count = 1;
	driver_add(&f->driver, 0, &small, 1);
	driver_notify(&f->driver, 0);
	assert_int_equal(f->waiting_count, 0);
	assert_false(driver_used(&f->driver, 0, &id, &len));
	f->waiting = 20;
	f->waiting_count = 1;
	virtio_net_poll(&f->net);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	assert_int_equal(len, 32);
}

static int64_t no_time(void *opaque)
{
	(void)opaque;
	return 0;
}

static void no_wake(void *opaque)
{
	(void)opaque;
}

static void user_network_answers_arp_for_its_gateway(void **state)
{
	static const uint8_t question[42] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 3,  4, 5, 6,  7, 8, 6, 0, 1, 8, 0,  6, 4, 0,
		1,    2,    3,    4,    5,    6,    7, 10, 0, 2, 15, 0, 0, 0, 0, 0, 0, 10, 0, 2, 2,
	};
	const struct net_user_config config = {NULL, no_time, no_wake, true};
	struct net_user *net = net_user_create(&config);
	struct vmm_net backend = net_user_backend(net);
	uint8_t answer[2048];
	struct pollfd fds[4];
	int timeout = 1000;

	(void)state;
	assert_int_equal(backend.fetch(backend.opaque, answer, sizeof(answer)), 0);
	backend.send(backend.opaque, question, sizeof(question));
	assert_true(backend.fetch(backend.opaque, answer, sizeof(answer)) >= 42);
	assert_int_equal(answer[21], 2); /* reply */
	assert_memory_equal(answer + 28, "\x0a\x00\x02\x02", 4);
	assert_int_equal(net_user_fill(net, fds, 4, &timeout), 0);
	net_user_dispatch(net, fds, 0, false);
	backend.send(backend.opaque, question, sizeof(question)); /* waits while destroyed */
	net_user_destroy(net);
}

/* ---- console ---- */

static void make_console(struct fixture *f)
{
	virtio_console_init(&f->console, line_irq(&f->line), &f->ram->mem, output_sink(&f->output));
	driver_start(&f->driver, 0, 2, 16);
}

static void console_prints_all_segments(void **state)
{
	struct fixture *f = *state;
	const struct buffer chain[] = {
		{BODY,       3, false},
                {BODY + 100, 2, false}
        };

	make_console(f);
	memcpy(at(&f->driver, BODY), "abc", 3);
	memcpy(at(&f->driver, BODY + 100), "de", 2);
	driver_add(&f->driver, 1, chain, 2);
	driver_notify(&f->driver, 1);
	assert_int_equal(f->output.size, 5);
	assert_memory_equal(f->output.bytes, "abcde", 5);
}

static void console_keeps_input_until_there_is_a_buffer(void **state)
{
	struct fixture *f = *state;
	const struct buffer small = {BODY, 2, true};
	uint32_t id;
	uint32_t len;

	make_console(f);
	assert_int_equal(virtio_console_room(&f->console), VIRTIO_CONSOLE_BUFFER);
	virtio_console_receive(&f->console, (const uint8_t *)"xyz", 3);
	assert_int_equal(virtio_console_room(&f->console), VIRTIO_CONSOLE_BUFFER - 3);
	driver_add(&f->driver, 0, &small, 1);
	driver_notify(&f->driver, 0);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	assert_int_equal(len, 2);
	driver_add(&f->driver, 0, &small, 1);
	driver_notify(&f->driver, 0);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	assert_int_equal(len, 1);
	assert_int_equal(*at(&f->driver, BODY), 'z');
}

static void console_input_beyond_the_room_is_lost(void **state)
{
	struct fixture *f = *state;
	uint8_t many[VIRTIO_CONSOLE_BUFFER + 10] = {0};

	make_console(f);
	virtio_console_receive(&f->console, many, sizeof(many));
	assert_int_equal(virtio_console_room(&f->console), 0);
	virtio_console_receive(&f->console, many, sizeof(many));
	assert_int_equal(virtio_console_room(&f->console), 0);
}

static void console_saves_waiting_input(void **state)
{
	struct fixture *f = *state;
	struct vmm_writer w = {0};
	struct vmm_reader r;

	make_console(f);
	virtio_console_receive(&f->console, (const uint8_t *)"xyz", 3);
	virtio_console_save(&f->console, &w);
	virtio_reset(&f->console.dev);
	assert_int_equal(f->console.count, 0);
	r = (struct vmm_reader){w.data, w.size, false};
	assert_true(virtio_console_load(&f->console, &r));
	assert_int_equal(f->console.count, 3);
	assert_memory_equal(f->console.input, "xyz", 3);
	for (size_t size = 0; size < w.size; size++) {
		r = (struct vmm_reader){w.data, size, false};
		assert_false(virtio_console_load(&f->console, &r));
	}
	vmm_writer_free(&w);
}

/* ---- entropy ---- */

static void entropy_from_one_seed_is_always_the_same(void **state)
{
	struct fixture *f = *state;
	const struct buffer buffer = {BODY, 64, true};
	struct vmm_seeded generator;
	uint8_t first[64];
	uint32_t id;
	uint32_t len;

	for (unsigned i = 0; i < 2; i++) {
		vmm_seeded_init(&generator, 1);
		virtio_rng_init(&f->rng, line_irq(&f->line), &f->ram->mem,
				(struct vmm_random){&generator, vmm_seeded_fill});
		driver_start(&f->driver, 0, 1, 16);
		driver_add(&f->driver, 0, &buffer, 1);
		driver_notify(&f->driver, 0);
		assert_true(driver_used(&f->driver, 0, &id, &len));
		assert_int_equal(len, 64);
		if (i == 0) {
			memcpy(first, at(&f->driver, BODY), 64);
		} else {
			assert_memory_equal(first, at(&f->driver, BODY), 64);
		}
	}
	driver_add(&f->driver, 0, &buffer, 1);
	driver_notify(&f->driver, 0);
	assert_memory_not_equal(first, at(&f->driver, BODY), 64);
	vmm_seeded_init(&generator, 2);
	vmm_seeded_fill(&generator, at(&f->driver, BODY), 64);
	assert_memory_not_equal(first, at(&f->driver, BODY), 64);
}

static void entropy_of_the_host_is_not_constant(void **state)
{
	uint8_t one[32] = {0};
	uint8_t two[32] = {0};

	(void)state;
	vmm_host_fill(NULL, one, sizeof(one));
	vmm_host_fill(NULL, two, sizeof(two));
	assert_memory_not_equal(one, two, sizeof(one));
}

static void entropy_answers_a_large_request_in_part(void **state)
{
	struct fixture *f = *state;
	const struct buffer buffer = {BODY, 0x8000, true};
	uint32_t id;
	uint32_t len;

	virtio_rng_init(&f->rng, line_irq(&f->line), &f->ram->mem,
			(struct vmm_random){NULL, vmm_host_fill});
	driver_start(&f->driver, 0, 1, 16);
	driver_add(&f->driver, 0, &buffer, 1);
	driver_notify(&f->driver, 0);
	assert_true(driver_used(&f->driver, 0, &id, &len));
	assert_in_range(len, 1, 0x8000);
}

/* ---- pvpanic ---- */

static void panic_event(void *opaque, unsigned events)
{
	*(unsigned *)opaque |= events;
}

static void pvpanic_reports_known_events_only(void **state)
{
	struct pvpanic panic;
	unsigned seen = 0;

	(void)state;
	pvpanic_init(&panic, panic_event, &seen);
	assert_int_equal(pvpanic_read(&panic, 0, 1), 3);
	assert_int_equal(pvpanic_read(&panic, 1, 1), 0);
	pvpanic_write(&panic, 0, 1, 0xfc);
	pvpanic_write(&panic, 4, 1, 1);
	assert_int_equal(seen, 0);
	pvpanic_write(&panic, 0, 1, 1);
	assert_int_equal(seen, PVPANIC_PANICKED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(block_config_gives_the_capacity),
		TEST(block_reads_sectors),
		TEST(block_writes_sectors_and_flushes),
		TEST(block_refuses_what_lies_beyond_the_end),
		TEST(block_answers_unknown_requests),
		TEST(block_request_without_room_for_its_status_needs_reset),
		TEST(a_read_only_disk_refuses_writes),
		TEST(opening_a_bad_disk_says_why),
		TEST(network_config_gives_address_and_link),
		TEST(network_sends_without_the_header),
		TEST(network_delivers_as_soon_as_there_is_a_buffer),
		TEST(network_drops_what_does_not_fit),
		TEST(user_network_answers_arp_for_its_gateway),
		TEST(console_prints_all_segments),
		TEST(console_keeps_input_until_there_is_a_buffer),
		TEST(console_input_beyond_the_room_is_lost),
		TEST(console_saves_waiting_input),
		TEST(entropy_from_one_seed_is_always_the_same),
		TEST(entropy_of_the_host_is_not_constant),
		TEST(entropy_answers_a_large_request_in_part),
		TEST(pvpanic_reports_known_events_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
