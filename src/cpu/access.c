/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The slow path of loads and stores: TLB misses, page crossings, alignment checks, MMIO, pages that hold
 * decoded code, and the aborts. Everything that an access may fault on is checked before the first byte
 * moves (rule T8).
 */
#include "guestmem.h"

#define SCTLR_A   (1ull << 1)
#define ISS_WNR   (1u << 6)
#define ISS_S1PTW (1u << 7)
#define ISS_CM    (1u << 8)

/* ---- aborts --------------------------------------------------------------------------------------- */

/* ISS of a data abort that has no valid instruction syndrome */
static uint64_t abort_iss(unsigned int fsc, bool write, unsigned int flags)
{
	bool cache = flags & A64_ACC_CACHE;

	return (fsc & 0x3f) | (write || cache ? ISS_WNR : 0) | (cache ? ISS_CM : 0);
}

static bool data_abort(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int fsc,
		       bool write, unsigned int flags)
{
	unsigned int ec = cpu->el == 0 ? A64_EC_DABORT_LOWER : A64_EC_DABORT_SAME;

	a64_raise_far(cpu, op, A64_ESR(ec, abort_iss(fsc, write, flags)), va);
	return false;
}

/*
 * Instruction syndrome of a single load or store of a general-purpose register without write-back:
 * ISV, SAS, SSE, SRT, SF, AR. 0 for all others.
 */
static uint64_t syndrome_of(uint32_t insn)
{
	unsigned int size = insn >> 30, opc = insn >> 22 & 3;
	uint64_t iss = 1u << 24 | (uint64_t)(insn & 31) << 16;

	if ((insn & 0x3f800000) == 0x08800000) { /* LDAR, STLR, LDLAR, STLLR */
		return iss | (uint64_t)size << 22 | (size == 3 ? 1u << 15 : 0) |
		       (insn >> 15 & 1 ? 1u << 14 : 0);
	}
	if ((insn & 0x3b000000) == 0x18000000 && !(insn >> 26 & 1) && size != 3) { /* literal */
		return iss | (uint64_t)(size == 1 ? 3 : 2) << 22 | (size == 2 ? 1u << 21 : 0) |
		       (size != 0 ? 1u << 15 : 0);
	}
	if ((insn & 0x3a000000) != 0x38000000 || (insn >> 26 & 1)) {
		return 0;
	}
	if (!(insn >> 24 & 1)) {
		unsigned int mode = insn >> 10 & 3;

		if (insn >> 21 & 1) {
			if (mode == 0 && (insn >> 12 & 15) == 12 && (insn >> 23 & 1)) {
				return iss | (uint64_t)size << 22 | (size == 3 ? 1u << 15 : 0) |
				       1u << 14; /* LDAPR */
			}
			if (mode != 2) {
				return 0; /* atomics */
			}
		} else if (mode == 1 || mode == 3) {
			return 0; /* write-back */
		}
	}
	return iss | (uint64_t)size << 22 | (opc >= 2 ? 1u << 21 : 0) |
	       ((opc == 2 || (opc < 2 && size == 3)) ? 1u << 15 : 0);
}

static bool stage2_abort(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, uint64_t ipa,
			 bool write, unsigned int flags, const void *data, bool walk)
{
	struct a64_exit *exit = cpu->exit;
	uint64_t iss = 0;
	uint64_t pc = a64_op_pc(cpu, op);

	if (!walk && !(flags & A64_ACC_CACHE)) {
		iss = syndrome_of(a64_fetch_word(cpu, pc));
	}
	exit->isv = iss >> 24 & 1;
	exit->size = (uint8_t)(1u << (iss >> 22 & 3));
	exit->sign_extend = iss >> 21 & 1;
	exit->rt = iss >> 16 & 31;
	exit->sixty_four = iss >> 15 & 1;
	exit->read = !write;
	exit->value = 0;
	if (exit->isv && write && data) {
		memcpy(&exit->value, data, exit->size);
	}
	exit->far = va;
	exit->ipa = ipa;
	exit->hpfar = ipa >> 12 << 4;
	iss |= abort_iss(A64_FSC_TRANSLATION | 3, write, flags) | (walk ? ISS_S1PTW : 0);
	a64_leave(cpu, op, A64_EXIT_DATA_ABORT, A64_ESR(A64_EC_DABORT_LOWER, iss), false);
	return false;
}

/* ---- translation ---------------------------------------------------------------------------------- */

static void fill(struct a64_cpu *cpu, struct a64_tlb *tlb, struct a64_tlb_entry *e, uint64_t va,
		 const struct a64_translation *t)
{
	uint64_t tag = va & ~A64_PAGE_MASK, page = t->ipa & ~A64_PAGE_MASK;
	bool strict = t->device || (cpu->reg[A64_R_SCTLR_EL1] & SCTLR_A);
	_Atomic uint8_t *mark = NULL;
	uint8_t *host = a64_page_host(cpu->space, page, &mark);

	e->info = page | t->leaf_bits | (t->ng ? A64_TLBI_NG : 0) |
		  (t->device ? A64_TLBI_DEVICE : 0) | (host ? 0 : A64_TLBI_NO_RAM);
	e->addend = (uintptr_t)host - tag;
	e->rtag = !t->readable ? A64_TLB_NONE : tag | (!host || strict);
	e->wtag = !t->writable ? A64_TLB_NONE : tag | (!host || strict || atomic_load(mark));
	tlb->has_ng |= t->ng;
	tlb->has_large |= t->leaf_bits > A64_PAGE_SHIFT;
}

/* The TLB entry for one access; NULL after an abort */
static struct a64_tlb_entry *translate(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va,
				       bool write, unsigned int flags)
{
	bool as_el0 = cpu->el == 0 || ((flags & A64_ACC_UNPRIV) && !cpu->uao);
	uint64_t tag = va & ~A64_PAGE_MASK;
	struct a64_tlb_entry *e;
	struct a64_translation t;
	struct a64_walk how = {.va = va,
			       .kind = write ? A64_WRITE : A64_READ,
			       .el = as_el0 ? 0 : cpu->el,
			       .pan = cpu->pan,
			       .for_cache = flags & A64_ACC_CACHE};
	struct a64_tlb *tlb = cpu->tlb;

	if (as_el0) {
		a64_tlb_select_bank(cpu);
		tlb = cpu->utlb;
	}
	e = a64_tlb_slot(tlb, va);
	if (((write ? e->wtag : e->rtag) & ~(uint64_t)A64_TLB_SLOW) == tag) {
		return e;
	}
	if (!a64_walk(cpu, &how, &t)) {
		if (t.stage2) {
			stage2_abort(cpu, op, va, t.table_ipa, write, flags, NULL, true);
		} else {
			data_abort(cpu, op, va, t.fault, write, flags);
		}
		return NULL;
	}
	fill(cpu, tlb, e, va, &t);
	return e;
}

static bool misaligned(const struct a64_cpu *cpu, uint64_t va, unsigned int size,
		       unsigned int count, unsigned int flags)
{
	if (flags & A64_ACC_ALIGNED) {
		return va & (size * count - 1);
	}
	if ((flags & A64_ACC_ORDERED) || (cpu->reg[A64_R_SCTLR_EL1] & SCTLR_A)) {
		return va & (size - 1);
	}
	return false;
}

/* Both pages of an access; first and last may be equal. False after an abort */
static bool translate_span(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va,
			   unsigned int size, unsigned int count, bool write, unsigned int flags,
			   struct a64_tlb_entry *page[2])
{
	uint64_t last = va + size * count - 1;

	if (misaligned(cpu, va, size, count, flags)) {
		return data_abort(cpu, op, va, A64_FSC_ALIGNMENT, write, flags);
	}
	page[0] = translate(cpu, op, va, write, flags);
	if (!page[0]) {
		return false;
	}
	if ((page[0]->info & A64_TLBI_DEVICE) && (va & (size - 1))) {
		return data_abort(cpu, op, va, A64_FSC_ALIGNMENT, write, flags);
	}
	page[1] = page[0];
	if ((va ^ last) >> A64_PAGE_SHIFT) {
		page[1] = translate(cpu, op, last & ~A64_PAGE_MASK, write, flags);
	}
	return page[1] != NULL;
}

/* ---- RAM ------------------------------------------------------------------------------------------ */

typedef uint16_t __attribute__((may_alias)) ram16;
typedef uint32_t __attribute__((may_alias)) ram32;
typedef uint64_t __attribute__((may_alias)) ram64;

/* A guest may race with itself on these bytes: no memcpy(), which the race detector looks into */
static A64_NOINLINE A64_RACY void copy_bytes(void *to, const void *from, unsigned int len)
{
	volatile uint8_t *d = to;
	const volatile uint8_t *s = from;

	for (unsigned int i = 0; i < len; i++) {
		d[i] = s[i];
	}
}

/* Elements that are aligned move in one piece */
static A64_NOINLINE A64_RACY void copy_elements(void *to, const void *from, const void *guest,
						unsigned int size, unsigned int count)
{
	uint8_t *d = to;
	const uint8_t *s = from;

	if ((uintptr_t)guest & (size - 1)) {
		copy_bytes(d, s, size * count);
		return;
	}
	for (; count; count--, d += size, s += size) {
		switch (size) {
		case 1: *(volatile uint8_t *)d = *(const volatile uint8_t *)s; break;
		case 2:
			*(volatile ram16 *)(void *)d = *(const volatile ram16 *)(const void *)s;
			break;
		case 4:
			*(volatile ram32 *)(void *)d = *(const volatile ram32 *)(const void *)s;
			break;
		default:
			for (unsigned int i = 0; i < size / 8; i++) {
				((volatile ram64 *)(void *)d)[i] =
					((const volatile ram64 *)(const void *)s)[i];
			}
		}
	}
}

static uint8_t *host_of(const struct a64_tlb_entry *e, uint64_t va)
{
	return (uint8_t *)(e->addend + va);
}

/*
 * Bytes [va, va + len) have been written through one entry. Whether they were code. When the marks are gone
 * afterwards the entry is fast again; who sets one later sends A64_RQ_CODE_NEW.
 */
static bool note_written(struct a64_cpu *cpu, struct a64_tlb_entry *e, uint64_t va, uint64_t len)
{
	uint64_t ipa = (e->info & ~A64_PAGE_MASK) | (va & A64_PAGE_MASK);
	_Atomic uint8_t *mark;
	bool code;

	if (!(e->wtag & A64_TLB_SLOW) || !a64_page_host(cpu->space, ipa, &mark)) {
		return false;
	}
	code = a64_marked_page_written(cpu->space, cpu, ipa, len, mark);
	if (!(e->info & A64_TLBI_DEVICE) && !(cpu->reg[A64_R_SCTLR_EL1] & SCTLR_A) &&
	    e->wtag != A64_TLB_NONE && !atomic_load(mark)) {
		e->wtag &= ~(uint64_t)A64_TLB_SLOW;
	}
	return code;
}

/* ---- MMIO ----------------------------------------------------------------------------------------- */

static enum a64_answer mmio_call(struct a64_cpu *cpu, const struct a64_op *op,
				 struct a64_mmio *access)
{
	const struct a64_space_config *config = &cpu->space->config;
	enum a64_answer answer;

	if (!config->ops->mmio) {
		return A64_EXIT;
	}
	cpu->cur_off = op->off;
	a64_callback_enter(cpu);
	answer = config->ops->mmio(config->opaque, cpu, access);
	a64_callback_leave(cpu);
	cpu->cur_off = 0;
	return answer;
}

/* One piece, aligned or a byte. False after an abort or an exit */
static bool mmio_piece(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, uint64_t ipa,
		       unsigned int size, bool write, unsigned int flags, uint8_t *data, bool first)
{
	struct a64_mmio access = {.ipa = ipa, .size = (uint8_t)size, .write = write};
	enum a64_answer answer;

	if (write) {
		memcpy(access.value, data, size);
	}
	answer = mmio_call(cpu, op, &access);
	if (answer == A64_DONE) {
		if (!write) {
			memcpy(data, access.value, size);
		}
		return true;
	}
	if (answer == A64_ABORT || !first) {
		return data_abort(cpu, op, va, A64_FSC_EXTERNAL, write, flags);
	}
	return stage2_abort(cpu, op, va, ipa, write, flags, data, false);
}

/* At least one page is not RAM: element by element, unaligned ones byte by byte */
static bool mixed_access(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va,
			 unsigned int size, unsigned int count, bool write, unsigned int flags,
			 struct a64_tlb_entry *const page[2], uint8_t *data)
{
	unsigned int total = size * count;
	unsigned int step = va & (size - 1) ? 1 : size;
	/* A callback may serve requests that change the entries: keep what is needed */
	struct a64_tlb_entry kept[2] = {*page[0], *page[1]};

	for (unsigned int i = 0; i < total; i += step) {
		struct a64_tlb_entry *e = &kept[((va + i) ^ va) >> A64_PAGE_SHIFT ? 1 : 0];
		uint64_t ipa = (e->info & ~A64_PAGE_MASK) | ((va + i) & A64_PAGE_MASK);

		if (e->info & A64_TLBI_NO_RAM) {
			if (!mmio_piece(cpu, op, va + i, ipa, step, write, flags, data + i,
					i == 0)) {
				return false;
			}
		} else if (write) {
			copy_elements(host_of(e, va + i), data + i, host_of(e, va + i), step, 1);
			cpu->code_written |= note_written(cpu, e, va + i, step);
		} else {
			copy_elements(data + i, host_of(e, va + i), host_of(e, va + i), step, 1);
		}
	}
	return true;
}

/* ---- interface ------------------------------------------------------------------------------------ */

bool a64_load(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int size,
	      unsigned int count, unsigned int flags)
{
	struct a64_tlb_entry *page[2];
	uint8_t *to = (uint8_t *)cpu->buf;
	unsigned int total = size * count, head;

	cpu->buf[0] = 0;
	if (!translate_span(cpu, op, va, size, count, false, flags, page)) {
		return false;
	}
	if ((page[0]->info | page[1]->info) & A64_TLBI_NO_RAM) {
		return mixed_access(cpu, op, va, size, count, false, flags, page, to);
	}
	head = (unsigned int)(A64_PAGE_SIZE - (va & A64_PAGE_MASK));
	if (head >= total) {
		copy_elements(to, host_of(page[0], va), host_of(page[0], va), size, count);
		return true;
	}
	copy_bytes(to, host_of(page[0], va), head);
	copy_bytes(to + head, host_of(page[1], va + head), total - head);
	return true;
}

bool a64_store(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int size,
	       unsigned int count, unsigned int flags)
{
	struct a64_tlb_entry *page[2];
	uint8_t *from = (uint8_t *)cpu->buf;
	unsigned int total = size * count, head;

	if (!translate_span(cpu, op, va, size, count, true, flags, page)) {
		return false;
	}
	if ((page[0]->info | page[1]->info) & A64_TLBI_NO_RAM) {
		return mixed_access(cpu, op, va, size, count, true, flags, page, from);
	}
	head = (unsigned int)(A64_PAGE_SIZE - (va & A64_PAGE_MASK));
	if (head >= total) {
		copy_elements(host_of(page[0], va), from, host_of(page[0], va), size, count);
		cpu->code_written |= note_written(cpu, page[0], va, total);
		return true;
	}
	copy_bytes(host_of(page[0], va), from, head);
	copy_bytes(host_of(page[1], va + head), from + head, total - head);
	cpu->code_written |= note_written(cpu, page[0], va, head);
	cpu->code_written |= note_written(cpu, page[1], va + head, total - head);
	return true;
}

void *a64_probe(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, unsigned int len,
		unsigned int flags)
{
	struct a64_tlb_entry *page[2];
	bool write = flags & A64_ACC_WRITE;

	if (!translate_span(cpu, op, va, len, 1, write, flags, page)) {
		return NULL;
	}
	if (page[0]->info & A64_TLBI_NO_RAM) {
		stage2_abort(cpu, op, va, (page[0]->info & ~A64_PAGE_MASK) | (va & A64_PAGE_MASK),
			     write, flags | A64_ACC_CACHE, NULL, false);
		return NULL;
	}
	return host_of(page[0], va);
}

void a64_stored(struct a64_cpu *cpu, uint64_t va, unsigned int len, unsigned int flags)
{
	struct a64_tlb *tlb = flags & A64_ACC_UNPRIV ? cpu->utlb : cpu->tlb;

	cpu->code_written |= note_written(cpu, a64_tlb_slot(tlb, va), va, len);
}

bool a64_cache_maintenance(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va, bool write)
{
	return translate(cpu, op, va, write, A64_ACC_CACHE) != NULL;
}

bool a64_zero_block(struct a64_cpu *cpu, const struct a64_op *op, uint64_t va)
{
	struct a64_tlb_entry *e = translate(cpu, op, va, true, 0);

	if (!e) {
		return false;
	}
	if (e->info & A64_TLBI_DEVICE) {
		return data_abort(cpu, op, va, A64_FSC_ALIGNMENT, true, 0);
	}
	memset(cpu->buf, 0, sizeof(cpu->buf));
	return a64_store(cpu, op, va & ~63ull, 8, 8, 0);
}

const struct a64_op *a64_finish(struct a64_cpu *cpu, const struct a64_op *op)
{
	if (atomic_load_explicit(&cpu->attention, memory_order_relaxed) || cpu->code_written) {
		A64_TAIL return a64_finish_leave(cpu, op);
	}
	A64_NEXT(cpu, op);
}

const struct a64_op *a64_finish_leave(struct a64_cpu *cpu, const struct a64_op *op)
{
	cpu->code_written = false;
	cpu->pending_link = NULL;
	cpu->left -= op->off + 1;
	cpu->pc = a64_op_pc(cpu, op) + 4;
	return NULL;
}
