/* SPDX-License-Identifier: BSD-2-Clause */
/* Fibers over ucontext, chosen by a seeded generator. */
#include "fibers.h"

#include <stdlib.h>
#include <string.h>

#define IDLE_LIMIT 20000u

unsigned fibers_random(struct fibers *fibers, unsigned limit)
{
	fibers->rng ^= fibers->rng << 13;
	fibers->rng ^= fibers->rng >> 7;
	fibers->rng ^= fibers->rng << 17;
	return (unsigned)((fibers->rng >> 33) % limit);
}

void fibers_init(struct fibers *fibers)
{
	memset(fibers, 0, sizeof(*fibers));
	for (unsigned i = 0; i < FIBERS_MAX; i++) {
		fibers->fiber[i].stack = malloc(FIBER_STACK);
		if (!fibers->fiber[i].stack)
			abort();
	}
}

void fibers_exit(struct fibers *fibers)
{
	for (unsigned i = 0; i < FIBERS_MAX; i++)
		free(fibers->fiber[i].stack);
}

void fibers_add(struct fibers *fibers, void (*body)(void *opaque), void *opaque)
{
	struct fiber *fiber = &fibers->fiber[fibers->count++];

	fiber->body = body;
	fiber->opaque = opaque;
	fiber->done = false;
}

/* A random fiber that is not done. */
static unsigned pick(struct fibers *fibers)
{
	unsigned next = fibers_random(fibers, fibers->count);

	while (fibers->fiber[next].done)
		next = (next + 1) % fibers->count;
	return next;
}

static void switch_to(struct fibers *fibers, unsigned next)
{
	const unsigned from = fibers->current;

	if (next == from)
		return;
	fibers->steps++;
	fibers->current = next;
	swapcontext(&fibers->fiber[from].context, &fibers->fiber[next].context);
}

void fibers_point(struct fibers *fibers)
{
	if (!fibers->active)
		return;
	fibers->idle = 0;
	if (fibers_random(fibers, 3) == 0)
		switch_to(fibers, pick(fibers));
}

void fibers_wait(struct fibers *fibers)
{
	if (!fibers->active)
		return;
	if (++fibers->idle > IDLE_LIMIT) { /* nobody moves: give up */
		fibers->active = false;
		swapcontext(&fibers->fiber[fibers->current].context, &fibers->main);
	}
	switch_to(fibers, pick(fibers));
}

static void start(unsigned low, unsigned high)
{
	struct fibers *fibers = (struct fibers *)(((uintptr_t)high << 32) | low);
	struct fiber *self = &fibers->fiber[fibers->current];

	self->body(self->opaque);
	self->done = true;
	fibers->idle = 0;
	if (--fibers->left == 0)
		setcontext(&fibers->main);
	fibers->current = pick(fibers);
	setcontext(&fibers->fiber[fibers->current].context);
}

bool fibers_run(struct fibers *fibers, uint64_t seed)
{
	const uintptr_t self = (uintptr_t)fibers;

	fibers->rng = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	fibers->left = fibers->count;
	fibers->idle = 0;
	fibers->steps = 0;
	for (unsigned i = 0; i < fibers->count; i++) {
		struct fiber *fiber = &fibers->fiber[i];

		getcontext(&fiber->context);
		fiber->context.uc_stack.ss_sp = fiber->stack;
		fiber->context.uc_stack.ss_size = FIBER_STACK;
		fiber->context.uc_link = NULL;
		makecontext(&fiber->context, (void (*)(void))start, 2, (unsigned)self,
			    (unsigned)(self >> 32));
	}
	fibers->active = true;
	fibers->current = pick(fibers);
	swapcontext(&fibers->main, &fibers->fiber[fibers->current].context);
	fibers->active = false;
	fibers->count = 0;
	return fibers->left == 0;
}
