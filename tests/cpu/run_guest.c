/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Run a bare-metal program of tests/guest on the CPU engine and pass on the TAP that it prints.
 *
 *     run_guest [-s] [-i] [-b] [-q QUANTUM] [-c CPUS] [-t SECONDS] IMAGE
 *
 * -s: stepped mode, in which the program runs twice; both runs must be equal
 * -i: caches that CTR_EL0 does not call coherent (IDC, DIC)
 * -b: Armv8.0 without options
 */
#include "harness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct harness_config config;
	unsigned int seconds;
	const char *image;
};

struct outcome {
	enum harness_end end;
	char *output;
	uint64_t instructions;
};

static void where(struct harness *h, unsigned int cpus)
{
	for (unsigned int i = 0; i < cpus; i++) {
		struct a64_cpu *cpu = harness_cpu(h, i);

		printf("# CPU %u: pc image+%llx pstate %llx esr %llx elr %llx far %llx\n", i,
		       (unsigned long long)(a64_pc(cpu) - HARNESS_ENTRY),
		       (unsigned long long)a64_pstate(cpu),
		       (unsigned long long)a64_reg(cpu, A64_R_ESR_EL1),
		       (unsigned long long)(a64_reg(cpu, A64_R_ELR_EL1) - HARNESS_ENTRY),
		       (unsigned long long)a64_reg(cpu, A64_R_FAR_EL1));
	}
}

static struct outcome run(const struct options *o)
{
	struct harness *h = harness_create(&o->config);
	struct outcome outcome = {0};

	if (!h || !harness_load(h, o->image)) {
		printf("Bail out! cannot load %s\n", o->image);
		exit(2);
	}
	outcome.end = harness_run(h, o->seconds);
	if (outcome.end != HARNESS_OFF)
		where(h, o->config.cpus);
	outcome.output = strdup(harness_output(h));
	outcome.instructions = harness_instructions(h);
	harness_destroy(h);
	return outcome;
}

/* TAP has no place for other lines; true if the last one was SELFCHECK PASS */
static bool print_output(char *output)
{
	bool pass = false;

	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n")) {
		bool other = !strncmp(line, "SELFCHECK", 9) || !strncmp(line, "FIGURE", 6);

		printf("%s%s\n", other ? "# " : "", line);
		pass = !strcmp(line, "SELFCHECK PASS");
	}
	return pass;
}

static bool same(const struct outcome *a, const struct outcome *b)
{
	return a->end == b->end && a->instructions == b->instructions &&
	       !strcmp(a->output, b->output);
}

static bool parse(int argc, char **argv, struct options *o)
{
	int c;

	while ((c = getopt(argc, argv, "sibq:c:t:")) != -1) {
		switch (c) {
		case 's': o->config.stepped = true; break;
		case 'i': o->config.features &= ~A64_FEAT_COHERENT; break;
		case 'b': o->config.features = 0; break;
		case 'q': o->config.quantum = (uint32_t)atoi(optarg); break;
		case 'c': o->config.cpus = (unsigned int)atoi(optarg); break;
		case 't': o->seconds = (unsigned int)atoi(optarg); break;
		default: return false;
		}
	}
	o->image = argv[optind];
	return o->image != NULL;
}

int main(int argc, char **argv)
{
	struct options o = {
		.config = {.cpus = 1, .features = A64_FEAT_DEFAULT},
                  .seconds = 60
        };
	struct outcome first, second;
	bool good = true;

	if (!parse(argc, argv, &o))
		return 2;
	if (!strcmp(o.image, "none")) {
		printf("1..0 # SKIP aarch64-linux-gnu-gcc is not installed\n");
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	first = run(&o);
	if (o.config.stepped) {
		second = run(&o);
		good = same(&first, &second);
		if (!good)
			printf("# two stepped runs differ: %llu and %llu instructions\n",
			       (unsigned long long)first.instructions,
			       (unsigned long long)second.instructions);
		free(second.output);
	}
	printf("# %llu instructions\n", (unsigned long long)first.instructions);
	good &= print_output(first.output);
	if (first.end == HARNESS_STUCK)
		printf("Bail out! stuck\n");
	free(first.output);
	return good ? 0 : 1;
}
