/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A PE's work: take physical interrupts, choose a vCPU, enter it, handle its exit; and vm_run(), which
 * lets the PEs do that for a VM until something ends it.
 */
#include "internal.h"

#include <sched.h>

#define WFE_PATIENCE 64

/* ---- events ---- */

void vm_post(struct vm *vm, enum vm_event_kind kind, int reason, unsigned vcpu)
{
	struct vm_host *host = vm->host;

	pthread_mutex_lock(&host->sched);
	if (vm->running ? !vm->stopping : !vm->stop_asked) {
		vm->event = (struct vm_event){kind, reason, vcpu};
		if (vm->running)
			sched_stop(vm);
		else
			vm->stop_asked = true;
		pthread_cond_broadcast(&vm->changed);
	}
	pthread_mutex_unlock(&host->sched);
	sched_kick_all(host);
}

void vm_stop(struct vm *vm, int reason)
{
	struct vcpu *stepping;

	if (!vm->host->config.deterministic) {
		vm_post(vm, VM_EVENT_STOP, reason, 0);
		return;
	}
	if (atomic_load(&vm->stop_flag))
		return;
	atomic_store(&vm->stop_reason, reason);
	atomic_store(&vm->stop_flag, true);
	stepping = atomic_load(&vm->host->stepping);
	if (stepping)
		a64_kick(stepping->cpu);
}

/* ---- a vCPU on a PE ---- */

static bool load(struct vm_pe *pe, struct vcpu *vcpu)
{
	if (vgic5_vcpu_load(vcpu->vgic5, pe->vgic5))
		return false;
	vcpu->on = pe;
	gicif_wire(pe, vcpu->cpu);
	timer_attach(vcpu, pe);
	return true;
}

static void unload(struct vm_pe *pe, struct vcpu *vcpu, bool in_wfi)
{
	if (vcpu->on) {
		timer_detach(vcpu, pe);
		gicif_unwire(pe);
		vcpu->on = NULL;
	}
	vgic5_vcpu_put(vcpu->vgic5, in_wfi);
}

static void leave(struct vm_pe *pe, bool slice_used)
{
	unload(pe, pe->current, false);
	sched_leave(pe, slice_used);
}

/* R1: the hardware refused, or stopped answering. */
static void died(struct vm_pe *pe)
{
	vm_post(pe->current->vm, VM_EVENT_DEAD, 0, pe->current->index);
	leave(pe, false);
}

static void wait_for_interrupt(struct vm_pe *pe, struct vcpu *vcpu)
{
	vcpu->in_wfi = true;
	unload(pe, vcpu, true);
	sched_wait(pe);
}

/* ---- exits ---- */

static void firmware_call(struct vm_pe *pe, struct vcpu *vcpu)
{
	switch (psci_call(vcpu)) {
	case PSCI_RETURNS: break;
	case PSCI_OFF:
		unload(pe, vcpu, false);
		sched_off(pe);
		break;
	case PSCI_STOPS: leave(pe, false); break;
	}
}

/*
 * WFE has no event that wakes it here: give way to whoever may do what is waited for. Mostly that is a
 * matter of a few hundred instructions of another PE, far less than the computer's scheduler takes away
 * from a thread that yields; so the PE's thread does that now and then only.
 */
static enum pe_result wait_for_event(struct vm_pe *pe)
{
	if (atomic_load(&pe->waiting_turn))
		leave(pe, true);
	else if (!pe->host->config.deterministic && ++pe->events_waited % WFE_PATIENCE == 0)
		sched_yield();
	return PE_YIELD;
}

static enum pe_result handle(struct vm_pe *pe, struct vcpu *vcpu, const struct a64_exit *exit)
{
	struct vcpu_counts *counts = &vcpu->counts;

	switch (exit->reason) {
	case A64_EXIT_BUDGET: counts->exit_budget++; break;
	case A64_EXIT_KICK: counts->exit_kick++; break;
	case A64_EXIT_IRQ:
	case A64_EXIT_FIQ: counts->exit_irq++; break;
	case A64_EXIT_WFI:
		counts->exit_wfi++;
		wait_for_interrupt(pe, vcpu);
		break;
	case A64_EXIT_WFE: counts->exit_wfe++; return wait_for_event(pe);
	case A64_EXIT_HVC:
		counts->exit_hvc++;
		firmware_call(pe, vcpu);
		break;
	case A64_EXIT_SMC: /* there is no EL3 */
		counts->exit_smc++;
		a64_inject_undefined(vcpu->cpu);
		break;
	case A64_EXIT_SYSREG:
		counts->exit_sysreg++;
		gicif_trapped(pe, vcpu, exit);
		break;
	case A64_EXIT_DATA_ABORT:
	case A64_EXIT_INSN_ABORT: mmio_abort(pe, vcpu, exit); break;
	case A64_EXIT_OTHER:
		counts->exit_other++;
		a64_inject_undefined(vcpu->cpu);
		break;
	}
	return PE_BUSY;
}

/* ---- a PE's step ---- */

static void take_interrupts(struct vm_pe *pe)
{
	while (gicif_irq(pe) && vgic5_gic_dispatch(pe->host->driver, pe->port))
		;
}

/* Everything before an entry. returns: whether there is one */
static bool prepare(struct vm_pe *pe, enum pe_result *result)
{
	struct vcpu *vcpu;

	*result = PE_BUSY;
	take_interrupts(pe);
	if (pe->current && (pe->current->vm->stopping || sched_slice_over(pe)))
		leave(pe, !pe->current->vm->stopping);
	if (!sched_pick(pe)) {
		*result = PE_IDLE;
		return false;
	}
	vcpu = pe->current;
	if ((!vcpu->on && !load(pe, vcpu)) || vgic5_vcpu_flush(vcpu->vgic5)) {
		died(pe);
		return false;
	}
	if (vcpu->in_wfi && !a64_wakes(vcpu->cpu)) {
		vgic5_vcpu_sync(vcpu->vgic5);
		wait_for_interrupt(pe, vcpu);
		return false;
	}
	vcpu->in_wfi = false;
	vcpu->counts.entries++;
	return true;
}

static void enter(struct vm_pe *pe, struct vcpu *vcpu, uint64_t *budget, struct a64_exit *exit)
{
	struct vm_host *host = pe->host;

	timer_program(pe, vcpu);
	vcpu->ran_from = a64_instructions(vcpu->cpu);
	if (!host->config.deterministic) {
		a64_run(vcpu->cpu, *budget, exit);
		*budget = exit->instructions;
		return;
	}
	atomic_store_explicit(&host->stepping, vcpu, memory_order_release);
	a64_run(vcpu->cpu, *budget, exit);
	atomic_store_explicit(&host->stepping, NULL, memory_order_release);
	/* An entry takes time even if its first instruction is refused, or nothing else would come. */
	*budget = exit->instructions ? exit->instructions : 1;
	host->instructions += *budget;
}

enum pe_result pe_step(struct vm_pe *pe, uint64_t *budget)
{
	uint64_t allowed = *budget;
	enum pe_result result = PE_BUSY;
	struct a64_exit exit;
	struct vcpu *vcpu;

	*budget = 0;
	if (pe->in_guest && pe->current->vm->stopping) {
		vgic5_vcpu_sync(pe->current->vgic5);
		pe->in_guest = false;
	}
	if (!pe->in_guest && !prepare(pe, &result))
		return result;
	vcpu = pe->current;
	enter(pe, vcpu, &allowed, &exit);
	*budget = allowed;
	if (exit.reason == A64_EXIT_BUDGET && pe->host->config.deterministic) {
		vcpu->counts.exit_budget++;
		pe->in_guest = true; /* only its turn is over */
		return PE_BUSY;
	}
	pe->in_guest = false;
	vgic5_vcpu_sync(vcpu->vgic5);
	return handle(pe, vcpu, &exit);
}

/* ---- deterministic mode: one thread steps all ---- */

static void next_turn(struct vm_host *host)
{
	host->turn = (host->turn + 1) % host->pe_count;
	host->turn_left = TURN_INSTRUCTIONS;
}

/* The user's hook, when its time has come. */
static void poll_user(struct vm *vm)
{
	struct vm_host *host = vm->host;
	const struct vm_host_ops *ops = host->config.ops;
	uint64_t now = vm_host_now(host);

	if (now < host->next_poll || !ops || !ops->poll)
		return;
	host->next_poll = ops->poll(host->config.opaque, now);
	if (host->next_poll <= now)
		host->next_poll = now + 1;
	device_called(vm);
}

/* Instructions of the turn that may be executed before the user's hook is due. */
static uint64_t turn_budget(struct vm_host *host)
{
	uint64_t now = vm_host_now(host);
	uint64_t ticks = host->next_poll - now;
	uint64_t per_tick = host->config.instructions_per_tick;

	if (host->next_poll <= now)
		return 1;
	if (ticks >= host->turn_left / per_tick + 1)
		return host->turn_left;
	return ticks * per_tick;
}

/* Everybody waits: on to the next timer. returns: false if there is none */
static bool jump(struct vm_host *host)
{
	const struct vm_host_ops *ops = host->config.ops;
	uint64_t next = ops && ops->poll ? host->next_poll : NEVER;
	uint64_t per_tick = host->config.instructions_per_tick;

	for (unsigned i = 0; i < host->pe_count; i++) {
		uint64_t at = timer_idle(&host->pe[i]);

		if (at < next)
			next = at;
	}
	if (next >= NEVER / per_tick)
		return false;
	if (next * per_tick > host->instructions)
		host->instructions = next * per_tick;
	for (unsigned i = 0; i < host->pe_count; i++)
		timer_idle(&host->pe[i]);
	return true;
}

static void step(struct vm *vm, unsigned *idle)
{
	struct vm_host *host = vm->host;
	uint64_t budget = turn_budget(host);
	enum pe_result result = pe_step(&host->pe[host->turn], &budget);

	if (vm->poll_irqfds)
		irqfds_poll(vm);
	host->turn_left -= budget < host->turn_left ? (uint32_t)budget : host->turn_left;
	if (result != PE_IDLE)
		*idle = 0;
	if (result == PE_IDLE && timer_idle(&host->pe[host->turn]) != 0)
		++*idle;
	if (result != PE_BUSY || !host->turn_left)
		next_turn(host);
}

static void step_until_stopped(struct vm *vm)
{
	struct vm_host *host = vm->host;
	unsigned idle = 0;

	host->next_poll = 0;
	while (!vm->stopping) {
		poll_user(vm); /* may stop the VM: before another instruction is executed */
		if (atomic_exchange(&vm->stop_flag, false)) {
			vm_post(vm, VM_EVENT_STOP, atomic_load(&vm->stop_reason), 0);
			break;
		}
		step(vm, &idle);
		if (idle < host->pe_count)
			continue;
		idle = 0;
		if (!jump(host))
			vm_post(vm, VM_EVENT_STALLED, 0, 0);
	}
	for (unsigned i = 0; i < host->pe_count; i++) {
		struct vm_pe *pe = &host->pe[i];
		uint64_t none = 0;

		while (pe->current && pe->current->vm == vm)
			pe_step(pe, &none);
		take_interrupts(pe); /* a kick that came too late is no part of the VM's state */
	}
}

/* ---- vm_run() ---- */

static void end_all(struct vm *vm, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		vgic5_vcpu_run_end(vm->vcpu[i]->vgic5);
}

/* As every vCPU's thread would do when it enters its run ioctl. */
static int begin_all(struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpu[i];
		int rc = timer_map(vcpu);

		while (!rc && (rc = vgic5_vcpu_run_begin(vcpu->vgic5)) == -VGIC5_E_AGAIN) {
			sched_yield();
			rc = 0;
		}
		if (rc) {
			end_all(vm, i);
			return rc;
		}
	}
	return 0;
}

static void wait_until_at_rest(struct vm *vm)
{
	struct vm_host *host = vm->host;

	pthread_mutex_lock(&host->sched);
	while (!vm->stopping || vm->active)
		pthread_cond_wait(&vm->changed, &host->sched);
	pthread_mutex_unlock(&host->sched);
}

static bool stopped_before(struct vm *vm, struct vm_event *event)
{
	bool asked;

	pthread_mutex_lock(&vm->host->sched);
	asked = vm->stop_asked;
	vm->stop_asked = false;
	if (asked)
		*event = vm->event;
	pthread_mutex_unlock(&vm->host->sched);
	return asked;
}

int vm_run(struct vm *vm, struct vm_event *event)
{
	struct vm_host *host = vm->host;
	int rc;

	if (stopped_before(vm, event))
		return 0;
	rc = begin_all(vm);
	if (rc)
		return rc;
	atomic_store(&vm->offset, atomic_load(&vm->frozen) - vm_host_now(host));
	sched_start(vm);
	if (host->config.deterministic)
		step_until_stopped(vm);
	else
		wait_until_at_rest(vm);

	atomic_store(&vm->frozen, vm_host_now(host) + atomic_load(&vm->offset));
	pthread_mutex_lock(&host->sched);
	vm->running = false;
	*event = vm->event;
	pthread_mutex_unlock(&host->sched);
	end_all(vm, vm->vcpu_count);
	return 0;
}
