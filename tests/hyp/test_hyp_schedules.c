/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * No lost wake-up: a vCPU sleeps in WFI, is preempted and migrates between PEs while SPIs, a PPI and an
 * LPI are injected, IRSEN is toggled and doorbells are taken. A seeded scheduler switches between PEs and
 * injectors at every port call. Each of the interrupts must be taken exactly once in each schedule.
 *
 *	VGIC5_LONG=1	a million schedules instead of 100,000
 *	VGIC5_SEED=n	that one only
 */
#include "fibers.h"
#include "hyp_fixture.h"

#include <stdlib.h>

#define SCHEDULES      100000u
#define LONG_SCHEDULES 1000000u

enum source { EDGE_SPI, LEVEL_SPI, IPI, SW_PPI, SOURCES };

static const uint32_t intid_of[SOURCES] = {SPI(1), SPI(2), LPI(1), PPI(GIC5_PPI_SW)};

struct world {
	struct hyp_fixture fx;
	struct test_vm t;
	struct fibers fibers;
	bool pe_taken[2];
	unsigned taken[SOURCES]; /* by the guest, in this schedule */
	bool kicked[2];
	bool finished[2]; /* the vCPU's thread has done its work */
};

static void hook(void *opaque, struct port_pe *pe, enum port_sim_call call)
{
	struct world *w = opaque;

	(void)pe;
	if (call == PORT_SIM_RELAX)
		fibers_wait(&w->fibers);
	else
		fibers_point(&w->fibers);
}

static void kick(void *opaque, void *vcpu)
{
	struct world *w = opaque;

	w->kicked[(uintptr_t)vcpu] = true;
}

/* ---- PEs: one thing at a time ---- */

static uint32_t take_pe(struct world *w)
{
	for (;;) {
		const uint32_t pe = fibers_random(&w->fibers, 2);

		if (!w->pe_taken[pe]) {
			w->pe_taken[pe] = true;
			return pe;
		}
		fibers_wait(&w->fibers);
	}
}

static void release_pe(struct world *w, uint32_t pe)
{
	w->pe_taken[pe] = false;
}

static void host_interrupts(struct world *w, uint32_t pe)
{
	while (vgic5_gic_dispatch(w->fx.gic, w->fx.ppe[pe]))
		;
}

/* An idle PE takes its interrupts, until everybody has finished. */
static void idle_pes(void *opaque)
{
	struct world *w = opaque;

	while (!w->finished[0] || !w->finished[1]) {
		for (uint32_t pe = 0; pe < 2; pe++) {
			if (w->pe_taken[pe] ||
			    !gic5_line_level(gic5_pe(w->fx.hw, pe), GIC5_LINE_IRQ))
				continue;
			w->pe_taken[pe] = true;
			host_interrupts(w, pe);
			release_pe(w, pe);
		}
		fibers_wait(&w->fibers);
	}
}

/* ---- the guest ---- */

static void note(struct world *w, uint32_t intid)
{
	for (unsigned i = 0; i < SOURCES; i++) {
		if (intid_of[i] == intid)
			w->taken[i]++;
	}
}

static void handle_interrupts(struct world *w)
{
	uint32_t intid = 0;

	while (g_virq(&w->t, 0)) {
		fibers_point(&w->fibers);
		intid = g_ack(&w->t, 0);
		if (!intid)
			break;
		note(w, intid);
		fibers_point(&w->fibers);
		if (intid == SPI(2)) /* the device stops asking */
			vgic5_inject_spi(w->t.vm, w->fx.service, 2, false, NULL);
		g_sys(&w->t, 0, GIC5_CDEOI, 0);
		g_sys(&w->t, 0, GIC5_CDDI, intid);
		fibers_point(&w->fibers);
	}
}

static bool all_taken(const struct world *w)
{
	for (unsigned i = 0; i < SOURCES; i++) {
		if (!w->taken[i])
			return false;
	}
	return true;
}

static void sleep_in_wfi(struct world *w, unsigned vcpu)
{
	for (;;) {
		w->kicked[vcpu] = false;
		if (vgic5_vcpu_pending(w->t.vcpu[vcpu]))
			return;
		while (!w->kicked[vcpu])
			fibers_wait(&w->fibers);
	}
}

/* vCPU 0: takes interrupts, sleeps when there is none, migrates all the time. */
static void receiver(void *opaque)
{
	struct world *w = opaque;
	struct vgic5_vcpu *vcpu = w->t.vcpu[0];

	while (!all_taken(w)) {
		const uint32_t pe = take_pe(w);
		bool wfi = false;

		vgic5_vcpu_load(vcpu, w->fx.pe[pe]);
		vgic5_vcpu_flush(vcpu);
		if (fibers_random(&w->fibers, 4)) /* else an aborted entry */
			handle_interrupts(w);
		vgic5_vcpu_sync(vcpu);
		wfi = fibers_random(&w->fibers, 4) && !all_taken(w) && !g_virq(&w->t, 0);
		vgic5_vcpu_put(vcpu, wfi);
		host_interrupts(w, pe);
		release_pe(w, pe);
		if (wfi)
			sleep_in_wfi(w, 0);
		fibers_point(&w->fibers);
	}
	w->finished[0] = true;
}

/* vCPU 1: sends the IPI, and turns the IRS off and on. */
static void sender(void *opaque)
{
	struct world *w = opaque;
	struct vgic5_vcpu *vcpu = w->t.vcpu[1];
	const uint32_t pe = take_pe(w);

	vgic5_vcpu_load(vcpu, w->fx.pe[pe]);
	vgic5_vcpu_flush(vcpu);
	g_sys(&w->t, 1, GIC5_CDPEND, LPI(1) | GIC5_PUT(CDPEND_PENDING, 1));
	vgic5_vcpu_sync(vcpu);
	if (fibers_random(&w->fibers, 4) == 0) {
		g_irs_write(&w->t, GIC5_IRS_CR0, 0);
		fibers_point(&w->fibers);
		g_irs_on(&w->t);
	}
	vgic5_vcpu_put(vcpu, false);
	host_interrupts(w, pe);
	release_pe(w, pe);
	w->finished[1] = true;
}

static void inject_edges(void *opaque)
{
	struct world *w = opaque;

	fibers_point(&w->fibers);
	vgic5_inject_spi(w->t.vm, w->fx.service, 1, true, NULL);
}

static void inject_level_and_ppi(void *opaque)
{
	struct world *w = opaque;

	fibers_point(&w->fibers);
	if (fibers_random(&w->fibers, 2)) {
		vgic5_inject_ppi(w->t.vcpu[0], GIC5_PPI_SW, true, NULL);
		vgic5_inject_spi(w->t.vm, w->fx.service, 2, true, NULL);
	} else {
		vgic5_inject_spi(w->t.vm, w->fx.service, 2, true, NULL);
		vgic5_inject_ppi(w->t.vcpu[0], GIC5_PPI_SW, true, NULL);
	}
}

/* ---- schedules ---- */

static void set_up(struct world *w)
{
	fx_init(&w->fx);
	w->fx.port_cfg.check_references = false;
	fx_start(&w->fx);
	vm_config(&w->fx, &w->t);
	w->t.ops.kick = kick;
	w->t.cfg.opaque = w;
	w->t.ops.map_irs = NULL;
	vm_create(&w->fx, &w->t, 2);
	assert_int_equal(vm_device(&w->t), 0);
	assert_int_equal(vm_set_base(&w->t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&w->t), 0);
	vm_run(&w->t);
	g_irs_on(&w->t);
	g_lpis(&w->t, 6);
	for (uint32_t i = 0; i < 2; i++) {
		enter(&w->t, i, i);
		g_cpu_up(&w->t, i);
		if (i == 0) {
			g_setup(&w->t, 0, SPI(1), 8, 0);
			g_setup(&w->t, 0, SPI(2), 9, 0);
			g_setup(&w->t, 0, LPI(1), 10, 0);
			g_spi_level(&w->t, 2, true);
			g_msr(&w->t, 0, GIC5_ICC_PPI_ENABLER0_EL1, bank_bit(GIC5_PPI_SW));
		}
		leave(&w->t, i);
		put(&w->t, i, false);
	}
	fibers_init(&w->fibers);
	port_sim_set_hook(w->fx.port, hook, w);
}

static void tear_down(struct world *w)
{
	port_sim_set_hook(w->fx.port, NULL, NULL);
	fibers_exit(&w->fibers);
	vm_end(&w->t);
	fx_stop(&w->fx);
}

static void run_schedule(struct world *w, uint64_t seed)
{
	memset(w->taken, 0, sizeof(w->taken));
	w->finished[0] = w->finished[1] = false;
	w->pe_taken[0] = w->pe_taken[1] = false;
	fibers_add(&w->fibers, receiver, w);
	fibers_add(&w->fibers, sender, w);
	fibers_add(&w->fibers, inject_edges, w);
	fibers_add(&w->fibers, inject_level_and_ppi, w);
	fibers_add(&w->fibers, idle_pes, w);
	if (!fibers_run(&w->fibers, seed))
		fail_msg(
			"lost wake-up: seed %llu, taken: edge SPI %u, level SPI %u, LPI %u, PPI %u",
			(unsigned long long)seed, w->taken[0], w->taken[1], w->taken[2],
			w->taken[3]);
	for (unsigned i = 0; i < SOURCES; i++) {
		if (w->taken[i] != 1)
			fail_msg("seed %llu: interrupt %x was taken %u times",
				 (unsigned long long)seed, intid_of[i], w->taken[i]);
	}
}

static void no_wakeup_is_lost_or_doubled_in_any_schedule(void **state)
{
	static struct world w;
	const char *seed = getenv("VGIC5_SEED");
	const uint64_t count = getenv("VGIC5_LONG") ? LONG_SCHEDULES : SCHEDULES;

	(void)state;
	set_up(&w);
	if (seed)
		run_schedule(&w, strtoull(seed, NULL, 0));
	for (uint64_t i = 1; i <= count && !seed; i++)
		run_schedule(&w, i);
	tear_down(&w);
}

/* ---- an LPI is freed while another PE handles it ---- */

struct race {
	struct world *w;
	uint32_t lpi;
	bool freed, done, wrong;
};

static void slow_handler(void *opaque, struct port_pe *pe, uint32_t intid)
{
	struct race *r = opaque;

	(void)pe;
	(void)intid;
	for (unsigned i = 0; i < 5; i++) {
		r->wrong |= r->freed;
		fibers_point(&r->w->fibers);
	}
}

static void pend_and_free(void *opaque)
{
	struct race *r = opaque;

	vgic5_gic_lpi_pend(r->w->fx.gic, r->w->fx.service, r->lpi);
	fibers_point(&r->w->fibers);
	fibers_point(&r->w->fibers);
	vgic5_gic_lpi_free(r->w->fx.gic, r->w->fx.service, r->lpi);
	r->freed = true;
	r->done = true;
}

static void take(void *opaque)
{
	struct race *r = opaque;

	while (!r->done) {
		host_interrupts(r->w, 0);
		fibers_wait(&r->w->fibers);
	}
}

static void no_handler_runs_after_its_lpi_was_freed(void **state)
{
	static struct world w;

	(void)state;
	set_up(&w);
	for (uint64_t seed = 1; seed <= SCHEDULES / 10; seed++) {
		struct race r = {.w = &w};

		assert_int_equal(
			vgic5_gic_lpi_alloc(w.fx.gic, w.fx.service, 0, slow_handler, &r, &r.lpi),
			0);
		fibers_add(&w.fibers, pend_and_free, &r);
		fibers_add(&w.fibers, take, &r);
		assert_true(fibers_run(&w.fibers, seed));
		if (r.wrong)
			fail_msg("seed %llu: the handler ran on", (unsigned long long)seed);
	}
	tear_down(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_wakeup_is_lost_or_doubled_in_any_schedule),
		cmocka_unit_test(no_handler_runs_after_its_lpi_was_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
