/* SPDX-License-Identifier: BSD-2-Clause */
/* What the KVM selftest of VGIC_V5 checks about delivery: its sections 8 to 11, the guest by hand. */
#include "hyp_fixture.h"

#define EINVAL (-VGIC5_E_INVAL)

/* ---- 8 sparse vCPU IDs ---- */

static void selftest_8_sparse_vcpu_ids_read_their_own_iaffid(void **state)
{
	const uint32_t ids[] = {17, 3};
	struct test_vm t;

	vm_config(*state, &t);
	assert_int_equal(vgic5_vm_create(t.fx->host, &t.cfg, &t.vm), 0);
	for (uint32_t i = 0; i < 2; i++) {
		const struct vgic5_vcpu_config vcpu = {.id = ids[i], .mpidr = ids[i]};

		assert_int_equal(vgic5_vcpu_create(t.vm, &vcpu, &t.vcpu[i]), 0);
	}
	t.vcpus = 2;
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	vm_run(&t);
	for (uint32_t i = 0; i < 2; i++) {
		enter(&t, i, 0);
		assert_int_equal(g_mrs(&t, i, GIC5_ICC_IAFFIDR_EL1), ids[i]);
		leave(&t, i);
		put(&t, i, false);
	}
	vm_end(&t);
}

/* ---- 9 PPIs ---- */

static void selftest_9_1_line_of_any_other_ppi_is_EINVAL(void **state)
{
	struct test_vm t;

	vm_make(*state, &t, 1);
	for (uint32_t ppi = 0; ppi <= 64; ppi++)
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, ppi, true),
				 ppi == GIC5_PPI_SW ? 0 : EINVAL);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 1, GIC5_PPI_SW, true), EINVAL);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 256, GIC5_PPI_SW, true), EINVAL);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_CPU, 0, 0, true), -VGIC5_E_NXIO);
	assert_int_equal(line(&t, 3, 0, 0, true), EINVAL);
	vm_end(&t);
}

/* An exit to userspace: everything is saved and comes back, on the other PE. */
static void to_userspace(struct test_vm *t, unsigned pe)
{
	leave(t, 0);
	put(t, 0, false);
	enter(t, 0, pe);
}

static void selftest_9_2_to_9_5_SW_PPI_survives_an_exit_at_every_step(void **state)
{
	struct test_vm t;

	vm_make(*state, &t, 1);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_msr(&t, 0, GIC5_ICC_PPI_ENABLER0_EL1, 8);
	for (unsigned round = 0; round < 2; round++) {
		to_userspace(&t, 1); /* ready */
		leave(&t, 0);
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, GIC5_PPI_SW, true), 0);
		enter(&t, 0, 1);
		assert_true(g_virq(&t, 0)); /* 9.3: a WFI would return */
		to_userspace(&t, 0);
		assert_true(g_virq(&t, 0));
		assert_int_equal(g_ack(&t, 0), PPI(GIC5_PPI_SW));
		to_userspace(&t, 1);
		assert_int_equal(g_mrs(&t, 0, GIC5_ICC_PPI_SACTIVER0_EL1), 8);
		g_done(&t, 0, PPI(GIC5_PPI_SW));
		to_userspace(&t, 0);
		leave(&t, 0);
		assert_int_equal(line(&t, VGIC5_IRQ_TYPE_PPI, 0, GIC5_PPI_SW, false), 0);
		enter(&t, 0, 0);
		g_expect_none(&t, 0); /* 9.4 */
	}
	vm_end(&t);
}

/* ---- 10 SPIs ---- */

/* IRS on, CPU up, the SPI configured for VPE 0; then the guest sleeps and its vCPU stops running. */
static void spi_guest(void **state, struct test_vm *t, uint32_t spis, uint32_t spi, bool level)
{
	vm_config(*state, t);
	vm_create(*state, t, 1);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	if (spis)
		assert_int_equal(vm_set_nr(t, spis), 0);
	assert_int_equal(vm_do_init(t), 0);
	vm_run(t);
	enter(t, 0, 0);
	g_irs_on(t);
	assert_int_equal(g_irs_read(t, GIC5_IRS_CR0), 3);
	g_cpu_up(t, 0);
	g_irs_write(t, GIC5_IRS_SPI_SELR, spi);
	assert_int_equal(g_irs_read(t, GIC5_IRS_SPI_STATUSR), 3);
	g_irs_write(t, GIC5_IRS_SPI_CFGR, level);
	assert_int_equal(g_irs_read(t, GIC5_IRS_SPI_STATUSR), 3);
	g_setup(t, 0, SPI(spi), 0x10, 0);
	vm_stop(t);
}

static void run_and_expect(struct test_vm *t, uint32_t intid)
{
	vm_run(t);
	enter(t, 0, 1);
	g_expect(t, 0, intid);
	leave(t, 0);
	vm_stop(t);
}

static void selftest_10_1_line_of_an_absent_spi_is_EINVAL(void **state)
{
	struct test_vm t;

	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 0, true), -VGIC5_E_BUSY);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 32, true), EINVAL);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 31, true), 0);
	vm_end(&t);
	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_nr(&t, 1024), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1024, true), EINVAL);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1023, true), 0);
	vm_end(&t);
}

static void selftest_10_2_edge_spi_0_of_32(void **state)
{
	struct test_vm t;

	spi_guest(state, &t, 0, 0, false);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 0, true), 0);
	run_and_expect(&t, SPI(0));
	vm_end(&t);
}

static void selftest_10_3_edge_spi_1023_of_1024(void **state)
{
	struct test_vm t;

	spi_guest(state, &t, 1024, 1023, false);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1023, true), 0);
	run_and_expect(&t, SPI(1023));
	vm_end(&t);
}

static void selftest_10_4_edge_spi_raised_and_lowered_is_delivered(void **state)
{
	struct test_vm t;

	spi_guest(state, &t, 0, 1, false);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, false), 0);
	run_and_expect(&t, SPI(1));
	vm_end(&t);
}

static void selftest_10_5_level_spi_2_is_delivered(void **state)
{
	struct test_vm t;

	spi_guest(state, &t, 0, 2, true);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 2, true), 0);
	run_and_expect(&t, SPI(2));
	vm_end(&t);
}

/* ---- 11 LPIs ---- */

static void selftest_11_1_to_11_5_lpis_between_two_vcpus(void **state)
{
	const uint64_t ist = FX_IRS_GPA + VGIC5_IRS_SIZE;
	struct test_vm t;
	uint64_t idr2 = 0;
	unsigned bits = 0;

	vm_make(*state, &t, 2);
	g_irs_on(&t);
	idr2 = g_irs_read(&t, GIC5_IRS_IDR2);
	assert_int_equal(GIC5_GET(IRS_IDR2_LPI, idr2), 1);
	bits = (unsigned)GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, idr2);
	bits = bits < 5 ? 5 : bits;
	assert_true((4U << bits) <= 65536);
	g_irs_write(&t, GIC5_IRS_IST_CFGR, GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, bits));
	g_irs_write(&t, GIC5_IRS_IST_BASER, ist | 1);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_STATUSR), 1); /* 11.2 */
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), ist | 1);
	g_irs_write(&t, GIC5_IRS_IST_BASER, (ist + 0x10000) | 1); /* 11.3 */
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), ist | 1);

	enter(&t, 0, 0); /* 11.4 */
	g_cpu_up(&t, 0);
	g_setup(&t, 0, LPI(0), 0x10, 1);
	g_setup(&t, 0, LPI(1), 0x10, 0);
	leave(&t, 0);
	put(&t, 0, false);
	enter(&t, 1, 0);
	g_cpu_up(&t, 1);
	leave(&t, 1);
	put(&t, 1, false);

	enter(&t, 0, 0); /* 11.5 */
	g_sys(&t, 0, GIC5_CDPEND, LPI(0) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect_none(&t, 0);
	leave(&t, 0);
	put(&t, 0, false);
	enter(&t, 1, 0);
	g_expect(&t, 1, LPI(0));
	g_sys(&t, 1, GIC5_CDPEND, LPI(1) | GIC5_PUT(CDPEND_PENDING, 1));
	leave(&t, 1);
	put(&t, 1, false);
	enter(&t, 0, 0);
	g_expect(&t, 0, LPI(1));
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(selftest_8_sparse_vcpu_ids_read_their_own_iaffid),
		HYP_TEST(selftest_9_1_line_of_any_other_ppi_is_EINVAL),
		HYP_TEST(selftest_9_2_to_9_5_SW_PPI_survives_an_exit_at_every_step),
		HYP_TEST(selftest_10_1_line_of_an_absent_spi_is_EINVAL),
		HYP_TEST(selftest_10_2_edge_spi_0_of_32),
		HYP_TEST(selftest_10_3_edge_spi_1023_of_1024),
		HYP_TEST(selftest_10_4_edge_spi_raised_and_lowered_is_delivered),
		HYP_TEST(selftest_10_5_level_spi_2_is_delivered),
		HYP_TEST(selftest_11_1_to_11_5_lpis_between_two_vcpus),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
