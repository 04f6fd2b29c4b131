/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engine's half of the lockstep test. EL0 code and data are mapped by tables of 4 KiB granule as
 * Linux would map them; every exception vector of EL1 is an HVC, which ends the case.
 */
#include "lockstep_engine.h"

#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#define KERNEL_PA   0x10000000ull /* vectors, then tables */
#define KERNEL_SIZE 0x8000u

struct lse {
	struct a64_space *space;
	struct a64_cpu *cpu;
	uint64_t *data;
	uint8_t *kernel;
	struct a64_state state; /* what every case starts from, but for its own registers */
};

static const struct a64_ops no_ops;

enum { L0 = 0x1000, L1 = 0x2000, L2 = 0x3000, L3 = 0x4000 }; /* offsets of the tables */

#define DESC_TABLE    3ull
#define DESC_AF_INNER (1ull << 10 | 3ull << 8)
#define DESC_EL0_DATA (DESC_AF_INNER | 1ull << 6 | 3ull << 53) /* UXN, PXN, AP = read and write */
#define DESC_EL0_CODE (DESC_AF_INNER | 3ull << 6 | 1ull << 53) /* PXN, AP = read only */
#define DESC_EL1_CODE (DESC_AF_INNER | 2ull << 6 | 1ull << 54)

static void put(struct lse *lse, unsigned int table, unsigned int index, uint64_t value)
{
	memcpy(lse->kernel + table + index * 8, &value, 8);
}

static void make_kernel(struct lse *lse)
{
	for (uint32_t vector = 0; vector < 16; vector++) {
		uint32_t hvc = 0xd4000002 | vector << 5;

		memcpy(lse->kernel + vector * 0x80, &hvc, 4);
	}
	put(lse, L0, 0, (KERNEL_PA + L1) | DESC_TABLE);
	put(lse, L1, 0, (KERNEL_PA + L2) | DESC_TABLE);
	put(lse, L2, KERNEL_PA >> 21, (KERNEL_PA & ~0x1fffffull) | DESC_EL1_CODE | 1);
	put(lse, L2, LS_CODE >> 21, LS_CODE | DESC_EL0_CODE | 1);
	put(lse, L2, LS_DATA >> 21, (KERNEL_PA + L3) | DESC_TABLE);
	for (unsigned int i = 0; i < LS_DATA_SIZE / 0x1000; i++)
		put(lse, L3, i, (LS_DATA + i * 0x1000) | DESC_EL0_DATA | 3);
}

static void make_state(struct lse *lse)
{
	a64_reset(lse->cpu, 0, 0);
	a64_get_state(lse->cpu, &lse->state);
	lse->state.pstate = 0;
	lse->state.reg[A64_R_VBAR_EL1] = KERNEL_PA;
	lse->state.reg[A64_R_TTBR0_EL1] = KERNEL_PA + L0;
	lse->state.reg[A64_R_MAIR_EL1] = 0xff;
	lse->state.reg[A64_R_CPACR_EL1] = 3u << 20;
	/* T0SZ = 16, 4 KiB, write-back, inner shareable, no walk by TTBR1, TBI0 */
	lse->state.reg[A64_R_TCR_EL1] =
		16 | 0x3500 | 1u << 23 | 16ull << 16 | 2ull << 32 | 1ull << 37;
	/* UCI, nTWE, nTWI, UCT, DZE, I, C, M; SP alignment is not checked by the oracle */
	lse->state.reg[A64_R_SCTLR_EL1] = 0x30d00800 | 1u << 26 | 1u << 18 | 1u << 16 | 1u << 15 |
					  1u << 14 | 1u << 12 | 1u << 2 | 1u << 0;
}

static void *ram(size_t size)
{
	void *p = aligned_alloc(0x1000, size);

	if (!p)
		abort();
	memset(p, 0, size);
	return p;
}

struct lse *lse_create(void *code, bool stepped, uint32_t features)
{
	struct a64_space_config config = {
		.stepped = stepped,
		.features = features,
		.ops = &no_ops,
	};
	struct lse *lse = calloc(1, sizeof(*lse));

	if (!lse || a64_space_create(&config, &lse->space))
		abort();
	lse->data = ram(LS_DATA_SIZE);
	lse->kernel = ram(KERNEL_SIZE);
	make_kernel(lse);
	if (a64_space_map(lse->space, KERNEL_PA, KERNEL_SIZE, lse->kernel) ||
	    a64_space_map(lse->space, LS_CODE, LSE_CODE_SIZE, code) ||
	    a64_space_map(lse->space, LS_DATA, LS_DATA_SIZE, lse->data) ||
	    a64_cpu_create(lse->space, 0, NULL, &lse->cpu))
		abort();
	make_state(lse);
	for (uint64_t i = 0; i < LS_DATA_SIZE / 8; i++)
		lse->data[i] = ls_fill(i);
	return lse;
}

void lse_destroy(struct lse *lse)
{
	a64_cpu_destroy(lse->cpu);
	a64_space_destroy(lse->space);
	free(lse->data);
	free(lse->kernel);
	free(lse);
}

void lse_code_changed(struct lse *lse)
{
	a64_space_written(lse->space, LS_CODE, LSE_CODE_SIZE);
}

uint64_t lse_id(void *lse, uint16_t encoding)
{
	uint64_t value = 0;

	a64_sysreg_read(((struct lse *)lse)->cpu, encoding, &value);
	return value;
}

static bool set_end(const struct a64_state *s, struct ls_result *r)
{
	uint64_t esr = s->reg[A64_R_ESR_EL1];

	r->far = s->reg[A64_R_FAR_EL1];
	switch (esr >> 26) {
	case 0x3c: r->end = LS_BRK_END; return true;
	case 0x00:
	case 0x18: r->end = LS_UNDEF; return true;
	case 0x20:
	case 0x24: r->end = (esr & 0x3f) == 0x21 ? LS_ALIGN : LS_FAULT; return true;
	case 0x22:
	case 0x26: r->end = LS_ALIGN; return true;
	default: return false;
	}
}

static void collect_memory(struct lse *lse, struct ls_result *r)
{
	uint32_t n = 0;

	for (uint64_t i = 0; i < LS_DATA_SIZE / 8; i++) {
		if (lse->data[i] == ls_fill(i))
			continue;
		if (n < LS_MAX_DIFFS) {
			r->diff[n].offset = i * 8;
			r->diff[n].value = lse->data[i];
		}
		n++;
		lse->data[i] = ls_fill(i);
	}
	r->diffs = n;
}

/* Far more than any case executes */
#define MAX_RUNS 1000

bool lse_run(struct lse *lse, const struct ls_case *c, unsigned int step, struct ls_result *r)
{
	struct a64_state *s = &lse->state;
	struct a64_state out;
	struct a64_exit exit;

	memset(r, 0, sizeof(*r));
	memcpy(s->x, c->in.x, sizeof(s->x));
	s->sp[0] = c->in.sp;
	s->pc = c->in.pc;
	s->pstate = c->in.nzcv;
	memcpy(s->v, c->in.v, sizeof(s->v));
	s->fpcr = c->in.fpcr;
	s->fpsr = c->in.fpsr;
	if (a64_set_state(lse->cpu, s))
		return false;
	for (unsigned int i = 0; i < MAX_RUNS; i++) {
		a64_run(lse->cpu, step ? step : 1000, &exit);
		if (exit.reason != A64_EXIT_WFE && exit.reason != A64_EXIT_WFI &&
		    exit.reason != A64_EXIT_BUDGET)
			break;
	}
	a64_get_state(lse->cpu, &out);
	collect_memory(lse, r);
	if (exit.reason == A64_EXIT_DATA_ABORT || exit.reason == A64_EXIT_INSN_ABORT) {
		r->end = LS_FAULT;
		r->far = exit.far;
		r->out.pc = out.pc;
		r->out.nzcv = out.pstate & 0xf0000000;
	} else {
		if (exit.reason != A64_EXIT_HVC || !set_end(&out, r))
			return false;
		r->out.pc = out.reg[A64_R_ELR_EL1];
		r->out.nzcv = out.reg[A64_R_SPSR_EL1] & 0xf0000000;
	}
	memcpy(r->out.x, out.x, sizeof(out.x));
	r->out.sp = out.sp[0];
	memcpy(r->out.v, out.v, sizeof(out.v));
	r->out.fpcr = (uint32_t)out.fpcr;
	r->out.fpsr = (uint32_t)out.fpsr;
	return true;
}
