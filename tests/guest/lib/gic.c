/* SPDX-License-Identifier: BSD-2-Clause */
/* GICv5 bring-up for bare-metal programs: see gic.h. */
#include "gic.h"

#define MAX_LPI_BITS 16

static uint64_t irs;
static uint8_t ist[4u << MAX_LPI_BITS] __attribute__((aligned(4u << MAX_LPI_BITS)));

uint32_t irs_read(uint32_t offset)
{
	return read32(irs + offset);
}

void irs_write(uint32_t offset, uint32_t value)
{
	write32(irs + offset, value);
}

static void poll(uint32_t offset, uint32_t mask)
{
	while (!(irs_read(offset) & mask))
		;
}

uint64_t gic_iaffid(void)
{
	return icc_read(GIC5_ICC_IAFFIDR_EL1);
}

#define PRIORITY_BYTES (DEFAULT_PRIORITY * 0x0101010101010101ull)

void gic_cpu_init(void)
{
	icc_write(GIC5_ICC_PPI_ENABLER0_EL1, 0);
	icc_write(GIC5_ICC_PPI_ENABLER1_EL1, 0);
	icc_write(GIC5_ICC_PPI_PRIORITYR0_EL1, PRIORITY_BYTES);
	icc_write(GIC5_ICC_PPI_PRIORITYR1_EL1, PRIORITY_BYTES);
	icc_write(GIC5_ICC_PPI_PRIORITYR2_EL1, PRIORITY_BYTES);
	icc_write(GIC5_ICC_PPI_PRIORITYR3_EL1, PRIORITY_BYTES);
	isb();
	icc_write(GIC5_ICC_PCR_EL1, 0x1f);
	icc_write(GIC5_ICC_CR0_EL1, 1);
	isb();
	irs_write(GIC5_IRS_PE_SELR, (uint32_t)gic_iaffid());
	poll(GIC5_IRS_PE_STATUSR, GIC5_MASK(IRS_PE_STATUSR_IDLE));
	irs_write(GIC5_IRS_PE_CR0, GIC5_MASK(IRS_PE_CR0_DPS));
	poll(GIC5_IRS_PE_STATUSR, GIC5_MASK(IRS_PE_STATUSR_IDLE));
}

bool gic_init(void)
{
	if ((read_reg(S3_0_C0_C4_2) >> 12 & 15) == 0) /* ID_AA64PFR2_EL1.GCIE */
		return false;
	irs = device_address("arm,gic-v5-irs", 0x08010000);
	irs_write(GIC5_IRS_CR1, 0xf5d7);
	irs_write(GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IRSEN));
	poll(GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IDLE));
	gic_cpu_init();
	return true;
}

unsigned int gic_lpis(unsigned int bits)
{
	uint32_t idr2 = irs_read(GIC5_IRS_IDR2);
	unsigned int least = GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, idr2);

	if (bits < least)
		bits = least;
	if (bits < 5)
		bits = 5;
	if (bits > MAX_LPI_BITS || bits > GIC5_GET(IRS_IDR2_ID_BITS, idr2))
		return 0;
	irs_write(GIC5_IRS_IST_CFGR, bits); /* linear, 4-byte entries */
	dsb(sy);
	write64(irs + GIC5_IRS_IST_BASER, (uint64_t)ist | 1);
	poll(GIC5_IRS_IST_STATUSR, GIC5_MASK(IRS_IST_STATUSR_IDLE));
	return bits;
}

void gic_setup(uint64_t intid, uint64_t iaffid)
{
	gic_handling(intid, false);
	gic_priority(intid, DEFAULT_PRIORITY);
	gic_affinity(intid, iaffid);
	gic_unpend(intid);
	gic_enable(intid);
	gsb(SYS);
}
