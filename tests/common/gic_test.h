/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * cmocka around the GIC fixture: a set-up and tear-down per test, and assertions about reports.
 *
 *	GIC_TEST(set_edge_clears_hm)		the test's body, with fx at hand
 *	{
 *		...
 *	}
 *	GIC_TEST_MAIN()				runs the tests of the file in their order
 *
 * GIC_TEST starts the default system: one IRS with IRSEN=1, two PEs with both interfaces enabled.
 * GIC_TEST_WITH changes the configuration before that. GIC_TEST_PLAIN is a test without a system.
 */
#ifndef GIC_TEST_H
#define GIC_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "gic_fixture.h"

/* Create the system as configured in @fx; the test fails if that is refused. */
static inline void gic_test_create(struct gic_fixture *fx)
{
	int ret = gic_fixture_start(fx);

	if (ret)
		fail_msg("gic5_create: %d %s", ret, fx->trouble);
}

/* Create, then switch on every IRS and every PE, physical and virtual. */
static inline void gic_test_start(struct gic_fixture *fx)
{
	unsigned i;

	gic_test_create(fx);
	for (i = 0; i < fx->cfg.irs_count; i++)
		gic_w32(fx, i, GIC5_IRS_CR0, GIC5_MASK(IRS_CR0_IRSEN));
	for (i = 0; i < fx->cfg.pe_count; i++) {
		gic_pe_enable(fx, i);
		gic_virt_enable(fx, i);
	}
}

static inline void gic_test_stop(struct gic_fixture *fx)
{
	const char *trouble = gic_fixture_stop(fx);

	if (trouble)
		fail_msg("%s", trouble);
}

/* Tests enter themselves here before main() runs. */
#define GIC_TEST_MAX 256
static struct CMUnitTest gic_tests[GIC_TEST_MAX];
static size_t gic_test_count;

static inline void gic_test_add(const char *name, CMUnitTestFunction function)
{
	assert_true(gic_test_count < GIC_TEST_MAX);
	gic_tests[gic_test_count].name = name;
	gic_tests[gic_test_count++].test_func = function;
}

/* As cmocka_run_group_tests(), for a number of tests that only the program knows. */
static inline int gic_test_run(const char *group)
{
	return _cmocka_run_group_tests(group, gic_tests, gic_test_count, NULL, NULL);
}

#define GIC_TEST_MAIN()                        \
	int main(void)                         \
	{                                      \
		return gic_test_run(__FILE__); \
	}

/* A plain cmocka test; its body may use state. */
#define GIC_TEST_PLAIN(name)                                      \
	static void name(void **state);                           \
	__attribute__((constructor)) static void name##_add(void) \
	{                                                         \
		gic_test_add(#name, name);                        \
	}                                                         \
	static void name(void **state)

/* A test whose configuration differs: the statements after the name may change @fx. */
#define GIC_TEST_WITH(name, ...)                         \
	static void name##_body(struct gic_fixture *fx); \
	GIC_TEST_PLAIN(name)                             \
	{                                                \
		static struct gic_fixture instance;      \
		struct gic_fixture *fx = &instance;      \
		(void)state;                             \
		gic_fixture_init(fx);                    \
		__VA_ARGS__;                             \
		gic_test_start(fx);                      \
		name##_body(fx);                         \
		gic_test_stop(fx);                       \
	}                                                \
	static void name##_body(struct gic_fixture *fx)

#define GIC_TEST(name) GIC_TEST_WITH(name, (void)0)

/* Exactly @count reports of @rule and @origin were made since the last look, and no other. */
#define assert_reports(fx, rule, origin, count)                                                   \
	do {                                                                                      \
		struct gic5_report last_ = {0};                                                   \
		unsigned taken_ = gic_take_reports(fx, rule, origin, &last_);                     \
		if (taken_ != (count) || (fx)->report_count)                                      \
			fail_msg("%s:%d: rule %u: %u reports instead of %u, %u others", __FILE__, \
				 __LINE__, (unsigned)(rule), taken_, (unsigned)(count),           \
				 (fx)->report_count);                                             \
	} while (0)

#define assert_no_reports(fx) assert_int_equal((fx)->report_count, 0)

#endif
