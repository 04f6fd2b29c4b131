/* SPDX-License-Identifier: BSD-2-Clause */
/* The VGIC_V5 device of uapi.h: creation and attributes, their checks in their order. */
#include "hyp.h"

int vgic5_create_device(struct vgic5_vm *vm, const struct vgic5_create_device *cd)
{
	int rc = 0;

	if (cd->type != VGIC5_DEV_TYPE_VGIC_V5)
		return -VGIC5_E_NODEV;
	if (cd->flags & ~(uint32_t)VGIC5_CREATE_DEVICE_TEST)
		return -VGIC5_E_INVAL;
	if (cd->flags & VGIC5_CREATE_DEVICE_TEST)
		return 0;
	port_lock(vm_port(vm), &vm->config);
	if (vm->device)
		rc = -VGIC5_E_EXIST;
	else if (vm->vcpu_count > vm->host->max_vcpus)
		rc = -VGIC5_E_2BIG;
	else
		vm->device = true;
	port_unlock(vm_port(vm), &vm->config);
	return rc;
}

/* ---- values ---- */

static int get_user(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, void *value,
		    size_t size)
{
	return port_copy_from_user(vm_port(vm), value, attr->addr, size);
}

static int put_user(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, const void *value,
		    size_t size)
{
	return port_copy_to_user(vm_port(vm), attr->addr, value, size);
}

/* ---- ADDR ---- */

static int set_base(struct vgic5_vm *vm, uint64_t base)
{
	const uint64_t space = UINT64_C(1) << vm->cfg.ipa_bits;

	if (vm->virs.base.gpa != VGIC5_ADDR_UNDEF)
		return -VGIC5_E_EXIST;
	if (base % VGIC5_IRS_ALIGN)
		return -VGIC5_E_INVAL;
	if (base >= space || VGIC5_IRS_SIZE > space - base)
		return -VGIC5_E_2BIG;
	vm->virs.base.gpa = base;
	return 0;
}

static int addr_set(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	uint64_t base = 0;
	int rc = 0;

	if (attr->attr != VGIC5_ADDR_TYPE_IRS)
		return -VGIC5_E_NXIO;
	rc = get_user(vm, attr, &base, sizeof(base));
	if (rc)
		return rc;
	port_lock(vm_port(vm), &vm->config);
	rc = set_base(vm, base);
	port_unlock(vm_port(vm), &vm->config);
	return rc;
}

static int addr_get(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	uint64_t base = 0;

	if (attr->attr != VGIC5_ADDR_TYPE_IRS)
		return -VGIC5_E_NXIO;
	port_lock(vm_port(vm), &vm->config);
	base = vm->virs.base.gpa;
	port_unlock(vm_port(vm), &vm->config);
	return put_user(vm, attr, &base, sizeof(base));
}

/* ---- NR_IRQS ---- */

/* The same rule that bounds every other use of the number (R27, R46). */
static int set_nr_spis(struct vgic5_vm *vm, uint32_t spis)
{
	if (spis < VGIC5_MIN_SPIS || spis > VGIC5_MAX_SPIS || spis % VGIC5_MIN_SPIS)
		return -VGIC5_E_INVAL;
	if (vm->nr_spis || atomic_load(&vm->initialised))
		return -VGIC5_E_BUSY;
	vm->nr_spis = spis;
	return 0;
}

static int nr_irqs_set(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	uint32_t spis = 0;
	int rc = get_user(vm, attr, &spis, sizeof(spis));

	if (rc)
		return rc;
	port_lock(vm_port(vm), &vm->config);
	rc = set_nr_spis(vm, spis);
	port_unlock(vm_port(vm), &vm->config);
	return rc;
}

static int nr_irqs_get(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	uint32_t spis = 0;

	port_lock(vm_port(vm), &vm->config);
	spis = atomic_load(&vm->initialised) ? vm->spi_count : vm->nr_spis;
	port_unlock(vm_port(vm), &vm->config);
	return put_user(vm, attr, &spis, sizeof(spis));
}

/* ---- CTRL ---- */

static int ctrl_set(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	return attr->attr == VGIC5_CTRL_INIT ? vgic5_vm_init(vm) : -VGIC5_E_NXIO;
}

static int ctrl_get(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	if (attr->attr != VGIC5_CTRL_USERSPACE_PPIS)
		return -VGIC5_E_NXIO;
	return put_user(vm, attr, vm->userspace_ppis, sizeof(vm->userspace_ppis));
}

/* ---- saved state: the VM at rest ---- */

/* MPIDR as in the attribute to MPIDR as in the register. */
static uint64_t attr_mpidr(uint64_t attr)
{
	const uint64_t packed = attr >> VGIC5_SYSREG_MPIDR_SHIFT;

	return (packed & 0xffffff) | (packed >> 24) << 32;
}

static struct vgic5_vcpu *attr_vcpu(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	return vgic5_vcpu_by_mpidr(vm, attr_mpidr(attr->attr));
}

/* INIT done, and for writes: nothing ran yet. */
static int check_state(const struct vgic5_vm *vm, bool write)
{
	if (!vgic5_vm_is_initialised(vm) || (write && vm->ran))
		return -VGIC5_E_BUSY;
	return 0;
}

static int access_sysreg(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, bool write,
			 uint64_t *value)
{
	struct vgic5_vcpu *vcpu = attr_vcpu(vm, attr);
	const uint32_t enc = (uint32_t)(attr->attr & VGIC5_SYSREG_ENC_MASK);
	int rc = 0;

	if (!vcpu)
		return -VGIC5_E_INVAL;
	rc = check_state(vm, write);
	return rc ? rc : vgic5_sysreg_uaccess(vcpu, enc, write, value);
}

static int access_irs(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, bool write,
		      uint64_t *value)
{
	const int rc = check_state(vm, write);

	return rc ? rc : vgic5_virs_uaccess(vm, attr->attr, write, value);
}

typedef int (*register_access)(struct vgic5_vm *vm, const struct vgic5_device_attr *attr,
			       bool write, uint64_t *value);

/* A write reads the value first, a read checks everything before it touches the pointer. */
static int access_register(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, bool write,
			   register_access access)
{
	uint64_t value = 0;
	int rc = 0;

	if (write)
		rc = get_user(vm, attr, &value, sizeof(value));
	if (rc)
		return rc;
	rc = vgic5_vm_lock_exclusive(vm);
	if (rc)
		return rc;
	rc = access(vm, attr, write, &value);
	vgic5_vm_unlock_exclusive(vm);
	if (!rc && !write)
		rc = put_user(vm, attr, &value, sizeof(value));
	return rc;
}

static int access_ist(struct vgic5_vm *vm, const struct vgic5_device_attr *attr, bool write)
{
	int rc = 0;

	if (attr->attr != 0)
		return -VGIC5_E_NXIO;
	rc = vgic5_vm_lock_exclusive(vm);
	if (rc)
		return rc;
	rc = check_state(vm, write);
	if (!rc) {
		port_lock(vm_port(vm), &vm->config);
		rc = write ? vgic5_ist_state_restore(vm, attr->addr)
			   : vgic5_ist_state_save(vm, attr->addr);
		port_unlock(vm_port(vm), &vm->config);
	}
	vgic5_vm_unlock_exclusive(vm);
	return rc;
}

/* ---- the three calls ---- */

int vgic5_set_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	if (!vm->device)
		return -VGIC5_E_NXIO;
	switch (attr->group) {
	case VGIC5_GRP_ADDR: return addr_set(vm, attr);
	case VGIC5_GRP_NR_IRQS: return nr_irqs_set(vm, attr);
	case VGIC5_GRP_CTRL: return ctrl_set(vm, attr);
	case VGIC5_GRP_CPU_SYSREGS: return access_register(vm, attr, true, access_sysreg);
	case VGIC5_GRP_IRS_REGS: return access_register(vm, attr, true, access_irs);
	case VGIC5_GRP_IST: return access_ist(vm, attr, true);
	default: return -VGIC5_E_NXIO;
	}
}

int vgic5_get_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	if (!vm->device)
		return -VGIC5_E_NXIO;
	switch (attr->group) {
	case VGIC5_GRP_ADDR: return addr_get(vm, attr);
	case VGIC5_GRP_NR_IRQS: return nr_irqs_get(vm, attr);
	case VGIC5_GRP_CTRL: return ctrl_get(vm, attr);
	case VGIC5_GRP_CPU_SYSREGS: return access_register(vm, attr, false, access_sysreg);
	case VGIC5_GRP_IRS_REGS: return access_register(vm, attr, false, access_irs);
	case VGIC5_GRP_IST: return access_ist(vm, attr, false);
	default: return -VGIC5_E_NXIO;
	}
}

static int has_sysreg(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	if (!attr_vcpu(vm, attr))
		return -VGIC5_E_INVAL;
	return vgic5_sysreg_is_exposed((uint32_t)(attr->attr & VGIC5_SYSREG_ENC_MASK))
		       ? 0
		       : -VGIC5_E_NXIO;
}

static int has_irs_reg(const struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	int rc = 0;

	if (vm->vcpu_count == 0)
		return -VGIC5_E_INVAL;
	(void)vgic5_virs_uaccess_find(attr->attr, &rc);
	return rc;
}

int vgic5_has_device_attr(struct vgic5_vm *vm, const struct vgic5_device_attr *attr)
{
	bool has = false;

	if (!vm->device)
		return -VGIC5_E_NXIO;
	switch (attr->group) {
	case VGIC5_GRP_ADDR: has = attr->attr == VGIC5_ADDR_TYPE_IRS; break;
	case VGIC5_GRP_NR_IRQS: has = true; break;
	case VGIC5_GRP_CTRL:
		has = attr->attr == VGIC5_CTRL_INIT || attr->attr == VGIC5_CTRL_USERSPACE_PPIS;
		break;
	case VGIC5_GRP_CPU_SYSREGS: return has_sysreg(vm, attr);
	case VGIC5_GRP_IRS_REGS: return has_irs_reg(vm, attr);
	case VGIC5_GRP_IST: has = attr->attr == 0; break;
	default: break;
	}
	return has ? 0 : -VGIC5_E_NXIO;
}
