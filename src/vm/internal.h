/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The objects of src/vm, shared by its files.
 *
 *   host.c   the computer: hardware model, host driver, PEs and their threads, time
 *   vm.c     virtual machines: life cycle, RAM, vCPUs, state at rest
 *   run.c    a PE's work: enter a vCPU, handle its exits, vm_run()
 *   sched.c  which vCPU runs where: queues, slices, waiting and waking
 *   timer.c  guest timers, and the PE's own
 *   gicif.c  between engine and hardware model: lines, system registers, instructions
 *   mmio.c   device regions
 *   psci.c   firmware calls
 *   irqfd.c  eventfds that inject
 *
 * Lock order, outermost first:
 *   vm->irqfds.lock	(list of irqfds)
 *     [locks of the hypervisor library; it calls kick() with none held]
 *   host->sched	(queues, states; vgic5_vcpu_pending() is called with it)
 *     [locks of the hypervisor library's interrupts, locks of the hardware model]
 *       pe->lines	(levels of a PE's interrupt lines; taken by the hardware model's callback)
 * A kick makes an LPI pending, so it is sent with host->sched released.
 */
#ifndef VM_INTERNAL_H
#define VM_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include "vm.h"

#include <port.h>
#include <sim.h>

#define NEVER UINT64_MAX

/* A turn of a PE in deterministic mode, in instructions. */
#define TURN_INSTRUCTIONS 4000

/* ---- objects ---- */

enum vcpu_power { VCPU_OFF, VCPU_STARTING, VCPU_ON };

/* Where a powered vCPU is, as the scheduler sees it. */
enum vcpu_place {
	VCPU_RESTING, /* the VM is at rest, or the vCPU is off */
	VCPU_QUEUED,
	VCPU_RUNNING,
	VCPU_WAITING, /* in WFI, on its PE's list of sleepers */
};

enum guest_timer { TIMER_CNTV, TIMER_CNTP, TIMER_COUNT };

/** struct vcpu_counts - what vm_get_stats() sums up; written by the PE that runs the vCPU */
struct vcpu_counts {
	uint64_t entries;
#define VCPU_EXIT_COUNTER(name) uint64_t exit_##name;
	VM_EXITS(VCPU_EXIT_COUNTER)
#undef VCPU_EXIT_COUNTER
	uint64_t sysreg_reads, sysreg_writes, gic_insns;
	uint64_t mmio_reads, mmio_writes;
	uint64_t blocks, wakes, preemptions, migrations, psci_calls;
};

struct vm_timer_source {
	struct vgic5_ppi_source ppi;
	struct vcpu *vcpu;
	_Atomic uint64_t fires_at; /* host ticks; 0 the output is up, NEVER it is not armed */
};

struct vcpu {
	struct vm *vm;
	unsigned index;
	uint32_t id;
	uint64_t mpidr;
	struct a64_cpu *cpu;
	struct vgic5_vcpu *vgic5;
	struct vm_timer_source timers[TIMER_COUNT];

	/* Under host->sched. */
	enum vcpu_power power;
	enum vcpu_place place;
	struct vm_pe *pe;       /* where it runs, or ran last */
	struct vcpu *next;      /* queue or sleepers */
	uint64_t slice_left;    /* ticks; 0: a new slice */
	uint64_t wake_at;       /* WAITING: host ticks */
	uint32_t rest_position; /* RESTING: 1 was running, 2.. queued, 0 neither */

	/* The PE's that runs it. */
	bool in_wfi;                      /* not past its WFI yet */
	struct vm_pe *on;                 /* loaded there */
	uint64_t ran_from;                /* a64_instructions() at entry */
	const struct mmio_region *region; /* last hit */
	struct vcpu_counts counts;
};

enum bell { BELL_AWAKE, BELL_ASLEEP, BELL_RUNG };

struct vcpu_queue {
	struct vcpu *head, *tail;
	unsigned count;
};

struct vm_pe {
	struct vm_host *host;
	unsigned index;
	struct gic5_pe *gic5;
	struct port_pe *port;
	struct vgic5_pe *vgic5;
	bool has_kick_lpi;
	uint32_t kick_lpi; /* ID 0 is one, too */
	pthread_t thread;
	bool has_thread;

	/* Levels of the interrupt lines, and the context that sees them. */
	atomic_flag lines;
	bool level[GIC5_LINE_COUNT];
	struct a64_cpu *wired;

	atomic_int bell; /* enum bell: wakes the PE's thread */

	/* Under host->sched, written by the PE only where it says so. */
	struct vcpu *current; /* by the PE */
	struct vcpu_queue queue;
	struct vcpu *sleepers;
	_Atomic uint64_t next_wake;    /* of the sleepers */
	_Atomic unsigned waiting_turn; /* queue.count, to be read without the lock */
	_Atomic uint64_t slice_end;    /* of @current */
	uint64_t slice_start;

	/* The PE's alone. */
	bool in_guest;     /* deterministic: the turn ended inside the guest */
	uint64_t deadline; /* programmed into CNTHP */
	unsigned events_waited;
};

struct vm_host {
	struct vm_host_config config;
	struct gic5 *gic5;
	struct port_host *port;
	struct vgic5_gic *driver;
	struct vgic5_host *vgic5;
	struct port_pe *service; /* of threads that are not a PE */
	struct vm_pe *pe;
	unsigned pe_count;
	uint64_t slice; /* ticks */
	uint64_t clock_start;

	pthread_mutex_t sched;
	atomic_bool quit;

	/* Deterministic mode: the one thread's. */
	uint64_t instructions;         /* = time, with jumps */
	struct vcpu *_Atomic stepping; /* inside a64_run(); read by vm_stop() */
	unsigned turn;
	uint32_t turn_left;
	uint64_t next_poll;
};

struct mmio_region {
	uint64_t base, size;
	const struct vm_mmio_ops *ops;
	void *opaque;
};

struct ram_region {
	uint64_t base, size;
};
#define VM_MAX_RAM 64u /* as many as the engine's map takes */

struct irqfd {
	struct vgic5_ack_notifier notifier;
	struct vm *vm;
	struct irqfd *next;
	int fd, resamplefd; /* resamplefd -1: edge */
	uint32_t gsi;
};

struct irqfds {
	pthread_mutex_t lock;
	struct irqfd *list;
	int epoll, quit; /* -1 until there is a thread */
	pthread_t thread;
	bool has_thread;
	_Atomic uint64_t signals, resamples;
};

struct vm {
	struct vm_host *host;
	struct vm_config config;
	struct a64_space *space;
	struct vgic5_vm *vgic5;
	struct vcpu **vcpu;
	unsigned vcpu_count;

	struct mmio_region region[VM_MAX_REGIONS]; /* sorted by base */
	unsigned region_count;
	struct ram_region ram[VM_MAX_RAM];
	unsigned ram_count;
	uint64_t irs_base; /* NEVER until mapped */
	struct irqfds irqfds;
	bool poll_irqfds; /* deterministic mode: eventfds may have been signalled */

	/* Written under host->sched. */
	atomic_bool running;  /* from vm_run()'s start until rest */
	atomic_bool stopping; /* nothing of the VM is picked any more */
	bool stop_asked;      /* an event came at rest */
	struct vm_event event;
	unsigned active; /* vCPUs that are some PE's current */
	pthread_cond_t changed;

	/* Deterministic mode: set by vm_stop(), which may come from a signal handler. */
	atomic_bool stop_flag;
	atomic_int stop_reason;

	_Atomic uint64_t offset; /* vm_now() - vm_host_now(), while running */
	_Atomic uint64_t frozen; /* vm_now() at rest */
};

/* ---- host.c ---- */

/** host_instructions() - deterministic mode: the time in instructions, also inside a callback */
uint64_t host_instructions(struct vm_host *host);
void pe_ring(struct vm_pe *pe);
void pe_kick(struct vm_pe *pe);
struct vm_pe *pe_of_port(struct vm_host *host, struct port_pe *port);

/* ---- run.c ---- */

/** enum pe_result - what a PE has to do next */
enum pe_result {
	PE_BUSY,  /* call again */
	PE_YIELD, /* call again, but let others go on first */
	PE_IDLE,  /* there is nothing to run */
};

/**
 * pe_step() - one entry into a guest, or whatever comes before or after one; on the PE
 * @budget: instructions at most; receives how many were executed
 */
enum pe_result pe_step(struct vm_pe *pe, uint64_t *budget);

/** vm_post() - an event that ends vm_run(); the first one counts. Any thread. */
void vm_post(struct vm *vm, enum vm_event_kind kind, int reason, unsigned vcpu);

/* ---- sched.c ---- */

/** sched_start() - the VM runs: queue its vCPUs where they were */
void sched_start(struct vm *vm);
/** sched_stop() - nothing of the VM is picked any more; host->sched is held; sched_kick_all() follows */
void sched_stop(struct vm *vm);
/** sched_kick_all() - make every PE look around */
void sched_kick_all(struct vm_host *host);
/** sched_pick() - give the PE a vCPU if it has none. returns: whether it has one */
bool sched_pick(struct vm_pe *pe);
/** sched_leave() - the PE's current vCPU goes back to a queue, or to rest; it is not loaded */
void sched_leave(struct vm_pe *pe, bool slice_used);
/** sched_wait() - the PE's current vCPU waits for an interrupt; it is not loaded */
void sched_wait(struct vm_pe *pe);
/** sched_off() - the PE's current vCPU is off */
void sched_off(struct vm_pe *pe);
/** sched_on() - a vCPU whose power is STARTING is on; any thread */
void sched_on(struct vcpu *vcpu);
/** sched_kick() - struct vgic5_vm_ops.kick */
void sched_kick(void *opaque, void *vcpu);
/** sched_expire() - wake sleepers of the PE whose time has come */
void sched_expire(struct vm_pe *pe);
/** sched_slice_over() - does the current vCPU have to make room? */
bool sched_slice_over(const struct vm_pe *pe);

/* ---- timer.c ---- */

/** timer_attach(), timer_detach() - the context's timers drive the PE's wires, or nobody's */
void timer_attach(struct vcpu *vcpu, struct vm_pe *pe);
void timer_detach(struct vcpu *vcpu, struct vm_pe *pe);
/** timer_program() - set the PE's own timer for what comes first: end of slice, or a sleeper */
void timer_program(struct vm_pe *pe, struct vcpu *vcpu);
/** timer_idle() - the PE's own timer while no context runs. returns: when it will fire */
uint64_t timer_idle(struct vm_pe *pe);
/** timer_next() - when a vCPU that is not loaded will have a timer interrupt, NEVER if none */
uint64_t timer_next(struct vcpu *vcpu);
bool timer_level(void *opaque, struct vgic5_vcpu *vgic5);
int timer_map(struct vcpu *vcpu);
void timer_fired(void *opaque, struct port_pe *port, uint32_t intid); /* PPI 26 of a PE */

/* callbacks of the engine */
void timer_output(void *opaque, struct a64_cpu *cpu, enum a64_timer timer, bool level);
uint64_t timer_counter(void *opaque, struct a64_cpu *cpu);
uint64_t timer_instructions_until(void *opaque, struct a64_cpu *cpu, uint64_t count);

/* ---- gicif.c ---- */

void gicif_wire(struct vm_pe *pe, struct a64_cpu *cpu);
void gicif_unwire(struct vm_pe *pe);
bool gicif_irq(struct vm_pe *pe);
void gicif_line(void *opaque, unsigned pe, enum gic5_line line, bool level);
enum a64_answer gicif_sysreg(void *opaque, struct a64_cpu *cpu,
			     const struct a64_sysreg_access *access, uint64_t *value);
void gicif_trapped(struct vm_pe *pe, struct vcpu *vcpu, const struct a64_exit *exit);

/* ---- mmio.c ---- */

enum a64_answer mmio_access(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access);
void mmio_abort(struct vm_pe *pe, struct vcpu *vcpu, const struct a64_exit *exit);
int mmio_map_irs(void *opaque, gpa_t base, uint64_t size);
const struct mmio_region *mmio_find(const struct vm *vm, uint64_t base, uint64_t size);

/* ---- psci.c ---- */

/** enum psci_outcome - what becomes of the vCPU that made a call */
enum psci_outcome { PSCI_RETURNS, PSCI_OFF, PSCI_STOPS };

/** psci_call() - an HVC of the vCPU */
enum psci_outcome psci_call(struct vcpu *vcpu);

/* ---- irqfd.c ---- */

int irqfds_init(struct vm *vm);
void irqfds_exit(struct vm *vm);
/** irqfds_poll() - deterministic mode: serve what was signalled */
void irqfds_poll(struct vm *vm);

/* A device function was called, which may have signalled eventfds. */
static inline void device_called(struct vm *vm)
{
	if (vm->host->config.deterministic)
		vm->poll_irqfds = true;
}

/* ---- vm.c ---- */

/** vcpu_power_on() - registers and CPU interface as after power-on, then @pc and @x0 */
void vcpu_power_on(struct vcpu *vcpu, uint64_t pc, uint64_t x0);

#endif
