/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One CPU and its GICv5: configuration read back, delivery of PPIs, SPIs, LPIs, priorities, masks,
 * the timer's PPI. Runs on vgic5 and on QEMU 11.1 with gic-version=x-5; what QEMU gets wrong there
 * (peers: Q2, Q3, Q4, Q6) is left to the model's own tests.
 */
#include "lib/gic.h"

static uint64_t me;

static void reset_lpi(uint64_t intid)
{
	gic_setup(intid, me);
}

static void configuration_reads_back(void)
{
	uint64_t s;

	reset_lpi(LPI(5));
	s = gic_state(LPI(5));
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_F, s), 0);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_ENABLED, s), 1);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_PRIORITY, s), DEFAULT_PRIORITY);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_IAFFID, s), me);
	gic_priority(LPI(5), 3);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_PRIORITY, gic_state(LPI(5))), 3);
	gic_disable(LPI(5));
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_ENABLED, gic_state(LPI(5))), 0);
	/* unreachable: F alone */
	CHECK_EQ(gic_state(LPI(0xffffff)), 1);
	CHECK_EQ(gic_state(PPI(3)), 1);
}

static void acknowledge_cycle(void)
{
	CHECK_EQ(gic_ack(), 0);
	reset_lpi(LPI(7));
	gic_pend(LPI(7));
	gsb(SYS);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_PENDING, gic_state(LPI(7))), 1);
	CHECK_EQ(gic_ack(), LPI(7));
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_ACTIVE, gic_state(LPI(7))), 1);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_PENDING, gic_state(LPI(7))), 0);
	CHECK_EQ(icc_read(GIC5_ICC_APR_EL1), 1u << DEFAULT_PRIORITY);
	CHECK_EQ(gic_ack(), 0);
	gic_done(LPI(7));
	CHECK_EQ(icc_read(GIC5_ICC_APR_EL1), 0);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_ACTIVE, gic_state(LPI(7))), 0);
	CHECK_EQ(gic_ack(), 0);
}

/* S1 */
static void raised_while_disabled(void)
{
	reset_lpi(LPI(8));
	gic_disable(LPI(8));
	gic_pend(LPI(8));
	gsb(SYS);
	CHECK_EQ(gic_ack(), 0);
	gic_enable(LPI(8));
	gsb(SYS);
	CHECK_EQ(gic_ack(), LPI(8));
	gic_done(LPI(8));
	CHECK_EQ(gic_ack(), 0);
}

/* S2 */
static void disabled_between_acknowledge_and_end(void)
{
	reset_lpi(LPI(9));
	gic_pend(LPI(9));
	gsb(SYS);
	CHECK_EQ(gic_ack(), LPI(9));
	gic_disable(LPI(9));
	gic_done(LPI(9));
	gsb(SYS);
	CHECK_EQ(icc_read(GIC5_ICC_APR_EL1), 0);
	CHECK_EQ(GIC5_GET(ICC_ICSR_EL1_ACTIVE, gic_state(LPI(9))), 0);
	gic_enable(LPI(9));
	gic_pend(LPI(9));
	gsb(SYS);
	CHECK_EQ(gic_ack(), LPI(9));
	gic_done(LPI(9));
}

static void priorities_order_and_mask(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		reset_lpi(LPI(10 + i));
		gic_priority(LPI(10 + i), 0x18 - i * 4);
		gic_pend(LPI(10 + i));
	}
	gsb(SYS);
	icc_write(GIC5_ICC_PCR_EL1, 0x0e); /* lets 0x0c pass alone */
	isb();
	CHECK_EQ(gic_ack(), LPI(13));
	CHECK_EQ(gic_ack(), 0);
	gic_done(LPI(13));
	CHECK_EQ(gic_ack(), 0);
	icc_write(GIC5_ICC_PCR_EL1, 0x1f);
	isb();
	CHECK_EQ(gic_ack(), LPI(12));
	/* no preemption by an equal or lower priority, but by a higher one */
	CHECK_EQ(gic_ack(), 0);
	gic_pend(LPI(13));
	gsb(SYS);
	CHECK_EQ(gic_ack(), LPI(13));
	CHECK_EQ(icc_read(GIC5_ICC_APR_EL1), 1u << 0x0c | 1u << 0x10);
	gic_done(LPI(13));
	gic_done(LPI(12));
	CHECK_EQ(gic_ack(), LPI(11));
	gic_done(LPI(11));
	CHECK_EQ(gic_ack(), LPI(10));
	gic_done(LPI(10));
	CHECK_EQ(gic_ack(), 0);
}

static void software_ppi(void)
{
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 1u << SW_PPI);
	isb();
	for (unsigned int i = 0; i < 3; i++) {
		icc_write(GIC5_ICC_PPI_SPENDR0_EL1, 1u << SW_PPI);
		isb();
		CHECK_EQ(icc_read(GIC5_ICC_PPI_SPENDR0_EL1) >> SW_PPI & 1, 1);
		CHECK_EQ(gic_ack(), PPI(SW_PPI));
		CHECK_EQ(icc_read(GIC5_ICC_PPI_SACTIVER0_EL1) >> SW_PPI & 1, 1);
		gic_done(PPI(SW_PPI));
		isb();
		CHECK_EQ(icc_read(GIC5_ICC_PPI_SACTIVER0_EL1) >> SW_PPI & 1, 0);
		CHECK_EQ(gic_ack(), 0);
	}
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 0);
	isb();
}

static void spi_edge(void)
{
	uint64_t spi = SPI(20);

	gic_setup(spi, me);
	gic_pend(spi);
	gic_pend(spi); /* merges */
	gsb(SYS);
	CHECK_EQ(gic_ack(), spi);
	gic_done(spi);
	CHECK_EQ(gic_ack(), 0);
	gic_disable(spi);
}

static volatile uint64_t taken, taken_count;

static void take(void)
{
	taken = gic_ack();
	taken_count++;
	gic_done(taken);
}

static void exception_is_taken(void)
{
	reset_lpi(LPI(20));
	this_cpu()->on_irq = take;
	taken_count = 0;
	irq_enable();
	for (unsigned int i = 1; i <= 50; i++) {
		gic_pend(LPI(20));
		gsb(SYS);
		while (taken_count < i)
			;
		CHECK_EQ(taken, LPI(20));
	}
	irq_disable();
	CHECK_EQ(taken_count, 50);
}

static void wfi_wakes(void)
{
	reset_lpi(LPI(21));
	gic_pend(LPI(21));
	gsb(SYS);
	wfi(); /* masked by PSTATE.I: wakes all the same */
	CHECK_EQ(gic_ack(), LPI(21));
	gic_done(LPI(21));
}

static void take_timer(void)
{
	taken = gic_ack();
	taken_count++;
	write_reg(cntv_ctl_el0, 0);
	isb();
	gic_done(taken);
}

static void timer_ppi(void)
{
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 1u << CNTV_PPI);
	isb();
	this_cpu()->on_irq = take_timer;
	for (unsigned int i = 0; i < 5; i++) {
		taken_count = 0;
		write_reg(cntv_cval_el0, ticks() + read_reg(cntfrq_el0) / 1000);
		write_reg(cntv_ctl_el0, 1);
		isb();
		while (!taken_count) {
			irq_disable();
			if (!taken_count)
				wfi();
			irq_enable();
			isb();
		}
		irq_disable();
		CHECK_EQ(taken, PPI(CNTV_PPI));
		CHECK_EQ(taken_count, 1);
		CHECK_EQ(icc_read(GIC5_ICC_PPI_SPENDR0_EL1) >> CNTV_PPI & 1, 0);
	}
	/* level: acknowledged and ended with the line still high, it is there again */
	write_reg(cntv_cval_el0, 0);
	write_reg(cntv_ctl_el0, 1);
	isb();
	for (unsigned int i = 0; i < 3; i++) {
		uint64_t intid = gic_ack();

		CHECK_EQ(intid, PPI(CNTV_PPI));
		CHECK_EQ(gic_ack(), 0);
		gic_done(intid);
		isb();
	}
	write_reg(cntv_ctl_el0, 0);
	isb();
	CHECK_EQ(gic_ack(), 0);
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 0);
	isb();
}

void guest_main(void)
{
	if (!gic_init()) {
		skip("GICv5", "not present");
		return;
	}
	me = gic_iaffid();
	CHECK(gic_lpis(6) >= 6);
	test("CDRCFG reads the configuration back; unreachable INTIDs set F",
	     configuration_reads_back);
	test("pending, acknowledge, deactivate, priority drop", acknowledge_cycle);
	test("S1: raised while disabled, delivered once when enabled", raised_while_disabled);
	test("S2: disabled between acknowledge and end", disabled_between_acknowledge_and_end);
	test("priorities: order, PCR, preemption, APR", priorities_order_and_mask);
	test("SW_PPI", software_ppi);
	test("an edge SPI, pended twice, is delivered once", spi_edge);
	test("the IRQ exception", exception_is_taken);
	test("WFI ends with a pending interrupt although masked", wfi_wakes);
	test("CNTV drives PPI 27, a level", timer_ppi);
}
