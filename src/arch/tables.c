/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The four lists of the architecture as tables, and the look-ups in them.
 *
 * Every list mixes two kinds of rows: a thing (register, instruction, entry) and, behind it, its
 * fields. Each list is included several times:
 *
 *   - as an enumeration of positions: AT_x is the row of thing x;
 *   - as one flat array of all fields, with FIRST_x the position of the first field of x;
 *   - as the table of things. What sums up over fields (the mask of defined bits, the count) is an
 *     expression that a thing's row opens and the field rows behind it continue; a comma in front
 * of each initialiser, not behind, lets them do that.
 */
#include <vgic5/arch.h>

#define ROW_BITS(msb, lsb) (GIC5_BITS((msb) - (lsb) + 1) << (lsb))

/* A reset value that the configuration gives. */
#define CFG UINT64_MAX

/* Row NONE of the trap columns: a field of no bits. */
enum {
	GIC5_ICH_HFGRTR_EL2_NONE_SHIFT = 0,
	GIC5_ICH_HFGRTR_EL2_NONE_WIDTH = 0,
	GIC5_ICH_HFGWTR_EL2_NONE_SHIFT = 0,
	GIC5_ICH_HFGWTR_EL2_NONE_WIDTH = 0,
	GIC5_ICH_HFGITR_EL2_NONE_SHIFT = 0,
	GIC5_ICH_HFGITR_EL2_NONE_WIDTH = 0,
};

/* The bits of a system register that its fields do not say one by one. */
#define SHAPE_BITS_FIELDS UINT64_C(0)
#define SHAPE_BITS_BITMAP UINT64_MAX
#define SHAPE_BITS_PRIO   UINT64_C(0x1f1f1f1f1f1f1f1f)

/* clang-format off */

/* ---- positions ---- */

enum irs_row {
#define REG(frame, name, offset, width, access, reset, text) AT_##name,
#include <vgic5/irs.def>
	AT_IRS_END
};

enum sysreg_row {
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	AT_##name,
#include <vgic5/sysregs.def>
	AT_SYSREG_END
};

enum insn_row {
#define INSN(name, form, op1, crm, op2, trap, text) AT_##name,
#include <vgic5/insns.def>
	AT_INSN_END
};

enum entry_row {
#define ENTRY(name, bytes, text) AT_##name,
#include <vgic5/tables.def>
	AT_ENTRY_END
};

/* ---- fields: FIRST_x gets the position that the next field has ---- */

#define FIRST_OF(name)			  FIRST_##name, BEFORE_##name = FIRST_##name - 1,
#define FIELD_AT(owner, field, msb, lsb)  FIELD_##owner##_##field,
#define FIELD_ROW(owner, field, msb, lsb) { #field, msb, lsb },

enum irs_field {
#define REG(frame, name, offset, width, access, reset, text) FIRST_OF(name)
#define FIELD(...) FIELD_AT(__VA_ARGS__)
#include <vgic5/irs.def>
};

static const struct gic5_field_desc irs_fields[] = {
#define FIELD(...) FIELD_ROW(__VA_ARGS__)
#include <vgic5/irs.def>
};

enum sysreg_field {
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	FIRST_OF(name)
#define FIELD(...) FIELD_AT(__VA_ARGS__)
#include <vgic5/sysregs.def>
};

static const struct gic5_field_desc sysreg_fields[] = {
#define FIELD(...) FIELD_ROW(__VA_ARGS__)
#include <vgic5/sysregs.def>
};

enum insn_field {
#define INSN(name, form, op1, crm, op2, trap, text) FIRST_OF(name)
#define FIELD(...) FIELD_AT(__VA_ARGS__)
#include <vgic5/insns.def>
};

static const struct gic5_field_desc insn_fields[] = {
#define FIELD(...) FIELD_ROW(__VA_ARGS__)
#include <vgic5/insns.def>
};

enum entry_field {
#define ENTRY(name, bytes, text) FIRST_OF(name)
#define FIELD(...) FIELD_AT(__VA_ARGS__)
#include <vgic5/tables.def>
};

static const struct gic5_field_desc entry_fields[] = {
#define FIELD(...) FIELD_ROW(__VA_ARGS__)
#include <vgic5/tables.def>
};

/* ---- things; each table ends with a row without name ---- */

const struct gic5_irs_reg_desc gic5_irs_regs[] = {
	[AT_IRS_END].name = NULL
#define REG(frame_, name_, offset_, width_, access_, reset_, text_)                                \
	, [AT_##name_].name = #name_                                                               \
	, [AT_##name_].text = text_                                                                \
	, [AT_##name_].offset = offset_                                                            \
	, [AT_##name_].reset = (uint64_t)(reset_) == CFG ? 0 : (reset_)                            \
	, [AT_##name_].reset_from_config = (uint64_t)(reset_) == CFG                               \
	, [AT_##name_].fields = irs_fields + FIRST_##name_                                         \
	, [AT_##name_].width = width_                                                              \
	, [AT_##name_].frame = GIC5_FRAME_##frame_                                                 \
	, [AT_##name_].access = GIC5_##access_
#include <vgic5/irs.def>
#define REG(frame, name, offset, width, access, reset, text) , [AT_##name].defined = 0
#define FIELD(reg, field, msb, lsb)			     | ROW_BITS(msb, lsb)
#include <vgic5/irs.def>
#define REG(frame, name, offset, width, access, reset, text) , [AT_##name].field_count = 0
#define FIELD(reg, field, msb, lsb)			     + 1
#include <vgic5/irs.def>
};
const size_t gic5_irs_reg_count = AT_IRS_END;

const struct gic5_sysreg_desc gic5_sysregs[] = {
	[AT_SYSREG_END].name = NULL
#define SYSREG(name_, op0, op1, crn, crm, op2, access_, view_, rtrap, wtrap, reset_, shape_, nv2,  \
	       text_)                                                                              \
	, [AT_##name_].name = #name_                                                               \
	, [AT_##name_].text = text_                                                                \
	, [AT_##name_].reset = (uint64_t)(reset_) == CFG ? 0 : (reset_)                            \
	, [AT_##name_].reset_from_config = (uint64_t)(reset_) == CFG                               \
	, [AT_##name_].read_trap = GIC5_MASK(ICH_HFGRTR_EL2_##rtrap)                               \
	, [AT_##name_].write_trap = GIC5_MASK(ICH_HFGWTR_EL2_##wtrap)                              \
	, [AT_##name_].fields = sysreg_fields + FIRST_##name_                                      \
	, [AT_##name_].nv2_offset = nv2                                                            \
	, [AT_##name_].enc = GIC5_ENC(op0, op1, crn, crm, op2)                                     \
	, [AT_##name_].access = GIC5_##access_                                                     \
	, [AT_##name_].view = GIC5_VIEW_##view_                                                    \
	, [AT_##name_].shape = GIC5_SHAPE_##shape_
#include <vgic5/sysregs.def>
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	, [AT_##name].defined = SHAPE_BITS_##shape
#define FIELD(reg, field, msb, lsb) | ROW_BITS(msb, lsb)
#include <vgic5/sysregs.def>
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	, [AT_##name].field_count = 0
#define FIELD(reg, field, msb, lsb) + 1
#include <vgic5/sysregs.def>
};
const size_t gic5_sysreg_count = AT_SYSREG_END;

const struct gic5_insn_desc gic5_insns[] = {
	[AT_INSN_END].name = NULL
#define INSN(name_, form_, op1, crm, op2, trap_, text_)                                            \
	, [AT_##name_].name = #name_                                                               \
	, [AT_##name_].text = text_                                                                \
	, [AT_##name_].trap = GIC5_MASK(ICH_HFGITR_EL2_##trap_)                                    \
	, [AT_##name_].fields = insn_fields + FIRST_##name_                                        \
	, [AT_##name_].enc = GIC5_ENC(1, op1, 12, crm, op2)                                        \
	, [AT_##name_].form = GIC5_FORM_##form_
#include <vgic5/insns.def>
#define INSN(name, form, op1, crm, op2, trap, text) , [AT_##name].field_count = 0
#define FIELD(insn, operand, msb, lsb)		    + 1
#include <vgic5/insns.def>
};
const size_t gic5_insn_count = AT_INSN_END;

const struct gic5_entry_desc gic5_entries[] = {
	[AT_ENTRY_END].name = NULL
#define ENTRY(name_, bytes_, text_)                                                                \
	, [AT_##name_].name = #name_                                                               \
	, [AT_##name_].text = text_                                                                \
	, [AT_##name_].fields = entry_fields + FIRST_##name_                                       \
	, [AT_##name_].bytes = bytes_
#include <vgic5/tables.def>
#define ENTRY(name, bytes, text)     , [AT_##name].field_count = 0
#define FIELD(entry, field, msb, lsb) + 1
#include <vgic5/tables.def>
};
const size_t gic5_entry_count = AT_ENTRY_END;

/* clang-format on */

/* ---- look-ups ---- */

/* Does the row lie before the byte? Rows are sorted by frame, then offset. */
static bool reg_ends_before(const struct gic5_irs_reg_desc *reg, enum gic5_frame frame,
			    uint32_t offset)
{
	if (reg->frame != frame)
		return reg->frame < frame;
	return reg->offset + reg->width / 8 <= offset;
}

const struct gic5_irs_reg_desc *gic5_irs_reg_find(enum gic5_frame frame, uint32_t offset)
{
	size_t low = 0;
	size_t high = gic5_irs_reg_count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (reg_ends_before(&gic5_irs_regs[mid], frame, offset))
			low = mid + 1;
		else
			high = mid;
	}
	if (low == gic5_irs_reg_count || gic5_irs_regs[low].frame != frame ||
	    gic5_irs_regs[low].offset > offset)
		return NULL;
	return &gic5_irs_regs[low];
}

const struct gic5_sysreg_desc *gic5_sysreg_find(uint32_t enc)
{
	switch (enc) {
/* clang-format off */
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	case GIC5_ENC(op0, op1, crn, crm, op2): return &gic5_sysregs[AT_##name];
#include <vgic5/sysregs.def>
	/* clang-format on */
	default: return NULL;
	}
}

const struct gic5_insn_desc *gic5_insn_find(uint32_t enc, bool sysl)
{
	const struct gic5_insn_desc *insn;

	switch (enc) {
/* clang-format off */
#define INSN(name, form, op1, crm, op2, trap, text)                                                \
	case GIC5_ENC(1, op1, 12, crm, op2): insn = &gic5_insns[AT_##name]; break;
#include <vgic5/insns.def>
	/* clang-format on */
	default: return NULL;
	}
	return (insn->form == GIC5_FORM_GICR) == sysl ? insn : NULL;
}

static bool same_name(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct gic5_entry_desc *gic5_entry_find(const char *name)
{
	if (!name)
		return NULL;
	for (size_t i = 0; i < gic5_entry_count; i++)
		if (same_name(gic5_entries[i].name, name))
			return &gic5_entries[i];
	return NULL;
}
