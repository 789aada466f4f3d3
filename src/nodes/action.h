/* action.h -- an action, read from its target's value: shared by action_*.c only.
 *
 * The fields are views into the CONFIGURED_TARGET value, which is borrowed for
 * the evaluation; everything else a call makes lies in `arena`, which goes with
 * the call.  The table in src/README.md describes the record.
 */
#ifndef SKY_NODES_ACTION_H
#define SKY_NODES_ACTION_H

#include "base/arena.h"
#include "base/err.h"
#include "eval/env.h"
#include "eval/host.h"
#include "graph/value.h"

enum action_kind {
	ACTION_RUN, ACTION_WRITE, ACTION_COPY, ACTION_SYMLINK, ACTION_TEMPLATE, ACTION_TEST
};

/* The pool whose actions have the terminal. */
#define ACTION_CONSOLE "console"

struct artifact {
	struct str path;
	struct str owner, config;    /* owner empty: a source */
	int64_t index;
	bool dir;
};

struct action {
	struct env *env;
	const struct host *host;
	const struct key *key;
	struct arena arena;          /* of this call of compute() */
	struct str label, config;
	int64_t index;
	struct vr record;            /* the map */
	enum action_kind kind;
	struct str mnemonic, message;
	struct artifact *outputs;
	size_t noutputs;
	struct artifact depfile;     /* path empty: none */
	int64_t timeout_s;           /* 0: none */
	struct str pool;             /* "": none */
	int64_t pool_depth;
	bool network, executable;
	struct err e;
};

/* Reads the tagged value at the cursor and moves behind it; false when it is no
 * artifact. */
bool artifact_read(struct vr *r, struct artifact *out);

/* Asks for the target and reads the record.  FN_DONE: all is there; FN_WAIT;
 * FN_FAIL: a->e says what is wrong with the record.  *place (zero at first)
 * remembers between calls where the record stands: finding it takes time when a
 * target has thousands of actions. */
enum fn_result action_open(struct action *a, struct env *env, const struct key *key,
	struct vr *place);
void action_fini(struct action *a);

/* An array for `n` elements in the arena of this call. */
#define ACTION_ARRAY(a, type, n) \
	((type *)arena_alloc_raw(&(a)->arena, ((n) + 1) * sizeof(type), _Alignof(type)))

#endif
