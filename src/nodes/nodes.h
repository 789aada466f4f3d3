/* nodes.h -- the table of all node functions written in C. */
#ifndef SKY_NODES_NODES_H
#define SKY_NODES_NODES_H

#include <stddef.h>

#include "base/base.h"

struct node_fn;
struct claims;
struct engine;
struct host;
struct key;
struct stale;
struct places;
struct steady;
struct value;

extern const struct node_fn *const nodes_all[];
extern const size_t nodes_count;

/* What host.claims is to point to in a session that builds (nodes/claims.h). */
struct claims *claims_new(void);
void claims_free(struct claims *c);               /* NULL is fine */
/* The ACTION key whose output the path is, of those that are up to date or were
 * looked at; NULL: of none. */
const struct key *claims_owner(const struct host *host, struct str path);
/* What host.places is to point to (nodes/places.h). */
struct places *places_new(void);
void places_free(struct places *p);               /* NULL is fine */
/* What host.steady is to point to in a session that builds (nodes/steady.h). */
struct steady *steady_new(void);
void steady_free(struct steady *s);               /* NULL is fine */

/* ---- stale.c: outputs that no target makes any more ---- */
/* `tell` gets an event map for people: "message".  All is borrowed. */
struct stale *stale_new(struct engine *e,
	void (*tell)(void *arg, const struct key *key, const struct value *event), void *arg);
void stale_free(struct stale *s);                 /* NULL is fine */
/* engine_observer.replaced: a package, target or pattern has another value than
 * before.  The outputs that go with what is gone are removed at once, before the
 * store hears of the new value: a build that is killed does it again.  Kept is what
 * is not as we made it (said once), and what another target makes now. */
void stale_replaced(struct stale *s, const struct key *key, const struct value *old,
	const struct value *now);

#endif
