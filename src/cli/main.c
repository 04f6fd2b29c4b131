/* SPDX-License-Identifier: BSD-2-Clause */
/* vgic5 COMMAND [OPTION...] */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "terminal.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *what;
} commands[] = {
	{"run",     cli_run,     "boot a kernel in a virtual machine" },
	{"restore", cli_restore, "go on with a machine that was saved"},
	{"inspect", cli_inspect, "print what is in a saved machine"   },
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void usage(FILE *out)
{
	fprintf(out, "usage: vgic5 COMMAND [OPTION...]\n\n");
	for (unsigned i = 0; i < COMMANDS; i++) {
		fprintf(out, "  %-10s%s\n", commands[i].name, commands[i].what);
	}
	fprintf(out,
		"\nvgic5 COMMAND --help lists a command's options.\n"
		"Exit status: 0 guest powered off, 1 its self-check failed, 2 usage or host error, "
		"3 guest panic,\n4 strict mode reported the hypervisor.\n");
}

static void say(const char *format, va_list args)
{
	fputs("vgic5: ", stderr);
	vfprintf(stderr, format, args);
	fputs(terminal_newline(), stderr);
}

int cli_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
	return CLI_ERROR;
}

void cli_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(format, args);
	va_end(args);
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (unsigned i = 0; i < COMMANDS; i++) {
		if (!strcmp(name, commands[i].name)) {
			return commands[i].run(argc - 1, argv + 1);
		}
	}
	if (!strcmp(name, "--help") || !strcmp(name, "-h") || !strcmp(name, "help")) {
		usage(stdout);
		return CLI_OK;
	}
	if (!strcmp(name, "--version")) {
		printf("vgic5 %s\n", VGIC5_VERSION);
		return CLI_OK;
	}
	if (*name) {
		return cli_error("no command %s: see vgic5 --help", name);
	}
	usage(stderr);
	return CLI_ERROR;
}
