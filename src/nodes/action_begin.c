/* action_begin.c -- see the header. */
#include "nodes/action_begin.h"

#include <stdio.h>

#include "base/path.h"
#include "nodes/action_outputs.h"
#include "os/sandbox.h"

enum {
	NUMBER_ROOM = 16,            /* for the number behind TMPDIR */
	RECENT = 8,                  /* directories that were just granted */
	MANY = 200                   /* with a depfile, from here on directories are granted */
};

struct grants {
	const struct action_begin *b;
	int ruleset;
	unsigned rights;
	bool by_dir, list_beside;
	struct str recent[RECENT];
	size_t next;
	struct err *e;
	bool failed;
};

/* ---- before the queue ---- */

/* A default that ends in the directory all actions share gets room for a number. */
static void
make_room(struct action_begin *b, const char *name, struct arena *arena)
{
	size_t n = strlen(name);

	for (char **v = b->env; *v; v++)
		if (strncmp(*v, name, n) == 0 && (*v)[n] == '=' && strcmp(*v + n + 1, b->temp) == 0)
			*v = arena_printf(arena, "%s%*s", *v, NUMBER_ROOM, "");
}

static void
copy_outputs(struct action_begin *b, const struct action *a, struct arena *arena)
{
	b->outputs = arena_alloc(arena, (a->noutputs + 1) * sizeof(b->outputs[0]));
	for (size_t i = 0; i < a->noutputs; i++)
		b->outputs[i] = a->outputs[i];
	b->noutputs = a->noutputs;
	b->depfile = a->depfile;
}

struct action_begin *
action_begin_new(const struct action_facts *f, const struct args *args, char **env,
	struct arena *arena)
{
	const struct action *a = f->a;
	struct action_begin *b = arena_alloc(arena, sizeof(*b));

	b->host = a->host;
	b->record = a->record;
	copy_outputs(b, a, arena);
	b->tool = arena_str(arena, f->tool->path);
	b->tool_real = f->tool->content.real;
	if (f->env->path_declared)
		b->path = arena_str(arena, f->env->path);
	b->params = args->files;
	b->nparams = args->nfiles;
	b->env = env;
	b->temp = arena_printf(arena, "%s/%.*s", a->host->root, STR_ARG(f->env->temp));
	b->network = a->network;
	make_room(b, "TMPDIR", arena);
	make_room(b, "HOME", arena);
	return b;
}

/* ---- the sandbox ---- */

static void
allow(struct grants *g, struct str path, unsigned rights)
{
	const struct host *host = g->b->host;

	if (g->failed || (path_is_abs(path) && rights == SANDBOX_READ &&
	    sandbox_covers(host->sandbox, path)))
		return;
	g->failed = !sandbox_allow(host->sandbox, g->ruleset, host->root_fd, path, rights, g->e);
}

static void
allow_dir(struct grants *g, struct str dir, unsigned rights)
{
	for (size_t i = 0; i < RECENT; i++)
		if (g->recent[i].p && str_eq(g->recent[i], dir))
			return;
	g->recent[g->next++ % RECENT] = dir;
	allow(g, dir, rights);
}

static void
on_artifact(void *arg, struct vr item)
{
	struct grants *g = arg;
	struct artifact art;

	if (g->failed || !artifact_read(&item, &art))
		return;
	if (g->by_dir)
		allow_dir(g, art.dir ? art.path : path_dir(art.path), g->rights);
	else
		allow(g, art.path, art.dir ? g->rights | SANDBOX_LIST : g->rights);
	if (g->list_beside && (path_is_abs(art.path) || path_ups(art.path) > 0))
		allow_dir(g, path_dir(art.path), SANDBOX_LIST);
}

static void
on_counted(void *arg, struct vr item)
{
	size_t *n = arg;

	(void)item;
	(*n)++;
}

static void
walk(const struct action_begin *b, const char *field, void (*fn)(void *, struct vr), void *arg)
{
	const struct value *depset;
	struct vr r;
	size_t n;

	if (!vr_field(&b->record, field, &r) || vr_kind(&r) == VALUE_NIL)
		return;
	if (vr_depset(&r, &depset)) {
		depset_walk(depset, fn, arg);
		return;
	}
	if (!vr_list(&r, &n))
		return;
	for (; n > 0; n--) {
		if (vr_depset(&r, &depset)) {
			depset_walk(depset, fn, arg);
		} else {
			fn(arg, r);
			vr_skip(&r);
		}
	}
}

/* What a compiler may read can be thousands of headers, each time; the depfile
 * tells what it did read, and that is checked.  Other commands may see names in
 * the workspace, since interpreters list the directories they search for modules,
 * from the top down; but what they see they may not open. */
static void
allow_inputs(struct grants *g)
{
	bool depfile = g->b->depfile.path.n > 0;
	size_t count = 0;

	g->rights = SANDBOX_READ;
	g->list_beside = !depfile;
	if (!depfile)
		allow(g, STR(""), SANDBOX_LIST);
	walk(g->b, "inputs", on_artifact, g);
	walk(g->b, "tools", on_artifact, g);
	if (depfile)
		walk(g->b, "may_read", on_counted, &count);
	g->by_dir = count > MANY;
	walk(g->b, "may_read", on_artifact, g);
}

/* The directory a tool was installed in: its libraries lie there, too.  Never one
 * that holds the workspace, or all that the user has. */
static struct str
install_dir(const struct host *host, struct str dir)
{
	const char *home = host->getenv(host, "HOME");
	struct str base = path_base(dir), up = path_dir(dir), root = str_of(host->root);

	if ((str_eq(base, STR("bin")) || str_eq(base, STR("sbin")) ||
	    str_eq(base, STR("libexec"))) && up.n > 1 && !path_is_within(root, up) &&
	    !(home && str_eq(up, str_of(home))))
		return up;
	return path_is_within(root, dir) ? STR("") : dir;
}

static void
allow_tool(struct grants *g, struct str path)
{
	if (path.n == 0)
		return;
	allow(g, path, SANDBOX_READ);
	if (!path_is_abs(path) || sandbox_covers(g->b->host->sandbox, path))
		return;
	struct str dir = install_dir(g->b->host, path_dir(path));
	if (dir.n > 0)
		allow(g, dir, SANDBOX_READ | SANDBOX_LIST);
}

static void
on_tool(void *arg, struct vr item)
{
	struct artifact art;

	if (artifact_read(&item, &art) && path_is_abs(art.path))
		allow_tool(arg, art.path);
}

static void
allow_search_path(struct grants *g)
{
	struct str dirs = g->b->path;

	while (dirs.n > 0) {
		const char *colon = memchr(dirs.p, ':', dirs.n);
		size_t n = colon ? (size_t)(colon - dirs.p) : dirs.n;
		struct str dir = { dirs.p, n };
		if (path_is_abs(dir) && !sandbox_covers(g->b->host->sandbox, dir)) {
			dir = install_dir(g->b->host, dir);
			if (dir.n > 0)
				allow(g, dir, SANDBOX_READ | SANDBOX_LIST);
		}
		dirs.p += n + (colon != NULL);
		dirs.n -= n + (colon != NULL);
	}
}

static bool
reads_back(const struct action_begin *b)
{
	struct vr execution;
	bool on = false;

	if (vr_field(&b->record, "execution", &execution) &&
	    vr_kind(&execution) == VALUE_MAP)
		vr_field_bool(&execution, "read_back", &on);
	return on || b->read_back || b->depfile.path.n > 0;
}

static void
allow_outputs(struct grants *g)
{
	const struct action_begin *b = g->b;
	unsigned rights = reads_back(b) ? SANDBOX_ALL : SANDBOX_WRITE | SANDBOX_LIST;

	memset(g->recent, 0, sizeof(g->recent));
	for (size_t i = 0; i < b->noutputs; i++) {
		if (b->outputs[i].dir)
			allow(g, b->outputs[i].path, SANDBOX_ALL);
		else
			allow_dir(g, path_dir(b->outputs[i].path), rights);
	}
	if (b->depfile.path.n > 0)
		allow_dir(g, path_dir(b->depfile.path), rights);
	for (size_t i = 0; i < b->nparams; i++)
		allow(g, b->params[i].path, SANDBOX_READ);
}

/* 0: it cannot be made. */
static int
make_ruleset(const struct action_begin *b, struct str temp, struct err *e)
{
	struct grants g = { .b = b, .e = e };

	g.ruleset = sandbox_ruleset(b->host->sandbox, b->network, e);
	if (g.ruleset < 0)
		return 0;
	allow_inputs(&g);
	walk(b, "tools", on_tool, &g);
	allow_tool(&g, b->tool);
	allow_tool(&g, b->tool_real);
	allow_search_path(&g);
	allow_outputs(&g);
	allow(&g, temp, SANDBOX_ALL);
	if (!g.failed)
		return g.ruleset;
	sandbox_close(g.ruleset);
	return 0;
}

bool
action_begin_may_write(const struct action *a, struct str path)
{
	for (size_t i = 0; i < a->noutputs; i++) {
		const struct artifact *out = &a->outputs[i];
		if (path_is_within(path, out->dir ? out->path : path_dir(out->path)))
			return true;
	}
	return a->depfile.path.n > 0 && path_is_within(path, path_dir(a->depfile.path));
}

/* ---- when a place is free ---- */

/* A number's directory is used again by the next action of that number: whatever
 * the one before left there goes first. */
static bool
make_temp(const struct action_begin *b, const char *path, struct err *e)
{
	struct err missing = ERR_INIT;
	struct fs_list list;
	bool clean = fs_list(b->host->root_fd, path, &list, &missing) && list.n == 0;

	if (!missing.code)
		fs_list_fini(&list);
	err_fini(&missing);
	return clean || (fs_remove(b->host->root_fd, path, e) &&
	    fs_mkdirs(b->host->root_fd, path, e));
}

/* The variable as it stands in the environment, and in no other; NULL when the
 * action sets it itself. */
static const char *
set_number(const struct action_begin *b, const char *name, unsigned number)
{
	size_t n = strlen(name), temp = strlen(b->temp);

	for (char **v = b->env; *v; v++) {
		if (strncmp(*v, name, n) != 0 || (*v)[n] != '=' ||
		    strncmp(*v + n + 1, b->temp, temp) != 0 || strlen(*v) <= n + 1 + temp)
			continue;
		snprintf(*v + n + 1 + temp, NUMBER_ROOM, "/%u", number);
		return *v;
	}
	return NULL;
}

static bool
write_params(const struct action_begin *b, struct err *e)
{
	struct disk_path p;

	for (size_t i = 0; i < b->nparams; i++) {
		struct str path = b->params[i].path;
		if (!disk_path_set(&p, path_dir(path), e) ||
		    !fs_mkdirs(b->host->root_fd, p.z, e) || !disk_path_set(&p, path, e) ||
		    !fs_write(b->host->root_fd, p.z, b->params[i].text, false, e))
			return false;
	}
	return true;
}

bool
action_begin(void *arg, struct run_start *start, struct err *e)
{
	const struct action_begin *b = arg;
	struct buf temp = BUF_INIT;

	buf_printf(&temp, "%s/state/tmp/%u", b->host->out_dir, start->slot);
	bool ok = action_outputs_clear(b->host, b->outputs, b->noutputs, e) &&
	    (b->depfile.path.n == 0 || action_outputs_clear(b->host, &b->depfile, 1, e)) &&
	    make_temp(b, temp.p, e) && write_params(b, e);
	if (ok) {
		start->mark = set_number(b, "TMPDIR", start->slot);
		const char *home = set_number(b, "HOME", start->slot);
		start->mark = start->mark ? start->mark : home;
	}
	if (ok && b->host->sandbox) {
		start->ruleset = make_ruleset(b, buf_str(&temp), e);
		start->no_network = !b->network;
		ok = start->ruleset > 0;
	}
	buf_fini(&temp);
	return ok;
}
