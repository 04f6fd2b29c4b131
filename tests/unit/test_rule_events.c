/* SPDX-License-Identifier: BSD-2-Clause */
/* What the library tells its user: events, lines, and which PE is which (gic5hw.h). */
#include "gic_test.h"

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

static const struct gic5_event *last(struct gic_fixture *fx, enum gic5_event_kind kind,
				     unsigned count)
{
	assert_int_equal(fx->events[kind], count);
	return &fx->last_event[kind];
}

GIC_TEST(events_tell_the_life_of_a_physical_interrupt)
{
	const struct gic5_event *e;

	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 9, 1);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	e = last(fx, GIC5_EV_PEND, 1);
	assert_int_equal(e->intid, SPI(5));
	assert_false(e->is_virtual);
	assert_int_equal(e->vm, -1);
	e = last(fx, GIC5_EV_CANDIDATE, 1);
	assert_int_equal(e->intid, SPI(5));
	assert_int_equal(e->pe, 1);
	gic_ack(fx, 1, &gic_el2);
	e = last(fx, GIC5_EV_ACK, 1);
	assert_int_equal(e->intid, SPI(5));
	assert_int_equal(e->priority, 9);
	assert_int_equal(e->pe, 1);
	gic_sys(fx, 1, &gic_el2, GIC5_CDEOI, 0);
	e = last(fx, GIC5_EV_EOI, 1);
	assert_int_equal(e->intid, 0);
	assert_int_equal(e->pe, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, SPI(5));
	e = last(fx, GIC5_EV_DEACTIVATE, 1);
	assert_int_equal(e->intid, SPI(5));
	/* Acknowledging is no UNPEND; taking it back is. */
	assert_int_equal(fx->events[GIC5_EV_UNPEND], 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(5), true));
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(5), true));
	assert_int_equal(fx->events[GIC5_EV_PEND], 2);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(5), false));
	assert_int_equal(last(fx, GIC5_EV_UNPEND, 1)->intid, SPI(5));
}

GIC_TEST(events_of_a_virtual_interrupt_name_vm_and_vpe)
{
	const struct gic5_event *e;

	gic_simple_vm(fx, 2);
	gic_enter(fx, 1, 1, 1);
	e = last(fx, GIC5_EV_RESIDENT, 1);
	assert_int_equal(e->vm, 1);
	assert_int_equal(e->vpe, 1);
	assert_int_equal(e->pe, 1);
	gic_setup_irq(fx, 1, &gic_el1_virt, LPI(5), 9, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(5), true));
	e = last(fx, GIC5_EV_PEND, 1);
	assert_true(e->is_virtual);
	assert_int_equal(e->vm, 1);
	gic_ack(fx, 1, &gic_el1_virt);
	e = last(fx, GIC5_EV_ACK, 1);
	assert_true(e->is_virtual);
	assert_int_equal(e->vm, 1);
	assert_int_equal(e->pe, 1);
	gic_done(fx, 1, &gic_el1_virt, LPI(5));
	assert_true(last(fx, GIC5_EV_EOI, 1)->is_virtual);
	assert_true(last(fx, GIC5_EV_DEACTIVATE, 1)->is_virtual);
	gic_leave(fx, 1, -1);
	assert_int_equal(last(fx, GIC5_EV_NONRESIDENT, 1)->vpe, 1);
}

GIC_TEST(a_line_is_called_once_per_change)
{
	unsigned i;

	for (i = 0; i < 8; i++)
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 8 + i, 0);
	for (i = 0; i < 8; i++)
		gic5_event_physical(fx->gic, SPI(i), GIC5_SET_EDGE);
	assert_int_equal(fx->line_changes[0][GIC5_LINE_IRQ], 1);
	for (i = 0; i < 8; i++)
		gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(i), false));
	assert_int_equal(fx->line_changes[0][GIC5_LINE_IRQ], 2);
	assert_int_equal(fx->line_changes[1][GIC5_LINE_IRQ], 0);
}

GIC_TEST(a_pe_knows_its_index_and_its_system)
{
	unsigned i;

	for (i = 0; i < 2; i++) {
		assert_int_equal(gic5_pe_index(gic5_pe(fx->gic, i)), i);
		assert_ptr_equal(gic5_pe_system(gic5_pe(fx->gic, i)), fx->gic);
	}
}

GIC_TEST(two_systems_in_one_process_are_separate)
{
	static struct gic_fixture other;

	gic_fixture_init(&other);
	gic_test_start(&other);
	gic_lpis(fx, 6);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 9, 0);
	gic_setup_irq(&other, 0, &gic_el2, SPI(6), 9, 0);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	gic5_event_physical(fx->gic, SPI(6), GIC5_SET_EDGE);
	assert_false(gic5_line_level(gic5_pe(other.gic, 0), GIC5_LINE_IRQ));
	assert_int_equal(gic_r64(&other, 0, GIC5_IRS_IST_BASER), 0);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
	assert_int_equal(gic_ack(&other, 0, &gic_el2), 0);
	gic_test_stop(&other);
}

/* A user who wants nothing but memory: the other callbacks are NULL. */
GIC_TEST_WITH(optional_callbacks_may_be_absent, fx->env.line = NULL; fx->env.event = NULL;
	      fx->env.report = NULL; fx->env.relax = NULL)
{
	gic_lpis(fx, 6);
	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 7);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 9, 0);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(5));
}

/* ---- 1-of-N, what random comparison cannot say: the model's own rule (5) ---- */

static void one_of_n_config(struct gic_fixture *fx)
{
	fx->irs[0].one_n = true;
	fx->cfg.pe_count = 4;
}

static void setup_one_of_n(struct gic_fixture *fx, uint32_t intid)
{
	gic_setup_irq(fx, 0, &gic_el2, intid, 8, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, intid | GIC5_MASK(CDAFF_IRM));
}

GIC_TEST_WITH(one_of_n_rotates_from_the_last_choice, one_of_n_config(fx))
{
	unsigned i, pe;

	for (i = 0; i < 4; i++)
		setup_one_of_n(fx, SPI(i));
	for (i = 0; i < 4; i++)
		gic5_event_physical(fx->gic, SPI(i), GIC5_SET_EDGE);
	for (pe = 0; pe < 4; pe++) {
		uint32_t intid = gic_ack(fx, pe, &gic_el2);

		assert_true(intid);
		gic_done(fx, pe, &gic_el2, intid);
	}
}

GIC_TEST_WITH(one_of_n_keeps_its_choice_while_the_pe_is_eligible, one_of_n_config(fx))
{
	unsigned pe, chosen = 4, signalled = 0;

	setup_one_of_n(fx, SPI(1));
	gic5_event_physical(fx->gic, SPI(1), GIC5_SET_EDGE);
	for (pe = 0; pe < 4; pe++) {
		if (gic5_line_level(gic5_pe(fx->gic, pe), GIC5_LINE_IRQ))
			chosen = pe;
	}
	assert_true(chosen < 4);
	gic_msr(fx, chosen, &gic_el2, GIC5_ICC_PCR_EL1, 3);
	for (pe = 0; pe < 4; pe++)
		signalled += gic5_line_level(gic5_pe(fx->gic, pe), GIC5_LINE_IRQ);
	assert_int_equal(signalled, 0);
	gic_msr(fx, chosen, &gic_el2, GIC5_ICC_PCR_EL1, 31);
	assert_int_equal(gic_ack(fx, chosen, &gic_el2), SPI(1));
}

GIC_TEST_MAIN()
