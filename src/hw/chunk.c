/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Room for the nodes of a table: chunks, and two directories of them. By handle, for the system, so
 * that lists can link nodes with 32 bits; by number, for each table, in groups that exist only
 * where something is mapped. All functions need the system alone.
 */
#include "hw.h"

#define GROUP_BITS 8U

/* What a table's directory shows where nothing is mapped. */
static struct chunk *const no_chunks[1U << GROUP_BITS];

static bool grow_handles(struct gic5 *gic)
{
	uint32_t room = gic->chunk_room ? gic->chunk_room * 2 : 64;
	struct chunk **wider = gic5_zalloc(gic, room * sizeof(*wider));

	if (!wider)
		return false;
	if (gic->chunks)
		memcpy(wider, gic->chunks, gic->chunk_room * sizeof(*wider));
	gic5_release(gic, gic->chunks, gic->chunk_room * sizeof(*wider));
	gic->chunks = wider;
	gic->chunk_room = room;
	return true;
}

static size_t chunk_bytes(uint32_t count)
{
	return sizeof(struct chunk) + count * sizeof(struct node);
}

static struct chunk *chunk_new(struct ist *ist, uint32_t first_id, uint32_t count)
{
	struct gic5 *gic = ist->space->gic;
	uint32_t index = gic->chunk_free ? gic->chunk_free : 1;
	struct chunk *chunk;

	while (index < gic->chunk_room && gic->chunks[index])
		index++;
	if (index >= gic->chunk_room && !grow_handles(gic))
		return NULL;
	chunk = gic5_zalloc(gic, chunk_bytes(count));
	if (!chunk)
		return NULL;
	chunk->ist = ist;
	chunk->first_id = first_id;
	chunk->count = count;
	chunk->index = index;
	gic->chunks[index] = chunk;
	gic->chunk_free = index + 1;
	return chunk;
}

static void chunk_delete(struct gic5 *gic, struct chunk *chunk)
{
	if (!chunk)
		return;
	gic->chunks[chunk->index] = NULL;
	if (chunk->index < gic->chunk_free)
		gic->chunk_free = chunk->index;
	gic5_release(gic, chunk, chunk_bytes(chunk->count));
}

/* ---- a table's directory ---- */

static bool is_group(struct chunk *const *group)
{
	return group && group != no_chunks;
}

/* The directory of a table with @ist->chunk_count chunks, empty. */
bool gic5_chunks_open(struct ist *ist)
{
	while (1U << ist->group_shift < ist->chunk_count && ist->group_shift < GROUP_BITS)
		ist->group_shift++;
	ist->group_count = (ist->chunk_count + (1U << ist->group_shift) - 1) >> ist->group_shift;
	if (!ist->group_count)
		return true;
	ist->groups = gic5_zalloc(ist->space->gic, ist->group_count * sizeof(*ist->groups));
	for (uint32_t i = 0; ist->groups && i < ist->group_count; i++)
		ist->groups[i] = (struct chunk **)no_chunks; /* read only: add() replaces it */
	return ist->groups != NULL;
}

void gic5_chunks_free(struct ist *ist)
{
	struct gic5 *gic;

	if (!ist->groups) /* also of a table whose turn had not come when creation failed */
		return;
	gic = ist->space->gic;
	for (uint32_t i = 0; i < ist->group_count; i++) {
		if (!is_group(ist->groups[i]))
			continue;
		for (uint32_t j = 0; j < 1U << ist->group_shift; j++)
			chunk_delete(gic, ist->groups[i][j]);
		gic5_release(gic, ist->groups[i], sizeof(struct chunk *) << ist->group_shift);
	}
	gic5_release(gic, ist->groups, ist->group_count * sizeof(*ist->groups));
	ist->groups = NULL;
}

static struct chunk **slot_of(struct ist *ist, uint32_t number)
{
	struct chunk ***group = &ist->groups[number >> ist->group_shift];

	if (!is_group(*group)) {
		struct chunk **fresh =
			gic5_zalloc(ist->space->gic, sizeof(struct chunk *) << ist->group_shift);

		if (!fresh)
			return NULL;
		*group = fresh;
	}
	return &(*group)[number & ((1U << ist->group_shift) - 1)];
}

/*
 * Nodes for @count interrupts from the table's @id-th on, whose ISTEs lie at @pa and were mapped by
 * @l1_entry. All of them, or none.
 */
bool gic5_chunks_add(struct ist *ist, uint32_t id, uint32_t count, uint64_t pa, uint64_t l1_entry)
{
	uint32_t per_chunk = 1U << ist->chunk_shift;
	uint32_t first = id >> ist->chunk_shift;
	uint32_t last = (id + count - 1) >> ist->chunk_shift;

	for (uint32_t i = first; i <= last; i++) {
		uint32_t begin = i << ist->chunk_shift;
		uint32_t left = ist->count - begin;
		struct chunk **slot = slot_of(ist, i);

		if (slot)
			*slot = chunk_new(ist, ist->first_id + begin,
					  left < per_chunk ? left : per_chunk);
		if (!slot || !*slot) {
			while (i-- > first) {
				slot = slot_of(ist, i);
				chunk_delete(ist->space->gic, *slot);
				*slot = NULL;
			}
			return false;
		}
		(*slot)->pa = pa + (uint64_t)(begin - id) * gic5_iste_bytes(ist->istsz);
		(*slot)->l1_entry = l1_entry;
	}
	return true;
}

/*
 * The level-1 entry that was mapped, 0 if none is: the shadow that software's changes show against.
 */
uint64_t gic5_ist_l1(const struct ist *ist, uint32_t l1_index)
{
	uint32_t id = l1_index << gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	const struct chunk *chunk = chunk_at(ist, id >> ist->chunk_shift);

	return chunk ? chunk->l1_entry : 0;
}
