/* action_env.c -- defaults, then what is inherited, then what is declared. */
#include "nodes/action_env.h"

#include <stdlib.h>

#include "base/path.h"
#include "nodes/keys.h"

#define DEFAULT_PATH STR("/usr/local/bin:/usr/bin:/bin")

enum { NDEFAULTS = 4 };

/* ---- the environment ---- */

static int
by_name(const void *x, const void *y)
{
	return str_cmp(((const struct env_var *)x)->name, ((const struct env_var *)y)->name);
}

static struct env_var *
find(struct action_env *env, struct str name)
{
	for (size_t i = 0; i < env->n; i++)
		if (str_eq(env->v[i].name, name))
			return &env->v[i];
	return NULL;
}

static bool
set(struct action *a, struct action_env *env, struct str name, struct str value, bool declared)
{
	struct env_var *v = find(env, name);

	if (name.n == 0 || memchr(name.p, '=', name.n) || memchr(name.p, '\0', name.n) ||
	    (value.n > 0 && memchr(value.p, '\0', value.n)))
		return err_set(&a->e, ERR_FUNCTION,
		    "%.*s: '%.*s' cannot be set in an environment",
		    STR_ARG(a->label), STR_ARG(name));
	if (!v)
		v = &env->v[env->n++];
	*v = (struct env_var){ name, value, declared };
	return true;
}

static bool
set_defaults(struct action *a, struct action_env *env)
{
	struct str temp;

	env->temp = str_of(arena_printf(&a->arena, "%s/state/tmp", a->host->out_dir));
	temp = str_of(arena_printf(&a->arena, "%s/%.*s", a->host->root, STR_ARG(env->temp)));
	return set(a, env, STR("PATH"), DEFAULT_PATH, false) &&
	    set(a, env, STR("LANG"), STR("C.UTF-8"), false) &&
	    set(a, env, STR("HOME"), temp, false) &&
	    set(a, env, STR("TMPDIR"), temp, false);
}

static bool
set_inherited(struct action *a, const struct action_inputs *in, struct vr names, size_t n,
	struct action_env *env)
{
	struct str name, value;

	for (; n > 0; n--) {
		if (!vr_str(&names, &name))
			return err_set(&a->e, ERR_FUNCTION, "env_inherit wants names");
		const struct value *v = asks_value(&in->asks, keys_env(env_keys(a->env), name));
		struct vr r = vr_of(v);
		if (vr_str(&r, &value) && !set(a, env, name, value, true))
			return false;
	}
	return true;
}

static bool
set_declared(struct action *a, struct vr map, size_t n, struct action_env *env)
{
	struct str name, value;

	for (; n > 0; n--) {
		if (!vr_str(&map, &name) || !vr_str(&map, &value))
			return err_set(&a->e, ERR_FUNCTION,
			    "%.*s: env maps names to strings", STR_ARG(a->label));
		if (!set(a, env, name, value, true))
			return false;
	}
	return true;
}

bool
action_env_build(struct action *a, const struct action_inputs *in, struct action_env *out)
{
	struct vr names, map;
	size_t nnames = 0, nmap = 0;

	if (vr_field(&a->record, "env_inherit", &names))
		vr_list(&names, &nnames);
	if (vr_field(&a->record, "env", &map))
		vr_map(&map, &nmap);
	memset(out, 0, sizeof(*out));
	out->v = ACTION_ARRAY(a, struct env_var, NDEFAULTS + nnames + nmap);
	if (!set_defaults(a, out) || !set_inherited(a, in, names, nnames, out) ||
	    !set_declared(a, map, nmap, out))
		return false;
	out->path = find(out, STR("PATH"))->value;
	out->path_declared = find(out, STR("PATH"))->declared;
	qsort(out->v, out->n, sizeof(out->v[0]), by_name);
	return true;
}

char **
action_env_strings(const struct action_env *env, struct arena *arena)
{
	char **out = arena_alloc(arena, (env->n + 1) * sizeof(out[0]));

	for (size_t i = 0; i < env->n; i++)
		out[i] = arena_printf(arena, "%.*s=%.*s", STR_ARG(env->v[i].name),
		    STR_ARG(env->v[i].value));
	return out;
}

/* ---- the tool ---- */

/* Names are looked for in all directories of PATH at once: a tool that appears
 * in an earlier one is noticed, too. */
static enum fn_result
search(struct action *a, struct str name, struct str dirs, struct action_tool *out)
{
	struct content c;
	struct asks asks;
	struct buf path = BUF_INIT;

	asks_init(&asks);
	for (size_t at = 0; at < dirs.n;) {
		const char *colon = memchr(dirs.p + at, ':', dirs.n - at);
		size_t n = colon ? (size_t)(colon - dirs.p) - at : dirs.n - at;
		struct str dir = { dirs.p + at, n };
		at += n + 1;
		buf_reset(&path);
		if (n == 0 || !path_normalize(&path, dir))
			continue;
		struct str whole = arena_str(&a->arena, buf_str(&path));
		buf_reset(&path);
		path_join(&path, whole, name);
		asks_add(&asks, keys_file(env_keys(a->env), buf_str(&path)));
	}
	buf_fini(&path);
	enum fn_result r = asks_get(&asks, a->env) ? FN_FAIL : FN_WAIT;
	for (size_t i = 0; r == FN_FAIL && i < asks.n; i++) {
		content_of_file(asks.values[i], &c);
		if (!str_eq(c.kind, STR("file")) || !c.exec)
			continue;
		CHECK(key_arg_str(asks.keys[i], &out->path));
		out->content = c;
		r = FN_DONE;
	}
	asks_fini(&asks);
	if (r == FN_FAIL) {
		err_set(&a->e, ERR_TOOL, "%.*s: there is no tool '%.*s'", STR_ARG(a->label),
		    STR_ARG(name));
		err_hint(&a->e, "looked in %.*s; actions do not see your own PATH",
		    STR_ARG(dirs));
	}
	return r;
}

/* A path written as text: absolute, or of a file of the workspace. */
static enum fn_result
plain_path(struct action *a, const struct action_inputs *in, struct str text,
	struct action_tool *out)
{
	struct buf path = BUF_INIT;
	bool ok = path_normalize(&path, text);
	struct str p = arena_str(&a->arena, buf_str(&path));

	buf_fini(&path);
	if (!ok || action_inputs_find(in, p) || path_is_within(p, str_of(a->host->out_dir)))
		return FN_DONE;
	const struct value *file = env_get(a->env, keys_file(env_keys(a->env), p));
	if (!file)
		return FN_WAIT;
	content_of_file(file, &out->content);
	out->path = p;
	if (str_eq(out->content.kind, STR("file")))
		return FN_DONE;
	err_set(&a->e, ERR_TOOL, "%.*s: there is no tool '%.*s'", STR_ARG(a->label),
	    STR_ARG(text));
	return FN_FAIL;
}

enum fn_result
action_env_tool(struct action *a, const struct action_inputs *in,
	const struct action_env *env, struct action_tool *out)
{
	struct vr argv;
	struct str name;
	size_t n;

	memset(out, 0, sizeof(*out));
	if ((a->kind != ACTION_RUN && a->kind != ACTION_TEST) ||
	    !vr_field(&a->record, "argv", &argv) || !vr_list(&argv, &n) || n == 0 ||
	    !vr_str(&argv, &name) || name.n == 0)
		return FN_DONE;
	if (memchr(name.p, '/', name.n))
		return plain_path(a, in, name, out);
	return search(a, name, env->path, out);
}
