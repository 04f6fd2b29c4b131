/* SPDX-License-Identifier: BSD-2-Clause */
/* vgic5 run: boot a kernel in a virtual machine. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"
#include "machine.h"
#include "options.h"
#include "terminal.h"

#define MIB                   0x100000u
#define DEFAULT_PARAMS        "console=ttyAMA0"
#define DEFAULT_PARAMS_VIRTIO "console=hvc0"

struct run_options {
	const char *kernel;
	const char *initrd;
	const char *params;
	const char *irqchip;
	const char *console;
	const char *net;
	const char *dump_dtb;
	const char *trace;
	const char *stats;
	const char *script;
	uint64_t cpus;
	uint64_t pcpus;
	uint64_t mem;
	uint64_t seed;
	uint64_t timeout;
	struct option_list disks;
	bool deterministic;
	bool strict;
	bool selfcheck;
	unsigned verbose;
};

/* What the thread that waits for signals needs */
struct watcher {
	pthread_t thread;
	struct machine *machine;
	uint64_t timeout_s; /* 0: none */
	atomic_bool done;
};

static void help(const struct option_row *rows)
{
	printf("usage: vgic5 run -k IMAGE [OPTION...]\n\n"
	       "Boots an arm64 Linux Image as a guest of the GICv5 hypervisor.\n\n");
	options_help(rows);
	printf("\nKeys while the guest runs: Ctrl-A x leaves, Ctrl-A h lists the keys.\n");
}

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
	const struct run_options *o = opaque;

	/* A guest may make as many mistakes as it likes; they are shown on request. */
	if (!guest || o->verbose) {
		fprintf(stderr, "vgic5: %s: %s\r\n", guest ? "guest" : "host", line);
	}
}

/* ---- options ---- */

static int parse(int argc, char **argv, struct run_options *o)
{
	const struct option_row rows[] = {
		{'k',            "kernel", OPTION_STRING, &o->kernel, "IMAGE",
		 "the kernel, an uncompressed arm64 Image", 0},
		{'i', "initrd", OPTION_STRING, &o->initrd, "FILE", "initial RAM disk", 0},
		{'p',       "params", OPTION_STRING, &o->params, "STRING",
		 "kernel command line (default: " DEFAULT_PARAMS ")", 0},
		{'c',             "cpus", OPTION_NUMBER, &o->cpus, "N", "virtual CPUs (default: 1)",
		 UINT32_MAX},
		{0,            "pcpus", OPTION_NUMBER, &o->pcpus, "N",
		 "physical CPUs of the machine below, one thread each\n(default: as many as "
		 "virtual ones, at most this computer's)", UINT32_MAX},
		{'m', "mem", OPTION_MIB, &o->mem, "MIB",
		 "memory in MiB, or with suffix: 2G (default: 512)", 0},
		{'d',        "disk", OPTION_LIST, &o->disks, "FILE",
		 "raw disk image, read-only if not writable; may be repeated", 0},
		{'n',             "net", OPTION_STRING, &o->net, "user",
		 "network by NAT inside this program; none by default", 0},
		{0,            "console", OPTION_STRING, &o->console, "KIND",
		 "serial (ttyAMA0, the default) or virtio (hvc0)", 0},
		{0, "irqchip", OPTION_STRING, &o->irqchip, "KIND", "gicv5 (the default)", 0},
		{0,      "dump-dtb", OPTION_STRING, &o->dump_dtb, "FILE",
		 "write the device tree that the guest gets", 0},
		{0,             "deterministic", OPTION_FLAG, &o->deterministic, NULL,
		 "time is the number of instructions: the same inputs give\nthe same run; one "
		 "thread", 0},
		{0,            "seed", OPTION_NUMBER, &o->seed, "N",
		 "deterministic: of everything random (default: 1)", UINT64_MAX},
		{0, "script", OPTION_STRING, &o->script, "FILE",
		 "deterministic: console input, lines of SECONDS TEXT", 0},
		{0,           "trace", OPTION_STRING, &o->trace, "FILE",
		 "life of each interrupt, for ui.perfetto.dev; prints\nlatencies at exit", 0},
		{0,     "stats", OPTION_STRING, &o->stats, "FILE",
		 "counters as JSON at exit; - for standard error", 0},
		{0,              "strict", OPTION_FLAG, &o->strict, NULL,
		 "report uses of the GIC that the architecture forbids", 0},
		{0, "selfcheck", OPTION_FLAG, &o->selfcheck, NULL,
		 "the guest must print SELFCHECK PASS; a panic on the\nconsole ends the run", 0},
		{0,           "timeout", OPTION_NUMBER, &o->timeout, "SECONDS", "give up after so long",
		 1000000},
		{'v',    "verbose", OPTION_COUNT, &o->verbose, NULL, "say more", 0},
		{0           },
	};
	int status = options_parse(argc, argv, rows);

	if (status == 1) {
		help(rows);
	}
	return status;
}

static int check(const struct run_options *o)
{
	if (!o->kernel) {
		return cli_error("run: no kernel: -k IMAGE (./boot fetches one)");
	}
	if (!strcmp(o->irqchip, "gicv5-its")) {
		return cli_error("--irqchip gicv5-its: the ITS is not there yet; use gicv5");
	}
	if (strcmp(o->irqchip, "gicv5") != 0) {
		return cli_error("--irqchip %s: there is gicv5", o->irqchip);
	}
	if (o->net && strcmp(o->net, "user") != 0 && strcmp(o->net, "none") != 0) {
		return cli_error("--net %s: there are user and none", o->net);
	}
	if (strcmp(o->console, "serial") != 0 && strcmp(o->console, "virtio") != 0) {
		return cli_error("--console %s: there are serial and virtio", o->console);
	}
	if (o->mem % (2 * MIB)) {
		return cli_error("--mem: want a multiple of 2 MiB");
	}
	return 0;
}

static struct machine_config make_config(struct run_options *o)
{
	bool virtio = !strcmp(o->console, "virtio");
	struct machine_config config = {
		.kernel = o->kernel,
		.initrd = o->initrd,
		.params = o->params ? o->params
			  : virtio  ? DEFAULT_PARAMS_VIRTIO
				    : DEFAULT_PARAMS,
		.cpus = (uint32_t)o->cpus,
		.pcpus = (uint32_t)o->pcpus,
		.ram_size = o->mem,
		.disk_count = o->disks.count,
		.net = o->net && !strcmp(o->net, "user"),
		.console = virtio ? MACHINE_CONSOLE_VIRTIO : MACHINE_CONSOLE_SERIAL,
		.deterministic = o->deterministic,
		.seed = o->seed,
		.script = o->script,
		.strict = o->strict,
		.trace = o->trace,
		.in_fd = STDIN_FILENO,
		.out_fd = STDOUT_FILENO,
		.stop_on_panic = o->selfcheck,
		.opaque = o,
		.key_help = key_help,
		.report = report,
	};

	memcpy(config.disks, o->disks.values, sizeof(config.disks));
	return config;
}

/* ---- signals and time ---- */

static void watched_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGUSR2); /* wakes the watcher itself */
}

static void *watch(void *opaque)
{
	struct watcher *w = opaque;
	const struct timespec limit = {(time_t)w->timeout_s, 0};
	sigset_t set;

	watched_signals(&set);
	for (;;) {
		int number =
			w->timeout_s ? sigtimedwait(&set, NULL, &limit) : sigwaitinfo(&set, NULL);

		if (w->done) {
			return NULL;
		}
		if (number < 0 && errno == EINTR) {
			continue;
		}
		machine_stop(w->machine, number < 0 ? MACHINE_TIMEOUT : MACHINE_QUIT);
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

/* ---- running ---- */

static int write_stats(struct machine *machine, const char *path)
{
	FILE *out = !strcmp(path, "-") ? stderr : fopen(path, "w");

	if (!out) {
		return cli_error("cannot write %s: %s", path, strerror(errno));
	}
	machine_write_stats(machine, out);
	if (out != stderr && fclose(out)) {
		return cli_error("cannot write %s: %s", path, strerror(errno));
	}
	return 0;
}

static int status_of_end(const struct run_options *o, const struct machine *machine,
			 enum machine_end end)
{
	switch (end) {
	case MACHINE_PANIC: cli_error("the guest panicked"); return CLI_PANIC;
	case MACHINE_TIMEOUT:
		return cli_error("the guest was still running after %llu s (--timeout)",
				 (unsigned long long)o->timeout);
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
	if (o->selfcheck && machine_check(machine) != MACHINE_CHECK_PASSED) {
		cli_error("the guest's self-check did not pass");
		return CLI_CHECK_FAILED;
	}
	return CLI_OK;
}

static int run_machine(struct run_options *o, struct machine *machine)
{
	struct watcher watcher = {.machine = machine, .timeout_s = o->timeout};
	enum machine_end end = MACHINE_QUIT;
	struct vmm_error error;
	int failed;

	if (machine_boot(machine, &error)) {
		return cli_error("%s", error.text);
	}
	if (o->dump_dtb && machine_write_device_tree(machine, o->dump_dtb, &error)) {
		return cli_error("%s", error.text);
	}
	if (start_watcher(&watcher)) {
		return CLI_ERROR;
	}
	do {
		failed = machine_run(machine, &end, &error);
	} while (!failed && end == MACHINE_SAVE);
	stop_watcher(&watcher);
	terminal_restore();
	if (failed) {
		return cli_error("%s", error.text);
	}
	machine_write_latencies(machine, stderr);
	if (o->stats && write_stats(machine, o->stats)) {
		return CLI_ERROR;
	}
	return status_of_end(o, machine, end);
}

int cli_run(int argc, char **argv)
{
	struct run_options o = {
		.irqchip = "gicv5",
		.console = "serial",
		.cpus = 1,
		.mem = 512ull * MIB,
		.seed = 1,
	};
	struct machine_config config;
	struct machine *machine;
	struct vmm_error error;
	sigset_t set;
	int status = parse(argc, argv, &o);

	if (status) {
		return status == 1 ? CLI_OK : CLI_ERROR;
	}
	if (check(&o)) {
		return CLI_ERROR;
	}
	watched_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL); /* inherited by every thread made from here on */
	config = make_config(&o);
	config.keys = !o.deterministic && terminal_raw();
	if (machine_create(&config, &machine, &error)) {
		terminal_restore();
		return cli_error("%s", error.text);
	}
	status = run_machine(&o, machine);
	terminal_restore();
	if (machine_destroy(machine, &error)) {
		return cli_error("%s", error.text);
	}
	return status;
}
