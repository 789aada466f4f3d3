/* action_headers.c -- see the header. */
#include "nodes/action_headers.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/path.h"
#include "nodes/action_depfile.h"
#include "nodes/action_lookups.h"
#include "nodes/claims.h"
#include "nodes/keys.h"

/* ---- from a depfile to paths ---- */

struct reader {
	struct action *a;
	const struct action_inputs *in;
	struct str temp;
	struct arena *arena;
	struct str *v;               /* owned */
	size_t n, cap;
	struct buf path;
};

/* Appends the way from the root to a file of another repository: "../rules_x/b.h". */
static void
beside(struct str root, struct str path, struct buf *out)
{
	size_t same = 0;

	for (size_t i = 1; i < root.n && i < path.n && root.p[i] == path.p[i]; i++)
		if (root.p[i + 1] == '/' && path.p[i + 1] == '/')
			same = i + 1;
	for (size_t i = same; i < root.n; i++)
		buf_adds(out, root.p[i] == '/' && i + 1 < root.n ? "../" : "");
	buf_addstr(out, (struct str){ path.p + same + 1, path.n - same - 1 });
}

/* Appends the path as FILE wants it. */
bool
action_headers_path(const struct host *host, struct str raw, struct buf *out)
{
	struct str root = str_of(host->root);
	struct buf whole = BUF_INIT;
	bool ok = true;

	if (!path_is_abs(raw) && path_normalize(out, raw))
		return true;
	if (path_is_abs(raw)) {
		ok = path_normalize(&whole, raw);
	} else {
		struct buf joined = BUF_INIT;
		path_join(&joined, root, raw);
		ok = path_normalize(&whole, buf_str(&joined));
		buf_fini(&joined);
	}
	struct str p = buf_str(&whole);
	bool within = path_is_within(p, root);
	if (ok && within) {
		size_t skip = root.n < p.n ? root.n + (root.p[root.n - 1] != '/') : p.n;
		p = (struct str){ p.p + skip, p.n - skip };
	}
	if (ok && (within || path_is_abs(raw)))
		buf_addstr(out, p);
	else if (ok)
		beside(root, p, out);
	buf_fini(&whole);
	return ok;
}

static bool
own_output(const struct action *a, struct str path)
{
	for (size_t i = 0; i < a->noutputs; i++)
		if (path_is_within(path, a->outputs[i].path))
			return true;
	return false;
}

static bool
is_strict(const struct action_inputs *in, struct str path)
{
	const struct input *x = action_inputs_find(in, path);

	return x && (x->roles & (INPUT_STRICT | INPUT_TOOL)) != 0;
}

static void
add_path(void *arg, struct str path)
{
	struct reader *r = arg;

	if (r->n == r->cap)
		r->v = mem_grow(r->v, &r->cap, r->n + 1, sizeof(r->v[0]));
	r->v[r->n++] = arena_str(r->arena, path);
}

static void
on_path(void *arg, struct str raw)
{
	struct reader *r = arg;

	buf_reset(&r->path);
	if (!action_headers_path(r->a->host, raw, &r->path) || r->path.n == 0)
		return;
	struct str p = buf_str(&r->path);
	if (own_output(r->a, p) || path_is_within(p, r->temp) || is_strict(r->in, p))
		return;
	add_path(r, p);
}

static int
by_text(const void *x, const void *y)
{
	return str_cmp(*(const struct str *)x, *(const struct str *)y);
}

static void
sort_each_once(struct reader *r)
{
	size_t kept = 0;

	if (r->n > 1)
		qsort(r->v, r->n, sizeof(r->v[0]), by_text);
	for (size_t i = 0; i < r->n; i++)
		if (kept == 0 || !str_eq(r->v[i], r->v[kept - 1]))
			r->v[kept++] = r->v[i];
	r->n = kept;
}

static void
finish(struct reader *r, const struct include_dirs *dirs, struct header_paths *out)
{
	struct reader lookups = { .arena = r->arena };

	sort_each_once(r);
	action_lookups_each(r->a->host, dirs, r->in, r->v, r->n, add_path, &lookups);
	for (size_t i = 0; i < lookups.n; i++)
		add_path(r, lookups.v[i]);
	mem_free(lookups.v);
	sort_each_once(r);
	out->v = arena_alloc(r->arena, (r->n + 1) * sizeof(r->v[0]));
	out->n = r->n;
	if (r->n > 0)
		memcpy(out->v, r->v, r->n * sizeof(r->v[0]));
}

bool
action_headers_parse(struct action *a, const struct action_inputs *in, struct str temp,
	struct str text, const struct include_dirs *dirs, struct arena *arena,
	struct header_paths *out)
{
	struct reader r = { .a = a, .in = in, .temp = temp, .arena = arena };
	struct err e = ERR_INIT;
	bool ok = depfile_parse(text, on_path, &r, &e);

	if (ok)
		finish(&r, dirs, out);
	else
		err_set(&a->e, ERR_DEPFILE, "%.*s: the depfile '%.*s' cannot be read: %s",
		    STR_ARG(a->label), STR_ARG(a->depfile.path), e.msg);
	err_fini(&e);
	mem_free(r.v);
	buf_fini(&r.path);
	return ok;
}

/* ---- from paths to contents ---- */

void
action_headers_init(struct headers *h)
{
	memset(h, 0, sizeof(*h));
	asks_init(&h->asks);
}

void
action_headers_fini(struct headers *h)
{
	asks_fini(&h->asks);
}

bool
action_headers_place(struct action *a, const struct action_inputs *in,
	const struct header_paths *paths, struct headers *h)
{
	h->v = ACTION_ARRAY(a, struct header, paths->n);
	for (size_t i = 0; i < paths->n; i++) {
		struct str path = paths->v[i];
		if (action_lookups_is(path)) {
			h->v[h->n++] = (struct header){ .path = path, .ask = asks_add(&h->asks,
			    action_lookups_key(env_keys(a->env), path)) };
			continue;
		}
		const struct input *x = action_inputs_find(in, path);
		if (x && (x->roles & (INPUT_STRICT | INPUT_TOOL)))
			continue;        /* in the first fingerprint */
		if (!x && !path_is_abs(path)) {
			h->undeclared = path;
			return false;
		}
		struct header *out = &h->v[h->n++];
		*out = (struct header){ .path = path, .ask = INPUT_NOT_ASKED };
		if (x && x->art.owner.n > 0)
			out->content = x->content;
		else
			out->ask = asks_add(&h->asks, keys_file(env_keys(a->env), path));
	}
	return true;
}

void
action_headers_fill(struct action *a, struct headers *h)
{
	for (size_t i = 0; i < h->n; i++) {
		struct header *x = &h->v[i];
		if (x->ask == INPUT_NOT_ASKED)
			continue;
		if (action_lookups_is(x->path))
			action_lookups_content(&a->arena, x->path, h->asks.values[x->ask],
			    h->v, h->n, &x->content);
		else
			content_of_file(h->asks.values[x->ask], &x->content);
	}
}

static uint64_t
name_hash(struct str path)
{
	struct str name = path_base(path);

	return hash64(name.p, name.n);
}

static int
by_number(const void *x, const void *y)
{
	uint64_t a = *(const uint64_t *)x, b = *(const uint64_t *)y;

	return (a > b) - (a < b);
}

/* Equal hashes of different names cost a run at worst. */
static void
hash_namesakes(struct hasher *hash, const struct headers *h, const struct action_inputs *in)
{
	uint64_t *names;

	if (h->n == 0)
		return;
	names = mem_alloc(h->n * sizeof(names[0]));
	for (size_t i = 0; i < h->n; i++)
		names[i] = name_hash(h->v[i].path);
	qsort(names, h->n, sizeof(names[0]), by_number);
	for (size_t i = 0; i < in->n; i++) {
		uint64_t name = name_hash(in->v[i].art.path);
		if ((in->v[i].roles & INPUT_MAY_READ) &&
		    bsearch(&name, names, h->n, sizeof(names[0]), by_number))
			hasher_add_str(hash, in->v[i].art.path);
	}
	mem_free(names);
}

struct digest
action_headers_fingerprint(const struct headers *h, const struct action_inputs *in,
	struct digest fp1)
{
	struct hasher *hash = hasher_new();
	struct buf text = BUF_INIT;

	hasher_add_u64(hash, fp1.lo);
	hasher_add_u64(hash, fp1.hi);
	for (size_t i = 0; i < h->n; i++) {
		buf_reset(&text);
		content_put(&text, &h->v[i].content);
		hasher_add_str(hash, h->v[i].path);
		hasher_add_str(hash, buf_str(&text));
	}
	buf_fini(&text);
	hash_namesakes(hash, h, in);
	struct digest d = hasher_digest(hash);
	hasher_free(hash);
	return d;
}

void
action_headers_tags(const struct headers *h, struct tags *out)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < h->n; i++) {
		buf_reset(&text);
		content_put(&text, &h->v[i].content);
		tags_add(out, h->v[i].path, buf_str(&text));
	}
	buf_fini(&text);
}

bool
action_headers_complain(struct action *a, const struct headers *h)
{
	struct str p = h->undeclared, label, config;
	const struct key *maker = claims_owner(a->host, p);
	int64_t index;

	err_set(&a->e, ERR_UNDECLARED_INPUT, "%.*s reads '%.*s', which it does not declare",
	    STR_ARG(a->label), STR_ARG(p));
	if (maker && keys_action_parts(maker, &label, &config, &index))
		err_hint(&a->e, "it is made by %.*s: add that to deps of %.*s", STR_ARG(label),
		    STR_ARG(a->label));
	else if (path_is_within(p, str_of(a->host->out_dir)))
		err_hint(&a->e, "it is generated: add the target that makes it to deps of %.*s",
		    STR_ARG(a->label));
	else
		err_hint(&a->e, "add it to hdrs or srcs of %.*s, or of a target in its deps",
		    STR_ARG(a->label));
	return false;
}
