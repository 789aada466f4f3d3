/* host_cache.h -- makes the local cache that a host offers to node functions. */
#ifndef SKY_EVAL_HOST_CACHE_H
#define SKY_EVAL_HOST_CACHE_H

#include "base/buf.h"
#include "eval/host.h"

/* `dir` is absolute; `limit` in bytes.  The disk is not touched yet. */
struct host_cache *host_cache_new(const char *dir, uint64_t limit);
/* NULL is fine.  `note` gets a line for people when it could not be used. */
void host_cache_free(struct host_cache *h, struct buf *note);

#endif
