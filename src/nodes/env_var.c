/* env_var.c -- node function ENV: one variable of the caller's environment.
 *
 * A leaf.  Only what a rule names gets a node, so that other variables can
 * neither reach a value nor cause a rebuild.
 */
#include "base/die.h"
#include "eval/env.h"
#include "eval/host.h"
#include "nodes/fns.h"

static struct value *
look(const struct host *host, struct str name)
{
	char *z = mem_strndup(name.p, name.n);
	const char *text = memchr(name.p, '\0', name.n) ? NULL : host->getenv(host, z);

	mem_free(z);
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
	return env_done(env, look(env_host(env), name));
}

static bool
unchanged(const struct host *host, struct vr arg, struct vr value, struct vr stamp)
{
	struct str name, old = STR("");
	bool was_set = vr_str(&value, &old);

	(void)stamp;
	if (!vr_str(&arg, &name))
		return false;
	struct value *now = look(host, name);
	struct vr r = vr_of(now);
	struct str text = STR("");
	bool is_set = vr_str(&r, &text), same = is_set == was_set && str_eq(old, text);
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

const struct node_fn node_env_var = {
	.name = "ENV",
	.version = 1,
	.flags = FN_NONHERMETIC | FN_SESSION,
	.compute = compute,
	.still_valid = still_valid,
	.unchanged = unchanged,
};
