/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio network device without offloads. The network behind it takes a packet by send() and is
 * asked for packets by fetch(); both are called with the device's lock held and never call back.
 */
#ifndef VMM_VIRTIO_NET_H
#define VMM_VIRTIO_NET_H

#include "virtio.h"

#define VMM_PACKET_MAX 65550 /* the largest that a network may hand over */

struct vmm_net {
	void *opaque;
	void (*send)(void *opaque, const void *packet, uint32_t size);
	/* Copies the oldest waiting packet and forgets it. Returns its size, 0 if there is none. */
	uint32_t (*fetch)(void *opaque, void *packet, uint32_t size);
};

struct virtio_net {
	struct virtio_dev dev;
	struct vmm_net net;
	uint8_t config[8];
	uint8_t packet[VMM_PACKET_MAX];
};

void virtio_net_init(struct virtio_net *device, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct vmm_net net, const uint8_t mac[6]);

/** virtio_net_poll() - give the driver what waits in the network, as far as it has buffers */
void virtio_net_poll(struct virtio_net *device);

#endif
