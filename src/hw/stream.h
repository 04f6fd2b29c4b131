/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A saved state as a stream of little-endian numbers. One list of fields serves both directions:
 * the io functions write when saving and read when loading. Reading past the end marks the stream
 * bad and gives 0.
 */
#ifndef GIC5_STREAM_H
#define GIC5_STREAM_H

#include "hw.h"

struct stream {
	uint8_t *out;      /* saving: room, may be NULL */
	const uint8_t *in; /* loading */
	size_t size, at;
	bool loading, bad;
};

static inline uint64_t stream_number(struct stream *s, unsigned bytes, uint64_t value)
{
	if (s->loading && (s->bad || s->size - s->at < bytes)) {
		s->bad = true;
		return 0;
	}
	if (s->loading)
		value = 0;
	for (unsigned i = 0; i < bytes; i++, s->at++) {
		if (s->loading)
			value |= (uint64_t)s->in[s->at] << (8 * i);
		else if (s->out && s->at < s->size)
			s->out[s->at] = (uint8_t)(value >> (8 * i));
	}
	return value;
}

static inline void io64(struct stream *s, uint64_t *value)
{
	*value = stream_number(s, 8, *value);
}

static inline void io32(struct stream *s, uint32_t *value)
{
	*value = (uint32_t)stream_number(s, 4, *value);
}

static inline void io16(struct stream *s, uint16_t *value)
{
	*value = (uint16_t)stream_number(s, 2, *value);
}

static inline void io8(struct stream *s, uint8_t *value)
{
	*value = (uint8_t)stream_number(s, 1, *value);
}

static inline void io_bool(struct stream *s, bool *value)
{
	uint64_t byte = stream_number(s, 1, *value);

	s->bad |= byte > 1;
	*value = byte == 1;
}

/* What a system is made of; a state fits only a system that is made the same. */
void gic5_state_identity(struct stream *s, const struct gic5 *gic);
void gic5_state_pe(struct stream *s, struct pe_regs *regs);
void gic5_state_irs(struct stream *s, struct irs_regs *regs);

#endif
