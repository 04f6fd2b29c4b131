/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deactivation notifiers: tell a device that the guest has finished with its SPI (resample).
 *
 * Only SPIs with a notifier are tracked. Raised ones are in flight; after each exit of a vCPU, while its VPE
 * is resident, the hardware is asked about them, and those neither pending nor active are finished. To the
 * hardware such an SPI is an edge even if the guest made it a level: acknowledge then clears Pending
 * although the line is high, and CDDI leaves it idle, which is what the test sees. With HM = 1 it would
 * fire again at CDDI, before anyone could resample.
 */
#include "hyp.h"

#define DONE_MAX 32u /* finished SPIs per exit; the others wait for the next */

/* ---- the in-flight list; caller holds inflight_lock ---- */

static void link_inflight(struct vgic5_vm *vm, uint32_t id)
{
	struct spi *spi = &vm->spis[id];

	spi->inflight = true;
	spi->next = vm->inflight;
	vm->inflight = id;
	atomic_fetch_add(&vm->inflight_count, 1);
}

static void unlink_inflight(struct vgic5_vm *vm, uint32_t id)
{
	uint32_t *at = &vm->inflight;

	while (*at != id)
		at = &vm->spis[*at].next;
	*at = vm->spis[id].next;
	vm->spis[id].inflight = false;
	atomic_fetch_sub(&vm->inflight_count, 1);
}

void vgic5_spi_track(struct vgic5_vm *vm, uint32_t id)
{
	struct spi *spi = &vm->spis[id];

	port_lock(vm_port(vm), &vm->inflight_lock);
	port_lock(vm_port(vm), &spi->lock);
	if (spi->notifiers && !spi->inflight)
		link_inflight(vm, id);
	port_unlock(vm_port(vm), &spi->lock);
	port_unlock(vm_port(vm), &vm->inflight_lock);
}

void vgic5_spi_forget_inflight(struct vgic5_vm *vm)
{
	port_lock(vm_port(vm), &vm->inflight_lock);
	while (vm->inflight != SPI_NONE)
		unlink_inflight(vm, vm->inflight);
	port_unlock(vm_port(vm), &vm->inflight_lock);
}

/* ---- the question ---- */

/* Fold the hardware's state of an SPI; true if the guest has finished with it. */
static bool fold(struct vgic5_vm *vm, struct vgic5_pe *pe, uint32_t id)
{
	struct spi *spi = &vm->spis[id];
	bool pending = false;
	uint64_t icsr = 0;

	port_lock(vm_port(vm), &spi->lock);
	icsr = vgic5_el2_vdrcfg(pe->port, (uint32_t)vm->vm_id, spi_intid(id), &pe->hw);
	pending = GIC5_GET(ICC_ICSR_EL1_F, icsr) || GIC5_GET(ICC_ICSR_EL1_PENDING, icsr);
	if (!GIC5_GET(ICC_ICSR_EL1_F, icsr))
		spi->active = GIC5_GET(ICC_ICSR_EL1_ACTIVE, icsr);
	if (!spi->level && !GIC5_GET(ICC_ICSR_EL1_F, icsr))
		spi->latch = pending;
	else if (!pending && !spi->active)
		spi->latch = false;
	pending |= spi->active;
	port_unlock(vm_port(vm), &spi->lock);
	return !pending;
}

static unsigned take_finished(struct vgic5_vm *vm, struct vgic5_pe *pe, uint32_t done[DONE_MAX])
{
	unsigned finished = 0;

	port_lock(vm_port(vm), &vm->inflight_lock);
	for (uint32_t id = vm->inflight, next = 0; id != SPI_NONE && finished < DONE_MAX;
	     id = next) {
		next = vm->spis[id].next;
		if (fold(vm, pe, id)) {
			unlink_inflight(vm, id);
			done[finished++] = id;
		}
	}
	if (finished)
		atomic_fetch_add(&vm->notifying, 1);
	port_unlock(vm_port(vm), &vm->inflight_lock);
	return finished;
}

/*
 * A notifier that is unregistered meanwhile stays in memory until notifying is 0 again, and keeps its
 * next pointer: the walk goes on from it.
 */
static void notify(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id)
{
	struct vgic5_ack_notifier *at = NULL;

	port_lock(vm_port(vm), &vm->inflight_lock);
	for (at = vm->notifiers; at; at = at->next) {
		if (at->spi != id)
			continue;
		port_unlock(vm_port(vm), &vm->inflight_lock);
		count(&vm->deactivations);
		at->acked(at, pe);
		port_lock(vm_port(vm), &vm->inflight_lock);
	}
	port_unlock(vm_port(vm), &vm->inflight_lock);
}

void vgic5_spi_poll_inflight(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe)
{
	struct vgic5_vm *vm = vcpu->vm;
	uint32_t done[DONE_MAX];
	unsigned finished = 0;
	uint64_t icsr = 0;

	if (!atomic_load(&vcpu->resident))
		return;
	/* ICSR is the guest's too: it may hold the answer to its own CDRCFG. */
	icsr = vgic5_el2_read_icsr(pe->port);
	finished = take_finished(vm, pe, done);
	vgic5_el2_write_icsr(pe->port, icsr, &pe->hw);

	for (unsigned i = 0; i < finished; i++)
		notify(vm, pe->port, done[i]);
	if (finished)
		atomic_fetch_sub(&vm->notifying, 1);
}

/* ---- registration ---- */

/* The SPI gained or lost a notifier. Caller holds inflight_lock. */
static void change_count(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id, bool more)
{
	struct spi *spi = &vm->spis[id];

	port_lock(vm_port(vm), &spi->lock);
	spi->notifiers = (uint16_t)(more ? spi->notifiers + 1 : spi->notifiers - 1);
	if (spi->level && atomic_load(&vm->initialised)) {
		vgic5_el2_vdhm(pe, (uint32_t)vm->vm_id, spi_intid(id),
			       vgic5_spi_hardware_level(spi));
		vgic5_el2_complete(pe);
	}
	if (!spi->notifiers && spi->inflight)
		unlink_inflight(vm, id);
	port_unlock(vm_port(vm), &spi->lock);
}

void vgic5_spi_attach_notifiers(struct vgic5_vm *vm)
{
	port_lock(vm_port(vm), &vm->inflight_lock);
	for (struct vgic5_ack_notifier *at = vm->notifiers; at; at = at->next) {
		if (at->spi < vm->spi_count)
			vm->spis[at->spi].notifiers++;
	}
	port_unlock(vm_port(vm), &vm->inflight_lock);
}

int vgic5_add_ack_notifier(struct vgic5_vm *vm, struct port_pe *pe,
			   struct vgic5_ack_notifier *notifier)
{
	if (notifier->spi >= VGIC5_MAX_SPIS)
		return -VGIC5_E_INVAL;
	port_lock(vm_port(vm), &vm->config);
	port_lock(vm_port(vm), &vm->inflight_lock);
	notifier->next = vm->notifiers;
	vm->notifiers = notifier;
	if (notifier->spi < vm->spi_count)
		change_count(vm, pe, notifier->spi, true);
	port_unlock(vm_port(vm), &vm->inflight_lock);
	port_unlock(vm_port(vm), &vm->config);
	return 0;
}

void vgic5_del_ack_notifier(struct vgic5_vm *vm, struct port_pe *pe,
			    struct vgic5_ack_notifier *notifier)
{
	struct vgic5_ack_notifier **at = &vm->notifiers;

	port_lock(vm_port(vm), &vm->config);
	port_lock(vm_port(vm), &vm->inflight_lock);
	while (*at && *at != notifier)
		at = &(*at)->next;
	if (*at) {
		*at = notifier->next;
		if (notifier->spi < vm->spi_count)
			change_count(vm, pe, notifier->spi, false);
	}
	port_unlock(vm_port(vm), &vm->inflight_lock);
	port_unlock(vm_port(vm), &vm->config);
	while (atomic_load(&vm->notifying))
		port_relax(vm_port(vm));
}
