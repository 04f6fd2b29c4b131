/* SPDX-License-Identifier: BSD-2-Clause */
/* Positions in a snapshot file, for its writer and its reader. All numbers are little-endian. */
#ifndef VMM_SNAPFILE_FORMAT_H
#define VMM_SNAPFILE_FORMAT_H

/* The file begins with this header. */
#define SNAPFILE_MAGIC "VGIC5SNP"
enum snapfile_header {
	SNAPFILE_AT_MAGIC = 0,       /* 8 bytes */
	SNAPFILE_AT_VERSION = 8,     /* u32: of the container */
	SNAPFILE_AT_HEADER_CRC = 12, /* u32: CRC-32 of bytes 0..11 */
	SNAPFILE_HEADER_SIZE = 16,
};

/* Then sections, each with a header, its contents and zeros up to a multiple of eight bytes. */
enum snapfile_section_header {
	SNAPFILE_AT_TAG = 0,          /* 8 bytes, padded with zeros */
	SNAPFILE_AT_INSTANCE = 8,     /* u32 */
	SNAPFILE_AT_SVERSION = 12,    /* u32: of the contents */
	SNAPFILE_AT_SIZE = 16,        /* u64: bytes of the contents */
	SNAPFILE_AT_CRC = 24,         /* u32: CRC-32 of the contents */
	SNAPFILE_AT_SECTION_CRC = 28, /* u32: CRC-32 of bytes 0..27 */
	SNAPFILE_SECTION_HEADER_SIZE = 32,
};

/* The last section has this tag and no contents: without it the file is truncated. */
#define SNAPFILE_END_TAG "END"

/* A RAM section: this header, a bitmap with one bit per page (1: stored), one zstd frame of the
 * pages. */
enum snapfile_ram_header {
	SNAPFILE_AT_BASE = 0,     /* u64: guest physical address */
	SNAPFILE_AT_RAM_SIZE = 8, /* u64: bytes */
	SNAPFILE_AT_PAGES = 16,   /* u64: pages stored */
	SNAPFILE_RAM_HEADER_SIZE = 24,
};
#define SNAPFILE_RAM_VERSION 1

#endif
