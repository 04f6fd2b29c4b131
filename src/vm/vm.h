/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel half of the machine: what a host kernel with KVM is to a VMM.
 *
 * A host (struct vm_host) is a simulated computer: the GICv5 hardware model, the hypervisor library
 * on it, and physical PEs that run vCPUs by a small scheduler. A VM (struct vm) has guest RAM,
 * regions of memory-mapped devices, vCPUs, and a virtual GICv5 that is configured through
 * <vgic5/uapi.h>.
 *
 *	vm_host_create(&host_config, &host, NULL);
 *	vm_create(host, &vm_config, &vm);
 *	vm_add_ram(vm, 0x40000000, size, memory);
 *	vm_add_mmio(vm, 0x9000000, 0x1000, &ops, uart);
 *	vm_add_vcpu(vm, id, mpidr);			each vCPU
 *	vgic5_create_device(vm_gic(vm), ...); attributes; INIT
 *	vm_vcpu_start(vm, 0, entry, device_tree);
 *	while (vm_run(vm, &event) == 0 && event.kind == VM_EVENT_RESET)
 *		reset devices, vm_reset(vm), create..INIT again, load the kernel, vm_vcpu_start();
 *
 * Two modes, chosen when the host is made:
 *   parallel       each PE is a thread, time is the clock of the configuration
 *   deterministic  all PEs are stepped by the thread that is in vm_run(), one after the other; time
 * is the number of instructions executed, and jumps to the next timer when every vCPU waits
 *
 * Threads. "At rest" means: between vm_create() and the first vm_run(), and between two of them.
 * Functions say whether they need the VM at rest or may be called at any time, by any thread,
 * including from device functions. Device functions run on the thread of the PE whose vCPU made the
 * access, with no lock of this library held.
 *
 * Errors are negative codes (errors.h). Locks and their order: internal.h.
 */
#ifndef VM_H
#define VM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cpu.h>
#include <vgic5/gic5hw.h>
#include <vgic5/uapi.h>
#include <vgic5/vgic5.h>

struct vm_host;
struct vm;
struct vcpu;

/* The counter of the machine, CNTPCT_EL0: 16 ns a tick */
#define VM_COUNTER_HZ  62500000u
#define VM_TICK_NS     16u
#define VM_MAX_PCPUS   64u
#define VM_MAX_REGIONS 256u

/* ---- the host ---- */

/** struct vm_host_ops - what a host tells its user; any may be NULL but @clock in parallel mode */
struct vm_host_ops {
	/* Nanoseconds of a clock that never goes back. Not called in deterministic mode. */
	uint64_t (*clock)(void *opaque);

	/*
	 * A step in the life of an interrupt, with the host's time in counter ticks. Called by
	 * several threads, with locks of the hardware model held: only write it down.
	 */
	void (*trace)(void *opaque, uint64_t time, const struct gic5_event *event);

	/* A report of strict mode, called like @trace. */
	void (*report)(void *opaque, uint64_t time, const struct gic5_report *report);

	/*
	 * Deterministic mode: called between two turns when the time that the last call returned
	 * has come, first at time 0. @now and the result in counter ticks of the host, UINT64_MAX
	 * for never. The place for console scripts, alarms and network polls.
	 */
	uint64_t (*poll)(void *opaque, uint64_t now);
};

/** struct vm_host_config - a computer */
struct vm_host_config {
	unsigned pcpus; /* 1..VM_MAX_PCPUS */
	bool deterministic;
	bool strict; /* reports to ops->report */
	unsigned
		instructions_per_tick; /* deterministic mode; 0: 32, that is 2000 million a second */
	unsigned slice_us;             /* time slice if vCPUs compete; 0: 4000 */
	const struct gic5_irs_config *irs; /* identity of the hardware; NULL: the model's default */
	const struct vm_host_ops *ops;     /* kept by reference */
	void *opaque;                      /* for the ops */
};

/**
 * vm_host_create() - build the hardware, bring up its GICv5 driver and start the PEs
 * @why: if not NULL, receives a constant text that says what failed
 *
 * returns: 0; -VGIC5_E_INVAL for a value of @config outside its range; -VGIC5_E_NODEV if the
 * hardware cannot host VMs; -VGIC5_E_NOMEM; others as vgic5_gic_create() and vgic5_pe_create()
 */
int vm_host_create(const struct vm_host_config *config, struct vm_host **host, const char **why);

/** vm_host_destroy() - stop the PEs and free all; its VMs were destroyed. NULL is allowed. */
void vm_host_destroy(struct vm_host *host);

struct vgic5_host *vm_host_vgic5(struct vm_host *host);
struct gic5 *vm_host_gic5(struct vm_host *host);

/** vm_host_now() - the host's time in counter ticks; any thread */
uint64_t vm_host_now(struct vm_host *host);

/* ---- virtual machines ---- */

/** struct vm_config - a virtual machine; all zero gives the defaults */
struct vm_config {
	uint32_t features;    /* A64_FEAT_x; 0: A64_FEAT_DEFAULT. A64_FEAT_GICV5 follows no_gic. */
	uint8_t ipa_bits;     /* 32, 36, 40, 42, 44 or 48; 0: 40 */
	bool no_gic;          /* hide GICv5 from the guest */
	uint32_t gic_options; /* VGIC5_OPT_x */
};

/** vm_create() - an empty VM. returns: 0, -VGIC5_E_INVAL, -VGIC5_E_NOMEM */
int vm_create(struct vm_host *host, const struct vm_config *config, struct vm **vm);

/**
 * vm_destroy() - at rest; irqfds are removed. NULL is allowed.
 *
 * returns: 0; -VGIC5_E_TIMEDOUT if the hardware did not let go of its tables: call again
 */
int vm_destroy(struct vm *vm);

/** vm_gic() - the object that the functions of uapi.h take */
struct vgic5_vm *vm_gic(struct vm *vm);
struct vm_host *vm_host_of(struct vm *vm);

/** vm_now() - the guest's counter (CNTVCT_EL0): stands still while the VM is at rest. Any thread.
 */
uint64_t vm_now(struct vm *vm);

/* ---- memory and devices ---- */

/**
 * vm_add_ram() - place guest RAM; at rest
 * @host: the memory, aligned to 4 KiB; stays the caller's and must outlive the VM
 * returns: as a64_space_map(); -VGIC5_E_EXIST also if a device region is there
 */
int vm_add_ram(struct vm *vm, uint64_t base, uint64_t size, void *host);

/** vm_ram() - host address of [@base, @base+@len), NULL if it is not all in one piece of RAM. Any
 * thread. */
void *vm_ram(struct vm *vm, uint64_t base, uint64_t len);

/** vm_ram_written() - bytes behind vm_ram() were changed: decoded code is dropped. Any thread. */
void vm_ram_written(struct vm *vm, uint64_t base, uint64_t len);

/** struct vm_mmio_ops - a device's registers; @size 1, 2, 4 or 8, the access lies inside the region
 */
struct vm_mmio_ops {
	uint64_t (*read)(void *opaque, uint64_t offset, unsigned size);
	void (*write)(void *opaque, uint64_t offset, unsigned size, uint64_t value);
};

/**
 * vm_add_mmio() - a region of device registers; at rest
 * @ops: kept by reference
 *
 * Accesses outside every region, or across the end of one, give the guest an external abort.
 * returns: 0; -VGIC5_E_INVAL for size 0 or a range that wraps; -VGIC5_E_EXIST if it overlaps RAM,
 * the IRS frames or another region; -VGIC5_E_NOSPC beyond VM_MAX_REGIONS
 */
int vm_add_mmio(struct vm *vm, uint64_t base, uint64_t size, const struct vm_mmio_ops *ops,
		void *opaque);

/* ---- interrupts ---- */

/** vm_irq_line() - KVM_IRQ_LINE; returns: as vgic5_irq_line(). Any thread. */
int vm_irq_line(struct vm *vm, const struct vgic5_irq_level *irq);

/** vm_set_gsi() - level of a GSI through the routes; returns: as vgic5_inject_gsi(). Any thread. */
int vm_set_gsi(struct vm *vm, uint32_t gsi, bool level);

/**
 * vm_irqfd() - KVM_IRQFD: an eventfd injects a GSI (see struct vgic5_irqfd)
 *
 * Without RESAMPLE each signal is an edge (the line goes up and down). With RESAMPLE a signal
 * raises the line; when the guest has deactivated the interrupt it is lowered and @resamplefd is
 * signalled. The file descriptors stay the caller's, who keeps them open until DEASSIGN. In
 * deterministic mode the eventfds are read between two turns of the PEs, so they must be signalled
 * by device functions or ops->poll only. Any thread; not from a device function.
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, for unknown flags, a @fd or @resamplefd that is not a file descriptor, or a gsi
 *          of VGIC5_MAX_SPIS or above
 *      -VGIC5_E_EXIST, if @fd injects this GSI already
 *      -VGIC5_E_NOENT, if DEASSIGN names a pair that is not assigned
 *      -VGIC5_E_NOMEM
 */
int vm_irqfd(struct vm *vm, const struct vgic5_irqfd *irqfd);

/* ---- vCPUs --------------------------------------------------------------------------------------
 */

/**
 * vm_add_vcpu() - at rest, before INIT; powered off
 * @id:	   VPE_ID and interrupt affinity; below vgic5_host_max_vcpus(); need not be dense
 * @mpidr: affinity fields of MPIDR_EL1
 * returns: 0; as vgic5_vcpu_create(); -VGIC5_E_NOSPC, -VGIC5_E_NOMEM
 */
int vm_add_vcpu(struct vm *vm, uint32_t id, uint64_t mpidr);
unsigned vm_vcpu_count(const struct vm *vm);

/** vm_vcpu_cpu() - the engine's context of vCPU number @index (order of creation), or NULL; at rest
 */
struct a64_cpu *vm_vcpu_cpu(struct vm *vm, unsigned index);

/** vm_vcpu_start() - power on as CPU_ON does; at rest. returns: 0, -VGIC5_E_INVAL: no such vCPU */
int vm_vcpu_start(struct vm *vm, unsigned index, uint64_t pc, uint64_t x0);

/**
 * struct vm_vcpu_state - what a vCPU is besides its GIC state (uapi.h) and the queue's order
 *
 * All values are plain numbers; a snapshot may write them as they are. At rest only.
 */
struct vm_vcpu_state {
	struct a64_state cpu;
	bool powered;         /* PSCI: on */
	bool waiting;         /* in WFI */
	uint32_t pe;          /* PE that it last ran on, its queue */
	uint32_t queue_place; /* 1 the PE's running vCPU, 2.. its queue; 0 neither */
	uint64_t slice_left;  /* counter ticks */
};

/**
 * vm_get_vcpu(), vm_set_vcpu() - at rest
 *
 * Registers of EL2 and the identity of the vCPU are the VM's own: set leaves them as they are.
 *
 * returns: 0; -VGIC5_E_INVAL if there is no vCPU @index; set also: pstate as a64_set_state(), a PE
 * that the host does not have, and a place that another vCPU has: nothing has changed then
 */
int vm_get_vcpu(struct vm *vm, unsigned index, struct vm_vcpu_state *state);
int vm_set_vcpu(struct vm *vm, unsigned index, const struct vm_vcpu_state *state);

/**
 * struct vm_clock_state - time of a VM, for snapshots
 *
 * @instructions and @turn are the phase of deterministic mode, 0 in parallel mode.
 */
struct vm_clock_state {
	uint64_t counter;      /* vm_now() */
	uint64_t instructions; /* executed by the host, modulo instructions_per_tick */
	uint32_t turn;         /* the PE whose turn is next */
	uint32_t turn_left;    /* instructions of its turn that remain */
};
void vm_get_clock(struct vm *vm, struct vm_clock_state *state);
void vm_set_clock(struct vm *vm, const struct vm_clock_state *state);

/* ---- running ---- */

enum vm_event_kind {
	VM_EVENT_STOP,     /* vm_stop(); reason as given */
	VM_EVENT_POWEROFF, /* PSCI SYSTEM_OFF */
	VM_EVENT_RESET,    /* PSCI SYSTEM_RESET: vm_reset() and start again */
	VM_EVENT_DEAD,     /* the hardware refused: vgic5_vm_is_dead() */
	VM_EVENT_STALLED,  /* deterministic mode: every vCPU waits and nothing will ever come */
};

/** struct vm_event - why vm_run() returned */
struct vm_event {
	enum vm_event_kind kind;
	int reason;    /* STOP: of vm_stop() */
	unsigned vcpu; /* POWEROFF, RESET: who asked */
};

/**
 * vm_run() - let the VM run until something happens; then it is at rest again
 *
 * One thread at a time per VM; in deterministic mode one per host. vCPUs that wait or are off do
 * not end it.
 * returns:
 *      0, on success; *event is set
 *      as vgic5_vcpu_run_begin(), if the VM cannot run; nothing has happened
 */
int vm_run(struct vm *vm, struct vm_event *event);

/**
 * vm_stop() - make vm_run() return with VM_EVENT_STOP
 * @reason: for the caller's use; of several stops the first counts
 *
 * Any thread, device functions, signal handlers in deterministic mode too. If vm_run() is not in
 * progress the next one returns at once.
 */
void vm_stop(struct vm *vm, int reason);

/**
 * vm_reset() - all vCPUs off and reset, the GIC torn down; at rest
 *
 * Afterwards the VM is as before vgic5_create_device(): repeat create..INIT and vm_vcpu_start().
 * Memory, regions, irqfds and routes' eventfds stay.
 * returns: as vgic5_vm_teardown()
 */
int vm_reset(struct vm *vm);

/* ---- figures ---- */

/* Why the guest was left, as counted */
#define VM_EXITS(X) \
	X(budget) X(kick) X(irq) X(wfi) X(wfe) X(hvc) X(smc) X(sysreg) X(irs) X(abort) X(other)

/** struct vm_stats - counters since vm_create(), over all vCPUs; exact at rest */
struct vm_stats {
	uint64_t instructions;
	uint64_t entries;
#define VM_EXIT_COUNTER(name) uint64_t exit_##name;
	VM_EXITS(VM_EXIT_COUNTER)
#undef VM_EXIT_COUNTER
	uint64_t sysreg_reads, sysreg_writes; /* GICv5 registers, trapped or not */
	uint64_t gic_insns;                   /* GIC, GICR, GSB */
	uint64_t mmio_reads, mmio_writes;
	uint64_t blocks; /* slept in WFI */
	uint64_t wakes;
	uint64_t preemptions; /* slice ended with another vCPU waiting */
	uint64_t migrations;
	uint64_t psci_calls;
	uint64_t irqfd_signals, resamples;
	struct vgic5_vm_stats gic;
};
void vm_get_stats(struct vm *vm, struct vm_stats *stats);

#endif
