/* action.c -- node function ACTION: the outputs of one action of a target.
 *
 * Groups: {CONFIGURED_TARGET}; {FILE of sources, ACTION of generated inputs, ENV
 * of inherited variables}; {FILE of the tool's candidates}; {FILE of headers}.
 *
 * Without headers the facts give fingerprint 1.  When it is the old one, the
 * headers of the last run are asked for and give fingerprint 2.  When that is
 * the old one too and the outputs on disk are those we made, the old value is
 * the value.  Else the local cache is asked (action_cache.h).  Else the command
 * runs; headers that the new run did not read are forgotten.
 *
 * compute() is called again after every wait and then repeats its questions;
 * what happened so far is in struct action_progress.
 */
#include "base/path.h"
#include "eval/env.h"
#include "eval/errval.h"
#include "nodes/action_cache.h"
#include "nodes/action_job.h"
#include "nodes/action_lookups.h"
#include "nodes/action_make.h"
#include "nodes/action_outputs.h"
#include "nodes/action_refused.h"
#include "nodes/action_run.h"
#include "nodes/action_twice.h"
#include "nodes/claims.h"
#include "nodes/fns.h"
#include "nodes/keys.h"
#include "os/clock.h"

/* ---- ends ---- */

enum fn_result
action_fail(struct action_job *j, const struct action_report *r)
{
	struct action *a = &j->a;

	if (r || j->past->started)
		action_outputs_drop(a);
	if (r) {
		struct action_report failed = *r;
		failed.failed = true;
		env_event(a->env, action_report_done(a, &failed));
	}
	return env_fail_value(a->env, action_report_error(a, r));
}

bool
action_set_stamp(struct action_job *j, const struct action_report *r,
	const struct value *outputs)
{
	struct action_tags tags;
	struct tags headers = { NULL, 0, 0 };

	if (!action_key_tags(&j->facts, &tags))
		return false;
	action_headers_tags(&j->headers, &headers);
	j->fp2 = action_headers_fingerprint(&j->headers, &j->in, j->fp1);
	env_stamp(j->a.env, action_stamp_make(&(struct action_stamp_parts){
		.fp1 = j->fp1,
		.fp2 = j->fp2,
		.tags = &tags, .headers = &headers, .outputs = outputs,
		.text = r->output, .wall_ns = r->wall_ns, .max_rss = r->max_rss,
	}));
	tags_fini(&headers);
	action_tags_fini(&tags);
	return true;
}

/* The command has ended well: what did it make? */
static enum fn_result
finish(struct action_job *j, const struct action_report *r)
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
		if (action_set_stamp(j, r, stamps))
			v = action_outputs_value(made, a->noutputs);
		value_unref(stamps);
	}
	if (v)
		action_cache_keep(j, r, made, v);
	action_outputs_fini(made, a->noutputs);
	if (!v)
		return action_fail(j, r);
	env_event(a->env, action_report_done(a, r));
	if (r->output.n > 0)
		env_warn(a->env, r->output);
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

static enum fn_result
finish_test(struct action_job *j, struct action_report *r)
{
	struct action *a = &j->a;
	struct str log = action_run_log_path(a);
	struct vb b;

	r->test = r->timed_out ? "timeout" :
	    r->exit_code == 0 && r->signal == 0 ? "passed" : "failed";
	vb_init(&b);
	vb_list(&b, 0);
	struct value *stamps = vb_finish(&b);
	vb_fini(&b);
	bool ok = (r->logged || action_run_write_log(a, log, r->output)) &&
	    action_set_stamp(j, r, stamps);
	value_unref(stamps);
	if (!ok)
		return action_fail(j, r);
	struct value *v = test_value(r, log);
	if (strcmp(r->test, "passed") == 0)
		action_cache_keep(j, r, NULL, v);
	env_event(a->env, action_report_done(a, r));
	return env_done(a->env, v);
}

/* ---- running ---- */

static enum fn_result
make_here(struct action_job *j)
{
	struct action *a = &j->a;
	struct action_report r = {
		.reason = j->past->reason, .command = action_make_command(a), .output = STR(""),
	};
	int64_t start = clock_mono_ns();

	j->past->start_ns = clock_wall_ns();
	bool ok = action_outputs_clear(a->host, a->outputs, a->noutputs, &a->e) &&
	    action_make(a, &j->in) &&
	    action_run_inputs_steady(&j->facts, j->past->start_ns);
	r.wall_ns = clock_mono_ns() - start;
	return ok ? finish(j, &r) : action_fail(j, &r);
}

static bool
parse_headers(struct action_job *j)
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
	    &j->past->dirs, env_arena(a->env), &j->past->headers) &&
	    fs_remove(a->host->root_fd, p.z, &a->e);
	buf_fini(&text);
	j->past->parsed = ok;
	return ok;
}

/* The list of what the second of two runs read is not wanted. */
static bool
drop_depfile(struct action *a)
{
	struct disk_path p;

	return a->depfile.path.n == 0 || (disk_path_set(&p, a->depfile.path, &a->e) &&
	    fs_remove(a->host->root_fd, p.z, &a->e));
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
headers_steady(struct action_job *j)
{
	for (size_t i = 0; i < j->headers.n; i++) {
		const struct header *h = &j->headers.v[i];
		bool fresh = !is_known(&j->past->known, h->path);
		if (h->ask != INPUT_NOT_ASKED && !action_lookups_is(h->path) &&
		    !action_run_file_steady(&j->a, h->path,
		    &h->content, j->past->start_ns, fresh))
			return false;
	}
	return true;
}

/* Some header is missing or in error; the error of one is the action's. */
static enum fn_result
headers_failing(struct action_job *j, const struct action_report *r)
{
	const struct asks *asks = &j->headers.asks;
	struct action *a = &j->a;
	struct str path, message;

	for (size_t i = 0; i < asks->n; i++) {
		const struct value *error =
		    asks->values[i] ? NULL : env_error(a->env, asks->keys[i]);
		if (!error)
			continue;
		CHECK(key_arg_str(asks->keys[i], &path));
		message = errval_message(error);
		err_set(&a->e, ERR_MISSING_INPUT, "%.*s reads '%.*s': %.*s",
		    STR_ARG(a->label), STR_ARG(path), STR_ARG(message));
		a->e.transient = errval_transient(error);
		return action_fail(j, r);
	}
	return FN_WAIT;
}

/* The first of two runs is good.  Its outputs are looked at here, so that what is
 * missing is told as ever. */
static enum fn_result
run_again(struct action_job *j, const struct action_report *r)
{
	struct action *a = &j->a;
	struct run_request req = { 0 };
	struct made *made;
	struct str command;

	bool ok = action_outputs_look(a, &made);
	action_outputs_fini(made, a->noutputs);
	if (!ok || !action_twice_keep(a) || !action_run_prepare(&j->facts,
	    j->past->read_back, &req, &command))
		return action_fail(j, r);
	struct action_report *first = arena_alloc(env_arena(a->env), sizeof(*first));
	*first = *r;
	j->past->first = first;
	env_run_again(a->env, &req);
	return FN_WAIT;
}

/* The command ended with success (or is a test). */
static enum fn_result
after_command(struct action_job *j, struct action_report *r)
{
	struct action *a = &j->a;

	if (!parse_headers(j))
		return action_fail(j, r);
	if (!action_headers_place(a, &j->in, &j->past->headers, &j->headers)) {
		action_headers_complain(a, &j->headers);
		return action_fail(j, r);
	}
	if (!asks_get(&j->headers.asks, a->env))
		return headers_failing(j, r);
	action_headers_fill(a, &j->headers);
	if (!action_run_inputs_steady(&j->facts, j->past->start_ns) || !headers_steady(j))
		return action_fail(j, r);
	if (a->kind == ACTION_TEST)
		return finish_test(j, r);
	return a->host->twice && !j->past->compared ? run_again(j, r) : finish(j, r);
}

/* A command may have to read what it has written, as few do: it gets a second
 * try, in which what others left in that directory is not kept from it. */
static enum fn_result
again(struct action_job *j)
{
	struct run_request req = { 0 };
	struct str command;

	j->past->read_back = true;
	j->past->start_ns = clock_wall_ns();
	if (!action_run_prepare(&j->facts, true, &req, &command))
		return action_fail(j, NULL);
	env_run_again(j->a.env, &req);
	return FN_WAIT;
}

static enum fn_result
command_failed(struct action_job *j, const struct action_report *r)
{
	struct action *a = &j->a;
	enum refusal refused = r->timed_out ? REFUSED_NO : action_refused(j, r->output);

	if (refused == REFUSED_UNKNOWN && !j->past->read_back && a->depfile.path.n == 0 &&
	    a->kind == ACTION_RUN)
		return again(j);
	if (refused != REFUSED_EXPLAINED)
		action_report_set_failure(a, r);
	if (refused == REFUSED_UNKNOWN)
		err_hint(&a->e, "the sandbox may be the cause: a command may read only what it "
		    "declares (--sandbox=off shows whether it is)");
	return action_fail(j, r);
}

static enum fn_result
ended(struct action_job *j, const struct run_result *run)
{
	struct action *a = &j->a;
	struct action_report r = {
		.exit_code = run->exit_code, .signal = run->signal,
		.timed_out = run->timed_out, .logged = run->logged, .wall_ns = run->wall_ns,
		.max_rss = run->max_rss, .reason = j->past->reason,
		.command = j->past->command, .output = run->output,
	};

	if (run->left.n > 0 && !j->past->told_left)
		env_event(a->env, action_report_left(a, run->left));
	j->past->told_left = true;
	if (run->err.code) {
		err_set(&a->e, run->err.code, "%.*s: %s", STR_ARG(a->label), run->err.msg);
		if (run->err.hint)
			err_hint(&a->e, "%s", run->err.hint);
		a->e.transient = true;
		return action_fail(j, run->given_up ? NULL : &r);
	}
	bool good = run->exit_code == 0 && run->signal == 0 && !run->timed_out;
	if (good && j->past->first && !j->past->compared) {
		if (!drop_depfile(a) || !action_twice_same(a))
			return action_fail(j, &r);
		j->past->compared = true;
	}
	if (j->past->compared)
		r = *j->past->first;
	if (good || a->kind == ACTION_TEST)
		return after_command(j, &r);
	return command_failed(j, &r);
}

/* ---- a dry run ---- */

static enum fn_result
would_run(struct action_job *j, struct str reason)
{
	struct action *a = &j->a;
	struct str command = STR("");

	if (a->kind != ACTION_RUN && a->kind != ACTION_TEST)
		command = action_make_command(a);
	else if (!action_run_command(a, &command))
		return action_fail(j, NULL);
	env_event(a->env, action_report_would(a, command, reason));
	err_set(&a->e, ERR_DRY_RUN, "%.*s would run", STR_ARG(a->label));
	a->e.transient = true;
	return env_fail_value(a->env, action_report_error(a, NULL));
}

/* What needs the output of an action that would run, would run as well. */
static enum fn_result
would_wait(struct action_job *j)
{
	for (size_t i = 0; i < j->in.n; i++) {
		const struct input *x = &j->in.v[i];
		if (x->ask == INPUT_NOT_ASKED || j->in.asks.values[x->ask])
			continue;
		const struct value *e = env_error(j->a.env, j->in.asks.keys[x->ask]);
		if (e && str_eq(errval_code(e), STR(ERR_DRY_RUN)))
			return would_run(j, str_of(arena_printf(&j->a.arena,
			    "input would be made anew: %.*s", STR_ARG(x->art.path))));
	}
	return FN_WAIT;
}

static enum fn_result
run(struct action_job *j)
{
	struct run_request req = { 0 };
	struct str command;

	if (j->a.host->dry)
		return would_run(j, j->past->reason);
	if (j->a.kind != ACTION_RUN && j->a.kind != ACTION_TEST)
		return make_here(j);
	if (!j->past->started) {
		j->past->started = true;
		j->past->start_ns = clock_wall_ns();
		if (!action_run_prepare(&j->facts, false, &req, &command))
			return action_fail(j, NULL);
		j->past->command = command;
		if (j->a.depfile.path.n > 0)
			action_lookups_dirs(j->a.host, req.argv, env_arena(j->a.env),
			    &j->past->dirs);
	}
	const struct run_result *result = env_run(j->a.env, &req);
	return result ? ended(j, result) : FN_WAIT;
}

/* ---- the function ---- */

static enum fn_result
know(struct action_job *j)
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

/* Are its outputs those of the last time? */
static bool
made_before(const struct action *a)
{
	const struct value *old = env_old_value(a->env);
	struct str path;
	struct vr list;
	size_t n;

	if (!old)
		return false;
	struct vr r = vr_of(old);
	if (!vr_field(&r, "outputs", &list) || !vr_list(&list, &n) || n != a->noutputs)
		return false;
	for (size_t i = 0; i < n; i++, vr_skip(&list))
		if (!vr_field_str(&list, "path", &path) || !str_eq(path, a->outputs[i].path))
			return false;
	return true;
}

/* Outputs that rules make up for themselves can meet those of another target. */
static bool
claim_outputs(struct action *a)
{
	if (a->host->claims && !made_before(a))
		claims_settle(a->host);
	for (size_t i = 0; a->host->claims && i < a->noutputs; i++) {
		struct str label, config, path = a->outputs[i].path;
		const struct key *other = claims_take(a->host->claims, path, a->key);
		int64_t index;
		if (!other)
			continue;
		CHECK(keys_action_parts(other, &label, &config, &index));
		bool before = str_cmp(label, a->label) < 0;     /* the same words from both */
		struct str first = before ? label : a->label, second = before ? a->label : label;
		err_set(&a->e, ERR_TWO_OWNERS, "'%.*s' is made by two targets: %.*s and %.*s",
		    STR_ARG(path), STR_ARG(first), STR_ARG(second));
		err_hint(&a->e, "an output belongs to one target");
		return false;
	}
	return true;
}

static void
forget_headers(struct action_job *j)
{
	action_headers_fini(&j->headers);
	action_headers_init(&j->headers);
}

static enum fn_result
drive(struct action_job *j)
{
	enum fn_result r = claim_outputs(&j->a) ? know(j) : FN_FAIL;

	if (r == FN_FAIL)
		return action_fail(j, NULL);
	if (r == FN_WAIT)
		return j->a.host->dry ? would_wait(j) : r;
	if (!j->past->decided) {
		r = action_decide(j);
		if (!j->past->decided)
			return r;
		forget_headers(j);
	}
	if (!j->past->missed) {
		r = action_cache_restore(j);
		if (!j->past->missed)
			return r;
		forget_headers(j);
	}
	return run(j);
}

static void
cost(const struct value *stamp, struct run_cost *out)
{
	struct vr map;

	if (!stamp)
		return;
	map = vr_of(stamp);
	vr_field_int(&map, "wall", &out->wall_ns);
	vr_field_int(&map, "max_rss", &out->memory_kib);
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct action_job j = { .past = env_state(env, sizeof(struct action_progress)) };
	enum fn_result r;

	action_inputs_init(&j.in);
	action_headers_init(&j.headers);
	r = action_open(&j.a, env, key, &j.past->place);
	if (r == FN_DONE)
		r = drive(&j);
	else if (r == FN_FAIL)
		r = action_fail(&j, NULL);
	action_headers_fini(&j.headers);
	action_inputs_fini(&j.in);
	action_fini(&j.a);
	return r;
}

const struct node_fn node_action = {
	.name = "ACTION",
	.version = 3,
	.flags = FN_SESSION | FN_COUNTED | FN_KEPT | FN_SETTLED,
	.compute = compute,
	.cost = cost,
	.still_valid = action_still_valid,
	.unchanged = action_unchanged,
	.settle = action_settle,
};
