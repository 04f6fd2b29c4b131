/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ready lists. A target has one first-in-first-out list per priority and a mask of the lists that
 * are not empty, so that the best interrupt costs the same with one waiting as with a million.
 *
 * An interrupt is in its home's list while it is pending, enabled, inactive and reachable. IRSEN,
 * the link and residency only decide whether the head is presented; they do not touch the order.
 */
#include "hw.h"

void gic5_target_init(struct target *target, enum target_kind kind, uint32_t id)
{
	memset(target, 0, sizeof(*target));
	target->kind = kind;
	target->id = id;
}

/* Forget what waits; the lock word stays, for a PE may be looking at it. */
void gic5_target_clear(struct target *target)
{
	atomic_store_explicit(&target->mask, 0, memory_order_relaxed);
	memset(target->list, 0, sizeof(target->list));
	target->announced = 0;
}

void gic5_enqueue(struct gic5 *gic, struct target *target, uint32_t handle, uint32_t priority)
{
	struct node *node = node_of(gic, handle);
	uint32_t tail = target->list[priority].tail;

	node->next = 0;
	node->prev = tail;
	if (tail)
		node_of(gic, tail)->next = handle;
	else
		target->list[priority].head = handle;
	target->list[priority].tail = handle;
	atomic_store_explicit(&target->mask, ready_mask(target) | 1U << priority,
			      memory_order_relaxed);
}

void gic5_dequeue(struct gic5 *gic, struct target *target, uint32_t handle, uint32_t priority)
{
	struct node *node = node_of(gic, handle);

	if (node->prev)
		node_of(gic, node->prev)->next = node->next;
	else
		target->list[priority].head = node->next;
	if (node->next)
		node_of(gic, node->next)->prev = node->prev;
	else
		target->list[priority].tail = node->prev;
	if (!target->list[priority].head)
		atomic_store_explicit(&target->mask, ready_mask(target) & ~(1U << priority),
				      memory_order_relaxed);
	node->next = 0;
	node->prev = 0;
}

struct candidate gic5_top(struct gic5 *gic, const struct target *target)
{
	struct candidate top = {.priority = GIC5_PRIO_IDLE};
	const struct chunk *chunk;

	if (!ready_mask(target))
		return top;
	top.priority = (uint8_t)__builtin_ctz(ready_mask(target));
	top.handle = target->list[top.priority].head;
	chunk = gic->chunks[top.handle >> CHUNK_BITS];
	top.intid =
		GIC5_INTID(chunk->ist->type, chunk->first_id + (top.handle & (CHUNK_NODES - 1)));
	return top;
}

/* The target of a home; nowhere if it names what is not there. */
struct target *gic5_target(struct space *space, uint32_t home)
{
	if (home == HOME_NOWHERE)
		return &space->nowhere;
	if (home == HOME_POOL)
		return &space->pool;
	if (!space->vm)
		return &space->gic->pe[home].ready;
	return &space->vm->vpes[home]->ready;
}

/* Trace a new head of the lists. */
void gic5_announce(struct space *space, struct target *target)
{
	struct gic5 *gic = space->gic;
	struct candidate top;

	if (!gic->env.event)
		return;
	top = gic5_top(gic, target);
	if (top.handle == target->announced)
		return;
	target->announced = top.handle;
	if (top.handle)
		gic5_trace(gic, GIC5_EV_CANDIDATE, space, top.intid, top.priority,
			   target->kind == TARGET_VPE ? (int32_t)target->id : -1,
			   target->kind == TARGET_PE ? (int32_t)target->id : -1);
}

void gic5_settle_other(struct space *space, struct target *target, struct gic5_pe *self)
{
	gic5_announce(space, target);
	switch (target->kind) {
	case TARGET_PE: gic5_pe_update(&space->gic->pe[target->id]); break;
	case TARGET_VPE: gic5_vpe_settle(space->vm->vpes[target->id], self); break;
	case TARGET_POOL:
	case TARGET_NOWHERE: break;
	}
}
