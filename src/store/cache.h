/* cache.h -- the local cache: what actions made, by what they were made of.
 *
 * Shared by all workspaces and builds of a user, at the same time:
 *
 *   DIR/v1/results-N.log     results, one behind the other: magic, size, digest,
 *                            key, value (graph/value.h)
 *   DIR/v1/results-N.index   where the result of a key begins
 *   DIR/v1/blobs/ab/cdef...  files by the digest of their content, read-only
 *   DIR/v1/usage             bytes of all blobs, roughly
 *   DIR/v1/lock              held while blobs are thrown away
 *
 * Nothing is locked to read or to add, and nothing is synced: each piece is
 * checked when it is used.  One that is damaged, cut or of a stranger is not
 * there, and goes.
 *
 * Bounded: of results there are two logs (N, N - 1).  A result that is found in
 * the older one moves to the newer one; when that is full, the older one goes.
 * Of blobs, those go that were used longest ago.
 *
 * All functions but cache_new and cache_free may be called by several threads at
 * once.  The disk is first touched when something is asked for or given.
 */
#ifndef SKY_STORE_CACHE_H
#define SKY_STORE_CACHE_H

#include "base/buf.h"
#include "base/hash.h"
#include "graph/value.h"

struct cache;

/* `dir` is absolute; `limit` bytes for all of it. */
struct cache *cache_new(const char *dir, uint64_t limit);
/* Throws away what is too much, if anything was added.  `note` gets a line for
 * people when the cache could not be used, or not be added to. */
void cache_free(struct cache *c, struct buf *note);

/* A new reference; NULL: not there. */
struct value *cache_get(struct cache *c, struct digest key);
/* Replaces.  Best effort; the value holds no depset. */
void cache_put(struct cache *c, struct digest key, const struct value *v);

/* Makes a copy of the blob at `to`, below `dir`.  False: there is no such blob, or
 * no copy could be made. */
bool cache_fetch(struct cache *c, struct digest blob, int dir, const char *to,
	bool executable);
/* Keeps a copy of the file `from`, which has this digest and size.  False: it could
 * not be kept. */
bool cache_keep(struct cache *c, struct digest blob, uint64_t size, int dir,
	const char *from);

#endif
