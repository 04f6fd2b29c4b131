/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The table of A64 encodings of the CPU tests (encodings.def), with which features announce what.
 */
#ifndef TESTS_CPU_ENCODINGS_H
#define TESTS_CPU_ENCODINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENC_CLASSES(X) \
	X(DP_IMM) X(BRANCH) X(SYSTEM) X(DP_REG) X(EXCL) X(LDST) X(SIMD_LDST) X(FP) X(SIMD) X(OTHER)

enum enc_class {
#define X(name) ENC_CLASS_##name,
	ENC_CLASSES(X)
#undef X
		ENC_CLASS_COUNT
};

/* Feature, ID register that announces it (encoding), lowest bit of the field, smallest value */
#define ENC_ISAR0        ENC_ID(6, 0)
#define ENC_ISAR1        ENC_ID(6, 1)
#define ENC_ISAR2        ENC_ID(6, 2)
#define ENC_PFR0         ENC_ID(4, 0)
#define ENC_PFR1         ENC_ID(4, 1)
#define ENC_MMFR1        ENC_ID(7, 1)
#define ENC_ID(crm, op2) (0xc000u | (crm) << 3 | (op2))

#define ENC_FEATURES(X)              \
	X(BASE, 0, 0, 0)             \
	X(AES, ENC_ISAR0, 4, 1)      \
	X(PMULL, ENC_ISAR0, 4, 2)    \
	X(SHA, ENC_ISAR0, 8, 1)      \
	X(SHA512, ENC_ISAR0, 12, 2)  \
	X(CRC32, ENC_ISAR0, 16, 1)   \
	X(LSE, ENC_ISAR0, 20, 2)     \
	X(RDM, ENC_ISAR0, 28, 1)     \
	X(DOTPROD, ENC_ISAR0, 44, 1) \
	X(FHM, ENC_ISAR0, 48, 1)     \
	X(FLAGM, ENC_ISAR0, 52, 1)   \
	X(FLAGM2, ENC_ISAR0, 52, 2)  \
	X(PAUTH, ENC_ISAR1, 4, 1)    \
	X(JSCVT, ENC_ISAR1, 12, 1)   \
	X(FCMA, ENC_ISAR1, 16, 1)    \
	X(LRCPC, ENC_ISAR1, 20, 1)   \
	X(LRCPC2, ENC_ISAR1, 20, 2)  \
	X(LRCPC3, ENC_ISAR1, 20, 3)  \
	X(FRINTTS, ENC_ISAR1, 32, 1) \
	X(SB, ENC_ISAR1, 36, 1)      \
	X(BF16, ENC_ISAR1, 44, 1)    \
	X(I8MM, ENC_ISAR1, 52, 1)    \
	X(LS64, ENC_ISAR1, 60, 1)    \
	X(MOPS, ENC_ISAR2, 16, 1)    \
	X(HBC, ENC_ISAR2, 20, 1)     \
	X(SVE, ENC_PFR0, 32, 1)      \
	X(MTE, ENC_PFR1, 8, 1)       \
	X(SME, ENC_PFR1, 24, 1)      \
	X(LOR, ENC_MMFR1, 16, 1)     \
	X(FP16, ENC_PFR0, 16, 1) /* 15 = no floating point at all */

enum enc_feature {
#define X(name, id, lsb, min) ENC_FEAT_##name,
	ENC_FEATURES(X)
#undef X
		ENC_FEAT_COUNT
};

struct enc_row {
	enum enc_class cls;
	enum enc_feature feature;
	const char *name;
	const char *pattern;
	uint32_t mask, value; /* filled in by enc_init() */
};

extern struct enc_row enc_rows[];
extern const size_t enc_count;

/** enc_init() - derive masks and values; aborts if a pattern is malformed */
void enc_init(void);

/** enc_find() - index of the row that @insn belongs to; there always is one */
size_t enc_find(uint32_t insn);

/** enc_is_rest() - whether the row holds what its group leaves unallocated ("..., any") */
bool enc_is_rest(const struct enc_row *row);

const char *enc_class_name(enum enc_class cls);
const char *enc_feature_name(enum enc_feature feature);

/**
 * enc_announced() - whether the ID registers announce @feature
 * @read: returns an identification register by the 16-bit encoding op0:op1:CRn:CRm:op2
 */
bool enc_announced(enum enc_feature feature, uint64_t (*read)(void *, uint16_t), void *opaque);

/** enc_disassemble() - text of @insn from objdump, if there is one; "" otherwise */
void enc_disassemble(uint32_t insn, char *text, size_t size);

#endif
