/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Questions that silicon does not answer: for tests, tools and emulator authors.
 */
#include "hw.h"

bool gic5_inspect(struct gic5 *gic, int32_t vm_id, uint32_t intid, struct gic5_irq_state *out)
{
	struct space *space = &gic->physical;
	struct irq irq = {.self = NULL};
	uint32_t state = 0;
	bool found = false;

	gic5_foreign_enter(gic);
	if (vm_id >= 0) {
		struct vm *vm = gic5_vm_find(gic, (uint32_t)vm_id);

		space = vm ? &vm->space : NULL;
	}
	if (space && gic5_irq_find(space, intid, &irq)) {
		state = atomic_load_explicit(&irq.node->state, memory_order_relaxed);
		found = true;
	}
	gic5_foreign_exit(gic);
	if (found)
		*out = (struct gic5_irq_state){
			.pending = state & NODE_PENDING,
			.active = state & NODE_ACTIVE,
			.enabled = state & NODE_ENABLE,
			.level = state & NODE_HM,
			.irm = state & NODE_IRM,
			.priority = (uint8_t)GIC5_GET(L2_ISTE_PRIORITY, state),
			.iaffid = (uint16_t)GIC5_GET(L2_ISTE_IAFFID, state),
		};
	return found;
}

bool gic5_resident(const struct gic5_pe *cpe, uint32_t *vm, uint32_t *vpe)
{
	struct gic5_pe *pe = &cpe->gic->pe[cpe->index];
	bool resident;

	gic5_foreign_enter(pe->gic);
	pe_lock(pe);
	resident = pe->vpe != NULL;
	if (resident && vm)
		*vm = pe->vpe->vm->id;
	if (resident && vpe)
		*vpe = pe->vpe->id;
	pe_unlock(pe);
	gic5_foreign_exit(pe->gic);
	return resident;
}

struct range {
	uint64_t pa, len;
	bool hit;
};

static void vm_in_range(struct vm *vm, void *arg)
{
	struct range *range = arg;

	if (!range->hit)
		range->hit = gic5_vm_references(vm, range->pa, range->len);
}

static bool references(struct gic5 *gic, uint64_t pa, uint64_t len)
{
	struct range range = {.pa = pa, .len = len};

	if (gic5_ist_references(gic->physical.lpi, pa, len) || gic5_vmt_references(gic, pa, len))
		return true;
	gic5_each_vm(gic, vm_in_range, &range);
	return range.hit;
}

bool gic5_references(struct gic5 *gic, uint64_t pa, uint64_t len)
{
	bool hit;

	gic5_registers_lock(gic);
	hit = references(gic, pa, len);
	gic5_registers_unlock(gic);
	return hit;
}

void gic5_memory_changed(struct gic5 *gic, uint64_t pa, uint64_t len)
{
	struct who who = gic5_host(gic);

	gic5_registers_lock(gic);
	if (references(gic, pa, len))
		gic5_strict_entry(&who, 19, "memory", len, pa, 0);
	gic5_registers_unlock(gic);
}

void gic5_check_tables(struct gic5 *gic)
{
	struct who who = gic5_host(gic);

	gic5_registers_lock(gic);
	gic5_exclude(gic);
	gic5_ist_check(gic->physical.lpi, &who);
	gic5_vmt_check(gic, &who);
	gic5_include(gic);
	gic5_registers_unlock(gic);
}
