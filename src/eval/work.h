/* work.h -- the evaluator's record of a node in flight; private to eval/. */
#ifndef SKY_EVAL_WORK_H
#define SKY_EVAL_WORK_H

#include "eval/eval.h"

enum work_next {
	WORK_CHECK,       /* bring the recorded dependencies up to date */
	WORK_START,       /* enter the body */
	WORK_RESUME       /* all that it waits for is there */
};

struct ids {
	uint32_t *ids;
	size_t n, cap;
};

struct work {
	uint32_t node;
	enum work_next next;
	uint8_t was;              /* enum node_state before this evaluation */
	bool newer;               /* check: a dependency has changed since */
	bool drain;               /* goes on although the evaluation is failing */
	bool queued;              /* stands in the ready queue */
	bool cyclic;              /* a dependency is in error for a cycle: so is this */
	uint8_t trace;            /* check: 0 the last result, i the i-th remembered one */
	uint32_t verified_at;     /* check: of that result */
	uint32_t cursor;          /* check: word of its groups to go on at */
	uint32_t restarts;        /* how often the body was entered again */
	uint64_t path;            /* ns from here to a root, plus 1; 0: not known */
	uint32_t pending;         /* dependencies that have not signalled yet */
	struct task *task;        /* NULL until the body is entered */
	struct ids waiters;       /* nodes that asked for this one, in order */
	struct groups groups;     /* dependencies of this computation, node ids */
	struct idset seen;        /* the same as a set */
};

/* An error that passes up while failing fast. */
struct bubble {
	bool on;
	uint32_t node;            /* whose error it is now */
	struct value *error;      /* owned */
	struct ids parents;       /* who may be next, in order */
	struct idset met;
	struct ids chain;         /* nodes it has passed, the first failure first */
};

struct root_error {
	uint32_t node;
	struct value *error;      /* owned */
	struct ids chain;         /* from here down to where it came from */
};

struct eval {
	struct graph *g;
	struct eval_hooks hooks;
	struct eval_options opt;
	struct eval_stats stats;
	uint32_t version;
	struct work *works;       /* [0] is unused: node->work == 0 is "none" */
	size_t nworks, capworks;
	struct ids free_works;
	struct tasks spare;
	struct ids ready;         /* node ids; FIFO reads from `head` */
	size_t head;
	uint64_t rng;
	struct ids roots;
	uint32_t tasks;           /* computations begun and not ended */
	uint32_t out;             /* tasks with evaluators, processes running */
	struct task *outbox;      /* tasks with a command, before the ready queue */
	struct task *runs, **runs_tail;   /* processes to be started */
	bool failing, interrupted, cleaned;
	bool hold;                /* eval_hold */
	struct bubble bubble;
	struct root_error *errors;
	size_t nerrors, caperrors;
};

static inline struct work *
eval_work(struct eval *e, uint32_t node)
{
	return &e->works[graph_node(e->g, node)->work];
}

void ids_push(struct ids *s, uint32_t id);

static inline bool
eval_in_error(const struct node *n)
{
	return node_is_error(n) || (n->extra && n->extra->recovered);
}

/* Of a node in error, or that has met one and did not pass it on. */
static inline const struct value *
eval_error_of(const struct node *n)
{
	return node_is_error(n) ? n->value : n->extra->recovered;
}

/* eval.c */
void eval_emit(struct eval *e, enum eval_event ev, uint32_t node, uint32_t other,
	const uint32_t *ids, uint32_t count);
/* Makes sure that the node gets done; `parent` (NODE_NONE: none) is signalled
 * then.  False when it is done already. */
bool eval_want(struct eval *e, uint32_t node, uint32_t parent);
void eval_enqueue(struct eval *e, uint32_t node, enum work_next next);
struct task *eval_enter(struct eval *e, uint32_t node);   /* the body, from its start */
void eval_drop_work(struct eval *e, uint32_t node);
void eval_drop_works(struct eval *e);      /* the memory of all; none is in use */
/* An error of the node's own making: "KEY: what". */
struct value *eval_misuse(const struct eval *e, uint32_t node, const char *what);

/* stop.c */
void eval_fail_fast(struct eval *e, uint32_t node, const struct value *error,
	const uint32_t *parents, size_t nparents);
/* Takes a suspended computation away from its evaluator. */
void eval_retire(struct eval *e, uint32_t node);
void eval_add_root_error(struct eval *e, uint32_t node, const struct value *error);
void eval_clear_errors(struct eval *e);

/* check.c */
struct task *eval_check(struct eval *e, uint32_t node);

/* commit.c */
void eval_commit(struct eval *e, uint32_t node, struct graph_result *take);
void eval_commit_clean(struct eval *e, uint32_t node);
void eval_commit_past(struct eval *e, uint32_t node, struct past *p);
/* The same for a node that cannot go on; nobody is signalled. */
void eval_commit_cycle(struct eval *e, uint32_t node, const struct value *error);

/* bubble.c */
bool eval_bubble_step(struct eval *e);
void eval_bubble_take(struct eval *e, struct task *t);

/* cycle.c */
/* Nothing moves: whatever is in flight waits for a cycle, and gets its error. */
bool eval_break_cycles(struct eval *e);
/* The first cycle that a root waits for becomes its error, and only its. */
void eval_report_cycle(struct eval *e);
/* The error of a node with a dependency that is in error for a cycle; new. */
struct value *eval_inherited_cycle(struct eval *e, uint32_t node);

#endif
