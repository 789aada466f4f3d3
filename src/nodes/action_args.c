/* action_args.c -- one walk makes events; hashing and expanding listen to it. */
#include "nodes/action_args.h"

#include "base/buf.h"
#include "base/die.h"
#include "nodes/action.h"

/* Beyond this, words go into a parameter file: a quarter of what Linux allows
 * for one argument. */
enum { INLINE_MAX = 32768 };

struct walk {
	args_fn fn;
	void *arg;
	struct err *e;
	struct buf text;         /* of a word being made */
	size_t nwords;
};

struct add_all {
	struct walk *w;
	struct str prefix, format, join;
	bool has_join, omit_if_empty, failed;
	struct buf joined;
	size_t n;
};

/* ---- items ---- */

static void
give(struct walk *w, struct str word)
{
	w->nwords++;
	w->fn(w->arg, ARGS_WORD, word);
}

/* Appends the text of a string, integer or artifact, and moves behind it. */
static bool
item_text(struct walk *w, struct vr *r, struct buf *out)
{
	struct artifact art;
	struct str s;
	int64_t i;

	if (vr_str(r, &s)) {
		buf_addstr(out, s);
	} else if (vr_int(r, &i)) {
		buf_printf(out, "%lld", (long long)i);
	} else if (artifact_read(r, &art)) {
		bool bare = w->nwords == 0 && !memchr(art.path.p, '/', art.path.n);
		buf_adds(out, bare ? "./" : "");     /* not to be searched in PATH */
		buf_addstr(out, art.path);
	} else {
		return err_set(w->e, ERR_FUNCTION,
		    "a command's words are strings, numbers and artifacts only");
	}
	if (memchr(out->p ? out->p : "", '\0', out->n))
		return err_set(w->e, ERR_FUNCTION, "a word of a command has a zero byte");
	return true;
}

static bool
add(struct walk *w, struct vr *r)
{
	buf_reset(&w->text);
	if (!item_text(w, r, &w->text))
		return false;
	give(w, buf_str(&w->text));
	return true;
}

void
action_args_format(struct buf *out, struct str format, struct str item)
{
	for (size_t i = 0; i < format.n; i++) {
		char c = format.p[i], next = i + 1 < format.n ? format.p[i + 1] : '\0';
		if (c == '%' && next == 's')
			buf_addstr(out, item);
		else
			buf_addc(out, c);
		if (c == '%' && (next == 's' || next == '%'))
			i++;
	}
}

/* ---- add_all ---- */

static void
add_each(void *arg, struct vr item)
{
	struct add_all *all = arg;
	struct walk *w = all->w;
	struct buf *out = all->has_join ? &all->joined : &w->text;
	struct buf plain = BUF_INIT;

	if (all->failed)
		return;
	if (all->has_join && all->n > 0)
		buf_addstr(out, all->join);
	else
		buf_reset(out);
	all->n++;
	buf_addstr(out, all->prefix);
	all->failed = !item_text(w, &item, &plain);
	if (all->format.n > 0)
		action_args_format(out, all->format, buf_str(&plain));
	else
		buf_addstr(out, buf_str(&plain));
	buf_fini(&plain);
	if (!all->failed && !all->has_join)
		give(w, buf_str(out));
}

static void
add_options(struct add_all *all, const struct vr *options)
{
	struct vr r;

	all->omit_if_empty = true;
	vr_field_str(options, "prefix", &all->prefix);
	vr_field_str(options, "format", &all->format);
	all->has_join = vr_field_str(options, "join", &all->join);
	if (vr_field(options, "omit_if_empty", &r))
		vr_bool(&r, &all->omit_if_empty);
}

static bool
add_all(struct walk *w, struct vr items, const struct vr *options)
{
	struct add_all all = { .w = w };
	const struct value *depset;
	size_t n;

	if (options)
		add_options(&all, options);
	else
		all.omit_if_empty = true;
	if (vr_depset(&items, &depset)) {
		depset_walk(depset, add_each, &all);
	} else if (vr_list(&items, &n)) {
		for (; n > 0; n--, vr_skip(&items))
			add_each(&all, items);
	} else {
		err_set(w->e, ERR_FUNCTION, "add_all wants a list or a depset");
		all.failed = true;
	}
	if (!all.failed && all.has_join && (all.n > 0 || !all.omit_if_empty))
		give(w, buf_str(&all.joined));
	buf_fini(&all.joined);
	return !all.failed;
}

/* ---- operations ---- */

static bool
operation(struct walk *w, struct vr r)
{
	struct str name;
	size_t n;
	bool ok;

	if (!vr_list(&r, &n) || n == 0 || !vr_str(&r, &name))
		return err_set(w->e, ERR_FUNCTION, "malformed args");
	if (str_eq(name, STR("add"))) {
		for (ok = true; ok && n > 1; n--)
			ok = add(w, &r);
		return ok;
	}
	if (str_eq(name, STR("add_all")) && n >= 2) {
		struct vr options = r;
		vr_skip(&options);
		return add_all(w, r, n > 2 ? &options : NULL);
	}
	if (str_eq(name, STR("param_file")))
		return true;             /* found by find_param_file */
	return err_set(w->e, ERR_FUNCTION, "args has no operation '%.*s'", STR_ARG(name));
}

static bool
find_param_file(struct vr list, size_t n, struct str *format, bool *always)
{
	bool found = false;

	*always = false;
	for (; n > 0; n--, vr_skip(&list)) {
		struct vr r = list;
		struct str name;
		size_t m;
		if (!vr_list(&r, &m) || m < 2 || !vr_str(&r, &name) ||
		    !str_eq(name, STR("param_file")) || !vr_str(&r, format))
			continue;
		found = true;
		if (m > 2)
			vr_field_bool(&r, "always", always);
	}
	return found;
}

static bool
operations(struct walk *w, struct vr list)
{
	struct str format;
	bool always, ok = true;
	size_t n;

	if (!vr_list(&list, &n))
		return err_set(w->e, ERR_FUNCTION, "malformed args");
	bool file = find_param_file(list, n, &format, &always);
	if (file)
		w->fn(w->arg, always ? ARGS_OPEN_ALWAYS : ARGS_OPEN, format);
	for (; ok && n > 0; n--, vr_skip(&list))
		ok = operation(w, list);
	if (ok && file)
		w->fn(w->arg, ARGS_CLOSE, STR(""));
	return ok;
}

bool
action_args_walk(struct vr argv, args_fn fn, void *arg, struct err *e)
{
	struct walk w = { .fn = fn, .arg = arg, .e = e };
	bool ok = true;
	size_t n;

	if (!vr_list(&argv, &n) || n == 0)
		return err_set(e, ERR_FUNCTION, "argv is not a list with a command");
	for (; ok && n > 0; n--) {
		struct vr payload = argv;
		struct str tag;
		if (vr_tag(&payload, &tag) && str_eq(tag, STR("args"))) {
			ok = operations(&w, payload);
			vr_skip(&argv);
		} else {
			ok = add(&w, &argv);
		}
	}
	buf_fini(&w.text);
	return ok;
}

/* ---- expanding ---- */

struct expansion {
	struct arena *arena;
	struct str base;
	struct args *out;
	size_t capargv, capfiles;
	char **words;            /* heap while growing */
	struct args_file *files; /* likewise */
	size_t first;            /* index of the first word since ARGS_OPEN */
	size_t size;             /* bytes since then */
	struct str format;       /* p NULL: not open */
	bool always;
};

static void
push_word(struct expansion *x, char *word)
{
	struct args *out = x->out;

	if (out->argc + 1 >= x->capargv)
		x->words = mem_grow(x->words, &x->capargv, out->argc + 2, sizeof(x->words[0]));
	x->words[out->argc++] = word;
	x->words[out->argc] = NULL;
}

/* One word in a parameter file. */
static void
put_param(struct buf *out, const char *word)
{
	if (!*word)
		buf_adds(out, "\"\"");
	for (const char *p = word; *p; p++) {
		if (strchr(" \t\n\r\v\f'\"\\", *p))
			buf_addc(out, '\\');
		buf_addc(out, *p);
	}
	buf_addc(out, '\n');
}

static void
close_file(struct expansion *x)
{
	struct args *out = x->out;
	struct buf text = BUF_INIT;

	if (!x->always && x->size <= INLINE_MAX)
		return;
	for (size_t i = x->first; i < out->argc; i++)
		put_param(&text, x->words[i]);
	if (out->nfiles == x->capfiles)
		x->files = mem_grow(x->files, &x->capfiles, out->nfiles + 1,
		    sizeof(x->files[0]));
	struct args_file *f = &x->files[out->nfiles++];
	f->text = arena_str(x->arena, buf_str(&text));
	f->path = str_of(arena_printf(x->arena, "%.*s-%zu", STR_ARG(x->base), out->nfiles));
	buf_reset(&text);
	action_args_format(&text, x->format, f->path);
	out->argc = x->first;
	push_word(x, arena_strndup(x->arena, text.p, text.n));
	buf_fini(&text);
}

static void
on_event(void *arg, enum args_event event, struct str text)
{
	struct expansion *x = arg;

	switch (event) {
	case ARGS_WORD:
		x->size += text.n + 1;
		push_word(x, arena_strndup(x->arena, text.p, text.n));
		break;
	case ARGS_OPEN:
	case ARGS_OPEN_ALWAYS:
		x->first = x->out->argc;
		x->size = 0;
		x->format = text;
		x->always = event == ARGS_OPEN_ALWAYS;
		break;
	case ARGS_CLOSE:
		close_file(x);
		break;
	}
}

/* The arrays move into the arena when they have their size. */
bool
action_args_expand(struct vr argv, struct str base, struct arena *arena, struct args *out,
	struct err *e)
{
	struct expansion x = { .arena = arena, .base = base, .out = out };

	memset(out, 0, sizeof(*out));
	bool ok = action_args_walk(argv, on_event, &x, e);
	if (ok && out->argc == 0)
		ok = err_set(e, ERR_FUNCTION, "argv has no command");
	if (ok) {
		size_t size = (out->argc + 1) * sizeof(x.words[0]);
		out->argv = arena_alloc(arena, size);
		memcpy(out->argv, x.words, size);
		out->files = arena_alloc(arena, (out->nfiles + 1) * sizeof(x.files[0]));
		if (out->nfiles > 0)
			memcpy(out->files, x.files, out->nfiles * sizeof(x.files[0]));
	}
	mem_free(x.words);
	mem_free(x.files);
	return ok;
}

/* ---- quoting ---- */

static bool
is_plain(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "0123456789_-./=+:,@%";

	return *word && word[strspn(word, plain)] == '\0';
}

void
action_args_quote(struct buf *out, char *const *argv)
{
	for (size_t i = 0; argv[i]; i++) {
		buf_adds(out, i ? " " : "");
		if (is_plain(argv[i])) {
			buf_adds(out, argv[i]);
			continue;
		}
		buf_addc(out, '\'');
		for (const char *p = argv[i]; *p; p++) {
			if (*p == '\'')
				buf_adds(out, "'\\''");
			else
				buf_addc(out, *p);
		}
		buf_addc(out, '\'');
	}
}
