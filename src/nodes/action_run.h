/* action_run.h -- from an action to a process. */
#ifndef SKY_NODES_ACTION_RUN_H
#define SKY_NODES_ACTION_RUN_H

#include "nodes/action_key.h"

/* Fills the request; its memory, and *command (for people, quoted for a shell),
 * lie in env_arena.  `read_back`: see nodes/action_begin.h.  False: a->e. */
bool action_run_prepare(const struct action_facts *f, bool read_back, struct run_request *req,
	struct str *command);
/* The command as a person would type it, in the arena of the call; nothing is
 * written.  False: a->e. */
bool action_run_command(struct action *a, struct str *out);
/* After the command: are the inputs as they were when they were hashed?  A file
 * whose time stamps are older than this session is not read again.  False:
 * a->e is ERR_INPUT_CHANGED. */
bool action_run_inputs_steady(const struct action_facts *f, int64_t start_ns);
/* The same for one file; `fresh`: it may have been hashed only after the
 * command had begun, so that a write since then is a change in any case. */
bool action_run_file_steady(struct action *a, struct str path, const struct content *c,
	int64_t start_ns, bool fresh);

/* Where the log of a test goes: the record's `log`, or by the label. */
struct str action_run_log_path(struct action *a);
bool action_run_write_log(struct action *a, struct str log, struct str text);

#endif
