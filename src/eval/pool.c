/* pool.c -- evaluator threads and their queues. */
#include "eval/pool.h"

#include "base/die.h"
#include "base/spin.h"
#include "eval/errval.h"

enum {
	/* A reply is given to a busy owner together with others. */
	REPLY_BATCH = 32,
	LOOKS_MIN = 8, LOOKS_MAX = 512, LOOKS_PROBE = 16
};

/* ---- running a C function ---- */

static struct value *
waits_for_nothing(struct env *env)
{
	struct err err = ERR_INIT;
	struct buf b = BUF_INIT;

	key_print(&b, env->w->pool->keys, env->t->key);
	err_set(&err, ERR_FUNCTION, "%.*s: the function waits for nothing", STR_ARG(buf_str(&b)));
	struct value *v = errval_of(&err);
	err_fini(&err);
	buf_fini(&b);
	return v;
}

static struct value *
take_result(struct task *t)
{
	struct value *v = t->result;

	t->result = NULL;
	return v;
}

static void
run_c(struct env *env)
{
	struct task *t = env->t;

	t->missing = 0;
	t->replay = 0;
	t->restart = false;
	env_forget_warnings(env);
	switch (t->fn->c->compute(env, t->key)) {
	case FN_DONE:
		env_finish(env, false, take_result(t));
		return;
	case FN_FAIL:
		env_finish(env, true, take_result(t));
		return;
	case FN_WAIT:
		break;
	}
	if (t->missing > 0 && !(t->bubbling && env->dep_error))
		t->reply = TASK_NEED;
	else if (t->run && !t->run->ended)
		t->reply = TASK_RUN;
	else if (env->dep_error)
		env_finish(env, true, value_ref(env->dep_error));
	else
		env_finish(env, true, waits_for_nothing(env));
}

static void
execute(struct worker *w, struct task *t)
{
	struct env env = { t, w, NULL };

	if (!w->data && w->pool->runner && !t->fn->c)    /* C functions need none */
		w->data = w->pool->runner->open(w->pool->runner->arg, w);
	if (t->cmd == TASK_DROP) {
		if (t->co)
			w->pool->runner->drop(w->data, t);
		t->reply = TASK_DROPPED;
	} else if (t->cmd == TASK_CHECK) {
		t->valid = t->fn->c->still_valid(&env, t->key);
		t->reply = TASK_CHECKED;
	} else if (t->fn->c) {
		run_c(&env);
	} else {
		w->pool->runner->step(w->data, t);
	}
}

/* ---- queues ---- */

/* Is there something, at once or soon?  A chain of 1000 nodes takes 2 ms with
 * patience, 20 without; on a busy machine patience only costs. */
static bool
look(const struct mailbox *m, struct patience *p)
{
	int most = p->sleeps % LOOKS_PROBE == 0 ? LOOKS_MAX : p->looks;

	for (int n = 0; n < most; n++) {
		if (!mailbox_empty(m)) {
			if (n >= p->looks)
				p->looks = LOOKS_MAX;
			return true;
		}
		spin_pause();
	}
	p->sleeps++;
	p->looks = p->looks > LOOKS_MIN ? p->looks / 2 : LOOKS_MIN;
	return false;
}

/* The next tasks; NULL: stop. */
static struct task *
take_batch(struct worker *w)
{
	if (!look(&w->inbox, &w->patience)) {
		mutex_lock(&w->lock);
		atomic_store(&w->idle, true);
		while (mailbox_empty(&w->inbox) && !w->stop)
			cond_wait(&w->wake, &w->lock);
		atomic_store(&w->idle, false);
		mutex_unlock(&w->lock);
	}
	return mailbox_take(&w->inbox);
}

/* Replies go out in batches, or at once to an owner who has nothing to do. */
static void
execute_batch(struct worker *w, struct task *t)
{
	struct pool *p = w->pool;
	struct task *newest = NULL, *oldest = NULL, *next;

	for (int n = 1; t; t = next, n++) {
		next = t->next;
		execute(w, t);
		t->next = newest;
		newest = t;
		if (!oldest)
			oldest = t;
		if (next && n < REPLY_BATCH && !mailbox_empty(&p->inbox))
			continue;
		mailbox_put(&p->inbox, newest, oldest);
		p->notify(p->notify_arg);
		newest = oldest = NULL;
		n = 0;
	}
}

static void
worker_main(void *arg)
{
	struct worker *w = arg;

	for (struct task *t; (t = take_batch(w));)
		execute_batch(w, t);
	if (w->data)
		w->pool->runner->close(w->data);
}

void
pool_begin(struct pool *p, bool keep_going)
{
	p->keep_going = keep_going;
	p->evaluation++;
	p->owner = thread_self();
	atomic_store(&p->stopping, false);
}

void
pool_cut_short(struct pool *p)
{
	if (atomic_exchange(&p->stopping, true))
		return;
	for (int i = 0; i < p->nworkers && p->threaded; i++)
		thread_nudge(p->workers[i].thread);
	if (!p->threaded)
		thread_nudge(p->owner);
}

void
pool_start(struct pool *p, int threads)
{
	if (p->runner && p->runner->nudge)
		thread_on_nudge(p->runner->nudge);
	p->threaded = threads > 0;
	p->nworkers = threads > 0 ? threads : 1;
	p->workers = mem_zalloc((size_t)p->nworkers * sizeof(p->workers[0]));
	p->events_tail = &p->events;
	p->patience.looks = LOOKS_MAX;
	mutex_init(&p->lock);
	for (int i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];
		w->pool = p;
		w->patience.looks = LOOKS_MAX;
		w->index = i;
		mutex_init(&w->lock);
		cond_init(&w->wake);
		if (p->threaded)
			thread_start(&w->thread, worker_main, w);
	}
}

void
pool_stop(struct pool *p)
{
	for (int i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];
		if (p->threaded) {
			mutex_lock(&w->lock);
			w->stop = true;
			cond_signal(&w->wake);
			mutex_unlock(&w->lock);
			thread_join(&w->thread);
		} else if (w->data) {
			p->runner->close(w->data);
		}
		cond_fini(&w->wake);
		mutex_fini(&w->lock);
	}
	mem_free(p->workers);
	for (struct pool_event *ev = p->events, *next; ev; ev = next) {
		next = ev->next;
		value_unref(ev->value);
		mem_free(ev);
	}
	mutex_fini(&p->lock);
}

static struct worker *
choose(struct pool *p)
{
	struct worker *best = &p->workers[0];

	for (int i = 1; i < p->nworkers; i++)
		if (p->workers[i].backlog < best->backlog)
			best = &p->workers[i];
	return best;
}

void
pool_submit(struct pool *p, struct task *t)
{
	struct worker *w = t->worker >= 0 ? &p->workers[t->worker] : choose(p);

	t->worker = w->index;
	if (!p->threaded) {
		execute(w, t);
		mailbox_put(&p->inbox, t, t);
		return;
	}
	w->backlog++;
	t->next = w->batch;
	if (!w->batch)
		w->batch_oldest = t;
	w->batch = t;
}

void
pool_flush(struct pool *p)
{
	for (int i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];
		if (!w->batch)
			continue;
		mailbox_put(&w->inbox, w->batch, w->batch_oldest);
		w->batch = NULL;
		if (!atomic_load(&w->idle))
			continue;
		mutex_lock(&w->lock);
		cond_signal(&w->wake);
		mutex_unlock(&w->lock);
	}
}

struct task *
pool_replies(struct pool *p)
{
	struct task *first = mailbox_empty(&p->inbox) ? NULL : mailbox_take(&p->inbox);

	if (p->threaded)
		for (struct task *t = first; t; t = t->next)
			p->workers[t->worker].backlog--;
	return first;
}

bool
pool_has_news(const struct pool *p)
{
	return !mailbox_empty(&p->inbox) || atomic_load(&p->has_events);
}

bool
pool_await_news(struct pool *p)
{
	return look(&p->inbox, &p->patience) || pool_has_news(p);
}

struct pool_event *
pool_take_events(struct pool *p)
{
	if (!atomic_load(&p->has_events))
		return NULL;
	mutex_lock(&p->lock);
	struct pool_event *first = p->events;
	p->events = NULL;
	p->events_tail = &p->events;
	atomic_store(&p->has_events, false);
	mutex_unlock(&p->lock);
	return first;
}

void
pool_add_event(struct pool *p, uint32_t node, struct value *take)
{
	struct pool_event *ev = mem_zalloc(sizeof(*ev));

	ev->node = node;
	ev->value = take;
	mutex_lock(&p->lock);
	*p->events_tail = ev;
	p->events_tail = &ev->next;
	atomic_store(&p->has_events, true);
	mutex_unlock(&p->lock);
	p->notify(p->notify_arg);
}
