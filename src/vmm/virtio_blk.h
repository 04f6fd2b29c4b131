/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * virtio block device over a raw file or block device: read, write, flush, identification. Requests
 * are finished before the driver's notification returns, so nothing is ever in flight.
 */
#ifndef VMM_VIRTIO_BLK_H
#define VMM_VIRTIO_BLK_H

#include <sys/uio.h>

#include "virtio.h"

#define VIRTIO_BLK_ID 20

struct virtio_blk_file {
	int fd;
	bool read_only;
	uint64_t sectors; /* of 512 bytes; a rest of the file is not seen */
};

struct virtio_blk {
	struct virtio_dev dev;
	struct virtio_blk_file file;
	char id[VIRTIO_BLK_ID]; /* the serial number that the guest sees, padded with zeros */
	uint8_t config[64];
	struct iovec iov[VIRTQ_SIZE_MAX];
};

/**
 * virtio_blk_open() - open what the disk is made of
 *
 * Opened for reading only if it is not writable.
 *
 * returns: 0; -errno of open() or lseek(); -EISDIR for a folder; -EINVAL if smaller than a sector
 */
int virtio_blk_open(struct virtio_blk_file *file, const char *path);

void virtio_blk_init(struct virtio_blk *blk, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct virtio_blk_file file, const char *id);

#endif
