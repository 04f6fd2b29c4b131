/* SPDX-License-Identifier: BSD-2-Clause */
/* PEs as threads: sharing, waiting, stopping from outside. ThreadSanitizer runs these as well. */
#include "vm_guests.h"

#include <pthread.h>
#include <unistd.h>

/* ThreadSanitizer makes a guest some thirty times slower. */
#if defined(__SANITIZE_THREAD__)
#define SCALED(count) ((count) / 10)
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SCALED(count) ((count) / 10)
#endif
#endif
#ifndef SCALED
#define SCALED(count) (count)
#endif

static void parallel_pes_run_more_vcpus_than_they_are(void **state)
{
	struct fixture f;

	fixture_start_parallel(&f, 2, 4);
	counting_guest(&f, 4, SCALED(50000));
	boot(&f);
	for (unsigned i = 1; i < 4; i++)
		assert_true(result(&f, i) >= SCALED(50000));
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
	counting_guest(&f, 4, SCALED(2000000));
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
	pthread_t thread;

	fixture_start_parallel(&f, 1, 1);
	vm_stop(f.vm, 1);
	vm_stop(f.vm, 2);
	assert_int_equal(run(&f).reason, 1);
	b(&f, RAM_BASE);
	assert_int_equal(vm_vcpu_start(f.vm, 0, RAM_BASE, 0), 0);
	vm_stop(f.vm, 3);
	assert_int_equal(run(&f).reason, 3);

	assert_int_equal(pthread_create(&thread, NULL, stop_soon, f.vm), 0);
	assert_int_equal(run(&f).reason, 42); /* this time it has run */
	pthread_join(thread, NULL);
	vm_stop(f.vm, 4);
	assert_int_equal(run(&f).reason, 4);
	fixture_end(&f);
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
		counting_guest(&f[i], 3, SCALED(100000));
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
		cmocka_unit_test(parallel_pes_run_more_vcpus_than_they_are),
		cmocka_unit_test(timers_wake_their_vcpus_in_parallel_mode),
		cmocka_unit_test(a_stopped_vm_goes_on_where_it_was),
		cmocka_unit_test(a_stop_at_rest_ends_the_next_run),
		cmocka_unit_test(two_vms_share_a_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
