/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine while it runs, however it was made: what "run" and "restore" have in common. */
#ifndef CLI_SESSION_H
#define CLI_SESSION_H

#include <time.h>

#include "machine.h"
#include "options.h"

#define SESSION_SAVES_MAX 64

/** struct session - the first part are options */
struct session {
	const char *stats;
	const char *snapshot;
	const char *save_on;
	const char *save_at;
	bool save_continue;
	bool selfcheck;
	uint64_t timeout; /* seconds; 0: none */
	unsigned verbose;

	uint64_t save_at_ns[SESSION_SAVES_MAX];
	uint32_t save_at_count;
};

/* Rows of the options above */
#define SESSION_OPTIONS(s)                                                                         \
	{0,                                                                                        \
	 "stats",                                                                                  \
	 OPTION_STRING,                                                                            \
	 &(s)->stats,                                                                              \
	 "FILE",                                                                                   \
	 "counters as JSON at exit; - for standard error",                                         \
	 0},                                                                                       \
		{0,                                                                                \
		 "selfcheck",                                                                      \
		 OPTION_FLAG,                                                                      \
		 &(s)->selfcheck,                                                                  \
		 NULL,                                                                             \
		 "the guest must print SELFCHECK PASS; a panic on the\nconsole ends the run",      \
		 0},                                                                               \
		{0,                                                                                \
		 "timeout",                                                                        \
		 OPTION_NUMBER,                                                                    \
		 &(s)->timeout,                                                                    \
		 "SECONDS",                                                                        \
		 "give up after so long",                                                          \
		 1000000},                                                                         \
		{0,                                                                                \
		 "snapshot",                                                                       \
		 OPTION_STRING,                                                                    \
		 &(s)->snapshot,                                                                   \
		 "FILE",                                                                           \
		 "where Ctrl-A s and the next two save the machine, and end",                      \
		 0},                                                                               \
		{0, "save-on", OPTION_STRING, &(s)->save_on, "USR1", "save at this signal", 0},    \
		{0,                                                                                \
		 "save-at",                                                                        \
		 OPTION_STRING,                                                                    \
		 &(s)->save_at,                                                                    \
		 "SECONDS",                                                                        \
		 "deterministic: save at these times of the guest's clock,\nwith a comma between", \
		 0},                                                                               \
		{0, "save-continue", OPTION_FLAG, &(s)->save_continue, NULL, "go on after saving", \
		 0},                                                                               \
	{                                                                                          \
		'v', "verbose", OPTION_COUNT, &(s)->verbose, NULL, "say more", 0                   \
	}

/** session_check() - are the options sound? returns: 0, or CLI_ERROR after a line of text */
int session_check(struct session *s);

/** session_block_signals() - before any thread is made */
void session_block_signals(const struct session *s);

/** session_connect() - the parts of a machine's configuration that belong to its session */
void session_connect(struct session *s, struct machine_config *config);

/** session_seconds_since() - seconds from a time of CLOCK_MONOTONIC until now */
double session_seconds_since(const struct timespec *begin);

/** session_run() - a booted or restored machine until its end; returns the exit status */
int session_run(struct session *s, struct machine *machine);

#endif
