/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interrupt state tables: from a table in memory to nodes, and back.
 *
 * A table that becomes valid gets room for its nodes at once, so that no interrupt path allocates:
 * a linear table in whole, a two-level table per level-2 table that is mapped. ISTEs are read when
 * an interrupt of their block is first used; Pending bits are looked for when the table becomes
 * valid. The nodes then hold the architected state, until it is written back.
 *
 * All functions but gic5_ist_establish() need the system alone.
 */
#include "hw.h"

#define SCAN_BYTES 1024U

/* The reason why an IRS does not accept a table of this shape, or NULL (facts page, 7 and 8.1). */
const char *gic5_ist_illegal(const struct gic5_irs *irs, const struct ist_shape *shape,
			     unsigned type)
{
	uint32_t min = type == GIC5_TYPE_LPI ? irs->cfg.min_lpi_id_bits : 0;
	uint32_t istsz = 0;

	if (irs->cfg.istmd)
		istsz = shape->id_bits < irs->cfg.istmd_sz ? 1 : 2;
	if (shape->two_level && !irs->cfg.ist_levels)
		return "two-level IST without IST_LEVELS";
	if (shape->two_level && (shape->l2sz > 2 || !(irs->cfg.ist_l2sz >> shape->l2sz & 1)))
		return "L2SZ not supported";
	if (shape->istsz != istsz)
		return "ISTSZ is not the required one";
	if (shape->id_bits < min || shape->id_bits > irs->cfg.id_bits)
		return "ID bits out of range";
	return NULL;
}

/* ---- reading ISTEs ---- */

/*
 * The node's state for a word of memory. What the IRS does not implement is not taken over; Pending
 * only when the table becomes valid.
 */
static uint32_t state_from_memory(const struct ist *ist, uint32_t word, bool pending)
{
	const struct gic5_irs_config *cfg = &ist->irs->cfg;
	uint32_t priority = (uint32_t)GIC5_GET(L2_ISTE_PRIORITY, word);
	uint32_t state = word & NODE_STATE;
	bool one_n = ist->space->vm ? cfg->virt_one_n : cfg->one_n;

	if (!one_n)
		state &= ~NODE_IRM;
	if (!pending)
		state &= ~NODE_PENDING;
	priority &= gic5_irs_priority_mask(ist->irs);
	return (uint32_t)GIC5_SET(L2_ISTE_PRIORITY, state, priority) | NODE_KNOWN;
}

static void iste_lost(const struct ist *ist, uint32_t id, uint64_t pa)
{
	struct gic5 *gic = ist->space->gic;
	struct who who = gic5_host(gic);
	struct swerr error = {.ec = SWERR_L2_ISTE_ACCESS,
			      .rule = 21,
			      .has_intid = true,
			      .is_virtual = ist->space->vm != NULL,
			      .vm = ist->space->vm ? ist->space->vm->id : 0,
			      .intid = GIC5_INTID(ist->type, id),
			      .has_addr = true,
			      .addr = pa};

	gic5_strict_entry(&who, 21, "L2_ISTE", GIC5_INTID(ist->type, id), pa, 0);
	gic5_swerr(ist->irs, &error);
}

static void establish(struct chunk *chunk, uint32_t index, bool pending)
{
	struct ist *ist = chunk->ist;
	struct gic5 *gic = ist->space->gic;
	uint32_t first = index & ~(BLOCK_NODES - 1);
	uint32_t stride = gic5_iste_bytes(ist->istsz);

	for (uint32_t i = first; i < first + BLOCK_NODES && i < chunk->count; i++) {
		uint64_t pa = chunk->pa + (uint64_t)i * stride;
		uint32_t word = 0, unknown = 0, state, home;
		bool there;

		if (atomic_load_explicit(&chunk->nodes[i].state, memory_order_relaxed))
			continue;
		there = gic5_mem_read32(gic, pa, &word);
		if (word & ISTE(RES0)) {
			struct who who = gic5_host(gic);

			gic5_strict_entry(&who, 20, "L2_ISTE", chunk->first_id + i, pa, word);
		}
		state = there ? state_from_memory(ist, word, pending) : NODE_KNOWN | NODE_LOST;
		home = gic5_home(ist->space, state);
		/* readers look at home only after they saw NODE_KNOWN */
		atomic_store_explicit(&chunk->nodes[i].home, home, memory_order_relaxed);
		if (atomic_compare_exchange_strong(&chunk->nodes[i].state, &unknown, state) &&
		    !there)
			iste_lost(ist, chunk->first_id + i, pa);
	}
	atomic_fetch_or(&chunk->known, 1U << index / BLOCK_NODES);
}

/*
 * First use of an interrupt: read the ISTEs around it. Pending was dealt with when the table came.
 */
void gic5_ist_establish(struct chunk *chunk, uint32_t index)
{
	struct gic5 *gic = chunk->ist->space->gic;

	lock(gic, &gic->establish_lock);
	establish(chunk, index, false);
	unlock(&gic->establish_lock);
}

static uint32_t load_word(const uint8_t *bytes)
{
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

struct scan {
	const struct who *who;
	bool restoring; /* own state comes back: Pending counts, nothing is reported */
};

static void scan_entry(struct chunk *chunk, uint32_t index, const uint8_t *entry, struct scan *scan)
{
	uint32_t stride = gic5_iste_bytes(chunk->ist->istsz);
	uint32_t word = load_word(entry);
	uint32_t metadata = 0;
	uint64_t pa = chunk->pa + (uint64_t)index * stride;

	for (uint32_t i = 4; i < stride; i += 4)
		metadata |= load_word(entry + i);
	if (!scan->restoring && (word & (NODE_PENDING | ISTE(HWU)) || metadata))
		gic5_strict_entry(scan->who, 9, "L2_ISTE", chunk->first_id + index, pa, word);
	if (word & NODE_PENDING)
		establish(chunk, index,
			  scan->restoring || chunk->ist->space->gic->cfg.honour_pending_on_valid);
}

static void scan_chunk(struct chunk *chunk, struct scan *scan)
{
	struct gic5 *gic = chunk->ist->space->gic;
	uint32_t stride = gic5_iste_bytes(chunk->ist->istsz);
	uint32_t bytes = chunk->count * stride;
	uint32_t interesting = NODE_PENDING | ISTE(HWU);
	uint8_t buf[SCAN_BYTES];

	for (uint32_t at = 0; at < bytes; at += SCAN_BYTES) {
		uint32_t len = bytes - at < SCAN_BYTES ? bytes - at : SCAN_BYTES;
		uint32_t any = 0;

		if (!gic5_mem_read(gic, chunk->pa + at, buf, len))
			continue;
		for (uint32_t i = 0; i < len; i += 4)
			any |= load_word(buf + i) & (i % stride ? UINT32_MAX : interesting);
		for (uint32_t i = 0; any && i < len; i += stride)
			scan_entry(chunk, (at + i) / stride, buf + i, scan);
	}
}

/* ---- coming and going ---- */

static bool map_l2(struct ist *ist, uint32_t l1_index, uint64_t entry, const struct who *who,
		   bool restoring)
{
	uint32_t l2_bits = gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	uint32_t id = l1_index << l2_bits;
	uint32_t left = ist->count - id;
	uint32_t count = left < 1U << l2_bits ? left : 1U << l2_bits;
	struct scan scan = {.who = who, .restoring = restoring};

	if (!gic5_chunks_add(ist, id, count, GIC5_ADDR(L1_ISTE_L2_ADDR, entry), entry))
		return false;
	for (uint32_t i = id >> ist->chunk_shift; i <= (id + count - 1) >> ist->chunk_shift; i++)
		scan_chunk(chunk_at(ist, i), &scan);
	return true;
}

static uint64_t l1_pa(const struct ist *ist, uint32_t l1_index)
{
	return ist->base + (uint64_t)l1_index * GIC5_L1_ISTE_BYTES;
}

static void check_alignment(const struct ist *ist, const struct who *who)
{
	uint32_t l2_bits = gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	uint32_t n = ist->id_bits + 1U + ist->istsz;

	if (ist->two_level)
		n = ist->id_bits > l2_bits ? ist->id_bits - l2_bits + 2 : 2;
	if (n < 5)
		n = 5;
	if (ist->base & ((UINT64_C(2) << n) - 1))
		gic5_strict(who, 5, "IST", ist->base);
	if (ist->two_level && ist->id_bits <= l2_bits)
		gic5_strict(who, 5, "IST with a needless second level", ist->base);
}

/* Level-1 entries that software filled before the table became valid (facts page, 9). */
static bool adopt_l1(struct ist *ist, const struct who *who)
{
	for (uint32_t i = 0; i < ist->l1_count; i++) {
		uint64_t entry;

		if (!gic5_mem_read64(ist->space->gic, l1_pa(ist, i), &entry))
			continue;
		if (entry & GIC5_MASK(L1_ISTE_VALID) && !map_l2(ist, i, entry, who, false))
			return false;
	}
	return true;
}

/* A level-2 table that a saved state had mapped. */
bool gic5_ist_restore_l2(struct ist *ist, uint32_t index, uint64_t entry, const struct who *who)
{
	return map_l2(ist, index, entry, who, true);
}

/* Make a table valid; NULL if memory ran out. The shape is legal. */
struct ist *gic5_ist_open(struct gic5_irs *irs, struct space *space, unsigned type,
			  const struct ist_shape *shape, const struct who *who, bool restoring)
{
	struct gic5 *gic = irs->gic;
	struct ist *ist = gic5_zalloc(gic, sizeof(*ist));
	uint32_t l2_bits = gic5_ist_l2_bits(shape->istsz, shape->l2sz);
	uint32_t unit = shape->two_level && l2_bits < shape->id_bits ? l2_bits : shape->id_bits;
	struct scan scan = {.who = who, .restoring = restoring};
	bool ok;

	if (!ist)
		return NULL;
	*ist = (struct ist){.space = space,
			    .irs = irs,
			    .base = shape->base,
			    .count = 1U << shape->id_bits,
			    .type = (uint8_t)type,
			    .id_bits = shape->id_bits,
			    .istsz = shape->istsz,
			    .l2sz = shape->l2sz,
			    .backed = true,
			    .two_level = shape->two_level,
			    .chunk_shift = (uint8_t)(unit < CHUNK_BITS ? unit : CHUNK_BITS)};
	ist->chunk_count = 1U << (ist->id_bits - ist->chunk_shift);
	if (ist->two_level)
		ist->l1_count = ist->id_bits > l2_bits ? 1U << (ist->id_bits - l2_bits) : 1;
	ok = gic5_chunks_open(ist);
	if (!restoring)
		check_alignment(ist, who);
	if (ok && ist->two_level && !restoring)
		ok = adopt_l1(ist, who);
	else if (ok && !ist->two_level)
		ok = gic5_chunks_add(ist, 0, ist->count, ist->base, 0);
	if (!ok) {
		gic5_chunks_free(ist);
		gic5_release(gic, ist, sizeof(*ist));
		return NULL;
	}
	for (uint32_t i = 0; !ist->two_level && i < ist->chunk_count; i++)
		scan_chunk(chunk_at(ist, i), &scan);
	return ist;
}

static void map_failed(struct ist *ist, unsigned ec, const char *what, uint32_t id,
		       const struct who *who, uint64_t entry_pa)
{
	struct swerr error = {.ec = (uint8_t)ec,
			      .rule = 21,
			      .has_intid = true,
			      .is_virtual = ist->space->vm != NULL,
			      .vm = ist->space->vm ? ist->space->vm->id : 0,
			      .intid = GIC5_INTID(ist->type, id),
			      .has_addr = true,
			      .addr = entry_pa};

	gic5_strict_entry(who, 21, what, id, entry_pa, 0);
	gic5_swerr(ist->irs, &error);
}

/* MAP_L2_ISTR and VMAP_L2_VISTR (facts page, 7). */
void gic5_ist_map_l2(struct ist *ist, uint32_t id, const struct who *who, const char *what,
		     uint64_t operand)
{
	struct gic5 *gic = ist->space->gic;
	uint32_t l1_index = id >> gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	uint64_t entry, pa = l1_pa(ist, l1_index);

	if (!ist->two_level || id >= ist->count || gic5_ist_l1(ist, l1_index)) {
		gic5_strict(who, 7, what, operand);
		return;
	}
	if (!gic5_mem_read64(gic, pa, &entry)) {
		map_failed(ist, SWERR_L1_ISTE_LOOKUP, what, id, who, pa);
		return;
	}
	if (entry & GIC5_MASK(L1_ISTE_VALID)) /* the caller's check of the table told */
		return;
	entry |= GIC5_MASK(L1_ISTE_VALID);
	if (!gic5_mem_write64(gic, pa, entry)) {
		map_failed(ist, SWERR_L1_ISTE_UPDATE, what, id, who, pa);
		return;
	}
	if (!map_l2(ist, l1_index, entry, who, false)) {
		(void)gic5_mem_write64(gic, pa, entry & ~GIC5_MASK(L1_ISTE_VALID));
		return;
	}
	if (ist->space->vm)
		atomic_store(&ist->space->vm->changed, true);
	gic5_ist_requeue(ist);
}

/* Write every known state that differs to memory; the bits that are not state stay as they are. */
static void write_back(const struct irq *irq, void *arg)
{
	const struct ist *ist = irq->ist;
	struct gic5 *gic = irq->space->gic;
	struct chunk *chunk = gic->chunks[irq->handle >> CHUNK_BITS];
	uint32_t index = irq->handle & (CHUNK_NODES - 1);
	uint64_t pa = chunk->pa + (uint64_t)index * gic5_iste_bytes(ist->istsz);
	bool one_n = irq->space->vm ? ist->irs->cfg.virt_one_n : ist->irs->cfg.one_n;
	uint32_t kept = ISTE(RES0) | (one_n ? 0 : NODE_IRM);
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t word, merged;

	if (state & NODE_LOST || !gic5_mem_read32(gic, pa, &word))
		return;
	merged = (word & kept) | (state & NODE_STATE & ~kept);
	if (merged != word)
		(void)gic5_mem_write32(gic, pa, merged);
}

void gic5_ist_write_back(struct ist *ist)
{
	if (ist && ist->backed)
		gic5_ist_each(ist, write_back, NULL);
}

static void dequeue_known(const struct irq *irq, void *arg)
{
	uint32_t state = atomic_load_explicit(&irq->node->state, memory_order_relaxed);
	uint32_t home = atomic_load_explicit(&irq->node->home, memory_order_relaxed);
	struct target *target = gic5_target(irq->space, home);

	if (!(state & NODE_QUEUED))
		return;
	gic5_dequeue(irq->space->gic, target, irq->handle, GIC5_GET(L2_ISTE_PRIORITY, state));
	atomic_store_explicit(&irq->node->state, state & ~NODE_QUEUED, memory_order_relaxed);
	gic5_settle(irq->space, target, NULL);
}

/* Write back, recall everything, and free the nodes. */
void gic5_ist_close(struct ist *ist)
{
	struct gic5 *gic;

	if (!ist)
		return;
	gic = ist->space->gic;
	gic5_ist_write_back(ist);
	gic5_ist_each(ist, dequeue_known, NULL);
	gic5_chunks_free(ist);
	gic5_release(gic, ist, sizeof(*ist));
}

/* The SPIs of an IRS have no table: their nodes are the state. */
bool gic5_ist_init_spis(struct gic5_irs *irs)
{
	struct gic5 *gic = irs->gic;
	struct ist *ist = &irs->spi_ist;

	*ist = (struct ist){.space = &gic->physical,
			    .irs = irs,
			    .first_id = irs->cfg.spi_base,
			    .count = irs->cfg.spi_irs_range,
			    .type = GIC5_TYPE_SPI,
			    .chunk_shift = CHUNK_BITS};
	ist->chunk_count = (ist->count + CHUNK_NODES - 1) >> CHUNK_BITS;
	if (!ist->count)
		return true;
	return gic5_chunks_open(ist) && gic5_chunks_add(ist, 0, ist->count, 0, 0);
}
