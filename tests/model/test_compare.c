/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random comparison of src/hw with the reference model: the test program.
 *
 *	test_compare [seeds [steps [first-seed [profile]]]]
 *
 * Prints TAP, a test per profile. On a difference it prints seed, step and operation, then a short
 * list of operations that still shows it. VGIC5_LONG=1 runs fifty times the seeds.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const profile_names[PROFILE_COUNT] = {
	[PROFILE_PHYSICAL] = "physical",
	[PROFILE_VIRTUAL] = "virtual",
	[PROFILE_SEVERAL_IRS] = "several_irs",
	[PROFILE_ONE_OF_N] = "one_of_n",
};

static struct world world;

/* Run @count operations of the list, without those to @skip. Index of the failure or -1. */
static int run(enum profile profile, uint64_t seed, const struct op *ops, const bool *skip,
	       unsigned count, char *why, size_t size)
{
	int failed = -1;
	unsigned i;

	if (!world_make(&world, profile, seed)) {
		snprintf(why, size, "%s", world.why);
		return 0;
	}
	world_compare(&world);
	for (i = 0; i < count && failed < 0; i++) {
		if ((!skip || !skip[i]) && !world_step(&world, &ops[i]))
			failed = (int)i;
	}
	world_free(&world);
	if (failed < 0 && world.failed)
		failed = (int)count - 1;
	snprintf(why, size, "%s", world.why);
	return failed;
}

/* Two messages about the same thing: equal up to the values. */
static bool same_failure(const char *a, const char *b)
{
	size_t subject = strcspn(a, ":");

	return !strncmp(a, b, subject) && b[subject] == a[subject];
}

/* Leave out ever smaller pieces for as long as the rest still fails in the same way. */
static void shrink(enum profile profile, uint64_t seed, const struct op *ops, unsigned count,
		   const char *first)
{
	bool *skip = calloc(count, sizeof(*skip)), *trial = calloc(count, sizeof(*trial));
	char why[512], text[600];
	unsigned piece, at, i;
	bool smaller = true;

	if (!skip || !trial)
		abort();
	for (piece = count / 2; piece > 0; piece = piece > 1 ? piece / 2 : smaller) {
		smaller = false;
		for (at = 0; at < count; at += piece) {
			bool any = false;

			memcpy(trial, skip, count * sizeof(*skip));
			for (i = at; i < at + piece && i < count; i++) {
				any |= !trial[i];
				trial[i] = true;
			}
			if (any && run(profile, seed, ops, trial, count, why, sizeof(why)) >= 0 &&
			    same_failure(first, why)) {
				memcpy(skip, trial, count * sizeof(*skip));
				smaller = true;
			}
		}
	}
	run(profile, seed, ops, skip, count, why, sizeof(why));
	printf("# shortest list that fails: %s\n", why);
	for (i = 0; i < count; i++) {
		if (skip[i])
			continue;
		op_text(&ops[i], text, sizeof(text));
		printf("#   %s\n", text);
	}
	free(skip);
	free(trial);
}

static bool run_seed(enum profile profile, uint64_t seed, unsigned steps)
{
	struct op *ops = calloc(steps, sizeof(*ops));
	char why[512], text[600];
	unsigned count;
	int failed;

	if (!ops || steps < 100)
		abort();
	if (!world_make(&world, profile, seed)) {
		printf("# seed %llu: %s\n", (unsigned long long)seed, world.why);
		free(ops);
		return false;
	}
	count = world_ops(&world, ops, steps);
	world_free(&world);
	failed = run(profile, seed, ops, NULL, count, why, sizeof(why));
	if (failed >= 0) {
		op_text(&ops[failed], text, sizeof(text));
		printf("# profile %s seed %llu step %d: %s\n# %s\n", profile_names[profile],
		       (unsigned long long)seed, failed, text, why);
		shrink(profile, seed, ops, (unsigned)failed + 1, why);
		fflush(stdout);
	}
	free(ops);
	return failed < 0;
}

static unsigned long argument(int argc, char **argv, int n, unsigned long otherwise)
{
	return argc > n ? strtoul(argv[n], NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	unsigned long usual = getenv("VGIC5_LONG") ? 10000 : 200;
	unsigned long seeds = argument(argc, argv, 1, usual);
	unsigned steps = (unsigned)argument(argc, argv, 2, 2000);
	unsigned long first = argument(argc, argv, 3, 1), seed;
	unsigned failures[PROFILE_COUNT] = {0}, p, bad = 0;

	for (seed = first; seed < first + seeds; seed++) {
		p = (unsigned)argument(argc, argv, 4, (seed - first) % PROFILE_COUNT);
		if (failures[p] < 1 && !run_seed(p, seed, steps))
			failures[p]++;
	}
	printf("1..%d\n", PROFILE_COUNT);
	for (p = 0; p < PROFILE_COUNT; p++) {
		printf("%sok %u - hardware_equals_reference_model_%s\n", failures[p] ? "not " : "",
		       p + 1, profile_names[p]);
		bad += failures[p] != 0;
	}
	return bad != 0;
}
