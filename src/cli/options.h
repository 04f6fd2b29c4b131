/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Command-line options as a table: letter, name, argument, help and where the value goes. Forms: -x,
 * -xVALUE, -x VALUE, --name, --name VALUE, --name=VALUE.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG,   /* bool */
	OPTION_COUNT,  /* unsigned: how often it was given */
	OPTION_STRING, /* const char * */
	OPTION_NUMBER, /* uint64_t, up to @max */
	OPTION_MIB,    /* uint64_t in bytes; the argument in MiB, or with suffix K, M, G, T */
	OPTION_LIST,   /* struct option_list */
	OPTION_FILE,   /* const char *: what stands on the line without a name */
};

#define OPTION_LIST_MAX 8

struct option_list {
	const char *values[OPTION_LIST_MAX];
	uint32_t count;
};

struct option_row {
	char letter; /* 0: none */
	const char *name;
	enum option_kind kind;
	void *value;
	const char *argument; /* what the help calls it */
	const char *help;     /* lines are separated by \n */
	uint64_t max;
};

/**
 * options_parse() - fill in the values
 * @argv: the command's name and its arguments
 * @rows: ended by a row without name
 *
 * An argument that is no option goes to the OPTION_FILE row, others are refused. Strings point into @argv.
 * returns: 0; 1 if --help was asked for; -1 after a line on standard error
 */
int options_parse(int argc, char **argv, const struct option_row *rows);

/** options_help() - the table as text on standard output */
void options_help(const struct option_row *rows);

#endif
