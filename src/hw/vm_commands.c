/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The IRS commands on VMs, one function per row of the facts page, section 7. "Ignored" leaves no
 * trace but the strict report. All of them have the system alone.
 */
#include "hw.h"

/* A walk that is none of the architected error codes failed. */
void gic5_walk_failed(struct gic5_irs *irs, const struct who *who, const char *what,
		      uint64_t operand, uint64_t pa)
{
	struct swerr error = {.ec = SWERR_OTHER, .rule = 21, .has_addr = true, .addr = pa};

	gic5_strict_entry(who, 21, what, operand, pa, 0);
	gic5_swerr(irs, &error);
}

/* Set or clear a bit of an entry; the new entry goes to @entry. */
static bool update_entry(struct gic5 *gic, const struct who *who, const char *what,
			 uint64_t operand, uint64_t pa, uint64_t value)
{
	if (gic5_mem_write64(gic, pa, value))
		return true;
	gic5_walk_failed(gic->tables.vmt_irs, who, what, operand, pa);
	return false;
}

/* VMAP_VMR with U=0 */
void gic5_vm_map(struct gic5 *gic, uint32_t id, const struct who *who, uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);
	uint64_t pa, word;

	if (vm)
		gic5_vm_check(vm, who);
	if (vm || !gic5_vmte_pa(gic, id, &pa)) {
		gic5_strict(who, 7, "IRS_VMAP_VMR", operand);
		return;
	}
	if (!gic5_mem_read64(gic, pa, &word)) {
		gic5_walk_failed(gic->tables.vmt_irs, who, "L2_VMTE", operand, pa);
		return;
	}
	if (word & GIC5_MASK(L2_VMTE0_VALID)) {
		gic5_strict_entry(who, 8, "L2_VMTE (invalid)", operand, pa, word);
		return;
	}
	if (!update_entry(gic, who, "L2_VMTE", operand, pa, word | GIC5_MASK(L2_VMTE0_VALID)))
		return;
	if (!gic5_vm_adopt(gic, id, who))
		(void)gic5_mem_write64(gic, pa, word);
}

/*
 * U9: what VMAP_VMR with U=1 does to the VM's entries. With vm_reinstate they stay, and a later
 * VMAP_VMR makes them valid again; without it they are cleared.
 */
static void clear_entries(struct vm *vm)
{
	struct gic5 *gic = vm->space.gic;

	for (unsigned word = 2; word < 4; word++) {
		uint64_t value, pa = vm->vmte_pa + 8ULL * word;

		if (gic5_mem_read64(gic, pa, &value))
			(void)gic5_mem_write64(gic, pa, value & ~GIC5_MASK(L2_VMTE_IST_IST_VALID));
	}
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		uint64_t value, pa = gic5_vpete_pa(vm, i);

		if (vm->vpes[i] && gic5_mem_read64(gic, pa, &value))
			(void)gic5_mem_write64(gic, pa, value & ~GIC5_MASK(VPETE_VALID));
	}
}

/* VMAP_VMR with U=1 */
void gic5_vm_unmap(struct gic5 *gic, uint32_t id, const struct who *who, uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);
	uint64_t pa, word;

	if (!vm)
		return;
	gic5_vm_check(vm, who);
	pa = vm->vmte_pa;
	if (!gic->cfg.vm_reinstate)
		clear_entries(vm);
	gic5_vm_close(vm, who);
	if (gic5_mem_read64(gic, pa, &word))
		update_entry(gic, who, "L2_VMTE", operand, pa, word & ~GIC5_MASK(L2_VMTE0_VALID));
}

static struct ist **vm_ist(struct vm *vm, unsigned type)
{
	if (type == GIC5_TYPE_LPI)
		return &vm->space.lpi;
	return type == GIC5_TYPE_SPI ? &vm->space.spi : NULL;
}

static unsigned ist_word(unsigned type)
{
	return type == GIC5_TYPE_LPI ? 2 : 3;
}

/* VMAP_VISTR with U=0 */
void gic5_vm_map_ist(struct gic5 *gic, uint32_t id, unsigned type, const struct who *who,
		     uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);
	struct ist **ist = vm ? vm_ist(vm, type) : NULL;
	struct ist_shape shape;
	uint64_t word, pa;

	if (vm)
		gic5_vm_check(vm, who);
	if (!ist || *ist) {
		gic5_strict(who, 7, "IRS_VMAP_VISTR", operand);
		return;
	}
	pa = vm->vmte_pa + 8ULL * ist_word(type);
	if (!gic5_mem_read64(gic, pa, &word)) {
		gic5_walk_failed(gic->tables.vmt_irs, who, "L2_VMTE", operand, pa);
		return;
	}
	if (word & GIC5_MASK(L2_VMTE_IST_IST_VALID)) /* the check above told */
		return;
	shape = gic5_vmte_ist_shape(word);
	if (gic5_ist_illegal(gic->tables.vmt_irs, &shape, type)) {
		gic5_strict_entry(who, 4, "L2_VMTE", operand, pa, word);
		return;
	}
	if (!update_entry(gic, who, "L2_VMTE", operand, pa,
			  word | GIC5_MASK(L2_VMTE_IST_IST_VALID)))
		return;
	*ist = gic5_ist_open(gic->tables.vmt_irs, &vm->space, type, &shape, who, false);
	if (!*ist) {
		(void)gic5_mem_write64(gic, pa, word);
		return;
	}
	vm->vmte[ist_word(type)] = word | GIC5_MASK(L2_VMTE_IST_IST_VALID);
	atomic_store(&vm->changed, true);
	gic5_ist_requeue(*ist);
}

/* VMAP_VISTR with U=1 */
void gic5_vm_unmap_ist(struct gic5 *gic, uint32_t id, unsigned type, const struct who *who)
{
	struct vm *vm = gic5_vm_find(gic, id);
	struct ist **ist = vm ? vm_ist(vm, type) : NULL;
	uint64_t word, pa;

	if (!ist || !*ist)
		return;
	gic5_vm_check(vm, who);
	gic5_ist_close(*ist);
	*ist = NULL;
	atomic_store(&vm->changed, true);
	pa = vm->vmte_pa + 8ULL * ist_word(type);
	vm->vmte[ist_word(type)] &= ~GIC5_MASK(L2_VMTE_IST_IST_VALID);
	if (gic5_mem_read64(gic, pa, &word))
		update_entry(gic, who, "L2_VMTE", word, pa,
			     word & ~GIC5_MASK(L2_VMTE_IST_IST_VALID));
}

/* VMAP_L2_VISTR */
void gic5_vm_map_l2_ist(struct gic5 *gic, uint32_t id, uint32_t intid, const struct who *who,
			uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);
	struct ist **ist = vm ? vm_ist(vm, GIC5_INTID_TYPE(intid)) : NULL;

	if (vm)
		gic5_vm_check(vm, who);
	if (!ist || !*ist) {
		gic5_strict(who, 7, "IRS_VMAP_L2_VISTR", operand);
		return;
	}
	gic5_ist_map_l2(*ist, GIC5_INTID_ID(intid), who, "IRS_VMAP_L2_VISTR", operand);
}

/* VMAP_VPER */
void gic5_vm_map_vpe(struct gic5 *gic, uint32_t id, uint32_t vpe_id, const struct who *who,
		     uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);
	struct vpe *vpe;
	uint64_t pa, entry;

	if (vm)
		gic5_vm_check(vm, who);
	if (!vm || vpe_id >= vm->vpe_count || vm->vpes[vpe_id]) {
		gic5_strict(who, 7, "IRS_VMAP_VPER", operand);
		return;
	}
	pa = gic5_vpete_pa(vm, vpe_id);
	if (!gic5_mem_read64(gic, pa, &entry)) {
		gic5_walk_failed(gic->tables.vmt_irs, who, "VPETE", operand, pa);
		return;
	}
	if (entry & GIC5_MASK(VPETE_VALID)) /* the check above told */
		return;
	gic5_vpe_check_descriptor(who, entry);
	entry |= GIC5_MASK(VPETE_VALID);
	if (!update_entry(gic, who, "VPETE", operand, pa, entry))
		return;
	vpe = gic5_vpe_new(vm, vpe_id, entry);
	if (vpe)
		gic5_vpe_adopt_interrupts(vpe);
	else
		(void)gic5_mem_write64(gic, pa, entry & ~GIC5_MASK(VPETE_VALID));
}

static bool any_resident(const struct vm *vm)
{
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		if (vm->vpes[i] && vm->vpes[i]->pe)
			return true;
	}
	return false;
}

/* SAVE_VMR; returns what SAVE_VM_STATUSR.Q shows. */
bool gic5_vm_save(struct gic5 *gic, uint32_t id, bool save, bool query, const struct who *who,
		  uint64_t operand)
{
	struct vm *vm = gic5_vm_find(gic, id);

	if (!vm) {
		gic5_strict(who, 7, "IRS_SAVE_VMR", operand);
		return false;
	}
	if (save) {
		gic5_vm_check(vm, who);
		gic5_ist_write_back(vm->space.spi);
		gic5_ist_write_back(vm->space.lpi);
		gic5_space_requeue(&vm->space);
		atomic_store(&vm->changed, false);
	}
	return query && !any_resident(vm) && !atomic_load(&vm->changed); /* U10: 0 unless asked */
}
