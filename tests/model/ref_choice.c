/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference model: 1-of-N (facts page, 5). Which of the eligible PEs or VPEs gets an interrupt is
 * the implementation's choice. This file says whether the choices that a system made are legal
 * together.
 */
#include "ref.h"

/* Is PE @p, or the VPE resident on it, one that a 1-of-N interrupt of @vm may go to? */
static bool eligible(struct ref *ref, unsigned p, int vm)
{
	const struct ref_pe *pe = &ref->pe[p];
	const struct ref_vpe *vpe;
	uint32_t at_vm, at_vpe;

	if (!pe->link || !ref->irs[ref->pe_cfg[p].irs].irsen)
		return false;
	if (vm < 0)
		return !pe->dps;
	if (!ref_resident(ref, p, &at_vm, &at_vpe) || (int)at_vm != vm)
		return false;
	vpe = ref_vpe_find(ref, at_vm, at_vpe);
	return vpe && !vpe->dps;
}

static int vm_of(const struct ref *ref, unsigned p, bool is_virtual)
{
	return is_virtual ? (int)GIC5_GET(ICH_CONTEXTR_EL2_VM, ref->pe[p].context) : REF_PHYSICAL;
}

static const struct ref_irq *waiting(struct ref *ref, int vm, uint32_t intid)
{
	unsigned i;

	for (i = 0; i < ref->irq_count; i++) {
		const struct ref_irq *irq = &ref->irq[i];

		if (irq->vm == vm && irq->intid == intid && irq->irm && irq->came)
			return irq;
	}
	return NULL;
}

static bool sufficient(const struct ref *ref, unsigned p, bool is_virtual, unsigned priority)
{
	const struct ref_pe *pe = &ref->pe[p];
	uint32_t apr = is_virtual ? pe->vapr : pe->apr;
	bool enabled = is_virtual ? pe->vctlr_en && pe->ven : pe->en;

	if (is_virtual && pe->context & GIC5_MASK(ICH_CONTEXTR_EL2_IRICHPPIDIS))
		return false;
	/* No bit of APR at or above this priority. */
	return enabled && priority <= (is_virtual ? pe->vpmr : pe->pcr) &&
	       !(apr & (uint32_t)((UINT64_C(2) << priority) - 1));
}

/* One answer: what targeted routing alone gives, or a waiting 1-of-N interrupt that is no worse. */
static const char *judge(struct ref *ref, unsigned p, bool is_virtual, uint64_t answer)
{
	struct ref_hppi without = ref_hppi(ref, p, is_virtual);
	int vm = vm_of(ref, p, is_virtual);
	const struct ref_irq *irq;
	struct ref_hppi *chosen = &ref->chosen[p][is_virtual];

	*chosen = without;
	if (answer == (without.valid ? UINT64_C(1) << 32 | without.intid : 0))
		return NULL;
	irq = waiting(ref, vm, (uint32_t)answer);
	if (!(answer >> 32) || !irq)
		return "neither the targeted HPPI nor a waiting 1-of-N interrupt";
	if (!eligible(ref, p, vm))
		return "1-of-N interrupt at a PE that is not eligible";
	if (!sufficient(ref, p, is_virtual, irq->priority))
		return "1-of-N interrupt without sufficient priority";
	if (irq->priority > without.priority)
		return "1-of-N interrupt before a better one";
	*chosen = (struct ref_hppi){true, irq->intid, irq->priority};
	return NULL;
}

static bool presented(const struct ref *ref, int vm, uint32_t intid, unsigned except)
{
	unsigned p;

	for (p = 0; p < ref->cfg.pe_count; p++) {
		bool v = vm >= 0;

		if (p != except && ref->chosen[p][v].valid && ref->chosen[p][v].intid == intid &&
		    vm_of(ref, p, v) == vm)
			return true;
	}
	return false;
}

/* Nothing competes: every eligible PE is idle, open, and has nothing else to present. */
static bool must_be_presented(struct ref *ref, const struct ref_irq *irq)
{
	bool v = irq->vm >= 0, any = false;
	unsigned p, i;

	for (i = 0; i < ref->irq_count; i++) {
		if (&ref->irq[i] != irq && ref->irq[i].vm == irq->vm && ref->irq[i].came)
			return false;
	}
	for (p = 0; p < ref->cfg.pe_count; p++) {
		if (!eligible(ref, p, irq->vm))
			continue;
		any = true;
		if (!sufficient(ref, p, v, irq->priority) || ref->chosen[p][v].valid)
			return false;
	}
	return any;
}

const char *ref_choose(struct ref *ref, uint64_t answers[REF_PES][2])
{
	const char *wrong = NULL;
	unsigned p, v, i;

	ref->chosen_set = false;
	for (p = 0; p < ref->cfg.pe_count && !wrong; p++) {
		for (v = 0; v < 2 && !wrong; v++)
			wrong = judge(ref, p, v, answers[p][v]);
	}
	for (i = 0; i < ref->irq_count && !wrong; i++) {
		const struct ref_irq *irq = &ref->irq[i];

		if (!irq->irm || !irq->came)
			continue;
		if (must_be_presented(ref, irq) && !presented(ref, irq->vm, irq->intid, REF_PES))
			wrong = "1-of-N interrupt that nobody presents";
		for (p = 0; p < ref->cfg.pe_count && !wrong; p++) {
			v = irq->vm >= 0;
			if (ref->chosen[p][v].valid && ref->chosen[p][v].intid == irq->intid &&
			    vm_of(ref, p, v) == irq->vm && presented(ref, irq->vm, irq->intid, p))
				wrong = "1-of-N interrupt presented twice";
		}
	}
	ref->chosen_set = !wrong;
	return wrong;
}
