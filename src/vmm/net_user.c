/* SPDX-License-Identifier: BSD-2-Clause */
/* User network made of libslirp. */
#include "net_user.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <slirp/libslirp.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX  512 /* packets that wait for the guest */
#define TIMERS_MAX 8

struct packet {
	struct packet *next;
	uint32_t size;
	uint8_t bytes[];
};

struct timer {
	struct net_user *net;
	SlirpTimerCb run;
	void *opaque;
	int64_t due_ms; /* -1: not running */
};

struct net_user {
	pthread_mutex_t lock;
	struct net_user_config config;
	Slirp *slirp;
	struct packet *first;
	struct packet **last;
	uint32_t count;
	struct timer timers[TIMERS_MAX];
};

struct fill {
	struct pollfd *fds;
	uint32_t max;
	uint32_t count;
};

static ssize_t send_packet(const void *bytes, size_t size, void *opaque)
{
	struct net_user *net = opaque;
	struct packet *packet;

	if (net->count >= QUEUE_MAX || size > VMM_PACKET_MAX) {
		return (ssize_t)size;
	}
	packet = malloc(sizeof(*packet) + size);
	if (!packet) {
		return (ssize_t)size;
	}
	packet->next = NULL;
	packet->size = (uint32_t)size;
	memcpy(packet->bytes, bytes, size);
	*net->last = packet;
	net->last = &packet->next;
	net->count++;
	return (ssize_t)size;
}

static void guest_error(const char *message, void *opaque)
{
	(void)message;
	(void)opaque;
}

static int64_t clock_get_ns(void *opaque)
{
	struct net_user *net = opaque;

	return net->config.now_ns(net->config.opaque);
}

static void *timer_new(SlirpTimerCb run, void *run_opaque, void *opaque)
{
	struct net_user *net = opaque;

	for (unsigned i = 0; i < TIMERS_MAX; i++) {
		struct timer *timer = &net->timers[i];

		if (!timer->run) {
			*timer = (struct timer){net, run, run_opaque, -1};
			return timer;
		}
	}
	return NULL;
}

static void timer_free(void *timer, void *opaque)
{
	(void)opaque;
	if (timer) {
		((struct timer *)timer)->run = NULL;
	}
}

static void timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	(void)opaque;
	if (timer) {
		((struct timer *)timer)->due_ms = expire_ms;
	}
}

static void ignore_fd(int fd, void *opaque)
{
	(void)fd;
	(void)opaque;
}

static void notify(void *opaque)
{
	struct net_user *net = opaque;

	net->config.wake(net->config.opaque);
}

static const SlirpCb callbacks = {
	.send_packet = send_packet,
	.guest_error = guest_error,
	.clock_get_ns = clock_get_ns,
	.timer_new = timer_new,
	.timer_free = timer_free,
	.timer_mod = timer_mod,
	.register_poll_fd = ignore_fd,
	.unregister_poll_fd = ignore_fd,
	.notify = notify,
};

struct net_user *net_user_create(const struct net_user_config *config)
{
	struct net_user *net = calloc(1, sizeof(*net));
	SlirpConfig slirp = {
		.version = 1,
		.restricted = config->isolated,
		.in_enabled = true,
		.vnetwork.s_addr = htonl(0x0a000200),
		.vnetmask.s_addr = htonl(0xffffff00),
		.vhost.s_addr = htonl(0x0a000202),
		.vdhcp_start.s_addr = htonl(0x0a00020f),
		.vnameserver.s_addr = htonl(0x0a000203),
	};

	if (!net) {
		return NULL;
	}
	net->config = *config;
	net->last = &net->first;
	pthread_mutex_init(&net->lock, NULL);
	net->slirp = slirp_new(&slirp, &callbacks, net);
	if (!net->slirp) {
		free(net);
		return NULL;
	}
	return net;
}

void net_user_destroy(struct net_user *net)
{
	struct packet *packet;

	if (!net) {
		return;
	}
	slirp_cleanup(net->slirp);
	while ((packet = net->first)) {
		net->first = packet->next;
		free(packet);
	}
	pthread_mutex_destroy(&net->lock);
	free(net);
}

static void take(void *opaque, const void *packet, uint32_t size)
{
	struct net_user *net = opaque;

	pthread_mutex_lock(&net->lock);
	slirp_input(net->slirp, packet, (int)size);
	pthread_mutex_unlock(&net->lock);
	net->config.wake(net->config.opaque);
}

static uint32_t fetch(void *opaque, void *bytes, uint32_t size)
{
	struct net_user *net = opaque;
	struct packet *packet;
	uint32_t n = 0;

	pthread_mutex_lock(&net->lock);
	packet = net->first;
	if (packet) {
		net->first = packet->next;
		net->count--;
		if (!net->first) {
			net->last = &net->first;
		}
		n = packet->size < size ? packet->size : size;
		memcpy(bytes, packet->bytes, n);
		free(packet);
	}
	pthread_mutex_unlock(&net->lock);
	return n;
}

struct vmm_net net_user_backend(struct net_user *net)
{
	return (struct vmm_net){net, take, fetch};
}

static int add_poll(int fd, int events, void *opaque)
{
	struct fill *fill = opaque;
	short wanted = 0;

	if (fill->count == fill->max) {
		return -1;
	}
	wanted |= events & SLIRP_POLL_IN ? POLLIN : 0;
	wanted |= events & SLIRP_POLL_OUT ? POLLOUT : 0;
	wanted |= events & SLIRP_POLL_PRI ? POLLPRI : 0;
	fill->fds[fill->count] = (struct pollfd){.fd = fd, .events = wanted};
	return (int)fill->count++;
}

static int get_revents(int index, void *opaque)
{
	struct fill *fill = opaque;
	int events = 0;
	short seen;

	if (index < 0 || (uint32_t)index >= fill->count) {
		return 0;
	}
	seen = fill->fds[index].revents;
	events |= seen & POLLIN ? SLIRP_POLL_IN : 0;
	events |= seen & POLLOUT ? SLIRP_POLL_OUT : 0;
	events |= seen & POLLPRI ? SLIRP_POLL_PRI : 0;
	events |= seen & POLLERR ? SLIRP_POLL_ERR : 0;
	events |= seen & POLLHUP ? SLIRP_POLL_HUP : 0;
	return events;
}

uint32_t net_user_fill(struct net_user *net, struct pollfd *fds, uint32_t max, int *timeout_ms)
{
	struct fill fill = {fds, max, 0};
	uint32_t timeout = *timeout_ms < 0 ? UINT32_MAX : (uint32_t)*timeout_ms;
	int64_t now_ms;

	pthread_mutex_lock(&net->lock);
	slirp_pollfds_fill(net->slirp, &timeout, add_poll, &fill);
	now_ms = clock_get_ns(net) / 1000000;
	for (unsigned i = 0; i < TIMERS_MAX; i++) {
		const struct timer *timer = &net->timers[i];
		int64_t left = timer->due_ms - now_ms;

		if (timer->run && timer->due_ms >= 0 && left < timeout) {
			timeout = left > 0 ? (uint32_t)left : 0;
		}
	}
	pthread_mutex_unlock(&net->lock);
	*timeout_ms = timeout > INT32_MAX ? -1 : (int)timeout;
	return fill.count;
}

static void run_timers(struct net_user *net)
{
	int64_t now_ms = clock_get_ns(net) / 1000000;

	for (unsigned i = 0; i < TIMERS_MAX; i++) {
		struct timer *timer = &net->timers[i];

		if (timer->run && timer->due_ms >= 0 && timer->due_ms <= now_ms) {
			timer->due_ms = -1;
			timer->run(timer->opaque);
		}
	}
}

void net_user_dispatch(struct net_user *net, const struct pollfd *fds, uint32_t count, bool failed)
{
	struct fill fill = {(struct pollfd *)fds, count, count};

	pthread_mutex_lock(&net->lock);
	slirp_pollfds_poll(net->slirp, failed, get_revents, &fill);
	run_timers(net);
	pthread_mutex_unlock(&net->lock);
}
