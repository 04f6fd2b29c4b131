/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the IRS commands and of the tables in memory: facts page, sections 7 to 9. */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define VALID  UINT64_C(1)

static bool ist_valid(struct gic_fixture *fx)
{
	return gic_r64(fx, 0, GIC5_IRS_IST_BASER) & VALID;
}

static bool vmt_is_valid(struct gic_fixture *fx)
{
	return gic_r64(fx, 0, GIC5_IRS_VMT_BASER) & VALID;
}

static void vmap_vm(struct gic_fixture *fx, unsigned vm, bool unmap)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR,
		GIC5_MASK(IRS_VMAP_VMR_M) | GIC5_PUT(IRS_VMAP_VMR_U, unmap) |
			GIC5_PUT(IRS_VMAP_VMR_VM_ID, vm));
}

static void vmap_vist(struct gic_fixture *fx, unsigned vm, unsigned type, bool unmap)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VISTR,
		GIC5_MASK(IRS_VMAP_VISTR_M) | GIC5_PUT(IRS_VMAP_VISTR_U, unmap) |
			GIC5_PUT(IRS_VMAP_VISTR_VM_ID, vm) | GIC5_PUT(IRS_VMAP_VISTR_TYPE, type));
}

static void vmap_l2_vist(struct gic_fixture *fx, unsigned vm, unsigned type, uint32_t id)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VISTR,
		GIC5_MASK(IRS_VMAP_L2_VISTR_M) | GIC5_PUT(IRS_VMAP_L2_VISTR_VM_ID, vm) |
			GIC5_PUT(IRS_VMAP_L2_VISTR_TYPE, type) |
			GIC5_PUT(IRS_VMAP_L2_VISTR_ID, id));
}

static void vmap_vpe(struct gic_fixture *fx, unsigned vm, unsigned vpe)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VPER,
		GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, vm) |
			GIC5_PUT(IRS_VMAP_VPER_VPE_ID, vpe));
}

static bool reachable(struct gic_fixture *fx, int vm, uint32_t intid)
{
	struct gic5_irq_state state;

	return gic5_inspect(fx->gic, vm, intid, &state);
}

/* ---- IST_BASER ---- */

static void refused_cfgr(struct gic_fixture *fx, struct gic_ist ist)
{
	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	assert_false(ist_valid(fx));
	assert_reports(fx, 4, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST_WITH(rule_4_two_level_needs_ist_levels, fx->irs[0].ist_levels = false)
{
	refused_cfgr(fx, (struct gic_ist){.id_bits = 12, .two_level = true});
}

GIC_TEST_WITH(rule_4_unsupported_l2sz_is_refused, fx->irs[0].ist_l2sz = 1)
{
	refused_cfgr(fx, (struct gic_ist){.id_bits = 14, .two_level = true, .l2sz = 1});
}

GIC_TEST(rule_4_reserved_l2sz_is_refused)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};

	gic_ist_make(fx, &ist, false);
	ist.l2sz = 3;
	gic_ist_enable(fx, 0, &ist);
	assert_false(ist_valid(fx));
	assert_reports(fx, 4, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST_WITH(l2sz_does_not_matter_for_a_linear_table, fx->irs[0].ist_l2sz = 1)
{
	struct gic_ist ist = {.id_bits = 8, .l2sz = 2};

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	assert_true(ist_valid(fx));
}

GIC_TEST(rule_4_istsz_must_be_the_required_one)
{
	refused_cfgr(fx, (struct gic_ist){.id_bits = 8, .istsz = 1});
}

GIC_TEST_WITH(istsz_follows_istmd_and_istmd_sz, fx->irs[0].istmd = true; fx->irs[0].istmd_sz = 9)
{
	unsigned bits, size;

	for (bits = 8; bits < 10; bits++) {
		for (size = 0; size < 3; size++) {
			struct gic_ist ist = {.id_bits = bits, .istsz = size};
			bool right = size == (bits < 9 ? 1 : 2);

			gic_ist_make(fx, &ist, false);
			gic_ist_enable(fx, 0, &ist);
			assert_int_equal(ist_valid(fx), right);
			assert_reports(fx, 4, GIC5_ORIGIN_HOST, right ? 0U : 1U);
			gic_w64(fx, 0, GIC5_IRS_IST_BASER, 0);
		}
	}
}

GIC_TEST_WITH(rule_4_id_bits_outside_the_range_are_refused_not_clamped, fx->irs[0].id_bits = 16;
	      fx->irs[0].min_lpi_id_bits = 10)
{
	unsigned bits;

	for (bits = 9; bits < 32; bits++) {
		struct gic_ist ist = {.id_bits = bits, .base = GIC_FX_MEMORY_BASE};
		bool right = bits >= 10 && bits <= 16;

		gic_ist_enable(fx, 0, &ist);
		assert_int_equal(ist_valid(fx), right);
		assert_reports(fx, 4, GIC5_ORIGIN_HOST, right ? 0U : 1U);
		gic_w64(fx, 0, GIC5_IRS_IST_BASER, GIC_FX_MEMORY_BASE);
	}
}

GIC_TEST(rule_5_misaligned_base_is_accepted_and_reported)
{
	struct gic_ist ist = {.id_bits = 12};

	ist.base = gic_alloc(fx, 64 << 10, 64 << 10) + 64;
	gic_ist_enable(fx, 0, &ist);
	assert_true(ist_valid(fx));
	assert_reports(fx, 5, GIC5_ORIGIN_HOST, 1);
	gic_setup_irq(fx, 0, &gic_el2, LPI(3), 8, 0);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_int_equal(gic_peek32(fx, ist.base + 12),
			 GIC5_MASK(L2_ISTE_ENABLE) | GIC5_PUT(L2_ISTE_PRIORITY, 8));
}

GIC_TEST(invalidating_the_table_writes_back_pending_and_everything_else)
{
	struct gic_ist ist = gic_lpis(fx, 6);
	uint32_t want = (uint32_t)(GIC5_MASK(L2_ISTE_PENDING) | GIC5_MASK(L2_ISTE_HM) |
				   GIC5_MASK(L2_ISTE_ENABLE) | GIC5_PUT(L2_ISTE_PRIORITY, 17) |
				   GIC5_PUT(L2_ISTE_IAFFID, 0x3412));

	gic_setup_irq(fx, 0, &gic_el2, LPI(63), 17, 0x3412);
	gic5_event_physical(fx->gic, LPI(63), GIC5_SET_LEVEL);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &ist, 63)), want);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &ist, 62)), 0);
}

/* Write back, validate again: all state of all sizes and shapes survives. */
static void round_trip(struct gic_fixture *fx, struct gic_ist ist)
{
	static const uint32_t ids[] = {0, 1, 255, 256, 1023, 1024, 4095};
	unsigned i;

	ist.istsz = gic5_required_istsz(gic_r32(fx, 0, GIC5_IRS_IDR2), ist.id_bits);
	gic_ist_make(fx, &ist, true);
	gic_ist_enable(fx, 0, &ist);
	assert_true(ist_valid(fx));
	for (i = 0; i < 7; i++) {
		gic_setup_irq(fx, 0, &gic_el2, LPI(ids[i]), 3 * i, 0x100 + i);
		gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(LPI(ids[i]), i & 1));
	}
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	for (i = 0; i < 7; i++)
		assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &ist, ids[i])),
				 (0x100 + i) << 16 | 3 * i << 11 | 8 | (i & 1));
	gic_ist_enable(fx, 0, &ist);
	assert_reports(fx, 9, GIC5_ORIGIN_HOST, 3);
	for (i = 0; i < 7; i++) {
		assert_int_equal(gic_state(fx, -1, LPI(ids[i])).priority, 3 * i);
		assert_int_equal(gic_state(fx, -1, LPI(ids[i])).iaffid, 0x100 + i);
		assert_int_equal(gic_state(fx, -1, LPI(ids[i])).pending, i & 1);
	}
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
}

static void all_shapes(struct gic_fixture *fx)
{
	unsigned l2sz;

	round_trip(fx, (struct gic_ist){.id_bits = 12});
	for (l2sz = 0; l2sz < 3; l2sz++)
		round_trip(fx, (struct gic_ist){.id_bits = 15, .two_level = true, .l2sz = l2sz});
}

GIC_TEST(tables_of_4_byte_entries_of_every_shape_keep_their_state)
{
	all_shapes(fx);
}

GIC_TEST_WITH(tables_of_8_byte_entries_of_every_shape_keep_their_state, fx->irs[0].istmd = true;
	      fx->irs[0].istmd_sz = 20)
{
	all_shapes(fx);
}

GIC_TEST_WITH(tables_of_16_byte_entries_of_every_shape_keep_their_state, fx->irs[0].istmd = true;
	      fx->irs[0].istmd_sz = 4)
{
	all_shapes(fx);
}

GIC_TEST(table_of_24_id_bits_costs_nothing_until_it_is_mapped)
{
	struct gic_ist ist = {.id_bits = 24, .two_level = true, .l2sz = 0};
	uint64_t l2 = gic_alloc(fx, 4096, 4096);
	size_t bytes;

	ist.base = gic_alloc(fx, 1 << 17, 1 << 17);
	gic_poke64(fx, ist.base + 8 * 16383, l2);
	gic_ist_enable(fx, 0, &ist);
	assert_true(ist_valid(fx));
	bytes = fx->alloc_bytes;
	assert_true(bytes < 4 << 20);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0xffffff);
	gic_setup_irq(fx, 0, &gic_el2, LPI(0xffffff), 8, 0);
	gic5_event_physical(fx->gic, LPI(0xffffff), GIC5_SET_EDGE);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(0xffffff));
}

/* ---- MAP_L2_ISTR ---- */

GIC_TEST(map_l2_ist_sets_valid_in_memory_and_leaves_the_address)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};
	uint64_t l1;

	gic_ist_make(fx, &ist, false);
	l1 = gic_peek64(fx, ist.base + 8);
	gic_ist_enable(fx, 0, &ist);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 1500);
	assert_int_equal(gic_peek64(fx, ist.base + 8), l1 | VALID);
	assert_int_equal(gic_peek64(fx, ist.base) & VALID, 0);
}

GIC_TEST(rule_7_map_l2_ist_is_ignored_when_its_preconditions_fail)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};
	uint64_t beyond;

	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0); /* IST invalid */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);

	gic_ist_make(fx, &ist, false);
	gic_alloc(fx, 64, 64);
	beyond = gic_peek64(fx, ist.base + 32);
	gic_ist_enable(fx, 0, &ist);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 4096); /* ID out of range (I4) */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_peek64(fx, ist.base + 32), beyond);

	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	assert_no_reports(fx);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0); /* already valid */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(rule_7_map_l2_ist_on_a_linear_table_is_ignored)
{
	struct gic_ist ist = gic_lpis(fx, 8);

	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0);
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_peek64(fx, ist.base), 0);
}

GIC_TEST(prefilled_l1_entries_are_valid_with_their_table)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};

	gic_ist_make(fx, &ist, true);
	gic_ist_enable(fx, 0, &ist);
	assert_true(reachable(fx, -1, LPI(0)));
	assert_true(reachable(fx, -1, LPI(4095)));
}

/* ---- VMT ---- */

GIC_TEST_WITH(rule_4_vmt_with_too_many_id_bits_or_levels_is_refused, fx->irs[0].vm_id_bits = 10;
	      fx->irs[0].vmt_levels = false)
{
	gic_vmt(fx, 11, false);
	assert_false(vmt_is_valid(fx));
	assert_reports(fx, 4, GIC5_ORIGIN_HOST, 1);
	gic_vmt(fx, 10, true);
	assert_false(vmt_is_valid(fx));
	assert_reports(fx, 4, GIC5_ORIGIN_HOST, 1);
	gic_vmt(fx, 10, false);
	assert_true(vmt_is_valid(fx));
}

GIC_TEST(rule_3_vmt_registers_are_immutable_while_valid)
{
	uint64_t base = gic_vmt(fx, 8, false);

	gic_w32(fx, 0, GIC5_IRS_VMT_CFGR, 9);
	assert_reports(fx, 3, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VMT_CFGR), 8);
	gic_w64(fx, 0, GIC5_IRS_VMT_BASER, (base + 65536) | VALID);
	assert_reports(fx, 3, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VMT_BASER), base | VALID);
}

GIC_TEST(D_LSPBK_l2_vmt_has_128_entries)
{
	uint64_t base = gic_vmt(fx, 9, true), l2 = gic_alloc(fx, 4096, 4096);
	struct gic_vm vm = {.vm_id = 130, .vpe_id_bits = 1};

	gic_poke64(fx, base + 8, l2);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, GIC5_MASK(IRS_VMAP_L2_VMTR_M) | 255);
	assert_int_equal(gic_peek64(fx, base + 8), l2 | VALID);
	assert_int_equal(gic_peek64(fx, base) & VALID, 0);
	gic_vm_map(fx, &vm);
	assert_int_equal(gic_peek64(fx, l2 + 64) & VALID, VALID);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 130);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 3);
}

GIC_TEST(rule_7_map_l2_vmt_is_ignored_when_its_preconditions_fail)
{
	uint64_t m = GIC5_MASK(IRS_VMAP_L2_VMTR_M), base, l2;

	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, m); /* VMT invalid */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	base = gic_vmt(fx, 8, true);
	l2 = gic_alloc(fx, 4096, 4096);
	gic_poke64(fx, base, l2);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, 0); /* M=0 */
	assert_int_equal(gic_peek64(fx, base), l2);
	gic_take_reports(fx, 7, GIC5_ORIGIN_HOST, NULL);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, m | 256); /* VM out of range (I4) */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_peek64(fx, base + 16), 0);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, m);
	assert_no_reports(fx);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, m); /* valid already */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
}

/* ---- VMAP_VMR ---- */

GIC_TEST(vmap_vm_sets_valid_in_the_descriptor)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 2};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	vmap_vm(fx, 5, false);
	assert_int_equal(gic_peek64(fx, vm.vmte), vm.vmd | VALID);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 5);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 3);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 6);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 1);
}

GIC_TEST(rule_7_vmap_vm_is_ignored_when_its_preconditions_fail)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1};

	vmap_vm(fx, 5, false); /* VMT invalid */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	gic_vmt(fx, 8, false);
	vmap_vm(fx, 256, false); /* out of range */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	gic_vm_map(fx, &vm);
	vmap_vm(fx, 5, false); /* valid already */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	vmap_vm(fx, 6, true); /* U of an invalid one: ignored, no report demanded */
	gic_take_reports(fx, 7, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(rule_7_vmap_vm_needs_the_level_1_entry)
{
	gic_vmt(fx, 8, true);
	vmap_vm(fx, 5, false);
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 5);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 1);
}

GIC_TEST(vmap_vm_makes_prefilled_ists_and_vpes_valid)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1, .lpi.id_bits = 6, .spi.id_bits = 5};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	gic_vpe_fill(fx, &vm, 1);
	gic_poke64(fx, vm.vmte + 16, gic_peek64(fx, vm.vmte + 16) | VALID);
	gic_poke64(fx, vm.vpet + 8, gic_peek64(fx, vm.vpet + 8) | VALID);
	vmap_vm(fx, 5, false);
	assert_true(reachable(fx, 5, LPI(63)));
	assert_false(reachable(fx, 5, SPI(1)));
	assert_true(gic_vpe_select(fx, 5, 1));
	assert_false(gic_vpe_select(fx, 5, 0));
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR), 0);
}

GIC_TEST(vmap_vm_u_writes_back_and_clears_valid)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, gic_op_vd(1, LPI(7)));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(7), true));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, SPI(3), true));
	gic_vm_unmap(fx, &vm);
	assert_int_equal(gic_peek64(fx, vm.vmte) & VALID, 0);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &vm.lpi, 7)), 9);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &vm.spi, 3)), 1);
	assert_false(reachable(fx, 1, LPI(7)));
	assert_false(gic_vpe_select(fx, 1, 0));
}

GIC_TEST(U9_vm_reinstate_makes_ists_and_vpes_valid_again)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_vpe_dbr(fx, 1, 0, 5, 31, false);
	gic_vm_unmap(fx, &vm);
	assert_int_equal(gic_peek64(fx, vm.vpet) & VALID, VALID);
	assert_int_equal(gic_peek64(fx, vm.vmte + 16) & VALID, VALID);
	vmap_vm(fx, 1, false);
	assert_true(reachable(fx, 1, LPI(7)));
	assert_true(gic_vpe_select(fx, 1, 0));
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR), 0); /* settings are lost */
}

GIC_TEST_WITH(U9_without_vm_reinstate_a_vm_comes_back_empty, fx->cfg.vm_reinstate = false)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_vm_unmap(fx, &vm);
	vmap_vm(fx, 1, false);
	assert_false(reachable(fx, 1, LPI(7)));
	assert_false(gic_vpe_select(fx, 1, 0));
}

/* ---- VMAP_VISTR, VMAP_L2_VISTR, VMAP_VPER ---- */

GIC_TEST(vmap_vist_makes_the_table_valid_and_u_invalid_again)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1, .lpi.id_bits = 6, .spi.id_bits = 5};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	vmap_vm(fx, 5, false);
	assert_false(reachable(fx, 5, SPI(1)));
	vmap_vist(fx, 5, GIC5_TYPE_SPI, false);
	assert_true(reachable(fx, 5, SPI(31)));
	assert_false(reachable(fx, 5, SPI(32)));
	assert_false(reachable(fx, 5, LPI(1)));
	assert_int_equal(gic_peek64(fx, vm.vmte + 24) & VALID, VALID);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(5, SPI(9), true));
	vmap_vist(fx, 5, GIC5_TYPE_SPI, true);
	assert_int_equal(gic_peek64(fx, vm.vmte + 24) & VALID, 0);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &vm.spi, 9)), 1);
	assert_false(reachable(fx, 5, SPI(9)));
}

GIC_TEST(rule_7_vmap_vist_is_ignored_when_its_preconditions_fail)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	vmap_vist(fx, 2, GIC5_TYPE_LPI, false); /* VM invalid */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	vmap_vist(fx, 1, GIC5_TYPE_LPI, false); /* valid already */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	vmap_vist(fx, 1, GIC5_TYPE_PPI, false); /* no such table */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_peek64(fx, vm.vmte) & VALID, VALID);
}

GIC_TEST(vmap_vist_with_an_illegal_shape_is_refused)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1, .lpi.id_bits = 6};

	vm.lpi.istsz = 2;
	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	vmap_vm(fx, 5, false);
	vmap_vist(fx, 5, GIC5_TYPE_LPI, false);
	assert_int_equal(gic_peek64(fx, vm.vmte + 16) & VALID, 0);
	assert_false(reachable(fx, 5, LPI(1)));
	assert_true(gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL) > 0);
}

GIC_TEST(vmap_l2_vist_sets_valid_and_checks_its_preconditions)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1};

	vm.lpi = (struct gic_ist){.id_bits = 12, .two_level = true};
	vm.spi.id_bits = 5;
	gic_ist_make(fx, &vm.lpi, false);
	gic_vmt(fx, 8, false);
	gic_vm_map(fx, &vm);
	vmap_l2_vist(fx, 5, GIC5_TYPE_LPI, 2100);
	assert_int_equal(gic_peek64(fx, vm.lpi.base + 16) & VALID, VALID);
	assert_true(reachable(fx, 5, LPI(2048)));
	assert_false(reachable(fx, 5, LPI(2047)));
	assert_no_reports(fx);
	vmap_l2_vist(fx, 5, GIC5_TYPE_LPI, 2100); /* valid already */
	vmap_l2_vist(fx, 5, GIC5_TYPE_LPI, 4096); /* out of range */
	vmap_l2_vist(fx, 5, GIC5_TYPE_SPI, 0);    /* linear */
	vmap_l2_vist(fx, 6, GIC5_TYPE_LPI, 0);    /* no such VM */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 4);
	assert_int_equal(gic_peek64(fx, vm.lpi.base + 32), 0);
}

GIC_TEST(vmap_vpe_makes_it_valid_with_reset_configuration)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_vpe_fill(fx, &vm, 1);
	assert_false(gic_vpe_select(fx, 1, 1));
	vmap_vpe(fx, 1, 1);
	assert_int_equal(gic_peek64(fx, vm.vpet + 8) & VALID, VALID);
	assert_true(gic_vpe_select(fx, 1, 1));
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_CR0), 0);
}

GIC_TEST(rule_7_vmap_vpe_is_ignored_when_its_preconditions_fail)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	vmap_vpe(fx, 2, 0); /* VM invalid */
	vmap_vpe(fx, 1, 2); /* beyond VPE_ID_BITS */
	vmap_vpe(fx, 1, 0); /* valid already */
	assert_reports(fx, 7, GIC5_ORIGIN_HOST, 3);
	assert_int_equal(gic_peek64(fx, vm.vpet + 16), 0);
}

GIC_TEST(rule_10_vped_that_is_not_zero_is_reported_and_accepted)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_vpe_fill(fx, &vm, 1);
	gic_poke64(fx, gic_peek64(fx, vm.vpet + 8), 1);
	vmap_vpe(fx, 1, 1);
	assert_reports(fx, 10, GIC5_ORIGIN_HOST, 1);
	assert_true(gic_vpe_select(fx, 1, 1));
}

GIC_TEST(rule_10_vmd_that_is_not_zero_is_reported_and_accepted)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	gic_poke64(fx, vm.vmd + 8, 1);
	vmap_vm(fx, 5, false);
	assert_reports(fx, 10, GIC5_ORIGIN_HOST, 1);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 5);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 3);
}

/* ---- SAVE_VMR ---- */

static uint32_t save_vm(struct gic_fixture *fx, unsigned vm, bool save, bool query)
{
	gic_w64(fx, 0, GIC5_IRS_SAVE_VMR,
		GIC5_PUT(IRS_SAVE_VMR_S, save) | GIC5_PUT(IRS_SAVE_VMR_Q, query) | vm);
	return gic_r32(fx, 0, GIC5_IRS_SAVE_VM_STATUSR);
}

GIC_TEST(save_writes_every_cached_entry_with_pending)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);

	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, gic_op_vd(1, LPI(200)));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(200), true));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI, gic_op_vd(1, LPI(200)) | GIC5_PUT(VDPRI_PRIORITY, 9));
	assert_int_equal(save_vm(fx, 1, true, true), 3);
	assert_int_equal(gic_peek32(fx, gic_ist_entry(fx, &vm.lpi, 200)), 9 | 9 << 11);
	assert_true(gic_state(fx, 1, LPI(200)).pending);
}

GIC_TEST(quiesced_is_said_only_if_nothing_moved_since_the_save)
{
	gic_simple_vm(fx, 1);
	assert_int_equal(save_vm(fx, 1, true, true), 3);
	assert_int_equal(save_vm(fx, 1, false, true), 3);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(200), true));
	assert_int_equal(save_vm(fx, 1, false, true), 1);
	assert_int_equal(save_vm(fx, 1, true, true), 3);
	gic5_event_virtual(fx->gic, 1, LPI(4), GIC5_SET_EDGE);
	assert_int_equal(save_vm(fx, 1, false, true), 1);
	assert_int_equal(save_vm(fx, 1, true, true), 3);
	assert_int_equal(save_vm(fx, 1, false, true), 3);
}

GIC_TEST(quiesced_is_not_said_while_a_vpe_is_resident)
{
	gic_simple_vm(fx, 1);
	assert_true(gic_enter(fx, 0, 1, 0));
	assert_int_equal(save_vm(fx, 1, true, true), 1);
	gic_leave(fx, 0, -1);
	assert_int_equal(save_vm(fx, 1, false, true), 3);
}

GIC_TEST(U10_query_bit_reads_0_if_it_was_not_asked_for)
{
	gic_simple_vm(fx, 1);
	assert_int_equal(save_vm(fx, 1, true, false), 1);
}

GIC_TEST(save_of_an_invalid_vm_answers_0_and_is_reported)
{
	gic_simple_vm(fx, 1);
	assert_int_equal(save_vm(fx, 2, true, true), 1);
	assert_int_equal(gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL), 1);
}

GIC_TEST(spi_mapped_to_a_vm_counts_as_change)
{
	gic_simple_vm(fx, 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 5);
	gic_w64(fx, 0, GIC5_IRS_SPI_VMR, GIC5_MASK(IRS_SPI_VMR_VIRT) | 1);
	assert_int_equal(save_vm(fx, 1, true, true), 3);
	gic5_spi_wire(fx->gic, 5, true);
	assert_int_equal(save_vm(fx, 1, false, true), 1);
}

/* ---- 9: who owns VALID ---- */

GIC_TEST(rule_8_software_write_to_a_live_l1_iste_is_found)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};
	struct gic5_report report;

	gic_ist_make(fx, &ist, true);
	gic_ist_enable(fx, 0, &ist);
	gic5_check_tables(fx->gic);
	assert_no_reports(fx);
	gic_poke64(fx, ist.base + 8, 0);
	gic5_check_tables(fx->gic);
	assert_int_equal(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, &report), 1);
	assert_true(report.has_entry);
	assert_int_equal(report.entry_addr, ist.base + 8);
	assert_true(reachable(fx, -1, LPI(1024))); /* goes on with the cached value */
}

GIC_TEST(rule_8_valid_set_by_software_then_mapped_has_no_effect)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic_poke64(fx, ist.base, gic_peek64(fx, ist.base) | VALID);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 3);
	assert_false(reachable(fx, -1, LPI(3)));
	assert_true(gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL) > 0);
}

GIC_TEST(rule_8_software_write_to_a_live_vmte_or_vpete_is_found)
{
	struct gic_vm vm = gic_simple_vm(fx, 2);
	struct gic5_report report;

	gic5_check_tables(fx->gic);
	assert_no_reports(fx);
	gic_poke64(fx, vm.vpet + 8, 0);
	gic5_check_tables(fx->gic);
	assert_int_equal(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, &report), 1);
	assert_int_equal(report.entry_addr, vm.vpet + 8);
	gic_poke64(fx, vm.vmte, gic_peek64(fx, vm.vmte) & ~VALID);
	gic5_check_tables(fx->gic);
	assert_true(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, &report) >= 1);
	assert_true(gic_vpe_select(fx, 1, 1));
}

GIC_TEST(rule_8_software_write_to_a_live_l1_vmte_is_found)
{
	uint64_t base = gic_vmt(fx, 9, true);
	struct gic_vm vm = {.vm_id = 130, .vpe_id_bits = 1};
	struct gic5_report report;

	gic_vm_map(fx, &vm);
	gic5_check_tables(fx->gic);
	assert_no_reports(fx);
	gic_poke64(fx, base + 8, gic_peek64(fx, base + 8) ^ 0x1000);
	gic5_check_tables(fx->gic);
	assert_true(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, &report) >= 1);
	gic_poke64(fx, base + 8, gic_peek64(fx, base + 8) ^ 0x1000);
	gic5_check_tables(fx->gic);
	assert_no_reports(fx);
	/* Setting VALID in an entry that was never mapped. */
	gic_poke64(fx, base, gic_alloc(fx, 4096, 4096) | VALID);
	gic5_check_tables(fx->gic);
	assert_true(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, &report) >= 1);
	assert_int_equal(report.entry_addr, base);
}

GIC_TEST(rule_8_valid_set_in_an_invalid_vmte_of_a_valid_table_is_found)
{
	struct gic_vm vm = {.vm_id = 6, .vpe_id_bits = 1};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	gic_poke64(fx, vm.vmte, gic_peek64(fx, vm.vmte) | VALID);
	gic5_check_tables(fx->gic);
	assert_reports(fx, 8, GIC5_ORIGIN_HOST, 1);
	/* And the map command has no effect on it. */
	vmap_vm(fx, 6, false);
	assert_true(gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL) >= 1);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 6);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 1);
}

GIC_TEST(rule_8_commands_for_an_object_look_at_its_entries)
{
	struct gic_vm vm = {.vm_id = 5, .vpe_id_bits = 1, .lpi.id_bits = 6, .spi.id_bits = 5};

	gic_vmt(fx, 8, false);
	gic_vm_fill(fx, &vm);
	vmap_vm(fx, 5, false);
	gic_poke64(fx, vm.vmte + 8, gic_peek64(fx, vm.vmte + 8) ^ 0x100000);
	vmap_vist(fx, 5, GIC5_TYPE_LPI, false);
	assert_true(gic_take_reports(fx, 8, GIC5_ORIGIN_HOST, NULL) >= 1);
	assert_true(reachable(fx, 5, LPI(1)));
}

GIC_TEST(prefilled_l1_vmtes_are_valid_with_the_table)
{
	uint64_t base = gic_alloc(fx, 4096, 4096), l2 = gic_alloc(fx, 4096, 4096);
	struct gic_vm vm = {.vm_id = 130, .vpe_id_bits = 1, .vpe_count = 1};

	gic_poke64(fx, base + 8, l2 | VALID);
	gic_w32(fx, 0, GIC5_IRS_VMT_CFGR, 0x10009);
	gic_w64(fx, 0, GIC5_IRS_VMT_BASER, base | VALID);
	assert_no_reports(fx);
	gic_vm_map(fx, &vm);
	assert_true(gic_enter(fx, 0, 130, 0));
	assert_true(gic5_references(fx->gic, base, 8));
	assert_true(gic5_references(fx->gic, l2, 8));
}

/* ---- contents on validation ---- */

GIC_TEST(rule_9_pending_on_validation_is_honoured_by_default)
{
	struct gic_ist ist = {.id_bits = 6};

	gic_ist_make(fx, &ist, false);
	gic_poke32(fx, ist.base + 4 * 5, 9);
	gic_ist_enable(fx, 0, &ist);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(5));
	assert_reports(fx, 9, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST_WITH(rule_9_pending_on_validation_is_dropped_by_the_knob,
	      fx->cfg.honour_pending_on_valid = false)
{
	struct gic_ist ist = {.id_bits = 6};

	gic_ist_make(fx, &ist, false);
	gic_poke32(fx, ist.base + 4 * 5, 9);
	gic_ist_enable(fx, 0, &ist);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
	assert_false(gic_state(fx, -1, LPI(5)).pending);
	assert_true(gic_state(fx, -1, LPI(5)).enabled);
	assert_reports(fx, 9, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(rule_20_reserved_bits_of_an_iste_are_kept_and_reported)
{
	struct gic_ist ist = {.id_bits = 6};

	gic_ist_make(fx, &ist, false);
	gic_poke32(fx, ist.base + 4 * 5, 0x1e8);
	gic_ist_enable(fx, 0, &ist);
	assert_true(gic_state(fx, -1, LPI(5)).enabled);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(LPI(5), 3));
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
	assert_int_equal(gic_peek32(fx, ist.base + 4 * 5), 0x1e8 | 3 << 11);
	assert_reports(fx, 20, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST_MAIN()
