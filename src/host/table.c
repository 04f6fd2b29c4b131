/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory that the IRS reads: allocation, byte order, cache maintenance by coherency (R37, R39), and the
 * geometry of interrupt state tables.
 */
#include "host.h"

#define MIN_ALIGN 64u

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define LE64(x) __builtin_bswap64(x)
#define LE32(x) __builtin_bswap32(x)
#else
#define LE64(x) (x)
#define LE32(x) (x)
#endif

int vgic5_table_alloc(struct gic_memory *mem, uint64_t size, uint64_t align,
		      struct port_table *table)
{
	int rc = 0;

	*table = (struct port_table){0};
	if (size > SIZE_MAX / 2 || align > SIZE_MAX / 2)
		return -VGIC5_E_NOMEM;
	rc = port_table_alloc(mem->port, (size_t)size,
			      (size_t)(align < MIN_ALIGN ? MIN_ALIGN : align), table);
	if (rc)
		return rc;
	atomic_fetch_add_explicit(&mem->bytes, table->size, memory_order_relaxed);
	vgic5_table_publish(mem, table->va, table->size);
	return 0;
}

void vgic5_table_free(struct gic_memory *mem, struct port_table *table)
{
	if (!table->va)
		return;
	atomic_fetch_sub_explicit(&mem->bytes, table->size, memory_order_relaxed);
	port_table_free(mem->port, table);
}

void vgic5_table_publish(struct gic_memory *mem, const void *va, size_t size)
{
	if (mem->noncoherent)
		port_table_clean(mem->port, va, size);
}

void vgic5_table_refresh(struct gic_memory *mem, const void *va, size_t size)
{
	if (mem->noncoherent)
		port_table_invalidate(mem->port, va, size);
}

uint64_t vgic5_table_get64(struct gic_memory *mem, const void *va)
{
	vgic5_table_refresh(mem, va, sizeof(uint64_t));
	return LE64(__atomic_load_n((const uint64_t *)va, __ATOMIC_RELAXED));
}

void vgic5_table_put64(struct gic_memory *mem, void *va, uint64_t value)
{
	__atomic_store_n((uint64_t *)va, LE64(value), __ATOMIC_RELAXED);
	vgic5_table_publish(mem, va, sizeof(uint64_t));
}

uint32_t vgic5_table_get32(const void *va)
{
	return LE32(__atomic_load_n((const uint32_t *)va, __ATOMIC_RELAXED));
}

void vgic5_table_put32(void *va, uint32_t value)
{
	__atomic_store_n((uint32_t *)va, LE32(value), __ATOMIC_RELAXED);
}

/* ---- interrupt state tables ---- */

/* Level-2 size: the smallest that the IRS offers. False if it offers none (R34). */
static bool pick_l2sz(uint32_t idr2, uint8_t *l2sz)
{
	for (unsigned size = 0; size < GIC5_IRS_IDR2_IST_L2SZ_WIDTH; size++) {
		if (GIC5_GET(IRS_IDR2_IST_L2SZ, idr2) >> size & 1) {
			*l2sz = (uint8_t)size;
			return true;
		}
	}
	return false;
}

struct ist_shape vgic5_ist_shape_for(uint32_t idr2, unsigned id_bits)
{
	struct ist_shape shape = {
		.id_bits = (uint8_t)id_bits,
		.istsz = (uint8_t)gic5_required_istsz(idr2, id_bits),
	};
	uint8_t l2sz = 0;

	/* The selected level-2 size decides, not the page size (R38). */
	if (GIC5_GET(IRS_IDR2_IST_LEVELS, idr2) && pick_l2sz(idr2, &l2sz) &&
	    id_bits > gic5_ist_l2_bits(shape.istsz, l2sz)) {
		shape.two_level = true;
		shape.l2sz = l2sz;
	}
	return shape;
}

/* Level-1 entries of a two-level table: the one number that sizes, bounds and walks it (R25). */
static uint32_t l1_entries(const struct ist_shape *shape)
{
	const unsigned l2_bits = gic5_ist_l2_bits(shape->istsz, shape->l2sz);

	if (shape->id_bits <= l2_bits) /* before the subtraction (R35, R69) */
		return 1;
	return (uint32_t)1 << (shape->id_bits - l2_bits);
}

static int alloc_linear(struct gic_memory *mem, struct ist *ist)
{
	const uint64_t size = UINT64_C(1) << (ist->shape.id_bits + 2u + ist->shape.istsz);

	return vgic5_table_alloc(mem, size, size, &ist->top);
}

static int alloc_l2(struct gic_memory *mem, struct ist *ist)
{
	const uint64_t size = gic5_ist_l2_bytes(ist->shape.l2sz);

	for (uint32_t i = 0; i < ist->l2_count; i++) {
		const int rc = vgic5_table_alloc(mem, size, size, &ist->l2[i]);

		if (rc)
			return rc;
		/* VALID may be prefilled: the parent is not valid yet (R23). */
		vgic5_table_put64(mem, (uint64_t *)ist->top.va + i,
				  GIC5_ADDR(L1_ISTE_L2_ADDR, ist->l2[i].pa.pa) |
					  GIC5_PUT(L1_ISTE_VALID, 1));
	}
	return 0;
}

static int alloc_two_level(struct gic_memory *mem, struct ist *ist, bool full)
{
	const uint32_t count = l1_entries(&ist->shape);
	const uint64_t size = (uint64_t)count * GIC5_L1_ISTE_BYTES;
	int rc = vgic5_table_alloc(mem, size, size, &ist->top);

	if (rc)
		return rc;
	ist->l2 = port_alloc(mem->port, count * sizeof(*ist->l2));
	if (!ist->l2)
		return -VGIC5_E_NOMEM;
	ist->l2_count = count;
	return full ? alloc_l2(mem, ist) : 0;
}

int vgic5_ist_alloc(struct gic_memory *mem, struct ist_shape shape, bool full, struct ist *ist)
{
	int rc = 0;

	*ist = (struct ist){.shape = shape};
	rc = shape.two_level ? alloc_two_level(mem, ist, full) : alloc_linear(mem, ist);
	if (rc)
		vgic5_ist_free(mem, ist);
	return rc;
}

void vgic5_ist_free(struct gic_memory *mem, struct ist *ist)
{
	for (uint32_t i = 0; i < ist->l2_count; i++)
		vgic5_table_free(mem, &ist->l2[i]);
	if (ist->l2)
		port_free(mem->port, ist->l2, ist->l2_count * sizeof(*ist->l2));
	vgic5_table_free(mem, &ist->top);
	*ist = (struct ist){0};
}

unsigned vgic5_ist_entry_bytes(const struct ist *ist)
{
	return gic5_iste_bytes(ist->shape.istsz);
}

void *vgic5_ist_entry(const struct ist *ist, uint32_t id)
{
	const unsigned l2_bits = gic5_ist_l2_bits(ist->shape.istsz, ist->shape.l2sz);
	const size_t bytes = vgic5_ist_entry_bytes(ist);
	uint32_t index = 0;

	if (!ist->top.va || id >> ist->shape.id_bits)
		return NULL;
	if (!ist->shape.two_level)
		return (unsigned char *)ist->top.va + id * bytes;
	index = id >> l2_bits;
	if (index >= ist->l2_count || !ist->l2[index].va)
		return NULL;
	return (unsigned char *)ist->l2[index].va + (id & (((uint32_t)1 << l2_bits) - 1)) * bytes;
}

void vgic5_ist_publish(struct gic_memory *mem, const struct ist *ist)
{
	if (!mem->noncoherent || !ist->top.va)
		return;
	vgic5_table_publish(mem, ist->top.va, ist->top.size);
	for (uint32_t i = 0; i < ist->l2_count; i++) {
		if (ist->l2[i].va)
			vgic5_table_publish(mem, ist->l2[i].va, ist->l2[i].size);
	}
}

void vgic5_ist_refresh(struct gic_memory *mem, const struct ist *ist)
{
	if (!mem->noncoherent || !ist->top.va)
		return;
	if (!ist->shape.two_level)
		vgic5_table_refresh(mem, ist->top.va, ist->top.size);
	for (uint32_t i = 0; i < ist->l2_count; i++) {
		if (ist->l2[i].va)
			vgic5_table_refresh(mem, ist->l2[i].va, ist->l2[i].size);
	}
}
