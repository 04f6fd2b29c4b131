/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random comparison of src/hw with the reference model.
 *
 * A seed determines a configuration, a memory layout and a list of operations. The list does not
 * depend on what happens when it runs, so it can be run again with operations left out: that is how
 * a failure is shrunk.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "gic_fixture.h"
#include "ref.h"

/** enum profile - what a run is about */
enum profile {
	PROFILE_PHYSICAL,
	PROFILE_VIRTUAL,
	PROFILE_SEVERAL_IRS,
	PROFILE_ONE_OF_N,
	PROFILE_COUNT
};

enum op_kind {
	OP_IRS_WRITE, /* one or two writes: a selector and what it selects, or two halves */
	OP_MSR,
	OP_SYS,
	OP_SYSL,
	OP_PPI_WIRE,
	OP_SPI_WIRE,
	OP_EVENT,
	OP_VIRTUAL_EVENT,
	OP_HIDE,
	OP_PE_RESET,
	OP_VM_PREPARE, /* software fills the descriptor of an invalid VM */
	OP_IST_POKE,   /* software writes an entry of the invalid physical IST */
	OP_VMT_OFF,
	OP_VMT_ON,
	OP_SAVE, /* gic5_save: memory is complete afterwards */
	OP_COUNT
};

/** struct op - an operation; which members count depends on the kind */
struct op {
	uint8_t kind, pe, irs, ctx, frame, size;
	uint32_t reg, reg2; /* offset or encoding; reg2 ~0 if there is no second write */
	uint64_t value, value2;
};

#define NO_REG UINT32_MAX

enum {
	WORLD_VMS = 4,
	WORLD_LPIS = 14,
	WORLD_VIDS = 8,
	WORLD_VPES = 4,
	WORLD_PPIS = 12,
	CTX_EL2 = 0,
	CTX_EL1_VIRT,
	CTX_EL1,
	CTX_EL2_NMI,
	CTX_EL1_VIRT_NMI,
	CTX_EL0,
	CTX_COUNT
};

/** struct world - both models in the same situation */
struct world {
	struct gic_fixture fx;
	struct ref ref;
	uint8_t *ref_memory;
	enum profile profile;
	uint64_t random;

	struct gic_ist lpis;
	struct gic_vm vm[WORLD_VMS];
	uint64_t vped[WORLD_VMS][8];
	uint64_t vmt;
	bool vmt_two_level;
	unsigned vm_id_bits;
	uint32_t lpi_ids[WORLD_LPIS], vlpi_ids[WORLD_VIDS], vspi_ids[WORLD_VIDS];
	unsigned ppi_ids[WORLD_PPIS];
	uint32_t spi_count;
	unsigned delay; /* polls until IDLE, 0 none */

	bool failed;
	char why[512];
};

extern const struct gic5_ctx world_ctx[CTX_COUNT];

/**
 * world_make() - configuration and memory of a seed; false and w->why if it could not be created
 */
bool world_make(struct world *w, enum profile profile, uint64_t seed);
void world_free(struct world *w);

/**
 * world_bring_up() - the operations that make a working system of @w; returns their number
 * world_random_op() - one that a seed stands for
 * world_ops() - the operations of the seed that made @w: bring-up first, then random ones
 */
#define WORLD_BRING_UP 80
unsigned world_bring_up(struct world *w, struct op ops[WORLD_BRING_UP]);
struct op world_random_op(struct world *w, uint64_t seed);
unsigned world_ops(struct world *w, struct op *ops, unsigned count);

/** world_step() - do one operation on both and compare everything; false on a difference */
bool world_step(struct world *w, const struct op *op);

/** op_text() - an operation for people */
void op_text(const struct op *op, char *buf, size_t size);

uint64_t random64(uint64_t *state);
unsigned below(uint64_t *state, unsigned limit);

void world_fail(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* reports.c: before and after an instruction */
void world_watch_reports(struct world *w);
unsigned world_expect_report(struct world *w, const struct op *op);
void world_check_report(struct world *w, const struct op *op, unsigned rule);

/* observe.c */
void world_compare(struct world *w);
void world_compare_table(struct world *w, const struct gic_ist *ist);

#endif
