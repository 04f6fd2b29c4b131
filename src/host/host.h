/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host's GICv5 driver: what its files share, and what src/hyp uses of it.
 *
 * Lock order, outermost first (src/hyp/hyp.h puts its own in front):
 *   gic->ist	sleeping: level-2 tables of the physical IST, the handler table
 *     gic->irs	interrupts off: each command sequence of an IRS, from its first to its last access
 */
#ifndef VGIC5_HOST_H
#define VGIC5_HOST_H

#include <stdatomic.h>
#include <vgic5/vgic5.h>

#include "port.h"

#define GIC_DEFAULT_PRIORITY 0x10u
#define GIC_LPI_CHUNK        256u /* handlers that are allocated at a time */

/* ---- tables in memory (table.c) ---- */

/** struct ist_shape - geometry of an interrupt state table */
struct ist_shape {
	uint8_t id_bits;
	uint8_t istsz; /* encoded, 0..2 */
	uint8_t l2sz;  /* encoded, 0..2; meaningful if two_level */
	bool two_level;
};

/** struct ist - an interrupt state table, physical or virtual */
struct ist {
	struct ist_shape shape;
	struct port_table top; /* linear table or level 1; va NULL: no table */
	struct port_table *l2; /* by index of the level-1 entry; NULL if linear */
	uint32_t l2_count;
};

/** struct gic_memory - where tables come from, and whether the IRS snoops */
struct gic_memory {
	struct port_host *port;
	bool noncoherent;
	atomic_uint_fast64_t bytes; /* allocated now */
};

/* An empty table is allocated zeroed and visible to the IRS. */
int vgic5_table_alloc(struct gic_memory *mem, uint64_t size, uint64_t align,
		      struct port_table *table);
void vgic5_table_free(struct gic_memory *mem, struct port_table *table);

/* Processor wrote [va, va+size): let the IRS see it. IRS wrote it: let the processor see it. */
void vgic5_table_publish(struct gic_memory *mem, const void *va, size_t size);
void vgic5_table_refresh(struct gic_memory *mem, const void *va, size_t size);

/* Entries are little-endian and read or written as a whole. */
uint64_t vgic5_table_get64(struct gic_memory *mem, const void *va);
void vgic5_table_put64(struct gic_memory *mem, void *va, uint64_t value);
uint32_t vgic5_table_get32(const void *va);
void vgic5_table_put32(void *va, uint32_t value);

/* The shape for @id_bits interrupts on an IRS with this IDR2. */
struct ist_shape vgic5_ist_shape_for(uint32_t idr2, unsigned id_bits);

/* @full: with all level-2 tables, level 1 prefilled with VALID; otherwise level 1 alone. */
int vgic5_ist_alloc(struct gic_memory *mem, struct ist_shape shape, bool full, struct ist *ist);
void vgic5_ist_free(struct gic_memory *mem, struct ist *ist);

/* The entry of interrupt @id, or NULL where there is no table. The bytes of one entry. */
void *vgic5_ist_entry(const struct ist *ist, uint32_t id);
unsigned vgic5_ist_entry_bytes(const struct ist *ist);

/* All memory of the IST that holds entries, for cache maintenance. */
void vgic5_ist_publish(struct gic_memory *mem, const struct ist *ist);
void vgic5_ist_refresh(struct gic_memory *mem, const struct ist *ist);

/* ---- the driver object ---- */

/** struct lpi_desc - handler of one LPI; @running counts PEs that may be about to call it */
struct lpi_desc {
	_Atomic(vgic5_irq_handler) handler;
	_Atomic(void *) opaque;
	atomic_uint running;
};

struct ppi_desc {
	_Atomic(vgic5_irq_handler) handler;
	_Atomic(void *) opaque;
};

/** struct irs_caps - raw ID registers of the IRS that takes VM commands */
struct irs_caps {
	uint32_t idr0, idr1, idr2, idr3, idr4, idr5;
};

struct vgic5_gic {
	struct port_host *port;
	struct gic_memory mem;
	struct irs_caps caps;
	uint8_t irs_count, virt_irs;
	uint8_t irs_enabled; /* IRSs 0..n-1 were switched on here */
	uint8_t lpi_id_bits;

	struct port_lock irs;
	struct port_lock ist;
	struct ist table;

	_Atomic(struct lpi_desc *) *lpis; /* GIC_LPI_CHUNK handlers per element */
	uint32_t lpi_chunks;
	atomic_uint lpi_count;
	struct ppi_desc ppis[GIC5_PPI_COUNT];

	atomic_uint hosts;              /* struct vgic5_host that exist: 0 or 1 */
	struct port_table retained_vmt; /* a VM table that the IRS may still hold */
};

/* ---- IRS accesses (irs.c) ---- */

/* Wait for bit IDLE of a status register; @value may be NULL. Caller holds gic->irs. */
int vgic5_irs_wait(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t *value);

/* Wait, write, wait, as one step. */
int vgic5_irs_command32(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t reg,
			uint32_t value);
int vgic5_irs_command64(struct vgic5_gic *gic, unsigned irs, uint32_t status, uint32_t reg,
			uint64_t value);

/* ---- the VM table as a whole (vmt.c); its entries are src/hyp's ---- */

/* Give the IRS @table; on an error it was freed, or is kept in gic->retained_vmt. */
int vgic5_gic_assign_vmt(struct vgic5_gic *gic, struct port_table *table, unsigned vm_id_bits,
			 bool two_level);

/* Take gic->retained_vmt or @table back and free it. */
int vgic5_gic_release_vmt(struct vgic5_gic *gic, struct port_table *table);

/* Call the handler of a physical LPI that was acknowledged; false if it has none (lpi.c). */
bool vgic5_lpi_dispatch(struct vgic5_gic *gic, struct port_pe *pe, uint32_t intid);

/* ---- per PE (pe.c) ---- */

/* PPIs that the calling PE implements, physically and therefore virtually. */
void vgic5_gic_pe_probe_ppis(struct port_pe *pe, uint64_t implemented[2]);

#endif
