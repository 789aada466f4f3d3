/* action_depfile.c -- the make syntax as gcc, clang and their like write it.
 *
 *   a.o b.o: x.c \
 *     with\ space.h cash$$.h hash\#.h
 *   x.h:
 *
 * Of a run of backslashes: before a blank, an odd run of 2n+1 is n backslashes
 * and the blank, an even run is itself and ends the word; before "#" and ":"
 * the last one goes; before a newline the last one joins the lines; elsewhere
 * they stand for themselves (so do those of gcc).  A colon ends the targets
 * when a blank or the end follows.  Behind an unescaped "#" that begins a word
 * comes a comment.
 */
#include "nodes/action_depfile.h"

#include "base/buf.h"

struct parser {
	struct str text;
	size_t at;
	int line;
	struct buf word;
	bool in_targets;         /* before the colon of a rule */
	bool any;                /* a target was seen in this rule */
	depfile_fn fn;
	void *arg;
	struct err *e;
};

/* The byte at an offset from here; '\n' behind the end, so that the end of the
 * text ends a rule. */
static char
peek(const struct parser *p, size_t ahead)
{
	return ahead < p->text.n - p->at ? p->text.p[p->at + ahead] : '\n';
}

static bool
at_end(const struct parser *p)
{
	return p->at >= p->text.n;
}

/* Bytes of a newline that stands `ahead`: 1, 2 (CR LF) or 0. */
static size_t
newline(const struct parser *p, size_t ahead)
{
	if (peek(p, ahead) == '\n')
		return 1;
	return peek(p, ahead) == '\r' && peek(p, ahead + 1) == '\n' ? 2 : 0;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool
ends_word(const struct parser *p, size_t ahead)
{
	return blank(peek(p, ahead)) || newline(p, ahead) > 0;
}

static void
skip(struct parser *p, size_t n)
{
	size_t left = p->text.n - p->at;

	p->at += n < left ? n : left;
}

static void
put_backslashes(struct parser *p, size_t n)
{
	while (n-- > 0)
		buf_addc(&p->word, '\\');
}

/* At a run of backslashes.  True: the word ends behind it. */
static bool
backslashes(struct parser *p)
{
	size_t n = 0, nl;
	char next;

	while (peek(p, n) == '\\')
		n++;
	next = peek(p, n);
	nl = newline(p, n);
	if (nl > 0) {                            /* lines joined; a blank, really */
		put_backslashes(p, n - 1);
		skip(p, n + nl);
		p->line++;
		return true;
	}
	skip(p, n);
	if (blank(next) && n % 2 == 1) {
		put_backslashes(p, n / 2);
		buf_addc(&p->word, next);
		skip(p, 1);
	} else if (next == '#' || (next == ':' && p->in_targets)) {
		put_backslashes(p, n - 1);
		buf_addc(&p->word, next);
		skip(p, 1);
	} else {
		put_backslashes(p, n);
	}
	return false;
}

/* One word into p->word; it may be empty.  *colon: it was a target and the
 * colon behind it has been taken. */
static void
read_word(struct parser *p, bool *colon)
{
	*colon = false;
	buf_reset(&p->word);
	while (!at_end(p) && !ends_word(p, 0)) {
		char c = peek(p, 0);
		if (c == '\\') {
			if (backslashes(p))
				return;
			continue;
		}
		if (c == ':' && p->in_targets && ends_word(p, 1)) {
			skip(p, 1);
			*colon = true;
			return;
		}
		skip(p, c == '$' && peek(p, 1) == '$' ? 2 : 1);
		buf_addc(&p->word, c);
	}
}

static bool
bad(struct parser *p, const char *what)
{
	return err_set(p->e, ERR_DEPFILE, "line %d: %s", p->line, what);
}

static bool
end_line(struct parser *p)
{
	if (p->in_targets && p->any)
		return bad(p, "a target without a colon");
	skip(p, newline(p, 0));
	p->line++;
	p->in_targets = true;
	p->any = false;
	return true;
}

static void
skip_comment(struct parser *p)
{
	while (!at_end(p) && newline(p, 0) == 0)
		skip(p, 1);
}

static bool
word(struct parser *p)
{
	bool colon, target = p->in_targets;

	read_word(p, &colon);
	if (colon) {
		if (p->word.n == 0 && !p->any)
			return bad(p, "a colon without a target");
		p->in_targets = false;
	} else if (target) {
		p->any = p->any || p->word.n > 0;
	} else if (p->word.n > 0) {
		p->fn(p->arg, buf_str(&p->word));
	}
	return true;
}

static bool
parse(struct parser *p)
{
	bool ok = true;

	while (ok && !at_end(p)) {
		if (newline(p, 0) > 0)
			ok = end_line(p);
		else if (blank(peek(p, 0)))
			skip(p, 1);
		else if (peek(p, 0) == '#')
			skip_comment(p);
		else
			ok = word(p);
	}
	return ok && end_line(p);
}

bool
depfile_parse(struct str text, depfile_fn fn, void *arg, struct err *e)
{
	struct parser p = {
		.text = text, .line = 1, .in_targets = true, .fn = fn, .arg = arg, .e = e
	};

	if (text.n > 0 && memchr(text.p, '\0', text.n))
		return err_set(e, ERR_DEPFILE, "it has a zero byte");
	bool ok = parse(&p);
	buf_fini(&p.word);
	return ok;
}
