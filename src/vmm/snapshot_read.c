/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading snapshots: what restoring and inspecting have in common. */
#include <string.h>

#include "snapfile_format.h"
#include "snapshot_internal.h"

static const struct {
	const char *tag;
	uint32_t version; /* the newest that this program reads */
} known[] = {
	{TAG_CONFIG,  SECTION_VERSION     },
        {TAG_CLOCK,   SECTION_VERSION     },
	{TAG_CONSOLE, SECTION_VERSION     },
        {TAG_VCPU,    SECTION_VERSION     },
	{TAG_GICIRS,  SECTION_VERSION     },
        {TAG_GICCPU,  SECTION_VERSION     },
	{TAG_IST,     SECTION_VERSION     },
        {TAG_UART,    SECTION_VERSION     },
	{TAG_RTC,     SECTION_VERSION     },
        {TAG_VIRTIO,  SECTION_VERSION     },
	{TAG_RAM,     SNAPFILE_RAM_VERSION},
};
#define KNOWN (sizeof(known) / sizeof(known[0]))

/* A tag comes from the file: not all of it may be fit for a terminal. */
static const char *printable(const char *tag, char text[SNAPFILE_TAG_SIZE + 1])
{
	unsigned i = 0;

	for (; i < SNAPFILE_TAG_SIZE && tag[i]; i++) {
		text[i] = tag[i] > ' ' && tag[i] < 0x7f ? tag[i] : '?';
	}
	text[i] = 0;
	return text;
}

static int check_section(const char *path, const struct snapfile_section *section,
			 struct vmm_error *error)
{
	char tag[SNAPFILE_TAG_SIZE + 1];

	for (unsigned i = 0; i < KNOWN; i++) {
		if (strcmp(known[i].tag, section->tag) != 0) {
			continue;
		}
		if (section->version <= known[i].version) {
			return 0;
		}
		return vmm_fail(error,
				"%s: section %s has version %u, this program reads up to %u: use a "
				"newer vgic5",
				path, section->tag, section->version, known[i].version);
	}
	return vmm_fail(error, "%s: section %s is unknown to this program: use a newer vgic5", path,
			printable(section->tag, tag));
}

struct snapfile_reader *snapshot_open(const char *path, struct vmm_error *error)
{
	struct snapfile_reader *file = snapfile_open(path, error->text, sizeof(error->text));

	for (size_t i = 0; file && i < snapfile_count(file); i++) {
		if (check_section(path, snapfile_at(file, i), error)) {
			snapfile_close(file);
			return NULL;
		}
	}
	return file;
}

int snapshot_section(struct snapfile_reader *file, const char *tag, uint32_t instance,
		     struct vmm_reader *r, struct vmm_error *error)
{
	int index = snapfile_find(file, tag, instance);
	size_t size;

	*r = (struct vmm_reader){0};
	if (index < 0) {
		return vmm_fail(error, "the snapshot has no section %s %u", tag, instance);
	}
	r->data = snapfile_data(file, (size_t)index, &size, error->text, sizeof(error->text));
	if (!r->data) {
		return -1;
	}
	r->left = size;
	return 0;
}

int snapshot_section_end(const char *tag, uint32_t instance, const struct vmm_reader *r,
			 struct vmm_error *error)
{
	if (vmm_reader_done(r)) {
		return 0;
	}
	return vmm_fail(error, "section %s %u of the snapshot does not hold what it should", tag,
			instance);
}

int snapshot_load_config(struct snapfile_reader *file, struct snapshot_config *config,
			 struct vmm_error *error)
{
	struct vmm_reader r;

	*config = (struct snapshot_config){0};
	if (snapshot_section(file, TAG_CONFIG, 0, &r, error)) {
		return -1;
	}
	snapshot_get_config(config, &r);
	return snapshot_section_end(TAG_CONFIG, 0, &r, error);
}

int snapshot_deterministic(const char *path, bool *deterministic, struct vmm_error *error)
{
	struct snapfile_reader *file = snapshot_open(path, error);
	struct snapshot_config config = {0};
	int status = file ? snapshot_load_config(file, &config, error) : -1;

	*deterministic = config.deterministic;
	snapshot_free_config(&config);
	snapfile_close(file);
	return status;
}
