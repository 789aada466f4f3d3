/* action_make.h -- actions that need no process: write, copy, symlink, template. */
#ifndef SKY_NODES_ACTION_MAKE_H
#define SKY_NODES_ACTION_MAKE_H

#include "nodes/action_inputs.h"

/* Makes the first output; action_outputs_clear has been called.  False: a->e. */
bool action_make(struct action *a, const struct action_inputs *in);
/* What a person would type for it, in the arena of the call. */
struct str action_make_command(struct action *a);

/* Replaces each key of the map at `subst` by its value, in one pass from left
 * to right; of several keys that stand at one place the longest is taken. */
bool action_make_substitute(struct str text, struct vr subst, struct buf *out);

#endif
