/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of interrupt state and events: facts page, sections 1 and 2. */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

static void select_spi_mode(struct gic_fixture *fx, uint32_t spi, bool level)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, spi);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, level);
}

GIC_TEST(R_HHKMN_set_edge_sets_pending_and_clears_hm)
{
	gic_lpis(fx, 8);
	gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(SPI(4), true));
	gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(LPI(4), true));
	gic5_event_physical(fx->gic, SPI(4), GIC5_SET_EDGE);
	gic5_event_physical(fx->gic, LPI(4), GIC5_SET_EDGE);
	assert_true(gic_state(fx, -1, SPI(4)).pending);
	assert_false(gic_state(fx, -1, SPI(4)).level);
	assert_true(gic_state(fx, -1, LPI(4)).pending);
	assert_false(gic_state(fx, -1, LPI(4)).level);
}

GIC_TEST(R_HHKMN_set_level_sets_pending_and_hm)
{
	gic5_event_physical(fx->gic, SPI(4), GIC5_SET_LEVEL);
	assert_true(gic_state(fx, -1, SPI(4)).pending);
	assert_true(gic_state(fx, -1, SPI(4)).level);
}

GIC_TEST(clear_event_clears_pending_and_leaves_hm)
{
	gic5_event_physical(fx->gic, SPI(4), GIC5_SET_LEVEL);
	gic5_event_physical(fx->gic, SPI(4), GIC5_CLEAR);
	assert_false(gic_state(fx, -1, SPI(4)).pending);
	assert_true(gic_state(fx, -1, SPI(4)).level);
}

GIC_TEST(pend_instruction_leaves_hm)
{
	unsigned hm;

	for (hm = 0; hm < 2; hm++) {
		gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(SPI(4), hm));
		gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(4), true));
		assert_true(gic_state(fx, -1, SPI(4)).pending);
		assert_int_equal(gic_state(fx, -1, SPI(4)).level, hm);
		gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(4), false));
		assert_false(gic_state(fx, -1, SPI(4)).pending);
		assert_int_equal(gic_state(fx, -1, SPI(4)).level, hm);
	}
}

GIC_TEST(R_QBXXV_edge_wire_rising_sets_edge_and_falling_does_nothing)
{
	select_spi_mode(fx, 6, false);
	gic5_spi_wire(fx->gic, 6, true);
	assert_true(gic_state(fx, -1, SPI(6)).pending);
	assert_false(gic_state(fx, -1, SPI(6)).level);
	gic5_spi_wire(fx->gic, 6, false);
	assert_true(gic_state(fx, -1, SPI(6)).pending);
}

GIC_TEST(R_DMTFM_level_wire_sets_and_clears_pending)
{
	select_spi_mode(fx, 6, true);
	gic5_spi_wire(fx->gic, 6, true);
	assert_true(gic_state(fx, -1, SPI(6)).pending);
	assert_true(gic_state(fx, -1, SPI(6)).level);
	gic5_spi_wire(fx->gic, 6, false);
	assert_false(gic_state(fx, -1, SPI(6)).pending);
}

GIC_TEST(resampler_samples_the_named_spi_not_the_selected_one)
{
	select_spi_mode(fx, 7, true);
	gic5_spi_wire(fx->gic, 6, true);
	gic5_spi_wire(fx->gic, 7, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(6), false));
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(7), false));
	gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, 6);
	assert_true(gic_state(fx, -1, SPI(6)).pending);
	assert_false(gic_state(fx, -1, SPI(6)).level);
	assert_false(gic_state(fx, -1, SPI(7)).pending);
	gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, 7);
	assert_true(gic_state(fx, -1, SPI(7)).level);
}

GIC_TEST(resampler_of_a_low_wire_clears_level_and_leaves_edge)
{
	select_spi_mode(fx, 7, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(6), true));
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(7), true));
	gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, 6);
	gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, 7);
	assert_true(gic_state(fx, -1, SPI(6)).pending);
	assert_false(gic_state(fx, -1, SPI(7)).pending);
}

GIC_TEST(R_KBPXL_trigger_mode_to_level_samples_the_wire)
{
	/* high: SET_LEVEL */
	gic5_spi_wire(fx->gic, 3, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(3), false));
	select_spi_mode(fx, 3, true);
	assert_true(gic_state(fx, -1, SPI(3)).pending);
	assert_true(gic_state(fx, -1, SPI(3)).level);
	/* low: CLEAR */
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(4), true));
	select_spi_mode(fx, 4, true);
	assert_false(gic_state(fx, -1, SPI(4)).pending);
}

GIC_TEST(R_KBPXL_trigger_mode_to_edge_clears_if_the_wire_is_high)
{
	select_spi_mode(fx, 3, true);
	gic5_spi_wire(fx->gic, 3, true);
	select_spi_mode(fx, 3, false);
	assert_false(gic_state(fx, -1, SPI(3)).pending);

	select_spi_mode(fx, 4, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(4), true));
	select_spi_mode(fx, 4, false);
	assert_true(gic_state(fx, -1, SPI(4)).pending);
}

GIC_TEST(same_trigger_mode_again_does_nothing)
{
	select_spi_mode(fx, 3, true);
	gic5_spi_wire(fx->gic, 3, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(3), false));
	select_spi_mode(fx, 3, true);
	assert_false(gic_state(fx, -1, SPI(3)).pending);
}

GIC_TEST(edge_fires_again_while_active_and_is_delivered_after_deactivate)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 8, 0);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	assert_true(gic_state(fx, -1, SPI(5)).pending);
	assert_true(gic_state(fx, -1, SPI(5)).active);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, SPI(5));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
}

GIC_TEST(level_stays_pending_through_acknowledge_and_comes_again_after_deactivate)
{
	select_spi_mode(fx, 5, true);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 8, 0);
	gic5_spi_wire(fx->gic, 5, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
	assert_true(gic_state(fx, -1, SPI(5)).pending);
	gic_done(fx, 0, &gic_el2, SPI(5));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
	gic5_spi_wire(fx->gic, 5, false);
	gic_done(fx, 0, &gic_el2, SPI(5));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

GIC_TEST(level_wire_that_drops_before_acknowledge_is_recalled)
{
	select_spi_mode(fx, 5, true);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 8, 0);
	gic5_spi_wire(fx->gic, 5, true);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	gic5_spi_wire(fx->gic, 5, false);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

GIC_TEST(disabling_an_active_interrupt_leaves_it_active)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 8, 0);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	gic_ack(fx, 0, &gic_el2);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(5));
	assert_true(gic_state(fx, -1, SPI(5)).active);
	assert_false(gic_state(fx, -1, SPI(5)).enabled);
}

GIC_TEST_WITH(priority_bits_not_implemented_are_low_order_ignored_and_read_zero,
	      fx->irs[0].priority_bits = 2)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(5), 31));
	assert_int_equal(gic_state(fx, -1, SPI(5)).priority, 24);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(5), 7));
	assert_int_equal(gic_state(fx, -1, SPI(5)).priority, 0);
}

GIC_TEST(R_CFSKX_architected_ppis_are_level_but_sw_ppi_is_edge)
{
	uint64_t hm = gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_HMR0_EL1);
	uint64_t have = fx->pe[0].ppi_implemented[0];

	assert_int_equal(hm, have & ~(UINT64_C(1) << GIC5_PPI_SW));
	assert_true(have >> GIC5_PPI_SW & 1);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_HMR1_EL1), 0);
}

GIC_TEST(unimplemented_ppis_are_raz_wi_in_every_ppi_register)
{
	size_t i;
	unsigned pe = 0;

	for (i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];
		uint64_t value, have;

		if (reg->shape == GIC5_SHAPE_FIELDS || reg->access == GIC5_RO)
			continue;
		gic_msr(fx, pe, &gic_el2, reg->enc, ~UINT64_C(0));
		value = gic_mrs(fx, pe, &gic_el2, reg->enc);
		if (reg->shape == GIC5_SHAPE_BITMAP) {
			/* Second register of each pair: PPIs 64..127, none implemented. */
			have = GIC5_ENC_OP2(reg->enc) & 1 ? 0 : fx->pe[0].ppi_implemented[0];
			assert_int_equal(value & ~have, 0);
		} else {
			unsigned first =
				8 * (unsigned)((reg->enc & 7) | (GIC5_ENC_CRM(reg->enc) & 1) << 3);
			unsigned b;

			for (b = 0; b < 8; b++) {
				have = first + b < 64 &&
				       fx->pe[0].ppi_implemented[0] >> (first + b) & 1;
				assert_int_equal(value >> (8 * b) & 0xff, have ? 0x1f : 0);
			}
		}
	}
	for (i = 0; i < GIC5_PPI_COUNT; i++)
		gic5_ppi_wire(gic5_pe(fx->gic, 1), (unsigned)i, true);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1) &
				 ~fx->pe[1].ppi_implemented[0],
			 0);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_PPI_SPENDR1_EL1), 0);
}

GIC_TEST(pending_of_a_level_ppi_follows_its_source)
{
	uint64_t bit = UINT64_C(1) << GIC5_PPI_CNTV;
	struct gic5_pe *pe = gic5_pe(fx->gic, 0);

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1) & bit, 0);
	gic5_ppi_wire(pe, GIC5_PPI_CNTV, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1) & bit, bit);
	gic5_ppi_wire(pe, GIC5_PPI_CNTV, false);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1) & bit, 0);
}

GIC_TEST(edge_ppi_is_set_and_cleared_by_software)
{
	uint64_t bit = UINT64_C(1) << GIC5_PPI_SW;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1), bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_CPENDR0_EL1), 0);
}

GIC_TEST(same_number_in_two_types_is_two_interrupts)
{
	gic_lpis(fx, 8);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(9));
	assert_true(gic_state(fx, -1, SPI(9)).enabled);
	assert_false(gic_state(fx, -1, LPI(9)).enabled);
}

GIC_TEST(lpi_is_reachable_only_inside_a_valid_table)
{
	struct gic5_irq_state state;
	struct gic_ist ist;

	assert_false(gic5_inspect(fx->gic, -1, LPI(3), &state));
	ist = gic_lpis(fx, 6);
	assert_true(gic5_inspect(fx->gic, -1, LPI(63), &state));
	assert_false(gic5_inspect(fx->gic, -1, LPI(64), &state));
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_false(gic5_inspect(fx->gic, -1, LPI(63), &state));
}

GIC_TEST(lpi_of_a_two_level_table_is_reachable_once_its_l1_entry_is_valid)
{
	struct gic_ist ist = {.two_level = true, .id_bits = 12};
	struct gic5_irq_state state;

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	assert_false(gic5_inspect(fx->gic, -1, LPI(1024), &state));
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 2047);
	assert_true(gic5_inspect(fx->gic, -1, LPI(1024), &state));
	assert_false(gic5_inspect(fx->gic, -1, LPI(1023), &state));
	assert_false(gic5_inspect(fx->gic, -1, LPI(2048), &state));
}

GIC_TEST(unreachable_interrupt_shows_only_in_icsr_f)
{
	uint64_t icsr;

	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, LPI(5));
	icsr = gic_rcfg(fx, 0, &gic_el2, LPI(5));
	assert_int_equal(icsr, GIC5_MASK(ICC_ICSR_EL1_F));
	assert_reports(fx, 15, GIC5_ORIGIN_HOST, 2);
}

GIC_TEST(rcfg_tells_every_field_of_the_interrupt)
{
	uint64_t want = GIC5_PUT(ICC_ICSR_EL1_IAFFID, 0xabcd) |
			GIC5_PUT(ICC_ICSR_EL1_PRIORITY, 21) | GIC5_MASK(ICC_ICSR_EL1_HM) |
			GIC5_MASK(ICC_ICSR_EL1_PENDING) | GIC5_MASK(ICC_ICSR_EL1_ENABLED);

	gic_setup_irq(fx, 0, &gic_el2, SPI(2), 21, 0xabcd);
	gic5_event_physical(fx->gic, SPI(2), GIC5_SET_LEVEL);
	assert_int_equal(gic_rcfg(fx, 0, &gic_el2, SPI(2)), want);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(2), 1));
	gic_ack(fx, 1, &gic_el2);
	want = GIC5_SET(ICC_ICSR_EL1_IAFFID, want, 1) | GIC5_MASK(ICC_ICSR_EL1_ACTIVE);
	assert_int_equal(gic_rcfg(fx, 0, &gic_el2, SPI(2)), want);
}

GIC_TEST(iaffid_register_names_the_pe)
{
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_IAFFIDR_EL1), 0);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_IAFFIDR_EL1), 1);
}

GIC_TEST_MAIN()
