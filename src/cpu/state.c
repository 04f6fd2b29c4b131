/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: creation, reset, and the state as others see it. */
#include <stdlib.h>

#include "engine.h"

#define RESET_PSTATE \
	(4u | A64_PSTATE_SP | A64_PSTATE_D | A64_PSTATE_A | A64_PSTATE_I | A64_PSTATE_F)

#define HCR_DC (1ull << 12) /* stage 1 is off */

/* ---- life ----------------------------------------------------------------------------------------- */

static int register_context(struct a64_space *space, struct a64_cpu *cpu)
{
	for (unsigned int i = 0; i < A64_CPUS_MAX; i++) {
		if (!space->cpu[i]) {
			space->cpu[i] = cpu;
			cpu->index = i;
			space->cpus = i >= space->cpus ? i + 1 : space->cpus;
			return 0;
		}
	}
	return -VGIC5_E_NOSPC;
}

int a64_cpu_create(struct a64_space *space, uint64_t mpidr, void *user, struct a64_cpu **out)
{
	struct a64_cpu *cpu = aligned_alloc(64, (sizeof(*cpu) + 63) & ~(size_t)63);
	int error;

	if (!cpu) {
		return -VGIC5_E_NOMEM;
	}
	memset(cpu, 0, sizeof(*cpu));
	cpu->space = space;
	cpu->user = user;
	cpu->mpidr = mpidr;
	cpu->index = A64_CPUS_MAX;
	cpu->left = -(int64_t)A64_MAX_BLOCK;
	cpu->retired_end = (uint64_t)cpu->left;
	error = a64_requests_create(cpu);
	if (!error) {
		error = a64_blocks_create(cpu);
	}
	if (!error) {
		error = a64_tlb_create(cpu);
	}
	if (!error) {
		error = register_context(space, cpu);
	}
	if (error) {
		a64_cpu_destroy(cpu);
		return error;
	}
	a64_reset(cpu, 0, 0);
	*out = cpu;
	return 0;
}

void a64_cpu_destroy(struct a64_cpu *cpu)
{
	if (!cpu) {
		return;
	}
	if (cpu->index < A64_CPUS_MAX) {
		cpu->space->cpu[cpu->index] = NULL;
	}
	if (cpu->space->last == cpu) {
		cpu->space->last = NULL;
	}
	a64_tlb_destroy(cpu);
	a64_blocks_destroy(cpu);
	a64_requests_destroy(cpu);
	free(cpu);
}

void a64_reset(struct a64_cpu *cpu, uint64_t pc, uint64_t x0)
{
	memset(cpu->x, 0, sizeof(cpu->x));
	memset(cpu->v, 0, sizeof(cpu->v));
	memset(cpu->sp_el, 0, sizeof(cpu->sp_el));
	cpu->fpcr = 0;
	cpu->fpsr = 0;
	cpu->ex_host = 0;
	cpu->event = false;
	cpu->tlbi_issued = false;
	a64_sysregs_reset(cpu);
	a64_put_pstate(cpu, RESET_PSTATE);
	cpu->x[0] = x0;
	cpu->pc = pc;
	a64_drop_caches(cpu);
}

void *a64_cpu_user(const struct a64_cpu *cpu)
{
	return cpu->user;
}

struct a64_space *a64_cpu_space(const struct a64_cpu *cpu)
{
	return cpu->space;
}

/* ---- whole state ---------------------------------------------------------------------------------- */

/* Memory has one address for the monitor, the host's; others know it by its guest address */
static uint64_t monitor_ipa(const struct a64_cpu *cpu)
{
	for (unsigned int i = 0; i < cpu->space->regions; i++) {
		const struct a64_region *r = &cpu->space->region[i];
		uintptr_t base = (uintptr_t)r->host;

		if (cpu->ex_host >= base && cpu->ex_host - base < r->size) {
			return r->ipa + (cpu->ex_host - base);
		}
	}
	return 0;
}

static void get_monitor(const struct a64_cpu *cpu, struct a64_state *state)
{
	bool set = cpu->ex_host != 0;

	state->monitor_ipa = set ? monitor_ipa(cpu) : 0;
	state->monitor_size = set ? cpu->ex_size : 0;
	state->monitor_value[0] = set ? cpu->ex_val[0] : 0;
	state->monitor_value[1] = set && cpu->ex_size == 16 ? cpu->ex_val[1] : 0;
}

static void set_monitor(struct a64_cpu *cpu, const struct a64_state *state)
{
	uint64_t size = state->monitor_size;
	bool power = size && size <= 16 && !(size & (size - 1));

	cpu->ex_host = 0;
	if (!power || (state->monitor_ipa & (size - 1))) {
		return;
	}
	cpu->ex_host = (uintptr_t)a64_space_ptr(cpu->space, state->monitor_ipa, size);
	cpu->ex_size = (uint8_t)size;
	cpu->ex_val[0] = state->monitor_value[0];
	cpu->ex_val[1] = state->monitor_value[1];
}

void a64_get_state(const struct a64_cpu *cpu, struct a64_state *state)
{
	memcpy(state->x, cpu->x, sizeof(state->x));
	memcpy(state->sp, cpu->sp_el, sizeof(state->sp));
	state->sp[cpu->spsel ? cpu->el : 0] = cpu->x[31];
	state->pc = a64_pc(cpu);
	state->pstate = a64_get_pstate(cpu);
	for (unsigned int i = 0; i < 32; i++) {
		state->v[i][0] = cpu->v[i].lo;
		state->v[i][1] = cpu->v[i].hi;
	}
	state->fpcr = cpu->fpcr;
	state->fpsr = cpu->fpsr;
	state->event = cpu->event;
	state->instructions = a64_instructions(cpu);
	memcpy(state->reg, cpu->reg, sizeof(state->reg));
	get_monitor(cpu, state);
}

void a64_drop_caches(struct a64_cpu *cpu)
{
	a64_tlb_flush_all(cpu);
	a64_blocks_flush(cpu);
}

int a64_set_state(struct a64_cpu *cpu, const struct a64_state *state)
{
	if (!a64_pstate_legal(cpu, state->pstate)) {
		return -VGIC5_E_INVAL;
	}
	memcpy(cpu->reg, state->reg, sizeof(cpu->reg));
	a64_put_pstate(cpu, state->pstate);
	memcpy(cpu->x, state->x, sizeof(state->x));
	memcpy(cpu->sp_el, state->sp, sizeof(cpu->sp_el));
	cpu->x[31] = cpu->sp_el[cpu->spsel ? cpu->el : 0];
	cpu->pc = state->pc;
	for (unsigned int i = 0; i < 32; i++) {
		cpu->v[i].lo = state->v[i][0];
		cpu->v[i].hi = state->v[i][1];
	}
	cpu->fpcr = (uint32_t)state->fpcr;
	cpu->fpsr = (uint32_t)state->fpsr;
	cpu->event = state->event & 1;
	cpu->retired_end = state->instructions + (uint64_t)cpu->left;
	set_monitor(cpu, state);
	a64_drop_caches(cpu);
	return 0;
}

/* ---- single registers ----------------------------------------------------------------------------- */

uint64_t a64_x(const struct a64_cpu *cpu, unsigned int n)
{
	return n < 32 ? cpu->x[n] : 0;
}

void a64_set_x(struct a64_cpu *cpu, unsigned int n, uint64_t value)
{
	if (n < 32) {
		cpu->x[n] = value;
	}
}

uint64_t a64_pc(const struct a64_cpu *cpu)
{
	return cpu->pc + 4u * cpu->cur_off;
}

void a64_set_pc(struct a64_cpu *cpu, uint64_t pc)
{
	cpu->pc = pc;
	cpu->pending_link = NULL;
}

uint64_t a64_pstate(const struct a64_cpu *cpu)
{
	return a64_get_pstate(cpu);
}

int a64_set_pstate(struct a64_cpu *cpu, uint64_t pstate)
{
	if (!a64_pstate_legal(cpu, pstate)) {
		return -VGIC5_E_INVAL;
	}
	a64_put_pstate(cpu, pstate);
	return 0;
}

uint64_t a64_reg(const struct a64_cpu *cpu, enum a64_reg reg)
{
	return (unsigned int)reg < A64_REG_COUNT ? cpu->reg[reg] : 0;
}

/* Through the register's write function where it has one, so that everything derived follows */
void a64_set_reg(struct a64_cpu *cpu, enum a64_reg reg, uint64_t value)
{
	const struct a64_sysreg *sr;

	if ((unsigned int)reg >= A64_REG_COUNT) {
		return;
	}
	sr = a64_sysreg_find(a64_reg_encoding(reg));
	if (sr && sr->write && !(sr->flags & A64_SR_CALLOUT)) {
		sr->write(cpu, sr, value);
		return;
	}
	if (reg == A64_R_HCR_EL2 && ((cpu->reg[reg] ^ value) & HCR_DC)) {
		cpu->reg[reg] = value;
		a64_tlb_flush_all(cpu);
	}
	cpu->reg[reg] = value;
	a64_update_context(cpu); /* CPTR_EL2 traps FP at decode time */
	atomic_fetch_or(&cpu->attention, A64_ATT_RECHECK);
}

int a64_sysreg_read(struct a64_cpu *cpu, uint16_t encoding, uint64_t *value)
{
	const struct a64_sysreg *sr = a64_sysreg_find(encoding);

	if (!sr || (sr->feature && !(cpu->space->config.features & sr->feature))) {
		return -VGIC5_E_NOENT;
	}
	if (sr->el_read == 3) {
		return -VGIC5_E_INVAL;
	}
	if (sr->trap == A64_TRAP_ID3) {
		*value = a64_id_register(cpu, encoding);
	} else {
		*value = sr->read ? sr->read(cpu, sr) : cpu->reg[sr->reg];
	}
	return 0;
}

int a64_sysreg_write(struct a64_cpu *cpu, uint16_t encoding, uint64_t value)
{
	const struct a64_sysreg *sr = a64_sysreg_find(encoding);

	if (!sr || (sr->feature && !(cpu->space->config.features & sr->feature))) {
		return -VGIC5_E_NOENT;
	}
	if (sr->el_write == 3) {
		return -VGIC5_E_INVAL;
	}
	if (sr->write) {
		sr->write(cpu, sr, value);
	} else {
		a64_set_reg(cpu, (enum a64_reg)sr->reg, value & sr->wmask);
	}
	return 0;
}

int a64_translate(struct a64_cpu *cpu, uint64_t va, uint64_t *ipa)
{
	struct a64_walk how = {.va = va, .kind = A64_READ, .el = cpu->el, .at = true};
	struct a64_translation t;

	if (!a64_walk(cpu, &how, &t)) {
		return -VGIC5_E_FAULT;
	}
	*ipa = t.ipa;
	return 0;
}

/* ---- answers to exits ----------------------------------------------------------------------------- */

void a64_skip(struct a64_cpu *cpu)
{
	cpu->pc += 4;
	cpu->left--;
}

static uint64_t extend(const struct a64_exit *exit, uint64_t value)
{
	unsigned int unused = 64 - 8u * exit->size;

	value = value << unused >> unused;
	if (exit->sign_extend) {
		value = (uint64_t)((int64_t)(value << unused) >> unused);
	}
	return exit->sixty_four ? value : (uint32_t)value;
}

void a64_complete(struct a64_cpu *cpu, const struct a64_exit *exit, uint64_t value)
{
	if (exit->read) {
		bool abort = exit->reason == A64_EXIT_DATA_ABORT;

		cpu->x[a64_slot_write(exit->rt & 31)] = abort ? extend(exit, value) : value;
	}
	a64_skip(cpu);
}

void a64_inject_undefined(struct a64_cpu *cpu)
{
	cpu->left--;
	a64_take_sync(cpu, A64_ESR(A64_EC_UNKNOWN, 0), cpu->pc);
}

void a64_inject_abort(struct a64_cpu *cpu, const struct a64_exit *exit)
{
	bool fetch = exit->reason == A64_EXIT_INSN_ABORT, walk = exit->esr >> 7 & 1;
	unsigned int ec = fetch ? A64_EC_IABORT_LOWER : A64_EC_DABORT_LOWER;
	uint64_t iss = walk ? A64_FSC_EXTERNAL_WALK | 3 : A64_FSC_EXTERNAL;

	if (!fetch) {
		iss |= exit->esr & 1u << 6;
	}
	cpu->left--;
	cpu->reg[A64_R_FAR_EL1] = exit->far;
	a64_take_sync(cpu, A64_ESR(ec + (cpu->el != 0), iss), cpu->pc);
}

void a64_set_trace(struct a64_cpu *cpu, bool on)
{
	cpu->trace = on;
}

void a64_get_stats(const struct a64_cpu *cpu, struct a64_stats *stats)
{
	*stats = cpu->stats;
}
