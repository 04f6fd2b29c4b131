/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Life cycle of a VM: creation, INIT, its undoing, destruction. INIT's roll-back and teardown are one
 * function that runs the steps in reverse and is safe on any partial state (R9, R47).
 */
#include "hyp.h"

/* ---- creation ---- */

static int check_config(const struct vgic5_host *host, const struct vgic5_vm_config *cfg)
{
	const unsigned known = VGIC5_OPT_SETLPI | VGIC5_OPT_TWO_LEVEL_IST | VGIC5_OPT_SWERR |
			       VGIC5_OPT_ONE_N | VGIC5_OPT_TRAP_DEACTIVATE;

	if (!cfg->ops || !cfg->ops->kick || cfg->ipa_bits < 32 || cfg->ipa_bits > 52)
		return -VGIC5_E_INVAL;
	if (cfg->options & ~known)
		return -VGIC5_E_INVAL;
	if ((cfg->options & VGIC5_OPT_TWO_LEVEL_IST) &&
	    (!cfg->ops->guest_read || !cfg->ops->guest_write))
		return -VGIC5_E_INVAL;
	if ((cfg->options & VGIC5_OPT_ONE_N) &&
	    !GIC5_GET(IRS_IDR0_VIRT_ONE_N, host->gic->caps.idr0))
		return -VGIC5_E_INVAL;
	return 0;
}

static void vm_free(struct vgic5_vm *vm)
{
	struct vgic5_host *host = vm->host;
	struct port_host *port = host->port;

	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic5_vcpu_free(vm->vcpus[i]);
	if (vm->vcpus)
		port_free(port, vm->vcpus, VGIC5_MAX_VCPUS * sizeof(*vm->vcpus));
	if (vm->index_of_id)
		port_free(port, vm->index_of_id, VGIC5_MAX_VCPUS * sizeof(*vm->index_of_id));
	vgic5_routing_free(vm);
	port_free(port, vm, sizeof(*vm));
	atomic_fetch_sub(&host->vms, 1);
}

int vgic5_vm_create(struct vgic5_host *host, const struct vgic5_vm_config *cfg,
		    struct vgic5_vm **out)
{
	struct port_host *port = host->port;
	struct vgic5_vm *vm = NULL;
	int rc = check_config(host, cfg);

	*out = NULL;
	if (rc)
		return rc;
	vm = port_alloc(port, sizeof(*vm));
	if (!vm)
		return -VGIC5_E_NOMEM;
	atomic_fetch_add(&host->vms, 1);
	vm->host = host;
	vm->cfg = *cfg;
	vm->vm_id = VM_ID_NONE;
	vm->inflight = SPI_NONE;
	port_lock_init(port, &vm->config, PORT_LOCK_SLEEP);
	port_lock_init(port, &vm->virs.lock, PORT_LOCK_IRQOFF);
	port_lock_init(port, &vm->inflight_lock, PORT_LOCK_IRQOFF);
	vgic5_virs_forget(vm);
	vm->vcpus = port_alloc(port, VGIC5_MAX_VCPUS * sizeof(*vm->vcpus));
	vm->index_of_id = port_alloc(port, VGIC5_MAX_VCPUS * sizeof(*vm->index_of_id));
	if (!vm->vcpus || !vm->index_of_id) {
		vm_free(vm);
		return -VGIC5_E_NOMEM;
	}
	*out = vm;
	return 0;
}

/* ---- exclusive access ---- */

int vgic5_vm_lock_exclusive(struct vgic5_vm *vm)
{
	int none = 0;

	return atomic_compare_exchange_strong(&vm->users, &none, -1) ? 0 : -VGIC5_E_BUSY;
}

void vgic5_vm_unlock_exclusive(struct vgic5_vm *vm)
{
	atomic_store(&vm->users, 0);
}

/* ---- INIT ---- */

static int check_init(const struct vgic5_vm *vm)
{
	if (atomic_load(&((struct vgic5_vm *)(uintptr_t)vm)->creating))
		return -VGIC5_E_BUSY;
	if (vm->vcpu_count == 0)
		return -VGIC5_E_NODEV;
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		if (vm->vcpus[i]->nested)
			return -VGIC5_E_INVAL;
	}
	return 0;
}

static int create_doorbells(struct vgic5_vm *vm)
{
	int rc = 0;

	for (uint32_t i = 0; i < vm->vcpu_count && !rc; i++)
		rc = vgic5_doorbell_create(vm->vcpus[i]);
	return rc;
}

/* An unsuccessful reset is an error of INIT (D3). */
static int setup_vpes(struct vgic5_vm *vm)
{
	int rc = 0;

	for (uint32_t i = 0; i < vm->vcpu_count && !rc; i++) {
		vgic5_vcpu_reset(vm->vcpus[i]);
		vm->vcpus[i]->one_n = vm->cfg.options & VGIC5_OPT_ONE_N;
		rc = vgic5_vpe_setup(vm->vcpus[i]);
	}
	if (!rc && (vm->cfg.options & VGIC5_OPT_ONE_N))
		rc = vgic5_vm_set_doorbell(vm, vm->vcpus[0]->id, true);
	return rc;
}

/*
 * The VM is valid before its VPEs and ISTs are; a doorbell exists before the VPE that rings it. Caller
 * holds the config lock.
 */
static int init_steps(struct vgic5_vm *vm)
{
	int rc = vgic5_vm_id_alloc(vm->host, &vm->vm_id);

	if (!rc)
		rc = create_doorbells(vm);
	if (!rc)
		rc = vgic5_vm_table_init(vm);
	if (!rc)
		rc = vgic5_vm_make_valid(vm);
	if (!rc)
		rc = vgic5_vm_write_vpetes(vm);
	if (!rc)
		rc = vgic5_spi_create(vm);
	if (!rc) {
		vgic5_virs_init(vm);
		rc = setup_vpes(vm);
	}
	if (!rc)
		rc = vgic5_routing_default(vm);
	return rc;
}

/* The rest of an INIT whose roll-back timed out goes first. */
static int init_locked(struct vgic5_vm *vm)
{
	int rc = check_init(vm);

	if (rc)
		return rc;
	if (vm->vm_id != VM_ID_NONE && vgic5_vm_unwind(vm))
		return -VGIC5_E_TIMEDOUT;
	vm->userspace_ppis[0] = bank_bit(GIC5_PPI_SW) & vm->host->implemented[0];
	vm->userspace_ppis[1] = 0;
	rc = init_steps(vm);
	if (rc) {
		vgic5_vm_unwind(vm);
		return rc;
	}
	atomic_store(&vm->initialised, true); /* R17 */
	return 0;
}

int vgic5_vm_init(struct vgic5_vm *vm)
{
	int rc = 0;

	if (atomic_load(&vm->initialised))
		return 0;
	rc = vgic5_vm_lock_exclusive(vm);
	if (rc)
		return rc;
	port_lock(vm_port(vm), &vm->config);
	if (!atomic_load(&vm->initialised))
		rc = init_locked(vm);
	port_unlock(vm_port(vm), &vm->config);
	vgic5_vm_unlock_exclusive(vm);
	return rc;
}

/* ---- undoing it ---- */

/* The hardware may still use the tables: keep them and the VM ID, and say so. */
static void retain(struct vgic5_vm *vm, bool retained)
{
	if (retained == vm->retained)
		return;
	vm->retained = retained;
	if (retained)
		atomic_fetch_add(&vm->host->retained, 1);
	else
		atomic_fetch_sub(&vm->host->retained, 1);
}

static int release_hardware(struct vgic5_vm *vm)
{
	struct gic_memory *mem = &vm_gic(vm)->mem;
	int rc = 0;

	if (!vm->tables.allocated)
		return 0;
	rc = vgic5_vm_make_invalid(vm);
	if (!rc)
		rc = vgic5_vm_zero_vpetes(vm);
	if (rc)
		return rc;
	vgic5_ist_free(mem, &vm->lpi_ist);
	vgic5_ist_free(mem, &vm->spi_ist);
	vgic5_vm_table_free(vm);
	return 0;
}

/* Caller holds the config lock, or is the last user. Idempotent. */
int vgic5_vm_unwind(struct vgic5_vm *vm)
{
	int rc = 0;

	atomic_store(&vm->initialised, false);
	if (vm->vm_id == VM_ID_NONE)
		return 0;
	rc = release_hardware(vm);
	retain(vm, rc != 0);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic5_doorbell_destroy(vm->vcpus[i]);
	vgic5_spi_destroy(vm);
	if (vm->default_routes)
		vgic5_routing_free(vm);
	if (rc) {
		atomic_store(&vm->dead, true);
		return -VGIC5_E_TIMEDOUT;
	}
	vgic5_vm_id_free(vm->host, vm->vm_id);
	vm->vm_id = VM_ID_NONE;
	vm->irs_mapped = false;
	vm->ran = false;
	atomic_store(&vm->dead, false);
	return 0;
}

/* What a vCPU knows only because its VM was initialised. */
static void forget_runs(struct vgic5_vm *vm)
{
	for (uint32_t i = 0; i < vm->vcpu_count; i++) {
		struct vgic5_vcpu *vcpu = vm->vcpus[i];

		vgic5_vcpu_reset(vcpu);
		for (unsigned bank = 0; bank < EL2_BANKS; bank++)
			atomic_store(&vcpu->ppi.line[bank], 0);
		vcpu->finalized = false;
		atomic_store(&vcpu->requests, 0);
	}
	atomic_store(&vm->exposed_done, false);
}

int vgic5_vm_teardown(struct vgic5_vm *vm)
{
	int rc = vgic5_vm_lock_exclusive(vm);

	if (rc)
		return rc;
	port_lock(vm_port(vm), &vm->config);
	rc = vgic5_vm_unwind(vm);
	if (!rc) {
		forget_runs(vm);
		vgic5_virs_forget(vm);
		vm->nr_spis = 0;
		vm->device = false;
		atomic_store(&vm->dead, false);
	}
	port_unlock(vm_port(vm), &vm->config);
	vgic5_vm_unlock_exclusive(vm);
	return rc;
}

int vgic5_vm_destroy(struct vgic5_vm *vm)
{
	int rc = 0;

	if (!vm)
		return 0;
	rc = vgic5_vm_teardown(vm);
	if (rc)
		return rc;
	vm_free(vm);
	return 0;
}

/* ---- state ---- */

void vgic5_vm_kill(struct vgic5_vm *vm)
{
	atomic_store(&vm->dead, true);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		vgic5_vcpu_request(vm->vcpus[i], REQ_IRQ_PENDING);
}

bool vgic5_vm_is_dead(const struct vgic5_vm *vm)
{
	return atomic_load(&((struct vgic5_vm *)(uintptr_t)vm)->dead);
}

bool vgic5_vm_has_device(const struct vgic5_vm *vm)
{
	return vm->device;
}

bool vgic5_vm_is_initialised(const struct vgic5_vm *vm)
{
	return atomic_load(&((struct vgic5_vm *)(uintptr_t)vm)->initialised);
}

int32_t vgic5_vm_id(const struct vgic5_vm *vm)
{
	return vm->vm_id;
}

void *vgic5_vm_opaque(const struct vgic5_vm *vm)
{
	return vm->cfg.opaque;
}

static uint64_t table_bytes(const struct ist *ist)
{
	uint64_t bytes = ist->top.size;

	for (uint32_t i = 0; i < ist->l2_count; i++)
		bytes += ist->l2[i].size;
	return bytes;
}

static void add_vcpu_stats(struct vgic5_vcpu *vcpu, struct vgic5_vm_stats *stats)
{
	struct vcpu_counts *c = &vcpu->counts;

	stats->ppi_injections += atomic_load(&c->ppi_injections);
	stats->loads += atomic_load(&c->loads);
	stats->puts += atomic_load(&c->puts);
	stats->wfi_puts += atomic_load(&c->wfi_puts);
	stats->reloads += atomic_load(&c->reloads);
	stats->doorbell_requests += atomic_load(&c->doorbell_requests);
	stats->doorbells += atomic_load(&c->doorbells);
	stats->kicks += atomic_load(&c->kicks);
	stats->sysreg_traps += atomic_load(&c->sysreg_traps);
}

void vgic5_vm_stats(struct vgic5_vm *vm, struct vgic5_vm_stats *stats)
{
	*stats = (struct vgic5_vm_stats){
		.lpi_injections = atomic_load(&vm->lpi_injections),
		.deactivations = atomic_load(&vm->deactivations),
		.irs_reads = atomic_load(&vm->virs.reads),
		.irs_writes = atomic_load(&vm->virs.writes),
	};
	port_lock(vm_port(vm), &vm->config);
	for (uint32_t i = 0; i < vm->vcpu_count; i++)
		add_vcpu_stats(vm->vcpus[i], stats);
	for (uint32_t i = 0; i < vm->spi_count; i++) {
		port_lock(vm_port(vm), &vm->spis[i].lock);
		stats->spi_injections += vm->spis[i].injections;
		port_unlock(vm_port(vm), &vm->spis[i].lock);
	}
	stats->table_bytes = vm->tables.vmd.size + vm->tables.vpet.size + vm->tables.vpeds.size +
			     table_bytes(&vm->lpi_ist) + table_bytes(&vm->spi_ist);
	port_unlock(vm_port(vm), &vm->config);
}
