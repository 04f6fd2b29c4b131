/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Saving and loading as an emulator uses it: a load that fails changes nothing, whatever fails; a
 * loaded system goes on as the saved one.
 */
#include <stdlib.h>
#include <string.h>

#include "gic_test.h"

#define LPI(id) GIC5_INTID(GIC5_TYPE_LPI, id)
#define SPI(id) GIC5_INTID(GIC5_TYPE_SPI, id)

/*
 * VPE 1 of VM 1 is resident on PE 0, with an interrupt active and one pending; VPE 0 waits for a
 * doorbell.
 */
static void busy(struct gic_fixture *fx)
{
	struct gic_vm vm = gic_simple_vm(fx, 2);

	gic_lpis(fx, 8);
	gic_vpe_dbr(fx, vm.vm_id, 0, 40, 31, false);
	gic_vpe_dbr(fx, vm.vm_id, 1, 41, 31, false);
	gic_setup_irq(fx, 0, &gic_el2, LPI(40), 4, 0);
	assert_true(gic_enter(fx, 0, vm.vm_id, 0));
	for (unsigned i = 0; i < 4; i++)
		gic_setup_irq(fx, 0, &gic_el1_virt, LPI(i), i, i == 3 ? 0 : 1);
	gic_leave(fx, 0, 20);
	assert_true(gic_enter(fx, 0, vm.vm_id, 1));
	for (unsigned i = 0; i < 3; i++)
		gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(vm.vm_id, LPI(i), true));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(0));
	gic_setup_irq(fx, 0, &gic_el2, SPI(9), 7, 1);
	gic5_spi_wire(fx->gic, 9, true);
}

/* What the guest and the host find from here on. */
static void goes_on(struct gic_fixture *fx)
{
	uint32_t vm, vpe;

	assert_true(gic5_resident(gic5_pe(fx->gic, 0), &vm, &vpe));
	assert_int_equal(vm, 1);
	assert_int_equal(vpe, 1);
	assert_true(gic_state(fx, 1, LPI(0)).active);
	gic_done(fx, 0, &gic_el1_virt, LPI(0));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(1));
	gic_done(fx, 0, &gic_el1_virt, LPI(1));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(2));
	gic_done(fx, 0, &gic_el1_virt, LPI(2));
	assert_int_equal(gic_ack(fx, 1, &gic_el2), SPI(9));
	gic_done(fx, 1, &gic_el2, SPI(9));
	assert_false(gic5_line_level(gic5_pe(fx->gic, 0), GIC5_LINE_IRQ));
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(1, LPI(3), true));
	assert_int_equal(gic_ack(fx, 0, &gic_el2), LPI(40)); /* VPE 0's doorbell */
	gic_done(fx, 0, &gic_el2, LPI(40));
}

static uint8_t *save(struct gic_fixture *fx, size_t *size)
{
	uint8_t *bytes;

	*size = gic5_save(fx->gic, NULL, 0);
	bytes = malloc(*size);
	assert_non_null(bytes);
	assert_int_equal(gic5_save(fx->gic, bytes, *size), *size);
	return bytes;
}

GIC_TEST(loaded_system_goes_on_with_residency_active_interrupts_and_doorbells)
{
	uint8_t *bytes;
	size_t size;

	busy(fx);
	bytes = save(fx, &size);
	gic_leave(fx, 0, -1);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(9));
	assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
	free(bytes);
	goes_on(fx);
}

GIC_TEST(load_that_runs_out_of_memory_changes_nothing_at_any_allocation)
{
	unsigned failures = 0;
	uint8_t *bytes;
	size_t size;

	busy(fx);
	bytes = save(fx, &size);
	for (size_t i = 1;; i++) {
		int ret;

		fx->fail_alloc = i;
		ret = gic5_load(fx->gic, bytes, size);
		fx->fail_alloc = 0;
		if (!ret)
			break;
		assert_int_equal(ret, -VGIC5_E_NOMEM);
		failures++;
	}
	assert_true(failures > 8);
	gic5_reset(fx->gic); /* the state is not in these allocations: it comes from the bytes */
	assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
	fx->fail_alloc = 3;
	assert_int_equal(gic5_load(fx->gic, bytes, size), -VGIC5_E_NOMEM);
	fx->fail_alloc = 0;
	free(bytes);
	goes_on(fx);
}

GIC_TEST(truncated_and_foreign_bytes_are_refused_and_change_nothing)
{
	uint8_t *bytes;
	size_t size;

	busy(fx);
	bytes = save(fx, &size);
	for (size_t cut = 0; cut < size; cut += 1 + cut / 16)
		assert_int_equal(gic5_load(fx->gic, bytes, cut), -VGIC5_E_INVAL);
	bytes[0] ^= 1;
	assert_int_equal(gic5_load(fx->gic, bytes, size), -VGIC5_E_INVAL);
	bytes[0] ^= 1;
	bytes[8] = 99; /* the version */
	assert_int_equal(gic5_load(fx->gic, bytes, size), -VGIC5_E_NOSYS);
	bytes[8] = 1;
	bytes[size - 1] ^= 0x80;
	assert_int_equal(gic5_load(fx->gic, bytes, size), -VGIC5_E_INVAL);
	free(bytes);
	goes_on(fx);
}

GIC_TEST(too_small_a_buffer_is_not_overrun)
{
	uint8_t guard[64];
	size_t size;

	busy(fx);
	memset(guard, 0xa5, sizeof(guard));
	size = gic5_save(fx->gic, guard, 48);
	assert_true(size > sizeof(guard));
	for (size_t i = 48; i < sizeof(guard); i++)
		assert_int_equal(guard[i], 0xa5);
	goes_on(fx);
}

/* ---- choices ---- */

GIC_TEST_WITH(one_of_n_choice_survives_save_and_load, fx->cfg.pe_count = 3; fx->irs[0].one_n = true)
{
	uint8_t *first, *second;
	size_t size, again;
	unsigned before = 0, after = 0;

	gic_setup_irq(fx, 0, &gic_el2, SPI(5), 4, 0);
	gic_sys(fx, 0, &gic_el2, GIC5_CDAFF, gic_op_aff(SPI(5), 0) | GIC5_MASK(CDAFF_IRM));
	gic5_spi_wire(fx->gic, 5, true);
	for (unsigned i = 0; i < 3; i++)
		before |= (unsigned)gic5_line_level(gic5_pe(fx->gic, i), GIC5_LINE_IRQ) << i;
	assert_true(before && !(before & (before - 1)));
	first = save(fx, &size);
	assert_int_equal(gic5_load(fx->gic, first, size), 0);
	second = save(fx, &again);
	assert_int_equal(size, again);
	assert_memory_equal(first, second, size);
	for (unsigned i = 0; i < 3; i++)
		after |= (unsigned)gic5_line_level(gic5_pe(fx->gic, i), GIC5_LINE_IRQ) << i;
	assert_int_equal(before, after);
	free(first);
	free(second);
}

/* ---- deferred instructions and operations in flight ---- */

GIC_TEST_WITH(deferred_instructions_complete_before_saving, fx->cfg.insn_delay = 50)
{
	uint8_t *bytes;
	size_t size;

	gic_sys(fx, 0, &gic_el2, GIC5_CDEN, SPI(3));
	assert_false(gic_state(fx, -1, SPI(3)).enabled);
	bytes = save(fx, &size);
	assert_true(gic_state(fx, -1, SPI(3)).enabled);
	gic_sys(fx, 0, &gic_el2, GIC5_CDDIS, SPI(3));
	gic5_context_sync(gic5_pe(fx->gic, 0));
	assert_int_equal(gic5_load(fx->gic, bytes, size), 0);
	assert_true(gic_state(fx, -1, SPI(3)).enabled);
	/* the PE is not left locked */
	gic_sys(fx, 0, &gic_el2, GIC5_GSB_SYS, 0);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 3);
	free(bytes);
}

GIC_TEST(operation_in_flight_completes_before_saving)
{
	uint8_t *bytes;
	size_t size;

	gic5_set_delay(fx->gic, 0, GIC5_STATUS_CR0, 5);
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), GIC5_MASK(IRS_CR0_IRSEN));
	bytes = save(fx, &size);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), GIC5_MASK(IRS_CR0_IDLE));
	free(bytes);
}

GIC_TEST_MAIN()
