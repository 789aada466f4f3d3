/* action_stamp.h -- what an ACTION node keeps beside its value.
 *
 * A map: fp1 (fingerprint without headers) and fp2 (with them), 16 bytes each;
 * command (action_words.h), settings (4 bytes each), env, tools, inputs, headers
 * (tags, action_key.h): what the reason is read from; outputs (list of stat stamps); text (what the
 * command printed), wall (ns), max_rss (KiB).
 */
#ifndef SKY_NODES_ACTION_STAMP_H
#define SKY_NODES_ACTION_STAMP_H

#include "nodes/action_key.h"

struct action_stamp {
	struct digest fp1, fp2;
	struct str headers, text;    /* views into the value */
	struct vr map, outputs;
};

/* NULL or a malformed one: false. */
bool action_stamp_read(const struct value *v, struct action_stamp *out);

struct action_stamp_parts {
	struct digest fp1, fp2;
	const struct action_tags *tags;
	const struct tags *headers;
	const struct value *outputs;     /* list of stat stamps */
	struct str text;
	int64_t wall_ns, max_rss;
};

struct value *action_stamp_make(const struct action_stamp_parts *p);
/* A copy with other output stamps. */
struct value *action_stamp_renew(const struct value *old, const struct value *outputs);

/* Why an action with these facts must run although it has an old stamp whose
 * fp1 is another: "flag added: -g; input changed: a.c and 2 more"; never empty.  False: a->e. */
bool action_stamp_reason(const struct action_facts *f, const struct action_stamp *old,
	struct buf *why);

#endif
