/* pool.c -- evaluator threads and their queues. */
#include "eval/pool.h"

#include "base/die.h"
#include "eval/errval.h"

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
	else if (t->run_asked && !t->run_ended)
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

	if (!w->data && w->pool->runner)
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

static void
push_replies(struct pool *p, struct task *first, struct task **last)
{
	mutex_lock(&p->lock);
	bool was_empty = !p->inbox;
	*p->inbox_tail = first;
	p->inbox_tail = last;
	mutex_unlock(&p->lock);
	if (was_empty && p->notify)
		p->notify(p->notify_arg);
}

static struct task *
take_batch(struct worker *w)
{
	mutex_lock(&w->lock);
	while (!w->queue && !w->stop) {
		w->idle = true;
		cond_wait(&w->wake, &w->lock);
	}
	w->idle = false;
	struct task *t = w->queue;
	w->queue = NULL;
	w->tail = &w->queue;
	mutex_unlock(&w->lock);
	return t;
}

static void
worker_main(void *arg)
{
	struct worker *w = arg;

	for (;;) {
		struct task *t = take_batch(w);
		if (!t)
			break;
		/* replies go out in small batches, so that the owner is kept busy */
		struct task *first = NULL, **last = &first;
		for (int n = 1; t; n++) {
			struct task *next = t->next;
			t->next = NULL;
			execute(w, t);
			*last = t;
			last = &t->next;
			t = next;
			if (n % 16 == 0 || !t) {
				push_replies(w->pool, first, last);
				first = NULL;
				last = &first;
			}
		}
	}
	if (w->data)
		w->pool->runner->close(w->data);
}

void
pool_start(struct pool *p, int threads)
{
	p->threaded = threads > 0;
	p->nworkers = threads > 0 ? threads : 1;
	p->workers = mem_zalloc((size_t)p->nworkers * sizeof(p->workers[0]));
	p->inbox_tail = &p->inbox;
	p->events_tail = &p->events;
	mutex_init(&p->lock);
	for (int i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];
		w->pool = p;
		w->index = i;
		w->tail = &w->queue;
		w->batch_tail = &w->batch;
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
	t->next = NULL;
	if (!p->threaded) {
		execute(w, t);
		*p->inbox_tail = t;
		p->inbox_tail = &t->next;
		return;
	}
	w->backlog++;
	*w->batch_tail = t;
	w->batch_tail = &t->next;
}

void
pool_flush(struct pool *p)
{
	for (int i = 0; i < p->nworkers; i++) {
		struct worker *w = &p->workers[i];
		if (!w->batch)
			continue;
		mutex_lock(&w->lock);
		*w->tail = w->batch;
		w->tail = w->batch_tail;
		if (w->idle)
			cond_signal(&w->wake);
		mutex_unlock(&w->lock);
		w->batch = NULL;
		w->batch_tail = &w->batch;
	}
}

struct task *
pool_replies(struct pool *p)
{
	mutex_lock(&p->lock);
	struct task *first = p->inbox;
	p->inbox = NULL;
	p->inbox_tail = &p->inbox;
	mutex_unlock(&p->lock);
	if (p->threaded)
		for (struct task *t = first; t; t = t->next)
			p->workers[t->worker].backlog--;
	return first;
}

struct pool_event *
pool_take_events(struct pool *p)
{
	mutex_lock(&p->lock);
	struct pool_event *first = p->events;
	p->events = NULL;
	p->events_tail = &p->events;
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
	mutex_unlock(&p->lock);
}
