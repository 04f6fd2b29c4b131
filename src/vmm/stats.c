/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters of a machine as one JSON object. docs/running.md explains each. */
#include "machine_internal.h"

/* One level of nesting: "first" says whether a comma is due. */
struct json {
	FILE *out;
	bool first;
};

static void open_object(struct json *j, const char *name)
{
	fprintf(j->out, "%s\n  \"%s\": {", j->first ? "" : ",", name);
	j->first = true;
}

static void close_object(struct json *j)
{
	fputs("\n  }", j->out);
	j->first = false;
}

static void number(struct json *j, const char *name, uint64_t value)
{
	fprintf(j->out, "%s\n    \"%s\": %llu", j->first ? "" : ",", name,
		(unsigned long long)value);
	j->first = false;
}

static void write_exits(struct json *j, const struct vm_stats *s)
{
	open_object(j, "exits");
#define WRITE_EXIT(name) number(j, #name, s->exit_##name);
	VM_EXITS(WRITE_EXIT)
#undef WRITE_EXIT
	close_object(j);
}

static void write_gic(struct json *j, const struct vm_stats *s)
{
	const struct vgic5_vm_stats *g = &s->gic;

	open_object(j, "injections");
	number(j, "ppi", g->ppi_injections);
	number(j, "spi", g->spi_injections);
	number(j, "lpi", g->lpi_injections);
	close_object(j);
	open_object(j, "residency");
	number(j, "loads", g->loads);
	number(j, "puts", g->puts);
	number(j, "wfi_puts", g->wfi_puts);
	number(j, "reloads", g->reloads);
	number(j, "doorbell_requests", g->doorbell_requests);
	number(j, "doorbells", g->doorbells);
	number(j, "kicks", g->kicks);
	close_object(j);
	open_object(j, "gic");
	number(j, "irs_reads", g->irs_reads);
	number(j, "irs_writes", g->irs_writes);
	number(j, "sysreg_reads", s->sysreg_reads);
	number(j, "sysreg_writes", s->sysreg_writes);
	number(j, "sysreg_traps", g->sysreg_traps);
	number(j, "instructions", s->gic_insns);
	number(j, "deactivations", g->deactivations);
	number(j, "table_bytes", g->table_bytes);
	close_object(j);
}

static void write_scheduler(struct json *j, const struct vm_stats *s)
{
	open_object(j, "scheduler");
	number(j, "blocks", s->blocks);
	number(j, "wakes", s->wakes);
	number(j, "preemptions", s->preemptions);
	number(j, "migrations", s->migrations);
	number(j, "psci_calls", s->psci_calls);
	close_object(j);
}

static void write_devices(struct json *j, struct machine *m, const struct vm_stats *s)
{
	open_object(j, "devices");
	number(j, "mmio_reads", s->mmio_reads);
	number(j, "mmio_writes", s->mmio_writes);
	number(j, "irqfd_signals", s->irqfd_signals);
	number(j, "resamples", s->resamples);
	close_object(j);
	open_object(j, "strict_reports");
	number(j, "host", m->host_reports);
	number(j, "guest", m->guest_reports);
	close_object(j);
}

void machine_write_stats(struct machine *m, FILE *out)
{
	struct json j = {out, true};
	struct vm_stats s;

	vm_get_stats(m->vm, &s);
	fputs("{", out);
	open_object(&j, "machine");
	number(&j, "cpus", m->config.cpus);
	number(&j, "pcpus", m->config.pcpus);
	number(&j, "ram_bytes", m->config.ram_size);
	number(&j, "deterministic", m->config.deterministic);
	close_object(&j);
	open_object(&j, "time");
	number(&j, "guest_ns", machine_now_ns(m));
	/* A deterministic run's figures are a function of its inputs: no time of the host in them. */
	number(&j, "host_ns",
	       m->config.deterministic ? 0 : machine_host_clock_ns() - m->started_ns);
	number(&j, "instructions", s.instructions);
	number(&j, "entries", s.entries);
	close_object(&j);
	write_exits(&j, &s);
	write_gic(&j, &s);
	write_scheduler(&j, &s);
	write_devices(&j, m, &s);
	fputs("\n}\n", out);
}
