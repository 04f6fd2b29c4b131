/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic that sets flags, shared by the integer classes. */
#ifndef A64_ALU_H
#define A64_ALU_H

#include "internal.h"

static inline uint64_t a64_flags64(struct a64_cpu *cpu, uint64_t result, bool carry,
				   uint64_t overflow)
{
	cpu->nf = result;
	cpu->zf = result;
	cpu->cf = carry;
	cpu->vf = overflow;
	return result;
}

static inline uint64_t a64_flags32(struct a64_cpu *cpu, uint32_t result, bool carry,
				   uint32_t overflow)
{
	cpu->nf = (uint64_t)result << 32;
	cpu->zf = result;
	cpu->cf = carry;
	cpu->vf = (uint64_t)overflow << 32;
	return result;
}

static inline uint64_t a64_adds64(struct a64_cpu *cpu, uint64_t a, uint64_t b)
{
	uint64_t r = a + b;

	return a64_flags64(cpu, r, r < a, ~(a ^ b) & (a ^ r));
}

static inline uint64_t a64_adds32(struct a64_cpu *cpu, uint32_t a, uint32_t b)
{
	uint32_t r = a + b;

	return a64_flags32(cpu, r, r < a, ~(a ^ b) & (a ^ r));
}

static inline uint64_t a64_subs64(struct a64_cpu *cpu, uint64_t a, uint64_t b)
{
	uint64_t r = a - b;

	return a64_flags64(cpu, r, a >= b, (a ^ b) & (a ^ r));
}

static inline uint64_t a64_subs32(struct a64_cpu *cpu, uint32_t a, uint32_t b)
{
	uint32_t r = a - b;

	return a64_flags32(cpu, r, a >= b, (a ^ b) & (a ^ r));
}

static inline uint64_t a64_logic64(struct a64_cpu *cpu, uint64_t r)
{
	return a64_flags64(cpu, r, false, 0);
}

static inline uint64_t a64_logic32(struct a64_cpu *cpu, uint32_t r)
{
	return a64_flags32(cpu, r, false, 0);
}

/* Shift types of the shifted-register forms: LSL, LSR, ASR, ROR */
static inline uint64_t a64_shift64(uint64_t x, unsigned int type, unsigned int by)
{
	switch (type) {
	case 0: return x << by;
	case 1: return x >> by;
	case 2: return (uint64_t)((int64_t)x >> by);
	default: return by ? x >> by | x << (64 - by) : x;
	}
}

static inline uint32_t a64_shift32(uint32_t x, unsigned int type, unsigned int by)
{
	switch (type) {
	case 0: return x << by;
	case 1: return x >> by;
	case 2: return (uint32_t)((int32_t)x >> by);
	default: return by ? x >> by | x << (32 - by) : x;
	}
}

/* UXTB..SXTX, then LSL */
static inline uint64_t a64_extend(uint64_t x, unsigned int option, unsigned int by)
{
	switch (option) {
	case 0: return (uint64_t)(uint8_t)x << by;
	case 1: return (uint64_t)(uint16_t)x << by;
	case 2: return (uint64_t)(uint32_t)x << by;
	case 4: return (uint64_t)(int8_t)x << by;
	case 5: return (uint64_t)(int16_t)x << by;
	case 6: return (uint64_t)(int32_t)x << by;
	default: return x << by;
	}
}

/* Immediate of the logical instructions and of others that share its coding; false if reserved */
bool a64_bit_mask(unsigned int n, unsigned int imms, unsigned int immr, uint64_t *mask);

#endif
