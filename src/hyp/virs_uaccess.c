/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual IRS as the VMM reads and writes it (IRS_REGS). Writes restore a saved guest: they have no
 * effect that a guest could see (R54), take effect or are refused (R31), and stay within what this VM and
 * this host offer (R32, D6).
 */
#include "hyp.h"

/* Fields of IDR0 that say what the virtual IRS can do: they must be what it can do. */
#define IDR0_OPTIONS                                                                             \
	(GIC5_MASK(IRS_IDR0_INT_DOM) | GIC5_MASK(IRS_IDR0_VIRT) | GIC5_MASK(IRS_IDR0_ONE_N) |    \
	 GIC5_MASK(IRS_IDR0_VIRT_ONE_N) | GIC5_MASK(IRS_IDR0_SETLPI) | GIC5_MASK(IRS_IDR0_MEC) | \
	 GIC5_MASK(IRS_IDR0_MPAM) | GIC5_MASK(IRS_IDR0_MPAM2) | GIC5_MASK(IRS_IDR0_SWE))

#define IDR2_SHAPE                                                                                 \
	(GIC5_MASK(IRS_IDR2_LPI) | GIC5_MASK(IRS_IDR2_IST_LEVELS) | GIC5_MASK(IRS_IDR2_IST_L2SZ) | \
	 GIC5_MASK(IRS_IDR2_ISTMD) | GIC5_MASK(IRS_IDR2_ISTMD_SZ))

static int set_idr0(struct vgic5_vm *vm, uint32_t value)
{
	const uint32_t host = vm_gic(vm)->caps.idr0;

	if ((value ^ vm->virs.idr0) & IDR0_OPTIONS)
		return -VGIC5_E_INVAL;
	if (GIC5_GET(IRS_IDR0_PA_RANGE, value) > GIC5_GET(IRS_IDR0_PA_RANGE, host))
		return -VGIC5_E_INVAL;
	vm->virs.idr0 = value & (uint32_t)(IDR0_OPTIONS | GIC5_MASK(IRS_IDR0_PA_RANGE) |
					   GIC5_MASK(IRS_IDR0_IRSID));
	return 0;
}

/* PE_CNT is this VM's number of vCPUs, whatever was saved. */
static int set_idr1(struct vgic5_vm *vm, uint32_t value)
{
	const uint32_t host = vm_gic(vm)->caps.idr1;
	const uint64_t bits = GIC5_GET(IRS_IDR1_PRIORITY_BITS, value);

	if (GIC5_GET(IRS_IDR1_IAFFID_BITS, value) !=
		    GIC5_GET(IRS_IDR1_IAFFID_BITS, vm->virs.idr1) ||
	    bits > GIC5_GET(IRS_IDR1_PRIORITY_BITS, host) ||
	    bits >= GIC5_ICC_PCR_EL1_PRIORITY_WIDTH)
		return -VGIC5_E_INVAL;
	vm->virs.idr1 = (uint32_t)GIC5_SET(IRS_IDR1_PRIORITY_BITS, vm->virs.idr1, bits);
	return 0;
}

static int set_idr2(struct vgic5_vm *vm, uint32_t value)
{
	const uint32_t host = vm_gic(vm)->caps.idr2;
	const uint64_t bits = GIC5_GET(IRS_IDR2_ID_BITS, value);
	const uint64_t min = GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, value);

	if ((value ^ vm->virs.idr2) & IDR2_SHAPE)
		return -VGIC5_E_INVAL;
	if (bits > VGIC5_MAX_ID_BITS || bits > GIC5_GET(IRS_IDR2_ID_BITS, host) ||
	    min < GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, host) || min > bits)
		return -VGIC5_E_INVAL;
	vm->virs.idr2 = value & (uint32_t)(IDR2_SHAPE | GIC5_MASK(IRS_IDR2_ID_BITS) |
					   GIC5_MASK(IRS_IDR2_MIN_LPI_ID_BITS));
	return 0;
}

/* Free until an LPI IST exists; then only what is there. */
static int set_ist_cfgr(struct vgic5_vm *vm, uint32_t value)
{
	value &= (uint32_t)(GIC5_MASK(IRS_IST_CFGR_STRUCTURE) | GIC5_MASK(IRS_IST_CFGR_ISTSZ) |
			    GIC5_MASK(IRS_IST_CFGR_L2SZ) | GIC5_MASK(IRS_IST_CFGR_LPI_ID_BITS));
	if (vm->lpi_ist.top.va)
		return value == vm->virs.ist_cfgr ? 0 : -VGIC5_E_INVAL;
	vm->virs.ist_cfgr = value;
	return 0;
}

static int set_ist_baser(struct vgic5_vm *vm, uint64_t value)
{
	value &= GIC5_MASK(IRS_IST_BASER_ADDR) | GIC5_MASK(IRS_IST_BASER_VALID);
	if (vm->lpi_ist.top.va)
		return value == vm->virs.ist_baser ? 0 : -VGIC5_E_INVAL;
	vm->virs.ist_baser = value;
	vm->virs.restore_pending = GIC5_GET(IRS_IST_BASER_VALID, value);
	return 0;
}

/* The record itself, not the guest's protocol for clearing it. */
static void set_swerr(struct vgic5_vm *vm, uint32_t offset, uint64_t value)
{
	struct virs *virs = &vm->virs;

	if (!(vm->cfg.options & VGIC5_OPT_SWERR))
		return;
	if (offset == GIC5_IRS_SWERR_STATUSR)
		virs->swerr_status = value;
	else if (offset == GIC5_IRS_SWERR_SYNDROMER0)
		virs->swerr_syndrome0 = value;
	else
		virs->swerr_syndrome1 = value;
}

/* Caller holds the config lock and virs.lock. */
static int set_locked(struct vgic5_vm *vm, const struct gic5_irs_reg_desc *reg, uint64_t value)
{
	switch (reg->offset) {
	case GIC5_IRS_IDR0: return set_idr0(vm, (uint32_t)value);
	case GIC5_IRS_IDR1: return set_idr1(vm, (uint32_t)value);
	case GIC5_IRS_IDR2: return set_idr2(vm, (uint32_t)value);
	case GIC5_IRS_IDR5:
	case GIC5_IRS_IDR6: return (uint32_t)value == vm->virs.idr5 ? 0 : -VGIC5_E_INVAL;
	case GIC5_IRS_IDR7: return (uint32_t)value == 0 ? 0 : -VGIC5_E_INVAL;
	case GIC5_IRS_CR0: /* no reload: nothing runs, load reads it */
		atomic_store(&vm->virs.irsen, GIC5_GET(IRS_CR0_IRSEN, value));
		return 0;
	case GIC5_IRS_IST_CFGR: return set_ist_cfgr(vm, (uint32_t)value);
	case GIC5_IRS_IST_BASER: return set_ist_baser(vm, value);
	case GIC5_IRS_SWERR_STATUSR:
	case GIC5_IRS_SWERR_SYNDROMER0:
	case GIC5_IRS_SWERR_SYNDROMER1: set_swerr(vm, reg->offset, value); return 0;
	default: return 0;
	}
}

static int set_register(struct vgic5_vm *vm, const struct gic5_irs_reg_desc *reg, uint64_t value)
{
	int rc = 0;

	switch (reg->offset) {
	case GIC5_IRS_CR1:
	case GIC5_IRS_SPI_SELR:
	case GIC5_IRS_PE_SELR:
	case GIC5_IRS_PE_CR0:
	case GIC5_IRS_SPI_CFGR: /* as the guest; SPI_CFGR counts if a valid SPI is selected (D7) */
		vgic5_irs_write(vm, vm->host->service, reg->offset, 4, value);
		return 0;
	default: break;
	}
	port_lock(vm_port(vm), &vm->config);
	port_lock(vm_port(vm), &vm->virs.lock);
	rc = set_locked(vm, reg, value);
	port_unlock(vm_port(vm), &vm->virs.lock);
	port_unlock(vm_port(vm), &vm->config);
	return rc;
}

/* A status register tells IDLE and nothing about what is selected. */
static uint64_t get_register(struct vgic5_vm *vm, const struct gic5_irs_reg_desc *reg)
{
	switch (reg->offset) {
	case GIC5_IRS_SPI_STATUSR:
	case GIC5_IRS_PE_STATUSR: return GIC5_MASK(IRS_PE_STATUSR_IDLE);
	default: return vgic5_virs_read(vm, reg->offset);
	}
}

const struct gic5_irs_reg_desc *vgic5_virs_uaccess_find(uint64_t attr, int *error)
{
	const struct gic5_irs_reg_desc *reg = NULL;

	*error = -VGIC5_E_NXIO;
	if (attr >= GIC5_FRAME_SIZE)
		return NULL;
	reg = gic5_irs_reg_find(GIC5_FRAME_CONFIG, (uint32_t)attr);
	if (!reg)
		return NULL;
	*error = attr % (reg->width / 8) ? -VGIC5_E_INVAL : 0;
	return *error ? NULL : reg;
}

int vgic5_virs_uaccess(struct vgic5_vm *vm, uint64_t attr, bool write, uint64_t *value)
{
	const struct gic5_irs_reg_desc *reg = NULL;
	int rc = 0;

	if (vm->virs.base.gpa == VGIC5_ADDR_UNDEF)
		return -VGIC5_E_NXIO;
	reg = vgic5_virs_uaccess_find(attr, &rc);
	if (!reg)
		return rc;
	if (write)
		return set_register(vm, reg, *value);
	*value = get_register(vm, reg);
	return 0;
}
