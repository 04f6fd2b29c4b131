/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port/sim: the port over the hardware model. Calls become calls of libgic5hw as EL2 software would
 * make them. The rest of this port's interface, for whoever sets a simulated machine up, is sim.h.
 */
#ifndef VGIC5_PORT_IMPL_H
#define VGIC5_PORT_IMPL_H

#include <stdatomic.h>

struct port_lock {
	atomic_uint taken;
};

uint64_t port_sysreg_read(struct port_pe *pe, uint32_t enc);
void port_sysreg_write(struct port_pe *pe, uint32_t enc, uint64_t value);
void port_sys(struct port_pe *pe, uint32_t enc, uint64_t operand);
uint64_t port_sysl(struct port_pe *pe, uint32_t enc);
void port_gsb_sys(struct port_pe *pe);
void port_gsb_ack(struct port_pe *pe);
void port_isb(struct port_pe *pe);
void port_dsb_st(struct port_pe *pe);

uint32_t port_irs_read32(struct port_host *host, unsigned irs, uint32_t offset);
uint64_t port_irs_read64(struct port_host *host, unsigned irs, uint32_t offset);
void port_irs_write32(struct port_host *host, unsigned irs, uint32_t offset, uint32_t value);
void port_irs_write64(struct port_host *host, unsigned irs, uint32_t offset, uint64_t value);

#endif
