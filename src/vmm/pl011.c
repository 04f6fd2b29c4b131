/* SPDX-License-Identifier: BSD-2-Clause */
/* PL011 UART (Arm DDI 0183). */
#include "pl011.h"

enum {
	DR = 0x00,
	RSR = 0x04,
	FR = 0x18,
	ILPR = 0x20,
	IBRD = 0x24,
	FBRD = 0x28,
	LCR_H = 0x2c,
	CR = 0x30,
	IFLS = 0x34,
	IMSC = 0x38,
	RIS = 0x3c,
	MIS = 0x40,
	ICR = 0x44,
	DMACR = 0x48,
	ID = 0xfe0,
};

#define DR_OE      (1u << 11)
#define FR_CTS     (1u << 0)
#define FR_DSR     (1u << 1)
#define FR_DCD     (1u << 2)
#define FR_RXFE    (1u << 4)
#define FR_RXFF    (1u << 6)
#define FR_TXFE    (1u << 7)
#define FR_RI      (1u << 8)
#define LCR_H_BRK  (1u << 0)
#define LCR_H_FEN  (1u << 4)
#define CR_UARTEN  (1u << 0)
#define CR_LBE     (1u << 7)
#define CR_TXE     (1u << 8)
#define CR_RXE     (1u << 9)
#define CR_RESET   0x300
#define CR_BITS    0xff87
#define IFLS_RESET 0x12
#define INT_RX     (1u << 4)
#define INT_TX     (1u << 5)
#define INT_RT     (1u << 6)
#define INT_OE     (1u << 10)
#define INT_BITS   0x7ff

static const uint8_t id_bytes[8] = {0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1};

static void update(struct pl011 *uart)
{
	vmm_irq_set(&uart->irq, (uart->ris & uart->imsc) != 0);
}

static uint32_t depth(const struct pl011 *uart)
{
	return uart->lcr_h & LCR_H_FEN ? PL011_FIFO : 1;
}

/* The receive interrupt comes at 1/8, 1/4, 1/2, 3/4 or 7/8 of the FIFO. */
static uint32_t rx_trigger(const struct pl011 *uart)
{
	static const uint32_t eighths[8] = {1, 2, 4, 6, 7, 4, 4, 4};

	return depth(uart) == 1 ? 1 : eighths[uart->ifls >> 3 & 7] * PL011_FIFO / 8;
}

static void push(struct pl011 *uart, uint16_t data)
{
	if (uart->count >= depth(uart)) {
		uart->ris |= INT_OE;
		uart->rsr |= DR_OE >> 8;
		uart->fifo[(uart->first + uart->count - 1) % PL011_FIFO] |= DR_OE;
		return;
	}
	uart->fifo[(uart->first + uart->count++) % PL011_FIFO] = data;
	if (uart->count >= rx_trigger(uart)) {
		uart->ris |= INT_RX;
	}
	uart->ris |= INT_RT; /* the line is silent at once */
}

/* Sets *@drained if this took the last byte. */
static uint32_t pop(struct pl011 *uart, bool *drained)
{
	uint32_t data;

	if (!uart->count) {
		return 0;
	}
	data = uart->fifo[uart->first];
	uart->first = (uart->first + 1) % PL011_FIFO;
	uart->count--;
	uart->rsr = data >> 8 & 0xf;
	if (uart->count < rx_trigger(uart)) {
		uart->ris &= ~INT_RX;
	}
	if (!uart->count) {
		uart->ris &= ~INT_RT;
		*drained = true;
	}
	return data;
}

static void transmit(struct pl011 *uart, uint8_t byte)
{
	if (!(uart->cr & CR_UARTEN) || !(uart->cr & CR_TXE)) {
		return;
	}
	if (uart->cr & CR_LBE) {
		push(uart, byte);
	} else {
		uart->sink.write(uart->sink.opaque, &byte, 1);
	}
	uart->ris |= INT_TX;
}

static uint32_t flags(const struct pl011 *uart)
{
	uint32_t fr = FR_TXFE;

	fr |= uart->count ? 0 : FR_RXFE;
	fr |= uart->count >= depth(uart) ? FR_RXFF : 0;
	if (uart->cr & CR_LBE) {
		/* RTS, DTR, OUT1, OUT2 come back as CTS, DSR, DCD, RI */
		fr |= uart->cr >> 11 & 1 ? FR_CTS : 0;
		fr |= uart->cr >> 10 & 1 ? FR_DSR : 0;
		fr |= uart->cr >> 12 & 1 ? FR_DCD : 0;
		fr |= uart->cr >> 13 & 1 ? FR_RI : 0;
		return fr;
	}
	return fr | FR_CTS | FR_DSR | FR_DCD;
}

static uint32_t read_locked(struct pl011 *uart, uint64_t offset, bool *drained)
{
	switch (offset) {
	case DR: return pop(uart, drained);
	case RSR: return uart->rsr;
	case FR: return flags(uart);
	case ILPR: return uart->ilpr;
	case IBRD: return uart->ibrd;
	case FBRD: return uart->fbrd;
	case LCR_H: return uart->lcr_h;
	case CR: return uart->cr;
	case IFLS: return uart->ifls;
	case IMSC: return uart->imsc;
	case RIS: return uart->ris;
	case MIS: return uart->ris & uart->imsc;
	case DMACR: return uart->dmacr;
	default: break;
	}
	if (offset >= ID && offset % 4 == 0 && (offset - ID) / 4 < sizeof(id_bytes)) {
		return id_bytes[(offset - ID) / 4];
	}
	return 0;
}

static void write_lcr_h(struct pl011 *uart, uint32_t value)
{
	if ((uart->lcr_h ^ value) & LCR_H_FEN) {
		uart->count = 0;
		uart->ris &= ~(INT_RX | INT_RT);
	}
	uart->lcr_h = value & 0xff;
}

static void write_locked(struct pl011 *uart, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case DR: transmit(uart, (uint8_t)value); break;
	case RSR: uart->rsr = 0; break;
	case ILPR: uart->ilpr = value & 0xff; break;
	case IBRD: uart->ibrd = value & 0xffff; break;
	case FBRD: uart->fbrd = value & 0x3f; break;
	case LCR_H: write_lcr_h(uart, value); break;
	case CR: uart->cr = value & CR_BITS; break;
	case IFLS: uart->ifls = value & 0x3f; break;
	case IMSC: uart->imsc = value & INT_BITS; break;
	case ICR: uart->ris &= ~value; break;
	case DMACR: uart->dmacr = value & 7; break;
	default: break;
	}
}

uint64_t pl011_read(void *device, uint64_t offset, unsigned width)
{
	struct pl011 *uart = device;
	bool drained = false;
	uint32_t value;

	pthread_mutex_lock(&uart->lock);
	value = read_locked(uart, offset, &drained);
	update(uart);
	pthread_mutex_unlock(&uart->lock);
	if (drained && uart->room) {
		uart->room(uart->room_opaque);
	}
	return width >= 4 ? value : value & ((1u << 8 * width) - 1);
}

void pl011_write(void *device, uint64_t offset, unsigned width, uint64_t value)
{
	struct pl011 *uart = device;

	(void)width; /* the peripheral bus has no byte strobes that matter here */
	pthread_mutex_lock(&uart->lock);
	write_locked(uart, offset, (uint32_t)value);
	update(uart);
	pthread_mutex_unlock(&uart->lock);
}

/* A receiver that is off loses what arrives, as on the line. */
static bool receiving(const struct pl011 *uart)
{
	return (uart->cr & (CR_UARTEN | CR_RXE)) == (CR_UARTEN | CR_RXE) && !(uart->cr & CR_LBE);
}

uint32_t pl011_room(struct pl011 *uart)
{
	uint32_t room = 0;

	pthread_mutex_lock(&uart->lock);
	if (receiving(uart) && uart->count < depth(uart)) {
		room = depth(uart) - uart->count;
	}
	pthread_mutex_unlock(&uart->lock);
	return room;
}

void pl011_receive(struct pl011 *uart, const uint8_t *bytes, uint32_t size)
{
	pthread_mutex_lock(&uart->lock);
	for (uint32_t i = 0; i < size && receiving(uart); i++) {
		push(uart, bytes[i]);
	}
	update(uart);
	pthread_mutex_unlock(&uart->lock);
}

static void reset_locked(struct pl011 *uart)
{
	uart->first = 0;
	uart->count = 0;
	uart->rsr = 0;
	uart->ilpr = 0;
	uart->ibrd = 0;
	uart->fbrd = 0;
	uart->lcr_h = 0;
	uart->cr = CR_RESET;
	uart->ifls = IFLS_RESET;
	uart->imsc = 0;
	uart->ris = 0;
	uart->dmacr = 0;
	update(uart);
}

void pl011_reset(struct pl011 *uart)
{
	pthread_mutex_lock(&uart->lock);
	reset_locked(uart);
	pthread_mutex_unlock(&uart->lock);
}

void pl011_init(struct pl011 *uart, struct vmm_irq irq, struct vmm_sink sink)
{
	*uart = (struct pl011){.irq = irq, .sink = sink};
	pthread_mutex_init(&uart->lock, NULL);
	pl011_reset(uart);
}

void pl011_save(struct pl011 *uart, struct vmm_writer *w)
{
	pthread_mutex_lock(&uart->lock);
	vmm_put_u32(w, uart->count);
	for (uint32_t i = 0; i < uart->count; i++) {
		vmm_put_u16(w, uart->fifo[(uart->first + i) % PL011_FIFO]);
	}
	vmm_put_u32(w, uart->rsr);
	vmm_put_u32(w, uart->ilpr);
	vmm_put_u32(w, uart->ibrd);
	vmm_put_u32(w, uart->fbrd);
	vmm_put_u32(w, uart->lcr_h);
	vmm_put_u32(w, uart->cr);
	vmm_put_u32(w, uart->ifls);
	vmm_put_u32(w, uart->imsc);
	vmm_put_u32(w, uart->ris);
	vmm_put_u32(w, uart->dmacr);
	pthread_mutex_unlock(&uart->lock);
}

bool pl011_load(struct pl011 *uart, struct vmm_reader *r)
{
	pthread_mutex_lock(&uart->lock);
	reset_locked(uart);
	uart->count = vmm_get_max(r, PL011_FIFO);
	for (uint32_t i = 0; i < uart->count; i++) {
		uart->fifo[i] = vmm_get_u16(r) & 0xfff;
	}
	uart->rsr = vmm_get_u32(r) & 0xf;
	uart->ilpr = vmm_get_u32(r) & 0xff;
	uart->ibrd = vmm_get_u32(r) & 0xffff;
	uart->fbrd = vmm_get_u32(r) & 0x3f;
	uart->lcr_h = vmm_get_u32(r) & 0xff;
	uart->cr = vmm_get_u32(r) & CR_BITS;
	uart->ifls = vmm_get_u32(r) & 0x3f;
	uart->imsc = vmm_get_u32(r) & INT_BITS;
	uart->ris = vmm_get_u32(r) & INT_BITS;
	uart->dmacr = vmm_get_u32(r) & 7;
	update(uart);
	pthread_mutex_unlock(&uart->lock);
	return !r->failed;
}
