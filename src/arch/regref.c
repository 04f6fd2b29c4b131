/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the register reference (docs/registers.md) from the tables.
 *
 *   regref            print it
 *   regref FILE       compare it with FILE: a TAP line and the exit status tell
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vgic5/arch.h>

static const char *const access_names[] = {"RO", "RW", "WO"};

static void print_fields(FILE *out, const struct gic5_field_desc *fields, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct gic5_field_desc *f = &fields[i];

		fprintf(out, "%s%s ", i ? ", " : "", f->name);
		if (f->msb == f->lsb)
			fprintf(out, "%u", f->lsb);
		else
			fprintf(out, "%u:%u", f->msb, f->lsb);
	}
}

static void print_reset(FILE *out, bool from_config, uint64_t reset)
{
	if (from_config)
		fputs("configuration", out);
	else
		fprintf(out, "%#" PRIx64, reset);
}

static void print_frame(FILE *out, enum gic5_frame frame)
{
	fputs("| offset | register | bits | access | reset | fields | purpose |\n"
	      "| --- | --- | --- | --- | --- | --- | --- |\n",
	      out);
	for (size_t i = 0; i < gic5_irs_reg_count; i++) {
		const struct gic5_irs_reg_desc *r = &gic5_irs_regs[i];

		if (r->frame != frame)
			continue;
		fprintf(out, "| 0x%04" PRIx32 " | `%s` | %u | %s | ", r->offset, r->name, r->width,
			access_names[r->access]);
		print_reset(out, r->reset_from_config, r->reset);
		fputs(" | ", out);
		print_fields(out, r->fields, r->field_count);
		fprintf(out, " | %s |\n", r->text);
	}
	fputc('\n', out);
}

static void print_encoding(FILE *out, uint32_t enc)
{
	fprintf(out, "%u, %u, %u, %u, %u", GIC5_ENC_OP0(enc), GIC5_ENC_OP1(enc), GIC5_ENC_CRN(enc),
		GIC5_ENC_CRM(enc), GIC5_ENC_OP2(enc));
}

static void print_trap(FILE *out, const char *reg, uint64_t mask)
{
	if (!mask)
		return;
	fprintf(out, "%s bit %d", reg, __builtin_ctzll(mask));
}

static void print_sysregs(FILE *out, bool el2)
{
	static const char *const views[] = {"physical", "ICV when virtual", "shared", "EL2"};
	static const char *const shapes[] = {"", "one bit per PPI",
					     "eight 5-bit priorities at byte stride"};

	fprintf(out,
		"| op0, op1, CRn, CRm, op2 | register | access | %s | reset | fields | purpose |\n",
		el2 ? "NV2 page" : "at EL1 | read trap | write trap");
	fprintf(out, "| --- | --- | --- | %s | --- | --- | --- |\n",
		el2 ? "---" : "--- | --- | ---");
	for (size_t i = 0; i < gic5_sysreg_count; i++) {
		const struct gic5_sysreg_desc *r = &gic5_sysregs[i];

		if ((r->view == GIC5_VIEW_EL2) != el2)
			continue;
		fputs("| ", out);
		print_encoding(out, r->enc);
		fprintf(out, " | `%s` | %s | ", r->name, access_names[r->access]);
		if (el2) {
			if (r->nv2_offset >= 0)
				fprintf(out, "0x%03" PRIx32, (uint32_t)r->nv2_offset);
		} else {
			fprintf(out, "%s | ", views[r->view]);
			print_trap(out, "HFGRTR", r->read_trap);
			fputs(" | ", out);
			print_trap(out, "HFGWTR", r->write_trap);
		}
		fputs(" | ", out);
		print_reset(out, r->reset_from_config, r->reset);
		fprintf(out, " | %s", shapes[r->shape]);
		print_fields(out, r->fields, r->field_count);
		fprintf(out, " | %s |\n", r->text);
	}
	fputc('\n', out);
}

static uint32_t opcode(const struct gic5_insn_desc *insn)
{
	uint32_t sysl = insn->form == GIC5_FORM_GICR ? UINT32_C(1) << 21 : 0;
	uint32_t rt = insn->form == GIC5_FORM_GSB ? 31 : 0;

	return UINT32_C(0xd5080000) | sysl | GIC5_ENC_OP1(insn->enc) << 16 |
	       GIC5_ENC_CRN(insn->enc) << 12 | GIC5_ENC_CRM(insn->enc) << 8 |
	       GIC5_ENC_OP2(insn->enc) << 5 | rt;
}

static void print_insns(FILE *out)
{
	static const char *const forms[] = {"GIC (SYS)", "GICR (SYSL)", "GSB (SYS)"};

	fputs("| opcode, Xt = 0 | instruction | form | trap | operand | purpose |\n"
	      "| --- | --- | --- | --- | --- | --- |\n",
	      out);
	for (size_t i = 0; i < gic5_insn_count; i++) {
		const struct gic5_insn_desc *insn = &gic5_insns[i];

		fprintf(out, "| %08" PRIx32 " | `%s` | %s | ", opcode(insn), insn->name,
			forms[insn->form]);
		print_trap(out, "HFGITR", insn->trap);
		fputs(" | ", out);
		print_fields(out, insn->fields, insn->field_count);
		fprintf(out, " | %s |\n", insn->text);
	}
	fputc('\n', out);
}

static void print_entries(FILE *out)
{
	fputs("| entry | bytes | fields | purpose |\n| --- | --- | --- | --- |\n", out);
	for (size_t i = 0; i < gic5_entry_count; i++) {
		const struct gic5_entry_desc *e = &gic5_entries[i];

		fprintf(out, "| `%s` | %u | ", e->name, e->bytes);
		print_fields(out, e->fields, e->field_count);
		fprintf(out, " | %s |\n", e->text);
	}
}

static void print_reference(FILE *out)
{
	fputs("# GICv5 register reference\n\n"
	      "Generated from the tables in `include/vgic5/*.def` by `regref` "
	      "(`src/arch/regref.c`);\n"
	      "a test compares the two. Bits that no field names are RES0.\n\n"
	      "## IRS CONFIG frame\n\n",
	      out);
	print_frame(out, GIC5_FRAME_CONFIG);
	fputs("## IRS SETLPI frame\n\n", out);
	print_frame(out, GIC5_FRAME_SETLPI);
	fputs("## System registers of EL1\n\n", out);
	print_sysregs(out, false);
	fputs("## System registers of EL2\n\n", out);
	print_sysregs(out, true);
	fputs("## Instructions\n\n", out);
	print_insns(out);
	fputs("## Entries of the tables in memory\n\n", out);
	print_entries(out);
}

/* Does the rest of the two streams have the same bytes? */
static bool same_contents(FILE *a, FILE *b)
{
	int ca;
	int cb;

	do {
		ca = getc(a);
		cb = getc(b);
	} while (ca == cb && ca != EOF);
	return ca == cb;
}

static int check(const char *path)
{
	FILE *file = fopen(path, "r");
	FILE *reference = tmpfile();
	bool same = false;

	if (file && reference) {
		print_reference(reference);
		rewind(reference);
		same = same_contents(file, reference);
	}
	printf("1..1\n%s 1 - the register reference in docs is what the tables say\n",
	       same ? "ok" : "not ok");
	if (!same)
		printf("# write it anew: regref > docs/registers.md\n");
	if (file)
		fclose(file);
	if (reference)
		fclose(reference);
	return same ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return check(argv[1]);
	print_reference(stdout);
	return EXIT_SUCCESS;
}
