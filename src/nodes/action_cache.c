/* action_cache.c -- see the header. */
#include "nodes/action_cache.h"

#include "base/die.h"
#include "nodes/action_make.h"
#include "nodes/action_run.h"
#include "nodes/cached_tree.h"
#include "nodes/fns.h"
#include "os/clock.h"

enum { MAX_SETS = 4 };

enum entry_kind { ENTRY_RESULT, ENTRY_SETS };

static struct digest
entry_key(struct digest fp, enum entry_kind kind)
{
	uint64_t parts[4] = { fp.lo, fp.hi, node_action.version, kind };

	return digest_of(parts, sizeof(parts));
}

static bool
is_command(const struct action *a)
{
	return a->kind == ACTION_RUN || a->kind == ACTION_TEST;
}

/* ---- keeping ---- */

static bool
put_trees(const struct action *a, struct vb *b, const struct made *made)
{
	size_t inlined = 0;
	bool ok = true;

	if (!is_command(a) || !made) {
		vb_list(b, 0);
		return true;
	}
	vb_list(b, a->noutputs);
	for (size_t i = 0; ok && i < a->noutputs; i++)
		ok = cached_tree_put(a->host, b, made[i].path, &made[i].look, &inlined);
	return ok;
}

static bool
put_result(const struct action *a, struct vb *b, const struct action_report *r,
	const struct made *made, const struct value *v)
{
	vb_map(b, 5);
	vb_str(b, STR("max_rss"));
	vb_int(b, r->max_rss);
	vb_str(b, STR("text"));
	vb_str(b, r->output);
	vb_str(b, STR("trees"));
	if (!put_trees(a, b, made))
		return false;
	vb_str(b, STR("value"));
	vb_value(b, v);
	vb_str(b, STR("wall"));
	vb_int(b, r->wall_ns);
	return true;
}

static void
put_set(struct buf *out, const struct header_paths *paths)
{
	struct tags names = { NULL, 0, 0 };

	for (size_t i = 0; i < paths->n; i++)
		tags_add(&names, paths->v[i], STR(""));
	tags_put(out, &names);
	tags_fini(&names);
}

/* This set first, then those that were there before, but not too many. */
static struct value *
new_sets(const struct value *old, struct str set)
{
	struct str keep[MAX_SETS] = { set }, s;
	size_t n = 1, left = 0;
	struct vb b;

	if (old) {
		struct vr r = vr_of(old);
		for (vr_list(&r, &left); left > 0 && n < MAX_SETS && vr_str(&r, &s); left--)
			if (!str_eq(s, set))
				keep[n++] = s;
	}
	vb_init(&b);
	vb_list(&b, n);
	for (size_t i = 0; i < n; i++)
		vb_str(&b, keep[i]);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
keep_set(struct action_job *j)
{
	const struct host_cache *cache = j->a.host->cache;
	struct digest key = entry_key(j->fp1, ENTRY_SETS);
	struct value *old = cache->get(cache->c, key);
	struct buf set = BUF_INIT;

	put_set(&set, &j->past->headers);
	struct value *v = new_sets(old, buf_str(&set));
	if (!old || !value_eq(old, v))
		cache->put(cache->c, key, v);
	value_unref(old);
	value_unref(v);
	buf_fini(&set);
}

void
action_cache_keep(struct action_job *j, const struct action_report *r, const struct made *made,
	const struct value *v)
{
	const struct host_cache *cache = j->a.host->cache;
	struct vb b;

	if (!cache)
		return;
	vb_init(&b);
	if (put_result(&j->a, &b, r, made, v)) {
		struct value *result = vb_finish(&b);
		cache->put(cache->c, entry_key(j->fp2, ENTRY_RESULT), result);
		value_unref(result);
		if (j->a.depfile.path.n > 0)
			keep_set(j);
	}
	vb_fini(&b);
}

/* ---- restoring ---- */

struct result {
	struct str text;
	struct vr trees;
	size_t ntrees;
	struct value *value;             /* owned */
	int64_t wall_ns, max_rss;
};

static bool
read_result(const struct value *v, struct result *out)
{
	struct vr r = vr_of(v), value;

	memset(out, 0, sizeof(*out));
	if (!vr_field_str(&r, "text", &out->text) || !vr_field(&r, "trees", &out->trees) ||
	    !vr_list(&out->trees, &out->ntrees) || !vr_field(&r, "value", &value) ||
	    !vr_field_int(&r, "wall", &out->wall_ns) ||
	    !vr_field_int(&r, "max_rss", &out->max_rss))
		return false;
	out->value = vr_copy(&value);
	return true;
}

static bool
make_outputs(struct action_job *j, struct result *x)
{
	struct action *a = &j->a;

	if (!action_outputs_clear(a->host, a->outputs, a->noutputs, &a->e))
		return false;
	if (!is_command(a))
		return action_make(a, &j->in);
	bool ok = x->ntrees == a->noutputs;
	for (size_t i = 0; ok && i < a->noutputs; i++)
		ok = cached_tree_make(a->host, &x->trees, a->outputs[i].path);
	return ok;
}

/* The outputs, as they are now, are what the value says. */
static bool
restore_outputs(struct action_job *j, struct result *x, struct value **stamps)
{
	struct action *a = &j->a;
	struct made *made;
	bool ok;

	if (!make_outputs(j, x))
		return false;
	ok = action_outputs_look(a, &made);
	if (ok) {
		struct value *v = action_outputs_value(made, a->noutputs);
		struct vb b;
		ok = value_eq(v, x->value);
		value_unref(v);
		vb_init(&b);
		action_outputs_put_stamps(&b, made, a->noutputs);
		*stamps = vb_finish(&b);
		vb_fini(&b);
	}
	action_outputs_fini(made, a->noutputs);
	return ok;
}

static bool
restore_test(struct action_job *j, struct result *x, struct value **stamps)
{
	struct vr r = vr_of(x->value);
	struct str log, status;
	struct vb b;

	vb_init(&b);
	vb_list(&b, 0);
	*stamps = vb_finish(&b);
	vb_fini(&b);
	return vr_field_str(&r, "log", &log) && vr_field_str(&r, "status", &status) &&
	    str_eq(status, STR("passed")) && str_eq(log, action_run_log_path(&j->a)) &&
	    action_run_write_log(&j->a, log, x->text);
}

static bool
restore(struct action_job *j, struct result *x)
{
	struct action *a = &j->a;
	int64_t start = clock_mono_ns();
	struct value *stamps = NULL;
	struct action_report r = {
		.restored = true, .reason = j->past->reason, .command = STR(""),
		.output = x->text, .wall_ns = x->wall_ns, .max_rss = x->max_rss,
		.test = a->kind == ACTION_TEST ? "passed" : NULL,
	};
	bool ok = a->kind == ACTION_TEST ? restore_test(j, x, &stamps) :
	    restore_outputs(j, x, &stamps);

	ok = ok && action_set_stamp(j, &r, stamps);
	value_unref(stamps);
	if (!ok) {
		err_fini(&a->e);
		action_outputs_drop(a);
		return false;
	}
	r.wall_ns = clock_mono_ns() - start;
	env_event(a->env, action_report_done(a, &r));
	if (x->text.n > 0 && a->kind != ACTION_TEST)
		env_warn(a->env, x->text);
	env_done(a->env, value_ref(x->value));
	return true;
}

/* With j->headers filled: is there a result? */
static bool
try_result(struct action_job *j)
{
	const struct host_cache *cache = j->a.host->cache;
	struct digest fp2 = action_headers_fingerprint(&j->headers, &j->in, j->fp1);
	struct value *v = cache->get(cache->c, entry_key(fp2, ENTRY_RESULT));
	struct result x;
	bool ok = false;

	if (v && read_result(v, &x)) {
		ok = restore(j, &x);
		value_unref(x.value);
	}
	value_unref(v);
	return ok;
}

static bool
in_error(struct action_job *j)
{
	const struct asks *asks = &j->headers.asks;

	for (size_t i = 0; i < asks->n; i++)
		if (!asks->values[i] && !env_error(j->a.env, asks->keys[i]))
			return false;
	return true;
}

/* One set of headers.  FN_FAIL: not this one. */
static enum fn_result
try_set(struct action_job *j, struct str bytes)
{
	struct header_paths paths = { NULL, 0 };
	struct action *a = &j->a;
	struct tags names;

	if (!tags_get(bytes, &a->arena, &names))
		return FN_FAIL;
	paths.v = ACTION_ARRAY(a, struct str, names.n);
	for (; paths.n < names.n; paths.n++)
		paths.v[paths.n] = names.v[paths.n].name;
	tags_fini(&names);
	action_headers_fini(&j->headers);
	action_headers_init(&j->headers);
	if (!action_headers_place(a, &j->in, &paths, &j->headers))
		return FN_FAIL;
	if (!asks_get(&j->headers.asks, a->env))
		return in_error(j) ? FN_FAIL : FN_WAIT;
	action_headers_fill(a, &j->headers);
	return try_result(j) ? FN_DONE : FN_FAIL;
}

static void
read_sets(struct action_job *j)
{
	const struct host_cache *cache = j->a.host->cache;
	struct action_progress *past = j->past;
	struct value *v = cache->get(cache->c, entry_key(j->fp1, ENTRY_SETS));
	size_t n = 0;
	struct str s;

	past->sets_read = true;
	past->sets_from = env_group_count(j->a.env);
	if (!v)
		return;
	struct vr r = vr_of(v);
	vr_list(&r, &n);
	past->sets = arena_alloc(env_arena(j->a.env), (n + 1) * sizeof(past->sets[0]));
	for (; past->nsets < n && vr_str(&r, &s); past->nsets++)
		past->sets[past->nsets] = arena_str(env_arena(j->a.env), s);
	value_unref(v);
}

static enum fn_result
try_sets(struct action_job *j)
{
	struct action_progress *past = j->past;

	if (!past->sets_read)
		read_sets(j);
	for (; past->set < past->nsets; past->set++) {
		enum fn_result r = try_set(j, past->sets[past->set]);
		if (r != FN_FAIL)
			return r;
		env_forget(j->a.env, past->sets_from);
	}
	return FN_FAIL;
}

/* Some flags want to see it run. */
static bool
may_restore(const struct action *a)
{
	return a->host->cache && !(a->kind == ACTION_TEST && a->host->rerun) &&
	    !(a->kind == ACTION_RUN && a->host->twice);
}

enum fn_result
action_cache_restore(struct action_job *j)
{
	enum fn_result r = FN_FAIL;

	if (!may_restore(&j->a))
		r = FN_FAIL;
	else if (j->a.depfile.path.n > 0)
		r = try_sets(j);
	else if (try_result(j))
		r = FN_DONE;
	j->past->missed = r == FN_FAIL;
	return r == FN_FAIL ? FN_WAIT : r;
}
