/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio-mmio transport, version 2 (virtio 1.2, section 4.2): registers, status, feature
 * negotiation, queue set-up, interrupts. A device (virtio_blk.c, ...) embeds struct virtio_dev as
 * its first member and supplies struct virtio_ops, all called with the device's lock held.
 *
 * A driver that breaks the rules of a queue gets DEVICE_NEEDS_RESET and a configuration interrupt;
 * the device then does nothing until it is reset.
 */
#ifndef VMM_VIRTIO_H
#define VMM_VIRTIO_H

#include <pthread.h>

#include "device.h"
#include "mem.h"
#include "virtq.h"

#define VIRTIO_MMIO_SIZE  0x200
#define VIRTIO_QUEUES_MAX 2

#define VIRTIO_ID_NET     1
#define VIRTIO_ID_BLOCK   2
#define VIRTIO_ID_CONSOLE 3
#define VIRTIO_ID_ENTROPY 4

struct virtio_dev;

struct virtio_ops {
	uint32_t device_id;
	uint32_t queue_count;
	uint64_t features; /* the device type's own; the transport adds its own */
	const void *(*config)(struct virtio_dev *dev, uint32_t *size); /* may be NULL */
	void (*notify)(struct virtio_dev *dev, uint32_t queue);
	void (*reset)(struct virtio_dev *dev); /* may be NULL */
};

struct virtio_dev {
	const struct virtio_ops *ops;
	pthread_mutex_t lock;
	struct vmm_irq irq;
	const struct vmm_mem *mem;
	uint64_t features; /* offered */

	uint64_t accepted;
	uint32_t device_features_sel;
	uint32_t driver_features_sel;
	uint32_t queue_sel;
	uint32_t status;
	uint32_t interrupts;
	struct virtq queue[VIRTIO_QUEUES_MAX];
	struct virtq_chain chain; /* the request being worked on: too large for a stack */
};

/** virtio_init() - @features: what this device offers beyond ops->features */
void virtio_init(struct virtio_dev *dev, const struct virtio_ops *ops, struct vmm_irq irq,
		 const struct vmm_mem *mem, uint64_t features);
void virtio_reset(struct virtio_dev *dev);
uint64_t virtio_mmio_read(void *device, uint64_t offset, unsigned width);
void virtio_mmio_write(void *device, uint64_t offset, unsigned width, uint64_t value);

/* For devices; with the lock held. */

/** virtio_running() - has the driver said DRIVER_OK, and does the device not need a reset? */
bool virtio_running(const struct virtio_dev *dev);

/** virtio_pop() - next request of a queue as dev->chain; false if there is none */
bool virtio_pop(struct virtio_dev *dev, uint32_t queue);

/** virtio_push() - complete dev->chain */
void virtio_push(struct virtio_dev *dev, uint32_t queue, uint32_t written);

/** virtio_interrupt() - interrupt the driver if it wants to hear of what was pushed */
void virtio_interrupt(struct virtio_dev *dev, uint32_t queue);

/** virtio_broken() - the driver broke the rules: DEVICE_NEEDS_RESET */
void virtio_broken(struct virtio_dev *dev);

/* The transport's state; a device with state of its own saves it after this. Lock held. */
void virtio_save_locked(struct virtio_dev *dev, struct vmm_writer *w);
void virtio_load_locked(struct virtio_dev *dev, struct vmm_reader *r);

/** virtio_save(), virtio_load() - for devices without state of their own */
void virtio_save(struct virtio_dev *dev, struct vmm_writer *w);
bool virtio_load(struct virtio_dev *dev, struct vmm_reader *r);

#endif
