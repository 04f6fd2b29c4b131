/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Runtime of the bare-metal test programs: output, checks, exceptions, CPUs.
 *
 * A program defines guest_main(). It prints TAP on the UART, at the end a line SELFCHECK PASS or
 * SELFCHECK FAIL (see vgic5 run --selfcheck), and powers off by PSCI. It runs on any machine with a PL011 and PSCI over HVC: in the CPU tests'
 * harness, on vgic5, on QEMU's virt.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no global offset table */

#define MAX_CPUS 64

/* ---- registers ------------------------------------------------------------------------------------- */

#define read_reg(name)                                                       \
	({                                                                   \
		uint64_t value_;                                             \
		__asm__ volatile("mrs %0, " #name : "=r"(value_)::"memory"); \
		value_;                                                      \
	})
#define write_reg(name, value) \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value)) : "memory")
#define isb()         __asm__ volatile("isb" ::: "memory")
#define dsb(kind)     __asm__ volatile("dsb " #kind ::: "memory")
#define dmb(kind)     __asm__ volatile("dmb " #kind ::: "memory")
#define wfi()         __asm__ volatile("wfi" ::: "memory")
#define wfe()         __asm__ volatile("wfe" ::: "memory")
#define sev()         __asm__ volatile("sev" ::: "memory")
#define irq_enable()  __asm__ volatile("msr daifclr, #2" ::: "memory")
#define irq_disable() __asm__ volatile("msr daifset, #2" ::: "memory")

static inline uint32_t read32(uint64_t at)
{
	return *(volatile uint32_t *)at;
}

static inline void write32(uint64_t at, uint32_t value)
{
	*(volatile uint32_t *)at = value;
}

static inline uint64_t read64(uint64_t at)
{
	return *(volatile uint64_t *)at;
}

static inline void write64(uint64_t at, uint64_t value)
{
	*(volatile uint64_t *)at = value;
}

/* ---- exceptions ------------------------------------------------------------------------------------ */

/* In the order of start.S */
struct frame {
	uint64_t x[31];
	uint64_t vector; /* 0..15: offset in VBAR / 0x80 */
	uint64_t elr, spsr, esr, far;
	uint64_t pad[2];
};

enum { VECTOR_SYNC = 0, VECTOR_IRQ = 1, VECTOR_FIQ = 2, VECTOR_SERROR = 3 };
enum { VECTOR_SP0 = 0, VECTOR_SPX = 4, VECTOR_LOWER = 8 }; /* plus one of the above */

struct jump {
	uint64_t regs[14];
};

struct percpu {
	uint64_t sp; /* start.S: first member */
	uint32_t id;
	bool armed; /* an exception returns from try() */
	struct jump jump;
	struct frame trap;   /* the last exception that try() caught */
	uint32_t exceptions; /* all kinds */
	uint32_t irqs;
	void (*on_irq)(void);
	bool (*on_sync)(struct frame *f); /* true: handled, return to f->elr */
	void (*entry)(void *);
	void *arg;
	_Atomic uint32_t state; /* 0 off, 1 running, 2 entry has returned */
};

static inline struct percpu *this_cpu(void)
{
	return (struct percpu *)read_reg(tpidr_el1);
}

/**
 * try() - call fn(arg); true if a synchronous exception ended it, which is in this_cpu()->trap then
 *
 * The stack pointer and callee-saved registers are those of the caller again.
 */
bool try(void (*fn)(void *), void *arg);

struct el0_args {
	uint64_t pc, sp, x0, spsr;
};

/** run_el0() - start user code; true when an exception has come back from it */
bool run_el0(uint64_t pc, uint64_t sp, uint64_t x0, uint64_t spsr);

#define ESR_EC(esr)  ((esr) >> 26 & 0x3f)
#define ESR_IL       (1u << 25)
#define ESR_ISS(esr) ((esr)&0x1ffffff)
#define ESR(ec, iss) ((uint64_t)(ec) << 26 | ESR_IL | (iss))

/* ---- CPUs and firmware ----------------------------------------------------------------------------- */

int64_t psci(uint32_t function, uint64_t a, uint64_t b, uint64_t c);
_Noreturn void power_off(void);

extern uint32_t cpu_count; /* started so far, the first included */
extern struct percpu percpus[MAX_CPUS];

/** cpu_start() - run fn(arg) on CPU @id (Aff0 = id); false if there is no such CPU */
bool cpu_start(uint32_t id, void (*fn)(void *), void *arg);

/** cpu_join() - wait until @id has returned from its function; it then waits for the next cpu_start() */
void cpu_join(uint32_t id);

/* ---- memory ---------------------------------------------------------------------------------------- */

extern uint8_t _head[], _end[];

/** device_address() - first reg of the node with this compatible string; @otherwise if there is none */
uint64_t device_address(const char *compatible, uint64_t otherwise);

/** device_present() - whether the device tree has a node with this compatible string */
bool device_present(const char *compatible);

/** sync_code() - make instructions that were stored visible to the instruction side of all CPUs */
void sync_code(const void *at, size_t size);

/* ---- output and checks ----------------------------------------------------------------------------- */

/* %s %d %u %x (32 bit), %X (64 bit) */
void print(const char *format, ...);

/** test() - run one test, print its line; a test without a check fails */
void test(const char *name, void (*fn)(void));
void skip(const char *name, const char *why);

void check_equal(const char *file, int line, const char *what, uint64_t got, uint64_t want);
#define CHECK_EQ(got, want) check_equal(__FILE__, __LINE__, #got, (uint64_t)(got), (uint64_t)(want))
#define CHECK(cond)         check_equal(__FILE__, __LINE__, #cond, !!(cond), 1)

/** figure() - a measured value, for bench: a line that starts with "FIGURE" */
void figure(const char *name, uint64_t count, uint64_t ticks);

static inline uint64_t ticks(void)
{
	isb();
	return read_reg(cntvct_el0);
}

/* What a program defines. It returns when its tests are done. */
void guest_main(void);

#endif
