/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SPIs: the shadow of their lines, and injection. Enable, priority, routing, Pending and Active live in
 * the VM's SPI IST, which is the hardware's from INIT to teardown (R49); the shadow only knows what the
 * devices did. Shadow and VDPEND change under the SPI's lock, so that both see the same order (D9).
 */
#include "hyp.h"

/* What ISTE.HM must be: SPIs with a notifier are edges to the hardware (notifier.c). */
bool vgic5_spi_hardware_level(const struct spi *spi)
{
	return spi->level && !spi->notifiers;
}

static struct ist_shape spi_ist_shape(const struct vgic5_vm *vm, uint32_t spi_count)
{
	unsigned id_bits = 0;

	while ((spi_count - 1) >> id_bits)
		id_bits++;
	return (struct ist_shape){
		.id_bits = (uint8_t)id_bits,
		.istsz = (uint8_t)gic5_required_istsz(vm_gic(vm)->caps.idr2, id_bits),
	};
}

/* Objects and IST of the SPIs; a failure leaves them to vgic5_vm_unwind(). Caller holds the config lock. */
int vgic5_spi_create(struct vgic5_vm *vm)
{
	const uint32_t spi_count = vm->nr_spis ? vm->nr_spis : VGIC5_MIN_SPIS;
	int rc = 0;

	vm->spis = port_alloc(vm_port(vm), spi_count * sizeof(*vm->spis));
	if (!vm->spis)
		return -VGIC5_E_NOMEM;
	vm->spi_count = spi_count;
	for (uint32_t i = 0; i < spi_count; i++)
		port_lock_init(vm_port(vm), &vm->spis[i].lock, PORT_LOCK_IRQOFF);
	vgic5_spi_attach_notifiers(vm);

	rc = vgic5_ist_alloc(&vm_gic(vm)->mem, spi_ist_shape(vm, spi_count), true, &vm->spi_ist);
	if (rc)
		return rc;
	vgic5_vm_write_ist(vm, GIC5_TYPE_SPI, &vm->spi_ist, false);
	return vgic5_vm_map_ist(vm, GIC5_TYPE_SPI);
}

void vgic5_spi_destroy(struct vgic5_vm *vm)
{
	if (!vm->spis)
		return;
	vgic5_spi_forget_inflight(vm);
	port_free(vm_port(vm), vm->spis, vm->spi_count * sizeof(*vm->spis));
	vm->spis = NULL;
	vm->spi_count = 0;
}

/* The hardware mirror of a change of the shadow. Caller holds the SPI's lock. */
static int set_pending_state(struct vgic5_vm *vm, struct port_pe *pe, uint32_t spi, bool pending)
{
	if (atomic_load(&vm->dead))
		return -VGIC5_E_IO;
	vgic5_el2_vdpend(pe, (uint32_t)vm->vm_id, spi_intid(spi), pending);
	vgic5_el2_complete(pe); /* before the lock goes: the next VDPEND may come from another PE */
	return 0;
}

/*
 * The line of a level SPI: what it is, is what is pending. A low line takes back whatever made the SPI
 * pending, as a CLEAR event does.
 */
static int set_line(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id, bool level)
{
	struct spi *spi = &vm->spis[id];
	int rc = 0;

	if (spi->line == level)
		return 0;
	spi->line = level;
	rc = set_pending_state(vm, pe, id, level);
	if (rc)
		spi->line = !level; /* R53 */
	else if (!level)
		spi->latch = false;
	return rc;
}

static int set_edge(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id, bool level)
{
	struct spi *spi = &vm->spis[id];
	const bool latch = spi->latch;
	int rc = 0;

	spi->line = level;
	if (!level) /* an edge cannot be recalled */
		return 0;
	spi->latch = true;
	rc = set_pending_state(vm, pe, id, true);
	if (rc)
		spi->latch = latch;
	return rc;
}

static int inject_locked(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id, bool level,
			 const void *owner)
{
	struct spi *spi = &vm->spis[id];

	if (spi->owner && spi->owner != owner)
		return 0;
	spi->injections++;
	return spi->level ? set_line(vm, pe, id, level) : set_edge(vm, pe, id, level);
}

int vgic5_inject_spi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t spi, bool level,
		     const void *owner)
{
	bool track = false;
	int rc = 0;

	if (!atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	if (spi >= vm->spi_count)
		return -VGIC5_E_INVAL;
	port_lock(vm_port(vm), &vm->spis[spi].lock);
	rc = inject_locked(vm, pe, spi, level, owner);
	track = level && !rc && vm->spis[spi].notifiers;
	port_unlock(vm_port(vm), &vm->spis[spi].lock);
	if (track)
		vgic5_spi_track(vm, spi);
	return rc;
}

int vgic5_vm_set_spi_owner(struct vgic5_vm *vm, uint32_t spi, const void *owner)
{
	if (!atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	if (spi >= vm->spi_count)
		return -VGIC5_E_INVAL;
	port_lock(vm_port(vm), &vm->spis[spi].lock);
	vm->spis[spi].owner = owner;
	port_unlock(vm_port(vm), &vm->spis[spi].lock);
	return 0;
}

int vgic5_inject_lpi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t lpi)
{
	struct virs *virs = &vm->virs;

	if (!atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	if (atomic_load(&vm->dead))
		return -VGIC5_E_IO;
	count(&vm->lpi_injections);
	/* Under the lock the IST does not go. */
	port_lock(vm_port(vm), &virs->lock);
	if (GIC5_GET(IRS_IST_BASER_VALID, virs->ist_baser) &&
	    !(lpi >> GIC5_GET(IRS_IST_CFGR_LPI_ID_BITS, virs->ist_cfgr)))
		vgic5_el2_vdpend(pe, (uint32_t)vm->vm_id, GIC5_INTID(GIC5_TYPE_LPI, lpi), true);
	vgic5_el2_complete(pe);
	port_unlock(vm_port(vm), &virs->lock);
	return 0;
}

/*
 * The guest chose a trigger mode. ISTE.HM follows (D1): VDPEND does not set it. A change has the effect on
 * Pending that the architecture gives it, by the level of the wire (R_KBPXL).
 */
void vgic5_spi_set_trigger(struct vgic5_vm *vm, struct port_pe *pe, uint32_t id, bool level)
{
	struct spi *spi = &vm->spis[id];
	const uint32_t vm_id = (uint32_t)vm->vm_id;

	port_lock(vm_port(vm), &spi->lock);
	vgic5_el2_vdhm(pe, vm_id, spi_intid(id), level && !spi->notifiers);
	if (spi->level != level && (level || spi->line)) {
		spi->latch = false;
		vgic5_el2_vdpend(pe, vm_id, spi_intid(id), level && spi->line);
	}
	spi->level = level;
	vgic5_el2_complete(pe);
	port_unlock(vm_port(vm), &spi->lock);
}

bool vgic5_spi_get_trigger(struct vgic5_vm *vm, uint32_t id)
{
	bool level = false;

	port_lock(vm_port(vm), &vm->spis[id].lock);
	level = vm->spis[id].level;
	port_unlock(vm_port(vm), &vm->spis[id].lock);
	return level;
}
