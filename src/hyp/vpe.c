/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * VPEs in the IRS. Selecting, checking V and programming is one critical section (R21); nothing is written
 * after a selector that failed (R66).
 */
#include "hyp.h"

/* Caller holds gic->irs. -INVAL: the IRS does not know this VPE. */
static int select_vpe(struct vgic5_vcpu *vcpu)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);
	uint32_t status = 0;
	int rc = vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VPE_STATUSR, NULL);

	if (rc)
		return rc;
	port_irs_write64(gic->port, gic->virt_irs, GIC5_IRS_VPE_SELR,
			 GIC5_PUT(IRS_VPE_SELR_S, 1) | GIC5_PUT(IRS_VPE_SELR_VPE_ID, vcpu->id) |
				 GIC5_PUT(IRS_VPE_SELR_VM_ID, vcpu->vm->vm_id));
	rc = vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VPE_STATUSR, &status);
	if (rc)
		return rc;
	return GIC5_GET(IRS_VPE_STATUSR_V, status) ? 0 : -VGIC5_E_INVAL;
}

/* Caller holds gic->irs. */
static int map_vpe(struct vgic5_vcpu *vcpu)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);
	const int rc = vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VMT_STATUSR, NULL);

	if (rc)
		return rc;
	port_irs_write64(gic->port, gic->virt_irs, GIC5_IRS_VMAP_VPER,
			 GIC5_PUT(IRS_VMAP_VPER_M, 1) |
				 GIC5_PUT(IRS_VMAP_VPER_VM_ID, vcpu->vm->vm_id) |
				 GIC5_PUT(IRS_VMAP_VPER_VPE_ID, vcpu->id));
	return vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VMT_STATUSR, NULL);
}

/* Caller holds gic->irs and has selected the VPE. */
static int write_dps(struct vgic5_vcpu *vcpu, bool dps)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);

	port_irs_write32(gic->port, gic->virt_irs, GIC5_IRS_VPE_CR0,
			 (uint32_t)GIC5_PUT(IRS_VPE_CR0_DPS, dps));
	return vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VPE_STATUSR, NULL);
}

static int setup_locked(struct vgic5_vcpu *vcpu)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);
	int rc = map_vpe(vcpu);

	if (!rc)
		rc = select_vpe(vcpu);
	if (!rc)
		rc = write_dps(vcpu, !vcpu->one_n);
	if (rc)
		return rc;
	/* Settings are lost whenever a VPE becomes valid (R36). */
	port_irs_write64(gic->port, gic->virt_irs, GIC5_IRS_VPE_DBR, vgic5_doorbell_settings(vcpu));
	return vgic5_irs_wait(gic, gic->virt_irs, GIC5_IRS_VPE_STATUSR, NULL);
}

int vgic5_vpe_setup(struct vgic5_vcpu *vcpu)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = setup_locked(vcpu);
	port_unlock(gic->port, &gic->irs);
	return rc;
}

int vgic5_vpe_set_dps(struct vgic5_vcpu *vcpu, bool dps)
{
	struct vgic5_gic *gic = vm_gic(vcpu->vm);
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = select_vpe(vcpu);
	if (!rc)
		rc = write_dps(vcpu, dps);
	port_unlock(gic->port, &gic->irs);
	return rc;
}

int vgic5_vm_set_doorbell(struct vgic5_vm *vm, uint32_t vpe_id, bool enable)
{
	struct vgic5_gic *gic = vm_gic(vm);
	const unsigned irs = gic->virt_irs;
	uint32_t status = 0;
	int rc = 0;

	port_lock(gic->port, &gic->irs);
	rc = vgic5_irs_wait(gic, irs, GIC5_IRS_VM_STATUSR, NULL);
	if (!rc) {
		port_irs_write32(gic->port, irs, GIC5_IRS_VM_SELR,
				 (uint32_t)GIC5_PUT(IRS_VM_SELR_VM_ID, vm->vm_id));
		rc = vgic5_irs_wait(gic, irs, GIC5_IRS_VM_STATUSR, &status);
	}
	if (!rc && !GIC5_GET(IRS_VM_STATUSR_V, status))
		rc = -VGIC5_E_INVAL;
	if (!rc) {
		port_irs_write64(gic->port, irs, GIC5_IRS_VM_DBR,
				 GIC5_PUT(IRS_VM_DBR_EN, enable) |
					 GIC5_PUT(IRS_VM_DBR_VPE_ID, vpe_id));
		rc = vgic5_irs_wait(gic, irs, GIC5_IRS_VM_STATUSR, NULL);
	}
	port_unlock(gic->port, &gic->irs);
	return rc;
}
