/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several CPUs: exclusives and atomics with exact sums, litmus shapes, TLBI and IC broadcast.
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define MAX_WORKERS 4
#define ROUNDS      2000
#define VA          0x180000000ull

static struct tables low;
static uint32_t workers; /* CPUs that take part, this one included */
static bool lse;

static union {
	volatile uint64_t word[2];
	volatile uint8_t byte[16];
	uint8_t line[128];
} shared __attribute__((aligned(128)));

static volatile uint64_t other_line[16] __attribute__((aligned(128)));

/* ---- running something on all CPUs ----------------------------------------------------------------- */

struct job {
	void (*fn)(uint32_t worker);
	uint32_t worker;
};

static struct job jobs[MAX_WORKERS];

static void run_job(void *arg)
{
	struct job *job = arg;

	mmu_on(&low, NULL, 0);
	job->fn(job->worker);
}

static void on_all(void (*fn)(uint32_t worker))
{
	for (uint32_t i = 0; i < workers; i++)
		jobs[i] = (struct job){fn, i};
	dsb(ish);
	for (uint32_t i = 1; i < workers; i++)
		cpu_start(i, run_job, &jobs[i]);
	fn(0);
	for (uint32_t i = 1; i < workers; i++)
		cpu_join(i);
}

static volatile uint32_t arrived[MAX_WORKERS * 32];

static void barrier_reset(void)
{
	for (uint32_t i = 0; i < MAX_WORKERS; i++)
		arrived[i * 32] = 0;
}

/* Where there are fewer host CPUs than guest CPUs, WFE lets others run; it ends by itself here. */
static void wait_for(volatile uint32_t *p, uint32_t value)
{
	uint32_t seen;

	for (uint32_t spins = 1;; spins++) {
		__asm__ volatile("ldar %w0, [%1]" : "=r"(seen) : "r"(p) : "memory");
		if ((int32_t)(seen - value) >= 0)
			return;
		if (spins % 64 == 0)
			wfe();
	}
}

/* Workers 0 .. count-1 meet; @round counts up from 1 */
static void barrier(uint32_t worker, uint32_t count, uint32_t round)
{
	__asm__ volatile("stlr %w0, [%1]" ::"r"(round), "r"(&arrived[worker * 32]) : "memory");
	for (uint32_t i = 0; i < count; i++)
		wait_for(&arrived[i * 32], round);
}

/* ---- exact sums ------------------------------------------------------------------------------------ */

#define EXCLUSIVE_LOOP(name, ldx, stx, width)                                             \
	static void name(uint32_t worker)                                                 \
	{                                                                                 \
		for (uint32_t i = 0; i < ROUNDS; i++)                                     \
			__asm__ volatile("1:	" ldx " %" width "0, [%2]\n\tadd %" width \
					 "0, %" width "0, #1\n\t" stx " %w1, %" width     \
					 "0, [%2]\n\tcbnz %w1, 1b"                        \
					 : "=&r"((uint64_t){0}), "=&r"((uint32_t){0})     \
					 : "r"(&shared)                                   \
					 : "memory");                                     \
	}

EXCLUSIVE_LOOP(add_xb, "ldxrb", "stxrb", "w")
EXCLUSIVE_LOOP(add_xh, "ldxrh", "stxrh", "w")
EXCLUSIVE_LOOP(add_xw, "ldxr", "stxr", "w")
EXCLUSIVE_LOOP(add_xx, "ldxr", "stxr", "x")
EXCLUSIVE_LOOP(add_ab, "ldaxrb", "stlxrb", "w")
EXCLUSIVE_LOOP(add_ah, "ldaxrh", "stlxrh", "w")
EXCLUSIVE_LOOP(add_aw, "ldaxr", "stlxr", "w")
EXCLUSIVE_LOOP(add_ax, "ldaxr", "stlxr", "x")

static void add_pair_x(uint32_t worker)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		__asm__ volatile(
			"1:	ldxp x10, x11, [%0]\n\tadd x10, x10, #1\n\tadd x11, x11, #3\n\t"
			"stxp w12, x10, x11, [%0]\n\tcbnz w12, 1b" ::"r"(&shared)
			: "x10", "x11", "x12", "memory");
}

static void add_pair_w(uint32_t worker)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		__asm__ volatile(
			"1:	ldaxp w10, w11, [%0]\n\tadd w10, w10, #1\n\tadd w11, w11, #3\n\t"
			"stlxp w12, w10, w11, [%0]\n\tcbnz w12, 1b" ::"r"(&shared)
			: "x10", "x11", "x12", "memory");
}

/* Each worker its own byte of one word: neighbours must not be lost */
static void add_neighbour(uint32_t worker)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		__asm__ volatile(
			"1:	ldxrb w10, [%0]\n\tadd w10, w10, #1\n\tstxrb w11, w10, [%0]\n\t"
			"cbnz w11, 1b" ::"r"(&shared.byte[worker])
			: "x10", "x11", "memory");
}

#define ATOMIC_LOOP(name, insn)                                                \
	static void name(uint32_t worker)                                      \
	{                                                                      \
		for (uint32_t i = 0; i < ROUNDS; i++)                          \
			__asm__ volatile("mov x10, #1\n\t" insn ::"r"(&shared) \
					 : "x10", "x11", "memory");            \
	}

ATOMIC_LOOP(add_lb, "ldaddb w10, w11, [%0]")
ATOMIC_LOOP(add_lh, "ldaddh w10, w11, [%0]")
ATOMIC_LOOP(add_lw, "ldadd w10, w11, [%0]")
ATOMIC_LOOP(add_lx, "ldadd x10, x11, [%0]")
ATOMIC_LOOP(add_lal, "ldaddal x10, x11, [%0]")
ATOMIC_LOOP(add_st, "stadd x10, [%0]")

#define CAS_LOOP(name, load, cas, width)                                                        \
	static void name(uint32_t worker)                                                       \
	{                                                                                       \
		for (uint32_t i = 0; i < ROUNDS; i++)                                           \
			__asm__ volatile("1:	" load " " width "10, [%0]\n\tmov x11, x10\n\t" \
					 "add " width "12, " width "10, #1\n\t" cas " " width   \
					 "10, " width                                           \
					 "12, [%0]\n\tcmp x10, x11\n\tb.ne 1b" ::"r"(&shared)   \
					 : "x10", "x11", "x12", "cc", "memory");                \
	}

CAS_LOOP(add_cb, "ldrb", "casb", "w")
CAS_LOOP(add_ch, "ldrh", "cash", "w")
CAS_LOOP(add_cw, "ldr", "casal", "w")
CAS_LOOP(add_cx, "ldr", "cas", "x")

static void add_casp(uint32_t worker)
{
	for (uint32_t i = 0; i < ROUNDS; i++)
		__asm__ volatile("1:	ldp x10, x11, [%0]\n\tmov x14, x10\n\tmov x15, x11\n\t"
				 "add x12, x10, #1\n\tadd x13, x11, #3\n\t"
				 "caspal x10, x11, x12, x13, [%0]\n\tcmp x10, x14\n\tccmp x11, "
				 "x15, #0, eq\n\t"
				 "b.ne 1b" ::"r"(&shared)
				 : "x10", "x11", "x12", "x13", "x14", "x15", "cc", "memory");
}

/* A token of SWP: whoever gets 1 holds the lock of a plain counter */
static void swap_lock(uint32_t worker)
{
	for (uint32_t i = 0; i < ROUNDS / 4; i++)
		__asm__ volatile("1:	mov x10, #1\n\tswpa x10, x11, [%1]\n\tcbnz x11, 1b\n\t"
				 "ldr x10, [%0]\n\tadd x10, x10, #1\n\tstr x10, [%0]\n\t"
				 "stlr xzr, [%1]" ::"r"(&shared),
				 "r"(&other_line)
				 : "x10", "x11", "memory");
}

/* Exclusives and atomics on one variable */
static void mixed(uint32_t worker)
{
	if (worker & 1)
		add_lx(worker);
	else
		add_ax(worker);
}

static void check_sum(void (*fn)(uint32_t), uint64_t mask)
{
	shared.word[0] = shared.word[1] = 0;
	on_all(fn);
	CHECK_EQ(shared.word[0] & mask, (uint64_t)workers * ROUNDS & mask);
	CHECK_EQ(shared.word[0] & ~mask, 0);
	CHECK_EQ(shared.word[1], 0);
}

static void exclusives(void)
{
	check_sum(add_xb, 0xff);
	check_sum(add_xh, 0xffff);
	check_sum(add_xw, 0xffffffff);
	check_sum(add_xx, ~0ull);
	check_sum(add_ab, 0xff);
	check_sum(add_ah, 0xffff);
	check_sum(add_aw, 0xffffffff);
	check_sum(add_ax, ~0ull);
}

static void exclusive_pairs(void)
{
	uint64_t n = (uint64_t)workers * ROUNDS;

	shared.word[0] = shared.word[1] = 0;
	on_all(add_pair_x);
	CHECK_EQ(shared.word[0], n);
	CHECK_EQ(shared.word[1], 3 * n);
	shared.word[0] = shared.word[1] = 0;
	on_all(add_pair_w);
	CHECK_EQ(shared.word[0], n | 3 * n << 32);
	CHECK_EQ(shared.word[1], 0);
}

static void neighbours(void)
{
	shared.word[0] = shared.word[1] = 0;
	on_all(add_neighbour);
	for (uint32_t i = 0; i < workers; i++)
		CHECK_EQ(shared.byte[i], (uint8_t)ROUNDS);
}

static void atomics(void)
{
	check_sum(add_lb, 0xff);
	check_sum(add_lh, 0xffff);
	check_sum(add_lw, 0xffffffff);
	check_sum(add_lx, ~0ull);
	check_sum(add_lal, ~0ull);
	check_sum(add_st, ~0ull);
	check_sum(add_cb, 0xff);
	check_sum(add_ch, 0xffff);
	check_sum(add_cw, 0xffffffff);
	check_sum(add_cx, ~0ull);
	check_sum(mixed, ~0ull);
	shared.word[0] = shared.word[1] = 0;
	on_all(add_casp);
	CHECK_EQ(shared.word[0], (uint64_t)workers * ROUNDS);
	CHECK_EQ(shared.word[1], 3ull * workers * ROUNDS);
	shared.word[0] = shared.word[1] = 0;
	other_line[0] = 0;
	on_all(swap_lock);
	CHECK_EQ(shared.word[0], (uint64_t)workers * (ROUNDS / 4));
}

/* ---- the monitor ----------------------------------------------------------------------------------- */

static bool return_from_svc(struct frame *f)
{
	return ESR_EC(f->esr) == 0x15;
}

static void exception_clears_monitor(void)
{
	uint32_t status = 7;

	this_cpu()->on_sync = return_from_svc;
	__asm__ volatile("ldxr x10, [%1]\n\tsvc #0\n\tstxr %w0, x10, [%1]"
			 : "=&r"(status)
			 : "r"(&shared)
			 : "x10", "memory");
	this_cpu()->on_sync = NULL;
	CHECK_EQ(status, 1);
	__asm__ volatile("ldxr x10, [%1]\n\tclrex\n\tstxr %w0, x10, [%1]"
			 : "=&r"(status)
			 : "r"(&shared)
			 : "x10", "memory");
	CHECK_EQ(status, 1);
	__asm__ volatile("stxr %w0, x10, [%1]" : "=&r"(status) : "r"(&shared) : "memory");
	CHECK_EQ(status, 1);
}

static volatile uint32_t failed_exclusives;

static void intruder(uint32_t worker)
{
	uint32_t status = 0;

	if (worker > 1)
		return;
	for (uint32_t i = 1; i <= 200; i++) {
		if (worker == 0)
			__asm__ volatile("ldxr x10, [%0]" ::"r"(&shared) : "x10", "memory");
		barrier(worker, 2, 3 * i - 2);
		if (worker == 1)
			shared.word[0] = i; /* another value than before */
		barrier(worker, 2, 3 * i - 1);
		if (worker == 0) {
			__asm__ volatile("stxr %w0, xzr, [%1]"
					 : "=&r"(status)
					 : "r"(&shared)
					 : "memory");
			failed_exclusives += status;
		}
		barrier(worker, 2, 3 * i);
	}
}

static void store_by_another_cpu(void)
{
	shared.word[0] = 0;
	failed_exclusives = 0;
	barrier_reset();
	on_all(intruder);
	CHECK_EQ(failed_exclusives, 200);
	CHECK_EQ(shared.word[0], 200);
}

/* ---- litmus shapes --------------------------------------------------------------------------------- */

static volatile uint64_t x_var[16] __attribute__((aligned(128)));
static volatile uint64_t y_var[16] __attribute__((aligned(128)));
static volatile uint64_t seen_a, seen_b;
static volatile uint32_t forbidden;

#define LITMUS(name, first, second, is_forbidden)                           \
	static void name(uint32_t worker)                                   \
	{                                                                   \
		uint64_t r = 0, x = (uint64_t)&x_var, y = (uint64_t)&y_var; \
                                                                            \
		for (uint32_t i = 1; worker < 2 && i <= 3 * ROUNDS; i++) {  \
			if (worker == 0)                                    \
				x_var[0] = y_var[0] = 0;                    \
			barrier(worker, 2, 3 * i - 2);                      \
			if (worker == 0) {                                  \
				__asm__ volatile(first                      \
						 : "+r"(r)                  \
						 : "r"(x), "r"(y)           \
						 : "x10", "memory");        \
				seen_a = r;                                 \
			} else {                                            \
				__asm__ volatile(second                     \
						 : "+r"(r)                  \
						 : "r"(x), "r"(y)           \
						 : "x10", "memory");        \
				seen_b = r;                                 \
			}                                                   \
			barrier(worker, 2, 3 * i - 1);                      \
			if (worker == 0 && (is_forbidden))                  \
				forbidden++;                                \
			barrier(worker, 2, 3 * i);                          \
		}                                                           \
	}

#define STORE(reg)     "mov x10, #1\n\tstr x10, [%" reg "]\n\t"
#define STORE_REL(reg) "mov x10, #1\n\tstlr x10, [%" reg "]\n\t"

/* message passing: saw y = 1 but x = 0 (r = 2y + x) */
LITMUS(mp_acq_rel, STORE("1") STORE_REL("2"),
       "ldar x10, [%2]\n\tldr %0, [%1]\n\tadd %0, %0, x10, lsl #1", seen_b == 2)
LITMUS(mp_dmb, STORE("1") "dmb ishst\n\t" STORE("2"),
       "ldr x10, [%2]\n\tdmb ishld\n\tldr %0, [%1]\n\tadd %0, %0, x10, lsl #1", seen_b == 2)
/* store buffering: both saw 0 */
LITMUS(sb_dmb, STORE("1") "dmb ish\n\tldr %0, [%2]", STORE("2") "dmb ish\n\tldr %0, [%1]",
       seen_a == 0 && seen_b == 0)
LITMUS(sb_acq_rel, STORE_REL("1") "ldar %0, [%2]", STORE_REL("2") "ldar %0, [%1]",
       seen_a == 0 && seen_b == 0)
/* load buffering: both saw 1 */
LITMUS(lb_acq, "ldar %0, [%2]\n\t" STORE("1"), "ldar %0, [%1]\n\t" STORE("2"),
       seen_a == 1 && seen_b == 1)
/* exclusives are atomic with acquire and release */
LITMUS(sb_atomic, "mov x10, #1\n\tldaddal x10, x10, [%1]\n\tldar %0, [%2]",
       "mov x10, #1\n\tldaddal x10, x10, [%2]\n\tldar %0, [%1]", seen_a == 0 && seen_b == 0)

static void litmus(void (*fn)(uint32_t))
{
	forbidden = 0;
	barrier_reset();
	on_all(fn);
	CHECK_EQ(forbidden, 0);
}

static void message_passing(void)
{
	litmus(mp_acq_rel);
	litmus(mp_dmb);
}

static void store_buffering(void)
{
	litmus(sb_dmb);
	if (lse)
		litmus(sb_atomic);
}

/* RCsc: a load-acquire does not pass a store-release (in QEMU 7.2 it does) */
static void store_buffering_acq_rel(void)
{
	litmus(sb_acq_rel);
}

static void load_buffering(void)
{
	litmus(lb_acq);
}

/* ---- broadcasts ------------------------------------------------------------------------------------ */

static volatile uint32_t phase, stop, wrong;

/* T5: others read VA all the time; after the issuer's DSB nobody may read the old page */
static void tlbi_readers(uint32_t worker)
{
	for (uint32_t i = 1; i <= 300; i++) {
		if (worker == 0) {
			tables_map(&low, VA, (uint64_t)spare_page(i & 1), 3, MAP_DATA);
			tlb_flush_va(VA, 0);
			__asm__ volatile("stlr %w0, [%1]" ::"r"(i), "r"(&phase) : "memory");
		} else {
			uint32_t before, after;
			uint64_t value;

			do {
				__asm__ volatile("ldar %w0, [%1]"
						 : "=r"(before)
						 : "r"(&phase)
						 : "memory");
				value = *(volatile uint64_t *)VA;
				__asm__ volatile("dmb ish\n\tldar %w0, [%1]"
						 : "=r"(after)
						 : "r"(&phase)
						 : "memory");
				if (before == after && before && value != (before & 1) &&
				    after == phase)
					wrong |= before < i ? 0 : 1u << worker;
			} while (after < i);
		}
		barrier(worker, workers, 2 * i - 1);
		/* quiet: everybody must see the new page */
		if (*(volatile uint64_t *)VA != (i & 1))
			wrong |= 0x100u << worker;
		barrier(worker, workers, 2 * i);
	}
}

static void tlbi_broadcast(void)
{
	*(volatile uint64_t *)spare_page(0) = 0;
	*(volatile uint64_t *)spare_page(1) = 1;
	tables_map(&low, VA, (uint64_t)spare_page(0), 3, MAP_DATA);
	tlb_flush();
	phase = 0;
	wrong = 0;
	barrier_reset();
	on_all(tlbi_readers);
	CHECK_EQ(wrong, 0);
}

/* All CPUs wait in DSB for all others at once */
static void tlbi_storm(uint32_t worker)
{
	uint64_t va = VA + 0x200000 + worker * 0x1000;

	for (uint32_t i = 0; i < 500; i++) {
		tables_map(&low, va, (uint64_t)spare_page(i & 1), 3, MAP_DATA);
		tlb_flush_va(va, 0);
		if (*(volatile uint64_t *)va != (i & 1))
			wrong = 1;
	}
}

static void tlbi_by_all(void)
{
	tables_entry(&low, VA + 0x200000, 3);
	wrong = 0;
	on_all(tlbi_storm);
	CHECK_EQ(wrong, 0);
}

/* Each form, seen by CPU 1 which has just used the old mapping */
#define FORMS 7

static void flush_by_form(uint32_t form)
{
	uint64_t page = VA >> 12;

	dsb(ishst);
	switch (form) {
	case 0: __asm__ volatile("tlbi vmalle1is" ::: "memory"); break;
	case 1: __asm__ volatile("tlbi vae1is, %0" ::"r"(page) : "memory"); break;
	case 2: __asm__ volatile("tlbi vale1is, %0" ::"r"(page) : "memory"); break;
	case 3: __asm__ volatile("tlbi vaae1is, %0" ::"r"(page) : "memory"); break;
	case 4: __asm__ volatile("tlbi vaale1is, %0" ::"r"(page) : "memory"); break;
	case 5: __asm__ volatile("tlbi aside1is, xzr" ::: "memory"); break;
	default: /* more requests than a queue might hold */
		for (uint64_t i = 0; i < 100; i++)
			__asm__ volatile("tlbi vae1is, %0" ::"r"(page + 50 - i) : "memory");
		break;
	}
	dsb(ish);
}

static void tlbi_forms(uint32_t worker)
{
	for (uint32_t i = 0; worker < 2 && i < 20 * FORMS; i++) {
		uint64_t expected = i & 1;

		if (worker == 0) {
			tables_map(&low, VA, (uint64_t)spare_page(expected), 3, MAP_DATA | PTE_NG);
			flush_by_form(i % FORMS);
		}
		barrier(worker, 2, 2 * i + 1);
		if (*(volatile uint64_t *)VA != expected)
			wrong |= 1u << (i % FORMS);
		barrier(worker, 2, 2 * i + 2);
	}
}

static void tlbi_forms_broadcast(void)
{
	*(volatile uint64_t *)spare_page(0) = 0;
	*(volatile uint64_t *)spare_page(1) = 1;
	tables_map(&low, VA, (uint64_t)spare_page(0), 3, MAP_DATA | PTE_NG);
	tlb_flush();
	wrong = 0;
	barrier_reset();
	on_all(tlbi_forms);
	CHECK_EQ(wrong, 0);
}

/* T3: one CPU patches, the others execute after they have seen the flag */
static void ic_readers(uint32_t worker)
{
	uint32_t *code = (uint32_t *)spare_page(2);

	for (uint32_t i = 1; i <= 300; i++) {
		if (worker == 0) {
			code[0] = 0x52800000 | i << 5; /* MOV W0, #i */
			code[1] = 0xd65f03c0;
			sync_code(code, 8);
			if (i & 1)
				__asm__ volatile("ic ialluis\n\tdsb ish\n\tisb" ::: "memory");
			__asm__ volatile("stlr %w0, [%1]" ::"r"(i), "r"(&phase) : "memory");
		} else {
			wait_for(&phase, i);
			isb();
		}
		if (((uint64_t(*)(void))code)() != i)
			wrong |= 1u << worker;
		barrier(worker, workers, i);
	}
}

static void ic_broadcast(void)
{
	phase = 0;
	wrong = 0;
	barrier_reset();
	on_all(ic_readers);
	CHECK_EQ(wrong, 0);
}

/* ---- main ------------------------------------------------------------------------------------------ */

static void nothing(void *arg)
{
}

static void cpus_start(void)
{
	for (uint32_t i = 1; i < workers; i++) {
		CHECK(percpus[i].state == 2);
		CHECK_EQ(psci(0xc4000003, i, (uint64_t)_head, 0), (uint64_t)-4); /* ALREADY_ON */
	}
	CHECK_EQ(psci(0xc4000003, 0xffffff, (uint64_t)_head, 0),
		 (uint64_t)-2); /* INVALID_PARAMETERS */
}

void guest_main(void)
{
	for (workers = 1; workers < MAX_WORKERS; workers++) {
		if (!cpu_start(workers, nothing, NULL))
			break;
		cpu_join(workers);
	}
	print("# %u CPUs\n", workers);
	tables_init(&low, 12, 48);
	tables_identity(&low);
	mmu_on(&low, NULL, 0);
	lse = (read_reg(id_aa64isar0_el1) >> 20 & 15) >= 2;
	test("PSCI CPU_ON starts each CPU once", cpus_start);
	test("an exception, CLREX, no load: STXR fails", exception_clears_monitor);
	test("T6: LDXR, STXR, LDAXR, STLXR of all sizes add exactly", exclusives);
	test("T6: LDXP, STXP, LDAXP, STLXP add exactly", exclusive_pairs);
	test("T6: exclusives on neighbouring bytes", neighbours);
	if (lse)
		test("T6: LDADD, CAS, CASP, SWP of all sizes, and mixed with exclusives", atomics);
	else
		skip("T6: LDADD, CAS, CASP, SWP of all sizes, and mixed with exclusives",
		     "no FEAT_LSE");
	if (workers < 2) {
		mmu_off();
		return;
	}
	test("T6: a store by another CPU makes STXR fail", store_by_another_cpu);
	test("T7: message passing, by acquire and release, by DMB", message_passing);
	test("T7: store buffering, by DMB, by atomics", store_buffering);
	test("T7: store buffering, by STLR and LDAR", store_buffering_acq_rel);
	test("T7: load buffering", load_buffering);
	test("T5: TLBI VAE1IS and DSB reach all CPUs", tlbi_broadcast);
	test("T5: each form of TLBI ...IS reaches another CPU", tlbi_forms_broadcast);
	test("T5: all CPUs issue TLBI and wait in DSB at once", tlbi_by_all);
	test("T3: IC IVAU reaches all CPUs", ic_broadcast);
	mmu_off();
}
