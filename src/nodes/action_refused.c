/* action_refused.c -- see the header.
 *
 * Lines that speak of a refusal are taken apart in three ways, because nobody
 * agrees on how to print a path: what stands in quotes, what stands between
 * colons ("cat: my file: Permission denied"), and single words.
 */
#include "nodes/action_refused.h"

#include "base/path.h"
#include "nodes/action_begin.h"
#include "nodes/claims.h"
#include "nodes/disk.h"
#include "nodes/keys.h"
#include "os/sandbox.h"

struct search {
	struct action_job *j;
	struct str line;
	bool denied;             /* the line says so in as many words */
	bool to_be_made;         /* the present words may name what is not there */
	bool found;
};

/* ---- words ---- */

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool
has_word(struct str text, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= text.n; i++) {
		size_t k = 0;
		while (k < n && lower(text.p[i + k]) == word[k])
			k++;
		if (k == n)
			return true;
	}
	return false;
}

static bool
has_any(struct str text, const char *const *words)
{
	for (; *words; words++)
		if (has_word(text, *words))
			return true;
	return false;
}

static const char *const DENIED[] = {
	"permission denied", "eacces", "operation not permitted", "not permitted", NULL
};

/* Tools that take an unreadable file for one that is not there. */
static const char *const MISSING[] = {
	"no such file", "not found", "cannot open", "can't open", "could not open", "no file '",
	"cannot find", "can't find", "unable to", "cannot read", "could not read", NULL
};

static const char *const WRITING[] = {
	"create", "write", "writing", "remove", "unlink", "rename", "move", "mkdir", "touch",
	"delete", NULL
};

static const char *const NETWORK[] = {
	"resolve host", "name resolution", "network is unreachable", "getaddrinfo", NULL
};

static bool
begins_denied(struct str text)
{
	for (const char *const *word = DENIED; *word; word++) {
		size_t n = strlen(*word);
		if (text.n >= n && has_word((struct str){ text.p, n }, *word))
			return true;
	}
	return false;
}

static struct str
next_line(struct str *text)
{
	const char *end = memchr(text->p, '\n', text->n);
	size_t n = end ? (size_t)(end - text->p) : text->n;
	struct str line = { text->p, n };

	text->p += n + (end != NULL);
	text->n -= n + (end != NULL);
	return line;
}

/* ---- one path ---- */

static bool
own_output(const struct action *a, struct str path)
{
	for (size_t i = 0; i < a->noutputs; i++)
		if (path_is_within(path, a->outputs[i].path))
			return true;
	return a->depfile.path.n > 0 && str_eq(path, a->depfile.path);
}

/* "@sky//cc.lua" for the shipped rules. */
static bool
is_shipped_rule(struct action *a)
{
	const struct value *target = env_get(a->env,
	    keys_configured_target(env_keys(a->env), a->label, a->config));
	struct str module = STR("");
	struct vr r, rule;

	if (!target)
		return false;
	r = vr_of(target);
	return vr_field(&r, "rule", &rule) && vr_field_str(&rule, "module", &module) &&
	    str_starts(module, STR("@sky//"));
}

/* The place in the rule where a file that is read must stand. */
static void
hint_read(struct action *a, struct str path, const struct fs_stat *st)
{
	const struct key *owner = claims_owner(a->host, path);
	struct str label, config;
	int64_t index;
	const char *attr = "srcs";

	if (a->kind == ACTION_TEST)
		attr = "data";
	else if (a->depfile.path.n > 0)
		attr = owner ? "deps" : "hdrs or srcs";
	else if (!is_shipped_rule(a))
		attr = "inputs of ctx:run in the rule";
	else if (st->executable)
		attr = "srcs, or to tools when it is run,";
	if (owner && keys_action_parts(owner, &label, &config, &index))
		err_hint(&a->e, "it is made by %.*s: add that to %s of %.*s", STR_ARG(label), attr,
		    STR_ARG(a->label));
	else if (path_is_within(path, str_of(a->host->out_dir)))
		err_hint(&a->e, "it is generated: add the target that makes it to %s of %.*s",
		    a->depfile.path.n > 0 ? "deps" : attr, STR_ARG(a->label));
	else if (st->kind == FS_DIR)
		err_hint(&a->e, "it is a directory: list its files, for example by glob, in %s "
		    "of %.*s", attr, STR_ARG(a->label));
	else
		err_hint(&a->e, "add it to %s of %.*s%s", attr, STR_ARG(a->label),
		    a->depfile.path.n > 0 ? ", or of a target in its deps" : "");
}

/* Repositories may lie beside the workspace. */
static bool
is_outside(const struct action_job *j, struct str path)
{
	bool outside = path_is_abs(path) || path_ups(path) > 0;

	for (size_t i = 0; outside && !path_is_abs(path) && i < j->in.n; i++)
		outside = path_ups(j->in.v[i].art.path) == 0;
	return outside;
}

static bool
explain_read(struct search *s, struct str path, const struct fs_stat *st)
{
	struct action *a = &s->j->a;

	err_set(&a->e, ERR_UNDECLARED_INPUT, "%.*s reads '%.*s', which it does not declare",
	    STR_ARG(a->label), STR_ARG(path));
	if (is_outside(s->j, path))
		err_hint(&a->e, "it lies outside of the workspace and of the system's "
		    "directories: bring it into the workspace, or declare the tool it "
		    "belongs to; temporary files belong below $TMPDIR");
	else
		hint_read(a, path, st);
	return s->found = true;
}

static bool
explain_write(struct search *s, struct str path, bool input)
{
	struct action *a = &s->j->a;

	if (input) {
		err_set(&a->e, ERR_UNDECLARED_OUTPUT, "%.*s tries to change its input '%.*s'",
		    STR_ARG(a->label), STR_ARG(path));
		err_hint(&a->e, "copy it to an output or below $TMPDIR, and change the copy");
		return s->found = true;
	}
	err_set(&a->e, ERR_UNDECLARED_OUTPUT,
	    "%.*s writes '%.*s', which is not among its outputs", STR_ARG(a->label),
	    STR_ARG(path));
	if (a->kind == ACTION_TEST)
		err_hint(&a->e, "tests write below $TMPDIR");
	else
		err_hint(&a->e, "add it to %s of %.*s, or write it below $TMPDIR",
		    is_shipped_rule(a) ? "outs" : "outputs", STR_ARG(a->label));
	return s->found = true;
}

/* Was it there before the command began, or does it belong to another? */
static bool
is_foreign(const struct action_job *j, struct str path, const struct fs_stat *st)
{
	return st->ctime_ns < j->past->start_ns - STAT_GRANULARITY_NS ||
	    claims_owner(j->a.host, path);
}

static bool
judge(struct search *s, struct str path, const struct fs_stat *st)
{
	struct action_job *j = s->j;
	struct action *a = &j->a;
	struct str temp = j->env.temp;
	bool writing = has_any(s->line, WRITING);
	bool inside = !path_is_abs(path) && path_ups(path) == 0;

	if (own_output(a, path) || path_is_within(path, temp) ||
	    (path_is_abs(path) && sandbox_covers(a->host->sandbox, path)))
		return false;
	if (action_inputs_find(&j->in, path) || (j->tool.path.n > 0 && str_eq(path, j->tool.path)))
		return s->denied && writing && explain_write(s, path, true);
	if (st->kind == FS_NONE)
		return !(inside && action_begin_may_write(a, path)) &&
		    explain_write(s, path, false);
	if (inside && action_begin_may_write(a, path) && !is_foreign(j, path, st))
		return false;
	if (s->denied && writing && st->kind == FS_FILE)
		return explain_write(s, path, false);
	if (st->kind == FS_DIR && !s->denied)
		return false;
	return explain_read(s, path, st);
}

static void
try_path(struct search *s, struct str raw)
{
	const struct host *host = s->j->a.host;
	struct buf path = BUF_INIT;
	struct err ignored = ERR_INIT;
	struct disk_path p;
	struct fs_stat st;

	if (!s->found && raw.n > 0 && action_headers_path(host, raw, &path) &&
	    disk_path_set(&p, buf_str(&path), &ignored) &&
	    fs_lstat(host->root_fd, p.z, &st, &ignored) &&
	    (st.kind == FS_FILE || st.kind == FS_DIR || st.kind == FS_SYMLINK ||
	    (st.kind == FS_NONE && s->to_be_made)))
		judge(s, path.n > 0 ? buf_str(&path) : STR("."), &st);
	buf_fini(&path);
	err_fini(&ignored);
}

/* ---- one line ---- */

/* Bytes of a quotation mark here; 0: none. */
static size_t
quote_at(struct str line, size_t i)
{
	char c = line.p[i];

	if (c == '\'' || c == '"' || c == '`')
		return 1;
	return i + 2 < line.n && memcmp(line.p + i, "\xe2\x80", 2) == 0 &&
	    ((unsigned char)line.p[i + 2] & 0xfc) == 0x98 ? 3 : 0;
}

static void
try_quoted(struct search *s)
{
	size_t from = 0;
	bool open = false;

	for (size_t i = 0; i < s->line.n; i++) {
		size_t n = quote_at(s->line, i);
		if (n == 0)
			continue;
		if (open)
			try_path(s, (struct str){ s->line.p + from, i - from });
		open = !open;
		i += n - 1;
		from = i + 1;
	}
}

static struct str
trimmed(const char *p, size_t n)
{
	while (n > 0 && strchr(" \t\r.,;()[]<>'\"`", p[n - 1]))
		n--;
	while (n > 0 && strchr(" \t([<'\"`", *p)) {
		p++;
		n--;
	}
	return (struct str){ p, n };
}

/* What stands between two of `ends`. */
static void
try_split(struct search *s, const char *ends)
{
	size_t from = 0;

	for (size_t i = 0; i <= s->line.n; i++) {
		if (i < s->line.n && s->line.p[i] != '\0' && !strchr(ends, s->line.p[i]))
			continue;
		struct str word = trimmed(s->line.p + from, i - from);
		if (word.n > 0)
			try_path(s, word);
		from = i + 1;
	}
}

/* "sh: 1: cannot create a b.txt: Permission denied": what stands before the last
 * words.  A file that is not there and yet refused was to be made. */
static void
try_last(struct search *s)
{
	static const char *const filler[] = {
		"cannot ", "can't ", "could not ", "unable to ", "create ", "open ", "write ",
		"to ", "read ", "file ", "directory ", "regular ", "touch ", "remove ",
		"overwrite ",
	};
	size_t end = 0, from;

	for (size_t i = 0; i + 1 < s->line.n; i++)
		if (s->line.p[i] == ':' && s->line.p[i + 1] == ' ' && begins_denied(
		    (struct str){ s->line.p + i + 2, s->line.n - i - 2 }))
			end = i;
	for (from = end; from > 0 && s->line.p[from - 1] != ':'; from--)
		;
	struct str words = trimmed(s->line.p + from, end - from);
	for (size_t i = 0; i < ARRAY_LEN(filler); i++)
		if (str_starts(words, str_of(filler[i]))) {
			words.p += strlen(filler[i]);
			words.n -= strlen(filler[i]);
		}
	/* "cannot open output file a/b": in any case more words than a name */
	for (size_t i = words.n; i > 0 && s->to_be_made; i--)
		if (words.p[i - 1] == ' ' && memchr(words.p + i, '/', words.n - i))
			words = (struct str){ words.p + i, words.n - i };
	if (words.n > 0)
		try_path(s, words);
}

static void
try_line(struct search *s)
{
	s->to_be_made = false;
	try_quoted(s);
	try_split(s, ":");
	if (s->denied)
		try_last(s);
	try_split(s, " \t:'\"`,=");
	s->to_be_made = true;
	if (s->denied) {
		try_quoted(s);
		try_last(s);
	}
}

static bool
explain_network(struct action *a)
{
	err_set(&a->e, ERR_NETWORK, "%.*s wants the network, which it does not declare",
	    STR_ARG(a->label));
	err_hint(&a->e, is_shipped_rule(a) ? "add network = true to %.*s" :
	    "add network = true to ctx:run in the rule of %.*s", STR_ARG(a->label));
	return true;
}

enum refusal
action_refused(struct action_job *j, struct str output)
{
	struct search s = { .j = j };
	bool denied = false;

	if (!j->a.host->sandbox)
		return REFUSED_NO;
	for (struct str text = output; text.n > 0 && !s.found;) {
		s.line = next_line(&text);
		if (s.line.n > DISK_PATH_MAX)
			continue;
		s.denied = has_any(s.line, DENIED);
		denied = denied || s.denied;
		if (s.denied || has_any(s.line, MISSING))
			try_line(&s);
	}
	if (!s.found && !j->a.network &&
	    (has_any(output, NETWORK) || (denied && has_word(output, "socket"))))
		s.found = explain_network(&j->a);
	if (s.found)
		j->a.e.transient = true;
	return s.found ? REFUSED_EXPLAINED : denied ? REFUSED_UNKNOWN : REFUSED_NO;
}
