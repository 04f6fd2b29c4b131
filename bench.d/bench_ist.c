/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Save and restore of interrupt state tables (attribute IST), in milliseconds per million LPIs. Part of
 * "./bench snapshot". A VM has at most 65536 LPIs: the figures are those of one such VM, scaled.
 *
 *	bench_ist [ROUNDS]
 *
 * ist_save, ist_restore	by how many of the LPIs are pending, in percent; all are enabled
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "hyp_fixture.h"

#define ID_BITS    VGIC5_MAX_ID_BITS
#define LPIS       (1u << ID_BITS)
#define SPIS       VGIC5_MIN_SPIS
#define ROUNDS_MAX 31

struct tables {
	uint32_t spi[SPIS];
	uint32_t lpi[LPIS];
};

static struct hyp_fixture fx;
static struct test_vm from;

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a;
	const double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_result(const char *name, unsigned percent, double *values, unsigned count)
{
	const double scale = 1e6 / LPIS;

	qsort(values, count, sizeof(*values), by_size);
	printf("{\"name\":\"%s\",\"params\":{\"pending_percent\":%u},\"unit\":\"ms/million\","
	       "\"median\":%.6g,\"min\":%.6g,\"max\":%.6g}\n",
	       name, percent, values[count / 2] * scale, values[0] * scale,
	       values[count - 1] * scale);
	fflush(stdout);
}

static void check(int status, const char *what)
{
	if (status) {
		fprintf(stderr, "bench_ist: %s: %d\n", what, status);
		exit(1);
	}
}

/* A VM that announces an LPI IST and has not run. */
static void make(struct test_vm *vm)
{
	uint64_t cfgr = GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, ID_BITS);

	vm_config(&fx, vm);
	vm_create(&fx, vm, 1);
	check(vm_device(vm), "create");
	check(vm_set_base(vm, FX_IRS_GPA), "base");
	check(vm_do_init(vm), "INIT");
	check(irs_set(vm, GIC5_IRS_IST_CFGR, cfgr), "IST_CFGR");
	check(irs_set(vm, GIC5_IRS_IST_BASER, 0x10000 | GIC5_MASK(IRS_IST_BASER_VALID)),
	      "IST_BASER");
}

static void measure(const struct tables *image, unsigned percent, unsigned rounds)
{
	static struct tables saved;
	double save[ROUNDS_MAX];
	double restore[ROUNDS_MAX];

	for (unsigned i = 0; i < rounds; i++) {
		double begin;

		make(&from);
		begin = now_ms();
		check(ist_set(&from, image->spi, SPIS, image->lpi, LPIS), "set");
		restore[i] = now_ms() - begin;
		begin = now_ms();
		check(ist_get(&from, saved.spi, SPIS, saved.lpi, LPIS), "get");
		save[i] = now_ms() - begin;
		vm_end(&from);
	}
	if (memcmp(&saved, image, sizeof(saved)) != 0) {
		fputs("bench_ist: other tables came back\n", stderr);
		exit(1);
	}
	print_result("ist_save", percent, save, rounds);
	print_result("ist_restore", percent, restore, rounds);
}

int main(int argc, char **argv)
{
	static const unsigned percents[] = {0, 1, 100};
	static struct tables image;
	unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 7;

	if (!rounds || rounds > ROUNDS_MAX) {
		fprintf(stderr, "bench_ist: rounds must be 1 to %d\n", ROUNDS_MAX);
		return 2;
	}
	fx_init(&fx);
	fx_start(&fx);
	for (unsigned i = 0; i < sizeof(percents) / sizeof(percents[0]); i++) {
		for (uint32_t id = 0; id < LPIS; id++)
			image.lpi[id] =
				(uint32_t)(GIC5_PUT(L2_ISTE_ENABLE, 1) |
					   GIC5_PUT(L2_ISTE_PRIORITY, 8) |
					   GIC5_PUT(L2_ISTE_PENDING,
						    percents[i] && id % (100 / percents[i]) == 0));
		measure(&image, percents[i], rounds);
	}
	fx_stop(&fx);
	return 0;
}
