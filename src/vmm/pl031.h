/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PL031 real time clock. Time is an input: a function that gives the seconds since 1970, from the
 * host's clock or, in deterministic mode, from a fixed date and the virtual clock.
 */
#ifndef VMM_PL031_H
#define VMM_PL031_H

#include <pthread.h>

#include "device.h"

#define PL031_SIZE 0x1000

struct vmm_clock {
	void *opaque;
	uint64_t (*seconds)(void *opaque);
};

struct pl031 {
	pthread_mutex_t lock;
	struct vmm_irq irq;
	struct vmm_clock clock;

	uint32_t offset; /* of RTCDR from the clock */
	uint32_t match;
	uint32_t load;
	uint32_t imsc;
	uint32_t ris;
	bool armed; /* the match has not come since it was written */
};

void pl031_init(struct pl031 *rtc, struct vmm_irq irq, struct vmm_clock clock);
void pl031_reset(struct pl031 *rtc);
uint64_t pl031_read(void *device, uint64_t offset, unsigned width);
void pl031_write(void *device, uint64_t offset, unsigned width, uint64_t value);

/** pl031_poll() - raise the alarm if its time has come; to be called about once a second */
void pl031_poll(struct pl031 *rtc);

/* What is saved is the distance from the host's clock, so that a restored guest sees the present.
 */
void pl031_save(struct pl031 *rtc, struct vmm_writer *w);
bool pl031_load(struct pl031 *rtc, struct vmm_reader *r);

#endif
