/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libvgic5: the virtual GICv5 of a hypervisor.
 *
 * The integrator (an EL2 hypervisor, or this project's src/vm) owns CPUs, memory and scheduling;
 * the library owns everything between the virtual interrupt controller that a guest sees and the
 * physical GICv5. What the integrator supplies is the port (docs/porting.md). The part of the
 * interface that a VMM uses, with Linux KVM's numbers, is uapi.h.
 *
 *	vgic5_gic_create(port, &gic_cfg, &gic);			once per machine: the GICv5 driver
 *	vgic5_host_create(gic, service_pe, &host);		once: VM table; needs virtualization
 *	vgic5_pe_create(host, port_pe, &pe);			once per PE, on that PE
 *
 *	vgic5_vm_create(host, &vm_cfg, &vm);
 *	vgic5_vcpu_create(vm, &vcpu_cfg, &vcpu);		each vCPU
 *	vgic5_create_device(vm, ...), attributes, INIT		uapi.h
 *
 *	vgic5_vcpu_run_begin(vcpu);				KVM_RUN is entered
 *	for (;;) {
 *		mask interrupts;
 *		vgic5_vcpu_load(vcpu, pe);			on being scheduled; again is free
 *		if (vgic5_vcpu_flush(vcpu)) leave;		before each entry
 *		enter the guest, until an exit;
 *		vgic5_vcpu_sync(vcpu);				after each entry, also an aborted
 *		unmask interrupts;				vgic5_gic_dispatch() takes them
 *		handle the exit:
 *			IRS frame	vgic5_irs_read(), vgic5_irs_write()
 *			trapped sysreg	vgic5_trap_sysreg(), vgic5_trap_insn()
 *			WFI		vgic5_vcpu_put(vcpu, true);
 *					sleep while !vgic5_vcpu_pending(vcpu)
 *			preempted	vgic5_vcpu_put(vcpu, false)
 *	}
 *	vgic5_vcpu_put(vcpu, false);
 *	vgic5_vcpu_run_end(vcpu);
 *
 * Words. "Any thread" means with or without other calls in progress on the same VM. "On the PE"
 * means by the thread that is the PE which the vCPU is loaded on, with interrupts masked. A struct
 * port_pe that a function takes is the PE that the calling thread is, or a service PE if it is none.
 *
 * Locks are the library's own; it calls back with none held unless the callback's text says
 * otherwise. The order of its locks stands in src/hyp/hyp.h.
 *
 * Errors are negative codes (errors.h). A guest cannot provoke one: what it does wrong has the
 * result that the architecture gives it.
 */
#ifndef VGIC5_VGIC5_H
#define VGIC5_VGIC5_H

#include <vgic5/arch.h>
#include <vgic5/errors.h>
#include <vgic5/uapi.h>

#ifdef __cplusplus
extern "C" {
#endif

struct port_host;
struct port_pe;

struct vgic5_gic;  /* the GICv5 driver of the host */
struct vgic5_host; /* the hypervisor's view of it: VM table, VM IDs */
struct vgic5_pe;   /* a PE that can run vCPUs */
struct vgic5_vm;
struct vgic5_vcpu;

/** gpa_t - a guest physical address: untrusted */
typedef struct {
	uint64_t gpa;
} gpa_t;

/* ==== the host's GICv5 driver (src/host) ==== */

/** struct vgic5_gic_config - how to drive the host's GICv5 */
struct vgic5_gic_config {
	uint8_t irs_count;   /* IRSs of the machine; at least 1 */
	uint8_t virt_irs;    /* the one that takes VM commands (R29) */
	bool noncoherent;    /* IRSs do not snoop: non-cacheable tables, cache maintenance */
	uint8_t lpi_id_bits; /* size of the physical LPI space; 0: min(IDR2.ID_BITS, 16) */
};

/**
 * vgic5_irq_handler - a physical interrupt was taken
 * @opaque: as registered
 * @pe:	    the PE that took it; interrupts masked, priority dropped, interrupt still Active
 * @intid:  typed
 */
typedef void (*vgic5_irq_handler)(void *opaque, struct port_pe *pe, uint32_t intid);

/**
 * vgic5_gic_create() - bring up the IRSs as a host kernel does
 * @gic: receives the driver. On an error it is NULL, unless the IRS may still hold the IST: then it
 *	 can only be destroyed, and destroying it be repeated until it succeeds.
 *
 * Per IRS: memory attributes, IRSEN. All IRSs share one LPI space: the physical IST (linear or
 * two-level by IDR2, level-2 tables on demand) belongs to IRS 0.
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if @cfg names no IRS, or a number of ID bits that the IRS does not have
 *      -VGIC5_E_NODEV, if an IRS has no LPIs, or serves a domain other than Non-secure
 *      -VGIC5_E_BUSY, if an IST is valid already
 *      -VGIC5_E_IO, if the IRS refused the IST
 *      -VGIC5_E_NOMEM, -VGIC5_E_TIMEDOUT
 */
int vgic5_gic_create(struct port_host *port, const struct vgic5_gic_config *cfg,
		     struct vgic5_gic **gic);

/**
 * vgic5_gic_destroy() - IRSEN off, IST invalid, memory freed
 *
 * No LPI may be in use and no PE may take interrupts any more.
 * returns:
 *      0, on success; NULL is allowed
 *      -VGIC5_E_BUSY, if a host (vgic5_host_create()) or an LPI exists
 *      -VGIC5_E_TIMEDOUT, if the IRS did not give the IST back; nothing was freed, call again
 */
int vgic5_gic_destroy(struct vgic5_gic *gic);

/**
 * vgic5_gic_pe_init() - set up the physical CPU interface of the calling PE
 *
 * Link up, all PPIs disabled with the default priority, priority mask open, DPS, interface enabled.
 * vgic5_pe_create() does it for PEs that run vCPUs; call it for PEs that only take interrupts.
 * returns:
 *      0, on success
 *      -VGIC5_E_NODEV, if no IRS knows the PE
 *      -VGIC5_E_TIMEDOUT, if link or IRS did not answer
 */
int vgic5_gic_pe_init(struct vgic5_gic *gic, struct port_pe *pe);

/**
 * vgic5_gic_dispatch() - take one physical interrupt
 *
 * CDIA, GSB ACK, ISB, CDEOI, handler, CDDI (R19). Call with interrupts masked when the PE's IRQ
 * line is asserted, and repeat while it returns non-zero. Interrupts without handler are disabled.
 * returns: the typed INTID, or 0 if none was pending
 */
uint32_t vgic5_gic_dispatch(struct vgic5_gic *gic, struct port_pe *pe);

/**
 * vgic5_gic_set_ppi() - handler of a PPI on all PEs; NULL removes it
 * vgic5_gic_enable_ppi() - enable or disable it on the calling PE
 *
 * PPIs that are injected directly (vgic5_vcpu_map_ppi()) stay disabled here.
 * returns: 0, or -VGIC5_E_INVAL for @ppi >= 128
 */
int vgic5_gic_set_ppi(struct vgic5_gic *gic, unsigned ppi, vgic5_irq_handler handler, void *opaque);
int vgic5_gic_enable_ppi(struct vgic5_gic *gic, struct port_pe *pe, unsigned ppi, bool enable);

/**
 * vgic5_gic_lpi_alloc() - take an LPI: number, IST entry, handler, routed and enabled
 * @pe:	    the calling PE
 * @iaffid: of the PE that shall take it (vgic5_gic_iaffid())
 * @lpi:    receives the number, without type bits
 *
 * Edge, priority 0x10. May sleep.
 * returns: 0, -VGIC5_E_NOSPC, -VGIC5_E_NOMEM, -VGIC5_E_TIMEDOUT
 */
int vgic5_gic_lpi_alloc(struct vgic5_gic *gic, struct port_pe *pe, uint16_t iaffid,
			vgic5_irq_handler handler, void *opaque, uint32_t *lpi);

/**
 * vgic5_gic_lpi_free() - disable it and wait until its handler runs nowhere
 *
 * Not from its own handler. May sleep. When this returns, the handler is not called any more.
 */
void vgic5_gic_lpi_free(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi);

/** vgic5_gic_lpi_route(), vgic5_gic_lpi_pend() - re-target an LPI; make it pending. Any PE. */
void vgic5_gic_lpi_route(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi, uint16_t iaffid);
void vgic5_gic_lpi_pend(struct vgic5_gic *gic, struct port_pe *pe, uint32_t lpi);

/** vgic5_gic_iaffid() - the affinity of the calling PE */
uint16_t vgic5_gic_iaffid(struct port_pe *pe);

/* ==== the hypervisor's host part ==== */

/** struct vgic5_host_stats - counters of a host */
struct vgic5_host_stats {
	uint32_t vms;      /* VMs that exist */
	uint32_t vm_ids;   /* VM IDs in use */
	uint32_t retained; /* VMs whose tables a timed-out invalidation may have left with the
			      hardware */
};

/**
 * vgic5_host_create() - probe virtualization and give the IRS a VM table
 * @service: the PE that calls execute on which do not name one (uapi.h)
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_NODEV, if the IRS has no virtualization, or the VM table could not be allocated or
 *          assigned: "no GICv5 VMs", which is never fatal to the host (R48). A table that the IRS may
 *          still hold stays allocated with @gic; the next call, and vgic5_gic_destroy(), try to
 *          take it back first.
 *      -VGIC5_E_BUSY, if @gic has a host already, or a VM table that is not ours is valid
 */
int vgic5_host_create(struct vgic5_gic *gic, struct port_pe *service, struct vgic5_host **host);

/**
 * vgic5_host_destroy() - take the VM table back
 *
 * All PEs were destroyed.
 * returns: 0 (also for NULL); -VGIC5_E_BUSY if a VM or a PE exists;
 * -VGIC5_E_TIMEDOUT if the IRS did not give the table back: nothing was freed, call again
 */
int vgic5_host_destroy(struct vgic5_host *host);

/** vgic5_host_max_vcpus() - vCPU IDs of a VM with a VGIC_V5 are below this number */
uint32_t vgic5_host_max_vcpus(const struct vgic5_host *host);
void vgic5_host_stats(struct vgic5_host *host, struct vgic5_host_stats *stats);

/**
 * vgic5_pe_create() - prepare the calling PE for vCPUs
 *
 * Includes vgic5_gic_pe_init(). Enables the virtual interface and sets the fine-grained traps.
 * HCR_EL2 stays the integrator's: IMO must be set while a guest runs.
 * returns: as vgic5_gic_pe_init(), and -VGIC5_E_NOMEM
 */
int vgic5_pe_create(struct vgic5_host *host, struct port_pe *port, struct vgic5_pe **pe);

/** vgic5_pe_destroy() - on the PE; nothing is loaded there. NULL is allowed. */
void vgic5_pe_destroy(struct vgic5_pe *pe);

/**
 * vgic5_pe_forget() - the PE's virtual interface lost its contents (power-down, or others used it)
 *
 * On the PE, nothing loaded. The next load writes everything.
 */
void vgic5_pe_forget(struct vgic5_pe *pe);

struct port_pe *vgic5_pe_port(struct vgic5_pe *pe);

/* ==== virtual machines ==== */

/** struct vgic5_vm_ops - what a VM needs from the integrator; only @kick is required */
struct vgic5_vm_ops {
	/*
	 * Make a vCPU look at its requests: leave the guest if it is in one, wake if it sleeps.
	 * Called from any thread, also from interrupt handlers; must not sleep. @vcpu is the opaque
	 * pointer given at its creation. Setting the request precedes the call.
	 */
	void (*kick)(void *opaque, void *vcpu);

	/*
	 * The first vCPU is about to run: guest accesses to 128 KiB at @base go to vgic5_irs_read()
	 * and vgic5_irs_write() from now on. Returns 0, or a negative error, which kills the VM.
	 * NULL: nothing to do. Called under the VM's configuration lock: it must not call the library
	 * for this VM. The same holds for the next two.
	 */
	int (*map_irs)(void *opaque, gpa_t base, uint64_t size);

	/* Guest memory, for VGIC5_OPT_TWO_LEVEL_IST only. Return false if not memory. */
	bool (*guest_read)(void *opaque, gpa_t addr, void *buf, size_t size);
	bool (*guest_write)(void *opaque, gpa_t addr, const void *buf, size_t size);
};

/** enum vgic5_vm_option - what the guest gets beyond Linux KVM's VGIC_V5; ORed */
enum vgic5_vm_option {
	VGIC5_OPT_SETLPI = 1 << 0,          /* IDR0.SETLPI, the second frame */
	VGIC5_OPT_TWO_LEVEL_IST = 1 << 1,   /* IDR2.IST_LEVELS; needs guest_read and guest_write */
	VGIC5_OPT_SWERR = 1 << 2,           /* IDR0.SWE and the error record */
	VGIC5_OPT_ONE_N = 1 << 3,           /* IDR0.ONE_N; needs IDR0.VIRT_ONE_N of the host */
	VGIC5_OPT_TRAP_DEACTIVATE = 1 << 4, /* trap CDDI while a notifier waits for its SPI */
};

/** struct vgic5_vm_config - a VM */
struct vgic5_vm_config {
	const struct vgic5_vm_ops *ops; /* must outlive the VM */
	void *opaque;                   /* for the ops */
	uint8_t ipa_bits;               /* size of the guest physical address space, 32..52 */
	uint32_t options;               /* VGIC5_OPT_* */
	uint32_t iidr;           /* IRS_IIDR that the guest reads; 0: product 0x4b of Arm, as KVM */
	uint64_t device_ppis[2]; /* PPIs of the devices that this VM has: timers, PMU (D4) */
};

/** struct vgic5_vm_stats - counters of a VM; each wraps */
struct vgic5_vm_stats {
	uint64_t ppi_injections, spi_injections, lpi_injections;
	uint64_t loads, puts, wfi_puts, reloads;
	uint64_t doorbell_requests, doorbells;
	uint64_t kicks;
	uint64_t deactivations; /* notified */
	uint64_t irs_reads, irs_writes, sysreg_traps;
	uint64_t table_bytes; /* now allocated for the IRS */
};

/**
 * vgic5_vm_create() - a VM without interrupt controller
 *
 * returns: 0; -VGIC5_E_INVAL for a value of @cfg outside its range or an option that the host
 * cannot serve; -VGIC5_E_NOMEM
 */
int vgic5_vm_create(struct vgic5_host *host, const struct vgic5_vm_config *cfg,
		    struct vgic5_vm **vm);

/**
 * vgic5_vm_destroy() - tear down and free the VM and its vCPUs
 *
 * No vCPU runs; no other thread is inside. Notifiers must be unregistered.
 * returns:
 *      0, on success; NULL is allowed
 *      -VGIC5_E_BUSY, if a vCPU runs
 *      -VGIC5_E_TIMEDOUT, if the hardware did not let go: the VM still exists (dead, counted as
 * retained); call again later
 */
int vgic5_vm_destroy(struct vgic5_vm *vm);

/**
 * vgic5_vm_teardown() - undo INIT and forget the device, but keep VM and vCPUs
 *
 * After it the VM is as before vgic5_create_device(), for a guest's reset or another try. Notifiers,
 * PPI mappings and routes that were set explicitly stay. Idempotent. No vCPU runs, no other thread is
 * inside a function for this VM: stop injecting first.
 * returns: as vgic5_vm_destroy()
 */
int vgic5_vm_teardown(struct vgic5_vm *vm);

/**
 * vgic5_vm_is_dead() - the VM cannot run any more (R1): a residency request was refused, map_irs
 * failed, or the hardware stopped answering. Destroying it is possible. vgic5_vm_kill() - make it
 * so and kick all vCPUs. Any thread.
 */
bool vgic5_vm_is_dead(const struct vgic5_vm *vm);
void vgic5_vm_kill(struct vgic5_vm *vm);

/** vgic5_vm_has_device(), vgic5_vm_is_initialised() - after vgic5_create_device(); after INIT */
bool vgic5_vm_has_device(const struct vgic5_vm *vm);
bool vgic5_vm_is_initialised(const struct vgic5_vm *vm);

/** vgic5_vm_id() - the VM ID in the hardware, -1 before INIT */
int32_t vgic5_vm_id(const struct vgic5_vm *vm);
void *vgic5_vm_opaque(const struct vgic5_vm *vm);
void vgic5_vm_stats(struct vgic5_vm *vm, struct vgic5_vm_stats *stats);

/**
 * vgic5_vm_id_register() - what a guest of this VM reads from an ID register
 * @enc: GIC5_ENC() of any register; @value: what the guest would read otherwise
 *
 * Sets ID_AA64PFR2_EL1.GCIE and clears ID_AA64PFR0_EL1.GIC for a VM with device; clears both
 * without.
 */
uint64_t vgic5_vm_id_register(const struct vgic5_vm *vm, uint32_t enc, uint64_t value);

/* ==== vCPUs ==== */

/** struct vgic5_vcpu_config - a vCPU */
struct vgic5_vcpu_config {
	uint32_t id;    /* = VPE_ID = IAFFID; unique, need not be dense */
	uint64_t mpidr; /* affinity fields, as CPU_SYSREGS names it */
	bool nested;    /* wants EL2: INIT refuses such a VM */
	void *opaque;   /* for kick() */
};

/**
 * vgic5_vcpu_create() - add a vCPU; it is freed with the VM
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if the ID is not below VGIC5_MAX_VCPUS or, once the VM has its device,
 *          vgic5_host_max_vcpus()
 *      -VGIC5_E_EXIST, if it is taken
 *      -VGIC5_E_BUSY, after INIT
 *      -VGIC5_E_NOMEM
 */
int vgic5_vcpu_create(struct vgic5_vm *vm, const struct vgic5_vcpu_config *cfg,
		      struct vgic5_vcpu **vcpu);

/** vgic5_vm_vcpu() - by order of creation, or NULL */
struct vgic5_vcpu *vgic5_vm_vcpu(struct vgic5_vm *vm, uint32_t index);
uint32_t vgic5_vm_vcpu_count(const struct vgic5_vm *vm);
uint32_t vgic5_vcpu_id(const struct vgic5_vcpu *vcpu);
void *vgic5_vcpu_opaque(const struct vgic5_vcpu *vcpu);
struct vgic5_vm *vgic5_vcpu_vm(const struct vgic5_vcpu *vcpu);

/**
 * vgic5_vcpu_reset() - the CPU interface as after power-on (PSCI CPU_ON)
 *
 * VMCR, APR, ICSR and the PPIs' enable, active, latch and priority. IRS state, VPE and doorbell
 * stay. The vCPU is not loaded.
 */
void vgic5_vcpu_reset(struct vgic5_vcpu *vcpu);

/**
 * vgic5_vcpu_run_begin() - the vCPU's thread is about to run it; attributes are refused until _end()
 * vgic5_vcpu_run_end()   - it stopped; the vCPU is not loaded
 *
 * The first time: registers the IRS frame (once per VM) and masks PPI state to what is exposed.
 * A VM without device needs neither, but may call both.
 * returns:
 *      0, on success
 *      -VGIC5_E_AGAIN, while an attribute is being accessed; nothing happened, call again
 *      -VGIC5_E_BUSY, if the device exists but INIT was not done
 *      -VGIC5_E_NXIO, if the IRS address was not set (kills the VM)
 *      -VGIC5_E_INVAL, if it is not aligned, or an LPI IST was announced but not restored (kills
 *          the VM)
 *      -VGIC5_E_IO, if the VM is dead
 *      what map_irs returned (kills the VM)
 */
int vgic5_vcpu_run_begin(struct vgic5_vcpu *vcpu);
void vgic5_vcpu_run_end(struct vgic5_vcpu *vcpu);

/**
 * vgic5_vcpu_load() - bind a vCPU to the calling PE and make its VPE resident
 *
 * Nothing happens if it is loaded there already. On the PE; loaded nowhere else. Between
 * run_begin() and run_end().
 * returns:
 *      0, on success
 *      -VGIC5_E_IO, if the hardware refused residency (R1): the VM is dead now, the vCPU is not
 *          loaded. Also if the VM was dead before.
 */
int vgic5_vcpu_load(struct vgic5_vcpu *vcpu, struct vgic5_pe *pe);

/**
 * vgic5_vcpu_put() - unbind it
 * @in_wfi: the guest executed WFI and will sleep: request a doorbell for what could wake it. Only
 * on a loaded vCPU; a vCPU that was put before must be loaded again first, or nothing will ring.
 *
 * Nothing happens if it is not loaded. On the PE.
 */
void vgic5_vcpu_put(struct vgic5_vcpu *vcpu, bool in_wfi);

/**
 * vgic5_vcpu_flush() - hand pending PPIs to the hardware before an entry
 * vgic5_vcpu_sync()  - take PPI state back after it
 *
 * On the PE, loaded, interrupts masked from flush until the guest runs. flush also serves and
 * clears the requests. sync may call ack notifiers.
 * flush returns:
 *      0, on success
 *      -VGIC5_E_IO, as vgic5_vcpu_load(); the vCPU is not loaded then
 */
int vgic5_vcpu_flush(struct vgic5_vcpu *vcpu);
void vgic5_vcpu_sync(struct vgic5_vcpu *vcpu);

/**
 * vgic5_vcpu_pending() - should a sleeping vCPU wake?
 *
 * A doorbell rang, an enabled PPI of sufficient priority is pending, residency must be reloaded, or the
 * VM died. Any thread; the vCPU is not loaded (priorities and masks are those of its last put, R62).
 */
bool vgic5_vcpu_pending(struct vgic5_vcpu *vcpu);

/**
 * vgic5_vcpu_requested() - is a request waiting that the next flush would serve? Any thread.
 *
 * A loop that masked interrupts and is about to enter need not look: a kick after that ends the
 * entry.
 */
bool vgic5_vcpu_requested(const struct vgic5_vcpu *vcpu);

/** vgic5_vcpu_loaded() - the PE that it is loaded on, or NULL. On that PE. */
struct vgic5_pe *vgic5_vcpu_loaded(const struct vgic5_vcpu *vcpu);

/* ==== interrupts ==== */

/**
 * vgic5_inject_ppi() - level of a PPI's line, or an edge
 * @level: level PPIs: the line; edge PPIs: true makes it pending, false does nothing
 * @owner: who injects. A PPI that has an owner accepts others without effect.
 *
 * Kicks the vCPU if the state changed. Without effect on a PPI that is injected directly. Any
 * thread.
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if @ppi is not below 128
 *      -VGIC5_E_BUSY, before INIT
 */
int vgic5_inject_ppi(struct vgic5_vcpu *vcpu, unsigned ppi, bool level, const void *owner);

/** vgic5_vcpu_set_ppi_owner() - NULL: nobody; returns 0, -VGIC5_E_INVAL if @ppi >= 64 */
int vgic5_vcpu_set_ppi_owner(struct vgic5_vcpu *vcpu, unsigned ppi, const void *owner);

/**
 * vgic5_inject_spi() - level of an SPI's line, or an edge
 *
 * Any thread; no kick: a resident VPE takes it, otherwise its doorbell rings. Lowering the line of
 * an edge SPI has no effect. When it returns, the hardware knows.
 * returns:
 *      0, also where there was nothing to do
 *      -VGIC5_E_INVAL, if there is no such SPI
 *      -VGIC5_E_BUSY, before INIT
 *      -VGIC5_E_IO, if the VM is dead; the line is as before (R53)
 */
int vgic5_inject_spi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t spi, bool level,
		     const void *owner);

/** vgic5_vm_set_spi_owner() - NULL: nobody. Lasts until teardown. returns: 0, -INVAL, -BUSY as above */
int vgic5_vm_set_spi_owner(struct vgic5_vm *vm, uint32_t spi, const void *owner);

/**
 * vgic5_inject_lpi() - an edge on an LPI (SETLPIR, MSI)
 *
 * Without effect if the guest has no IST that reaches it.
 * returns:
 *      0, on success
 *      -VGIC5_E_BUSY, before INIT
 *      -VGIC5_E_IO, if the VM is dead
 */
int vgic5_inject_lpi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t lpi);

/**
 * vgic5_inject_gsi() - level of a GSI, through the routes
 *
 * returns: as vgic5_inject_spi(); -VGIC5_E_INVAL if the GSI has no route
 */
int vgic5_inject_gsi(struct vgic5_vm *vm, struct port_pe *pe, uint32_t gsi, bool level);

/**
 * struct vgic5_ack_notifier - be told when the guest has finished with an SPI (resample irqfd)
 *
 * @acked is called after the guest deactivated the SPI and it is not pending: at the next exit of
 * any vCPU of the VM, or at once with VGIC5_OPT_TRAP_DEACTIVATE. On the PE, with interrupts masked
 * and no lock held. It may inject. The caller owns the struct from registration to unregistration.
 */
struct vgic5_ack_notifier {
	void (*acked)(struct vgic5_ack_notifier *notifier, struct port_pe *pe);
	uint32_t spi;
	struct vgic5_ack_notifier *next; /* the library's */
};

/**
 * vgic5_add_ack_notifier(), vgic5_del_ack_notifier()
 *
 * May be called before INIT; survives vgic5_vm_teardown(). del waits until the notifier runs
 * nowhere; not from within a notifier. May sleep.
 * add returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if @notifier->spi is not below VGIC5_MAX_SPIS
 */
int vgic5_add_ack_notifier(struct vgic5_vm *vm, struct port_pe *pe,
			   struct vgic5_ack_notifier *notifier);
void vgic5_del_ack_notifier(struct vgic5_vm *vm, struct port_pe *pe,
			    struct vgic5_ack_notifier *notifier);

/** struct vgic5_ppi_source - the physical source of a directly injected PPI */
struct vgic5_ppi_source {
	/* Level for this vCPU, not for the running one (R61). Any thread, must not sleep. */
	bool (*get_input_level)(void *opaque, struct vgic5_vcpu *vcpu);
	void *opaque;
};

/**
 * vgic5_vcpu_map_ppi() - the physical PPI of the same number drives this virtual PPI (ICH_PPI_DVIRn)
 * vgic5_vcpu_unmap_ppi()
 *
 * For timers: while the vCPU is loaded, the physical PPI is Active in the host's eyes, so that the
 * host does not take it. The source struct must outlive the mapping. The vCPU is not loaded.
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, if @ppi is an edge or not below 64
 *      -VGIC5_E_EXIST, if it is mapped (map only)
 */
int vgic5_vcpu_map_ppi(struct vgic5_vcpu *vcpu, unsigned ppi,
		       const struct vgic5_ppi_source *source);
int vgic5_vcpu_unmap_ppi(struct vgic5_vcpu *vcpu, unsigned ppi);

/* ==== what the guest does ==== */

/**
 * vgic5_irs_read(), vgic5_irs_write() - a guest access to its IRS frames
 * @offset: from the IRS base, below VGIC5_IRS_SIZE; more reads zero and ignores writes
 * @size:   1, 2, 4 or 8; what the register does not allow is RAZ/WI
 *
 * Any thread; in practice the vCPU's. May sleep (tables are allocated): not with interrupts masked.
 */
uint64_t vgic5_irs_read(struct vgic5_vm *vm, uint32_t offset, unsigned size);
void vgic5_irs_write(struct vgic5_vm *vm, struct port_pe *pe, uint32_t offset, unsigned size,
		     uint64_t value);

/** enum vgic5_trap_result - what to do with a trapped access */
enum vgic5_trap_result {
	VGIC5_TRAP_DONE,      /* performed: skip the instruction */
	VGIC5_TRAP_UNDEFINED, /* inject an Undefined Instruction exception */
};

/**
 * vgic5_trap_sysreg() - a trapped MRS or MSR of a GICv5 register
 * vgic5_trap_insn()   - a trapped GIC or GICR instruction
 *
 * @enc: GIC5_ENC(); @value: in for writes, out for reads.
 * By the vCPU's thread, between sync and flush; the vCPU may be loaded or not. All GICv5 registers
 * are UNDEFINED in a VM without device.
 */
enum vgic5_trap_result vgic5_trap_sysreg(struct vgic5_vcpu *vcpu, uint32_t enc, bool write,
					 uint64_t *value);
enum vgic5_trap_result vgic5_trap_insn(struct vgic5_vcpu *vcpu, struct port_pe *pe, uint32_t enc,
				       bool sysl, uint64_t *value);

#ifdef __cplusplus
}
#endif

#endif
