/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system comes, is reset, and goes.
 */
#include "hw.h"

static size_t pe_bytes(const struct gic5 *gic)
{
	return gic->cfg.pe_count * sizeof(struct gic5_pe);
}

static bool copy_config(struct gic5 *gic, const struct gic5_config *config)
{
	size_t irs_bytes = config->irs_count * sizeof(*config->irs);
	size_t pe_config_bytes = config->pe_count * sizeof(*config->pe);

	gic->cfg = *config;
	gic->cfg.irs = gic5_zalloc(gic, irs_bytes);
	gic->cfg.pe = gic5_zalloc(gic, pe_config_bytes);
	if (!gic->cfg.irs || !gic->cfg.pe)
		return false;
	memcpy(gic->cfg.irs, config->irs, irs_bytes);
	memcpy(gic->cfg.pe, config->pe, pe_config_bytes);
	return true;
}

/* PE indices in the order of their IAFFIDs, by merging runs. */
static bool sort_pes(struct gic5 *gic)
{
	uint32_t count = gic->cfg.pe_count;
	uint32_t *from = gic5_zalloc(gic, count * sizeof(*from));
	uint32_t *to = gic5_zalloc(gic, count * sizeof(*to));

	for (uint32_t i = 0; from && i < count; i++)
		from[i] = i;
	for (uint32_t run = 1; from && to && run < count; run *= 2) {
		for (uint32_t at = 0; at < count; at += 2 * run) {
			uint32_t a = at, a_end = at + run < count ? at + run : count;
			uint32_t b = a_end, b_end = b + run < count ? b + run : count;

			for (uint32_t i = at; i < b_end; i++) {
				bool take_a = a < a_end &&
					      (b >= b_end || gic->cfg.pe[from[a]].iaffid <=
								     gic->cfg.pe[from[b]].iaffid);

				to[i] = take_a ? from[a++] : from[b++];
			}
		}
		uint32_t *swap = from;

		from = to;
		to = swap;
	}
	if (!from || !to) {
		gic5_release(gic, from, count * sizeof(*from));
		gic5_release(gic, to, count * sizeof(*to));
		return false;
	}
	gic5_release(gic, to, count * sizeof(*to));
	gic->pe_by_iaffid = from;
	return true;
}

/* Index of the PE with that IAFFID, or HOME_NOWHERE. */
uint32_t gic5_pe_of_iaffid(const struct gic5 *gic, uint32_t iaffid)
{
	uint32_t low = 0, high = gic->cfg.pe_count;

	if (iaffid < high && gic->cfg.pe[iaffid].iaffid == iaffid)
		return iaffid;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (gic->cfg.pe[gic->pe_by_iaffid[middle]].iaffid < iaffid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < gic->cfg.pe_count && gic->cfg.pe[gic->pe_by_iaffid[low]].iaffid == iaffid)
		return gic->pe_by_iaffid[low];
	return HOME_NOWHERE;
}

static bool duplicate_iaffid(const struct gic5 *gic)
{
	for (uint32_t i = 1; i < gic->cfg.pe_count; i++) {
		if (gic->cfg.pe[gic->pe_by_iaffid[i - 1]].iaffid ==
		    gic->cfg.pe[gic->pe_by_iaffid[i]].iaffid)
			return true;
	}
	return false;
}

static bool create_irs(struct gic5 *gic, uint32_t i)
{
	struct gic5_irs *irs = &gic->irs[i];

	irs->gic = gic;
	irs->index = i;
	irs->cfg = gic->cfg.irs[i];
	gic->any_one_n |= irs->cfg.one_n || irs->cfg.virt_one_n;
	if (irs->cfg.spi_irs_range)
		irs->spis = gic5_zalloc(gic, irs->cfg.spi_irs_range * sizeof(*irs->spis));
	if (irs->cfg.spi_irs_range && !irs->spis)
		return false;
	return gic5_ist_init_spis(irs);
}

static bool create_pe(struct gic5 *gic, uint32_t i)
{
	struct gic5_pe *pe = &gic->pe[i];

	pe->gic = gic;
	pe->index = i;
	pe->cfg = gic->cfg.pe[i];
	pe->irs = &gic->irs[pe->cfg.irs];
	pe->irs->pe_count++;
	pe->pri_mask = pe->cfg.pri_bits == 5 ? 0x1f : 0x1e;
	gic5_target_init(&pe->ready, TARGET_PE, i);
	if (!gic->cfg.insn_delay)
		return true;
	pe->queue = gic5_zalloc(gic, DEFER_MAX * sizeof(*pe->queue));
	return pe->queue != NULL;
}

static bool build(struct gic5 *gic, const struct gic5_config *config)
{
	if (!copy_config(gic, config) || !sort_pes(gic))
		return false;
	gic->physical.gic = gic;
	gic5_target_init(&gic->physical.nowhere, TARGET_NOWHERE, HOME_NOWHERE);
	gic5_target_init(&gic->physical.pool, TARGET_POOL, HOME_POOL);
	gic->irs = gic5_zalloc(gic, gic->cfg.irs_count * sizeof(*gic->irs));
	gic->pe = gic5_zalloc(gic, pe_bytes(gic));
	if (!gic->irs || !gic->pe)
		return false;
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		if (!create_irs(gic, i))
			return false;
	}
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		if (!create_pe(gic, i))
			return false;
	}
	return true;
}

int gic5_create(const struct gic5_config *config, const struct gic5_env *env, struct gic5 **out,
		const char **why)
{
	const char *problem = gic5_config_problem(config);
	struct gic5 *gic;

	*out = NULL;
	if (why)
		*why = problem;
	if (problem)
		return -VGIC5_E_INVAL;
	gic = env->alloc(env->opaque, sizeof(*gic));
	if (!gic)
		return -VGIC5_E_NOMEM;
	gic->env = *env;
	if (!build(gic, config)) {
		gic5_destroy(gic);
		return -VGIC5_E_NOMEM;
	}
	if (duplicate_iaffid(gic)) {
		if (why)
			*why = "two PEs with one IAFFID";
		gic5_destroy(gic);
		return -VGIC5_E_INVAL;
	}
	gic5_reset(gic);
	*out = gic;
	return 0;
}

static void free_vm(struct vm *vm, void *arg)
{
	gic5_vm_drop(vm);
}

/* Forget tables and VMs without looking at memory. */
void gic5_drop_tables(struct gic5 *gic)
{
	gic5_each_vm(gic, free_vm, NULL);
	gic5_vmt_free(gic, &gic->tables);
	if (gic->physical.lpi) {
		gic5_chunks_free(gic->physical.lpi);
		gic5_release(gic, gic->physical.lpi, sizeof(struct ist));
	}
	gic->physical.lpi = NULL;
	gic->tables = (struct tables){0};
}

void gic5_destroy(struct gic5 *gic)
{
	struct gic5_env env;

	if (!gic)
		return;
	gic5_drop_tables(gic);
	for (uint32_t i = 0; gic->irs && i < gic->cfg.irs_count; i++) {
		gic5_chunks_free(&gic->irs[i].spi_ist);
		gic5_release(gic, gic->irs[i].spis,
			     gic->cfg.irs[i].spi_irs_range * sizeof(struct spi));
	}
	for (uint32_t i = 0; gic->pe && i < gic->cfg.pe_count; i++)
		gic5_release(gic, gic->pe[i].queue, DEFER_MAX * sizeof(struct deferred));
	gic5_release(gic, gic->irs, gic->cfg.irs_count * sizeof(*gic->irs));
	gic5_release(gic, gic->pe, pe_bytes(gic));
	gic5_release(gic, gic->pe_by_iaffid, gic->cfg.pe_count * sizeof(uint32_t));
	gic5_release(gic, gic->chunks, gic->chunk_room * sizeof(*gic->chunks));
	gic5_release(gic, gic->cfg.irs, gic->cfg.irs_count * sizeof(*gic->cfg.irs));
	gic5_release(gic, gic->cfg.pe, gic->cfg.pe_count * sizeof(*gic->cfg.pe));
	gic5_shadow_free(gic);
	env = gic->env;
	env.free(env.opaque, gic, sizeof(*gic));
}

/* ---- reset ---- */

/* SPIs forget everything but the level of their wires. */
static void reset_spis(struct gic5_irs *irs)
{
	struct ist *ist = &irs->spi_ist;

	for (uint32_t i = 0; i < ist->count; i++)
		irs->spis[i] = (struct spi){.wire = irs->spis[i].wire};
	for (uint32_t c = 0; c < ist->chunk_count; c++) {
		struct chunk *chunk = chunk_at(ist, c);

		atomic_store(&chunk->known, UINT32_MAX >> (31 - (chunk->count - 1) / BLOCK_NODES));
		for (uint32_t i = 0; i < chunk->count; i++) {
			atomic_store_explicit(&chunk->nodes[i].state, NODE_KNOWN,
					      memory_order_relaxed);
			atomic_store_explicit(&chunk->nodes[i].home,
					      gic5_home(&irs->gic->physical, 0),
					      memory_order_relaxed);
			chunk->nodes[i].next = 0;
			chunk->nodes[i].prev = 0;
		}
	}
}

/* The state after a cold reset; the system is ours alone. */
void gic5_reset_locked(struct gic5 *gic)
{
	gic5_drop_tables(gic);
	gic5_target_clear(&gic->physical.pool);
	atomic_store(&gic->physical.last_choice, 0);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		gic5_target_clear(&gic->pe[i].ready);
		gic->pe[i].vpe = NULL;
		gic->pe[i].regs.dps = false; /* U3 */
	}
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		gic5_irs_defaults(&gic->irs[i]);
		reset_spis(&gic->irs[i]);
		gic5_spi_source(&gic->irs[i]);
	}
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		gic5_pe_defaults(&gic->pe[i]);
		gic5_pe_update(&gic->pe[i]);
	}
}

void gic5_reset(struct gic5 *gic)
{
	gic5_registers_lock(gic);
	gic5_exclude(gic);
	gic5_reset_locked(gic);
	gic5_include(gic);
	gic5_registers_unlock(gic);
}

struct gic5_pe *gic5_pe(struct gic5 *gic, uint32_t index)
{
	return index < gic->cfg.pe_count ? &gic->pe[index] : NULL;
}

uint32_t gic5_pe_index(const struct gic5_pe *pe)
{
	return pe->index;
}

struct gic5 *gic5_pe_system(struct gic5_pe *pe)
{
	return pe->gic;
}
