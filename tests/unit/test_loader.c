/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernel and initrd into guest RAM: placement by the boot protocol, and one clear line per error. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "loader.h"
#include "mem.h"

#define MIB  0x100000u
#define BASE 0x40000000u

struct fixture {
	struct loader_ram ram;
	struct loader_result result;
	struct vmm_error error;
	char kernel[64];
	char initrd[64];
	uint8_t header[64];
};

static void make_file(char *path, const void *bytes, size_t size)
{
	int fd;

	if (!path[0]) {
		strcpy(path, "/tmp/vgic5-loader-XXXXXX");
		fd = mkstemp(path);
		close(fd);
	}
	fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(write(fd, bytes, size), size);
	close(fd);
}

static void make_kernel(struct fixture *f, uint64_t text_offset, uint64_t image_size)
{
	vmm_put_le(f->header + 8, 8, text_offset);
	vmm_put_le(f->header + 16, 8, image_size);
	make_file(f->kernel, f->header, sizeof(f->header));
}

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->ram = (struct loader_ram){BASE, 16 * MIB, calloc(1, 16 * MIB)};
	memcpy(f->header, "MZ", 2);
	f->header[24] = 0xa;
	memcpy(f->header + 56, "ARM\x64", 4);
	make_kernel(f, 0, 3 * MIB);
	make_file(f->initrd, "initrd!", 7);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->kernel);
	unlink(f->initrd);
	free(f->ram.host);
	free(f);
	return 0;
}

static int load(struct fixture *f, bool with_initrd)
{
	f->error.text[0] = 0;
	return loader_load(&f->ram, f->kernel, with_initrd ? f->initrd : NULL, &f->result,
			   &f->error);
}

static void assert_refused(struct fixture *f, const char *because)
{
	assert_int_equal(load(f, true), -1);
	if (!strstr(f->error.text, because)) {
		fail_msg("\"%s\" does not say \"%s\"", f->error.text, because);
	}
	assert_null(strchr(f->error.text, '\n'));
}

static void kernel_initrd_and_tree_do_not_overlap(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, true), 0);
	assert_int_equal(f->result.entry, BASE);
	assert_int_equal(f->result.kernel_end, BASE + 3 * MIB);
	assert_int_equal(f->result.initrd_start, BASE + 4 * MIB);
	assert_int_equal(f->result.initrd_end, BASE + 4 * MIB + 7);
	assert_int_equal(f->result.dtb, BASE + 6 * MIB);
	assert_memory_equal(f->ram.host, f->header, 64);
	assert_memory_equal(f->ram.host + 4 * MIB, "initrd!", 7);
}

static void without_initrd_its_range_is_empty(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(load(f, false), 0);
	assert_int_equal(f->result.initrd_start, f->result.initrd_end);
	assert_int_equal(f->result.dtb, BASE + 4 * MIB);
}

static void the_text_offset_is_kept(void **state)
{
	struct fixture *f = *state;

	make_kernel(f, 0x80000, MIB);
	assert_int_equal(load(f, false), 0);
	assert_int_equal(f->result.entry, BASE + 0x80000);
	assert_memory_equal(f->ram.host + 0x80000, f->header, 64);
	make_kernel(f, 0x1234, 0); /* image_size 0: before 3.17, always 0x80000 */
	assert_int_equal(load(f, false), 0);
	assert_int_equal(f->result.entry, BASE + 0x80000);
}

static void a_file_that_is_no_image_says_what_it_is(void **state)
{
	static const struct {
		const char *bytes;
		const char *because;
	} rows[] = {
		{"\x1f\x8b\x08",          "gunzip"               },
		{"\x28\xb5\x2f\xfd",      "zstd"                 },
		{"\xfd"
		 "7zXZ", "unxz"                 },
		{"\x7f"
		 "ELF",  "not vmlinux"          },
		{"MZ\x01\x02zimg",        "zboot"                },
		{"MZ\x01\x02",            "another architecture" },
		{"hello",                 "no arm64 Image header"},
	};
	struct fixture *f = *state;

	for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[64] = {0};

		memcpy(bytes, rows[i].bytes, strlen(rows[i].bytes));
		make_file(f->kernel, bytes, sizeof(bytes));
		assert_refused(f, rows[i].because);
	}
	make_file(f->kernel, "MZ", 2);
	assert_refused(f, "too short");
}

static void a_big_endian_kernel_is_refused(void **state)
{
	struct fixture *f = *state;

	f->header[24] = 0xb;
	make_kernel(f, 0, MIB);
	assert_refused(f, "big-endian");
}

static void an_efi_image_shorter_than_its_sections_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t image[512] = {0};

	memcpy(image, f->header, sizeof(f->header));
	image[60] = 64;
	memcpy(image + 64, "PE", 2);
	image[64 + 6] = 1;   /* sections */
	image[64 + 20] = 96; /* size of the optional header */
	vmm_put_le(image + 64 + 24 + 96 + 16, 4, 256);
	vmm_put_le(image + 64 + 24 + 96 + 20, 4, 256);
	make_file(f->kernel, image, 512);
	assert_int_equal(load(f, true), 0);
	make_file(f->kernel, image, 511);
	assert_refused(f, "truncated");
	make_file(f->kernel, image, 64 + 24 + 96 + 39);
	assert_refused(f, "truncated");
	make_file(f->kernel, image, 64);
	assert_refused(f, "truncated");
}

static void too_little_memory_says_which_option_helps(void **state)
{
	struct fixture *f = *state;

	make_kernel(f, 0, 17 * MIB);
	assert_refused(f, "--mem");
	make_kernel(f, 0, UINT64_MAX);
	assert_refused(f, "--mem");
	make_kernel(f, UINT64_MAX, MIB);
	assert_refused(f, "--mem");
	make_kernel(f, 0, 15 * MIB); /* no room for the tree */
	assert_refused(f, "--mem");
}

static void an_initrd_that_is_too_large_says_how_much_room_there_is(void **state)
{
	struct fixture *f = *state;
	uint8_t *big = calloc(1, 11 * MIB);

	make_file(f->initrd, big, 10 * MIB);
	assert_int_equal(load(f, true), 0);
	make_file(f->initrd, big, 10 * MIB + 1);
	assert_refused(f, "room for 10 MiB");
	free(big);
}

static void missing_files_are_named(void **state)
{
	struct fixture *f = *state;

	unlink(f->initrd);
	assert_refused(f, f->initrd);
	unlink(f->kernel);
	assert_refused(f, f->kernel);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kernel_initrd_and_tree_do_not_overlap),
		TEST(without_initrd_its_range_is_empty),
		TEST(the_text_offset_is_kept),
		TEST(a_file_that_is_no_image_says_what_it_is),
		TEST(a_big_endian_kernel_is_refused),
		TEST(an_efi_image_shorter_than_its_sections_is_refused),
		TEST(too_little_memory_says_which_option_helps),
		TEST(an_initrd_that_is_too_large_says_how_much_room_there_is),
		TEST(missing_files_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
