/* SPDX-License-Identifier: BSD-2-Clause */
/* The guest's device tree: CPUs, memory, GICv5 with its IRS, timers, devices, boot parameters. */
#ifndef VMM_DEVICE_TREE_H
#define VMM_DEVICE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct device_tree_config {
	uint32_t cpus;
	uint64_t ram_size;
	const char *bootargs;
	uint64_t initrd_start; /* equal to the end: no initrd */
	uint64_t initrd_end;
	uint32_t virtio_count; /* devices in consecutive slots */
	uint64_t kaslr_seed;
	uint8_t rng_seed[32];
};

/**
 * device_tree_build() - write the flattened tree
 * @buffer, @size: where to; not more than the caller means to use of it
 *
 * returns: the tree's size in bytes; a negative libfdt error if it does not fit
 */
int device_tree_build(const struct device_tree_config *config, void *buffer, size_t size);

#endif
