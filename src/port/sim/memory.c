/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of the simulated machine. Tables come from one reserved range, which is the physical
 * address space that the model reads; blocks are powers of two and naturally aligned. A map of
 * allocated granules makes reads of freed memory fail, as unmapped memory would.
 */
#define _GNU_SOURCE /* MAP_ANONYMOUS, process_vm_readv */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "sim_internal.h"

#define GRANULE   64u
#define MIN_ORDER 6u

int sim_pool_init(struct sim_pool *pool, uint64_t base, uint64_t size)
{
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;

	pool->base = base;
	pool->size = size;
	pool->mem = mmap(NULL, size, prot, flags, -1, 0);
	pool->used = mmap(NULL, size / GRANULE, prot, flags, -1, 0);
	if (pool->mem == MAP_FAILED || pool->used == MAP_FAILED)
		return -VGIC5_E_NOMEM;
	return 0;
}

void sim_pool_exit(struct sim_pool *pool)
{
	if (pool->mem && pool->mem != MAP_FAILED)
		munmap(pool->mem, pool->size);
	if (pool->used && pool->used != MAP_FAILED)
		munmap(pool->used, pool->size / GRANULE);
	for (unsigned order = 0; order < SIM_ORDERS; order++)
		free(pool->freed[order].offset);
}

/* Is every granule of the range allocated? */
static bool pool_covers(const struct sim_pool *pool, uint64_t pa, size_t size)
{
	uint64_t offset = pa - pool->base;

	if (size == 0 || pa < pool->base || offset >= pool->size || size > pool->size - offset)
		return false;
	for (uint64_t g = offset / GRANULE; g <= (offset + size - 1) / GRANULE; g++) {
		if (!atomic_load_explicit(&pool->used[g], memory_order_relaxed))
			return false;
	}
	return true;
}

static void pool_mark(struct sim_pool *pool, uint64_t offset, uint64_t size, bool used)
{
	for (uint64_t g = offset / GRANULE; g < (offset + size) / GRANULE; g++)
		atomic_store_explicit(&pool->used[g], used, memory_order_relaxed);
}

static unsigned order_of(size_t size, size_t align)
{
	unsigned order = MIN_ORDER;

	while (((uint64_t)1 << order) < size || ((uint64_t)1 << order) < align)
		order++;
	return order;
}

/* Offset of a free block, or UINT64_MAX. */
static uint64_t pool_take(struct sim_pool *pool, unsigned order)
{
	struct sim_freed *freed = &pool->freed[order];
	const uint64_t size = (uint64_t)1 << order;
	const uint64_t offset = (pool->top + size - 1) & ~(size - 1);

	if (freed->count)
		return freed->offset[--freed->count];
	if (offset > pool->size || size > pool->size - offset)
		return UINT64_MAX;
	pool->top = offset + size;
	return offset;
}

static void pool_give(struct sim_pool *pool, unsigned order, uint64_t offset)
{
	struct sim_freed *freed = &pool->freed[order];

	if (freed->count == freed->room) {
		const size_t room = freed->room ? 2 * freed->room : 16;
		uint64_t *grown = realloc(freed->offset, room * sizeof(*grown));

		if (!grown)
			return; /* the block is lost until the machine goes */
		freed->offset = grown;
		freed->room = room;
	}
	freed->offset[freed->count++] = offset;
}

int port_table_alloc(struct port_host *host, size_t size, size_t align, struct port_table *table)
{
	const unsigned order = order_of(size, align);
	uint64_t offset = UINT64_MAX;

	sim_hook(host, NULL, PORT_SIM_ALLOC);
	*table = (struct port_table){0};
	if (sim_fails(host, PORT_SIM_FAULT_ALLOC) || order >= SIM_ORDERS)
		return -VGIC5_E_NOMEM;

	sim_lock(&host->pool_lock);
	offset = pool_take(&host->pool, order);
	sim_unlock(&host->pool_lock);
	if (offset == UINT64_MAX)
		return -VGIC5_E_NOMEM;

	pool_mark(&host->pool, offset, (uint64_t)1 << order, true);
	table->va = host->pool.mem + offset;
	table->pa.pa = host->pool.base + offset;
	table->size = (size_t)1 << order;
	atomic_fetch_add(&host->tables, 1);
	atomic_fetch_add(&host->table_bytes, (uint64_t)1 << order);
	return 0;
}

/* Blocks are handed out zeroed: large ones by giving their pages back. */
static void pool_clear(struct sim_pool *pool, uint64_t offset, uint64_t size)
{
	if (size < 65536 || madvise(pool->mem + offset, size, MADV_DONTNEED) != 0)
		memset(pool->mem + offset, 0, size);
}

void port_table_free(struct port_host *host, struct port_table *table)
{
	unsigned order = 0;
	uint64_t offset = 0;

	sim_hook(host, NULL, PORT_SIM_FREE);
	if (!table->va)
		return;
	if (host->check_references && gic5_references(host->gic, table->pa.pa, table->size))
		atomic_fetch_add(&host->dangling, 1);

	offset = table->pa.pa - host->pool.base;
	order = order_of(table->size, GRANULE);
	pool_mark(&host->pool, offset, (uint64_t)1 << order, false);
	pool_clear(&host->pool, offset, (uint64_t)1 << order);
	sim_lock(&host->pool_lock);
	pool_give(&host->pool, order, offset);
	sim_unlock(&host->pool_lock);
	atomic_fetch_sub(&host->tables, 1);
	atomic_fetch_sub(&host->table_bytes, (uint64_t)1 << order);
	*table = (struct port_table){0};
}

bool port_sim_mem_read(struct port_host *host, uint64_t pa, void *buf, size_t size)
{
	const unsigned char *src = NULL;

	if (!pool_covers(&host->pool, pa, size))
		return false;
	src = host->pool.mem + (pa - host->pool.base);
	if (size == 8 && pa % 8 == 0)
		*(uint64_t *)buf = __atomic_load_n((const uint64_t *)src, __ATOMIC_RELAXED);
	else if (size == 4 && pa % 4 == 0)
		*(uint32_t *)buf = __atomic_load_n((const uint32_t *)src, __ATOMIC_RELAXED);
	else if (size == 2 && pa % 2 == 0)
		*(uint16_t *)buf = __atomic_load_n((const uint16_t *)src, __ATOMIC_RELAXED);
	else
		memcpy(buf, src, size);
	return true;
}

bool port_sim_mem_write(struct port_host *host, uint64_t pa, const void *buf, size_t size)
{
	unsigned char *dst = NULL;

	if (!pool_covers(&host->pool, pa, size))
		return false;
	dst = host->pool.mem + (pa - host->pool.base);
	if (size == 8 && pa % 8 == 0)
		__atomic_store_n((uint64_t *)dst, *(const uint64_t *)buf, __ATOMIC_RELAXED);
	else if (size == 4 && pa % 4 == 0)
		__atomic_store_n((uint32_t *)dst, *(const uint32_t *)buf, __ATOMIC_RELAXED);
	else if (size == 2 && pa % 2 == 0)
		__atomic_store_n((uint16_t *)dst, *(const uint16_t *)buf, __ATOMIC_RELAXED);
	else
		memcpy(dst, buf, size);
	return true;
}

void *port_alloc(struct port_host *host, size_t size)
{
	void *ptr = NULL;

	sim_hook(host, NULL, PORT_SIM_ALLOC);
	if (sim_fails(host, PORT_SIM_FAULT_ALLOC))
		return NULL;
	ptr = calloc(1, size);
	if (ptr) {
		atomic_fetch_add(&host->objects, 1);
		atomic_fetch_add(&host->object_bytes, size);
	}
	return ptr;
}

void port_free(struct port_host *host, void *ptr, size_t size)
{
	sim_hook(host, NULL, PORT_SIM_FREE);
	if (!ptr)
		return;
	atomic_fetch_sub(&host->objects, 1);
	atomic_fetch_sub(&host->object_bytes, size);
	free(ptr);
}

/* The model reads coherent memory unless its noncoherent knob is set; then it wants to be told. */
void port_table_clean(struct port_host *host, const void *va, size_t size)
{
	const uint64_t pa =
		host->pool.base + (uint64_t)((const unsigned char *)va - host->pool.mem);

	atomic_fetch_add(&host->maintained, 1);
	gic5_cache_maintain(host->gic, pa, size);
}

void port_table_invalidate(struct port_host *host, const void *va, size_t size)
{
	port_table_clean(host, va, size);
}

/* The kernel tells whether an address of this process is mapped, without a signal. */
static bool user_copy(void *dst, const void *src, size_t size, bool reading)
{
	const struct iovec to = {.iov_base = dst, .iov_len = size};
	const struct iovec from = {.iov_base = (void *)(uintptr_t)src, .iov_len = size};
	ssize_t done = 0;

	if (size == 0)
		return true;
	if (reading)
		done = process_vm_readv(getpid(), &to, 1, &from, 1, 0);
	else
		done = process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	if (done < 0 && (errno == ENOSYS || errno == EPERM)) { /* forbidden in some containers */
		const uintptr_t user = (uintptr_t)(reading ? src : dst);

		if (user < 65536)
			return false;
		memcpy(dst, src, size);
		return true;
	}
	return done == (ssize_t)size;
}

int port_copy_from_user(struct port_host *host, void *dst, uint64_t user, size_t size)
{
	sim_hook(host, NULL, PORT_SIM_COPY);
	if (sim_fails(host, PORT_SIM_FAULT_COPY))
		return -VGIC5_E_FAULT;
	return user_copy(dst, (const void *)(uintptr_t)user, size, true) ? 0 : -VGIC5_E_FAULT;
}

int port_copy_to_user(struct port_host *host, uint64_t user, const void *src, size_t size)
{
	sim_hook(host, NULL, PORT_SIM_COPY);
	if (sim_fails(host, PORT_SIM_FAULT_COPY))
		return -VGIC5_E_FAULT;
	return user_copy((void *)(uintptr_t)user, src, size, false) ? 0 : -VGIC5_E_FAULT;
}

int port_lpi_alloc(struct port_host *host, uint32_t limit, uint32_t *lpi)
{
	const uint32_t count = limit < host->lpi_count ? limit : host->lpi_count;
	int rc = -VGIC5_E_NOSPC;

	sim_hook(host, NULL, PORT_SIM_LPI);
	*lpi = 0;
	if (sim_fails(host, PORT_SIM_FAULT_LPI))
		return -VGIC5_E_NOSPC;

	sim_lock(&host->lpi_lock);
	for (uint32_t i = 0; i < count && rc; i++) {
		const uint32_t candidate = (host->lpi_next + i) % count;

		if (!host->lpi_used[candidate]) {
			host->lpi_used[candidate] = true;
			host->lpi_next = candidate + 1;
			*lpi = candidate;
			rc = 0;
		}
	}
	sim_unlock(&host->lpi_lock);
	if (!rc)
		atomic_fetch_add(&host->lpis, 1);
	return rc;
}

void port_lpi_free(struct port_host *host, uint32_t lpi)
{
	sim_lock(&host->lpi_lock);
	host->lpi_used[lpi] = false;
	if (lpi < host->lpi_next)
		host->lpi_next = lpi;
	sim_unlock(&host->lpi_lock);
	atomic_fetch_sub(&host->lpis, 1);
}
