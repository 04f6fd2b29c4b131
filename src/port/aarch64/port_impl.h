/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * port/aarch64: the port on real hardware, at EL2. Registers and instructions are inline assembly by
 * encoding, so that any assembler takes them; an encoding must be a constant. The IRS is memory-mapped where
 * port_irs_frame() says. The functions of port.h marked "supplied by the integrator", and
 * port_irs_frame(), are what is left to write: docs/porting.md.
 */
#ifndef VGIC5_PORT_IMPL_H
#define VGIC5_PORT_IMPL_H

#include <stdint.h>

/** struct port_lock - room for the integrator's lock; zeroed before port_lock_init() */
struct port_lock {
	uint64_t room[2];
};

/**
 * port_irs_frame() - where the CONFIG frame of an IRS is mapped, as Device memory; supplied by the
 * integrator
 */
volatile void *port_irs_frame(struct port_host *host, unsigned irs);

#define PORT_OPERANDS(enc)                                                                        \
	[op0] "i"(GIC5_ENC_OP0(enc)), [op1] "i"(GIC5_ENC_OP1(enc)), [crn] "i"(GIC5_ENC_CRN(enc)), \
		[crm] "i"(GIC5_ENC_CRM(enc)), [op2] "i"(GIC5_ENC_OP2(enc))

#define port_sysreg_read(pe, enc)                                                       \
	__extension__({                                                                 \
		uint64_t value_;                                                        \
		(void)(pe);                                                             \
		__asm__ volatile("mrs %[v], S%c[op0]_%c[op1]_C%c[crn]_C%c[crm]_%c[op2]" \
				 : [v] "=r"(value_)                                     \
				 : PORT_OPERANDS(enc)                                   \
				 : "memory");                                           \
		value_;                                                                 \
	})

#define port_sysreg_write(pe, enc, value)                                                \
	do {                                                                             \
		(void)(pe);                                                              \
		__asm__ volatile("msr S%c[op0]_%c[op1]_C%c[crn]_C%c[crm]_%c[op2], %x[v]" \
				 :                                                       \
				 : [v] "rZ"((uint64_t)(value)), PORT_OPERANDS(enc)       \
				 : "memory");                                            \
	} while (0)

#define port_sys(pe, enc, operand)                                                   \
	do {                                                                         \
		(void)(pe);                                                          \
		__asm__ volatile("sys #%c[op1], C%c[crn], C%c[crm], #%c[op2], %x[v]" \
				 :                                                   \
				 : [v] "r"((uint64_t)(operand)), PORT_OPERANDS(enc)  \
				 : "memory");                                        \
	} while (0)

#define port_sysl(pe, enc)                                                           \
	__extension__({                                                              \
		uint64_t value_;                                                     \
		(void)(pe);                                                          \
		__asm__ volatile("sysl %[v], #%c[op1], C%c[crn], C%c[crm], #%c[op2]" \
				 : [v] "=r"(value_)                                  \
				 : PORT_OPERANDS(enc)                                \
				 : "memory");                                        \
		value_;                                                              \
	})

/* Rt must be 31, which SYS without an operand gives. */
#define PORT_GSB(enc)                                                 \
	__asm__ volatile("sys #%c[op1], C%c[crn], C%c[crm], #%c[op2]" \
			 :                                            \
			 : PORT_OPERANDS(enc)                         \
			 : "memory")

static inline void port_gsb_sys(struct port_pe *pe)
{
	(void)pe;
	PORT_GSB(GIC5_GSB_SYS);
}

static inline void port_gsb_ack(struct port_pe *pe)
{
	(void)pe;
	PORT_GSB(GIC5_GSB_ACK);
}

static inline void port_isb(struct port_pe *pe)
{
	(void)pe;
	__asm__ volatile("isb" : : : "memory");
}

static inline void port_dsb_st(struct port_pe *pe)
{
	(void)pe;
	__asm__ volatile("dsb st" : : : "memory");
}

static inline uint32_t port_irs_read32(struct port_host *host, unsigned irs, uint32_t offset)
{
	const volatile void *at = (const volatile char *)port_irs_frame(host, irs) + offset;
	const uint32_t value = *(const volatile uint32_t *)at;

	__asm__ volatile("dmb oshld" : : : "memory");
	return value;
}

static inline uint64_t port_irs_read64(struct port_host *host, unsigned irs, uint32_t offset)
{
	const volatile void *at = (const volatile char *)port_irs_frame(host, irs) + offset;
	const uint64_t value = *(const volatile uint64_t *)at;

	__asm__ volatile("dmb oshld" : : : "memory");
	return value;
}

static inline void port_irs_write32(struct port_host *host, unsigned irs, uint32_t offset,
				    uint32_t value)
{
	volatile void *at = (volatile char *)port_irs_frame(host, irs) + offset;

	__asm__ volatile("dsb st" : : : "memory");
	*(volatile uint32_t *)at = value;
}

static inline void port_irs_write64(struct port_host *host, unsigned irs, uint32_t offset,
				    uint64_t value)
{
	volatile void *at = (volatile char *)port_irs_frame(host, irs) + offset;

	__asm__ volatile("dsb st" : : : "memory");
	*(volatile uint64_t *)at = value;
}

#endif
