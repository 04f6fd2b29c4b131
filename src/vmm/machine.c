/* SPDX-License-Identifier: BSD-2-Clause */
/* The machine: life cycle, GIC set-up, boot, run loop. */
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "device_tree.h"
#include "machine_internal.h"
#include "snapshot_internal.h"

#define MIB       0x100000ULL
#define RAM_GUARD (2ULL << 20) /* keeps RAM aligned as huge pages are */
#define NS_PER_S  1000000000ULL

uint64_t machine_host_clock_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- what the host is given ---- */

static uint64_t host_clock(void *opaque)
{
	(void)opaque;
	return machine_host_clock_ns();
}

static void host_trace(void *opaque, uint64_t time, const struct gic5_event *event)
{
	struct machine *m = opaque;

	trace_event(m->trace, time, event);
}

static void host_report(void *opaque, uint64_t time, const struct gic5_report *r)
{
	struct machine *m = opaque;
	bool guest = r->origin == GIC5_ORIGIN_GUEST;
	char line[512];

	(void)time;
	atomic_fetch_add(guest ? &m->guest_reports : &m->host_reports, 1);
	if (m->config.report) {
		snprintf(line, sizeof(line), "strict: rule %u: %s: %s (value 0x%llx): %s", r->rule,
			 r->what, r->text, (unsigned long long)r->value, r->done);
		m->config.report(m->config.opaque, guest, line);
	}
}

static void *map_ram(void *opaque, uint64_t gpa, uint64_t len)
{
	struct machine *m = opaque;

	/* Zero bytes at a good address are as good as one. */
	return vm_ram(m->vm, gpa, len ? len : 1);
}

static void wrote_ram(void *opaque, uint64_t gpa, uint64_t len)
{
	struct machine *m = opaque;

	vm_ram_written(m->vm, gpa, len);
}

void machine_random(void *opaque, void *bytes, uint32_t size)
{
	struct machine *m = opaque;

	if (m->config.deterministic) {
		vmm_seeded_fill(&m->seeded, bytes, size);
	} else {
		vmm_host_fill(NULL, bytes, size);
	}
}

/* ---- what the console tells ---- */

static void console_sign(void *opaque, enum console_sign sign)
{
	struct machine *m = opaque;

	switch (sign) {
	case CONSOLE_PANIC:
		if (m->config.stop_on_panic) {
			machine_stop(m, MACHINE_PANIC);
		}
		break;
	case CONSOLE_CHECK_PASSED: m->check = MACHINE_CHECK_PASSED; break;
	case CONSOLE_CHECK_FAILED: m->check = MACHINE_CHECK_FAILED; break;
	}
}

static void console_key(void *opaque, enum console_key key)
{
	struct machine *m = opaque;

	switch (key) {
	case CONSOLE_KEY_QUIT: machine_stop(m, MACHINE_QUIT); break;
	case CONSOLE_KEY_SAVE: machine_stop(m, MACHINE_SAVE); break;
	case CONSOLE_KEY_HELP:
		if (m->config.key_help) {
			m->config.key_help(m->config.opaque);
		}
		break;
	}
}

static void console_dirty(void *opaque)
{
	struct machine *m = opaque;

	m->output_waits = true;
	machine_wake_io(m);
}

/* ---- life cycle ---- */

static int check_config(const struct machine_config *c, struct vmm_error *error)
{
	uint64_t have = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE);

	if (!c->cpus || c->cpus > LAYOUT_CPUS_MAX) {
		return vmm_fail(error, "%u CPUs: a machine has 1 to %u (--cpus)", c->cpus,
				LAYOUT_CPUS_MAX);
	}
	if (c->pcpus > VM_MAX_PCPUS) {
		return vmm_fail(error, "%u physical CPUs: there are at most %u (--pcpus)", c->pcpus,
				VM_MAX_PCPUS);
	}
	if (c->ram_size < 2 * MIB || c->ram_size > LAYOUT_RAM_MAX) {
		return vmm_fail(error, "%llu MiB of memory: a machine has 2 to %llu MiB (--mem)",
				(unsigned long long)(c->ram_size / MIB),
				(unsigned long long)(LAYOUT_RAM_MAX / MIB));
	}
	if (c->ram_size > have) {
		return vmm_fail(
			error,
			"%llu MiB of memory for the guest: this computer has %llu MiB (--mem)",
			(unsigned long long)(c->ram_size / MIB), (unsigned long long)(have / MIB));
	}
	if (c->script && !c->deterministic) {
		return vmm_fail(error, "--script needs --deterministic");
	}
	if (c->save_at_count && c->save_at[c->save_at_count - 1] && !c->deterministic) {
		return vmm_fail(error, "--save-at needs --deterministic (0 goes without)");
	}
	return 0;
}

static uint32_t default_pcpus(const struct machine_config *c)
{
	long online = sysconf(_SC_NPROCESSORS_ONLN);
	uint32_t limit = online < 1 ? 1 : (uint32_t)online;

	limit = limit < VM_MAX_PCPUS ? limit : VM_MAX_PCPUS;
	return c->pcpus ? c->pcpus : c->cpus < limit ? c->cpus : limit;
}

static int create_host(struct machine *m, struct vmm_error *error)
{
	const struct vm_host_config config = {
		.pcpus = m->config.pcpus,
		.deterministic = m->config.deterministic,
		.strict = m->config.strict,
		.ops = &m->host_ops,
		.opaque = m,
	};
	const char *why = NULL;
	int status;

	m->host_ops = (struct vm_host_ops){
		.clock = host_clock,
		.trace = m->config.trace ? host_trace : NULL,
		.report = m->config.strict ? host_report : NULL,
		.poll = m->config.deterministic ? machine_poll : NULL,
	};
	status = vm_host_create(&config, &m->host, &why);
	if (status) {
		return vmm_fail(error, "cannot make a host of %u PEs: %s (%s)", m->config.pcpus,
				why ? why : "it refused", vgic5_strerror(status));
	}
	return 0;
}

/*
 * Guest RAM between two pages that nobody can touch: a stray access of ours faults instead of changing
 * something else, and the mapping stays one of its own, so that a tool can tell its size in memory.
 */
static void *alloc_ram(uint64_t size)
{
	uint8_t *guarded = mmap(NULL, size + 2 * RAM_GUARD, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (guarded == MAP_FAILED) {
		return NULL;
	}
	if (mprotect(guarded + RAM_GUARD, size, PROT_READ | PROT_WRITE) != 0) {
		munmap(guarded, size + 2 * RAM_GUARD);
		return NULL;
	}
	return guarded + RAM_GUARD;
}

static void free_ram(uint8_t *host, uint64_t size)
{
	munmap(host - RAM_GUARD, size + 2 * RAM_GUARD);
}

static int create_ram(struct machine *m, struct vmm_error *error)
{
	uint64_t size = m->config.ram_size;
	void *host = alloc_ram(size);
	int status;

	if (!host) {
		return vmm_fail(error, "no %llu MiB of memory for the guest: %s (--mem)",
				(unsigned long long)(size / MIB), strerror(errno));
	}
	m->ram = (struct loader_ram){LAYOUT_RAM, size, host};
	status = vm_add_ram(m->vm, LAYOUT_RAM, size, host);
	return status ? vmm_fail(error, "cannot place the memory: %s", vgic5_strerror(status)) : 0;
}

static int create_vcpus(struct machine *m, struct vmm_error *error)
{
	for (uint32_t i = 0; i < m->config.cpus; i++) {
		int status = vm_add_vcpu(m->vm, i, LAYOUT_MPIDR(i));

		if (status) {
			return vmm_fail(error, "cannot make CPU %u of %u: %s (--cpus)", i,
					m->config.cpus, vgic5_strerror(status));
		}
	}
	return 0;
}

static int create_vm(struct machine *m, struct vmm_error *error)
{
	const struct vm_config config = {.ipa_bits = LAYOUT_IPA_BITS,
					 .features = m->config.features};
	int status = vm_create(m->host, &config, &m->vm);

	if (status) {
		return vmm_fail(error, "cannot make a VM: %s", vgic5_strerror(status));
	}
	m->mem = (struct vmm_mem){m, map_ram, wrote_ram};
	if (create_ram(m, error) || create_vcpus(m, error)) {
		return -1;
	}
	return machine_create_devices(m, error);
}

static int create(struct machine *m, struct vmm_error *error)
{
	const struct console_ops ops = {
		.opaque = m,
		.sign = console_sign,
		.key = console_key,
		.dirty = m->config.deterministic ? NULL : console_dirty,
	};

	console_init(&m->console, m->config.out_fd, m->config.keys, &ops);
	vmm_seeded_init(&m->seeded, m->config.seed);
	if (m->config.script && script_load(&m->script, m->config.script, error)) {
		return -1;
	}
	if (m->config.trace) {
		m->trace = trace_create(m->config.trace, VM_TICK_NS, m->config.pcpus,
					m->config.cpus, error);
		if (!m->trace) {
			return -1;
		}
	}
	return create_host(m, error) || create_vm(m, error) ? -1 : 0;
}

int machine_create(const struct machine_config *config, struct machine **machine,
		   struct vmm_error *error)
{
	struct vmm_error ignored;
	struct machine *m;

	if (check_config(config, error)) {
		return -1;
	}
	m = calloc(1, sizeof(*m));
	if (!m) {
		return vmm_fail(error, "out of memory");
	}
	m->config = *config;
	m->config.params = config->params ? config->params : "";
	m->config.pcpus = default_pcpus(config);
	m->config.features = config->features ? config->features : A64_FEAT_DEFAULT;
	m->started_ns = machine_host_clock_ns();
	if (create(m, error)) {
		machine_destroy(m, &ignored);
		return -1;
	}
	*machine = m;
	return 0;
}

int machine_destroy(struct machine *m, struct vmm_error *error)
{
	int status;

	if (!m) {
		return 0;
	}
	vm_destroy(m->vm);
	vm_host_destroy(m->host);
	machine_destroy_devices(m);
	if (m->ram.host) {
		free_ram(m->ram.host, m->ram.size);
	}
	script_free(&m->script);
	status = trace_destroy(m->trace, error);
	if (m->restored_from) {
		snapshot_free_config(m->restored_from);
		free(m->restored_from);
	}
	free(m);
	return status;
}

/* ---- GIC ---- */

static int set_attr(struct machine *m, uint32_t group, uint64_t attr, const void *value)
{
	const struct vgic5_device_attr a = {
		.group = group, .attr = attr, .addr = (uint64_t)(uintptr_t)value};

	return vgic5_set_device_attr(vm_gic(m->vm), &a);
}

int machine_init_gic(struct machine *m, struct vmm_error *error)
{
	const struct vgic5_create_device device = {.type = VGIC5_DEV_TYPE_VGIC_V5};
	const uint64_t irs = LAYOUT_IRS;
	const uint32_t spis = LAYOUT_SPIS;
	int status = vgic5_create_device(vm_gic(m->vm), &device);

	if (!status) {
		status = set_attr(m, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &irs);
	}
	if (!status) {
		status = set_attr(m, VGIC5_GRP_NR_IRQS, 0, &spis);
	}
	if (!status) {
		status = set_attr(m, VGIC5_GRP_CTRL, VGIC5_CTRL_INIT, NULL);
	}
	return status ? vmm_fail(error, "cannot set up the GICv5: %s", vgic5_strerror(status)) : 0;
}

/* ---- boot ---- */

static int build_device_tree(struct machine *m, struct vmm_error *error)
{
	struct device_tree_config config = {
		.cpus = m->config.cpus,
		.ram_size = m->config.ram_size,
		.bootargs = m->config.params,
		.initrd_start = m->loaded.initrd_start,
		.initrd_end = m->loaded.initrd_end,
		.virtio_count = m->slot_count,
	};
	int size;

	machine_random(m, &config.kaslr_seed, sizeof(config.kaslr_seed));
	machine_random(m, config.rng_seed, sizeof(config.rng_seed));
	size = device_tree_build(&config, m->ram.host + (m->loaded.dtb - m->ram.base),
				 LOADER_DTB_MAX);
	if (size < 0) {
		return vmm_fail(error,
				"the device tree does not fit into 2 MiB: are --params too long?");
	}
	m->dtb_size = (uint32_t)size;
	return 0;
}

static int load(struct machine *m, struct vmm_error *error)
{
	if (loader_load(&m->ram, m->config.kernel, m->config.initrd, &m->loaded, error) ||
	    build_device_tree(m, error)) {
		return -1;
	}
	vm_ram_written(m->vm, m->ram.base, m->ram.size);
	return 0;
}

/* Firmware would leave the UART ready; an early console counts on it. */
static void enable_uart(struct machine *m)
{
	pl011_write(&m->uart, PL011_LCR_H, 4, PL011_LCR_H_8N1_FIFO);
	pl011_write(&m->uart, PL011_CR, 4, PL011_CR_ENABLE);
}

int machine_boot(struct machine *m, struct vmm_error *error)
{
	int status;

	if (load(m, error) || machine_init_gic(m, error)) {
		return -1;
	}
	enable_uart(m);
	status = vm_vcpu_start(m->vm, 0, m->loaded.entry, m->loaded.dtb);
	return status ? vmm_fail(error, "cannot start the first CPU: %s", vgic5_strerror(status))
		      : 0;
}

int machine_write_device_tree(struct machine *m, const char *path, struct vmm_error *error)
{
	FILE *file = fopen(path, "w");
	const void *dtb = m->ram.host + (m->loaded.dtb - m->ram.base);
	bool ok = file && fwrite(dtb, m->dtb_size, 1, file) == 1;

	if (file && fclose(file)) {
		ok = false;
	}
	return ok ? 0 : vmm_fail(error, "cannot write %s: %s", path, strerror(errno));
}

/* As power-on, but for what is outside the machine: disks, network, clock. */
static int reset(struct machine *m, struct vmm_error *error)
{
	int status;

	if (!m->config.kernel) {
		return vmm_fail(error,
				"the guest resets, and there is no kernel to boot (--kernel)");
	}
	status = vm_reset(m->vm);
	if (status) {
		return vmm_fail(error, "cannot reset the VM: %s", vgic5_strerror(status));
	}
	machine_reset_devices(m);
	if (madvise(m->ram.host, m->ram.size, MADV_DONTNEED)) {
		memset(m->ram.host, 0, m->ram.size);
	}
	return machine_boot(m, error);
}

/* ---- running ---- */

static int run(struct machine *m, enum machine_end *end, struct vmm_error *error)
{
	struct vm_event event;

	for (;;) {
		int status = vm_run(m->vm, &event);

		if (status) {
			return vmm_fail(error, "the VM cannot run: %s", vgic5_strerror(status));
		}
		switch (event.kind) {
		case VM_EVENT_STOP: *end = (enum machine_end)event.reason; return 0;
		case VM_EVENT_POWEROFF: *end = MACHINE_POWEROFF; return 0;
		case VM_EVENT_DEAD: *end = MACHINE_DEAD; return 0;
		case VM_EVENT_STALLED: *end = MACHINE_STALLED; return 0;
		case VM_EVENT_RESET:
			if (reset(m, error)) {
				return -1;
			}
			break;
		}
	}
}

int machine_run(struct machine *m, enum machine_end *end, struct vmm_error *error)
{
	int status;

	if (machine_start_io(m, error)) {
		return -1;
	}
	status = run(m, end, error);
	machine_stop_io(m);
	m->io_stop = false;
	return status;
}

void machine_stop(struct machine *m, enum machine_end why)
{
	vm_stop(m->vm, (int)why);
}

enum machine_check machine_check(const struct machine *m)
{
	return (enum machine_check)m->check;
}

uint64_t machine_host_reports(const struct machine *m)
{
	return m->host_reports;
}

uint64_t machine_now_ns(struct machine *m)
{
	return vm_now(m->vm) * VM_TICK_NS;
}

void machine_write_latencies(struct machine *m, FILE *out)
{
	if (m->trace) {
		trace_summary(m->trace, out);
	}
}
