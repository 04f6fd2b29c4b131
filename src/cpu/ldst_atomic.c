/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Exclusives, load-acquire and store-release, compare and swap, atomic memory operations.
 *
 * The exclusive monitor remembers host address, size and the value loaded; the store exclusive is a
 * compare-and-swap against that value (rule T6). Ordering comes from C11 atomics, never from the host's
 * habits (rule T7): release stores and acquire loads are sequentially consistent, as LDAR and STLR are
 * among themselves; LDAPR is acquire only.
 */
#include "guestmem.h"

typedef unsigned __int128 __attribute__((may_alias)) pair128;

/* ---- helpers -------------------------------------------------------------------------------------- */

/* Aligned RAM behind an access, fast or slow; NULL after an abort */
static inline void *host_for(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va,
			     unsigned int size, bool write)
{
	void *host = write ? a64_host_write(cpu, va, size) : a64_host_read(cpu, va, size);

	if (A64_LIKELY(host && !(va & (size - 1)))) {
		return host;
	}
	return a64_probe(cpu, op, va, size,
			 A64_ACC_ALIGNED | A64_ACC_ATOMIC | (write ? A64_ACC_WRITE : 0));
}

static inline uint64_t load_ordered(const void *host, unsigned int size_log2)
{
	switch (size_log2) {
	case 0: return __atomic_load_n((const uint8_t *)host, __ATOMIC_SEQ_CST);
	case 1: return __atomic_load_n((const uint16_t *)host, __ATOMIC_SEQ_CST);
	case 2: return __atomic_load_n((const uint32_t *)host, __ATOMIC_SEQ_CST);
	default: return __atomic_load_n((const uint64_t *)host, __ATOMIC_SEQ_CST);
	}
}

static inline void store_ordered(void *host, unsigned int size_log2, uint64_t value)
{
	switch (size_log2) {
	case 0: __atomic_store_n((uint8_t *)host, (uint8_t)value, __ATOMIC_SEQ_CST); break;
	case 1: __atomic_store_n((uint16_t *)host, (uint16_t)value, __ATOMIC_SEQ_CST); break;
	case 2: __atomic_store_n((uint32_t *)host, (uint32_t)value, __ATOMIC_SEQ_CST); break;
	default: __atomic_store_n((uint64_t *)host, value, __ATOMIC_SEQ_CST);
	}
}

/* Returns what was in memory */
static uint64_t compare_swap(void *host, unsigned int size_log2, uint64_t expected, uint64_t new)
{
	switch (size_log2) {
	case 0:
		return __sync_val_compare_and_swap((uint8_t *)host, (uint8_t)expected,
						   (uint8_t) new);
	case 1:
		return __sync_val_compare_and_swap((uint16_t *)host, (uint16_t)expected,
						   (uint16_t) new);
	case 2:
		return __sync_val_compare_and_swap((uint32_t *)host, (uint32_t)expected,
						   (uint32_t) new);
	default: return __sync_val_compare_and_swap((uint64_t *)host, expected, new);
	}
}

static pair128 compare_swap128(void *host, pair128 expected, pair128 new)
{
#if defined(__aarch64__)
	uint64_t low, high, status, elow = (uint64_t)expected, ehigh = (uint64_t)(expected >> 64);
	uint64_t nlow = (uint64_t) new, nhigh = (uint64_t)(new >> 64);

	do {
		uint64_t slow, shigh;

		__asm__ volatile("ldaxp %0, %1, %2"
				 : "=&r"(low), "=&r"(high)
				 : "Q"(*(pair128 *)host));
		slow = low == elow && high == ehigh ? nlow : low;
		shigh = low == elow && high == ehigh ? nhigh : high;
		__asm__ volatile("stlxp %w0, %2, %3, %1"
				 : "=&r"(status), "=Q"(*(pair128 *)host)
				 : "r"(slow), "r"(shigh)
				 : "memory");
	} while ((uint32_t)status);
	return (pair128)high << 64 | low;
#else
	return __sync_val_compare_and_swap((pair128 *)host, expected, new);
#endif
}

/* ---- acquire, release ----------------------------------------------------------------------------- */

#define LDAR(bits, log2)                                                                     \
	static A64_COLD A64_HANDLER(h_ldar##bits##_slow)                                     \
	{                                                                                    \
		if (!a64_load(cpu, op, cpu->x[op->rn], 1u << (log2), 1, A64_ACC_ORDERED)) {  \
			return NULL;                                                         \
		}                                                                            \
		atomic_thread_fence(memory_order_seq_cst);                                   \
		cpu->x[op->rd] = cpu->buf[0];                                                \
		A64_TAIL return a64_finish(cpu, op);                                         \
	}                                                                                    \
	static A64_RACY A64_HANDLER(h_ldar##bits)                                            \
	{                                                                                    \
		uint64_t va = cpu->x[op->rn];                                                \
		const void *host = a64_host_read(cpu, va, 1u << (log2));                     \
		if (A64_UNLIKELY(!host || (va & ((1u << (log2)) - 1)))) {                    \
			A64_TAIL return h_ldar##bits##_slow(cpu, op);                        \
		}                                                                            \
		cpu->x[op->rd] = load_ordered(host, log2);                                   \
		A64_NEXT(cpu, op);                                                           \
	}                                                                                    \
	static A64_COLD A64_HANDLER(h_stlr##bits##_slow)                                     \
	{                                                                                    \
		cpu->buf[0] = cpu->x[op->rd];                                                \
		atomic_thread_fence(memory_order_seq_cst);                                   \
		if (!a64_store(cpu, op, cpu->x[op->rn], 1u << (log2), 1, A64_ACC_ORDERED)) { \
			return NULL;                                                         \
		}                                                                            \
		atomic_thread_fence(memory_order_seq_cst);                                   \
		A64_TAIL return a64_finish(cpu, op);                                         \
	}                                                                                    \
	static A64_RACY A64_HANDLER(h_stlr##bits)                                            \
	{                                                                                    \
		uint64_t va = cpu->x[op->rn];                                                \
		void *host = a64_host_write(cpu, va, 1u << (log2));                          \
		if (A64_UNLIKELY(!host || (va & ((1u << (log2)) - 1)))) {                    \
			A64_TAIL return h_stlr##bits##_slow(cpu, op);                        \
		}                                                                            \
		store_ordered(host, log2, cpu->x[op->rd]);                                   \
		A64_NEXT(cpu, op);                                                           \
	}

LDAR(8, 0)
LDAR(16, 1)
LDAR(32, 2)
LDAR(64, 3)

/* ---- exclusives: aux8 = log2 of the size ---------------------------------------------------------- */

#define LDXR(bits, log2)                                                                          \
	static A64_RACY A64_HANDLER(h_ldxr##bits)                                                 \
	{                                                                                         \
		const void *host = host_for(cpu, op, cpu->x[op->rn], 1u << (log2), false);        \
		uint64_t value;                                                                   \
		if (A64_UNLIKELY(!host)) {                                                        \
			return NULL;                                                              \
		}                                                                                 \
		value = load_ordered(host, log2);                                                 \
		cpu->ex_host = (uintptr_t)host;                                                   \
		cpu->ex_size = 1u << (log2);                                                      \
		cpu->ex_val[0] = value;                                                           \
		cpu->x[op->rd] = value;                                                           \
		A64_NEXT(cpu, op);                                                                \
	}                                                                                         \
	static A64_RACY A64_HANDLER(h_stxr##bits)                                                 \
	{                                                                                         \
		uint64_t va = cpu->x[op->rn];                                                     \
		void *host = host_for(cpu, op, va, 1u << (log2), true);                           \
		bool armed;                                                                       \
		if (A64_UNLIKELY(!host)) {                                                        \
			return NULL;                                                              \
		}                                                                                 \
		armed = cpu->ex_host == (uintptr_t)host && cpu->ex_size == 1u << (log2);          \
		cpu->ex_host = 0;                                                                 \
		if (!armed ||                                                                     \
		    compare_swap(host, log2, cpu->ex_val[0], cpu->x[op->rd]) != cpu->ex_val[0]) { \
			cpu->x[op->rm] = 1;                                                       \
			A64_NEXT(cpu, op);                                                        \
		}                                                                                 \
		cpu->x[op->rm] = 0;                                                               \
		a64_stored(cpu, va, 1u << (log2), 0);                                             \
		A64_TAIL return a64_finish(cpu, op);                                              \
	}

LDXR(8, 0)
LDXR(16, 1)
LDXR(32, 2)
LDXR(64, 3)

/* Pairs: of 32 bits they are one 64-bit access */
static A64_RACY A64_HANDLER(h_ldxp32)
{
	const void *host = host_for(cpu, op, cpu->x[op->rn], 8, false);
	uint64_t value;

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	value = load_ordered(host, 3);
	cpu->ex_host = (uintptr_t)host;
	cpu->ex_size = 8;
	cpu->ex_val[0] = value;
	cpu->x[op->rd] = (uint32_t)value;
	cpu->x[op->ra] = value >> 32;
	A64_NEXT(cpu, op);
}

static A64_RACY A64_HANDLER(h_stxp32)
{
	uint64_t va = cpu->x[op->rn];
	void *host = host_for(cpu, op, va, 8, true);
	uint64_t new = (uint32_t)cpu->x[op->rd] | cpu->x[op->ra] << 32;
	bool ok;

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	ok = cpu->ex_host == (uintptr_t)host && cpu->ex_size == 8 &&
	     compare_swap(host, 3, cpu->ex_val[0], new) == cpu->ex_val[0];
	cpu->ex_host = 0;
	cpu->x[op->rm] = !ok;
	a64_stored(cpu, va, 8, 0);
	A64_TAIL return a64_finish(cpu, op);
}

static A64_RACY A64_HANDLER(h_ldxp64)
{
	guest64 *host = host_for(cpu, op, cpu->x[op->rn], 16, false);

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	cpu->ex_host = (uintptr_t)host;
	cpu->ex_size = 16;
	/* Not one access: the store exclusive compares both halves, so a torn pair cannot succeed */
	cpu->ex_val[0] = load_ordered(host, 3);
	cpu->ex_val[1] = load_ordered(host + 1, 3);
	cpu->x[op->rd] = cpu->ex_val[0];
	cpu->x[op->ra] = cpu->ex_val[1];
	A64_NEXT(cpu, op);
}

static A64_RACY A64_HANDLER(h_stxp64)
{
	uint64_t va = cpu->x[op->rn];
	void *host = host_for(cpu, op, va, 16, true);
	pair128 new = (pair128)cpu->x[op->ra] << 64 | cpu->x[op->rd];
	pair128 old = (pair128)cpu->ex_val[1] << 64 | cpu->ex_val[0];
	bool ok;

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	ok = cpu->ex_host == (uintptr_t)host && cpu->ex_size == 16 &&
	     compare_swap128(host, old, new) == old;
	cpu->ex_host = 0;
	cpu->x[op->rm] = !ok;
	a64_stored(cpu, va, 16, 0);
	A64_TAIL return a64_finish(cpu, op);
}

/* ---- compare and swap: rm holds what is compared and receives the old value ----------------------- */

static A64_HANDLER(h_cas)
{
	uint64_t va = cpu->x[op->rn], expected = cpu->x[op->rm];
	unsigned int size = 1u << op->aux8;
	void *host = host_for(cpu, op, va, size, true);

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	cpu->x[op->ra] = compare_swap(host, op->aux8, expected, cpu->x[op->rd]);
	a64_stored(cpu, va, size, 0);
	A64_TAIL return a64_finish(cpu, op);
}

/* imm: odd registers of the pairs (rm: 7:0, rd: 15:8, result: 23:16) */
static A64_HANDLER(h_casp32)
{
	uint64_t va = cpu->x[op->rn], old;
	void *host = host_for(cpu, op, va, 8, true);
	uint64_t expected = (uint32_t)cpu->x[op->rm] | cpu->x[op->imm & 0xff] << 32;
	uint64_t new = (uint32_t)cpu->x[op->rd] | cpu->x[op->imm >> 8 & 0xff] << 32;

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	old = compare_swap(host, 3, expected, new);
	cpu->x[op->ra] = (uint32_t)old;
	cpu->x[op->imm >> 16 & 0xff] = old >> 32;
	a64_stored(cpu, va, 8, 0);
	A64_TAIL return a64_finish(cpu, op);
}

static A64_HANDLER(h_casp64)
{
	uint64_t va = cpu->x[op->rn];
	void *host = host_for(cpu, op, va, 16, true);
	pair128 expected = (pair128)cpu->x[op->imm & 0xff] << 64 | cpu->x[op->rm];
	pair128 new = (pair128)cpu->x[op->imm >> 8 & 0xff] << 64 | cpu->x[op->rd];
	pair128 old;

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	old = compare_swap128(host, expected, new);
	cpu->x[op->ra] = (uint64_t)old;
	cpu->x[op->imm >> 16 & 0xff] = (uint64_t)(old >> 64);
	a64_stored(cpu, va, 16, 0);
	A64_TAIL return a64_finish(cpu, op);
}

/* ---- atomic memory operations: aux = operation ---------------------------------------------------- */

static uint64_t combine(unsigned int operation, unsigned int size_log2, uint64_t old,
			uint64_t operand)
{
	unsigned int unused = 64 - (8u << size_log2);
	int64_t sold = (int64_t)(old << unused), soperand = (int64_t)(operand << unused);
	uint64_t uold = old << unused, uoperand = operand << unused;

	switch (operation) {
	case 0: return old + operand;
	case 1: return old & ~operand;
	case 2: return old ^ operand;
	case 3: return old | operand;
	case 4: return sold > soperand ? old : operand;
	case 5: return sold < soperand ? old : operand;
	case 6: return uold > uoperand ? old : operand;
	case 7: return uold < uoperand ? old : operand;
	default: return operand; /* SWP */
	}
}

static A64_NOINLINE uint64_t read_modify_write(void *host, unsigned int size_log2,
					       unsigned int operation, uint64_t operand)
{
	uint64_t mask = UINT64_MAX >> (64 - (8u << size_log2));
	uint64_t old = load_ordered(host, size_log2), seen;

	for (;;) {
		uint64_t new = combine(operation, size_log2, old, operand & mask) & mask;

		seen = compare_swap(host, size_log2, old, new);
		if (seen == old) {
			return old;
		}
		old = seen;
	}
}

static A64_HANDLER(h_atomic)
{
	uint64_t va = cpu->x[op->rn];
	unsigned int size = 1u << op->aux8;
	void *host = host_for(cpu, op, va, size, true);

	if (A64_UNLIKELY(!host)) {
		return NULL;
	}
	cpu->x[op->rd] = read_modify_write(host, op->aux8, op->aux, cpu->x[op->rm]);
	a64_stored(cpu, va, size, 0);
	A64_TAIL return a64_finish(cpu, op);
}

#define LDADD(bits, type)                                                                         \
	static A64_RACY A64_HANDLER(h_ldadd##bits)                                                \
	{                                                                                         \
		uint64_t va = cpu->x[op->rn];                                                     \
		void *host = a64_host_write(cpu, va, sizeof(type));                               \
		if (A64_UNLIKELY(!host || (va & (sizeof(type) - 1)))) {                           \
			A64_TAIL return h_atomic(cpu, op);                                        \
		}                                                                                 \
		cpu->x[op->rd] =                                                                  \
			__atomic_fetch_add((type *)host, (type)cpu->x[op->rm], __ATOMIC_SEQ_CST); \
		A64_NEXT(cpu, op);                                                                \
	}
LDADD(32, uint32_t)
LDADD(64, uint64_t)

/* ---- decoding ------------------------------------------------------------------------------------- */

bool a64_decode_ldst_atomic(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	static a64_handler *const ldapr[4] = {h_ldar8, h_ldar16, h_ldar32, h_ldar64};
	unsigned int size = insn >> 30, opc = a64_bits(insn, 12, 3), rs = insn >> 16 & 31;
	bool o3 = insn >> 15 & 1, acquire = insn >> 23 & 1, release = insn >> 22 & 1;

	if (insn >> 26 & 1) {
		return false;
	}
	op->rn = insn >> 5 & 31; /* SP */
	op->rd = a64_slot_write(insn & 31);
	op->rm = a64_slot_read(rs);
	op->aux8 = (uint8_t)size;
	if (o3 && opc == 4) {
		op->fn = ldapr[size];
		return (how->features & A64_FEAT_RCPC) && acquire && !release && rs == 31;
	}
	if (o3 && opc != 0) {
		return false;
	}
	op->aux = o3 ? 8 : (uint16_t)opc;
	op->fn = h_atomic;
	if (op->aux == 0 && size >= 2) {
		op->fn = size == 2 ? h_ldadd32 : h_ldadd64;
	}
	return how->features & A64_FEAT_LSE;
}

static bool decode_casp(uint32_t insn, struct a64_op *op)
{
	unsigned int rs = insn >> 16 & 31, rt = insn & 31;

	if ((rs & 1) || (rt & 1) || a64_bits(insn, 10, 5) != 31) {
		return false;
	}
	op->rm = (uint8_t)rs;
	op->rd = (uint8_t)rt;
	op->ra = (uint8_t)rs;
	op->imm = a64_slot_read(rs + 1) | (uint64_t)a64_slot_read(rt + 1) << 8 |
		  (uint64_t)a64_slot_write(rs + 1) << 16;
	op->fn = insn >> 30 & 1 ? h_casp64 : h_casp32;
	return true;
}

static bool decode_cas(uint32_t insn, struct a64_op *op)
{
	op->rm = a64_slot_read(insn >> 16 & 31);
	op->ra = a64_slot_write(insn >> 16 & 31);
	op->rd = a64_slot_read(insn & 31);
	op->aux8 = (uint8_t)(insn >> 30);
	op->fn = h_cas;
	return a64_bits(insn, 10, 5) == 31;
}

bool a64_decode_ldst_exclusive(uint32_t insn, const struct a64_decode *how, struct a64_op *op)
{
	static a64_handler *const single[2][4] = {
		{h_stxr8, h_stxr16, h_stxr32, h_stxr64},
                {h_ldxr8, h_ldxr16, h_ldxr32, h_ldxr64}
        };
	static a64_handler *const pair[2][2] = {
		{h_stxp32, h_stxp64},
                {h_ldxp32, h_ldxp64}
        };
	static a64_handler *const ordered[2][4] = {
		{h_stlr8, h_stlr16, h_stlr32, h_stlr64},
                {h_ldar8, h_ldar16, h_ldar32, h_ldar64}
        };
	unsigned int size = insn >> 30;
	bool o2 = insn >> 23 & 1, load = insn >> 22 & 1, o1 = insn >> 21 & 1, o0 = insn >> 15 & 1;

	op->rn = insn >> 5 & 31; /* SP */
	op->rd = load ? a64_slot_write(insn & 31) : a64_slot_read(insn & 31);
	op->ra =
		load ? a64_slot_write(a64_bits(insn, 10, 5)) : a64_slot_read(a64_bits(insn, 10, 5));
	op->rm = a64_slot_write(insn >> 16 & 31); /* status */
	if (o2 && o1) {
		return (how->features & A64_FEAT_LSE) && decode_cas(insn, op);
	}
	if (o2) {
		op->fn = ordered[load][size];
		return o0; /* else FEAT_LOR */
	}
	if (!o1) {
		op->fn = single[load][size];
		return true;
	}
	if (size < 2) {
		return (how->features & A64_FEAT_LSE) && decode_casp(insn, op);
	}
	op->fn = pair[load][size & 1];
	return true;
}
