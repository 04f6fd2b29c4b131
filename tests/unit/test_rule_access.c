/* SPDX-License-Identifier: BSD-2-Clause */
/* Who may access what: facts page, 12.4, 13 and 14, over the architecture's tables. */
#include "gic_test.h"

static const struct gic5_ctx el1_nv = {.el = 1, .hcr_imo = true, .hcr_nv = 1};

static enum gic5_result mrs(struct gic_fixture *fx, const struct gic5_ctx *ctx, uint32_t enc)
{
	uint64_t value;

	return gic5_sysreg_read(gic5_pe(fx->gic, 0), ctx, enc, &value);
}

static enum gic5_result msr(struct gic_fixture *fx, const struct gic5_ctx *ctx, uint32_t enc)
{
	return gic5_sysreg_write(gic5_pe(fx->gic, 0), ctx, enc, 0);
}

static enum gic5_result insn(struct gic_fixture *fx, const struct gic5_ctx *ctx,
			     const struct gic5_insn_desc *desc)
{
	uint64_t value;

	if (desc->form == GIC5_FORM_GICR)
		return gic5_sysl(gic5_pe(fx->gic, 0), ctx, desc->enc, &value);
	return gic5_sys(gic5_pe(fx->gic, 0), ctx, desc->enc, desc->form == GIC5_FORM_GSB, 0);
}

static void traps(struct gic_fixture *fx, uint64_t r, uint64_t w, uint64_t i)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_HFGRTR_EL2, r);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_HFGWTR_EL2, w);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_HFGITR_EL2, i);
}

/* What an access at EL1 must give while bit @off of the trap register is 0 and the others are 1. */
static enum gic5_result at_el1(const struct gic5_sysreg_desc *reg, bool write, uint64_t off)
{
	uint64_t trap = write ? reg->write_trap : reg->read_trap;

	if (reg->view == GIC5_VIEW_EL2 || (write && reg->access == GIC5_RO))
		return GIC5_UNDEFINED;
	return trap & off ? GIC5_TRAP : GIC5_DONE;
}

GIC_TEST(every_register_from_every_exception_level)
{
	size_t i;

	for (i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];
		enum gic5_result w = reg->access == GIC5_RO ? GIC5_UNDEFINED : GIC5_DONE;

		assert_int_equal(mrs(fx, &gic_el0, reg->enc), GIC5_UNDEFINED);
		assert_int_equal(msr(fx, &gic_el0, reg->enc), GIC5_UNDEFINED);
		assert_int_equal(mrs(fx, &gic_el0_virt, reg->enc), GIC5_UNDEFINED);
		assert_int_equal(mrs(fx, &gic_el1_virt, reg->enc), at_el1(reg, false, 0));
		assert_int_equal(mrs(fx, &gic_el1, reg->enc), at_el1(reg, false, 0));
		assert_int_equal(mrs(fx, &gic_el2, reg->enc), GIC5_DONE);
		assert_int_equal(mrs(fx, &gic_el3, reg->enc), GIC5_DONE);
		assert_int_equal(msr(fx, &gic_el1_virt, reg->enc), at_el1(reg, true, 0));
		assert_int_equal(msr(fx, &gic_el1, reg->enc), at_el1(reg, true, 0));
		/* Keep the trap controls as they are. */
		if (GIC5_ENC_CRM(reg->enc) != 9) {
			assert_int_equal(msr(fx, &gic_el2, reg->enc), w);
			assert_int_equal(msr(fx, &gic_el3, reg->enc), w);
		}
	}
}

GIC_TEST(hypervisor_registers_trap_from_el1_with_nv)
{
	size_t i;

	for (i = 0; i < gic5_sysreg_count; i++) {
		if (gic5_sysregs[i].view == GIC5_VIEW_EL2)
			assert_int_equal(mrs(fx, &el1_nv, gic5_sysregs[i].enc), GIC5_TRAP);
	}
}

GIC_TEST(every_read_trap_bit_traps_its_registers_and_no_other)
{
	unsigned bit;
	size_t i;

	for (bit = 0; bit < 64; bit++) {
		uint64_t off = UINT64_C(1) << bit;

		traps(fx, GIC5_HFGRTR_NONE & ~off, GIC5_HFGWTR_NONE, GIC5_HFGITR_NONE);
		for (i = 0; i < gic5_sysreg_count; i++) {
			const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];

			assert_int_equal(mrs(fx, &gic_el1_virt, reg->enc), at_el1(reg, false, off));
			assert_int_equal(mrs(fx, &gic_el1, reg->enc), at_el1(reg, false, off));
			assert_int_equal(mrs(fx, &gic_el2, reg->enc), GIC5_DONE);
		}
	}
	gic_take_reports(fx, 22, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(every_write_trap_bit_traps_its_registers_and_no_other)
{
	unsigned bit;
	size_t i;

	for (bit = 0; bit < 64; bit++) {
		uint64_t off = UINT64_C(1) << bit;

		traps(fx, GIC5_HFGRTR_NONE, GIC5_HFGWTR_NONE & ~off, GIC5_HFGITR_NONE);
		for (i = 0; i < gic5_sysreg_count; i++) {
			const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];

			assert_int_equal(msr(fx, &gic_el1_virt, reg->enc), at_el1(reg, true, off));
			assert_int_equal(msr(fx, &gic_el1, reg->enc), at_el1(reg, true, off));
		}
	}
}

GIC_TEST(a_trapped_access_has_no_effect)
{
	traps(fx, 8, 0, 0);
	assert_int_equal(gic5_sysreg_write(gic5_pe(fx->gic, 0), &gic_el1_virt, GIC5_ICC_PCR_EL1, 3),
			 GIC5_TRAP);
	assert_int_equal(GIC5_GET(ICH_VMCR_EL2_VPMR, gic_mrs(fx, 0, &gic_el2, GIC5_ICH_VMCR_EL2)),
			 31);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_ENABLER0_EL2, 1 << GIC5_PPI_CNTV);
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 1 << GIC5_PPI_CNTV);
	assert_int_equal(insn(fx, &gic_el1_virt, gic5_insn_find(GIC5_CDIA, true)), GIC5_TRAP);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_APR_EL2), 0);
}

GIC_TEST(no_trap_masks_of_the_facts_page_trap_nothing)
{
	size_t i;

	traps(fx, 0x1f00ff, 0x1e0065, 0x7ff);
	for (i = 0; i < gic5_sysreg_count; i++)
		assert_int_not_equal(mrs(fx, &gic_el1_virt, gic5_sysregs[i].enc), GIC5_TRAP);
	for (i = 0; i < gic5_insn_count; i++)
		assert_int_not_equal(insn(fx, &gic_el1_virt, &gic5_insns[i]), GIC5_TRAP);
	gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST, NULL);
}

GIC_TEST(trap_registers_keep_their_reserved_bits)
{
	traps(fx, ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0));
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_HFGRTR_EL2), 0x1f00ff);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_HFGWTR_EL2), 0x1e0065);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_HFGITR_EL2), 0x7ff);
	assert_reports(fx, 22, GIC5_ORIGIN_HOST, 3);
	traps(fx, 0, 0, 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_HFGRTR_EL2), 8);
	gic_take_reports(fx, 22, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(rule_22_v3_is_res0)
{
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2, 3);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICH_VCTLR_EL2), 1);
	assert_reports(fx, 22, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_IDR0_EL1), 0x41);
}

/* ---- instructions ---- */

static enum gic5_result insn_expected(const struct gic5_insn_desc *desc, const struct gic5_ctx *ctx,
				      uint64_t off)
{
	unsigned op1 = GIC5_ENC_OP1(desc->enc);

	if (ctx->el == 0 || op1 == 6)
		return GIC5_UNDEFINED;
	if (ctx->el >= 2)
		return GIC5_DONE;
	if (op1 == 4)
		return ctx->hcr_nv & 1 ? GIC5_TRAP : GIC5_UNDEFINED;
	return desc->trap & off ? GIC5_TRAP : GIC5_DONE;
}

GIC_TEST(every_instruction_from_every_exception_level_and_domain)
{
	const struct gic5_ctx *contexts[] = {&gic_el0, &gic_el0_virt, &gic_el1, &gic_el1_virt,
					     &el1_nv,  &gic_el2,      &gic_el3};
	size_t i, c;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST);
	for (i = 0; i < gic5_insn_count; i++) {
		for (c = 0; c < sizeof(contexts) / sizeof(contexts[0]); c++)
			assert_int_equal(insn(fx, contexts[c], &gic5_insns[i]),
					 insn_expected(&gic5_insns[i], contexts[c], 0));
	}
}

GIC_TEST(every_instruction_trap_bit_traps_its_instruction_and_no_other)
{
	unsigned bit;
	size_t i;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST);
	for (bit = 0; bit < 11; bit++) {
		uint64_t off = UINT64_C(1) << bit;

		traps(fx, GIC5_HFGRTR_NONE, GIC5_HFGWTR_NONE, GIC5_HFGITR_NONE & ~off);
		for (i = 0; i < gic5_insn_count; i++) {
			assert_int_equal(insn(fx, &gic_el1_virt, &gic5_insns[i]),
					 insn_expected(&gic5_insns[i], &gic_el1_virt, off));
			assert_int_equal(insn(fx, &gic_el2, &gic5_insns[i]),
					 insn_expected(&gic5_insns[i], &gic_el2, off));
		}
	}
}

GIC_TEST(gsb_needs_rt_31)
{
	struct gic5_pe *pe = gic5_pe(fx->gic, 0);

	assert_int_equal(gic5_sys(pe, &gic_el2, GIC5_GSB_SYS, true, 0), GIC5_DONE);
	assert_int_equal(gic5_sys(pe, &gic_el2, GIC5_GSB_SYS, false, 0), GIC5_UNDEFINED);
	assert_int_equal(gic5_sys(pe, &gic_el2, GIC5_GSB_ACK, false, 0), GIC5_UNDEFINED);
	assert_int_equal(gic5_sys(pe, &gic_el1_virt, GIC5_GSB_ACK, true, 0), GIC5_DONE);
}

GIC_TEST(every_encoding_that_is_no_instruction_is_undefined)
{
	unsigned op1, crm, op2;
	uint64_t value;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (op1 = 0; op1 < 8; op1++) {
		for (crm = 0; crm < 16; crm++) {
			for (op2 = 0; op2 < 8; op2++) {
				uint32_t enc = GIC5_ENC(1, op1, 12, crm, op2);

				if (!gic5_insn_find(enc, false))
					assert_int_equal(gic5_sys(gic5_pe(fx->gic, 0), &gic_el2,
								  enc, true, 0),
							 GIC5_UNDEFINED);
				if (!gic5_insn_find(enc, true))
					assert_int_equal(gic5_sysl(gic5_pe(fx->gic, 0), &gic_el2,
								   enc, &value),
							 GIC5_UNDEFINED);
			}
		}
	}
}

GIC_TEST(undefined_neighbours_of_the_facts_page)
{
	static const unsigned list[][3] = {
		{0, 0, 2},
                {0, 0, 7},
                {0, 1, 6},
                {0, 2, 2},
		{0, 2, 7},
                {4, 1, 6},
                {4, 2, 2},
                {4, 1, 7}
        };
	struct gic5_pe *pe = gic5_pe(fx->gic, 0);
	uint64_t value;
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		assert_int_equal(gic5_sys(pe, &gic_el2,
					  GIC5_ENC(1, list[i][0], 12, list[i][1], list[i][2]), true,
					  0),
				 GIC5_UNDEFINED);
	assert_int_equal(gic5_sysl(pe, &gic_el2, GIC5_ENC(1, 0, 12, 3, 2), &value), GIC5_UNDEFINED);
	/* The same numbers with the other direction. */
	assert_int_equal(gic5_sys(pe, &gic_el2, GIC5_CDIA, false, 0), GIC5_UNDEFINED);
	assert_int_equal(gic5_sysl(pe, &gic_el2, GIC5_CDEN, &value), GIC5_UNDEFINED);
}

GIC_TEST(every_encoding_that_is_no_register_is_undefined)
{
	uint32_t enc;

	for (enc = 0; enc < 0x10000; enc++) {
		if (gic5_sysreg_find(enc))
			continue;
		assert_int_equal(mrs(fx, &gic_el2, enc), GIC5_UNDEFINED);
		assert_int_equal(msr(fx, &gic_el2, enc), GIC5_UNDEFINED);
	}
	/* ICC_HAPR was removed; ICH_PPI_HVIR has no known encoding (U17). */
	assert_int_equal(mrs(fx, &gic_el2, GIC5_ENC(3, 1, 12, 0, 3)), GIC5_UNDEFINED);
}

GIC_TEST(cd_instruction_at_el2_acts_on_the_physical_domain)
{
	uint32_t intid = GIC5_INTID(GIC5_TYPE_SPI, 3);

	gic_simple_vm(fx, 1);
	gic_enter(fx, 0, 1, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, intid);
	assert_true(gic_state(fx, -1, intid).enabled);
	assert_false(gic_state(fx, 1, intid).enabled);
	gic_sys(fx, 0, &gic_el1, GIC5_CDDIS, intid);
	assert_false(gic_state(fx, -1, intid).enabled);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDEN, intid);
	assert_true(gic_state(fx, 1, intid).enabled);
	assert_false(gic_state(fx, -1, intid).enabled);
}

/* ---- R1 for system registers ---- */

static bool writable(const struct gic5_sysreg_desc *reg)
{
	return reg->access == GIC5_RW && reg->enc != GIC5_ICH_CONTEXTR_EL2;
}

/* Bits that change freely at EL2. S and C registers act on bits, level PPIs follow their wire. */
static uint64_t free_bits(const struct gic_fixture *fx, const struct gic5_sysreg_desc *reg)
{
	uint64_t have = GIC5_ENC_OP2(reg->enc) & 1 ? 0 : fx->pe[0].ppi_implemented[0];
	unsigned crm = GIC5_ENC_CRM(reg->enc), first, b;
	uint64_t bits = 0;

	if (reg->enc == GIC5_ICC_CR0_EL1)
		return GIC5_MASK(ICC_CR0_EL1_EN) | GIC5_MASK(ICC_CR0_EL1_LINK);
	if (reg->enc == GIC5_ICH_HFGRTR_EL2)
		return GIC5_HFGRTR_NONE & ~UINT64_C(8);
	if (reg->enc == GIC5_ICH_VCTLR_EL2)
		return GIC5_MASK(ICH_VCTLR_EL2_EN);
	if (reg->shape == GIC5_SHAPE_FIELDS)
		return reg->defined;
	if (reg->shape == GIC5_SHAPE_BITMAP)
		return GIC5_ENC_OP1(reg->enc) == 0 && crm == 13 ? 0 : have;
	first = 8 * ((crm & 1) << 3 | GIC5_ENC_OP2(reg->enc));
	for (b = 0; b < 8 && first < 64; b++)
		bits |= fx->pe[0].ppi_implemented[0] >> (first + b) & 1 ? UINT64_C(0x1f) << (8 * b)
									: 0;
	return bits;
}

/* Registers that are another view of @a. */
static bool same_state(uint32_t a, uint32_t b)
{
	uint32_t pair = GIC5_ENC(3, 0, 12, 13, 0);

	if (a == b)
		return true;
	if (b == GIC5_ICC_HPPIR_EL1 || b == GIC5_ICH_HPPIR_EL2)
		return true;
	return a >= pair && a < pair + 8 && (a ^ b) == 2;
}

GIC_TEST(R1_writing_a_system_register_moves_no_other)
{
	uint64_t before[128], after[128];
	size_t i, n;

	assert_true(gic5_sysreg_count <= 128);
	for (i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];
		uint64_t bits = free_bits(fx, reg);

		if (!writable(reg) || !bits)
			continue;
		for (n = 0; n < gic5_sysreg_count; n++)
			before[n] = gic_mrs(fx, 0, &gic_el2, gic5_sysregs[n].enc);
		gic_msr(fx, 0, &gic_el2, reg->enc, before[i] ^ bits);
		for (n = 0; n < gic5_sysreg_count; n++)
			after[n] = gic_mrs(fx, 0, &gic_el2, gic5_sysregs[n].enc);
		assert_int_equal(after[i], before[i] ^ bits);
		for (n = 0; n < gic5_sysreg_count; n++) {
			if (!same_state(reg->enc, gic5_sysregs[n].enc))
				assert_int_equal(after[n], before[n]);
		}
		/* The other PE has registers of its own. */
		gic_msr(fx, 0, &gic_el2, reg->enc, before[i]);
	}
	for (n = 0; n < gic5_sysreg_count; n++) {
		if (gic5_sysregs[n].enc != GIC5_ICC_IAFFIDR_EL1)
			assert_int_equal(gic_mrs(fx, 0, &gic_el2, gic5_sysregs[n].enc),
					 gic_mrs(fx, 1, &gic_el2, gic5_sysregs[n].enc));
	}
}

GIC_TEST(reserved_bits_of_system_registers_read_zero)
{
	size_t i;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];

		if (reg->access == GIC5_RW)
			gic_msr(fx, 0, &gic_el2, reg->enc, ~UINT64_C(0));
		assert_int_equal(gic_mrs(fx, 0, &gic_el2, reg->enc) & ~reg->defined, 0);
	}
}

GIC_TEST_MAIN()
