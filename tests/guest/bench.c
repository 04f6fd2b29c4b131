/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loops that bench.d/bench_cpu.c measures, on this engine and on a peer. Each prints a line
 * FIGURE name, instructions (or operations), counter ticks, counter frequency.
 */
#include "lib/guest.h"
#include "lib/mmu.h"

#define USER_CODE   0x100000000ull
#define FAULTS_VA   0x180000000ull
#define FAULT_PAGES 512u

static struct tables low;
static uint8_t source[16384] __attribute__((aligned(64))),
	target[16384] __attribute__((aligned(64)));

/* Run the loop until 50 ms have gone by; @per_call instructions (or operations) in each call. */
static void measure(const char *name, void (*fn)(void), uint64_t per_call)
{
	uint64_t frequency = read_reg(cntfrq_el0), start, now, calls = 0;

	fn(); /* warm up: decode, translate, fill the TLB */
	start = ticks();
	do {
		fn();
		calls++;
		now = ticks();
	} while (now - start < frequency / 20);
	figure(name, calls * per_call, now - start);
}

#define LOOPS 20000ull

static void int_loop(void)
{
	__asm__ volatile("mov x0, %0\n\tmov x1, #3\n\tmov x2, #5\n\tmov x3, #7\n"
			 "1:	add x1, x1, x2\n\teor x2, x2, x1, lsl #3\n\tsub x3, x3, x1\n\t"
			 "and x4, x3, #0xff00\n\torr x5, x4, x2\n\tsubs x0, x0, #1\n\tb.ne 1b"
			 :
			 : "r"(LOOPS)
			 : "x0", "x1", "x2", "x3", "x4", "x5", "cc");
}

static void copy_loop(void)
{
	for (unsigned int i = 0; i < 10; i++)
		__asm__ volatile("mov x0, %0\n\tmov x1, %1\n\tmov x2, #1024\n"
				 "1:	ldp x3, x4, [x0], #16\n\tstp x3, x4, [x1], #16\n\t"
				 "subs x2, x2, #1\n\tb.ne 1b"
				 :
				 : "r"(source), "r"(target)
				 : "x0", "x1", "x2", "x3", "x4", "cc", "memory");
}

static void call_ret(void)
{
	__asm__ volatile("mov x0, %0\n\tmov x2, x30\n\tb 2f\n"
			 "1:	add x1, x1, #1\n\tret\n"
			 "2:	bl 1b\n\tsubs x0, x0, #1\n\tb.ne 2b\n\tmov x30, x2"
			 :
			 : "r"(LOOPS)
			 : "x0", "x1", "x2", "x30", "cc");
}

/* Branches that depend on the bits of a generator: 9 instructions per turn. */
static void branches(void)
{
	__asm__ volatile("mov x0, %0\n\tmov x1, #0x1234\n"
			 "1:	lsr x2, x1, #1\n\teor x1, x1, x2, lsl #7\n\tadd x1, x1, #0x35\n\t"
			 "tbz x1, #4, 2f\n\tb 3f\n"
			 "2:	nop\n"
			 "3:	cmp x2, x1\n\tb.lo 4f\n"
			 "4:	subs x0, x0, #1\n\tb.ne 1b"
			 :
			 : "r"(LOOPS)
			 : "x0", "x1", "x2", "cc");
}

static void exclusive_loop(void)
{
	__asm__ volatile(
		"mov x0, %0\n"
		"1:	ldxr x1, [%1]\n\tadd x1, x1, #1\n\tstxr w2, x1, [%1]\n\tcbnz w2, 1b\n\t"
		"subs x0, x0, #1\n\tb.ne 1b"
		:
		: "r"(LOOPS), "r"(source)
		: "x0", "x1", "x2", "cc", "memory");
}

static void fp(void)
{
	__asm__ volatile("mov x0, %0\n\tfmov d0, #1.0\n\tfmov d1, #1.5\n\tfmov d2, #0.125\n"
			 "1:	fmul d3, d1, d2\n\tfadd d0, d0, d3\n\tfmadd d4, d1, d2, d0\n\t"
			 "fsub d5, d4, d0\n\tsubs x0, x0, #1\n\tb.ne 1b"
			 :
			 : "r"(LOOPS)
			 : "x0", "cc");
}

static void simd(void)
{
	__asm__ volatile("mov x0, %0\n"
			 "1:	ldr q0, [%1]\n\tldr q1, [%1, #16]\n\tadd v2.4s, v0.4s, v1.4s\n\t"
			 "mul v3.8h, v0.8h, v1.8h\n\teor v4.16b, v2.16b, v3.16b\n\t"
			 "cmeq v5.16b, v4.16b, v0.16b\n\tstr q5, [%2]\n\tsubs x0, x0, #1\n\tb.ne 1b"
			 :
			 : "r"(LOOPS), "r"(source), "r"(target)
			 : "x0", "cc", "memory");
}

/* ---- exceptions ------------------------------------------------------------------------------------ */

/* Vectors whose only work is ERET from an SVC at EL0; all else goes to the runtime's. */
__asm__(".text\n.balign 2048\n.globl svc_vectors\nsvc_vectors:\n"
	".space 0x200\n\tb vectors + 0x200\n.balign 512\n"
	"	mrs x18, esr_el1\n\tlsr x18, x18, #26\n\tcmp x18, #0x15\n\tb.ne 1f\n\teret\n"
	"1:	b vectors + 0x400\n.balign 2048\n");
extern uint8_t svc_vectors[], vectors[];

#define SVCS 2000ull

static void svc_eret(void)
{
	write_reg(vbar_el1, svc_vectors);
	isb();
	run_el0(USER_CODE, 0, SVCS, 0);
	write_reg(vbar_el1, vectors);
	isb();
}

static bool map_fault(struct frame *f)
{
	if (ESR_EC(f->esr) != 0x25)
		return false;
	*tables_entry(&low, f->far, 3) |= PTE_VALID;
	dsb(ishst);
	return true;
}

static void page_fault(void)
{
	this_cpu()->on_sync = map_fault;
	for (uint64_t i = 0; i < FAULT_PAGES; i++)
		*(volatile uint8_t *)(FAULTS_VA + i * 4096) = 1;
	this_cpu()->on_sync = NULL;
	for (uint64_t i = 0; i < FAULT_PAGES; i++)
		*tables_entry(&low, FAULTS_VA + i * 4096, 3) &= ~PTE_VALID;
	tlb_flush();
}

static void prepare(void)
{
	static const uint32_t user[] = {
		0xd4000001, /* svc #0 */
		0xf1000400, /* subs x0, x0, #1 */
		0x54ffffc1, /* b.ne -8 */
		0x00000000,
	};
	uint32_t *code = (uint32_t *)spare_page(0);

	for (unsigned int i = 0; i < sizeof(user) / 4; i++)
		code[i] = user[i];
	sync_code(code, sizeof(user));
	tables_init(&low, 12, 48);
	tables_identity(&low);
	tables_map(&low, USER_CODE, (uint64_t)code, 3, MAP_USER_CODE);
	for (uint64_t i = 0; i < FAULT_PAGES; i++)
		*tables_entry(&low, FAULTS_VA + i * 4096, 3) =
			(uint64_t)(spare_page(1) + i % 16 * 4096) | MAP_DATA |
			(PTE_TABLE & ~PTE_VALID);
	mmu_on(&low, NULL, 0);
}

void guest_main(void)
{
	prepare();
	measure("int_loop", int_loop, 7 * LOOPS);
	measure("copy_loop", copy_loop, 10 * 4 * 1024);
	measure("call_ret", call_ret, 5 * LOOPS);
	measure("branches", branches, 9 * LOOPS);
	measure("exclusive_loop", exclusive_loop, 6 * LOOPS);
	measure("svc_eret", svc_eret, SVCS);
	measure("page_fault", page_fault, FAULT_PAGES);
	measure("fp", fp, 6 * LOOPS);
	measure("simd", simd, 9 * LOOPS);
	mmu_off();
}
