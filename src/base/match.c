/* match.c -- glob matching in time O(pattern * name), whatever the pattern.
 *
 * Both levels use the same scheme: on a mismatch go back to the last star only
 * and let it take one more byte (or segment).  An earlier star need not be
 * tried again: whatever it could take, the later one can take as well.  For
 * "**", which takes no hidden segment, this still holds: a hidden segment is
 * matched only by a pattern segment that begins with ".", so a piece between
 * two "**" that has one cannot be shifted at all.
 */
#include "base/match.h"

#define NOWHERE SIZE_MAX

static bool
hidden(struct str s)
{
	return s.n > 0 && s.p[0] == '.';
}

/* Behind the "]" of the class that begins at pattern.p[at], or NOWHERE.  A "]"
 * that comes first is a member. */
static size_t
class_end(struct str pattern, size_t at)
{
	size_t i = at + 1;

	if (i < pattern.n && pattern.p[i] == '!')
		i++;
	for (size_t first = i; i < pattern.n && pattern.p[i] != '/'; i++)
		if (pattern.p[i] == ']' && i > first)
			return i + 1;
	return NOWHERE;
}

/* A member at p[i], p[i] < end: one byte or a range "a-z"; the "-" is itself
 * when it comes last.  Returns where the next member begins. */
static size_t
class_member(const char *p, size_t i, size_t end, unsigned char *lo, unsigned char *hi)
{
	*lo = *hi = (unsigned char)p[i];
	if (i + 2 >= end || p[i + 1] != '-')
		return i + 1;
	*hi = (unsigned char)p[i + 2];
	return i + 3;
}

static bool
class_has(struct str pattern, size_t at, size_t end, char c)
{
	size_t i = at + 1, last = end - 1;
	bool negated = pattern.p[i] == '!', found = false;
	unsigned char byte = (unsigned char)c, lo, hi;

	for (i += negated; i < last;) {
		i = class_member(pattern.p, i, last, &lo, &hi);
		found = found || (byte >= lo && byte <= hi);
	}
	return found != negated;
}

/* Does what stands at pattern.p[*at] (no star) match c?  Moves *at behind it. */
static bool
match_one(struct str pattern, size_t *at, char c)
{
	size_t from = *at, end;

	switch (pattern.p[from]) {
	case '?':
		*at = from + 1;
		return c != '/';
	case '[':
		end = class_end(pattern, from);
		if (end == NOWHERE)
			return false;
		*at = end;
		return c != '/' && class_has(pattern, from, end, c);
	default:
		*at = from + 1;
		return pattern.p[from] == c;
	}
}

bool
match_is_pattern(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '*' || s.p[i] == '?' || s.p[i] == '[')
			return true;
	return false;
}

bool
match_name(struct str pattern, struct str name)
{
	size_t p = 0, n = 0, star = NOWHERE, star_n = 0;

	if (hidden(name) && !hidden(pattern))
		return false;
	while (n < name.n || p < pattern.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			star_n = n;
			continue;
		}
		if (p < pattern.n && n < name.n && match_one(pattern, &p, name.p[n])) {
			n++;
			continue;
		}
		if (star == NOWHERE || star_n == name.n || name.p[star_n] == '/')
			return false;
		p = star;
		n = ++star_n;
	}
	return true;
}

/* Takes the first segment off *rest; false when nothing is left. */
static bool
next_segment(struct str *rest, struct str *segment)
{
	size_t n = 0;

	if (rest->n == 0)
		return false;
	while (n < rest->n && rest->p[n] != '/')
		n++;
	*segment = (struct str){ rest->p, n };
	n += n < rest->n;
	*rest = (struct str){ rest->p + n, rest->n - n };
	return true;
}

bool
match_path(struct str pattern, struct str path)
{
	struct str want, have, star = STR(""), star_path = STR("");
	bool starred = false;

	while (pattern.n > 0 || path.n > 0) {
		struct str rest = path;
		bool more = next_segment(&pattern, &want);
		if (more && str_eq(want, STR("**"))) {
			starred = true;
			star = pattern;
			star_path = path;
			continue;
		}
		if (more && next_segment(&rest, &have) && match_name(want, have)) {
			path = rest;
			continue;
		}
		if (!starred || !next_segment(&star_path, &have) || hidden(have))
			return false;
		pattern = star;
		path = star_path;
	}
	return true;
}

static const char *
class_problem(struct str segment, size_t at, size_t end)
{
	size_t i = at + 1, last = end - 1;
	unsigned char lo, hi;

	for (i += segment.p[i] == '!'; i < last;) {
		i = class_member(segment.p, i, last, &lo, &hi);
		if (lo > hi)
			return "a range in \"[...]\" runs backwards";
	}
	return NULL;
}

static const char *
segment_problem(struct str s)
{
	const char *problem = NULL;
	size_t i = 0;

	if (s.n == 0)
		return "it has an empty segment (\"//\", or \"/\" at the end)";
	if (str_eq(s, STR("..")))
		return "it leaves its directory (\"..\")";
	if (str_eq(s, STR(".")))
		return "it has a segment \".\"";
	if (str_eq(s, STR("**")))
		return NULL;
	while (i < s.n && !problem) {
		size_t end = i + 1;
		if (s.p[i] == '*' && end < s.n && s.p[end] == '*')
			return "\"**\" is not a whole segment";
		if (s.p[i] == '[') {
			end = class_end(s, i);
			if (end == NOWHERE)
				return "a \"[\" is not closed";
			problem = class_problem(s, i, end);
		}
		i = end;
	}
	return problem;
}

const char *
match_problem(struct str pattern)
{
	size_t i = 0;

	if (pattern.n == 0)
		return "it is empty";
	if (pattern.p[0] == '/')
		return "it is absolute";
	if (memchr(pattern.p, '\0', pattern.n))
		return "it has a zero byte";
	for (;;) {
		size_t from = i;
		while (i < pattern.n && pattern.p[i] != '/')
			i++;
		const char *problem = segment_problem((struct str){ pattern.p + from, i - from });
		if (problem || i == pattern.n)
			return problem;
		i++;
	}
}
