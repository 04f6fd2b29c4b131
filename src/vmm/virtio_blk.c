/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio block device over a raw file (virtio 1.2, section 5.2). */
#include "virtio_blk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECTOR 512
#define HEADER 16

#define F_SEG_MAX  (1ULL << 2)
#define F_RO       (1ULL << 5)
#define F_BLK_SIZE (1ULL << 6)
#define F_FLUSH    (1ULL << 9)

#define CONFIG_CAPACITY 0
#define CONFIG_SEG_MAX  12
#define CONFIG_BLK_SIZE 20

enum {
	T_IN = 0,
	T_OUT = 1,
	T_FLUSH = 4,
	T_GET_ID = 8,
};

enum {
	S_OK = 0,
	S_IOERR = 1,
	S_UNSUPP = 2,
};

int virtio_blk_open(struct virtio_blk_file *file, const char *path)
{
	struct stat st;
	off_t size;

	file->read_only = false;
	file->fd = open(path, O_RDWR | O_CLOEXEC);
	if (file->fd < 0 && (errno == EACCES || errno == EROFS || errno == EPERM)) {
		file->read_only = true;
		file->fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (file->fd < 0) {
		return -errno;
	}
	size = fstat(file->fd, &st) ? -1 : lseek(file->fd, 0, SEEK_END);
	if (size < SECTOR || S_ISDIR(st.st_mode)) {
		int error = size < 0 ? -errno : S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;

		close(file->fd);
		return error;
	}
	file->sectors = (uint64_t)size / SECTOR;
	return 0;
}

/* Turns bytes [@skip, @skip + @len) of the request's out- or in-segments into blk->iov. */
static int gather(struct virtio_blk *blk, bool in, uint32_t skip, uint32_t len)
{
	const struct virtq_chain *chain = &blk->dev.chain;
	const struct virtq_seg *seg = chain->seg + (in ? chain->out_count : 0);
	uint32_t count = in ? chain->in_count : chain->out_count;
	int n = 0;

	for (uint32_t i = 0; i < count && len; i++) {
		uint32_t part;

		if (skip >= seg[i].len) {
			skip -= seg[i].len;
			continue;
		}
		part = seg[i].len - skip < len ? seg[i].len - skip : len;
		blk->iov[n].iov_base = seg[i].host + skip;
		blk->iov[n++].iov_len = part;
		len -= part;
		skip = 0;
	}
	return n;
}

/* Moves all of blk->iov, however the host cuts it up. */
static bool transfer(struct virtio_blk *blk, bool in, int count, off_t at)
{
	struct iovec *iov = blk->iov;

	while (count) {
		ssize_t n = in ? preadv(blk->file.fd, iov, count, at)
			       : pwritev(blk->file.fd, iov, count, at);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return false;
		}
		at += n;
		while (count && (size_t)n >= iov->iov_len) {
			n -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (uint8_t *)iov->iov_base + n;
			iov->iov_len -= (size_t)n;
		}
	}
	return true;
}

/* The guest's memory has changed under the first @len bytes of the in-segments. */
static void wrote(struct virtio_blk *blk, uint32_t len)
{
	const struct virtq_chain *chain = &blk->dev.chain;

	for (uint32_t i = 0; i < chain->in_count && len; i++) {
		const struct virtq_seg *seg = &chain->seg[chain->out_count + i];
		uint32_t part = seg->len < len ? seg->len : len;

		vmm_mem_wrote(blk->dev.mem, seg->gpa, part);
		len -= part;
	}
}

static uint8_t move_sectors(struct virtio_blk *blk, bool in, uint64_t sector, uint32_t *written)
{
	const struct virtq_chain *chain = &blk->dev.chain;
	uint32_t len = in ? chain->in_len - 1 : chain->out_len - HEADER;
	uint32_t count = len / SECTOR;

	if (len % SECTOR || sector > blk->file.sectors || count > blk->file.sectors - sector ||
	    (!in && blk->file.read_only)) {
		return S_IOERR;
	}
	if (!transfer(blk, in, gather(blk, in, in ? 0 : HEADER, len), (off_t)(sector * SECTOR))) {
		return S_IOERR;
	}
	if (in) {
		wrote(blk, len);
		*written = len;
	}
	return S_OK;
}

/* Returns the status; *@written counts the bytes before the status byte. */
static uint8_t execute(struct virtio_blk *blk, const uint8_t *header, uint32_t *written)
{
	struct virtq_chain *chain = &blk->dev.chain;

	switch (vmm_le(header, 4)) {
	case T_IN: return move_sectors(blk, true, vmm_le(header + 8, 8), written);
	case T_OUT: return move_sectors(blk, false, vmm_le(header + 8, 8), written);
	case T_FLUSH: return fdatasync(blk->file.fd) && errno != EINVAL ? S_IOERR : S_OK;
	case T_GET_ID:
		*written = chain->in_len - 1 < VIRTIO_BLK_ID ? chain->in_len - 1 : VIRTIO_BLK_ID;
		virtq_write(chain, blk->dev.mem, 0, blk->id, *written);
		return S_OK;
	default: return S_UNSUPP;
	}
}

static void notify(struct virtio_dev *dev, uint32_t queue)
{
	struct virtio_blk *blk = (struct virtio_blk *)dev;
	uint8_t header[HEADER];

	while (virtio_pop(dev, queue)) {
		uint32_t written = 0;
		uint8_t status;

		/* A request without room for header or status cannot be answered at all. */
		if (virtq_read(&dev->chain, 0, header, HEADER) != HEADER || !dev->chain.in_len) {
			virtio_broken(dev);
			return;
		}
		status = execute(blk, header, &written);
		virtq_write(&dev->chain, dev->mem, dev->chain.in_len - 1, &status, 1);
		virtio_push(dev, queue, written + 1);
	}
	virtio_interrupt(dev, queue);
}

static const void *config(struct virtio_dev *dev, uint32_t *size)
{
	struct virtio_blk *blk = (struct virtio_blk *)dev;

	*size = sizeof(blk->config);
	return blk->config;
}

static const struct virtio_ops blk_ops = {
	.device_id = VIRTIO_ID_BLOCK,
	.queue_count = 1,
	.features = F_SEG_MAX | F_BLK_SIZE | F_FLUSH,
	.config = config,
	.notify = notify,
};

void virtio_blk_init(struct virtio_blk *blk, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct virtio_blk_file file, const char *id)
{
	virtio_init(&blk->dev, &blk_ops, irq, mem, file.read_only ? F_RO : 0);
	blk->file = file;
	memset(blk->id, 0, sizeof(blk->id));
	memcpy(blk->id, id, strnlen(id, sizeof(blk->id)));
	memset(blk->config, 0, sizeof(blk->config));
	vmm_put_le(blk->config + CONFIG_CAPACITY, 8, file.sectors);
	vmm_put_le(blk->config + CONFIG_SEG_MAX, 4, VIRTQ_SIZE_MAX - 2);
	vmm_put_le(blk->config + CONFIG_BLK_SIZE, 4, SECTOR);
}
