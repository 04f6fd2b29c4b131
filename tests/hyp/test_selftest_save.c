/* SPDX-License-Identifier: BSD-2-Clause */
/* What the KVM selftest of VGIC_V5 checks about save and restore: its section 12. */
#include "hyp_fixture.h"

#define EINVAL (-VGIC5_E_INVAL)
#define SPIS   32u
#define LPIS   32u

static const uint32_t saved_registers[] = {
	GIC5_IRS_IDR0,     GIC5_IRS_IDR1,      GIC5_IRS_IDR2,        GIC5_IRS_IDR3,
	GIC5_IRS_IDR4,     GIC5_IRS_IDR5,      GIC5_IRS_IDR6,        GIC5_IRS_IDR7,
	GIC5_IRS_IIDR,     GIC5_IRS_AIDR,      GIC5_IRS_CR0,         GIC5_IRS_CR1,
	GIC5_IRS_SPI_SELR, GIC5_IRS_SPI_CFGR,  GIC5_IRS_SPI_STATUSR, GIC5_IRS_PE_SELR,
	GIC5_IRS_PE_CR0,   GIC5_IRS_IST_BASER, GIC5_IRS_IST_CFGR,    GIC5_IRS_IST_STATUSR,
};
#define REGISTERS (sizeof(saved_registers) / sizeof(saved_registers[0]))

struct saved {
	uint64_t irs[REGISTERS];
	uint32_t spi[SPIS];
	uint32_t lpi[LPIS];
};

static void pend(struct test_vm *t, uint32_t vcpu, uint32_t intid)
{
	g_sys(t, vcpu, GIC5_CDPEND, intid | GIC5_PUT(CDPEND_PENDING, 1));
}

/* The source VM of the selftest, stopped. */
static void make_source(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_make(fx, t, 2);
	g_irs_on(t);
	g_lpis(t, 5);
	enter(t, 0, 0);
	g_cpu_up(t, 0);
	g_setup(t, 0, LPI(0), 8, 1);
	g_setup(t, 0, LPI(1), 8, 1);
	g_setup(t, 0, SPI(0), 8, 0);
	g_setup(t, 0, SPI(1), 0x10, 0);
	g_setup(t, 0, SPI(3), 8, 0);
	g_setup(t, 0, SPI(2), 8, 0);
	g_sys(t, 0, GIC5_CDDIS, SPI(2));
	pend(t, 0, LPI(0));
	leave(t, 0);
	put(t, 0, false);
	for (uint32_t spi = 0; spi < 3; spi++)
		assert_int_equal(line(t, VGIC5_IRQ_TYPE_SPI, 0, spi, true), 0);
	vm_stop(t);
}

static void save(struct test_vm *t, struct saved *s)
{
	for (unsigned i = 0; i < REGISTERS; i++)
		assert_int_equal(irs_get(t, saved_registers[i], &s->irs[i]), 0);
	assert_int_equal(ist_get(t, s->spi, SPIS, NULL, 0), EINVAL); /* 12.2 */
	assert_int_equal(ist_get(t, s->spi, SPIS, s->lpi, LPIS - 1), EINVAL);
	assert_int_equal(ist_get(t, s->spi, SPIS, s->lpi, LPIS), 0);
}

/* The destination, initialised and empty. */
static void make_destination(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_config(fx, t);
	vm_create(fx, t, 2);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
}

static void restore_registers(struct test_vm *t, const struct saved *s)
{
	for (unsigned i = 0; i < REGISTERS; i++)
		assert_int_equal(irs_set(t, saved_registers[i], s->irs[i]), 0);
}

static void selftest_12_1_to_12_8_save_restore_save_gives_the_same_bytes(void **state)
{
	static struct saved s, again;
	struct test_vm from;
	struct test_vm to;
	uint64_t baser = 0;

	make_source(*state, &from);
	save(&from, &s);
	make_destination(*state, &to);
	assert_int_equal(ist_set(&to, s.spi, SPIS, s.lpi, LPIS), EINVAL); /* 12.3 */
	restore_registers(&to, &s);                                       /* 12.4 */

	assert_int_equal(irs_get(&to, GIC5_IRS_IST_BASER, &baser), 0); /* 12.5 */
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, baser + 0x10000), 0);
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, 0), 0);
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, baser), 0);

	assert_int_equal(ist_set(&to, s.spi, SPIS, NULL, 0), EINVAL); /* 12.6 */
	assert_int_equal(ist_set(&to, s.spi, SPIS, s.lpi, LPIS - 1), EINVAL);
	assert_int_equal(ist_set(&to, s.spi, SPIS, s.lpi, LPIS), 0);

	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, baser), 0); /* 12.7 */
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, baser + 0x10000), EINVAL);
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_BASER, baser & ~UINT64_C(1)), EINVAL);
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_CFGR, 5), 0);
	assert_int_equal(irs_set(&to, GIC5_IRS_IST_CFGR, 6), EINVAL);
	assert_int_equal(ist_set(&to, s.spi, SPIS, s.lpi, LPIS), -VGIC5_E_BUSY);

	save(&to, &again); /* 12.8 */
	assert_memory_equal(&s, &again, sizeof(s));
	vm_end(&from);
	vm_end(&to);
}

static void selftest_12_9_to_12_11_restored_interrupts_arrive(void **state)
{
	static struct saved s;
	struct test_vm from;
	struct test_vm t;

	make_source(*state, &from);
	save(&from, &s);
	vm_end(&from);
	make_destination(*state, &t);
	restore_registers(&t, &s);
	assert_int_equal(ist_set(&t, s.spi, SPIS, s.lpi, LPIS), 0);
	vm_run(&t);

	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_msr(&t, 0, GIC5_ICC_PCR_EL1, 8);
	g_expect(&t, 0, SPI(0)); /* 12.9 */
	g_expect_none(&t, 0);    /* 12.11 */
	g_msr(&t, 0, GIC5_ICC_PCR_EL1, 0x10);
	g_expect(&t, 0, SPI(1));
	g_expect_none(&t, 0);
	g_sys(&t, 0, GIC5_CDEN, SPI(2));
	g_expect(&t, 0, SPI(2));
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	g_expect(&t, 0, SPI(3));
	leave(&t, 0);
	put(&t, 0, false);

	enter(&t, 1, 1); /* 12.10 */
	g_cpu_up(&t, 1);
	g_expect(&t, 1, LPI(0));
	pend(&t, 1, LPI(1));
	g_expect(&t, 1, LPI(1));
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(selftest_12_1_to_12_8_save_restore_save_gives_the_same_bytes),
		HYP_TEST(selftest_12_9_to_12_11_restored_interrupts_arrive),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
