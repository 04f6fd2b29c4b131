/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Branches: the ends of blocks. Only here are the budget and the events looked at. A direct branch keeps
 * links to its successors in the two slots behind it: a near link (same page, so the same physical page)
 * holds as long as the block does, a far one as long as the code context. A compare and the conditional
 * branch behind it are one operation.
 */
#include "alu.h"
#include "engine.h"

/* ---- going on ------------------------------------------------------------------------------------- */

static inline struct a64_link *link_of(const struct a64_op *op, unsigned int which)
{
	return (struct a64_link *)(uintptr_t)&op[1 + which];
}

/* aux8 of a block's last operation: instructions that the operation stands for */
#define CHARGE(cpu, op) ((cpu)->left -= (op)->off + (op)->aux8)

#define FOLLOW_NEAR(cpu, op, which)                                                               \
	do {                                                                                      \
		struct a64_link *link_ = link_of(op, which);                                      \
		CHARGE(cpu, op);                                                                  \
		(cpu)->pc += (uint64_t)link_->delta;                                              \
		if (A64_UNLIKELY((cpu)->left < 0 ||                                               \
				 atomic_load_explicit(&(cpu)->attention, memory_order_relaxed) || \
				 !link_->to)) {                                                   \
			(cpu)->pending_link = link_;                                              \
			return NULL;                                                              \
		}                                                                                 \
		A64_GOTO(cpu, link_->to);                                                         \
	} while (0)

#define FOLLOW_FAR(cpu, op, which)                                                                \
	do {                                                                                      \
		struct a64_link *link_ = link_of(op, which);                                      \
		CHARGE(cpu, op);                                                                  \
		(cpu)->pc += (uint64_t)link_->delta;                                              \
		if (A64_UNLIKELY((cpu)->left < 0 ||                                               \
				 atomic_load_explicit(&(cpu)->attention, memory_order_relaxed) || \
				 link_->ctx != (cpu)->ctx[(cpu)->pc >> 63])) {                    \
			(cpu)->pending_link = link_;                                              \
			return NULL;                                                              \
		}                                                                                 \
		A64_GOTO(cpu, link_->to);                                                         \
	} while (0)

#define FOLLOW_INDIRECT(cpu, op, target)                                                          \
	do {                                                                                      \
		uint64_t va_ = (target);                                                          \
		const struct a64_jump *j_ = a64_jump_slot(cpu, va_);                              \
		CHARGE(cpu, op);                                                                  \
		(cpu)->pc = va_;                                                                  \
		if (A64_UNLIKELY((cpu)->left < 0 ||                                               \
				 atomic_load_explicit(&(cpu)->attention, memory_order_relaxed) || \
				 j_->va != va_ || j_->ctx != (cpu)->ctx[va_ >> 63])) {            \
			return NULL;                                                              \
		}                                                                                 \
		A64_GOTO(cpu, j_->ops);                                                           \
	} while (0)

/* ---- handlers ------------------------------------------------------------------------------------- */

#define BRANCH(name, condition)                  \
	static A64_HANDLER(name##_near)          \
	{                                        \
		if (condition) {                 \
			FOLLOW_NEAR(cpu, op, 0); \
		}                                \
		FOLLOW_NEAR(cpu, op, 1);         \
	}                                        \
	static A64_HANDLER(name##_far)           \
	{                                        \
		if (condition) {                 \
			FOLLOW_FAR(cpu, op, 0);  \
		}                                \
		FOLLOW_FAR(cpu, op, 1);          \
	}

static A64_HANDLER(h_b_near)
{
	FOLLOW_NEAR(cpu, op, 0);
}

static A64_HANDLER(h_b_far)
{
	FOLLOW_FAR(cpu, op, 0);
}

static A64_HANDLER(h_bl_near)
{
	cpu->x[30] = a64_op_pc(cpu, op) + 4;
	FOLLOW_NEAR(cpu, op, 0);
}

static A64_HANDLER(h_bl_far)
{
	cpu->x[30] = a64_op_pc(cpu, op) + 4;
	FOLLOW_FAR(cpu, op, 0);
}

static A64_HANDLER(h_br)
{
	FOLLOW_INDIRECT(cpu, op, cpu->x[op->rn]);
}

static A64_HANDLER(h_blr)
{
	uint64_t target = cpu->x[op->rn];

	cpu->x[30] = a64_op_pc(cpu, op) + 4;
	FOLLOW_INDIRECT(cpu, op, target);
}

BRANCH(h_cbz64, cpu->x[op->rn] == 0)
BRANCH(h_cbnz64, cpu->x[op->rn] != 0)
BRANCH(h_cbz32, (uint32_t)cpu->x[op->rn] == 0)
BRANCH(h_cbnz32, (uint32_t)cpu->x[op->rn] != 0)
BRANCH(h_tbz, !(cpu->x[op->rn] & op->imm))
BRANCH(h_tbnz, (cpu->x[op->rn] & op->imm) != 0)

/* Per condition, so that each is one or two tests */
BRANCH(h_eq, cpu->zf == 0)
BRANCH(h_ne, cpu->zf != 0)
BRANCH(h_cs, cpu->cf)
BRANCH(h_cc, !cpu->cf)
BRANCH(h_mi, (int64_t)cpu->nf < 0)
BRANCH(h_pl, (int64_t)cpu->nf >= 0)
BRANCH(h_vs, (int64_t)cpu->vf < 0)
BRANCH(h_vc, (int64_t)cpu->vf >= 0)
BRANCH(h_hi, cpu->cf && cpu->zf != 0)
BRANCH(h_ls, !cpu->cf || cpu->zf == 0)
BRANCH(h_ge, (int64_t)(cpu->nf ^ cpu->vf) >= 0)
BRANCH(h_lt, (int64_t)(cpu->nf ^ cpu->vf) < 0)
BRANCH(h_gt, (int64_t)(cpu->nf ^ cpu->vf) >= 0 && cpu->zf != 0)
BRANCH(h_le, (int64_t)(cpu->nf ^ cpu->vf) < 0 || cpu->zf == 0)

static a64_handler *const cond_branch[14][2] = {
	{h_eq_near, h_eq_far},
        {h_ne_near, h_ne_far},
        {h_cs_near, h_cs_far},
        {h_cc_near, h_cc_far},
	{h_mi_near, h_mi_far},
        {h_pl_near, h_pl_far},
        {h_vs_near, h_vs_far},
        {h_vc_near, h_vc_far},
	{h_hi_near, h_hi_far},
        {h_ls_near, h_ls_far},
        {h_ge_near, h_ge_far},
        {h_lt_near, h_lt_far},
	{h_gt_near, h_gt_far},
        {h_le_near, h_le_far}
};

/* Compare and branch: condition straight from the operands, flags set as well */
#define FUSED(name, type, a, b, flags, condition)  \
	static A64_HANDLER(name##_near)            \
	{                                          \
		type x = (type)(a), y = (type)(b); \
		flags(cpu, x, y);                  \
		if (condition) {                   \
			FOLLOW_NEAR(cpu, op, 0);   \
		}                                  \
		FOLLOW_NEAR(cpu, op, 1);           \
	}                                          \
	static A64_HANDLER(name##_far)             \
	{                                          \
		type x = (type)(a), y = (type)(b); \
		flags(cpu, x, y);                  \
		if (condition) {                   \
			FOLLOW_FAR(cpu, op, 0);    \
		}                                  \
		FOLLOW_FAR(cpu, op, 1);            \
	}

/* clang-format off */
#define FUSED_CONDITIONS(name, type, stype, a, b, flags)                                        \
	FUSED(name##_eq, type, a, b, flags, x == y)                                             \
	FUSED(name##_ne, type, a, b, flags, x != y)                                             \
	FUSED(name##_cs, type, a, b, flags, x >= y)                                             \
	FUSED(name##_cc, type, a, b, flags, x < y)                                              \
	FUSED(name##_hi, type, a, b, flags, x > y)                                              \
	FUSED(name##_ls, type, a, b, flags, x <= y)                                             \
	FUSED(name##_ge, type, a, b, flags, (stype)x >= (stype)y)                               \
	FUSED(name##_lt, type, a, b, flags, (stype)x < (stype)y)                                \
	FUSED(name##_gt, type, a, b, flags, (stype)x > (stype)y)                                \
	FUSED(name##_le, type, a, b, flags, (stype)x <= (stype)y)                               \
	static a64_handler *const name##_table[14][2] = {                                       \
		[0] = {name##_eq_near, name##_eq_far},                                        \
		[1] = {name##_ne_near, name##_ne_far},                                        \
		[2] = {name##_cs_near, name##_cs_far},                                        \
		[3] = {name##_cc_near, name##_cc_far},                                        \
		[8] = {name##_hi_near, name##_hi_far},                                        \
		[9] = {name##_ls_near, name##_ls_far},                                        \
		[10] = {name##_ge_near, name##_ge_far},                                       \
		[11] = {name##_lt_near, name##_lt_far},                                       \
		[12] = {name##_gt_near, name##_gt_far},                                       \
		[13] = {name##_le_near, name##_le_far},                                       \
	};
/* clang-format on */

FUSED_CONDITIONS(h_cmp64_imm, uint64_t, int64_t, cpu->x[op->rn], op->imm, a64_subs64)
FUSED_CONDITIONS(h_cmp32_imm, uint32_t, int32_t, cpu->x[op->rn], op->imm, a64_subs32)
FUSED_CONDITIONS(h_cmp64_reg, uint64_t, int64_t, cpu->x[op->rn], cpu->x[op->rm], a64_subs64)
FUSED_CONDITIONS(h_cmp32_reg, uint32_t, int32_t, cpu->x[op->rn], cpu->x[op->rm], a64_subs32)

/* TST immediate and B.EQ, B.NE */
#define TEST64(cpu, x, y) a64_logic64(cpu, (x) & (y))
#define TEST32(cpu, x, y) a64_logic32(cpu, (x) & (y))
FUSED(h_tst64_eq, uint64_t, cpu->x[op->rn], op->imm, TEST64, !(x & y))
FUSED(h_tst64_ne, uint64_t, cpu->x[op->rn], op->imm, TEST64, (x & y) != 0)
FUSED(h_tst32_eq, uint32_t, cpu->x[op->rn], op->imm, TEST32, !(x & y))
FUSED(h_tst32_ne, uint32_t, cpu->x[op->rn], op->imm, TEST32, (x & y) != 0)
static a64_handler *const h_tst64_table[2][2] = {
	{h_tst64_eq_near, h_tst64_eq_far},
        {h_tst64_ne_near, h_tst64_ne_far}
};
static a64_handler *const h_tst32_table[2][2] = {
	{h_tst32_eq_near, h_tst32_eq_far},
        {h_tst32_ne_near, h_tst32_ne_far}
};

static A64_HANDLER(h_eret)
{
	CHARGE(cpu, op);
	a64_exception_return(cpu);
	return NULL;
}

/* ---- decoding ------------------------------------------------------------------------------------- */

static void init_link(struct a64_op *op, unsigned int which, unsigned int index, int64_t offset)
{
	struct a64_link *link = link_of(op, which);

	link->to = NULL;
	link->ctx = 0;
	link->delta = 4 * (int64_t)index + offset;
}

static bool same_page(uint64_t page_offset, int64_t displacement)
{
	int64_t target = (int64_t)page_offset + displacement;

	return target >= 0 && target < (int64_t)A64_PAGE_SIZE;
}

static int64_t displacement(uint32_t insn, unsigned int low, unsigned int width)
{
	uint64_t field = a64_bits(insn, low, width);

	return (int64_t)(field << (64 - width)) >> (62 - width);
}

/* A conditional branch that is @length instructions, the last at @page_offset of its page */
static void finish_conditional(struct a64_op *op, a64_handler *const pair[2], unsigned int index,
			       uint64_t page_offset, int64_t offset, struct a64_class_out *out)
{
	bool near = same_page(page_offset, offset) && same_page(page_offset, 4);

	init_link(op, 0, index, offset);
	init_link(op, 1, index, 4);
	op->fn = pair[near ? 0 : 1];
	out->slots = 3;
	out->end = true;
}

void a64_make_fallthrough(unsigned int index, uint64_t page_offset, struct a64_op *op,
			  unsigned int *slots)
{
	op->aux8 = 0; /* no instruction of its own */
	init_link(op, 0, index, 0);
	op->fn = page_offset < A64_PAGE_SIZE ? h_b_near : h_b_far;
	*slots = 2;
}

static bool decode_unconditional(uint32_t insn, unsigned int index, uint64_t page_offset,
				 struct a64_op *op, struct a64_class_out *out)
{
	int64_t offset = displacement(insn, 0, 26);
	bool near = same_page(page_offset, offset), link = insn >> 31;

	init_link(op, 0, index, offset);
	op->fn = link ? (near ? h_bl_near : h_bl_far) : (near ? h_b_near : h_b_far);
	out->slots = 2;
	out->end = true;
	return true;
}

static bool decode_register(uint32_t insn, const struct a64_decode *how, struct a64_op *op,
			    struct a64_class_out *out)
{
	unsigned int opc = a64_bits(insn, 21, 4);

	if (a64_bits(insn, 16, 5) != 31 || a64_bits(insn, 10, 6) || (insn & 31)) {
		return false;
	}
	op->rn = a64_slot_read(insn >> 5 & 31);
	out->end = true;
	switch (opc) {
	case 0:
	case 2: op->fn = h_br; return true;
	case 1: op->fn = h_blr; return true;
	case 4: op->fn = h_eret; return (insn >> 5 & 31) == 31 && how->el != 0;
	default: return false;
	}
}

bool a64_decode_branch(uint32_t insn, const struct a64_decode *how, unsigned int index,
		       uint64_t page_offset, struct a64_op *op, struct a64_class_out *out)
{
	static a64_handler *const compare[4][2] = {
		{h_cbz32_near,  h_cbz32_far },
		{h_cbnz32_near, h_cbnz32_far},
		{h_cbz64_near,  h_cbz64_far },
		{h_cbnz64_near, h_cbnz64_far}
        };
	static a64_handler *const test[2][2] = {
		{h_tbz_near,  h_tbz_far },
                {h_tbnz_near, h_tbnz_far}
        };
	unsigned int cond = insn & 15;

	op->aux8 = 1;
	if ((insn & 0x7c000000) == 0x14000000) {
		return decode_unconditional(insn, index, page_offset, op, out);
	}
	if ((insn & 0x7e000000) == 0x34000000) {
		op->rn = a64_slot_read(insn & 31);
		finish_conditional(op, compare[(insn >> 31) << 1 | (insn >> 24 & 1)], index,
				   page_offset, displacement(insn, 5, 19), out);
		return true;
	}
	if ((insn & 0x7e000000) == 0x36000000) {
		op->rn = a64_slot_read(insn & 31);
		op->imm = 1ull << ((insn >> 31) << 5 | a64_bits(insn, 19, 5));
		finish_conditional(op, test[insn >> 24 & 1], index, page_offset,
				   displacement(insn, 5, 14), out);
		return true;
	}
	if ((insn & 0xff000010) == 0x54000000) {
		int64_t offset = displacement(insn, 5, 19);

		if (cond >= 14) {
			return decode_unconditional((uint32_t)(offset >> 2 & 0x3ffffff) |
							    0x14000000,
						    index, page_offset, op, out);
		}
		finish_conditional(op, cond_branch[cond], index, page_offset, offset, out);
		return true;
	}
	if ((insn & 0xfe000000) == 0xd6000000) {
		return decode_register(insn, how, op, out);
	}
	return false;
}

/* CMP or TST in @first, B.cond in @second: @index and @page_offset are those of the second */
bool a64_decode_fused(uint32_t first, uint32_t second, unsigned int index, uint64_t page_offset,
		      struct a64_op *op, struct a64_class_out *out)
{
	unsigned int cond = second & 15;
	bool wide = first >> 31;
	a64_handler *const *pair;

	if ((second & 0xff000010) != 0x54000000 || cond >= 14 || (first & 31) != 31) {
		return false;
	}
	op->rn = first >> 5 & 31;
	if ((first & 0x7f800000) == 0x71000000) { /* SUBS immediate: rn may be SP */
		op->imm = (uint64_t)a64_bits(first, 10, 12) << (first >> 22 & 1 ? 12 : 0);
		pair = wide ? h_cmp64_imm_table[cond] : h_cmp32_imm_table[cond];
	} else if ((first & 0x7fe0fc00) == 0x6b000000) { /* SUBS register, not shifted */
		op->rn = a64_slot_read(op->rn);
		op->rm = a64_slot_read(first >> 16 & 31);
		pair = wide ? h_cmp64_reg_table[cond] : h_cmp32_reg_table[cond];
	} else if ((first & 0x7f800000) == 0x72000000 && cond < 2) { /* ANDS immediate */
		if ((!wide && (first >> 22 & 1)) ||
		    !a64_bit_mask(first >> 22 & 1, a64_bits(first, 10, 6), a64_bits(first, 16, 6),
				  &op->imm)) {
			return false;
		}
		op->rn = a64_slot_read(op->rn);
		pair = wide ? h_tst64_table[cond] : h_tst32_table[cond];
	} else {
		return false;
	}
	if (!pair[0]) {
		return false;
	}
	op->aux8 = 2;
	finish_conditional(op, pair, index, page_offset, displacement(second, 5, 19), out);
	return true;
}
