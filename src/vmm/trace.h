/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes the life of interrupts as Chrome trace JSON, which ui.perfetto.dev and chrome://tracing open:
 * a track per vCPU with a slice from acknowledge to EOI, a track per PE with a slice while a vCPU is
 * resident, arrows from pend to acknowledge. Times are the machine's, so a deterministic run gives the
 * same bytes again. Also keeps, per interrupt and vCPU, the time from pend to acknowledge.
 *
 * Any thread; one lock, a leaf.
 */
#ifndef VMM_TRACE_H
#define VMM_TRACE_H

#include <stdint.h>
#include <stdio.h>

#include <vm.h>

#include "error.h"

struct trace;

/** trace_create() - @tick_ns: what a unit of time is; NULL with a line in *error if @path fails */
struct trace *trace_create(const char *path, unsigned tick_ns, unsigned pes, unsigned vcpus,
			   struct vmm_error *error);

void trace_event(struct trace *trace, uint64_t time, const struct gic5_event *event);

/** trace_mark() - what happened to the whole machine: "saved", "restored" */
void trace_mark(struct trace *trace, uint64_t time, const char *what);

/** trace_summary() - a table of latencies, one line per interrupt */
void trace_summary(struct trace *trace, FILE *out);

/** trace_destroy() - returns 0, or -1 with a line in *error if the file could not be written */
int trace_destroy(struct trace *trace, struct vmm_error *error);

#endif
