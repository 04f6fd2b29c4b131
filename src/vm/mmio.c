/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest accesses outside RAM. Device regions are served from inside the engine, on the PE's thread;
 * the IRS frames are stage-2 aborts that end the entry, because the virtual IRS may sleep.
 */
#include "internal.h"

#include <string.h>

/* The region that holds [base, base+size), or the position where it would be. */
static unsigned position(const struct vm *vm, uint64_t base)
{
	unsigned low = 0;
	unsigned high = vm->region_count;

	while (low < high) {
		unsigned mid = (low + high) / 2;

		if (vm->region[mid].base + (vm->region[mid].size - 1) < base)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool covers(const struct mmio_region *region, uint64_t base, uint64_t size)
{
	return region && base >= region->base && base - region->base < region->size &&
	       size <= region->size - (base - region->base);
}

const struct mmio_region *mmio_find(const struct vm *vm, uint64_t base, uint64_t size)
{
	unsigned at = position(vm, base);

	if (at < vm->region_count && covers(&vm->region[at], base, size))
		return &vm->region[at];
	return NULL;
}

/* Is any byte of the range part of the IRS frames? */
static bool in_irs(const struct vm *vm, uint64_t base, uint64_t size)
{
	if (vm->irs_base == NEVER)
		return false;
	return base < vm->irs_base + VGIC5_IRS_SIZE && vm->irs_base < base + size;
}

/* Is any byte of the range part of a region? The range does not wrap. */
static bool any_region(const struct vm *vm, uint64_t base, uint64_t size)
{
	unsigned at = position(vm, base);

	return at < vm->region_count && vm->region[at].base <= base + (size - 1);
}

static bool any_ram(const struct vm *vm, uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < vm->ram_count; i++)
		if (vm->ram[i].base <= base + (size - 1) &&
		    base <= vm->ram[i].base + (vm->ram[i].size - 1))
			return true;
	return false;
}

int vm_add_ram(struct vm *vm, uint64_t base, uint64_t size, void *host)
{
	int rc;

	if (vm->ram_count == VM_MAX_RAM)
		return -VGIC5_E_NOSPC;
	if (size && base + (size - 1) >= base && any_region(vm, base, size))
		return -VGIC5_E_EXIST;
	rc = a64_space_map(vm->space, base, size, host);
	if (!rc)
		vm->ram[vm->ram_count++] = (struct ram_region){base, size};
	return rc;
}

int vm_add_mmio(struct vm *vm, uint64_t base, uint64_t size, const struct vm_mmio_ops *ops,
		void *opaque)
{
	unsigned at = position(vm, base);

	if (!size || base + (size - 1) < base || !ops)
		return -VGIC5_E_INVAL;
	if (any_region(vm, base, size) || in_irs(vm, base, size) || any_ram(vm, base, size))
		return -VGIC5_E_EXIST;
	if (vm->region_count == VM_MAX_REGIONS)
		return -VGIC5_E_NOSPC;
	memmove(&vm->region[at + 1], &vm->region[at],
		(vm->region_count - at) * sizeof(vm->region[0]));
	vm->region[at] = (struct mmio_region){base, size, ops, opaque};
	vm->region_count++;
	return 0;
}

int mmio_map_irs(void *opaque, gpa_t base, uint64_t size)
{
	struct vm *vm = opaque;

	if (any_region(vm, base.gpa, size) || any_ram(vm, base.gpa, size))
		return -VGIC5_E_EXIST;
	vm->irs_base = base.gpa;
	return 0;
}

/* ---- devices ---- */

static const struct mmio_region *lookup(struct vcpu *vcpu, uint64_t base, uint64_t size)
{
	if (!covers(vcpu->region, base, size))
		vcpu->region = mmio_find(vcpu->vm, base, size);
	return vcpu->region;
}

/* 16 bytes are two accesses of 8, as a bus would make them. */
static enum a64_answer wide(struct vcpu *vcpu, struct a64_mmio *access)
{
	for (unsigned i = 0; i < 2; i++) {
		struct a64_mmio half = {.ipa = access->ipa + 8 * i,
					.size = 8,
					.write = access->write,
					.value = {access->value[i]}};

		if (mmio_access(vcpu->vm, vcpu->cpu, &half) != A64_DONE)
			return A64_ABORT;
		access->value[i] = half.value[0];
	}
	return A64_DONE;
}

enum a64_answer mmio_access(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access)
{
	struct vcpu *vcpu = a64_cpu_user(cpu);
	const struct mmio_region *region;

	if (in_irs(vcpu->vm, access->ipa, access->size))
		return A64_EXIT;
	if (access->size == 16)
		return wide(vcpu, access);
	region = lookup(vcpu, access->ipa, access->size);
	if (!region)
		return A64_ABORT;
	device_called(vcpu->vm);
	if (access->write) {
		vcpu->counts.mmio_writes++;
		region->ops->write(region->opaque, access->ipa - region->base, access->size,
				   access->value[0]);
	} else {
		vcpu->counts.mmio_reads++;
		access->value[0] =
			region->ops->read(region->opaque, access->ipa - region->base, access->size);
	}
	return A64_DONE;
}

/* ---- the IRS frames ---- */

void mmio_abort(struct vm_pe *pe, struct vcpu *vcpu, const struct a64_exit *exit)
{
	struct vm *vm = vcpu->vm;
	uint32_t offset;

	/* Without a valid syndrome nobody knows what the instruction wants (pairs, vectors). */
	if (exit->reason != A64_EXIT_DATA_ABORT || !exit->isv ||
	    !in_irs(vm, exit->ipa, exit->size) || exit->ipa < vm->irs_base) {
		vcpu->counts.exit_abort++;
		a64_inject_abort(vcpu->cpu, exit);
		return;
	}
	vcpu->counts.exit_irs++;
	offset = (uint32_t)(exit->ipa - vm->irs_base);
	if (exit->read) {
		a64_complete(vcpu->cpu, exit, vgic5_irs_read(vm->vgic5, offset, exit->size));
		return;
	}
	vgic5_irs_write(vm->vgic5, pe->port, offset, exit->size, exit->value);
	a64_complete(vcpu->cpu, exit, 0);
}
