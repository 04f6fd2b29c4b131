/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio entropy device. */
#include "virtio_rng.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#define CHUNK \
	4096 /* a request is answered with at most so many bytes; less than asked is allowed */

static void notify(struct virtio_dev *dev, uint32_t queue)
{
	struct virtio_rng *rng = (struct virtio_rng *)dev;
	uint8_t bytes[CHUNK];

	while (virtio_pop(dev, queue)) {
		uint32_t want = dev->chain.in_len < CHUNK ? dev->chain.in_len : CHUNK;

		rng->random.fill(rng->random.opaque, bytes, want);
		virtio_push(dev, queue, virtq_write(&dev->chain, dev->mem, 0, bytes, want));
	}
	virtio_interrupt(dev, queue);
}

static const struct virtio_ops rng_ops = {
	.device_id = VIRTIO_ID_ENTROPY,
	.queue_count = 1,
	.notify = notify,
};

void virtio_rng_init(struct virtio_rng *rng, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct vmm_random random)
{
	virtio_init(&rng->dev, &rng_ops, irq, mem, 0);
	rng->random = random;
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return x << k | x >> (64 - k);
}

static uint64_t next(struct vmm_seeded *g)
{
	uint64_t result = rotl(g->s[1] * 5, 7) * 9;
	uint64_t t = g->s[1] << 17;

	g->s[2] ^= g->s[0];
	g->s[3] ^= g->s[1];
	g->s[1] ^= g->s[2];
	g->s[0] ^= g->s[3];
	g->s[2] ^= t;
	g->s[3] = rotl(g->s[3], 45);
	return result;
}

void vmm_seeded_init(struct vmm_seeded *generator, uint64_t seed)
{
	/* splitmix64, so that near seeds give far states and none is all zeros */
	for (unsigned i = 0; i < 4; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15ULL;

		z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
		z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
		generator->s[i] = z ^ z >> 31;
	}
}

void vmm_seeded_fill(void *generator, void *bytes, uint32_t size)
{
	uint8_t *p = bytes;

	for (uint32_t i = 0; i < size; i += 8) {
		uint8_t word[8];

		vmm_put_le(word, 8, next(generator));
		memcpy(p + i, word, size - i < 8 ? size - i : 8);
	}
}

void vmm_host_fill(void *opaque, void *bytes, uint32_t size)
{
	uint8_t *p = bytes;

	(void)opaque;
	while (size) {
		ssize_t n = getrandom(p, size, 0);

		if (n < 0 && errno != EINTR) {
			memset(p, 0, size); /* only on a kernel without the call */
			return;
		}
		if (n > 0) {
			p += n;
			size -= (uint32_t)n;
		}
	}
}
