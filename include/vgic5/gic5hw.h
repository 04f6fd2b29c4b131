/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libgic5hw: a software GICv5 with virtualization.
 *
 * A system has one or more IRSs and a CPU interface per PE. Software drives it as it would drive
 * silicon: register accesses to the IRS frames, system registers, GIC and GICR instructions, tables
 * in memory. The library calls the outside through struct gic5_env and nothing else: no libc, no
 * clock, no global state. Many systems may live in one process.
 *
 *	struct gic5_config cfg;
 *	gic5_config_default(&cfg);			then irs[] and pe[]
 *	gic5_create(&cfg, &env, &gic, NULL);
 *	struct gic5_pe *pe = gic5_pe(gic, 0);
 *	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_CR0, 4, 1);
 *	gic5_sysl(pe, &ctx, GIC5_CDIA, &intid);
 *
 * Threads. Every function that takes a system, an IRS, or events may be called from any thread at
 * any time unless its text says otherwise. What belongs to a PE (system registers, instructions) is
 * called by one thread at a time per PE, as a PE executes one instruction at a time; different PEs
 * run in parallel, and PEs that work on their own interrupts share no lock.
 *
 * Where the architecture leaves a choice, or the public facts are silent, the model does this:
 *   - Equal priorities are served first come, first served. An interrupt comes when it is pending,
 *     enabled, inactive and routed, or when its priority or routing changes; IRSEN, the link and
 *     residency hold the queue back without changing it. A table, VM or VPE that becomes valid adds
 *     its interrupts by ascending ID, SPIs before LPIs; SAVE_VMR with S=1 and gic5_save() put the
 *     queues into that order, so that a system and its restored copy go on alike. A 1-of-N
 *     interrupt keeps the PE or VPE that was chosen for it.
 *   - The LPI table and the VM table belong to the system: the IRS that makes one valid lends it to
 *     all, and a second IRS cannot make another valid (U28).
 *   - A CPU interface with 4 priority bits sees the upper four of what the IRS presents.
 *   - ICH_CONTEXTR_EL2.F is cleared by a V=0 write. VPE_DBR with DBV=0 ends a doorbell request,
 *     with REQ_DB=0 it leaves one alone.
 *   - Software errors recorded if IDR0.SWE: table accesses that failed (rule 21), LPIs and SPIs
 *     that an instruction, event or SETLPIR names and that are unreachable (15), doorbells without
 *     an LPI (14). Other strict rules leave no record.
 *
 * Errors are negative codes (errors.h) and mean that the *user of the library* did something that
 * cannot be done. What guests, drivers and tables do wrong is never an error of a function: the
 * access has the result that the architecture gives it, and strict mode reports it.
 */
#ifndef VGIC5_GIC5HW_H
#define VGIC5_GIC5HW_H

#include <vgic5/arch.h>
#include <vgic5/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

struct gic5;    /* a system */
struct gic5_pe; /* the CPU interface of one PE */

/* ---- what the user supplies ---- */

/** enum gic5_line - outputs of a CPU interface to its PE, each a level */
enum gic5_line {
	GIC5_LINE_IRQ,  /* a physical HPPI of sufficient priority */
	GIC5_LINE_FIQ,  /* of another domain; never asserted while only Non-secure exists */
	GIC5_LINE_NMI,  /* the physical HPPI has Superpriority (priority 0); IRQ is asserted too */
	GIC5_LINE_VIRQ, /* a virtual HPPI of sufficient priority */
	GIC5_LINE_VFIQ,
	GIC5_LINE_VNMI, /* the virtual HPPI has Superpriority; VIRQ is asserted too */
	GIC5_LINE_COUNT
};

/** enum gic5_event_kind - steps in the life of an interrupt, for tracing */
enum gic5_event_kind {
	GIC5_EV_PEND,        /* Pending 0 to 1 */
	GIC5_EV_UNPEND,      /* Pending 1 to 0 other than by acknowledge */
	GIC5_EV_CANDIDATE,   /* became the candidate of a PE or VPE */
	GIC5_EV_ACK,         /* acknowledged */
	GIC5_EV_EOI,         /* priority drop; intid is 0 */
	GIC5_EV_DEACTIVATE,  /* Active 1 to 0 */
	GIC5_EV_RESIDENT,    /* a VPE became resident; intid is 0 */
	GIC5_EV_NONRESIDENT, /* a VPE left; intid is 0 */
	GIC5_EV_DOORBELL,    /* a doorbell rang; intid is the physical LPI, vm/vpe whose it is */
};

/** struct gic5_event - one step */
struct gic5_event {
	enum gic5_event_kind kind;
	bool is_virtual;
	uint8_t priority;
	uint32_t intid;  /* typed */
	int32_t vm, vpe; /* -1 where none applies */
	int32_t pe;      /* index of the PE, -1 if the event belongs to none */
};

/** enum gic5_origin - whose mistake a strict report is about */
enum gic5_origin { GIC5_ORIGIN_HOST, GIC5_ORIGIN_GUEST };

/**
 * struct gic5_report - a strict-mode report (facts page, 17.4)
 *
 * @rule is the number in the strict catalogue, @text the rule in words, @what the register,
 * instruction or table entry, @done what the model did. Addresses and values are 0 where they do
 * not apply. An access that names no register (rule 2) has its offset as @value. Strings are
 * constants that live as long as the library.
 */
struct gic5_report {
	unsigned rule;
	enum gic5_origin origin;
	int32_t vm, vpe; /* of the guest; -1 for the host or where unknown */
	int32_t pe;      /* index of the PE, -1 for an access that no PE made */
	const char *text;
	const char *what;
	const char *done;
	uint64_t value;      /* what was written, or the operand */
	uint64_t entry_addr; /* table entry, if has_entry */
	uint64_t entry_value;
	bool has_entry;
};

/**
 * struct gic5_env - what the library needs from its user
 *
 * @alloc, @free, @read and @write are required, the rest may be NULL. A callback may be called from
 * any thread that is inside the library and with locks of the library held: it must not call back
 * into the library (but for gic5_line_level()), and should be short.
 */
struct gic5_env {
	void *opaque; /* handed to every callback */

	/*
	 * @alloc returns zeroed memory aligned to 64 bytes, or NULL. Never called on an interrupt
	 * path.
	 */
	void *(*alloc)(void *opaque, size_t size);
	void (*free)(void *opaque, void *ptr, size_t size);

	/*
	 * Access to physical memory, where the tables are. @pa comes from software and may be
	 * anything. Return false if any byte of the range is not memory; then nothing may have been
	 * changed. Accesses of 1, 2, 4 and 8 aligned bytes must be single-copy atomic.
	 */
	bool (*read)(void *opaque, uint64_t pa, void *buf, size_t len);
	bool (*write)(void *opaque, uint64_t pa, const void *buf, size_t len);

	/* An output changed. Calls for one PE come in order. */
	void (*line)(void *opaque, unsigned pe, enum gic5_line line, bool level);

	/* A step in the life of an interrupt. NULL costs one predictable branch. */
	void (*event)(void *opaque, const struct gic5_event *event);

	/* Strict mode. Only called if the configuration's strict flag is set. */
	void (*report)(void *opaque, const struct gic5_report *report);

	/* A lock is contended: give way (sched_yield, or WFE). NULL spins. */
	void (*relax)(void *opaque);
};

/* ---- configuration ---- */

/** enum gic5_status - status registers, for completion delay and fault injection */
enum gic5_status {
	GIC5_STATUS_CR0,
	GIC5_STATUS_SYNC,
	GIC5_STATUS_SPI,
	GIC5_STATUS_PE,
	GIC5_STATUS_IST,
	GIC5_STATUS_VMT,
	GIC5_STATUS_VPE,
	GIC5_STATUS_VM,
	GIC5_STATUS_SAVE_VM,
	GIC5_STATUS_COUNT
};

#define GIC5_DELAY_NEVER UINT32_MAX

/**
 * struct gic5_irs_config - one IRS, in the ID registers' names
 *
 * A field of an ID register that is encoded as "bits - 1" is given here in bits.
 */
struct gic5_irs_config {
	uint16_t irsid;
	uint8_t pa_range;        /* encoded 0..7 */
	uint8_t id_bits;         /* 1..24 */
	uint8_t min_lpi_id_bits; /* 0..14, at most id_bits */
	bool lpi;
	bool ist_levels;
	uint8_t ist_l2sz; /* mask: bit 0 4K, 1 16K, 2 64K */
	bool istmd;
	uint8_t istmd_sz;      /* 0..31 */
	uint8_t priority_bits; /* 1..5 */
	uint8_t iaffid_bits;   /* 1..16 */
	uint32_t spi_base;
	uint32_t spi_irs_range;
	bool virt;
	bool vmt_levels;
	uint8_t vm_id_bits; /* 8..16 */
	bool vmd;
	uint8_t vmd_sz;      /* log2 bytes, 0..12 */
	uint8_t vpe_id_bits; /* 1..16 */
	uint8_t vped_sz;     /* log2 bytes, 0..12 */
	bool one_n;
	bool virt_one_n; /* needs virt */
	bool setlpi;
	bool swe;
	uint32_t iidr;
};

/** struct gic5_pe_config - one PE */
struct gic5_pe_config {
	uint16_t iaffid;
	uint8_t irs;      /* index of the IRS that it is attached to */
	uint8_t pri_bits; /* 4 or 5 */
	uint8_t id_bits;  /* 16 or 24 */
	uint64_t ppi_implemented[2];
	uint64_t ppi_level[2]; /* handling mode of the implemented ones: 1 level (1.3) */
};

/** enum gic5_vdrcfg_context - what GIC VDRCFG reads (U19) */
enum gic5_vdrcfg_context { GIC5_VDRCFG_RESIDENT, GIC5_VDRCFG_OPERAND };

/** struct gic5_config - a system; knobs as on the facts page, section 19 */
struct gic5_config {
	struct gic5_irs_config *irs;
	struct gic5_pe_config *pe;
	uint32_t irs_count; /* 1..16 */
	uint32_t pe_count;  /* 1..65536 */
	uint32_t spi_range; /* IDR5: SPIs of the whole system */

	bool ppi_wins_tie;            /* R_VVBPS */
	bool link_at_reset;           /* ICC_CR0.LINK after reset */
	bool event_sets_hm;           /* U2 */
	bool honour_pending_on_valid; /* facts page, 8.4 */
	bool vm_reinstate;            /* U9 */
	bool firmware_has_run;        /* reset ICH_HFG* to "no trap" and VCTLR.En to 1 (12.4) */
	bool noncoherent;             /* tables are read through a shadow (17.2) */
	bool strict;                  /* report to env->report */
	enum gic5_vdrcfg_context vdrcfg_context;

	/*
	 * 0: instructions take effect at once. n: LPI and SPI instructions are deferred until GSB,
	 * a context synchronisation or n further accesses of the PE; at most 64 wait. CDRCFG's
	 * result reaches ICSR at a context synchronisation.
	 */
	uint32_t insn_delay;
};

/* Room for gic5_config_default(): as many PEs and IRSs as it can describe. */
#define GIC5_MAX_IRS 16
#define GIC5_MAX_PE  65536

/**
 * gic5_irs_config_default() - the defaults of the facts page, section 19
 * gic5_pe_config_default()  - PE number @index: IAFFID = @index, default PPI set of an EL2 machine
 *                             (3, 23, 26, 27, 28, 30), attached to IRS 0
 * gic5_config_default()     - the knobs; the caller sets irs, pe and their counts itself
 */
void gic5_irs_config_default(struct gic5_irs_config *irs);
void gic5_pe_config_default(struct gic5_pe_config *pe, uint32_t index);
void gic5_config_default(struct gic5_config *config);

/* ---- life cycle ---- */

/**
 * gic5_create() - make a system in its cold reset state
 * @config: copied; may be freed afterwards
 * @env:    copied; the callbacks must stay valid until gic5_destroy()
 * @gic:    receives the system
 * @why:    if not NULL, receives a constant text that names what is wrong with @config on -INVAL
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if a value of @config is outside its range or two values contradict each
 *          other
 *          (SPI ranges that overlap, two PEs with one IAFFID, virt_one_n without virt, ...)
 *      -VGIC5_E_NOMEM, if @env->alloc failed
 */
int gic5_create(const struct gic5_config *config, const struct gic5_env *env, struct gic5 **gic,
		const char **why);

/** gic5_destroy() - free a system; NULL is allowed. No other thread may be inside. */
void gic5_destroy(struct gic5 *gic);

/**
 * gic5_reset() - cold reset of everything
 * gic5_pe_reset() - reset of one PE's CPU interface: residency ends without doorbell request,
 *                   registers take their reset values, the link its knob's; the PE's wires keep
 *                   their level
 *
 * For both: no other thread may be inside the system (reset) or work for this PE (pe_reset).
 */
void gic5_reset(struct gic5 *gic);
void gic5_pe_reset(struct gic5_pe *pe);

/** gic5_pe() - the CPU interface of PE @index, or NULL if there is none */
struct gic5_pe *gic5_pe(struct gic5 *gic, uint32_t index);
uint32_t gic5_pe_index(const struct gic5_pe *pe);
struct gic5 *gic5_pe_system(struct gic5_pe *pe);

/* ---- IRS frames ---- */

/**
 * gic5_irs_read(), gic5_irs_write() - an access to a frame of IRS number @irs
 * @offset: bytes from the start of the frame
 * @size:   1, 2, 4 or 8; what the register does not allow is RAZ/WI (6.1)
 *
 * Never fails: an absent IRS, frame or register reads as zero and ignores writes. Strict reports
 * have host origin: a guest never reaches a physical frame. A write has the system alone while it
 * is performed; a read does not wait for PEs.
 */
uint64_t gic5_irs_read(struct gic5 *gic, unsigned irs, enum gic5_frame frame, uint32_t offset,
		       unsigned size);
void gic5_irs_write(struct gic5 *gic, unsigned irs, enum gic5_frame frame, uint32_t offset,
		    unsigned size, uint64_t value);

/* ---- CPU interface ---- */

/** enum gic5_result - what the PE must do with an access */
enum gic5_result {
	GIC5_DONE,      /* performed; a read has its value */
	GIC5_UNDEFINED, /* take an Undefined Instruction exception, EC 0x00 */
	GIC5_TRAP,      /* take it to EL2 with EC 0x18 and the ISS of the access */
};

/**
 * struct gic5_ctx - the PE's state that the GIC's rules depend on, at the moment of the access
 *
 * @hcr_imo: HCR_EL2.IMO as it is in force at EL1; @hcr_nv: HCR_EL2.{NV,NV1,NV2} in bits 0, 1, 2;
 * @nmi: SCTLR_ELx.NMI of the current EL (Superpriority is in use).
 */
struct gic5_ctx {
	uint8_t el; /* 0..3 */
	bool hcr_imo;
	uint8_t hcr_nv;
	bool nmi;
};

/**
 * gic5_sysreg_read(), gic5_sysreg_write() - MRS and MSR of the encodings in sysregs.def
 * gic5_sys()  - SYS: GIC and GSB; @rt31 says that Rt is 31 (GSB needs it)
 * gic5_sysl() - SYSL: GICR
 *
 * @enc: as GIC5_ENC(). An encoding that is not GICv5's gives GIC5_UNDEFINED.
 * Caller: the thread that runs this PE.
 */
enum gic5_result gic5_sysreg_read(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
				  uint64_t *value);
enum gic5_result gic5_sysreg_write(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
				   uint64_t value);
enum gic5_result gic5_sys(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc, bool rt31,
			  uint64_t value);
enum gic5_result gic5_sysl(struct gic5_pe *pe, const struct gic5_ctx *ctx, uint32_t enc,
			   uint64_t *value);

/**
 * gic5_context_sync() - the PE executed an ISB or took or returned from an exception (delay mode)
 */
void gic5_context_sync(struct gic5_pe *pe);

/** gic5_line_level() - the present level of an output; any thread, lock-free */
bool gic5_line_level(const struct gic5_pe *pe, enum gic5_line line);

/**
 * gic5_hide_ppis() - what ICH_PPI_HVIRn_EL2 does (U17): hidden virtual PPIs are RAZ/WI for the
 * guest and never candidates. Caller: the thread that runs this PE.
 */
void gic5_hide_ppis(struct gic5_pe *pe, const uint64_t hidden[2]);

/* ---- inputs ---- */

/** gic5_ppi_wire() - level of the wire of PPI @ppi (0..127) at a PE; absent PPIs are ignored */
void gic5_ppi_wire(struct gic5_pe *pe, unsigned ppi, bool level);

/** gic5_spi_wire() - level of the wire of SPI @spi; absent SPIs are ignored */
void gic5_spi_wire(struct gic5 *gic, uint32_t spi, bool level);

/** enum gic5_input - events of sources other than wires (2.2) */
enum gic5_input { GIC5_SET_EDGE, GIC5_SET_LEVEL, GIC5_CLEAR };

/**
 * gic5_event_physical() - an event for a physical LPI or SPI
 * gic5_event_virtual()  - an event for an LPI or SPI of VM @vm
 * @intid: typed; unreachable interrupts are ignored (strict reports)
 */
void gic5_event_physical(struct gic5 *gic, uint32_t intid, enum gic5_input input);
void gic5_event_virtual(struct gic5 *gic, uint32_t vm, uint32_t intid, enum gic5_input input);

/* ---- state ---- */

/**
 * gic5_save() - all architectural state, in a versioned format that later versions read
 * @buf, @size: room; NULL and 0 only measure
 *
 * Tables in memory are not part of it: cached interrupt state is written back to them first, so
 * that they are complete when this returns. save, load, save gives identical bytes. Operations in
 * flight (gic5_set_delay(), insn_delay) complete first; test aids are not saved. Has the system
 * alone meanwhile.
 *
 * returns: the number of bytes needed; if greater than @size the contents of @buf are undefined
 */
size_t gic5_save(struct gic5 *gic, void *buf, size_t size);

/**
 * gic5_load() - take over a saved state; the memory behind the tables must be restored before
 *
 * No other thread inside. On an error the system is as before.
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if the data is damaged, or from a system with another configuration
 *      -VGIC5_E_NOSYS, if its version is newer than this library
 *      -VGIC5_E_NOMEM, if memory ran out
 */
int gic5_load(struct gic5 *gic, const void *buf, size_t size);

/**
 * struct gic5_irq_state - an interrupt's state as CDRCFG would tell it, for inspection
 */
struct gic5_irq_state {
	bool pending, active, enabled, level /* HM */, irm;
	uint8_t priority;
	uint16_t iaffid;
};

/** gic5_inspect() - state of a physical (@vm < 0) or virtual LPI or SPI; false if unreachable */
bool gic5_inspect(struct gic5 *gic, int32_t vm, uint32_t intid, struct gic5_irq_state *state);

/** gic5_resident() - {VM, VPE} resident on a PE; false if none */
bool gic5_resident(const struct gic5_pe *pe, uint32_t *vm, uint32_t *vpe);

/* ---- what silicon does not offer: test aids ---- */

/**
 * gic5_set_delay() - completion of the operations of one status register
 * @reads: IDLE is seen after so many further reads of the status register; 0 at once (default);
 *         GIC5_DELAY_NEVER never (the operation does not take effect then)
 */
void gic5_set_delay(struct gic5 *gic, unsigned irs, enum gic5_status status, uint32_t reads);

/**
 * gic5_fail_valid() - let V of a status register read 0 for the next @count selections (PE, SPI,
 * VPE, VM)
 */
void gic5_fail_valid(struct gic5 *gic, unsigned irs, enum gic5_status status, uint32_t count);

/** gic5_fail_residency() - refuse the @kth residency request from now on (1 the next); 0 off */
void gic5_fail_residency(struct gic5 *gic, uint32_t kth);

/**
 * gic5_references() - does the hardware hold an address in [pa, pa+len)?
 *
 * True if a valid table, descriptor or cached entry lies in the range. A test calls it before it
 * frees memory.
 */
bool gic5_references(struct gic5 *gic, uint64_t pa, uint64_t len);

/** gic5_memory_changed() - memory was unmapped or replaced: report tables in use there (rule 19) */
void gic5_memory_changed(struct gic5 *gic, uint64_t pa, uint64_t len);

/**
 * gic5_check_tables() - compare every mapped entry with its shadow and report what changed (rule 8)
 */
void gic5_check_tables(struct gic5 *gic);

/**
 * gic5_cache_maintain() - software cleaned or invalidated [pa, pa+len)
 *
 * Only with the noncoherent knob: the model then reads each cache line of 64 bytes as it was at the
 * last such call, and as zero if there was none. What the model writes itself it also reads.
 */
void gic5_cache_maintain(struct gic5 *gic, uint64_t pa, uint64_t len);

#ifdef __cplusplus
}
#endif

#endif
