/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation tables of the bare-metal test programs: see mmu.h. */
#include "mmu.h"

#define POOL_SIZE (2u << 20)

static uint8_t pool[POOL_SIZE] __attribute__((aligned(65536)));
static uint8_t spare[SPARE_PAGES][65536] __attribute__((aligned(65536)));
static uint64_t pool_used;

uint8_t *spare_page(unsigned int index)
{
	return spare[index];
}

static uint64_t *new_table(unsigned int granule)
{
	uint64_t *table = (uint64_t *)(pool + pool_used);

	pool_used += 1ull << granule;
	for (uint64_t i = 0; i < (1ull << granule) / 8; i++)
		table[i] = 0;
	return table;
}

void tables_reset(void)
{
	pool_used = 0;
}

void tables_init(struct tables *t, unsigned int granule, unsigned int va_bits)
{
	t->granule = granule;
	t->va_bits = va_bits;
	t->root = new_table(granule);
}

static unsigned int level_shift(const struct tables *t, unsigned int level)
{
	return t->granule + (3 - level) * (t->granule - 3);
}

unsigned int tables_start_level(const struct tables *t)
{
	unsigned int level = 3;

	while (level_shift(t, level) + t->granule - 3 < t->va_bits)
		level--;
	return level;
}

static uint64_t index_at(const struct tables *t, uint64_t va, unsigned int level)
{
	va &= (1ull << t->va_bits) - 1;
	return va >> level_shift(t, level) & ((1ull << (t->granule - 3)) - 1);
}

uint64_t *tables_entry(struct tables *t, uint64_t va, unsigned int level)
{
	uint64_t *table = t->root;

	for (unsigned int l = tables_start_level(t); l < level; l++) {
		uint64_t *entry = &table[index_at(t, va, l)];

		if (!*entry)
			*entry = (uint64_t)new_table(t->granule) | PTE_TABLE;
		table = (uint64_t *)(*entry & 0x0000ffffffffffffull & ~((1ull << t->granule) - 1));
	}
	return &table[index_at(t, va, level)];
}

void tables_map(struct tables *t, uint64_t va, uint64_t pa, unsigned int level, uint64_t bits)
{
	*tables_entry(t, va, level) = pa | bits | (level == 3 ? PTE_TABLE : PTE_VALID);
}

void tables_identity(struct tables *t)
{
	uint64_t size = 1ull << level_shift(t, 2);
	uint64_t first = (uint64_t)_head & ~(size - 1);

	for (uint64_t at = first; at < (uint64_t)_end; at += size)
		tables_map(t, at, at, 2, MAP_CODE);
	/* UART and interrupt controller of all machines lie in the first gigabyte, below the RAM */
	for (uint64_t at = 0; at < 0x40000000 && at < first; at += size)
		tables_map(t, at, at, 2, MAP_DEVICE);
}

static uint64_t tg0(unsigned int granule)
{
	return granule == 12 ? 0 : granule == 16 ? 1 : 2;
}

static uint64_t tg1(unsigned int granule)
{
	return granule == 12 ? 2 : granule == 16 ? 3 : 1;
}

void mmu_on(const struct tables *low, const struct tables *high, uint64_t extra)
{
	/* write-back, inner shareable; 48-bit output */
	uint64_t tcr = (64 - low->va_bits) | 0x3500 | tg0(low->granule) << 14 | 5ull << 32 | extra;

	if (high)
		tcr |= (64 - high->va_bits) << 16 | 0x35000000ull | tg1(high->granule) << 30;
	else
		tcr |= 1ull << 23 | 16ull << 16 | 2ull << 30;
	/* tables and scratch memory were written with the MMU, thus perhaps the caches, off */
	dsb(sy);
	write_reg(mair_el1, MAIR);
	write_reg(tcr_el1, tcr);
	write_reg(ttbr0_el1, low->root);
	write_reg(ttbr1_el1, high ? high->root : 0);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
	/* EL0 may use cache operations, WFI and WFE; SP alignment is checked */
	write_reg(sctlr_el1, 0x30d00800 | 1u << 26 | 1u << 18 | 1u << 16 | 1u << 15 | 1u << 14 |
				     1u << 12 | 1u << 4 | 1u << 3 | 1u << 2 | 1u);
	isb();
}

void mmu_off(void)
{
	write_reg(sctlr_el1, 0x30d00800);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
}

void tlb_flush(void)
{
	__asm__ volatile("dsb ishst\n\ttlbi vmalle1is\n\tdsb ish\n\tisb" ::: "memory");
}

void tlb_flush_va(uint64_t va, uint64_t asid)
{
	__asm__ volatile("dsb ishst\n\ttlbi vae1is, %0\n\tdsb ish\n\tisb" ::"r"(
				 (va >> 12 & 0xfffffffffff) | asid << 48)
			 : "memory");
}
