/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Configuration: the defaults of the facts page, section 19, and what is wrong with a given one.
 */
#include "hw.h"

void gic5_irs_config_default(struct gic5_irs_config *irs)
{
	*irs = (struct gic5_irs_config){.pa_range = 6, /* 52 bits */
					.id_bits = 24,
					.lpi = true,
					.ist_levels = true,
					.ist_l2sz = 7,
					.priority_bits = 5,
					.iaffid_bits = 16,
					.spi_irs_range = 256,
					.virt = true,
					.vmt_levels = true,
					.vm_id_bits = 16,
					.vmd = true,
					.vmd_sz = 6,
					.vpe_id_bits = 9,
					.vped_sz = 6,
					.swe = true,
					.iidr = 0x43b};
}

static uint64_t bit(enum gic5_ppi ppi)
{
	return UINT64_C(1) << ppi;
}

void gic5_pe_config_default(struct gic5_pe_config *pe, uint32_t index)
{
	uint64_t level = bit(GIC5_PPI_PMU) | bit(GIC5_PPI_CNTHP) | bit(GIC5_PPI_CNTV) |
			 bit(GIC5_PPI_CNTHV) | bit(GIC5_PPI_CNTP);

	*pe = (struct gic5_pe_config){
		.iaffid = (uint16_t)index,
		.pri_bits = 5,
		.id_bits = 24,
		.ppi_implemented = {level | bit(GIC5_PPI_SW), 0},
		.ppi_level = {level,                    0}
        };
}

void gic5_config_default(struct gic5_config *config)
{
	*config = (struct gic5_config){.spi_range = 256,
				       .ppi_wins_tie = true,
				       .link_at_reset = true,
				       .event_sets_hm = true,
				       .honour_pending_on_valid = true,
				       .vm_reinstate = true,
				       .vdrcfg_context = GIC5_VDRCFG_RESIDENT};
}

static bool outside(uint32_t value, uint32_t min, uint32_t max)
{
	return value < min || value > max;
}

static const char *irs_problem(const struct gic5_irs_config *irs, uint32_t spi_range)
{
	uint64_t spi_end = (uint64_t)irs->spi_base + irs->spi_irs_range;

	if (irs->pa_range > 7)
		return "pa_range above 7";
	if (outside(irs->id_bits, 1, 24))
		return "id_bits not 1..24";
	if (irs->min_lpi_id_bits > 14 || irs->min_lpi_id_bits > irs->id_bits)
		return "min_lpi_id_bits above 14 or id_bits";
	if (irs->ist_l2sz > 7 || (irs->ist_levels && !irs->ist_l2sz))
		return "ist_l2sz names no L2 size, or one that does not exist";
	if (irs->istmd_sz > 31)
		return "istmd_sz above 31";
	if (outside(irs->priority_bits, 1, 5))
		return "priority_bits not 1..5";
	if (outside(irs->iaffid_bits, 1, 16))
		return "iaffid_bits not 1..16";
	if (irs->spi_base > 0xffffff || spi_end > 0x1000000 || spi_end > spi_range)
		return "SPIs of an IRS beyond spi_range";
	if (!irs->virt)
		return irs->virt_one_n ? "virt_one_n without virt" : NULL;
	if (outside(irs->vm_id_bits, 8, 16))
		return "vm_id_bits not 8..16";
	if (irs->vmd_sz > 12 || irs->vped_sz > 12)
		return "vmd_sz or vped_sz above 12";
	if (outside(irs->vpe_id_bits, 1, 16))
		return "vpe_id_bits not 1..16";
	return NULL;
}

static const char *spi_overlap(const struct gic5_config *config)
{
	for (uint32_t i = 0; i < config->irs_count; i++) {
		const struct gic5_irs_config *a = &config->irs[i];

		for (uint32_t j = 0; j < i; j++) {
			const struct gic5_irs_config *b = &config->irs[j];

			if (a->spi_base < b->spi_base + b->spi_irs_range &&
			    b->spi_base < a->spi_base + a->spi_irs_range)
				return "SPI ranges overlap";
			if (a->irsid == b->irsid)
				return "two IRSs with one irsid";
		}
	}
	return NULL;
}

static const char *pe_problem(const struct gic5_config *config, const struct gic5_pe_config *pe)
{
	uint32_t iaffid_bits;

	if (pe->irs >= config->irs_count)
		return "PE attached to an IRS that does not exist";
	iaffid_bits = config->irs[pe->irs].iaffid_bits;
	if (pe->iaffid >> iaffid_bits)
		return "IAFFID longer than iaffid_bits";
	if (outside(pe->pri_bits, 4, 5))
		return "pri_bits not 4 or 5";
	if (pe->id_bits != 16 && pe->id_bits != 24)
		return "id_bits of a PE not 16 or 24";
	if (pe->ppi_level[0] & ~pe->ppi_implemented[0] ||
	    pe->ppi_level[1] & ~pe->ppi_implemented[1])
		return "ppi_level names an unimplemented PPI";
	return NULL;
}

/*
 * Constant text that names the first problem, or NULL. Duplicate IAFFIDs are found by the caller.
 */
const char *gic5_config_problem(const struct gic5_config *config)
{
	const char *why = NULL;

	if (outside(config->irs_count, 1, GIC5_MAX_IRS) || !config->irs)
		return "irs_count not 1..16";
	if (outside(config->pe_count, 1, GIC5_MAX_PE) || !config->pe)
		return "pe_count not 1..65536";
	if (config->spi_range > 0x1000000)
		return "spi_range above 2^24";
	for (uint32_t i = 0; i < config->irs_count && !why; i++)
		why = irs_problem(&config->irs[i], config->spi_range);
	if (!why)
		why = spi_overlap(config);
	for (uint32_t i = 0; i < config->pe_count && !why; i++)
		why = pe_problem(config, &config->pe[i]);
	return why;
}
