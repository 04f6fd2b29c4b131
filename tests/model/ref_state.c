/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference model: interrupts, their tables, events and selection (facts page, 1 to 3, 5, 8, 11).
 */
#include "ref.h"

#include <string.h>

/* ---- memory ---- */

uint64_t ref_load(struct ref *ref, uint64_t pa, unsigned bytes)
{
	uint64_t value = 0;
	unsigned i;

	if (pa < ref->memory_base || pa - ref->memory_base > ref->memory_size - bytes)
		return 0;
	for (i = 0; i < bytes; i++)
		value |= (uint64_t)ref->memory[pa - ref->memory_base + i] << (8 * i);
	return value;
}

void ref_store(struct ref *ref, uint64_t pa, unsigned bytes, uint64_t value)
{
	unsigned i;

	if (pa < ref->memory_base || pa - ref->memory_base > ref->memory_size - bytes)
		return;
	for (i = 0; i < bytes; i++)
		ref->memory[pa - ref->memory_base + i] = (uint8_t)(value >> (8 * i));
}

/* ---- reachability (1.2) ---- */

struct ref_vm *ref_vm_find(struct ref *ref, unsigned vm_id)
{
	unsigned i;

	for (i = 0; i < REF_VMS; i++) {
		if (ref->vm[i].valid && ref->vm[i].id == vm_id)
			return &ref->vm[i];
	}
	return NULL;
}

unsigned ref_l2_bits(const struct ref_ist *ist)
{
	return 10 - ist->istsz + 2 * ist->l2sz;
}

unsigned ref_l1_count(const struct ref_ist *ist)
{
	unsigned l2_bits = ref_l2_bits(ist);

	return ist->id_bits > l2_bits ? 1U << (ist->id_bits - l2_bits) : 1;
}

/* The table that holds an LPI or virtual SPI, or NULL if there is no such interrupt now. */
struct ref_ist *ref_ist_of(struct ref *ref, int vm_id, uint32_t intid)
{
	unsigned type = intid >> 29;
	uint32_t id = intid & 0xffffff;
	struct ref_ist *ist = &ref->ist;

	if (vm_id >= 0) {
		struct ref_vm *vm = ref_vm_find(ref, (unsigned)vm_id);

		if (!vm || (type != GIC5_TYPE_LPI && type != GIC5_TYPE_SPI))
			return NULL;
		ist = &vm->ist[type == GIC5_TYPE_SPI];
	} else if (type != GIC5_TYPE_LPI) {
		return NULL;
	}
	if (!ist->valid || id >= 1U << ist->id_bits)
		return NULL;
	if (ist->two_level && !ist->l1[id >> ref_l2_bits(ist)])
		return NULL;
	return ist;
}

static bool reachable(struct ref *ref, int vm, uint32_t intid)
{
	uint32_t id = intid & 0xffffff;

	if (vm < 0 && intid >> 29 == GIC5_TYPE_SPI)
		return id < REF_SPIS && ref->spi[id].exists && !ref->spi[id].is_virtual;
	return ref_ist_of(ref, vm, intid) != NULL;
}

static struct ref_irq *record_find(struct ref *ref, int vm, uint32_t intid)
{
	unsigned i;

	for (i = 0; i < ref->irq_count; i++) {
		if (ref->irq[i].vm == vm && ref->irq[i].intid == intid)
			return &ref->irq[i];
	}
	return NULL;
}

static struct ref_irq *record_make(struct ref *ref, int vm, uint32_t intid)
{
	struct ref_irq *irq = record_find(ref, vm, intid);

	if (irq || ref->irq_count == REF_IRQS)
		return irq;
	irq = &ref->irq[ref->irq_count++];
	*irq = (struct ref_irq){.vm = vm, .intid = intid};
	return irq;
}

struct ref_irq *ref_irq_find(struct ref *ref, int vm, uint32_t intid)
{
	intid &= 0xe0ffffff;
	return reachable(ref, vm, intid) ? record_make(ref, vm, intid) : NULL;
}

/* ---- changes ---- */

static bool ready(const struct ref_irq *irq)
{
	return irq->pending && irq->enabled && !irq->active;
}

/*
 * With several IRSs an SPI is no candidate of any PE while its own IRS is disabled, and comes
 * anew when that is enabled. (With one IRS, enabling it makes all come at one moment: they keep
 * their order.)
 */
static bool source_is_off(const struct ref *ref, const struct ref_irq *irq)
{
	return ref->cfg.irs_count > 1 && irq->vm < 0 && irq->intid >> 29 == GIC5_TYPE_SPI &&
	       !ref->irs[ref->spi[irq->intid & 0xffffff].irs].irsen;
}

void ref_source_changed(struct ref *ref, unsigned irs)
{
	unsigned spi, i;

	for (spi = 0; spi < REF_SPIS; spi++) {
		if (!ref->spi[spi].exists || ref->spi[spi].irs != irs || ref->spi[spi].is_virtual)
			continue;
		for (i = 0; i < ref->irq_count; i++) {
			struct ref_irq *irq = &ref->irq[i];

			if (irq->vm < 0 && irq->intid == GIC5_INTID(GIC5_TYPE_SPI, spi))
				ref_changed(ref, irq, irq);
		}
	}
}

/* To be called after each change: keeps the order of arrival and what SAVE_VMR asks about. */
void ref_changed(struct ref *ref, struct ref_irq *irq, const struct ref_irq *before)
{
	struct ref_vm *vm = irq->vm >= 0 ? ref_vm_find(ref, (unsigned)irq->vm) : NULL;
	bool moved = irq->priority != before->priority || irq->iaffid != before->iaffid ||
		     irq->irm != before->irm;

	if (!ready(irq) || source_is_off(ref, irq))
		irq->came = 0;
	else if (!irq->came || moved)
		irq->came = ++ref->clock;

	if (vm) {
		vm->touched = true;
		vm->changed |= moved || irq->pending != before->pending ||
			       irq->active != before->active || irq->enabled != before->enabled ||
			       irq->level != before->level;
	}
}

/* 2.2 */
void ref_event(struct ref *ref, int vm, uint32_t intid, enum gic5_input input)
{
	struct ref_irq *irq = ref_irq_find(ref, vm, intid);
	bool spi = intid >> 29 == GIC5_TYPE_SPI;
	struct ref_irq before;

	if (!irq)
		return;
	before = *irq;
	irq->pending = input != GIC5_CLEAR;
	if (input != GIC5_CLEAR && (spi || ref->cfg.event_sets_hm))
		irq->level = input == GIC5_SET_LEVEL;
	ref_changed(ref, irq, &before);
}

/* Where the events of a wire go: to the physical SPI, or to the VM that it belongs to. */
static void wire_event(struct ref *ref, unsigned spi, enum gic5_input input)
{
	const struct ref_spi *s = &ref->spi[spi];

	ref_event(ref, s->is_virtual ? (int)s->vm : REF_PHYSICAL, GIC5_INTID(GIC5_TYPE_SPI, spi),
		  input);
}

void ref_spi_sample(struct ref *ref, unsigned spi)
{
	const struct ref_spi *s = &ref->spi[spi];

	if (s->wire)
		wire_event(ref, spi, s->level ? GIC5_SET_LEVEL : GIC5_SET_EDGE);
	else if (s->level)
		wire_event(ref, spi, GIC5_CLEAR);
}

void ref_spi_wire(struct ref *ref, uint32_t spi, bool level)
{
	if (spi >= REF_SPIS || !ref->spi[spi].exists || ref->spi[spi].wire == level)
		return;
	ref->spi[spi].wire = level;
	ref_spi_sample(ref, spi);
	ref_settle(ref);
}

void ref_event_physical(struct ref *ref, uint32_t intid, enum gic5_input input)
{
	ref_event(ref, REF_PHYSICAL, intid, input);
	ref_settle(ref);
}

void ref_event_virtual(struct ref *ref, uint32_t vm, uint32_t intid, enum gic5_input input)
{
	ref_event(ref, (int)vm, intid, input);
	ref_settle(ref);
}

bool ref_inspect(struct ref *ref, int32_t vm, uint32_t intid, struct gic5_irq_state *state)
{
	const struct ref_irq *irq;

	if (!reachable(ref, vm, intid))
		return false;
	irq = record_find(ref, vm, intid);
	*state = (struct gic5_irq_state){0};
	if (irq) {
		state->pending = irq->pending;
		state->active = irq->active;
		state->enabled = irq->enabled;
		state->level = irq->level;
		state->irm = irq->irm;
		state->priority = (uint8_t)irq->priority;
		state->iaffid = (uint16_t)irq->iaffid;
	}
	return true;
}

/* ---- selection (3.1, 10.3) ---- */

static bool source_enabled(const struct ref *ref, const struct ref_irq *irq, unsigned pe_irs)
{
	unsigned source = pe_irs;

	if (irq->vm < 0 && irq->intid >> 29 == GIC5_TYPE_SPI)
		source = ref->spi[irq->intid & 0xffffff].irs;
	return ref->irs[pe_irs].irsen && ref->irs[source].irsen;
}

static bool better(const struct ref_irq *a, const struct ref_irq *b)
{
	if (!b)
		return true;
	if (a->priority != b->priority)
		return a->priority < b->priority;
	return a->came < b->came;
}

/* The interrupt that an IRS presents to the PE (or VPE of @vm) with this affinity. */
struct ref_hppi ref_best(struct ref *ref, int vm, unsigned iaffid, unsigned pe_irs)
{
	const struct ref_irq *best = NULL;
	unsigned i;

	for (i = 0; i < ref->irq_count; i++) {
		const struct ref_irq *irq = &ref->irq[i];

		if (irq->vm == vm && irq->came && !irq->irm && irq->iaffid == iaffid &&
		    reachable(ref, vm, irq->intid) && source_enabled(ref, irq, pe_irs) &&
		    better(irq, best))
			best = irq;
	}
	if (!best)
		return (struct ref_hppi){.priority = GIC5_PRIO_IDLE};
	return (struct ref_hppi){.valid = true, .intid = best->intid, .priority = best->priority};
}

/* ---- doorbells (11.1): a predicate that is looked at after each step ---- */

static bool doorbell_rings(struct ref *ref, const struct ref_vm *vm, unsigned vpe)
{
	const struct ref_vpe *v = &vm->vpe[vpe];
	struct ref_hppi best;

	if (!v->valid || !v->db_valid || !v->db_request || ref_vpe_resident(ref, vm->id, vpe, NULL))
		return false;
	best = ref_best(ref, (int)vm->id, vpe, 0);
	return best.valid && best.priority <= v->db_request_mask;
}

void ref_settle(struct ref *ref)
{
	unsigned i, vpe;

	for (i = 0; i < REF_VMS; i++) {
		for (vpe = 0; ref->vm[i].valid && vpe < REF_VPES; vpe++) {
			if (!doorbell_rings(ref, &ref->vm[i], vpe))
				continue;
			ref->vm[i].vpe[vpe].db_request = false;
			ref_event(ref, REF_PHYSICAL,
				  GIC5_INTID(GIC5_TYPE_LPI, ref->vm[i].vpe[vpe].db_lpi),
				  GIC5_SET_EDGE);
		}
	}
}

/* ---- interrupt state tables (8.1) ---- */

static uint64_t iste_at(struct ref *ref, const struct ref_ist *ist, uint32_t id)
{
	unsigned l2_bits = ref_l2_bits(ist);
	uint64_t table = ist->base;

	if (ist->two_level) {
		table = ref_load(ref, ist->base + 8 * (id >> l2_bits), 8) & 0x00fffffffffff000;
		id &= (1U << l2_bits) - 1;
	}
	return table + (uint64_t)id * (4U << ist->istsz);
}

/* Take interrupts first..first+count-1 from memory; those that are pending queue in this order. */
static void take_entries(struct ref *ref, int vm, enum gic5_type type, const struct ref_ist *ist,
			 uint32_t first, uint32_t count)
{
	uint32_t id;

	for (id = first; id < first + count; id++) {
		uint32_t word = (uint32_t)ref_load(ref, iste_at(ref, ist, id), 4);
		struct ref_irq *irq;

		if (!word)
			continue;
		irq = record_make(ref, vm, GIC5_INTID(type, id));
		irq->pending = (word & 1) && ref->cfg.honour_pending_on_valid;
		irq->active = word >> 1 & 1;
		irq->level = word >> 2 & 1;
		irq->enabled = word >> 3 & 1;
		irq->irm = word >> 4 & 1;
		irq->priority = word >> 11 & 31;
		irq->iaffid = word >> 16;
		irq->came = ready(irq) ? ++ref->clock : 0;
	}
}

bool ref_ist_legal(const struct ref *ref, const struct ref_ist *ist)
{
	const struct gic5_irs_config *cfg = &ref->irs_cfg[0];
	unsigned istsz = !cfg->istmd ? 0 : ist->id_bits < cfg->istmd_sz ? 1 : 2;

	if (ist->two_level &&
	    (!cfg->ist_levels || ist->l2sz > 2 || !(cfg->ist_l2sz >> ist->l2sz & 1)))
		return false;
	return ist->istsz == istsz && ist->id_bits >= cfg->min_lpi_id_bits &&
	       ist->id_bits <= cfg->id_bits;
}

void ref_ist_l2_start(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist,
		      unsigned index)
{
	unsigned l2_bits = ref_l2_bits(ist);
	uint32_t count = 1U << (l2_bits < ist->id_bits ? l2_bits : ist->id_bits);

	ist->l1[index] = true;
	take_entries(ref, vm, type, ist, index << l2_bits, count);
}

void ref_ist_start(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist)
{
	unsigned i;

	ist->valid = true;
	memset(ist->l1, 0, sizeof(ist->l1));
	if (!ist->two_level) {
		take_entries(ref, vm, type, ist, 0, 1U << ist->id_bits);
		return;
	}
	for (i = 0; i < ref_l1_count(ist) && i < REF_L1; i++) {
		if (ref_load(ref, ist->base + 8 * i, 8) & 1)
			ref_ist_l2_start(ref, vm, type, ist, i);
	}
}

void ref_ist_save(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist)
{
	unsigned i;

	for (i = 0; ist->valid && i < ref->irq_count; i++) {
		const struct ref_irq *irq = &ref->irq[i];
		uint64_t at;

		if (irq->vm != vm || irq->intid >> 29 != type)
			continue;
		at = iste_at(ref, ist, irq->intid & 0xffffff);
		ref_store(ref, at, 4,
			  (ref_load(ref, at, 4) & 0x1e0) | irq->pending | irq->active << 1 |
				  irq->level << 2 | irq->enabled << 3 | irq->irm << 4 |
				  irq->priority << 11 | (uint64_t)irq->iaffid << 16);
	}
}

void ref_ist_stop(struct ref *ref, int vm, enum gic5_type type, struct ref_ist *ist)
{
	unsigned i, kept = 0;

	ref_ist_save(ref, vm, type, ist);
	for (i = 0; i < ref->irq_count; i++) {
		if (ref->irq[i].vm != vm || ref->irq[i].intid >> 29 != type)
			ref->irq[kept++] = ref->irq[i];
	}
	ref->irq_count = kept;
	ist->valid = false;
}

/*
 * Ready interrupts of @vm, or only those for one @target, queue anew: SPIs, then LPIs, by number
 * (3.1). So after a save, as they will after a restore, and for a VPE that becomes valid.
 */
void ref_resort(struct ref *ref, int vm, int target)
{
	static const enum gic5_type order[] = {GIC5_TYPE_SPI, GIC5_TYPE_LPI};
	unsigned t, i;

	for (t = 0; t < 2; t++) {
		uint32_t done = 0;
		struct ref_irq *next;

		do {
			next = NULL;
			for (i = 0; i < ref->irq_count; i++) {
				struct ref_irq *irq = &ref->irq[i];

				if (irq->vm == vm && irq->intid >> 29 == order[t] && irq->came &&
				    (target < 0 || (int)irq->iaffid == target) &&
				    (irq->intid & 0xffffff) >= done &&
				    (!next || irq->intid < next->intid))
					next = irq;
			}
			if (next) {
				next->came = ++ref->clock;
				done = (next->intid & 0xffffff) + 1;
			}
		} while (next);
	}
}

void ref_save_tables(struct ref *ref)
{
	unsigned i;

	ref_ist_save(ref, REF_PHYSICAL, GIC5_TYPE_LPI, &ref->ist);
	ref_resort(ref, REF_PHYSICAL, -1);
	for (i = 0; i < REF_VMS; i++) {
		if (!ref->vm[i].valid)
			continue;
		ref_resort(ref, (int)ref->vm[i].id, -1);
		ref_ist_save(ref, (int)ref->vm[i].id, GIC5_TYPE_LPI, &ref->vm[i].ist[0]);
		ref_ist_save(ref, (int)ref->vm[i].id, GIC5_TYPE_SPI, &ref->vm[i].ist[1]);
	}
}
