/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every class of A64 encodings against qemu-aarch64, one instruction at a time: registers, flags,
 * vectors, FPSR, memory, and whether the word is UNDEFINED at all.
 *
 *     test_lockstep ORACLE-PROGRAM [-b] [ROW-NAME]
 *
 * -b: an engine of Armv8.0 without options, and fewer cases
 *
 * What the engine's ID registers do not announce must be UNDEFINED here, whatever the oracle does. The
 * oracle for the base architecture is its Cortex-A72 (with what that lacks), for announced extensions
 * its "max" model.
 *
 * Environment: VGIC5_SEED (1), VGIC5_LONG (count multiplied by 20), VGIC5_CASES (per row).
 */
#include "encodings.h"
#include "lockstep.h"
#include "lockstep_engine.h"
#include "lockstep_gen.h"

#include "cpu.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCH               8192u
#define MAX_REPORTS_PER_ROW 2
#define MAX_REPORTS         60

struct tally {
	uint64_t tried, defined, undefined, faults, wrong;
};

struct batch {
	const char *cpu; /* oracle's model */
	uint32_t count;
	struct ls_header *file;
	size_t size;
	int fd;
	char path[32];
};

struct test {
	const char *program;
	uint64_t seed;
	struct ls_rng rng;
	uint32_t features; /* A64_FEAT_x of the engine */
	bool announced[ENC_FEAT_COUNT];
	struct tally *rows;
	struct tally streams;
	uint64_t per_row; /* cases */
	uint64_t total;
	unsigned int reports;
	struct batch base, extended;
	struct ls_pool base_pool, extended_pool;
};

static struct ls_case *cases(struct batch *b)
{
	return (struct ls_case *)((uint8_t *)b->file + LS_CASES);
}

static struct ls_result *results(struct batch *b)
{
	return (struct ls_result *)((uint8_t *)b->file + b->file->results_at);
}

static uint32_t *code(struct batch *b)
{
	return (uint32_t *)((uint8_t *)b->file + b->file->code_at);
}

static uint64_t whole_pages(uint64_t n)
{
	return (n + 0xfff) & ~0xfffull;
}

static void batch_open(struct batch *b, const char *cpu)
{
	uint64_t results_at = whole_pages(LS_CASES + BATCH * sizeof(struct ls_case));
	uint64_t code_at = whole_pages(results_at + BATCH * sizeof(struct ls_result));

	b->cpu = cpu;
	b->size = code_at + LSE_CODE_SIZE;
	strcpy(b->path, "/tmp/vgic5-lockstep-XXXXXX");
	b->fd = mkstemp(b->path);
	if (b->fd < 0 || ftruncate(b->fd, (off_t)b->size))
		abort();
	b->file = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
	if (b->file == MAP_FAILED)
		abort();
	b->file->results_at = results_at;
	b->file->code_at = code_at;
	b->file->size = code_at;
	b->file->code_size = LSE_CODE_SIZE;
	for (size_t i = 0; i < LSE_CODE_SIZE / 4; i++)
		code(b)[i] = LS_BRK;
}

static void batch_close(struct batch *b)
{
	munmap(b->file, b->size);
	close(b->fd);
	unlink(b->path);
}

/* ---- comparison ------------------------------------------------------------------------------------ */

static bool same_memory(const struct ls_result *a, const struct ls_result *b)
{
	if (a->diffs != b->diffs)
		return false;
	for (uint32_t i = 0; i < a->diffs && i < LS_MAX_DIFFS; i++)
		if (a->diff[i].offset != b->diff[i].offset || a->diff[i].value != b->diff[i].value)
			return false;
	return true;
}

static bool same_regs(const struct ls_regs *a, const struct ls_regs *b)
{
	return !memcmp(a->x, b->x, sizeof(a->x)) && a->sp == b->sp && a->pc == b->pc &&
	       a->nzcv == b->nzcv && !memcmp(a->v, b->v, sizeof(a->v)) && a->fpcr == b->fpcr &&
	       a->fpsr == b->fpsr;
}

static const char *row_name(const struct ls_case *c)
{
	return c->row == LS_STREAM ? "stream" : enc_rows[c->row].name;
}

static bool is_memory(const struct ls_case *c)
{
	enum enc_class cls = c->row == LS_STREAM ? ENC_CLASS_LDST : enc_rows[c->row].cls;

	return cls == ENC_CLASS_EXCL || cls == ENC_CLASS_LDST || cls == ENC_CLASS_SIMD_LDST;
}

static bool is_store_exclusive(uint32_t w)
{
	return (w & 0x3fc00000) == 0x08000000;
}

/*
 * What the oracle does differently and the architecture allows, or where the oracle only emulates a
 * kernel. Such a case counts as tried but is not compared.
 */
static bool not_comparable(const struct ls_case *c, const struct ls_result *want,
			   const struct ls_result *got)
{
	uint32_t w = c->insn[c->insns - 1];

	/* user mode: registers that the oracle's kernel would emulate or enable */
	if ((w & 0xffd00000) == 0xd5100000 && want->end != LS_UNDEF &&
	    !strncmp(row_name(c), "MSR, MRS (", 10))
		return true;
	/* the debug communication channel, which the oracle lacks */
	if ((w & 0xffdff000) == 0xd5130000)
		return true;
	/* cache operations by address: the oracle does not look at the address */
	if ((w & 0xfff80000) == 0xd5080000 && got->end == LS_FAULT && want->end == LS_BRK_END)
		return true;
	/* a store exclusive that fails need not look at its address */
	if (is_store_exclusive(w) && want->end == LS_BRK_END &&
	    (got->end == LS_FAULT || got->end == LS_ALIGN))
		return true;
	/* the oracle writes SP where XZR is meant */
	if (!strcmp(row_name(c), "CASP") && (w >> 16 & 31) == 30)
		return true;
	/* the oracle does not check the alignment of LDAPR */
	if (!strcmp(row_name(c), "LDAPR") && got->end == LS_ALIGN)
		return (got->far & ((1ull << (w >> 30)) - 1)) != 0;
	/* alignment: which of the two faults comes first when both apply */
	if (is_memory(c) && (want->end == LS_FAULT || want->end == LS_ALIGN) &&
	    (got->end == LS_ALIGN || got->end == LS_FAULT))
		return want->end != got->end;
	/* misaligned PC: here always an alignment fault, there a fault if nothing is mapped */
	if (got->end == LS_ALIGN && want->end == LS_FAULT && got->out.pc & 3)
		return want->out.pc == got->out.pc;
	return false;
}

/* The host tells no address for what is no address on the host */
static bool same_address(const struct ls_result *want, const struct ls_result *got)
{
	uint64_t address = got->far & 0x00fffffffffff000;

	return want->far == 0 || (want->far & 0x00fffffffffff000) == address;
}

/* Bits that AArch32 has in these registers, which the oracle's models implement */
static void drop_aarch32(struct ls_regs *r)
{
	r->fpcr &= 0x07c80000;
	r->fpsr &= 0x0800009f;
}

/* T8: an aborted instruction leaves registers and memory alone (elements before a fault aside) */
static bool fault_is_clean(const struct ls_case *c, const struct ls_result *got)
{
	struct ls_regs in = c->in;

	in.pc = got->out.pc;
	if (c->insns > 1)
		return true;
	if (!is_memory(c)) /* a branch to nowhere: the link register */
		return true;
	return same_regs(&in, &got->out);
}

static bool agrees(const struct ls_case *c, struct ls_result *want, const struct ls_result *got)
{
	drop_aarch32(&want->out);
	if (not_comparable(c, want, got))
		return true;
	if (want->end != got->end)
		return false;
	if (c->row != LS_STREAM && (want->end == LS_FAULT || want->end == LS_ALIGN)) {
		return want->out.pc == got->out.pc &&
		       (want->end == LS_ALIGN || same_address(want, got)) && fault_is_clean(c, got);
	}
	return same_regs(&want->out, &got->out) && same_memory(want, got);
}

static struct tally *tally_of(struct test *t, const struct ls_case *c)
{
	return c->row == LS_STREAM ? &t->streams : &t->rows[c->row];
}

/* ---- reports --------------------------------------------------------------------------------------- */

static const char *end_name(uint32_t end)
{
	switch (end) {
	case LS_BRK_END: return "executed";
	case LS_UNDEF: return "UNDEFINED";
	case LS_FAULT: return "fault";
	case LS_ALIGN: return "alignment fault";
	default: return "no end";
	}
}

static void print_reg(const char *name, int n, uint64_t in, uint64_t want, uint64_t got)
{
	if (want != got)
		printf("#   %s%d in %016llx want %016llx got %016llx\n", name, n,
		       (unsigned long long)in, (unsigned long long)want, (unsigned long long)got);
}

static void print_operands(const struct ls_case *c)
{
	uint32_t w = c->insn[c->insns - 1];
	static const unsigned int at[] = {0, 5, 10, 16};
	static const char *const names[] = {"d/t", "n", "a/t2", "m/s"};

	for (int i = 0; i < 4; i++) {
		unsigned int r = w >> at[i] & 31;

		printf("#   R%s: x%u=%016llx v%u=%016llx:%016llx\n", names[i], r,
		       (unsigned long long)(r == 31 ? c->in.sp : c->in.x[r]), r,
		       (unsigned long long)c->in.v[r][1], (unsigned long long)c->in.v[r][0]);
	}
	printf("#   nzcv %x fpcr %08x fpsr %08x\n", (unsigned int)(c->in.nzcv >> 28), c->in.fpcr,
	       c->in.fpsr);
}

static void report(struct test *t, const struct ls_case *c, const struct ls_result *want,
		   const struct ls_result *got)
{
	char text[128];

	if (tally_of(t, c)->wrong > MAX_REPORTS_PER_ROW || t->reports++ > MAX_REPORTS)
		return;
	printf("# %s: seed %llu", row_name(c), (unsigned long long)t->seed);
	for (uint32_t i = 0; i < c->insns; i++) {
		enc_disassemble(c->insn[i], text, sizeof(text));
		printf(", %08x (%s)", c->insn[i], text);
	}
	printf("\n#   want %s at %llx (%llx), got %s at %llx (%llx)\n", end_name(want->end),
	       (unsigned long long)want->out.pc, (unsigned long long)want->far, end_name(got->end),
	       (unsigned long long)got->out.pc, (unsigned long long)got->far);
	print_operands(c);
	if (want->end != got->end)
		return;
	for (int i = 0; i < 31; i++)
		print_reg("X", i, c->in.x[i], want->out.x[i], got->out.x[i]);
	print_reg("SP", 0, c->in.sp, want->out.sp, got->out.sp);
	for (int i = 0; i < 32; i++) {
		print_reg("V.D[0] ", i, c->in.v[i][0], want->out.v[i][0], got->out.v[i][0]);
		print_reg("V.D[1] ", i, c->in.v[i][1], want->out.v[i][1], got->out.v[i][1]);
	}
	print_reg("NZCV", 0, c->in.nzcv, want->out.nzcv, got->out.nzcv);
	print_reg("FPSR", 0, c->in.fpsr, want->out.fpsr, got->out.fpsr);
	print_reg("FPCR", 0, c->in.fpcr, want->out.fpcr, got->out.fpcr);
	for (uint32_t i = 0; i < LS_MAX_DIFFS && (i < want->diffs || i < got->diffs); i++)
		printf("#   memory: want +%llx=%016llx got +%llx=%016llx\n",
		       (unsigned long long)want->diff[i].offset,
		       (unsigned long long)want->diff[i].value,
		       (unsigned long long)got->diff[i].offset,
		       (unsigned long long)got->diff[i].value);
}

/* ---- running --------------------------------------------------------------------------------------- */

static bool run_oracle(struct test *t, struct batch *b)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return false;
	if (!pid) {
		execlp("qemu-aarch64", "qemu-aarch64", "-cpu", b->cpu, t->program, b->path, NULL);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		return false;
	if (!WIFEXITED(status) || WEXITSTATUS(status)) {
		printf("# oracle: status %x, file %s\n", (unsigned int)status, b->path);
		for (uint32_t i = 0; i < b->count; i++)
			if (!results(b)[i].end) {
				printf("# the case without an answer: %s %08x\n",
				       enc_rows[cases(b)[i].row].name, cases(b)[i].insn[0]);
				break;
			}
		return false;
	}
	return true;
}

static void pool_word(struct test *t, const struct ls_case *c)
{
	const struct enc_row *row = &enc_rows[c->row];

	if (row->feature == ENC_FEAT_BASE && !ls_pool_add(&t->base_pool, c->insn[0], row->cls))
		return;
	ls_pool_add(&t->extended_pool, c->insn[0], row->cls);
}

static void judge(struct test *t, const struct ls_case *c, struct ls_result *want, struct lse *lse,
		  unsigned int step)
{
	struct tally *tally = tally_of(t, c);
	struct ls_result got;
	bool ended = lse_run(lse, c, step, &got);

	if (c->row != LS_STREAM && !t->announced[enc_rows[c->row].feature]) {
		memset(want, 0, sizeof(*want));
		want->out = c->in;
		want->end = LS_UNDEF;
	}
	if (c->insns == 1 && want->end == LS_BRK_END)
		pool_word(t, c);
	tally->tried++;
	t->total += c->insns;
	if (got.end == LS_UNDEF)
		tally->undefined++;
	else if (got.end == LS_BRK_END)
		tally->defined++;
	else
		tally->faults++;
	if (ended && agrees(c, want, &got))
		return;
	tally->wrong++;
	report(t, c, want, &got);
}

static bool batch_run(struct test *t, struct batch *b)
{
	struct lse *lse;

	if (!b->count)
		return true;
	b->file->count = b->count;
	if (!run_oracle(t, b))
		return false;
	lse = lse_create(code(b), t->total & 1, t->features);
	for (uint32_t i = 0; i < b->count; i++) {
		judge(t, &cases(b)[i], &results(b)[i], lse, 0);
		if (cases(b)[i].row == LS_STREAM) /* once more, stopped after every 1, 2 or 3 */
			judge(t, &cases(b)[i], &results(b)[i], lse, 1 + i % 3);
	}
	lse_destroy(lse);
	b->count = 0;
	memset(results(b), 0, BATCH * sizeof(struct ls_result));
	return true;
}

static bool batch_add(struct test *t, struct batch *b)
{
	const struct ls_case *c = &cases(b)[b->count];
	uint32_t *slot = code(b) + (b->count * LS_SLOT + LS_INSN_AT) / 4;

	for (uint32_t i = 0; i < LS_MAX_INSNS; i++)
		slot[i] = i < c->insns ? c->insn[i] : LS_BRK;
	return ++b->count < BATCH || batch_run(t, b);
}

static bool add_stream(struct test *t)
{
	bool base = ls_random(&t->rng) % 4 != 0;
	struct batch *b = base ? &t->base : &t->extended;
	const struct ls_pool *pool = base ? &t->base_pool : &t->extended_pool;

	ls_generate_stream(&t->rng, b->count, pool, &cases(b)[b->count]);
	return batch_add(t, b);
}

static bool add_case(struct test *t, size_t row)
{
	bool base =
		enc_rows[row].feature == ENC_FEAT_BASE || enc_rows[row].feature == ENC_FEAT_CRC32;
	struct batch *b = base || !t->announced[enc_rows[row].feature] ? &t->base : &t->extended;
	struct ls_case *c = &cases(b)[b->count];

	ls_generate(&t->rng, row, b->count, t->announced[ENC_FEAT_FP16] && !base, c);
	if (enc_find(c->insn[c->insns - 1]) != row)
		return true;
	return batch_add(t, b);
}

static uint64_t environment(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 0) : otherwise;
}

static bool run_rows(struct test *t, const char *only)
{
	uint64_t per_row = t->per_row;

	for (uint64_t i = 0; i < per_row; i++)
		for (size_t row = 0; row < enc_count; row++) {
			if (only && !strstr(enc_rows[row].name, only))
				continue;
			if (!t->announced[enc_rows[row].feature] && i % 8)
				continue;
			if (!add_case(t, row))
				return false;
		}
	if (!batch_run(t, &t->base) || !batch_run(t, &t->extended))
		return false;
	for (uint64_t i = 0; !only && i < per_row * 50; i++)
		if (!add_stream(t))
			return false;
	return batch_run(t, &t->base) && batch_run(t, &t->extended);
}

/* ---- results --------------------------------------------------------------------------------------- */

static bool print_class(struct test *t, enum enc_class cls, int number)
{
	struct tally sum = {0};

	for (size_t i = 0; i < enc_count; i++) {
		struct tally *r = &t->rows[i];

		if (enc_rows[i].cls != cls)
			continue;
		sum.tried += r->tried;
		sum.defined += r->defined;
		sum.undefined += r->undefined;
		sum.faults += r->faults;
		sum.wrong += r->wrong;
		if (r->wrong)
			printf("# WRONG %llu of %llu: %s\n", (unsigned long long)r->wrong,
			       (unsigned long long)r->tried, enc_rows[i].name);
	}
	printf("# %s: %llu tried, %llu executed, %llu undefined, %llu faulted\n",
	       enc_class_name(cls), (unsigned long long)sum.tried, (unsigned long long)sum.defined,
	       (unsigned long long)sum.undefined, (unsigned long long)sum.faults);
	printf("%sok %d - %s instructions do what qemu-aarch64 does\n", sum.wrong ? "not " : "",
	       number, enc_class_name(cls));
	return !sum.wrong;
}

static bool print_streams(struct test *t, int number)
{
	struct tally *s = &t->streams;

	printf("# streams: %llu tried, %llu executed, %llu undefined, %llu faulted, %llu wrong\n",
	       (unsigned long long)s->tried, (unsigned long long)s->defined,
	       (unsigned long long)s->undefined, (unsigned long long)s->faults,
	       (unsigned long long)s->wrong);
	printf("%sok %d - streams do what qemu-aarch64 does, at once and in steps\n",
	       s->wrong ? "not " : "", number);
	return !s->wrong;
}

static bool always_undefined(const struct enc_row *row)
{
	static const char *const names[] = {
		"ERET",      "DRPS", "HVC", "SMC", "DCPS", "MSR (immediate)", "MSR, MRS (register)",
		"SYS, SYSL", "BRK",  "HLT", "SVC"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strncmp(row->name, names[i], strlen(names[i])))
			return true;
	return enc_is_rest(row);
}

static bool print_coverage(struct test *t, int number)
{
	unsigned int announced = 0, covered = 0;

	for (size_t i = 0; i < enc_count; i++) {
		const struct enc_row *row = &enc_rows[i];

		if (!t->announced[row->feature] || always_undefined(row))
			continue;
		announced++;
		if (t->rows[i].defined)
			covered++;
		else
			printf("# not covered: %s\n", row->name);
	}
	printf("# coverage: %u of %u announced encodings executed\n", covered, announced);
	printf("%sok %d - every encoding of the announced features was executed\n",
	       covered == announced ? "" : "not ", number);
	return covered == announced;
}

static bool print_unannounced(struct test *t, int number)
{
	unsigned int wrong = 0, tried = 0;

	for (size_t i = 0; i < enc_count; i++) {
		if (t->announced[enc_rows[i].feature])
			continue;
		tried++;
		if (!t->rows[i].defined && !t->rows[i].faults)
			continue;
		wrong++;
		printf("# not announced, but executed: %s (%s)\n", enc_rows[i].name,
		       enc_feature_name(enc_rows[i].feature));
	}
	printf("%sok %d - all %u encodings that are not announced are UNDEFINED\n",
	       wrong ? "not " : "", number, tried);
	return !wrong;
}

static bool print_all(struct test *t, const char *only)
{
	bool good = true;
	int number = 0;

	for (int cls = 0; cls < ENC_CLASS_COUNT; cls++)
		good &= print_class(t, (enum enc_class)cls, ++number);
	if (!only) {
		good &= print_streams(t, ++number);
		good &= print_coverage(t, ++number);
		good &= print_unannounced(t, ++number);
	}
	printf("# %llu instructions, seed %llu\n", (unsigned long long)t->total,
	       (unsigned long long)t->seed);
	printf("1..%d\n", number);
	return good;
}

int main(int argc, char **argv)
{
	static struct test t;
	bool bare = argc > 2 && !strcmp(argv[2], "-b");
	const char *only = argc > 2 + bare ? argv[2 + bare] : NULL;
	struct lse *lse;
	bool good;

	if (argc < 2)
		return 2;
	if (!strcmp(argv[1], "none")) {
		printf("1..0 # SKIP qemu-aarch64 or aarch64-linux-gnu-gcc is not installed\n");
		return 0;
	}
	enc_init();
	t.seed = environment("VGIC5_SEED", 1);
	t.features = bare ? 0 : A64_FEAT_DEFAULT;
	t.per_row = environment("VGIC5_CASES", getenv("VGIC5_LONG") ? 8000 : 400) / (bare ? 8 : 1);
	t.program = argv[1];
	t.rng.s = t.seed * 0x1234567;
	t.rows = calloc(enc_count, sizeof(*t.rows));
	batch_open(&t.base, "cortex-a72");
	batch_open(&t.extended, "max,sve=off");
	lse = lse_create(code(&t.base), true, t.features);
	for (int f = 0; f < ENC_FEAT_COUNT; f++)
		t.announced[f] = enc_announced((enum enc_feature)f, lse_id, lse);
	lse_destroy(lse);
	good = run_rows(&t, only);
	if (!good)
		printf("Bail out! the oracle did not run\n");
	else
		good = print_all(&t, only);
	batch_close(&t.base);
	batch_close(&t.extended);
	free(t.rows);
	return good ? 0 : 1;
}
