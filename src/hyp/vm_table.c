/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The VM table and what hangs below an entry: VM IDs, level-2 tables on demand, the VMTE with its
 * descriptors and VPE table, and the IRS commands that make them valid. VALID bits under a valid parent
 * belong to the IRS (R23).
 */
#include "hyp.h"

#define VMTE_WORDS (GIC5_VMTE_BYTES / 8u)
#define WORD_LPI   2u
#define WORD_SPI   3u

/* ---- VM IDs ---- */

int vgic5_vm_id_alloc(struct vgic5_host *host, int32_t *id)
{
	int rc = -VGIC5_E_NOSPC; /* and no message (R8) */

	port_lock(host->port, &host->vmt_lock);
	for (uint32_t i = 0; i < host->max_vms / 64 && rc; i++) {
		if (host->id_used[i] == ~UINT64_C(0))
			continue;
		const unsigned bit = (unsigned)__builtin_ctzll(~host->id_used[i]);

		host->id_used[i] |= UINT64_C(1) << bit;
		host->ids_in_use++;
		*id = (int32_t)(i * 64 + bit);
		rc = 0;
	}
	port_unlock(host->port, &host->vmt_lock);
	return rc;
}

void vgic5_vm_id_free(struct vgic5_host *host, int32_t id)
{
	port_lock(host->port, &host->vmt_lock);
	host->id_used[id / 64] &= ~(UINT64_C(1) << (id % 64));
	host->ids_in_use--;
	port_unlock(host->port, &host->vmt_lock);
}

/* ---- entries ---- */

static int vmt_command(struct vgic5_vm *vm, uint32_t reg, uint64_t value)
{
	struct vgic5_gic *gic = vm_gic(vm);

	return vgic5_irs_command64(gic, gic->virt_irs, GIC5_IRS_VMT_STATUSR, reg, value);
}

static uint64_t *vmte(struct vgic5_vm *vm)
{
	const struct vgic5_host *host = vm->host;
	const uint32_t id = (uint32_t)vm->vm_id;
	uint64_t *table = host->vmt.va;

	if (host->two_level)
		table = host->l2[id / GIC5_L2_VMT_IDS].va;
	return table + (host->two_level ? id % GIC5_L2_VMT_IDS : id) * VMTE_WORDS;
}

static uint64_t vmte_get(struct vgic5_vm *vm, unsigned word)
{
	struct vgic5_gic *gic = vm_gic(vm);
	uint64_t value = 0;

	port_lock(gic->port, &gic->irs);
	value = vgic5_table_get64(&gic->mem, vmte(vm) + word);
	port_unlock(gic->port, &gic->irs);
	return value;
}

static void vmte_put(struct vgic5_vm *vm, unsigned word, uint64_t value)
{
	struct vgic5_gic *gic = vm_gic(vm);

	port_lock(gic->port, &gic->irs);
	vgic5_table_put64(&gic->mem, vmte(vm) + word, value);
	port_unlock(gic->port, &gic->irs);
}

bool vgic5_vm_entry_valid(struct vgic5_vm *vm)
{
	return GIC5_GET(L2_VMTE0_VALID, vmte_get(vm, 0));
}

/*
 * The level-2 table that holds the VM's entry. After a time-out the IRS may use the table: it is kept,
 * and the next attempt asks for the same one (R22). Caller holds host->vmt_lock.
 */
static int cover_l2(struct vgic5_vm *vm)
{
	struct vgic5_host *host = vm->host;
	struct gic_memory *mem = &host->gic->mem;
	const uint32_t index = (uint32_t)vm->vm_id / GIC5_L2_VMT_IDS;
	const uint64_t bytes = (uint64_t)GIC5_L2_VMT_IDS * GIC5_VMTE_BYTES;
	uint64_t *entry = (uint64_t *)host->vmt.va + index;
	int rc = 0;

	if (GIC5_GET(L1_VMTE_VALID, vgic5_table_get64(mem, entry)))
		return 0;
	if (!host->l2[index].va) {
		rc = vgic5_table_alloc(mem, bytes, bytes, &host->l2[index]);
		if (rc)
			return rc;
		vgic5_table_put64(mem, entry, GIC5_ADDR(L1_VMTE_L2_ADDR, host->l2[index].pa.pa));
	}
	rc = vmt_command(vm, GIC5_IRS_VMAP_L2_VMTR,
			 GIC5_PUT(IRS_VMAP_L2_VMTR_M, 1) |
				 GIC5_PUT(IRS_VMAP_L2_VMTR_VM_ID, vm->vm_id));
	if (rc)
		return rc;
	if (GIC5_GET(L1_VMTE_VALID, vgic5_table_get64(mem, entry)))
		return 0;
	vgic5_table_put64(mem, entry, 0);
	vgic5_table_free(mem, &host->l2[index]);
	return -VGIC5_E_IO;
}

static int install_l2(struct vgic5_vm *vm)
{
	struct vgic5_host *host = vm->host;
	int rc = 0;

	if (!host->two_level)
		return 0;
	port_lock(host->port, &host->vmt_lock);
	rc = cover_l2(vm);
	port_unlock(host->port, &host->vmt_lock);
	return rc;
}

/* ---- what a VMTE points to ---- */

static uint32_t highest_id(const struct vgic5_vm *vm)
{
	uint32_t highest = 0;

	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		if (vm->vcpus[i]->id > highest)
			highest = vm->vcpus[i]->id;
	}
	return highest;
}

/* The table is indexed by VPE_ID and has at least two entries. */
static uint8_t vpe_id_bits(const struct vgic5_vm *vm)
{
	uint8_t bits = 1;

	while (highest_id(vm) >> bits)
		bits++;
	return bits;
}

static int alloc_descriptors(struct vgic5_vm *vm)
{
	struct gic_memory *mem = &vm_gic(vm)->mem;
	struct vm_tables *t = &vm->tables;
	const uint32_t vped = vm->host->vped_bytes;
	uint64_t size = 0;
	int rc = 0;

	t->vpe_id_bits = vpe_id_bits(vm);
	t->vped_stride = vped < 64 ? 64 : vped; /* U12: both readings of the address field agree */
	if (vm->host->vmd_bytes)
		rc = vgic5_table_alloc(mem, vm->host->vmd_bytes, vm->host->vmd_bytes, &t->vmd);
	size = (uint64_t)GIC5_VPETE_BYTES << t->vpe_id_bits;
	if (!rc)
		rc = vgic5_table_alloc(mem, size, size, &t->vpet);
	if (!rc)
		rc = vgic5_table_alloc(mem, (uint64_t)t->vped_stride * vm->vcpu_count,
				       t->vped_stride, &t->vpeds);
	return rc;
}

static void free_descriptors(struct vgic5_vm *vm)
{
	struct gic_memory *mem = &vm_gic(vm)->mem;

	vgic5_table_free(mem, &vm->tables.vpeds);
	vgic5_table_free(mem, &vm->tables.vpet);
	vgic5_table_free(mem, &vm->tables.vmd);
	memset(&vm->tables, 0, sizeof(vm->tables));
}

int vgic5_vm_table_init(struct vgic5_vm *vm)
{
	int rc = 0;

	if (highest_id(vm) >= vm->host->max_vcpus) /* created before the device, which limits it */
		return -VGIC5_E_2BIG;
	rc = install_l2(vm);
	if (rc)
		return rc;
	if (vgic5_vm_entry_valid(vm))
		return -VGIC5_E_INVAL;
	rc = alloc_descriptors(vm);
	if (rc) {
		free_descriptors(vm);
		return rc;
	}
	for (unsigned word = 0; word < VMTE_WORDS; word++)
		vmte_put(vm, word, 0);
	vmte_put(vm, 0, GIC5_ADDR(L2_VMTE0_VMD_ADDR, vm->tables.vmd.pa.pa));
	vmte_put(vm, 1,
		 GIC5_ADDR(L2_VMTE1_VPET_ADDR, vm->tables.vpet.pa.pa) |
			 GIC5_PUT(L2_VMTE1_VPE_ID_BITS, vm->tables.vpe_id_bits));
	vm->tables.allocated = true;
	return 0;
}

void vgic5_vm_table_free(struct vgic5_vm *vm)
{
	free_descriptors(vm);
	for (unsigned word = 0; word < VMTE_WORDS; word++)
		vmte_put(vm, word, 0);
}

/* ---- VMs ---- */

int vgic5_vm_make_valid(struct vgic5_vm *vm)
{
	const int rc =
		vmt_command(vm, GIC5_IRS_VMAP_VMR,
			    GIC5_PUT(IRS_VMAP_VMR_M, 1) | GIC5_PUT(IRS_VMAP_VMR_VM_ID, vm->vm_id));

	if (rc)
		return rc;
	return vgic5_vm_entry_valid(vm) ? 0 : -VGIC5_E_IO;
}

int vgic5_vm_make_invalid(struct vgic5_vm *vm)
{
	const int rc = vmt_command(vm, GIC5_IRS_VMAP_VMR,
				   GIC5_PUT(IRS_VMAP_VMR_M, 1) | GIC5_PUT(IRS_VMAP_VMR_U, 1) |
					   GIC5_PUT(IRS_VMAP_VMR_VM_ID, vm->vm_id));

	if (rc)
		return rc;
	return vgic5_vm_entry_valid(vm) ? -VGIC5_E_INVAL : 0;
}

/* ---- the VPE table ---- */

/* The only place that encodes the address of a VPE descriptor (R42). */
static uint64_t vpete_of(const struct vgic5_vcpu *vcpu)
{
	const struct vm_tables *t = &vcpu->vm->tables;

	return GIC5_ADDR(VPETE_VPED_ADDR, t->vpeds.pa.pa + (uint64_t)t->vped_stride * vcpu->index);
}

static int write_vpete(struct vgic5_vcpu *vcpu)
{
	struct vgic5_vm *vm = vcpu->vm;
	struct vgic5_gic *gic = vm_gic(vm);
	uint64_t *entry = (uint64_t *)vm->tables.vpet.va + vcpu->id;
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	if (GIC5_GET(VPETE_VALID, vgic5_table_get64(&gic->mem, entry)))
		rc = -VGIC5_E_BUSY;
	else
		vgic5_table_put64(&gic->mem, entry, vpete_of(vcpu));
	port_unlock(gic->port, &gic->irs);
	return rc;
}

int vgic5_vm_write_vpetes(struct vgic5_vm *vm)
{
	int rc = 0;

	for (uint32_t i = 0; i < vm->vcpu_count && !rc; i++)
		rc = write_vpete(vm->vcpus[i]);
	return rc;
}

/* Entries and descriptors to zero, which only an invalid VM allows. */
int vgic5_vm_zero_vpetes(struct vgic5_vm *vm)
{
	struct vgic5_gic *gic = vm_gic(vm);
	const struct vm_tables *t = &vm->tables;

	if (vgic5_vm_entry_valid(vm))
		return -VGIC5_E_BUSY;
	port_lock(gic->port, &gic->irs);
	memset(t->vpet.va, 0, t->vpet.size);
	memset(t->vpeds.va, 0, t->vpeds.size);
	vgic5_table_publish(&gic->mem, t->vpet.va, t->vpet.size);
	vgic5_table_publish(&gic->mem, t->vpeds.va, t->vpeds.size);
	port_unlock(gic->port, &gic->irs);
	return 0;
}

/* ---- virtual ISTs ---- */

static unsigned ist_word(enum gic5_type type)
{
	return type == GIC5_TYPE_SPI ? WORD_SPI : WORD_LPI;
}

void vgic5_vm_write_ist(struct vgic5_vm *vm, enum gic5_type type, const struct ist *ist, bool valid)
{
	uint64_t word = 0;

	if (ist->top.va)
		word = GIC5_PUT(L2_VMTE_IST_ID_BITS, ist->shape.id_bits) |
		       GIC5_PUT(L2_VMTE_IST_STRUCTURE, ist->shape.two_level) |
		       GIC5_PUT(L2_VMTE_IST_ISTSZ, ist->shape.istsz) |
		       GIC5_PUT(L2_VMTE_IST_L2SZ, ist->shape.l2sz) |
		       GIC5_ADDR(L2_VMTE_IST_ADDR, ist->top.pa.pa) |
		       GIC5_PUT(L2_VMTE_IST_IST_VALID, valid);
	vmte_put(vm, ist_word(type), word);
}

static bool ist_is_valid(struct vgic5_vm *vm, enum gic5_type type)
{
	return GIC5_GET(L2_VMTE_IST_IST_VALID, vmte_get(vm, ist_word(type)));
}

int vgic5_vm_map_ist(struct vgic5_vm *vm, enum gic5_type type)
{
	const int rc = vmt_command(vm, GIC5_IRS_VMAP_VISTR,
				   GIC5_PUT(IRS_VMAP_VISTR_M, 1) |
					   GIC5_PUT(IRS_VMAP_VISTR_VM_ID, vm->vm_id) |
					   GIC5_PUT(IRS_VMAP_VISTR_TYPE, type));

	if (rc)
		return rc;
	return ist_is_valid(vm, type) ? 0 : -VGIC5_E_IO;
}

int vgic5_vm_unmap_ist(struct vgic5_vm *vm, enum gic5_type type)
{
	const int rc = vmt_command(vm, GIC5_IRS_VMAP_VISTR,
				   GIC5_PUT(IRS_VMAP_VISTR_M, 1) | GIC5_PUT(IRS_VMAP_VISTR_U, 1) |
					   GIC5_PUT(IRS_VMAP_VISTR_VM_ID, vm->vm_id) |
					   GIC5_PUT(IRS_VMAP_VISTR_TYPE, type));

	if (rc)
		return rc;
	return ist_is_valid(vm, type) ? -VGIC5_E_IO : 0;
}

int vgic5_vm_save_query(struct vgic5_vm *vm, bool save, bool *quiescent)
{
	struct vgic5_gic *gic = vm_gic(vm);
	const unsigned irs = gic->virt_irs;
	uint32_t status = 0;
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = vgic5_irs_wait(gic, irs, GIC5_IRS_SAVE_VM_STATUSR, NULL);
	if (!rc) {
		port_irs_write64(gic->port, irs, GIC5_IRS_SAVE_VMR,
				 GIC5_PUT(IRS_SAVE_VMR_S, save) | GIC5_PUT(IRS_SAVE_VMR_Q, 1) |
					 GIC5_PUT(IRS_SAVE_VMR_VM_ID, vm->vm_id));
		rc = vgic5_irs_wait(gic, irs, GIC5_IRS_SAVE_VM_STATUSR, &status);
	}
	port_unlock(gic->port, &gic->irs);
	*quiescent = !rc && GIC5_GET(IRS_SAVE_VM_STATUSR_Q, status);
	return rc;
}
