/* SPDX-License-Identifier: BSD-2-Clause */
/* Eventfds that inject, resampling, and lines set by devices. */
#include "vm_fixture.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define SPI 7u
#define DOORBELL \
	UINT64_C(0x09000000) /* a device register that the guest writes after each interrupt */

/* ---- the guest ---- */

static void insn_intid(struct fixture *f, uint32_t insn, uint64_t operand)
{
	mov(f, 1, operand);
	put(f, insn | 1);
}

/*
 * Takes @count interrupts SPI 7 of the given handling mode: WFI, acknowledge, note the INTID, write the
 * device register, priority drop, deactivate.
 */
static void spi_guest(struct fixture *f, bool level, uint64_t count)
{
	uint64_t intid = GIC5_INTID(GIC5_TYPE_SPI, SPI);
	uint64_t loop;

	mov(f, 5, IRS_BASE + GIC5_IRS_CR0);
	mov(f, 6, 1);
	str(f, 2, 6, 5);
	mov(f, 5, IRS_BASE + GIC5_IRS_SPI_SELR);
	mov(f, 6, SPI);
	str(f, 2, 6, 5);
	mov(f, 5, IRS_BASE + GIC5_IRS_SPI_CFGR);
	mov(f, 6, level);
	str(f, 2, 6, 5);
	insn_intid(f, 0xd508c140, intid | UINT64_C(8) << 35); /* CDPRI */
	insn_intid(f, 0xd508c160, intid);                     /* CDAFF: VPE 0 */
	insn_intid(f, 0xd508c120, intid);                     /* CDEN */
	put(f, 0xd508c01f);                                   /* GSB SYS */
	mov(f, 1, 31);
	msr(f, GIC5_ICC_PCR_EL1, 1);
	mov(f, 1, 1);
	msr(f, GIC5_ICC_CR0_EL1, 1);
	put(f, ISB);
	mov(f, 21, count);
	mov(f, 5, DOORBELL);
	mov(f, 1, 0);
	str(f, 2, 1, 5); /* ready */
	loop = f->at;
	put(f, WFI);
	put(f, 0xd528c300 | 22); /* GICR X22, CDIA */
	cbz(f, 22, loop);
	store_result(f, 0, 22);
	str(f, 2, 22, 5);
	put(f, 0xd508c1e0);
	put(f, 0xd508c200 | 22);
	put(f, 0xd1000400 | 21 << 5 | 21);
	cbnz(f, 21, loop);
	power_off(f);
}

/* ---- the device ---- */

struct device {
	struct vm *vm;
	int fd, resamplefd;
	unsigned taken;    /* interrupts that the guest took */
	unsigned to_raise; /* edges left to send */
	unsigned resampled;
};

static uint64_t device_read(void *opaque, uint64_t offset, unsigned size)
{
	return 0;
}

static void signal_fd(int fd)
{
	uint64_t one = 1;

	assert_int_equal(write(fd, &one, sizeof(one)), sizeof(one));
}

/* The guest writes 0 when it is ready and then after each acknowledge. */
static void edge_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->taken += value != 0;
	if (d->to_raise) {
		d->to_raise--;
		signal_fd(d->fd);
	}
}

static const struct vm_mmio_ops edge_ops = {device_read, edge_write};

static void start(struct fixture *f, struct device *d, bool parallel, const struct vm_mmio_ops *ops)
{
	if (parallel)
		fixture_start_parallel(f, 1, 1);
	else
		fixture_start(f, 1, 1);
	d->vm = f->vm;
	d->fd = eventfd(0, EFD_NONBLOCK);
	d->resamplefd = eventfd(0, EFD_NONBLOCK);
	assert_int_equal(vm_add_mmio(f->vm, DOORBELL, 0x1000, ops, d), 0);
}

static void end(struct fixture *f, struct device *d)
{
	fixture_end(f);
	close(d->fd);
	close(d->resamplefd);
}

static void edges(bool parallel)
{
	struct fixture f;
	struct device d = {.to_raise = 100};
	struct vgic5_irqfd irqfd = {.gsi = SPI};
	struct vm_stats stats;

	start(&f, &d, parallel, &edge_ops);
	irqfd.fd = (uint32_t)d.fd;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), 0);
	spi_guest(&f, false, 100);
	boot(&f);
	assert_int_equal(d.taken, 100);
	assert_int_equal(result(&f, 0), UINT64_C(1) << 32 | GIC5_INTID(GIC5_TYPE_SPI, SPI));
	vm_get_stats(f.vm, &stats);
	assert_int_equal(stats.irqfd_signals, 100);
	irqfd.flags = VGIC5_IRQFD_DEASSIGN;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), 0);
	end(&f, &d);
}

static void each_signal_is_an_interrupt_deterministic(void **state)
{
	edges(false);
}

static void each_signal_is_an_interrupt_parallel(void **state)
{
	edges(true);
}

/*
 * A level device with resampling: it has @to_raise things to say; the guest's acknowledge does not
 * quiet it, the resample event asks it again.
 */
static void resample_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->taken += value != 0;
	if (value == 0)
		signal_fd(d->fd);
}

static const struct vm_mmio_ops resample_ops = {device_read, resample_write};

static void *resampler(void *arg)
{
	struct device *d = arg;
	struct pollfd fd = {.fd = d->resamplefd, .events = POLLIN};
	uint64_t count;

	while (d->to_raise) {
		if (poll(&fd, 1, 1000) != 1 || read(d->resamplefd, &count, 8) != 8)
			continue;
		d->resampled++;
		d->to_raise--;
		signal_fd(d->fd);
	}
	return NULL;
}

static void a_level_interrupt_is_sampled_again_after_deactivation(void **state)
{
	struct fixture f;
	struct device d = {.to_raise = 20};
	struct vgic5_irqfd irqfd = {.gsi = SPI, .flags = VGIC5_IRQFD_RESAMPLE};
	pthread_t thread;

	start(&f, &d, true, &resample_ops);
	irqfd.fd = (uint32_t)d.fd;
	irqfd.resamplefd = (uint32_t)d.resamplefd;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), 0);
	spi_guest(&f, true, 21);
	assert_int_equal(pthread_create(&thread, NULL, resampler, &d), 0);
	boot(&f);
	pthread_join(thread, NULL);
	assert_int_equal(d.taken, 21);
	assert_int_equal(d.resampled, 20);
	end(&f, &d);
}

/* ---- lines ---- */

static void line_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->taken += value != 0;
	assert_int_equal(vm_set_gsi(d->vm, SPI, false), 0);
	if (d->to_raise) {
		d->to_raise--;
		assert_int_equal(vm_set_gsi(d->vm, SPI, true), 0);
	}
}

static const struct vm_mmio_ops line_ops = {device_read, line_write};

static void a_device_function_may_set_its_line(void **state)
{
	struct fixture f;
	struct device d = {.to_raise = 50};

	start(&f, &d, false, &line_ops);
	spi_guest(&f, true, 50);
	boot(&f);
	assert_int_equal(d.taken, 50);
	end(&f, &d);
}

static void *raise_line(void *arg)
{
	struct vm *vm = arg;

	for (unsigned i = 0; i < 30; i++) {
		struct vgic5_irq_level irq = {.irq = 1u << VGIC5_IRQ_TYPE_SHIFT | SPI, .level = 1};

		usleep(1000);
		assert_int_equal(vm_irq_line(vm, &irq), 0);
	}
	return NULL;
}

static void quiet_write(void *opaque, uint64_t offset, unsigned size, uint64_t value)
{
	struct device *d = opaque;

	d->taken += value != 0;
}

static const struct vm_mmio_ops quiet_ops = {device_read, quiet_write};

/* Sleeping each time: the doorbell has to wake it. */
static void a_thread_wakes_a_sleeping_guest(void **state)
{
	struct fixture f;
	struct device d = {0};
	struct vm_stats stats;
	pthread_t thread;

	start(&f, &d, true, &quiet_ops);
	spi_guest(&f, false, 3);
	assert_int_equal(pthread_create(&thread, NULL, raise_line, f.vm), 0);
	boot(&f);
	pthread_join(thread, NULL);
	vm_get_stats(f.vm, &stats);
	assert_true(stats.gic.doorbells > 0);
	assert_true(stats.wakes > 0);
	end(&f, &d);
}

/* ---- errors ---- */

static void mistakes_are_told(void **state)
{
	struct fixture f;
	struct device d = {0};
	struct vgic5_irqfd irqfd = {.gsi = SPI};

	start(&f, &d, true, &edge_ops);
	irqfd.fd = (uint32_t)d.fd;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), 0);
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_EXIST);
	irqfd.gsi = VGIC5_MAX_SPIS;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_INVAL);
	irqfd.gsi = SPI + 1;
	irqfd.flags = 4;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_INVAL);
	irqfd.flags = VGIC5_IRQFD_DEASSIGN;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_NOENT);
	irqfd.flags = VGIC5_IRQFD_RESAMPLE;
	irqfd.resamplefd = UINT32_MAX;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_INVAL);
	irqfd.flags = 0;
	irqfd.fd = 1000000;
	assert_int_equal(vm_irqfd(f.vm, &irqfd), -VGIC5_E_INVAL);
	end(&f, &d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_signal_is_an_interrupt_deterministic),
		cmocka_unit_test(each_signal_is_an_interrupt_parallel),
		cmocka_unit_test(a_level_interrupt_is_sampled_again_after_deactivation),
		cmocka_unit_test(a_device_function_may_set_its_line),
		cmocka_unit_test(a_thread_wakes_a_sleeping_guest),
		cmocka_unit_test(mistakes_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
