/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sections GICIRS, GICCPU and IST: the virtual GICv5, read and written through uapi.h in the order of
 * docs/uapi.md.
 */
#include <stdlib.h>
#include <time.h>

#include <vgic5/arch.h>

#include "snapshot_internal.h"

#define ISTE_BYTES    4u
#define IST_COUNT_MAX (1u << VGIC5_MAX_ID_BITS)
#define BUSY_RETRIES  200
#define BUSY_WAIT_NS  1000000

static const uint32_t cpu_registers[] = {
	GIC5_ICC_PPI_ENABLER0_EL1,
	GIC5_ICC_PPI_SACTIVER0_EL1,
	GIC5_ICC_PPI_SPENDR0_EL1,
	GIC5_ICC_PPI_PRIORITYR0_EL1,
	GIC5_ICC_PPI_PRIORITYR1_EL1,
	GIC5_ICC_PPI_PRIORITYR2_EL1,
	GIC5_ICC_PPI_PRIORITYR3_EL1,
	GIC5_ICC_PPI_PRIORITYR4_EL1,
	GIC5_ICC_PPI_PRIORITYR5_EL1,
	GIC5_ICC_PPI_PRIORITYR6_EL1,
	GIC5_ICC_PPI_PRIORITYR7_EL1,
	GIC5_ICC_APR_EL1,
	GIC5_ICC_CR0_EL1,
	GIC5_ICC_PCR_EL1,
	GIC5_ICC_ICSR_EL1,
};
#define CPU_REGISTERS (sizeof(cpu_registers) / sizeof(cpu_registers[0]))

/* ---- the file's side ---- */

void snapshot_put_regs(const struct snapshot_regs *regs, struct vmm_writer *w)
{
	vmm_put_u32(w, regs->count);
	for (uint32_t i = 0; i < regs->count; i++) {
		vmm_put_u32(w, regs->reg[i].name);
		vmm_put_u64(w, regs->reg[i].value);
	}
}

void snapshot_get_regs(struct snapshot_regs *regs, struct vmm_reader *r)
{
	regs->count = vmm_get_max(r, SNAPSHOT_REGS_MAX);
	for (uint32_t i = 0; i < regs->count; i++) {
		regs->reg[i].name = vmm_get_u32(r);
		regs->reg[i].value = vmm_get_u64(r);
	}
}

uint32_t snapshot_iste(const struct snapshot_ist *ist, uint32_t id)
{
	return (uint32_t)vmm_le(&ist->iste[id], ISTE_BYTES);
}

void snapshot_free_gic(struct snapshot_gic *gic)
{
	free(gic->cpu);
	free(gic->ist[IST_SPI].iste);
	free(gic->ist[IST_LPI].iste);
	*gic = (struct snapshot_gic){0};
}

static int load_ist(struct snapfile_reader *file, uint32_t which, struct snapshot_ist *ist,
		    struct vmm_error *error)
{
	struct vmm_reader r;

	if (snapshot_section(file, TAG_IST, which, &r, error)) {
		return -1;
	}
	if (r.left % ISTE_BYTES || r.left / ISTE_BYTES > IST_COUNT_MAX || !r.left) {
		r.failed = true;
		return snapshot_section_end(TAG_IST, which, &r, error);
	}
	ist->count = (uint32_t)(r.left / ISTE_BYTES);
	ist->iste = malloc(r.left);
	if (!ist->iste) {
		return vmm_fail(error, "out of memory");
	}
	vmm_get_bytes(&r, ist->iste, r.left);
	return 0;
}

int snapshot_load_gic(struct snapfile_reader *file, uint32_t cpus, struct snapshot_gic *gic,
		      struct vmm_error *error)
{
	struct vmm_reader r;

	*gic = (struct snapshot_gic){.cpus = cpus, .cpu = calloc(cpus, sizeof(*gic->cpu))};
	if (!gic->cpu) {
		return vmm_fail(error, "out of memory");
	}
	if (snapshot_section(file, TAG_GICIRS, 0, &r, error)) {
		return -1;
	}
	snapshot_get_regs(&gic->irs, &r);
	if (snapshot_section_end(TAG_GICIRS, 0, &r, error)) {
		return -1;
	}
	for (uint32_t i = 0; i < cpus; i++) {
		if (snapshot_section(file, TAG_GICCPU, i, &r, error)) {
			return -1;
		}
		snapshot_get_regs(&gic->cpu[i], &r);
		if (snapshot_section_end(TAG_GICCPU, i, &r, error)) {
			return -1;
		}
	}
	if (load_ist(file, IST_SPI, &gic->ist[IST_SPI], error)) {
		return -1;
	}
	return snapfile_find(file, TAG_IST, IST_LPI) < 0
		       ? 0
		       : load_ist(file, IST_LPI, &gic->ist[IST_LPI], error);
}

/* ---- the machine's side ---- */

static struct vgic5_device_attr attr_of(uint32_t group, uint64_t attr, const void *value)
{
	return (struct vgic5_device_attr){
		.group = group, .attr = attr, .addr = (uint64_t)(uintptr_t)value};
}

static uint64_t sysreg_attr(uint32_t vcpu, uint32_t encoding)
{
	uint64_t mpidr = LAYOUT_MPIDR(vcpu); /* Aff3 is 0 */

	return mpidr << VGIC5_SYSREG_MPIDR_SHIFT | encoding;
}

/* Status is made anew, and what can only be written has no value. */
static bool is_saved(const struct gic5_irs_reg_desc *reg)
{
	return reg->frame == GIC5_FRAME_CONFIG && reg->access != GIC5_WO;
}

static int read_irs(struct machine *m, struct snapshot_regs *regs, struct vmm_error *error)
{
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t value = 0;
		struct vgic5_device_attr attr = attr_of(VGIC5_GRP_IRS_REGS, reg->offset, &value);
		int status;

		if (!is_saved(reg) || regs->count == SNAPSHOT_REGS_MAX) {
			continue;
		}
		status = vgic5_get_device_attr(vm_gic(m->vm), &attr);
		if (status == -VGIC5_E_NXIO) {
			continue;
		}
		if (status) {
			return vmm_fail(error, "cannot read %s: %s", reg->name,
					vgic5_strerror(status));
		}
		regs->reg[regs->count++] = (struct snapshot_reg){reg->offset, value};
	}
	return 0;
}

static int read_cpu(struct machine *m, uint32_t vcpu, struct snapshot_regs *regs,
		    struct vmm_error *error)
{
	for (size_t i = 0; i < CPU_REGISTERS; i++) {
		uint64_t value = 0;
		struct vgic5_device_attr attr =
			attr_of(VGIC5_GRP_CPU_SYSREGS, sysreg_attr(vcpu, cpu_registers[i]), &value);
		int status = vgic5_get_device_attr(vm_gic(m->vm), &attr);

		if (status) {
			return vmm_fail(error, "cannot read %s of CPU %u: %s",
					gic5_sysreg_find(cpu_registers[i])->name, vcpu,
					vgic5_strerror(status));
		}
		regs->reg[regs->count++] = (struct snapshot_reg){cpu_registers[i], value};
	}
	return 0;
}

static uint64_t irs_value(const struct snapshot_regs *regs, uint32_t offset)
{
	for (uint32_t i = 0; i < regs->count; i++) {
		if (regs->reg[i].name == offset) {
			return regs->reg[i].value;
		}
	}
	return 0;
}

static struct vgic5_ist_desc describe_ists(const struct snapshot_gic *gic)
{
	const struct snapshot_ist *lpi = &gic->ist[IST_LPI];

	return (struct vgic5_ist_desc){
		.spi_addr = (uint64_t)(uintptr_t)gic->ist[IST_SPI].iste,
		.spi_size = (uint64_t)gic->ist[IST_SPI].count * ISTE_BYTES,
		.lpi_addr = lpi->count ? (uint64_t)(uintptr_t)lpi->iste : 0,
		.lpi_size = (uint64_t)lpi->count * ISTE_BYTES,
	};
}

/* Other threads may still inject, which the GIC answers with BUSY. */
static int get_ists(struct machine *m, struct vgic5_ist_desc *ists)
{
	const struct timespec wait = {.tv_nsec = BUSY_WAIT_NS};
	struct vgic5_device_attr attr = attr_of(VGIC5_GRP_IST, 0, ists);
	int status = vgic5_get_device_attr(vm_gic(m->vm), &attr);

	for (unsigned i = 0; i < BUSY_RETRIES && status == -VGIC5_E_BUSY; i++) {
		nanosleep(&wait, NULL);
		status = vgic5_get_device_attr(vm_gic(m->vm), &attr);
	}
	return status;
}

static int alloc_ist(struct snapshot_ist *ist, uint32_t count)
{
	ist->iste = calloc(count, ISTE_BYTES);
	ist->count = ist->iste ? count : 0;
	return ist->iste ? 0 : -1;
}

static int read_ists(struct machine *m, struct snapshot_gic *gic, struct vmm_error *error)
{
	uint64_t cfgr = irs_value(&gic->irs, GIC5_IRS_IST_CFGR);
	uint64_t baser = irs_value(&gic->irs, GIC5_IRS_IST_BASER);
	uint64_t bits = GIC5_GET(IRS_IST_CFGR_LPI_ID_BITS, cfgr);
	struct vgic5_ist_desc ists;
	int status;

	if (alloc_ist(&gic->ist[IST_SPI], LAYOUT_SPIS) ||
	    (GIC5_GET(IRS_IST_BASER_VALID, baser) && bits <= VGIC5_MAX_ID_BITS &&
	     alloc_ist(&gic->ist[IST_LPI], 1u << bits))) {
		return vmm_fail(error, "out of memory");
	}
	ists = describe_ists(gic);
	status = get_ists(m, &ists);
	return status ? vmm_fail(error, "cannot read the interrupt state tables: %s",
				 vgic5_strerror(status))
		      : 0;
}

int snapshot_read_gic(struct machine *m, struct snapshot_gic *gic, struct vmm_error *error)
{
	uint32_t cpus = m->config.cpus;

	*gic = (struct snapshot_gic){.cpus = cpus, .cpu = calloc(cpus, sizeof(*gic->cpu))};
	if (!gic->cpu) {
		return vmm_fail(error, "out of memory");
	}
	if (read_irs(m, &gic->irs, error)) {
		return -1;
	}
	for (uint32_t i = 0; i < cpus; i++) {
		if (read_cpu(m, i, &gic->cpu[i], error)) {
			return -1;
		}
	}
	return read_ists(m, gic, error);
}

/* Which field is it that this computer cannot offer? */
static int say_what_is_missing(struct machine *m, const struct snapshot_reg *saved,
			       struct vmm_error *error)
{
	const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(GIC5_FRAME_CONFIG, saved->name);
	uint64_t here = 0;
	struct vgic5_device_attr attr = attr_of(VGIC5_GRP_IRS_REGS, saved->name, &here);

	if (!reg || reg->offset != saved->name) {
		return vmm_fail(error,
				"the guest's GICv5 has a register at 0x%x that this one lacks",
				saved->name);
	}
	vgic5_get_device_attr(vm_gic(m->vm), &attr);
	for (unsigned i = 0; i < reg->field_count; i++) {
		const struct gic5_field_desc *field = &reg->fields[i];
		uint64_t mask = GIC5_BITS(field->msb - field->lsb + 1);
		uint64_t wanted = saved->value >> field->lsb & mask;

		if (wanted != (here >> field->lsb & mask)) {
			return vmm_fail(error,
					"the guest's GICv5 has %s.%s = %llu, this computer's has "
					"%llu: it cannot run here",
					reg->name, field->name, (unsigned long long)wanted,
					(unsigned long long)(here >> field->lsb & mask));
		}
	}
	return vmm_fail(error, "%s = 0x%llx of the guest's GICv5 is refused", reg->name,
			(unsigned long long)saved->value);
}

static int write_irs(struct machine *m, const struct snapshot_regs *regs, struct vmm_error *error)
{
	for (uint32_t i = 0; i < regs->count; i++) {
		struct vgic5_device_attr attr =
			attr_of(VGIC5_GRP_IRS_REGS, regs->reg[i].name, &regs->reg[i].value);

		if (vgic5_set_device_attr(vm_gic(m->vm), &attr)) {
			return say_what_is_missing(m, &regs->reg[i], error);
		}
	}
	return 0;
}

static int write_cpu(struct machine *m, uint32_t vcpu, const struct snapshot_regs *regs,
		     struct vmm_error *error)
{
	for (uint32_t i = 0; i < regs->count; i++) {
		uint32_t encoding = regs->reg[i].name;
		const struct gic5_sysreg_desc *desc = gic5_sysreg_find(encoding);
		struct vgic5_device_attr attr = attr_of(
			VGIC5_GRP_CPU_SYSREGS, sysreg_attr(vcpu, encoding & VGIC5_SYSREG_ENC_MASK),
			&regs->reg[i].value);
		int status = encoding > VGIC5_SYSREG_ENC_MASK
				     ? -VGIC5_E_NOENT
				     : vgic5_set_device_attr(vm_gic(m->vm), &attr);

		if (status) {
			return vmm_fail(error, "CPU interface register %s (0x%x) of CPU %u: %s",
					desc ? desc->name : "unknown", encoding, vcpu,
					vgic5_strerror(status));
		}
	}
	return 0;
}

int snapshot_write_gic(struct machine *m, const struct snapshot_gic *gic, struct vmm_error *error)
{
	struct vgic5_ist_desc ists = describe_ists(gic);
	struct vgic5_device_attr attr = attr_of(VGIC5_GRP_IST, 0, &ists);
	int status;

	if (write_irs(m, &gic->irs, error)) {
		return -1;
	}
	for (uint32_t i = 0; i < gic->cpus; i++) {
		if (write_cpu(m, i, &gic->cpu[i], error)) {
			return -1;
		}
	}
	status = vgic5_set_device_attr(vm_gic(m->vm), &attr);
	return status ? vmm_fail(error, "cannot restore the interrupt state tables: %s",
				 vgic5_strerror(status))
		      : 0;
}
