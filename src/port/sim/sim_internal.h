/* SPDX-License-Identifier: BSD-2-Clause */
/* The objects of port/sim, shared by its files. */
#ifndef VGIC5_PORT_SIM_INTERNAL_H
#define VGIC5_PORT_SIM_INTERNAL_H

#include <sched.h>

#include "sim.h"

#define SIM_ORDERS 40u

/** struct sim_freed - free blocks of one size */
struct sim_freed {
	uint64_t *offset;
	size_t count, room;
};

/** struct sim_pool - physical memory: one range, a byte per granule that says "allocated" */
struct sim_pool {
	unsigned char *mem;
	_Atomic unsigned char *used;
	uint64_t base, size;
	uint64_t top; /* never used above */
	struct sim_freed freed[SIM_ORDERS];
};

int sim_pool_init(struct sim_pool *pool, uint64_t base, uint64_t size);
void sim_pool_exit(struct sim_pool *pool);

/** struct port_pe - a PE: counters are its thread's own, or under @lock for a service PE */
struct port_pe {
	struct port_host *host;
	struct gic5_pe *gic5;
	struct port_pe *next;
	struct port_sim_counts counts;
	atomic_flag lock;
	bool service;
};

struct port_host {
	struct gic5 *gic;
	struct port_pe *pes;
	void (*hook)(void *opaque, struct port_pe *pe, enum port_sim_call call);
	void *opaque;
	uint32_t poll_limit;
	bool check_references;

	atomic_flag pool_lock;
	struct sim_pool pool;

	atomic_flag lpi_lock;
	uint32_t lpi_count, lpi_next;
	bool *lpi_used;

	/* Fault injection: one thread at a time uses it. */
	uint32_t fail_kth, fallible;
	unsigned fail_mask, failed, fail_always;
	bool lose_commands;
	struct {
		bool held;
		unsigned irs, size;
		uint32_t offset;
		uint64_t value;
	} write; /* the last one, while lose_commands is set and nothing else happened */
	uint32_t selector_status; /* status register whose V the next poll tells, 0 none */

	atomic_uint_fast64_t mmio_reads, mmio_writes;
	atomic_uint_fast64_t objects, object_bytes, tables, table_bytes, lpis, dangling, maintained;
};

static inline void sim_hook(struct port_host *host, struct port_pe *pe, enum port_sim_call call)
{
	if (host->hook)
		host->hook(host->opaque, pe, call);
}

/* Short, internal, and never held over a hook: not worth a scheduling point. */
static inline void sim_lock(atomic_flag *flag)
{
	while (atomic_flag_test_and_set_explicit(flag, memory_order_acquire))
		sched_yield();
}

static inline void sim_unlock(atomic_flag *flag)
{
	atomic_flag_clear_explicit(flag, memory_order_release);
}

bool sim_fails(struct port_host *host, unsigned kind);

#endif
