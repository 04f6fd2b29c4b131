/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sixteen traps that other engines fell into, one test or more each. What needs a program with
 * several CPUs is in tests/guest: T2 (code.c), T3, T5, T6, T7 (smp.c), T8, T9, T10 (exceptions.c), T1,
 * T14 (timer.c); the tests here are those that look at the engine from outside.
 */
#include "fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HVC1         0xd4000022u
#define RUN(f, code) run_code(f, code, sizeof(code))

static const struct a64_ops no_ops;

/* ---- T1 -------------------------------------------------------------------------------------------- */

static const uint32_t chase[] = {
	0xf9400000, /* 1: ldr x0, [x0] */
	0xf1000421, /* subs x1, x1, #1 */
	0x54ffffc1, /* b.ne 1b */
	HVC1,
};

static void make_ring(struct fixture *f, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		put64(f, DATA + i * 8, DATA + (i + 5) % n * 8);
	put_code(f, CODE, chase, sizeof(chase));
	set_x(f, 0, DATA);
}

static void t1_budget(bool stepped)
{
	struct fixture f;
	uint64_t executed = 0;
	unsigned int step = 1;

	begin(&f, &no_ops, stepped, 1, A64_FEAT_DEFAULT);
	make_ring(&f, 64);
	set_x(&f, 1, 10000);
	do {
		a64_run(f.cpu[0], step, &f.exit);
		executed += f.exit.instructions;
		if (f.exit.reason == A64_EXIT_BUDGET)
			assert_int_equal(f.exit.instructions, step);
		step = step % 17 + 1;
	} while (f.exit.reason == A64_EXIT_BUDGET);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	assert_int_equal(executed, 30001);
	assert_int_equal(a64_instructions(f.cpu[0]), 30001);
	assert_int_equal(x(&f, 0), DATA + 10000 * 5 % 64 * 8);
	end(&f);
}

static void t1_a_budget_stops_between_instructions(void **state)
{
	(void)state;
	t1_budget(true);
	t1_budget(false);
}

static atomic_bool kicking;

static void *kicker(void *cpu)
{
	while (atomic_load(&kicking))
		a64_kick(cpu);
	return NULL;
}

static void t1_a_kick_undoes_and_repeats_nothing(void **state)
{
	struct fixture f;
	pthread_t thread;
	unsigned int kicks = 0;

	(void)state;
	begin(&f, &no_ops, false, 1, A64_FEAT_DEFAULT);
	make_ring(&f, 64);
	set_x(&f, 1, 1000000);
	atomic_store(&kicking, true);
	assert_int_equal(pthread_create(&thread, NULL, kicker, f.cpu[0]), 0);
	do {
		a64_run(f.cpu[0], UINT64_MAX, &f.exit);
		kicks += f.exit.reason == A64_EXIT_KICK;
	} while (f.exit.reason == A64_EXIT_KICK);
	atomic_store(&kicking, false);
	pthread_join(thread, NULL);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	assert_int_equal(x(&f, 0), DATA + 1000000ull * 5 % 64 * 8);
	assert_true(kicks > 0);
	end(&f);
}

/* ---- T2 -------------------------------------------------------------------------------------------- */

static const uint32_t call_page[] = {0x52800000, HVC1}; /* mov w0, #0; hvc #1 */

static uint32_t movz_w0(uint32_t value)
{
	return 0x52800000 | value << 5;
}

static void t2_dma_into_an_executed_page(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, false, 1, A64_FEAT_DEFAULT);
	put_code(&f, CODE, call_page, sizeof(call_page));
	for (uint32_t i = 1; i < 500; i++) {
		uint32_t insn = movz_w0(i);

		if (i & 1) {
			assert_int_equal(a64_space_dma_write(f.space, CODE, &insn, 4), 0);
		} else {
			memcpy(a64_space_ptr(f.space, CODE, 4), &insn, 4);
			a64_space_written(f.space, CODE, 4);
		}
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 100, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), i);
	}
	end(&f);
}

static const uint32_t store_then_branch[] = {
	0xb9000041, /* str w1, [x2] */
	0xd61f0060, /* br x3 */
};

/* Written through one mapping, executed through another */
static void t2_alias(uint64_t write_va, uint64_t exec_va)
{
	struct fixture f;

	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	map_page(&f, PAGED, CODE + 0x1000, 0);
	map_page(&f, PAGED + 0x1000, CODE + 0x1000, 0x80); /* read-only */
	mmu_on(&f, f.cpu[0]);
	put_code(&f, CODE + 0x1000, call_page, sizeof(call_page));
	put_code(&f, CODE, store_then_branch, sizeof(store_then_branch));
	for (uint32_t i = 0; i < 500; i++) {
		set_x(&f, 1, movz_w0(i));
		set_x(&f, 2, write_va);
		set_x(&f, 3, exec_va);
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 100, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), i);
	}
	end(&f);
}

static void t2_linear_map_and_user_mapping(void **state)
{
	(void)state;
	t2_alias(CODE + 0x1000, PAGED + 0x1000);
}

static void t2_two_mappings_as_a_jit_has(void **state)
{
	(void)state;
	t2_alias(PAGED, PAGED + 0x1000);
}

/* Another context writes */
static void t2_and_t3_another_pe_writes_code(void **state)
{
	static const uint32_t store[] = {0xb9000041, HVC1};
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 2, A64_FEAT_DEFAULT);
	put_code(&f, CODE, call_page, sizeof(call_page));
	put_code(&f, CODE + 0x2000, store, sizeof(store));
	for (uint32_t i = 0; i < 300; i++) {
		a64_set_x(f.cpu[1], 1, movz_w0(i));
		a64_set_x(f.cpu[1], 2, CODE);
		a64_set_pc(f.cpu[1], CODE + 0x2000);
		a64_run(f.cpu[1], 100, &f.exit);
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 100, &f.exit);
		assert_int_equal(x(&f, 0), i);
	}
	end(&f);
}

/*
 * Every way to store, through a TLB entry that was there before the page was executed, by the context
 * itself and by another one.
 */
struct store_way {
	uint32_t insn;
	uint64_t pstate;
	uint64_t page; /* attributes of the writable mapping */
};

#define EL0_ACCESS 0x40u

static const struct store_way store_ways[] = {
	{0xb9000041, 0x3c5,                  0         }, /* str w1, [x2] at EL1 */
	{0xb9000041, 0x3c5 | A64_PSTATE_PAN, 0         }, /* with PAN */
	{0xb9000041, 0x3c4,                  0         }, /* EL1t */
	{0xb8000841, 0x3c5,                  EL0_ACCESS}, /* sttr w1, [x2] */
	{0xb8000841, 0x3c5 | A64_PSTATE_UAO, 0         }, /* with UAO */
	{0xb9000041, 0,                      EL0_ACCESS}, /* str w1, [x2] at EL0 */
	{0xb8218045, 0x3c5,                  0         }, /* swp w1, w5, [x2] */
	{0x889ffc41, 0x3c5,                  0         }, /* stlr w1, [x2] */
};

static void store_by(struct fixture *f, unsigned int who, const struct store_way *way,
		     uint32_t word)
{
	struct a64_cpu *cpu = f->cpu[who];

	assert_int_equal(a64_set_pstate(cpu, way->pstate), 0);
	a64_set_x(cpu, 1, word);
	a64_set_x(cpu, 2, PAGED);
	a64_set_pc(cpu, PAGED + 0x2000);
	a64_run(cpu, 1, &f->exit);
	assert_int_equal(f->exit.reason, A64_EXIT_BUDGET);
	assert_int_equal(a64_pc(cpu), PAGED + 0x2004);
}

static void t2_way(const struct store_way *way, unsigned int who, bool stepped)
{
	struct fixture f;

	begin(&f, &no_ops, stepped, 2, A64_FEAT_DEFAULT);
	map_page(&f, PAGED, CODE + 0x1000, way->page);
	map_page(&f, PAGED + 0x1000, CODE + 0x1000, 0x80); /* read-only alias, executed */
	map_page(&f, PAGED + 0x2000, CODE + 0x2000,
		 0x80 | (way->page & EL0_ACCESS)); /* the store */
	mmu_on(&f, f.cpu[0]);
	mmu_on(&f, f.cpu[1]);
	put_code(&f, CODE + 0x1000, call_page, sizeof(call_page));
	put_code(&f, CODE + 0x2000, &way->insn, 4);
	for (uint32_t i = 1; i < 40; i++) {
		store_by(&f, who, way, movz_w0(i));
		assert_int_equal(a64_set_pstate(f.cpu[0], 0x3c5), 0);
		a64_set_pc(f.cpu[0], PAGED + 0x1000);
		a64_run(f.cpu[0], 100, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), i);
	}
	end(&f);
}

static void t2_every_way_to_store_is_noticed(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(store_ways) / sizeof(store_ways[0]); i++)
		for (unsigned int who = 0; who < 2; who++) {
			t2_way(&store_ways[i], who, true);
			t2_way(&store_ways[i], who, false);
		}
}

/* ---- T4 -------------------------------------------------------------------------------------------- */

static void t4_invalidation_is_by_page(void **state)
{
	static const uint32_t calls[] = {
		0xd63f0120, /* 1: blr x9 */
		0x8b0a0129, /* add x9, x9, x10 */
		0xf1000421, /* subs x1, x1, #1 */
		0x54ffffa1, /* b.ne 1b */
		HVC1,
	};
	static const uint32_t ret[] = {0x91000400, 0xd65f03c0}; /* add x0, x0, #1; ret */
	struct a64_stats before, after;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (unsigned int i = 0; i < 16; i++)
		put_code(&f, CODE + 0x10000 + i * 0x1000, ret, sizeof(ret));
	for (unsigned int round = 0; round < 102; round++) {
		if (round == 2)
			a64_get_stats(f.cpu[0], &before);
		if (round >= 2) /* changes one page of sixteen */
			put_code(&f, CODE + 0x10000 + round % 16 * 0x1000, ret, sizeof(ret));
		set_x(&f, 0, 0);
		set_x(&f, 1, 16);
		set_x(&f, 9, CODE + 0x10000);
		set_x(&f, 10, 0x1000);
		if (!round)
			put_code(&f, CODE, calls, sizeof(calls));
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 1000, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), 16);
	}
	a64_get_stats(f.cpu[0], &after);
	/* a block of the changed page, and perhaps of its caller: never all sixteen */
	assert_true(after.blocks_decoded - before.blocks_decoded >= 100);
	assert_true(after.blocks_decoded - before.blocks_decoded <= 500);
	end(&f);
}

/* ---- T5 -------------------------------------------------------------------------------------------- */

static const uint32_t tlbi_dsb[] = {0xd508831f, 0xd5033b9f, 0xd5033fdf, HVC1};
static const uint32_t load_hvc[] = {0xf9400020, HVC1}; /* ldr x0, [x1] */

static void t5_stopped(bool stepped)
{
	struct fixture f;

	begin(&f, &no_ops, stepped, 2, A64_FEAT_DEFAULT);
	put64(&f, DATA, 1);
	put64(&f, DATA + 0x1000, 2);
	map_page(&f, PAGED, DATA, 0);
	for (unsigned int i = 0; i < 2; i++)
		mmu_on(&f, f.cpu[i]);
	put_code(&f, CODE, tlbi_dsb, sizeof(tlbi_dsb));
	put_code(&f, CODE + 0x1000, load_hvc, sizeof(load_hvc));
	for (unsigned int i = 0; i < 20; i++) {
		a64_set_pc(f.cpu[1], CODE + 0x1000);
		a64_set_x(f.cpu[1], 1, PAGED);
		a64_run(f.cpu[1], 100, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(a64_x(f.cpu[1], 0), 1 + i % 2);
		/* context 1 does not run while context 0 maps another page and waits in DSB */
		map_page(&f, PAGED, DATA + (i % 2 ? 0 : 0x1000), 0);
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 100, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	}
	end(&f);
}

static void t5_a_context_that_does_not_run_counts_as_acknowledged(void **state)
{
	(void)state;
	t5_stopped(true);
	t5_stopped(false);
}

/* ---- T6 -------------------------------------------------------------------------------------------- */

/* In stepped mode a store of the same value by another PE also makes STXR fail. */
static void t6_stepped_mode_notices_a_store_of_the_same_value(void **state)
{
	static const uint32_t load_exclusive[] = {0xc85f7c20, HVC1};  /* ldxr x0, [x1] */
	static const uint32_t store[] = {0xf900003f, HVC1};           /* str xzr, [x1] */
	static const uint32_t store_exclusive[] = {0xc8027c23, HVC1}; /* stxr w2, x3, [x1] */
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 2, A64_FEAT_DEFAULT);
	put_code(&f, CODE, load_exclusive, sizeof(load_exclusive));
	put_code(&f, CODE + 0x100, store_exclusive, sizeof(store_exclusive));
	put_code(&f, CODE + 0x200, store, sizeof(store));
	for (unsigned int with_store = 0; with_store < 2; with_store++) {
		put64(&f, DATA, 0);
		set_x(&f, 1, DATA);
		set_x(&f, 2, 9);
		set_x(&f, 3, 0x55);
		a64_set_pc(f.cpu[0], CODE);
		a64_run(f.cpu[0], 1, &f.exit);
		if (with_store) {
			a64_set_x(f.cpu[1], 1, DATA);
			a64_set_pc(f.cpu[1], CODE + 0x200);
			a64_run(f.cpu[1], 100, &f.exit);
		}
		a64_set_pc(f.cpu[0], CODE + 0x100);
		a64_run(f.cpu[0], 1, &f.exit);
		assert_int_equal(x(&f, 2), with_store);
		assert_int_equal(get64(&f, DATA), with_store ? 0 : 0x55);
	}
	end(&f);
}

/* ---- T8 -------------------------------------------------------------------------------------------- */

/*
 * The second element lies outside RAM: a stage-2 exit, or an external abort at EL1. Nothing has changed.
 */
static void expect_clean_abort(struct fixture *f, const uint32_t *code, uint64_t address)
{
	struct a64_state before, after;

	put_code(f, CODE, code, 8);
	a64_set_pc(f->cpu[0], CODE);
	set_x(f, 1, address);
	a64_get_state(f->cpu[0], &before);
	a64_run(f->cpu[0], 2, &f->exit);
	a64_get_state(f->cpu[0], &after);
	if (f->exit.reason == A64_EXIT_DATA_ABORT) {
		assert_int_equal(f->exit.esr >> 26, 0x24);
		assert_int_equal(f->exit.ipa & ~0xfffull, RAM + RAM_SIZE);
		assert_int_equal(f->exit.hpfar, (RAM + RAM_SIZE) >> 8);
	} else {
		assert_int_equal(after.reg[A64_R_ESR_EL1] & ~0x240ull, 0x96000010);
		assert_int_equal(after.reg[A64_R_FAR_EL1], RAM + RAM_SIZE);
		assert_int_equal(after.reg[A64_R_ELR_EL1], CODE);
	}
	assert_memory_equal(after.x, before.x, sizeof(before.x));
	assert_memory_equal(after.v, before.v, sizeof(before.v));
}

static void t8_second_half_outside_ram_changes_nothing(void **state)
{
	static const uint32_t ldp[] = {0xa9401424, HVC1};     /* ldp x4, x5, [x1] */
	static const uint32_t ldp_pre[] = {0xa9c11424, HVC1}; /* ldp x4, x5, [x1, #16]! */
	static const uint32_t stp[] = {0xa9001424, HVC1};     /* stp x4, x5, [x1] */
	static const uint32_t ld4[] = {0x4cdf0c20, HVC1};     /* ld4 {v0.2d-v3.2d}, [x1], #64 */
	uint64_t top = RAM + RAM_SIZE;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	set_x(&f, 4, 0x44);
	set_x(&f, 5, 0x55);
	put64(&f, top - 8, 0x7777);
	expect_clean_abort(&f, ldp, top - 8);
	assert_int_equal(x(&f, 4), 0x44);
	expect_clean_abort(&f, ldp_pre, top - 24);
	assert_int_equal(x(&f, 4), 0x44);
	expect_clean_abort(&f, stp, top - 8);
	expect_clean_abort(&f, ld4, top - 32);
	end(&f);
}

/* ---- T9 -------------------------------------------------------------------------------------------- */

static void t9_every_system_register_encoding_has_an_end(void **state)
{
	unsigned int undefined = 0, defined = 0;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (uint32_t encoding = 0x8000; encoding < 0x10000; encoding++) {
		uint32_t code[2] = {0xd5200000 | encoding << 5, HVC1};
		bool id = (encoding & 0xff80) == 0xc000; /* op0 = 3, op1 = 0, CRn = 0 */

		a64_reset(f.cpu[0], CODE, 0);
		a64_set_reg(f.cpu[0], A64_R_VBAR_EL1, VECTORS);
		a64_set_reg(f.cpu[0], A64_R_CPACR_EL1, 3u << 20);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		if ((f.exit.esr & 0xffff) == 1) {
			defined++;
			continue;
		}
		undefined++;
		assert_false(id && A64_SYS_CRM(encoding) >= 1 && A64_SYS_CRM(encoding) <= 7);
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1), 0x02000000);
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ELR_EL1), CODE);
	}
	assert_true(defined > 100);
	assert_true(undefined > 30000);
	end(&f);
}

/* SYS and SYSL without an owner: cache and TLB maintenance and AT are all that there is */
static void t9_every_sys_instruction_has_an_end(void **state)
{
	unsigned int defined = 0;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (uint32_t i = 0; i < 0x8000; i++) {
		uint32_t encoding = 0x4000 | (i & 0x3fff), read = i >> 14;
		uint32_t code[2] = {0xd5000000 | read << 21 | encoding << 5, HVC1};
		unsigned int crn = A64_SYS_CRN(encoding);

		a64_reset(f.cpu[0], CODE, 0);
		a64_set_reg(f.cpu[0], A64_R_VBAR_EL1, VECTORS);
		set_x(&f, 0, DATA);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		/* DC ZVA is a store to Device memory while the MMU is off: an alignment fault */
		if ((f.exit.esr & 0xffff) == 1 || a64_reg(f.cpu[0], A64_R_ESR_EL1) >> 26 == 0x25) {
			assert_true(!read && (crn == 7 || crn == 8));
			defined++;
			continue;
		}
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1), 0x02000000);
	}
	assert_int_equal(defined, 12 + 8 + 3 + 4); /* TLBI, DC, IC, AT */
	end(&f);
}

/* The callback decides about op0 = 1 and CRn = 12: done, undefined, trap */
static enum a64_answer answer_sysreg(void *opaque, struct a64_cpu *cpu,
				     const struct a64_sysreg_access *access, uint64_t *value)
{
	struct fixture *f = opaque;

	(void)cpu;
	if (access->read)
		*value = 0xabcdef;
	return *(enum a64_answer *)f->user;
}

static void t9_the_owner_of_a_register_answers(void **state)
{
	static const struct a64_ops ops = {.sysreg = answer_sysreg};
	static const uint32_t code[] = {0xd538c043, HVC1}; /* MRS X3, S3_0_C12_C0_2 */
	enum a64_answer answer = A64_DONE;
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT | A64_FEAT_GICV5);
	f.user = &answer;
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(x(&f, 3), 0xabcdef);
	answer = A64_TRAP;
	assert_int_equal(RUN(&f, code), A64_EXIT_SYSREG);
	assert_int_equal(f.exit.pc, CODE);
	assert_int_equal(f.exit.esr >> 26, 0x18);
	assert_int_equal(f.exit.encoding, A64_SYS(3, 0, 12, 0, 2));
	assert_int_equal(f.exit.rt, 3);
	assert_true(f.exit.read);
	a64_complete(f.cpu[0], &f.exit, 0x99);
	assert_int_equal(x(&f, 3), 0x99);
	assert_int_equal(a64_pc(f.cpu[0]), CODE + 4);
	answer = A64_UNDEFINED;
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 4); /* the vector */
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1), 0x02000000);
	end(&f);
}

/* ---- T10 ------------------------------------------------------------------------------------------- */

static void t10_pstate_from_outside_is_seen_at_once(void **state)
{
	static const uint32_t code[] = {
		0x910003e0, /* mov x0, sp */
		0xd53b4201, /* mrs x1, nzcv */
		0xd53b4222, /* mrs x2, daif */
		0x9a9f17e3, /* cset x3, eq */
		HVC1,
	};
	struct a64_state s;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	a64_get_state(f.cpu[0], &s);
	s.sp[0] = 0x1000;
	s.sp[1] = 0x2000;
	assert_int_equal(a64_set_state(f.cpu[0], &s), 0);
	assert_int_equal(a64_x(f.cpu[0], 31), 0x2000);
	assert_int_equal(a64_set_pstate(f.cpu[0], 0x3c4 | A64_PSTATE_Z), 0);
	assert_int_equal(a64_x(f.cpu[0], 31), 0x1000);
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(x(&f, 0), 0x1000);
	assert_int_equal(x(&f, 1), A64_PSTATE_Z);
	assert_int_equal(x(&f, 2), 0x3c0);
	assert_int_equal(x(&f, 3), 1);
	assert_int_equal(a64_set_pstate(f.cpu[0], 0x145 | A64_PSTATE_N), 0);
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(x(&f, 0), 0x2000);
	assert_int_equal(x(&f, 1), A64_PSTATE_N);
	assert_int_equal(x(&f, 2), 0x140);
	assert_int_equal(x(&f, 3), 0);
	/* what is no state of this machine is refused */
	assert_int_equal(a64_set_pstate(f.cpu[0], 0x1d3), -VGIC5_E_INVAL);
	assert_int_equal(a64_set_pstate(f.cpu[0], 0x3c9), -VGIC5_E_INVAL);
	assert_int_equal(a64_pstate(f.cpu[0]) & 0xffffffff, 0x145 | A64_PSTATE_N);
	end(&f);
}

/* ---- T11 ------------------------------------------------------------------------------------------- */

static enum a64_answer answer_mmio(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access)
{
	struct fixture *f = opaque;

	(void)cpu;
	if (!access->write) {
		access->value[0] = 0x8899aabbccddeeff;
		access->value[1] = 0;
	}
	return *(enum a64_answer *)f->user;
}

static void t11_an_unmapped_address_is_an_abort_or_an_answer(void **state)
{
	static const struct a64_ops ops = {.mmio = answer_mmio};
	enum a64_answer answer = A64_DONE;
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT);
	f.user = &answer;
	set_x(&f, 1, 0x10000);
	assert_int_equal(RUN(&f, load_hvc), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 1);
	assert_int_equal(x(&f, 0), 0x8899aabbccddeeff);
	answer = A64_ABORT; /* synchronous external abort in the guest */
	assert_int_equal(RUN(&f, load_hvc), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 4);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1) & ~(1ull << 9), 0x96000010);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_FAR_EL1), 0x10000);
	answer = A64_EXIT; /* the owner completes it */
	assert_int_equal(RUN(&f, load_hvc), A64_EXIT_DATA_ABORT);
	assert_true(f.exit.isv);
	assert_int_equal(f.exit.size, 8);
	assert_int_equal(f.exit.rt, 0);
	assert_true(f.exit.read);
	assert_int_equal(f.exit.ipa, 0x10000);
	a64_complete(f.cpu[0], &f.exit, 0x1234);
	assert_int_equal(x(&f, 0), 0x1234);
	assert_int_equal(a64_pc(f.cpu[0]), CODE + 4);
	/* or turns it into an abort */
	assert_int_equal(RUN(&f, load_hvc), A64_EXIT_DATA_ABORT);
	a64_inject_abort(f.cpu[0], &f.exit);
	assert_int_equal(a64_pc(f.cpu[0]), VECTORS + 0x200);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1) >> 26, 0x25);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ELR_EL1), CODE);
	/* fetching from there */
	a64_set_pc(f.cpu[0], 0x20000);
	a64_run(f.cpu[0], 10, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_INSN_ABORT);
	assert_int_equal(f.exit.esr >> 26, 0x20);
	end(&f);
}

/* ---- T12 ------------------------------------------------------------------------------------------- */

struct trace {
	uint64_t count, pcs;
};

static void count_trace(void *opaque, struct a64_cpu *cpu, uint64_t pc, uint32_t insn)
{
	struct trace *trace = ((struct fixture *)opaque)->user;

	(void)cpu;
	(void)insn;
	trace->count++;
	trace->pcs += pc - CODE;
}

static void t12_tracing_sees_each_instruction_and_costs_nothing_when_off(void **state)
{
	static const struct a64_ops ops = {.trace = count_trace};
	struct trace trace = {0};
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT);
	f.user = &trace;
	make_ring(&f, 16);
	set_x(&f, 1, 100);
	a64_set_trace(f.cpu[0], true);
	a64_run(f.cpu[0], UINT64_MAX, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	assert_int_equal(trace.count, 301);
	assert_int_equal(trace.pcs, 100 * (0 + 4 + 8) + 12);
	a64_set_trace(f.cpu[0], false);
	set_x(&f, 1, 100);
	a64_set_pc(f.cpu[0], CODE);
	a64_run(f.cpu[0], UINT64_MAX, &f.exit);
	assert_int_equal(trace.count, 301);
	end(&f);
}

/* ---- T13 ------------------------------------------------------------------------------------------- */

static void t13_a_store_into_its_own_block_is_seen(void **state)
{
	static const uint32_t code[] = {
		0xb9000041, /* str w1, [x2] */
		0xd503201f, /* nop */
		0xd503201f, /* nop */
		0x52800020, /* mov w0, #1: replaced */
		HVC1,
	};
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (unsigned int i = 0; i < 50; i++) {
		set_x(&f, 0, 0);
		set_x(&f, 1, movz_w0(i + 2));
		set_x(&f, 2, CODE + 12);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), i + 2);
		assert_int_equal(f.exit.instructions, 5);
	}
	end(&f);
}

/* ---- T14 ------------------------------------------------------------------------------------------- */

static void pending_irq(struct fixture *f)
{
	a64_set_reg(f->cpu[0], A64_R_HCR_EL2, 1ull << 31 | 1ull << 4);
	assert_int_equal(a64_set_pstate(f->cpu[0], 0x3c5), 0);
	a64_set_line(f->cpu[0], A64_LINE_VIRQ, true);
}

static void t14_unmasking_takes_a_pending_interrupt_before_the_next_instruction(void **state)
{
	static const uint32_t clear[] = {0xd50342ff, 0x91000400,
					 HVC1}; /* msr daifclr, #2; add x0 */
	static const uint32_t write[] = {0xd51b4223, 0x91000400, HVC1}; /* msr daif, x3 */
	static const uint32_t eret[] = {0xd69f03e0};
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (unsigned int i = 0; i < 3; i++) {
		pending_irq(&f);
		set_x(&f, 0, 0);
		set_x(&f, 3, 0);
		a64_set_reg(f.cpu[0], A64_R_ELR_EL1, CODE + 0x40);
		a64_set_reg(f.cpu[0], A64_R_SPSR_EL1, 5);
		if (i == 0)
			RUN(&f, clear);
		else if (i == 1)
			RUN(&f, write);
		else
			RUN(&f, eret);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(f.exit.esr & 0xffff, 5); /* IRQ vector, SP_EL1 */
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ELR_EL1), i == 2 ? CODE + 0x40 : CODE + 4);
		assert_int_equal(x(&f, 0), 0);
		assert_int_equal(f.exit.instructions, 2);
	}
	/* masked: nothing is taken */
	pending_irq(&f);
	RUN(&f, load_hvc);
	end(&f);
}

static void t14_a_physical_line_ends_the_run_masked_or_not(void **state)
{
	static const uint32_t spin[] = {0x14000000};
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	a64_set_line(f.cpu[0], A64_LINE_IRQ, true);
	assert_int_equal(RUN(&f, spin), A64_EXIT_IRQ);
	assert_int_equal(f.exit.instructions, 0);
	a64_set_line(f.cpu[0], A64_LINE_IRQ, false);
	a64_run(f.cpu[0], 1000, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_BUDGET);
	assert_int_equal(f.exit.instructions, 1000);
	end(&f);
}

/* ---- T15 ------------------------------------------------------------------------------------------- */

static void t15_in_stepped_mode_the_counter_counts_instructions(void **state)
{
	static const uint32_t code[] = {
		0xd53be040, /* mrs x0, cntvct_el0 */
		0xd503201f, /* nop */
		0xd503201f, /* nop */
		0xd53be041, /* mrs x1, cntvct_el0 */
		0x91000442, /* add x2, x2, #1 */
		0xd53be023, /* mrs x3, cntpct_el0 */
		HVC1,
	};
	struct fixture f;
	uint64_t start;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	for (unsigned int step = 1; step < 9; step++) {
		start = a64_instructions(f.cpu[0]);
		put_code(&f, CODE, code, sizeof(code));
		a64_set_pc(f.cpu[0], CODE);
		do
			a64_run(f.cpu[0], step, &f.exit);
		while (f.exit.reason == A64_EXIT_BUDGET);
		assert_int_equal(x(&f, 0), start);
		assert_int_equal(x(&f, 1), start + 3);
		assert_int_equal(x(&f, 3), start + 5);
	}
	/* CNTVOFF_EL2 moves the virtual counter only */
	a64_set_reg(f.cpu[0], A64_R_CNTVOFF_EL2, 1000);
	start = a64_instructions(f.cpu[0]);
	RUN(&f, code);
	assert_int_equal(x(&f, 0), start - 1000);
	assert_int_equal(x(&f, 3), start + 5);
	end(&f);
}

struct timer_seen {
	uint64_t at;
	bool level;
};

static void note_timer(void *opaque, struct a64_cpu *cpu, enum a64_timer timer, bool level)
{
	struct timer_seen *seen = ((struct fixture *)opaque)->user;

	if (timer != A64_CNTV)
		return;
	seen->level = level;
	if (level)
		a64_set_line(cpu, A64_LINE_VIRQ, true);
}

static void t15_a_timer_fires_at_its_exact_instruction(void **state)
{
	static const struct a64_ops ops = {.timer = note_timer};
	static const uint32_t loop[] = {
		0x91000400, /* add x0, x0, #1 */
		0x17ffffff, /* b -4 */
	};
	struct timer_seen seen = {0};
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT);
	f.user = &seen;
	for (uint64_t delay = 1; delay < 60; delay += 7) {
		uint64_t start = a64_instructions(f.cpu[0]);

		a64_set_reg(f.cpu[0], A64_R_HCR_EL2, 1ull << 31 | 1ull << 4);
		a64_set_line(f.cpu[0], A64_LINE_VIRQ, false);
		assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
		a64_set_reg(f.cpu[0], A64_R_CNTV_CVAL_EL0, start + delay);
		a64_set_reg(f.cpu[0], A64_R_CNTV_CTL_EL0, 1);
		assert_int_equal(a64_timer_deadline(f.cpu[0]), start + delay);
		set_x(&f, 0, 0);
		assert_int_equal(RUN(&f, loop), A64_EXIT_HVC);
		assert_int_equal(f.exit.esr & 0xffff, 5);
		assert_int_equal(x(&f, 0), (delay + 1) / 2);
		assert_int_equal(f.exit.instructions, delay + 1);
		assert_true(seen.level);
		assert_true(a64_timer_level(f.cpu[0], A64_CNTV));
		a64_set_reg(f.cpu[0], A64_R_CNTV_CTL_EL0, 0);
		a64_timer_update(f.cpu[0]);
		assert_false(seen.level);
	}
	end(&f);
}

/* ---- T16 ------------------------------------------------------------------------------------------- */

static void t16_reset_state_is_that_of_the_architecture(void **state)
{
	static const uint32_t hvc[] = {0xd4000022};
	struct a64_state s;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	set_x(&f, 7, 77);
	a64_reset(f.cpu[0], CODE + 0x100, 0x1234);
	a64_get_state(f.cpu[0], &s);
	assert_int_equal(s.pstate, 0x3c5);
	assert_int_equal(s.pc, CODE + 0x100);
	assert_int_equal(s.x[0], 0x1234);
	for (unsigned int i = 1; i < 31; i++)
		assert_int_equal(s.x[i], 0);
	assert_int_equal(s.reg[A64_R_HCR_EL2], 1ull << 31);
	assert_int_equal(s.reg[A64_R_SCTLR_EL1] & 0x1005, 0); /* MMU and caches off */
	assert_int_equal(s.reg[A64_R_SCTLR_EL1] & 0x30d00800, 0x30d00800);
	assert_int_equal(s.reg[A64_R_CNTV_CTL_EL0] & 1, 0);
	assert_int_equal(s.reg[A64_R_CNTFRQ_EL0], 62500000);
	/* EL1 is AArch64 and HVC is enabled */
	assert_int_equal(RUN(&f, hvc), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr, 0x5a000001);
	assert_int_equal(f.exit.pc, CODE + 4);
	end(&f);
}

static void state_read_and_set_again_is_the_same(void **state)
{
	struct a64_state s, t;
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 2, A64_FEAT_DEFAULT);
	make_ring(&f, 16);
	set_x(&f, 1, 1000);
	a64_run(f.cpu[0], 777, &f.exit);
	a64_get_state(f.cpu[0], &s);
	assert_int_equal(a64_set_state(f.cpu[1], &s), 0);
	a64_get_state(f.cpu[1], &t);
	s.reg[A64_R_VMPIDR_EL2] = t.reg[A64_R_VMPIDR_EL2];
	assert_memory_equal(&s, &t, sizeof(s));
	for (unsigned int i = 0; i < 2; i++)
		a64_run(f.cpu[i], UINT64_MAX, &f.exit);
	a64_get_state(f.cpu[0], &s);
	a64_get_state(f.cpu[1], &t);
	s.reg[A64_R_VMPIDR_EL2] = t.reg[A64_R_VMPIDR_EL2];
	assert_memory_equal(&s, &t, sizeof(s));
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(t1_a_budget_stops_between_instructions),
		cmocka_unit_test(t1_a_kick_undoes_and_repeats_nothing),
		cmocka_unit_test(t2_linear_map_and_user_mapping),
		cmocka_unit_test(t2_two_mappings_as_a_jit_has),
		cmocka_unit_test(t2_dma_into_an_executed_page),
		cmocka_unit_test(t2_and_t3_another_pe_writes_code),
		cmocka_unit_test(t2_every_way_to_store_is_noticed),
		cmocka_unit_test(t4_invalidation_is_by_page),
		cmocka_unit_test(t5_a_context_that_does_not_run_counts_as_acknowledged),
		cmocka_unit_test(t6_stepped_mode_notices_a_store_of_the_same_value),
		cmocka_unit_test(t8_second_half_outside_ram_changes_nothing),
		cmocka_unit_test(t9_every_system_register_encoding_has_an_end),
		cmocka_unit_test(t9_every_sys_instruction_has_an_end),
		cmocka_unit_test(t9_the_owner_of_a_register_answers),
		cmocka_unit_test(t10_pstate_from_outside_is_seen_at_once),
		cmocka_unit_test(t11_an_unmapped_address_is_an_abort_or_an_answer),
		cmocka_unit_test(t12_tracing_sees_each_instruction_and_costs_nothing_when_off),
		cmocka_unit_test(t13_a_store_into_its_own_block_is_seen),
		cmocka_unit_test(
			t14_unmasking_takes_a_pending_interrupt_before_the_next_instruction),
		cmocka_unit_test(t14_a_physical_line_ends_the_run_masked_or_not),
		cmocka_unit_test(t15_in_stepped_mode_the_counter_counts_instructions),
		cmocka_unit_test(t15_a_timer_fires_at_its_exact_instruction),
		cmocka_unit_test(t16_reset_state_is_that_of_the_architecture),
		cmocka_unit_test(state_read_and_set_again_is_the_same),
	};

	return cmocka_run_group_tests_name("traps", tests, NULL, NULL);
}
