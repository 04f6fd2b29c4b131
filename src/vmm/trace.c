/* SPDX-License-Identifier: BSD-2-Clause */
/* The life of interrupts as Chrome trace JSON, and latencies. */
#include "trace.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <vgic5/arch.h>

#define BUFFER_SIZE (1u << 20)
#define LATENCIES   4096 /* a power of two; interrupts beyond it are traced but not summed up */

/* Groups of tracks ("processes" of the format) */
enum {
	GROUP_PES = 1,
	GROUP_VCPUS = 2,
	GROUP_HOST_IRQS = 3,
};

struct latency {
	bool used;
	bool is_virtual;
	bool pending;
	int32_t vm;
	int32_t vpe;
	uint32_t intid;
	uint64_t since;
	uint64_t count;
	uint64_t sum;
	uint64_t min;
	uint64_t max;
};

struct trace {
	pthread_mutex_t lock;
	FILE *file;
	char *buffer;
	char *path;
	unsigned tick_ns;
	bool first;
	uint64_t flow; /* number of the last arrow */
	struct latency latency[LATENCIES];
	uint64_t arrow[LATENCIES]; /* of the pending interrupt in the same slot */
};

static const char *type_name(uint32_t intid)
{
	switch (GIC5_INTID_TYPE(intid)) {
	case GIC5_TYPE_PPI: return "PPI";
	case GIC5_TYPE_SPI: return "SPI";
	case GIC5_TYPE_LPI: return "LPI";
	default: return "INT";
	}
}

/* Each event begins with what separates it from the one before. */
static void begin(struct trace *t, const char *phase, int group, int32_t track, uint64_t time)
{
	uint64_t ns = time * t->tick_ns;

	fprintf(t->file, "%s{\"ph\":\"%s\",\"pid\":%d,\"tid\":%d,\"ts\":%llu.%03llu",
		t->first ? "" : ",\n", phase, group, track, (unsigned long long)(ns / 1000),
		(unsigned long long)(ns % 1000));
	t->first = false;
}

static void name_track(struct trace *t, int group, int32_t track, const char *what,
		       const char *prefix)
{
	begin(t, "M", group, track, 0);
	fprintf(t->file, ",\"name\":\"%s\",\"args\":{\"name\":\"%s", what, prefix);
	if (!strcmp(what, "thread_name")) {
		fprintf(t->file, " %d", track);
	}
	fputs("\"}}", t->file);
}

static void name_tracks(struct trace *t, unsigned pes, unsigned vcpus)
{
	name_track(t, GROUP_PES, 0, "process_name", "physical PEs");
	name_track(t, GROUP_VCPUS, 0, "process_name", "virtual interrupts");
	name_track(t, GROUP_HOST_IRQS, 0, "process_name", "physical interrupts");
	for (unsigned i = 0; i < pes; i++) {
		name_track(t, GROUP_PES, (int32_t)i, "thread_name", "PE");
		name_track(t, GROUP_HOST_IRQS, (int32_t)i, "thread_name", "PE");
	}
	for (unsigned i = 0; i < vcpus; i++) {
		name_track(t, GROUP_VCPUS, (int32_t)i, "thread_name", "vCPU");
	}
}

struct trace *trace_create(const char *path, unsigned tick_ns, unsigned pes, unsigned vcpus,
			   struct vmm_error *error)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t) {
		vmm_fail(error, "out of memory for the trace");
		return NULL;
	}
	pthread_mutex_init(&t->lock, NULL);
	t->tick_ns = tick_ns;
	t->first = true;
	t->path = strdup(path);
	t->buffer = malloc(BUFFER_SIZE);
	t->file = fopen(path, "w");
	if (!t->file || !t->buffer || !t->path) {
		vmm_fail(error, "cannot write trace %s: %s", path, strerror(errno));
		if (t->file) {
			fclose(t->file);
		}
		free(t->buffer);
		free(t->path);
		free(t);
		return NULL;
	}
	setvbuf(t->file, t->buffer, _IOFBF, BUFFER_SIZE);
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[\n", t->file);
	name_tracks(t, pes, vcpus);
	return t;
}

/* The slot of an interrupt: a PPI is one per vCPU, others are one per VM. -1 if all are taken. */
static int slot_of(struct trace *t, const struct gic5_event *e)
{
	int32_t vpe = GIC5_INTID_TYPE(e->intid) != GIC5_TYPE_PPI ? -1
		      : e->is_virtual                            ? e->vpe
								 : e->pe;
	uint32_t hash = (e->intid ^ (uint32_t)vpe * 0x9e3779b9u ^ (uint32_t)e->vm << 12 ^
			 (uint32_t)e->is_virtual << 20) *
			0x85ebca6bu;

	for (uint32_t i = 0; i < LATENCIES; i++) {
		uint32_t n = (hash + i) % LATENCIES;
		struct latency *l = &t->latency[n];

		if (!l->used) {
			*l = (struct latency){.used = true,
					      .is_virtual = e->is_virtual,
					      .vm = e->vm,
					      .vpe = vpe,
					      .intid = e->intid,
					      .min = UINT64_MAX};
			return (int)n;
		}
		if (l->intid == e->intid && l->vpe == vpe && l->is_virtual == e->is_virtual &&
		    l->vm == e->vm) {
			return (int)n;
		}
	}
	return -1;
}

static void write_arrow(struct trace *t, const char *phase, int group, int32_t track, uint64_t time,
			uint64_t id)
{
	begin(t, phase, group, track, time);
	fprintf(t->file, ",\"cat\":\"irq\",\"name\":\"pend\",\"id\":%llu,\"bp\":\"e\"}",
		(unsigned long long)id);
}

static void write_instant(struct trace *t, int group, int32_t track, uint64_t time,
			  const struct gic5_event *e, const char *what)
{
	begin(t, "i", group, track, time);
	fprintf(t->file,
		",\"s\":\"t\",\"name\":\"%s %s %u\",\"args\":{\"vm\":%d,\"vpe\":%d,\"pe\":%d,"
		"\"priority\":%u}}",
		what, type_name(e->intid), (unsigned)GIC5_INTID_ID(e->intid), e->vm, e->vpe, e->pe,
		e->priority);
}

static void pend(struct trace *t, int group, int32_t track, uint64_t time,
		 const struct gic5_event *e)
{
	int slot = slot_of(t, e);

	write_instant(t, group, track, time, e, "pend");
	if (slot >= 0) {
		t->latency[slot].pending = true;
		t->latency[slot].since = time;
		t->arrow[slot] = ++t->flow;
		write_arrow(t, "s", group, track, time, t->flow);
	}
}

static void acknowledge(struct trace *t, int group, int32_t track, uint64_t time,
			const struct gic5_event *e)
{
	int slot = slot_of(t, e);

	begin(t, "B", group, track, time);
	fprintf(t->file, ",\"name\":\"%s %u\",\"args\":{\"priority\":%u,\"pe\":%d}}",
		type_name(e->intid), (unsigned)GIC5_INTID_ID(e->intid), e->priority, e->pe);
	if (slot >= 0 && t->latency[slot].pending) {
		struct latency *l = &t->latency[slot];
		uint64_t took = time - l->since;

		write_arrow(t, "f", group, track, time, t->arrow[slot]);
		l->pending = false;
		l->count++;
		l->sum += took;
		l->min = took < l->min ? took : l->min;
		l->max = took > l->max ? took : l->max;
	}
}

static void write_resident(struct trace *t, uint64_t time, const struct gic5_event *e)
{
	begin(t, e->kind == GIC5_EV_RESIDENT ? "B" : "E", GROUP_PES, e->pe, time);
	fprintf(t->file, ",\"name\":\"vCPU %d\",\"args\":{\"vm\":%d}}", e->vpe, e->vm);
}

void trace_event(struct trace *t, uint64_t time, const struct gic5_event *e)
{
	int group = e->is_virtual ? GROUP_VCPUS : GROUP_HOST_IRQS;
	int32_t track = e->is_virtual ? e->vpe : e->pe;

	pthread_mutex_lock(&t->lock);
	switch (e->kind) {
	case GIC5_EV_PEND: pend(t, group, track, time, e); break;
	case GIC5_EV_UNPEND: write_instant(t, group, track, time, e, "unpend"); break;
	case GIC5_EV_CANDIDATE: write_instant(t, group, track, time, e, "deliver"); break;
	case GIC5_EV_ACK: acknowledge(t, group, track, time, e); break;
	case GIC5_EV_EOI:
		begin(t, "E", group, track, time);
		fputs("}", t->file);
		break;
	case GIC5_EV_DEACTIVATE: write_instant(t, group, track, time, e, "deactivate"); break;
	case GIC5_EV_RESIDENT:
	case GIC5_EV_NONRESIDENT: write_resident(t, time, e); break;
	case GIC5_EV_DOORBELL: write_instant(t, GROUP_PES, e->pe, time, e, "doorbell"); break;
	}
	pthread_mutex_unlock(&t->lock);
}

void trace_mark(struct trace *t, uint64_t time, const char *what)
{
	pthread_mutex_lock(&t->lock);
	begin(t, "i", GROUP_PES, 0, time);
	fprintf(t->file, ",\"s\":\"g\",\"name\":\"%s\"}", what);
	pthread_mutex_unlock(&t->lock);
}

static int by_identity(const void *a, const void *b)
{
	const struct latency *x = a;
	const struct latency *y = b;

	if (x->is_virtual != y->is_virtual) {
		return x->is_virtual ? -1 : 1;
	}
	if (x->intid != y->intid) {
		return x->intid < y->intid ? -1 : 1;
	}
	return x->vpe < y->vpe ? -1 : x->vpe > y->vpe;
}

void trace_summary(struct trace *t, FILE *out)
{
	double us = t->tick_ns / 1000.0;

	pthread_mutex_lock(&t->lock);
	qsort(t->latency, LATENCIES, sizeof(t->latency[0]), by_identity);
	fprintf(out, "latency from pend to acknowledge (us)\n%-18s %5s %10s %10s %10s %10s\n",
		"interrupt", "vCPU", "count", "min", "mean", "max");
	for (unsigned i = 0; i < LATENCIES; i++) {
		const struct latency *l = &t->latency[i];

		if (!l->used || !l->count) {
			continue;
		}
		fprintf(out, "%s %s %-6u ", l->is_virtual ? "virtual " : "physical",
			type_name(l->intid), (unsigned)GIC5_INTID_ID(l->intid));
		if (l->vpe >= 0) {
			fprintf(out, "%7d", l->vpe);
		} else {
			fprintf(out, "%7s", "-");
		}
		fprintf(out, " %10llu %10.2f %10.2f %10.2f\n", (unsigned long long)l->count,
			(double)l->min * us, (double)l->sum * us / (double)l->count,
			(double)l->max * us);
	}
	pthread_mutex_unlock(&t->lock);
}

int trace_destroy(struct trace *t, struct vmm_error *error)
{
	int status = 0;

	if (!t) {
		return 0;
	}
	fputs("\n]}\n", t->file);
	if (ferror(t->file) | fclose(t->file)) {
		status = vmm_fail(error, "cannot write trace %s: %s", t->path, strerror(errno));
	}
	pthread_mutex_destroy(&t->lock);
	free(t->buffer);
	free(t->path);
	free(t);
	return status;
}
