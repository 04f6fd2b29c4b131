/* SPDX-License-Identifier: BSD-2-Clause */
/* Device regions, the IRS frames, and what lies between. */
#include "vm_fixture.h"

#define DEVICE UINT64_C(0x09000000)

/* Remembers the last access of each kind; reads give a pattern that depends on the offset. */
struct device {
	unsigned reads, writes;
	uint64_t offset, value;
	unsigned size;
};

#define PATTERN UINT64_C(0x1122334455667788)

static uint64_t device_read(void *opaque, uint64_t offset, unsigned size)
{
	struct device *d = opaque;

	d->reads++;
	d->offset = offset;
	d->size = size;
	return size == 8 ? PATTERN : PATTERN & ((UINT64_C(1) << 8 * size) - 1);
}

static void device_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->writes++;
	d->offset = offset;
	d->size = size;
	d->value = value;
}

static const struct vm_mmio_ops ops = {device_read, device_write};

static void start(struct fixture *f, struct device *d)
{
	memset(d, 0, sizeof(*d));
	fixture_start(f, 1, 1);
	assert_int_equal(vm_add_mmio(f->vm, DEVICE, 0x1000, &ops, d), 0);
}

/* Vectors that leave ESR and FAR in results 10 and 11 and power off. */
static void catch_exceptions(struct fixture *f)
{
	uint64_t at = f->at;

	f->at = VECTORS + 0x200;
	mrs(f, 4, GIC5_ENC(3, 0, 5, 2, 0));
	store_result(f, 10, 4);
	mrs(f, 4, GIC5_ENC(3, 0, 6, 0, 0));
	store_result(f, 11, 4);
	power_off(f);
	f->at = at;
	mov(f, 1, VECTORS);
	msr(f, GIC5_ENC(3, 0, 12, 0, 0), 1);
	put(f, ISB);
}

static void loads_and_stores_of_each_size_reach_the_device(void **state)
{
	static const uint64_t masks[] = {0xff, 0xffff, 0xffffffff, UINT64_MAX};

	for (unsigned size = 0; size < 4; size++) {
		struct fixture f;
		struct device d;

		start(&f, &d);
		mov(&f, 5, DEVICE + 0x18);
		ldr(&f, size, 6, 5);
		store_result(&f, 0, 6);
		mov(&f, 5, DEVICE + 0x20);
		mov(&f, 6, UINT64_C(0xfedcba9876543210));
		str(&f, size, 6, 5);
		power_off(&f);
		boot(&f);
		assert_int_equal(d.reads, 1);
		assert_int_equal(d.writes, 1);
		assert_int_equal(d.size, 1u << size);
		assert_int_equal(d.offset, 0x20);
		assert_true(d.value == (UINT64_C(0xfedcba9876543210) & masks[size]));
		assert_true(result(&f, 0) == (PATTERN & masks[size]));
		fixture_end(&f);
	}
}

static void nothing_there_is_an_external_abort(void **state)
{
	static const uint64_t nowhere[] = {DEVICE - 8, DEVICE + 0x1000, 0x30000000, 0};

	for (unsigned i = 0; i < sizeof(nowhere) / sizeof(nowhere[0]); i++) {
		struct fixture f;
		struct device d;

		start(&f, &d);
		catch_exceptions(&f);
		mov(&f, 5, nowhere[i]);
		ldr(&f, 3, 6, 5);
		power_off(&f);
		boot(&f);
		assert_int_equal(result(&f, 10) >> 26, 0x25);  /* data abort, same level */
		assert_int_equal(result(&f, 10) & 0x3f, 0x10); /* external */
		assert_int_equal(result(&f, 11), nowhere[i]);
		assert_int_equal(d.reads, 0);
		fixture_end(&f);
	}
}

static void an_access_across_the_end_of_a_region_is_an_abort(void **state)
{
	struct fixture f;
	struct device d;
	struct device small = {0};

	start(&f, &d);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE + 0x2000, 4, &ops, &small), 0);
	catch_exceptions(&f);
	mov(&f, 5, DEVICE + 0x2000);
	ldr(&f, 2, 6, 5);
	ldr(&f, 3, 6, 5);
	power_off(&f);
	boot(&f);
	assert_int_equal(small.reads, 1);
	assert_int_equal(result(&f, 10) >> 26, 0x25);
	fixture_end(&f);
}

static void regions_may_not_overlap_anything(void **state)
{
	struct fixture f;
	struct device d;

	start(&f, &d);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE, 0x1000, &ops, &d), -VGIC5_E_EXIST);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE + 0xfff, 2, &ops, &d), -VGIC5_E_EXIST);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE - 1, 2, &ops, &d), -VGIC5_E_EXIST);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE - 0x1000, 0x4000, &ops, &d), -VGIC5_E_EXIST);
	assert_int_equal(vm_add_mmio(f.vm, RAM_BASE - 0x1000, 0x1001, &ops, &d), -VGIC5_E_EXIST);
	assert_int_equal(vm_add_mmio(f.vm, 0, 0, &ops, &d), -VGIC5_E_INVAL);
	assert_int_equal(vm_add_mmio(f.vm, UINT64_MAX, 2, &ops, &d), -VGIC5_E_INVAL);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE - 0x1000, 0x1000, &ops, &d), 0);
	assert_int_equal(vm_add_mmio(f.vm, DEVICE + 0x1000, 0x1000, &ops, &d), 0);
	assert_int_equal(vm_add_ram(f.vm, DEVICE, 0x1000, f.ram), -VGIC5_E_EXIST);
	fixture_end(&f);
}

static void there_is_an_end_to_regions(void **state)
{
	struct fixture f;
	struct device d;
	unsigned count = 1;

	start(&f, &d);
	while (vm_add_mmio(f.vm, 0x10000000 + count * 0x100, 0x100, &ops, &d) == 0)
		count++;
	assert_int_equal(count, VM_MAX_REGIONS);
	assert_int_equal(vm_add_mmio(f.vm, 0x20000000, 0x100, &ops, &d), -VGIC5_E_NOSPC);
	fixture_end(&f);
}

static void the_irs_answers_in_its_frames(void **state)
{
	struct fixture f;
	struct device d;

	start(&f, &d);
	mov(&f, 5, IRS_BASE + GIC5_IRS_IDR5);
	ldr(&f, 2, 6, 5);
	store_result(&f, 0, 6);
	mov(&f, 5, IRS_BASE + GIC5_IRS_PE_SELR);
	mov(&f, 6, 0);
	str(&f, 2, 6, 5);
	mov(&f, 5, IRS_BASE + GIC5_IRS_PE_STATUSR);
	ldr(&f, 2, 6, 5);
	store_result(&f, 1, 6);
	mov(&f, 5, IRS_BASE + 0x1fff8); /* the end of the SETLPI frame */
	ldr(&f, 3, 6, 5);
	store_result(&f, 2, 6);
	power_off(&f);
	boot(&f);
	assert_int_equal(result(&f, 0), 32);
	assert_int_equal(result(&f, 1), 7);
	assert_int_equal(result(&f, 2), 0);
	fixture_end(&f);
}

/* A pair has no syndrome; on a device it is two accesses, on the IRS an abort, as KVM does. */
static void pairs_are_two_accesses_on_devices_and_an_abort_on_the_irs(void **state)
{
	struct fixture f;
	struct device d;

	start(&f, &d);
	catch_exceptions(&f);
	mov(&f, 5, DEVICE + 0x10);
	put(&f, 0xa94018a7); /* LDP X7, X6, [X5] */
	store_result(&f, 0, 6);
	mov(&f, 5, IRS_BASE);
	put(&f, 0xa94018a7);
	power_off(&f);
	boot(&f);
	assert_int_equal(d.reads, 2);
	assert_int_equal(d.offset, 0x18);
	assert_true(result(&f, 0) == PATTERN);
	assert_int_equal(result(&f, 10) >> 26, 0x25);
	fixture_end(&f);
}

/* The program counter somewhere without memory: the guest gets an abort each time, for ever. */
static void a_guest_that_runs_nowhere_can_be_stopped(void **state)
{
	struct fixture f;
	struct device d;

	start(&f, &d);
	vm_stop(f.vm, 1);
	assert_int_equal(run(&f).kind, VM_EVENT_STOP);
	assert_int_equal(vm_vcpu_start(f.vm, 0, 0x20000000, 0), 0);
	vm_stop(f.vm, 5);
	assert_int_equal(run(&f).reason, 5);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_and_stores_of_each_size_reach_the_device),
		cmocka_unit_test(nothing_there_is_an_external_abort),
		cmocka_unit_test(an_access_across_the_end_of_a_region_is_an_abort),
		cmocka_unit_test(regions_may_not_overlap_anything),
		cmocka_unit_test(there_is_an_end_to_regions),
		cmocka_unit_test(the_irs_answers_in_its_frames),
		cmocka_unit_test(pairs_are_two_accesses_on_devices_and_an_abort_on_the_irs),
		cmocka_unit_test(a_guest_that_runs_nowhere_can_be_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
