/* SPDX-License-Identifier: BSD-2-Clause */
/* vgic5 run: boot a kernel in a virtual machine. */
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "machine.h"
#include "options.h"
#include "session.h"
#include "terminal.h"

#define MIB                   0x100000u
#define DEFAULT_PARAMS        "console=ttyAMA0"
#define DEFAULT_SEED          1
#define DEFAULT_PARAMS_VIRTIO "console=hvc0"

struct run_options {
	struct session session;
	const char *kernel;
	const char *initrd;
	const char *params;
	const char *irqchip;
	const char *console;
	const char *net;
	const char *dump_dtb;
	const char *trace;
	const char *script;
	uint64_t cpus;
	uint64_t pcpus;
	uint64_t mem;
	uint64_t seed;
	struct option_list disks;
	bool deterministic;
	bool strict;
};

static void help(const struct option_row *rows)
{
	printf("usage: vgic5 run -k IMAGE [OPTION...]\n\n"
	       "Boots an arm64 Linux Image as a guest of the GICv5 hypervisor.\n\n");
	options_help(rows);
	printf("\nKeys while the guest runs: Ctrl-A x leaves, Ctrl-A h lists the keys.\n");
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
		{0,     "strict", OPTION_FLAG, &o->strict, NULL,
		 "report uses of the GIC that the architecture forbids", 0},
		SESSION_OPTIONS(&o->session),
		{0             },
	};
	int status = options_parse(argc, argv, rows);

	if (status == 1) {
		help(rows);
	}
	return status;
}

static int check(struct run_options *o)
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
	if (o->seed && !o->deterministic) {
		return cli_error("--seed: only with --deterministic");
	}
	if (o->mem % (2 * MIB)) {
		return cli_error("--mem: want a multiple of 2 MiB");
	}
	return session_check(&o->session);
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
		.seed = o->seed ? o->seed : DEFAULT_SEED,
		.script = o->script,
		.strict = o->strict,
		.trace = o->trace,
	};

	memcpy(config.disks, o->disks.values, sizeof(config.disks));
	session_connect(&o->session, &config);
	return config;
}

static int boot_and_run(struct run_options *o, struct machine *machine)
{
	struct vmm_error error;

	if (machine_boot(machine, &error)) {
		return cli_error("%s", error.text);
	}
	if (o->dump_dtb && machine_write_device_tree(machine, o->dump_dtb, &error)) {
		return cli_error("%s", error.text);
	}
	return session_run(&o->session, machine);
}

int cli_run(int argc, char **argv)
{
	struct run_options o = {
		.irqchip = "gicv5",
		.console = "serial",
		.cpus = 1,
		.mem = 512ull * MIB,
	};
	struct machine_config config;
	struct machine *machine;
	struct vmm_error error;
	int status = parse(argc, argv, &o);

	if (status) {
		return status == 1 ? CLI_OK : CLI_ERROR;
	}
	if (check(&o)) {
		return CLI_ERROR;
	}
	session_block_signals(&o.session);
	config = make_config(&o);
	config.keys = !o.deterministic && terminal_raw();
	if (machine_create(&config, &machine, &error)) {
		terminal_restore();
		return cli_error("%s", error.text);
	}
	status = boot_and_run(&o, machine);
	terminal_restore();
	if (machine_destroy(machine, &error)) {
		return cli_error("%s", error.text);
	}
	return status;
}
