/* SPDX-License-Identifier: BSD-2-Clause */
/* The host, its VMs, and a guest by hand. */
#include "hyp_fixture.h"

#include <stdio.h>
#include <stdlib.h>

static const struct gic5_ctx el1 = {.el = 1, .hcr_imo = true};

/* ---- environment of the model ---- */

static void *env_alloc(void *opaque, size_t size)
{
	void *ptr = NULL;

	(void)opaque;
	if (posix_memalign(&ptr, 64, (size + 63) & ~(size_t)63))
		return NULL;
	memset(ptr, 0, size);
	return ptr;
}

static void env_free(void *opaque, void *ptr, size_t size)
{
	(void)opaque;
	(void)size;
	free(ptr);
}

static bool env_read(void *opaque, uint64_t pa, void *buf, size_t len)
{
	return port_sim_mem_read(((struct hyp_fixture *)opaque)->port, pa, buf, len);
}

static bool env_write(void *opaque, uint64_t pa, const void *buf, size_t len)
{
	return port_sim_mem_write(((struct hyp_fixture *)opaque)->port, pa, buf, len);
}

static void env_report(void *opaque, const struct gic5_report *report)
{
	struct hyp_fixture *fx = opaque;
	const unsigned at = atomic_fetch_add(&fx->report_count, 1);

	if (at < FX_REPORTS)
		fx->reports[at] = *report;
}

/* ---- the host ---- */

void fx_init(struct hyp_fixture *fx)
{
	memset(fx, 0, sizeof(*fx));
	gic5_config_default(&fx->cfg);
	gic5_irs_config_default(&fx->irs);
	fx->pes = 2;
	fx->cfg.strict = true;
	fx->cfg.firmware_has_run = true;
	fx->gic_cfg.irs_count = 1;
	fx->port_cfg.check_references = true;
}

void fx_start_hardware(struct hyp_fixture *fx)
{
	struct gic5_env env = {
		.opaque = fx,
		.alloc = env_alloc,
		.free = env_free,
		.read = env_read,
		.write = env_write,
		.report = env_report,
	};
	const char *why = NULL;

	fx->cfg.irs = fx->irs_list;
	fx->cfg.irs_count = fx->second_irs ? 2 : 1;
	fx->irs_list[fx->second_irs] = fx->irs;
	if (fx->second_irs) {
		gic5_irs_config_default(&fx->irs_list[0]);
		fx->irs_list[1].irsid = 1;
		fx->irs_list[0].virt = false;
		fx->irs_list[0].spi_irs_range = 0;
		fx->gic_cfg.irs_count = 2;
		fx->gic_cfg.virt_irs = 1;
	}
	fx->cfg.pe = fx->pe_cfg;
	fx->cfg.pe_count = fx->pes + 1;
	fx->cfg.spi_range = fx->irs.spi_irs_range;
	for (uint32_t i = 0; i <= fx->pes; i++) {
		gic5_pe_config_default(&fx->pe_cfg[i], i);
		fx->pe_cfg[i].irs = fx->second_irs;
		fx->pe_cfg[i].ppi_implemented[1] = fx->implementation_ppis;
		fx->pe_cfg[i].ppi_level[1] = fx->implementation_ppis;
	}
	assert_int_equal(port_sim_create(&fx->port_cfg, &fx->port), 0);
	if (gic5_create(&fx->cfg, &env, &fx->hw, &why))
		fail_msg("gic5_create: %s", why ? why : "?");
	port_sim_attach(fx->port, fx->hw);
	for (uint32_t i = 0; i < fx->pes; i++)
		assert_int_equal(
			port_sim_pe_create(fx->port, gic5_pe(fx->hw, i), false, &fx->ppe[i]), 0);
	assert_int_equal(port_sim_pe_create(fx->port, gic5_pe(fx->hw, fx->pes), true, &fx->service),
			 0);
}

void fx_start(struct hyp_fixture *fx)
{
	fx_start_hardware(fx);
	assert_int_equal(vgic5_gic_create(fx->port, &fx->gic_cfg, &fx->gic), 0);
	assert_int_equal(vgic5_host_create(fx->gic, fx->service, &fx->host), 0);
	for (uint32_t i = 0; i < fx->pes; i++)
		assert_int_equal(vgic5_pe_create(fx->host, fx->ppe[i], &fx->pe[i]), 0);
}

static void check_reports(struct hyp_fixture *fx)
{
	const unsigned total = atomic_load(&fx->report_count);

	for (unsigned i = 0; i < total && i < FX_REPORTS && !fx->quiet; i++) {
		const struct gic5_report *r = &fx->reports[i];

		if (r->rule == 0)
			continue;
		fail_msg("strict rule %u (%s) %s %s value %llx entry %llx=%llx: %s", r->rule,
			 r->origin == GIC5_ORIGIN_HOST ? "host" : "guest", r->text, r->what,
			 (unsigned long long)r->value, (unsigned long long)r->entry_addr,
			 (unsigned long long)r->entry_value, r->done);
	}
}

void fx_stop_hardware(struct hyp_fixture *fx)
{
	struct port_sim_counts counts = {0};
	struct port_sim_usage usage = {0};

	check_reports(fx);
	port_sim_usage(fx->port, &usage);
	assert_int_equal(usage.objects, 0);
	assert_int_equal(usage.tables, 0);
	assert_int_equal(usage.lpis, 0);
	assert_int_equal(usage.dangling, 0);
	for (uint32_t i = 0; i < fx->pes; i++) {
		port_sim_pe_counts(fx->ppe[i], &counts);
		assert_int_equal(counts.undefined, 0);
	}
	gic5_destroy(fx->hw);
	port_sim_destroy(fx->port);
}

void fx_stop(struct hyp_fixture *fx)
{
	for (uint32_t i = 0; i < fx->pes; i++)
		vgic5_pe_destroy(fx->pe[i]);
	assert_int_equal(vgic5_host_destroy(fx->host), 0);
	assert_int_equal(vgic5_gic_destroy(fx->gic), 0);
	fx_stop_hardware(fx);
}

int fx_setup(void **state)
{
	struct hyp_fixture *fx = calloc(1, sizeof(*fx));

	fx_init(fx);
	fx_start(fx);
	*state = fx;
	return 0;
}

int fx_teardown(void **state)
{
	fx_stop(*state);
	free(*state);
	return 0;
}

unsigned fx_take_reports(struct hyp_fixture *fx, unsigned rule, enum gic5_origin origin)
{
	const unsigned total = atomic_load(&fx->report_count);
	unsigned taken = 0;

	for (unsigned i = 0; i < total && i < FX_REPORTS; i++) {
		struct gic5_report *r = &fx->reports[i];

		if (r->rule && r->origin == origin && (rule == 0 || r->rule == rule)) {
			r->rule = 0;
			taken++;
		}
	}
	return taken;
}

void fx_clear_reports(struct hyp_fixture *fx)
{
	atomic_store(&fx->report_count, 0);
}

unsigned fx_dispatch(struct hyp_fixture *fx, unsigned pe)
{
	unsigned handled = 0;

	while (vgic5_gic_dispatch(fx->gic, fx->ppe[pe]))
		handled++;
	return handled;
}

unsigned fx_dispatch_all(struct hyp_fixture *fx)
{
	unsigned handled = 0;

	for (uint32_t i = 0; i < fx->pes; i++)
		handled += fx_dispatch(fx, i);
	return handled;
}

/* ---- VMs ---- */

static void kick(void *opaque, void *vcpu)
{
	struct test_vm *t = opaque;

	atomic_fetch_add(&t->kicks[(uintptr_t)vcpu], 1);
}

static int map_irs(void *opaque, gpa_t base, uint64_t size)
{
	struct test_vm *t = opaque;

	(void)base;
	(void)size;
	t->map_irs_calls++;
	return t->map_irs_result;
}

static bool guest_read(void *opaque, gpa_t addr, void *buf, size_t size)
{
	struct test_vm *t = opaque;

	if (addr.gpa > FX_GUEST_BYTES || size > FX_GUEST_BYTES - addr.gpa)
		return false;
	memcpy(buf, t->guest + addr.gpa, size);
	return true;
}

static bool guest_write(void *opaque, gpa_t addr, const void *buf, size_t size)
{
	struct test_vm *t = opaque;

	if (addr.gpa > FX_GUEST_BYTES || size > FX_GUEST_BYTES - addr.gpa)
		return false;
	memcpy(t->guest + addr.gpa, buf, size);
	return true;
}

void vm_config(struct hyp_fixture *fx, struct test_vm *t)
{
	memset(t, 0, sizeof(*t));
	t->fx = fx;
	t->ops = (struct vgic5_vm_ops){.kick = kick,
				       .map_irs = map_irs,
				       .guest_read = guest_read,
				       .guest_write = guest_write};
	t->cfg = (struct vgic5_vm_config){
		.ops = &t->ops,
		.opaque = t,
		.ipa_bits = 40,
		.device_ppis = {bank_bit(GIC5_PPI_CNTV) | bank_bit(GIC5_PPI_CNTP) |
				bank_bit(GIC5_PPI_PMU)},
	};
}

void vm_create(struct hyp_fixture *fx, struct test_vm *t, uint32_t vcpus)
{
	assert_int_equal(vgic5_vm_create(fx->host, &t->cfg, &t->vm), 0);
	for (uint32_t i = 0; i < vcpus; i++) {
		const struct vgic5_vcpu_config vcpu = {
			.id = i,
			.mpidr = i,
			.opaque = (void *)(uintptr_t)i,
		};

		assert_int_equal(vgic5_vcpu_create(t->vm, &vcpu, &t->vcpu[i]), 0);
	}
	t->vcpus = vcpus;
}

int vm_device(struct test_vm *t)
{
	const struct vgic5_create_device cd = {.type = VGIC5_DEV_TYPE_VGIC_V5};

	return vgic5_create_device(t->vm, &cd);
}

int attr_set(struct test_vm *t, uint32_t group, uint64_t attr, const void *value)
{
	const struct vgic5_device_attr a = {
		.group = group, .attr = attr, .addr = (uint64_t)(uintptr_t)value};

	return vgic5_set_device_attr(t->vm, &a);
}

int attr_get(struct test_vm *t, uint32_t group, uint64_t attr, void *value)
{
	const struct vgic5_device_attr a = {
		.group = group, .attr = attr, .addr = (uint64_t)(uintptr_t)value};

	return vgic5_get_device_attr(t->vm, &a);
}

int attr_has(struct test_vm *t, uint32_t group, uint64_t attr)
{
	const struct vgic5_device_attr a = {.group = group, .attr = attr};

	return vgic5_has_device_attr(t->vm, &a);
}

int irs_set(struct test_vm *t, uint32_t offset, uint64_t value)
{
	return attr_set(t, VGIC5_GRP_IRS_REGS, offset, &value);
}

int irs_get(struct test_vm *t, uint32_t offset, uint64_t *value)
{
	return attr_get(t, VGIC5_GRP_IRS_REGS, offset, value);
}

int reg_set(struct test_vm *t, uint64_t mpidr, uint32_t enc, uint64_t value)
{
	return attr_set(t, VGIC5_GRP_CPU_SYSREGS, mpidr << VGIC5_SYSREG_MPIDR_SHIFT | enc, &value);
}

int reg_get(struct test_vm *t, uint64_t mpidr, uint32_t enc, uint64_t *value)
{
	return attr_get(t, VGIC5_GRP_CPU_SYSREGS, mpidr << VGIC5_SYSREG_MPIDR_SHIFT | enc, value);
}

static struct vgic5_ist_desc ist_desc(const uint32_t *spi, uint32_t spis, const uint32_t *lpi,
				      uint32_t lpis)
{
	return (struct vgic5_ist_desc){
		.spi_addr = (uint64_t)(uintptr_t)spi,
		.spi_size = (uint64_t)spis * 4,
		.lpi_addr = (uint64_t)(uintptr_t)lpi,
		.lpi_size = (uint64_t)lpis * 4,
	};
}

int ist_get(struct test_vm *t, uint32_t *spi, uint32_t spis, uint32_t *lpi, uint32_t lpis)
{
	struct vgic5_ist_desc desc = ist_desc(spi, spis, lpi, lpis);

	return attr_get(t, VGIC5_GRP_IST, 0, &desc);
}

int ist_set(struct test_vm *t, const uint32_t *spi, uint32_t spis, const uint32_t *lpi,
	    uint32_t lpis)
{
	const struct vgic5_ist_desc desc = ist_desc(spi, spis, lpi, lpis);

	return attr_set(t, VGIC5_GRP_IST, 0, &desc);
}

int line(struct test_vm *t, uint32_t type, uint32_t vcpu, uint32_t number, bool level)
{
	const struct vgic5_irq_level irq = {
		.irq = type << VGIC5_IRQ_TYPE_SHIFT | (vcpu & 0xff) << VGIC5_IRQ_VCPU_SHIFT |
		       (vcpu >> 8) << VGIC5_IRQ_VCPU2_SHIFT | number,
		.level = level,
	};

	return vgic5_irq_line(t->vm, &irq);
}

int vm_do_init(struct test_vm *t)
{
	return attr_set(t, VGIC5_GRP_CTRL, VGIC5_CTRL_INIT, NULL);
}

int vm_set_base(struct test_vm *t, uint64_t base)
{
	return attr_set(t, VGIC5_GRP_ADDR, VGIC5_ADDR_TYPE_IRS, &base);
}

int vm_set_nr(struct test_vm *t, uint32_t spis)
{
	return attr_set(t, VGIC5_GRP_NR_IRQS, 0, &spis);
}

void vm_run(struct test_vm *t)
{
	for (uint32_t i = 0; i < t->vcpus; i++) {
		assert_int_equal(vgic5_vcpu_run_begin(t->vcpu[i]), 0);
		t->running[i] = true;
	}
}

void vm_make(struct hyp_fixture *fx, struct test_vm *t, uint32_t vcpus)
{
	vm_config(fx, t);
	vm_create(fx, t, vcpus);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
	vm_run(t);
}

void vm_stop(struct test_vm *t)
{
	for (uint32_t i = 0; i < t->vcpus; i++) {
		if (!t->running[i])
			continue;
		vgic5_vcpu_put(t->vcpu[i], false);
		vgic5_vcpu_run_end(t->vcpu[i]);
		t->running[i] = false;
	}
}

void vm_end(struct test_vm *t)
{
	vm_stop(t);
	assert_int_equal(vgic5_vm_destroy(t->vm), 0);
	t->vm = NULL;
}

/* ---- the guest ---- */

void enter(struct test_vm *t, uint32_t vcpu, unsigned pe)
{
	assert_int_equal(vgic5_vcpu_load(t->vcpu[vcpu], t->fx->pe[pe]), 0);
	assert_int_equal(vgic5_vcpu_flush(t->vcpu[vcpu]), 0);
}

void leave(struct test_vm *t, uint32_t vcpu)
{
	vgic5_vcpu_sync(t->vcpu[vcpu]);
}

void put(struct test_vm *t, uint32_t vcpu, bool wfi)
{
	vgic5_vcpu_put(t->vcpu[vcpu], wfi);
}

static struct gic5_pe *hw_pe(struct test_vm *t, uint32_t vcpu)
{
	return port_sim_pe_gic5(vgic5_vcpu_loaded(t->vcpu[vcpu])->port);
}

uint64_t g_mrs(struct test_vm *t, uint32_t vcpu, uint32_t enc)
{
	uint64_t value = 0;
	const enum gic5_result result = gic5_sysreg_read(hw_pe(t, vcpu), &el1, enc, &value);

	if (result == GIC5_TRAP) {
		leave(t, vcpu);
		assert_int_equal(vgic5_trap_sysreg(t->vcpu[vcpu], enc, false, &value),
				 VGIC5_TRAP_DONE);
		assert_int_equal(vgic5_vcpu_flush(t->vcpu[vcpu]), 0);
	} else {
		assert_int_equal(result, GIC5_DONE);
	}
	return value;
}

void g_msr(struct test_vm *t, uint32_t vcpu, uint32_t enc, uint64_t value)
{
	const enum gic5_result result = gic5_sysreg_write(hw_pe(t, vcpu), &el1, enc, value);

	if (result == GIC5_TRAP) {
		leave(t, vcpu);
		assert_int_equal(vgic5_trap_sysreg(t->vcpu[vcpu], enc, true, &value),
				 VGIC5_TRAP_DONE);
		assert_int_equal(vgic5_vcpu_flush(t->vcpu[vcpu]), 0);
	} else {
		assert_int_equal(result, GIC5_DONE);
	}
}

void g_sys(struct test_vm *t, uint32_t vcpu, uint32_t enc, uint64_t value)
{
	const enum gic5_result result = gic5_sys(hw_pe(t, vcpu), &el1, enc, false, value);

	if (result == GIC5_TRAP) {
		leave(t, vcpu);
		assert_int_equal(vgic5_trap_insn(t->vcpu[vcpu],
						 vgic5_vcpu_loaded(t->vcpu[vcpu])->port, enc, false,
						 &value),
				 VGIC5_TRAP_DONE);
		assert_int_equal(vgic5_vcpu_flush(t->vcpu[vcpu]), 0);
	} else {
		assert_int_equal(result, GIC5_DONE);
	}
}

uint64_t g_sysl(struct test_vm *t, uint32_t vcpu, uint32_t enc)
{
	uint64_t value = 0;

	assert_int_equal(gic5_sysl(hw_pe(t, vcpu), &el1, enc, &value), GIC5_DONE);
	return value;
}

void g_cpu_up(struct test_vm *t, uint32_t vcpu)
{
	const uint64_t priorities = UINT64_C(0x1010101010101010);

	g_msr(t, vcpu, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	g_msr(t, vcpu, GIC5_ICC_PPI_ENABLER1_EL1, 0);
	for (uint32_t i = 0; i < 8; i++) {
		g_msr(t, vcpu, GIC5_ICC_PPI_PRIORITYR0_EL1 + i, priorities);
		g_msr(t, vcpu, GIC5_ICC_PPI_PRIORITYR8_EL1 + i, priorities);
	}
	g_msr(t, vcpu, GIC5_ICC_PCR_EL1, 0x1f);
	g_msr(t, vcpu, GIC5_ICC_CR0_EL1, 1);
}

void g_setup(struct test_vm *t, uint32_t vcpu, uint32_t intid, unsigned priority, uint32_t target)
{
	g_sys(t, vcpu, GIC5_CDPRI, intid | GIC5_PUT(CDPRI_PRIORITY, priority));
	g_sys(t, vcpu, GIC5_CDAFF, intid | GIC5_PUT(CDAFF_IAFFID, target));
	g_sys(t, vcpu, GIC5_CDEN, intid);
}

uint32_t g_ack(struct test_vm *t, uint32_t vcpu)
{
	const uint64_t ack = g_sysl(t, vcpu, GIC5_CDIA);

	return GIC5_GET(CDIA_VALID, ack) ? (uint32_t)ack : 0;
}

void g_done(struct test_vm *t, uint32_t vcpu, uint32_t intid)
{
	g_sys(t, vcpu, GIC5_CDDI, intid);
	g_sys(t, vcpu, GIC5_CDEOI, 0);
}

bool g_virq(struct test_vm *t, uint32_t vcpu)
{
	return gic5_line_level(hw_pe(t, vcpu), GIC5_LINE_VIRQ);
}

void g_irs_write(struct test_vm *t, uint32_t offset, uint64_t value)
{
	const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset);

	vgic5_irs_write(t->vm, t->fx->service, offset, reg->width / 8, value);
}

uint64_t g_irs_read(struct test_vm *t, uint32_t offset)
{
	const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset);

	return vgic5_irs_read(t->vm, offset, reg->width / 8);
}

void g_irs_on(struct test_vm *t)
{
	g_irs_write(t, GIC5_IRS_CR0, GIC5_PUT(IRS_CR0_IRSEN, 1));
}

void g_spi_level(struct test_vm *t, uint32_t spi, bool level)
{
	g_irs_write(t, GIC5_IRS_SPI_SELR, spi);
	g_irs_write(t, GIC5_IRS_SPI_CFGR, level);
}

void g_lpis(struct test_vm *t, unsigned bits)
{
	g_irs_write(t, GIC5_IRS_IST_CFGR, GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, bits));
	g_irs_write(t, GIC5_IRS_IST_BASER, 0x40000 | GIC5_PUT(IRS_IST_BASER_VALID, 1));
	assert_int_equal(g_irs_read(t, GIC5_IRS_IST_BASER), 0x40001);
}

void g_expect(struct test_vm *t, uint32_t vcpu, uint32_t intid)
{
	assert_true(g_virq(t, vcpu));
	assert_int_equal(g_ack(t, vcpu), intid);
	g_done(t, vcpu, intid);
}

void g_expect_none(struct test_vm *t, uint32_t vcpu)
{
	assert_false(g_virq(t, vcpu));
	assert_int_equal(g_ack(t, vcpu), 0);
}

struct gic5_irq_state irq_state(struct test_vm *t, uint32_t intid)
{
	struct gic5_irq_state state = {0};

	assert_true(gic5_inspect(t->fx->hw, vgic5_vm_id(t->vm), intid, &state));
	return state;
}
