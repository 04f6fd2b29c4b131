/* SPDX-License-Identifier: BSD-2-Clause */
/* Firmware calls by HVC: PSCI 1.1 and what the SMC calling convention asks for. */
#include "internal.h"

/* Function numbers. Those that take 64-bit values have a twin with bit 30 set. */
#define FN_64             UINT32_C(0x40000000)
#define FN_SMCCC_VERSION  UINT32_C(0x80000000)
#define FN_SMCCC_FEATURES UINT32_C(0x80000001)
#define FN_PSCI_VERSION   UINT32_C(0x84000000)
#define FN_CPU_SUSPEND    UINT32_C(0x84000001)
#define FN_CPU_OFF        UINT32_C(0x84000002)
#define FN_CPU_ON         UINT32_C(0x84000003)
#define FN_AFFINITY_INFO  UINT32_C(0x84000004)
#define FN_MIGRATE_TYPE   UINT32_C(0x84000006)
#define FN_SYSTEM_OFF     UINT32_C(0x84000008)
#define FN_SYSTEM_RESET   UINT32_C(0x84000009)
#define FN_PSCI_FEATURES  UINT32_C(0x8400000a)
#define FN_SYSTEM_RESET2  UINT32_C(0x84000012)

#define PSCI_1_1     0x00010001
#define SMCCC_1_1    0x00010001
#define NO_MIGRATION 2 /* MIGRATE_INFO_TYPE: there is no trusted OS to migrate */

enum psci_result {
	SUCCESS = 0,
	NOT_SUPPORTED = -1,
	INVALID_PARAMETERS = -2,
	ALREADY_ON = -4,
	ON_PENDING = -5,
	INVALID_ADDRESS = -9,
};

enum affinity_info { AFFINITY_ON, AFFINITY_OFF, AFFINITY_ON_PENDING };

/* Affinity fields: Aff3 in 39:32, Aff2..Aff0 in 23:0. */
#define MPIDR_FIELDS UINT64_C(0xff00ffffff)

static uint64_t affinity_mask(unsigned level)
{
	static const uint64_t below[] = {0, 0xff, 0xffff, 0xffffff};

	return MPIDR_FIELDS & ~below[level];
}

static struct vcpu *find_vcpu(struct vm *vm, uint64_t mpidr)
{
	for (unsigned i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpu[i]->mpidr == mpidr)
			return vm->vcpu[i];
	return NULL;
}

/* From OFF to STARTING, by one caller only. */
static int64_t claim(struct vcpu *target)
{
	struct vm_host *host = target->vm->host;
	int64_t result = SUCCESS;

	pthread_mutex_lock(&host->sched);
	if (target->power == VCPU_ON)
		result = ALREADY_ON;
	else if (target->power == VCPU_STARTING)
		result = ON_PENDING;
	else
		target->power = VCPU_STARTING;
	pthread_mutex_unlock(&host->sched);
	return result;
}

static void disclaim(struct vcpu *target)
{
	pthread_mutex_lock(&target->vm->host->sched);
	target->power = VCPU_OFF;
	pthread_mutex_unlock(&target->vm->host->sched);
}

static int64_t cpu_on(struct vcpu *caller, uint64_t mpidr, uint64_t entry, uint64_t context)
{
	struct vcpu *target = find_vcpu(caller->vm, mpidr);
	int64_t result;

	if (!target)
		return INVALID_PARAMETERS;
	result = claim(target);
	if (result != SUCCESS)
		return result;
	if (entry & 3 || !a64_space_ptr(caller->vm->space, entry, 4)) {
		disclaim(target);
		return INVALID_ADDRESS;
	}
	vcpu_power_on(target, entry, context);
	sched_on(target);
	return SUCCESS;
}

static int64_t affinity_info(struct vcpu *caller, uint64_t mpidr, uint64_t level)
{
	struct vm *vm = caller->vm;
	int64_t result = INVALID_PARAMETERS;

	if (level > 3)
		return INVALID_PARAMETERS;
	pthread_mutex_lock(&vm->host->sched);
	for (unsigned i = 0; i < vm->vcpu_count && result != AFFINITY_ON; i++) {
		struct vcpu *vcpu = vm->vcpu[i];

		if ((vcpu->mpidr ^ mpidr) & affinity_mask((unsigned)level))
			continue;
		if (vcpu->power == VCPU_ON)
			result = AFFINITY_ON;
		else if (vcpu->power == VCPU_STARTING)
			result = AFFINITY_ON_PENDING;
		else if (result == INVALID_PARAMETERS)
			result = AFFINITY_OFF;
	}
	pthread_mutex_unlock(&vm->host->sched);
	return result;
}

static int64_t features(uint32_t function)
{
	switch (function) {
	case FN_SMCCC_VERSION:
	case FN_PSCI_VERSION:
	case FN_CPU_SUSPEND:
	case FN_CPU_SUSPEND | FN_64:
	case FN_CPU_OFF:
	case FN_CPU_ON:
	case FN_CPU_ON | FN_64:
	case FN_AFFINITY_INFO:
	case FN_AFFINITY_INFO | FN_64:
	case FN_MIGRATE_TYPE:
	case FN_SYSTEM_OFF:
	case FN_SYSTEM_RESET:
	case FN_SYSTEM_RESET2:
	case FN_SYSTEM_RESET2 | FN_64:
	case FN_PSCI_FEATURES: return SUCCESS;
	default: return NOT_SUPPORTED;
	}
}

static int64_t smccc_features(uint32_t function)
{
	return function == FN_SMCCC_VERSION || function == FN_SMCCC_FEATURES ? SUCCESS
									     : NOT_SUPPORTED;
}

/* A suspended CPU is one that waits: deeper states may always be downgraded to this one. */
static int64_t cpu_suspend(struct vcpu *vcpu)
{
	vcpu->in_wfi = true;
	return SUCCESS;
}

static enum psci_outcome stop(struct vcpu *vcpu, enum vm_event_kind kind)
{
	vm_post(vcpu->vm, kind, 0, vcpu->index);
	return PSCI_STOPS;
}

enum psci_outcome psci_call(struct vcpu *vcpu)
{
	uint32_t function = (uint32_t)a64_x(vcpu->cpu, 0);
	uint64_t mask = function & FN_64 ? UINT64_MAX : UINT32_MAX;
	uint64_t arg[4];
	int64_t result;

	vcpu->counts.psci_calls++;
	for (unsigned i = 0; i < 4; i++)
		arg[i] = a64_x(vcpu->cpu, i) & mask;
	switch (function) {
	case FN_SMCCC_VERSION: result = SMCCC_1_1; break;
	case FN_SMCCC_FEATURES: result = smccc_features((uint32_t)arg[1]); break;
	case FN_PSCI_VERSION: result = PSCI_1_1; break;
	case FN_PSCI_FEATURES: result = features((uint32_t)arg[1]); break;
	case FN_MIGRATE_TYPE: result = NO_MIGRATION; break;
	case FN_CPU_SUSPEND:
	case FN_CPU_SUSPEND | FN_64: result = cpu_suspend(vcpu); break;
	case FN_CPU_ON:
	case FN_CPU_ON | FN_64: result = cpu_on(vcpu, arg[1], arg[2], arg[3]); break;
	case FN_AFFINITY_INFO:
	case FN_AFFINITY_INFO | FN_64: result = affinity_info(vcpu, arg[1], arg[2]); break;
	case FN_CPU_OFF: return PSCI_OFF;
	case FN_SYSTEM_OFF: return stop(vcpu, VM_EVENT_POWEROFF);
	case FN_SYSTEM_RESET:
	case FN_SYSTEM_RESET2:
	case FN_SYSTEM_RESET2 | FN_64: return stop(vcpu, VM_EVENT_RESET);
	default: result = NOT_SUPPORTED;
	}
	a64_set_x(vcpu->cpu, 0, (uint64_t)result);
	return PSCI_RETURNS;
}
