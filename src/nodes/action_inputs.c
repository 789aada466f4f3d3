/* action_inputs.c -- collect, sort by path, merge the roles, ask once. */
#include "nodes/action_inputs.h"

#include <stdlib.h>

#include "base/die.h"
#include "nodes/keys.h"

struct collector {
	struct action *a;
	struct action_inputs *in;
	unsigned role;
	const char *field;
	bool failed;
};

void
action_inputs_init(struct action_inputs *in)
{
	memset(in, 0, sizeof(*in));
	asks_init(&in->asks);
}

void
action_inputs_fini(struct action_inputs *in)
{
	mem_free(in->v);
	asks_fini(&in->asks);
}

/* ---- collecting ---- */

static void
add_item(void *arg, struct vr item)
{
	struct collector *c = arg;
	struct action_inputs *in = c->in;
	struct artifact art;

	if (c->failed)
		return;
	if (!artifact_read(&item, &art)) {
		c->failed = true;
		err_set(&c->a->e, ERR_FUNCTION,
		    "action %lld of %.*s: %s has an item that is no artifact",
		    (long long)c->a->index, STR_ARG(c->a->label), c->field);
		return;
	}
	if (in->n == in->cap)
		in->v = mem_grow(in->v, &in->cap, in->n + 1, sizeof(in->v[0]));
	in->v[in->n++] = (struct input){
		.art = art, .roles = c->role, .ask = INPUT_NOT_ASKED
	};
}

static bool
collect_field(struct action *a, struct action_inputs *in, const char *field, unsigned role)
{
	struct collector c = { a, in, role, field, false };
	const struct value *depset;
	struct vr r;
	size_t n;

	if (!vr_field(&a->record, field, &r) || vr_kind(&r) == VALUE_NIL)
		return true;
	if (vr_depset(&r, &depset)) {
		depset_walk(depset, add_item, &c);
		return !c.failed;
	}
	if (!vr_list(&r, &n))
		return err_set(&a->e, ERR_FUNCTION, "action %lld of %.*s: %s is not a list",
		    (long long)a->index, STR_ARG(a->label), field);
	for (; n > 0 && !c.failed; n--) {
		if (vr_depset(&r, &depset)) {
			depset_walk(depset, add_item, &c);
		} else {
			add_item(&c, r);
			vr_skip(&r);
		}
	}
	return !c.failed;
}

static int
by_path(const void *x, const void *y)
{
	return str_cmp(((const struct input *)x)->art.path, ((const struct input *)y)->art.path);
}

static void
sort_and_merge(struct action_inputs *in)
{
	size_t kept = 0;

	if (in->n > 1)
		qsort(in->v, in->n, sizeof(in->v[0]), by_path);
	for (size_t i = 0; i < in->n; i++) {
		if (kept > 0 && str_eq(in->v[kept - 1].art.path, in->v[i].art.path))
			in->v[kept - 1].roles |= in->v[i].roles;
		else
			in->v[kept++] = in->v[i];
	}
	in->n = kept;
}

static void
add_keys(struct action *a, struct action_inputs *in)
{
	struct keys *k = env_keys(a->env);

	for (size_t i = 0; i < in->n; i++) {
		struct input *x = &in->v[i];
		const struct artifact *art = &x->art;
		if (art->owner.n > 0)
			x->ask = asks_add(&in->asks,
			    keys_action(k, art->owner, art->config, art->index));
		else if (x->roles & (INPUT_STRICT | INPUT_TOOL))
			x->ask = asks_add(&in->asks, keys_file(k, art->path));
	}
}

static bool
add_inherited(struct action *a, struct action_inputs *in)
{
	struct str name;
	struct vr r;
	size_t n;

	if (!vr_field(&a->record, "env_inherit", &r) || vr_kind(&r) == VALUE_NIL)
		return true;
	if (!vr_list(&r, &n))
		return err_set(&a->e, ERR_FUNCTION, "env_inherit is not a list");
	for (; n > 0; n--) {
		if (!vr_str(&r, &name))
			return err_set(&a->e, ERR_FUNCTION, "env_inherit wants names");
		asks_add(&in->asks, keys_env(env_keys(a->env), name));
	}
	return true;
}

bool
action_inputs_collect(struct action *a, struct action_inputs *in)
{
	/* Without a depfile nobody says what was read, so all of it counts. */
	unsigned may = a->depfile.path.n > 0 ? INPUT_MAY_READ : INPUT_STRICT;

	if (!collect_field(a, in, "inputs", INPUT_STRICT) ||
	    !collect_field(a, in, "tools", INPUT_TOOL) ||
	    !collect_field(a, in, "may_read", may))
		return false;
	sort_and_merge(in);
	add_keys(a, in);
	return add_inherited(a, in);
}

/* ---- answers ---- */

void
content_of_file(const struct value *file, struct content *out)
{
	struct vr r = vr_of(file);

	memset(out, 0, sizeof(*out));
	CHECK(vr_field_str(&r, "kind", &out->kind));
	vr_field_str(&r, "digest", &out->digest);
	vr_field_str(&r, "real", &out->real);
	vr_field_bool(&r, "exec", &out->exec);
}

void
content_put(struct buf *out, const struct content *c)
{
	buf_addstr(out, c->kind);
	buf_addc(out, c->exec ? 'x' : '-');
	buf_addstr(out, c->digest);
	buf_addstr(out, c->target);
}

static bool
content_of_output(const struct value *made, struct str path, struct content *out)
{
	struct vr r = vr_of(made), list;
	struct str s;
	size_t n;

	memset(out, 0, sizeof(*out));
	if (!vr_field(&r, "outputs", &list) || !vr_list(&list, &n))
		return false;
	for (; n > 0; n--, vr_skip(&list)) {
		if (!vr_field_str(&list, "path", &s) || !str_eq(s, path))
			continue;
		vr_field_str(&list, "kind", &out->kind);
		vr_field_str(&list, "digest", &out->digest);
		vr_field_str(&list, "target", &out->target);
		vr_field_bool(&list, "exec", &out->exec);
		return true;
	}
	return false;
}

static bool
missing(struct action *a, struct str path, struct str kind)
{
	if (str_eq(kind, STR("none"))) {
		err_set(&a->e, ERR_MISSING_INPUT, "%.*s needs '%.*s', which does not exist",
		    STR_ARG(a->label), STR_ARG(path));
		err_hint(&a->e, "make the file, or take it out of the target's attributes");
		return false;
	}
	if (str_eq(kind, STR("denied")))
		return err_set(&a->e, ERR_IO, "%.*s needs '%.*s': permission denied",
		    STR_ARG(a->label), STR_ARG(path));
	err_set(&a->e, ERR_MISSING_INPUT, "%.*s needs the file '%.*s', but it is a %s",
	    STR_ARG(a->label), STR_ARG(path),
	    str_eq(kind, STR("dir")) ? "directory" : "special file");
	if (str_eq(kind, STR("dir")))
		err_hint(&a->e, "list its files: glob { \"%.*s/**\" }", STR_ARG(path));
	return false;
}

static bool
read_answer(struct action *a, struct input *x, const struct value *v)
{
	if (x->art.owner.n > 0) {
		if (content_of_output(v, x->art.path, &x->content))
			return true;
		return err_set(&a->e, ERR_MISSING_INPUT,
		    "%.*s needs '%.*s', which %.*s does not make", STR_ARG(a->label),
		    STR_ARG(x->art.path), STR_ARG(x->art.owner));
	}
	content_of_file(v, &x->content);
	if (str_eq(x->content.kind, STR("file")))
		return true;
	return missing(a, x->art.path, x->content.kind);
}

enum fn_result
action_inputs_get(struct action *a, struct action_inputs *in)
{
	if (!asks_get(&in->asks, a->env))
		return FN_WAIT;
	for (size_t i = 0; i < in->n; i++)
		if (in->v[i].ask != INPUT_NOT_ASKED &&
		    !read_answer(a, &in->v[i], in->asks.values[in->v[i].ask]))
			return FN_FAIL;
	return FN_DONE;
}

static const struct input *
find_exact(const struct action_inputs *in, struct str path)
{
	struct input want = { .art = { .path = path } };

	return in->n == 0 ? NULL : bsearch(&want, in->v, in->n, sizeof(in->v[0]), by_path);
}

const struct input *
action_inputs_find(const struct action_inputs *in, struct str path)
{
	const struct input *x = find_exact(in, path);

	while (!x && path.n > 0) {
		while (path.n > 0 && path.p[path.n - 1] != '/')
			path.n--;
		path.n -= path.n > 0;
		x = path.n > 0 ? find_exact(in, path) : NULL;
		if (x && !x->art.dir)
			return NULL;
	}
	return x;
}
