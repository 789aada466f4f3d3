/* action_stamp.c -- see the header. */
#include "nodes/action_stamp.h"

#include "base/die.h"
#include "base/enc.h"

enum { FP_SIZE = 16 };

static bool
read_fp(const struct vr *map, const char *name, struct digest *out)
{
	struct str s;

	if (!vr_field_str(map, name, &s) || s.n != FP_SIZE)
		return false;
	*out = digest_get(s.p);
	return true;
}

bool
action_stamp_read(const struct value *v, struct action_stamp *out)
{
	memset(out, 0, sizeof(*out));
	if (!v)
		return false;
	out->map = vr_of(v);
	return read_fp(&out->map, "fp1", &out->fp1) && read_fp(&out->map, "fp2", &out->fp2) &&
	    vr_field_str(&out->map, "headers", &out->headers) &&
	    vr_field_str(&out->map, "text", &out->text) &&
	    vr_field(&out->map, "outputs", &out->outputs);
}

/* ---- writing ---- */

static void
put_fp(struct vb *b, struct str name, struct digest d)
{
	struct buf bytes = BUF_INIT;

	digest_put(&bytes, d);
	vb_str(b, name);
	vb_str(b, buf_str(&bytes));
	buf_fini(&bytes);
}

static void
put_tags(struct vb *b, struct str name, const struct tags *t)
{
	struct buf bytes = BUF_INIT;

	tags_put(&bytes, t);
	vb_str(b, name);
	vb_str(b, buf_str(&bytes));
	buf_fini(&bytes);
}

static void
put_int(struct vb *b, struct str name, int64_t v)
{
	vb_str(b, name);
	vb_int(b, v);
}

static void
put_command(struct vb *b, const struct action_words *w)
{
	struct buf bytes = BUF_INIT;

	action_words_put(&bytes, w);
	vb_str(b, STR("command"));
	vb_str(b, buf_str(&bytes));
	buf_fini(&bytes);
}

static void
put_settings(struct vb *b, const struct action_tags *tags)
{
	struct buf bytes = BUF_INIT;

	for (size_t i = 0; action_setting_name(i); i++)
		enc_u32le(&bytes, tags->settings[i]);
	vb_str(b, STR("settings"));
	vb_str(b, buf_str(&bytes));
	buf_fini(&bytes);
}

struct value *
action_stamp_make(const struct action_stamp_parts *p)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 12);
	put_command(&b, &p->tags->command);
	put_tags(&b, STR("env"), &p->tags->env);
	put_fp(&b, STR("fp1"), p->fp1);
	put_fp(&b, STR("fp2"), p->fp2);
	put_tags(&b, STR("headers"), p->headers);
	put_tags(&b, STR("inputs"), &p->tags->inputs);
	put_int(&b, STR("max_rss"), p->max_rss);
	vb_str(&b, STR("outputs"));
	vb_value(&b, p->outputs);
	put_settings(&b, p->tags);
	vb_str(&b, STR("text"));
	vb_str(&b, p->text);
	put_tags(&b, STR("tools"), &p->tags->tools);
	put_int(&b, STR("wall"), p->wall_ns);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
action_stamp_renew(const struct value *old, const struct value *outputs)
{
	struct vr r = vr_of(old);
	struct str name;
	size_t n;
	struct vb b;

	CHECK(vr_map(&r, &n));
	vb_init(&b);
	vb_map(&b, n);
	for (; n > 0; n--, vr_skip(&r)) {
		CHECK(vr_str(&r, &name));
		vb_str(&b, name);
		if (str_eq(name, STR("outputs"))) {
			vb_value(&b, outputs);
			continue;
		}
		struct value *v = vr_copy(&r);
		vb_value(&b, v);
		value_unref(v);
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

/* ---- the reason ---- */

static bool
list_differs(struct action *a, const struct vr *map, const char *field,
	const struct tags *now, const char *what, struct buf *why)
{
	struct tags old;
	struct str bytes;

	if (!vr_field_str(map, field, &bytes) || !tags_get(bytes, &a->arena, &old))
		return false;
	bool differs = tags_differ(&old, now, what, why);
	tags_fini(&old);
	return differs;
}

static void
collect_word(void *arg, enum action_part part, struct str name, struct str text)
{
	if (part == PART_COMMAND)
		action_words_now(arg, name, text);
}

static bool
command_differs(const struct action_facts *f, const struct vr *map, bool moved, struct buf *why)
{
	struct words_now now = { .arena = &f->a->arena };
	struct str old = STR("");

	vr_field_str(map, "command", &old);
	return action_key_walk(f, collect_word, &now) &&
	    action_words_differ(old, &now, moved ? f->in : NULL, why);
}

static bool
settings_differ(const struct vr *map, const struct action_tags *now, struct buf *why)
{
	struct str old = STR("");

	vr_field_str(map, "settings", &old);
	struct dec d = dec_of(old.p, old.n);
	for (size_t i = 0; action_setting_name(i); i++) {
		if (dec_u32le(&d) == now->settings[i])
			continue;
		buf_printf(why, "%s changed", action_setting_name(i));
		return true;
	}
	return false;
}

/* The actions of a target are numbered: with one more or less the old stamp may be
 * that of a neighbour, and a comparison would say nothing. */
static bool
is_another(const struct vr *map, const struct action_tags *now)
{
	struct str old = STR("");

	vr_field_str(map, "settings", &old);
	struct dec d = dec_of(old.p, old.n);
	return dec_u32le(&d) != now->settings[0];
}

static void
join(struct buf *why, struct buf *part)
{
	if (part->n > 0 && why->n > 0)
		buf_adds(why, "; ");
	buf_addstr(why, buf_str(part));
	buf_reset(part);
}

bool
action_stamp_reason(const struct action_facts *f, const struct action_stamp *old,
	struct buf *why)
{
	const struct vr *map = &old->map;
	struct buf part = BUF_INIT, inputs = BUF_INIT, tools = BUF_INIT;
	struct action_tags now;

	if (!action_key_tags(f, &now))
		return false;
	if (is_another(map, &now)) {
		buf_adds(why, "new");
		action_tags_fini(&now);
		return true;
	}
	bool moved = list_differs(f->a, map, "inputs", &now.inputs, "input", &inputs);
	moved = list_differs(f->a, map, "tools", &now.tools, "tool", &tools) || moved;
	command_differs(f, map, moved, &part);
	join(why, &part);
	list_differs(f->a, map, "env", &now.env, "environment", &part);
	join(why, &part);
	join(why, &tools);
	join(why, &inputs);
	if (why->n == 0 && settings_differ(map, &now, &part))
		join(why, &part);
	if (why->n == 0)
		buf_adds(why, "changed");
	buf_fini(&part);
	buf_fini(&inputs);
	buf_fini(&tools);
	action_tags_fini(&now);
	return true;
}
