/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What leaves the engine: exceptions whose target is EL2, with the syndrome that ESR_EL2 would hold,
 * accesses outside guest RAM, interrupt lines, timers.
 */
#include "fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define HVC1         0xd4000022u
#define RUN(f, code) run_code(f, code, sizeof(code))

#define HCR_RW   (1ull << 31)
#define HCR_TVM  (1ull << 26)
#define HCR_TSC  (1ull << 19)
#define HCR_TID3 (1ull << 18)
#define HCR_TWE  (1ull << 14)
#define HCR_TWI  (1ull << 13)
#define HCR_AMO  (1ull << 5)
#define HCR_IMO  (1ull << 4)
#define HCR_FMO  (1ull << 3)

static const struct a64_ops no_ops;

static void begin_with(struct fixture *f, uint64_t hcr)
{
	begin(f, &no_ops, true, 1, A64_FEAT_DEFAULT);
	a64_set_reg(f->cpu[0], A64_R_HCR_EL2, HCR_RW | hcr);
}

/* ---- instructions ---------------------------------------------------------------------------------- */

static void hvc_gives_its_immediate_and_the_next_address(void **state)
{
	static const uint32_t code[] = {0xd503201f, 0xd4000002 | 0xabcd << 5};
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr, 0x5a00abcd);
	assert_int_equal(f.exit.pc, CODE + 8);
	assert_int_equal(a64_pc(f.cpu[0]), CODE + 8);
	assert_int_equal(f.exit.instructions, 2);
	end(&f);
}

static void smc_is_trapped_by_tsc_and_undefined_without(void **state)
{
	static const uint32_t code[] = {0xd4000003 | 0x77 << 5, HVC1};
	struct fixture f;

	(void)state;
	begin_with(&f, HCR_TSC);
	assert_int_equal(RUN(&f, code), A64_EXIT_SMC);
	assert_int_equal(f.exit.esr, 0x5e000077);
	assert_int_equal(f.exit.pc, CODE);
	a64_skip(f.cpu[0]);
	a64_run(f.cpu[0], 10, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 1);
	a64_set_reg(f.cpu[0], A64_R_HCR_EL2, HCR_RW);
	assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 4);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1), 0x02000000);
	end(&f);
}

static void wfi_and_wfe_wait_or_are_trapped(void **state)
{
	static const uint32_t wfi[] = {0xd503207f, HVC1};
	static const uint32_t wfe[] = {0xd503205f, HVC1};
	static const uint32_t sevl_wfe[] = {0xd50320bf, 0xd503205f, HVC1};
	struct fixture f;

	(void)state;
	begin_with(&f, HCR_IMO);
	assert_int_equal(RUN(&f, wfi), A64_EXIT_WFI);
	assert_int_equal(f.exit.esr, 0);
	assert_int_equal(f.exit.pc, CODE + 4); /* complete */
	assert_int_equal(RUN(&f, wfe), A64_EXIT_WFE);
	assert_int_equal(f.exit.pc, CODE + 4);
	assert_int_equal(RUN(&f, sevl_wfe), A64_EXIT_HVC);
	/* a pending interrupt ends WFI, masked or not */
	assert_false(a64_wakes(f.cpu[0]));
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, true);
	assert_true(a64_wakes(f.cpu[0]));
	assert_int_equal(RUN(&f, wfi), A64_EXIT_HVC);
	assert_int_equal(f.exit.esr & 0xffff, 1);
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, false);
	/* trapped: nothing has happened yet */
	a64_set_reg(f.cpu[0], A64_R_HCR_EL2, HCR_RW | HCR_TWI | HCR_TWE);
	assert_int_equal(RUN(&f, wfi), A64_EXIT_WFI);
	assert_int_equal(f.exit.esr, 0x07e00000);
	assert_int_equal(f.exit.pc, CODE);
	assert_int_equal(RUN(&f, wfe), A64_EXIT_WFE);
	assert_int_equal(f.exit.esr, 0x07e00001);
	assert_int_equal(f.exit.pc, CODE);
	end(&f);
}

static void tvm_traps_writes_of_translation_registers(void **state)
{
	static const uint32_t write[] = {0xd5182042, HVC1}; /* msr tcr_el1, x2 */
	static const uint32_t read[] = {0xd5382042, HVC1};
	struct fixture f;

	(void)state;
	begin_with(&f, HCR_TVM);
	set_x(&f, 2, 0x1234);
	assert_int_equal(RUN(&f, write), A64_EXIT_SYSREG);
	assert_int_equal(f.exit.esr >> 26, 0x18);
	/* op0 3, op2 2, op1 0, CRn 2, Rt 2, CRm 0, write */
	assert_int_equal(f.exit.esr & 0x1ffffff, 3 << 20 | 2 << 17 | 2 << 10 | 2 << 5);
	assert_int_equal(f.exit.encoding, A64_SYS(3, 0, 2, 0, 2));
	assert_false(f.exit.read);
	assert_int_equal(f.exit.value, 0x1234);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_TCR_EL1), 0);
	a64_complete(f.cpu[0], &f.exit, 0);
	assert_int_equal(a64_pc(f.cpu[0]), CODE + 4);
	assert_int_equal(RUN(&f, read), A64_EXIT_HVC);
	end(&f);
}

static void tid3_traps_identification_registers(void **state)
{
	static const uint32_t code[] = {0xd5380403, HVC1}; /* mrs x3, id_aa64pfr0_el1 */
	struct fixture f;

	(void)state;
	begin_with(&f, HCR_TID3);
	assert_int_equal(RUN(&f, code), A64_EXIT_SYSREG);
	assert_int_equal(f.exit.encoding, A64_SYS(3, 0, 0, 4, 0));
	assert_true(f.exit.read);
	assert_int_equal(f.exit.rt, 3);
	a64_complete(f.cpu[0], &f.exit, 0x5678);
	assert_int_equal(x(&f, 3), 0x5678);
	end(&f);
}

/* ---- accesses outside RAM -------------------------------------------------------------------------- */

struct access {
	uint32_t insn;
	uint8_t size;
	bool sign_extend, sixty_four, read;
};

#define OUTSIDE 0x20000ull

static void a_single_access_outside_ram_has_a_valid_syndrome(void **state)
{
	static const struct access accesses[] = {
		{0x39400023, 1, false, false, true }, /* ldrb w3, [x1] */
		{0x79400023, 2, false, false, true }, /* ldrh w3, [x1] */
		{0xb9400023, 4, false, false, true }, /* ldr w3, [x1] */
		{0xf9400023, 8, false, true,  true }, /* ldr x3, [x1] */
		{0x39800023, 1, true,  true,  true }, /* ldrsb x3, [x1] */
		{0x39c00023, 1, true,  false, true }, /* ldrsb w3, [x1] */
		{0x79800023, 2, true,  true,  true }, /* ldrsh x3, [x1] */
		{0xb9800023, 4, true,  true,  true }, /* ldrsw x3, [x1] */
		{0x39000023, 1, false, false, false}, /* strb w3, [x1] */
		{0xb9000023, 4, false, false, false}, /* str w3, [x1] */
		{0xf9000023, 8, false, true,  false}, /* str x3, [x1] */
	};
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	for (size_t i = 0; i < sizeof(accesses) / sizeof(accesses[0]); i++) {
		const struct access *a = &accesses[i];
		uint32_t code[] = {a->insn, HVC1};
		uint64_t value = 0x8182838485868788;

		set_x(&f, 1, OUTSIDE);
		set_x(&f, 3, value);
		assert_int_equal(RUN(&f, code), A64_EXIT_DATA_ABORT);
		assert_int_equal(f.exit.esr >> 26, 0x24);
		assert_int_equal(f.exit.esr >> 24 & 1, 1);
		assert_int_equal(1u << (f.exit.esr >> 22 & 3), a->size);
		assert_int_equal(f.exit.esr >> 21 & 1, a->sign_extend);
		assert_int_equal(f.exit.esr >> 16 & 31, 3);
		assert_int_equal(f.exit.esr >> 15 & 1, a->sixty_four);
		assert_int_equal(f.exit.esr >> 6 & 1, !a->read);
		assert_int_equal(f.exit.esr & 0x3c, 4);
		assert_int_equal(f.exit.far, OUTSIDE);
		assert_int_equal(f.exit.ipa, OUTSIDE);
		assert_int_equal(f.exit.hpfar, OUTSIDE >> 8);
		assert_true(f.exit.isv);
		assert_int_equal(f.exit.size, a->size);
		assert_int_equal(f.exit.read, a->read);
		assert_int_equal(f.exit.pc, CODE);
		if (a->read) {
			uint64_t want = a->size == 8 ? value : value & ((1ull << a->size * 8) - 1);

			if (a->sign_extend && a->size < 8)
				want |= ~0ull << a->size * 8;
			if (!a->sixty_four)
				want &= 0xffffffff;
			a64_complete(f.cpu[0], &f.exit, value);
			assert_int_equal(x(&f, 3), want);
		} else {
			assert_int_equal(f.exit.value & 0xff, 0x88);
			a64_complete(f.cpu[0], &f.exit, 0);
		}
		assert_int_equal(a64_pc(f.cpu[0]), CODE + 4);
	}
	end(&f);
}

static void pairs_and_write_back_have_no_valid_syndrome(void **state)
{
	static const uint32_t insns[] = {
		0xa9401424, /* ldp x4, x5, [x1] */
		0xf8408423, /* ldr x3, [x1], #8 */
		0x3dc00020, /* ldr q0, [x1] */
		0x4c407020, /* ld1 {v0.16b}, [x1] */
	};
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		uint32_t code[] = {insns[i], HVC1};

		set_x(&f, 1, OUTSIDE);
		assert_int_equal(RUN(&f, code), A64_EXIT_DATA_ABORT);
		assert_false(f.exit.isv);
		assert_int_equal(f.exit.esr >> 24 & 1, 0);
		assert_int_equal(x(&f, 1), OUTSIDE);
	}
	end(&f);
}

static void a_table_walk_outside_ram_is_a_stage_2_abort_of_the_walk(void **state)
{
	static const uint32_t code[] = {0xf9400020, HVC1};
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	mmu_on(&f, f.cpu[0]);
	/* the table of level 2 for PAGED lies outside */
	put64(&f, TABLES + 0x1000 + 16, 0x30000 | 3);
	set_x(&f, 1, PAGED);
	RUN(&f, code);
	if (f.exit.reason == A64_EXIT_DATA_ABORT) {
		assert_int_equal(f.exit.esr >> 7 & 1, 1); /* S1PTW */
		assert_int_equal(f.exit.ipa & ~0xfffull, 0x30000);
		assert_int_equal(f.exit.far, PAGED);
	} else { /* or an external abort on the walk, level 2 */
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1) & 0x3f, 0x16);
		assert_int_equal(a64_reg(f.cpu[0], A64_R_FAR_EL1), PAGED);
	}
	end(&f);
}

struct seen {
	unsigned int count;
	uint64_t ipa[8];
	uint8_t size[8];
	bool write[8];
};

static enum a64_answer see(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access)
{
	struct seen *s = ((struct fixture *)opaque)->user;

	(void)cpu;
	if (s->count < 8) {
		s->ipa[s->count] = access->ipa;
		s->size[s->count] = access->size;
		s->write[s->count] = access->write;
	}
	if (!access->write)
		access->value[0] = 0x100 + s->count;
	s->count++;
	return A64_DONE;
}

static void a_pair_comes_to_the_device_element_by_element(void **state)
{
	static const struct a64_ops ops = {.mmio = see};
	static const uint32_t load[] = {0xa8c11424, HVC1};  /* ldp x4, x5, [x1], #16 */
	static const uint32_t store[] = {0x29001424, HVC1}; /* stp w4, w5, [x1] */
	struct seen seen = {0};
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT);
	f.user = &seen;
	set_x(&f, 1, OUTSIDE);
	assert_int_equal(RUN(&f, load), A64_EXIT_HVC);
	assert_int_equal(seen.count, 2);
	assert_int_equal(seen.ipa[0], OUTSIDE);
	assert_int_equal(seen.ipa[1], OUTSIDE + 8);
	assert_int_equal(seen.size[1], 8);
	assert_int_equal(x(&f, 4), 0x100);
	assert_int_equal(x(&f, 5), 0x101);
	assert_int_equal(x(&f, 1), OUTSIDE + 16);
	seen.count = 0;
	assert_int_equal(RUN(&f, store), A64_EXIT_HVC);
	assert_int_equal(seen.count, 2);
	assert_true(seen.write[0]);
	assert_int_equal(seen.size[0], 4);
	assert_int_equal(seen.ipa[1], OUTSIDE + 20);
	end(&f);
}

/* ---- interrupts ------------------------------------------------------------------------------------ */

static void expect_vector(struct fixture *f, unsigned int vector)
{
	static const uint32_t code[] = {0xd503201f, 0xd503201f, HVC1};

	RUN(f, code);
	assert_int_equal(f->exit.reason, A64_EXIT_HVC);
	assert_int_equal(f->exit.esr & 0xffff, vector);
}

static void virtual_lines_are_taken_by_their_masks_and_enables(void **state)
{
	struct fixture f;

	(void)state;
	begin_with(&f, HCR_IMO | HCR_FMO | HCR_AMO);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	expect_vector(&f, 1); /* nothing raised: to the end */
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, true);
	expect_vector(&f, 5);
	/* FIQ before IRQ is not laid down; alone it goes to its own vector */
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, false);
	a64_set_line(f.cpu[0], A64_LINE_VFIQ, true);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	expect_vector(&f, 6);
	a64_set_line(f.cpu[0], A64_LINE_VFIQ, false);
	a64_set_reg(f.cpu[0], A64_R_VSESR_EL2, 0x0123);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	a64_set_line(f.cpu[0], A64_LINE_VSERR, true);
	expect_vector(&f, 7);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1) >> 26, 0x2f);
	/* taken once per rise */
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	expect_vector(&f, 1);
	a64_set_line(f.cpu[0], A64_LINE_VSERR, false);
	/* masked */
	a64_set_line(f.cpu[0], A64_LINE_VIRQ, true);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5 | A64_PSTATE_I), 0);
	expect_vector(&f, 1);
	/* without IMO the line means nothing */
	a64_set_reg(f.cpu[0], A64_R_HCR_EL2, HCR_RW);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5), 0);
	expect_vector(&f, 1);
	end(&f);
}

static void superpriority_is_masked_by_allint_alone(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT | A64_FEAT_NMI);
	a64_set_reg(f.cpu[0], A64_R_HCR_EL2, HCR_RW | HCR_IMO);
	a64_set_reg(f.cpu[0], A64_R_SCTLR_EL1, 0x30d00800 | 1ull << 61); /* NMI */
	a64_set_line(f.cpu[0], A64_LINE_VNMI, true);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5 | A64_PSTATE_I), 0);
	expect_vector(&f, 5);
	assert_int_equal(a64_set_pstate(f.cpu[0], 5 | A64_PSTATE_I | A64_PSTATE_ALLINT), 0);
	expect_vector(&f, 1);
	end(&f);
}

/* ---- timers ---------------------------------------------------------------------------------------- */

static void the_offset_moves_the_virtual_timer_alone(void **state)
{
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	a64_set_reg(f.cpu[0], A64_R_CNTVOFF_EL2, 1000);
	a64_set_reg(f.cpu[0], A64_R_CNTV_CVAL_EL0, 500);
	a64_set_reg(f.cpu[0], A64_R_CNTV_CTL_EL0, 1);
	assert_int_equal(a64_timer_deadline(f.cpu[0]), 1500); /* in physical counts */
	a64_set_reg(f.cpu[0], A64_R_CNTP_CVAL_EL0, 900);
	a64_set_reg(f.cpu[0], A64_R_CNTP_CTL_EL0, 1);
	assert_int_equal(a64_timer_deadline(f.cpu[0]), 900);
	a64_set_reg(f.cpu[0], A64_R_CNTP_CTL_EL0, 3); /* masked */
	assert_int_equal(a64_timer_deadline(f.cpu[0]), 1500);
	a64_set_reg(f.cpu[0], A64_R_CNTV_CTL_EL0, 0);
	assert_int_equal(a64_timer_deadline(f.cpu[0]), UINT64_MAX);
	assert_false(a64_timer_level(f.cpu[0], A64_CNTV));
	a64_set_reg(f.cpu[0], A64_R_CNTP_CVAL_EL0, 0);
	a64_set_reg(f.cpu[0], A64_R_CNTP_CTL_EL0, 1);
	a64_timer_update(f.cpu[0]);
	assert_true(a64_timer_level(f.cpu[0], A64_CNTP));
	assert_int_equal(a64_timer_deadline(f.cpu[0]), UINT64_MAX); /* it has fired */
	end(&f);
}

static void the_physical_counter_is_trapped_by_cnthctl(void **state)
{
	static const uint32_t counter[] = {0xd53be023, HVC1}; /* mrs x3, cntpct_el0 */
	static const uint32_t timer[] = {0xd53be223, HVC1};   /* mrs x3, cntp_ctl_el0 */
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	assert_int_equal(RUN(&f, counter), A64_EXIT_HVC);
	a64_set_reg(f.cpu[0], A64_R_CNTHCTL_EL2, 0);
	assert_int_equal(RUN(&f, counter), A64_EXIT_SYSREG);
	assert_int_equal(f.exit.encoding, A64_SYS(3, 3, 14, 0, 1));
	assert_int_equal(RUN(&f, timer), A64_EXIT_SYSREG);
	assert_int_equal(f.exit.encoding, A64_SYS(3, 3, 14, 2, 1));
	end(&f);
}

/* ---- other ----------------------------------------------------------------------------------------- */

static void cptr_traps_floating_point_to_el2(void **state)
{
	static const uint32_t code[] = {0x1e6e1000, HVC1}; /* fmov d0, #1.0 */
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	a64_set_reg(f.cpu[0], A64_R_CPTR_EL2, 1u << 10);
	assert_int_equal(RUN(&f, code), A64_EXIT_OTHER);
	assert_int_equal(f.exit.esr >> 26, 0x07);
	assert_int_equal(f.exit.pc, CODE);
	a64_set_reg(f.cpu[0], A64_R_CPTR_EL2, 0);
	a64_run(f.cpu[0], 10, &f.exit);
	assert_int_equal(f.exit.reason, A64_EXIT_HVC);
	end(&f);
}

static void identification_at_el0_follows_feat_idst(void **state)
{
	static const uint32_t code[] = {0xd5380405}; /* mrs x5, id_aa64pfr0_el1 */
	struct fixture f;

	(void)state;
	for (unsigned int idst = 0; idst < 2; idst++) {
		begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT | (idst ? A64_FEAT_IDST : 0));
		assert_int_equal(a64_set_pstate(f.cpu[0], 0), 0);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		assert_int_equal(f.exit.esr & 0xffff, 8);
		/* op0 3, CRn 0, Rt 5, CRm 4, read */
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1),
				 idst ? 0x62000000 | 3 << 20 | 5 << 5 | 4 << 1 | 1 : 0x02000000);
		end(&f);
	}
}

static void count_event(void *opaque, struct a64_cpu *cpu)
{
	(void)cpu;
	(*(unsigned int *)((struct fixture *)opaque)->user)++;
}

static void sev_sets_the_event_of_all_contexts(void **state)
{
	static const struct a64_ops ops = {.event = count_event};
	static const uint32_t sev[] = {0xd503209f, HVC1};
	static const uint32_t wfe[] = {0xd503205f, 0xd503205f, HVC1};
	unsigned int events = 0;
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 2, A64_FEAT_DEFAULT);
	f.user = &events;
	assert_int_equal(RUN(&f, sev), A64_EXIT_HVC);
	assert_int_equal(events, 1);
	put_code(&f, CODE + 0x1000, wfe, sizeof(wfe));
	a64_set_pc(f.cpu[1], CODE + 0x1000);
	a64_run(f.cpu[1], 10, &f.exit);
	assert_int_equal(f.exit.reason,
			 A64_EXIT_WFE); /* the first went through, the second waits */
	assert_int_equal(f.exit.pc, CODE + 0x1008);
	end(&f);
}

static void the_exclusive_monitor_is_part_of_the_state(void **state)
{
	static const uint32_t code[] = {
		0xc85f7c20, /* ldxr x0, [x1] */
		0xc8027c23, /* stxr w2, x3, [x1] */
		HVC1,
	};
	struct a64_state s;
	struct fixture f;

	(void)state;
	for (unsigned int changed = 0; changed < 2; changed++) {
		begin(&f, &no_ops, changed, 1, A64_FEAT_DEFAULT);
		put_code(&f, CODE, code, sizeof(code));
		set_x(&f, 1, DATA);
		set_x(&f, 2, 9);
		set_x(&f, 3, 0x33);
		a64_run(f.cpu[0], 1, &f.exit);
		a64_get_state(f.cpu[0], &s);
		assert_int_equal(s.monitor_ipa, DATA);
		a64_reset(f.cpu[0], CODE, 0);
		if (changed)
			put64(&f, DATA, 1);
		assert_int_equal(a64_set_state(f.cpu[0], &s), 0);
		a64_run(f.cpu[0], 2, &f.exit);
		assert_int_equal(x(&f, 2), changed);
		assert_int_equal(get64(&f, DATA), changed ? 1 : 0x33);
		end(&f);
	}
}

/* More code than the engine keeps decoded: straight through RAM, several times */
static void more_code_than_fits_is_decoded_again(void **state)
{
	static const uint32_t ending[] = {0xd1000421, 0xd61f0040, HVC1}; /* sub x1; br x2 */
	const uint64_t size = 0xe0000, start = RAM + 0x10000;
	struct a64_stats stats;
	struct fixture f;

	(void)state;
	begin_with(&f, 0);
	for (uint64_t i = 0; i < size; i += 8) {
		static const uint32_t pair[] = {0x91000400, 0x14000001}; /* add x0, x0, #1; b +4 */

		memcpy(at(&f, start + i), pair, 8);
	}
	memcpy(at(&f, start + size), ending, sizeof(ending));
	a64_space_written(f.space, RAM, RAM_SIZE);
	for (unsigned int turn = 1; turn <= 12; turn++) {
		set_x(&f, 2, start + size + 8);
		a64_set_pc(f.cpu[0], start);
		a64_run(f.cpu[0], UINT64_MAX, &f.exit);
		assert_int_equal(f.exit.reason, A64_EXIT_HVC);
		assert_int_equal(x(&f, 0), turn * (size / 8));
		if (turn % 3 == 0) { /* all of it is decoded anew */
			a64_space_written(f.space, RAM, RAM_SIZE);
		}
	}
	a64_get_stats(f.cpu[0], &stats);
	assert_true(stats.blocks_decoded >= size / 8);
	end(&f);
}

static void an_exception_sets_pan_unless_span(void **state)
{
	static const uint32_t code[] = {0xd4000001}; /* svc #0 */
	struct fixture f;

	(void)state;
	for (unsigned int span = 0; span < 2; span++) {
		begin(&f, &no_ops, true, 1, A64_FEAT_DEFAULT);
		a64_set_reg(f.cpu[0], A64_R_SCTLR_EL1, 0x30500800 | span << 23);
		assert_int_equal(a64_set_pstate(f.cpu[0], 0), 0);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		assert_int_equal(a64_pstate(f.cpu[0]) & A64_PSTATE_PAN, span ? 0 : A64_PSTATE_PAN);
		assert_int_equal(a64_reg(f.cpu[0], A64_R_SPSR_EL1), 0);
		end(&f);
	}
}

static void absent_options_are_undefined(void **state)
{
	static const uint32_t insns[] = {
		0xd500419f, /* msr pan, #1 */
		0xd500417f, /* msr uao, #1 */
		0xd501411f, /* msr allint, #1 */
		0xd5384260, /* mrs x0, pan */
		0xd5384280, /* mrs x0, uao */
		0xd5384300, /* mrs x0, allint */
		0xf8200020, /* ldadd x0, x0, [x1] */
		0xf8bfc020, /* ldapr x0, [x1] */
		0x9ac04c00, /* crc32x w0, w0, x0 */
		0x6e808400, /* sqrdmlah v0.4s, v0.4s, v0.4s */
	};
	static const uint32_t feature[] = {
		A64_FEAT_PAN, A64_FEAT_UAO, A64_FEAT_NMI,  A64_FEAT_PAN,   A64_FEAT_UAO,
		A64_FEAT_NMI, A64_FEAT_LSE, A64_FEAT_RCPC, A64_FEAT_CRC32, A64_FEAT_RDM};
	struct fixture f;

	(void)state;
	for (size_t i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		uint32_t code[] = {insns[i], HVC1};

		begin(&f, &no_ops, true, 1, ~0u & ~feature[i]);
		set_x(&f, 1, DATA);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		assert_int_equal(f.exit.esr & 0xffff, 4);
		assert_int_equal(a64_reg(f.cpu[0], A64_R_ESR_EL1), 0x02000000);
		end(&f);
		begin(&f, &no_ops, true, 1, feature[i]);
		set_x(&f, 1, DATA);
		assert_int_equal(RUN(&f, code), A64_EXIT_HVC);
		assert_int_equal(f.exit.esr & 0xffff, 1);
		end(&f);
	}
}

struct place {
	uint64_t pc, instructions;
};

static enum a64_answer note_place(void *opaque, struct a64_cpu *cpu,
				  const struct a64_sysreg_access *access, uint64_t *value)
{
	struct place *place = ((struct fixture *)opaque)->user;

	(void)access;
	place->pc = a64_pc(cpu);
	place->instructions = a64_instructions(cpu);
	*value = 0;
	return A64_DONE;
}

static void a_callback_sees_the_place_of_its_instruction(void **state)
{
	static const struct a64_ops ops = {.sysreg = note_place};
	static const uint32_t code[] = {
		0xd503201f, 0xd503201f, 0xd538c040, /* mrs x0, s3_0_c12_c0_2 */
		0xd503201f, 0xd508c100,             /* sys: GIC CDDIS */
		HVC1,
	};
	struct place place = {0};
	struct fixture f = {0};

	(void)state;
	begin(&f, &ops, true, 1, A64_FEAT_DEFAULT);
	f.user = &place;
	put_code(&f, CODE, code, sizeof(code));
	a64_run(f.cpu[0], 4, &f.exit);
	assert_int_equal(place.pc, CODE + 8);
	assert_int_equal(place.instructions, 2);
	a64_run(f.cpu[0], 10, &f.exit);
	assert_int_equal(place.pc, CODE + 16);
	assert_int_equal(place.instructions, 4);
	end(&f);
}

struct announced {
	uint32_t feature;
	uint16_t encoding;
	uint8_t lsb;
	uint8_t value;
};

static void the_identification_registers_say_what_was_chosen(void **state)
{
	static const struct announced all[] = {
		{A64_FEAT_CRC32, A64_SYS(3, 0, 0, 6, 0), 16, 1},
		{A64_FEAT_LSE,   A64_SYS(3, 0, 0, 6, 0), 20, 2},
		{A64_FEAT_RDM,   A64_SYS(3, 0, 0, 6, 0), 28, 1},
		{A64_FEAT_RCPC,  A64_SYS(3, 0, 0, 6, 1), 20, 1},
		{A64_FEAT_NMI,   A64_SYS(3, 0, 0, 4, 1), 36, 1},
		{A64_FEAT_GICV5, A64_SYS(3, 0, 0, 4, 2), 12, 1},
		{A64_FEAT_AFDBM, A64_SYS(3, 0, 0, 7, 1), 0,  2},
		{A64_FEAT_PAN,   A64_SYS(3, 0, 0, 7, 1), 20, 1},
		{A64_FEAT_UAO,   A64_SYS(3, 0, 0, 7, 2), 4,  1},
		{A64_FEAT_IDST,  A64_SYS(3, 0, 0, 7, 2), 36, 1},
	};
	struct fixture f;
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		for (unsigned int with = 0; with < 2; with++) {
			begin(&f, &no_ops, true, 1, with ? all[i].feature : ~all[i].feature);
			assert_int_equal(a64_sysreg_read(f.cpu[0], all[i].encoding, &value), 0);
			assert_int_equal(value >> all[i].lsb & 15, with ? all[i].value : 0);
			end(&f);
		}
}

/* ---- the space ------------------------------------------------------------------------------------- */

static void the_map_refuses_what_it_cannot_hold(void **state)
{
	struct a64_space_config config = {.ops = &no_ops, .ipa_bits = 33};
	struct a64_space *space = NULL;
	struct fixture f;
	uint8_t buffer[16];

	(void)state;
	assert_int_equal(a64_space_create(&config, &space), -VGIC5_E_INVAL);
	config.ipa_bits = 36;
	config.ops = NULL;
	assert_int_equal(a64_space_create(&config, &space), -VGIC5_E_INVAL);
	begin_with(&f, 0);
	assert_int_equal(a64_space_map(f.space, RAM + 0x1000, 0x1000, f.ram), -VGIC5_E_EXIST);
	assert_int_equal(a64_space_map(f.space, 0x100, 0x1000, f.ram), -VGIC5_E_INVAL);
	assert_int_equal(a64_space_map(f.space, 0x1000, 0, f.ram), -VGIC5_E_INVAL);
	assert_int_equal(a64_space_map(f.space, 1ull << 40, 0x1000, f.ram), -VGIC5_E_RANGE);
	assert_int_equal(a64_space_map(f.space, (1ull << 40) - 0x1000, 0x2000, f.ram),
			 -VGIC5_E_RANGE);
	assert_ptr_equal(a64_space_ptr(f.space, RAM + 5, 3), f.ram + 5);
	assert_null(a64_space_ptr(f.space, RAM + RAM_SIZE - 1, 2));
	assert_null(a64_space_ptr(f.space, RAM, UINT64_MAX));
	assert_int_equal(a64_space_dma_read(f.space, RAM + RAM_SIZE - 8, buffer, 16),
			 -VGIC5_E_FAULT);
	assert_int_equal(a64_space_dma_write(f.space, RAM - 8, buffer, 16), -VGIC5_E_FAULT);
	assert_int_equal(a64_space_dma_read(f.space, UINT64_MAX - 3, buffer, 16), -VGIC5_E_FAULT);
	assert_int_equal(a64_space_dma_read(f.space, RAM, buffer, 16), 0);
	end(&f);
}

static void translate_looks_without_touching(void **state)
{
	struct fixture f;
	uint64_t ipa = 0;

	(void)state;
	begin_with(&f, 0);
	assert_int_equal(a64_translate(f.cpu[0], RAM + 0x123, &ipa), 0);
	assert_int_equal(ipa, RAM + 0x123);
	map_page(&f, PAGED, DATA, 0);
	put64(&f, TABLES + 0x3008, (DATA | 0x303)); /* AF clear */
	mmu_on(&f, f.cpu[0]);
	assert_int_equal(a64_translate(f.cpu[0], PAGED + 0x45, &ipa), 0);
	assert_int_equal(ipa, DATA + 0x45);
	assert_int_equal(a64_translate(f.cpu[0], PAGED + 0x2000, &ipa), -VGIC5_E_FAULT);
	assert_int_equal(a64_translate(f.cpu[0], PAGED + 0x1000, &ipa), -VGIC5_E_FAULT);
	assert_int_equal(get64(&f, TABLES + 0x3008), DATA | 0x303);
	assert_int_equal(a64_reg(f.cpu[0], A64_R_FAR_EL1), 0);
	end(&f);
}

static void registers_are_found_by_name_and_encoding(void **state)
{
	struct fixture f;
	uint64_t value;

	(void)state;
	begin_with(&f, 0);
	for (unsigned int r = 0; r < A64_REG_COUNT; r++) {
		assert_non_null(a64_reg_name((enum a64_reg)r));
		assert_int_equal(
			a64_sysreg_read(f.cpu[0], a64_reg_encoding((enum a64_reg)r), &value), 0);
		for (unsigned int q = 0; q < r; q++)
			assert_int_not_equal(a64_reg_encoding((enum a64_reg)q),
					     a64_reg_encoding((enum a64_reg)r));
	}
	assert_null(a64_reg_name(A64_REG_COUNT));
	assert_int_equal(a64_reg_encoding(A64_REG_COUNT), 0);
	assert_int_equal(a64_sysreg_write(f.cpu[0], A64_SYS(3, 0, 13, 0, 4), 0x77),
			 0); /* TPIDR_EL1 */
	assert_int_equal(a64_reg(f.cpu[0], A64_R_TPIDR_EL1), 0x77);
	assert_int_equal(a64_sysreg_write(f.cpu[0], A64_SYS(3, 0, 0, 0, 0), 1),
			 -VGIC5_E_INVAL); /* MIDR */
	assert_int_equal(a64_sysreg_read(f.cpu[0], A64_SYS(3, 7, 15, 15, 7), &value),
			 -VGIC5_E_NOENT);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hvc_gives_its_immediate_and_the_next_address),
		cmocka_unit_test(smc_is_trapped_by_tsc_and_undefined_without),
		cmocka_unit_test(wfi_and_wfe_wait_or_are_trapped),
		cmocka_unit_test(tvm_traps_writes_of_translation_registers),
		cmocka_unit_test(tid3_traps_identification_registers),
		cmocka_unit_test(a_single_access_outside_ram_has_a_valid_syndrome),
		cmocka_unit_test(pairs_and_write_back_have_no_valid_syndrome),
		cmocka_unit_test(a_table_walk_outside_ram_is_a_stage_2_abort_of_the_walk),
		cmocka_unit_test(a_pair_comes_to_the_device_element_by_element),
		cmocka_unit_test(virtual_lines_are_taken_by_their_masks_and_enables),
		cmocka_unit_test(superpriority_is_masked_by_allint_alone),
		cmocka_unit_test(the_offset_moves_the_virtual_timer_alone),
		cmocka_unit_test(the_physical_counter_is_trapped_by_cnthctl),
		cmocka_unit_test(cptr_traps_floating_point_to_el2),
		cmocka_unit_test(identification_at_el0_follows_feat_idst),
		cmocka_unit_test(sev_sets_the_event_of_all_contexts),
		cmocka_unit_test(the_exclusive_monitor_is_part_of_the_state),
		cmocka_unit_test(more_code_than_fits_is_decoded_again),
		cmocka_unit_test(an_exception_sets_pan_unless_span),
		cmocka_unit_test(absent_options_are_undefined),
		cmocka_unit_test(a_callback_sees_the_place_of_its_instruction),
		cmocka_unit_test(the_identification_registers_say_what_was_chosen),
		cmocka_unit_test(the_map_refuses_what_it_cannot_hold),
		cmocka_unit_test(translate_looks_without_touching),
		cmocka_unit_test(registers_are_found_by_name_and_encoding),
	};

	return cmocka_run_group_tests_name("exits", tests, NULL, NULL);
}
