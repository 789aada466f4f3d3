/* config.c -- node function CONFIG: a configuration by id.
 *
 * Its value is only ever injected: by the command line, from its flags.
 */
#include "nodes/fns.h"

#include "eval/env.h"

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;
	struct str id = STR("");

	key_arg_str(key, &id);
	err_set(&e, ERR_NOT_FOUND, "there is no configuration '%.*s'", STR_ARG(id));
	return env_fail(env, &e);
}

const struct node_fn node_config = {
	.name = "CONFIG",
	.version = 1,
	.flags = FN_NONHERMETIC,
	.compute = compute,
};
