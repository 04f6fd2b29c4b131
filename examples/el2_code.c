/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * EL2 code under development, run against the model as a plain process: a VM table, one VM with one
 * VPE and a virtual LPI table; an interrupt injected with GIC VDPEND; the guest takes it; the VPE
 * leaves with a doorbell request, and the doorbell rings. Strict mode tells what silicon would not:
 * the last part makes a mistake on purpose.
 *
 * Between "EL2 code" and "the machine" below stands what a port to real hardware replaces: register
 * and instruction accesses, and memory.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vgic5/gic5hw.h>

/* ---- the machine ---- */

#define RAM_BASE UINT64_C(0x80000000)
#define RAM_SIZE 0x40000U

static uint8_t ram[RAM_SIZE];
static struct gic5 *gic;
static struct gic5_pe *pe;
static unsigned reports;

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

static bool in_ram(uint64_t pa, size_t len)
{
	return pa >= RAM_BASE && len <= RAM_SIZE && pa - RAM_BASE <= RAM_SIZE - len;
}

static bool env_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	if (!in_ram(pa, len))
		return false;
	memcpy(buf, ram + (pa - RAM_BASE), len);
	return true;
}

static bool env_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	if (!in_ram(pa, len))
		return false;
	memcpy(ram + (pa - RAM_BASE), buf, len);
	return true;
}

static void env_report(void *opaque, const struct gic5_report *report)
{
	printf("strict: rule %u (%s), %s = %#llx: %s\n", report->rule, report->what, report->text,
	       (unsigned long long)report->value, report->done);
	reports++;
}

static void check(bool ok, const char *what)
{
	printf("%s: %s\n", ok ? "ok" : "FAILED", what);
	if (!ok)
		exit(1);
}

/* ---- what a port offers to EL2 code ---- */

static void must(enum gic5_result result)
{
	if (result != GIC5_DONE)
		check(false, "an access was undefined or trapped");
}

static const struct gic5_ctx el2 = {.el = 2};
static const struct gic5_ctx guest = {.el = 1, .hcr_imo = true};

static void msr(uint32_t reg, uint64_t value)
{
	must(gic5_sysreg_write(pe, &el2, reg, value));
}

static uint64_t mrs(uint32_t reg)
{
	uint64_t value = 0;

	must(gic5_sysreg_read(pe, &el2, reg, &value));
	return value;
}

static void gic_insn(const struct gic5_ctx *at, uint32_t insn, uint64_t operand)
{
	must(gic5_sys(pe, at, insn, false, operand));
}

static uint64_t acknowledge(const struct gic5_ctx *at)
{
	uint64_t taken = 0;

	must(gic5_sysl(pe, at, GIC5_CDIA, &taken));
	return taken;
}

static void irs32(uint32_t reg, uint32_t value)
{
	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, reg, 4, value);
}

static void irs64(uint32_t reg, uint64_t value)
{
	gic5_irs_write(gic, 0, GIC5_FRAME_CONFIG, reg, 8, value);
}

static uint64_t irs_status(uint32_t reg)
{
	return gic5_irs_read(gic, 0, GIC5_FRAME_CONFIG, reg, 4);
}

static void store64(uint64_t pa, uint64_t value)
{
	for (unsigned i = 0; i < 8; i++)
		ram[pa - RAM_BASE + i] = (uint8_t)(value >> (8 * i));
}

/* ---- EL2 code ---- */

enum {
	VM = 5,
	VPE = 0,
	DOORBELL = 3, /* a physical LPI */
	GUEST_LPI = 20,
	VM_ID_BITS = 8,
	LPI_ID_BITS = 6,
};

/* Where its tables are: each naturally aligned. */
#define HOST_IST  (RAM_BASE + 0x0000)
#define VMT       (RAM_BASE + 0x2000)
#define GUEST_IST (RAM_BASE + 0x4000)
#define VMD       (RAM_BASE + 0x5000)
#define VPET      (RAM_BASE + 0x6000)
#define VPED      (RAM_BASE + 0x7000)

/* A physical LPI table, because a doorbell is an LPI. */
static void host_setup(void)
{
	const uint64_t doorbell = GIC5_INTID(GIC5_TYPE_LPI, DOORBELL);

	irs32(GIC5_IRS_IST_CFGR, GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, LPI_ID_BITS));
	irs64(GIC5_IRS_IST_BASER, HOST_IST | GIC5_MASK(IRS_IST_BASER_VALID));
	irs32(GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IRSEN));
	msr(GIC5_ICC_CR0_EL1, GIC5_MASK(ICC_CR0_EL1_EN) | GIC5_MASK(ICC_CR0_EL1_LINK));
	msr(GIC5_ICC_PCR_EL1, 31);
	gic_insn(&el2, GIC5_CDAFF, doorbell | GIC5_PUT(CDAFF_IAFFID, mrs(GIC5_ICC_IAFFIDR_EL1)));
	gic_insn(&el2, GIC5_CDPRI, doorbell | GIC5_PUT(CDPRI_PRIORITY, 4));
	gic_insn(&el2, GIC5_CDEN, doorbell);
}

/* VM table, VM, its LPI table, its VPE: entries first with VALID=0, then the command. */
static void vm_setup(void)
{
	const uint64_t vmte = VMT + (uint64_t)VM * GIC5_VMTE_BYTES;

	irs32(GIC5_IRS_VMT_CFGR, GIC5_PUT(IRS_VMT_CFGR_VM_ID_BITS, VM_ID_BITS));
	irs64(GIC5_IRS_VMT_BASER, VMT | GIC5_MASK(IRS_VMT_BASER_VALID));

	store64(vmte, VMD);
	store64(vmte + 8, VPET | GIC5_PUT(L2_VMTE1_VPE_ID_BITS, 1));
	store64(vmte + 16, GUEST_IST | GIC5_PUT(L2_VMTE_IST_ID_BITS, LPI_ID_BITS));
	irs64(GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | VM);
	irs64(GIC5_IRS_VMAP_VISTR, GIC5_MASK(IRS_VMAP_VISTR_M) |
					   GIC5_PUT(IRS_VMAP_VISTR_VM_ID, VM) |
					   GIC5_PUT(IRS_VMAP_VISTR_TYPE, GIC5_TYPE_LPI));

	store64(VPET + VPE * 8, VPED);
	irs64(GIC5_IRS_VMAP_VPER, GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, VM) |
					  GIC5_PUT(IRS_VMAP_VPER_VPE_ID, VPE));
	irs64(GIC5_IRS_VPE_SELR, GIC5_MASK(IRS_VPE_SELR_S) | GIC5_PUT(IRS_VPE_SELR_VM_ID, VM) |
					 GIC5_PUT(IRS_VPE_SELR_VPE_ID, VPE));
	check(GIC5_GET(IRS_VPE_STATUSR_V, irs_status(GIC5_IRS_VPE_STATUSR)), "the VPE is valid");
	irs64(GIC5_IRS_VPE_DBR, GIC5_MASK(IRS_VPE_DBR_DBV) | GIC5_PUT(IRS_VPE_DBR_DBPM, 31) |
					GIC5_PUT(IRS_VPE_DBR_INTID, DOORBELL));
}

static void vpe_load(void)
{
	msr(GIC5_ICH_VMCR_EL2, GIC5_MASK(ICH_VMCR_EL2_EN) | GIC5_PUT(ICH_VMCR_EL2_VPMR, 31));
	msr(GIC5_ICH_CONTEXTR_EL2, GIC5_MASK(ICH_CONTEXTR_EL2_V) |
					   GIC5_PUT(ICH_CONTEXTR_EL2_VM, VM) |
					   GIC5_PUT(ICH_CONTEXTR_EL2_VPE, VPE));
	gic5_context_sync(pe); /* ISB */
	check(!GIC5_GET(ICH_CONTEXTR_EL2_F, mrs(GIC5_ICH_CONTEXTR_EL2)), "the VPE is resident");
}

static void vpe_put(void)
{
	msr(GIC5_ICH_CONTEXTR_EL2,
	    GIC5_MASK(ICH_CONTEXTR_EL2_DB) | GIC5_PUT(ICH_CONTEXTR_EL2_DBPM, 31));
	gic5_context_sync(pe);
}

static void inject(uint32_t lpi)
{
	gic_insn(&el2, GIC5_VDPEND,
		 GIC5_MASK(VDPEND_PENDING) | GIC5_PUT(VDPEND_VM_ID, VM) |
			 GIC5_INTID(GIC5_TYPE_LPI, lpi));
}

/* ---- a guest, and the test ---- */

static void guest_setup(void)
{
	const uint64_t intid = GIC5_INTID(GIC5_TYPE_LPI, GUEST_LPI);

	gic_insn(&guest, GIC5_CDAFF, intid | GIC5_PUT(CDAFF_IAFFID, VPE));
	gic_insn(&guest, GIC5_CDPRI, intid | GIC5_PUT(CDPRI_PRIORITY, 10));
	gic_insn(&guest, GIC5_CDEN, intid);
}

static void guest_handler(void)
{
	uint64_t taken = acknowledge(&guest);

	check(taken == (GIC5_MASK(CDIA_VALID) | GIC5_INTID(GIC5_TYPE_LPI, GUEST_LPI)),
	      "the guest takes its LPI");
	gic_insn(&guest, GIC5_CDEOI, 0);
	gic_insn(&guest, GIC5_CDDI, taken);
}

static void machine_start(void)
{
	const struct gic5_env env = {
		.alloc = env_alloc,
		.free = env_free,
		.read = env_read,
		.write = env_write,
		.report = env_report,
	};
	struct gic5_irs_config irs;
	struct gic5_pe_config pe_config;
	struct gic5_config config;

	gic5_irs_config_default(&irs);
	gic5_pe_config_default(&pe_config, 0);
	gic5_config_default(&config);
	config.irs = &irs;
	config.irs_count = 1;
	config.pe = &pe_config;
	config.pe_count = 1;
	config.firmware_has_run = true;
	config.strict = true;
	check(!gic5_create(&config, &env, &gic, NULL), "a machine");
	pe = gic5_pe(gic, 0);
}

int main(void)
{
	uint64_t taken;

	machine_start();
	host_setup();
	vm_setup();

	vpe_load();
	guest_setup();
	inject(GUEST_LPI);
	check(gic5_line_level(pe, GIC5_LINE_VIRQ), "VDPEND to a resident VPE asserts vIRQ");
	guest_handler();

	vpe_put();
	inject(GUEST_LPI);
	check(gic5_line_level(pe, GIC5_LINE_IRQ), "an interrupt for the VPE rings its doorbell");
	taken = acknowledge(&el2);
	check(GIC5_INTID_ID(taken) == DOORBELL, "the host takes the doorbell LPI");
	gic_insn(&el2, GIC5_CDEOI, 0);
	gic_insn(&el2, GIC5_CDDI, taken);
	vpe_load();
	guest_handler();

	check(reports == 0, "strict mode had nothing to say so far");
	irs64(GIC5_IRS_VMAP_VPER, GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, VM) |
					  GIC5_PUT(IRS_VMAP_VPER_VPE_ID, VPE));
	check(reports == 1, "mapping the VPE a second time is ignored, and reported");

	gic5_destroy(gic);
	return 0;
}
