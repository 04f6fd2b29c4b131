/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs: creation, look-up, requests, reset, and the frame of a run with its first-time work. */
#include "hyp.h"

static int admit(struct vgic5_vm *vm, const struct vgic5_vcpu_config *cfg)
{
	if (atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	if (vm->device && cfg->id >= vm->host->max_vcpus)
		return -VGIC5_E_INVAL;
	if (vm->index_of_id[cfg->id])
		return -VGIC5_E_EXIST;
	return 0;
}

static struct vgic5_vcpu *make(struct vgic5_vm *vm, const struct vgic5_vcpu_config *cfg)
{
	struct vgic5_vcpu *vcpu = port_alloc(vm_port(vm), sizeof(*vcpu));

	if (!vcpu)
		return NULL;
	vcpu->vm = vm;
	vcpu->opaque = cfg->opaque;
	vcpu->id = cfg->id;
	vcpu->mpidr = cfg->mpidr;
	vcpu->nested = cfg->nested;
	vcpu->serial = atomic_fetch_add(&vm->host->serial, 1) + 1;
	return vcpu;
}

int vgic5_vcpu_create(struct vgic5_vm *vm, const struct vgic5_vcpu_config *cfg,
		      struct vgic5_vcpu **out)
{
	struct vgic5_vcpu *vcpu = NULL;
	int rc = 0;

	*out = NULL;
	if (cfg->id >= VGIC5_MAX_VCPUS)
		return -VGIC5_E_INVAL;
	atomic_fetch_add(&vm->creating, 1); /* INIT refuses meanwhile */
	port_lock(vm_port(vm), &vm->config);
	rc = admit(vm, cfg);
	if (!rc) {
		vcpu = make(vm, cfg);
		if (!vcpu)
			rc = -VGIC5_E_NOMEM;
	}
	if (!rc) {
		vcpu->index = vm->vcpu_count;
		vm->vcpus[vm->vcpu_count++] = vcpu;
		vm->index_of_id[cfg->id] = (uint16_t)vm->vcpu_count;
	}
	port_unlock(vm_port(vm), &vm->config);
	atomic_fetch_sub(&vm->creating, 1);
	*out = vcpu;
	return rc;
}

void vgic5_vcpu_free(struct vgic5_vcpu *vcpu)
{
	port_free(vm_port(vcpu->vm), vcpu, sizeof(*vcpu));
}

struct vgic5_vcpu *vgic5_vcpu_by_id(struct vgic5_vm *vm, uint32_t id)
{
	if (id >= VGIC5_MAX_VCPUS || !vm->index_of_id[id])
		return NULL;
	return vm->vcpus[vm->index_of_id[id] - 1];
}

struct vgic5_vcpu *vgic5_vcpu_by_mpidr(struct vgic5_vm *vm, uint64_t mpidr)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		if (vm->vcpus[i]->mpidr == mpidr)
			return vm->vcpus[i];
	}
	return NULL;
}

struct vgic5_vcpu *vgic5_vm_vcpu(struct vgic5_vm *vm, uint32_t index)
{
	return index < vm->vcpu_count ? vm->vcpus[index] : NULL;
}

uint32_t vgic5_vm_vcpu_count(const struct vgic5_vm *vm)
{
	return vm->vcpu_count;
}

uint32_t vgic5_vcpu_id(const struct vgic5_vcpu *vcpu)
{
	return vcpu->id;
}

void *vgic5_vcpu_opaque(const struct vgic5_vcpu *vcpu)
{
	return vcpu->opaque;
}

struct vgic5_vm *vgic5_vcpu_vm(const struct vgic5_vcpu *vcpu)
{
	return vcpu->vm;
}

void vgic5_vcpu_request(struct vgic5_vcpu *vcpu, unsigned request)
{
	atomic_fetch_or(&vcpu->requests, request);
	count(&vcpu->counts.kicks);
	vcpu->vm->cfg.ops->kick(vcpu->vm->cfg.opaque, vcpu->opaque);
}

void vgic5_vcpu_reset(struct vgic5_vcpu *vcpu)
{
	vcpu->image.vmcr = 0;
	vcpu->image.apr = 0;
	vcpu->image.icsr = 0;
	vgic5_ppi_reset(vcpu);
}

/* ---- runs ---- */

/* Before the first vCPU of the VM runs. Caller holds the config lock. */
static int map_resources(struct vgic5_vm *vm)
{
	const struct virs *virs = &vm->virs;
	int rc = 0;

	if (vm->irs_mapped)
		return 0;
	if (virs->base.gpa == VGIC5_ADDR_UNDEF)
		return -VGIC5_E_NXIO;
	if (virs->base.gpa % VGIC5_IRS_ALIGN || virs->restore_pending)
		return -VGIC5_E_INVAL;
	if (vm->cfg.ops->map_irs)
		rc = vm->cfg.ops->map_irs(vm->cfg.opaque, virs->base, VGIC5_IRS_SIZE);
	vm->irs_mapped = !rc;
	return rc;
}

/* Before this vCPU runs for the first time (R12). */
static int first_run(struct vgic5_vcpu *vcpu)
{
	struct vgic5_vm *vm = vcpu->vm;
	int rc = 0;

	port_lock(vm_port(vm), &vm->config);
	rc = map_resources(vm);
	if (!rc && !vcpu->finalized) {
		vgic5_ppi_expose(vm);
		vgic5_ppi_mask_hidden(vcpu);
		vcpu->finalized = true;
	}
	if (!rc)
		vm->ran = true;
	port_unlock(vm_port(vm), &vm->config);
	if (rc)
		vgic5_vm_kill(vm);
	return rc;
}

static int check_runnable(struct vgic5_vcpu *vcpu)
{
	struct vgic5_vm *vm = vcpu->vm;

	if (atomic_load(&vm->dead))
		return -VGIC5_E_IO;
	if (!vm->device)
		return 0;
	if (!atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	return vcpu->finalized ? 0 : first_run(vcpu);
}

int vgic5_vcpu_run_begin(struct vgic5_vcpu *vcpu)
{
	struct vgic5_vm *vm = vcpu->vm;
	int users = atomic_load(&vm->users);
	int rc = 0;

	do {
		if (users < 0)
			return -VGIC5_E_AGAIN;
	} while (!atomic_compare_exchange_weak(&vm->users, &users, users + 1));

	rc = check_runnable(vcpu);
	if (rc)
		atomic_fetch_sub(&vm->users, 1);
	return rc;
}

void vgic5_vcpu_run_end(struct vgic5_vcpu *vcpu)
{
	atomic_fetch_sub(&vcpu->vm->users, 1);
}
