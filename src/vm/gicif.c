/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Between the engine and the hardware model: the interrupt lines of a PE, and the guest's GICv5
 * registers and instructions, which go straight to the PE's CPU interface.
 */
#include "internal.h"

/* ---- lines ---- */

static const struct {
	enum gic5_line gic;
	enum a64_line cpu;
} wiring[] = {
	{GIC5_LINE_IRQ,  A64_LINE_IRQ },
        {GIC5_LINE_FIQ,  A64_LINE_FIQ },
	{GIC5_LINE_VIRQ, A64_LINE_VIRQ},
        {GIC5_LINE_VFIQ, A64_LINE_VFIQ},
	{GIC5_LINE_VNMI, A64_LINE_VNMI},
};
#define WIRES (sizeof(wiring) / sizeof(wiring[0]))

static void lock_lines(struct vm_pe *pe)
{
	while (atomic_flag_test_and_set_explicit(&pe->lines, memory_order_acquire))
		;
}

static void unlock_lines(struct vm_pe *pe)
{
	atomic_flag_clear_explicit(&pe->lines, memory_order_release);
}

void gicif_line(void *opaque, unsigned index, enum gic5_line line, bool level)
{
	struct vm_host *host = opaque;
	struct vm_pe *pe;

	if (index >= host->pe_count)
		return; /* the service PE takes no interrupts */
	pe = &host->pe[index];
	lock_lines(pe);
	pe->level[line] = level;
	if (pe->wired)
		for (unsigned i = 0; i < WIRES; i++)
			if (wiring[i].gic == line)
				a64_set_line(pe->wired, wiring[i].cpu, level);
	unlock_lines(pe);
	if (line == GIC5_LINE_IRQ && level && !host->config.deterministic)
		pe_ring(pe);
}

/* From now on the context sees the PE's lines. */
void gicif_wire(struct vm_pe *pe, struct a64_cpu *cpu)
{
	lock_lines(pe);
	pe->wired = cpu;
	for (unsigned i = 0; i < WIRES; i++)
		a64_set_line(cpu, wiring[i].cpu, pe->level[wiring[i].gic]);
	unlock_lines(pe);
}

void gicif_unwire(struct vm_pe *pe)
{
	lock_lines(pe);
	for (unsigned i = 0; i < WIRES; i++)
		a64_set_line(pe->wired, wiring[i].cpu, false);
	pe->wired = NULL;
	unlock_lines(pe);
}

bool gicif_irq(struct vm_pe *pe)
{
	return gic5_line_level(pe->gic5, GIC5_LINE_IRQ);
}

/* ---- registers and instructions ---- */

static enum a64_answer answer(enum gic5_result result)
{
	switch (result) {
	case GIC5_DONE: return A64_DONE;
	case GIC5_TRAP: return A64_TRAP;
	default: return A64_UNDEFINED;
	}
}

static enum gic5_result instruction(struct vcpu *vcpu, const struct gic5_ctx *ctx,
				    const struct a64_sysreg_access *access, uint64_t *value)
{
	struct gic5_pe *pe = vcpu->on->gic5;

	vcpu->counts.gic_insns++;
	if (access->read)
		return gic5_sysl(pe, ctx, access->encoding, value);
	return gic5_sys(pe, ctx, access->encoding, access->rt == 31, *value);
}

static enum gic5_result register_access(struct vcpu *vcpu, const struct gic5_ctx *ctx,
					const struct a64_sysreg_access *access, uint64_t *value)
{
	struct gic5_pe *pe = vcpu->on->gic5;

	if (access->read) {
		vcpu->counts.sysreg_reads++;
		return gic5_sysreg_read(pe, ctx, access->encoding, value);
	}
	vcpu->counts.sysreg_writes++;
	return gic5_sysreg_write(pe, ctx, access->encoding, *value);
}

#define SCTLR_NMI (UINT64_C(1) << 61)

enum a64_answer gicif_sysreg(void *opaque, struct a64_cpu *cpu,
			     const struct a64_sysreg_access *access, uint64_t *value)
{
	struct vcpu *vcpu = a64_cpu_user(cpu);
	struct vm *vm = vcpu->vm;
	struct gic5_ctx ctx = {.el = access->el, .hcr_imo = true};

	if (vm->config.no_gic)
		return A64_UNDEFINED;
	if (vm->config.features & A64_FEAT_NMI)
		ctx.nmi = a64_reg(cpu, A64_R_SCTLR_EL1) & SCTLR_NMI;
	if (A64_SYS_OP0(access->encoding) == 1)
		return answer(instruction(vcpu, &ctx, access, value));
	return answer(register_access(vcpu, &ctx, access, value));
}

/* What the hypervisor narrows: the library decides (its R60). */
void gicif_trapped(struct vm_pe *pe, struct vcpu *vcpu, const struct a64_exit *exit)
{
	enum vgic5_trap_result result;
	uint64_t value = exit->value;

	if (A64_SYS_OP0(exit->encoding) == 1)
		result = vgic5_trap_insn(vcpu->vgic5, pe->port, exit->encoding, exit->read, &value);
	else
		result = vgic5_trap_sysreg(vcpu->vgic5, exit->encoding, !exit->read, &value);
	if (result == VGIC5_TRAP_DONE)
		a64_complete(vcpu->cpu, exit, value);
	else
		a64_inject_undefined(vcpu->cpu);
}
