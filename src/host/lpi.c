/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical LPIs from allocation to release: number, entry in the IST (its level-2 table on demand),
 * handler, routing.
 */
#include "host.h"

static uint32_t lpi_intid(uint32_t lpi)
{
	return GIC5_INTID(GIC5_TYPE_LPI, lpi);
}

static struct lpi_desc *lpi_find(struct vgic5_gic *gic, uint32_t lpi)
{
	struct lpi_desc *chunk = NULL;

	if (lpi / GIC_LPI_CHUNK >= gic->lpi_chunks)
		return NULL;
	chunk = atomic_load_explicit(&gic->lpis[lpi / GIC_LPI_CHUNK], memory_order_acquire);
	return chunk ? &chunk[lpi % GIC_LPI_CHUNK] : NULL;
}

/* Make sure that the handler table reaches @lpi. Caller holds gic->ist. */
static int cover_handlers(struct vgic5_gic *gic, uint32_t lpi)
{
	struct lpi_desc *chunk = NULL;

	if (lpi_find(gic, lpi))
		return 0;
	chunk = port_alloc(gic->port, GIC_LPI_CHUNK * sizeof(*chunk));
	if (!chunk)
		return -VGIC5_E_NOMEM;
	atomic_store_explicit(&gic->lpis[lpi / GIC_LPI_CHUNK], chunk, memory_order_release);
	return 0;
}

/*
 * Make sure that the IST reaches @lpi. Caller holds gic->ist. A table whose mapping timed out is kept: the
 * IRS may use it, and the next attempt maps the same one (R22).
 */
static int cover_ist(struct vgic5_gic *gic, uint32_t lpi)
{
	const struct ist_shape *shape = &gic->table.shape;
	const uint64_t size = gic5_ist_l2_bytes(shape->l2sz);
	uint64_t *entry = NULL;
	uint32_t index = 0;
	int rc = 0;

	if (!shape->two_level)
		return 0;
	index = lpi >> gic5_ist_l2_bits(shape->istsz, shape->l2sz);
	entry = (uint64_t *)gic->table.top.va + index;
	if (GIC5_GET(L1_ISTE_VALID, vgic5_table_get64(&gic->mem, entry)))
		return 0;

	if (!gic->table.l2[index].va) {
		rc = vgic5_table_alloc(&gic->mem, size, size, &gic->table.l2[index]);
		if (rc)
			return rc;
		vgic5_table_put64(&gic->mem, entry,
				  GIC5_ADDR(L1_ISTE_L2_ADDR, gic->table.l2[index].pa.pa));
	}
	rc = vgic5_irs_command32(gic, 0, GIC5_IRS_IST_STATUSR, GIC5_IRS_MAP_L2_ISTR,
				 (uint32_t)GIC5_PUT(IRS_MAP_L2_ISTR_ID, lpi));
	if (rc)
		return rc;
	/* The IRS writes VALID (R23); the poll ordered this read after it (R65). */
	return GIC5_GET(L1_ISTE_VALID, vgic5_table_get64(&gic->mem, entry)) ? 0 : -VGIC5_E_TIMEDOUT;
}

static void configure(struct port_pe *pe, uint32_t lpi, uint16_t iaffid)
{
	const uint64_t intid = lpi_intid(lpi);

	port_sys(pe, GIC5_CDPEND, intid | GIC5_PUT(CDPEND_PENDING, 0));
	port_sys(pe, GIC5_CDHM, intid | GIC5_PUT(CDHM_HM, 0));
	port_sys(pe, GIC5_CDPRI, intid | GIC5_PUT(CDPRI_PRIORITY, GIC_DEFAULT_PRIORITY));
	port_sys(pe, GIC5_CDAFF, intid | GIC5_PUT(CDAFF_IAFFID, iaffid));
	port_sys(pe, GIC5_CDEN, intid);
	port_gsb_sys(pe);
}

int vgic5_gic_lpi_alloc(struct vgic5_gic *gic, struct port_pe *pe, uint16_t iaffid,
			vgic5_irq_handler handler, void *opaque, uint32_t *out)
{
	struct lpi_desc *desc = NULL;
	uint32_t lpi = 0;
	int rc = port_lpi_alloc(gic->port, (uint32_t)1 << gic->lpi_id_bits, &lpi);

	if (rc)
		return rc;
	port_lock(gic->port, &gic->ist);
	rc = cover_handlers(gic, lpi);
	if (!rc)
		rc = cover_ist(gic, lpi);
	port_unlock(gic->port, &gic->ist);
	if (rc) {
		port_lpi_free(gic->port, lpi);
		return rc;
	}

	desc = lpi_find(gic, lpi);
	atomic_store(&desc->opaque, opaque);
	atomic_store(&desc->handler, handler);
	configure(pe, lpi, iaffid);
	atomic_fetch_add(&gic->lpi_count, 1);
	*out = lpi;
	return 0;
}

void vgic5_gic_lpi_free(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi)
{
	struct lpi_desc *desc = lpi_find(gic, lpi);

	port_sys(pe, GIC5_CDDIS, lpi_intid(lpi));
	port_sys(pe, GIC5_CDPEND, lpi_intid(lpi) | GIC5_PUT(CDPEND_PENDING, 0));
	port_gsb_sys(pe);

	/* A PE that acknowledged before either sees no handler or is seen here. */
	atomic_store(&desc->handler, NULL);
	while (atomic_load(&desc->running))
		port_relax(gic->port);
	atomic_store(&desc->opaque, NULL);
	port_lpi_free(gic->port, lpi);
	atomic_fetch_sub(&gic->lpi_count, 1);
}

void vgic5_gic_lpi_route(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi, uint16_t iaffid)
{
	(void)gic;
	port_sys(pe, GIC5_CDAFF, lpi_intid(lpi) | GIC5_PUT(CDAFF_IAFFID, iaffid));
}

void vgic5_gic_lpi_pend(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi)
{
	(void)gic;
	port_sys(pe, GIC5_CDPEND, lpi_intid(lpi) | GIC5_PUT(CDPEND_PENDING, 1));
}

bool vgic5_lpi_dispatch(struct vgic5_gic *gic, struct port_pe *pe, uint32_t intid)
{
	struct lpi_desc *desc = lpi_find(gic, GIC5_INTID_ID(intid));
	vgic5_irq_handler handler = NULL;

	if (!desc)
		return false;
	atomic_fetch_add(&desc->running, 1);
	handler = atomic_load(&desc->handler);
	if (handler)
		handler(atomic_load(&desc->opaque), pe, intid);
	atomic_fetch_sub(&desc->running, 1);
	return handler;
}
