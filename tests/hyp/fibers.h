/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A seeded scheduler in one thread: fibers that give way at every port call. A schedule is a function of
 * its seed; a fiber that waits is run again only to look whether what it waits for has come.
 */
#ifndef FIBERS_H
#define FIBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <ucontext.h>

#define FIBERS_MAX  8
#define FIBER_STACK 131072

struct fiber {
	ucontext_t context;
	void (*body)(void *opaque);
	void *opaque;
	bool done;
	char *stack;
};

struct fibers {
	struct fiber fiber[FIBERS_MAX];
	unsigned count, left;
	unsigned current;
	bool active;
	uint64_t rng;
	uint64_t steps; /* switches in this schedule */
	unsigned idle;  /* consecutive waits without anything happening */
	ucontext_t main;
};

void fibers_init(struct fibers *fibers);
void fibers_exit(struct fibers *fibers);
void fibers_add(struct fibers *fibers, void (*body)(void *opaque), void *opaque);

/* Run all to their end with this seed. False if all wait and nothing happens any more. */
bool fibers_run(struct fibers *fibers, uint64_t seed);

/* Inside a fiber: perhaps switch; wait a turn (nothing to do now). Outside: nothing. */
void fibers_point(struct fibers *fibers);
void fibers_wait(struct fibers *fibers);

/* A number below @limit from the schedule's own sequence. */
unsigned fibers_random(struct fibers *fibers, unsigned limit);

#endif
