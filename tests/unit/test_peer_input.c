/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mistakes of other interrupt controllers with input from guests and drivers, and with registers.
 * I5 (reads past an allocation) is what the sanitizers and the fuzz targets watch; R1, R5 and R6
 * stand with the rules.
 */
#include "gic_test.h"

#include <stdlib.h>
#include <string.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

static void allow_all(struct gic_fixture *fx)
{
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_GUEST);
}

/* ---- I1 ---- */

GIC_TEST(I1_every_offset_of_every_frame_by_every_width)
{
	static const unsigned sizes[] = {1, 2, 4, 8};
	uint32_t offset;
	unsigned s, frame;

	allow_all(fx);
	for (frame = 0; frame < 2; frame++) {
		for (offset = 0; offset < GIC5_FRAME_SIZE; offset++) {
			const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(frame, offset);

			for (s = 0; s < 4; s++) {
				uint64_t value = gic5_irs_read(fx->gic, 0, frame, offset, sizes[s]);

				if (!reg)
					assert_int_equal(value, 0);
				gic5_irs_write(fx->gic, 0, frame, offset, sizes[s], 0);
				gic5_irs_write(fx->gic, 0, frame, offset, sizes[s], ~UINT64_C(0));
			}
		}
	}
}

/* ---- I2 ---- */

static const uint32_t odd_ids[] = {0, 255, 256, 257, 65535, 65536, 0xfffffe, 0xffffff};

GIC_TEST(I2_every_intid_through_every_instruction)
{
	size_t i, n;
	unsigned type, flags;

	allow_all(fx);
	gic_lpis(fx, 8);
	gic_simple_vm(fx, 2);
	gic_enter(fx, 0, 1, 0);
	for (i = 0; i < gic5_insn_count; i++) {
		const struct gic5_insn_desc *insn = &gic5_insns[i];

		if (insn->form != GIC5_FORM_GIC)
			continue;
		for (type = 0; type < 8; type++) {
			for (n = 0; n < sizeof(odd_ids) / sizeof(odd_ids[0]); n++) {
				for (flags = 0; flags < 2; flags++) {
					uint64_t x = GIC5_INTID(type, odd_ids[n]) | 0x1f000000;

					x |= flags ? 0xffffffff00000000 : UINT64_C(1) << 32;
					gic5_sys(gic5_pe(fx->gic, 0), &gic_el2, insn->enc, false,
						 x);
					gic5_sys(gic5_pe(fx->gic, 0), &gic_el1_virt, insn->enc,
						 false, x);
				}
			}
		}
	}
}

GIC_TEST(I2_every_intid_through_every_register_that_takes_one)
{
	static const uint32_t regs[] = {GIC5_IRS_SPI_SELR, GIC5_IRS_SPI_RESAMPLER,
					GIC5_IRS_MAP_L2_ISTR, GIC5_IRS_PE_SELR};
	size_t i, n;
	unsigned type;

	allow_all(fx);
	gic_lpis(fx, 8);
	gic_simple_vm(fx, 2);
	for (n = 0; n < sizeof(odd_ids) / sizeof(odd_ids[0]); n++) {
		for (i = 0; i < 4; i++)
			gic_w32(fx, 0, regs[i], odd_ids[n]);
		gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
		gic5_irs_write(fx->gic, 0, GIC5_FRAME_SETLPI, 0, 4, odd_ids[n]);
		for (type = 0; type < 8; type++) {
			uint32_t intid = GIC5_INTID(type, odd_ids[n]);
			struct gic5_irq_state state;

			gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VISTR,
				GIC5_MASK(IRS_VMAP_L2_VISTR_M) |
					GIC5_PUT(IRS_VMAP_L2_VISTR_VM_ID, 1) | intid);
			gic5_event_physical(fx->gic, intid, GIC5_SET_EDGE);
			gic5_event_virtual(fx->gic, 1, intid, GIC5_SET_LEVEL);
			gic5_event_virtual(fx->gic, odd_ids[n], intid, GIC5_CLEAR);
			gic5_inspect(fx->gic, -1, intid, &state);
			gic5_inspect(fx->gic, 1, intid, &state);
			gic5_inspect(fx->gic, 0x7fffffff, intid, &state);
		}
		gic5_spi_wire(fx->gic, odd_ids[n], true);
		gic5_ppi_wire(gic5_pe(fx->gic, 0), odd_ids[n], true);
	}
	assert_null(gic5_pe(fx->gic, 2));
	assert_null(gic5_pe(fx->gic, UINT32_MAX));
}

GIC_TEST(I2_every_vm_and_vpe_number_through_every_register_that_takes_one)
{
	static const uint32_t regs[] = {GIC5_IRS_VMAP_L2_VMTR, GIC5_IRS_VMAP_VMR,
					GIC5_IRS_VMAP_VISTR,   GIC5_IRS_VMAP_L2_VISTR,
					GIC5_IRS_VMAP_VPER,    GIC5_IRS_SAVE_VMR,
					GIC5_IRS_VPE_SELR,     GIC5_IRS_SPI_VMR};
	static const unsigned numbers[] = {0, 1, 2, 3, 127, 128, 255, 256, 0x7fff, 0xffff};
	size_t i, vm, vpe;

	allow_all(fx);
	gic_simple_vm(fx, 2);
	for (vm = 0; vm < 10; vm++) {
		for (vpe = 0; vpe < 10; vpe++) {
			for (i = 0; i < 8; i++) {
				uint64_t x = GIC5_MASK(IRS_VMAP_VMR_M);

				gic_w64(fx, 0, regs[i],
					x | (uint64_t)numbers[vpe] << 32 | numbers[vm]);
				gic_w64(fx, 0, regs[i],
					x | (uint64_t)numbers[vm] << 32 | 2U << 29 | numbers[vpe]);
			}
			gic_w64(fx, 0, GIC5_IRS_VPE_DBR, ~UINT64_C(0));
			gic_w32(fx, 0, GIC5_IRS_VM_SELR, numbers[vm]);
			gic_w64(fx, 0, GIC5_IRS_VM_DBR, ~UINT64_C(0));
			gic_enter(fx, 0, numbers[vm], numbers[vpe]);
			gic_leave(fx, 0, 31);
		}
	}
}

/* ---- I3 ---- */

static const uint64_t bad_addresses[] = {
	0,
	0x1000,
	GIC_FX_MEMORY_BASE - 0x1000,
	GIC_FX_MEMORY_BASE + GIC_FX_MEMORY_SIZE - 0x1000,
	GIC_FX_MEMORY_BASE + GIC_FX_MEMORY_SIZE,
	0x00fffffffffff000,
	0x0000800000000000,
};

GIC_TEST(I3_interrupt_state_tables_outside_memory_are_unreachable_interrupts)
{
	size_t i;
	unsigned two_level;

	allow_all(fx);
	for (i = 0; i < sizeof(bad_addresses) / sizeof(bad_addresses[0]); i++) {
		for (two_level = 0; two_level < 2; two_level++) {
			struct gic_ist ist = {
				.id_bits = 16, .two_level = two_level, .base = bad_addresses[i]};
			uint32_t id;

			gic_ist_enable(fx, 0, &ist);
			for (id = 0; id < 65536; id += 1021) {
				gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, id);
				gic_setup_irq(fx, 0, &gic_el2, LPI(id), 8, 0);
				gic5_event_physical(fx->gic, LPI(id), GIC5_SET_EDGE);
				gic_rcfg(fx, 0, &gic_el2, LPI(id));
			}
			gic_w64(fx, 0, GIC5_IRS_IST_BASER, ist.base);
			assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER) & 1, 0);
		}
	}
}

GIC_TEST(I3_vm_structures_outside_memory_are_absent_vms)
{
	size_t i;
	unsigned word;

	allow_all(fx);
	gic_vmt(fx, 8, false);
	for (i = 0; i < sizeof(bad_addresses) / sizeof(bad_addresses[0]); i++) {
		for (word = 0; word < 4; word++) {
			struct gic_vm vm = {.vm_id = 1 + 4 * (unsigned)i + word,
					    .vpe_id_bits = 2,
					    .lpi.id_bits = 8,
					    .spi.id_bits = 6};
			uint64_t keep;

			gic_vm_fill(fx, &vm);
			keep = word < 1 ? 0
					: gic_peek64(fx, vm.vmte + 8 * word) & 0xff00000000000006;
			gic_poke64(fx, vm.vmte + 8 * word, keep | bad_addresses[i]);
			gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | vm.vm_id);
			gic_w64(fx, 0, GIC5_IRS_VMAP_VISTR,
				GIC5_MASK(IRS_VMAP_VISTR_M) | (uint64_t)vm.vm_id << 32 | 2U << 29);
			gic_w64(fx, 0, GIC5_IRS_VMAP_VISTR,
				GIC5_MASK(IRS_VMAP_VISTR_M) | (uint64_t)vm.vm_id << 32 | 3U << 29);
			gic_w64(fx, 0, GIC5_IRS_VMAP_VPER,
				GIC5_MASK(IRS_VMAP_VPER_M) | (uint64_t)vm.vm_id << 32);
			gic_enter(fx, 0, vm.vm_id, 0);
			gic_setup_irq(fx, 0, &gic_el1_virt, LPI(200), 8, 0);
			gic5_event_virtual(fx->gic, vm.vm_id, SPI(60), GIC5_SET_EDGE);
			gic_ack(fx, 0, &gic_el1_virt);
			gic_w64(fx, 0, GIC5_IRS_SAVE_VMR, UINT64_C(3) << 62 | vm.vm_id);
			gic_leave(fx, 0, 31);
			gic_vm_unmap(fx, &vm);
		}
	}
}

GIC_TEST(I3_vm_table_outside_memory)
{
	size_t i;
	unsigned two_level;

	allow_all(fx);
	for (i = 0; i < sizeof(bad_addresses) / sizeof(bad_addresses[0]); i++) {
		for (two_level = 0; two_level < 2; two_level++) {
			gic_w32(fx, 0, GIC5_IRS_VMT_CFGR, two_level << 16 | 16);
			gic_w64(fx, 0, GIC5_IRS_VMT_BASER, bad_addresses[i] | 1);
			gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR,
				GIC5_MASK(IRS_VMAP_L2_VMTR_M) | 0xffff);
			gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 0xffff);
			assert_false(gic_enter(fx, 0, 0xffff, 0));
			gic_w64(fx, 0, GIC5_IRS_VMT_BASER, bad_addresses[i]);
		}
	}
}

/* ---- I4 ---- */

GIC_TEST_WITH(I4_commands_beyond_the_range_write_no_memory, fx->memory_size = 4 << 20)
{
	struct gic_ist ist = {.id_bits = 12, .two_level = true};
	struct gic_vm vm = {.vm_id = 1, .vpe_id_bits = 1, .vpe_count = 1};
	uint8_t *before;

	allow_all(fx);
	gic_ist_make(fx, &ist, false);
	gic_ist_enable(fx, 0, &ist);
	gic_vmt(fx, 8, true);
	vm.lpi = (struct gic_ist){.id_bits = 12, .two_level = true};
	gic_ist_make(fx, &vm.lpi, false);
	gic_vm_map(fx, &vm);
	before = malloc(fx->memory_size);
	assert_non_null(before);
	memcpy(before, fx->memory, fx->memory_size);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 4096);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 0xffffff);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, GIC5_MASK(IRS_VMAP_VMR_M) | 256);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VMTR, GIC5_MASK(IRS_VMAP_VMR_M) | 0xffff);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VMR, GIC5_MASK(IRS_VMAP_VMR_M) | 256);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VPER, GIC5_MASK(IRS_VMAP_VMR_M) | UINT64_C(1) << 32 | 2);
	gic_w64(fx, 0, GIC5_IRS_VMAP_VPER, GIC5_MASK(IRS_VMAP_VMR_M) | UINT64_C(1) << 32 | 0xffff);
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VISTR,
		GIC5_MASK(IRS_VMAP_VMR_M) | UINT64_C(1) << 32 | LPI(4096));
	gic_w64(fx, 0, GIC5_IRS_VMAP_L2_VISTR,
		GIC5_MASK(IRS_VMAP_VMR_M) | UINT64_C(1) << 32 | LPI(0xffffff));
	assert_memory_equal(before, fx->memory, fx->memory_size);
	free(before);
}

/* ---- I6: values that need more than 32 bits, extremes ---- */

GIC_TEST_WITH(I6_ppis_above_31_and_above_63,
	      fx->pe[0].ppi_implemented[0] = fx->pe[0].ppi_implemented[1] = ~UINT64_C(0);
	      fx->pe[0].ppi_level[0] = fx->pe[0].ppi_level[1] = 0)
{
	unsigned ppi;

	for (ppi = 0; ppi < 128; ppi++) {
		uint32_t intid = GIC5_INTID(GIC5_TYPE_PPI, ppi);
		uint64_t bit = UINT64_C(1) << (ppi % 64);

		gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1 + ppi / 64, bit);
		gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_SPENDR0_EL1 + ppi / 64, bit);
		assert_int_equal(gic_ack(fx, 0, &gic_el2), intid);
		assert_int_equal(gic_mrs(fx, 0, &gic_el2, GIC5_ICC_PPI_SACTIVER0_EL1 + ppi / 64),
				 bit);
		gic_done(fx, 0, &gic_el2, intid);
		gic_msr(fx, 0, &gic_el2, GIC5_ICC_PPI_ENABLER0_EL1 + ppi / 64, 0);
	}
}

GIC_TEST_WITH(I6_largest_numbers_of_everything, fx->irs[0].vpe_id_bits = 16;
	      fx->pe[1].iaffid = 0xffff; fx->irs[0].spi_irs_range = 1 << 12;
	      fx->cfg.spi_range = 1 << 12)
{
	struct gic_vm vm = {.vm_id = 0xffff, .vpe_id_bits = 16, .lpi.id_bits = 8};

	gic_vmt(fx, 16, true);
	gic_vm_map(fx, &vm);
	gic_vpe_map(fx, &vm, 0xffff);
	assert_true(gic_enter(fx, 0, 0xffff, 0xffff));
	gic_setup_irq(fx, 0, &gic_el1_virt, LPI(255), 31, 0xffff);
	gic_sys(fx, 0, &gic_el2, GIC5_VDPEND, gic_op_vd_pend(0xffff, LPI(255), true));
	assert_int_equal(gic_ack(fx, 0, &gic_el1_virt), LPI(255));
	gic_setup_irq(fx, 0, &gic_el2, SPI(4095), 31, 0xffff);
	gic5_spi_wire(fx->gic, 4095, true);
	assert_int_equal(gic_ack(fx, 1, &gic_el2), SPI(4095));
}

/* ---- I7, I8 ---- */

GIC_TEST(I7_what_is_not_configured_reads_as_absent)
{
	struct gic5_irq_state state;

	gic_simple_vm(fx, 1);
	assert_false(gic5_inspect(fx->gic, -1, SPI(256), &state));
	assert_false(gic5_inspect(fx->gic, 2, LPI(1), &state));
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 256);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 2);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 2);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VM_STATUSR), 1);
	assert_false(gic_vpe_select(fx, 1, 1));
	assert_false(gic_vpe_select(fx, 2, 0));
}

GIC_TEST(I8_frames_of_absent_components)
{
	unsigned irs, size;

	allow_all(fx);
	for (irs = 1; irs < 40; irs++) {
		for (size = 1; size <= 8; size *= 2) {
			assert_int_equal(gic5_irs_read(fx->gic, irs, GIC5_FRAME_CONFIG, 0, size),
					 0);
			gic5_irs_write(fx->gic, irs, GIC5_FRAME_SETLPI, 0, size, 1);
		}
	}
}

/* ---- R2 ---- */

static void many_pes(struct gic_fixture *fx)
{
	unsigned i;

	fx->cfg.pe_count = 150;
	for (i = 0; i < 150; i++)
		fx->pe[i].iaffid = (uint16_t)(i * 431 + 7);
}

GIC_TEST_WITH(R2_more_than_64_pes_with_affinities_that_are_no_indices, many_pes(fx))
{
	unsigned i, n;

	for (i = 0; i < 150; i++) {
		gic_setup_irq(fx, 0, &gic_el2, SPI(i), 8, fx->pe[i].iaffid);
		gic5_event_physical(fx->gic, SPI(i), GIC5_SET_EDGE);
		for (n = 0; n < 150; n++)
			assert_int_equal(gic5_line_level(gic5_pe(fx->gic, n), GIC5_LINE_IRQ),
					 n == i);
		assert_int_equal(gic_ack(fx, i, &gic_el2), SPI(i));
		gic_w32(fx, 0, GIC5_IRS_PE_SELR, fx->pe[i].iaffid);
		assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 7);
	}
}

/* ---- R4 ---- */

GIC_TEST(R4_fields_lie_inside_their_register_and_do_not_overlap)
{
	size_t i;
	unsigned f;

	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t seen = 0;

		assert_int_equal(reg->offset % (reg->width / 8), 0);
		for (f = 0; f < reg->field_count; f++) {
			unsigned lsb = reg->fields[f].lsb, msb = reg->fields[f].msb;
			uint64_t mask = GIC5_BITS(msb - lsb + 1U) << lsb;

			assert_true(msb >= lsb && msb < reg->width);
			assert_int_equal(seen & mask, 0);
			seen |= mask;
		}
		if (i && gic5_irs_regs[i - 1].frame == reg->frame)
			assert_true(gic5_irs_regs[i - 1].offset + gic5_irs_regs[i - 1].width / 8 <=
				    reg->offset);
	}
	for (i = 0; i < gic5_sysreg_count; i++) {
		uint64_t seen = 0;

		for (f = 0; f < gic5_sysregs[i].field_count; f++) {
			unsigned lsb = gic5_sysregs[i].fields[f].lsb;
			uint64_t mask = GIC5_BITS(gic5_sysregs[i].fields[f].msb - lsb + 1U) << lsb;

			assert_int_equal(seen & mask, 0);
			seen |= mask;
		}
	}
}

GIC_TEST(R4_names_and_encodings_are_unique)
{
	size_t i, n;

	for (i = 0; i < gic5_sysreg_count; i++) {
		for (n = 0; n < i; n++) {
			assert_int_not_equal(gic5_sysregs[i].enc, gic5_sysregs[n].enc);
			assert_string_not_equal(gic5_sysregs[i].name, gic5_sysregs[n].name);
		}
	}
	for (i = 0; i < gic5_insn_count; i++) {
		for (n = 0; n < i; n++)
			assert_string_not_equal(gic5_insns[i].name, gic5_insns[n].name);
	}
}

GIC_TEST_MAIN()
