/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalar floating point: arithmetic, comparison, selection and moves on S and D registers. Each
 * operation has a handler that asks the soft float; the frequent ones have a second in front of it
 * that computes on the host and hands over what the host must not decide.
 */
#include "fp_host.h"

#define HAND_OVER(handler) A64_TAIL return handler(cpu, op)

/* Source operands of W bits, and the destination, which is cleared above them */
#define N(W)          ((uint##W##_t)v_d(cpu, op->rn))
#define M(W)          ((uint##W##_t)v_d(cpu, op->rm))
#define A(W)          ((uint##W##_t)v_d(cpu, op->ra))
#define RESULT(value) v_store_scalar(cpu, op->rd, value)

#define SOFT_BINARY(NAME, W)                                        \
	static A64_HANDLER(NAME##W##_soft)                          \
	{                                                           \
		RESULT(a64_f##W##_##NAME(fp_env(cpu), N(W), M(W))); \
		A64_NEXT(cpu, op);                                  \
	}

#define BINARY(NAME, W, HOST)                                                             \
	SOFT_BINARY(NAME, W)                                                              \
	static A64_HANDLER(NAME##W)                                                       \
	{                                                                                 \
		uint##W##_t result;                                                       \
		if (A64_UNLIKELY(!fp_host_##HOST##W(fp_env(cpu), N(W), M(W), &result))) { \
			HAND_OVER(NAME##W##_soft);                                        \
		}                                                                         \
		RESULT(result);                                                           \
		A64_NEXT(cpu, op);                                                        \
	}

#define ARITHMETIC(W)                                                             \
	BINARY(add, W, add)                                                       \
	BINARY(sub, W, sub)                                                       \
	BINARY(mul, W, mul)                                                       \
	BINARY(div, W, div)                                                       \
	BINARY(max, W, larger)                                                    \
	BINARY(min, W, smaller)                                                   \
	BINARY(maxnm, W, larger)                                                  \
	BINARY(minnm, W, smaller)                                                 \
                                                                                  \
	static A64_HANDLER(nmul##W)                                               \
	{                                                                         \
		RESULT(a64_f##W##_mul(fp_env(cpu), N(W), M(W)) ^ FP_SIGN##W);     \
		A64_NEXT(cpu, op);                                                \
	}                                                                         \
	static A64_HANDLER(sqrt##W##_soft)                                        \
	{                                                                         \
		RESULT(a64_f##W##_sqrt(fp_env(cpu), N(W)));                       \
		A64_NEXT(cpu, op);                                                \
	}                                                                         \
	static A64_HANDLER(sqrt##W)                                               \
	{                                                                         \
		uint##W##_t result;                                               \
		if (A64_UNLIKELY(!fp_host_sqrt##W(fp_env(cpu), N(W), &result))) { \
			HAND_OVER(sqrt##W##_soft);                                \
		}                                                                 \
		RESULT(result);                                                   \
		A64_NEXT(cpu, op);                                                \
	}                                                                         \
	static A64_HANDLER(mov##W)                                                \
	{                                                                         \
		RESULT(N(W));                                                     \
		A64_NEXT(cpu, op);                                                \
	}                                                                         \
	static A64_HANDLER(abs##W)                                                \
	{                                                                         \
		RESULT(N(W) & ~FP_SIGN##W);                                       \
		A64_NEXT(cpu, op);                                                \
	}                                                                         \
	static A64_HANDLER(neg##W)                                                \
	{                                                                         \
		RESULT(N(W) ^ FP_SIGN##W);                                        \
		A64_NEXT(cpu, op);                                                \
	}

ARITHMETIC(32)
ARITHMETIC(64)

/* FMADD, FMSUB, FNMADD, FNMSUB: signs of the addend and of the first factor */
#define MULADD(NAME, W, A_SIGN, N_SIGN)                                                            \
	static A64_HANDLER(NAME##W##_soft)                                                         \
	{                                                                                          \
		RESULT(a64_f##W##_muladd(fp_env(cpu), A(W) ^ (A_SIGN), N(W) ^ (N_SIGN), M(W)));    \
		A64_NEXT(cpu, op);                                                                 \
	}                                                                                          \
	static A64_HANDLER(NAME##W)                                                                \
	{                                                                                          \
		uint##W##_t result;                                                                \
		if (A64_UNLIKELY(!fp_host_muladd##W(fp_env(cpu), A(W) ^ (A_SIGN), N(W) ^ (N_SIGN), \
						    M(W), &result))) {                             \
			HAND_OVER(NAME##W##_soft);                                                 \
		}                                                                                  \
		RESULT(result);                                                                    \
		A64_NEXT(cpu, op);                                                                 \
	}

MULADD(madd, 32, 0, 0)
MULADD(msub, 32, 0, FP_SIGN32)
MULADD(nmadd, 32, FP_SIGN32, FP_SIGN32)
MULADD(nmsub, 32, FP_SIGN32, 0)
MULADD(madd, 64, 0, 0)
MULADD(msub, 64, 0, FP_SIGN64)
MULADD(nmadd, 64, FP_SIGN64, FP_SIGN64)
MULADD(nmsub, 64, FP_SIGN64, 0)

/*
 * Comparisons. aux8: quiet NaNs are invalid. FCCMP and FCSEL: the condition is in ra, and in aux what
 * FCCMP makes the flags if it does not hold.
 */
#define COMPARE(W)                                                                             \
	static A64_HANDLER(cmp##W##_soft)                                                      \
	{                                                                                      \
		a64_set_nzcv(cpu, a64_f##W##_compare(fp_env(cpu), N(W), M(W), op->aux8 != 0)); \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(cmp##W)                                                             \
	{                                                                                      \
		uint32_t nzcv;                                                                 \
		if (A64_UNLIKELY(!fp_host_compare##W(fp_env(cpu), N(W), M(W), &nzcv))) {       \
			HAND_OVER(cmp##W##_soft);                                              \
		}                                                                              \
		a64_set_nzcv(cpu, nzcv);                                                       \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(cmp_zero##W)                                                        \
	{                                                                                      \
		a64_set_nzcv(cpu, a64_f##W##_compare(fp_env(cpu), N(W), 0, op->aux8 != 0));    \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(ccmp##W)                                                            \
	{                                                                                      \
		if (a64_condition(cpu, op->ra)) {                                              \
			HAND_OVER(cmp##W##_soft);                                              \
		}                                                                              \
		a64_set_nzcv(cpu, op->aux);                                                    \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(csel##W)                                                            \
	{                                                                                      \
		RESULT(a64_condition(cpu, op->ra) ? N(W) : M(W));                              \
		A64_NEXT(cpu, op);                                                             \
	}

COMPARE(32)
COMPARE(64)

static A64_HANDLER(mov_imm)
{
	RESULT(op->imm);
	A64_NEXT(cpu, op);
}

/* Moves between the register files */
static A64_HANDLER(mov_s_to_w)
{
	cpu->x[op->rd] = v_s(cpu, op->rn);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(mov_d_to_x)
{
	cpu->x[op->rd] = v_d(cpu, op->rn);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(mov_top_to_x)
{
	cpu->x[op->rd] = cpu->v[op->rn].hi;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(mov_w_to_s)
{
	RESULT((uint32_t)cpu->x[op->rn]);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(mov_x_to_d)
{
	RESULT(cpu->x[op->rn]);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(mov_x_to_top)
{
	cpu->v[op->rd].hi = cpu->x[op->rn];
	A64_NEXT(cpu, op);
}

/* ---- forms: handlers are indexed by ptype<0>, 0 for S and 1 for D ---- */

static unsigned int ptype(uint32_t insn)
{
	return a64_bits(insn, 22, 1);
}

static bool form_registers(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	return fp_choose(row, ptype(insn), op);
}

static bool form_compare(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux8 = (uint8_t)a64_bits(insn, 4, 1);
	return fp_choose(row, ptype(insn), op);
}

static bool form_conditional(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux8 = (uint8_t)a64_bits(insn, 4, 1);
	op->aux = (uint16_t)a64_bits(insn, 0, 4);
	op->ra = (uint8_t)a64_bits(insn, 12, 4);
	return fp_choose(row, ptype(insn), op);
}

static bool form_immediate(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->imm = a64_fp_expand_imm(a64_bits(insn, 13, 8), ptype(insn) ? 64 : 32);
	return fp_choose(row, 0, op);
}

static bool form_to_general(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->rd = a64_slot_write(op->rd);
	return fp_choose(row, 0, op);
}

static bool form_from_general(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->rn = a64_slot_read(op->rn);
	return fp_choose(row, 0, op);
}

#define HANDLERS(...)          \
	(a64_handler *const[]) \
	{                      \
		__VA_ARGS__    \
	}
#define BOTH(name) HANDLERS(name##32, name##64)

/* Data-processing (1 source), (2 source), (3 source); S and D differ in bit 22 */
#define ONE_SOURCE(opcode, name)                                                    \
	{                                                                           \
		0xffbffc00, 0x1e204000 | (opcode) << 15, form_registers, BOTH(name) \
	}
#define TWO_SOURCE(opcode, name)                                                    \
	{                                                                           \
		0xffa0fc00, 0x1e200800 | (opcode) << 12, form_registers, BOTH(name) \
	}
#define THREE_SOURCE(o1, o0, name)                                                           \
	{                                                                                    \
		0xffa08000, 0x1f000000 | (o1) << 21 | (o0) << 15, form_registers, BOTH(name) \
	}
/* FMOV between a V and an X register: sf, ptype, rmode, opcode */
#define MOVE(sf, type, rmode, opcode, form, name)                                          \
	{                                                                                  \
		0xfffffc00,                                                                \
			0x1e200000 | (uint32_t)(sf) << 31 | (type) << 22 | (rmode) << 19 | \
				(opcode) << 16,                                            \
			form, HANDLERS(name)                                               \
	}

static const struct fp_row rows[] = {
	ONE_SOURCE(0x00, mov),
	ONE_SOURCE(0x01, abs),
	ONE_SOURCE(0x02, neg),
	ONE_SOURCE(0x03, sqrt),
	TWO_SOURCE(0x0, mul),
	TWO_SOURCE(0x1, div),
	TWO_SOURCE(0x2, add),
	TWO_SOURCE(0x3, sub),
	TWO_SOURCE(0x4, max),
	TWO_SOURCE(0x5, min),
	TWO_SOURCE(0x6, maxnm),
	TWO_SOURCE(0x7, minnm),
	TWO_SOURCE(0x8, nmul),
	THREE_SOURCE(0, 0, madd),
	THREE_SOURCE(0, 1, msub),
	THREE_SOURCE(1, 0, nmadd),
	THREE_SOURCE(1, 1, nmsub),
	{0xffa0fc0f, 0x1e202000, form_compare,     BOTH(cmp)        },
	{0xffa0fc0f, 0x1e202008, form_compare,     BOTH(cmp_zero)   },
	{0xffa00c00, 0x1e200400, form_conditional, BOTH(ccmp)       },
	{0xffa00c00, 0x1e200c00, form_conditional, BOTH(csel)       },
	{0xffa01fe0, 0x1e201000, form_immediate,   HANDLERS(mov_imm)},
	MOVE(0, 0, 0, 6, form_to_general, mov_s_to_w),
	MOVE(0, 0, 0, 7, form_from_general, mov_w_to_s),
	MOVE(1, 1, 0, 6, form_to_general, mov_d_to_x),
	MOVE(1, 1, 0, 7, form_from_general, mov_x_to_d),
	MOVE(1, 2, 1, 6, form_to_general, mov_top_to_x),
	MOVE(1, 2, 1, 7, form_from_general, mov_x_to_top),
};

const struct fp_table a64_fp_scalar_table = {0x5e000000, 0x1e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
