/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine under port/sim: a pool of physical memory for tables, PEs bound to the
 * hardware model's, and what tests need: counters, fault injection, a hook at every call.
 *
 *	port_sim_create(NULL, &host);
 *	env.read = ... port_sim_mem_read(host, ...); gic5_create(&cfg, &env, &gic, NULL);
 *	port_sim_attach(host, gic);
 *	port_sim_pe_create(host, gic5_pe(gic, 0), false, &pe);
 */
#ifndef VGIC5_PORT_SIM_H
#define VGIC5_PORT_SIM_H

#include <stdbool.h>
#include <vgic5/gic5hw.h>

#include "port.h"

/** enum port_sim_call - what kind of port call a hook is told about */
enum port_sim_call {
	PORT_SIM_SYSREG,
	PORT_SIM_INSN,
	PORT_SIM_BARRIER,
	PORT_SIM_MMIO,
	PORT_SIM_LOCK, /* also while waiting: the hook lets others run */
	PORT_SIM_UNLOCK,
	PORT_SIM_ALLOC,
	PORT_SIM_FREE,
	PORT_SIM_POLL,
	PORT_SIM_LPI,
	PORT_SIM_COPY,
	PORT_SIM_RELAX,
};

/** enum port_sim_fault - the calls that can fail, as bits */
enum port_sim_fault {
	PORT_SIM_FAULT_ALLOC = 1 << 0,
	PORT_SIM_FAULT_POLL = 1 << 1,      /* IDLE is not seen */
	PORT_SIM_FAULT_VALID = 1 << 2,     /* V reads 0 after a selector */
	PORT_SIM_FAULT_RESIDENCY = 1 << 3, /* F reads 1 */
	PORT_SIM_FAULT_LPI = 1 << 4,
	PORT_SIM_FAULT_COPY = 1 << 5,
	PORT_SIM_FAULT_ALL = (1 << 6) - 1,
};

/** struct port_sim_config - all zero gives the defaults */
struct port_sim_config {
	uint64_t pool_base;    /* physical address of the pool; default 4 GiB */
	uint64_t pool_size;    /* bytes; default 1 GiB, of which only what is used costs memory */
	uint32_t poll_limit;   /* reads of a status register; default 1000 */
	uint32_t lpi_count;    /* LPI numbers that may be allocated; default 65536 */
	bool check_references; /* at every free: does the hardware still hold an address in it? */
	void (*hook)(void *opaque, struct port_pe *pe,
		     enum port_sim_call call); /* pe may be NULL */
	void *opaque;
};

/** struct port_sim_counts - what a PE or the machine did */
struct port_sim_counts {
	uint64_t sysreg_reads, sysreg_writes;
	uint64_t insns;                   /* GIC, GICR */
	uint64_t barriers;                /* GSB, ISB, DSB */
	uint64_t mmio_reads, mmio_writes; /* of the machine */
	uint64_t undefined; /* accesses that the model did not perform: a defect of the caller */
};

/** port_sim_create() - returns 0 or -VGIC5_E_NOMEM; @cfg may be NULL */
int port_sim_create(const struct port_sim_config *cfg, struct port_host **host);

/** port_sim_destroy() - everything was freed; PEs are freed with it */
void port_sim_destroy(struct port_host *host);

/** port_sim_attach() - the hardware that the machine has; before any PE is created */
void port_sim_attach(struct port_host *host, struct gic5 *gic);
struct gic5 *port_sim_gic(struct port_host *host);

/** port_sim_set_hook() - change the hook of the configuration; no other thread inside */
void port_sim_set_hook(struct port_host *host,
		       void (*hook)(void *opaque, struct port_pe *pe, enum port_sim_call call),
		       void *opaque);

/**
 * port_sim_pe_create() - a PE
 * @service: several threads may use it at once, for GIC instructions only
 *
 * returns: 0 or -VGIC5_E_NOMEM
 */
int port_sim_pe_create(struct port_host *host, struct gic5_pe *gic5_pe, bool service,
		       struct port_pe **pe);
struct gic5_pe *port_sim_pe_gic5(struct port_pe *pe);

/** port_sim_mem_read(), port_sim_mem_write() - for struct gic5_env: allocated memory only */
bool port_sim_mem_read(struct port_host *host, uint64_t pa, void *buf, size_t size);
bool port_sim_mem_write(struct port_host *host, uint64_t pa, const void *buf, size_t size);

/** port_sim_pe_counts() - of a PE; on its thread. port_sim_mmio_counts() - of the machine. */
void port_sim_pe_counts(struct port_pe *pe, struct port_sim_counts *counts);
void port_sim_mmio_counts(struct port_host *host, struct port_sim_counts *counts);

/** struct port_sim_usage - what is allocated now */
struct port_sim_usage {
	uint64_t objects, object_bytes; /* port_alloc() */
	uint64_t tables, table_bytes;   /* port_table_alloc() */
	uint64_t lpis;
	uint64_t maintained; /* cache maintenance calls so far */
	uint64_t dangling;   /* tables freed while the hardware held an address in them */
};
void port_sim_usage(struct port_host *host, struct port_sim_usage *usage);

/**
 * port_sim_fail() - let the @kth fallible call of the kinds in @mask from now on fail, and only that
 *                   one; 0 turns it off
 * port_sim_fallible() - number of such calls since the last port_sim_fail()
 * port_sim_failed() - the kind that was made to fail since then, 0 if none
 * port_sim_fail_always() - from now on every call of the kinds in @mask fails; 0 turns it off
 * port_sim_lose_commands() - a poll that is made to fail means that the IRS never performed the write
 *			      before it; by default it did, and only IDLE is not seen
 */
void port_sim_fail(struct port_host *host, uint32_t kth, unsigned mask);
uint32_t port_sim_fallible(struct port_host *host);
unsigned port_sim_failed(struct port_host *host);
void port_sim_fail_always(struct port_host *host, unsigned mask);
void port_sim_lose_commands(struct port_host *host, bool lose);

#endif
