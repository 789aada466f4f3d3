/* action_key.c -- the walk and its two sinks. */
#include "nodes/action_key.h"

#include "nodes/action_args.h"

struct command {
	action_sink_fn sink;
	void *arg;
};

static void
on_word(void *arg, enum args_event event, struct str text)
{
	static const struct str names[] = {
		[ARGS_WORD] = { "word", 4 },
		[ARGS_OPEN] = { "file", 4 },
		[ARGS_OPEN_ALWAYS] = { "file!", 5 },
		[ARGS_CLOSE] = { "end", 3 },
	};
	const struct command *c = arg;

	c->sink(c->arg, PART_COMMAND, names[event], text);
}

static bool
walk_command(const struct action_facts *f, action_sink_fn sink, void *arg)
{
	struct command c = { sink, arg };
	struct action *a = f->a;
	struct str s, key;
	struct vr r;
	size_t n;

	s = STR("run");
	vr_field_str(&a->record, "kind", &s);
	sink(arg, PART_COMMAND, STR("kind"), s);
	if (vr_field(&a->record, "argv", &r) && vr_kind(&r) != VALUE_NIL &&
	    !action_args_walk(r, on_word, &c, &a->e))
		return false;
	if (vr_field_str(&a->record, "text", &s))
		sink(arg, PART_COMMAND, STR("text"), s);
	if (!vr_field(&a->record, "substitutions", &r) || !vr_map(&r, &n))
		return true;
	for (; n > 0; n--) {
		if (!vr_str(&r, &key) || !vr_str(&r, &s))
			return err_set(&a->e, ERR_FUNCTION,
			    "substitutions map strings to strings");
		sink(arg, PART_COMMAND, STR("from"), key);
		sink(arg, PART_COMMAND, STR("to"), s);
	}
	return true;
}

static void
put_flag(action_sink_fn sink, void *arg, struct str name, bool on)
{
	sink(arg, PART_SETTING, name, on ? STR("yes") : STR("no"));
}

static void
walk_settings(const struct action *a, action_sink_fn sink, void *arg)
{
	for (size_t i = 0; i < a->noutputs; i++)
		sink(arg, PART_SETTING, a->outputs[i].path,
		    a->outputs[i].dir ? STR("dir") : STR("file"));
	sink(arg, PART_SETTING, STR("depfile"), a->depfile.path);
	sink(arg, PART_SETTING, STR("timeout"),
	    (struct str){ (const char *)&a->timeout_s, sizeof(a->timeout_s) });
	put_flag(sink, arg, STR("network"), a->network);
	put_flag(sink, arg, STR("executable"), a->executable);
}

static void
walk_inputs(const struct action_inputs *in, enum action_part part, unsigned role,
	action_sink_fn sink, void *arg)
{
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < in->n; i++) {
		if (!(in->v[i].roles & role))
			continue;
		buf_reset(&text);
		content_put(&text, &in->v[i].content);
		sink(arg, part, in->v[i].art.path, buf_str(&text));
	}
	buf_fini(&text);
}

bool
action_key_walk(const struct action_facts *f, action_sink_fn sink, void *arg)
{
	struct buf text = BUF_INIT;

	if (!walk_command(f, sink, arg))
		return false;
	for (size_t i = 0; i < f->env->n; i++)
		if (f->env->v[i].declared)
			sink(arg, PART_ENV, f->env->v[i].name, f->env->v[i].value);
	if (f->tool->path.n > 0) {
		content_put(&text, &f->tool->content);
		sink(arg, PART_TOOL, f->tool->path, buf_str(&text));
	}
	buf_fini(&text);
	walk_inputs(f->in, PART_TOOL, INPUT_TOOL, sink, arg);
	walk_inputs(f->in, PART_INPUT, INPUT_STRICT, sink, arg);
	walk_settings(f->a, sink, arg);
	return true;
}

/* ---- the hash ---- */

static void
hash_piece(void *arg, enum action_part part, struct str name, struct str text)
{
	struct hasher *h = arg;

	hasher_add_u64(h, part);
	hasher_add_str(h, name);
	hasher_add_str(h, text);
}

bool
action_key_fingerprint(const struct action_facts *f, struct digest *out)
{
	struct hasher *h = hasher_new();
	bool ok = action_key_walk(f, hash_piece, h);

	*out = hasher_digest(h);
	hasher_free(h);
	return ok;
}

/* ---- tags ---- */

const char *
action_setting_name(size_t i)
{
	static const char *const names[] = {
		"outputs", "depfile", "timeout", "network", "executable", "pool", "execution",
	};
	_Static_assert(ARRAY_LEN(names) <= SETTINGS_MAX, "room for each setting");

	return i < ARRAY_LEN(names) ? names[i] : NULL;
}

static void
mix_setting(struct action_tags *t, struct str name, struct str text)
{
	size_t at = 0;

	for (size_t i = 1; action_setting_name(i); i++)
		if (str_eq(name, str_of(action_setting_name(i))))
			at = i;
	uint64_t parts[3] = { t->settings[at], hash64(name.p, name.n), hash64(text.p, text.n) };
	t->settings[at] = (uint32_t)hash64(parts, sizeof(parts));
}

static void
tag_piece(void *arg, enum action_part part, struct str name, struct str text)
{
	struct action_tags *t = arg;

	switch (part) {
	case PART_COMMAND:
		action_words_add(&t->command, name, text);
		break;
	case PART_ENV:
		tags_add(&t->env, name, text);
		break;
	case PART_TOOL:
		tags_add(&t->tools, name, text);
		break;
	case PART_INPUT:
	case PART_HEADER:
		tags_add(&t->inputs, name, text);
		break;
	case PART_SETTING:
		mix_setting(t, name, text);
		break;
	}
}

bool
action_key_tags(const struct action_facts *f, struct action_tags *out)
{
	memset(out, 0, sizeof(*out));
	if (!action_key_walk(f, tag_piece, out)) {
		action_tags_fini(out);
		return false;
	}
	tags_sort(&out->env);
	tags_sort(&out->tools);
	tags_sort(&out->inputs);
	return true;
}

void
action_tags_fini(struct action_tags *t)
{
	action_words_fini(&t->command);
	tags_fini(&t->env);
	tags_fini(&t->tools);
	tags_fini(&t->inputs);
}
