/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the KVM selftest of VGIC_V5 checks about device and attributes: the tests have its numbers as
 * sections 1 to 7, and 13 for a VM without interrupt controller.
 */
#include "hyp_fixture.h"

#define ENXIO  (-VGIC5_E_NXIO)
#define EINVAL (-VGIC5_E_INVAL)
#define EBUSY  (-VGIC5_E_BUSY)
#define EFAULT (-VGIC5_E_FAULT)
#define E2BIG  (-VGIC5_E_2BIG)
#define EEXIST (-VGIC5_E_EXIST)
#define ENODEV (-VGIC5_E_NODEV)
#define ENOENT (-VGIC5_E_NOENT)

/* A VM with one vCPU and the device, not initialised. */
static void raw(void **state, struct test_vm *t)
{
	vm_config(*state, t);
	vm_create(*state, t, 1);
	assert_int_equal(vm_device(t), 0);
}

/* The same with base and INIT. */
static void ready(void **state, struct test_vm *t)
{
	raw(state, t);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
}

static int create(struct test_vm *t, uint32_t type, uint32_t flags)
{
	const struct vgic5_create_device cd = {.type = type, .flags = flags};

	return vgic5_create_device(t->vm, &cd);
}

/* ---- 1 device creation ---- */

static void selftest_1_1_type_0_is_ENODEV(void **state)
{
	struct test_vm t;

	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(create(&t, 0, 0), ENODEV);
	assert_int_equal(create(&t, VGIC5_DEV_TYPE_VGIC_V5_ITS, 0), ENODEV);
	vm_end(&t);
}

static void selftest_1_2_test_creation_creates_nothing(void **state)
{
	struct test_vm t;

	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(create(&t, VGIC5_DEV_TYPE_VGIC_V5, VGIC5_CREATE_DEVICE_TEST), 0);
	assert_false(vgic5_vm_has_device(t.vm));
	assert_int_equal(create(&t, VGIC5_DEV_TYPE_VGIC_V5, 2), EINVAL);
	assert_int_equal(create(&t, VGIC5_DEV_TYPE_VGIC_V5, 0), 0);
	assert_true(vgic5_vm_has_device(t.vm));
	vm_end(&t);
}

static void selftest_1_3_second_vgic_is_EEXIST(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(create(&t, VGIC5_DEV_TYPE_VGIC_V5, 0), EEXIST);
	vm_end(&t);
}

/* ---- 2 IRS address ---- */

static void selftest_2_1_has_attr_of_the_address(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS), 0);
	assert_int_equal(attr_has(&t, VGIC5_GRP_ADDR, (uint64_t)-1), ENXIO);
	assert_int_equal(attr_has(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_ITS), ENXIO);
	vm_end(&t);
}

static void selftest_2_2_address_reads_all_ones_before_it_is_set(void **state)
{
	struct test_vm t;
	uint64_t base = 0;

	raw(state, &t);
	assert_int_equal(attr_get(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &base), 0);
	assert_true(base == UINT64_MAX);
	vm_end(&t);
}

static void selftest_2_3_unaligned_address_is_EINVAL(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(vm_set_base(&t, 0x1000), EINVAL);
	vm_end(&t);
}

static void selftest_2_4_address_beyond_the_guest_space_is_E2BIG(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(vm_set_base(&t, UINT64_C(1) << 40), E2BIG);
	assert_int_equal(vm_set_base(&t, (UINT64_C(1) << 40) - 0x10000), E2BIG);
	assert_int_equal(vm_set_base(&t, UINT64_MAX & ~UINT64_C(0xffff)), E2BIG);
	assert_int_equal(vm_set_base(&t, (UINT64_C(1) << 40) - 0x20000), 0);
	vm_end(&t);
}

static void selftest_2_5_address_0_is_accepted(void **state)
{
	struct test_vm t;
	uint64_t base = 1;

	raw(state, &t);
	assert_int_equal(vm_set_base(&t, 0), 0);
	assert_int_equal(attr_get(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &base), 0);
	assert_true(base == 0);
	vm_end(&t);
}

static void selftest_2_6_second_address_is_EEXIST(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(vm_set_base(&t, 0x10000), 0);
	assert_int_equal(vm_set_base(&t, 0x10000), EEXIST);
	assert_int_equal(vm_set_base(&t, 0x1000), EEXIST);
	assert_int_equal(attr_set(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, NULL), EFAULT);
	assert_int_equal(attr_get(&t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, NULL), EFAULT);
	vm_end(&t);
}

static void selftest_2_7_first_run_without_address_is_ENXIO(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), ENXIO);
	assert_true(vgic5_vm_is_dead(t.vm));
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), -VGIC5_E_IO);
	vm_end(&t);
}

/* ---- 3 NR_IRQS ---- */

static void selftest_3_1_nr_irqs_reads_0_before_it_is_set(void **state)
{
	struct test_vm t;
	uint32_t spis = 1;

	raw(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_NR_IRQS, 0), 0);
	assert_int_equal(attr_get(&t, VGIC5_GRP_NR_IRQS, 0, &spis), 0);
	assert_int_equal(spis, 0);
	vm_end(&t);
}

static void selftest_3_2_R27_R46_illegal_numbers_of_spis_are_EINVAL(void **state)
{
	const uint32_t bad[] = {0, 31, 33, 1023, 1025, 1056, UINT32_MAX};
	struct test_vm t;

	raw(state, &t);
	for (unsigned i = 0; i < 7; i++)
		assert_int_equal(vm_set_nr(&t, bad[i]), EINVAL);
	assert_int_equal(attr_set(&t, VGIC5_GRP_NR_IRQS, 0, NULL), EFAULT);
	assert_int_equal(attr_get(&t, VGIC5_GRP_NR_IRQS, 0, NULL), EFAULT);
	vm_end(&t);
}

static void selftest_3_3_1024_spis_are_accepted(void **state)
{
	struct test_vm t;
	uint32_t spis = 0;

	raw(state, &t);
	assert_int_equal(vm_set_nr(&t, 1024), 0);
	assert_int_equal(attr_get(&t, VGIC5_GRP_NR_IRQS, 0, &spis), 0);
	assert_int_equal(spis, 1024);
	vm_end(&t);
}

static void selftest_3_4_second_set_is_EBUSY_and_init_succeeds(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(vm_set_nr(&t, 1024), 0);
	assert_int_equal(vm_set_nr(&t, 64), EBUSY);
	assert_int_equal(vm_do_init(&t), 0);
	vm_end(&t);
}

static void selftest_3_5_default_is_32_after_init(void **state)
{
	struct test_vm t;
	uint32_t spis = 0;

	raw(state, &t);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(attr_get(&t, VGIC5_GRP_NR_IRQS, 0, &spis), 0);
	assert_int_equal(spis, 32);
	assert_int_equal(vm_set_nr(&t, 64), EBUSY);
	vm_end(&t);
}

/* ---- 4 IRS_REGS ---- */

/* The list of the selftest, in its order. */
static const uint32_t irs_list[] = {
	GIC5_IRS_IDR0,
	GIC5_IRS_IDR1,
	GIC5_IRS_IDR2,
	GIC5_IRS_IDR3,
	GIC5_IRS_IDR4,
	GIC5_IRS_IDR5,
	GIC5_IRS_IDR6,
	GIC5_IRS_IDR7,
	GIC5_IRS_IIDR,
	GIC5_IRS_AIDR,
	GIC5_IRS_CR0,
	GIC5_IRS_CR1,
	GIC5_IRS_SYNCR,
	GIC5_IRS_SYNC_STATUSR,
	GIC5_IRS_SPI_VMR,
	GIC5_IRS_SPI_SELR,
	GIC5_IRS_SPI_DOMAINR,
	GIC5_IRS_SPI_RESAMPLER,
	GIC5_IRS_SPI_CFGR,
	GIC5_IRS_SPI_STATUSR,
	GIC5_IRS_PE_SELR,
	GIC5_IRS_PE_STATUSR,
	GIC5_IRS_PE_CR0,
	GIC5_IRS_IST_BASER,
	GIC5_IRS_IST_CFGR,
	GIC5_IRS_IST_STATUSR,
	GIC5_IRS_MAP_L2_ISTR,
	GIC5_IRS_VMT_BASER,
	GIC5_IRS_VMT_CFGR,
	GIC5_IRS_VMT_STATUSR,
	GIC5_IRS_VPE_SELR,
	GIC5_IRS_VPE_DBR,
	GIC5_IRS_VPE_HPPIR,
	GIC5_IRS_VPE_CR0,
	GIC5_IRS_VPE_STATUSR,
	GIC5_IRS_VM_DBR,
	GIC5_IRS_VM_SELR,
	GIC5_IRS_VM_STATUSR,
	GIC5_IRS_VMAP_L2_VMTR,
	GIC5_IRS_VMAP_VMR,
	GIC5_IRS_VMAP_VISTR,
	GIC5_IRS_VMAP_L2_VISTR,
	GIC5_IRS_VMAP_VPER,
	GIC5_IRS_SAVE_VMR,
	GIC5_IRS_SAVE_VM_STATUSR,
	GIC5_IRS_MEC_IDR,
	GIC5_IRS_MEC_MECID_R,
	GIC5_IRS_MPAM_IDR,
	GIC5_IRS_MPAM_PARTID_R,
	GIC5_IRS_SWERR_STATUSR,
	GIC5_IRS_SWERR_SYNDROMER0,
	GIC5_IRS_SWERR_SYNDROMER1,
};
#define IRS_LIST (sizeof(irs_list) / sizeof(irs_list[0]))

static void selftest_4_1_has_attr_of_a_register_before_and_after_the_base(void **state)
{
	struct test_vm t;

	raw(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IDR0), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IDR0), 0);
	vm_end(&t);
}

static void selftest_4_2_registers_before_init_are_EBUSY(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	raw(state, &t);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR0, &value), EBUSY);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, 0), EBUSY);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR0, &value), ENXIO); /* no base */
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, 0), ENXIO);
	vm_end(&t);
}

static void selftest_4_3_R30_every_register_accepts_its_own_value(void **state)
{
	struct test_vm t;

	ready(state, &t);
	for (unsigned i = 0; i < IRS_LIST; i++) {
		uint64_t value = 0;

		assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, irs_list[i]), 0);
		assert_int_equal(irs_get(&t, irs_list[i], &value), 0);
		assert_int_equal(irs_set(&t, irs_list[i], value), 0);
	}
	vm_end(&t);
}

static void selftest_4_4_offset_beyond_the_frame_is_ENXIO(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, 0x10000), ENXIO);
	assert_int_equal(irs_get(&t, 0x10000, &value), ENXIO);
	assert_int_equal(irs_set(&t, 0x10000, 0), ENXIO);
	assert_int_equal(irs_get(&t, 0x20, &value), ENXIO);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, UINT64_C(1) << 32), ENXIO);
	vm_end(&t);
}

static void selftest_4_5_misaligned_offset_is_EINVAL(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IDR0 + 2), EINVAL);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IST_BASER + 4), EINVAL);
	assert_int_equal(irs_get(&t, GIC5_IRS_IST_BASER + 4, &value), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER + 4, 0), EINVAL);
	vm_end(&t);
}

static void selftest_4_6_null_pointer_is_EFAULT(void **state)
{
	struct test_vm t;

	ready(state, &t);
	assert_int_equal(attr_get(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IDR0, NULL), EFAULT);
	assert_int_equal(attr_set(&t, VGIC5_GRP_IRS_REGS, GIC5_IRS_IDR0, NULL), EFAULT);
	vm_end(&t);
}

static void selftest_4_7_IDR0_options_that_are_not_offered_are_EINVAL(void **state)
{
	struct test_vm t;
	uint64_t idr0 = 0;

	ready(state, &t);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR0, &idr0), 0);
	assert_int_equal(
		irs_set(&t, GIC5_IRS_IDR0, GIC5_SET(IRS_IDR0_INT_DOM, idr0, GIC5_DOM_SECURE)),
		EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, idr0 | GIC5_MASK(IRS_IDR0_SETLPI)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, idr0 | GIC5_MASK(IRS_IDR0_VIRT)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, idr0 | GIC5_MASK(IRS_IDR0_ONE_N)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, idr0 | GIC5_MASK(IRS_IDR0_SWE)), EINVAL);
	/* IRSID is the VMM's to choose; the physical address range only downwards. */
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, GIC5_SET(IRS_IDR0_IRSID, idr0, 7)), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, GIC5_SET(IRS_IDR0_PA_RANGE, idr0, 15)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR0, GIC5_SET(IRS_IDR0_PA_RANGE, idr0, 0)), 0);
	vm_end(&t);
}

static void selftest_4_8_D6_IDR1_and_IDR2_beyond_host_or_policy_are_EINVAL(void **state)
{
	struct test_vm t;
	uint64_t idr1 = 0;
	uint64_t idr2 = 0;

	ready(state, &t);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR1, &idr1), 0);
	assert_int_equal(irs_get(&t, GIC5_IRS_IDR2, &idr2), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR1, GIC5_SET(IRS_IDR1_PRIORITY_BITS, idr1, 7)),
			 EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR1, GIC5_SET(IRS_IDR1_IAFFID_BITS, idr1, 15)),
			 EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, 0), EINVAL);
	/* The host has 24 ID bits; the policy is 16 (R32). */
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, GIC5_SET(IRS_IDR2_ID_BITS, idr2, 17)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, GIC5_SET(IRS_IDR2_ID_BITS, idr2, 12)), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, GIC5_SET(IRS_IDR2_MIN_LPI_ID_BITS, idr2, 15)),
			 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, idr2 | GIC5_MASK(IRS_IDR2_IST_LEVELS)), EINVAL);
	assert_int_equal(irs_set(&t, GIC5_IRS_IDR2, idr2 | GIC5_MASK(IRS_IDR2_ISTMD)), EINVAL);
	vm_end(&t);
}

static void selftest_4_9_IDR5_IDR6_IDR7_must_match(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	for (uint32_t reg = GIC5_IRS_IDR5; reg <= GIC5_IRS_IDR7; reg += 4) {
		assert_int_equal(irs_get(&t, reg, &value), 0);
		assert_int_equal(value, reg == GIC5_IRS_IDR7 ? 0 : 32);
		assert_int_equal(irs_set(&t, reg, value + 1), EINVAL);
	}
	vm_end(&t);
}

static void selftest_4_10_status_registers_read_exactly_IDLE(void **state)
{
	const uint32_t status[] = {GIC5_IRS_SYNC_STATUSR, GIC5_IRS_SPI_STATUSR, GIC5_IRS_PE_STATUSR,
				   GIC5_IRS_IST_STATUSR};
	struct test_vm t;

	ready(state, &t);
	assert_int_equal(irs_set(&t, GIC5_IRS_SPI_SELR, 0), 0); /* V must not show either */
	assert_int_equal(irs_set(&t, GIC5_IRS_PE_SELR, 0), 0);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t value = 0;

		assert_int_equal(irs_get(&t, status[i], &value), 0);
		assert_int_equal(value, 1);
	}
	vm_end(&t);
}

static void selftest_4_11_IST_BASER_can_be_set_valid_without_an_ist(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	assert_int_equal(irs_set(&t, GIC5_IRS_IST_BASER, 0x10000001), 0);
	assert_int_equal(irs_get(&t, GIC5_IRS_IST_BASER, &value), 0);
	assert_int_equal(value, 0x10000001);
	/* Announced, not restored: the VM does not run. */
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), EINVAL);
	vm_end(&t);
}

/* ---- 5 IST ---- */

static void selftest_5_1_attr_1_is_ENXIO_even_before_init(void **state)
{
	struct test_vm t;
	struct vgic5_ist_desc desc = {0};

	raw(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IST, 0), 0);
	assert_int_equal(attr_has(&t, VGIC5_GRP_IST, 1), ENXIO);
	assert_int_equal(attr_get(&t, VGIC5_GRP_IST, 1, &desc), ENXIO);
	assert_int_equal(attr_set(&t, VGIC5_GRP_IST, 1, &desc), ENXIO);
	vm_end(&t);
}

static void selftest_5_2_ist_before_init_is_EBUSY(void **state)
{
	struct test_vm t;
	uint32_t spi[32];

	raw(state, &t);
	assert_int_equal(ist_get(&t, spi, 32, NULL, 0), EBUSY);
	assert_int_equal(ist_set(&t, spi, 32, NULL, 0), EBUSY);
	vm_end(&t);
}

static void selftest_5_3_bad_descriptor_pointers(void **state)
{
	void *const one = (void *)(uintptr_t)1;
	struct test_vm t;

	ready(state, &t);
	assert_int_equal(attr_get(&t, VGIC5_GRP_IST, 0, NULL), EINVAL);
	assert_int_equal(attr_set(&t, VGIC5_GRP_IST, 0, NULL), EINVAL);
	assert_int_equal(attr_get(&t, VGIC5_GRP_IST, 0, one), EFAULT);
	assert_int_equal(attr_set(&t, VGIC5_GRP_IST, 0, one), EFAULT);
	vm_end(&t);
}

static void selftest_5_4_spi_buffer_must_have_the_size(void **state)
{
	struct test_vm t;
	uint32_t spi[33] = {0};

	ready(state, &t);
	assert_int_equal(ist_get(&t, NULL, 0, NULL, 0), EINVAL);
	assert_int_equal(ist_set(&t, NULL, 0, NULL, 0), EINVAL);
	assert_int_equal(ist_get(&t, spi, 31, NULL, 0), EINVAL);
	assert_int_equal(ist_set(&t, spi, 31, NULL, 0), EINVAL);
	assert_int_equal(ist_get(&t, spi, 33, NULL, 0), EINVAL);
	assert_int_equal(ist_get(&t, (uint32_t *)(uintptr_t)64, 32, NULL, 0), EFAULT);
	assert_int_equal(ist_set(&t, (uint32_t *)(uintptr_t)64, 32, NULL, 0), EFAULT);
	assert_int_equal(ist_get(&t, spi, 32, NULL, 0), 0);
	vm_end(&t);
}

static void selftest_5_5_lpi_buffer_without_lpi_ist_is_EINVAL(void **state)
{
	struct test_vm t;
	uint32_t spi[32] = {0};
	uint32_t lpi[32] = {0};

	ready(state, &t);
	assert_int_equal(ist_get(&t, spi, 32, lpi, 32), EINVAL);
	assert_int_equal(ist_set(&t, spi, 32, lpi, 32), EINVAL);
	assert_int_equal(ist_set(&t, spi, 32, lpi, 0), EINVAL);
	vm_end(&t);
}

static void selftest_5_6_ist_set_after_a_run_is_EBUSY(void **state)
{
	struct test_vm t;
	uint32_t spi[32] = {0};

	vm_make(*state, &t, 1);
	assert_int_equal(ist_get(&t, spi, 32, NULL, 0), EBUSY); /* it runs */
	vm_stop(&t);
	assert_int_equal(ist_get(&t, spi, 32, NULL, 0), 0);
	assert_int_equal(ist_set(&t, spi, 32, NULL, 0), EBUSY);
	assert_int_equal(irs_set(&t, GIC5_IRS_CR0, 1), EBUSY);
	assert_int_equal(reg_set(&t, 0, GIC5_ICC_PCR_EL1, 0), EBUSY);
	vm_end(&t);
}

/* ---- 6 USERSPACE_PPIS ---- */

static void selftest_6_1_userspace_ppis_is_SW_PPI(void **state)
{
	struct test_vm t;
	uint64_t ppis[2] = {0, 1};

	ready(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_USERSPACE_PPIS), 0);
	assert_int_equal(attr_has(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_INIT), 0);
	assert_int_equal(attr_has(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_SAVE_PENDING_TABLES), ENXIO);
	assert_int_equal(attr_get(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_USERSPACE_PPIS, ppis), 0);
	assert_int_equal(ppis[0], 8);
	assert_int_equal(ppis[1], 0);
	vm_end(&t);
}

static void selftest_6_2_userspace_ppis_cannot_be_set(void **state)
{
	struct test_vm t;
	uint64_t ppis[2] = {0};

	ready(state, &t);
	assert_int_equal(attr_set(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_USERSPACE_PPIS, ppis), ENXIO);
	assert_int_equal(attr_get(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_USERSPACE_PPIS, NULL), EFAULT);
	assert_int_equal(attr_get(&t, VGIC5_GRP_CTRL, VGIC5_CTRL_INIT, ppis), ENXIO);
	vm_end(&t);
}

/* ---- 7 CPU_SYSREGS ---- */

static void selftest_7_1_sysregs_before_init(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	raw(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_CPU_SYSREGS, GIC5_ICC_CR0_EL1), 0);
	assert_int_equal(reg_get(&t, 0, GIC5_ICC_CR0_EL1, &value), EBUSY);
	assert_int_equal(reg_set(&t, 0, GIC5_ICC_CR0_EL1, 0), EBUSY);
	vm_end(&t);
}

static void selftest_7_2_every_sysreg_accepts_its_own_value(void **state)
{
	static const uint32_t regs[] = {
		GIC5_ICC_ICSR_EL1,          GIC5_ICC_PPI_ENABLER0_EL1,  GIC5_ICC_PPI_ENABLER1_EL1,
		GIC5_ICC_PPI_SACTIVER0_EL1, GIC5_ICC_PPI_SACTIVER1_EL1, GIC5_ICC_PPI_SPENDR0_EL1,
		GIC5_ICC_PPI_SPENDR1_EL1,   GIC5_ICC_APR_EL1,           GIC5_ICC_CR0_EL1,
		GIC5_ICC_PCR_EL1,
	};
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	for (unsigned i = 0; i < sizeof(regs) / sizeof(regs[0]) + 16; i++) {
		uint32_t enc = i < 8 ? GIC5_ICC_PPI_PRIORITYR0_EL1 + i
				     : GIC5_ICC_PPI_PRIORITYR8_EL1 + i - 8;

		if (i >= 16)
			enc = regs[i - 16];
		assert_int_equal(attr_has(&t, VGIC5_GRP_CPU_SYSREGS, enc), 0);
		assert_int_equal(reg_get(&t, 0, enc, &value), 0);
		assert_int_equal(reg_set(&t, 0, enc, value), 0);
	}
	vm_end(&t);
}

static void selftest_7_3_unknown_sysreg_is_ENXIO_or_ENOENT(void **state)
{
	const uint32_t icc_ctlr = GIC5_ENC(3, 0, 12, 12, 4); /* GICv3 */
	const uint32_t hidden[] = {icc_ctlr,
				   GIC5_ICC_IAFFIDR_EL1,
				   GIC5_ICC_IDR0_EL1,
				   GIC5_ICC_HPPIR_EL1,
				   GIC5_ICC_PPI_HMR0_EL1,
				   GIC5_ICC_PPI_CACTIVER0_EL1,
				   GIC5_ICC_PPI_CPENDR0_EL1};
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	for (unsigned i = 0; i < 7; i++) {
		assert_int_equal(attr_has(&t, VGIC5_GRP_CPU_SYSREGS, hidden[i]), ENXIO);
		assert_int_equal(reg_get(&t, 0, hidden[i], &value), ENOENT);
		assert_int_equal(reg_set(&t, 0, hidden[i], 0), ENOENT);
	}
	vm_end(&t);
}

static void selftest_7_4_unknown_mpidr_is_EINVAL(void **state)
{
	const uint64_t attr = UINT64_C(1) << VGIC5_SYSREG_MPIDR_SHIFT | GIC5_ICC_CR0_EL1;
	struct test_vm t;
	uint64_t value = 0;

	ready(state, &t);
	assert_int_equal(attr_has(&t, VGIC5_GRP_CPU_SYSREGS, attr), EINVAL);
	assert_int_equal(attr_get(&t, VGIC5_GRP_CPU_SYSREGS, attr, &value), EINVAL);
	assert_int_equal(attr_set(&t, VGIC5_GRP_CPU_SYSREGS, attr, &value), EINVAL);
	vm_end(&t);
}

static void selftest_7_5_null_pointer_is_EFAULT(void **state)
{
	struct test_vm t;

	ready(state, &t);
	assert_int_equal(attr_get(&t, VGIC5_GRP_CPU_SYSREGS, GIC5_ICC_CR0_EL1, NULL), EFAULT);
	assert_int_equal(attr_set(&t, VGIC5_GRP_CPU_SYSREGS, GIC5_ICC_CR0_EL1, NULL), EFAULT);
	vm_end(&t);
}

/* ---- 13 no interrupt controller ---- */

static void selftest_13_1_id_registers_hide_the_gic_without_device(void **state)
{
	const uint32_t pfr0 = GIC5_ENC(3, 0, 0, 4, 0);
	const uint32_t pfr2 = GIC5_ENC(3, 0, 0, 4, 2);
	struct test_vm t;

	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(vgic5_vm_id_register(t.vm, pfr2, 0xf00f), 0x0f);
	assert_int_equal(vgic5_vm_id_register(t.vm, pfr0, 0xf1000000), 0xf0000000);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vgic5_vm_id_register(t.vm, pfr2, 0x000f), 0x100f);
	assert_int_equal(vgic5_vm_id_register(t.vm, pfr0, 0xf1000000), 0xf0000000);
	assert_int_equal(vgic5_vm_id_register(t.vm, GIC5_ENC(3, 0, 0, 4, 1), 0x123), 0x123);
	vm_end(&t);
}

static void selftest_13_2_13_3_13_4_everything_is_undefined_without_device(void **state)
{
	struct hyp_fixture *fx = *state;
	struct test_vm t;
	uint64_t value = 0;

	vm_config(fx, &t);
	vm_create(fx, &t, 1);
	assert_int_equal(vgic5_vcpu_run_begin(t.vcpu[0]), 0);
	assert_int_equal(vgic5_vcpu_load(t.vcpu[0], fx->pe[0]), 0);
	assert_int_equal(vgic5_vcpu_flush(t.vcpu[0]), 0);
	vgic5_vcpu_sync(t.vcpu[0]);
	for (size_t i = 0; i < gic5_sysreg_count; i++) {
		assert_int_equal(vgic5_trap_sysreg(t.vcpu[0], gic5_sysregs[i].enc, false, &value),
				 VGIC5_TRAP_UNDEFINED);
		assert_int_equal(vgic5_trap_sysreg(t.vcpu[0], gic5_sysregs[i].enc, true, &value),
				 VGIC5_TRAP_UNDEFINED);
	}
	for (size_t i = 0; i < gic5_insn_count; i++)
		assert_int_equal(vgic5_trap_insn(t.vcpu[0], fx->ppe[0], gic5_insns[i].enc,
						 gic5_insns[i].form == GIC5_FORM_GICR, &value),
				 VGIC5_TRAP_UNDEFINED);
	vgic5_vcpu_put(t.vcpu[0], false);
	vgic5_vcpu_run_end(t.vcpu[0]);
	vm_end(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(selftest_1_1_type_0_is_ENODEV),
		HYP_TEST(selftest_1_2_test_creation_creates_nothing),
		HYP_TEST(selftest_1_3_second_vgic_is_EEXIST),
		HYP_TEST(selftest_2_1_has_attr_of_the_address),
		HYP_TEST(selftest_2_2_address_reads_all_ones_before_it_is_set),
		HYP_TEST(selftest_2_3_unaligned_address_is_EINVAL),
		HYP_TEST(selftest_2_4_address_beyond_the_guest_space_is_E2BIG),
		HYP_TEST(selftest_2_5_address_0_is_accepted),
		HYP_TEST(selftest_2_6_second_address_is_EEXIST),
		HYP_TEST(selftest_2_7_first_run_without_address_is_ENXIO),
		HYP_TEST(selftest_3_1_nr_irqs_reads_0_before_it_is_set),
		HYP_TEST(selftest_3_2_R27_R46_illegal_numbers_of_spis_are_EINVAL),
		HYP_TEST(selftest_3_3_1024_spis_are_accepted),
		HYP_TEST(selftest_3_4_second_set_is_EBUSY_and_init_succeeds),
		HYP_TEST(selftest_3_5_default_is_32_after_init),
		HYP_TEST(selftest_4_1_has_attr_of_a_register_before_and_after_the_base),
		HYP_TEST(selftest_4_2_registers_before_init_are_EBUSY),
		HYP_TEST(selftest_4_3_R30_every_register_accepts_its_own_value),
		HYP_TEST(selftest_4_4_offset_beyond_the_frame_is_ENXIO),
		HYP_TEST(selftest_4_5_misaligned_offset_is_EINVAL),
		HYP_TEST(selftest_4_6_null_pointer_is_EFAULT),
		HYP_TEST(selftest_4_7_IDR0_options_that_are_not_offered_are_EINVAL),
		HYP_TEST(selftest_4_8_D6_IDR1_and_IDR2_beyond_host_or_policy_are_EINVAL),
		HYP_TEST(selftest_4_9_IDR5_IDR6_IDR7_must_match),
		HYP_TEST(selftest_4_10_status_registers_read_exactly_IDLE),
		HYP_TEST(selftest_4_11_IST_BASER_can_be_set_valid_without_an_ist),
		HYP_TEST(selftest_5_1_attr_1_is_ENXIO_even_before_init),
		HYP_TEST(selftest_5_2_ist_before_init_is_EBUSY),
		HYP_TEST(selftest_5_3_bad_descriptor_pointers),
		HYP_TEST(selftest_5_4_spi_buffer_must_have_the_size),
		HYP_TEST(selftest_5_5_lpi_buffer_without_lpi_ist_is_EINVAL),
		HYP_TEST(selftest_5_6_ist_set_after_a_run_is_EBUSY),
		HYP_TEST(selftest_6_1_userspace_ppis_is_SW_PPI),
		HYP_TEST(selftest_6_2_userspace_ppis_cannot_be_set),
		HYP_TEST(selftest_7_1_sysregs_before_init),
		HYP_TEST(selftest_7_2_every_sysreg_accepts_its_own_value),
		HYP_TEST(selftest_7_3_unknown_sysreg_is_ENXIO_or_ENOENT),
		HYP_TEST(selftest_7_4_unknown_mpidr_is_EINVAL),
		HYP_TEST(selftest_7_5_null_pointer_is_EFAULT),
		HYP_TEST(selftest_13_1_id_registers_hide_the_gic_without_device),
		HYP_TEST(selftest_13_2_13_3_13_4_everything_is_undefined_without_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
