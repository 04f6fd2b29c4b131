/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Choices where the architecture's public sources are silent (facts page, 18), as far as no other
 * test has the number in its name: U2, U4, U6 to U10, U13 to U19, U25 to U27, U29 stand with the
 * rules they belong to. U20 to U24 concern ITS and IWB.
 */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

GIC_TEST(U1_ppis_0_to_2_are_not_implemented_and_the_default_set_is_that_of_an_el2_machine)
{
	uint64_t have;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0));
	have = gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1);
	assert_int_equal(have, 1 << 3 | 1 << 23 | 1 << 26 | 1 << 27 | 1 << 28 | 1 << 30);
	assert_int_equal(have & 7, 0);
}

GIC_TEST(U3_dps_is_0_after_reset)
{
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_CR0), 0);
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 1);
	gic5_reset(fx->gic);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_CR0), 0);
}

GIC_TEST(U5_mpam_is_not_advertised)
{
	uint32_t idr0 = gic_r32(fx, 0, GIC5_IRS_IDR0);

	assert_int_equal(GIC5_GET(IRS_IDR0_MPAM, idr0), 0);
	assert_int_equal(GIC5_GET(IRS_IDR0_MPAM2, idr0), 0);
}

/* Memory above 2^52, so that bits 55:52 of the entry matter. */
static void high_memory(struct gic_fixture *fx)
{
	fx->memory_base = UINT64_C(0x00a0000000000000);
	fx->irs[0].pa_range = 7;
}

GIC_TEST_WITH(U11_l1_vmte_address_is_decoded_up_to_bit_55, high_memory(fx))
{
	struct gic_vm vm = {.vm_id = 130, .vpe_id_bits = 1, .vpe_count = 1, .lpi.id_bits = 6};

	gic_vmt(fx, 8, true);
	gic_vm_map(fx, &vm);
	assert_true(gic_enter(fx, 0, 130, 0));
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(63), 8, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(LPI(63), true));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(63));
}

GIC_TEST_WITH(every_table_address_is_decoded_up_to_bit_55, high_memory(fx))
{
	struct gic_ist ist = {.two_level = true, .id_bits = 12};

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 4095);
	gic_setup_irq(fx, 0, &gic_el2, LPI(4095), 8, 0);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &ist, 4095)), 8 << 11 | 8);
}

GIC_TEST(U12_vped_address_is_decoded_from_bit_3)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);
	uint64_t vped = gic_alloc(fx, 256, 256) + 8;

	/* Bytes below the descriptor do not belong to it. */
	gic_poke64(fx, vped - 8, 1);
	gic_poke64(fx, vm.vpet + 8, vped);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VPER,
		GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, 1) | 1);
	assert_true(gic_vpe_select(fx, 1, 1));
	assert_true(gic5_references(fx->gic, vped, 8));
	assert_false(gic5_references(fx->gic, vped - 8, 8));
	/* Whoever wants aligned ones hears of it. */
	gic_take_reports(fx, 5, GIC5_ORIGIN_HOST, NULL);
}

static void two_irs(struct gic_fixture *fx)
{
	fx->cfg.irs_count = 2;
	fx->irs[0].spi_irs_range = fx->irs[1].spi_irs_range = 32;
	fx->irs[1].spi_base = 32;
	fx->irs[1].irsid = 1;
	fx->cfg.spi_range = 64;
	fx->pe[1].irs = 1;
}

GIC_TEST_WITH(U28_one_irs_holds_the_vm_table_and_pes_of_all_use_it, two_irs(fx))
{
	gic_simple_vm(fx, 2);
	assert_true(gic_enter(fx, 1, 1, 1));
	gic_setup_irq(fx, 1, &gic_el1_virt, LPI(3), 8, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), true));
	assert_int_equal(gic_ack(fx, 1, &gic_el1_virt), LPI(3));
	gic_done(fx, 1, &gic_el1_virt, LPI(3));
	/* The PE's own IRS decides. */
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), true));
	gic_w32(fx, 1, GIC5_IRS_CR0, 0);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 1), GIC5_LINE_VIRQ));
	gic_w32(fx, 1, GIC5_IRS_CR0, 1);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 1), GIC5_LINE_VIRQ));
}

GIC_TEST_WITH(U28_lpis_of_the_one_table_reach_pes_of_every_irs, two_irs(fx))
{
	gic_lpis(fx, 6);
	gic_setup_irq(fx, 0, &gic_el2, LPI(3), 8, 1);
	gic5_event_physical(fx->gic, LPI(3), GIC5_SET_EDGE);
	assert_int_equal(gic_ack(fx, 1, &gic_el2), LPI(3));
}

/* ---- rules without a number of their own ---- */

GIC_TEST(deactivation_of_a_reserved_type_or_unreachable_interrupt_is_ignored)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, 5);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, GIC5_INTID(7, 5));
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, LPI(5));
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, PPI(5));
	assert_true(gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL) >= 3);
}

GIC_TEST(two_level_table_that_one_level_2_table_covers_has_one_l1_entry)
{
	struct gic_ist ist = {.two_level = true, .id_bits = 6, .l2sz = 2};
	struct gic5_irq_state state;

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 63);
	assert_true(gic5_inspect(fx->gic, -1, LPI(63), &state));
	assert_false(gic5_inspect(fx->gic, -1, LPI(64), &state));
}

GIC_TEST(commands_without_m_do_nothing)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_U) | 1);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VISTR,
		GIC5_MASK(IRS_VMAP_VISTR_U) | GIC5_PUT(IRS_VMAP_VISTR_VM_ID, 1) |
			GIC5_PUT(IRS_VMAP_VISTR_TYPE, GIC5_TYPE_LPI));
	assert_true(gic_vpe_select(fx, 1, 0));
	assert_true(gic_state(fx, 1, LPI(3)).priority == 0);
	assert_int_equal(gic_peek64(fx, vm.vmte) & 1, 1);
	gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(vpe_dps_is_stored_per_vpe)
{
	gic_simple_vm(fx, 2);
	gic_vpe_select(fx, 1, 1);
	gic_w32(fx, 0, GIC5_IRS_VPE_CR0, 1);
	gic_vpe_select(fx, 1, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_CR0), 0);
	gic_vpe_select(fx, 1, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_CR0), 1);
}

GIC_TEST_WITH(four_priority_bits_of_the_cpu_interface, fx->pe[0].pri_bits = 4)
{
	uint64_t idr0 = gic_mrs(fx, 0, &gic_el2, GIC5_ICC_IDR0_EL1);

	assert_int_equal(GIC5_GET(ICC_IDR0_EL1_PRI_BITS, idr0), 3);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_PRIORITYR0_EL1, 31 << 24);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_PRIORITYR0_EL1), 30 << 24);
}

GIC_TEST_WITH(sixteen_id_bits_of_the_cpu_interface, fx->pe[0].id_bits = 16)
{
	uint64_t idr0 = gic_mrs(fx, 0, &gic_el2, GIC5_ICC_IDR0_EL1);

	assert_int_equal(GIC5_GET(ICC_IDR0_EL1_ID_BITS, idr0), 0);
}

GIC_TEST_MAIN()
