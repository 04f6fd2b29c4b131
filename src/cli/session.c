/* SPDX-License-Identifier: BSD-2-Clause */
/* A machine while it runs: signals, time-out, saving, and what is left to say at its end. */
#include "session.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "snapshot.h"
#include "terminal.h"

#define NS_PER_S 1000000000.0

/* What the thread that waits for signals needs */
struct watcher {
	pthread_t thread;
	struct machine *machine;
	const struct session *session;
	atomic_bool done;
};

/* ---- what the machine asks for ---- */

static void key_help(void *opaque)
{
	(void)opaque;
	fputs("\r\nCtrl-A x  leave, without shutting the guest down\r\n"
	      "Ctrl-A s  save a snapshot (with --snapshot)\r\n"
	      "Ctrl-A a  send Ctrl-A to the guest\r\n"
	      "Ctrl-A h  this list\r\n",
	      stderr);
}

static void report(void *opaque, bool guest, const char *line)
{
	const struct session *s = opaque;

	/* A guest may make as many mistakes as it likes; they are shown on request. */
	if (!guest || s->verbose) {
		fprintf(stderr, "vgic5: %s: %s\r\n", guest ? "guest" : "host", line);
	}
}

void session_connect(struct session *s, struct machine_config *config)
{
	config->save_at = s->save_at_ns;
	config->save_at_count = s->save_at_count;
	config->in_fd = STDIN_FILENO;
	config->out_fd = STDOUT_FILENO;
	config->stop_on_panic = s->selfcheck;
	config->opaque = s;
	config->key_help = key_help;
	config->report = report;
}

/* ---- options ---- */

/* Seconds with a comma between them, ascending. */
static int parse_times(struct session *s)
{
	const char *p = s->save_at;

	while (p) {
		char *end;
		double seconds = strtod(p, &end);
		uint64_t ns =
			seconds >= 0 && seconds < 1e9 ? (uint64_t)(seconds * NS_PER_S + 0.5) : 0;

		if (end == p || (*end && *end != ',') || !(seconds >= 0 && seconds < 1e9) ||
		    s->save_at_count == SESSION_SAVES_MAX ||
		    (s->save_at_count && ns <= s->save_at_ns[s->save_at_count - 1])) {
			return cli_error(
				"--save-at wants up to %u times in seconds, ascending, not %s",
				SESSION_SAVES_MAX, s->save_at);
		}
		s->save_at_ns[s->save_at_count++] = ns;
		p = *end ? end + 1 : NULL;
	}
	return 0;
}

int session_check(struct session *s)
{
	if (s->save_on && strcmp(s->save_on, "USR1") != 0 && strcmp(s->save_on, "SIGUSR1") != 0) {
		return cli_error("--save-on %s: there is USR1", s->save_on);
	}
	if ((s->save_on || s->save_at || s->save_continue) && !s->snapshot) {
		return cli_error("--save-on, --save-at and --save-continue need --snapshot FILE");
	}
	return parse_times(s);
}

/* ---- signals and time ---- */

static void watched_signals(sigset_t *set, bool save_on_usr1)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR2); /* wakes the watcher itself */
	if (save_on_usr1) {
		sigaddset(set, SIGUSR1);
	}
}

void session_block_signals(const struct session *s)
{
	sigset_t set;

	watched_signals(&set, s->save_on != NULL);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static enum machine_end reason_of(int number)
{
	return number < 0 ? MACHINE_TIMEOUT : number == SIGUSR1 ? MACHINE_SAVE : MACHINE_QUIT;
}

static time_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void *watch(void *opaque)
{
	struct watcher *w = opaque;
	const time_t end = now() + (time_t)w->session->timeout;
	sigset_t set;

	watched_signals(&set, w->session->save_on != NULL);
	for (;;) {
		const time_t left = end - now();
		const struct timespec limit = {left > 0 ? left : 0, 0};
		int number = w->session->timeout ? sigtimedwait(&set, NULL, &limit)
						 : sigwaitinfo(&set, NULL);

		if (w->done) {
			return NULL;
		}
		if (number < 0 && errno == EINTR) {
			continue;
		}
		machine_stop(w->machine, reason_of(number));
	}
}

/* Signals are taken by one thread, so that no handler runs in the middle of the machine. */
static int start_watcher(struct watcher *w)
{
	if (pthread_create(&w->thread, NULL, watch, w)) {
		return cli_error("cannot start a thread");
	}
	return 0;
}

static void stop_watcher(struct watcher *w)
{
	w->done = true;
	pthread_kill(w->thread, SIGUSR2);
	pthread_join(w->thread, NULL);
}

/* ---- saving ---- */

double session_seconds_since(const struct timespec *begin)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	return (double)(end.tv_sec - begin->tv_sec) +
	       (double)(end.tv_nsec - begin->tv_nsec) / NS_PER_S;
}

/* Says what happened; false if there is no snapshot, and the guest goes on. */
static bool save_machine(const struct session *s, struct machine *machine)
{
	struct timespec begin;
	struct vmm_error error;
	struct stat st = {0};

	if (!s->snapshot) {
		cli_say("no file to save to: start with --snapshot FILE");
		return false;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (snapshot_save(machine, s->snapshot, &error)) {
		cli_error("not saved, the guest goes on: %s", error.text);
		return false;
	}
	stat(s->snapshot, &st);
	cli_say("saved to %s: %.1f MiB in %.3f s", s->snapshot, (double)st.st_size / 1048576,
		session_seconds_since(&begin));
	return true;
}

/* ---- the end ---- */

/* Opened before the guest runs: a path that cannot be written must not cost an hour's figures. */
static FILE *open_stats(const char *path)
{
	FILE *out = !strcmp(path, "-") ? stderr : fopen(path, "w");

	if (!out) {
		cli_error("cannot write %s: %s (--stats)", path, strerror(errno));
	}
	return out;
}

static int write_stats(struct machine *machine, FILE *out, const char *path)
{
	machine_write_stats(machine, out);
	if (out != stderr && fclose(out)) {
		return cli_error("cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

static int status_of_end(const struct session *s, const struct machine *machine,
			 enum machine_end end)
{
	if (end == MACHINE_SAVE) {
		return CLI_OK; /* a self-check goes on where it is restored */
	}
	switch (end) {
	case MACHINE_PANIC: cli_error("the guest panicked"); return CLI_PANIC;
	case MACHINE_TIMEOUT:
		return cli_error("the guest was still running after %llu s (--timeout)",
				 (unsigned long long)s->timeout);
	case MACHINE_STALLED:
		return cli_error("every CPU of the guest waits, and nothing will ever wake it");
	case MACHINE_DEAD: return cli_error("the hardware model refused to go on");
	default: break;
	}
	if (machine_host_reports(machine)) {
		cli_error("strict mode reported the hypervisor %llu times",
			  (unsigned long long)machine_host_reports(machine));
		return CLI_STRICT;
	}
	if (s->selfcheck && machine_check(machine) != MACHINE_CHECK_PASSED) {
		cli_error("the guest's self-check did not pass");
		return CLI_CHECK_FAILED;
	}
	return CLI_OK;
}

/* ---- running ---- */

static int run(const struct session *s, struct machine *machine, enum machine_end *end,
	       struct vmm_error *error)
{
	bool save = machine_save_is_due(machine); /* at 0: before anything runs */

	for (;;) {
		*end = MACHINE_SAVE;
		if (!save && machine_run(machine, end, error)) {
			return -1;
		}
		save = false;
		if (*end != MACHINE_SAVE) {
			return 0;
		}
		if (save_machine(s, machine) && !s->save_continue) {
			return 0;
		}
	}
}

int session_run(struct session *s, struct machine *machine)
{
	struct watcher watcher = {.machine = machine, .session = s};
	enum machine_end end = MACHINE_QUIT;
	struct vmm_error error;
	FILE *stats = NULL;
	int failed;

	if (s->stats && !(stats = open_stats(s->stats))) {
		return CLI_ERROR;
	}
	if (start_watcher(&watcher)) {
		return CLI_ERROR;
	}
	failed = run(s, machine, &end, &error);
	stop_watcher(&watcher);
	terminal_restore();
	if (failed) {
		return cli_error("%s", error.text);
	}
	machine_write_latencies(machine, stderr);
	if (stats && write_stats(machine, stats, s->stats)) {
		return CLI_ERROR;
	}
	return status_of_end(s, machine, end);
}
