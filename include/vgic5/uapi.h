/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface of the virtual GICv5 to a virtual machine monitor: numbers, structures and errors
 * are those of Linux KVM's VGIC_V5 device, so that a VMM written for KVM finds what it expects.
 * docs/uapi.md describes every group with its formats and the order of save and restore.
 *
 * Functions take the VM where an ioctl would take a file descriptor. They may be called from any
 * thread. Those that touch saved state (CPU_SYSREGS, IRS_REGS, IST) need the VM at rest: if any
 * vCPU is inside vgic5_vcpu_run_begin() .. _end(), or another such call is in progress, the result
 * is -BUSY.
 */
#ifndef VGIC5_UAPI_H
#define VGIC5_UAPI_H

#include <stdbool.h>
#include <stdint.h>
#include <vgic5/errors.h>

#ifdef __cplusplus
extern "C" {
#endif

struct vgic5_vm;

/* ---- numbers ---- */

/* Device types. VGIC_V5 follows LOONGARCH_DMSINTC in Linux 7.3's list (U-a). The ITS is ours alone.
 */
#define VGIC5_DEV_TYPE_VGIC_V5     16
#define VGIC5_DEV_TYPE_VGIC_V5_ITS 17

/* Groups of attributes. The number of IST is the next free one (U-b). */
#define VGIC5_GRP_ADDR        0
#define VGIC5_GRP_NR_IRQS     3
#define VGIC5_GRP_CTRL        4
#define VGIC5_GRP_CPU_SYSREGS 6
#define VGIC5_GRP_IRS_REGS    10
#define VGIC5_GRP_IST         11

/* ADDR: u64 guest physical addresses. */
#define VGIC5_ADDR_TYPE_IRS 6
#define VGIC5_ADDR_TYPE_ITS 7
#define VGIC5_IRS_SIZE      0x20000 /* CONFIG frame and SETLPI frame */
#define VGIC5_IRS_ALIGN     0x10000
#define VGIC5_ADDR_UNDEF    UINT64_MAX /* read before it was set */

/* CTRL */
#define VGIC5_CTRL_INIT                0
#define VGIC5_CTRL_SAVE_PENDING_TABLES 3 /* not supported: ENXIO */
#define VGIC5_CTRL_USERSPACE_PPIS      5 /* get: u64[2], one bit per PPI */

/* Limits */
#define VGIC5_MAX_VCPUS   512
#define VGIC5_MIN_SPIS    32
#define VGIC5_MAX_SPIS    1024
#define VGIC5_NR_PPIS     64
#define VGIC5_MAX_ID_BITS 16

/* Typed INTIDs that the timer and PMU attributes accept, and no others (R20). */
#define VGIC5_INTID_CNTHP 0x2000001aU
#define VGIC5_INTID_CNTV  0x2000001bU
#define VGIC5_INTID_CNTHV 0x2000001cU
#define VGIC5_INTID_CNTP  0x2000001eU
#define VGIC5_INTID_PMU   0x20000017U

/* ---- structures ---- */

/** struct vgic5_create_device - as struct kvm_create_device */
struct vgic5_create_device {
	uint32_t type;
	uint32_t fd;    /* not used here */
	uint32_t flags; /* VGIC5_CREATE_DEVICE_TEST: only say whether it could be created */
};
#define VGIC5_CREATE_DEVICE_TEST 1

/** struct vgic5_device_attr - as struct kvm_device_attr */
struct vgic5_device_attr {
	uint32_t flags; /* 0 */
	uint32_t group;
	uint64_t attr;
	uint64_t addr; /* of the value, in the VMM's address space */
};

/* CPU_SYSREGS: MPIDR in bits 63:32 (Aff3, Aff2, Aff1, Aff0), register encoding in bits 15:0. */
#define VGIC5_SYSREG_MPIDR_SHIFT 32
#define VGIC5_SYSREG_ENC_MASK    0xffffU

/**
 * struct vgic5_ist_desc - argument of the IST attribute
 *
 * Each buffer holds one little-endian 32-bit ISTE per interrupt in ID order. spi_size must be 4
 * times the number of SPIs; lpi_size 4 << LPI_ID_BITS if the guest has a valid LPI IST, otherwise
 * both lpi fields 0.
 */
struct vgic5_ist_desc {
	uint64_t spi_addr;
	uint64_t spi_size;
	uint64_t lpi_addr;
	uint64_t lpi_size;
};

/** struct vgic5_irq_level - as struct kvm_irq_level */
struct vgic5_irq_level {
	uint32_t irq;
	uint32_t level;
};
#define VGIC5_IRQ_VCPU2_SHIFT 28
#define VGIC5_IRQ_TYPE_SHIFT  24
#define VGIC5_IRQ_VCPU_SHIFT  16
#define VGIC5_IRQ_NUM_MASK    0xffffU
#define VGIC5_IRQ_TYPE_CPU    0
#define VGIC5_IRQ_TYPE_SPI    1
#define VGIC5_IRQ_TYPE_PPI    2

/** struct vgic5_irqfd - as struct kvm_irqfd; the eventfds are served by src/vm */
struct vgic5_irqfd {
	uint32_t fd;
	uint32_t gsi;
	uint32_t flags;
	uint32_t resamplefd;
	uint8_t pad[16];
};
#define VGIC5_IRQFD_DEASSIGN 1
#define VGIC5_IRQFD_RESAMPLE 2

/** struct vgic5_irq_route - as struct kvm_irq_routing_entry */
struct vgic5_irq_route {
	uint32_t gsi;
	uint32_t type; /* VGIC5_IRQ_ROUTING_* */
	uint32_t flags;
	uint32_t pad;
	union {
		struct {
			uint32_t irqchip; /* 0 */
			uint32_t pin;     /* SPI ID */
		} irqchip;
		struct {
			uint32_t address_lo, address_hi, data, devid;
		} msi;
		uint32_t pad[8];
	} u;
};
#define VGIC5_IRQ_ROUTING_IRQCHIP 1
#define VGIC5_IRQ_ROUTING_MSI     2
#define VGIC5_MAX_IRQ_ROUTES      4096

/* ---- functions ---- */

/**
 * vgic5_create_device() - give the VM its interrupt controller
 *
 * returns:
 *      0, on success; with VGIC5_CREATE_DEVICE_TEST nothing was created
 *      -VGIC5_E_NODEV, for any type but VGIC_V5, or if the host offers no GICv5 VMs
 *      -VGIC5_E_EXIST, if the VM has one already
 *      -VGIC5_E_INVAL, for unknown flags
 *      -VGIC5_E_2BIG, if the VM has more vCPUs than a VGIC_V5 serves
 */
int vgic5_create_device(struct vgic5_vm *vm, const struct vgic5_create_device *cd);

/**
 * vgic5_has_device_attr() - is an attribute supported?
 *
 * returns:
 *      0, if it is
 *      -VGIC5_E_NXIO, if not, or if there is no device
 *      -VGIC5_E_INVAL, for IRS_REGS at an offset that is not a multiple of the register's size; for
 *          IRS_REGS and CPU_SYSREGS also if the vCPU named (for IRS_REGS: any) does not exist
 */
int vgic5_has_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr);

/**
 * vgic5_set_device_attr() - write an attribute
 * vgic5_get_device_attr() - read an attribute
 *
 * Common: -NXIO unknown group or attribute, no device, or not allowed in this direction;
 *         -FAULT @attr->addr is not accessible
 *
 * ADDR/IRS: u64.
 *      set: -EXIST set before; -INVAL not aligned to 64 KiB; -2BIG the 128 KiB do not fit into the
 *      guest physical space
 * NR_IRQS: u32, the number of SPIs.
 *      set: -INVAL below 32, above 1024 or not a multiple of 32; -BUSY set before, or after INIT
 *      get: 0 until set; 32 after an INIT without it
 * CTRL/INIT: set, no data; 0 also if done before.
 *      -BUSY vCPUs are being created, or a vCPU runs; -NODEV no vCPU; -INVAL a vCPU has nested
 *      virtualization, or a VPE could not be selected; -2BIG a vCPU's ID is beyond what the IRS
 *      serves; -NOSPC no VM ID or no LPI for a doorbell is
 *      left; -NOMEM; -TIMEDOUT; -IO the hardware refused an entry.
 *      On an error the VM is as before and INIT may be tried again; if even the roll-back timed out,
 *      that retry returns -TIMEDOUT until vgic5_vm_teardown() succeeds.
 * CTRL/USERSPACE_PPIS: get, u64[2].
 * CPU_SYSREGS: u64.
 *      -INVAL no vCPU with that MPIDR; -BUSY before INIT, a vCPU runs, set after any vCPU ran;
 *      -NOENT unknown register
 * IRS_REGS: u64 at a register's offset in the CONFIG frame.
 *      -BUSY before INIT, a vCPU runs, set after any vCPU ran; -NXIO base not set, or no register
 *      there; -INVAL misaligned, or the value does not fit this VM
 * IST: struct vgic5_ist_desc, attr 0; get saves, set restores.
 *      get: -BUSY before INIT, a vCPU runs, or the VM did not stay quiet; -INVAL @addr is 0 or a size
 *      is wrong; -TIMEDOUT; -NXIO the guest-visible registers and the host's IST disagree
 *      set: the same, and -BUSY after any vCPU ran or if an LPI IST exists; -INVAL an entry has
 *      reserved bits; -NOMEM. A failed set leaves the VM as it was. Only if the VM could not be made
 *      valid again it is dead (vgic5_vm_is_dead()) and must be destroyed.
 */
int vgic5_set_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr);
int vgic5_get_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr);

/**
 * vgic5_irq_line() - KVM_IRQ_LINE
 *
 * returns:
 *      0, on success
 *      -VGIC5_E_NXIO, for type CPU, or if there is no device
 *      -VGIC5_E_INVAL, for another type, an SPI that does not exist, a PPI that is not in
 *          USERSPACE_PPIS, a vCPU index that does not exist
 *      -VGIC5_E_BUSY, before INIT
 *      -VGIC5_E_IO, for an SPI if the VM is dead
 */
int vgic5_irq_line(struct vgic5_vm *vm, const struct vgic5_irq_level *irq);

/**
 * vgic5_set_gsi_routing() - replace the routes (KVM_SET_GSI_ROUTING)
 *
 * INIT installs gsi i to SPI i if no routes were set before.
 * returns:
 *      0, on success
 *      -VGIC5_E_INVAL, for an unknown type or flag, irqchip != 0, a pin or gsi beyond its limit,
 *          more than VGIC5_MAX_IRQ_ROUTES entries, or a gsi twice
 *      -VGIC5_E_NODEV, for MSI routes: there is no ITS
 *      -VGIC5_E_NOMEM
 */
int vgic5_set_gsi_routing(struct vgic5_vm *vm, const struct vgic5_irq_route *routes,
			  uint32_t count);

/**
 * vgic5_check_device_intid() - validate a timer or PMU interrupt attribute (R20)
 * @expected: one of VGIC5_INTID_*
 * @intid:    what the VMM asks for, typed
 *
 * returns: 0, or -VGIC5_E_INVAL: a GICv5 guest has these devices at their architected PPIs only
 */
int vgic5_check_device_intid(uint32_t expected, uint32_t intid);

#ifdef __cplusplus
}
#endif

#endif
