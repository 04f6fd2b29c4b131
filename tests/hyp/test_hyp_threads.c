/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Real threads, for ThreadSanitizer: two PEs run three vCPUs that sleep, are preempted and migrate, while
 * four injectors raise SPIs, LPIs and PPIs and wait for each to be taken.
 */
#include "hyp_fixture.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define VCPUS     3u
#define INJECTORS 4u
#define ROUNDS    2000u
#define PATIENCE  2000000u /* turns without an answer before the test gives up */

struct guest {
	bool running, sleeping; /* under world.lock */
	atomic_uint taken[INJECTORS];
};

struct world {
	struct hyp_fixture fx;
	struct test_vm t;
	pthread_mutex_t lock;
	struct guest guest[VCPUS];
	atomic_bool stop, lost;
	unsigned rounds;
};

struct injector {
	struct world *w;
	struct port_pe *pe;
	unsigned index;
	pthread_t thread;
};

struct runner {
	struct world *w;
	unsigned pe;
	unsigned next;
	pthread_t thread;
};

/* Which interrupt injector @i uses for vCPU @v. */
static uint32_t intid_for(unsigned i, unsigned v)
{
	switch (i) {
	case 0: return SPI(1 + v);
	case 1: return SPI(8 + v); /* level */
	case 2: return LPI(1 + v);
	default: return PPI(GIC5_PPI_SW);
	}
}

static void no_kick(void *opaque, void *vcpu)
{
	(void)opaque;
	(void)vcpu;
}

/* ---- PEs ---- */

static void take(struct world *w, unsigned v, struct port_pe *pe)
{
	uint32_t intid = g_ack(&w->t, v);

	for (; intid; intid = g_ack(&w->t, v)) {
		for (unsigned i = 0; i < INJECTORS; i++) {
			if (intid != intid_for(i, v))
				continue;
			if (i == 1)
				vgic5_inject_spi(w->t.vm, pe, GIC5_INTID_ID(intid), false, NULL);
			g_done(&w->t, v, intid);
			atomic_fetch_add(&w->guest[v].taken[i], 1);
		}
	}
}

static bool choose(struct runner *r, unsigned *v)
{
	struct world *w = r->w;
	bool found = false;

	pthread_mutex_lock(&w->lock);
	for (unsigned i = 0; i < VCPUS && !found; i++) {
		struct guest *guest = &w->guest[r->next];

		*v = r->next;
		r->next = (r->next + 1) % VCPUS;
		found = !guest->running && (!guest->sleeping || vgic5_vcpu_pending(w->t.vcpu[*v]));
		if (found)
			guest->running = true;
	}
	pthread_mutex_unlock(&w->lock);
	return found;
}

static void run_once(struct runner *r, unsigned v)
{
	struct world *w = r->w;
	struct vgic5_vcpu *vcpu = w->t.vcpu[v];
	const bool wfi = (r->next + atomic_load(&w->guest[v].taken[0])) % 3;

	if (vgic5_vcpu_load(vcpu, w->fx.pe[r->pe]) || vgic5_vcpu_flush(vcpu)) {
		atomic_store(&w->lost, true);
		return;
	}
	take(w, v, w->fx.ppe[r->pe]);
	vgic5_vcpu_sync(vcpu);
	vgic5_vcpu_put(vcpu, wfi);
	pthread_mutex_lock(&w->lock);
	w->guest[v].running = false;
	w->guest[v].sleeping = wfi;
	pthread_mutex_unlock(&w->lock);
}

static void *run_pe(void *opaque)
{
	struct runner *r = opaque;
	unsigned v = 0;

	while (!atomic_load(&r->w->stop)) {
		if (choose(r, &v))
			run_once(r, v);
		else
			sched_yield();
		while (vgic5_gic_dispatch(r->w->fx.gic, r->w->fx.ppe[r->pe]))
			;
	}
	return NULL;
}

/* ---- injectors ---- */

static void inject(struct injector *in, unsigned v)
{
	const uint32_t intid = intid_for(in->index, v);
	struct world *w = in->w;

	switch (in->index) {
	case 0:
	case 1: vgic5_inject_spi(w->t.vm, in->pe, GIC5_INTID_ID(intid), true, NULL); break;
	case 2: vgic5_inject_lpi(w->t.vm, in->pe, GIC5_INTID_ID(intid)); break;
	default: vgic5_inject_ppi(w->t.vcpu[v], GIC5_PPI_SW, true, NULL); break;
	}
}

static void *run_injector(void *opaque)
{
	struct injector *in = opaque;
	struct world *w = in->w;

	for (unsigned round = 0; round < w->rounds && !atomic_load(&w->lost); round++) {
		const unsigned v = round % VCPUS;
		const unsigned before = atomic_load(&w->guest[v].taken[in->index]);
		unsigned turns = 0;

		inject(in, v);
		while (atomic_load(&w->guest[v].taken[in->index]) == before) {
			if (++turns > PATIENCE || atomic_load(&w->lost)) {
				atomic_store(&w->lost, true);
				break;
			}
			sched_yield();
		}
	}
	return NULL;
}

/* ---- */

static void set_up_guest(struct world *w)
{
	vm_config(&w->fx, &w->t);
	w->t.ops.kick = no_kick;
	vm_create(&w->fx, &w->t, VCPUS);
	assert_int_equal(vm_device(&w->t), 0);
	assert_int_equal(vm_set_base(&w->t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&w->t), 0);
	vm_run(&w->t);
	g_irs_on(&w->t);
	g_lpis(&w->t, 6);
	for (unsigned v = 0; v < VCPUS; v++) {
		enter(&w->t, v, 0);
		g_cpu_up(&w->t, v);
		for (unsigned i = 0; i < 3; i++)
			g_setup(&w->t, v, intid_for(i, v), 8 + i, v);
		g_spi_level(&w->t, 8 + v, true);
		g_msr(&w->t, v, GIC5_ICC_PPI_ENABLER0_EL1, bank_bit(GIC5_PPI_SW));
		leave(&w->t, v);
		put(&w->t, v, false);
	}
}

static void interrupts_from_many_threads_all_arrive(void **state)
{
	static struct world w;
	struct runner runner[2];
	struct injector injector[INJECTORS];

	(void)state;
	w.rounds = getenv("VGIC5_LONG") ? 10 * ROUNDS : ROUNDS;
#ifdef __SANITIZE_THREAD__
	w.rounds /= 10;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
	w.rounds /= 10;
#endif
#endif
	fx_init(&w.fx);
	fx_start(&w.fx);
	set_up_guest(&w);
	pthread_mutex_init(&w.lock, NULL);
	for (unsigned i = 0; i < 2; i++) {
		runner[i] = (struct runner){.w = &w, .pe = i};
		pthread_create(&runner[i].thread, NULL, run_pe, &runner[i]);
	}
	for (unsigned i = 0; i < INJECTORS; i++) {
		injector[i] = (struct injector){.w = &w, .index = i, .pe = w.fx.service};
		pthread_create(&injector[i].thread, NULL, run_injector, &injector[i]);
	}
	for (unsigned i = 0; i < INJECTORS; i++)
		pthread_join(injector[i].thread, NULL);
	atomic_store(&w.stop, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(runner[i].thread, NULL);
	assert_false(atomic_load(&w.lost));
	vm_end(&w.t);
	fx_stop(&w.fx);
}

/* VMs come and go on two threads at once: IDs, doorbells and level-2 tables are shared. */
static void *create_and_destroy(void *opaque)
{
	struct world *w = opaque;
	struct test_vm *t = malloc(sizeof(*t));

	for (unsigned i = 0; i < w->rounds / 20; i++) {
		vm_make(&w->fx, t, 2);
		vm_end(t);
	}
	free(t);
	return NULL;
}

static void vms_come_and_go_in_parallel(void **state)
{
	static struct world w;
	pthread_t thread[2];

	(void)state;
	w.rounds = ROUNDS;
	fx_init(&w.fx);
	w.fx.port_cfg.check_references = false;
	fx_start(&w.fx);
	for (unsigned i = 0; i < 2; i++)
		pthread_create(&thread[i], NULL, create_and_destroy, &w);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	fx_stop(&w.fx);
}

/* ---- */

struct toggler {
	struct test_vm *t;
	unsigned ppi;
	pthread_t thread;
};

static void *toggle(void *opaque)
{
	const struct toggler *g = opaque;

	for (unsigned i = 0; i < 10 * ROUNDS; i++)
		vgic5_inject_ppi(g->t->vcpu[0], g->ppi, i % 2 == 0, NULL);
	vgic5_inject_ppi(g->t->vcpu[0], g->ppi, g->ppi != GIC5_PPI_CNTP, NULL);
	return NULL;
}

static void R58_lines_of_different_ppis_do_not_disturb_each_other(void **state)
{
	static struct hyp_fixture fx;
	static struct test_vm t;
	struct toggler g[3] = {
		{.ppi = GIC5_PPI_CNTV}, {.ppi = GIC5_PPI_CNTP}, {.ppi = GIC5_PPI_PMU}};

	(void)state;
	fx_init(&fx);
	fx_start(&fx);
	vm_make(&fx, &t, 1);
	for (unsigned i = 0; i < 3; i++) {
		g[i].t = &t;
		pthread_create(&g[i].thread, NULL, toggle, &g[i]);
	}
	for (unsigned i = 0; i < 3; i++)
		pthread_join(g[i].thread, NULL);
	assert_true(atomic_load(&t.vcpu[0]->ppi.line[0]) ==
		    (bank_bit(GIC5_PPI_CNTV) | bank_bit(GIC5_PPI_PMU)));
	vm_end(&t);
	fx_stop(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupts_from_many_threads_all_arrive),
		cmocka_unit_test(vms_come_and_go_in_parallel),
		cmocka_unit_test(R58_lines_of_different_ppis_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
