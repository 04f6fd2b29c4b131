/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mistakes of other interrupt controllers in state and delivery, which must not be possible here.
 * S3 as a whole is what tests/model compares; S10 is test_peer_threads.c.
 */
#include "gic_test.h"

#include <string.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

static void pend(struct gic_fixture *fx, uint32_t intid, bool pending)
{
	gic_sys(fx, 0, &gic_el2, GIC5_CDPEND, gic_op_pend(intid, pending));
}

static void delivered_once(struct gic_fixture *fx, uint32_t intid)
{
	assert_int_equal(gic_ack(fx, 0, &gic_el2), intid);
	gic_done(fx, 0, &gic_el2, intid);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

/* ---- S1 ---- */

GIC_TEST(S1_edge_raised_while_disabled_is_delivered_once_on_enable)
{
	static const uint32_t intids[] = {SPI(4), LPI(4)};
	unsigned i, round;

	gic_lpis(fx, 6);
	for (i = 0; i < 2; i++) {
		for (round = 0; round < 3; round++) {
			gic_setup_irq(fx, 0, &gic_el2, intids[i], 8, 0);
			gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, intids[i]);
			gic5_event_physical(fx->gic, intids[i], GIC5_SET_EDGE);
			assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
			gic_sys(fx, 0, &gic_el2, GIC5_CDEN, intids[i]);
			delivered_once(fx, intids[i]);
		}
	}
}

GIC_TEST(S1_level_raised_while_disabled_is_delivered_on_enable)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 4);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
	gic5_spi_wire(fx->gic, 4, true);
	gic_setup_irq(fx, 0, &gic_el2, SPI(4), 8, 0);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(4));
	gic5_spi_wire(fx->gic, 4, false);
	gic_done(fx, 0, &gic_el2, SPI(4));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

GIC_TEST(S1_ppi_raised_while_disabled_is_delivered_on_enable)
{
	uint64_t edge = 1 << GIC5_PPI_SW, level = 1 << GIC5_PPI_CNTV;

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, edge);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, edge);
	delivered_once(fx, PPI(GIC5_PPI_SW));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, level);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), PPI(GIC5_PPI_CNTV));
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, false);
	gic_done(fx, 0, &gic_el2, PPI(GIC5_PPI_CNTV));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), 0);
}

/* ---- S2 ---- */

GIC_TEST(S2_disabled_between_acknowledge_and_eoi_still_drops_and_deactivates)
{
	uint64_t sw = 1 << GIC5_PPI_SW;

	gic_setup_irq(fx, 0, &gic_el2, SPI(4), 8, 0);
	pend(fx, SPI(4), true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(4));
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(4));
	gic_done(fx, 0, &gic_el2, SPI(4));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
	assert_false(gic_state(fx, -1, SPI(4)).active);

	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, sw);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1, sw);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), PPI(GIC5_PPI_SW));
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	gic_done(fx, 0, &gic_el2, PPI(GIC5_PPI_SW));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_APR_EL1), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1), 0);
}

/* ---- S3 ---- */

GIC_TEST(S3_disabled_is_not_acknowledged_priority_and_affinity_count_level_is_not_lost)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 2, 0);
	gic_setup_irq(fx, 0, &gic_el2, SPI(2), 4, 0);
	gic_setup_irq(fx, 0, &gic_el2, SPI(3), 3, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(1));
	pend(fx, SPI(1), true);
	gic5_event_physical(fx->gic, SPI(2), GIC5_SET_LEVEL);
	pend(fx, SPI(3), true);
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(2));
	assert_int_equal(gic_ack(fx, 1, &gic_el2), SPI(3));
	gic_done(fx, 0, &gic_el2, SPI(2));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), SPI(2));
}

/* ---- S4 ---- */

static void set_and_clear(struct gic_fixture *fx, const struct gic5_ctx *ctx, uint32_t intid)
{
	static const unsigned order[] = {1, 0, 0, 1, 1, 0};
	uint64_t icsr;
	unsigned i;

	for (i = 0; i < 6; i++) {
		gic_sys(fx, 0, ctx, GIC5_CDPEND, gic_op_pend(intid, order[i]));
		icsr = gic_rcfg(fx, 0, ctx, intid);
		assert_int_equal(GIC5_GET(ICC_ICSR_EL1_PENDING, icsr), order[i]);
		gic_sys(fx, 0, ctx, GIC5_CDHM, gic_op_hm(intid, order[i]));
		icsr = gic_rcfg(fx, 0, ctx, intid);
		assert_int_equal(GIC5_GET(ICC_ICSR_EL1_HM, icsr), order[i]);
		gic_sys(fx, 0, ctx, order[i] ? GIC5_CDEN : GIC5_CDDIS, intid);
		icsr = gic_rcfg(fx, 0, ctx, intid);
		assert_int_equal(GIC5_GET(ICC_ICSR_EL1_ENABLED, icsr), order[i]);
		gic_sys(fx, 0, ctx, GIC5_CDPRI, gic_op_pri(intid, order[i] ? 31 : 0));
		icsr = gic_rcfg(fx, 0, ctx, intid);
		assert_int_equal(GIC5_GET(ICC_ICSR_EL1_PRIORITY, icsr), order[i] ? 31 : 0);
		gic_sys(fx, 0, ctx, GIC5_CDAFF, gic_op_aff(intid, order[i]));
		icsr = gic_rcfg(fx, 0, ctx, intid);
		assert_int_equal(GIC5_GET(ICC_ICSR_EL1_IAFFID, icsr), order[i]);
	}
}

GIC_TEST(S4_every_set_and_clear_of_every_type_reads_back)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 0);
	gic_lpis(fx, 6);
	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 0);
	set_and_clear(fx, &gic_el2, SPI(4));
	set_and_clear(fx, &gic_el2, LPI(4));
	set_and_clear(fx, &gic_el1_virt, SPI(4));
	set_and_clear(fx, &gic_el1_virt, LPI(4));
}

/* ---- S5 ---- */

/* Read number @n of those without side effect: system registers, then IRS registers. */
static uint64_t observe(struct gic_fixture *fx, size_t n)
{
	if (n < gic5_sysreg_count)
		return gic_mrs(fx, 0, &gic_el2, gic5_sysregs[n].enc);
	n -= gic5_sysreg_count;
	return gic5_irs_read(fx->gic, 0, gic5_irs_regs[n].frame, gic5_irs_regs[n].offset,
			     gic5_irs_regs[n].width / 8);
}

GIC_TEST_WITH(S5_first_accesses_after_reset_in_every_order_of_two, fx->cfg.pe_count = 1;
	      fx->cfg.firmware_has_run = true)
{
	size_t count = gic5_sysreg_count + gic5_irs_reg_count, a, b;
	uint64_t alone[256];

	assert_true(count <= 256);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	for (a = 0; a < count; a++) {
		gic5_reset(fx->gic);
		alone[a] = observe(fx, a);
	}
	for (a = 0; a < count; a++) {
		for (b = 0; b < count; b++) {
			gic5_reset(fx->gic);
			assert_int_equal(observe(fx, a), alone[a]);
			assert_int_equal(observe(fx, b), alone[b]);
		}
	}
}

/* After reset, with one enabling write each, in every order: the interrupt is there. */
GIC_TEST(S5_acknowledge_is_right_whatever_came_first)
{
	unsigned order, step;

	for (order = 0; order < 24; order++) {
		unsigned left[4] = {0, 1, 2, 3}, n = order, count = 4;

		gic5_reset(fx->gic);
		gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, false);
		for (; count; count--) {
			step = n % count;
			n /= count;
			switch (left[step]) {
			case 0: gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, 3); break;
			case 1: gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 31); break;
			case 2:
				gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1,
					1 << GIC5_PPI_CNTV);
				break;
			default: gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true); break;
			}
			left[step] = left[count - 1];
		}
		assert_int_equal(gic_ack(fx, 0, &gic_el2), PPI(GIC5_PPI_CNTV));
	}
}

/* ---- S6: the callback alone, no read in between ---- */

static void expect_line(struct gic_fixture *fx, enum gic5_line line, bool level)
{
	assert_int_equal(fx->line[0][line], level);
}

GIC_TEST(S6_every_physical_control_bit_acts_at_its_write)
{
	gic_setup_irq(fx, 0, &gic_el2, SPI(1), 8, 0);
	pend(fx, SPI(1), true);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	expect_line(fx, GIC5_LINE_IRQ, false);
	gic_w32(fx, 0, GIC5_IRS_CR0, 1);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_LINK));
	expect_line(fx, GIC5_LINE_IRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, 3);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_EN));
	expect_line(fx, GIC5_LINE_IRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1, 3);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 7);
	expect_line(fx, GIC5_LINE_IRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1, 31);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, 1);
	expect_line(fx, GIC5_LINE_IRQ, false);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	expect_line(fx, GIC5_LINE_IRQ, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(1), 0));
	expect_line(fx, GIC5_LINE_NMI, true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDPRI, gic_op_pri(SPI(1), 1));
	expect_line(fx, GIC5_LINE_NMI, false);
	pend(fx, SPI(1), false);
	expect_line(fx, GIC5_LINE_IRQ, false);
}

GIC_TEST(S6_every_virtual_control_bit_acts_at_its_write)
{
	uint64_t bit = 1 << GIC5_PPI_CNTV, context;

	gic_simple_vm(fx, 1);
	gic_sys(fx, 0, &gic_el2, GIC5_VDEN, gic_op_vd(1, LPI(3)));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPRI, gic_op_vd(1, LPI(3)) | GIC5_PUT(VDPRI_PRIORITY, 8));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), true));
	expect_line(fx, GIC5_LINE_VIRQ, false);
	context = GIC5_MASK(ICH_CONTEXTR_EL2_V) | 1;
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_CONTEXTR_EL2, context);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_CONTEXTR_EL2,
		context | GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS));
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_CONTEXTR_EL2, context);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 0);
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 1);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VMCR_EL2, GIC5_PUT(ICH_VMCR_EL2_VPMR, 31));
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VMCR_EL2, GIC5_PUT(ICH_VMCR_EL2_VPMR, 8) | 1);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_APR_EL2, 1 << 8);
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_APR_EL2, 0);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_CONTEXTR_EL2, 0);
	expect_line(fx, GIC5_LINE_VIRQ, false);

	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2, bit);
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ACTIVER0_EL2, 0);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	expect_line(fx, GIC5_LINE_VIRQ, false);
	gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_CNTV, true);
	expect_line(fx, GIC5_LINE_VIRQ, true);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, 0);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 0);
	expect_line(fx, GIC5_LINE_VIRQ, false);
}

/* ---- S7 ---- */

GIC_TEST(S7_state_survives_invalid_and_valid_and_icsr_and_hppir_agree)
{
	struct gic_ist ist = gic_lpis(fx, 6);
	unsigned i, round;

	gic_allow_reports(fx, 9, GIC5_ORIGIN_HOST);
	for (i = 0; i < 4; i++)
		gic_setup_irq(fx, 0, &gic_el2, LPI(i), 8 + i, 0);
	pend(fx, LPI(0), true);
	gic_ack(fx, 0, &gic_el2); /* active */
	pend(fx, LPI(0), true);   /* and pending */
	pend(fx, LPI(1), true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, LPI(1));
	pend(fx, LPI(2), true);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEOI, 0);
	for (round = 0; round < 3; round++) {
		gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
		assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
		gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base | 1);
		assert_true(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
		assert_int_equal((uint32_t)gic_mrs(fx, 0, &gic_el2, GIC5_ICC_HPPIR_EL1), LPI(2));
		assert_int_equal(gic_rcfg(fx, 0, &gic_el2, LPI(0)), 8 << 11 | 0x16);
		assert_int_equal(gic_rcfg(fx, 0, &gic_el2, LPI(1)), 9 << 11 | 4);
	}
	gic_sys(fx, 0, &gic_el2, GIC5_CDDI, LPI(0));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(0));
}

/* ---- S8 ---- */

GIC_TEST(S8_always_pending_interrupts_of_one_priority_are_served_in_turn)
{
	enum { N = 17 };
	unsigned served[N] = {0}, i;
	uint32_t intid;

	for (i = 0; i < N; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 8, 0);
		gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(SPI(i), true));
		pend(fx, SPI(i), true);
	}
	for (i = 0; i < 10 * N; i++) {
		intid = gic_ack(fx, 0, &gic_el2);
		assert_true(GIC5_INTID_ID(intid) < N);
		served[GIC5_INTID_ID(intid)]++;
		gic_done(fx, 0, &gic_el2, intid);
		if (i % N == N - 1) {
			unsigned n;

			for (n = 0; n < N; n++)
				assert_int_equal(served[n], i / N + 1);
		}
	}
}

/* ---- S9 ---- */

GIC_TEST(S9_no_edge_is_lost_while_the_guest_is_out_or_in)
{
	unsigned i, raised = 0, taken = 0;

	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_setup_irq(fx, 0, &gic_el1_virt, SPI(3), 8, 0);
	for (i = 0; i < 40; i++) {
		if (i & 1)
			gic_leave(fx, 0, -1);
		gic5_event_virtual(fx->gic, 1, SPI(3), GIC5_SET_EDGE);
		raised++;
		if (i & 1)
			gic_enter(fx, 0, 1, 0);
		while (gic_ack(fx, 0, &gic_el1_virt)) {
			taken++;
			if (i % 3 == 0 && raised == i + 1 + i / 3) {
				/* Again while active. */
				gic5_event_virtual(fx->gic, 1, SPI(3), GIC5_SET_EDGE);
				raised++;
			}
			gic_done(fx, 0, &gic_el1_virt, SPI(3));
		}
		assert_int_equal(raised, taken);
	}
}

GIC_TEST(S9_no_edge_of_a_mapped_ppi_is_lost)
{
	uint64_t bit = 1 << GIC5_PPI_SW;
	unsigned i;

	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_DVIR0_EL2, bit);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, bit);
	for (i = 0; i < 10; i++) {
		gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_SW, true);
		gic5_ppi_wire(gic5_pe(fx->gic, 0), GIC5_PPI_SW, false);
		assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), PPI(GIC5_PPI_SW));
		gic_done(fx, 0, &gic_el1_virt, PPI(GIC5_PPI_SW));
		assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), 0);
	}
}

/* ---- S11 ---- */

GIC_TEST(S11_equal_priority_never_preempts_and_apr_is_32_bits)
{
	static const uint32_t aprs[] = {0x80000000, 0, 0xffffffff, 1, 0x00010000};
	unsigned i, priority;

	for (i = 0; i < 5; i++) {
		for (priority = 0; priority < 32; priority++) {
			uint32_t lower = priority == 31 ? 0xffffffff : (2U << priority) - 1;
			bool free = !(aprs[i] & lower);

			gic_msr(fx, 0, &gic_el2, GIC5_ICC_APR_EL1, aprs[i]);
			gic_setup_irq(fx, 0, &gic_el2, SPI(1), priority, 0);
			pend(fx, SPI(1), true);
			assert_int_equal(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ), free);
			pend(fx, SPI(1), false);
		}
	}
}

/* ---- S12 ---- */

GIC_TEST_WITH(S12_any_pe_may_come_first, fx->cfg.pe_count = 4)
{
	unsigned first, i;

	for (first = 0; first < 4; first++) {
		gic5_reset(fx->gic);
		gic_w32(fx, 0, GIC5_IRS_CR0, 1);
		for (i = 0; i < 4; i++) {
			unsigned pe = (first + i) % 4;

			gic_pe_enable(fx, pe);
			gic_msr(fx, pe, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, 1 << GIC5_PPI_CNTV);
			gic5_ppi_wire(gic5_pe(fx->gic, pe), GIC5_PPI_CNTV, true);
			assert_int_equal(gic_ack(fx, pe, &gic_el2), PPI(GIC5_PPI_CNTV));
			gic5_ppi_wire(gic5_pe(fx->gic, pe), GIC5_PPI_CNTV, false);
		}
	}
}

/* ---- S13 ---- */

GIC_TEST_WITH(S13_interrupt_for_a_pe_that_is_not_online_waits_for_it, fx->cfg.link_at_reset = false)
{
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_CR0_EL1, 0);
	gic_lpis(fx, 6);
	gic_setup_irq(fx, 0, &gic_el2, LPI(1), 8, 1);
	pend(fx, LPI(1), true);
	assert_true(gic_state(fx, -1, LPI(1)).pending);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 1), GIC5_LINE_IRQ));
	gic_pe_enable(fx, 1);
	assert_int_equal(gic_ack(fx, 1, &gic_el2), LPI(1));
}

GIC_TEST_MAIN()
