/* SPDX-License-Identifier: BSD-2-Clause */
/* Saved state of devices as bytes. */
#include "state.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

void vmm_put_bytes(struct vmm_writer *w, const void *bytes, size_t size)
{
	if (w->failed || !size) {
		return;
	}
	if (size > w->capacity - w->size) {
		size_t capacity = (w->size + size) * 2;
		uint8_t *data = realloc(w->data, capacity);

		if (!data) {
			w->failed = true;
			return;
		}
		w->data = data;
		w->capacity = capacity;
	}
	memcpy(w->data + w->size, bytes, size);
	w->size += size;
}

static void put_word(struct vmm_writer *w, unsigned width, uint64_t value)
{
	uint8_t bytes[8];

	vmm_put_le(bytes, width, value);
	vmm_put_bytes(w, bytes, width);
}

void vmm_put_u8(struct vmm_writer *w, uint8_t value)
{
	put_word(w, 1, value);
}

void vmm_put_u16(struct vmm_writer *w, uint16_t value)
{
	put_word(w, 2, value);
}

void vmm_put_u32(struct vmm_writer *w, uint32_t value)
{
	put_word(w, 4, value);
}

void vmm_put_u64(struct vmm_writer *w, uint64_t value)
{
	put_word(w, 8, value);
}

void vmm_writer_free(struct vmm_writer *w)
{
	free(w->data);
	*w = (struct vmm_writer){0};
}

void vmm_get_bytes(struct vmm_reader *r, void *bytes, size_t size)
{
	if (r->failed || size > r->left) {
		r->failed = true;
		memset(bytes, 0, size);
		return;
	}
	memcpy(bytes, r->data, size);
	r->data += size;
	r->left -= size;
}

static uint64_t get_word(struct vmm_reader *r, unsigned width)
{
	uint8_t bytes[8];

	vmm_get_bytes(r, bytes, width);
	return vmm_le(bytes, width);
}

uint8_t vmm_get_u8(struct vmm_reader *r)
{
	return (uint8_t)get_word(r, 1);
}

uint16_t vmm_get_u16(struct vmm_reader *r)
{
	return (uint16_t)get_word(r, 2);
}

uint32_t vmm_get_u32(struct vmm_reader *r)
{
	return (uint32_t)get_word(r, 4);
}

uint64_t vmm_get_u64(struct vmm_reader *r)
{
	return get_word(r, 8);
}

uint32_t vmm_get_max(struct vmm_reader *r, uint32_t max)
{
	uint32_t value = vmm_get_u32(r);

	if (value > max) {
		r->failed = true;
		return 0;
	}
	return value;
}

bool vmm_reader_done(const struct vmm_reader *r)
{
	return !r->failed && r->left == 0;
}
