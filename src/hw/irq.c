/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Operations on one LPI or SPI: every change of its state passes gic5_irq_commit(), which keeps the
 * ready lists in step, so nothing else needs to know when an interrupt is a candidate.
 */
#include "hw.h"

void gic5_trace_event(struct gic5 *gic, enum gic5_event_kind kind, const struct space *space,
		      uint32_t intid, uint32_t priority, int32_t vpe, int32_t pe)
{
	struct gic5_event event = {.kind = kind,
				   .intid = intid,
				   .priority = (uint8_t)priority,
				   .is_virtual = space && space->vm,
				   .vm = space && space->vm ? space->vm->id : -1,
				   .vpe = vpe,
				   .pe = pe};

	gic->env.event(gic->env.opaque, &event);
}

static struct ist *ist_of(struct space *space, uint32_t intid)
{
	if (GIC5_INTID_TYPE(intid) == GIC5_TYPE_LPI)
		return space->lpi;
	if (GIC5_INTID_TYPE(intid) != GIC5_TYPE_SPI)
		return NULL;
	if (!space->vm) {
		struct gic5_irs *irs = gic5_spi_irs(space->gic, GIC5_INTID_ID(intid));

		return irs ? &irs->spi_ist : NULL;
	}
	return space->spi;
}

/* Is the interrupt reachable (facts page, 1.2)? Inside the gate. */
bool gic5_irq_find(struct space *space, uint32_t intid, struct irq *irq)
{
	struct ist *ist = ist_of(space, intid);

	return ist && gic5_irq_find_in(ist, intid, irq);
}

bool gic5_irq_find_in(struct ist *ist, uint32_t intid, struct irq *irq)
{
	struct chunk *chunk;
	uint32_t index, state;

	index = GIC5_INTID_ID(intid) - ist->first_id;
	if (index >= ist->count)
		return false;
	chunk = chunk_at(ist, index >> ist->chunk_shift);
	if (!chunk)
		return false;
	index &= (1U << ist->chunk_shift) - 1;
	irq->space = ist->space;
	irq->ist = ist;
	irq->node = &chunk->nodes[index];
	irq->handle = chunk->index << CHUNK_BITS | index;
	irq->intid = (uint32_t)(intid & (GIC5_MASK(INTID_TYPE) | GIC5_MASK(INTID_ID)));
	state = atomic_load_explicit(&irq->node->state, memory_order_acquire);
	if (__builtin_expect(!(state & NODE_KNOWN), 0)) {
		gic5_ist_establish(chunk, index);
		state = atomic_load_explicit(&irq->node->state, memory_order_acquire);
	}
	return !(state & (NODE_LOST | NODE_VIRT));
}

/* Lock the target that covers the interrupt's state; the own PE may be held already. */
static struct target *lock_home(const struct irq *irq)
{
	struct gic5 *gic = irq->space->gic;
	struct gic5_pe *self = irq->self;

	for (;;) {
		uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_acquire);
		struct target *target = gic5_target(irq->space, home);

		if (self && self->held) {
			if (target == &self->ready)
				return target;
			own_release(self);
		}
		lock(gic, &target->lock);
		if (atomic_load_explicit(&irq->node->home, memory_order_relaxed) == home)
			return target;
		target_unlock(target);
	}
}

static void unlock_home(const struct irq *irq, struct target *target)
{
	if (!irq->self || !irq->self->held || target != &irq->self->ready)
		target_unlock(target);
}

static void trace_change(const struct irq *irq, uint32_t old, uint32_t new)
{
	uint32_t priority = GIC5_GET(L2_ISTE_PRIORITY, new);

	if (~old & new &NODE_PENDING)
		gic5_trace(irq->space->gic, GIC5_EV_PEND, irq->space, irq->intid, priority, -1, -1);
	if (old & ~new &NODE_PENDING && !(~old & new &NODE_ACTIVE))
		gic5_trace(irq->space->gic, GIC5_EV_UNPEND, irq->space, irq->intid, priority, -1,
			   -1);
	if (old & ~new &NODE_ACTIVE)
		gic5_trace(irq->space->gic, GIC5_EV_DEACTIVATE, irq->space, irq->intid, priority,
			   -1, -1);
}

/*
 * Give a locked interrupt a new state. A 1-of-N interrupt that becomes ready is placed by the
 * caller.
 */
void gic5_irq_commit(const struct irq *irq, struct target *target, uint32_t old, uint32_t new)
{
	struct gic5 *gic = irq->space->gic;
	uint32_t old_priority = GIC5_GET(L2_ISTE_PRIORITY, old);
	uint32_t priority = GIC5_GET(L2_ISTE_PRIORITY, new);
	bool was = old & NODE_QUEUED;
	bool is = node_ready(new) && target->kind != TARGET_NOWHERE && (was || !(new &NODE_IRM));

	if (irq->space->vm && (old ^ new) & NODE_STATE &&
	    !atomic_load_explicit(&irq->space->vm->changed, memory_order_relaxed))
		atomic_store_explicit(&irq->space->vm->changed, true, memory_order_relaxed);
	if (was && (!is || priority != old_priority)) {
		gic5_dequeue(gic, target, irq->handle, old_priority);
		was = false;
	}
	if (is && !was)
		gic5_enqueue(gic, target, irq->handle, priority);
	new = is ? new | NODE_QUEUED : new & ~NODE_QUEUED;
	atomic_store_explicit(&irq->node->state, new, memory_order_release);
	if (__builtin_expect(gic->env.event != NULL, 0))
		trace_change(irq, old, new);
}

/* state = (state & ~clear) | set, with everything that follows. Returns the old state. */
uint32_t gic5_irq_modify(const struct irq *irq, uint32_t clear, uint32_t set)
{
	struct target *target = lock_home(irq);
	uint32_t old = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t new = (old & ~clear) | set;
	bool place = false;

	if (new != old) {
		gic5_irq_commit(irq, target, old, new);
		place = new &NODE_IRM &&node_ready(new);
		gic5_settle(irq->space, target, irq->self);
	}
	unlock_home(irq, target);
	if (place)
		gic5_irq_place(irq);
	return old;
}

/* ---- routing ---- */

static void lock_pair(struct gic5 *gic, struct target *a, struct target *b)
{
	struct target *first = a < b ? a : b;

	lock(gic, &first->lock);
	if (a != b)
		lock(gic, a < b ? &b->lock : &a->lock);
}

static void unlock_pair(struct target *a, struct target *b)
{
	target_unlock(a);
	if (a != b)
		target_unlock(b);
}

/* Where an interrupt of that state waits. A 1-of-N interrupt begins in the pool. */
uint32_t gic5_home(struct space *space, uint32_t state)
{
	uint32_t iaffid = GIC5_GET(L2_ISTE_IAFFID, state);

	if (state & NODE_IRM)
		return HOME_POOL;
	if (!space->vm)
		return gic5_pe_of_iaffid(space->gic, iaffid);
	return iaffid < space->vm->vpe_count && space->vm->vpes[iaffid] ? iaffid : HOME_NOWHERE;
}

/* Move an interrupt between two locked targets; @new is its state without NODE_QUEUED. */
static void move(const struct irq *irq, struct target *from, struct target *to, uint32_t new)
{
	struct gic5 *gic = irq->space->gic;
	uint32_t old = atomic_load_explicit(&irq->node->state, memory_order_relaxed);

	if (old & NODE_QUEUED)
		gic5_dequeue(gic, from, irq->handle, GIC5_GET(L2_ISTE_PRIORITY, old));
	if (node_ready(new) && to->kind != TARGET_NOWHERE) {
		gic5_enqueue(gic, to, irq->handle, GIC5_GET(L2_ISTE_PRIORITY, new));
		new |= NODE_QUEUED;
	}
	if (irq->space->vm && (old ^ new) & NODE_STATE)
		atomic_store_explicit(&irq->space->vm->changed, true, memory_order_relaxed);
	atomic_store_explicit(&irq->node->state, new, memory_order_release);
	atomic_store_explicit(&irq->node->home, to->id, memory_order_release);
	gic5_settle(irq->space, from, irq->self);
	if (from != to)
		gic5_settle(irq->space, to, irq->self);
}

/* CDAFF. The same routing again moves nothing: the interrupt keeps its turn. */
void gic5_irq_route(const struct irq *irq, bool irm, uint16_t iaffid)
{
	struct space *space = irq->space;
	uint32_t routing = GIC5_PUT(L2_ISTE_IAFFID, iaffid) | (irm ? NODE_IRM : 0);

	own_release(irq->self);
	for (;;) {
		uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_acquire);
		struct target *from = gic5_target(space, home);
		struct target *to = gic5_target(space, gic5_home(space, routing));
		uint32_t old, new;

		lock_pair(space->gic, from, to);
		if (atomic_load_explicit(&irq->node->home, memory_order_relaxed) != home) {
			unlock_pair(from, to);
			continue;
		}
		old = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
		new = (old & ~(NODE_IRM | NODE_IAFFID)) | routing;
		if (old & new &NODE_IRM || (from == to && !((old ^ new) & NODE_IRM)))
			gic5_irq_commit(irq, from, old, new);
		else
			move(irq, from, to, new & ~NODE_QUEUED);
		unlock_pair(from, to);
		break;
	}
	if (irm)
		gic5_irq_place(irq);
}

/* ---- 1-of-N (facts page, 5) ---- */

static bool pe_eligible(struct gic5 *gic, uint32_t i, bool *sufficient, uint32_t priority)
{
	const struct gic5_pe *pe = &gic->pe[i];

	*sufficient = priority < atomic_load_explicit(&pe->threshold, memory_order_relaxed);
	return pe->regs.link && !pe->regs.dps;
}

static bool vpe_eligible(struct vm *vm, uint32_t i, bool *sufficient, uint32_t priority)
{
	const struct vpe *vpe = vm->vpes[i];

	if (!vpe || vpe->dps || !vpe->pe)
		return false;
	*sufficient = priority < atomic_load_explicit(&vpe->pe->vthreshold, memory_order_relaxed);
	return true;
}

/* The first eligible target after the last choice, better one that would take it now. */
static uint32_t choose(struct space *space, uint32_t priority)
{
	uint32_t count = space->vm ? space->vm->vpe_count : space->gic->cfg.pe_count;
	uint32_t last = atomic_load_explicit(&space->last_choice, memory_order_relaxed);
	uint32_t fallback = HOME_POOL;

	for (uint32_t i = 1; i <= count; i++) {
		uint32_t index = (last + i) % count;
		bool sufficient = false;
		bool eligible = space->vm ? vpe_eligible(space->vm, index, &sufficient, priority)
					  : pe_eligible(space->gic, index, &sufficient, priority);

		if (eligible && sufficient) {
			fallback = index;
			break;
		}
		if (eligible && fallback == HOME_POOL)
			fallback = index;
	}
	if (fallback != HOME_POOL)
		atomic_store_explicit(&space->last_choice, fallback, memory_order_relaxed);
	return fallback;
}

/* Is it a 1-of-N interrupt that is a candidate and has no target? */
static bool unplaced(const struct irq *irq, uint32_t state)
{
	if (!(state & NODE_IRM) || !node_ready(state))
		return false;
	return !(state & NODE_QUEUED) ||
	       atomic_load_explicit(&irq->node->home, memory_order_relaxed) == HOME_POOL;
}

/* Queue a ready 1-of-N interrupt with a target of its own. */
void gic5_irq_place(const struct irq *irq)
{
	struct space *space = irq->space;
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_acquire);
	struct target *to;

	if (!unplaced(irq, state))
		return;
	to = gic5_target(space, choose(space, GIC5_GET(L2_ISTE_PRIORITY, state)));
	own_release(irq->self);
	for (;;) {
		uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_acquire);
		struct target *from = gic5_target(space, home);

		lock_pair(space->gic, from, to);
		if (atomic_load_explicit(&irq->node->home, memory_order_relaxed) == home) {
			state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
			bool waits = !(state & NODE_QUEUED) || (home == HOME_POOL && from != to);

			if (state & NODE_IRM && node_ready(state) && waits)
				move(irq, from, to, state & ~NODE_QUEUED);
			unlock_pair(from, to);
			break;
		}
		unlock_pair(from, to);
	}
	own_release(irq->self);
	if (space->vm && to->kind == TARGET_POOL)
		gic5_vm_doorbell(space->vm);
}

/* ---- events ---- */

/* Facts page, 2.2. U2: whether events of LPIs set HM is a knob; those of SPIs do (R_HHKMN). */
void gic5_irq_event(const struct irq *irq, enum gic5_input input)
{
	bool sets_hm = irq->ist->type == GIC5_TYPE_SPI || irq->space->gic->cfg.event_sets_hm;
	uint32_t hm = sets_hm ? NODE_HM : 0;

	switch (input) {
	case GIC5_SET_EDGE: gic5_irq_modify(irq, hm, NODE_PENDING); break;
	case GIC5_SET_LEVEL: gic5_irq_modify(irq, 0, NODE_PENDING | hm); break;
	case GIC5_CLEAR: gic5_irq_modify(irq, NODE_PENDING, 0); break;
	}
}

bool gic5_physical_event(const struct who *who, uint32_t intid, enum gic5_input input,
			 unsigned rule, const char *what)
{
	struct irq irq = {.self = who->self};

	if (!gic5_irq_find(&who->gic->physical, intid, &irq)) {
		gic5_unreachable(who, &who->gic->physical, intid, rule, what, intid);
		return false;
	}
	gic5_irq_event(&irq, input);
	return true;
}

bool gic5_virtual_event(const struct who *who, uint32_t vm_id, uint32_t intid,
			enum gic5_input input, const char *what)
{
	struct vm *vm = gic5_vm_find(who->gic, vm_id);
	struct irq irq = {.self = who->self};

	if (!vm || !gic5_irq_find(&vm->space, intid, &irq)) {
		gic5_unreachable(who, vm ? &vm->space : NULL, intid, 15, what, intid);
		return false;
	}
	gic5_irq_event(&irq, input);
	return true;
}

/* Active=1, and Pending=0 if edge, of the head of a locked target (facts page, 4). */
void gic5_irq_acknowledge(struct space *space, struct target *target, uint32_t handle)
{
	struct chunk *chunk = space->gic->chunks[handle >> CHUNK_BITS];
	uint32_t index = handle & (CHUNK_NODES - 1);
	struct irq irq = {.space = space,
			  .ist = chunk->ist,
			  .node = &chunk->nodes[index],
			  .handle = handle,
			  .intid = GIC5_INTID(chunk->ist->type, chunk->first_id + index)};
	uint32_t old = atomic_load_explicit(&irq.node->state, memory_order_relaxed);
	uint32_t new = old | NODE_ACTIVE;

	if (!(old & NODE_HM))
		new &= ~NODE_PENDING;
	gic5_irq_commit(&irq, target, old, new);
}
