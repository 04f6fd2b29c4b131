/* SPDX-License-Identifier: BSD-2-Clause */
/* Load, put, and what moves between them. */
#include "hyp_fixture.h"

static bool resident(struct hyp_fixture *fx, unsigned pe)
{
	uint32_t vm = 0;
	uint32_t vpe = 0;

	return gic5_resident(gic5_pe(fx->hw, pe), &vm, &vpe);
}

static uint64_t hw_read(struct hyp_fixture *fx, unsigned pe, uint32_t enc)
{
	const struct gic5_ctx el2 = {.el = 2};
	uint64_t value = 0;

	assert_int_equal(gic5_sysreg_read(gic5_pe(fx->hw, pe), &el2, enc, &value), GIC5_DONE);
	return value;
}

/* Register accesses, barriers and MMIO of the PE and machine since @before. */
static struct port_sim_counts counts(struct hyp_fixture *fx, unsigned pe)
{
	struct port_sim_counts c = {0};
	struct port_sim_counts mmio = {0};

	port_sim_pe_counts(fx->ppe[pe], &c);
	port_sim_mmio_counts(fx->port, &mmio);
	c.mmio_reads = mmio.mmio_reads;
	c.mmio_writes = mmio.mmio_writes;
	return c;
}

static uint64_t sysregs(const struct port_sim_counts *c)
{
	return c->sysreg_reads + c->sysreg_writes;
}

static void R1_refused_residency_is_an_error_and_kills_the_vm(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	gic5_fail_residency(fx->hw, 1);
	assert_int_equal(vgic5_vcpu_load(t.vcpu[0], fx->pe[0]), -VGIC5_E_IO);
	assert_int_equal(fx_take_reports(fx, 12, GIC5_ORIGIN_HOST), 1);
	assert_true(vgic5_vm_is_dead(t.vm));
	assert_null(vgic5_vcpu_loaded(t.vcpu[0]));
	assert_int_equal(vgic5_vcpu_load(t.vcpu[0], fx->pe[0]), -VGIC5_E_IO);
	vgic5_vcpu_run_end(t.vcpu[0]);
	t.running[0] = false;
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_IO);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), -VGIC5_E_IO);
	vm_end(&t);
}

static void R1_a_vm_killed_while_it_runs_does_not_enter_again(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	enter(&t, 0, 0);
	leave(&t, 0);
	vgic5_vm_kill(t.vm);
	assert_true(vgic5_vcpu_requested(t.vcpu[0]));
	assert_int_equal(vgic5_vcpu_flush(t.vcpu[0]), -VGIC5_E_IO);
	assert_false(resident(fx, 0));
	vm_end(&t);
}

/* What the hook sees at each port call of a put. */
struct departure {
	struct hyp_fixture *fx;
	struct vgic5_vcpu *vcpu;
	bool flag_cleared, barrier, left;
	bool wrong;
};

static void watch(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	struct departure *d = opaque;
	const bool flag = atomic_load(&d->vcpu->resident) || atomic_load(&d->vcpu->doorbell.fired);

	(void)pe;
	if (!flag)
		d->flag_cleared = true;
	if (!resident(d->fx, 0) && !d->left) {
		d->left = true;
		d->wrong = flag || !d->barrier;
	}
	if (d->flag_cleared && call == PORT_SIM_BARRIER && !d->left)
		d->barrier = true;
}

static void R2_flag_is_cleared_and_ordered_before_the_vpe_leaves(void **state)
{
	struct hyp_fixture *fx = *state;
	struct departure d = {.fx = fx};
	struct test_vm t;

	vm_make(fx, &t, 1);
	enter(&t, 0, 0);
	leave(&t, 0);
	d.vcpu = t.vcpu[0];
	atomic_store(&t.vcpu[0]->doorbell.fired, true); /* a stale one */
	port_sim_set_hook(fx->port, watch, &d);
	put(&t, 0, true);
	port_sim_set_hook(fx->port, NULL, NULL);
	assert_true(d.left && d.barrier);
	assert_false(d.wrong);
	vm_end(&t);
}

static void R3_the_non_resident_context_is_built_from_nothing(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	leave(&t, 0);
	put(&t, 0, false);
	assert_int_equal(hw_read(fx, 0, GIC5_ICH_CONTEXTR_EL2), 0);
	enter(&t, 0, 0);
	leave(&t, 0);
	put(&t, 0, true);
	assert_true(hw_read(fx, 0, GIC5_ICH_CONTEXTR_EL2) ==
		    (GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_PUT(ICH_CONTEXTR_EL2_DBPM, 31)));
	vm_end(&t);
}

static void load_and_put_are_idempotent(void **state)
{
	struct hyp_fixture *fx = *state;
	struct port_sim_counts before;
	struct port_sim_counts after;
	struct test_vm t;

	vm_make(fx, &t, 1);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	leave(&t, 0);
	put(&t, 0, true);
	before = counts(fx, 0);
	put(&t, 0, false); /* a second save would lose VMCR */
	after = counts(fx, 0);
	assert_memory_equal(&before, &after, sizeof(before));
	enter(&t, 0, 0);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PCR_EL1), 0x1f);
	before = counts(fx, 0);
	assert_int_equal(vgic5_vcpu_load(t.vcpu[0], fx->pe[0]), 0);
	after = counts(fx, 0);
	assert_memory_equal(&before, &after, sizeof(before));
	vm_end(&t);
}

static void R45_a_preempted_vcpu_requests_no_doorbell(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	leave(&t, 0);
	put(&t, 0, false);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	assert_int_equal(fx_dispatch_all(fx), 0);
	enter(&t, 0, 0);
	g_expect(&t, 0, SPI(1));
	vm_end(&t);
}

static void R15_R16_effective_mask_is_strict_and_knows_an_idle_apr(void **state)
{
	struct el2_image image = {0};

	(void)state;
	image.vmcr = GIC5_PUT(ICH_VMCR_EL2_VPMR, 31);
	assert_int_equal(vgic5_effective_priority_mask(&image), 0); /* EN=0 */
	image.vmcr |= GIC5_PUT(ICH_VMCR_EL2_EN, 1);
	assert_int_equal(vgic5_effective_priority_mask(&image),
			 32); /* idle: 32, not a count of zeros */
	image.apr = UINT64_C(1) << 31;
	assert_int_equal(vgic5_effective_priority_mask(&image), 31);
	image.apr = UINT64_C(1) << 40; /* not part of the register */
	assert_int_equal(vgic5_effective_priority_mask(&image), 32);
	image.apr = 0x110;
	assert_int_equal(vgic5_effective_priority_mask(&image), 4);
	image.apr = 1;
	assert_int_equal(vgic5_effective_priority_mask(&image), 0);
	image.apr = 0;
	image.vmcr = GIC5_SET(ICH_VMCR_EL2_VPMR, image.vmcr, 0);
	assert_int_equal(vgic5_effective_priority_mask(&image), 1); /* priority 0 passes mask 0 */
}

static void R15_doorbell_rings_for_what_the_guest_would_take_and_only_that(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 9, 0);
	g_setup(&t, 0, SPI(2), 8, 0);
	g_msr(&t, 0, GIC5_ICC_PCR_EL1, 8);
	leave(&t, 0);
	put(&t, 0, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0); /* masked */
	assert_int_equal(fx_dispatch_all(fx), 0);
	assert_false(vgic5_vcpu_pending(t.vcpu[0]));
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	assert_int_equal(fx_dispatch_all(fx), 1);
	assert_true(vgic5_vcpu_pending(t.vcpu[0]));
	vm_end(&t);
}

static void a_doorbell_rings_at_once_for_what_is_pending_already(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	leave(&t, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	put(&t, 0, true);
	assert_int_equal(fx_dispatch_all(fx), 1);
	assert_true(vgic5_vcpu_pending(t.vcpu[0]));
	vm_end(&t);
}

static void doorbells_are_one_shot_and_follow_the_vcpu(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	g_setup(&t, 0, SPI(2), 8, 0);
	for (unsigned pe = 0; pe < 2; pe++) {
		leave(&t, 0);
		put(&t, 0, true);
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
		assert_int_equal(fx_dispatch(fx, pe), 1); /* on the PE that it left */
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
		assert_int_equal(fx_dispatch_all(fx), 0);
		enter(&t, 0, 1);
		g_expect(&t, 0, SPI(1));
		g_expect(&t, 0, SPI(2));
	}
	vm_end(&t);
}

static void R18_R60_traps_are_set_and_reserved_bits_keep_their_value(void **state)
{
	struct hyp_fixture *fx = *state;
	const uint64_t rtr = hw_read(fx, 0, GIC5_ICH_HFGRTR_EL2);
	const uint64_t wtr = hw_read(fx, 0, GIC5_ICH_HFGWTR_EL2);

	assert_int_equal(rtr, GIC5_HFGRTR_NONE & ~(GIC5_MASK(ICH_HFGRTR_EL2_IDRn) |
						   GIC5_MASK(ICH_HFGRTR_EL2_IAFFIDR)));
	assert_int_equal(GIC5_GET(ICH_HFGRTR_EL2_RES1_3, rtr), 1);
	assert_int_equal(wtr, GIC5_HFGWTR_NONE & ~GIC5_MASK(ICH_HFGWTR_EL2_PPI_ENABLERn));
	assert_int_equal(hw_read(fx, 0, GIC5_ICH_HFGITR_EL2), GIC5_HFGITR_NONE);
	assert_int_equal(hw_read(fx, 0, GIC5_ICH_VCTLR_EL2), 1);
}

static void R60_R64_the_guest_reads_narrowed_identification(void **state)
{
	struct test_vm t;
	uint64_t idr0 = 0;

	vm_make(*state, &t, 2);
	enter(&t, 1, 0);
	idr0 = g_mrs(&t, 1, GIC5_ICC_IDR0_EL1);
	assert_int_equal(GIC5_GET(ICC_IDR0_EL1_PRI_BITS, idr0), 4); /* five bits */
	assert_int_equal(GIC5_GET(ICC_IDR0_EL1_ID_BITS, idr0), 0);  /* sixteen */
	assert_int_equal(GIC5_GET(ICC_IDR0_EL1_GCIE_LEGACY, idr0), 0);
	assert_int_equal(g_mrs(&t, 1, GIC5_ICC_IAFFIDR_EL1), 1);
	leave(&t, 1);
	assert_int_equal(vgic5_trap_sysreg(t.vcpu[1], GIC5_ICC_IDR0_EL1, true, &idr0),
			 VGIC5_TRAP_UNDEFINED);
	assert_int_equal(vgic5_trap_sysreg(t.vcpu[1], GIC5_ICC_IAFFIDR_EL1, true, &idr0),
			 VGIC5_TRAP_UNDEFINED);
	vm_end(&t);
}

static void R63_a_forgotten_pe_is_set_up_anew_before_the_next_vcpu(void **state)
{
	const struct gic5_ctx el2 = {.el = 2};
	struct hyp_fixture *fx = *state;
	struct test_vm t;

	vm_make(fx, &t, 1);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	leave(&t, 0);
	put(&t, 0, false);
	for (uint32_t enc = GIC5_ICH_PPI_PRIORITYR0_EL2; enc <= GIC5_ICH_PPI_PRIORITYR7_EL2; enc++)
		gic5_sysreg_write(gic5_pe(fx->hw, 0), &el2, enc, 0);
	gic5_sysreg_write(gic5_pe(fx->hw, 0), &el2, GIC5_ICH_VMCR_EL2, 0);
	gic5_sysreg_write(gic5_pe(fx->hw, 0), &el2, GIC5_ICH_VCTLR_EL2, 0);
	vgic5_pe_forget(fx->pe[0]);
	enter(&t, 0, 0);
	assert_int_equal(hw_read(fx, 0, GIC5_ICH_VCTLR_EL2), 1);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PCR_EL1), 0x1f);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_CR0_EL1) & 1, 1);
	assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PPI_PRIORITYR0_EL1), 0x10000000); /* SW_PPI */
	vm_end(&t);
}

static void the_cpu_interface_follows_its_vcpu_and_leaks_to_no_other(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm a;
	struct test_vm b;

	vm_make(fx, &a, 1);
	vm_make(fx, &b, 1);
	enter(&a, 0, 0);
	g_cpu_up(&a, 0);
	g_msr(&a, 0, GIC5_ICC_PCR_EL1, 5);
	g_msr(&a, 0, GIC5_ICC_ICSR_EL1, 0x20);
	g_msr(&a, 0, GIC5_ICC_APR_EL1, 0x100);
	g_msr(&a, 0, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0));
	g_msr(&a, 0, GIC5_ICC_PPI_SACTIVER0_EL1,
	      bank_bit(GIC5_PPI_CNTV) | bank_bit(GIC5_PPI_CNTHP));
	leave(&a, 0);
	put(&a, 0, false);

	enter(&b, 0, 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PCR_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_CR0_EL1) & 1, 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_ICSR_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_APR_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_ENABLER0_EL1), 0);
	assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_SACTIVER0_EL1), 0);
	for (uint32_t i = 0; i < 8; i++)
		assert_int_equal(g_mrs(&b, 0, GIC5_ICC_PPI_PRIORITYR0_EL1 + i), 0);
	leave(&b, 0);
	put(&b, 0, false);

	enter(&a, 0, 1);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_PCR_EL1), 5);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_CR0_EL1) & 1, 1);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_ICSR_EL1), 0x20);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_APR_EL1), 0x100);
	assert_int_equal(g_mrs(&a, 0, GIC5_ICC_PPI_SACTIVER0_EL1) & bank_bit(GIC5_PPI_CNTV),
			 bank_bit(GIC5_PPI_CNTV));
	vm_end(&a);
	vm_end(&b);
}

static void re_entry_with_nothing_changed_takes_at_most_8_register_accesses(void **state)
{
	struct hyp_fixture *fx = *state;
	struct port_sim_counts before;
	struct port_sim_counts after;
	struct test_vm t;

	vm_make(fx, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0));
	leave(&t, 0);
	enter(&t, 0, 0);
	leave(&t, 0);
	before = counts(fx, 0);
	enter(&t, 0, 0);
	leave(&t, 0);
	after = counts(fx, 0);
	assert_in_range(sysregs(&after) - sysregs(&before), 1, 8);
	assert_int_equal(after.mmio_reads + after.mmio_writes,
			 before.mmio_reads + before.mmio_writes);
	vm_end(&t);
}

static void IRSEN_off_hides_spis_and_on_brings_them_back(void **state)
{
	struct test_vm t;

	vm_make(*state, &t, 2);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(1), 8, 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	assert_true(g_virq(&t, 0));
	leave(&t, 0);
	g_irs_write(&t, GIC5_IRS_CR0, 0);
	assert_true(vgic5_vcpu_requested(t.vcpu[0]) && vgic5_vcpu_requested(t.vcpu[1]));
	enter(&t, 0, 0);
	g_expect_none(&t, 0);
	leave(&t, 0);
	put(&t, 0, true); /* asleep: no doorbell can be asked for */
	assert_false(vgic5_vcpu_pending(t.vcpu[0]));
	g_irs_on(&t);
	assert_true(vgic5_vcpu_pending(t.vcpu[0])); /* the reload wakes it */
	enter(&t, 0, 0);
	g_expect(&t, 0, SPI(1));
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(R1_refused_residency_is_an_error_and_kills_the_vm),
		HYP_TEST(R1_a_vm_killed_while_it_runs_does_not_enter_again),
		HYP_TEST(R2_flag_is_cleared_and_ordered_before_the_vpe_leaves),
		HYP_TEST(R3_the_non_resident_context_is_built_from_nothing),
		HYP_TEST(load_and_put_are_idempotent),
		HYP_TEST(R45_a_preempted_vcpu_requests_no_doorbell),
		cmocka_unit_test(R15_R16_effective_mask_is_strict_and_knows_an_idle_apr),
		HYP_TEST(R15_doorbell_rings_for_what_the_guest_would_take_and_only_that),
		HYP_TEST(a_doorbell_rings_at_once_for_what_is_pending_already),
		HYP_TEST(doorbells_are_one_shot_and_follow_the_vcpu),
		HYP_TEST(R18_R60_traps_are_set_and_reserved_bits_keep_their_value),
		HYP_TEST(R60_R64_the_guest_reads_narrowed_identification),
		HYP_TEST(R63_a_forgotten_pe_is_set_up_anew_before_the_next_vcpu),
		HYP_TEST(the_cpu_interface_follows_its_vcpu_and_leaks_to_no_other),
		HYP_TEST(re_entry_with_nothing_changed_takes_at_most_8_register_accesses),
		HYP_TEST(IRSEN_off_hides_spis_and_on_brings_them_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
