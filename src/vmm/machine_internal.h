/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine's insides, shared by machine*.c, stats.c and the snapshot. */
#ifndef VMM_MACHINE_INTERNAL_H
#define VMM_MACHINE_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>

#include <vm.h>

#include "console.h"
#include "layout.h"
#include "loader.h"
#include "machine.h"
#include "net_user.h"
#include "pl011.h"
#include "pl031.h"
#include "pvpanic.h"
#include "script.h"
#include "trace.h"
#include "virtio_blk.h"
#include "virtio_console.h"
#include "virtio_net.h"
#include "virtio_rng.h"

/* The RTC of a deterministic run starts here: 2026-01-01 00:00:00 UTC */
#define MACHINE_EPOCH 1767225600ULL

/*
 * A device's interrupt line: an SPI of the machine. Set directly, or by an eventfd that the kernel half
 * waits for: it lowers the line when the guest deactivates the interrupt, and signals the resample
 * eventfd so that a device which still wants one raises it again.
 */
struct machine_line {
	struct machine *machine;
	uint32_t spi;
	bool level; /* as the device wants it; under the device's lock */
	bool by_eventfd;
	int raise_fd;
	int resample_fd;
};

/* A virtio-mmio slot: slot i is at LAYOUT_VIRTIO + i * stride and has SPI LAYOUT_SPI_VIRTIO + i. */
struct machine_slot {
	struct virtio_dev *dev;
	void (*save)(struct machine *machine, struct virtio_dev *dev, struct vmm_writer *w);
	bool (*load)(struct machine *machine, struct virtio_dev *dev, struct vmm_reader *r);
	const char *disk; /* path, for block devices */
	struct machine_line line;
};

/* Console input that was read and not yet typed */
struct machine_input {
	uint8_t bytes[64];
	uint32_t size;
	bool eof;
};

struct snapshot_config;

struct machine {
	struct machine_config config;
	struct vm_host_ops host_ops;
	struct vm_host *host;
	struct vm *vm;

	struct vmm_mem mem;
	struct loader_ram ram;
	struct loader_result loaded;
	uint32_t dtb_size;

	struct machine_line uart_line;
	struct machine_line rtc_line;
	struct pl011 uart;
	struct pl031 rtc;
	struct pvpanic pvpanic;
	struct machine_slot slots[LAYOUT_VIRTIO_MAX];
	uint32_t slot_count;
	struct virtio_rng *rng;
	struct virtio_net *net;
	struct machine_line *net_line;
	struct virtio_console *hvc; /* NULL with the serial console */
	struct virtio_blk *blks[MACHINE_DISKS_MAX];
	struct net_user *net_user;
	struct vmm_seeded seeded; /* deterministic mode: all randomness */

	struct console console;
	struct machine_input input;
	struct script script;
	uint32_t saves_done; /* of config.save_at */
	struct trace *trace;

	/* A restored machine: the owner of config's strings; the SPIs' ISTEs while devices are loaded */
	struct snapshot_config *restored_from;
	const uint32_t *restored_spis;

	/* The thread for console, network and clock; parallel mode */
	pthread_t io_thread;
	bool io_running;
	int wake_fd;
	atomic_bool io_stop;
	atomic_bool output_waits;

	atomic_int check; /* enum machine_check */
	atomic_ulong host_reports;
	atomic_ulong guest_reports;
	uint64_t started_ns;
};

/* machine.c */
uint64_t machine_host_clock_ns(void);

/** machine_init_gic() - create..INIT through uapi.h; after vm_create() or vm_reset() */
int machine_init_gic(struct machine *machine, struct vmm_error *error);

/** machine_random() - bytes for seeds and the entropy device */
void machine_random(void *machine, void *bytes, uint32_t size);

/* machine_devices.c */
int machine_create_devices(struct machine *machine, struct vmm_error *error);
void machine_destroy_devices(struct machine *machine);
void machine_reset_devices(struct machine *machine);

/** machine_resample_net() - the network's interrupt was deactivated: raise it again if it must be */
void machine_resample_net(struct machine *machine);

/* machine_io.c */
int machine_start_io(struct machine *machine, struct vmm_error *error);
void machine_stop_io(struct machine *machine);
void machine_wake_io(void *machine);

/** machine_type() - bytes for the console in use; returns how many it had room for */
uint32_t machine_type(struct machine *machine, const uint8_t *bytes, uint32_t size);

/** machine_poll() - struct vm_host_ops.poll: console script and clock of deterministic mode */
uint64_t machine_poll(void *machine, uint64_t now);

#endif
