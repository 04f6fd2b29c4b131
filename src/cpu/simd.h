/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD: from a kernel, which computes on whole vectors, to handlers and table rows.
 *
 * A kernel is an inline function of the old destination d and the sources n and m. Two handlers are
 * made of it: _full for 128-bit vectors, and _part, which sees only the bits of op->imm (the lower half,
 * or one lane of a scalar form) as operands, the rest being zero, and clears the rest of the result.
 * So a kernel of a saturating operation must not saturate where the operands are zero.
 *
 * Kernels compute in unsigned lanes; signed types are for comparison, right shift and widening.
 */
#ifndef VGIC5_CPU_SIMD_H
#define VGIC5_CPU_SIMD_H

#include "fp_simd.h"

#define SIMD_INLINE static inline __attribute__((always_inline))

/* Half vectors */
typedef uint8_t u8h __attribute__((vector_size(8)));
typedef uint16_t u16h __attribute__((vector_size(8)));
typedef uint32_t u32h __attribute__((vector_size(8)));
typedef int8_t s8h __attribute__((vector_size(8)));
typedef int16_t s16h __attribute__((vector_size(8)));
typedef int32_t s32h __attribute__((vector_size(8)));
typedef uint64_t u64h __attribute__((vector_size(8)));

/* ---- kernels ---- */

#define SIMD_LANE_COUNT(v) (sizeof(v) / sizeof((v)[0]))

/* Sets each lane of r, a vector, to an expression of the lane index i. */
#define SIMD_EACH(r, expression)                                        \
	do {                                                            \
		for (unsigned int i = 0; i < SIMD_LANE_COUNT(r); i++) { \
			(r)[i] = (expression);                          \
		}                                                       \
	} while (0)

/* Where mask has ones, a; elsewhere b. */
#define SIMD_SELECT(V, mask, a, b) (((V)(mask) & (V)(a)) | (~(V)(mask) & (V)(b)))

SIMD_INLINE void simd_saturated(struct a64_cpu *cpu, u64v mask)
{
	if (mask[0] | mask[1]) {
		cpu->fpsr |= A64_FPSR_QC;
	}
}

/* A kernel on vectors of type V; the body sees cpu, op, d, n, m and sets r. */
#define SIMD_KERNEL(NAME, V, BODY)                                                               \
	SIMD_INLINE V NAME##_kernel(struct a64_cpu *cpu, const struct a64_op *op, V d, V n, V m) \
	{                                                                                        \
		V r;                                                                             \
		(void)cpu, (void)op, (void)d, (void)m;                                           \
		BODY;                                                                            \
		return r;                                                                        \
	}

#define SIMD_HANDLERS(NAME, V)                                                               \
	static A64_HANDLER(NAME##_full)                                                      \
	{                                                                                    \
		V r = NAME##_kernel(cpu, op, (V)v_load(cpu, op->rd), (V)v_load(cpu, op->rn), \
				    (V)v_load(cpu, op->rm));                                 \
		v_store(cpu, op->rd, (u64v)r);                                               \
		A64_NEXT(cpu, op);                                                           \
	}                                                                                    \
	static A64_HANDLER(NAME##_part)                                                      \
	{                                                                                    \
		u64v mask = {op->imm, 0};                                                    \
		V r = NAME##_kernel(cpu, op, (V)(mask & v_load(cpu, op->rd)),                \
				    (V)(mask & v_load(cpu, op->rn)),                         \
				    (V)(mask & v_load(cpu, op->rm)));                        \
		v_store(cpu, op->rd, mask &(u64v)r);                                         \
		A64_NEXT(cpu, op);                                                           \
	}

#define SIMD_OP(NAME, V, BODY)     \
	SIMD_KERNEL(NAME, V, BODY) \
	SIMD_HANDLERS(NAME, V)

/*
 * The operation for several lane sizes. BODY is a macro of (S, B): lanes of type S##B, S being s or u.
 */
#define SIMD_OP_BHS(NAME, S, BODY)             \
	SIMD_OP(NAME##8, S##8v, BODY(S, 8))    \
	SIMD_OP(NAME##16, S##16v, BODY(S, 16)) \
	SIMD_OP(NAME##32, S##32v, BODY(S, 32))
#define SIMD_OP_BHSD(NAME, S, BODY) \
	SIMD_OP_BHS(NAME, S, BODY)  \
	SIMD_OP(NAME##64, S##64v, BODY(S, 64))
#define SIMD_OP_HS(NAME, S, BODY)              \
	SIMD_OP(NAME##16, S##16v, BODY(S, 16)) \
	SIMD_OP(NAME##32, S##32v, BODY(S, 32))

/* ---- rows ---- */

#define SIMD_LIST(...)         \
	(a64_handler *const[]) \
	{                      \
		__VA_ARGS__    \
	}

/* Handlers indexed by size, and 4 more for part */
#define SIMD_BHSD(NAME)                                                                    \
	SIMD_LIST(NAME##8_full, NAME##16_full, NAME##32_full, NAME##64_full, NAME##8_part, \
		  NAME##16_part, NAME##32_part, NAME##64_part)
#define SIMD_BHS(NAME)                                                                           \
	SIMD_LIST(NAME##8_full, NAME##16_full, NAME##32_full, NULL, NAME##8_part, NAME##16_part, \
		  NAME##32_part, NULL)
#define SIMD_HS(NAME)                                                                           \
	SIMD_LIST(NULL, NAME##16_full, NAME##32_full, NULL, NULL, NAME##16_part, NAME##32_part, \
		  NULL)
#define SIMD_BH(NAME) \
	SIMD_LIST(NAME##8_full, NAME##16_full, NULL, NULL, NAME##8_part, NAME##16_part, NULL, NULL)
#define SIMD_B(NAME) SIMD_LIST(NAME##8_full, NULL, NULL, NULL, NAME##8_part, NULL, NULL, NULL)

/* Scalar forms that exist for 64 bits only */
#define SIMD_D(NAME) SIMD_LIST(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NAME##64_part)

/* Encodings by class; bit 30 is Q in the vector ones, bits 23:22 are the size unless said otherwise. */
#define SIMD_SAME(u, opcode)         0xbf20fc00, 0x0e200400 | (u) << 29 | (opcode) << 11
#define SIMD_SAME_SCALAR(u, opcode)  0xff20fc00, 0x5e200400 | (u) << 29 | (opcode) << 11
#define SIMD_EXTRA(u, opcode)        0xbf20fc00, 0x0e008400 | (u) << 29 | (opcode) << 11
#define SIMD_EXTRA_SCALAR(u, opcode) 0xff20fc00, 0x5e008400 | (u) << 29 | (opcode) << 11
#define SIMD_MISC(u, opcode)         0xbf3ffc00, 0x0e200800 | (u) << 29 | (opcode) << 12
#define SIMD_MISC_SCALAR(u, opcode)  0xff3ffc00, 0x5e200800 | (u) << 29 | (opcode) << 12
#define SIMD_ACROSS(u, opcode)       0xbf3ffc00, 0x0e300800 | (u) << 29 | (opcode) << 12
#define SIMD_PAIR_SCALAR(u, opcode)  0xff3ffc00, 0x5e300800 | (u) << 29 | (opcode) << 12
#define SIMD_DIFF(u, opcode)         0xbf20fc00, 0x0e200000 | (u) << 29 | (opcode) << 12
#define SIMD_DIFF_SCALAR(u, opcode)  0xff20fc00, 0x5e200000 | (u) << 29 | (opcode) << 12
#define SIMD_INDEX(u, opcode)        0xbf00f400, 0x0f000000 | (u) << 29 | (opcode) << 12
#define SIMD_INDEX_SCALAR(u, opcode) 0xff00f400, 0x5f000000 | (u) << 29 | (opcode) << 12

/* FP encodings use bit 23 as part of the opcode and bit 22 as size. */
#define SIMD_FP_MASK(mask, value, a)  (mask) | 1U << 23, (value) | (uint32_t)(a) << 23
#define SIMD_FP_ROW(a, encoding, ...) SIMD_FP_ROW_(a, encoding, __VA_ARGS__)
#define SIMD_FP_ROW_(a, mask, value, ...)                 \
	{                                                 \
		SIMD_FP_MASK(mask, value, a), __VA_ARGS__ \
	}

/* What a row of a shift by immediate has in arg */
#define SIMD_LEFT  0
#define SIMD_RIGHT 1

/*
 * Shifts by immediate: bits 22:16 are immh:immb, whose leading one is the lane size. There is a row for
 * each size (lead is 1, 2, 4 or 8), because immh = 0 is another class of instruction.
 */
#define SIMD_SHIFT_ROW(scalar, lead, u, opcode, form, list, arg)                          \
	{                                                                                 \
		((scalar) ? 0xff80fc00 : 0xbf80fc00) | (0xfU & ~((lead)-1U)) << 19,       \
			((scalar) ? 0x5f000400 : 0x0f000400) | (lead) << 19 | (u) << 29 | \
				(opcode) << 11,                                           \
			form, list, arg                                                   \
	}

/* Fetches the registers and the distance (to aux); returns the size of the lanes. */
unsigned int simd_take_distance(uint32_t insn, const struct fp_row *row, struct a64_op *op);

/* Q and size choose; no 64-bit lanes in half a vector. */
bool simd_form_vector(uint32_t insn, const struct fp_row *row, struct a64_op *op);
/* One lane of the size */
bool simd_form_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op);
/* Handlers { full, part }, whatever the size bits are (the row's mask has them) */
bool simd_form_bits(uint32_t insn, const struct fp_row *row, struct a64_op *op);
/* Widening and narrowing: handlers by size of the narrow lanes; aux8 is Q */
bool simd_form_long(uint32_t insn, const struct fp_row *row, struct a64_op *op);
/* Their scalar forms: handlers by size + 4; imm masks one lane of twice the size */
bool simd_form_long_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op);

/*
 * By element: fetches the element's register into rm and its index into aux; false for sizes other than
 * 16 and 32 bits. Not for FP.
 */
bool simd_take_element(uint32_t insn, struct a64_op *op);

/* The mask of a lane of 8 << size bits */
static inline uint64_t simd_lane_mask(unsigned int size)
{
	return size > 3 ? UINT64_MAX : UINT64_MAX >> (64 - (8U << size));
}

#endif
