/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a hostile VMM, and hostile saved state. Attributes in any order with any values, ISTs restored
 * from the input, then a guest that runs on whatever was accepted.
 */
#include "fuzz_hyp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IST_WORDS 2048u

struct images {
	uint32_t spi[IST_WORDS], lpi[IST_WORDS];
};

static uint32_t group_of(uint8_t how)
{
	static const uint32_t groups[] = {VGIC5_GRP_ADDR,        VGIC5_GRP_NR_IRQS,
					  VGIC5_GRP_CTRL,        VGIC5_GRP_CPU_SYSREGS,
					  VGIC5_GRP_CPU_SYSREGS, VGIC5_GRP_IRS_REGS,
					  VGIC5_GRP_IRS_REGS,    VGIC5_GRP_IRS_REGS};

	return groups[how & 7];
}

static uint64_t attr_of(struct fuzz_hyp *f, uint32_t group)
{
	const uint8_t which = fuzz_byte(f);

	if (group == VGIC5_GRP_IRS_REGS && which < 200)
		return gic5_irs_regs[which % gic5_irs_reg_count].offset;
	if (group == VGIC5_GRP_CPU_SYSREGS)
		return (uint64_t)(which & 3) << VGIC5_SYSREG_MPIDR_SHIFT |
		       gic5_sysregs[fuzz_byte(f) % gic5_sysreg_count].enc;
	if (group == VGIC5_GRP_CTRL || group == VGIC5_GRP_ADDR)
		return which & 7;
	return fuzz_value(f);
}

static void attribute_op(struct fuzz_hyp *f)
{
	const uint8_t how = fuzz_byte(f);
	const uint32_t group = group_of(how);
	const uint64_t attr = attr_of(f, group);
	uint64_t value[2] = {0};

	value[0] = fuzz_value(f);
	switch (how >> 6) {
	case 0: (void)attr_has(&f->t, group, attr); break;
	case 1: (void)attr_get(&f->t, group, attr, value); break;
	default: (void)attr_set(&f->t, group, attr, how & 0x20 ? NULL : value); break;
	}
}

/* A few words from the input, the rest zero or the same again. */
static void fill(struct fuzz_hyp *f, uint32_t *words)
{
	const uint8_t how = fuzz_byte(f);

	memset(words, 0, IST_WORDS * sizeof(*words));
	for (unsigned i = 0; i < (how & 15); i++) {
		const uint32_t at = (uint32_t)fuzz_bits(f, 2) % IST_WORDS;

		words[at] = (uint32_t)fuzz_bits(f, 4);
		if (how & 0x80)
			words[at] &= ~(uint32_t)(GIC5_MASK(L2_ISTE_RES0) | GIC5_MASK(L2_ISTE_IRM));
	}
}

static void ist_op(struct fuzz_hyp *f, struct images *images)
{
	const uint8_t how = fuzz_byte(f);
	const uint32_t spis = how & 1 ? 32 : 64;
	const uint32_t lpis = how & 2 ? 1U << (how >> 2 & 15) : 0;
	const uint32_t words = lpis > IST_WORDS ? 0 : lpis;

	if (how & 0x40) {
		(void)ist_get(&f->t, images->spi, spis, words ? images->lpi : NULL, words);
		return;
	}
	fill(f, images->spi);
	fill(f, images->lpi);
	(void)ist_set(&f->t, images->spi, spis, words ? images->lpi : NULL, words);
}

static void route_op(struct fuzz_hyp *f)
{
	struct vgic5_irq_route routes[3] = {{0}};
	const uint8_t how = fuzz_byte(f);

	for (unsigned i = 0; i < 3; i++) {
		routes[i].gsi = (uint32_t)fuzz_value(f);
		routes[i].type = how >> i & 1 ? VGIC5_IRQ_ROUTING_IRQCHIP : fuzz_byte(f) & 3;
		routes[i].u.irqchip.pin = (uint32_t)fuzz_value(f);
	}
	(void)vgic5_set_gsi_routing(f->t.vm, routes, how >> 6);
	(void)vgic5_inject_gsi(f->t.vm, f->fx.service, (uint32_t)fuzz_value(f), how & 1);
}

static void line_op(struct fuzz_hyp *f)
{
	const struct vgic5_irq_level irq = {.irq = (uint32_t)fuzz_bits(f, 4),
					    .level = fuzz_byte(f)};

	(void)vgic5_irq_line(f->t.vm, &irq);
}

/* Run each vCPU once; the guest takes what there is. */
static void run_op(struct fuzz_hyp *f)
{
	const struct gic5_ctx el1 = {.el = 1, .hcr_imo = true};

	for (uint32_t v = 0; v < f->t.vcpus; v++) {
		struct vgic5_vcpu *vcpu = f->t.vcpu[v];
		uint64_t intid = 0;

		if (vgic5_vcpu_run_begin(vcpu))
			continue;
		if (vgic5_vcpu_load(vcpu, f->fx.pe[v]) == 0 && vgic5_vcpu_flush(vcpu) == 0) {
			(void)gic5_sysl(gic5_pe(f->fx.hw, v), &el1, GIC5_CDIA, &intid);
			vgic5_vcpu_sync(vcpu);
			vgic5_vcpu_put(vcpu, true);
			(void)vgic5_vcpu_pending(vcpu);
		}
		vgic5_vcpu_run_end(vcpu);
	}
	fx_dispatch_all(&f->fx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_hyp f;
	static struct images images;
	unsigned n = 0;

	fuzz_begin(&f, data, size);
	vm_create(&f.fx, &f.t, 2);
	for (n = 0; f.left && n < FUZZ_MAX_OPS; n++) {
		const uint8_t op = fuzz_byte(&f);

		switch (op & 15) {
		case 0: (void)vm_device(&f.t); break;
		case 1: (void)vm_do_init(&f.t); break;
		case 2: (void)vm_set_base(&f.t, FX_IRS_GPA); break;
		case 3:
		case 4:
		case 5: ist_op(&f, &images); break;
		case 6: route_op(&f); break;
		case 7: line_op(&f); break;
		case 8: run_op(&f); break;
		case 9:
			if (op >> 4 == 0)
				(void)vgic5_vm_teardown(f.t.vm);
			break;
		default: attribute_op(&f); break;
		}
	}
	fuzz_end(&f);
	return 0;
}
