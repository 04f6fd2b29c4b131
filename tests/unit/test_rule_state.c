/* SPDX-License-Identifier: BSD-2-Clause */
/* Reset, save and load of all architectural state (R6, L6 to L9 of the hardware). */
#include "gic_test.h"

#include <stdlib.h>
#include <string.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

/* ---- reset ---- */

static void assert_reset_values(struct gic_fixture *fx)
{
	size_t i;
	unsigned p;

	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t want = reg->offset == GIC5_IRS_SPI_DOMAINR ? 0 : reg->reset;

		if (reg->frame != GIC5_FRAME_CONFIG || reg->reset_from_config)
			continue;
		/* SPI 0 and PE 0 are selected, and exist. */
		if (reg->offset == GIC5_IRS_SPI_STATUSR || reg->offset == GIC5_IRS_PE_STATUSR)
			continue;
		if (reg->access != GIC5_WO)
			assert_int_equal(
				gic5_irs_read(fx->gic, 0, reg->frame, reg->offset, reg->width / 8),
				want);
	}
	for (p = 0; p < fx->cfg.pe_count; p++) {
		for (i = 0; i < gic5_sysreg_count; i++) {
			if (!gic5_sysregs[i].reset_from_config)
				assert_int_equal(gic_mrs(fx, p, &gic_el2, gic5_sysregs[i].enc),
						 gic5_sysregs[i].reset);
		}
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICC_IDR0_EL1), 0x41);
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICC_CR0_EL1) & 3, 2);
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICH_HFGRTR_EL2), 8);
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICH_HFGWTR_EL2), 0);
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICH_HFGITR_EL2), 0);
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICH_VCTLR_EL2), 0);
	}
}

GIC_TEST_PLAIN(R6_every_register_has_its_reset_value)
{
	static struct gic_fixture fx;

	(void)state;
	gic_fixture_init(&fx);
	fx.cfg.firmware_has_run = false;
	gic_test_create(&fx);
	assert_reset_values(&fx);
	gic_test_stop(&fx);
}

/* Something of everything. */
static void busy(struct gic_fixture *fx)
{
	/* A software error: SPI 9999 does not exist. */
	gic5_event_physical(fx->gic, SPI(9999), GIC5_SET_EDGE);
	assert_true(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR) & 1);
	gic_take_reports(fx, 15, GIC5_ORIGIN_HOST, NULL);
	gic_lpis(fx, 8);
	gic_simple_vm(fx, 2);
	gic_setup_irq(fx, 0, &gic_el2, LPI(5), 9, 0);
	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 9, 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 7);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
	gic5_spi_wire(fx->gic, 7, true);
	gic5_event_physical(fx->gic, LPI(5), GIC5_SET_EDGE);
	gic5_event_physical(fx->gic, SPI(5), GIC5_SET_EDGE);
	gic_ack(fx, 1, &gic_el2);
	gic5_ppi_wire(gic5_pe(fx->gic, 1), GIC5_PPI_CNTP, true);
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, 1 << GIC5_PPI_CNTP);
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_PPI_PRIORITYR0_EL1, 5 << 24);
	gic_vpe_dbr(fx, 1, 1, 6, 12, true);
	gic_enter(fx, 0, 1, 0);
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(3), 4, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(LPI(3), true));
	gic_msr(fx, 0, &gic_el2, GIC5_ICH_PPI_PENDR0_EL2, 1 << GIC5_PPI_CNTV);
}

GIC_TEST_WITH(gic5_reset_is_a_cold_reset, fx->cfg.firmware_has_run = false)
{
	uint32_t vm, vpe;

	busy(fx);
	gic5_ppi_wire(gic5_pe(fx->gic, 1), GIC5_PPI_CNTP, false); /* wires are inputs */
	gic5_spi_wire(fx->gic, 7, false);
	gic5_reset(fx->gic);
	assert_reset_values(fx);
	assert_false(gic_state(fx, -1, SPI(5)).enabled);
	assert_false(gic_state(fx, -1, SPI(5)).active);
	assert_false(gic5_line_level(gic5_pe(fx->gic, 1), GIC5_LINE_IRQ));
	assert_false(fx->line[1][GIC5_LINE_IRQ]);
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
}

GIC_TEST(pe_reset_ends_residency_without_doorbell_and_keeps_wires)
{
	uint32_t vm, vpe;

	busy(fx);
	gic_vpe_dbr(fx, 1, 0, 7, 31, false);
	gic5_pe_reset(gic5_pe(fx->gic, 0));
	assert_false(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
	assert_false(gic_state(fx, -1, LPI(7)).pending);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PCR_EL1), 0);
	assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_CR0_EL1) & 3, 2);
	gic5_pe_reset(gic5_pe(fx->gic, 1));
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1), 0);
	assert_int_equal(gic_mrs(fx, 1, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1), 1 << GIC5_PPI_CNTP);
	/* What belongs to the IRS stays. */
	assert_true(gic_state(fx, -1, SPI(5)).active);
}

/* ---- save and load ---- */

static void *save(struct gic_fixture *fx, size_t *size)
{
	void *buf;

	*size = gic5_save(fx->gic, NULL, 0);
	assert_true(*size > 0);
	buf = malloc(*size);
	assert_non_null(buf);
	assert_int_equal(gic5_save(fx->gic, buf, *size), *size);
	return buf;
}

/* Everything that can be read, in one list. */
static size_t dump(struct gic_fixture *fx, uint64_t *out)
{
	struct gic5_irq_state s;
	size_t n = 0, i;
	unsigned p;

	for (i = 0; i < gic5_irs_reg_count; i++)
		out[n++] = gic5_irs_read(fx->gic, 0, gic5_irs_regs[i].frame,
					 gic5_irs_regs[i].offset, gic5_irs_regs[i].width / 8);
	for (p = 0; p < fx->cfg.pe_count; p++) {
		for (i = 0; i < gic5_sysreg_count; i++)
			out[n++] = gic_mrs(fx, p, &gic_el2, gic5_sysregs[i].enc);
		for (i = 0; i < GIC5_LINE_COUNT; i++)
			out[n++] = gic5_line_level(gic5_pe(fx->gic, p), i);
	}
	for (i = 0; i < 64; i++) {
		s = gic_state(fx, -1, SPI(i));
		out[n++] = s.pending | s.active << 1 | s.enabled << 2 | s.level << 3 |
			   s.priority << 4 | (uint64_t)s.iaffid << 16;
		s = gic_state(fx, 1, LPI(i));
		out[n++] = s.pending | s.active << 1 | s.enabled << 2 | s.level << 3 |
			   s.priority << 4 | (uint64_t)s.iaffid << 16;
	}
	return n;
}

GIC_TEST(save_load_save_gives_identical_bytes_and_the_same_state)
{
	static uint64_t before[1024], after[1024];
	size_t size, again, n;
	void *first, *second;

	busy(fx);
	first = save(fx, &size);
	n = dump(fx, before);
	assert_int_equal(gic5_load(fx->gic, first, size), 0);
	assert_int_equal(dump(fx, after), n);
	assert_memory_equal(before, after, n * sizeof(before[0]));
	second = save(fx, &again);
	assert_int_equal(size, again);
	assert_memory_equal(first, second, size);
	free(first);
	free(second);
	gic_take_reports(fx, 9, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST(saved_state_goes_on_in_another_system)
{
	static struct gic_fixture other;
	static uint64_t before[1024], after[1024];
	size_t size, n;
	void *bytes;

	busy(fx);
	bytes = save(fx, &size);
	n = dump(fx, before);
	gic_fixture_init(&other);
	gic_test_create(&other);
	memcpy(other.memory, fx->memory, fx->memory_size);
	assert_int_equal(gic5_load(other.gic, bytes, size), 0);
	assert_int_equal(dump(&other, after), n);
	assert_memory_equal(before, after, n * sizeof(before[0]));
	assert_int_equal(gic_ack(&other, 0, &gic_el2), LPI(5));
	assert_int_equal(gic_ack(&other, 0, &gic_el1_virt), LPI(3));
	/* The wires are still high there. */
	assert_int_equal(gic_mrs(&other, 1, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1),
			 1 << GIC5_PPI_CNTP);
	gic_msr(&other, 1, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1, 0);
	gic_setup_irq(&other, 0, &gic_el2, SPI(7), 3, 1);
	assert_int_equal(gic_ack(&other, 1, &gic_el2), SPI(7));
	gic5_spi_wire(other.gic, 7, false);
	assert_false(gic_state(&other, -1, SPI(7)).pending);
	free(bytes);
	gic_take_reports(&other, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
	gic_test_stop(&other);
}

/* Whatever was loaded: no register shows a bit that it does not have. */
static void assert_sane(struct gic_fixture *fx)
{
	size_t i;
	unsigned p;

	for (i = 0; i < gic5_irs_reg_count; i++)
		assert_int_equal(gic5_irs_read(fx->gic, 0, gic5_irs_regs[i].frame,
					       gic5_irs_regs[i].offset,
					       gic5_irs_regs[i].width / 8) &
					 ~gic5_irs_regs[i].defined,
				 0);
	for (p = 0; p < fx->cfg.pe_count; p++) {
		for (i = 0; i < gic5_sysreg_count; i++) {
			const struct gic5_sysreg_desc *reg = &gic5_sysregs[i];
			uint64_t value = gic_mrs(fx, p, &gic_el2, reg->enc);
			unsigned word = GIC5_ENC_OP2(reg->enc) & 1;

			assert_int_equal(value & ~reg->defined, 0);
			if (reg->shape == GIC5_SHAPE_BITMAP)
				assert_int_equal(value & ~fx->pe[p].ppi_implemented[word], 0);
		}
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICC_HPPIR_EL1) != 0,
				 gic5_line_level(gic5_pe(fx->gic, p), GIC5_LINE_IRQ));
		assert_int_equal(gic_mrs(fx, p, &gic_el2, GIC5_ICH_HPPIR_EL2) != 0,
				 gic5_line_level(gic5_pe(fx->gic, p), GIC5_LINE_VIRQ));
	}
}

GIC_TEST(damaged_bytes_are_refused_or_harmless_and_a_refusal_changes_nothing)
{
	static uint64_t before[1024], after[1024];
	size_t size, n, i;
	uint8_t *bytes;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	busy(fx);
	bytes = save(fx, &size);
	n = dump(fx, before);
	for (i = 0; i < size; i++) {
		uint8_t flip = (uint8_t)(1 << i % 8);
		int ret;

		bytes[i] ^= flip;
		assert_int_not_equal(gic5_load(fx->gic, bytes, size), 0); /* the checksum */
		gic_repair_state(bytes, size);
		ret = gic5_load(fx->gic, bytes, size);
		bytes[i] ^= flip;
		gic_repair_state(bytes, size);
		if (!ret) {
			assert_sane(fx);
			assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
		} else if (i % 61 == 0) {
			assert_int_equal(dump(fx, after), n);
			assert_memory_equal(before, after, n * sizeof(before[0]));
		}
	}
	for (i = 0; i < size; i += 1 + size / 97)
		assert_int_not_equal(gic5_load(fx->gic, bytes, i), 0);
	free(bytes);
}

static void one_of_n(struct gic_fixture *fx)
{
	fx->irs[0].one_n = fx->irs[0].virt_one_n = true;
}

GIC_TEST_WITH(damaged_bytes_of_1_of_n_choices_are_refused_or_harmless, one_of_n(fx))
{
	size_t size, i;
	uint8_t *bytes;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_lpis(fx, 6);
	gic_simple_vm(fx, 2);
	gic_setup_irq(fx, 0, &gic_el2, LPI(5), 9, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, LPI(5) | GIC5_MASK(CDAFF_IRM));
	gic5_event_physical(fx->gic, LPI(5), GIC5_SET_EDGE);
	gic_enter(fx, 0, 1, 0);
	gic_enter(fx, 1, 1, 1);
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(3), 4, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDAFF, LPI(3) | GIC5_MASK(CDAFF_IRM));
	gic5_event_virtual(fx->gic, 1, LPI(3), GIC5_SET_EDGE);
	bytes = save(fx, &size);
	for (i = 32; i < size; i++) {
		uint8_t was = bytes[i];
		int ret;

		/* One more is the first index beyond the end, where the byte is an index. */
		bytes[i] = (uint8_t)(was + 1);
		gic_repair_state(bytes, size);
		ret = gic5_load(fx->gic, bytes, size);
		bytes[i] = was;
		gic_repair_state(bytes, size);
		if (!ret) {
			assert_sane(fx);
			assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
		}
	}
	free(bytes);
}

GIC_TEST(state_of_another_configuration_is_refused)
{
	static struct gic_fixture other;
	size_t size;
	void *bytes;

	busy(fx);
	bytes = save(fx, &size);
	gic_fixture_init(&other);
	other.cfg.pe_count = 3;
	gic_test_create(&other);
	assert_int_equal(gic5_load(other.gic, bytes, size), -VGIC5_E_INVAL);
	gic_test_stop(&other);
	gic_fixture_init(&other);
	other.irs[0].priority_bits = 4;
	gic_test_create(&other);
	assert_int_equal(gic5_load(other.gic, bytes, size), -VGIC5_E_INVAL);
	gic_test_stop(&other);
	free(bytes);
}

GIC_TEST(L9_saving_changes_nothing)
{
	static uint64_t before[1024], after[1024];
	size_t n, size;

	busy(fx);
	n = dump(fx, before);
	free(save(fx, &size));
	assert_int_equal(dump(fx, after), n);
	assert_memory_equal(before, after, n * sizeof(before[0]));
}

/* ---- L1: failing allocations ---- */

/* Table commands and what follows; any of them may have no effect. */
static void attempt(struct gic_fixture *fx)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};
	struct gic_vm vm;

	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 5);
	vm = gic_simple_vm(fx, 2);
	gic_vpe_dbr(fx, 1, 0, 5, 31, false);
	gic_enter(fx, 0, 1, 0);
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(3), 4, 0);
	gic_sys(fx, 0, &gic_el1_virt, GIC5_CDPEND, gic_op_pend(LPI(3), true));
	gic_setup_irq(fx, 0, &gic_el2, LPI(3), 4, 0);
	gic5_event_physical(fx->gic, LPI(3), GIC5_SET_EDGE);
	gic_ack(fx, 0, &gic_el2);
	gic_leave(fx, 0, 31);
	gic_vm_unmap(fx, &vm);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
}

GIC_TEST_PLAIN(L1_creation_survives_the_failure_of_each_allocation)
{
	static struct gic_fixture fx;
	size_t total, n;

	(void)state;
	gic_fixture_init(&fx);
	gic_test_create(&fx);
	total = fx.alloc_count;
	gic_test_stop(&fx);
	for (n = 1; n <= total; n++) {
		gic_fixture_init(&fx);
		fx.fail_alloc = n;
		assert_int_equal(gic_fixture_start(&fx), -VGIC5_E_NOMEM);
		gic_test_stop(&fx);
	}
	gic5_destroy(NULL);
}

GIC_TEST_PLAIN(L1_table_commands_survive_the_failure_of_each_allocation)
{
	static struct gic_fixture fx;
	unsigned n;

	(void)state;
	for (n = 1; n < 40; n++) {
		gic_fixture_init(&fx);
		fx.memory_size = 1 << 20;
		gic_test_start(&fx);
		gic_allow_reports(&fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
		gic_allow_reports(&fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST);
		fx.fail_alloc = n;
		attempt(&fx);
		gic_test_stop(&fx);
	}
}

GIC_TEST_MAIN()
