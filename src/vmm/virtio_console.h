/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio console with one port. Input waits in a small buffer until the driver offers room. */
#ifndef VMM_VIRTIO_CONSOLE_H
#define VMM_VIRTIO_CONSOLE_H

#include "virtio.h"

#define VIRTIO_CONSOLE_BUFFER 256

struct virtio_console {
	struct virtio_dev dev;
	struct vmm_sink sink;
	uint8_t input[VIRTIO_CONSOLE_BUFFER];
	uint32_t count;
};

void virtio_console_init(struct virtio_console *console, struct vmm_irq irq,
			 const struct vmm_mem *mem, struct vmm_sink sink);

/** virtio_console_room() - how many bytes virtio_console_receive() would take now */
uint32_t virtio_console_room(struct virtio_console *console);

/** virtio_console_receive() - bytes are typed; those beyond the room are lost */
void virtio_console_receive(struct virtio_console *console, const uint8_t *bytes, uint32_t size);

void virtio_console_save(struct virtio_console *console, struct vmm_writer *w);
bool virtio_console_load(struct virtio_console *console, struct vmm_reader *r);

#endif
