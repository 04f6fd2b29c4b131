/* SPDX-License-Identifier: BSD-2-Clause */
/* Sections CONFIG, CLOCK and CONSOLE: what a machine is made of, its time, what it was typing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "snapshot_internal.h"

#define STRING_MAX (1u << 20)
#define SCRIPT_MAX (1u << 20)

/* A century of nanoseconds still fits, as does what a computer executes in it. */
#define COUNTER_MAX      (INT64_MAX / VM_TICK_NS)
#define INSTRUCTIONS_MAX (UINT64_MAX / 4)

static void put_string(struct vmm_writer *w, const char *text)
{
	size_t size = strlen(text);

	vmm_put_u32(w, (uint32_t)size);
	vmm_put_bytes(w, text, size);
}

/* Never NULL unless the reader failed. */
static char *get_string(struct vmm_reader *r)
{
	uint32_t size = vmm_get_max(r, STRING_MAX);
	char *text = size <= r->left ? malloc((size_t)size + 1) : NULL;

	if (!text) {
		r->failed = true;
		return NULL;
	}
	vmm_get_bytes(r, text, size);
	text[size] = 0;
	return text;
}

/* ---- CONFIG ---- */

/* Another process may have another working directory. */
static char *absolute(const char *path)
{
	char *full;

	if (!path) {
		return strdup("");
	}
	full = realpath(path, NULL);
	return full ? full : strdup(path);
}

bool snapshot_look_at_disk(const char *path, struct snapshot_disk *disk)
{
	struct stat st;

	if (stat(path, &st)) {
		return false;
	}
	disk->size = (uint64_t)st.st_size;
	disk->mtime_s = (uint64_t)st.st_mtim.tv_sec;
	disk->mtime_ns = (uint32_t)st.st_mtim.tv_nsec;
	return true;
}

int snapshot_describe(struct machine *m, struct snapshot_config *c, struct vmm_error *error)
{
	const struct machine_config *from = &m->config;
	bool ok;

	*c = (struct snapshot_config){
		.cpus = from->cpus,
		.pcpus = from->pcpus,
		.ram_size = from->ram_size,
		.console = from->console,
		.net = from->net,
		.deterministic = from->deterministic,
		.seed = from->seed,
		.features = from->features,
		.kernel = absolute(from->kernel),
		.initrd = absolute(from->initrd),
		.params = strdup(from->params),
		.disk_count = from->disk_count,
	};
	ok = c->kernel && c->initrd && c->params;
	for (uint32_t i = 0; i < c->disk_count; i++) {
		struct snapshot_disk *disk = &c->disk[i];

		disk->path = absolute(from->disks[i]);
		if (!disk->path) {
			ok = false;
		} else if (!snapshot_look_at_disk(disk->path, disk)) {
			return vmm_fail(error, "disk %s: %s", disk->path, strerror(errno));
		}
	}
	return ok ? 0 : vmm_fail(error, "out of memory");
}

void snapshot_free_config(struct snapshot_config *c)
{
	free(c->kernel);
	free(c->initrd);
	free(c->params);
	for (uint32_t i = 0; i < MACHINE_DISKS_MAX; i++) {
		free(c->disk[i].path);
	}
	*c = (struct snapshot_config){0};
}

void snapshot_put_config(const struct snapshot_config *c, struct vmm_writer *w)
{
	vmm_put_u32(w, c->cpus);
	vmm_put_u32(w, c->pcpus);
	vmm_put_u64(w, c->ram_size);
	vmm_put_u32(w, (uint32_t)c->console);
	vmm_put_u32(w, c->net);
	vmm_put_u32(w, c->deterministic);
	vmm_put_u64(w, c->seed);
	vmm_put_u32(w, c->features);
	put_string(w, c->kernel);
	put_string(w, c->initrd);
	put_string(w, c->params);
	vmm_put_u32(w, c->disk_count);
	for (uint32_t i = 0; i < c->disk_count; i++) {
		put_string(w, c->disk[i].path);
		vmm_put_u64(w, c->disk[i].size);
		vmm_put_u64(w, c->disk[i].mtime_s);
		vmm_put_u32(w, c->disk[i].mtime_ns);
	}
}

void snapshot_get_config(struct snapshot_config *c, struct vmm_reader *r)
{
	*c = (struct snapshot_config){0};
	c->cpus = vmm_get_max(r, LAYOUT_CPUS_MAX);
	c->pcpus = vmm_get_max(r, VM_MAX_PCPUS);
	c->ram_size = vmm_get_u64(r);
	c->console = (enum machine_console)vmm_get_max(r, MACHINE_CONSOLE_VIRTIO);
	c->net = vmm_get_max(r, 1) != 0;
	c->deterministic = vmm_get_max(r, 1) != 0;
	c->seed = vmm_get_u64(r);
	c->features = vmm_get_u32(r);
	c->kernel = get_string(r);
	c->initrd = get_string(r);
	c->params = get_string(r);
	c->disk_count = vmm_get_max(r, MACHINE_DISKS_MAX);
	for (uint32_t i = 0; i < c->disk_count; i++) {
		c->disk[i].path = get_string(r);
		c->disk[i].size = vmm_get_u64(r);
		c->disk[i].mtime_s = vmm_get_u64(r);
		c->disk[i].mtime_ns = vmm_get_u32(r);
	}
	if (!c->cpus || !c->pcpus || c->ram_size % SNAPFILE_PAGE_SIZE) {
		r->failed = true;
	}
}

/* ---- CLOCK ---- */

void snapshot_put_clock(const struct vm_clock_state *clock, struct vmm_writer *w)
{
	vmm_put_u64(w, clock->counter);
	vmm_put_u64(w, clock->instructions);
	vmm_put_u32(w, clock->turn);
	vmm_put_u32(w, clock->turn_left);
}

void snapshot_get_clock(struct vm_clock_state *clock, struct vmm_reader *r)
{
	clock->counter = vmm_get_u64(r);
	clock->instructions = vmm_get_u64(r);
	clock->turn = vmm_get_u32(r);
	clock->turn_left = vmm_get_u32(r);
	if (clock->counter > COUNTER_MAX || clock->instructions > INSTRUCTIONS_MAX) {
		r->failed = true;
	}
}

/* ---- CONSOLE ---- */

static void put_script(const struct script *script, struct vmm_writer *w)
{
	vmm_put_u32(w, script->count - script->next);
	for (uint32_t i = script->next; i < script->count; i++) {
		const struct script_entry *entry = &script->entries[i];
		uint32_t typed = i == script->next ? script->typed : 0;

		vmm_put_u64(w, entry->time_ns);
		vmm_put_u32(w, entry->size - typed);
		vmm_put_bytes(w, entry->bytes + typed, entry->size - typed);
	}
}

static void get_script(struct script *script, struct vmm_reader *r)
{
	uint32_t count = vmm_get_max(r, SCRIPT_MAX);

	script_free(script);
	if (count) {
		script->entries = calloc(count, sizeof(*script->entries));
		r->failed |= !script->entries;
	}
	for (uint32_t i = 0; i < count && !r->failed; i++) {
		struct script_entry *entry = &script->entries[i];

		entry->time_ns = vmm_get_u64(r);
		entry->size = vmm_get_max(r, SCRIPT_MAX);
		entry->bytes = entry->size && entry->size <= r->left ? malloc(entry->size) : NULL;
		if (!entry->bytes) {
			r->failed = true;
			return;
		}
		vmm_get_bytes(r, entry->bytes, entry->size);
		script->count++;
	}
}

void snapshot_put_console(struct machine *m, struct vmm_writer *w)
{
	vmm_put_u32(w, (uint32_t)m->check);
	vmm_put_u32(w, m->console.line_size);
	vmm_put_bytes(w, m->console.line, m->console.line_size);
	vmm_put_u32(w, m->input.size);
	vmm_put_bytes(w, m->input.bytes, m->input.size);
	put_script(&m->script, w);
}

void snapshot_get_console(struct machine *m, struct vmm_reader *r)
{
	m->check = (int)vmm_get_max(r, MACHINE_CHECK_FAILED);
	m->console.line_size = vmm_get_max(r, sizeof(m->console.line) - 1);
	vmm_get_bytes(r, m->console.line, m->console.line_size);
	m->input.size = vmm_get_max(r, sizeof(m->input.bytes));
	vmm_get_bytes(r, m->input.bytes, m->input.size);
	get_script(&m->script, r);
}
