/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fast path of guest memory: a software TLB hit yields a host pointer, and one host instruction moves
 * the data. An access that leaves the page, or whose tag says so, takes the slow path (access.c).
 */
#ifndef A64_GUESTMEM_H
#define A64_GUESTMEM_H

#include "engine.h"

typedef uint8_t __attribute__((may_alias)) guest8;
typedef uint16_t __attribute__((may_alias, aligned(1))) guest16;
typedef uint32_t __attribute__((may_alias, aligned(1))) guest32;
typedef uint64_t __attribute__((may_alias, aligned(1))) guest64;

#define A64_GET(type, host)        (*(const volatile type *)(host))
#define A64_PUT(type, host, value) (*(volatile type *)(host) = (type)(value))

/*
 * Guest code races with itself across PEs as it likes; host threads that execute it therefore do too.
 * Handlers that touch guest memory are not instrumented by ThreadSanitizer.
 */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define A64_RACY __attribute__((no_sanitize("thread")))
#endif
#elif defined(__SANITIZE_THREAD__)
#define A64_RACY __attribute__((no_sanitize_thread))
#endif
#ifdef A64_RACY
#define A64_RACES_ARE_WATCHED 1
#else
#define A64_RACY
#define A64_RACES_ARE_WATCHED 0
#endif

/* memcpy() to or from guest RAM, which the guest may access meanwhile */
A64_RACY static inline void a64_copy_racy(void *to, const void *from, uint64_t len)
{
	if (!A64_RACES_ARE_WATCHED) {
		memcpy(to, from, len);
		return;
	}
	for (uint64_t i = 0; i < len; i++) { /* memcpy() itself is instrumented */
		((volatile uint8_t *)to)[i] = ((const volatile uint8_t *)from)[i];
	}
}

/* Host address of [va, va + size), all in one page, or NULL */
static inline void *a64_host_read(const struct a64_cpu *cpu, uint64_t va, unsigned int size)
{
	const struct a64_tlb_entry *e = a64_tlb_slot(cpu->tlb, va);

	return A64_LIKELY(e->rtag == ((va + size - 1) & ~A64_PAGE_MASK)) ? (void *)(e->addend + va)
									 : NULL;
}

static inline void *a64_host_write(const struct a64_cpu *cpu, uint64_t va, unsigned int size)
{
	const struct a64_tlb_entry *e = a64_tlb_slot(cpu->tlb, va);

	return A64_LIKELY(e->wtag == ((va + size - 1) & ~A64_PAGE_MASK)) ? (void *)(e->addend + va)
									 : NULL;
}

#endif
