/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 1 translation of EL1 and EL0: table walks for the 4K, 16K and 64K granules, permissions, the
 * access flag and dirty state in hardware, and the AT instructions. Stage 2 is the space's map of RAM.
 */
#include "engine.h"

#define SCTLR_M        (1ull << 0)
#define SCTLR_WXN      (1ull << 19)
#define TCR_EPD0       (1ull << 7)
#define TCR_EPD1       (1ull << 23)
#define TCR_TBI0_SHIFT 37
#define TCR_HA         (1ull << 39)
#define TCR_HD         (1ull << 40)

#define DESC_VALID    (1ull << 0)
#define DESC_TABLE    (1ull << 1)
#define DESC_AP1      (1ull << 6) /* EL0 may access */
#define DESC_AP2      (1ull << 7) /* read only */
#define DESC_AF       (1ull << 10)
#define DESC_NG       (1ull << 11)
#define DESC_DBM      (1ull << 51)
#define DESC_PXN      (1ull << 53)
#define DESC_UXN      (1ull << 54)
#define DESC_PXNTABLE (1ull << 59)
#define DESC_UXNTABLE (1ull << 60)
#define DESC_APTABLE0 (1ull << 61)
#define DESC_APTABLE1 (1ull << 62)

#define DESC_ADDRESS 0x0000fffffffff000ull

#define PAR_F 1ull

/* Its code is 0, which stands for no fault: bit 6 keeps it apart */
#define FAULT_SIZE_LEVEL0 0x40

/* The parameters of one half of the address space */
struct half {
	uint64_t ttbr;
	unsigned int bits;  /* of input address */
	unsigned int grain; /* log2 of the granule */
	bool disabled;      /* EPDx */
	bool tbi;
};

bool a64_mmu_on(const struct a64_cpu *cpu)
{
	return (cpu->reg[A64_R_SCTLR_EL1] & SCTLR_M) && !(cpu->reg[A64_R_HCR_EL2] & 1u << 12);
}

static unsigned int grain_of(unsigned int tg, bool high)
{
	/* TG0: 0 = 4K, 1 = 64K, 2 = 16K; TG1: 1 = 16K, 2 = 4K, 3 = 64K; reserved values: 4K */
	static const uint8_t tg0[4] = {12, 16, 14, 12};
	static const uint8_t tg1[4] = {12, 14, 12, 16};

	return high ? tg1[tg] : tg0[tg];
}

static struct half half_of(const struct a64_cpu *cpu, bool high)
{
	uint64_t tcr = cpu->reg[A64_R_TCR_EL1];
	unsigned int tsz = tcr >> (high ? 16 : 0) & 63;

	/* T0SZ outside 16..39 behaves as the nearest limit */
	tsz = tsz < 16 ? 16 : tsz > 39 ? 39 : tsz;
	return (struct half){
		.ttbr = cpu->reg[high ? A64_R_TTBR1_EL1 : A64_R_TTBR0_EL1],
		.bits = 64 - tsz,
		.grain = grain_of(tcr >> (high ? 30 : 14) & 3, high),
		.disabled = tcr & (high ? TCR_EPD1 : TCR_EPD0),
		.tbi = tcr >> (TCR_TBI0_SHIFT + high) & 1,
	};
}

static unsigned int output_bits(const struct a64_cpu *cpu)
{
	static const uint8_t ips_bits[8] = {32, 36, 40, 42, 44, 48, 48, 48};
	unsigned int ips = ips_bits[cpu->reg[A64_R_TCR_EL1] >> 32 & 7];
	unsigned int limit = cpu->space->config.ipa_bits;

	return ips < limit ? ips : limit;
}

static bool fault(struct a64_translation *out, unsigned int fsc)
{
	out->fault = (uint8_t)fsc;
	return false;
}

/* No translation: the address is the physical one */
static bool walk_flat(struct a64_cpu *cpu, const struct a64_walk *how, struct a64_translation *out)
{
	bool tbi = half_of(cpu, how->va >> 55 & 1).tbi;
	uint64_t va = tbi ? how->va & 0x00ffffffffffffffull : how->va;

	if (va >> cpu->space->config.ipa_bits) {
		out->fault =
			0x40; /* address size fault, level 0: its code is 0, so keep it apart */
		return false;
	}
	out->ipa = va;
	out->device = how->kind != A64_FETCH;
	out->attr = out->device ? 0 : 0xff;
	out->sh = 2;
	out->leaf_bits = A64_PAGE_SHIFT;
	out->readable = true;
	out->writable = true;
	return true;
}

static bool address_canonical(const struct half *half, uint64_t va, bool high)
{
	unsigned int top = half->tbi ? 56 : 64;
	uint64_t upper = va << (64 - top) >> (64 - top) >> half->bits;
	uint64_t ones = (half->bits + 64 - top == 64) ? 0 : UINT64_MAX >> (half->bits + 64 - top);

	return upper == (high ? ones : 0);
}

/* Set bits in a descriptor as hardware does; false if it changed meanwhile */
static bool descriptor_update(uint64_t *where, uint64_t old, uint64_t new)
{
	return __atomic_compare_exchange_n(where, &old, new, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

struct permissions {
	bool read, write, execute;
};

static struct permissions permissions_of(const struct a64_cpu *cpu, const struct a64_walk *how,
					 uint64_t desc, uint64_t table)
{
	bool user = (desc & DESC_AP1) && !(table & DESC_APTABLE0);
	bool readonly = (desc & DESC_AP2) || (table & DESC_APTABLE1);
	bool uxn = (desc & DESC_UXN) || (table & DESC_UXNTABLE);
	bool pxn = (desc & DESC_PXN) || (table & DESC_PXNTABLE);
	bool wxn = cpu->reg[A64_R_SCTLR_EL1] & SCTLR_WXN;
	struct permissions p;

	if (how->el == 0) {
		p.read = user;
		p.write = user && !readonly;
		p.execute = !uxn && !(wxn && p.write);
		return p;
	}
	p.read = true;
	p.write = !readonly;
	p.execute = !pxn && !(wxn && p.write) && !(user && !readonly);
	if (how->pan && user) {
		p.read = false;
		p.write = false;
	}
	return p;
}

/* What the leaf says, with access flag and dirty state. Returns false on a fault, or to walk again */
static bool leaf(struct a64_cpu *cpu, const struct a64_walk *how, uint64_t *where, uint64_t desc,
		 uint64_t table, unsigned int level, struct a64_translation *out, bool *again)
{
	uint64_t tcr = cpu->reg[A64_R_TCR_EL1];
	bool hw = cpu->space->config.features & A64_FEAT_AFDBM;
	bool ha = hw && (tcr & TCR_HA), hd = ha && (tcr & TCR_HD);
	uint64_t new = desc;
	bool dirtiable = hd && (desc & DESC_DBM) && (desc & DESC_AP2);
	struct permissions p;

	if (!(desc & DESC_AF)) {
		if (!ha) {
			return fault(out, A64_FSC_ACCESS | level);
		}
		new |= DESC_AF;
	}
	p = permissions_of(cpu, how, dirtiable ? desc & ~DESC_AP2 : desc, table);
	if (how->kind == A64_FETCH ? !p.execute : how->kind == A64_WRITE ? !p.write : !p.read) {
		return fault(out, A64_FSC_PERMISSION | level);
	}
	if (dirtiable && how->kind == A64_WRITE && !how->for_cache) {
		new &= ~DESC_AP2;
		dirtiable = false;
	}
	if (new != desc && !how->at && !descriptor_update(where, desc, new)) {
		*again = true;
		return false;
	}
	out->attr = cpu->reg[A64_R_MAIR_EL1] >> (8 * (desc >> 2 & 7)) & 0xff;
	out->device = !(out->attr & 0xf0);
	out->sh = desc >> 8 & 3;
	out->ng = desc & DESC_NG;
	out->readable = p.read;
	out->writable = p.write && !dirtiable;
	return true;
}

static uint64_t low_bits(unsigned int count)
{
	return count >= 64 ? UINT64_MAX : (1ull << count) - 1;
}

/* The descriptor at a guest address. False if that is not RAM: a stage 2 fault of the walk */
static bool descriptor_read(struct a64_cpu *cpu, uint64_t at, struct a64_translation *out,
			    uint64_t **where, uint64_t *desc)
{
	uint8_t *page = a64_page_host(cpu->space, at, NULL);

	if (!page) {
		out->stage2 = true;
		out->table_ipa = at;
		return fault(out, A64_FSC_TRANSLATION | 3);
	}
	*where = (uint64_t *)(void *)(page + (at & A64_PAGE_MASK));
	*desc = __atomic_load_n(*where, __ATOMIC_ACQUIRE);
	return true;
}

static bool address_size_fault(struct a64_translation *out, unsigned int level)
{
	return fault(out, level ? A64_FSC_ADDRESS_SIZE | level : FAULT_SIZE_LEVEL0);
}

/* Blocks: 4K granule at levels 1 and 2; 16K and 64K at level 2. Pages: bit 1 is set */
static bool leaf_allowed(uint64_t desc, unsigned int level, unsigned int grain)
{
	if (level == 3) {
		return desc & DESC_TABLE;
	}
	return level == 2 || (level == 1 && grain == 12);
}

static bool walk_tables(struct a64_cpu *cpu, const struct a64_walk *how, const struct half *half,
			struct a64_translation *out, bool *again)
{
	unsigned int stride = half->grain - 3, outbits = output_bits(cpu);
	unsigned int level = 4 - (half->bits - half->grain + stride - 1) / stride;
	unsigned int first = half->bits - (half->grain + (3 - level) * stride);
	uint64_t table = half->ttbr & low_bits(48) & ~low_bits(first + 3); /* ASID, CnP */
	uint64_t input = how->va & low_bits(half->bits), inherited = 0;

	if (table >> outbits) {
		return address_size_fault(out, 0);
	}
	for (;; level++) {
		unsigned int shift = half->grain + (3 - level) * stride;
		uint64_t index = input >> shift & low_bits(stride), desc, address, *where;

		if (!descriptor_read(cpu, table + index * 8, out, &where, &desc)) {
			return false;
		}
		if (!(desc & DESC_VALID)) {
			return fault(out, A64_FSC_TRANSLATION | level);
		}
		address = desc & DESC_ADDRESS & ~low_bits(half->grain);
		if (level < 3 && (desc & DESC_TABLE)) {
			if (address >> outbits) {
				return address_size_fault(out, level);
			}
			inherited |= desc;
			table = address;
			continue;
		}
		if (!leaf_allowed(desc, level, half->grain)) {
			return fault(out, A64_FSC_TRANSLATION | level);
		}
		address &= ~low_bits(shift);
		if (address >> outbits) {
			return address_size_fault(out, level);
		}
		out->leaf_bits = (uint8_t)shift;
		out->ipa = address | (input & low_bits(shift));
		return leaf(cpu, how, where, desc, inherited, level, out, again);
	}
}

bool a64_walk(struct a64_cpu *cpu, const struct a64_walk *how, struct a64_translation *out)
{
	bool high = how->va >> 55 & 1;
	struct half half;
	bool ok, again;

	memset(out, 0, sizeof(*out));
	if (!a64_mmu_on(cpu)) {
		return walk_flat(cpu, how, out);
	}
	half = half_of(cpu, high);
	if (half.disabled || !address_canonical(&half, how->va, high)) {
		return fault(out, A64_FSC_TRANSLATION | 0);
	}
	cpu->stats.tlb_fills++;
	do { /* again: another PE changed the descriptor while this one set its flags */
		again = false;
		ok = walk_tables(cpu, how, &half, out, &again);
	} while (again);
	return ok;
}

void a64_address_translate(struct a64_cpu *cpu, uint64_t va, uint8_t el, bool write, bool pan)
{
	struct a64_walk how = {
		.va = va, .kind = write ? A64_WRITE : A64_READ, .el = el, .pan = pan, .at = true};
	struct a64_translation t;
	uint64_t par;

	if (a64_walk(cpu, &how, &t)) {
		par = (t.ipa & 0x0000fffffffff000ull) | 1ull << 11 |
		      (uint64_t)(t.device ? 2 : t.sh) << 7 | t.attr << 56;
	} else {
		par = PAR_F | 1ull << 11 | (uint64_t)(t.fault & 0x3f) << 1 |
		      (t.stage2 ? 1ull << 8 | 1ull << 9 : 0);
	}
	cpu->reg[A64_R_PAR_EL1] = par;
}
