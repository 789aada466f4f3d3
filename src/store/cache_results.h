/* cache_results.h -- the logs of results of a cache (cache.h); private to store/.
 *
 * Not for several threads: the cache has a lock.
 */
#ifndef SKY_STORE_CACHE_RESULTS_H
#define SKY_STORE_CACHE_RESULTS_H

#include "base/buf.h"
#include "base/err.h"
#include "graph/value.h"
#include "os/sharedfile.h"

struct results_log {
	struct sharedfile log, index;
};

struct results {
	char *dir;                       /* owned */
	uint64_t limit;                  /* bytes of a log */
	uint64_t number;                 /* of the newest */
	struct results_log now, before;  /* before.log.fd < 0: there is none */
};

/* False: nothing is open. */
bool results_open(struct results *r, const char *dir, uint64_t limit, struct err *e);
void results_close(struct results *r);
struct value *results_get(struct results *r, struct digest key);
/* Any thread: the record of a result; nothing when it is too large. */
void results_record(struct buf *out, struct digest key, const struct value *v);
bool results_put(struct results *r, struct digest key, struct str record, struct err *e);

#endif
