/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads: injectors and PEs in parallel (peers: S10). Every edge that was raised is taken,
 * unless it merged with one that was still pending, which the injectors avoid by waiting for the
 * answer.
 */
#include "gic_test.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

enum { PES = 2, INJECTORS = 2, PER_INJECTOR = 8 };

static unsigned rounds(void)
{
	return gic_rounds(20000);
}

struct arena {
	struct gic_fixture *fx;
	_Atomic unsigned raised[INJECTORS][PER_INJECTOR], taken[INJECTORS][PER_INJECTOR];
	_Atomic unsigned injectors_left;
	_Atomic bool wrong;
	bool is_virtual;
};

struct worker {
	struct arena *arena;
	unsigned index;
	pthread_t thread;
};

static uint32_t number(unsigned injector, unsigned n)
{
	return injector * PER_INJECTOR + n;
}

static void *inject(void *arg)
{
	struct worker *w = arg;
	struct arena *a = w->arena;
	unsigned r, n;

	for (r = 1; r <= rounds(); r++) {
		for (n = 0; n < PER_INJECTOR; n++) {
			while (atomic_load(&a->taken[w->index][n]) < r - 1)
				sched_yield();
			atomic_store(&a->raised[w->index][n], r);
			if (a->is_virtual)
				gic5_event_virtual(a->fx->gic, 1, LPI(number(w->index, n)),
						   GIC5_SET_EDGE);
			else
				gic5_event_physical(a->fx->gic, SPI(number(w->index, n)),
						    GIC5_SET_EDGE);
		}
	}
	for (n = 0; n < PER_INJECTOR; n++) {
		while (atomic_load(&a->taken[w->index][n]) < rounds())
			sched_yield();
	}
	atomic_fetch_sub(&a->injectors_left, 1);
	return NULL;
}

/* A PE: acknowledge, count, drop, deactivate; now and then move an interrupt to the other PE. */
static void *serve(void *arg)
{
	struct worker *w = arg;
	struct arena *a = w->arena;
	const struct gic5_ctx *ctx = a->is_virtual ? &gic_el1_virt : &gic_el2;
	unsigned served = 0;

	while (atomic_load(&a->injectors_left)) {
		uint32_t intid = gic_ack(a->fx, w->index, ctx), id = GIC5_INTID_ID(intid);

		if (!intid) {
			sched_yield();
			continue;
		}
		if (id >= INJECTORS * PER_INJECTOR) {
			atomic_store(&a->wrong, true);
			break;
		}
		atomic_fetch_add(&a->taken[id / PER_INJECTOR][id % PER_INJECTOR], 1);
		if (++served % 7 == 0)
			gic_sys(a->fx, w->index, ctx, GIC5_CDAFF,
				gic_op_aff(intid, served / 7 % PES));
		gic_done(a->fx, w->index, ctx, intid);
	}
	return NULL;
}

static void run_arena(struct arena *a)
{
	struct worker pes[PES], injectors[INJECTORS];
	unsigned i, n;

	atomic_store(&a->injectors_left, INJECTORS);
	for (i = 0; i < PES; i++) {
		pes[i] = (struct worker){.arena = a, .index = i};
		assert_int_equal(pthread_create(&pes[i].thread, NULL, serve, &pes[i]), 0);
	}
	for (i = 0; i < INJECTORS; i++) {
		injectors[i] = (struct worker){.arena = a, .index = i};
		assert_int_equal(pthread_create(&injectors[i].thread, NULL, inject, &injectors[i]),
				 0);
	}
	for (i = 0; i < INJECTORS; i++)
		pthread_join(injectors[i].thread, NULL);
	for (i = 0; i < PES; i++)
		pthread_join(pes[i].thread, NULL);
	assert_false(atomic_load(&a->wrong));
	for (i = 0; i < INJECTORS; i++) {
		for (n = 0; n < PER_INJECTOR; n++)
			assert_int_equal(atomic_load(&a->taken[i][n]), rounds());
	}
}

GIC_TEST(S10_no_edge_is_lost_with_injectors_and_pes_in_parallel)
{
	struct arena *a = calloc(1, sizeof(*a));
	unsigned i;

	assert_non_null(a);
	a->fx = fx;
	for (i = 0; i < INJECTORS * PER_INJECTOR; i++)
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 4 + i % 3, i % PES);
	run_arena(a);
	free(a);
}

GIC_TEST(S10_no_virtual_edge_is_lost_with_injectors_and_vpes_in_parallel)
{
	struct arena *a = calloc(1, sizeof(*a));
	unsigned i;

	assert_non_null(a);
	a->fx = fx;
	a->is_virtual = true;
	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 0);
	gic_enter(fx, 1, 1, 1);
	for (i = 0; i < INJECTORS * PER_INJECTOR; i++)
		gic_setup_irq(fx, 0, &gic_el1_virt, LPI(i), 4 + i % 3, i % PES);
	run_arena(a);
	free(a);
}

/* ---- doorbells: a VPE that comes and goes, and never sleeps through an interrupt ---- */

struct sleeper {
	struct gic_fixture *fx;
	_Atomic unsigned raised, taken;
	_Atomic bool done, lost;
};

/* The PE runs its VPE; with nothing to do it leaves with a request and waits for the bell. */
static void *come_and_go(void *arg)
{
	struct sleeper *s = arg;
	uint32_t intid;

	while (!atomic_load(&s->done)) {
		if (!gic_enter(s->fx, 0, 1, 0))
			atomic_store(&s->lost, true);
		while ((intid = gic_ack(s->fx, 0, &gic_el1_virt))) {
			gic_done(s->fx, 0, &gic_el1_virt, intid);
			atomic_fetch_add(&s->taken, 1);
		}
		gic_leave(s->fx, 0, 31);
		while (!(intid = gic_ack(s->fx, 0, &gic_el2)) && !atomic_load(&s->done))
			sched_yield();
		if (intid)
			gic_done(s->fx, 0, &gic_el2, intid);
	}
	return NULL;
}

GIC_TEST(S10_doorbell_has_no_lost_wakeup_window)
{
	struct sleeper s = {.fx = fx};
	pthread_t thread;
	unsigned r;

	gic_lpis(fx, 8);
	gic_simple_vm(fx, 1);
	gic_setup_irq(fx, 0, &gic_el2, LPI(9), 4, 0);
	gic_vpe_dbr(fx, 1, 0, 9, 0, false);
	gic_enter(fx, 0, 1, 0);
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(3), 4, 0);
	assert_int_equal(pthread_create(&thread, NULL, come_and_go, &s), 0);
	for (r = 1; r <= rounds(); r++) {
		gic_sys(fx, 1, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), true));
		while (atomic_load(&s.taken) < r)
			sched_yield();
	}
	atomic_store(&s.done, true);
	pthread_join(thread, NULL);
	assert_false(atomic_load(&s.lost));
	assert_int_equal(atomic_load(&s.taken), rounds());
}

/* ---- frame writes and table commands while PEs work ---- */

static void *keep_busy(void *arg)
{
	struct sleeper *s = arg;
	uint32_t intid;

	while (!atomic_load(&s->done)) {
		gic_sys(s->fx, 1, &gic_el2, GIC5_CDPEND, gic_op_pend(SPI(5), true));
		intid = gic_ack(s->fx, 1, &gic_el2);
		if (intid)
			gic_done(s->fx, 1, &gic_el2, intid);
		gic_mrs(s->fx, 1, &gic_el2, GIC5_ICC_HPPIR_EL1);
	}
	return NULL;
}

GIC_TEST(frame_writes_and_table_commands_are_safe_while_pes_work)
{
	struct sleeper s = {.fx = fx};
	struct gic_ist ist = gic_lpis(fx, 8);
	struct gic_vm vm = gic_simple_vm(fx, 2);
	pthread_t thread;
	unsigned r;

	gic_allow_reports(fx, 9, GIC5_ORIGIN_HOST);
	gic_setup_irq(fx, 1, &gic_el2, SPI(5), 4, 1);
	assert_int_equal(pthread_create(&thread, NULL, keep_busy, &s), 0);
	for (r = 0; r < rounds() / 10; r++) {
		gic_w32(fx, 0, GIC5_IRS_CR0, r & 1);
		gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
		gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base | 1);
		gic_vm_unmap(fx, &vm);
		gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 1);
		gic5_spi_wire(fx->gic, 6, r & 1);
		gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(5), 1));
	}
	atomic_store(&s.done, true);
	pthread_join(thread, NULL);
}

/* ---- accesses to one frame from several threads ---- */

static void *frame_user(void *arg)
{
	struct gic_fixture *fx = arg;
	unsigned r;

	for (r = 0; r < rounds() / 4; r++) {
		gic_w32(fx, 0, GIC5_IRS_SPI_SELR, r & 63);
		gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, r & 1);
		gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR);
		gic_w32(fx, 0, GIC5_IRS_PE_SELR, r & 1);
		gic_r64(fx, 0, GIC5_IRS_VPE_HPPIR);
		gic_w64(fx, 0, GIC5_IRS_SAVE_VMR, UINT64_C(3) << 62 | 1);
		gic5_spi_wire(fx->gic, r & 63, r & 2);
		gic_w32(fx, 0, GIC5_IRS_SPI_RESAMPLER, r & 63);
	}
	return NULL;
}

GIC_TEST(one_frame_may_be_used_by_several_threads)
{
	pthread_t threads[3];
	unsigned i;

	gic_simple_vm(fx, 1);
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, frame_user, fx), 0);
	for (i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
}

GIC_TEST_MAIN()
