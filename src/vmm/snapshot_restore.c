/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Restoring: a new machine, filled from the file in the order of docs/uapi.md, thrown away if anything
 * fails.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "snapshot_internal.h"

#define FEATURES_KNOWN (A64_FEAT_DEFAULT | A64_FEAT_GICV5 | A64_FEAT_NMI | A64_FEAT_IDST)

/* ---- what the machine is made of ---- */

static int check_disk(const struct snapshot_disk *disk, bool force, struct vmm_error *error)
{
	struct snapshot_disk now = {0};

	if (!snapshot_look_at_disk(disk->path, &now)) {
		return vmm_fail(error, "disk %s: %s", disk->path, strerror(errno));
	}
	if (force) {
		return 0;
	}
	if (now.size != disk->size) {
		return vmm_fail(error,
				"disk %s has %llu bytes, it had %llu when the guest was saved "
				"(--force runs it all the same)",
				disk->path, (unsigned long long)now.size,
				(unsigned long long)disk->size);
	}
	if (now.mtime_s != disk->mtime_s || now.mtime_ns != disk->mtime_ns) {
		return vmm_fail(error,
				"disk %s was written to since the guest was saved (--force runs it "
				"all the same)",
				disk->path);
	}
	return 0;
}

static const char *or_null(const char *text)
{
	return *text ? text : NULL;
}

static int make_config(const struct snapshot_config *saved, const struct snapshot_options *options,
		       struct machine_config *c, struct vmm_error *error)
{
	*c = options->config;
	c->kernel = c->kernel ? c->kernel : or_null(saved->kernel);
	c->initrd = c->initrd ? c->initrd : or_null(saved->initrd);
	c->params = saved->params;
	c->cpus = saved->cpus;
	c->pcpus = c->pcpus ? c->pcpus : saved->pcpus;
	c->ram_size = saved->ram_size;
	c->console = saved->console;
	c->net = saved->net;
	c->deterministic = saved->deterministic;
	c->seed = saved->seed;
	c->features = saved->features;
	c->script = NULL; /* the rest of it is in the file */
	c->keys = c->keys && !c->deterministic;
	c->disk_count = saved->disk_count;
	if (saved->features & ~FEATURES_KNOWN) {
		return vmm_fail(error,
				"the guest's CPUs have features (0x%x) that this program lacks",
				saved->features & ~FEATURES_KNOWN);
	}
	for (uint32_t i = 0; i < saved->disk_count; i++) {
		c->disks[i] = saved->disk[i].path;
		if (check_disk(&saved->disk[i], options->force, error)) {
			return -1;
		}
	}
	return 0;
}

/* ---- what is in it ---- */

static int restore_ram(struct machine *m, struct snapfile_reader *file, struct vmm_error *error)
{
	int index = snapfile_find(file, TAG_RAM, 0);

	if (index < 0) {
		return vmm_fail(error, "the snapshot has no section %s 0", TAG_RAM);
	}
	if (!snapfile_get_ram(file, (size_t)index, m->ram.base, m->ram.host, m->ram.size,
			      error->text, sizeof(error->text))) {
		return -1;
	}
	vm_ram_written(m->vm, m->ram.base, m->ram.size);
	return 0;
}

static int restore_clock(struct machine *m, struct snapfile_reader *file, struct vmm_error *error)
{
	struct vm_clock_state clock;
	struct vmm_reader r;

	if (snapshot_section(file, TAG_CLOCK, 0, &r, error)) {
		return -1;
	}
	snapshot_get_clock(&clock, &r);
	vm_set_clock(m->vm, &clock);
	return snapshot_section_end(TAG_CLOCK, 0, &r, error);
}

/* On another number of PEs a vCPU has to find its place anew. */
static void fit_place(struct vm_vcpu_state *state, uint32_t saved_pcpus, uint32_t pcpus)
{
	if (saved_pcpus != pcpus) {
		state->pe %= pcpus;
		state->queue_place = 0;
	}
}

static int restore_vcpu(struct machine *m, struct snapfile_reader *file, uint32_t index,
			uint32_t saved_pcpus, struct vmm_error *error)
{
	struct snapshot_vcpu vcpu;
	struct vmm_reader r;

	if (snapshot_section(file, TAG_VCPU, index, &r, error)) {
		return -1;
	}
	/* Powered on it has what the hypervisor sets for every guest. */
	vm_vcpu_start(m->vm, index, 0, 0);
	vm_get_vcpu(m->vm, index, &vcpu.state);
	snapshot_get_vcpu(&vcpu, &r);
	if (vcpu.id != index || vcpu.mpidr != LAYOUT_MPIDR(index)) {
		r.failed = true;
	}
	if (snapshot_section_end(TAG_VCPU, index, &r, error)) {
		return -1;
	}
	fit_place(&vcpu.state, saved_pcpus, m->config.pcpus);
	return vm_set_vcpu(m->vm, index, &vcpu.state)
		       ? vmm_fail(error, "CPU %u of the snapshot has a state that no CPU has",
				  index)
		       : 0;
}

static int restore_slot(struct machine *m, struct snapfile_reader *file, uint32_t index,
			struct vmm_error *error)
{
	struct machine_slot *slot = &m->slots[index];
	struct vmm_reader r;

	if (snapshot_section(file, TAG_VIRTIO, index, &r, error)) {
		return -1;
	}
	if (!slot->load(m, slot->dev, &r)) {
		r.failed = true;
	}
	return snapshot_section_end(TAG_VIRTIO, index, &r, error);
}

/* They raise their lines again: after the ISTs, or those would take it back. */
static int restore_devices(struct machine *m, struct snapfile_reader *file, struct vmm_error *error)
{
	struct vmm_reader r;

	if (snapshot_section(file, TAG_UART, 0, &r, error)) {
		return -1;
	}
	r.failed |= !pl011_load(&m->uart, &r);
	if (snapshot_section_end(TAG_UART, 0, &r, error) ||
	    snapshot_section(file, TAG_RTC, 0, &r, error)) {
		return -1;
	}
	r.failed |= !pl031_load(&m->rtc, &r);
	if (snapshot_section_end(TAG_RTC, 0, &r, error)) {
		return -1;
	}
	for (uint32_t i = 0; i < m->slot_count; i++) {
		if (restore_slot(m, file, i, error)) {
			return -1;
		}
	}
	return 0;
}

static int restore_console(struct machine *m, struct snapfile_reader *file, struct vmm_error *error)
{
	struct vmm_reader r;

	if (snapshot_section(file, TAG_CONSOLE, 0, &r, error)) {
		return -1;
	}
	snapshot_get_console(m, &r);
	return snapshot_section_end(TAG_CONSOLE, 0, &r, error);
}

static int restore_gic(struct machine *m, const struct snapshot_gic *gic, struct vmm_error *error)
{
	if (gic->ist[IST_SPI].count != LAYOUT_SPIS) {
		return vmm_fail(error, "the snapshot has %u SPIs, a machine of this program %u",
				gic->ist[IST_SPI].count, LAYOUT_SPIS);
	}
	return machine_init_gic(m, error) || snapshot_write_gic(m, gic, error) ? -1 : 0;
}

static int restore_vcpus(struct machine *m, struct snapfile_reader *file, uint32_t saved_pcpus,
			 struct vmm_error *error)
{
	for (uint32_t i = 0; i < m->config.cpus; i++) {
		if (restore_vcpu(m, file, i, saved_pcpus, error)) {
			return -1;
		}
	}
	return 0;
}

static int fill(struct machine *m, struct snapfile_reader *file, uint32_t saved_pcpus,
		struct vmm_error *error)
{
	struct snapshot_gic gic = {0};
	int status = -1;

	if (!restore_ram(m, file, error) && !restore_clock(m, file, error) &&
	    !restore_vcpus(m, file, saved_pcpus, error) &&
	    !snapshot_load_gic(file, m->config.cpus, &gic, error) && !restore_gic(m, &gic, error)) {
		m->restored_spis = gic.ist[IST_SPI].iste;
		status = restore_devices(m, file, error);
		m->restored_spis = NULL;
	}
	snapshot_free_gic(&gic);
	return status ? -1 : restore_console(m, file, error);
}

/* ---- the whole ---- */

static int restore(struct snapfile_reader *file, const struct snapshot_options *options,
		   struct machine **machine, struct vmm_error *error)
{
	struct snapshot_config *saved = calloc(1, sizeof(*saved));
	struct machine_config config;
	struct vmm_error ignored;
	struct machine *m = NULL;

	if (!saved) {
		return vmm_fail(error, "out of memory");
	}
	if (snapshot_load_config(file, saved, error) ||
	    make_config(saved, options, &config, error) || machine_create(&config, &m, error)) {
		snapshot_free_config(saved);
		free(saved);
		return -1;
	}
	m->restored_from = saved;
	if (fill(m, file, saved->pcpus, error)) {
		machine_destroy(m, &ignored);
		return -1;
	}
	if (m->trace) {
		trace_mark(m->trace, vm_host_now(m->host), "restored");
	}
	*machine = m;
	return 0;
}

int snapshot_restore(const char *path, const struct snapshot_options *options,
		     struct machine **machine, struct vmm_error *error)
{
	struct snapfile_reader *file = snapshot_open(path, error);
	int status = file ? restore(file, options, machine, error) : -1;

	snapfile_close(file);
	return status;
}
