/* SPDX-License-Identifier: BSD-2-Clause */
/* The test fixture: builders of interrupt state tables and VM tables (facts page, 8 and 10.1). */
#include "gic_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static unsigned max_of(unsigned a, unsigned b)
{
	return a > b ? a : b;
}

static unsigned ist_l1_bits(const struct gic_ist *ist)
{
	unsigned l2_bits = gic5_ist_l2_bits(ist->istsz, ist->l2sz);

	return ist->id_bits > l2_bits ? ist->id_bits - l2_bits : 0;
}

void gic_ist_make(struct gic_fixture *fx, struct gic_ist *ist, bool map)
{
	unsigned l1_bits = ist_l1_bits(ist);
	uint64_t l2_bytes = gic5_ist_l2_bytes(ist->l2sz);
	uint32_t i;

	if (!ist->two_level) {
		uint64_t bytes = UINT64_C(1) << (max_of(5, ist->id_bits + 1 + ist->istsz) + 1);

		ist->base = gic_alloc(fx, bytes, bytes);
		return;
	}
	ist->base = gic_alloc(fx, UINT64_C(2) << max_of(5, l1_bits + 2),
			      UINT64_C(2) << max_of(5, l1_bits + 2));
	for (i = 0; i < 1U << l1_bits; i++) {
		uint64_t l2 = gic_alloc(fx, l2_bytes, l2_bytes);

		gic_poke64(fx, ist->base + 8 * i,
			   GIC5_ADDR(L1_ISTE_L2_ADDR, l2) | GIC5_PUT(L1_ISTE_VALID, map));
	}
}

uint32_t gic_ist_cfgr(const struct gic_ist *ist)
{
	return (uint32_t)(GIC5_PUT(IRS_IST_CFGR_STRUCTURE, ist->two_level) |
			  GIC5_PUT(IRS_IST_CFGR_ISTSZ, ist->istsz) |
			  GIC5_PUT(IRS_IST_CFGR_L2SZ, ist->l2sz) |
			  GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, ist->id_bits));
}

uint64_t gic_ist_entry(struct gic_fixture *fx, const struct gic_ist *ist, uint32_t id)
{
	unsigned l2_bits = gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	uint64_t table = ist->base;

	if (ist->two_level) {
		table = GIC5_ADDR(L1_ISTE_L2_ADDR, gic_peek64(fx, ist->base + 8 * (id >> l2_bits)));
		id &= (1U << l2_bits) - 1;
	}
	return table + (uint64_t)id * gic5_iste_bytes(ist->istsz);
}

void gic_ist_enable(struct gic_fixture *fx, unsigned irs, const struct gic_ist *ist)
{
	gic_w32(fx, irs, GIC5_IRS_IST_CFGR, gic_ist_cfgr(ist));
	gic_w64(fx, irs, GIC5_IRS_IST_BASER, ist->base | GIC5_MASK(IRS_IST_BASER_VALID));
}

struct gic_ist gic_lpis(struct gic_fixture *fx, unsigned id_bits)
{
	struct gic_ist ist = {.id_bits = id_bits};

	ist.istsz = gic5_required_istsz(gic_r32(fx, 0, GIC5_IRS_IDR2), id_bits);
	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	return ist;
}

/* ---- VM table ---- */

uint64_t gic_vmt(struct gic_fixture *fx, unsigned vm_id_bits, bool two_level)
{
	uint64_t bytes = UINT64_C(32) << vm_id_bits;
	uint64_t base;

	if (two_level)
		bytes = vm_id_bits > 7 ? UINT64_C(8) << (vm_id_bits - 7) : 8;
	base = gic_alloc(fx, bytes, bytes);
	gic_w32(fx, 0, GIC5_IRS_VMT_CFGR,
		(uint32_t)(GIC5_PUT(IRS_VMT_CFGR_STRUCTURE, two_level) |
			   GIC5_PUT(IRS_VMT_CFGR_VM_ID_BITS, vm_id_bits)));
	gic_w64(fx, 0, GIC5_IRS_VMT_BASER, base | GIC5_MASK(IRS_VMT_BASER_VALID));
	return base;
}

uint64_t gic_vmte(struct gic_fixture *fx, unsigned vm_id)
{
	uint64_t base = GIC5_ADDR(IRS_VMT_BASER_ADDR, gic_r64(fx, 0, GIC5_IRS_VMT_BASER));
	uint64_t l1_at, l1, l2;

	if (!GIC5_GET(IRS_VMT_CFGR_STRUCTURE, gic_r32(fx, 0, GIC5_IRS_VMT_CFGR)))
		return base + (uint64_t)vm_id * GIC5_VMTE_BYTES;

	l1_at = base + 8 * (vm_id / GIC5_L2_VMT_IDS);
	l1 = gic_peek64(fx, l1_at);
	if (!GIC5_GET(L1_VMTE_VALID, l1)) {
		l2 = gic_alloc(fx, 4096, 4096);
		gic_poke64(fx, l1_at, GIC5_ADDR(L1_VMTE_L2_ADDR, l2));
		gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR,
			GIC5_MASK(IRS_VMAP_L2_VMTR_M) | GIC5_PUT(IRS_VMAP_L2_VMTR_VM_ID, vm_id));
		l1 = gic_peek64(fx, l1_at);
	}
	return GIC5_ADDR(L1_VMTE_L2_ADDR, l1) +
	       (uint64_t)(vm_id % GIC5_L2_VMT_IDS) * GIC5_VMTE_BYTES;
}

static uint64_t vist_word(const struct gic_ist *ist)
{
	if (!ist->id_bits)
		return 0;
	return GIC5_PUT(L2_VMTE_IST_ID_BITS, ist->id_bits) |
	       GIC5_PUT(L2_VMTE_IST_STRUCTURE, ist->two_level) |
	       GIC5_PUT(L2_VMTE_IST_ISTSZ, ist->istsz) | GIC5_PUT(L2_VMTE_IST_L2SZ, ist->l2sz) |
	       GIC5_ADDR(L2_VMTE_IST_ADDR, ist->base);
}

void gic_vm_fill(struct gic_fixture *fx, struct gic_vm *vm)
{
	uint32_t idr3 = gic_r32(fx, 0, GIC5_IRS_IDR3);
	uint64_t vpet_bytes = UINT64_C(8) << vm->vpe_id_bits;

	vm->vmte = gic_vmte(fx, vm->vm_id);
	if (!vm->vpet)
		vm->vpet = gic_alloc(fx, vpet_bytes, vpet_bytes);
	if (!vm->vmd && GIC5_GET(IRS_IDR3_VMD, idr3))
		vm->vmd = gic_alloc(fx, UINT64_C(1) << GIC5_GET(IRS_IDR3_VMD_SZ, idr3), 4096);
	if (vm->lpi.id_bits && !vm->lpi.base)
		gic_ist_make(fx, &vm->lpi, true);
	if (vm->spi.id_bits && !vm->spi.base)
		gic_ist_make(fx, &vm->spi, true);

	gic_poke64(fx, vm->vmte, GIC5_ADDR(L2_VMTE0_VMD_ADDR, vm->vmd));
	gic_poke64(fx, vm->vmte + 8,
		   GIC5_ADDR(L2_VMTE1_VPET_ADDR, vm->vpet) |
			   GIC5_PUT(L2_VMTE1_VPE_ID_BITS, vm->vpe_id_bits));
	gic_poke64(fx, vm->vmte + 16, vist_word(&vm->lpi));
	gic_poke64(fx, vm->vmte + 24, vist_word(&vm->spi));
}

static void map_vist(struct gic_fixture *fx, unsigned vm_id, enum gic5_type type)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VISTR,
		GIC5_MASK(IRS_VMAP_VISTR_M) | GIC5_PUT(IRS_VMAP_VISTR_VM_ID, vm_id) |
			GIC5_PUT(IRS_VMAP_VISTR_TYPE, type));
}

void gic_vm_map(struct gic_fixture *fx, struct gic_vm *vm)
{
	unsigned vpe;

	gic_vm_fill(fx, vm);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR,
		GIC5_MASK(IRS_VMAP_VMR_M) | GIC5_PUT(IRS_VMAP_VMR_VM_ID, vm->vm_id));
	if (vm->lpi.id_bits)
		map_vist(fx, vm->vm_id, GIC5_TYPE_LPI);
	if (vm->spi.id_bits)
		map_vist(fx, vm->vm_id, GIC5_TYPE_SPI);
	for (vpe = 0; vpe < vm->vpe_count; vpe++)
		gic_vpe_map(fx, vm, vpe);
}

void gic_vpe_fill(struct gic_fixture *fx, const struct gic_vm *vm, unsigned vpe)
{
	uint64_t bytes = UINT64_C(1) << GIC5_GET(IRS_IDR4_VPED_SZ, gic_r32(fx, 0, GIC5_IRS_IDR4));
	uint64_t vped = gic_alloc(fx, bytes, bytes);

	gic_poke64(fx, vm->vpet + 8 * vpe, GIC5_ADDR(VPETE_VPED_ADDR, vped));
}

void gic_vpe_map(struct gic_fixture *fx, const struct gic_vm *vm, unsigned vpe)
{
	gic_vpe_fill(fx, vm, vpe);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VPER,
		GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, vm->vm_id) |
			GIC5_PUT(IRS_VMAP_VPER_VPE_ID, vpe));
}

void gic_vm_unmap(struct gic_fixture *fx, const struct gic_vm *vm)
{
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR,
		GIC5_MASK(IRS_VMAP_VMR_M) | GIC5_MASK(IRS_VMAP_VMR_U) |
			GIC5_PUT(IRS_VMAP_VMR_VM_ID, vm->vm_id));
}

struct gic_vm gic_simple_vm(struct gic_fixture *fx, unsigned vpes)
{
	uint32_t idr2 = gic_r32(fx, 0, GIC5_IRS_IDR2);
	struct gic_vm vm = {.vm_id = 1, .vpe_count = vpes, .vpe_id_bits = 1};

	while (1U << vm.vpe_id_bits < vpes)
		vm.vpe_id_bits++;
	vm.lpi.id_bits = 8;
	vm.spi.id_bits = 6;
	vm.lpi.istsz = gic5_required_istsz(idr2, vm.lpi.id_bits);
	vm.spi.istsz = gic5_required_istsz(idr2, vm.spi.id_bits);
	if (!GIC5_GET(IRS_VMT_BASER_VALID, gic_r64(fx, 0, GIC5_IRS_VMT_BASER)))
		gic_vmt(fx, 8, false);
	gic_vm_map(fx, &vm);
	return vm;
}
