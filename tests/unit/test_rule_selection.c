/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of selection, acknowledge, priority drop, deactivate and routing: facts page, 3 to 5. */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

static const struct gic5_ctx el2_nmi = {.el = 2, .nmi = true};

static bool irq(struct gic_fixture *fx, unsigned pe)
{
	return gic5_line_level(gic5_pe(fx->gic, pe), GIC5_LINE_IRQ);
}

static uint32_t hppi(struct gic_fixture *fx, unsigned pe)
{
	uint64_t value = gic_mrs(fx, pe, &gic_el2, GIC5_ICC_HPPIR_EL1);

	return GIC5_GET(ICC_HPPIR_EL1_HPPIV, value) ? (uint32_t)value : 0;
}

static void pend(struct gic_fixture *fx, uint32_t intid, bool pending)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(intid, pending));
}

static void ppi_setup(struct gic_fixture *fx, unsigned pe, unsigned ppi, unsigned priority)
{
	uint32_t reg = GIC5_ICC_PPI_PRIORITYR0_EL1 + ppi / 8;
	uint64_t value = gic_mrs(fx, pe, &gic_el2, reg);

	value &= ~(UINT64_C(0xff) << (8 * (ppi % 8)));
	gic_msr(fx, pe, &gic_el2, reg, value | (uint64_t)priority << (8 * (ppi % 8)));
	gic_msr(fx, pe, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1,
		gic_mrs(fx, pe, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1) | UINT64_C(1) << ppi);
}

/* ---- 3.1 candidate ---- */

GIC_TEST(candidate_needs_pending_enabled_inactive_and_target)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	assert_false(irq(fx, 0));
	pend(fx, SPI(1), true);
	assert_true(irq(fx, 0));
	assert_false(irq(fx, 1));

	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(1));
	assert_false(irq(fx, 0));
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(1));
	assert_true(irq(fx, 0));

	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(1), 1));
	assert_false(irq(fx, 0));
	assert_true(irq(fx, 1));

	pend(fx, SPI(1), false);
	assert_false(irq(fx, 1));
}

GIC_TEST(irsen_zero_recalls_every_candidate_at_the_write_and_keeps_state)
{
	gic_lpis(fx, 6);
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	gic_setup_irq(fx, 0, &gic_el2, LPI(1), 8, 1);
	pend(fx, SPI(1), true);
	pend(fx, LPI(1), true);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_false(irq(fx, 0));
	assert_false(irq(fx, 1));
	assert_true(gic_state(fx, -1, SPI(1)).pending);
	/* Events, instructions and table commands still work. */
	gic5_spi_wire(fx->gic, 2, true);
	assert_true(gic_state(fx, -1, SPI(2)).pending);
	gic_w32(fx, 0, GIC5_IRS_CR0, 1);
	assert_true(irq(fx, 0));
	assert_true(irq(fx, 1));
}

GIC_TEST(irsen_zero_leaves_ppis_alone)
{
	ppi_setup(fx, 0, GIC5_PPI_SW, 4);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, 1 << GIC5_PPI_SW);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_int_equal(hppi(fx, 0), PPI(GIC5_PPI_SW));
}

GIC_TEST(invalid_table_recalls_its_interrupts)
{
	struct gic_ist ist = gic_lpis(fx, 6);

	gic_setup_irq(fx, 0, &gic_el2, LPI(1), 8, 0);
	pend(fx, LPI(1), true);
	assert_true(irq(fx, 0));
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_false(irq(fx, 0));
}

GIC_TEST(link_down_takes_away_irs_candidates)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_EN));
	assert_false(irq(fx, 0));
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR),
			 GIC5_MASK(IRS_PE_STATUSR_V) | GIC5_MASK(IRS_PE_STATUSR_IDLE));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1,
		GIC5_MASK(ICC_CR0_EL1_EN) | GIC5_MASK(ICC_CR0_EL1_LINK));
	assert_true(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1) & GIC5_MASK(ICC_CR0_EL1_LINK_IDLE));
	assert_true(irq(fx, 0));
	assert_true(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR) & GIC5_MASK(IRS_PE_STATUSR_ONLINE));
}

GIC_TEST(R_XBQTT_lowest_number_is_the_highest_priority)
{
	unsigned i;

	for (i = 0; i < 4; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 30 - 5 * i, 0);
		pend(fx, SPI(i), true);
		assert_int_equal(hppi(fx, 0), SPI(i));
	}
}

GIC_TEST(equal_priorities_are_served_first_come_first_served)
{
	static const unsigned order[] = {5, 2, 9, 1, 7};
	unsigned i;

	for (i = 0; i < 5; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(order[i]), 8, 0);
		pend(fx, SPI(order[i]), true);
	}
	for (i = 0; i < 5; i++) {
		assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(order[i]));
		gic_done(fx, 0, &gic_el2, SPI(order[i]));
	}
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

GIC_TEST(deactivated_and_repended_interrupt_queues_behind_those_that_waited)
{
	unsigned i;

	for (i = 0; i < 3; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 8, 0);
		pend(fx, SPI(i), true);
	}
	for (i = 0; i < 12; i++) {
		assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(i % 3));
		pend(fx, SPI(i % 3), true);
		gic_done(fx, 0, &gic_el2, SPI(i % 3));
	}
}

GIC_TEST(order_after_table_validation_is_ascending)
{
	struct gic_ist ist = gic_lpis(fx, 6);
	static const unsigned order[] = {9, 3, 30};
	unsigned i;

	for (i = 0; i < 3; i++) {
		gic_setup_irq(fx, 0, &gic_el2, LPI(order[i]), 8, 0);
		pend(fx, LPI(order[i]), true);
	}
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base | 1);
	assert_reports(fx, 9, GIC5_ORIGIN_HOST, 3);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(3));
	gic_done(fx, 0, &gic_el2, LPI(3));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(9));
	gic_done(fx, 0, &gic_el2, LPI(9));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(30));
}

/* ---- 3.2, 3.3 ---- */

GIC_TEST(ppi_tie_goes_to_the_lowest_number)
{
	ppi_setup(fx, 0, GIC5_PPI_CNTP, 8);
	ppi_setup(fx, 0, GIC5_PPI_CNTV, 8);
	ppi_setup(fx, 0, GIC5_PPI_CNTHP, 9);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTP, true);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTHP, true);
	assert_int_equal(hppi(fx, 0), PPI(GIC5_PPI_CNTV));
}

GIC_TEST(cr0_en_zero_means_no_hppi)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_LINK));
	assert_int_equal(hppi(fx, 0), 0);
	assert_false(irq(fx, 0));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

static void tie(struct gic_fixture *fx, uint32_t winner)
{
	ppi_setup(fx, 0, GIC5_PPI_SW, 8);
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, 1 << GIC5_PPI_SW);
	assert_int_equal(hppi(fx, 0), winner);
}

GIC_TEST(R_VVBPS_tie_of_ppi_and_irs_goes_to_the_ppi_by_default)
{
	tie(fx, PPI(GIC5_PPI_SW));
}

GIC_TEST_WITH(R_VVBPS_tie_of_ppi_and_irs_follows_the_knob, fx->cfg.ppi_wins_tie = false)
{
	tie(fx, SPI(1));
}

GIC_TEST(D_MSQKF_priority_equal_to_the_mask_is_sufficient)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 8);
	assert_int_equal(hppi(fx, 0), SPI(1));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 7);
	assert_int_equal(hppi(fx, 0), 0);
	assert_false(irq(fx, 0));
}

GIC_TEST(D_MSQKF_priority_equal_to_the_running_one_is_not_sufficient)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 1 << 8);
	assert_int_equal(hppi(fx, 0), 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 1 << 9);
	assert_int_equal(hppi(fx, 0), SPI(1));
}

GIC_TEST(D_XMBQZ_running_priority_is_the_lowest_set_bit_of_apr)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 30, 0);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 0x80000000);
	assert_int_equal(hppi(fx, 0), SPI(1));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 0x80000000 | 1 << 4);
	assert_int_equal(hppi(fx, 0), 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(1), 31));
	assert_int_equal(hppi(fx, 0), SPI(1));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 0x80000000);
	assert_int_equal(hppi(fx, 0), 0);
}

GIC_TEST(insufficient_best_candidate_means_no_hppi_even_if_a_ppi_waits)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	ppi_setup(fx, 0, GIC5_PPI_SW, 20);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, 1 << GIC5_PPI_SW);
	pend(fx, SPI(1), true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 7);
	assert_int_equal(hppi(fx, 0), 0);
}

GIC_TEST(apr_has_32_bits)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, ~UINT64_C(0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0xffffffff);
}

/* ---- 3.4 superpriority ---- */

GIC_TEST(R_CSBDX_nmi_is_acknowledged_by_cdnmia_only)
{
	uint64_t value;

	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 0, 0);
	pend(fx, SPI(1), true);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_NMI));
	assert_true(irq(fx, 0));
	value = gic_sysl(fx, 0, &el2_nmi, GIC5_CDIA);
	assert_int_equal(value, 0);
	assert_true(gic_state(fx, -1, SPI(1)).pending);
	value = gic_sysl(fx, 0, &el2_nmi, GIC5_CDNMIA);
	assert_int_equal(value, GIC5_MASK(CDNMIA_VALID) | SPI(1));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 1);
}

GIC_TEST(cdnmia_finds_nothing_if_the_hppi_is_no_nmi)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 1, 0);
	pend(fx, SPI(1), true);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_NMI));
	assert_int_equal(gic_sysl(fx, 0, &el2_nmi, GIC5_CDNMIA), 0);
	assert_int_equal(gic_ack(fx, 0, &el2_nmi), SPI(1));
}

GIC_TEST(without_sctlr_nmi_priority_0_is_an_ordinary_interrupt)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 0, 0);
	pend(fx, SPI(1), true);
	assert_int_equal(gic_sysl(fx, 0, &gic_el2, GIC5_CDNMIA), 0);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(1));
}

GIC_TEST(fiq_is_never_signalled_while_only_non_secure_exists)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 0, 0);
	pend(fx, SPI(1), true);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_FIQ));
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_VFIQ));
}

/* ---- 4 ---- */

GIC_TEST(acknowledge_of_edge_clears_pending_and_sets_active_atomically)
{
	struct gic5_irq_state state;

	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	assert_int_equal(gic_sysl(fx, 0, &gic_el2, GIC5_CDIA), GIC5_MASK(CDIA_VALID) | SPI(1));
	state = gic_state(fx, -1, SPI(1));
	assert_true(state.active);
	assert_false(state.pending);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 1 << 8);
	assert_false(irq(fx, 0));
}

GIC_TEST(acknowledge_of_nothing_changes_nothing)
{
	assert_int_equal(gic_sysl(fx, 0, &gic_el2, GIC5_CDIA), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
}

GIC_TEST(acknowledge_of_a_ppi_sets_its_active_bit)
{
	uint64_t bit = 1 << GIC5_PPI_SW;

	ppi_setup(fx, 0, GIC5_PPI_SW, 3);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, bit);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), PPI(GIC5_PPI_SW));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1), 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, PPI(GIC5_PPI_SW));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), 0);
}

GIC_TEST(acknowledge_leaves_no_spurious_signal)
{
	unsigned changes;

	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	gic_setup_irq(fx, 0, &gic_el2, SPI(2), 8, 0);
	pend(fx, SPI(1), true);
	pend(fx, SPI(2), true);
	changes = fx->line_changes[0][GIC5_LINE_IRQ];
	gic_ack(fx, 0, &gic_el2);
	assert_false(irq(fx, 0));
	assert_int_equal(fx->line_changes[0][GIC5_LINE_IRQ], changes + 1);
}

GIC_TEST(priority_drop_clears_the_lowest_bit_of_apr)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 0x80000110);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0x80000100);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
}

GIC_TEST(drop_and_deactivate_come_in_either_order)
{
	unsigned round;

	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	for (round = 0; round < 2; round++) {
		pend(fx, SPI(1), true);
		assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(1));
		if (round)
			gic_sys(fx, 0, &gic_el2, GIC5_CDDI, SPI(1));
		gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
		if (!round)
			gic_sys(fx, 0, &gic_el2, GIC5_CDDI, SPI(1));
		assert_false(gic_state(fx, -1, SPI(1)).active);
		assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
	}
}

GIC_TEST(deactivate_of_an_spi_works_from_any_pe)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	gic_ack(fx, 0, &gic_el2);
	gic_sys(fx, 1, &gic_el2, GIC5_CDDI, SPI(1));
	assert_false(gic_state(fx, -1, SPI(1)).active);
}

GIC_TEST(deactivate_of_a_ppi_works_on_its_own_pe_only)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1, 1 << GIC5_PPI_SW);
	gic_sys(fx, 1, &gic_el2, GIC5_CDDI, PPI(GIC5_PPI_SW));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), 1 << GIC5_PPI_SW);
	gic_take_reports(fx, 16, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(deactivate_accepts_the_acknowledged_value_unchanged)
{
	uint64_t value;

	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	value = gic_sysl(fx, 0, &gic_el2, GIC5_CDIA);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, value);
	assert_false(gic_state(fx, -1, SPI(1)).active);
}

GIC_TEST(lpi_is_not_delivered_again_before_deactivate)
{
	gic_lpis(fx, 6);
	gic_setup_irq(fx, 0, &gic_el2, LPI(1), 8, 0);
	pend(fx, LPI(1), true);
	gic_ack(fx, 0, &gic_el2);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	pend(fx, LPI(1), true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, LPI(1));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(1));
}

GIC_TEST(higher_priority_preempts_and_nests)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 20, 0);
	gic_setup_irq(fx, 0, &gic_el2, SPI(2), 10, 0);
	pend(fx, SPI(1), true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(1));
	pend(fx, SPI(2), true);
	assert_true(irq(fx, 0));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(2));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 1 << 20 | 1 << 10);
	gic_done(fx, 0, &gic_el2, SPI(2));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 1 << 20);
	gic_done(fx, 0, &gic_el2, SPI(1));
}

/* ---- 5 ---- */

GIC_TEST(any_iaffid_is_stored_and_the_interrupt_waits)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0xfffe);
	pend(fx, SPI(1), true);
	assert_int_equal(gic_state(fx, -1, SPI(1)).iaffid, 0xfffe);
	assert_false(irq(fx, 0));
	assert_false(irq(fx, 1));
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(1), 1));
	assert_true(irq(fx, 1));
}

GIC_TEST(online_is_the_real_state_of_the_link)
{
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 7);
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_CR0_EL1, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 3);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 2);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 1);
}

GIC_TEST(without_one_n_irm_acts_as_targeted_and_strict_reports)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(1), 1) | GIC5_MASK(CDAFF_IRM));
	assert_reports(fx, 17, GIC5_ORIGIN_HOST, 1);
	assert_false(gic_state(fx, -1, SPI(1)).irm);
	assert_int_equal(gic_state(fx, -1, SPI(1)).iaffid, 1);
	pend(fx, SPI(1), true);
	assert_true(irq(fx, 1));
}

static void one_of_n(struct gic_fixture *fx, uint32_t intid, unsigned priority)
{
	gic_setup_irq(fx, 0, &gic_el2, intid, priority, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(intid, 0x77) | GIC5_MASK(CDAFF_IRM));
}

GIC_TEST_WITH(one_of_n_goes_to_exactly_one_pe, fx->irs[0].one_n = true; fx->cfg.pe_count = 4)
{
	unsigned pe, signalled = 0;

	one_of_n(fx, SPI(1), 8);
	assert_true(gic_state(fx, -1, SPI(1)).irm);
	pend(fx, SPI(1), true);
	for (pe = 0; pe < 4; pe++)
		signalled += irq(fx, pe);
	assert_int_equal(signalled, 1);
}

GIC_TEST_WITH(one_of_n_skips_pes_with_dps, fx->irs[0].one_n = true; fx->cfg.pe_count = 4)
{
	unsigned pe, i;

	for (pe = 0; pe < 4; pe++) {
		gic_w32(fx, 0, GIC5_IRS_PE_SELR, pe);
		gic_w32(fx, 0, GIC5_IRS_PE_CR0, pe != 2);
	}
	for (i = 0; i < 6; i++) {
		one_of_n(fx, SPI(i), 8);
		pend(fx, SPI(i), true);
	}
	for (i = 0; i < 6; i++) {
		assert_int_equal(gic_ack(fx, 2, &gic_el2), SPI(i));
		gic_done(fx, 2, &gic_el2, SPI(i));
	}
}

GIC_TEST_WITH(one_of_n_moves_on_when_the_chosen_pe_becomes_ineligible, fx->irs[0].one_n = true)
{
	unsigned chosen;

	one_of_n(fx, SPI(1), 8);
	pend(fx, SPI(1), true);
	chosen = irq(fx, 1);
	assert_true(irq(fx, chosen));
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, chosen);
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 1);
	assert_false(irq(fx, chosen));
	assert_true(irq(fx, !chosen));
}

GIC_TEST_WITH(one_of_n_prefers_a_pe_that_can_take_it_now, fx->irs[0].one_n = true)
{
	unsigned i;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 4);
	for (i = 0; i < 3; i++) {
		one_of_n(fx, SPI(i), 8);
		pend(fx, SPI(i), true);
		assert_int_equal(gic_ack(fx, 1, &gic_el2), SPI(i));
		gic_done(fx, 1, &gic_el2, SPI(i));
	}
}

GIC_TEST_WITH(one_of_n_waits_while_no_pe_is_eligible, fx->irs[0].one_n = true)
{
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 0);
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 1);
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_EN)); /* offline */
	one_of_n(fx, SPI(1), 8);
	pend(fx, SPI(1), true);
	assert_false(irq(fx, 0));
	assert_false(irq(fx, 1));
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 0);
	assert_true(irq(fx, 0));
}

GIC_TEST_WITH(spi_of_one_irs_may_target_a_pe_of_another, fx->cfg.irs_count = 2;
	      fx->irs[0].spi_irs_range = 32; fx->irs[1].spi_irs_range = 32;
	      fx->irs[1].spi_base = 32; fx->irs[1].irsid = 1; fx->cfg.spi_range = 64;
	      fx->pe[1].irs = 1)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(40), 8, 0);
	gic5_spi_wire(fx->gic, 40, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(40));
	gic_setup_irq(fx, 0, &gic_el2, SPI(4), 8, 1);
	gic5_spi_wire(fx->gic, 4, true);
	assert_int_equal(gic_ack(fx, 1, &gic_el2), SPI(4));
}

GIC_TEST_MAIN()
