/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual IRS: what a guest reads and writes in its CONFIG and SETLPI frames. Everything completes
 * at once; what is not offered is RAZ/WI. Widths come from the architecture's table (src/arch), values
 * from the guest index nothing unchecked. The guest's IST is in virs_ist.c.
 */
#include "hyp.h"

#define IIDR_PRODUCT_KVM 0x4bu
#define IIDR_ARM         0x43bu
#define SWERR_IMP        0xffu
#define SWERR_SETLPI     15u /* rule of the strict catalogue */

/* ---- identity ---- */

static uint32_t default_iidr(void)
{
	return (uint32_t)(GIC5_PUT(IRS_IIDR_PRODUCT_ID, IIDR_PRODUCT_KVM) |
			  GIC5_PUT(IRS_IIDR_IMPLEMENTER, IIDR_ARM));
}

static uint32_t make_idr0(const struct vgic5_vm *vm)
{
	const uint32_t host = vm_gic(vm)->caps.idr0;
	const uint32_t options = vm->cfg.options;

	return (uint32_t)(GIC5_PUT(IRS_IDR0_INT_DOM, GIC5_DOM_NS) |
			  GIC5_PUT(IRS_IDR0_PA_RANGE, GIC5_GET(IRS_IDR0_PA_RANGE, host)) |
			  GIC5_PUT(IRS_IDR0_SETLPI, !!(options & VGIC5_OPT_SETLPI)) |
			  GIC5_PUT(IRS_IDR0_SWE, !!(options & VGIC5_OPT_SWERR)) |
			  GIC5_PUT(IRS_IDR0_ONE_N, !!(options & VGIC5_OPT_ONE_N)));
}

static uint32_t make_idr1(const struct vgic5_vm *vm)
{
	const uint32_t host = vm_gic(vm)->caps.idr1;

	return (uint32_t)(GIC5_PUT(IRS_IDR1_PE_CNT, vm->vcpu_count) |
			  GIC5_PUT(IRS_IDR1_IAFFID_BITS, vm->tables.vpe_id_bits - 1u) |
			  GIC5_PUT(IRS_IDR1_PRIORITY_BITS, GIC5_GET(IRS_IDR1_PRIORITY_BITS, host)));
}

static uint32_t make_idr2(const struct vgic5_vm *vm)
{
	const uint32_t host = vm_gic(vm)->caps.idr2;
	const unsigned host_bits = (unsigned)GIC5_GET(IRS_IDR2_ID_BITS, host);
	const unsigned bits = host_bits < VGIC5_MAX_ID_BITS ? host_bits : VGIC5_MAX_ID_BITS;
	uint32_t idr2 = (uint32_t)(GIC5_PUT(IRS_IDR2_LPI, 1) | GIC5_PUT(IRS_IDR2_ID_BITS, bits) |
				   GIC5_PUT(IRS_IDR2_MIN_LPI_ID_BITS,
					    GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, host)));

	if (vm->cfg.options & VGIC5_OPT_TWO_LEVEL_IST)
		idr2 |= (uint32_t)(GIC5_PUT(IRS_IDR2_IST_LEVELS, 1) |
				   GIC5_PUT(IRS_IDR2_IST_L2SZ, 7));
	return idr2;
}

static void reset_registers(struct virs *virs)
{
	virs->cr1 = 0;
	virs->spi_selr = VIRS_SPI_SELR_INIT;
	virs->pe_selr = VIRS_PE_SELR_INIT;
	virs->ist_cfgr = 0;
	virs->ist_baser = 0;
	virs->restore_pending = false;
	virs->swerr_status = virs->swerr_syndrome0 = virs->swerr_syndrome1 = 0;
	atomic_store(&virs->irsen, false);
}

/* Defaults at INIT; the base may have been set before. */
void vgic5_virs_init(struct vgic5_vm *vm)
{
	struct virs *virs = &vm->virs;

	reset_registers(virs);
	virs->idr0 = make_idr0(vm);
	virs->idr1 = make_idr1(vm);
	virs->idr2 = make_idr2(vm);
	virs->idr5 = vm->spi_count;
}

void vgic5_virs_forget(struct vgic5_vm *vm)
{
	reset_registers(&vm->virs);
	vm->virs.base.gpa = VGIC5_ADDR_UNDEF;
}

/* ---- software errors (option) ---- */

/* The first error is recorded, a later one only noted. Caller holds virs.lock. */
void vgic5_virs_software_error(struct vgic5_vm *vm, unsigned code, uint32_t intid, uint64_t addr)
{
	struct virs *virs = &vm->virs;

	if (!(vm->cfg.options & VGIC5_OPT_SWERR))
		return;
	if (GIC5_GET(IRS_SWERR_STATUSR_V, virs->swerr_status)) {
		virs->swerr_status |= GIC5_MASK(IRS_SWERR_STATUSR_OF);
		return;
	}
	virs->swerr_status = GIC5_PUT(IRS_SWERR_STATUSR_V, 1) |
			     GIC5_PUT(IRS_SWERR_STATUSR_S0V, intid != 0) |
			     GIC5_PUT(IRS_SWERR_STATUSR_S1V, addr != 0) |
			     GIC5_PUT(IRS_SWERR_STATUSR_EC, SWERR_IMP) |
			     GIC5_PUT(IRS_SWERR_STATUSR_IMP_EC, code);
	virs->swerr_syndrome0 = GIC5_PUT(IRS_SWERR_SYNDROMER0_TYPE, GIC5_INTID_TYPE(intid)) |
				GIC5_PUT(IRS_SWERR_SYNDROMER0_ID, GIC5_INTID_ID(intid));
	virs->swerr_syndrome1 = GIC5_ADDR(IRS_SWERR_SYNDROMER1_ADDR, addr);
}

/* Writing V clears the record; if errors were lost the writer must have seen that (U25). */
static void write_swerr_status(struct virs *virs, uint64_t value)
{
	const bool lost = GIC5_GET(IRS_SWERR_STATUSR_OF, virs->swerr_status);

	if (!GIC5_GET(IRS_SWERR_STATUSR_V, value) ||
	    (lost && !GIC5_GET(IRS_SWERR_STATUSR_OF, value)))
		return;
	virs->swerr_status = virs->swerr_syndrome0 = virs->swerr_syndrome1 = 0;
}

/* ---- reads ---- */

static uint32_t spi_status(const struct vgic5_vm *vm)
{
	const bool valid = vm->virs.spi_selr < vm->spi_count;

	return (uint32_t)(GIC5_PUT(IRS_SPI_STATUSR_IDLE, 1) | GIC5_PUT(IRS_SPI_STATUSR_V, valid));
}

static uint32_t pe_status(struct vgic5_vm *vm)
{
	const bool valid = vgic5_vcpu_by_id(vm, vm->virs.pe_selr);

	return (uint32_t)(GIC5_PUT(IRS_PE_STATUSR_IDLE, 1) | GIC5_PUT(IRS_PE_STATUSR_V, valid) |
			  GIC5_PUT(IRS_PE_STATUSR_ONLINE, valid));
}

static uint32_t pe_cr0(struct vgic5_vm *vm)
{
	const struct vgic5_vcpu *vcpu = vgic5_vcpu_by_id(vm, vm->virs.pe_selr);

	if (!vcpu)
		return 0;
	return (uint32_t)GIC5_PUT(IRS_PE_CR0_DPS, !vcpu->one_n);
}

static uint32_t spi_cfgr(struct vgic5_vm *vm)
{
	if (vm->virs.spi_selr >= vm->spi_count)
		return 0;
	return (uint32_t)GIC5_PUT(IRS_SPI_CFGR_TM, vgic5_spi_get_trigger(vm, vm->virs.spi_selr));
}

/* Value of the register at @offset of the CONFIG frame. Caller holds virs.lock. */
static uint64_t read_locked(struct vgic5_vm *vm, const struct gic5_irs_reg_desc *reg)
{
	const struct virs *virs = &vm->virs;

	switch (reg->offset) {
	case GIC5_IRS_IDR0: return virs->idr0;
	case GIC5_IRS_IDR1: return virs->idr1;
	case GIC5_IRS_IDR2: return virs->idr2;
	case GIC5_IRS_IDR5:
	case GIC5_IRS_IDR6: return virs->idr5;
	case GIC5_IRS_IIDR: return vm->cfg.iidr ? vm->cfg.iidr : default_iidr();
	case GIC5_IRS_CR0:
		return GIC5_PUT(IRS_CR0_IDLE, 1) |
		       GIC5_PUT(IRS_CR0_IRSEN, atomic_load(&vm->virs.irsen));
	case GIC5_IRS_CR1: return virs->cr1;
	case GIC5_IRS_SYNC_STATUSR: return GIC5_MASK(IRS_SYNC_STATUSR_IDLE);
	case GIC5_IRS_SPI_SELR: return virs->spi_selr;
	case GIC5_IRS_SPI_DOMAINR: return GIC5_PUT(IRS_SPI_DOMAINR_DOMAIN, GIC5_DOM_NS);
	case GIC5_IRS_SPI_CFGR: return spi_cfgr(vm);
	case GIC5_IRS_SPI_STATUSR: return spi_status(vm);
	case GIC5_IRS_PE_SELR: return virs->pe_selr;
	case GIC5_IRS_PE_STATUSR: return pe_status(vm);
	case GIC5_IRS_PE_CR0: return pe_cr0(vm);
	case GIC5_IRS_IST_BASER: return virs->ist_baser;
	case GIC5_IRS_IST_CFGR: return virs->ist_cfgr;
	case GIC5_IRS_IST_STATUSR: return GIC5_MASK(IRS_IST_STATUSR_IDLE);
	case GIC5_IRS_SWERR_STATUSR: return virs->swerr_status;
	case GIC5_IRS_SWERR_SYNDROMER0: return virs->swerr_syndrome0;
	case GIC5_IRS_SWERR_SYNDROMER1: return virs->swerr_syndrome1;
	default: break;
	}
	/* Component identification is the same for every IRS; the rest is RAZ. */
	return reg->offset >= GIC5_IRS_DEVARCH ? reg->reset : 0;
}

uint64_t vgic5_virs_read(struct vgic5_vm *vm, uint32_t offset)
{
	const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset);
	uint64_t value = 0;

	if (!reg)
		return 0;
	port_lock(vm_port(vm), &vm->virs.lock);
	value = read_locked(vm, reg);
	port_unlock(vm_port(vm), &vm->virs.lock);
	return value;
}

/* The register that an access of @size at @offset may touch, or NULL. */
static const struct gic5_irs_reg_desc *find(uint32_t offset, unsigned size)
{
	const enum gic5_frame frame =
		offset < GIC5_FRAME_SIZE ? GIC5_FRAME_CONFIG : GIC5_FRAME_SETLPI;
	const struct gic5_irs_reg_desc *reg = NULL;

	if (offset >= VGIC5_IRS_SIZE || (size != 4 && size != 8) || offset % size)
		return NULL;
	reg = gic5_irs_reg_find(frame, offset % GIC5_FRAME_SIZE);
	if (!reg || (size == 8 && reg->width != 64))
		return NULL;
	return reg;
}

uint64_t vgic5_irs_read(struct vgic5_vm *vm, uint32_t offset, unsigned size)
{
	const struct gic5_irs_reg_desc *reg = find(offset, size);
	uint64_t value = 0;

	count(&vm->virs.reads);
	if (!reg || reg->frame != GIC5_FRAME_CONFIG || !atomic_load(&vm->initialised))
		return 0;
	value = vgic5_virs_read(vm, reg->offset);
	if (size == 8)
		return value;
	return (uint32_t)(offset == reg->offset ? value : value >> 32);
}

/* ---- writes ---- */

/* IRSEN is part of every resident VPE's context. */
void vgic5_virs_reload_all(struct vgic5_vm *vm)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic5_vcpu_request(vm->vcpus[i], REQ_RELOAD);
}

static void write_cr0(struct vgic5_vm *vm, uint64_t value)
{
	const bool irsen = GIC5_GET(IRS_CR0_IRSEN, value);
	bool changed = false;

	port_lock(vm_port(vm), &vm->config);
	changed = atomic_exchange(&vm->virs.irsen, irsen) != irsen;
	port_unlock(vm_port(vm), &vm->config);
	if (changed)
		vgic5_virs_reload_all(vm);
}

/* A selected PE's part in 1-of-N selection (option). */
static void write_pe_cr0(struct vgic5_vm *vm, uint64_t value)
{
	struct vgic5_vcpu *vcpu = NULL;

	if (!(vm->cfg.options & VGIC5_OPT_ONE_N))
		return;
	port_lock(vm_port(vm), &vm->config);
	vcpu = vgic5_vcpu_by_id(vm, vm->virs.pe_selr);
	if (vcpu) {
		const bool dps = GIC5_GET(IRS_PE_CR0_DPS, value);

		if (vgic5_vpe_set_dps(vcpu, dps) == 0)
			vcpu->one_n = !dps;
	}
	port_unlock(vm_port(vm), &vm->config);
}

static void write_small(struct vgic5_vm *vm, struct port_pe *pe,
			const struct gic5_irs_reg_desc *reg, uint64_t value)
{
	struct virs *virs = &vm->virs;

	port_lock(vm_port(vm), &virs->lock);
	switch (reg->offset) {
	case GIC5_IRS_CR1:
		virs->cr1 = (uint32_t)(value & reg->defined & ~GIC5_MASK(IRS_CR1_VMT_WA) &
				       ~GIC5_MASK(IRS_CR1_VPET_WA));
		break;
	case GIC5_IRS_SPI_SELR: virs->spi_selr = (uint32_t)(value & reg->defined); break;
	case GIC5_IRS_PE_SELR: virs->pe_selr = (uint32_t)(value & reg->defined); break;
	case GIC5_IRS_SPI_CFGR:
		if (virs->spi_selr < vm->spi_count)
			vgic5_spi_set_trigger(vm, pe, virs->spi_selr,
					      GIC5_GET(IRS_SPI_CFGR_TM, value));
		break;
	case GIC5_IRS_SWERR_STATUSR: write_swerr_status(virs, value); break;
	default: break; /* WI */
	}
	port_unlock(vm_port(vm), &virs->lock);
}

static void write_config(struct vgic5_vm *vm, struct port_pe *pe,
			 const struct gic5_irs_reg_desc *reg, uint64_t value)
{
	switch (reg->offset) {
	case GIC5_IRS_CR0: write_cr0(vm, value); break;
	case GIC5_IRS_PE_CR0: write_pe_cr0(vm, value); break;
	case GIC5_IRS_IST_CFGR: vgic5_virs_write_ist_cfgr(vm, (uint32_t)value); break;
	case GIC5_IRS_IST_BASER: vgic5_virs_write_ist_baser(vm, value); break;
	case GIC5_IRS_MAP_L2_ISTR:
		vgic5_virs_map_l2(vm, (uint32_t)GIC5_GET(IRS_MAP_L2_ISTR_ID, value));
		break;
	default: write_small(vm, pe, reg, value); break;
	}
}

static void write_setlpi(struct vgic5_vm *vm, struct port_pe *pe, uint64_t value)
{
	const uint32_t lpi = (uint32_t)GIC5_GET(IRS_SETLPIR_ID, value);

	if (!(vm->cfg.options & VGIC5_OPT_SETLPI))
		return;
	if (vgic5_inject_lpi(vm, pe, lpi) == 0 && !vgic5_virs_lpi_reachable(vm, lpi)) {
		port_lock(vm_port(vm), &vm->virs.lock);
		vgic5_virs_software_error(vm, SWERR_SETLPI, GIC5_INTID(GIC5_TYPE_LPI, lpi), 0);
		port_unlock(vm_port(vm), &vm->virs.lock);
	}
}

/* A half of a 64-bit register joins the half that is there. */
static uint64_t merge(struct vgic5_vm *vm, const struct gic5_irs_reg_desc *reg, uint32_t offset,
		      uint64_t value)
{
	const uint64_t old = vgic5_virs_read(vm, reg->offset);

	if (offset == reg->offset)
		return (old & ~UINT64_C(0xffffffff)) | (uint32_t)value;
	return (uint32_t)old | value << 32;
}

void vgic5_irs_write(struct vgic5_vm *vm, struct port_pe *pe, uint32_t offset, unsigned size,
		     uint64_t value)
{
	const struct gic5_irs_reg_desc *reg = find(offset, size);

	count(&vm->virs.writes);
	if (!reg || !atomic_load(&vm->initialised) || atomic_load(&vm->dead))
		return;
	offset %= GIC5_FRAME_SIZE;
	if (reg->frame == GIC5_FRAME_SETLPI) {
		write_setlpi(vm, pe, value);
		return;
	}
	if (size == 4 && reg->width == 64)
		value = merge(vm, reg, offset, value);
	else if (size == 4)
		value = (uint32_t)value;
	write_config(vm, pe, reg, value);
}
