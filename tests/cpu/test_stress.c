/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several contexts in threads execute random code over the same RAM, which they and a device change all
 * the time, with the MMU on and off, while they are kicked and interrupted. Nothing is expected of the
 * guest; the host must neither fault nor hang, and under ThreadSanitizer not race.
 *
 * Environment: VGIC5_LONG (50 times as long), VGIC5_SEED.
 */
#include "encodings.h"
#include "fixture.h"
#include "lockstep_gen.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define CPUS  3
#define TURNS 400

struct stress {
	struct fixture f;
	atomic_bool stop;
	uint64_t seed;
	uint64_t turns;
};

struct runner {
	struct stress *s;
	unsigned int index;
	uint64_t executed;
};

static const struct a64_ops no_ops;

/* Words of the table's rows; every fourth is a store, an exclusive, a TLBI, an IC or a barrier */
static uint32_t random_insn(struct ls_rng *rng)
{
	static const uint32_t often[] = {
		0xf9000001, /* str x1, [x0] */
		0xb8004402, /* str w2, [x0], #4 */
		0xa9000823, /* stp x3, x2, [x1] */
		0xc85f7c05, /* ldxr x5, [x0] */
		0xc8067c05, /* stxr w6, x5, [x0] */
		0xf8e10007, /* ldaddal x1, x7, [x0] */
		0xd508831f, /* tlbi vmalle1is */
		0xd508871f, /* tlbi vmalle1 */
		0xd50b7520, /* ic ivau, x0 */
		0xd508711f, /* ic ialluis */
		0xd5033b9f, /* dsb ish */
		0xd5033fdf, /* isb */
		0xd61f0000, /* br x0 */
		0xd63f0020, /* blr x1 */
		0xd50b7420, /* dc zva, x0 */
		0x4c9f2800, /* st1 {v0.4s-v3.4s}, [x0], #64 */
	};
	uint64_t r = ls_random(rng);

	if (r % 4 == 0)
		return often[r >> 32 & 15];
	if (r % 4 == 1) /* a short branch */
		return 0x54000000 | (r >> 40 & 31) << 5 | (r >> 60 & 15);
	for (;;) {
		const struct enc_row *row = &enc_rows[ls_random(rng) % enc_count];
		uint32_t w = ((uint32_t)ls_random(rng) & ~row->mask) | row->value;

		if ((w & 0xffffe01f) != 0xd503201f)
			return w;
	}
}

static uint64_t random_address(struct ls_rng *rng)
{
	uint64_t r = ls_random(rng), at = RAM + (r & (RAM_SIZE - 8) & ~7ull);

	if (r >> 60 == 0)
		return at + 3;
	if (r >> 60 == 1)
		return PAGED + (r & 0x7fff);
	return r >> 60 == 2 ? r : RAM + (r & 0xfff8);
}

static void new_start(struct runner *r, struct ls_rng *rng)
{
	struct a64_cpu *cpu = r->s->f.cpu[r->index];

	for (unsigned int i = 0; i < 31; i++)
		a64_set_x(cpu, i, random_address(rng));
	a64_set_x(cpu, 31, random_address(rng) & ~15ull);
	a64_set_pc(cpu, RAM + (ls_random(rng) & 0xfffc));
	assert_int_equal(a64_set_pstate(cpu, ls_random(rng) & 1 ? 5 : 0), 0);
	a64_set_reg(cpu, A64_R_SCTLR_EL1, 0x30d00800 | (ls_random(rng) & 1 ? 0x1005 : 0));
}

static void *run_cpu(void *arg)
{
	struct runner *r = arg;
	struct a64_cpu *cpu = r->s->f.cpu[r->index];
	struct ls_rng rng = {.s = r->s->seed * 31 + r->index};
	struct a64_exit exit;

	for (uint64_t i = 0; i < r->s->turns; i++) {
		if (i % 4 == 0)
			new_start(r, &rng);
		a64_run(cpu, 500, &exit);
		r->executed += exit.instructions;
		if (exit.reason == A64_EXIT_DATA_ABORT || exit.reason == A64_EXIT_INSN_ABORT)
			a64_inject_abort(cpu, &exit);
		else if (exit.reason == A64_EXIT_SYSREG)
			a64_inject_undefined(cpu);
		else if (exit.reason == A64_EXIT_SMC)
			a64_skip(cpu);
	}
	return NULL;
}

static void *run_device(void *arg)
{
	struct stress *s = arg;
	struct ls_rng rng = {.s = s->seed * 77};

	while (!atomic_load(&s->stop)) {
		uint64_t r = ls_random(&rng);
		uint32_t words[4];

		for (int i = 0; i < 4; i++)
			words[i] = random_insn(&rng);
		assert_int_equal(a64_space_dma_write(s->f.space, RAM + (r & 0xfff0), words, 16), 0);
		a64_set_line(s->f.cpu[r % CPUS], A64_LINE_VIRQ, r >> 40 & 1);
		if (r >> 50 % 8 == 0)
			a64_kick(s->f.cpu[r % CPUS]);
	}
	return NULL;
}

static void fill(struct stress *s)
{
	struct ls_rng rng = {.s = s->seed};

	for (uint64_t i = 0; i < 0x10000; i += 4) {
		uint32_t w = random_insn(&rng);

		memcpy(at(&s->f, RAM + i), &w, 4);
	}
	a64_space_written(s->f.space, RAM, 0x10000);
	for (uint64_t i = 0; i < 8; i++)
		map_page(&s->f, PAGED + i * 0x1000, RAM + i * 0x1000, i & 1 ? 0x40 : 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		mmu_on(&s->f, s->f.cpu[i]);
		a64_set_reg(s->f.cpu[i], A64_R_VBAR_EL1, RAM + 0x800 * i);
		a64_set_reg(s->f.cpu[i], A64_R_HCR_EL2, 1ull << 31 | 1ull << 4);
	}
}

static void random_code_in_threads(uint64_t seed)
{
	struct stress s = {.seed = seed, .turns = TURNS * (getenv("VGIC5_LONG") ? 50 : 1)};
	struct runner runner[CPUS];
	pthread_t thread[CPUS], device;
	uint64_t executed = 0;

	begin(&s.f, &no_ops, false, CPUS, A64_FEAT_DEFAULT);
	fill(&s);
	assert_int_equal(pthread_create(&device, NULL, run_device, &s), 0);
	for (unsigned int i = 0; i < CPUS; i++) {
		runner[i] = (struct runner){.s = &s, .index = i};
		assert_int_equal(pthread_create(&thread[i], NULL, run_cpu, &runner[i]), 0);
	}
	for (unsigned int i = 0; i < CPUS; i++) {
		pthread_join(thread[i], NULL);
		executed += runner[i].executed;
	}
	atomic_store(&s.stop, true);
	pthread_join(device, NULL);
	print_message("# seed %llu: %llu instructions\n", (unsigned long long)seed,
		      (unsigned long long)executed);
	assert_true(executed > s.turns);
	end(&s.f);
}

static void random_code_over_shared_memory_harms_nobody(void **state)
{
	const char *text = getenv("VGIC5_SEED");
	uint64_t first = text ? strtoull(text, NULL, 0) : 1;

	(void)state;
	for (uint64_t seed = first; seed < first + 6; seed++)
		random_code_in_threads(seed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_code_over_shared_memory_harms_nobody),
	};

	enc_init();
	return cmocka_run_group_tests_name("stress", tests, NULL, NULL);
}
