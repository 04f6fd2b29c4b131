/* SPDX-License-Identifier: BSD-2-Clause */
/* Random comparison: the configuration, tables and operations that a seed stands for. */
#include "compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct gic5_ctx world_ctx[CTX_COUNT] = {
	[CTX_EL2] = {.el = 2,          .hcr_imo = true},
	[CTX_EL1_VIRT] = {.el = 1,                .hcr_imo = true},
	[CTX_EL1] = {.el = 1},
	[CTX_EL2_NMI] = {.el = 2,          .nmi = true},
	[CTX_EL1_VIRT_NMI] = {.el = 1,          .hcr_imo = true, .nmi = true},
	[CTX_EL0] = {.el = 0               },
};

/* splitmix64 */
uint64_t random64(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

unsigned below(uint64_t *state, unsigned limit)
{
	return (unsigned)((random64(state) >> 33) % limit);
}

static bool chance(struct world *w, unsigned percent)
{
	return below(&w->random, 100) < percent;
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list args;

	if (w->failed)
		return;
	w->failed = true;
	va_start(args, format);
	vsnprintf(w->why, sizeof(w->why), format, args);
	va_end(args);
}

/* ---- configuration ---- */

static void configure_irs(struct world *w)
{
	struct gic5_irs_config *irs = &w->fx.irs[0];
	struct gic5_config *cfg = &w->fx.cfg;
	uint64_t *r = &w->random;
	unsigned i, spis = 12 + below(r, 9);

	irs->virt = w->profile != PROFILE_PHYSICAL || chance(w, 50);
	irs->priority_bits = (uint8_t)(1 + below(r, 5));
	irs->istmd = chance(w, 50);
	irs->istmd_sz = irs->istmd ? (uint8_t)below(r, 20) : 0;
	irs->ist_levels = chance(w, 80);
	irs->ist_l2sz = (uint8_t)(1 + below(r, 7));
	irs->vmt_levels = chance(w, 70);
	irs->vm_id_bits = (uint8_t)(8 + below(r, 3));
	irs->vmd = chance(w, 70);
	irs->vpe_id_bits = (uint8_t)(3 + below(r, 6));
	irs->setlpi = chance(w, 50);
	irs->id_bits = (uint8_t)(16 + below(r, 9));
	irs->iaffid_bits = 16;
	irs->one_n = w->profile == PROFILE_ONE_OF_N;
	irs->virt_one_n = irs->one_n && irs->virt;
	cfg->irs_count = w->profile == PROFILE_SEVERAL_IRS ? 2 + below(r, 2) : 1;
	for (i = 0; i < cfg->irs_count; i++) {
		w->fx.irs[i] = *irs;
		w->fx.irs[i].irsid = (uint16_t)(3 * i);
		w->fx.irs[i].spi_base = i * spis;
		w->fx.irs[i].spi_irs_range = spis;
	}
	w->spi_count = spis * cfg->irs_count;
	cfg->spi_range = w->spi_count;
}

static void configure_pes(struct world *w)
{
	static const uint16_t sparse[REF_PES] = {7, 300, 2, 65535};
	static const unsigned extra[] = {64, 67, 100, 127};
	struct gic5_config *cfg = &w->fx.cfg;
	bool dense = chance(w, 60);
	unsigned i, n;
	uint8_t bits = chance(w, 80) ? 5 : 4;

	cfg->pe_count = 1 + below(&w->random, REF_PES);
	if (w->profile == PROFILE_ONE_OF_N && cfg->pe_count == 1)
		cfg->pe_count = 3;
	for (i = 0; i < cfg->pe_count; i++) {
		struct gic5_pe_config *pe = &w->fx.pe[i];

		if (!dense)
			pe->iaffid = sparse[i];
		pe->irs = (uint8_t)(i % cfg->irs_count);
		pe->pri_bits = bits;
		for (n = 0; n < 4; n++) {
			if ((i + n) % 2 == 0)
				continue;
			pe->ppi_implemented[1] |= UINT64_C(1) << (extra[n] % 64);
			pe->ppi_level[1] |= (uint64_t)(n >> 1 & 1) << (extra[n] % 64);
		}
	}
	if (bits == 4 && w->fx.irs[0].priority_bits == 5) {
		for (i = 0; i < cfg->irs_count; i++)
			w->fx.irs[i].priority_bits = 4;
	}
}

static void configure(struct world *w)
{
	struct gic5_config *cfg = &w->fx.cfg;

	configure_irs(w);
	configure_pes(w);
	cfg->ppi_wins_tie = chance(w, 70);
	cfg->link_at_reset = chance(w, 80);
	cfg->event_sets_hm = chance(w, 70);
	cfg->honour_pending_on_valid = chance(w, 70);
	cfg->firmware_has_run = chance(w, 60);
	cfg->vdrcfg_context = chance(w, 50) ? GIC5_VDRCFG_RESIDENT : GIC5_VDRCFG_OPERAND;
	cfg->insn_delay = chance(w, 10) ? 1 + below(&w->random, 5) : 0;
	w->delay = chance(w, 10) ? 1 + below(&w->random, 3) : 0;
	w->fx.memory_size = 4 << 20;
}

static void set_delays(struct world *w)
{
	unsigned irs, status;

	for (irs = 0; irs < w->fx.cfg.irs_count; irs++) {
		for (status = 0; status < GIC5_STATUS_COUNT; status++)
			gic5_set_delay(w->fx.gic, irs, status, w->delay);
	}
}

/* ---- tables ---- */

/* A shape that the configuration allows, with few interrupts. */
static struct gic_ist random_shape(struct world *w, unsigned min_bits, unsigned max_bits)
{
	const struct gic5_irs_config *irs = &w->fx.irs[0];
	struct gic_ist ist = {.id_bits = min_bits + below(&w->random, max_bits - min_bits + 1)};

	ist.two_level = irs->ist_levels && chance(w, 60);
	if (ist.two_level) {
		do
			ist.l2sz = below(&w->random, 3);
		while (!(irs->ist_l2sz >> ist.l2sz & 1));
		if (ist.l2sz == 0 && chance(w, 70))
			ist.id_bits = 9 + below(&w->random, 3);
	}
	ist.istsz = !irs->istmd ? 0 : ist.id_bits < irs->istmd_sz ? 1 : 2;
	return ist;
}

/* Numbers worth naming: the ends, the seams between level 2 tables, and what is outside. */
static void choose_ids(struct world *w, uint32_t *ids, unsigned count, const struct gic_ist *ist)
{
	uint32_t size = 1U << ist->id_bits, l2 = 1U << gic5_ist_l2_bits(ist->istsz, ist->l2sz);
	const uint32_t fixed[] = {0, 1, 2, 3, size - 1, size, l2 - 1, l2, 0xffffff};
	unsigned i;

	for (i = 0; i < count; i++) {
		if (i < sizeof(fixed) / sizeof(fixed[0]))
			ids[i] = fixed[i];
		else
			ids[i] = below(&w->random, size);
	}
}

static void make_vm(struct world *w, unsigned n)
{
	static const unsigned vm_ids[WORLD_VMS] = {0, 1, 5, 130};
	struct gic_fixture *fx = &w->fx;
	struct gic_vm *vm = &w->vm[n];
	unsigned i;

	vm->vm_id = vm_ids[n];
	vm->vpe_id_bits = 1 + below(&w->random, 2);
	vm->vpe_count = 1U << vm->vpe_id_bits;
	vm->lpi = random_shape(w, 4, 8);
	vm->spi = random_shape(w, 3, 6);
	vm->vpet = gic_alloc(fx, 64, 64);
	vm->vmd = w->fx.irs[0].vmd ? gic_alloc(fx, 4096, 4096) : 0;
	gic_ist_make(fx, &vm->lpi, chance(w, 60));
	gic_ist_make(fx, &vm->spi, chance(w, 60));
	for (i = 0; i < vm->vpe_count; i++)
		w->vped[n][i] = gic_alloc(fx, UINT64_C(1) << fx->irs[0].vped_sz, 64);
}

static void make_tables(struct world *w)
{
	struct gic_fixture *fx = &w->fx;
	unsigned i;

	w->lpis = random_shape(w, 5, 9);
	gic_ist_make(fx, &w->lpis, chance(w, 40));
	choose_ids(w, w->lpi_ids, WORLD_LPIS, &w->lpis);
	if (!fx->irs[0].virt)
		return;
	w->vm_id_bits = 8;
	w->vmt_two_level = fx->irs[0].vmt_levels && chance(w, 70);
	w->vmt = gic_alloc(fx, 32 << 8, 32 << 8);
	for (i = 0; w->vmt_two_level && i < 2; i++)
		gic_poke64(fx, w->vmt + 8 * i, gic_alloc(fx, 4096, 4096));
	for (i = 0; i < WORLD_VMS; i++)
		make_vm(w, i);
	choose_ids(w, w->vlpi_ids, WORLD_VIDS, &w->vm[1].lpi);
	choose_ids(w, w->vspi_ids, WORLD_VIDS, &w->vm[1].spi);
	w->vspi_ids[7] = 4;
	w->vlpi_ids[6] = 5;
}

bool world_make(struct world *w, enum profile profile, uint64_t seed)
{
	static const unsigned ppis[WORLD_PPIS] = {3, 23, 26, 27, 28, 30, 64, 67, 100, 127, 25, 31};
	memset(w, 0, sizeof(*w));
	w->profile = profile;
	w->random = seed * 0x2545f4914f6cdd1d + profile;
	memcpy(w->ppi_ids, ppis, sizeof(ppis));
	gic_fixture_init(&w->fx);
	configure(w);
	world_watch_reports(w);
	if (gic_fixture_start(&w->fx)) {
		world_fail(w, "not created: %s", w->fx.trouble);
		return false;
	}
	make_tables(w);
	set_delays(w);
	w->ref_memory = calloc(1, w->fx.memory_size);
	if (!w->ref_memory)
		abort();
	memcpy(w->ref_memory, w->fx.memory, w->fx.memory_next - w->fx.memory_base);
	ref_init(&w->ref, &w->fx.cfg, w->ref_memory, w->fx.memory_base, w->fx.memory_size);
	return true;
}

void world_free(struct world *w)
{
	const char *trouble;

	gic_take_reports(&w->fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
	gic_take_reports(&w->fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST, NULL);
	trouble = gic_fixture_stop(&w->fx);

	if (trouble)
		world_fail(w, "%s", trouble);
	free(w->ref_memory);
}
