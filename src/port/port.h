/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The port: everything that the hypervisor library (src/host, src/hyp) needs from the world below
 * it.
 *
 * Two implementations exist: port/sim runs over the hardware model (libgic5hw), port/aarch64 is
 * inline assembly for real EL2 and leaves only the functions of the section "supplied by the
 * integrator" to be written. docs/porting.md walks through a third.
 *
 * A call names the PE that executes it (struct port_pe) or the machine (struct port_host). On
 * aarch64 both pointers are passed on but not used by the inline part; in port/sim they select the
 * simulated object, so several machines live in one process. A thread that is not a PE (an I/O
 * thread that injects) uses a service PE.
 *
 * System registers and instructions are named by the constants of <vgic5/arch.h>,
 * GIC5_ICH_VMCR_EL2, GIC5_VDPEND: they must be compile-time constants, because on aarch64 they
 * become part of the opcode.
 *
 * The calls that can fail are exactly: port_alloc(), port_table_alloc(), port_poll(), the V bit
 * that a poll returns after a selector, the F bit read back from ICH_CONTEXTR_EL2,
 * port_lpi_alloc(), port_copy_from_user() and port_copy_to_user(). Fault injection in port/sim
 * counts and fails these.
 */
#ifndef VGIC5_PORT_H
#define VGIC5_PORT_H

#include <vgic5/arch.h>
#include <vgic5/errors.h>

/* The functions of C that the library calls: a freestanding C need not have the header. */
#if __has_include(<string.h>)
#include <string.h>
#else
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *at, int byte, size_t size);
#endif

struct port_host; /* a machine; defined by the port */
struct port_pe;   /* a PE of it; defined by the port */

/** hpa_t - a physical address of the machine under the hypervisor */
typedef struct {
	uint64_t pa;
} hpa_t;

/** struct port_table - memory that the IRS reads and writes: ISTs, VM and VPE tables, descriptors
 */
struct port_table {
	void *va;    /* NULL: no table */
	hpa_t pa;    /* of its first byte */
	size_t size; /* bytes, at least as asked */
};

/** enum port_lock_kind - how a lock is used, so that a port can choose its implementation */
enum port_lock_kind {
	PORT_LOCK_SLEEP,  /* held over allocations and polls; never taken with interrupts off */
	PORT_LOCK_IRQOFF, /* held for a moment with interrupts masked; also taken by interrupt
			     handlers */
};

/*
 * The implementation's part: struct port_lock and what is inline. One of port/sim/port_impl.h and
 * port/aarch64/port_impl.h, by include directory. It provides, as functions or macros:
 *
 *   uint64_t port_sysreg_read(struct port_pe *, constant encoding);	MRS
 *   void port_sysreg_write(struct port_pe *, constant encoding, uint64_t value);	MSR
 *   void port_sys(struct port_pe *, constant encoding, uint64_t operand);	GIC <op>, Xt
 *   uint64_t port_sysl(struct port_pe *, constant encoding);	GICR Xt, <op>
 *   void port_gsb_sys(struct port_pe *);	earlier GIC instructions of this PE took effect
 *   void port_gsb_ack(struct port_pe *);	earlier acknowledges did
 *   void port_isb(struct port_pe *);
 *   void port_dsb_st(struct port_pe *);	earlier stores before later stores, register writes
 *
 *   uint32_t port_irs_read32(struct port_host *, unsigned irs, uint32_t offset);
 *   uint64_t port_irs_read64(struct port_host *, unsigned irs, uint32_t offset);
 *   void port_irs_write32(struct port_host *, unsigned irs, uint32_t offset, uint32_t value);
 *   void port_irs_write64(struct port_host *, unsigned irs, uint32_t offset, uint64_t value);
 *
 *	The CONFIG frame of IRS number @irs. A write is ordered after all earlier stores to memory
 *	(DSB ST on aarch64), a read before all later loads: tables that were written are seen by the
 *	command, what the IRS wrote is seen after its status was read.
 */
#include "port_impl.h"

/* ---- supplied by the integrator: locks ---- */

/**
 * port_lock_init(), port_lock(), port_unlock() - mutual exclusion
 *
 * The kind is fixed at init. What must be restored at unlock (the interrupt mask) is kept in the
 * lock itself. Locks are not recursive. They live in zeroed memory and need no destruction.
 */
void port_lock_init(struct port_host *host, struct port_lock *lock, enum port_lock_kind kind);
void port_lock(struct port_host *host, struct port_lock *lock);
void port_unlock(struct port_host *host, struct port_lock *lock);

/* ---- supplied by the integrator: memory ---- */

/**
 * port_alloc(), port_free() - ordinary memory for objects
 * @size: bytes, not 0; port_free() gets the same number
 *
 * May sleep; only called under PORT_LOCK_SLEEP locks or none.
 * port_alloc() returns: zeroed memory aligned to 16 bytes, or NULL
 */
void *port_alloc(struct port_host *host, size_t size);
void port_free(struct port_host *host, void *ptr, size_t size);

/**
 * port_table_alloc() - physically contiguous memory for the IRS
 * @size:  bytes, not 0
 * @align: power of two, at least 64
 * @table: receives the memory, zeroed, in the processor's and in physical address space; on failure
 *         va is NULL
 *
 * Lines of the cache must not be shared with other data: the port rounds up to them.
 * returns: 0, or -VGIC5_E_NOMEM
 */
int port_table_alloc(struct port_host *host, size_t size, size_t align, struct port_table *table);

/** port_table_free() - give it back and clear *@table; an empty table is allowed */
void port_table_free(struct port_host *host, struct port_table *table);

/**
 * port_table_clean(), port_table_invalidate() - cache maintenance to the point of coherency
 *
 * Only called if the host driver was told that the IRS is not coherent. Clean: after the processor
 * wrote, before the IRS reads. Invalidate: before the processor reads what the IRS wrote.
 */
void port_table_clean(struct port_host *host, const void *va, size_t size);
void port_table_invalidate(struct port_host *host, const void *va, size_t size);

/**
 * port_copy_from_user(), port_copy_to_user() - copy between the library and a buffer of the VMM
 * @user: address in the VMM's address space, unchecked
 *
 * returns: 0, or -VGIC5_E_FAULT if any byte of the range is not accessible
 */
int port_copy_from_user(struct port_host *host, void *dst, uint64_t user, size_t size);
int port_copy_to_user(struct port_host *host, uint64_t user, const void *src, size_t size);

/* ---- supplied by the integrator: the rest ---- */

/**
 * port_poll() - wait until the bits @mask of a 32-bit status register are set
 * @value: receives the last value read, also on failure; not NULL
 *
 * Bounded: Linux polls every microsecond for 10 ms at most. The last read is ordered before later
 * loads.
 * returns: 0, or -VGIC5_E_TIMEDOUT
 */
int port_poll(struct port_host *host, unsigned irs, uint32_t offset, uint32_t mask,
	      uint32_t *value);

/** port_relax() - called in a loop that waits for another PE; a hint (YIELD, or schedule) */
void port_relax(struct port_host *host);

/**
 * port_lpi_alloc(), port_lpi_free() - numbers of physical LPIs
 * @limit: only numbers below it are usable
 * @lpi:   receives the number, without type bits
 *
 * The number space is the machine's, shared with whatever else uses LPIs (an ITS driver, IPIs).
 * returns: 0, or -VGIC5_E_NOSPC
 */
int port_lpi_alloc(struct port_host *host, uint32_t limit, uint32_t *lpi);
void port_lpi_free(struct port_host *host, uint32_t lpi);

#endif
