/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LD1-LD4 and ST1-ST4: structures of vectors, whole, of one element, and replicating. One handler each way
 * moves any structure: the bytes go through cpu->buf, so a fault leaves registers and memory alone.
 */
#include "guestmem.h"

/*
 * aux: bits 1:0 log2 of the element size, 4:2 registers of a structure (1..4), 7:5 registers in all (LD1 of
 * several), 8 whole 128 bits, 9 single element, 10 replicate, 15:11 the element's index.
 */
#define SIZE_LOG2(op) ((op)->aux & 3u)
#define STRUCTURE(op) ((op)->aux >> 2 & 7u)
#define REGISTERS(op) ((op)->aux >> 5 & 7u)
#define QUAD(op)      ((op)->aux >> 8 & 1u)
#define SINGLE(op)    ((op)->aux >> 9 & 1u)
#define REPLICATE(op) ((op)->aux >> 10 & 1u)
#define INDEX(op)     ((op)->aux >> 11 & 15u)

static inline struct a64_vreg *vreg(struct a64_cpu *cpu, const struct a64_op *op, unsigned int i)
{
	return &cpu->v[(op->rd + i) & 31];
}

static void element_copy(uint8_t *to, const uint8_t *from, unsigned int size_log2)
{
	switch (size_log2) {
	case 0: *to = *from; break;
	case 1: memcpy(to, from, 2); break;
	case 2: memcpy(to, from, 4); break;
	default: memcpy(to, from, 8);
	}
}

static inline uint8_t *element(struct a64_vreg *v, unsigned int index, unsigned int size_log2)
{
	return (uint8_t *)v + (index << size_log2);
}

static unsigned int bytes_of(const struct a64_op *op)
{
	return SINGLE(op) ? STRUCTURE(op) << SIZE_LOG2(op) : REGISTERS(op) * (QUAD(op) ? 16u : 8u);
}

/* Between buf and registers, for whole structures; LD1 (structure 1) is register after register */
static void move_whole(struct a64_cpu *cpu, const struct a64_op *op, bool load)
{
	unsigned int log2 = SIZE_LOG2(op), structure = STRUCTURE(op);
	unsigned int elements = (QUAD(op) ? 16u : 8u) >> log2;
	unsigned int rounds = REGISTERS(op) / structure;
	uint8_t *p = (uint8_t *)cpu->buf;

	for (unsigned int r = 0; r < rounds; r++) {
		for (unsigned int e = 0; e < elements; e++) {
			for (unsigned int s = 0; s < structure; s++, p += 1u << log2) {
				uint8_t *q = element(vreg(cpu, op, r * structure + s), e, log2);

				element_copy(load ? q : p, load ? p : q, log2);
			}
		}
	}
	for (unsigned int i = 0; load && !QUAD(op) && i < REGISTERS(op); i++) {
		vreg(cpu, op, i)->hi = 0;
	}
}

static void replicate(struct a64_cpu *cpu, const struct a64_op *op)
{
	unsigned int log2 = SIZE_LOG2(op), elements = (QUAD(op) ? 16u : 8u) >> log2;
	const uint8_t *p = (const uint8_t *)cpu->buf;

	for (unsigned int s = 0; s < STRUCTURE(op); s++, p += 1u << log2) {
		struct a64_vreg *v = vreg(cpu, op, s);

		v->hi = 0;
		for (unsigned int e = 0; e < elements; e++) {
			element_copy(element(v, e, log2), p, log2);
		}
	}
}

static void move_single(struct a64_cpu *cpu, const struct a64_op *op, bool load)
{
	unsigned int log2 = SIZE_LOG2(op);
	uint8_t *p = (uint8_t *)cpu->buf;

	for (unsigned int s = 0; s < STRUCTURE(op); s++, p += 1u << log2) {
		uint8_t *q = element(vreg(cpu, op, s), INDEX(op), log2);

		element_copy(load ? q : p, load ? p : q, log2);
	}
}

static void update_base(struct a64_cpu *cpu, const struct a64_op *op)
{
	/* ra: register to add, its zero slot without write-back; imm: bytes to add */
	cpu->x[op->rn] += cpu->x[op->ra] + op->imm;
}

static A64_NOINLINE bool load_structure(struct a64_cpu *cpu, const struct a64_op *op)
{
	unsigned int log2 = SIZE_LOG2(op);

	if (!a64_load(cpu, op, cpu->x[op->rn], 1u << log2, bytes_of(op) >> log2, 0)) {
		return false;
	}
	if (!SINGLE(op)) {
		move_whole(cpu, op, true);
	} else if (REPLICATE(op)) {
		replicate(cpu, op);
	} else {
		move_single(cpu, op, true);
	}
	update_base(cpu, op);
	return true;
}

static A64_NOINLINE bool store_structure(struct a64_cpu *cpu, const struct a64_op *op)
{
	unsigned int log2 = SIZE_LOG2(op);

	if (SINGLE(op)) {
		move_single(cpu, op, false);
	} else {
		move_whole(cpu, op, false);
	}
	if (!a64_store(cpu, op, cpu->x[op->rn], 1u << log2, bytes_of(op) >> log2, 0)) {
		return false;
	}
	update_base(cpu, op);
	return true;
}

static A64_HANDLER(h_load_structure)
{
	if (!load_structure(cpu, op)) {
		return NULL;
	}
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_store_structure)
{
	if (!store_structure(cpu, op)) {
		return NULL;
	}
	A64_TAIL return a64_finish(cpu, op);
}

/* LD1, ST1 of one or two whole Q registers: what memcpy and strlen use. aux8: registers */
static A64_RACY A64_HANDLER(h_ld1q)
{
	uint64_t va = cpu->x[op->rn];
	const guest64 *host = a64_host_read(cpu, va, 16u * op->aux8);

	if (A64_UNLIKELY(!host)) {
		A64_TAIL return h_load_structure(cpu, op);
	}
	for (unsigned int i = 0; i < op->aux8; i++) {
		vreg(cpu, op, i)->lo = A64_GET(guest64, host + 2 * i);
		vreg(cpu, op, i)->hi = A64_GET(guest64, host + 2 * i + 1);
	}
	update_base(cpu, op);
	A64_NEXT(cpu, op);
}

static A64_RACY A64_HANDLER(h_st1q)
{
	uint64_t va = cpu->x[op->rn];
	guest64 *host = a64_host_write(cpu, va, 16u * op->aux8);

	if (A64_UNLIKELY(!host)) {
		A64_TAIL return h_store_structure(cpu, op);
	}
	for (unsigned int i = 0; i < op->aux8; i++) {
		A64_PUT(guest64, host + 2 * i, vreg(cpu, op, i)->lo);
		A64_PUT(guest64, host + 2 * i + 1, vreg(cpu, op, i)->hi);
	}
	update_base(cpu, op);
	A64_NEXT(cpu, op);
}

/* ---- decoding ------------------------------------------------------------------------------------- */

static void pack(struct a64_op *op, unsigned int size_log2, unsigned int structure,
		 unsigned int registers, bool quad)
{
	op->aux = (uint16_t)(size_log2 | structure << 2 | registers << 5 | (unsigned int)quad << 8);
}

/* Post-index: by a register, or with Rm = 31 by the bytes moved */
static bool decode_base(uint32_t insn, unsigned int bytes, struct a64_op *op)
{
	unsigned int rm = insn >> 16 & 31;
	bool post = insn >> 23 & 1;

	op->rn = insn >> 5 & 31; /* SP */
	op->rd = insn & 31;
	op->ra = A64_SLOT_ZERO;
	if (!post) {
		return rm == 0;
	}
	if (rm == 31) {
		op->imm = bytes;
	} else {
		op->ra = (uint8_t)rm;
	}
	return true;
}

static bool decode_multiple(uint32_t insn, struct a64_op *op)
{
	static const struct {
		uint8_t structure, registers;
	} shape[16] = {
		[0] = {4, 4},
                  [2] = {1, 4},
                  [4] = {3, 3},
                  [6] = {1, 3},
		[7] = {1, 1},
                  [8] = {2, 2},
                  [10] = {1, 2}
        };
	unsigned int opcode = a64_bits(insn, 12, 4), size = a64_bits(insn, 10, 2);
	bool quad = insn >> 30 & 1, load = insn >> 22 & 1;
	unsigned int registers = shape[opcode].registers;

	if (!registers || (insn >> 21 & 1) ||
	    (size == 3 && !quad && shape[opcode].structure != 1)) {
		return false;
	}
	pack(op, size, shape[opcode].structure, registers, quad);
	op->fn = load ? h_load_structure : h_store_structure;
	if (quad && shape[opcode].structure == 1) {
		op->aux8 = (uint8_t)registers;
		op->fn = load ? h_ld1q : h_st1q;
	}
	return decode_base(insn, registers * (quad ? 16 : 8), op);
}

static bool decode_single(uint32_t insn, struct a64_op *op)
{
	unsigned int opcode = a64_bits(insn, 13, 3), size = a64_bits(insn, 10, 2);
	bool quad = insn >> 30 & 1, load = insn >> 22 & 1, s = insn >> 12 & 1;
	unsigned int structure = ((opcode & 1) << 1 | (insn >> 21 & 1)) + 1;
	unsigned int log2 = opcode >> 1, index;

	if (log2 == 3) { /* replicate */
		if (!load || s) {
			return false;
		}
		pack(op, size, structure, structure, quad);
		op->aux |= 1u << 9 | 1u << 10;
		op->fn = h_load_structure;
		return decode_base(insn, structure << size, op);
	}
	index = (unsigned int)quad << 3 | (unsigned int)s << 2 | size;
	switch (log2) {
	case 0: break;
	case 1:
		if (size & 1) {
			return false;
		}
		index >>= 1;
		break;
	default:
		if (size & 2) {
			return false;
		}
		if (!(size & 1)) {
			index >>= 2;
			break;
		}
		if (s) {
			return false;
		}
		index >>= 3;
		log2 = 3;
	}
	pack(op, log2, structure, structure, quad);
	op->aux |= (uint16_t)(1u << 9 | index << 11);
	op->fn = load ? h_load_structure : h_store_structure;
	return decode_base(insn, structure << log2, op);
}

bool a64_decode_ldst_vector(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	return insn >> 24 & 1 ? decode_single(insn, op) : decode_multiple(insn, op);
}
