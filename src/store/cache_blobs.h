/* cache_blobs.h -- the files of a cache (cache.h); private to store/.
 *
 * Any thread.  A blob is made beside its place and renamed there; it is never
 * written to again.
 */
#ifndef SKY_STORE_CACHE_BLOBS_H
#define SKY_STORE_CACHE_BLOBS_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/hash.h"

struct blobs {
	char *dir;                        /* owned: DIR/v1 */
	uint64_t limit;                   /* bytes of all blobs */
	_Atomic uint64_t added;           /* bytes that `usage` does not tell of yet */
};

void blobs_init(struct blobs *b, const char *dir, uint64_t limit);
void blobs_fini(struct blobs *b);
bool blobs_fetch(struct blobs *b, struct digest blob, int dir, const char *to,
	bool executable);
/* False without an error: it is too large. */
bool blobs_keep(struct blobs *b, struct digest blob, uint64_t size, int dir, const char *from,
	struct err *e);
/* Tells `usage` of what was added, and when it is too much throws blobs away, those
 * used longest ago first.  While another process does so, nothing. */
void blobs_trim(struct blobs *b);

#endif
