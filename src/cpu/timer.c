/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The generic timers. Nothing is latched: the level of an output follows from the counter, the compare
 * value and the control register. Time comes from the user's counter.
 */
#include "engine.h"

#define CTL_ENABLE  1u
#define CTL_IMASK   2u
#define CTL_ISTATUS 4u

struct timer_regs {
	enum a64_reg ctl, cval;
	bool virtual; /* minus CNTVOFF_EL2 */
};

static const struct timer_regs timers[A64_TIMER_COUNT] = {
	[A64_CNTV] = {A64_R_CNTV_CTL_EL0,  A64_R_CNTV_CVAL_EL0,  true },
	[A64_CNTP] = {A64_R_CNTP_CTL_EL0,  A64_R_CNTP_CVAL_EL0,  false},
	[A64_CNTHP] = {A64_R_CNTHP_CTL_EL2, A64_R_CNTHP_CVAL_EL2, false},
	[A64_CNTHV] = {A64_R_CNTHV_CTL_EL2, A64_R_CNTHV_CVAL_EL2, false},
};

uint64_t a64_count(struct a64_cpu *cpu)
{
	const struct a64_space_config *config = &cpu->space->config;
	uint64_t count;

	if (!config->ops->counter) {
		return a64_instructions(cpu);
	}
	a64_callback_enter(cpu);
	count = config->ops->counter(config->opaque, cpu);
	a64_callback_leave(cpu);
	return count;
}

static uint64_t offset_of(const struct a64_cpu *cpu, const struct timer_regs *t)
{
	return t->virtual ? cpu->reg[A64_R_CNTVOFF_EL2] : 0;
}

static bool condition_met(const struct a64_cpu *cpu, const struct timer_regs *t, uint64_t count)
{
	return count - offset_of(cpu, t) >= cpu->reg[t->cval];
}

/* ---- outputs -------------------------------------------------------------------------------------- */

static void update_outputs(struct a64_cpu *cpu, uint64_t count)
{
	const struct a64_space_config *config = &cpu->space->config;

	for (unsigned int i = 0; i < A64_TIMER_COUNT; i++) {
		const struct timer_regs *t = &timers[i];
		uint64_t ctl = cpu->reg[t->ctl];
		bool level =
			(ctl & CTL_ENABLE) && !(ctl & CTL_IMASK) && condition_met(cpu, t, count);

		if (level == (cpu->timer_levels >> i & 1)) {
			continue;
		}
		cpu->timer_levels ^= 1u << i;
		if (config->ops->timer) {
			a64_callback_enter(cpu);
			config->ops->timer(config->opaque, cpu, (enum a64_timer)i, level);
			a64_callback_leave(cpu);
		}
	}
}

void a64_timer_update(struct a64_cpu *cpu)
{
	bool armed = cpu->timer_levels;

	for (unsigned int i = 0; i < A64_TIMER_COUNT; i++) {
		armed = armed || (cpu->reg[timers[i].ctl] & CTL_ENABLE);
	}
	if (armed) {
		update_outputs(cpu, a64_count(cpu));
	}
}

bool a64_timer_level(const struct a64_cpu *cpu, enum a64_timer timer)
{
	return cpu->timer_levels >> timer & 1;
}

/* ---- deadlines ------------------------------------------------------------------------------------ */

uint64_t a64_timer_deadline(const struct a64_cpu *cpu)
{
	uint64_t first = UINT64_MAX;

	for (unsigned int i = 0; i < A64_TIMER_COUNT; i++) {
		const struct timer_regs *t = &timers[i];
		uint64_t ctl = cpu->reg[t->ctl], cval = cpu->reg[t->cval], at;

		if ((ctl & (CTL_ENABLE | CTL_IMASK)) != CTL_ENABLE ||
		    (cpu->timer_levels >> i & 1)) {
			continue;
		}
		at = cval + offset_of(cpu, t);
		if (at < cval) {
			continue; /* beyond the end of time */
		}
		first = at < first ? at : first;
	}
	return first;
}

uint64_t a64_timer_insns(struct a64_cpu *cpu)
{
	const struct a64_space_config *config = &cpu->space->config;
	uint64_t deadline = a64_timer_deadline(cpu), insns, now;

	if (deadline == UINT64_MAX) {
		return UINT64_MAX;
	}
	if (config->ops->instructions_until) {
		a64_callback_enter(cpu);
		insns = config->ops->instructions_until(config->opaque, cpu, deadline);
		a64_callback_leave(cpu);
		return insns;
	}
	now = a64_count(cpu);
	return deadline > now ? deadline - now : 0;
}

/* ---- registers ------------------------------------------------------------------------------------ */

static const struct timer_regs *timer_of(const struct a64_sysreg *sr)
{
	return A64_SYS_CRM(sr->encoding) == 3 ? &timers[A64_CNTV] : &timers[A64_CNTP];
}

/* The deadline may have moved: look at the slice again */
static void changed(struct a64_cpu *cpu)
{
	update_outputs(cpu, a64_count(cpu));
	atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
}

uint64_t a64_read_cntpct(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return a64_count(cpu);
}

uint64_t a64_read_cntvct(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	return a64_count(cpu) - cpu->reg[A64_R_CNTVOFF_EL2];
}

uint64_t a64_read_tval(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	const struct timer_regs *t = timer_of(sr);

	return (uint32_t)(cpu->reg[t->cval] - (a64_count(cpu) - offset_of(cpu, t)));
}

void a64_write_tval(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	const struct timer_regs *t = timer_of(sr);
	uint64_t now = a64_count(cpu) - offset_of(cpu, t);

	cpu->reg[t->cval] = now + (uint64_t)(int64_t)(int32_t)(uint32_t)value;
	changed(cpu);
}

uint64_t a64_read_timer_ctl(struct a64_cpu *cpu, const struct a64_sysreg *sr)
{
	const struct timer_regs *t = timer_of(sr);
	uint64_t ctl = cpu->reg[t->ctl] & (CTL_ENABLE | CTL_IMASK);

	if ((ctl & CTL_ENABLE) && condition_met(cpu, t, a64_count(cpu))) {
		ctl |= CTL_ISTATUS;
	}
	return ctl;
}

void a64_write_timer_ctl(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[timer_of(sr)->ctl] = value & (CTL_ENABLE | CTL_IMASK);
	changed(cpu);
}

void a64_write_cval(struct a64_cpu *cpu, const struct a64_sysreg *sr, uint64_t value)
{
	cpu->reg[timer_of(sr)->cval] = value;
	changed(cpu);
}
