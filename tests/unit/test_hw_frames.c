/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes by halves where the halves do not simply merge.
 */
#include "gic_test.h"

#define LPI(id) GIC5_INTID(GIC5_TYPE_LPI, id)

static void record_an_error(struct gic_fixture *fx)
{
	gic_allow_reports(fx, 15, GIC5_ORIGIN_HOST);
	gic5_event_physical(fx->gic, LPI(77), GIC5_SET_EDGE);
	gic5_event_physical(fx->gic, LPI(78), GIC5_SET_EDGE);
	assert_true(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR) & GIC5_MASK(IRS_SWERR_STATUSR_V));
	assert_true(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR) & GIC5_MASK(IRS_SWERR_STATUSR_OF));
}

GIC_TEST(upper_half_of_the_error_record_clears_nothing)
{
	uint64_t before;

	record_an_error(fx);
	before = gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR);
	gic_w32(fx, 0, GIC5_IRS_SWERR_STATUSR + 4, UINT32_MAX);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR), before);
	gic_w32(fx, 0, GIC5_IRS_SWERR_STATUSR,
		GIC5_MASK(IRS_SWERR_STATUSR_V) | GIC5_MASK(IRS_SWERR_STATUSR_OF));
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR), 0);
}

GIC_TEST(U4_each_command_register_keeps_a_low_half_of_its_own)
{
	gic_simple_vm(fx, 2);
	/* low half of VPE_SELR, then both halves of other registers, then the high half */
	gic_w32(fx, 0, GIC5_IRS_VPE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR), 1);
	gic_w64(fx, 0, GIC5_IRS_SAVE_VMR, GIC5_MASK(IRS_SAVE_VMR_S) | 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_VMR, 0xffff);
	gic_w32(fx, 0, GIC5_IRS_VPE_SELR + 4, GIC5_MASK(IRS_VPE_SELR_S) >> 32);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_SELR), GIC5_MASK(IRS_VPE_SELR_S) | 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR), 3);
}

GIC_TEST(U4_low_halves_survive_save_and_load)
{
	uint8_t bytes[32768];
	size_t size;

	gic_simple_vm(fx, 2);
	gic_w32(fx, 0, GIC5_IRS_VPE_SELR, 1);
	size = gic5_save(fx->gic, bytes, sizeof(bytes));
	assert_true(size <= sizeof(bytes));
	gic_w32(fx, 0, GIC5_IRS_VPE_SELR, 9);
	assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
	gic_w32(fx, 0, GIC5_IRS_VPE_SELR + 4, GIC5_MASK(IRS_VPE_SELR_S) >> 32);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR), 3);
}

GIC_TEST_MAIN()
