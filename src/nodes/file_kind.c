/* file_kind.c -- node function FILE_KIND: only the kind of FILE, as a string.
 *
 * Who wants to know whether a file is there asks this: when the content
 * changes, the kind is equal and nothing above runs.
 */
#include "eval/env.h"
#include "nodes/fns.h"
#include "nodes/keys.h"

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;
	struct str path, kind;

	if (!key_arg_str(key, &path)) {
		err_set(&e, ERR_FUNCTION, "FILE_KIND wants a path");
		return env_fail(env, &e);
	}
	const struct value *file = env_get(env, keys_file(env_keys(env), path));
	if (!file)
		return FN_WAIT;
	struct vr r = vr_of(file);
	CHECK(vr_field_str(&r, "kind", &kind));
	return env_done(env, value_of_str(kind));
}

const struct node_fn node_file_kind = {
	.name = "FILE_KIND",
	.version = 1,
	.compute = compute,
};
