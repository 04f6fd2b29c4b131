/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vCPU runs where. Each PE has a queue; a vCPU stays with the PE that it ran on unless another one
 * is idle. Slices end only if somebody waits for the PE. A vCPU that wakes shortens the slice of the one
 * that runs to a tenth, so that interrupts are served soon, and joins the end of the queue, so that nobody
 * starves.
 *
 * A vCPU that executed WFI is a sleeper of its PE until its doorbell, another request, or the time of its
 * next timer interrupt.
 */
#include "internal.h"

#define WAKE_SHARE 10 /* of a slice that the running vCPU keeps when another wakes */

/* ---- queues ---- */

static void queue_put(struct vcpu_queue *queue, struct vcpu *vcpu)
{
	vcpu->next = NULL;
	if (queue->tail)
		queue->tail->next = vcpu;
	else
		queue->head = vcpu;
	queue->tail = vcpu;
	queue->count++;
}

static struct vcpu *queue_take(struct vcpu_queue *queue)
{
	struct vcpu *vcpu = queue->head;

	queue->head = vcpu->next;
	if (!queue->head)
		queue->tail = NULL;
	queue->count--;
	return vcpu;
}

/* Take the vCPUs of one VM out, in order. */
static void queue_remove(struct vcpu_queue *queue, const struct vm *vm, struct vcpu_queue *removed)
{
	struct vcpu_queue rest = {0};

	while (queue->count) {
		struct vcpu *vcpu = queue_take(queue);

		queue_put(vcpu->vm == vm ? removed : &rest, vcpu);
	}
	*queue = rest;
}

static void publish_queue(struct vm_pe *pe)
{
	atomic_store(&pe->waiting_turn, pe->queue.count);
}

static bool is_idle(const struct vm_pe *pe)
{
	return !pe->current && !pe->queue.count;
}

/* The vCPU's last PE, or the first idle one if that is busy. */
static struct vm_pe *choose_pe(const struct vcpu *vcpu)
{
	struct vm_host *host = vcpu->vm->host;

	if (is_idle(vcpu->pe))
		return vcpu->pe;
	for (unsigned i = 0; i < host->pe_count; i++)
		if (is_idle(&host->pe[i]))
			return &host->pe[i];
	return vcpu->pe;
}

/* Queue a vCPU. returns: the PE that has to be told */
static struct vm_pe *enqueue(struct vcpu *vcpu, struct vm_pe *pe)
{
	if (vcpu->pe != pe)
		vcpu->counts.migrations++;
	vcpu->pe = pe;
	vcpu->place = VCPU_QUEUED;
	queue_put(&pe->queue, vcpu);
	publish_queue(pe);
	return pe;
}

/* The running vCPU keeps a share of its slice when another wakes. */
static void shorten_slice(struct vm_pe *pe)
{
	uint64_t end = pe->slice_start + pe->host->slice / WAKE_SHARE;

	if (pe->current && end < atomic_load(&pe->slice_end))
		atomic_store(&pe->slice_end, end);
}

/* Tell a PE that its queue changed; host->sched is not held. */
static void notify(struct vm_pe *pe)
{
	if (pe)
		pe_kick(pe);
}

/* ---- sleepers ---- */

static void publish_wake(struct vm_pe *pe)
{
	uint64_t next = NEVER;

	for (struct vcpu *v = pe->sleepers; v; v = v->next)
		if (v->wake_at < next)
			next = v->wake_at;
	atomic_store(&pe->next_wake, next);
}

static void remove_sleeper(struct vcpu *vcpu)
{
	struct vcpu **link = &vcpu->pe->sleepers;

	while (*link != vcpu)
		link = &(*link)->next;
	*link = vcpu->next;
	publish_wake(vcpu->pe);
}

/* A sleeper becomes runnable. returns: the PE that has to be told */
static struct vm_pe *wake(struct vcpu *vcpu)
{
	struct vm_pe *pe;

	remove_sleeper(vcpu);
	vcpu->counts.wakes++;
	vcpu->slice_left = 0;
	pe = choose_pe(vcpu);
	shorten_slice(pe);
	return enqueue(vcpu, pe);
}

void sched_kick(void *opaque, void *arg)
{
	struct vcpu *vcpu = arg;
	struct vm_host *host = vcpu->vm->host;
	struct vm_pe *told = NULL;

	pthread_mutex_lock(&host->sched);
	if (vcpu->place == VCPU_WAITING)
		told = wake(vcpu);
	else if (vcpu->place == VCPU_RUNNING)
		told = vcpu->pe;
	pthread_mutex_unlock(&host->sched);
	notify(told);
}

void sched_expire(struct vm_pe *pe)
{
	struct vm_host *host = pe->host;
	uint64_t now = vm_host_now(host);
	bool again = true;

	/* One at a time: telling a PE needs the lock released. */
	while (again) {
		struct vm_pe *told = NULL;

		again = false;
		pthread_mutex_lock(&host->sched);
		for (struct vcpu *v = pe->sleepers; v && !again; v = v->next) {
			if (v->wake_at > now)
				continue;
			again = true;
			/* The next time first: a timer that fires between the two is pending. */
			v->wake_at = timer_next(v);
			publish_wake(pe);
			if (vgic5_vcpu_pending(v->vgic5))
				told = wake(v);
		}
		pthread_mutex_unlock(&host->sched);
		if (told != pe)
			notify(told);
	}
}

/* ---- a PE's current vCPU ---- */

bool sched_slice_over(const struct vm_pe *pe)
{
	return atomic_load(&pe->waiting_turn) &&
	       vm_host_now(pe->host) >= atomic_load(&pe->slice_end);
}

/* The longest queue of a PE that is busy with something else. */
static struct vm_pe *richest(struct vm_pe *poor)
{
	struct vm_host *host = poor->host;
	struct vm_pe *best = NULL;

	for (unsigned i = 0; i < host->pe_count; i++) {
		struct vm_pe *pe = &host->pe[i];

		if (pe == poor || !pe->current || !pe->queue.count)
			continue;
		if (!best || pe->queue.count > best->queue.count)
			best = pe;
	}
	return best;
}

static void make_current(struct vm_pe *pe, struct vcpu *vcpu)
{
	if (vcpu->pe != pe)
		vcpu->counts.migrations++;
	vcpu->pe = pe;
	vcpu->place = VCPU_RUNNING;
	vcpu->vm->active++;
	pe->current = vcpu;
	pe->slice_start = vm_host_now(pe->host);
	atomic_store(&pe->slice_end,
		     pe->slice_start + (vcpu->slice_left ? vcpu->slice_left : pe->host->slice));
}

bool sched_pick(struct vm_pe *pe)
{
	struct vm_host *host = pe->host;

	if (pe->current)
		return true;
	pthread_mutex_lock(&host->sched);
	if (pe->queue.count) {
		make_current(pe, queue_take(&pe->queue));
		publish_queue(pe);
	} else {
		struct vm_pe *from = richest(pe);

		if (from) {
			make_current(pe, queue_take(&from->queue));
			publish_queue(from);
		}
	}
	pthread_mutex_unlock(&host->sched);
	return pe->current != NULL;
}

/* host->sched is held. Whoever waits for the VM to come to rest is told. */
static void no_longer_current(struct vm_pe *pe)
{
	struct vm *vm = pe->current->vm;

	pe->current = NULL;
	atomic_store(&pe->slice_end, NEVER);
	vm->active--;
	if (!vm->active)
		pthread_cond_broadcast(&vm->changed);
}

void sched_leave(struct vm_pe *pe, bool slice_used)
{
	struct vm_host *host = pe->host;
	struct vcpu *vcpu = pe->current;
	uint64_t now = vm_host_now(host);
	uint64_t end = atomic_load(&pe->slice_end);

	pthread_mutex_lock(&host->sched);
	vcpu->slice_left = slice_used ? 0 : end > now ? end - now : 1;
	if (vcpu->vm->stopping) {
		vcpu->place = VCPU_RESTING;
		vcpu->rest_position = 1;
	} else {
		vcpu->counts.preemptions += slice_used;
		enqueue(vcpu, pe);
	}
	no_longer_current(pe);
	pthread_mutex_unlock(&host->sched);
}

void sched_wait(struct vm_pe *pe)
{
	struct vm_host *host = pe->host;
	struct vcpu *vcpu = pe->current;
	struct vm_pe *told = NULL;

	pthread_mutex_lock(&host->sched);
	no_longer_current(pe);
	vcpu->counts.blocks++;
	vcpu->slice_left = 0;
	if (vcpu->vm->stopping) {
		vcpu->place = VCPU_RESTING;
		vcpu->rest_position = 0;
	} else {
		vcpu->place = VCPU_WAITING;
		vcpu->wake_at = timer_next(vcpu);
		vcpu->next = pe->sleepers;
		pe->sleepers = vcpu;
		publish_wake(pe);
		/* From here on a kick finds it; what came before is seen now. */
		if (vgic5_vcpu_pending(vcpu->vgic5))
			told = wake(vcpu);
	}
	pthread_mutex_unlock(&host->sched);
	if (told != pe)
		notify(told);
}

void sched_off(struct vm_pe *pe)
{
	struct vm_host *host = pe->host;

	pthread_mutex_lock(&host->sched);
	pe->current->place = VCPU_RESTING;
	pe->current->rest_position = 0;
	pe->current->power = VCPU_OFF;
	no_longer_current(pe);
	pthread_mutex_unlock(&host->sched);
}

void sched_on(struct vcpu *vcpu)
{
	struct vm_host *host = vcpu->vm->host;
	struct vm_pe *told = NULL;

	pthread_mutex_lock(&host->sched);
	vcpu->power = VCPU_ON;
	vcpu->slice_left = 0;
	vcpu->rest_position = 0;
	if (vcpu->vm->running && !vcpu->vm->stopping) {
		told = choose_pe(vcpu);
		shorten_slice(told);
		enqueue(vcpu, told);
	}
	pthread_mutex_unlock(&host->sched);
	notify(told);
}

/* ---- a VM starts and comes to rest ---- */

/* The vCPU of a PE's share of the VM that comes next after @after, NULL if none. */
static struct vcpu *next_resting(struct vm *vm, const struct vm_pe *pe, uint32_t after)
{
	struct vcpu *next = NULL;

	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpu[i];

		if (vcpu->power != VCPU_ON || vcpu->place != VCPU_RESTING || vcpu->pe != pe)
			continue;
		if (vcpu->rest_position <= after)
			continue;
		if (!next || vcpu->rest_position < next->rest_position)
			next = vcpu;
	}
	return next;
}

/*
 * Queue every powered vCPU where it was: first those that ran or were queued, in their order, then those
 * that wait or were just powered on. The ones that wait go through a load and a put, to ask for their
 * doorbells, and execute nothing.
 */
static void start_on(struct vm *vm, struct vm_pe *pe)
{
	struct vcpu *vcpu = next_resting(vm, pe, 0);

	while (vcpu) {
		uint32_t position = vcpu->rest_position;

		enqueue(vcpu, pe);
		vcpu = next_resting(vm, pe, position);
	}
	for (unsigned i = 0; i < vm->vcpu_count; i++) {
		vcpu = vm->vcpu[i];
		if (vcpu->power == VCPU_ON && vcpu->place == VCPU_RESTING && vcpu->pe == pe)
			enqueue(vcpu, pe);
	}
}

void sched_start(struct vm *vm)
{
	struct vm_host *host = vm->host;

	pthread_mutex_lock(&host->sched);
	vm->stopping = false;
	vm->running = true;
	for (unsigned i = 0; i < host->pe_count; i++)
		start_on(vm, &host->pe[i]);
	if (vm->stop_asked) { /* since vm_run() looked */
		vm->stop_asked = false;
		sched_stop(vm);
	}
	pthread_mutex_unlock(&host->sched);
	sched_kick_all(host);
}

static void rest_queue(struct vm *vm, struct vm_pe *pe)
{
	struct vcpu_queue removed = {0};
	uint32_t position = 2;

	queue_remove(&pe->queue, vm, &removed);
	publish_queue(pe);
	while (removed.count) {
		struct vcpu *vcpu = queue_take(&removed);

		vcpu->place = VCPU_RESTING;
		vcpu->rest_position = vcpu->in_wfi ? 0 : position++;
	}
}

static void rest_sleepers(struct vm *vm, struct vm_pe *pe)
{
	struct vcpu **link = &pe->sleepers;

	while (*link) {
		struct vcpu *vcpu = *link;

		if (vcpu->vm != vm) {
			link = &vcpu->next;
			continue;
		}
		*link = vcpu->next;
		vcpu->place = VCPU_RESTING;
		vcpu->rest_position = 0;
	}
	publish_wake(pe);
}

void sched_stop(struct vm *vm)
{
	vm->stopping = true;
	for (unsigned i = 0; i < vm->host->pe_count; i++) {
		rest_queue(vm, &vm->host->pe[i]);
		rest_sleepers(vm, &vm->host->pe[i]);
	}
}

void sched_kick_all(struct vm_host *host)
{
	for (unsigned i = 0; i < host->pe_count; i++)
		pe_kick(&host->pe[i]);
}
