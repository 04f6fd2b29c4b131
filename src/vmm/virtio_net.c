/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio network device (virtio 1.2, section 5.1). */
#include "virtio_net.h"

#include <string.h>

#define F_MAC              (1ULL << 5)
#define F_STATUS           (1ULL << 16)
#define LINK_UP            1
#define HEADER             12
#define HEADER_NUM_BUFFERS 10

enum {
	RX,
	TX,
};

static void receive(struct virtio_net *net)
{
	struct virtio_dev *dev = &net->dev;
	uint8_t header[HEADER] = {[HEADER_NUM_BUFFERS] = 1};

	while (virtio_pop(dev, RX)) {
		uint32_t size = net->net.fetch(net->net.opaque, net->packet, sizeof(net->packet));
		uint32_t n;

		if (!size) {
			virtq_unpop(&dev->queue[RX]);
			break;
		}
		n = virtq_write(&dev->chain, dev->mem, 0, header, HEADER);
		n += virtq_write(&dev->chain, dev->mem, HEADER, net->packet, size);
		/* A packet that does not fit is dropped: an empty buffer would be taken for one. */
		if (n < HEADER + size) {
			virtq_unpop(&dev->queue[RX]);
			continue;
		}
		virtio_push(dev, RX, n);
	}
	virtio_interrupt(dev, RX);
}

static void transmit(struct virtio_net *net)
{
	struct virtio_dev *dev = &net->dev;

	while (virtio_pop(dev, TX)) {
		uint32_t size = virtq_read(&dev->chain, HEADER, net->packet, sizeof(net->packet));

		if (size) {
			net->net.send(net->net.opaque, net->packet, size);
		}
		virtio_push(dev, TX, 0);
	}
	virtio_interrupt(dev, TX);
	receive(net); /* the answer may be there already */
}

static void notify(struct virtio_dev *dev, uint32_t queue)
{
	struct virtio_net *net = (struct virtio_net *)dev;

	if (queue == TX) {
		transmit(net);
	} else {
		receive(net);
	}
}

static const void *config(struct virtio_dev *dev, uint32_t *size)
{
	struct virtio_net *net = (struct virtio_net *)dev;

	*size = sizeof(net->config);
	return net->config;
}

static const struct virtio_ops net_ops = {
	.device_id = VIRTIO_ID_NET,
	.queue_count = 2,
	.features = F_MAC | F_STATUS,
	.config = config,
	.notify = notify,
};

void virtio_net_init(struct virtio_net *device, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct vmm_net net, const uint8_t mac[6])
{
	virtio_init(&device->dev, &net_ops, irq, mem, 0);
	device->net = net;
	memcpy(device->config, mac, 6);
	vmm_put_le(device->config + 6, 2, LINK_UP);
}

void virtio_net_poll(struct virtio_net *device)
{
	pthread_mutex_lock(&device->dev.lock);
	if (virtio_running(&device->dev)) {
		receive(device);
	}
	pthread_mutex_unlock(&device->dev.lock);
}
