/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What device tests share: one piece of guest RAM, an interrupt line that remembers its level, a sink
 * that remembers its bytes, and the driver's side of a virtio-mmio device.
 */
#ifndef DEVICE_FIXTURE_H
#define DEVICE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"
#include "mem.h"
#include "virtio.h"

#define RAM_BASE 0x40000000u
#define RAM_SIZE 0x100000u

struct ram {
	uint8_t bytes[RAM_SIZE];
	uint64_t wrote_bytes; /* sum of what devices said they wrote */
	struct vmm_mem mem;
};

static inline void *ram_map(void *opaque, uint64_t gpa, uint64_t len)
{
	struct ram *ram = opaque;

	if (gpa < RAM_BASE || gpa - RAM_BASE >= RAM_SIZE || len > RAM_SIZE - (gpa - RAM_BASE)) {
		return NULL;
	}
	return ram->bytes + (gpa - RAM_BASE);
}

static inline void ram_wrote(void *opaque, uint64_t gpa, uint64_t len)
{
	struct ram *ram = opaque;

	assert_non_null(ram_map(ram, gpa, len));
	ram->wrote_bytes += len;
}

static inline struct ram *ram_create(void)
{
	struct ram *ram = calloc(1, sizeof(*ram));

	assert_non_null(ram);
	ram->mem = (struct vmm_mem){ram, ram_map, ram_wrote};
	return ram;
}

struct line {
	bool level;
	unsigned changes;
};

static inline void line_set(void *opaque, bool level)
{
	struct line *line = opaque;

	line->changes += line->level != level;
	line->level = level;
}

static inline struct vmm_irq line_irq(struct line *line)
{
	return (struct vmm_irq){line, line_set};
}

struct output {
	char bytes[4096];
	uint32_t size;
};

static inline void output_write(void *opaque, const void *bytes, uint32_t size)
{
	struct output *output = opaque;

	assert_true(size <= sizeof(output->bytes) - output->size);
	memcpy(output->bytes + output->size, bytes, size);
	output->size += size;
}

static inline struct vmm_sink output_sink(struct output *output)
{
	return (struct vmm_sink){output, output_write};
}

/* ---- the driver's side of virtio-mmio ---- */

#define F_INDIRECT         (1ull << 28)
#define F_EVENT_IDX        (1ull << 29)
#define F_VERSION_1        (1ull << 32)
#define STATUS_NEEDS_RESET 64

#define D_NEXT     1
#define D_WRITE    2
#define D_INDIRECT 4

struct driver_queue {
	uint64_t desc, avail, used; /* in guest RAM */
	uint16_t size;
	uint16_t avail_idx;
	uint16_t used_idx;
	uint16_t free_desc; /* simply counts up: tests are short */
};

struct driver {
	void *device;
	struct ram *ram;
	struct driver_queue queue[VIRTIO_QUEUES_MAX];
};

static inline uint32_t reg_read(struct driver *d, uint32_t offset)
{
	return (uint32_t)virtio_mmio_read(d->device, offset, 4);
}

static inline void reg_write(struct driver *d, uint32_t offset, uint32_t value)
{
	virtio_mmio_write(d->device, offset, 4, value);
}

static inline uint8_t *at(struct driver *d, uint64_t gpa)
{
	return ram_map(d->ram, gpa, 1);
}

static inline void driver_queue_setup(struct driver *d, unsigned n, uint16_t size)
{
	struct driver_queue *q = &d->queue[n];

	*q = (struct driver_queue){.size = size};
	q->desc = RAM_BASE + 0x10000 * (n + 1);
	q->avail = q->desc + 0x2000;
	q->used = q->desc + 0x4000;
	memset(at(d, q->desc), 0, 0x6000);
	reg_write(d, 0x30, n);
	reg_write(d, 0x38, size);
	reg_write(d, 0x80, (uint32_t)q->desc);
	reg_write(d, 0x84, 0);
	reg_write(d, 0x90, (uint32_t)q->avail);
	reg_write(d, 0x94, 0);
	reg_write(d, 0xa0, (uint32_t)q->used);
	reg_write(d, 0xa4, 0);
	reg_write(d, 0x44, 1);
}

/* The sequence of virtio 1.2, 3.1.1; @features are taken beside VERSION_1. */
static inline void driver_start(struct driver *d, uint64_t features, unsigned queues, uint16_t size)
{
	features |= F_VERSION_1;
	reg_write(d, 0x70, 0);
	reg_write(d, 0x70, 1);
	reg_write(d, 0x70, 3);
	reg_write(d, 0x24, 0);
	reg_write(d, 0x20, (uint32_t)features);
	reg_write(d, 0x24, 1);
	reg_write(d, 0x20, (uint32_t)(features >> 32));
	reg_write(d, 0x70, 11);
	assert_int_equal(reg_read(d, 0x70), 11);
	for (unsigned i = 0; i < queues; i++) {
		driver_queue_setup(d, i, size);
	}
	reg_write(d, 0x70, 15);
	assert_int_equal(reg_read(d, 0x70), 15);
}

static inline void put_desc(struct driver *d, uint64_t table, uint16_t i, uint64_t addr,
			    uint32_t len, uint16_t flags, uint16_t next)
{
	uint8_t *p = at(d, table + 16u * i);

	vmm_put_le(p, 8, addr);
	vmm_put_le(p + 8, 4, len);
	vmm_put_le(p + 12, 2, flags);
	vmm_put_le(p + 14, 2, next);
}

static inline void driver_offer(struct driver *d, unsigned n, uint16_t head)
{
	struct driver_queue *q = &d->queue[n];

	vmm_put_le(at(d, q->avail + 4 + 2u * (q->avail_idx % q->size)), 2, head);
	q->avail_idx++;
	vmm_put_le(at(d, q->avail + 2), 2, q->avail_idx);
}

struct buffer {
	uint64_t gpa;
	uint32_t len;
	bool in;
};

/* Puts a chain of @count buffers into the queue, without notifying. Returns its head. */
static inline uint16_t driver_add(struct driver *d, unsigned n, const struct buffer *buffers,
				  unsigned count)
{
	struct driver_queue *q = &d->queue[n];
	uint16_t head = q->free_desc % q->size;

	for (unsigned i = 0; i < count; i++) {
		uint16_t next = (uint16_t)((q->free_desc + 1) % q->size);

		put_desc(d, q->desc, q->free_desc++ % q->size, buffers[i].gpa, buffers[i].len,
			 (uint16_t)((buffers[i].in ? D_WRITE : 0) | (i + 1 < count ? D_NEXT : 0)),
			 next);
	}
	driver_offer(d, n, head);
	return head;
}

static inline void driver_notify(struct driver *d, unsigned n)
{
	reg_write(d, 0x50, n);
}

/* Takes a used entry. Returns false if there is none. */
static inline bool driver_used(struct driver *d, unsigned n, uint32_t *id, uint32_t *len)
{
	struct driver_queue *q = &d->queue[n];
	uint64_t entry = q->used + 4 + 8u * (q->used_idx % q->size);

	if ((uint16_t)vmm_le(at(d, q->used + 2), 2) == q->used_idx) {
		return false;
	}
	q->used_idx++;
	*id = (uint32_t)vmm_le(at(d, entry), 4);
	*len = (uint32_t)vmm_le(at(d, entry + 4), 4);
	return true;
}

#endif
