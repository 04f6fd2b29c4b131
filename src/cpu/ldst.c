/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loads and stores of one register, general or vector, in all addressing modes. Each combination of type
 * and mode has a handler with the TLB lookup inline and a slow twin that goes through access.c.
 */
#include "alu.h"
#include "guestmem.h"

/* ---- addressing modes: ADDRESS computes va, UPDATE writes the base back --------------------------- */

#define ADDRESS_imm (cpu->x[op->rn] + op->imm)
#define UPDATE_imm
#define ADDRESS_reg (cpu->x[op->rn] + (cpu->x[op->rm] << op->aux))
#define UPDATE_reg
#define ADDRESS_ext (cpu->x[op->rn] + a64_extend(cpu->x[op->rm], op->aux8, op->aux))
#define UPDATE_ext
#define ADDRESS_pre  (cpu->x[op->rn] + op->imm)
#define UPDATE_pre   cpu->x[op->rn] += op->imm
#define ADDRESS_post (cpu->x[op->rn])
#define UPDATE_post  cpu->x[op->rn] += op->imm
#define ADDRESS_lit  (a64_op_pc(cpu, op) + op->imm)
#define UPDATE_lit

/* ---- general registers ---------------------------------------------------------------------------- */

#define LOAD(name, type, result, mode)                                        \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                 \
	{                                                                     \
		if (!a64_load(cpu, op, ADDRESS_##mode, sizeof(type), 1, 0)) { \
			return NULL;                                          \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->x[op->rd] = (result)(type)cpu->buf[0];                   \
		A64_TAIL return a64_finish(cpu, op);                          \
	}                                                                     \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                        \
	{                                                                     \
		uint64_t va = ADDRESS_##mode;                                 \
		const void *host = a64_host_read(cpu, va, sizeof(type));      \
		if (A64_UNLIKELY(!host)) {                                    \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);    \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->x[op->rd] = (result)A64_GET(type, host);                 \
		A64_NEXT(cpu, op);                                            \
	}

#define STORE(name, type, mode)                                                \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                  \
	{                                                                      \
		cpu->buf[0] = cpu->x[op->rd];                                  \
		if (!a64_store(cpu, op, ADDRESS_##mode, sizeof(type), 1, 0)) { \
			return NULL;                                           \
		}                                                              \
		UPDATE_##mode;                                                 \
		A64_TAIL return a64_finish(cpu, op);                           \
	}                                                                      \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                         \
	{                                                                      \
		uint64_t va = ADDRESS_##mode;                                  \
		void *host = a64_host_write(cpu, va, sizeof(type));            \
		if (A64_UNLIKELY(!host)) {                                     \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);     \
		}                                                              \
		A64_PUT(type, host, cpu->x[op->rd]);                           \
		UPDATE_##mode;                                                 \
		A64_NEXT(cpu, op);                                             \
	}

typedef int8_t __attribute__((may_alias)) sguest8;
typedef int16_t __attribute__((may_alias, aligned(1))) sguest16;
typedef int32_t __attribute__((may_alias, aligned(1))) sguest32;

/* clang-format off */
#define GENERAL(mode)                                                               \
	LOAD(ldr8, guest8, uint64_t, mode)                                          \
	LOAD(ldr16, guest16, uint64_t, mode)                                        \
	LOAD(ldr32, guest32, uint64_t, mode)                                        \
	LOAD(ldr64, guest64, uint64_t, mode)                                        \
	LOAD(lds8x, sguest8, uint64_t, mode)                                        \
	LOAD(lds16x, sguest16, uint64_t, mode)                                      \
	LOAD(lds32x, sguest32, uint64_t, mode)                                      \
	LOAD(lds8w, sguest8, uint32_t, mode)                                        \
	LOAD(lds16w, sguest16, uint32_t, mode)                                      \
	STORE(str8, guest8, mode)                                                   \
	STORE(str16, guest16, mode)                                                 \
	STORE(str32, guest32, mode)                                                 \
	STORE(str64, guest64, mode)                                                 \
	static a64_handler *const general_##mode[4][4] = {                          \
		{h_str8_##mode,  h_ldr8_##mode,  h_lds8x_##mode,  h_lds8w_##mode },     \
		{h_str16_##mode, h_ldr16_##mode, h_lds16x_##mode, h_lds16w_##mode}, \
		{h_str32_##mode, h_ldr32_##mode, h_lds32x_##mode, NULL           },            \
		{h_str64_##mode, h_ldr64_##mode, NULL,            NULL           } \
	};
/* clang-format on */

GENERAL(imm)
GENERAL(reg)
GENERAL(ext)
GENERAL(pre)
GENERAL(post)
LOAD(ldr32, guest32, uint64_t, lit)
LOAD(ldr64, guest64, uint64_t, lit)
LOAD(lds32x, sguest32, uint64_t, lit)

/* ---- as EL0: LDTR, STTR --------------------------------------------------------------------------- */

#define LOAD_USER(name, type, result)                                                      \
	static A64_COLD A64_HANDLER(h_##name##_user_slow)                                  \
	{                                                                                  \
		if (!a64_load(cpu, op, ADDRESS_imm, sizeof(type), 1, A64_ACC_UNPRIV)) {    \
			return NULL;                                                       \
		}                                                                          \
		cpu->x[op->rd] = (result)(type)cpu->buf[0];                                \
		A64_TAIL return a64_finish(cpu, op);                                       \
	}                                                                                  \
	static A64_RACY A64_HANDLER(h_##name##_user)                                       \
	{                                                                                  \
		uint64_t va = ADDRESS_imm;                                                 \
		const struct a64_tlb_entry *e = a64_tlb_slot(cpu->utlb, va);               \
		if (A64_UNLIKELY(e->rtag != ((va + sizeof(type) - 1) & ~A64_PAGE_MASK))) { \
			A64_TAIL return h_##name##_user_slow(cpu, op);                     \
		}                                                                          \
		cpu->x[op->rd] = (result)A64_GET(type, e->addend + va);                    \
		A64_NEXT(cpu, op);                                                         \
	}

#define STORE_USER(name, type)                                                             \
	static A64_COLD A64_HANDLER(h_##name##_user_slow)                                  \
	{                                                                                  \
		cpu->buf[0] = cpu->x[op->rd];                                              \
		if (!a64_store(cpu, op, ADDRESS_imm, sizeof(type), 1, A64_ACC_UNPRIV)) {   \
			return NULL;                                                       \
		}                                                                          \
		A64_TAIL return a64_finish(cpu, op);                                       \
	}                                                                                  \
	static A64_RACY A64_HANDLER(h_##name##_user)                                       \
	{                                                                                  \
		uint64_t va = ADDRESS_imm;                                                 \
		const struct a64_tlb_entry *e = a64_tlb_slot(cpu->utlb, va);               \
		if (A64_UNLIKELY(e->wtag != ((va + sizeof(type) - 1) & ~A64_PAGE_MASK))) { \
			A64_TAIL return h_##name##_user_slow(cpu, op);                     \
		}                                                                          \
		A64_PUT(type, e->addend + va, cpu->x[op->rd]);                             \
		A64_NEXT(cpu, op);                                                         \
	}

LOAD_USER(ldr8, guest8, uint64_t)
LOAD_USER(ldr16, guest16, uint64_t)
LOAD_USER(ldr32, guest32, uint64_t)
LOAD_USER(ldr64, guest64, uint64_t)
LOAD_USER(lds8x, sguest8, uint64_t)
LOAD_USER(lds16x, sguest16, uint64_t)
LOAD_USER(lds32x, sguest32, uint64_t)
LOAD_USER(lds8w, sguest8, uint32_t)
LOAD_USER(lds16w, sguest16, uint32_t)
STORE_USER(str8, guest8)
STORE_USER(str16, guest16)
STORE_USER(str32, guest32)
STORE_USER(str64, guest64)
static a64_handler *const general_user[4][4] = {
	{h_str8_user,  h_ldr8_user,  h_lds8x_user,  h_lds8w_user },
	{h_str16_user, h_ldr16_user, h_lds16x_user, h_lds16w_user},
	{h_str32_user, h_ldr32_user, h_lds32x_user, NULL         },
	{h_str64_user, h_ldr64_user, NULL,          NULL         }
};

/* ---- vector registers ----------------------------------------------------------------------------- */

#define VLOAD(name, type, mode)                                               \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                 \
	{                                                                     \
		if (!a64_load(cpu, op, ADDRESS_##mode, sizeof(type), 1, 0)) { \
			return NULL;                                          \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->v[op->rd].lo = cpu->buf[0];                              \
		cpu->v[op->rd].hi = 0;                                        \
		A64_TAIL return a64_finish(cpu, op);                          \
	}                                                                     \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                        \
	{                                                                     \
		uint64_t va = ADDRESS_##mode;                                 \
		const void *host = a64_host_read(cpu, va, sizeof(type));      \
		if (A64_UNLIKELY(!host)) {                                    \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);    \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->v[op->rd].lo = A64_GET(type, host);                      \
		cpu->v[op->rd].hi = 0;                                        \
		A64_NEXT(cpu, op);                                            \
	}

#define VSTORE(name, type, mode)                                               \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                  \
	{                                                                      \
		cpu->buf[0] = cpu->v[op->rd].lo;                               \
		if (!a64_store(cpu, op, ADDRESS_##mode, sizeof(type), 1, 0)) { \
			return NULL;                                           \
		}                                                              \
		UPDATE_##mode;                                                 \
		A64_TAIL return a64_finish(cpu, op);                           \
	}                                                                      \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                         \
	{                                                                      \
		uint64_t va = ADDRESS_##mode;                                  \
		void *host = a64_host_write(cpu, va, sizeof(type));            \
		if (A64_UNLIKELY(!host)) {                                     \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);     \
		}                                                              \
		A64_PUT(type, host, cpu->v[op->rd].lo);                        \
		UPDATE_##mode;                                                 \
		A64_NEXT(cpu, op);                                             \
	}

#define VQUAD_LOAD(mode)                                                  \
	static A64_COLD A64_HANDLER(h_vldr128_##mode##_slow)              \
	{                                                                 \
		if (!a64_load(cpu, op, ADDRESS_##mode, 16, 1, 0)) {       \
			return NULL;                                      \
		}                                                         \
		UPDATE_##mode;                                            \
		cpu->v[op->rd].lo = cpu->buf[0];                          \
		cpu->v[op->rd].hi = cpu->buf[1];                          \
		A64_TAIL return a64_finish(cpu, op);                      \
	}                                                                 \
	static A64_RACY A64_HANDLER(h_vldr128_##mode)                     \
	{                                                                 \
		uint64_t va = ADDRESS_##mode;                             \
		const guest64 *host = a64_host_read(cpu, va, 16);         \
		if (A64_UNLIKELY(!host)) {                                \
			A64_TAIL return h_vldr128_##mode##_slow(cpu, op); \
		}                                                         \
		UPDATE_##mode;                                            \
		cpu->v[op->rd].lo = A64_GET(guest64, host);               \
		cpu->v[op->rd].hi = A64_GET(guest64, host + 1);           \
		A64_NEXT(cpu, op);                                        \
	}

#define VQUAD_STORE(mode)                                                 \
	static A64_COLD A64_HANDLER(h_vstr128_##mode##_slow)              \
	{                                                                 \
		cpu->buf[0] = cpu->v[op->rd].lo;                          \
		cpu->buf[1] = cpu->v[op->rd].hi;                          \
		if (!a64_store(cpu, op, ADDRESS_##mode, 16, 1, 0)) {      \
			return NULL;                                      \
		}                                                         \
		UPDATE_##mode;                                            \
		A64_TAIL return a64_finish(cpu, op);                      \
	}                                                                 \
	static A64_RACY A64_HANDLER(h_vstr128_##mode)                     \
	{                                                                 \
		uint64_t va = ADDRESS_##mode;                             \
		guest64 *host = a64_host_write(cpu, va, 16);              \
		if (A64_UNLIKELY(!host)) {                                \
			A64_TAIL return h_vstr128_##mode##_slow(cpu, op); \
		}                                                         \
		A64_PUT(guest64, host, cpu->v[op->rd].lo);                \
		A64_PUT(guest64, host + 1, cpu->v[op->rd].hi);            \
		UPDATE_##mode;                                            \
		A64_NEXT(cpu, op);                                        \
	}

/* clang-format off */
#define VECTOR(mode)                                      \
	VLOAD(vldr8, guest8, mode)                        \
	VLOAD(vldr16, guest16, mode)                      \
	VLOAD(vldr32, guest32, mode)                      \
	VLOAD(vldr64, guest64, mode)                      \
	VSTORE(vstr8, guest8, mode)                       \
	VSTORE(vstr16, guest16, mode)                     \
	VSTORE(vstr32, guest32, mode)                     \
	VSTORE(vstr64, guest64, mode)                     \
	VQUAD_LOAD(mode)                                  \
	VQUAD_STORE(mode)                                 \
	static a64_handler *const vector_##mode[5][2] = { \
		{h_vstr8_##mode,   h_vldr8_##mode  },         \
		{h_vstr16_##mode,  h_vldr16_##mode },       \
		{h_vstr32_##mode,  h_vldr32_##mode },       \
		{h_vstr64_##mode,  h_vldr64_##mode },       \
		{h_vstr128_##mode, h_vldr128_##mode} \
	};
/* clang-format on */

VECTOR(imm)
VECTOR(reg)
VECTOR(ext)
VECTOR(pre)
VECTOR(post)
VLOAD(vldr32, guest32, lit)
VLOAD(vldr64, guest64, lit)
VQUAD_LOAD(lit)

/* ---- decoding ------------------------------------------------------------------------------------- */

enum mode { IMM, PRE, POST, REG, EXT };

static a64_handler *const (*const general_modes[5])[4] = {general_imm, general_pre, general_post,
							  general_reg, general_ext};
static a64_handler *const (*const vector_modes[5])[2] = {vector_imm, vector_pre, vector_post,
							 vector_reg, vector_ext};

static bool is_prefetch(uint32_t insn)
{
	return !(insn >> 26 & 1) && (insn >> 30) == 3 && a64_bits(insn, 22, 2) == 2;
}

/* size, opc, V decide the type */
static bool choose(uint32_t insn, enum mode mode, struct a64_op *op)
{
	unsigned int size = insn >> 30, opc = a64_bits(insn, 22, 2);

	op->rn = insn >> 5 & 31; /* SP */
	if (insn >> 26 & 1) {
		unsigned int bytes_log2 = size | (opc & 2) << 1;

		op->rd = insn & 31;
		if (bytes_log2 > 4) {
			return false;
		}
		op->fn = vector_modes[mode][bytes_log2][opc & 1];
		return true;
	}
	op->rd = opc == 0 ? a64_slot_read(insn & 31) : a64_slot_write(insn & 31);
	op->fn = general_modes[mode][size][opc];
	return op->fn != NULL;
}

static bool decode_unscaled(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	static const enum mode modes[4] = {IMM, POST, IMM, PRE};
	unsigned int kind = a64_bits(insn, 10, 2);

	op->imm = (uint64_t)((int64_t)((uint64_t)a64_bits(insn, 12, 9) << 55) >> 55);
	if (kind == 2) { /* unprivileged */
		op->rn = insn >> 5 & 31;
		op->rd = a64_bits(insn, 22, 2) ? a64_slot_write(insn & 31)
					       : a64_slot_read(insn & 31);
		if (insn >> 26 & 1) {
			return false;
		}
		op->fn = (how->el ? general_user : general_imm)[insn >> 30][a64_bits(insn, 22, 2)];
		return op->fn != NULL;
	}
	if (is_prefetch(insn)) {
		op->fn = a64_op_nop; /* PRFUM */
		return kind == 0;
	}
	return choose(insn, modes[kind], op);
}

static bool decode_register(uint32_t insn, struct a64_op *op)
{
	unsigned int option = a64_bits(insn, 13, 3);
	unsigned int scale = insn >> 30;

	if (!(option & 2)) {
		return false;
	}
	if (is_prefetch(insn)) {
		op->fn = a64_op_nop;
		return true;
	}
	if ((insn >> 26 & 1) && (insn >> 23 & 1)) {
		scale = 4;
	}
	op->rm = a64_slot_read(insn >> 16 & 31);
	op->aux8 = (uint8_t)option;
	op->aux = insn >> 12 & 1 ? (uint16_t)scale : 0;
	return choose(insn, (option & 3) == 3 ? REG : EXT, op);
}

static bool decode_scaled(uint32_t insn, struct a64_op *op)
{
	unsigned int scale = insn >> 30;

	if (is_prefetch(insn)) {
		op->fn = a64_op_nop;
		return true;
	}
	if ((insn >> 26 & 1) && (insn >> 23 & 1)) {
		scale = 4;
	}
	op->imm = (uint64_t)a64_bits(insn, 10, 12) << scale;
	return choose(insn, IMM, op);
}

static bool decode_literal(uint32_t insn, struct a64_op *op)
{
	static a64_handler *const general[4] = {h_ldr32_lit, h_ldr64_lit, h_lds32x_lit, a64_op_nop};
	static a64_handler *const vector[4] = {h_vldr32_lit, h_vldr64_lit, h_vldr128_lit, NULL};
	bool v = insn >> 26 & 1;

	op->imm = (uint64_t)((int64_t)((uint64_t)a64_bits(insn, 5, 19) << 45) >> 43);
	op->rd = v ? insn & 31 : a64_slot_write(insn & 31);
	op->fn = (v ? vector : general)[insn >> 30];
	return op->fn != NULL;
}

bool a64_decode_ldst(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	if (a64_bits(insn, 27, 3) == 3 && !(insn >> 29 & 1)) {
		return !(insn >> 24 & 1) && decode_literal(insn, op);
	}
	if (insn >> 24 & 1) {
		return decode_scaled(insn, op);
	}
	if (!(insn >> 21 & 1)) {
		return decode_unscaled(insn, how, op);
	}
	if (a64_bits(insn, 10, 2) == 2) {
		return decode_register(insn, op);
	}
	return a64_bits(insn, 10, 2) == 0 && a64_decode_ldst_atomic(insn, how, op);
}
