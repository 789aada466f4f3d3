/* eval.h -- the evaluator: what must be recomputed, and in which order.
 *
 * A pure state machine on the owner thread: replies in, commands out.  It has
 * no thread, no clock and no I/O; the driver (engine.c) carries its commands to
 * evaluators and processes, in whatever order, and brings the replies back.
 *
 *   eval_begin -> { eval_next, eval_next_run -> (work is done) -> eval_take,
 *                   eval_run_ended }* -> eval_idle -> eval_stalled ... -> eval_end
 */
#ifndef SKY_EVAL_EVAL_H
#define SKY_EVAL_EVAL_H

#include "eval/task.h"
#include "graph/graph.h"

enum eval_order { EVAL_FIFO, EVAL_LIFO, EVAL_RANDOM };

struct eval_options {
	bool keep_going;
	bool restart;               /* restart mode: no function is ever resumed */
	enum eval_order order;
	uint64_t seed;              /* EVAL_RANDOM */
	uint32_t max_waiting;       /* computations begun and not ended; 0: EVAL_MAX_WAITING */
};

enum {
	/* More is a function that never ends asking for new keys. */
	EVAL_MAX_WAITING = 3000000,
	/* One that returns nil for ever. */
	EVAL_MAX_RESTARTS = 10000
};

struct eval_stats {
	uint64_t evaluated;         /* function bodies entered */
	uint64_t checked;           /* nodes found right without that */
	uint64_t remembered;        /* of these: by a result from before the last one */
	uint64_t pruned;            /* entered, with the value it had */
	uint64_t resumed;           /* coroutines (and C functions) continued */
	uint64_t restarted;         /* bodies entered again for the same node */
};

enum eval_event {
	EVAL_ENQUEUED, EVAL_DEQUEUED, EVAL_WAITING, EVAL_FINISHED, EVAL_SIGNAL, EVAL_READY,
	EVAL_CACHED, EVAL_CLEAN, EVAL_PRUNED, EVAL_FAILED, EVAL_REMEMBERED
};

/* Told of every step (specs, --trace); all NULL in production.  `count` is the
 * number of dependencies still missing (EVAL_SIGNAL: of `other`, the parent);
 * `ids` are the nodes an EVAL_WAITING node waits for. */
struct eval_hooks {
	void *arg;
	void (*event)(void *arg, enum eval_event ev, uint32_t node, uint32_t other,
		const uint32_t *ids, uint32_t count);
	/* A node was computed: write it down. */
	void (*computed)(void *arg, uint32_t node, bool changed);
	/* The function that computes a key; NULL: there is none. */
	struct fn *(*fn)(void *arg, const struct key *key);
	/* A good result of an FN_KEPT function has given way to `now`, or to an error
	 * (NULL). */
	void *replaced_arg;
	void (*replaced)(void *arg, const struct key *key, const struct value *old,
		const struct value *now);
};

struct eval;

struct eval *eval_new(struct graph *g, const struct eval_hooks *hooks);
void eval_free(struct eval *e);

/* Begins a new version of the graph with these nodes as roots. */
void eval_begin(struct eval *e, const uint32_t *roots, size_t n,
	const struct eval_options *o);
/* The next task whose `cmd` is to be carried to an evaluator; NULL: none now. */
struct task *eval_next(struct eval *e);
/* While on, and newest first: no node is begun that was not begun before.  For when
 * enough processes wait to be started: what is begun is held in memory. */
void eval_hold(struct eval *e, bool on);
/* The next task whose process is to be started; NULL: none now. */
struct task *eval_next_run(struct eval *e);
/* Fills what the order of processes is made from: run->urgency, the time (ns, from
 * what was recorded) from the start of this process to the end of the last one that
 * waits for it, and run->memory. */
void eval_urgency(struct eval *e, struct task *t);
/* So many tasks of eval_next_run were not started and never will be: only when
 * eval_stopping. */
void eval_not_run(struct eval *e, size_t n);
void eval_take(struct eval *e, struct task *t);        /* the reply of an evaluator */
void eval_run_ended(struct eval *e, struct task *t);   /* its result is filled */
/* Nothing is out and nothing can go out. */
bool eval_idle(const struct eval *e);
/* When idle: lets an error bubble, finds cycles.  True: go on; false: over. */
bool eval_stalled(struct eval *e);
/* Stop: nothing new is started, what is out is waited for. */
void eval_interrupt(struct eval *e);
bool eval_interrupted(const struct eval *e);
/* Interrupted or failing: whatever runs still is not wanted any more, unless its
 * task says so (task.drain). */
bool eval_stopping(const struct eval *e);
/* Cleans up: what is in flight becomes what it was before.  Tasks that a worker
 * still holds come out of eval_next as TASK_DROP first: call when eval_stalled
 * says false, then drain eval_next/eval_take once more until eval_idle. */
void eval_end(struct eval *e);

const struct eval_stats *eval_stats(const struct eval *e);
/* Nodes that were found right before the beginning. */
void eval_count_checked(struct eval *e, uint64_t n);
/* After the end: the error of a root that is not DONE (it bubbled up, or a
 * cycle), borrowed; NULL: none. */
const struct value *eval_root_error(const struct eval *e, uint32_t node);
/* The nodes whose messages are to be shown after the end: the roots, and what has
 * failed below one that is not DONE.  Fills `out` (two for each root). */
size_t eval_shown(const struct eval *e, uint32_t *out);
/* From a root in error down to the node whose error it is; for a cycle, down to
 * the node before it, and *enter is the member that comes next (else NODE_NONE).
 * A new array (mem_free). */
uint32_t *eval_error_path(const struct eval *e, uint32_t root, size_t *n, uint32_t *enter);

#endif
