/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Doorbells from birth to end (R4): a physical LPI per vCPU that rings when an interrupt arrives for a VPE
 * that sleeps. Created and enabled by INIT, released by teardown (R44); its settings go into VPE_DBR after
 * every validation of the VPE (vpe.c); one is requested at each departure in WFI, because a request is
 * one-shot.
 *
 * There is no lost wake-up: the request is a standing predicate, so that an interrupt which is pending
 * already rings at once; the flag is cleared before the request is made (vgic5_el2_make_non_resident()).
 */
#include "hyp.h"

#define ANY_PRIORITY GIC5_BITS(GIC5_IRS_VPE_DBR_DBPM_WIDTH)

static void rang(void *opaque, struct port_pe *pe, uint32_t intid)
{
	struct vgic5_vcpu *vcpu = opaque;

	(void)pe;
	(void)intid;
	count(&vcpu->counts.doorbells);
	atomic_store(&vcpu->doorbell.fired, true);
	vgic5_vcpu_request(vcpu, REQ_IRQ_PENDING);
}

int vgic5_doorbell_create(struct vgic5_vcpu *vcpu)
{
	struct vgic5_host *host = vcpu->vm->host;
	struct doorbell *db = &vcpu->doorbell;
	int rc = 0;

	db->iaffid = vgic5_gic_iaffid(host->service);
	rc = vgic5_gic_lpi_alloc(host->gic, host->service, db->iaffid, rang, vcpu, &db->lpi);
	db->allocated = !rc;
	return rc;
}

void vgic5_doorbell_destroy(struct vgic5_vcpu *vcpu)
{
	struct vgic5_host *host = vcpu->vm->host;

	if (!vcpu->doorbell.allocated)
		return;
	vcpu->doorbell.allocated = false;
	vgic5_gic_lpi_free(host->gic, host->service, vcpu->doorbell.lpi);
	atomic_store(&vcpu->doorbell.fired, false);
}

uint64_t vgic5_doorbell_settings(const struct vgic5_vcpu *vcpu)
{
	return GIC5_PUT(IRS_VPE_DBR_DBV, 1) | GIC5_PUT(IRS_VPE_DBR_DBPM, ANY_PRIORITY) |
	       GIC5_PUT(IRS_VPE_DBR_INTID, vcpu->doorbell.lpi);
}

uint64_t vgic5_doorbell_request(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	struct doorbell *db = &vcpu->doorbell;
	const unsigned mask = vgic5_effective_priority_mask(&vcpu->image);

	if (!db->allocated || !vcpu->vm->virs.irsen || mask == 0)
		return 0;
	if (db->iaffid != pe->iaffid) {
		vgic5_gic_lpi_route(pe->host->gic, pe->port, db->lpi, pe->iaffid);
		db->iaffid = pe->iaffid;
	}
	count_own(&vcpu->counts.doorbell_requests);
	return GIC5_PUT(ICH_CONTEXTR_EL2_DB, 1) | GIC5_PUT(ICH_CONTEXTR_EL2_DBPM, mask - 1);
}
