/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts kernel and initrd into guest RAM. */
#include "loader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mem.h"

#define MIB         0x100000ULL
#define ALIGN_2M(x) (((x) + 2 * MIB - 1) & ~(2 * MIB - 1))

/* The header of an arm64 Image, byte offsets */
#define HEADER_SIZE        64
#define HEADER_TEXT_OFFSET 8
#define HEADER_IMAGE_SIZE  16
#define HEADER_FLAGS       24
#define HEADER_MAGIC       56
#define MAGIC              0x644d5241 /* "ARM\x64" */
#define FLAG_BIG_ENDIAN    1
#define HEADER_PE          60
#define OLD_TEXT_OFFSET    0x80000 /* if image_size is 0: a kernel before 3.17 */

/* The PE header of an Image with an EFI stub, and its section table */
#define PE_SIZE          24
#define PE_SECTIONS      6
#define PE_OPTIONAL_SIZE 20
#define SECTION_SIZE     40
#define SECTION_RAW_SIZE 16
#define SECTION_RAW_AT   20

static int open_file(const char *what, const char *path, uint64_t *size, struct vmm_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;

	if (fd < 0) {
		return vmm_fail(error, "cannot open %s %s: %s", what, path, strerror(errno));
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		close(fd);
		return vmm_fail(error, "%s %s is not a regular file", what, path);
	}
	*size = (uint64_t)st.st_size;
	return fd;
}

static int read_all(int fd, void *to, uint64_t size, uint64_t offset)
{
	uint8_t *p = to;

	while (size) {
		ssize_t n = pread(fd, p, size, (off_t)offset);

		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			return -1;
		}
		p += n;
		size -= (uint64_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

/* What else users try to boot, recognised by its first bytes. */
static const char *what_it_is(const uint8_t *header)
{
	if (header[0] == 0x1f && header[1] == 0x8b) {
		return "it is compressed: unpack it with gunzip first";
	}
	if (!memcmp(header, "\x28\xb5\x2f\xfd", 4)) {
		return "it is compressed: unpack it with zstd -d first";
	}
	if (!memcmp(header,
		    "\xfd"
		    "7zXZ",
		    5)) {
		return "it is compressed: unpack it with unxz first";
	}
	if (!memcmp(header,
		    "\x7f"
		    "ELF",
		    4)) {
		return "it is an ELF file: take arch/arm64/boot/Image, not vmlinux";
	}
	if (header[0] == 'M' && header[1] == 'Z' && !memcmp(header + 4, "zimg", 4)) {
		return "it is an EFI zboot image: take arch/arm64/boot/Image";
	}
	if (header[0] == 'M' && header[1] == 'Z') {
		return "it is an EFI program for another architecture";
	}
	return "it has no arm64 Image header";
}

static int check_header(const char *path, const uint8_t *header, struct vmm_error *error)
{
	if (vmm_le(header + HEADER_MAGIC, 4) != MAGIC) {
		return vmm_fail(error, "%s is not an arm64 kernel Image: %s", path,
				what_it_is(header));
	}
	if (vmm_le(header + HEADER_FLAGS, 8) & FLAG_BIG_ENDIAN) {
		return vmm_fail(error, "%s is a big-endian kernel, which this machine cannot run",
				path);
	}
	return 0;
}

/*
 * Is the file shorter than its sections? image_size does not tell, for it counts memory that is no part
 * of the file; only an Image that is an EFI program too has sections.
 */
static bool is_truncated(int fd, uint64_t file_size, const uint8_t *header)
{
	uint64_t at = vmm_le(header + HEADER_PE, 4);
	uint8_t bytes[SECTION_SIZE];
	uint64_t sections;

	if (memcmp(header, "MZ", 2) != 0 || !at) {
		return false;
	}
	if (read_all(fd, bytes, PE_SIZE, at)) {
		return true;
	}
	sections = vmm_le(bytes + PE_SECTIONS, 2);
	at += PE_SIZE + vmm_le(bytes + PE_OPTIONAL_SIZE, 2);
	for (; sections; sections--, at += SECTION_SIZE) {
		if (read_all(fd, bytes, SECTION_SIZE, at) ||
		    vmm_le(bytes + SECTION_RAW_AT, 4) + vmm_le(bytes + SECTION_RAW_SIZE, 4) >
			    file_size) {
			return true;
		}
	}
	return false;
}

static int load_kernel_fd(int fd, uint64_t file_size, const char *path,
			  const struct loader_ram *ram, struct loader_result *result,
			  struct vmm_error *error)
{
	uint8_t header[HEADER_SIZE];
	uint64_t offset;
	uint64_t size;

	if (file_size < HEADER_SIZE || read_all(fd, header, HEADER_SIZE, 0)) {
		return vmm_fail(error, "%s is not an arm64 kernel Image: it is too short", path);
	}
	if (check_header(path, header, error)) {
		return -1;
	}
	if (is_truncated(fd, file_size, header)) {
		return vmm_fail(error, "kernel %s is truncated: copy it again", path);
	}
	offset = vmm_le(header + HEADER_TEXT_OFFSET, 8);
	size = vmm_le(header + HEADER_IMAGE_SIZE, 8);
	if (!size) {
		offset = OLD_TEXT_OFFSET;
	}
	size = size > file_size ? size : file_size;
	if (offset > ram->size || size > ram->size - offset) {
		return vmm_fail(
			error,
			"kernel %s needs %llu MiB, the guest has %llu MiB: use a larger --mem",
			path, (unsigned long long)((offset + size) / MIB + 1),
			(unsigned long long)(ram->size / MIB));
	}
	if (read_all(fd, ram->host + offset, file_size, 0)) {
		return vmm_fail(error, "cannot read kernel %s: %s", path, strerror(errno));
	}
	result->entry = ram->base + offset;
	result->kernel_end = result->entry + size;
	return 0;
}

static int load_kernel(const struct loader_ram *ram, const char *path, struct loader_result *result,
		       struct vmm_error *error)
{
	uint64_t size = 0;
	int fd = open_file("kernel", path, &size, error);
	int status;

	if (fd < 0) {
		return -1;
	}
	status = load_kernel_fd(fd, size, path, ram, result, error);
	close(fd);
	return status;
}

/* Free space begins at @at. Leaves LOADER_DTB_MAX bytes behind the initrd. */
static int load_initrd(const struct loader_ram *ram, const char *path, uint64_t at,
		       struct loader_result *result, struct vmm_error *error)
{
	uint64_t room = ram->base + ram->size > at + LOADER_DTB_MAX
				? ram->base + ram->size - at - LOADER_DTB_MAX
				: 0;
	uint64_t size = 0;
	int fd = open_file("initrd", path, &size, error);
	int status = 0;

	if (fd < 0) {
		return -1;
	}
	if (size > room) {
		status = vmm_fail(
			error,
			"initrd %s is too large: %llu MiB, beside the kernel there is room for "
			"%llu MiB: use a larger --mem",
			path, (unsigned long long)((size + MIB - 1) / MIB),
			(unsigned long long)(room / MIB));
	} else if (read_all(fd, ram->host + (at - ram->base), size, 0)) {
		status = vmm_fail(error, "cannot read initrd %s: %s", path, strerror(errno));
	}
	close(fd);
	result->initrd_start = at;
	result->initrd_end = at + size;
	return status;
}

int loader_load(const struct loader_ram *ram, const char *kernel, const char *initrd,
		struct loader_result *result, struct vmm_error *error)
{
	uint64_t at;

	*result = (struct loader_result){0};
	if (load_kernel(ram, kernel, result, error)) {
		return -1;
	}
	at = ALIGN_2M(result->kernel_end);
	if (initrd) {
		if (load_initrd(ram, initrd, at, result, error)) {
			return -1;
		}
		at = ALIGN_2M(result->initrd_end);
	}

	if (at + LOADER_DTB_MAX > ram->base + ram->size) {
		return vmm_fail(error,
				"the guest's %llu MiB have no room for the device tree behind "
				"kernel and initrd: use a larger --mem",
				(unsigned long long)(ram->size / MIB));
	}
	result->dtb = at;
	return 0;
}
