/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The user's side of the guest's console: collects output into writes of whole lines, looks at each
 * line for signs of a self-check or a panic, and separates the escape keys from the input.
 *
 * Its own lock; the callbacks come with that lock held and must not call back.
 */
#ifndef VMM_CONSOLE_H
#define VMM_CONSOLE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_LINE   256 /* what is looked at of a line */
#define CONSOLE_BUFFER 4096
#define CONSOLE_ESCAPE 1 /* Ctrl-A */

/* What a line of the guest said */
enum console_sign {
	CONSOLE_PANIC,        /* "Kernel panic - not syncing" */
	CONSOLE_CHECK_PASSED, /* "SELFCHECK PASS" */
	CONSOLE_CHECK_FAILED, /* "SELFCHECK FAIL" */
};

/* What an escape key asks for */
enum console_key {
	CONSOLE_KEY_QUIT, /* x */
	CONSOLE_KEY_SAVE, /* s */
	CONSOLE_KEY_HELP, /* h or ? */
};

struct console_ops {
	void *opaque;
	void (*sign)(void *opaque, enum console_sign sign);
	void (*key)(void *opaque, enum console_key key);
	void (*dirty)(
		void *opaque); /* output waits: call console_flush() soon; NULL: write at once */
};

struct console {
	pthread_mutex_t lock;
	struct console_ops ops;
	int out_fd;   /* -1: output is thrown away */
	bool keys;    /* Ctrl-A is an escape, not input */
	bool escaped; /* Ctrl-A was the last byte */
	char line[CONSOLE_LINE];
	uint32_t line_size;
	uint8_t buffer[CONSOLE_BUFFER];
	uint32_t size;
};

void console_init(struct console *console, int out_fd, bool keys, const struct console_ops *ops);

/** console_write() - output of the guest; a struct vmm_sink's function */
void console_write(void *console, const void *bytes, uint32_t size);

/** console_flush() - write out what was collected */
void console_flush(struct console *console);

/**
 * console_filter() - separate escape keys from what was typed
 *
 * Works in place; returns how many of @size bytes are left for the guest.
 */
uint32_t console_filter(struct console *console, uint8_t *bytes, uint32_t size);

#endif
