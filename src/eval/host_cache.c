/* host_cache.c -- see the header. */
#include "eval/host_cache.h"

#include "base/die.h"
#include "store/cache.h"

struct host_cache *
host_cache_new(const char *dir, uint64_t limit)
{
	struct host_cache *h = mem_alloc(sizeof(*h));

	*h = (struct host_cache){
		.c = cache_new(dir, limit),
		.get = cache_get, .put = cache_put, .fetch = cache_fetch, .keep = cache_keep,
	};
	return h;
}

void
host_cache_free(struct host_cache *h, struct buf *note)
{
	if (h)
		cache_free(h->c, note);
	mem_free(h);
}
