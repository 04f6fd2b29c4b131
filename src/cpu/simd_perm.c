/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AdvSIMD moves: copies of lanes and general registers, permutations, extraction, table lookup, and
 * modified immediates.
 */
#include "simd.h"

/* A lane of a register in memory; lane 0 comes first, as on every little-endian host. */
#define LANE(T, reg, index) (((T *)(void *)&cpu->v[reg])[index])

/* ---- copies: aux is the lane's index ---- */

#define SPLAT8  0x0101010101010101ULL
#define SPLAT16 0x0001000100010001ULL
#define SPLAT32 0x0000000100000001ULL
#define SPLAT64 1ULL

#define COPY(B)                                                                           \
	static A64_HANDLER(dup##B##_full)                                                 \
	{                                                                                 \
		uint64_t lanes = LANE(uint##B##_t, op->rn, op->aux) * SPLAT##B;           \
		v_store(cpu, op->rd, (u64v){lanes, lanes});                               \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	static A64_HANDLER(dup##B##_part)                                                 \
	{                                                                                 \
		uint64_t lanes = LANE(uint##B##_t, op->rn, op->aux) * SPLAT##B;           \
		v_store_scalar(cpu, op->rd, lanes & op->imm);                             \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	static A64_HANDLER(dup_general##B##_full)                                         \
	{                                                                                 \
		uint64_t lanes = (uint##B##_t)cpu->x[op->rn] * SPLAT##B;                  \
		v_store(cpu, op->rd, (u64v){lanes, lanes});                               \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	static A64_HANDLER(dup_general##B##_part)                                         \
	{                                                                                 \
		v_store_scalar(cpu, op->rd, (uint##B##_t)cpu->x[op->rn] * SPLAT##B);      \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	static A64_HANDLER(umov##B)                                                       \
	{                                                                                 \
		cpu->x[op->rd] = LANE(uint##B##_t, op->rn, op->aux);                      \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	static A64_HANDLER(ins_general##B)                                                \
	{                                                                                 \
		LANE(uint##B##_t, op->rd, op->aux) = (uint##B##_t)cpu->x[op->rn];         \
		A64_NEXT(cpu, op);                                                        \
	}                                                                                 \
	/* aux8: index of the source lane */                                              \
	static A64_HANDLER(ins##B)                                                        \
	{                                                                                 \
		LANE(uint##B##_t, op->rd, op->aux) = LANE(uint##B##_t, op->rn, op->aux8); \
		A64_NEXT(cpu, op);                                                        \
	}

COPY(8)
COPY(16)
COPY(32)
COPY(64)

#define SMOV_W(B)                                                             \
	static A64_HANDLER(smov##B##_w)                                       \
	{                                                                     \
		cpu->x[op->rd] = (uint32_t)LANE(int##B##_t, op->rn, op->aux); \
		A64_NEXT(cpu, op);                                            \
	}

#define SMOV_X(B)                                                                      \
	static A64_HANDLER(smov##B##_x)                                                \
	{                                                                              \
		cpu->x[op->rd] = (uint64_t)(int64_t)LANE(int##B##_t, op->rn, op->aux); \
		A64_NEXT(cpu, op);                                                     \
	}

SMOV_W(8)
SMOV_W(16)
SMOV_X(8)
SMOV_X(16)
SMOV_X(32)

/* ---- permutations of L lanes ---- */

#define UZP(i, L, part) ((i) < (L) / 2 ? n[(2 * (i) + (part)) % (L)] : m[(2 * (i) + (part)) % (L)])
#define TRN(i, L, part) ((i) % 2 ? m[(i)-1 + (part)] : n[((i) + (part)) % (L)])
#define ZIP(i, L, part) ((i) % 2 ? m[(i) / 2 + (L) / 2 * (part)] : n[(i) / 2 + (L) / 2 * (part)])

#define PERMUTE(NAME, V, L, HOW, PART)                   \
	static A64_HANDLER(NAME)                         \
	{                                                \
		V n = (V)v_load(cpu, op->rn);            \
		V m = (V)v_load(cpu, op->rm);            \
		V r = {0};                               \
		for (unsigned int i = 0; i < (L); i++) { \
			r[i] = HOW(i, L, PART);          \
		}                                        \
		v_store(cpu, op->rd, (u64v)r);           \
		A64_NEXT(cpu, op);                       \
	}
#define PERMUTE_ALL(NAME, HOW, PART)                \
	PERMUTE(NAME##8_full, u8v, 16U, HOW, PART)  \
	PERMUTE(NAME##16_full, u16v, 8U, HOW, PART) \
	PERMUTE(NAME##32_full, u32v, 4U, HOW, PART) \
	PERMUTE(NAME##64_full, u64v, 2U, HOW, PART) \
	PERMUTE(NAME##8_part, u8v, 8U, HOW, PART)   \
	PERMUTE(NAME##16_part, u16v, 4U, HOW, PART) \
	PERMUTE(NAME##32_part, u32v, 2U, HOW, PART)

PERMUTE_ALL(uzp1_, UZP, 0)
PERMUTE_ALL(uzp2_, UZP, 1)
PERMUTE_ALL(trn1_, TRN, 0)
PERMUTE_ALL(trn2_, TRN, 1)
PERMUTE_ALL(zip1_, ZIP, 0)
PERMUTE_ALL(zip2_, ZIP, 1)

/* ---- extraction from a pair: aux is the distance in bits, below 64 ---- */

static inline uint64_t funnel(uint64_t low, uint64_t high, unsigned int shift)
{
	return low >> shift | high << 1 << (63 - shift);
}

static A64_HANDLER(ext_half)
{
	v_store_scalar(cpu, op->rd, funnel(v_d(cpu, op->rn), v_d(cpu, op->rm), op->aux));
	A64_NEXT(cpu, op);
}

static A64_HANDLER(ext_low)
{
	u64v n = v_load(cpu, op->rn);
	u64v m = v_load(cpu, op->rm);

	v_store(cpu, op->rd, (u64v){funnel(n[0], n[1], op->aux), funnel(n[1], m[0], op->aux)});
	A64_NEXT(cpu, op);
}

static A64_HANDLER(ext_high)
{
	u64v n = v_load(cpu, op->rn);
	u64v m = v_load(cpu, op->rm);

	v_store(cpu, op->rd, (u64v){funnel(n[1], m[0], op->aux), funnel(m[0], m[1], op->aux)});
	A64_NEXT(cpu, op);
}

/* ---- table lookup: aux registers from rn on; aux8 bytes of result; ra keeps bytes out of range ---- */

static A64_NOINLINE void table_lookup(struct a64_cpu *cpu, const struct a64_op *op)
{
	uint8_t table[64];
	uint8_t result[16] = {0};

	for (unsigned int i = 0; i < op->aux; i++) {
		memcpy(table + 16 * i, &cpu->v[(op->rn + i) % 32], 16);
	}
	for (unsigned int i = 0; i < op->aux8; i++) {
		unsigned int index = LANE(uint8_t, op->rm, i);
		if (index < 16U * op->aux) {
			result[i] = table[index];
		} else if (op->ra) {
			result[i] = LANE(uint8_t, op->rd, i);
		}
	}
	memcpy(&cpu->v[op->rd], result, sizeof(result));
}

static A64_HANDLER(tbl)
{
	table_lookup(cpu, op);
	A64_NEXT(cpu, op);
}

/* ---- modified immediates: imm for each half ---- */

static A64_HANDLER(movi_full)
{
	v_store(cpu, op->rd, (u64v){op->imm, op->imm});
	A64_NEXT(cpu, op);
}

static A64_HANDLER(movi_part)
{
	v_store_scalar(cpu, op->rd, op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(orri_full)
{
	v_store(cpu, op->rd, v_load(cpu, op->rd) | op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(orri_part)
{
	v_store_scalar(cpu, op->rd, v_d(cpu, op->rd) | op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(andi_full)
{
	v_store(cpu, op->rd, v_load(cpu, op->rd) & op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(andi_part)
{
	v_store_scalar(cpu, op->rd, v_d(cpu, op->rd) & op->imm);
	A64_NEXT(cpu, op);
}

/* ---- forms ---- */

static bool is_full(uint32_t insn)
{
	return a64_bits(insn, 30, 1);
}

/* imm5: the lowest one is the lane size, what is above it the index. False if there is none. */
static bool take_lane(uint32_t insn, struct a64_op *op, unsigned int *size)
{
	unsigned int imm5 = a64_bits(insn, 16, 5);

	fp_take_registers(insn, op);
	if ((imm5 & 15) == 0) {
		return false;
	}
	*size = (unsigned int)__builtin_ctz(imm5);
	op->aux = (uint16_t)(imm5 >> (*size + 1));
	return true;
}

static bool form_dup(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size;

	if (!take_lane(insn, op, &size) || (size == 3 && !is_full(insn))) {
		return false;
	}
	op->imm = UINT64_MAX;
	return fp_choose(row, size + (is_full(insn) ? 0 : 4), op);
}

static bool form_dup_scalar(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size;

	if (!take_lane(insn, op, &size)) {
		return false;
	}
	op->imm = simd_lane_mask(size);
	return fp_choose(row, size + 4, op);
}

static bool form_dup_general(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	bool known = form_dup(insn, row, op);

	op->rn = a64_slot_read(op->rn);
	return known;
}

/* SMOV, UMOV: handlers by size, and 4 more for Q = 1 */
static bool form_lane_to_general(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size;

	if (!take_lane(insn, op, &size)) {
		return false;
	}
	op->rd = a64_slot_write(op->rd);
	return fp_choose(row, size + (is_full(insn) ? 4 : 0), op);
}

static bool form_insert_general(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size;

	if (!take_lane(insn, op, &size)) {
		return false;
	}
	op->rn = a64_slot_read(op->rn);
	return fp_choose(row, size, op);
}

static bool form_insert(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int size;

	if (!take_lane(insn, op, &size)) {
		return false;
	}
	op->aux8 = (uint8_t)(a64_bits(insn, 11, 4) >> size);
	return fp_choose(row, size, op);
}

static bool form_extract(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int bytes = a64_bits(insn, 11, 4);

	fp_take_registers(insn, op);
	if (!is_full(insn) && bytes > 7) {
		return false;
	}
	op->aux = (uint16_t)(bytes % 8 * 8);
	return fp_choose(row, is_full(insn) ? 1 + bytes / 8 : 0, op);
}

static bool form_table(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	fp_take_registers(insn, op);
	op->aux = (uint16_t)(a64_bits(insn, 13, 2) + 1);
	op->aux8 = is_full(insn) ? 16 : 8;
	op->ra = (uint8_t)a64_bits(insn, 12, 1);
	return fp_choose(row, 0, op);
}

static uint64_t bits_to_bytes(unsigned int bits)
{
	uint64_t bytes = 0;

	for (unsigned int i = 0; i < 8; i++) {
		bytes |= bits >> i & 1 ? 0xffULL << (8 * i) : 0;
	}
	return bytes;
}

/* AdvSIMDExpandImm, before the inversion of MVNI and BIC. False where nothing is allocated. */
static bool expand_immediate(unsigned int cmode, bool inverted, bool full, uint64_t imm8,
			     uint64_t *imm)
{
	switch (cmode >> 1) {
	case 4:
	case 5: *imm = (imm8 << 8 * (cmode >> 1 & 1)) * SPLAT16; return true;
	case 6: *imm = (cmode & 1 ? imm8 << 16 | 0xffff : imm8 << 8 | 0xff) * SPLAT32; return true;
	case 7: break;
	default: *imm = (imm8 << 8 * (cmode >> 1 & 3)) * SPLAT32; return true;
	}
	if (cmode == 14) {
		*imm = inverted ? ~bits_to_bytes((unsigned int)imm8) : imm8 * SPLAT8;
		return true;
	}
	if (!inverted) {
		*imm = a64_fp_expand_imm((unsigned int)imm8, 32) * SPLAT32;
		return true;
	}
	*imm = ~a64_fp_expand_imm((unsigned int)imm8, 64);
	return full;
}

/* Handlers: MOVI, ORR, AND, and 3 more for half a vector */
static bool form_modified_immediate(uint32_t insn, const struct fp_row *row, struct a64_op *op)
{
	unsigned int cmode = a64_bits(insn, 12, 4);
	bool inverted = a64_bits(insn, 29, 1);
	uint64_t imm8 = a64_bits(insn, 16, 3) << 5 | a64_bits(insn, 5, 5);
	bool modifies = cmode < 12 && (cmode & 1);
	unsigned int kind = !modifies ? 0 : inverted ? 2 : 1;

	fp_take_registers(insn, op);
	if (!expand_immediate(cmode, inverted, is_full(insn), imm8, &op->imm)) {
		return false;
	}
	op->imm = inverted ? ~op->imm : op->imm;
	return fp_choose(row, kind + (is_full(insn) ? 0 : 3), op);
}

#define ALL_SIZES(name) SIMD_LIST(name##8, name##16, name##32, name##64)
#define PERMUTATION(opcode, name)                                                            \
	{                                                                                    \
		0xbf20fc00, 0x0e000800 | (opcode) << 12, simd_form_vector,                   \
			SIMD_LIST(name##8_full, name##16_full, name##32_full, name##64_full, \
				  name##8_part, name##16_part, name##32_part, NULL)          \
	}

#define ROW(mask, value, form, list)    \
	{                               \
		mask, value, form, list \
	}

static const struct fp_row rows[] = {
	ROW(0xbfe0fc00, 0x0e000400, form_dup, SIMD_BHSD(dup)),
	ROW(0xffe0fc00, 0x5e000400, form_dup_scalar, SIMD_BHSD(dup)),
	ROW(0xbfe0fc00, 0x0e000c00, form_dup_general, SIMD_BHSD(dup_general)),
	ROW(0xbfe0fc00, 0x0e002c00, form_lane_to_general,
	    SIMD_LIST(smov8_w, smov16_w, NULL, NULL, smov8_x, smov16_x, smov32_x, NULL)),
	ROW(0xbfe0fc00, 0x0e003c00, form_lane_to_general,
	    SIMD_LIST(umov8, umov16, umov32, NULL, NULL, NULL, NULL, umov64)),
	ROW(0xffe0fc00, 0x4e001c00, form_insert_general, ALL_SIZES(ins_general)),
	ROW(0xffe08400, 0x6e000400, form_insert, ALL_SIZES(ins)),
	PERMUTATION(1, uzp1_),
	PERMUTATION(2, trn1_),
	PERMUTATION(3, zip1_),
	PERMUTATION(5, uzp2_),
	PERMUTATION(6, trn2_),
	PERMUTATION(7, zip2_),
	ROW(0xbfe08400, 0x2e000000, form_extract, SIMD_LIST(ext_half, ext_low, ext_high)),
	ROW(0xbfe08c00, 0x0e000000, form_table, SIMD_LIST(tbl)),
	ROW(0x9ff80c00, 0x0f000400, form_modified_immediate,
	    SIMD_LIST(movi_full, orri_full, andi_full, movi_part, orri_part, andi_part)),
};

const struct fp_table a64_simd_perm_table = {0x8e000000, 0x0e000000, rows,
					     sizeof(rows) / sizeof(rows[0])};
