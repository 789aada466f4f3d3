/* commit.c -- the end of a node's computation: store, publish, signal. */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

/* A dependency of `parent` is done. */
static void
signal_parent(struct eval *e, uint32_t parent, const struct node *dep, uint32_t id)
{
	struct node *p = graph_node(e->g, parent);

	if (!node_in_flight(p) || eval_work(e, parent)->pending == 0)
		return;
	struct work *w = eval_work(e, parent);
	w->pending--;
	eval_emit(e, EVAL_SIGNAL, id, parent, NULL, w->pending);
	if (dep->flags & NODE_CYCLE)
		w->cyclic = true;
	if (node_state(p) == NODE_CHECKING && !past_same(dep, w->verified_at))
		w->newer = true;
	if (w->pending > 0)
		return;
	bool checking = node_state(p) == NODE_CHECKING;
	eval_emit(e, EVAL_READY, parent, NODE_NONE, NULL, 0);
	eval_enqueue(e, parent, checking ? WORK_CHECK : WORK_RESUME);
}

/* In fail-fast mode parents are told, but must not run any more; the first
 * error is the one that bubbles. */
static void
finish(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	const struct ids waiters = w->waiters;    /* works do not move in here */

	struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);
	if (fn && !node_is_error(n))
		fn->done++;
	node_set_state(n, NODE_DONE);
	graph_publish(e->g, n);
	eval_emit(e, node_is_error(n) ? EVAL_FAILED : EVAL_FINISHED, node, NODE_NONE, NULL, 0);
	if (eval_in_error(n) && !e->opt.keep_going)
		eval_fail_fast(e, node, eval_error_of(n), waiters.ids, waiters.n);
	else
		for (size_t i = 0; i < waiters.n; i++)
			signal_parent(e, waiters.ids[i], n, node);
	eval_drop_work(e, node);
}

/* Dependencies that are not done are left out; the rest keep their groups. */
static void
keep_done(struct eval *e, struct work *w)
{
	struct groups kept = { 0 };
	struct ids group = { 0 };

	for (uint32_t at = 0; at < w->groups.n;) {
		uint32_t n;
		const uint32_t *ids = group_next(w->groups.words, &at, &n);
		group.n = 0;
		for (uint32_t i = 0; i < n; i++)
			if (node_state(graph_node(e->g, ids[i])) == NODE_DONE)
				ids_push(&group, ids[i]);
		groups_add(&kept, group.ids, (uint32_t)group.n);
	}
	mem_free(group.ids);
	groups_fini(&w->groups);
	w->groups = kept;
}

static bool
all_done(struct eval *e, const struct work *w)
{
	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);)
		if (graph_state(e->g, i.id) != NODE_DONE)
			return false;
	return true;
}

/* A value that exists only because an error was handled, here or below, is no
 * better than that: failing fast, it is the first of those errors. */
static void
note_recovery(struct eval *e, const struct work *w, struct graph_result *r)
{
	if (r->error || (!r->recovered && e->g->nrecovered == 0))
		return;
	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);) {
		if (graph_is_settled(e->g, i.id))
			continue;
		const struct node *d = graph_node(e->g, i.id);
		if (!eval_in_error(d))
			continue;
		value_unref(r->recovered);
		r->recovered = value_ref(eval_error_of(d));
		return;
	}
}

/* Does a value follow from the dependencies alone?  One that speaks of the world
 * may not be put back. */
static bool
is_pure(const struct fn *fn)
{
	return fn && (!fn->c || !fn->c->still_valid);
}

/* The result that goes, if somebody wants to know: a new reference. */
static struct value *
watched(const struct eval *e, const struct node *n, const struct fn *fn)
{
	if (!e->hooks.replaced || !fn || !(fn->flags & FN_KEPT) || !n->value || node_is_error(n))
		return NULL;
	return value_ref(n->value);
}

void
eval_commit(struct eval *e, uint32_t node, struct graph_result *take)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	bool had = n->value != NULL;
	const struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);

	if (take->error && e->failing && !e->opt.keep_going) {
		graph_result_fini(take);        /* only the first error counts */
		return;
	}
	if (!all_done(e, w))
		keep_done(e, w);
	note_recovery(e, w, take);
	take->deps = w->groups.words;
	take->ndeps = (uint32_t)w->groups.n;
	take->remember = w->was == NODE_DIRTY && is_pure(fn);
	struct value *old = watched(e, n, fn);
	bool changed = graph_store_result(e->g, node, take, e->version);
	if (changed && old)
		e->hooks.replaced(e->hooks.replaced_arg, n->key, old,
		    node_is_error(n) ? NULL : n->value);
	value_unref(old);
	if (!changed && had) {
		e->stats.pruned++;
		eval_emit(e, EVAL_PRUNED, node, NODE_NONE, NULL, 0);
	}
	finish(e, node);
	if (e->hooks.computed)
		e->hooks.computed(e->hooks.arg, node, changed);
}

static void
count_checked(struct eval *e, const struct node *n)
{
	struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);

	e->stats.checked++;
	if (fn)
		fn->checked++;
}

/* A dependency may have changed and changed back: then it is newer than what is
 * recorded of this node, and the record is brought up to date. */
static bool
has_younger_dep(const struct graph *g, const struct node *n)
{
	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
		if (graph_changed_at(g, i.id) > n->verified_at)
			return true;
	return false;
}

void
eval_commit_clean(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	bool younger = e->hooks.computed && has_younger_dep(e->g, n);

	n->verified_at = e->version;
	n->flags &= (uint8_t)~NODE_UNVERIFIED;
	count_checked(e, n);
	eval_emit(e, EVAL_CLEAN, node, NODE_NONE, NULL, 0);
	finish(e, node);
	if (younger)
		e->hooks.computed(e->hooks.arg, node, false);
}

void
eval_commit_past(struct eval *e, uint32_t node, struct past *p)
{
	bool changed = graph_restore(e->g, node, p, e->version);

	e->stats.remembered++;
	count_checked(e, graph_node(e->g, node));
	eval_emit(e, EVAL_REMEMBERED, node, NODE_NONE, NULL, 0);
	finish(e, node);
	if (e->hooks.computed)
		e->hooks.computed(e->hooks.arg, node, changed);
}

void
eval_commit_cycle(struct eval *e, uint32_t node, const struct value *error)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	struct graph_result r = {
		.value = value_ref(error), .error = true, .cycle = true,
		.deps = w->groups.words, .ndeps = (uint32_t)w->groups.n,
	};

	eval_retire(e, node);
	bool changed = graph_store_result(e->g, node, &r, e->version);
	node_set_state(n, NODE_DONE);
	graph_publish(e->g, n);
	eval_emit(e, EVAL_FAILED, node, NODE_NONE, NULL, 0);
	eval_drop_work(e, node);
	if (e->hooks.computed)
		e->hooks.computed(e->hooks.arg, node, changed);
}
