/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzz targets of the hypervisor library share: a host with a VM, a reader for the input, and what
 * must hold at the end: nothing leaks, no freed memory is known to the hardware, and the strict model has
 * nothing to say about the host, whatever the guest did.
 */
#ifndef FUZZ_HYP_H
#define FUZZ_HYP_H

#include "hyp_fixture.h"

#include <stdlib.h>

#define FUZZ_MAX_OPS 300

struct fuzz_hyp {
	struct hyp_fixture fx;
	struct test_vm t;
	const uint8_t *data;
	size_t left;
};

static inline uint8_t fuzz_byte(struct fuzz_hyp *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->data++;
}

static inline uint64_t fuzz_bits(struct fuzz_hyp *f, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | fuzz_byte(f);
	return value;
}

/* Numbers near the limits of things. */
static inline uint64_t fuzz_value(struct fuzz_hyp *f)
{
	const uint8_t kind = fuzz_byte(f);

	switch (kind & 7) {
	case 0: return fuzz_bits(f, 8);
	case 1: return kind >> 3;
	case 2: return (uint64_t)fuzz_byte(f) << 16 | (kind >> 7);
	case 3: return UINT64_C(1) << (kind >> 2);
	case 4: return ~UINT64_C(0) << (kind >> 3);
	case 5: return (uint64_t)(kind >> 3 & 7) << 29 | fuzz_byte(f);
	case 6:
		return (uint64_t)(kind >> 3) << 35 | UINT64_C(1) << 32 |
		       (uint64_t)(kind >> 6) << 29 | fuzz_byte(f);
	default: return fuzz_byte(f);
	}
}

static inline void fuzz_begin(struct fuzz_hyp *f, const uint8_t *data, size_t size)
{
	uint8_t knobs = 0;

	memset(f, 0, sizeof(*f));
	f->data = data;
	f->left = size;
	knobs = fuzz_byte(f);
	fx_init(&f->fx);
	f->fx.irs.one_n = f->fx.irs.virt_one_n = true;
	f->fx.irs.ist_levels = knobs & 1;
	f->fx.irs.vmt_levels = knobs >> 1 & 1;
	f->fx.irs.vm_id_bits = 8;
	f->fx.irs.istmd = knobs >> 2 & 1;
	f->fx.irs.istmd_sz = knobs & 4 ? 7 : 0;
	f->fx.gic_cfg.noncoherent = f->fx.cfg.noncoherent = knobs >> 3 & 1;
	f->fx.port_cfg.pool_size = UINT64_C(64) << 20;
	fx_start(&f->fx);
	vm_config(&f->fx, &f->t);
	f->t.cfg.options = fuzz_byte(f) & 31;
}

/* Reports about the guest are welcome, about the host they are defects. */
static inline void fuzz_end(struct fuzz_hyp *f)
{
	if (f->t.vm)
		vm_end(&f->t);
	(void)fx_take_reports(&f->fx, 0, GIC5_ORIGIN_GUEST);
	fx_stop(&f->fx);
}

#endif
