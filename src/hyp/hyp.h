/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual GICv5: objects, and what the files of src/hyp offer to each other.
 *
 * Lock order, outermost first:
 *   vm->users            not a lock: a count of running vCPUs, or -1 for exclusive access (vm.c)
 *     vm->config         sleeping: INIT, teardown, first run, IRSEN, the guest's IST, save and restore
 *       host->vmt_lock   sleeping: level-2 VM tables, VM IDs
 *       gic->ist         sleeping: level-2 tables of the physical IST, handlers of LPIs
 *       vm->virs.lock    selectors and small state of the virtual IRS (D8), routes
 *       vm->inflight_lock  notifiers, and the list of SPIs in flight
 *         spi->lock      one SPI's shadow and the order of its VDPENDs (D9); also under virs.lock
 *       gic->irs         each IRS command sequence, every access to VMT, VMTE and VPETE memory;
 *                        also under vmt_lock and gic->ist
 *
 * Locks of one depth are not taken together. Those not marked sleeping mask interrupts. PPI state has no
 * lock: it is bitmaps that change by one atomic operation (R13, R57, R58). Kicks and notifiers are called
 * with no lock held; map_irs, guest_read and guest_write under vm->config.
 */
#ifndef VGIC5_HYP_H
#define VGIC5_HYP_H

#include "el2.h"
#include "host.h"

#define VM_ID_NONE         (-1)
#define SPI_NONE           UINT32_MAX
#define VIRS_SPI_SELR_INIT ((uint32_t)GIC5_MASK(IRS_SPI_SELR_ID))
#define VIRS_PE_SELR_INIT  ((uint32_t)GIC5_MASK(IRS_PE_SELR_IAFFID))

/* Requests to a vCPU, served by its next flush. */
#define REQ_IRQ_PENDING 1u /* look at PPIs and the doorbell again */
#define REQ_RELOAD      2u /* put and load: IRSEN changed */

/** struct vgic5_host - the probe result, the VM table, the VM IDs */
struct vgic5_host {
	struct vgic5_gic *gic;
	struct port_host *port;
	struct port_pe *service;

	uint64_t implemented[EL2_BANKS]; /* PPIs that can be exposed to guests */
	uint32_t max_vcpus;              /* of a VM with a VGIC_V5; others may have more */
	uint32_t max_vms;
	uint32_t vmd_bytes, vped_bytes;

	struct port_lock vmt_lock;
	struct port_table vmt; /* linear, or level 1 */
	bool two_level;
	struct port_table *l2; /* by level-1 index */
	uint32_t l2_count;
	uint64_t *id_used; /* bitmap of VM IDs; under vmt_lock */
	uint32_t ids_in_use;

	atomic_uint vms, pes, retained;
	atomic_uint_fast64_t serial; /* of vCPUs, so that a PE recognises its last one */
};

/** struct vgic5_pe - a PE that runs vCPUs; touched only on that PE */
struct vgic5_pe {
	struct vgic5_host *host;
	struct port_pe *port;
	struct vgic5_vcpu *loaded;
	uint64_t last; /* serial of the vCPU that was loaded last, 0 none */
	uint64_t hfgitr;
	uint32_t prio_words; /* priority registers in which a PPI exists */
	bool has_bank1;
	bool stale; /* the mirror is not true: vgic5_pe_forget() */
	uint16_t iaffid;
	struct el2_image hw; /* what the ICH registers hold */
};

/** struct ppi_state - lines and edges of a vCPU's PPIs; any thread, atomic operations only */
struct ppi_state {
	atomic_uint_fast64_t line[EL2_BANKS];  /* levels of level PPIs */
	atomic_uint_fast64_t latch[EL2_BANKS]; /* edges not yet in the hardware */
};

/** struct doorbell - a physical LPI that wakes a vCPU */
struct doorbell {
	uint32_t lpi;
	uint16_t iaffid; /* where it is routed; set by the vCPU's thread */
	bool allocated;
	atomic_bool fired;
};

/** struct vcpu_counts - statistics; written by the vCPU's thread unless atomic increments are used */
struct vcpu_counts {
	atomic_uint_fast64_t ppi_injections, kicks, doorbells;
	atomic_uint_fast64_t loads, puts, wfi_puts, reloads, doorbell_requests, sysreg_traps;
};

struct vgic5_vcpu {
	struct vgic5_vm *vm;
	void *opaque;
	uint64_t serial;
	uint64_t mpidr;
	uint32_t id;    /* VPE_ID and IAFFID */
	uint32_t index; /* dense */
	bool nested;
	bool ran;       /* was ever in run_begin() */
	bool finalized; /* its PPI state was masked (R11) */
	bool one_n;     /* takes part in 1-of-N: DPS=0 (option) */

	struct vgic5_pe *pe; /* loaded there */
	atomic_bool resident;
	atomic_uint requests;
	struct doorbell doorbell;
	struct ppi_state ppi;
	struct el2_image image; /* of the vCPU's thread, or under exclusive access */

	const void *_Atomic owner[VGIC5_NR_PPIS];
	const struct vgic5_ppi_source *source[VGIC5_NR_PPIS];
	struct vcpu_counts counts;
};

/** struct spi - shadow of an SPI; enable, priority and routing live in the IST */
struct spi {
	struct port_lock lock;
	const void *owner;
	uint32_t next; /* in flight: index of the next, or SPI_NONE; under inflight_lock */
	uint32_t injections;
	uint16_t notifiers; /* registered for it; under inflight_lock and lock */
	bool level;         /* SPI_CFGR.TM */
	bool line;
	bool latch;
	bool active;   /* as last seen; only while in flight */
	bool inflight; /* under inflight_lock */
};

/** struct vm_tables - what the VMTE points to */
struct vm_tables {
	struct port_table vmd, vpet, vpeds;
	uint32_t vped_stride;
	uint8_t vpe_id_bits;
	bool allocated; /* the VMTE was written: only teardown ends that */
};

/** struct virs - registers of the virtual IRS */
struct virs {
	struct port_lock lock;
	gpa_t base;
	uint32_t idr0, idr1, idr2, idr5;
	uint32_t cr1, spi_selr, pe_selr, ist_cfgr;
	uint64_t ist_baser; /* ADDR and VALID as the guest reads them */
	atomic_bool irsen;
	bool restore_pending; /* IST_BASER was restored as valid, its ISTEs were not yet */
	uint64_t swerr_status, swerr_syndrome0, swerr_syndrome1;
	atomic_uint_fast64_t reads, writes;
};

struct vgic5_vm {
	struct vgic5_host *host;
	struct vgic5_vm_config cfg;

	atomic_int users;     /* vCPUs inside run_begin()..run_end(), or -1 */
	atomic_uint creating; /* vgic5_vcpu_create() in progress */
	struct port_lock config;
	struct vgic5_vcpu **vcpus; /* by index; VGIC5_MAX_VCPUS entries */
	uint16_t *index_of_id;     /* by vCPU ID: index + 1, 0 none */
	uint32_t vcpu_count;       /* the only count (R7) */

	atomic_bool dead;
	atomic_bool initialised;
	bool device;
	bool ran; /* any vCPU ever ran since INIT */
	bool irs_mapped;
	bool retained; /* counted in host->retained */
	int32_t vm_id;
	struct vm_tables tables;
	struct ist spi_ist, lpi_ist;

	uint32_t nr_spis; /* 0: not set */
	struct spi *spis;
	uint32_t spi_count; /* entries of spis; nonzero from INIT to teardown */
	struct virs virs;

	uint64_t userspace_ppis[EL2_BANKS];
	uint64_t exposed[EL2_BANKS], level[EL2_BANKS]; /* complete before exposed_done (R56) */
	atomic_bool exposed_done;

	struct port_lock inflight_lock;
	struct vgic5_ack_notifier *notifiers;
	uint32_t inflight; /* first, or SPI_NONE */
	atomic_uint inflight_count;
	atomic_uint notifying; /* PEs that are calling notifiers */
	atomic_uint_fast64_t deactivations, lpi_injections;

	uint16_t *routes; /* gsi: SPI + 1, 0 none */
	uint32_t route_count;
	bool default_routes; /* INIT's, gone with it */
};

/* ---- vm_table.c: VM IDs, level-2 VM tables, VMTE, VPE table ---- */
int vgic5_vm_id_alloc(struct vgic5_host *host, int32_t *id);
void vgic5_vm_id_free(struct vgic5_host *host, int32_t id);
int vgic5_vm_table_init(struct vgic5_vm *vm);  /* allocate, write words 0 and 1 */
void vgic5_vm_table_free(struct vgic5_vm *vm); /* the VM is invalid */
int vgic5_vm_make_valid(struct vgic5_vm *vm);
int vgic5_vm_make_invalid(struct vgic5_vm *vm);
int vgic5_vm_write_vpetes(struct vgic5_vm *vm);
int vgic5_vm_zero_vpetes(struct vgic5_vm *vm);
bool vgic5_vm_entry_valid(struct vgic5_vm *vm);
/* VMTE words 2 and 3; IST_VALID prefilled only before the VM is valid. */
void vgic5_vm_write_ist(struct vgic5_vm *vm, enum gic5_type type, const struct ist *ist,
			bool valid);
int vgic5_vm_map_ist(struct vgic5_vm *vm, enum gic5_type type);
int vgic5_vm_unmap_ist(struct vgic5_vm *vm, enum gic5_type type);
int vgic5_vm_save_query(struct vgic5_vm *vm, bool save, bool *quiescent);

/* ---- vpe.c: VPEs in the IRS ---- */
int vgic5_vpe_setup(struct vgic5_vcpu *vcpu);
int vgic5_vpe_set_dps(struct vgic5_vcpu *vcpu, bool dps);
int vgic5_vm_set_doorbell(struct vgic5_vm *vm, uint32_t vpe_id, bool enable);

/* ---- doorbell.c ---- */
int vgic5_doorbell_create(struct vgic5_vcpu *vcpu);
void vgic5_doorbell_destroy(struct vgic5_vcpu *vcpu);
uint64_t vgic5_doorbell_settings(const struct vgic5_vcpu *vcpu); /* VPE_DBR */
uint64_t vgic5_doorbell_request(struct vgic5_vcpu *vcpu,
				struct vgic5_pe *pe); /* CONTEXTR at departure */

/* ---- residency.c ---- */
unsigned vgic5_effective_priority_mask(const struct el2_image *image);

/* ---- vcpu.c ---- */
void vgic5_vcpu_request(struct vgic5_vcpu *vcpu, unsigned request);
void vgic5_vcpu_free(struct vgic5_vcpu *vcpu);
struct vgic5_vcpu *vgic5_vcpu_by_id(struct vgic5_vm *vm, uint32_t id);
struct vgic5_vcpu *vgic5_vcpu_by_mpidr(struct vgic5_vm *vm, uint64_t mpidr);

/* ---- vm.c ---- */
int vgic5_vm_lock_exclusive(struct vgic5_vm *vm); /* -BUSY if a vCPU runs */
void vgic5_vm_unlock_exclusive(struct vgic5_vm *vm);
int vgic5_vm_init(struct vgic5_vm *vm);   /* the INIT attribute */
int vgic5_vm_unwind(struct vgic5_vm *vm); /* undo it */

/* ---- ppi.c ---- */
uint64_t vgic5_ppi_level_mask(unsigned bank); /* PPIs that are level-handled by architecture */
void vgic5_ppi_expose(struct vgic5_vm *vm);
void vgic5_ppi_mask_hidden(struct vgic5_vcpu *vcpu);
void vgic5_ppi_flush(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe);
void vgic5_ppi_sync(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe);
bool vgic5_ppi_pending(struct vgic5_vcpu *vcpu);
uint64_t vgic5_ppi_pending_bits(struct vgic5_vcpu *vcpu, unsigned bank);
void vgic5_ppi_set_pending_bits(struct vgic5_vcpu *vcpu, unsigned bank, uint64_t bits);
void vgic5_ppi_reset(struct vgic5_vcpu *vcpu);

/* ---- spi.c, notifier.c ---- */
int vgic5_spi_create(struct vgic5_vm *vm);
void vgic5_spi_destroy(struct vgic5_vm *vm);
void vgic5_spi_set_trigger(struct vgic5_vm *vm, struct port_pe *pe, uint32_t spi, bool level);
bool vgic5_spi_get_trigger(struct vgic5_vm *vm, uint32_t spi);
void vgic5_spi_track(struct vgic5_vm *vm, uint32_t spi);
void vgic5_spi_poll_inflight(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe);
void vgic5_spi_attach_notifiers(struct vgic5_vm *vm);
void vgic5_spi_forget_inflight(struct vgic5_vm *vm);
bool vgic5_spi_hardware_level(const struct spi *spi); /* what ISTE.HM must be */

/* ---- virs.c, virs_ist.c ---- */
void vgic5_virs_init(struct vgic5_vm *vm);
void vgic5_virs_forget(struct vgic5_vm *vm);
uint64_t vgic5_virs_read(struct vgic5_vm *vm, uint32_t offset);
void vgic5_virs_reload_all(struct vgic5_vm *vm);
void vgic5_virs_software_error(struct vgic5_vm *vm, unsigned code, uint32_t intid, uint64_t addr);
bool vgic5_virs_ist_shape(const struct vgic5_vm *vm, uint32_t cfgr, struct ist_shape *shape);
void vgic5_virs_write_ist_cfgr(struct vgic5_vm *vm, uint32_t value);
void vgic5_virs_write_ist_baser(struct vgic5_vm *vm, uint64_t value);
void vgic5_virs_map_l2(struct vgic5_vm *vm, uint32_t id);
bool vgic5_virs_lpi_reachable(struct vgic5_vm *vm, uint32_t lpi);

/* ---- virs_uaccess.c ---- */
int vgic5_virs_uaccess(struct vgic5_vm *vm, uint64_t attr, bool write, uint64_t *value);
/* The register at @attr, or NULL and why: -NXIO none there, -INVAL not at its start. */
const struct gic5_irs_reg_desc *vgic5_virs_uaccess_find(uint64_t attr, int *error);

/* ---- ist_state.c ---- */
int vgic5_ist_state_save(struct vgic5_vm *vm, uint64_t user_desc);
int vgic5_ist_state_restore(struct vgic5_vm *vm, uint64_t user_desc);

/* ---- sysreg_uaccess.c ---- */
int vgic5_sysreg_uaccess(struct vgic5_vcpu *vcpu, uint32_t enc, bool write, uint64_t *value);
bool vgic5_sysreg_is_exposed(uint32_t enc);

/* ---- routing.c ---- */
int vgic5_routing_default(struct vgic5_vm *vm);
void vgic5_routing_free(struct vgic5_vm *vm);

static inline uint64_t bank_bit(unsigned ppi)
{
	return UINT64_C(1) << (ppi % 64);
}

static inline uint32_t spi_intid(uint32_t spi)
{
	return GIC5_INTID(GIC5_TYPE_SPI, spi);
}

static inline struct vgic5_gic *vm_gic(const struct vgic5_vm *vm)
{
	return vm->host->gic;
}

static inline struct port_host *vm_port(const struct vgic5_vm *vm)
{
	return vm->host->port;
}

static inline void count(atomic_uint_fast64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* A counter with one writer: no locked instruction on the hot path. */
static inline void count_own(atomic_uint_fast64_t *counter)
{
	atomic_store_explicit(counter, atomic_load_explicit(counter, memory_order_relaxed) + 1,
			      memory_order_relaxed);
}

#endif
