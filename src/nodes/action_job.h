/* action_job.h -- the parts of action.c: what one call of compute() works with. */
#ifndef SKY_NODES_ACTION_JOB_H
#define SKY_NODES_ACTION_JOB_H

#include "nodes/action_headers.h"
#include "nodes/action_report.h"
#include "nodes/action_stamp.h"

/* Kept between calls, in env_arena. */
struct action_progress {
	struct vr place;             /* of the record */
	bool decided;                /* it must run: reason says why */
	bool missed;                 /* the cache does not have it, or is not asked */
	bool started;                /* the outputs have been cleared */
	const struct action_report *first;   /* of two runs, when the second goes on ... */
	bool compared;                       /* ... and when it was compared */
	bool read_back;              /* it ran a second time, free to read its directory */
	bool told_left;              /* processes that it left have been named */
	bool parsed;                 /* headers were read from the depfile */
	struct str reason, command;
	int64_t start_ns;            /* wall time before the command began */
	struct include_dirs dirs;    /* of the command */
	struct header_paths headers;
	struct header_paths known;   /* headers hashed before it began */
	bool sets_read;              /* action_cache.c: sets of headers, and the next */
	struct str *sets;
	size_t nsets, set, sets_from;
};

/* Of one call. */
struct action_job {
	struct action a;
	struct action_inputs in;
	struct action_env env;
	struct action_tool tool;
	struct action_facts facts;
	struct headers headers;
	struct digest fp1, fp2;      /* fp2: by action_set_stamp */
	struct action_progress *past;
};

/* Ends with the error a->e; `r` when a command was run. */
enum fn_result action_fail(struct action_job *j, const struct action_report *r);

/* The stamp for the outputs as they are; false: a->e. */
bool action_set_stamp(struct action_job *j, const struct action_report *r,
	const struct value *outputs);

/* FN_DONE: the old value holds and was given.  FN_FAIL: failed.  FN_WAIT: when
 * j->past->decided it must run; else something is missing. */
enum fn_result action_decide(struct action_job *j);

/* still_valid of ACTION. */
bool action_still_valid(struct env *env, const struct key *key);
/* settle of ACTION. */
struct value *action_settle(const struct host *host, const struct key *key,
	const struct value *value, const struct value *stamp);
/* unchanged of ACTION: are the outputs on disk those that it made? */
bool action_unchanged(const struct host *host, struct vr arg, struct vr value,
	struct vr stamp);

#endif
