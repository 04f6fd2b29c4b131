/* SPDX-License-Identifier: BSD-2-Clause */
/* Guest memory as devices see it: words of virtqueues. */
#include "mem.h"

#include <endian.h>
#include <stddef.h>

void *vmm_mem_map(const struct vmm_mem *mem, uint64_t gpa, uint64_t len)
{
	if (gpa + len < gpa) {
		return NULL;
	}
	return mem->map(mem->opaque, gpa, len);
}

void vmm_mem_wrote(const struct vmm_mem *mem, uint64_t gpa, uint64_t len)
{
	if (len) {
		mem->wrote(mem->opaque, gpa, len);
	}
}

bool vmm_mem_read16(const struct vmm_mem *mem, uint64_t gpa, uint16_t *value)
{
	uint16_t *p = vmm_mem_map(mem, gpa, sizeof(*value));

	if (!p || gpa % sizeof(*value)) {
		return false;
	}
	*value = le16toh(__atomic_load_n(p, __ATOMIC_ACQUIRE));
	return true;
}

bool vmm_mem_write16(const struct vmm_mem *mem, uint64_t gpa, uint16_t value)
{
	uint16_t *p = vmm_mem_map(mem, gpa, sizeof(value));

	if (!p || gpa % sizeof(value)) {
		return false;
	}
	__atomic_store_n(p, htole16(value), __ATOMIC_RELEASE);
	vmm_mem_wrote(mem, gpa, sizeof(value));
	return true;
}

bool vmm_mem_write32(const struct vmm_mem *mem, uint64_t gpa, uint32_t value)
{
	uint32_t *p = vmm_mem_map(mem, gpa, sizeof(value));

	if (!p || gpa % sizeof(value)) {
		return false;
	}
	__atomic_store_n(p, htole32(value), __ATOMIC_RELEASE);
	vmm_mem_wrote(mem, gpa, sizeof(value));
	return true;
}
