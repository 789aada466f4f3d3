/* stop.c -- failing fast, interrupts, the end; errors of roots that are not done. */
#include "base/die.h"
#include "eval/work.h"

/* Beyond this the records of one evaluation are not kept for the next. */
enum { KEEP_WORKS = 1024 };

/* ---- errors of roots ---- */

void
eval_clear_errors(struct eval *e)
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
eval_add_root_error(struct eval *e, uint32_t node, const struct value *error)
{
	for (size_t i = 0; i < e->roots.n; i++) {
		if (e->roots.ids[i] != node || eval_root_error(e, node))
			continue;
		if (e->nerrors == e->caperrors)
			e->errors = mem_grow(e->errors, &e->caperrors, e->nerrors + 1,
			    sizeof(e->errors[0]));
		struct root_error *r = &e->errors[e->nerrors++];
		*r = (struct root_error){ .node = node, .error = value_ref(error) };
		for (size_t k = e->bubble.chain.n; k > 0; k--)
			ids_push(&r->chain, e->bubble.chain.ids[k - 1]);
	}
}

/* ---- stopping ---- */

void
eval_retire(struct eval *e, uint32_t node)
{
	struct work *w = eval_work(e, node);

	if (!w->task)
		return;
	e->tasks--;
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
eval_stopping(const struct eval *e)
{
	return e->interrupted || (e->failing && !e->opt.keep_going);
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
			return eval_break_cycles(e);
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
	bool in_flight = e->free_works.n + 1 < e->nworks;
	for (size_t i = 1; in_flight && i < e->nworks; i++) {
		struct work *w = &e->works[i];
		struct node *n = graph_node(e->g, w->node);
		if (n->work != i || !node_in_flight(n))
			continue;
		eval_retire(e, w->node);
		node_set_state(n, (enum node_state)w->was);
		eval_drop_work(e, w->node);
	}
	e->head = e->ready.n = 0;
	if (e->nworks > KEEP_WORKS)
		eval_drop_works(e);
	tasks_trim(&e->spare);
}

const struct eval_stats *
eval_stats(const struct eval *e)
{
	return &e->stats;
}

void
eval_count_checked(struct eval *e, uint64_t n)
{
	e->stats.checked += n;
}

const struct value *
eval_root_error(const struct eval *e, uint32_t node)
{
	for (size_t i = 0; i < e->nerrors; i++)
		if (e->errors[i].node == node)
			return e->errors[i].error;
	return NULL;
}
