/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the GIC fuzz targets share: a small system with a physical IST and a VM that has two VPEs,
 * a reader for the input, the operations that an input may ask for, and what must hold after each
 * of them.
 *
 * Interesting values are offered by number, so that a fuzzer finds them without guessing 64 bits.
 */
#ifndef FUZZ_GIC_H
#define FUZZ_GIC_H

#include "gic_fixture.h"

#include <stdlib.h>

#define FUZZ_MEMORY_SIZE (UINT64_C(256) << 10)
#define FUZZ_MAX_OPS     400

struct fuzz_gic {
	struct gic_fixture fx;
	const uint8_t *data;
	size_t left;
	struct gic_vm vm;
	struct gic_ist lpis;
};

static inline uint8_t fuzz_byte(struct fuzz_gic *f)
{
	if (!f->left)
		return 0;
	f->left--;
	return *f->data++;
}

static inline uint64_t fuzz_bits(struct fuzz_gic *f, unsigned bytes)
{
	uint64_t value = 0;

	while (bytes--)
		value = value << 8 | fuzz_byte(f);
	return value;
}

/* An address in or near the small memory, mostly where the tables are. */
static inline uint64_t fuzz_address(struct fuzz_gic *f)
{
	uint8_t kind = fuzz_byte(f);

	switch (kind & 7) {
	case 0: return fuzz_bits(f, 8);
	case 1: return GIC_FX_MEMORY_BASE + FUZZ_MEMORY_SIZE - 64 * (kind >> 3);
	default: return GIC_FX_MEMORY_BASE + ((uint64_t)fuzz_byte(f) << 10) + 8 * (kind >> 3);
	}
}

/* A value that means something to most registers. */
static inline uint64_t fuzz_value(struct fuzz_gic *f)
{
	uint8_t kind = fuzz_byte(f);

	switch (kind & 7) {
	case 0: return fuzz_bits(f, 8);
	case 1: return kind >> 3;
	case 2: return fuzz_address(f) | (kind >> 7);
	case 3: return UINT64_C(1) << 63 | (uint64_t)(kind >> 6) << 62 | (kind >> 3 & 7);
	case 4: /* command with a VM in the upper and an INTID or VPE in the lower half */
		return UINT64_C(1) << 63 | (uint64_t)(kind >> 7) << 62 |
		       (uint64_t)(fuzz_byte(f) & 3) << 32 | (uint64_t)(kind >> 3 & 7) << 29 |
		       fuzz_byte(f);
	case 5:
		return (uint64_t)fuzz_byte(f) << 32 | (uint64_t)(kind >> 3 & 7) << 29 |
		       fuzz_byte(f);
	case 6:
		return (uint64_t)(kind >> 3) << 59 | (uint64_t)(fuzz_byte(f) & 3) << 32 |
		       (fuzz_byte(f) & 3) | fuzz_address(f);
	default: return ~UINT64_C(0) << (kind >> 3);
	}
}

static inline void fuzz_begin(struct fuzz_gic *f, const uint8_t *data, size_t size)
{
	uint8_t knobs;

	f->data = data;
	f->left = size;
	gic_fixture_init(&f->fx);
	f->fx.memory_size = FUZZ_MEMORY_SIZE;
	knobs = fuzz_byte(f);
	f->fx.irs[0].one_n = f->fx.irs[0].virt_one_n = knobs & 1;
	f->fx.irs[0].setlpi = knobs >> 1 & 1;
	f->fx.irs[0].istmd = knobs >> 2 & 1;
	f->fx.irs[0].istmd_sz = knobs & 4 ? 12 : 0;
	f->fx.cfg.noncoherent = knobs >> 3 & 1;
	f->fx.cfg.insn_delay = knobs >> 4 & 3;
	f->fx.cfg.vm_reinstate = knobs >> 6 & 1;
	f->fx.cfg.honour_pending_on_valid = knobs >> 7;
	gic_allow_reports(&f->fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_allow_reports(&f->fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST);
	if (gic_fixture_start(&f->fx))
		abort();
}

/* A machine that works: most mistakes need one to begin with. */
static inline void fuzz_bring_up(struct fuzz_gic *f)
{
	unsigned pe;

	gic_w32(&f->fx, 0, GIC5_IRS_CR0, 1);
	for (pe = 0; pe < 2; pe++) {
		gic_pe_enable(&f->fx, pe);
		gic_virt_enable(&f->fx, pe);
	}
	f->lpis = gic_lpis(&f->fx, 8);
	f->vm = gic_simple_vm(&f->fx, 2);
	gic_vpe_dbr(&f->fx, 1, 0, 9, 31, true);
	gic_enter(&f->fx, 0, 1, 0);
}

static inline void fuzz_frame_op(struct fuzz_gic *f)
{
	uint8_t how = fuzz_byte(f);
	unsigned size = 1U << (how & 3), frame = how >> 2 & 1;
	uint32_t offset = (uint32_t)fuzz_byte(f) << 2;

	if (how & 0x40) {
		/* A register of the list, in its width. */
		const struct gic5_irs_reg_desc *reg =
			&gic5_irs_regs[fuzz_byte(f) % gic5_irs_reg_count];

		offset = reg->offset;
		size = reg->width / 8;
		frame = reg->frame;
	} else if (how & 0x20) {
		offset = (uint32_t)fuzz_bits(f, 4);
	}
	if (how & 0x80)
		(void)gic5_irs_read(f->fx.gic, how >> 3 & 1, frame, offset, size);
	else
		gic5_irs_write(f->fx.gic, how >> 3 & 1, frame, offset, size, fuzz_value(f));
}

static inline void fuzz_cpu_op(struct fuzz_gic *f)
{
	/* clang-format off */
	static const struct gic5_ctx contexts[] = {
		{.el = 2, .hcr_imo = true},
		{.el = 1, .hcr_imo = true},
		{.el = 1},
		{.el = 2, .nmi = true},
		{.el = 0},
		{.el = 1, .hcr_imo = true, .hcr_nv = 1},
		{.el = 3},
		{.el = 1, .hcr_imo = true, .nmi = true},
	};
	/* clang-format on */
	uint8_t how = fuzz_byte(f);
	struct gic5_pe *pe = gic5_pe(f->fx.gic, how & 1);
	const struct gic5_ctx *ctx = &contexts[how >> 1 & 7];
	uint8_t which = fuzz_byte(f);
	const struct gic5_sysreg_desc *reg = &gic5_sysregs[which % gic5_sysreg_count];
	const struct gic5_insn_desc *insn = &gic5_insns[which % gic5_insn_count];
	uint64_t value;

	switch (how >> 4 & 7) {
	case 0: gic5_sysreg_read(pe, ctx, reg->enc, &value); break;
	case 1:
	case 2: gic5_sysreg_write(pe, ctx, reg->enc, fuzz_value(f)); break;
	case 3: gic5_sysl(pe, ctx, which & 1 ? GIC5_CDNMIA : GIC5_CDIA, &value); break;
	case 4: gic5_sys(pe, ctx, (uint32_t)fuzz_bits(f, 2), how >> 7, fuzz_value(f)); break;
	case 5: gic5_context_sync(pe); break;
	default:
		if (insn->form == GIC5_FORM_GICR)
			gic5_sysl(pe, ctx, insn->enc, &value);
		else
			gic5_sys(pe, ctx, insn->enc, how >> 7, fuzz_value(f));
		break;
	}
}

static inline void fuzz_event_op(struct fuzz_gic *f)
{
	uint8_t how = fuzz_byte(f);
	uint32_t intid = (uint32_t)fuzz_value(f);

	switch (how & 7) {
	case 0: gic5_spi_wire(f->fx.gic, intid & 0x1ff, how >> 7); break;
	case 1: gic5_ppi_wire(gic5_pe(f->fx.gic, how >> 3 & 1), intid & 0xff, how >> 7); break;
	case 2: gic5_event_physical(f->fx.gic, intid, (how >> 3) % 3); break;
	case 3:
	case 4: gic5_event_virtual(f->fx.gic, how >> 5, intid, (how >> 3) % 3); break;
	case 5: gic5_pe_reset(gic5_pe(f->fx.gic, how >> 3 & 1)); break;
	case 6: gic5_set_delay(f->fx.gic, 0, (how >> 3) % GIC5_STATUS_COUNT, intid & 3); break;
	default: gic5_check_tables(f->fx.gic); break;
	}
}

static inline void fuzz_memory_op(struct fuzz_gic *f)
{
	uint64_t at = GIC_FX_MEMORY_BASE +
		      ((((uint64_t)fuzz_byte(f) << 8 | fuzz_byte(f)) * 8) % FUZZ_MEMORY_SIZE);

	gic_poke64(&f->fx, at, fuzz_value(f));
}

/* A line says what the register says, and residency is consistent. */
static inline void fuzz_check(struct fuzz_gic *f)
{
	unsigned p;
	uint32_t vm[2] = {0}, vpe[2] = {0};
	bool resident[2];

	for (p = 0; p < 2; p++) {
		struct gic5_pe *pe = gic5_pe(f->fx.gic, p);
		uint64_t physical = gic_mrs(&f->fx, p, &gic_el2, GIC5_ICC_HPPIR_EL1);
		uint64_t virtual = gic_mrs(&f->fx, p, &gic_el2, GIC5_ICH_HPPIR_EL2);

		if ((physical != 0) != gic5_line_level(pe, GIC5_LINE_IRQ) ||
		    (virtual != 0) != gic5_line_level(pe, GIC5_LINE_VIRQ) ||
		    gic5_line_level(pe, GIC5_LINE_FIQ))
			abort();
		resident[p] = gic5_resident(pe, &vm[p], &vpe[p]);
	}
	if (resident[0] && resident[1] && vm[0] == vm[1] && vpe[0] == vpe[1])
		abort();
}

static inline void fuzz_end(struct fuzz_gic *f)
{
	fuzz_check(f);
	if (f->fx.alloc_bytes > 64 << 20)
		abort();
	if (gic_fixture_stop(&f->fx))
		abort();
}

#endif
