/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's terminal: raw while a guest runs, and as it was before in every other case. */
#ifndef CLI_TERMINAL_H
#define CLI_TERMINAL_H

#include <stdbool.h>

/**
 * terminal_raw() - hand keys to the guest one by one
 *
 * Does nothing if standard input is no terminal. The old settings come back at exit() and at fatal
 * signals. returns: whether it is a terminal
 */
bool terminal_raw(void);

/** terminal_restore() - the settings as they were */
void terminal_restore(void);

/** terminal_newline() - what ends a line on standard error now */
const char *terminal_newline(void);

#endif
