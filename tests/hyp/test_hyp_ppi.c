/* SPDX-License-Identifier: BSD-2-Clause */
/* PPIs: exposure, masking, lines and edges, direct injection, wake-up. */
#include "hyp_fixture.h"

#define CNTV bank_bit(GIC5_PPI_CNTV)
#define SW   bank_bit(GIC5_PPI_SW)
#define HP   bank_bit(GIC5_PPI_CNTHP)

static int inject(struct test_vm *t, unsigned ppi, bool level)
{
	return vgic5_inject_ppi(t->vcpu[0], ppi, level, NULL);
}

/* vCPU 0 on PE 0, interface up, every PPI enabled. */
static void start(void **state, struct test_vm *t, uint32_t vcpus)
{
	vm_make(*state, t, vcpus);
	enter(t, 0, 0);
	g_cpu_up(t, 0);
	g_msr(t, 0, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0));
}

/* Document 004: what userspace restores for hidden PPIs is masked, per vCPU, at its first run. */
static void R11_restored_state_of_hidden_ppis_is_masked_for_each_vcpu(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	vm_config(*state, &t);
	vm_create(*state, &t, 2);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	for (uint64_t v = 0; v < 2; v++) {
		assert_int_equal(reg_set(&t, v, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0)), 0);
		assert_int_equal(reg_set(&t, v, GIC5_ICC_PPI_SACTIVER0_EL1, CNTV | HP), 0);
		assert_int_equal(reg_set(&t, v, GIC5_ICC_PPI_SPENDR0_EL1, ~UINT64_C(0)), 0);
		assert_int_equal(reg_get(&t, v, GIC5_ICC_PPI_ENABLER0_EL1, &value), 0);
		assert_true(value == ~UINT64_C(0)); /* not masked before the first run */
	}
	vm_run(&t);
	for (uint32_t v = 0; v < 2; v++) {
		const uint64_t exposed = t.cfg.device_ppis[0] | SW;

		enter(&t, v, v);
		assert_true(g_mrs(&t, v, GIC5_ICC_PPI_ENABLER0_EL1) == exposed);
		assert_true(g_mrs(&t, v, GIC5_ICC_PPI_SACTIVER0_EL1) == CNTV);
		assert_true(g_mrs(&t, v, GIC5_ICC_PPI_SPENDR0_EL1) == exposed);
	}
	vm_end(&t);
}

static void R55_R56_D4_exposure_comes_from_configuration_not_from_the_first_runner(void **state)
{
	struct test_vm t;

	vm_config(*state, &t);
	t.cfg.device_ppis[0] = CNTV | HP | bank_bit(60); /* 60 is nothing that the host has */
	vm_create(*state, &t, 2);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_false(atomic_load(&t.vm->exposed_done));
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[1]), 0);
	t.running[1] = true;
	assert_true(atomic_load(&t.vm->exposed_done));
	assert_true(t.vm->exposed[0] == (CNTV | HP | SW));
	assert_true(t.vm->level[0] == (CNTV | HP)); /* SW_PPI is an edge */
	assert_true(t.vm->exposed[1] == 0);
	vm_end(&t);
}

static void R12_exposure_is_computed_once_and_masking_is_idempotent(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	leave(&t, 0);
	for (unsigned i = 0; i < 3; i++) {
		vm_stop(&t);
		vm_run(&t);
		assert_true(t.vm->exposed[0] == (t.cfg.device_ppis[0] | SW));
	}
	assert_int_equal(t.map_irs_calls, 1);
	enter(&t, 0, 0);
	assert_true(g_mrs(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1) == t.vm->exposed[0]);
	vm_end(&t);
}

static void R26_guest_enables_only_what_is_exposed(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	assert_true(g_mrs(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1) == (t.cfg.device_ppis[0] | SW));
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER1_EL1, ~UINT64_C(0));
	assert_true(g_mrs(&t, 0, GIC5_ICC_PPI_ENABLER1_EL1) == 0);
	assert_int_equal(inject(&t, GIC5_PPI_CNTHP, true), 0); /* hidden: no effect */
	leave(&t, 0);
	enter(&t, 0, 0);
	g_expect_none(&t, 0);
	assert_int_equal(inject(&t, 128, true), -VGIC5_E_INVAL);
	vm_end(&t);
}

static void level_ppi_follows_its_line(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0);
	assert_int_equal(atomic_load(&t.kicks[0]), 1);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0); /* no change, no kick */
	assert_int_equal(atomic_load(&t.kicks[0]), 1);
	leave(&t, 0);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_CNTV));
	g_expect(&t, 0, PPI(GIC5_PPI_CNTV)); /* still high */
	leave(&t, 0);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, false), 0);
	enter(&t, 0, 0);
	g_expect_none(&t, 0);
	vm_end(&t);
}

static void R13_an_edge_is_in_the_latch_or_in_the_hardware_never_in_both(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	leave(&t, 0);
	assert_int_equal(inject(&t, GIC5_PPI_SW, true), 0);
	assert_true(atomic_load(&t.vcpu[0]->ppi.latch[0]) == SW);
	enter(&t, 0, 0);
	assert_true(atomic_load(&t.vcpu[0]->ppi.latch[0]) == 0);
	leave(&t, 0); /* the guest did not take it: an aborted entry */
	assert_true(atomic_load(&t.vcpu[0]->ppi.latch[0]) == SW);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	leave(&t, 0);
	assert_true(atomic_load(&t.vcpu[0]->ppi.latch[0]) == 0);
	enter(&t, 0, 0);
	g_expect_none(&t, 0);
	vm_end(&t);
}

static void R57_an_edge_injected_during_the_run_survives_the_fold(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	leave(&t, 0);
	assert_int_equal(inject(&t, GIC5_PPI_SW, true), 0);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	assert_int_equal(inject(&t, GIC5_PPI_SW, true), 0); /* while the guest runs */
	leave(&t, 0);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	g_expect_none(&t, 0);
	vm_end(&t);
}

static void R14_an_edge_that_the_guest_itself_pends_survives_a_migration(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	g_msr(&t, 0, GIC5_ICC_PPI_SPENDR0_EL1, SW);
	leave(&t, 0);
	put(&t, 0, false);
	enter(&t, 0, 1);
	assert_true(g_mrs(&t, 0, GIC5_ICC_PPI_SPENDR0_EL1) == SW);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, SW);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	vm_end(&t);
}

static void R62_wakeup_test_uses_enable_priority_mask_and_active_of_the_last_put(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_msr(&t, 0, GIC5_ICC_PCR_EL1, 0xf); /* PPIs have priority 0x10 */
	leave(&t, 0);
	put(&t, 0, true);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0);
	assert_false(vgic5_vcpu_pending(t.vcpu[0]));
	enter(&t, 0, 0);
	g_msr(&t, 0, GIC5_ICC_PCR_EL1, 0x10);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	leave(&t, 0);
	put(&t, 0, true);
	assert_false(vgic5_vcpu_pending(t.vcpu[0])); /* disabled */
	enter(&t, 0, 0);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, CNTV);
	assert_int_equal(g_ack(&t, 0), PPI(GIC5_PPI_CNTV));
	g_sys(&t, 0, GIC5_CDEOI, 0);
	leave(&t, 0);
	put(&t, 0, true);
	assert_false(vgic5_vcpu_pending(t.vcpu[0])); /* active */
	enter(&t, 0, 0);
	g_sys(&t, 0, GIC5_CDDI, PPI(GIC5_PPI_CNTV));
	leave(&t, 0);
	put(&t, 0, true);
	assert_true(vgic5_vcpu_pending(t.vcpu[0]));
	vm_end(&t);
}

static bool input_level(void *opaque, struct vgic5_vcpu *vcpu)
{
	const bool *levels = opaque;

	return levels[vgic5_vcpu_id(vcpu)];
}

static void directly_injected_timer_reaches_the_guest_without_the_host(void **state)
{
	struct hyp_fixture *fx = *state;
	bool levels[2] = {false, false};
	const struct vgic5_ppi_source source = {input_level, levels};
	struct test_vm t;

	start(state, &t, 1);
	leave(&t, 0);
	put(&t, 0, false);
	assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[0], GIC5_PPI_CNTV, &source), 0);
	vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], GIC5_PPI_CNTV,
			     true); /* even if the host wants it */
	enter(&t, 0, 0);
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTV, true);
	assert_false(gic5_line_level(gic5_pe(fx->hw, 0), GIC5_LINE_IRQ));
	assert_true(g_virq(&t, 0));
	assert_int_equal(g_ack(&t, 0), PPI(GIC5_PPI_CNTV));
	gic5_ppi_wire(gic5_pe(fx->hw, 0), GIC5_PPI_CNTV, false);
	g_done(&t, 0, PPI(GIC5_PPI_CNTV));
	g_expect_none(&t, 0);
	leave(&t, 0);
	put(&t, 0, false);
	vgic5_gic_enable_ppi(fx->gic, fx->ppe[0], GIC5_PPI_CNTV, false);
	vm_end(&t);
}

static void R61_wakeup_reads_the_level_of_the_vcpu_asked_about(void **state)
{
	bool levels[2] = {false, false};
	const struct vgic5_ppi_source source = {input_level, levels};
	struct test_vm t;

	start(state, &t, 2);
	leave(&t, 0);
	put(&t, 0, false);
	enter(&t, 1, 0);
	g_cpu_up(&t, 1);
	g_msr(&t, 1, GIC5_ICC_PPI_ENABLER0_EL1, CNTV);
	leave(&t, 1);
	put(&t, 1, false);
	for (unsigned v = 0; v < 2; v++)
		assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[v], GIC5_PPI_CNTV, &source), 0);
	levels[1] = true;
	enter(&t, 0, 0); /* the running vCPU's source is low */
	leave(&t, 0);
	put(&t, 0, true);
	assert_false(vgic5_vcpu_pending(t.vcpu[0]));
	assert_true(vgic5_vcpu_pending(t.vcpu[1]));
	vm_end(&t);
}

static void R5_R59_mapping_a_source_keeps_the_rest_of_the_ppi(void **state)
{
	bool levels[1] = {false};
	const struct vgic5_ppi_source source = {input_level, levels};
	struct test_vm t;

	start(state, &t, 1);
	leave(&t, 0);
	put(&t, 0, false);
	assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[0], GIC5_PPI_CNTV, &source), 0);
	assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[0], GIC5_PPI_CNTV, &source), -VGIC5_E_EXIST);
	assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[0], GIC5_PPI_SW, &source), -VGIC5_E_INVAL);
	assert_int_equal(vgic5_vcpu_map_ppi(t.vcpu[0], 64, &source), -VGIC5_E_INVAL);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0); /* skipped: it is injected directly */
	assert_int_equal(atomic_load(&t.kicks[0]), 0);
	assert_int_equal(vgic5_vcpu_unmap_ppi(t.vcpu[0], GIC5_PPI_CNTV), 0);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0);
	assert_int_equal(atomic_load(&t.kicks[0]), 1);
	enter(&t, 0, 0);
	g_expect(&t, 0, PPI(GIC5_PPI_CNTV));
	vm_end(&t);
}

static void an_owned_ppi_takes_injections_of_its_owner_only(void **state)
{
	int owner = 0;
	int other = 0;
	struct test_vm t;

	start(state, &t, 1);
	assert_int_equal(vgic5_vcpu_set_ppi_owner(t.vcpu[0], GIC5_PPI_CNTV, &owner), 0);
	assert_int_equal(vgic5_inject_ppi(t.vcpu[0], GIC5_PPI_CNTV, true, &other), 0);
	assert_int_equal(vgic5_inject_ppi(t.vcpu[0], GIC5_PPI_CNTV, true, NULL), 0);
	assert_true(atomic_load(&t.vcpu[0]->ppi.line[0]) == 0);
	assert_int_equal(vgic5_inject_ppi(t.vcpu[0], GIC5_PPI_CNTV, true, &owner), 0);
	assert_true(atomic_load(&t.vcpu[0]->ppi.line[0]) == CNTV);
	vm_end(&t);
}

static void R20_timer_and_pmu_interrupts_must_be_the_architected_ones(void **state)
{
	(void)state;
	assert_int_equal(vgic5_check_device_intid(VGIC5_INTID_CNTV, PPI(GIC5_PPI_CNTV)), 0);
	assert_int_equal(vgic5_check_device_intid(VGIC5_INTID_CNTP, PPI(GIC5_PPI_CNTP)), 0);
	assert_int_equal(vgic5_check_device_intid(VGIC5_INTID_PMU, 0x20000017), 0);
	assert_int_equal(vgic5_check_device_intid(VGIC5_INTID_CNTV, GIC5_PPI_CNTV),
			 -VGIC5_E_INVAL); /* not typed (R40) */
	assert_int_equal(vgic5_check_device_intid(VGIC5_INTID_PMU, 0x20000018), -VGIC5_E_INVAL);
}

static void cpu_reset_clears_the_interface_and_keeps_lines_and_vpe(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_irs_on(&t);
	g_setup(&t, 0, SPI(1), 8, 0);
	g_msr(&t, 0, GIC5_ICC_APR_EL1, 4);
	assert_int_equal(inject(&t, GIC5_PPI_SW, true), 0);
	assert_int_equal(inject(&t, GIC5_PPI_CNTV, true), 0);
	leave(&t, 0);
	put(&t, 0, false);
	vgic5_vcpu_reset(t.vcpu[0]);
	enter(&t, 0, 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_APR_EL1), 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PCR_EL1), 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1), 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PPI_PRIORITYR3_EL1), 0);
	assert_true(g_mrs(&t, 0, GIC5_ICC_PPI_SPENDR0_EL1) ==
		    CNTV); /* the device's, not the CPU's */
	g_cpu_up(&t, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	g_expect(&t, 0, SPI(1));
	vm_end(&t);
}

/* Images and masks hold 128 PPIs: an implementation-defined one, on a host that has it. */
static void bank_1_works_when_configured_and_leaks_to_no_other_vm(void **state)
{
	static struct hyp_fixture fx;
	struct test_vm a;
	struct test_vm b;

	(void)state;
	fx_init(&fx);
	fx.implementation_ppis = 3; /* 64 and 65, level */
	fx_start(&fx);
	vm_config(&fx, &a);
	a.cfg.device_ppis[1] = 1;
	vm_create(&fx, &a, 1);
	assert_int_equal(vm_device(&a), 0);
	assert_int_equal(vm_set_base(&a, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&a), 0);
	vm_run(&a);
	vm_make(&fx, &b, 1);

	enter(&a, 0, 0);
	g_cpu_up(&a, 0);
	g_msr(&a, 0, GIC5_ICC_PPI_ENABLER1_EL1, 3);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_PPI_ENABLER1_EL1), 1);
	assert_int_equal(inject(&a, 64, true), 0);
	leave(&a, 0);
	enter(&a, 0, 0);
	assert_int_equal(g_ack(&a, 0), PPI(64));
	leave(&a, 0);
	put(&a, 0, false);

	enter(&b, 0, 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_SACTIVER1_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_PRIORITYR8_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_SPENDR1_EL1), 0);
	g_msr(&b, 0, GIC5_ICC_PPI_SACTIVER1_EL1, 3);
	g_msr(&b, 0, GIC5_ICC_PPI_PRIORITYR8_EL1, 0x0707);
	leave(&b, 0);
	put(&b, 0, false);

	enter(&a, 0, 0);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_PPI_SACTIVER1_EL1), 1);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_PPI_PRIORITYR8_EL1), 0x1010);
	g_done(&a, 0, PPI(64));
	vm_end(&a);
	vm_end(&b);
	fx_stop(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(R11_restored_state_of_hidden_ppis_is_masked_for_each_vcpu),
		HYP_TEST(R55_R56_D4_exposure_comes_from_configuration_not_from_the_first_runner),
		HYP_TEST(R12_exposure_is_computed_once_and_masking_is_idempotent),
		HYP_TEST(R26_guest_enables_only_what_is_exposed),
		HYP_TEST(level_ppi_follows_its_line),
		HYP_TEST(R13_an_edge_is_in_the_latch_or_in_the_hardware_never_in_both),
		HYP_TEST(R57_an_edge_injected_during_the_run_survives_the_fold),
		HYP_TEST(R14_an_edge_that_the_guest_itself_pends_survives_a_migration),
		HYP_TEST(R62_wakeup_test_uses_enable_priority_mask_and_active_of_the_last_put),
		HYP_TEST(directly_injected_timer_reaches_the_guest_without_the_host),
		HYP_TEST(R61_wakeup_reads_the_level_of_the_vcpu_asked_about),
		HYP_TEST(R5_R59_mapping_a_source_keeps_the_rest_of_the_ppi),
		HYP_TEST(an_owned_ppi_takes_injections_of_its_owner_only),
		cmocka_unit_test(R20_timer_and_pmu_interrupts_must_be_the_architected_ones),
		HYP_TEST(cpu_reset_clears_the_interface_and_keeps_lines_and_vpe),
		cmocka_unit_test(bank_1_works_when_configured_and_leaks_to_no_other_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
