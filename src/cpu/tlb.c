/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software TLBs of a context and the code contexts that hang on them.
 *
 * There is one TLB for EL1 without PAN, one with, and several banks for EL0, each for one address space
 * (ASID and TTBR0), so that a context switch costs nothing. A bank is chosen when it is first needed: the
 * kernel passes through combinations of ASID and TTBR0 that are never used.
 *
 * Links between blocks of different pages and cached branches are tagged with a code context: a number
 * that stands for "these translations, this state". It changes when TLBI hits a page from which
 * code was fetched, so a TLBI of a data page costs no relinking.
 */
#include <stdlib.h>

#include "engine.h"

#define TCR_A1     (1ull << 22)
#define TCR_AS     (1ull << 36)
#define ASID_SHIFT 48

static uint64_t new_gen(struct a64_cpu *cpu)
{
	return ++cpu->next_gen;
}

static void tlb_clear(struct a64_tlb *tlb)
{
	for (unsigned int i = 0; i < A64_TLB_SIZE; i++) {
		tlb->e[i].rtag = A64_TLB_NONE;
		tlb->e[i].wtag = A64_TLB_NONE;
		tlb->e[i].info = 0;
	}
	tlb->has_ng = false;
	tlb->has_large = false;
}

static void code_map_renew(struct a64_cpu *cpu, struct a64_code_map *map)
{
	memset(map, 0, sizeof(*map));
	map->large_low = UINT64_MAX;
	map->gen = new_gen(cpu);
}

int a64_tlb_create(struct a64_cpu *cpu)
{
	cpu->tlb_el1 = calloc(2, sizeof(*cpu->tlb_el1));
	cpu->tlb_user = calloc(A64_USER_BANKS + 1, sizeof(*cpu->tlb_user));
	if (!cpu->tlb_el1 || !cpu->tlb_user) {
		a64_tlb_destroy(cpu);
		return -VGIC5_E_NOMEM;
	}
	for (unsigned int i = 0; i <= A64_USER_BANKS; i++) {
		tlb_clear(&cpu->tlb_user[i]);
		cpu->tlb_user[i].space_id = UINT64_MAX;
	}
	a64_tlb_flush_all(cpu);
	return 0;
}

void a64_tlb_destroy(struct a64_cpu *cpu)
{
	free(cpu->tlb_el1);
	free(cpu->tlb_user);
	cpu->tlb_el1 = NULL;
	cpu->tlb_user = NULL;
}

/* ---- code contexts -------------------------------------------------------------------------------- */

static unsigned int code_hash(uint64_t va)
{
	return (unsigned int)((va >> 12 ^ va >> 22) & 1023);
}

static bool code_map_hit(const struct a64_code_map *map, uint64_t va)
{
	unsigned int hash = code_hash(va);

	return (map->pages[hash / 64] >> hash % 64 & 1) ||
	       (va >= map->large_low && va <= map->large_high);
}

void a64_tlb_note_code(struct a64_cpu *cpu, uint64_t va, unsigned int leaf_bits)
{
	unsigned int hash = code_hash(va);
	struct a64_code_map *map = &cpu->code_high;

	if (!(va >> 63)) {
		a64_tlb_select_bank(cpu);
		map = &cpu->code_low[cpu->bank];
	}
	if (leaf_bits > A64_PAGE_SHIFT) {
		uint64_t low = va & ~((1ull << leaf_bits) - 1);
		uint64_t high = va | ((1ull << leaf_bits) - 1);

		map->large_low = low < map->large_low ? low : map->large_low;
		map->large_high = high > map->large_high ? high : map->large_high;
		return;
	}
	map->pages[hash / 64] |= 1ull << hash % 64;
}

void a64_renew_code_contexts(struct a64_cpu *cpu)
{
	cpu->code_high.gen = new_gen(cpu);
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		cpu->code_low[i].gen = new_gen(cpu);
	}
	a64_update_context(cpu);
}

/* ---- choice --------------------------------------------------------------------------------------- */

static uint64_t current_space_id(const struct a64_cpu *cpu)
{
	uint64_t tcr = cpu->reg[A64_R_TCR_EL1];
	uint64_t ttbr0 = cpu->reg[A64_R_TTBR0_EL1];
	uint64_t asid = (tcr & TCR_A1 ? cpu->reg[A64_R_TTBR1_EL1] : ttbr0) >> ASID_SHIFT;

	if (!(tcr & TCR_AS)) {
		asid &= 0xff;
	}
	return asid << ASID_SHIFT | (ttbr0 & ((1ull << ASID_SHIFT) - 1));
}

void a64_tlb_select_bank(struct a64_cpu *cpu)
{
	uint64_t id;
	unsigned int victim = 0;

	if (cpu->bank != A64_USER_BANKS) {
		return;
	}
	id = current_space_id(cpu);
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		if (cpu->tlb_user[i].space_id == id) {
			victim = i;
			goto chosen;
		}
		if (cpu->tlb_user[i].last_used < cpu->tlb_user[victim].last_used) {
			victim = i;
		}
	}
	tlb_clear(&cpu->tlb_user[victim]);
	code_map_renew(cpu, &cpu->code_low[victim]);
	cpu->tlb_user[victim].space_id = id;
chosen:
	cpu->tlb_user[victim].last_used = ++cpu->bank_clock;
	cpu->bank = victim;
	a64_update_context(cpu);
}

void a64_update_context(struct a64_cpu *cpu)
{
	uint32_t fpen = cpu->reg[A64_R_CPACR_EL1] >> 20 & 3;
	bool no_fp = cpu->el == 0 ? fpen != 3 : !(fpen & 1);

	if (cpu->el == 0 && cpu->bank == A64_USER_BANKS) {
		a64_tlb_select_bank(cpu); /* comes back here with a bank */
		return;
	}
	no_fp = no_fp || (cpu->reg[A64_R_CPTR_EL2] & 1u << 10);
	cpu->state = cpu->el | (no_fp ? A64_STATE_NO_FP : 0) | (cpu->spsel ? 0 : A64_STATE_SP_EL0);
	cpu->utlb = &cpu->tlb_user[cpu->bank];
	cpu->tlb = cpu->el == 0 ? cpu->utlb : &cpu->tlb_el1[cpu->pan];
	if (cpu->uao) {
		cpu->utlb = cpu->tlb; /* LDTR and STTR are as privileged as the others */
	}
	cpu->ctx[0] = cpu->bank == A64_USER_BANKS ? A64_CTX_NONE
						  : cpu->code_low[cpu->bank].gen << 8 | cpu->state;
	cpu->ctx[1] = cpu->code_high.gen << 8 | cpu->state;
}

static void flush_not_global(struct a64_tlb *tlb)
{
	if (!tlb->has_ng) {
		return;
	}
	for (unsigned int i = 0; i < A64_TLB_SIZE; i++) {
		if (tlb->e[i].info & A64_TLBI_NG) {
			tlb->e[i].rtag = A64_TLB_NONE;
			tlb->e[i].wtag = A64_TLB_NONE;
		}
	}
	tlb->has_ng = false;
}

void a64_tlb_regime_changed(struct a64_cpu *cpu, bool flush)
{
	if (flush) {
		a64_tlb_flush_all(cpu);
		return;
	}
	flush_not_global(&cpu->tlb_el1[0]);
	flush_not_global(&cpu->tlb_el1[1]);
	cpu->bank = A64_USER_BANKS;
	a64_update_context(cpu);
}

/* ---- TLBI ----------------------------------------------------------------------------------------- */

void a64_tlb_flush_all(struct a64_cpu *cpu)
{
	tlb_clear(&cpu->tlb_el1[0]);
	tlb_clear(&cpu->tlb_el1[1]);
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		struct a64_tlb *bank = &cpu->tlb_user[i];

		if (bank->last_used) { /* else it is empty */
			tlb_clear(bank);
			bank->space_id = UINT64_MAX;
			bank->last_used = 0;
		}
		code_map_renew(cpu, &cpu->code_low[i]);
	}
	code_map_renew(cpu, &cpu->code_high);
	cpu->bank = A64_USER_BANKS;
	cpu->stats.tlb_flushes++;
	a64_update_context(cpu);
}

void a64_tlb_flush_asid(struct a64_cpu *cpu, uint16_t asid)
{
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		struct a64_tlb *bank = &cpu->tlb_user[i];

		if (bank->space_id >> ASID_SHIFT == asid) {
			tlb_clear(bank);
			code_map_renew(cpu, &cpu->code_low[i]);
		}
	}
	flush_not_global(&cpu->tlb_el1[0]);
	flush_not_global(&cpu->tlb_el1[1]);
	a64_update_context(cpu);
}

/* Bits 55:12 decide: the tag in the top byte does not */
#define VA_BITS_MASK 0x00fffffffffff000ull

static void entry_flush_va(struct a64_tlb_entry *e, uint64_t va, bool spare_ng)
{
	uint64_t tag = e->rtag != A64_TLB_NONE ? e->rtag : e->wtag;
	unsigned int leaf = e->info & A64_TLBI_LEAF;

	if (tag == A64_TLB_NONE || ((tag ^ va) & VA_BITS_MASK) >> leaf ||
	    (spare_ng && (e->info & A64_TLBI_NG))) {
		return;
	}
	e->rtag = A64_TLB_NONE;
	e->wtag = A64_TLB_NONE;
}

static void tlb_flush_va(struct a64_tlb *tlb, uint64_t va, bool spare_ng)
{
	if (!tlb->has_large) {
		entry_flush_va(a64_tlb_slot(tlb, va), va, spare_ng);
		return;
	}
	for (unsigned int i = 0; i < A64_TLB_SIZE; i++) {
		entry_flush_va(&tlb->e[i], va, spare_ng);
	}
}

void a64_tlb_flush_va(struct a64_cpu *cpu, uint64_t va, bool all_asids, uint16_t asid)
{
	bool renewed = false;

	tlb_flush_va(&cpu->tlb_el1[0], va, false);
	tlb_flush_va(&cpu->tlb_el1[1], va, false);
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		struct a64_tlb *bank = &cpu->tlb_user[i];
		bool other = !all_asids && bank->space_id >> ASID_SHIFT != asid;

		if (!bank->last_used) {
			continue;
		}
		tlb_flush_va(bank, va, other);
		if (!(va >> 63) && code_map_hit(&cpu->code_low[i], va)) {
			code_map_renew(cpu, &cpu->code_low[i]);
			renewed = true;
		}
	}
	if (va >> 63 && code_map_hit(&cpu->code_high, va)) {
		code_map_renew(cpu, &cpu->code_high);
		renewed = true;
	}
	if (renewed) {
		a64_update_context(cpu);
	}
}

/* ---- code pages ----------------------------------------------------------------------------------- */

static bool tlb_protect_page(struct a64_tlb *tlb, uint64_t page)
{
	bool could = false;

	for (unsigned int i = 0; i < A64_TLB_SIZE; i++) {
		struct a64_tlb_entry *e = &tlb->e[i];

		if ((e->info & ~A64_PAGE_MASK) == page && !(e->wtag & A64_TLB_SLOW)) {
			e->wtag |= A64_TLB_SLOW;
			could = true;
		}
	}
	return could;
}

bool a64_tlb_protect_page(struct a64_cpu *cpu, uint64_t page)
{
	bool could = tlb_protect_page(&cpu->tlb_el1[0], page);

	could |= tlb_protect_page(&cpu->tlb_el1[1], page);
	for (unsigned int i = 0; i < A64_USER_BANKS; i++) {
		if (cpu->tlb_user[i].last_used) {
			could |= tlb_protect_page(&cpu->tlb_user[i], page);
		}
	}
	return could;
}
