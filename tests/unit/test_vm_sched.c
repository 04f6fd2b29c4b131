/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs on PEs: sharing, waiting, stopping, going on; and that deterministic runs are. */
#include "vm_fixture.h"

#include <pthread.h>
#include <unistd.h>

#define SECOND    (RAM_BASE + 0x1000)
#define CNTV_TVAL GIC5_ENC(3, 3, 14, 3, 0)
#define CNTV_CTL  GIC5_ENC(3, 3, 14, 3, 1)
#define CNTVCT    GIC5_ENC(3, 3, 14, 0, 2)

/* ---- guests ---- */

/*
 * vCPU 0 starts all others. Each counts in its own result; the one that is the first to see all counts
 * at @goal is vCPU 0, which powers off.
 */
static void counting_guest(struct fixture *f, unsigned vcpus, uint64_t goal)
{
	uint64_t loop;

	for (unsigned i = 1; i < vcpus; i++)
		firmware(f, PSCI_CPU_ON, i, SECOND, i);
	mov(f, 9, goal);
	loop = f->at;
	mov(f, 5, RESULTS);
	ldr(f, 3, 6, 5);
	add(f, 6, 6, 1);
	str(f, 3, 6, 5);
	for (unsigned i = 1; i < vcpus; i++) {
		add(f, 5, 5, 8);
		ldr(f, 3, 6, 5);
		put(f, 0xcb0900c6); /* SUB X6, X6, X9 */
		put(f, 0xd37ffcc6); /* LSR X6, X6, #63: 1 if below */
		cbnz(f, 6, loop);
	}
	power_off(f);

	f->at = SECOND; /* X0: number */
	mov(f, 5, RESULTS);
	put(f, 0x8b000ca5); /* ADD X5, X5, X0, LSL #3 */
	loop = f->at;
	ldr(f, 3, 6, 5);
	add(f, 6, 6, 1);
	str(f, 3, 6, 5);
	b(f, loop);
}

static void open_interface(struct fixture *f, uint64_t ppis)
{
	mov(f, 1, 31);
	msr(f, GIC5_ICC_PCR_EL1, 1);
	mov(f, 1, 1);
	msr(f, GIC5_ICC_CR0_EL1, 1);
	mov(f, 1, ppis);
	msr(f, GIC5_ICC_PPI_ENABLER0_EL1, 1);
	put(f, ISB);
}

/* @ticks timer interrupts, each waited for with WFI, acknowledged, dropped and deactivated. */
static void ticking_guest(struct fixture *f, uint64_t period, uint64_t ticks)
{
	uint64_t loop;

	open_interface(f, UINT64_C(1) << 27);
	mrs(f, 20, CNTVCT);
	store_result(f, 1, 20);
	mov(f, 19, ticks);
	mov(f, 21, 0);
	loop = f->at;
	mov(f, 1, period);
	msr(f, CNTV_TVAL, 1);
	mov(f, 1, 1);
	msr(f, CNTV_CTL, 1);
	put(f, WFI);
	put(f, 0xd528c300 | 22); /* GICR X22, CDIA */
	store_result(f, 2, 22);
	mov(f, 1, 0);
	msr(f, CNTV_CTL, 1);
	put(f, ISB);
	put(f, 0xd508c1e0); /* GIC CDEOI, X0 */
	put(f, 0xd508c200 | 22);
	cbz(f, 22, f->at + 8); /* nothing acknowledged does not count */
	add(f, 21, 21, 1);
	store_result(f, 0, 21);
	put(f, 0xcb150276); /* SUB X22, X19, X21 */
	cbnz(f, 22, loop);
	mrs(f, 20, CNTVCT);
	store_result(f, 3, 20);
	power_off(f);
}

/* ---- sharing ---- */

static void start_with_slices(struct fixture *f, unsigned pcpus, unsigned vcpus, unsigned slice_us)
{
	struct vm_host_config config = {
		.pcpus = pcpus, .deterministic = true, .slice_us = slice_us};

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

static void parallel_pes_run_more_vcpus_than_they_are(void **state)
{
	struct fixture f;

	fixture_start_parallel(&f, 2, 4);
	counting_guest(&f, 4, 50000);
	boot(&f);
	for (unsigned i = 1; i < 4; i++)
		assert_true(result(&f, i) >= 50000);
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

static void timers_wake_their_vcpus_in_parallel_mode(void **state)
{
	struct fixture f;

	fixture_start_parallel(&f, 1, 1);
	ticking_guest(&f, VM_COUNTER_HZ / 1000, 20);
	boot(&f);
	assert_int_equal(result(&f, 0), 20);
	assert_true(result(&f, 3) - result(&f, 1) >= 20 * (VM_COUNTER_HZ / 1000));
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
	struct vm_host_config config = {
		.pcpus = 2, .deterministic = true, .slice_us = 20, .ops = &ops, .opaque = &t};
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

static void *stop_soon(void *arg)
{
	usleep(2000);
	vm_stop(arg, 42);
	return NULL;
}

static void a_stopped_vm_goes_on_where_it_was(void **state)
{
	struct fixture f;
	struct vm_event event;
	unsigned stops = 0;

	fixture_start_parallel(&f, 2, 4);
	counting_guest(&f, 4, 2000000);
	vm_ram_written(f.vm, RAM_BASE, RAM_SIZE);
	assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
	do {
		pthread_t thread;
		uint64_t now;

		assert_int_equal(pthread_create(&thread, NULL, stop_soon, f.vm), 0);
		event = run(&f);
		pthread_join(thread, NULL);
		if (event.kind != VM_EVENT_STOP)
			break;
		assert_int_equal(event.reason, 42);
		now = vm_now(f.vm);
		usleep(100);
		assert_int_equal(vm_now(f.vm), now); /* at rest */
		stops++;
	} while (stops < 10);
	assert_true(stops > 0);
	while (event.kind == VM_EVENT_STOP) /* the last stop may have come late */
		event = run(&f);
	assert_int_equal(event.kind, VM_EVENT_POWEROFF);
	fixture_end(&f);
}

static void a_stop_at_rest_ends_the_next_run(void **state)
{
	struct fixture f;

	fixture_start_parallel(&f, 1, 1);
	vm_stop(f.vm, 1);
	vm_stop(f.vm, 2);
	assert_int_equal(run(&f).reason, 1);
	b(&f, RAM_BASE);
	assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
	vm_stop(f.vm, 3);
	assert_int_equal(run(&f).reason, 3);
	fixture_end(&f);
}

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
	struct vm_host_config config = {
		.pcpus = 2, .deterministic = true, .slice_us = 20, .ops = &stop_ops, .opaque = s};

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
	struct vm_host_config config = {.deterministic = true};
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

/* Several VMs on the PEs of one host, each run by its own thread. */
static void *run_to_the_end(void *arg)
{
	struct vm_event event;

	assert_int_equal(vm_run(arg, &event), 0);
	assert_int_equal(event.kind, VM_EVENT_POWEROFF);
	return NULL;
}

static void two_vms_share_a_host(void **state)
{
	struct fixture f[2];
	pthread_t thread[2];
	static const struct vm_config config;

	fixture_start_parallel(&f[0], 2, 3);
	memset(&f[1], 0, sizeof(f[1]));
	f[1].host = f[0].host;
	assert_int_equal(vm_create(f[1].host, &config, &f[1].vm), 0);
	f[1].ram = aligned_alloc(4096, RAM_SIZE);
	memset(f[1].ram, 0, RAM_SIZE);
	assert_int_equal(vm_add_ram(f[1].vm, RAM_BASE, RAM_SIZE, f[1].ram), 0);
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(vm_add_vcpu(f[1].vm, i, i), 0);
	f[1].at = RAM_BASE;
	fixture_gic(&f[1]);
	for (unsigned i = 0; i < 2; i++) {
		counting_guest(&f[i], 3, 100000);
		assert_int_equal(vm_vcpu_start(f[i].vm, 0, RAM_BASE, 0), 0);
		pthread_create(&thread[i], NULL, run_to_the_end, f[i].vm);
	}
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	assert_int_equal(vm_destroy(f[1].vm), 0);
	free(f[1].ram);
	fixture_end(&f[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(more_vcpus_than_pes_share_them_fairly),
		cmocka_unit_test(one_vcpu_alone_is_not_preempted),
		cmocka_unit_test(parallel_pes_run_more_vcpus_than_they_are),
		cmocka_unit_test(time_jumps_while_everybody_waits),
		cmocka_unit_test(timers_wake_their_vcpus_in_parallel_mode),
		cmocka_unit_test(a_sleeper_wakes_beside_a_busy_vcpu),
		cmocka_unit_test(nothing_to_wait_for_is_a_stall),
		cmocka_unit_test(two_deterministic_runs_have_the_same_trace),
		cmocka_unit_test(a_stopped_vm_goes_on_where_it_was),
		cmocka_unit_test(a_stop_at_rest_ends_the_next_run),
		cmocka_unit_test(a_restored_vm_ends_as_the_one_that_went_on),
		cmocka_unit_test(states_that_do_not_fit_are_refused),
		cmocka_unit_test(a_state_cannot_change_what_el2_holds),
		cmocka_unit_test(a_refused_residency_ends_the_run_R1),
		cmocka_unit_test(a_vm_without_init_does_not_run),
		cmocka_unit_test(hosts_that_cannot_be_are_refused),
		cmocka_unit_test(two_vms_share_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
