/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Split virtqueues (virtio 1.2, section 2.7), device side, with indirect descriptors and event
 * indexes. The driver is not trusted: every address is checked against guest RAM, every index
 * against its table, and no chain is followed further than the queue is long.
 *
 * A queue belongs to one device and is used under that device's lock.
 */
#ifndef VMM_VIRTQ_H
#define VMM_VIRTQ_H

#include <stdbool.h>
#include <stdint.h>

#include "mem.h"
#include "state.h"

#define VIRTQ_SIZE_MAX 256

struct virtq {
	/* As the driver has set it up. @ready only with a valid size. */
	uint64_t desc;
	uint64_t driver; /* available ring */
	uint64_t device; /* used ring */
	uint16_t size;
	bool ready;
	/* Features that change the layout */
	bool indirect;
	bool event_idx;
	/* Progress */
	uint16_t next_avail;
	uint16_t next_used;
	uint16_t signalled; /* next_used when the driver was last interrupted */
};

struct virtq_seg {
	uint64_t gpa;
	uint8_t *host;
	uint32_t len;
};

/* One request: @out_count segments that the device reads, then @in_count that it writes. */
struct virtq_chain {
	uint16_t head;
	uint16_t out_count;
	uint16_t in_count;
	uint32_t out_len;
	uint32_t in_len;
	struct virtq_seg seg[VIRTQ_SIZE_MAX];
};

enum virtq_result {
	VIRTQ_EMPTY,  /* no request */
	VIRTQ_CHAIN,  /* *chain is one */
	VIRTQ_BROKEN, /* the driver broke the rules: the device needs a reset */
};

/**
 * virtq_pop() - take the next request
 *
 * When the queue is empty, asks the driver to notify the next one, and looks once more.
 */
enum virtq_result virtq_pop(struct virtq *q, const struct vmm_mem *mem, struct virtq_chain *chain);

/** virtq_unpop() - give the last request taken back; it will be taken again */
void virtq_unpop(struct virtq *q);

/**
 * virtq_push() - complete a request
 * @written: bytes that the device has written to the chain's in-segments
 *
 * returns: false, if the used ring is not in guest RAM
 */
bool virtq_push(struct virtq *q, const struct vmm_mem *mem, const struct virtq_chain *chain,
		uint32_t written);

/** virtq_wants_interrupt() - does the driver want to hear of what was pushed since last asked? */
bool virtq_wants_interrupt(struct virtq *q, const struct vmm_mem *mem);

/** virtq_in_ram() - do the three parts of a queue of q->size entries lie in guest RAM, aligned? */
bool virtq_in_ram(const struct virtq *q, const struct vmm_mem *mem);

/**
 * virtq_read() - copy from the out-segments, seen as one run of bytes
 *
 * returns: how many bytes there were, at most @len
 */
uint32_t virtq_read(const struct virtq_chain *chain, uint32_t offset, void *bytes, uint32_t len);

/** virtq_write() - copy to the in-segments; returns like virtq_read() */
uint32_t virtq_write(const struct virtq_chain *chain, const struct vmm_mem *mem, uint32_t offset,
		     const void *bytes, uint32_t len);

void virtq_reset(struct virtq *q);
void virtq_save(const struct virtq *q, struct vmm_writer *w);
void virtq_load(struct virtq *q, struct vmm_reader *r);

#endif
