/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of residency and of the virtual CPU interface: facts page, sections 10, 12, 14. */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

#define CTX_V   GIC5_MASK(ICH_CONTEXTR_EL2_V)
#define CTX_F   GIC5_MASK(ICH_CONTEXTR_EL2_F)
#define CTX_DIS GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS)

static bool virq(struct gic_fixture *fx, unsigned pe)
{
	return gic5_line_level(gic5_pe(fx->gic, pe), GIC5_LINE_VIRQ);
}

static uint64_t context(struct gic_fixture *fx, unsigned pe)
{
	return gic_mrs(fx, pe, &gic_el2, GIC5_ICH_CONTEXTR_EL2);
}

static void context_write(struct gic_fixture *fx, unsigned pe, uint64_t flags, unsigned vm,
			  unsigned vpe)
{
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_CONTEXTR_EL2,
		flags | GIC5_PUT(ICH_CONTEXTR_EL2_VPE, vpe) | GIC5_PUT(ICH_CONTEXTR_EL2_VM, vm));
	gic5_context_sync(gic5_pe(fx->gic, pe));
}

static void vd_setup(struct gic_fixture *fx, unsigned vm, uint32_t intid, unsigned priority,
		     unsigned vpe)
{
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI,
		gic_op_vd(vm, intid) | GIC5_PUT(VDPRI_PRIORITY, priority));
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, gic_op_vd(vm, intid) | GIC5_PUT(VDAFF_VPE_ID, vpe));
	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, gic_op_vd(vm, intid));
}

static void vd_pend(struct gic_fixture *fx, unsigned vm, uint32_t intid, bool pending)
{
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(vm, intid, pending));
}

/* ---- 10.2 residency ---- */

GIC_TEST(residency_makes_the_vpe_resident_and_f_reads_0)
{
	uint32_t vm, vpe;

	gic_simple_vm(fx, 2);
	context_write(fx, 0, CTX_V, 1, 1);
	assert_int_equal(context(fx, 0) & (CTX_V | CTX_F), CTX_V);
	assert_true(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
	assert_int_equal(vm, 1);
	assert_int_equal(vpe, 1);
	assert_false(gic5_resident(gic5_pe(fx->gic, 1), &vm, &vpe));
	assert_int_equal(fx->events[GIC5_EV_RESIDENT], 1);
	gic_leave(fx, 0, -1);
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
	assert_int_equal(fx->events[GIC5_EV_NONRESIDENT], 1);
}

static void refused(struct gic_fixture *fx, unsigned vm, unsigned vpe)
{
	uint32_t at_vm, at_vpe;

	context_write(fx, 0, CTX_V, vm, vpe);
	assert_int_equal(context(fx, 0) & (CTX_V | CTX_F), CTX_V | CTX_F);
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &at_vm, &at_vpe));
	assert_reports(fx, 12, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(rule_12_residency_is_refused_without_vm_table_vm_or_vpe)
{
	refused(fx, 1, 0); /* no VMT */
	gic_simple_vm(fx, 1);
	refused(fx, 256, 0); /* VM out of range */
	refused(fx, 2, 0);   /* VMTE invalid */
	refused(fx, 1, 2);   /* VPE out of range */
	refused(fx, 1, 1);   /* VPETE invalid */
	assert_true(gic_enter(fx, 0, 1, 0));
}

GIC_TEST_WITH(rule_12_residency_is_refused_without_virtualization, fx->irs[0].virt = false;
	      fx->irs[0].virt_one_n = false)
{
	refused(fx, 1, 0);
}

GIC_TEST(rule_12_residency_is_refused_while_the_link_is_down)
{
	gic_simple_vm(fx, 1);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, 1);
	refused(fx, 1, 0);
}

GIC_TEST(rule_13_vpe_resident_elsewhere_is_refused)
{
	gic_simple_vm(fx, 1);
	assert_true(gic_enter(fx, 1, 1, 0));
	context_write(fx, 0, CTX_V, 1, 0);
	assert_true(context(fx, 0) & CTX_F);
	assert_reports(fx, 13, GIC5_ORIGIN_HOST, 1);
	assert_false(context(fx, 1) & CTX_F);
}

GIC_TEST(f_is_written_by_hardware_only)
{
	gic_simple_vm(fx, 1);
	context_write(fx, 0, CTX_V | CTX_F, 1, 0);
	assert_int_equal(context(fx, 0) & CTX_F, 0);
}

GIC_TEST(v_1_naming_another_vpe_replaces_the_old_one_without_doorbell)
{
	uint32_t vm, vpe;

	gic_lpis(fx, 6);
	gic_simple_vm(fx, 2);
	gic_vpe_dbr(fx, 1, 0, 9, 31, false);
	gic_enter(fx, 0, 1, 0);
	vd_setup(fx, 1, LPI(3), 8, 0);
	vd_pend(fx, 1, LPI(3), true);
	context_write(fx, 0,
		      CTX_V | GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_MASK(ICH_CONTEXTR_EL2_DBPM), 1,
		      1);
	assert_true(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
	assert_int_equal(vpe, 1);
	assert_false(gic_state(fx, -1, LPI(9)).pending);
	assert_true(gic_enter(fx, 1, 1, 0));
}

GIC_TEST(same_vpe_again_changes_only_irichppidis)
{
	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	vd_setup(fx, 1, LPI(3), 8, 0);
	vd_pend(fx, 1, LPI(3), true);
	assert_true(virq(fx, 0));
	context_write(fx, 0, CTX_V | CTX_DIS, 1, 0);
	assert_int_equal(context(fx, 0) & CTX_F, 0);
	assert_false(virq(fx, 0));
	context_write(fx, 0, CTX_V, 1, 0);
	assert_true(virq(fx, 0));
	assert_int_equal(fx->events[GIC5_EV_RESIDENT], 1);
}

GIC_TEST(U14_vm_made_invalid_ends_residency_and_sets_f)
{
	struct gic_vm vm = gic_simple_vm(fx, 1);
	uint32_t a, b;

	gic_enter(fx, 0, 1, 0);
	gic_vm_unmap(fx, &vm);
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &a, &b));
	assert_true(context(fx, 0) & CTX_F);
	assert_reports(fx, 11, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(U14_vm_table_made_invalid_ends_residency_and_sets_f)
{
	uint32_t a, b;

	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_w64(fx, 0, GIC5_IRS_VMT_BASER, gic_r64(fx, 0, GIC5_IRS_VMT_BASER) & ~UINT64_C(1));
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &a, &b));
	assert_true(context(fx, 0) & CTX_F);
	assert_reports(fx, 11, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(refused_residency_leaves_virtual_ppis_working)
{
	gic_simple_vm(fx, 1);
	refused(fx, 2, 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, 1 << GIC5_PPI_CNTV);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 1 << GIC5_PPI_CNTV);
	assert_true(virq(fx, 0));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), PPI(GIC5_PPI_CNTV));
}

/* ---- 10.3, 14: virtual interrupts ---- */

GIC_TEST(guest_instructions_without_resident_vpe_are_nops_and_rcfg_gives_f)
{
	gic_simple_vm(fx, 1);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDEN, LPI(3));
	assert_false(gic_state(fx, 1, LPI(3)).enabled);
	assert_int_equal(gic_rcfg(fx, 0, &gic_el1_virt, LPI(3)), 1);
	gic_take_reports(fx, 15, GIC5_ORIGIN_GUEST, NULL);
}

GIC_TEST(guest_instructions_apply_to_the_vm_of_the_resident_vpe)
{
	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 0);
	gic_enter(fx, 1, 1, 1);
	/* A virtual IPI: VPE 0 pends an LPI that targets VPE 1. */
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(3), 8, 1);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(LPI(3), true));
	assert_false(virq(fx, 0));
	assert_true(virq(fx, 1));
	assert_false(gic5_line_level(gic5_pe(fx->gic, 1), GIC5_LINE_IRQ));
	assert_int_equal(gic_ack(fx, 1, &gic_el1_virt), LPI(3));
	assert_true(gic_state(fx, 1, LPI(3)).active);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICH_APR_EL2), 1 << 8);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_APR_EL1), 0);
	gic_done(fx, 1, &gic_el1_virt, LPI(3));
	assert_false(gic_state(fx, 1, LPI(3)).active);
}

GIC_TEST(virtual_interrupts_of_two_vms_are_separate)
{
	struct gic_vm two = {.vm_id = 2, .vpe_id_bits = 1, .vpe_count = 1, .lpi.id_bits = 8};

	gic_simple_vm(fx, 1);
	gic_vm_map(fx, &two);
	vd_pend(fx, 2, LPI(3), true);
	assert_true(gic_state(fx, 2, LPI(3)).pending);
	assert_false(gic_state(fx, 1, LPI(3)).pending);
}

GIC_TEST(candidate_of_a_vpe_is_recalled_when_it_leaves)
{
	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, LPI(3), 8, 0);
	vd_pend(fx, 1, LPI(3), true);
	assert_false(virq(fx, 0));
	gic_enter(fx, 0, 1, 0);
	assert_true(virq(fx, 0));
	gic_leave(fx, 0, -1);
	assert_false(virq(fx, 0));
	assert_true(gic_state(fx, 1, LPI(3)).pending);
	gic_enter(fx, 1, 1, 0);
	assert_int_equal(gic_ack(fx, 1, &gic_el1_virt), LPI(3));
}

GIC_TEST(irsen_zero_recalls_virtual_candidates_too)
{
	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, LPI(3), 8, 0);
	vd_pend(fx, 1, LPI(3), true);
	gic_enter(fx, 0, 1, 0);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_false(virq(fx, 0));
	gic_w32(fx, 0, GIC5_IRS_CR0, 1);
	assert_true(virq(fx, 0));
}

GIC_TEST(vdpend_leaves_hm)
{
	gic_simple_vm(fx, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_VDHM, gic_op_vd(1, SPI(3)) | GIC5_MASK(VDHM_HM));
	vd_pend(fx, 1, SPI(3), true);
	assert_true(gic_state(fx, 1, SPI(3)).level);
	vd_pend(fx, 1, SPI(4), true);
	assert_false(gic_state(fx, 1, SPI(4)).level);
}

GIC_TEST(U18_vd_instructions_take_their_operands_from_the_table)
{
	struct gic5_irq_state s;

	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, SPI(3), 13, 0x1ff);
	s = gic_state(fx, 1, SPI(3));
	assert_int_equal(s.priority, 13);
	assert_int_equal(s.iaffid, 0x1ff);
	assert_true(s.enabled);
	assert_reports(fx, 20, GIC5_ORIGIN_HOST, 1); /* beyond VPE_ID_BITS: kept */
	gic_sys(fx, 0, &gic_el2, GIC5_VDDIS, gic_op_vd(1, SPI(3)));
	assert_false(gic_state(fx, 1, SPI(3)).enabled);
}

GIC_TEST(vddi_deactivates)
{
	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, SPI(3), 8, 0);
	vd_pend(fx, 1, SPI(3), true);
	gic_enter(fx, 0, 1, 0);
	gic_ack(fx, 0, &gic_el1_virt);
	gic_sys(fx, 1, &gic_el2, GIC5_VDDI, gic_op_vd(1, SPI(3)));
	assert_false(gic_state(fx, 1, SPI(3)).active);
}

GIC_TEST(vd_instruction_on_what_does_not_exist_has_no_effect)
{
	gic_simple_vm(fx, 1);
	vd_pend(fx, 2, LPI(3), true);
	vd_pend(fx, 1, LPI(256), true);
	vd_pend(fx, 1, PPI(3), true);
	vd_pend(fx, 65535, SPI(3), true);
	assert_reports(fx, 15, GIC5_ORIGIN_HOST, 4);
}

GIC_TEST(U19_vdrcfg_uses_the_resident_vm_by_default)
{
	uint64_t f = GIC5_MASK(ICC_ICSR_EL1_F);

	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, LPI(3), 8, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_VDRCFG, gic_op_vd(1, LPI(3)));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), f);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_VDRCFG, gic_op_vd(2, LPI(3)));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), f);
	gic_sys(fx, 0, &gic_el2, GIC5_VDRCFG, LPI(3));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 8 << 11 | 2);
	gic_sys(fx, 0, &gic_el2, GIC5_VDRCFG, gic_op_vd(1, LPI(3)));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 8 << 11 | 2);
	gic_take_reports(fx, 15, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST_WITH(U19_vdrcfg_uses_the_operand_by_the_knob, fx->cfg.vdrcfg_context = GIC5_VDRCFG_OPERAND)
{
	gic_simple_vm(fx, 1);
	vd_setup(fx, 1, LPI(3), 8, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_VDRCFG, gic_op_vd(1, LPI(3)));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 8 << 11 | 2);
}

GIC_TEST(vpe_hppir_is_computed_as_if_the_vpe_were_resident)
{
	gic_simple_vm(fx, 2);
	vd_setup(fx, 1, LPI(3), 8, 0);
	vd_setup(fx, 1, SPI(5), 4, 0);
	gic_vpe_select(fx, 1, 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR), 0);
	vd_pend(fx, 1, LPI(3), true);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR),
			 GIC5_MASK(IRS_VPE_HPPIR_HPPIV) | LPI(3));
	vd_pend(fx, 1, SPI(5), true);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR),
			 GIC5_MASK(IRS_VPE_HPPIR_HPPIV) | SPI(5));
	gic_vpe_select(fx, 1, 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR), 0);
	gic_w64(fx, 0, GIC5_IRS_VPE_SELR, 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR), 0);
}

GIC_TEST(U7_vpe_selr_with_s_0_deselects)
{
	gic_simple_vm(fx, 1);
	assert_true(gic_vpe_select(fx, 1, 0));
	gic_w64(fx, 0, GIC5_IRS_VPE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_VPE_CR0, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_CR0), 0);
}

GIC_TEST(save_sorts_equal_priorities_by_type_and_number)
{
	static const uint32_t order[] = {LPI(9), SPI(7), LPI(2), SPI(4)};
	static const uint32_t sorted[] = {SPI(4), SPI(7), LPI(2), LPI(9)};
	unsigned i;

	gic_simple_vm(fx, 1);
	for (i = 0; i < 4; i++) {
		vd_setup(fx, 1, order[i], 8, 0);
		vd_pend(fx, 1, order[i], true);
	}
	gic_w64(fx, 0, GIC5_IRS_SAVE_VMR, GIC5_MASK(IRS_SAVE_VMR_S) | 1);
	gic_enter(fx, 0, 1, 0);
	for (i = 0; i < 4; i++) {
		assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), sorted[i]);
		gic_done(fx, 0, &gic_el1_virt, sorted[i]);
	}
}

/* ---- physical SPIs of a VM ---- */

GIC_TEST(U6_mapped_spi_drives_the_virtual_spi_of_the_same_number)
{
	struct gic5_irq_state state;

	gic_simple_vm(fx, 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 5);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
	gic_w64(fx, 0, GIC5_IRS_SPI_VMR, GIC5_MASK(IRS_SPI_VMR_VIRT) | 1);
	assert_false(gic5_inspect(fx->gic, -1, SPI(5), &state));
	gic5_spi_wire(fx->gic, 5, true);
	assert_true(gic_state(fx, 1, SPI(5)).pending);
	assert_true(gic_state(fx, 1, SPI(5)).level);
	gic5_spi_wire(fx->gic, 5, false);
	assert_false(gic_state(fx, 1, SPI(5)).pending);
	/* Back: physical again, and the wire is sampled. */
	gic5_spi_wire(fx->gic, 5, true);
	gic_w64(fx, 0, GIC5_IRS_SPI_VMR, 0);
	assert_true(gic_state(fx, -1, SPI(5)).pending);
	assert_true(gic_state(fx, -1, SPI(5)).level);
}

GIC_TEST(mapping_an_spi_recalls_it)
{
	gic_simple_vm(fx, 1);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 8, 0);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 5);
	gic_w64(fx, 0, GIC5_IRS_SPI_VMR, GIC5_MASK(IRS_SPI_VMR_VIRT) | 1);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	gic_sys(fx, 0, &gic_el2, GIC5_CDRCFG, SPI(5));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1), 1);
	gic_take_reports(fx, 15, GIC5_ORIGIN_HOST, NULL);
}

/* ---- 12.1 views ---- */

GIC_TEST(DNSTKG_icc_at_el1_with_imo_reaches_the_virtual_interface)
{
	uint64_t sw = 1 << GIC5_PPI_SW, v;

	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PCR_EL1, 5);
	v = gic_mrs(fx, 0, &gic_el2, GIC5_ICH_VMCR_EL2);
	assert_int_equal(GIC5_GET(ICH_VMCR_EL2_VPMR, v), 5);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1), 31);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_VMCR_EL2) & 1, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1), 6);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1, 1);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1), 7);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_APR_EL1, 0x50);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_APR_EL2), 0x50);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_ENABLER0_EL1, sw);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2), sw);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1, sw);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2), sw);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_CPENDR0_EL1, sw);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2), 0);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SACTIVER0_EL1, sw);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2), sw);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_CACTIVER0_EL1, sw);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2), 0);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_PRIORITYR0_EL1, 7 << 24);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_PRIORITYR0_EL2), 7 << 24);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1), 0);
}

GIC_TEST(icsr_is_one_register_for_host_and_guest)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_ICSR_EL1, 0x0000123400000802);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_ICSR_EL1), 0x0000123400000802);
}

GIC_TEST(U27_iaffidr_and_idr0_are_physical_for_the_guest)
{
	assert_int_equal(gic_mrs(fx, 1, &gic_el1_virt, GIC5_ICC_IAFFIDR_EL1), 1);
	assert_int_equal(gic_mrs(fx, 1, &gic_el1_virt, GIC5_ICC_IDR0_EL1),
			 gic_mrs(fx, 1, &gic_el2, GIC5_ICC_IDR0_EL1));
}

GIC_TEST(level_ppi_pending_is_read_only_to_the_guest_and_writable_at_el2)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV;

	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2), 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, bit);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_CPENDR0_EL1, bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1), bit);
}

/* ---- 12.2 virtual HPPI ---- */

GIC_TEST(virtual_hppi_needs_vctlr_en_and_vmcr_en)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, 1 << GIC5_PPI_CNTV);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 1 << GIC5_PPI_CNTV);
	assert_true(virq(fx, 0));
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 0);
	assert_false(virq(fx, 0));
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 1);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1, 0);
	assert_false(virq(fx, 0));
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_CR0_EL1, 1);
	assert_true(virq(fx, 0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_HPPIR_EL2),
			 GIC5_MASK(ICH_HPPIR_EL2_HPPIV) | PPI(GIC5_PPI_CNTV));
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_HPPIR_EL1),
			 GIC5_MASK(ICH_HPPIR_EL2_HPPIV) | PPI(GIC5_PPI_CNTV));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_HPPIR_EL1), 0);
}

GIC_TEST(virtual_nmi_line_is_priority_0)
{
	const struct gic5_ctx nmi = {.el = 1, .hcr_imo = true, .nmi = true};

	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	vd_setup(fx, 1, LPI(3), 0, 0);
	vd_pend(fx, 1, LPI(3), true);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_VNMI));
	assert_true(virq(fx, 0));
	assert_int_equal(gic_sysl(fx, 0, &nmi, GIC5_CDIA), 0);
	assert_int_equal((uint32_t)gic_sysl(fx, 0, &nmi, GIC5_CDNMIA), LPI(3));
}

/* ---- 12.3 DVI and hiding ---- */

GIC_TEST(dvi_makes_virtual_pending_an_alias_of_the_physical)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV;

	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	assert_false(virq(fx, 0)); /* PENDR is stored but ignored */
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2), bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1), 0);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	assert_true(virq(fx, 0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1), bit);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, false);
	assert_false(virq(fx, 0));
}

GIC_TEST(acknowledge_of_an_aliased_edge_ppi_clears_the_physical_pending)
{
	uint64_t bit = 1 << GIC5_PPI_SW;

	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, bit);
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), PPI(GIC5_PPI_SW));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2), bit);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), 0);
}

GIC_TEST(U29_deactivating_an_aliased_ppi_leaves_the_physical_active)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), PPI(GIC5_PPI_CNTV));
	gic_done(fx, 0, &gic_el1_virt, PPI(GIC5_PPI_CNTV));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), bit);
}

GIC_TEST(U17_hidden_ppis_are_raz_wi_for_the_guest_and_never_candidates)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV, hidden[2] = {bit, 0};

	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, bit);
	assert_true(virq(fx, 0));
	gic5_hide_ppis(gic5_pe(fx->gic, 0), hidden);
	assert_false(virq(fx, 0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_ENABLER0_EL1), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_SPENDR0_EL1), 0);
	gic_msr(fx, 0, &gic_el1_virt, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2), bit);
	hidden[0] = 0;
	gic5_hide_ppis(gic5_pe(fx->gic, 0), hidden);
	assert_true(virq(fx, 0));
}

GIC_TEST_MAIN()
