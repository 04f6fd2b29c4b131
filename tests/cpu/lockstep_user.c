/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The oracle's half of the lockstep test: a Linux program without a C library that runs under
 * qemu-aarch64. Every case starts by a return from a signal handler, which loads the complete
 * register file, and ends by the next signal, which delivers it.
 *
 *     qemu-aarch64 lockstep_user CASES-FILE
 */
#include "lockstep.h"

#include <stddef.h>
#include <stdint.h>

enum {
	SYS_openat = 56,
	SYS_exit_group = 94,
	SYS_sigaltstack = 132,
	SYS_rt_sigaction = 134,
	SYS_mmap = 222,
};

#define FPSIMD_MAGIC 0x46508001u

struct fpsimd_context {
	uint32_t magic, size, fpsr, fpcr;
	uint64_t v[32][2];
};

struct sigcontext {
	uint64_t fault_address, x[31], sp, pc, pstate;
	uint8_t reserved[4096] __attribute__((aligned(16)));
};

struct ucontext {
	uint64_t flags, link, stack_sp, stack_flags, stack_size;
	uint8_t sigmask[128];
	struct sigcontext mc __attribute__((aligned(16)));
};

struct siginfo {
	int number, error, code, pad;
	uint64_t address;
};

struct sigaction {
	void (*handler)(int, struct siginfo *, void *);
	uint64_t flags;
	void *restorer;
	uint64_t mask;
};

struct stack {
	void *sp;
	int flags, pad;
	uint64_t size;
};

static struct ls_header *header;
static uint64_t current;
static uint8_t signal_stack[64 * 1024] __attribute__((aligned(16)));

static long syscall6(long n, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = n;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc #0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory");
	return x0;
}

static _Noreturn void leave(int status)
{
	for (;;)
		syscall6(SYS_exit_group, status, 0, 0, 0, 0, 0);
}

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

static struct ls_case *cases(void)
{
	return (struct ls_case *)(LS_FILE_VA + LS_CASES);
}

static struct ls_result *results(void)
{
	return (struct ls_result *)(LS_FILE_VA + header->results_at);
}

static struct fpsimd_context *fpsimd(struct ucontext *uc)
{
	uint8_t *p = uc->mc.reserved;

	for (;;) {
		struct fpsimd_context *fp = (struct fpsimd_context *)p;

		if (fp->magic == FPSIMD_MAGIC)
			return fp;
		if (!fp->magic)
			leave(3);
		p += fp->size;
	}
}

static void record(struct ls_result *r, int number, struct siginfo *si, struct ucontext *uc)
{
	struct fpsimd_context *fp = fpsimd(uc);
	volatile uint64_t *data = (uint64_t *)LS_DATA;
	uint32_t n = 0;

	for (int i = 0; i < 31; i++)
		r->out.x[i] = uc->mc.x[i];
	r->out.sp = uc->mc.sp;
	r->out.pc = uc->mc.pc;
	r->out.nzcv = uc->mc.pstate & 0xf0000000;
	for (int i = 0; i < 32; i++) {
		r->out.v[i][0] = fp->v[i][0];
		r->out.v[i][1] = fp->v[i][1];
	}
	r->out.fpcr = fp->fpcr;
	r->out.fpsr = fp->fpsr;
	r->end = (uint32_t)number;
	r->far = si->address;
	for (uint64_t i = 0; i < LS_DATA_SIZE / 8; i++) {
		if (data[i] == ls_fill(i))
			continue;
		if (n < LS_MAX_DIFFS) {
			r->diff[n].offset = i * 8;
			r->diff[n].value = data[i];
		}
		n++;
		data[i] = ls_fill(i);
	}
	r->diffs = n;
}

static void load(const struct ls_regs *in, struct ucontext *uc)
{
	struct fpsimd_context *fp = fpsimd(uc);

	for (int i = 0; i < 31; i++)
		uc->mc.x[i] = in->x[i];
	uc->mc.sp = in->sp;
	uc->mc.pc = in->pc;
	uc->mc.pstate = in->nzcv;
	for (int i = 0; i < 32; i++) {
		fp->v[i][0] = in->v[i][0];
		fp->v[i][1] = in->v[i][1];
	}
	fp->fpcr = in->fpcr;
	fp->fpsr = in->fpsr;
}

/* Case 0 starts with the BRK in main; each later signal ends a case and starts the next one. */
static void on_signal(int number, struct siginfo *si, void *context)
{
	struct ucontext *uc = context;

	if (current)
		record(&results()[current - 1], number, si, uc);
	if (current == header->count)
		leave(0);
	load(&cases()[current++].in, uc);
}

static void map(uint64_t at, uint64_t size, int prot, int flags, int fd, uint64_t offset)
{
	if (syscall6(SYS_mmap, (long)at, (long)size, prot, flags, fd, (long)offset) != (long)at)
		leave(2);
}

__attribute__((used)) static _Noreturn void begin(uint64_t *stack)
{
	static const int signals[] = {4, 5, 7, 8, 11};
	struct stack ss = {.sp = signal_stack, .size = sizeof(signal_stack)};
	long fd;

	if (stack[0] != 2)
		leave(2);
	fd = syscall6(SYS_openat, -100, (long)stack[2], 2, 0, 0, 0);
	if (fd < 0)
		leave(2);
	map(LS_FILE_VA, 0x1000, 3, 0x11, (int)fd, 0);
	header = (struct ls_header *)LS_FILE_VA;
	map(LS_FILE_VA, header->size, 3, 0x11, (int)fd, 0);
	map(LS_CODE, header->code_size, 5, 0x11, (int)fd, header->code_at);
	map(LS_DATA, LS_DATA_SIZE, 3, 0x32, -1, 0);
	for (uint64_t i = 0; i < LS_DATA_SIZE / 8; i++)
		((volatile uint64_t *)LS_DATA)[i] = ls_fill(i);

	syscall6(SYS_sigaltstack, (long)&ss, 0, 0, 0, 0, 0);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		/* SA_SIGINFO, SA_ONSTACK, SA_NODEFER */
		struct sigaction sa = {.handler = on_signal, .flags = 0x48000004};

		syscall6(SYS_rt_sigaction, signals[i], (long)&sa, 0, 8, 0, 0);
	}
	__asm__ volatile("brk #0");
	leave(4);
}

__asm__(".globl _start\n"
	"_start:\n"
	"	mov	x0, sp\n"
	"	b	begin\n");
