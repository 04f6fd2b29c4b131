/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decoded blocks: found by physical page and state, built on first use, dropped by page.
 *
 * Operations of all blocks lie in one arena that only grows; when it, or the table of pages, is full,
 * everything is dropped. A dropped block's memory stays readable until then, so code that is leaving
 * such a block does no harm.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "engine.h"

#define ARENA_SLOTS    (2u << 20)
#define BLOCK_SLOTS    (2u * A64_MAX_BLOCK + 8u) /* more than the largest block takes */
#define PAGES_MAX      8192u
#define HASH_SIZE      16384u /* power of two, above PAGES_MAX */
#define ITLB_SIZE      256u
#define INSNS_PER_PAGE (A64_PAGE_SIZE / 4)

/* Block starts of one physical page in one state */
struct code_page {
	uint64_t page;
	uint32_t state;
	bool dropped;
	uint32_t at[INSNS_PER_PAGE]; /* arena slot of the header, 0 = none */
};

struct itlb_entry {
	uint64_t va, ctx, ipa;
	const uint8_t *host;
	struct code_page *code; /* NULL until used */
};

struct a64_blocks {
	struct a64_op *arena;
	uint32_t used;
	struct code_page *pages;
	unsigned int page_count;
	uint16_t hash[HASH_SIZE]; /* index of a page + 1, 0 = free */
	struct itlb_entry itlb[ITLB_SIZE];
	struct a64_op scratch[BLOCK_SLOTS]; /* one block that is not kept */
};

static void *map_memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int a64_blocks_create(struct a64_cpu *cpu)
{
	struct a64_blocks *b = calloc(1, sizeof(*b));

	if (!b) {
		return -VGIC5_E_NOMEM;
	}
	cpu->blocks = b;
	b->arena = map_memory(ARENA_SLOTS * sizeof(*b->arena));
	b->pages = map_memory(PAGES_MAX * sizeof(*b->pages));
	if (!b->arena || !b->pages) {
		a64_blocks_destroy(cpu);
		return -VGIC5_E_NOMEM;
	}
	b->used = 1;
	return 0;
}

void a64_blocks_destroy(struct a64_cpu *cpu)
{
	struct a64_blocks *b = cpu->blocks;

	if (!b) {
		return;
	}
	if (b->arena) {
		munmap(b->arena, ARENA_SLOTS * sizeof(*b->arena));
	}
	if (b->pages) {
		munmap(b->pages, PAGES_MAX * sizeof(*b->pages));
	}
	free(b);
	cpu->blocks = NULL;
}

/* Everything that points to blocks and is not itself part of one */
static void forget_pointers(struct a64_cpu *cpu)
{
	memset(cpu->blocks->itlb, 0, sizeof(cpu->blocks->itlb));
	cpu->pending_link = NULL;
	a64_renew_code_contexts(cpu);
}

void a64_blocks_flush(struct a64_cpu *cpu)
{
	struct a64_blocks *b = cpu->blocks;

	b->used = 1;
	b->page_count = 0;
	memset(b->hash, 0, sizeof(b->hash));
	cpu->stats.blocks_dropped++;
	forget_pointers(cpu);
}

/* ---- pages ---------------------------------------------------------------------------------------- */

static unsigned int page_hash(uint64_t page, uint32_t state)
{
	uint64_t key = (page >> A64_PAGE_SHIFT) * 16 + state;

	return (unsigned int)(key * 0x9e3779b97f4a7c15ull >> 50) & (HASH_SIZE - 1);
}

static struct code_page *page_find(struct a64_blocks *b, uint64_t page, uint32_t state)
{
	unsigned int i = page_hash(page, state);

	for (; b->hash[i]; i = (i + 1) & (HASH_SIZE - 1)) {
		struct code_page *p = &b->pages[b->hash[i] - 1];

		if (p->page == page && p->state == state && !p->dropped) {
			return p;
		}
	}
	return NULL;
}

/*
 * A page becomes code: mark it, then make sure that stores to it are noticed, and only then (in the caller)
 * read it. See space.c for the protocol.
 */
static void announce(struct a64_cpu *cpu, uint64_t page)
{
	struct a64_request request = {.kind = A64_RQ_CODE_NEW, .address = page};
	_Atomic uint8_t *mark;

	if (!a64_page_host(cpu->space, page, &mark)) {
		return;
	}
	if (atomic_fetch_or(mark, A64_MARK_CODE) & A64_MARK_CODE) {
		/* Others know; this context may still have an entry from before it was marked */
		a64_tlb_protect_page(cpu, page);
		return;
	}
	a64_tlb_protect_page(cpu, page);
	a64_broadcast(cpu->space, cpu, &request);
}

static struct code_page *page_add(struct a64_cpu *cpu, uint64_t page, uint32_t state)
{
	struct a64_blocks *b = cpu->blocks;
	struct code_page *p;
	unsigned int i;

	if (b->page_count == PAGES_MAX) {
		a64_blocks_flush(cpu);
	}
	p = &b->pages[b->page_count++];
	memset(p, 0, sizeof(*p));
	p->page = page;
	p->state = state;
	for (i = page_hash(page, state); b->hash[i]; i = (i + 1) & (HASH_SIZE - 1)) {
	}
	b->hash[i] = (uint16_t)b->page_count;
	announce(cpu, page);
	return p;
}

bool a64_blocks_drop_page(struct a64_cpu *cpu, uint64_t page)
{
	static const uint32_t states = 16;
	bool any = false;

	for (uint32_t state = 0; state < states; state++) {
		struct code_page *p = page_find(cpu->blocks, page, state);

		if (p) {
			p->dropped = true;
			any = true;
		}
	}
	if (any) {
		cpu->stats.blocks_dropped++;
		forget_pointers(cpu);
	}
	return any;
}

/* ---- building ------------------------------------------------------------------------------------- */

static struct a64_decode decode_context(const struct a64_cpu *cpu)
{
	return (struct a64_decode){
		.features = cpu->space->config.features,
		.el = cpu->state & A64_STATE_EL,
		.fp_enabled = !(cpu->state & A64_STATE_NO_FP),
		.sp_el0 = cpu->state & A64_STATE_SP_EL0,
	};
}

/* At most @max instructions from @offset of a page into @block; returns slots used */
static unsigned int build(struct a64_cpu *cpu, const uint8_t *host, unsigned int offset,
			  unsigned int max, struct a64_block *block)
{
	struct a64_decode how = decode_context(cpu);
	unsigned int index = 0, total = 0, slots;
	bool end = false;

	while (!end) {
		uint32_t words[2] = {0, 0};
		unsigned int more;

		if (index == max || offset == A64_PAGE_SIZE) {
			block->op[total] = (struct a64_op){.off = (uint8_t)index};
			a64_make_fallthrough(index, offset, &block->op[total], &slots);
			total += slots;
			break;
		}
		more = index + 1 < max && offset + 4 < A64_PAGE_SIZE;
		words[0] = __atomic_load_n((const uint32_t *)(const void *)(host + offset),
					   __ATOMIC_RELAXED);
		if (more) {
			words[1] =
				__atomic_load_n((const uint32_t *)(const void *)(host + offset + 4),
						__ATOMIC_RELAXED);
		}
		slots = 0;
		more = a64_decode_one(&how, words, more, index, offset, &block->op[total], &slots,
				      &end);
		index += more;
		offset += 4 * more;
		total += slots;
	}
	block->insns = (uint16_t)index;
	return total + 1;
}

/* ---- finding -------------------------------------------------------------------------------------- */

/* Translation of the page of cpu->pc for fetching; NULL after a fault or an exit */
static struct itlb_entry *fetch_page(struct a64_cpu *cpu)
{
	uint64_t va = cpu->pc & ~A64_PAGE_MASK;
	struct itlb_entry *e = &cpu->blocks->itlb[va >> A64_PAGE_SHIFT & (ITLB_SIZE - 1)];
	struct a64_walk how = {.va = cpu->pc, .kind = A64_FETCH, .el = cpu->el};
	struct a64_translation t;

	if (!(va >> 63)) {
		a64_tlb_select_bank(cpu);
	}
	if (e->host && e->va == va && e->ctx == cpu->ctx[va >> 63]) {
		return e;
	}
	if (!a64_walk(cpu, &how, &t)) {
		a64_fetch_abort(cpu, &t);
		return NULL;
	}
	e->host = a64_page_host(cpu->space, t.ipa, NULL);
	if (!e->host) {
		a64_fetch_abort(cpu, &t);
		return NULL;
	}
	a64_tlb_note_code(cpu, va, t.leaf_bits);
	e->va = va;
	e->ctx = cpu->ctx[va >> 63];
	e->ipa = t.ipa & ~A64_PAGE_MASK;
	e->code = NULL;
	return e;
}

/* An address tag is not part of the PC */
static void strip_tag(struct a64_cpu *cpu)
{
	bool high = cpu->pc >> 55 & 1;

	if (cpu->reg[A64_R_TCR_EL1] >> (37 + high) & 1) {
		cpu->pc = (uint64_t)((int64_t)(cpu->pc << 8) >> 8);
	}
}

static struct a64_block *block_at(struct a64_cpu *cpu, struct itlb_entry *e)
{
	struct a64_blocks *b = cpu->blocks;
	unsigned int offset = cpu->pc & A64_PAGE_MASK;
	const uint8_t *host = e->host;
	struct a64_block *block;

	if (!e->code || e->code->dropped) {
		uint64_t ipa = e->ipa;

		e->code = page_find(b, ipa, cpu->state);
		if (!e->code) {
			struct code_page *p = page_add(cpu, ipa, cpu->state);

			/* page_add may have dropped everything, the entry too */
			e = fetch_page(cpu);
			if (!e) {
				return NULL;
			}
			e->code = p;
		}
	}
	if (e->code->at[offset / 4]) {
		return (struct a64_block *)(void *)&b->arena[e->code->at[offset / 4]];
	}
	if (b->used + BLOCK_SLOTS > ARENA_SLOTS) {
		a64_blocks_flush(cpu);
		e = fetch_page(cpu);
		return e ? block_at(cpu, e) : NULL;
	}
	block = (struct a64_block *)(void *)&b->arena[b->used];
	e->code->at[offset / 4] = b->used;
	b->used += build(cpu, host, offset, A64_MAX_BLOCK, block);
	cpu->stats.blocks_decoded++;
	return block;
}

const struct a64_op *a64_block_find(struct a64_cpu *cpu, uint64_t max)
{
	struct a64_jump *jump;
	struct a64_block *block;
	struct itlb_entry *e;

	if (cpu->pc >> 55 != 0 && cpu->pc >> 55 != 0x1ff) { /* bit 55 says what the tag should be */
		strip_tag(cpu);
	}
	if (A64_UNLIKELY(cpu->pc & 3)) {
		cpu->left--;
		cpu->reg[A64_R_FAR_EL1] = cpu->pc;
		a64_take_sync(cpu, A64_ESR(A64_EC_PC_ALIGN, 0), cpu->pc);
		return NULL;
	}
	cpu->stats.block_lookups++;
	e = fetch_page(cpu);
	if (!e) {
		return NULL;
	}
	block = block_at(cpu, e);
	if (!block) {
		return NULL;
	}
	if (block->insns > max) {
		block = (struct a64_block *)(void *)cpu->blocks->scratch;
		build(cpu, e->host, cpu->pc & A64_PAGE_MASK, (unsigned int)max, block);
		cpu->pending_link = NULL;
		return block->op;
	}
	jump = a64_jump_slot(cpu, cpu->pc);
	jump->va = cpu->pc;
	jump->ctx = cpu->ctx[cpu->pc >> 63];
	jump->ops = block->op;
	return block->op;
}

uint32_t a64_fetch_word(struct a64_cpu *cpu, uint64_t va)
{
	struct a64_walk how = {.va = va, .kind = A64_FETCH, .el = cpu->el, .at = true};
	struct a64_translation t;
	const uint8_t *host;

	if (!a64_walk(cpu, &how, &t)) {
		return 0;
	}
	host = a64_page_host(cpu->space, t.ipa, NULL);
	return host ? *(const uint32_t *)(const void *)(host + (t.ipa & A64_PAGE_MASK & ~3ull)) : 0;
}
