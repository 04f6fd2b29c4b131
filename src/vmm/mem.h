/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest memory as devices see it. Addresses come from the guest and are not trusted: the only way
 * from an address to bytes is vmm_mem_map(), which checks the whole range against guest RAM.
 */
#ifndef VMM_MEM_H
#define VMM_MEM_H

#include <stdbool.h>
#include <stdint.h>

struct vmm_mem {
	void *opaque;
	/* Host address of [@gpa, @gpa + @len), or NULL unless it lies in one piece of guest RAM. */
	void *(*map)(void *opaque, uint64_t gpa, uint64_t len);
	/* Told after each write of a device, so that code decoded from there is dropped. */
	void (*wrote)(void *opaque, uint64_t gpa, uint64_t len);
};

/**
 * vmm_mem_map() - host address of a range of guest RAM
 *
 * For reading, or for writing if vmm_mem_wrote() follows.
 *
 * returns: NULL, if any byte of the range is outside RAM or the range wraps; not NULL if @len is 0
 * and @gpa is in RAM
 */
void *vmm_mem_map(const struct vmm_mem *mem, uint64_t gpa, uint64_t len);

/** vmm_mem_wrote() - a device has written [@gpa, @gpa + @len) through vmm_mem_map() */
void vmm_mem_wrote(const struct vmm_mem *mem, uint64_t gpa, uint64_t len);

/*
 * Little-endian words. Aligned ones are read and written in one access, so that a vCPU that looks
 * at the same time sees the old or the new value. Return false, with nothing done, outside RAM.
 */
bool vmm_mem_read16(const struct vmm_mem *mem, uint64_t gpa, uint16_t *value);
bool vmm_mem_write16(const struct vmm_mem *mem, uint64_t gpa, uint16_t value);
bool vmm_mem_write32(const struct vmm_mem *mem, uint64_t gpa, uint32_t value);

/* Little-endian words in host memory at any alignment */
static inline uint64_t vmm_le(const void *p, unsigned width)
{
	const uint8_t *b = p;
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++) {
		value |= (uint64_t)b[i] << (8 * i);
	}
	return value;
}

static inline void vmm_put_le(void *p, unsigned width, uint64_t value)
{
	uint8_t *b = p;

	for (unsigned i = 0; i < width; i++) {
		b[i] = (uint8_t)(value >> (8 * i));
	}
}

#endif
