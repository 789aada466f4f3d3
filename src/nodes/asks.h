/* asks.h -- a group of keys being put together: each key once, with its answer. */
#ifndef SKY_NODES_ASKS_H
#define SKY_NODES_ASKS_H

#include "base/map.h"
#include "eval/env.h"

struct asks {
	const struct key **keys;      /* owned; distinct, in the order they were added */
	const struct value **values;  /* owned; filled by asks_get; NULL: see env_get_all */
	size_t n, capkeys, capvalues;
	struct map map;               /* from a key to its index */
};

void asks_init(struct asks *a);
void asks_fini(struct asks *a);
void asks_clear(struct asks *a);
/* The index of the key, which may be there already. */
uint32_t asks_add(struct asks *a, const struct key *key);
/* Asks for all as one group (none at all: no group); false: something is
 * missing or in error. */
bool asks_get(struct asks *a, struct env *env);
/* After asks_get: the value of a key that was added. */
const struct value *asks_value(const struct asks *a, const struct key *key);

#endif
