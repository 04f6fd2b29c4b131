/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Figures of the hardware model. Each result is a JSON object on a line.
 *
 *	bench_hw [rounds]		rounds of each timing, default 7; the median counts
 *
 * lpi_cycle     CDPEND, CDIA, CDEOI, CDDI of one LPI while P others are pending
 *               case lower      at a lower priority, for the same PE
 *                    disabled   disabled
 *                    other_pe   for another PE
 *                    fifo       at the same priority: the oldest is taken, and pended again
 *               CPU time, so that other work on the machine does not count
 * lpi_parallel  the cycle on one thread, and on two threads and PEs with LPIs of their own; wall time,
 *               so it needs two cores with nothing else to do
 * memory        bytes that the model allocates, by difference
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <vgic5/gic5hw.h>

#define ID_BITS     22
#define MEMORY_SIZE (UINT64_C(64) << 20)
#define MAX_ROUNDS  31

static uint8_t *memory;
static size_t allocated;
static const struct gic5_ctx el2 = {.el = 2};

static void *bench_alloc(void *opaque, size_t size)
{
	size_t room = (size + 63) & ~(size_t)63;
	void *ptr = aligned_alloc(64, room);

	if (!ptr)
		return NULL;
	allocated += size;
	return memset(ptr, 0, room);
}

static void bench_free(void *opaque, void *ptr, size_t size)
{
	allocated -= size;
	free(ptr);
}

static bool bench_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	if (pa > MEMORY_SIZE || len > MEMORY_SIZE - pa)
		return false;
	memcpy(buf, memory + pa, len);
	return true;
}

static bool bench_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	if (pa > MEMORY_SIZE || len > MEMORY_SIZE - pa)
		return false;
	memcpy(memory + pa, buf, len);
	return true;
}

static double clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double report(const char *name, const char *params, const char *unit, double *values,
		     unsigned count)
{
	qsort(values, count, sizeof(*values), compare);
	printf("{\"name\":\"%s\",\"params\":{%s},\"unit\":\"%s\",\"median\":%.3f,\"min\":%.3f,"
	       "\"max\":%.3f}\n",
	       name, params, unit, values[count / 2], values[0], values[count - 1]);
	fflush(stdout);
	return values[count / 2];
}

/* ---- a system with LPIs ---- */

static void write32(struct gic5 *gic, uint32_t offset, uint64_t value)
{
	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, offset, 4, value);
}

static void write64(struct gic5 *gic, uint32_t offset, uint64_t value)
{
	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, offset, 8, value);
}

static void sys(struct gic5_pe *pe, uint32_t enc, uint64_t operand)
{
	if (gic5_sys(pe, &el2, enc, false, operand) != GIC5_DONE)
		abort();
}

static struct gic5 *make_system(void)
{
	struct gic5_irs_config irs;
	struct gic5_pe_config pes[2];
	struct gic5_config cfg;
	const struct gic5_env env = {
		.alloc = bench_alloc, .free = bench_free, .read = bench_read, .write = bench_write};
	struct gic5 *gic;

	gic5_config_default(&cfg);
	gic5_irs_config_default(&irs);
	gic5_pe_config_default(&pes[0], 0);
	gic5_pe_config_default(&pes[1], 1);
	cfg.irs = &irs;
	cfg.irs_count = 1;
	cfg.pe = pes;
	cfg.pe_count = 2;
	memset(memory, 0, MEMORY_SIZE);
	if (gic5_create(&cfg, &env, &gic, NULL))
		abort();
	return gic;
}

/* Linear table of 2^bits LPIs at 0, both PEs enabled. */
static void enable(struct gic5 *gic, unsigned bits)
{
	write32(gic, GIC5_IRS_IST_CFGR, GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, bits));
	write64(gic, GIC5_IRS_IST_BASER, GIC5_MASK(IRS_IST_BASER_VALID));
	write32(gic, GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IRSEN));
	for (unsigned i = 0; i < 2; i++) {
		struct gic5_pe *pe = gic5_pe(gic, i);

		gic5_sysreg_write(pe, &el2, GIC5_ICC_CR0_EL1,
				  GIC5_MASK(ICC_CR0_EL1_EN) | GIC5_MASK(ICC_CR0_EL1_LINK));
		gic5_sysreg_write(pe, &el2, GIC5_ICC_PCR_EL1, 31);
	}
}

static uint64_t lpi(uint32_t id)
{
	return GIC5_INTID(GIC5_TYPE_LPI, id);
}

static void configure(struct gic5_pe *pe, uint32_t id, unsigned priority, unsigned iaffid, bool on)
{
	sys(pe, GIC5_CDPRI, lpi(id) | GIC5_PUT(CDPRI_PRIORITY, priority));
	sys(pe, GIC5_CDAFF, lpi(id) | GIC5_PUT(CDAFF_IAFFID, iaffid));
	if (on)
		sys(pe, GIC5_CDEN, lpi(id));
}

static void pend(struct gic5_pe *pe, uint64_t intid)
{
	sys(pe, GIC5_CDPEND, intid | GIC5_MASK(CDPEND_PENDING));
}

/* One whole life: pended, taken, dropped, deactivated. Returns what was taken. */
static inline uint64_t cycle(struct gic5_pe *pe, uint64_t intid)
{
	uint64_t taken = 0;

	gic5_sys(pe, &el2, GIC5_CDPEND, false, intid | GIC5_MASK(CDPEND_PENDING));
	gic5_sysl(pe, &el2, GIC5_CDIA, &taken);
	gic5_sys(pe, &el2, GIC5_CDEOI, true, 0);
	gic5_sys(pe, &el2, GIC5_CDDI, false, taken);
	return taken;
}

/* ---- lpi_cycle ---- */

static double time_cycles(struct gic5_pe *pe, bool fifo, unsigned count)
{
	uint64_t intid = lpi(0), taken = 0;
	double start = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	for (unsigned i = 0; i < count; i++) {
		taken = cycle(pe, intid);
		if (!GIC5_GET(CDIA_VALID, taken))
			abort();
		if (fifo)
			intid = taken & UINT32_MAX; /* the oldest goes to the end of the queue */
		else if ((taken & UINT32_MAX) != intid)
			abort();
	}
	return (clock_ns(CLOCK_THREAD_CPUTIME_ID) - start) / count;
}

static void lpi_cycle(const char *which, uint32_t others, unsigned rounds)
{
	struct gic5 *gic = make_system();
	struct gic5_pe *pe = gic5_pe(gic, 0);
	bool fifo = !strcmp(which, "fifo");
	bool disabled = !strcmp(which, "disabled");
	unsigned iaffid = !strcmp(which, "other_pe");
	double values[MAX_ROUNDS];
	char params[96];

	enable(gic, ID_BITS);
	configure(pe, 0, 8, 0, true);
	for (uint32_t i = 1; i <= others; i++) {
		configure(pe, i, fifo ? 8 : 16, iaffid, !disabled);
		pend(pe, lpi(i));
	}
	(void)time_cycles(pe, fifo, 20000);
	for (unsigned i = 0; i < rounds; i++)
		values[i] = time_cycles(pe, fifo, 200000);
	snprintf(params, sizeof(params), "\"case\":\"%s\",\"pending\":%u", which, others);
	report("lpi_cycle", params, "ns", values, rounds);
	gic5_destroy(gic);
}

/* ---- lpi_parallel ---- */

struct worker {
	struct gic5_pe *pe;
	uint64_t intid;
	pthread_barrier_t *barrier;
	double start, end;
};

#define PARALLEL_CYCLES 2000000U

static void *work(void *arg)
{
	struct worker *worker = arg;

	pthread_barrier_wait(worker->barrier);
	worker->start = clock_ns(CLOCK_MONOTONIC);
	for (unsigned i = 0; i < PARALLEL_CYCLES; i++) {
		if (!cycle(worker->pe, worker->intid))
			abort();
	}
	worker->end = clock_ns(CLOCK_MONOTONIC);
	return NULL;
}

/* Cycles per second of @threads PEs together. */
static double throughput(struct gic5 *gic, unsigned threads)
{
	pthread_barrier_t barrier;
	pthread_t thread[2];
	struct worker worker[2];
	double start, end;

	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		worker[i] = (struct worker){gic5_pe(gic, i), lpi(1 + i * 4096), &barrier, 0, 0};
		if (pthread_create(&thread[i], NULL, work, &worker[i]))
			abort();
	}
	for (unsigned i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	pthread_barrier_destroy(&barrier);
	start = worker[0].start;
	end = worker[0].end;
	for (unsigned i = 1; i < threads; i++) {
		start = worker[i].start < start ? worker[i].start : start;
		end = worker[i].end > end ? worker[i].end : end;
	}
	return (double)threads * PARALLEL_CYCLES / ((end - start) / 1e9);
}

static void lpi_parallel(unsigned rounds)
{
	struct gic5 *gic = make_system();
	double one[MAX_ROUNDS], two[MAX_ROUNDS], ratio[MAX_ROUNDS];

	enable(gic, 16);
	configure(gic5_pe(gic, 0), 1, 8, 0, true);
	configure(gic5_pe(gic, 1), 1 + 4096, 8, 1, true);
	for (unsigned i = 0; i < rounds; i++) {
		one[i] = throughput(gic, 1);
		two[i] = throughput(gic, 2);
		ratio[i] = two[i] / one[i];
	}
	report("lpi_parallel", "\"threads\":1", "cycles/s", one, rounds);
	report("lpi_parallel", "\"threads\":2", "cycles/s", two, rounds);
	report("lpi_parallel_ratio", "\"threads\":2", "times", ratio, rounds);
	gic5_destroy(gic);
}

/* ---- memory ---- */

static void memory_report(const char *what, double bytes)
{
	char params[64];

	snprintf(params, sizeof(params), "\"of\":\"%s\"", what);
	report("memory", params, "bytes", &bytes, 1);
}

static void store64(uint64_t pa, uint64_t value)
{
	memcpy(memory + pa, &value, sizeof(value));
}

#define VMT_BASE  0x1000000U
#define VM_BASE   0x1100000U
#define VMS       64U
#define VM_STRIDE 0x10000U
#define VPES      16U

static void measure_lpis(void)
{
	struct gic5 *gic = make_system();
	size_t before = allocated, valid;

	memory_report("system with two PEs and 256 SPIs", (double)before);
	enable(gic, 20);
	valid = allocated;
	memory_report("valid LPI", (double)(valid - before) / (1U << 20));
	for (uint32_t i = 0; i < 1U << 20; i++) {
		configure(gic5_pe(gic, 0), i, 8, 0, true);
		pend(gic5_pe(gic, 0), lpi(i));
	}
	memory_report("pending LPI, beyond a valid one", (double)(allocated - valid) / (1U << 20));
	gic5_destroy(gic);

	/* 24 bits, two levels, nothing mapped */
	gic = make_system();
	before = allocated;
	write32(gic, GIC5_IRS_IST_CFGR,
		GIC5_MASK(IRS_IST_CFGR_STRUCTURE) | GIC5_PUT(IRS_IST_CFGR_L2SZ, 2) |
			GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 24));
	write64(gic, GIC5_IRS_IST_BASER, GIC5_MASK(IRS_IST_BASER_VALID));
	memory_report("24-bit two-level IST, nothing mapped", (double)(allocated - before));
	gic5_destroy(gic);
}

static void measure_vms(void)
{
	struct gic5 *gic = make_system();
	size_t before;

	write32(gic, GIC5_IRS_VMT_CFGR, GIC5_PUT(IRS_VMT_CFGR_VM_ID_BITS, 8));
	write64(gic, GIC5_IRS_VMT_BASER, VMT_BASE | GIC5_MASK(IRS_VMT_BASER_VALID));
	for (unsigned vm = 0; vm < VMS; vm++) {
		uint64_t base = VM_BASE + (uint64_t)vm * VM_STRIDE;

		store64(VMT_BASE + vm * 32U, base);
		store64(VMT_BASE + vm * 32U + 8,
			(base + 0x1000) | GIC5_PUT(L2_VMTE1_VPE_ID_BITS, 4));
	}
	before = allocated;
	for (unsigned vm = 0; vm < VMS; vm++)
		write64(gic, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | vm);
	memory_report("VM with 16 VPE table entries and no tables",
		      (double)(allocated - before) / VMS);
	before = allocated;
	for (unsigned vm = 0; vm < VMS; vm++) {
		for (unsigned vpe = 0; vpe < VPES; vpe++) {
			uint64_t base = VM_BASE + (uint64_t)vm * VM_STRIDE;

			store64(base + 0x1000 + vpe * 8U, base + 0x2000 + vpe * 64U);
			write64(gic, GIC5_IRS_VMAP_VPER,
				GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, vm) |
					GIC5_PUT(IRS_VMAP_VPER_VPE_ID, vpe));
		}
	}
	memory_report("VPE", (double)(allocated - before) / (VMS * VPES));
	gic5_destroy(gic);
}

int main(int argc, char **argv)
{
	static const char *const cases[] = {"lower", "disabled", "other_pe", "fifo"};
	static const uint32_t pending[] = {1, 64, 1024, 16384, 262144, 1048576};
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 0) : 7;

	if (rounds < 1 || rounds > MAX_ROUNDS)
		rounds = 7;
	memory = calloc(1, MEMORY_SIZE);
	if (!memory)
		return 2;
	for (unsigned c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
		for (unsigned p = 0; p < sizeof(pending) / sizeof(pending[0]); p++)
			lpi_cycle(cases[c], pending[p], rounds);
	}
	lpi_parallel(rounds);
	measure_lpis();
	measure_vms();
	free(memory);
	return 0;
}
