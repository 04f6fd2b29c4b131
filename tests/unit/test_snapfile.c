/* SPDX-License-Identifier: BSD-2-Clause */
/* The snapshot container: what is written is read back; damaged files are refused with one line. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "snapfile.h"

#define RAM_SIZE (64 * SNAPFILE_PAGE_SIZE)
#define RAM_BASE 0x40000000

static char path[64];
static char error[256];

static int setup(void **state)
{
	int fd;

	strcpy(path, "/tmp/vgic5-snapfile-XXXXXX");
	fd = mkstemp(path);
	error[0] = 0;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	return unlink(path);
}

static uint8_t *make_ram(void)
{
	uint8_t *ram = calloc(1, RAM_SIZE);

	for (unsigned page = 0; page < 64; page += 3) {
		for (unsigned i = 0; i < SNAPFILE_PAGE_SIZE; i++) {
			ram[page * SNAPFILE_PAGE_SIZE + i] = (uint8_t)(page * 7 + i * i);
		}
	}
	return ram;
}

static void write_sample(void)
{
	struct snapfile_writer *w = snapfile_create(path, error, sizeof(error));
	uint8_t *ram = make_ram();

	assert_non_null(w);
	snapfile_put(w, "CONFIG", 0, 3, "hello", 5);
	snapfile_put_ram(w, "RAM", 0, RAM_BASE, ram, RAM_SIZE);
	snapfile_put(w, "VCPU", 1, 1, "", 0);
	assert_true(snapfile_commit(w, error, sizeof(error)));
	free(ram);
}

static uint8_t *read_file(size_t *size)
{
	FILE *f = fopen(path, "rb");
	uint8_t *bytes = malloc(1 << 20);

	assert_non_null(f);
	*size = fread(bytes, 1, 1 << 20, f);
	(void)fclose(f);
	return bytes;
}

static void write_file(const uint8_t *bytes, size_t size)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, size, f), size);
	(void)fclose(f);
}

static void sections_and_ram_are_read_back(void **state)
{
	uint8_t *ram = make_ram(), *back = calloc(1, RAM_SIZE);
	struct snapfile_reader *r;
	const void *data;
	uint64_t base, size;
	size_t length;

	write_sample();
	r = snapfile_open(path, error, sizeof(error));
	assert_non_null(r);
	assert_int_equal(snapfile_count(r), 3);
	assert_string_equal(snapfile_at(r, 0)->tag, "CONFIG");
	assert_int_equal(snapfile_at(r, 0)->version, 3);
	assert_null(snapfile_at(r, 3));
	data = snapfile_data(r, 0, &length, error, sizeof(error));
	assert_int_equal(length, 5);
	assert_memory_equal(data, "hello", 5);
	assert_int_equal(snapfile_find(r, "VCPU", 1), 2);
	assert_int_equal(snapfile_find(r, "VCPU", 0), -1);
	assert_true(snapfile_ram_info(r, 1, &base, &size, error, sizeof(error)));
	assert_int_equal(base, RAM_BASE);
	assert_int_equal(size, RAM_SIZE);
	assert_true(snapfile_get_ram(r, 1, RAM_BASE, back, RAM_SIZE, error, sizeof(error)));
	assert_memory_equal(ram, back, RAM_SIZE);
	snapfile_close(r);
	free(ram);
	free(back);
}

static void same_contents_give_the_same_bytes(void **state)
{
	size_t first_size, second_size;
	uint8_t *first, *second;

	write_sample();
	first = read_file(&first_size);
	write_sample();
	second = read_file(&second_size);
	assert_int_equal(first_size, second_size);
	assert_memory_equal(first, second, first_size);
	free(first);
	free(second);
}

static void zero_pages_take_no_room(void **state)
{
	struct snapfile_writer *w = snapfile_create(path, error, sizeof(error));
	uint8_t *ram = calloc(1, RAM_SIZE);
	size_t size;

	snapfile_put_ram(w, "RAM", 0, RAM_BASE, ram, RAM_SIZE);
	assert_true(snapfile_commit(w, error, sizeof(error)));
	free(read_file(&size));
	assert_true(size < 256);
	free(ram);
}

/* Nothing that reading does with a damaged file may crash, and what it hands out is what was saved.
 */
static void every_flipped_byte_is_noticed_or_harmless(void **state)
{
	uint8_t *bytes, *ram = make_ram(), *back = malloc(RAM_SIZE);
	size_t size, noticed = 0;

	write_sample();
	bytes = read_file(&size);
	for (size_t at = 0; at < size; at++) {
		struct snapfile_reader *r;
		bool good;

		bytes[at] ^= 0x41;
		write_file(bytes, size);
		bytes[at] ^= 0x41;
		error[0] = 0;
		r = snapfile_open(path, error, sizeof(error));
		memset(back, 0, RAM_SIZE);
		good = r && snapfile_find(r, "RAM", 0) >= 0 &&
		       snapfile_get_ram(r, (size_t)snapfile_find(r, "RAM", 0), RAM_BASE, back,
					RAM_SIZE, error, sizeof(error));
		if (good) {
			assert_memory_equal(ram, back, RAM_SIZE);
		} else {
			assert_true(error[0] != 0);
			noticed++;
		}
		snapfile_close(r);
	}
	assert_true(noticed > size / 2);
	free(bytes);
	free(ram);
	free(back);
}

static void every_truncation_is_refused(void **state)
{
	size_t size;
	uint8_t *bytes;

	write_sample();
	bytes = read_file(&size);
	for (size_t keep = 0; keep < size; keep++) {
		write_file(bytes, keep);
		error[0] = 0;
		assert_null(snapfile_open(path, error, sizeof(error)));
		assert_true(error[0] != 0);
	}
	free(bytes);
}

static void newer_container_version_is_refused_by_number(void **state)
{
	/* version 99, with the CRC-32 of the twelve bytes before */
	static const uint8_t header[] = {'V', 'G', 'I', 'C', '5',  'S',  'N',  'P',
					 99,  0,   0,   0,   0x4e, 0x74, 0x92, 0x29};
	uint8_t bytes[64] = {0};

	memcpy(bytes, header, sizeof(header));
	write_file(bytes, sizeof(bytes));
	assert_null(snapfile_open(path, error, sizeof(error)));
	assert_non_null(strstr(error, "version 99"));
}

static void ram_of_another_size_is_refused_with_both_values(void **state)
{
	struct snapfile_reader *r;
	uint8_t *back = calloc(2, RAM_SIZE);

	write_sample();
	r = snapfile_open(path, error, sizeof(error));
	assert_false(snapfile_get_ram(r, 1, RAM_BASE, back, 2 * RAM_SIZE, error, sizeof(error)));
	assert_non_null(strstr(error, "262144"));
	assert_non_null(strstr(error, "524288"));
	snapfile_close(r);
	free(back);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	struct rlimit limit, small = {1000, 1000};
	struct snapfile_writer *w;
	uint8_t *before, *after, *noise = malloc(RAM_SIZE);
	size_t size_before, size_after;

	write_sample();
	before = read_file(&size_before);
	for (size_t i = 0; i < RAM_SIZE; i++) {
		noise[i] = (uint8_t)(i * 2654435761U >> 13);
	}
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	small.rlim_max = limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	w = snapfile_create(path, error, sizeof(error));
	assert_non_null(w);
	snapfile_put(w, "NOISE", 0, 1, noise, RAM_SIZE);
	assert_false(snapfile_commit(w, error, sizeof(error)));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_non_null(strstr(error, "cannot write"));
	after = read_file(&size_after);
	assert_int_equal(size_before, size_after);
	assert_memory_equal(before, after, size_before);
	free(before);
	free(after);
	free(noise);
}

static void an_aborted_save_leaves_nothing(void **state)
{
	struct snapfile_writer *w;
	char temporary[128];
	struct stat st;

	w = snapfile_create(path, error, sizeof(error));
	(void)snprintf(temporary, sizeof(temporary), "%s.new-%ld", path, (long)getpid());
	assert_int_equal(stat(temporary, &st), 0);
	snapfile_abort(w);
	assert_int_equal(stat(temporary, &st), -1);
	snapfile_abort(NULL);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	assert_null(snapfile_create("/nonexistent/x", error, sizeof(error)));
	assert_non_null(strstr(error, "/nonexistent/x"));
	assert_null(snapfile_open("/nonexistent/x", error, sizeof(error)));
	assert_non_null(strstr(error, "/nonexistent/x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(sections_and_ram_are_read_back, setup, teardown),
		cmocka_unit_test_setup_teardown(same_contents_give_the_same_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(zero_pages_take_no_room, setup, teardown),
		cmocka_unit_test_setup_teardown(every_flipped_byte_is_noticed_or_harmless, setup,
						teardown),
		cmocka_unit_test_setup_teardown(every_truncation_is_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(newer_container_version_is_refused_by_number, setup,
						teardown),
		cmocka_unit_test_setup_teardown(ram_of_another_size_is_refused_with_both_values,
						setup, teardown),
		cmocka_unit_test_setup_teardown(a_full_disk_leaves_the_old_file, setup, teardown),
		cmocka_unit_test_setup_teardown(an_aborted_save_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(a_folder_that_is_not_there_is_named, setup,
						teardown),
	};

	signal(SIGXFSZ, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
