/* eval.c -- wanting, queueing, entering and resuming nodes (what evaluators answer
 * is in reply.c, the end in stop.c).
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

static void
first_works(struct eval *e)
{
	e->capworks = 0;
	e->works = mem_grow(NULL, &e->capworks, 64, sizeof(e->works[0]));
	memset(&e->works[0], 0, sizeof(e->works[0]));
	e->nworks = 1;
}

struct eval *
eval_new(struct graph *g, const struct eval_hooks *hooks)
{
	struct eval *e = mem_zalloc(sizeof(*e));

	e->g = g;
	e->hooks = *hooks;
	e->runs_tail = &e->runs;
	e->cleaned = true;
	first_works(e);
	return e;
}

void
eval_drop_works(struct eval *e)
{
	for (size_t i = 1; i < e->nworks; i++) {
		mem_free(e->works[i].waiters.ids);
		groups_fini(&e->works[i].groups);
		idset_fini(&e->works[i].seen);
	}
	mem_free(e->works);
	mem_free(e->free_works.ids);
	mem_free(e->ready.ids);
	e->free_works = e->ready = (struct ids){ NULL, 0, 0 };
	first_works(e);
}

void
eval_free(struct eval *e)
{
	eval_clear_errors(e);
	eval_drop_works(e);
	mem_free(e->works);
	mem_free(e->roots.ids);
	mem_free(e->bubble.parents.ids);
	mem_free(e->bubble.chain.ids);
	mem_free(e->errors);
	tasks_trim(&e->spare);
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
	w->newer = w->drain = w->queued = w->cyclic = false;
	w->trace = 0;
	w->verified_at = graph_node(e->g, node)->verified_at;
	w->cursor = w->pending = w->restarts = 0;
	w->path = 0;
	w->task = NULL;
	w->waiters.n = 0;
	groups_reset(&w->groups);
	idset_reset(&w->seen);
	return i;
}

void
eval_drop_work(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);

	if (w->task) {
		e->tasks--;
		task_free(&e->spare, w->task);
	}
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

bool
eval_want(struct eval *e, uint32_t node, uint32_t parent)
{
	struct node *n = graph_node(e->g, node);
	bool drain = parent != NODE_NONE && eval_work(e, parent)->drain;

	if (node_state(n) == NODE_DONE) {
		if (parent != NODE_NONE && (n->flags & NODE_CYCLE))
			eval_work(e, parent)->cyclic = true;
		return false;
	}
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
	eval_clear_errors(e);
	e->opt = *o;
	e->rng = o->seed * 2 + 1;
	memset(&e->stats, 0, sizeof(e->stats));
	e->version = ++e->g->version;
	e->failing = e->interrupted = e->cleaned = false;
	e->roots.n = 0;
	for (size_t i = 0; i < n; i++)
		ids_push(&e->roots, roots[i]);
	for (size_t i = 0; i < n && !o->keep_going && !e->failing; i++) {
		struct node *r = graph_node(e->g, roots[i]);
		if (node_state(r) == NODE_DONE && eval_in_error(r)) {
			e->failing = true;
			eval_add_root_error(e, roots[i], eval_error_of(r));
		}
	}
	for (size_t i = 0; i < n && !e->failing; i++)
		if (!eval_want(e, roots[i], NODE_NONE))
			eval_emit(e, EVAL_CACHED, roots[i], NODE_NONE, NULL, 0);
}

/* ---- entering ---- */

struct value *
eval_misuse(const struct eval *e, uint32_t node, const char *what)
{
	struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	key_print(&b, e->g->keys, graph_node(e->g, node)->key);
	err_set(&err, ERR_FUNCTION, "%.*s: %s", STR_ARG(buf_str(&b)), what);
	struct value *v = errval_of(&err);
	err_fini(&err);
	buf_fini(&b);
	return errval_with_key(v, e->g->keys, graph_node(e->g, node)->key);
}

static struct value *
unknown_function(const struct eval *e, const struct key *key)
{
	struct buf b = BUF_INIT;
	struct err err = ERR_INIT;

	key_print(&b, e->g->keys, key);
	err_set(&err, ERR_UNKNOWN_FUNCTION, "no function computes %.*s", STR_ARG(buf_str(&b)));
	struct value *v = errval_of(&err);
	err_fini(&err);
	buf_fini(&b);
	return errval_with_key(v, e->g->keys, key);
}

struct task *
eval_enter(struct eval *e, uint32_t node)
{
	struct node *n = graph_node(e->g, node);
	struct work *w = eval_work(e, node);
	struct fn *fn = e->hooks.fn(e->hooks.arg, n->key);

	groups_reset(&w->groups);
	idset_reset(&w->seen);
	w->pending = 0;
	w->cyclic = false;
	if (!fn) {
		struct graph_result r = { .value = unknown_function(e, n->key), .error = true };
		node_set_state(n, NODE_RUNNING);
		eval_commit(e, node, &r);
		return NULL;
	}
	node_set_state(n, NODE_RUNNING);
	w->task = task_new(&e->spare, n->key, fn, node);
	w->task->cmd = TASK_START;
	w->task->keep_going = e->opt.keep_going;
	w->task->drain = w->drain;
	w->task->old_value = n->value;
	w->task->old_stamp = node_stamp(n);
	e->tasks++;
	e->stats.evaluated++;
	fn->evaluated++;
	e->out++;
	return w->task;
}

/* Ends a suspended computation with an error that is not its function's. */
static struct task *
give_up(struct eval *e, uint32_t node, struct value *take, bool cycle)
{
	struct graph_result r = { .value = take, .error = true, .cycle = cycle };

	eval_retire(e, node);
	eval_commit(e, node, &r);
	return NULL;
}

static struct task *
resume(struct eval *e, uint32_t node)
{
	struct work *w = eval_work(e, node);

	if (w->cyclic)                  /* a cycle cannot be handled: it passes through */
		return give_up(e, node, eval_inherited_cycle(e, node), true);
	if (w->task->restart && ++w->restarts > EVAL_MAX_RESTARTS)
		return give_up(e, node, eval_misuse(e, node, "the function was called 10000 times "
		    "and always asked for something more: it seems never to end"), false);
	node_set_state(graph_node(e->g, node), NODE_RUNNING);
	w->task->cmd = TASK_RESUME;
	w->task->drain = w->drain;
	if (w->task->restart) {
		e->stats.restarted++;
		e->stats.evaluated++;
		w->task->fn->evaluated++;
	} else {
		e->stats.resumed++;
	}
	e->out++;
	return w->task;
}

void
eval_hold(struct eval *e, bool on)
{
	e->hold = on;
}

/* What lies below the top waits, too, until there is room again. */
static bool
is_held(struct eval *e)
{
	if (!e->hold || e->opt.order != EVAL_LIFO || e->head == e->ready.n ||
	    e->failing || e->interrupted)
		return false;
	return eval_work(e, e->ready.ids[e->ready.n - 1])->next == WORK_START;
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
	while (!is_held(e) && dequeue(e, &node)) {
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

