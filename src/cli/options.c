/* SPDX-License-Identifier: BSD-2-Clause */
/* Command-line options as a table. */
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

#define HELP_COLUMN 26

static int parse_number(const char *text, uint64_t *value, char **end)
{
	errno = 0;
	*value = strtoull(text, end, 0);
	return errno || *end == text || *text == '-' ? -1 : 0;
}

static int parse_mib(const char *text, uint64_t *bytes)
{
	static const char suffixes[] = "KMGT";
	unsigned shift = 20;
	uint64_t value;
	char *end;

	if (parse_number(text, &value, &end)) {
		return -1;
	}
	if (*end) {
		const char *suffix = strchr(suffixes, *end & ~0x20);

		if (!suffix || end[1]) {
			return -1;
		}
		shift = 10 * (unsigned)(suffix - suffixes + 1);
	}
	*bytes = value << shift;
	return *bytes >> shift == value ? 0 : -1;
}

static int set_number(const struct option_row *row, const char *text)
{
	uint64_t value;
	char *end;

	if (parse_number(text, &value, &end) || *end) {
		cli_error("--%s wants a number, not %s", row->name, text);
		return -1;
	}
	if (value > row->max) {
		cli_error("--%s %s is too large: at most %llu", row->name, text,
			  (unsigned long long)row->max);
		return -1;
	}
	*(uint64_t *)row->value = value;
	return 0;
}

static int add_to_list(const struct option_row *row, const char *text)
{
	struct option_list *list = row->value;

	if (list->count == OPTION_LIST_MAX) {
		cli_error("--%s was given more than %u times", row->name, OPTION_LIST_MAX);
		return -1;
	}
	list->values[list->count++] = text;
	return 0;
}

static int set_value(const struct option_row *row, const char *text)
{
	switch (row->kind) {
	case OPTION_STRING: *(const char **)row->value = text; return 0;
	case OPTION_NUMBER: return set_number(row, text);
	case OPTION_LIST: return add_to_list(row, text);
	case OPTION_MIB:
		if (parse_mib(text, row->value)) {
			cli_error("--%s wants a size in MiB (or 2G, 512M), not %s", row->name,
				  text);
			return -1;
		}
		return 0;
	default: return 0;
	}
}

static bool takes_argument(const struct option_row *row)
{
	return row->kind != OPTION_FLAG && row->kind != OPTION_COUNT;
}

static void set_flag(const struct option_row *row)
{
	if (row->kind == OPTION_FLAG) {
		*(bool *)row->value = true;
	} else {
		++*(unsigned *)row->value;
	}
}

/* Finds the row of @arg; *text is the value glued to it, or NULL. */
static const struct option_row *find(const char *arg, const struct option_row *rows,
				     const char **text)
{
	size_t length = strcspn(arg, "=");

	*text = NULL;
	for (const struct option_row *row = rows; row->name; row++) {
		if (row->kind == OPTION_FILE) {
			continue;
		}
		if (arg[1] == '-' && strlen(row->name) == length - 2 &&
		    !strncmp(arg + 2, row->name, length - 2)) {
			*text = arg[length] ? arg + length + 1 : NULL;
			return row;
		}
		if (arg[1] != '-' && row->letter && arg[1] == row->letter) {
			*text = arg[2] ? arg + 2 : NULL;
			return row;
		}
	}
	return NULL;
}

/* The place for an argument without a name that is still empty, or NULL. */
static const char **free_operand(const struct option_row *rows)
{
	for (const struct option_row *row = rows; row->name; row++) {
		if (row->kind == OPTION_FILE && !*(const char **)row->value) {
			return row->value;
		}
	}
	return NULL;
}

int options_parse(int argc, char **argv, const struct option_row *rows)
{
	for (int i = 1; i < argc; i++) {
		const struct option_row *row;
		const char *text;

		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h")) {
			return 1;
		}
		if (argv[i][0] != '-' || !argv[i][1]) {
			const char **operand = free_operand(rows);

			if (operand) {
				*operand = argv[i];
				continue;
			}
			cli_error("%s: what is %s? see vgic5 %s --help", argv[0], argv[i], argv[0]);
			return -1;
		}
		row = find(argv[i], rows, &text);
		if (!row || (!takes_argument(row) && text)) {
			cli_error("%s: no option %s: see vgic5 %s --help", argv[0], argv[i],
				  argv[0]);
			return -1;
		}
		if (!takes_argument(row)) {
			set_flag(row);
			continue;
		}
		if (!text && ++i == argc) {
			cli_error("--%s wants %s", row->name, row->argument);
			return -1;
		}
		if (set_value(row, text ? text : argv[i])) {
			return -1;
		}
	}
	return 0;
}

void options_help(const struct option_row *rows)
{
	for (const struct option_row *row = rows; row->name; row++) {
		char left[64];
		int n;

		if (row->kind == OPTION_FILE) {
			continue;
		}
		n = row->letter ? snprintf(left, sizeof(left), "-%c, ", row->letter)
				: snprintf(left, sizeof(left), "    ");

		snprintf(left + n, sizeof(left) - (size_t)n, "--%s%s%s", row->name,
			 row->argument ? " " : "", row->argument ? row->argument : "");
		printf("  %-*s", HELP_COLUMN, left);
		for (const char *p = row->help; *p;) {
			size_t length = strcspn(p, "\n");

			printf("%s%.*s\n", p == row->help ? " " : "", (int)length, p);
			p += length;
			if (*p) {
				printf("%*s", HELP_COLUMN + 3, "");
				p++;
			}
		}
	}
}
