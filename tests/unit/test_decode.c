/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <vgic5/arch.h>

static char text[512];

static const char *irs(uint32_t offset, uint64_t value)
{
	gic5_decode_irs(gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset), value, text, sizeof(text));
	return text;
}

static const char *sysreg(uint32_t enc, uint64_t value)
{
	gic5_decode_sysreg(gic5_sysreg_find(enc), value, text, sizeof(text));
	return text;
}

static const char *insn(uint32_t enc, bool sysl, uint64_t value)
{
	gic5_decode_insn(gic5_insn_find(enc, sysl), value, text, sizeof(text));
	return text;
}

static const char *entry(const char *name, uint64_t value)
{
	gic5_decode_entry(gic5_entry_find(name), value, text, sizeof(text));
	return text;
}

static const char *intid(uint32_t value)
{
	gic5_decode_intid(value, text, sizeof(text));
	return text;
}

static void fields_are_listed_with_their_values(void **state)
{
	assert_string_equal(irs(GIC5_IRS_CR0, 3), "IRS_CR0 = 0x3 {IDLE=1, IRSEN=1}");
	assert_string_equal(sysreg(GIC5_ICC_PCR_EL1, 31), "ICC_PCR_EL1 = 0x1f {PRIORITY=0x1f}");
	assert_string_equal(insn(GIC5_CDEN, false, 0x60000005), "CDEN = 0x60000005 {TYPE=3, ID=5}");
	assert_string_equal(insn(GIC5_CDIA, true, 0x140000007),
			    "CDIA = 0x140000007 {VALID=1, TYPE=2, ID=7}");
	assert_string_equal(insn(GIC5_CDEOI, false, 0), "CDEOI = 0x0");
}

static void addresses_are_shown_in_place(void **state)
{
	assert_string_equal(irs(GIC5_IRS_IST_BASER, 0x80000041),
			    "IRS_IST_BASER = 0x80000041 {ADDR=0x80000040, VALID=1}");
	assert_string_equal(entry("L1_ISTE", 0x12345001),
			    "L1_ISTE = 0x12345001 {L2_ADDR=0x12345000, VALID=1}");
}

static void bits_outside_the_fields_are_shown(void **state)
{
	assert_string_equal(irs(GIC5_IRS_CR0, 0x80000001),
			    "IRS_CR0 = 0x80000001 {IDLE=0, IRSEN=1, RES0=0x80000000}");
	assert_string_equal(insn(GIC5_CDEOI, false, 5), "CDEOI = 0x5 {RES0=0x5}");
	assert_string_equal(sysreg(GIC5_ICC_APR_EL1, UINT64_C(1) << 63),
			    "ICC_APR_EL1 = 0x8000000000000000 {P=0, RES0=0x8000000000000000}");
}

static void bitmaps_and_priorities_name_their_ppis(void **state)
{
	assert_string_equal(sysreg(GIC5_ICC_PPI_ENABLER0_EL1, 0x48000000),
			    "ICC_PPI_ENABLER0_EL1 = 0x48000000 {27, 30}");
	assert_string_equal(sysreg(GIC5_ICH_PPI_DVIR1_EL2, UINT64_C(1) << 63 | 1),
			    "ICH_PPI_DVIR1_EL2 = 0x8000000000000001 {64, 127}");
	assert_string_equal(sysreg(GIC5_ICC_PPI_ENABLER0_EL1, 0), "ICC_PPI_ENABLER0_EL1 = 0x0");
	assert_string_equal(sysreg(GIC5_ICC_PPI_PRIORITYR3_EL1, 0x10000000),
			    "ICC_PPI_PRIORITYR3_EL1 = 0x10000000 {27=0x10}");
	assert_string_equal(sysreg(GIC5_ICH_PPI_PRIORITYR15_EL2, UINT64_C(9) << 56),
			    "ICH_PPI_PRIORITYR15_EL2 = 0x900000000000000 {127=9}");
}

static void intids_have_their_types_name(void **state)
{
	assert_string_equal(intid(GIC5_INTID(GIC5_TYPE_SPI, 5)), "SPI 5");
	assert_string_equal(intid(GIC5_INTID(GIC5_TYPE_LPI, 8192)), "LPI 8192");
	assert_string_equal(intid(GIC5_INTID(GIC5_TYPE_PPI, 27)), "PPI 27");
	assert_string_equal(intid(5), "INTID 0x5");
	assert_string_equal(intid(UINT32_MAX), "INTID 0xffffffff");
}

static void text_is_cut_at_the_buffers_end_and_always_terminated(void **state)
{
	const struct gic5_irs_reg_desc *cr0 = gic5_irs_reg_find(GIC5_FRAME_CONFIG, GIC5_IRS_CR0);
	const char *whole = "IRS_CR0 = 0x3 {IDLE=1, IRSEN=1}";
	size_t length = strlen(whole);
	char buf[64];

	assert_int_equal(gic5_decode_irs(cr0, 3, NULL, 0), length);
	for (size_t size = 1; size <= length + 1; size++) {
		memset(buf, '#', sizeof(buf));
		assert_int_equal(gic5_decode_irs(cr0, 3, buf, size), length);
		assert_memory_equal(buf, whole, size - 1);
		assert_int_equal(buf[size - 1], '\0');
		assert_int_equal(buf[size], '#');
	}
}

static void no_description_gives_no_text(void **state)
{
	assert_int_equal(gic5_decode_irs(NULL, 1, text, sizeof(text)), 0);
	assert_int_equal(gic5_decode_sysreg(NULL, 1, text, sizeof(text)), 0);
	assert_int_equal(gic5_decode_insn(NULL, 1, text, sizeof(text)), 0);
	assert_int_equal(gic5_decode_entry(NULL, 1, text, sizeof(text)), 0);
}

/* Every row with all bits set: nothing is lost, and the parts add up to the value. */
static void every_register_decodes_all_ones_to_its_fields_and_the_rest(void **state)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *r = &gic5_irs_regs[i];

		assert_true(gic5_decode_irs(r, UINT64_MAX, text, sizeof(text)) < sizeof(text));
		assert_int_equal(strstr(text, "RES0=") != NULL, r->defined != UINT64_MAX);
		for (unsigned f = 0; f < r->field_count; f++)
			assert_non_null(strstr(text, r->fields[f].name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_listed_with_their_values),
		cmocka_unit_test(addresses_are_shown_in_place),
		cmocka_unit_test(bits_outside_the_fields_are_shown),
		cmocka_unit_test(bitmaps_and_priorities_name_their_ppis),
		cmocka_unit_test(intids_have_their_types_name),
		cmocka_unit_test(text_is_cut_at_the_buffers_end_and_always_terminated),
		cmocka_unit_test(no_description_gives_no_text),
		cmocka_unit_test(every_register_decodes_all_ones_to_its_fields_and_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
