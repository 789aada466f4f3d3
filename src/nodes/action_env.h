/* action_env.h -- the environment of a command, and which tool its name means.
 *
 * A command sees PATH=/usr/local/bin:/usr/bin:/bin, LANG=C.UTF-8, HOME and
 * TMPDIR (sky-out/state/tmp, absolute), then what env_inherit names, then what env
 * says, which wins.  Nothing else of the caller's environment.
 *
 * HOME and TMPDIR get the number of the process behind them when it starts
 * (nodes/action_begin.h): no two that run have one directory, and the number
 * is the lowest that is free, so that directories are used again and again:
 * making and removing one for each action costs a noticeable part of a small one.
 */
#ifndef SKY_NODES_ACTION_ENV_H
#define SKY_NODES_ACTION_ENV_H

#include "nodes/action_inputs.h"

struct env_var {
	struct str name, value;
	bool declared;               /* by the action: part of the fingerprint */
};

struct action_env {
	struct env_var *v;           /* sorted by name */
	size_t n;
	struct str path;             /* the value of PATH */
	bool path_declared;          /* it is not the default */
	struct str temp;             /* workspace path of TMPDIR */
};

/* A command named without a slash, or by a path that is no declared input. */
struct action_tool {
	struct str path;             /* of the file found; empty: argv[1] is an input */
	struct content content;
};

/* After action_inputs_get.  False: a->e. */
bool action_env_build(struct action *a, const struct action_inputs *in,
	struct action_env *out);
/* "NAME=value" strings in `arena`, NULL-terminated. */
char **action_env_strings(const struct action_env *env, struct arena *arena);

/* FN_DONE, FN_WAIT, or FN_FAIL with a->e: there is no such tool. */
enum fn_result action_env_tool(struct action *a, const struct action_inputs *in,
	const struct action_env *env, struct action_tool *out);

#endif
