/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The GICv5 architecture as data: registers, instructions, in-memory entries, their fields.
 *
 * Four lists say everything once: irs.def, sysregs.def, insns.def and tables.def. This header turns
 * them into constants and into tables that a program can walk (a decoder, a test, a document).
 *
 *   GIC5_IRS_CR0                 offset of a register in its frame
 *   GIC5_ICC_PCR_EL1             encoding of a system register, as GIC5_ENC() packs it
 *   GIC5_CDIA                    encoding of an instruction, packed likewise (op0=1, CRn=12)
 *   GIC5_IRS_CR0_IRSEN_SHIFT     position of a field; _WIDTH its width in bits
 *
 * Fields are read and written with GIC5_GET(), GIC5_PUT(), GIC5_SET() and GIC5_MASK(), which take the
 * field's name without prefix: GIC5_GET(IRS_CR0_IRSEN, cr0).
 *
 * Source: Arm IHI 111701 through the public sources named in docs/architecture.md.
 * Everything here is constant data and pure functions: any thread may use it.
 */
#ifndef VGIC5_ARCH_H
#define VGIC5_ARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* op0, op1, CRn, CRm, op2 in the 16 bits that KVM_DEV_ARM_VGIC_GRP_CPU_SYSREGS also uses. */
#define GIC5_ENC(op0, op1, crn, crm, op2) \
	((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define GIC5_ENC_OP0(enc) (((enc) >> 14) & 3)
#define GIC5_ENC_OP1(enc) (((enc) >> 11) & 7)
#define GIC5_ENC_CRN(enc) (((enc) >> 7) & 15)
#define GIC5_ENC_CRM(enc) (((enc) >> 3) & 15)
#define GIC5_ENC_OP2(enc) ((enc)&7)

enum gic5_irs_offset {
#define REG(frame, name, offset, width, access, reset, text) GIC5_##name = (offset),
#include <vgic5/irs.def>
};

enum gic5_sysreg_enc {
#define SYSREG(name, op0, op1, crn, crm, op2, access, view, rtrap, wtrap, reset, shape, nv2, text) \
	GIC5_##name = GIC5_ENC(op0, op1, crn, crm, op2),
#include <vgic5/sysregs.def>
};

enum gic5_insn_enc {
#define INSN(name, form, op1, crm, op2, trap, text) GIC5_##name = GIC5_ENC(1, op1, 12, crm, op2),
#include <vgic5/insns.def>
};

enum gic5_entry_bytes {
#define ENTRY(name, bytes, text) GIC5_##name##_BYTES = (bytes),
#include <vgic5/tables.def>
};

enum gic5_field_position {
#define FIELD(reg, field, msb, lsb) \
	GIC5_##reg##_##field##_SHIFT = (lsb), GIC5_##reg##_##field##_WIDTH = (msb) - (lsb) + 1,
#include <vgic5/irs.def>
#define FIELD(reg, field, msb, lsb) \
	GIC5_##reg##_##field##_SHIFT = (lsb), GIC5_##reg##_##field##_WIDTH = (msb) - (lsb) + 1,
#include <vgic5/sysregs.def>
#define FIELD(reg, field, msb, lsb) \
	GIC5_##reg##_##field##_SHIFT = (lsb), GIC5_##reg##_##field##_WIDTH = (msb) - (lsb) + 1,
#include <vgic5/insns.def>
#define FIELD(reg, field, msb, lsb) \
	GIC5_##reg##_##field##_SHIFT = (lsb), GIC5_##reg##_##field##_WIDTH = (msb) - (lsb) + 1,
#include <vgic5/tables.def>
};

/* The mask, the value and the insertion of a field, all in 64 bits. */
#define GIC5_BITS(width)        ((width) >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << ((width)&63)) - 1)
#define GIC5_MASK(f)            (GIC5_BITS(GIC5_##f##_WIDTH) << GIC5_##f##_SHIFT)
#define GIC5_GET(f, value)      (((uint64_t)(value) >> GIC5_##f##_SHIFT) & GIC5_BITS(GIC5_##f##_WIDTH))
#define GIC5_PUT(f, value)      (((uint64_t)(value)&GIC5_BITS(GIC5_##f##_WIDTH)) << GIC5_##f##_SHIFT)
#define GIC5_SET(f, reg, value) (((uint64_t)(reg) & ~GIC5_MASK(f)) | GIC5_PUT(f, value))
/* A field that holds the upper part of an address, as the address itself. */
#define GIC5_ADDR(f, value)     ((uint64_t)(value)&GIC5_MASK(f))

/* Interrupt types, and INTID = type and number in one word. */
enum gic5_type { GIC5_TYPE_PPI = 1, GIC5_TYPE_LPI = 2, GIC5_TYPE_SPI = 3 };
#define GIC5_INTID(type, id)   ((uint32_t)(GIC5_PUT(INTID_TYPE, type) | GIC5_PUT(INTID_ID, id)))
#define GIC5_INTID_TYPE(intid) ((unsigned)GIC5_GET(INTID_TYPE, intid))
#define GIC5_INTID_ID(intid)   ((uint32_t)GIC5_GET(INTID_ID, intid))

enum gic5_domain { GIC5_DOM_SECURE, GIC5_DOM_NS, GIC5_DOM_EL3, GIC5_DOM_REALM };
enum gic5_frame { GIC5_FRAME_CONFIG, GIC5_FRAME_SETLPI };
enum gic5_structure { GIC5_LINEAR, GIC5_TWO_LEVEL };

/* Architected PPIs (facts page, 1.3). */
enum gic5_ppi {
	GIC5_PPI_S_DB = 0,
	GIC5_PPI_RL_DB = 1,
	GIC5_PPI_NS_DB = 2,
	GIC5_PPI_SW = 3,
	GIC5_PPI_HACDBS = 15,
	GIC5_PPI_CNTHVS = 19,
	GIC5_PPI_CNTHPS = 20,
	GIC5_PPI_PMB = 21,
	GIC5_PPI_COMM = 22,
	GIC5_PPI_PMU = 23,
	GIC5_PPI_CTI = 24,
	GIC5_PPI_GICMNT = 25,
	GIC5_PPI_CNTHP = 26,
	GIC5_PPI_CNTV = 27,
	GIC5_PPI_CNTHV = 28,
	GIC5_PPI_CNTPS = 29,
	GIC5_PPI_CNTP = 30,
	GIC5_PPI_TRB = 31,
};

#define GIC5_PPI_COUNT   128
#define GIC5_PRIO_COUNT  32
#define GIC5_PRIO_IDLE   32 /* running priority with no bit set in APR */
#define GIC5_FRAME_SIZE  0x10000
#define GIC5_L2_VMT_IDS  128 /* entries of a level-2 VM table (D_LSPBK) */
#define GIC5_VMTE_BYTES  32
#define GIC5_HFGRTR_NONE 0x1f00ff /* every trap of ICH_HFGRTR_EL2 off, RES1 set */
#define GIC5_HFGWTR_NONE 0x1e0065
#define GIC5_HFGITR_NONE 0x7ff

/* ---- sizes of tables (facts page, 8.1) ---- */

/* Bytes of one ISTE: 4, 8 or 16 for istsz 0, 1, 2. */
static inline unsigned gic5_iste_bytes(unsigned istsz)
{
	return 4U << istsz;
}

/* log2 of the number of interrupts that one level-2 IST of size l2sz (0 4K, 1 16K, 2 64K) covers. */
static inline unsigned gic5_ist_l2_bits(unsigned istsz, unsigned l2sz)
{
	return 10U - istsz + 2U * l2sz;
}

/* Bytes of a level-2 table of size l2sz. */
static inline uint64_t gic5_ist_l2_bytes(unsigned l2sz)
{
	return UINT64_C(1) << (12U + 2U * l2sz);
}

/* The ISTSZ that an IRS with these IDR2 fields requires for a table of id_bits. */
static inline unsigned gic5_required_istsz(uint32_t idr2, unsigned id_bits)
{
	if (!GIC5_GET(IRS_IDR2_ISTMD, idr2))
		return 0;
	return id_bits < GIC5_GET(IRS_IDR2_ISTMD_SZ, idr2) ? 1 : 2;
}

/* ---- tables to walk ---- */

enum gic5_access_kind { GIC5_RO, GIC5_RW, GIC5_WO };
enum gic5_view { GIC5_VIEW_PHYS, GIC5_VIEW_VIRT, GIC5_VIEW_SHARED, GIC5_VIEW_EL2 };
enum gic5_shape { GIC5_SHAPE_FIELDS, GIC5_SHAPE_BITMAP, GIC5_SHAPE_PRIO };
enum gic5_form { GIC5_FORM_GIC, GIC5_FORM_GICR, GIC5_FORM_GSB };

/** struct gic5_field_desc - a field of a register, instruction operand or table entry */
struct gic5_field_desc {
	const char *name;
	uint8_t msb, lsb;
};

/** struct gic5_irs_reg_desc - a register of an IRS frame */
struct gic5_irs_reg_desc {
	const char *name; /* with the component's prefix: "IRS_CR0" */
	const char *text; /* one line for people */
	uint32_t offset;  /* bytes from the start of its frame */
	uint64_t reset;   /* valid only if !reset_from_config */
	uint64_t defined; /* the bits that belong to a field */
	const struct gic5_field_desc *fields;
	uint8_t field_count;
	uint8_t width;  /* 32 or 64 */
	uint8_t frame;  /* enum gic5_frame */
	uint8_t access; /* enum gic5_access_kind */
	bool reset_from_config;
};

/** struct gic5_sysreg_desc - a system register */
struct gic5_sysreg_desc {
	const char *name;
	const char *text;
	uint64_t reset;      /* valid only if !reset_from_config */
	uint64_t defined;    /* the bits that are not RES0, whatever the shape */
	uint64_t read_trap;  /* bit of ICH_HFGRTR_EL2, 0 if none */
	uint64_t write_trap; /* bit of ICH_HFGWTR_EL2, 0 if none */
	const struct gic5_field_desc *fields;
	int32_t nv2_offset; /* in the NV2 page, -1 if none */
	uint16_t enc;
	uint8_t field_count;
	uint8_t access; /* GIC5_RO or GIC5_RW */
	uint8_t view;   /* enum gic5_view */
	uint8_t shape;  /* enum gic5_shape */
	bool reset_from_config;
};

/** struct gic5_insn_desc - a GIC, GICR or GSB instruction */
struct gic5_insn_desc {
	const char *name; /* "CDIA", "GSB SYS" has "GSB_SYS" */
	const char *text;
	uint64_t trap; /* bit of ICH_HFGITR_EL2, 0 if none */
	const struct gic5_field_desc *fields;
	uint16_t enc;
	uint8_t field_count;
	uint8_t form; /* enum gic5_form */
};

/** struct gic5_entry_desc - a word of a table in memory */
struct gic5_entry_desc {
	const char *name;
	const char *text;
	const struct gic5_field_desc *fields;
	uint8_t field_count;
	uint8_t bytes;
};

extern const struct gic5_irs_reg_desc gic5_irs_regs[];
extern const size_t gic5_irs_reg_count;
extern const struct gic5_sysreg_desc gic5_sysregs[];
extern const size_t gic5_sysreg_count;
extern const struct gic5_insn_desc gic5_insns[];
extern const size_t gic5_insn_count;
extern const struct gic5_entry_desc gic5_entries[];
extern const size_t gic5_entry_count;

/**
 * gic5_irs_reg_find() - the register that covers a byte of a frame
 * @frame:  CONFIG or SETLPI
 * @offset: bytes from the start of the frame
 *
 * The upper half of a 64-bit register finds the register itself.
 * returns: the description, or NULL where no register is
 */
const struct gic5_irs_reg_desc *gic5_irs_reg_find(enum gic5_frame frame, uint32_t offset);

/** gic5_sysreg_find() - the GICv5 system register of an encoding, or NULL */
const struct gic5_sysreg_desc *gic5_sysreg_find(uint32_t enc);

/**
 * gic5_insn_find() - the GICv5 instruction of an encoding
 * @enc:  packed op0 (1), op1, CRn (12), CRm, op2
 * @sysl: true for SYSL (GICR), false for SYS (GIC, GSB)
 *
 * The same numbers with the other direction are UNDEFINED and give NULL.
 */
const struct gic5_insn_desc *gic5_insn_find(uint32_t enc, bool sysl);

/** gic5_entry_find() - the table entry of that name ("L2_ISTE"), or NULL */
const struct gic5_entry_desc *gic5_entry_find(const char *name);

/**
 * gic5_decode_irs(), gic5_decode_sysreg(), gic5_decode_insn(), gic5_decode_entry() - value to text
 * @buf:  receives "IRS_CR0 = 0x3 {IDLE=1, IRSEN=1}", always terminated if @size > 0
 * @size: bytes at @buf; 0 is allowed and only measures
 *
 * Bits outside the defined fields are shown as RES0=0x.. when not zero.
 * returns: the length of the whole text without the terminator, as snprintf does;
 *          0 if the description pointer is NULL
 */
size_t gic5_decode_irs(const struct gic5_irs_reg_desc *reg, uint64_t value, char *buf, size_t size);
size_t gic5_decode_sysreg(const struct gic5_sysreg_desc *reg, uint64_t value, char *buf,
			  size_t size);
size_t gic5_decode_insn(const struct gic5_insn_desc *insn, uint64_t operand, char *buf,
			size_t size);
size_t gic5_decode_entry(const struct gic5_entry_desc *entry, uint64_t value, char *buf,
			 size_t size);

/** gic5_decode_intid() - "SPI 5", "LPI 8192", "PPI 27" or "INTID 0x..." for a reserved type */
size_t gic5_decode_intid(uint32_t intid, char *buf, size_t size);

#ifdef __cplusplus
}
#endif

#endif
