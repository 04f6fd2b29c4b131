/* SPDX-License-Identifier: BSD-2-Clause */
/* Console input for deterministic mode. */
#include "script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_S    1000000000.0
#define LAST_SECOND 1e9

static int hex_digit(char c)
{
	return isdigit((unsigned char)c)    ? c - '0'
	       : isxdigit((unsigned char)c) ? (c | 32) - 'a' + 10
					    : -1;
}

/* Decodes escapes in place; returns the size, or -1 at a bad one. */
static int unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		if (*from != '\\') {
			*to++ = *from;
			continue;
		}
		switch (*++from) {
		case 'n': *to++ = '\n'; break;
		case 'r': *to++ = '\r'; break;
		case 't': *to++ = '\t'; break;
		case '\\': *to++ = '\\'; break;
		case 'x':
			if (hex_digit(from[1]) < 0 || hex_digit(from[2]) < 0) {
				return -1;
			}
			*to++ = (char)(hex_digit(from[1]) * 16 + hex_digit(from[2]));
			from += 2;
			break;
		default: return -1;
		}
	}
	return (int)(to - text);
}

static int add_line(struct script *script, char *line, const char *path, unsigned number,
		    struct vmm_error *error)
{
	struct script_entry *entries;
	struct script_entry entry;
	char *text;
	double seconds;
	int size;

	line[strcspn(line, "\r\n")] = 0;
	if (!*line || *line == '#') {
		return 0;
	}
	seconds = strtod(line, &text);
	if (text == line || *text != ' ' || !(seconds >= 0 && seconds < LAST_SECOND)) {
		return vmm_fail(error, "%s:%u: want a time in seconds, a blank, and text", path,
				number);
	}
	size = unescape(++text);
	if (!size) {
		return vmm_fail(error, "%s:%u: nothing to type", path, number);
	}
	if (size < 0) {
		return vmm_fail(error, "%s:%u: bad escape: there are \\n \\r \\t \\\\ \\xHH", path,
				number);
	}
	entry.time_ns = (uint64_t)(seconds * NS_PER_S);
	entry.size = (uint32_t)size;
	if (script->count && entry.time_ns < script->entries[script->count - 1].time_ns) {
		return vmm_fail(error, "%s:%u: time goes back", path, number);
	}
	entry.bytes = malloc((size_t)size + 1);
	entries = realloc(script->entries, (script->count + 1) * sizeof(*entries));
	if (!entry.bytes || !entries) {
		free(entry.bytes);
		script->entries = entries ? entries : script->entries;
		return vmm_fail(error, "out of memory for %s", path);
	}
	memcpy(entry.bytes, text, (size_t)size);
	script->entries = entries;
	script->entries[script->count++] = entry;
	return 0;
}

int script_load(struct script *script, const char *path, struct vmm_error *error)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t capacity = 0;
	unsigned number = 0;
	int status = 0;

	*script = (struct script){0};
	if (!file) {
		return vmm_fail(error, "cannot open script %s: %s", path, strerror(errno));
	}
	while (!status && getline(&line, &capacity, file) >= 0) {
		status = add_line(script, line, path, ++number, error);
	}
	free(line);
	fclose(file);
	if (status) {
		script_free(script);
	}
	return status;
}

uint32_t script_due(const struct script *script, uint64_t now_ns, const uint8_t **bytes)
{
	const struct script_entry *entry;

	if (script->next == script->count) {
		return 0;
	}
	entry = &script->entries[script->next];
	if (entry->time_ns > now_ns) {
		return 0;
	}
	*bytes = entry->bytes + script->typed;
	return entry->size - script->typed;
}

void script_took(struct script *script, uint32_t size)
{
	script->typed += size;
	while (script->next < script->count &&
	       script->typed >= script->entries[script->next].size) {
		script->typed = 0;
		script->next++;
	}
}

uint64_t script_next_ns(const struct script *script)
{
	return script->next < script->count ? script->entries[script->next].time_ns : UINT64_MAX;
}

void script_free(struct script *script)
{
	for (uint32_t i = 0; i < script->count; i++) {
		free(script->entries[i].bytes);
	}
	free(script->entries);
	*script = (struct script){0};
}
