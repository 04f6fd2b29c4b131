/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Walks over all interrupts of a table whose nodes are known, in ascending order: queueing, 1-of-N,
 * checks. All functions need the system alone.
 */
#include "hw.h"

void gic5_ist_each(struct ist *ist, void (*visit)(const struct irq *irq, void *arg), void *arg)
{
	for (uint32_t c = 0; c < ist->chunk_count; c++) {
		struct chunk *chunk = chunk_at(ist, c);
		uint32_t known = chunk ? atomic_load(&chunk->known) : 0;

		for (; known; known &= known - 1) {
			uint32_t first = (uint32_t)__builtin_ctz(known) * BLOCK_NODES;

			for (uint32_t i = first; i < first + BLOCK_NODES && i < chunk->count; i++) {
				struct irq irq = {
					.space = ist->space,
					.ist = ist,
					.node = &chunk->nodes[i],
					.handle = chunk->index << CHUNK_BITS | i,
					.intid = GIC5_INTID(ist->type, chunk->first_id + i)};

				visit(&irq, arg);
			}
		}
	}
}

/* May a 1-of-N interrupt stay where it is? */
bool gic5_still_eligible(struct space *space, uint32_t home)
{
	if (home == HOME_POOL || home == HOME_NOWHERE)
		return false;
	if (!space->vm) {
		const struct pe_regs *regs = &space->gic->pe[home].regs;

		return regs->link && !regs->dps;
	}
	return space->vm->vpes[home] && space->vm->vpes[home]->pe && !space->vm->vpes[home]->dps;
}

/*
 * Queue what is ready and waits in no list. A 1-of-N interrupt keeps the choice that was made for
 * it.
 */
static void queue_known(const struct irq *irq, void *arg)
{
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_relaxed);
	struct target *target;

	if (state & NODE_QUEUED)
		return;
	if (!(state & NODE_IRM) || !node_ready(state) || !gic5_still_eligible(irq->space, home))
		home = gic5_home(irq->space, state);
	atomic_store_explicit(&irq->node->home, home, memory_order_relaxed);
	if (!node_ready(state) || home == HOME_NOWHERE)
		return;
	target = gic5_target(irq->space, home);
	gic5_enqueue(irq->space->gic, target, irq->handle, GIC5_GET(L2_ISTE_PRIORITY, state));
	atomic_store_explicit(&irq->node->state, state | NODE_QUEUED, memory_order_relaxed);
	gic5_settle(irq->space, target, NULL);
	if (home == HOME_POOL)
		gic5_irq_place(irq);
}

void gic5_ist_requeue(struct ist *ist)
{
	if (ist)
		gic5_ist_each(ist, queue_known, NULL);
}

static void unqueue_quietly(const struct irq *irq, void *arg)
{
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_relaxed);

	if (!(state & NODE_QUEUED))
		return;
	gic5_dequeue(irq->space->gic, gic5_target(irq->space, home), irq->handle,
		     GIC5_GET(L2_ISTE_PRIORITY, state));
	atomic_store_explicit(&irq->node->state, state & ~NODE_QUEUED, memory_order_relaxed);
}

static void settle_all(struct space *space)
{
	for (uint32_t i = 0; !space->vm && i < space->gic->cfg.pe_count; i++)
		gic5_settle(space, &space->gic->pe[i].ready, NULL);
	for (uint32_t i = 0; space->vm && i < space->vm->vpe_count; i++) {
		if (space->vm->vpes[i])
			gic5_settle(space, &space->vm->vpes[i]->ready, NULL);
	}
}

/* Put the ready lists of a space into the order that a restored copy has: SPIs, LPIs, ascending. */
void gic5_space_requeue(struct space *space)
{
	struct gic5 *gic = space->gic;
	struct ist *lists[GIC5_MAX_IRS + 2] = {NULL};
	uint32_t count = 0;

	for (uint32_t i = 0; !space->vm && i < gic->cfg.irs_count; i++)
		lists[count++] = &gic->irs[i].spi_ist;
	if (space->spi)
		lists[count++] = space->spi;
	if (space->lpi)
		lists[count++] = space->lpi;
	for (uint32_t i = 0; i < count; i++)
		gic5_ist_each(lists[i], unqueue_quietly, NULL);
	for (uint32_t i = 0; i < count; i++)
		gic5_ist_each(lists[i], queue_known, NULL);
	settle_all(space);
}

/* ---- 1-of-N ---- */

/* The choice is kept until acknowledged or ineligible (facts page, 5). */
static void rebalance(const struct irq *irq, void *arg)
{
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_relaxed);

	if (!(state & NODE_IRM) || !(state & NODE_QUEUED) || gic5_still_eligible(irq->space, home))
		return;
	unqueue_quietly(irq, NULL);
	gic5_settle(irq->space, gic5_target(irq->space, home), NULL);
	queue_known(irq, NULL);
}

/* Who may take 1-of-N interrupts changed. */
void gic5_one_n_rebalance(struct space *space)
{
	struct gic5 *gic = space->gic;

	for (uint32_t i = 0; !space->vm && i < gic->cfg.irs_count; i++)
		gic5_ist_each(&gic->irs[i].spi_ist, rebalance, NULL);
	if (space->spi)
		gic5_ist_each(space->spi, rebalance, NULL);
	if (space->lpi)
		gic5_ist_each(space->lpi, rebalance, NULL);
	if (space->vm)
		gic5_vm_doorbell(space->vm);
}

/* ---- what software must not touch ---- */

/* Compare the level-1 entries with what was mapped (rule 8). */
void gic5_ist_check(struct ist *ist, const struct who *who)
{
	for (uint32_t i = 0; gic5_strict_wanted(who) && ist && i < ist->l1_count; i++) {
		uint64_t entry, mapped = gic5_ist_l1(ist, i);
		uint64_t pa = ist->base + (uint64_t)i * GIC5_L1_ISTE_BYTES;

		if (!gic5_mem_read64(ist->space->gic, pa, &entry))
			continue;
		if (mapped ? entry != mapped : entry & GIC5_MASK(L1_ISTE_VALID))
			gic5_strict_entry(who, 8, "L1_ISTE", mapped, pa, entry);
	}
}

bool gic5_ist_references(const struct ist *ist, uint64_t pa, uint64_t len)
{
	if (!ist)
		return false;
	if (!ist->two_level)
		return overlaps(pa, len, ist->base,
				(uint64_t)ist->count * gic5_iste_bytes(ist->istsz));
	if (overlaps(pa, len, ist->base, (uint64_t)ist->l1_count * GIC5_L1_ISTE_BYTES))
		return true;
	for (uint32_t i = 0; i < ist->l1_count; i++) {
		uint64_t mapped = gic5_ist_l1(ist, i);

		if (mapped && overlaps(pa, len, GIC5_ADDR(L1_ISTE_L2_ADDR, mapped),
				       gic5_ist_l2_bytes(ist->l2sz)))
			return true;
	}
	return false;
}
