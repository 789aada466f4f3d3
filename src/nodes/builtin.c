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
look(const struct host *host, struct str name)
{
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
	struct value *v = look(env_host(env), name);
	if (v)
		return env_done(env, v);
	err_set(&e, ERR_NOT_FOUND, "skylua ships no file '%.*s'", STR_ARG(name));
	return env_fail(env, &e);
}

static bool
unchanged(const struct host *host, struct vr arg, struct vr value, struct vr stamp)
{
	struct str name, old, text;

	(void)stamp;
	if (!vr_str(&arg, &name) || !vr_str(&value, &old))
		return false;
	struct value *now = look(host, name);
	struct vr r = now ? vr_of(now) : value;
	bool same = now && vr_str(&r, &text) && str_eq(old, text);
	value_unref(now);
	return same;
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct value *old = env_old_value(env);
	struct vr none = { NULL, NULL, NULL };

	return old && unchanged(env_host(env), key_arg(key), vr_of(old), none);
}

const struct node_fn node_builtin = {
	.name = "BUILTIN",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
	.unchanged = unchanged,
};
