/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules of the IRS frames: facts page, sections 6.1 to 6.3. */
#include "gic_test.h"

#include <string.h>

#define SPI(n) GIC5_INTID(GIC5_TYPE_SPI, n)
#define LPI(n) GIC5_INTID(GIC5_TYPE_LPI, n)

/* Selections and tables that make every register of the CONFIG frame meaningful. */
static struct gic_vm populate(struct gic_fixture *fx)
{
	struct gic_vm vm = gic_simple_vm(fx, 2);

	gic_lpis(fx, 8);
	gic_vpe_select(fx, 1, 1);
	gic_w32(fx, 0, GIC5_IRS_VM_SELR, 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 5);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	return vm;
}

static uint64_t read_reg(struct gic_fixture *fx, const struct gic5_irs_reg_desc *reg)
{
	return gic5_irs_read(fx->gic, 0, reg->frame, reg->offset, reg->width / 8);
}

static bool is_base(const struct gic5_irs_reg_desc *reg)
{
	return reg->offset == GIC5_IRS_IST_BASER || reg->offset == GIC5_IRS_VMT_BASER;
}

/* ---- who may read and write ---- */

GIC_TEST(read_only_registers_ignore_writes)
{
	size_t i;

	populate(fx);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t before = read_reg(fx, reg);

		if (reg->access != GIC5_RO)
			continue;
		gic5_irs_write(fx->gic, 0, reg->frame, reg->offset, reg->width / 8, ~before);
		assert_int_equal(read_reg(fx, reg), before);
	}
}

GIC_TEST(write_only_registers_read_zero)
{
	size_t i;

	populate(fx);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		if (gic5_irs_regs[i].access == GIC5_WO)
			assert_int_equal(read_reg(fx, &gic5_irs_regs[i]), 0);
	}
}

GIC_TEST(reserved_bits_of_every_register_read_zero_after_all_ones_were_written)
{
	size_t i;

	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];

		gic5_irs_write(fx->gic, 0, reg->frame, reg->offset, reg->width / 8, ~UINT64_C(0));
		assert_int_equal(read_reg(fx, reg) & ~reg->defined, 0);
	}
}

/* ---- each register by each kind of access (R3) ---- */

GIC_TEST(every_64_bit_register_reads_as_one_access_and_as_two_halves)
{
	size_t i;

	populate(fx);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];
		uint64_t lo, hi;

		if (reg->width != 64)
			continue;
		lo = gic5_irs_read(fx->gic, 0, reg->frame, reg->offset, 4);
		hi = gic5_irs_read(fx->gic, 0, reg->frame, reg->offset + 4, 4);
		assert_int_equal(read_reg(fx, reg), hi << 32 | lo);
	}
	assert_no_reports(fx);
}

static void write_halves(struct gic_fixture *fx, uint32_t offset, uint64_t value, bool low_first)
{
	if (low_first)
		gic_w32(fx, 0, offset, (uint32_t)value);
	gic_w32(fx, 0, offset + 4, (uint32_t)(value >> 32));
	if (!low_first)
		gic_w32(fx, 0, offset, (uint32_t)value);
}

GIC_TEST(U4_command_registers_act_on_the_half_with_the_command_bit)
{
	struct gic_vm vm = {.vm_id = 3, .vpe_id_bits = 1};
	uint64_t dbr = GIC5_MASK(IRS_VPE_DBR_DBV) | GIC5_PUT(IRS_VPE_DBR_DBPM, 9) | 77;

	gic_vmt(fx, 8, false);
	vm.lpi.id_bits = 6;
	gic_vm_fill(fx, &vm);
	gic_vpe_fill(fx, &vm, 1);

	/* The low half alone does nothing. */
	gic_w32(fx, 0, GIC5_IRS_VMAP_VMR, 3);
	assert_int_equal(gic_peek64(fx, vm.vmte) & 1, 0);
	gic_w32(fx, 0, GIC5_IRS_VMAP_VMR + 4, 1U << 31);
	assert_int_equal(gic_peek64(fx, vm.vmte) & 1, 1);

	write_halves(fx, GIC5_IRS_VMAP_VPER,
		     GIC5_MASK(IRS_VMAP_VPER_M) | GIC5_PUT(IRS_VMAP_VPER_VM_ID, 3) | 1, true);
	assert_int_equal(gic_peek64(fx, vm.vpet + 8) & 1, 1);

	write_halves(fx, GIC5_IRS_VMAP_VISTR,
		     GIC5_MASK(IRS_VMAP_VISTR_M) | GIC5_PUT(IRS_VMAP_VISTR_VM_ID, 3) |
			     GIC5_PUT(IRS_VMAP_VISTR_TYPE, GIC5_TYPE_LPI),
		     true);
	assert_int_equal(gic_peek64(fx, vm.vmte + 16) & 1, 1);

	write_halves(fx, GIC5_IRS_VPE_SELR,
		     GIC5_MASK(IRS_VPE_SELR_S) | GIC5_PUT(IRS_VPE_SELR_VPE_ID, 1) | 3, true);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_VPE_STATUSR), 3);
	write_halves(fx, GIC5_IRS_VPE_DBR, dbr, true);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VPE_DBR), dbr);

	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 5);
	write_halves(fx, GIC5_IRS_SPI_VMR, GIC5_MASK(IRS_SPI_VMR_VIRT) | 3, true);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SPI_VMR), GIC5_MASK(IRS_SPI_VMR_VIRT) | 3);

	write_halves(fx, GIC5_IRS_SAVE_VMR,
		     GIC5_MASK(IRS_SAVE_VMR_S) | GIC5_MASK(IRS_SAVE_VMR_Q) | 3, true);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SAVE_VM_STATUSR), 3);
}

GIC_TEST(table_bases_written_by_halves_take_effect_with_the_valid_bit)
{
	struct gic_ist ist = {.id_bits = 8};
	struct gic5_irq_state state;

	write_halves(fx, GIC5_IRS_IST_BASER, 0x00abcdef01234540, true);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), 0x00abcdef01234540);
	write_halves(fx, GIC5_IRS_VMT_BASER, 0x00badcfe04321000, false);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_VMT_BASER), 0x00badcfe04321000);
	gic_ist_make(fx, &ist, false);
	gic_w32(fx, 0, GIC5_IRS_IST_CFGR, gic_ist_cfgr(&ist));
	write_halves(fx, GIC5_IRS_IST_BASER, ist.base | 1, false);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), ist.base | 1);
	assert_true(gic5_inspect(fx->gic, -1, LPI(200), &state));
}

/* ---- what is not a register (I1) ---- */

static bool is_legal(enum gic5_frame frame, uint32_t offset, unsigned size)
{
	const struct gic5_irs_reg_desc *reg = gic5_irs_reg_find(frame, offset);

	if (!reg || (size != 4 && size != 8) || offset % size)
		return false;
	return size == 4 || reg->width == 64;
}

GIC_TEST(rule_2_unlisted_unaligned_and_odd_sized_accesses_are_raz_wi_and_reported)
{
	static const unsigned sizes[] = {1, 2, 4, 8};
	uint32_t offset;
	unsigned s;

	for (offset = 0; offset < 0x400; offset++) {
		for (s = 0; s < 4; s++) {
			if (is_legal(GIC5_FRAME_CONFIG, offset, sizes[s]))
				continue;
			assert_int_equal(
				gic5_irs_read(fx->gic, 0, GIC5_FRAME_CONFIG, offset, sizes[s]), 0);
			assert_reports(fx, 2, GIC5_ORIGIN_HOST, 1);
			gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, offset, sizes[s],
				       ~UINT64_C(0));
			assert_reports(fx, 2, GIC5_ORIGIN_HOST, 1);
		}
	}
	/* Nothing was changed by any of them. */
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), 3);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_SELR), 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), 0);
}

GIC_TEST(accesses_outside_any_frame_are_raz_wi)
{
	gic_allow_reports(fx, 2, GIC5_ORIGIN_HOST);
	assert_int_equal(gic5_irs_read(fx->gic, 0, GIC5_FRAME_CONFIG, 0x10000, 4), 0);
	assert_int_equal(gic5_irs_read(fx->gic, 0, GIC5_FRAME_CONFIG, 0xfffffffc, 8), 0);
	gic5_irs_write(fx->gic, 0, GIC5_FRAME_CONFIG, 0xffffffff, 8, 1);
	assert_int_equal(gic5_irs_read(fx->gic, 7, GIC5_FRAME_CONFIG, 0, 4), 0);
	gic5_irs_write(fx->gic, 1, GIC5_FRAME_CONFIG, GIC5_IRS_CR0, 4, 1);
	gic5_irs_write(fx->gic, 4000000000U, GIC5_FRAME_SETLPI, 0, 4, 1);
	assert_int_equal(gic5_irs_read(fx->gic, 0, (enum gic5_frame)7, 0, 4), 0);
}

/* ---- R1: one register at a time ---- */

/* Bits of a register that software sets freely, in a state where nothing else depends on it. */
static uint64_t free_bits(const struct gic5_irs_reg_desc *reg)
{
	switch (reg->offset) {
	case GIC5_IRS_CR0: return 1;
	case GIC5_IRS_SPI_DOMAINR: return 0; /* EL3 frame only */
	case GIC5_IRS_IST_BASER: return GIC5_MASK(IRS_IST_BASER_ADDR);
	case GIC5_IRS_VMT_BASER: return GIC5_MASK(IRS_VMT_BASER_ADDR);
	case GIC5_IRS_VM_DBR: return 0; /* only with 1-of-N */
	case GIC5_IRS_SPI_VMR:
	case GIC5_IRS_VPE_DBR:
	case GIC5_IRS_VPE_CR0: return 0; /* need a selected object: below */
	case GIC5_IRS_MEC_MECID_R:
	case GIC5_IRS_MPAM_PARTID_R: return 0; /* absent */
	case GIC5_IRS_SWERR_STATUSR: return 0;
	default: return reg->access == GIC5_RW ? reg->defined : 0;
	}
}

static void dump(struct gic_fixture *fx, uint64_t *values)
{
	size_t i;

	for (i = 0; i < gic5_irs_reg_count; i++)
		values[i] = read_reg(fx, &gic5_irs_regs[i]);
}

/* Registers that show the object selected by @offset, and so may change with it. */
static bool shows_selection(uint32_t selector, uint32_t offset)
{
	if (selector == GIC5_IRS_SPI_SELR)
		return offset >= GIC5_IRS_SPI_VMR && offset <= GIC5_IRS_SPI_STATUSR;
	if (selector == GIC5_IRS_PE_SELR)
		return offset >= GIC5_IRS_PE_STATUSR && offset <= GIC5_IRS_PE_CR0;
	if (selector == GIC5_IRS_VPE_SELR)
		return offset >= GIC5_IRS_VPE_DBR && offset <= GIC5_IRS_VPE_STATUSR;
	if (selector == GIC5_IRS_VM_SELR)
		return offset == GIC5_IRS_VM_DBR || offset == GIC5_IRS_VM_STATUSR;
	return false;
}

GIC_TEST(R1_writing_each_field_of_each_register_moves_only_that_field)
{
	uint64_t before[128], after[128];
	size_t i, n;
	unsigned f;

	assert_true(gic5_irs_reg_count <= 128);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];

		for (f = 0; f < reg->field_count; f++) {
			unsigned lsb = reg->fields[f].lsb, width = reg->fields[f].msb - lsb + 1U;
			uint64_t bits = (GIC5_BITS(width) << lsb) & free_bits(reg);
			uint64_t old, value;

			if (!bits)
				continue;
			dump(fx, before);
			old = before[i];
			value = old ^ bits;
			gic5_irs_write(fx->gic, 0, reg->frame, reg->offset, reg->width / 8, value);
			dump(fx, after);
			assert_int_equal(after[i], value);
			for (n = 0; n < gic5_irs_reg_count; n++) {
				if (n != i &&
				    !shows_selection(reg->offset, gic5_irs_regs[n].offset))
					assert_int_equal(after[n], before[n]);
			}
			gic5_irs_write(fx->gic, 0, reg->frame, reg->offset, reg->width / 8, old);
			if (!is_base(reg))
				assert_int_equal(read_reg(fx, reg), old);
		}
	}
}

/* ---- 6.3, register by register ---- */

GIC_TEST(spi_selection_is_valid_inside_the_range_of_this_irs)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 255);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR), 3);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 256);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR), 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_SELR), 256);
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 0xffffff);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_SPI_CFGR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_CFGR), 0);
}

GIC_TEST_WITH(spi_of_another_irs_is_not_valid_here, fx->cfg.irs_count = 2;
	      fx->irs[0].spi_irs_range = 32; fx->irs[1].spi_irs_range = 32;
	      fx->irs[1].spi_base = 32; fx->irs[1].irsid = 1; fx->cfg.spi_range = 64)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 32);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_STATUSR), 1);
	gic_w32(fx, 1, GIC5_IRS_SPI_SELR, 32);
	assert_int_equal(gic_r32(fx, 1, GIC5_IRS_SPI_STATUSR), 3);
	gic_w32(fx, 1, GIC5_IRS_SPI_SELR, 31);
	assert_int_equal(gic_r32(fx, 1, GIC5_IRS_SPI_STATUSR), 1);
	/* Each IRS has selectors of its own. */
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_SELR), 32);
}

GIC_TEST(spi_domainr_is_raz_wi_outside_the_el3_frame)
{
	gic_w32(fx, 0, GIC5_IRS_SPI_SELR, 4);
	gic_w32(fx, 0, GIC5_IRS_SPI_DOMAINR, 3);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SPI_DOMAINR), 0);
}

GIC_TEST(pe_selection_is_valid_for_pes_of_this_irs_online_or_not)
{
	gic_msr(fx, 1, &gic_el2, GIC5_ICC_CR0_EL1, 0);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 3);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 0xffff);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_CR0), 0);
}

GIC_TEST(dps_is_stored_per_pe)
{
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	gic_w32(fx, 0, GIC5_IRS_PE_CR0, 1);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_CR0), 0);
	gic_w32(fx, 0, GIC5_IRS_PE_SELR, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_PE_CR0), 1);
}

GIC_TEST(rule_3_ist_cfgr_and_baser_are_immutable_while_valid)
{
	struct gic_ist ist = gic_lpis(fx, 8);

	gic_w32(fx, 0, GIC5_IRS_IST_CFGR, 0x10);
	assert_reports(fx, 3, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IST_CFGR), 8);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, (ist.base + 0x100000) | 1);
	assert_reports(fx, 3, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), ist.base | 1);
}

GIC_TEST(ist_baser_stores_the_address_while_invalid)
{
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, 0x00abcdef01234540);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), 0x00abcdef01234540);
}

GIC_TEST(rule_6_cr1_written_while_a_structure_is_valid_reads_back_and_is_reported)
{
	gic_w32(fx, 0, GIC5_IRS_CR1, 0x1234);
	assert_no_reports(fx);
	gic_lpis(fx, 8);
	gic_w32(fx, 0, GIC5_IRS_CR1, 0x4321);
	assert_reports(fx, 6, GIC5_ORIGIN_HOST, 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR1), 0x4321);
}

GIC_TEST(cr0_idle_is_read_only)
{
	gic_w32(fx, 0, GIC5_IRS_CR0, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), 2);
	gic_w32(fx, 0, GIC5_IRS_CR0, 3);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_CR0), 3);
}

GIC_TEST(sync_completes_at_once)
{
	gic_w32(fx, 0, GIC5_IRS_SYNCR, 1U << 31);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SYNC_STATUSR), 1);
	gic_w32(fx, 0, GIC5_IRS_SYNCR, 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_SYNC_STATUSR), 1);
}

GIC_TEST(devarch_pidr_and_cidr_are_those_of_the_public_drivers)
{
	static const uint32_t want[][2] = {
		{0xffbc, 0x47705a19},
                {0xffd0, 4         },
                {0xffd4, 0         },
                {0xffd8, 0         },
                {0xffdc, 0         },
		{0xffe0, 0x4b      },
                {0xffe4, 0xb0      },
                {0xffe8, 0x0b      },
                {0xffec, 0         },
                {0xfff0, 0x0d      },
		{0xfff4, 0xf0      },
                {0xfff8, 5         },
                {0xfffc, 0xb1      }
        };
	size_t i;

	for (i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(gic_r32(fx, 0, want[i][0]), want[i][1]);
}

GIC_TEST(published_offsets_are_those_of_the_table)
{
	/* Linux 7.3, include/linux/irqchip/arm-gic-v5.h; typed in again on purpose (R4). */
	static const struct {
		uint32_t have, want;
	} list[] = {
		{GIC5_IRS_IDR0,            0x0  },
		{GIC5_IRS_IDR1,            0x4  },
		{GIC5_IRS_IDR2,            0x8  },
		{GIC5_IRS_IDR3,            0xc  },
		{GIC5_IRS_IDR4,            0x10 },
		{GIC5_IRS_IDR5,            0x14 },
		{GIC5_IRS_IDR6,            0x18 },
		{GIC5_IRS_IDR7,            0x1c },
		{GIC5_IRS_CR0,             0x80 },
		{GIC5_IRS_CR1,             0x84 },
		{GIC5_IRS_SYNCR,           0xc0 },
		{GIC5_IRS_SYNC_STATUSR,    0xc4 },
		{GIC5_IRS_SPI_SELR,        0x108},
		{GIC5_IRS_SPI_CFGR,        0x114},
		{GIC5_IRS_SPI_STATUSR,     0x118},
		{GIC5_IRS_PE_SELR,         0x140},
		{GIC5_IRS_PE_STATUSR,      0x144},
		{GIC5_IRS_PE_CR0,          0x148},
		{GIC5_IRS_IST_BASER,       0x180},
		{GIC5_IRS_IST_CFGR,        0x190},
		{GIC5_IRS_IST_STATUSR,     0x194},
		{GIC5_IRS_MAP_L2_ISTR,     0x1c0},
		{GIC5_IRS_VMT_BASER,       0x200},
		{GIC5_IRS_VMT_CFGR,        0x210},
		{GIC5_IRS_VMT_STATUSR,     0x214},
		{GIC5_IRS_VPE_SELR,        0x240},
		{GIC5_IRS_VPE_DBR,         0x248},
		{GIC5_IRS_VPE_HPPIR,       0x250},
		{GIC5_IRS_VPE_CR0,         0x258},
		{GIC5_IRS_VPE_STATUSR,     0x25c},
		{GIC5_IRS_VM_DBR,          0x280},
		{GIC5_IRS_VM_SELR,         0x288},
		{GIC5_IRS_VM_STATUSR,      0x28c},
		{GIC5_IRS_VMAP_L2_VMTR,    0x2c0},
		{GIC5_IRS_VMAP_VMR,        0x2c8},
		{GIC5_IRS_VMAP_VISTR,      0x2d0},
		{GIC5_IRS_VMAP_L2_VISTR,   0x2d8},
		{GIC5_IRS_VMAP_VPER,       0x2e0},
		{GIC5_IRS_SAVE_VMR,        0x300},
		{GIC5_IRS_SAVE_VM_STATUSR, 0x308},
	};
	size_t i;

	for (i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		assert_int_equal(list[i].have, list[i].want);
	assert_no_reports(fx);
}

/* ---- identification follows the configuration (R5) ---- */

static void extreme(struct gic_fixture *fx, bool high)
{
	struct gic5_irs_config *c = &fx->irs[0];

	c->irsid = high ? 0xffff : 0;
	c->pa_range = high ? 7 : 0;
	c->id_bits = high ? 24 : 8;
	c->min_lpi_id_bits = high ? 14 : 0;
	c->ist_levels = high;
	c->ist_l2sz = high ? 7 : 1;
	c->istmd = high;
	c->istmd_sz = high ? 31 : 0;
	c->priority_bits = high ? 5 : 1;
	c->iaffid_bits = high ? 16 : 1;
	c->spi_irs_range = high ? 1U << 12 : 0;
	c->vmt_levels = high;
	c->vm_id_bits = high ? 16 : 8;
	c->vmd = high;
	c->vmd_sz = high ? 12 : 0;
	c->vpe_id_bits = high ? 16 : 1;
	c->vped_sz = high ? 12 : 0;
	c->one_n = c->virt_one_n = c->setlpi = c->swe = high;
	c->iidr = high ? 0xffffffff : 0;
	fx->cfg.spi_range = c->spi_irs_range;
}

static void identification(struct gic_fixture *fx)
{
	const struct gic5_irs_config *c = &fx->irs[0];
	uint32_t r = gic_r32(fx, 0, GIC5_IRS_IDR0);

	assert_int_equal(GIC5_GET(IRS_IDR0_IRSID, r), c->irsid);
	assert_int_equal(GIC5_GET(IRS_IDR0_PA_RANGE, r), c->pa_range);
	assert_int_equal(GIC5_GET(IRS_IDR0_INT_DOM, r), GIC5_DOM_NS);
	assert_int_equal(GIC5_GET(IRS_IDR0_VIRT, r), c->virt);
	assert_int_equal(GIC5_GET(IRS_IDR0_ONE_N, r), c->one_n);
	assert_int_equal(GIC5_GET(IRS_IDR0_VIRT_ONE_N, r), c->virt_one_n);
	assert_int_equal(GIC5_GET(IRS_IDR0_SETLPI, r), c->setlpi);
	assert_int_equal(GIC5_GET(IRS_IDR0_SWE, r), c->swe);
	assert_int_equal(GIC5_GET(IRS_IDR0_MEC, r) | GIC5_GET(IRS_IDR0_MPAM, r), 0);
	r = gic_r32(fx, 0, GIC5_IRS_IDR1);
	assert_int_equal(GIC5_GET(IRS_IDR1_PE_CNT, r), fx->cfg.pe_count);
	assert_int_equal(GIC5_GET(IRS_IDR1_PRIORITY_BITS, r), c->priority_bits - 1);
	assert_int_equal(GIC5_GET(IRS_IDR1_IAFFID_BITS, r), c->iaffid_bits - 1);
	r = gic_r32(fx, 0, GIC5_IRS_IDR2);
	assert_int_equal(GIC5_GET(IRS_IDR2_ID_BITS, r), c->id_bits);
	assert_int_equal(GIC5_GET(IRS_IDR2_LPI, r), c->lpi);
	assert_int_equal(GIC5_GET(IRS_IDR2_MIN_LPI_ID_BITS, r), c->min_lpi_id_bits);
	assert_int_equal(GIC5_GET(IRS_IDR2_IST_LEVELS, r), c->ist_levels);
	assert_int_equal(GIC5_GET(IRS_IDR2_IST_L2SZ, r), c->ist_l2sz);
	assert_int_equal(GIC5_GET(IRS_IDR2_ISTMD, r), c->istmd);
	assert_int_equal(GIC5_GET(IRS_IDR2_ISTMD_SZ, r), c->istmd_sz);
	r = gic_r32(fx, 0, GIC5_IRS_IDR3);
	assert_int_equal(GIC5_GET(IRS_IDR3_VM_ID_BITS, r), c->vm_id_bits);
	assert_int_equal(GIC5_GET(IRS_IDR3_VMT_LEVELS, r), c->vmt_levels);
	assert_int_equal(GIC5_GET(IRS_IDR3_VMD, r), c->vmd);
	if (c->vmd)
		assert_int_equal(GIC5_GET(IRS_IDR3_VMD_SZ, r), c->vmd_sz);
	r = gic_r32(fx, 0, GIC5_IRS_IDR4);
	assert_int_equal(GIC5_GET(IRS_IDR4_VPE_ID_BITS, r), c->vpe_id_bits - 1);
	assert_int_equal(GIC5_GET(IRS_IDR4_VPED_SZ, r), c->vped_sz);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IDR5), fx->cfg.spi_range);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IDR6), c->spi_irs_range);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IDR7), c->spi_base);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IIDR), c->iidr);
}

GIC_TEST(R5_identification_equals_the_default_configuration)
{
	identification(fx);
}

GIC_TEST_WITH(R5_identification_equals_the_largest_configuration, extreme(fx, true))
{
	identification(fx);
}

GIC_TEST_WITH(R5_identification_equals_the_smallest_configuration, extreme(fx, false))
{
	identification(fx);
}

GIC_TEST_WITH(R5_without_virt_the_virtualization_registers_are_raz_wi, fx->irs[0].virt = false;
	      fx->irs[0].virt_one_n = false)
{
	size_t i;

	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IDR3), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IDR4), 0);
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	for (i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *reg = &gic5_irs_regs[i];

		if (reg->offset != GIC5_IRS_SPI_VMR &&
		    (reg->offset < GIC5_IRS_VMT_BASER || reg->offset > GIC5_IRS_SAVE_VM_STATUSR))
			continue;
		gic5_irs_write(fx->gic, 0, reg->frame, reg->offset, reg->width / 8, ~UINT64_C(0));
		assert_int_equal(read_reg(fx, reg), 0);
	}
}

GIC_TEST_WITH(R5_without_lpi_the_ist_registers_are_raz_wi, fx->irs[0].lpi = false)
{
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_w32(fx, 0, GIC5_IRS_IST_CFGR, 8);
	gic_w64(fx, 0, GIC5_IRS_IST_BASER, GIC_FX_MEMORY_BASE | 1);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IST_CFGR), 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_IST_BASER), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_IST_STATUSR), 0);
}

GIC_TEST_WITH(R5_without_swe_the_error_registers_are_raz_wi, fx->irs[0].swe = false)
{
	gic_allow_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST);
	gic_w32(fx, 0, GIC5_IRS_MAP_L2_ISTR, 5);
	gic_w64(fx, 0, GIC5_IRS_SWERR_STATUSR, ~UINT64_C(0));
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_STATUSR), 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER0), 0);
	assert_int_equal(gic_r64(fx, 0, GIC5_IRS_SWERR_SYNDROMER1), 0);
}

GIC_TEST(R5_mec_and_mpam_are_absent_and_raz_wi)
{
	gic_w32(fx, 0, GIC5_IRS_MEC_MECID_R, 0xffff);
	gic_w32(fx, 0, GIC5_IRS_MPAM_PARTID_R, 0xffffffff);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_MEC_IDR), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_MEC_MECID_R), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_MPAM_IDR), 0);
	assert_int_equal(gic_r32(fx, 0, GIC5_IRS_MPAM_PARTID_R), 0);
	gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
}

/* ---- SETLPI frame ---- */

GIC_TEST_WITH(setlpir_is_set_edge_for_that_lpi, fx->irs[0].setlpi = true)
{
	gic_lpis(fx, 6);
	gic_sys(fx, 0, &gic_el2, GIC5_CDHM, gic_op_hm(LPI(9), true));
	gic5_irs_write(fx->gic, 0, GIC5_FRAME_SETLPI, GIC5_IRS_SETLPIR, 4, 9);
	assert_true(gic_state(fx, -1, LPI(9)).pending);
	assert_false(gic_state(fx, -1, LPI(9)).level);
	assert_int_equal(gic5_irs_read(fx->gic, 0, GIC5_FRAME_SETLPI, GIC5_IRS_SETLPIR, 4), 0);
	gic5_irs_write(fx->gic, 0, GIC5_FRAME_SETLPI, GIC5_IRS_SETLPIR, 4, 64);
	gic_take_reports(fx, GIC_ANY_RULE, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST_WITH(rest_of_the_setlpi_frame_is_raz_wi, fx->irs[0].setlpi = true)
{
	uint32_t offset;

	for (offset = 4; offset < 0x10000; offset += 252)
		assert_int_equal(gic5_irs_read(fx->gic, 0, GIC5_FRAME_SETLPI, offset, 4), 0);
	assert_true(gic_take_reports(fx, 2, GIC5_ORIGIN_HOST, NULL) > 0);
}

GIC_TEST(without_setlpi_the_frame_is_absent)
{
	gic_lpis(fx, 6);
	gic5_irs_write(fx->gic, 0, GIC5_FRAME_SETLPI, GIC5_IRS_SETLPIR, 4, 9);
	assert_false(gic_state(fx, -1, LPI(9)).pending);
	gic_take_reports(fx, 2, GIC5_ORIGIN_HOST, NULL);
}

GIC_TEST_MAIN()
