/* action.c -- node function ACTION: the outputs of one action of a target.
 *
 * Groups: {CONFIGURED_TARGET}; {FILE of sources, ACTION of generated inputs, ENV
 * of inherited variables}; {FILE of the tool's candidates}; {FILE of headers}.
 *
 * Without headers the facts give fingerprint 1.  When it is the old one, the
 * headers of the last run are asked for and give fingerprint 2.  When that is
 * the old one too and the outputs on disk are those we made, the old value is
 * the value.  Else the command runs; headers that the new run did not read are
 * forgotten.
 *
 * compute() is called again after every wait and then repeats its questions;
 * what happened so far is in struct progress.
 */
#include "base/path.h"
#include "eval/env.h"
#include "nodes/action_headers.h"
#include "nodes/action_make.h"
#include "nodes/action_outputs.h"
#include "nodes/action_report.h"
#include "nodes/action_run.h"
#include "nodes/action_stamp.h"
#include "nodes/fns.h"
#include "os/clock.h"

/* Kept between calls, in env_arena. */
struct progress {
	bool decided;                /* it must run: reason says why */
	bool started;                /* the outputs have been cleared */
	bool parsed;                 /* headers were read from the depfile */
	struct str reason, command;
	int64_t start_ns;            /* wall time before the command began */
	struct header_paths headers;
	struct header_paths known;   /* headers hashed before it began */
};

/* Of one call. */
struct job {
	struct action a;
	struct action_inputs in;
	struct action_env env;
	struct action_tool tool;
	struct action_facts facts;
	struct headers headers;
	struct digest fp1;
	struct progress *past;
};

/* ---- ends ---- */

static enum fn_result
fail(struct job *j, const struct action_report *r)
{
	struct action *a = &j->a;

	if (r || j->past->started) {
		action_outputs_drop(a);
		action_run_clean(a, &j->env);
	}
	if (r) {
		struct action_report failed = *r;
		failed.failed = true;
		env_event(a->env, action_report_done(a, &failed));
	}
	return env_fail_value(a->env, action_report_error(a, r));
}

static void
warn(struct env *env, struct str text)
{
	if (text.n > 0)
		env_warn(env, text);
}

static bool
set_stamp(struct job *j, const struct action_report *r, const struct value *outputs)
{
	struct action_tags tags;
	struct tags headers = { NULL, 0, 0 };

	if (!action_key_tags(&j->facts, &tags))
		return false;
	action_headers_tags(&j->headers, &headers);
	env_stamp(j->a.env, action_stamp_make(&(struct action_stamp_parts){
		.fp1 = j->fp1,
		.fp2 = action_headers_fingerprint(&j->headers, j->fp1),
		.tags = &tags, .headers = &headers, .outputs = outputs,
		.text = r->output, .wall_ns = r->wall_ns, .max_rss = r->max_rss,
	}));
	tags_fini(&headers);
	action_tags_fini(&tags);
	return true;
}

/* The command has ended well: what did it make? */
static enum fn_result
finish(struct job *j, const struct action_report *r)
{
	struct action *a = &j->a;
	struct made *made;
	struct value *v = NULL;
	struct vb b;

	if (action_outputs_look(a, &made)) {
		vb_init(&b);
		action_outputs_put_stamps(&b, made, a->noutputs);
		struct value *stamps = vb_finish(&b);
		vb_fini(&b);
		if (set_stamp(j, r, stamps))
			v = action_outputs_value(made, a->noutputs);
		value_unref(stamps);
	}
	action_outputs_fini(made, a->noutputs);
	if (!v)
		return fail(j, r);
	env_event(a->env, action_report_done(a, r));
	warn(a->env, r->output);
	return env_done(a->env, v);
}

/* ---- tests ---- */

static struct value *
test_value(const struct action_report *r, struct str log)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 5u + (r->signal != 0));
	vb_str(&b, STR("exit"));
	vb_int(&b, r->exit_code);
	vb_str(&b, STR("log"));
	vb_str(&b, log);
	vb_str(&b, STR("outputs"));
	vb_list(&b, 0);
	if (r->signal != 0) {
		vb_str(&b, STR("signal"));
		vb_int(&b, r->signal);
	}
	vb_str(&b, STR("status"));
	vb_str(&b, str_of(r->test));
	vb_str(&b, STR("wall"));
	vb_float(&b, (double)r->wall_ns / 1e9);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static bool
write_log(struct action *a, struct str log, struct str text)
{
	struct disk_path p;

	return disk_path_set(&p, path_dir(log), &a->e) &&
	    fs_mkdirs(a->host->root_fd, p.z, &a->e) && disk_path_set(&p, log, &a->e) &&
	    fs_write(a->host->root_fd, p.z, text, false, &a->e);
}

static enum fn_result
finish_test(struct job *j, struct action_report *r)
{
	struct action *a = &j->a;
	struct str log = action_run_log_path(a);
	struct vb b;

	r->test = r->timed_out ? "timeout" :
	    r->exit_code == 0 && r->signal == 0 ? "passed" : "failed";
	action_run_clean(a, &j->env);
	vb_init(&b);
	vb_list(&b, 0);
	struct value *stamps = vb_finish(&b);
	vb_fini(&b);
	bool ok = write_log(a, log, r->output) && set_stamp(j, r, stamps);
	value_unref(stamps);
	if (!ok)
		return fail(j, r);
	env_event(a->env, action_report_done(a, r));
	return env_done(a->env, test_value(r, log));
}

/* Only a passed test whose log is there need not run again. */
static bool
test_holds(const struct host *host, const struct value *value)
{
	struct err e = ERR_INIT;
	struct vr r = vr_of(value);
	struct str status, log;
	struct disk_path p;
	struct fs_stat st;

	bool ok = vr_field_str(&r, "status", &status) && str_eq(status, STR("passed")) &&
	    vr_field_str(&r, "log", &log) && disk_path_set(&p, log, &e) &&
	    fs_lstat(host->root_fd, p.z, &st, &e) && st.kind == FS_FILE;
	err_fini(&e);
	return ok;
}

/* ---- must it run? ---- */

static bool
is_test(const struct value *value)
{
	struct vr r = vr_of(value);
	struct str log;

	return vr_field_str(&r, "log", &log);
}

static enum fn_result
run_because(struct job *j, const char *text)
{
	j->past->decided = true;
	j->past->reason = arena_str(env_arena(j->a.env), str_of(text));
	return FN_WAIT;
}

/* The old value if the outputs hold; else j->past is decided. */
static enum fn_result
reuse(struct job *j, const struct action_stamp *old)
{
	struct env *env = j->a.env;
	const struct value *value = env_old_value(env), *stamp = env_old_stamp(env);
	struct value *moved = NULL;
	struct buf why = BUF_INIT;

	if (is_test(value)) {
		if (!test_holds(j->a.host, value))
			return run_because(j, "it did not pass the last time");
	} else if (!action_outputs_hold(j->a.host, value, old->outputs, &moved, &why)) {
		run_because(j, why.p);
		buf_fini(&why);
		return FN_WAIT;
	} else {
		warn(env, old->text);
	}
	env_stamp(env, moved ? action_stamp_renew(stamp, moved) : value_ref(stamp));
	value_unref(moved);
	return env_done(env, value_ref(value));
}

static void
old_headers(struct job *j, const struct action_stamp *old, struct tags *tags,
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
headers_wanting(struct job *j, size_t from)
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

static enum fn_result
compare_headers(struct job *j, const struct action_stamp *old, const struct tags *were)
{
	struct digest fp2 = action_headers_fingerprint(&j->headers, j->fp1);
	struct tags now = { NULL, 0, 0 };
	struct buf why = BUF_INIT;

	if (digest_eq(fp2, old->fp2))
		return reuse(j, old);
	action_headers_tags(&j->headers, &now);
	if (!tags_differ(were, &now, "header", &why))
		buf_adds(&why, "headers changed");
	run_because(j, why.p);
	tags_fini(&now);
	buf_fini(&why);
	return FN_WAIT;
}

static enum fn_result
check_headers(struct job *j, const struct action_stamp *old)
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
		action_headers_fill(&j->headers);
		r = compare_headers(j, old, &were);
		if (j->past->decided) {
			j->past->known = paths;
			env_forget(env, from);
		}
	}
	tags_fini(&were);
	return r;
}

/* FN_DONE: the old value holds.  FN_FAIL: a->e.  FN_WAIT: when past->decided it
 * must run, else wait. */
static enum fn_result
decide(struct job *j)
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
	return ok ? FN_WAIT : fail(j, NULL);
}

/* ---- running ---- */

static enum fn_result
make_here(struct job *j)
{
	struct action *a = &j->a;
	struct action_report r = {
		.reason = j->past->reason, .command = action_make_command(a), .output = STR(""),
	};
	int64_t start = clock_mono_ns();

	j->past->start_ns = clock_wall_ns();
	bool ok = action_outputs_clear(a) && action_make(a, &j->in) &&
	    action_run_inputs_steady(&j->facts, j->past->start_ns);
	r.wall_ns = clock_mono_ns() - start;
	return ok ? finish(j, &r) : fail(j, &r);
}

static bool
parse_headers(struct job *j)
{
	struct action *a = &j->a;
	struct buf text = BUF_INIT;
	struct disk_path p;

	if (j->past->parsed || a->depfile.path.n == 0)
		return true;
	bool ok = disk_path_set(&p, a->depfile.path, &a->e) &&
	    fs_read(a->host->root_fd, p.z, &text, &a->e);
	if (!ok && strcmp(a->e.code, ERR_NOT_FOUND) == 0) {
		err_set(&a->e, ERR_DEPFILE, "%.*s did not write its depfile '%s'",
		    STR_ARG(a->label), p.z);
		err_hint(&a->e, "for gcc and clang: -MMD -MF %s", p.z);
	}
	ok = ok && action_headers_parse(a, &j->in, j->env.temp, buf_str(&text),
	    env_arena(a->env), &j->past->headers) &&
	    fs_remove(a->host->root_fd, p.z, &a->e);
	buf_fini(&text);
	j->past->parsed = ok;
	return ok;
}

static bool
is_known(const struct header_paths *known, struct str path)
{
	for (size_t lo = 0, hi = known->n; lo < hi;) {
		size_t mid = lo + (hi - lo) / 2;
		int c = str_cmp(path, known->v[mid]);
		if (c == 0)
			return true;
		if (c < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return false;
}

static bool
headers_steady(struct job *j)
{
	for (size_t i = 0; i < j->headers.n; i++) {
		const struct header *h = &j->headers.v[i];
		bool fresh = !is_known(&j->past->known, h->path);
		if (h->ask != INPUT_NOT_ASKED && !action_run_file_steady(&j->a, h->path,
		    &h->content, j->past->start_ns, fresh))
			return false;
	}
	return true;
}

/* The command ended with success (or is a test). */
static enum fn_result
after_command(struct job *j, struct action_report *r)
{
	struct action *a = &j->a;

	if (!parse_headers(j))
		return fail(j, r);
	if (!action_headers_place(a, &j->in, &j->past->headers, &j->headers)) {
		action_headers_complain(a, &j->headers);
		return fail(j, r);
	}
	if (!asks_get(&j->headers.asks, a->env))
		return FN_WAIT;
	action_headers_fill(&j->headers);
	if (!action_run_inputs_steady(&j->facts, j->past->start_ns) || !headers_steady(j))
		return fail(j, r);
	if (a->kind == ACTION_TEST)
		return finish_test(j, r);
	action_run_clean(a, &j->env);
	return finish(j, r);
}

static enum fn_result
ended(struct job *j, const struct run_result *run)
{
	struct action *a = &j->a;
	struct action_report r = {
		.exit_code = run->exit_code, .signal = run->signal,
		.timed_out = run->timed_out, .wall_ns = run->wall_ns,
		.max_rss = run->max_rss, .reason = j->past->reason,
		.command = j->past->command, .output = run->output,
	};

	if (run->err.code) {
		err_set(&a->e, run->err.code, "%.*s: %s", STR_ARG(a->label), run->err.msg);
		if (run->err.hint)
			err_hint(&a->e, "%s", run->err.hint);
		a->e.transient = true;
		return fail(j, &r);
	}
	bool good = run->exit_code == 0 && run->signal == 0 && !run->timed_out;
	if (good || a->kind == ACTION_TEST)
		return after_command(j, &r);
	action_report_set_failure(a, &r);
	return fail(j, &r);
}

static enum fn_result
run(struct job *j)
{
	struct run_request req = { 0 };
	struct str command;

	if (j->a.kind != ACTION_RUN && j->a.kind != ACTION_TEST)
		return make_here(j);
	if (!j->past->started) {
		j->past->started = true;
		j->past->start_ns = clock_wall_ns();
		if (!action_run_prepare(&j->facts, &req, &command))
			return fail(j, NULL);
		j->past->command = command;
	}
	const struct run_result *result = env_run(j->a.env, &req);
	return result ? ended(j, result) : FN_WAIT;
}

/* ---- the function ---- */

static enum fn_result
know(struct job *j)
{
	enum fn_result r;

	if (!action_inputs_collect(&j->a, &j->in))
		return FN_FAIL;
	r = action_inputs_get(&j->a, &j->in);
	if (r != FN_DONE)
		return r;
	if (!action_env_build(&j->a, &j->in, &j->env))
		return FN_FAIL;
	r = action_env_tool(&j->a, &j->in, &j->env, &j->tool);
	if (r != FN_DONE)
		return r;
	j->facts = (struct action_facts){ &j->a, &j->in, &j->env, &j->tool };
	return action_key_fingerprint(&j->facts, &j->fp1) ? FN_DONE : FN_FAIL;
}

static enum fn_result
drive(struct job *j)
{
	enum fn_result r = know(j);

	if (r == FN_FAIL)
		return fail(j, NULL);
	if (r == FN_WAIT)
		return r;
	if (!j->past->decided) {
		r = decide(j);
		if (!j->past->decided)
			return r;
		action_headers_fini(&j->headers);
		action_headers_init(&j->headers);
	}
	return run(j);
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct job j = { .past = env_state(env, sizeof(struct progress)) };
	enum fn_result r;

	action_inputs_init(&j.in);
	action_headers_init(&j.headers);
	r = action_open(&j.a, env, key);
	if (r == FN_DONE)
		r = drive(&j);
	else if (r == FN_FAIL)
		r = fail(&j, NULL);
	action_headers_fini(&j.headers);
	action_inputs_fini(&j.in);
	action_fini(&j.a);
	return r;
}

static bool
still_valid(struct env *env, const struct key *key)
{
	const struct host *host = env_host(env);
	const struct value *value = env_old_value(env), *stamp = env_old_stamp(env);
	struct action_stamp old;
	struct value *moved;
	struct buf why = BUF_INIT;

	(void)key;
	if (!value || !action_stamp_read(stamp, &old))
		return false;
	if (is_test(value))
		return test_holds(host, value);
	bool ok = action_outputs_hold(host, value, old.outputs, &moved, &why);
	if (moved)
		env_stamp(env, action_stamp_renew(stamp, moved));
	value_unref(moved);
	buf_fini(&why);
	return ok;
}

const struct node_fn node_action = {
	.name = "ACTION",
	.version = 1,
	.flags = FN_SESSION | FN_COUNTED,
	.compute = compute,
	.still_valid = still_valid,
};
