/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System registers and instructions of EL1 that no other program touches: PSTATE by register, cache
 * geometry and maintenance, unprivileged accesses of all sizes, claim tags, identification space.
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define USER_RW 0x180000000ull
#define EL1_RW  0x180200000ull

static struct tables low;

static struct frame *trap(void)
{
	return &this_cpu()->trap;
}

static void pstate_registers(void)
{
	uint64_t sp;

	__asm__ volatile("msr spsel, %1\n\tmrs %0, spsel\n\tmsr spsel, #1" : "=&r"(sp) : "r"(0ull));
	CHECK_EQ(sp, 0);
	/* SP_EL0 is not accessible as a register while it is the stack pointer */
	write_reg(nzcv, 0xf0000000);
	CHECK_EQ(read_reg(nzcv), 0xf0000000);
	write_reg(nzcv, 0x50000000);
	CHECK_EQ(read_reg(nzcv), 0x50000000);
	write_reg(daif, 0);
	CHECK_EQ(read_reg(daif), 0);
	write_reg(daif, ~0ull);
	CHECK_EQ(read_reg(daif), 0x3c0);
	CHECK_EQ(read_reg(isr_el1), 0);
}

static void read_sp_el0_as_register(void *arg)
{
	__asm__ volatile("msr spsel, #0\n\tmrs x0, sp_el0\n\tmsr spsel, #1" ::: "x0");
}

static void sp_el0_in_use_is_no_register(void)
{
	CHECK(try(read_sp_el0_as_register, NULL));
	CHECK_EQ(trap()->esr, ESR(0, 0));
	CHECK_EQ(trap()->vector, VECTOR_SP0 + VECTOR_SYNC);
}

static void pan_and_uao_registers(void)
{
	uint64_t mmfr1 = read_reg(id_aa64mmfr1_el1), mmfr2 = read_reg(id_aa64mmfr2_el1);

	if (mmfr1 >> 20 & 15) {
		write_reg(S3_0_C4_C2_3, 1u << 22);
		CHECK_EQ(read_reg(S3_0_C4_C2_3), 1u << 22);
		write_reg(S3_0_C4_C2_3, 0);
		CHECK_EQ(read_reg(S3_0_C4_C2_3), 0);
	}
	if (mmfr2 >> 4 & 15) {
		write_reg(S3_0_C4_C2_4, 1u << 23);
		CHECK_EQ(read_reg(S3_0_C4_C2_4), 1u << 23);
		write_reg(S3_0_C4_C2_4, 0);
		CHECK_EQ(read_reg(S3_0_C4_C2_4), 0);
	}
	CHECK_EQ(read_reg(S3_0_C1_C0_0) & 1, 1); /* SCTLR_EL1 by its number: the MMU is on */
}

/* ---- unprivileged accesses ------------------------------------------------------------------------- */

#define UNPRIVILEGED(name, insn)                                                  \
	static void name(void *at)                                                \
	{                                                                         \
		__asm__ volatile("mov x1, %0\n\t" insn "\n\tmov %0, x0" ::"r"(at) \
				 : "x0", "x1", "memory");                         \
	}

UNPRIVILEGED(ldtrb, "ldtrb w0, [x1]")
UNPRIVILEGED(ldtrh, "ldtrh w0, [x1]")
UNPRIVILEGED(ldtrw, "ldtr w0, [x1]")
UNPRIVILEGED(ldtrx, "ldtr x0, [x1]")
UNPRIVILEGED(ldtrsbw, "ldtrsb w0, [x1]")
UNPRIVILEGED(ldtrsbx, "ldtrsb x0, [x1]")
UNPRIVILEGED(ldtrshw, "ldtrsh w0, [x1]")
UNPRIVILEGED(ldtrshx, "ldtrsh x0, [x1]")
UNPRIVILEGED(ldtrsw, "ldtrsw x0, [x1]")
UNPRIVILEGED(sttrb, "mov x0, #0x77\n\tsttrb w0, [x1]")
UNPRIVILEGED(sttrh, "mov x0, #0x77\n\tsttrh w0, [x1]")
UNPRIVILEGED(sttrw, "mov x0, #0x77\n\tsttr w0, [x1]")
UNPRIVILEGED(sttrx, "mov x0, #0x77\n\tsttr x0, [x1]")

static void (*const unprivileged[])(void *) = {ldtrb,   ldtrh,   ldtrw,   ldtrx,  ldtrsbw,
					       ldtrsbx, ldtrshw, ldtrshx, ldtrsw, sttrb,
					       sttrh,   sttrw,   sttrx};

static void unprivileged_sizes(void)
{
	bool uao = read_reg(id_aa64mmfr2_el1) >> 4 & 15;

	for (unsigned int i = 0; i < sizeof(unprivileged) / sizeof(unprivileged[0]); i++) {
		bool store = i >= 9;

		CHECK(!try(unprivileged[i], (void *)(USER_RW + i * 8)));
		CHECK(try(unprivileged[i], (void *)(EL1_RW + i * 8)));
		CHECK_EQ(trap()->esr, ESR(0x25, store << 6 | 0x0f));
		CHECK_EQ(trap()->far, EL1_RW + i * 8);
		if (!uao)
			continue;
		write_reg(S3_0_C4_C2_4, 1u << 23); /* UAO: they are as privileged as EL1 */
		CHECK(!try(unprivileged[i], (void *)(EL1_RW + i * 8)));
		write_reg(S3_0_C4_C2_4, 0);
	}
	CHECK_EQ(*(volatile uint64_t *)(USER_RW + 12 * 8), 0x77);
	CHECK_EQ(*(volatile uint8_t *)(USER_RW + 9 * 8), 0x77);
}

static void unprivileged_extension(void)
{
	uint64_t value;

	*(volatile uint64_t *)USER_RW = 0x8182838485868788;
#define LOADED(insn)                                                            \
	({                                                                      \
		__asm__ volatile(insn : "=r"(value) : "r"(USER_RW) : "memory"); \
		value;                                                          \
	})
	CHECK_EQ(LOADED("ldtrb %w0, [%1]"), 0x88);
	CHECK_EQ(LOADED("ldtrh %w0, [%1]"), 0x8788);
	CHECK_EQ(LOADED("ldtr %w0, [%1]"), 0x85868788);
	CHECK_EQ(LOADED("ldtrsb %w0, [%1]"), 0xffffff88);
	CHECK_EQ(LOADED("ldtrsb %0, [%1]"), 0xffffffffffffff88);
	CHECK_EQ(LOADED("ldtrsh %w0, [%1]"), 0xffff8788);
	CHECK_EQ(LOADED("ldtrsh %0, [%1]"), 0xffffffffffff8788);
	CHECK_EQ(LOADED("ldtrsw %0, [%1]"), 0xffffffff85868788);
	CHECK_EQ(LOADED("ldtr %0, [%1, #1]"), *(volatile uint64_t *)(USER_RW + 1));
}

/* ---- caches ---------------------------------------------------------------------------------------- */

static void cache_geometry(void)
{
	uint64_t clidr = read_reg(clidr_el1), ctr = read_reg(ctr_el0), dczid = read_reg(dczid_el0);

	for (unsigned int level = 0; level < 7; level++) {
		uint64_t type = clidr >> 3 * level & 7;

		if (!type)
			break;
		for (unsigned int instruction = 0; instruction < 2; instruction++) {
			if (instruction ? !(type & 1) : type == 1)
				continue;
			write_reg(csselr_el1, level << 1 | instruction);
			isb();
			CHECK((read_reg(ccsidr_el1) & 7) <= 3); /* lines of at most 128 bytes */
			CHECK_EQ(read_reg(csselr_el1), level << 1 | instruction);
		}
	}
	CHECK_EQ(ctr >> 31, 1);
	CHECK((ctr & 15) >= 2 && (ctr >> 16 & 15) >= 2);
	CHECK_EQ(dczid & 0x10, 0);
}

static void zero_block(void)
{
	uint64_t size = 4ull << (read_reg(dczid_el0) & 15);
	volatile uint8_t *page = spare_page(2);

	for (unsigned int i = 0; i < 512; i++)
		page[i] = 0xaa;
	__asm__ volatile("dc zva, %0" ::"r"((uint64_t)page + 256 + size - 1) : "memory");
	CHECK_EQ(page[255], 0xaa);
	CHECK_EQ(page[256], 0);
	CHECK_EQ(page[256 + size - 1], 0);
	if (256 + size < 512)
		CHECK_EQ(page[256 + size], 0xaa);
}

static void maintenance(void)
{
	volatile uint64_t *page = (uint64_t *)spare_page(2);

	page[0] = 0x1234;
	__asm__ volatile(
		"dc cvac, %0\n\tdc cvau, %0\n\tdc civac, %0\n\tdsb sy\n\tdc ivac, %0\n\tdsb sy\n\t"
		"dc isw, xzr\n\tdc csw, xzr\n\tdc cisw, xzr\n\tic iallu\n\tic ialluis\n\tdsb "
		"sy\n\tisb" ::"r"(page)
		: "memory");
	CHECK_EQ(page[0], 0x1234);
}

/* ---- registers without effect ---------------------------------------------------------------------- */

/* The last test: QEMU 7.2 has no such registers, and ends here */
static void claim_tags(void)
{
	write_reg(dbgclaimclr_el1, 0xff);
	CHECK_EQ(read_reg(dbgclaimset_el1), 0xff); /* how many there are */
	CHECK_EQ(read_reg(dbgclaimclr_el1) & 0xff, 0);
	write_reg(dbgclaimset_el1, 0x5a);
	CHECK_EQ(read_reg(dbgclaimclr_el1) & 0xff, 0x5a);
	write_reg(dbgclaimclr_el1, 0x0a);
	CHECK_EQ(read_reg(dbgclaimclr_el1) & 0xff, 0x50);
	write_reg(dbgclaimclr_el1, 0xff);
}

static void thread_registers(void)
{
	uint64_t cpu = read_reg(tpidr_el1);

	write_reg(tpidr_el0, 0x1111222233334444);
	write_reg(tpidrro_el0, 0x5555666677778888);
	write_reg(contextidr_el1, 0x99);
	write_reg(amair_el1, 0);
	write_reg(afsr0_el1, 0);
	CHECK_EQ(read_reg(tpidr_el0), 0x1111222233334444);
	CHECK_EQ(read_reg(tpidrro_el0), 0x5555666677778888);
	CHECK_EQ(read_reg(contextidr_el1), 0x99);
	CHECK_EQ(read_reg(tpidr_el1), cpu);
	CHECK_EQ(read_reg(mpidr_el1) & 0xff, 0);
	CHECK_EQ(read_reg(mpidr_el1) >> 31 & 1, 1);
}

/* The whole identification space can be read; what is not allocated is zero. */
static void identification_space(void)
{
	uint32_t *code = (uint32_t *)spare_page(3);
	uint32_t count = 0;

	for (uint32_t crm = 1; crm < 8; crm++)
		for (uint32_t op2 = 0; op2 < 8; op2++) {
			code[0] = 0xd5380000 | crm << 8 | op2 << 5; /* MRS X0, S3_0_C0_Cm_op2 */
			code[1] = 0xd65f03c0;
			sync_code(code, 8);
			CHECK(!try((void (*)(void *))code, NULL));
			count++;
		}
	CHECK_EQ(count, 56);
}

void guest_main(void)
{
	tables_init(&low, 12, 48);
	tables_identity(&low);
	tables_map(&low, USER_RW, (uint64_t)spare_page(0), 3, MAP_USER_DATA);
	tables_map(&low, EL1_RW, (uint64_t)spare_page(1), 3, MAP_DATA);
	mmu_on(&low, NULL, 0);
	test("PSTATE by its registers", pstate_registers);
	test("SP_EL0 is UNDEFINED as a register while it is the stack pointer",
	     sp_el0_in_use_is_no_register);
	test("PAN and UAO by their registers", pan_and_uao_registers);
	test("LDTR and STTR of all sizes have the rights of EL0, with UAO those of EL1",
	     unprivileged_sizes);
	test("LDTR extends as the other loads do", unprivileged_extension);
	test("CLIDR, CCSIDR, CTR, DCZID agree", cache_geometry);
	test("DC ZVA clears one block", zero_block);
	test("cache maintenance by address and by set and way", maintenance);
	test("thread and context registers", thread_registers);
	test("the identification space reads as zero where nothing is allocated",
	     identification_space);
	test("claim tags", claim_tags);
	mmu_off();
}
