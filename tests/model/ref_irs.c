/* SPDX-License-Identifier: BSD-2-Clause */
/* Reference model: reset and the IRS frames (facts page, 6 and 7). */
#include "ref.h"

#include <string.h>

void ref_init(struct ref *ref, const struct gic5_config *cfg, uint8_t *memory, uint64_t base,
	      uint64_t size)
{
	unsigned i, n;

	memset(ref, 0, sizeof(*ref));
	ref->cfg = *cfg;
	memcpy(ref->irs_cfg, cfg->irs, cfg->irs_count * sizeof(*cfg->irs));
	memcpy(ref->pe_cfg, cfg->pe, cfg->pe_count * sizeof(*cfg->pe));
	ref->memory = memory;
	ref->memory_base = base;
	ref->memory_size = size;
	for (i = 0; i < cfg->irs_count; i++) {
		for (n = 0; n < cfg->irs[i].spi_irs_range; n++) {
			ref->spi[cfg->irs[i].spi_base + n].exists = true;
			ref->spi[cfg->irs[i].spi_base + n].irs = i;
		}
	}
	for (i = 0; i < cfg->pe_count; i++)
		ref_pe_reset(ref, i);
}

void ref_pe_reset(struct ref *ref, unsigned p)
{
	struct ref_pe *pe = &ref->pe[p];
	uint64_t wire[REF_WORDS];
	bool dps = pe->dps, run = ref->cfg.firmware_has_run;
	unsigned i;

	memcpy(wire, pe->wire, sizeof(wire));
	*pe = (struct ref_pe){
		.link = ref->cfg.link_at_reset,
		.dps = dps, /* lives in the IRS */
		.hfgrtr = run ? GIC5_HFGRTR_NONE : 8,
		.hfgwtr = run ? GIC5_HFGWTR_NONE : 0,
		.hfgitr = run ? GIC5_HFGITR_NONE : 0,
		.vctlr_en = run,
	};
	for (i = 0; i < REF_WORDS; i++) {
		pe->wire[i] = wire[i];
		pe->phys.pending[i] = wire[i] & ref->pe_cfg[p].ppi_level[i];
	}
	ref_settle(ref);
}

/* ---- identification ---- */

static uint32_t idr(const struct ref *ref, unsigned irs, uint32_t offset)
{
	const struct gic5_irs_config *c = &ref->irs_cfg[irs];
	unsigned i, pes = 0;

	for (i = 0; i < ref->cfg.pe_count; i++)
		pes += ref->pe_cfg[i].irs == irs;
	switch (offset) {
	case GIC5_IRS_IDR0:
		return (uint32_t)c->irsid << 16 | c->swe << 12 | c->setlpi << 9 |
		       c->virt_one_n << 8 | c->one_n << 7 | c->virt << 6 | c->pa_range << 2 | 1;
	case GIC5_IRS_IDR1:
		return (c->priority_bits - 1U) << 20 | (c->iaffid_bits - 1U) << 16 | pes;
	case GIC5_IRS_IDR2:
		return (uint32_t)c->istmd_sz << 15 | c->istmd << 14 | c->ist_l2sz << 11 |
		       c->ist_levels << 10 | c->min_lpi_id_bits << 6 | c->lpi << 5 | c->id_bits;
	case GIC5_IRS_IDR3:
		return !c->virt
			       ? 0
			       : c->vmt_levels << 10 | c->vm_id_bits << 5 | c->vmd_sz << 1 | c->vmd;
	case GIC5_IRS_IDR4: return !c->virt ? 0 : (c->vpe_id_bits - 1U) << 6 | c->vped_sz;
	case GIC5_IRS_IDR5: return ref->cfg.spi_range;
	case GIC5_IRS_IDR6: return c->spi_irs_range;
	case GIC5_IRS_IDR7: return c->spi_base;
	default: return 0;
	}
}

/* ---- selected objects ---- */

static struct ref_spi *selected_spi(struct ref *ref, unsigned irs)
{
	uint32_t id = ref->irs[irs].spi_sel;

	return id < REF_SPIS && ref->spi[id].exists && ref->spi[id].irs == irs ? &ref->spi[id]
									       : NULL;
}

static struct ref_pe *selected_pe(struct ref *ref, unsigned irs)
{
	unsigned i;

	for (i = 0; i < ref->cfg.pe_count; i++) {
		if (ref->pe_cfg[i].irs == irs && ref->pe_cfg[i].iaffid == ref->irs[irs].pe_sel)
			return &ref->pe[i];
	}
	return NULL;
}

static struct ref_vpe *selected_vpe(struct ref *ref, unsigned irs)
{
	uint64_t sel = ref->irs[irs].vpe_sel;

	if (!(sel >> 63))
		return NULL;
	return ref_vpe_find(ref, sel & 0xffff, sel >> 32 & 0xffff);
}

static uint64_t vpe_hppir(struct ref *ref, unsigned irs)
{
	uint64_t sel = ref->irs[irs].vpe_sel;
	struct ref_hppi best;

	if (!selected_vpe(ref, irs))
		return 0;
	best = ref_best(ref, (int)(sel & 0xffff), sel >> 32 & 0xffff, irs);
	return best.valid ? UINT64_C(1) << 32 | best.intid : 0;
}

/* ---- reads ---- */

static bool is_virt_register(uint32_t offset)
{
	return offset == GIC5_IRS_SPI_VMR ||
	       (offset >= GIC5_IRS_VMT_BASER && offset <= GIC5_IRS_SAVE_VM_STATUSR);
}

static bool is_ist_register(uint32_t offset)
{
	return offset >= GIC5_IRS_IST_BASER && offset <= GIC5_IRS_MAP_L2_ISTR;
}

static uint64_t virt_read(struct ref *ref, unsigned i, uint32_t offset)
{
	const struct ref_irs *irs = &ref->irs[i];
	const struct ref_vpe *vpe = selected_vpe(ref, i);
	const struct ref_spi *spi = selected_spi(ref, i);
	const struct ref_vm *vm = ref_vm_find(ref, irs->vm_sel);

	switch (offset) {
	case GIC5_IRS_SPI_VMR:
		return spi && spi->is_virtual ? UINT64_C(1) << 63 | spi->vm : spi ? spi->vm : 0;
	case GIC5_IRS_VMT_BASER: return irs->vmt_base | (i == 0 && ref->vmt_valid);
	case GIC5_IRS_VMT_CFGR: return irs->vmt_cfgr;
	case GIC5_IRS_VMT_STATUSR: return 1;
	case GIC5_IRS_VPE_SELR: return irs->vpe_sel;
	case GIC5_IRS_VPE_DBR:
		return !vpe ? 0
			    : (uint64_t)vpe->db_valid << 63 | (uint64_t)vpe->db_request << 62 |
				       (uint64_t)vpe->db_mask << 32 | vpe->db_lpi;
	case GIC5_IRS_VPE_HPPIR: return vpe_hppir(ref, i);
	case GIC5_IRS_VPE_CR0: return vpe && vpe->dps;
	case GIC5_IRS_VPE_STATUSR: return vpe ? 3 : 1;
	case GIC5_IRS_VM_DBR:
		return vm && ref->irs_cfg[i].virt_one_n
			       ? (uint64_t)vm->db_enabled << 63 | vm->db_vpe
			       : 0;
	case GIC5_IRS_VM_SELR: return irs->vm_sel;
	case GIC5_IRS_VM_STATUSR: return vm ? 3 : 1;
	case GIC5_IRS_SAVE_VM_STATUSR: return irs->save_q << 1 | 1;
	default: return 0;
	}
}

static uint64_t reg_read(struct ref *ref, unsigned i, const struct gic5_irs_reg_desc *reg)
{
	const struct ref_irs *irs = &ref->irs[i];
	const struct ref_spi *spi = selected_spi(ref, i);
	const struct ref_pe *pe = selected_pe(ref, i);

	if (reg->offset <= GIC5_IRS_IDR7)
		return idr(ref, i, reg->offset);
	if (is_virt_register(reg->offset))
		return ref->irs_cfg[i].virt ? virt_read(ref, i, reg->offset) : 0;
	if (is_ist_register(reg->offset) && !ref->irs_cfg[i].lpi)
		return 0;
	switch (reg->offset) {
	case GIC5_IRS_IIDR: return ref->irs_cfg[i].iidr;
	case GIC5_IRS_CR0: return 2U | irs->irsen;
	case GIC5_IRS_CR1: return irs->cr1;
	case GIC5_IRS_SYNC_STATUSR: return 1;
	case GIC5_IRS_SPI_SELR: return irs->spi_sel;
	case GIC5_IRS_SPI_CFGR: return spi && spi->level;
	case GIC5_IRS_SPI_STATUSR: return spi ? 3 : 1;
	case GIC5_IRS_PE_SELR: return irs->pe_sel;
	case GIC5_IRS_PE_STATUSR: return !pe ? 1 : 3U | pe->link << 2;
	case GIC5_IRS_PE_CR0: return pe && pe->dps;
	case GIC5_IRS_IST_BASER: return irs->ist_base | (i == 0 && ref->ist.valid);
	case GIC5_IRS_IST_CFGR: return irs->ist_cfgr;
	case GIC5_IRS_IST_STATUSR: return 1;
	default: return reg->offset >= GIC5_IRS_DEVARCH ? reg->reset : 0;
	}
}

uint64_t ref_irs_read(struct ref *ref, unsigned irs, enum gic5_frame frame, uint32_t offset,
		      unsigned size)
{
	const struct gic5_irs_reg_desc *reg;
	uint64_t value;

	if (irs >= ref->cfg.irs_count || frame != GIC5_FRAME_CONFIG || (size != 4 && size != 8) ||
	    offset % size)
		return 0;
	reg = gic5_irs_reg_find(frame, offset);
	if (!reg || reg->access == GIC5_WO || size * 8 > reg->width)
		return 0;
	value = reg_read(ref, irs, reg);
	if (size == 8)
		return value;
	return (uint32_t)(value >> (8 * (offset - reg->offset)));
}

/* ---- writes ---- */

static void ist_base_write(struct ref *ref, unsigned i, uint64_t value)
{
	struct ref_irs *irs = &ref->irs[i];
	struct ref_ist *ist = &ref->ist;
	bool valid = value & 1;

	if (i != 0 || (ist->valid && valid))
		return;
	if (ist->valid) {
		ref_ist_stop(ref, REF_PHYSICAL, GIC5_TYPE_LPI, ist);
		return;
	}
	irs->ist_base = value & GIC5_MASK(IRS_IST_BASER_ADDR);
	if (!valid)
		return;
	ist->base = irs->ist_base;
	ist->two_level = irs->ist_cfgr >> 16 & 1;
	ist->istsz = irs->ist_cfgr >> 7 & 3;
	ist->l2sz = irs->ist_cfgr >> 5 & 3;
	ist->id_bits = irs->ist_cfgr & 31;
	if (ref_ist_legal(ref, ist))
		ref_ist_start(ref, REF_PHYSICAL, GIC5_TYPE_LPI, ist);
}

static void map_l2_ist(struct ref *ref, uint32_t id)
{
	struct ref_ist *ist = &ref->ist;
	unsigned index;
	uint64_t at;

	if (!ist->valid || !ist->two_level || id >= 1U << ist->id_bits)
		return;
	index = id >> ref_l2_bits(ist);
	if (ist->l1[index])
		return;
	at = ist->base + 8 * index;
	ref_store(ref, at, 8, ref_load(ref, at, 8) | 1);
	ref_ist_l2_start(ref, REF_PHYSICAL, GIC5_TYPE_LPI, ist, index);
}

static void vmt_base_write(struct ref *ref, unsigned i, uint64_t value)
{
	struct ref_irs *irs = &ref->irs[i];
	bool two_level = irs->vmt_cfgr >> 16 & 1;
	unsigned bits = irs->vmt_cfgr & 31, index;

	if (i != 0 || (ref->vmt_valid && (value & 1)))
		return;
	if (ref->vmt_valid) {
		ref_vmt_stop(ref);
		return;
	}
	irs->vmt_base = value & GIC5_MASK(IRS_VMT_BASER_ADDR);
	if (!(value & 1) || bits > ref->irs_cfg[i].vm_id_bits ||
	    (two_level && !ref->irs_cfg[i].vmt_levels))
		return;
	ref->vmt_valid = true;
	ref->vmt_two_level = two_level;
	ref->vm_id_bits = bits;
	ref->vmt_base = irs->vmt_base;
	for (index = 0; two_level && index < REF_L1 && index << 7 < 1U << bits; index++)
		ref->vmt_l1[index] = ref_load(ref, ref->vmt_base + 8 * (uint64_t)index, 8) & 1;
}

static void spi_vmr_write(struct ref *ref, unsigned i, uint64_t value)
{
	uint32_t intid = GIC5_INTID(GIC5_TYPE_SPI, ref->irs[i].spi_sel);
	struct ref_spi *spi = selected_spi(ref, i);
	struct ref_irq *irq;
	bool was;

	if (!spi)
		return;
	was = spi->is_virtual;
	irq = ref_irq_find(ref, REF_PHYSICAL, intid);
	spi->is_virtual = value >> 63;
	spi->vm = value & 0xffff;
	if (irq && spi->is_virtual)
		irq->came = 0; /* no candidate while it belongs to a VM */
	if (was && !spi->is_virtual) {
		irq = ref_irq_find(ref, REF_PHYSICAL, intid);
		ref_changed(ref, irq, irq);
		ref_spi_sample(ref, ref->irs[i].spi_sel);
	}
}

static void vpe_dbr_write(struct ref *ref, unsigned i, uint64_t value)
{
	uint64_t sel = ref->irs[i].vpe_sel;
	struct ref_vpe *vpe = selected_vpe(ref, i);

	if (!vpe)
		return;
	vpe->db_valid = value >> 63;
	vpe->db_mask = value >> 32 & 31;
	vpe->db_lpi = value & 0xffffff;
	if (!vpe->db_valid)
		vpe->db_request = false;
	else if (value >> 62 & 1 &&
		 !ref_vpe_resident(ref, sel & 0xffff, sel >> 32 & 0xffff, NULL)) {
		vpe->db_request = true;
		vpe->db_request_mask = vpe->db_mask;
	}
}

static void virt_write(struct ref *ref, unsigned i, uint32_t offset, uint64_t value)
{
	struct ref_irs *irs = &ref->irs[i];
	bool m = value >> 63, u = value >> 62 & 1;
	unsigned low = value & 0xffff, high = value >> 32 & 0xffff, type = value >> 29 & 7;
	struct ref_vpe *vpe = selected_vpe(ref, i);
	struct ref_vm *vm;

	switch (offset) {
	case GIC5_IRS_SPI_VMR: spi_vmr_write(ref, i, value); break;
	case GIC5_IRS_VMT_BASER: vmt_base_write(ref, i, value); break;
	case GIC5_IRS_VMT_CFGR:
		if (i != 0 || !ref->vmt_valid)
			irs->vmt_cfgr = value & 0x1001f;
		break;
	case GIC5_IRS_VPE_SELR: irs->vpe_sel = value & 0x8000ffff0000ffff; break;
	case GIC5_IRS_VPE_DBR: vpe_dbr_write(ref, i, value); break;
	case GIC5_IRS_VPE_CR0:
		if (vpe)
			vpe->dps = value & 1;
		break;
	case GIC5_IRS_VM_SELR: irs->vm_sel = low; break;
	case GIC5_IRS_VM_DBR:
		vm = ref_vm_find(ref, irs->vm_sel);
		if (vm) {
			vm->db_enabled = m;
			vm->db_vpe = low;
		}
		break;
	case GIC5_IRS_VMAP_L2_VMTR:
		if (m)
			ref_vmap_l2_vmt(ref, low);
		break;
	case GIC5_IRS_VMAP_VMR:
		vm = ref_vm_find(ref, low);
		if (m && u && vm) {
			ref_vm_stop(ref, vm);
			ref_store(ref, vm->vmte, 8, ref_load(ref, vm->vmte, 8) & ~UINT64_C(1));
		} else if (m && !u) {
			ref_vmap_vm(ref, low);
		}
		break;
	case GIC5_IRS_VMAP_VISTR:
		if (m)
			ref_vmap_vist(ref, high, type, u);
		break;
	case GIC5_IRS_VMAP_L2_VISTR:
		if (m)
			ref_vmap_l2_vist(ref, high, type, value & 0xffffff);
		break;
	case GIC5_IRS_VMAP_VPER:
		if (m)
			ref_vmap_vpe(ref, high, low);
		break;
	case GIC5_IRS_SAVE_VMR: ref_save_vm(ref, i, low, m, u); break;
	default: break;
	}
}

static void spi_mode_write(struct ref *ref, unsigned irs, bool level)
{
	struct ref_spi *spi = selected_spi(ref, irs);
	uint32_t id = ref->irs[irs].spi_sel;

	if (!spi || spi->level == level)
		return;
	spi->level = level;
	if (level) {
		ref_spi_sample(ref, id);
	} else if (spi->wire) {
		ref_event(ref, spi->is_virtual ? (int)spi->vm : REF_PHYSICAL,
			  GIC5_INTID(GIC5_TYPE_SPI, id), GIC5_CLEAR);
	}
}

static void reg_write(struct ref *ref, unsigned i, uint32_t offset, uint64_t value)
{
	struct ref_irs *irs = &ref->irs[i];
	struct ref_pe *pe = selected_pe(ref, i);
	uint32_t id = value & 0xffffff;

	if (is_virt_register(offset)) {
		if (ref->irs_cfg[i].virt)
			virt_write(ref, i, offset, value);
		return;
	}
	if (is_ist_register(offset) && !ref->irs_cfg[i].lpi)
		return;
	switch (offset) {
	case GIC5_IRS_CR0:
		irs->irsen = value & 1;
		ref_source_changed(ref, i);
		break;
	case GIC5_IRS_CR1: irs->cr1 = value & 0xffff; break;
	case GIC5_IRS_SPI_SELR: irs->spi_sel = id; break;
	case GIC5_IRS_SPI_RESAMPLER:
		if (id < REF_SPIS && ref->spi[id].exists && ref->spi[id].irs == i)
			ref_spi_sample(ref, id);
		break;
	case GIC5_IRS_SPI_CFGR: spi_mode_write(ref, i, value & 1); break;
	case GIC5_IRS_PE_SELR: irs->pe_sel = value & 0xffff; break;
	case GIC5_IRS_PE_CR0:
		if (pe)
			pe->dps = value & 1;
		break;
	case GIC5_IRS_IST_BASER: ist_base_write(ref, i, value); break;
	case GIC5_IRS_IST_CFGR:
		if (i != 0 || !ref->ist.valid)
			irs->ist_cfgr = value & 0x101ff;
		break;
	case GIC5_IRS_MAP_L2_ISTR:
		if (i == 0)
			map_l2_ist(ref, id);
		break;
	default: break;
	}
}

void ref_irs_write(struct ref *ref, unsigned irs, enum gic5_frame frame, uint32_t offset,
		   unsigned size, uint64_t value)
{
	const struct gic5_irs_reg_desc *reg;

	if (irs >= ref->cfg.irs_count || (size != 4 && size != 8) || offset % size)
		return;
	reg = gic5_irs_reg_find(frame, offset);
	if (!reg || reg->access == GIC5_RO || size * 8 != reg->width || offset != reg->offset)
		return;
	if (frame == GIC5_FRAME_SETLPI) {
		if (ref->irs_cfg[irs].setlpi)
			ref_event(ref, REF_PHYSICAL, GIC5_INTID(GIC5_TYPE_LPI, value & 0xffffff),
				  GIC5_SET_EDGE);
	} else {
		reg_write(ref, irs, offset, value);
	}
	ref_settle(ref);
}
