/* space.h -- a workspace on disk with an engine, for tests of node functions.
 *
 * space_build is what one run of skylua is: a new engine, the graph from the
 * store, one evaluation, everything closed.  Targets are given as text
 * (text_value.h) in place of BUILD.lua files.
 */
#ifndef SKY_SPEC_SPACE_H
#define SKY_SPEC_SPACE_H

#include "eval/engine.h"

enum { SPACE_TARGETS = 64 };

struct space {
	char root[64];
	int fd;
	struct loop *loop;
	struct keys *keys;
	int evaluators;
	bool keep_going;
	struct { char *label; struct value *value; } targets[SPACE_TARGETS];
	size_t ntargets;
	/* of the last space_build */
	struct value *value;         /* owned; NULL: an error */
	struct value *error;         /* owned */
	struct buf ran;              /* "//p:t#1 executed: reason\n" for each action event */
	struct buf warned;           /* stored messages of all that was needed */
	struct eval_stats stats;
	uint64_t reads;              /* files and links read */
};

void space_init(struct space *s);
void space_fini(struct space *s);

/* Makes the parents, too. */
void space_write(struct space *s, const char *path, const char *text);
void space_run(struct space *s, const char *shell);   /* in the workspace */
/* The text of a file; "(none)" when it is not there. Valid until the next call. */
const char *space_read(struct space *s, const char *path);

/* Replaces the actions of a target. */
void space_target(struct space *s, const char *label, const char *actions);

bool space_build(struct space *s, const struct key *key);
bool space_action(struct space *s, const char *label, int index);   /* space_build of it */
/* Fields of the last value or error, "" when there is none. */
struct str space_field(const struct space *s, const char *name);
/* The whole value, printed. */
const char *space_value(struct space *s);

#endif
