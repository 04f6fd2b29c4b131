/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands of vgic5 and their exit statuses. */
#ifndef CLI_H
#define CLI_H

/* Exit statuses; docs/running.md */
enum cli_exit {
	CLI_OK = 0,           /* the guest powered off, or the user left */
	CLI_CHECK_FAILED = 1, /* the guest's self-check failed, or did not come to an end */
	CLI_ERROR = 2,        /* wrong usage, or this program or computer could not do it */
	CLI_PANIC = 3,        /* the guest panicked */
	CLI_STRICT = 4,       /* strict mode: the hypervisor broke a rule of the architecture */
};

int cli_run(int argc, char **argv);
int cli_restore(int argc, char **argv);
int cli_inspect(int argc, char **argv);

/** cli_error() - "vgic5: ..." on standard error; returns CLI_ERROR */
__attribute__((format(printf, 1, 2))) int cli_error(const char *format, ...);

/** cli_say() - the same for what is no error */
__attribute__((format(printf, 1, 2))) void cli_say(const char *format, ...);

#endif
