/* SPDX-License-Identifier: BSD-2-Clause */
/* A space with some RAM and a few contexts, for tests that work on the engine directly. */
#ifndef TESTS_CPU_FIXTURE_H
#define TESTS_CPU_FIXTURE_H

#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#define RAM      0x40000000ull
#define RAM_SIZE 0x200000u
#define CODE     (RAM + 0x10000)
#define VECTORS  (RAM + 0x8000)
#define TABLES   (RAM + 0x100000)
#define DATA     (RAM + 0x180000)

struct fixture {
	struct a64_space *space;
	struct a64_cpu *cpu[4];
	unsigned int cpus;
	uint8_t *ram;
	void *user; /* the test's */
	struct a64_exit exit;
};

static inline void *at(struct fixture *f, uint64_t ipa)
{
	return f->ram + (ipa - RAM);
}

static inline void put64(struct fixture *f, uint64_t ipa, uint64_t value)
{
	memcpy(at(f, ipa), &value, 8);
	a64_space_written(f->space, ipa, 8);
}

static inline uint64_t get64(struct fixture *f, uint64_t ipa)
{
	uint64_t value;

	memcpy(&value, at(f, ipa), 8);
	return value;
}

static inline void put_code(struct fixture *f, uint64_t ipa, const uint32_t *code, size_t size)
{
	memcpy(at(f, ipa), code, size);
	a64_space_written(f->space, ipa, size);
}

/* Every vector of EL1 is HVC #(vector number) */
static inline void put_vectors(struct fixture *f)
{
	for (uint32_t i = 0; i < 16; i++) {
		uint32_t hvc = 0xd4000002 | i << 5;

		put_code(f, VECTORS + i * 0x80, &hvc, 4);
	}
}

static inline void begin(struct fixture *f, const struct a64_ops *ops, bool stepped,
			 unsigned int cpus, uint32_t features)
{
	struct a64_space_config config = {
		.stepped = stepped, .features = features, .ops = ops, .opaque = f};

	f->ram = aligned_alloc(0x1000, RAM_SIZE);
	if (!f->ram || a64_space_create(&config, &f->space) ||
	    a64_space_map(f->space, RAM, RAM_SIZE, f->ram))
		abort();
	memset(f->ram, 0, RAM_SIZE);
	f->cpus = cpus;
	for (unsigned int i = 0; i < cpus; i++) {
		if (a64_cpu_create(f->space, i, f, &f->cpu[i]))
			abort();
		a64_reset(f->cpu[i], CODE, 0);
		a64_set_reg(f->cpu[i], A64_R_VBAR_EL1, VECTORS);
		a64_set_reg(f->cpu[i], A64_R_CPACR_EL1, 3u << 20);
	}
	put_vectors(f);
}

static inline void end(struct fixture *f)
{
	for (unsigned int i = 0; i < f->cpus; i++)
		a64_cpu_destroy(f->cpu[i]);
	a64_space_destroy(f->space);
	free(f->ram);
	memset(f, 0, sizeof(*f));
}

/* Run @code on context 0 until its exit */
static inline enum a64_exit_reason run_code(struct fixture *f, const uint32_t *code, size_t size)
{
	put_code(f, CODE, code, size);
	a64_set_pc(f->cpu[0], CODE);
	a64_run(f->cpu[0], 1000000, &f->exit);
	return f->exit.reason;
}

static inline uint64_t x(struct fixture *f, unsigned int n)
{
	return a64_x(f->cpu[0], n);
}

static inline void set_x(struct fixture *f, unsigned int n, uint64_t value)
{
	a64_set_x(f->cpu[0], n, value);
}

/* Tables of 4 KiB granule: 1 GiB at RAM mapped flat by a block, VA 0x80000000 + 2 MiB by pages */
#define PAGED 0x80000000ull

static inline void map_page(struct fixture *f, uint64_t va, uint64_t ipa, uint64_t bits)
{
	put64(f, TABLES + 0x3000 + (va - PAGED) / 0x1000 * 8, ipa | bits | 0x703);
}

static inline void mmu_on(struct fixture *f, struct a64_cpu *cpu)
{
	put64(f, TABLES, (TABLES + 0x1000) | 3);
	put64(f, TABLES + 0x1000 + 8, RAM | 0x701);
	put64(f, TABLES + 0x1000 + 16, (TABLES + 0x2000) | 3);
	put64(f, TABLES + 0x2000, (TABLES + 0x3000) | 3);
	a64_set_reg(cpu, A64_R_TTBR0_EL1, TABLES);
	a64_set_reg(cpu, A64_R_MAIR_EL1, 0xff);
	a64_set_reg(cpu, A64_R_TCR_EL1,
		    16 | 0x3500 | 1u << 23 | 16u << 16 | 2ull << 30 | 2ull << 32);
	a64_set_reg(cpu, A64_R_SCTLR_EL1, 0x30d00800 | 0x1005);
}

#endif
