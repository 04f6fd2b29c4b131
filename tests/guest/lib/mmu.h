/* SPDX-License-Identifier: BSD-2-Clause */
/* Translation tables of the bare-metal test programs, for any granule. */
#ifndef GUEST_MMU_H
#define GUEST_MMU_H

#include "guest.h"

/* Descriptor bits */
#define PTE_VALID    1ull
#define PTE_TABLE    3ull /* also: page */
#define PTE_ATTR(n)  ((uint64_t)(n) << 2)
#define PTE_USER     (1ull << 6)
#define PTE_RO       (1ull << 7)
#define PTE_INNER    (3ull << 8)
#define PTE_AF       (1ull << 10)
#define PTE_NG       (1ull << 11)
#define PTE_DBM      (1ull << 51)
#define PTE_CONT     (1ull << 52)
#define PTE_PXN      (1ull << 53)
#define PTE_UXN      (1ull << 54)
#define TABLE_PXN    (1ull << 59)
#define TABLE_UXN    (1ull << 60)
#define TABLE_NO_EL0 (1ull << 61)
#define TABLE_RO     (1ull << 62)

enum { ATTR_NORMAL, ATTR_DEVICE, ATTR_UNCACHED }; /* indexes into MAIR_EL1 */
#define MAIR 0x4400ffull

#define MAP_NORMAL    (PTE_AF | PTE_INNER | PTE_ATTR(ATTR_NORMAL))
#define MAP_CODE      (MAP_NORMAL | PTE_UXN) /* EL1: everything; EL0: nothing */
#define MAP_DATA      (MAP_CODE | PTE_PXN)
#define MAP_USER_CODE (MAP_NORMAL | PTE_USER | PTE_RO | PTE_PXN)
#define MAP_USER_DATA (MAP_DATA | PTE_USER)
#define MAP_DEVICE    (PTE_AF | PTE_ATTR(ATTR_DEVICE) | PTE_UXN | PTE_PXN)

struct tables {
	unsigned int granule; /* log2: 12, 14, 16 */
	unsigned int va_bits; /* 64 - TnSZ */
	uint64_t *root;
};

/** tables_init() - an empty set of tables; all of them come from one pool that tables_reset() empties */
void tables_init(struct tables *t, unsigned int granule, unsigned int va_bits);
void tables_reset(void);

unsigned int tables_start_level(const struct tables *t);

/** tables_entry() - the descriptor for @va at @level; tables above it are made as needed */
uint64_t *tables_entry(struct tables *t, uint64_t va, unsigned int level);

/** tables_map() - one block or page at @level */
void tables_map(struct tables *t, uint64_t va, uint64_t pa, unsigned int level, uint64_t bits);

/** tables_identity() - the program, its BSS and the devices, by the largest blocks that there are */
void tables_identity(struct tables *t);

/** mmu_on() - translation by @low and, unless NULL, @high (TTBR1); @extra is ORed into TCR_EL1 */
void mmu_on(const struct tables *low, const struct tables *high, uint64_t extra);
void mmu_off(void);

void tlb_flush(void);                          /* TLBI VMALLE1IS and what belongs to it */
void tlb_flush_va(uint64_t va, uint64_t asid); /* TLBI VAE1IS */

/** spare_page() - @index'th 64 KiB of scratch memory, aligned to 64 KiB */
uint8_t *spare_page(unsigned int index);
#define SPARE_PAGES 8

#endif
