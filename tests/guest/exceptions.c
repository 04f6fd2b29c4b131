/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every exception class that EL1 can take, with exact ESR, FAR, ELR and SPSR.
 *
 * QEMU 7.2 (-M virt) confirms all of it but: it stores the first half of a pair before the second
 * faults (allowed); it does not check SP alignment; it swaps op1 and op2 in the syndrome of a trapped
 * MSR DAIFClr; it does not trap WFE.
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define EL0_VA    0x100000000ull /* user page: code */
#define EL0_DATA  0x100200000ull /* user page: data */
#define EL0_SP    (EL0_DATA + 0x1000)
#define UNMAPPED  0x123456789000ull
#define READ_ONLY 0x100400000ull

static struct tables low;

/* ---- helpers --------------------------------------------------------------------------------------- */

/* One instruction in a function of its own; the label says where it is. */
#define INSN(name, before, insn)                                                           \
	__asm__(".text\n.globl " #name ", at_" #name "\n" #name ":\n" before "\nat_" #name \
		": " insn "\n\tret\n");                                                    \
	void name(void *arg);                                                              \
	extern uint8_t at_##name[]

static struct frame *trap(void)
{
	return &this_cpu()->trap;
}

/* @spsr: what PSTATE must have been, but for the flags that C code leaves behind */
static void expect(void (*fn)(void *), void *arg, uint64_t esr, uint64_t elr)
{
	CHECK(try(fn, arg));
	CHECK_EQ(trap()->vector, VECTOR_SPX + VECTOR_SYNC);
	CHECK_EQ(trap()->esr, esr);
	CHECK_EQ(trap()->elr, elr);
	CHECK_EQ(trap()->spsr & 0xfffffff & ~(1u << 22), 0x3c5);
}

/* Run instructions at EL0: they are copied to the user page. */
static void user(const uint32_t *code, unsigned int count, uint64_t x0)
{
	uint32_t *page = (uint32_t *)spare_page(0);

	for (unsigned int i = 0; i < count; i++)
		page[i] = code[i];
	sync_code(page, count * 4);
	CHECK(run_el0(EL0_VA, EL0_SP, x0, 0xa0000000));
	CHECK_EQ(trap()->vector, VECTOR_LOWER + VECTOR_SYNC);
}

#define USER(x0, ...)                                          \
	do {                                                   \
		static const uint32_t code_[] = {__VA_ARGS__}; \
		user(code_, sizeof(code_) / 4, x0);            \
	} while (0)

static void expect_user(uint64_t esr, uint64_t elr)
{
	CHECK_EQ(trap()->esr, esr);
	CHECK_EQ(trap()->elr, elr);
	CHECK_EQ(trap()->spsr, 0xa0000000);
}

/* ---- instructions ---------------------------------------------------------------------------------- */

INSN(do_svc, "", "svc #0x1234");
INSN(do_brk, "", "brk #0xabc");
INSN(do_udf, "", ".word 0");
INSN(do_load, "", "ldr x1, [x0]");
INSN(do_store, "", "str x1, [x0]");
INSN(do_store_pre, "", "str x1, [x0, #8]!");
INSN(do_pair, "mov x1, #1\n\tmov x2, #2", "ldp x1, x2, [x0]");
INSN(do_store_pair, "", "stp x0, x1, [x0]");
INSN(do_exclusive, "", "ldxr x1, [x0]");
INSN(do_call, "mov x9, x30", "blr x0");
INSN(do_fp, "", "fmov d0, #1.0");
INSN(do_readonly_reg, "", ".word 0xd5180000"); /* MSR MIDR_EL1, X0 */
INSN(do_no_reg, "", ".word 0xd51fffe0");       /* MSR S3_7_C15_C15_7, X0 */
INSN(do_el2_reg, "", ".word 0xd53c1100");      /* MRS X0, HCR_EL2 */
INSN(do_zero, "", "dc zva, x0");

static void svc_and_brk(void)
{
	expect(do_svc, NULL, ESR(0x15, 0x1234), (uint64_t)at_do_svc + 4);
	expect(do_brk, NULL, ESR(0x3c, 0xabc), (uint64_t)at_do_brk);
	USER(0, 0xd4000001 | 0x4321 << 5);
	expect_user(ESR(0x15, 0x4321), EL0_VA + 4);
	USER(0, 0xd503201f, 0xd4200000 | 0xffff << 5);
	expect_user(ESR(0x3c, 0xffff), EL0_VA + 4);
}

static void undefined(void)
{
	expect(do_udf, NULL, ESR(0, 0), (uint64_t)at_do_udf);
	expect(do_readonly_reg, NULL, ESR(0, 0), (uint64_t)at_do_readonly_reg);
	expect(do_no_reg, NULL, ESR(0, 0), (uint64_t)at_do_no_reg);
	expect(do_el2_reg, NULL, ESR(0, 0), (uint64_t)at_do_el2_reg);
	USER(0, 0x00000000);
	expect_user(ESR(0, 0), EL0_VA);
	USER(0, 0xd5381000); /* MRS X0, SCTLR_EL1 */
	expect_user(ESR(0, 0), EL0_VA);
	USER(0, 0xd4000002); /* HVC */
	expect_user(ESR(0, 0), EL0_VA);
	USER(0, 0xd69f03e0); /* ERET */
	expect_user(ESR(0, 0), EL0_VA);
}

/* ISS: 0b0x10 DFSC with level; WnR is bit 6 */
static void data_aborts(void)
{
	uint64_t at = UNMAPPED + 8;

	expect(do_load, (void *)at, ESR(0x25, 0x04), (uint64_t)at_do_load);
	CHECK_EQ(trap()->far, at);
	expect(do_store, (void *)at, ESR(0x25, 0x44), (uint64_t)at_do_store);
	CHECK_EQ(trap()->far, at);
	expect(do_store_pre, (void *)at, ESR(0x25, 0x44), (uint64_t)at_do_store_pre);
	CHECK_EQ(trap()->far, at + 8);
	CHECK_EQ(trap()->x[0], at); /* T8: no write-back */
	/* levels 1, 2, 3 */
	at = EL0_VA + (1ull << 30);
	expect(do_load, (void *)at, ESR(0x25, 0x05), (uint64_t)at_do_load);
	at = EL0_VA + 4 * 0x200000;
	expect(do_load, (void *)at, ESR(0x25, 0x06), (uint64_t)at_do_load);
	at = EL0_VA + 0x5000;
	expect(do_load, (void *)at, ESR(0x25, 0x07), (uint64_t)at_do_load);
	CHECK_EQ(trap()->far, at);
	/* permission, level 3 */
	expect(do_store, (void *)READ_ONLY, ESR(0x25, 0x4f), (uint64_t)at_do_store);
	CHECK_EQ(trap()->far, READ_ONLY);
	CHECK(!try(do_load, (void *)READ_ONLY));
	/* address size: bit 48 and up neither all 0 nor all 1 */
	at = 0x0001000000000000;
	expect(do_load, (void *)at, ESR(0x25, 0x04), (uint64_t)at_do_load);
	CHECK_EQ(trap()->far, at);
	/* TTBR1 is switched off */
	at = 0xffff000000000000;
	expect(do_load, (void *)at, ESR(0x25, 0x04), (uint64_t)at_do_load);
}

static void pair_abort_is_precise(void)
{
	uint64_t at = READ_ONLY + 0x1000 - 8; /* second half in an unmapped page */

	expect(do_pair, (void *)at, ESR(0x25, 0x07), (uint64_t)at_do_pair);
	CHECK_EQ(trap()->far, at + 8);
	CHECK_EQ(trap()->x[1], 1);
	CHECK_EQ(trap()->x[2], 2);
	/* a store: the first half is not stored either */
	at = EL0_DATA + 0x1000 - 8;
	*(volatile uint64_t *)(spare_page(1) + 0xff8) = 0x5555;
	expect(do_store_pair, (void *)at, ESR(0x25, 0x47), (uint64_t)at_do_store_pair);
	CHECK_EQ(trap()->far, at + 8);
	CHECK_EQ(*(volatile uint64_t *)(spare_page(1) + 0xff8), 0x5555);
}

static void user_data_aborts(void)
{
	USER(UNMAPPED, 0xf9400001); /* LDR X1, [X0] */
	expect_user(ESR(0x24, 0x04), EL0_VA);
	CHECK_EQ(trap()->far, UNMAPPED);
	USER((uint64_t)_head, 0xb9400001); /* LDR W1, [X0]: privileged memory */
	expect_user(ESR(0x24, 0x0e), EL0_VA);
	CHECK_EQ(trap()->far, (uint64_t)_head);
	USER((uint64_t)_head, 0xd503201f, 0x39000001); /* STRB W1, [X0] */
	expect_user(ESR(0x24, 0x4e), EL0_VA + 4);
	USER(EL0_VA, 0xf9000001); /* STR X1, [X0]: code page */
	expect_user(ESR(0x24, 0x4f), EL0_VA);
	USER(EL0_DATA, 0xf9000000, 0xf9400001, 0xd4000001);
	expect_user(ESR(0x15, 0), EL0_VA + 12);
	CHECK_EQ(trap()->x[1], EL0_DATA);
}

static void instruction_aborts(void)
{
	expect(do_call, (void *)UNMAPPED, ESR(0x21, 0x04), UNMAPPED);
	CHECK_EQ(trap()->far, UNMAPPED);
	expect(do_call, (void *)EL0_VA, ESR(0x21, 0x0f), EL0_VA); /* PXN */
	CHECK_EQ(trap()->far, EL0_VA);
	USER(EL0_DATA, 0xd61f0000); /* BR X0: UXN */
	expect_user(ESR(0x20, 0x0f), EL0_DATA);
	CHECK_EQ(trap()->far, EL0_DATA);
	USER(UNMAPPED, 0xd61f0000);
	expect_user(ESR(0x20, 0x04), UNMAPPED);
	USER((uint64_t)_head, 0xd61f0000); /* UXN block */
	expect_user(ESR(0x20, 0x0e), (uint64_t)_head);
}

static void alignment(void)
{
	expect(do_exclusive, (void *)(spare_page(1) + 1), ESR(0x25, 0x21),
	       (uint64_t)at_do_exclusive);
	CHECK_EQ(trap()->far, (uint64_t)spare_page(1) + 1);
	CHECK(!try(do_load, spare_page(1) + 1)); /* normal memory, SCTLR.A = 0 */
	write_reg(sctlr_el1, read_reg(sctlr_el1) | 2);
	isb();
	expect(do_load, spare_page(1) + 1, ESR(0x25, 0x21), (uint64_t)at_do_load);
	write_reg(sctlr_el1, read_reg(sctlr_el1) & ~2ull);
	isb();
	/* PC: BR to an odd address */
	USER(EL0_VA + 2, 0xd61f0000);
	expect_user(ESR(0x22, 0), EL0_VA + 2);
	CHECK_EQ(trap()->far, EL0_VA + 2);
}

static void stack_alignment(void)
{
	USER(0, 0xd10023ff, 0xf94003e0); /* SUB SP, SP, #8; LDR X0, [SP] */
	expect_user(ESR(0x26, 0), EL0_VA + 4);
	USER(0, 0xd10023ff, 0x910003e0, 0xf9400000, 0xd4000001); /* MOV X0, SP; LDR X0, [X0] */
	expect_user(ESR(0x15, 0), EL0_VA + 16);
}

/* ---- traps of EL0 ---------------------------------------------------------------------------------- */

/* ISS of EC 0x18: op0, op2, op1, CRn, Rt, CRm, direction */
static uint64_t sys_iss(unsigned int op0, unsigned int op1, unsigned int crn, unsigned int crm,
			unsigned int op2, unsigned int rt, bool read)
{
	return op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 | read;
}

static void with_sctlr(uint64_t clear, uint32_t insn, uint64_t esr)
{
	uint32_t *page = (uint32_t *)spare_page(0);
	uint64_t sctlr = read_reg(sctlr_el1);

	page[0] = insn;
	page[1] = 0xd4000001;
	sync_code(page, 8);
	write_reg(sctlr_el1, sctlr & ~clear);
	isb();
	CHECK(run_el0(EL0_VA, EL0_SP, EL0_DATA, 0xa0000000));
	expect_user(esr, EL0_VA);
	write_reg(sctlr_el1, sctlr);
	isb();
	CHECK(run_el0(EL0_VA, EL0_SP, EL0_DATA, 0xa0000000));
	CHECK_EQ(ESR_EC(trap()->esr), 0x15);
}

static void el0_traps(void)
{
	with_sctlr(1u << 15, 0xd53b0023, ESR(0x18, sys_iss(3, 3, 0, 0, 1, 3, true)));  /* CTR_EL0 */
	with_sctlr(1u << 14, 0xd50b7420, ESR(0x18, sys_iss(1, 3, 7, 4, 1, 0, false))); /* DC ZVA */
	with_sctlr(1u << 26, 0xd50b7e20,
		   ESR(0x18, sys_iss(1, 3, 7, 14, 1, 0, false))); /* DC CIVAC */
	with_sctlr(1u << 26, 0xd50b7520, ESR(0x18, sys_iss(1, 3, 7, 5, 1, 0, false))); /* IC IVAU */
	/* DAIF without UMA */
	USER(0, 0xd53b4221); /* MRS X1, DAIF */
	expect_user(ESR(0x18, sys_iss(3, 3, 4, 2, 1, 1, true)), EL0_VA);
	USER(0, 0xd5034fff); /* MSR DAIFClr, #15 */
	expect_user(ESR(0x18, sys_iss(0, 3, 4, 15, 7, 31, false)), EL0_VA);
}

static void wait_traps(void)
{
	uint64_t sctlr = read_reg(sctlr_el1);

	write_reg(sctlr_el1, sctlr & ~(1ull << 16));
	isb();
	USER(0, 0xd503207f); /* WFI */
	expect_user(ESR(1, 0x1e00000), EL0_VA);
	write_reg(sctlr_el1, sctlr & ~(1ull << 18));
	isb();
	USER(0, 0xd503205f, 0xd503205f); /* WFE; the event register may be set once */
	CHECK_EQ(trap()->esr, ESR(1, 0x1e00001));
	write_reg(sctlr_el1, sctlr);
	isb();
}

static void fp_traps(void)
{
	write_reg(cpacr_el1, 0);
	isb();
	expect(do_fp, NULL, ESR(0x07, 0x1e00000), (uint64_t)at_do_fp);
	write_reg(cpacr_el1, 1u << 20); /* EL0 only */
	isb();
	CHECK(!try(do_fp, NULL));
	USER(0, 0xd503201f, 0x1e6e1000); /* NOP; FMOV D0, #1.0 */
	expect_user(ESR(0x07, 0x1e00000), EL0_VA + 4);
	write_reg(cpacr_el1, 3u << 20);
	isb();
}

static void counter_traps(void)
{
	write_reg(cntkctl_el1, 0);
	isb();
	USER(0, 0xd53be041); /* MRS X1, CNTVCT_EL0 */
	expect_user(ESR(0x18, sys_iss(3, 3, 14, 0, 2, 1, true)), EL0_VA);
	write_reg(cntkctl_el1, 2);
	isb();
	USER(0, 0xd53be041, 0xd4000001);
	expect_user(ESR(0x15, 0), EL0_VA + 8);
	write_reg(cntkctl_el1, 0);
	isb();
}

/* ---- PSTATE ---------------------------------------------------------------------------------------- */

static void illegal_return(void)
{
	/* M = EL1 with a reserved bit, and AArch32, which does not exist at EL1 here */
	static const uint64_t bad[] = {0x3c2, 0x3cd, 0x3c7};

	for (unsigned int i = 0; i < sizeof(bad) / 8; i++) {
		CHECK(run_el0((uint64_t)at_do_svc, EL0_SP, 0, bad[i]));
		CHECK_EQ(trap()->esr, ESR(0x0e, 0));
		CHECK_EQ(trap()->elr, at_do_svc);
		CHECK_EQ(trap()->spsr & (1u << 20), 1u << 20); /* IL */
		CHECK_EQ(trap()->spsr & 0x1f, 5);              /* EL1h as before */
	}
}

static void single_step(void)
{
	uint32_t *page = (uint32_t *)spare_page(0);

	page[0] = 0xd503201f;
	page[1] = 0xd503201f;
	page[2] = 0xd4000001;
	sync_code(page, 12);
	write_reg(oslar_el1, 0);
	write_reg(mdscr_el1, 1);
	isb();
	CHECK(run_el0(EL0_VA, EL0_SP, 0, 1u << 21));
	CHECK_EQ(ESR_EC(trap()->esr), 0x32);
	CHECK_EQ(trap()->esr & 0x3f, 0x22);
	CHECK_EQ(trap()->elr, EL0_VA + 4);
	CHECK_EQ(trap()->spsr & (1u << 21), 0);
	/* PSTATE.SS = 0: the exception comes before the instruction */
	CHECK(run_el0(EL0_VA, EL0_SP, 0, 0));
	CHECK_EQ(ESR_EC(trap()->esr), 0x32);
	CHECK_EQ(trap()->elr, EL0_VA);
	write_reg(mdscr_el1, 0);
	isb();
	CHECK(run_el0(EL0_VA, EL0_SP, 0, 1u << 21));
	CHECK_EQ(ESR_EC(trap()->esr), 0x15);
}

static void masks_and_stack_pointers(void)
{
	uint64_t spsel, el;

	CHECK_EQ(read_reg(currentel), 4);
	CHECK_EQ(read_reg(spsel), 1);
	/* T10: SP_EL0 is banked */
	write_reg(sp_el0, 0x1230);
	__asm__ volatile(
		"mov x9, sp\n\tmsr spsel, #0\n\tmov %0, sp\n\tmrs %1, spsel\n\tmsr spsel, #1\n\t"
		"mov x10, sp\n\tsub %1, x10, x9"
		: "=&r"(el), "=&r"(spsel)::"x9", "x10");
	CHECK_EQ(el, 0x1230);
	CHECK_EQ(spsel, 0);
	/* each of DAIF by set and clear */
	__asm__ volatile("msr daifclr, #15");
	CHECK_EQ(read_reg(daif), 0);
	__asm__ volatile("msr daifset, #5");
	CHECK_EQ(read_reg(daif), 0x140);
	__asm__ volatile("msr daifset, #10");
	CHECK_EQ(read_reg(daif), 0x3c0);
	/* flags survive a system call */
	USER(0, 0xd4000001);
	CHECK_EQ(trap()->spsr, 0xa0000000);
}

/* An exception with SP_EL0 selected goes to the first quarter of the vectors. */
static void eret_to_el1t(void)
{
	CHECK(run_el0((uint64_t)at_do_svc, (uint64_t)spare_page(1) + 0x1000, 0, 0x3c4));
	CHECK_EQ(trap()->vector, VECTOR_SP0 + VECTOR_SYNC);
	CHECK_EQ(trap()->esr, ESR(0x15, 0x1234));
	CHECK_EQ(trap()->spsr & 0x3ff, 0x3c4);
}

static void id_registers_at_el0(void)
{
	uint64_t ec;

	USER(0, 0xd5380000); /* MRS X0, MIDR_EL1: EC 0, or 0x18 with FEAT_IDST */
	ec = ESR_EC(trap()->esr);
	CHECK(ec == 0 || ec == 0x18);
	if (ec == 0x18)
		expect_user(ESR(0x18, sys_iss(3, 0, 0, 0, 0, 0, true)), EL0_VA);
}

static void cache_operations_abort(void)
{
	expect(do_zero, (void *)UNMAPPED, ESR(0x25, 0x44), (uint64_t)at_do_zero);
	CHECK_EQ(trap()->far, UNMAPPED);
}

static void map_pages(void)
{
	tables_reset();
	tables_init(&low, 12, 48);
	tables_identity(&low);
	tables_map(&low, EL0_VA, (uint64_t)spare_page(0), 3, MAP_USER_CODE);
	tables_map(&low, EL0_DATA, (uint64_t)spare_page(1), 3, MAP_USER_DATA);
	tables_map(&low, READ_ONLY, (uint64_t)spare_page(2), 3, MAP_DATA | PTE_RO);
	mmu_on(&low, NULL, 0);
}

void guest_main(void)
{
	map_pages();
	test("SVC and BRK: immediate in ISS, return address", svc_and_brk);
	test("T9: what is not allocated is UNDEFINED with EC 0", undefined);
	test("data aborts at EL1: status code, level, WnR, FAR, no write-back", data_aborts);
	test("T8: an abort in the second half of a pair changes no register",
	     pair_abort_is_precise);
	test("data aborts from EL0", user_data_aborts);
	test("instruction aborts: translation, PXN, UXN", instruction_aborts);
	test("alignment faults: exclusives, SCTLR.A, PC", alignment);
	test("SP alignment fault: any access by a misaligned SP", stack_alignment);
	test("SCTLR_EL1.UCT, DZE, UCI, UMA trap EL0 with EC 0x18", el0_traps);
	test("SCTLR_EL1.nTWI, nTWE trap EL0 with EC 1", wait_traps);
	test("CPACR_EL1.FPEN traps with EC 7", fp_traps);
	test("CNTKCTL_EL1.EL0VCTEN traps EL0", counter_traps);
	test("an illegal return sets PSTATE.IL and gives EC 0x0e", illegal_return);
	test("software step: one instruction, then EC 0x32", single_step);
	test("T10: PSTATE fields and banked stack pointers", masks_and_stack_pointers);
	test("EL1t takes exceptions to the first vectors", eret_to_el1t);
	test("identification registers at EL0", id_registers_at_el0);
	test("DC ZVA faults as a write", cache_operations_abort);
	mmu_off();
}
