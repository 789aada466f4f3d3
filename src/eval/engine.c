/* engine.c -- the driver. */
#include "eval/engine.h"

#include <signal.h>

#include "base/die.h"
#include "eval/jobs.h"
#include "os/clock.h"
#include "store/store.h"

enum { BACKLOG = 64 };            /* tasks given to a worker ahead of time */

struct engine {
	struct engine_config c;
	struct graph *graph;
	struct eval *eval;
	struct pool pool;
	struct jobs *jobs;
	struct store *store;              /* NULL: none */
	struct fn **fns;                  /* by keys_fn id; NULL: none */
	size_t nfns;
	_Atomic bool asleep;              /* the owner waits in the loop */
	bool running, stopping, interrupted, dirty_store;
	struct err store_error;
	struct ids_list { uint32_t *ids; size_t n, cap; } roots;
	struct idset fresh;               /* nodes with messages computed just now */
	int64_t wall_ns;
};

/* ---- hooks ---- */

static struct fn *
hook_fn(void *arg, const struct key *key)
{
	return engine_fn(arg, key->fn);
}

static void
hook_computed(void *arg, uint32_t node, bool changed)
{
	struct engine *e = arg;
	const struct node *n = graph_node(e->graph, node);

	(void)changed;
	if (n->extra && n->extra->messages)
		idset_add(&e->fresh, node);
	if (e->store) {
		store_put(e->store, e->graph, node);
		e->dirty_store = true;
	}
}

static void
hook_trace(void *arg, enum eval_event ev, uint32_t node, uint32_t other, const uint32_t *ids,
	uint32_t count)
{
	struct engine *e = arg;

	e->c.observer.trace(e->c.observer.arg, ev, node, other, ids, count);
}

/* What is no longer known must not come back from the store either. */
static void
hook_deleted(void *arg, const struct node *n)
{
	struct engine *e = arg;

	store_delete(e->store, e->graph, graph_find(e->graph, n->key));
	e->dirty_store = true;
}

static void
hook_dirtied(void *arg, const struct node *n, bool changed)
{
	if (changed)
		hook_deleted(arg, n);
}

/* Any thread: the inbox has something; only a sleeping owner must be woken. */
static void
notify(void *arg)
{
	struct engine *e = arg;

	if (atomic_exchange(&e->asleep, false))
		loop_wake(e->c.loop);
}

static void
run_ended(void *arg, struct task *t)
{
	struct engine *e = arg;

	eval_run_ended(e->eval, t);
}

/* ---- life ---- */

struct engine *
engine_new(const struct engine_config *c)
{
	struct engine *e = mem_zalloc(sizeof(*e));
	struct eval_hooks hooks = { .arg = e, .computed = hook_computed, .fn = hook_fn };

	e->c = *c;
	if (c->observer.trace)
		hooks.event = hook_trace;
	e->graph = graph_new(c->keys);
	e->eval = eval_new(e->graph, &hooks);
	e->pool.keys = c->keys;
	e->pool.board = e->graph->board;
	e->pool.host = &e->c.host;
	e->pool.runner = c->runner;
	e->pool.notify = notify;
	e->pool.notify_arg = e;
	e->pool.restart = c->restart;
	e->pool.seeded = c->seeded;
	e->pool.seed = c->seed;
	pool_start(&e->pool, c->evaluators);
	e->jobs = jobs_new(c->loop, c->host.root_fd, c->jobs > 0 ? c->jobs : 1, run_ended, e);
	return e;
}

bool
engine_close(struct engine *e, struct err *err)
{
	e->graph->observer = (struct graph_observer){ 0 };
	bool ok = !e->store || store_close(e->store, e->graph, err);

	pool_stop(&e->pool);
	jobs_free(e->jobs);
	eval_free(e->eval);
	graph_free(e->graph);
	for (size_t i = 0; i < e->nfns; i++)
		mem_free(e->fns[i]);
	mem_free(e->fns);
	mem_free(e->roots.ids);
	idset_fini(&e->fresh);
	err_fini(&e->store_error);
	mem_free(e);
	return ok;
}

struct fn *
engine_fn(struct engine *e, uint16_t id)
{
	return id < e->nfns ? e->fns[id] : NULL;
}

struct fn *
engine_add_fn(struct engine *e, struct str name, unsigned flags, uint64_t version,
	const struct node_fn *c)
{
	uint16_t id = keys_fn(e->c.keys, name);
	size_t cap = e->nfns;

	if (id >= e->nfns) {
		e->fns = mem_grow(e->fns, &cap, id + 1u, sizeof(e->fns[0]));
		memset(e->fns + e->nfns, 0, (cap - e->nfns) * sizeof(e->fns[0]));
		e->nfns = cap;
	}
	if (!e->fns[id])
		e->fns[id] = mem_zalloc(sizeof(*e->fns[id]));
	struct fn *fn = e->fns[id];
	fn->name = keys_fn_name(e->c.keys, id);
	fn->id = id;
	fn->flags = flags;
	fn->version = version;
	fn->c = c;
	return fn;
}

/* What the store knew is believed at once, or, in a session that looks at the
 * world anew, after a check. */
static void
trust_loaded(struct engine *e)
{
	for (uint32_t i = 0; i < e->graph->nnodes; i++) {
		struct node *n = graph_node(e->graph, i);
		if (node_state(n) != NODE_DONE)
			continue;
		if (e->c.session)
			node_set_state(n, NODE_DIRTY);
		else
			graph_publish(e->graph, n);
	}
}

bool
engine_open_store(struct engine *e, int dir, const char *path, struct buf *note,
	struct err *err)
{
	struct store_fn *fns = mem_alloc((e->nfns + 1) * sizeof(fns[0]));
	size_t n = 0;

	for (size_t i = 0; i < e->nfns; i++) {
		if (!e->fns[i])
			continue;
		fns[n++] = (struct store_fn){
			.name = e->fns[i]->name.p, .version = e->fns[i]->version,
			.flags = ((e->fns[i]->flags & FN_UNSTORED) ? STORE_FN_UNSTORED : 0u) |
			    ((e->fns[i]->flags & FN_SESSION) ? STORE_FN_SESSION : 0u) |
			    ((e->fns[i]->flags & FN_KEPT) ? STORE_FN_KEPT : 0u) |
			    (e->fns[i]->c ? 0u : STORE_FN_RERUN),
		};
	}
	bool ok = store_open(&e->store, dir, path, e->graph, fns, n, note, err);
	mem_free(fns);
	if (ok) {
		trust_loaded(e);
		e->graph->observer = (struct graph_observer){ e, hook_dirtied, hook_deleted };
	}
	return ok;
}

/* ---- evaluating ---- */

static void
take_events(struct engine *e)
{
	for (struct pool_event *ev = pool_take_events(&e->pool), *next; ev; ev = next) {
		next = ev->next;
		if (e->c.observer.event)
			e->c.observer.event(e->c.observer.arg, graph_node(e->graph, ev->node)->key,
			    ev->value);
		value_unref(ev->value);
		mem_free(ev);
	}
}

static bool
take_replies(struct engine *e)
{
	struct task *t = pool_replies(&e->pool);
	bool any = t != NULL;

	take_events(e);
	while (t) {
		struct task *next = t->next;
		eval_take(e->eval, t);
		t = next;
	}
	return any;
}

static uint32_t
backlog(const struct engine *e)
{
	uint32_t n = 0;

	for (int i = 0; i < e->pool.nworkers; i++)
		n += e->pool.workers[i].backlog;
	return n;
}

static bool
send_tasks(struct engine *e)
{
	uint32_t limit = (uint32_t)e->pool.nworkers * BACKLOG, given = backlog(e);
	bool any = false;

	for (; given < limit; given++) {
		struct task *t = eval_next(e->eval);
		if (!t)
			break;
		any = true;
		pool_submit(&e->pool, t);
		if (!e->pool.threaded)
			take_replies(e);
	}
	pool_flush(&e->pool);
	return any;
}

static bool
start_processes(struct engine *e)
{
	bool any = false;

	while (jobs_free_slot(e->jobs)) {
		struct task *t = eval_next_run(e->eval);
		if (!t)
			break;
		any = true;
		if (t->run.display && e->c.observer.event)
			e->c.observer.event(e->c.observer.arg, t->key, t->run.display);
		jobs_start(e->jobs, t);
	}
	return any;
}

static void
flush_store(struct engine *e)
{
	if (!e->dirty_store)
		return;
	e->dirty_store = false;
	if (!e->store_error.code)
		store_flush(e->store, &e->store_error);
}

static void
stop_if_asked(struct engine *e)
{
	if (e->c.observer.poll && !e->stopping && e->c.observer.poll(e->c.observer.arg))
		e->stopping = true;
	if (e->store_error.code)
		e->stopping = true;
	if (e->stopping && !eval_interrupted(e->eval)) {
		eval_interrupt(e->eval);
		jobs_kill(e->jobs, SIGTERM);
	}
}

/* Sleeps until a worker or the loop has something. */
static void
wait_for_news(struct engine *e)
{
	atomic_store(&e->asleep, true);
	mutex_lock(&e->pool.lock);
	bool news = e->pool.inbox || e->pool.events;
	mutex_unlock(&e->pool.lock);
	loop_run(e->c.loop, !news);
	atomic_store(&e->asleep, false);
}

static void
drive(struct engine *e)
{
	for (;;) {
		bool moved = take_replies(e);
		stop_if_asked(e);
		moved = send_tasks(e) || moved;
		moved = start_processes(e) || moved;
		flush_store(e);
		if (moved)
			loop_run(e->c.loop, false);
		else if (!eval_idle(e->eval))
			wait_for_news(e);
		else if (!eval_stalled(e->eval))
			break;
	}
	eval_end(e->eval);
	while (send_tasks(e) || !eval_idle(e->eval)) {   /* computations to be dropped */
		if (!take_replies(e) && e->pool.threaded)
			wait_for_news(e);
	}
	take_events(e);
}

static void
timed_out(void *arg)
{
	engine_interrupt(arg);
}

static void
set_roots(struct engine *e, const struct key *const *keys, size_t n)
{
	if (n > e->roots.cap)
		e->roots.ids = mem_grow(e->roots.ids, &e->roots.cap, n, sizeof(e->roots.ids[0]));
	for (size_t i = 0; i < n; i++)
		e->roots.ids[i] = graph_intern(e->graph, keys[i]);
	e->roots.n = n;
}

bool
engine_evaluate(struct engine *e, const struct key *const *keys, size_t n,
	const struct engine_options *o, struct err *err)
{
	struct eval_options opt = {
		.keep_going = o->keep_going, .restart = e->c.restart,
		.order = e->c.seeded ? EVAL_RANDOM : e->pool.threaded ? EVAL_LIFO : EVAL_FIFO,
		.seed = e->c.seed,
	};
	struct loop_timer *timer = NULL;

	if (e->running)
		return err_set(err, ERR_FUNCTION, "this engine is evaluating already");
	e->running = true;
	e->stopping = false;
	e->pool.keep_going = o->keep_going;
	e->pool.evaluation++;
	idset_reset(&e->fresh);
	for (size_t i = 0; i < e->nfns; i++)
		if (e->fns[i])
			e->fns[i]->evaluated = e->fns[i]->checked = e->fns[i]->done = 0;
	int64_t start = clock_mono_ns();
	set_roots(e, keys, n);
	if (o->timeout_ns > 0)
		timer = loop_timer_start(e->c.loop, o->timeout_ns, 0, timed_out, e);
	eval_begin(e->eval, e->roots.ids, n, &opt);
	drive(e);
	loop_timer_stop(timer);
	flush_store(e);
	e->interrupted = eval_interrupted(e->eval);
	e->wall_ns = clock_mono_ns() - start;
	e->running = false;
	if (e->store_error.code) {
		*err = e->store_error;
		e->store_error = (struct err)ERR_INIT;
		return false;
	}
	return true;
}

bool
engine_interrupted(const struct engine *e)
{
	return e->interrupted;
}

void
engine_interrupt(struct engine *e)
{
	e->stopping = true;
}

const struct value *
engine_result(struct engine *e, const struct key *key, bool *error)
{
	uint32_t id = graph_find(e->graph, key);

	if (id == NODE_NONE)
		return NULL;
	const struct value *v = eval_root_error(e->eval, id);
	const struct node *n = graph_node(e->graph, id);
	*error = v != NULL || node_is_error(n);
	return v ? v : node_state(n) == NODE_DONE ? n->value : NULL;
}

const struct key **
engine_error_path(struct engine *e, const struct key *root, size_t *n, const struct key **enter)
{
	uint32_t member, *ids = eval_error_path(e->eval, graph_find(e->graph, root), n, &member);
	const struct key **keys = mem_alloc((*n + 1) * sizeof(keys[0]));

	for (size_t i = 0; i < *n; i++)
		keys[i] = graph_node(e->graph, ids[i])->key;
	*enter = member == NODE_NONE ? NULL : graph_node(e->graph, member)->key;
	mem_free(ids);
	return keys;
}

struct eval_stats
engine_stats(const struct engine *e)
{
	return *eval_stats(e->eval);
}

int64_t
engine_wall_ns(const struct engine *e)
{
	return e->wall_ns;
}

/* ---- messages ---- */

struct visit {
	uint32_t node;
	uint32_t at;          /* next word of its deps */
};

struct visits {
	struct visit *v;
	size_t n, cap;
	unsigned char *seen;
};

static void
visit(struct visits *s, uint32_t id)
{
	if (s->seen[id])
		return;
	s->seen[id] = 1;
	if (s->n == s->cap)
		s->v = mem_grow(s->v, &s->cap, s->n + 1, sizeof(s->v[0]));
	s->v[s->n++] = (struct visit){ id, 0 };
}

static void
tell_messages(struct engine *e, uint32_t id, engine_message_fn fn, void *arg)
{
	const struct node *n = graph_node(e->graph, id);
	struct vr r;
	size_t count;
	struct str text;

	if (!n->extra || !n->extra->messages)
		return;
	r = vr_of(n->extra->messages);
	for (vr_list(&r, &count); count > 0; count--)
		if (vr_str(&r, &text))
			fn(arg, n->key, text, idset_has(&e->fresh, id));
}

void
engine_messages(struct engine *e, engine_message_fn fn, void *arg)
{
	struct visits s = { 0 };

	if (e->graph->nmessages == 0)
		return;
	s.seen = mem_zalloc(e->graph->nnodes);
	for (size_t i = 0; i < e->roots.n; i++) {
		visit(&s, e->roots.ids[i]);
		while (s.n > 0) {
			struct visit *top = &s.v[s.n - 1];
			const struct node *n = graph_node(e->graph, top->node);
			if (top->at == n->ndeps) {
				s.n--;
				tell_messages(e, top->node, fn, arg);
				continue;
			}
			uint32_t word = n->deps[top->at++];
			if (!(word & GROUP_MARK))
				visit(&s, word);
		}
	}
	mem_free(s.seen);
	mem_free(s.v);
}

/* ---- changing ---- */

void
engine_inject(struct engine *e, const struct key *key, struct value *take)
{
	uint32_t id = graph_intern(e->graph, key), at = e->graph->version + 1;

	graph_inject(e->graph, id, take, at);
	if (e->store && graph_node(e->graph, id)->changed_at == at) {
		store_put(e->store, e->graph, id);
		e->dirty_store = true;
	}
}

void
engine_invalidate(struct engine *e, const struct key *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t id = graph_find(e->graph, keys[i]);
		if (id != NODE_NONE)
			graph_dirty(e->graph, &id, 1);
	}
}

void
engine_invalidate_errors(struct engine *e)
{
	for (uint32_t id = 0; id < e->graph->nnodes; id++) {
		const struct node *n = graph_node(e->graph, id);
		if ((n->flags & NODE_TRANSIENT) && node_state(n) != NODE_NEW)
			graph_dirty(e->graph, &id, 1);
	}
}

void
engine_delete(struct engine *e, const struct key *key)
{
	uint32_t id = graph_find(e->graph, key);

	if (id != NODE_NONE)
		graph_delete(e->graph, id);
}

struct graph *
engine_graph(struct engine *e)
{
	return e->graph;
}

struct pool *
engine_pool(struct engine *e)
{
	return &e->pool;
}
