/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The noncoherent knob (facts page, 17.2): tables are read as a device without coherency sees them.
 * What software never cleaned to memory reads as zero; what it cleaned reads as it was then. The
 * model's own writes reach memory. Software that forgets maintenance fails visibly.
 *
 * Kept in pages of 4 KiB with a bit per cache line, in a hash table by address. The lock is
 * innermost.
 */
#include "hw.h"

#define PAGE_BYTES 4096U
#define LINE_BYTES 64U

struct shadow_page {
	uint64_t base;
	uint64_t lines; /* which are known */
	uint8_t bytes[PAGE_BYTES];
};

static uint32_t slot_of(const struct shadow *shadow, uint64_t base)
{
	uint64_t hash = (base / PAGE_BYTES) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(hash >> 32) & (shadow->room - 1);
}

static struct shadow_page **find_slot(const struct shadow *shadow, uint64_t base)
{
	uint32_t slot = slot_of(shadow, base);

	while (shadow->pages[slot] && shadow->pages[slot]->base != base)
		slot = (slot + 1) & (shadow->room - 1);
	return &shadow->pages[slot];
}

static bool grow(struct gic5 *gic)
{
	struct shadow wider = {.room = gic->shadow.room ? gic->shadow.room * 2 : 64,
			       .used = gic->shadow.used};

	wider.pages = gic5_zalloc(gic, wider.room * sizeof(*wider.pages));
	if (!wider.pages)
		return false;
	for (uint32_t i = 0; i < gic->shadow.room; i++) {
		if (gic->shadow.pages[i])
			*find_slot(&wider, gic->shadow.pages[i]->base) = gic->shadow.pages[i];
	}
	gic5_release(gic, gic->shadow.pages, gic->shadow.room * sizeof(*wider.pages));
	gic->shadow.pages = wider.pages;
	gic->shadow.room = wider.room;
	return true;
}

static struct shadow_page *page_of(struct gic5 *gic, uint64_t base, bool create)
{
	struct shadow *shadow = &gic->shadow;
	struct shadow_page **slot;

	if (create && shadow->used * 2 >= shadow->room && !grow(gic))
		return NULL;
	if (!shadow->room)
		return NULL;
	slot = find_slot(shadow, base);
	if (!*slot && create) {
		*slot = gic5_zalloc(gic, sizeof(**slot));
		if (*slot) {
			(*slot)->base = base;
			shadow->used++;
		}
	}
	return *slot;
}

/* What a device without coherency reads at @pa, which is memory. */
void gic5_shadow_read(struct gic5 *gic, uint64_t pa, uint8_t *buf, size_t len)
{
	lock(gic, &gic->shadow.lock);
	for (size_t i = 0; i < len; i++) {
		uint64_t at = pa + i;
		const struct shadow_page *page = page_of(gic, at & ~(PAGE_BYTES - 1ULL), false);
		uint32_t offset = at & (PAGE_BYTES - 1);

		buf[i] = page && page->lines >> (offset / LINE_BYTES) & 1 ? page->bytes[offset] : 0;
	}
	unlock(&gic->shadow.lock);
}

void gic5_shadow_write(struct gic5 *gic, uint64_t pa, const uint8_t *buf, size_t len)
{
	lock(gic, &gic->shadow.lock);
	for (size_t i = 0; i < len; i++) {
		uint64_t at = pa + i;
		struct shadow_page *page = page_of(gic, at & ~(PAGE_BYTES - 1ULL), true);
		uint32_t offset = at & (PAGE_BYTES - 1);

		if (!page)
			break;
		page->lines |= UINT64_C(1) << (offset / LINE_BYTES);
		page->bytes[offset] = buf[i];
	}
	unlock(&gic->shadow.lock);
}

void gic5_cache_maintain(struct gic5 *gic, uint64_t pa, uint64_t len)
{
	uint64_t end = pa + len;
	uint8_t line[LINE_BYTES];

	if (!gic->cfg.noncoherent || end < pa)
		return;
	for (uint64_t at = pa & ~(LINE_BYTES - 1ULL); at < end; at += LINE_BYTES) {
		if (!gic->env.read(gic->env.opaque, at, line, sizeof(line)))
			return;
		gic5_shadow_write(gic, at, line, sizeof(line));
	}
}

void gic5_shadow_free(struct gic5 *gic)
{
	struct shadow *shadow = &gic->shadow;

	for (uint32_t i = 0; i < shadow->room; i++)
		gic5_release(gic, shadow->pages[i], sizeof(struct shadow_page));
	gic5_release(gic, shadow->pages, shadow->room * sizeof(*shadow->pages));
}
