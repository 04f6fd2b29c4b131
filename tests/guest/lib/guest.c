/* SPDX-License-Identifier: BSD-2-Clause */
/* Runtime of the bare-metal test programs: see guest.h. */
#include "guest.h"

#include <stdarg.h>
#include <stdatomic.h>

#define PSCI_CPU_ON     0xc4000003
#define PSCI_SYSTEM_OFF 0x84000008

uint32_t cpu_count = 1;
struct percpu percpus[MAX_CPUS];
static uint8_t stacks[MAX_CPUS][16384] __attribute__((aligned(16)));
static uint64_t uart;
static const uint8_t *tree;
static uint32_t test_number, checks, failures, failed_tests;

void guest_boot(uint64_t dtb);
void guest_secondary(struct percpu *cpu);
void guest_exception(struct frame *f);
bool try_call(void (*fn)(void *), void *arg, struct jump *jump);
_Noreturn void try_return(struct jump *jump);
_Noreturn void el0_enter(void *args);
void secondary_start(void);
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int c, size_t n);

void *memcpy(void *to, const void *from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}

void *memset(void *to, int c, size_t n)
{
	for (size_t i = 0; i < n; i++)
		((volatile uint8_t *)to)[i] = (uint8_t)c;
	return to;
}

/* ---- device tree ----------------------------------------------------------------------------------- */

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool list_has(const char *list, uint32_t size, const char *item)
{
	uint32_t at = 0;

	while (at < size) {
		if (same(list + at, item))
			return true;
		while (at < size && list[at])
			at++;
		at++;
	}
	return false;
}

/* Two address cells are assumed, as on every machine that these programs run on. */
static bool find_device(const char *compatible, uint64_t *address, bool with_reg)
{
	const uint8_t *p, *strings;
	const uint8_t *reg = NULL;
	bool matched = false;

	if (!tree || be32(tree) != 0xd00dfeed)
		return false;
	p = tree + be32(tree + 8);
	strings = tree + be32(tree + 12);
	for (;;) {
		uint32_t token = be32(p), size;
		const char *name;

		p += 4;
		if (token == 1) { /* begin node */
			while (*p)
				p++;
			p = (const uint8_t *)(((uintptr_t)p + 4) & ~(uintptr_t)3);
			reg = NULL;
			matched = false;
		} else if (token == 3) { /* property */
			size = be32(p);
			name = (const char *)strings + be32(p + 4);
			p += 8;
			if (same(name, "reg"))
				reg = p;
			if (same(name, "compatible"))
				matched = list_has((const char *)p, size, compatible);
			if (matched && !with_reg)
				return true;
			if (matched && reg) {
				*address = (uint64_t)be32(reg) << 32 | be32(reg + 4);
				return true;
			}
			p += (size + 3) & ~3u;
		} else if (token == 9) {
			return false;
		}
	}
}

uint64_t device_address(const char *compatible, uint64_t otherwise)
{
	uint64_t address;

	return find_device(compatible, &address, true) ? address : otherwise;
}

bool device_present(const char *compatible)
{
	return find_device(compatible, NULL, false);
}

/* ---- output ---------------------------------------------------------------------------------------- */

static void put_char(char c)
{
	while (read32(uart + 0x18) & 0x20)
		;
	write32(uart, (uint8_t)c);
}

static void put_number(uint64_t n, unsigned int base)
{
	char digits[20];
	int count = 0;

	do {
		digits[count++] = "0123456789abcdef"[n % base];
		n /= base;
	} while (n);
	while (count)
		put_char(digits[--count]);
}

void print(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	for (const char *p = format; *p; p++) {
		if (*p != '%') {
			put_char(*p);
			continue;
		}
		switch (*++p) {
		case 's':
			for (const char *s = va_arg(args, const char *); *s; s++)
				put_char(*s);
			break;
		case 'd':
		case 'u': put_number(va_arg(args, uint32_t), 10); break;
		case 'x': put_number(va_arg(args, uint32_t), 16); break;
		case 'X': put_number(va_arg(args, uint64_t), 16); break;
		case 'D': put_number(va_arg(args, uint64_t), 10); break;
		default: put_char(*p); break;
		}
	}
	va_end(args);
}

void figure(const char *name, uint64_t count, uint64_t t)
{
	print("FIGURE %s %D %D %D\n", name, count, t, read_reg(cntfrq_el0));
}

void check_equal(const char *file, int line, const char *what, uint64_t got, uint64_t want)
{
	checks++;
	if (got == want)
		return;
	failures++;
	print("# %s:%u: %s is %X, want %X\n", file, (uint32_t)line, what, got, want);
}

void test(const char *name, void (*fn)(void))
{
	bool good;

	checks = 0;
	failures = 0;
	fn();
	good = checks && !failures;
	failed_tests += !good;
	print("%sok %u - %s\n", good ? "" : "not ", ++test_number, name);
}

void skip(const char *name, const char *why)
{
	print("ok %u - %s # SKIP %s\n", ++test_number, name, why);
}

/* ---- firmware -------------------------------------------------------------------------------------- */

int64_t psci(uint32_t function, uint64_t a, uint64_t b, uint64_t c)
{
	register uint64_t x0 __asm__("x0") = function;
	register uint64_t x1 __asm__("x1") = a;
	register uint64_t x2 __asm__("x2") = b;
	register uint64_t x3 __asm__("x3") = c;

	__asm__ volatile("hvc #0"
			 : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3)::"memory", "x4", "x5", "x6", "x7",
			   "x8", "x9", "x10", "x11", "x12", "x13", "x14", "x15", "x16", "x17");
	return (int64_t)x0;
}

void power_off(void)
{
	for (;;)
		psci(PSCI_SYSTEM_OFF, 0, 0, 0);
}

static void work(struct percpu *cpu)
{
	for (;;) {
		while (cpu->state != 1)
			wfe();
		cpu->entry(cpu->arg);
		cpu->state = 2;
		dsb(ish);
		sev();
	}
}

void guest_secondary(struct percpu *cpu)
{
	write_reg(tpidr_el1, cpu);
	work(cpu);
}

static void clean(const void *at, size_t size)
{
	for (uint64_t p = (uint64_t)at & ~15ull; p < (uint64_t)at + size; p += 16)
		__asm__ volatile("dc civac, %0" ::"r"(p) : "memory");
	dsb(sy);
}

bool cpu_start(uint32_t id, void (*fn)(void *), void *arg)
{
	struct percpu *cpu = &percpus[id];
	bool is_new = !cpu->sp;

	cpu->entry = fn;
	cpu->arg = arg;
	if (!is_new) {
		cpu->state = 1;
		dsb(ish);
		sev();
		return true;
	}
	cpu->sp = (uint64_t)stacks[id] + sizeof(stacks[id]);
	cpu->id = id;
	cpu->state = 1;
	clean(cpu, sizeof(*cpu));
	if (psci(PSCI_CPU_ON, id, (uint64_t)secondary_start, (uint64_t)cpu)) {
		cpu->sp = 0;
		return false;
	}
	cpu_count++;
	return true;
}

void cpu_join(uint32_t id)
{
	while (percpus[id].state != 2)
		;
	atomic_thread_fence(memory_order_acquire);
}

/* ---- exceptions ------------------------------------------------------------------------------------ */

static _Noreturn void unexpected(struct frame *f)
{
	print("# unexpected exception: vector %u esr %X elr %X far %X spsr %X, image at %X\n",
	      (uint32_t)f->vector, f->esr, f->elr, f->far, f->spsr, (uint64_t)_head);
	print("SELFCHECK FAIL\n");
	power_off();
}

void guest_exception(struct frame *f)
{
	struct percpu *cpu = this_cpu();

	cpu->exceptions++;
	if ((f->vector & 3) == VECTOR_IRQ && cpu->on_irq) {
		cpu->irqs++;
		cpu->on_irq();
		return;
	}
	if ((f->vector & 3) == VECTOR_SYNC && cpu->on_sync && cpu->on_sync(f))
		return;
	if (!cpu->armed)
		unexpected(f);
	cpu->armed = false;
	cpu->trap = *f;
	try_return(&cpu->jump);
}

bool try(void (*fn)(void *), void *arg)
{
	struct percpu *cpu = this_cpu();
	bool trapped;

	cpu->armed = true;
	trapped = try_call(fn, arg, &cpu->jump);
	cpu->armed = false;
	return trapped;
}

bool run_el0(uint64_t pc, uint64_t sp, uint64_t x0, uint64_t spsr)
{
	struct el0_args args = {pc, sp, x0, spsr};

	return try(el0_enter, &args);
}

void sync_code(const void *at, size_t size)
{
	uint64_t start = (uint64_t)at & ~15ull, end = (uint64_t)at + size;

	for (uint64_t p = start; p < end; p += 16)
		__asm__ volatile("dc cvau, %0" ::"r"(p) : "memory");
	dsb(ish);
	for (uint64_t p = start; p < end; p += 16)
		__asm__ volatile("ic ivau, %0" ::"r"(p) : "memory");
	dsb(ish);
	isb();
}

void guest_boot(uint64_t dtb)
{
	write_reg(tpidr_el1, &percpus[0]);
	percpus[0].sp = 1;
	percpus[0].state = 1;
	tree = (const uint8_t *)dtb;
	uart = device_address("arm,pl011", 0x09000000);
	write32(uart + 0x30, 0x301);
	guest_main();
	print("1..%u\n", test_number);
	print("SELFCHECK %s\n", failed_tests ? "FAIL" : "PASS");
	power_off();
}
