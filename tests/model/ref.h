/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An independent reference model of GICv5, written from the rules of the architecture and sharing
 * no code with src/hw. Plain fields, flat arrays, linear search: slow and easy to read. Its
 * functions have the shape of gic5hw.h, so that a test can do one operation on both and compare.
 *
 * What it leaves out, because a comparison has nothing exact to compare there: strict reports and
 * software error records, completion delays, the noncoherent shadow, tables outside memory.
 * Where the architecture leaves a choice (1-of-N, quiescence without a change) ref_* functions say
 * which answers are legal.
 */
#ifndef REF_H
#define REF_H

#include <vgic5/gic5hw.h>

#define REF_PES   4
#define REF_IRSS  3
#define REF_SPIS  128
#define REF_IRQS  4096
#define REF_VMS   8
#define REF_VPES  8
#define REF_L1    512
#define REF_WORDS 2

/* Physical interrupts are those of "VM" -1. */
#define REF_PHYSICAL (-1)

/** struct ref_hppi - an answer of a selection */
struct ref_hppi {
	bool valid;
	uint32_t intid;
	unsigned priority;
};

/** struct ref_irq - one LPI or SPI that is not in its initial state */
struct ref_irq {
	int vm;
	uint32_t intid;
	bool pending, active, enabled, level, irm;
	unsigned priority, iaffid;
	uint64_t came; /* when it last became ready for its target at its priority; 0: is not */
};

struct ref_ist {
	bool valid, two_level;
	unsigned id_bits, istsz, l2sz;
	uint64_t base;
	bool l1[REF_L1];
};

struct ref_vpe {
	bool valid, dps;
	bool db_valid, db_request;
	unsigned db_mask;         /* as written to VPE_DBR */
	unsigned db_request_mask; /* of the outstanding request */
	uint32_t db_lpi;
};

struct ref_vm {
	bool valid;
	unsigned id;
	uint64_t vmte, vpet;
	unsigned vpe_id_bits;
	struct ref_ist ist[2]; /* 0 LPI, 1 SPI */
	struct ref_vpe vpe[REF_VPES];
	bool saved, changed, touched; /* since the last save */
	bool db_enabled;
	unsigned db_vpe;
};

struct ref_spi {
	bool exists, wire, level; /* level: trigger mode */
	bool is_virtual;
	unsigned vm;
	unsigned irs;
};

struct ref_irs {
	bool irsen;
	uint32_t cr1, spi_sel, pe_sel, ist_cfgr, vmt_cfgr, vm_sel;
	uint64_t vpe_sel, ist_base, vmt_base;
	bool save_q;
};

/* PPI state of one domain, a bit or a number per PPI. */
struct ref_ppis {
	uint64_t enabled[REF_WORDS], pending[REF_WORDS], active[REF_WORDS];
	uint8_t priority[GIC5_PPI_COUNT];
};

struct ref_pe {
	struct ref_ppis phys, virt;
	uint64_t wire[REF_WORDS], dvi[REF_WORDS], hidden[REF_WORDS];
	uint32_t apr, vapr;
	unsigned pcr, vpmr;
	bool en, link, ven, vctlr_en, dps;
	uint64_t icsr, hfgrtr, hfgwtr, hfgitr;
	uint64_t context; /* as ICH_CONTEXTR_EL2 reads */
	bool resident;    /* with the names in context */
};

struct ref {
	struct gic5_config cfg;
	struct gic5_irs_config irs_cfg[REF_IRSS];
	struct gic5_pe_config pe_cfg[REF_PES];
	uint8_t *memory;
	uint64_t memory_base, memory_size;

	struct ref_irs irs[REF_IRSS];
	struct ref_spi spi[REF_SPIS];
	struct ref_pe pe[REF_PES];
	struct ref_ist ist; /* physical LPIs, on IRS 0 */
	bool vmt_valid, vmt_two_level;
	unsigned vm_id_bits;
	uint64_t vmt_base;
	bool vmt_l1[REF_L1];
	struct ref_vm vm[REF_VMS];

	struct ref_irq irq[REF_IRQS];
	unsigned irq_count;
	uint64_t clock;
	bool q_unsure; /* SAVE_VM_STATUSR.Q may read either value */

	/* 1-of-N leaves a choice. What was chosen, if it was checked to be legal: [PE][virtual]. */
	bool chosen_set;
	struct ref_hppi chosen[REF_PES][2];
};

/** ref_init() - cold reset. @memory is the model's own copy of physical memory */
void ref_init(struct ref *ref, const struct gic5_config *cfg, uint8_t *memory, uint64_t base,
	      uint64_t size);
void ref_pe_reset(struct ref *ref, unsigned pe);

uint64_t ref_irs_read(struct ref *ref, unsigned irs, enum gic5_frame frame, uint32_t offset,
		      unsigned size);
void ref_irs_write(struct ref *ref, unsigned irs, enum gic5_frame frame, uint32_t offset,
		   unsigned size, uint64_t value);

enum gic5_result ref_sysreg_read(struct ref *ref, unsigned pe, const struct gic5_ctx *ctx,
				 uint32_t enc, uint64_t *value);
enum gic5_result ref_sysreg_write(struct ref *ref, unsigned pe, const struct gic5_ctx *ctx,
				  uint32_t enc, uint64_t value);
enum gic5_result ref_sys(struct ref *ref, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
			 bool rt31, uint64_t value);
enum gic5_result ref_sysl(struct ref *ref, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
			  uint64_t *value);
bool ref_line_level(struct ref *ref, unsigned pe, enum gic5_line line);
void ref_hide_ppis(struct ref *ref, unsigned pe, const uint64_t hidden[2]);
void ref_ppi_wire(struct ref *ref, unsigned pe, unsigned ppi, bool level);
void ref_spi_wire(struct ref *ref, uint32_t spi, bool level);
void ref_event_physical(struct ref *ref, uint32_t intid, enum gic5_input input);
void ref_event_virtual(struct ref *ref, uint32_t vm, uint32_t intid, enum gic5_input input);
bool ref_inspect(struct ref *ref, int32_t vm, uint32_t intid, struct gic5_irq_state *state);
bool ref_resident(const struct ref *ref, unsigned pe, uint32_t *vm, uint32_t *vpe);

/**
 * ref_choose() - adopt the answers of the system under test where 1-of-N leaves a choice
 * @answers: per PE, physical and virtual, what its HPPIR reads
 *
 * Returns NULL if all of them together are legal, else what is wrong; then nothing was adopted.
 */
const char *ref_choose(struct ref *ref, uint64_t answers[REF_PES][2]);

/** ref_save_tables() - write all cached interrupt state to memory, as gic5_save() does */
void ref_save_tables(struct ref *ref);

/* ---- between the files of the model ---- */

/* ref_state.c: interrupts, tables */
uint64_t ref_load(struct ref *ref, uint64_t pa, unsigned bytes);
void ref_store(struct ref *ref, uint64_t pa, unsigned bytes, uint64_t value);
struct ref_vm *ref_vm_find(struct ref *ref, unsigned vm_id);
struct ref_ist *ref_ist_of(struct ref *ref, int vm, uint32_t intid);
struct ref_irq *ref_irq_find(struct ref *ref, int vm, uint32_t intid);
struct ref_hppi ref_best(struct ref *ref, int vm, unsigned iaffid, unsigned pe_irs);
void ref_changed(struct ref *ref, struct ref_irq *irq, const struct ref_irq *before);
void ref_event(struct ref *ref, int vm, uint32_t intid, enum gic5_input input);
void ref_settle(struct ref *ref);
void ref_source_changed(struct ref *ref, unsigned irs);
bool ref_ist_legal(const struct ref *ref, const struct ref_ist *ist);
void ref_ist_start(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist);
void ref_ist_l2_start(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist,
		      unsigned index);
void ref_ist_stop(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist);
void ref_ist_save(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist);
unsigned ref_l2_bits(const struct ref_ist *ist);
unsigned ref_l1_count(const struct ref_ist *ist);
void ref_spi_sample(struct ref *ref, unsigned spi);
void ref_resort(struct ref *ref, int vm, int target);

/* ref_vm.c: VM table, VPEs, residency */
void ref_vmap_l2_vmt(struct ref *ref, unsigned vm);
void ref_vmap_vm(struct ref *ref, unsigned vm_id);
void ref_vm_stop(struct ref *ref, struct ref_vm *vm);
void ref_vmap_vist(struct ref *ref, unsigned vm, unsigned type, bool unmap);
void ref_vmap_l2_vist(struct ref *ref, unsigned vm, unsigned type, uint32_t id);
void ref_vmap_vpe(struct ref *ref, unsigned vm, unsigned vpe);
void ref_save_vm(struct ref *ref, unsigned irs, unsigned vm, bool save, bool query);
void ref_vmt_stop(struct ref *ref);
struct ref_vpe *ref_vpe_find(struct ref *ref, unsigned vm, unsigned vpe);
bool ref_vpe_resident(const struct ref *ref, unsigned vm, unsigned vpe, unsigned *pe);
void ref_context_write(struct ref *ref, unsigned pe, uint64_t value);

/* ref_cpu.c */
struct ref_hppi ref_hppi(struct ref *ref, unsigned pe, bool is_virtual);

#endif
