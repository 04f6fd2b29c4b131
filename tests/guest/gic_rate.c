/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt cycles per second, polled and by exception, for each type, and against the number of
 * interrupts that are pending at the same time (peers, section 4).
 */
#include "lib/gic.h"
#include "lib/mmu.h"

#define CYCLES 20000
#define SOME   2000

static struct tables low;
static uint64_t me;
static unsigned int lpi_bits;

static uint64_t cycle(uint64_t intid)
{
	uint64_t got;

	gic_pend(intid);
	gsb(SYS);
	got = gicr(CDIA);
	gsb(ACK);
	gic(CDEOI, 0);
	gic(CDDI, intid);
	return got;
}

static void cycles(const char *name, uint64_t intid)
{
	uint64_t start = ticks();
	uint32_t good = 0;

	for (uint32_t i = 0; i < CYCLES; i++)
		good += (uint32_t)cycle(intid) == (uint32_t)intid;
	figure(name, CYCLES, ticks() - start);
	CHECK_EQ(good, CYCLES);
}

static void ppi_cycles(void)
{
	uint64_t start;
	uint32_t good = 0;

	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 1u << SW_PPI);
	isb();
	start = ticks();
	for (uint32_t i = 0; i < CYCLES; i++) {
		icc_write(GIC5_ICC_PPI_SPENDR0_EL1, 1u << SW_PPI);
		isb();
		good += (uint32_t)gicr(CDIA) == (uint32_t)PPI(SW_PPI);
		gsb(ACK);
		gic(CDEOI, 0);
		gic(CDDI, PPI(SW_PPI));
	}
	figure("ppi_cycle", CYCLES, ticks() - start);
	CHECK_EQ(good, CYCLES);
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 0);
	isb();
}

static void spi_cycles(void)
{
	gic_setup(SPI(20), me);
	cycles("spi_cycle", SPI(20));
	gic_disable(SPI(20));
}

static void lpi_cycles(void)
{
	for (uint64_t i = 0; i < 1024; i++)
		gic_setup(LPI(i), me);
	cycles("lpi_cycle", LPI(3));
}

static volatile uint32_t taken;

static void take(void)
{
	uint64_t intid = gic_ack();

	gic_done(intid);
	taken++;
}

static void exception_cycles(void)
{
	uint64_t start;

	this_cpu()->on_irq = take;
	taken = 0;
	irq_enable();
	start = ticks();
	for (uint32_t i = 0; i < CYCLES; i++) {
		gic_pend(LPI(3));
		gsb(SYS);
		while (taken <= i)
			;
	}
	figure("lpi_exception", CYCLES, ticks() - start);
	irq_disable();
	CHECK_EQ(taken, CYCLES);
}

/* P1: one interrupt taken and pended again while @count others wait */
static void with_pending(uint32_t count, const char *name)
{
	uint64_t start;
	uint32_t drained = 0;

	for (uint64_t i = 0; i < count; i++) {
		gic_setup(LPI(i), me);
		gic_pend(LPI(i));
	}
	gsb(SYS);
	start = ticks();
	for (uint32_t i = 0; i < SOME; i++) {
		uint64_t intid = gic_ack();

		CHECK(intid >> 29 == 2);
		gic_done(intid);
		gic_pend(intid);
		gsb(SYS);
	}
	figure(name, SOME, ticks() - start);
	for (uint64_t intid = gic_ack(); intid; intid = gic_ack()) {
		gic_done(intid);
		drained++;
	}
	CHECK_EQ(drained, count);
}

static void pending_1(void)
{
	with_pending(1, "cycle_with_1_pending");
}

static void pending_1024(void)
{
	with_pending(1024, "cycle_with_1024_pending");
}

static void pending_8192(void)
{
	if (lpi_bits < 13)
		CHECK(true);
	else
		with_pending(8192, "cycle_with_8192_pending");
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
	me = gic_iaffid();
	lpi_bits = gic_lpis(13);
	CHECK(lpi_bits >= 13);
	test("PPI cycles", ppi_cycles);
	test("SPI cycles", spi_cycles);
	test("LPI cycles", lpi_cycles);
	test("LPI cycles with the IRQ exception", exception_cycles);
	test("P1: with 1 pending", pending_1);
	test("P1: with 1024 pending", pending_1024);
	test("P1: with 8192 pending", pending_8192);
}
