/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest that does what no guest should: random accesses to every device frame, random GICv5
 * registers and instructions, random virtqueues, and CPUs that execute random words. The machine below
 * must stay alive, keep this CPU running, and still power off. The numbers are the same in every run.
 */
#include "lib/gic.h"

#define ROUNDS       4000
#define SCRATCH_SIZE 0x100000u

static uint64_t scratch; /* far from the program: what goes wild goes wild there */
static uint64_t seed;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed * 0x2545f4914f6cdd1dull;
}

static uint64_t below(uint64_t n)
{
	return (any() >> 32) % n;
}

/* Whether the lower half of an address, or all of it, is far from the program. */
static bool spares_program(uint64_t address)
{
	return (uint32_t)(address + 0x1000000 - (uint64_t)_head) > 0x3000000;
}

/* Values of the kind that code gets wrong; never an address of the program. */
static uint64_t value(void)
{
	uint64_t v = any();

	switch (below(6)) {
	case 0: return scratch + below(SCRATCH_SIZE);
	case 1: return v & 0xff;
	case 2: return 1ull << (v & 63);
	case 3: return ~0ull << (v & 63);
	case 4: return (v & 0xffff) | (1 + below(3)) << 29;
	default: break;
	}
	return spares_program(v) ? v : 0;
}

/* ---- accesses ------------------------------------------------------------------------------------- */

struct access {
	uint64_t at, value;
	unsigned int kind;
};

static void access(void *arg)
{
	struct access *a = arg;
	uint64_t other = a->value;

	switch (a->kind) {
	case 0: __asm__ volatile("strb %w0, [%1]" ::"r"(a->value), "r"(a->at) : "memory"); break;
	case 1: __asm__ volatile("strh %w0, [%1]" ::"r"(a->value), "r"(a->at) : "memory"); break;
	case 2:
	case 3:
	case 4: __asm__ volatile("str %w0, [%1]" ::"r"(a->value), "r"(a->at) : "memory"); break;
	case 5: __asm__ volatile("str %0, [%1]" ::"r"(a->value), "r"(a->at) : "memory"); break;
	case 6: __asm__ volatile("ldrb %w0, [%1]" : "=r"(other) : "r"(a->at) : "memory"); break;
	case 7: __asm__ volatile("ldr %w0, [%1]" : "=r"(other) : "r"(a->at) : "memory"); break;
	case 8: __asm__ volatile("ldr %0, [%1]" : "=r"(other) : "r"(a->at) : "memory"); break;
	case 9: __asm__ volatile("stp %0, %0, [%1]" ::"r"(other), "r"(a->at) : "memory"); break;
	case 10:
		__asm__ volatile("ldp %0, x9, [%1]" : "=r"(other) : "r"(a->at) : "x9", "memory");
		break;
	case 11:
		__asm__ volatile("ldxr %0, [%1]\n\tstxr w9, %0, [%1]"
				 : "=&r"(other)
				 : "r"(a->at)
				 : "x9", "memory");
		break;
	case 12:
		__asm__ volatile("swpal %0, %0, [%1]" : "+r"(other) : "r"(a->at) : "memory");
		break;
	case 13: __asm__ volatile("dc civac, %0\n\tic ivau, %0" ::"r"(a->at) : "memory"); break;
	default: __asm__ volatile("dc zva, %0" ::"r"(a->at) : "memory"); break;
	}
}

#define ACCESS_KINDS 15

static void hammer_frame(uint64_t base, uint64_t size, uint32_t rounds)
{
	for (uint32_t i = 0; i < rounds; i++) {
		uint64_t offset = below(4) ? below(size) & ~3ull : below(size);
		struct access a = {base + offset, value(), (unsigned int)below(ACCESS_KINDS)};

		try(access, &a);
	}
}

static void devices(void)
{
	uint64_t rtc = device_address("arm,pl031", 0x09010000);
	uint64_t uart = device_address("arm,pl011", 0x09000000);

	hammer_frame(rtc, 0x1000, ROUNDS);
	hammer_frame(uart + 0x20, 0xfe0, ROUNDS); /* all but the data register */
	write32(uart + 0x38, 0);
	write32(uart + 0x24, 1);
	write32(uart + 0x2c, 0x60);
	write32(uart + 0x30, 0x301);
	hammer_frame(0x0a000000, 0x4000, ROUNDS);
	CHECK_EQ(read32(uart + 0xff0), 0x0d);
}

static void irs(void)
{
	uint64_t frames = device_address("arm,gic-v5-irs", 0x08000000) & ~0x1ffffull;

	hammer_frame(frames, 0x20000, ROUNDS);
	hammer_frame(frames, 0x400, 4 * ROUNDS); /* where the registers are */
	CHECK(1);
}

/* ---- virtqueues ----------------------------------------------------------------------------------- */

#define QUEUE_AT(n) (scratch + (n)*0x1000)

static void fill(uint64_t at, uint64_t size)
{
	for (uint64_t p = at; p < at + size; p += 8)
		write64(p, value());
}

static void descriptors(void)
{
	for (uint32_t i = 0; i < 256; i++) {
		uint64_t at = QUEUE_AT(0) + 16 * i;

		write64(at, below(8) ? scratch + below(SCRATCH_SIZE) : value());
		write32(at + 8, (uint32_t)(below(8) ? below(0x2000) : any()));
		write32(at + 12, (uint32_t)(below(8) | (below(8) ? below(256) : any()) << 16));
	}
	for (uint32_t i = 0; i < 256; i++)
		write32(QUEUE_AT(1) + 4 + 2 * (i & ~1u), (uint32_t)(below(200) | below(257) << 16));
}

static void start_queue(uint64_t slot, uint32_t queue)
{
	write32(slot + 0x30, queue);
	write32(slot + 0x38, 1u << below(10));
	for (uint32_t ring = 0; ring < 3; ring++) {
		/* sometimes the rings lie on each other */
		uint64_t at = QUEUE_AT(below(8) ? ring : below(3)) + (below(8) ? 0 : below(64) * 2);

		write32(slot + 0x80 + 0x10 * ring, (uint32_t)at);
		write32(slot + 0x84 + 0x10 * ring, (uint32_t)(at >> 32));
	}
	write32(slot + 0x44, 1);
}

static void drive(uint64_t slot)
{
	uint32_t features = below(2) ? 0 : (uint32_t)any();

	write32(slot + 0x70, 0);
	write32(slot + 0x70, 3);
	for (uint32_t i = 0; i < 2; i++) {
		write32(slot + 0x24, i);
		write32(slot + 0x14, i);
		write32(slot + 0x20, i ? 1 : read32(slot + 0x10) & features);
	}
	write32(slot + 0x70, 11);
	descriptors();
	start_queue(slot, 0);
	start_queue(slot, 1);
	write32(slot + 0x70, 15);
	for (uint32_t i = 0; i < 8; i++) {
		write32(QUEUE_AT(1), (uint32_t)(below(2) | (below(8) ? 3 * i : any()) << 16));
		write32(slot + 0x50, (uint32_t)below(3));
		write32(slot + 0x64, (uint32_t)below(4));
	}
	write32(slot + 0x70, 0);
	CHECK_EQ(read32(slot + 0x70), 0);
}

static void virtqueues(void)
{
	uint32_t found = 0;

	for (uint64_t slot = 0x0a000000; slot < 0x0a004000; slot += 0x200) {
		struct access probe = {slot, 0, 7};

		if (try(access, &probe) || read32(slot) != 0x74726976 || !read32(slot + 8))
			continue;
		found++;
		for (uint32_t i = 0; i < 100; i++)
			drive(slot);
	}
	CHECK(found);
}

/* ---- GICv5 registers and instructions ------------------------------------------------------------- */

static uint32_t *code;

static void run_code(void *arg)
{
	((void (*)(uint64_t))code)(*(uint64_t *)arg);
}

static void one(uint32_t word, uint64_t argument)
{
	code[0] = word;
	code[1] = 0xd65f03c0; /* ret */
	sync_code(code, 8);
	try(run_code, &argument);
}

static void registers(void)
{
	static const uint32_t op1s[] = {0, 0, 0, 3, 4, 6};

	for (uint32_t i = 0; i < ROUNDS; i++) {
		uint32_t op1 = op1s[below(6)];
		uint32_t crm = (uint32_t)below(16);
		uint32_t op2 = (uint32_t)below(8);
		uint32_t word = 0xd5080000 | op1 << 16 | 12 << 12 | crm << 8 | op2 << 5;

		if (below(2)) { /* a register of CRn 12 (SYS: a GIC instruction), but not VBAR or RVBAR */
			if (!crm)
				continue;
			word |= 0x100000;
		}
		if (below(8) == 0)
			word |= 0x1f;
		word |= (uint32_t)below(2) << 21;
		one(word, value());
	}
	CHECK(1);
}

/* Every priority, type and ID for the commands that a guest has. */
static void commands(void)
{
	static const uint32_t insns[] = {
		GIC5_CDEN, GIC5_CDDIS,  GIC5_CDPEND, GIC5_CDPRI, GIC5_CDAFF,
		GIC5_CDHM, GIC5_CDRCFG, GIC5_CDDI,   GIC5_CDEOI,
	};

	gic_lpis(8);
	for (uint32_t i = 0; i < 4 * ROUNDS; i++) {
		uint64_t argument = (any() & ~0xffffffull) << 8 * below(5) | below(4) << 29;

		argument |= below(4) ? below(300) : any() & 0xffffff;
		one(0xd5000000 | insns[below(9)] << 5, argument);
		if (below(4) == 0)
			gicr(CDIA);
	}
	CHECK(1);
}

static void works_afterwards(void)
{
	gic_init();
	gic_lpis(8);
	gic_setup(LPI(3), gic_iaffid());
	for (uint32_t i = 0; i < 100000;
	     i++) { /* what the random commands left pending or active */
		uint64_t intid = gic_ack();

		if (!intid)
			break;
		gic_done(intid);
	}
	CHECK_EQ(gic_state(LPI(3)) & 1, 0);
}

/* ---- CPUs that run wild --------------------------------------------------------------------------- */

static _Atomic uint32_t wild_runs;

/* Random words with random registers, none of which points to the program; the stack is wild too. */
static void jump(void *arg)
{
	register uint64_t *x __asm__("x0") = arg;
	register uint64_t to __asm__("x30") = x[31];

	__asm__ volatile("mov sp, %2\n\t"
			 "ldp x2, x3, [x0, #16]\n\tldp x4, x5, [x0, #32]\n\t"
			 "ldp x6, x7, [x0, #48]\n\tldp x8, x9, [x0, #64]\n\t"
			 "ldp x10, x11, [x0, #80]\n\tldp x12, x13, [x0, #96]\n\t"
			 "ldp x14, x15, [x0, #112]\n\tldp x16, x17, [x0, #128]\n\t"
			 "ldp x18, x19, [x0, #144]\n\tldp x20, x21, [x0, #160]\n\t"
			 "ldp x22, x23, [x0, #176]\n\tldp x24, x25, [x0, #192]\n\t"
			 "ldp x26, x27, [x0, #208]\n\tldp x28, x29, [x0, #224]\n\t"
			 "ldp x0, x1, [x0]\n\tret" ::"r"(x),
			 "r"(to), "r"(scratch + SCRATCH_SIZE / 2)
			 : "memory");
	__builtin_unreachable();
}

static void wild(void *arg)
{
	uint64_t id = (uint64_t)arg;
	uint64_t mine = id * 0x9e3779b97f4a7c15ull + 1;
	uint64_t x[32];

	for (;;) {
		for (uint32_t i = 0; i < 32; i++) {
			mine = mine * 6364136223846793005ull + 1442695040888963407ull;
			x[i] = mine >> (mine & 63);
			if (mine & 1 << 20 || !spares_program(x[i]))
				x[i] = scratch + (mine >> 40) % SCRATCH_SIZE;
		}
		x[31] = scratch + (mine >> 40) % (SCRATCH_SIZE / 2) / 4 * 4;
		try(jump, x);
		wild_runs++;
	}
}

static void wild_cpus(void)
{
	static const uint32_t calls[] = {0, 3, 4, 5, 6, 7}; /* none that stops this CPU */
	uint64_t end;
	uint32_t id = 1;

	fill(scratch, SCRATCH_SIZE);
	for (uint64_t p = scratch; p < scratch + SCRATCH_SIZE; p += 8)
		write64(p, any());
	for (; id < MAX_CPUS && cpu_start(id, wild, (void *)(uint64_t)id); id++)
		;
	end = ticks() + read_reg(cntfrq_el0) / 16;
	while (ticks() < end)
		if (below(100) == 0)
			psci((below(2) ? 0x84000000 : 0xc4000000) | calls[below(6)], value(),
			     value(), value());
	CHECK(1);
}

void guest_main(void)
{
	seed = 0x9e3779b97f4a7c15ull;
	scratch = ((uint64_t)_end & ~0x1fffffull) + 0x8000000;
	code = (uint32_t *)(scratch - 0x200000);
	test("random accesses to UART, clock and virtio frames", devices);
	test("random virtqueues", virtqueues);
	gic_init();
	test("random GICv5 registers and instructions", registers);
	gic_init();
	test("random operands of GICv5 commands", commands);
	test("random accesses to the IRS frames", irs);
	test("the GICv5 works afterwards", works_afterwards);
	test("CPUs that execute random words do not stop this one", wild_cpus);
}
