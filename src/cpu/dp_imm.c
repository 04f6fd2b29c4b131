/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Data processing with immediates: PC-relative addresses, add and subtract, logical, wide moves, bit
 * fields, extract. Operands are worked out at decode time as far as the encoding allows, so several
 * instructions share a handler: SUB is ADD of the negated immediate, LSR is a bit field.
 */
#include "alu.h"
#include "engine.h"

/* ---- handlers ------------------------------------------------------------------------------------- */

static A64_HANDLER(h_const)
{
	cpu->x[op->rd] = op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_adr) /* imm is relative to the instruction */
{
	cpu->x[op->rd] = a64_op_pc(cpu, op) + op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_adrp)
{
	cpu->x[op->rd] = (a64_op_pc(cpu, op) & ~0xfffull) + op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_mov64)
{
	cpu->x[op->rd] = cpu->x[op->rn];
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_add64)
{
	cpu->x[op->rd] = cpu->x[op->rn] + op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_add32)
{
	cpu->x[op->rd] = (uint32_t)(cpu->x[op->rn] + op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_adds64)
{
	cpu->x[op->rd] = a64_adds64(cpu, cpu->x[op->rn], op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_adds32)
{
	cpu->x[op->rd] = a64_adds32(cpu, (uint32_t)cpu->x[op->rn], (uint32_t)op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_subs64)
{
	cpu->x[op->rd] = a64_subs64(cpu, cpu->x[op->rn], op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_subs32)
{
	cpu->x[op->rd] = a64_subs32(cpu, (uint32_t)cpu->x[op->rn], (uint32_t)op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_and) /* either size: a 32-bit mask has no upper half */
{
	cpu->x[op->rd] = cpu->x[op->rn] & op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_orr64)
{
	cpu->x[op->rd] = cpu->x[op->rn] | op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_orr32)
{
	cpu->x[op->rd] = (uint32_t)(cpu->x[op->rn] | op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_eor64)
{
	cpu->x[op->rd] = cpu->x[op->rn] ^ op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_eor32)
{
	cpu->x[op->rd] = (uint32_t)(cpu->x[op->rn] ^ op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_ands64)
{
	cpu->x[op->rd] = a64_logic64(cpu, cpu->x[op->rn] & op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_ands32)
{
	cpu->x[op->rd] = a64_logic32(cpu, (uint32_t)(cpu->x[op->rn] & op->imm));
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_movk) /* aux: log2 position */
{
	cpu->x[op->rd] = (cpu->x[op->rd] & ~(0xffffull << op->aux)) | op->imm;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_movk32)
{
	cpu->x[op->rd] = (uint32_t)((cpu->x[op->rd] & ~(0xffffull << op->aux)) | op->imm);
	A64_NEXT(cpu, op);
}

/* UBFM, right: aux = lowest source bit, imm = mask of the result. Either size */
static A64_HANDLER(h_ubfx)
{
	cpu->x[op->rd] = cpu->x[op->rn] >> op->aux & op->imm;
	A64_NEXT(cpu, op);
}

/* UBFM, left: aux = position, imm = mask of the source */
static A64_HANDLER(h_ubfiz)
{
	cpu->x[op->rd] = (cpu->x[op->rn] & op->imm) << op->aux;
	A64_NEXT(cpu, op);
}

/* SBFM: shift left by aux, then right by aux8 with the sign */
static A64_HANDLER(h_sbfm64)
{
	cpu->x[op->rd] = (uint64_t)((int64_t)(cpu->x[op->rn] << op->aux) >> op->aux8);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_sbfm32)
{
	cpu->x[op->rd] = (uint32_t)((int32_t)((uint32_t)cpu->x[op->rn] << op->aux) >> op->aux8);
	A64_NEXT(cpu, op);
}

/* BFM: imm = mask in the destination; source shifted right (BFXIL) or left (BFI) by aux */
static A64_HANDLER(h_bfxil64)
{
	cpu->x[op->rd] = (cpu->x[op->rd] & ~op->imm) | (cpu->x[op->rn] >> op->aux & op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_bfxil32)
{
	cpu->x[op->rd] =
		(uint32_t)((cpu->x[op->rd] & ~op->imm) | (cpu->x[op->rn] >> op->aux & op->imm));
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_bfi64)
{
	cpu->x[op->rd] = (cpu->x[op->rd] & ~op->imm) | (cpu->x[op->rn] << op->aux & op->imm);
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_bfi32)
{
	cpu->x[op->rd] =
		(uint32_t)((cpu->x[op->rd] & ~op->imm) | (cpu->x[op->rn] << op->aux & op->imm));
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_extr64) /* aux: 1..63 */
{
	cpu->x[op->rd] = cpu->x[op->rn] << (64 - op->aux) | cpu->x[op->rm] >> op->aux;
	A64_NEXT(cpu, op);
}

static A64_HANDLER(h_extr32)
{
	uint64_t both = cpu->x[op->rn] << 32 | (uint32_t)cpu->x[op->rm];

	cpu->x[op->rd] = (uint32_t)(both >> op->aux);
	A64_NEXT(cpu, op);
}

/* ---- decoding ------------------------------------------------------------------------------------- */

static bool decode_adr(uint32_t insn, struct a64_op *op)
{
	int64_t imm =
		(int64_t)((uint64_t)a64_bits(insn, 5, 19) << 45) >> 43 | a64_bits(insn, 29, 2);

	op->rd = a64_slot_write(insn & 31);
	if (insn >> 31) {
		op->imm = (uint64_t)imm << 12;
		op->fn = h_adrp;
	} else {
		op->imm = (uint64_t)imm;
		op->fn = h_adr;
	}
	return true;
}

static bool decode_add_sub(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31, sub = insn >> 30 & 1, flags = insn >> 29 & 1;
	uint64_t imm = (uint64_t)a64_bits(insn, 10, 12) << (insn >> 22 & 1 ? 12 : 0);

	op->rn = insn >> 5 & 31; /* SP */
	op->imm = imm;
	if (flags) {
		op->rd = a64_slot_write(insn & 31);
		op->fn = sub ? (wide ? h_subs64 : h_subs32) : (wide ? h_adds64 : h_adds32);
		return true;
	}
	op->rd = insn & 31; /* SP */
	if (sub) {
		op->imm = -imm;
	}
	op->fn = !wide ? h_add32 : imm ? h_add64 : h_mov64;
	return true;
}

bool a64_bit_mask(unsigned int n, unsigned int imms, unsigned int immr, uint64_t *mask)
{
	unsigned int pattern = n << 6 | (~imms & 63), len = 6;
	unsigned int size, ones, rotate;
	uint64_t element;

	while (len && !(pattern >> len & 1)) {
		len--;
	}
	if (!len) {
		return false;
	}
	size = 1u << len;
	ones = (imms & (size - 1)) + 1;
	rotate = immr & (size - 1);
	if (ones == size) {
		return false;
	}
	element = (1ull << ones) - 1;
	if (rotate) {
		element = element >> rotate | element << (size - rotate);
	}
	if (size < 64) {
		element &= (1ull << size) - 1;
	}
	for (; size < 64; size *= 2) {
		element |= element << size;
	}
	*mask = element;
	return true;
}

static bool decode_logical(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int opc = a64_bits(insn, 29, 2), n = insn >> 22 & 1;
	uint64_t mask;

	if ((!wide && n) || !a64_bit_mask(n, a64_bits(insn, 10, 6), a64_bits(insn, 16, 6), &mask)) {
		return false;
	}
	op->imm = wide ? mask : (uint32_t)mask;
	op->rn = a64_slot_read(insn >> 5 & 31);
	op->rd = opc == 3 ? a64_slot_write(insn & 31) : (uint8_t)(insn & 31);
	switch (opc) {
	case 0: op->fn = h_and; break;
	case 1: op->fn = op->rn == A64_SLOT_ZERO ? h_const : wide ? h_orr64 : h_orr32; break;
	case 2: op->fn = wide ? h_eor64 : h_eor32; break;
	default: op->fn = wide ? h_ands64 : h_ands32;
	}
	return true;
}

static bool decode_move_wide(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int opc = a64_bits(insn, 29, 2), position = a64_bits(insn, 21, 2) * 16;
	uint64_t imm = (uint64_t)a64_bits(insn, 5, 16) << position;

	if (opc == 1 || (!wide && position >= 32)) {
		return false;
	}
	op->rd = a64_slot_write(insn & 31);
	op->aux = (uint16_t)position;
	op->imm = opc == 0 ? ~imm : imm;
	if (opc == 3) {
		op->fn = wide ? h_movk : h_movk32;
		return true;
	}
	if (!wide) {
		op->imm = (uint32_t)op->imm;
	}
	op->fn = h_const;
	return true;
}

static uint64_t ones(unsigned int count)
{
	return count >= 64 ? UINT64_MAX : (1ull << count) - 1;
}

static bool decode_bitfield(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int opc = a64_bits(insn, 29, 2), width = wide ? 64 : 32;
	unsigned int r = a64_bits(insn, 16, 6), s = a64_bits(insn, 10, 6);
	bool right = s >= r;
	unsigned int left = right ? 0 : width - r; /* position of a field that moves left */

	if (opc == 3 || (insn >> 22 & 1) != wide || r >= width || s >= width) {
		return false;
	}
	op->rn = a64_slot_read(insn >> 5 & 31);
	op->rd = a64_slot_write(insn & 31);
	if (opc == 0) { /* SBFM */
		op->aux = (uint16_t)(width - 1 - s);
		op->aux8 = (uint8_t)(op->aux + (right ? (int)r : -(int)left));
		op->fn = wide ? h_sbfm64 : h_sbfm32;
		return true;
	}
	op->aux = (uint16_t)(right ? r : left);
	if (opc == 2) { /* UBFM */
		op->imm = right ? ones(s - r + 1) : ones(s + 1);
		op->fn = right ? h_ubfx : h_ubfiz;
		return true;
	}
	/* BFM: with rd = XZR slot reads are irrelevant, the result is discarded */
	if (right) {
		op->imm = ones(s - r + 1);
		op->fn = wide ? h_bfxil64 : h_bfxil32;
	} else {
		op->imm = ones(s + 1) << left;
		op->fn = wide ? h_bfi64 : h_bfi32;
	}
	return true;
}

static bool decode_extract(uint32_t insn, struct a64_op *op)
{
	bool wide = insn >> 31;
	unsigned int lsb = a64_bits(insn, 10, 6);

	if (a64_bits(insn, 29, 2) || (insn >> 21 & 1) || (insn >> 22 & 1) != wide ||
	    (!wide && lsb >= 32)) {
		return false;
	}
	op->rn = a64_slot_read(insn >> 5 & 31);
	op->rm = a64_slot_read(insn >> 16 & 31);
	op->rd = a64_slot_write(insn & 31);
	op->aux = (uint16_t)lsb;
	op->fn = wide ? h_extr64 : h_extr32;
	if (wide && !lsb) {
		op->rn = op->rm;
		op->fn = h_mov64;
	}
	return true;
}

bool a64_decode_dp_imm(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	switch (a64_bits(insn, 23, 3)) {
	case 0:
	case 1: return decode_adr(insn, op);
	case 2: return decode_add_sub(insn, op);
	case 4: return decode_logical(insn, op);
	case 5: return decode_move_wide(insn, op);
	case 6: return decode_bitfield(insn, op);
	case 7: return decode_extract(insn, op);
	default: return false; /* 3: memory tagging */
	}
}
