/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's side of the guest's console. */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

void console_init(struct console *console, int out_fd, bool keys, const struct console_ops *ops)
{
	memset(console, 0, sizeof(*console));
	pthread_mutex_init(&console->lock, NULL);
	console->ops = *ops;
	console->out_fd = out_fd;
	console->keys = keys;
}

/* A reader that has gone away must not stop the guest: what cannot be written is lost. */
static void flush_locked(struct console *console)
{
	uint32_t done = 0;

	while (done < console->size && console->out_fd >= 0) {
		ssize_t n = write(console->out_fd, console->buffer + done, console->size - done);

		if (n < 0 && errno == EAGAIN) {
			struct pollfd fd = {console->out_fd, POLLOUT, 0};

			poll(&fd, 1, -1);
		} else if (n < 0 && errno != EINTR) {
			break;
		} else if (n > 0) {
			done += (uint32_t)n;
		}
	}
	console->size = 0;
}

void console_flush(struct console *console)
{
	pthread_mutex_lock(&console->lock);
	flush_locked(console);
	pthread_mutex_unlock(&console->lock);
}

static void look_at_line(struct console *console)
{
	static const struct {
		const char *text;
		enum console_sign sign;
	} signs[] = {
		{"Kernel panic - not syncing", CONSOLE_PANIC       },
		{"SELFCHECK PASS",             CONSOLE_CHECK_PASSED},
		{"SELFCHECK FAIL",             CONSOLE_CHECK_FAILED},
	};

	console->line[console->line_size] = 0;
	for (unsigned i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
		if (strstr(console->line, signs[i].text)) {
			console->ops.sign(console->ops.opaque, signs[i].sign);
		}
	}
	console->line_size = 0;
}

static void put(struct console *console, uint8_t byte)
{
	if (console->size == CONSOLE_BUFFER) {
		flush_locked(console);
	}
	console->buffer[console->size++] = byte;
	if (byte == '\n') {
		look_at_line(console);
	} else if (byte && console->line_size < CONSOLE_LINE - 1) {
		console->line[console->line_size++] = (char)byte;
	}
}

void console_write(void *opaque, const void *bytes, uint32_t size)
{
	struct console *console = opaque;
	const uint8_t *p = bytes;
	bool was_empty;

	pthread_mutex_lock(&console->lock);
	was_empty = !console->size;
	for (uint32_t i = 0; i < size; i++) {
		put(console, p[i]);
	}
	if (!console->ops.dirty || (console->size && console->buffer[console->size - 1] == '\n')) {
		flush_locked(console);
	} else if (was_empty && console->size) {
		console->ops.dirty(console->ops.opaque);
	}
	pthread_mutex_unlock(&console->lock);
}

/* Returns whether @byte goes to the guest after all. */
static bool escape_key(struct console *console, uint8_t byte)
{
	switch (byte) {
	case CONSOLE_ESCAPE:
	case 'a': return true;
	case 'x': console->ops.key(console->ops.opaque, CONSOLE_KEY_QUIT); break;
	case 's': console->ops.key(console->ops.opaque, CONSOLE_KEY_SAVE); break;
	default: console->ops.key(console->ops.opaque, CONSOLE_KEY_HELP); break;
	}
	return false;
}

uint32_t console_filter(struct console *console, uint8_t *bytes, uint32_t size)
{
	uint32_t kept = 0;

	if (!console->keys) {
		return size;
	}
	for (uint32_t i = 0; i < size; i++) {
		if (console->escaped) {
			console->escaped = false;
			if (escape_key(console, bytes[i])) {
				bytes[kept++] = CONSOLE_ESCAPE;
			}
		} else if (bytes[i] == CONSOLE_ESCAPE) {
			console->escaped = true;
		} else {
			bytes[kept++] = bytes[i];
		}
	}
	return kept;
}
