/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A GICv5 system in RAM for tests: memory, allocation counter, strict-report recorder, output
 *lines, and builders for the tables that software hands to an IRS.
 *
 *	struct gic_fixture fx;
 *	gic_fixture_init(&fx);			defaults: one IRS, two PEs, strict, 64 MiB of memory
 *	fx.cfg.pe_count = 4;			change what the test is about
 *	gic_fixture_start(&fx);
 *	...
 *	gic_fixture_stop(&fx);			NULL, or a text that says what was left over
 *
 * Nothing here needs cmocka. gic_test.h has the wrappers that turn a mistake into a failed test.
 *
 * Reports: every strict report is recorded. gic_fixture_stop() complains of each report, host or
 *guest, that the test neither took with gic_take_reports() nor allowed beforehand with
 *gic_allow_reports().
 *
 * Threads: the callbacks may be called from any thread. Everything else belongs to the test's
 *thread.
 */
#ifndef GIC_FIXTURE_H
#define GIC_FIXTURE_H

#include <pthread.h>
#include <vgic5/gic5hw.h>

#define GIC_FX_PE_MAX      160
#define GIC_FX_REPORT_MAX  512
#define GIC_FX_RULE_MAX    32
#define GIC_FX_MEMORY_BASE UINT64_C(0x40000000)
#define GIC_FX_MEMORY_SIZE (UINT64_C(64) << 20)

/* Rule argument of gic_take_reports() and gic_allow_reports() that means each rule. */
#define GIC_ANY_RULE 0U

struct gic_fixture {
	struct gic5 *gic;
	struct gic5_config cfg;
	struct gic5_irs_config irs[GIC5_MAX_IRS];
	struct gic5_pe_config pe[GIC_FX_PE_MAX];
	struct gic5_env env;

	uint8_t *memory;
	uint64_t memory_base, memory_size;
	uint64_t memory_next; /* of the bump allocator gic_alloc() */

	pthread_mutex_t lock; /* reports and allocations */
	size_t alloc_count, free_count, alloc_bytes;
	size_t fail_alloc; /* the n-th allocation from now on fails; 0 off */
	struct gic5_report reports[GIC_FX_REPORT_MAX];
	unsigned report_count, reports_dropped;
	bool allowed[GIC_FX_RULE_MAX][2];

	bool line[GIC_FX_PE_MAX][GIC5_LINE_COUNT];
	unsigned line_changes[GIC_FX_PE_MAX][GIC5_LINE_COUNT];
	unsigned events[GIC5_EV_DOORBELL + 1];
	struct gic5_event last_event[GIC5_EV_DOORBELL + 1];

	char trouble[256]; /* text returned by gic_fixture_stop() */
};

/* The situations in which a PE makes an access. */
extern const struct gic5_ctx gic_el0, gic_el0_virt, gic_el1, gic_el1_virt, gic_el2, gic_el3;

/** gic_fixture_init() - defaults; nothing is created yet */
void gic_fixture_init(struct gic_fixture *fx);

/** gic_fixture_start() - memory and system; returns what gic5_create() returned, -NOMEM without
 * memory */
int gic_fixture_start(struct gic_fixture *fx);

/** gic_fixture_stop() - destroy; NULL if nothing leaked and no report was left, else a description
 */
const char *gic_fixture_stop(struct gic_fixture *fx);

/**
 * gic_rounds() - how often a threaded or random test does its work: @normal, a tenth of it under
 * a sanitizer, or what the environment says as VGIC5_ROUNDS
 */
unsigned gic_rounds(unsigned normal);

/* ---- reports ---- */

/** gic_allow_reports() - accept any number of reports of this rule and origin from now on */
void gic_allow_reports(struct gic_fixture *fx, unsigned rule, enum gic5_origin origin);

/** gic_take_reports() - count and remove the reports of this rule and origin; @last may be NULL */
unsigned gic_take_reports(struct gic_fixture *fx, unsigned rule, enum gic5_origin origin,
			  struct gic5_report *last);

/* ---- memory ---- */

/** gic_alloc() - zeroed memory of the machine, aligned to @align (a power of two, at least 64); 0
 * if full */
uint64_t gic_alloc(struct gic_fixture *fx, uint64_t size, uint64_t align);
uint32_t gic_peek32(struct gic_fixture *fx, uint64_t pa);
uint64_t gic_peek64(struct gic_fixture *fx, uint64_t pa);
void gic_poke32(struct gic_fixture *fx, uint64_t pa, uint32_t value);
void gic_poke64(struct gic_fixture *fx, uint64_t pa, uint64_t value);

/**
 * gic_repair_state() - make the header of a saved state fit its changed contents
 *
 * Magic, version, length at 16, FNV-1a checksum of the rest at 24: without this a test of damaged
 * contents would test the checksum only.
 */
void gic_repair_state(uint8_t *state, size_t bytes);

/* ---- accesses ---- */

uint32_t gic_r32(struct gic_fixture *fx, unsigned irs, uint32_t offset);
uint64_t gic_r64(struct gic_fixture *fx, unsigned irs, uint32_t offset);
void gic_w32(struct gic_fixture *fx, unsigned irs, uint32_t offset, uint32_t value);
void gic_w64(struct gic_fixture *fx, unsigned irs, uint32_t offset, uint64_t value);

/* These abort the program if the access is not GIC5_DONE: use gic5_* where that is in question. */
uint64_t gic_mrs(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc);
void gic_msr(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
	     uint64_t value);
void gic_sys(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
	     uint64_t operand);
uint64_t gic_sysl(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc);

/** gic_ack() - CDIA, as the typed INTID; 0 if there was none */
uint32_t gic_ack(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx);

/** gic_done() - CDEOI and CDDI of @intid */
void gic_done(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid);

/** gic_rcfg() - CDRCFG and the ICSR that it leaves */
uint64_t gic_rcfg(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid);

/** gic_state() - gic5_inspect(); aborts if the interrupt is unreachable. @vm is -1 for physical
 * ones */
struct gic5_irq_state gic_state(struct gic_fixture *fx, int32_t vm, uint32_t intid);

/* Operands of instructions. */
uint64_t gic_op_pri(uint32_t intid, unsigned priority);
uint64_t gic_op_aff(uint32_t intid, unsigned iaffid);
uint64_t gic_op_pend(uint32_t intid, bool pending);
uint64_t gic_op_hm(uint32_t intid, bool level);
uint64_t gic_op_vd(unsigned vm, uint32_t intid); /* VDEN, VDDIS, VDDI, VDRCFG; base of the others */
uint64_t gic_op_vd_pend(unsigned vm, uint32_t intid, bool pending);

/**
 * gic_setup_irq() - priority, target and enable of an LPI or SPI by CD instructions
 * @ctx: gic_el2 for a physical interrupt, gic_el1_virt for one of the resident VM
 */
void gic_setup_irq(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid,
		   unsigned priority, unsigned iaffid);

/** gic_pe_enable() - ICC_CR0.EN and LINK, and the lowest priority mask, of the physical interface
 */
void gic_pe_enable(struct gic_fixture *fx, unsigned pe);

/** gic_virt_enable() - the same for the virtual interface: ICH_VCTLR.En, VMCR.EN, VPMR = 31 */
void gic_virt_enable(struct gic_fixture *fx, unsigned pe);

/* ---- interrupt state tables ---- */

/** struct gic_ist - shape and place of an interrupt state table */
struct gic_ist {
	bool two_level;
	unsigned id_bits, istsz, l2sz;
	uint64_t base;
};

/** gic_ist_make() - memory for a table of this shape, with its level 2 tables. @map sets
 * L1_ISTE.VALID */
void gic_ist_make(struct gic_fixture *fx, struct gic_ist *ist, bool map);

/** gic_ist_cfgr() - IRS_IST_CFGR of a table */
uint32_t gic_ist_cfgr(const struct gic_ist *ist);

/** gic_ist_entry() - address of the entry of interrupt @id */
uint64_t gic_ist_entry(struct gic_fixture *fx, const struct gic_ist *ist, uint32_t id);

/** gic_ist_enable() - IST_CFGR, then IST_BASER with VALID */
void gic_ist_enable(struct gic_fixture *fx, unsigned irs, const struct gic_ist *ist);

/** gic_lpis() - a linear, valid table of 2^id_bits LPIs on IRS 0 */
struct gic_ist gic_lpis(struct gic_fixture *fx, unsigned id_bits);

/* ---- virtual machines ---- */

/** struct gic_vm - what a test wants of a VM; zero means: none */
struct gic_vm {
	unsigned vm_id;
	unsigned vpe_id_bits;    /* the VPE table has 2^n entries */
	unsigned vpe_count;      /* VPEs 0..n-1 are mapped */
	struct gic_ist lpi, spi; /* made if id_bits is not 0 */

	uint64_t vmte, vpet, vmd; /* addresses, for tests that look */
};

/** gic_vmt() - a valid VM table for 2^vm_id_bits VMs on IRS 0; returns its address */
uint64_t gic_vmt(struct gic_fixture *fx, unsigned vm_id_bits, bool two_level);

/** gic_vmte() - address of the L2_VMTE of a VM in the table of IRS 0; maps the level 2 table if
 * needed */
uint64_t gic_vmte(struct gic_fixture *fx, unsigned vm_id);

/** gic_vm_fill() - write the descriptor with every VALID bit 0; no command is issued */
void gic_vm_fill(struct gic_fixture *fx, struct gic_vm *vm);

/** gic_vm_map() - fill, VMAP_VMR, VMAP_VISTR of both tables, VMAP_VPER of each VPE, all steps
 * of 10.1 */
void gic_vm_map(struct gic_fixture *fx, struct gic_vm *vm);
void gic_vpe_fill(struct gic_fixture *fx, const struct gic_vm *vm, unsigned vpe);
void gic_vpe_map(struct gic_fixture *fx, const struct gic_vm *vm, unsigned vpe);
void gic_vm_unmap(struct gic_fixture *fx, const struct gic_vm *vm);

/** gic_simple_vm() - VM table if there is none, VM 1 with @vpes VPEs, 64 SPIs and 256 LPIs */
struct gic_vm gic_simple_vm(struct gic_fixture *fx, unsigned vpes);

/** gic_vpe_select() - VPE_SELR; returns VPE_STATUSR.V */
bool gic_vpe_select(struct gic_fixture *fx, unsigned vm, unsigned vpe);

/** gic_vpe_dbr() - select and write doorbell settings */
void gic_vpe_dbr(struct gic_fixture *fx, unsigned vm, unsigned vpe, uint32_t lpi, unsigned dbpm,
		 bool request);

/** gic_enter() - make a VPE resident; returns false if ICH_CONTEXTR_EL2.F came back set */
bool gic_enter(struct gic_fixture *fx, unsigned pe, unsigned vm, unsigned vpe);

/** gic_leave() - V=0; @dbpm below 0: without doorbell request */
void gic_leave(struct gic_fixture *fx, unsigned pe, int dbpm);

#endif
