/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's host part: what the IRS can do for VMs, the VM table, and PEs that run vCPUs. */
#include "hyp.h"

#define VMT_MIN_IDS GIC5_L2_VMT_IDS

/* PPIs that a guest can be given: those of the architected timers and PMU, and SW_PPI. */
#define GUEST_PPIS                                                                   \
	(bank_bit(GIC5_PPI_SW) | bank_bit(GIC5_PPI_PMU) | bank_bit(GIC5_PPI_CNTHP) | \
	 bank_bit(GIC5_PPI_CNTV) | bank_bit(GIC5_PPI_CNTHV) | bank_bit(GIC5_PPI_CNTP))

/* Level PPIs show in HMR if they exist; SW_PPI always exists. */
static void probe_ppis(struct vgic5_host *host)
{
	const uint64_t hmr0 = port_sysreg_read(host->service, GIC5_ICC_PPI_HMR0_EL1);

	host->implemented[0] = GUEST_PPIS & (hmr0 | bank_bit(GIC5_PPI_SW));
	host->implemented[1] = port_sysreg_read(host->service, GIC5_ICC_PPI_HMR1_EL1);
}

static void probe_limits(struct vgic5_host *host)
{
	const struct irs_caps *caps = &host->gic->caps;
	const uint32_t vpes = (uint32_t)1 << (GIC5_GET(IRS_IDR4_VPE_ID_BITS, caps->idr4) + 1);

	host->max_vcpus = vpes < VGIC5_MAX_VCPUS ? vpes : VGIC5_MAX_VCPUS;
	host->max_vms = (uint32_t)1 << GIC5_GET(IRS_IDR3_VM_ID_BITS, caps->idr3);
	host->vmd_bytes = 0;
	if (GIC5_GET(IRS_IDR3_VMD, caps->idr3))
		host->vmd_bytes = (uint32_t)1 << GIC5_GET(IRS_IDR3_VMD_SZ, caps->idr3);
	host->vped_bytes = (uint32_t)1 << GIC5_GET(IRS_IDR4_VPED_SZ, caps->idr4);
}

static int alloc_vmt(struct vgic5_host *host)
{
	const uint32_t ids = host->max_vms < VMT_MIN_IDS ? VMT_MIN_IDS : host->max_vms;
	uint64_t size = (uint64_t)ids * GIC5_VMTE_BYTES;

	host->two_level = GIC5_GET(IRS_IDR3_VMT_LEVELS, host->gic->caps.idr3);
	if (host->two_level) {
		host->l2_count = ids / GIC5_L2_VMT_IDS;
		size = (uint64_t)host->l2_count * GIC5_L1_VMTE_BYTES;
		host->l2 = port_alloc(host->port, host->l2_count * sizeof(*host->l2));
		if (!host->l2)
			return -VGIC5_E_NOMEM;
	}
	return vgic5_table_alloc(&host->gic->mem, size, size, &host->vmt);
}

static int assign_vmt(struct vgic5_host *host)
{
	const unsigned bits = (unsigned)GIC5_GET(IRS_IDR3_VM_ID_BITS, host->gic->caps.idr3);

	return vgic5_gic_assign_vmt(host->gic, &host->vmt, bits, host->two_level);
}

static void host_free(struct vgic5_host *host)
{
	struct port_host *port = host->port;

	for (uint32_t i = 0; i < host->l2_count && host->l2; i++)
		vgic5_table_free(&host->gic->mem, &host->l2[i]);
	if (host->l2)
		port_free(port, host->l2, host->l2_count * sizeof(*host->l2));
	if (host->id_used)
		port_free(port, host->id_used, host->max_vms / 8);
	vgic5_table_free(&host->gic->mem, &host->vmt);
	atomic_store(&host->gic->hosts, 0);
	port_free(port, host, sizeof(*host));
}

/* Why there are no GICv5 VMs is of no consequence to the host (R48). */
static int give_up(struct vgic5_host *host)
{
	host_free(host);
	return -VGIC5_E_NODEV;
}

static bool vmt_is_taken(struct vgic5_gic *gic)
{
	const uint64_t baser = port_irs_read64(gic->port, gic->virt_irs, GIC5_IRS_VMT_BASER);

	return GIC5_GET(IRS_VMT_BASER_VALID, baser);
}

int vgic5_host_create(struct vgic5_gic *gic, struct port_pe *service, struct vgic5_host **out)
{
	struct vgic5_host *host = NULL;
	unsigned none = 0;

	*out = NULL;
	if (!GIC5_GET(IRS_IDR0_VIRT, gic->caps.idr0))
		return -VGIC5_E_NODEV;
	if (!atomic_compare_exchange_strong(&gic->hosts, &none, 1))
		return -VGIC5_E_BUSY;
	if (vgic5_gic_release_vmt(gic, &gic->retained_vmt) || vmt_is_taken(gic)) {
		atomic_store(&gic->hosts, 0);
		return gic->retained_vmt.va ? -VGIC5_E_NODEV : -VGIC5_E_BUSY;
	}
	host = port_alloc(gic->port, sizeof(*host));
	if (!host) {
		atomic_store(&gic->hosts, 0);
		return -VGIC5_E_NODEV;
	}
	host->gic = gic;
	host->port = gic->port;
	host->service = service;
	port_lock_init(gic->port, &host->vmt_lock, PORT_LOCK_SLEEP);
	probe_ppis(host);
	probe_limits(host);
	host->id_used = port_alloc(gic->port, host->max_vms / 8);
	if (!host->id_used || alloc_vmt(host) || assign_vmt(host))
		return give_up(host);
	*out = host;
	return 0;
}

int vgic5_host_destroy(struct vgic5_host *host)
{
	if (!host)
		return 0;
	if (atomic_load(&host->vms) || atomic_load(&host->pes))
		return -VGIC5_E_BUSY;
	if (vgic5_gic_release_vmt(host->gic, &host->vmt))
		return -VGIC5_E_TIMEDOUT;
	host_free(host);
	return 0;
}

uint32_t vgic5_host_max_vcpus(const struct vgic5_host *host)
{
	return host->max_vcpus;
}

void vgic5_host_stats(struct vgic5_host *host, struct vgic5_host_stats *stats)
{
	port_lock(host->port, &host->vmt_lock);
	stats->vm_ids = host->ids_in_use;
	port_unlock(host->port, &host->vmt_lock);
	stats->vms = atomic_load(&host->vms);
	stats->retained = atomic_load(&host->retained);
}

/* ---- PEs ---- */

/* Priority registers that hold anything: unimplemented PPIs are RAZ/WI. */
static uint32_t priority_words(const uint64_t implemented[EL2_BANKS])
{
	uint32_t words = 0;

	for (unsigned n = 0; n < EL2_PRIORITYRS; n++) {
		if (implemented[n / 8] >> 8 * (n % 8) & 0xff)
			words |= (uint32_t)1 << n;
	}
	return words;
}

int vgic5_pe_create(struct vgic5_host *host, struct port_pe *port, struct vgic5_pe **out)
{
	uint64_t implemented[EL2_BANKS] = {0};
	struct vgic5_pe *pe = NULL;
	int rc = 0;

	*out = NULL;
	pe = port_alloc(host->port, sizeof(*pe));
	if (!pe)
		return -VGIC5_E_NOMEM;
	rc = vgic5_gic_pe_init(host->gic, port);
	if (rc) {
		port_free(host->port, pe, sizeof(*pe));
		return rc;
	}
	vgic5_gic_pe_probe_ppis(port, implemented);
	pe->host = host;
	pe->port = port;
	pe->iaffid = vgic5_gic_iaffid(port);
	pe->prio_words = priority_words(implemented);
	pe->has_bank1 = implemented[1];
	pe->hfgitr = GIC5_HFGITR_NONE;
	vgic5_el2_pe_init(port, &pe->hw);
	atomic_fetch_add(&host->pes, 1);
	*out = pe;
	return 0;
}

void vgic5_pe_destroy(struct vgic5_pe *pe)
{
	if (!pe)
		return;
	vgic5_el2_pe_init(pe->port, &pe->hw);
	atomic_fetch_sub(&pe->host->pes, 1);
	port_free(pe->host->port, pe, sizeof(*pe));
}

void vgic5_pe_forget(struct vgic5_pe *pe)
{
	pe->stale = true;
}

struct port_pe *vgic5_pe_port(struct vgic5_pe *pe)
{
	return pe->port;
}
