/* SPDX-License-Identifier: BSD-2-Clause */
/* Firmware calls as a guest sees them. */
#include "vm_fixture.h"

#define SECOND (RAM_BASE + 0x1000) /* entry of a second vCPU */

#define SUCCESS            UINT64_C(0)
#define NOT_SUPPORTED      UINT64_MAX
#define INVALID_PARAMETERS (UINT64_MAX - 1)
#define ALREADY_ON         (UINT64_MAX - 3)
#define INVALID_ADDRESS    (UINT64_MAX - 8)

/* One call on a fresh machine of two vCPUs. returns: X0 */
static uint64_t call(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
	struct fixture f;
	uint64_t value;

	fixture_start(&f, 1, 2);
	firmware(&f, fn, a1, a2, a3);
	store_result(&f, 0, 0);
	power_off(&f);
	boot(&f);
	value = result(&f, 0);
	fixture_end(&f);
	return value;
}

static void versions_are_psci_1_1_and_smccc_1_1(void **state)
{
	assert_int_equal(call(PSCI_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(0x80000000, 0, 0, 0), 0x10001);
}

static void there_is_no_trusted_os_to_migrate(void **state)
{
	assert_int_equal(call(0x84000006, 0, 0, 0), 2);
}

static void features_are_what_is_served(void **state)
{
	static const uint32_t served[] = {0x80000000, 0x84000000, 0x84000001, 0xc4000001,
					  0x84000002, 0x84000003, 0xc4000003, 0x84000004,
					  0xc4000004, 0x84000006, 0x84000008, 0x84000009,
					  0x8400000a, 0x84000012, 0xc4000012};
	static const uint32_t absent[] = {0x84000005, 0xc4000005, 0x84000007, 0x8400000b,
					  0x8400000e, 0xc400000e, 0x84000013, 0};

	for (unsigned i = 0; i < sizeof(served) / sizeof(served[0]); i++)
		assert_int_equal(call(PSCI_FEATURES, served[i], 0, 0), SUCCESS);
	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		assert_int_equal(call(PSCI_FEATURES, absent[i], 0, 0), NOT_SUPPORTED);
}

static void unknown_functions_are_not_supported(void **state)
{
	assert_int_equal(call(0x84000013, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(call(0xc4000000, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(call(0, 0, 0, 0), NOT_SUPPORTED);
	assert_int_equal(call(UINT64_MAX, 0, 0, 0), NOT_SUPPORTED);
}

static void cpu_on_refuses_what_is_not_there(void **state)
{
	assert_int_equal(call(PSCI_CPU_ON, 7, SECOND, 0), INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_CPU_ON, UINT64_C(1) << 32 | 1, SECOND, 0), INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_CPU_ON, 1, 0x1000, 0), INVALID_ADDRESS);
	assert_int_equal(call(PSCI_CPU_ON, 1, SECOND + 2, 0), INVALID_ADDRESS);
	assert_int_equal(call(PSCI_CPU_ON, 0, SECOND, 0), ALREADY_ON);
	assert_int_equal(call(PSCI_CPU_ON, 0, 0, 0), ALREADY_ON);
}

static void the_32_bit_call_ignores_the_upper_halves(void **state)
{
	assert_int_equal(call(0x84000003, UINT64_C(7) << 32, SECOND, 0), ALREADY_ON);
}

static void affinity_info_tells_on_from_off(void **state)
{
	assert_int_equal(call(PSCI_AFFINITY_INFO, 0, 0, 0), 0);
	assert_int_equal(call(PSCI_AFFINITY_INFO, 1, 0, 0), 1);
	assert_int_equal(call(PSCI_AFFINITY_INFO, 2, 0, 0), INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_AFFINITY_INFO, 0xff, 1, 0), 0); /* the cluster is on */
	assert_int_equal(call(PSCI_AFFINITY_INFO, 0, 4, 0), INVALID_PARAMETERS);
}

static void cpu_on_starts_a_cpu_at_its_entry_with_its_context(void **state)
{
	struct fixture f;
	uint64_t loop;

	fixture_start(&f, 1, 2);
	firmware(&f, PSCI_CPU_ON, 1, SECOND, 0x1234);
	store_result(&f, 0, 0);
	loop = f.at; /* wait for the other one's sign */
	mov(&f, 5, RESULTS + 16);
	ldr(&f, 3, 6, 5);
	cbz(&f, 6, loop);
	power_off(&f);

	f.at = SECOND;
	store_result(&f, 1, 0);
	mrs(&f, 7, GIC5_ENC(3, 0, 0, 0, 5)); /* MPIDR_EL1 */
	store_result(&f, 3, 7);
	mov(&f, 6, 1);
	store_result(&f, 2, 6);
	put(&f, WFI);
	b(&f, f.at - 4);
	boot(&f);
	assert_int_equal(result(&f, 0), SUCCESS);
	assert_int_equal(result(&f, 1), 0x1234);
	assert_int_equal(result(&f, 3) & 0xffffff, 1);
	fixture_end(&f);
}

/* Off and on again: the second start is as fresh as the first. */
static void cpu_off_makes_room_for_another_cpu_on(void **state)
{
	struct fixture f;
	uint64_t again;
	uint64_t loop;

	fixture_start(&f, 1, 2);
	mov(&f, 20, 3); /* rounds */
	again = f.at;
	mov_reg(&f, 3, 20);
	mov(&f, 1, 1);
	mov(&f, 2, SECOND);
	mov(&f, 0, PSCI_CPU_ON);
	put(&f, HVC);
	store_result(&f, 0, 0);
	loop = f.at; /* until it is off */
	firmware(&f, PSCI_AFFINITY_INFO, 1, 0, 0);
	cbz(&f, 0, loop);
	put(&f, 0xd1000400 | 20 << 5 | 20); /* SUB X20, X20, #1 */
	cbnz(&f, 20, again);
	power_off(&f);

	f.at = SECOND; /* results[1] += context */
	mov(&f, 5, RESULTS + 8);
	ldr(&f, 3, 6, 5);
	put(&f, 0x8b0000c6); /* ADD X6, X6, X0 */
	str(&f, 3, 6, 5);
	firmware(&f, PSCI_CPU_OFF, 0, 0, 0);
	boot(&f);
	assert_int_equal(result(&f, 0), SUCCESS);
	assert_int_equal(result(&f, 1), 3 + 2 + 1);
	fixture_end(&f);
}

static void system_reset_ends_the_run_and_the_machine_starts_anew(void **state)
{
	struct fixture f;
	struct vm_event event;

	fixture_start(&f, 1, 2);
	firmware(&f, PSCI_SYSTEM_RESET, 0, 0, 0);
	vm_ram_written(f.vm, RAM_BASE, RAM_SIZE);
	for (unsigned round = 0; round < 3; round++) {
		assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
		event = run(&f);
		assert_int_equal(event.kind, VM_EVENT_RESET);
		assert_int_equal(event.vcpu, 0);
		assert_int_equal(vm_reset(f.vm), 0);
		fixture_gic(&f);
	}
	fixture_end(&f);
}

/* There is no EL3. */
static void smc_is_undefined(void **state)
{
	struct fixture f;

	fixture_start(&f, 1, 1);
	mov(&f, 1, VECTORS);
	msr(&f, GIC5_ENC(3, 0, 12, 0, 0), 1); /* VBAR_EL1 */
	mov(&f, 0, PSCI_VERSION);
	put(&f, SMC);
	power_off(&f);
	f.at = VECTORS + 0x200;              /* synchronous, current EL */
	mrs(&f, 4, GIC5_ENC(3, 0, 5, 2, 0)); /* ESR_EL1 */
	store_result(&f, 0, 4);
	power_off(&f);
	boot(&f);
	assert_int_equal(result(&f, 0) >> 26, 0);
	assert_int_not_equal(result(&f, 0), 0); /* IL */
	fixture_end(&f);
}

static void cpu_suspend_returns_success_when_a_timer_fires(void **state)
{
	struct fixture f;

	fixture_start(&f, 1, 1);
	/* Priorities are 0 after reset: PPI 27 enabled, mask open, interface enabled. */
	mov(&f, 1, 31);
	msr(&f, GIC5_ICC_PCR_EL1, 1);
	mov(&f, 1, 1);
	msr(&f, GIC5_ICC_CR0_EL1, 1);
	mov(&f, 1, UINT64_C(1) << 27);
	msr(&f, GIC5_ICC_PPI_ENABLER0_EL1, 1);
	mov(&f, 1, 100000);
	msr(&f, GIC5_ENC(3, 3, 14, 3, 0), 1); /* CNTV_TVAL_EL0 */
	mov(&f, 1, 1);
	msr(&f, GIC5_ENC(3, 3, 14, 3, 1), 1);  /* CNTV_CTL_EL0 */
	mrs(&f, 20, GIC5_ENC(3, 3, 14, 0, 2)); /* CNTVCT_EL0 */
	store_result(&f, 1, 20);
	firmware(&f, 0xc4000001, 0, 0, 0);
	store_result(&f, 0, 0);
	mrs(&f, 20, GIC5_ENC(3, 3, 14, 0, 2));
	store_result(&f, 2, 20);
	power_off(&f);
	boot(&f);
	assert_int_equal(result(&f, 0), SUCCESS);
	assert_in_range(result(&f, 2) - result(&f, 1), 99000, 101000);
	fixture_end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_psci_1_1_and_smccc_1_1),
		cmocka_unit_test(there_is_no_trusted_os_to_migrate),
		cmocka_unit_test(features_are_what_is_served),
		cmocka_unit_test(unknown_functions_are_not_supported),
		cmocka_unit_test(cpu_on_refuses_what_is_not_there),
		cmocka_unit_test(the_32_bit_call_ignores_the_upper_halves),
		cmocka_unit_test(affinity_info_tells_on_from_off),
		cmocka_unit_test(cpu_on_starts_a_cpu_at_its_entry_with_its_context),
		cmocka_unit_test(cpu_off_makes_room_for_another_cpu_on),
		cmocka_unit_test(system_reset_ends_the_run_and_the_machine_starts_anew),
		cmocka_unit_test(smc_is_undefined),
		cmocka_unit_test(cpu_suspend_returns_success_when_a_timer_fires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
