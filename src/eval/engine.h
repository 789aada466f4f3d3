/* engine.h -- one engine: graph, evaluator, threads, processes and store.
 *
 * The driver: it carries the evaluator's commands to threads and processes and
 * their replies back.  Owner thread only.
 */
#ifndef SKY_EVAL_ENGINE_H
#define SKY_EVAL_ENGINE_H

#include "eval/eval.h"
#include "eval/host.h"
#include "eval/pool.h"
#include "os/loop.h"

struct engine;

struct engine_observer {
	void *arg;
	/* An event of a node function (env_event), or the `display` of a process
	 * that starts.  Borrowed. */
	void (*event)(void *arg, const struct key *key, const struct value *v);
	/* A good result of an FN_KEPT function has given way to `now`, or to an error
	 * (NULL).  NULL: never told. */
	void (*replaced)(void *arg, const struct key *key, const struct value *old,
		const struct value *now);
	/* eval/eval.h's events; NULL: not traced. */
	void (*trace)(void *arg, enum eval_event ev, uint32_t node, uint32_t other,
		const uint32_t *ids, uint32_t count);
	/* Called between steps; 1: interrupt, 2: and end processes at once.  NULL: never. */
	int (*poll)(void *arg);
};

struct engine_config {
	struct keys *keys;             /* borrowed */
	struct loop *loop;             /* borrowed */
	struct host host;              /* copied; what it points to is borrowed */
	const struct runner *runner;   /* borrowed; NULL: C functions only */
	int evaluators;                /* threads; 0: inline */
	int jobs;                      /* processes at once, at least 1 */
	struct jobserver *jobserver;   /* borrowed: of whoever started us; NULL: none */
	bool restart;
	bool seeded;
	uint64_t seed;
	/* The session looks at the world anew: nodes of the store are checked. */
	bool session;
	bool readonly;                 /* the store is only read, for questions: no lock needed */
	struct engine_observer observer;
};

struct engine_options {
	bool keep_going;
	int64_t timeout_ns;            /* 0: none */
	uint32_t max_waiting;          /* as in eval_options; 0: the default */
};

/* life */
struct engine *engine_new(const struct engine_config *c);
/* Writes the store; false with the reason when that fails. Frees in any case. */
bool engine_close(struct engine *e, struct err *err);
/* All functions are added before the first evaluation. */
struct fn *engine_add_fn(struct engine *e, struct str name, unsigned flags,
	uint64_t version, const struct node_fn *c);
/* The graph in `dir`/`path` comes back, and is kept there from now on.  `note`
 * gets a line for people when a damaged or foreign store was put aside. */
bool engine_open_store(struct engine *e, int dir, const char *path, struct buf *note,
	struct err *err);

/* evaluating */
/* False when it could not be tried (the store cannot be written, or an
 * evaluation is already running). */
bool engine_evaluate(struct engine *e, const struct key *const *keys, size_t n,
	const struct engine_options *o, struct err *err);
bool engine_running(const struct engine *e);
bool engine_interrupted(const struct engine *e);   /* was the last one? */
void engine_interrupt(struct engine *e);
/* Too much has failed: no process is started any more; what waits for one is in
 * error (ERR_GIVEN_UP) until this is called with false. */
void engine_give_up(struct engine *e, bool yes);
/* Value or error (*error) of a root of the last evaluation; NULL: neither. */
const struct value *engine_result(struct engine *e, const struct key *key, bool *error);
/* The keys from a root of the last evaluation that is in error down to the key
 * whose error it is; for a cycle, down to the key before it, and *enter is the
 * member that comes next (else NULL).  A new array (mem_free). */
const struct key **engine_error_path(struct engine *e, const struct key *root, size_t *n,
	const struct key **enter);
struct eval_stats engine_stats(const struct engine *e);
int64_t engine_wall_ns(const struct engine *e);
/* Stored messages of all that the roots of the last evaluation depend on, each
 * node once, dependencies first. `fresh`: it was computed in that evaluation. */
typedef void (*engine_message_fn)(void *arg, const struct key *key, struct str text,
	bool fresh);
void engine_messages(struct engine *e, engine_message_fn fn, void *arg);

/* changing */
void engine_inject(struct engine *e, const struct key *key, struct value *take);
void engine_invalidate(struct engine *e, const struct key *const *keys, size_t n);
void engine_invalidate_errors(struct engine *e);
void engine_delete(struct engine *e, const struct key *key);

/* looking */
struct graph *engine_graph(struct engine *e);
struct pool *engine_pool(struct engine *e);
size_t engine_waiting(const struct engine *e);  /* processes to be started */
const struct host *engine_host(const struct engine *e);
struct fn *engine_fn(struct engine *e, uint16_t id);   /* NULL: none */

#endif
