/* SPDX-License-Identifier: BSD-2-Clause */
/* Split virtqueues, device side. */
#include "virtq.h"

#include <stdatomic.h>
#include <string.h>

#define DESC_SIZE            16
#define DESC_F_NEXT          1u
#define DESC_F_WRITE         2u
#define DESC_F_INDIRECT      4u
#define AVAIL_F_NO_INTERRUPT 1u

struct desc {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
	uint16_t next;
};

/* The driver and the device rings: flags, idx, entries, then the other side's event index. */
static uint64_t avail_idx(const struct virtq *q)
{
	return q->driver + 2;
}

static uint64_t avail_entry(const struct virtq *q, uint16_t i)
{
	return q->driver + 4 + 2 * (uint64_t)(i % q->size);
}

static uint64_t used_event(const struct virtq *q)
{
	return q->driver + 4 + 2 * (uint64_t)q->size;
}

static uint64_t used_idx(const struct virtq *q)
{
	return q->device + 2;
}

static uint64_t used_entry(const struct virtq *q, uint16_t i)
{
	return q->device + 4 + 8 * (uint64_t)(i % q->size);
}

static uint64_t avail_event(const struct virtq *q)
{
	return q->device + 4 + 8 * (uint64_t)q->size;
}

bool virtq_in_ram(const struct virtq *q, const struct vmm_mem *mem)
{
	return q->desc % 16 == 0 && q->driver % 2 == 0 && q->device % 4 == 0 &&
	       vmm_mem_map(mem, q->desc, DESC_SIZE * (uint64_t)q->size) &&
	       vmm_mem_map(mem, q->driver, 6 + 2 * (uint64_t)q->size) &&
	       vmm_mem_map(mem, q->device, 6 + 8 * (uint64_t)q->size);
}

static bool read_desc(const struct vmm_mem *mem, uint64_t table, uint32_t i, struct desc *desc)
{
	const uint8_t *p = vmm_mem_map(mem, table + (uint64_t)i * DESC_SIZE, DESC_SIZE);
	uint8_t copy[DESC_SIZE];

	if (!p) {
		return false;
	}
	memcpy(copy, p, sizeof(copy)); /* once: the driver may change it under us */
	desc->addr = vmm_le(copy, 8);
	desc->len = (uint32_t)vmm_le(copy + 8, 4);
	desc->flags = (uint16_t)vmm_le(copy + 12, 2);
	desc->next = (uint16_t)vmm_le(copy + 14, 2);
	return true;
}

static bool add_seg(struct virtq_chain *chain, const struct vmm_mem *mem, const struct desc *desc)
{
	bool in = (desc->flags & DESC_F_WRITE) != 0;
	uint32_t *total = in ? &chain->in_len : &chain->out_len;
	struct virtq_seg *seg;

	if (chain->in_count && !in) {
		return false; /* 2.7.4.2: readable before writable */
	}
	if (chain->out_count + chain->in_count >= VIRTQ_SIZE_MAX || *total + desc->len < *total) {
		return false;
	}
	seg = &chain->seg[chain->out_count + chain->in_count];
	seg->gpa = desc->addr;
	seg->len = desc->len;
	seg->host = vmm_mem_map(mem, desc->addr, desc->len);
	if (!seg->host) {
		return false;
	}
	*total += desc->len;
	if (in) {
		chain->in_count++;
	} else {
		chain->out_count++;
	}
	return true;
}

/* Follows a chain from entry @i of @table. @steps bounds it, so that a loop ends as a broken queue.
 */
static bool walk(struct virtq_chain *chain, const struct vmm_mem *mem, uint64_t table,
		 uint32_t entries, uint32_t i, uint32_t steps, bool may_indirect)
{
	struct desc desc;

	for (; steps; steps--) {
		if (i >= entries || !read_desc(mem, table, i, &desc)) {
			return false;
		}
		if (desc.flags & DESC_F_INDIRECT) {
			uint32_t inner = desc.len / DESC_SIZE;

			if (!may_indirect || desc.flags & DESC_F_NEXT || desc.len % DESC_SIZE ||
			    !inner) {
				return false;
			}
			return walk(chain, mem, desc.addr, inner, 0, VIRTQ_SIZE_MAX, false);
		}
		if (!add_seg(chain, mem, &desc)) {
			return false;
		}
		if (!(desc.flags & DESC_F_NEXT)) {
			return true;
		}
		i = desc.next;
	}
	return false;
}

/* How many requests wait; more than fit the queue is nonsense of the driver. */
static bool waiting(struct virtq *q, const struct vmm_mem *mem, uint16_t *count)
{
	uint16_t idx;

	if (!vmm_mem_read16(mem, avail_idx(q), &idx)) {
		return false;
	}
	*count = (uint16_t)(idx - q->next_avail);
	return *count <= q->size;
}

enum virtq_result virtq_pop(struct virtq *q, const struct vmm_mem *mem, struct virtq_chain *chain)
{
	uint16_t count;
	uint16_t head;

	if (!q->ready) {
		return VIRTQ_EMPTY;
	}
	if (!waiting(q, mem, &count)) {
		return VIRTQ_BROKEN;
	}
	if (!count && q->event_idx) {
		if (!vmm_mem_write16(mem, avail_event(q), q->next_avail)) {
			return VIRTQ_BROKEN;
		}
		atomic_thread_fence(memory_order_seq_cst); /* the index before the second look */
		if (!waiting(q, mem, &count)) {
			return VIRTQ_BROKEN;
		}
	}
	if (!count) {
		return VIRTQ_EMPTY;
	}
	if (!vmm_mem_read16(mem, avail_entry(q, q->next_avail), &head) || head >= q->size) {
		return VIRTQ_BROKEN;
	}
	chain->head = head;
	chain->out_count = 0;
	chain->in_count = 0;
	chain->out_len = 0;
	chain->in_len = 0;
	if (!walk(chain, mem, q->desc, q->size, head, q->size, q->indirect)) {
		return VIRTQ_BROKEN;
	}
	q->next_avail++;
	return VIRTQ_CHAIN;
}

void virtq_unpop(struct virtq *q)
{
	q->next_avail--;
}

bool virtq_push(struct virtq *q, const struct vmm_mem *mem, const struct virtq_chain *chain,
		uint32_t written)
{
	uint64_t entry = used_entry(q, q->next_used);

	if (!vmm_mem_write32(mem, entry, chain->head) ||
	    !vmm_mem_write32(mem, entry + 4, written)) {
		return false;
	}
	q->next_used++;
	return vmm_mem_write16(mem, used_idx(q), q->next_used);
}

bool virtq_wants_interrupt(struct virtq *q, const struct vmm_mem *mem)
{
	uint16_t old = q->signalled;
	uint16_t word;

	if (!q->ready || q->next_used == old) {
		return false;
	}
	atomic_thread_fence(memory_order_seq_cst); /* used index before the driver's wish */
	if (!vmm_mem_read16(mem, q->event_idx ? used_event(q) : q->driver, &word)) {
		return false;
	}
	q->signalled = q->next_used;
	if (!q->event_idx) {
		return !(word & AVAIL_F_NO_INTERRUPT);
	}
	return (uint16_t)(q->next_used - word - 1) < (uint16_t)(q->next_used - old);
}

uint32_t virtq_read(const struct virtq_chain *chain, uint32_t offset, void *bytes, uint32_t len)
{
	uint8_t *to = bytes;
	uint32_t done = 0;

	for (uint32_t i = 0; i < chain->out_count && done < len; i++) {
		const struct virtq_seg *seg = &chain->seg[i];
		uint32_t n;

		if (offset >= seg->len) {
			offset -= seg->len;
			continue;
		}
		n = seg->len - offset < len - done ? seg->len - offset : len - done;
		memcpy(to + done, seg->host + offset, n);
		done += n;
		offset = 0;
	}
	return done;
}

uint32_t virtq_write(const struct virtq_chain *chain, const struct vmm_mem *mem, uint32_t offset,
		     const void *bytes, uint32_t len)
{
	const uint8_t *from = bytes;
	uint32_t done = 0;

	for (uint32_t i = 0; i < chain->in_count && done < len; i++) {
		const struct virtq_seg *seg = &chain->seg[chain->out_count + i];
		uint32_t n;

		if (offset >= seg->len) {
			offset -= seg->len;
			continue;
		}
		n = seg->len - offset < len - done ? seg->len - offset : len - done;
		memcpy(seg->host + offset, from + done, n);
		vmm_mem_wrote(mem, seg->gpa + offset, n);
		done += n;
		offset = 0;
	}
	return done;
}

void virtq_reset(struct virtq *q)
{
	*q = (struct virtq){0};
}

void virtq_save(const struct virtq *q, struct vmm_writer *w)
{
	vmm_put_u64(w, q->desc);
	vmm_put_u64(w, q->driver);
	vmm_put_u64(w, q->device);
	vmm_put_u16(w, q->size);
	vmm_put_u8(w, q->ready);
	vmm_put_u16(w, q->next_avail);
	vmm_put_u16(w, q->next_used);
	vmm_put_u16(w, q->signalled);
}

void virtq_load(struct virtq *q, struct vmm_reader *r)
{
	q->desc = vmm_get_u64(r);
	q->driver = vmm_get_u64(r);
	q->device = vmm_get_u64(r);
	q->size = vmm_get_u16(r);
	q->ready = vmm_get_u8(r) != 0;
	q->next_avail = vmm_get_u16(r);
	q->next_used = vmm_get_u16(r);
	q->signalled = vmm_get_u16(r);
	if (q->size > VIRTQ_SIZE_MAX || q->size & (q->size - 1) || (q->ready && !q->size)) {
		r->failed = true;
		virtq_reset(q);
	}
}
