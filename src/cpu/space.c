/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The space: guest RAM, the marks on its pages, and requests from one context to the others.
 *
 * Marks (rules T2, T3 of coherence). A context that decodes code of a page sets A64_MARK_CODE first, reads
 * the bytes afterwards, and tells every other context (A64_RQ_CODE_NEW), which then takes the slow path for
 * stores to that page. Who stores to a marked page stores first and looks at the mark afterwards: either
 * the writer sees the mark or the decoder sees the bytes. A context that could have stored unnoticed when
 * CODE_NEW reaches it answers with CODE_DROP, so what was decoded in between does not survive the
 * writer's next DSB.
 *
 * Lock order: the queue lock of one context, nothing inside it.
 */
#include <sched.h>
#include <stdlib.h>

#include "guestmem.h"

#define QUEUE_SIZE 64

struct pending {
	unsigned int count;
	/* What stands for requests that did not fit, mostly to contexts that sleep for long */
	bool flush_tlb;  /* TLBI and CODE_NEW: without translations nothing is stored unnoticed */
	bool flush_code; /* CODE_DROP */
	bool answer_all; /* CODE_NEW came while the context was running and may have stored */
	struct a64_request queue[QUEUE_SIZE];
};

struct a64_requests {
	atomic_flag lock;
	struct pending pending;
};

static void queue_lock(struct a64_requests *rq)
{
	while (atomic_flag_test_and_set_explicit(&rq->lock, memory_order_acquire)) {
		sched_yield();
	}
}

static void queue_unlock(struct a64_requests *rq)
{
	atomic_flag_clear_explicit(&rq->lock, memory_order_release);
}

int a64_requests_create(struct a64_cpu *cpu)
{
	cpu->requests = calloc(1, sizeof(*cpu->requests));
	if (!cpu->requests) {
		return -VGIC5_E_NOMEM;
	}
	atomic_flag_clear(&cpu->requests->lock);
	return 0;
}

void a64_requests_destroy(struct a64_cpu *cpu)
{
	free(cpu->requests);
	cpu->requests = NULL;
}

/* ---- memory map ----------------------------------------------------------------------------------- */

static bool ipa_bits_valid(unsigned int bits)
{
	return bits == 32 || bits == 36 || bits == 40 || bits == 42 || bits == 44 || bits == 48;
}

int a64_space_create(const struct a64_space_config *config, struct a64_space **out)
{
	unsigned int bits = config->ipa_bits ? config->ipa_bits : 40;
	struct a64_space *space;

	if (!config->ops || !ipa_bits_valid(bits)) {
		return -VGIC5_E_INVAL;
	}
	space = calloc(1, sizeof(*space));
	if (!space) {
		return -VGIC5_E_NOMEM;
	}
	space->config = *config;
	space->config.ipa_bits = (uint8_t)bits;
	if (!space->config.counter_hz) {
		space->config.counter_hz = 62500000;
	}
	if (!space->config.poll_instructions) {
		space->config.poll_instructions = 16384;
	}
	*out = space;
	return 0;
}

void a64_space_destroy(struct a64_space *space)
{
	if (!space) {
		return;
	}
	for (unsigned int i = 0; i < space->regions; i++) {
		free((void *)space->region[i].marks);
	}
	free(space);
}

static int region_check(const struct a64_space *space, uint64_t ipa, uint64_t size,
			const void *host)
{
	uint64_t limit = 1ull << space->config.ipa_bits;

	if (!size || ((ipa | size | (uintptr_t)host) & A64_PAGE_MASK)) {
		return -VGIC5_E_INVAL;
	}
	if (size > limit || ipa > limit - size) {
		return -VGIC5_E_RANGE;
	}
	for (unsigned int i = 0; i < space->regions; i++) {
		const struct a64_region *r = &space->region[i];

		if (ipa < r->ipa + r->size && r->ipa < ipa + size) {
			return -VGIC5_E_EXIST;
		}
	}
	return space->regions == A64_REGIONS_MAX ? -VGIC5_E_NOSPC : 0;
}

int a64_space_map(struct a64_space *space, uint64_t ipa, uint64_t size, void *host)
{
	int error = region_check(space, ipa, size, host);
	unsigned int at = space->regions;
	_Atomic uint8_t *marks;

	if (error) {
		return error;
	}
	marks = calloc(size >> A64_PAGE_SHIFT, 1);
	if (!marks) {
		return -VGIC5_E_NOMEM;
	}
	for (; at > 0 && space->region[at - 1].ipa > ipa; at--) {
		space->region[at] = space->region[at - 1];
	}
	space->region[at] =
		(struct a64_region){.ipa = ipa, .size = size, .host = host, .marks = marks};
	space->regions++;
	for (unsigned int i = 0; i < space->cpus; i++) {
		if (space->cpu[i]) {
			a64_tlb_flush_all(space->cpu[i]);
		}
	}
	return 0;
}

const struct a64_region *a64_region_find(const struct a64_space *space, uint64_t ipa)
{
	unsigned int low = 0, high = space->regions;

	while (low < high) {
		unsigned int middle = (low + high) / 2;
		const struct a64_region *r = &space->region[middle];

		if (ipa < r->ipa) {
			high = middle;
		} else if (ipa - r->ipa >= r->size) {
			low = middle + 1;
		} else {
			return r;
		}
	}
	return NULL;
}

uint8_t *a64_page_host(const struct a64_space *space, uint64_t ipa, _Atomic uint8_t **mark)
{
	const struct a64_region *r = a64_region_find(space, ipa);
	uint64_t page;

	if (!r) {
		return NULL;
	}
	page = (ipa - r->ipa) >> A64_PAGE_SHIFT;
	if (mark) {
		*mark = &r->marks[page];
	}
	return r->host + (page << A64_PAGE_SHIFT);
}

void *a64_space_ptr(struct a64_space *space, uint64_t ipa, uint64_t len)
{
	const struct a64_region *r = a64_region_find(space, ipa);

	if (!r || len > r->size - (ipa - r->ipa)) {
		return NULL;
	}
	return r->host + (ipa - r->ipa);
}

/* ---- writes that the PEs must see ----------------------------------------------------------------- */

/*
 * Stepped mode: open the monitors of other contexts on what was written. The page needs its mark as long as
 * any of them watches it.
 */
static void monitors_written(struct a64_space *space, const struct a64_cpu *from,
			     const uint8_t *host, uint64_t len, _Atomic uint8_t *mark)
{
	uintptr_t low = (uintptr_t)host, page = low & ~(uintptr_t)A64_PAGE_MASK;
	bool watched = false;

	for (unsigned int i = 0; i < space->cpus; i++) {
		struct a64_cpu *cpu = space->cpu[i];

		if (!cpu || cpu == from || !cpu->ex_host) {
			continue;
		}
		if (cpu->ex_host < low + len && low < cpu->ex_host + cpu->ex_size) {
			cpu->ex_host = 0;
		} else if ((cpu->ex_host & ~(uintptr_t)A64_PAGE_MASK) == page) {
			watched = true;
		}
	}
	if (!watched) {
		atomic_fetch_and(mark, (uint8_t)~A64_MARK_MONITOR);
	}
}

bool a64_marked_page_written(struct a64_space *space, struct a64_cpu *cpu, uint64_t ipa,
			     uint64_t len, _Atomic uint8_t *mark)
{
	struct a64_request drop = {.kind = A64_RQ_CODE_DROP, .address = ipa & ~A64_PAGE_MASK};
	uint8_t old;

	atomic_thread_fence(memory_order_seq_cst);
	old = atomic_load_explicit(mark, memory_order_relaxed);
	if (old & A64_MARK_MONITOR) {
		monitors_written(space, cpu, a64_space_ptr(space, ipa, len), len, mark);
	}
	if (!(old & A64_MARK_CODE)) {
		return false;
	}
	atomic_fetch_and(mark, (uint8_t)~A64_MARK_CODE);
	a64_broadcast(space, cpu, &drop);
	return cpu && a64_blocks_drop_page(cpu, drop.address);
}

void a64_space_written(struct a64_space *space, uint64_t ipa, uint64_t len)
{
	while (len) {
		uint64_t part = A64_PAGE_SIZE - (ipa & A64_PAGE_MASK);
		_Atomic uint8_t *mark;

		part = part < len ? part : len;
		if (a64_page_host(space, ipa, &mark)) {
			a64_marked_page_written(space, NULL, ipa, part, mark);
		}
		ipa += part;
		len -= part;
	}
}

static bool range_is_ram(const struct a64_space *space, uint64_t ipa, uint64_t len)
{
	while (len) {
		const struct a64_region *r = a64_region_find(space, ipa);
		uint64_t part;

		if (!r) {
			return false;
		}
		part = r->size - (ipa - r->ipa);
		part = part < len ? part : len;
		ipa += part;
		len -= part;
	}
	return true;
}

static void copy_range(struct a64_space *space, uint64_t ipa, uint8_t *to, const uint8_t *from,
		       uint64_t len)
{
	while (len) {
		const struct a64_region *r = a64_region_find(space, ipa);
		uint64_t part = r->size - (ipa - r->ipa);
		uint8_t *host = r->host + (ipa - r->ipa);

		part = part < len ? part : len;
		if (to) {
			a64_copy_racy(to, host, part);
			to += part;
		} else {
			a64_copy_racy(host, from, part);
			from += part;
		}
		ipa += part;
		len -= part;
	}
}

int a64_space_dma_read(struct a64_space *space, uint64_t ipa, void *to, uint64_t len)
{
	if (!range_is_ram(space, ipa, len)) {
		return -VGIC5_E_FAULT;
	}
	copy_range(space, ipa, to, NULL, len);
	return 0;
}

int a64_space_dma_write(struct a64_space *space, uint64_t ipa, const void *from, uint64_t len)
{
	if (!range_is_ram(space, ipa, len)) {
		return -VGIC5_E_FAULT;
	}
	copy_range(space, ipa, NULL, from, len);
	a64_space_written(space, ipa, len);
	return 0;
}

/* ---- requests ------------------------------------------------------------------------------------- */

static void overflow(struct pending *rq, enum a64_request_kind kind)
{
	if (kind == A64_RQ_CODE_DROP || kind == A64_RQ_CODE_DROP_ALL) {
		rq->flush_code = true;
	} else {
		rq->flush_tlb = true;
	}
}

static void queue_request(struct a64_cpu *cpu, const struct a64_request *request)
{
	struct a64_requests *rq = cpu->requests;
	bool full;

	queue_lock(rq);
	full = rq->pending.count == QUEUE_SIZE;
	if (full) {
		overflow(&rq->pending, request->kind);
	} else {
		rq->pending.queue[rq->pending.count++] = *request;
	}
	queue_unlock(rq);
	atomic_fetch_or(&cpu->attention, A64_ATT_REQUEST);
	/* A context that stands still serves its queue before it stores again: no answer is needed */
	if (full && request->kind == A64_RQ_CODE_NEW && atomic_load(&cpu->running)) {
		queue_lock(rq);
		rq->pending.answer_all = true;
		queue_unlock(rq);
		atomic_fetch_or(&cpu->attention, A64_ATT_REQUEST);
	}
}

void a64_broadcast(struct a64_space *space, const struct a64_cpu *from,
		   const struct a64_request *request)
{
	for (unsigned int i = 0; i < space->cpus; i++) {
		if (space->cpu[i] && space->cpu[i] != from) {
			queue_request(space->cpu[i], request);
		}
	}
}

static void serve(struct a64_cpu *cpu, const struct a64_request *request)
{
	struct a64_request answer = {.kind = A64_RQ_CODE_DROP, .address = request->address};

	switch (request->kind) {
	case A64_RQ_TLBI_ALL: a64_tlb_flush_all(cpu); break;
	case A64_RQ_TLBI_ASID: a64_tlb_flush_asid(cpu, request->asid); break;
	case A64_RQ_TLBI_VA: a64_tlb_flush_va(cpu, request->address, false, request->asid); break;
	case A64_RQ_TLBI_VA_ALL: a64_tlb_flush_va(cpu, request->address, true, 0); break;
	case A64_RQ_CODE_DROP: a64_blocks_drop_page(cpu, request->address); break;
	case A64_RQ_CODE_DROP_ALL: a64_blocks_flush(cpu); break;
	case A64_RQ_CODE_NEW:
		if (a64_tlb_protect_page(cpu, request->address)) {
			a64_broadcast(cpu->space, cpu, &answer);
		}
		break;
	}
}

/* The requests that did not fit */
static void serve_overflow(struct a64_cpu *cpu, const struct pending *lost)
{
	struct a64_request all = {.kind = A64_RQ_CODE_DROP_ALL};

	if (lost->flush_tlb) {
		a64_tlb_flush_all(cpu);
	}
	if (lost->flush_code) {
		a64_blocks_flush(cpu);
	}
	if (lost->answer_all) {
		a64_broadcast(cpu->space, cpu, &all);
	}
}

void a64_serve_requests(struct a64_cpu *cpu)
{
	struct a64_requests *rq = cpu->requests;
	struct pending *p = &rq->pending;
	struct pending taken;

	/* The bit stays set until all is done: a64_wait_broadcast() of others looks at it */
	queue_lock(rq);
	taken = *p;
	p->count = 0;
	p->flush_tlb = false;
	p->flush_code = false;
	p->answer_all = false;
	queue_unlock(rq);

	for (unsigned int i = 0; i < taken.count; i++) {
		serve(cpu, &taken.queue[i]);
	}
	serve_overflow(cpu, &taken);
	/* The block in which this happened may be one of those dropped */
	atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
	queue_lock(rq);
	if (!p->count && !p->flush_tlb && !p->flush_code && !p->answer_all) {
		atomic_fetch_and(&cpu->attention, ~A64_ATT_REQUEST);
	}
	queue_unlock(rq);
}

void a64_wait_broadcast(struct a64_cpu *cpu)
{
	struct a64_space *space = cpu->space;

	cpu->tlbi_issued = false;
	if (space->config.stepped) {
		return;
	}
	for (unsigned int i = 0; i < space->cpus; i++) {
		struct a64_cpu *other = space->cpu[i];

		if (!other || other == cpu) {
			continue;
		}
		while (atomic_load(&other->running) &&
		       (atomic_load(&other->attention) & A64_ATT_REQUEST)) {
			if (atomic_load(&cpu->attention) & A64_ATT_REQUEST) {
				a64_serve_requests(cpu);
			}
			sched_yield();
		}
	}
}

/* Callbacks nest: one may call functions of the engine that call out again */
void a64_callback_enter(struct a64_cpu *cpu)
{
	if (cpu->callouts++ == 0) {
		cpu->was_running = atomic_exchange(&cpu->running, 0);
	}
}

void a64_callback_leave(struct a64_cpu *cpu)
{
	if (--cpu->callouts || !cpu->was_running) {
		return;
	}
	atomic_store(&cpu->running, 1);
	/* What was queued meanwhile is served before this context uses a translation again */
	if (atomic_load(&cpu->attention) & A64_ATT_REQUEST) {
		a64_serve_requests(cpu);
	}
}
