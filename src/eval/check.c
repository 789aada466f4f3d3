/* check.c -- is a dirty node still right, or what it once was?
 *
 * The recorded groups are brought up to date in order, the members of a group
 * together, and the walk stops at the first group with a change: what comes
 * behind it might not be asked for any more.  Then the remembered results are
 * tried in the same way, youngest first: each is right when all its groups have
 * again the values they had.  As long as they agree, the function would ask for
 * the next group too, so nothing is evaluated that it does not need.
 */
#include "eval/errval.h"
#include "eval/work.h"

/* The result that is being checked: the last one or a remembered one. */
static struct past *
past_of(const struct eval *e, uint32_t node, const struct work *w)
{
	return w->trace == 0 ? NULL : past_result(graph_node(e->g, node), w->trace - 1u);
}

static const uint32_t *
next_group(const struct eval *e, uint32_t node, struct work *w, uint32_t *count)
{
	const struct past *p = past_of(e, node, w);

	return group_next(p ? p->deps : graph_node(e->g, node)->deps, &w->cursor, count);
}

static bool
at_end(const struct eval *e, uint32_t node, const struct work *w)
{
	const struct past *p = past_of(e, node, w);

	return w->cursor == (p ? p->ndeps : graph_node(e->g, node)->ndeps);
}

/* False when there is no other result to try. */
static bool
next_trace(struct eval *e, uint32_t node)
{
	struct work *w = eval_work(e, node);

	w->trace++;
	const struct past *p = past_of(e, node, w);
	if (!p)
		return false;
	w->newer = w->cyclic = false;
	w->verified_at = p->verified_at;
	w->cursor = 0;
	groups_reset(&w->groups);
	return true;
}

/* Wants the members of the next group; notes what has changed or failed. */
static uint32_t
want_group(struct eval *e, uint32_t node)
{
	uint32_t count, bad = NODE_NONE;
	const uint32_t *ids = next_group(e, node, eval_work(e, node), &count);

	groups_add(&eval_work(e, node)->groups, ids, count);
	for (uint32_t i = 0; i < count; i++) {
		if (graph_is_settled(e->g, ids[i])) {
			if (graph_changed_at(e->g, ids[i]) > eval_work(e, node)->verified_at)
				eval_work(e, node)->newer = true;
			continue;
		}
		struct node *d = graph_node(e->g, ids[i]);
		if (eval_want(e, ids[i], node)) {
			eval_work(e, node)->pending++;
			continue;
		}
		if (!past_same(d, eval_work(e, node)->verified_at))
			eval_work(e, node)->newer = true;
		if (bad == NODE_NONE && eval_in_error(d))
			bad = ids[i];
	}
	return bad;
}

static struct task *
ask_validity(struct eval *e, uint32_t node, struct fn *fn)
{
	struct node *n = graph_node(e->g, node);
	struct task *t = task_new(&e->spare, n->key, fn, node);

	t->cmd = TASK_CHECK;
	t->old_value = n->value;
	t->old_stamp = node_stamp(n);
	eval_work(e, node)->task = t;
	e->tasks++;
	e->out++;
	return t;
}

/* Everything recorded is unchanged; the world may still differ (FN_SESSION). */
static struct task *
verified(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct past *p = past_of(e, node, eval_work(e, node));

	if (p) {
		eval_commit_past(e, node, p);
		return NULL;
	}
	if (n->flags & NODE_UNVERIFIED) {
		struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);
		if (fn && fn->c && fn->c->still_valid)
			return ask_validity(e, node, fn);
	}
	eval_commit_clean(e, node);
	return NULL;
}

struct task *
eval_check(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);

	if (node_state(n) == NODE_QUEUED)
		node_set_state(n, NODE_CHECKING);
	for (;;) {
		struct work *w = eval_work(e, node);
		if (w->newer && !next_trace(e, node))
			return eval_enter(e, node);
		if (at_end(e, node, w))
			return verified(e, node);
		uint32_t bad = want_group(e, node);
		if (bad != NODE_NONE && !e->opt.keep_going) {
			eval_fail_fast(e, bad, eval_error_of(graph_node(e->g, bad)), &node, 1);
			return NULL;
		}
		if (eval_work(e, node)->pending > 0)
			return NULL;
	}
}
