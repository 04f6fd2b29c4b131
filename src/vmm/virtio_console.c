/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio console with one port. */
#include "virtio_console.h"

#include <string.h>

enum {
	RX,
	TX,
};

static void deliver(struct virtio_console *console)
{
	struct virtio_dev *dev = &console->dev;

	while (console->count && virtio_pop(dev, RX)) {
		uint32_t n = virtq_write(&dev->chain, dev->mem, 0, console->input, console->count);

		memmove(console->input, console->input + n, console->count - n);
		console->count -= n;
		virtio_push(dev, RX, n);
	}
	virtio_interrupt(dev, RX);
}

static void transmit(struct virtio_console *console)
{
	struct virtio_dev *dev = &console->dev;

	while (virtio_pop(dev, TX)) {
		for (uint32_t i = 0; i < dev->chain.out_count; i++) {
			console->sink.write(console->sink.opaque, dev->chain.seg[i].host,
					    dev->chain.seg[i].len);
		}
		virtio_push(dev, TX, 0);
	}
	virtio_interrupt(dev, TX);
}

static void notify(struct virtio_dev *dev, uint32_t queue)
{
	struct virtio_console *console = (struct virtio_console *)dev;

	if (queue == RX) {
		deliver(console);
	} else {
		transmit(console);
	}
}

static void reset(struct virtio_dev *dev)
{
	((struct virtio_console *)dev)->count = 0;
}

static const struct virtio_ops console_ops = {
	.device_id = VIRTIO_ID_CONSOLE,
	.queue_count = 2,
	.notify = notify,
	.reset = reset,
};

void virtio_console_init(struct virtio_console *console, struct vmm_irq irq,
			 const struct vmm_mem *mem, struct vmm_sink sink)
{
	virtio_init(&console->dev, &console_ops, irq, mem, 0);
	console->sink = sink;
	console->count = 0;
}

uint32_t virtio_console_room(struct virtio_console *console)
{
	uint32_t room = 0;

	pthread_mutex_lock(&console->dev.lock);
	if (virtio_running(&console->dev)) {
		room = VIRTIO_CONSOLE_BUFFER - console->count;
	}
	pthread_mutex_unlock(&console->dev.lock);
	return room;
}

void virtio_console_receive(struct virtio_console *console, const uint8_t *bytes, uint32_t size)
{
	uint32_t room;

	pthread_mutex_lock(&console->dev.lock);
	room = VIRTIO_CONSOLE_BUFFER - console->count;
	size = size < room ? size : room;
	memcpy(console->input + console->count, bytes, size);
	console->count += size;
	deliver(console);
	pthread_mutex_unlock(&console->dev.lock);
}

void virtio_console_save(struct virtio_console *console, struct vmm_writer *w)
{
	pthread_mutex_lock(&console->dev.lock);
	virtio_save_locked(&console->dev, w);
	vmm_put_u32(w, console->count);
	vmm_put_bytes(w, console->input, console->count);
	pthread_mutex_unlock(&console->dev.lock);
}

bool virtio_console_load(struct virtio_console *console, struct vmm_reader *r)
{
	pthread_mutex_lock(&console->dev.lock);
	virtio_load_locked(&console->dev, r);
	console->count = vmm_get_max(r, VIRTIO_CONSOLE_BUFFER);
	vmm_get_bytes(r, console->input, console->count);
	pthread_mutex_unlock(&console->dev.lock);
	return !r->failed;
}
