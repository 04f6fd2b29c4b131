/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saved state of devices as bytes: little-endian words in the order in which they are put. A reader
 * that runs out of bytes gives zeros and remembers it; the caller looks once at the end.
 */
#ifndef VMM_STATE_H
#define VMM_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vmm_writer {
	uint8_t *data; /* freed by vmm_writer_free() */
	size_t size;
	size_t capacity;
	bool failed; /* no memory: what was put since is missing */
};

struct vmm_reader {
	const uint8_t *data;
	size_t left;
	bool failed; /* read beyond the end, or a value was refused */
};

void vmm_put_u8(struct vmm_writer *w, uint8_t value);
void vmm_put_u16(struct vmm_writer *w, uint16_t value);
void vmm_put_u32(struct vmm_writer *w, uint32_t value);
void vmm_put_u64(struct vmm_writer *w, uint64_t value);
void vmm_put_bytes(struct vmm_writer *w, const void *bytes, size_t size);
void vmm_writer_free(struct vmm_writer *w);

uint8_t vmm_get_u8(struct vmm_reader *r);
uint16_t vmm_get_u16(struct vmm_reader *r);
uint32_t vmm_get_u32(struct vmm_reader *r);
uint64_t vmm_get_u64(struct vmm_reader *r);
void vmm_get_bytes(struct vmm_reader *r, void *bytes, size_t size);

/** vmm_get_max() - a 32-bit word that must not be above @max; @r fails and 0 is returned otherwise
 */
uint32_t vmm_get_max(struct vmm_reader *r, uint32_t max);

/** vmm_reader_done() - true if nothing failed and every byte was read */
bool vmm_reader_done(const struct vmm_reader *r);

#endif
