/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshots: a machine at rest as one file, and back. docs/snapshot-format.md describes the file.
 *
 *	while (!machine_run(machine, &end, &error) && end == MACHINE_SAVE)
 *		snapshot_save(machine, "file", &error);
 *
 *	snapshot_restore("file", &options, &machine, &error);	in any other process
 *	machine_run(machine, ...);
 */
#ifndef VMM_SNAPSHOT_H
#define VMM_SNAPSHOT_H

#include "machine.h"

/**
 * snapshot_save() - write a machine to a file
 *
 * The machine is at rest, after machine_boot() or snapshot_restore(), and may go on afterwards. The
 * file appears under its name when it is complete; a failure leaves the one that was there before.
 *
 * returns: 0, or -1 with a line in *error
 */
int snapshot_save(struct machine *machine, const char *path, struct vmm_error *error);

/** struct snapshot_options - how to run what is restored */
struct snapshot_options {
	/*
	 * What is not the guest's: pcpus (0: as saved), strict, trace, in_fd, out_fd, keys,
	 * stop_on_panic, save_at, opaque and the functions; kernel and initrd if not NULL. All else
	 * comes from the file.
	 */
	struct machine_config config;
	bool force; /* accept disks that have changed since */
};

/**
 * snapshot_restore() - make a machine from a file
 *
 * Refused with a line that says why: what is no complete snapshot, sections of a kind or version that
 * this program does not know, disks that are not as they were, a computer that cannot offer what the
 * guest has seen. Nothing is left behind then.
 *
 * returns: 0, or -1 with a line in *error
 */
int snapshot_restore(const char *path, const struct snapshot_options *options,
		     struct machine **machine, struct vmm_error *error);

/** snapshot_deterministic() - mode of the machine in a file; returns 0, or -1 with *error */
int snapshot_deterministic(const char *path, bool *deterministic, struct vmm_error *error);

/**
 * snapshot_inspect() - print what is in a file, in words; nothing is run
 *
 * returns: 0, or -1 with a line in *error
 */
int snapshot_inspect(const char *path, FILE *out, struct vmm_error *error);

#endif
