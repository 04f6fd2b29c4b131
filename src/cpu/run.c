/* SPDX-License-Identifier: BSD-2-Clause */
/* a64_run(): the loop around the chains of blocks, where events are served and budgets end. */
#include "engine.h"

#define MDSCR_SS   (1ull << 0)
#define MDSCR_KDE  (1ull << 13)
#define OSLSR_OSLK (1ull << 1)

static uint64_t retired(const struct a64_cpu *cpu)
{
	return cpu->retired_end - (uint64_t)cpu->left;
}

uint64_t a64_instructions(const struct a64_cpu *cpu)
{
	return retired(cpu) + cpu->cur_off;
}

/* How far to go before the timers and the budget are looked at again */
static void set_slice(struct a64_cpu *cpu)
{
	const struct a64_space_config *config = &cpu->space->config;
	uint64_t now = retired(cpu), length = cpu->run_end - now;
	uint64_t limit = config->stepped ? a64_timer_insns(cpu) : config->poll_instructions;

	if (limit == 0) {
		limit = 1; /* due, but not reported yet: at the latest after the next instruction */
	}
	if (!config->stepped) {
		limit += 2 * A64_MAX_BLOCK;
	}
	length = length < limit ? length : limit;
	if (length > INT64_MAX / 2) {
		length = INT64_MAX / 2;
	}
	cpu->left = (int64_t)length - A64_MAX_BLOCK;
	cpu->retired_end = now + (uint64_t)cpu->left;
}

/*
 * Instructions to the end of the slice. In parallel mode a slice that ends for the timers' sake only may end
 * early, where the chains of blocks stop by themselves.
 */
static uint64_t slice_left(const struct a64_cpu *cpu)
{
	int64_t n = cpu->left + A64_MAX_BLOCK;

	if (cpu->left < 0 && !cpu->space->config.stepped &&
	    cpu->run_end - retired(cpu) > A64_MAX_BLOCK) {
		return 0;
	}
	return n > 0 ? (uint64_t)n : 0;
}

/* ---- software step -------------------------------------------------------------------------------- */

static bool step_enabled(const struct a64_cpu *cpu)
{
	uint64_t mdscr = cpu->reg[A64_R_MDSCR_EL1];

	if (A64_LIKELY(!(mdscr & MDSCR_SS)) || (cpu->reg[A64_R_OSLSR_EL1] & OSLSR_OSLK)) {
		return false;
	}
	return cpu->el == 0 || ((mdscr & MDSCR_KDE) && !(cpu->daif & A64_PSTATE_D));
}

/* Active-pending: take the exception. True if taken */
static bool step_pending(struct a64_cpu *cpu)
{
	unsigned int ec = cpu->el == 0 ? A64_EC_STEP_LOWER : A64_EC_STEP_LOWER + 1;

	if (cpu->ss) {
		return false;
	}
	a64_take_sync(cpu, A64_ESR(ec, 1u << 24 | 0x22), cpu->pc);
	return true;
}

/* ---- the loop ------------------------------------------------------------------------------------- */

static void prepare_exit(struct a64_cpu *cpu, enum a64_exit_reason reason)
{
	cpu->leave = true;
	cpu->exit->reason = reason;
	cpu->stats.exits++;
}

static void serve_attention(struct a64_cpu *cpu)
{
	uint32_t seen = atomic_load(&cpu->attention);

	cpu->pending_link = NULL;
	if (seen & A64_ATT_REQUEST) {
		a64_serve_requests(cpu);
	}
	atomic_fetch_and(&cpu->attention, ~(A64_ATT_LINES | A64_ATT_RECHECK));
	if (seen & A64_ATT_KICK) {
		atomic_fetch_and(&cpu->attention, ~A64_ATT_KICK);
		prepare_exit(cpu, A64_EXIT_KICK);
		return;
	}
	if (!cpu->il) {
		a64_take_interrupts(cpu);
	}
	if (!cpu->leave) {
		set_slice(cpu);
	}
}

static void end_of_slice(struct a64_cpu *cpu)
{
	cpu->pending_link = NULL;
	a64_timer_update(cpu);
	if (atomic_load(&cpu->attention)) {
		serve_attention(cpu);
	}
	if (cpu->leave) {
		return;
	}
	if (retired(cpu) >= cpu->run_end) {
		prepare_exit(cpu, A64_EXIT_BUDGET);
		return;
	}
	set_slice(cpu);
}

/* One instruction at a time, for traces and software step */
static bool single(const struct a64_cpu *cpu)
{
	return cpu->trace || (cpu->reg[A64_R_MDSCR_EL1] & MDSCR_SS);
}

static void trace(struct a64_cpu *cpu)
{
	const struct a64_space_config *config = &cpu->space->config;

	if (cpu->trace && config->ops->trace) {
		a64_callback_enter(cpu);
		config->ops->trace(config->opaque, cpu, cpu->pc, a64_fetch_word(cpu, cpu->pc));
		a64_callback_leave(cpu);
	}
}

static void chain(struct a64_cpu *cpu, const struct a64_op *op)
{
#if A64_LOOP_DISPATCH
	while (op) {
		op = op->fn(cpu, op);
	}
#else
	op->fn(cpu, op);
#endif
}

/* A block of one instruction, and then back here whatever the block's end would like */
static void run_alone(struct a64_cpu *cpu, const struct a64_op *op, bool stepping)
{
	const int64_t spent = -2 * (int64_t)A64_MAX_BLOCK;
	int64_t kept = cpu->left - spent;

	trace(cpu);
	if (stepping) {
		cpu->ss = false;
	}
	cpu->left -= kept;
	cpu->retired_end -= (uint64_t)kept;
	chain(cpu, op);
	cpu->left += kept;
	cpu->retired_end += (uint64_t)kept;
}

static void run_single(struct a64_cpu *cpu)
{
	bool stepping = step_enabled(cpu);
	const struct a64_op *op;

	cpu->pending_link = NULL;
	if (stepping && step_pending(cpu)) {
		return;
	}
	op = a64_block_find(cpu, 1);
	if (op) {
		run_alone(cpu, op, stepping);
	}
}

static void run_block(struct a64_cpu *cpu)
{
	uint64_t max = slice_left(cpu);
	const struct a64_op *op;
	struct a64_link *link;

	if (A64_UNLIKELY(cpu->il)) {
		cpu->left--;
		a64_take_sync(cpu, A64_ESR(A64_EC_ILLEGAL, 0), cpu->pc);
		return;
	}
	if (A64_UNLIKELY(single(cpu))) {
		run_single(cpu);
		return;
	}
	op = a64_block_find(cpu, max);
	if (!op) {
		return;
	}
	link = cpu->pending_link;
	if (link) {
		link->to = op;
		link->ctx = cpu->ctx[cpu->pc >> 63];
		cpu->pending_link = NULL;
	}
	chain(cpu, op);
}

static void run_loop(struct a64_cpu *cpu)
{
	while (!cpu->leave) {
		if (atomic_load_explicit(&cpu->attention, memory_order_acquire)) {
			serve_attention(cpu);
		} else if (slice_left(cpu) == 0) {
			end_of_slice(cpu);
		} else {
			run_block(cpu);
		}
	}
}

/* Stepped mode: stores of the contexts that run now must be seen by the monitors of the others */
static void switch_monitors(struct a64_cpu *cpu)
{
	struct a64_space *space = cpu->space;
	struct a64_cpu *last;

	if (!space->config.stepped) {
		return;
	}
	last = space->last;
	space->last = cpu;
	if (last == cpu || !last || !last->ex_host) {
		return;
	}
	for (unsigned int i = 0; i < space->regions; i++) {
		struct a64_region *r = &space->region[i];
		uintptr_t base = (uintptr_t)r->host;
		uint64_t page;

		if (last->ex_host < base || last->ex_host - base >= r->size) {
			continue;
		}
		page = (last->ex_host - base) >> A64_PAGE_SHIFT;
		atomic_fetch_or(&r->marks[page], A64_MARK_MONITOR);
		for (unsigned int c = 0; c < space->cpus; c++) {
			if (space->cpu[c] && space->cpu[c] != last) {
				a64_tlb_protect_page(space->cpu[c],
						     r->ipa + (page << A64_PAGE_SHIFT));
			}
		}
	}
}

void a64_run(struct a64_cpu *cpu, uint64_t max_instructions, struct a64_exit *exit)
{
	uint64_t start = retired(cpu);

	memset(exit, 0, sizeof(*exit));
	cpu->exit = exit;
	cpu->leave = false;
	cpu->pending_link = NULL;
	cpu->run_end = start + max_instructions < start ? UINT64_MAX : start + max_instructions;
	switch_monitors(cpu);
	atomic_store(&cpu->running, 1);
	a64_timer_update(cpu);
	set_slice(cpu);
	atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
	run_loop(cpu);
	atomic_store(&cpu->running, 0);
	exit->pc = cpu->pc;
	exit->instructions = retired(cpu) - start;
	cpu->exit = NULL;
}

/* ---- lines and kicks ------------------------------------------------------------------------------ */

void a64_kick(struct a64_cpu *cpu)
{
	atomic_fetch_or(&cpu->attention, A64_ATT_KICK);
}

void a64_set_line(struct a64_cpu *cpu, enum a64_line line, bool level)
{
	uint32_t bit = 1u << line;

	if (level) {
		if (!(atomic_fetch_or(&cpu->lines, bit) & bit)) {
			atomic_fetch_or(&cpu->attention, A64_ATT_LINES);
		}
	} else {
		atomic_fetch_and(&cpu->lines, ~bit);
	}
}

bool a64_line(const struct a64_cpu *cpu, enum a64_line line)
{
	return atomic_load(&cpu->lines) >> line & 1;
}

bool a64_wakes(const struct a64_cpu *cpu)
{
	uint32_t lines = atomic_load(&cpu->lines), see = 1u << A64_LINE_IRQ | 1u << A64_LINE_FIQ;
	uint64_t hcr = cpu->reg[A64_R_HCR_EL2];

	if (atomic_load(&cpu->attention) & A64_ATT_KICK) {
		return true;
	}
	see |= hcr >> 4 & 1 ? 1u << A64_LINE_VIRQ | 1u << A64_LINE_VNMI : 0;
	see |= hcr >> 3 & 1 ? 1u << A64_LINE_VFIQ : 0;
	see |= hcr >> 5 & 1 ? 1u << A64_LINE_VSERR : 0;
	return (lines & see) || (hcr >> 6 & 7);
}
