/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's devices: which there are, where they are, what their lines and outputs are. */
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <vgic5/arch.h>

#include "machine_internal.h"

static const uint8_t mac_address[6] = {0x02, 0x15, 0x15, 0x15, 0x15, 0x01};

/*
 * A device that is restored raises its line, which the GIC has heard of before it was saved. An SPI that
 * the guest made an edge must not see a second one; one that waits for its deactivation is raised again
 * after that.
 */
static bool gic_knows(const struct machine_line *line)
{
	const uint32_t *istes = line->machine->restored_spis;
	uint32_t iste = istes ? (uint32_t)vmm_le(&istes[line->spi], sizeof(*istes)) : 0;

	if (!istes) {
		return false;
	}
	if (line->by_eventfd) {
		return GIC5_GET(L2_ISTE_PENDING, iste) || GIC5_GET(L2_ISTE_ACTIVE, iste);
	}
	return !GIC5_GET(L2_ISTE_HM, iste) && !GIC5_GET(L2_ISTE_PENDING, iste);
}

/*
 * Devices say their level after every access; the GIC hears of changes only. Before INIT there is no
 * line to set: devices are quiet then, and errors mean nothing.
 */
static void set_line(void *opaque, bool level)
{
	struct machine_line *line = opaque;
	const struct vgic5_irq_level irq = {
		.irq = VGIC5_IRQ_TYPE_SPI << VGIC5_IRQ_TYPE_SHIFT | line->spi,
		.level = level,
	};

	if (line->level == level) {
		return;
	}
	line->level = level;
	if (!gic_knows(line)) {
		vm_irq_line(line->machine->vm, &irq);
	}
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	if (write(fd, &one, sizeof(one)) < 0) {
		return; /* full: it is signalled already */
	}
}

static bool consume_fd(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == sizeof(count);
}

/* The line falls by itself at the guest's deactivation; a signal that nobody has seen is taken back. */
static void set_line_by_eventfd(void *opaque, bool level)
{
	struct machine_line *line = opaque;

	if (line->level == level) {
		return;
	}
	line->level = level;
	if (gic_knows(line)) {
		return;
	}
	if (level) {
		signal_fd(line->raise_fd);
	} else {
		consume_fd(line->raise_fd);
	}
}

static int connect_eventfd(struct machine_line *line)
{
	struct vgic5_irqfd irqfd = {.gsi = line->spi, .flags = VGIC5_IRQFD_RESAMPLE};

	line->raise_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	line->resample_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	line->by_eventfd = true;
	irqfd.fd = (uint32_t)line->raise_fd;
	irqfd.resamplefd = (uint32_t)line->resample_fd;
	return vm_irqfd(line->machine->vm, &irqfd);
}

static void close_eventfd(struct machine_line *line)
{
	if (line->by_eventfd) {
		close(line->raise_fd);
		close(line->resample_fd);
	}
}

void machine_resample_net(struct machine *m)
{
	struct machine_line *line = m->net_line;

	if (!consume_fd(line->resample_fd)) {
		return;
	}
	pthread_mutex_lock(&m->net->dev.lock);
	if (line->level) {
		signal_fd(line->raise_fd);
	}
	pthread_mutex_unlock(&m->net->dev.lock);
}

static struct vmm_irq irq_of(struct machine *m, struct machine_line *line, uint32_t spi)
{
	*line = (struct machine_line){.machine = m, .spi = spi};
	return (struct vmm_irq){line, set_line};
}

static const struct vm_mmio_ops uart_ops = {pl011_read, pl011_write};
static const struct vm_mmio_ops rtc_ops = {pl031_read, pl031_write};
static const struct vm_mmio_ops pvpanic_ops = {pvpanic_read, pvpanic_write};
static const struct vm_mmio_ops virtio_ops = {virtio_mmio_read, virtio_mmio_write};

/* ---- what devices are given ---- */

static uint64_t rtc_seconds(void *opaque)
{
	struct machine *m = opaque;

	if (m->config.deterministic) {
		return MACHINE_EPOCH + machine_now_ns(m) / 1000000000u;
	}
	return (uint64_t)time(NULL);
}

static int64_t net_now_ns(void *opaque)
{
	struct machine *m = opaque;

	return (int64_t)(m->config.deterministic ? machine_now_ns(m) : machine_host_clock_ns());
}

static void on_panic(void *opaque, unsigned events)
{
	struct machine *m = opaque;

	if (events & PVPANIC_PANICKED) {
		machine_stop(m, MACHINE_PANIC);
	}
}

/* ---- virtio ---- */

static void save_plain(struct machine *m, struct virtio_dev *dev, struct vmm_writer *w)
{
	(void)m;
	virtio_save(dev, w);
}

static bool load_plain(struct machine *m, struct virtio_dev *dev, struct vmm_reader *r)
{
	(void)m;
	return virtio_load(dev, r);
}

static void save_rng(struct machine *m, struct virtio_dev *dev, struct vmm_writer *w)
{
	virtio_save(dev, w);
	for (unsigned i = 0; i < 4; i++) {
		vmm_put_u64(w, m->seeded.s[i]);
	}
}

static bool load_rng(struct machine *m, struct virtio_dev *dev, struct vmm_reader *r)
{
	bool ok = virtio_load(dev, r);

	for (unsigned i = 0; i < 4; i++) {
		m->seeded.s[i] = vmm_get_u64(r);
	}
	return ok && !r->failed;
}

static void save_hvc(struct machine *m, struct virtio_dev *dev, struct vmm_writer *w)
{
	(void)dev;
	virtio_console_save(m->hvc, w);
}

static bool load_hvc(struct machine *m, struct virtio_dev *dev, struct vmm_reader *r)
{
	(void)dev;
	return virtio_console_load(m->hvc, r);
}

/* The next slot, with its line; the device comes with place(). */
static struct machine_slot *next_slot(struct machine *m)
{
	struct machine_slot *slot = &m->slots[m->slot_count];

	slot->line = (struct machine_line){.machine = m, .spi = LAYOUT_SPI_VIRTIO + m->slot_count};
	slot->save = save_plain;
	slot->load = load_plain;
	return slot;
}

static int place(struct machine *m, struct machine_slot *slot, struct virtio_dev *dev)
{
	slot->dev = dev;
	return vm_add_mmio(m->vm, LAYOUT_VIRTIO + m->slot_count++ * LAYOUT_VIRTIO_STRIDE,
			   VIRTIO_MMIO_SIZE, &virtio_ops, dev);
}

static struct vmm_irq slot_irq(struct machine_slot *slot)
{
	return (struct vmm_irq){&slot->line, set_line};
}

static int add_disk(struct machine *m, const char *path, struct vmm_error *error)
{
	struct machine_slot *slot = next_slot(m);
	struct virtio_blk *blk = calloc(1, sizeof(*blk));
	struct virtio_blk_file file;
	char id[VIRTIO_BLK_ID + 1];
	uint32_t n = 0;
	int status;

	if (!blk) {
		return vmm_fail(error, "out of memory for disk %s", path);
	}
	status = virtio_blk_open(&file, path);
	if (status) {
		free(blk);
		return vmm_fail(error, "cannot use disk %s: %s", path,
				status == -22 ? "it is smaller than a sector" : strerror(-status));
	}
	while (m->blks[n]) {
		n++;
	}
	snprintf(id, sizeof(id), "vgic5-disk%u", n);
	virtio_blk_init(blk, slot_irq(slot), &m->mem, file, id);
	m->blks[n] = blk;
	slot->disk = path;
	return place(m, slot, &blk->dev);
}

static int add_net(struct machine *m, struct vmm_error *error)
{
	const struct net_user_config config = {m, net_now_ns, machine_wake_io,
					       m->config.deterministic};
	struct machine_slot *slot = next_slot(m);
	struct vmm_irq irq = slot_irq(slot);

	m->net_user = net_user_create(&config);
	m->net = calloc(1, sizeof(*m->net));
	if (!m->net_user || !m->net) {
		return vmm_fail(error, "out of memory for the network");
	}
	/* Most of its interrupts come from the thread beside the CPUs. */
	if (!m->config.deterministic) {
		irq.set = set_line_by_eventfd;
		m->net_line = &slot->line;
		if (connect_eventfd(m->net_line)) {
			return vmm_fail(error, "cannot connect the network's interrupt");
		}
	}
	virtio_net_init(m->net, irq, &m->mem, net_user_backend(m->net_user), mac_address);
	return place(m, slot, &m->net->dev);
}

static int add_rng(struct machine *m, struct vmm_error *error)
{
	struct machine_slot *slot = next_slot(m);

	m->rng = calloc(1, sizeof(*m->rng));
	if (!m->rng) {
		return vmm_fail(error, "out of memory");
	}
	virtio_rng_init(m->rng, slot_irq(slot), &m->mem, (struct vmm_random){m, machine_random});
	slot->save = save_rng;
	slot->load = load_rng;
	return place(m, slot, &m->rng->dev);
}

static int add_hvc(struct machine *m, struct vmm_error *error)
{
	struct machine_slot *slot = next_slot(m);

	m->hvc = calloc(1, sizeof(*m->hvc));
	if (!m->hvc) {
		return vmm_fail(error, "out of memory");
	}
	virtio_console_init(m->hvc, slot_irq(slot), &m->mem,
			    (struct vmm_sink){&m->console, console_write});
	slot->save = save_hvc;
	slot->load = load_hvc;
	return place(m, slot, &m->hvc->dev);
}

/* The order is the order of slots, so it is part of the snapshot format. */
static int add_virtio(struct machine *m, struct vmm_error *error)
{
	int status = add_rng(m, error);

	if (!status && m->config.console == MACHINE_CONSOLE_VIRTIO) {
		status = add_hvc(m, error);
	}
	for (uint32_t i = 0; !status && i < m->config.disk_count; i++) {
		status = add_disk(m, m->config.disks[i], error);
	}
	if (!status && m->config.net) {
		status = add_net(m, error);
	}
	return status;
}

int machine_create_devices(struct machine *m, struct vmm_error *error)
{
	struct vmm_sink out = {&m->console, console_write};
	int status;

	pl011_init(&m->uart, irq_of(m, &m->uart_line, LAYOUT_SPI_UART), out);
	m->uart.room = machine_wake_io;
	m->uart.room_opaque = m;
	pl031_init(&m->rtc, irq_of(m, &m->rtc_line, LAYOUT_SPI_RTC),
		   (struct vmm_clock){m, rtc_seconds});
	pvpanic_init(&m->pvpanic, on_panic, m);
	status = vm_add_mmio(m->vm, LAYOUT_UART, PL011_SIZE, &uart_ops, &m->uart);
	if (!status) {
		status = vm_add_mmio(m->vm, LAYOUT_RTC, PL031_SIZE, &rtc_ops, &m->rtc);
	}
	if (!status) {
		status =
			vm_add_mmio(m->vm, LAYOUT_PVPANIC, PVPANIC_SIZE, &pvpanic_ops, &m->pvpanic);
	}
	if (status) {
		return vmm_fail(error, "cannot place the devices: %s", vgic5_strerror(status));
	}
	error->text[0] = 0;
	status = add_virtio(m, error);
	if (status && !error->text[0]) {
		return vmm_fail(error, "cannot place the devices: %s", vgic5_strerror(status));
	}
	return status;
}

void machine_reset_devices(struct machine *m)
{
	pl011_reset(&m->uart);
	pl031_reset(&m->rtc);
	for (uint32_t i = 0; i < m->slot_count; i++) {
		virtio_reset(m->slots[i].dev);
	}
}

void machine_destroy_devices(struct machine *m)
{
	for (uint32_t i = 0; i < MACHINE_DISKS_MAX; i++) {
		if (m->blks[i]) {
			close(m->blks[i]->file.fd);
			free(m->blks[i]);
		}
	}
	if (m->net_line) {
		close_eventfd(m->net_line);
	}
	free(m->net);
	free(m->rng);
	free(m->hvc);
	net_user_destroy(m->net_user);
}
