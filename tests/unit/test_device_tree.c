/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's device tree, read back with libfdt: what the kernel needs is there and consistent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "device_tree.h"
#include "layout.h"

#define SIZE 0x200000

static struct device_tree_config config;
static void *fdt;

static int setup(void **state)
{
	(void)state;
	config = (struct device_tree_config){
		.cpus = 3,
		.ram_size = 0x120000000,
		.bootargs = "console=ttyAMA0 quiet",
		.initrd_start = 0x48000000,
		.initrd_end = 0x48123456,
		.virtio_count = 2,
		.kaslr_seed = 0x1122334455667788,
	};
	fdt = calloc(1, SIZE);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(fdt);
	return 0;
}

static void build(void)
{
	int size = device_tree_build(&config, fdt, SIZE);

	assert_true(size > 0);
	assert_int_equal(fdt_check_full(fdt, (size_t)size), 0);
}

static uint32_t cell(const char *path, const char *property, int index)
{
	int size = 0;
	const fdt32_t *cells = fdt_getprop(fdt, fdt_path_offset(fdt, path), property, &size);

	assert_non_null(cells);
	assert_true(4 * (index + 1) <= size);
	return fdt32_to_cpu(cells[index]);
}

static int property_size(const char *path, const char *property)
{
	int size = 0;

	assert_non_null(fdt_getprop(fdt, fdt_path_offset(fdt, path), property, &size));
	return size;
}

static void the_gic_has_an_irs_that_names_each_cpu_and_its_iaffid(void **state)
{
	const char *irs = "/interrupt-controller/irs@8000000";
	int size = 0;
	const uint8_t *iaffids;

	(void)state;
	build();
	assert_string_equal(
		fdt_getprop(fdt, fdt_path_offset(fdt, "/interrupt-controller"), "compatible", NULL),
		"arm,gic-v5");
	assert_int_equal(cell("/interrupt-controller", "#interrupt-cells", 0), 3);
	assert_int_equal(cell("/", "interrupt-parent", 0),
			 fdt_get_phandle(fdt, fdt_path_offset(fdt, "/interrupt-controller")));
	assert_string_equal(fdt_getprop(fdt, fdt_path_offset(fdt, irs), "reg-names", NULL),
			    "ns-config");
	assert_int_equal(cell(irs, "reg", 1), LAYOUT_IRS);
	assert_int_equal(cell(irs, "reg", 3), 0x10000);
	assert_int_equal(property_size(irs, "cpus"), 12);
	iaffids = fdt_getprop(fdt, fdt_path_offset(fdt, irs), "arm,iaffids", &size);
	assert_int_equal(size, 6);
	for (int i = 0; i < 3; i++) {
		char path[32];

		snprintf(path, sizeof(path), "/cpus/cpu@%d", i);
		assert_int_equal(cell(irs, "cpus", i),
				 fdt_get_phandle(fdt, fdt_path_offset(fdt, path)));
		assert_int_equal(cell(path, "reg", 0), i);
		assert_int_equal(iaffids[2 * i] << 8 | iaffids[2 * i + 1], i);
	}
}

static void five_hundred_and_twelve_cpus_fit(void **state)
{
	int size = 0;
	const uint8_t *iaffids;

	(void)state;
	config.cpus = 512;
	build();
	iaffids = fdt_getprop(fdt, fdt_path_offset(fdt, "/interrupt-controller/irs@8000000"),
			      "arm,iaffids", &size);
	assert_int_equal(size, 1024);
	assert_int_equal(iaffids[2 * 511], 1);
	assert_int_equal(iaffids[2 * 511 + 1], 0xff);
	assert_int_equal(cell("/cpus/cpu@1ff", "reg", 0), 0x1ff);
}

static void memory_and_chosen_say_what_was_loaded(void **state)
{
	(void)state;
	build();
	assert_int_equal(cell("/memory@40000000", "reg", 1), 0x40000000);
	assert_int_equal(cell("/memory@40000000", "reg", 2), 1);
	assert_int_equal(cell("/memory@40000000", "reg", 3), 0x20000000);
	assert_int_equal(cell("/chosen", "linux,initrd-start", 1), 0x48000000);
	assert_int_equal(cell("/chosen", "linux,initrd-end", 1), 0x48123456);
	assert_int_equal(cell("/chosen", "kaslr-seed", 0), 0x11223344);
	assert_int_equal(property_size("/chosen", "rng-seed"), 32);
	assert_string_equal(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", NULL),
			    "console=ttyAMA0 quiet");
	assert_true(fdt_path_offset(fdt, fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"),
						     "stdout-path", NULL)) > 0);
}

static void without_initrd_nothing_is_said_of_it(void **state)
{
	(void)state;
	config.initrd_end = config.initrd_start;
	build();
	assert_null(fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "linux,initrd-start", NULL));
}

static void timers_have_their_architected_ppis(void **state)
{
	static const uint32_t ppis[] = {29, 30, 27, 26, 28};

	(void)state;
	build();
	for (int i = 0; i < 5; i++) {
		assert_int_equal(cell("/timer", "interrupts", 3 * i), 1);
		assert_int_equal(cell("/timer", "interrupts", 3 * i + 1), ppis[i]);
	}
}

static void each_device_has_its_own_spi(void **state)
{
	(void)state;
	build();
	assert_int_equal(cell("/uart@9000000", "interrupts", 0), 3);
	assert_int_equal(cell("/uart@9000000", "interrupts", 1), 1);
	assert_int_equal(cell("/rtc@9010000", "interrupts", 1), 2);
	assert_int_equal(cell("/virtio_mmio@a000000", "interrupts", 1), 16);
	assert_int_equal(cell("/virtio_mmio@a000200", "interrupts", 1), 17);
	assert_int_equal(cell("/virtio_mmio@a000200", "interrupts", 2), 4);
	assert_true(fdt_path_offset(fdt, "/virtio_mmio@a000400") < 0);
}

static void psci_is_called_by_hvc(void **state)
{
	(void)state;
	build();
	assert_string_equal(fdt_getprop(fdt, fdt_path_offset(fdt, "/psci"), "method", NULL), "hvc");
}

static void a_buffer_that_is_too_small_is_an_error_at_any_size(void **state)
{
	int need;

	(void)state;
	build();
	need = (int)fdt_totalsize(fdt);
	for (size_t size = 0; size < (size_t)need; size += 13) {
		assert_true(device_tree_build(&config, fdt, size) < 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_gic_has_an_irs_that_names_each_cpu_and_its_iaffid),
		TEST(five_hundred_and_twelve_cpus_fit),
		TEST(memory_and_chosen_say_what_was_loaded),
		TEST(without_initrd_nothing_is_said_of_it),
		TEST(timers_have_their_architected_ppis),
		TEST(each_device_has_its_own_spi),
		TEST(psci_is_called_by_hvc),
		TEST(a_buffer_that_is_too_small_is_an_error_at_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
