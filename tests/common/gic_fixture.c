/* SPDX-License-Identifier: BSD-2-Clause */
/* The test fixture: life cycle, the environment's callbacks, reports and memory. */
#include "gic_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct gic5_ctx gic_el0 = {.el = 0};
const struct gic5_ctx gic_el0_virt = {.el = 0, .hcr_imo = true};
const struct gic5_ctx gic_el1 = {.el = 1};
const struct gic5_ctx gic_el1_virt = {.el = 1, .hcr_imo = true};
const struct gic5_ctx gic_el2 = {.el = 2, .hcr_imo = true};
const struct gic5_ctx gic_el3 = {.el = 3};

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

unsigned gic_rounds(unsigned normal)
{
	const char *text = getenv("VGIC5_ROUNDS");

	if (text)
		return (unsigned)strtoul(text, NULL, 0);
#ifdef SANITIZED
	return normal / 10;
#else
	return normal;
#endif
}

/* Each allocation is preceded by its size, so that a free with another size is noticed. */
#define ALLOC_HEADER 64

static void *env_alloc(void *opaque, size_t size)
{
	struct gic_fixture *fx = opaque;
	bool fail;

	pthread_mutex_lock(&fx->lock);
	fail = fx->fail_alloc && --fx->fail_alloc == 0;
	if (!fail) {
		fx->alloc_count++;
		fx->alloc_bytes += size;
	}
	pthread_mutex_unlock(&fx->lock);
	if (fail)
		return NULL;

	size_t total = (size + ALLOC_HEADER + 63) & ~(size_t)63;
	uint8_t *block = aligned_alloc(64, total);

	if (!block)
		return NULL;
	memset(block, 0, total);
	memcpy(block, &size, sizeof(size));
	return block + ALLOC_HEADER;
}

static void env_free(void *opaque, void *ptr, size_t size)
{
	struct gic_fixture *fx = opaque;
	size_t allocated;

	memcpy(&allocated, (uint8_t *)ptr - ALLOC_HEADER, sizeof(allocated));
	if (allocated != size) {
		fprintf(stderr, "free of %zu bytes, allocated %zu\n", size, allocated);
		abort();
	}
	pthread_mutex_lock(&fx->lock);
	fx->free_count++;
	fx->alloc_bytes -= size;
	pthread_mutex_unlock(&fx->lock);
	free((uint8_t *)ptr - ALLOC_HEADER);
}

static uint8_t *memory_at(struct gic_fixture *fx, uint64_t pa, size_t len)
{
	if (pa < fx->memory_base || len > fx->memory_size ||
	    pa - fx->memory_base > fx->memory_size - len)
		return NULL;
	return fx->memory + (pa - fx->memory_base);
}

/* Aligned words are single-copy atomic, as struct gic5_env demands. */
static bool env_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	const uint8_t *at = memory_at(opaque, pa, len);
	uint64_t word8;
	uint32_t word4;

	if (!at)
		return false;
	if (len == 8 && pa % 8 == 0) {
		word8 = __atomic_load_n((const uint64_t *)(const void *)at, __ATOMIC_RELAXED);
		memcpy(buf, &word8, 8);
	} else if (len == 4 && pa % 4 == 0) {
		word4 = __atomic_load_n((const uint32_t *)(const void *)at, __ATOMIC_RELAXED);
		memcpy(buf, &word4, 4);
	} else {
		memcpy(buf, at, len);
	}
	return true;
}

static bool env_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	uint8_t *at = memory_at(opaque, pa, len);
	uint64_t word8;
	uint32_t word4;

	if (!at)
		return false;
	if (len == 8 && pa % 8 == 0) {
		memcpy(&word8, buf, 8);
		__atomic_store_n((uint64_t *)(void *)at, word8, __ATOMIC_RELAXED);
	} else if (len == 4 && pa % 4 == 0) {
		memcpy(&word4, buf, 4);
		__atomic_store_n((uint32_t *)(void *)at, word4, __ATOMIC_RELAXED);
	} else {
		memcpy(at, buf, len);
	}
	return true;
}

static void env_line(void *opaque, unsigned pe, enum gic5_line line, bool level)
{
	struct gic_fixture *fx = opaque;

	if (pe >= GIC_FX_PE_MAX)
		return;
	__atomic_store_n(&fx->line[pe][line], level, __ATOMIC_RELAXED);
	__atomic_add_fetch(&fx->line_changes[pe][line], 1, __ATOMIC_RELAXED);
}

static void env_event(void *opaque, const struct gic5_event *event)
{
	struct gic_fixture *fx = opaque;

	pthread_mutex_lock(&fx->lock);
	fx->events[event->kind]++;
	fx->last_event[event->kind] = *event;
	pthread_mutex_unlock(&fx->lock);
}

static bool rule_allowed(const struct gic_fixture *fx, unsigned rule, enum gic5_origin origin)
{
	return fx->allowed[GIC_ANY_RULE][origin] ||
	       (rule < GIC_FX_RULE_MAX && fx->allowed[rule][origin]);
}

static void env_report(void *opaque, const struct gic5_report *report)
{
	struct gic_fixture *fx = opaque;

	pthread_mutex_lock(&fx->lock);
	if (!rule_allowed(fx, report->rule, report->origin)) {
		if (fx->report_count < GIC_FX_REPORT_MAX)
			fx->reports[fx->report_count++] = *report;
		else
			fx->reports_dropped++;
	}
	pthread_mutex_unlock(&fx->lock);
}

static void env_relax(void *opaque)
{
	(void)opaque;
	sched_yield();
}

void gic_fixture_init(struct gic_fixture *fx)
{
	unsigned i;

	memset(fx, 0, sizeof(*fx));
	pthread_mutex_init(&fx->lock, NULL);
	gic5_config_default(&fx->cfg);
	for (i = 0; i < GIC5_MAX_IRS; i++)
		gic5_irs_config_default(&fx->irs[i]);
	for (i = 0; i < GIC_FX_PE_MAX; i++)
		gic5_pe_config_default(&fx->pe[i], i);
	fx->cfg.irs = fx->irs;
	fx->cfg.pe = fx->pe;
	fx->cfg.irs_count = 1;
	fx->cfg.pe_count = 2;
	fx->cfg.strict = true;
	fx->memory_base = GIC_FX_MEMORY_BASE;
	fx->memory_size = GIC_FX_MEMORY_SIZE;
	fx->env = (struct gic5_env){
		.opaque = fx,
		.alloc = env_alloc,
		.free = env_free,
		.read = env_read,
		.write = env_write,
		.line = env_line,
		.event = env_event,
		.report = env_report,
		.relax = env_relax,
	};
}

int gic_fixture_start(struct gic_fixture *fx)
{
	const char *why = NULL;
	int ret;

	fx->memory = calloc(1, fx->memory_size);
	if (!fx->memory)
		return -VGIC5_E_NOMEM;
	fx->memory_next = fx->memory_base;
	ret = gic5_create(&fx->cfg, &fx->env, &fx->gic, &why);
	if (ret == -VGIC5_E_INVAL)
		snprintf(fx->trouble, sizeof(fx->trouble), "%s", why ? why : "no reason given");
	return ret;
}

static void describe_leftover(struct gic_fixture *fx)
{
	const struct gic5_report *r = &fx->reports[0];

	if (fx->report_count) {
		snprintf(fx->trouble, sizeof(fx->trouble),
			 "%u unexpected strict reports, first: rule %u, %s, %s: %s (%s), value "
			 "%#llx",
			 fx->report_count + fx->reports_dropped, r->rule,
			 r->origin == GIC5_ORIGIN_HOST ? "host" : "guest", r->what, r->text,
			 r->done, (unsigned long long)r->value);
	} else if (fx->alloc_count != fx->free_count || fx->alloc_bytes) {
		snprintf(fx->trouble, sizeof(fx->trouble),
			 "%zu allocations, %zu frees, %zu bytes left", fx->alloc_count,
			 fx->free_count, fx->alloc_bytes);
	}
}

const char *gic_fixture_stop(struct gic_fixture *fx)
{
	gic5_destroy(fx->gic);
	fx->gic = NULL;
	free(fx->memory);
	fx->memory = NULL;
	fx->trouble[0] = '\0';
	describe_leftover(fx);
	pthread_mutex_destroy(&fx->lock);
	return fx->trouble[0] ? fx->trouble : NULL;
}

void gic_allow_reports(struct gic_fixture *fx, unsigned rule, enum gic5_origin origin)
{
	pthread_mutex_lock(&fx->lock);
	fx->allowed[rule][origin] = true;
	pthread_mutex_unlock(&fx->lock);
}

unsigned gic_take_reports(struct gic_fixture *fx, unsigned rule, enum gic5_origin origin,
			  struct gic5_report *last)
{
	unsigned taken = 0, kept = 0, i;

	pthread_mutex_lock(&fx->lock);
	for (i = 0; i < fx->report_count; i++) {
		struct gic5_report *r = &fx->reports[i];

		if ((rule == GIC_ANY_RULE || r->rule == rule) && r->origin == origin) {
			if (last)
				*last = *r;
			taken++;
		} else {
			fx->reports[kept++] = *r;
		}
	}
	fx->report_count = kept;
	pthread_mutex_unlock(&fx->lock);
	return taken;
}

/* ---- memory ---- */

uint64_t gic_alloc(struct gic_fixture *fx, uint64_t size, uint64_t align)
{
	uint64_t pa;

	if (align < 64)
		align = 64;
	pa = (fx->memory_next + align - 1) & ~(align - 1);
	if (!memory_at(fx, pa, size)) {
		fprintf(stderr, "gic_alloc: out of memory\n");
		abort();
	}
	fx->memory_next = pa + size;
	return pa;
}

static uint8_t *memory_must(struct gic_fixture *fx, uint64_t pa, size_t len)
{
	uint8_t *at = memory_at(fx, pa, len);

	if (!at) {
		fprintf(stderr, "no memory at %#llx\n", (unsigned long long)pa);
		abort();
	}
	return at;
}

uint32_t gic_peek32(struct gic_fixture *fx, uint64_t pa)
{
	return __atomic_load_n((uint32_t *)(void *)memory_must(fx, pa, 4), __ATOMIC_RELAXED);
}

uint64_t gic_peek64(struct gic_fixture *fx, uint64_t pa)
{
	return __atomic_load_n((uint64_t *)(void *)memory_must(fx, pa, 8), __ATOMIC_RELAXED);
}

void gic_poke32(struct gic_fixture *fx, uint64_t pa, uint32_t value)
{
	__atomic_store_n((uint32_t *)(void *)memory_must(fx, pa, 4), value, __ATOMIC_RELAXED);
}

void gic_poke64(struct gic_fixture *fx, uint64_t pa, uint64_t value)
{
	__atomic_store_n((uint64_t *)(void *)memory_must(fx, pa, 8), value, __ATOMIC_RELAXED);
}

void gic_repair_state(uint8_t *state, size_t bytes)
{
	const size_t header = 32;
	uint64_t sum = UINT64_C(0xcbf29ce484222325), length;
	size_t i;

	if (bytes < header)
		return;
	length = bytes - header;
	for (i = header; i < bytes; i++)
		sum = (sum ^ state[i]) * UINT64_C(0x100000001b3);
	memcpy(state + 16, &length, sizeof(length));
	memcpy(state + 24, &sum, sizeof(sum));
}
