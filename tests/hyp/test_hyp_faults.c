/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every failure point: for each operation, the k-th port call that can fail is made to fail, for every k
 * until none is reached. After each failure the error is a documented one, the hardware holds no pointer
 * to freed memory, nothing leaks, and the operation succeeds when repeated, unless its documented result is a
 * dead VM, which can be destroyed.
 */
#include "hyp_fixture.h"

#include <stdio.h>

#define K_MAX 4000u

/** struct operation - something that can fail at many points */
struct operation {
	const char *name;
	void (*prepare)(struct hyp_fixture *fx, struct test_vm *t);
	int (*run)(struct hyp_fixture *fx, struct test_vm *t);
	const int *errors; /* documented ones, negative, 0-terminated */
	bool may_kill;
};

static const int host_errors[] = {-VGIC5_E_NOSPC, -VGIC5_E_NOMEM, -VGIC5_E_TIMEDOUT,
				  -VGIC5_E_IO,    -VGIC5_E_NODEV, 0};
static const int vm_errors[] = {-VGIC5_E_NOMEM, 0};
static const int init_errors[] = {-VGIC5_E_NOMEM, -VGIC5_E_TIMEDOUT, -VGIC5_E_INVAL, -VGIC5_E_NOSPC,
				  0};
static const int load_errors[] = {-VGIC5_E_IO, 0};
static const int save_errors[] = {-VGIC5_E_FAULT, -VGIC5_E_TIMEDOUT, 0};
static const int restore_errors[] = {-VGIC5_E_FAULT, -VGIC5_E_NOMEM, -VGIC5_E_TIMEDOUT,
				     -VGIC5_E_INVAL, -VGIC5_E_NXIO,  0};
static const int down_errors[] = {-VGIC5_E_TIMEDOUT, 0};

static bool is_documented(const struct operation *op, int rc)
{
	for (const int *e = op->errors; *e; e++) {
		if (*e == rc)
			return true;
	}
	return false;
}

static void expect_clean(struct hyp_fixture *fx)
{
	struct port_sim_usage usage = {0};

	port_sim_usage(fx->port, &usage);
	assert_int_equal(usage.dangling, 0);
}

/* ---- states that operations start from ---- */

static void with_vm(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_config(fx, t);
	vm_create(fx, t, 3);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
}

static void with_init(struct hyp_fixture *fx, struct test_vm *t)
{
	with_vm(fx, t);
	assert_int_equal(vm_do_init(t), 0);
}

static void with_run(struct hyp_fixture *fx, struct test_vm *t)
{
	with_init(fx, t);
	vm_run(t);
	g_irs_on(t);
}

static void with_lpis(struct hyp_fixture *fx, struct test_vm *t)
{
	with_run(fx, t);
	g_lpis(t, 6);
}

static void with_stopped_lpis(struct hyp_fixture *fx, struct test_vm *t)
{
	with_lpis(fx, t);
	vm_stop(t);
}

static void with_one_n(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_config(fx, t);
	t->cfg.options = VGIC5_OPT_ONE_N;
	vm_create(fx, t, 2);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
}

static void with_registers(struct hyp_fixture *fx, struct test_vm *t)
{
	with_init(fx, t);
	assert_int_equal(line(t, VGIC5_IRQ_TYPE_SPI, 0, 5, true), 0);
	assert_int_equal(irs_set(t, GIC5_IRS_IST_CFGR, 6), 0);
	assert_int_equal(irs_set(t, GIC5_IRS_IST_BASER, 0x40001), 0);
}

/* ---- operations ---- */

static int op_vm_create(struct hyp_fixture *fx, struct test_vm *t)
{
	vm_config(fx, t);
	return vgic5_vm_create(fx->host, &t->cfg, &t->vm);
}

static int op_vcpu_create(struct hyp_fixture *fx, struct test_vm *t)
{
	const struct vgic5_vcpu_config cfg = {.id = 100};
	struct vgic5_vcpu *vcpu = NULL;

	(void)fx;
	return vgic5_vcpu_create(t->vm, &cfg, &vcpu);
}

static int op_init(struct hyp_fixture *fx, struct test_vm *t)
{
	(void)fx;
	return vm_do_init(t);
}

static int op_load(struct hyp_fixture *fx, struct test_vm *t)
{
	return vgic5_vcpu_load(t->vcpu[1], fx->pe[1]);
}

static int op_routing(struct hyp_fixture *fx, struct test_vm *t)
{
	const struct vgic5_irq_route route = {.gsi = 7, .type = VGIC5_IRQ_ROUTING_IRQCHIP};

	(void)fx;
	return vgic5_set_gsi_routing(t->vm, &route, 1);
}

static int op_save(struct hyp_fixture *fx, struct test_vm *t)
{
	static uint32_t spi[32], lpi[64];

	(void)fx;
	return ist_get(t, spi, 32, lpi, 64);
}

static int op_restore(struct hyp_fixture *fx, struct test_vm *t)
{
	static uint32_t spi[32], lpi[64];

	(void)fx;
	spi[3] = lpi[9] = 1; /* Pending */
	spi[4] = 4;          /* HM */
	return ist_set(t, spi, 32, lpi, 64);
}

static int op_teardown(struct hyp_fixture *fx, struct test_vm *t)
{
	(void)fx;
	return vgic5_vm_teardown(t->vm);
}

static int op_attribute(struct hyp_fixture *fx, struct test_vm *t)
{
	uint64_t value = 0;

	(void)fx;
	return irs_get(t, GIC5_IRS_IDR0, &value);
}

static int op_attribute_set(struct hyp_fixture *fx, struct test_vm *t)
{
	const int rc = vm_set_nr(t, 64);

	(void)fx;
	return rc == -VGIC5_E_BUSY ? 0 : rc;
}

/* The guest leaves 1-of-N; it sees whether that worked. */
static int op_dps(struct hyp_fixture *fx, struct test_vm *t)
{
	(void)fx;
	g_irs_write(t, GIC5_IRS_PE_SELR, 1);
	g_irs_write(t, GIC5_IRS_PE_CR0, 1);
	return g_irs_read(t, GIC5_IRS_PE_CR0) ? 0 : -VGIC5_E_TIMEDOUT;
}

/* The guest's IST has no error but what the guest reads back: VALID. */
static int op_guest_ist(struct hyp_fixture *fx, struct test_vm *t)
{
	(void)fx;
	g_irs_write(t, GIC5_IRS_IST_CFGR, 6);
	g_irs_write(t, GIC5_IRS_IST_BASER, 0x40001);
	return g_irs_read(t, GIC5_IRS_IST_BASER) & 1 ? 0 : -VGIC5_E_NOMEM;
}

static int op_guest_ist_off(struct hyp_fixture *fx, struct test_vm *t)
{
	(void)fx;
	g_irs_write(t, GIC5_IRS_IST_BASER, 0);
	return g_irs_read(t, GIC5_IRS_IST_BASER) & 1 ? -VGIC5_E_TIMEDOUT : 0;
}

static const struct operation operations[] = {
	{"vm_create",         NULL,              op_vm_create,     vm_errors,      false},
	{"vcpu_create",       with_vm,           op_vcpu_create,   vm_errors,      false},
	{"INIT",              with_vm,           op_init,          init_errors,    false},
	{"load",              with_run,          op_load,          load_errors,    true },
	{"routing",           with_vm,           op_routing,       vm_errors,      false},
	{"attribute set",     with_vm,           op_attribute_set, save_errors,    false},
	{"PE_CR0",            with_one_n,        op_dps,           down_errors,    false},
	{"attribute",         with_init,         op_attribute,     save_errors,    false},
	{"IST save",          with_stopped_lpis, op_save,          save_errors,    false},
	{"IST restore",       with_registers,    op_restore,       restore_errors, true },
	{"guest IST valid",   with_run,          op_guest_ist,     vm_errors,      true },
	{"guest IST invalid", with_lpis,         op_guest_ist_off, down_errors,    false},
	{"teardown",          with_stopped_lpis, op_teardown,      down_errors,    false},
};

/* One attempt with the k-th call failing; false when the operation has fewer. */
static bool attempt(const struct operation *op, struct hyp_fixture *fx, uint32_t k)
{
	struct test_vm t = {0};
	unsigned failed = 0;
	int rc = 0;

	if (op->prepare)
		op->prepare(fx, &t);
	port_sim_fail(fx->port, k, PORT_SIM_FAULT_ALL);
	rc = op->run(fx, &t);
	failed = port_sim_failed(fx->port);
	port_sim_fail(fx->port, 0, 0);
	expect_clean(fx);
	if (failed == PORT_SIM_FAULT_RESIDENCY)
		assert_int_equal(fx_take_reports(fx, 12, GIC5_ORIGIN_HOST), 1); /* this one */

	if (rc && !is_documented(op, rc))
		fail_msg("%s, call %u (kind %x): error %s is not documented", op->name, k, failed,
			 vgic5_strerror(rc));
	if (rc && t.vm && vgic5_vm_is_dead(t.vm)) {
		if (!op->may_kill && t.vm && vgic5_vm_teardown(t.vm))
			fail_msg("%s, call %u: dead for ever", op->name, k);
	} else if (rc) {
		const int again = op->run(fx, &t);

		if (again)
			fail_msg("%s, call %u (kind %x) failed with %s, the repetition with %s",
				 op->name, k, failed, vgic5_strerror(rc), vgic5_strerror(again));
	}
	if (t.vm)
		vm_end(&t);
	return failed;
}

/* @lose: a command that times out was not performed, instead of only not acknowledged. */
static void survive(bool lose)
{
	for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		static struct hyp_fixture fx;
		uint32_t k = 1;

		fx_init(&fx);
		fx.irs.one_n = fx.irs.virt_one_n = true;
		fx_start(&fx);
		port_sim_lose_commands(fx.port, lose);
		while (k < K_MAX && attempt(&operations[i], &fx, k))
			k++;
		print_message("# %s: %u failure points\n", operations[i].name, k - 1);
		assert_in_range(k, 2, K_MAX - 1);
		fx_stop(&fx);
	}
}

static void each_operation_survives_the_failure_of_each_port_call(void **state)
{
	(void)state;
	survive(false);
}

static void each_operation_survives_when_a_timed_out_command_was_not_performed(void **state)
{
	(void)state;
	survive(true);
}

/* The same for what makes the host. */
static void bringing_a_host_up_and_down_survives_each_failure(void **state)
{
	uint32_t k = 1;
	bool failed = true;

	(void)state;
	for (; failed && k < K_MAX; k++) {
		static struct hyp_fixture fx;
		struct port_sim_usage usage = {0};
		uint32_t lpi = 0;
		int rc = 0;

		fx_init(&fx);
		fx_start_hardware(&fx);
		port_sim_fail(fx.port, k, PORT_SIM_FAULT_ALL);
		rc = vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic);
		if (!rc)
			rc = vgic5_gic_lpi_alloc(fx.gic, fx.service, 0, NULL, NULL, &lpi);
		if (!rc) {
			vgic5_gic_lpi_free(fx.gic, fx.service, lpi);
			rc = vgic5_host_create(fx.gic, fx.service, &fx.host);
		}
		if (!rc)
			rc = vgic5_pe_create(fx.host, fx.ppe[0], &fx.pe[0]);
		if (!rc) {
			vgic5_pe_destroy(fx.pe[0]);
			fx.pe[0] = NULL;
		}
		if (fx.host && vgic5_host_destroy(fx.host) == 0)
			fx.host = NULL;
		if (!fx.host && fx.gic && vgic5_gic_destroy(fx.gic) == 0)
			fx.gic = NULL;
		failed = port_sim_failed(fx.port);
		port_sim_fail(fx.port, 0, 0);
		port_sim_usage(fx.port, &usage);
		assert_int_equal(usage.dangling, 0);

		assert_int_equal(vgic5_host_destroy(fx.host), 0);
		assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
		if (rc) {
			const struct operation op = {.errors = host_errors};

			assert_true(is_documented(&op, rc));
		}
		/* It works afterwards. */
		assert_int_equal(vgic5_gic_create(fx.port, &fx.gic_cfg, &fx.gic), 0);
		assert_int_equal(vgic5_host_create(fx.gic, fx.service, &fx.host), 0);
		assert_int_equal(vgic5_host_destroy(fx.host), 0);
		assert_int_equal(vgic5_gic_destroy(fx.gic), 0);
		fx_stop_hardware(&fx);
	}
	print_message("# host: %u failure points\n", k - 2);
	assert_in_range(k, 10, K_MAX - 1);
}

/* Linear tables have other failure points than two-level ones. */
static void INIT_with_linear_tables_survives_each_failure(void **state)
{
	static struct hyp_fixture fx;
	uint32_t k = 1;

	(void)state;
	fx_init(&fx);
	fx.irs.vmt_levels = false;
	fx.irs.vm_id_bits = 8;
	fx.irs.ist_levels = false;
	fx_start(&fx);
	while (k < K_MAX && attempt(&operations[2], &fx, k))
		k++;
	assert_in_range(k, 2, K_MAX - 1);
	fx_stop(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_operation_survives_the_failure_of_each_port_call),
		cmocka_unit_test(
			each_operation_survives_when_a_timed_out_command_was_not_performed),
		cmocka_unit_test(bringing_a_host_up_and_down_survives_each_failure),
		cmocka_unit_test(INIT_with_linear_tables_survives_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
