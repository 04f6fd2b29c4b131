/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the IRS's register frames share among themselves. */
#ifndef GIC5_IRS_H
#define GIC5_IRS_H

#include "hw.h"

#define NO_STATUS GIC5_STATUS_COUNT

/*
 * A register with behaviour. Reads without a function give the reset value of the architecture's
 * table.
 */
struct irs_row {
	uint64_t (*read)(struct gic5_irs *irs);
	void (*write)(struct gic5_irs *irs, uint64_t value, const struct who *who);
	uint32_t offset;
	enum gic5_frame frame;
	enum gic5_status status; /* whose IDLE covers it; NO_STATUS for none */
	bool command; /* 64 bits wide with its command or control bit in the upper half (U4) */
	bool ones_clear;
};

/* The row of a register, with the members that it needs. */
#define ROW(reg, ...)                                 \
	{                                             \
		.offset = GIC5_IRS_##reg, __VA_ARGS__ \
	}

extern const struct irs_row gic5_irs_phys_rows[], gic5_irs_virt_rows[];
extern const size_t gic5_irs_phys_row_count, gic5_irs_virt_row_count;

/* Value of IDLE of a status register for a read; completes what has waited long enough. */
bool gic5_irs_idle(struct gic5_irs *irs, enum gic5_status status);
/* A new selection: does fault injection let V read 0 for it? */
void gic5_irs_selected(struct gic5_irs *irs, enum gic5_status status);

#endif
