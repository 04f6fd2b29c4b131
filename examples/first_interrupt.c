/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The shortest program that takes an interrupt from libgic5hw: one IRS, one PE, an SPI whose wire
 * rises.
 *
 *	cc first_interrupt.c $(pkg-config --cflags --libs gic5hw)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgic5/gic5hw.h>

/* ---- what the library needs from its user ---- */

static void *env_alloc(void *opaque, size_t size)
{
	size_t room = (size + 63) / 64 * 64;
	void *ptr = aligned_alloc(64, room);

	return ptr ? memset(ptr, 0, room) : NULL;
}

static void env_free(void *opaque, void *ptr, size_t size)
{
	free(ptr);
}

/* SPIs need no tables, so this machine has no memory. */
static bool env_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	return false;
}

static bool env_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	return false;
}

static void env_line(void *opaque, unsigned pe, enum gic5_line line, bool level)
{
	printf("PE %u: %s %s\n", pe, line == GIC5_LINE_IRQ ? "IRQ" : "another line",
	       level ? "asserted" : "released");
}

/* ---- what software on the machine does ---- */

static const struct gic5_ctx el1 = {.el = 1};

static void msr(struct gic5_pe *pe, uint32_t reg, uint64_t value)
{
	if (gic5_sysreg_write(pe, &el1, reg, value) != GIC5_DONE)
		exit(1);
}

static void gic_insn(struct gic5_pe *pe, uint32_t insn, uint64_t operand)
{
	if (gic5_sys(pe, &el1, insn, false, operand) != GIC5_DONE)
		exit(1);
}

int main(void)
{
	const struct gic5_env env = {
		.alloc = env_alloc,
		.free = env_free,
		.read = env_read,
		.write = env_write,
		.line = env_line,
	};
	const uint64_t intid = GIC5_INTID(GIC5_TYPE_SPI, 42);
	struct gic5_irs_config irs;
	struct gic5_pe_config pe_config;
	struct gic5_config config;
	struct gic5 *gic;
	struct gic5_pe *pe;
	uint64_t taken = 0;

	gic5_irs_config_default(&irs);
	gic5_pe_config_default(&pe_config, 0);
	gic5_config_default(&config);
	config.irs = &irs;
	config.irs_count = 1;
	config.pe = &pe_config;
	config.pe_count = 1;
	config.firmware_has_run = true; /* EL1 may use the GIC */
	if (gic5_create(&config, &env, &gic, NULL))
		return 1;
	pe = gic5_pe(gic, 0);

	/* IRS on, CPU interface on, every priority let through; SPI 42 to this PE at priority 8 */
	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, GIC5_IRS_CR0, 4, GIC5_MASK(IRS_CR0_IRSEN));
	msr(pe, GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_EN) | GIC5_MASK(ICC_CR0_EL1_LINK));
	msr(pe, GIC5_ICC_PCR_EL1, 31);
	gic_insn(pe, GIC5_CDPRI, intid | GIC5_PUT(CDPRI_PRIORITY, 8));
	gic_insn(pe, GIC5_CDAFF, intid | GIC5_PUT(CDAFF_IAFFID, 0));
	gic_insn(pe, GIC5_CDEN, intid);

	gic5_spi_wire(gic, 42, true);
	if (!gic5_line_level(pe, GIC5_LINE_IRQ))
		return 1;

	/* the handler: acknowledge, drop the priority, deactivate */
	if (gic5_sysl(pe, &el1, GIC5_CDIA, &taken) != GIC5_DONE ||
	    taken != (GIC5_MASK(CDIA_VALID) | intid))
		return 1;
	printf("took SPI %u\n", GIC5_INTID_ID(taken));
	gic_insn(pe, GIC5_CDEOI, 0);
	gic_insn(pe, GIC5_CDDI, taken);

	gic5_destroy(gic);
	return 0;
}
