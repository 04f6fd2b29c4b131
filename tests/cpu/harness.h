/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The smallest machine that runs the bare-metal programs of tests/guest on the CPU engine: RAM at
 * 1 GiB, a PL011, PSCI by HVC, and each CPU's timers wired to its IRQ line. No interrupt controller.
 */
#ifndef TESTS_CPU_HARNESS_H
#define TESTS_CPU_HARNESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cpu.h"

#define HARNESS_RAM      0x40000000ull
#define HARNESS_RAM_SIZE (64ull << 20)
#define HARNESS_ENTRY    (HARNESS_RAM + 0x200000)
#define HARNESS_UART     0x09000000ull

struct harness;

struct harness_config {
	unsigned int cpus;
	bool stepped;      /* all CPUs by one thread, time is the number of instructions */
	uint32_t quantum;  /* stepped: instructions per turn; 0 = 500 */
	uint32_t features; /* A64_FEAT_x */
};

enum harness_end {
	HARNESS_OFF,    /* SYSTEM_OFF */
	HARNESS_STUCK,  /* nobody powered off in time */
	HARNESS_BROKEN, /* an exit that has no place here */
};

/** harness_create() - NULL without memory */
struct harness *harness_create(const struct harness_config *config);
void harness_destroy(struct harness *h);

struct a64_space *harness_space(struct harness *h);
struct a64_cpu *harness_cpu(struct harness *h, unsigned int index);

/** harness_ram() - host address of guest memory at @ipa */
void *harness_ram(struct harness *h, uint64_t ipa);

/** harness_load() - put a flat Image at HARNESS_ENTRY; false if it cannot be read or is too large */
bool harness_load(struct harness *h, const char *path);

/** harness_run() - start CPU 0 at HARNESS_ENTRY and run until the end, at most @seconds of host time */
enum harness_end harness_run(struct harness *h, unsigned int seconds);

/** harness_output() - what the UART has printed so far */
const char *harness_output(const struct harness *h);

/** harness_instructions() - executed by all CPUs together */
uint64_t harness_instructions(const struct harness *h);

#endif
