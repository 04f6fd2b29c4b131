/* SPDX-License-Identifier: BSD-2-Clause */
/* Look-up in the table of A64 encodings. */
#include "encodings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct enc_row enc_rows[] = {
#define ENC(class, feat, text, bits)        \
	{                                   \
		.cls = ENC_CLASS_##class,   \
		.feature = ENC_FEAT_##feat, \
		.name = text,               \
		.pattern = bits,            \
	},
#include "encodings.def"
#undef ENC
};
const size_t enc_count = sizeof(enc_rows) / sizeof(enc_rows[0]);

static void init_row(struct enc_row *row)
{
	int bit = 31;

	for (const char *p = row->pattern; *p; p++) {
		if (*p == 'R') {
			bit -= 5;
		} else {
			if (bit >= 0 && *p != 'x') {
				row->mask |= 1u << bit;
				row->value |= (uint32_t)(*p == '1') << bit;
			}
			bit--;
		}
	}
	if (bit < -1) {
		fprintf(stderr, "pattern too long: %s\n", row->name);
		abort();
	}
}

void enc_init(void)
{
	for (size_t i = 0; i < enc_count; i++) {
		enc_rows[i].mask = 0;
		enc_rows[i].value = 0;
		init_row(&enc_rows[i]);
	}
}

size_t enc_find(uint32_t insn)
{
	size_t i = 0;

	while ((insn & enc_rows[i].mask) != enc_rows[i].value)
		i++;
	return i;
}

bool enc_is_rest(const struct enc_row *row)
{
	return strstr(row->name, ", any") || !strcmp(row->name, "anything") ||
	       strstr(row->name, "neighbours") || strstr(row->name, "reserved");
}

const char *enc_class_name(enum enc_class cls)
{
	static const char *const names[] = {
#define X(name) #name,
		ENC_CLASSES(X)
#undef X
	};

	return names[cls];
}

struct announcement {
	const char *name;
	uint16_t id;
	uint8_t lsb;
	uint8_t min;
};

static const struct announcement announcements[] = {
#define X(name, id, lsb, min) {#name, id, lsb, min},
	ENC_FEATURES(X)
#undef X
};

const char *enc_feature_name(enum enc_feature feature)
{
	return announcements[feature].name;
}

bool enc_announced(enum enc_feature feature, uint64_t (*read)(void *, uint16_t), void *opaque)
{
	const struct announcement *a = &announcements[feature];
	uint64_t field;

	if (feature == ENC_FEAT_BASE)
		return true;
	field = read(opaque, a->id) >> a->lsb & 15;
	if (feature == ENC_FEAT_FP16)
		return field == 1;
	return field >= a->min;
}

void enc_disassemble(uint32_t insn, char *text, size_t size)
{
	char path[] = "/tmp/vgic5-insn-XXXXXX";
	char command[256], line[256];
	int fd = mkstemp(path);
	FILE *out;

	text[0] = '\0';
	if (fd < 0)
		return;
	if (write(fd, &insn, 4) == 4) {
		snprintf(command, sizeof(command),
			 "aarch64-linux-gnu-objdump -D -b binary -m aarch64 %s 2>/dev/null", path);
		out = popen(command, "r");
		while (out && fgets(line, sizeof(line), out)) {
			char *tab = strstr(line, "0:\t");

			if (!tab || !(tab = strchr(tab + 3, '\t')))
				continue;
			tab[strcspn(tab, "\n")] = '\0';
			snprintf(text, size, "%s", tab + 1);
			for (char *p = text; *p; p++)
				if (*p == '\t')
					*p = ' ';
		}
		if (out)
			pclose(out);
	}
	close(fd);
	unlink(path);
}
