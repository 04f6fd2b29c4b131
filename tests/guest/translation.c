/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Stage 1 translation: granules, levels, permissions, access flag and dirty state, ASIDs, TLBI and AT.
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define VA                 0x180000000ull /* one test mapping; 64 KiB, 2, 32 and 512 MiB aligned */
#define FAULT(kind, level) (kind + level)

enum { TRANSLATION = 4, ACCESS_FLAG = 8, PERMISSION = 12, ADDRESS_SIZE = 0 };

static struct tables low, high;

static struct frame *trap(void)
{
	return &this_cpu()->trap;
}

static void load(void *at)
{
	__asm__ volatile("ldr xzr, [%0]" ::"r"(at) : "memory");
}

static void store(void *at)
{
	__asm__ volatile("ldr x1, [%0]\n\tstr x1, [%0]" ::"r"(at) : "x1", "memory");
}

static void blind_store(void *at)
{
	__asm__ volatile("str xzr, [%0]" ::"r"(at) : "memory");
}

static void call(void *at)
{
	((void (*)(void))at)();
}

static void begin(unsigned int granule, unsigned int va_bits)
{
	tables_reset();
	tables_init(&low, granule, va_bits);
	tables_identity(&low);
}

static void remap(uint64_t va, uint64_t pa, unsigned int level, uint64_t bits)
{
	tables_map(&low, va, pa, level, bits);
	tlb_flush();
}

static bool granule_exists(unsigned int granule)
{
	uint64_t mmfr0 = read_reg(id_aa64mmfr0_el1);

	switch (granule) {
	case 12: return (mmfr0 >> 28 & 15) != 15;
	case 14: return (mmfr0 >> 20 & 15) != 0;
	default: return (mmfr0 >> 24 & 15) != 15;
	}
}

/* ---- granules and levels --------------------------------------------------------------------------- */

static void one_granule(unsigned int granule, unsigned int va_bits)
{
	uint64_t *page = (uint64_t *)spare_page(1);
	uint64_t block = granule + granule - 3;
	unsigned int start;

	begin(granule, va_bits);
	start = tables_start_level(&low);
	mmu_on(&low, NULL, 0);
	page[1] = 0x1122334455667788;
	/* nothing there: a fault of each level below the start, by what is above it */
	CHECK(try(load, (void *)((1ull << (va_bits - 1)) + 8)));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, start)));
	CHECK(try(load, (void *)(1ull << va_bits))); /* beyond the size */
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 0)));
	/* a page */
	remap(VA, (uint64_t)page, 3, MAP_DATA);
	CHECK_EQ(*(volatile uint64_t *)(VA + 8), 0x1122334455667788);
	*(volatile uint64_t *)(VA + 16) = granule;
	CHECK_EQ(page[2], granule);
	CHECK(try(load, (void *)(VA + (1ull << granule))));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 3)));
	CHECK_EQ(trap()->far, VA + (1ull << granule));
	CHECK(try(load, (void *)(VA + (1ull << block))));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 2)));
	/* a block of level 2 */
	*tables_entry(&low, VA, 2) = 0;
	remap(VA, (uint64_t)page & ~((1ull << block) - 1), 2, MAP_DATA);
	CHECK_EQ(*(volatile uint64_t *)(VA + ((uint64_t)page & ((1ull << block) - 1)) + 8),
		 0x1122334455667788);
	/* reserved descriptor at level 3: bit 1 clear */
	*tables_entry(&low, VA, 2) = 0;
	*tables_entry(&low, VA, 3) = (uint64_t)page | MAP_DATA | PTE_VALID;
	tlb_flush();
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 3)));
	mmu_off();
}

static void granule_4k(void)
{
	one_granule(12, 48);
	one_granule(12, 39);
	one_granule(12, 36);
}

static void granule_16k(void)
{
	one_granule(14, 47);
	one_granule(14, 48);
	one_granule(14, 36);
}

static void granule_64k(void)
{
	one_granule(16, 48);
	one_granule(16, 42);
	one_granule(16, 36);
}

static void level_1_block(void)
{
	uint64_t *page = (uint64_t *)spare_page(1);

	begin(12, 40);
	mmu_on(&low, NULL, 0);
	page[1] = 0xabcd;
	remap(0x4000000000, (uint64_t)page & ~0x3fffffffull, 1, MAP_DATA);
	CHECK_EQ(*(volatile uint64_t *)(0x4000000000 + ((uint64_t)page & 0x3fffffff) + 8), 0xabcd);
	CHECK_EQ(tables_start_level(&low), 0);
	mmu_off();
}

static void upper_half(void)
{
	uint64_t *page = (uint64_t *)spare_page(1);
	uint64_t va = 0xffffff8000000000;

	begin(12, 48);
	tables_init(&high, 12, 39);
	tables_map(&high, va + 0x5000, (uint64_t)page, 3, MAP_DATA);
	mmu_on(&low, &high, 0);
	page[3] = 0x77;
	CHECK_EQ(*(volatile uint64_t *)(va + 0x5018), 0x77);
	CHECK(try(load, (void *)(va - 8)));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 0)));
	CHECK_EQ(trap()->far, va - 8);
	CHECK(try(load, (void *)(va + 0x6000)));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 3)));
	mmu_off();
}

static void top_byte_ignored(void)
{
	uint64_t *page = (uint64_t *)spare_page(1);

	begin(12, 48);
	tables_map(&low, VA, (uint64_t)page, 3, MAP_DATA);
	mmu_on(&low, NULL, 1ull << 37);
	page[0] = 0x99;
	CHECK_EQ(*(volatile uint64_t *)(VA | 0x5aull << 56), 0x99);
	mmu_on(&low, NULL, 0);
	CHECK(try(load, (void *)(VA | 0x5aull << 56)));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 0)));
	CHECK_EQ(trap()->far, VA | 0x5aull << 56);
	mmu_off();
}

static void address_size(void)
{
	static const uint8_t bits[] = {32, 36, 40, 42, 44, 48};
	uint64_t range = read_reg(id_aa64mmfr0_el1) & 15;

	if (range > 4) {
		CHECK(range <= 6);
		return;
	}
	begin(12, 48);
	mmu_on(&low, NULL, 0);
	remap(VA, 1ull << bits[range], 3, MAP_DATA);
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(ADDRESS_SIZE, 3)));
	*tables_entry(&low, VA, 2) = 0;
	remap(VA, 1ull << bits[range], 2, MAP_DATA);
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(ADDRESS_SIZE, 2)));
	mmu_off();
}

/* ---- permissions ----------------------------------------------------------------------------------- */

#define R 1u
#define W 2u
#define X 4u

struct permission {
	uint64_t page, table; /* bits of the page and of the table above it */
	uint32_t el1, el0;
};

static const struct permission permissions[] = {
	{0,			    0,		       R | W | X, X        }, /* AP = 00: EL0 may execute only */
	{PTE_RO,		       0,		       R | X,     X        },
	{PTE_USER,		     0,		       R | W,     R | W | X}, /* writable by EL0: never executable at EL1 */
	{PTE_USER | PTE_RO,            0,                       R | X,     R | X    },
	{PTE_PXN,		      0,		       R | W,     X        },
	{PTE_UXN,		      0,		       R | W | X, 0        },
	{PTE_USER | PTE_RO | PTE_UXN,  0,                       R | X,     R        },
	{PTE_USER | PTE_RO | PTE_PXN,  0,                       R,         R | X    },
	{PTE_USER | PTE_UXN | PTE_PXN, 0,                       R | W,     R | W    },
	{PTE_USER,		     TABLE_NO_EL0,            R | W | X, X        },
	{PTE_USER,		     TABLE_RO,                R | X,     R | X    },
	{PTE_USER,		     TABLE_RO | TABLE_NO_EL0, R | X,     X        },
	{PTE_USER | PTE_RO,            TABLE_UXN,               R | X,     R        },
	{PTE_USER | PTE_RO,            TABLE_PXN,               R,         R | X    },
	{0,			    TABLE_PXN | TABLE_UXN,   R | W,     0        },
};

static uint32_t probe_el1(uint64_t va)
{
	uint32_t result = 0;

	if (!try(load, (void *)va))
		result |= R;
	else
		CHECK_EQ(trap()->esr, ESR(0x25, FAULT(PERMISSION, 3)));
	if (!try(blind_store, (void *)(va + 64)))
		result |= W;
	else
		CHECK_EQ(trap()->esr, ESR(0x25, 0x40 | FAULT(PERMISSION, 3)));
	if (!try(call, (void *)(va + 32)))
		result |= X;
	else
		CHECK_EQ(trap()->esr, ESR(0x21, FAULT(PERMISSION, 3)));
	return result;
}

/* Code at @code is executable for EL0: LDR, SVC; STR, SVC; BR, with the address in X0 */
static uint32_t probe_el0(uint64_t code, uint64_t va)
{
	uint32_t result = 0;

	CHECK(run_el0(code, 0, va, 0));
	if (ESR_EC(trap()->esr) == 0x15)
		result |= R;
	else
		CHECK_EQ(trap()->esr, ESR(0x24, FAULT(PERMISSION, 3)));
	CHECK(run_el0(code + 8, 0, va + 64, 0));
	if (ESR_EC(trap()->esr) == 0x15)
		result |= W;
	else
		CHECK_EQ(trap()->esr, ESR(0x24, 0x40 | FAULT(PERMISSION, 3)));
	CHECK(run_el0(va + 36, 0, va, 0));
	if (ESR_EC(trap()->esr) == 0x15)
		result |= X;
	else
		CHECK_EQ(trap()->esr, ESR(0x20, FAULT(PERMISSION, 3)));
	return result;
}

static void write_probe_code(void)
{
	static const uint32_t user[] = {0xf9400001, 0xd4000001, 0xf900001f, 0xd4000001};
	uint32_t *page = (uint32_t *)spare_page(1), *code = (uint32_t *)spare_page(2);

	page[8] = 0xd65f03c0; /* RET */
	page[9] = 0xd4000001; /* SVC */
	for (unsigned int i = 0; i < 4; i++)
		code[i] = user[i];
	sync_code(page, 64);
	sync_code(code, 64);
}

static void permission_matrix(void)
{
	uint64_t code = VA + 0x40000000;

	begin(12, 48);
	tables_map(&low, code, (uint64_t)spare_page(2), 3, MAP_USER_CODE);
	mmu_on(&low, NULL, 0);
	write_probe_code();
	for (unsigned int i = 0; i < sizeof(permissions) / sizeof(permissions[0]); i++) {
		const struct permission *p = &permissions[i];

		tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_NORMAL | p->page);
		*tables_entry(&low, VA, 2) &= 0x0000ffffffffffff;
		*tables_entry(&low, VA, 2) |= p->table;
		tlb_flush();
		CHECK_EQ(i << 8 | probe_el1(VA), i << 8 | p->el1);
		CHECK_EQ(i << 8 | probe_el0(code, VA), i << 8 | p->el0);
	}
	mmu_off();
}

static void aliases(void)
{
	begin(12, 48);
	tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_NORMAL);
	tables_map(&low, VA + 0x1000, (uint64_t)spare_page(1), 3, MAP_NORMAL | PTE_RO);
	mmu_on(&low, NULL, 0);
	write_probe_code();
	CHECK_EQ(probe_el1(VA), R | W | X);
	CHECK_EQ(probe_el1(VA + 0x1000), R | X);
	mmu_off();
}

static void privileged_access_never(void)
{
	if ((read_reg(id_aa64mmfr1_el1) >> 20 & 15) == 0) {
		CHECK(true);
		return;
	}
	begin(12, 48);
	tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_USER_DATA);
	mmu_on(&low, NULL, 0);
	__asm__ volatile(".word 0xd500419f"); /* MSR PAN, #1 */
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(PERMISSION, 3)));
	CHECK_EQ(trap()->spsr >> 22 & 1, 1);
	__asm__ volatile(".word 0xd500419f");
	CHECK(try(blind_store, (void *)VA));
	/* LDTR acts as EL0: allowed */
	__asm__ volatile(".word 0xd500419f\n\tldtr xzr, [%0]" ::"r"(VA) : "memory");
	CHECK_EQ(read_reg(S3_0_C4_C2_3), 1u << 22);
	__asm__ volatile(".word 0xd500409f"); /* MSR PAN, #0 */
	CHECK(!try(load, (void *)VA));
	mmu_off();
}

static void ldtr(void *at)
{
	__asm__ volatile("ldtr xzr, [%0]" ::"r"(at) : "memory");
}

static void sttr(void *at)
{
	__asm__ volatile("sttr xzr, [%0]" ::"r"(at) : "memory");
}

static void unprivileged_accesses(void)
{
	begin(12, 48);
	tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_DATA);
	tables_map(&low, VA + 0x1000, (uint64_t)spare_page(1), 3, MAP_USER_DATA);
	tables_map(&low, VA + 0x2000, (uint64_t)spare_page(1), 3, MAP_USER_DATA | PTE_RO);
	mmu_on(&low, NULL, 0);
	CHECK(try(ldtr, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(PERMISSION, 3)));
	CHECK(try(sttr, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, 0x40 | FAULT(PERMISSION, 3)));
	CHECK(!try(ldtr, (void *)(VA + 0x1000)));
	CHECK(!try(sttr, (void *)(VA + 0x1000)));
	CHECK(!try(ldtr, (void *)(VA + 0x2000)));
	CHECK(try(sttr, (void *)(VA + 0x2000)));
	mmu_off();
}

/* ---- access flag and dirty state ------------------------------------------------------------------- */

static void access_flag(void)
{
	begin(12, 48);
	tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_DATA & ~PTE_AF);
	mmu_on(&low, NULL, 0);
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(ACCESS_FLAG, 3)));
	CHECK(try(store, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(ACCESS_FLAG, 3))); /* its load comes first */
	CHECK(try(blind_store, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, 0x40 | FAULT(ACCESS_FLAG, 3)));
	/* not cached: setting the flag needs no TLBI */
	*tables_entry(&low, VA, 3) |= PTE_AF;
	dsb(ishst);
	isb();
	CHECK(!try(load, (void *)VA));
	mmu_off();
}

static void hardware_flags(void)
{
	uint64_t *entry;

	if ((read_reg(id_aa64mmfr1_el1) & 15) < 2) {
		CHECK(true);
		return;
	}
	begin(12, 48);
	tables_map(&low, VA, (uint64_t)spare_page(1), 3, (MAP_DATA & ~PTE_AF) | PTE_RO | PTE_DBM);
	mmu_on(&low, NULL, 1ull << 39 | 1ull << 40); /* HA, HD */
	entry = tables_entry(&low, VA, 3);
	CHECK(!try(load, (void *)VA));
	CHECK_EQ(*entry >> 10 & 1, 1); /* AF */
	CHECK_EQ(*entry >> 7 & 1, 1);  /* clean */
	CHECK(!try(blind_store, (void *)VA));
	CHECK_EQ(*entry >> 7 & 1, 0); /* dirty */
	/* without DBM it stays read-only */
	remap(VA, (uint64_t)spare_page(1), 3, MAP_DATA | PTE_RO);
	CHECK(try(blind_store, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, 0x40 | FAULT(PERMISSION, 3)));
	mmu_off();
}

/* ---- ASIDs and invalidation ------------------------------------------------------------------------ */

static struct tables second;

static void use(const struct tables *t, uint64_t asid)
{
	write_reg(ttbr0_el1, (uint64_t)t->root | asid << 48);
	isb();
}

static uint64_t value_at(uint64_t va)
{
	return *(volatile uint64_t *)va;
}

static void begin_asids(void)
{
	begin(12, 48);
	tables_init(&second, 12, 48);
	tables_identity(&second);
	for (unsigned int i = 0; i < 4; i++)
		*(uint64_t *)spare_page(i) = 100 + i;
	tables_map(&low, VA, (uint64_t)spare_page(0), 3, MAP_DATA | PTE_NG);
	tables_map(&second, VA, (uint64_t)spare_page(1), 3, MAP_DATA | PTE_NG);
	mmu_on(&low, NULL, 1ull << 36); /* AS: 16-bit ASIDs, if there are */
}

static void asids_separate(void)
{
	begin_asids();
	for (unsigned int i = 0; i < 3; i++) {
		use(&low, 1);
		CHECK_EQ(value_at(VA), 100);
		use(&second, 2);
		CHECK_EQ(value_at(VA), 101);
	}
	if ((read_reg(id_aa64mmfr0_el1) >> 4 & 15) == 2) {
		use(&low, 0x0101);
		CHECK_EQ(value_at(VA), 100);
		use(&second, 0x8001);
		CHECK_EQ(value_at(VA), 101);
	}
	mmu_off();
}

#define TLBI(op, arg) \
	__asm__ volatile("dsb ishst\n\ttlbi " op ", %0\n\tdsb ish\n\tisb" ::"r"(arg) : "memory")
#define TLBI_ALL(op) __asm__ volatile("dsb ishst\n\ttlbi " op "\n\tdsb ish\n\tisb" ::: "memory")

/* After each form the new mapping must be seen, whatever was cached before. */
static void each_tlbi(void)
{
	uint64_t page = VA >> 12, asid = 5;
	uint64_t expected = 100;

	begin_asids();
	use(&low, asid);
#define STEP(statement)                                                                           \
	do {                                                                                      \
		CHECK_EQ(value_at(VA), expected);                                                 \
		expected = expected == 102 ? 103 : 102;                                           \
		tables_map(&low, VA, (uint64_t)spare_page(expected - 100), 3, MAP_DATA | PTE_NG); \
		statement;                                                                        \
		CHECK_EQ(value_at(VA), expected);                                                 \
	} while (0)
	STEP(TLBI("vae1", page | asid << 48));
	STEP(TLBI("vale1", page | asid << 48));
	STEP(TLBI("vaae1", page));
	STEP(TLBI("vaale1", page));
	STEP(TLBI("aside1", asid << 48));
	STEP(TLBI_ALL("vmalle1"));
	STEP(TLBI("vae1is", page | asid << 48));
	STEP(TLBI("vale1is", page | asid << 48));
	STEP(TLBI("vaae1is", page));
	STEP(TLBI("vaale1is", page));
	STEP(TLBI("aside1is", asid << 48));
	STEP(TLBI_ALL("vmalle1is"));
#undef STEP
	mmu_off();
}

/* A block is one entry for TLBI, however it was cached: any address of it will do */
static void tlbi_of_a_block(void)
{
	uint64_t size = 0x200000, first = (uint64_t)spare_page(0) & ~(size - 1);
	uint64_t inside = (uint64_t)spare_page(0) & (size - 1), page = VA >> 12;

	for (unsigned int form = 0; form < 3; form++) {
		begin_asids();
		use(&low, 3);
		*tables_entry(&low, VA, 2) = 0;
		tables_map(&low, VA, first, 2, MAP_DATA | PTE_NG);
		tlb_flush();
		for (uint64_t i = 0; i < 2; i++)
			(void)value_at(VA + inside + i * 0x10000); /* spare pages 0 and 1 */
		*tables_entry(&low, VA, 2) = 0;
		if (form == 0)
			TLBI("vae1", (page + 0x155) | 3ull << 48);
		else if (form == 1)
			TLBI("vaae1is", page + 0x1ff);
		else
			TLBI("vale1is", page | 3ull << 48);
		for (uint64_t i = 0; i < 2; i++) {
			CHECK(try(load, (void *)(VA + inside + i * 0x10000)));
			CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 2)));
		}
		mmu_off();
	}
}

/* Break-before-make: after TLBI of an entry made invalid, an access must fault. */
static void unmapping_faults(void)
{
	begin_asids();
	use(&low, 1);
	CHECK_EQ(value_at(VA), 100);
	*tables_entry(&low, VA, 3) = 0;
	tlb_flush_va(VA, 1);
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 3)));
	/* a faulting entry is never cached: making it valid needs no TLBI */
	tables_map(&low, VA, (uint64_t)spare_page(2), 3, MAP_DATA | PTE_NG);
	dsb(ishst);
	isb();
	CHECK_EQ(value_at(VA), 102);
	/* removing a table above */
	*tables_entry(&low, VA, 2) = 0;
	tlb_flush_va(VA, 1);
	CHECK(try(load, (void *)VA));
	CHECK_EQ(trap()->esr, ESR(0x25, FAULT(TRANSLATION, 2)));
	mmu_off();
}

/* ---- address translation instructions -------------------------------------------------------------- */

#define AT(op, va)                                                             \
	({                                                                     \
		__asm__ volatile("at " op ", %0\n\tisb" ::"r"(va) : "memory"); \
		read_reg(par_el1);                                             \
	})

static void address_translation(void)
{
	uint64_t pa = (uint64_t)spare_page(1), par;

	begin(12, 48);
	tables_map(&low, VA, pa, 3, MAP_DATA);
	tables_map(&low, VA + 0x1000, pa + 0x1000, 3, MAP_USER_DATA | PTE_RO);
	mmu_on(&low, NULL, 0);
	par = AT("s1e1r", VA + 0x123);
	CHECK_EQ(par & 0x0000fffffffff001, pa);
	CHECK_EQ(par >> 56, 0xff); /* attributes */
	CHECK_EQ(par >> 7 & 3, 3); /* inner shareable */
	CHECK_EQ(AT("s1e1w", VA) & 0x0000fffffffff001, pa);
	CHECK_EQ(AT("s1e0r", VA + 0x1000) & 0x0000fffffffff001, pa + 0x1000);
	/* F, FST */
	CHECK_EQ(AT("s1e0r", VA) & 0x7f, 1 | FAULT(PERMISSION, 3) << 1);
	CHECK_EQ(AT("s1e0w", VA + 0x1000) & 0x7f, 1 | FAULT(PERMISSION, 3) << 1);
	CHECK_EQ(AT("s1e1w", VA + 0x1000) & 0x7f, 1 | FAULT(PERMISSION, 3) << 1);
	CHECK_EQ(AT("s1e1r", VA + 0x2000) & 0x7f, 1 | FAULT(TRANSLATION, 3) << 1);
	CHECK_EQ(AT("s1e1r", 0x0000800000000000) & 0x7f, 1 | FAULT(TRANSLATION, 0) << 1);
	mmu_off();
	/* MMU off: flat */
	CHECK_EQ(AT("s1e1r", pa) & 0x0000fffffffff001, pa);
}

/* The MMU switched on and off with the same code at the same address */
static void on_and_off(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		begin(12, 48);
		tables_map(&low, VA, (uint64_t)spare_page(1), 3, MAP_DATA);
		*(volatile uint64_t *)spare_page(1) = i;
		mmu_on(&low, NULL, 0);
		CHECK_EQ(value_at(VA), i);
		mmu_off();
	}
}

static void granule_test(unsigned int granule, const char *name, void (*fn)(void))
{
	if (granule_exists(granule))
		test(name, fn);
	else
		skip(name, "not announced");
}

void guest_main(void)
{
	granule_test(12, "4 KiB granule: pages, blocks, fault levels, sizes", granule_4k);
	granule_test(14, "16 KiB granule: pages, blocks, fault levels, sizes", granule_16k);
	granule_test(16, "64 KiB granule: pages, blocks, fault levels, sizes", granule_64k);
	test("a 1 GiB block", level_1_block);
	test("TTBR1_EL1 translates the upper half, with a size of its own", upper_half);
	test("TCR_EL1.TBI0 ignores the top byte, else it faults", top_byte_ignored);
	test("an output address above the implemented size faults at its level", address_size);
	test("permissions: AP, UXN, PXN, and the tables' limits, at EL1 and EL0",
	     permission_matrix);
	test("read-only and writable aliases of one page", aliases);
	test("PAN stops privileged access to user pages, but not LDTR", privileged_access_never);
	test("LDTR and STTR have the rights of EL0", unprivileged_accesses);
	test("access flag faults", access_flag);
	test("TCR_EL1.HA and HD: access flag and dirty state by hardware", hardware_flags);
	test("ASIDs keep mappings apart without TLBI", asids_separate);
	test("after each form of TLBI the new mapping is seen", each_tlbi);
	test("TLBI by any address of a block drops the block", tlbi_of_a_block);
	test("unmapping: TLBI, then a fault; invalid entries are not cached", unmapping_faults);
	test("AT S1E1R, S1E1W, S1E0R, S1E0W and PAR_EL1", address_translation);
	test("switching the MMU on and off", on_and_off);
}
