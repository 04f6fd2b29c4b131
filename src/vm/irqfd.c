/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Eventfds that inject interrupts, as KVM_IRQFD. In parallel mode a thread of the VM waits for them; in
 * deterministic mode the thread that steps the PEs looks at them after a device function was called.
 */
#define _GNU_SOURCE
#include "internal.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define BATCH 16

/* ---- delivery ---- */

static void signal_fd(int fd)
{
	uint64_t one = 1;

	/* Full means that it is signalled already. */
	if (write(fd, &one, sizeof(one)) < 0)
		return;
}

/* The eventfd may be read by nobody else, but a signal may have been taken back. */
static bool consume(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	uint64_t count;

	return poll(&poll_fd, 1, 0) == 1 && read(fd, &count, sizeof(count)) == sizeof(count);
}

static void deliver(struct irqfd *irqfd)
{
	struct vm *vm = irqfd->vm;

	if (!consume(irqfd->fd))
		return;
	atomic_fetch_add(&vm->irqfds.signals, 1);
	vm_set_gsi(vm, irqfd->gsi, true);
	if (irqfd->resamplefd < 0)
		vm_set_gsi(vm, irqfd->gsi, false);
}

/* The guest has deactivated the interrupt: let the device say whether it still wants one. */
static void acked(struct vgic5_ack_notifier *notifier, struct port_pe *pe)
{
	struct irqfd *irqfd = (struct irqfd *)notifier; /* its first member */

	atomic_fetch_add(&irqfd->vm->irqfds.resamples, 1);
	vgic5_inject_gsi(irqfd->vm->vgic5, pe, irqfd->gsi, false);
	signal_fd(irqfd->resamplefd);
	device_called(irqfd->vm);
}

void irqfds_poll(struct vm *vm)
{
	vm->poll_irqfds = false;
	for (struct irqfd *i = vm->irqfds.list; i; i = i->next)
		deliver(i);
}

/* ---- the thread ---- */

/* The list tells whether the irqfd still exists: it is only freed with the lock held. */
static void deliver_fd(struct vm *vm, int fd)
{
	pthread_mutex_lock(&vm->irqfds.lock);
	for (struct irqfd *i = vm->irqfds.list; i; i = i->next)
		if (i->fd == fd)
			deliver(i);
	pthread_mutex_unlock(&vm->irqfds.lock);
}

static void *wait_thread(void *arg)
{
	struct vm *vm = arg;
	struct epoll_event events[BATCH];

	for (;;) {
		int count = epoll_wait(vm->irqfds.epoll, events, BATCH, -1);

		for (int i = 0; i < count; i++) {
			if (events[i].data.fd == vm->irqfds.quit)
				return NULL;
			deliver_fd(vm, events[i].data.fd);
		}
		if (count < 0 && errno != EINTR)
			return NULL;
	}
}

static int watch(struct vm *vm, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	if (epoll_ctl(vm->irqfds.epoll, EPOLL_CTL_ADD, fd, &event) == 0 || errno == EEXIST)
		return 0;
	return errno == ENOMEM || errno == ENOSPC ? -VGIC5_E_NOMEM : -VGIC5_E_INVAL;
}

static int start_thread(struct vm *vm)
{
	struct irqfds *irqfds = &vm->irqfds;

	if (irqfds->has_thread)
		return 0;
	if (watch(vm, irqfds->quit) || pthread_create(&irqfds->thread, NULL, wait_thread, vm) != 0)
		return -VGIC5_E_NOMEM;
	irqfds->has_thread = true;
	return 0;
}

/* ---- assigning ---- */

static struct irqfd **find(struct vm *vm, int fd, uint32_t gsi)
{
	struct irqfd **link = &vm->irqfds.list;

	while (*link && ((*link)->fd != fd || (*link)->gsi != gsi))
		link = &(*link)->next;
	return link;
}

static bool fd_in_use(const struct vm *vm, int fd)
{
	for (const struct irqfd *i = vm->irqfds.list; i; i = i->next)
		if (i->fd == fd)
			return true;
	return false;
}

static void destroy(struct irqfd *irqfd)
{
	if (irqfd->resamplefd >= 0)
		vgic5_del_ack_notifier(irqfd->vm->vgic5, irqfd->vm->host->service,
				       &irqfd->notifier);
	free(irqfd);
}

static int deassign(struct vm *vm, const struct vgic5_irqfd *request)
{
	int fd = (int)request->fd;
	struct irqfd **link;
	struct irqfd *irqfd;

	pthread_mutex_lock(&vm->irqfds.lock);
	link = find(vm, fd, request->gsi);
	irqfd = *link;
	if (irqfd)
		*link = irqfd->next;
	if (irqfd && vm->irqfds.has_thread && !fd_in_use(vm, fd))
		epoll_ctl(vm->irqfds.epoll, EPOLL_CTL_DEL, fd, NULL);
	pthread_mutex_unlock(&vm->irqfds.lock);
	if (!irqfd)
		return -VGIC5_E_NOENT;
	destroy(irqfd);
	return 0;
}

static bool is_open(int fd)
{
	struct pollfd poll_fd = {.fd = fd};

	return fd >= 0 && poll(&poll_fd, 1, 0) >= 0 && !(poll_fd.revents & POLLNVAL);
}

/* With the list's lock held. */
static int link_in(struct vm *vm, struct irqfd *irqfd)
{
	struct irqfd **end = find(vm, irqfd->fd, irqfd->gsi);
	int rc;

	if (*end)
		return -VGIC5_E_EXIST;
	if (!vm->host->config.deterministic) {
		rc = start_thread(vm);
		if (!rc)
			rc = watch(vm, irqfd->fd);
		if (rc)
			return rc;
	}
	*end = irqfd;
	return 0;
}

static int assign(struct vm *vm, const struct vgic5_irqfd *request)
{
	bool resample = request->flags & VGIC5_IRQFD_RESAMPLE;
	struct irqfd *irqfd;
	int rc = 0;

	if (!is_open((int)request->fd) || (resample && !is_open((int)request->resamplefd)))
		return -VGIC5_E_INVAL;
	irqfd = calloc(1, sizeof(*irqfd));
	if (!irqfd)
		return -VGIC5_E_NOMEM;
	irqfd->vm = vm;
	irqfd->fd = (int)request->fd;
	irqfd->gsi = request->gsi;
	irqfd->resamplefd = resample ? (int)request->resamplefd : -1;
	irqfd->notifier.acked = acked;
	irqfd->notifier.spi = request->gsi;
	if (resample)
		rc = vgic5_add_ack_notifier(vm->vgic5, vm->host->service, &irqfd->notifier);
	if (rc) {
		free(irqfd);
		return rc;
	}
	pthread_mutex_lock(&vm->irqfds.lock);
	rc = link_in(vm, irqfd);
	pthread_mutex_unlock(&vm->irqfds.lock);
	if (rc)
		destroy(irqfd);
	return rc;
}

int vm_irqfd(struct vm *vm, const struct vgic5_irqfd *request)
{
	if (request->flags & ~(uint32_t)(VGIC5_IRQFD_DEASSIGN | VGIC5_IRQFD_RESAMPLE) ||
	    request->gsi >= VGIC5_MAX_SPIS)
		return -VGIC5_E_INVAL;
	if (request->flags & VGIC5_IRQFD_DEASSIGN)
		return deassign(vm, request);
	return assign(vm, request);
}

/* ---- life cycle ---- */

int irqfds_init(struct vm *vm)
{
	struct irqfds *irqfds = &vm->irqfds;

	pthread_mutex_init(&irqfds->lock, NULL);
	irqfds->epoll = epoll_create1(EPOLL_CLOEXEC);
	irqfds->quit = eventfd(0, EFD_CLOEXEC);
	return irqfds->epoll < 0 || irqfds->quit < 0 ? -VGIC5_E_NOMEM : 0;
}

/* Idempotent: vm_destroy() may have to be called again. */
void irqfds_exit(struct vm *vm)
{
	struct irqfds *irqfds = &vm->irqfds;

	if (irqfds->has_thread) {
		signal_fd(irqfds->quit);
		pthread_join(irqfds->thread, NULL);
		irqfds->has_thread = false;
	}
	while (irqfds->list) {
		struct irqfd *irqfd = irqfds->list;

		irqfds->list = irqfd->next;
		destroy(irqfd);
	}
	if (irqfds->epoll >= 0)
		close(irqfds->epoll);
	if (irqfds->quit >= 0)
		close(irqfds->quit);
	irqfds->epoll = -1;
	irqfds->quit = -1;
}
