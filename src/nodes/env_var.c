/* env_var.c -- node function ENV: one variable of the caller's environment.
 *
 * A leaf.  Only what a rule names gets a node, so that other variables can
 * neither reach a value nor cause a rebuild.
 */
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/fns.h"

static struct value *
look(struct env *env, struct str name)
{
	const struct host *host = env_host(env);
	const char *z = arena_strndup(env_arena(env), name.p, name.n);
	const char *text = memchr(name.p, '\0', name.n) ? NULL : host->getenv(host, z);

	return text ? value_of_str(str_of(text)) : value_of_nil();
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;
	struct str name;

	if (!key_arg_str(key, &name)) {
		err_set(&e, ERR_FUNCTION, "ENV wants the name of a variable");
		return env_fail(env, &e);
	}
	return env_done(env, look(env, name));
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct value *old = env_old_value(env);
	struct str name;

	if (!old || !key_arg_str(key, &name))
		return false;
	struct value *now = look(env, name);
	bool same = value_eq(old, now);
	value_unref(now);
	return same;
}

const struct node_fn node_env_var = {
	.name = "ENV",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
};
