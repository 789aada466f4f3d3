/* action_inputs.h -- what an action reads: its inputs, tools and what it may read.
 *
 * Depsets are flattened here.  Sources are FILE nodes, generated files come from
 * the value of the ACTION that makes them.  A source that may only be read is
 * not asked for; it counts when a depfile names it.
 */
#ifndef SKY_NODES_ACTION_INPUTS_H
#define SKY_NODES_ACTION_INPUTS_H

#include "nodes/action.h"
#include "nodes/asks.h"

enum {
	INPUT_STRICT = 1,        /* part of the fingerprint */
	INPUT_TOOL = 2,          /* likewise, and said to be a tool */
	INPUT_MAY_READ = 4
};

#define INPUT_NOT_ASKED UINT32_MAX

/* What stands behind a path. */
struct content {
	struct str kind, digest, target;   /* views into a value */
	struct str real;                   /* sources: where to look on disk */
	bool exec;
};

struct input {
	struct artifact art;
	unsigned roles;
	uint32_t ask;                      /* index in asks, or INPUT_NOT_ASKED */
	struct content content;            /* after action_inputs_get */
};

struct action_inputs {
	struct input *v;                   /* owned; sorted by path, each path once */
	size_t n, cap;
	struct asks asks;
};

void action_inputs_init(struct action_inputs *in);
void action_inputs_fini(struct action_inputs *in);
/* Flattens; false: a->e. */
bool action_inputs_collect(struct action *a, struct action_inputs *in);
/* Asks for all as one group.  FN_DONE, FN_WAIT, or FN_FAIL with a->e: an input
 * is missing or is no file. */
enum fn_result action_inputs_get(struct action *a, struct action_inputs *in);

/* The input that a path belongs to: the file itself, or a directory artifact
 * above it.  NULL: the path is not among them. */
const struct input *action_inputs_find(const struct action_inputs *in, struct str path);

/* Reads a FILE value. */
void content_of_file(const struct value *file, struct content *out);
/* All that readers can see of a content, as bytes for hashing. */
void content_put(struct buf *out, const struct content *c);

#endif
