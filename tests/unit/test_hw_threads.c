/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The model's locking under load: PEs in threads on their own and on each other's interrupts, VPEs
 * that come and go, and a thread that changes structure meanwhile. ThreadSanitizer runs these too.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "gic_test.h"

#define LPI(id) GIC5_INTID(GIC5_TYPE_LPI, id)
#define SPI(id) GIC5_INTID(GIC5_TYPE_SPI, id)

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define PERCENT 10U
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define PERCENT 10U
#endif
#ifndef PERCENT
#define PERCENT 100U
#endif

/* A tenth under ThreadSanitizer, twenty times as much in a long run. */
static unsigned scaled(unsigned count)
{
	return count * PERCENT / 100 * (getenv("VGIC5_LONG") ? 20 : 1);
}

static void relax(void *opaque)
{
	sched_yield();
}

struct pe_thread {
	struct gic_fixture *fx;
	unsigned pe, other;
	unsigned rounds, taken, own;
	_Atomic bool *stop;
	pthread_t thread;
};

static void start(struct pe_thread *t, void *(*body)(void *))
{
	assert_int_equal(pthread_create(&t->thread, NULL, body, t), 0);
}

/* Acknowledge and finish whatever is there; the number of interrupts. */
static unsigned serve(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx)
{
	unsigned count = 0;
	uint32_t intid;

	while ((intid = gic_ack(fx, pe, ctx)) != 0) {
		gic_done(fx, pe, ctx, intid);
		count++;
	}
	return count;
}

/* ---- own interrupts ---- */

static void *own_lpi(void *arg)
{
	struct pe_thread *t = arg;

	for (unsigned i = 0; i < t->rounds; i++) {
		gic_sys(t->fx, t->pe, &gic_el2, GIC5_CDPEND, gic_op_pend(LPI(t->own), true));
		t->taken += serve(t->fx, t->pe, &gic_el2);
	}
	return NULL;
}

GIC_TEST_WITH(pes_on_their_own_lpis_take_each_exactly_once, fx->cfg.pe_count = 2;
	      fx->env.relax = relax)
{
	struct pe_thread t[2];

	gic_lpis(fx, 8);
	for (unsigned i = 0; i < 2; i++) {
		t[i] = (struct pe_thread){.fx = fx, .pe = i, .own = i, .rounds = scaled(50000)};
		gic_setup_irq(fx, i, &gic_el2, LPI(i), 8, i);
	}
	for (unsigned i = 0; i < 2; i++)
		start(&t[i], own_lpi);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(t[i].thread, NULL);
		assert_int_equal(t[i].taken, t[i].rounds);
	}
}

/* ---- each other's interrupts ---- */

static _Atomic unsigned sent, received, finished;

static void *ipi(void *arg)
{
	struct pe_thread *t = arg;

	for (unsigned i = 0; i < t->rounds; i++) {
		/* an interrupt of its own per round trip, so that none merges */
		uint32_t intid = LPI(t->pe * 64 + i % 64);

		while (gic_state(t->fx, -1, intid).pending || gic_state(t->fx, -1, intid).active) {
			atomic_fetch_add(&received, serve(t->fx, t->pe, &gic_el2));
			sched_yield();
		}
		gic_sys(t->fx, t->pe, &gic_el2, GIC5_CDPEND, gic_op_pend(intid, true));
		atomic_fetch_add(&sent, 1);
		atomic_fetch_add(&received, serve(t->fx, t->pe, &gic_el2));
	}
	atomic_fetch_add(&finished, 1);
	while (atomic_load(&finished) < t->fx->cfg.pe_count) { /* others wait for us */
		atomic_fetch_add(&received, serve(t->fx, t->pe, &gic_el2));
		sched_yield();
	}
	return NULL;
}

GIC_TEST_WITH(ipis_between_four_pes_arrive_exactly_once, fx->cfg.pe_count = 4;
	      fx->env.relax = relax)
{
	struct pe_thread t[4];

	atomic_store(&sent, 0);
	atomic_store(&received, 0);
	atomic_store(&finished, 0);
	gic_lpis(fx, 8);
	for (unsigned i = 0; i < 4; i++) {
		t[i] = (struct pe_thread){.fx = fx, .pe = i, .rounds = scaled(10000)};
		for (unsigned j = 0; j < 64; j++)
			gic_setup_irq(fx, i, &gic_el2, LPI(i * 64 + j), j % 32, (i + 1) % 4);
	}
	for (unsigned i = 0; i < 4; i++)
		start(&t[i], ipi);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(t[i].thread, NULL);
	for (unsigned i = 0; i < 4; i++)
		atomic_fetch_add(&received, serve(fx, i, &gic_el2));
	assert_int_equal(atomic_load(&received), atomic_load(&sent));
}

/* ---- everything at once ---- */

static void *reroute(void *arg)
{
	struct pe_thread *t = arg;

	for (unsigned i = 0; i < t->rounds; i++) {
		uint32_t intid = i % 3 ? LPI(i % 32) : SPI(i % 32);

		gic_sys(t->fx, t->pe, &gic_el2, GIC5_CDAFF, gic_op_aff(intid, i % 5));
		gic_sys(t->fx, t->pe, &gic_el2, GIC5_CDPRI, gic_op_pri(intid, i % 32));
		gic_sys(t->fx, t->pe, &gic_el2, GIC5_CDPEND, gic_op_pend(intid, i % 7 != 0));
		gic_sys(t->fx, t->pe, &gic_el2, i % 4 ? GIC5_CDEN : GIC5_CDDIS, intid);
		serve(t->fx, t->pe, &gic_el2);
	}
	return NULL;
}

static void *wires(void *arg)
{
	struct pe_thread *t = arg;

	for (unsigned i = 0; !atomic_load(t->stop); i++) {
		gic5_spi_wire(t->fx->gic, i % 32, i & 32);
		gic5_ppi_wire(gic5_pe(t->fx->gic, i % t->fx->cfg.pe_count), GIC5_PPI_CNTP, i & 4);
		gic5_event_physical(t->fx->gic, LPI(i % 32), GIC5_SET_EDGE);
	}
	return NULL;
}

/* Structure goes and comes below running PEs. */
static void *structure(void *arg)
{
	struct pe_thread *t = arg;

	for (unsigned i = 0; !atomic_load(t->stop); i++) {
		gic_w32(t->fx, 0, GIC5_IRS_CR0, i % 2 ? GIC5_MASK(IRS_CR0_IRSEN) : 0);
		gic_w32(t->fx, 0, GIC5_IRS_SPI_SELR, i % 32);
		gic_w32(t->fx, 0, GIC5_IRS_SPI_CFGR, i & 1);
		if (i % 16 == 0) {
			uint64_t baser = gic_r64(t->fx, 0, GIC5_IRS_IST_BASER);

			gic_w64(t->fx, 0, GIC5_IRS_IST_BASER,
				baser & ~GIC5_MASK(IRS_IST_BASER_VALID));
			gic_w64(t->fx, 0, GIC5_IRS_IST_BASER, baser);
		}
		(void)gic_r64(t->fx, 0, GIC5_IRS_VPE_HPPIR);
		sched_yield();
	}
	gic_w32(t->fx, 0, GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IRSEN));
	return NULL;
}

static void allow_physical(struct gic_fixture *fx)
{
	static const unsigned rules[] = {9, 15, 16};

	for (unsigned i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		gic_allow_reports(fx, rules[i], GIC5_ORIGIN_HOST);
}

static void run_all(struct gic_fixture *fx, void *(*body)(void *), unsigned rounds)
{
	struct pe_thread t[4], helpers[2];
	_Atomic bool stop = false;

	for (unsigned i = 0; i < 2; i++) {
		helpers[i] = (struct pe_thread){.fx = fx, .stop = &stop};
		start(&helpers[i], i ? structure : wires);
	}
	for (unsigned i = 0; i < fx->cfg.pe_count; i++) {
		t[i] = (struct pe_thread){.fx = fx, .pe = i, .rounds = scaled(rounds)};
		start(&t[i], body);
	}
	for (unsigned i = 0; i < fx->cfg.pe_count; i++)
		pthread_join(t[i].thread, NULL);
	atomic_store(&stop, true);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(helpers[i].thread, NULL);
}

/* A line says what HPPIR says once all is quiet. */
static void lines_agree(struct gic_fixture *fx)
{
	for (unsigned i = 0; i < fx->cfg.pe_count; i++) {
		bool hppi = gic_mrs(fx, i, &gic_el2, GIC5_ICC_HPPIR_EL1) != 0;
		bool vhppi = gic_mrs(fx, i, &gic_el2, GIC5_ICH_HPPIR_EL2) != 0;

		assert_int_equal(gic5_line_level(gic5_pe(fx->gic, i), GIC5_LINE_IRQ), hppi);
		assert_int_equal(gic5_line_level(gic5_pe(fx->gic, i), GIC5_LINE_VIRQ), vhppi);
	}
}

GIC_TEST_WITH(routing_wires_and_table_changes_in_parallel_leave_lines_and_hppi_agreeing,
	      fx->cfg.pe_count = 4;
	      fx->env.relax = relax)
{
	gic_lpis(fx, 8);
	allow_physical(fx);
	run_all(fx, reroute, 5000);
	lines_agree(fx);
}

GIC_TEST_WITH(one_of_n_in_parallel_leaves_lines_and_hppi_agreeing, fx->cfg.pe_count = 4;
	      fx->irs[0].one_n = true; fx->env.relax = relax)
{
	gic_lpis(fx, 8);
	allow_physical(fx);
	for (unsigned i = 0; i < 32; i += 2)
		gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(LPI(i), 0) | GIC5_MASK(CDAFF_IRM));
	run_all(fx, reroute, 3000);
	lines_agree(fx);
}

/* ---- virtual ---- */

/*
 * A VPE's life: enter, interrupts for itself and for the other VPE, leave with a doorbell request.
 */
static void *guest(void *arg)
{
	struct pe_thread *t = arg;
	struct gic_fixture *fx = t->fx;

	for (unsigned i = 0; i < t->rounds; i++) {
		uint32_t intid = LPI(i % 16), peer = LPI((i + 7) % 16);

		if (!gic_enter(fx, t->pe, 1, t->pe))
			continue;
		gic_sys(fx, t->pe, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(intid, true));
		gic_sys(fx, t->pe, &gic_el1_virt, GIC5_CDAFF, gic_op_aff(peer, i % 4));
		gic_sys(fx, t->pe, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, SPI(i % 16), i % 3));
		t->taken += serve(fx, t->pe, &gic_el1_virt);
		gic_leave(fx, t->pe, (int)(i % 32));
		t->taken += serve(fx, t->pe, &gic_el2); /* doorbells, too */
	}
	return NULL;
}

static void guests(struct gic_fixture *fx)
{
	struct gic_vm vm = gic_simple_vm(fx, 4);

	gic_lpis(fx, 8);
	allow_physical(fx);
	gic_allow_reports(fx, 14, GIC5_ORIGIN_HOST);
	gic_allow_reports(fx, 15, GIC5_ORIGIN_GUEST);
	gic_allow_reports(fx, 16, GIC5_ORIGIN_GUEST);
	for (unsigned i = 0; i < 4; i++) {
		gic_vpe_dbr(fx, vm.vm_id, i, 100 + i, 31, false);
		gic_setup_irq(fx, 0, &gic_el2, LPI(100 + i), 4, i);
	}
	assert_true(gic_enter(fx, 0, 1, 0));
	for (unsigned i = 0; i < 16; i++) {
		gic_setup_irq(fx, 0, &gic_el1_virt, LPI(i), i, i % 4);
		gic_setup_irq(fx, 0, &gic_el1_virt, SPI(i), i, i % 4);
	}
	gic_leave(fx, 0, -1);
	run_all(fx, guest, 5000);
	lines_agree(fx);
}

GIC_TEST_WITH(vpes_that_come_and_go_in_parallel_leave_lines_and_hppi_agreeing, fx->cfg.pe_count = 4;
	      fx->env.relax = relax)
{
	guests(fx);
}

GIC_TEST_WITH(vpes_with_one_of_n_in_parallel_leave_lines_and_hppi_agreeing, fx->cfg.pe_count = 4;
	      fx->irs[0].virt_one_n = true; fx->env.relax = relax)
{
	guests(fx);
}

/* ---- observers ---- */

static void *observe(void *arg)
{
	struct pe_thread *t = arg;
	struct gic_fixture *fx = t->fx;
	size_t size = gic5_save(fx->gic, NULL, 0);
	void *buf = malloc(size);

	while (buf && !atomic_load(t->stop)) {
		struct gic5_irq_state state;
		uint32_t vm, vpe;

		(void)gic5_inspect(fx->gic, -1, LPI(0), &state);
		(void)gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe);
		(void)gic5_references(fx->gic, GIC_FX_MEMORY_BASE, 4096);
		gic5_check_tables(fx->gic);
		(void)gic5_save(fx->gic, buf, size);
		sched_yield();
	}
	free(buf);
	return NULL;
}

GIC_TEST_WITH(observers_disturb_no_interrupt, fx->cfg.pe_count = 2; fx->env.relax = relax)
{
	_Atomic bool stop = false;
	struct pe_thread observer = {.fx = fx, .stop = &stop};
	struct pe_thread t[2];

	gic_lpis(fx, 8);
	for (unsigned i = 0; i < 2; i++) {
		t[i] = (struct pe_thread){.fx = fx, .pe = i, .own = i, .rounds = scaled(20000)};
		gic_setup_irq(fx, i, &gic_el2, LPI(i), 8, i);
	}
	start(&observer, observe);
	for (unsigned i = 0; i < 2; i++)
		start(&t[i], own_lpi);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(t[i].thread, NULL);
		assert_int_equal(t[i].taken, t[i].rounds);
	}
	atomic_store(&stop, true);
	pthread_join(observer.thread, NULL);
}

GIC_TEST_MAIN()
