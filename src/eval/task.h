/* task.h -- one computation of one node, as owner and evaluator pass it on.
 *
 * A task belongs to the owner or to one evaluator, never to both: it changes
 * hands with a command (owner -> evaluator) and with a reply (back).  A
 * suspended computation stays with the evaluator that began it.
 */
#ifndef SKY_EVAL_TASK_H
#define SKY_EVAL_TASK_H

#include <stdatomic.h>

#include "base/arena.h"
#include "eval/env.h"
#include "graph/groups.h"

/* A node function as an engine knows it; constant while evaluators run. */
struct fn {
	struct str name;
	uint16_t id;                /* keys_fn */
	unsigned flags;             /* FN_* of env.h */
	uint64_t version;           /* of the code: old values are of another kind */
	const struct node_fn *c;    /* NULL: the runner's (a Lua function) */
	uint64_t evaluated, checked;  /* owner: bodies entered, nodes found right ... */
	uint64_t done;                /* ... and nodes with a value, in this evaluation */
};

enum task_cmd { TASK_START, TASK_RESUME, TASK_CHECK, TASK_DROP };

enum task_reply {
	TASK_NEED,        /* groups were asked for and not all were there */
	TASK_RUN,         /* a process is wanted (run) */
	TASK_VALUE,       /* result */
	TASK_ERROR,       /* result is an error */
	TASK_CHECKED,     /* answer to TASK_CHECK: valid */
	TASK_DROPPED      /* answer to TASK_DROP */
};

/* A process that a node function wants. */
struct task_run {
	struct run_request request;    /* memory of the task's arena */
	struct run_result result;
	bool ended, told;              /* told: its display has been shown */
	uint64_t urgency;              /* the owner's: more goes first (eval_urgency) */
	int64_t memory;                /* KiB it needed the last time; 0: not known */
};

struct task {
	struct task *next;             /* link of the queue that holds it */
	const struct key *key;
	struct fn *fn;
	uint32_t node;                 /* owner's */
	int worker;                    /* evaluator it stays with; -1: none yet */

	enum task_cmd cmd;
	bool keep_going;
	bool drain;                    /* goes on although the evaluation is stopping */
	bool bubbling;                 /* an error is passing up: ask for nothing new */
	const struct key *bubble_key;  /* ... it is the error of this dependency */
	const struct value *bubble_error;
	const struct value *old_value, *old_stamp;   /* borrowed from the node */

	enum task_reply reply;
	bool valid;                    /* TASK_CHECKED */
	bool restart;                  /* TASK_NEED: call the function from its start */
	bool forgot;                   /* `asked` was cut: take all of it anew */
	uint32_t missing;              /* dependencies it met missing in this call */
	struct groups asked;           /* groups of key ids, in the order asked for */
	size_t told;                   /* words of it that the owner has taken */
	struct value *result;          /* owned until taken */
	struct value *stamp;           /* owned until taken */
	struct value *messages;        /* owned until taken: list of strings */
	struct value *met;             /* owned: first error of a dependency it saw */

	struct task_run *run;          /* owned; NULL: no process was asked for */

	/* the evaluator's */
	struct arena arena;            /* lives until the node is done */
	void *state;                   /* env_state */
	void *co;                      /* the runner's: a suspended coroutine */
	struct vb warnings;
	size_t nwarnings;
	size_t replay;                 /* words of `asked` this call has repeated */
};

/* Tasks of an engine that are free: their buffers are used again, because what
 * one thread allocates and another frees is the dearest kind of memory. */
struct tasks {
	struct task *spare;            /* owned; linked by `next` */
};

/* Tasks on their way to another thread, the newest first. */
struct mailbox {
	struct task *_Atomic newest;
};

/* Any thread: a chain from the newest to the oldest. */
void mailbox_put(struct mailbox *m, struct task *newest, struct task *oldest);
/* The receiver: all there is, the oldest first; NULL: nothing. */
struct task *mailbox_take(struct mailbox *m);
static inline bool
mailbox_empty(const struct mailbox *m)
{
	return !atomic_load(&m->newest);
}

struct task *task_new(struct tasks *p, const struct key *key, struct fn *fn, uint32_t node);
void task_free(struct tasks *p, struct task *t);
void tasks_trim(struct tasks *p);      /* gives the free ones back */

#endif
