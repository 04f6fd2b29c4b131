/* SPDX-License-Identifier: BSD-2-Clause */
/* The physical CPU interface of a PE: set-up, PPIs, and taking one interrupt. */
#include "host.h"

#define LINK_POLLS 1000

/* All 16 priority registers: the encodings are constants on real hardware, so each is spelled out. */
#define FOR_EACH_PRIORITYR(do)                                                                    \
	do                                                                                        \
	(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7) do(8) do(9) do(10) do(11) do(12) do(13) do( \
		14) do(15)

/* The same priority for the eight PPIs of a register. */
#define EIGHT_PRIORITIES(p) (UINT64_C(0x0101010101010101) * (p))

/* Find the IRS that the PE is attached to and keep it out of 1-of-N. Caller holds gic->irs. */
static int attach_one(struct vgic5_gic *gic, unsigned irs, uint16_t iaffid)
{
	uint32_t status = 0;
	int rc = vgic5_irs_wait(gic, irs, GIC5_IRS_PE_STATUSR, NULL);

	if (rc)
		return rc;
	port_irs_write32(gic->port, irs, GIC5_IRS_PE_SELR,
			 (uint32_t)GIC5_PUT(IRS_PE_SELR_IAFFID, iaffid));
	rc = vgic5_irs_wait(gic, irs, GIC5_IRS_PE_STATUSR, &status);
	if (rc) /* nothing is written after a failed selector (R66) */
		return rc;
	if (!GIC5_GET(IRS_PE_STATUSR_V, status))
		return -VGIC5_E_NODEV;
	port_irs_write32(gic->port, irs, GIC5_IRS_PE_CR0, (uint32_t)GIC5_PUT(IRS_PE_CR0_DPS, 1));
	return vgic5_irs_wait(gic, irs, GIC5_IRS_PE_STATUSR, NULL);
}

static int attach(struct vgic5_gic *gic, uint16_t iaffid)
{
	int rc = -VGIC5_E_NODEV;

	port_lock(gic->port, &gic->irs);
	for (unsigned irs = 0; irs < gic->irs_count && rc == -VGIC5_E_NODEV; irs++)
		rc = attach_one(gic, irs, iaffid);
	port_unlock(gic->port, &gic->irs);
	return rc;
}

static int link_up(struct vgic5_gic *gic, struct port_pe *pe)
{
	port_sysreg_write(pe, GIC5_ICC_CR0_EL1, GIC5_PUT(ICC_CR0_EL1_LINK, 1));
	for (unsigned i = 0; i < LINK_POLLS; i++) {
		if (GIC5_GET(ICC_CR0_EL1_LINK_IDLE, port_sysreg_read(pe, GIC5_ICC_CR0_EL1))) {
			port_isb(pe);
			return 0;
		}
		port_relax(gic->port);
	}
	return -VGIC5_E_TIMEDOUT;
}

/* Every PPI off, idle, at the default priority. */
static void reset_ppis(struct port_pe *pe)
{
	port_sysreg_write(pe, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	port_sysreg_write(pe, GIC5_ICC_PPI_ENABLER1_EL1, 0);
	port_sysreg_write(pe, GIC5_ICC_PPI_CACTIVER0_EL1, ~UINT64_C(0));
	port_sysreg_write(pe, GIC5_ICC_PPI_CACTIVER1_EL1, ~UINT64_C(0));
	port_sysreg_write(pe, GIC5_ICC_PPI_CPENDR0_EL1, ~UINT64_C(0));
	port_sysreg_write(pe, GIC5_ICC_PPI_CPENDR1_EL1, ~UINT64_C(0));
#define RESET_PRIORITY(n)                                      \
	port_sysreg_write(pe, GIC5_ICC_PPI_PRIORITYR##n##_EL1, \
			  EIGHT_PRIORITIES(GIC_DEFAULT_PRIORITY));
	FOR_EACH_PRIORITYR(RESET_PRIORITY)
#undef RESET_PRIORITY
	port_isb(pe);
}

/* Which bytes of a priority register hold something? Unimplemented PPIs are RAZ. */
static uint64_t ppis_of_priorities(uint64_t value)
{
	uint64_t ppis = 0;

	for (unsigned i = 0; i < 8; i++) {
		if (value >> 8 * i & 0x1f)
			ppis |= UINT64_C(1) << i;
	}
	return ppis;
}

void vgic5_gic_pe_probe_ppis(struct port_pe *pe, uint64_t implemented[2])
{
	implemented[0] = 0;
	implemented[1] = 0;
#define PROBE(n)                                                                          \
	implemented[(n) / 8] |=                                                           \
		ppis_of_priorities(port_sysreg_read(pe, GIC5_ICC_PPI_PRIORITYR##n##_EL1)) \
		<< 8 * ((n) % 8);
	FOR_EACH_PRIORITYR(PROBE)
#undef PROBE
}

int vgic5_gic_pe_init(struct vgic5_gic *gic, struct port_pe *pe)
{
	int rc = link_up(gic, pe);

	if (!rc)
		rc = attach(gic, vgic5_gic_iaffid(pe));
	if (rc)
		return rc;
	reset_ppis(pe);
	port_sysreg_write(pe, GIC5_ICC_PCR_EL1, GIC5_MASK(ICC_PCR_EL1_PRIORITY));
	port_sysreg_write(pe, GIC5_ICC_CR0_EL1,
			  GIC5_PUT(ICC_CR0_EL1_EN, 1) | GIC5_PUT(ICC_CR0_EL1_LINK, 1));
	port_isb(pe);
	return 0;
}

uint16_t vgic5_gic_iaffid(struct port_pe *pe)
{
	const uint64_t value = port_sysreg_read(pe, GIC5_ICC_IAFFIDR_EL1);

	return (uint16_t)GIC5_GET(ICC_IAFFIDR_EL1_IAFFID, value);
}

int vgic5_gic_set_ppi(struct vgic5_gic *gic, unsigned ppi, vgic5_irq_handler handler, void *opaque)
{
	if (ppi >= GIC5_PPI_COUNT)
		return -VGIC5_E_INVAL;
	atomic_store(&gic->ppis[ppi].handler, NULL);
	atomic_store(&gic->ppis[ppi].opaque, opaque);
	atomic_store(&gic->ppis[ppi].handler, handler);
	return 0;
}

static void ppi_enable(struct port_pe *pe, unsigned ppi, bool enable)
{
	const uint64_t bit = UINT64_C(1) << (ppi % 64);
	uint64_t enabled = 0;

	if (ppi < 64) {
		enabled = port_sysreg_read(pe, GIC5_ICC_PPI_ENABLER0_EL1);
		enabled = enable ? enabled | bit : enabled & ~bit;
		port_sysreg_write(pe, GIC5_ICC_PPI_ENABLER0_EL1, enabled);
	} else {
		enabled = port_sysreg_read(pe, GIC5_ICC_PPI_ENABLER1_EL1);
		enabled = enable ? enabled | bit : enabled & ~bit;
		port_sysreg_write(pe, GIC5_ICC_PPI_ENABLER1_EL1, enabled);
	}
	port_isb(pe);
}

int vgic5_gic_enable_ppi(struct vgic5_gic *gic, struct port_pe *pe, unsigned ppi, bool enable)
{
	(void)gic;
	if (ppi >= GIC5_PPI_COUNT)
		return -VGIC5_E_INVAL;
	ppi_enable(pe, ppi, enable);
	return 0;
}

static bool ppi_dispatch(struct vgic5_gic *gic, struct port_pe *pe, uint32_t intid)
{
	struct ppi_desc *desc = &gic->ppis[GIC5_INTID_ID(intid) % GIC5_PPI_COUNT];
	vgic5_irq_handler handler = atomic_load(&desc->handler);

	if (!handler)
		return false;
	handler(atomic_load(&desc->opaque), pe, intid);
	return true;
}

/* An interrupt that nobody wants must not come back. */
static void silence(struct port_pe *pe, uint32_t intid)
{
	if (GIC5_INTID_TYPE(intid) == GIC5_TYPE_PPI)
		ppi_enable(pe, GIC5_INTID_ID(intid) % GIC5_PPI_COUNT, false);
	else
		port_sys(pe, GIC5_CDDIS, intid);
}

uint32_t vgic5_gic_dispatch(struct vgic5_gic *gic, struct port_pe *pe)
{
	const uint64_t ack = port_sysl(pe, GIC5_CDIA);
	const uint32_t intid = (uint32_t)ack;
	bool handled = false;

	if (!GIC5_GET(CDIA_VALID, ack))
		return 0;
	port_gsb_ack(pe);
	port_isb(pe);
	port_sys(pe, GIC5_CDEOI, 0); /* before the handler (R19) */

	if (GIC5_INTID_TYPE(intid) == GIC5_TYPE_PPI)
		handled = ppi_dispatch(gic, pe, intid);
	else if (GIC5_INTID_TYPE(intid) == GIC5_TYPE_LPI)
		handled = vgic5_lpi_dispatch(gic, pe, intid);
	if (!handled)
		silence(pe, intid);
	port_sys(pe, GIC5_CDDI, intid);
	return intid;
}
