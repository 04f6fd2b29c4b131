/* SPDX-License-Identifier: BSD-2-Clause */
/* One line of text that tells a user what went wrong and what to do about it. */
#ifndef VMM_ERROR_H
#define VMM_ERROR_H

#include <stdarg.h>
#include <stdio.h>

struct vmm_error {
	char text[512];
};

/** vmm_fail() - write the line; returns -1, for use in a return statement */
__attribute__((format(printf, 2, 3))) static inline int vmm_fail(struct vmm_error *error,
								 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return -1;
}

#endif
