/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference model: VM table, VPEs, residency, quiescence (facts page, 7, 8.2, 8.3, 10). */
#include "ref.h"

#include <string.h>

#define ADDR_55_3  0x00fffffffffffff8
#define ADDR_55_6  0x00ffffffffffffc0
#define ADDR_55_12 0x00fffffffffff000
#define VALID      UINT64_C(1)

static bool vm_in_range(const struct ref *ref, unsigned vm_id)
{
	return ref->vmt_valid && vm_id < 1U << ref->vm_id_bits &&
	       (!ref->vmt_two_level || ref->vmt_l1[vm_id / 128]);
}

static uint64_t vmte_at(struct ref *ref, unsigned vm_id)
{
	if (!ref->vmt_two_level)
		return ref->vmt_base + 32 * (uint64_t)vm_id;
	return (ref_load(ref, ref->vmt_base + 8 * (uint64_t)(vm_id / 128), 8) & ADDR_55_12) +
	       32 * (uint64_t)(vm_id % 128);
}

void ref_vmap_l2_vmt(struct ref *ref, unsigned vm_id)
{
	uint64_t at = ref->vmt_base + 8 * (uint64_t)(vm_id / 128);

	if (!ref->vmt_valid || !ref->vmt_two_level || vm_id >= 1U << ref->vm_id_bits ||
	    ref->vmt_l1[vm_id / 128])
		return;
	ref->vmt_l1[vm_id / 128] = true;
	ref_store(ref, at, 8, ref_load(ref, at, 8) | VALID);
}

/* Read the shape of a virtual table from word 2 or 3 of the VMTE. */
static void vist_parse(struct ref *ref, const struct ref_vm *vm, unsigned which,
		       struct ref_ist *ist)
{
	uint64_t word = ref_load(ref, vm->vmte + 16 + 8 * which, 8);

	ist->l2sz = word >> 1 & 3;
	ist->base = word & ADDR_55_6;
	ist->istsz = word >> 56 & 3;
	ist->two_level = word >> 58 & 1;
	ist->id_bits = (unsigned)(word >> 59);
}

static void vpe_reset(struct ref_vpe *vpe)
{
	*vpe = (struct ref_vpe){.valid = true};
}

void ref_vmap_vm(struct ref *ref, unsigned vm_id)
{
	static const enum gic5_type types[] = {GIC5_TYPE_LPI, GIC5_TYPE_SPI};
	struct ref_vm *vm = NULL;
	uint64_t word1;
	unsigned i;

	if (!vm_in_range(ref, vm_id) || ref_vm_find(ref, vm_id))
		return;
	for (i = 0; i < REF_VMS && !vm; i++) {
		if (!ref->vm[i].valid)
			vm = &ref->vm[i];
	}
	if (!vm)
		return;
	*vm = (struct ref_vm){.valid = true, .id = vm_id, .vmte = vmte_at(ref, vm_id)};
	word1 = ref_load(ref, vm->vmte + 8, 8);
	vm->vpet = word1 & ADDR_55_3;
	vm->vpe_id_bits = (unsigned)(word1 >> 59);
	ref_store(ref, vm->vmte, 8, ref_load(ref, vm->vmte, 8) | VALID);

	/* What software prefilled is valid from now on: SPIs first, as their queue order (3.1). */
	for (i = 2; i-- > 0;) {
		if (!(ref_load(ref, vm->vmte + 16 + 8 * i, 8) & VALID))
			continue;
		vist_parse(ref, vm, i, &vm->ist[i]);
		if (ref_ist_legal(ref, &vm->ist[i]))
			ref_ist_start(ref, (int)vm_id, types[i], &vm->ist[i]);
	}
	for (i = 0; i < 1U << vm->vpe_id_bits && i < REF_VPES; i++) {
		if (ref_load(ref, vm->vpet + 8 * i, 8) & VALID)
			vpe_reset(&vm->vpe[i]);
	}
}

/* The VM and all that belongs to it is forgotten; who is resident loses residency (U14). */
void ref_vm_stop(struct ref *ref, struct ref_vm *vm)
{
	unsigned i;

	for (i = 0; i < ref->cfg.pe_count; i++) {
		struct ref_pe *pe = &ref->pe[i];

		if (pe->resident && GIC5_GET(ICH_CONTEXTR_EL2_VM, pe->context) == vm->id) {
			pe->resident = false;
			pe->context |= GIC5_MASK(ICH_CONTEXTR_EL2_F);
		}
	}
	if (vm->ist[0].valid)
		ref_ist_stop(ref, (int)vm->id, GIC5_TYPE_LPI, &vm->ist[0]);
	if (vm->ist[1].valid)
		ref_ist_stop(ref, (int)vm->id, GIC5_TYPE_SPI, &vm->ist[1]);
	vm->valid = false;
}

void ref_vmt_stop(struct ref *ref)
{
	unsigned i;

	for (i = 0; i < REF_VMS; i++) {
		if (ref->vm[i].valid)
			ref_vm_stop(ref, &ref->vm[i]);
	}
	ref->vmt_valid = false;
	memset(ref->vmt_l1, 0, sizeof(ref->vmt_l1));
}

void ref_vmap_vist(struct ref *ref, unsigned vm_id, unsigned type, bool unmap)
{
	struct ref_vm *vm = ref_vm_find(ref, vm_id);
	unsigned which = type == GIC5_TYPE_SPI;
	struct ref_ist *ist;
	uint64_t at;

	if (!vm || (type != GIC5_TYPE_LPI && type != GIC5_TYPE_SPI) ||
	    vm->ist[which].valid != unmap)
		return;
	ist = &vm->ist[which];
	at = vm->vmte + 16 + 8 * which;
	vm->touched = true;
	if (unmap) {
		ref_ist_stop(ref, (int)vm_id, type, ist);
		ref_store(ref, at, 8, ref_load(ref, at, 8) & ~VALID);
		return;
	}
	vist_parse(ref, vm, which, ist);
	if (!ref_ist_legal(ref, ist))
		return;
	ref_ist_start(ref, (int)vm_id, type, ist);
	ref_store(ref, at, 8, ref_load(ref, at, 8) | VALID);
}

void ref_vmap_l2_vist(struct ref *ref, unsigned vm_id, unsigned type, uint32_t id)
{
	struct ref_vm *vm = ref_vm_find(ref, vm_id);
	struct ref_ist *ist;
	unsigned index;

	if (!vm || (type != GIC5_TYPE_LPI && type != GIC5_TYPE_SPI))
		return;
	ist = &vm->ist[type == GIC5_TYPE_SPI];
	if (!ist->valid || !ist->two_level || id >= 1U << ist->id_bits)
		return;
	index = id >> ref_l2_bits(ist);
	if (ist->l1[index])
		return;
	vm->touched = true;
	ref_store(ref, ist->base + 8 * index, 8, ref_load(ref, ist->base + 8 * index, 8) | VALID);
	ref_ist_l2_start(ref, (int)vm_id, type, ist, index);
}

void ref_vmap_vpe(struct ref *ref, unsigned vm_id, unsigned vpe)
{
	struct ref_vm *vm = ref_vm_find(ref, vm_id);
	uint64_t at;

	if (!vm || vpe >= 1U << vm->vpe_id_bits || vpe >= REF_VPES || vm->vpe[vpe].valid)
		return;
	at = vm->vpet + 8 * vpe;
	ref_store(ref, at, 8, ref_load(ref, at, 8) | VALID);
	vpe_reset(&vm->vpe[vpe]);
	ref_resort(ref, (int)vm_id, (int)vpe);
}

static bool any_resident(const struct ref *ref, unsigned vm_id)
{
	unsigned i;

	for (i = 0; i < ref->cfg.pe_count; i++) {
		if (ref->pe[i].resident &&
		    GIC5_GET(ICH_CONTEXTR_EL2_VM, ref->pe[i].context) == vm_id)
			return true;
	}
	return false;
}

void ref_save_vm(struct ref *ref, unsigned irs, unsigned vm_id, bool save, bool query)
{
	struct ref_vm *vm = ref_vm_find(ref, vm_id);

	ref->irs[irs].save_q = false;
	ref->q_unsure = false;
	if (!vm)
		return;
	if (save) {
		ref_ist_save(ref, (int)vm_id, GIC5_TYPE_LPI, &vm->ist[0]);
		ref_ist_save(ref, (int)vm_id, GIC5_TYPE_SPI, &vm->ist[1]);
		ref_resort(ref, (int)vm_id, -1);
		vm->saved = true;
		vm->changed = vm->touched = false;
	}
	if (!query || any_resident(ref, vm_id) || vm->changed)
		return;
	/* Not stated: an instruction that changed nothing, and a VM that was never saved. */
	ref->q_unsure = vm->touched || !vm->saved;
	ref->irs[irs].save_q = true;
}

/* ---- VPEs and residency ---- */

struct ref_vpe *ref_vpe_find(struct ref *ref, unsigned vm_id, unsigned vpe)
{
	struct ref_vm *vm = ref_vm_find(ref, vm_id);

	return vm && vpe < REF_VPES && vm->vpe[vpe].valid ? &vm->vpe[vpe] : NULL;
}

bool ref_resident(const struct ref *ref, unsigned pe, uint32_t *vm, uint32_t *vpe)
{
	*vm = (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VM, ref->pe[pe].context);
	*vpe = (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VPE, ref->pe[pe].context);
	return ref->pe[pe].resident;
}

bool ref_vpe_resident(const struct ref *ref, unsigned vm_id, unsigned vpe, unsigned *pe)
{
	uint32_t at_vm, at_vpe;
	unsigned i;

	for (i = 0; i < ref->cfg.pe_count; i++) {
		if (ref_resident(ref, i, &at_vm, &at_vpe) && at_vm == vm_id && at_vpe == vpe) {
			if (pe)
				*pe = i;
			return true;
		}
	}
	return false;
}

static void enter(struct ref *ref, unsigned p, uint64_t value)
{
	unsigned vm = (unsigned)GIC5_GET(ICH_CONTEXTR_EL2_VM, value);
	unsigned vpe = (unsigned)GIC5_GET(ICH_CONTEXTR_EL2_VPE, value);
	struct ref_vpe *v = ref_vpe_find(ref, vm, vpe);
	struct ref_pe *pe = &ref->pe[p];
	unsigned where;

	pe->context = value & ~GIC5_MASK(ICH_CONTEXTR_EL2_F);
	if (ref_vpe_resident(ref, vm, vpe, &where) && where == p && pe->resident)
		return;
	pe->resident = false;
	if (!ref->irs_cfg[ref->pe_cfg[p].irs].virt || !pe->link || !v ||
	    ref_vpe_resident(ref, vm, vpe, NULL)) {
		pe->context |= GIC5_MASK(ICH_CONTEXTR_EL2_F);
		return;
	}
	pe->resident = true;
	v->db_request = false; /* U13 */
}

/* 10.2 */
void ref_context_write(struct ref *ref, unsigned p, uint64_t value)
{
	struct ref_pe *pe = &ref->pe[p];
	uint32_t vm, vpe;
	struct ref_vpe *v;

	value &= GIC5_MASK(ICH_CONTEXTR_EL2_V) | GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS) |
		 GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_MASK(ICH_CONTEXTR_EL2_DBPM) |
		 GIC5_MASK(ICH_CONTEXTR_EL2_VPE) | GIC5_MASK(ICH_CONTEXTR_EL2_VM);
	if (value & GIC5_MASK(ICH_CONTEXTR_EL2_V)) {
		uint64_t old = pe->context;
		bool was = pe->resident;

		/* An other VPE leaves first, without doorbell request. */
		if (was &&
		    (GIC5_GET(ICH_CONTEXTR_EL2_VM, old) != GIC5_GET(ICH_CONTEXTR_EL2_VM, value) ||
		     GIC5_GET(ICH_CONTEXTR_EL2_VPE, old) != GIC5_GET(ICH_CONTEXTR_EL2_VPE, value)))
			pe->resident = false;
		enter(ref, p, value);
		return;
	}
	if (ref_resident(ref, p, &vm, &vpe)) {
		pe->resident = false;
		v = ref_vpe_find(ref, vm, vpe);
		if (v && value & GIC5_MASK(ICH_CONTEXTR_EL2_DB)) {
			v->db_request = true;
			v->db_request_mask = (unsigned)GIC5_GET(ICH_CONTEXTR_EL2_DBPM, value);
		}
	}
	pe->context = value;
}
