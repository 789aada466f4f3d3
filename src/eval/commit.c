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
	if (node_state(p) == NODE_CHECKING && dep->changed_at > p->verified_at)
		w->newer = true;
	if (w->pending > 0)
		return;
	bool checking = node_state(p) == NODE_CHECKING;
	eval_emit(e, EVAL_READY, parent, NODE_NONE, NULL, 0);
	eval_enqueue(e, parent, checking ? WORK_CHECK : WORK_RESUME);
}

void
eval_drop_work(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);

	if (w->task)
		task_free(w->task);
	w->task = NULL;
	w->waiters.n = 0;
	if (w->waiters.cap > 64) {
		mem_free(w->waiters.ids);
		memset(&w->waiters, 0, sizeof(w->waiters));
	}
	if (w->groups.cap > 64)
		groups_fini(&w->groups);
	idset_reset(&w->seen);
	ids_push(&e->free_works, n->work);
	n->work = 0;
}

static bool
in_error(const struct node *n)
{
	return node_is_error(n) || (n->extra && n->extra->recovered);
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
	if (in_error(n) && !e->opt.keep_going)
		eval_fail_fast(e, node, node_is_error(n) ? n->value : n->extra->recovered,
		    waiters.ids, waiters.n);
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
		if (node_state(graph_node(e->g, i.id)) != NODE_DONE)
			return false;
	return true;
}

void
eval_commit(struct eval *e, uint32_t node, struct graph_result *take)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	bool had = n->value != NULL;

	if (take->error && e->failing && !e->opt.keep_going) {
		graph_result_fini(take);        /* only the first error counts */
		return;
	}
	if (!all_done(e, w))
		keep_done(e, w);
	take->deps = w->groups.words;
	take->ndeps = (uint32_t)w->groups.n;
	bool changed = graph_store_result(e->g, node, take, e->version);
	if (!changed && had) {
		e->stats.pruned++;
		eval_emit(e, EVAL_PRUNED, node, NODE_NONE, NULL, 0);
	}
	finish(e, node);
	if (e->hooks.computed)
		e->hooks.computed(e->hooks.arg, node, changed);
}

void
eval_commit_clean(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);

	n->verified_at = e->version;
	n->flags &= (uint8_t)~NODE_UNVERIFIED;
	e->stats.checked++;
	if (fn)
		fn->checked++;
	eval_emit(e, EVAL_CLEAN, node, NODE_NONE, NULL, 0);
	finish(e, node);
}
