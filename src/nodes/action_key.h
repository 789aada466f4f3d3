/* action_key.h -- what makes an action the same action: its fingerprint.
 *
 * One walk tells everything that may change what the action makes; one sink
 * hashes it, another keeps a short tag for each piece, from which the reason
 * for running again is read later.
 */
#ifndef SKY_NODES_ACTION_KEY_H
#define SKY_NODES_ACTION_KEY_H

#include "base/hash.h"
#include "nodes/action_env.h"
#include "nodes/action_words.h"

enum action_part {
	PART_COMMAND,            /* kind, words, text, substitutions */
	PART_ENV,
	PART_TOOL,
	PART_INPUT,
	PART_SETTING,            /* outputs, depfile, timeout, network, ... */
	PART_HEADER              /* found by the depfile; not in the walk */
};

/* All that the walk looks at. */
struct action_facts {
	struct action *a;
	const struct action_inputs *in;
	const struct action_env *env;
	const struct action_tool *tool;
};

typedef void (*action_sink_fn)(void *arg, enum action_part part, struct str name,
	struct str text);

/* In an order that depends on the pieces only.  False: argv is malformed, a->e. */
bool action_key_walk(const struct action_facts *f, action_sink_fn sink, void *arg);

bool action_key_fingerprint(const struct action_facts *f, struct digest *out);

/* ---- tags ---- */

/* A name (path, variable) with 32 bits of the hash of what stands behind it. */
struct tag {
	struct str name;
	uint32_t hash;
};

struct tags {
	struct tag *v;           /* owned; sorted by name */
	size_t n, cap;
};

enum { SETTINGS_MAX = 8 };

struct action_tags {
	struct action_words command;
	uint32_t settings[SETTINGS_MAX];     /* hashes by action_setting_name; [0]: all others */
	struct tags env, tools, inputs;
};

/* "timeout" and so on, the outputs and what is not known counting as 0; NULL
 * behind the last. */
const char *action_setting_name(size_t i);

void tags_fini(struct tags *t);
void tags_add(struct tags *t, struct str name, struct str text);
void tags_sort(struct tags *t);
/* Front-coded: each name stores only what differs from the one before. */
void tags_put(struct buf *out, const struct tags *t);
/* Names are copied to `arena`; false when the bytes are malformed. */
bool tags_get(struct str bytes, struct arena *arena, struct tags *out);

bool action_key_tags(const struct action_facts *f, struct action_tags *out);
void action_tags_fini(struct action_tags *t);

/* Adds the first difference and how many more there are: "input changed: a.c
 * and 2 more".  `what` is "input".  False: there is none. */
bool tags_differ(const struct tags *old, const struct tags *now, const char *what,
	struct buf *out);

#endif
