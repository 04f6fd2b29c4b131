/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random cases for the lockstep test: an instruction word per row of the table of encodings, values
 * that are likely to matter, and addresses that usually hit the scratch memory.
 */
#include "lockstep_gen.h"

#include "encodings.h"

#include <string.h>

#define FIELD(w, lsb, width) ((w) >> (lsb) & ((1u << (width)) - 1))

uint64_t ls_random(struct ls_rng *rng)
{
	uint64_t z = rng->s += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static bool one_in(struct ls_rng *rng, unsigned int n)
{
	return ls_random(rng) % n == 0;
}

/* ---- values ---------------------------------------------------------------------------------------- */

static uint64_t random_x(struct ls_rng *rng)
{
	uint64_t r = ls_random(rng);

	switch (ls_random(rng) % 10) {
	case 0: return 0;
	case 1: return ~0ull;
	case 2: return 1ull << (r & 63);
	case 3: return (1ull << (r & 63)) - 1;
	case 4: return r & 0xff;
	case 5: return 0 - (r & 0xff);
	case 6: return (uint32_t)r;
	case 7: return 0x7fffffffffffffffull >> (r & 1 ? 32 : 0);
	default: return r;
	}
}

/* A lane of @bits = 16, 32 or 64 with a value that floating point treats specially */
static uint64_t special_float(struct ls_rng *rng, unsigned int bits)
{
	unsigned int mant = bits == 16 ? 10 : bits == 32 ? 23 : 52;
	uint64_t exp_ones = (1ull << (bits - 1 - mant)) - 1;
	uint64_t bias = exp_ones >> 1;
	uint64_t r = ls_random(rng);
	uint64_t frac = r & ((1ull << mant) - 1);
	uint64_t sign = r >> 63;
	uint64_t exp;

	switch (ls_random(rng) % 14) {
	case 0: exp = 0, frac = 0; break;                                        /* zero */
	case 1: exp = exp_ones, frac = 0; break;                                 /* infinity */
	case 2: exp = exp_ones, frac |= 1ull << (mant - 1); break;               /* quiet NaN */
	case 3: exp = exp_ones, frac &= ~(1ull << (mant - 1)), frac |= 1; break; /* signalling */
	case 4: exp = 0; break;                                                  /* denormal */
	case 5: exp = 0, frac = 1; break;                                        /* smallest */
	case 6: exp = 1; break;              /* near the smallest normal */
	case 7: exp = exp_ones - 1; break;   /* near overflow */
	case 8: exp = bias, frac = 0; break; /* one */
	case 9: exp = bias + (ls_random(rng) % 66), frac &= ~0ull << (mant / 2); break;
	case 10: exp = bias - (ls_random(rng) % 30); break;
	case 11: exp = bias + ls_random(rng) % 4, frac = 0; break;
	case 12: exp = bias + ls_random(rng) % 12, frac = (r & 7) << (mant - 3); break;
	default: exp = r >> 52 & exp_ones; break;
	}
	exp &= exp_ones;
	return sign << (bits - 1) | exp << mant | frac;
}

static uint64_t special_integer(struct ls_rng *rng, unsigned int bits)
{
	uint64_t top = 1ull << (bits - 1);
	uint64_t r = ls_random(rng);
	uint64_t mask = top | (top - 1);

	switch (ls_random(rng) % 8) {
	case 0: return 0;
	case 1: return mask;
	case 2: return top;
	case 3: return top - 1;
	case 4: return (r & 0x3f) & mask;
	case 5: return (0 - (r & 0x3f)) & mask;
	default: return r & mask;
	}
}

static void random_v(struct ls_rng *rng, uint64_t v[2])
{
	static const uint8_t sizes[] = {8, 16, 16, 32, 32, 32, 64, 64, 64};
	unsigned int bits = sizes[ls_random(rng) % sizeof(sizes)];
	bool fp = bits != 8 && !one_in(rng, 3);

	v[0] = v[1] = 0;
	for (unsigned int i = 0; i < 128; i += bits)
		v[i / 64] |= (fp ? special_float(rng, bits) : special_integer(rng, bits))
			     << (i % 64);
}

void ls_random_regs(struct ls_rng *rng, bool fp16, struct ls_regs *r)
{
	for (int i = 0; i < 31; i++)
		r->x[i] = random_x(rng);
	r->sp = random_x(rng);
	r->nzcv = ls_random(rng) & 0xf0000000;
	for (int i = 0; i < 32; i++)
		random_v(rng, r->v[i]);
	/* AHP, DN, FZ, RMode */
	r->fpcr = one_in(rng, 3) ? 0 : (uint32_t)ls_random(rng) & 0x07c00000;
	if (fp16 && one_in(rng, 3))
		r->fpcr |= 1u << 19;
	r->fpsr = one_in(rng, 2) ? 0 : (uint32_t)ls_random(rng) & 0x0800009f;
}

/* ---- words ----------------------------------------------------------------------------------------- */

static uint32_t random_word(struct ls_rng *rng, const struct enc_row *row)
{
	uint32_t w = (uint32_t)ls_random(rng);

	if (one_in(rng, 12))
		w &= (uint32_t)ls_random(rng);
	if (one_in(rng, 12))
		w |= (uint32_t)ls_random(rng);
	return (w & ~row->mask) | row->value;
}

static bool is_simd_ldst(uint32_t w)
{
	return w >> 26 & 1;
}

/* Loads and stores: writes back to a base that is also a data register, or loads one register twice */
static bool ldst_unpredictable(uint32_t w)
{
	uint32_t rt = FIELD(w, 0, 5), rn = FIELD(w, 5, 5), rt2 = FIELD(w, 10, 5),
		 rs = FIELD(w, 16, 5);
	bool load = w >> 22 & 1;

	if ((w & 0x3f000000) == 0x08000000) { /* exclusive */
		bool pair = w >> 21 & 1, ordered = w >> 23 & 1;

		if (ordered || (pair && !(w >> 31)))
			return false;
		if (load)
			return pair && rt == rt2;
		return rs == rt || (rs == rn && rn != 31) || (pair && rs == rt2);
	}
	if ((w & 0x3a000000) == 0x28000000) { /* pair */
		bool writeback = w >> 23 & 1;

		if (load && rt == rt2)
			return true;
		return writeback && !is_simd_ldst(w) && rn != 31 && (rn == rt || rn == rt2);
	}
	if ((w & 0x3b200400) == 0x38000400) /* post-index, pre-index */
		return !is_simd_ldst(w) && rn != 31 && rn == rt;
	return false;
}

/* Would leave the oracle, or shows what only the oracle's user mode has */
static bool leaves_oracle(uint32_t w)
{
	return (w & 0xffe0001f) == 0xd4000001 || /* SVC */
	       (w & 0xffe0001f) == 0xd4400000 || /* HLT: semihosting */
	       (w & 0xffffffff) == 0xd503207f || /* WFI */
	       (w & 0xfffff0ff) == 0xd50320ff || /* reserved */
	       (w & 0xffffffff) == LS_BRK;
}

/* A direct branch into the instructions of any slot, its own included: what they do then is another test */
static bool jumps_to_instructions(uint32_t w)
{
	int32_t words = 0;

	if ((w & 0x7c000000) == 0x14000000)
		words = (int32_t)(w << 6) >> 6;
	else if ((w & 0xfe000000) == 0x54000000 || (w & 0x7e000000) == 0x34000000)
		words = (int32_t)(w << 8) >> 13;
	else if ((w & 0x7e000000) == 0x36000000)
		words = (int32_t)(w << 13) >> 18;
	else
		return false;
	return (uint32_t)words % (LS_SLOT / 4) < LS_MAX_INSNS;
}

static uint32_t pick_word(struct ls_rng *rng, size_t index)
{
	const struct enc_row *row = &enc_rows[index];
	bool memory = row->cls == ENC_CLASS_EXCL || row->cls == ENC_CLASS_LDST ||
		      row->cls == ENC_CLASS_SIMD_LDST;
	uint32_t w;

	for (int tries = 0; tries < 10000; tries++) {
		w = random_word(rng, row);
		if (enc_find(w) != index || leaves_oracle(w) || jumps_to_instructions(w))
			continue;
		if (memory && ldst_unpredictable(w))
			continue;
		return w;
	}
	return 0; /* UDF: the row has no case to offer */
}

/* ---- addresses ------------------------------------------------------------------------------------- */

static int64_t sign_extend(uint64_t v, unsigned int bits)
{
	return (int64_t)(v << (64 - bits)) >> (64 - bits);
}

static uint64_t extend(uint64_t v, uint32_t option)
{
	switch (option) {
	case 2: return (uint32_t)v;
	case 6: return (uint64_t)sign_extend(v, 32);
	default: return v;
	}
}

/* What the addressing mode adds to the base before the access */
static uint64_t ldst_offset(uint32_t w, struct ls_regs *r)
{
	uint32_t size = FIELD(w, 30, 2);
	bool q = is_simd_ldst(w) && FIELD(w, 23, 1);

	if ((w & 0x3a000000) == 0x28000000) {
		unsigned int scale = is_simd_ldst(w) ? 2 + size : 2 + (size >> 1);

		if (FIELD(w, 23, 2) == 1) /* post-index */
			return 0;
		return (uint64_t)sign_extend(FIELD(w, 15, 7), 7) << scale;
	}
	if ((w & 0x3b000000) == 0x39000000)
		return (uint64_t)FIELD(w, 10, 12) << (q ? 4 : size);
	if ((w & 0x3b200c00) == 0x38200800) {
		uint32_t rm = FIELD(w, 16, 5);
		uint64_t m = rm == 31 ? 0 : r->x[rm];

		return extend(m, FIELD(w, 13, 3)) << (FIELD(w, 12, 1) ? (q ? 4 : size) : 0);
	}
	if ((w & 0x3b200400) == 0x38000000 || (w & 0x3b200c00) == 0x38000c00)
		return (uint64_t)sign_extend(FIELD(w, 12, 9), 9);
	return 0;
}

static uint64_t random_target(struct ls_rng *rng)
{
	uint64_t r = ls_random(rng);
	uint64_t middle = LS_DATA + LS_DATA_SIZE / 2;

	switch (ls_random(rng) % 16) {
	case 0: return LS_DATA + r % 32;                /* start */
	case 1: return LS_DATA + LS_DATA_SIZE - r % 40; /* runs over the end */
	case 2: return LS_DATA - r % 40;                /* starts before the start */
	case 3: return middle - r % 24;                 /* page boundary inside */
	case 4:
	case 5: return LS_DATA + r % LS_DATA_SIZE; /* unaligned */
	default: return (LS_DATA + r % (LS_DATA_SIZE - 64)) & ~15ull;
	}
}

static void aim_memory(struct ls_rng *rng, uint32_t w, struct ls_regs *r)
{
	uint32_t rn = FIELD(w, 5, 5), rm = FIELD(w, 16, 5);
	uint64_t *base = rn == 31 ? &r->sp : &r->x[rn];
	uint64_t target;

	if (one_in(rng, 30))
		return;
	if (rm != 31 && !one_in(rng, 4)) /* an index or a post-index step of sensible size */
		r->x[rm] = (uint64_t)sign_extend(ls_random(rng) & 0xfff, 12);
	target = random_target(rng);
	if (!one_in(rng, 8))
		target &= ~((1ull << FIELD(w, 30, 2)) - 1);
	if (one_in(rng, 40))
		target |= ls_random(rng) << 56; /* tagged */
	*base = target - ldst_offset(w, r);
	if (rn != rm && rn != 31)
		return;
	*base = target; /* base and index are one register: a fault, most likely */
}

/* BR, BLR, RET: a landing place in the own slot, or anywhere */
static void aim_branch(struct ls_rng *rng, uint32_t w, size_t slot, struct ls_regs *r)
{
	uint32_t rn = FIELD(w, 5, 5);
	uint64_t at = LS_CODE + slot * LS_SLOT;

	if (rn != 31 && !one_in(rng, 10))
		r->x[rn] =
			at + (ls_random(rng) & 1 ? 0 : LS_INSN_AT + 32) + (ls_random(rng) & 7) * 4;
}

/* CAS and the exclusives need an expected value that sometimes is there */
static void aim_compare(struct ls_rng *rng, uint32_t w, struct ls_regs *r)
{
	uint32_t rn = FIELD(w, 5, 5), rs = FIELD(w, 16, 5);
	uint64_t base = rn == 31 ? r->sp : r->x[rn];
	uint64_t offset = base - LS_DATA, word;

	if (one_in(rng, 2) || offset >= LS_DATA_SIZE - 16 || rs == rn || rs >= 30)
		return;
	word = ls_fill(offset / 8) >> (offset % 8 * 8);
	r->x[rs] = word;
	if ((w >> 23 & 1) == 0) { /* CASP */
		if (FIELD(w, 30, 1)) {
			r->x[rs + 1] = ls_fill(offset / 8 + 1);
		} else {
			r->x[rs] = (uint32_t)word;
			r->x[rs + 1] = ls_fill(offset / 8) >> 32;
		}
	}
}

/*
 * Put a load exclusive of the same size and address before a store exclusive; a CLREX between them in
 * one case of three.
 */
static void precede_store_exclusive(struct ls_rng *rng, struct ls_case *c)
{
	uint32_t w = c->insn[0], rn = FIELD(w, 5, 5), other;
	uint32_t load = (w & ~0x001f8000u) | 1u << 22 | 31u << 16;

	if (one_in(rng, 8))
		return;
	/* destination registers that are neither the base nor the data */
	for (other = 0; other == rn || other == FIELD(w, 0, 5) || other == FIELD(w, 10, 5); other++)
		;
	load = (load & ~0x7c1fu) | 31u << 10 | other;
	c->insn[0] = load;
	c->insn[1] = w;
	c->insns = 2;
	if (one_in(rng, 3)) {
		c->insn[1] = 0xd503305f | (uint32_t)(ls_random(rng) & 15) << 8; /* CLREX */
		c->insn[2] = w;
		c->insns = 3;
	}
}

void ls_generate(struct ls_rng *rng, size_t row, size_t slot, bool fp16, struct ls_case *c)
{
	const struct enc_row *e = &enc_rows[row];
	uint32_t w = pick_word(rng, row);

	memset(c, 0, sizeof(*c));
	c->row = (uint32_t)row;
	c->insn[0] = w;
	c->insns = 1;
	ls_random_regs(rng, fp16, &c->in);
	c->in.pc = LS_CODE + slot * LS_SLOT + LS_INSN_AT;
	switch (e->cls) {
	case ENC_CLASS_EXCL:
	case ENC_CLASS_LDST:
	case ENC_CLASS_SIMD_LDST: aim_memory(rng, w, &c->in); break;
	case ENC_CLASS_SYSTEM:
		if ((w & 0xfff80000) == 0xd5080000 && FIELD(w, 0, 5) != 31)
			c->in.x[FIELD(w, 0, 5)] = random_target(rng);
		break;
	case ENC_CLASS_BRANCH:
		if ((w & 0xfe000000) == 0xd6000000)
			aim_branch(rng, w, slot, &c->in);
		break;
	default: break;
	}
	if (e->cls == ENC_CLASS_EXCL && (w & 0x3f000000) == 0x08000000) {
		bool pair = w >> 21 & 1, ordered = w >> 23 & 1, load = w >> 22 & 1;

		if (e->feature == ENC_FEAT_LSE)
			aim_compare(rng, w, &c->in);
		else if (!ordered && !load && (!pair || w >> 31))
			precede_store_exclusive(rng, c);
	}
}
