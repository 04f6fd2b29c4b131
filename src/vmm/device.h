/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all devices share. A device is a structure with functions of this form:
 *
 *   uint64_t x_read(void *device, uint64_t offset, unsigned width);
 *   void x_write(void *device, uint64_t offset, unsigned width, uint64_t value);
 *   void x_reset(struct x *);                 back to power-on
 *   void x_save(struct x *, struct vmm_writer *);
 *   bool x_load(struct x *, struct vmm_reader *);  false: the bytes are not this device's state
 *
 * @width is 1, 2, 4 or 8 and @offset is inside the device's region; anything else is up to the
 * guest. Every device has its own lock and may be called from any thread. Interrupt lines are set
 * with that lock held: vmm_irq.set() must not call back into a device. x_load() sets the line
 * again.
 */
#ifndef VMM_DEVICE_H
#define VMM_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "state.h"

/* A level-sensitive interrupt line. */
struct vmm_irq {
	void *opaque;
	void (*set)(void *opaque, bool level);
};

static inline void vmm_irq_set(const struct vmm_irq *irq, bool level)
{
	irq->set(irq->opaque, level);
}

/* Where a device's output goes: bytes are taken or lost, never waited for by the device. */
struct vmm_sink {
	void *opaque;
	void (*write)(void *opaque, const void *bytes, uint32_t size);
};

/* A region of the guest's physical address space. */
struct vmm_region_ops {
	uint64_t (*read)(void *device, uint64_t offset, unsigned width);
	void (*write)(void *device, uint64_t offset, unsigned width, uint64_t value);
};

#endif
