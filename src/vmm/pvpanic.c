/* SPDX-License-Identifier: BSD-2-Clause */
/* pvpanic over MMIO. */
#include "pvpanic.h"

#define PVPANIC_EVENTS (PVPANIC_PANICKED | PVPANIC_CRASH_LOADED)

void pvpanic_init(struct pvpanic *device, void (*event)(void *, unsigned), void *opaque)
{
	device->event = event;
	device->opaque = opaque;
}

uint64_t pvpanic_read(void *device, uint64_t offset, unsigned width)
{
	(void)device;
	(void)width;
	return offset == 0 ? PVPANIC_EVENTS : 0;
}

void pvpanic_write(void *device, uint64_t offset, unsigned width, uint64_t value)
{
	struct pvpanic *panic = device;

	(void)width;
	if (offset == 0 && value & PVPANIC_EVENTS) {
		panic->event(panic->opaque, (unsigned)(value & PVPANIC_EVENTS));
	}
}
