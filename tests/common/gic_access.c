/* SPDX-License-Identifier: BSD-2-Clause */
/* The test fixture: accesses to registers, instructions, and their operands. */
#include "gic_fixture.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t gic_r32(struct gic_fixture *fx, unsigned irs, uint32_t offset)
{
	return (uint32_t)gic5_irs_read(fx->gic, irs, GIC5_FRAME_CONFIG, offset, 4);
}

uint64_t gic_r64(struct gic_fixture *fx, unsigned irs, uint32_t offset)
{
	return gic5_irs_read(fx->gic, irs, GIC5_FRAME_CONFIG, offset, 8);
}

void gic_w32(struct gic_fixture *fx, unsigned irs, uint32_t offset, uint32_t value)
{
	gic5_irs_write(fx->gic, irs, GIC5_FRAME_CONFIG, offset, 4, value);
}

void gic_w64(struct gic_fixture *fx, unsigned irs, uint32_t offset, uint64_t value)
{
	gic5_irs_write(fx->gic, irs, GIC5_FRAME_CONFIG, offset, 8, value);
}

static void must_be_done(enum gic5_result result, const char *what, uint32_t enc, unsigned el)
{
	if (result == GIC5_DONE)
		return;
	fprintf(stderr, "%s of %#x at EL%u: result %d instead of GIC5_DONE\n", what, enc, el,
		(int)result);
	abort();
}

uint64_t gic_mrs(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc)
{
	uint64_t value = 0;

	must_be_done(gic5_sysreg_read(gic5_pe(fx->gic, pe), ctx, enc, &value), "MRS", enc, ctx->el);
	return value;
}

void gic_msr(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
	     uint64_t value)
{
	must_be_done(gic5_sysreg_write(gic5_pe(fx->gic, pe), ctx, enc, value), "MSR", enc, ctx->el);
}

void gic_sys(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc,
	     uint64_t operand)
{
	bool gsb = enc == GIC5_GSB_SYS || enc == GIC5_GSB_ACK;

	must_be_done(gic5_sys(gic5_pe(fx->gic, pe), ctx, enc, gsb, operand), "SYS", enc, ctx->el);
}

uint64_t gic_sysl(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t enc)
{
	uint64_t value = 0;

	must_be_done(gic5_sysl(gic5_pe(fx->gic, pe), ctx, enc, &value), "SYSL", enc, ctx->el);
	return value;
}

uint32_t gic_ack(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx)
{
	uint64_t value = gic_sysl(fx, pe, ctx, GIC5_CDIA);

	return GIC5_GET(CDIA_VALID, value) ? (uint32_t)value : 0;
}

void gic_done(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid)
{
	gic_sys(fx, pe, ctx, GIC5_CDEOI, 0);
	gic_sys(fx, pe, ctx, GIC5_CDDI, intid);
}

uint64_t gic_rcfg(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid)
{
	gic_sys(fx, pe, ctx, GIC5_CDRCFG, intid);
	gic5_context_sync(gic5_pe(fx->gic, pe));
	return gic_mrs(fx, pe, ctx, GIC5_ICC_ICSR_EL1);
}

struct gic5_irq_state gic_state(struct gic_fixture *fx, int32_t vm, uint32_t intid)
{
	struct gic5_irq_state state = {0};

	if (!gic5_inspect(fx->gic, vm, intid, &state)) {
		fprintf(stderr, "interrupt %#x of VM %d is unreachable\n", intid, vm);
		abort();
	}
	return state;
}

uint64_t gic_op_pri(uint32_t intid, unsigned priority)
{
	return intid | GIC5_PUT(CDPRI_PRIORITY, priority);
}

uint64_t gic_op_aff(uint32_t intid, unsigned iaffid)
{
	return intid | GIC5_PUT(CDAFF_IAFFID, iaffid);
}

uint64_t gic_op_pend(uint32_t intid, bool pending)
{
	return intid | GIC5_PUT(CDPEND_PENDING, pending);
}

uint64_t gic_op_hm(uint32_t intid, bool level)
{
	return intid | GIC5_PUT(CDHM_HM, level);
}

uint64_t gic_op_vd(unsigned vm, uint32_t intid)
{
	return intid | GIC5_PUT(VDEN_VM_ID, vm);
}

uint64_t gic_op_vd_pend(unsigned vm, uint32_t intid, bool pending)
{
	return intid | GIC5_PUT(VDPEND_VM_ID, vm) | GIC5_PUT(VDPEND_PENDING, pending);
}

void gic_setup_irq(struct gic_fixture *fx, unsigned pe, const struct gic5_ctx *ctx, uint32_t intid,
		   unsigned priority, unsigned iaffid)
{
	gic_sys(fx, pe, ctx, GIC5_CDPRI, gic_op_pri(intid, priority));
	gic_sys(fx, pe, ctx, GIC5_CDAFF, gic_op_aff(intid, iaffid));
	gic_sys(fx, pe, ctx, GIC5_CDEN, intid);
}

void gic_pe_enable(struct gic_fixture *fx, unsigned pe)
{
	gic_msr(fx, pe, &gic_el2, GIC5_ICC_CR0_EL1,
		GIC5_MASK(ICC_CR0_EL1_LINK) | GIC5_MASK(ICC_CR0_EL1_EN));
	gic_msr(fx, pe, &gic_el2, GIC5_ICC_PCR_EL1, 31);
}

void gic_virt_enable(struct gic_fixture *fx, unsigned pe)
{
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_HFGRTR_EL2, GIC5_HFGRTR_NONE);
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_HFGWTR_EL2, GIC5_HFGWTR_NONE);
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_HFGITR_EL2, GIC5_HFGITR_NONE);
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_VCTLR_EL2, GIC5_MASK(ICH_VCTLR_EL2_EN));
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_VMCR_EL2,
		GIC5_PUT(ICH_VMCR_EL2_VPMR, 31) | GIC5_MASK(ICH_VMCR_EL2_EN));
}

bool gic_vpe_select(struct gic_fixture *fx, unsigned vm, unsigned vpe)
{
	gic_w64(fx, 0, GIC5_IRS_VPE_SELR,
		GIC5_MASK(IRS_VPE_SELR_S) | GIC5_PUT(IRS_VPE_SELR_VPE_ID, vpe) |
			GIC5_PUT(IRS_VPE_SELR_VM_ID, vm));
	return GIC5_GET(IRS_VPE_STATUSR_V, gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR));
}

void gic_vpe_dbr(struct gic_fixture *fx, unsigned vm, unsigned vpe, uint32_t lpi, unsigned dbpm,
		 bool request)
{
	gic_vpe_select(fx, vm, vpe);
	gic_w64(fx, 0, GIC5_IRS_VPE_DBR,
		GIC5_MASK(IRS_VPE_DBR_DBV) | GIC5_PUT(IRS_VPE_DBR_REQ_DB, request) |
			GIC5_PUT(IRS_VPE_DBR_DBPM, dbpm) | GIC5_PUT(IRS_VPE_DBR_INTID, lpi));
}

bool gic_enter(struct gic_fixture *fx, unsigned pe, unsigned vm, unsigned vpe)
{
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_CONTEXTR_EL2,
		GIC5_MASK(ICH_CONTEXTR_EL2_V) | GIC5_PUT(ICH_CONTEXTR_EL2_VPE, vpe) |
			GIC5_PUT(ICH_CONTEXTR_EL2_VM, vm));
	gic5_context_sync(gic5_pe(fx->gic, pe));
	return !GIC5_GET(ICH_CONTEXTR_EL2_F, gic_mrs(fx, pe, &gic_el2, GIC5_ICH_CONTEXTR_EL2));
}

void gic_leave(struct gic_fixture *fx, unsigned pe, int dbpm)
{
	uint64_t value = 0;

	if (dbpm >= 0)
		value = GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_PUT(ICH_CONTEXTR_EL2_DBPM, dbpm);
	gic_msr(fx, pe, &gic_el2, GIC5_ICH_CONTEXTR_EL2, value);
	gic5_context_sync(gic5_pe(fx->gic, pe));
}
