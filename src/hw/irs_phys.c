/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * IRS registers of the physical side, one function per behaviour (facts page, 6.2 and 6.3).
 */
#include "irs.h"

/* ---- identification ---- */

static uint64_t idr0_read(struct gic5_irs *irs)
{
	const struct gic5_irs_config *cfg = &irs->cfg;

	return GIC5_PUT(IRS_IDR0_IRSID, cfg->irsid) | GIC5_PUT(IRS_IDR0_SWE, cfg->swe) |
	       GIC5_PUT(IRS_IDR0_SETLPI, cfg->setlpi) |
	       GIC5_PUT(IRS_IDR0_VIRT_ONE_N, cfg->virt_one_n) |
	       GIC5_PUT(IRS_IDR0_ONE_N, cfg->one_n) | GIC5_PUT(IRS_IDR0_VIRT, cfg->virt) |
	       GIC5_PUT(IRS_IDR0_PA_RANGE, cfg->pa_range) | GIC5_PUT(IRS_IDR0_INT_DOM, GIC5_DOM_NS);
}

static uint64_t idr1_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_IDR1_PRIORITY_BITS, irs->cfg.priority_bits - 1) |
	       GIC5_PUT(IRS_IDR1_IAFFID_BITS, irs->cfg.iaffid_bits - 1) |
	       GIC5_PUT(IRS_IDR1_PE_CNT, irs->pe_count);
}

static uint64_t idr2_read(struct gic5_irs *irs)
{
	const struct gic5_irs_config *cfg = &irs->cfg;

	return GIC5_PUT(IRS_IDR2_ISTMD_SZ, cfg->istmd_sz) | GIC5_PUT(IRS_IDR2_ISTMD, cfg->istmd) |
	       GIC5_PUT(IRS_IDR2_IST_L2SZ, cfg->ist_l2sz) |
	       GIC5_PUT(IRS_IDR2_IST_LEVELS, cfg->ist_levels) |
	       GIC5_PUT(IRS_IDR2_MIN_LPI_ID_BITS, cfg->min_lpi_id_bits) |
	       GIC5_PUT(IRS_IDR2_LPI, cfg->lpi) | GIC5_PUT(IRS_IDR2_ID_BITS, cfg->id_bits);
}

static uint64_t idr3_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_IDR3_VMT_LEVELS, irs->cfg.vmt_levels) |
	       GIC5_PUT(IRS_IDR3_VM_ID_BITS, irs->cfg.vm_id_bits) |
	       GIC5_PUT(IRS_IDR3_VMD_SZ, irs->cfg.vmd_sz) | GIC5_PUT(IRS_IDR3_VMD, irs->cfg.vmd);
}

static uint64_t idr4_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_IDR4_VPE_ID_BITS, irs->cfg.vpe_id_bits - 1) |
	       GIC5_PUT(IRS_IDR4_VPED_SZ, irs->cfg.vped_sz);
}

static uint64_t idr5_read(struct gic5_irs *irs)
{
	return irs->gic->cfg.spi_range;
}

static uint64_t idr6_read(struct gic5_irs *irs)
{
	return irs->cfg.spi_irs_range;
}

static uint64_t idr7_read(struct gic5_irs *irs)
{
	return irs->cfg.spi_base;
}

static uint64_t iidr_read(struct gic5_irs *irs)
{
	return irs->cfg.iidr;
}

/* ---- control ---- */

uint8_t gic5_irs_priority_mask(const struct gic5_irs *irs)
{
	return (uint8_t)(0x1f << (5 - irs->cfg.priority_bits) & 0x1f);
}

static uint64_t cr0_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_CR0);

	return GIC5_PUT(IRS_CR0_IRSEN, irs->regs.irsen) | GIC5_PUT(IRS_CR0_IDLE, idle);
}

static void ring_waiting(struct vm *vm, void *arg)
{
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		struct vpe *vpe = vm->vpes[i];

		if (!vpe)
			continue;
		lock(vm->space.gic, &vpe->ready.lock);
		gic5_doorbell_check(vpe, NULL);
		target_unlock(&vpe->ready);
	}
}

/* 0 to 1: selection starts with all current state. 1 to 0: recall, at the write. */
void gic5_irs_set_enable(struct gic5_irs *irs, bool enable)
{
	struct gic5 *gic = irs->gic;

	if (irs->regs.irsen == enable)
		return;
	irs->regs.irsen = enable;
	gic5_spi_source(irs);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		if (gic->pe[i].irs == irs)
			gic5_pe_update(&gic->pe[i]);
	}
	if (enable && gic->tables.vmt_irs == irs)
		gic5_each_vm(gic, ring_waiting, NULL);
}

static void cr0_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	gic5_irs_set_enable(irs, GIC5_GET(IRS_CR0_IRSEN, value));
}

static bool structures_valid(const struct gic5_irs *irs)
{
	return GIC5_GET(IRS_IST_BASER_VALID, irs->regs.ist_baser) ||
	       GIC5_GET(IRS_VMT_BASER_VALID, irs->regs.vmt_baser);
}

static uint64_t cr1_read(struct gic5_irs *irs)
{
	return irs->regs.cr1;
}

static void cr1_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	value &= 0xffff; /* every bit is a field */
	if (!structures_valid(irs))
		irs->regs.cr1_in_force = (uint32_t)value;
	else if (value != irs->regs.cr1)
		gic5_strict(who, 6, "IRS_CR1", value);
	irs->regs.cr1 = (uint32_t)value;
}

/* Events take effect when they come, so there is nothing to wait for. */
static void syncr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
}

static uint64_t sync_statusr_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_SYNC_STATUSR_IDLE, gic5_irs_idle(irs, GIC5_STATUS_SYNC));
}

/* ---- SPIs ---- */

static bool spi_exists(const struct gic5_irs *irs, uint32_t id)
{
	return id - irs->cfg.spi_base < irs->cfg.spi_irs_range;
}

static bool spi_selected(const struct gic5_irs *irs)
{
	return spi_exists(irs, irs->regs.spi_selr) && !irs->status[GIC5_STATUS_SPI].failed;
}

static const struct spi *selected_spi(const struct gic5_irs *irs)
{
	return &irs->spis[irs->regs.spi_selr - irs->cfg.spi_base];
}

static uint64_t spi_selr_read(struct gic5_irs *irs)
{
	return irs->regs.spi_selr;
}

static void spi_selr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	irs->regs.spi_selr = (uint32_t)GIC5_GET(IRS_SPI_SELR_ID, value);
	gic5_irs_selected(irs, GIC5_STATUS_SPI);
}

static uint64_t spi_vmr_read(struct gic5_irs *irs)
{
	if (!spi_selected(irs))
		return 0;
	return GIC5_PUT(IRS_SPI_VMR_VIRT, selected_spi(irs)->virt) |
	       GIC5_PUT(IRS_SPI_VMR_VM_ID, selected_spi(irs)->vm);
}

static void spi_vmr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (spi_selected(irs))
		gic5_spi_set_vm(irs, irs->regs.spi_selr, value, who);
}

static void spi_resampler_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	uint32_t id = (uint32_t)GIC5_GET(IRS_SPI_RESAMPLER_SPI_ID, value);

	if (spi_exists(irs, id))
		gic5_spi_sample(irs, id, who);
}

static uint64_t spi_cfgr_read(struct gic5_irs *irs)
{
	return spi_selected(irs) ? GIC5_PUT(IRS_SPI_CFGR_TM, selected_spi(irs)->level) : 0;
}

static void spi_cfgr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (spi_selected(irs))
		gic5_spi_set_mode(irs, irs->regs.spi_selr, GIC5_GET(IRS_SPI_CFGR_TM, value), who);
}

static uint64_t spi_statusr_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_SPI);

	return GIC5_PUT(IRS_SPI_STATUSR_IDLE, idle) |
	       GIC5_PUT(IRS_SPI_STATUSR_V, idle && spi_selected(irs));
}

/* ---- PEs ---- */

/* The selected PE if it is attached to this IRS, else NULL. */
static struct gic5_pe *selected_pe(const struct gic5_irs *irs)
{
	uint32_t index = gic5_pe_of_iaffid(irs->gic, irs->regs.pe_selr);

	if (index == HOME_NOWHERE || irs->gic->pe[index].irs != irs ||
	    irs->status[GIC5_STATUS_PE].failed)
		return NULL;
	return &irs->gic->pe[index];
}

static uint64_t pe_selr_read(struct gic5_irs *irs)
{
	return irs->regs.pe_selr;
}

static void pe_selr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	irs->regs.pe_selr = (uint32_t)GIC5_GET(IRS_PE_SELR_IAFFID, value);
	gic5_irs_selected(irs, GIC5_STATUS_PE);
}

static bool online(struct gic5_pe *pe)
{
	bool link;

	pe_lock(pe);
	link = pe->regs.link;
	pe_unlock(pe);
	return link;
}

static uint64_t pe_statusr_read(struct gic5_irs *irs)
{
	bool idle = gic5_irs_idle(irs, GIC5_STATUS_PE);
	struct gic5_pe *pe = idle ? selected_pe(irs) : NULL;

	return GIC5_PUT(IRS_PE_STATUSR_IDLE, idle) | GIC5_PUT(IRS_PE_STATUSR_V, pe != NULL) |
	       GIC5_PUT(IRS_PE_STATUSR_ONLINE, pe && online(pe));
}

static uint64_t pe_cr0_read(struct gic5_irs *irs)
{
	const struct gic5_pe *pe = selected_pe(irs);

	return pe ? GIC5_PUT(IRS_PE_CR0_DPS, pe->regs.dps) : 0;
}

static void pe_cr0_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	struct gic5_pe *pe = selected_pe(irs);

	if (!pe)
		return;
	pe->regs.dps = GIC5_GET(IRS_PE_CR0_DPS, value);
	if (irs->gic->any_one_n)
		gic5_one_n_rebalance(&irs->gic->physical);
}

/* ---- LPIs ---- */

static uint64_t ist_baser_read(struct gic5_irs *irs)
{
	return irs->regs.ist_baser;
}

struct ist_shape gic5_ist_shape_of(const struct irs_regs *regs)
{
	return (struct ist_shape){
		.base = GIC5_ADDR(IRS_IST_BASER_ADDR, regs->ist_baser),
		.id_bits = (uint8_t)GIC5_GET(IRS_IST_CFGR_LPI_ID_BITS, regs->ist_cfgr),
		.istsz = (uint8_t)GIC5_GET(IRS_IST_CFGR_ISTSZ, regs->ist_cfgr),
		.l2sz = (uint8_t)GIC5_GET(IRS_IST_CFGR_L2SZ, regs->ist_cfgr),
		.two_level = GIC5_GET(IRS_IST_CFGR_STRUCTURE, regs->ist_cfgr) == GIC5_TWO_LEVEL,
	};
}

/* 0 to 1: the table that CFGR describes comes into use. */
static void open_lpis(struct gic5_irs *irs, const struct who *who)
{
	struct gic5 *gic = irs->gic;
	struct ist_shape shape = gic5_ist_shape_of(&irs->regs);

	if (gic->physical.lpi || gic5_ist_illegal(irs, &shape, GIC5_TYPE_LPI)) {
		gic5_strict(who, 4, "IRS_IST_BASER", irs->regs.ist_cfgr);
		return;
	}
	gic->physical.lpi = gic5_ist_open(irs, &gic->physical, GIC5_TYPE_LPI, &shape, who, false);
	if (!gic->physical.lpi)
		return;
	irs->regs.ist_baser |= GIC5_MASK(IRS_IST_BASER_VALID);
	gic5_ist_requeue(gic->physical.lpi);
}

static void ist_baser_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	bool was = GIC5_GET(IRS_IST_BASER_VALID, irs->regs.ist_baser);
	bool valid = GIC5_GET(IRS_IST_BASER_VALID, value);

	if (was && valid) {
		gic5_strict(who, 3, "IRS_IST_BASER", value);
		return;
	}
	if (was) {
		gic5_ist_close(irs->gic->physical.lpi);
		irs->gic->physical.lpi = NULL;
	}
	irs->regs.ist_baser = GIC5_ADDR(IRS_IST_BASER_ADDR, value);
	if (valid)
		open_lpis(irs, who);
}

static uint64_t ist_cfgr_read(struct gic5_irs *irs)
{
	return irs->regs.ist_cfgr;
}

static void ist_cfgr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	if (GIC5_GET(IRS_IST_BASER_VALID, irs->regs.ist_baser)) {
		gic5_strict(who, 3, "IRS_IST_CFGR", value);
		return;
	}
	irs->regs.ist_cfgr =
		(uint32_t)(value &
			   (GIC5_MASK(IRS_IST_CFGR_STRUCTURE) | GIC5_MASK(IRS_IST_CFGR_ISTSZ) |
			    GIC5_MASK(IRS_IST_CFGR_L2SZ) | GIC5_MASK(IRS_IST_CFGR_LPI_ID_BITS)));
}

static uint64_t ist_statusr_read(struct gic5_irs *irs)
{
	return GIC5_PUT(IRS_IST_STATUSR_IDLE, gic5_irs_idle(irs, GIC5_STATUS_IST));
}

static void map_l2_istr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	struct ist *ist = irs->gic->physical.lpi;

	gic5_ist_check(ist, who);
	if (ist)
		gic5_ist_map_l2(ist, (uint32_t)GIC5_GET(IRS_MAP_L2_ISTR_ID, value), who,
				"IRS_MAP_L2_ISTR", value);
	else
		gic5_strict(who, 7, "IRS_MAP_L2_ISTR", value);
}

static void setlpir_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	uint32_t id = (uint32_t)GIC5_GET(IRS_SETLPIR_ID, value);

	gic5_physical_event(who, GIC5_INTID(GIC5_TYPE_LPI, id), GIC5_SET_EDGE, 15, "IRS_SETLPIR");
}

/* ---- software errors ---- */

static uint64_t swerr_statusr_read(struct gic5_irs *irs)
{
	uint64_t value;

	lock(irs->gic, &irs->swerr_lock);
	value = irs->regs.swerr_status;
	unlock(&irs->swerr_lock);
	return value;
}

static void swerr_statusr_write(struct gic5_irs *irs, uint64_t value, const struct who *who)
{
	gic5_swerr_write(irs, value);
}

static uint64_t syndrome_read(struct gic5_irs *irs, unsigned n)
{
	uint64_t value;

	lock(irs->gic, &irs->swerr_lock);
	value = irs->regs.swerr_syndrome[n];
	unlock(&irs->swerr_lock);
	return value;
}

static uint64_t swerr_syndromer0_read(struct gic5_irs *irs)
{
	return syndrome_read(irs, 0);
}

static uint64_t swerr_syndromer1_read(struct gic5_irs *irs)
{
	return syndrome_read(irs, 1);
}

/* ---- the rows ---- */

const struct irs_row gic5_irs_phys_rows[] = {
	ROW(IDR0, .read = idr0_read, .status = NO_STATUS),
	ROW(IDR1, .read = idr1_read, .status = NO_STATUS),
	ROW(IDR2, .read = idr2_read, .status = NO_STATUS),
	ROW(IDR3, .read = idr3_read, .status = NO_STATUS),
	ROW(IDR4, .read = idr4_read, .status = NO_STATUS),
	ROW(IDR5, .read = idr5_read, .status = NO_STATUS),
	ROW(IDR6, .read = idr6_read, .status = NO_STATUS),
	ROW(IDR7, .read = idr7_read, .status = NO_STATUS),
	ROW(IIDR, .read = iidr_read, .status = NO_STATUS),
	ROW(CR0, .read = cr0_read, .write = cr0_write, .status = GIC5_STATUS_CR0),
	ROW(CR1, .read = cr1_read, .write = cr1_write, .status = NO_STATUS),
	ROW(SYNCR, .write = syncr_write, .status = GIC5_STATUS_SYNC),
	ROW(SYNC_STATUSR, .read = sync_statusr_read, .status = NO_STATUS),
	ROW(SPI_VMR, .read = spi_vmr_read, .write = spi_vmr_write, .status = GIC5_STATUS_SPI,
	    .command = true),
	ROW(SPI_SELR, .read = spi_selr_read, .write = spi_selr_write, .status = GIC5_STATUS_SPI),
	ROW(SPI_RESAMPLER, .write = spi_resampler_write, .status = GIC5_STATUS_SPI),
	ROW(SPI_CFGR, .read = spi_cfgr_read, .write = spi_cfgr_write, .status = GIC5_STATUS_SPI),
	ROW(SPI_STATUSR, .read = spi_statusr_read, .status = NO_STATUS),
	ROW(PE_SELR, .read = pe_selr_read, .write = pe_selr_write, .status = GIC5_STATUS_PE),
	ROW(PE_STATUSR, .read = pe_statusr_read, .status = NO_STATUS),
	ROW(PE_CR0, .read = pe_cr0_read, .write = pe_cr0_write, .status = GIC5_STATUS_PE),
	ROW(IST_BASER, .read = ist_baser_read, .write = ist_baser_write, .status = GIC5_STATUS_IST),
	ROW(IST_CFGR, .read = ist_cfgr_read, .write = ist_cfgr_write, .status = NO_STATUS),
	ROW(IST_STATUSR, .read = ist_statusr_read, .status = NO_STATUS),
	ROW(MAP_L2_ISTR, .write = map_l2_istr_write, .status = GIC5_STATUS_IST),
	ROW(SWERR_STATUSR, .read = swerr_statusr_read, .write = swerr_statusr_write,
	    .status = NO_STATUS, .ones_clear = true),
	ROW(SWERR_SYNDROMER0, .read = swerr_syndromer0_read, .status = NO_STATUS),
	ROW(SWERR_SYNDROMER1, .read = swerr_syndromer1_read, .status = NO_STATUS),
	ROW(SETLPIR, .write = setlpir_write, .status = NO_STATUS, .frame = GIC5_FRAME_SETLPI),
};
const size_t gic5_irs_phys_row_count = sizeof(gic5_irs_phys_rows) / sizeof(gic5_irs_phys_rows[0]);
