/* SPDX-License-Identifier: BSD-2-Clause */
/* Deactivation notifiers: in-flight tracking, resampling, both ways of noticing. */
#include "hyp_fixture.h"

/* A device with a level line that is resampled: it lowers at the guest's deactivation, and raises again. */
struct device {
	struct vgic5_ack_notifier notifier;
	struct test_vm *t;
	unsigned acked;
	bool wants; /* still has something to say */
	bool edge;
};

static void acked(struct vgic5_ack_notifier *notifier, struct port_pe *pe)
{
	struct device *d = (struct device *)(void *)notifier;

	d->acked++;
	if (d->edge)
		return;
	assert_int_equal(vgic5_inject_spi(d->t->vm, pe, notifier->spi, false, NULL), 0);
	if (d->wants)
		assert_int_equal(vgic5_inject_spi(d->t->vm, pe, notifier->spi, true, NULL), 0);
}

static void start(struct hyp_fixture *fx, struct test_vm *t, struct device *d, uint32_t options)
{
	vm_config(fx, t);
	t->cfg.options = options;
	vm_create(fx, t, 2);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	memset(d, 0, sizeof(*d));
	d->t = t;
	d->notifier.acked = acked;
	d->notifier.spi = 3;
	assert_int_equal(vgic5_add_ack_notifier(t->vm, fx->service, &d->notifier), 0);
	assert_int_equal(vm_do_init(t), 0);
	vm_run(t);
	g_irs_on(t);
	enter(t, 0, 0);
	g_cpu_up(t, 0);
	g_setup(t, 0, SPI(3), 8, 0);
	g_setup(t, 0, SPI(4), 8, 0);
}

static void finish(struct test_vm *t, struct device *d)
{
	vgic5_del_ack_notifier(t->vm, t->fx->service, &d->notifier);
	vm_end(t);
}

static void level_spi_with_a_notifier_is_resampled_at_the_next_exit(void **state)
{
	struct device d;
	struct test_vm t;

	start(*state, &t, &d, 0);
	g_spi_level(&t, 3, true);
	assert_false(irq_state(&t, SPI(3)).level); /* HM=0: else it fires before the resample */
	d.wants = true;
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	leave(&t, 0);
	assert_int_equal(d.acked, 0); /* pending */
	enter(&t, 0, 0);
	assert_int_equal(g_ack(&t, 0), SPI(3));
	leave(&t, 0);
	assert_int_equal(d.acked, 0); /* active */
	enter(&t, 0, 0);
	g_done(&t, 0, SPI(3));
	g_expect_none(&t, 0); /* not before the device was asked */
	d.wants = true;
	leave(&t, 0);
	assert_int_equal(d.acked, 1);
	enter(&t, 0, 0);
	d.wants = false;
	g_expect(&t, 0, SPI(3));
	leave(&t, 0);
	assert_int_equal(d.acked, 2);
	leave(&t, 0);
	assert_int_equal(d.acked, 2); /* once */
	assert_int_equal(atomic_load(&t.vm->inflight_count), 0);
	finish(&t, &d);
}

static void edge_spi_with_a_notifier_is_told_once_per_delivery(void **state)
{
	struct device d;
	struct test_vm t;

	start(*state, &t, &d, 0);
	d.edge = true;
	for (unsigned i = 1; i <= 3; i++) {
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
		g_expect(&t, 0, SPI(3));
		leave(&t, 0);
		assert_int_equal(d.acked, i);
		enter(&t, 0, 0);
	}
	finish(&t, &d);
}

static void trapped_deactivation_notifies_at_once(void **state)
{
	struct device d;
	struct test_vm t;

	start(*state, &t, &d, VGIC5_OPT_TRAP_DEACTIVATE);
	g_spi_level(&t, 3, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	leave(&t, 0);
	enter(&t, 0, 0); /* the trap is set from here */
	assert_int_equal(g_ack(&t, 0), SPI(3));
	g_sys(&t, 0, GIC5_CDDI, SPI(3)); /* traps, is emulated, is noticed */
	assert_int_equal(d.acked, 1);
	g_sys(&t, 0, GIC5_CDEOI, 0);
	/* Others are deactivated through the trap as well. */
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	leave(&t, 0);
	enter(&t, 0, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 4, true), 0);
	assert_int_equal(g_ack(&t, 0), SPI(3));
	g_done(&t, 0, SPI(3));
	g_expect(&t, 0, SPI(4));
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, 8);
	leave(&t, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, GIC5_PPI_SW, true), 0);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	g_expect_none(&t, 0);
	finish(&t, &d);
}

static void R50_the_guests_own_CDRCFG_result_survives_the_hosts_question(void **state)
{
	struct device d;
	struct test_vm t;
	uint64_t icsr = 0;

	start(*state, &t, &d, 0);
	g_spi_level(&t, 3, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	g_sys(&t, 0, GIC5_CDRCFG, SPI(4));
	icsr = g_mrs(&t, 0, GIC5_ICC_ICSR_EL1);
	leave(&t, 0); /* asks about SPI 3 */
	enter(&t, 0, 0);
	assert_true(g_mrs(&t, 0, GIC5_ICC_ICSR_EL1) == icsr);
	finish(&t, &d);
}

static void an_spi_without_notifier_costs_no_question(void **state)
{
	struct port_sim_counts before;
	struct port_sim_counts after;
	struct device d;
	struct test_vm t;

	start(*state, &t, &d, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 4, true), 0);
	leave(&t, 0);
	enter(&t, 0, 0);
	port_sim_pe_counts(t.fx->ppe[0], &before);
	leave(&t, 0);
	enter(&t, 0, 0);
	port_sim_pe_counts(t.fx->ppe[0], &after);
	assert_int_equal(after.insns, before.insns);
	assert_true(after.sysreg_reads - before.sysreg_reads <= 2);
	finish(&t, &d);
}

static void a_notifier_that_comes_and_goes_changes_the_handling_mode(void **state)
{
	struct device d;
	struct device second = {
		.notifier = {.acked = acked, .spi = 3}
        };
	struct test_vm t;

	start(*state, &t, &d, 0);
	g_spi_level(&t, 3, true);
	assert_false(irq_state(&t, SPI(3)).level);
	assert_int_equal(vgic5_add_ack_notifier(t.vm, t.fx->service, &second.notifier), 0);
	vgic5_del_ack_notifier(t.vm, t.fx->service, &d.notifier);
	assert_false(irq_state(&t, SPI(3)).level);
	vgic5_del_ack_notifier(t.vm, t.fx->service, &second.notifier);
	assert_true(irq_state(&t, SPI(3)).level);
	assert_int_equal(vgic5_add_ack_notifier(t.vm, t.fx->service, &d.notifier), 0);
	assert_false(irq_state(&t, SPI(3)).level);
	d.notifier.spi = 3;
	second.notifier.spi = VGIC5_MAX_SPIS;
	assert_int_equal(vgic5_add_ack_notifier(t.vm, t.fx->service, &second.notifier),
			 -VGIC5_E_INVAL);
	finish(&t, &d);
}

static void all_notifiers_of_an_spi_are_told(void **state)
{
	struct device d;
	struct device second = {
		.notifier = {.acked = acked, .spi = 3},
                  .edge = true
        };
	struct device other = {
		.notifier = {.acked = acked, .spi = 4},
                  .edge = true
        };
	struct test_vm t;

	start(*state, &t, &d, 0);
	d.edge = true;
	assert_int_equal(vgic5_add_ack_notifier(t.vm, t.fx->service, &second.notifier), 0);
	assert_int_equal(vgic5_add_ack_notifier(t.vm, t.fx->service, &other.notifier), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	g_expect(&t, 0, SPI(3));
	leave(&t, 0);
	assert_int_equal(d.acked, 1);
	assert_int_equal(second.acked, 1);
	assert_int_equal(other.acked, 0);
	vgic5_del_ack_notifier(t.vm, t.fx->service, &second.notifier);
	vgic5_del_ack_notifier(t.vm, t.fx->service, &other.notifier);
	finish(&t, &d);
}

static void teardown_empties_the_list_and_keeps_the_notifier(void **state)
{
	struct device d;
	struct test_vm t;

	start(*state, &t, &d, 0);
	d.edge = true;
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	assert_int_equal(atomic_load(&t.vm->inflight_count), 1);
	leave(&t, 0);
	vm_stop(&t);
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_int_equal(atomic_load(&t.vm->inflight_count), 0);
	assert_int_equal(d.acked, 0);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	vm_run(&t);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(3), 8, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	g_expect(&t, 0, SPI(3));
	leave(&t, 0);
	assert_int_equal(d.acked, 1);
	finish(&t, &d);
}

static void a_level_spi_with_notifier_is_saved_as_level_and_tracked_after_restore(void **state)
{
	static uint32_t spi[32];
	struct device d;
	struct device e;
	struct test_vm t;
	struct test_vm u;

	start(*state, &t, &d, 0);
	g_spi_level(&t, 3, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	assert_int_equal(g_ack(&t, 0), SPI(3));
	leave(&t, 0);
	vm_stop(&t);
	assert_int_equal(ist_get(&t, spi, 32, NULL, 0), 0);
	assert_int_equal(GIC5_GET(L2_ISTE_HM, spi[3]), 1);
	assert_int_equal(GIC5_GET(L2_ISTE_ACTIVE, spi[3]), 1);
	finish(&t, &d);

	vm_config(*state, &u);
	vm_create(*state, &u, 2);
	assert_int_equal(vm_device(&u), 0);
	assert_int_equal(vm_set_base(&u, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&u), 0);
	memset(&e, 0, sizeof(e));
	e.t = &u;
	e.notifier.acked = acked;
	e.notifier.spi = 3;
	assert_int_equal(vgic5_add_ack_notifier(u.vm, u.fx->service, &e.notifier), 0);
	assert_int_equal(irs_set(&u, GIC5_IRS_CR0, 1), 0);
	assert_int_equal(ist_set(&u, spi, 32, NULL, 0), 0);
	assert_false(irq_state(&u, SPI(3)).level);
	assert_true(irq_state(&u, SPI(3)).active);
	assert_int_equal(atomic_load(&u.vm->inflight_count), 1);
	vm_run(&u);
	enter(&u, 0, 0);
	g_cpu_up(&u, 0);
	leave(&u, 0);
	assert_int_equal(e.acked, 0);
	enter(&u, 0, 0);
	g_sys(&u, 0, GIC5_CDDI, SPI(3));
	leave(&u, 0);
	assert_int_equal(e.acked, 1);
	finish(&u, &e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(level_spi_with_a_notifier_is_resampled_at_the_next_exit),
		HYP_TEST(edge_spi_with_a_notifier_is_told_once_per_delivery),
		HYP_TEST(trapped_deactivation_notifies_at_once),
		HYP_TEST(R50_the_guests_own_CDRCFG_result_survives_the_hosts_question),
		HYP_TEST(an_spi_without_notifier_costs_no_question),
		HYP_TEST(a_notifier_that_comes_and_goes_changes_the_handling_mode),
		HYP_TEST(all_notifiers_of_an_spi_are_told),
		HYP_TEST(teardown_empties_the_list_and_keeps_the_notifier),
		HYP_TEST(a_level_spi_with_notifier_is_saved_as_level_and_tracked_after_restore),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
