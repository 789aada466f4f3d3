/* action_env.h -- the environment of a command, and which tool its name means.
 *
 * A command sees PATH=/usr/local/bin:/usr/bin:/bin, LANG=C.UTF-8, HOME and
 * TMPDIR (sky-out/state/tmp, absolute), then what env_inherit names, then what env
 * says, which wins.  Nothing else of the caller's environment.
 *
 * TMPDIR is one for all: a directory of its own for each action, made and
 * removed, cost a noticeable part of a small action on ext4.  It is emptied when
 * a build begins.
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
