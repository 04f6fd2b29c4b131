/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine: a VM of the kernel half (vm.h) with RAM, devices, device tree and a loaded kernel.
 * The virtual GIC is reached by uapi.h alone.
 *
 *	machine_create(&config, &machine, &error);
 *	machine_boot(machine, &error);
 *	while (!machine_run(machine, &end, &error) && end == MACHINE_SAVE)
 *		snapshot_save(machine, path, &error);
 *	machine_destroy(machine);
 *
 * A machine that was saved is made by snapshot_restore() instead of the first two.
 *
 * One thread calls these. machine_stop() may be called by any, also in a signal handler.
 *
 * Threads inside: those of the host's PEs, which call the devices, and in parallel mode one for the
 * console, the network and the clock. Lock order: device, then network or console, then the VM's.
 */
#ifndef VMM_MACHINE_H
#define VMM_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "error.h"

#define MACHINE_DISKS_MAX 8

enum machine_console {
	MACHINE_CONSOLE_SERIAL, /* PL011: ttyAMA0 */
	MACHINE_CONSOLE_VIRTIO, /* hvc0 */
};

/** struct machine_config - what a machine is made of; strings are kept by reference */
struct machine_config {
	const char
		*kernel; /* may be NULL for a machine that is restored: it cannot be reset then */
	const char *initrd; /* may be NULL */
	const char *params; /* kernel command line; may be NULL */
	uint32_t cpus;      /* 1..512 */
	uint32_t
		pcpus; /* physical PEs: host threads; 0: as many as vCPUs, at most the host's CPUs */
	uint64_t ram_size; /* bytes, a multiple of 2 MiB */
	const char *disks[MACHINE_DISKS_MAX];
	uint32_t disk_count;
	bool net; /* user network */
	enum machine_console console;
	bool deterministic;
	uint64_t seed;           /* deterministic mode: of all randomness */
	const char *script;      /* deterministic mode: console input, see script.h; may be NULL */
	uint32_t features;       /* of the CPUs, A64_FEAT_x; 0: the default */
	const uint64_t *save_at; /* deterministic mode: ns of the guest's clock, ascending */
	uint32_t save_at_count;  /* at each machine_run() ends with MACHINE_SAVE */
	bool strict;
	const char *trace;  /* file; may be NULL */
	int in_fd;          /* console input; -1: none. Not read in deterministic mode. */
	int out_fd;         /* console output; -1: thrown away */
	bool keys;          /* Ctrl-A is an escape */
	bool stop_on_panic; /* a panic printed on the console ends the run */
	void *opaque;       /* for the functions */
	void (*key_help)(void *opaque); /* Ctrl-A h was typed; may be NULL */
	void (*report)(void *opaque, bool guest,
		       const char *line); /* of strict mode; may be NULL */
};

struct machine;

/** enum machine_end - why machine_run() returned; the guest is at rest */
enum machine_end {
	MACHINE_POWEROFF,
	MACHINE_PANIC,   /* told by pvpanic, or seen on the console with stop_on_panic */
	MACHINE_QUIT,    /* Ctrl-A x, or machine_stop() */
	MACHINE_SAVE,    /* Ctrl-A s, or machine_stop(): run again to go on */
	MACHINE_TIMEOUT, /* machine_stop() */
	MACHINE_STALLED, /* deterministic mode: every CPU waits and nothing will ever come */
	MACHINE_DEAD,    /* the hardware refused to go on: a bug of this program */
};

/** machine_create() - returns 0, or -1 with a line in *error */
int machine_create(const struct machine_config *config, struct machine **machine,
		   struct vmm_error *error);

/** machine_destroy() - returns 0, or -1 with a line in *error (the trace could not be written) */
int machine_destroy(struct machine *machine, struct vmm_error *error);

/** machine_boot() - GIC, kernel, initrd, device tree, first CPU; returns 0, or -1 with *error */
int machine_boot(struct machine *machine, struct vmm_error *error);

/**
 * machine_write_device_tree() - the tree that machine_boot() made, to a file
 *
 * returns: 0, or -1 with a line in *error
 */
int machine_write_device_tree(struct machine *machine, const char *path, struct vmm_error *error);

/** machine_run() - until the guest ends or is to be saved; guest resets are done inside */
int machine_run(struct machine *machine, enum machine_end *end, struct vmm_error *error);

/** machine_stop() - make machine_run() return with QUIT, SAVE or TIMEOUT */
void machine_stop(struct machine *machine, enum machine_end why);

/** enum machine_check - what the guest's self-check has printed */
enum machine_check {
	MACHINE_CHECK_NONE,
	MACHINE_CHECK_PASSED,
	MACHINE_CHECK_FAILED,
};
enum machine_check machine_check(const struct machine *machine);

/** machine_host_reports() - how many strict reports had the host as their origin */
uint64_t machine_host_reports(const struct machine *machine);

/** machine_write_stats() - counters as one JSON object; at rest */
void machine_write_stats(struct machine *machine, FILE *out);

/** machine_write_latencies() - a table, if there is a trace */
void machine_write_latencies(struct machine *machine, FILE *out);

/** machine_save_is_due() - has a time of config.save_at come that was not yet reported? */
bool machine_save_is_due(struct machine *machine);

/** machine_now_ns() - the guest's clock */
uint64_t machine_now_ns(struct machine *machine);

#endif
