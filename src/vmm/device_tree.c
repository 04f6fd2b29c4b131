/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's device tree, written in sequence with libfdt. Bindings: arm,gic-v5.yaml and those of the
 * devices. Nodes that others refer to have fixed phandles.
 */
#include "device_tree.h"

#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "layout.h"
#include "pl011.h"
#include "pl031.h"
#include "pvpanic.h"
#include "virtio.h"

enum {
	PHANDLE_GIC = 1,
	PHANDLE_CLOCK = 2,
	PHANDLE_CPU0 = 16, /* and one each after it */
};

enum {
	TYPE_PPI = 1,
	TYPE_SPI = 3,
};

#define FLAG_LEVEL_HIGH 4
#define UART_CLOCK_HZ   24000000

/* The first error sticks: everything after it does nothing. */
struct tree {
	void *fdt;
	int error;
};

static void check(struct tree *t, int error)
{
	if (!t->error && error) {
		t->error = error;
	}
}

static void begin(struct tree *t, const char *name)
{
	check(t, t->error ? 0 : fdt_begin_node(t->fdt, name));
}

static void begin_at(struct tree *t, const char *name, uint64_t address)
{
	char full[64];

	snprintf(full, sizeof(full), "%s@%llx", name, (unsigned long long)address);
	begin(t, full);
}

static void end(struct tree *t)
{
	check(t, t->error ? 0 : fdt_end_node(t->fdt));
}

static void prop(struct tree *t, const char *name, const void *value, size_t size)
{
	check(t, t->error ? 0 : fdt_property(t->fdt, name, value, (int)size));
}

static void prop_empty(struct tree *t, const char *name)
{
	prop(t, name, NULL, 0);
}

static void prop_string(struct tree *t, const char *name, const char *value)
{
	prop(t, name, value, strlen(value) + 1);
}

static void prop_cells(struct tree *t, const char *name, const uint32_t *cells, size_t count)
{
	void *value = NULL;

	if (t->error) {
		return;
	}
	check(t, fdt_property_placeholder(t->fdt, name, (int)(count * 4), &value));
	for (size_t i = 0; !t->error && i < count; i++) {
		fdt32_st((uint8_t *)value + 4 * i, cells[i]);
	}
}

static void prop_u32(struct tree *t, const char *name, uint32_t value)
{
	prop_cells(t, name, &value, 1);
}

static void prop_u64(struct tree *t, const char *name, uint64_t value)
{
	const uint32_t cells[2] = {(uint32_t)(value >> 32), (uint32_t)value};

	prop_cells(t, name, cells, 2);
}

static void prop_reg(struct tree *t, uint64_t base, uint64_t size)
{
	const uint32_t cells[4] = {(uint32_t)(base >> 32), (uint32_t)base, (uint32_t)(size >> 32),
				   (uint32_t)size};

	prop_cells(t, "reg", cells, 4);
}

static void prop_spi(struct tree *t, uint32_t spi)
{
	const uint32_t cells[3] = {TYPE_SPI, spi, FLAG_LEVEL_HIGH};

	prop_cells(t, "interrupts", cells, 3);
}

static void write_chosen(struct tree *t, const struct device_tree_config *config)
{
	char stdout_path[32];

	begin(t, "chosen");
	prop_string(t, "bootargs", config->bootargs);
	snprintf(stdout_path, sizeof(stdout_path), "/uart@%llx", LAYOUT_UART);
	prop_string(t, "stdout-path", stdout_path);
	if (config->initrd_end > config->initrd_start) {
		prop_u64(t, "linux,initrd-start", config->initrd_start);
		prop_u64(t, "linux,initrd-end", config->initrd_end);
	}
	prop_u64(t, "kaslr-seed", config->kaslr_seed);
	prop(t, "rng-seed", config->rng_seed, sizeof(config->rng_seed));
	end(t);
}

static void write_memory(struct tree *t, const struct device_tree_config *config)
{
	begin_at(t, "memory", LAYOUT_RAM);
	prop_string(t, "device_type", "memory");
	prop_reg(t, LAYOUT_RAM, config->ram_size);
	end(t);
}

static void write_cpus(struct tree *t, const struct device_tree_config *config)
{
	begin(t, "cpus");
	prop_u32(t, "#address-cells", 1);
	prop_u32(t, "#size-cells", 0);
	for (uint32_t i = 0; i < config->cpus; i++) {
		begin_at(t, "cpu", LAYOUT_MPIDR(i));
		prop_string(t, "device_type", "cpu");
		prop_string(t, "compatible", "arm,armv8");
		prop_u32(t, "reg", (uint32_t)LAYOUT_MPIDR(i));
		prop_string(t, "enable-method", "psci");
		prop_u32(t, "phandle", PHANDLE_CPU0 + i);
		end(t);
	}
	end(t);
}

static void write_firmware(struct tree *t)
{
	static const char compatible[] = "arm,psci-1.0\0arm,psci-0.2";

	begin(t, "psci");
	prop(t, "compatible", compatible, sizeof(compatible));
	prop_string(t, "method", "hvc");
	end(t);
}

static void write_timer(struct tree *t)
{
	static const uint32_t ppis[] = {LAYOUT_PPI_TIMER_SECURE, LAYOUT_PPI_TIMER_PHYS,
					LAYOUT_PPI_TIMER_VIRT, LAYOUT_PPI_TIMER_HYP,
					LAYOUT_PPI_TIMER_HYP_VIRT};
	uint32_t cells[3 * 5];

	for (unsigned i = 0; i < 5; i++) {
		cells[3 * i] = TYPE_PPI;
		cells[3 * i + 1] = ppis[i];
		cells[3 * i + 2] = FLAG_LEVEL_HIGH;
	}
	begin(t, "timer");
	prop_string(t, "compatible", "arm,armv8-timer");
	prop_empty(t, "always-on");
	prop_cells(t, "interrupts", cells, 3 * 5);
	end(t);
}

static void write_clock(struct tree *t)
{
	begin(t, "clock");
	prop_string(t, "compatible", "fixed-clock");
	prop_u32(t, "#clock-cells", 0);
	prop_u32(t, "clock-frequency", UART_CLOCK_HZ);
	prop_u32(t, "phandle", PHANDLE_CLOCK);
	end(t);
}

static void write_irs(struct tree *t, const struct device_tree_config *config)
{
	uint8_t *iaffids = NULL;
	uint8_t *cpus = NULL;

	begin_at(t, "irs", LAYOUT_IRS);
	prop_string(t, "compatible", "arm,gic-v5-irs");
	prop_reg(t, LAYOUT_IRS, LAYOUT_IRS_FRAME);
	prop_string(t, "reg-names", "ns-config");
	prop_u32(t, "#address-cells", 2);
	prop_u32(t, "#size-cells", 2);
	prop_empty(t, "ranges");
	if (!t->error) {
		check(t, fdt_property_placeholder(t->fdt, "cpus", (int)(4 * config->cpus),
						  (void **)&cpus));
	}
	for (uint32_t i = 0; !t->error && i < config->cpus; i++) {
		fdt32_st(cpus + 4 * i, PHANDLE_CPU0 + i);
	}
	if (!t->error) {
		check(t, fdt_property_placeholder(t->fdt, "arm,iaffids", (int)(2 * config->cpus),
						  (void **)&iaffids));
	}
	for (uint32_t i = 0; !t->error && i < config->cpus; i++) {
		iaffids[2 * i] = (uint8_t)(i >> 8);
		iaffids[2 * i + 1] = (uint8_t)i;
	}
	end(t);
}

static void write_gic(struct tree *t, const struct device_tree_config *config)
{
	begin(t, "interrupt-controller");
	prop_string(t, "compatible", "arm,gic-v5");
	prop_u32(t, "#interrupt-cells", 3);
	prop_empty(t, "interrupt-controller");
	prop_u32(t, "#address-cells", 2);
	prop_u32(t, "#size-cells", 2);
	prop_empty(t, "ranges");
	prop_u32(t, "phandle", PHANDLE_GIC);
	write_irs(t, config);
	end(t);
}

static void write_uart(struct tree *t)
{
	static const uint32_t clocks[2] = {PHANDLE_CLOCK, PHANDLE_CLOCK};
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char names[] = "uartclk\0apb_pclk";

	begin_at(t, "uart", LAYOUT_UART);
	prop(t, "compatible", compatible, sizeof(compatible));
	prop_reg(t, LAYOUT_UART, PL011_SIZE);
	prop_spi(t, LAYOUT_SPI_UART);
	prop_cells(t, "clocks", clocks, 2);
	prop(t, "clock-names", names, sizeof(names));
	end(t);
}

static void write_rtc(struct tree *t)
{
	static const char compatible[] = "arm,pl031\0arm,primecell";

	begin_at(t, "rtc", LAYOUT_RTC);
	prop(t, "compatible", compatible, sizeof(compatible));
	prop_reg(t, LAYOUT_RTC, PL031_SIZE);
	prop_spi(t, LAYOUT_SPI_RTC);
	prop_u32(t, "clocks", PHANDLE_CLOCK);
	prop_string(t, "clock-names", "apb_pclk");
	end(t);
}

static void write_pvpanic(struct tree *t)
{
	begin_at(t, "pvpanic", LAYOUT_PVPANIC);
	prop_string(t, "compatible", "qemu,pvpanic-mmio");
	prop_reg(t, LAYOUT_PVPANIC, 2);
	end(t);
}

static void write_virtio(struct tree *t, uint32_t slot)
{
	uint64_t base = LAYOUT_VIRTIO + slot * LAYOUT_VIRTIO_STRIDE;

	begin_at(t, "virtio_mmio", base);
	prop_string(t, "compatible", "virtio,mmio");
	prop_reg(t, base, VIRTIO_MMIO_SIZE);
	prop_spi(t, LAYOUT_SPI_VIRTIO + slot);
	prop_empty(t, "dma-coherent");
	end(t);
}

static void write_root(struct tree *t, const struct device_tree_config *config)
{
	begin(t, "");
	prop_u32(t, "#address-cells", 2);
	prop_u32(t, "#size-cells", 2);
	prop_string(t, "compatible", "vgic5,virt");
	prop_string(t, "model", "vgic5 virtual machine");
	prop_u32(t, "interrupt-parent", PHANDLE_GIC);
	prop_empty(t, "dma-coherent");
	write_chosen(t, config);
	write_memory(t, config);
	write_cpus(t, config);
	write_firmware(t);
	write_timer(t);
	write_clock(t);
	write_gic(t, config);
	write_uart(t);
	write_rtc(t);
	write_pvpanic(t);
	for (uint32_t i = 0; i < config->virtio_count; i++) {
		write_virtio(t, i);
	}
	end(t);
}

int device_tree_build(const struct device_tree_config *config, void *buffer, size_t size)
{
	struct tree t = {.fdt = buffer};

	check(&t, fdt_create(buffer, (int)size));
	check(&t, t.error ? 0 : fdt_finish_reservemap(buffer));
	write_root(&t, config);
	check(&t, t.error ? 0 : fdt_finish(buffer));
	return t.error ? t.error : (int)fdt_totalsize(buffer);
}
