/* action_lookups.h -- where a compiler looked for headers before it found them.
 *
 * A depfile names what was read.  A file that comes into being earlier on the
 * include path would be read instead, so the places that were tried in vain are
 * discovered inputs, too.  They stand among the paths of the headers:
 *
 *   "./DIR/NAME"   a header found behind DIR was looked for in it: is NAME there now?
 *   "./DIR/"       so were all headers outside of the workspace: which of their names
 *                  are there now?
 *
 * No path of a header looks like that.  Folders of outputs are left out: what is
 * made and not declared is not for the command to find.
 */
#ifndef SKY_NODES_ACTION_LOOKUPS_H
#define SKY_NODES_ACTION_LOOKUPS_H

#include "nodes/action_headers.h"

/* The include path of a command, as words of it say: -I, -iquote, -isystem,
 * -idirafter.  In `arena`. */
void action_lookups_dirs(const struct host *host, char *const *argv, struct arena *arena,
	struct include_dirs *out);

typedef void (*action_lookups_fn)(void *arg, struct str entry);
/* Calls fn for each entry that goes with these headers and the strict inputs (the
 * compiled source is one); some come more than once. */
void action_lookups_each(const struct host *host, const struct include_dirs *dirs,
	const struct action_inputs *in, const struct str *headers, size_t n,
	action_lookups_fn fn, void *arg);

bool action_lookups_is(struct str path);
/* The key that answers an entry. */
const struct key *action_lookups_key(struct keys *k, struct str entry);
/* From that answer to what the fingerprint covers; `headers` are all of the set. */
void action_lookups_content(struct arena *arena, struct str entry, const struct value *answer,
	const struct header *headers, size_t n, struct content *out);

#endif
