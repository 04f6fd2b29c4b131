/* SPDX-License-Identifier: BSD-2-Clause */
/* virtio entropy device. Where the bytes come from is up to the machine: the host, or a seed. */
#ifndef VMM_VIRTIO_RNG_H
#define VMM_VIRTIO_RNG_H

#include "virtio.h"

struct vmm_random {
	void *opaque;
	void (*fill)(void *opaque, void *bytes, uint32_t size);
};

struct virtio_rng {
	struct virtio_dev dev;
	struct vmm_random random;
};

void virtio_rng_init(struct virtio_rng *rng, struct vmm_irq irq, const struct vmm_mem *mem,
		     struct vmm_random random);

/* A generator that gives the same bytes for the same seed: xoshiro256**. */
struct vmm_seeded {
	uint64_t s[4];
};

void vmm_seeded_init(struct vmm_seeded *generator, uint64_t seed);
void vmm_seeded_fill(void *generator, void *bytes, uint32_t size);

/** vmm_host_fill() - bytes from the host's kernel */
void vmm_host_fill(void *opaque, void *bytes, uint32_t size);

#endif
