/* keys.c -- the only place that knows how arguments of keys are laid out. */
#include "nodes/keys.h"

static const struct key *
of_str(struct keys *k, struct str fn, struct str arg)
{
	return key_of_str(k, keys_fn(k, fn), arg);
}

static const struct key *
of_builder(struct keys *k, struct str fn, struct vb *b)
{
	const struct key *key = key_intern(k, keys_fn(k, fn), b->buf.p, b->buf.n);

	vb_fini(b);
	return key;
}

static void
put_strings(struct vb *b, const struct str *items, size_t n)
{
	vb_list(b, n);
	for (size_t i = 0; i < n; i++)
		vb_str(b, items[i]);
}

const struct key *
keys_file_state(struct keys *k, struct str path)
{
	return of_str(k, STR("FILE_STATE"), path);
}

const struct key *
keys_file(struct keys *k, struct str path)
{
	return of_str(k, STR("FILE"), path);
}

const struct key *
keys_file_kind(struct keys *k, struct str path)
{
	return of_str(k, STR("FILE_KIND"), path);
}

const struct key *
keys_directory_listing(struct keys *k, struct str path)
{
	return of_str(k, STR("DIRECTORY_LISTING"), path);
}

const struct key *
keys_glob(struct keys *k, struct str pkg, const struct str *include, size_t ninclude,
	const struct str *exclude, size_t nexclude)
{
	struct vb b;

	vb_init(&b);
	vb_list(&b, 3);
	vb_str(&b, pkg);
	put_strings(&b, include, ninclude);
	put_strings(&b, exclude, nexclude);
	return of_builder(k, STR("GLOB"), &b);
}

const struct key *
keys_env(struct keys *k, struct str name)
{
	return of_str(k, STR("ENV"), name);
}

const struct key *
keys_builtin(struct keys *k, struct str name)
{
	return of_str(k, STR("BUILTIN"), name);
}

const struct key *
keys_package(struct keys *k, struct str id)
{
	return of_str(k, STR("PACKAGE"), id);
}

const struct key *
keys_target(struct keys *k, struct str label)
{
	struct vb b;

	vb_init(&b);
	put_strings(&b, &label, 1);
	return of_builder(k, STR("TARGET"), &b);
}

const struct key *
keys_configured_target(struct keys *k, struct str label, struct str config)
{
	struct vb b;

	vb_init(&b);
	vb_list(&b, 2);
	vb_str(&b, label);
	vb_str(&b, config);
	return of_builder(k, STR("CONFIGURED_TARGET"), &b);
}

const struct key *
keys_action(struct keys *k, struct str label, struct str config, int64_t index)
{
	struct vb b;

	vb_init(&b);
	vb_list(&b, 3);
	vb_str(&b, label);
	vb_str(&b, config);
	vb_int(&b, index);
	return of_builder(k, STR("ACTION"), &b);
}

bool
keys_action_parts(const struct key *key, struct str *label, struct str *config, int64_t *index)
{
	struct vr r = key_arg(key);
	size_t n;

	return vr_list(&r, &n) && n == 3 && vr_str(&r, label) && vr_str(&r, config) &&
	    vr_int(&r, index);
}
