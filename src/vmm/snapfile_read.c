/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads snapshot files: everything in them is checked before it is used. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "mem.h"
#include "snapfile.h"
#include "snapfile_format.h"

/* More sections than any machine has; bounds what a hostile file can make us remember. */
#define MAX_SECTIONS 65536

struct entry {
	struct snapfile_section info;
	uint64_t offset; /* of the contents */
	uint32_t crc;
	bool checked; /* the checksum was right */
};

struct snapfile_reader {
	char *path;
	const uint8_t *bytes;
	uint64_t size;
	struct entry *entries;
	size_t count;
};

static uint32_t crc(const void *data, uint64_t size)
{
	return (uint32_t)crc32_z(0, data, size);
}

static bool map_file(struct snapfile_reader *r, char *error, size_t error_size)
{
	struct stat st;
	int fd = open(r->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)snprintf(error, error_size, "cannot open %s: %s", r->path, strerror(errno));
		if (fd >= 0) {
			(void)close(fd);
		}
		return false;
	}
	if (!S_ISREG(st.st_mode) || st.st_size < SNAPFILE_HEADER_SIZE) {
		(void)snprintf(error, error_size, "%s is not a snapshot", r->path);
		(void)close(fd);
		return false;
	}
	r->size = (uint64_t)st.st_size;
	void *map = mmap(NULL, r->size, PROT_READ, MAP_PRIVATE, fd, 0);
	(void)close(fd);
	if (map == MAP_FAILED) {
		(void)snprintf(error, error_size, "cannot read %s: %s", r->path, strerror(errno));
		return false;
	}
	r->bytes = map;
	return true;
}

static bool check_header(const struct snapfile_reader *r, char *error, size_t error_size)
{
	uint64_t version = vmm_le(r->bytes + SNAPFILE_AT_VERSION, 4);

	if (memcmp(r->bytes, SNAPFILE_MAGIC, 8) != 0) {
		(void)snprintf(error, error_size, "%s is not a snapshot", r->path);
		return false;
	}
	if (vmm_le(r->bytes + SNAPFILE_AT_HEADER_CRC, 4) != crc(r->bytes, SNAPFILE_AT_HEADER_CRC)) {
		(void)snprintf(error, error_size, "%s is damaged: header checksum", r->path);
		return false;
	}
	if (version > SNAPFILE_VERSION) {
		(void)snprintf(error, error_size,
			       "%s has format version %llu, this program reads up to %d: use a "
			       "newer vgic5",
			       r->path, (unsigned long long)version, SNAPFILE_VERSION);
		return false;
	}
	return true;
}

static bool add_entry(struct snapfile_reader *r, const struct entry *entry)
{
	if ((r->count & (r->count - 1)) == 0) {
		size_t room = r->count ? 2 * r->count : 1;
		struct entry *grown = realloc(r->entries, room * sizeof(*grown));

		if (!grown) {
			return false;
		}
		r->entries = grown;
	}
	r->entries[r->count++] = *entry;
	return true;
}

/* One section header at @offset; moves @offset behind the section. */
static bool scan_section(struct snapfile_reader *r, uint64_t *offset, struct entry *entry)
{
	const uint8_t *header = r->bytes + *offset;

	if (r->size - *offset < SNAPFILE_SECTION_HEADER_SIZE ||
	    vmm_le(header + SNAPFILE_AT_SECTION_CRC, 4) != crc(header, SNAPFILE_AT_SECTION_CRC)) {
		return false;
	}
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->info.tag, header + SNAPFILE_AT_TAG, SNAPFILE_TAG_SIZE);
	entry->info.instance = (uint32_t)vmm_le(header + SNAPFILE_AT_INSTANCE, 4);
	entry->info.version = (uint32_t)vmm_le(header + SNAPFILE_AT_SVERSION, 4);
	entry->info.size = vmm_le(header + SNAPFILE_AT_SIZE, 8);
	entry->crc = (uint32_t)vmm_le(header + SNAPFILE_AT_CRC, 4);
	entry->offset = *offset + SNAPFILE_SECTION_HEADER_SIZE;
	if (entry->info.size > r->size - entry->offset) {
		return false;
	}
	*offset = entry->offset + entry->info.size;
	*offset += -*offset & 7;
	return *offset <= r->size;
}

static bool scan(struct snapfile_reader *r, char *error, size_t error_size)
{
	uint64_t offset = SNAPFILE_HEADER_SIZE;
	struct entry entry;

	while (r->count < MAX_SECTIONS) {
		if (!scan_section(r, &offset, &entry)) {
			(void)snprintf(error, error_size, "%s is truncated or damaged at byte %llu",
				       r->path, (unsigned long long)offset);
			return false;
		}
		if (!strcmp(entry.info.tag, SNAPFILE_END_TAG)) {
			return true;
		}
		if (!add_entry(r, &entry)) {
			(void)snprintf(error, error_size, "no memory to read %s", r->path);
			return false;
		}
	}
	(void)snprintf(error, error_size, "%s has too many sections", r->path);
	return false;
}

struct snapfile_reader *snapfile_open(const char *path, char *error, size_t error_size)
{
	struct snapfile_reader *r = calloc(1, sizeof(*r));

	if (!r || !(r->path = strdup(path))) {
		(void)snprintf(error, error_size, "no memory to read %s", path);
		free(r);
		return NULL;
	}
	if (!map_file(r, error, error_size) || !check_header(r, error, error_size) ||
	    !scan(r, error, error_size)) {
		snapfile_close(r);
		return NULL;
	}
	return r;
}

void snapfile_close(struct snapfile_reader *r)
{
	if (!r) {
		return;
	}
	if (r->bytes) {
		(void)munmap((void *)(uintptr_t)r->bytes, r->size);
	}
	free(r->entries);
	free(r->path);
	free(r);
}

size_t snapfile_count(const struct snapfile_reader *r)
{
	return r->count;
}

const struct snapfile_section *snapfile_at(const struct snapfile_reader *r, size_t index)
{
	return index < r->count ? &r->entries[index].info : NULL;
}

int snapfile_find(const struct snapfile_reader *r, const char *tag, uint32_t instance)
{
	for (size_t i = 0; i < r->count; i++) {
		if (!strcmp(r->entries[i].info.tag, tag) &&
		    r->entries[i].info.instance == instance) {
			return (int)i;
		}
	}
	return -1;
}

const void *snapfile_data(struct snapfile_reader *r, size_t index, size_t *size, char *error,
			  size_t error_size)
{
	struct entry *entry = index < r->count ? &r->entries[index] : NULL;

	if (!entry) {
		(void)snprintf(error, error_size, "%s: no section %zu", r->path, index);
		return NULL;
	}
	if (!entry->checked && crc(r->bytes + entry->offset, entry->info.size) != entry->crc) {
		(void)snprintf(error, error_size, "%s is damaged: checksum of section %s.%u",
			       r->path, entry->info.tag, entry->info.instance);
		return NULL;
	}
	entry->checked = true;
	*size = (size_t)entry->info.size;
	return r->bytes + entry->offset;
}

/* A RAM section in its parts */
struct ram_section {
	uint64_t base, size, stored;
	const uint8_t *bitmap;
	const uint8_t *frame;
	size_t frame_size;
};

static uint64_t count_bits(const uint8_t *bitmap, uint64_t pages)
{
	uint64_t count = 0;

	for (uint64_t page = 0; page < pages; page++) {
		count += bitmap[page / 8] >> (page % 8) & 1;
	}
	return count;
}

static bool parse_ram(struct snapfile_reader *r, size_t index, struct ram_section *ram, char *error,
		      size_t error_size)
{
	size_t size;
	const uint8_t *bytes = snapfile_data(r, index, &size, error, error_size);
	uint64_t pages, bitmap_size;

	if (!bytes) {
		return false;
	}
	if (r->entries[index].info.version > SNAPFILE_RAM_VERSION) {
		(void)snprintf(error, error_size,
			       "%s: section %s has version %u, this program reads up to %d",
			       r->path, r->entries[index].info.tag, r->entries[index].info.version,
			       SNAPFILE_RAM_VERSION);
		return false;
	}
	if (size < SNAPFILE_RAM_HEADER_SIZE) {
		goto damaged;
	}
	ram->base = vmm_le(bytes + SNAPFILE_AT_BASE, 8);
	ram->size = vmm_le(bytes + SNAPFILE_AT_RAM_SIZE, 8);
	ram->stored = vmm_le(bytes + SNAPFILE_AT_PAGES, 8);
	pages = ram->size / SNAPFILE_PAGE_SIZE;
	bitmap_size = (pages + 7) / 8;
	if (ram->size % SNAPFILE_PAGE_SIZE || bitmap_size > size - SNAPFILE_RAM_HEADER_SIZE) {
		goto damaged;
	}
	ram->bitmap = bytes + SNAPFILE_RAM_HEADER_SIZE;
	ram->frame = ram->bitmap + bitmap_size;
	ram->frame_size = size - SNAPFILE_RAM_HEADER_SIZE - (size_t)bitmap_size;
	if (count_bits(ram->bitmap, pages) != ram->stored) {
		goto damaged;
	}
	return true;
damaged:
	(void)snprintf(error, error_size, "%s: section %s is not a RAM section", r->path,
		       r->entries[index].info.tag);
	return false;
}

bool snapfile_ram_info(struct snapfile_reader *r, size_t index, uint64_t *base, uint64_t *size,
		       char *error, size_t error_size)
{
	struct ram_section ram;

	if (!parse_ram(r, index, &ram, error, error_size)) {
		return false;
	}
	*base = ram.base;
	*size = ram.size;
	return true;
}

/* Fills @length bytes at @to from the frame. */
static bool decompress(ZSTD_DCtx *z, ZSTD_inBuffer *in, uint8_t *to, size_t length)
{
	ZSTD_outBuffer out = {to, length, 0};

	while (out.pos < out.size) {
		size_t before = out.pos, consumed = in->pos;
		size_t result = ZSTD_decompressStream(z, &out, in);

		if (ZSTD_isError(result) || (out.pos == before && in->pos == consumed)) {
			return false;
		}
	}
	return true;
}

static bool fill(const struct ram_section *section, ZSTD_DCtx *z, uint8_t *ram)
{
	ZSTD_inBuffer in = {section->frame, section->frame_size, 0};
	uint64_t pages = section->size / SNAPFILE_PAGE_SIZE, page = 0;

	while (page < pages) {
		uint64_t first = page;

		while (page < pages && (section->bitmap[page / 8] >> (page % 8) & 1)) {
			page++;
		}
		if (page == first) {
			page++;
		} else if (!decompress(z, &in, ram + first * SNAPFILE_PAGE_SIZE,
				       (size_t)(page - first) * SNAPFILE_PAGE_SIZE)) {
			return false;
		}
	}
	return true;
}

bool snapfile_get_ram(struct snapfile_reader *r, size_t index, uint64_t base, void *ram,
		      uint64_t size, char *error, size_t error_size)
{
	struct ram_section section;
	ZSTD_DCtx *z;
	bool ok;

	if (!parse_ram(r, index, &section, error, error_size)) {
		return false;
	}
	if (section.base != base || section.size != size) {
		(void)snprintf(
			error, error_size,
			"%s holds RAM of %llu bytes at %#llx, this machine has %llu at %#llx",
			r->path, (unsigned long long)section.size, (unsigned long long)section.base,
			(unsigned long long)size, (unsigned long long)base);
		return false;
	}
	z = ZSTD_createDCtx();
	ok = z && fill(&section, z, ram);
	ZSTD_freeDCtx(z);
	if (!ok) {
		(void)snprintf(error, error_size, "%s is damaged: RAM cannot be decompressed",
			       r->path);
	}
	return ok;
}
