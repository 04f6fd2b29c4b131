/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The simulated machine: its life cycle, fault injection, and the port calls that become accesses
 * to the hardware model, all made as EL2 software.
 */
#define _GNU_SOURCE
#include <stdlib.h>

#include "sim_internal.h"

#define PE_ALIGN ((size_t)128) /* counters of two PEs share no cache line */

static const struct gic5_ctx el2 = {.el = 2};

int port_sim_create(const struct port_sim_config *cfg, struct port_host **out)
{
	const struct port_sim_config defaults = {0};
	struct port_host *host = calloc(1, sizeof(*host));
	uint64_t base = 0;

	*out = NULL;
	if (!host)
		return -VGIC5_E_NOMEM;
	if (!cfg)
		cfg = &defaults;
	base = cfg->pool_base ? cfg->pool_base : UINT64_C(1) << 32;
	host->hook = cfg->hook;
	host->opaque = cfg->opaque;
	host->poll_limit = cfg->poll_limit ? cfg->poll_limit : 1000;
	host->check_references = cfg->check_references;
	host->lpi_count = cfg->lpi_count ? cfg->lpi_count : 65536;
	host->lpi_used = calloc(host->lpi_count, sizeof(*host->lpi_used));
	if (!host->lpi_used ||
	    sim_pool_init(&host->pool, base, cfg->pool_size ? cfg->pool_size : UINT64_C(1) << 30)) {
		port_sim_destroy(host);
		return -VGIC5_E_NOMEM;
	}
	*out = host;
	return 0;
}

void port_sim_destroy(struct port_host *host)
{
	if (!host)
		return;
	for (struct port_pe *pe = host->pes, *next = NULL; pe; pe = next) {
		next = pe->next;
		free(pe);
	}
	sim_pool_exit(&host->pool);
	free(host->lpi_used);
	free(host);
}

void port_sim_attach(struct port_host *host, struct gic5 *gic)
{
	host->gic = gic;
}

struct gic5 *port_sim_gic(struct port_host *host)
{
	return host->gic;
}

void port_sim_set_hook(struct port_host *host,
		       void (*hook)(void *opaque, struct port_pe *pe, enum port_sim_call call),
		       void *opaque)
{
	host->hook = hook;
	host->opaque = opaque;
}

int port_sim_pe_create(struct port_host *host, struct gic5_pe *gic5_pe, bool service,
		       struct port_pe **out)
{
	struct port_pe *pe =
		aligned_alloc(PE_ALIGN, (sizeof(*pe) + PE_ALIGN - 1) & ~(PE_ALIGN - 1));

	*out = pe;
	if (!pe)
		return -VGIC5_E_NOMEM;
	memset(pe, 0, sizeof(*pe));
	pe->host = host;
	pe->gic5 = gic5_pe;
	pe->service = service;
	pe->next = host->pes;
	host->pes = pe;
	return 0;
}

struct gic5_pe *port_sim_pe_gic5(struct port_pe *pe)
{
	return pe->gic5;
}

void port_sim_pe_counts(struct port_pe *pe, struct port_sim_counts *counts)
{
	*counts = pe->counts;
}

void port_sim_mmio_counts(struct port_host *host, struct port_sim_counts *counts)
{
	*counts = (struct port_sim_counts){
		.mmio_reads = atomic_load(&host->mmio_reads),
		.mmio_writes = atomic_load(&host->mmio_writes),
	};
}

void port_sim_usage(struct port_host *host, struct port_sim_usage *usage)
{
	*usage = (struct port_sim_usage){
		.objects = atomic_load(&host->objects),
		.object_bytes = atomic_load(&host->object_bytes),
		.tables = atomic_load(&host->tables),
		.table_bytes = atomic_load(&host->table_bytes),
		.lpis = atomic_load(&host->lpis),
		.dangling = atomic_load(&host->dangling),
		.maintained = atomic_load(&host->maintained),
	};
}

/* ---- fault injection ---- */

void port_sim_fail(struct port_host *host, uint32_t kth, unsigned mask)
{
	host->fail_kth = kth;
	host->fail_mask = mask;
	host->fallible = 0;
	host->failed = 0;
}

void port_sim_fail_always(struct port_host *host, unsigned mask)
{
	host->fail_always = mask;
}

void port_sim_lose_commands(struct port_host *host, bool lose)
{
	host->lose_commands = lose;
}

/* The write that was held back takes effect. */
static void perform_held(struct port_host *host)
{
	if (!host->write.held)
		return;
	host->write.held = false;
	gic5_irs_write(host->gic, host->write.irs, GIC5_FRAME_CONFIG, host->write.offset,
		       host->write.size, host->write.value);
}

uint32_t port_sim_fallible(struct port_host *host)
{
	return host->fallible;
}

unsigned port_sim_failed(struct port_host *host)
{
	return host->failed;
}

bool sim_fails(struct port_host *host, unsigned kind)
{
	if (host->fail_always & kind)
		return true;
	if (!(host->fail_mask & kind))
		return false;
	host->fallible++;
	if (host->fallible != host->fail_kth)
		return false;
	host->failed = kind;
	return true;
}

/* ---- system registers and instructions ---- */

static void pe_enter(struct port_pe *pe, enum port_sim_call call)
{
	sim_hook(pe->host, pe, call);
	perform_held(pe->host);
	if (pe->service)
		sim_lock(&pe->lock);
}

static void pe_leave(struct port_pe *pe, enum gic5_result result)
{
	if (result != GIC5_DONE)
		pe->counts.undefined++;
	if (pe->service)
		sim_unlock(&pe->lock);
}

uint64_t port_sysreg_read(struct port_pe *pe, uint32_t enc)
{
	enum gic5_result result = GIC5_DONE;
	uint64_t value = 0;

	pe_enter(pe, PORT_SIM_SYSREG);
	pe->counts.sysreg_reads++;
	result = gic5_sysreg_read(pe->gic5, &el2, enc, &value);
	pe_leave(pe, result);
	return value;
}

void port_sysreg_write(struct port_pe *pe, uint32_t enc, uint64_t value)
{
	enum gic5_result result = GIC5_DONE;

	pe_enter(pe, PORT_SIM_SYSREG);
	pe->counts.sysreg_writes++;
	if (enc == GIC5_ICH_CONTEXTR_EL2 && GIC5_GET(ICH_CONTEXTR_EL2_V, value) &&
	    sim_fails(pe->host, PORT_SIM_FAULT_RESIDENCY))
		gic5_fail_residency(pe->host->gic, 1);
	result = gic5_sysreg_write(pe->gic5, &el2, enc, value);
	pe_leave(pe, result);
}

void port_sys(struct port_pe *pe, uint32_t enc, uint64_t operand)
{
	enum gic5_result result = GIC5_DONE;

	pe_enter(pe, PORT_SIM_INSN);
	pe->counts.insns++;
	result = gic5_sys(pe->gic5, &el2, enc, operand == 0, operand);
	pe_leave(pe, result);
}

uint64_t port_sysl(struct port_pe *pe, uint32_t enc)
{
	enum gic5_result result = GIC5_DONE;
	uint64_t value = 0;

	pe_enter(pe, PORT_SIM_INSN);
	pe->counts.insns++;
	result = gic5_sysl(pe->gic5, &el2, enc, &value);
	pe_leave(pe, result);
	return value;
}

static void barrier_insn(struct port_pe *pe, uint32_t enc)
{
	enum gic5_result result = GIC5_DONE;

	pe_enter(pe, PORT_SIM_BARRIER);
	pe->counts.barriers++;
	result = gic5_sys(pe->gic5, &el2, enc, true, 0);
	pe_leave(pe, result);
}

void port_gsb_sys(struct port_pe *pe)
{
	barrier_insn(pe, GIC5_GSB_SYS);
}

void port_gsb_ack(struct port_pe *pe)
{
	barrier_insn(pe, GIC5_GSB_ACK);
}

void port_isb(struct port_pe *pe)
{
	pe_enter(pe, PORT_SIM_BARRIER);
	pe->counts.barriers++;
	gic5_context_sync(pe->gic5);
	pe_leave(pe, GIC5_DONE);
}

void port_dsb_st(struct port_pe *pe)
{
	pe_enter(pe, PORT_SIM_BARRIER);
	pe->counts.barriers++;
	atomic_thread_fence(memory_order_seq_cst);
	pe_leave(pe, GIC5_DONE);
}

/* ---- the IRS ---- */

static uint64_t irs_read(struct port_host *host, unsigned irs, uint32_t offset, unsigned size)
{
	sim_hook(host, NULL, PORT_SIM_MMIO);
	atomic_fetch_add_explicit(&host->mmio_reads, 1, memory_order_relaxed);
	perform_held(host);
	return gic5_irs_read(host->gic, irs, GIC5_FRAME_CONFIG, offset, size);
}

/* The status register that tells whether what was selected exists, 0 for other registers. */
static uint32_t status_of_selector(uint32_t offset)
{
	switch (offset) {
	case GIC5_IRS_SPI_SELR: return GIC5_IRS_SPI_STATUSR;
	case GIC5_IRS_PE_SELR: return GIC5_IRS_PE_STATUSR;
	case GIC5_IRS_VPE_SELR: return GIC5_IRS_VPE_STATUSR;
	case GIC5_IRS_VM_SELR: return GIC5_IRS_VM_STATUSR;
	default: return 0;
	}
}

static void irs_write(struct port_host *host, unsigned irs, uint32_t offset, unsigned size,
		      uint64_t value)
{
	sim_hook(host, NULL, PORT_SIM_MMIO);
	atomic_fetch_add_explicit(&host->mmio_writes, 1, memory_order_relaxed);
	if (host->fail_mask)
		host->selector_status = status_of_selector(offset);
	if (!host->lose_commands) {
		gic5_irs_write(host->gic, irs, GIC5_FRAME_CONFIG, offset, size, value);
		return;
	}
	perform_held(host);
	host->write.irs = irs;
	host->write.offset = offset;
	host->write.size = size;
	host->write.value = value;
	host->write.held = true;
}

uint32_t port_irs_read32(struct port_host *host, unsigned irs, uint32_t offset)
{
	return (uint32_t)irs_read(host, irs, offset, 4);
}

uint64_t port_irs_read64(struct port_host *host, unsigned irs, uint32_t offset)
{
	return irs_read(host, irs, offset, 8);
}

void port_irs_write32(struct port_host *host, unsigned irs, uint32_t offset, uint32_t value)
{
	irs_write(host, irs, offset, 4, value);
}

void port_irs_write64(struct port_host *host, unsigned irs, uint32_t offset, uint64_t value)
{
	irs_write(host, irs, offset, 8, value);
}

int port_poll(struct port_host *host, unsigned irs, uint32_t offset, uint32_t mask, uint32_t *value)
{
	*value = 0;
	sim_hook(host, NULL, PORT_SIM_POLL);
	if (sim_fails(host, PORT_SIM_FAULT_POLL)) {
		host->write.held = false;
		return -VGIC5_E_TIMEDOUT;
	}
	for (uint32_t i = 0; i < host->poll_limit; i++) {
		*value = port_irs_read32(host, irs, offset);
		if ((*value & mask) != mask)
			continue;
		if (host->selector_status == offset) {
			host->selector_status = 0;
			if (sim_fails(host, PORT_SIM_FAULT_VALID))
				*value &= ~(uint32_t)GIC5_MASK(IRS_VPE_STATUSR_V);
		}
		return 0;
	}
	return -VGIC5_E_TIMEDOUT;
}

void port_relax(struct port_host *host)
{
	sim_hook(host, NULL, PORT_SIM_RELAX);
	sched_yield();
}

/* ---- locks ---- */

void port_lock_init(struct port_host *host, struct port_lock *lock, enum port_lock_kind kind)
{
	(void)host;
	(void)kind;
	atomic_init(&lock->taken, 0);
}

void port_lock(struct port_host *host, struct port_lock *lock)
{
	sim_hook(host, NULL, PORT_SIM_LOCK);
	while (atomic_exchange_explicit(&lock->taken, 1, memory_order_acquire)) {
		sim_hook(host, NULL, PORT_SIM_LOCK);
		sched_yield();
	}
}

void port_unlock(struct port_host *host, struct port_lock *lock)
{
	atomic_store_explicit(&lock->taken, 0, memory_order_release);
	sim_hook(host, NULL, PORT_SIM_UNLOCK);
}
