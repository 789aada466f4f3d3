/* env.h -- node functions: what each provides, and what it may do.
 *
 * C node functions are few and short and *restart*: compute() asks for what it
 * needs; when something is missing it returns FN_WAIT and is called again from
 * its start when that is there.  They run on evaluator threads, at most one
 * call at a time for one node, and see the world only through env (leaves may
 * use os/).  Lua functions suspend instead (bind/lua_fn.c).
 */
#ifndef SKY_EVAL_ENV_H
#define SKY_EVAL_ENV_H

#include "base/arena.h"
#include "base/err.h"
#include "graph/key.h"
#include "graph/value.h"

struct env;
struct host;

enum fn_result {
	FN_DONE,      /* env_done was called */
	FN_FAIL,      /* env_fail was called */
	FN_WAIT       /* something asked for is missing, in error, or a process runs */
};

enum {
	FN_NONHERMETIC = 1,   /* may be injected and invalidated */
	FN_UNSTORED = 2,      /* never written to the store */
	FN_SESSION = 4,       /* looked at once per process: a node that comes from the
	                         store is passed to still_valid before it is believed */
	FN_COUNTED = 8,       /* counted in eval_fn_stats */
	FN_SETTLED = 32,      /* found right at the start, it is listed in host.settled */
	FN_KEPT = 16          /* a stored result outlives an error of the node, and of what
	                         it rests on: it is there as the old value afterwards */
};

struct run_cost {
	int64_t wall_ns, memory_kib;     /* 0: not known */
};

struct node_fn {
	const char *name;     /* "FILE_STATE" */
	uint32_t version;     /* raise it when old values mean something else */
	unsigned flags;
	enum fn_result (*compute)(struct env *env, const struct key *key);
	/* NULL, or what computing the node took the last time, from its old stamp (NULL:
	 * there is none): what the order of processes is made from. */
	void (*cost)(const struct value *stamp, struct run_cost *out);
	/* NULL, or (FN_SESSION): is the node's old value still right, all its
	 * dependencies being unchanged?  env_old_value and env_old_stamp are there;
	 * may call env_stamp; may not ask for keys.  Counts as a check. */
	bool (*still_valid)(struct env *env, const struct key *key);
	/* NULL, or (with still_valid): the same question, asked of many nodes at start by
	 * threads that are no evaluators, before any is thawed: the key's argument, the
	 * value and the stamp as they stand in the store (stamp.p NULL: none).  Cheap and
	 * without side effects; "no" when in doubt: still_valid is asked then. */
	bool (*unchanged)(const struct host *host, struct vr arg, struct vr value,
	    struct vr stamp);
	/* NULL, or (with unchanged): asked by any thread at the end of a session of a node
	 * that was computed in it.  A new stamp, when the one it has would make the next
	 * session look at the content again and another look spares that; else NULL. */
	struct value *(*settle)(const struct host *host, const struct key *key,
	    const struct value *value, const struct value *stamp);
};

/* ---- asking ---- */
/* The value, borrowed until the evaluation ends; NULL when it is missing or in
 * error (then return FN_WAIT, or look at env_error first).  Each call is one
 * dependency group. */
const struct value *env_get(struct env *env, const struct key *key);
/* One group: values[i] for keys[i] (NULL as above).  True when all are there. */
bool env_get_all(struct env *env, const struct key *const *keys, size_t n,
	const struct value **values);
/* After NULL: the error of that dependency (it may be handled), or NULL when it
 * is just missing. */
const struct value *env_error(struct env *env, const struct key *key);
/* Forgets the groups recorded so far from index `from` on: only for a function
 * whose result does not depend on them after all. */
void env_forget(struct env *env, size_t from);
size_t env_group_count(const struct env *env);      /* that this call has asked for */

/* ---- the node as it was before this evaluation (NULL: new) ---- */
const struct value *env_old_value(const struct env *env);
const struct value *env_old_stamp(const struct env *env);

/* ---- finishing ---- */
enum fn_result env_done(struct env *env, struct value *take);
enum fn_result env_fail(struct env *env, struct err *take);         /* err_fini'd */
enum fn_result env_fail_value(struct env *env, struct value *take); /* see errval.h */
/* A note kept with the node beside its value, not compared: e.g. the stat that
 * belongs to a digest. */
void env_stamp(struct env *env, struct value *take);
/* Stored with the node, shown again when it is up to date. */
void env_warn(struct env *env, struct str text);
/* Tells the owner's observer at once (progress, action events); not stored. */
void env_event(struct env *env, struct value *take);

/* ---- processes ---- */
/* Of a process that is about to start. */
struct run_start {
	unsigned slot;            /* no other running process has this number */
	int ruleset;              /* out: its sandbox (os/sandbox.h); 0: none */
	bool no_network;          /* out */
	const char *mark;         /* out: "NAME=value" that only it has in its environment */
};
struct run_request {
	char **argv, **env;       /* NULL-terminated; memory of env_arena */
	const char *program;      /* what argv[0] was found to be; NULL: to be looked for */
	const char *path;         /* ... in this search path */
	bool shell;               /* as spawn_request's */
	int64_t timeout_ns;
	const char *log;          /* file for what it prints, when that is much; NULL: none */
	struct str pool;          /* of those with this name ("": none) at most */
	size_t pool_depth;        /* ... so many run at once; 0: any number */
	bool console;             /* it has the terminal; nothing is captured */
	bool jobserver;           /* it may be a make, which shares our -j (MAKEFLAGS) */
	/* NULL, or: called on the owner thread when the process is about to start;
	 * false: it does not.  Whatever `arg` leads to lives as long as the node is
	 * being computed. */
	bool (*begin)(void *arg, struct run_start *start, struct err *e);
	void *begin_arg;
	struct value *display;    /* owned or NULL: what progress shows; an event map */
};
struct run_result {
	struct err err;           /* code set: it could not be started */
	int exit_code, signal;
	bool timed_out;
	bool logged;              /* all it printed is in request.log */
	bool given_up;            /* err says why it was not even tried */
	int64_t wall_ns, user_ns, system_ns, max_rss;
	struct str left;          /* names of processes that it left and that were killed */
	struct str output;        /* lives as long as the node is being computed */
};
/* NULL the first time: return FN_WAIT; the function is called again when the
 * process has ended, and then gets its result.  One process per node. */
const struct run_result *env_run(struct env *env, const struct run_request *req);
/* One process more for a node whose first has ended: return FN_WAIT, as before. */
void env_run_again(struct env *env, const struct run_request *req);
bool env_has_run(const struct env *env);      /* has a process of this node ended? */

/* ---- surroundings ---- */
struct keys *env_keys(const struct env *env);
const struct key *env_key(struct env *env, const char *fn, struct str arg);
void *env_host(const struct env *env);        /* the engine's host (struct host *) */
/* Lives until the node is done: for compute()'s state between restarts. */
struct arena *env_arena(struct env *env);
/* `size` zeroed bytes kept between restarts of this node. */
void *env_state(struct env *env, size_t size);
int64_t env_now_wall_ns(const struct env *env);

#endif
