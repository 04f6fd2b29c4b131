/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual timer: counter, compare value, control bits; and where there is no interrupt controller
 * (the CPU tests' harness, which wires the timer to the CPU's IRQ line), the interrupt itself.
 */
#include "lib/guest.h"

#define ENABLE  1
#define IMASK   2
#define ISTATUS 4

static void counter_runs(void)
{
	uint64_t last = ticks(), frequency = read_reg(cntfrq_el0);

	CHECK(frequency >= 1000000);
	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t now = ticks();

		if (now < last)
			CHECK(false);
		last = now;
	}
	while (ticks() == last)
		;
	CHECK(true);
}

static void status_follows_compare(void)
{
	write_reg(cntv_ctl_el0, 0);
	write_reg(cntv_cval_el0, 0);
	isb();
	CHECK_EQ(read_reg(cntv_ctl_el0) & ~(uint64_t)ISTATUS, 0);
	write_reg(cntv_ctl_el0, ENABLE | IMASK);
	isb();
	CHECK_EQ(read_reg(cntv_ctl_el0), ENABLE | IMASK | ISTATUS);
	write_reg(cntv_cval_el0, ~0ull);
	isb();
	CHECK_EQ(read_reg(cntv_ctl_el0), ENABLE | IMASK); /* not latched */
	write_reg(cntv_cval_el0, ticks() + read_reg(cntfrq_el0) / 2000);
	isb();
	CHECK_EQ(read_reg(cntv_ctl_el0), ENABLE | IMASK);
	while (!(read_reg(cntv_ctl_el0) & ISTATUS))
		;
	CHECK(ticks() >= read_reg(cntv_cval_el0));
	write_reg(cntv_ctl_el0, 0);
}

static void timer_value(void)
{
	uint64_t before, after;
	int32_t tval;

	write_reg(cntv_ctl_el0, 0);
	before = ticks();
	write_reg(cntv_tval_el0, 100000);
	after = ticks();
	CHECK(read_reg(cntv_cval_el0) >= before + 100000);
	CHECK(read_reg(cntv_cval_el0) <= after + 100000);
	tval = (int32_t)read_reg(cntv_tval_el0);
	CHECK(tval <= 100000);
	/* negative: signed 32 bits */
	write_reg(cntv_tval_el0, 0xffffff00);
	CHECK(read_reg(cntv_cval_el0) < ticks());
	tval = (int32_t)read_reg(cntv_tval_el0);
	CHECK(tval <= -256);
	CHECK_EQ(read_reg(cntv_tval_el0) >> 32, 0);
}

/* ---- the interrupt ---------------------------------------------------------------------------------- */

static volatile uint64_t irq_elr, irq_spsr;

static void on_timer(void)
{
	irq_elr = read_reg(elr_el1);
	irq_spsr = read_reg(spsr_el1);
	write_reg(cntv_ctl_el0, 0);
	isb();
}

static void arm(uint64_t delay)
{
	this_cpu()->irqs = 0;
	this_cpu()->on_irq = on_timer;
	write_reg(cntv_cval_el0, ticks() + delay);
	write_reg(cntv_ctl_el0, ENABLE);
	isb();
}

static void wfi_wakes_masked(void)
{
	arm(read_reg(cntfrq_el0) / 1000);
	while (!(read_reg(cntv_ctl_el0) & ISTATUS))
		wfi();
	CHECK_EQ(this_cpu()->irqs, 0);
	write_reg(cntv_ctl_el0, 0);
	isb();
	irq_enable();
	irq_disable();
	CHECK_EQ(this_cpu()->irqs, 0); /* a level that has fallen is no interrupt */
}

/* T14: MSR DAIFClr unmasks: the interrupt is taken before the next instruction */
static void unmask_takes_it(void)
{
	uint64_t here;

	for (unsigned int i = 0; i < 100; i++) {
		arm(0);
		while (!(read_reg(cntv_ctl_el0) & ISTATUS))
			;
		__asm__ volatile(
			"adr %0, 1f\n\tmsr daifclr, #2\n1:	nop\n\tnop\n\tmsr daifset, #2"
			: "=r"(here)::"memory");
		CHECK_EQ(this_cpu()->irqs, 1);
		CHECK_EQ(irq_elr, here);
		CHECK_EQ(irq_spsr >> 7 & 1, 0);
	}
}

/* T14: so does ERET */
static void eret_takes_it(void)
{
	uint64_t here;

	for (unsigned int i = 0; i < 100; i++) {
		arm(0);
		while (!(read_reg(cntv_ctl_el0) & ISTATUS))
			;
		__asm__ volatile("adr %0, 1f\n\tmsr elr_el1, %0\n\tmov x10, #0x345\n\tmsr "
				 "spsr_el1, x10\n\teret\n"
				 "1:	nop\n\tmsr daifset, #2"
				 : "=&r"(here)::"x10", "memory");
		CHECK_EQ(this_cpu()->irqs, 1);
		CHECK_EQ(irq_elr, here);
	}
}

static void interrupts_a_loop(void)
{
	uint64_t n = 0;

	arm(read_reg(cntfrq_el0) / 1000);
	irq_enable();
	while (!*(volatile uint32_t *)&this_cpu()->irqs)
		n++;
	irq_disable();
	CHECK_EQ(this_cpu()->irqs, 1);
	CHECK_EQ(irq_spsr & 0xf, 5);
}

/* T1: an interrupt between any two instructions changes no result */
static void interrupts_are_precise(void)
{
	uint64_t chain[8], sum = 0, interrupted = 0;

	for (unsigned int i = 0; i < 8; i++)
		chain[i] = (uint64_t)&chain[(i + 3) & 7];
	for (unsigned int i = 0; i < 300; i++) {
		uint64_t p = (uint64_t)chain, n = 800;

		arm(i * 7);
		irq_enable();
		__asm__ volatile("1:	ldr %0, [%0]\n\tldr %0, [%0]\n\tsubs %1, %1, #1\n\tb.ne 1b"
				 : "+r"(p), "+r"(n)::"cc", "memory");
		irq_disable();
		write_reg(cntv_ctl_el0, 0);
		isb();
		interrupted += this_cpu()->irqs;
		sum += p - (uint64_t)chain;
	}
	/* 1600 steps of 3 in a ring of 8 lead back to the start */
	CHECK_EQ(sum, 0);
	CHECK(interrupted > 0);
}

void guest_main(void)
{
	bool direct = !device_present("arm,armv8-timer");

	test("the counter runs and never goes back", counter_runs);
	test("ISTATUS follows counter and compare value, nothing is latched",
	     status_follows_compare);
	test("TVAL is the signed distance", timer_value);
	if (!direct)
		return;
	test("WFI ends with a masked interrupt", wfi_wakes_masked);
	test("T14: MSR DAIFClr takes a pending interrupt at once", unmask_takes_it);
	test("T14: ERET takes a pending interrupt at once", eret_takes_it);
	test("an interrupt ends a loop", interrupts_a_loop);
	test("T1: interrupts at any instruction change no result", interrupts_are_precise);
}
