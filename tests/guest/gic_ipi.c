/* SPDX-License-Identifier: BSD-2-Clause */
/* Inter-processor interrupts by LPI between two CPUs: none lost, and how long a round trip takes. */
#include "lib/gic.h"
#include "lib/mmu.h"

#define ROUNDS 2000

static struct tables low;
static uint64_t iaffid[2];
static _Atomic uint32_t ready, received[2];
static bool sleeping;

static void on_ping(void)
{
	uint64_t intid = gic_ack();

	if (!intid)
		return;
	gic_done(intid);
	received[this_cpu()->id]++;
}

static void wait_until(uint32_t cpu, uint32_t count)
{
	while (received[cpu] < count) {
		if (!sleeping)
			continue;
		irq_disable();
		if (received[cpu] < count)
			wfi();
		irq_enable();
		isb();
	}
}

static void answer(void *arg)
{
	mmu_on(&low, NULL, 0);
	gic_cpu_init();
	iaffid[1] = gic_iaffid();
	this_cpu()->on_irq = on_ping;
	irq_enable();
	ready = 1;
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		wait_until(1, i);
		gic_pend(LPI(0));
	}
	irq_disable();
}

static void round_trips(bool sleep, const char *name)
{
	uint64_t start;

	sleeping = sleep;
	ready = 0;
	received[0] = received[1] = 0;
	this_cpu()->on_irq = on_ping;
	cpu_start(1, answer, NULL);
	while (!ready)
		;
	gic_setup(LPI(0), iaffid[0]);
	gic_setup(LPI(1), iaffid[1]);
	irq_enable();
	start = ticks();
	for (uint32_t i = 1; i <= ROUNDS; i++) {
		gic_pend(LPI(1));
		wait_until(0, i);
	}
	figure(name, ROUNDS, ticks() - start);
	irq_disable();
	cpu_join(1);
	CHECK_EQ(received[0], ROUNDS);
	CHECK_EQ(received[1], ROUNDS);
}

static void busy(void)
{
	round_trips(false, "ipi_round_trip_busy");
}

static void in_wfi(void)
{
	round_trips(true, "ipi_round_trip_wfi");
}

/* S13: routed to a CPU that is not up yet, delivered when it comes */
static void late(void *arg)
{
	mmu_on(&low, NULL, 0);
	gic_cpu_init();
	ready = 2;
	for (;;) {
		uint64_t intid = gic_ack();

		if (!intid)
			continue;
		gic_done(intid);
		received[1] = (uint32_t)intid;
		break;
	}
}

static void routed_before_online(void)
{
	received[1] = 0;
	gic_setup(LPI(5), 1);
	gic_pend(LPI(5));
	gsb(SYS);
	CHECK_EQ(gic_ack(), 0);
	if (!cpu_start(1, late, NULL))
		return;
	cpu_join(1);
	CHECK_EQ(received[1], (uint32_t)LPI(5));
}

void guest_main(void)
{
	if (!gic_init()) {
		skip("GICv5", "not present");
		return;
	}
	tables_init(&low, 12, 48);
	tables_identity(&low);
	mmu_on(&low, NULL, 0);
	iaffid[0] = gic_iaffid();
	gic_lpis(6);
	test("S13: an LPI routed to a CPU that is not up is delivered when it comes",
	     routed_before_online);
	if (cpu_count < 2) {
		skip("IPI round trips", "one CPU");
		return;
	}
	test("IPI round trips, both CPUs busy", busy);
	test("IPI round trips, both CPUs in WFI", in_wfi);
}
