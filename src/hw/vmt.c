/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM table: where the entry of a VM lies, and which VMs exist. One IRS makes the table valid;
 * all IRSs of the system use it (U28). All functions need the system alone but for the two that
 * find.
 */
#include "hw.h"

#define VMS_PER_SLOT 256U
#define VM_SLOTS     256U

struct vm *gic5_vm_find(struct gic5 *gic, uint32_t id)
{
	struct vm ***vms = gic->tables.vms;

	if (!vms || id >= VMS_PER_SLOT * VM_SLOTS || !vms[id / VMS_PER_SLOT])
		return NULL;
	return vms[id / VMS_PER_SLOT][id % VMS_PER_SLOT];
}

struct vpe *gic5_vpe_find(struct gic5 *gic, uint32_t vm_id, uint32_t vpe)
{
	struct vm *vm = gic5_vm_find(gic, vm_id);

	return vm && vpe < vm->vpe_count ? vm->vpes[vpe] : NULL;
}

/* Enter a VM into the directory of @tables; false if memory ran out. */
bool gic5_vm_slot(struct gic5 *gic, struct tables *tables, struct vm *vm)
{
	struct vm ***slot = &tables->vms[vm->id / VMS_PER_SLOT];

	if (!*slot)
		*slot = gic5_zalloc(gic, VMS_PER_SLOT * sizeof(struct vm *));
	if (!*slot)
		return false;
	(*slot)[vm->id % VMS_PER_SLOT] = vm;
	return true;
}

void gic5_each_vm(struct gic5 *gic, void (*visit)(struct vm *vm, void *arg), void *arg)
{
	for (uint32_t i = 0; gic->tables.vms && i < VM_SLOTS; i++) {
		struct vm **slot = gic->tables.vms[i];

		for (uint32_t j = 0; slot && j < VMS_PER_SLOT; j++) {
			if (slot[j])
				visit(slot[j], arg);
		}
	}
}

uint32_t gic5_vmt_l1_count(const struct tables *tables)
{
	return tables->vm_id_bits > 7 ? 1U << (tables->vm_id_bits - 7) : 1;
}

/* Free the directory; the VMs are gone. */
void gic5_vmt_free(struct gic5 *gic, struct tables *tables)
{
	for (uint32_t i = 0; tables->vms && i < VM_SLOTS; i++)
		gic5_release(gic, tables->vms[i], VMS_PER_SLOT * sizeof(struct vm *));
	gic5_release(gic, tables->vms, VM_SLOTS * sizeof(struct vm **));
	gic5_release(gic, tables->vmt_l1, gic5_vmt_l1_count(tables) * sizeof(uint64_t));
	tables->vms = NULL;
	tables->vmt_l1 = NULL;
	tables->vmt_irs = NULL;
}

/* Room for a VM table of that shape. */
bool gic5_vmt_alloc(struct gic5 *gic, struct tables *tables)
{
	tables->vms = gic5_zalloc(gic, VM_SLOTS * sizeof(struct vm **));
	if (tables->vmt_two_level)
		tables->vmt_l1 = gic5_zalloc(gic, gic5_vmt_l1_count(tables) * sizeof(uint64_t));
	if (tables->vms && (!tables->vmt_two_level || tables->vmt_l1))
		return true;
	gic5_vmt_free(gic, tables);
	return false;
}

/* Address of a VM's L2_VMTE; false if the VM is out of range or its level-2 table is not mapped. */
bool gic5_vmte_pa(struct gic5 *gic, uint32_t id, uint64_t *pa)
{
	const struct tables *tables = &gic->tables;
	uint64_t base = tables->vmt_base;

	if (!tables->vmt_irs || id >> tables->vm_id_bits)
		return false;
	if (tables->vmt_two_level) {
		if (!tables->vmt_l1[id / GIC5_L2_VMT_IDS])
			return false;
		base = GIC5_ADDR(L1_VMTE_L2_ADDR, tables->vmt_l1[id / GIC5_L2_VMT_IDS]);
		id %= GIC5_L2_VMT_IDS;
	}
	*pa = base + (uint64_t)id * GIC5_VMTE_BYTES;
	return true;
}

/* VMs that software filled in as valid before their table became so (facts page, 9). */
static void adopt_vms(struct gic5 *gic, uint32_t first, uint32_t count, const struct who *who)
{
	for (uint32_t id = first; id < first + count; id++) {
		uint64_t pa, word;

		if (gic5_vmte_pa(gic, id, &pa) && gic5_mem_read64(gic, pa, &word) &&
		    word & GIC5_MASK(L2_VMTE0_VALID))
			gic5_vm_adopt(gic, id, who);
	}
}

static uint32_t vm_count(const struct tables *tables)
{
	return 1U << tables->vm_id_bits;
}

static void adopt_l1(struct gic5 *gic, const struct who *who)
{
	struct tables *tables = &gic->tables;

	for (uint32_t i = 0; i < gic5_vmt_l1_count(tables); i++) {
		uint64_t entry;

		if (!gic5_mem_read64(gic, tables->vmt_base + i * GIC5_L1_VMTE_BYTES, &entry) ||
		    !(entry & GIC5_MASK(L1_VMTE_VALID)))
			continue;
		tables->vmt_l1[i] = entry;
		adopt_vms(gic, i * GIC5_L2_VMT_IDS, GIC5_L2_VMT_IDS, who);
	}
}

/* VMT_BASER.VALID 0 to 1. */
bool gic5_vmt_open(struct gic5_irs *irs, const struct who *who)
{
	struct gic5 *gic = irs->gic;
	struct tables *tables = &gic->tables;
	uint32_t bits = (uint32_t)GIC5_GET(IRS_VMT_CFGR_VM_ID_BITS, irs->regs.vmt_cfgr);
	bool two_level = GIC5_GET(IRS_VMT_CFGR_STRUCTURE, irs->regs.vmt_cfgr) == GIC5_TWO_LEVEL;

	if (bits > irs->cfg.vm_id_bits || (two_level && !irs->cfg.vmt_levels) || tables->vmt_irs) {
		gic5_strict(who, 4, "IRS_VMT_BASER", irs->regs.vmt_cfgr);
		return false;
	}
	tables->vm_id_bits = (uint8_t)bits;
	tables->vmt_two_level = two_level;
	tables->vmt_base = GIC5_ADDR(IRS_VMT_BASER_ADDR, irs->regs.vmt_baser);
	if (!gic5_vmt_alloc(gic, tables))
		return false;
	tables->vmt_irs = irs;
	uint64_t bytes = two_level ? (uint64_t)gic5_vmt_l1_count(tables) * GIC5_L1_VMTE_BYTES
				   : (uint64_t)vm_count(tables) * GIC5_VMTE_BYTES;
	if (tables->vmt_base & (bytes - 1))
		gic5_strict(who, 5, "VMT", tables->vmt_base);
	if (two_level)
		adopt_l1(gic, who);
	else
		adopt_vms(gic, 0, vm_count(tables), who);
	return true;
}

static void close_vm(struct vm *vm, void *arg)
{
	gic5_vm_close(vm, arg);
}

/* VMT_BASER.VALID 1 to 0. Entries in memory are left as they are. */
void gic5_vmt_close(struct gic5 *gic, const struct who *who)
{
	if (!gic->tables.vmt_irs)
		return;
	gic5_each_vm(gic, close_vm, (void *)who);
	gic5_vmt_free(gic, &gic->tables);
}

/* VMAP_L2_VMTR */
void gic5_vmt_map_l2(struct gic5 *gic, uint32_t id, const struct who *who, uint64_t operand)
{
	struct tables *tables = &gic->tables;
	uint32_t index = id / GIC5_L2_VMT_IDS;
	uint64_t entry, pa = tables->vmt_base + (uint64_t)index * GIC5_L1_VMTE_BYTES;

	if (!tables->vmt_irs || !tables->vmt_two_level || id >> tables->vm_id_bits ||
	    tables->vmt_l1[index]) {
		gic5_strict(who, 7, "IRS_VMAP_L2_VMTR", operand);
		return;
	}
	if (!gic5_mem_read64(gic, pa, &entry)) {
		gic5_walk_failed(tables->vmt_irs, who, "L1_VMTE", operand, pa);
		return;
	}
	if (entry & GIC5_MASK(L1_VMTE_VALID)) {
		gic5_strict_entry(who, 8, "L1_VMTE", operand, pa, entry);
		return;
	}
	entry |= GIC5_MASK(L1_VMTE_VALID);
	if (!gic5_mem_write64(gic, pa, entry)) {
		gic5_walk_failed(tables->vmt_irs, who, "L1_VMTE", operand, pa);
		return;
	}
	tables->vmt_l1[index] = entry;
	adopt_vms(gic, index * GIC5_L2_VMT_IDS, GIC5_L2_VMT_IDS, who);
}

static void check_l1(struct gic5 *gic, const struct who *who)
{
	const struct tables *tables = &gic->tables;

	for (uint32_t i = 0; i < gic5_vmt_l1_count(tables); i++) {
		uint64_t entry, pa = tables->vmt_base + (uint64_t)i * GIC5_L1_VMTE_BYTES;

		if (!gic5_mem_read64(gic, pa, &entry))
			continue;
		if (tables->vmt_l1[i] ? entry != tables->vmt_l1[i]
				      : entry & GIC5_MASK(L1_VMTE_VALID))
			gic5_strict_entry(who, 8, "L1_VMTE", i, pa, entry);
	}
}

static void check_vm(struct vm *vm, void *arg)
{
	gic5_vm_check(vm, arg);
}

void gic5_vmt_check(struct gic5 *gic, const struct who *who)
{
	const struct tables *tables = &gic->tables;

	if (!tables->vmt_irs || !gic5_strict_wanted(who))
		return;
	if (tables->vmt_two_level)
		check_l1(gic, who);
	for (uint32_t id = 0; id < vm_count(tables); id++) {
		uint64_t pa, word;

		if (gic5_vm_find(gic, id) || !gic5_vmte_pa(gic, id, &pa))
			continue;
		if (gic5_mem_read64(gic, pa, &word) && word & GIC5_MASK(L2_VMTE0_VALID))
			gic5_strict_entry(who, 8, "L2_VMTE (invalid)", id, pa, word);
	}
	gic5_each_vm(gic, check_vm, (void *)who);
}

bool gic5_vmt_references(struct gic5 *gic, uint64_t pa, uint64_t len)
{
	const struct tables *tables = &gic->tables;

	if (!tables->vmt_irs)
		return false;
	if (!tables->vmt_two_level)
		return overlaps(pa, len, tables->vmt_base,
				(uint64_t)vm_count(tables) * GIC5_VMTE_BYTES);
	if (overlaps(pa, len, tables->vmt_base, gic5_vmt_l1_count(tables) * GIC5_L1_VMTE_BYTES))
		return true;
	for (uint32_t i = 0; i < gic5_vmt_l1_count(tables); i++) {
		if (tables->vmt_l1[i] &&
		    overlaps(pa, len, GIC5_ADDR(L1_VMTE_L2_ADDR, tables->vmt_l1[i]),
			     GIC5_L2_VMT_IDS * GIC5_VMTE_BYTES))
			return true;
	}
	return false;
}
