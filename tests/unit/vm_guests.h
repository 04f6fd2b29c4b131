/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest programs that several tests of src/vm run. */
#ifndef VM_GUESTS_H
#define VM_GUESTS_H

#include "vm_fixture.h"

#define SECOND    (RAM_BASE + 0x1000)
#define CNTV_TVAL GIC5_ENC(3, 3, 14, 3, 0)
#define CNTV_CTL  GIC5_ENC(3, 3, 14, 3, 1)
#define CNTVCT    GIC5_ENC(3, 3, 14, 0, 2)

/*
 * vCPU 0 starts all others. Each counts in its own result; the one that is the first to see all counts
 * at @goal is vCPU 0, which powers off.
 */
static inline void counting_guest(struct fixture *f, unsigned vcpus, uint64_t goal)
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

static inline void open_interface(struct fixture *f, uint64_t ppis)
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
static inline void ticking_guest(struct fixture *f, uint64_t period, uint64_t ticks)
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

#endif
