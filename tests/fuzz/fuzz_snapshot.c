/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshot files with hostile contents. The first byte chooses: a section whose contents are the rest,
 * between others that are sound and with right checksums; or the rest is the whole file. Everything is
 * read and printed, nothing is run.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

#include "snapfile_format.h"
#include "snapshot_internal.h"

#define FILE_MAX 65536u

struct image {
	uint8_t bytes[FILE_MAX];
	size_t size;
};

static void put(struct image *image, const void *bytes, size_t size)
{
	if (size <= FILE_MAX - image->size) {
		memcpy(image->bytes + image->size, bytes, size);
		image->size += size;
	}
}

static void put_section(struct image *image, const char *tag, uint32_t instance, const void *bytes,
			size_t size)
{
	uint8_t header[SNAPFILE_SECTION_HEADER_SIZE] = {0};
	static const uint8_t zeros[8];

	memcpy(header, tag, strlen(tag));
	vmm_put_le(header + SNAPFILE_AT_INSTANCE, 4, instance);
	vmm_put_le(header + SNAPFILE_AT_SVERSION, 4, 1);
	vmm_put_le(header + SNAPFILE_AT_SIZE, 8, size);
	vmm_put_le(header + SNAPFILE_AT_CRC, 4, crc32(0, bytes, (uInt)size));
	vmm_put_le(header + SNAPFILE_AT_SECTION_CRC, 4, crc32(0, header, SNAPFILE_AT_SECTION_CRC));
	put(image, header, sizeof(header));
	put(image, bytes, size);
	put(image, zeros, -size & 7);
}

/* ---- sound contents ---- */

static void make_config(struct vmm_writer *w)
{
	static char kernel[] = "/kernel";
	static char empty[] = "";
	const struct snapshot_config config = {
		.cpus = 1,
		.pcpus = 1,
		.ram_size = 1 << 21,
		.kernel = kernel,
		.initrd = empty,
		.params = empty,
	};

	snapshot_put_config(&config, w);
}

static void make_clock(struct vmm_writer *w)
{
	const struct vm_clock_state clock = {.counter = 1};

	snapshot_put_clock(&clock, w);
}

static void make_vcpu(struct vmm_writer *w)
{
	static const struct snapshot_vcpu vcpu = {.state.powered = true};

	snapshot_put_vcpu(&vcpu, w);
}

static void make_regs(struct vmm_writer *w)
{
	static const struct snapshot_regs regs = {.count = 1, .reg = {{0, 1}}};

	snapshot_put_regs(&regs, w);
}

static void make_ist(struct vmm_writer *w)
{
	static const uint32_t istes[LAYOUT_SPIS];

	vmm_put_bytes(w, istes, sizeof(istes));
}

static const struct {
	const char *tag;
	uint32_t instance;
	void (*make)(struct vmm_writer *w);
} sections[] = {
	{TAG_CONFIG, 0,       make_config},
        {TAG_CLOCK,  0,       make_clock },
        {TAG_VCPU,   0,       make_vcpu  },
	{TAG_GICIRS, 0,       make_regs  },
        {TAG_GICCPU, 0,       make_regs  },
        {TAG_IST,    IST_SPI, make_ist   },
	{TAG_IST,    IST_LPI, make_ist   },
};
#define SECTIONS (sizeof(sections) / sizeof(sections[0]))

static void put_file(struct image *image, size_t chosen, const uint8_t *data, size_t size)
{
	uint8_t header[SNAPFILE_HEADER_SIZE] = SNAPFILE_MAGIC;

	vmm_put_le(header + SNAPFILE_AT_VERSION, 4, SNAPFILE_VERSION);
	vmm_put_le(header + SNAPFILE_AT_HEADER_CRC, 4, crc32(0, header, SNAPFILE_AT_HEADER_CRC));
	put(image, header, sizeof(header));
	for (size_t i = 0; i < SECTIONS; i++) {
		struct vmm_writer w = {0};

		if (i == chosen) {
			put_section(image, sections[i].tag, sections[i].instance, data, size);
			continue;
		}
		sections[i].make(&w);
		put_section(image, sections[i].tag, sections[i].instance, w.data, w.size);
		vmm_writer_free(&w);
	}
	put_section(image, SNAPFILE_END_TAG, 0, "", 0);
}

/* ---- the target ---- */

static void read_image(const struct image *image)
{
	struct vmm_error error;
	char path[64];
	int fd = memfd_create("snapshot", MFD_CLOEXEC);
	FILE *out = fopen("/dev/null", "w");

	if (fd < 0 || !out) {
		abort();
	}
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, image->bytes, image->size) == (ssize_t)image->size) {
		snapshot_inspect(path, out, &error);
	}
	fclose(out);
	close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct image image;

	if (!size) {
		return 0;
	}
	image.size = 0;
	if (data[0] < SECTIONS) {
		put_file(&image, data[0], data + 1, size - 1);
	} else {
		put(&image, data + 1, size - 1);
	}
	read_image(&image);
	return 0;
}
