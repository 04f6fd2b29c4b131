/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of the error codes. */
#include <vgic5/errors.h>

const char *vgic5_strerror(int error)
{
	switch (-(unsigned)error) {
	case 0: return "0";
	case VGIC5_E_NOENT: return "ENOENT";
	case VGIC5_E_IO: return "EIO";
	case VGIC5_E_NXIO: return "ENXIO";
	case VGIC5_E_2BIG: return "E2BIG";
	case VGIC5_E_AGAIN: return "EAGAIN";
	case VGIC5_E_NOMEM: return "ENOMEM";
	case VGIC5_E_FAULT: return "EFAULT";
	case VGIC5_E_BUSY: return "EBUSY";
	case VGIC5_E_EXIST: return "EEXIST";
	case VGIC5_E_NODEV: return "ENODEV";
	case VGIC5_E_INVAL: return "EINVAL";
	case VGIC5_E_NOSPC: return "ENOSPC";
	case VGIC5_E_RANGE: return "ERANGE";
	case VGIC5_E_NOSYS: return "ENOSYS";
	case VGIC5_E_TIMEDOUT: return "ETIMEDOUT";
	default: return "E?";
	}
}
