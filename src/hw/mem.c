/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory as the tables see it: little-endian words. Every table access of the model passes here;
 * whether an address is memory is for env->read and env->write to say.
 */
#include "hw.h"

static uint64_t load_le(const uint8_t *bytes, unsigned count)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < count; i++)
		value |= (uint64_t)bytes[i] << (8 * i);
	return value;
}

static void store_le(uint8_t *bytes, unsigned count, uint64_t value)
{
	for (unsigned i = 0; i < count; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
}

bool gic5_mem_read(struct gic5 *gic, uint64_t pa, void *buf, size_t len)
{
	if (pa + len <= pa || !gic->env.read(gic->env.opaque, pa, buf, len))
		return false;
	if (__builtin_expect(gic->cfg.noncoherent, 0))
		gic5_shadow_read(gic, pa, buf, len);
	return true;
}

static bool mem_write(struct gic5 *gic, uint64_t pa, const void *buf, size_t len)
{
	if (pa + len <= pa || !gic->env.write(gic->env.opaque, pa, buf, len))
		return false;
	if (__builtin_expect(gic->cfg.noncoherent, 0))
		gic5_shadow_write(gic, pa, buf, len);
	return true;
}

bool gic5_mem_read32(struct gic5 *gic, uint64_t pa, uint32_t *value)
{
	uint8_t bytes[4];

	if (!gic5_mem_read(gic, pa, bytes, sizeof(bytes)))
		return false;
	*value = (uint32_t)load_le(bytes, sizeof(bytes));
	return true;
}

bool gic5_mem_write32(struct gic5 *gic, uint64_t pa, uint32_t value)
{
	uint8_t bytes[4];

	store_le(bytes, sizeof(bytes), value);
	return mem_write(gic, pa, bytes, sizeof(bytes));
}

bool gic5_mem_read64(struct gic5 *gic, uint64_t pa, uint64_t *value)
{
	uint8_t bytes[8];

	if (!gic5_mem_read(gic, pa, bytes, sizeof(bytes)))
		return false;
	*value = load_le(bytes, sizeof(bytes));
	return true;
}

bool gic5_mem_write64(struct gic5 *gic, uint64_t pa, uint64_t value)
{
	uint8_t bytes[8];

	store_le(bytes, sizeof(bytes), value);
	return mem_write(gic, pa, bytes, sizeof(bytes));
}

/* Unreadable memory counts as zero: whoever uses it finds out there. */
bool gic5_mem_is_zero(struct gic5 *gic, uint64_t pa, size_t len)
{
	uint64_t bits = 0;

	for (size_t at = 0; at < len; at += 8) {
		uint64_t word = 0;
		size_t left = len - at;
		uint8_t bytes[8];

		if (left >= 8)
			(void)gic5_mem_read64(gic, pa + at, &word);
		else if (gic5_mem_read(gic, pa + at, bytes, left))
			word = load_le(bytes, (unsigned)left);
		bits |= word;
	}
	return !bits;
}

void *gic5_zalloc(struct gic5 *gic, size_t size)
{
	return gic->env.alloc(gic->env.opaque, size);
}

void gic5_release(struct gic5 *gic, void *ptr, size_t size)
{
	if (ptr)
		gic->env.free(gic->env.opaque, ptr, size);
}
