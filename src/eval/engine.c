/* engine.c -- the driver. */
#include "eval/engine.h"

#include <signal.h>

#include "base/die.h"
#include "eval/driver.h"
#include "eval/settle.h"
#include "eval/watch.h"
#include "os/clock.h"

enum {
	BACKLOG = 32,                 /* tasks given to a worker ahead of time */
	ENOUGH = 512,                /* processes that wait to be started */
	TURN_NS = 1000000             /* the loop has its turn at least so often */
};

/* ---- hooks ---- */

static struct fn *
hook_fn(void *arg, const struct key *key)
{
	return engine_fn(arg, key->fn);
}

/* Its stamp may be too young to be believed by the next session. */
static void
note_unsettled(struct engine *e, uint32_t node)
{
	const struct fn *fn = engine_fn(e, graph_node(e->graph, node)->key->fn);
	struct ids_list *u = &e->unsettled;

	if (!e->store || !fn || !fn->c || !fn->c->settle)
		return;
	u->ids = mem_grow(u->ids, &u->cap, u->n + 1, sizeof(u->ids[0]));
	u->ids[u->n++] = node;
}

static void
hook_computed(void *arg, uint32_t node, bool changed)
{
	struct engine *e = arg;
	const struct node *n = graph_node(e->graph, node);

	(void)changed;
	if (n->extra && n->extra->messages)
		idset_add(&e->fresh, node);
	if (n->extra && n->extra->stamp)
		note_unsettled(e, node);
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

	if (atomic_load(&e->asleep) && atomic_exchange(&e->asleep, false))
		loop_wake(e->c.loop);
}

static void
run_ended(void *arg, struct task *t)
{
	struct engine *e = arg;

	if (t->run->result.err.code || t->run->result.exit_code != 0)
		e->bad_run = t;
	eval_run_ended(e->eval, t);
}

/* ---- life ---- */

struct engine *
engine_new(const struct engine_config *c)
{
	struct engine *e = mem_zalloc(sizeof(*e));
	struct eval_hooks hooks = { .arg = e, .computed = hook_computed, .fn = hook_fn,
		.replaced = c->observer.replaced, .replaced_arg = c->observer.arg };

	e->c = *c;
	if (c->observer.trace)
		hooks.event = hook_trace;
	e->c.host.settled = &e->settled;
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
	e->jobs = jobs_new(&(struct jobs_config){
		.loop = c->loop, .root_fd = c->host.root_fd, .limit = c->jobs > 0 ? c->jobs : 1,
		.jobserver = c->jobserver, .arg = e, .ended = run_ended,
		.event = c->observer.event, .event_arg = c->observer.arg,
	});
	return e;
}

static struct fn *
fn_by_id(void *arg, uint16_t id)
{
	return engine_fn(arg, id);
}

static struct scan_config
scan_config(struct engine *e)
{
	return (struct scan_config){
		.host = &e->c.host, .fn = hook_fn, .fn_by_id = fn_by_id, .arg = e,
		.threads = e->pool.threaded ? e->pool.nworkers - 1 : 0, .settled = &e->settled,
	};
}

/* What is written anew as a whole need not be written twice. */
static void
put_settled(void *arg, uint32_t node)
{
	struct engine *e = arg;

	if (!store_is_long(e->store))
		store_put(e->store, e->graph, node);
}

static void
settle(struct engine *e)
{
	struct scan_config c = scan_config(e);

	if (e->unsettled.n > 0)
		settle_nodes(e->graph, &c, e->unsettled.ids, e->unsettled.n, put_settled, e);
	mem_free(e->unsettled.ids);
}

bool
engine_close(struct engine *e, struct err *err)
{
	e->graph->observer = (struct graph_observer){ 0 };
	settle(e);
	bool ok = !e->store || store_close(e->store, e->graph, err);
	pool_stop(&e->pool);
	jobs_free(e->jobs);
	eval_free(e->eval);
	settled_fini(&e->settled);
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
	cold_open(e->graph, e->c.session);
	for (uint32_t i = 0; i < e->graph->nnodes; i++) {
		if (graph_is_cold(e->graph, i) || graph_state(e->graph, i) != NODE_DONE)
			continue;
		struct node *n = graph_node(e->graph, i);
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

	for (size_t i = 0; i < e->nfns; i++)
		if (e->fns[i])
			fns[n++] = (struct store_fn){
			    .name = e->fns[i]->name.p, .version = e->fns[i]->version,
			    .flags = ((e->fns[i]->flags & FN_UNSTORED) ? STORE_FN_UNSTORED : 0u) |
			        ((e->fns[i]->flags & FN_SESSION) ? STORE_FN_SESSION : 0u) |
			        ((e->fns[i]->flags & FN_KEPT) ? STORE_FN_KEPT : 0u) |
			        (e->fns[i]->c ? 0u : STORE_FN_RERUN),
			};
	bool ok = e->c.readonly ? store_read(dir, path, e->graph, fns, n, note, err) :
	    store_open(&e->store, dir, path, e->graph, fns, n, note, err);
	mem_free(fns);
	if (ok)
		trust_loaded(e);
	if (e->store)
		e->graph->observer = (struct graph_observer){ e, hook_dirtied, hook_deleted };
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
		if (t == e->bad_run)
			e->bad_run = NULL;
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

static void
stop_if_asked(struct engine *e)
{
	int asked = e->c.observer.poll ? e->c.observer.poll(e->c.observer.arg) : 0;
	if (asked > 0)
		e->stopping = true;
	if (e->store_error.code)
		e->stopping = true;
	if (e->stopping && !eval_interrupted(e->eval)) {
		eval_interrupt(e->eval);
		jobs_stop(e->jobs);
	}
	if (asked > 1)
		jobs_kill(e->jobs, SIGKILL);
	if (eval_stopping(e->eval))
		pool_cut_short(&e->pool);
}

static bool
send_tasks(struct engine *e)
{
	uint32_t limit = (uint32_t)e->pool.nworkers * BACKLOG, given = backlog(e);
	bool any = false;

	eval_hold(e->eval, jobs_waiting(e->jobs) >= ENOUGH);
	for (; given < limit; given++) {
		struct task *t = eval_next(e->eval);
		if (!t)
			break;
		any = true;
		pool_submit(&e->pool, t);
		if (!e->pool.threaded) {
			take_replies(e);
			stop_if_asked(e);
		}
	}
	pool_flush(&e->pool);
	return any;
}

static bool
start_processes(struct engine *e)
{
	jobs_collect(e->jobs, e->eval);
	return !e->bad_run && jobs_start(e->jobs);
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

/* One turn of the loop. */
static void
turn(struct engine *e, bool block)
{
	loop_run(e->c.loop, block);
	e->last_turn_ns = clock_mono_ns();
}

/* While work moves, the loop (signals, timers) need not be asked at once, except
 * for processes: who has ended gives its place to the next. */
static void
turn_if_due(struct engine *e)
{
	if (jobs_running(e->jobs) > 0 || clock_mono_ns() - e->last_turn_ns >= TURN_NS)
		turn(e, false);
}

/* Sleeps until a worker or the loop has something. */
static void
wait_for_news(struct engine *e)
{
	if (jobs_running(e->jobs) == 0 && pool_await_news(&e->pool)) {
		turn_if_due(e);
		return;
	}
	atomic_store(&e->asleep, true);
	turn(e, !pool_has_news(&e->pool));
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
			turn_if_due(e);
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

/* Inline, an endless function keeps the loop from running: a thread looks at the clock. */
static void
timed_out_inline(void *arg)
{
	struct engine *e = arg;

	engine_interrupt(e);
	pool_cut_short(&e->pool);
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

/* In a session that looks at the world anew; whoever traces wants to see each step. */
static uint64_t
scan(struct engine *e)
{
	struct scan_config c = scan_config(e);

	if (!e->c.session || e->c.observer.trace)
		return 0;
	return scan_roots(e->graph, &c, e->roots.ids, e->roots.n);
}

bool
engine_evaluate(struct engine *e, const struct key *const *keys, size_t n,
	const struct engine_options *o, struct err *err)
{
	struct eval_options opt = {
		.keep_going = o->keep_going, .restart = e->c.restart,
		.order = e->c.seeded ? EVAL_RANDOM : e->pool.threaded ? EVAL_LIFO : EVAL_FIFO,
		.seed = e->c.seed, .max_waiting = o->max_waiting,
	};
	struct loop_timer *timer = NULL;
	struct watch *watch = NULL;

	if (e->running)
		return err_set(err, ERR_FUNCTION, "this engine is evaluating already");
	e->running = true;
	e->stopping = false;
	idset_reset(&e->fresh);
	for (size_t i = 0; i < e->nfns; i++)
		if (e->fns[i])
			e->fns[i]->evaluated = e->fns[i]->checked = e->fns[i]->done = 0;
	int64_t start = clock_mono_ns();
	set_roots(e, keys, n);
	pool_begin(&e->pool, o->keep_going);
	if (o->timeout_ns > 0 && e->pool.threaded)
		timer = loop_timer_start(e->c.loop, o->timeout_ns, 0, timed_out, e);
	else if (o->timeout_ns > 0)
		watch = watch_start(o->timeout_ns, timed_out_inline, e);
	uint64_t clean = scan(e);
	eval_begin(e->eval, e->roots.ids, n, &opt);
	eval_count_checked(e->eval, clean);
	drive(e);
	loop_timer_stop(timer);
	watch_stop(watch);
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
