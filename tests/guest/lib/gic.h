/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * GICv5 as a guest at EL1 uses it. The conventions are those of the KVM selftests: default priority
 * 0x10, deactivate before the priority drop, CR0 written without reading it.
 */
#ifndef GUEST_GIC_H
#define GUEST_GIC_H

#include <vgic5/arch.h>

#include "guest.h"

#define DEFAULT_PRIORITY 0x10u

#define PPI(id) (1ull << 29 | (id))
#define LPI(id) (2ull << 29 | (id))
#define SPI(id) (3ull << 29 | (id))

#define SW_PPI   3
#define CNTV_PPI 27

#define icc_read(enc)                                                          \
	({                                                                     \
		uint64_t value_;                                               \
		__asm__ volatile(".inst 0xd5200000 | (%c1 << 5)\n\tmov %0, x0" \
				 : "=r"(value_)                                \
				 : "i"(enc)                                    \
				 : "x0", "memory");                            \
		value_;                                                        \
	})
#define icc_write(enc, value)                                                                    \
	__asm__ volatile("mov x0, %0\n\t.inst 0xd5000000 | (%c1 << 5)" ::"r"((uint64_t)(value)), \
			 "i"(enc)                                                                \
			 : "x0", "memory")
#define gic(insn, value) icc_write(GIC5_##insn, value)
#define gicr(insn)       icc_read(GIC5_##insn)
#define gsb(kind) \
	__asm__ volatile(".inst 0xd500001f | (%c0 << 5)" ::"i"(GIC5_GSB_##kind) : "memory")

static inline void gic_enable(uint64_t intid)
{
	gic(CDEN, intid);
}

static inline void gic_disable(uint64_t intid)
{
	gic(CDDIS, intid);
	gsb(SYS);
}

static inline void gic_pend(uint64_t intid)
{
	gic(CDPEND, intid | 1ull << GIC5_CDPEND_PENDING_SHIFT);
}

static inline void gic_unpend(uint64_t intid)
{
	gic(CDPEND, intid);
}

static inline void gic_priority(uint64_t intid, uint64_t priority)
{
	gic(CDPRI, intid | priority << GIC5_CDPRI_PRIORITY_SHIFT);
}

static inline void gic_affinity(uint64_t intid, uint64_t iaffid)
{
	gic(CDAFF, intid | iaffid << GIC5_CDAFF_IAFFID_SHIFT);
}

static inline void gic_handling(uint64_t intid, bool level)
{
	gic(CDHM, intid | (uint64_t)level << GIC5_CDHM_HM_SHIFT);
}

/** gic_ack() - acknowledge: the INTID, or 0 if nothing is deliverable */
static inline uint64_t gic_ack(void)
{
	uint64_t r = gicr(CDIA);

	if (!(r >> GIC5_CDIA_VALID_SHIFT & 1))
		return 0;
	gsb(ACK);
	isb();
	return r & 0xffffffff;
}

static inline void gic_done(uint64_t intid)
{
	gic(CDDI, intid);
	gic(CDEOI, 0);
}

/** gic_state() - ICC_ICSR_EL1 of an SPI or LPI */
static inline uint64_t gic_state(uint64_t intid)
{
	gsb(SYS);
	gic(CDRCFG, intid);
	isb();
	return icc_read(GIC5_ICC_ICSR_EL1);
}

/** gic_init() - IRS and this CPU's interface; false if the machine has no GICv5 */
bool gic_init(void);

/** gic_cpu_init() - this CPU's interface and link to the IRS */
void gic_cpu_init(void);

/** gic_lpis() - a linear IST for 2^bits LPIs; returns the bits in use, which may be more */
unsigned int gic_lpis(unsigned int bits);

/** gic_setup() - edge-triggered, default priority, routed to @iaffid, enabled, not pending */
void gic_setup(uint64_t intid, uint64_t iaffid);

uint64_t gic_iaffid(void);
uint32_t irs_read(uint32_t offset);
void irs_write(uint32_t offset, uint32_t value);

#endif
