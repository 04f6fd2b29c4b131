/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Streams for the lockstep test: short loops in which flags, addresses and constants flow from one
 * instruction to the next.
 */
#include "lockstep_gen.h"

#include "encodings.h"

#include <string.h>

#define COUNTER 27u
#define BASE    28u

static uint32_t bits(struct ls_rng *rng, unsigned int n)
{
	return (uint32_t)(ls_random(rng) >> (64 - n));
}

/* A destination that is neither the counter nor the base */
static uint32_t free_reg(struct ls_rng *rng)
{
	uint32_t r;

	do
		r = bits(rng, 5);
	while (r == COUNTER || r == BASE);
	return r;
}

bool ls_pool_add(struct ls_pool *pool, uint32_t insn, enum enc_class cls)
{
	uint32_t rd = insn & 31;

	if (cls != ENC_CLASS_FP && cls != ENC_CLASS_SIMD && cls != ENC_CLASS_DP_IMM &&
	    cls != ENC_CLASS_DP_REG)
		return false;
	if (rd == COUNTER || rd == BASE || pool->count == LS_POOL)
		return false;
	pool->insn[pool->count++] = insn;
	return true;
}

/* CMP, CMN, TST, or the forms that also write: immediate, register, shifted */
static uint32_t compare(struct ls_rng *rng)
{
	uint32_t sf = bits(rng, 1) << 31, rn = bits(rng, 5) << 5, rm = bits(rng, 5) << 16;
	uint32_t rd = bits(rng, 2) ? 31 : free_reg(rng);

	switch (bits(rng, 3)) {
	case 0:
		return sf | 0x71000000 | bits(rng, 1) << 22 | bits(rng, 12) << 10 | rn |
		       rd;                                             /* SUBS */
	case 1: return sf | 0x31000000 | bits(rng, 6) << 10 | rn | rd; /* ADDS */
	case 2:
		return sf | 0x72000000 | bits(rng, 5) << 16 | bits(rng, 5) << 10 | rn |
		       rd; /* ANDS */
	case 3: return sf | 0x6a000000 | rm | rn | rd;
	case 4: return sf | 0x2b000000 | rm | rn | rd;
	default: return sf | 0x6b000000 | rm | rn | rd;
	}
}

/* Skips @words - 1 instructions */
static uint32_t branch_forward(struct ls_rng *rng, uint32_t words)
{
	uint32_t rt = bits(rng, 5);

	switch (bits(rng, 3)) {
	case 0: return bits(rng, 1) << 31 | 0x34000000 | bits(rng, 1) << 24 | words << 5 | rt;
	case 1:
		return bits(rng, 1) << 31 | 0x36000000 | bits(rng, 1) << 24 | bits(rng, 5) << 19 |
		       words << 5 | rt;
	case 2: return 0x14000000 | words;
	default: return 0x54000000 | words << 5 | bits(rng, 4);
	}
}

static uint32_t memory(struct ls_rng *rng)
{
	uint32_t rt = free_reg(rng), rt2 = free_reg(rng), rn = BASE << 5,
		 vector = bits(rng, 1) << 26;

	if (rt2 == rt)
		rt2 = 31;
	switch (bits(rng, 3)) {
	case 0:
		return bits(rng, 2) << 30 | 0x39000000 | bits(rng, 1) << 22 | bits(rng, 4) << 10 |
		       rn | rt;
	case 1:
		return bits(rng, 2) << 30 | 0x38000000 | bits(rng, 1) << 22 | bits(rng, 7) << 12 |
		       rn | rt;
	case 2: return 0xf9000000 | bits(rng, 1) << 22 | bits(rng, 4) << 10 | rn | rt;
	case 3: return 0xa9000000 | bits(rng, 1) << 22 | bits(rng, 4) << 15 | rt2 << 10 | rn | rt;
	case 4:
		return 0x29000000 | vector | bits(rng, 1) << 22 | bits(rng, 4) << 15 | rt2 << 10 |
		       rn | rt;
	case 5: return 0x3d800000 | bits(rng, 1) << 22 | bits(rng, 4) << 10 | rn | rt;
	case 6:
		return 0xf8000400 | bits(rng, 1) << 22 | bits(rng, 1) << 11 | bits(rng, 4) << 12 |
		       rn | rt;
	default: return 0xb8800000 | bits(rng, 6) << 12 | rn | rt; /* LDURSW */
	}
}

/* Two instructions that belong together */
static uint32_t pair(struct ls_rng *rng, uint32_t *w)
{
	uint32_t rd = free_reg(rng), other = free_reg(rng);

	switch (bits(rng, 2)) {
	case 0: /* ADRP, ADD */
		w[0] = 0x90000000 | bits(rng, 2) << 29 | bits(rng, 8) << 5 | rd;
		w[1] = 0x91000000 | bits(rng, 12) << 10 | rd << 5 | (bits(rng, 1) ? rd : other);
		break;
	case 1: /* MOVZ or MOVN, MOVK */
		w[0] = 0x92800000 | bits(rng, 1) << 30 | bits(rng, 16) << 5 | rd;
		w[1] = 0xf2800000 | bits(rng, 2) << 21 | bits(rng, 16) << 5 | rd;
		break;
	case 2: /* flags, conditional select */
		w[0] = compare(rng);
		w[1] = bits(rng, 1) << 31 | 0x1a800000 | bits(rng, 1) << 30 | bits(rng, 5) << 16 |
		       bits(rng, 4) << 12 | bits(rng, 1) << 10 | bits(rng, 5) << 5 | rd;
		break;
	default: /* flags, branch */
		w[0] = compare(rng);
		w[1] = 0x54000040 | bits(rng, 4);
		break;
	}
	return 2;
}

/* One or two instructions; @room is what is left before the counter, which no branch may skip */
static uint32_t next(struct ls_rng *rng, const struct ls_pool *pool, uint32_t room, uint32_t *w)
{
	uint32_t kind = bits(rng, 3);

	if (kind < 2 && room >= 3)
		return pair(rng, w);
	if (kind == 2 && room >= 3)
		w[0] = branch_forward(rng, 2 + (room >= 4 && bits(rng, 1)));
	else if (kind <= 3)
		w[0] = memory(rng);
	else
		w[0] = pool->insn[ls_random(rng) % pool->count];
	return 1;
}

void ls_generate_stream(struct ls_rng *rng, size_t slot, const struct ls_pool *pool,
			struct ls_case *c)
{
	const uint32_t body = LS_MAX_INSNS - 2;
	uint32_t n = 0;

	memset(c, 0, sizeof(*c));
	c->row = LS_STREAM;
	ls_random_regs(rng, false, &c->in);
	c->in.pc = LS_CODE + slot * LS_SLOT + LS_INSN_AT;
	c->in.x[COUNTER] = 1 + bits(rng, 2);
	c->in.x[BASE] = LS_DATA + 0x400 + bits(rng, 11) * (bits(rng, 2) ? 16 : 1) % 0x1000;
	while (n < body)
		n += next(rng, pool, body - n, &c->insn[n]);
	c->insn[n++] = 0xd1000400 | COUNTER << 5 | COUNTER;      /* SUB X27, X27, #1 */
	c->insn[n] = 0xb5000000 | (-n & 0x7ffff) << 5 | COUNTER; /* CBNZ X27, start */
	c->insns = n + 1;
}
