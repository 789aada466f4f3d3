/* claims.c -- a table of output paths. */
#include "nodes/claims.h"

#include <stdatomic.h>

#include "base/arena.h"
#include "base/die.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/path.h"
#include "base/spin.h"
#include "eval/scan.h"
#include "nodes/keys.h"

struct claim {
	struct str path;
	const struct key *action;
};

struct claims {
	struct spin lock;
	struct map map;              /* path -> index in v */
	struct claim *v;
	size_t n, cap;
	struct arena paths;
	_Atomic size_t settled;      /* of host.settled */
};

struct claims *
claims_new(void)
{
	struct claims *c = mem_zalloc(sizeof(*c));

	map_init(&c->map);
	arena_init(&c->paths);
	return c;
}

void
claims_free(struct claims *c)
{
	if (!c)
		return;
	map_fini(&c->map);
	arena_fini(&c->paths);
	mem_free(c->v);
	mem_free(c);
}

static bool
same_path(const void *ctx, uint32_t i, const void *what)
{
	return str_eq(((const struct claims *)ctx)->v[i].path, *(const struct str *)what);
}

static uint64_t
path_hash(const void *ctx, uint32_t i)
{
	struct str path = ((const struct claims *)ctx)->v[i].path;

	return hash64(path.p, path.n);
}

static bool
same_target(const struct key *a, const struct key *b)
{
	struct str label[2], config[2];
	int64_t index;

	return a == b || (keys_action_parts(a, &label[0], &config[0], &index) &&
	    keys_action_parts(b, &label[1], &config[1], &index) &&
	    str_eq(label[0], label[1]) && str_eq(config[0], config[1]));
}

const struct key *
claims_take(struct claims *c, struct str path, const struct key *action)
{
	uint64_t hash = hash64(path.p, path.n);
	const struct key *other = NULL;

	spin_lock(&c->lock);
	uint32_t i = map_find(&c->map, hash, same_path, c, &path);
	if (i == MAP_NONE) {
		c->v = mem_grow(c->v, &c->cap, c->n + 1, sizeof(c->v[0]));
		c->v[c->n] = (struct claim){ arena_str(&c->paths, path), action };
		map_insert(&c->map, hash, (uint32_t)c->n++, path_hash, c);
	} else if (!same_target(c->v[i].action, action)) {
		other = c->v[i].action;
	}
	spin_unlock(&c->lock);
	return other;
}

static void
take_outputs(struct claims *c, const struct key *key, struct vr value)
{
	struct vr outputs;
	size_t n = 0;
	struct str path;

	if (!vr_field(&value, "outputs", &outputs))
		return;
	for (vr_list(&outputs, &n); n > 0; n--, vr_skip(&outputs))
		if (vr_field_str(&outputs, "path", &path))
			claims_take(c, path, key);
}

/* Two threads may do the same work: it is the same. */
void
claims_settle(const struct host *host)
{
	struct claims *c = host->claims;
	size_t n = host->settled ? host->settled->n : 0;
	const struct key *key;
	struct vr value;

	if (!c)
		return;
	for (size_t i = atomic_load(&c->settled); i < n; i++)
		if (settled_get(host->settled, i, &key, &value))
			take_outputs(c, key, value);
	atomic_store(&c->settled, n);
}

static bool
has(const struct claims *c, struct str path)
{
	return map_find(&c->map, hash64(path.p, path.n), same_path, c, &path) != MAP_NONE;
}

static bool
any_near(const struct claims *c, struct str path, bool below)
{
	for (struct str p = path; p.n > 0; p = path_dir(p))
		if (has(c, p))
			return true;
	for (size_t i = 0; below && i < c->n; i++)
		if (path_is_within(c->v[i].path, path))
			return true;
	return false;
}

bool
claims_unless(struct claims *c, struct str path, bool below, void (*fn)(void *arg), void *arg)
{
	spin_lock(&c->lock);
	bool free = !any_near(c, path, below);
	if (free)
		fn(arg);
	spin_unlock(&c->lock);
	return free;
}

const struct key *
claims_owner(const struct host *host, struct str path)
{
	struct claims *c = host->claims;
	if (!c)
		return NULL;
	claims_settle(host);
	spin_lock(&c->lock);
	uint32_t i = map_find(&c->map, hash64(path.p, path.n), same_path, c, &path);
	const struct key *owner = i == MAP_NONE ? NULL : c->v[i].action;
	spin_unlock(&c->lock);
	return owner;
}
