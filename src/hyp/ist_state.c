/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Save and restore of a VM's interrupt state tables (attribute IST).
 *
 * Save asks the IRS to write its caches back and copies, checking that the VM stayed quiet. Restore is a
 * transaction (D5): everything is read and checked before anything changes; the tables are changed
 * while the VM is invalid; Pending never enters a table that becomes valid, but is replayed with VDPEND
 * afterwards (R24). A failure puts the SPIs back by the same way.
 */
#include "hyp.h"

#define BOUNCE_WORDS 256u
#define ISTE_BYTES   4u
#define ISTE_WRITTEN (~(uint32_t)(GIC5_MASK(L2_ISTE_PENDING) | GIC5_MASK(L2_ISTE_HWU)))

/** struct request - a checked descriptor */
struct request {
	struct vgic5_ist_desc user;
	uint32_t spi_count, lpi_count; /* lpi_count 0: no LPI IST */
	struct ist_shape lpi_shape;
};

static int read_request(struct vgic5_vm *vm, uint64_t user_desc, struct request *req)
{
	const struct virs *virs = &vm->virs;
	uint64_t lpi_size = 0;

	memset(req, 0, sizeof(*req));
	if (!user_desc)
		return -VGIC5_E_INVAL;
	if (port_copy_from_user(vm_port(vm), &req->user, user_desc, sizeof(req->user)))
		return -VGIC5_E_FAULT;
	if (GIC5_GET(IRS_IST_BASER_VALID, virs->ist_baser)) {
		if (!vgic5_virs_ist_shape(vm, virs->ist_cfgr, &req->lpi_shape))
			return -VGIC5_E_INVAL;
		req->lpi_count = (uint32_t)1 << req->lpi_shape.id_bits;
	}
	req->spi_count = vm->spi_count;
	lpi_size = (uint64_t)req->lpi_count * ISTE_BYTES;
	if (!req->user.spi_addr || req->user.spi_size != (uint64_t)req->spi_count * ISTE_BYTES ||
	    req->user.lpi_size != lpi_size || !req->user.lpi_addr != !lpi_size)
		return -VGIC5_E_INVAL;
	return 0;
}

/* ---- save ---- */

/* Stop at what changed since the save began. */
static int check_quiet(struct vgic5_vm *vm, bool save)
{
	bool quiet = false;
	const int rc = vgic5_vm_save_query(vm, save, &quiet);

	if (rc)
		return rc;
	return quiet ? 0 : -VGIC5_E_BUSY;
}

/* What the VMM sees of an SPI: its configuration is the trigger mode, whatever notifiers made of HM. */
static uint32_t saved_spi(struct vgic5_vm *vm, uint32_t id, uint32_t iste)
{
	if (vm->spis[id].level && vm->spis[id].notifiers)
		iste |= (uint32_t)GIC5_MASK(L2_ISTE_HM);
	return iste;
}

static int save_ist(struct vgic5_vm *vm, const struct ist *ist, bool spi, uint32_t count,
		    uint64_t user)
{
	uint32_t bounce[BOUNCE_WORDS];

	vgic5_ist_refresh(&vm_gic(vm)->mem, ist);
	for (uint32_t first = 0; first < count; first += BOUNCE_WORDS) {
		const uint32_t left = count - first;
		const uint32_t n = left < BOUNCE_WORDS ? left : BOUNCE_WORDS;

		for (uint32_t i = 0; i < n; i++) {
			uint32_t iste = vgic5_table_get32(vgic5_ist_entry(ist, first + i));

			iste &= ~(uint32_t)GIC5_MASK(L2_ISTE_HWU);
			if (spi)
				iste = saved_spi(vm, first + i, iste);
			vgic5_table_put32(&bounce[i], iste); /* little-endian for the VMM */
		}
		if (port_copy_to_user(vm_port(vm), user + (uint64_t)first * ISTE_BYTES, bounce,
				      n * sizeof(bounce[0])))
			return -VGIC5_E_FAULT;
	}
	return 0;
}

int vgic5_ist_state_save(struct vgic5_vm *vm, uint64_t user_desc)
{
	struct request req;
	int rc = read_request(vm, user_desc, &req);

	if (rc)
		return rc;
	if (!req.lpi_count != !vm->lpi_ist.top.va)
		return -VGIC5_E_NXIO;
	rc = check_quiet(vm, true);
	if (!rc)
		rc = save_ist(vm, &vm->spi_ist, true, req.spi_count, req.user.spi_addr);
	if (!rc)
		rc = check_quiet(vm, false);
	if (!rc && req.lpi_count)
		rc = save_ist(vm, &vm->lpi_ist, false, req.lpi_count, req.user.lpi_addr);
	if (!rc)
		rc = check_quiet(vm, false);
	return rc;
}

/* ---- restore: reading ---- */

/** struct images - ISTEs to put into the tables */
struct images {
	uint32_t *spi, *lpi;
	uint32_t spi_count, lpi_count;
};

static void free_images(struct vgic5_vm *vm, struct images *images)
{
	if (images->spi)
		port_free(vm_port(vm), images->spi, images->spi_count * sizeof(uint32_t));
	if (images->lpi)
		port_free(vm_port(vm), images->lpi, images->lpi_count * sizeof(uint32_t));
}

static int check_iste(const struct vgic5_vm *vm, uint32_t iste)
{
	if (GIC5_GET(L2_ISTE_RES0, iste))
		return -VGIC5_E_INVAL;
	if (GIC5_GET(L2_ISTE_IRM, iste) && !(vm->cfg.options & VGIC5_OPT_ONE_N))
		return -VGIC5_E_INVAL;
	return 0;
}

static int read_ist(struct vgic5_vm *vm, uint64_t user, uint32_t count, uint32_t **out)
{
	uint32_t *image = port_alloc(vm_port(vm), count * sizeof(*image));
	int rc = 0;

	*out = image;
	if (!image)
		return -VGIC5_E_NOMEM;
	if (port_copy_from_user(vm_port(vm), image, user, count * sizeof(*image)))
		return -VGIC5_E_FAULT;
	for (uint32_t i = 0; i < count && !rc; i++) {
		image[i] = vgic5_table_get32(&image[i]);
		rc = check_iste(vm, image[i]);
	}
	return rc;
}

static int read_images(struct vgic5_vm *vm, const struct request *req, struct images *images)
{
	int rc = 0;

	images->spi_count = req->spi_count;
	images->lpi_count = req->lpi_count;
	rc = read_ist(vm, req->user.spi_addr, req->spi_count, &images->spi);
	if (!rc && req->lpi_count)
		rc = read_ist(vm, req->user.lpi_addr, req->lpi_count, &images->lpi);
	return rc;
}

/* ---- restore: writing ---- */

/* Every entry, metadata included; the VM is invalid. */
static void write_iste(const struct ist *ist, uint32_t id, uint32_t iste)
{
	void *entry = vgic5_ist_entry(ist, id);

	memset(entry, 0, vgic5_ist_entry_bytes(ist));
	vgic5_table_put32(entry, iste & ISTE_WRITTEN);
}

/* SPIs with a notifier are edges to the hardware. */
static void write_spis(struct vgic5_vm *vm, const struct images *images)
{
	for (uint32_t i = 0; i < images->spi_count; i++) {
		uint32_t iste = images->spi[i];

		if (vm->spis[i].notifiers)
			iste &= ~(uint32_t)GIC5_MASK(L2_ISTE_HM);
		write_iste(&vm->spi_ist, i, iste);
	}
	vgic5_ist_publish(&vm_gic(vm)->mem, &vm->spi_ist);
}

static void write_lpis(struct vgic5_vm *vm, const struct images *images)
{
	for (uint32_t i = 0; i < images->lpi_count; i++)
		write_iste(&vm->lpi_ist, i, images->lpi[i]);
	vgic5_ist_publish(&vm_gic(vm)->mem, &vm->lpi_ist);
}

static void replay_ist(struct vgic5_vm *vm, enum gic5_type type, const uint32_t *image,
		       uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (GIC5_GET(L2_ISTE_PENDING, image[i]))
			vgic5_el2_vdpend(vm->host->service, (uint32_t)vm->vm_id,
					 GIC5_INTID(type, i), true);
	}
}

static int setup_vpes(struct vgic5_vm *vm)
{
	int rc = 0;

	for (uint32_t i = 0; i < vm->vcpu_count && !rc; i++)
		rc = vgic5_vpe_setup(vm->vcpus[i]);
	if (!rc && (vm->cfg.options & VGIC5_OPT_ONE_N))
		rc = vgic5_vm_set_doorbell(vm, vm->vcpus[0]->id, true);
	return rc;
}

/* Fill the tables of the invalid VM and make it valid with all VPEs (D2); without LPI IST if @lpi is empty. */
static int revalidate(struct vgic5_vm *vm, const struct images *images)
{
	const struct ist none = {0};
	int rc = 0;

	write_spis(vm, images);
	if (images->lpi)
		write_lpis(vm, images);
	vgic5_vm_write_ist(vm, GIC5_TYPE_SPI, &vm->spi_ist, true);
	vgic5_vm_write_ist(vm, GIC5_TYPE_LPI, images->lpi ? &vm->lpi_ist : &none, true);
	rc = vgic5_vm_zero_vpetes(vm);
	if (!rc)
		rc = vgic5_vm_write_vpetes(vm);
	if (!rc)
		rc = vgic5_vm_make_valid(vm);
	if (!rc)
		rc = setup_vpes(vm);
	if (rc)
		return rc;
	replay_ist(vm, GIC5_TYPE_SPI, images->spi, images->spi_count);
	if (images->lpi)
		replay_ist(vm, GIC5_TYPE_LPI, images->lpi, images->lpi_count);
	vgic5_el2_complete(vm->host->service); /* a save that follows must see them */
	return 0;
}

/* The SPIs as they are, Pending included: in memory since the VM is invalid. */
static void remember_spis(struct vgic5_vm *vm, struct images *before)
{
	vgic5_ist_refresh(&vm_gic(vm)->mem, &vm->spi_ist);
	for (uint32_t i = 0; i < before->spi_count; i++)
		before->spi[i] = vgic5_table_get32(vgic5_ist_entry(&vm->spi_ist, i));
}

/* Change the tables. @remembered tells the roll-back whether @before holds the SPIs already. */
static int exchange(struct vgic5_vm *vm, const struct images *images, struct images *before,
		    bool *remembered)
{
	const int rc = vgic5_vm_make_invalid(vm);

	if (rc)
		return rc;
	remember_spis(vm, before);
	*remembered = true;
	return revalidate(vm, images);
}

/* The VM as it was, without LPI IST; dead if the hardware does not follow. */
static void roll_back(struct vgic5_vm *vm, struct images *before, bool remembered)
{
	int rc = vgic5_vm_make_invalid(vm);

	if (!rc && !remembered)
		remember_spis(vm, before);
	if (!rc)
		rc = revalidate(vm, before);
	if (rc)
		atomic_store(&vm->dead, true); /* nothing runs; teardown frees the tables */
	else
		vgic5_ist_free(&vm_gic(vm)->mem, &vm->lpi_ist);
}

/* The shadow follows what was restored. */
static void adopt_spis(struct vgic5_vm *vm, const uint32_t *image)
{
	for (uint32_t i = 0; i < vm->spi_count; i++) {
		struct spi *spi = &vm->spis[i];
		const bool pending = GIC5_GET(L2_ISTE_PENDING, image[i]);
		bool track = false;

		port_lock(vm_port(vm), &spi->lock);
		spi->level = GIC5_GET(L2_ISTE_HM, image[i]);
		spi->latch = pending;
		spi->line = spi->level && pending;
		spi->active = GIC5_GET(L2_ISTE_ACTIVE, image[i]);
		track = spi->notifiers && (pending || spi->active);
		port_unlock(vm_port(vm), &spi->lock);
		if (track)
			vgic5_spi_track(vm, i);
	}
}

/* Registers and tables were restored independently: do they agree? (R30, D6) */
static int check_consistent(const struct vgic5_vm *vm)
{
	const struct virs *virs = &vm->virs;
	struct ist_shape shape = {0};

	if (!GIC5_GET(IRS_IST_BASER_VALID, virs->ist_baser) != !vm->lpi_ist.top.va)
		return -VGIC5_E_NXIO;
	if (vm->lpi_ist.top.va && (!vgic5_virs_ist_shape(vm, virs->ist_cfgr, &shape) ||
				   shape.id_bits != vm->lpi_ist.shape.id_bits))
		return -VGIC5_E_NXIO;
	return 0;
}

static int restore_images(struct vgic5_vm *vm, const struct request *req,
			  const struct images *images, struct images *before)
{
	bool remembered = false;
	int rc = 0;

	before->spi_count = req->spi_count;
	before->spi = port_alloc(vm_port(vm), req->spi_count * sizeof(uint32_t));
	if (!before->spi)
		return -VGIC5_E_NOMEM;
	if (req->lpi_count)
		rc = vgic5_ist_alloc(&vm_gic(vm)->mem, req->lpi_shape, true, &vm->lpi_ist);
	if (rc)
		return rc;
	rc = exchange(vm, images, before, &remembered);
	if (!rc)
		rc = check_consistent(vm);
	if (rc) {
		roll_back(vm, before, remembered);
		return rc;
	}
	adopt_spis(vm, images->spi);
	vm->virs.restore_pending = false;
	return 0;
}

int vgic5_ist_state_restore(struct vgic5_vm *vm, uint64_t user_desc)
{
	struct images images = {0};
	struct images before = {0};
	struct request req;
	int rc = read_request(vm, user_desc, &req);

	if (rc)
		return rc;
	if (vm->lpi_ist.top.va)
		return -VGIC5_E_BUSY;
	rc = read_images(vm, &req, &images);
	if (!rc)
		rc = restore_images(vm, &req, &images, &before);
	free_images(vm, &images);
	free_images(vm, &before);
	return rc;
}
