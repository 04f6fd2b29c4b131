/* SPDX-License-Identifier: BSD-2-Clause */
/* Saving a machine at rest. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "snapshot_internal.h"

/* A snapshot under construction: sections are put as they are made. */
struct saving {
	struct machine *machine;
	struct snapfile_writer *file;
	struct vmm_writer w; /* the section being made */
	bool no_memory;
};

static void put_section(struct saving *s, const char *tag, uint32_t instance)
{
	snapfile_put(s->file, tag, instance, SECTION_VERSION, s->w.data, s->w.size);
	s->no_memory |= s->w.failed;
	vmm_writer_free(&s->w);
}

/* ---- the parts ---- */

/* What the guest's disk has taken must not be lost while the guest's memory of it is kept. */
static int sync_disks(struct machine *m, struct vmm_error *error)
{
	for (uint32_t i = 0; i < m->config.disk_count; i++) {
		if (!m->blks[i]->file.read_only && fdatasync(m->blks[i]->file.fd) &&
		    errno != EINVAL) {
			return vmm_fail(error, "disk %s: %s", m->config.disks[i], strerror(errno));
		}
	}
	return 0;
}

static int save_config(struct saving *s, struct vmm_error *error)
{
	struct snapshot_config config;
	int status = sync_disks(s->machine, error);

	if (status) {
		return status;
	}
	status = snapshot_describe(s->machine, &config, error);
	if (!status) {
		snapshot_put_config(&config, &s->w);
		put_section(s, TAG_CONFIG, 0);
	}
	snapshot_free_config(&config);
	return status;
}

static void save_clock(struct saving *s)
{
	struct vm_clock_state clock;

	vm_get_clock(s->machine->vm, &clock);
	snapshot_put_clock(&clock, &s->w);
	put_section(s, TAG_CLOCK, 0);
}

static void save_vcpus(struct saving *s)
{
	for (uint32_t i = 0; i < s->machine->config.cpus; i++) {
		struct snapshot_vcpu vcpu = {.id = i, .mpidr = LAYOUT_MPIDR(i)};

		vm_get_vcpu(s->machine->vm, i, &vcpu.state);
		snapshot_put_vcpu(&vcpu, &s->w);
		put_section(s, TAG_VCPU, i);
	}
}

static int save_gic(struct saving *s, struct vmm_error *error)
{
	struct snapshot_gic gic;
	int status = snapshot_read_gic(s->machine, &gic, error);

	if (!status) {
		snapshot_put_regs(&gic.irs, &s->w);
		put_section(s, TAG_GICIRS, 0);
		for (uint32_t i = 0; i < gic.cpus; i++) {
			snapshot_put_regs(&gic.cpu[i], &s->w);
			put_section(s, TAG_GICCPU, i);
		}
		for (uint32_t i = IST_SPI; i <= IST_LPI; i++) {
			if (gic.ist[i].count) {
				vmm_put_bytes(&s->w, gic.ist[i].iste,
					      (size_t)gic.ist[i].count * sizeof(uint32_t));
				put_section(s, TAG_IST, i);
			}
		}
	}
	snapshot_free_gic(&gic);
	return status;
}

static void save_devices(struct saving *s)
{
	struct machine *m = s->machine;

	pl011_save(&m->uart, &s->w);
	put_section(s, TAG_UART, 0);
	pl031_save(&m->rtc, &s->w);
	put_section(s, TAG_RTC, 0);
	for (uint32_t i = 0; i < m->slot_count; i++) {
		m->slots[i].save(m, m->slots[i].dev, &s->w);
		put_section(s, TAG_VIRTIO, i);
	}
}

static int save_all(struct saving *s, struct vmm_error *error)
{
	struct machine *m = s->machine;

	if (save_config(s, error) || save_gic(s, error)) {
		return -1;
	}
	save_clock(s);
	save_vcpus(s);
	save_devices(s);
	snapshot_put_console(m, &s->w);
	put_section(s, TAG_CONSOLE, 0);
	if (s->no_memory) {
		return vmm_fail(error, "out of memory");
	}
	snapfile_put_ram(s->file, TAG_RAM, 0, m->ram.base, m->ram.host, m->ram.size);
	return 0;
}

int snapshot_save(struct machine *m, const char *path, struct vmm_error *error)
{
	struct saving s = {.machine = m};
	int status;

	/* A run that goes on and one that is restored must go on alike. */
	for (uint32_t i = 0; i < m->config.cpus; i++) {
		a64_drop_caches(vm_vcpu_cpu(m->vm, i));
	}
	s.file = snapfile_create(path, error->text, sizeof(error->text));
	if (!s.file) {
		return -1;
	}
	status = save_all(&s, error);
	vmm_writer_free(&s.w);
	if (status) {
		snapfile_abort(s.file);
		return -1;
	}
	if (!snapfile_commit(s.file, error->text, sizeof(error->text))) {
		return -1;
	}
	if (m->trace) {
		trace_mark(m->trace, vm_host_now(m->host), "saved");
	}
	return 0;
}
