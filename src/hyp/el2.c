/* SPDX-License-Identifier: BSD-2-Clause */
/* The EL2 primitives: the hardware half of load, put, flush, sync and injection. */
#include "el2.h"

/* Trapped: what the hypervisor narrows (R60). Reserved bits keep their reserved value (R18). */
#define HFGRTR \
	(GIC5_HFGRTR_NONE & ~(GIC5_MASK(ICH_HFGRTR_EL2_IDRn) | GIC5_MASK(ICH_HFGRTR_EL2_IAFFIDR)))
#define HFGWTR (GIC5_HFGWTR_NONE & ~GIC5_MASK(ICH_HFGWTR_EL2_PPI_ENABLERn))

/* Write a register if it has to change. */
#define MOVE(pe, reg, want, hw)                                    \
	do {                                                       \
		if ((hw) != (want)) {                              \
			port_sysreg_write(pe, GIC5_##reg, (want)); \
			(hw) = (want);                             \
		}                                                  \
	} while (0)

/* Encodings are constants on real hardware: registers of an array are spelled out. */
#define FOR_WORDS_0_7(do) \
	do                \
	(0) do(1) do(2) do(3) do(4) do(5) do(6) do(7)
#define FOR_WORDS_8_15(do) \
	do                 \
	(8) do(9) do(10) do(11) do(12) do(13) do(14) do(15)

void vgic5_el2_pe_init(struct port_pe *pe, struct el2_image *hw)
{
	memset(hw, 0, sizeof(*hw));
	/* V3 clear and a synchronisation before any GICv5-layout register (R63). */
	port_sysreg_write(pe, GIC5_ICH_VCTLR_EL2, GIC5_PUT(ICH_VCTLR_EL2_EN, 1));
	port_isb(pe);
	port_sysreg_write(pe, GIC5_ICH_CONTEXTR_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_HFGRTR_EL2, HFGRTR);
	port_sysreg_write(pe, GIC5_ICH_HFGWTR_EL2, HFGWTR);
	port_sysreg_write(pe, GIC5_ICH_HFGITR_EL2, GIC5_HFGITR_NONE);
	port_sysreg_write(pe, GIC5_ICH_VMCR_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_APR_EL2, 0);
	port_sysreg_write(pe, GIC5_ICC_ICSR_EL1, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_DVIR0_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_ACTIVER0_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_ENABLER0_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_PENDR0_EL2, 0);
#define CLEAR(n) port_sysreg_write(pe, GIC5_ICH_PPI_PRIORITYR##n##_EL2, 0);
	FOR_WORDS_0_7(CLEAR)
#undef CLEAR
	vgic5_el2_clear_bank1(pe, hw);
	port_isb(pe);
}

void vgic5_el2_set_insn_traps(struct port_pe *pe, uint64_t hfgitr)
{
	port_sysreg_write(pe, GIC5_ICH_HFGITR_EL2, hfgitr);
}

int vgic5_el2_make_resident(struct port_pe *pe, uint64_t contextr)
{
	uint64_t readback = 0;

	port_sysreg_write(pe, GIC5_ICH_CONTEXTR_EL2, contextr);
	port_isb(pe);
	readback = port_sysreg_read(pe, GIC5_ICH_CONTEXTR_EL2);
	return GIC5_GET(ICH_CONTEXTR_EL2_F, readback) ? -VGIC5_E_IO : 0;
}

void vgic5_el2_make_non_resident(struct port_pe *pe, uint64_t contextr, atomic_bool *resident,
				 atomic_bool *doorbell_fired)
{
	/* A doorbell may ring from the moment that the context is written: clear before, not after. */
	atomic_store_explicit(doorbell_fired, false, memory_order_relaxed);
	atomic_store_explicit(resident, false, memory_order_relaxed);
	port_dsb_st(pe);
	port_sysreg_write(pe, GIC5_ICH_CONTEXTR_EL2, contextr);
	port_isb(pe);
}

void vgic5_el2_restore_context(struct port_pe *pe, const struct el2_image *want,
			       struct el2_image *hw, uint32_t words)
{
	MOVE(pe, ICH_VMCR_EL2, want->vmcr, hw->vmcr);
	MOVE(pe, ICH_APR_EL2, want->apr, hw->apr);
	MOVE(pe, ICC_ICSR_EL1, want->icsr, hw->icsr);
#define RESTORE(n)          \
	if (words >> (n)&1) \
		MOVE(pe, ICH_PPI_PRIORITYR##n##_EL2, want->priority[n], hw->priority[n]);
	FOR_WORDS_0_7(RESTORE)
	if (words >> 8) {
		FOR_WORDS_8_15(RESTORE)
	}
#undef RESTORE
}

void vgic5_el2_save_context(struct port_pe *pe, struct el2_image *hw, uint32_t words)
{
	hw->vmcr = port_sysreg_read(pe, GIC5_ICH_VMCR_EL2);
	hw->apr = port_sysreg_read(pe, GIC5_ICH_APR_EL2);
	hw->icsr = port_sysreg_read(pe, GIC5_ICC_ICSR_EL1);
#define SAVE(n)             \
	if (words >> (n)&1) \
		hw->priority[n] = port_sysreg_read(pe, GIC5_ICH_PPI_PRIORITYR##n##_EL2);
	FOR_WORDS_0_7(SAVE)
	if (words >> 8) {
		FOR_WORDS_8_15(SAVE)
	}
#undef SAVE
}

void vgic5_el2_clear_bank1(struct port_pe *pe, struct el2_image *hw)
{
	port_sysreg_write(pe, GIC5_ICH_PPI_DVIR1_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_ACTIVER1_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_ENABLER1_EL2, 0);
	port_sysreg_write(pe, GIC5_ICH_PPI_PENDR1_EL2, 0);
	hw->dvi[1] = hw->active[1] = hw->enable[1] = hw->pend[1] = 0;
#define CLEAR(n)                                                   \
	port_sysreg_write(pe, GIC5_ICH_PPI_PRIORITYR##n##_EL2, 0); \
	hw->priority[n] = 0;
	FOR_WORDS_8_15(CLEAR)
#undef CLEAR
}

void vgic5_el2_enter_ppis(struct port_pe *pe, const struct el2_image *want, struct el2_image *hw,
			  bool bank1)
{
	MOVE(pe, ICH_PPI_DVIR0_EL2, want->dvi[0], hw->dvi[0]);
	MOVE(pe, ICH_PPI_ACTIVER0_EL2, want->active[0], hw->active[0]);
	MOVE(pe, ICH_PPI_ENABLER0_EL2, want->enable[0], hw->enable[0]);
	MOVE(pe, ICH_PPI_PENDR0_EL2, want->pend[0], hw->pend[0]);
	if (!bank1)
		return;
	MOVE(pe, ICH_PPI_DVIR1_EL2, want->dvi[1], hw->dvi[1]);
	MOVE(pe, ICH_PPI_ACTIVER1_EL2, want->active[1], hw->active[1]);
	MOVE(pe, ICH_PPI_ENABLER1_EL2, want->enable[1], hw->enable[1]);
	MOVE(pe, ICH_PPI_PENDR1_EL2, want->pend[1], hw->pend[1]);
}

void vgic5_el2_exit_ppis(struct port_pe *pe, struct el2_image *hw, bool bank1)
{
	hw->active[0] = port_sysreg_read(pe, GIC5_ICH_PPI_ACTIVER0_EL2);
	hw->pend[0] = port_sysreg_read(pe, GIC5_ICH_PPI_PENDR0_EL2);
	if (!bank1)
		return;
	hw->active[1] = port_sysreg_read(pe, GIC5_ICH_PPI_ACTIVER1_EL2);
	hw->pend[1] = port_sysreg_read(pe, GIC5_ICH_PPI_PENDR1_EL2);
}

void vgic5_el2_clear_direct(struct port_pe *pe, struct el2_image *hw)
{
	MOVE(pe, ICH_PPI_DVIR0_EL2, UINT64_C(0), hw->dvi[0]);
	MOVE(pe, ICH_PPI_DVIR1_EL2, UINT64_C(0), hw->dvi[1]);
}

void vgic5_el2_claim_ppis(struct port_pe *pe, uint64_t ppis, bool claim)
{
	if (claim)
		port_sysreg_write(pe, GIC5_ICC_PPI_SACTIVER0_EL1, ppis);
	else
		port_sysreg_write(pe, GIC5_ICC_PPI_CACTIVER0_EL1, ppis);
	port_isb(pe);
}

void vgic5_el2_complete(struct port_pe *pe)
{
	port_gsb_sys(pe);
}

void vgic5_el2_vdpend(struct port_pe *pe, uint32_t vm_id, uint32_t intid, bool pending)
{
	port_sys(pe, GIC5_VDPEND,
		 intid | GIC5_PUT(VDPEND_VM_ID, vm_id) | GIC5_PUT(VDPEND_PENDING, pending));
}

void vgic5_el2_vdhm(struct port_pe *pe, uint32_t vm_id, uint32_t intid, bool level)
{
	port_sys(pe, GIC5_VDHM, intid | GIC5_PUT(VDHM_VM_ID, vm_id) | GIC5_PUT(VDHM_HM, level));
}

void vgic5_el2_vddi(struct port_pe *pe, uint32_t vm_id, uint32_t intid)
{
	port_sys(pe, GIC5_VDDI, intid | GIC5_PUT(VDDI_VM_ID, vm_id));
}

uint64_t vgic5_el2_read_icsr(struct port_pe *pe)
{
	return port_sysreg_read(pe, GIC5_ICC_ICSR_EL1);
}

void vgic5_el2_write_icsr(struct port_pe *pe, uint64_t icsr, struct el2_image *hw)
{
	MOVE(pe, ICC_ICSR_EL1, icsr, hw->icsr);
}

uint64_t vgic5_el2_vdrcfg(struct port_pe *pe, uint32_t vm_id, uint32_t intid, struct el2_image *hw)
{
	port_sys(pe, GIC5_VDRCFG, intid | GIC5_PUT(VDRCFG_VM_ID, vm_id));
	port_isb(pe);
	hw->icsr = port_sysreg_read(pe, GIC5_ICC_ICSR_EL1);
	return hw->icsr;
}
