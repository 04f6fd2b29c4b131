/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the CPU interface share among themselves. */
#ifndef GIC5_CPUIF_H
#define GIC5_CPUIF_H

#include "hw.h"

/* Bits of ICC_ICSR_EL1 that are fields. */
#define GIC5_ICSR_DEFINED                                                    \
	(GIC5_MASK(ICC_ICSR_EL1_IAFFID) | GIC5_MASK(ICC_ICSR_EL1_PRIORITY) | \
	 GIC5_MASK(ICC_ICSR_EL1_HM) | GIC5_MASK(ICC_ICSR_EL1_ACTIVE) |       \
	 GIC5_MASK(ICC_ICSR_EL1_IRM) | GIC5_MASK(ICC_ICSR_EL1_PENDING) |     \
	 GIC5_MASK(ICC_ICSR_EL1_ENABLED) | GIC5_MASK(ICC_ICSR_EL1_F))

void gic5_tick(struct gic5_pe *pe);
void gic5_guest_entry_check(struct gic5_pe *pe);
void gic5_icsr_read_check(struct gic5_pe *pe, bool guest);
uint64_t gic5_priority_lanes(uint64_t visible, unsigned reg);
uint64_t gic5_priority_read(const struct gic5_pe *pe, const uint8_t *priority, unsigned reg);
void gic5_priority_write(const struct gic5_pe *pe, uint8_t *priority, unsigned reg, uint64_t value,
			 uint64_t writable);

#endif
