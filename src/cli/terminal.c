/* SPDX-License-Identifier: BSD-2-Clause */
/* The user's terminal. */
#include "terminal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

static struct termios saved;
static volatile sig_atomic_t is_raw;

void terminal_restore(void)
{
	if (is_raw) {
		is_raw = 0;
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
	}
}

const char *terminal_newline(void)
{
	return is_raw ? "\r\n" : "\n";
}

static void on_fatal(int number)
{
	if (is_raw) {
		tcsetattr(STDIN_FILENO, TCSANOW, &saved);
	}
	raise(number); /* SA_RESETHAND: now with the default action */
}

static void restore_on_fatal_signals(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_fatal;
	action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
	for (unsigned i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++) {
		sigaction(fatal[i], &action, NULL);
	}
}

bool terminal_raw(void)
{
	struct termios raw;

	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved)) {
		return false;
	}
	atexit(terminal_restore);
	restore_on_fatal_signals();
	raw = saved;
	raw.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | INLCR | IGNCR | ISTRIP | IXON | INPCK);
	raw.c_oflag &= (tcflag_t)~OPOST;
	raw.c_lflag &= (tcflag_t) ~(ECHO | ICANON | IEXTEN | ISIG);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	is_raw = 1;
	return tcsetattr(STDIN_FILENO, TCSADRAIN, &raw) == 0;
}
