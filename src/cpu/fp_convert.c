/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Scalar conversions: between half, single and double precision, to and from integers and fixed point,
 * and to integral values.
 */
#include "fp_host.h"

#define HAND_OVER(handler) A64_TAIL return handler(cpu, op)
#define N(W)               ((uint##W##_t)v_d(cpu, op->rn))
#define RESULT(value)      v_store_scalar(cpu, op->rd, value)

/* ---- between formats ---- */

#define CONVERT(FROM, TO, W)                                     \
	static A64_HANDLER(FROM##_to_##TO)                       \
	{                                                        \
		RESULT(a64_##FROM##_to_##TO(fp_env(cpu), N(W))); \
		A64_NEXT(cpu, op);                               \
	}

CONVERT(f16, f32, 16)
CONVERT(f16, f64, 16)
CONVERT(f32, f16, 32)
CONVERT(f64, f16, 64)
CONVERT(f32, f64, 32)
CONVERT(f64, f32, 64)

static A64_HANDLER(widen)
{
	uint64_t result;

	if (A64_UNLIKELY(!fp_host_widen(fp_env(cpu), N(32), &result))) {
		HAND_OVER(f32_to_f64);
	}
	RESULT(result);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(narrow)
{
	uint32_t result;

	if (A64_UNLIKELY(!fp_host_narrow(fp_env(cpu), N(64), &result))) {
		HAND_OVER(f64_to_f32);
	}
	RESULT(result);
	A64_NEXT(cpu, op);
}

/* ---- to integral values: aux8 rounding, aux sets IXC ---- */

#define ROUND(W)                                                                                 \
	static A64_HANDLER(round_int##W##_soft)                                                  \
	{                                                                                        \
		RESULT(a64_f##W##_round_int(fp_env(cpu), N(W), fp_rounding(cpu, op->aux8),       \
					    op->aux != 0));                                      \
		A64_NEXT(cpu, op);                                                               \
	}                                                                                        \
	static A64_HANDLER(round_int##W)                                                         \
	{                                                                                        \
		uint##W##_t result;                                                              \
		if (A64_UNLIKELY(!fp_host_round_int##W(fp_env(cpu), N(W),                        \
						       fp_rounding(cpu, op->aux8), op->aux != 0, \
						       &result))) {                              \
			HAND_OVER(round_int##W##_soft);                                          \
		}                                                                                \
		RESULT(result);                                                                  \
		A64_NEXT(cpu, op);                                                               \
	}

ROUND(32)
ROUND(64)

/*
 * ---- to and from integers ----
 * aux8: rounding; aux: fraction bits; ra: the integer is unsigned; rm: its width
 */

#define INTEGER(W)                                                                             \
	static A64_HANDLER(to_int##W)                                                          \
	{                                                                                      \
		cpu->x[op->rd] = a64_f##W##_to_fixed(fp_env(cpu), N(W), op->aux, op->rm,       \
						     op->ra != 0, fp_rounding(cpu, op->aux8)); \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(from_sint##W)                                                       \
	{                                                                                      \
		uint64_t value = cpu->x[op->rn];                                               \
		int64_t wide = op->rm == 32 ? (int32_t)value : (int64_t)value;                 \
		RESULT(a64_f##W##_from_sint(fp_env(cpu), wide, op->aux));                      \
		A64_NEXT(cpu, op);                                                             \
	}                                                                                      \
	static A64_HANDLER(from_uint##W)                                                       \
	{                                                                                      \
		uint64_t value = cpu->x[op->rn];                                               \
		uint64_t wide = op->rm == 32 ? (uint32_t)value : value;                        \
		RESULT(a64_f##W##_from_uint(fp_env(cpu), wide, op->aux));                      \
		A64_NEXT(cpu, op);                                                             \
	}

INTEGER(32)
INTEGER(64)

/* Without fraction bits: FCVTZS, SCVTF, UCVTF; of I bits */
#define HOST_INTEGER(W, I)                                                               \
	static A64_HANDLER(truncate##W##_##I)                                            \
	{                                                                                \
		uint64_t result;                                                         \
		if (A64_UNLIKELY(!fp_host_truncate##W(fp_env(cpu), N(W), I, &result))) { \
			HAND_OVER(to_int##W);                                            \
		}                                                                        \
		cpu->x[op->rd] = result;                                                 \
		A64_NEXT(cpu, op);                                                       \
	}                                                                                \
	static A64_HANDLER(float##W##_of_s##I)                                           \
	{                                                                                \
		uint##W##_t result;                                                      \
		int##I##_t value = (int##I##_t)cpu->x[op->rn];                           \
		if (A64_UNLIKELY(!fp_host_from_sint##W(fp_env(cpu), value, &result))) {  \
			HAND_OVER(from_sint##W);                                         \
		}                                                                        \
		RESULT(result);                                                          \
		A64_NEXT(cpu, op);                                                       \
	}                                                                                \
	static A64_HANDLER(float##W##_of_u##I)                                           \
	{                                                                                \
		uint##W##_t result;                                                      \
		uint##I##_t value = (uint##I##_t)cpu->x[op->rn];                         \
		if (A64_UNLIKELY(!fp_host_from_uint##W(fp_env(cpu), value, &result))) {  \
			HAND_OVER(from_uint##W);                                         \
		}                                                                        \
		RESULT(result);                                                          \
		A64_NEXT(cpu, op);                                                       \
	}

HOST_INTEGER(32, 32)
HOST_INTEGER(32, 64)
HOST_INTEGER(64, 32)
HOST_INTEGER(64, 64)

/* ---- forms ---- */

static unsigned int ptype(uint32_t insn)
{
	return a64_bits(insn, 22, 1);
}

static bool form_plain(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	return fp_choose(row, 0, op);
}

/* arg: rounding, and bit 8 if IXC is to be set */
static bool form_round(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux8 = (uint8_t)row->arg;
	op->aux = row->arg >> 8;
	return fp_choose(row, ptype(insn), op);
}

static unsigned int integer_width(uint32_t insn)
{
	return insn >> 31 ? 64 : 32;
}

/* Bit 21 clear: bits 15:10 hold 64 less the number of fraction bits, of which W registers have 32. */
static bool take_fraction_bits(uint32_t insn, struct a64_op *op)
{
	op->aux = (uint16_t)(64 - a64_bits(insn, 10, 6));
	return op->aux <= integer_width(insn);
}

/* arg: rounding. Bit 16 says unsigned. */
static bool form_to_int(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->rd = a64_slot_write(op->rd);
	op->rm = (uint8_t)integer_width(insn);
	op->ra = (uint8_t)a64_bits(insn, 16, 1);
	op->aux8 = (uint8_t)row->arg;
	op->aux = 0;
	return fp_choose(row, ptype(insn) | insn >> 31 << 1, op);
}

static bool form_to_fixed(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	return form_to_int(insn, row, op) && take_fraction_bits(insn, op);
}

static bool form_from_int(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->rn = a64_slot_read(op->rn);
	op->rm = (uint8_t)integer_width(insn);
	op->aux = 0;
	return fp_choose(row, ptype(insn) | insn >> 31 << 1, op);
}

static bool form_from_fixed(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	return form_from_int(insn, row, op) && take_fraction_bits(insn, op);
}

#define HANDLERS(...)          \
	(a64_handler *const[]) \
	{                      \
		__VA_ARGS__    \
	}

/* FCVT: source type, destination type */
#define BETWEEN(from, to, name)                                                                \
	{                                                                                      \
		0xfffffc00, 0x1e224000 | (from) << 22 | (to) << 15, form_plain, HANDLERS(name) \
	}
/* FRINT*: opcode, rounding, exact; bit 22 free */
#define INTEGRAL(opcode, rounding, exact)                                             \
	{                                                                             \
		0xffbffc00, 0x1e244000 | (opcode) << 15, form_round,                  \
			HANDLERS(round_int32, round_int64), (rounding) | (exact) << 8 \
	}
/* sf and bit 22 free: handlers S to W, D to W, S to X, D to X */
#define TO_INT(rmode, opcode, rounding)                                               \
	{                                                                             \
		0x7fbefc00, 0x1e200000 | (rmode) << 19 | (opcode) << 16, form_to_int, \
			HANDLERS(to_int32, to_int64, to_int32, to_int64), rounding    \
	}

static const struct fp_row rows[] = {
	BETWEEN(0, 1, widen),
	BETWEEN(0, 3, f32_to_f16),
	BETWEEN(1, 0, narrow),
	BETWEEN(1, 3, f64_to_f16),
	BETWEEN(3, 0, f16_to_f32),
	BETWEEN(3, 1, f16_to_f64),
	INTEGRAL(0, A64_ROUND_TIEEVEN, 0),
	INTEGRAL(1, A64_ROUND_POSINF, 0),
	INTEGRAL(2, A64_ROUND_NEGINF, 0),
	INTEGRAL(3, A64_ROUND_ZERO, 0),
	INTEGRAL(4, A64_ROUND_TIEAWAY, 0),
	INTEGRAL(6, FP_ROUND_FPCR, 1),
	INTEGRAL(7, FP_ROUND_FPCR, 0),
	TO_INT(0, 0, A64_ROUND_TIEEVEN),
	TO_INT(1, 0, A64_ROUND_POSINF),
	TO_INT(2, 0, A64_ROUND_NEGINF),
	TO_INT(0, 4, A64_ROUND_TIEAWAY),
 /* FCVTZS, FCVTZU, SCVTF, UCVTF */
	{0x7fbffc00,       0x1e380000, form_to_int,
	 HANDLERS(truncate32_32,					       truncate64_32,       truncate32_64,               truncate64_64),												A64_ROUND_ZERO},
	{0x7fbffc00,                0x1e390000,                 form_to_int,   HANDLERS(to_int32, to_int64, to_int32,                    to_int64),
	 A64_ROUND_ZERO},
	{0x7fbffc00,   0x1e220000,             form_from_int,
	 HANDLERS(float32_of_s32,                            float64_of_s32,                      float32_of_s64,												float64_of_s64)																				   },
	{0x7fbffc00, 0x1e230000,           form_from_int,
	 HANDLERS(float32_of_u32,                            float64_of_u32,                        float32_of_u64,												float64_of_u64)																				   },
 /* The same with fraction bits */
	{0x7fbe0000, 0x1e180000,           form_to_fixed,             HANDLERS(to_int32,                            to_int64,                        to_int32,to_int64),
	 A64_ROUND_ZERO},
	{0x7fbf0000,       0x1e020000,               form_from_fixed,
	 HANDLERS(from_sint32,					  from_sint64,					     from_sint32,                                           from_sint64)																										 },
	{0x7fbf0000,     0x1e030000,   form_from_fixed,
	 HANDLERS(from_uint32,                              from_uint64,from_uint32,from_uint64)																										 },
};

const struct fp_table a64_fp_convert_table = {0x5f000000, 0x1e000000, rows,
					      sizeof(rows) / sizeof(rows[0])};
