/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Threads do random operations on one system at once: a thread per PE for its registers and
 * instructions, two more for frames, wires and events. Nothing can be compared while they run;
 * ThreadSanitizer watches, and afterwards the system must be consistent with itself: lines,
 * registers, residency, save and load.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OTHERS = 2, THREADS = REF_PES + OTHERS, SYSTEMS = 12 };

struct actor {
	struct world *world; /* shared: the system */
	struct world *own;   /* a copy, for choosing operations */
	int pe;              /* -1: frames, wires, events */
	unsigned rounds;
	uint64_t seed;
	pthread_barrier_t *start;
	pthread_t thread;
};

static void frame_write(struct world *w, const struct op *op, uint32_t reg, uint64_t value)
{
	const struct gic5_irs_reg_desc *desc = gic5_irs_reg_find(op->frame, reg);
	unsigned size = op->size ? op->size : desc->width / 8U;

	gic5_irs_write(w->fx.gic, op->irs, op->frame, reg, size, value);
	gic5_irs_read(w->fx.gic, op->irs, op->frame, reg, size);
}

static void perform_for_pe(struct world *w, unsigned p, const struct op *op)
{
	struct gic5_pe *pe = gic5_pe(w->fx.gic, p);
	const struct gic5_ctx *ctx = &world_ctx[op->ctx];
	uint64_t value, hidden[2] = {op->value, op->value2};

	switch (op->kind) {
	case OP_MSR:
		gic5_sysreg_write(pe, ctx, op->reg, op->value);
		gic5_sysreg_read(pe, ctx, op->reg, &value);
		break;
	case OP_SYS: gic5_sys(pe, ctx, op->reg, true, op->value); break;
	case OP_SYSL: gic5_sysl(pe, ctx, op->reg, &value); break;
	case OP_HIDE: gic5_hide_ppis(pe, hidden); break;
	case OP_PE_RESET: gic5_pe_reset(pe); break;
	default: break;
	}
}

static void perform(struct world *w, const struct op *op)
{
	switch (op->kind) {
	case OP_IRS_WRITE:
		frame_write(w, op, op->reg, op->value);
		if (op->reg2 != NO_REG)
			frame_write(w, op, op->reg2, op->value2);
		break;
	case OP_PPI_WIRE:
		gic5_ppi_wire(gic5_pe(w->fx.gic, op->pe), (unsigned)op->value, op->value2);
		break;
	case OP_SPI_WIRE: gic5_spi_wire(w->fx.gic, (uint32_t)op->value, op->value2); break;
	case OP_EVENT: gic5_event_physical(w->fx.gic, (uint32_t)op->value, op->value2); break;
	case OP_VIRTUAL_EVENT:
		gic5_event_virtual(w->fx.gic, op->reg, (uint32_t)op->value, op->value2);
		break;
	default: break;
	}
}

static void *act(void *arg)
{
	struct actor *a = arg;
	unsigned r;

	pthread_barrier_wait(a->start);
	for (r = 0; r < a->rounds; r++) {
		struct op op = world_random_op(a->own, random64(&a->seed));

		if (a->pe >= 0)
			perform_for_pe(a->world, (unsigned)a->pe, &op);
		else
			perform(a->world, &op);
	}
	return NULL;
}

/* Descriptors are filled and mapped before the threads start. */
static void bring_up(struct world *w)
{
	struct op ops[WORLD_BRING_UP];
	unsigned count = world_bring_up(w, ops), i;

	for (i = 0; i < count; i++)
		world_step(w, &ops[i]);
}

static const char *inconsistency(struct world *w)
{
	unsigned p, q;

	for (p = 0; p < w->fx.cfg.pe_count; p++) {
		struct gic5_pe *pe = gic5_pe(w->fx.gic, p);
		uint32_t vm, vpe, other_vm, other_vpe;

		if ((gic_mrs(&w->fx, p, &gic_el2, GIC5_ICC_HPPIR_EL1) != 0) !=
		    gic5_line_level(pe, GIC5_LINE_IRQ))
			return "IRQ line and HPPIR differ";
		if ((gic_mrs(&w->fx, p, &gic_el2, GIC5_ICH_HPPIR_EL2) != 0) !=
		    gic5_line_level(pe, GIC5_LINE_VIRQ))
			return "VIRQ line and virtual HPPIR differ";
		if (w->fx.line[p][GIC5_LINE_IRQ] != gic5_line_level(pe, GIC5_LINE_IRQ) ||
		    w->fx.line[p][GIC5_LINE_VIRQ] != gic5_line_level(pe, GIC5_LINE_VIRQ))
			return "the last call of a line said something else";
		if (!gic5_resident(pe, &vm, &vpe))
			continue;
		for (q = 0; q < p; q++) {
			if (gic5_resident(gic5_pe(w->fx.gic, q), &other_vm, &other_vpe) &&
			    vm == other_vm && vpe == other_vpe)
				return "a VPE is resident twice";
		}
	}
	return NULL;
}

static const char *save_and_load(struct world *w)
{
	size_t size = gic5_save(w->fx.gic, NULL, 0);
	uint8_t *first = malloc(size), *second = malloc(size);
	const char *wrong = NULL;

	if (!first || !second)
		abort();
	gic5_save(w->fx.gic, first, size);
	if (gic5_load(w->fx.gic, first, size))
		wrong = "its own state is refused";
	else if (gic5_save(w->fx.gic, second, size) != size || memcmp(first, second, size))
		wrong = "save, load, save gives different bytes";
	free(first);
	free(second);
	return wrong;
}

static const char *run_system(enum profile profile, uint64_t seed, unsigned rounds)
{
	static struct world world, copies[THREADS];
	struct actor actors[THREADS];
	pthread_barrier_t start;
	unsigned count, i;
	const char *wrong;

	if (!world_make(&world, profile, seed))
		return world.why;
	bring_up(&world);
	count = world.fx.cfg.pe_count + OTHERS;
	pthread_barrier_init(&start, NULL, count);
	for (i = 0; i < count; i++)
		copies[i] = world;
	for (i = 0; i < count; i++) {
		actors[i] = (struct actor){.world = &world,
					   .own = &copies[i],
					   .rounds = rounds,
					   .start = &start,
					   .seed = seed * 100 + i,
					   .pe = i < world.fx.cfg.pe_count ? (int)i : -1};
		if (pthread_create(&actors[i].thread, NULL, act, &actors[i]))
			abort();
	}
	for (i = 0; i < count; i++)
		pthread_join(actors[i].thread, NULL);
	pthread_barrier_destroy(&start);
	wrong = inconsistency(&world);
	if (!wrong)
		wrong = save_and_load(&world);
	if (!wrong)
		wrong = inconsistency(&world);
	world.failed = false;
	world_free(&world);
	return wrong ? wrong : world.failed ? world.why : NULL;
}

int main(void)
{
	unsigned rounds = gic_rounds(20000), i, bad = 0;

	printf("1..%d\n", SYSTEMS);
	for (i = 0; i < SYSTEMS; i++) {
		const char *wrong = run_system(i % PROFILE_COUNT, i + 1, rounds);

		if (wrong)
			printf("# %s\n", wrong);
		printf("%sok %u - random_operations_in_parallel_leave_a_consistent_system_%u\n",
		       wrong ? "not " : "", i + 1, i + 1);
		fflush(stdout);
		bad += wrong != NULL;
	}
	return bad != 0;
}
