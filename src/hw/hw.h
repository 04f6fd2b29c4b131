/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hardware model's own structures. Nothing here is visible to users of the library.
 *
 * Who owns what
 *   struct gic5        the system; its tables (LPI IST, VM table) are shared by all IRSs (U28)
 *   struct gic5_irs    registers of one IRS and its SPIs
 *   struct gic5_pe     the CPU interface of a PE, and the ready lists of what is routed to it
 *   struct space       a name space of LPIs and SPIs: the physical one, or a VM's
 *   struct ist         the interrupts of one type in a space; their nodes lie in chunks
 *   struct target      where interrupts wait: a PE, a VPE, the 1-of-N pool, or nowhere
 *
 * Lock order, outermost first
 *   gate, exclusive    one thread alone in the system: frame writes, reset, save, load
 *   gate, shared       everything else; a PE's entry touches only its own cache line
 *     wire lock        level of an SPI's wire and the event that follows from it
 *       VPE target     ready lists of a VPE, its doorbell and residency
 *         PE target    ready lists and CPU interface of a PE; also the physical pool and nowhere
 *           swerr      the software error record of an IRS
 * Two targets of one kind: the lower address first. An interrupt's state is covered by the lock of
 * the target that its node names as home; a new home is set with both locks held.
 */
#ifndef GIC5_HW_H
#define GIC5_HW_H

#include <stdatomic.h>
#include <string.h>
#include <vgic5/gic5hw.h>

#define NONE UINT32_MAX

/* ---- interrupt nodes ---- */

/*
 * An interrupt. The state word has the layout of an L2_ISTE; its RES0 and HWU bits, which are not
 * state, carry the model's flags. Zero means that the ISTE has not been read yet.
 */
struct node {
	_Atomic uint32_t state;
	_Atomic uint32_t home; /* PE index, VPE_ID, HOME_POOL or HOME_NOWHERE */
	uint32_t next, prev;   /* handles in the ready list of the home, 0 none */
};

#define ISTE(field)     ((uint32_t)GIC5_MASK(L2_ISTE_##field))
#define NODE_PENDING    ISTE(PENDING)
#define NODE_ACTIVE     ISTE(ACTIVE)
#define NODE_HM         ISTE(HM)
#define NODE_ENABLE     ISTE(ENABLE)
#define NODE_IRM        ISTE(IRM)
#define NODE_PRIORITY   ISTE(PRIORITY)
#define NODE_IAFFID     ISTE(IAFFID)
#define NODE_KNOWN      (1U << 5) /* the node holds the interrupt's state */
#define NODE_LOST       (1U << 6) /* its ISTE could not be read: unreachable */
#define NODE_QUEUED     (1U << 7) /* in a ready list of its home */
#define NODE_VIRT       (1U << 8) /* a physical SPI that belongs to a VM (SPI_VMR) */
#define NODE_SOURCE_OFF (1U << 9) /* an SPI whose own IRS is disabled (several IRSs only) */
#define NODE_STATE                                                                       \
	(NODE_PENDING | NODE_ACTIVE | NODE_HM | NODE_ENABLE | NODE_IRM | NODE_PRIORITY | \
	 NODE_IAFFID)

#define HOME_NOWHERE UINT32_MAX
#define HOME_POOL    (UINT32_MAX - 1)

#define CHUNK_BITS  10
#define CHUNK_NODES (1U << CHUNK_BITS)
#define BLOCK_NODES 32U /* nodes whose ISTEs are read together */

/* Up to 1024 consecutive interrupts of an IST. A handle is the chunk's index and the node's. */
struct chunk {
	struct ist *ist;
	uint64_t pa;       /* of the first ISTE */
	uint64_t l1_entry; /* shadow of what mapped it, 0 in a linear table */
	uint32_t first_id;
	uint32_t index;
	uint32_t count;
	_Atomic uint32_t known; /* one bit per block: some node of it may be known */
	struct node nodes[];
};

struct ist {
	struct space *space;
	struct gic5_irs *irs; /* whose rules it follows */
	uint64_t base;
	struct chunk ***groups; /* of chunks; see chunk.c */
	uint32_t first_id;      /* SPIs of an IRS need not start at 0 */
	uint32_t count;         /* interrupts */
	uint32_t chunk_count, group_count, l1_count;
	uint8_t type, chunk_shift, group_shift, id_bits, istsz, l2sz;
	bool backed; /* by a table in memory */
	bool two_level;
};

/* The table's chunk of that number, NULL if it is not mapped. */
static inline struct chunk *chunk_at(const struct ist *ist, uint32_t number)
{
	return ist->groups[number >> ist->group_shift][number & ((1U << ist->group_shift) - 1)];
}

/* ---- targets ---- */

enum target_kind { TARGET_NOWHERE, TARGET_PE, TARGET_VPE, TARGET_POOL };

struct target {
	_Atomic uint32_t lock;
	_Atomic uint32_t mask; /* priorities whose list is not empty; written with the lock held */
	struct {
		uint32_t head, tail;
	} list[GIC5_PRIO_COUNT];
	uint32_t announced; /* handle last traced as candidate */
	uint32_t id;        /* what a node of it has as home */
	enum target_kind kind;
};

struct space {
	struct gic5 *gic;
	struct vm *vm; /* NULL: physical */
	struct ist *lpi;
	struct ist *spi; /* of a VM; physical SPIs belong to IRSs */
	struct target nowhere, pool;
	_Atomic uint32_t last_choice; /* 1-of-N rotates from here */
};

/* The best of something: priority GIC5_PRIO_IDLE if there is none. */
struct candidate {
	uint32_t intid;
	uint32_t handle; /* 0 for a PPI */
	uint8_t priority;
};

/* ---- virtual machines ---- */

struct vpe {
	struct target ready;
	struct vm *vm;
	struct gic5_pe *pe; /* where it is resident */
	uint64_t vpete;     /* shadow */
	uint32_t doorbell;  /* LPI number */
	uint8_t dbpm;       /* as written to VPE_DBR */
	uint8_t request_dbpm;
	bool dbv, requested, dps;
	bool unset_reported; /* rule 14, once per request */
	uint16_t id;
};

struct vm {
	struct space space;
	struct vpe **vpes;
	uint64_t vmte_pa;
	uint64_t vmte[4]; /* shadow */
	uint32_t vpe_count;
	_Atomic bool changed; /* interrupt state changed since the last complete save */
	bool db_en;           /* VM_DBR */
	uint16_t db_vpe;
	uint16_t id;
};

/* What exists while the VM table is valid. */
struct tables {
	struct gic5_irs *vmt_irs; /* NULL: no VM table is valid */
	uint64_t vmt_base;
	uint64_t *vmt_l1; /* shadow of the level-1 entries; NULL if linear */
	struct vm ***vms; /* by VM_ID >> 8, then & 255 */
	uint8_t vm_id_bits;
	bool vmt_two_level;
};

/* ---- IRS ---- */

struct spi {
	bool wire;
	bool level; /* trigger mode */
	bool virt;
	uint16_t vm;
};

/* Completion of the operations that a status register covers. */
struct completion {
	uint32_t delay;     /* what gic5_set_delay() asked for */
	uint32_t remaining; /* reads until the operation in flight completes */
	uint32_t fail;      /* selections that shall read V=0 */
	bool busy, has_op;
	bool failed; /* the present selection reads V=0 */
	const struct irs_row *row;
	uint64_t value;
};

/* Registers with a command bit in their upper half lie between SPI_VMR and SAVE_VMR (U4). */
#define LOW_HALF(offset) (((offset)-GIC5_IRS_SPI_VMR) / 8)
#define LOW_HALVES       (LOW_HALF(GIC5_IRS_SAVE_VMR) + 1)

struct irs_regs {
	uint64_t ist_baser, vmt_baser, vpe_selr;
	uint64_t swerr_status, swerr_syndrome[2];
	uint32_t cr1, cr1_in_force;
	uint32_t spi_selr, pe_selr, vm_selr;
	uint32_t ist_cfgr, vmt_cfgr;
	uint32_t low_half[LOW_HALVES]; /* of registers written by halves */
	bool irsen;
	bool save_q;
};

struct gic5_irs {
	struct gic5 *gic;
	struct gic5_irs_config cfg;
	struct irs_regs regs;
	struct completion status[GIC5_STATUS_COUNT];
	struct ist spi_ist;
	struct spi *spis;
	_Atomic uint32_t swerr_lock;
	uint32_t index;
	uint32_t pe_count;
};

/* ---- CPU interface ---- */

struct ppi_bank {
	uint64_t enable[2], active[2];
	uint64_t pending[2]; /* physical: latches of edge PPIs; virtual: ICH_PPI_PENDR */
	uint8_t priority[GIC5_PPI_COUNT];
};

struct pe_regs {
	struct ppi_bank ppi, vppi;
	uint64_t ppi_wire[2];
	uint64_t dvi[2], hidden[2];
	uint64_t icsr, contextr;
	uint64_t hfgrtr, hfgwtr, hfgitr;
	uint32_t apr, vapr;
	uint8_t pcr, vpmr;
	bool en, link, dps;
	bool ven, vctlr_en;
};

struct deferred {
	const struct insn_row *row;
	uint64_t operand;
	int32_t vm, vpe; /* of the guest that executed it */
	bool guest;
	uint64_t due; /* instruction count at which it takes effect */
};

#define DEFER_MAX 64

struct gic5_pe {
	struct target ready; /* first: its lock word is also the gate's flag of this PE */
	struct gic5 *gic;
	struct gic5_irs *irs;
	struct gic5_pe_config cfg;
	struct pe_regs regs;
	struct vpe *vpe;             /* resident here; changed by this PE's thread or exclusively */
	struct candidate vcandidate; /* what the resident VPE presents */
	_Atomic uint32_t lines;      /* one bit per enum gic5_line */
	_Atomic uint32_t threshold;  /* a physical priority below it is sufficient */
	_Atomic uint32_t vthreshold;
	uint32_t index;
	uint8_t pri_mask;
	bool held; /* this PE's thread is inside and holds the PE's lock */

	/* instruction delay */
	struct deferred *queue;
	uint32_t queue_head, queue_len;
	uint64_t executed;
	uint64_t icsr_next;
	bool icsr_staged;
	bool guest_checked; /* rule 23 was looked at since EL2 last changed something */
} __attribute__((aligned(64)));

/* ---- system ---- */

/* The noncoherent knob's view of memory (shadow.c). */
struct shadow {
	_Atomic uint32_t lock;
	struct shadow_page **pages;
	uint32_t room, used;
};

struct gic5 {
	_Atomic uint32_t writer;  /* somebody wants or has the system alone */
	_Atomic uint32_t foreign; /* threads inside that are no PE */
	_Atomic uint32_t exclusive;
	struct gic5_env env;
	struct gic5_config cfg;
	struct gic5_irs *irs;
	struct gic5_pe *pe;
	uint32_t *pe_by_iaffid; /* indices, sorted by IAFFID */
	struct space physical;
	struct tables tables;
	struct chunk **chunks; /* by handle; entry 0 is never used */
	uint32_t chunk_room, chunk_free;
	struct shadow shadow;
	_Atomic uint32_t wire_lock[16];
	_Atomic uint32_t establish_lock; /* innermost but for swerr; first use of a block */
	_Atomic uint32_t fail_residency;
	bool any_one_n; /* some IRS offers 1-of-N */
};

/* On whose behalf something happens. */
struct who {
	struct gic5 *gic;
	struct gic5_irs *irs; /* whose frame was accessed; NULL for others */
	struct gic5_pe *self; /* whose thread this is; NULL for others */
	int32_t pe, vm, vpe;
	bool guest;
};

/* An interrupt that was found. */
struct irq {
	struct space *space;
	struct ist *ist;
	struct node *node;
	struct gic5_pe *self; /* as in struct who; gic5_irq_find() leaves it alone */
	uint32_t handle;
	uint32_t intid;
};

/* ---- gate.c ---- */

void gic5_gate_wait(struct gic5_pe *pe);
void gic5_enter_slowly(struct gic5_pe *pe, bool locked);
void gic5_foreign_enter(struct gic5 *gic);
void gic5_foreign_exit(struct gic5 *gic);
void gic5_registers_lock(struct gic5 *gic);
void gic5_registers_unlock(struct gic5 *gic);
void gic5_exclude(
	struct gic5 *gic); /* with the registers locked: waits until no one else is inside */
void gic5_include(struct gic5 *gic);
void gic5_spin(struct gic5 *gic, _Atomic uint32_t *lock);

/*
 * The lock word of a PE says two things: LOCKED, as every lock, and INSIDE, that the PE's own
 * thread is inside the gate. So an instruction that needs no more than its own PE enters, locks,
 * unlocks and leaves with one atomic exchange and one store. While the own PE is held no other
 * target may be locked: own_release() first.
 */
#define LOCKED 1U
#define INSIDE 2U

static inline void lock(struct gic5 *gic, _Atomic uint32_t *l)
{
	if (__builtin_expect(atomic_fetch_or_explicit(l, LOCKED, memory_order_acquire) & LOCKED, 0))
		gic5_spin(gic, l);
}

/* Of what is no PE's. */
static inline void unlock(_Atomic uint32_t *l)
{
	atomic_store_explicit(l, 0, memory_order_release);
}

static inline void target_unlock(struct target *target)
{
	if (target->kind == TARGET_PE)
		atomic_fetch_and_explicit(&target->lock, ~LOCKED, memory_order_release);
	else
		unlock(&target->lock);
}

/* A PE's lock by any thread that does not hold it already. */
static inline void pe_lock(struct gic5_pe *pe)
{
	lock(pe->gic, &pe->ready.lock);
}

static inline void pe_unlock(struct gic5_pe *pe)
{
	target_unlock(&pe->ready);
}

/* The PE's own thread comes in. */
static inline void gate_enter(struct gic5_pe *pe)
{
	atomic_fetch_or(&pe->ready.lock, INSIDE);
	if (__builtin_expect(atomic_load(&pe->gic->writer) != 0, 0))
		gic5_gate_wait(pe);
}

/* ... and holds its PE. */
static inline void gate_enter_locked(struct gic5_pe *pe)
{
	uint32_t idle = 0;
	bool locked = atomic_compare_exchange_strong(&pe->ready.lock, &idle, LOCKED | INSIDE);

	if (__builtin_expect(!locked || atomic_load(&pe->gic->writer) != 0, 0))
		gic5_enter_slowly(pe, locked);
	pe->held = true;
}

static inline void own_release(struct gic5_pe *pe)
{
	if (pe && pe->held) {
		pe->held = false;
		atomic_store_explicit(&pe->ready.lock, INSIDE, memory_order_release);
	}
}

/*
 * Hold the own PE until the gate is left. Other targets may be held already, but none is locked
 * after.
 */
static inline void own_lock(struct gic5_pe *pe)
{
	if (!pe->held) {
		pe_lock(pe);
		pe->held = true;
	}
}

static inline void gate_exit(struct gic5_pe *pe)
{
	if (pe->held) {
		pe->held = false;
		atomic_store_explicit(&pe->ready.lock, 0, memory_order_release);
	} else {
		atomic_fetch_and_explicit(&pe->ready.lock, ~INSIDE, memory_order_release);
	}
}

/* ---- mem.c: little-endian memory; false if it is not there ---- */

bool gic5_mem_read32(struct gic5 *gic, uint64_t pa, uint32_t *value);
bool gic5_mem_write32(struct gic5 *gic, uint64_t pa, uint32_t value);
bool gic5_mem_read64(struct gic5 *gic, uint64_t pa, uint64_t *value);
bool gic5_mem_write64(struct gic5 *gic, uint64_t pa, uint64_t value);
bool gic5_mem_read(struct gic5 *gic, uint64_t pa, void *buf, size_t len);
void gic5_shadow_read(struct gic5 *gic, uint64_t pa, uint8_t *buf, size_t len);
void gic5_shadow_write(struct gic5 *gic, uint64_t pa, const uint8_t *buf, size_t len);
void gic5_shadow_free(struct gic5 *gic);
bool gic5_mem_is_zero(struct gic5 *gic, uint64_t pa, size_t len);
/* Do two ranges of memory share a byte? */
static inline bool overlaps(uint64_t a, uint64_t a_len, uint64_t b, uint64_t b_len)
{
	return a < b + b_len && b < a + a_len;
}

void *gic5_zalloc(struct gic5 *gic, size_t size);
void gic5_release(struct gic5 *gic, void *ptr, size_t size);

/* ---- strict.c, swerr.c ---- */

struct who gic5_host(struct gic5 *gic);
struct who gic5_host_on(struct gic5_pe *pe);
struct who gic5_guest_on(struct gic5_pe *pe);
bool gic5_strict_wanted(const struct who *who);
void gic5_strict(const struct who *who, unsigned rule, const char *what, uint64_t value);
void gic5_strict_entry(const struct who *who, unsigned rule, const char *what, uint64_t value,
		       uint64_t entry_addr, uint64_t entry_value);

enum swerr_code {
	SWERR_L1_ISTE_UPDATE = 0x00,
	SWERR_L1_ISTE_LOOKUP = 0x01,
	SWERR_L2_ISTE_ACCESS = 0x02,
	SWERR_OTHER = 0xff, /* IMP_EC has the strict catalogue's number (U25) */
};
struct swerr {
	uint8_t ec, rule;
	bool has_intid, is_virtual, has_addr;
	uint16_t vm;
	uint32_t intid;
	uint64_t addr;
};
void gic5_swerr(struct gic5_irs *irs, const struct swerr *error);
void gic5_swerr_write(struct gic5_irs *irs, uint64_t value);
void gic5_unreachable(const struct who *who, struct space *space, uint32_t intid, unsigned rule,
		      const char *what, uint64_t operand);

/* ---- ready.c: lists and selection ---- */

void gic5_target_init(struct target *target, enum target_kind kind, uint32_t id);
void gic5_target_clear(struct target *target);
void gic5_enqueue(struct gic5 *gic, struct target *target, uint32_t handle, uint32_t priority);
void gic5_dequeue(struct gic5 *gic, struct target *target, uint32_t handle, uint32_t priority);
struct candidate gic5_top(struct gic5 *gic, const struct target *target);
void gic5_settle_other(struct space *space, struct target *target, struct gic5_pe *self);
void gic5_announce(struct space *space, struct target *target);
struct target *gic5_target(struct space *space, uint32_t home);

static inline uint32_t ready_mask(const struct target *target)
{
	return atomic_load_explicit(&target->mask, memory_order_relaxed);
}

static inline struct node *node_of(struct gic5 *gic, uint32_t handle)
{
	return &gic->chunks[handle >> CHUNK_BITS]->nodes[handle & (CHUNK_NODES - 1)];
}

static inline bool node_ready(uint32_t state)
{
	return (state & (NODE_PENDING | NODE_ACTIVE | NODE_ENABLE | NODE_KNOWN | NODE_LOST |
			 NODE_VIRT | NODE_SOURCE_OFF)) == (NODE_PENDING | NODE_ENABLE | NODE_KNOWN);
}

/* ---- irq.c: operations on an interrupt ---- */

bool gic5_irq_find(struct space *space, uint32_t intid, struct irq *irq);
bool gic5_irq_find_in(struct ist *ist, uint32_t intid, struct irq *irq);
uint32_t gic5_irq_modify(const struct irq *irq, uint32_t clear, uint32_t set);
void gic5_irq_commit(const struct irq *irq, struct target *target, uint32_t old, uint32_t new);
void gic5_irq_route(const struct irq *irq, bool irm, uint16_t iaffid);
void gic5_irq_event(const struct irq *irq, enum gic5_input input);
bool gic5_physical_event(const struct who *who, uint32_t intid, enum gic5_input input,
			 unsigned rule, const char *what);
bool gic5_virtual_event(const struct who *who, uint32_t vm, uint32_t intid, enum gic5_input input,
			const char *what);
void gic5_irq_acknowledge(struct space *space, struct target *target, uint32_t handle);
uint32_t gic5_home(struct space *space, uint32_t state);
void gic5_irq_place(const struct irq *irq);
void gic5_trace_event(struct gic5 *gic, enum gic5_event_kind kind, const struct space *space,
		      uint32_t intid, uint32_t priority, int32_t vpe, int32_t pe);

static inline void gic5_trace(struct gic5 *gic, enum gic5_event_kind kind,
			      const struct space *space, uint32_t intid, uint32_t priority,
			      int32_t vpe, int32_t pe)
{
	if (__builtin_expect(gic->env.event != NULL, 0))
		gic5_trace_event(gic, kind, space, intid, priority, vpe, pe);
}

/* ---- chunk.c: room for nodes; all exclusive but for gic5_ist_l1() ---- */

bool gic5_chunks_open(struct ist *ist);
bool gic5_chunks_add(struct ist *ist, uint32_t id, uint32_t count, uint64_t pa, uint64_t l1_entry);
void gic5_chunks_free(struct ist *ist);
uint64_t gic5_ist_l1(const struct ist *ist, uint32_t l1_index);

/* ---- ist.c: tables and nodes; all exclusive but for gic5_ist_establish() ---- */

struct ist_shape {
	uint64_t base;
	uint8_t id_bits, istsz, l2sz;
	bool two_level;
};

const char *gic5_ist_illegal(const struct gic5_irs *irs, const struct ist_shape *shape,
			     unsigned type);
struct ist *gic5_ist_open(struct gic5_irs *irs, struct space *space, unsigned type,
			  const struct ist_shape *shape, const struct who *who, bool restoring);
void gic5_ist_map_l2(struct ist *ist, uint32_t id, const struct who *who, const char *what,
		     uint64_t operand);
void gic5_ist_write_back(struct ist *ist);
void gic5_ist_close(struct ist *ist);
void gic5_ist_establish(struct chunk *chunk, uint32_t index);
bool gic5_ist_restore_l2(struct ist *ist, uint32_t index, uint64_t entry, const struct who *who);
bool gic5_ist_init_spis(struct gic5_irs *irs);
void gic5_ist_check(struct ist *ist, const struct who *who);
bool gic5_ist_references(const struct ist *ist, uint64_t pa, uint64_t len);
/* Call @visit for every known node in ascending order. */
void gic5_ist_each(struct ist *ist, void (*visit)(const struct irq *irq, void *arg), void *arg);
void gic5_ist_requeue(struct ist *ist);
void gic5_space_requeue(struct space *space);
bool gic5_still_eligible(struct space *space, uint32_t home);

/* ---- vmt.c, vm.c: VM table, VMs, VPEs ---- */

struct vm *gic5_vm_find(struct gic5 *gic, uint32_t id);
struct vpe *gic5_vpe_find(struct gic5 *gic, uint32_t vm, uint32_t vpe);
bool gic5_vmt_open(struct gic5_irs *irs, const struct who *who);
void gic5_vmt_close(struct gic5 *gic, const struct who *who);
void gic5_vmt_map_l2(struct gic5 *gic, uint32_t vm, const struct who *who, uint64_t operand);
bool gic5_vmte_pa(struct gic5 *gic, uint32_t vm, uint64_t *pa);
void gic5_vmt_check(struct gic5 *gic, const struct who *who);
void gic5_vmt_free(struct gic5 *gic, struct tables *tables);
void gic5_each_vm(struct gic5 *gic, void (*visit)(struct vm *vm, void *arg), void *arg);
bool gic5_vm_slot(struct gic5 *gic, struct tables *tables, struct vm *vm);

void gic5_vm_map(struct gic5 *gic, uint32_t id, const struct who *who, uint64_t operand);
bool gic5_vm_adopt(struct gic5 *gic, uint32_t id, const struct who *who);
uint64_t gic5_vpete_pa(const struct vm *vm, uint32_t id);
void gic5_vpe_check_descriptor(const struct who *who, uint64_t vpete);
void gic5_walk_failed(struct gic5_irs *irs, const struct who *who, const char *what,
		      uint64_t operand, uint64_t pa);
uint32_t gic5_vmt_l1_count(const struct tables *tables);
bool gic5_vmt_alloc(struct gic5 *gic, struct tables *tables);
bool gic5_vmt_references(struct gic5 *gic, uint64_t pa, uint64_t len);
void gic5_vm_unmap(struct gic5 *gic, uint32_t id, const struct who *who, uint64_t operand);
void gic5_vm_close(struct vm *vm, const struct who *who);
void gic5_vm_free(struct vm *vm); /* the object alone */
void gic5_vm_drop(struct vm *vm); /* with its ISTs, without a look at memory */
void gic5_vm_map_ist(struct gic5 *gic, uint32_t id, unsigned type, const struct who *who,
		     uint64_t operand);
void gic5_vm_unmap_ist(struct gic5 *gic, uint32_t id, unsigned type, const struct who *who);
void gic5_vm_map_l2_ist(struct gic5 *gic, uint32_t id, uint32_t intid, const struct who *who,
			uint64_t operand);
void gic5_vm_map_vpe(struct gic5 *gic, uint32_t id, uint32_t vpe, const struct who *who,
		     uint64_t operand);
struct vm *gic5_vm_new(struct gic5 *gic, uint32_t id, const uint64_t vmte[4], uint64_t vmte_pa);
struct vpe *gic5_vpe_new(struct vm *vm, uint32_t id, uint64_t vpete);
void gic5_vpe_adopt_interrupts(struct vpe *vpe);
bool gic5_vm_save(struct gic5 *gic, uint32_t id, bool save, bool query, const struct who *who,
		  uint64_t operand);
void gic5_vm_check(struct vm *vm, const struct who *who);
bool gic5_vm_references(struct vm *vm, uint64_t pa, uint64_t len);
struct ist_shape gic5_vmte_ist_shape(uint64_t word);

/* ---- residency.c, doorbell.c ---- */

void gic5_contextr_write(struct gic5_pe *pe, uint64_t value);
void gic5_residency_end(struct gic5_pe *pe, bool fault);
void gic5_one_n_rebalance(struct space *space);
void gic5_doorbell_request(struct vpe *vpe, uint8_t dbpm, struct gic5_pe *self); /* VPE locked */
void gic5_doorbell_check(struct vpe *vpe, struct gic5_pe *self);                 /* VPE locked */
void gic5_vpe_settle(struct vpe *vpe, struct gic5_pe *self);                     /* VPE locked */
void gic5_vm_doorbell(struct vm *vm); /* no target locked */

/* ---- hppi.c: selection and lines of a PE; PE locked ---- */

uint64_t gic5_ppi_pending(const struct gic5_pe *pe, unsigned word);
uint64_t gic5_vppi_pending(const struct gic5_pe *pe, unsigned word);
struct candidate gic5_physical_hppi(struct gic5_pe *pe);
struct candidate gic5_virtual_hppi(struct gic5_pe *pe);
void gic5_pe_update(struct gic5_pe *pe);
bool gic5_pe_presents(const struct gic5_pe *pe); /* candidates of the IRS reach this PE */

/* A locked target's lists changed: let the CPU interface or the doorbell know. */
static inline void gic5_settle(struct space *space, struct target *target, struct gic5_pe *self)
{
	if (__builtin_expect(target->kind == TARGET_PE && !space->gic->env.event, 1))
		gic5_pe_update((struct gic5_pe *)target); /* its first member */
	else
		gic5_settle_other(space, target, self);
}

/* ---- cpuif*.c ---- */

struct insn_row;
void gic5_pe_defaults(struct gic5_pe *pe);

/* D_NSTKG: which interface EL1 reaches. V3 is RES0 in this model. */
static inline bool gic5_virtual_domain(const struct gic5_ctx *ctx)
{
	return ctx->el == 1 && ctx->hcr_imo;
}

void gic5_drain(struct gic5_pe *pe);
void gic5_flush_deferred(struct gic5_pe *pe); /* as a context synchronisation; exclusive */
uint64_t gic5_icc_read(struct gic5_pe *pe, uint32_t enc, bool virt);
void gic5_icc_write(struct gic5_pe *pe, uint32_t enc, uint64_t value, bool virt);
uint64_t gic5_ich_read(struct gic5_pe *pe, uint32_t enc);
void gic5_ich_write(struct gic5_pe *pe, uint32_t enc, uint64_t value);
uint64_t gic5_acknowledge(struct gic5_pe *pe, bool virt, bool nmi_wanted, bool nmi_in_use);

static inline uint64_t hppi_value(const struct candidate *c)
{
	return c->priority == GIC5_PRIO_IDLE
		       ? 0
		       : GIC5_PUT(ICC_HPPIR_EL1_HPPIV, 1) | (uint64_t)c->intid;
}

/* ---- lifecycle.c, config.c, irs*.c, spi.c ---- */

void gic5_drop_tables(struct gic5 *gic);
void gic5_reset_locked(struct gic5 *gic);

const char *gic5_config_problem(const struct gic5_config *config);
uint32_t gic5_pe_of_iaffid(const struct gic5 *gic, uint32_t iaffid);
void gic5_irs_defaults(struct gic5_irs *irs);
struct ist_shape gic5_ist_shape_of(const struct irs_regs *regs); /* IST_BASER and IST_CFGR */
void gic5_irs_complete_all(struct gic5_irs *irs);
struct gic5_irs *gic5_spi_irs(struct gic5 *gic, uint32_t spi);
void gic5_spi_sample(struct gic5_irs *irs, uint32_t spi, const struct who *who);
void gic5_spi_set_mode(struct gic5_irs *irs, uint32_t spi, bool level, const struct who *who);
void gic5_spi_set_vm(struct gic5_irs *irs, uint32_t spi, uint64_t value, const struct who *who);
void gic5_spi_source(struct gic5_irs *irs);
void gic5_irs_set_enable(struct gic5_irs *irs, bool enable);
uint8_t gic5_irs_priority_mask(const struct gic5_irs *irs);

#endif
