/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of doorbells: facts page, section 11. */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

enum { BELL = 40, PRIO = 8 };

/* VM 1 with two VPEs; virtual LPI 3 targets VPE 0 at priority 8; LPI 40 is its doorbell. */
static void doorbell_setup(struct gic_fixture *fx)
{
	gic_lpis(fx, 8);
	gic_simple_vm(fx, 2);
	gic_setup_irq(fx, 0, &gic_el2, LPI(BELL), 4, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI, gic_op_vd(1, LPI(3)) | GIC5_PUT(VDPRI_PRIORITY, PRIO));
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, gic_op_vd(1, LPI(3)));
	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, gic_op_vd(1, LPI(3)));
}

static void vd_pend(struct gic_fixture *fx, bool pending)
{
	gic_sys(fx, 1, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), pending));
}

/* Did the doorbell ring since the last look? */
static bool rang(struct gic_fixture *fx)
{
	bool pending = gic_state(fx, -1, LPI(BELL)).pending;

	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(LPI(BELL), false));
	return pending;
}

static bool requested(struct gic_fixture *fx)
{
	gic_vpe_select(fx, 1, 0);
	return gic_r64(fx, 0, GIC5_IRS_VPE_DBR) & GIC5_MASK(IRS_VPE_DBR_REQ_DB);
}

GIC_TEST(RCWZMW_doorbell_rings_for_a_qualifying_interrupt_after_departure)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 0, false);
	gic_enter(fx, 0, 1, 0);
	gic_leave(fx, 0, 31);
	assert_false(rang(fx));
	vd_pend(fx, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(BELL));
	assert_int_equal(fx->events[GIC5_EV_DOORBELL], 1);
	assert_int_equal(fx->last_event[GIC5_EV_DOORBELL].intid, LPI(BELL));
	assert_int_equal(fx->last_event[GIC5_EV_DOORBELL].vm, 1);
	assert_int_equal(fx->last_event[GIC5_EV_DOORBELL].vpe, 0);
}

GIC_TEST(RKDQNS_doorbell_is_set_edge)
{
	doorbell_setup(fx);
	gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(LPI(BELL), true));
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	vd_pend(fx, true);
	assert_true(gic_state(fx, -1, LPI(BELL)).pending);
	assert_false(gic_state(fx, -1, LPI(BELL)).level);
}

GIC_TEST(departing_with_a_qualifying_interrupt_pending_rings_at_once)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 0, false);
	gic_enter(fx, 0, 1, 0);
	vd_pend(fx, true);
	assert_false(rang(fx));
	gic_leave(fx, 0, 31);
	assert_true(rang(fx));
}

GIC_TEST(departure_without_db_requests_nothing)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, false);
	gic_enter(fx, 0, 1, 0);
	vd_pend(fx, true);
	gic_leave(fx, 0, -1);
	assert_false(rang(fx));
	assert_false(requested(fx));
}

GIC_TEST(v_0_with_nothing_resident_requests_nothing_even_with_db)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, false);
	vd_pend(fx, true);
	gic_leave(fx, 0, 31);
	assert_false(rang(fx));
	assert_false(requested(fx));
}

GIC_TEST(doorbell_is_one_shot)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	assert_true(requested(fx));
	vd_pend(fx, true);
	assert_true(rang(fx));
	assert_false(requested(fx));
	vd_pend(fx, false);
	vd_pend(fx, true);
	assert_false(rang(fx));
}

GIC_TEST(req_db_rings_at_once_if_something_qualifies)
{
	doorbell_setup(fx);
	vd_pend(fx, true);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	assert_true(rang(fx));
}

GIC_TEST(req_db_is_for_a_vpe_that_is_not_resident)
{
	doorbell_setup(fx);
	gic_enter(fx, 0, 1, 0);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	assert_false(requested(fx));
	vd_pend(fx, true);
	gic_leave(fx, 0, -1);
	assert_false(rang(fx));
}

GIC_TEST(doorbell_needs_valid_settings)
{
	doorbell_setup(fx);
	gic_vpe_select(fx, 1, 0);
	gic_w64(fx, 0, GIC5_IRS_VPE_DBR, GIC5_PUT(IRS_VPE_DBR_INTID, BELL));
	gic_enter(fx, 0, 1, 0);
	vd_pend(fx, true);
	gic_leave(fx, 0, 31);
	assert_false(rang(fx));
	gic_take_reports(fx, 14, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(settings_reset_when_the_vpe_becomes_valid)
{
	struct gic_vm vm;

	gic_lpis(fx, 8);
	vm = gic_simple_vm(fx, 1);
	gic_vpe_dbr(fx, 1, 0, BELL, 17, false);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR),
			 GIC5_MASK(IRS_VPE_DBR_DBV) | GIC5_PUT(IRS_VPE_DBR_DBPM, 17) | BELL);
	gic_vm_unmap(fx, &vm);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 1);
	gic_vpe_select(fx, 1, 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR) & GIC5_MASK(IRS_VPE_DBR_DBV), 0);
}

GIC_TEST(priority_equal_to_the_mask_rings_and_a_lower_one_does_not)
{
	doorbell_setup(fx);
	vd_pend(fx, true);
	gic_vpe_dbr(fx, 1, 0, BELL, PRIO - 1, true);
	assert_false(rang(fx));
	gic_vpe_dbr(fx, 1, 0, BELL, PRIO, true);
	assert_true(rang(fx));
}

GIC_TEST(mask_0_admits_priority_0_only)
{
	doorbell_setup(fx);
	vd_pend(fx, true);
	gic_vpe_dbr(fx, 1, 0, BELL, 0, true);
	assert_false(rang(fx));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI, gic_op_vd(1, LPI(3)));
	assert_true(rang(fx));
}

GIC_TEST(U15_the_mask_given_with_the_request_counts)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, false);
	gic_enter(fx, 0, 1, 0);
	gic_leave(fx, 0, PRIO - 1);
	vd_pend(fx, true);
	assert_false(rang(fx));
	gic_vpe_dbr(fx, 1, 0, BELL, PRIO, true);
	assert_true(rang(fx));
}

GIC_TEST(predicate_is_looked_at_on_every_change_of_any_input)
{
	uint64_t op = gic_op_vd(1, LPI(3));

	doorbell_setup(fx);
	/* enable */
	gic_sys(fx, 0, &gic_el2, GIC5_VDDIS, op);
	vd_pend(fx, true);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	assert_false(rang(fx));
	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, op);
	assert_true(rang(fx));
	/* routing */
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, op | GIC5_PUT(VDAFF_VPE_ID, 1));
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	assert_false(rang(fx));
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, op);
	assert_true(rang(fx));
	/* priority */
	gic_vpe_dbr(fx, 1, 0, BELL, 3, true);
	assert_false(rang(fx));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI, op | GIC5_PUT(VDPRI_PRIORITY, 3));
	assert_true(rang(fx));
	/* deactivation */
	gic_enter(fx, 0, 1, 0);
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(3));
	vd_pend(fx, true);
	gic_leave(fx, 0, 31);
	assert_false(rang(fx));
	gic_sys(fx, 0, &gic_el2, GIC5_VDDI, op);
	assert_true(rang(fx));
}

GIC_TEST(doorbell_is_for_its_own_vpe_only)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 1, BELL, 31, true);
	vd_pend(fx, true);
	assert_false(rang(fx));
}

GIC_TEST(ppis_do_not_ring_doorbells)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, 1 << GIC5_PPI_CNTV);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 1 << GIC5_PPI_CNTV);
	assert_false(rang(fx));
}

GIC_TEST(U13_residency_cancels_an_outstanding_request)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	gic_enter(fx, 0, 1, 0);
	assert_false(requested(fx));
	vd_pend(fx, true);
	gic_leave(fx, 0, -1);
	assert_false(rang(fx));
}

GIC_TEST(doorbell_that_is_pending_already_stays_pending_when_the_vpe_enters)
{
	doorbell_setup(fx);
	vd_pend(fx, true);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	gic_enter(fx, 0, 1, 0);
	assert_true(rang(fx));
}

GIC_TEST(U16_no_doorbell_while_irsen_is_0)
{
	doorbell_setup(fx);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	vd_pend(fx, true);
	assert_false(rang(fx));
	gic_w32(fx, 0, GIC5_IRS_CR0, 1);
	assert_true(rang(fx));
}

GIC_TEST(rule_14_unreachable_doorbell_lpi_loses_the_event)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, 256, 31, true);
	vd_pend(fx, true);
	assert_false(requested(fx));
	assert_reports(fx, 14, GIC5_ORIGIN_HOST, 1);
}

GIC_TEST(dbv_0_means_no_doorbell)
{
	doorbell_setup(fx);
	gic_vpe_dbr(fx, 1, 0, BELL, 31, true);
	gic_w64(fx, 0, GIC5_IRS_VPE_DBR, GIC5_PUT(IRS_VPE_DBR_INTID, BELL));
	vd_pend(fx, true);
	assert_false(rang(fx));
	gic_take_reports(fx, 14, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(vm_doorbell_is_raz_wi_without_virt_one_n)
{
	doorbell_setup(fx);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 1);
	gic_w64(fx, 0, GIC5_IRS_VM_DBR, GIC5_MASK(IRS_VM_DBR_EN) | 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VM_DBR), 0);
}

static void one_of_n_config(struct gic_fixture *fx)
{
	fx->irs[0].one_n = true;
	fx->irs[0].virt_one_n = true;
}

GIC_TEST_WITH(U8_vm_doorbell_rings_when_no_eligible_vpe_is_resident, one_of_n_config(fx))
{
	doorbell_setup(fx);
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, gic_op_vd(1, LPI(3)) | GIC5_MASK(VDAFF_IRM));
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 1);
	gic_w64(fx, 0, GIC5_IRS_VM_DBR, GIC5_MASK(IRS_VM_DBR_EN) | 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VM_DBR), GIC5_MASK(IRS_VM_DBR_EN) | 1);
	gic_vpe_dbr(fx, 1, 1, BELL, 31, true);
	vd_pend(fx, true);
	assert_true(rang(fx));
}

GIC_TEST_WITH(U8_vm_doorbell_is_silent_while_an_eligible_vpe_is_resident, one_of_n_config(fx))
{
	doorbell_setup(fx);
	gic_sys(fx, 0, &gic_el2, GIC5_VDAFF, gic_op_vd(1, LPI(3)) | GIC5_MASK(VDAFF_IRM));
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 1);
	gic_w64(fx, 0, GIC5_IRS_VM_DBR, GIC5_MASK(IRS_VM_DBR_EN) | 1);
	gic_vpe_dbr(fx, 1, 1, BELL, 31, true);
	gic_enter(fx, 0, 1, 0);
	vd_pend(fx, true);
	assert_false(rang(fx));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(3));
}

GIC_TEST_MAIN()
