/* action_make.c -- see the header. */
#include "nodes/action_make.h"

#include "base/path.h"
#include "nodes/action_args.h"
#include "nodes/disk.h"

/* The first artifact of `inputs`, in the order of the rule. */
static bool
first_input(const struct action *a, struct artifact *out)
{
	struct vr r;
	size_t n;

	return vr_field(&a->record, "inputs", &r) && vr_list(&r, &n) && n > 0 &&
	    artifact_read(&r, out);
}

static bool
no_input(struct action *a)
{
	return err_set(&a->e, ERR_FUNCTION,
	    "action %lld of %.*s: its first input must be an artifact", (long long)a->index,
	    STR_ARG(a->label));
}

/* ---- write, template ---- */

/* The longest key that `rest` begins with. */
static bool
find_key(struct str rest, struct vr subst, size_t n, struct str *key, struct str *with)
{
	struct str k, v;

	*key = (struct str){ NULL, 0 };
	for (; n > 0 && vr_str(&subst, &k) && vr_str(&subst, &v); n--)
		if (k.n > key->n && str_starts(rest, k)) {
			*key = k;
			*with = v;
		}
	return key->n > 0;
}

bool
action_make_substitute(struct str text, struct vr subst, struct buf *out)
{
	struct str key, with;
	size_t n;

	if (!vr_map(&subst, &n))
		return false;
	for (size_t i = 0; i < text.n;) {
		struct str rest = { text.p + i, text.n - i };
		if (find_key(rest, subst, n, &key, &with)) {
			buf_addstr(out, with);
			i += key.n;
		} else {
			buf_addc(out, text.p[i++]);
		}
	}
	return true;
}

static bool
write_out(struct action *a, struct str text)
{
	struct disk_path p;

	return disk_path_set(&p, a->outputs[0].path, &a->e) &&
	    fs_create(a->host->root_fd, p.z, text, a->executable, &a->e);
}

static bool
make_write(struct action *a)
{
	struct str text = STR("");

	vr_field_str(&a->record, "text", &text);
	return write_out(a, text);
}

static bool
make_template(struct action *a)
{
	struct artifact from;
	struct disk_path p;
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct vr subst;

	if (!first_input(a, &from))
		return no_input(a);
	bool ok = disk_path_set(&p, from.path, &a->e) &&
	    fs_read(a->host->root_fd, p.z, &text, &a->e);
	if (ok && vr_field(&a->record, "substitutions", &subst) &&
	    action_make_substitute(buf_str(&text), subst, &out))
		ok = write_out(a, buf_str(&out));
	else if (ok)
		ok = write_out(a, buf_str(&text));
	buf_fini(&text);
	buf_fini(&out);
	return ok;
}

/* ---- copy ---- */

struct copy {
	struct action *a;
	struct buf from, to;         /* of the present entry */
	int depth;
};

enum { MAX_DEPTH = 256 };

static bool copy_dir(struct copy *c);

static bool
copy_link(struct copy *c)
{
	struct buf target = BUF_INIT;
	int root = c->a->host->root_fd;
	bool ok = fs_readlink(root, c->from.p, &target, &c->a->e) &&
	    fs_symlink(root, target.p, c->to.p, &c->a->e);

	buf_fini(&target);
	return ok;
}

static bool
copy_file(struct copy *c)
{
	int root = c->a->host->root_fd;
	struct fs_stat st;

	return fs_lstat(root, c->from.p, &st, &c->a->e) &&
	    fs_create_copy(root, c->from.p, c->to.p, st.executable, &c->a->e);
}

static bool
copy_entry(struct copy *c, const struct fs_entry *entry)
{
	size_t nfrom = c->from.n, nto = c->to.n;
	bool ok;

	buf_addc(&c->from, '/');
	buf_addstr(&c->from, entry->name);
	buf_addc(&c->to, '/');
	buf_addstr(&c->to, entry->name);
	if (entry->kind == FS_DIR)
		ok = fs_mkdirs(c->a->host->root_fd, c->to.p, &c->a->e) && copy_dir(c);
	else
		ok = entry->kind == FS_SYMLINK ? copy_link(c) : copy_file(c);
	buf_cut(&c->from, nfrom);
	buf_cut(&c->to, nto);
	return ok;
}

static bool
copy_dir(struct copy *c)
{
	struct fs_list list;
	bool ok = true;

	if (c->depth == MAX_DEPTH)
		return err_set(&c->a->e, ERR_IO, "%s: more than %d directories deep",
		    c->from.p, MAX_DEPTH);
	if (!fs_list(c->a->host->root_fd, c->from.p, &list, &c->a->e))
		return false;
	c->depth++;
	for (size_t i = 0; ok && i < list.n; i++)
		ok = copy_entry(c, &list.entries[i]);
	c->depth--;
	fs_list_fini(&list);
	return ok;
}

static bool
make_copy(struct action *a, const struct action_inputs *in)
{
	struct copy c = { .a = a };
	struct artifact from;
	bool ok;

	if (!first_input(a, &from))
		return no_input(a);
	const struct input *x = action_inputs_find(in, from.path);
	buf_addstr(&c.from, from.path);
	buf_addstr(&c.to, a->outputs[0].path);
	if (a->outputs[0].dir)
		ok = copy_dir(&c);
	else
		ok = fs_create_copy(a->host->root_fd, c.from.p, c.to.p,
		    a->executable || (x && x->content.exec), &a->e);
	buf_fini(&c.from);
	buf_fini(&c.to);
	return ok;
}

/* ---- symlink ---- */

/* From the directory of the output up to the workspace and down again: works
 * wherever the workspace lies. */
static void
link_target(const struct action *a, struct str to, struct buf *out)
{
	struct str dir = path_dir(a->outputs[0].path);

	if (!path_is_abs(to)) {
		buf_adds(out, dir.n > 0 ? "../" : "");
		for (size_t i = 0; i < dir.n; i++)
			buf_adds(out, dir.p[i] == '/' ? "../" : "");
	}
	buf_addstr(out, to);
}

static bool
make_symlink(struct action *a)
{
	struct buf target = BUF_INIT;
	struct artifact to;
	struct disk_path p;

	if (!first_input(a, &to))
		return no_input(a);
	link_target(a, to.path, &target);
	bool ok = disk_path_set(&p, a->outputs[0].path, &a->e) &&
	    fs_remove(a->host->root_fd, p.z, &a->e) &&
	    fs_symlink(a->host->root_fd, target.p, p.z, &a->e);
	buf_fini(&target);
	return ok;
}

bool
action_make(struct action *a, const struct action_inputs *in)
{
	switch (a->kind) {
	case ACTION_WRITE:
		return make_write(a);
	case ACTION_TEMPLATE:
		return make_template(a);
	case ACTION_COPY:
		return make_copy(a, in);
	case ACTION_SYMLINK:
		return make_symlink(a);
	case ACTION_RUN:
	case ACTION_TEST:
		break;
	}
	return err_set(&a->e, ERR_FUNCTION, "an action of this kind is a process");
}

struct str
action_make_command(struct action *a)
{
	struct artifact from = { .path = STR("") };
	struct buf text = BUF_INIT, target = BUF_INIT;
	char *out = arena_strndup(&a->arena, a->outputs[0].path.p, a->outputs[0].path.n);
	const char *verb[] = {
		[ACTION_WRITE] = "write", [ACTION_TEMPLATE] = "expand",
		[ACTION_COPY] = a->outputs[0].dir ? "cp -R" : "cp", [ACTION_SYMLINK] = "ln -s",
	};

	first_input(a, &from);
	if (a->kind == ACTION_SYMLINK)
		link_target(a, from.path, &target);
	else
		buf_addstr(&target, from.path);
	buf_printf(&text, "%s ", verb[a->kind]);
	char *words[] = { arena_strndup(&a->arena, buf_str(&target).p, target.n), out, NULL };
	action_args_quote(&text, target.n > 0 ? words : words + 1);
	struct str s = arena_str(&a->arena, buf_str(&text));
	buf_fini(&text);
	buf_fini(&target);
	return s;
}
