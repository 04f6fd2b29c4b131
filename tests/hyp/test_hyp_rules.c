/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules that belong to no single concern: tables in memory, locks, routes, several IRSs. */
#include "hyp_fixture.h"

static uint64_t *vmte(struct test_vm *t)
{
	const struct vgic5_host *host = t->fx->host;
	const uint32_t id = (uint32_t)vgic5_vm_id(t->vm);

	return (uint64_t *)host->l2[id / 128].va + (size_t)(id % 128) * 4;
}

/* Everything that touches a table: VMs, ISTs, a sleep, a save and a restore. */
static void exercise(struct hyp_fixture *fx)
{
	static uint32_t spi[32], lpi[1024];
	struct test_vm t;

	vm_make(fx, &t, 2);
	g_irs_on(&t);
	g_lpis(&t, 10);
	enter(&t, 1, 0);
	g_cpu_up(&t, 1);
	g_setup(&t, 1, SPI(2), 8, 1);
	g_setup(&t, 1, LPI(1000), 8, 1);
	leave(&t, 1);
	put(&t, 1, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	assert_int_equal(fx_dispatch_all(fx), 1);
	enter(&t, 1, 1);
	g_expect(&t, 1, SPI(2));
	g_sys(&t, 1, GIC5_CDPEND, LPI(1000) | GIC5_PUT(CDPEND_PENDING, 1));
	leave(&t, 1);
	vm_stop(&t);
	assert_int_equal(ist_get(&t, spi, 32, lpi, 1024), 0);
	assert_int_equal(GIC5_GET(L2_ISTE_PENDING, lpi[1000]), 1);
	assert_int_equal(GIC5_GET(L2_ISTE_PRIORITY, spi[2]), 8);
	vm_end(&t);

	vm_config(fx, &t);
	vm_create(fx, &t, 2);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_CR0, 1), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_CFGR, 10), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x40001), 0);
	assert_int_equal(ist_set(&t, spi, 32, lpi, 1024), 0);
	vm_run(&t);
	enter(&t, 1, 1);
	g_cpu_up(&t, 1);
	g_expect(&t, 1, LPI(1000));
	vm_end(&t);
}

static void R7_the_number_of_vcpus_is_one_number(void **state)
{
	const struct vgic5_vcpu_config cfg = {.id = 77};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	vm_make(*state, &t, 3);
	assert_int_equal(vgic5_vm_vcpu_count(t.vm), 3);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IDR1) & 0xffff, 3);
	vm_stop(&t);
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(vgic5_vm_vcpu_count(t.vm), 4);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IDR1) & 0xffff, 4);
	vm_end(&t);
}

static void R23_no_live_entry_is_written_by_software(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	exercise(fx);
	vm_make(fx, &t, 3);
	g_lpis(&t, 13);
	gic5_check_tables(fx->hw);
	assert_int_equal(fx_take_reports(fx, 8, GIC5_ORIGIN_HOST), 0);
	vm_end(&t);
	gic5_check_tables(fx->hw);
}

static void R29_with_several_irss_the_designated_one_takes_vm_commands(void **state)
{
	static struct hyp_fixture fx;

	(void)state;
	fx_init(&fx);
	fx.second_irs = true;
	fx_start(&fx);
	assert_int_equal(gic5_irs_read(fx.hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8), 0);
	assert_int_not_equal(gic5_irs_read(fx.hw, 1, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8), 0);
	exercise(&fx);
	fx_stop(&fx);
}

static void R37_cache_maintenance_depends_on_coherency(void **state)
{
	static struct hyp_fixture fx;
	struct port_sim_usage usage;

	(void)state;
	for (unsigned noncoherent = 0; noncoherent < 2; noncoherent++) {
		fx_init(&fx);
		fx.gic_cfg.noncoherent = noncoherent;
		fx.cfg.noncoherent = noncoherent; /* the model sees only what was cleaned */
		fx_start(&fx);
		exercise(&fx);
		port_sim_usage(fx.port, &usage);
		assert_int_equal(usage.maintained != 0, noncoherent);
		fx_stop(&fx);
	}
}

static void R39_R42_entries_are_little_endian_and_descriptors_are_found_by_index(void **state)
{
	const uint32_t ids[] = {9, 2};
	struct test_vm t;
	const uint8_t *bytes = NULL;
	const uint64_t *vpet = NULL;

	vm_config(*state, &t);
	assert_int_equal(vgic5_vm_create(t.fx->host, &t.cfg, &t.vm), 0);
	for (uint32_t i = 0; i < 2; i++) {
		const struct vgic5_vcpu_config vcpu = {.id = ids[i], .mpidr = ids[i]};

		assert_int_equal(vgic5_vcpu_create(t.vm, &vcpu, &t.vcpu[i]), 0);
	}
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_do_init(&t), 0);
	bytes = (const uint8_t *)vmte(&t);
	assert_int_equal(bytes[0] & 1, 1);   /* VALID, by the IRS */
	assert_int_equal(bytes[15] >> 3, 4); /* VPE_ID_BITS: sixteen entries */
	assert_int_equal(bytes[31] >> 3, 5); /* SPI IST: 32 interrupts */
	assert_int_equal(bytes[24] & 1, 1);  /* and valid */
	vpet = t.vm->tables.vpet.va;
	for (uint32_t i = 0; i < 16; i++) {
		uint64_t expect = 0;

		if (i == 9)
			expect = t.vm->tables.vpeds.pa.pa | 1;
		else if (i == 2)
			expect = (t.vm->tables.vpeds.pa.pa + t.vm->tables.vped_stride) | 1;
		assert_true(vpet[i] == expect);
	}
	vm_end(&t);
}

static void R40_a_typed_number_is_not_an_id(void **state)
{
	struct test_vm t;

	vm_make(*state, &t, 1);
	assert_int_equal(vgic5_inject_spi(t.vm, t.fx->service, SPI(1), true, NULL), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_inject_ppi(t.vcpu[0], PPI(3), true, NULL), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_inject_lpi(t.vm, t.fx->service, LPI(1)), 0); /* unreachable */
	vm_end(&t);
}

static void R41_freed_tables_leave_no_pointer(void **state)
{
	static const struct vm_tables none;
	static const struct ist no_ist;
	struct test_vm t;

	vm_make(*state, &t, 1);
	g_lpis(&t, 13);
	vm_stop(&t);
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_memory_equal(&t.vm->tables, &none, sizeof(none));
	assert_memory_equal(&t.vm->lpi_ist, &no_ist, sizeof(no_ist));
	assert_memory_equal(&t.vm->spi_ist, &no_ist, sizeof(no_ist));
	assert_null(t.vm->spis);
	vm_end(&t);
}

static void R52_an_accepted_route_is_injectable_or_says_EINVAL(void **state)
{
	struct vgic5_irq_route r[2] = {
		{.gsi = 5, .type = VGIC5_IRQ_ROUTING_IRQCHIP},
		{.gsi = 9, .type = VGIC5_IRQ_ROUTING_IRQCHIP}
        };
	struct test_vm t;

	vm_make(*state, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(6), 8, 0);
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 6, true), 0); /* default: i to i */
	g_expect(&t, 0, SPI(6));
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 32, true), -VGIC5_E_INVAL);
	r[0].u.irqchip.pin = 6;
	r[1].u.irqchip.pin = 1023; /* legal for a route, beyond this VM's SPIs */
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), 0);
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 5, true), 0);
	g_expect(&t, 0, SPI(6));
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 9, true), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 6, true), -VGIC5_E_INVAL);
	r[1].u.irqchip.pin = 1024;
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_INVAL);
	r[1].u.irqchip.pin = 1;
	r[1].gsi = 5; /* twice */
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_INVAL);
	r[1].gsi = VGIC5_MAX_IRQ_ROUTES;
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_INVAL);
	r[1].gsi = 1;
	r[1].flags = 1;
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_INVAL);
	r[1].flags = 0;
	r[1].type = VGIC5_IRQ_ROUTING_MSI;
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_NODEV);
	r[1].type = 0;
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, 2), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_set_gsi_routing(t.vm, r, VGIC5_MAX_IRQ_ROUTES + 1), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 5, true), 0); /* the old table */
	assert_int_equal(vgic5_set_gsi_routing(t.vm, NULL, 0), 0);
	assert_int_equal(vgic5_inject_gsi(t.vm, t.fx->service, 5, true), -VGIC5_E_INVAL);
	vm_end(&t);
}

static void R53_a_failing_mirror_is_reported_and_the_shadow_rolled_back(void **state)
{
	struct test_vm t;

	vm_make(*state, &t, 1);
	g_spi_level(&t, 2, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	vgic5_vm_kill(t.vm);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, false), -VGIC5_E_IO);
	assert_true(t.vm->spis[2].line);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), -VGIC5_E_IO);
	assert_false(t.vm->spis[3].latch);
	assert_int_equal(vgic5_inject_lpi(t.vm, t.fx->service, 1), -VGIC5_E_IO);
	vm_end(&t);
}

/* Which locks are held while a GIC instruction is executed? */
struct watcher {
	struct test_vm *t;
	uint32_t spi;
	unsigned instructions, without_spi_lock, without_virs_lock;
};

static void watch(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	struct watcher *w = opaque;

	(void)pe;
	if (call != PORT_SIM_INSN)
		return;
	w->instructions++;
	w->without_spi_lock += !atomic_load(&w->t->vm->spis[w->spi].lock.taken);
	w->without_virs_lock += !atomic_load(&w->t->vm->virs.lock.taken);
}

static void D8_D9_the_hardware_is_told_under_the_locks(void **state)
{
	struct watcher w = {.spi = 4};
	struct test_vm t;

	vm_make(*state, &t, 1);
	w.t = &t;
	port_sim_set_hook(t.fx->port, watch, &w);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 4, true), 0);
	assert_int_equal(w.instructions, 1);
	g_irs_write(&t, GIC5_IRS_SPI_SELR, 4);
	w.without_virs_lock = 0;
	g_irs_write(&t, GIC5_IRS_SPI_CFGR, 1);
	port_sim_set_hook(t.fx->port, NULL, NULL);
	assert_true(w.instructions >= 3);
	assert_int_equal(w.without_spi_lock, 0);
	assert_int_equal(w.without_virs_lock, 0);
	vm_end(&t);
}

static void statistics_count_what_happened(void **state)
{
	struct vgic5_vm_stats stats;
	struct test_vm t;

	vm_make(*state, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	leave(&t, 0);
	put(&t, 0, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, GIC5_PPI_SW, true), 0);
	fx_dispatch_all(t.fx);
	vgic5_vm_stats(t.vm, &stats);
	assert_int_equal(stats.spi_injections, 1);
	assert_int_equal(stats.ppi_injections, 1);
	assert_int_equal(stats.doorbell_requests, 1);
	assert_int_equal(stats.doorbells, 1);
	assert_int_equal(stats.loads, 1);
	assert_int_equal(stats.wfi_puts, 1);
	assert_int_equal(stats.kicks, 3); /* IRSEN, PPI, doorbell */
	assert_true(stats.table_bytes > 0);
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(R7_the_number_of_vcpus_is_one_number),
		HYP_TEST(R23_no_live_entry_is_written_by_software),
		cmocka_unit_test(R29_with_several_irss_the_designated_one_takes_vm_commands),
		cmocka_unit_test(R37_cache_maintenance_depends_on_coherency),
		HYP_TEST(R39_R42_entries_are_little_endian_and_descriptors_are_found_by_index),
		HYP_TEST(R40_a_typed_number_is_not_an_id),
		HYP_TEST(R41_freed_tables_leave_no_pointer),
		HYP_TEST(R52_an_accepted_route_is_injectable_or_says_EINVAL),
		HYP_TEST(R53_a_failing_mirror_is_reported_and_the_shadow_rolled_back),
		HYP_TEST(D8_D9_the_hardware_is_told_under_the_locks),
		HYP_TEST(statistics_count_what_happened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
