/* SPDX-License-Identifier: BSD-2-Clause */
/* SPI injection: shadow, hardware mirror, trigger modes, doorbells. */
#include "hyp_fixture.h"

static void start(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_make(fx, t, 2);
	g_irs_on(t);
	enter(t, 0, 0);
	g_cpu_up(t, 0);
	g_setup(t, 0, SPI(1), 8, 0);
	g_setup(t, 0, SPI(2), 8, 0);
}

static void edge_spi_raised_for_a_resident_vpe_is_delivered_without_a_kick(void **state)
{
	struct test_vm t;

	start(*state, &t);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 1, true, NULL), 0);
	g_expect(&t, 0, SPI(1));
	assert_int_equal(atomic_load(&t.kicks[0]), 1); /* IRSEN's */
	vm_end(&t);
}

static void D1_level_spi_still_high_fires_again_after_deactivation(void **state)
{
	struct test_vm t;

	start(*state, &t);
	g_spi_level(&t, 2, true);
	assert_true(irq_state(&t, SPI(2)).level);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 2, true, NULL), 0);
	g_expect(&t, 0, SPI(2));
	g_expect(&t, 0, SPI(2));
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 2, false, NULL), 0);
	g_expect_none(&t, 0);
	vm_end(&t);
}

static void edge_spi_raised_then_lowered_is_still_delivered(void **state)
{
	struct test_vm t;

	start(*state, &t);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 1, true, NULL), 0);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 1, false, NULL), 0);
	g_expect(&t, 0, SPI(1));
	vm_end(&t);
}

static void level_spi_lowered_before_acknowledge_is_gone(void **state)
{
	struct test_vm t;

	start(*state, &t);
	g_spi_level(&t, 2, true);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 2, true, NULL), 0);
	assert_true(g_virq(&t, 0));
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 2, false, NULL), 0);
	g_expect_none(&t, 0);
	vm_end(&t);
}

static void spi_for_a_sleeping_vcpu_rings_its_doorbell(void **state)
{
	struct test_vm t;

	start(*state, &t);
	leave(&t, 0);
	put(&t, 0, true);
	assert_false(vgic5_vcpu_pending(t.vcpu[0]));
	assert_int_equal(fx_dispatch_all(t.fx), 0);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, 1, true, NULL), 0);
	assert_int_equal(fx_dispatch(t.fx, 0), 1);
	assert_true(vgic5_vcpu_pending(t.vcpu[0]));
	enter(&t, 0, 1);
	g_expect(&t, 0, SPI(1));
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(edge_spi_raised_for_a_resident_vpe_is_delivered_without_a_kick),
		HYP_TEST(D1_level_spi_still_high_fires_again_after_deactivation),
		HYP_TEST(edge_spi_raised_then_lowered_is_still_delivered),
		HYP_TEST(level_spi_lowered_before_acknowledge_is_gone),
		HYP_TEST(spi_for_a_sleeping_vcpu_rings_its_doorbell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
