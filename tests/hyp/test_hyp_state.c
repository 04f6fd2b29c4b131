/* SPDX-License-Identifier: BSD-2-Clause */
/* Save and restore beyond the selftest: transactions, replay, active interrupts, other hosts. */
#include "hyp_fixture.h"

#define SPIS 32u
#define LPIS 64u

static uint32_t iste(bool pending, bool active, bool level, bool enable, unsigned priority,
		     uint32_t target)
{
	return (uint32_t)(GIC5_PUT(L2_ISTE_PENDING, pending) | GIC5_PUT(L2_ISTE_ACTIVE, active) |
			  GIC5_PUT(L2_ISTE_HM, level) | GIC5_PUT(L2_ISTE_ENABLE, enable) |
			  GIC5_PUT(L2_ISTE_PRIORITY, priority) | GIC5_PUT(L2_ISTE_IAFFID, target));
}

/* A VM after INIT, with an LPI IST announced. */
static void destination(struct hyp_fixture *fx, struct test_vm *t, bool lpis)
{
	vm_config(fx, t);
	vm_create(fx, t, 2);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
	assert_int_equal(irs_set(t, GIC5_IRS_CR0, 1), 0);
	if (lpis) {
		assert_int_equal(irs_set(t, GIC5_IRS_IST_CFGR, 6), 0);
		assert_int_equal(irs_set(t, GIC5_IRS_IST_BASER, 0x40001), 0);
	}
}

static bool references_anything(struct test_vm *t)
{
	return gic5_references(t->fx->hw, t->vm->spi_ist.top.pa.pa, t->vm->spi_ist.top.size);
}

/* ---- the transaction ---- */

static void D5_R31_bad_entries_change_nothing(void **state)
{
	static uint32_t spi[SPIS], lpi[LPIS], before[SPIS], after[SPIS];
	struct test_vm t;

	destination(*state, &t, false);
	spi[1] = iste(true, false, true, true, 8, 1);
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), 0);
	assert_int_equal(ist_get(&t, before, SPIS, NULL, 0), 0);
	assert_memory_equal(before, spi, sizeof(spi));

	spi[0] = iste(true, true, false, true, 1, 0);
	spi[31] = 1U << 5; /* reserved */
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), -VGIC5_E_INVAL);
	spi[31] = (uint32_t)GIC5_MASK(L2_ISTE_IRM); /* 1-of-N is not offered */
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), -VGIC5_E_INVAL);
	spi[31] = 0;
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 6), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
	lpi[63] = 1U << 8;
	assert_int_equal(ist_set(&t, spi, SPIS, lpi, LPIS), -VGIC5_E_INVAL);
	assert_int_equal(ist_set(&t, spi, SPIS, (uint32_t *)(uintptr_t)64, LPIS), -VGIC5_E_FAULT);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0), 0);
	assert_int_equal(ist_get(&t, after, SPIS, NULL, 0), 0);
	assert_memory_equal(before, after, sizeof(before));
	vm_end(&t);
}

static void D5_a_restore_that_fails_at_any_point_leaves_the_vm_as_it_was(void **state)
{
	static uint32_t old[SPIS], spi[SPIS], lpi[LPIS], after[SPIS];
	unsigned k = 1;
	bool failed = true;

	for (; failed; k++) {
		struct port_sim_usage usage_before;
		struct port_sim_usage usage_after;
		struct test_vm t;
		int rc = 0;

		memset(old, 0, sizeof(old));
		memset(spi, 0, sizeof(spi));
		destination(*state, &t, false);
		old[2] = iste(true, false, true, true, 8, 1);
		old[3] = iste(false, true, false, true, 9, 0);
		assert_int_equal(ist_set(&t, old, SPIS, NULL, 0), 0);
		assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 6), 0);
		assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
		port_sim_usage(t.fx->port, &usage_before);

		spi[2] = iste(false, false, false, true, 3, 0);
		spi[9] = iste(true, true, true, true, 3, 0);
		lpi[5] = iste(true, false, false, true, 3, 0);
		port_sim_fail(t.fx->port, k, PORT_SIM_FAULT_ALL);
		rc = ist_set(&t, spi, SPIS, lpi, LPIS);
		failed = port_sim_failed(t.fx->port);
		port_sim_fail(t.fx->port, 0, 0);
		if (failed) {
			assert_int_not_equal(rc, 0);
			assert_false(vgic5_vm_is_dead(t.vm));
			port_sim_usage(t.fx->port, &usage_after);
			assert_int_equal(usage_after.tables, usage_before.tables);
			assert_int_equal(usage_after.objects, usage_before.objects);
			assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0), 0);
			assert_int_equal(ist_get(&t, after, SPIS, NULL, 0), 0);
			assert_memory_equal(after, old, sizeof(old));
			assert_true(vgic5_spi_get_trigger(t.vm, 2)); /* the shadow, too */
			assert_false(vgic5_spi_get_trigger(t.vm, 9));
		}
		vm_end(&t);
	}
	assert_true(k > 20);
}

static void only_a_failed_revalidation_kills_the_vm(void **state)
{
	static uint32_t spi[SPIS];
	struct test_vm t;

	destination(*state, &t, false);
	port_sim_fail_always(t.fx->port, PORT_SIM_FAULT_VALID);
	port_sim_fail(t.fx->port, 0, PORT_SIM_FAULT_VALID); /* selectors are watched */
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), -VGIC5_E_INVAL);
	port_sim_fail_always(t.fx->port, 0);
	port_sim_fail(t.fx->port, 0, 0);
	assert_true(vgic5_vm_is_dead(t.vm));
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_IO);
	vm_end(&t);
}

/* ---- what is restored ---- */

static void D2_R36_doorbells_ring_after_a_restore(void **state)
{
	static uint32_t spi[SPIS];
	struct test_vm t;

	memset(spi, 0, sizeof(spi));
	destination(*state, &t, false);
	spi[7] = iste(false, false, false, true, 8, 1);
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), 0);
	assert_int_equal(reg_set(&t, 1, GIC5_ICC_PCR_EL1, 0x1f), 0);
	assert_int_equal(reg_set(&t, 1, GIC5_ICC_CR0_EL1, 1), 0);
	vm_run(&t);
	enter(&t, 1, 0);
	leave(&t, 1);
	put(&t, 1, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 7, true), 0);
	assert_int_equal(fx_dispatch_all(t.fx), 1);
	assert_true(vgic5_vcpu_pending(t.vcpu[1]));
	enter(&t, 1, 1);
	g_expect(&t, 1, SPI(7));
	vm_end(&t);
}

static void R24_no_table_becomes_valid_with_pending_set(void **state)
{
	static uint32_t spi[SPIS], lpi[LPIS];
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	/* The model reports Pending, HWU or metadata in a table that becomes valid (rule 9). */
	memset(spi, 0xff, sizeof(spi));
	for (unsigned i = 0; i < SPIS; i++)
		spi[i] = iste(true, true, true, true, 31, 0xffff) | 3U << 9;
	for (unsigned i = 0; i < LPIS; i++)
		lpi[i] = spi[0];
	destination(fx, &t, true);
	assert_int_equal(ist_set(&t, spi, SPIS, lpi, LPIS), 0);
	assert_int_equal(fx_take_reports(fx, 9, GIC5_ORIGIN_HOST), 0);
	assert_true(irq_state(&t, SPI(31)).pending && irq_state(&t, LPI(63)).pending);
	assert_int_equal(irq_state(&t, LPI(63)).iaffid, 0xffff); /* kept: no VPE has it */
	assert_true(references_anything(&t));
	vm_end(&t);
	fx_take_reports(fx, 20, GIC5_ORIGIN_GUEST); /* IAFFIDs beyond the VPE table */
	fx_take_reports(fx, 20, GIC5_ORIGIN_HOST);
}

static void R28_a_guest_in_the_middle_of_everything_survives(void **state)
{
	static uint32_t spi[SPIS], lpi[LPIS], spi2[SPIS], lpi2[LPIS];
	const uint32_t regs[] = {GIC5_ICC_ICSR_EL1,
				 GIC5_ICC_PPI_ENABLER0_EL1,
				 GIC5_ICC_PPI_SACTIVER0_EL1,
				 GIC5_ICC_PPI_SPENDR0_EL1,
				 GIC5_ICC_PPI_PRIORITYR0_EL1,
				 GIC5_ICC_PPI_PRIORITYR3_EL1,
				 GIC5_ICC_APR_EL1,
				 GIC5_ICC_CR0_EL1,
				 GIC5_ICC_PCR_EL1};
	uint64_t value[2][9] = {0};
	uint64_t again = 0;
	struct test_vm t;
	struct test_vm u;

	vm_make(*state, &t, 2);
	g_irs_on(&t);
	g_lpis(&t, 6);
	for (uint32_t v = 0; v < 2; v++) {
		enter(&t, v, v);
		g_cpu_up(&t, v);
		g_msr(&t, v, GIC5_ICC_PCR_EL1, 0x1e - v);
		g_msr(&t, v, GIC5_ICC_PPI_PRIORITYR0_EL1, 0x0505050505050505);
		g_msr(&t, v, GIC5_ICC_PPI_ENABLER0_EL1, 8);
	}
	g_setup(&t, 0, LPI(1), 7, 1);
	g_setup(&t, 0, SPI(2), 9, 0);
	g_spi_level(&t, 2, true);
	g_sys(&t, 0, GIC5_CDPEND, LPI(1) | GIC5_PUT(CDPEND_PENDING, 1));
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	assert_int_equal(g_ack(&t, 0), SPI(2)); /* active, APR set, line still high */
	assert_int_equal(g_ack(&t, 1), LPI(1));
	g_sys(&t, 1, GIC5_CDEOI, 0); /* dropped, not deactivated */
	leave(&t, 0);
	leave(&t, 1);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, GIC5_PPI_SW, true), 0); /* an edge latch */
	vm_stop(&t);
	assert_int_equal(ist_get(&t, spi, SPIS, lpi, LPIS), 0);
	for (uint32_t v = 0; v < 2; v++) {
		for (unsigned i = 0; i < 9; i++)
			assert_int_equal(reg_get(&t, v, regs[i], &value[v][i]), 0);
	}
	vm_end(&t);

	destination(*state, &u, true);
	for (uint32_t v = 0; v < 2; v++) {
		for (unsigned i = 0; i < 9; i++)
			assert_int_equal(reg_set(&u, v, regs[i], value[v][i]), 0);
	}
	assert_int_equal(ist_set(&u, spi, SPIS, lpi, LPIS), 0);
	assert_int_equal(ist_get(&u, spi2, SPIS, lpi2, LPIS), 0);
	assert_memory_equal(spi, spi2, sizeof(spi));
	assert_memory_equal(lpi, lpi2, sizeof(lpi));
	for (uint32_t v = 0; v < 2; v++) {
		for (unsigned i = 0; i < 9; i++) {
			assert_int_equal(reg_get(&u, v, regs[i], &again), 0);
			assert_true(again == value[v][i]);
		}
	}
	vm_run(&u);
	enter(&u, 0, 1);
	enter(&u, 1, 0);
	g_expect(&u, 0, PPI(GIC5_PPI_SW)); /* priority 5 preempts 9 */
	g_done(&u, 0, SPI(2));
	g_expect(&u, 0, SPI(2)); /* the line is still high */
	g_expect_none(&u, 1);
	g_sys(&u, 1, GIC5_CDPEND, LPI(1) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect_none(&u, 1); /* active */
	g_sys(&u, 1, GIC5_CDDI, LPI(1));
	g_expect(&u, 1, LPI(1));
	assert_int_equal(line(&u, VGIC5_IRQ_TYPE_SPI, 0, 2, false), 0);
	g_expect_none(&u, 0);
	vm_end(&u);
}

static void a_restored_level_can_be_lowered(void **state)
{
	static uint32_t spi[SPIS];
	struct test_vm t;

	memset(spi, 0, sizeof(spi));
	destination(*state, &t, false);
	spi[2] = iste(true, false, true, true, 8, 0);
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, false), 0);
	assert_false(irq_state(&t, SPI(2)).pending);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	assert_true(irq_state(&t, SPI(2)).pending);
	vm_end(&t);
}

static void R54_restoring_registers_allocates_nothing_and_kicks_nobody(void **state)
{
	struct port_sim_usage before;
	struct port_sim_usage after;
	struct test_vm t;

	destination(*state, &t, false);
	port_sim_usage(t.fx->port, &before);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 16), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_CR0, 0), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_CR0, 1), 0);
	port_sim_usage(t.fx->port, &after);
	assert_int_equal(after.table_bytes, before.table_bytes);
	assert_int_equal(atomic_load(&t.kicks[0]), 0);
	vm_end(&t);
}

static void R30_D6_registers_that_no_guest_could_have_written_are_refused_at_the_end(void **state)
{
	static uint32_t spi[SPIS], lpi[LPIS];
	struct test_vm t;

	destination(*state, &t, false);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 17), 0); /* more than the guest may have */
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
	assert_int_equal(ist_set(&t, spi, SPIS, NULL, 0), -VGIC5_E_INVAL);
	assert_int_equal(ist_set(&t, spi, SPIS, lpi, LPIS), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_INVAL); /* and it cannot run */
	vm_end(&t);
}

static void save_of_announced_but_not_restored_tables_is_ENXIO(void **state)
{
	static uint32_t spi[SPIS], lpi[LPIS];
	struct test_vm t;

	destination(*state, &t, true);
	assert_int_equal(ist_get(&t, spi, SPIS, lpi, LPIS), -VGIC5_E_NXIO);
	vm_end(&t);
}

/* The VM is stopped, but a device raises an SPI in the middle of the save. */
static struct test_vm *noisy;
static unsigned noisy_at;

static void raise_during_copy(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	(void)opaque;
	(void)pe;
	if (call != PORT_SIM_COPY || ++noisy_at != 2)
		return;
	port_sim_set_hook(noisy->fx->port, NULL, NULL);
	line(noisy, VGIC5_IRQ_TYPE_SPI, 0, 11, true);
}

static void save_of_a_vm_that_does_not_stay_quiet_is_EBUSY(void **state)
{
	static uint32_t spi[SPIS];
	struct test_vm t;

	destination(*state, &t, false);
	noisy = &t;
	noisy_at = 0;
	port_sim_set_hook(t.fx->port, raise_during_copy, NULL);
	assert_int_equal(ist_get(&t, spi, SPIS, NULL, 0), -VGIC5_E_BUSY);
	port_sim_set_hook(t.fx->port, NULL, NULL);
	assert_int_equal(ist_get(&t, spi, SPIS, NULL, 0), 0);
	vm_end(&t);
}

static void save_times_out_when_the_irs_does(void **state)
{
	static uint32_t spi[SPIS];
	struct test_vm t;

	destination(*state, &t, false);
	port_sim_fail(t.fx->port, 2, PORT_SIM_FAULT_POLL);
	assert_int_equal(ist_get(&t, spi, SPIS, NULL, 0), -VGIC5_E_TIMEDOUT);
	port_sim_fail(t.fx->port, 0, 0);
	vm_end(&t);
}

/* From a linear host to a two-level one with large entries, and back. */
static void tables_move_between_hosts_of_other_shapes(void **state)
{
	static struct hyp_fixture linear, levels;
	static uint32_t spi[SPIS], lpi[1U << 12], spi2[SPIS], lpi2[1U << 12];
	struct test_vm t;

	(void)state;
	memset(spi, 0, sizeof(spi));
	fx_init(&linear);
	linear.irs.ist_levels = false;
	fx_start(&linear);
	fx_init(&levels);
	levels.irs.istmd = true;
	levels.irs.istmd_sz = 4;
	fx_start(&levels);
	for (unsigned i = 0; i < 1U << 12; i++)
		lpi[i] = iste(i % 5 == 0, i % 7 == 0, i % 2, i % 3, i % 32, i % 2);
	for (unsigned host = 0; host < 2; host++) {
		destination(host ? &levels : &linear, &t, false);
		assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 12), 0);
		assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
		assert_int_equal(ist_set(&t, spi, SPIS, lpi, 1U << 12), 0);
		assert_int_equal(ist_get(&t, spi2, SPIS, lpi2, 1U << 12), 0);
		assert_memory_equal(lpi, lpi2, sizeof(lpi));
		vm_end(&t);
	}
	fx_stop(&linear);
	fx_stop(&levels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(D5_R31_bad_entries_change_nothing),
		HYP_TEST(D5_a_restore_that_fails_at_any_point_leaves_the_vm_as_it_was),
		HYP_TEST(only_a_failed_revalidation_kills_the_vm),
		HYP_TEST(D2_R36_doorbells_ring_after_a_restore),
		HYP_TEST(R24_no_table_becomes_valid_with_pending_set),
		HYP_TEST(R28_a_guest_in_the_middle_of_everything_survives),
		HYP_TEST(a_restored_level_can_be_lowered),
		HYP_TEST(R54_restoring_registers_allocates_nothing_and_kicks_nobody),
		HYP_TEST(R30_D6_registers_that_no_guest_could_have_written_are_refused_at_the_end),
		HYP_TEST(save_of_announced_but_not_restored_tables_is_ENXIO),
		HYP_TEST(save_of_a_vm_that_does_not_stay_quiet_is_EBUSY),
		HYP_TEST(save_times_out_when_the_irs_does),
		cmocka_unit_test(tables_move_between_hosts_of_other_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
