/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is in the sections of a snapshot, shared by saving, restoring and inspecting. Each kind of
 * section has one function that writes it and one that reads it, side by side in one file:
 *
 *   snapshot_config.c   CONFIG, CLOCK, CONSOLE
 *   snapshot_vcpu.c     VCPU
 *   snapshot_gic.c      GICIRS, GICCPU, IST
 *   machine devices     UART, RTC, VIRTIO: the devices' own functions
 */
#ifndef VMM_SNAPSHOT_INTERNAL_H
#define VMM_SNAPSHOT_INTERNAL_H

#include "machine_internal.h"
#include "snapfile.h"
#include "snapshot.h"
#include "state.h"

#define TAG_CONFIG  "CONFIG"
#define TAG_CLOCK   "CLOCK"
#define TAG_CONSOLE "CONSOLE"
#define TAG_VCPU    "VCPU"   /* one per vCPU */
#define TAG_GICIRS  "GICIRS" /* registers of the virtual IRS */
#define TAG_GICCPU  "GICCPU" /* one per vCPU: its CPU interface */
#define TAG_IST     "IST"    /* 0: SPIs, 1: LPIs */
#define TAG_UART    "UART"
#define TAG_RTC     "RTC"
#define TAG_VIRTIO  "VIRTIO" /* one per slot */
#define TAG_RAM     "RAM"

#define SECTION_VERSION 1 /* of every section so far */

enum { IST_SPI, IST_LPI };

/* ---- CONFIG ---- */

/** struct snapshot_disk - a disk as it was when the machine was saved */
struct snapshot_disk {
	char *path;
	uint64_t size;
	uint64_t mtime_s;
	uint32_t mtime_ns;
};

/** struct snapshot_config - the machine; strings are its own */
struct snapshot_config {
	uint32_t cpus;
	uint32_t pcpus;
	uint64_t ram_size;
	enum machine_console console;
	bool net;
	bool deterministic;
	uint64_t seed;
	uint32_t features; /* A64_FEAT_x */
	char *kernel;      /* empty strings where there is none */
	char *initrd;
	char *params;
	uint32_t disk_count;
	struct snapshot_disk disk[MACHINE_DISKS_MAX];
};

/** snapshot_describe() - the config of a machine; returns 0, or -1 with *error. Free it always. */
int snapshot_describe(struct machine *machine, struct snapshot_config *config,
		      struct vmm_error *error);

/** snapshot_look_at_disk() - path, size and time of a disk as it is now; false if it is not there */
bool snapshot_look_at_disk(const char *path, struct snapshot_disk *disk);

void snapshot_put_config(const struct snapshot_config *config, struct vmm_writer *w);
void snapshot_get_config(struct snapshot_config *config, struct vmm_reader *r);
void snapshot_free_config(struct snapshot_config *config);

/* ---- CLOCK, CONSOLE ---- */

void snapshot_put_clock(const struct vm_clock_state *clock, struct vmm_writer *w);
void snapshot_get_clock(struct vm_clock_state *clock, struct vmm_reader *r);
void snapshot_put_console(struct machine *machine, struct vmm_writer *w);
void snapshot_get_console(struct machine *machine, struct vmm_reader *r);

/* ---- VCPU ---- */

/** struct snapshot_vcpu - a vCPU and who it is */
struct snapshot_vcpu {
	uint32_t id;
	uint64_t mpidr;
	struct vm_vcpu_state state;
};

void snapshot_put_vcpu(const struct snapshot_vcpu *vcpu, struct vmm_writer *w);

/**
 * snapshot_get_vcpu() - registers that the section does not have stay as they are in *vcpu
 *
 * A register that this engine does not have fails the reader.
 */
void snapshot_get_vcpu(struct snapshot_vcpu *vcpu, struct vmm_reader *r);

/* ---- GIC ---- */

/** struct snapshot_reg - a register: offset in the CONFIG frame, or encoding */
struct snapshot_reg {
	uint32_t name;
	uint64_t value;
};

#define SNAPSHOT_REGS_MAX 256

struct snapshot_regs {
	uint32_t count;
	struct snapshot_reg reg[SNAPSHOT_REGS_MAX];
};

void snapshot_put_regs(const struct snapshot_regs *regs, struct vmm_writer *w);
void snapshot_get_regs(struct snapshot_regs *regs, struct vmm_reader *r);

/** struct snapshot_ist - ISTEs in the order of IDs, little-endian as in the file */
struct snapshot_ist {
	uint32_t *iste;
	uint32_t count;
};

/** struct snapshot_gic - the virtual GICv5 of a machine */
struct snapshot_gic {
	struct snapshot_regs irs;
	struct snapshot_regs *cpu; /* one per vCPU */
	uint32_t cpus;
	struct snapshot_ist ist[2]; /* IST_SPI, IST_LPI */
};

/** snapshot_read_gic() - from the machine; returns 0, or -1 with *error. Free it always. */
int snapshot_read_gic(struct machine *machine, struct snapshot_gic *gic, struct vmm_error *error);

/** snapshot_write_gic() - to a machine whose GIC is initialised and has not run */
int snapshot_write_gic(struct machine *machine, const struct snapshot_gic *gic,
		       struct vmm_error *error);
void snapshot_free_gic(struct snapshot_gic *gic);

/** snapshot_iste() - an entry as a number */
uint32_t snapshot_iste(const struct snapshot_ist *ist, uint32_t id);

/* ---- reading files ---- */

/** snapshot_open() - a file all of whose sections this program knows; NULL with *error */
struct snapfile_reader *snapshot_open(const char *path, struct vmm_error *error);

/** snapshot_section() - begin to read a section; returns 0, or -1 with *error */
int snapshot_section(struct snapfile_reader *file, const char *tag, uint32_t instance,
		     struct vmm_reader *r, struct vmm_error *error);

/** snapshot_section_end() - was all of it read, and understood? returns 0, or -1 with *error */
int snapshot_section_end(const char *tag, uint32_t instance, const struct vmm_reader *r,
			 struct vmm_error *error);

/** snapshot_load_config(), snapshot_load_gic() - whole; free them always */
int snapshot_load_config(struct snapfile_reader *file, struct snapshot_config *config,
			 struct vmm_error *error);
int snapshot_load_gic(struct snapfile_reader *file, uint32_t cpus, struct snapshot_gic *gic,
		      struct vmm_error *error);

#endif
