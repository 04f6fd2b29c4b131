/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the files of the FP and AdvSIMD class share: how a table row becomes an operation, access to
 * the V registers and the floating-point environment.
 *
 * Decoding is by tables. A row names the bits that identify an instruction, a form (the function that
 * fetches the operand fields of such encodings) and the handlers among which the form chooses. No two
 * rows overlap, in one table or in two; what no row matches, or a form refuses, is UNDEFINED.
 */
#ifndef VGIC5_CPU_FP_SIMD_H
#define VGIC5_CPU_FP_SIMD_H

#include "internal.h"
#include "softfloat.h"

struct fp_row;

/* Fills in the operands and chooses among row->handlers; false if the encoding is unallocated. */
typedef bool fp_form(uint32_t insn, const struct fp_row *row, struct a64_op *op);

struct fp_row {
	uint32_t mask;
	uint32_t value;
	fp_form *form;
	a64_handler *const *handlers;
	uint16_t arg;      /* for the form */
	uint16_t features; /* A64_FEAT_x that must be there */
};

/* Only words with (insn & mask) == value are looked up in the table. */
struct fp_table {
	uint32_t mask;
	uint32_t value;
	const struct fp_row *rows;
	unsigned int count;
};

/* All tables, for the decoder and for the test that no two rows of all of them overlap. */
#define FP_TABLE_COUNT 9U
extern const struct fp_table a64_fp_scalar_table;
extern const struct fp_table a64_fp_convert_table;
extern const struct fp_table a64_simd_same_table;
extern const struct fp_table a64_simd_misc_table;
extern const struct fp_table a64_simd_shift_table;
extern const struct fp_table a64_simd_perm_table;
extern const struct fp_table a64_simd_elem_table;
extern const struct fp_table a64_simd_long_table;
extern const struct fp_table a64_simd_fp_table;
extern const struct fp_table *const a64_fp_tables[FP_TABLE_COUNT];

/*
 * The environment is a member of the context in all but name. Handlers pass its address to functions
 * only: nothing else may be reached through it.
 */
_Static_assert(offsetof(struct a64_cpu, fpsr) == offsetof(struct a64_cpu, fpcr) + 4,
	       "FPCR and FPSR form a struct a64_fpenv");

static inline struct a64_fpenv *fp_env(struct a64_cpu *cpu)
{
	return (struct a64_fpenv *)(void *)&cpu->fpcr;
}

/* A register as vectors of lanes, lane 0 first on a little-endian host. */
typedef uint8_t u8v __attribute__((vector_size(16)));
typedef uint16_t u16v __attribute__((vector_size(16)));
typedef uint32_t u32v __attribute__((vector_size(16)));
typedef uint64_t u64v __attribute__((vector_size(16)));
typedef int8_t s8v __attribute__((vector_size(16)));
typedef int16_t s16v __attribute__((vector_size(16)));
typedef int32_t s32v __attribute__((vector_size(16)));
typedef int64_t s64v __attribute__((vector_size(16)));
typedef float f32v __attribute__((vector_size(16)));
typedef double f64v __attribute__((vector_size(16)));

static inline u64v v_load(const struct a64_cpu *cpu, unsigned int n)
{
	return *(const u64v *)&cpu->v[n];
}

static inline void v_store(struct a64_cpu *cpu, unsigned int n, u64v value)
{
	*(u64v *)&cpu->v[n] = value;
}

/* A scalar result clears the rest of the register. */
static inline void v_store_scalar(struct a64_cpu *cpu, unsigned int n, uint64_t value)
{
	v_store(cpu, n, (u64v){value, 0});
}

static inline uint32_t v_s(const struct a64_cpu *cpu, unsigned int n)
{
	return (uint32_t)cpu->v[n].lo;
}

static inline uint64_t v_d(const struct a64_cpu *cpu, unsigned int n)
{
	return cpu->v[n].lo;
}

static inline float fp_f32(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline double fp_f64(uint64_t bits)
{
	double value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

static inline uint32_t fp_bits32(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

static inline uint64_t fp_bits64(double value)
{
	uint64_t bits;

	memcpy(&bits, &value, sizeof(bits));
	return bits;
}

/* Fields that most encodings share */
static inline void fp_take_registers(uint32_t insn, struct a64_op *op)
{
	op->rd = (uint8_t)a64_bits(insn, 0, 5);
	op->rn = (uint8_t)a64_bits(insn, 5, 5);
	op->rm = (uint8_t)a64_bits(insn, 16, 5);
	op->ra = (uint8_t)a64_bits(insn, 10, 5);
}

/* The last act of a form */
static inline bool fp_choose(const struct fp_row *row, unsigned int index, struct a64_op *op)
{
	op->fn = row->handlers[index];
	return op->fn != NULL;
}

/* aux8 of conversions and roundings: a rounding mode, or the one of FPCR */
#define FP_ROUND_FPCR 0xffU

static inline enum a64_rounding fp_rounding(struct a64_cpu *cpu, unsigned int aux8)
{
	return aux8 == FP_ROUND_FPCR ? a64_fp_rounding(fp_env(cpu)) : (enum a64_rounding)aux8;
}

/* VFPExpandImm and AdvSIMDExpandImm */
uint64_t a64_fp_expand_imm(unsigned int imm8, unsigned int esize);

#endif
