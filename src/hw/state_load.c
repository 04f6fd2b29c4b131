/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading. First everything is read and judged, into memory of its own; then the new tables are
 * built beside the old ones; only when nothing can fail any more does the system change. The data
 * may come from anywhere: each number that later indexes or shifts is checked here.
 */
#include "state.h"

struct staged {
	struct gic5 *gic;
	struct pe_regs *pe;
	struct irs_regs *irs;
	struct spi *spis[GIC5_MAX_IRS];
	uint32_t *spi_states[GIC5_MAX_IRS], *spi_homes[GIC5_MAX_IRS];
	struct tables tables; /* of the new state */
	struct ist *lpi;
	uint32_t choice;
};

static void free_staged(struct staged *st)
{
	struct gic5 *gic = st->gic;

	gic5_release(gic, st->pe, gic->cfg.pe_count * sizeof(*st->pe));
	gic5_release(gic, st->irs, gic->cfg.irs_count * sizeof(*st->irs));
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		uint32_t count = gic->cfg.irs[i].spi_irs_range;

		gic5_release(gic, st->spis[i], count * sizeof(struct spi));
		gic5_release(gic, st->spi_states[i], count * sizeof(uint32_t));
		gic5_release(gic, st->spi_homes[i], count * sizeof(uint32_t));
	}
}

static bool alloc_staged(struct staged *st)
{
	struct gic5 *gic = st->gic;

	st->pe = gic5_zalloc(gic, gic->cfg.pe_count * sizeof(*st->pe));
	st->irs = gic5_zalloc(gic, gic->cfg.irs_count * sizeof(*st->irs));
	if (!st->pe || !st->irs)
		return false;
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		uint32_t count = gic->cfg.irs[i].spi_irs_range;

		if (!count)
			continue;
		st->spis[i] = gic5_zalloc(gic, count * sizeof(struct spi));
		st->spi_states[i] = gic5_zalloc(gic, count * sizeof(uint32_t));
		st->spi_homes[i] = gic5_zalloc(gic, count * sizeof(uint32_t));
		if (!st->spis[i] || !st->spi_states[i] || !st->spi_homes[i])
			return false;
	}
	return true;
}

/* ---- header and identity ---- */

static int check_header(struct stream *s, const void *buf, size_t size)
{
	struct stream head = {.in = buf, .size = size, .loading = true};
	uint64_t magic = 0, length = 0, checksum = 0;
	uint32_t version = 0, reserved = 0;

	io64(&head, &magic);
	io32(&head, &version);
	io32(&head, &reserved);
	io64(&head, &length);
	io64(&head, &checksum);
	if (head.bad || magic != STATE_MAGIC)
		return -VGIC5_E_INVAL;
	if (version > STATE_VERSION)
		return -VGIC5_E_NOSYS;
	if (!version || reserved || length > size - STATE_HEADER ||
	    checksum != gic5_state_checksum((const uint8_t *)buf + STATE_HEADER, (size_t)length))
		return -VGIC5_E_INVAL;
	*s = (struct stream){
		.in = (const uint8_t *)buf + STATE_HEADER, .size = (size_t)length, .loading = true};
	return 0;
}

/* The identity in the stream must be ours, byte for byte. */
static int check_identity(struct stream *s, struct gic5 *gic)
{
	struct stream measure = {.out = NULL};
	struct stream own = {.out = NULL};
	int ret = 0;

	gic5_state_identity(&measure, gic);
	if (s->size < measure.at)
		return -VGIC5_E_INVAL;
	own.size = measure.at;
	own.out = gic5_zalloc(gic, own.size);
	if (!own.out)
		return -VGIC5_E_NOMEM;
	gic5_state_identity(&own, gic);
	if (memcmp(own.out, s->in, own.size) != 0)
		ret = -VGIC5_E_INVAL;
	gic5_release(gic, own.out, own.size);
	s->at = measure.at;
	return ret;
}

/* ---- registers ---- */

static bool bank_legal(const struct gic5_pe *pe, const struct ppi_bank *bank)
{
	for (unsigned w = 0; w < 2; w++) {
		if ((bank->enable[w] | bank->active[w] | bank->pending[w]) &
		    ~pe->cfg.ppi_implemented[w])
			return false;
	}
	for (unsigned i = 0; i < GIC5_PPI_COUNT; i++) {
		if (bank->priority[i] & ~pe->pri_mask)
			return false;
	}
	return true;
}

/* A value has no bit that its register does not have. */
static bool sysreg_legal(uint32_t enc, uint64_t value)
{
	return !(value & ~gic5_sysreg_find(enc)->defined);
}

static bool irs_reg_legal(uint32_t offset, uint64_t value)
{
	return !(value & ~gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset)->defined);
}

static bool pe_legal(const struct gic5_pe *pe, const struct pe_regs *regs)
{
	for (unsigned w = 0; w < 2; w++) {
		if ((regs->ppi_wire[w] | regs->dvi[w]) & ~pe->cfg.ppi_implemented[w])
			return false;
	}
	return bank_legal(pe, &regs->ppi) && bank_legal(pe, &regs->vppi) &&
	       !((regs->pcr | regs->vpmr) & ~pe->pri_mask) &&
	       sysreg_legal(GIC5_ICC_ICSR_EL1, regs->icsr) &&
	       sysreg_legal(GIC5_ICH_CONTEXTR_EL2, regs->contextr) &&
	       sysreg_legal(GIC5_ICH_HFGRTR_EL2, regs->hfgrtr) &&
	       sysreg_legal(GIC5_ICH_HFGWTR_EL2, regs->hfgwtr) &&
	       sysreg_legal(GIC5_ICH_HFGITR_EL2, regs->hfgitr);
}

static bool irs_legal(const struct irs_regs *regs)
{
	return irs_reg_legal(GIC5_IRS_IST_BASER, regs->ist_baser) &&
	       irs_reg_legal(GIC5_IRS_IST_CFGR, regs->ist_cfgr) &&
	       irs_reg_legal(GIC5_IRS_VMT_BASER, regs->vmt_baser) &&
	       irs_reg_legal(GIC5_IRS_VMT_CFGR, regs->vmt_cfgr) &&
	       irs_reg_legal(GIC5_IRS_VPE_SELR, regs->vpe_selr) &&
	       irs_reg_legal(GIC5_IRS_VM_SELR, regs->vm_selr) &&
	       irs_reg_legal(GIC5_IRS_SPI_SELR, regs->spi_selr) &&
	       irs_reg_legal(GIC5_IRS_PE_SELR, regs->pe_selr) &&
	       irs_reg_legal(GIC5_IRS_CR1, regs->cr1 | regs->cr1_in_force) &&
	       irs_reg_legal(GIC5_IRS_SWERR_STATUSR, regs->swerr_status) &&
	       irs_reg_legal(GIC5_IRS_SWERR_SYNDROMER0, regs->swerr_syndrome[0]) &&
	       irs_reg_legal(GIC5_IRS_SWERR_SYNDROMER1, regs->swerr_syndrome[1]);
}

static void load_registers(struct stream *s, struct staged *st)
{
	struct gic5 *gic = st->gic;

	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		gic5_state_irs(s, &st->irs[i]);
		s->bad |= !irs_legal(&st->irs[i]);
		for (uint32_t j = 0; st->spi_states[i] && j < gic->cfg.irs[i].spi_irs_range; j++) {
			uint32_t *state = &st->spi_states[i][j];
			uint32_t priority;

			gic5_state_spi(s, &st->spis[i][j], state, &st->spi_homes[i][j]);
			priority = (uint32_t)GIC5_GET(L2_ISTE_PRIORITY, *state);
			s->bad |= *state & ~NODE_STATE ||
				  priority & ~gic5_irs_priority_mask(&gic->irs[i]) ||
				  (*state & NODE_IRM && !gic->cfg.irs[i].one_n) ||
				  (st->spi_homes[i][j] != HOME_POOL &&
				   st->spi_homes[i][j] >= gic->cfg.pe_count);
		}
	}
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		gic5_state_pe(s, &st->pe[i]);
		s->bad |= !pe_legal(&gic->pe[i], &st->pe[i]);
	}
}

/* ---- tables ---- */

/* Level-1 entries of a table that was just opened. */
static int load_l1(struct stream *s, struct ist *ist, const struct who *who)
{
	uint32_t used = 0;

	io32(s, &used);
	if (used > ist->l1_count)
		return -VGIC5_E_INVAL;
	while (used--) {
		uint32_t index = 0;
		uint64_t entry = 0;

		io32(s, &index);
		io64(s, &entry);
		if (s->bad || index >= ist->l1_count || gic5_ist_l1(ist, index) ||
		    !GIC5_GET(L1_ISTE_VALID, entry))
			return -VGIC5_E_INVAL;
		if (!gic5_ist_restore_l2(ist, index, entry, who))
			return -VGIC5_E_NOMEM;
	}
	return 0;
}

/* Where 1-of-N interrupts wait. One that turns out not to wait is chosen for again. */
static int load_choices(struct stream *s, struct ist *ist)
{
	struct space *space = ist->space;
	uint32_t limit = space->vm ? space->vm->vpe_count : space->gic->cfg.pe_count;
	uint32_t count = 0;

	io32(s, &count);
	while (count-- && !s->bad) {
		struct irq irq = {.self = NULL};
		uint32_t id = 0, home = 0;

		io32(s, &id);
		io32(s, &home);
		if (s->bad || id >= ist->count || home >= limit ||
		    !gic5_irq_find_in(ist, GIC5_INTID(ist->type, id), &irq))
			return -VGIC5_E_INVAL;
		if (atomic_load(&irq.node->state) & NODE_IRM)
			atomic_store(&irq.node->home, home);
	}
	return s->bad ? -VGIC5_E_INVAL : 0;
}

static int load_ist(struct stream *s, struct gic5_irs *irs, struct space *space, unsigned type,
		    bool expected, struct ist_shape shape, struct ist **out)
{
	struct who who = gic5_host(space->gic);
	bool valid = false;
	int ret;

	io_bool(s, &valid);
	if (s->bad || valid != expected || (valid && gic5_ist_illegal(irs, &shape, type)))
		return -VGIC5_E_INVAL;
	if (!valid)
		return 0;
	*out = gic5_ist_open(irs, space, type, &shape, &who, true);
	if (!*out)
		return -VGIC5_E_NOMEM;
	ret = load_l1(s, *out, &who);
	return ret ? ret : load_choices(s, *out);
}

static int load_vpes(struct stream *s, struct vm *vm)
{
	uint32_t valid = 0;

	io32(s, &valid);
	if (valid > vm->vpe_count)
		return -VGIC5_E_INVAL;
	while (valid--) {
		struct vpe *vpe;
		uint16_t id = 0;

		io16(s, &id);
		if (s->bad || id >= vm->vpe_count || vm->vpes[id])
			return -VGIC5_E_INVAL;
		vpe = gic5_vpe_new(vm, id, 0);
		if (!vpe)
			return -VGIC5_E_NOMEM;
		gic5_state_vpe(s, vpe);
		if (s->bad || !GIC5_GET(VPETE_VALID, vpe->vpete) || vpe->doorbell >> 24 ||
		    vpe->dbpm >= GIC5_PRIO_COUNT || vpe->request_dbpm >= GIC5_PRIO_COUNT)
			return -VGIC5_E_INVAL;
	}
	return 0;
}

static int load_vm(struct stream *s, struct gic5 *gic)
{
	struct gic5_irs *irs = gic->tables.vmt_irs;
	uint64_t pa, vmte[4] = {0};
	bool changed = false;
	uint32_t choice = 0;
	uint16_t id = 0;
	struct vm *vm;
	int ret;

	io16(s, &id);
	for (unsigned i = 0; i < 4; i++)
		io64(s, &vmte[i]);
	if (s->bad || !gic5_vmte_pa(gic, id, &pa) || gic5_vm_find(gic, id) ||
	    !GIC5_GET(L2_VMTE0_VALID, vmte[0]))
		return -VGIC5_E_INVAL;
	vm = gic5_vm_new(gic, id, vmte, pa);
	if (!vm)
		return -VGIC5_E_NOMEM;
	if (!gic5_vm_slot(gic, &gic->tables, vm)) {
		gic5_vm_free(vm);
		return -VGIC5_E_NOMEM;
	}
	io_bool(s, &changed);
	io_bool(s, &vm->db_en);
	io16(s, &vm->db_vpe);
	io32(s, &choice);
	if (s->bad || (choice && choice >= vm->vpe_count))
		return -VGIC5_E_INVAL;
	atomic_store(&vm->changed, changed);
	atomic_store(&vm->space.last_choice, choice);
	ret = load_vpes(s, vm);
	if (!ret)
		ret = load_ist(s, irs, &vm->space, GIC5_TYPE_SPI,
			       GIC5_GET(L2_VMTE_IST_IST_VALID, vmte[3]),
			       gic5_vmte_ist_shape(vmte[3]), &vm->space.spi);
	if (!ret)
		ret = load_ist(s, irs, &vm->space, GIC5_TYPE_LPI,
			       GIC5_GET(L2_VMTE_IST_IST_VALID, vmte[2]),
			       gic5_vmte_ist_shape(vmte[2]), &vm->space.lpi);
	return ret;
}

static int load_vmt_l1(struct stream *s, struct tables *tables)
{
	uint32_t used = 0;

	io32(s, &used);
	if (used > gic5_vmt_l1_count(tables))
		return -VGIC5_E_INVAL;
	while (used--) {
		uint32_t index = 0;
		uint64_t entry = 0;

		io32(s, &index);
		io64(s, &entry);
		if (s->bad || index >= gic5_vmt_l1_count(tables) || !GIC5_GET(L1_VMTE_VALID, entry))
			return -VGIC5_E_INVAL;
		tables->vmt_l1[index] = entry;
	}
	return 0;
}

/*
 * The IRS among the staged ones whose table is valid, NULL if none is; *bad if it is more than one.
 */
static struct gic5_irs *owner(struct staged *st, bool vmt, bool *bad)
{
	struct gic5_irs *found = NULL;

	for (uint32_t i = 0; i < st->gic->cfg.irs_count; i++) {
		bool valid = vmt ? GIC5_GET(IRS_VMT_BASER_VALID, st->irs[i].vmt_baser)
				 : GIC5_GET(IRS_IST_BASER_VALID, st->irs[i].ist_baser);

		if (!valid)
			continue;
		*bad |= found != NULL;
		found = &st->gic->irs[i];
	}
	return found;
}

static int load_vmt(struct stream *s, struct staged *st, struct gic5_irs *irs)
{
	struct tables *tables = &st->gic->tables;
	const struct irs_regs *regs = &st->irs[irs->index];
	uint32_t bits = (uint32_t)GIC5_GET(IRS_VMT_CFGR_VM_ID_BITS, regs->vmt_cfgr);

	tables->vmt_two_level = GIC5_GET(IRS_VMT_CFGR_STRUCTURE, regs->vmt_cfgr) == GIC5_TWO_LEVEL;
	if (!irs->cfg.virt || bits > irs->cfg.vm_id_bits ||
	    (tables->vmt_two_level && !irs->cfg.vmt_levels))
		return -VGIC5_E_INVAL;
	tables->vm_id_bits = (uint8_t)bits;
	tables->vmt_base = GIC5_ADDR(IRS_VMT_BASER_ADDR, regs->vmt_baser);
	if (!gic5_vmt_alloc(st->gic, tables))
		return -VGIC5_E_NOMEM;
	tables->vmt_irs = irs;
	return tables->vmt_two_level ? load_vmt_l1(s, tables) : 0;
}

/* Build the staged tables in the system's own places, whose old contents the caller keeps. */
static int build_tables(struct stream *s, struct staged *st)
{
	struct gic5 *gic = st->gic;
	bool bad = false;
	struct gic5_irs *lpi_irs = owner(st, false, &bad), *vmt_irs = owner(st, true, &bad);
	const struct irs_regs *lpi_regs = &st->irs[lpi_irs ? lpi_irs->index : 0];
	uint32_t vms = 0;
	int ret;

	io32(s, &st->choice);
	if (s->bad || bad || (st->choice && st->choice >= gic->cfg.pe_count))
		return -VGIC5_E_INVAL;
	ret = load_ist(s, lpi_irs ? lpi_irs : &gic->irs[0], &gic->physical, GIC5_TYPE_LPI,
		       lpi_irs != NULL, gic5_ist_shape_of(lpi_regs), &gic->physical.lpi);
	if (!ret && vmt_irs)
		ret = load_vmt(s, st, vmt_irs);
	if (ret)
		return ret;
	io32(s, &vms);
	while (!ret && !s->bad && vms--)
		ret = vmt_irs ? load_vm(s, gic) : -VGIC5_E_INVAL;
	if (ret)
		return ret;
	return s->bad || s->at != s->size ? -VGIC5_E_INVAL : 0;
}

/* Each PE that says so has a VPE of its own. */
static bool residency_legal(struct staged *st)
{
	struct gic5 *gic = st->gic;
	bool legal = true;

	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		uint64_t context = st->pe[i].contextr;
		struct vpe *vpe;

		if (!GIC5_GET(ICH_CONTEXTR_EL2_V, context) || GIC5_GET(ICH_CONTEXTR_EL2_F, context))
			continue;
		vpe = gic5_vpe_find(gic, (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VM, context),
				    (uint32_t)GIC5_GET(ICH_CONTEXTR_EL2_VPE, context));
		if (!vpe || vpe->pe)
			legal = false;
		else
			vpe->pe = &gic->pe[i];
	}
	return legal;
}

/* ---- taking over ---- */

static void take_spis(struct staged *st, struct gic5_irs *irs)
{
	for (uint32_t i = 0; i < irs->cfg.spi_irs_range; i++) {
		struct node *node =
			&chunk_at(&irs->spi_ist, i >> CHUNK_BITS)->nodes[i & (CHUNK_NODES - 1)];
		uint32_t state = st->spi_states[irs->index][i] | NODE_KNOWN;

		irs->spis[i] = st->spis[irs->index][i];
		if (irs->spis[i].virt)
			state |= NODE_VIRT;
		if (irs->gic->cfg.irs_count > 1 && !st->irs[irs->index].irsen)
			state |= NODE_SOURCE_OFF;
		atomic_store_explicit(&node->state, state, memory_order_relaxed);
		atomic_store_explicit(&node->home, st->spi_homes[irs->index][i],
				      memory_order_relaxed);
		node->next = 0;
		node->prev = 0;
	}
}

static void take_vpe(struct vpe *vpe)
{
	struct gic5_pe *pe = vpe->pe;

	pe->vpe = vpe;
	pe->vcandidate = gic5_top(pe->gic, &vpe->ready);
}

static void take_vm(struct vm *vm, void *arg)
{
	gic5_space_requeue(&vm->space);
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		if (vm->vpes[i] && vm->vpes[i]->pe)
			take_vpe(vm->vpes[i]);
	}
}

/* From here on nothing fails. */
static void take_over(struct staged *st)
{
	struct gic5 *gic = st->gic;

	gic5_target_clear(&gic->physical.pool);
	atomic_store(&gic->physical.last_choice, st->choice);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		struct gic5_pe *pe = &gic->pe[i];

		gic5_target_clear(&pe->ready);
		gic5_pe_defaults(pe);
		pe->regs = st->pe[i];
		pe->vpe = NULL;
	}
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++) {
		gic5_irs_defaults(&gic->irs[i]);
		gic->irs[i].regs = st->irs[i];
		take_spis(st, &gic->irs[i]);
	}
	gic5_space_requeue(&gic->physical);
	gic5_each_vm(gic, take_vm, NULL);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++)
		gic5_pe_update(&gic->pe[i]);
}

static int load(struct gic5 *gic, struct stream *s, struct staged *st)
{
	struct tables old = gic->tables;
	struct ist *old_lpi = gic->physical.lpi;
	int ret;

	if (!alloc_staged(st))
		return -VGIC5_E_NOMEM;
	load_registers(s, st);
	if (s->bad)
		return -VGIC5_E_INVAL;
	gic->tables = (struct tables){0};
	gic->physical.lpi = NULL;
	ret = build_tables(s, st);
	if (!ret && !residency_legal(st))
		ret = -VGIC5_E_INVAL;
	st->tables = gic->tables;
	st->lpi = gic->physical.lpi;
	if (ret) { /* drop the new tables, keep the old ones */
		gic5_drop_tables(gic);
		gic->tables = old;
		gic->physical.lpi = old_lpi;
		return ret;
	}
	gic->tables = old;
	gic->physical.lpi = old_lpi;
	gic5_drop_tables(gic);
	gic->tables = st->tables;
	gic->physical.lpi = st->lpi;
	take_over(st);
	return 0;
}

int gic5_load(struct gic5 *gic, const void *buf, size_t size)
{
	struct staged st = {.gic = gic};
	struct stream s = {.loading = true};
	int ret = check_header(&s, buf, size);

	if (ret)
		return ret;
	gic5_registers_lock(gic);
	gic5_exclude(gic);
	ret = check_identity(&s, gic);
	if (!ret)
		ret = load(gic, &s, &st);
	free_staged(&st);
	gic5_include(gic);
	gic5_registers_unlock(gic);
	return ret;
}
