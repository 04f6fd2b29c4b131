/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The EL2 primitives: everything of the world switch that touches hardware. No locks, no allocation, no
 * pointer but to the images handed in, so that a host with its kernel at EL1 can put each function behind a
 * hypercall.
 *
 * Registers move only if they changed. @hw mirrors what the PE's ICH registers hold: a primitive compares,
 * writes what differs and keeps the mirror true; what the guest changes natively is read back into it.
 */
#ifndef VGIC5_EL2_H
#define VGIC5_EL2_H

#include <stdatomic.h>
#include <vgic5/vgic5.h>

#include "port.h"

#define EL2_BANKS      2u
#define EL2_PRIORITYRS 16u

/** struct el2_image - the virtual CPU interface of a vCPU, or of a PE */
struct el2_image {
	uint64_t vmcr, apr, icsr;
	uint64_t dvi[EL2_BANKS], active[EL2_BANKS], enable[EL2_BANKS], pend[EL2_BANKS];
	uint64_t priority[EL2_PRIORITYRS];
};

/* Virtual interface on, GICv5 layout, traps of the narrowed registers, everything zero. */
void vgic5_el2_pe_init(struct port_pe *pe, struct el2_image *hw);

/* Which EL1 instructions trap. */
void vgic5_el2_set_insn_traps(struct port_pe *pe, uint64_t hfgitr);

/*
 * Make a VPE resident. returns: 0, or -VGIC5_E_IO if the hardware refused (F=1). Never asserts: the
 * caller decides (R1).
 */
int vgic5_el2_make_resident(struct port_pe *pe, uint64_t contextr);

/* End residency: flags, barrier, context, in this order (R2). */
void vgic5_el2_make_non_resident(struct port_pe *pe, uint64_t contextr, atomic_bool *resident,
				 atomic_bool *doorbell_fired);

/* VMCR, APR, ICSR and the priorities of the words in @words: at load and at put. */
void vgic5_el2_restore_context(struct port_pe *pe, const struct el2_image *want,
			       struct el2_image *hw, uint32_t words);
void vgic5_el2_save_context(struct port_pe *pe, struct el2_image *hw, uint32_t words);

/* Bank 1 all zero: what another guest may have left there. */
void vgic5_el2_clear_bank1(struct port_pe *pe, struct el2_image *hw);

/* PPI state around an entry. */
void vgic5_el2_enter_ppis(struct port_pe *pe, const struct el2_image *want, struct el2_image *hw,
			  bool bank1);
void vgic5_el2_exit_ppis(struct port_pe *pe, struct el2_image *hw, bool bank1);
void vgic5_el2_clear_direct(struct port_pe *pe, struct el2_image *hw);

/* Physical PPIs that a guest drives directly look Active to the host meanwhile. */
void vgic5_el2_claim_ppis(struct port_pe *pe, uint64_t ppis, bool claim);

/* Interrupts of a VM, by name. They take effect in finite time; vgic5_el2_complete() waits for it. */
void vgic5_el2_complete(struct port_pe *pe);
void vgic5_el2_vdpend(struct port_pe *pe, uint32_t vm_id, uint32_t intid, bool pending);
void vgic5_el2_vdhm(struct port_pe *pe, uint32_t vm_id, uint32_t intid, bool level);
void vgic5_el2_vddi(struct port_pe *pe, uint32_t vm_id, uint32_t intid);

/*
 * ICC_ICSR_EL1 of an interrupt. A VPE of the VM must be resident here (U19), and nothing may come between
 * the instruction and the read (R50): interrupts masked. Leaves ICSR changed.
 */
uint64_t vgic5_el2_vdrcfg(struct port_pe *pe, uint32_t vm_id, uint32_t intid, struct el2_image *hw);

/* The guest's result, before and after the hypervisor's own question. */
uint64_t vgic5_el2_read_icsr(struct port_pe *pe);
void vgic5_el2_write_icsr(struct port_pe *pe, uint64_t icsr, struct el2_image *hw);

#endif
