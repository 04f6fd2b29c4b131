/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Section VCPU: a vCPU without its GIC. System registers go by their encoding, so that a later engine
 * with more of them reads what an earlier one has written. Those of EL2 are the hypervisor's: it sets
 * its own.
 */
#include "snapshot_internal.h"

#define OP1_EL2 4

static bool is_saved(enum a64_reg reg)
{
	return A64_SYS_OP1(a64_reg_encoding(reg)) != OP1_EL2;
}

static void put_words(struct vmm_writer *w, const uint64_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		vmm_put_u64(w, words[i]);
	}
}

static void get_words(struct vmm_reader *r, uint64_t *words, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		words[i] = vmm_get_u64(r);
	}
}

static void put_registers(struct vmm_writer *w, const struct a64_state *cpu)
{
	uint32_t count = 0;

	for (unsigned i = 0; i < A64_REG_COUNT; i++) {
		count += is_saved((enum a64_reg)i);
	}
	vmm_put_u32(w, count);
	for (unsigned i = 0; i < A64_REG_COUNT; i++) {
		if (is_saved((enum a64_reg)i)) {
			vmm_put_u32(w, a64_reg_encoding((enum a64_reg)i));
			vmm_put_u64(w, cpu->reg[i]);
		}
	}
}

static void get_registers(struct vmm_reader *r, struct a64_state *cpu)
{
	uint32_t count = vmm_get_max(r, A64_REG_COUNT);

	for (uint32_t n = 0; n < count; n++) {
		uint32_t encoding = vmm_get_u32(r);
		uint64_t value = vmm_get_u64(r);
		unsigned i = 0;

		while (i < A64_REG_COUNT && a64_reg_encoding((enum a64_reg)i) != encoding) {
			i++;
		}
		if (i == A64_REG_COUNT || !is_saved((enum a64_reg)i)) {
			r->failed = true;
			return;
		}
		cpu->reg[i] = value;
	}
}

void snapshot_put_vcpu(const struct snapshot_vcpu *vcpu, struct vmm_writer *w)
{
	const struct vm_vcpu_state *state = &vcpu->state;
	const struct a64_state *cpu = &state->cpu;

	vmm_put_u32(w, vcpu->id);
	vmm_put_u64(w, vcpu->mpidr);
	put_words(w, cpu->x, 31);
	put_words(w, cpu->sp, 2);
	vmm_put_u64(w, cpu->pc);
	vmm_put_u64(w, cpu->pstate);
	put_words(w, &cpu->v[0][0], 64);
	vmm_put_u64(w, cpu->fpcr);
	vmm_put_u64(w, cpu->fpsr);
	vmm_put_u64(w, cpu->event);
	vmm_put_u64(w, cpu->instructions);
	vmm_put_u64(w, cpu->monitor_ipa);
	vmm_put_u64(w, cpu->monitor_size);
	put_words(w, cpu->monitor_value, 2);
	put_registers(w, cpu);
	vmm_put_u32(w, state->powered);
	vmm_put_u32(w, state->waiting);
	vmm_put_u32(w, state->pe);
	vmm_put_u32(w, state->queue_place);
	vmm_put_u64(w, state->slice_left);
}

void snapshot_get_vcpu(struct snapshot_vcpu *vcpu, struct vmm_reader *r)
{
	struct vm_vcpu_state *state = &vcpu->state;
	struct a64_state *cpu = &state->cpu;

	vcpu->id = vmm_get_u32(r);
	vcpu->mpidr = vmm_get_u64(r);
	get_words(r, cpu->x, 31);
	get_words(r, cpu->sp, 2);
	cpu->pc = vmm_get_u64(r);
	cpu->pstate = vmm_get_u64(r);
	get_words(r, &cpu->v[0][0], 64);
	cpu->fpcr = vmm_get_u64(r);
	cpu->fpsr = vmm_get_u64(r);
	cpu->event = vmm_get_u64(r) & 1;
	cpu->instructions = vmm_get_u64(r);
	cpu->monitor_ipa = vmm_get_u64(r);
	cpu->monitor_size = vmm_get_u64(r);
	get_words(r, cpu->monitor_value, 2);
	get_registers(r, cpu);
	state->powered = vmm_get_max(r, 1) != 0;
	state->waiting = vmm_get_max(r, 1) != 0;
	state->pe = vmm_get_max(r, VM_MAX_PCPUS - 1);
	state->queue_place = vmm_get_max(r, LAYOUT_CPUS_MAX + 1);
	state->slice_left = vmm_get_u64(r);
}
