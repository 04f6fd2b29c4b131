/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The register frames of an IRS: widths, halves, presence, completion. Each of these rules is here
 * once; what a register does is in the rows of irs_phys.c and irs_virt.c.
 *
 * A read holds the registers lock. A write has the whole system to itself: it may change structure.
 */
#include "irs.h"

static const struct irs_row *find_in(const struct irs_row *rows, size_t count,
				     const struct gic5_irs_reg_desc *reg)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].offset == reg->offset && (unsigned)rows[i].frame == reg->frame)
			return &rows[i];
	}
	return NULL;
}

static const struct irs_row *find_row(const struct gic5_irs_reg_desc *reg)
{
	const struct irs_row *row = find_in(gic5_irs_phys_rows, gic5_irs_phys_row_count, reg);

	return row ? row : find_in(gic5_irs_virt_rows, gic5_irs_virt_row_count, reg);
}

/* What the ID registers do not announce is RAZ/WI (facts page, 6.2). */
static bool present(const struct gic5_irs *irs, enum gic5_frame frame, uint32_t offset)
{
	if (frame == GIC5_FRAME_SETLPI)
		return irs->cfg.setlpi;
	switch (offset) {
	case GIC5_IRS_IDR3 ... GIC5_IRS_IDR4:
	case GIC5_IRS_SPI_VMR:
	case GIC5_IRS_VMT_BASER ... GIC5_IRS_VPE_STATUSR:
	case GIC5_IRS_VM_SELR ... GIC5_IRS_SAVE_VM_STATUSR: return irs->cfg.virt;
	case GIC5_IRS_VM_DBR: return irs->cfg.virt && irs->cfg.virt_one_n;
	case GIC5_IRS_SPI_DOMAINR: /* of the EL3 frame only */ return false;
	case GIC5_IRS_IST_BASER ... GIC5_IRS_MAP_L2_ISTR: return irs->cfg.lpi;
	case GIC5_IRS_MEC_IDR ... GIC5_IRS_MPAM_PARTID_R: return false;
	case GIC5_IRS_SWERR_STATUSR ... GIC5_IRS_SWERR_SYNDROMER1: return irs->cfg.swe;
	default: return true;
	}
}

static struct who host_at(struct gic5_irs *irs)
{
	struct who who = gic5_host(irs->gic);

	who.irs = irs;
	return who;
}

/* The register that an access of that shape reaches, or NULL: then RAZ/WI and a report (6.1). */
static const struct gic5_irs_reg_desc *reach(struct gic5_irs *irs, enum gic5_frame frame,
					     uint32_t offset, unsigned size)
{
	const struct gic5_irs_reg_desc *reg = NULL;
	struct who who = host_at(irs);

	if (offset < GIC5_FRAME_SIZE)
		reg = gic5_irs_reg_find(frame, offset);
	if (reg && (size == 4 || (size == 8 && reg->width == 64)) && offset % size == 0 &&
	    (size == 4 || offset == reg->offset))
		return reg;
	gic5_strict(&who, 2, reg ? reg->name : "IRS frame", offset);
	return NULL;
}

/* ---- completion ---- */

static void finish(struct gic5_irs *irs, struct completion *completion)
{
	const struct irs_row *row = completion->has_op ? completion->row : NULL;
	struct who who = host_at(irs);

	completion->busy = false;
	completion->has_op = false;
	if (row && completion->remaining != GIC5_DELAY_NEVER)
		row->write(irs, completion->value, &who);
}

bool gic5_irs_idle(struct gic5_irs *irs, enum gic5_status status)
{
	struct completion *completion = &irs->status[status];

	if (!completion->busy)
		return true;
	if (completion->remaining == GIC5_DELAY_NEVER)
		return false;
	if (completion->remaining) {
		completion->remaining--;
		return false;
	}
	gic5_exclude(irs->gic);
	finish(irs, completion);
	gic5_include(irs->gic);
	return true;
}

/*
 * Everything in flight takes effect; what never completes is forgotten. The system is ours alone.
 */
void gic5_irs_complete_all(struct gic5_irs *irs)
{
	for (unsigned i = 0; i < GIC5_STATUS_COUNT; i++) {
		if (irs->status[i].busy)
			finish(irs, &irs->status[i]);
	}
}

static void perform(struct gic5_irs *irs, const struct gic5_irs_reg_desc *reg,
		    const struct irs_row *row, uint64_t value)
{
	struct who who = host_at(irs);
	struct completion *completion;

	if (row->status == NO_STATUS) {
		row->write(irs, value, &who);
		return;
	}
	completion = &irs->status[row->status];
	if (completion->busy) {
		gic5_strict(&who, 1, reg->name, value);
		finish(irs, completion);
	}
	if (!completion->delay) {
		row->write(irs, value, &who);
		return;
	}
	completion->busy = true;
	completion->has_op = true;
	completion->row = row;
	completion->value = value;
	completion->remaining = completion->delay;
}

void gic5_irs_selected(struct gic5_irs *irs, enum gic5_status status)
{
	struct completion *completion = &irs->status[status];

	completion->failed = completion->fail > 0;
	if (completion->fail)
		completion->fail--;
}

/* ---- access ---- */

static uint64_t read_register(struct gic5_irs *irs, const struct gic5_irs_reg_desc *reg)
{
	const struct irs_row *row = find_row(reg);

	if (reg->access == GIC5_WO || !present(irs, (enum gic5_frame)reg->frame, reg->offset))
		return 0;
	return row && row->read ? row->read(irs) : reg->reset;
}

uint64_t gic5_irs_read(struct gic5 *gic, unsigned index, enum gic5_frame frame, uint32_t offset,
		       unsigned size)
{
	const struct gic5_irs_reg_desc *reg;
	uint64_t value;

	if (index >= gic->cfg.irs_count)
		return 0;
	gic5_registers_lock(gic);
	reg = reach(&gic->irs[index], frame, offset, size);
	value = reg ? read_register(&gic->irs[index], reg) : 0;
	gic5_registers_unlock(gic);
	if (!reg || size == 8)
		return value;
	return (uint32_t)(offset == reg->offset ? value : value >> 32);
}

/*
 * Widen a 32-bit write to a 64-bit register. With a command bit in the upper half, writing that
 * half acts and takes the low half from the preceding write; the low half alone is kept (U4). Other
 * registers keep the other half as it reads, or as zero if ones clear. Returns false if nothing
 * happens yet.
 */
static bool merge_half(struct gic5_irs *irs, const struct gic5_irs_reg_desc *reg,
		       const struct irs_row *row, bool upper, uint64_t *value)
{
	uint64_t other;

	if (row->command) {
		uint32_t *low = &irs->regs.low_half[LOW_HALF(reg->offset)];

		if (!upper)
			*low = (uint32_t)*value;
		else
			*value = *value << 32 | *low;
		return upper;
	}
	other = reg->access == GIC5_WO || row->ones_clear || !row->read ? 0 : row->read(irs);
	*value = upper ? *value << 32 | (uint32_t)other : (other >> 32) << 32 | (uint32_t)*value;
	return true;
}

static void write_register(struct gic5_irs *irs, const struct gic5_irs_reg_desc *reg,
			   uint32_t offset, unsigned size, uint64_t value)
{
	const struct irs_row *row = find_row(reg);

	if (reg->access == GIC5_RO || !row || !row->write ||
	    !present(irs, (enum gic5_frame)reg->frame, reg->offset))
		return;
	if (size == 4)
		value = (uint32_t)value;
	if (reg->width == 64 && size == 4 &&
	    !merge_half(irs, reg, row, offset != reg->offset, &value))
		return;
	if (row->command)
		irs->regs.low_half[LOW_HALF(reg->offset)] = (uint32_t)value;
	perform(irs, reg, row, value);
}

void gic5_irs_write(struct gic5 *gic, unsigned index, enum gic5_frame frame, uint32_t offset,
		    unsigned size, uint64_t value)
{
	const struct gic5_irs_reg_desc *reg;

	if (index >= gic->cfg.irs_count)
		return;
	gic5_registers_lock(gic);
	gic5_exclude(gic);
	reg = reach(&gic->irs[index], frame, offset, size);
	if (reg)
		write_register(&gic->irs[index], reg, offset, size, value);
	gic5_include(gic);
	gic5_registers_unlock(gic);
}

void gic5_irs_defaults(struct gic5_irs *irs)
{
	memset(&irs->regs, 0, sizeof(irs->regs));
	for (unsigned i = 0; i < GIC5_STATUS_COUNT; i++) {
		struct completion *completion = &irs->status[i];

		completion->busy = false;
		completion->has_op = false;
		completion->failed = false;
	}
}

/* ---- test aids ---- */

void gic5_set_delay(struct gic5 *gic, unsigned irs, enum gic5_status status, uint32_t reads)
{
	if (irs >= gic->cfg.irs_count || status >= GIC5_STATUS_COUNT)
		return;
	gic5_registers_lock(gic);
	gic->irs[irs].status[status].delay = reads;
	gic5_registers_unlock(gic);
}

void gic5_fail_valid(struct gic5 *gic, unsigned irs, enum gic5_status status, uint32_t count)
{
	if (irs >= gic->cfg.irs_count || status >= GIC5_STATUS_COUNT)
		return;
	gic5_registers_lock(gic);
	gic->irs[irs].status[status].fail = count;
	gic5_registers_unlock(gic);
}

void gic5_fail_residency(struct gic5 *gic, uint32_t kth)
{
	atomic_store(&gic->fail_residency, kth);
}
