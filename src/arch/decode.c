/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values to text, by the tables alone.
 *
 *   IRS_CR0 = 0x3 {IDLE=1, IRSEN=1}		fields: all of them, addresses in place
 *   ICC_PPI_ENABLER0_EL1 = 0x48000000 {27, 30}	bitmaps: the PPIs whose bit is set
 *   ICC_PPI_PRIORITYR3_EL1 = 0x... {27=0x10}	priorities: the PPIs whose priority is not 0
 */
#include <vgic5/arch.h>

/* Text that grows beyond its room: what does not fit is only counted. */
struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void put_char(struct text *t, char c)
{
	if (t->len + 1 < t->size)
		t->buf[t->len] = c;
	t->len++;
}

static void put_string(struct text *t, const char *s)
{
	while (*s)
		put_char(t, *s++);
}

static void put_digits(struct text *t, uint64_t value, unsigned base)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	while (n)
		put_char(t, digits[--n]);
}

static void put_hex(struct text *t, uint64_t value)
{
	put_string(t, "0x");
	put_digits(t, value, 16);
}

/* Small numbers read best without a prefix. */
static void put_number(struct text *t, uint64_t value)
{
	if (value < 10)
		put_digits(t, value, 10);
	else
		put_hex(t, value);
}

static size_t finish(struct text *t)
{
	if (t->size)
		t->buf[t->len < t->size ? t->len : t->size - 1] = '\0';
	return t->len;
}

/* "{" before the first element of a list and ", " before the others. */
static void put_separator(struct text *t, bool *any)
{
	put_string(t, *any ? ", " : " {");
	*any = true;
}

static void put_head(struct text *t, const char *name, uint64_t value)
{
	put_string(t, name);
	put_string(t, " = ");
	put_hex(t, value);
}

static bool is_address(const char *name)
{
	size_t n = 0;

	while (name[n])
		n++;
	return n >= 4 && name[n - 4] == 'A' && name[n - 3] == 'D' && name[n - 2] == 'D' &&
	       name[n - 1] == 'R';
}

static void put_fields(struct text *t, const struct gic5_field_desc *fields, unsigned count,
		       uint64_t value)
{
	uint64_t rest = value;
	bool any = false;

	for (unsigned i = 0; i < count; i++) {
		const struct gic5_field_desc *f = &fields[i];
		uint64_t mask = GIC5_BITS(f->msb - f->lsb + 1) << f->lsb;

		put_separator(t, &any);
		put_string(t, f->name);
		put_char(t, '=');
		if (is_address(f->name))
			put_hex(t, value & mask);
		else
			put_number(t, (value & mask) >> f->lsb);
		rest &= ~mask;
	}
	if (rest) {
		put_separator(t, &any);
		put_string(t, "RES0=");
		put_hex(t, rest);
	}
	if (any)
		put_char(t, '}');
}

static size_t decode_fields(const char *name, const struct gic5_field_desc *fields, unsigned count,
			    uint64_t value, char *buf, size_t size)
{
	struct text t = {buf, size, 0};

	put_head(&t, name, value);
	put_fields(&t, fields, count, value);
	return finish(&t);
}

/* The second bank of a bitmap has the odd op2. */
static void put_bitmap(struct text *t, uint32_t enc, uint64_t value)
{
	unsigned first = (GIC5_ENC_OP2(enc) & 1) * 64;
	bool any = false;

	for (unsigned i = 0; i < 64; i++) {
		if (!(value >> i & 1))
			continue;
		put_separator(t, &any);
		put_digits(t, first + i, 10);
	}
	if (any)
		put_char(t, '}');
}

/* Priorities of PPIs 0..63 have CRm 14, of the others CRm 15; op2 counts registers of eight. */
static void put_priorities(struct text *t, uint32_t enc, uint64_t value)
{
	unsigned first = (GIC5_ENC_CRM(enc) & 1) * 64 + GIC5_ENC_OP2(enc) * 8;
	bool any = false;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t priority = value >> 8 * i & 0xff;

		if (!priority)
			continue;
		put_separator(t, &any);
		put_digits(t, first + i, 10);
		put_char(t, '=');
		put_number(t, priority);
	}
	if (any)
		put_char(t, '}');
}

size_t gic5_decode_irs(const struct gic5_irs_reg_desc *reg, uint64_t value, char *buf, size_t size)
{
	if (!reg)
		return 0;
	return decode_fields(reg->name, reg->fields, reg->field_count, value, buf, size);
}

size_t gic5_decode_sysreg(const struct gic5_sysreg_desc *reg, uint64_t value, char *buf,
			  size_t size)
{
	struct text t = {buf, size, 0};

	if (!reg)
		return 0;
	put_head(&t, reg->name, value);
	switch (reg->shape) {
	case GIC5_SHAPE_BITMAP: put_bitmap(&t, reg->enc, value); break;
	case GIC5_SHAPE_PRIO: put_priorities(&t, reg->enc, value); break;
	default: put_fields(&t, reg->fields, reg->field_count, value); break;
	}
	return finish(&t);
}

size_t gic5_decode_insn(const struct gic5_insn_desc *insn, uint64_t operand, char *buf, size_t size)
{
	if (!insn)
		return 0;
	return decode_fields(insn->name, insn->fields, insn->field_count, operand, buf, size);
}

size_t gic5_decode_entry(const struct gic5_entry_desc *entry, uint64_t value, char *buf,
			 size_t size)
{
	if (!entry)
		return 0;
	return decode_fields(entry->name, entry->fields, entry->field_count, value, buf, size);
}

size_t gic5_decode_intid(uint32_t intid, char *buf, size_t size)
{
	static const char *const names[] = {
		[GIC5_TYPE_PPI] = "PPI ",
		[GIC5_TYPE_LPI] = "LPI ",
		[GIC5_TYPE_SPI] = "SPI ",
	};
	struct text t = {buf, size, 0};
	unsigned type = GIC5_INTID_TYPE(intid);

	if (type >= GIC5_TYPE_PPI && type <= GIC5_TYPE_SPI) {
		put_string(&t, names[type]);
		put_digits(&t, GIC5_INTID_ID(intid), 10);
	} else {
		put_string(&t, "INTID ");
		put_hex(&t, intid);
	}
	return finish(&t);
}
