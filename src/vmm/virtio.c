/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio-mmio transport, version 2. */
#include "virtio.h"

#include <string.h>

enum {
	MAGIC_VALUE = 0x000,
	VERSION = 0x004,
	DEVICE_ID = 0x008,
	VENDOR_ID = 0x00c,
	DEVICE_FEATURES = 0x010,
	DEVICE_FEATURES_SEL = 0x014,
	DRIVER_FEATURES = 0x020,
	DRIVER_FEATURES_SEL = 0x024,
	QUEUE_SEL = 0x030,
	QUEUE_NUM_MAX = 0x034,
	QUEUE_NUM = 0x038,
	QUEUE_READY = 0x044,
	QUEUE_NOTIFY = 0x050,
	INTERRUPT_STATUS = 0x060,
	INTERRUPT_ACK = 0x064,
	STATUS = 0x070,
	QUEUE_DESC_LOW = 0x080,
	QUEUE_DESC_HIGH = 0x084,
	QUEUE_DRIVER_LOW = 0x090,
	QUEUE_DRIVER_HIGH = 0x094,
	QUEUE_DEVICE_LOW = 0x0a0,
	QUEUE_DEVICE_HIGH = 0x0a4,
	SHM_SEL = 0x0ac,
	SHM_LEN_LOW = 0x0b0,
	SHM_BASE_HIGH = 0x0bc,
	CONFIG_GENERATION = 0x0fc,
	CONFIG = 0x100,
};

#define MAGIC  0x74726976 /* "virt" */
#define VENDOR 0x35434956 /* "VIC5" */

#define STATUS_DRIVER_OK   4u
#define STATUS_FEATURES_OK 8u
#define STATUS_NEEDS_RESET 64u
#define STATUS_DRIVER_BITS 0x8fu

#define INTERRUPT_USED   1u
#define INTERRUPT_CONFIG 2u

#define F_INDIRECT_DESC (1ULL << 28)
#define F_EVENT_IDX     (1ULL << 29)
#define F_VERSION_1     (1ULL << 32)

static void raise(struct virtio_dev *dev, uint32_t interrupt)
{
	dev->interrupts |= interrupt;
	vmm_irq_set(&dev->irq, true);
}

bool virtio_running(const struct virtio_dev *dev)
{
	return dev->status & STATUS_DRIVER_OK && !(dev->status & STATUS_NEEDS_RESET);
}

void virtio_broken(struct virtio_dev *dev)
{
	dev->status |= STATUS_NEEDS_RESET;
	if (dev->status & STATUS_DRIVER_OK) {
		raise(dev, INTERRUPT_CONFIG);
	}
}

bool virtio_pop(struct virtio_dev *dev, uint32_t queue)
{
	if (!virtio_running(dev)) {
		return false;
	}
	switch (virtq_pop(&dev->queue[queue], dev->mem, &dev->chain)) {
	case VIRTQ_CHAIN: return true;
	case VIRTQ_BROKEN: virtio_broken(dev); return false;
	case VIRTQ_EMPTY: break;
	}
	return false;
}

void virtio_push(struct virtio_dev *dev, uint32_t queue, uint32_t written)
{
	if (!virtq_push(&dev->queue[queue], dev->mem, &dev->chain, written)) {
		virtio_broken(dev);
	}
}

void virtio_interrupt(struct virtio_dev *dev, uint32_t queue)
{
	if (virtq_wants_interrupt(&dev->queue[queue], dev->mem)) {
		raise(dev, INTERRUPT_USED);
	}
}

static void reset_locked(struct virtio_dev *dev)
{
	dev->accepted = 0;
	dev->device_features_sel = 0;
	dev->driver_features_sel = 0;
	dev->queue_sel = 0;
	dev->status = 0;
	dev->interrupts = 0;
	for (uint32_t i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		virtq_reset(&dev->queue[i]);
	}
	vmm_irq_set(&dev->irq, false);
	if (dev->ops->reset) {
		dev->ops->reset(dev);
	}
}

static struct virtq *selected(struct virtio_dev *dev)
{
	return dev->queue_sel < dev->ops->queue_count ? &dev->queue[dev->queue_sel] : NULL;
}

static uint32_t half(uint64_t value, uint32_t sel)
{
	return sel > 1 ? 0 : (uint32_t)(value >> (32 * sel));
}

static uint32_t read_register(struct virtio_dev *dev, uint64_t offset)
{
	const struct virtq *q = selected(dev);

	switch (offset) {
	case MAGIC_VALUE: return MAGIC;
	case VERSION: return 2;
	case DEVICE_ID: return dev->ops->device_id;
	case VENDOR_ID: return VENDOR;
	case DEVICE_FEATURES: return half(dev->features, dev->device_features_sel);
	case QUEUE_NUM_MAX: return q ? VIRTQ_SIZE_MAX : 0;
	case QUEUE_READY: return q && q->ready;
	case INTERRUPT_STATUS: return dev->interrupts;
	case STATUS: return dev->status;
	default: break;
	}
	/* No shared memory region exists: length and base read as all ones. */
	return offset >= SHM_LEN_LOW && offset <= SHM_BASE_HIGH ? 0xffffffff : 0;
}

static uint64_t read_config(struct virtio_dev *dev, uint64_t offset, unsigned width)
{
	uint32_t size = 0;
	const uint8_t *config = dev->ops->config ? dev->ops->config(dev, &size) : NULL;

	if (!config || offset > size || width > size - offset) {
		return 0;
	}
	return vmm_le(config + offset, width);
}

uint64_t virtio_mmio_read(void *device, uint64_t offset, unsigned width)
{
	struct virtio_dev *dev = device;
	uint64_t value = 0;

	pthread_mutex_lock(&dev->lock);
	if (offset >= CONFIG) {
		value = read_config(dev, offset - CONFIG, width);
	} else if (width == 4 && offset % 4 == 0) {
		value = read_register(dev, offset);
	}
	pthread_mutex_unlock(&dev->lock);
	return value;
}

static void write_driver_features(struct virtio_dev *dev, uint32_t value)
{
	uint32_t sel = dev->driver_features_sel;

	if (sel > 1 || dev->status & STATUS_FEATURES_OK) {
		return;
	}
	dev->accepted &= ~(0xffffffffULL << (32 * sel));
	dev->accepted |= (uint64_t)value << (32 * sel);
}

static void write_status(struct virtio_dev *dev, uint32_t value)
{
	uint32_t wanted = value & STATUS_DRIVER_BITS;
	bool was_running = virtio_running(dev);

	if (!value) {
		reset_locked(dev);
		return;
	}
	/* FEATURES_OK stays clear if the driver wants what is not offered, or is no modern one. */
	if (dev->accepted & ~dev->features || !(dev->accepted & F_VERSION_1)) {
		wanted &= ~(STATUS_FEATURES_OK | STATUS_DRIVER_OK);
	}
	dev->status = wanted | (dev->status & STATUS_NEEDS_RESET);
	if (!was_running && virtio_running(dev)) {
		for (uint32_t i = 0; i < dev->ops->queue_count; i++) {
			dev->ops->notify(dev, i);
		}
	}
}

static void write_queue_num(struct virtq *q, uint32_t value)
{
	if (!q->ready && value && value <= VIRTQ_SIZE_MAX && !(value & (value - 1))) {
		q->size = (uint16_t)value;
	}
}

static void write_queue_ready(struct virtio_dev *dev, struct virtq *q, uint32_t value)
{
	if (!(value & 1)) {
		q->ready = false;
		return;
	}
	if (q->ready) {
		return;
	}
	if (!q->size || !virtq_in_ram(q, dev->mem)) {
		virtio_broken(dev);
		return;
	}
	q->indirect = (dev->accepted & F_INDIRECT_DESC) != 0;
	q->event_idx = (dev->accepted & F_EVENT_IDX) != 0;
	q->next_avail = 0;
	q->next_used = 0;
	q->signalled = 0;
	q->ready = true;
}

static void set_half(uint64_t *value, unsigned shift, uint32_t half)
{
	*value = (*value & ~(0xffffffffULL << shift)) | (uint64_t)half << shift;
}

/* A queue that is ready keeps its addresses. */
static void write_queue(struct virtio_dev *dev, uint64_t offset, uint32_t value)
{
	struct virtq *q = selected(dev);

	if (!q) {
		return;
	}
	if (offset == QUEUE_READY) {
		write_queue_ready(dev, q, value);
		return;
	}
	if (q->ready) {
		return;
	}
	switch (offset) {
	case QUEUE_NUM: write_queue_num(q, value); break;
	case QUEUE_DESC_LOW: set_half(&q->desc, 0, value); break;
	case QUEUE_DESC_HIGH: set_half(&q->desc, 32, value); break;
	case QUEUE_DRIVER_LOW: set_half(&q->driver, 0, value); break;
	case QUEUE_DRIVER_HIGH: set_half(&q->driver, 32, value); break;
	case QUEUE_DEVICE_LOW: set_half(&q->device, 0, value); break;
	case QUEUE_DEVICE_HIGH: set_half(&q->device, 32, value); break;
	default: break;
	}
}

static void write_register(struct virtio_dev *dev, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case DEVICE_FEATURES_SEL: dev->device_features_sel = value; break;
	case DRIVER_FEATURES: write_driver_features(dev, value); break;
	case DRIVER_FEATURES_SEL: dev->driver_features_sel = value; break;
	case QUEUE_SEL: dev->queue_sel = value; break;
	case QUEUE_NOTIFY:
		if (value < dev->ops->queue_count && virtio_running(dev)) {
			dev->ops->notify(dev, value);
		}
		break;
	case INTERRUPT_ACK:
		dev->interrupts &= ~value;
		if (!dev->interrupts) {
			vmm_irq_set(&dev->irq, false);
		}
		break;
	case STATUS: write_status(dev, value); break;
	default: write_queue(dev, offset, value); break;
	}
}

void virtio_mmio_write(void *device, uint64_t offset, unsigned width, uint64_t value)
{
	struct virtio_dev *dev = device;

	/* Configuration space is read-only in all our devices. */
	if (offset >= CONFIG || width != 4 || offset % 4) {
		return;
	}
	pthread_mutex_lock(&dev->lock);
	write_register(dev, offset, (uint32_t)value);
	pthread_mutex_unlock(&dev->lock);
}

void virtio_init(struct virtio_dev *dev, const struct virtio_ops *ops, struct vmm_irq irq,
		 const struct vmm_mem *mem, uint64_t features)
{
	memset(dev, 0, sizeof(*dev));
	dev->ops = ops;
	dev->irq = irq;
	dev->mem = mem;
	dev->features = ops->features | features | F_VERSION_1 | F_INDIRECT_DESC | F_EVENT_IDX;
	pthread_mutex_init(&dev->lock, NULL);
}

void virtio_reset(struct virtio_dev *dev)
{
	pthread_mutex_lock(&dev->lock);
	reset_locked(dev);
	pthread_mutex_unlock(&dev->lock);
}

void virtio_save_locked(struct virtio_dev *dev, struct vmm_writer *w)
{
	vmm_put_u32(w, dev->ops->device_id);
	vmm_put_u64(w, dev->accepted);
	vmm_put_u32(w, dev->device_features_sel);
	vmm_put_u32(w, dev->driver_features_sel);
	vmm_put_u32(w, dev->queue_sel);
	vmm_put_u32(w, dev->status);
	vmm_put_u32(w, dev->interrupts);
	for (uint32_t i = 0; i < dev->ops->queue_count; i++) {
		virtq_save(&dev->queue[i], w);
	}
}

/* Takes only what a driver could have made: no feature that is not offered, no queue outside RAM.
 */
void virtio_load_locked(struct virtio_dev *dev, struct vmm_reader *r)
{
	reset_locked(dev);
	if (vmm_get_u32(r) != dev->ops->device_id) {
		r->failed = true;
	}
	dev->accepted = vmm_get_u64(r);
	dev->device_features_sel = vmm_get_u32(r);
	dev->driver_features_sel = vmm_get_u32(r);
	dev->queue_sel = vmm_get_u32(r);
	dev->status = vmm_get_max(r, 0xff);
	dev->interrupts = vmm_get_max(r, INTERRUPT_USED | INTERRUPT_CONFIG);
	if (dev->status & STATUS_FEATURES_OK && dev->accepted & ~dev->features) {
		r->failed = true;
	}
	for (uint32_t i = 0; i < dev->ops->queue_count; i++) {
		struct virtq *q = &dev->queue[i];

		virtq_load(q, r);
		q->indirect = (dev->accepted & F_INDIRECT_DESC) != 0;
		q->event_idx = (dev->accepted & F_EVENT_IDX) != 0;
		if (q->ready && !virtq_in_ram(q, dev->mem)) {
			r->failed = true;
		}
	}
	if (r->failed) {
		reset_locked(dev);
		return;
	}
	vmm_irq_set(&dev->irq, dev->interrupts != 0);
}

void virtio_save(struct virtio_dev *dev, struct vmm_writer *w)
{
	pthread_mutex_lock(&dev->lock);
	virtio_save_locked(dev, w);
	pthread_mutex_unlock(&dev->lock);
}

bool virtio_load(struct virtio_dev *dev, struct vmm_reader *r)
{
	pthread_mutex_lock(&dev->lock);
	virtio_load_locked(dev, r);
	pthread_mutex_unlock(&dev->lock);
	return !r->failed;
}
