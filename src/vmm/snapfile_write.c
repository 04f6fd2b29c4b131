/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes snapshot files. */
#define _GNU_SOURCE /* asprintf */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "mem.h"
#include "snapfile.h"
#include "snapfile_format.h"

/* The fastest level: a snapshot is a pause of the guest, and RAM that is not zero compresses well.
 */
#define COMPRESSION_LEVEL 1
#define COMPRESSION_WORKERS \
	2 /* part of the format's reproducibility: never the machine's core count */
#define OUT_SIZE (1 << 20)

struct snapfile_writer {
	int fd;
	char *path;
	char *temporary;
	uint64_t position;
	char error[256]; /* empty while all is well */
};

static void fail(struct snapfile_writer *w, const char *format, ...)
{
	va_list args;

	if (w->error[0]) {
		return;
	}
	va_start(args, format);
	(void)vsnprintf(w->error, sizeof(w->error), format, args);
	va_end(args);
}

static void write_at(struct snapfile_writer *w, uint64_t position, const void *data, size_t size)
{
	const uint8_t *next = data;

	while (size && !w->error[0]) {
		ssize_t done = pwrite(w->fd, next, size, (off_t)position);

		if (done < 0 && errno == EINTR) {
			continue;
		}
		if (done <= 0) {
			fail(w, "cannot write %s: %s", w->temporary,
			     done ? strerror(errno) : "no progress");
			return;
		}
		next += done;
		position += (uint64_t)done;
		size -= (size_t)done;
	}
}

static void append(struct snapfile_writer *w, const void *data, size_t size)
{
	write_at(w, w->position, data, size);
	w->position += size;
}

static uint32_t crc(uint32_t before, const void *data, size_t size)
{
	return (uint32_t)crc32_z(before, data, size);
}

static void put_section_header(struct snapfile_writer *w, uint64_t position, const char *tag,
			       uint32_t instance, uint32_t version, uint64_t size, uint32_t sum)
{
	uint8_t header[SNAPFILE_SECTION_HEADER_SIZE] = {0};

	memcpy(header + SNAPFILE_AT_TAG, tag, strnlen(tag, SNAPFILE_TAG_SIZE));
	vmm_put_le(header + SNAPFILE_AT_INSTANCE, 4, instance);
	vmm_put_le(header + SNAPFILE_AT_SVERSION, 4, version);
	vmm_put_le(header + SNAPFILE_AT_SIZE, 8, size);
	vmm_put_le(header + SNAPFILE_AT_CRC, 4, sum);
	vmm_put_le(header + SNAPFILE_AT_SECTION_CRC, 4, crc(0, header, SNAPFILE_AT_SECTION_CRC));
	write_at(w, position, header, sizeof(header));
}

static void pad(struct snapfile_writer *w)
{
	static const uint8_t zeros[8];

	append(w, zeros, (size_t)(-w->position & 7));
}

static const char magic[8] = SNAPFILE_MAGIC; /* without a terminator */

struct snapfile_writer *snapfile_create(const char *path, char *error, size_t error_size)
{
	struct snapfile_writer *w = calloc(1, sizeof(*w));
	uint8_t header[SNAPFILE_HEADER_SIZE] = {0};

	if (!w || asprintf(&w->temporary, "%s.new-%ld", path, (long)getpid()) < 0) {
		(void)snprintf(error, error_size, "no memory to save to %s", path);
		free(w);
		return NULL;
	}
	w->path = strdup(path);
	w->fd = open(w->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (!w->path || w->fd < 0) {
		(void)snprintf(error, error_size, "cannot create %s: %s", w->temporary,
			       strerror(errno));
		snapfile_abort(w);
		return NULL;
	}
	memcpy(header + SNAPFILE_AT_MAGIC, magic, sizeof(magic));
	vmm_put_le(header + SNAPFILE_AT_VERSION, 4, SNAPFILE_VERSION);
	vmm_put_le(header + SNAPFILE_AT_HEADER_CRC, 4, crc(0, header, SNAPFILE_AT_HEADER_CRC));
	append(w, header, sizeof(header));
	return w;
}

void snapfile_put(struct snapfile_writer *w, const char *tag, uint32_t instance, uint32_t version,
		  const void *data, size_t size)
{
	put_section_header(w, w->position, tag, instance, version, size, crc(0, data, size));
	w->position += SNAPFILE_SECTION_HEADER_SIZE;
	append(w, data, size);
	pad(w);
}

static bool is_zero(const uint8_t *page)
{
	return page[0] == 0 && memcmp(page, page + 1, SNAPFILE_PAGE_SIZE - 1) == 0;
}

/* Appends what the compressor gives; the checksum runs over it. */
static void compress_part(struct snapfile_writer *w, ZSTD_CCtx *z, ZSTD_inBuffer *in,
			  ZSTD_EndDirective mode, void *out_bytes, uint32_t *sum)
{
	size_t left;

	do {
		ZSTD_outBuffer out = {out_bytes, OUT_SIZE, 0};

		left = ZSTD_compressStream2(z, &out, in, mode);
		if (ZSTD_isError(left)) {
			fail(w, "cannot compress: %s", ZSTD_getErrorName(left));
			return;
		}
		*sum = crc(*sum, out_bytes, out.pos);
		append(w, out_bytes, out.pos);
	} while (!w->error[0] && (mode == ZSTD_e_end ? left != 0 : in->pos < in->size));
}

/* Runs of stored pages go to the compressor in one piece each: no copy. */
static void compress_pages(struct snapfile_writer *w, ZSTD_CCtx *z, const uint8_t *ram,
			   const uint8_t *bitmap, uint64_t pages, void *out, uint32_t *sum)
{
	uint64_t page = 0;

	while (page < pages && !w->error[0]) {
		uint64_t first = page;

		while (page < pages && (bitmap[page / 8] >> (page % 8) & 1)) {
			page++;
		}
		if (page > first) {
			ZSTD_inBuffer in = {ram + first * SNAPFILE_PAGE_SIZE,
					    (page - first) * SNAPFILE_PAGE_SIZE, 0};

			compress_part(w, z, &in, ZSTD_e_continue, out, sum);
		} else {
			page++;
		}
	}
	ZSTD_inBuffer end = {NULL, 0, 0};
	compress_part(w, z, &end, ZSTD_e_end, out, sum);
}

void snapfile_put_ram(struct snapfile_writer *w, const char *tag, uint32_t instance, uint64_t base,
		      const void *ram, uint64_t size)
{
	uint64_t pages = size / SNAPFILE_PAGE_SIZE, stored = 0, start = w->position;
	size_t bitmap_size = (size_t)((pages + 7) / 8);
	uint8_t *bitmap = calloc(1, bitmap_size + 1);
	void *out = malloc(OUT_SIZE);
	ZSTD_CCtx *z = ZSTD_createCCtx();
	uint8_t header[SNAPFILE_RAM_HEADER_SIZE];
	uint32_t sum;

	if (!bitmap || !out || !z) {
		fail(w, "no memory to save the guest's RAM");
		goto done;
	}
	for (uint64_t page = 0; page < pages; page++) {
		if (!is_zero((const uint8_t *)ram + page * SNAPFILE_PAGE_SIZE)) {
			bitmap[page / 8] |= (uint8_t)(1U << (page % 8));
			stored++;
		}
	}
	vmm_put_le(header + SNAPFILE_AT_BASE, 8, base);
	vmm_put_le(header + SNAPFILE_AT_RAM_SIZE, 8, size);
	vmm_put_le(header + SNAPFILE_AT_PAGES, 8, stored);
	sum = crc(0, header, sizeof(header));
	sum = crc(sum, bitmap, bitmap_size);
	w->position += SNAPFILE_SECTION_HEADER_SIZE;
	append(w, header, sizeof(header));
	append(w, bitmap, bitmap_size);
	(void)ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, COMPRESSION_LEVEL);
	/* refused by a libzstd without threads: then it compresses in this one */
	(void)ZSTD_CCtx_setParameter(z, ZSTD_c_nbWorkers, COMPRESSION_WORKERS);
	compress_pages(w, z, ram, bitmap, pages, out, &sum);
	put_section_header(w, start, tag, instance, SNAPFILE_RAM_VERSION,
			   w->position - start - SNAPFILE_SECTION_HEADER_SIZE, sum);
	pad(w);
done:
	ZSTD_freeCCtx(z);
	free(out);
	free(bitmap);
}

static void release(struct snapfile_writer *w)
{
	free(w->path);
	free(w->temporary);
	free(w);
}

void snapfile_abort(struct snapfile_writer *w)
{
	if (!w) {
		return;
	}
	if (w->fd >= 0) {
		(void)close(w->fd);
		(void)unlink(w->temporary);
	}
	release(w);
}

/* The new name is safe only when the folder that holds it is on disk. */
static void sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
	int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		(void)fsync(fd);
		(void)close(fd);
	}
	free(folder);
}

bool snapfile_commit(struct snapfile_writer *w, char *error, size_t error_size)
{
	snapfile_put(w, SNAPFILE_END_TAG, 0, 0, "", 0);
	if (!w->error[0] && fsync(w->fd) != 0) {
		fail(w, "cannot write %s: %s", w->temporary, strerror(errno));
	}
	if (!w->error[0] && rename(w->temporary, w->path) != 0) {
		fail(w, "cannot rename %s to %s: %s", w->temporary, w->path, strerror(errno));
	}
	if (w->error[0]) {
		(void)snprintf(error, error_size, "%s", w->error);
		snapfile_abort(w);
		return false;
	}
	sync_folder(w->path);
	(void)close(w->fd);
	release(w);
	return true;
}
