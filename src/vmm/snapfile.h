/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The container of a snapshot: one file, sections with tag, version, length and checksum. What is
 * in the sections is their owners' business; docs/snapshot-format.md describes both.
 *
 * Writing goes to a temporary file beside the target, which takes its place only when everything is
 * on disk: a full disk or a kill leaves the old file as it was.
 *
 * Reading trusts nothing: every length is checked against the file before it is used, and a
 * section's checksum before its contents are handed out. Bad input gives one line of text in the
 * object.
 *
 * One thread at a time per object.
 */
#ifndef VMM_SNAPFILE_H
#define VMM_SNAPFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNAPFILE_VERSION   1
#define SNAPFILE_TAG_SIZE  8
#define SNAPFILE_PAGE_SIZE 4096

struct snapfile_writer;
struct snapfile_reader;

/** struct snapfile_section - what a reader knows of a section */
struct snapfile_section {
	char tag[SNAPFILE_TAG_SIZE + 1];
	uint32_t version;  /* of the contents */
	uint32_t instance; /* among sections with one tag: a vCPU's or device's number */
	uint64_t size;     /* bytes in the file */
};

/* ---- writing ---- */

/**
 * snapfile_create() - begin a snapshot that will be called @path
 * @error, @error_size: receive one line if NULL is returned
 */
struct snapfile_writer *snapfile_create(const char *path, char *error, size_t error_size);

/**
 * snapfile_put() - add a section
 * @tag: at most 8 characters
 *
 * Failures are remembered; snapfile_commit() reports the first.
 */
void snapfile_put(struct snapfile_writer *w, const char *tag, uint32_t instance, uint32_t version,
		  const void *data, size_t size);

/**
 * snapfile_put_ram() - add a section with a region of guest RAM, compressed, zero pages left out
 * @base: guest physical address
 * @size: bytes, a multiple of SNAPFILE_PAGE_SIZE
 */
void snapfile_put_ram(struct snapfile_writer *w, const char *tag, uint32_t instance, uint64_t base,
		      const void *ram, uint64_t size);

/**
 * snapfile_commit() - finish: everything on disk, then the new name
 *
 * Frees @w. On failure the temporary file is gone, a file that had the name before is untouched,
 * and
 * @error has one line.
 */
bool snapfile_commit(struct snapfile_writer *w, char *error, size_t error_size);

/** snapfile_abort() - drop everything written; NULL is allowed */
void snapfile_abort(struct snapfile_writer *w);

/* ---- reading ---- */

/**
 * snapfile_open() - open and check the structure of a snapshot
 *
 * Fails with one line in @error for a file that cannot be read, is not a snapshot, is truncated or
 * damaged, or has a newer container version than this program.
 */
struct snapfile_reader *snapfile_open(const char *path, char *error, size_t error_size);
void snapfile_close(struct snapfile_reader *r);

/** snapfile_count(), snapfile_at() - the sections in the file's order */
size_t snapfile_count(const struct snapfile_reader *r);
const struct snapfile_section *snapfile_at(const struct snapfile_reader *r, size_t index);

/** snapfile_find() - index of a section, or -1 */
int snapfile_find(const struct snapfile_reader *r, const char *tag, uint32_t instance);

/**
 * snapfile_data() - the contents of a section, checked
 *
 * returns: the bytes, valid until snapfile_close(), or NULL with one line in @error
 */
const void *snapfile_data(struct snapfile_reader *r, size_t index, size_t *size, char *error,
			  size_t error_size);

/**
 * snapfile_ram_info() - region that a RAM section holds
 * snapfile_get_ram()  - fill @ram, which must be @size bytes of zeros, with the section's pages
 *
 * Both false with one line in @error if the section is damaged or is for another base or size.
 */
bool snapfile_ram_info(struct snapfile_reader *r, size_t index, uint64_t *base, uint64_t *size,
		       char *error, size_t error_size);
bool snapfile_get_ram(struct snapfile_reader *r, size_t index, uint64_t base, void *ram,
		      uint64_t size, char *error, size_t error_size);

#endif
