/* test_match.c -- glob rules: tables, and random patterns against a matcher
 * that is too slow and too simple to be wrong.  Usage: test_match [SEED]. */
#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "base/match.h"
#include "test.h"

struct expect { const char *pattern, *text; bool match; };

static const struct expect names[] = {
	{ "", "", true }, { "", "a", false }, { "a", "", false }, { "a", "a", true },
	{ "a", "b", false }, { "a", "ab", false }, { "ab", "a", false },
	{ "*", "a", true }, { "*", "abc", true }, { "*", "", true }, { "*.c", "a.c", true },
	{ "*.c", "a.h", false }, { "*.c", ".c", false }, { "*.c", "a.c.c", true },
	{ "*.c", "a.cc", false }, { "a*", "a", true }, { "a*", "abc", true },
	{ "a*b", "ab", true }, { "a*b", "axxb", true }, { "a*b", "axxbc", false },
	{ "*a*", "bab", true }, { "*a*", "bbb", false }, { "a*b*c", "aXbYc", true },
	{ "a*b*c", "acb", false }, { "*ab", "aab", true }, { "*aab", "aaab", true },
	{ "*a*a*a", "aa", false }, { "*a*a*a", "aaa", true },
	{ "?", "a", true }, { "?", "", false }, { "?", "ab", false }, { "a?c", "abc", true },
	{ "??", "\xc3\xa9", true }, { "?", "\xc3\xa9", false }, { "?", "\xff", true },
	{ "*?", "a", true }, { "?*", "", false }, { "*?", "", false },
	/* classes */
	{ "[abc]", "a", true }, { "[abc]", "c", true }, { "[abc]", "d", false },
	{ "[a-c]", "b", true }, { "[a-c]", "d", false }, { "[a-cx-z]", "y", true },
	{ "[a-cx-z]", "m", false }, { "[!a]", "b", true }, { "[!a]", "a", false },
	{ "[!a-c]", "b", false }, { "[!a-c]", "d", true }, { "[!a]", "", false },
	{ "[]]", "]", true }, { "[]a]", "a", true }, { "[]-a]", "_", true },
	{ "[!]]", "]", false }, { "[!]]", "a", true }, { "[a-]", "-", true },
	{ "[a-]", "b", false }, { "[-a]", "-", true }, { "[-a]", "a", true },
	{ "[a!]", "!", true }, { "[!!]", "!", false }, { "[!!]", "a", true },
	{ "[^a]", "^", true }, { "[^a]", "b", false }, { "[a-c-e]", "-", true },
	{ "[a-c-e]", "d", false }, { "[*]", "*", true }, { "[*]", "a", false },
	{ "[?]", "?", true }, { "[?]", "a", false }, { "[[]", "[", true }, { "[.]x", "x", false },
	{ "[\x80-\xff]", "\xc3", true }, { "[\x80-\xff]", "a", false },
	{ "[a-a]", "a", true }, { "[!a-a]", "a", false }, { "[--0]", ".", false },
	{ "a[--0]", "a.", true }, { "[a]*", "abc", true }, { "*[0-9]", "abc7", true },
	{ "*[0-9]", "abc", false }, { "[ab][cd]", "bd", true }, { "[ab][cd]", "ba", false },
	{ "a]", "a]", true }, { "a-b", "a-b", true }, { "\\*", "\\x", true }, { "\\*", "*", false },
	/* what is not closed matches nothing */
	{ "[a", "a", false }, { "[a", "[a", false }, { "[", "[", false }, { "[]", "]", false },
	{ "*[", "a[", false }, { "[!", "a", false }, { "[!]", "a", false },
	/* hidden names */
	{ "*", ".a", false }, { "?a", ".a", false }, { "[.]a", ".a", false },
	{ "[!b]a", ".a", false }, { ".*", ".a", true }, { ".a", ".a", true }, { ".?", ".a", true },
	{ ".*", "a", false }, { ".*", ".", true }, { ".*", "..a", true }, { "*.a", ".a", false },
	{ "a*", "a.b", true }, { "a?b", "a.b", true }, { "a[.]b", "a.b", true },
	/* a slash is matched by no wildcard */
	{ "*", "a/b", false }, { "a?b", "a/b", false }, { "a[/]b", "a/b", false },
	{ "a[!x]b", "a/b", false }, { "a*b", "a/b", false },
	{ "a[.-0]b", "a/b", false }, { "*b", "a/b", false },
};

static const struct expect paths[] = {
	{ "", "", true }, { "", "a", false }, { "a", "", false }, { "*", "", false },
	{ "a/b", "a/b", true }, { "a/b", "a", false }, { "a", "a/b", false },
	{ "a/*", "a/b", true }, { "a/*", "a", false }, { "a/*", "a/b/c", false },
	{ "*/b", "a/b", true }, { "*/*", "a/b", true }, { "*/*", "a", false },
	{ "*", "a/b", false }, { "a*b", "a/b", false }, { "a?b", "a/b", false },
	{ "src/*.c", "src/a.c", true }, { "src/*.c", "src/x/a.c", false },
	/* "**" */
	{ "**", "", true }, { "**", "a", true }, { "**", "a/b/c", true },
	{ "**/a", "a", true }, { "**/a", "x/a", true }, { "**/a", "x/y/a", true },
	{ "**/a", "xa", false }, { "**/a", "a/x", false }, { "**/a", "", false },
	{ "a/**", "a", true }, { "a/**", "a/b", true }, { "a/**", "a/b/c", true },
	{ "a/**", "b", false }, { "a/**", "ab", false }, { "a/**/b", "a/b", true },
	{ "a/**/b", "a/x/b", true }, { "a/**/b", "a/x/y/b", true }, { "a/**/b", "a/x/y", false },
	{ "a/**/b", "ab", false }, { "a/**/b", "a/bb", false }, { "a/**/b", "a/x/b/y", false },
	{ "**/*.c", "a.c", true }, { "**/*.c", "x/y/a.c", true }, { "**/*.c", "x.c/y", false },
	{ "**/**", "", true }, { "**/**", "a", true }, { "**/**/a", "a", true },
	{ "**/**/a", "x/y/z/a", true }, { "**/*", "", false }, { "**/*", "a", true },
	{ "**/*", "a/b", true }, { "*/**", "a", true }, { "*/**", "", false },
	{ "**/a/**", "a", true }, { "**/a/**", "x/a", true }, { "**/a/**", "x/a/y/z", true },
	{ "**/a/**", "x/y", false }, { "**/a/**/b", "a/x/a/b", true },
	{ "**/a/b/**/c", "a/x/a/b/y/c", true }, { "**/a/b/**/c", "a/x/b/c", false },
	{ "**/a/*/c", "a/b/a/b/c", true }, { "**/a/a/b", "a/a/a/b", true },
	/* "**" that is no whole segment does not cross a slash */
	{ "a**", "a/b", false }, { "**a", "x/a", false }, { "a**b", "axb", true },
	/* hidden directories and files */
	{ "**", ".a", false }, { "**", "a/.b", false }, { "**", "a/.b/c", false },
	{ "**/a", ".x/a", false }, { "**/.x/a", ".x/a", true }, { "**/.x/a", "y/.x/a", true },
	{ "**/.*", "a/b/.c", true }, { "**/.*", "a/.b/c", false }, { "**/.*/**", "a/.b/c", true },
	{ "**/.*/**", "a/.b/.c", false }, { "*/a", ".x/a", false }, { ".*/a", ".x/a", true },
	{ "a/**/b", "a/.x/b", false }, { "**/*.c", ".a.c", false }, { "**/.a.c", "x/.a.c", true },
	{ "**/*/.a/b/**/c", "x/.a/b/x/.a/b/c", false }, { "**/.a/**/.a", ".a/x/.a", true },
};

static void
tables(void)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		T_CASE(match_name(str_of(names[i].pattern), str_of(names[i].text)) ==
		    names[i].match, names[i].pattern);
	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		T_CASE(match_path(str_of(paths[i].pattern), str_of(paths[i].text)) ==
		    paths[i].match, paths[i].pattern);
}

static void
problems(void)
{
	static const char *good[] = { "a", "*", "**", "a/b", "a/**/b", "**/*.c", "[a-z]", "[]]",
		"[!]]", "[!a]x", "[**]", "[a-]", "[-]", "[--a]", "...", ".a", "..a", "a..", "*.*",
		"*a*b*", "[*]*[*]", "a]", "\xff*", "**/**", "[!!]", "a b", "[a-c-e]", "?",
		"{a,b}" };
	static const struct { const char *pattern, *says; } bad[] = {
		{ "", "empty" }, { "/", "absolute" }, { "/a", "absolute" }, { "/**", "absolute" },
		{ "//", "absolute" }, { "a//b", "empty segment" }, { "a/", "empty segment" },
		{ "**/", "empty segment" }, { "..", "\"..\"" }, { "../a", "\"..\"" },
		{ "a/..", "\"..\"" }, { "a/../b", "\"..\"" }, { ".", "\".\"" }, { "./a", "\".\"" },
		{ "a/./b", "\".\"" }, { "a/.", "\".\"" }, { "a**", "whole segment" },
		{ "**a", "whole segment" }, { "a**b", "whole segment" }, { "***", "whole segment" },
		{ "x/**.c", "whole segment" }, { "[a]**", "whole segment" },
		{ "**[a]", "whole segment" }, { "[", "not closed" },
		{ "[]", "not closed" }, { "[!", "not closed" }, { "[!]", "not closed" },
		{ "[a", "not closed" }, { "x/[a/b]", "not closed" }, { "[a]/[b", "not closed" },
		{ "*[", "not closed" }, { "[z-a]", "backwards" }, { "[a-cz-x]", "backwards" },
		{ "[!b-a]", "backwards" }, { "a/[1-0]*", "backwards" },
	};

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		T_CASE(match_problem(str_of(good[i])) == NULL, good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const char *says = match_problem(str_of(bad[i].pattern));
		T_CASE(says && strstr(says, bad[i].says), bad[i].pattern);
	}
	T(strstr(match_problem((struct str){ "a\0b", 3 }), "zero byte") != NULL);
}

static void
is_pattern(void)
{
	T(match_is_pattern(STR("*")) && match_is_pattern(STR("a?")) && match_is_pattern(STR("[")));
	T(!match_is_pattern(STR("")) && !match_is_pattern(STR("a]{b}\\!")));
}

/* The simple matcher: all ways are tried. */
static bool
slow_class(const char **p, unsigned char c)
{
	const char *at = *p + 1;
	bool negated = *at == '!', found = false;
	const char *first = at += negated;

	for (; *at != ']' || at == first; at++) {
		unsigned char lo = (unsigned char)*at, hi = lo;
		if (at[1] == '-' && at[2] != ']') {
			hi = (unsigned char)at[2];
			at += 2;
		}
		found |= c >= lo && c <= hi;
	}
	*p = at + 1;
	return found != negated;
}

static bool
slow_segment(const char *p, const char *s, const char *end)
{
	if (*p == '\0' || *p == '/')
		return s == end;
	if (*p == '*') {
		for (const char *t = s; t <= end; t++)
			if (slow_segment(p + 1, t, end))
				return true;
		return false;
	}
	if (s == end)
		return false;
	if (*p == '?')
		return slow_segment(p + 1, s + 1, end);
	if (*p == '[')
		return slow_class(&p, (unsigned char)*s) && slow_segment(p, s + 1, end);
	return *p == *s && slow_segment(p + 1, s + 1, end);
}

static const char *
behind(const char *p)
{
	p += strcspn(p, "/");
	return *p ? p + 1 : p;
}

static bool
slow_path(const char *p, const char *s)
{
	const char *end = s + strcspn(s, "/");

	if (*p == '\0')
		return *s == '\0';
	if (strncmp(p, "**", 2) == 0 && (p[2] == '/' || p[2] == '\0'))
		return slow_path(behind(p), s) || (*s && *s != '.' && slow_path(p, behind(s)));
	if (*s == '\0' || (*s == '.' && *p != '.') || !slow_segment(p, s, end))
		return false;
	return slow_path(behind(p), behind(s));
}

static void
random_text(unsigned long long *seed, const char *const *pieces, size_t n, struct buf *b)
{
	size_t segments = test_random(seed) % 6;

	buf_reset(b);
	for (size_t i = 0; i < segments; i++) {
		if (i > 0)
			buf_addc(b, '/');
		if (pieces[0][0] == '*' && test_random(seed) % 3 == 0) {
			buf_adds(b, "**");
			continue;
		}
		size_t len = 1 + test_random(seed) % 3;
		for (size_t k = 0; k < len; k++)
			buf_adds(b, pieces[test_random(seed) % n]);
	}
	buf_adds(b, "");
}

static void
random_patterns(unsigned long long seed)
{
	static const char *const in_pattern[] = { "*", "a", "b", "?", "[ab]", "[!a]", ".", "a",
		"b" };
	static const char *const in_path[] = { "a", "b", "a", "b", "." };
	struct buf pattern = BUF_INIT, path = BUF_INIT;
	unsigned long matches = 0;

	for (int round = 0; round < 200000; round++) {
		random_text(&seed, in_pattern, ARRAY_LEN(in_pattern), &pattern);
		random_text(&seed, in_path, ARRAY_LEN(in_path), &path);
		bool want = slow_path(pattern.p, path.p);
		matches += want;
		if (!T_CASE(match_path(buf_str(&pattern), buf_str(&path)) == want, pattern.p))
			printf("path: %s\n", path.p);
	}
	T(matches > 1000);
	buf_fini(&pattern);
	buf_fini(&path);
}

/* Patterns that make a matcher with plain recursion run for years. */
static void
no_explosion(void)
{
	struct buf pattern = BUF_INIT, text = BUF_INIT;

	for (int i = 0; i < 60; i++)
		buf_adds(&pattern, "*a");
	for (int i = 0; i < 200; i++)
		buf_addc(&text, 'a');
	buf_addc(&pattern, 'b');
	T(!match_name(buf_str(&pattern), buf_str(&text)));
	buf_reset(&pattern);
	buf_reset(&text);
	for (int i = 0; i < 60; i++)
		buf_adds(&pattern, "**/a/");
	for (int i = 0; i < 200; i++)
		buf_adds(&text, "a/");
	buf_adds(&pattern, "b");
	buf_adds(&text, "a");
	T(!match_path(buf_str(&pattern), buf_str(&text)));
	buf_fini(&pattern);
	buf_fini(&text);
}

int
main(int argc, char **argv)
{
	unsigned long long seed = argc > 1 ? strtoull(argv[1], NULL, 10) :
	    (unsigned long long)time(NULL);

	printf("seed %llu\n", seed);
	tables();
	problems();
	is_pattern();
	random_patterns(seed * 2 + 1);
	no_explosion();
	return test_end();
}
