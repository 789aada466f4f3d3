/* action_record.c -- reading and checking the record of an action. */
#include "base/path.h"
#include "nodes/action.h"
#include "nodes/keys.h"
#include "nodes/places.h"

static const struct {
	const char *name;
	enum action_kind kind;
} KINDS[] = {
	{ "run", ACTION_RUN },
	{ "write", ACTION_WRITE },
	{ "copy", ACTION_COPY },
	{ "symlink", ACTION_SYMLINK },
	{ "template", ACTION_TEMPLATE },
	{ "test", ACTION_TEST },
};

bool
artifact_read(struct vr *r, struct artifact *out)
{
	struct vr at = *r;
	struct str tag;

	memset(out, 0, sizeof(*out));
	if (!vr_tag(&at, &tag) || !str_eq(tag, STR("artifact")))
		return false;
	if (!vr_field_str(&at, "path", &out->path))
		return false;
	vr_field_bool(&at, "dir", &out->dir);
	if (vr_field_str(&at, "owner", &out->owner) && out->owner.n > 0 &&
	    (!vr_field_str(&at, "config", &out->config) ||
	    !vr_field_int(&at, "index", &out->index)))
		return false;
	vr_skip(r);
	return true;
}

static bool
bad(struct action *a, const char *what)
{
	return err_set(&a->e, ERR_FUNCTION, "action %lld of %.*s: %s", (long long)a->index,
	    STR_ARG(a->label), what);
}

/* We remove outputs before we run: nothing outside the output folder may be
 * taken for one. */
static bool
check_output(struct action *a, const struct artifact *out)
{
	struct str dir = str_of(a->host->out_dir);

	if (path_is_normal(out->path) && path_is_within(out->path, dir) &&
	    out->path.n > dir.n && !memchr(out->path.p, '\0', out->path.n))
		return true;
	return err_set(&a->e, ERR_FUNCTION, "action %lld of %.*s: the output '%.*s' is not in %s",
	    (long long)a->index, STR_ARG(a->label), STR_ARG(out->path), a->host->out_dir);
}

static bool
read_outputs(struct action *a)
{
	struct vr r;
	size_t n;

	if (!vr_field(&a->record, "outputs", &r))
		return true;
	if (!vr_list(&r, &n))
		return bad(a, "outputs is not a list");
	a->outputs = ACTION_ARRAY(a, struct artifact, n);
	for (; n > 0; n--) {
		struct artifact *out = &a->outputs[a->noutputs++];
		if (!artifact_read(&r, out))
			return bad(a, "an output is not an artifact");
		if (!check_output(a, out))
			return false;
	}
	return true;
}

static bool
read_kind(struct action *a)
{
	struct str kind = STR("run");

	vr_field_str(&a->record, "kind", &kind);
	for (size_t i = 0; i < ARRAY_LEN(KINDS); i++)
		if (str_eq(kind, str_of(KINDS[i].name))) {
			a->kind = KINDS[i].kind;
			return true;
		}
	return bad(a, "unknown kind");
}

static bool
read_record(struct action *a)
{
	struct vr r;

	if (!read_kind(a) || !read_outputs(a))
		return false;
	a->mnemonic = STR("Run");
	vr_field_str(&a->record, "mnemonic", &a->mnemonic);
	vr_field_str(&a->record, "message", &a->message);
	vr_field_int(&a->record, "timeout", &a->timeout_s);
	vr_field_str(&a->record, "pool", &a->pool);
	vr_field_int(&a->record, "pool_depth", &a->pool_depth);
	vr_field_bool(&a->record, "network", &a->network);
	vr_field_bool(&a->record, "executable", &a->executable);
	if (vr_field(&a->record, "depfile", &r) && vr_kind(&r) != VALUE_NIL) {
		if (!artifact_read(&r, &a->depfile))
			return bad(a, "depfile is not an artifact");
		if (!check_output(a, &a->depfile))
			return false;
	}
	if (a->timeout_s < 0 || a->timeout_s > INT64_MAX / 1000000000)
		return bad(a, "timeout is out of range");
	if (a->pool_depth < 0)
		return bad(a, "pool_depth is negative");
	if (a->noutputs == 0 && a->kind != ACTION_TEST)
		return bad(a, "it has no outputs");
	return true;
}

static bool
find_record(struct action *a, const struct value *target, struct vr *place)
{
	struct vr r = vr_of(target), list;
	size_t n;

	if (place->p) {
		a->record = *place;
		return read_record(a);
	}
	if (!vr_field(&r, "actions", &list) || !vr_list(&list, &n) ||
	    a->index < 1 || (uint64_t)a->index > n)
		return bad(a, "the target has no such action");
	places_skip(a->host->places, target, &list, n, (size_t)a->index - 1);
	*place = a->record = list;
	if (vr_kind(&list) != VALUE_MAP)
		return bad(a, "it is not a map");
	return read_record(a);
}

enum fn_result
action_open(struct action *a, struct env *env, const struct key *key, struct vr *place)
{
	memset(a, 0, sizeof(*a));
	arena_init(&a->arena);
	a->env = env;
	a->host = env_host(env);
	a->key = key;
	if (!keys_action_parts(key, &a->label, &a->config, &a->index)) {
		err_set(&a->e, ERR_FUNCTION, "ACTION wants {label, configuration, index}");
		return FN_FAIL;
	}
	const struct value *target = env_get(env,
	    keys_configured_target(env_keys(env), a->label, a->config));
	if (!target)
		return FN_WAIT;
	return find_record(a, target, place) ? FN_DONE : FN_FAIL;
}

void
action_fini(struct action *a)
{
	arena_fini(&a->arena);
	err_fini(&a->e);
}
