/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving: everything architected that does not lie in tables, which are written back first. The
 * format is
 *
 *	magic, version, length, checksum
 *	identity of the system
 *	per IRS: registers; per SPI its wire, mode, VM and state
 *	per PE: registers. Residency follows from ICH_CONTEXTR_EL2
 *	LPI table: level-1 entries in use, the targets chosen for 1-of-N interrupts
 *	VM table: level-1 entries in use; per VM its descriptor and tables; per VPE its settings
 *
 * Loading is in state_load.c.
 */
#include "state.h"

void gic5_state_spi(struct stream *s, struct spi *spi, uint32_t *state, uint32_t *home)
{
	io_bool(s, &spi->wire);
	io_bool(s, &spi->level);
	io_bool(s, &spi->virt);
	io16(s, &spi->vm);
	io32(s, state);
	io32(s, home);
}

void gic5_state_vpe(struct stream *s, struct vpe *vpe)
{
	io64(s, &vpe->vpete);
	io32(s, &vpe->doorbell);
	io8(s, &vpe->dbpm);
	io8(s, &vpe->request_dbpm);
	io_bool(s, &vpe->dbv);
	io_bool(s, &vpe->requested);
	io_bool(s, &vpe->dps);
}

/* Entries in use of a level-1 table: their number, then index and value of each. */
static void save_l1(struct stream *s, uint32_t count, uint64_t (*entry_of)(const void *, uint32_t),
		    const void *table)
{
	uint32_t used = 0;

	for (uint32_t i = 0; i < count; i++)
		used += entry_of(table, i) != 0;
	io32(s, &used);
	for (uint32_t i = 0; i < count; i++) {
		uint64_t entry = entry_of(table, i);

		if (!entry)
			continue;
		io32(s, &i);
		io64(s, &entry);
	}
}

static uint64_t ist_entry(const void *table, uint32_t index)
{
	return gic5_ist_l1(table, index);
}

static uint64_t vmt_entry(const void *table, uint32_t index)
{
	return ((const struct tables *)table)->vmt_l1[index];
}

/* The target chosen for a waiting 1-of-N interrupt, HOME_POOL for others. */
static uint32_t choice_of(const struct node *node)
{
	uint32_t state = atomic_load_explicit(&node->state, memory_order_relaxed);

	if (!(state & NODE_IRM) || !(state & NODE_QUEUED))
		return HOME_POOL;
	return atomic_load_explicit(&node->home, memory_order_relaxed);
}

static void count_choice(const struct irq *irq, void *arg)
{
	*(uint32_t *)arg += choice_of(irq->node) != HOME_POOL;
}

static void save_choice(const struct irq *irq, void *arg)
{
	uint32_t id = GIC5_INTID_ID(irq->intid), choice = choice_of(irq->node);

	if (choice == HOME_POOL)
		return;
	io32(arg, &id);
	io32(arg, &choice);
}

static void save_ist(struct stream *s, struct ist *ist)
{
	bool valid = ist != NULL;
	uint32_t choices = 0;

	io_bool(s, &valid);
	if (!ist)
		return;
	save_l1(s, ist->l1_count, ist_entry, ist);
	gic5_ist_each(ist, count_choice, &choices);
	io32(s, &choices);
	gic5_ist_each(ist, save_choice, s);
}

static void save_vm(struct vm *vm, void *arg)
{
	struct stream *s = arg;
	bool changed = atomic_load(&vm->changed);
	uint32_t choice = atomic_load(&vm->space.last_choice);
	uint32_t valid = 0;

	io16(s, &vm->id);
	for (unsigned i = 0; i < 4; i++)
		io64(s, &vm->vmte[i]);
	io_bool(s, &changed);
	io_bool(s, &vm->db_en);
	io16(s, &vm->db_vpe);
	io32(s, &choice);
	for (uint32_t i = 0; i < vm->vpe_count; i++)
		valid += vm->vpes[i] != NULL;
	io32(s, &valid);
	for (uint32_t i = 0; i < vm->vpe_count; i++) {
		if (!vm->vpes[i])
			continue;
		io16(s, &vm->vpes[i]->id);
		gic5_state_vpe(s, vm->vpes[i]);
	}
	save_ist(s, vm->space.spi);
	save_ist(s, vm->space.lpi);
}

static void count_vm(struct vm *vm, void *arg)
{
	++*(uint32_t *)arg;
}

static void save_tables(struct stream *s, struct gic5 *gic)
{
	const struct tables *tables = &gic->tables;
	uint32_t choice = atomic_load(&gic->physical.last_choice);
	uint32_t vms = 0;

	io32(s, &choice);
	save_ist(s, gic->physical.lpi);
	if (tables->vmt_two_level && tables->vmt_irs)
		save_l1(s, gic5_vmt_l1_count(tables), vmt_entry, tables);
	gic5_each_vm(gic, count_vm, &vms);
	io32(s, &vms);
	gic5_each_vm(gic, save_vm, s);
}

static void save_irs(struct stream *s, struct gic5_irs *irs)
{
	gic5_state_irs(s, &irs->regs);
	for (uint32_t i = 0; i < irs->cfg.spi_irs_range; i++) {
		const struct chunk *chunk = chunk_at(&irs->spi_ist, i >> CHUNK_BITS);
		uint32_t state = atomic_load_explicit(&chunk->nodes[i & (CHUNK_NODES - 1)].state,
						      memory_order_relaxed);

		uint32_t home = choice_of(&chunk->nodes[i & (CHUNK_NODES - 1)]);

		state &= NODE_STATE;
		gic5_state_spi(s, &irs->spis[i], &state, &home);
	}
}

uint64_t gic5_state_checksum(const uint8_t *bytes, size_t size)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325); /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static void write_back_vm(struct vm *vm, void *arg)
{
	gic5_ist_write_back(vm->space.spi);
	gic5_ist_write_back(vm->space.lpi);
	gic5_space_requeue(&vm->space);
}

/*
 * Nothing stays in flight, memory is complete, and the queues have the order that a copy will have.
 */
static void settle_all(struct gic5 *gic)
{
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++)
		gic5_irs_complete_all(&gic->irs[i]);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++) {
		gic5_flush_deferred(&gic->pe[i]);
		gate_exit(&gic->pe[i]); /* what the drained instructions held */
	}
	gic5_ist_write_back(gic->physical.lpi);
	gic5_each_vm(gic, write_back_vm, NULL);
	gic5_space_requeue(&gic->physical);
}

static size_t save(struct gic5 *gic, void *buf, size_t size)
{
	uint8_t *out = buf;
	struct stream body = {.out = size > STATE_HEADER ? out + STATE_HEADER : NULL,
			      .size = size > STATE_HEADER ? size - STATE_HEADER : 0};
	struct stream head = {.out = out, .size = size};
	uint64_t magic = STATE_MAGIC, length, checksum = 0;
	uint32_t version = STATE_VERSION, reserved = 0;

	gic5_state_identity(&body, gic);
	for (uint32_t i = 0; i < gic->cfg.irs_count; i++)
		save_irs(&body, &gic->irs[i]);
	for (uint32_t i = 0; i < gic->cfg.pe_count; i++)
		gic5_state_pe(&body, &gic->pe[i].regs);
	save_tables(&body, gic);
	length = body.at;
	if (body.at <= body.size)
		checksum = gic5_state_checksum(body.out, body.at);
	io64(&head, &magic);
	io32(&head, &version);
	io32(&head, &reserved);
	io64(&head, &length);
	io64(&head, &checksum);
	return STATE_HEADER + body.at;
}

size_t gic5_save(struct gic5 *gic, void *buf, size_t size)
{
	size_t needed;

	gic5_registers_lock(gic);
	gic5_exclude(gic);
	settle_all(gic);
	needed = save(gic, buf, buf ? size : 0);
	gic5_include(gic);
	gic5_registers_unlock(gic);
	return needed;
}
