/* action_decide.c -- must an action run, and why? (action_job.h) */
#include "eval/env.h"
#include "nodes/action_job.h"
#include "nodes/action_lookups.h"
#include "nodes/action_outputs.h"
#include "nodes/claims.h"
#include "nodes/output_look.h"

static bool
test_passed(struct vr r)
{
	struct str status;

	return vr_field_str(&r, "status", &status) && str_eq(status, STR("passed"));
}

/* Only a passed test whose log is there need not run again. */
static bool
test_holds(const struct host *host, struct vr r)
{
	struct err e = ERR_INIT;
	struct str log;
	struct disk_path p;
	struct fs_stat st;

	bool ok = !host->rerun && test_passed(r) && vr_field_str(&r, "log", &log) &&
	    disk_path_set(&p, log, &e) && fs_lstat(host->root_fd, p.z, &st, &e) &&
	    st.kind == FS_FILE;
	err_fini(&e);
	return ok;
}

static bool
is_test(struct vr r)
{
	struct str log;

	return vr_field_str(&r, "log", &log);
}

static enum fn_result
run_because(struct action_job *j, const char *text)
{
	j->past->decided = true;
	j->past->reason = arena_str(env_arena(j->a.env), str_of(text));
	return FN_WAIT;
}

/* The old value if the outputs hold; else j->past is decided. */
static enum fn_result
reuse(struct action_job *j, const struct action_stamp *old)
{
	struct env *env = j->a.env;
	const struct value *value = env_old_value(env), *stamp = env_old_stamp(env);
	struct value *moved = NULL;
	struct buf why = BUF_INIT;

	if (is_test(vr_of(value))) {
		if (!test_holds(j->a.host, vr_of(value))) {
			/* a cached pass is no answer */
			j->past->missed = !test_passed(vr_of(value));
			return run_because(j, j->a.host->rerun ? "--runs" :
			    "it did not pass the last time");
		}
	} else if (!action_outputs_hold(j->a.host, value, old->outputs, &moved, &why)) {
		run_because(j, why.p);
		buf_fini(&why);
		return FN_WAIT;
	} else if (old->text.n > 0) {
		env_warn(env, old->text);
	}
	env_stamp(env, moved ? action_stamp_renew(stamp, moved) : value_ref(stamp));
	value_unref(moved);
	return env_done(env, value_ref(value));
}

static void
old_headers(struct action_job *j, const struct action_stamp *old, struct tags *tags,
	struct header_paths *paths)
{
	struct arena *arena = env_arena(j->a.env);

	if (!tags_get(old->headers, arena, tags))
		memset(tags, 0, sizeof(*tags));
	paths->v = arena_alloc(arena, (tags->n + 1) * sizeof(paths->v[0]));
	paths->n = tags->n;
	for (size_t i = 0; i < tags->n; i++)
		paths->v[i] = tags->v[i].name;
}

/* Some header is missing or in error.  FN_WAIT and not decided: wait for it. */
static enum fn_result
headers_wanting(struct action_job *j, size_t from)
{
	const struct asks *asks = &j->headers.asks;
	struct buf why = BUF_INIT;
	struct str path;

	for (size_t i = 0; i < asks->n; i++) {
		if (asks->values[i] || !env_error(j->a.env, asks->keys[i]))
			continue;
		CHECK(key_arg_str(asks->keys[i], &path));
		buf_printf(&why, "header changed: %.*s", STR_ARG(path));
		env_forget(j->a.env, from);
		run_because(j, why.p);
		buf_fini(&why);
		break;
	}
	return FN_WAIT;
}

/* The headers, or (without their "./") the places where they were looked for. */
static struct tags
part_of(struct arena *arena, const struct tags *all, bool lookups)
{
	struct tags part = { arena_alloc(arena, (all->n + 1) * sizeof(part.v[0])), 0, 0 };

	for (size_t i = 0; i < all->n; i++) {
		struct tag t = all->v[i];
		if (action_lookups_is(t.name) != lookups)
			continue;
		if (lookups)
			t.name = (struct str){ t.name.p + 2, t.name.n - 2 };
		part.v[part.n++] = t;
	}
	return part;
}

static void
explain_headers(struct action_job *j, const struct tags *were, const struct tags *now,
	struct buf *why)
{
	static const char *const what[] = { "header", "header search" };

	for (int lookups = 0; lookups < 2; lookups++) {
		struct tags a = part_of(&j->a.arena, were, lookups);
		struct tags b = part_of(&j->a.arena, now, lookups);
		if (tags_differ(&a, &b, what[lookups], why))
			return;
	}
	buf_adds(why, "a file named like a header came or went");
}

static enum fn_result
compare_headers(struct action_job *j, const struct action_stamp *old, const struct tags *were)
{
	struct digest fp2 = action_headers_fingerprint(&j->headers, &j->in, j->fp1);
	struct tags now = { NULL, 0, 0 };
	struct buf why = BUF_INIT;

	if (digest_eq(fp2, old->fp2))
		return reuse(j, old);
	action_headers_tags(&j->headers, &now);
	explain_headers(j, were, &now, &why);
	run_because(j, why.p);
	tags_fini(&now);
	buf_fini(&why);
	return FN_WAIT;
}

static enum fn_result
check_headers(struct action_job *j, const struct action_stamp *old)
{
	struct env *env = j->a.env;
	size_t from = env_group_count(env);
	enum fn_result r = FN_WAIT;
	struct header_paths paths;
	struct tags were;

	old_headers(j, old, &were, &paths);
	if (!action_headers_place(&j->a, &j->in, &paths, &j->headers)) {
		char *why = arena_printf(env_arena(env), "header no longer declared: %.*s",
		    STR_ARG(j->headers.undeclared));
		run_because(j, why);
	} else if (!asks_get(&j->headers.asks, env)) {
		headers_wanting(j, from);
	} else {
		action_headers_fill(&j->a, &j->headers);
		r = compare_headers(j, old, &were);
		if (j->past->decided) {
			j->past->known = paths;
			env_forget(env, from);
		}
	}
	tags_fini(&were);
	return r;
}

enum fn_result
action_decide(struct action_job *j)
{
	const struct value *value = env_old_value(j->a.env);
	struct action_stamp old;
	struct buf why = BUF_INIT;

	if (!value || !action_stamp_read(env_old_stamp(j->a.env), &old))
		return run_because(j, "new");
	if (digest_eq(old.fp1, j->fp1))
		return check_headers(j, &old);
	bool ok = action_stamp_reason(&j->facts, &old, &why);
	if (ok)
		run_because(j, why.p);
	buf_fini(&why);
	return ok ? FN_WAIT : action_fail(j, NULL);
}

static bool
claims_hold(const struct host *host, const struct value *value, const struct key *key)
{
	struct vr r = vr_of(value), outputs;
	size_t n = 0;
	struct str path;

	if (!host->claims || !vr_field(&r, "outputs", &outputs))
		return true;
	for (vr_list(&outputs, &n); n > 0; n--, vr_skip(&outputs))
		if (vr_field_str(&outputs, "path", &path) &&
		    claims_take(host->claims, path, key))
			return false;
	return true;
}

bool
action_still_valid(struct env *env, const struct key *key)
{
	const struct host *host = env_host(env);
	const struct value *value = env_old_value(env), *stamp = env_old_stamp(env);
	struct action_stamp old;
	struct value *moved;
	struct buf why = BUF_INIT;

	if (!value || !action_stamp_read(stamp, &old) || !claims_hold(host, value, key))
		return false;
	if (is_test(vr_of(value)))
		return test_holds(host, vr_of(value));
	bool ok = action_outputs_hold(host, value, old.outputs, &moved, &why);
	if (moved)
		env_stamp(env, action_stamp_renew(stamp, moved));
	value_unref(moved);
	buf_fini(&why);
	return ok;
}

bool
action_unchanged(const struct host *host, struct vr arg, struct vr value, struct vr stamp)
{
	struct stat_stamp s;
	struct vr outputs, stamps;
	size_t n, nstamps;
	struct str path;

	(void)arg;
	if (is_test(value))
		return test_holds(host, value);
	if (!stamp.p || !vr_field(&value, "outputs", &outputs) || !vr_list(&outputs, &n) ||
	    !vr_field(&stamp, "outputs", &stamps) || !vr_list(&stamps, &nstamps) || n != nstamps)
		return false;
	for (; n > 0; n--, vr_skip(&outputs))
		if (!stat_stamp_get(&stamps, &s) || !vr_field_str(&outputs, "path", &path) ||
		    !output_stamp_holds(host, path, &s))
			return false;
	return true;
}

static bool
any_racy(struct vr stamps)
{
	struct stat_stamp s;
	size_t n = 0;

	for (vr_list(&stamps, &n); n > 0 && stat_stamp_get(&stamps, &s); n--)
		if (stat_stamp_racy(&s))
			return true;
	return false;
}

struct value *
action_settle(const struct host *host, const struct key *key, const struct value *value,
	const struct value *stamp)
{
	struct buf why = BUF_INIT;
	struct action_stamp old;
	struct value *moved = NULL, *settled = NULL;

	(void)key;
	if (!action_stamp_read(stamp, &old) || !any_racy(old.outputs))
		return NULL;
	if (action_outputs_hold(host, value, old.outputs, &moved, &why) && moved)
		settled = action_stamp_renew(stamp, moved);
	value_unref(moved);
	buf_fini(&why);
	return settled;
}
