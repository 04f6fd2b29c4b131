/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which configurations are refused, with which words, and what the extremes of the accepted ones
 * give.
 */
#include <string.h>

#include "gic_test.h"

#define LPI(id) GIC5_INTID(GIC5_TYPE_LPI, id)
#define SPI(id) GIC5_INTID(GIC5_TYPE_SPI, id)

static struct gic_fixture fixture;

/* Start from the defaults; the caller changes something. */
static struct gic_fixture *fresh(void)
{
	gic_fixture_init(&fixture);
	return &fixture;
}

/* The configuration is refused with a text that contains @word, and nothing stays allocated. */
static void refused(struct gic_fixture *fx, const char *word)
{
	const char *why = NULL;
	struct gic5 *gic = (struct gic5 *)fx;

	fx->cfg.irs = fx->irs;
	fx->cfg.pe = fx->pe;
	assert_int_equal(gic5_create(&fx->cfg, &fx->env, &gic, &why), -VGIC5_E_INVAL);
	assert_null(gic);
	assert_non_null(why);
	if (!strstr(why, word))
		fail_msg("\"%s\" does not name %s", why, word);
	assert_int_equal(fx->alloc_count, fx->free_count);
}

#define REFUSED(change, word)                     \
	do {                                      \
		struct gic_fixture *fx = fresh(); \
		change;                           \
		refused(fx, word);                \
	} while (0)

GIC_TEST_PLAIN(counts_out_of_range_are_refused)
{
	REFUSED(fx->cfg.irs_count = 0, "irs_count");
	REFUSED(fx->cfg.irs_count = 17, "irs_count");
	REFUSED(fx->cfg.pe_count = 0, "pe_count");
	REFUSED(fx->cfg.pe_count = 65537, "pe_count");
	REFUSED(fx->cfg.spi_range = 0x1000001, "spi_range");
}

GIC_TEST_PLAIN(irs_fields_out_of_range_are_refused_by_name)
{
	REFUSED(fx->irs[0].pa_range = 8, "pa_range");
	REFUSED(fx->irs[0].id_bits = 0, "id_bits");
	REFUSED(fx->irs[0].id_bits = 25, "id_bits");
	REFUSED(fx->irs[0].min_lpi_id_bits = 15, "min_lpi_id_bits");
	REFUSED((fx->irs[0].id_bits = 8, fx->irs[0].min_lpi_id_bits = 9), "min_lpi_id_bits");
	REFUSED(fx->irs[0].ist_l2sz = 0, "ist_l2sz");
	REFUSED(fx->irs[0].ist_l2sz = 8, "ist_l2sz");
	REFUSED(fx->irs[0].istmd_sz = 32, "istmd_sz");
	REFUSED(fx->irs[0].priority_bits = 0, "priority_bits");
	REFUSED(fx->irs[0].priority_bits = 6, "priority_bits");
	REFUSED(fx->irs[0].iaffid_bits = 0, "iaffid_bits");
	REFUSED(fx->irs[0].iaffid_bits = 17, "iaffid_bits");
	REFUSED(fx->irs[0].vm_id_bits = 7, "vm_id_bits");
	REFUSED(fx->irs[0].vm_id_bits = 17, "vm_id_bits");
	REFUSED(fx->irs[0].vmd_sz = 13, "vmd_sz");
	REFUSED(fx->irs[0].vped_sz = 13, "vped_sz");
	REFUSED(fx->irs[0].vpe_id_bits = 0, "vpe_id_bits");
	REFUSED(fx->irs[0].vpe_id_bits = 17, "vpe_id_bits");
	REFUSED((fx->irs[0].virt = false, fx->irs[0].virt_one_n = true), "virt_one_n");
}

GIC_TEST_PLAIN(pe_fields_out_of_range_are_refused_by_name)
{
	REFUSED(fx->pe[1].irs = 1, "IRS");
	REFUSED((fx->irs[0].iaffid_bits = 4, fx->pe[1].iaffid = 16), "IAFFID");
	REFUSED(fx->pe[1].pri_bits = 3, "pri_bits");
	REFUSED(fx->pe[1].pri_bits = 6, "pri_bits");
	REFUSED(fx->pe[1].id_bits = 20, "id_bits");
	REFUSED(fx->pe[1].ppi_level[1] = 1, "ppi_level");
	REFUSED(fx->pe[1].iaffid = fx->pe[0].iaffid, "IAFFID");
}

GIC_TEST_PLAIN(spi_ranges_that_overlap_or_leave_the_system_are_refused)
{
	REFUSED((fx->irs[1] = fx->irs[0], fx->irs[1].irsid = 1, fx->cfg.irs_count = 2), "overlap");
	REFUSED((fx->irs[1] = fx->irs[0], fx->irs[1].spi_irs_range = 0, fx->cfg.irs_count = 2),
		"irsid");
	REFUSED(fx->irs[0].spi_base = 1, "spi_range");
	REFUSED(fx->irs[0].spi_base = 0x1000000, "spi_range");
	REFUSED((fx->irs[0].spi_base = 0xffffff, fx->irs[0].spi_irs_range = UINT32_MAX),
		"spi_range");
}

GIC_TEST_PLAIN(why_may_be_null_and_destroying_nothing_is_allowed)
{
	struct gic_fixture *fx = fresh();
	struct gic5 *gic = NULL;

	fx->cfg.irs = fx->irs;
	fx->cfg.pe = fx->pe;
	fx->cfg.pe_count = 0;
	assert_int_equal(gic5_create(&fx->cfg, &fx->env, &gic, NULL), -VGIC5_E_INVAL);
	gic5_destroy(NULL);
}

/* ---- extremes that are accepted ---- */

static void smallest(struct gic_fixture *fx)
{
	fx->cfg.pe_count = 1;
	fx->cfg.spi_range = 0;
	fx->irs[0].spi_irs_range = 0;
	fx->irs[0].id_bits = 1;
	fx->irs[0].priority_bits = 1;
	fx->irs[0].iaffid_bits = 1;
	fx->irs[0].ist_levels = false;
	fx->irs[0].virt = false;
}

GIC_TEST_WITH(smallest_system_takes_an_lpi, smallest(fx))
{
	gic_lpis(fx, 1);
	gic_setup_irq(fx, 0, &gic_el2, LPI(1), 31, 0);
	/* one priority bit: the highest of five */
	assert_int_equal(gic_state(fx, -1, LPI(1)).priority, 16);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(LPI(1), true));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(1));
	gic5_spi_wire(fx->gic, 0, true); /* there is none */
}

static void scattered(struct gic_fixture *fx)
{
	fx->cfg.pe_count = 130;
	for (unsigned i = 0; i < 130; i++) {
		gic5_pe_config_default(&fx->pe[i], 0);
		fx->pe[i].iaffid = (uint16_t)(0xffff - 503 * i);
	}
}

GIC_TEST_WITH(R2_affinities_that_are_no_indices_reach_their_pe, scattered(fx))
{
	for (unsigned i = 0; i < 130; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 4, fx->pe[i].iaffid);
		gic5_spi_wire(fx->gic, i, true);
		assert_int_equal(gic_ack(fx, i, &gic_el2), SPI(i));
		gic_w32(fx, 0, GIC5_IRS_PE_SELR, fx->pe[i].iaffid);
		assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR),
				 GIC5_MASK(IRS_PE_STATUSR_IDLE) | GIC5_MASK(IRS_PE_STATUSR_V) |
					 GIC5_MASK(IRS_PE_STATUSR_ONLINE));
	}
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 0xfffe);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), GIC5_MASK(IRS_PE_STATUSR_IDLE));
}

GIC_TEST_WITH(I6_highest_spi_numbers_work, fx->cfg.spi_range = 0x1000000;
	      fx->irs[0].spi_base = 0xffffff - 63; fx->irs[0].spi_irs_range = 64)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(0xffffff), 4, 0);
	gic5_spi_wire(fx->gic, 0xffffff, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(0xffffff));
	gic5_spi_wire(fx->gic, 0xffffff - 64, true); /* below the first */
	gic5_spi_wire(fx->gic, 0x1000000, true);     /* above the last */
}

GIC_TEST_MAIN()
