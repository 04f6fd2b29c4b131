/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The architecture tables against what is published, and against themselves.
 *
 * The lists of expected values were written from the public sources, not from the tables: offsets
 * from Linux's and FreeBSD's headers, opcodes from the assemblers' tests (peers: R4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <vgic5/arch.h>
#include <vgic5/errors.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Fields lie inside the width, in descending order, without overlap. returns: their bits */
static uint64_t check_fields(const char *owner, const struct gic5_field_desc *fields,
			     unsigned count, unsigned width)
{
	uint64_t seen = 0;
	int below = (int)width;

	for (unsigned i = 0; i < count; i++) {
		uint64_t mask;

		assert_non_null(fields[i].name);
		if (fields[i].msb < fields[i].lsb || fields[i].msb >= below)
			fail_msg("%s.%s has bits %u:%u", owner, fields[i].name, fields[i].msb,
				 fields[i].lsb);
		mask = GIC5_BITS(fields[i].msb - fields[i].lsb + 1) << fields[i].lsb;
		assert_int_equal(seen & mask, 0);
		seen |= mask;
		below = fields[i].lsb;
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(fields[i].name, fields[j].name);
	}
	return seen;
}

static void irs_rows_are_sorted_aligned_and_do_not_overlap(void **state)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *r = &gic5_irs_regs[i];
		const struct gic5_irs_reg_desc *before = i ? r - 1 : NULL;

		assert_non_null(r->name);
		assert_non_null(r->text);
		assert_true(r->width == 32 || r->width == 64);
		assert_int_equal(r->offset % (r->width / 8), 0);
		assert_true(r->offset + r->width / 8 <= GIC5_FRAME_SIZE);
		if (before && before->frame == r->frame)
			assert_true(before->offset + before->width / 8 <= r->offset);
		else if (before)
			assert_true(before->frame < r->frame);
	}
}

static void fields_fit_their_register_and_do_not_overlap_R4(void **state)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *r = &gic5_irs_regs[i];

		assert_true(check_fields(r->name, r->fields, r->field_count, r->width) ==
			    r->defined);
	}
	for (size_t i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *r = &gic5_sysregs[i];
		uint64_t bits = check_fields(r->name, r->fields, r->field_count, 64);

		if (r->shape == GIC5_SHAPE_FIELDS)
			assert_true(bits == r->defined);
		else
			assert_int_equal(r->field_count, 0);
	}
	for (size_t i = 0; i < gic5_insn_count; i++)
		check_fields(gic5_insns[i].name, gic5_insns[i].fields, gic5_insns[i].field_count,
			     64);
	for (size_t i = 0; i < gic5_entry_count; i++)
		check_fields(gic5_entries[i].name, gic5_entries[i].fields,
			     gic5_entries[i].field_count, gic5_entries[i].bytes * 8U);
}

static void reset_values_have_defined_bits_only(void **state)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++)
		assert_true((gic5_irs_regs[i].reset & ~gic5_irs_regs[i].defined) == 0);
	for (size_t i = 0; i < gic5_sysreg_count; i++)
		assert_true((gic5_sysregs[i].reset & ~gic5_sysregs[i].defined) == 0);
}

static void names_are_unique(void **state)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(gic5_irs_regs[i].name, gic5_irs_regs[j].name);
	for (size_t i = 0; i < gic5_sysreg_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(gic5_sysregs[i].name, gic5_sysregs[j].name);
	for (size_t i = 0; i < gic5_insn_count; i++)
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(gic5_insns[i].name, gic5_insns[j].name);
}

static void sysregs_are_sorted_by_encoding(void **state)
{
	for (size_t i = 1; i < gic5_sysreg_count; i++)
		assert_true(gic5_sysregs[i - 1].enc < gic5_sysregs[i].enc);
}

/* ---- the IRS map, as published ---- */

static const struct {
	uint32_t offset;
	const char *name;
	unsigned width;
	uint8_t access;
} published_irs[] = {
	{0x000,  "IRS_IDR0",             32, GIC5_RO},
	{0x004,  "IRS_IDR1",             32, GIC5_RO},
	{0x008,  "IRS_IDR2",             32, GIC5_RO},
	{0x00c,  "IRS_IDR3",             32, GIC5_RO},
	{0x010,  "IRS_IDR4",             32, GIC5_RO},
	{0x014,  "IRS_IDR5",             32, GIC5_RO},
	{0x018,  "IRS_IDR6",             32, GIC5_RO},
	{0x01c,  "IRS_IDR7",             32, GIC5_RO},
	{0x040,  "IRS_IIDR",             32, GIC5_RO},
	{0x044,  "IRS_AIDR",             32, GIC5_RO},
	{0x080,  "IRS_CR0",              32, GIC5_RW},
	{0x084,  "IRS_CR1",              32, GIC5_RW},
	{0x0c0,  "IRS_SYNCR",            32, GIC5_WO},
	{0x0c4,  "IRS_SYNC_STATUSR",     32, GIC5_RO},
	{0x100,  "IRS_SPI_VMR",          64, GIC5_RW},
	{0x108,  "IRS_SPI_SELR",         32, GIC5_RW},
	{0x10c,  "IRS_SPI_DOMAINR",      32, GIC5_RW},
	{0x110,  "IRS_SPI_RESAMPLER",    32, GIC5_WO},
	{0x114,  "IRS_SPI_CFGR",         32, GIC5_RW},
	{0x118,  "IRS_SPI_STATUSR",      32, GIC5_RO},
	{0x140,  "IRS_PE_SELR",          32, GIC5_RW},
	{0x144,  "IRS_PE_STATUSR",       32, GIC5_RO},
	{0x148,  "IRS_PE_CR0",           32, GIC5_RW},
	{0x180,  "IRS_IST_BASER",        64, GIC5_RW},
	{0x190,  "IRS_IST_CFGR",         32, GIC5_RW},
	{0x194,  "IRS_IST_STATUSR",      32, GIC5_RO},
	{0x1c0,  "IRS_MAP_L2_ISTR",      32, GIC5_WO},
	{0x200,  "IRS_VMT_BASER",        64, GIC5_RW},
	{0x210,  "IRS_VMT_CFGR",         32, GIC5_RW},
	{0x214,  "IRS_VMT_STATUSR",      32, GIC5_RO},
	{0x240,  "IRS_VPE_SELR",         64, GIC5_RW},
	{0x248,  "IRS_VPE_DBR",          64, GIC5_RW},
	{0x250,  "IRS_VPE_HPPIR",        64, GIC5_RO},
	{0x258,  "IRS_VPE_CR0",          32, GIC5_RW},
	{0x25c,  "IRS_VPE_STATUSR",      32, GIC5_RO},
	{0x280,  "IRS_VM_DBR",           64, GIC5_RW},
	{0x288,  "IRS_VM_SELR",          32, GIC5_RW},
	{0x28c,  "IRS_VM_STATUSR",       32, GIC5_RO},
	{0x2c0,  "IRS_VMAP_L2_VMTR",     64, GIC5_WO},
	{0x2c8,  "IRS_VMAP_VMR",         64, GIC5_WO},
	{0x2d0,  "IRS_VMAP_VISTR",       64, GIC5_WO},
	{0x2d8,  "IRS_VMAP_L2_VISTR",    64, GIC5_WO},
	{0x2e0,  "IRS_VMAP_VPER",        64, GIC5_WO},
	{0x300,  "IRS_SAVE_VMR",         64, GIC5_WO},
	{0x308,  "IRS_SAVE_VM_STATUSR",  32, GIC5_RO},
	{0x340,  "IRS_MEC_IDR",          32, GIC5_RO},
	{0x344,  "IRS_MEC_MECID_R",      32, GIC5_RW},
	{0x380,  "IRS_MPAM_IDR",         32, GIC5_RO},
	{0x384,  "IRS_MPAM_PARTID_R",    32, GIC5_RW},
	{0x3c0,  "IRS_SWERR_STATUSR",    64, GIC5_RW},
	{0x3c8,  "IRS_SWERR_SYNDROMER0", 64, GIC5_RO},
	{0x3d0,  "IRS_SWERR_SYNDROMER1", 64, GIC5_RO},
	{0xffbc, "IRS_DEVARCH",          32, GIC5_RO},
	{0xffd0, "IRS_PIDR4",            32, GIC5_RO},
	{0xffd4, "IRS_PIDR5",            32, GIC5_RO},
	{0xffd8, "IRS_PIDR6",            32, GIC5_RO},
	{0xffdc, "IRS_PIDR7",            32, GIC5_RO},
	{0xffe0, "IRS_PIDR0",            32, GIC5_RO},
	{0xffe4, "IRS_PIDR1",            32, GIC5_RO},
	{0xffe8, "IRS_PIDR2",            32, GIC5_RO},
	{0xffec, "IRS_PIDR3",            32, GIC5_RO},
	{0xfff0, "IRS_CIDR0",            32, GIC5_RO},
	{0xfff4, "IRS_CIDR1",            32, GIC5_RO},
	{0xfff8, "IRS_CIDR2",            32, GIC5_RO},
	{0xfffc, "IRS_CIDR3",            32, GIC5_RO},
};

static void irs_map_equals_the_published_one_R4(void **state)
{
	for (size_t i = 0; i < COUNT(published_irs); i++) {
		const struct gic5_irs_reg_desc *r =
			gic5_irs_reg_find(GIC5_FRAME_CONFIG, published_irs[i].offset);

		assert_non_null(r);
		assert_string_equal(r->name, published_irs[i].name);
		assert_int_equal(r->width, published_irs[i].width);
		assert_int_equal(r->access, published_irs[i].access);
	}
	/* ... and SETLPIR; nothing else. */
	assert_int_equal(gic5_irs_reg_count, COUNT(published_irs) + 1);
}

static void irs_identification_has_the_published_values(void **state)
{
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xffbc)->reset, 0x47705a19);
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xffe0)->reset, 0x4b);
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xffe4)->reset, 0xb0);
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xffe8)->reset, 0x0b);
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xfffc)->reset, 0xb1);
	assert_int_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x44)->reset, 0);
	assert_true(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0)->reset_from_config);
}

static void irs_look_up_finds_registers_by_any_of_their_bytes(void **state)
{
	const struct gic5_irs_reg_desc *baser = gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x180);

	for (uint32_t byte = 0x180; byte < 0x188; byte++)
		assert_ptr_equal(gic5_irs_reg_find(GIC5_FRAME_CONFIG, byte), baser);
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x188));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x20));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x17c));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0xffb8));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, 0x10000));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_CONFIG, UINT32_MAX));
	assert_string_equal(gic5_irs_reg_find(GIC5_FRAME_SETLPI, 0)->name, "IRS_SETLPIR");
	assert_null(gic5_irs_reg_find(GIC5_FRAME_SETLPI, 4));
	assert_null(gic5_irs_reg_find(GIC5_FRAME_SETLPI, 0xffbc));
}

/* ---- system registers, as published: the A64 instruction word MRS X0, <reg> ---- */

static const struct {
	uint32_t mrs_x0;
	const char *name;
	uint8_t access;
} published_sysregs[] = {
	{0xd538ca00, "ICC_PPI_HMR0_EL1",        GIC5_RO},
	{0xd538ca20, "ICC_PPI_HMR1_EL1",        GIC5_RO},
	{0xd538ca40, "ICC_IDR0_EL1",            GIC5_RO},
	{0xd538ca60, "ICC_HPPIR_EL1",           GIC5_RO},
	{0xd538ca80, "ICC_ICSR_EL1",            GIC5_RW},
	{0xd538caa0, "ICC_IAFFIDR_EL1",         GIC5_RO},
	{0xd538cac0, "ICC_PPI_ENABLER0_EL1",    GIC5_RW},
	{0xd538cae0, "ICC_PPI_ENABLER1_EL1",    GIC5_RW},
	{0xd538cd00, "ICC_PPI_CACTIVER0_EL1",   GIC5_RW},
	{0xd538cd20, "ICC_PPI_CACTIVER1_EL1",   GIC5_RW},
	{0xd538cd40, "ICC_PPI_SACTIVER0_EL1",   GIC5_RW},
	{0xd538cd60, "ICC_PPI_SACTIVER1_EL1",   GIC5_RW},
	{0xd538cd80, "ICC_PPI_CPENDR0_EL1",     GIC5_RW},
	{0xd538cda0, "ICC_PPI_CPENDR1_EL1",     GIC5_RW},
	{0xd538cdc0, "ICC_PPI_SPENDR0_EL1",     GIC5_RW},
	{0xd538cde0, "ICC_PPI_SPENDR1_EL1",     GIC5_RW},
	{0xd538ce00, "ICC_PPI_PRIORITYR0_EL1",  GIC5_RW},
	{0xd538cee0, "ICC_PPI_PRIORITYR7_EL1",  GIC5_RW},
	{0xd538cf00, "ICC_PPI_PRIORITYR8_EL1",  GIC5_RW},
	{0xd538cfe0, "ICC_PPI_PRIORITYR15_EL1", GIC5_RW},
	{0xd539c000, "ICC_APR_EL1",             GIC5_RW},
	{0xd539c020, "ICC_CR0_EL1",             GIC5_RW},
	{0xd539c040, "ICC_PCR_EL1",             GIC5_RW},
	{0xd53cc880, "ICH_APR_EL2",             GIC5_RW},
	{0xd53cc8a0, "ICH_HPPIR_EL2",           GIC5_RO},
	{0xd53cc980, "ICH_HFGRTR_EL2",          GIC5_RW},
	{0xd53cc9c0, "ICH_HFGWTR_EL2",          GIC5_RW},
	{0xd53cc9e0, "ICH_HFGITR_EL2",          GIC5_RW},
	{0xd53cca00, "ICH_PPI_DVIR0_EL2",       GIC5_RW},
	{0xd53cca40, "ICH_PPI_ENABLER0_EL2",    GIC5_RW},
	{0xd53cca80, "ICH_PPI_PENDR0_EL2",      GIC5_RW},
	{0xd53ccac0, "ICH_PPI_ACTIVER0_EL2",    GIC5_RW},
	{0xd53ccb80, "ICH_VCTLR_EL2",           GIC5_RW},
	{0xd53ccbc0, "ICH_CONTEXTR_EL2",        GIC5_RW},
	{0xd53ccbe0, "ICH_VMCR_EL2",            GIC5_RW},
	{0xd53cce00, "ICH_PPI_PRIORITYR0_EL2",  GIC5_RW},
	{0xd53ccfe0, "ICH_PPI_PRIORITYR15_EL2", GIC5_RW},
};

/* The 16 bits of op0..op2 are bits 20:5 of the instruction, op0's upper bit being 1. */
static uint32_t enc_of(uint32_t opcode)
{
	return opcode >> 5 & 0xffff;
}

static void sysreg_encodings_equal_the_published_ones(void **state)
{
	for (size_t i = 0; i < COUNT(published_sysregs); i++) {
		const struct gic5_sysreg_desc *r =
			gic5_sysreg_find(enc_of(published_sysregs[i].mrs_x0));

		assert_non_null(r);
		assert_string_equal(r->name, published_sysregs[i].name);
		assert_int_equal(r->access, published_sysregs[i].access);
	}
	/* The banks between are not spelled out above: 35 ICC and 32 ICH registers in all. */
	assert_int_equal(gic5_sysreg_count, 35 + 32);
}

static void sysreg_look_up_knows_nothing_else(void **state)
{
	unsigned found = 0;

	for (uint32_t enc = 0; enc <= 0xffff; enc++) {
		const struct gic5_sysreg_desc *r = gic5_sysreg_find(enc);

		if (!r)
			continue;
		assert_int_equal(r->enc, enc);
		found++;
	}
	assert_int_equal(found, gic5_sysreg_count);
	/* Removed in the final architecture: ICC_HAPR_EL1. */
	assert_null(gic5_sysreg_find(GIC5_ENC(3, 1, 12, 0, 3)));
	assert_null(gic5_sysreg_find(UINT32_MAX));
}

static void no_trap_masks_are_the_sum_of_the_rows(void **state)
{
	uint64_t reads = 0;
	uint64_t writes = 0;
	uint64_t insns = 0;

	for (size_t i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *r = &gic5_sysregs[i];

		reads |= r->read_trap;
		writes |= r->write_trap;
		assert_true(r->view == GIC5_VIEW_EL2 || r->read_trap != 0);
		assert_true((r->write_trap != 0) ==
			    (r->view != GIC5_VIEW_EL2 && r->access == GIC5_RW));
	}
	for (size_t i = 0; i < gic5_insn_count; i++)
		insns |= gic5_insns[i].trap;
	assert_true((reads | 8) == 0x1f00ff); /* bit 3 is RES1 */
	assert_true(writes == 0x1e0065);
	assert_true(insns == 0x7ff);
	assert_true(GIC5_HFGRTR_NONE == 0x1f00ff && GIC5_HFGWTR_NONE == 0x1e0065 &&
		    GIC5_HFGITR_NONE == 0x7ff);
}

static void nv2_offsets_are_the_published_ones(void **state)
{
	static const struct {
		uint32_t enc;
		int offset;
	} rows[] = {
		{GIC5_ICH_VMCR_EL2,            0x4c8},
                {GIC5_ICH_APR_EL2,             0xb00},
		{GIC5_ICH_CONTEXTR_EL2,        0xb08},
                {GIC5_ICH_HFGITR_EL2,          0xb10},
		{GIC5_ICH_HFGRTR_EL2,          0xb18},
                {GIC5_ICH_HFGWTR_EL2,          0xb20},
		{GIC5_ICH_VCTLR_EL2,           0xb28},
                {GIC5_ICH_PPI_ACTIVER1_EL2,    0xb38},
		{GIC5_ICH_PPI_DVIR1_EL2,       0xb48},
                {GIC5_ICH_PPI_ENABLER1_EL2,    0xb58},
		{GIC5_ICH_PPI_PRIORITYR0_EL2,  0xb80},
                {GIC5_ICH_PPI_PRIORITYR15_EL2, 0xbf8},
		{GIC5_ICH_PPI_PENDR0_EL2,      -1   },
                {GIC5_ICH_HPPIR_EL2,           -1   },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(gic5_sysreg_find(rows[i].enc)->nv2_offset, rows[i].offset);
}

/* ---- instructions, as the assemblers' tests have them ---- */

static const struct {
	uint32_t opcode;
	const char *name;
} published_insns[] = {
	{0xd508c01f, "GSB_SYS"},
        {0xd508c03f, "GSB_ACK"},
        {0xd508c100, "CDDIS"  },
	{0xd508c120, "CDEN"   },
        {0xd508c140, "CDPRI"  },
        {0xd508c160, "CDAFF"  },
	{0xd508c180, "CDPEND" },
        {0xd508c1a0, "CDRCFG" },
        {0xd508c1e0, "CDEOI"  },
	{0xd508c200, "CDDI"   },
        {0xd508c220, "CDHM"   },
        {0xd528c300, "CDIA"   },
	{0xd528c320, "CDNMIA" },
        {0xd50cc100, "VDDIS"  },
        {0xd50cc120, "VDEN"   },
	{0xd50cc140, "VDPRI"  },
        {0xd50cc160, "VDAFF"  },
        {0xd50cc180, "VDPEND" },
	{0xd50cc1a0, "VDRCFG" },
        {0xd50cc200, "VDDI"   },
        {0xd50cc220, "VDHM"   },
	{0xd50ec100, "LDDIS"  },
        {0xd50ec120, "LDEN"   },
        {0xd50ec140, "LDPRI"  },
	{0xd50ec160, "LDAFF"  },
        {0xd50ec180, "LDPEND" },
        {0xd50ec1a0, "LDRCFG" },
	{0xd50ec200, "LDDI"   },
        {0xd50ec220, "LDHM"   },
};

static void instruction_encodings_equal_the_published_ones(void **state)
{
	for (size_t i = 0; i < COUNT(published_insns); i++) {
		uint32_t opcode = published_insns[i].opcode;
		bool sysl = opcode >> 21 & 1;
		/* op0 is 1 here: bit 20, which the system registers have set, is clear. */
		const struct gic5_insn_desc *insn =
			gic5_insn_find(GIC5_ENC(1, 0, 0, 0, 0) | (enc_of(opcode) & 0x3fff), sysl);

		assert_non_null(insn);
		assert_string_equal(insn->name, published_insns[i].name);
		assert_int_equal(insn->form == GIC5_FORM_GSB, (opcode & 31) == 31);
	}
	assert_int_equal(gic5_insn_count, COUNT(published_insns));
}

static void neighbours_of_instructions_are_undefined_R4(void **state)
{
	unsigned found = 0;

	for (uint32_t enc = 0; enc <= 0xffff; enc++) {
		const struct gic5_insn_desc *sys = gic5_insn_find(enc, false);
		const struct gic5_insn_desc *sysl = gic5_insn_find(enc, true);

		assert_true(!sys || !sysl); /* the same numbers in the other direction */
		found += sys || sysl;
	}
	assert_int_equal(found, gic5_insn_count);
	assert_null(gic5_insn_find(GIC5_ENC(1, 0, 12, 0, 2), false));
	assert_null(gic5_insn_find(GIC5_ENC(1, 0, 12, 1, 6), false));
	assert_null(gic5_insn_find(GIC5_ENC(1, 0, 12, 2, 2), false));
	assert_null(gic5_insn_find(GIC5_ENC(1, 0, 12, 3, 2), true));
	assert_null(gic5_insn_find(GIC5_CDIA, false));
	assert_null(gic5_insn_find(GIC5_CDEOI, true));
}

static void operands_are_where_the_sources_say(void **state)
{
	assert_true(GIC5_MASK(CDPEND_PENDING) == UINT64_C(1) << 32);
	assert_true(GIC5_MASK(VDPEND_PENDING) == UINT64_C(1) << 63);
	assert_true(GIC5_MASK(VDPEND_VM_ID) == UINT64_C(0xffff) << 32);
	assert_true(GIC5_MASK(CDIA_VALID) == UINT64_C(1) << 32);
	assert_true(GIC5_MASK(CDPRI_PRIORITY) == UINT64_C(0x1f) << 35);
	assert_true(GIC5_MASK(CDAFF_IAFFID) == UINT64_C(0xffff) << 32);
	assert_true(GIC5_MASK(CDAFF_IRM) == UINT64_C(1) << 28);
	assert_true(GIC5_MASK(CDHM_HM) == UINT64_C(1) << 32);
	assert_true(GIC5_MASK(CDDI_TYPE) == UINT64_C(7) << 29);
	assert_true(GIC5_MASK(CDDI_ID) == 0xffffff);
}

/* ---- tables in memory ---- */

static void entries_have_the_published_layout(void **state)
{
	assert_true(GIC5_MASK(L2_ISTE_PENDING) == 1 && GIC5_MASK(L2_ISTE_ACTIVE) == 2);
	assert_true(GIC5_MASK(L2_ISTE_HM) == 4 && GIC5_MASK(L2_ISTE_ENABLE) == 8);
	assert_true(GIC5_MASK(L2_ISTE_IRM) == 0x10 && GIC5_MASK(L2_ISTE_HWU) == 0x600);
	assert_true(GIC5_MASK(L2_ISTE_PRIORITY) == 0xf800);
	assert_true(GIC5_MASK(L2_ISTE_IAFFID) == 0xffff0000);
	assert_true(GIC5_MASK(L1_ISTE_L2_ADDR) == UINT64_C(0x00fffffffffff000));
	assert_true(GIC5_MASK(L2_VMTE0_VMD_ADDR) == UINT64_C(0x00fffffffffffff8));
	assert_true(GIC5_MASK(L2_VMTE1_VPE_ID_BITS) == UINT64_C(0xf800000000000000));
	assert_true(GIC5_MASK(L2_VMTE_IST_ADDR) == UINT64_C(0x00ffffffffffffc0));
	assert_true(GIC5_MASK(L2_VMTE_IST_L2SZ) == 6);
	assert_true(GIC5_MASK(L2_VMTE_IST_STRUCTURE) == UINT64_C(1) << 58);
	assert_int_equal(GIC5_VMTE_BYTES, 32);
	assert_int_equal(GIC5_L2_ISTE_BYTES, 4);
	assert_int_equal(GIC5_VPETE_BYTES, 8);
	/* ... which counts INTID, and words 2 and 3 of the VMTE as one. */
	assert_int_equal(gic5_entry_count, 8);
}

static void entries_are_found_by_their_whole_name(void **state)
{
	for (size_t i = 0; i < gic5_entry_count; i++)
		assert_ptr_equal(gic5_entry_find(gic5_entries[i].name), &gic5_entries[i]);
	assert_null(gic5_entry_find("L2_IST"));
	assert_null(gic5_entry_find("L2_ISTE0"));
	assert_null(gic5_entry_find(""));
	assert_null(gic5_entry_find(NULL));
}

/* Examples of the facts page, 8.1. */
static void table_sizes_follow_the_formulas(void **state)
{
	static const struct {
		unsigned istsz, l2sz, bits;
	} rows[] = {
		{0, 0, 10},
                {0, 2, 14},
                {2, 0, 8 },
                {1, 1, 11}
        };
	uint32_t no_metadata = 0;
	uint32_t metadata =
		(uint32_t)(GIC5_PUT(IRS_IDR2_ISTMD, 1) | GIC5_PUT(IRS_IDR2_ISTMD_SZ, 12));

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(gic5_ist_l2_bits(rows[i].istsz, rows[i].l2sz), rows[i].bits);
	assert_int_equal(gic5_iste_bytes(0), 4);
	assert_int_equal(gic5_iste_bytes(2), 16);
	assert_int_equal(gic5_ist_l2_bytes(0), 4096);
	assert_int_equal(gic5_ist_l2_bytes(2), 65536);
	assert_int_equal(gic5_required_istsz(no_metadata, 24), 0);
	assert_int_equal(gic5_required_istsz(metadata, 11), 1);
	assert_int_equal(gic5_required_istsz(metadata, 12), 2);
}

static void fields_move_values_both_ways(void **state)
{
	assert_true(GIC5_PUT(VDPEND_PENDING, 3) == UINT64_C(1) << 63);
	assert_true(GIC5_GET(ICH_CONTEXTR_EL2_VPE, UINT64_C(0x1234) << 32) == 0x1234);
	assert_true(GIC5_SET(IRS_CR0_IRSEN, 0xf, 0) == 0xe);
	assert_int_equal(GIC5_INTID(GIC5_TYPE_SPI, 0x1000005), 0x60000005);
	assert_int_equal(GIC5_INTID_TYPE(0x40000007), GIC5_TYPE_LPI);
	assert_int_equal(GIC5_INTID_ID(0xff000007), 7);
}

static void error_codes_have_the_numbers_of_arm64_errno(void **state)
{
	assert_string_equal(vgic5_strerror(0), "0");
	assert_string_equal(vgic5_strerror(-2), "ENOENT");
	assert_string_equal(vgic5_strerror(-5), "EIO");
	assert_string_equal(vgic5_strerror(-6), "ENXIO");
	assert_string_equal(vgic5_strerror(-7), "E2BIG");
	assert_string_equal(vgic5_strerror(-11), "EAGAIN");
	assert_string_equal(vgic5_strerror(-12), "ENOMEM");
	assert_string_equal(vgic5_strerror(-14), "EFAULT");
	assert_string_equal(vgic5_strerror(-16), "EBUSY");
	assert_string_equal(vgic5_strerror(-17), "EEXIST");
	assert_string_equal(vgic5_strerror(-19), "ENODEV");
	assert_string_equal(vgic5_strerror(-22), "EINVAL");
	assert_string_equal(vgic5_strerror(-28), "ENOSPC");
	assert_string_equal(vgic5_strerror(-34), "ERANGE");
	assert_string_equal(vgic5_strerror(-38), "ENOSYS");
	assert_string_equal(vgic5_strerror(-110), "ETIMEDOUT");
	assert_string_equal(vgic5_strerror(-1), "E?");
	assert_string_equal(vgic5_strerror(2), "E?");
	assert_string_equal(vgic5_strerror(INT32_MIN), "E?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(irs_rows_are_sorted_aligned_and_do_not_overlap),
		cmocka_unit_test(fields_fit_their_register_and_do_not_overlap_R4),
		cmocka_unit_test(reset_values_have_defined_bits_only),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(sysregs_are_sorted_by_encoding),
		cmocka_unit_test(irs_map_equals_the_published_one_R4),
		cmocka_unit_test(irs_identification_has_the_published_values),
		cmocka_unit_test(irs_look_up_finds_registers_by_any_of_their_bytes),
		cmocka_unit_test(sysreg_encodings_equal_the_published_ones),
		cmocka_unit_test(sysreg_look_up_knows_nothing_else),
		cmocka_unit_test(no_trap_masks_are_the_sum_of_the_rows),
		cmocka_unit_test(nv2_offsets_are_the_published_ones),
		cmocka_unit_test(instruction_encodings_equal_the_published_ones),
		cmocka_unit_test(neighbours_of_instructions_are_undefined_R4),
		cmocka_unit_test(operands_are_where_the_sources_say),
		cmocka_unit_test(entries_have_the_published_layout),
		cmocka_unit_test(entries_are_found_by_their_whole_name),
		cmocka_unit_test(table_sizes_follow_the_formulas),
		cmocka_unit_test(fields_move_values_both_ways),
		cmocka_unit_test(error_codes_have_the_numbers_of_arm64_errno),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
