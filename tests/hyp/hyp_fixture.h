/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A host with the hypervisor library in RAM, for tests: hardware model in strict mode, port/sim, host
 * driver, VM table, PEs; VMs with vCPUs; and a guest's view of them.
 *
 *	struct hyp_fixture fx;
 *	fx_init(&fx);				defaults: one IRS, 2 PEs and a service PE
 *	fx.irs.vmt_levels = false;		change what the test is about
 *	fx_start(&fx);
 *	struct test_vm vm;
 *	vm_make(&fx, &vm, 2);			2 vCPUs, INIT done, run_begin() of each
 *	...
 *	vm_end(&vm);
 *	fx_stop(&fx);				fails the test if anything leaked or was reported
 */
#ifndef HYP_FIXTURE_H
#define HYP_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>
#include <vgic5/vgic5.h>

#include "hyp.h"
#include "sim.h"

#define FX_PES         4u
#define FX_REPORTS     64u
#define FX_IRS_GPA     0x20000000u
#define FX_GUEST_BYTES 65536u /* guest memory, from address 0 */

struct hyp_fixture {
	/* set before fx_start() */
	struct gic5_config cfg;
	struct gic5_irs_config irs;
	struct gic5_irs_config irs_list[2];
	bool second_irs; /* IRS 0 without virtualization and SPIs; @irs and all PEs are IRS 1 */
	struct gic5_pe_config pe_cfg[FX_PES + 1];
	struct port_sim_config port_cfg;
	struct vgic5_gic_config gic_cfg;
	uint32_t pes;
	uint64_t implementation_ppis; /* PPIs 64.. of all PEs, level */
	bool quiet;                   /* do not check reports */

	struct gic5 *hw;
	struct port_host *port;
	struct port_pe *ppe[FX_PES];
	struct port_pe *service;
	struct vgic5_gic *gic;
	struct vgic5_host *host;
	struct vgic5_pe *pe[FX_PES];

	struct gic5_report reports[FX_REPORTS];
	atomic_uint report_count;
};

struct test_vm {
	struct hyp_fixture *fx;
	struct vgic5_vm_ops ops;
	struct vgic5_vm_config cfg;
	struct vgic5_vm *vm;
	struct vgic5_vcpu *vcpu[VGIC5_MAX_VCPUS];
	uint32_t vcpus;
	bool running[VGIC5_MAX_VCPUS]; /* between run_begin() and run_end() */
	atomic_uint kicks[VGIC5_MAX_VCPUS];
	int map_irs_result;
	unsigned map_irs_calls;
	uint8_t guest[FX_GUEST_BYTES];
};

void fx_init(struct hyp_fixture *fx);
void fx_start_hardware(struct hyp_fixture *fx); /* model and port only */
void fx_start(struct hyp_fixture *fx);
void fx_stop_hardware(struct hyp_fixture *fx);
void fx_stop(struct hyp_fixture *fx);

/* Reports of host origin, and of a rule (0: any) and origin; taking them makes fx_stop() content. */
unsigned fx_take_reports(struct hyp_fixture *fx, unsigned rule, enum gic5_origin origin);
void fx_clear_reports(struct hyp_fixture *fx);

/* Handle physical interrupts of a PE until none is left; the number handled. */
unsigned fx_dispatch(struct hyp_fixture *fx, unsigned pe);
unsigned fx_dispatch_all(struct hyp_fixture *fx);

/* A VM with @vcpus vCPUs of dense IDs: created, device, base, INIT, run_begin of each. */
void vm_config(struct hyp_fixture *fx, struct test_vm *t);
void vm_create(struct hyp_fixture *fx, struct test_vm *t, uint32_t vcpus); /* after vm_config() */
int vm_device(struct test_vm *t);
int vm_do_init(struct test_vm *t);
int vm_set_base(struct test_vm *t, uint64_t base);
int vm_set_nr(struct test_vm *t, uint32_t spis);
void vm_run(struct test_vm *t); /* run_begin() of all */
void vm_make(struct hyp_fixture *fx, struct test_vm *t, uint32_t vcpus);
void vm_stop(struct test_vm *t); /* put and run_end() of all */
void vm_end(struct test_vm *t);

/* Attributes. */
int attr_set(struct test_vm *t, uint32_t group, uint64_t attr, const void *value);
int attr_get(struct test_vm *t, uint32_t group, uint64_t attr, void *value);
int attr_has(struct test_vm *t, uint32_t group, uint64_t attr);
int irs_set(struct test_vm *t, uint32_t offset, uint64_t value);
int irs_get(struct test_vm *t, uint32_t offset, uint64_t *value);
int reg_set(struct test_vm *t, uint64_t mpidr, uint32_t enc, uint64_t value);
int reg_get(struct test_vm *t, uint64_t mpidr, uint32_t enc, uint64_t *value);
int ist_get(struct test_vm *t, uint32_t *spi, uint32_t spis, uint32_t *lpi, uint32_t lpis);
int ist_set(struct test_vm *t, const uint32_t *spi, uint32_t spis, const uint32_t *lpi,
	    uint32_t lpis);
int line(struct test_vm *t, uint32_t type, uint32_t vcpu, uint32_t number, bool level);

/* ---- the guest: on a vCPU that is loaded, between flush and sync (enter and leave) ---- */

void enter(struct test_vm *t, uint32_t vcpu, unsigned pe); /* load if needed, flush */
void leave(struct test_vm *t, uint32_t vcpu);              /* sync */
void put(struct test_vm *t, uint32_t vcpu, bool wfi);

uint64_t g_mrs(struct test_vm *t, uint32_t vcpu, uint32_t enc);
void g_msr(struct test_vm *t, uint32_t vcpu, uint32_t enc, uint64_t value);
void g_sys(struct test_vm *t, uint32_t vcpu, uint32_t enc, uint64_t value);
uint64_t g_sysl(struct test_vm *t, uint32_t vcpu, uint32_t enc);

/* CPU interface on, priority mask open, all PPIs at priority 0x10. */
void g_cpu_up(struct test_vm *t, uint32_t vcpu);
/* Priority, target, enable of an SPI or LPI. */
void g_setup(struct test_vm *t, uint32_t vcpu, uint32_t intid, unsigned priority, uint32_t target);
uint32_t g_ack(struct test_vm *t, uint32_t vcpu); /* typed INTID or 0 */
void g_done(struct test_vm *t, uint32_t vcpu, uint32_t intid);
bool g_virq(struct test_vm *t, uint32_t vcpu); /* the vIRQ line of its PE */
void g_irs_write(struct test_vm *t, uint32_t offset, uint64_t value);
uint64_t g_irs_read(struct test_vm *t, uint32_t offset);
void g_irs_on(struct test_vm *t);
void g_spi_level(struct test_vm *t, uint32_t spi, bool level);
/* A linear LPI IST of @bits ID bits. */
void g_lpis(struct test_vm *t, unsigned bits);

/* An interrupt arrives, is acknowledged and finished; fails the test otherwise. */
void g_expect(struct test_vm *t, uint32_t vcpu, uint32_t intid);
void g_expect_none(struct test_vm *t, uint32_t vcpu);

struct gic5_irq_state irq_state(struct test_vm *t, uint32_t intid);

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)
#define PPI(n) GIC5_INTID(GIC5_TYPE_PPI, n)

/* A fixture for each test that takes it as *state. */
int fx_setup(void **state);
int fx_teardown(void **state);
#define HYP_TEST(name) cmocka_unit_test_setup_teardown(name, fx_setup, fx_teardown)

#endif
