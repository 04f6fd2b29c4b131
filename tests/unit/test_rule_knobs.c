/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Knobs and test aids: completion delays, injected failures, deferred instructions, the shadow
 * (17.1, 17.2, 19).
 */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

/* ---- IDLE after n polls ---- */

/* Polls until IDLE, or -1 after many. */
static int polls(struct gic_fixture *fx, uint32_t status, uint32_t idle)
{
	int n;

	for (n = 0; n < 50; n++) {
		if (gic_r32(fx, 0, status) & idle)
			return n;
	}
	return -1;
}

GIC_TEST(delay_of_n_reads_shows_idle_after_them)
{
	gic5_set_delay(fx->gic, 0, GIC5_STATUS_CR0, 3);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_int_equal(polls(fx, GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IDLE)), 3);
	assert_int_equal(polls(fx, GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IDLE)), 0);
}

struct delayed {
	enum gic5_status status;
	uint32_t command, command_width, statusr;
	uint64_t value;
};

static const struct delayed delayed[] = {
	{GIC5_STATUS_SYNC,    GIC5_IRS_SYNCR,         4, GIC5_IRS_SYNC_STATUSR,    1U << 31},
	{GIC5_STATUS_SPI,     GIC5_IRS_SPI_SELR,      4, GIC5_IRS_SPI_STATUSR,     3       },
	{GIC5_STATUS_SPI,     GIC5_IRS_SPI_CFGR,      4, GIC5_IRS_SPI_STATUSR,     1       },
	{GIC5_STATUS_SPI,     GIC5_IRS_SPI_RESAMPLER, 4, GIC5_IRS_SPI_STATUSR,     1       },
	{GIC5_STATUS_PE,      GIC5_IRS_PE_SELR,       4, GIC5_IRS_PE_STATUSR,      1       },
	{GIC5_STATUS_PE,      GIC5_IRS_PE_CR0,        4, GIC5_IRS_PE_STATUSR,      1       },
	{GIC5_STATUS_IST,     GIC5_IRS_IST_BASER,     8, GIC5_IRS_IST_STATUSR,     0       },
	{GIC5_STATUS_VMT,     GIC5_IRS_VMT_BASER,     8, GIC5_IRS_VMT_STATUSR,     0       },
	{GIC5_STATUS_VPE,     GIC5_IRS_VPE_SELR,      8, GIC5_IRS_VPE_STATUSR,     1       },
	{GIC5_STATUS_VM,      GIC5_IRS_VM_SELR,       4, GIC5_IRS_VM_STATUSR,      1       },
	{GIC5_STATUS_SAVE_VM, GIC5_IRS_SAVE_VMR,      8, GIC5_IRS_SAVE_VM_STATUSR, 1       },
};

GIC_TEST(each_status_register_can_be_delayed)
{
	size_t i;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (i = 0; i < sizeof(delayed) / sizeof(delayed[0]); i++) {
		const struct delayed *d = &delayed[i];

		gic5_set_delay(fx->gic, 0, d->status, 2);
		gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, d->command, d->command_width,
			       d->value);
		assert_int_equal(polls(fx, d->statusr, 1), 2);
		gic5_set_delay(fx->gic, 0, d->status, 0);
	}
}

GIC_TEST(each_status_register_can_stay_busy_for_ever)
{
	size_t i;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (i = 0; i < sizeof(delayed) / sizeof(delayed[0]); i++) {
		const struct delayed *d = &delayed[i];

		gic5_set_delay(fx->gic, 0, d->status, GIC5_DELAY_NEVER);
		gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, d->command, d->command_width,
			       d->value);
		assert_int_equal(polls(fx, d->statusr, 1), -1);
		gic5_reset(fx->gic);
		gic5_set_delay(fx->gic, 0, d->status, 0);
	}
}

GIC_TEST(command_takes_effect_when_idle_is_seen)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic5_set_delay(fx->gic, 0, GIC5_STATUS_IST, 2);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	assert_int_equal(gic_peek64(fx, ist.base) & 1, 0);
	assert_int_equal(polls(fx, GIC5_IRS_IST_STATUSR, 1), 2);
	assert_int_equal(gic_peek64(fx, ist.base) & 1, 1);
}

GIC_TEST(command_that_never_completes_has_no_effect)
{
	struct gic_vm vm = {.vm_id = 3, .vpe_id_bits = 1};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	gic5_set_delay(fx->gic, 0, GIC5_STATUS_VMT, GIC5_DELAY_NEVER);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 3);
	assert_int_equal(polls(fx, GIC5_IRS_VMT_STATUSR, 1), -1);
	assert_int_equal(gic_peek64(fx, vm.vmte) & 1, 0);
}

/* ---- injected failures ---- */

GIC_TEST(failed_valid_lasts_for_the_given_number_of_selections)
{
	static const struct {
		enum gic5_status status;
		uint32_t selr, width, statusr;
		uint64_t value;
	} list[] = {
		{GIC5_STATUS_SPI, GIC5_IRS_SPI_SELR, 4, GIC5_IRS_SPI_STATUSR, 3},
		{GIC5_STATUS_PE,  GIC5_IRS_PE_SELR,  4, GIC5_IRS_PE_STATUSR,  1},
		{GIC5_STATUS_VPE, GIC5_IRS_VPE_SELR, 8, GIC5_IRS_VPE_STATUSR,
		 UINT64_C(1) << 63 | 1					 },
		{GIC5_STATUS_VM,  GIC5_IRS_VM_SELR,  4, GIC5_IRS_VM_STATUSR,  1},
	};
	size_t i;
	unsigned n;

	gic_simple_vm(fx, 1);
	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		gic5_fail_valid(fx->gic, 0, list[i].status, 2);
		for (n = 0; n < 3; n++) {
			gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, list[i].selr, list[i].width,
				       list[i].value);
			assert_int_equal(gic_r32(fx, 0, list[i].statusr) >> 1 & 1, n == 2);
		}
	}
}

GIC_TEST(failed_residency_hits_the_kth_request)
{
	gic_simple_vm(fx, 1);
	gic5_fail_residency(fx->gic, 2);
	assert_true(gic_enter(fx, 0, 1, 0));
	gic_leave(fx, 0, -1);
	assert_false(gic_enter(fx, 0, 1, 0));
	gic_leave(fx, 0, -1);
	assert_true(gic_enter(fx, 0, 1, 0));
	gic_take_reports(fx, 12, GIC5_ORIGIN_HOST, NULL);
}

/* ---- deferred instructions ---- */

static void defer(struct gic_fixture *fx, unsigned n)
{
	fx->cfg.insn_delay = n;
}

GIC_TEST_WITH(deferred_instruction_takes_effect_at_gsb_sys, defer(fx, 100))
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(3));
	assert_false(gic_state(fx, -1, SPI(3)).enabled);
	gic_sys(fx, 0, &gic_el2, GIC5_GSB_SYS, 0);
	assert_true(gic_state(fx, -1, SPI(3)).enabled);
}

GIC_TEST_WITH(deferred_instruction_takes_effect_at_a_context_synchronisation, defer(fx, 100))
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(3));
	assert_false(gic_state(fx, -1, SPI(3)).enabled);
	gic5_context_sync(gic5_pe(fx->gic, 0));
	assert_true(gic_state(fx, -1, SPI(3)).enabled);
}

GIC_TEST_WITH(R_XCLJC_deferred_instruction_takes_effect_in_finite_time, defer(fx, 3))
{
	unsigned i;

	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(3));
	assert_false(gic_state(fx, -1, SPI(3)).enabled);
	for (i = 0; i < 4; i++)
		gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(5), i));
	assert_true(gic_state(fx, -1, SPI(3)).enabled);
}

GIC_TEST_WITH(deferred_instructions_keep_program_order, defer(fx, 100))
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(3), 7));
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(3), 9));
	gic_sys(fx, 0, &gic_el2, GIC5_GSB_SYS, 0);
	assert_int_equal(gic_state(fx, -1, SPI(3)).priority, 9);
}

GIC_TEST_WITH(rule_24_icsr_read_before_synchronisation_gives_the_old_value, defer(fx, 100))
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(3));
	gic_sys(fx, 0, &gic_el2, GIC5_CDRCFG, SPI(3));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 1);
	assert_reports(fx, 24, GIC5_ORIGIN_HOST, 1);
	gic5_context_sync(gic5_pe(fx->gic, 0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 2);
}

/* ---- noncoherent ---- */

GIC_TEST_WITH(noncoherent_reads_a_shadow_until_the_cache_is_maintained, fx->cfg.noncoherent = true)
{
	struct gic_ist ist = {.id_bits = 6};
	struct gic5_irq_state state;

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	assert_true(gic5_inspect(fx->gic, -1, LPI(1), &state));
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	/* Software fills an entry, and forgets to clean. */
	gic_poke32(fx, ist.base + 4, 8);
	gic_ist_enable(fx, 0, &ist);
	assert_true(gic5_inspect(fx->gic, -1, LPI(1), &state));
	assert_false(state.enabled);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	gic_poke32(fx, ist.base + 4, 8);
	gic5_cache_maintain(fx->gic, ist.base, 256);
	gic_ist_enable(fx, 0, &ist);
	assert_true(gic5_inspect(fx->gic, -1, LPI(1), &state));
	assert_true(state.enabled);
}

/* ---- event_sets_hm, link_at_reset, firmware_has_run ---- */

GIC_TEST_WITH(U2_lpi_events_leave_hm_by_the_knob, fx->cfg.event_sets_hm = false)
{
	gic_lpis(fx, 6);
	gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(LPI(1), true));
	gic5_event_physical(fx->gic, LPI(1), GIC5_SET_EDGE);
	assert_true(gic_state(fx, -1, LPI(1)).level);
}

GIC_TEST(U2_lpi_events_set_hm_by_default)
{
	gic_lpis(fx, 6);
	gic5_event_physical(fx->gic, LPI(1), GIC5_SET_LEVEL);
	assert_true(gic_state(fx, -1, LPI(1)).level);
	gic5_event_physical(fx->gic, LPI(1), GIC5_SET_EDGE);
	assert_false(gic_state(fx, -1, LPI(1)).level);
}

GIC_TEST(U26_pend_0_of_a_level_spi_lasts_until_the_next_sample)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 3);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
	gic5_spi_wire(fx->gic, 3, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(3), false));
	assert_false(gic_state(fx, -1, SPI(3)).pending);
	gic5_spi_wire(fx->gic, 3, true); /* no change of the wire */
	assert_false(gic_state(fx, -1, SPI(3)).pending);
	gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, 3);
	assert_true(gic_state(fx, -1, SPI(3)).pending);
}

GIC_TEST_PLAIN(link_at_reset_decides_link_and_online)
{
	static struct gic_fixture fx;
	unsigned link;

	(void)state;
	for (link = 0; link < 2; link++) {
		gic_fixture_init(&fx);
		fx.cfg.link_at_reset = link;
		gic_test_create(&fx);
		assert_int_equal(gic_mrs(&fx, 0, &gic_el2, GIC5_ICC_CR0_EL1) >> 1 & 1, link);
		gic_w32(&fx, 0, GIC5_IRS_PE_SELR, 0);
		assert_int_equal(gic_r32(&fx, 0, GIC5_IRS_PE_STATUSR) >> 2 & 1, link);
		gic_test_stop(&fx);
	}
}

GIC_TEST_PLAIN(firmware_has_run_means_no_traps_and_vctlr_1)
{
	static struct gic_fixture fx;

	(void)state;
	gic_fixture_init(&fx);
	fx.cfg.firmware_has_run = true;
	gic_test_create(&fx);
	assert_int_equal(gic_mrs(&fx, 0, &gic_el2, GIC5_ICH_HFGRTR_EL2), 0x1f00ff);
	assert_int_equal(gic_mrs(&fx, 0, &gic_el2, GIC5_ICH_HFGWTR_EL2), 0x1e0065);
	assert_int_equal(gic_mrs(&fx, 0, &gic_el2, GIC5_ICH_HFGITR_EL2), 0x7ff);
	assert_int_equal(gic_mrs(&fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2), 1);
	gic_test_stop(&fx);
}

GIC_TEST_PLAIN(contradictory_configurations_are_refused_with_a_reason)
{
	static struct gic_fixture fx;
	unsigned n;

	(void)state;
	for (n = 0; n < 14; n++) {
		gic_fixture_init(&fx);
		switch (n) {
		case 0:
			fx.irs[0].virt = false;
			fx.irs[0].virt_one_n = true;
			break;
		case 1: fx.pe[1].iaffid = 0; break;
		case 2: fx.irs[0].id_bits = 25; break;
		case 3: fx.irs[0].priority_bits = 6; break;
		case 4: fx.irs[0].priority_bits = 0; break;
		case 5: fx.irs[0].vm_id_bits = 17; break;
		case 6: fx.irs[0].vped_sz = 13; break;
		case 7: fx.pe[0].irs = 1; break;
		case 8: fx.cfg.irs_count = 2; break; /* SPI ranges overlap */
		case 9: fx.cfg.irs_count = 0; break;
		case 10: fx.cfg.pe_count = 0; break;
		case 11: fx.pe[0].pri_bits = 3; break;
		case 12: fx.irs[0].min_lpi_id_bits = 15; break;
		default: fx.irs[0].iaffid_bits = 0; break;
		}
		assert_int_equal(gic_fixture_start(&fx), -VGIC5_E_INVAL);
		assert_true(fx.trouble[0] != '\0');
		gic_test_stop(&fx);
	}
}

GIC_TEST_MAIN()
