/* SPDX-License-Identifier: BSD-2-Clause */
/* vgic5 restore: go on with a machine that was saved; vgic5 inspect: look at one. */
#include <stdio.h>
#include <time.h>

#include "cli.h"
#include "options.h"
#include "session.h"
#include "snapshot.h"
#include "terminal.h"

struct restore_options {
	struct session session;
	const char *file;
	const char *kernel;
	const char *initrd;
	const char *trace;
	uint64_t pcpus;
	bool force;
	bool strict;
};

static int parse(int argc, char **argv, struct restore_options *o)
{
	const struct option_row rows[] = {
		{0,            "FILE", OPTION_FILE, &o->file, NULL, NULL, 0},
		{0, "force", OPTION_FLAG, &o->force, NULL,
		 "run although a disk has changed since the machine was saved", 0},
		{'k',        "kernel", OPTION_STRING, &o->kernel, "IMAGE",
		 "what the guest boots when it resets (default: as saved)", 0},
		{'i',           "initrd", OPTION_STRING, &o->initrd, "FILE", "likewise", 0},
		{0,            "pcpus", OPTION_NUMBER, &o->pcpus, "N", "physical CPUs (default: as saved)",
		 UINT32_MAX},
		{0, "trace", OPTION_STRING, &o->trace, "FILE",
		 "life of each interrupt, for ui.perfetto.dev; prints\nlatencies at exit", 0},
		{0,        "strict", OPTION_FLAG, &o->strict, NULL,
		 "report uses of the GIC that the architecture forbids", 0},
		SESSION_OPTIONS(&o->session),
		{0          },
	};
	int status = options_parse(argc, argv, rows);

	if (status == 1) {
		printf("usage: vgic5 restore FILE [OPTION...]\n\n"
		       "Goes on with a machine where it was saved.\n\n");
		options_help(rows);
	}
	return status;
}

/* The terminal is the guest's, unless the guest does not read it. */
static int take_terminal(const struct restore_options *o, bool *keys)
{
	struct vmm_error error;
	bool deterministic;

	if (snapshot_deterministic(o->file, &deterministic, &error)) {
		return cli_error("%s", error.text);
	}
	*keys = !deterministic && terminal_raw();
	return 0;
}

static int restore(struct restore_options *o)
{
	struct snapshot_options options = {
		.config = {.kernel = o->kernel,
			   .initrd = o->initrd,
			   .pcpus = (uint32_t)o->pcpus,
			   .trace = o->trace,
			   .strict = o->strict},
		.force = o->force,
	};
	struct machine *machine;
	struct vmm_error error;
	struct timespec begin;
	int status;

	session_connect(&o->session, &options.config);
	session_block_signals(&o->session);
	if (take_terminal(o, &options.config.keys)) {
		return CLI_ERROR;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (snapshot_restore(o->file, &options, &machine, &error)) {
		terminal_restore();
		return cli_error("%s", error.text);
	}
	if (o->session.verbose) {
		cli_say("restored from %s in %.3f s", o->file, session_seconds_since(&begin));
	}
	status = session_run(&o->session, machine);
	terminal_restore();
	if (machine_destroy(machine, &error)) {
		return cli_error("%s", error.text);
	}
	return status;
}

int cli_restore(int argc, char **argv)
{
	struct restore_options o = {0};
	int status = parse(argc, argv, &o);

	if (status) {
		return status == 1 ? CLI_OK : CLI_ERROR;
	}
	if (!o.file) {
		return cli_error("restore: which file? see vgic5 restore --help");
	}
	if (session_check(&o.session)) {
		return CLI_ERROR;
	}
	return restore(&o);
}

int cli_inspect(int argc, char **argv)
{
	const char *file = NULL;
	const struct option_row rows[] = {
		{0,            "FILE", OPTION_FILE, &file, NULL, NULL, 0},
		{0},
	};
	struct vmm_error error;
	int status = options_parse(argc, argv, rows);

	if (status == 1) {
		printf("usage: vgic5 inspect FILE\n\nPrints what is in a saved machine: CPUs, "
		       "interrupts, virtual IRS, disks, time.\n");
		return CLI_OK;
	}
	if (status) {
		return CLI_ERROR;
	}
	if (!file) {
		return cli_error("inspect: which file? see vgic5 inspect --help");
	}
	return snapshot_inspect(file, stdout, &error) ? cli_error("%s", error.text) : CLI_OK;
}
