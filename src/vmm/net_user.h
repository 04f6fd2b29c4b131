/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User network: a NAT made of libslirp, with DHCP, DNS and a gateway at 10.0.2.2, without
 * privilege. Packets for the guest wait in a bounded queue; more are lost, as on a wire.
 *
 * Locking: its own lock inside, never held while calling out except for the clock. Lock order:
 * device before network.
 */
#ifndef VMM_NET_USER_H
#define VMM_NET_USER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio_net.h"

struct net_user;

struct net_user_config {
	void *opaque;
	int64_t (*now_ns)(void *opaque); /* from any thread */
	void (*wake)(void *opaque); /* net_user_fill() should be called again; from any thread */
	bool isolated; /* only what the network answers by itself: nothing of the host is reachable
			*/
};

/** net_user_create() - returns NULL if there is no memory */
struct net_user *net_user_create(const struct net_user_config *config);
void net_user_destroy(struct net_user *net);

/** net_user_backend() - what virtio_net_init() takes */
struct vmm_net net_user_backend(struct net_user *net);

/**
 * net_user_fill() - what to wait for
 * @fds, @max:  room for file descriptors
 * @timeout_ms: lowered if something is due before that
 *
 * returns: how many of @fds were filled in
 */
uint32_t net_user_fill(struct net_user *net, struct pollfd *fds, uint32_t max, int *timeout_ms);

/** net_user_dispatch() - after poll() on what net_user_fill() gave; virtio_net_poll() should follow
 */
void net_user_dispatch(struct net_user *net, const struct pollfd *fds, uint32_t count, bool failed);

#endif
