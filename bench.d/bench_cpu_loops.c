/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Speed of the CPU engine on the loops of tests/guest/bench.c, and of a peer on the same program in
 * the same run.
 *
 *     bench_cpu_loops [--peer QEMU] [--runs N] [--image FILE]
 *
 * Prints one JSON object per figure. MIPS are millions of guest instructions per second of host time;
 * ns are per operation (system call with return, page fault with its handler).
 */
#include "../tests/cpu/harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIGURES 32
#define MAX_RUNS    50

struct figure {
	char name[32];
	double values[MAX_RUNS];
	int count;
};

struct engine {
	const char *name;
	struct figure figures[MAX_FIGURES];
	int count;
};

static bool in_ns(const char *name)
{
	return !strcmp(name, "svc_eret") || !strcmp(name, "page_fault");
}

static struct figure *figure(struct engine *e, const char *name)
{
	for (int i = 0; i < e->count; i++)
		if (!strcmp(e->figures[i].name, name))
			return &e->figures[i];
	if (e->count == MAX_FIGURES)
		return NULL;
	snprintf(e->figures[e->count].name, sizeof(e->figures[0].name), "%s", name);
	return &e->figures[e->count++];
}

static void take_line(struct engine *e, const char *line)
{
	unsigned long long count, ticks, frequency;
	char name[32];
	struct figure *f;
	double seconds;

	if (sscanf(line, "FIGURE %31s %llu %llu %llu", name, &count, &ticks, &frequency) != 4)
		return;
	f = figure(e, name);
	if (!f || f->count == MAX_RUNS || !ticks || !frequency)
		return;
	seconds = (double)ticks / (double)frequency;
	f->values[f->count++] =
		in_ns(name) ? seconds * 1e9 / (double)count : (double)count / seconds / 1e6;
}

static bool run_engine(struct engine *e, const char *image)
{
	struct harness_config config = {.cpus = 1, .features = A64_FEAT_DEFAULT};
	struct harness *h = harness_create(&config);
	char *text = NULL;
	bool good;

	good = h && harness_load(h, image) && harness_run(h, 60) == HARNESS_OFF;
	if (good)
		text = strdup(harness_output(h));
	for (char *line = text ? strtok(text, "\n") : NULL; line; line = strtok(NULL, "\n"))
		take_line(e, line);
	free(text);
	if (h)
		harness_destroy(h);
	return good;
}

static bool run_peer(struct engine *e, const char *qemu, const char *image)
{
	char command[1024], line[256];
	bool any = false;
	FILE *out;

	snprintf(command, sizeof(command),
		 "'%s' -M virt -cpu cortex-a72 -m 256 -nographic -nic none -kernel '%s' </dev/null",
		 qemu, image);
	out = popen(command, "r");
	while (out && fgets(line, sizeof(line), out)) {
		take_line(e, line);
		any = true;
	}
	return out && pclose(out) == 0 && any;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void print_engine(struct engine *e)
{
	for (int i = 0; i < e->count; i++) {
		struct figure *f = &e->figures[i];

		qsort(f->values, (size_t)f->count, sizeof(f->values[0]), ascending);
		printf("{\"name\":\"%s\",\"params\":{\"engine\":\"%s\"},\"unit\":\"%s\","
		       "\"median\":%.2f,\"min\":%.2f,\"max\":%.2f}\n",
		       f->name, e->name, in_ns(f->name) ? "ns" : "MIPS", f->values[f->count / 2],
		       f->values[0], f->values[f->count - 1]);
	}
}

int main(int argc, char **argv)
{
	static struct engine ours = {.name = "vgic5"}, theirs = {.name = "peer"};
	const char *peer = NULL, *image = BENCH_IMAGE;
	int runs = 5;

	for (int i = 1; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "--peer"))
			peer = argv[i + 1];
		else if (!strcmp(argv[i], "--runs"))
			runs = atoi(argv[i + 1]);
		else if (!strcmp(argv[i], "--image"))
			image = argv[i + 1];
	}
	for (int i = 0; i < runs && i < MAX_RUNS; i++) {
		if (!run_engine(&ours, image)) {
			fprintf(stderr, "bench_cpu_loops: %s does not run to its end\n", image);
			return 2;
		}
		if (peer && !run_peer(&theirs, peer, image)) {
			fprintf(stderr, "bench_cpu_loops: %s does not run on %s\n", image, peer);
			return 2;
		}
	}
	print_engine(&ours);
	print_engine(&theirs);
	return 0;
}
