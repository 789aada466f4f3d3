/* grid.c -- the grid in the engine, with a C function: no Lua anywhere.
 *
 *   grid SIZE EVALUATORS -> lines "phase seconds evaluated value rss-bytes"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "eval/engine.h"
#include "os/clock.h"

#define MOD 1000000007

static int64_t side;
static uint16_t fn_v, fn_leaf;

static int64_t
int_of(const struct value *v)
{
	struct vr r = vr_of(v);
	int64_t i = 0;

	vr_int(&r, &i);
	return i;
}

static enum fn_result
compute_v(struct env *env, const struct key *key)
{
	struct keys *k = env_keys(env);
	const struct key *deps[3];
	const struct value *v[3];
	struct vr arg = key_arg(key);
	int64_t a = 0;

	vr_int(&arg, &a);
	if (a / side == 0 || a % side == 0) {
		v[0] = env_get(env, key_of_int(k, fn_leaf, a));
		return v[0] ? env_done(env, value_ref(v[0])) : FN_WAIT;
	}
	deps[0] = key_of_int(k, fn_v, a - side);
	deps[1] = key_of_int(k, fn_v, a - 1);
	deps[2] = key_of_int(k, fn_v, a - side - 1);
	if (!env_get_all(env, deps, 3, v))
		return FN_WAIT;
	return env_done(env, value_of_int((int_of(v[0]) + int_of(v[1]) + int_of(v[2])) % MOD));
}

static enum fn_result
compute_leaf(struct env *env, const struct key *key)
{
	struct vr arg = key_arg(key);
	int64_t a = 0;

	vr_int(&arg, &a);
	return env_done(env, value_of_int(1 + a % 7));
}

static const struct node_fn v = { .name = "V", .version = 1, .compute = compute_v };
static const struct node_fn leaf = {
	.name = "LEAF", .version = 1, .flags = FN_NONHERMETIC, .compute = compute_leaf,
};

static long
rss(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2)
		exit(1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
phase(struct engine *e, const struct key *goal, const char *name, long before)
{
	struct engine_options o = { 0 };
	struct err err = ERR_INIT;
	bool error;
	int64_t t = clock_mono_ns();

	if (!engine_evaluate(e, &goal, 1, &o, &err))
		exit(1);
	t = clock_mono_ns() - t;
	printf("%s %.6f %" PRIu64 " %" PRId64 " %ld\n", name, (double)t / 1e9,
	    engine_stats(e).evaluated, int_of(engine_result(e, goal, &error)), rss() - before);
}

int
main(int argc, char **argv)
{
	struct engine_config c = { .keys = keys_new(), .loop = loop_new(), .jobs = 1 };
	struct err err = ERR_INIT;

	if (argc != 3)
		return 2;
	side = atoll(argv[1]);
	c.evaluators = atoi(argv[2]);
	c.host.root_fd = -1;
	struct engine *e = engine_new(&c);
	fn_v = engine_add_fn(e, STR("V"), v.flags, v.version, &v)->id;
	fn_leaf = engine_add_fn(e, STR("LEAF"), leaf.flags, leaf.version, &leaf)->id;
	const struct key *goal = key_of_int(c.keys, fn_v, side * side - 1);
	long before = rss();
	phase(e, goal, "fresh", before);
	engine_inject(e, key_of_int(c.keys, fn_leaf, side - 1), value_of_int(100));
	phase(e, goal, "corner", before);
	engine_inject(e, key_of_int(c.keys, fn_leaf, side / 2), value_of_int(100));
	phase(e, goal, "middle", before);
	phase(e, goal, "unchanged", before);
	bool ok = engine_close(e, &err);
	keys_free(c.keys);
	loop_free(c.loop);
	return ok ? 0 : 1;
}
