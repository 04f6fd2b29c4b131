/* SPDX-License-Identifier: BSD-2-Clause */
/* What saving and loading share. */
#ifndef GIC5_STATE_H
#define GIC5_STATE_H

#include "stream.h"

#define STATE_MAGIC   UINT64_C(0x5453573543494756) /* "VGIC5WST" */
#define STATE_VERSION 1U
#define STATE_HEADER  32U

void gic5_state_spi(struct stream *s, struct spi *spi, uint32_t *state, uint32_t *home);
void gic5_state_vpe(struct stream *s, struct vpe *vpe);
uint64_t gic5_state_checksum(const uint8_t *bytes, size_t size);

#endif
