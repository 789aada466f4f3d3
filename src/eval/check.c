/* check.c -- is a dirty node still right?
 *
 * The recorded groups are brought up to date in order, the members of a group
 * together, and the walk stops at the first group with a change: what comes
 * behind it might not be asked for any more.
 */
#include "eval/errval.h"
#include "eval/work.h"

/* Wants the members of the next group; notes what has changed or failed. */
static uint32_t
want_group(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	uint32_t count, bad = NODE_NONE, at = eval_work(e, node)->cursor;
	const uint32_t *ids = group_next(n->deps, &at, &count);

	eval_work(e, node)->cursor = at;
	groups_add(&eval_work(e, node)->groups, ids, count);
	for (uint32_t i = 0; i < count; i++) {
		struct node *d = graph_node(e->g, ids[i]);
		if (eval_want(e, ids[i], node)) {
			eval_work(e, node)->pending++;
			continue;
		}
		if (d->changed_at > n->verified_at)
			eval_work(e, node)->newer = true;
		if (bad == NODE_NONE && (node_is_error(d) || (d->extra && d->extra->recovered)))
			bad = ids[i];
	}
	return bad;
}

static struct task *
ask_validity(struct eval *e, uint32_t node, struct fn *fn)
{
	struct node *n = graph_node(e->g, node);
	struct task *t = task_new(n->key, fn, node);

	t->cmd = TASK_CHECK;
	t->old_value = n->value;
	t->old_stamp = node_stamp(n);
	eval_work(e, node)->task = t;
	e->out++;
	return t;
}

/* Everything recorded is unchanged; the world may still differ (FN_SESSION). */
static struct task *
verified(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);

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
		if (w->newer)
			return eval_enter(e, node);
		if (w->cursor == n->ndeps)
			return verified(e, node);
		uint32_t bad = want_group(e, node);
		w = eval_work(e, node);
		if (bad != NODE_NONE && !e->opt.keep_going) {
			const struct node *d = graph_node(e->g, bad);
			eval_fail_fast(e, bad, node_is_error(d) ? d->value : d->extra->recovered,
			    &node, 1);
			return NULL;
		}
		if (w->pending > 0)
			return NULL;
	}
}
