/* reply.c -- what evaluators and processes answer. */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

/* Appends one group of key ids; what is new in it is wanted by the caller. */
static void
add_group(struct eval *e, struct work *w, const uint32_t *keys, uint32_t n)
{
	uint32_t few[16];
	uint32_t *ids = n <= ARRAY_LEN(few) ? few : mem_alloc(n * sizeof(ids[0]));
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t id = graph_intern_id(e->g, keys[i]);
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
		if (node_state(d) == NODE_DONE && eval_in_error(d))
			return i.id;
	}
	return NODE_NONE;
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

/* A function that always asks for one more key has no end but this. */
static bool
too_many(struct eval *e, uint32_t node)
{
	uint32_t limit = e->opt.max_waiting > 0 ? e->opt.max_waiting : EVAL_MAX_WAITING;
	struct work *w = eval_work(e, node);
	struct buf b = BUF_INIT;

	if (e->tasks <= limit || w->groups.n == 0)
		return false;
	buf_adds(&b, "it asks for ");
	key_print(&b, e->g->keys, graph_node(e->g, w->groups.words[w->groups.n - 1])->key);
	buf_printf(&b, " while %u computations wait already: the keys seem never to end", limit);
	struct graph_result r = { .value = eval_misuse(e, node, b.p), .error = true };
	buf_fini(&b);
	eval_retire(e, node);
	eval_commit(e, node, &r);
	return true;
}

static void
want_all(struct eval *e, uint32_t node, size_t from)
{
	size_t end = eval_work(e, node)->groups.n;

	/* the works array may move while wanting: no pointer is kept */
	for (size_t at = from; at < end; at++) {
		uint32_t id = eval_work(e, node)->groups.words[at];
		if (!(id & GROUP_MARK) && eval_want(e, id, node))
			eval_work(e, node)->pending++;
	}
}

static void
take_need(struct eval *e, struct task *t)
{
	uint32_t node = t->node;
	size_t from = take_groups(e, eval_work(e, node), t);
	uint32_t bad = first_error(e, eval_work(e, node), from);

	node_set_state(graph_node(e->g, node), NODE_WAITING);
	if (!e->opt.keep_going && bad != NODE_NONE) {
		eval_fail_fast(e, bad, eval_error_of(graph_node(e->g, bad)), &node, 1);
		return;
	}
	if (too_many(e, node))
		return;
	want_all(e, node, from);
	emit_waiting(e, node, from);
	if (eval_work(e, node)->pending == 0) {
		eval_emit(e, EVAL_READY, node, NODE_NONE, NULL, 0);
		eval_enqueue(e, node, WORK_RESUME);
	}
}

/* Is there a dependency that the function could not see, though it is done? */
static bool
is_blind(struct eval *e, const struct work *w)
{
	uint32_t bad = first_error(e, w, 0);

	return bad != NODE_NONE &&
	    (!e->opt.keep_going || (graph_node(e->g, bad)->flags & NODE_CYCLE) != 0);
}

/* The function is called again when what it has met missing is there. */
static void
call_again(struct eval *e, struct task *t)
{
	struct work *w = eval_work(e, t->node);

	t->restart = true;
	value_unref(t->result);
	value_unref(t->stamp);
	value_unref(t->messages);
	t->result = t->stamp = t->messages = NULL;
	t->told = 0;
	groups_reset(&w->groups);
	idset_reset(&w->seen);
	take_need(e, t);
}

/* Is this the error of a dependency, passed on? */
static bool
is_inherited(struct eval *e, const struct work *w, const struct value *error)
{
	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);) {
		const struct node *d = graph_node(e->g, i.id);
		if (node_state(d) == NODE_DONE && eval_in_error(d) &&
		    value_eq(eval_error_of(d), error))
			return true;
	}
	return false;
}

static void
take_result(struct eval *e, struct task *t)
{
	struct work *w = eval_work(e, t->node);
	bool error = t->reply == TASK_ERROR;

	take_groups(e, w, t);
	/* what it throws may be other once all is there */
	if (t->missing > 0 && (error ? e->opt.keep_going : is_blind(e, w))) {
		call_again(e, t);
		return;
	}
	if (t->missing > 0 && !error) {
		value_unref(t->result);
		t->result = eval_misuse(e, t->node, "the function returned a value although a "
		    "dependency was missing");
		error = true;
	}
	struct graph_result r = { .value = t->result, .stamp = t->stamp,
		.messages = t->messages, .error = error };
	t->result = t->stamp = t->messages = NULL;
	r.transient = error && errval_transient(r.value) && !is_inherited(e, w, r.value);
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

static void
take_checked(struct eval *e, struct task *t)
{
	uint32_t node = t->node;
	bool valid = t->valid, renewed = t->stamp && valid;

	if (renewed) {
		graph_set_stamp(e->g, graph_node(e->g, node), t->stamp);
		t->stamp = NULL;
	}
	eval_work(e, node)->task = NULL;
	e->tasks--;
	task_free(&e->spare, t);
	if (valid)
		eval_commit_clean(e, node);
	else
		eval_enqueue(e, node, WORK_START);
	if (renewed && e->hooks.computed)
		e->hooks.computed(e->hooks.arg, node, false);
}

void
eval_take(struct eval *e, struct task *t)
{
	e->out--;
	if (t->reply == TASK_DROPPED) {
		task_free(&e->spare, t);
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
	case TASK_CHECKED:
		take_checked(e, t);
		break;
	case TASK_DROPPED:
		break;
	}
}

void
eval_run_ended(struct eval *e, struct task *t)
{
	e->out--;
	t->run->ended = true;
	eval_work(e, t->node)->drain = true;      /* what ran is recorded, come what may */
	eval_enqueue(e, t->node, WORK_RESUME);
}
