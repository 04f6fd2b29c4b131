/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What happens beside the CPUs. In parallel mode a thread waits for the console's input, the network's
 * sockets and the clock; in deterministic mode the same is polled at points of virtual time.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "machine_internal.h"

#define OWN_FDS         3 /* wake, input, resample */
#define FDS_MAX         512
#define RTC_PERIOD_MS   1000
#define OUTPUT_DELAY_MS 5           /* a prompt waits so long for the rest of its line */
#define POLL_NS         10000000ULL /* deterministic mode: input that had no room is offered again */

void machine_wake_io(void *opaque)
{
	struct machine *m = opaque;
	uint64_t one = 1;

	if (m->io_running && write(m->wake_fd, &one, sizeof(one)) < 0) {
		return; /* the counter is full: it is awake */
	}
}

static uint32_t room(struct machine *m)
{
	return m->hvc ? virtio_console_room(m->hvc) : pl011_room(&m->uart);
}

uint32_t machine_type(struct machine *m, const uint8_t *bytes, uint32_t size)
{
	uint32_t space = room(m);

	size = size < space ? size : space;
	if (m->hvc) {
		virtio_console_receive(m->hvc, bytes, size);
	} else {
		pl011_receive(&m->uart, bytes, size);
	}
	return size;
}

/* ---- parallel mode ---- */

/* The escape keys must work although the guest takes no input: read as long as there is a place. */
static void read_input(struct machine *m)
{
	struct machine_input *input = &m->input;
	uint8_t *to = input->bytes + input->size;
	ssize_t n = read(m->config.in_fd, to, sizeof(input->bytes) - input->size);

	if (n > 0) {
		input->size += console_filter(&m->console, to, (uint32_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		input->eof = true;
	}
}

static void type_input(struct machine *m)
{
	struct machine_input *input = &m->input;
	uint32_t n = machine_type(m, input->bytes, input->size);

	memmove(input->bytes, input->bytes + n, input->size - n);
	input->size -= n;
}

static void io_step(struct machine *m, struct pollfd *fds)
{
	const struct machine_input *input = &m->input;
	bool reads = m->config.in_fd >= 0 && !input->eof && input->size < sizeof(input->bytes);
	int timeout = m->output_waits ? OUTPUT_DELAY_MS : RTC_PERIOD_MS;
	uint32_t count = 0;
	int ready;

	fds[0] = (struct pollfd){m->wake_fd, POLLIN, 0};
	fds[1] = (struct pollfd){reads ? m->config.in_fd : -1, POLLIN, 0};
	fds[2] = (struct pollfd){m->net_line ? m->net_line->resample_fd : -1, POLLIN, 0};
	if (m->net_user) {
		count = net_user_fill(m->net_user, fds + OWN_FDS, FDS_MAX - OWN_FDS, &timeout);
	}
	ready = poll(fds, OWN_FDS + count, timeout);
	if (ready > 0 && fds[0].revents) {
		uint64_t ignored;

		if (read(m->wake_fd, &ignored, sizeof(ignored)) < 0) {
			return;
		}
	}
	if (ready > 0 && fds[1].revents) {
		read_input(m);
	}
	if (ready > 0 && fds[2].revents) {
		machine_resample_net(m);
	}
	if (input->size) {
		type_input(m);
	}
	if (m->net_user) {
		net_user_dispatch(m->net_user, fds + OWN_FDS, count, ready < 0);
		virtio_net_poll(m->net);
	}
	if (m->output_waits && ready == 0) {
		m->output_waits = false;
		console_flush(&m->console);
	}
	pl031_poll(&m->rtc);
}

static void *io_main(void *opaque)
{
	struct machine *m = opaque;
	struct pollfd *fds = calloc(FDS_MAX, sizeof(*fds));

	while (fds && !m->io_stop) {
		io_step(m, fds);
	}
	free(fds);
	return NULL;
}

int machine_start_io(struct machine *m, struct vmm_error *error)
{
	if (m->config.deterministic) {
		return 0;
	}
	m->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (m->wake_fd < 0) {
		return vmm_fail(error, "cannot make an eventfd: %s", strerror(errno));
	}
	m->io_running = true;
	if (pthread_create(&m->io_thread, NULL, io_main, m)) {
		m->io_running = false;
		close(m->wake_fd);
		return vmm_fail(error, "cannot start a thread");
	}
	return 0;
}

void machine_stop_io(struct machine *m)
{
	if (m->io_running) {
		m->io_stop = true;
		machine_wake_io(m);
		pthread_join(m->io_thread, NULL);
		m->io_running = false;
		close(m->wake_fd);
	}
	console_flush(&m->console);
}

/* ---- deterministic mode ---- */

static uint64_t ticks_of_ns(uint64_t ns)
{
	return ns / VM_TICK_NS + (ns % VM_TICK_NS != 0);
}

/* Input whose time has come; returns when there is some again, in ns. */
static uint64_t poll_script(struct machine *m, uint64_t now_ns)
{
	const uint8_t *bytes = NULL;
	uint32_t size = script_due(&m->script, now_ns, &bytes);
	uint64_t next;

	if (size) {
		script_took(&m->script, machine_type(m, bytes, size));
	}
	next = script_next_ns(&m->script);
	return next > now_ns ? next : now_ns + POLL_NS;
}

bool machine_save_is_due(struct machine *m)
{
	const struct machine_config *c = &m->config;
	uint64_t now_ns = machine_now_ns(m);
	bool due = false;

	while (m->saves_done < c->save_at_count && c->save_at[m->saves_done] <= now_ns) {
		m->saves_done++;
		due = true;
	}
	return due;
}

uint64_t machine_poll(void *opaque, uint64_t now)
{
	struct machine *m = opaque;
	uint64_t next = poll_script(m, now * VM_TICK_NS);

	if (machine_save_is_due(m)) {
		machine_stop(m, MACHINE_SAVE);
	}
	if (m->saves_done < m->config.save_at_count && m->config.save_at[m->saves_done] < next) {
		next = m->config.save_at[m->saves_done];
	}
	pl031_poll(&m->rtc);
	return next == UINT64_MAX ? UINT64_MAX : ticks_of_ns(next);
}
