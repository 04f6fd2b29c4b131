/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads and stores of register pairs, general and vector. */
#include "guestmem.h"

#define ADDRESS_off (cpu->x[op->rn] + op->imm)
#define UPDATE_off
#define ADDRESS_pre  (cpu->x[op->rn] + op->imm)
#define UPDATE_pre   cpu->x[op->rn] += op->imm
#define ADDRESS_post (cpu->x[op->rn])
#define UPDATE_post  cpu->x[op->rn] += op->imm

/* rd and ra are the pair. Slow results lie densely in buf */
#define BUF(type, i)            (((const type *)(const void *)cpu->buf)[i])
#define BUF_PUT(type, i, value) (((type *)(void *)cpu->buf)[i] = (type)(value))

#define LOAD_PAIR(name, type, result, mode)                                   \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                 \
	{                                                                     \
		if (!a64_load(cpu, op, ADDRESS_##mode, sizeof(type), 2, 0)) { \
			return NULL;                                          \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->x[op->rd] = (result)BUF(type, 0);                        \
		cpu->x[op->ra] = (result)BUF(type, 1);                        \
		A64_TAIL return a64_finish(cpu, op);                          \
	}                                                                     \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                        \
	{                                                                     \
		uint64_t va = ADDRESS_##mode;                                 \
		const type *host = a64_host_read(cpu, va, 2 * sizeof(type));  \
		if (A64_UNLIKELY(!host)) {                                    \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);    \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->x[op->rd] = (result)A64_GET(type, host);                 \
		cpu->x[op->ra] = (result)A64_GET(type, host + 1);             \
		A64_NEXT(cpu, op);                                            \
	}

#define STORE_PAIR(name, type, mode)                                           \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                  \
	{                                                                      \
		BUF_PUT(type, 0, cpu->x[op->rd]);                              \
		BUF_PUT(type, 1, cpu->x[op->ra]);                              \
		if (!a64_store(cpu, op, ADDRESS_##mode, sizeof(type), 2, 0)) { \
			return NULL;                                           \
		}                                                              \
		UPDATE_##mode;                                                 \
		A64_TAIL return a64_finish(cpu, op);                           \
	}                                                                      \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                         \
	{                                                                      \
		uint64_t va = ADDRESS_##mode;                                  \
		type *host = a64_host_write(cpu, va, 2 * sizeof(type));        \
		if (A64_UNLIKELY(!host)) {                                     \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);     \
		}                                                              \
		A64_PUT(type, host, cpu->x[op->rd]);                           \
		A64_PUT(type, host + 1, cpu->x[op->ra]);                       \
		UPDATE_##mode;                                                 \
		A64_NEXT(cpu, op);                                             \
	}

#define VLOAD_PAIR(name, type, mode)                                          \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                 \
	{                                                                     \
		if (!a64_load(cpu, op, ADDRESS_##mode, sizeof(type), 2, 0)) { \
			return NULL;                                          \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->v[op->rd].lo = BUF(type, 0);                             \
		cpu->v[op->rd].hi = 0;                                        \
		cpu->v[op->ra].lo = BUF(type, 1);                             \
		cpu->v[op->ra].hi = 0;                                        \
		A64_TAIL return a64_finish(cpu, op);                          \
	}                                                                     \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                        \
	{                                                                     \
		uint64_t va = ADDRESS_##mode;                                 \
		const type *host = a64_host_read(cpu, va, 2 * sizeof(type));  \
		if (A64_UNLIKELY(!host)) {                                    \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);    \
		}                                                             \
		UPDATE_##mode;                                                \
		cpu->v[op->rd].lo = A64_GET(type, host);                      \
		cpu->v[op->rd].hi = 0;                                        \
		cpu->v[op->ra].lo = A64_GET(type, host + 1);                  \
		cpu->v[op->ra].hi = 0;                                        \
		A64_NEXT(cpu, op);                                            \
	}

#define VSTORE_PAIR(name, type, mode)                                          \
	static A64_COLD A64_HANDLER(h_##name##_##mode##_slow)                  \
	{                                                                      \
		BUF_PUT(type, 0, cpu->v[op->rd].lo);                           \
		BUF_PUT(type, 1, cpu->v[op->ra].lo);                           \
		if (!a64_store(cpu, op, ADDRESS_##mode, sizeof(type), 2, 0)) { \
			return NULL;                                           \
		}                                                              \
		UPDATE_##mode;                                                 \
		A64_TAIL return a64_finish(cpu, op);                           \
	}                                                                      \
	static A64_RACY A64_HANDLER(h_##name##_##mode)                         \
	{                                                                      \
		uint64_t va = ADDRESS_##mode;                                  \
		type *host = a64_host_write(cpu, va, 2 * sizeof(type));        \
		if (A64_UNLIKELY(!host)) {                                     \
			A64_TAIL return h_##name##_##mode##_slow(cpu, op);     \
		}                                                              \
		A64_PUT(type, host, cpu->v[op->rd].lo);                        \
		A64_PUT(type, host + 1, cpu->v[op->ra].lo);                    \
		UPDATE_##mode;                                                 \
		A64_NEXT(cpu, op);                                             \
	}

#define VQUAD_PAIR(mode)                                                  \
	static A64_COLD A64_HANDLER(h_vldp128_##mode##_slow)              \
	{                                                                 \
		if (!a64_load(cpu, op, ADDRESS_##mode, 16, 2, 0)) {       \
			return NULL;                                      \
		}                                                         \
		UPDATE_##mode;                                            \
		cpu->v[op->rd].lo = cpu->buf[0];                          \
		cpu->v[op->rd].hi = cpu->buf[1];                          \
		cpu->v[op->ra].lo = cpu->buf[2];                          \
		cpu->v[op->ra].hi = cpu->buf[3];                          \
		A64_TAIL return a64_finish(cpu, op);                      \
	}                                                                 \
	static A64_RACY A64_HANDLER(h_vldp128_##mode)                     \
	{                                                                 \
		uint64_t va = ADDRESS_##mode;                             \
		const guest64 *host = a64_host_read(cpu, va, 32);         \
		if (A64_UNLIKELY(!host)) {                                \
			A64_TAIL return h_vldp128_##mode##_slow(cpu, op); \
		}                                                         \
		UPDATE_##mode;                                            \
		cpu->v[op->rd].lo = A64_GET(guest64, host);               \
		cpu->v[op->rd].hi = A64_GET(guest64, host + 1);           \
		cpu->v[op->ra].lo = A64_GET(guest64, host + 2);           \
		cpu->v[op->ra].hi = A64_GET(guest64, host + 3);           \
		A64_NEXT(cpu, op);                                        \
	}                                                                 \
	static A64_COLD A64_HANDLER(h_vstp128_##mode##_slow)              \
	{                                                                 \
		cpu->buf[0] = cpu->v[op->rd].lo;                          \
		cpu->buf[1] = cpu->v[op->rd].hi;                          \
		cpu->buf[2] = cpu->v[op->ra].lo;                          \
		cpu->buf[3] = cpu->v[op->ra].hi;                          \
		if (!a64_store(cpu, op, ADDRESS_##mode, 16, 2, 0)) {      \
			return NULL;                                      \
		}                                                         \
		UPDATE_##mode;                                            \
		A64_TAIL return a64_finish(cpu, op);                      \
	}                                                                 \
	static A64_RACY A64_HANDLER(h_vstp128_##mode)                     \
	{                                                                 \
		uint64_t va = ADDRESS_##mode;                             \
		guest64 *host = a64_host_write(cpu, va, 32);              \
		if (A64_UNLIKELY(!host)) {                                \
			A64_TAIL return h_vstp128_##mode##_slow(cpu, op); \
		}                                                         \
		A64_PUT(guest64, host, cpu->v[op->rd].lo);                \
		A64_PUT(guest64, host + 1, cpu->v[op->rd].hi);            \
		A64_PUT(guest64, host + 2, cpu->v[op->ra].lo);            \
		A64_PUT(guest64, host + 3, cpu->v[op->ra].hi);            \
		UPDATE_##mode;                                            \
		A64_NEXT(cpu, op);                                        \
	}

typedef int32_t __attribute__((may_alias, aligned(1))) sguest32;

/* opc, L; V */
/* clang-format off */
#define PAIRS(mode)                                         \
	LOAD_PAIR(ldp32, guest32, uint64_t, mode)           \
	LOAD_PAIR(ldp64, guest64, uint64_t, mode)           \
	LOAD_PAIR(ldpsw, sguest32, uint64_t, mode)          \
	STORE_PAIR(stp32, guest32, mode)                    \
	STORE_PAIR(stp64, guest64, mode)                    \
	VLOAD_PAIR(vldp32, guest32, mode)                   \
	VLOAD_PAIR(vldp64, guest64, mode)                   \
	VSTORE_PAIR(vstp32, guest32, mode)                  \
	VSTORE_PAIR(vstp64, guest64, mode)                  \
	VQUAD_PAIR(mode)                                    \
	static a64_handler *const pairs_##mode[2][4][2] = { \
		{{h_stp32_##mode, h_ldp32_##mode},          \
		 {NULL, h_ldpsw_##mode},                    \
		 {h_stp64_##mode, h_ldp64_##mode},          \
		 {NULL, NULL}},                             \
		{{h_vstp32_##mode, h_vldp32_##mode},        \
		 {h_vstp64_##mode, h_vldp64_##mode},        \
		 {h_vstp128_##mode, h_vldp128_##mode},      \
		 {NULL, NULL}} \
	};
/* clang-format on */

PAIRS(off)
PAIRS(pre)
PAIRS(post)

bool a64_decode_ldst_pair(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	unsigned int opc = insn >> 30, mode = a64_bits(insn, 23, 2);
	bool v = insn >> 26 & 1, load = insn >> 22 & 1;
	unsigned int scale = v ? 2 + opc : opc & 2 ? 3 : 2;
	unsigned int first = insn & 31, second = a64_bits(insn, 10, 5);

	op->rn = insn >> 5 & 31;
	op->imm = (uint64_t)((int64_t)((uint64_t)a64_bits(insn, 15, 7) << 57) >> 57) << scale;
	if (v) {
		op->rd = (uint8_t)first;
		op->ra = (uint8_t)second;
	} else {
		op->rd = load ? a64_slot_write(first) : a64_slot_read(first);
		op->ra = load ? a64_slot_write(second) : a64_slot_read(second);
	}
	op->fn = (mode == 1 ? pairs_post : mode == 3 ? pairs_pre : pairs_off)[v][opc][load];
	if (mode == 0 && !v && opc == 1) {
		return false; /* there is no LDNP of signed words */
	}
	return op->fn != NULL;
}
