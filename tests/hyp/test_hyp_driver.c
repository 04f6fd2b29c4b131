/* SPDX-License-Identifier: BSD-2-Clause */
/* The host driver: bring-up, LPIs, dispatch, cache maintenance, several IRSs. */
#include "hyp_fixture.h"

#define MESSAGES 64u

static struct {
	unsigned called;
	uint32_t intid;
	void *opaque;
	uint64_t apr, icc_ppi_active;
	bool lpi_active;
	struct hyp_fixture *fx;
} seen;

static void handler(void *opaque, struct port_pe *pe, uint32_t intid)
{
	struct gic5_irq_state state = {0};

	seen.called++;
	seen.intid = intid;
	seen.opaque = opaque;
	seen.apr = port_sysreg_read(pe, GIC5_ICC_APR_EL1);
	seen.icc_ppi_active = port_sysreg_read(pe, GIC5_ICC_PPI_SACTIVER0_EL1);
	seen.lpi_active = gic5_inspect(seen.fx->hw, -1, intid, &state) && state.active;
}

static void R19_priority_is_dropped_before_the_handler_and_Active_stays_until_after(void **state)
{
	struct hyp_fixture *fx = *state;
	uint32_t lpi = 0;

	memset(&seen, 0, sizeof(seen));
	seen.fx = fx;
	assert_int_equal(vgic5_gic_lpi_alloc(fx->gic, fx->service, 1, handler, &seen, &lpi), 0);
	vgic5_gic_lpi_pend(fx->gic, fx->service, lpi);
	assert_int_equal(fx_dispatch(fx, 0), 0); /* it is PE 1's */
	assert_int_equal(vgic5_gic_dispatch(fx->gic, fx->ppe[1]), LPI(lpi));
	assert_int_equal(seen.called, 1);
	assert_int_equal(seen.intid, LPI(lpi));
	assert_ptr_equal(seen.opaque, &seen);
	assert_int_equal(seen.apr, 0);
	assert_true(seen.lpi_active);
	assert_int_equal(vgic5_gic_dispatch(fx->gic, fx->ppe[1]), 0);
	vgic5_gic_lpi_route(fx->gic, fx->service, lpi, 0);
	vgic5_gic_lpi_pend(fx->gic, fx->service, lpi);
	assert_int_equal(fx_dispatch(fx, 0), 1);
	vgic5_gic_lpi_pend(fx->gic, fx->service, lpi);
	vgic5_gic_lpi_free(fx->gic, fx->service, lpi); /* pending, but gone */
	assert_int_equal(fx_dispatch_all(fx), 0);
	assert_int_equal(seen.called, 2);
}

static void ppis_are_dispatched_and_unwanted_interrupts_do_not_come_back(void **state)
{
	struct hyp_fixture *fx = *state;

	memset(&seen, 0, sizeof(seen));
	seen.fx = fx;
	assert_int_equal(vgic5_gic_set_ppi(fx->gic, 128, handler, NULL), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], 128, true), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_gic_set_ppi(fx->gic, GIC5_PPI_CNTHP, handler, &seen), 0);
	assert_int_equal(vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], GIC5_PPI_CNTHP, true), 0);
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTHP, true);
	assert_int_equal(vgic5_gic_dispatch(fx->gic, fx->ppe[0]), PPI(GIC5_PPI_CNTHP));
	assert_int_equal(seen.called, 1);
	assert_true(seen.icc_ppi_active & bank_bit(GIC5_PPI_CNTHP));
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTHP, false);
	assert_int_equal(vgic5_gic_dispatch(fx->gic, fx->ppe[0]), 0);
	/* Nobody wants the timer of EL1: it is disabled when it comes. */
	assert_int_equal(vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], GIC5_PPI_CNTP, true), 0);
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTP, true);
	assert_int_equal(fx_dispatch(fx, 0), 1);
	assert_int_equal(seen.called, 1);
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTP, false);
	assert_int_equal(vgic5_gic_set_ppi(fx->gic, GIC5_PPI_CNTHP, NULL, NULL), 0);
	vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], GIC5_PPI_CNTHP, false);
}

static void lpis_are_limited_by_the_machine_and_come_back(void **state)
{
	static struct hyp_fixture fx;
	uint32_t lpi[MESSAGES];
	uint32_t more = 0;

	(void)state;
	fx_init(&fx);
	fx.port_cfg.lpi_count = MESSAGES;
	fx_start(&fx);
	for (unsigned i = 0; i < MESSAGES; i++)
		assert_int_equal(vgic5_gic_lpi_alloc(fx.gic, fx.service, 0, handler, NULL, &lpi[i]),
				 0);
	assert_int_equal(vgic5_gic_lpi_alloc(fx.gic, fx.service, 0, handler, NULL, &more),
			 -VGIC5_E_NOSPC);
	assert_int_equal(vgic5_gic_destroy(fx.gic), -VGIC5_E_BUSY);
	vgic5_gic_lpi_free(fx.gic, fx.service, lpi[10]);
	assert_int_equal(vgic5_gic_lpi_alloc(fx.gic, fx.service, 0, handler, NULL, &more), 0);
	assert_int_equal(more, lpi[10]);
	for (unsigned i = 0; i < MESSAGES; i++)
		vgic5_gic_lpi_free(fx.gic, fx.service, lpi[i]);
	fx_stop(&fx);
}

static void level_2_tables_of_the_physical_ist_come_on_demand(void **state)
{
	struct hyp_fixture *fx = *state;
	struct port_sim_usage before;
	struct port_sim_usage after;
	static uint32_t lpi[3000];

	assert_true(fx->gic->table.shape.two_level);
	port_sim_usage(fx->port, &before);
	for (unsigned i = 0; i < 3000; i++)
		assert_int_equal(
			vgic5_gic_lpi_alloc(fx->gic, fx->service, 0, handler, NULL, &lpi[i]), 0);
	port_sim_usage(fx->port, &after);
	assert_int_equal(after.tables - before.tables, 3); /* 1024 each */
	for (unsigned i = 0; i < 3000; i++)
		vgic5_gic_lpi_free(fx->gic, fx->service, lpi[i]);
	port_sim_usage(fx->port, &after);
	assert_int_equal(after.tables - before.tables, 3); /* the IRS keeps them */
}

static void R65_a_level_2_table_whose_mapping_timed_out_is_mapped_by_the_next_attempt(void **state)
{
	struct hyp_fixture *fx = *state;
	struct port_sim_usage usage;
	uint32_t lpi = 0;

	/* The second poll is the one after MAP_L2_ISTR. */
	port_sim_fail(fx->port, 2, PORT_SIM_FAULT_POLL);
	assert_int_equal(vgic5_gic_lpi_alloc(fx->gic, fx->service, 0, handler, NULL, &lpi),
			 -VGIC5_E_TIMEDOUT);
	port_sim_fail(fx->port, 0, 0);
	port_sim_usage(fx->port, &usage);
	assert_int_equal(usage.dangling, 0);
	assert_int_equal(usage.lpis, 0);
	assert_int_equal(vgic5_gic_lpi_alloc(fx->gic, fx->service, 0, handler, NULL, &lpi), 0);
	vgic5_gic_lpi_free(fx->gic, fx->service, lpi);
}

static void bring_up_refuses_what_it_cannot_drive(void **state)
{
	static struct hyp_fixture fx;
	struct vgic5_gic_config cfg = {0};

	(void)state;
	fx_init(&fx);
	fx.irs.min_lpi_id_bits = 10;
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &cfg, &fx.gic), -VGIC5_E_INVAL);
	cfg.irs_count = 1;
	cfg.virt_irs = 1;
	assert_int_equal(vgic5_gic_create(fx.port, &cfg, &fx.gic), -VGIC5_E_INVAL);
	cfg.virt_irs = 0;
	cfg.lpi_id_bits = 9;
	assert_int_equal(vgic5_gic_create(fx.port, &cfg, &fx.gic), -VGIC5_E_INVAL);
	cfg.lpi_id_bits = 25;
	assert_int_equal(vgic5_gic_create(fx.port, &cfg, &fx.gic), -VGIC5_E_INVAL);
	cfg.lpi_id_bits = 10;
	assert_int_equal(vgic5_gic_create(fx.port, &cfg, &fx.gic), 0);
	{
		struct vgic5_gic *second = NULL;

		assert_int_equal(vgic5_gic_create(fx.port, &cfg, &second), -VGIC5_E_BUSY);
		assert_null(second);
	}
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);

	fx_init(&fx);
	fx.irs.lpi = false;
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), -VGIC5_E_NODEV);
	fx_stop_hardware(&fx);
}

static void R21_R66_a_pe_that_no_irs_knows_is_ENODEV_and_nothing_is_programmed(void **state)
{
	static struct hyp_fixture fx;
	struct vgic5_pe *pe = NULL;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), 0);
	gic5_fail_valid(fx.hw, 0, GIC5_STATUS_PE, 1);
	assert_int_equal(vgic5_pe_create(fx.host, fx.ppe[0], &pe), -VGIC5_E_NODEV);
	assert_null(pe);
	gic5_set_delay(fx.hw, 0, GIC5_STATUS_PE, GIC5_DELAY_NEVER);
	assert_int_equal(vgic5_pe_create(fx.host, fx.ppe[0], &pe), -VGIC5_E_TIMEDOUT);
	assert_int_equal(gic5_irs_read(fx.hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_PE_CR0, 4), 0);
	assert_int_equal(vgic5_host_destroy(fx.host), 0);
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);
}

/* An IRS that refuses the table without saying so. */
static void refuse(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	static unsigned polls;
	struct hyp_fixture *fx = opaque;

	(void)pe;
	if (call == PORT_SIM_POLL && ++polls == 2)
		gic5_irs_write(fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_IST_BASER, 8, 0);
}

static void R33_a_refused_ist_is_EIO(void **state)
{
	static struct hyp_fixture fx;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	port_sim_set_hook(fx.port, refuse, &fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), -VGIC5_E_IO);
	assert_null(fx.gic);
	port_sim_set_hook(fx.port, NULL, NULL);
	fx_stop_hardware(&fx);
}

/* An IRS that accepts the write of BASER but stays valid. */
static void stay_valid(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	static unsigned polls;
	struct hyp_fixture *fx = opaque;

	(void)pe;
	if (call == PORT_SIM_POLL && ++polls == 2)
		gic5_irs_write(fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_IST_BASER, 8,
			       fx->gic->table.top.pa.pa | 1);
}

static void R48_the_ist_is_freed_only_when_the_irs_has_given_it_back(void **state)
{
	static struct hyp_fixture fx;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	port_sim_set_hook(fx.port, stay_valid, &fx);
	assert_int_equal(vgic5_gic_destroy(fx.gic), -VGIC5_E_TIMEDOUT);
	port_sim_set_hook(fx.port, NULL, NULL);
	assert_non_null(fx.gic->table.top.va);
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);
}

static void slow_commands_are_waited_for(void **state)
{
	static struct hyp_fixture fx;
	struct test_vm t;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	for (unsigned s = 0; s < GIC5_STATUS_COUNT; s++)
		gic5_set_delay(fx.hw, 0, (enum gic5_status)s, 7);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), 0);
	for (uint32_t i = 0; i < fx.pes; i++)
		assert_int_equal(vgic5_pe_create(fx.host, fx.ppe[i], &fx.pe[i]), 0);
	vm_make(&fx, &t, 2);
	g_irs_on(&t);
	g_lpis(&t, 6);
	enter(&t, 1, 0);
	g_cpu_up(&t, 1);
	g_setup(&t, 1, LPI(9), 8, 1);
	g_sys(&t, 1, GIC5_CDPEND, LPI(9) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect(&t, 1, LPI(9));
	vm_end(&t);
	fx_stop(&fx);
}

/* Instructions take effect late unless a barrier asks: forgotten ones would show. */
static void deferred_instructions_do_not_hurt(void **state)
{
	static struct hyp_fixture fx;
	struct test_vm t;
	const struct gic5_ctx el1 = {.el = 1, .hcr_imo = true};

	(void)state;
	fx_init(&fx);
	fx.cfg.insn_delay = 1000;
	fx_start(&fx);
	vm_make(&fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	gic5_sys(gic5_pe(fx.hw, 0), &el1, GIC5_GSB_SYS, true, 0);
	gic5_context_sync(gic5_pe(fx.hw, 0));
	leave(&t, 0);
	put(&t, 0, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	assert_int_equal(fx_dispatch_all(&fx), 1);
	assert_true(vgic5_vcpu_pending(t.vcpu[0]));
	vm_end(&t);
	fx_stop(&fx);
}

static void several_hosts_live_in_one_process(void **state)
{
	static struct hyp_fixture fx[3];
	struct test_vm t[3];

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		fx_init(&fx[i]);
		fx_start(&fx[i]);
		vm_make(&fx[i], &t[i], 1);
		assert_int_equal(vgic5_vm_id(t[i].vm), 0);
	}
	for (unsigned i = 0; i < 3; i++) {
		g_irs_on(&t[i]);
		enter(&t[i], 0, 0);
		g_cpu_up(&t[i], 0);
		g_setup(&t[i], 0, SPI(i), 8, 0);
	}
	assert_int_equal(line(&t[1], VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	g_expect_none(&t[0], 0);
	g_expect(&t[1], 0, SPI(1));
	g_expect_none(&t[2], 0);
	for (unsigned i = 0; i < 3; i++) {
		vm_end(&t[i]);
		fx_stop(&fx[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(R19_priority_is_dropped_before_the_handler_and_Active_stays_until_after),
		HYP_TEST(ppis_are_dispatched_and_unwanted_interrupts_do_not_come_back),
		cmocka_unit_test(lpis_are_limited_by_the_machine_and_come_back),
		HYP_TEST(level_2_tables_of_the_physical_ist_come_on_demand),
		HYP_TEST(R65_a_level_2_table_whose_mapping_timed_out_is_mapped_by_the_next_attempt),
		cmocka_unit_test(bring_up_refuses_what_it_cannot_drive),
		cmocka_unit_test(
			R21_R66_a_pe_that_no_irs_knows_is_ENODEV_and_nothing_is_programmed),
		cmocka_unit_test(R33_a_refused_ist_is_EIO),
		cmocka_unit_test(R48_the_ist_is_freed_only_when_the_irs_has_given_it_back),
		cmocka_unit_test(slow_commands_are_waited_for),
		cmocka_unit_test(deferred_instructions_do_not_hurt),
		cmocka_unit_test(several_hosts_live_in_one_process),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
