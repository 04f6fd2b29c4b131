/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fields of a saved state that are plain registers, each named once.
 */
#include "stream.h"

static void irs_identity(struct stream *s, struct gic5_irs_config cfg)
{
	io16(s, &cfg.irsid);
	io8(s, &cfg.pa_range);
	io8(s, &cfg.id_bits);
	io8(s, &cfg.min_lpi_id_bits);
	io_bool(s, &cfg.lpi);
	io_bool(s, &cfg.ist_levels);
	io8(s, &cfg.ist_l2sz);
	io_bool(s, &cfg.istmd);
	io8(s, &cfg.istmd_sz);
	io8(s, &cfg.priority_bits);
	io8(s, &cfg.iaffid_bits);
	io32(s, &cfg.spi_base);
	io32(s, &cfg.spi_irs_range);
	io_bool(s, &cfg.virt);
	io_bool(s, &cfg.vmt_levels);
	io8(s, &cfg.vm_id_bits);
	io_bool(s, &cfg.vmd);
	io8(s, &cfg.vmd_sz);
	io8(s, &cfg.vpe_id_bits);
	io8(s, &cfg.vped_sz);
	io_bool(s, &cfg.one_n);
	io_bool(s, &cfg.virt_one_n);
	io_bool(s, &cfg.setlpi);
	io_bool(s, &cfg.swe);
	io32(s, &cfg.iidr);
}

static void pe_identity(struct stream *s, struct gic5_pe_config cfg)
{
	io16(s, &cfg.iaffid);
	io8(s, &cfg.irs);
	io8(s, &cfg.pri_bits);
	io8(s, &cfg.id_bits);
	for (unsigned w = 0; w < 2; w++) {
		io64(s, &cfg.ppi_implemented[w]);
		io64(s, &cfg.ppi_level[w]);
	}
}

void gic5_state_identity(struct stream *s, const struct gic5 *gic)
{
	uint32_t irs_count = gic->cfg.irs_count, pe_count = gic->cfg.pe_count;
	uint32_t spi_range = gic->cfg.spi_range;

	io32(s, &irs_count);
	io32(s, &pe_count);
	io32(s, &spi_range);
	for (uint32_t i = 0; i < irs_count; i++)
		irs_identity(s, gic->cfg.irs[i]);
	for (uint32_t i = 0; i < pe_count; i++)
		pe_identity(s, gic->cfg.pe[i]);
}

static void bank_fields(struct stream *s, struct ppi_bank *bank)
{
	for (unsigned w = 0; w < 2; w++) {
		io64(s, &bank->enable[w]);
		io64(s, &bank->active[w]);
		io64(s, &bank->pending[w]);
	}
	for (unsigned i = 0; i < GIC5_PPI_COUNT; i++)
		io8(s, &bank->priority[i]);
}

void gic5_state_pe(struct stream *s, struct pe_regs *regs)
{
	bank_fields(s, &regs->ppi);
	bank_fields(s, &regs->vppi);
	for (unsigned w = 0; w < 2; w++) {
		io64(s, &regs->ppi_wire[w]);
		io64(s, &regs->dvi[w]);
		io64(s, &regs->hidden[w]);
	}
	io64(s, &regs->icsr);
	io64(s, &regs->contextr);
	io64(s, &regs->hfgrtr);
	io64(s, &regs->hfgwtr);
	io64(s, &regs->hfgitr);
	io32(s, &regs->apr);
	io32(s, &regs->vapr);
	io8(s, &regs->pcr);
	io8(s, &regs->vpmr);
	io_bool(s, &regs->en);
	io_bool(s, &regs->link);
	io_bool(s, &regs->dps);
	io_bool(s, &regs->ven);
	io_bool(s, &regs->vctlr_en);
}

void gic5_state_irs(struct stream *s, struct irs_regs *regs)
{
	io64(s, &regs->ist_baser);
	io64(s, &regs->vmt_baser);
	io64(s, &regs->vpe_selr);
	io64(s, &regs->swerr_status);
	io64(s, &regs->swerr_syndrome[0]);
	io64(s, &regs->swerr_syndrome[1]);
	io32(s, &regs->cr1);
	io32(s, &regs->cr1_in_force);
	io32(s, &regs->spi_selr);
	io32(s, &regs->pe_selr);
	io32(s, &regs->vm_selr);
	io32(s, &regs->ist_cfgr);
	io32(s, &regs->vmt_cfgr);
	for (unsigned i = 0; i < LOW_HALVES; i++)
		io32(s, &regs->low_half[i]);
	io_bool(s, &regs->irsen);
	io_bool(s, &regs->save_q);
}
