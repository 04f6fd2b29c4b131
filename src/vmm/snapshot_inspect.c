/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in a snapshot, in words. Only the file is looked at. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vgic5/arch.h>

#include "snapshot_internal.h"

#define LINE 512

/* ---- the machine ---- */

static void print_text(FILE *out, const char *what, const char *text)
{
	fprintf(out, "%s: ", what);
	for (const char *p = text; *p; p++) {
		fputc(*p >= ' ' && *p < 0x7f ? *p : '?', out);
	}
	fputc('\n', out);
}

static void print_time_of_day(FILE *out, uint64_t seconds)
{
	time_t at = (time_t)seconds;
	struct tm tm;
	char text[64];

	if (gmtime_r(&at, &tm) && strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S UTC", &tm)) {
		fprintf(out, "%s", text);
	} else {
		fprintf(out, "%" PRIu64 " s", seconds);
	}
}

static void print_config(FILE *out, const struct snapshot_config *c)
{
	fprintf(out, "machine: %u CPU%s on %u PE%s, %" PRIu64 " MiB, %s console, %s network%s\n",
		c->cpus, c->cpus == 1 ? "" : "s", c->pcpus, c->pcpus == 1 ? "" : "s",
		c->ram_size >> 20, c->console == MACHINE_CONSOLE_VIRTIO ? "virtio" : "serial",
		c->net ? "user" : "no", c->deterministic ? ", deterministic" : "");
	if (c->deterministic) {
		fprintf(out, "seed: %" PRIu64 "\n", c->seed);
	}
	print_text(out, "kernel", c->kernel);
	if (*c->initrd) {
		print_text(out, "initrd", c->initrd);
	}
	print_text(out, "parameters", c->params);
	for (uint32_t i = 0; i < c->disk_count; i++) {
		char what[32];

		snprintf(what, sizeof(what), "disk %u", i);
		print_text(out, what, c->disk[i].path);
		fprintf(out, "  %" PRIu64 " bytes, modified ", c->disk[i].size);
		print_time_of_day(out, c->disk[i].mtime_s);
		fputc('\n', out);
	}
}

static int print_clock(FILE *out, struct snapfile_reader *file, struct vmm_error *error)
{
	struct vm_clock_state clock;
	struct vmm_reader r;
	uint64_t ns;

	if (snapshot_section(file, TAG_CLOCK, 0, &r, error)) {
		return -1;
	}
	snapshot_get_clock(&clock, &r);
	ns = clock.counter * VM_TICK_NS;
	fprintf(out,
		"time: %" PRIu64 ".%09" PRIu64 " s of the guest's clock (CNTVCT_EL0 %" PRIu64 ")\n",
		ns / 1000000000u, ns % 1000000000u, clock.counter);
	return snapshot_section_end(TAG_CLOCK, 0, &r, error);
}

/* ---- interrupts ---- */

static const char *name_of_ppi(unsigned ppi)
{
	switch (ppi) {
	case GIC5_PPI_SW: return "software";
	case GIC5_PPI_CNTV: return "virtual timer";
	case GIC5_PPI_CNTP: return "physical timer";
	default: return NULL;
	}
}

static void print_name_of_spi(FILE *out, uint32_t spi)
{
	if (spi == LAYOUT_SPI_UART) {
		fputs(" (UART)", out);
	} else if (spi == LAYOUT_SPI_RTC) {
		fputs(" (RTC)", out);
	} else if (spi >= LAYOUT_SPI_VIRTIO) {
		fprintf(out, " (virtio %u)", spi - LAYOUT_SPI_VIRTIO);
	}
}

static void print_iste(FILE *out, enum gic5_type type, uint32_t id, uint32_t iste)
{
	fprintf(out, "  %s %u", type == GIC5_TYPE_SPI ? "SPI" : "LPI", id);
	if (type == GIC5_TYPE_SPI) {
		print_name_of_spi(out, id);
	}
	fprintf(out, ": %s%s, %s, %s, priority %u, to vCPU %u\n",
		GIC5_GET(L2_ISTE_PENDING, iste)
			? GIC5_GET(L2_ISTE_ACTIVE, iste) ? "pending and " : "pending"
			: "",
		GIC5_GET(L2_ISTE_ACTIVE, iste)    ? "active"
		: GIC5_GET(L2_ISTE_PENDING, iste) ? ""
						  : "idle",
		GIC5_GET(L2_ISTE_ENABLE, iste) ? "enabled" : "disabled",
		GIC5_GET(L2_ISTE_HM, iste) ? "level" : "edge",
		(unsigned)GIC5_GET(L2_ISTE_PRIORITY, iste),
		(unsigned)GIC5_GET(L2_ISTE_IAFFID, iste));
}

static bool is_busy(uint32_t iste)
{
	return GIC5_GET(L2_ISTE_PENDING, iste) || GIC5_GET(L2_ISTE_ACTIVE, iste);
}

static void print_ist(FILE *out, enum gic5_type type, const struct snapshot_ist *ist)
{
	unsigned enabled = 0, pending = 0, active = 0;

	for (uint32_t i = 0; i < ist->count; i++) {
		uint32_t iste = snapshot_iste(ist, i);

		enabled += GIC5_GET(L2_ISTE_ENABLE, iste) != 0;
		pending += GIC5_GET(L2_ISTE_PENDING, iste) != 0;
		active += GIC5_GET(L2_ISTE_ACTIVE, iste) != 0;
	}
	fprintf(out, "%s IST: %u entries, %u enabled, %u pending, %u active\n",
		type == GIC5_TYPE_SPI ? "SPI" : "LPI", ist->count, enabled, pending, active);
	for (uint32_t i = 0; i < ist->count; i++) {
		uint32_t iste = snapshot_iste(ist, i);

		/* Of SPIs also what waits for its first interrupt: they are few. */
		if (is_busy(iste) || (type == GIC5_TYPE_SPI && GIC5_GET(L2_ISTE_ENABLE, iste))) {
			print_iste(out, type, i, iste);
		}
	}
}

static void print_irs(FILE *out, const struct snapshot_regs *regs)
{
	char line[LINE];

	fputs("virtual IRS:\n", out);
	for (uint32_t i = 0; i < regs->count; i++) {
		const struct gic5_irs_reg_desc *reg =
			gic5_irs_reg_find(GIC5_FRAME_CONFIG, regs->reg[i].name);

		if (!reg || reg->offset != regs->reg[i].name) {
			fprintf(out, "  0x%x = 0x%" PRIx64 "\n", regs->reg[i].name,
				regs->reg[i].value);
			continue;
		}
		if (!regs->reg[i].value) {
			continue; /* most of what this virtual IRS does not have */
		}
		gic5_decode_irs(reg, regs->reg[i].value, line, sizeof(line));
		fprintf(out, "  %s\n", line);
	}
}

/* ---- vCPUs ---- */

static uint64_t value_of(const struct snapshot_regs *regs, uint32_t encoding)
{
	for (uint32_t i = 0; i < regs->count; i++) {
		if (regs->reg[i].name == encoding) {
			return regs->reg[i].value;
		}
	}
	return 0;
}

static void print_ppis(FILE *out, const char *what, uint64_t bits)
{
	if (!bits) {
		return;
	}
	fprintf(out, "  PPIs %s:", what);
	for (; bits; bits &= bits - 1) {
		unsigned ppi = (unsigned)__builtin_ctzll(bits);
		const char *name = name_of_ppi(ppi);

		fprintf(out, " %u%s%s%s", ppi, name ? " (" : "", name ? name : "", name ? ")" : "");
	}
	fputc('\n', out);
}

static void print_timer(FILE *out, const char *name, uint64_t ctl, uint64_t cval)
{
	if (ctl & 1) {
		fprintf(out, "  %s timer: %s, at %" PRIu64 "\n", name, ctl & 2 ? "masked" : "armed",
			cval);
	}
}

static const char *what_it_does(const struct vm_vcpu_state *state)
{
	return !state->powered           ? "off"
	       : state->waiting          ? "waits for an interrupt"
	       : state->queue_place == 1 ? "running"
	       : state->queue_place      ? "queued"
					 : "ready";
}

static void print_registers(FILE *out, const struct a64_state *cpu)
{
	uint64_t pstate = cpu->pstate;

	fprintf(out, "  pc 0x%016" PRIx64 "  sp 0x%016" PRIx64 "  lr 0x%016" PRIx64 "\n", cpu->pc,
		cpu->sp[pstate & 1 && pstate & 4 ? 1 : 0], cpu->x[30]);
	fprintf(out, "  pstate 0x%" PRIx64 ": EL%u%c %c%c%c%c, %s\n", pstate,
		(unsigned)(pstate >> 2 & 3), pstate & 1 ? 'h' : 't', pstate >> 31 & 1 ? 'N' : '-',
		pstate >> 30 & 1 ? 'Z' : '-', pstate >> 29 & 1 ? 'C' : '-',
		pstate >> 28 & 1 ? 'V' : '-',
		pstate & 0x80 ? "interrupts masked" : "interrupts open");
	print_timer(out, "virtual", cpu->reg[A64_R_CNTV_CTL_EL0], cpu->reg[A64_R_CNTV_CVAL_EL0]);
	print_timer(out, "physical", cpu->reg[A64_R_CNTP_CTL_EL0], cpu->reg[A64_R_CNTP_CVAL_EL0]);
}

static void print_cpu_interface(FILE *out, const struct snapshot_regs *regs)
{
	static const uint32_t shown[] = {GIC5_ICC_CR0_EL1, GIC5_ICC_PCR_EL1, GIC5_ICC_APR_EL1};
	char line[LINE];

	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		gic5_decode_sysreg(gic5_sysreg_find(shown[i]), value_of(regs, shown[i]), line,
				   sizeof(line));
		fprintf(out, "  %s\n", line);
	}
	print_ppis(out, "enabled", value_of(regs, GIC5_ICC_PPI_ENABLER0_EL1));
	print_ppis(out, "pending", value_of(regs, GIC5_ICC_PPI_SPENDR0_EL1));
	print_ppis(out, "active", value_of(regs, GIC5_ICC_PPI_SACTIVER0_EL1));
}

static int print_vcpu(FILE *out, struct snapfile_reader *file, uint32_t index,
		      const struct snapshot_regs *gic, struct vmm_error *error)
{
	struct snapshot_vcpu vcpu = {0};
	struct vmm_reader r;

	if (snapshot_section(file, TAG_VCPU, index, &r, error)) {
		return -1;
	}
	snapshot_get_vcpu(&vcpu, &r);
	if (snapshot_section_end(TAG_VCPU, index, &r, error)) {
		return -1;
	}
	fprintf(out, "vCPU %u: %s, on PE %u, %" PRIu64 " instructions\n", vcpu.id,
		what_it_does(&vcpu.state), vcpu.state.pe, vcpu.state.cpu.instructions);
	if (vcpu.state.powered) {
		print_registers(out, &vcpu.state.cpu);
		print_cpu_interface(out, gic);
	}
	return 0;
}

/* ---- the whole ---- */

static int print_sections(FILE *out, struct snapfile_reader *file, const struct snapshot_config *c,
			  const struct snapshot_gic *gic, struct vmm_error *error)
{
	print_config(out, c);
	if (print_clock(out, file, error)) {
		return -1;
	}
	for (uint32_t i = 0; i < c->cpus; i++) {
		if (print_vcpu(out, file, i, &gic->cpu[i], error)) {
			return -1;
		}
	}
	print_ist(out, GIC5_TYPE_SPI, &gic->ist[IST_SPI]);
	if (gic->ist[IST_LPI].count) {
		print_ist(out, GIC5_TYPE_LPI, &gic->ist[IST_LPI]);
	} else {
		fputs("LPI IST: none\n", out);
	}
	print_irs(out, &gic->irs);
	return 0;
}

int snapshot_inspect(const char *path, FILE *out, struct vmm_error *error)
{
	struct snapfile_reader *file = snapshot_open(path, error);
	struct snapshot_config config = {0};
	struct snapshot_gic gic = {0};
	int status = -1;

	if (!file) {
		return -1;
	}
	if (!snapshot_load_config(file, &config, error) &&
	    !snapshot_load_gic(file, config.cpus, &gic, error)) {
		print_text(out, "snapshot", path);
		status = print_sections(out, file, &config, &gic, error);
	}
	snapshot_free_gic(&gic);
	snapshot_free_config(&config);
	snapfile_close(file);
	return status;
}
