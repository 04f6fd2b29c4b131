/* SPDX-License-Identifier: BSD-2-Clause */
/* The smallest machine around the CPU engine: see harness.h. */
#include "harness.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#define COUNTER_HZ 62500000ull
#define MAX_CPUS   64

#define PSCI_VERSION       0x84000000u
#define PSCI_CPU_OFF       0x84000002u
#define PSCI_CPU_ON        0xc4000003u
#define PSCI_SYSTEM_OFF    0x84000008u
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID       (-2)
#define PSCI_ALREADY_ON    (-4)

/* RW, TSC, AMO, IMO, FMO */
#define HCR ((1ull << 31) | (1ull << 19) | (7ull << 3))

struct harness_cpu {
	struct harness *h;
	struct a64_cpu *cpu;
	unsigned int index;
	atomic_bool on;
	bool waiting;        /* stepped: in WFI */
	uint64_t turn_start; /* stepped: instructions when the turn began */
	pthread_t thread;
};

struct harness {
	struct harness_config config;
	struct a64_space *space;
	struct a64_ops ops;
	uint8_t *ram;
	struct harness_cpu cpus[MAX_CPUS];
	uint64_t now; /* stepped: the counter when a turn begins */
	struct timespec deadline;
	atomic_int end; /* enum harness_end, or -1 */
	pthread_mutex_t lock;
	char *output;
	size_t output_size;
};

/* ---- callbacks ------------------------------------------------------------------------------------- */

static uint64_t host_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static uint64_t counter(void *opaque, struct a64_cpu *cpu)
{
	struct harness *h = opaque;
	struct harness_cpu *c = a64_cpu_user(cpu);

	if (h->config.stepped)
		return h->now + a64_instructions(cpu) - c->turn_start;
	return (uint64_t)((__extension__(unsigned __int128) host_ns() * COUNTER_HZ) /
			  1000000000ull);
}

static uint64_t instructions_until(void *opaque, struct a64_cpu *cpu, uint64_t count)
{
	uint64_t now = counter(opaque, cpu);

	return count <= now ? 0 : count - now;
}

static void timer(void *opaque, struct a64_cpu *cpu, enum a64_timer which, bool level)
{
	(void)opaque;
	if (which == A64_CNTV)
		a64_set_line(cpu, A64_LINE_VIRQ, level);
}

static void put_char(struct harness *h, char c)
{
	pthread_mutex_lock(&h->lock);
	if (h->output_size % 4096 == 0) {
		char *grown = realloc(h->output, h->output_size + 4097);

		if (!grown)
			abort();
		h->output = grown;
	}
	h->output[h->output_size++] = c;
	h->output[h->output_size] = '\0';
	pthread_mutex_unlock(&h->lock);
}

static enum a64_answer mmio(void *opaque, struct a64_cpu *cpu, struct a64_mmio *access)
{
	(void)cpu;
	if (access->ipa < HARNESS_UART || access->ipa >= HARNESS_UART + 0x1000)
		return A64_ABORT;
	if (!access->write)
		access->value[0] = access->value[1] = 0;
	else if (access->ipa == HARNESS_UART)
		put_char(opaque, (char)access->value[0]);
	return A64_DONE;
}

/* ---- making ---------------------------------------------------------------------------------------- */

struct harness *harness_create(const struct harness_config *config)
{
	struct harness *h = calloc(1, sizeof(*h));
	struct a64_space_config space = {
		.stepped = config->stepped,
		.features = config->features,
		.counter_hz = COUNTER_HZ,
	};

	if (!h)
		return NULL;
	h->config = *config;
	if (!h->config.quantum)
		h->config.quantum = 500;
	h->ops = (struct a64_ops){
		.mmio = mmio,
		.counter = counter,
		.instructions_until = instructions_until,
		.timer = timer,
	};
	pthread_mutex_init(&h->lock, NULL);
	h->output = calloc(1, 1);
	h->ram = mmap(NULL, HARNESS_RAM_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	space.ops = &h->ops;
	space.opaque = h;
	if (h->ram == MAP_FAILED || a64_space_create(&space, &h->space) ||
	    a64_space_map(h->space, HARNESS_RAM, HARNESS_RAM_SIZE, h->ram))
		abort();
	for (unsigned int i = 0; i < config->cpus; i++) {
		h->cpus[i].h = h;
		h->cpus[i].index = i;
		if (a64_cpu_create(h->space, i, &h->cpus[i], &h->cpus[i].cpu))
			abort();
	}
	return h;
}

void harness_destroy(struct harness *h)
{
	for (unsigned int i = 0; i < h->config.cpus; i++)
		a64_cpu_destroy(h->cpus[i].cpu);
	a64_space_destroy(h->space);
	munmap(h->ram, HARNESS_RAM_SIZE);
	pthread_mutex_destroy(&h->lock);
	free(h->output);
	free(h);
}

struct a64_space *harness_space(struct harness *h)
{
	return h->space;
}

struct a64_cpu *harness_cpu(struct harness *h, unsigned int index)
{
	return h->cpus[index].cpu;
}

void *harness_ram(struct harness *h, uint64_t ipa)
{
	return h->ram + (ipa - HARNESS_RAM);
}

bool harness_load(struct harness *h, const char *path)
{
	FILE *in = fopen(path, "rb");
	size_t room = HARNESS_RAM_SIZE - (HARNESS_ENTRY - HARNESS_RAM);
	size_t got;

	if (!in)
		return false;
	got = fread(harness_ram(h, HARNESS_ENTRY), 1, room, in);
	fclose(in);
	a64_space_written(h->space, HARNESS_ENTRY, got);
	return got > 64 && got < room;
}

const char *harness_output(const struct harness *h)
{
	return h->output;
}

uint64_t harness_instructions(const struct harness *h)
{
	uint64_t sum = 0;

	for (unsigned int i = 0; i < h->config.cpus; i++)
		sum += a64_instructions(h->cpus[i].cpu);
	return sum;
}

/* ---- running --------------------------------------------------------------------------------------- */

static void finish(struct harness *h, enum harness_end end)
{
	int running = -1;

	if (!atomic_compare_exchange_strong(&h->end, &running, (int)end))
		return;
	for (unsigned int i = 0; i < h->config.cpus; i++)
		a64_kick(h->cpus[i].cpu);
}

static void start(struct harness_cpu *c, uint64_t pc, uint64_t x0)
{
	a64_reset(c->cpu, pc, x0);
	a64_set_reg(c->cpu, A64_R_HCR_EL2, HCR);
	c->waiting = false;
	atomic_store(&c->on, true);
}

static int64_t cpu_on(struct harness *h, uint64_t target, uint64_t entry, uint64_t context)
{
	if (target >= h->config.cpus)
		return PSCI_INVALID;
	if (atomic_load(&h->cpus[target].on))
		return PSCI_ALREADY_ON;
	start(&h->cpus[target], entry, context);
	return 0;
}

static void hypercall(struct harness_cpu *c)
{
	struct harness *h = c->h;
	uint32_t function = (uint32_t)a64_x(c->cpu, 0);
	int64_t result = PSCI_NOT_SUPPORTED;

	switch (function) {
	case PSCI_VERSION: result = 0x10001; break;
	case PSCI_CPU_ON:
		pthread_mutex_lock(&h->lock);
		result = cpu_on(h, a64_x(c->cpu, 1), a64_x(c->cpu, 2), a64_x(c->cpu, 3));
		pthread_mutex_unlock(&h->lock);
		break;
	case PSCI_CPU_OFF: atomic_store(&c->on, false); break;
	case PSCI_SYSTEM_OFF: finish(h, HARNESS_OFF); break;
	default: break;
	}
	a64_set_x(c->cpu, 0, (uint64_t)result);
}

static void wait_for_interrupt(struct harness_cpu *c)
{
	struct timespec nap = {.tv_nsec = 50000};

	if (c->h->config.stepped) {
		c->waiting = true;
		return;
	}
	while (!a64_wakes(c->cpu) && atomic_load(&c->h->end) < 0) {
		nanosleep(&nap, NULL);
		a64_timer_update(c->cpu);
	}
}

static void serve(struct harness_cpu *c, const struct a64_exit *exit)
{
	switch (exit->reason) {
	case A64_EXIT_BUDGET:
	case A64_EXIT_KICK: break;
	case A64_EXIT_WFE: sched_yield(); break;
	case A64_EXIT_WFI: wait_for_interrupt(c); break;
	case A64_EXIT_HVC: hypercall(c); break;
	case A64_EXIT_SMC:
	case A64_EXIT_SYSREG: a64_inject_undefined(c->cpu); break;
	case A64_EXIT_DATA_ABORT:
	case A64_EXIT_INSN_ABORT: a64_inject_abort(c->cpu, exit); break;
	default:
		fprintf(stderr, "exit %d esr %llx pc %llx\n", (int)exit->reason,
			(unsigned long long)exit->esr, (unsigned long long)exit->pc);
		finish(c->h, HARNESS_BROKEN);
		break;
	}
}

static bool out_of_time(struct harness *h)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > h->deadline.tv_sec;
}

static void *cpu_thread(void *arg)
{
	struct harness_cpu *c = arg;
	struct timespec nap = {.tv_nsec = 100000};
	struct a64_exit exit;

	while (atomic_load(&c->h->end) < 0) {
		if (!atomic_load(&c->on)) {
			nanosleep(&nap, NULL);
			continue;
		}
		a64_run(c->cpu, UINT64_MAX, &exit);
		serve(c, &exit);
	}
	return NULL;
}

static void run_parallel(struct harness *h)
{
	struct timespec nap = {.tv_nsec = 1000000};

	for (unsigned int i = 0; i < h->config.cpus; i++)
		if (pthread_create(&h->cpus[i].thread, NULL, cpu_thread, &h->cpus[i]))
			abort();
	while (atomic_load(&h->end) < 0) {
		nanosleep(&nap, NULL);
		if (out_of_time(h))
			finish(h, HARNESS_STUCK);
	}
	for (unsigned int i = 0; i < h->config.cpus; i++)
		pthread_join(h->cpus[i].thread, NULL);
}

/* All CPUs that are on wait for an interrupt: let time jump to the next timer. */
static void skip_time(struct harness *h)
{
	uint64_t next = UINT64_MAX;

	for (unsigned int i = 0; i < h->config.cpus; i++) {
		struct harness_cpu *c = &h->cpus[i];
		uint64_t deadline;

		if (!atomic_load(&c->on))
			continue;
		if (!c->waiting)
			return;
		deadline = a64_timer_deadline(c->cpu);
		if (deadline < next)
			next = deadline;
	}
	if (next != UINT64_MAX && next > h->now)
		h->now = next;
}

static void turn(struct harness_cpu *c)
{
	uint64_t left = c->h->config.quantum;
	struct a64_exit exit;

	c->turn_start = a64_instructions(c->cpu);
	if (c->waiting) {
		a64_timer_update(c->cpu);
		if (!a64_wakes(c->cpu))
			return;
		c->waiting = false;
	}
	do {
		a64_run(c->cpu, left, &exit);
		left -= exit.instructions < left ? exit.instructions : left;
		serve(c, &exit);
	} while (left && !c->waiting && atomic_load(&c->on) && exit.reason != A64_EXIT_WFE &&
		 atomic_load(&c->h->end) < 0);
}

static void run_stepped(struct harness *h)
{
	for (uint32_t rounds = 0; atomic_load(&h->end) < 0; rounds++) {
		for (unsigned int i = 0; i < h->config.cpus; i++)
			if (atomic_load(&h->cpus[i].on) && atomic_load(&h->end) < 0)
				turn(&h->cpus[i]);
		h->now += h->config.quantum;
		for (unsigned int i = 0; i < h->config.cpus; i++)
			h->cpus[i].turn_start = a64_instructions(h->cpus[i].cpu);
		skip_time(h);
		if (rounds % 256 == 0 && out_of_time(h))
			finish(h, HARNESS_STUCK);
	}
}

enum harness_end harness_run(struct harness *h, unsigned int seconds)
{
	atomic_store(&h->end, -1);
	clock_gettime(CLOCK_MONOTONIC, &h->deadline);
	h->deadline.tv_sec += seconds;
	start(&h->cpus[0], HARNESS_ENTRY, 0);
	if (h->config.stepped)
		run_stepped(h);
	else
		run_parallel(h);
	return (enum harness_end)atomic_load(&h->end);
}
