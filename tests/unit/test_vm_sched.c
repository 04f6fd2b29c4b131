/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs on PEs in deterministic mode: sharing, waiting, stopping, going on; equal runs. */
#include "vm_guests.h"

/* ---- sharing ---- */

static void start_with_slices(struct fixture *f, unsigned pcpus, unsigned vcpus, unsigned slice_us)
{
	struct vm_host_config config = {.pcpus = pcpus,
					.deterministic = true,
					.instructions_per_tick = 4,
					.slice_us = slice_us};

	memset(f, 0, sizeof(*f));
	fixture_make(f, &config, vcpus);
}

static void more_vcpus_than_pes_share_them_fairly(void **state)
{
	struct fixture f;
	struct vm_stats stats;
	uint64_t least = UINT64_MAX;
	uint64_t most = 0;

	start_with_slices(&f, 2, 5, 20);
	counting_guest(&f, 5, 20000);
	boot(&f);
	for (unsigned i = 1; i < 5; i++) {
		least = result(&f, i) < least ? result(&f, i) : least;
		most = result(&f, i) > most ? result(&f, i) : most;
	}
	assert_in_range(least, 20000, 200000);
	assert_true(most <= 4 * least);
	vm_get_stats(f.vm, &stats);
	assert_true(stats.preemptions > 4);
	fixture_end(&f);
}

static void one_vcpu_alone_is_not_preempted(void **state)
{
	struct fixture f;
	struct vm_stats stats;

	start_with_slices(&f, 1, 1, 20);
	counting_guest(&f, 1, 1);
	mov(&f, 0, 0);
	f.at = RAM_BASE;
	mov(&f, 6, 200000);
	put(&f, 0xd10004c6); /* SUB X6, X6, #1 */
	cbnz(&f, 6, f.at - 4);
	power_off(&f);
	boot(&f);
	vm_get_stats(f.vm, &stats);
	assert_int_equal(stats.preemptions, 0);
	assert_int_equal(stats.exit_irq, 0);
	fixture_end(&f);
}

/* ---- waiting ---- */

static void time_jumps_while_everybody_waits(void **state)
{
	struct fixture f;
	struct vm_stats stats;

	fixture_start(&f, 1, 1);
	ticking_guest(&f, VM_COUNTER_HZ / 100, 100);
	boot(&f);
	assert_int_equal(result(&f, 0), 100);
	assert_int_equal(result(&f, 2), UINT64_C(0x12000001b));
	assert_in_range(result(&f, 3) - result(&f, 1), VM_COUNTER_HZ, VM_COUNTER_HZ + 100000);
	vm_get_stats(f.vm, &stats);
	assert_true(stats.instructions < 10000);
	assert_true(stats.blocks >= 100);
	fixture_end(&f);
}

/* One PE: vCPU 1 computes all the time, vCPU 0 sleeps and must still get its ticks in time. */
static void a_sleeper_wakes_beside_a_busy_vcpu(void **state)
{
	struct fixture f;

	fixture_start(&f, 1, 2);
	firmware(&f, PSCI_CPU_ON, 1, SECOND, 0);
	ticking_guest(&f, VM_COUNTER_HZ / 1000, 10);
	f.at = SECOND;
	b(&f, SECOND);
	boot(&f);
	assert_int_equal(result(&f, 0), 10);
	assert_in_range(result(&f, 3) - result(&f, 1), 10 * (VM_COUNTER_HZ / 1000),
			20 * (VM_COUNTER_HZ / 1000));
	fixture_end(&f);
}

static void nothing_to_wait_for_is_a_stall(void **state)
{
	struct fixture f;

	fixture_start(&f, 2, 1);
	put(&f, WFI);
	b(&f, RAM_BASE);
	assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
	assert_int_equal(run(&f).kind, VM_EVENT_STALLED);
	fixture_end(&f);
}

/* ---- determinism ---- */

struct trace {
	uint64_t hash;
	uint64_t count;
};

static void mix(struct trace *t, uint64_t value)
{
	t->hash = (t->hash ^ value) * UINT64_C(0x100000001b3);
}

static void note(void *opaque, uint64_t time, const struct gic5_event *e)
{
	struct trace *t = opaque;

	t->count++;
	mix(t, time);
	mix(t, e->kind);
	mix(t, e->intid);
	mix(t, (uint32_t)e->pe);
	mix(t, (uint32_t)e->vpe);
}

static struct trace traced_run(void)
{
	static const struct vm_host_ops ops = {.trace = note};
	struct trace t = {0};
	struct vm_host_config config = {.pcpus = 2,
					.deterministic = true,
					.instructions_per_tick = 4,
					.slice_us = 20,
					.ops = &ops,
					.opaque = &t};
	struct fixture f;

	memset(&f, 0, sizeof(f));
	fixture_make(&f, &config, 4);
	for (unsigned i = 1; i < 4; i++)
		firmware(&f, PSCI_CPU_ON, i, SECOND, 0);
	ticking_guest(&f, 5000, 50);
	f.at = SECOND;
	b(&f, SECOND);
	boot(&f);
	fixture_end(&f);
	return t;
}

static void two_deterministic_runs_have_the_same_trace(void **state)
{
	struct trace a = traced_run();
	struct trace b = traced_run();

	assert_true(a.count > 100);
	assert_int_equal(a.count, b.count);
	assert_true(a.hash == b.hash);
}

/* ---- stopping and going on ---- */

/* Stop after the n-th poll of the user's hook. */
struct stopper {
	struct vm *vm;
	unsigned left;
};

static uint64_t stop_by_poll(void *opaque, uint64_t now)
{
	struct stopper *s = opaque;

	if (s->left && !--s->left)
		vm_stop(s->vm, 0);
	return now + 200;
}

static const struct vm_host_ops stop_ops = {.poll = stop_by_poll};

/* What a snapshot of this guest, which has no GIC state, is made of. */
struct snapshot {
	struct vm_vcpu_state vcpu[4];
	struct vm_clock_state clock;
	char *ram;
};

static void take(struct fixture *f, struct snapshot *s)
{
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(vm_get_vcpu(f->vm, i, &s->vcpu[i]), 0);
	vm_get_clock(f->vm, &s->clock);
	s->ram = malloc(RAM_SIZE);
	memcpy(s->ram, f->ram, RAM_SIZE);
}

static void put_back(struct fixture *f, const struct snapshot *s)
{
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(vm_set_vcpu(f->vm, i, &s->vcpu[i]), 0);
	vm_set_clock(f->vm, &s->clock);
	memcpy(f->ram, s->ram, RAM_SIZE);
}

static void start_stoppable(struct fixture *f, struct stopper *s)
{
	struct vm_host_config config = {.pcpus = 2,
					.deterministic = true,
					.instructions_per_tick = 4,
					.slice_us = 20,
					.ops = &stop_ops,
					.opaque = s};

	memset(f, 0, sizeof(*f));
	fixture_make(f, &config, 4);
	s->vm = f->vm;
}

static void a_restored_vm_ends_as_the_one_that_went_on(void **state)
{
	for (unsigned polls = 2; polls < 40; polls += 9) {
		struct stopper s1 = {.left = polls};
		struct stopper s2 = {0};
		struct snapshot shot;
		struct fixture f1;
		struct fixture f2;

		start_stoppable(&f1, &s1);
		counting_guest(&f1, 4, 20000);
		vm_ram_written(f1.vm, RAM_BASE, RAM_SIZE);
		assert_int_equal(vm_vcpu_start(f1.vm, 0, RAM_BASE, 0), 0);
		assert_int_equal(run(&f1).kind, VM_EVENT_STOP);
		take(&f1, &shot);

		start_stoppable(&f2, &s2);
		put_back(&f2, &shot);
		assert_int_equal(run(&f1).kind, VM_EVENT_POWEROFF);
		assert_int_equal(run(&f2).kind, VM_EVENT_POWEROFF);
		assert_memory_equal(f1.ram, f2.ram, RAM_SIZE);
		assert_int_equal(vm_now(f1.vm), vm_now(f2.vm));
		free(shot.ram);
		fixture_end(&f1);
		fixture_end(&f2);
	}
}

static void states_that_do_not_fit_are_refused(void **state)
{
	struct fixture f;
	struct vm_vcpu_state s;

	fixture_start(&f, 2, 2);
	assert_int_equal(vm_get_vcpu(f.vm, 2, &s), -VGIC5_E_INVAL);
	assert_int_equal(vm_get_vcpu(f.vm, 0, &s), 0);
	assert_int_equal(vm_set_vcpu(f.vm, 2, &s), -VGIC5_E_INVAL);
	s.pe = 2;
	assert_int_equal(vm_set_vcpu(f.vm, 0, &s), -VGIC5_E_INVAL);
	s.pe = 1;
	s.powered = true;
	s.queue_place = 1;
	assert_int_equal(vm_set_vcpu(f.vm, 0, &s), 0);
	assert_int_equal(vm_set_vcpu(f.vm, 1, &s), -VGIC5_E_INVAL); /* the place is taken */
	s.queue_place = 2;
	s.cpu.pstate = 0x10; /* AArch32 */
	assert_int_equal(vm_set_vcpu(f.vm, 1, &s), -VGIC5_E_INVAL);
	fixture_end(&f);
}

static void a_state_cannot_change_what_el2_holds(void **state)
{
	struct fixture f;
	struct vm_vcpu_state before;
	struct vm_vcpu_state s;

	fixture_start(&f, 1, 2);
	assert_int_equal(vm_vcpu_start(f.vm, 1, RAM_BASE, 0), 0);
	assert_int_equal(vm_get_vcpu(f.vm, 1, &before), 0);
	s = before;
	s.cpu.reg[A64_R_HCR_EL2] = 0;
	s.cpu.reg[A64_R_CNTVOFF_EL2] = 1000;
	s.cpu.reg[A64_R_CNTHP_CTL_EL2] = 1;
	s.cpu.reg[A64_R_VMPIDR_EL2] = 0;
	s.cpu.reg[A64_R_TPIDR_EL1] = 77;
	assert_int_equal(vm_set_vcpu(f.vm, 1, &s), 0);
	assert_int_equal(vm_get_vcpu(f.vm, 1, &s), 0);
	assert_int_equal(s.cpu.reg[A64_R_TPIDR_EL1], 77);
	s.cpu.reg[A64_R_TPIDR_EL1] = before.cpu.reg[A64_R_TPIDR_EL1];
	assert_memory_equal(s.cpu.reg, before.cpu.reg, sizeof(s.cpu.reg));
	fixture_end(&f);
}

/* R1: the hardware refuses residency. The VM is dead, says so, and can be destroyed. */
static void a_refused_residency_ends_the_run_R1(void **state)
{
	for (unsigned parallel = 0; parallel < 2; parallel++) {
		struct fixture f;
		struct vm_event event;

		if (parallel)
			fixture_start_parallel(&f, 1, 1);
		else
			fixture_start(&f, 1, 1);
		b(&f, RAM_BASE);
		assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
		gic5_fail_residency(vm_host_gic5(f.host), 1);
		assert_int_equal(run(&f).kind, VM_EVENT_DEAD);
		assert_true(vgic5_vm_is_dead(vm_gic(f.vm)));
		assert_int_equal(vm_run(f.vm, &event), -VGIC5_E_IO);
		fixture_end(&f);
	}
}

static void a_vm_without_init_does_not_run(void **state)
{
	struct vgic5_create_device cd = {.type = VGIC5_DEV_TYPE_VGIC_V5};
	struct fixture f;
	struct vm_event event;

	fixture_start(&f, 1, 1);
	b(&f, RAM_BASE);
	assert_int_equal(vm_reset(f.vm), 0);
	assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
	assert_int_equal(vgic5_create_device(vm_gic(f.vm), &cd), 0);
	assert_int_equal(vm_run(f.vm, &event), -VGIC5_E_BUSY);
	fixture_end(&f);
}

static void hosts_that_cannot_be_are_refused(void **state)
{
	struct vm_host_config config = {.deterministic = true, .instructions_per_tick = 4};
	struct vm_host *host;
	const char *why = NULL;

	assert_int_equal(vm_host_create(&config, &host, &why), -VGIC5_E_INVAL);
	assert_non_null(why);
	config.pcpus = VM_MAX_PCPUS + 1;
	assert_int_equal(vm_host_create(&config, &host, &why), -VGIC5_E_INVAL);
	config.pcpus = 1;
	config.deterministic = false; /* and no clock */
	assert_int_equal(vm_host_create(&config, &host, NULL), -VGIC5_E_INVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_vcpus_than_pes_share_them_fairly),
		cmocka_unit_test(one_vcpu_alone_is_not_preempted),
		cmocka_unit_test(time_jumps_while_everybody_waits),
		cmocka_unit_test(a_sleeper_wakes_beside_a_busy_vcpu),
		cmocka_unit_test(nothing_to_wait_for_is_a_stall),
		cmocka_unit_test(two_deterministic_runs_have_the_same_trace),
		cmocka_unit_test(a_restored_vm_ends_as_the_one_that_went_on),
		cmocka_unit_test(states_that_do_not_fit_are_refused),
		cmocka_unit_test(a_state_cannot_change_what_el2_holds),
		cmocka_unit_test(a_refused_residency_ends_the_run_R1),
		cmocka_unit_test(a_vm_without_init_does_not_run),
		cmocka_unit_test(hosts_that_cannot_be_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
