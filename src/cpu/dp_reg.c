/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data processing with registers: logical, add and subtract, carry, conditional, multiply, divide, shift,
 * reverse, CRC32. The unshifted and LSL forms, which are nearly all that compilers emit, have handlers of
 * their own.
 */
#include "alu.h"
#include "engine.h"

#define RN   cpu->x[op->rn]
#define RM   cpu->x[op->rm]
#define RN32 ((uint32_t)cpu->x[op->rn])
#define RM32 ((uint32_t)cpu->x[op->rm])

#define HANDLER(name, expression)              \
	static A64_HANDLER(name)               \
	{                                      \
		cpu->x[op->rd] = (expression); \
		A64_NEXT(cpu, op);             \
	}

/* ---- two operands, second shifted ----------------------------------------------------------------- */

/* Second operand: plain, LSL by aux, any shift (type aux8) by aux, extended (option aux8) by aux */
#define PLAIN64 RM
#define PLAIN32 RM32
#define LSL64   (RM << op->aux)
#define LSL32   (RM32 << op->aux)
#define ANY64   a64_shift64(RM, op->aux8, op->aux)
#define ANY32   a64_shift32(RM32, op->aux8, op->aux)
#define EXT64   a64_extend(RM, op->aux8, op->aux)
#define EXT32   ((uint32_t)a64_extend(RM, op->aux8, op->aux))

#define SHIFTED(op64, op32, e64, e32)           \
	HANDLER(h_##op64##_plain, e64(PLAIN64)) \
	HANDLER(h_##op32##_plain, e32(PLAIN32)) \
	HANDLER(h_##op64##_lsl, e64(LSL64))     \
	HANDLER(h_##op32##_lsl, e32(LSL32))     \
	HANDLER(h_##op64##_any, e64(ANY64))     \
	HANDLER(h_##op32##_any, e32(ANY32))

#define E_AND64(b)  (RN & (b))
#define E_AND32(b)  (RN32 & (b))
#define E_ORR64(b)  (RN | (b))
#define E_ORR32(b)  (RN32 | (b))
#define E_EOR64(b)  (RN ^ (b))
#define E_EOR32(b)  (RN32 ^ (b))
#define E_ANDS64(b) a64_logic64(cpu, RN &(b))
#define E_ANDS32(b) a64_logic32(cpu, RN32 &(b))
#define E_BIC64(b)  (RN & ~(b))
#define E_BIC32(b)  (RN32 & ~(b))
#define E_ORN64(b)  (RN | ~(b))
#define E_ORN32(b)  (RN32 | ~(b))
#define E_EON64(b)  (RN ^ ~(b))
#define E_EON32(b)  (RN32 ^ ~(b))
#define E_BICS64(b) a64_logic64(cpu, RN & ~(b))
#define E_BICS32(b) a64_logic32(cpu, RN32 & ~(b))
#define E_ADD64(b)  (RN + (b))
#define E_ADD32(b)  (RN32 + (b))
#define E_SUB64(b)  (RN - (b))
#define E_SUB32(b)  (RN32 - (b))
#define E_ADDS64(b) a64_adds64(cpu, RN, (b))
#define E_ADDS32(b) a64_adds32(cpu, RN32, (b))
#define E_SUBS64(b) a64_subs64(cpu, RN, (b))
#define E_SUBS32(b) a64_subs32(cpu, RN32, (b))

SHIFTED(and64, and32, E_AND64, E_AND32)
SHIFTED(orr64, orr32, E_ORR64, E_ORR32)
SHIFTED(eor64, eor32, E_EOR64, E_EOR32)
SHIFTED(ands64, ands32, E_ANDS64, E_ANDS32)
SHIFTED(bic64, bic32, E_BIC64, E_BIC32)
SHIFTED(orn64, orn32, E_ORN64, E_ORN32)
SHIFTED(eon64, eon32, E_EON64, E_EON32)
SHIFTED(bics64, bics32, E_BICS64, E_BICS32)
SHIFTED(add64, add32, E_ADD64, E_ADD32)
SHIFTED(sub64, sub32, E_SUB64, E_SUB32)
SHIFTED(adds64, adds32, E_ADDS64, E_ADDS32)
SHIFTED(subs64, subs32, E_SUBS64, E_SUBS32)

HANDLER(h_mov64, RM)
HANDLER(h_mov32, RM32)
HANDLER(h_add64_ext, E_ADD64(EXT64))
HANDLER(h_add32_ext, E_ADD32(EXT32))
HANDLER(h_sub64_ext, E_SUB64(EXT64))
HANDLER(h_sub32_ext, E_SUB32(EXT32))
HANDLER(h_adds64_ext, E_ADDS64(EXT64))
HANDLER(h_adds32_ext, E_ADDS32(EXT32))
HANDLER(h_subs64_ext, E_SUBS64(EXT64))
HANDLER(h_subs32_ext, E_SUBS32(EXT32))

struct variants {
	a64_handler *plain64, *plain32, *lsl64, *lsl32, *any64, *any32;
};
#define VARIANTS(op64, op32)                                                                       \
	{                                                                                          \
		.plain64 = h_##op64##_plain, .plain32 = h_##op32##_plain, .lsl64 = h_##op64##_lsl, \
		.lsl32 = h_##op32##_lsl, .any64 = h_##op64##_any, .any32 = h_##op32##_any          \
	}

static const struct variants logical[8] = {
	/* opc and N */
	VARIANTS(and64, and32),   VARIANTS(bic64, bic32),   VARIANTS(orr64, orr32),
	VARIANTS(orn64, orn32),   VARIANTS(eor64, eor32),   VARIANTS(eon64, eon32),
	VARIANTS(ands64, ands32), VARIANTS(bics64, bics32),
};
static const struct variants add_sub[4] = {
	/* op and S */
	VARIANTS(add64, add32),
	VARIANTS(adds64, adds32),
	VARIANTS(sub64, sub32),
	VARIANTS(subs64, subs32),
};

static void choose(const struct variants *v, bool wide, unsigned int type, unsigned int by,
		   struct a64_op *op)
{
	op->aux8 = (uint8_t)type;
	op->aux = (uint16_t)by;
	if (!by) {
		op->fn = wide ? v->plain64 : v->plain32;
	} else if (type == 0) {
		op->fn = wide ? v->lsl64 : v->lsl32;
	} else {
		op->fn = wide ? v->any64 : v->any32;
	}
}

/* ---- carry, conditional --------------------------------------------------------------------------- */

static inline uint64_t adc64(struct a64_cpu *cpu, uint64_t a, uint64_t b, bool flags)
{
	unsigned __int128 wide = (unsigned __int128)a + b + cpu->cf;
	uint64_t r = (uint64_t)wide;

	return flags ? a64_flags64(cpu, r, wide >> 64, ~(a ^ b) & (a ^ r)) : r;
}

static inline uint64_t adc32(struct a64_cpu *cpu, uint32_t a, uint32_t b, bool flags)
{
	uint64_t wide = (uint64_t)a + b + cpu->cf;
	uint32_t r = (uint32_t)wide;

	return flags ? a64_flags32(cpu, r, wide >> 32, ~(a ^ b) & (a ^ r)) : r;
}

HANDLER(h_adc64, adc64(cpu, RN, RM, false))
HANDLER(h_adc32, adc32(cpu, RN32, RM32, false))
HANDLER(h_adcs64, adc64(cpu, RN, RM, true))
HANDLER(h_adcs32, adc32(cpu, RN32, RM32, true))
HANDLER(h_sbc64, adc64(cpu, RN, ~RM, false))
HANDLER(h_sbc32, adc32(cpu, RN32, ~RM32, false))
HANDLER(h_sbcs64, adc64(cpu, RN, ~RM, true))
HANDLER(h_sbcs32, adc32(cpu, RN32, ~RM32, true))

/* aux: condition; aux8: NZCV otherwise; immediate in imm, or register */
#define COMPARE(name, compare)                       \
	static A64_HANDLER(name)                     \
	{                                            \
		if (a64_condition(cpu, op->aux)) {   \
			(void)(compare);             \
		} else {                             \
			a64_set_nzcv(cpu, op->aux8); \
		}                                    \
		A64_NEXT(cpu, op);                   \
	}
COMPARE(h_ccmp64, a64_subs64(cpu, RN, RM))
COMPARE(h_ccmp32, a64_subs32(cpu, RN32, RM32))
COMPARE(h_ccmn64, a64_adds64(cpu, RN, RM))
COMPARE(h_ccmn32, a64_adds32(cpu, RN32, RM32))
COMPARE(h_ccmp64_imm, a64_subs64(cpu, RN, op->imm))
COMPARE(h_ccmp32_imm, a64_subs32(cpu, RN32, (uint32_t)op->imm))
COMPARE(h_ccmn64_imm, a64_adds64(cpu, RN, op->imm))
COMPARE(h_ccmn32_imm, a64_adds32(cpu, RN32, (uint32_t)op->imm))

/* aux: condition */
HANDLER(h_csel64, a64_condition(cpu, op->aux) ? RN : RM)
HANDLER(h_csel32, a64_condition(cpu, op->aux) ? RN32 : RM32)
HANDLER(h_csinc64, a64_condition(cpu, op->aux) ? RN : RM + 1)
HANDLER(h_csinc32, a64_condition(cpu, op->aux) ? RN32 : RM32 + 1)
HANDLER(h_csinv64, a64_condition(cpu, op->aux) ? RN : ~RM)
HANDLER(h_csinv32, a64_condition(cpu, op->aux) ? RN32 : ~RM32)
HANDLER(h_csneg64, a64_condition(cpu, op->aux) ? RN : -RM)
HANDLER(h_csneg32, a64_condition(cpu, op->aux) ? RN32 : -RM32)

/* ---- three sources -------------------------------------------------------------------------------- */

#define RA cpu->x[op->ra]
HANDLER(h_madd64, RA + RN * RM)
HANDLER(h_madd32, (uint32_t)RA + RN32 * RM32)
HANDLER(h_msub64, RA - RN * RM)
HANDLER(h_msub32, (uint32_t)RA - RN32 * RM32)
HANDLER(h_smaddl, RA + (uint64_t)((int64_t)(int32_t)RN32 * (int32_t)RM32))
HANDLER(h_smsubl, RA - (uint64_t)((int64_t)(int32_t)RN32 * (int32_t)RM32))
HANDLER(h_umaddl, RA + (uint64_t)RN32 * RM32)
HANDLER(h_umsubl, RA - (uint64_t)RN32 * RM32)
HANDLER(h_smulh, (uint64_t)(((__int128)(int64_t)RN * (int64_t)RM) >> 64))
HANDLER(h_umulh, (uint64_t)(((unsigned __int128)RN * RM) >> 64))

/* ---- two sources ---------------------------------------------------------------------------------- */

static inline uint64_t sdiv64(int64_t a, int64_t b)
{
	if (!b) {
		return 0;
	}
	return b == -1 ? -(uint64_t)a : (uint64_t)(a / b);
}

static inline uint32_t sdiv32(int32_t a, int32_t b)
{
	if (!b) {
		return 0;
	}
	return b == -1 ? -(uint32_t)a : (uint32_t)(a / b);
}

HANDLER(h_udiv64, RM ? RN / RM : 0)
HANDLER(h_udiv32, RM32 ? RN32 / RM32 : 0)
HANDLER(h_sdiv64, sdiv64((int64_t)RN, (int64_t)RM))
HANDLER(h_sdiv32, sdiv32((int32_t)RN32, (int32_t)RM32))
HANDLER(h_lslv64, RN << (RM & 63))
HANDLER(h_lslv32, RN32 << (RM & 31))
HANDLER(h_lsrv64, RN >> (RM & 63))
HANDLER(h_lsrv32, RN32 >> (RM & 31))
HANDLER(h_asrv64, (uint64_t)((int64_t)RN >> (RM & 63)))
HANDLER(h_asrv32, (uint32_t)((int32_t)RN32 >> (RM & 31)))
HANDLER(h_rorv64, a64_shift64(RN, 3, RM & 63))
HANDLER(h_rorv32, a64_shift32(RN32, 3, RM & 31))

/* Reflected CRC-32 of 1 << aux bytes; imm: the reversed polynomial */
static A64_NOINLINE uint32_t crc32(uint32_t crc, uint64_t data, unsigned int bytes, uint32_t poly)
{
	for (; bytes; bytes--, data >>= 8) {
		crc ^= (uint8_t)data;
		for (unsigned int bit = 0; bit < 8; bit++) {
			crc = crc >> 1 ^ (crc & 1 ? poly : 0);
		}
	}
	return crc;
}
HANDLER(h_crc32, crc32(RN32, RM, 1u << op->aux, (uint32_t)op->imm))

/* ---- one source ----------------------------------------------------------------------------------- */

static inline uint64_t rbit64(uint64_t x)
{
	x = (x >> 1 & 0x5555555555555555ull) | (x & 0x5555555555555555ull) << 1;
	x = (x >> 2 & 0x3333333333333333ull) | (x & 0x3333333333333333ull) << 2;
	x = (x >> 4 & 0x0f0f0f0f0f0f0f0full) | (x & 0x0f0f0f0f0f0f0f0full) << 4;
	return __builtin_bswap64(x);
}

static inline uint64_t rev16(uint64_t x)
{
	return (x >> 8 & 0x00ff00ff00ff00ffull) | (x & 0x00ff00ff00ff00ffull) << 8;
}

static inline uint64_t rev32(uint64_t x)
{
	x = __builtin_bswap64(x);
	return x >> 32 | x << 32;
}

static inline unsigned int clz64(uint64_t x)
{
	return x ? (unsigned int)__builtin_clzll(x) : 64;
}

HANDLER(h_rbit64, rbit64(RN))
HANDLER(h_rbit32, rbit64(RN) >> 32)
HANDLER(h_rev16_64, rev16(RN))
HANDLER(h_rev16_32, rev16(RN32))
HANDLER(h_rev32_64, rev32(RN))
HANDLER(h_rev_32, __builtin_bswap32(RN32))
HANDLER(h_rev64, __builtin_bswap64(RN))
HANDLER(h_clz64, clz64(RN))
HANDLER(h_clz32, clz64(RN32) - 32)
HANDLER(h_cls64, clz64(RN ^ (uint64_t)((int64_t)RN >> 1)) - 1)
HANDLER(h_cls32, clz64(RN32 ^ (uint32_t)((int32_t)RN32 >> 1)) - 33)

/* ---- decoding ------------------------------------------------------------------------------------- */

static void plain_registers(uint32_t insn, struct a64_op *op)
{
	op->rd = a64_slot_write(insn & 31);
	op->rn = a64_slot_read(insn >> 5 & 31);
	op->rm = a64_slot_read(insn >> 16 & 31);
}

static bool decode_logical(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int by = a64_bits(insn, 10, 6), type = a64_bits(insn, 22, 2);
	unsigned int which = a64_bits(insn, 29, 2) << 1 | (insn >> 21 & 1);

	if (!wide && by >= 32) {
		return false;
	}
	plain_registers(insn, op);
	choose(&logical[which], wide, type, by, op);
	if (which == 2 && op->rn == A64_SLOT_ZERO && !by) {
		op->fn = wide ? h_mov64 : h_mov32;
	}
	return true;
}

static bool decode_add_sub_shifted(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int by = a64_bits(insn, 10, 6), type = a64_bits(insn, 22, 2);

	if (type == 3 || (!wide && by >= 32)) {
		return false;
	}
	plain_registers(insn, op);
	choose(&add_sub[a64_bits(insn, 29, 2)], wide, type, by, op);
	return true;
}

static bool decode_add_sub_extended(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const table[4][2] = {
		{h_add32_ext,  h_add64_ext },
		{h_adds32_ext, h_adds64_ext},
		{h_sub32_ext,  h_sub64_ext },
		{h_subs32_ext, h_subs64_ext}
        };
	unsigned int which = a64_bits(insn, 29, 2), by = a64_bits(insn, 10, 3);

	if (a64_bits(insn, 22, 2) || by > 4) {
		return false;
	}
	plain_registers(insn, op);
	op->rn = insn >> 5 & 31; /* SP */
	if (!(which & 1)) {
		op->rd = insn & 31; /* SP */
	}
	op->aux8 = a64_bits(insn, 13, 3);
	op->aux = (uint16_t)by;
	op->fn = table[which][insn >> 31];
	return true;
}

static bool decode_carry(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const table[4][2] = {
		{h_adc32,  h_adc64 },
                {h_adcs32, h_adcs64},
                {h_sbc32,  h_sbc64 },
                {h_sbcs32, h_sbcs64}
        };

	if (a64_bits(insn, 10, 6)) {
		return false; /* RMIF, SETF: FEAT_FlagM */
	}
	plain_registers(insn, op);
	op->fn = table[a64_bits(insn, 29, 2)][insn >> 31];
	return true;
}

static bool decode_cond_compare(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const table[2][2][2] = {
		{{h_ccmn32, h_ccmn64},         {h_ccmp32, h_ccmp64}        },
		{{h_ccmn32_imm, h_ccmn64_imm}, {h_ccmp32_imm, h_ccmp64_imm}}
        };
	bool imm = insn >> 11 & 1;

	if (!(insn >> 29 & 1) || (insn >> 10 & 1) || (insn >> 4 & 1)) {
		return false;
	}
	plain_registers(insn, op);
	op->imm = a64_bits(insn, 16, 5);
	op->aux = a64_bits(insn, 12, 4);
	op->aux8 = insn & 15;
	op->fn = table[imm][insn >> 30 & 1][insn >> 31];
	return true;
}

static bool decode_cond_select(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const table[4][2] = {
		{h_csel32,  h_csel64 },
		{h_csinc32, h_csinc64},
		{h_csinv32, h_csinv64},
		{h_csneg32, h_csneg64}
        };

	if ((insn >> 29 & 1) || (insn >> 11 & 1)) {
		return false;
	}
	plain_registers(insn, op);
	op->aux = a64_bits(insn, 12, 4);
	op->fn = table[(insn >> 30 & 1) << 1 | (insn >> 10 & 1)][insn >> 31];
	return true;
}

static bool decode_three_source(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31, sub = insn >> 15 & 1;

	if (a64_bits(insn, 29, 2)) {
		return false;
	}
	plain_registers(insn, op);
	op->ra = a64_slot_read(a64_bits(insn, 10, 5));
	switch (a64_bits(insn, 21, 3) | (wide ? 8u : 0)) {
	case 0: op->fn = sub ? h_msub32 : h_madd32; return true;
	case 8: op->fn = sub ? h_msub64 : h_madd64; return true;
	case 9: op->fn = sub ? h_smsubl : h_smaddl; return true;
	case 10: op->fn = h_smulh; return !sub;
	case 13: op->fn = sub ? h_umsubl : h_umaddl; return true;
	case 14: op->fn = h_umulh; return !sub;
	default: return false;
	}
}

static bool decode_two_source(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	static a64_handler *const table[16][2] = {
		[2] = {h_udiv32, h_udiv64},
                  [3] = {h_sdiv32, h_sdiv64},
		[8] = {h_lslv32, h_lslv64},
                  [9] = {h_lsrv32, h_lsrv64},
		[10] = {h_asrv32, h_asrv64},
                  [11] = {h_rorv32, h_rorv64}
        };
	bool wide = insn >> 31;
	unsigned int opcode = a64_bits(insn, 10, 6);

	if (insn >> 29 & 1) {
		return false; /* SUBPS: tagging */
	}
	plain_registers(insn, op);
	if (opcode >= 16 && opcode < 24) {
		op->aux = opcode & 3;
		op->imm = opcode & 4 ? 0x82f63b78 : 0xedb88320;
		op->fn = h_crc32;
		return (how->features & A64_FEAT_CRC32) && wide == (op->aux == 3);
	}
	if (opcode >= 16) {
		return false;
	}
	op->fn = table[opcode][wide];
	return op->fn != NULL;
}

static bool decode_one_source(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const table[6][2] = {
		{h_rbit32,   h_rbit64  },
                {h_rev16_32, h_rev16_64},
                {h_rev_32,   h_rev32_64},
		{NULL,       h_rev64   },
                {h_clz32,    h_clz64   },
                {h_cls32,    h_cls64   }
        };
	unsigned int opcode = a64_bits(insn, 10, 6);

	if ((insn >> 29 & 1) || a64_bits(insn, 16, 5) || opcode >= 6) {
		return false; /* among them PAC and AUT */
	}
	plain_registers(insn, op);
	op->fn = table[opcode][insn >> 31];
	return op->fn != NULL;
}

bool a64_decode_dp_reg(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	if (!(insn >> 28 & 1)) {
		if (!(insn >> 24 & 1)) {
			return decode_logical(insn, op);
		}
		return insn >> 21 & 1 ? decode_add_sub_extended(insn, op)
				      : decode_add_sub_shifted(insn, op);
	}
	if (insn >> 24 & 1) {
		return decode_three_source(insn, op);
	}
	switch (a64_bits(insn, 21, 3)) {
	case 0: return decode_carry(insn, op);
	case 2: return decode_cond_compare(insn, op);
	case 4: return decode_cond_select(insn, op);
	case 6:
		return insn >> 30 & 1 ? decode_one_source(insn, op)
				      : decode_two_source(insn, how, op);
	default: return false;
	}
}
