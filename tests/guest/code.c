/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Code that changes: patched in place, through aliases, recycled pages, within its own block. The
 * program always does what the architecture demands (DC CVAU, DSB, IC IVAU, DSB, ISB).
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define EXEC_VA  0x180000000ull /* EL1 executes */
#define EXEC_VA2 0x180200000ull
#define USER_VA  0x180400000ull /* EL0 executes */
#define USER_VA2 0x180600000ull
#define WRITE_VA 0x180800000ull /* writable alias */

static struct tables low;

static uint32_t movz(unsigned int rd, uint32_t value)
{
	return 0x52800000 | value << 5 | rd;
}

#define RET  0xd65f03c0u
#define SVC0 0xd4000001u
#define NOP  0xd503201fu

static uint64_t call(uint64_t at)
{
	return ((uint64_t(*)(void))at)();
}

static uint64_t call_user(uint64_t at)
{
	CHECK(run_el0(at, 0, 0, 0));
	CHECK_EQ(ESR_EC(this_cpu()->trap.esr), 0x15);
	return this_cpu()->trap.x[0];
}

static void begin(void)
{
	tables_reset();
	tables_init(&low, 12, 48);
	tables_identity(&low);
	tables_map(&low, EXEC_VA, (uint64_t)spare_page(0), 3, MAP_CODE);
	tables_map(&low, EXEC_VA2, (uint64_t)spare_page(0), 3, MAP_CODE | PTE_RO);
	tables_map(&low, USER_VA, (uint64_t)spare_page(0), 3, MAP_USER_CODE);
	tables_map(&low, USER_VA2, (uint64_t)spare_page(1), 3, MAP_USER_CODE);
	tables_map(&low, WRITE_VA, (uint64_t)spare_page(0), 3, MAP_DATA);
	mmu_on(&low, NULL, 0);
}

static void patched_in_place(void)
{
	volatile uint32_t *code = (uint32_t *)EXEC_VA;

	begin();
	code[1] = RET;
	for (uint32_t i = 0; i < 1000; i++) {
		code[0] = movz(0, i);
		sync_code((void *)EXEC_VA, 8);
		CHECK_EQ(call(EXEC_VA), i);
	}
	mmu_off();
}

/* T2, second variant: two mappings of one page, as a JIT has */
static void dual_mapped(void)
{
	volatile uint32_t *code = (uint32_t *)WRITE_VA;

	begin();
	code[1] = RET;
	for (uint32_t i = 0; i < 500; i++) {
		code[0] = movz(0, i);
		__asm__ volatile(
			"dc cvau, %0\n\tdsb ish\n\tic ivau, %1\n\tdsb ish\n\tisb" ::"r"(WRITE_VA),
			"r"(EXEC_VA2)
			: "memory");
		CHECK_EQ(call(EXEC_VA2), i);
	}
	mmu_off();
}

/* T2, first variant: a page gets a new program through the linear map and runs at EL0 elsewhere */
static void recycled_pages(void)
{
	begin();
	for (uint32_t i = 0; i < 300; i++) {
		unsigned int page = i & 1;
		uint32_t *code = (uint32_t *)spare_page(page);
		uint64_t va = USER_VA + (uint64_t)(i % 7) * 0x1000;

		code[0] = movz(0, i);
		code[1] = SVC0;
		sync_code(code, 8);
		tables_map(&low, va, (uint64_t)code, 3, MAP_USER_CODE | PTE_NG);
		tlb_flush_va(va, 0);
		CHECK_EQ(call_user(va), i);
	}
	mmu_off();
}

static void user_alias(void)
{
	uint32_t *code = (uint32_t *)spare_page(1);

	begin();
	for (uint32_t i = 0; i < 300; i++) {
		code[8] = movz(0, i);
		code[9] = SVC0;
		sync_code(code + 8, 8);
		CHECK_EQ(call_user(USER_VA2 + 32), i);
	}
	mmu_off();
}

/* T13: STR W1, [X0] changes the instruction after the barriers, in the same block */
static void own_block(void)
{
	static const uint32_t text[] = {
		0x10000000 | 10 << 5 | 9, /* ADR X9, +40 */
		0xb9000120,               /* STR W0, [X9] */
		0xd50b7b29,               /* DC CVAU, X9 */
		0xd5033b9f,               /* DSB ISH */
		0xd50b7529,               /* IC IVAU, X9 */
		0xd5033b9f,               /* DSB ISH */
		0xd5033fdf,               /* ISB */
		NOP,
		NOP,
		NOP,
		0, /* the target */
		RET,
	};
	uint32_t *code = (uint32_t *)EXEC_VA;

	begin();
	for (unsigned int i = 0; i < sizeof(text) / 4; i++)
		code[i] = text[i];
	sync_code(code, sizeof(text));
	for (uint32_t i = 0; i < 200; i++)
		CHECK_EQ(((uint64_t(*)(uint64_t))EXEC_VA)(movz(0, i)), i);
	mmu_off();
}

/* Data and code in one page: stores beside the code do not disturb it */
static void data_beside_code(void)
{
	volatile uint32_t *code = (uint32_t *)EXEC_VA;

	begin();
	code[0] = movz(0, 42);
	code[1] = RET;
	sync_code((void *)EXEC_VA, 8);
	for (uint32_t i = 0; i < 500; i++) {
		code[100 + i % 64] = i;
		CHECK_EQ(call(EXEC_VA), 42);
		CHECK_EQ(code[100 + i % 64], i);
	}
	mmu_off();
}

/* A block that runs from one page into the next, whose second page is replaced */
static void across_pages(void)
{
	volatile uint32_t *first = (uint32_t *)(EXEC_VA + 0xff8);
	uint32_t *second[2] = {(uint32_t *)spare_page(2), (uint32_t *)spare_page(3)};

	begin();
	for (uint32_t i = 0; i < 2; i++) {
		second[i][0] = 0x11000000 | (5 + i) << 10; /* ADD W0, W0, #5 or #6 */
		second[i][1] = RET;
		sync_code(second[i], 8);
	}
	first[0] = movz(0, 100);
	first[1] = NOP;
	sync_code((void *)first, 8);
	for (uint32_t i = 0; i < 50; i++) {
		tables_map(&low, EXEC_VA + 0x1000, (uint64_t)second[i & 1], 3, MAP_CODE);
		tlb_flush_va(EXEC_VA + 0x1000, 0);
		CHECK_EQ(call(EXEC_VA + 0xff8), 105 + (i & 1));
	}
	mmu_off();
}

/* The same words, at EL1 and at EL0: decoding depends on the level (MRS CurrentEL) */
static void same_page_two_levels(void)
{
	uint32_t *code = (uint32_t *)spare_page(0);

	begin();
	code[0] = 0xd5384240; /* MRS X0, CurrentEL */
	code[1] = RET;
	sync_code(code, 8);
	for (unsigned int i = 0; i < 10; i++) {
		CHECK_EQ(call(EXEC_VA2), 4);
		CHECK(run_el0(USER_VA, 0, 0, 0));
		CHECK_EQ(ESR_EC(this_cpu()->trap.esr), 0);
		CHECK_EQ(this_cpu()->trap.elr, USER_VA);
	}
	mmu_off();
}

void guest_main(void)
{
	test("code patched in place", patched_in_place);
	test("T2: two mappings of one page, written by one, executed by the other", dual_mapped);
	test("T2: recycled pages run their new program", recycled_pages);
	test("T2: written through the linear map, executed at EL0", user_alias);
	test("T13: a store that changes a later instruction of its own block", own_block);
	test("data beside code in one page", data_beside_code);
	test("code that runs into a page that is exchanged", across_pages);
	test("the same code at EL1 and EL0", same_page_two_levels);
}
