/* SPDX-License-Identifier: BSD-2-Clause */
/* pvpanic over MMIO: the guest's kernel tells here that it has panicked. It holds no state. */
#ifndef VMM_PVPANIC_H
#define VMM_PVPANIC_H

#include "device.h"

#define PVPANIC_SIZE         0x1000
#define PVPANIC_PANICKED     1u /* the guest has panicked and stops */
#define PVPANIC_CRASH_LOADED 2u /* the guest has panicked and runs its crash kernel */

struct pvpanic {
	void *opaque;
	void (*event)(void *opaque, unsigned events);
};

void pvpanic_init(struct pvpanic *device, void (*event)(void *, unsigned), void *opaque);
uint64_t pvpanic_read(void *device, uint64_t offset, unsigned width);
void pvpanic_write(void *device, uint64_t offset, unsigned width, uint64_t value);

#endif
