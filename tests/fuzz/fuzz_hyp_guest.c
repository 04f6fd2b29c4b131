/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fuzz target: a hostile guest. IRS frame, system registers and instructions with their traps, while its
 * devices inject and its vCPUs sleep and migrate.
 */
#include "fuzz_hyp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct gic5_ctx el1 = {.el = 1, .hcr_imo = true};

static struct gic5_pe *guest_pe(struct fuzz_hyp *f, unsigned v)
{
	return port_sim_pe_gic5(vgic5_pe_port(vgic5_vcpu_loaded(f->t.vcpu[v])));
}

/* Loaded and inside the guest; false if the VM is dead. */
static bool inside(struct fuzz_hyp *f, unsigned v)
{
	struct vgic5_vcpu *vcpu = f->t.vcpu[v];

	return vgic5_vcpu_load(vcpu, f->fx.pe[v]) == 0 && vgic5_vcpu_flush(vcpu) == 0;
}

static void frame_op(struct fuzz_hyp *f)
{
	const uint8_t how = fuzz_byte(f);
	uint32_t offset = (uint32_t)fuzz_byte(f) << 2;
	unsigned size = 1U << (how & 3);

	if (how & 0x40) {
		const struct gic5_irs_reg_desc *reg =
			&gic5_irs_regs[fuzz_byte(f) % gic5_irs_reg_count];

		offset = reg->offset + (reg->frame == GIC5_FRAME_SETLPI ? GIC5_FRAME_SIZE : 0);
		size = reg->width / 8;
	} else if (how & 0x20) {
		offset = (uint32_t)fuzz_bits(f, 4);
	}
	if (how & 0x80)
		(void)vgic5_irs_read(f->t.vm, offset, size);
	else
		vgic5_irs_write(f->t.vm, f->fx.service, offset, size, fuzz_value(f));
}

static void trapped(struct fuzz_hyp *f, unsigned v, bool insn, uint32_t enc, bool flag,
		    uint64_t *value)
{
	struct vgic5_vcpu *vcpu = f->t.vcpu[v];

	vgic5_vcpu_sync(vcpu);
	if (insn)
		(void)vgic5_trap_insn(vcpu, vgic5_pe_port(f->fx.pe[v]), enc, flag, value);
	else
		(void)vgic5_trap_sysreg(vcpu, enc, flag, value);
	(void)vgic5_vcpu_flush(vcpu);
}

static void sysreg_op(struct fuzz_hyp *f, unsigned v)
{
	const bool write = fuzz_byte(f) & 1;
	const uint32_t enc = gic5_sysregs[fuzz_byte(f) % gic5_sysreg_count].enc;
	uint64_t value = fuzz_value(f);
	enum gic5_result result = GIC5_DONE;

	if (!inside(f, v))
		return;
	result = write ? gic5_sysreg_write(guest_pe(f, v), &el1, enc, value)
		       : gic5_sysreg_read(guest_pe(f, v), &el1, enc, &value);
	if (result == GIC5_TRAP)
		trapped(f, v, false, enc, write, &value);
	if (vgic5_vcpu_loaded(f->t.vcpu[v]))
		vgic5_vcpu_sync(f->t.vcpu[v]);
}

static void insn_op(struct fuzz_hyp *f, unsigned v)
{
	const struct gic5_insn_desc *insn = &gic5_insns[fuzz_byte(f) % gic5_insn_count];
	const bool sysl = insn->form == GIC5_FORM_GICR;
	uint64_t value = fuzz_value(f);
	enum gic5_result result = GIC5_DONE;

	if (!inside(f, v))
		return;
	result = sysl ? gic5_sysl(guest_pe(f, v), &el1, insn->enc, &value)
		      : gic5_sys(guest_pe(f, v), &el1, insn->enc, false, value);
	if (result == GIC5_TRAP)
		trapped(f, v, true, insn->enc, sysl, &value);
	if (vgic5_vcpu_loaded(f->t.vcpu[v]))
		vgic5_vcpu_sync(f->t.vcpu[v]);
}

static void device_op(struct fuzz_hyp *f, unsigned v)
{
	const uint8_t how = fuzz_byte(f);
	const uint32_t number = (uint32_t)fuzz_value(f);

	switch (how & 3) {
	case 0: (void)vgic5_inject_spi(f->t.vm, f->fx.service, number, how >> 7, NULL); break;
	case 1: (void)vgic5_inject_ppi(f->t.vcpu[v], number, how >> 7, NULL); break;
	case 2: (void)vgic5_inject_lpi(f->t.vm, f->fx.service, number); break;
	default: gic5_ppi_wire(gic5_pe(f->fx.hw, v), number & 31, how >> 7); break;
	}
}

static void acked(struct vgic5_ack_notifier *notifier, struct port_pe *pe)
{
	(void)notifier;
	(void)pe;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fuzz_hyp f;
	struct vgic5_ack_notifier notifier = {.acked = acked, .spi = 2};
	unsigned n = 0;

	fuzz_begin(&f, data, size);
	vm_create(&f.fx, &f.t, 2);
	if (vm_device(&f.t) || vm_set_base(&f.t, FX_IRS_GPA) || vm_do_init(&f.t))
		abort();
	vgic5_add_ack_notifier(f.t.vm, f.fx.service, &notifier);
	vm_run(&f.t);
	for (n = 0; f.left && n < FUZZ_MAX_OPS; n++) {
		const uint8_t op = fuzz_byte(&f);
		const unsigned v = op >> 7;

		switch (op & 7) {
		case 0:
		case 1: frame_op(&f); break;
		case 2: sysreg_op(&f, v); break;
		case 3:
		case 4: insn_op(&f, v); break;
		case 5: device_op(&f, v); break;
		case 6: vgic5_vcpu_put(f.t.vcpu[v], op >> 3 & 1); break;
		default: fx_dispatch_all(&f.fx); break;
		}
	}
	vgic5_del_ack_notifier(f.t.vm, f.fx.service, &notifier);
	fuzz_end(&f);
	return 0;
}
