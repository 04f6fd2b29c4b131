/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the CPU fuzz targets share: guest RAM between two inaccessible pages of the host, so that any
 * access outside it ends the process, callbacks that answer everything, and a bounded run.
 */
#ifndef FUZZ_CPU_H
#define FUZZ_CPU_H

#include "cpu.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define FUZZ_RAM      0x40000000ull
#define FUZZ_RAM_SIZE 0x20000u
#define FUZZ_GUARD    0x10000u
#define FUZZ_BUDGET   3000u
#define FUZZ_EXITS    64

struct fuzz {
	struct a64_space *space;
	struct a64_cpu *cpu[2];
	uint8_t *mapping;
	uint8_t *ram;
	uint64_t answers; /* what callbacks answer is derived from this */
};

static inline enum a64_answer fuzz_sysreg(void *opaque, struct a64_cpu *cpu,
					  const struct a64_sysreg_access *access, uint64_t *value)
{
	struct fuzz *f = opaque;

	(void)cpu;
	f->answers = f->answers * 6364136223846793005ull + access->encoding + 1;
	if (access->read)
		*value = f->answers;
	return (enum a64_answer)(f->answers >> 33 & 1   ? A64_DONE
				 : f->answers >> 34 & 1 ? A64_TRAP
							: A64_UNDEFINED);
}

static inline enum a64_answer fuzz_mmio(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access)
{
	struct fuzz *f = opaque;

	(void)cpu;
	f->answers = f->answers * 6364136223846793005ull + access->ipa + 1;
	if (access->size != 1 && access->size != 2 && access->size != 4 && access->size != 8 &&
	    access->size != 16)
		abort();
	if (!access->write)
		access->value[0] = access->value[1] = f->answers;
	switch (f->answers >> 33 & 3) {
	case 0: return A64_ABORT;
	case 1: return A64_EXIT;
	default: return A64_DONE;
	}
}

static const struct a64_ops fuzz_ops = {.sysreg = fuzz_sysreg, .mmio = fuzz_mmio};

static inline void fuzz_begin(struct fuzz *f, bool stepped, uint32_t features)
{
	struct a64_space_config config = {
		.stepped = stepped, .features = features, .ops = &fuzz_ops, .opaque = f};

	f->mapping = mmap(NULL, FUZZ_RAM_SIZE + 2 * FUZZ_GUARD, PROT_NONE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (f->mapping == MAP_FAILED)
		abort();
	f->ram = f->mapping + FUZZ_GUARD;
	if (mprotect(f->ram, FUZZ_RAM_SIZE, PROT_READ | PROT_WRITE) ||
	    a64_space_create(&config, &f->space) ||
	    a64_space_map(f->space, FUZZ_RAM, FUZZ_RAM_SIZE, f->ram))
		abort();
	for (int i = 0; i < 2; i++) {
		if (a64_cpu_create(f->space, (uint64_t)i, NULL, &f->cpu[i]))
			abort();
		a64_reset(f->cpu[i], FUZZ_RAM, 0);
		a64_set_reg(f->cpu[i], A64_R_VBAR_EL1, FUZZ_RAM + 0x800);
		a64_set_reg(f->cpu[i], A64_R_CPACR_EL1, 3u << 20);
	}
}

static inline void fuzz_end(struct fuzz *f)
{
	for (int i = 0; i < 2; i++)
		a64_cpu_destroy(f->cpu[i]);
	a64_space_destroy(f->space);
	munmap(f->mapping, FUZZ_RAM_SIZE + 2 * FUZZ_GUARD);
}

static inline void fuzz_serve(struct a64_cpu *cpu, const struct a64_exit *exit, uint64_t answers)
{
	switch (exit->reason) {
	case A64_EXIT_SYSREG:
		if (answers & 1)
			a64_complete(cpu, exit, answers);
		else
			a64_inject_undefined(cpu);
		break;
	case A64_EXIT_DATA_ABORT:
		if (exit->isv && answers & 1)
			a64_complete(cpu, exit, answers);
		else
			a64_inject_abort(cpu, exit);
		break;
	case A64_EXIT_INSN_ABORT: a64_inject_abort(cpu, exit); break;
	case A64_EXIT_SMC: a64_skip(cpu); break;
	default: break;
	}
}

/* Both contexts, a bounded number of instructions and exits each */
static inline void fuzz_run(struct fuzz *f)
{
	struct a64_exit exit;

	for (int i = 0; i < FUZZ_EXITS; i++) {
		struct a64_cpu *cpu = f->cpu[i & 1];
		uint64_t before = a64_instructions(cpu);

		a64_run(cpu, FUZZ_BUDGET / FUZZ_EXITS, &exit);
		if (exit.instructions > FUZZ_BUDGET / FUZZ_EXITS ||
		    a64_instructions(cpu) - before != exit.instructions)
			abort();
		fuzz_serve(cpu, &exit, f->answers);
		f->answers = f->answers * 6364136223846793005ull + 1;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
