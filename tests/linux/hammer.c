/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Load generator that runs in a Linux guest: hammers IPIs, timers and block I/O on all CPUs at
 * once and checks that nothing is lost or doubled.
 *
 *   hammer SECONDS [DISK]
 *
 * IPIs: a thread bound to each CPU passes numbered messages through pipes to every other CPU in
 * turn and waits for the answer (wake-ups are reschedule IPIs), and asks for a memory barrier on
 * all CPUs between messages (function call IPIs). Timers: a thread bound to each CPU counts the
 * expiries of a periodic timer against the clock. Block I/O: one thread writes numbered sectors
 * past the page cache and reads them back. A watchdog reports whatever makes no progress.
 *
 * Prints one line of totals. Exit status: 0, or 1 after a line that says what was lost.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define MAX_CPUS   512
#define TICK_NS    2000000L /* period of the timers */
#define STALL_S    20       /* no progress for so long means lost */
#define BLOCK      65536
#define DISK_FIRST (1 << 20) /* keep off what other checks use */

struct message {
	uint32_t from;
	uint32_t number;
};

struct cpu {
	int id;
	int inbox[2];   /* messages to this CPU's answering thread */
	int answers[2]; /* answers to this CPU's asking thread */
	atomic_ulong sent;
	atomic_ulong ticks;
	uint32_t last_from[MAX_CPUS];
};

static struct cpu cpus[MAX_CPUS];
static int cpu_count;
static atomic_ulong blocks;
static atomic_bool stop;
static const char *disk;

static void lost(const char *what, int cpu, unsigned long expected, unsigned long got)
{
	printf("hammer: FAIL %s CPU %d: %lu expected, %lu seen\n", what, cpu, expected, got);
	fflush(stdout);
	_exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void bind_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set)) {
		perror("hammer: sched_setaffinity");
		_exit(1);
	}
}

static void *answer(void *arg)
{
	struct cpu *me = arg;
	struct message m;

	bind_to(me->id);
	while (read(me->inbox[0], &m, sizeof(m)) == sizeof(m)) {
		if (m.number != me->last_from[m.from] + 1) {
			lost("message to", me->id, me->last_from[m.from] + 1, m.number);
		}
		me->last_from[m.from] = m.number;
		if (write(cpus[m.from].answers[1], &m, sizeof(m)) != sizeof(m)) {
			lost("answer from", me->id, 1, 0);
		}
	}
	return NULL;
}

static void *ask(void *arg)
{
	struct cpu *me = arg;
	int self = (int)(me - cpus);
	uint32_t number[MAX_CPUS] = {0};
	struct message m;
	struct message back;

	bind_to(me->id);
	for (int to = 0; !stop; to = (to + 1) % cpu_count) {
		if (to == self && cpu_count > 1) {
			continue;
		}
		m.from = (uint32_t)self;
		m.number = ++number[to];
		if (write(cpus[to].inbox[1], &m, sizeof(m)) != sizeof(m) ||
		    read(me->answers[0], &back, sizeof(back)) != sizeof(back) ||
		    back.number != m.number) {
			lost("answer to", me->id, m.number, back.number);
		}
		if ((me->sent++ & 7) == 0) {
			syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
		}
	}
	return NULL;
}

static void *tick(void *arg)
{
	struct cpu *me = arg;
	struct itimerspec period = {
		{0, TICK_NS},
                {0, TICK_NS}
        };
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	double start;
	uint64_t expiries;

	bind_to(me->id);
	start = now();
	timerfd_settime(fd, 0, &period, NULL);
	while (!stop && read(fd, &expiries, sizeof(expiries)) == sizeof(expiries)) {
		double due = (now() - start) * 1e9 / (double)TICK_NS;

		me->ticks += expiries;
		/* The timer counts by itself; it may be behind by this read's own delay only. */
		if ((double)me->ticks > due + 1) {
			lost("ticks doubled on", me->id, (unsigned long)due, me->ticks);
		}
	}
	if ((double)me->ticks + 1000 < (now() - start) * 1e9 / (double)TICK_NS) {
		lost("ticks on", me->id, (unsigned long)((now() - start) * 1e9 / (double)TICK_NS),
		     me->ticks);
	}
	close(fd);
	return NULL;
}

static void fill(uint64_t *block, uint64_t number)
{
	for (size_t i = 0; i < BLOCK / sizeof(*block); i++) {
		block[i] = number * 0x9e3779b97f4a7c15ULL + i;
	}
}

static void *block_io(void *arg)
{
	int fd = open(disk, O_RDWR | O_DIRECT);
	off_t size = lseek(fd, 0, SEEK_END);
	off_t room = (size - DISK_FIRST) / BLOCK;
	uint64_t *out = aligned_alloc(4096, BLOCK);
	uint64_t *in = aligned_alloc(4096, BLOCK);

	(void)arg;
	if (fd < 0 || room < 1 || !out || !in) {
		lost("disk unusable, on", 0, 1, 0);
	}
	while (!stop) {
		unsigned long n = blocks;
		off_t at = DISK_FIRST + (off_t)(n * 7 % (unsigned long)room) * BLOCK;

		fill(out, n);
		if (pwrite(fd, out, BLOCK, at) != BLOCK || pread(fd, in, BLOCK, at) != BLOCK) {
			lost("disk request, on", 0, BLOCK, (unsigned long)errno);
		}
		if (memcmp(in, out, BLOCK) != 0) {
			lost("disk data, block on", 0, n, in[0]);
		}
		blocks++;
		if (blocks % 64 == 0) {
			fsync(fd);
		}
	}
	close(fd);
	return NULL;
}

/* Each second: has every thread done something within STALL_S? */
static void watch(double seconds)
{
	static unsigned long seen[2 * MAX_CPUS + 1];
	static double when[2 * MAX_CPUS + 1];
	double start = now();

	for (int i = 0; i < 2 * MAX_CPUS + 1; i++) {
		when[i] = start;
	}
	while (now() - start < seconds) {
		usleep(1000000);
		for (int i = 0; i < 2 * cpu_count + (disk != NULL); i++) {
			unsigned long value = i == 2 * cpu_count ? blocks
					      : i < cpu_count    ? cpus[i].sent
								 : cpus[i - cpu_count].ticks;

			if (value != seen[i]) {
				seen[i] = value;
				when[i] = now();
			} else if (now() - when[i] > STALL_S) {
				lost(i == 2 * cpu_count ? "stalled: disk, on"
				     : i < cpu_count    ? "stalled: IPIs from"
							: "stalled: timer of",
				     i == 2 * cpu_count ? 0 : cpus[i % cpu_count].id, value + 1,
				     value);
			}
		}
	}
}

static void start_thread(pthread_t *thread, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg)) {
		lost("thread for", 0, 1, 0);
	}
}

int main(int argc, char **argv)
{
	static pthread_t threads[3 * MAX_CPUS];
	static pthread_t disk_thread;
	unsigned long sent = 0;
	unsigned long ticks = 0;
	cpu_set_t set;

	if (argc < 2) {
		fprintf(stderr, "usage: hammer SECONDS [DISK]\n");
		return 2;
	}
	disk = argc > 2 ? argv[2] : NULL;
	syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
	sched_getaffinity(0, sizeof(set), &set);
	for (int id = 0; id < MAX_CPUS; id++) {
		if (CPU_ISSET(id, &set)) {
			cpus[cpu_count].id = id;
			if (pipe(cpus[cpu_count].inbox) || pipe(cpus[cpu_count].answers)) {
				perror("hammer: pipe");
				return 1;
			}
			cpu_count++;
		}
	}
	for (int i = 0; i < cpu_count; i++) {
		start_thread(&threads[3 * i], answer, &cpus[i]);
		start_thread(&threads[3 * i + 1], ask, &cpus[i]);
		start_thread(&threads[3 * i + 2], tick, &cpus[i]);
	}
	if (disk) {
		start_thread(&disk_thread, block_io, NULL);
	}
	watch(atof(argv[1]));
	stop = true;
	for (int i = 0; i < cpu_count; i++) {
		pthread_join(threads[3 * i + 1], NULL);
		pthread_join(threads[3 * i + 2], NULL);
		sent += cpus[i].sent;
		ticks += cpus[i].ticks;
	}
	if (disk) {
		pthread_join(disk_thread, NULL);
	}
	printf("hammer: PASS %d CPUs, %lu messages, %lu ticks, %lu blocks\n", cpu_count, sent,
	       ticks, (unsigned long)blocks);
	return 0;
}
