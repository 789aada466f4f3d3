/* reader.h -- records back into memory: the log is read once, front to back.
 *
 * Every record is checked whole before it counts; the first one that is wrong
 * ends the log.  What comes out are items by key number; load.h puts them into a
 * graph.
 */
#ifndef SKY_STORE_READER_H
#define SKY_STORE_READER_H

#include "base/base.h"
#include "base/enc.h"
#include "graph/key.h"
#include "store/index.h"

/* The newest result of one key of the log. */
struct reader_item {
	const struct key *key;    /* NULL: its function is unknown here, or of another
	                             version */
	uint32_t newer;           /* the number that the key was given later, or
	                             INDEX_NONE: that one counts */
	size_t values;            /* where its values stand in the log; 0: none there */
	size_t deps;              /* where its groups stand in `deps` */
	uint32_t ndeps;           /* words */
	uint32_t changed_at, verified_at;
	uint8_t flags;            /* format_flags */
	bool session;             /* its function has STORE_FN_SESSION */
	bool kept;                /* its function has STORE_FN_KEPT */
	bool forgotten;           /* what was known of it before the log does not count */
	bool doubt;               /* it has failed since */
	bool stale;               /* by an older version of it: to be computed again */
};

struct reader {
	struct index *ix;         /* borrowed; filled */
	struct str log;           /* borrowed */
	size_t good;              /* end of the last record that is right */
	uint32_t version;         /* highest met */
	struct reader_item *items;  /* owned; ix->nslots of them */
	size_t capitems;
	uint32_t *deps;           /* owned: groups of key numbers (graph/groups.h) */
	size_t ndeps, capdeps;
	/* private */
	uint32_t *fns;            /* per FN record: index in ix->fns, or INDEX_NONE;
	                             STALE_FN is added for another version */
	size_t capfns;
	uint32_t *seen;           /* per key: serial of the record that named it last */
	size_t capseen;
	uint32_t serial;
	struct value **depsets;   /* one reference each, numbered as in ix */
	size_t capdepsets;
	struct value **kids;      /* scratch */
	size_t capkids;
};

void reader_init(struct reader *r, struct index *ix, struct str log);
void reader_fini(struct reader *r);
/* Reads records from `good` on; stops at the end or at the first wrong one. */
void reader_run(struct reader *r);
/* The next value of a record that was checked: a new reference. */
struct value *reader_value(struct reader *r, struct dec *d);

#endif
