/* action_outputs.h -- what an action makes: cleared before, looked at after.
 *
 * A directory's digest covers the names, kinds, exec bits, contents and link
 * targets of all below it, sorted; its stamp covers their stats.  A symlink's
 * digest is that of what it leads to, because that is what readers see.
 */
#ifndef SKY_NODES_ACTION_OUTPUTS_H
#define SKY_NODES_ACTION_OUTPUTS_H

#include "nodes/action.h"
#include "nodes/disk.h"

struct made {
	struct str path;
	struct disk_look look;       /* kind, stamp, digest, link target */
};

/* Removes what is there and makes the directories; a declared directory is made
 * empty. */
bool action_outputs_clear(const struct host *host, const struct artifact *outputs, size_t n,
	struct err *e);
/* Removes what a failed command left; best effort. */
void action_outputs_drop(const struct action *a);

/* Looks at all declared outputs: each is there and of the declared kind.  The
 * array (a->noutputs) lies in a->arena; free it with action_outputs_fini in any
 * case.  False with a->e. */
bool action_outputs_look(struct action *a, struct made **out);
void action_outputs_fini(struct made *made, size_t n);
/* The action's value, and the "outputs" list of its stamp. */
struct value *action_outputs_value(const struct made *made, size_t n);
void action_outputs_put_stamps(struct vb *b, const struct made *made, size_t n);

/* Are the outputs of an old value still on disk as they were?  `stamps` is the
 * list that action_outputs_put_stamps wrote.  True: *moved gets the new list
 * when stats have moved while the contents have not, else NULL.  False: a
 * reason is added to `why`. */
bool action_outputs_hold(const struct host *host, const struct value *value, struct vr stamps,
	struct value **moved, struct buf *why);

/* One of them, at `old` in the list: *stamp becomes the new one, *moved is set when
 * it differs. */
bool action_output_holds(const struct host *host, const struct vr *old, struct str path,
	struct stat_stamp *stamp, bool *moved, struct buf *why);

#endif
