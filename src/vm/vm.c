/* SPDX-License-Identifier: BSD-2-Clause */
/* Virtual machines: life cycle, RAM, vCPUs, and their state at rest. */
#include "internal.h"

#include <stdlib.h>

/* HCR_EL2 of a guest: interrupts belong to EL2, SMC traps, EL1 is AArch64 behind stage 2. */
#define HCR_VM  (UINT64_C(1) << 0)
#define HCR_FMO (UINT64_C(1) << 3)
#define HCR_IMO (UINT64_C(1) << 4)
#define HCR_AMO (UINT64_C(1) << 5)
#define HCR_TSC (UINT64_C(1) << 19)
#define HCR_RW  (UINT64_C(1) << 31)

/* CNTHCTL_EL2: EL1 and EL0 may use the physical counter and timer. */
#define CNTHCTL_EL1PCTEN (UINT64_C(1) << 0)
#define CNTHCTL_EL1PCEN  (UINT64_C(1) << 1)

static const struct a64_ops engine_ops = {
	.sysreg = gicif_sysreg,
	.mmio = mmio_access,
	.counter = timer_counter,
	.instructions_until = timer_instructions_until,
	.timer = timer_output,
};

static bool guest_read(void *opaque, gpa_t addr, void *buf, size_t size)
{
	struct vm *vm = opaque;

	return a64_space_dma_read(vm->space, addr.gpa, buf, size) == 0;
}

static bool guest_write(void *opaque, gpa_t addr, const void *buf, size_t size)
{
	struct vm *vm = opaque;

	return a64_space_dma_write(vm->space, addr.gpa, buf, size) == 0;
}

static const struct vgic5_vm_ops gic_ops = {
	.kick = sched_kick,
	.map_irs = mmio_map_irs,
	.guest_read = guest_read,
	.guest_write = guest_write,
};

/* ---- life cycle ---- */

static int make_space(struct vm *vm)
{
	struct a64_space_config config = {
		.stepped = vm->host->config.deterministic,
		.features = vm->config.features,
		.ipa_bits = vm->config.ipa_bits,
		.counter_hz = VM_COUNTER_HZ,
		.ops = &engine_ops,
		.opaque = vm,
	};

	return a64_space_create(&config, &vm->space);
}

static int make_gic(struct vm *vm)
{
	struct vgic5_vm_config config = {
		.ops = &gic_ops,
		.opaque = vm,
		.ipa_bits = vm->config.ipa_bits,
		.options = vm->config.gic_options,
		.device_ppis = {UINT64_C(1) << GIC5_PPI_CNTV | UINT64_C(1) << GIC5_PPI_CNTP, 0},
	};

	return vgic5_vm_create(vm->host->vgic5, &config, &vm->vgic5);
}

int vm_create(struct vm_host *host, const struct vm_config *config, struct vm **out)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	int rc;

	*out = NULL;
	if (!vm)
		return -VGIC5_E_NOMEM;
	vm->host = host;
	vm->config = *config;
	if (!vm->config.features)
		vm->config.features = A64_FEAT_DEFAULT;
	vm->config.features &= ~A64_FEAT_GICV5;
	if (!vm->config.no_gic)
		vm->config.features |= A64_FEAT_GICV5;
	if (!vm->config.ipa_bits)
		vm->config.ipa_bits = 40;
	vm->irs_base = NEVER;
	pthread_cond_init(&vm->changed, NULL);
	rc = irqfds_init(vm);
	if (!rc)
		rc = make_space(vm);
	if (!rc)
		rc = make_gic(vm);
	if (rc) {
		vm_destroy(vm);
		return rc;
	}
	*out = vm;
	return 0;
}

int vm_destroy(struct vm *vm)
{
	int rc;

	if (!vm)
		return 0;
	irqfds_exit(vm);
	rc = vgic5_vm_destroy(vm->vgic5);
	if (rc)
		return rc;
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		a64_cpu_destroy(vm->vcpu[i]->cpu);
		free(vm->vcpu[i]);
	}
	free(vm->vcpu);
	a64_space_destroy(vm->space);
	pthread_cond_destroy(&vm->changed);
	free(vm);
	return 0;
}

struct vgic5_vm *vm_gic(struct vm *vm)
{
	return vm->vgic5;
}

struct vm_host *vm_host_of(struct vm *vm)
{
	return vm->host;
}

uint64_t vm_now(struct vm *vm)
{
	if (!vm->running)
		return atomic_load(&vm->frozen);
	return vm_host_now(vm->host) + atomic_load(&vm->offset);
}

/* ---- memory ---- */

void *vm_ram(struct vm *vm, uint64_t base, uint64_t len)
{
	return a64_space_ptr(vm->space, base, len);
}

void vm_ram_written(struct vm *vm, uint64_t base, uint64_t len)
{
	a64_space_written(vm->space, base, len);
}

/* ---- interrupts ---- */

int vm_irq_line(struct vm *vm, const struct vgic5_irq_level *irq)
{
	return vgic5_irq_line(vm->vgic5, irq);
}

int vm_set_gsi(struct vm *vm, uint32_t gsi, bool level)
{
	return vgic5_inject_gsi(vm->vgic5, vm->host->service, gsi, level);
}

/* ---- vCPUs ---- */

static int grow(struct vm *vm, struct vcpu *vcpu)
{
	struct vcpu **grown = realloc(vm->vcpu, (vm->vcpu_count + 1) * sizeof(*grown));

	if (!grown)
		return -VGIC5_E_NOMEM;
	vm->vcpu = grown;
	vm->vcpu[vm->vcpu_count++] = vcpu;
	return 0;
}

int vm_add_vcpu(struct vm *vm, uint32_t id, uint64_t mpidr)
{
	struct vcpu *vcpu = calloc(1, sizeof(*vcpu));
	struct vgic5_vcpu_config config = {.id = id, .mpidr = mpidr, .opaque = vcpu};
	int rc;

	if (!vcpu)
		return -VGIC5_E_NOMEM;
	vcpu->vm = vm;
	vcpu->index = vm->vcpu_count;
	vcpu->id = id;
	vcpu->mpidr = mpidr;
	vcpu->pe = &vm->host->pe[vcpu->index % vm->host->pe_count];
	rc = a64_cpu_create(vm->space, mpidr, vcpu, &vcpu->cpu);
	if (!rc)
		rc = vgic5_vcpu_create(vm->vgic5, &config, &vcpu->vgic5);
	if (!rc)
		rc = grow(vm, vcpu);
	if (rc) {
		a64_cpu_destroy(vcpu->cpu);
		free(vcpu);
	}
	return rc;
}

unsigned vm_vcpu_count(const struct vm *vm)
{
	return vm->vcpu_count;
}

struct a64_cpu *vm_vcpu_cpu(struct vm *vm, unsigned index)
{
	return index < vm->vcpu_count ? vm->vcpu[index]->cpu : NULL;
}

/* What EL2 holds while a guest runs; no guest and no snapshot changes it. */
static const struct {
	enum a64_reg reg;
	uint64_t value;
} el2_regs[] = {
	{A64_R_HCR_EL2,        HCR_RW | HCR_VM | HCR_IMO | HCR_FMO | HCR_AMO | HCR_TSC},
	{A64_R_MDCR_EL2,       0						      },
	{A64_R_CPTR_EL2,       0						      },
	{A64_R_HSTR_EL2,       0						      },
	{A64_R_CNTHCTL_EL2,    CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN                     },
	{A64_R_CNTVOFF_EL2,    0						      },
	{A64_R_CNTHP_CTL_EL2,  0						      },
	{A64_R_CNTHP_CVAL_EL2, 0						      },
	{A64_R_CNTHV_CTL_EL2,  0						      },
};

static void set_el2_regs(struct vcpu *vcpu)
{
	for (unsigned i = 0; i < sizeof(el2_regs) / sizeof(el2_regs[0]); i++)
		a64_set_reg(vcpu->cpu, el2_regs[i].reg, el2_regs[i].value);
}

static void reset_registers(struct vcpu *vcpu, uint64_t pc, uint64_t x0)
{
	a64_reset(vcpu->cpu, pc, x0);
	set_el2_regs(vcpu);
	vcpu->in_wfi = false;
}

void vcpu_power_on(struct vcpu *vcpu, uint64_t pc, uint64_t x0)
{
	reset_registers(vcpu, pc, x0);
	vgic5_vcpu_reset(vcpu->vgic5);
}

int vm_vcpu_start(struct vm *vm, unsigned index, uint64_t pc, uint64_t x0)
{
	if (index >= vm->vcpu_count)
		return -VGIC5_E_INVAL;
	vcpu_power_on(vm->vcpu[index], pc, x0);
	sched_on(vm->vcpu[index]);
	return 0;
}

int vm_reset(struct vm *vm)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpu[i];

		reset_registers(vcpu, 0, 0);
		vcpu->power = VCPU_OFF;
		vcpu->slice_left = 0;
		vcpu->rest_position = 0;
		vcpu->pe = &vm->host->pe[i % vm->host->pe_count];
	}
	vm->irs_base = NEVER;
	return vgic5_vm_teardown(vm->vgic5);
}

/* ---- state at rest ---- */

int vm_get_vcpu(struct vm *vm, unsigned index, struct vm_vcpu_state *state)
{
	struct vcpu *vcpu;

	if (index >= vm->vcpu_count)
		return -VGIC5_E_INVAL;
	vcpu = vm->vcpu[index];
	a64_get_state(vcpu->cpu, &state->cpu);
	state->powered = vcpu->power == VCPU_ON;
	state->waiting = vcpu->in_wfi;
	state->pe = vcpu->pe->index;
	state->queue_place = vcpu->rest_position;
	state->slice_left = vcpu->slice_left;
	return 0;
}

static bool place_taken(const struct vm *vm, unsigned index, const struct vm_vcpu_state *state)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		const struct vcpu *other = vm->vcpu[i];

		if (i != index && other->power == VCPU_ON && state->queue_place &&
		    other->pe->index == state->pe && other->rest_position == state->queue_place)
			return true;
	}
	return false;
}

int vm_set_vcpu(struct vm *vm, unsigned index, const struct vm_vcpu_state *state)
{
	uint64_t midr, mpidr;
	struct vcpu *vcpu;
	int rc;

	if (index >= vm->vcpu_count || state->pe >= vm->host->pe_count ||
	    place_taken(vm, index, state))
		return -VGIC5_E_INVAL;
	vcpu = vm->vcpu[index];
	midr = a64_reg(vcpu->cpu, A64_R_VPIDR_EL2);
	mpidr = a64_reg(vcpu->cpu, A64_R_VMPIDR_EL2);
	rc = a64_set_state(vcpu->cpu, &state->cpu);
	if (rc)
		return rc;
	a64_set_reg(vcpu->cpu, A64_R_VPIDR_EL2, midr);
	a64_set_reg(vcpu->cpu, A64_R_VMPIDR_EL2, mpidr);
	set_el2_regs(vcpu);
	vcpu->power = state->powered ? VCPU_ON : VCPU_OFF;
	vcpu->in_wfi = state->waiting;
	vcpu->pe = &vm->host->pe[state->pe];
	vcpu->rest_position = state->queue_place;
	vcpu->slice_left = state->slice_left;
	return 0;
}

void vm_get_clock(struct vm *vm, struct vm_clock_state *state)
{
	*state = (struct vm_clock_state){.counter = atomic_load(&vm->frozen)};
	if (!vm->host->config.deterministic)
		return;
	state->instructions = vm->host->instructions;
	state->turn = vm->host->turn;
	state->turn_left = vm->host->turn_left;
}

void vm_set_clock(struct vm *vm, const struct vm_clock_state *state)
{
	struct vm_host *host = vm->host;

	atomic_store(&vm->frozen, state->counter);
	if (!host->config.deterministic)
		return;
	host->instructions = state->instructions;
	host->turn = state->turn % host->pe_count;
	host->turn_left = state->turn_left <= TURN_INSTRUCTIONS && state->turn_left
				  ? state->turn_left
				  : TURN_INSTRUCTIONS;
}

/* ---- figures ---- */

void vm_get_stats(struct vm *vm, struct vm_stats *stats)
{
	*stats = (struct vm_stats){
		.irqfd_signals = atomic_load(&vm->irqfds.signals),
		.resamples = atomic_load(&vm->irqfds.resamples),
	};
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		const struct vcpu_counts *c = &vm->vcpu[i]->counts;

		stats->instructions += a64_instructions(vm->vcpu[i]->cpu);
		stats->entries += c->entries;
#define ADD(name) stats->exit_##name += c->exit_##name;
		VM_EXITS(ADD)
#undef ADD
		stats->sysreg_reads += c->sysreg_reads;
		stats->sysreg_writes += c->sysreg_writes;
		stats->gic_insns += c->gic_insns;
		stats->mmio_reads += c->mmio_reads;
		stats->mmio_writes += c->mmio_writes;
		stats->blocks += c->blocks;
		stats->wakes += c->wakes;
		stats->preemptions += c->preemptions;
		stats->migrations += c->migrations;
		stats->psci_calls += c->psci_calls;
	}
	vgic5_vm_stats(vm->vgic5, &stats->gic);
}
