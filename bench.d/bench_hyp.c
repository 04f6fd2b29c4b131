/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of the hypervisor library over the hardware model. Each result is a JSON object on a line.
 *
 *	bench_hyp [rounds]		rounds of each timing, default 7; the median counts
 *
 * world_switch  EL2 system register accesses, barriers and MMIO accesses per entry and exit, as the sim
 *		 port counts them, by case
 * entry_exit, spi_inject, ipi, doorbell_wake	ns and, where the machine lets us count them, instructions
 * vm_create	INIT and teardown by number of vCPUs
 * memory	bytes per VM, vCPU and SPI, by difference
 * spi_rate	injections per second from one and from two threads, SPIs of their own
 */
#include <linux/perf_event.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "hyp_fixture.h"

#define MAX_ROUNDS 31
#define CYCLES     20000u

static struct hyp_fixture fx;
static struct test_vm t;
static unsigned rounds = 7;
static int perf_fd = -1;

/* ---- measuring ---- */

/* Times are CPU time, so that a busy machine does not show; rates of threads are by the wall clock. */
static uint64_t now_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void open_counter(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};

	perf_fd = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
}

static uint64_t instructions(void)
{
	uint64_t value = 0;

	if (perf_fd < 0 || read(perf_fd, &value, sizeof(value)) != sizeof(value))
		return 0;
	return value;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_result(const char *name, const char *params, const char *unit, double *values,
			 unsigned count)
{
	qsort(values, count, sizeof(*values), by_size);
	printf("{\"name\":\"%s\",\"params\":{%s},\"unit\":\"%s\",\"median\":%.6g,\"min\":%.6g,"
	       "\"max\":%.6g}\n",
	       name, params, unit, values[count / 2], values[0], values[count - 1]);
	fflush(stdout);
}

static void print_number(const char *name, const char *params, const char *unit, double value)
{
	print_result(name, params, unit, &value, 1);
}

/* Time @body, @cycles times, in rounds; per cycle. */
static void time_it(const char *name, const char *params, void (*body)(void), unsigned cycles)
{
	double ns[MAX_ROUNDS];
	double insns[MAX_ROUNDS];

	for (unsigned r = 0; r < rounds; r++) {
		const uint64_t i0 = instructions();
		const uint64_t t0 = now_ns(CLOCK_THREAD_CPUTIME_ID);

		for (unsigned i = 0; i < cycles; i++)
			body();
		ns[r] = (double)(now_ns(CLOCK_THREAD_CPUTIME_ID) - t0) / cycles;
		insns[r] = (double)(instructions() - i0) / cycles;
	}
	print_result(name, params, "ns", ns, rounds);
	if (perf_fd >= 0)
		print_result(name, params, "instructions", insns, rounds);
}

/* ---- the world that is measured ---- */

static void start(uint32_t vcpus)
{
	fx_init(&fx);
	fx.cfg.strict = false;
	fx.port_cfg.check_references = false;
	fx_start(&fx);
	vm_make(&fx, &t, vcpus);
	g_irs_on(&t);
	g_lpis(&t, 10);
	for (uint32_t v = 0; v < vcpus && v < 2; v++) {
		enter(&t, v, v);
		g_cpu_up(&t, v);
		g_setup(&t, v, SPI(1 + v), 8, v);
		g_setup(&t, v, LPI(1 + v), 8, v);
		g_msr(&t, v, GIC5_ICC_PPI_ENABLER0_EL1, ~UINT64_C(0));
		leave(&t, v);
		enter(&t, v, v);
		leave(&t, v);
	}
}

static void stop(void)
{
	vm_end(&t);
	fx_stop(&fx);
}

/* ---- world_switch: counts ---- */

static struct port_sim_counts total(void)
{
	struct port_sim_counts sum = {0};
	struct port_sim_counts c = {0};

	port_sim_mmio_counts(fx.port, &sum);
	for (uint32_t i = 0; i < fx.pes; i++) {
		port_sim_pe_counts(fx.ppe[i], &c);
		sum.sysreg_reads += c.sysreg_reads;
		sum.sysreg_writes += c.sysreg_writes;
		sum.barriers += c.barriers;
		sum.insns += c.insns;
	}
	return sum;
}

static void count_case(const char *name, void (*body)(void))
{
	const struct port_sim_counts before = total();
	struct port_sim_counts after;
	char params[64];

	body();
	after = total();
	snprintf(params, sizeof(params), "\"case\":\"%s\"", name);
	print_number("world_switch", params, "sysregs",
		     (double)(after.sysreg_reads + after.sysreg_writes - before.sysreg_reads -
			      before.sysreg_writes));
	print_number("world_switch", params, "barriers",
		     (double)(after.barriers - before.barriers));
	print_number("world_switch", params, "mmio",
		     (double)(after.mmio_reads + after.mmio_writes - before.mmio_reads -
			      before.mmio_writes));
}

static void enter_and_leave(void)
{
	vgic5_vcpu_load(t.vcpu[0], fx.pe[0]);
	vgic5_vcpu_flush(t.vcpu[0]);
	vgic5_vcpu_sync(t.vcpu[0]);
}

static void put_other_and_enter(void)
{
	vgic5_vcpu_put(t.vcpu[1], false);
	enter_and_leave();
}

static void ppi_then_enter(void)
{
	vgic5_inject_ppi(t.vcpu[0], GIC5_PPI_SW, true, NULL);
	enter_and_leave();
}

static void take_ppi(void)
{
	vgic5_vcpu_flush(t.vcpu[0]);
	g_expect(&t, 0, PPI(GIC5_PPI_SW));
	vgic5_vcpu_sync(t.vcpu[0]);
}

static void sleep_and_wake(void)
{
	vgic5_vcpu_put(t.vcpu[0], true);
	vgic5_inject_spi(t.vm, fx.service, 1, true, NULL);
	enter_and_leave();
}

static void take_spi(void)
{
	vgic5_vcpu_flush(t.vcpu[0]);
	g_expect(&t, 0, SPI(1));
	vgic5_vcpu_sync(t.vcpu[0]);
	fx_dispatch_all(&fx);
}

static void count_world_switches(void)
{
	start(2);
	vgic5_vcpu_put(t.vcpu[0], false);
	vgic5_vcpu_put(t.vcpu[1], false);
	vgic5_pe_forget(fx.pe[0]);
	vgic5_vcpu_load(t.vcpu[1], fx.pe[0]); /* takes the PE's set-up upon itself */
	vgic5_vcpu_put(t.vcpu[1], false);
	vgic5_pe_destroy(fx.pe[0]);
	vgic5_pe_create(fx.host, fx.ppe[0], &fx.pe[0]);
	count_case("first entry", enter_and_leave);
	count_case("nothing changed", enter_and_leave);
	count_case("one PPI pending", ppi_then_enter);
	take_ppi();
	vgic5_vcpu_put(t.vcpu[0], false);
	vgic5_vcpu_load(t.vcpu[1], fx.pe[0]);
	vgic5_vcpu_flush(t.vcpu[1]);
	vgic5_vcpu_sync(t.vcpu[1]);
	count_case("after another vCPU ran", put_other_and_enter);
	count_case("WFI sleep and doorbell wake", sleep_and_wake);
	take_spi();
	stop();
}

/* ---- times ---- */

static void inject_edge(void)
{
	vgic5_inject_spi(t.vm, fx.service, 1, true, NULL);
}

/* vCPU 0 sends vCPU 1, loaded on the other PE, an LPI, and that takes it. */
static void ipi(void)
{
	g_sys(&t, 0, GIC5_CDPEND, LPI(2) | GIC5_PUT(CDPEND_PENDING, 1));
	g_done(&t, 1, g_ack(&t, 1));
}

static void doorbell_wake(void)
{
	vgic5_vcpu_put(t.vcpu[0], true);
	vgic5_inject_spi(t.vm, fx.service, 1, true, NULL);
	vgic5_gic_dispatch(fx.gic, fx.ppe[0]);
	if (!vgic5_vcpu_pending(t.vcpu[0]))
		abort();
	vgic5_vcpu_load(t.vcpu[0], fx.pe[0]);
	vgic5_vcpu_flush(t.vcpu[0]);
	g_done(&t, 0, g_ack(&t, 0));
	vgic5_vcpu_sync(t.vcpu[0]);
}

static void switch_vcpus(void)
{
	vgic5_vcpu_put(t.vcpu[0], false);
	enter_and_leave();
}

static void measure_times(void)
{
	start(2);
	time_it("entry_exit", "\"case\":\"nothing changed\"", enter_and_leave, CYCLES);
	time_it("entry_exit", "\"case\":\"put and load\"", switch_vcpus, CYCLES);
	time_it("spi_inject", "", inject_edge, CYCLES);
	take_spi();
	time_it("doorbell_wake", "", doorbell_wake, CYCLES);
	vgic5_vcpu_flush(t.vcpu[0]);
	vgic5_vcpu_flush(t.vcpu[1]);
	time_it("ipi", "", ipi, CYCLES);
	stop();
}

/* ---- VMs ---- */

static uint32_t vm_vcpus;

static void make_and_end(void)
{
	static struct test_vm vm;

	vm_config(&fx, &vm);
	vm_create(&fx, &vm, vm_vcpus);
	vm_device(&vm);
	vm_set_base(&vm, FX_IRS_GPA);
	vm_do_init(&vm);
	vgic5_vm_destroy(vm.vm);
}

static void measure_vms(void)
{
	const uint32_t sizes[] = {1, 64, 512};
	char params[64];

	fx_init(&fx);
	fx.cfg.strict = false;
	fx.port_cfg.check_references = false;
	fx_start(&fx);
	for (unsigned i = 0; i < 3; i++) {
		vm_vcpus = sizes[i];
		snprintf(params, sizeof(params), "\"vcpus\":%u", vm_vcpus);
		make_and_end();
		time_it("vm_create", params, make_and_end, 2000 / vm_vcpus);
	}
	fx_stop(&fx);
}

static double bytes_of(uint32_t vcpus, uint32_t spis)
{
	static struct test_vm vm;
	struct port_sim_usage before;
	struct port_sim_usage after;

	port_sim_usage(fx.port, &before);
	vm_config(&fx, &vm);
	vm_create(&fx, &vm, vcpus);
	vm_device(&vm);
	vm_set_nr(&vm, spis);
	vm_do_init(&vm);
	port_sim_usage(fx.port, &after);
	vgic5_vm_destroy(vm.vm);
	return (double)(after.object_bytes - before.object_bytes + after.table_bytes -
			before.table_bytes);
}

static void measure_memory(void)
{
	double base = 0;

	fx_init(&fx);
	fx.cfg.strict = false;
	fx_start(&fx);
	bytes_of(512, 1024); /* tables that stay with the host */
	base = bytes_of(1, 32);
	print_number("memory", "\"per\":\"VM\"", "bytes", base);
	print_number("memory", "\"per\":\"vCPU\"", "bytes", (bytes_of(129, 32) - base) / 128);
	print_number("memory", "\"per\":\"SPI\"", "bytes", (bytes_of(1, 1024) - base) / 992);
	fx_stop(&fx);
}

/* ---- injection from threads ---- */

struct thread {
	pthread_t id;
	uint32_t spi;
	struct port_pe *pe;
};

static void *inject_many(void *opaque)
{
	const struct thread *thread = opaque;

	for (unsigned i = 0; i < 10 * CYCLES; i++)
		vgic5_inject_spi(t.vm, thread->pe, thread->spi, true, NULL);
	return NULL;
}

static void measure_rate(unsigned threads)
{
	struct thread thread[2];
	double rate[MAX_ROUNDS];
	char params[64];

	for (unsigned r = 0; r < rounds; r++) {
		const uint64_t t0 = now_ns(CLOCK_MONOTONIC);

		for (unsigned i = 0; i < threads; i++) {
			thread[i] = (struct thread){.spi = 8 + 16 * i, .pe = fx.ppe[i]};
			pthread_create(&thread[i].id, NULL, inject_many, &thread[i]);
		}
		for (unsigned i = 0; i < threads; i++)
			pthread_join(thread[i].id, NULL);
		rate[r] = 1e9 * 10 * CYCLES * threads / (double)(now_ns(CLOCK_MONOTONIC) - t0);
	}
	snprintf(params, sizeof(params), "\"threads\":%u", threads);
	print_result("spi_rate", params, "1/s", rate, rounds);
}

static void measure_rates(void)
{
	start(2);
	vm_stop(&t);
	measure_rate(1);
	measure_rate(2);
	stop();
}

int main(int argc, char **argv)
{
	if (argc > 1)
		rounds = (unsigned)strtoul(argv[1], NULL, 10);
	if (rounds == 0 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "bench_hyp: rounds must be 1 to %d\n", MAX_ROUNDS);
		return 2;
	}
	open_counter();
	count_world_switches();
	measure_times();
	measure_vms();
	measure_memory();
	measure_rates();
	return 0;
}
