/* text_value.c -- a recursive reader; each construct becomes a value at once. */
#include "text_value.h"

#include <ctype.h>
#include <stdlib.h>

#include "base/die.h"

enum { MAX_ITEMS = 4096 };

struct reader {
	const char *p;
};

struct field {
	struct str name;
	struct value *value;
};

static struct value *read_value(struct reader *r);

static void
blanks(struct reader *r)
{
	while (isspace((unsigned char)*r->p))
		r->p++;
}

static bool
take(struct reader *r, char c)
{
	blanks(r);
	if (*r->p != c)
		return false;
	r->p++;
	return true;
}

static void
want(struct reader *r, char c)
{
	if (!take(r, c))
		die(37, "text_value: '%c' expected before \"%.40s\"", c, r->p);
}

static struct str
word(struct reader *r)
{
	blanks(r);
	const char *start = r->p;
	while (isalnum((unsigned char)*r->p) || *r->p == '_')
		r->p++;
	return (struct str){ start, (size_t)(r->p - start) };
}

static struct str
quoted(struct reader *r)
{
	want(r, '\'');
	const char *start = r->p;
	while (*r->p && *r->p != '\'')
		r->p++;
	struct str s = { start, (size_t)(r->p - start) };
	want(r, '\'');
	return s;
}

static int64_t
integer(struct reader *r)
{
	char *end;

	blanks(r);
	int64_t i = strtoll(r->p, &end, 10);
	if (end == r->p)
		die(37, "text_value: a number expected before \"%.40s\"", r->p);
	r->p = end;
	return i;
}

/* ---- braces ---- */

static bool
is_map(const struct reader *r)
{
	struct reader ahead = *r;
	struct str w = word(&ahead);

	return w.n > 0 && take(&ahead, '=');
}

static int
by_name(const void *a, const void *b)
{
	return str_cmp(((const struct field *)a)->name, ((const struct field *)b)->name);
}

static struct value *
finish(struct vb *b)
{
	struct value *v = vb_finish(b);

	vb_fini(b);
	return v;
}

static struct value *
map(struct reader *r)
{
	struct field *fields = mem_alloc(MAX_ITEMS * sizeof(fields[0]));
	size_t n = 0;
	struct vb b;

	while (!take(r, '}')) {
		CHECK(n < MAX_ITEMS);
		fields[n].name = word(r);
		want(r, '=');
		fields[n++].value = read_value(r);
		take(r, ',');
	}
	qsort(fields, n, sizeof(fields[0]), by_name);
	vb_init(&b);
	vb_map(&b, n);
	for (size_t i = 0; i < n; i++) {
		vb_str(&b, fields[i].name);
		vb_value(&b, fields[i].value);
		value_unref(fields[i].value);
	}
	mem_free(fields);
	return finish(&b);
}

static struct value *
list(struct reader *r, bool depset)
{
	struct value **items = mem_alloc(MAX_ITEMS * sizeof(items[0]));
	size_t n = 0;
	struct vb b;

	while (!take(r, '}')) {
		CHECK(n < MAX_ITEMS);
		items[n++] = read_value(r);
		take(r, ',');
	}
	vb_init(&b);
	if (depset)
		vb_depset_node(&b, DEPSET_POSTORDER, n);
	else
		vb_list(&b, n);
	for (size_t i = 0; i < n; i++) {
		vb_value(&b, items[i]);
		value_unref(items[i]);
	}
	if (depset)
		vb_transitive(&b, NULL, 0);
	mem_free(items);
	return finish(&b);
}

/* ---- tagged ---- */

static void
artifact_fields(struct vb *b, bool dir, struct str owner, int64_t index, struct str path)
{
	vb_tag(b, STR("artifact"));
	vb_map(b, owner.n > 0 ? 5 : 2);
	if (owner.n > 0) {
		vb_str(b, STR("config"));
		vb_str(b, STR("c"));
	}
	vb_str(b, STR("dir"));
	vb_bool(b, dir);
	if (owner.n > 0) {
		vb_str(b, STR("index"));
		vb_int(b, index);
		vb_str(b, STR("owner"));
		vb_str(b, owner);
	}
	vb_str(b, STR("path"));
	vb_str(b, path);
}

static struct value *
artifact(struct reader *r, bool made, bool dir)
{
	struct str owner = STR("");
	int64_t index = 0;
	struct vb b;

	if (made) {
		owner = quoted(r);
		index = integer(r);
	}
	struct str path = quoted(r);
	vb_init(&b);
	artifact_fields(&b, dir, owner, index, path);
	return finish(&b);
}

static struct value *
tagged_list(struct reader *r)
{
	struct vb b;

	want(r, '{');
	struct value *v = list(r, false);
	vb_init(&b);
	vb_tag(&b, STR("args"));
	vb_value(&b, v);
	value_unref(v);
	return finish(&b);
}

static struct value *
named(struct reader *r)
{
	struct str w = word(r);

	if (str_eq(w, STR("true")) || str_eq(w, STR("false")))
		return value_of_bool(w.n == 4);
	if (str_eq(w, STR("nil")))
		return value_of_nil();
	if (str_eq(w, STR("src")))
		return artifact(r, false, false);
	if (str_eq(w, STR("gen")) || str_eq(w, STR("gendir")))
		return artifact(r, true, w.n > 3);
	if (str_eq(w, STR("args")))
		return tagged_list(r);
	if (!str_eq(w, STR("depset")))
		die(37, "text_value: \"%.40s\" is no value", w.p);
	want(r, '{');
	return list(r, true);
}

static struct value *
read_value(struct reader *r)
{
	blanks(r);
	if (*r->p == '\'')
		return value_of_str(quoted(r));
	if (isdigit((unsigned char)*r->p) || *r->p == '-')
		return value_of_int(integer(r));
	if (!take(r, '{'))
		return named(r);
	return is_map(r) ? map(r) : list(r, false);
}

struct value *
text_value(const char *text)
{
	struct reader r = { text };
	struct value *v = read_value(&r);

	blanks(&r);
	if (*r.p)
		die(37, "text_value: \"%.40s\" left over", r.p);
	return v;
}
