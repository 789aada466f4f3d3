/* space.c -- see the header. */
#include "space.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "base/path.h"
#include "eval/env.h"
#include "nodes/keys.h"
#include "nodes/nodes.h"
#include "os/clock.h"
#include "os/fs.h"
#include "text_value.h"

static const char *
get_env(const struct host *h, const char *name)
{
	(void)h;
	return getenv(name);
}

static bool
builtin(const struct host *h, struct str name, struct digest *out)
{
	(void)h;
	*out = digest_of("text", 4);
	return str_eq(name, STR("rules/cc.lua"));
}

static enum fn_result
never(struct env *env, const struct key *key)
{
	struct err e = ERR_INIT;

	(void)key;
	err_set(&e, ERR_NOT_FOUND, "no such target");
	return env_fail(env, &e);
}

static const struct node_fn target_fn = {
	.name = "CONFIGURED_TARGET", .version = 1, .flags = FN_NONHERMETIC, .compute = never,
};

/* ---- life ---- */

void
space_init(struct space *s)
{
	const char *tmp = getenv("TMPDIR");

	memset(s, 0, sizeof(*s));
	snprintf(s->root, sizeof(s->root), "%s/space-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(s->root))
		die(36, "mkdtemp");
	s->fd = open(s->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s->loop = loop_new();
	s->keys = keys_new();
}

static void
forget_result(struct space *s)
{
	value_unref(s->value);
	value_unref(s->error);
	s->value = s->error = NULL;
	buf_reset(&s->ran);
	buf_reset(&s->warned);
}

void
space_fini(struct space *s)
{
	struct err e = ERR_INIT;

	forget_result(s);
	buf_fini(&s->ran);
	buf_fini(&s->warned);
	for (size_t i = 0; i < s->ntargets; i++) {
		mem_free(s->targets[i].label);
		value_unref(s->targets[i].value);
	}
	close(s->fd);
	fs_remove(AT_FDCWD, s->root, &e);
	err_fini(&e);
	loop_free(s->loop);
	keys_free(s->keys);
}

/* ---- the workspace ---- */

static void
must(bool ok, struct err *e)
{
	if (!ok)
		die(36, "%s", e->msg);
}

void
space_write(struct space *s, const char *path, const char *text)
{
	struct err e = ERR_INIT;
	struct str dir = path_dir(str_of(path));
	char *z = mem_strndup(dir.p, dir.n);

	must(fs_mkdirs(s->fd, z, &e), &e);
	mem_free(z);
	must(fs_write(s->fd, path, str_of(text), false, &e), &e);
}

void
space_run(struct space *s, const char *shell)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "cd %s && { %s\n}", s->root, shell);
	if (system(b.p) != 0)
		die(36, "failed: %s", shell);
	buf_fini(&b);
}

const char *
space_read(struct space *s, const char *path)
{
	static char text[65536];
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	snprintf(text, sizeof(text), "(none)");
	if (fs_read(s->fd, path, &b, &e))
		snprintf(text, sizeof(text), "%.*s", (int)b.n, b.n ? b.p : "");
	buf_fini(&b);
	err_fini(&e);
	return text;
}

void
space_target(struct space *s, const char *label, const char *actions)
{
	struct buf b = BUF_INIT;
	size_t i = 0;

	while (i < s->ntargets && strcmp(s->targets[i].label, label) != 0)
		i++;
	CHECK(i < SPACE_TARGETS);
	if (i == s->ntargets) {
		s->targets[i].label = mem_strndup(label, strlen(label));
		s->targets[i].value = NULL;
		s->ntargets++;
	}
	buf_printf(&b, "{label = '%s', actions = {%s}}", label, actions);
	value_unref(s->targets[i].value);
	s->targets[i].value = text_value(b.p);
	buf_fini(&b);
}

/* ---- building ---- */

static void
on_event(void *arg, const struct key *key, const struct value *v)
{
	struct space *s = arg;
	struct vr r = vr_of(v);
	struct str event, label, status, reason, config;
	int64_t index = 0;

	if (!vr_field_str(&r, "event", &event) || !str_eq(event, STR("action")))
		return;
	CHECK(keys_action_parts(key, &label, &config, &index));
	CHECK(vr_field_str(&r, "status", &status) && vr_field_str(&r, "reason", &reason));
	buf_printf(&s->ran, "%.*s#%d %.*s: %.*s\n", STR_ARG(label), (int)index,
	    STR_ARG(status), STR_ARG(reason));
}

static void
on_message(void *arg, const struct key *key, struct str text, bool fresh)
{
	struct space *s = arg;

	(void)key;
	(void)fresh;
	buf_addstr(&s->warned, text);
}

static struct engine *
open_engine(struct space *s)
{
	struct err e = ERR_INIT;
	struct buf note = BUF_INIT;
	struct engine_config c = {
		.keys = s->keys, .loop = s->loop, .evaluators = s->evaluators, .jobs = 2,
		.session = true,
		.host = { .root_fd = s->fd, .root = s->root, .out_dir = "sky-out",
		    .getenv = get_env, .builtin_digest = builtin },
		.observer = { .arg = s, .event = on_event },
	};
	c.host.began_wall_ns = clock_wall_ns();
	c.host.began_mono_ns = clock_mono_ns();
	struct engine *engine = engine_new(&c);

	for (size_t i = 0; i < nodes_count; i++)
		engine_add_fn(engine, str_of(nodes_all[i]->name), nodes_all[i]->flags,
		    nodes_all[i]->version, nodes_all[i]);
	engine_add_fn(engine, STR("CONFIGURED_TARGET"), FN_NONHERMETIC, 1, &target_fn);
	must(fs_mkdirs(s->fd, "sky-out/state", &e), &e);
	must(engine_open_store(engine, s->fd, "sky-out/state/graph", &note, &e), &e);
	if (note.n > 0)
		die(37, "the store: %s", note.p);
	buf_fini(&note);
	return engine;
}

bool
space_build(struct space *s, const struct key *key)
{
	struct engine *engine = open_engine(s);
	struct engine_options o = { .keep_going = s->keep_going };
	struct err e = ERR_INIT;
	bool error = false;

	forget_result(s);
	for (size_t i = 0; i < s->ntargets; i++)
		engine_inject(engine,
		    keys_configured_target(s->keys, str_of(s->targets[i].label), STR("c")),
		    value_ref(s->targets[i].value));
	uint64_t reads = fs_count().reads;
	must(engine_evaluate(engine, &key, 1, &o, &e), &e);
	s->reads = fs_count().reads - reads;
	const struct value *v = engine_result(engine, key, &error);
	CHECK(v);
	if (error)
		s->error = value_ref(v);
	else
		s->value = value_ref(v);
	engine_messages(engine, on_message, s);
	s->stats = engine_stats(engine);
	must(engine_close(engine, &e), &e);
	return !error;
}

bool
space_action(struct space *s, const char *label, int index)
{
	return space_build(s, keys_action(s->keys, str_of(label), STR("c"), index));
}

struct str
space_field(const struct space *s, const char *name)
{
	const struct value *v = s->value ? s->value : s->error;
	struct vr r = vr_of(v);
	struct str out = STR("");

	vr_field_str(&r, name, &out);
	return out;
}

const char *
space_value(struct space *s)
{
	static char text[65536];
	struct buf b = BUF_INIT;

	value_print(&b, s->value ? s->value : s->error, 0);
	snprintf(text, sizeof(text), "%.*s", (int)b.n, b.p);
	buf_fini(&b);
	return text;
}
