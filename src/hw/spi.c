/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical SPIs: wires, trigger modes, and SPIs that belong to a VM (facts page, 2.2 and 6.3).
 */
#include "hw.h"

struct gic5_irs *gic5_spi_irs(struct gic5 *gic, uint32_t spi)
{
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		struct gic5_irs *irs = &gic->irs[i];

		if (spi - irs->cfg.spi_base < irs->cfg.spi_irs_range)
			return irs;
	}
	return NULL;
}

static struct spi *spi_of(struct gic5_irs *irs, uint32_t id)
{
	return &irs->spis[id - irs->cfg.spi_base];
}

/* The node of an SPI, also of one that belongs to a VM. */
static struct irq irq_of(struct gic5_irs *irs, uint32_t id)
{
	struct irq irq = {.self = NULL};

	(void)gic5_irq_find(&irs->gic->physical, GIC5_INTID(GIC5_TYPE_SPI, id), &irq);
	return irq;
}

/* An event of the wire: to the SPI, or to the virtual SPI of the same number (U6). */
static void wire_event(struct gic5_irs *irs, uint32_t id, enum gic5_input input,
		       const struct who *who)
{
	const struct spi *spi = spi_of(irs, id);
	uint32_t intid = GIC5_INTID(GIC5_TYPE_SPI, id);

	if (spi->virt)
		gic5_virtual_event(who, spi->vm, intid, input, "SPI wire");
	else
		gic5_physical_event(who, intid, input, 15, "SPI wire");
}

/* R_QBXXV, R_DMTFM */
static void sample(struct gic5_irs *irs, uint32_t id, const struct who *who)
{
	const struct spi *spi = spi_of(irs, id);

	if (spi->wire)
		wire_event(irs, id, spi->level ? GIC5_SET_LEVEL : GIC5_SET_EDGE, who);
	else if (spi->level)
		wire_event(irs, id, GIC5_CLEAR, who);
}

void gic5_spi_sample(struct gic5_irs *irs, uint32_t id, const struct who *who)
{
	sample(irs, id, who);
}

/* A change of the trigger mode; R_KBPXL. Exclusive. */
void gic5_spi_set_mode(struct gic5_irs *irs, uint32_t id, bool level, const struct who *who)
{
	struct spi *spi = spi_of(irs, id);

	if (spi->level == level)
		return;
	spi->level = level;
	if (level)
		wire_event(irs, id, spi->wire ? GIC5_SET_LEVEL : GIC5_CLEAR, who);
	else if (spi->wire)
		wire_event(irs, id, GIC5_CLEAR, who);
}

/*
 * SPI_VMR. A physical SPI that goes to a VM is recalled and unreachable; its state waits until it
 * comes back, when the wire is sampled again. Exclusive.
 */
void gic5_spi_set_vm(struct gic5_irs *irs, uint32_t id, uint64_t value, const struct who *who)
{
	struct spi *spi = spi_of(irs, id);
	bool was = spi->virt;
	struct irq irq = irq_of(irs, id);

	spi->virt = GIC5_GET(IRS_SPI_VMR_VIRT, value);
	spi->vm = (uint16_t)GIC5_GET(IRS_SPI_VMR_VM_ID, value);
	if (was == spi->virt)
		return;
	gic5_irq_modify(&irq, spi->virt ? 0 : NODE_VIRT, spi->virt ? NODE_VIRT : 0);
	if (was)
		sample(irs, id, who);
}

/*
 * An IRS that is disabled forwards nothing of its SPIs, also not to PEs of other IRSs. With one
 * IRS, its PEs see that themselves.
 */
void gic5_spi_source(struct gic5_irs *irs)
{
	bool on = irs->regs.irsen;

	for (uint32_t i = 0; irs->gic->cfg.irs_count > 1 && i < irs->cfg.spi_irs_range; i++) {
		struct irq irq = irq_of(irs, irs->cfg.spi_base + i);

		gic5_irq_modify(&irq, on ? NODE_SOURCE_OFF : 0, on ? 0 : NODE_SOURCE_OFF);
	}
}

void gic5_spi_wire(struct gic5 *gic, uint32_t id, bool level)
{
	struct gic5_irs *irs = gic5_spi_irs(gic, id);
	struct who who = gic5_host(gic);
	_Atomic uint32_t *wire_lock = &gic->wire_lock[id % 16];
	struct spi *spi;

	if (!irs)
		return;
	gic5_foreign_enter(gic);
	lock(gic, wire_lock);
	spi = spi_of(irs, id);
	if (spi->wire != level) {
		spi->wire = level;
		sample(irs, id, &who);
	}
	unlock(wire_lock);
	gic5_foreign_exit(gic);
}

void gic5_event_physical(struct gic5 *gic, uint32_t intid, enum gic5_input input)
{
	struct who who = gic5_host(gic);

	gic5_foreign_enter(gic);
	gic5_physical_event(&who, intid, input, 15, "event");
	gic5_foreign_exit(gic);
}

void gic5_event_virtual(struct gic5 *gic, uint32_t vm, uint32_t intid, enum gic5_input input)
{
	struct who who = gic5_host(gic);

	gic5_foreign_enter(gic);
	gic5_virtual_event(&who, vm, intid, input, "event");
	gic5_foreign_exit(gic);
}
