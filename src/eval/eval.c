/* eval.c -- wanting, queueing, entering and resuming nodes.
 *
 * Edges are not touched while a node is in flight: the groups it asks for stand
 * in its work record, who waits for it in `waiters`; only the commit exchanges
 * the node's recorded groups.  So whatever is abandoned half way leaves no
 * trace.  All groups of a reply are appended before the first dependency is
 * wanted, and a node is queued only when `pending` falls to zero, so it is
 * queued exactly once.
 */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

void
ids_push(struct ids *s, uint32_t id)
{
	if (s->n == s->cap)
		s->ids = mem_grow(s->ids, &s->cap, s->n + 1, sizeof(s->ids[0]));
	s->ids[s->n++] = id;
}

struct eval *
eval_new(struct graph *g, const struct eval_hooks *hooks)
{
	struct eval *e = mem_zalloc(sizeof(*e));

	e->g = g;
	e->hooks = *hooks;
	e->runs_tail = &e->runs;
	e->cleaned = true;
	e->works = mem_grow(NULL, &e->capworks, 64, sizeof(e->works[0]));
	memset(&e->works[0], 0, sizeof(e->works[0]));
	e->nworks = 1;
	return e;
}

static void
clear_errors(struct eval *e)
{
	for (size_t i = 0; i < e->nerrors; i++) {
		value_unref(e->errors[i].error);
		mem_free(e->errors[i].chain.ids);
	}
	e->nerrors = 0;
	value_unref(e->bubble.error);
	e->bubble.error = NULL;
	e->bubble.on = false;
	e->bubble.parents.n = e->bubble.chain.n = 0;
	idset_reset(&e->bubble.met);
}

void
eval_free(struct eval *e)
{
	clear_errors(e);
	for (size_t i = 1; i < e->nworks; i++) {
		mem_free(e->works[i].waiters.ids);
		groups_fini(&e->works[i].groups);
		idset_fini(&e->works[i].seen);
	}
	mem_free(e->works);
	mem_free(e->free_works.ids);
	mem_free(e->ready.ids);
	mem_free(e->roots.ids);
	mem_free(e->bubble.parents.ids);
	mem_free(e->bubble.chain.ids);
	mem_free(e->errors);
	mem_free(e);
}

void
eval_emit(struct eval *e, enum eval_event ev, uint32_t node, uint32_t other,
	const uint32_t *ids, uint32_t count)
{
	if (e->hooks.event)
		e->hooks.event(e->hooks.arg, ev, node, other, ids, count);
}

/* ---- the ready queue ---- */

static uint64_t
random_next(struct eval *e)
{
	/* xorshift64*: Sebastiano Vigna, "An experimental exploration of
	 * Marsaglia's xorshift generators, scrambled" */
	e->rng ^= e->rng >> 12;
	e->rng ^= e->rng << 25;
	e->rng ^= e->rng >> 27;
	return e->rng * UINT64_C(2685821657736338717);
}

void
eval_enqueue(struct eval *e, uint32_t node, enum work_next next)
{
	struct work *w = eval_work(e, node);

	w->next = next;
	w->queued = true;
	if (node_state(graph_node(e->g, node)) != NODE_QUEUED)
		node_set_state(graph_node(e->g, node), NODE_QUEUED);
	ids_push(&e->ready, node);
}

static bool
dequeue(struct eval *e, uint32_t *node)
{
	size_t at = e->head;

	if (e->head == e->ready.n) {
		e->head = e->ready.n = 0;
		return false;
	}
	if (e->opt.order == EVAL_FIFO) {
		*node = e->ready.ids[e->head++];
		return true;
	}
	if (e->opt.order == EVAL_LIFO)
		at = e->ready.n - 1;
	else
		at = e->head + random_next(e) % (e->ready.n - e->head);
	*node = e->ready.ids[at];
	e->ready.ids[at] = e->ready.ids[--e->ready.n];
	return true;
}

/* ---- wanting ---- */

static uint32_t
new_work(struct eval *e, uint32_t node, enum node_state was)
{
	uint32_t i;

	if (e->free_works.n > 0) {
		i = e->free_works.ids[--e->free_works.n];
	} else {
		if (e->nworks == e->capworks)
			e->works = mem_grow(e->works, &e->capworks, e->nworks + 1,
			    sizeof(e->works[0]));
		i = (uint32_t)e->nworks++;
		memset(&e->works[i], 0, sizeof(e->works[i]));
	}
	struct work *w = &e->works[i];
	w->node = node;
	w->was = (uint8_t)was;
	w->newer = w->drain = w->queued = false;
	w->cursor = w->pending = 0;
	w->task = NULL;
	w->waiters.n = 0;
	groups_reset(&w->groups);
	idset_reset(&w->seen);
	return i;
}

bool
eval_want(struct eval *e, uint32_t node, uint32_t parent)
{
	struct node *n = graph_node(e->g, node);
	bool drain = parent != NODE_NONE && eval_work(e, parent)->drain;

	if (node_state(n) == NODE_DONE)
		return false;
	if (!node_in_flight(n)) {
		enum node_state was = node_state(n);
		n->work = new_work(e, node, was);
		eval_work(e, node)->drain = drain;
		eval_emit(e, EVAL_ENQUEUED, node, parent, NULL, 0);
		eval_enqueue(e, node, was == NODE_DIRTY ? WORK_CHECK : WORK_START);
	}
	if (drain && !eval_work(e, node)->drain) {
		eval_work(e, node)->drain = true;
		if (node_state(n) == NODE_QUEUED && !eval_work(e, node)->queued)
			eval_enqueue(e, node, eval_work(e, node)->next);
	}
	if (parent != NODE_NONE)
		ids_push(&eval_work(e, node)->waiters, parent);
	return true;
}

void
eval_begin(struct eval *e, const uint32_t *roots, size_t n, const struct eval_options *o)
{
	CHECK(e->cleaned);
	clear_errors(e);
	e->opt = *o;
	e->rng = o->seed * 2 + 1;
	memset(&e->stats, 0, sizeof(e->stats));
	e->version = ++e->g->version;
	e->failing = e->interrupted = e->cleaned = e->cyclic = false;
	e->roots.n = 0;
	for (size_t i = 0; i < n; i++)
		ids_push(&e->roots, roots[i]);
	for (size_t i = 0; i < n && !o->keep_going && !e->failing; i++) {
		struct node *r = graph_node(e->g, roots[i]);
		const struct value *err = node_is_error(r) ? r->value :
		    r->extra ? r->extra->recovered : NULL;
		if (node_state(r) == NODE_DONE && err) {
			e->failing = true;
			eval_add_root_error(e, roots[i], err);
		}
	}
	for (size_t i = 0; i < n && !e->failing; i++)
		if (!eval_want(e, roots[i], NODE_NONE))
			eval_emit(e, EVAL_CACHED, roots[i], NODE_NONE, NULL, 0);
}

/* ---- entering ---- */

struct task *
eval_enter(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);

	groups_reset(&w->groups);
	idset_reset(&w->seen);
	w->pending = 0;
	if (!fn) {
		struct buf b = BUF_INIT;
		key_print(&b, e->g->keys, n->key);
		struct err err = ERR_INIT;
		err_set(&err, ERR_UNKNOWN_FUNCTION, "no function computes %.*s",
		    STR_ARG(buf_str(&b)));
		struct graph_result r = { .value = errval_of(&err), .error = true };
		buf_fini(&b);
		err_fini(&err);
		node_set_state(n, NODE_RUNNING);
		eval_commit(e, node, &r);
		return NULL;
	}
	node_set_state(n, NODE_RUNNING);
	w->task = task_new(n->key, fn, node);
	w->task->cmd = TASK_START;
	w->task->keep_going = e->opt.keep_going;
	w->task->old_value = n->value;
	w->task->old_stamp = node_stamp(n);
	e->stats.evaluated++;
	fn->evaluated++;
	e->out++;
	return w->task;
}

static struct task *
resume(struct eval *e, uint32_t node)
{
	struct work *w = eval_work(e, node);
	struct value *cycle = e->cyclic ? eval_inherited_cycle(e, node) : NULL;

	if (cycle) {                    /* a cycle cannot be handled: it passes through */
		struct graph_result r = { .value = cycle, .error = true };
		eval_retire(e, node);
		eval_commit(e, node, &r);
		return NULL;
	}
	node_set_state(graph_node(e->g, node), NODE_RUNNING);
	w->task->cmd = TASK_RESUME;
	if (w->task->restart) {
		e->stats.restarted++;
		e->stats.evaluated++;
	} else {
		e->stats.resumed++;
	}
	e->out++;
	return w->task;
}

struct task *
eval_next(struct eval *e)
{
	uint32_t node;

	if (e->outbox) {
		struct task *t = e->outbox;
		e->outbox = t->next;
		e->out++;
		return t;
	}
	while (dequeue(e, &node)) {
		struct work *w = eval_work(e, node);
		w->queued = false;
		if ((e->failing || e->interrupted) && !w->drain)
			continue;               /* stays QUEUED until eval_end */
		eval_emit(e, EVAL_DEQUEUED, node, NODE_NONE, NULL, 0);
		struct task *t = w->next == WORK_CHECK ? eval_check(e, node) :
		    w->next == WORK_START ? eval_enter(e, node) : resume(e, node);
		if (t)
			return t;
	}
	return NULL;
}

struct task *
eval_next_run(struct eval *e)
{
	struct task *t = e->runs;

	if (!t || e->failing || e->interrupted)
		return NULL;
	e->runs = t->next;
	if (!e->runs)
		e->runs_tail = &e->runs;
	e->out++;
	return t;
}

/* ---- replies ---- */

/* Appends one group of key ids; what is new in it is wanted by the caller. */
static void
add_group(struct eval *e, struct work *w, const uint32_t *keys, uint32_t n)
{
	uint32_t few[16];
	uint32_t *ids = n <= ARRAY_LEN(few) ? few : mem_alloc(n * sizeof(ids[0]));
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = graph_intern(e->g, key_by_id(e->g->keys, keys[i]));
		if (idset_add(&w->seen, id))
			ids[k++] = id;
	}
	groups_add(&w->groups, ids, k);
	if (ids != few)
		mem_free(ids);
}

/* Takes over the groups asked for since the last reply; returns the word of
 * w->groups where they begin. */
static size_t
take_groups(struct eval *e, struct work *w, struct task *t)
{
	if (t->forgot) {
		groups_reset(&w->groups);
		idset_reset(&w->seen);
		t->forgot = false;
		t->told = 0;
	}
	size_t from = w->groups.n;
	uint32_t at = (uint32_t)t->told;
	while (at < t->asked.n) {
		uint32_t n;
		const uint32_t *ids = group_next(t->asked.words, &at, &n);
		add_group(e, w, ids, n);
	}
	t->told = t->asked.n;
	return from;
}

/* The first dependency in error among the words from `from` on. */
static uint32_t
first_error(struct eval *e, const struct work *w, size_t from)
{
	for (struct group_iter i = group_iter_of(w->groups.words + from, w->groups.n - from);
	    group_iter_next(&i);) {
		const struct node *d = graph_node(e->g, i.id);
		if (node_state(d) == NODE_DONE &&
		    (node_is_error(d) || (d->extra && d->extra->recovered)))
			return i.id;
	}
	return NODE_NONE;
}

static const struct value *
error_of(const struct node *n)
{
	return node_is_error(n) ? n->value : n->extra->recovered;
}

static void
emit_waiting(struct eval *e, uint32_t node, size_t from)
{
	struct ids missing = { 0 };
	struct work *w = eval_work(e, node);

	if (!e->hooks.event)
		return;
	for (struct group_iter i = group_iter_of(w->groups.words + from, w->groups.n - from);
	    group_iter_next(&i);)
		if (node_state(graph_node(e->g, i.id)) != NODE_DONE)
			ids_push(&missing, i.id);
	eval_emit(e, EVAL_WAITING, node, NODE_NONE, missing.ids, (uint32_t)missing.n);
	mem_free(missing.ids);
}

static void
take_need(struct eval *e, struct task *t)
{
	uint32_t node = t->node;
	size_t from = take_groups(e, eval_work(e, node), t);
	uint32_t bad = first_error(e, eval_work(e, node), from);

	node_set_state(graph_node(e->g, node), NODE_WAITING);
	if (!e->opt.keep_going && bad != NODE_NONE) {
		eval_fail_fast(e, bad, error_of(graph_node(e->g, bad)), &node, 1);
		return;
	}
	size_t end = eval_work(e, node)->groups.n;
	/* the works array may move while wanting: no pointer is kept */
	for (size_t at = from; at < end; at++) {
		uint32_t id = eval_work(e, node)->groups.words[at];
		if (!(id & GROUP_MARK) && eval_want(e, id, node))
			eval_work(e, node)->pending++;
	}
	emit_waiting(e, node, from);
	if (eval_work(e, node)->pending == 0) {
		eval_emit(e, EVAL_READY, node, NODE_NONE, NULL, 0);
		eval_enqueue(e, node, WORK_RESUME);
	}
}

static struct value *
misuse(struct eval *e, const struct task *t, const char *what)
{
	struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	key_print(&b, e->g->keys, t->key);
	err_set(&err, ERR_FUNCTION, "%.*s: %s", STR_ARG(buf_str(&b)), what);
	struct value *v = errval_of(&err);
	err_fini(&err);
	buf_fini(&b);
	return v;
}

static void
take_result(struct eval *e, struct task *t)
{
	struct work *w = eval_work(e, t->node);
	bool error = t->reply == TASK_ERROR;

	take_groups(e, w, t);
	if (t->missing > 0 && error && e->opt.keep_going) {
		t->restart = true;         /* what it threw may be other once all is there */
		value_unref(t->result);
		t->result = NULL;
		t->told = 0;
		groups_reset(&w->groups);
		idset_reset(&w->seen);
		take_need(e, t);
		return;
	}
	if (t->missing > 0 && !error) {
		value_unref(t->result);
		t->result = misuse(e, t, "the function returned a value although a dependency "
		    "was missing");
		error = true;
	}
	struct graph_result r = { .value = t->result, .stamp = t->stamp,
		.messages = t->messages, .error = error };
	t->result = t->stamp = t->messages = NULL;
	r.transient = error && errval_transient(r.value) && !(t->met && value_eq(t->met, r.value));
	if (!error && t->met) {
		r.recovered = t->met;
		t->met = NULL;
	}
	if (r.error) {
		value_unref(r.stamp);
		r.stamp = NULL;
	}
	eval_commit(e, t->node, &r);
}

void
eval_take(struct eval *e, struct task *t)
{
	e->out--;
	if (t->reply == TASK_DROPPED) {
		task_free(t);
		return;
	}
	if (t->bubbling) {
		eval_bubble_take(e, t);
		return;
	}
	struct node *n = graph_node(e->g, t->node);
	switch (t->reply) {
	case TASK_NEED:
		take_need(e, t);
		break;
	case TASK_RUN:
		take_groups(e, eval_work(e, t->node), t);
		node_set_state(n, NODE_WAITING);
		t->next = NULL;
		*e->runs_tail = t;
		e->runs_tail = &t->next;
		break;
	case TASK_VALUE:
	case TASK_ERROR:
		take_result(e, t);
		break;
	case TASK_CHECKED: {
		struct work *w = eval_work(e, t->node);
		bool valid = t->valid;
		bool renewed = t->stamp && valid;
		uint32_t node = t->node;
		if (renewed) {
			graph_set_stamp(e->g, n, t->stamp);
			t->stamp = NULL;
		}
		w->task = NULL;
		task_free(t);
		if (valid)
			eval_commit_clean(e, node);
		else
			eval_enqueue(e, node, WORK_START);
		if (renewed && e->hooks.computed)
			e->hooks.computed(e->hooks.arg, node, false);
		break;
	}
	case TASK_DROPPED:
		break;
	}
}

void
eval_run_ended(struct eval *e, struct task *t)
{
	e->out--;
	t->run_ended = true;
	eval_work(e, t->node)->drain = true;      /* what ran is recorded, come what may */
	eval_enqueue(e, t->node, WORK_RESUME);
}

/* ---- stopping ---- */

void
eval_retire(struct eval *e, uint32_t node)
{
	struct work *w = eval_work(e, node);

	if (!w->task)
		return;
	w->task->cmd = TASK_DROP;
	w->task->next = e->outbox;
	e->outbox = w->task;
	w->task = NULL;
}

void
eval_fail_fast(struct eval *e, uint32_t node, const struct value *error,
	const uint32_t *parents, size_t nparents)
{
	if (e->failing)
		return;
	e->failing = true;
	e->bubble.on = true;
	e->bubble.node = node;
	e->bubble.error = value_ref(error);
	ids_push(&e->bubble.chain, node);
	for (size_t i = 0; i < nparents; i++)
		ids_push(&e->bubble.parents, parents[i]);
}

void
eval_interrupt(struct eval *e)
{
	e->interrupted = true;
}

bool
eval_interrupted(const struct eval *e)
{
	return e->interrupted;
}

bool
eval_idle(const struct eval *e)
{
	return e->out == 0 && e->head == e->ready.n && !e->outbox &&
	    (!e->runs || e->failing || e->interrupted);
}

bool
eval_stalled(struct eval *e)
{
	if (e->interrupted)
		return false;
	if (e->failing)
		return e->bubble.on && eval_bubble_step(e);
	for (size_t i = 0; i < e->roots.n; i++)
		if (node_state(graph_node(e->g, e->roots.ids[i])) != NODE_DONE)
			return eval_find_cycles(e);
	return false;
}

void
eval_end(struct eval *e)
{
	if (e->cleaned)
		return;
	e->cleaned = true;
	e->runs = NULL;
	e->runs_tail = &e->runs;
	for (size_t i = 1; i < e->nworks; i++) {
		struct work *w = &e->works[i];
		struct node *n = graph_node(e->g, w->node);
		if (n->work != i || !node_in_flight(n))
			continue;
		eval_retire(e, w->node);
		node_set_state(n, (enum node_state)w->was);
		eval_drop_work(e, w->node);
	}
	e->head = e->ready.n = 0;
}

const struct eval_stats *
eval_stats(const struct eval *e)
{
	return &e->stats;
}

const struct value *
eval_root_error(const struct eval *e, uint32_t node)
{
	for (size_t i = 0; i < e->nerrors; i++)
		if (e->errors[i].node == node)
			return e->errors[i].error;
	return NULL;
}

const uint32_t *
eval_root_chain(const struct eval *e, uint32_t node, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < e->nerrors; i++)
		if (e->errors[i].node == node) {
			*n = e->errors[i].chain.n;
			return e->errors[i].chain.ids;
		}
	return NULL;
}
