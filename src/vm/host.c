/* SPDX-License-Identifier: BSD-2-Clause */
/* The computer under the VMs: hardware model, GICv5 driver, physical PEs and their threads, time. */
#define _GNU_SOURCE
#include "internal.h"

#include <linux/futex.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define DAY_TICKS (UINT64_C(86400) * VM_COUNTER_HZ)

/* ---- time ---- */

uint64_t host_instructions(struct vm_host *host)
{
	struct vcpu *vcpu = atomic_load_explicit(&host->stepping, memory_order_relaxed);

	if (!vcpu)
		return host->instructions;
	return host->instructions + a64_instructions(vcpu->cpu) - vcpu->ran_from;
}

uint64_t vm_host_now(struct vm_host *host)
{
	if (!host->config.deterministic) {
		uint64_t ns = host->config.ops->clock(host->config.opaque);

		return (ns - host->clock_start) / VM_TICK_NS;
	}
	return host_instructions(host) / host->config.instructions_per_tick;
}

/* ---- what the hardware model calls ---- */

static void *env_alloc(void *opaque, size_t size)
{
	void *memory = aligned_alloc(64, (size + 63) / 64 * 64);

	if (memory)
		__builtin_memset(memory, 0, size);
	return memory;
}

static void env_free(void *opaque, void *ptr, size_t size)
{
	free(ptr);
}

static bool env_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	struct vm_host *host = opaque;

	return port_sim_mem_read(host->port, pa, buf, len);
}

static bool env_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	struct vm_host *host = opaque;

	return port_sim_mem_write(host->port, pa, buf, len);
}

static void env_event(void *opaque, const struct gic5_event *event)
{
	struct vm_host *host = opaque;

	host->config.ops->trace(host->config.opaque, vm_host_now(host), event);
}

static void env_report(void *opaque, const struct gic5_report *report)
{
	struct vm_host *host = opaque;

	host->config.ops->report(host->config.opaque, vm_host_now(host), report);
}

static void env_relax(void *opaque)
{
	sched_yield();
}

/* ---- building the computer ---- */

/* One PE more than run vCPUs: threads that are none of them execute on it. */
static int make_hardware(struct vm_host *host, const char **why)
{
	const struct vm_host_ops *ops = host->config.ops;
	unsigned count = host->pe_count + 1;
	struct gic5_pe_config *pes = calloc(count, sizeof(*pes));
	struct gic5_irs_config irs;
	struct gic5_config config;
	struct gic5_env env = {
		.opaque = host,
		.alloc = env_alloc,
		.free = env_free,
		.read = env_read,
		.write = env_write,
		.line = gicif_line,
		.event = ops && ops->trace ? env_event : NULL,
		.report = ops && ops->report ? env_report : NULL,
		.relax = env_relax,
	};
	int rc;

	if (!pes)
		return -VGIC5_E_NOMEM;
	for (unsigned i = 0; i < count; i++)
		gic5_pe_config_default(&pes[i], i);
	if (host->config.irs)
		irs = *host->config.irs;
	else
		gic5_irs_config_default(&irs);
	gic5_config_default(&config);
	config.irs = &irs;
	config.irs_count = 1;
	config.pe = pes;
	config.pe_count = count;
	config.spi_range = irs.spi_base + irs.spi_irs_range;
	config.strict = host->config.strict && env.report;
	rc = gic5_create(&config, &env, &host->gic5, why);
	free(pes);
	if (rc)
		return rc;
	port_sim_attach(host->port, host->gic5);
	return port_sim_pe_create(host->port, gic5_pe(host->gic5, host->pe_count), true,
				  &host->service);
}

/* The interrupt itself makes the PE leave the guest and look around: nothing is left to do. */
static void kicked(void *opaque, struct port_pe *port, uint32_t intid)
{
}

static int make_pe(struct vm_host *host, unsigned index)
{
	struct vm_pe *pe = &host->pe[index];
	int rc;

	pe->gic5 = gic5_pe(host->gic5, index);
	rc = port_sim_pe_create(host->port, pe->gic5, false, &pe->port);
	if (rc)
		return rc;
	rc = vgic5_pe_create(host->vgic5, pe->port, &pe->vgic5);
	if (rc)
		return rc;
	rc = vgic5_gic_enable_ppi(host->driver, pe->port, GIC5_PPI_CNTHP, true);
	if (rc)
		return rc;
	rc = vgic5_gic_lpi_alloc(host->driver, pe->port, vgic5_gic_iaffid(pe->port), kicked, pe,
				 &pe->kick_lpi);
	pe->has_kick_lpi = !rc;
	return rc;
}

static int make_driver(struct vm_host *host)
{
	static const struct vgic5_gic_config config = {.irs_count = 1};
	int rc = vgic5_gic_create(host->port, &config, &host->driver);

	if (rc)
		return rc;
	rc = vgic5_host_create(host->driver, host->service, &host->vgic5);
	if (rc)
		return rc;
	return vgic5_gic_set_ppi(host->driver, GIC5_PPI_CNTHP, timer_fired, host);
}

/* ---- PEs as threads ---- */

static void futex_wake(atomic_int *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/* Waits while the word is @value, for @limit at most; may return at any time. */
static void futex_wait(atomic_int *word, int value, const struct timespec *limit)
{
	syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, limit, NULL, 0);
}

void pe_ring(struct vm_pe *pe)
{
	if (atomic_exchange(&pe->bell, BELL_RUNG) == BELL_ASLEEP)
		futex_wake(&pe->bell);
}

void pe_kick(struct vm_pe *pe)
{
	vgic5_gic_lpi_pend(pe->host->driver, pe->host->service, pe->kick_lpi);
}

struct vm_pe *pe_of_port(struct vm_host *host, struct port_pe *port)
{
	return &host->pe[gic5_pe_index(port_sim_pe_gic5(port))];
}

/* Sleep until the bell rings or the host's time is @until; a ring before counts. */
static void pe_sleep(struct vm_pe *pe, uint64_t until)
{
	uint64_t now = vm_host_now(pe->host);
	uint64_t ticks = until > now ? until - now : 0;
	/* A day at most keeps the product in range; the caller looks at the time again. */
	uint64_t ns = (ticks < DAY_TICKS ? ticks : DAY_TICKS) * VM_TICK_NS;
	struct timespec limit = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	int awake = BELL_AWAKE;

	if (ticks && atomic_compare_exchange_strong(&pe->bell, &awake, BELL_ASLEEP))
		futex_wait(&pe->bell, BELL_ASLEEP, until == NEVER ? NULL : &limit);
	atomic_store(&pe->bell, BELL_AWAKE);
}

static void *pe_thread(void *arg)
{
	struct vm_pe *pe = arg;

	while (!atomic_load(&pe->host->quit)) {
		uint64_t budget = UINT64_MAX;

		if (pe_step(pe, &budget) == PE_IDLE)
			pe_sleep(pe, timer_idle(pe));
	}
	return NULL;
}

static int start_threads(struct vm_host *host)
{
	for (unsigned i = 0; i < host->pe_count; i++) {
		struct vm_pe *pe = &host->pe[i];

		if (pthread_create(&pe->thread, NULL, pe_thread, pe) != 0)
			return -VGIC5_E_NOMEM;
		pe->has_thread = true;
	}
	return 0;
}

static void stop_threads(struct vm_host *host)
{
	atomic_store(&host->quit, true);
	for (unsigned i = 0; i < host->pe_count; i++) {
		struct vm_pe *pe = &host->pe[i];

		if (!pe->has_thread)
			continue;
		pe_ring(pe);
		pthread_join(pe->thread, NULL);
	}
}

/* ---- life cycle ---- */

static int init_pes(struct vm_host *host)
{
	host->pe = calloc(host->pe_count, sizeof(*host->pe));
	if (!host->pe)
		return -VGIC5_E_NOMEM;
	for (unsigned i = 0; i < host->pe_count; i++) {
		struct vm_pe *pe = &host->pe[i];

		pe->host = host;
		pe->index = i;
		pe->deadline = NEVER;
		atomic_init(&pe->next_wake, NEVER);
	}
	return 0;
}

static int build(struct vm_host *host, const char **why)
{
	int rc = init_pes(host);

	*why = "out of memory";
	if (rc)
		return rc;
	rc = port_sim_create(NULL, &host->port);
	if (rc)
		return rc;
	*why = NULL;
	rc = make_hardware(host, why);
	if (rc)
		return rc;
	*why = "the GICv5 driver could not bring up the hardware";
	rc = make_driver(host);
	if (rc)
		return rc;
	*why = "a PE could not be set up";
	for (unsigned i = 0; i < host->pe_count; i++) {
		rc = make_pe(host, i);
		if (rc)
			return rc;
	}
	*why = "no threads for the PEs";
	return host->config.deterministic ? 0 : start_threads(host);
}

int vm_host_create(const struct vm_host_config *config, struct vm_host **out, const char **why)
{
	struct vm_host *host = NULL;
	const char *text = NULL;
	int rc = -VGIC5_E_INVAL;

	*out = NULL;
	if (!why)
		why = &text;
	*why = "the number of PEs is out of range, or there is no clock";
	if (config->pcpus < 1 || config->pcpus > VM_MAX_PCPUS)
		return rc;
	if (!config->deterministic && (!config->ops || !config->ops->clock))
		return rc;
	host = calloc(1, sizeof(*host));
	if (!host)
		return -VGIC5_E_NOMEM;
	host->config = *config;
	if (!host->config.instructions_per_tick)
		host->config.instructions_per_tick = 32;
	host->slice = (uint64_t)(config->slice_us ? config->slice_us : 4000) * 1000 / VM_TICK_NS;
	host->pe_count = config->pcpus;
	host->turn_left = TURN_INSTRUCTIONS;
	pthread_mutex_init(&host->sched, NULL);
	if (!config->deterministic)
		host->clock_start = config->ops->clock(config->opaque);
	rc = build(host, why);
	if (rc) {
		vm_host_destroy(host);
		return rc;
	}
	*why = NULL;
	*out = host;
	return 0;
}

static void destroy_pe(struct vm_host *host, struct vm_pe *pe)
{
	if (pe->has_kick_lpi)
		vgic5_gic_lpi_free(host->driver, pe->port, pe->kick_lpi);
	vgic5_pe_destroy(pe->vgic5);
}

void vm_host_destroy(struct vm_host *host)
{
	if (!host)
		return;
	if (host->pe) {
		stop_threads(host);
		for (unsigned i = 0; i < host->pe_count; i++)
			destroy_pe(host, &host->pe[i]);
	}
	if (host->driver)
		vgic5_gic_set_ppi(host->driver, GIC5_PPI_CNTHP, NULL, NULL);
	vgic5_host_destroy(host->vgic5);
	vgic5_gic_destroy(host->driver);
	gic5_destroy(host->gic5);
	port_sim_destroy(host->port);
	pthread_mutex_destroy(&host->sched);
	free(host->pe);
	free(host);
}

struct vgic5_host *vm_host_vgic5(struct vm_host *host)
{
	return host->vgic5;
}

struct gic5 *vm_host_gic5(struct vm_host *host)
{
	return host->gic5;
}
