/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VMs and VPEs as objects: made when their table entries become valid, freed when the VM is made
 * invalid. All functions need the system alone.
 */
#include "hw.h"

static const struct {
	uint8_t word, type;
} vmte_ists[] = {
	{3, GIC5_TYPE_SPI},
        {2, GIC5_TYPE_LPI}
};

static struct gic5_irs *vm_irs(struct gic5 *gic)
{
	return gic->tables.vmt_irs;
}

static uint64_t vpete_pa(const struct vm *vm, uint32_t id)
{
	return GIC5_ADDR(L2_VMTE1_VPET_ADDR, vm->vmte[1]) + (uint64_t)id * GIC5_VPETE_BYTES;
}

uint64_t gic5_vpete_pa(const struct vm *vm, uint32_t id)
{
	return vpete_pa(vm, id);
}

struct ist_shape gic5_vmte_ist_shape(uint64_t word)
{
	return (struct ist_shape){
		.base = GIC5_ADDR(L2_VMTE_IST_ADDR, word),
		.id_bits = (uint8_t)GIC5_GET(L2_VMTE_IST_ID_BITS, word),
		.istsz = (uint8_t)GIC5_GET(L2_VMTE_IST_ISTSZ, word),
		.l2sz = (uint8_t)GIC5_GET(L2_VMTE_IST_L2SZ, word),
		.two_level = GIC5_GET(L2_VMTE_IST_STRUCTURE, word) == GIC5_TWO_LEVEL,
	};
}

/* A VM without VPEs and ISTs; NULL if memory ran out. */
struct vm *gic5_vm_new(struct gic5 *gic, uint32_t id, const uint64_t vmte[4], uint64_t vmte_pa)
{
	uint32_t bits = (uint32_t)GIC5_GET(L2_VMTE1_VPE_ID_BITS, vmte[1]);
	struct vm *vm = gic5_zalloc(gic, sizeof(*vm));

	if (!vm)
		return NULL;
	if (bits > vm_irs(gic)->cfg.vpe_id_bits)
		bits = vm_irs(gic)->cfg.vpe_id_bits;
	vm->id = (uint16_t)id;
	vm->vpe_count = 1U << bits;
	vm->vmte_pa = vmte_pa;
	memcpy(vm->vmte, vmte, sizeof(vm->vmte));
	vm->space.gic = gic;
	vm->space.vm = vm;
	gic5_target_init(&vm->space.nowhere, TARGET_NOWHERE, HOME_NOWHERE);
	gic5_target_init(&vm->space.pool, TARGET_POOL, HOME_POOL);
	atomic_store(&vm->changed, true);
	vm->vpes = gic5_zalloc(gic, vm->vpe_count * sizeof(struct vpe *));
	if (!vm->vpes) {
		gic5_release(gic, vm, sizeof(*vm));
		return NULL;
	}
	return vm;
}

/* A VPE in the configuration that it has when it becomes valid. */
struct vpe *gic5_vpe_new(struct vm *vm, uint32_t id, uint64_t vpete)
{
	struct vpe *vpe = gic5_zalloc(vm->space.gic, sizeof(*vpe));

	if (!vpe)
		return NULL;
	gic5_target_init(&vpe->ready, TARGET_VPE, id);
	vpe->vm = vm;
	vpe->id = (uint16_t)id;
	vpe->vpete = vpete;
	vm->vpes[id] = vpe;
	return vpe;
}

/* Interrupts that were routed to the VPE before it existed: SPIs, then LPIs, by ascending ID. */
void gic5_vpe_adopt_interrupts(struct vpe *vpe)
{
	gic5_ist_requeue(vpe->vm->space.spi);
	gic5_ist_requeue(vpe->vm->space.lpi);
}

static void check_descriptor(const struct who *who, const char *what, uint64_t pa, uint32_t bits)
{
	if (!gic5_mem_is_zero(who->gic, pa, (size_t)1 << bits))
		gic5_strict_entry(who, 10, what, 0, pa, 0);
}

void gic5_vpe_check_descriptor(const struct who *who, uint64_t vpete)
{
	check_descriptor(who, "VPED", GIC5_ADDR(VPETE_VPED_ADDR, vpete),
			 vm_irs(who->gic)->cfg.vped_sz);
}

static bool adopt_vpes(struct vm *vm, const struct who *who)
{
	for (uint32_t id = 0; id < vm->vpe_count; id++) {
		uint64_t vpete;

		if (!gic5_mem_read64(vm->space.gic, vpete_pa(vm, id), &vpete) ||
		    !(vpete & GIC5_MASK(VPETE_VALID)))
			continue;
		gic5_vpe_check_descriptor(who, vpete);
		if (!gic5_vpe_new(vm, id, vpete))
			return false;
	}
	return true;
}

static bool adopt_ists(struct vm *vm, const struct who *who)
{
	for (size_t i = 0; i < sizeof(vmte_ists) / sizeof(vmte_ists[0]); i++) {
		uint64_t word = vm->vmte[vmte_ists[i].word];
		struct ist_shape shape = gic5_vmte_ist_shape(word);
		struct ist **ist =
			vmte_ists[i].type == GIC5_TYPE_LPI ? &vm->space.lpi : &vm->space.spi;

		if (!(word & GIC5_MASK(L2_VMTE_IST_IST_VALID)))
			continue;
		if (gic5_ist_illegal(vm_irs(vm->space.gic), &shape, vmte_ists[i].type)) {
			gic5_strict_entry(who, 4, "L2_VMTE", word, vm->vmte_pa, word);
			continue;
		}
		*ist = gic5_ist_open(vm_irs(vm->space.gic), &vm->space, vmte_ists[i].type, &shape,
				     who, false);
		if (!*ist)
			return false;
		gic5_ist_requeue(*ist);
	}
	return true;
}

/*
 * Make the VM of a valid L2_VMTE, with the ISTs and VPEs whose entries are valid already: prefilled
 * by software, or left over from before the VM was made invalid (U9).
 */
bool gic5_vm_adopt(struct gic5 *gic, uint32_t id, const struct who *who)
{
	uint64_t pa, vmte[4];
	struct vm *vm;

	if (!gic5_vmte_pa(gic, id, &pa))
		return false;
	for (unsigned i = 0; i < 4; i++) {
		if (!gic5_mem_read64(gic, pa + 8 * i, &vmte[i])) {
			gic5_walk_failed(vm_irs(gic), who, "L2_VMTE", id, pa + 8 * i);
			return false;
		}
	}
	vm = gic5_vm_new(gic, id, vmte, pa);
	if (!vm)
		return false;
	if (vm_irs(gic)->cfg.vmd)
		check_descriptor(who, "VMD", GIC5_ADDR(L2_VMTE0_VMD_ADDR, vmte[0]),
				 vm_irs(gic)->cfg.vmd_sz);
	if (!gic5_vm_slot(gic, &gic->tables, vm) || !adopt_vpes(vm, who) || !adopt_ists(vm, who)) {
		gic5_vm_close(vm, who);
		return false;
	}
	return true;
}

void gic5_vm_free(struct vm *vm)
{
	struct gic5 *gic = vm->space.gic;

	for (uint32_t i = 0; i < vm->vpe_count; i++)
		gic5_release(gic, vm->vpes[i], sizeof(struct vpe));
	gic5_release(gic, vm->vpes, vm->vpe_count * sizeof(struct vpe *));
	gic5_release(gic, vm, sizeof(*vm));
}

void gic5_vm_drop(struct vm *vm)
{
	struct ist *ists[] = {vm->space.spi, vm->space.lpi};

	for (size_t i = 0; i < 2; i++) {
		if (!ists[i])
			continue;
		gic5_chunks_free(ists[i]);
		gic5_release(vm->space.gic, ists[i], sizeof(struct ist));
	}
	gic5_vm_free(vm);
}

/* End a VM: residency, cached state, objects. Memory keeps VALID bits. */
void gic5_vm_close(struct vm *vm, const struct who *who)
{
	struct gic5 *gic = vm->space.gic;
	struct vm **slot = gic->tables.vms[vm->id >> 8];

	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		struct vpe *vpe = vm->vpes[i];

		if (!vpe || !vpe->pe)
			continue;
		gic5_strict(who, 11, "residency", (uint64_t)vm->id << 16 | i);
		gic5_residency_end(vpe->pe, true); /* U14 */
	}
	gic5_ist_close(vm->space.spi);
	gic5_ist_close(vm->space.lpi);
	if (slot)
		slot[vm->id & 255] = NULL;
	gic5_vm_free(vm);
}

/* ---- strict: did software write what is live (rule 8)? ---- */

static void check_word(struct vm *vm, unsigned word, uint64_t mask, const struct who *who)
{
	uint64_t value, pa = vm->vmte_pa + 8ULL * word;

	if (gic5_mem_read64(vm->space.gic, pa, &value) && (value ^ vm->vmte[word]) & mask)
		gic5_strict_entry(who, 8, "L2_VMTE", vm->vmte[word], pa, value);
}

static void check_vpetes(struct vm *vm, const struct who *who)
{
	for (uint32_t id = 0; id < vm->vpe_count; id++) {
		const struct vpe *vpe = vm->vpes[id];
		uint64_t value, pa = vpete_pa(vm, id);

		if (!gic5_mem_read64(vm->space.gic, pa, &value))
			continue;
		if (vpe ? value != vpe->vpete : value & GIC5_MASK(VPETE_VALID))
			gic5_strict_entry(who, 8, "VPETE", vpe ? vpe->vpete : 0, pa, value);
	}
}

/* Words 2 and 3 belong to software while their IST is invalid, but for IST_VALID. */
void gic5_vm_check(struct vm *vm, const struct who *who)
{
	uint64_t invalid_ist = GIC5_MASK(L2_VMTE_IST_IST_VALID);

	if (!gic5_strict_wanted(who))
		return;
	check_word(vm, 0, ~UINT64_C(0), who);
	check_word(vm, 1, ~UINT64_C(0), who);
	check_word(vm, 2, vm->space.lpi ? ~UINT64_C(0) : invalid_ist, who);
	check_word(vm, 3, vm->space.spi ? ~UINT64_C(0) : invalid_ist, who);
	check_vpetes(vm, who);
	gic5_ist_check(vm->space.spi, who);
	gic5_ist_check(vm->space.lpi, who);
}

bool gic5_vm_references(struct vm *vm, uint64_t pa, uint64_t len)
{
	const struct gic5_irs_config *cfg = &vm_irs(vm->space.gic)->cfg;

	if (cfg->vmd && overlaps(pa, len, GIC5_ADDR(L2_VMTE0_VMD_ADDR, vm->vmte[0]),
				 UINT64_C(1) << cfg->vmd_sz))
		return true;
	if (overlaps(pa, len, vpete_pa(vm, 0), (uint64_t)vm->vpe_count * GIC5_VPETE_BYTES))
		return true;
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		if (vm->vpes[i] && overlaps(pa, len, GIC5_ADDR(VPETE_VPED_ADDR, vm->vpes[i]->vpete),
					    UINT64_C(1) << cfg->vped_sz))
			return true;
	}
	return gic5_ist_references(vm->space.spi, pa, len) ||
	       gic5_ist_references(vm->space.lpi, pa, len);
}
