/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The gate keeps structure changes (tables and VMs that come and go) apart from everything else.
 *
 * A PE enters by setting a flag in its own cache line and looking whether somebody wants the system
 * alone; so PEs that take their own interrupts share no line that is written. Who changes structure
 * raises `writer` and waits until all flags are down. Registers of the IRSs have one lock, which
 * also makes the writers take turns.
 */
#include "hw.h"

#define SPINS_BEFORE_RELAX 64

static void relax(struct gic5 *gic, unsigned *spins)
{
	if (++*spins % SPINS_BEFORE_RELAX == 0 && gic->env.relax)
		gic->env.relax(gic->env.opaque);
}

void gic5_spin(struct gic5 *gic, _Atomic uint32_t *l)
{
	unsigned spins = 0;

	do {
		while (atomic_load_explicit(l, memory_order_relaxed) & LOCKED)
			relax(gic, &spins);
	} while (atomic_fetch_or_explicit(l, LOCKED, memory_order_acquire) & LOCKED);
}

/* The PE's thread is inside, without its lock, while somebody wants the system alone: step back. */
void gic5_gate_wait(struct gic5_pe *pe)
{
	struct gic5 *gic = pe->gic;
	unsigned spins = 0;

	do {
		atomic_fetch_and(&pe->ready.lock, ~INSIDE);
		while (atomic_load(&gic->writer))
			relax(gic, &spins);
		atomic_fetch_or(&pe->ready.lock, INSIDE);
	} while (atomic_load(&gic->writer));
}

/* @locked: we have the lock, but somebody wants the system alone; else another thread has it. */
void gic5_enter_slowly(struct gic5_pe *pe, bool locked)
{
	if (locked)
		atomic_store(&pe->ready.lock, INSIDE);
	else
		atomic_fetch_or(&pe->ready.lock, INSIDE);
	if (atomic_load(&pe->gic->writer))
		gic5_gate_wait(pe);
	pe_lock(pe);
}

void gic5_foreign_enter(struct gic5 *gic)
{
	unsigned spins = 0;

	for (;;) {
		atomic_fetch_add(&gic->foreign, 1);
		if (!atomic_load(&gic->writer))
			return;
		atomic_fetch_sub(&gic->foreign, 1);
		while (atomic_load(&gic->writer))
			relax(gic, &spins);
	}
}

void gic5_foreign_exit(struct gic5 *gic)
{
	atomic_fetch_sub_explicit(&gic->foreign, 1, memory_order_release);
}

void gic5_registers_lock(struct gic5 *gic)
{
	lock(gic, &gic->exclusive);
}

void gic5_registers_unlock(struct gic5 *gic)
{
	unlock(&gic->exclusive);
}

void gic5_exclude(struct gic5 *gic)
{
	unsigned spins = 0;

	atomic_store(&gic->writer, 1);
	while (atomic_load(&gic->foreign))
		relax(gic, &spins);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		while (atomic_load(&gic->pe[i].ready.lock) & INSIDE)
			relax(gic, &spins);
	}
}

void gic5_include(struct gic5 *gic)
{
	atomic_store(&gic->writer, 0);
}
