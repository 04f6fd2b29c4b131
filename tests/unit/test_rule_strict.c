/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The strict catalogue: facts page, 17.4. Each number is provoked, and asserted with its origin
 * and entry; numbers 18 (ITS) and what belongs to it are not in this library. Software errors:
 * 17.3.
 */
#include "gic_test.h"

#include <string.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

/* The one report that was made since the last look. */
static struct gic5_report only(struct gic_fixture *fx, unsigned rule, enum gic5_origin origin)
{
	struct gic5_report report = {0};

	assert_int_equal(gic_take_reports(fx, rule, origin, &report), 1);
	assert_no_reports(fx);
	assert_non_null(report.text);
	assert_non_null(report.what);
	assert_non_null(report.done);
	return report;
}

GIC_TEST(rule_1_write_to_a_command_register_while_not_idle)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic5_set_delay(fx->gic, 0, GIC5_STATUS_IST, 100);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 1024);
	only(fx, 1, GIC5_ORIGIN_HOST);
	/* The first was finished, the second is on its way. */
	assert_int_equal(gic_peek64(fx, ist.base) & 1, 1);
	assert_int_equal(gic_peek64(fx, ist.base + 8) & 1, 0);
}

GIC_TEST(rule_2_bad_access_gives_the_offset)
{
	struct gic5_report r;

	gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_CR0, 2, 0x55);
	r = only(fx, 2, GIC5_ORIGIN_HOST);
	assert_int_equal(r.value, GIC5_IRS_CR0);
	assert_int_equal(r.pe, -1);
	assert_int_equal(r.vm, -1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), 3);
}

GIC_TEST(rule_3_second_base_write)
{
	struct gic_ist ist = gic_lpis(fx, 8);

	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base | 1);
	assert_int_equal(only(fx, 3, GIC5_ORIGIN_HOST).value, ist.base | 1);
}

GIC_TEST(rule_7_names_the_operand)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 3);
	assert_int_equal(only(fx, 7, GIC5_ORIGIN_HOST).value, GIC5_MASK(IRS_VMAP_VMR_M) | 3);
}

GIC_TEST(rule_8_gives_entry_address_and_contents)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);
	struct gic5_report r;

	gic_poke64(fx, vm.vpet, 0x1234000 | 1);
	gic5_check_tables(fx->gic);
	r = only(fx, 8, GIC5_ORIGIN_HOST);
	assert_true(r.has_entry);
	assert_int_equal(r.entry_addr, vm.vpet);
	assert_int_equal(r.entry_value, 0x1234000 | 1);
}

GIC_TEST(rule_9_gives_the_entry)
{
	struct gic_ist ist = {.id_bits = 6};
	struct gic5_report r;
	struct gic5_irq_state state;

	gic_ist_make(fx, &ist, false);
	gic_poke32(fx, ist.base + 20, 1);
	gic_ist_enable(fx, 0, &ist);
	gic5_inspect(fx->gic, -1, LPI(5), &state);
	r = only(fx, 9, GIC5_ORIGIN_HOST);
	assert_true(r.has_entry);
	assert_int_equal(r.entry_addr, ist.base + 20);
}

GIC_TEST(rule_9_hwu_is_reported_and_kept_0)
{
	struct gic_ist ist = {.id_bits = 6};

	gic_ist_make(fx, &ist, false);
	gic_poke32(fx, ist.base + 20, GIC5_PUT(L2_ISTE_HWU, 3) | 8);
	gic_ist_enable(fx, 0, &ist);
	assert_true(gic_state(fx, -1, LPI(5)).enabled);
	only(fx, 9, GIC5_ORIGIN_HOST);
}

GIC_TEST(rule_12_names_the_vpe)
{
	struct gic5_report r;

	gic_simple_vm(fx, 1);
	assert_false(gic_enter(fx, 1, 1, 1));
	r = only(fx, 12, GIC5_ORIGIN_HOST);
	assert_int_equal(r.pe, 1);
}

GIC_TEST(rule_14_unset_doorbell_settings)
{
	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDEN, LPI(3));
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(LPI(3), true));
	gic_leave(fx, 0, 31);
	only(fx, 14, GIC5_ORIGIN_HOST);
}

GIC_TEST(rule_14_doorbell_lpi_shared_by_two_vpes)
{
	gic_lpis(fx, 6);
	gic_simple_vm(fx, 2);
	gic_vpe_dbr(fx, 1, 0, 5, 31, false);
	assert_no_reports(fx);
	gic_vpe_dbr(fx, 1, 0, 5, 12, false);
	assert_no_reports(fx);
	gic_vpe_dbr(fx, 1, 1, 5, 31, false);
	only(fx, 14, GIC5_ORIGIN_HOST);
	gic_vpe_dbr(fx, 1, 1, 6, 31, false);
	assert_no_reports(fx);
	/* Settings that are not valid share nothing. */
	gic_w64(fx, 0, GIC5_IRS_VPE_DBR, GIC5_PUT(IRS_VPE_DBR_INTID, 5));
	assert_no_reports(fx);
	gic_vpe_dbr(fx, 1, 0, 5, 31, false);
	assert_no_reports(fx);
}

GIC_TEST(rule_15_reserved_type_ppi_and_unreachable_intid_of_the_host)
{
	static const uint32_t insns[] = {GIC5_CDDIS,  GIC5_CDEN,   GIC5_CDPRI, GIC5_CDAFF,
					 GIC5_CDPEND, GIC5_CDRCFG, GIC5_CDHM};
	static const uint32_t intids[] = {0,
					  GIC5_INTID(4, 1),
					  GIC5_INTID(7, 1),
					  GIC5_INTID(GIC5_TYPE_PPI, 3),
					  GIC5_INTID(GIC5_TYPE_SPI, 256),
					  GIC5_INTID(GIC5_TYPE_LPI, 0)};
	size_t i, n;

	for (i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		for (n = 0; n < sizeof(intids) / sizeof(intids[0]); n++) {
			struct gic5_report r;

			gic_sys(fx, 1, &gic_el2, insns[i], intids[n]);
			r = only(fx, 15, GIC5_ORIGIN_HOST);
			assert_int_equal(r.value, intids[n]);
			assert_int_equal(r.pe, 1);
		}
	}
}

GIC_TEST(rule_15_deactivation_of_what_does_not_exist)
{
	static const uint32_t intids[] = {0,        GIC5_INTID(7, 1), PPI(4), PPI(127),
					  PPI(128), SPI(256),         LPI(0)};
	size_t i;

	for (i = 0; i < sizeof(intids) / sizeof(intids[0]); i++) {
		gic_sys(fx, 0, &gic_el2, GIC5_CDDI, intids[i]);
		assert_int_equal(only(fx, 15, GIC5_ORIGIN_HOST).value, intids[i]);
	}
}

GIC_TEST(rule_15_events_for_what_does_not_exist)
{
	gic5_event_physical(fx->gic, SPI(256), GIC5_SET_EDGE);
	only(fx, 15, GIC5_ORIGIN_HOST);
	gic5_event_virtual(fx->gic, 1, LPI(0), GIC5_SET_EDGE);
	only(fx, 15, GIC5_ORIGIN_HOST);
}

GIC_TEST(rule_15_of_a_guest_names_vm_and_vpe)
{
	struct gic5_report r;

	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 1);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDEN, LPI(256));
	r = only(fx, 15, GIC5_ORIGIN_GUEST);
	assert_int_equal(r.vm, 1);
	assert_int_equal(r.vpe, 1);
	assert_int_equal(r.pe, 0);
	assert_int_equal(r.value, LPI(256));
}

GIC_TEST(rule_16_eoi_without_active_priority_or_with_operand)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	only(fx, 16, GIC5_ORIGIN_HOST);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 2);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 5);
	only(fx, 16, GIC5_ORIGIN_HOST);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
}

GIC_TEST(rule_16_deactivation_of_an_inactive_interrupt)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, SPI(3));
	only(fx, 16, GIC5_ORIGIN_HOST);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, PPI(GIC5_PPI_SW));
	only(fx, 16, GIC5_ORIGIN_HOST);
}

GIC_TEST(rule_16_of_a_guest_is_the_guests)
{
	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDEOI, 0);
	assert_int_equal(only(fx, 16, GIC5_ORIGIN_GUEST).vm, 1);
}

GIC_TEST(rule_17_irm_of_a_guest)
{
	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDAFF, LPI(3) | GIC5_MASK(CDAFF_IRM));
	only(fx, 17, GIC5_ORIGIN_GUEST);
	assert_false(gic_state(fx, 1, LPI(3)).irm);
}

GIC_TEST(rule_19_memory_under_a_valid_table_was_remapped)
{
	struct gic_ist ist = gic_lpis(fx, 8);

	assert_true(gic5_references(fx->gic, ist.base, 64));
	assert_false(gic5_references(fx->gic, ist.base + 0x100000, 64));
	gic5_memory_changed(fx->gic, ist.base + 0x100000, 64);
	assert_no_reports(fx);
	gic5_memory_changed(fx->gic, ist.base, 64);
	assert_true(gic_take_reports(fx, 19, GIC5_ORIGIN_HOST, NULL) >= 1);
	assert_no_reports(fx);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_false(gic5_references(fx->gic, ist.base, 64));
}

GIC_TEST(references_cover_every_structure_of_a_vm)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);
	uint64_t vmt = gic_r64(fx, 0, GIC5_IRS_VMT_BASER) & ~UINT64_C(1);
	uint64_t vped = gic_peek64(fx, vm.vpet) & ~UINT64_C(1);

	assert_true(gic5_references(fx->gic, vmt, 1));
	assert_true(gic5_references(fx->gic, vm.vmte, 32));
	assert_true(gic5_references(fx->gic, vm.vpet, 8));
	assert_true(gic5_references(fx->gic, vped, 64));
	assert_true(gic5_references(fx->gic, vm.vmd, 64));
	assert_true(gic5_references(fx->gic, vm.lpi.base, 4));
	assert_true(gic5_references(fx->gic, vm.spi.base, 4));
	gic_vm_unmap(fx, &vm);
	assert_false(gic5_references(fx->gic, vm.vpet, 8));
	assert_false(gic5_references(fx->gic, vped, 64));
	assert_false(gic5_references(fx->gic, vm.lpi.base, 4));
}

GIC_TEST(rule_20_iaffid_beyond_vpe_id_bits)
{
	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDAFF, gic_op_aff(LPI(3), 2));
	only(fx, 20, GIC5_ORIGIN_GUEST);
	assert_int_equal(gic_state(fx, 1, LPI(3)).iaffid, 2);
}

GIC_TEST(rule_21_table_outside_memory)
{
	struct gic_ist ist = {.id_bits = 8, .base = UINT64_C(0x0012340000000000)};
	struct gic5_irq_state state;

	gic_ist_enable(fx, 0, &ist);
	assert_false(gic5_inspect(fx->gic, -1, LPI(3), &state));
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, LPI(3));
	assert_int_equal(gic_rcfg(fx, 0, &gic_el2, LPI(3)), 1);
	assert_true(gic_take_reports(fx, 21, GIC5_ORIGIN_HOST, NULL) >= 1);
	gic_take_reports(fx, 15, GIC5_ORIGIN_HOST, NULL);
	assert_no_reports(fx);
	assert_true(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR) & 1);
}

GIC_TEST(rule_23_guest_entered_with_vctlr_0)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 0);
	gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_HPPIR_EL1);
	assert_true(gic_take_reports(fx, 23, GIC5_ORIGIN_HOST, NULL) >= 1);
	assert_no_reports(fx);
}

GIC_TEST(rule_23_dvi_of_an_enabled_inactive_physical_ppi)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_HPPIR_EL1);
	assert_true(gic_take_reports(fx, 23, GIC5_ORIGIN_HOST, NULL) >= 1);
	assert_no_reports(fx);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1, bit);
	gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_HPPIR_EL1);
	assert_no_reports(fx);
}

GIC_TEST_WITH(without_strict_nothing_is_reported, fx->cfg.strict = false)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 7);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, LPI(3));
	gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, 1, 3, 7);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M));
	assert_no_reports(fx);
}

/* ---- 17.3 software errors ---- */

static uint64_t swerr(struct gic_fixture *fx)
{
	return gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR);
}

/* A two-level table whose level 1 lies outside memory. */
static void l1_outside(struct gic_fixture *fx)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true, .base = UINT64_C(0x123400000)};

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_ist_enable(fx, 0, &ist);
}

GIC_TEST(swerr_01_l1_iste_lookup_failed)
{
	l1_outside(fx);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 9); /* whatever validation recorded */
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 1030);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_V, swerr(fx)), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_EC, swerr(fx)), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_S0V, swerr(fx)), 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0),
			 GIC5_PUT(IRS_SWERR_SYNDROMER0_TYPE, GIC5_TYPE_LPI) |
				 GIC5_PUT(IRS_SWERR_SYNDROMER0_ID, 1030));
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_S1V, swerr(fx)), 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER1), 0x123400008);
}

GIC_TEST(swerr_02_l2_iste_access_failed)
{
	struct gic_ist ist = {.id_bits = 8, .base = UINT64_C(0x123400000)};

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_ist_enable(fx, 0, &ist);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, LPI(7));
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_V, swerr(fx)), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_EC, swerr(fx)), 2);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_S0V, swerr(fx)), 1);
	assert_int_equal(
		GIC5_GET(IRS_SWERR_SYNDROMER0_TYPE, gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0)),
		GIC5_TYPE_LPI);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_S1V, swerr(fx)), 1);
}

GIC_TEST(swerr_of_a_virtual_table_names_the_vm)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1};
	uint64_t syndrome;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	vm.lpi = (struct gic_ist){.id_bits = 12, .two_level = true, .base = UINT64_C(0x123400000)};
	gic_vmt(fx, 8, false);
	gic_vm_map(fx, &vm);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 9);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VISTR,
		GIC5_MASK(IRS_VMAP_L2_VISTR_M) | UINT64_C(5) << 32 | LPI(1030));
	syndrome = gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_EC, swerr(fx)), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_SYNDROMER0_VIRTUAL, syndrome), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_SYNDROMER0_VM_ID, syndrome), 5);
	assert_int_equal(GIC5_GET(IRS_SWERR_SYNDROMER0_ID, syndrome), 1030);
}

GIC_TEST(swerr_first_error_wins_and_later_ones_set_of)
{
	uint64_t first;

	l1_outside(fx);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 9);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	first = gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_OF, swerr(fx)), 0);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 2000);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0), first);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_OF, swerr(fx)), 1);
}

GIC_TEST(U25_swerr_is_cleared_by_v_and_with_overflow_by_v_and_of)
{
	l1_outside(fx);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 9);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 0);
	assert_int_equal(swerr(fx) & 1, 1);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 1);
	assert_int_equal(swerr(fx), 0);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 1);
	assert_int_equal(swerr(fx) & 9, 9);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, 9);
	assert_int_equal(swerr(fx), 0);
}

GIC_TEST_MAIN()
