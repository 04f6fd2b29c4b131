/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Puts a kernel, an initrd and a device tree into guest RAM as the arm64 boot protocol wants them
 * (Documentation/arch/arm64/booting.rst): the Image at a 2 MiB boundary plus its text offset, with
 * image_size bytes free behind it; the initrd after it; the device tree in 2 MiB of its own.
 */
#ifndef VMM_LOADER_H
#define VMM_LOADER_H

#include <stdint.h>

#include "error.h"

#define LOADER_DTB_MAX 0x200000 /* the largest device tree that the protocol allows */

struct loader_ram {
	uint64_t base; /* guest physical, aligned to 2 MiB */
	uint64_t size;
	uint8_t *host;
};

struct loader_result {
	uint64_t entry;
	uint64_t kernel_end;   /* includes what the kernel has not in its file */
	uint64_t initrd_start; /* both 0 without initrd */
	uint64_t initrd_end;
	uint64_t dtb; /* where LOADER_DTB_MAX bytes are free */
};

/**
 * loader_load() - read kernel and initrd
 * @initrd: a path, or NULL
 *
 * returns: 0; -1 with a line in *error if a file cannot be read, the kernel is no little-endian arm64
 * Image, or RAM is too small
 */
int loader_load(const struct loader_ram *ram, const char *kernel, const char *initrd,
		struct loader_result *result, struct vmm_error *error);

#endif
