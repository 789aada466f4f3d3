/* action_run.c -- see the header. */
#include "nodes/action_run.h"

#include "base/path.h"
#include "nodes/action_args.h"
#include "nodes/action_begin.h"
#include "nodes/action_report.h"
#include "nodes/steady.h"
#include "nodes/disk.h"
#include "os/clock.h"

/* By how much the two clocks may drift apart while neither is set. */
#define STEP_NS INT64_C(1000000000)

/* ---- before ---- */

/* Parameter files stay, so that a command can be repeated by hand. */
static struct str
param_base(struct action *a)
{
	struct str dir = str_of(a->host->out_dir), path = STR("test");

	if (a->noutputs > 0)
		path = (struct str){ a->outputs[0].path.p + dir.n + 1,
		    a->outputs[0].path.n - dir.n - 1 };
	return str_of(arena_printf(&a->arena, "%.*s/param/%.*s", STR_ARG(dir), STR_ARG(path)));
}

/* Does a word name make?  Not as a part of "cmake" or "makefile". */
static bool
names_make(const char *word)
{
	for (const char *at = word; (at = strstr(at, "make")); at += 4) {
		char before = at == word ? ' ' : at[-1], after = at[4];
		if (before == 'g')
			before = at - 1 == word ? ' ' : at[-2];
		bool starts = strchr(" \t\n;&|(`/=", before) != NULL;
		if (starts && (after == '\0' || strchr(" \t\n;&|)`", after)))
			return true;
	}
	return false;
}

/* The record says whether a command shares our -j; else one that names make does. */
static bool
shares_jobs(const struct action *a, char *const *argv)
{
	bool shares = false;

	if (vr_field_bool(&a->record, "jobserver", &shares))
		return shares;
	for (; *argv && !shares; argv++)
		shares = names_make(*argv);
	return shares;
}

static bool
expand(struct action *a, struct arena *arena, struct args *out)
{
	struct vr argv;

	if (!vr_field(&a->record, "argv", &argv))
		return err_set(&a->e, ERR_FUNCTION, "action %lld of %.*s has no argv",
		    (long long)a->index, STR_ARG(a->label));
	return action_args_expand(argv, param_base(a), arena, out, &a->e);
}

static struct str
quoted(struct arena *arena, const struct args *args)
{
	struct buf text = BUF_INIT;

	action_args_quote(&text, args->argv);
	struct str s = arena_str(arena, buf_str(&text));
	buf_fini(&text);
	return s;
}

bool
action_run_command(struct action *a, struct str *out)
{
	struct args args;

	if (!expand(a, &a->arena, &args))
		return false;
	*out = quoted(&a->arena, &args);
	return true;
}

/* The very file that is part of the fingerprint: it is not looked for a second time. */
static const char *
found_program(const struct action_facts *f, const char *name, struct arena *arena)
{
	struct str path = f->tool->path;

	return path.n == 0 || strchr(name, '/') ? NULL : arena_strndup(arena, path.p, path.n);
}

/* What a command prints is shown and stored; only when it is very much, all of it
 * goes into a file as well. */
static const char *
log_of(struct action *a, struct arena *arena)
{
	struct str log = action_run_log_path(a);

	if (a->kind == ACTION_TEST)
		return arena_strndup(arena, log.p, log.n);
	return arena_printf(arena, "%.*s.%lld", STR_ARG(log), (long long)a->index);
}

bool
action_run_prepare(const struct action_facts *f, bool read_back, struct run_request *req,
	struct str *command)
{
	struct action *a = f->a;
	struct arena *arena = env_arena(a->env);
	struct args args;

	if (!expand(a, arena, &args))
		return false;
	*command = quoted(arena, &args);
	struct action_begin *begin = action_begin_new(f, &args,
	    action_env_strings(f->env, arena), arena);
	begin->read_back = read_back;
	*req = (struct run_request){
		.argv = args.argv,
		.env = begin->env,
		.program = found_program(f, args.argv[0], arena),
		.path = arena_strndup(arena, f->env->path.p, f->env->path.n),
		.timeout_ns = a->timeout_s * 1000000000,
		.log = log_of(a, arena),
		.pool = a->pool, .pool_depth = (size_t)a->pool_depth,
		.console = str_eq(a->pool, STR(ACTION_CONSOLE)),
		.jobserver = shares_jobs(a, args.argv),
		.begin = action_begin,
		.begin_arg = begin,
		.display = a->host->no_starts && !str_eq(a->pool, STR(ACTION_CONSOLE)) ? NULL :
		    action_report_start(a, *command),
	};
	vr_field_bool(&a->record, "shell", &req->shell);
	return true;
}

/* ---- after ---- */

static bool
changed(struct action *a, struct str path)
{
	err_set(&a->e, ERR_INPUT_CHANGED, "%.*s: '%.*s' was changed while the command ran",
	    STR_ARG(a->label), STR_ARG(path));
	err_hint(&a->e, "nothing is wrong with it: build again");
	a->e.transient = true;
	return false;
}

/* Can the file not be looked at?  Gone it has been changed; all else is trouble. */
static bool
trouble(struct action *a, struct str path, struct err *e)
{
	if (strcmp(e->code, ERR_NOT_FOUND) == 0) {
		err_fini(e);
		return changed(a, path);
	}
	a->e = *e;
	return false;
}

/* `st`: what was just seen of it; NULL: read it in any case. */
static bool
same_digest(struct action *a, struct str path, const struct content *c, const char *z,
	const struct fs_stat *st, int64_t looked_ns)
{
	struct steady *steady = a->host->steady;
	struct err e = ERR_INIT;
	char hex[DIGEST_HEX + 1];
	struct digest d;
	uint64_t size;

	if (steady && st && steady_has(steady, c->real, st, c->digest))
		return true;
	if (!fs_digest(a->host->root_fd, z, &d, &size, &e))
		return trouble(a, path, &e);
	digest_hex(d, hex);
	if (!str_eq(c->digest, str_of(hex)))
		return changed(a, path);
	if (steady && st)
		steady_add(steady, c->real, st, c->digest, looked_ns);
	return true;
}

/* All inputs were looked at in this session: what was stamped before it began is as
 * it was then.  Unless the clock was set meanwhile: then stamps prove nothing. */
static bool
is_older_than_session(const struct host *h, const struct fs_stat *st)
{
	int64_t newest = st->mtime_ns > st->ctime_ns ? st->mtime_ns : st->ctime_ns;
	int64_t wall = clock_wall_ns() - h->began_wall_ns;
	int64_t drift = wall - (clock_mono_ns() - h->began_mono_ns);

	return newest < h->began_wall_ns - STAT_GRANULARITY_NS && drift < STEP_NS &&
	    drift > -STEP_NS;
}

bool
action_run_file_steady(struct action *a, struct str path, const struct content *c,
	int64_t start_ns, bool fresh)
{
	struct err e = ERR_INIT;
	int64_t looked_ns = clock_wall_ns();
	struct disk_path p;
	struct fs_stat st;

	if (!str_eq(c->kind, STR("file")))
		return true;
	if (!disk_path_set(&p, c->real, &e) || !fs_lstat(a->host->root_fd, p.z, &st, &e))
		return trouble(a, path, &e);
	if (st.kind != FS_FILE || st.executable != c->exec)
		return changed(a, path);
	/* Behind a symlink of the workspace another file may stand by now. */
	if (!str_eq(c->real, path) && !path_is_abs(path))
		return disk_path_set(&p, path, &a->e) &&
		    same_digest(a, path, c, p.z, NULL, looked_ns);
	if (is_older_than_session(a->host, &st))
		return true;
	/* Stamps may be a tick ahead of the clock we read; one that lies further in
	 * the future comes from a clock that was put back. */
	if (fresh && st.ctime_ns > start_ns + STAT_GRANULARITY_NS &&
	    st.ctime_ns <= clock_wall_ns() + STAT_GRANULARITY_NS)
		return changed(a, path);
	return same_digest(a, path, c, p.z, &st, looked_ns);
}

/* Generated inputs were made in this session or found to be as they were: only
 * what was stamped since the command began can be another. */
static bool
generated_steady(struct action *a, const struct input *x, int64_t start_ns)
{
	struct err e = ERR_INIT;
	struct disk_path p;
	struct fs_stat st;

	if (!str_eq(x->content.kind, STR("file")))
		return true;
	if (!disk_path_set(&p, x->art.path, &e) || !fs_lstat(a->host->root_fd, p.z, &st, &e))
		return trouble(a, x->art.path, &e);
	if (st.kind != FS_FILE || st.executable != x->content.exec)
		return changed(a, x->art.path);
	return st.ctime_ns <= start_ns - STAT_GRANULARITY_NS ||
	    same_digest(a, x->art.path, &x->content, p.z, NULL, 0);
}

bool
action_run_inputs_steady(const struct action_facts *f, int64_t start_ns)
{
	for (size_t i = 0; i < f->in->n; i++) {
		const struct input *x = &f->in->v[i];
		if (x->ask == INPUT_NOT_ASKED)
			continue;
		if (!(x->art.owner.n > 0 ? generated_steady(f->a, x, start_ns) :
		    action_run_file_steady(f->a, x->art.path, &x->content, start_ns, false)))
			return false;
	}
	return true;
}

/* ---- tests ---- */

/* "//pkg:name" -> "sky-out/log/pkg/name.log". */
struct str
action_run_log_path(struct action *a)
{
	struct str log, label = a->label;
	struct buf path = BUF_INIT, normal = BUF_INIT;

	if (vr_field_str(&a->record, "log", &log) && path_is_normal(log) &&
	    path_is_within(log, str_of(a->host->out_dir)))
		return log;
	buf_printf(&path, "%s/log/", a->host->out_dir);
	for (size_t i = 0; i < label.n; i++)
		buf_addc(&path, label.p[i] == ':' ? '/' : label.p[i]);
	buf_adds(&path, ".log");
	path_normalize(&normal, buf_str(&path));
	struct str out = arena_str(&a->arena, buf_str(&normal));
	buf_fini(&path);
	buf_fini(&normal);
	return out;
}

bool
action_run_write_log(struct action *a, struct str log, struct str text)
{
	struct disk_path p;

	return disk_path_set(&p, path_dir(log), &a->e) &&
	    fs_mkdirs(a->host->root_fd, p.z, &a->e) && disk_path_set(&p, log, &a->e) &&
	    fs_write(a->host->root_fd, p.z, text, false, &a->e);
}
