/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The guest's LPI IST from IST_BASER 0 to 1 and back. The guest's memory is never read for interrupt state:
 * the VM's LPIs live in a host table of the same number of ID bits, in the shape that the host prefers. A
 * timed-out mapping leaves the hardware's view unknown: memory stays, the VM is dead, teardown reclaims.
 */
#include "hyp.h"

#define SWERR_REFUSED  4u /* rules of the strict catalogue */
#define SWERR_NO_TABLE 21u

static bool is_valid(const struct virs *virs)
{
	return GIC5_GET(IRS_IST_BASER_VALID, virs->ist_baser);
}

bool vgic5_virs_lpi_reachable(struct vgic5_vm *vm, uint32_t lpi)
{
	bool reachable = false;

	port_lock(vm_port(vm), &vm->virs.lock);
	reachable = is_valid(&vm->virs) &&
		    !(lpi >> GIC5_GET(IRS_IST_CFGR_LPI_ID_BITS, vm->virs.ist_cfgr));
	port_unlock(vm_port(vm), &vm->virs.lock);
	return reachable;
}

/* Is this IST_CFGR one that the virtual IRS accepts? @shape receives the host table's geometry. */
bool vgic5_virs_ist_shape(const struct vgic5_vm *vm, uint32_t cfgr, struct ist_shape *shape)
{
	const uint32_t idr2 = vm->virs.idr2;
	const unsigned bits = (unsigned)GIC5_GET(IRS_IST_CFGR_LPI_ID_BITS, cfgr);
	const unsigned l2sz = (unsigned)GIC5_GET(IRS_IST_CFGR_L2SZ, cfgr);

	if (bits < GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, idr2) ||
	    bits > GIC5_GET(IRS_IDR2_ID_BITS, idr2) ||
	    GIC5_GET(IRS_IST_CFGR_ISTSZ, cfgr) != gic5_required_istsz(idr2, bits))
		return false;
	if (GIC5_GET(IRS_IST_CFGR_STRUCTURE, cfgr) == GIC5_TWO_LEVEL &&
	    (!GIC5_GET(IRS_IDR2_IST_LEVELS, idr2) ||
	     !(GIC5_GET(IRS_IDR2_IST_L2SZ, idr2) >> l2sz & 1)))
		return false;
	*shape = vgic5_ist_shape_for(vm_gic(vm)->caps.idr2, bits);
	return true;
}

static void set_baser(struct vgic5_vm *vm, uint64_t value)
{
	port_lock(vm_port(vm), &vm->virs.lock);
	vm->virs.ist_baser = value;
	port_unlock(vm_port(vm), &vm->virs.lock);
}

static void report(struct vgic5_vm *vm, unsigned code, uint64_t addr)
{
	port_lock(vm_port(vm), &vm->virs.lock);
	vgic5_virs_software_error(vm, code, 0, addr);
	port_unlock(vm_port(vm), &vm->virs.lock);
}

void vgic5_virs_write_ist_cfgr(struct vgic5_vm *vm, uint32_t value)
{
	const uint32_t defined =
		(uint32_t)(GIC5_MASK(IRS_IST_CFGR_STRUCTURE) | GIC5_MASK(IRS_IST_CFGR_ISTSZ) |
			   GIC5_MASK(IRS_IST_CFGR_L2SZ) | GIC5_MASK(IRS_IST_CFGR_LPI_ID_BITS));

	port_lock(vm_port(vm), &vm->config);
	port_lock(vm_port(vm), &vm->virs.lock);
	if (!is_valid(&vm->virs))
		vm->virs.ist_cfgr = value & defined;
	port_unlock(vm_port(vm), &vm->virs.lock);
	port_unlock(vm_port(vm), &vm->config);
}

/* Caller holds the config lock. False if the hardware's view is unknown now: kill the VM. */
static bool make_valid(struct vgic5_vm *vm, uint64_t baser)
{
	const uint64_t addr = GIC5_ADDR(IRS_IST_BASER_ADDR, baser);
	struct gic_memory *mem = &vm_gic(vm)->mem;
	struct ist_shape shape = {0};
	int rc = 0;

	set_baser(vm, addr);
	if (!vgic5_virs_ist_shape(vm, vm->virs.ist_cfgr, &shape)) {
		report(vm, SWERR_REFUSED, addr);
		return true;
	}
	if (vm->lpi_ist.top.va) /* left by a mapping that timed out */
		return false;
	if (vgic5_ist_alloc(mem, shape, true, &vm->lpi_ist)) {
		report(vm, SWERR_NO_TABLE, addr);
		return true; /* the guest reads VALID=0 */
	}
	vgic5_vm_write_ist(vm, GIC5_TYPE_LPI, &vm->lpi_ist, false);
	rc = vgic5_vm_map_ist(vm, GIC5_TYPE_LPI);
	if (!rc)
		set_baser(vm, addr | GIC5_PUT(IRS_IST_BASER_VALID, 1));
	else if (rc != -VGIC5_E_TIMEDOUT)
		vgic5_ist_free(mem, &vm->lpi_ist);
	return rc != -VGIC5_E_TIMEDOUT;
}

/* Caller holds the config lock. Not valid for the guest before it is not for the hardware. */
static void make_invalid(struct vgic5_vm *vm, uint64_t baser)
{
	const uint64_t old = vm->virs.ist_baser;

	set_baser(vm, GIC5_ADDR(IRS_IST_BASER_ADDR, baser));
	if (vgic5_vm_unmap_ist(vm, GIC5_TYPE_LPI)) {
		set_baser(vm, old); /* stays valid and allocated */
		return;
	}
	vgic5_ist_free(&vm_gic(vm)->mem, &vm->lpi_ist);
}

void vgic5_virs_write_ist_baser(struct vgic5_vm *vm, uint64_t value)
{
	const bool valid = GIC5_GET(IRS_IST_BASER_VALID, value);
	bool known = true;

	port_lock(vm_port(vm), &vm->config);
	if (is_valid(&vm->virs) && !valid)
		make_invalid(vm, value);
	else if (!is_valid(&vm->virs) && valid)
		known = make_valid(vm, value);
	else if (!is_valid(&vm->virs))
		set_baser(vm, GIC5_ADDR(IRS_IST_BASER_ADDR, value));
	port_unlock(vm_port(vm), &vm->config);
	if (!known)
		vgic5_vm_kill(vm); /* kicks: no lock is held */
}

/*
 * The guest wants a level-2 table mapped (option). The host table covers all LPIs already; what is left
 * to do is what the guest reads back: VALID in its level-1 entry.
 */
void vgic5_virs_map_l2(struct vgic5_vm *vm, uint32_t id)
{
	const struct virs *virs = &vm->virs;
	gpa_t at = {0};
	uint8_t entry[GIC5_L1_ISTE_BYTES] = {0};
	bool mapped = false;
	unsigned l2_bits = 0;

	if (!(vm->cfg.options & VGIC5_OPT_TWO_LEVEL_IST) || !vgic5_virs_lpi_reachable(vm, id))
		return;
	port_lock(vm_port(vm), &vm->config);
	if (is_valid(virs) && GIC5_GET(IRS_IST_CFGR_STRUCTURE, virs->ist_cfgr) == GIC5_TWO_LEVEL) {
		l2_bits = gic5_ist_l2_bits((unsigned)GIC5_GET(IRS_IST_CFGR_ISTSZ, virs->ist_cfgr),
					   (unsigned)GIC5_GET(IRS_IST_CFGR_L2SZ, virs->ist_cfgr));
		at.gpa = GIC5_ADDR(IRS_IST_BASER_ADDR, virs->ist_baser) +
			 (uint64_t)(id >> l2_bits) * GIC5_L1_ISTE_BYTES;
		mapped = vm->cfg.ops->guest_read(vm->cfg.opaque, at, entry, sizeof(entry));
		entry[0] |= (uint8_t)GIC5_MASK(L1_ISTE_VALID);
		mapped = mapped &&
			 vm->cfg.ops->guest_write(vm->cfg.opaque, at, entry, sizeof(entry));
		if (!mapped)
			report(vm, 0, at.gpa);
	}
	port_unlock(vm_port(vm), &vm->config);
}
