/* pool.h -- evaluator threads: they run node functions, and nothing else.
 *
 * The owner submits tasks; each worker takes its own in batches and pushes the
 * replies into one inbox.  With 0 threads there is one worker without a thread:
 * pool_submit then runs the task at once, on the owner thread.
 */
#ifndef SKY_EVAL_POOL_H
#define SKY_EVAL_POOL_H

#include "eval/host.h"
#include "eval/task.h"
#include "graph/board.h"
#include "graph/key.h"
#include "os/thread.h"

struct worker;

/* How functions that are not C are run: handed down by the binding.  All but
 * `arg` is called on the worker's thread only. */
struct runner {
	void *arg;
	void *(*open)(void *arg, struct worker *w);      /* once, before the first task */
	void (*close)(void *data);
	void (*step)(void *data, struct task *t);        /* TASK_START, TASK_RESUME */
	void (*drop)(void *data, struct task *t);        /* TASK_DROP */
	void (*nudge)(void);       /* in a signal handler, on a thread that may be in step:
	                              end it soon */
};

/* How often to look at an empty mailbox before sleeping: being woken costs more
 * than looking for some microseconds, unless the other side needs this very core.
 * So it grows when looking pays and shrinks when it does not. */
struct patience {
	int looks;
	unsigned sleeps;
};

/* An env_event on its way to the owner. */
struct pool_event {
	struct pool_event *next;
	uint32_t node;
	struct value *value;       /* owned */
};

struct worker {
	struct pool *pool;
	struct patience patience;
	int index;
	void *data;                /* the runner's; NULL until opened */
	struct thread thread;
	struct mailbox inbox;
	struct mutex lock;         /* guards stop, and sleeping */
	struct cond wake;
	bool stop;
	_Atomic bool idle;         /* sleeps, or is about to */
	struct task *batch, *batch_oldest;  /* owner's: given, not yet sent; newest first */
	uint32_t backlog;          /* owner's: tasks given and not answered */
};

struct pool {
	struct keys *keys;
	struct board *board;
	const struct host *host;
	const struct runner *runner;
	uint64_t evaluation;       /* counts evaluations; constant during one */
	bool keep_going, restart;  /* of the evaluation */
	_Atomic bool stopping;     /* what runs is not wanted any more */
	struct thread owner;
	bool seeded;               /* a test: whatever may be otherwise, sometimes is */
	uint64_t seed;
	struct worker *workers;    /* owned */
	int nworkers;              /* at least 1 */
	struct patience patience;  /* owner's */
	bool threaded;
	struct mailbox inbox;      /* replies */
	struct mutex lock;         /* guards the events */
	struct pool_event *events, **events_tail;
	_Atomic bool has_events;
	void (*notify)(void *arg); /* any thread: there is a reply or an event */
	void *notify_arg;
};

void pool_start(struct pool *p, int threads);
void pool_stop(struct pool *p);
/* Gives the task to its worker, or to the one with least to do; threads get it
 * with the next pool_flush. */
void pool_submit(struct pool *p, struct task *t);
void pool_flush(struct pool *p);
/* An evaluation begins. */
void pool_begin(struct pool *p, bool keep_going);
/* Functions that run now, or are about to, shall end soon (any thread). */
void pool_cut_short(struct pool *p);
/* All replies so far, oldest first, linked by `next`; NULL: none. */
struct task *pool_replies(struct pool *p);
/* Is there a reply or an event? */
bool pool_has_news(const struct pool *p);
bool pool_await_news(struct pool *p);         /* the same, some microseconds later */
struct pool_event *pool_take_events(struct pool *p);
void pool_add_event(struct pool *p, uint32_t node, struct value *take);

/* ---- what a function sees (env.c and the binding) ---- */
struct env {
	struct task *t;
	struct worker *w;
	const struct value *dep_error;     /* the first that env_get met in this call */
};

/* What is known of a key: a value, an error, or BOARD_NONE: must be asked for. */
enum board_kind env_peek(struct env *env, const struct key *key, const struct value **v);
/* Records one group, whether its members are there or not. */
void env_record(struct env *env, const uint32_t *key_ids, uint32_t n);
/* The function is called anew: what it has warned of so far does not count. */
void env_forget_warnings(struct env *env);
/* The task's reply when its function has ended. */
void env_finish(struct env *env, bool error, struct value *take);

#endif
