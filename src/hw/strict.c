/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Strict mode: one function reports, one table holds the catalogue (facts page, 17.4). A report
 * never changes what happens.
 */
#include "hw.h"

#define RULE(number, condition, outcome) [number] = {.text = (condition), .done = (outcome)}
static const struct {
	const char *text, *done;
} catalogue[] = {
	RULE(1, "command register written while its IDLE is 0", "finished first, then performed"),
	RULE(2, "unaligned, unlisted or odd-size access", "RAZ/WI"),
	RULE(3, "CFGR written while BASER is valid, or BASER made valid twice", "ignored"),
	RULE(4, "BASER or IST made valid with an illegal shape", "stays invalid"),
	RULE(5, "table base not aligned to its size", "accepted"),
	RULE(6, "CR1 changed while a structure is valid", "stored, no effect"),
	RULE(7, "map command on a valid or absent entry, or with an invalid parent", "ignored"),
	RULE(8, "software wrote a live table entry", "cached value used"),
	RULE(9, "table made valid with Pending, HWU or metadata set",
	     "Pending per honour_pending_on_valid, the rest ignored"),
	RULE(10, "VM or VPE descriptor not zero when made valid", "proceeds"),
	RULE(11, "VM or VM table invalidated with a resident VPE", "residency ends, F=1"),
	RULE(12, "residency refused", "F=1"),
	RULE(13, "VPE made resident on a second PE", "refused, F=1"),
	RULE(14, "doorbell LPI unreachable, unset or shared", "event lost"),
	RULE(15, "instruction or event for an INTID that does not exist here", "no effect"),
	RULE(16, "priority drop or deactivation of what is not active", "no effect"),
	RULE(17, "1-of-N routing without support for it", "treated as targeted"),
	RULE(18, "ITS tables unreadable or malformed", "dropped"),
	RULE(19, "memory of a table in use was freed or remapped", "reads as unmapped"),
	RULE(20, "reserved bits of an ISTE, or IAFFID beyond VPE_ID_BITS", "kept"),
	RULE(21, "memory access of a table walk failed", "treated as invalid"),
	RULE(22, "V3 without legacy support, or RES0/RES1 bits of a trap register", "ignored"),
	RULE(23, "guest entered with virtual interrupts off, or an exposed physical PPI",
	     "nothing"),
	RULE(24, "ICC_ICSR_EL1 read without context synchronisation", "old value"),
};

/* Which invalidation makes good a live entry that software wrote (facts page, 9). */
static const struct {
	const char *what, *done;
} recovery[] = {
	{"L1_ISTE",           "cached value used; recover by invalidating the IST"},
	{"L1_VMTE",           "cached value used; recover by invalidating the VMT"},
	{"L2_VMTE",           "cached value used; recover by invalidating the VM" },
	{"L2_VMTE (invalid)", "cached value used; recover by invalidating the VMT"},
	{"VPETE",             "cached value used; recover by invalidating the VM" },
};

struct who gic5_host(struct gic5 *gic)
{
	return (struct who){.gic = gic, .pe = -1, .vm = -1, .vpe = -1};
}

struct who gic5_host_on(struct gic5_pe *pe)
{
	return (struct who){.gic = pe->gic, .pe = (int32_t)pe->index, .vm = -1, .vpe = -1};
}

struct who gic5_guest_on(struct gic5_pe *pe)
{
	struct who who = gic5_host_on(pe);

	who.guest = true;
	if (pe->vpe) {
		who.vm = pe->vpe->vm->id;
		who.vpe = pe->vpe->id;
	}
	return who;
}

static bool same_text(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static const char *done_text(unsigned rule, const char *what)
{
	for (size_t i = 0; rule == 8 && i < sizeof(recovery) / sizeof(recovery[0]); i++) {
		if (same_text(recovery[i].what, what))
			return recovery[i].done;
	}
	return catalogue[rule].done;
}

static void report(const struct who *who, unsigned rule, struct gic5_report *out)
{
	struct gic5 *gic = who->gic;

	out->rule = rule;
	out->origin = who->guest ? GIC5_ORIGIN_GUEST : GIC5_ORIGIN_HOST;
	out->vm = who->vm;
	out->vpe = who->vpe;
	out->pe = who->pe;
	out->text = catalogue[rule].text;
	out->done = done_text(rule, out->what);
	gic->env.report(gic->env.opaque, out);
}

bool gic5_strict_wanted(const struct who *who)
{
	return who->gic->cfg.strict && who->gic->env.report;
}

void gic5_strict(const struct who *who, unsigned rule, const char *what, uint64_t value)
{
	struct gic5_report out = {.what = what, .value = value};

	if (gic5_strict_wanted(who))
		report(who, rule, &out);
}

void gic5_strict_entry(const struct who *who, unsigned rule, const char *what, uint64_t value,
		       uint64_t entry_addr, uint64_t entry_value)
{
	struct gic5_report out = {.what = what,
				  .value = value,
				  .entry_addr = entry_addr,
				  .entry_value = entry_value,
				  .has_entry = true};

	if (gic5_strict_wanted(who))
		report(who, rule, &out);
}
