/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual IRS as the guest sees it, and its options. */
#include "hyp_fixture.h"

static void start(void **state, struct test_vm *t, uint32_t vcpus)
{
	vm_make(*state, t, vcpus);
}

static void start_with(struct hyp_fixture *fx, struct test_vm *t, uint32_t options)
{
	vm_config(fx, t);
	t->cfg.options = options;
	vm_create(fx, t, 2);
	assert_int_equal(vm_device(t), 0);
	assert_int_equal(vm_set_base(t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(t), 0);
	vm_run(t);
	g_irs_on(t);
}

static uint32_t r32(struct test_vm *t, uint32_t offset)
{
	return (uint32_t)vgic5_irs_read(t->vm, offset, 4);
}

static void w32(struct test_vm *t, uint32_t offset, uint32_t value)
{
	vgic5_irs_write(t->vm, t->fx->service, offset, 4, value);
}

static void R43_identification_says_what_this_vm_offers(void **state)
{
	const struct irs_caps *host = NULL;
	struct test_vm t;

	start(state, &t, 3);
	host = &t.fx->gic->caps;
	assert_int_equal(
		r32(&t, GIC5_IRS_IDR0),
		GIC5_PUT(IRS_IDR0_INT_DOM, 1) |
			GIC5_PUT(IRS_IDR0_PA_RANGE, GIC5_GET(IRS_IDR0_PA_RANGE, host->idr0)));
	assert_int_equal(r32(&t, GIC5_IRS_IDR1), GIC5_PUT(IRS_IDR1_PRIORITY_BITS, 4) |
							 GIC5_PUT(IRS_IDR1_IAFFID_BITS, 1) | 3);
	assert_int_equal(r32(&t, GIC5_IRS_IDR2),
			 GIC5_PUT(IRS_IDR2_LPI, 1) | GIC5_PUT(IRS_IDR2_ID_BITS, 16));
	assert_int_equal(r32(&t, GIC5_IRS_IDR3), 0);
	assert_int_equal(r32(&t, GIC5_IRS_IDR4), 0);
	assert_int_equal(r32(&t, GIC5_IRS_IDR5), 32);
	assert_int_equal(r32(&t, GIC5_IRS_IDR6), 32);
	assert_int_equal(r32(&t, GIC5_IRS_IDR7), 0);
	assert_int_equal(r32(&t, GIC5_IRS_IIDR), 0x04b0043b);
	assert_int_equal(r32(&t, GIC5_IRS_AIDR), 0);
	assert_int_equal(r32(&t, GIC5_IRS_DEVARCH), 0x47705a19);
	assert_int_equal(r32(&t, GIC5_IRS_PIDR4), 4);
	assert_int_equal(r32(&t, GIC5_IRS_CIDR3), 0xb1);
	vm_end(&t);
	vm_config(*state, &t);
	t.cfg.iidr = 0x12345678; /* identity belongs to whoever claims it */
	vm_create(*state, &t, 1);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(r32(&t, GIC5_IRS_IIDR), 0x12345678);
	vm_end(&t);
}

/* Every register of the table: what can be written, by what width, reads back; the rest is RAZ/WI. */
static uint64_t written(const struct gic5_irs_reg_desc *reg)
{
	switch (reg->offset) {
	case GIC5_IRS_CR0: return GIC5_MASK(IRS_CR0_IRSEN);
	case GIC5_IRS_CR1:
		return reg->defined & ~(GIC5_MASK(IRS_CR1_VMT_WA) | GIC5_MASK(IRS_CR1_VPET_WA));
	case GIC5_IRS_SPI_SELR: return GIC5_MASK(IRS_SPI_SELR_ID);
	case GIC5_IRS_SPI_CFGR: return GIC5_MASK(IRS_SPI_CFGR_TM); /* SPI 0 is selected by then */
	case GIC5_IRS_PE_SELR: return GIC5_MASK(IRS_PE_SELR_IAFFID);
	case GIC5_IRS_IST_CFGR: return reg->defined;
	default: return 0;
	}
}

static void every_register_stores_its_fields_and_nothing_else(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t before = 0;

		if (reg->frame != GIC5_FRAME_CONFIG || reg->offset == GIC5_IRS_IST_BASER)
			continue;
		before = vgic5_irs_read(t.vm, reg->offset, reg->width / 8);
		vgic5_irs_write(t.vm, t.fx->service, reg->offset, reg->width / 8, ~UINT64_C(0));
		assert_true(vgic5_irs_read(t.vm, reg->offset, reg->width / 8) ==
			    (before | written(reg)));
		vgic5_irs_write(t.vm, t.fx->service, reg->offset, reg->width / 8, 0);
		if (!written(reg))
			assert_true(vgic5_irs_read(t.vm, reg->offset, reg->width / 8) == before);
		else
			assert_false(vgic5_irs_read(t.vm, reg->offset, reg->width / 8) &
				     written(reg));
	}
	vm_end(&t);
}

static void other_sizes_and_places_are_RAZ_WI(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	for (uint32_t offset = 0; offset < 0x20010; offset += offset < 0x400 ? 1 : 3) {
		const unsigned sizes[] = {1, 2, 3, 4, 8, 16};

		for (unsigned i = 0; i < 6; i++) {
			const struct gic5_irs_reg_desc *reg =
				offset < 0x10000 ? gic5_irs_reg_find(GIC5_FRAME_CONFIG, offset)
						 : NULL;
			const bool ok =
				reg && ((sizes[i] == 4 && offset % 4 == 0) ||
					(sizes[i] == 8 && offset % 8 == 0 && reg->width == 64));

			if (ok)
				continue;
			assert_true(vgic5_irs_read(t.vm, offset, sizes[i]) == 0);
			vgic5_irs_write(t.vm, t.fx->service, offset, sizes[i], ~UINT64_C(0));
		}
	}
	assert_int_equal(r32(&t, GIC5_IRS_CR0), 2); /* nothing of it had an effect */
	assert_int_equal(r32(&t, GIC5_IRS_CR1), 0);
	assert_true(vgic5_irs_read(t.vm, UINT32_MAX - 3, 4) == 0);
	vm_end(&t);
}

static void selectors_start_invalid_and_V_tells_what_exists(void **state)
{
	struct test_vm t;

	start(state, &t, 2);
	assert_int_equal(r32(&t, GIC5_IRS_SPI_SELR), 0xffffff);
	assert_int_equal(r32(&t, GIC5_IRS_PE_SELR), 0xffff);
	assert_int_equal(r32(&t, GIC5_IRS_SPI_STATUSR), 1);
	assert_int_equal(r32(&t, GIC5_IRS_PE_STATUSR), 1);
	w32(&t, GIC5_IRS_SPI_CFGR, 1); /* nothing selected */
	assert_int_equal(r32(&t, GIC5_IRS_SPI_CFGR), 0);
	w32(&t, GIC5_IRS_SPI_SELR, 31);
	assert_int_equal(r32(&t, GIC5_IRS_SPI_STATUSR), 3);
	w32(&t, GIC5_IRS_SPI_SELR, 32);
	assert_int_equal(r32(&t, GIC5_IRS_SPI_STATUSR), 1);
	assert_int_equal(r32(&t, GIC5_IRS_SPI_DOMAINR), 1);
	w32(&t, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(r32(&t, GIC5_IRS_PE_STATUSR), 7);
	assert_int_equal(r32(&t, GIC5_IRS_PE_CR0), 1);
	w32(&t, GIC5_IRS_PE_CR0, 0); /* ignored */
	assert_int_equal(r32(&t, GIC5_IRS_PE_CR0), 1);
	w32(&t, GIC5_IRS_PE_SELR, 2);
	assert_int_equal(r32(&t, GIC5_IRS_PE_STATUSR), 1);
	assert_int_equal(r32(&t, GIC5_IRS_PE_CR0), 0);
	vm_end(&t);
}

static void D1_trigger_mode_reaches_the_hardware_and_acts_on_pending(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_spi_level(&t, 4, true);
	assert_true(irq_state(&t, SPI(4)).level);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 4, true), 0);
	assert_true(irq_state(&t, SPI(4)).pending);
	g_spi_level(&t, 4, false); /* R_KBPXL: to edge with the wire high clears */
	assert_false(irq_state(&t, SPI(4)).level);
	assert_false(irq_state(&t, SPI(4)).pending);
	g_spi_level(&t, 4, true); /* to level with the wire high sets */
	assert_true(irq_state(&t, SPI(4)).pending);
	g_spi_level(&t, 4, true); /* the same again does nothing */
	assert_true(irq_state(&t, SPI(4)).pending);
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 4, false), 0);
	assert_false(irq_state(&t, SPI(4)).pending);
	vm_end(&t);
}

static void D7_SPI_CFGR_by_the_vmm_counts_if_a_valid_spi_is_selected(void **state)
{
	struct test_vm t;
	uint64_t value = 0;

	vm_make(*state, &t, 1);
	vm_stop(&t);
	vm_end(&t);
	vm_config(*state, &t);
	vm_create(*state, &t, 1);
	assert_int_equal(vm_device(&t), 0);
	assert_int_equal(vm_set_base(&t, FX_IRS_GPA), 0);
	assert_int_equal(vm_do_init(&t), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_SPI_CFGR, 1), 0); /* nothing selected: accepted */
	assert_int_equal(irs_get(&t, GIC5_IRS_SPI_CFGR, &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_SPI_SELR, 7), 0);
	assert_int_equal(irs_set(&t, GIC5_IRS_SPI_CFGR, 1), 0);
	assert_int_equal(irs_get(&t, GIC5_IRS_SPI_CFGR, &value), 0);
	assert_int_equal(value, 1);
	assert_true(irq_state(&t, SPI(7)).level);
	vm_end(&t);
}

/* ---- the guest's IST ---- */

static void the_guests_ist_is_refused_unless_its_shape_is_legal(void **state)
{
	static struct hyp_fixture fx;
	const uint32_t bad[] = {
		(uint32_t)GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 6), /* below the minimum */
		(uint32_t)GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 17),
		(uint32_t)GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 31),
		(uint32_t)(GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 8) | GIC5_PUT(IRS_IST_CFGR_ISTSZ, 1)),
		(uint32_t)(GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 12) |
			   GIC5_PUT(IRS_IST_CFGR_STRUCTURE, 1)),
	};
	struct test_vm t;

	(void)state;
	fx_init(&fx);
	fx.irs.min_lpi_id_bits = 7;
	fx_start(&fx);
	vm_make(&fx, &t, 1);
	for (unsigned i = 0; i < 5; i++) {
		w32(&t, GIC5_IRS_IST_CFGR, bad[i]);
		g_irs_write(&t, GIC5_IRS_IST_BASER, 0x100001);
		assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0x100000);
	}
	w32(&t, GIC5_IRS_IST_CFGR, 7);
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x100001);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0x100001);
	w32(&t, GIC5_IRS_IST_CFGR, 8); /* ignored while valid */
	assert_int_equal(r32(&t, GIC5_IRS_IST_CFGR), 7);
	vm_end(&t);
	fx_stop(&fx);
}

static void IST_BASER_takes_halves(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	w32(&t, GIC5_IRS_IST_CFGR, 6);
	w32(&t, GIC5_IRS_IST_BASER + 4, 0x12);
	assert_true(g_irs_read(&t, GIC5_IRS_IST_BASER) == UINT64_C(0x1200000000));
	w32(&t, GIC5_IRS_IST_BASER, 0x34000001);
	assert_true(g_irs_read(&t, GIC5_IRS_IST_BASER) == UINT64_C(0x1234000001));
	assert_int_equal(r32(&t, GIC5_IRS_IST_BASER + 4), 0x12);
	w32(&t, GIC5_IRS_IST_BASER, 0);
	assert_true(g_irs_read(&t, GIC5_IRS_IST_BASER) == UINT64_C(0x1200000000));
	vm_end(&t);
}

static void an_ist_may_be_invalidated_and_made_anew(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	for (unsigned bits = 5; bits < 16; bits += 5) {
		const uint32_t last = LPI((1U << bits) - 1);

		g_lpis(&t, bits);
		g_setup(&t, 0, last, 8, 0);
		g_sys(&t, 0, GIC5_CDPEND, last | GIC5_PUT(CDPEND_PENDING, 1));
		g_irs_write(&t, GIC5_IRS_IST_BASER, 0); /* pending: gone with its table */
		g_expect_none(&t, 0);
		g_lpis(&t, bits);
		assert_false(irq_state(&t, last).pending);
		g_setup(&t, 0, last, 8, 0);
		g_sys(&t, 0, GIC5_CDPEND, last | GIC5_PUT(CDPEND_PENDING, 1));
		g_expect(&t, 0, last);
		g_irs_write(&t, GIC5_IRS_IST_BASER, 0);
	}
	vm_end(&t);
}

static void a_timed_out_ist_mapping_kills_the_vm_and_keeps_the_memory(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	w32(&t, GIC5_IRS_IST_CFGR, 6);
	port_sim_fail(t.fx->port, 2, PORT_SIM_FAULT_POLL);
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x100001);
	port_sim_fail(t.fx->port, 0, 0);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0x100000);
	assert_true(vgic5_vm_is_dead(t.vm));
	assert_non_null(t.vm->lpi_ist.top.va);
	vm_end(&t);
}

static void R49_no_guest_access_touches_the_spi_ist(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	g_irs_on(&t);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, SPI(3), 8, 0);
	for (uint32_t offset = GIC5_IRS_VMT_BASER; offset < GIC5_IRS_SWERR_STATUSR; offset += 4) {
		w32(&t, offset, UINT32_MAX);
		assert_int_equal(r32(&t, offset), 0);
	}
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 3, true), 0);
	g_expect(&t, 0, SPI(3));
	vm_end(&t);
}

static void R32_more_id_bits_than_16_are_not_offered_even_by_a_24_bit_host(void **state)
{
	struct test_vm t;

	start(state, &t, 1);
	assert_int_equal(GIC5_GET(IRS_IDR2_ID_BITS, t.fx->gic->caps.idr2), 24);
	assert_int_equal(GIC5_GET(IRS_IDR2_ID_BITS, r32(&t, GIC5_IRS_IDR2)), 16);
	g_lpis(&t, 16);
	vm_end(&t);
}

/* ---- options ---- */

static void option_SETLPI_makes_lpis_pending(void **state)
{
	struct test_vm t;

	start_with(*state, &t, VGIC5_OPT_SETLPI | VGIC5_OPT_SWERR);
	assert_int_equal(GIC5_GET(IRS_IDR0_SETLPI, r32(&t, GIC5_IRS_IDR0)), 1);
	w32(&t, 0x10000, 3); /* no IST yet */
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_V, g_irs_read(&t, GIC5_IRS_SWERR_STATUSR)), 1);
	assert_int_equal(
		GIC5_GET(IRS_SWERR_SYNDROMER0_ID, g_irs_read(&t, GIC5_IRS_SWERR_SYNDROMER0)), 3);
	g_lpis(&t, 6);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, LPI(5), 8, 0);
	w32(&t, 0x10000, 5);
	g_expect(&t, 0, LPI(5));
	w32(&t, 0x10000, 64); /* beyond the table */
	g_expect_none(&t, 0);
	vm_end(&t);
	start(state, &t, 1); /* without the option the frame is RAZ/WI */
	g_lpis(&t, 6);
	w32(&t, 0x10000, 5);
	assert_false(irq_state(&t, LPI(5)).pending);
	vm_end(&t);
}

static void option_two_level_ist_marks_the_guests_level_1_entries(void **state)
{
	static struct test_vm t;
	const uint32_t cfgr = (uint32_t)(GIC5_PUT(IRS_IST_CFGR_LPI_ID_BITS, 12) |
					 GIC5_PUT(IRS_IST_CFGR_STRUCTURE, 1));

	start_with(*state, &t, VGIC5_OPT_TWO_LEVEL_IST | VGIC5_OPT_SWERR);
	assert_int_equal(GIC5_GET(IRS_IDR2_IST_LEVELS, r32(&t, GIC5_IRS_IDR2)), 1);
	w32(&t, GIC5_IRS_IST_CFGR, cfgr);
	t.guest[0x1008] = 0;
	t.guest[0x1009] = 0x80; /* the second entry's table */
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x1001);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_IST_BASER), 0x1001);
	w32(&t, GIC5_IRS_MAP_L2_ISTR, 1025);
	assert_int_equal(t.guest[0x1008], 1);
	assert_int_equal(t.guest[0x1009], 0x80);
	assert_int_equal(t.guest[0x1000], 0);
	w32(&t, GIC5_IRS_MAP_L2_ISTR, 4096); /* no such LPI */
	w32(&t, GIC5_IRS_MAP_L2_ISTR, 0xffffff);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_SWERR_STATUSR), 0);
	enter(&t, 0, 0);
	g_cpu_up(&t, 0);
	g_setup(&t, 0, LPI(1030), 8, 0);
	g_sys(&t, 0, GIC5_CDPEND, LPI(1030) | GIC5_PUT(CDPEND_PENDING, 1));
	g_expect(&t, 0, LPI(1030));
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0);
	/* A table outside guest memory: reported, nothing else. */
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x7fff0001);
	w32(&t, GIC5_IRS_MAP_L2_ISTR, 0);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_V, g_irs_read(&t, GIC5_IRS_SWERR_STATUSR)), 1);
	vm_end(&t);
}

static void option_SWERR_records_the_first_error_until_it_is_cleared(void **state)
{
	struct test_vm t;
	uint64_t status = 0;

	start_with(*state, &t, VGIC5_OPT_SWERR);
	w32(&t, GIC5_IRS_IST_CFGR, 31);
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x100001);
	status = g_irs_read(&t, GIC5_IRS_SWERR_STATUSR);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_V, status), 1);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_EC, status), 0xff);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_IMP_EC, status), 4);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_SWERR_SYNDROMER1), 0x100000);
	g_irs_write(&t, GIC5_IRS_IST_BASER, 0x200001); /* lost */
	status = g_irs_read(&t, GIC5_IRS_SWERR_STATUSR);
	assert_int_equal(GIC5_GET(IRS_SWERR_STATUSR_OF, status), 1);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_SWERR_SYNDROMER1), 0x100000);
	g_irs_write(&t, GIC5_IRS_SWERR_STATUSR, 1); /* has not seen OF */
	assert_int_not_equal(g_irs_read(&t, GIC5_IRS_SWERR_STATUSR), 0);
	g_irs_write(&t, GIC5_IRS_SWERR_STATUSR, status);
	assert_int_equal(g_irs_read(&t, GIC5_IRS_SWERR_STATUSR), 0);
	vm_end(&t);
}

static void option_ONE_N_lets_any_eligible_vcpu_take_an_spi(void **state)
{
	static struct hyp_fixture fx;
	struct test_vm t;

	(void)state;
	fx_init(&fx);
	fx.irs.one_n = fx.irs.virt_one_n = true;
	fx_start(&fx);
	start_with(&fx, &t, VGIC5_OPT_ONE_N);
	assert_int_equal(GIC5_GET(IRS_IDR0_ONE_N, r32(&t, GIC5_IRS_IDR0)), 1);
	w32(&t, GIC5_IRS_PE_SELR, 0);
	assert_int_equal(r32(&t, GIC5_IRS_PE_CR0), 0);
	w32(&t, GIC5_IRS_PE_CR0, 1); /* vCPU 0 wants none */
	assert_int_equal(r32(&t, GIC5_IRS_PE_CR0), 1);
	for (uint32_t v = 0; v < 2; v++) {
		enter(&t, v, v);
		g_cpu_up(&t, v);
	}
	g_setup(&t, 0, SPI(1), 8, 0);
	g_sys(&t, 0, GIC5_CDAFF, SPI(1) | GIC5_PUT(CDAFF_IRM, 1));
	assert_int_equal(line(&t, VGIC5_IRQ_TYPE_SPI, 0, 1, true), 0);
	g_expect_none(&t, 0);
	g_expect(&t, 1, SPI(1));
	vm_end(&t);
	fx_stop(&fx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HYP_TEST(R43_identification_says_what_this_vm_offers),
		HYP_TEST(every_register_stores_its_fields_and_nothing_else),
		HYP_TEST(other_sizes_and_places_are_RAZ_WI),
		HYP_TEST(selectors_start_invalid_and_V_tells_what_exists),
		HYP_TEST(D1_trigger_mode_reaches_the_hardware_and_acts_on_pending),
		HYP_TEST(D7_SPI_CFGR_by_the_vmm_counts_if_a_valid_spi_is_selected),
		cmocka_unit_test(the_guests_ist_is_refused_unless_its_shape_is_legal),
		HYP_TEST(IST_BASER_takes_halves),
		HYP_TEST(an_ist_may_be_invalidated_and_made_anew),
		HYP_TEST(a_timed_out_ist_mapping_kills_the_vm_and_keeps_the_memory),
		HYP_TEST(R49_no_guest_access_touches_the_spi_ist),
		HYP_TEST(R32_more_id_bits_than_16_are_not_offered_even_by_a_24_bit_host),
		HYP_TEST(option_SETLPI_makes_lpis_pending),
		HYP_TEST(option_two_level_ist_marks_the_guests_level_1_entries),
		HYP_TEST(option_SWERR_records_the_first_error_until_it_is_cleared),
		cmocka_unit_test(option_ONE_N_lets_any_eligible_vcpu_take_an_spi),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
