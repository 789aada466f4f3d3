/* action_begin.h -- what is done at the moment a process starts, and not before:
 * clearing the outputs, a TMPDIR of its own, parameter files, the sandbox.
 *
 * action_begin() runs on the owner thread when a place is free, long after the
 * computation that prepared it has returned; all it needs lies in env_arena or in
 * values that are borrowed for the evaluation.
 *
 * What may be opened: inputs, tools and may_read for reading; the directories of
 * outputs for writing, and for reading what was written only where a depfile tells
 * what was read, or where the command cannot do without (read_back): in such a
 * directory lie outputs of others.  A directory output and TMPDIR are the
 * action's own.
 */
#ifndef SKY_NODES_ACTION_BEGIN_H
#define SKY_NODES_ACTION_BEGIN_H

#include "nodes/action_args.h"
#include "nodes/action_key.h"

struct action_begin {
	const struct host *host;
	struct vr record;
	struct artifact *outputs;
	size_t noutputs;
	struct artifact depfile;     /* path empty: none */
	struct str tool, tool_real;  /* of a command found in PATH or written as a path */
	struct str path;             /* the value of PATH when the action declares one */
	struct args_file *params;
	size_t nparams;
	char **env;
	const char *temp;            /* the value of TMPDIR without the number behind it */
	bool network, read_back;
};

/* All but read_back; the memory is in `arena`. */
struct action_begin *action_begin_new(const struct action_facts *f, const struct args *args,
	char **env, struct arena *arena);
/* For run_request.begin; arg is a struct action_begin. */
bool action_begin(void *arg, struct run_start *start, struct err *e);

/* Is the path, or a directory above it, one that the command may write into?
 * `path` is one of the workspace. */
bool action_begin_may_write(const struct action *a, struct str path);

#endif
