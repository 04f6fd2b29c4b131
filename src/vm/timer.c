/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timers. A guest's timers are those of its engine context. While it is loaded their outputs drive the
 * PE's PPI wires 27 and 30, which the library injects directly. While it is not, this file knows when
 * they will fire, and the PE that it ran on last wakes it then.
 *
 * That PE's own timer is CNTHP, PPI 26: of the context that runs, or, on an idle PE, of its thread's
 * sleep. It fires for the first of its sleepers and at the end of a slice.
 */
#include "internal.h"

#define CTL_ENABLE UINT64_C(1)
#define CTL_IMASK  UINT64_C(2)

static const struct {
	enum a64_timer timer;
	enum a64_reg ctl, cval;
	unsigned ppi;
} guest_timers[TIMER_COUNT] = {
	[TIMER_CNTV] = {A64_CNTV, A64_R_CNTV_CTL_EL0, A64_R_CNTV_CVAL_EL0, GIC5_PPI_CNTV},
	[TIMER_CNTP] = {A64_CNTP, A64_R_CNTP_CTL_EL0, A64_R_CNTP_CVAL_EL0, GIC5_PPI_CNTP},
};

/* ---- callbacks of the engine ---- */

uint64_t timer_counter(void *opaque, struct a64_cpu *cpu)
{
	struct vm *vm = opaque;

	return vm_host_now(vm->host) + vm->offset;
}

uint64_t timer_instructions_until(void *opaque, struct a64_cpu *cpu, uint64_t count)
{
	struct vm *vm = opaque;
	struct vm_host *host = vm->host;
	uint64_t per_tick = host->config.instructions_per_tick;
	uint64_t now = host_instructions(host);
	uint64_t tick = count - vm->offset; /* wraps where the host's time is not reached either */

	if (count <= now / per_tick + vm->offset)
		return 0;
	if (tick >= UINT64_MAX / per_tick)
		return NEVER;
	return tick * per_tick - now;
}

void timer_output(void *opaque, struct a64_cpu *cpu, enum a64_timer timer, bool level)
{
	struct vcpu *vcpu = a64_cpu_user(cpu);
	struct vm_pe *pe = vcpu->on;

	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		if (guest_timers[i].timer != timer)
			continue;
		atomic_store(&vcpu->timers[i].fires_at, level ? 0 : NEVER);
		if (pe)
			gic5_ppi_wire(pe->gic5, guest_timers[i].ppi, level);
	}
	if (timer == A64_CNTHP && pe)
		gic5_ppi_wire(pe->gic5, GIC5_PPI_CNTHP, level);
}

/* ---- a guest's timers ---- */

bool timer_level(void *opaque, struct vgic5_vcpu *vgic5)
{
	struct vm_timer_source *source = opaque;

	return atomic_load(&source->fires_at) <= vm_host_now(source->vcpu->vm->host);
}

/* The timers belong to the VM whether or not it has a GIC that shows them. */
int timer_map(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		struct vm_timer_source *source = &vcpu->timers[i];
		int rc;

		source->vcpu = vcpu;
		source->ppi.get_input_level = timer_level;
		source->ppi.opaque = source;
		rc = vgic5_vcpu_map_ppi(vcpu->vgic5, guest_timers[i].ppi, &source->ppi);
		if (rc && rc != -VGIC5_E_EXIST)
			return rc;
	}
	return 0;
}

void timer_attach(struct vcpu *vcpu, struct vm_pe *pe)
{
	a64_timer_update(vcpu->cpu);
	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		bool level = a64_timer_level(vcpu->cpu, guest_timers[i].timer);

		atomic_store(&vcpu->timers[i].fires_at, level ? 0 : NEVER);
		gic5_ppi_wire(pe->gic5, guest_timers[i].ppi, level);
	}
	pe->deadline = NEVER;
}

/* When the output goes up, in host ticks. */
static uint64_t expiry(struct vcpu *vcpu, unsigned i)
{
	uint64_t ctl = a64_reg(vcpu->cpu, guest_timers[i].ctl);
	uint64_t cval = a64_reg(vcpu->cpu, guest_timers[i].cval);
	uint64_t offset = vcpu->vm->offset;

	if (!(ctl & CTL_ENABLE) || (ctl & CTL_IMASK))
		return NEVER;
	if (guest_timers[i].timer == A64_CNTV) {
		uint64_t voff = a64_reg(vcpu->cpu, A64_R_CNTVOFF_EL2);

		cval = cval > NEVER - voff ? NEVER : cval + voff;
	}
	/* The VM's counter may be ahead of the host's, never by as much as half its range. */
	if ((int64_t)offset < 0)
		return cval > NEVER + offset ? NEVER : cval - offset;
	return cval < offset ? 0 : cval - offset;
}

void timer_detach(struct vcpu *vcpu, struct vm_pe *pe)
{
	a64_set_reg(vcpu->cpu, A64_R_CNTHP_CTL_EL2, 0);
	a64_set_reg(vcpu->cpu, A64_R_CNTHP_CVAL_EL2, 0);
	a64_timer_update(vcpu->cpu);
	for (unsigned i = 0; i < TIMER_COUNT; i++)
		atomic_store(&vcpu->timers[i].fires_at, expiry(vcpu, i));
	pe->deadline = NEVER;
}

uint64_t timer_next(struct vcpu *vcpu)
{
	uint64_t now = vm_host_now(vcpu->vm->host);
	uint64_t next = NEVER;

	for (unsigned i = 0; i < TIMER_COUNT; i++) {
		uint64_t at = atomic_load(&vcpu->timers[i].fires_at);

		if (at > now && at < next)
			next = at;
	}
	return next;
}

/* ---- the PE's own timer ---- */

static uint64_t wanted(struct vm_pe *pe)
{
	uint64_t deadline = atomic_load(&pe->next_wake);
	uint64_t slice_end = atomic_load(&pe->slice_end);

	if (atomic_load(&pe->waiting_turn) && slice_end < deadline)
		deadline = slice_end;
	return deadline;
}

void timer_program(struct vm_pe *pe, struct vcpu *vcpu)
{
	uint64_t deadline = wanted(pe);

	if (deadline == pe->deadline)
		return;
	pe->deadline = deadline;
	if (deadline == NEVER) {
		a64_set_reg(vcpu->cpu, A64_R_CNTHP_CTL_EL2, 0);
		return;
	}
	a64_set_reg(vcpu->cpu, A64_R_CNTHP_CVAL_EL2, deadline + vcpu->vm->offset);
	a64_set_reg(vcpu->cpu, A64_R_CNTHP_CTL_EL2, CTL_ENABLE);
}

uint64_t timer_idle(struct vm_pe *pe)
{
	uint64_t deadline = wanted(pe);

	if (deadline != NEVER && deadline <= vm_host_now(pe->host)) {
		gic5_ppi_wire(pe->gic5, GIC5_PPI_CNTHP, true);
		return 0;
	}
	return deadline;
}

void timer_fired(void *opaque, struct port_pe *port, uint32_t intid)
{
	struct vm_host *host = opaque;
	struct vm_pe *pe = pe_of_port(host, port);
	struct vcpu *vcpu = pe->current;

	if (vcpu && vcpu->on == pe) {
		a64_set_reg(vcpu->cpu, A64_R_CNTHP_CTL_EL2, 0);
		a64_timer_update(vcpu->cpu);
	}
	gic5_ppi_wire(pe->gic5, GIC5_PPI_CNTHP, false);
	pe->deadline = NEVER;
	sched_expire(pe);
}
