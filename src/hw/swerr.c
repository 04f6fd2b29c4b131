/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The software error record of an IRS (facts page, 17.3): the first error is kept, later ones only
 * set OF. What is recorded: table accesses that failed, interrupts named to the IRS that are
 * unreachable, doorbells that found no LPI.
 */
#include "hw.h"

void gic5_swerr(struct gic5_irs *irs, const struct swerr *error)
{
	uint64_t status;

	if (!irs->cfg.swe)
		return;
	lock(irs->gic, &irs->swerr_lock);
	if (GIC5_GET(IRS_SWERR_STATUSR_V, irs->regs.swerr_status)) {
		irs->regs.swerr_status |= GIC5_MASK(IRS_SWERR_STATUSR_OF);
		unlock(&irs->swerr_lock);
		return;
	}
	status = GIC5_PUT(IRS_SWERR_STATUSR_V, 1) | GIC5_PUT(IRS_SWERR_STATUSR_EC, error->ec) |
		 GIC5_PUT(IRS_SWERR_STATUSR_S0V, error->has_intid) |
		 GIC5_PUT(IRS_SWERR_STATUSR_S1V, error->has_addr);
	if (error->ec == SWERR_OTHER)
		status |= GIC5_PUT(IRS_SWERR_STATUSR_IMP_EC, error->rule);
	irs->regs.swerr_status = status;
	irs->regs.swerr_syndrome[0] =
		error->has_intid
			? GIC5_PUT(IRS_SWERR_SYNDROMER0_VIRTUAL, error->is_virtual) |
				  GIC5_PUT(IRS_SWERR_SYNDROMER0_TYPE,
					   GIC5_INTID_TYPE(error->intid)) |
				  GIC5_PUT(IRS_SWERR_SYNDROMER0_ID, GIC5_INTID_ID(error->intid)) |
				  GIC5_PUT(IRS_SWERR_SYNDROMER0_VM_ID, error->vm)
			: 0;
	irs->regs.swerr_syndrome[1] =
		error->has_addr ? GIC5_ADDR(IRS_SWERR_SYNDROMER1_ADDR, error->addr) : 0;
	unlock(&irs->swerr_lock);
}

/* U25: V=1 clears the record; if OF is set the write must have OF=1 too. */
void gic5_swerr_write(struct gic5_irs *irs, uint64_t value)
{
	uint64_t status = irs->regs.swerr_status;

	if (!GIC5_GET(IRS_SWERR_STATUSR_V, value) ||
	    (GIC5_GET(IRS_SWERR_STATUSR_OF, status) && !GIC5_GET(IRS_SWERR_STATUSR_OF, value)))
		return;
	irs->regs.swerr_status = 0;
	irs->regs.swerr_syndrome[0] = 0;
	irs->regs.swerr_syndrome[1] = 0;
}

/* An instruction, event or doorbell names an interrupt that is not there. */
void gic5_unreachable(const struct who *who, struct space *space, uint32_t intid, unsigned rule,
		      const char *what, uint64_t operand)
{
	struct gic5 *gic = who->gic;
	struct gic5_irs *irs = who->pe >= 0 ? gic->pe[who->pe].irs : who->irs;
	struct swerr error = {
		.ec = SWERR_OTHER, .rule = (uint8_t)rule, .has_intid = true, .intid = intid};

	if (space && space->vm) {
		error.is_virtual = true;
		error.vm = space->vm->id;
	}
	gic5_strict(who, rule, what, operand);
	gic5_swerr(irs ? irs : &gic->irs[0], &error);
}
