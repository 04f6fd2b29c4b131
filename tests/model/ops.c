/* SPDX-License-Identifier: BSD-2-Clause */
/* Random comparison: the operations, by weight. */
#include "compare.h"

#include <stdio.h>

#define CD_COUNT (sizeof(cd_insns) / sizeof(cd_insns[0]))

static const uint32_t cd_insns[] = {GIC5_CDDIS, GIC5_CDEN,  GIC5_CDEN,   GIC5_CDEN,   GIC5_CDPRI,
				    GIC5_CDAFF, GIC5_CDAFF, GIC5_CDPEND, GIC5_CDPEND, GIC5_CDPEND,
				    GIC5_CDDI,  GIC5_CDDI,  GIC5_CDHM,   GIC5_CDRCFG};
static const uint32_t vd_insns[] = {GIC5_VDDIS, GIC5_VDEN,  GIC5_VDEN,   GIC5_VDEN,   GIC5_VDPRI,
				    GIC5_VDAFF, GIC5_VDAFF, GIC5_VDPEND, GIC5_VDPEND, GIC5_VDPEND,
				    GIC5_VDDI,  GIC5_VDDI,  GIC5_VDHM,   GIC5_VDRCFG};

static unsigned pick(struct world *w, unsigned limit)
{
	return below(&w->random, limit);
}

static unsigned random_vm(struct world *w)
{
	return pick(w, 20) == 0 ? 200 : w->vm[pick(w, 10) < 7 ? 1 : pick(w, WORLD_VMS)].vm_id;
}

static unsigned random_vpe(struct world *w)
{
	return pick(w, 20) == 0 ? 7 : pick(w, 10) < 6 ? pick(w, 2) : pick(w, WORLD_VPES);
}

/* An INTID, mostly of an interrupt that exists; bits 28:24 are zero. */
static uint32_t random_intid(struct world *w, bool is_virtual)
{
	unsigned type = pick(w, 100);

	if (type < 4)
		return GIC5_INTID(pick(w, 8), pick(w, 64));
	if (type < 9)
		return GIC5_INTID(GIC5_TYPE_PPI, w->ppi_ids[pick(w, WORLD_PPIS)]);
	if (type < 55)
		return GIC5_INTID(GIC5_TYPE_LPI, is_virtual ? w->vlpi_ids[pick(w, WORLD_VIDS)]
							    : w->lpi_ids[pick(w, WORLD_LPIS)]);
	return GIC5_INTID(GIC5_TYPE_SPI, is_virtual ? w->vspi_ids[pick(w, WORLD_VIDS)]
						    : pick(w, w->spi_count + 1));
}

static unsigned random_target(struct world *w, bool is_virtual)
{
	if (pick(w, 25) == 0)
		return 0x1234;
	return is_virtual ? random_vpe(w) : w->fx.pe[pick(w, w->fx.cfg.pe_count)].iaffid;
}

/* ---- single operations ---- */

static struct op irs_write(struct world *w, uint32_t reg, uint64_t value)
{
	const struct gic5_irs_reg_desc *desc = gic5_irs_reg_find(GIC5_FRAME_CONFIG, reg);
	struct op op = {.kind = OP_IRS_WRITE, .reg = reg, .reg2 = NO_REG, .value = value};

	op.size = desc->width / 8;
	if (op.size == 8 && pick(w, 8) == 0) {
		/* By halves: the command bit last. In the BASERs that is bit 0. */
		bool low_last = reg == GIC5_IRS_IST_BASER || reg == GIC5_IRS_VMT_BASER;

		op.size = 4;
		op.reg2 = reg + (low_last ? 0 : 4);
		op.value2 = low_last ? (uint32_t)value : value >> 32;
		op.reg = reg + (low_last ? 4 : 0);
		op.value = low_last ? value >> 32 : (uint32_t)value;
	}
	return op;
}

static struct op irs_select(uint32_t selector, uint64_t which, uint32_t reg, uint64_t value)
{
	const struct gic5_irs_reg_desc *a = gic5_irs_reg_find(GIC5_FRAME_CONFIG, selector);
	const struct gic5_irs_reg_desc *b = gic5_irs_reg_find(GIC5_FRAME_CONFIG, reg);
	struct op op = {.kind = OP_IRS_WRITE,
			.reg = selector,
			.value = which,
			.reg2 = reg,
			.value2 = value};

	/* Size 0: each register in its own width. */
	op.size = a->width == b->width ? a->width / 8 : 0;
	return op;
}

static struct op msr(unsigned pe, unsigned ctx, uint32_t enc, uint64_t value)
{
	return (struct op){
		.kind = OP_MSR, .pe = (uint8_t)pe, .ctx = (uint8_t)ctx, .reg = enc, .value = value};
}

static struct op sys(unsigned pe, unsigned ctx, uint32_t enc, uint64_t value)
{
	return (struct op){
		.kind = OP_SYS, .pe = (uint8_t)pe, .ctx = (uint8_t)ctx, .reg = enc, .value = value};
}

static struct op op_cd(struct world *w, bool is_virtual)
{
	uint32_t insn = cd_insns[pick(w, CD_COUNT)];
	uint64_t x = random_intid(w, is_virtual);
	unsigned ctx = is_virtual ? CTX_EL1_VIRT : pick(w, 4) ? CTX_EL2 : CTX_EL1;

	if (insn == GIC5_CDPRI)
		x |= GIC5_PUT(CDPRI_PRIORITY, pick(w, 3) ? pick(w, 4) * 8 : pick(w, 32));
	else if (insn == GIC5_CDAFF)
		x |= GIC5_PUT(CDAFF_IAFFID, random_target(w, is_virtual)) |
		     GIC5_PUT(CDAFF_IRM, pick(w, w->profile == PROFILE_ONE_OF_N ? 2 : 12) == 1);
	else if (insn == GIC5_CDPEND)
		x |= GIC5_PUT(CDPEND_PENDING, pick(w, 4) != 0);
	else if (insn == GIC5_CDHM)
		x |= GIC5_PUT(CDHM_HM, pick(w, 2));
	return sys(pick(w, w->fx.cfg.pe_count), ctx, insn, x);
}

static struct op op_vd(struct world *w)
{
	uint32_t insn = vd_insns[pick(w, CD_COUNT)];
	uint64_t x = random_intid(w, true) | GIC5_PUT(VDEN_VM_ID, random_vm(w));

	if (insn == GIC5_VDPRI)
		x |= GIC5_PUT(VDPRI_PRIORITY, pick(w, 3) ? pick(w, 4) * 8 : pick(w, 32));
	else if (insn == GIC5_VDAFF)
		x |= GIC5_PUT(VDAFF_VPE_ID, random_target(w, true)) |
		     GIC5_PUT(VDAFF_IRM, pick(w, w->profile == PROFILE_ONE_OF_N ? 2 : 12) == 1);
	else if (insn == GIC5_VDPEND)
		x |= GIC5_PUT(VDPEND_PENDING, pick(w, 4) != 0);
	else if (insn == GIC5_VDHM)
		x |= GIC5_PUT(VDHM_HM, pick(w, 2));
	return sys(pick(w, w->fx.cfg.pe_count), CTX_EL2, insn, x);
}

static struct op op_acknowledge(struct world *w, bool is_virtual)
{
	static const uint8_t physical[] = {CTX_EL2, CTX_EL2, CTX_EL1, CTX_EL2_NMI};
	static const uint8_t virtual[] = {CTX_EL1_VIRT, CTX_EL1_VIRT, CTX_EL1_VIRT,
					  CTX_EL1_VIRT_NMI};
	unsigned i = pick(w, 4);
	struct op op = {.kind = OP_SYSL, .pe = (uint8_t)pick(w, w->fx.cfg.pe_count)};

	op.ctx = is_virtual ? virtual[i] : physical[i];
	op.reg = pick(w, i == 3 ? 2 : 8) ? GIC5_CDIA : GIC5_CDNMIA;
	return op;
}

static uint64_t random_ppi_bits(struct world *w)
{
	unsigned mode = pick(w, 8);

	if (mode == 0)
		return random64(&w->random);
	if (mode == 1)
		return ~UINT64_C(0);
	return UINT64_C(1) << w->ppi_ids[pick(w, WORLD_PPIS)] % 64;
}

static uint64_t random_prios(struct world *w)
{
	return random64(&w->random) & (pick(w, 2) ? 0x1818181818181818 : ~UINT64_C(0));
}

static struct op op_ppi_register(struct world *w, bool is_virtual)
{
	static const uint32_t icc[] = {GIC5_ICC_PPI_ENABLER0_EL1, GIC5_ICC_PPI_ENABLER0_EL1,
				       GIC5_ICC_PPI_SPENDR0_EL1,  GIC5_ICC_PPI_SPENDR0_EL1,
				       GIC5_ICC_PPI_CPENDR0_EL1,  GIC5_ICC_PPI_SACTIVER0_EL1,
				       GIC5_ICC_PPI_CACTIVER0_EL1};
	static const uint32_t ich[] = {GIC5_ICH_PPI_ENABLER0_EL2, GIC5_ICH_PPI_PENDR0_EL2,
				       GIC5_ICH_PPI_ACTIVER0_EL2, GIC5_ICH_PPI_DVIR0_EL2,
				       GIC5_ICH_PPI_PENDR0_EL2};
	unsigned pe = pick(w, w->fx.cfg.pe_count);
	bool by_hypervisor = is_virtual && pick(w, 2);
	unsigned ctx = by_hypervisor || !is_virtual ? CTX_EL2 : CTX_EL1_VIRT;

	if (pick(w, 4) == 0)
		return msr(pe, ctx,
			   (by_hypervisor ? GIC5_ICH_PPI_PRIORITYR0_EL2
					  : GIC5_ICC_PPI_PRIORITYR0_EL1) +
				   (pick(w, 3) ? 3U : pick(w, 16)),
			   random_prios(w));
	if (by_hypervisor)
		return msr(pe, ctx, ich[pick(w, 5)] + pick(w, 2), random_ppi_bits(w));
	return msr(pe, ctx, icc[pick(w, 7)] + pick(w, 2), random_ppi_bits(w));
}

static struct op op_cpu_register(struct world *w, bool is_virtual)
{
	unsigned pe = pick(w, w->fx.cfg.pe_count), ctx = is_virtual ? CTX_EL1_VIRT : CTX_EL2;

	switch (pick(w, is_virtual ? 10 : 6)) {
	case 0: return msr(pe, ctx, GIC5_ICC_PCR_EL1, pick(w, 3) ? 31 : pick(w, 32));
	case 1: return msr(pe, ctx, GIC5_ICC_CR0_EL1, pick(w, 4) ? 3 : random64(&w->random));
	case 2: return msr(pe, ctx, GIC5_ICC_APR_EL1, pick(w, 3) ? 0 : random64(&w->random));
	case 3: return msr(pe, ctx, GIC5_ICC_ICSR_EL1, random64(&w->random));
	case 4: return sys(pe, ctx, GIC5_CDEOI, 0);
	case 5: return sys(pe, pick(w, CTX_COUNT), pick(w, 2) ? GIC5_GSB_SYS : GIC5_GSB_ACK, 0);
	case 6:
		return msr(pe, CTX_EL2, GIC5_ICH_VMCR_EL2,
			   pick(w, 4) ? 0xf8000001 : random64(&w->random));
	case 7: return msr(pe, CTX_EL2, GIC5_ICH_VCTLR_EL2, pick(w, 4) != 0);
	case 8: return msr(pe, CTX_EL2, GIC5_ICH_APR_EL2, pick(w, 3) ? 0 : random64(&w->random));
	default: {
		static const uint32_t fgt[] = {GIC5_ICH_HFGRTR_EL2, GIC5_ICH_HFGWTR_EL2,
					       GIC5_ICH_HFGITR_EL2};

		return msr(pe, CTX_EL2, fgt[pick(w, 3)],
			   pick(w, 5) ? ~UINT64_C(0) : random64(&w->random));
	}
	}
}

/* ---- the IRS ---- */

static struct op op_irs(struct world *w)
{
	unsigned irs = pick(w, w->fx.cfg.irs_count);
	uint32_t spi = pick(w, w->spi_count + 1);
	struct op op;

	switch (pick(w, 10)) {
	case 0: op = irs_write(w, GIC5_IRS_CR0, pick(w, 4) != 0); break;
	case 1: op = irs_select(GIC5_IRS_SPI_SELR, spi, GIC5_IRS_SPI_CFGR, pick(w, 2)); break;
	case 2: op = irs_select(GIC5_IRS_SPI_SELR, spi, GIC5_IRS_SPI_CFGR, pick(w, 2)); break;
	case 3: op = irs_write(w, GIC5_IRS_SPI_RESAMPLER, spi); break;
	case 4:
		op = irs_select(GIC5_IRS_PE_SELR, random_target(w, false), GIC5_IRS_PE_CR0,
				pick(w, 2));
		break;
	case 5: op = irs_write(w, GIC5_IRS_SYNCR, UINT64_C(1) << 31); break;
	case 6: op = irs_write(w, GIC5_IRS_CR1, random64(&w->random)); break;
	case 7:
		op = irs_write(w, GIC5_IRS_SPI_SELR, spi);
		op.frame = GIC5_FRAME_SETLPI;
		op.reg = 0;
		op.value = w->lpi_ids[pick(w, WORLD_LPIS)];
		break;
	case 8: op = irs_write(w, GIC5_IRS_IST_CFGR, random64(&w->random)); break;
	default: op = irs_write(w, GIC5_IRS_MAP_L2_ISTR, w->lpi_ids[pick(w, WORLD_LPIS)]); break;
	}
	/* What the table commands of an IRS without a table do is not stated (U28). */
	op.irs = op.reg == GIC5_IRS_MAP_L2_ISTR ? 0 : (uint8_t)irs;
	return op;
}

static struct op op_ist(struct world *w)
{
	struct op op = {.kind = OP_IST_POKE};

	switch (pick(w, 6)) {
	case 0: return irs_write(w, GIC5_IRS_IST_BASER, w->lpis.base);
	case 1:
		op.value = w->lpi_ids[pick(w, WORLD_LPIS)];
		/* priority in steps of 8, target, P, A, HM, E */
		op.value2 =
			(uint64_t)random_target(w, false) << 16 | pick(w, 4) << 14 | pick(w, 16);
		return op;
	default:
		op = irs_select(GIC5_IRS_IST_CFGR, gic_ist_cfgr(&w->lpis), GIC5_IRS_IST_BASER,
				w->lpis.base | 1);
		return op;
	}
}

static uint64_t vm_command(bool m, bool u, unsigned vm, unsigned type, uint32_t low)
{
	return (uint64_t)m << 63 | (uint64_t)u << 62 | (uint64_t)vm << 32 | (uint64_t)type << 29 |
	       low;
}

static struct op op_vm(struct world *w)
{
	bool m = pick(w, 16) != 0, u = pick(w, 4) == 0;
	unsigned vm = random_vm(w), vpe = random_vpe(w);
	unsigned type = pick(w, 12) ? 2 + pick(w, 2) : pick(w, 8);
	uint64_t select = UINT64_C(1) << 63 | (uint64_t)vpe << 32 | vm;
	struct op op = {.kind = OP_VM_PREPARE};

	switch (pick(w, 16)) {
	case 0:
		op.value = pick(w, WORLD_VMS);
		op.value2 = random64(&w->random);
		return op;
	case 1: return irs_write(w, GIC5_IRS_VMAP_L2_VMTR, vm_command(m, 0, 0, 0, vm));
	case 2: return irs_write(w, GIC5_IRS_VMAP_VMR, vm_command(m, 0, 0, 0, vm));
	case 3: return irs_write(w, GIC5_IRS_VMAP_VMR, vm_command(m, pick(w, 3) == 0, 0, 0, vm));
	case 4: return irs_write(w, GIC5_IRS_VMAP_VISTR, vm_command(m, u, vm, type, 0));
	case 5:
		return irs_write(
			w, GIC5_IRS_VMAP_L2_VISTR,
			vm_command(m, 0, vm, type,
				   (type == 2 ? w->vlpi_ids : w->vspi_ids)[pick(w, WORLD_VIDS)]));
	case 6:
	case 7: return irs_write(w, GIC5_IRS_VMAP_VPER, vm_command(m, 0, vm, 0, vpe));
	case 8:
	case 9:
	case 10:
		/*
		 * When a doorbell rings for a 1-of-N interrupt depends on the choice: no
		 * doorbells there.
		 */
		if (w->profile == PROFILE_ONE_OF_N)
			return irs_select(GIC5_IRS_VPE_SELR, select, GIC5_IRS_VPE_CR0, pick(w, 2));
		return irs_select(GIC5_IRS_VPE_SELR, select, GIC5_IRS_VPE_DBR,
				  (uint64_t)(pick(w, 6) != 0) << 63 | (uint64_t)(pick(w, 2)) << 62 |
					  (uint64_t)(pick(w, 2) ? 31 : pick(w, 32)) << 32 |
					  w->lpi_ids[pick(w, WORLD_LPIS)]);
	case 11: return irs_select(GIC5_IRS_VPE_SELR, select, GIC5_IRS_VPE_CR0, pick(w, 2));
	case 12:
		return irs_select(GIC5_IRS_SPI_SELR, pick(w, w->spi_count), GIC5_IRS_SPI_VMR,
				  (uint64_t)pick(w, 2) << 63 | vm);
	case 13:
		if (w->profile == PROFILE_ONE_OF_N)
			return irs_select(GIC5_IRS_VM_SELR, vm, GIC5_IRS_VM_DBR,
					  (uint64_t)pick(w, 2) << 63 | vpe);
		return irs_write(w, GIC5_IRS_VM_SELR, vm);
	default:
		return irs_write(w, GIC5_IRS_SAVE_VMR,
				 vm_command(pick(w, 2), pick(w, 4) != 0, 0, 0, vm));
	}
}

static struct op op_context(struct world *w)
{
	uint64_t value = (uint64_t)random_vpe(w) << 32 | random_vm(w);

	if (pick(w, 3))
		value |= UINT64_C(1) << 63;
	if (pick(w, 8) == 0)
		value |= UINT64_C(1) << 61;
	if (pick(w, 2))
		value |= UINT64_C(1) << 60 | (uint64_t)(pick(w, 2) ? 31 : pick(w, 32)) << 55;
	return msr(pick(w, w->fx.cfg.pe_count), CTX_EL2, GIC5_ICH_CONTEXTR_EL2, value);
}

static struct op op_rare(struct world *w, bool virt)
{
	struct op op = {.pe = (uint8_t)pick(w, w->fx.cfg.pe_count)};

	switch (pick(w, 6)) {
	case 0: op.kind = OP_PE_RESET; break;
	case 1:
		op.kind = OP_HIDE;
		op.value = pick(w, 2) ? 0 : UINT64_C(1) << 27;
		op.value2 = pick(w, 2) ? 0 : UINT64_C(1) << 3;
		break;
	case 2: op.kind = virt && pick(w, 4) == 0 ? OP_VMT_OFF : OP_SAVE; break;
	default: op.kind = virt && pick(w, 2) ? OP_VMT_ON : OP_SAVE; break;
	}
	if (op.kind == OP_SAVE)
		op.value = pick(w, 3) != 0; /* and load */
	return op;
}

static struct op op_wire(struct world *w)
{
	struct op op = {.pe = (uint8_t)pick(w, w->fx.cfg.pe_count)};

	switch (pick(w, 4)) {
	case 0:
	case 1:
		op.kind = OP_SPI_WIRE;
		op.value = pick(w, w->spi_count + 1);
		op.value2 = pick(w, 2);
		break;
	case 2:
		op.kind = OP_PPI_WIRE;
		op.value = w->ppi_ids[pick(w, WORLD_PPIS)];
		op.value2 = pick(w, 2);
		break;
	default:
		op.kind = OP_EVENT;
		op.value = random_intid(w, false);
		op.value2 = pick(w, 3);
		break;
	}
	return op;
}

static struct op op_virtual_event(struct world *w)
{
	return (struct op){.kind = OP_VIRTUAL_EVENT,
			   .reg = random_vm(w),
			   .value = random_intid(w, true),
			   .value2 = pick(w, 3)};
}

static struct op random_op(struct world *w)
{
	bool virt = w->fx.irs[0].virt;
	unsigned n = pick(w, 1000);

	if (n < 6)
		return op_rare(w, virt);
	if (virt && n < 520) {
		if (n < 70)
			return op_vm(w);
		if (n < 150)
			return op_context(w);
		if (n < 250)
			return op_vd(w);
		if (n < 320)
			return op_cd(w, true);
		if (n < 400)
			return op_acknowledge(w, true);
		if (n < 440)
			return op_cpu_register(w, true);
		if (n < 490)
			return op_ppi_register(w, true);
		return op_virtual_event(w);
	}
	n = pick(w, 100);
	if (n < 45)
		return op_cd(w, false);
	if (n < 63)
		return op_acknowledge(w, false);
	if (n < 71)
		return op_cpu_register(w, false);
	if (n < 78)
		return op_ppi_register(w, false);
	if (n < 84)
		return op_irs(w);
	if (n < 86)
		return op_ist(w);
	return op_wire(w);
}

/* ---- bring-up ---- */

unsigned world_bring_up(struct world *w, struct op ops[WORLD_BRING_UP])
{
	unsigned n = 0, i, v;

	for (i = 0; i < w->fx.cfg.irs_count; i++) {
		ops[n] = irs_write(w, GIC5_IRS_CR0, 1);
		ops[n++].irs = (uint8_t)i;
	}
	for (i = 0; i < w->fx.cfg.pe_count; i++) {
		ops[n++] = msr(i, CTX_EL2, GIC5_ICC_CR0_EL1, 3);
		ops[n++] = msr(i, CTX_EL2, GIC5_ICC_PCR_EL1, 31);
		ops[n++] = msr(i, CTX_EL2, GIC5_ICH_VMCR_EL2, 0xf8000001);
		ops[n++] = msr(i, CTX_EL2, GIC5_ICH_VCTLR_EL2, 1);
		ops[n++] = msr(i, CTX_EL2, GIC5_ICH_HFGITR_EL2, ~UINT64_C(0));
		ops[n++] = msr(i, CTX_EL2, GIC5_ICH_HFGRTR_EL2, ~UINT64_C(0));
		ops[n++] = msr(i, CTX_EL2, GIC5_ICH_HFGWTR_EL2, ~UINT64_C(0));
	}
	ops[n++] = irs_select(GIC5_IRS_IST_CFGR, gic_ist_cfgr(&w->lpis), GIC5_IRS_IST_BASER,
			      w->lpis.base | 1);
	if (w->fx.irs[0].virt) {
		ops[n++] = (struct op){.kind = OP_VMT_ON};
		for (i = 0; i < WORLD_VMS; i++) {
			unsigned vm = w->vm[i].vm_id;

			ops[n++] = (struct op){
				.kind = OP_VM_PREPARE, .value = i, .value2 = random64(&w->random)};
			ops[n++] = irs_write(w, GIC5_IRS_VMAP_L2_VMTR, vm_command(1, 0, 0, 0, vm));
			ops[n++] = irs_write(w, GIC5_IRS_VMAP_VMR, vm_command(1, 0, 0, 0, vm));
			ops[n++] = irs_write(w, GIC5_IRS_VMAP_VISTR, vm_command(1, 0, vm, 2, 0));
			ops[n++] = irs_write(w, GIC5_IRS_VMAP_VISTR, vm_command(1, 0, vm, 3, 0));
			for (v = 0; v < 2; v++)
				ops[n++] = irs_write(w, GIC5_IRS_VMAP_VPER,
						     vm_command(1, 0, vm, 0, v));
		}
	}
	return n;
}

struct op world_random_op(struct world *w, uint64_t seed)
{
	w->random = seed;
	return random_op(w);
}

unsigned world_ops(struct world *w, struct op *ops, unsigned count)
{
	unsigned n = world_bring_up(w, ops);

	while (n < count)
		ops[n++] = random_op(w);
	return n;
}

void op_text(const struct op *op, char *buf, size_t size)
{
	static const char *const kinds[] = {
		[OP_IRS_WRITE] = "irs_write",
		[OP_MSR] = "msr",
		[OP_SYS] = "sys",
		[OP_SYSL] = "sysl",
		[OP_PPI_WIRE] = "ppi_wire",
		[OP_SPI_WIRE] = "spi_wire",
		[OP_EVENT] = "event",
		[OP_VIRTUAL_EVENT] = "virtual_event",
		[OP_HIDE] = "hide_ppis",
		[OP_PE_RESET] = "pe_reset",
		[OP_VM_PREPARE] = "prepare",
		[OP_IST_POKE] = "poke_iste",
		[OP_VMT_OFF] = "vmt_off",
		[OP_VMT_ON] = "vmt_on",
		[OP_SAVE] = "save",
	};
	char detail[256] = "", second[256] = "";
	const struct gic5_insn_desc *insn;

	switch (op->kind) {
	case OP_IRS_WRITE:
		gic5_decode_irs(gic5_irs_reg_find(op->frame, op->reg), op->value, detail,
				sizeof(detail));
		if (op->reg2 != NO_REG)
			gic5_decode_irs(gic5_irs_reg_find(op->frame, op->reg2), op->value2, second,
					sizeof(second));
		snprintf(buf, size, "irs %u size %u +%#x: %s; %s", op->irs, op->size, op->reg,
			 detail, second);
		return;
	case OP_MSR:
		gic5_decode_sysreg(gic5_sysreg_find(op->reg), op->value, detail, sizeof(detail));
		break;
	case OP_SYS:
		insn = gic5_insn_find(op->reg, false);
		gic5_decode_insn(insn, op->value, detail, sizeof(detail));
		break;
	case OP_SYSL:
		snprintf(detail, sizeof(detail), "%s", gic5_insn_find(op->reg, true)->name);
		break;
	default:
		snprintf(detail, sizeof(detail), "reg %#x, %#llx, %#llx", op->reg,
			 (unsigned long long)op->value, (unsigned long long)op->value2);
		break;
	}
	snprintf(buf, size, "%s pe %u el %u%s%s: %s", kinds[op->kind], op->pe,
		 world_ctx[op->ctx].el, world_ctx[op->ctx].hcr_imo ? " imo" : "",
		 world_ctx[op->ctx].nmi ? " nmi" : "", detail);
}
