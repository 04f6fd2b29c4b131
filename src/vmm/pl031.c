/* SPDX-License-Identifier: BSD-2-Clause */
/* PL031 real time clock (Arm DDI 0224). */
#include "pl031.h"

enum {
	RTCDR = 0x00,
	RTCMR = 0x04,
	RTCLR = 0x08,
	RTCCR = 0x0c,
	RTCIMSC = 0x10,
	RTCRIS = 0x14,
	RTCMIS = 0x18,
	RTCICR = 0x1c,
	ID = 0xfe0,
};

static const uint8_t id_bytes[8] = {0x31, 0x10, 0x14, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static uint32_t counter(const struct pl031 *rtc)
{
	return (uint32_t)rtc->clock.seconds(rtc->clock.opaque) + rtc->offset;
}

static void update(struct pl031 *rtc)
{
	vmm_irq_set(&rtc->irq, (rtc->ris & rtc->imsc) != 0);
}

/* The counter may jump over the match between two looks: compare as a distance. */
static void check_match(struct pl031 *rtc)
{
	if (rtc->armed && (int32_t)(counter(rtc) - rtc->match) >= 0) {
		rtc->armed = false;
		rtc->ris = 1;
	}
}

static uint32_t read_locked(struct pl031 *rtc, uint64_t offset)
{
	switch (offset) {
	case RTCDR: return counter(rtc);
	case RTCMR: return rtc->match;
	case RTCLR: return rtc->load;
	case RTCCR: return 1; /* always running */
	case RTCIMSC: return rtc->imsc;
	case RTCRIS: return rtc->ris;
	case RTCMIS: return rtc->ris & rtc->imsc;
	default: break;
	}
	if (offset >= ID && offset % 4 == 0 && (offset - ID) / 4 < sizeof(id_bytes)) {
		return id_bytes[(offset - ID) / 4];
	}
	return 0;
}

static void write_locked(struct pl031 *rtc, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case RTCMR:
		rtc->match = value;
		/* A match that lies behind is not reached until the counter has gone round. */
		rtc->armed = (int32_t)(counter(rtc) - value) <= 0;
		break;
	case RTCLR:
		rtc->load = value;
		rtc->offset += value - counter(rtc);
		break;
	case RTCIMSC: rtc->imsc = value & 1; break;
	case RTCICR: rtc->ris &= ~value; break;
	default: break;
	}
}

uint64_t pl031_read(void *device, uint64_t offset, unsigned width)
{
	struct pl031 *rtc = device;
	uint32_t value;

	pthread_mutex_lock(&rtc->lock);
	check_match(rtc);
	value = read_locked(rtc, offset);
	update(rtc);
	pthread_mutex_unlock(&rtc->lock);
	return width >= 4 ? value : value & ((1u << 8 * width) - 1);
}

void pl031_write(void *device, uint64_t offset, unsigned width, uint64_t value)
{
	struct pl031 *rtc = device;

	(void)width;
	pthread_mutex_lock(&rtc->lock);
	write_locked(rtc, offset, (uint32_t)value);
	check_match(rtc);
	update(rtc);
	pthread_mutex_unlock(&rtc->lock);
}

void pl031_poll(struct pl031 *rtc)
{
	pthread_mutex_lock(&rtc->lock);
	check_match(rtc);
	update(rtc);
	pthread_mutex_unlock(&rtc->lock);
}

static void reset_locked(struct pl031 *rtc)
{
	rtc->offset = 0;
	rtc->match = 0;
	rtc->load = 0;
	rtc->imsc = 0;
	rtc->ris = 0;
	rtc->armed = false;
	update(rtc);
}

void pl031_reset(struct pl031 *rtc)
{
	pthread_mutex_lock(&rtc->lock);
	reset_locked(rtc);
	pthread_mutex_unlock(&rtc->lock);
}

void pl031_init(struct pl031 *rtc, struct vmm_irq irq, struct vmm_clock clock)
{
	*rtc = (struct pl031){.irq = irq, .clock = clock};
	pthread_mutex_init(&rtc->lock, NULL);
	pl031_reset(rtc);
}

void pl031_save(struct pl031 *rtc, struct vmm_writer *w)
{
	pthread_mutex_lock(&rtc->lock);
	vmm_put_u32(w, rtc->offset);
	vmm_put_u32(w, rtc->match);
	vmm_put_u32(w, rtc->load);
	vmm_put_u32(w, rtc->imsc);
	vmm_put_u32(w, rtc->ris);
	vmm_put_u32(w, rtc->armed);
	pthread_mutex_unlock(&rtc->lock);
}

bool pl031_load(struct pl031 *rtc, struct vmm_reader *r)
{
	pthread_mutex_lock(&rtc->lock);
	reset_locked(rtc);
	rtc->offset = vmm_get_u32(r);
	rtc->match = vmm_get_u32(r);
	rtc->load = vmm_get_u32(r);
	rtc->imsc = vmm_get_max(r, 1);
	rtc->ris = vmm_get_max(r, 1);
	rtc->armed = vmm_get_max(r, 1) != 0;
	update(rtc);
	pthread_mutex_unlock(&rtc->lock);
	return !r->failed;
}
