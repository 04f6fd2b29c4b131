/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A small machine for the tests of src/vm: host, VM with 1 MiB of RAM and a virtual GIC, and guest
 * programs that are assembled here, word by word.
 */
#ifndef VM_FIXTURE_H
#define VM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "vm.h"

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x100000)
#define IRS_BASE UINT64_C(0x08000000)
#define VECTORS  (RAM_BASE + 0x8000)  /* of guests that use vectors */
#define RESULTS  (RAM_BASE + 0x80000) /* where guests leave 64-bit words */

struct fixture {
	struct vm_host *host;
	struct vm *vm;
	void *ram;
	uint64_t at; /* assembling: the next word's address */
};

/* ---- machine ---- */

static inline uint64_t fixture_clock(void *opaque)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static inline void fixture_attr(struct fixture *f, uint32_t group, uint64_t attr, void *value)
{
	struct vgic5_device_attr a = {.group = group, .attr = attr, .addr = (uintptr_t)value};

	assert_int_equal(vgic5_set_device_attr(vm_gic(f->vm), &a), 0);
}

static inline void fixture_gic(struct fixture *f)
{
	struct vgic5_create_device cd = {.type = VGIC5_DEV_TYPE_VGIC_V5};
	uint64_t base = IRS_BASE;

	assert_int_equal(vgic5_create_device(vm_gic(f->vm), &cd), 0);
	fixture_attr(f, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &base);
	fixture_attr(f, VGIC5_GRP_CTRL, VGIC5_CTRL_INIT, NULL);
}

static inline void fixture_make(struct fixture *f, const struct vm_host_config *host,
				unsigned vcpus)
{
	static const struct vm_config config;

	assert_int_equal(vm_host_create(host, &f->host, NULL), 0);
	assert_int_equal(vm_create(f->host, &config, &f->vm), 0);
	f->ram = aligned_alloc(4096, RAM_SIZE);
	assert_non_null(f->ram);
	memset(f->ram, 0, RAM_SIZE);
	assert_int_equal(vm_add_ram(f->vm, RAM_BASE, RAM_SIZE, f->ram), 0);
	for (unsigned i = 0; i < vcpus; i++)
		assert_int_equal(vm_add_vcpu(f->vm, i, i), 0);
	f->at = RAM_BASE;
	fixture_gic(f);
}

/* Deterministic, the usual case. */
static inline void fixture_start(struct fixture *f, unsigned pcpus, unsigned vcpus)
{
	struct vm_host_config config = {
		.pcpus = pcpus, .deterministic = true, .instructions_per_tick = 4};

	memset(f, 0, sizeof(*f));
	fixture_make(f, &config, vcpus);
}

static inline void fixture_start_parallel(struct fixture *f, unsigned pcpus, unsigned vcpus)
{
	static const struct vm_host_ops ops = {.clock = fixture_clock};
	struct vm_host_config config = {.pcpus = pcpus, .ops = &ops};

	memset(f, 0, sizeof(*f));
	fixture_make(f, &config, vcpus);
}

static inline void fixture_end(struct fixture *f)
{
	assert_int_equal(vm_destroy(f->vm), 0);
	vm_host_destroy(f->host);
	free(f->ram);
}

static inline uint64_t result(struct fixture *f, unsigned index)
{
	uint64_t value;

	memcpy(&value, (char *)f->ram + (RESULTS - RAM_BASE) + 8 * index, sizeof(value));
	return value;
}

/* ---- assembler ---- */

static inline void put(struct fixture *f, uint32_t word)
{
	memcpy((char *)f->ram + (f->at - RAM_BASE), &word, sizeof(word));
	f->at += 4;
}

static inline void mov(struct fixture *f, unsigned rd, uint64_t value)
{
	put(f, 0xd2800000 | (uint32_t)(value & 0xffff) << 5 | rd); /* MOVZ */
	for (unsigned i = 1; i < 4; i++)
		if (value >> 16 * i & 0xffff)
			put(f, 0xf2800000 | i << 21 | (uint32_t)(value >> 16 * i & 0xffff) << 5 |
				       rd); /* MOVK */
}

static inline void mov_reg(struct fixture *f, unsigned rd, unsigned rm)
{
	put(f, 0xaa0003e0 | rm << 16 | rd);
}

static inline void add(struct fixture *f, unsigned rd, unsigned rn, unsigned imm)
{
	put(f, 0x91000000 | imm << 10 | rn << 5 | rd);
}

/* size 0..3: 1, 2, 4, 8 bytes */
static inline void str(struct fixture *f, unsigned size, unsigned rt, unsigned rn)
{
	put(f, 0x39000000 | size << 30 | rn << 5 | rt);
}

static inline void ldr(struct fixture *f, unsigned size, unsigned rt, unsigned rn)
{
	put(f, 0x39400000 | size << 30 | rn << 5 | rt);
}

static inline void mrs(struct fixture *f, unsigned rt, uint32_t enc)
{
	put(f, 0xd5200000 | (enc & 0xffff) << 5 | rt);
}

static inline void msr(struct fixture *f, uint32_t enc, unsigned rt)
{
	put(f, 0xd5000000 | (enc & 0xffff) << 5 | rt);
}

#define HVC    0xd4000002
#define SMC    0xd4000003
#define WFI    0xd503207f
#define WFE    0xd503205f
#define ISB    0xd5033fdf
#define ERET   0xd69f03e0
#define IRQ_ON 0xd50342ff /* MSR DAIFCLR, #2 */

/* Branch to an address. */
static inline void b(struct fixture *f, uint64_t to)
{
	put(f, 0x14000000 | ((uint32_t)((to - f->at) >> 2) & 0x3ffffff));
}

static inline void cbnz(struct fixture *f, unsigned rt, uint64_t to)
{
	put(f, 0xb5000000 | ((uint32_t)((to - f->at) >> 2) & 0x7ffff) << 5 | rt);
}

static inline void cbz(struct fixture *f, unsigned rt, uint64_t to)
{
	put(f, 0xb4000000 | ((uint32_t)((to - f->at) >> 2) & 0x7ffff) << 5 | rt);
}

/* Store a register as result number @index; uses X28. */
static inline void store_result(struct fixture *f, unsigned index, unsigned rt)
{
	mov(f, 28, RESULTS + 8 * index);
	str(f, 3, rt, 28);
}

/* X0 = a firmware call. */
static inline void firmware(struct fixture *f, uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3)
{
	mov(f, 1, a1);
	mov(f, 2, a2);
	mov(f, 3, a3);
	mov(f, 0, fn);
	put(f, HVC);
}

#define PSCI_VERSION       0x84000000
#define PSCI_CPU_OFF       0x84000002
#define PSCI_CPU_ON        0xc4000003
#define PSCI_AFFINITY_INFO 0xc4000004
#define PSCI_SYSTEM_OFF    0x84000008
#define PSCI_SYSTEM_RESET  0x84000009
#define PSCI_FEATURES      0x8400000a

static inline void power_off(struct fixture *f)
{
	firmware(f, PSCI_SYSTEM_OFF, 0, 0, 0);
}

/* ---- running ---- */

static inline struct vm_event run(struct fixture *f)
{
	struct vm_event event = {0};

	assert_int_equal(vm_run(f->vm, &event), 0);
	return event;
}

/* vCPU 0 from the start of RAM until the guest powers off. */
static inline void boot(struct fixture *f)
{
	vm_ram_written(f->vm, RAM_BASE, RAM_SIZE);
	assert_int_equal(vm_vcpu_start(f->vm, 0, RAM_BASE, 0), 0);
	assert_int_equal(run(f).kind, VM_EVENT_POWEROFF);
}

#endif
