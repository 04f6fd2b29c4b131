/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * PL011 UART, revision r1p5: 32-byte FIFOs, interrupts, loopback, modem status. Sending takes no
 * time: the transmit FIFO is always empty. What the receive FIFO has no room for stays with the
 * caller, who asks pl011_room() before it reads from its source: that is the flow control.
 */
#ifndef VMM_PL011_H
#define VMM_PL011_H

#include <pthread.h>

#include "device.h"

#define PL011_SIZE 0x1000
#define PL011_FIFO 32

/* What firmware writes to make it ready: 8 bits, no parity, FIFOs on; UART, sender, receiver on */
#define PL011_LCR_H          0x2c
#define PL011_LCR_H_8N1_FIFO 0x70
#define PL011_CR             0x30
#define PL011_CR_ENABLE      0x301

struct pl011 {
	pthread_mutex_t lock;
	struct vmm_irq irq;
	struct vmm_sink sink;
	void (*room)(void *opaque); /* called when the receive FIFO has become empty; may be NULL */
	void *room_opaque;

	uint16_t fifo[PL011_FIFO]; /* data and error bits, as read from DR */
	uint32_t first;
	uint32_t count;
	uint32_t rsr;
	uint32_t ilpr;
	uint32_t ibrd;
	uint32_t fbrd;
	uint32_t lcr_h;
	uint32_t cr;
	uint32_t ifls;
	uint32_t imsc;
	uint32_t ris;
	uint32_t dmacr;
};

void pl011_init(struct pl011 *uart, struct vmm_irq irq, struct vmm_sink sink);
void pl011_reset(struct pl011 *uart);
uint64_t pl011_read(void *device, uint64_t offset, unsigned width);
void pl011_write(void *device, uint64_t offset, unsigned width, uint64_t value);

/** pl011_room() - how many bytes pl011_receive() would take now */
uint32_t pl011_room(struct pl011 *uart);

/** pl011_receive() - bytes arrive on the line; those beyond pl011_room() are an overrun and lost */
void pl011_receive(struct pl011 *uart, const uint8_t *bytes, uint32_t size);

void pl011_save(struct pl011 *uart, struct vmm_writer *w);
bool pl011_load(struct pl011 *uart, struct vmm_reader *r);

#endif
