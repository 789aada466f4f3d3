/* builtin.c -- node function BUILTIN: the digest of a Lua file shipped in the binary.
 *
 * A leaf.  A new skylua brings new texts while no file of the workspace
 * changes, hence still_valid.
 */
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/fns.h"

/* NULL when there is no such file. */
static struct value *
look(struct env *env, struct str name)
{
	const struct host *host = env_host(env);
	char hex[DIGEST_HEX + 1];
	struct digest d;

	if (!host->builtin_digest(host, name, &d))
		return NULL;
	digest_hex(d, hex);
	return value_of_str((struct str){ hex, DIGEST_HEX });
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;
	struct str name;

	if (!key_arg_str(key, &name)) {
		err_set(&e, ERR_FUNCTION, "BUILTIN wants the name of a shipped file");
		return env_fail(env, &e);
	}
	struct value *v = look(env, name);
	if (v)
		return env_done(env, v);
	err_set(&e, ERR_NOT_FOUND, "skylua ships no file '%.*s'", STR_ARG(name));
	return env_fail(env, &e);
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct value *old = env_old_value(env);
	struct str name;

	if (!old || !key_arg_str(key, &name))
		return false;
	struct value *now = look(env, name);
	bool same = now && value_eq(old, now);
	value_unref(now);
	return same;
}

const struct node_fn node_builtin = {
	.name = "BUILTIN",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
};
