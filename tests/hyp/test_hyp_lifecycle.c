/* SPDX-License-Identifier: BSD-2-Clause */
/* INIT, roll-back, teardown, VM IDs, VM tables of both shapes. */
#include "hyp_fixture.h"

#include <stdlib.h>

#define INIT_RETRY(t) assert_int_equal(vm_do_init(t), 0)

static void raw(struct hyp_fixture *fx, struct test_vm *t, uint32_t vcpus)
{
	vm_config(fx, t);
	vm_create(fx, t, vcpus);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
}

static struct vgic5_host_stats host_stats(struct hyp_fixture *fx)
{
	struct vgic5_host_stats stats;

	vgic5_host_stats(fx->host, &stats);
	return stats;
}

/*
 * The IRS does not answer any more; it does again. What was in flight is forgotten when the next write
 * overtakes it, here one without effect.
 */
static void hang(struct hyp_fixture *fx, enum gic5_status status)
{
	gic5_set_delay(fx->hw, 0, status, GIC5_DELAY_NEVER);
}

static void recover(struct hyp_fixture *fx, enum gic5_status status)
{
	gic5_set_delay(fx->hw, 0, status, 0);
	if (status == GIC5_STATUS_VPE)
		gic5_irs_write(fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VPE_CR0, 4, 0);
	else
		gic5_irs_write(fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMAP_VMR, 8, 0);
	fx_clear_reports(fx); /* rule 1: this write */
}

/* ---- INIT's own errors ---- */

static void INIT_without_vcpus_is_ENODEV(void **state)
{
	struct test_vm t;

	raw(*state, &t, 0);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_NODEV);
	assert_false(vgic5_vm_is_initialised(t.vm));
	vm_end(&t);
}

static void INIT_with_nested_virtualization_is_EINVAL(void **state)
{
	const struct vgic5_vcpu_config cfg = {.id = 5, .nested = true};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	raw(*state, &t, 1);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_INVAL);
	vm_end(&t);
}

/* INIT is tried from within the creation of a vCPU. */
static struct {
	struct test_vm *t;
	int rc;
	bool inside;
} probe;

static void init_inside(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	(void)opaque;
	(void)pe;
	if (call != PORT_SIM_LOCK || probe.inside)
		return;
	probe.inside = true;
	port_sim_set_hook(probe.t->fx->port, NULL, NULL);
	probe.rc = vm_do_init(probe.t);
}

static void INIT_while_a_vcpu_is_created_is_EBUSY(void **state)
{
	const struct vgic5_vcpu_config cfg = {.id = 5};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	raw(*state, &t, 1);
	probe.t = &t;
	probe.rc = 0;
	probe.inside = false;
	port_sim_set_hook(t.fx->port, init_inside, NULL);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	port_sim_set_hook(t.fx->port, NULL, NULL);
	assert_true(probe.inside);
	assert_int_equal(probe.rc, -VGIC5_E_BUSY);
	INIT_RETRY(&t);
	vm_end(&t);
}

static void INIT_again_is_0_and_vcpus_after_it_are_EBUSY(void **state)
{
	const struct vgic5_vcpu_config cfg = {.id = 5};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	raw(*state, &t, 1);
	INIT_RETRY(&t);
	INIT_RETRY(&t);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), -VGIC5_E_BUSY);
	assert_null(vcpu);
	vm_end(&t);
}

static void vcpu_ids_are_unique_and_below_the_limit(void **state)
{
	struct vgic5_vcpu_config cfg = {.id = 0};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	raw(*state, &t, 1);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), -VGIC5_E_EXIST);
	cfg.id = vgic5_host_max_vcpus(t.fx->host);
	assert_int_equal(cfg.id, 512);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), -VGIC5_E_INVAL);
	cfg.id = 511;
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	assert_int_equal(vgic5_vm_vcpu_count(t.vm), 2);
	assert_ptr_equal(vgic5_vm_vcpu(t.vm, 1), vcpu);
	assert_null(vgic5_vm_vcpu(t.vm, 2));
	INIT_RETRY(&t);
	assert_int_equal(t.vm->tables.vpe_id_bits, 9);
	vm_end(&t);
}

/* An IRS that serves four VPEs per VM; a VM without VGIC_V5 may have more vCPUs. */
static void more_vcpus_than_the_irs_serves_are_E2BIG(void **state)
{
	static struct hyp_fixture fx;
	struct vgic5_vcpu_config cfg = {.id = 300};
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	(void)state;
	fx_init(&fx);
	fx.irs.vpe_id_bits = 2;
	fx_start(&fx);
	assert_int_equal(vgic5_host_max_vcpus(fx.host), 4);
	vm_config(&fx, &t);
	vm_create(&fx, &t, 5);
	assert_int_equal(vm_device(&t), -VGIC5_E_2BIG);
	vm_end(&t);
	vm_config(&fx, &t);
	vm_create(&fx, &t, 1);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	assert_int_equal(vm_device(&t), 0);
	cfg.id = 4;
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), -VGIC5_E_INVAL);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_2BIG); /* two, but one of them is number 300 */
	vm_end(&t);
	raw(&fx, &t, 4);
	INIT_RETRY(&t);
	vm_end(&t);
	fx_stop(&fx);
}

/* ---- VM IDs ---- */

static void R8_R10_running_out_of_vm_ids_is_ENOSPC_and_ids_come_back(void **state)
{
	static struct hyp_fixture fx;
	static struct test_vm t[257];

	(void)state;
	fx_init(&fx);
	fx.irs.vm_id_bits = 8;
	fx_start(&fx);
	for (unsigned i = 0; i < 257; i++)
		raw(&fx, &t[i], 1);
	for (unsigned i = 0; i < 256; i++) {
		INIT_RETRY(&t[i]);
		assert_int_equal(vgic5_vm_id(t[i].vm), i);
	}
	assert_int_equal(vm_do_init(&t[256]), -VGIC5_E_NOSPC);
	assert_int_equal(vgic5_vm_id(t[256].vm), -1);
	assert_int_equal(host_stats(&fx).vm_ids, 256);
	vm_end(&t[100]);
	INIT_RETRY(&t[256]);
	assert_int_equal(vgic5_vm_id(t[256].vm), 100);
	t[100] = t[256];
	for (unsigned i = 0; i < 256; i++) {
		vm_stop(&t[i]);
		assert_int_equal(vgic5_vm_destroy(t[i].vm), 0);
	}
	assert_int_equal(host_stats(&fx).vm_ids, 0);
	fx_stop(&fx);
}

/* ---- roll-back, retry, teardown ---- */

static void R9_R17_R47_failed_INIT_leaves_nothing_and_may_be_retried_with_more_vcpus(void **state)
{
	const struct vgic5_vcpu_config cfg = {.id = 9};
	struct port_sim_usage before;
	struct port_sim_usage after;
	struct vgic5_vcpu *vcpu = NULL;
	struct test_vm t;

	raw(*state, &t, 2);
	assert_int_equal(vm_set_nr(&t, 64), 0);
	INIT_RETRY(&t); /* level-2 tables stay with the host */
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_int_equal(vm_device(&t), 0);
	port_sim_usage(t.fx->port, &before);
	gic5_fail_valid(t.fx->hw, 0, GIC5_STATUS_VPE, 1);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_INVAL); /* D3: the reset of a vCPU failed */
	assert_false(vgic5_vm_is_initialised(t.vm));
	assert_int_equal(vgic5_vm_id(t.vm), -1);
	port_sim_usage(t.fx->port, &after);
	assert_int_equal(after.objects, before.objects);
	assert_int_equal(after.tables, before.tables);
	assert_int_equal(after.lpis, 0);
	assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &vcpu), 0);
	assert_int_equal(vm_set_nr(&t, 96), 0);
	INIT_RETRY(&t);
	vm_end(&t);
}

static void D3_a_vpe_that_cannot_be_selected_fails_INIT(void **state)
{
	struct test_vm t;

	for (uint32_t bad = 1; bad <= 3; bad++) {
		raw(*state, &t, 3);
		port_sim_fail(t.fx->port, bad, PORT_SIM_FAULT_VALID);
		assert_int_equal(vm_do_init(&t), -VGIC5_E_INVAL);
		port_sim_fail(t.fx->port, 0, 0);
		INIT_RETRY(&t);
		vm_end(&t);
	}
}

static void teardown_twice_is_safe_and_the_vm_can_be_used_again(void **state)
{
	struct test_vm t;
	uint64_t base = 0;

	vm_make(*state, &t, 2);
	g_irs_on(&t);
	g_lpis(&t, 5);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	leave(&t, 0);
	assert_int_equal(vgic5_vm_teardown(t.vm), -VGIC5_E_BUSY); /* it runs */
	vm_stop(&t);
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	assert_false(vgic5_vm_has_device(t.vm));
	/* A guest's reset: the same VM, everything from the start. */
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(attr_get(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &base), 0);
	assert_true(base == UINT64_MAX);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	INIT_RETRY(&t);
	vm_run(&t);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0);
	g_irs_on(&t);
	g_lpis(&t, 5);
	enter(&t, 0, 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PCR_EL1), 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, LPI(3), 8, 0);
	g_sys(&t, 0, GIC5_CDPEND, LPI(3) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect(&t, 0, LPI(3));
	vm_end(&t);
}

static void R22_timed_out_invalidation_retains_the_tables_until_it_succeeds(void **state)
{
	struct port_sim_usage usage;
	struct test_vm t;
	int32_t id = 0;

	vm_make(*state, &t, 2);
	id = vgic5_vm_id(t.vm);
	vm_stop(&t);
	hang(t.fx, GIC5_STATUS_VMT);
	assert_int_equal(vgic5_vm_destroy(t.vm), -VGIC5_E_TIMEDOUT);
	assert_true(vgic5_vm_is_dead(t.vm));
	assert_int_equal(host_stats(t.fx).retained, 1);
	assert_int_equal(host_stats(t.fx).vm_ids, 1);
	assert_int_equal(vgic5_vm_id(t.vm), id); /* not reused: the hardware may know it */
	port_sim_usage(t.fx->port, &usage);
	assert_true(usage.tables > 0);
	assert_int_equal(usage.lpis, 0); /* doorbells are the host's */
	assert_int_equal(usage.dangling, 0);
	assert_int_equal(vgic5_vm_destroy(t.vm), -VGIC5_E_TIMEDOUT);
	assert_int_equal(host_stats(t.fx).retained, 1);
	recover(t.fx, GIC5_STATUS_VMT);
	assert_int_equal(vgic5_vm_destroy(t.vm), 0);
	assert_int_equal(host_stats(t.fx).retained, 0);
	assert_int_equal(host_stats(t.fx).vm_ids, 0);
}

static void R22_INIT_after_a_timed_out_roll_back_finishes_it_first(void **state)
{
	struct test_vm t;

	raw(*state, &t, 1);
	hang(t.fx, GIC5_STATUS_VPE);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_TIMEDOUT);
	assert_int_equal(vgic5_vm_id(t.vm), -1); /* rolled back */
	recover(t.fx, GIC5_STATUS_VPE);
	hang(t.fx, GIC5_STATUS_VMT);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_TIMEDOUT); /* and could not be rolled back */
	assert_int_not_equal(vgic5_vm_id(t.vm), -1);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_TIMEDOUT);
	assert_int_equal(host_stats(t.fx).retained, 1);
	recover(t.fx, GIC5_STATUS_VMT);
	INIT_RETRY(&t);
	assert_int_equal(host_stats(t.fx).retained, 0);
	vm_end(&t);
}

static void R33_INIT_is_EIO_when_the_irs_refuses_an_entry(void **state)
{
	struct test_vm t;
	uint64_t baser = 0;

	raw(*state, &t, 1);
	baser = gic5_irs_read(t.fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8);
	gic5_irs_write(t.fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, 0);
	assert_int_equal(vm_do_init(&t), -VGIC5_E_IO);
	gic5_irs_write(t.fx->hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, baser);
	fx_clear_reports(t.fx); /* rule 7: commands for a table that was not there */
	INIT_RETRY(&t);
	vm_end(&t);
}

static void R44_doorbells_exist_from_INIT_to_teardown(void **state)
{
	struct port_sim_usage usage;
	struct test_vm t;

	raw(*state, &t, 5);
	port_sim_usage(t.fx->port, &usage);
	assert_int_equal(usage.lpis, 0);
	INIT_RETRY(&t);
	port_sim_usage(t.fx->port, &usage);
	assert_int_equal(usage.lpis, 5);
	for (uint32_t i = 0; i < 5; i++) {
		struct gic5_irq_state s;

		assert_true(gic5_inspect(t.fx->hw, -1, LPI(t.vcpu[i]->doorbell.lpi), &s));
		assert_true(s.enabled);
	}
	assert_int_equal(vgic5_vm_teardown(t.vm), 0);
	port_sim_usage(t.fx->port, &usage);
	assert_int_equal(usage.lpis, 0);
	vm_end(&t);
}

/* ---- shapes ---- */

/* Deliver an SPI and an LPI in a VM of this host: its tables are right. */
static void exercise(struct hyp_fixture *fx)
{
	struct test_vm t;

	vm_make(fx, &t, 3);
	g_irs_on(&t);
	g_lpis(&t, 13);
	enter(&t, 2, 0);
	g_cpu_up(&t, 2);
	g_setup(&t, 2, SPI(31), 8, 2);
	g_setup(&t, 2, LPI(8191), 9, 2);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 31, true), 0);
	g_sys(&t, 2, GIC5_CDPEND, LPI(8191) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect(&t, 2, SPI(31));
	g_expect(&t, 2, LPI(8191));
	leave(&t, 2);
	put(&t, 2, true);
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0);
	g_lpis(&t, 5);
	vm_end(&t);
}

static void R25_R35_R38_tables_of_every_shape_work(void **state)
{
	(void)state;
	for (unsigned shape = 0; shape < 64; shape++) {
		static struct hyp_fixture fx;

		fx_init(&fx);
		fx.irs.vmt_levels = shape & 1;
		fx.irs.vm_id_bits = shape & 1 ? 12 : 8;
		fx.irs.ist_levels = shape & 2;
		fx.irs.ist_l2sz = (uint8_t)(shape & 4 ? 4 : 1); /* 64K or 4K */
		fx.irs.istmd = shape & 8;
		fx.irs.istmd_sz = shape & 8 ? 10 : 0; /* 8-byte entries below 10 bits, 16 above */
		fx.irs.vmd = shape & 16;
		fx.irs.vmd_sz = 5;
		fx.irs.vped_sz = shape & 32 ? 9 : 3;
		fx_start(&fx);
		exercise(&fx);
		fx_stop(&fx);
	}
}

static void R34_R69_table_geometry_is_guarded_where_it_is_computed(void **state)
{
	uint32_t idr2 =
		(uint32_t)(GIC5_PUT(IRS_IDR2_IST_LEVELS, 1) | GIC5_PUT(IRS_IDR2_IST_L2SZ, 7));
	struct hyp_fixture *fx = *state;
	struct ist_shape shape;
	struct ist ist;

	shape = vgic5_ist_shape_for(idr2, 10); /* as many IDs as one 4K table holds */
	assert_false(shape.two_level);
	shape = vgic5_ist_shape_for(idr2, 11);
	assert_true(shape.two_level);
	assert_int_equal(shape.l2sz, 0);
	shape = vgic5_ist_shape_for((uint32_t)GIC5_SET(IRS_IDR2_IST_L2SZ, idr2, 4), 14);
	assert_false(shape.two_level); /* 64K holds 14 bits */
	shape = vgic5_ist_shape_for((uint32_t)GIC5_SET(IRS_IDR2_IST_L2SZ, idr2, 0), 24);
	assert_false(shape.two_level); /* R34: no legal size offered */
	shape = vgic5_ist_shape_for(idr2, 1);
	assert_false(shape.two_level);
	/* Asked for nevertheless: one entry, not 2 to the power of a negative number. */
	shape.two_level = true;
	assert_int_equal(vgic5_ist_alloc(&fx->gic->mem, shape, true, &ist), 0);
	assert_int_equal(ist.l2_count, 1);
	assert_non_null(vgic5_ist_entry(&ist, 1));
	assert_null(vgic5_ist_entry(&ist, 2));
	vgic5_ist_free(&fx->gic->mem, &ist);
}

static void level_2_vm_tables_are_installed_on_demand(void **state)
{
	static struct hyp_fixture fx;
	static struct test_vm t[130];
	struct port_sim_usage before;
	struct port_sim_usage after;

	(void)state;
	fx_init(&fx);
	fx_start(&fx);
	port_sim_usage(fx.port, &before);
	for (unsigned i = 0; i < 130; i++) {
		raw(&fx, &t[i], 1);
		INIT_RETRY(&t[i]);
	}
	for (unsigned i = 0; i < 130; i++)
		vm_end(&t[i]);
	port_sim_usage(fx.port, &after);
	/* Two tables of 128 VMs, and the level-2 IST of the doorbells. */
	assert_in_range(after.tables - before.tables, 2, 3);
	fx_stop(&fx);
}

static void INIT_with_512_sparse_vcpus(void **state)
{
	static struct test_vm t;

	vm_config(*state, &t);
	assert_int_equal(vgic5_vm_create(t.fx->host, &t.cfg, &t.vm), 0);
	for (uint32_t i = 0; i < 512; i++) {
		const struct vgic5_vcpu_config cfg = {.id = (i * 37) % 512, .mpidr = i};

		assert_int_equal(vgic5_vcpu_create(t.vm, &cfg, &t.vcpu[i]), 0);
	}
	t.vcpus = 512;
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	INIT_RETRY(&t);
	vm_run(&t);
	g_irs_on(&t);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IDR1) & 0xffff, 512);
	enter(&t, 511, 0);
	g_cpu_up(&t, 511);
	g_setup(&t, 511, SPI(5), 8, vgic5_vcpu_id(t.vcpu[511]));
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 5, true), 0);
	g_expect(&t, 511, SPI(5));
	g_msr(&t, 511, GIC5_ICC_PPI_ENABLER0_EL1, 8);
	leave(&t, 511);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 511, GIC5_PPI_SW, true), 0);
	enter(&t, 511, 0);
	g_expect(&t, 511, PPI(GIC5_PPI_SW));
	vm_end(&t);
}

/* ---- the host's VM table ---- */

static void R48_a_vm_table_that_cannot_be_assigned_means_no_vms(void **state)
{
	static struct hyp_fixture fx;
	struct vgic5_host *second = NULL;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	port_sim_fail_always(fx.port, PORT_SIM_FAULT_ALLOC);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), -VGIC5_E_NODEV);
	port_sim_fail_always(fx.port, 0);
	/* The IRS does not answer: it may hold the table, which stays allocated. */
	hang(&fx, GIC5_STATUS_VMT);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), -VGIC5_E_NODEV);
	assert_non_null(fx.gic->retained_vmt.va);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), -VGIC5_E_NODEV);
	assert_int_equal(vgic5_gic_destroy(fx.gic), -VGIC5_E_TIMEDOUT);
	recover(&fx, GIC5_STATUS_VMT);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), 0);
	assert_null(fx.gic->retained_vmt.va);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &second), -VGIC5_E_BUSY);
	assert_int_equal(vgic5_gic_destroy(fx.gic), -VGIC5_E_BUSY);
	assert_int_equal(vgic5_host_destroy(fx.host), 0);
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);
}

static void R48_a_valid_vm_table_of_somebody_else_is_EBUSY(void **state)
{
	static struct hyp_fixture fx;

	(void)state;
	fx_init(&fx);
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	gic5_irs_write(fx.hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_CFGR, 4, 8);
	gic5_irs_write(fx.hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, 0x100000001);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), -VGIC5_E_BUSY);
	gic5_irs_write(fx.hw, 0, GIC5_FRAME_CONFIG, GIC5_IRS_VMT_BASER, 8, 0);
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);
}

static void a_host_without_virtualization_is_ENODEV(void **state)
{
	static struct hyp_fixture fx;

	(void)state;
	fx_init(&fx);
	fx.irs.virt = false;
	fx_start_hardware(&fx);
	assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
	assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), -VGIC5_E_NODEV);
	assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
	fx_stop_hardware(&fx);
}

static void vm_configuration_is_checked(void **state)
{
	struct hyp_fixture *fx = *state;
	struct vgic5_vm *vm = NULL;
	struct test_vm t;

	vm_config(fx, &t);
	t.cfg.ipa_bits = 31;
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	t.cfg.ipa_bits = 53;
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	vm_config(fx, &t);
	t.cfg.options = 1U << 31;
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	t.cfg.options = VGIC5_OPT_ONE_N; /* this host has no VIRT_ONE_N */
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	t.cfg.options = VGIC5_OPT_TWO_LEVEL_IST;
	t.ops.guest_write = NULL;
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	vm_config(fx, &t);
	t.ops.kick = NULL;
	assert_int_equal(vgic5_vm_create(fx->host, &t.cfg, &vm), -VGIC5_E_INVAL);
	assert_null(vm);
	assert_int_equal(vgic5_vm_destroy(NULL), 0);
}

static void first_run_error_of_the_integrator_kills_the_vm(void **state)
{
	struct test_vm t;

	raw(*state, &t, 1);
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_BUSY); /* before INIT */
	INIT_RETRY(&t);
	t.map_irs_result = -VGIC5_E_EXIST;
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_EXIST);
	assert_true(vgic5_vm_is_dead(t.vm));
	vm_end(&t);
}

static void attributes_during_a_run_are_EBUSY_and_a_run_during_them_is_EAGAIN(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	vm_make(*state, &t, 1);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR0, &value), -VGIC5_E_BUSY);
	assert_int_equal(reg_get(&t, 0, GIC5_ICC_PCR_EL1, &value), -VGIC5_E_BUSY);
	vm_stop(&t);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR0, &value), 0);
	assert_int_equal(vgic5_vm_lock_exclusive(t.vm), 0);
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_AGAIN);
	vgic5_vm_unlock_exclusive(t.vm);
	vm_run(&t);
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(INIT_without_vcpus_is_ENODEV),
		HYP_TEST(INIT_with_nested_virtualization_is_EINVAL),
		HYP_TEST(INIT_while_a_vcpu_is_created_is_EBUSY),
		HYP_TEST(INIT_again_is_0_and_vcpus_after_it_are_EBUSY),
		HYP_TEST(vcpu_ids_are_unique_and_below_the_limit),
		cmocka_unit_test(more_vcpus_than_the_irs_serves_are_E2BIG),
		cmocka_unit_test(R8_R10_running_out_of_vm_ids_is_ENOSPC_and_ids_come_back),
		HYP_TEST(R9_R17_R47_failed_INIT_leaves_nothing_and_may_be_retried_with_more_vcpus),
		HYP_TEST(D3_a_vpe_that_cannot_be_selected_fails_INIT),
		HYP_TEST(teardown_twice_is_safe_and_the_vm_can_be_used_again),
		HYP_TEST(R22_timed_out_invalidation_retains_the_tables_until_it_succeeds),
		HYP_TEST(R22_INIT_after_a_timed_out_roll_back_finishes_it_first),
		HYP_TEST(R33_INIT_is_EIO_when_the_irs_refuses_an_entry),
		HYP_TEST(R44_doorbells_exist_from_INIT_to_teardown),
		cmocka_unit_test(R25_R35_R38_tables_of_every_shape_work),
		HYP_TEST(R34_R69_table_geometry_is_guarded_where_it_is_computed),
		cmocka_unit_test(level_2_vm_tables_are_installed_on_demand),
		HYP_TEST(INIT_with_512_sparse_vcpus),
		cmocka_unit_test(R48_a_vm_table_that_cannot_be_assigned_means_no_vms),
		cmocka_unit_test(R48_a_valid_vm_table_of_somebody_else_is_EBUSY),
		cmocka_unit_test(a_host_without_virtualization_is_ENODEV),
		HYP_TEST(vm_configuration_is_checked),
		HYP_TEST(first_run_error_of_the_integrator_kills_the_vm),
		HYP_TEST(attributes_during_a_run_are_EBUSY_and_a_run_during_them_is_EAGAIN),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
