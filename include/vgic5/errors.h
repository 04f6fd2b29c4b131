/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Error codes of all libraries. They have the numbers of Linux's arm64 errno of the same name, because
 * the userspace interface (uapi.h) promises those. Functions return them negated.
 */
#ifndef VGIC5_ERRORS_H
#define VGIC5_ERRORS_H

enum vgic5_error {
	VGIC5_E_NOENT = 2,      /* no such register */
	VGIC5_E_IO = 5,         /* the hardware answered nonsense */
	VGIC5_E_NXIO = 6,       /* no such attribute, or the address is not set */
	VGIC5_E_2BIG = 7,       /* beyond the size of the thing addressed */
	VGIC5_E_AGAIN = 11,     /* interrupted; call again */
	VGIC5_E_NOMEM = 12,     /* out of memory */
	VGIC5_E_FAULT = 14,     /* a caller's buffer is not readable or writable */
	VGIC5_E_BUSY = 16,      /* not in this state, or in use */
	VGIC5_E_EXIST = 17,     /* there already */
	VGIC5_E_NODEV = 19,     /* no such device, or no vCPU */
	VGIC5_E_INVAL = 22,     /* a value is outside its range */
	VGIC5_E_NOSPC = 28,     /* all identifiers are taken */
	VGIC5_E_RANGE = 34,     /* a result does not fit */
	VGIC5_E_NOSYS = 38,     /* not offered in this version */
	VGIC5_E_TIMEDOUT = 110, /* the hardware did not complete in time */
};

/** vgic5_strerror() - "EBUSY" for -VGIC5_E_BUSY; "E?" for what is not in the list, "0" for 0 */
const char *vgic5_strerror(int error);

#endif
