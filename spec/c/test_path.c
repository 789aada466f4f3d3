/* test_path.c -- tables of paths, and laws that hold for all of them. */
#include "base/path.h"
#include "test.h"

static const struct { const char *path, *dir, *base, *ext; } parts[] = {
	{ "", "", "", "" },
	{ "a", "", "a", "" },
	{ "a/b", "a", "b", "" },
	{ "a/b/c", "a/b", "c", "" },
	{ "/", "/", "", "" },
	{ "//", "/", "", "" },
	{ "/a", "/", "a", "" },
	{ "//a", "/", "a", "" },
	{ "/a/b", "/a", "b", "" },
	{ "a//b", "a", "b", "" },
	{ "a/", "a", "", "" },
	{ "a.c", "", "a.c", ".c" },
	{ "a/b.tar.gz", "a", "b.tar.gz", ".gz" },
	{ "a.d/b", "a.d", "b", "" },
	{ ".profile", "", ".profile", "" },
	{ ".profile.bak", "", ".profile.bak", ".bak" },
	{ "..", "", "..", "" },
	{ "...", "", "...", "" },
	{ "..a", "", "..a", "" },
	{ "..a.b", "", "..a.b", ".b" },
	{ "a.", "", "a.", "" },
	{ "a..b", "", "a..b", ".b" },
	{ "a/.c", "a", ".c", "" },
	{ "a b/\xff\xfe.\x80", "a b", "\xff\xfe.\x80", ".\x80" },
};

static void
splitting(void)
{
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct str p = str_of(parts[i].path);
		T_CASE(str_eq(path_dir(p), str_of(parts[i].dir)), parts[i].path);
		T_CASE(str_eq(path_base(p), str_of(parts[i].base)), parts[i].path);
		T_CASE(str_eq(path_ext(p), str_of(parts[i].ext)), parts[i].path);
		T_CASE(path_is_abs(p) == (parts[i].path[0] == '/'), parts[i].path);
	}
}

static void
joining(void)
{
	static const char *cases[][3] = {
		{ "", "a", "a" }, { "a", "b", "a/b" }, { "a/b", "c", "a/b/c" },
		{ "/", "a", "/a" }, { "/a", "b", "/a/b" }, { "a", "", "a" }, { "", "", "" },
		{ "a/", "b", "a/b" }, { "a", "b/c", "a/b/c" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf b = BUF_INIT;
		buf_adds(&b, "x:/");
		path_join(&b, str_of(cases[i][0]), str_of(cases[i][1]));
		T_CASE(strcmp(b.p + 3, cases[i][2]) == 0 && memcmp(b.p, "x:/", 3) == 0, b.p);
		buf_fini(&b);
	}
}

/* NULL: it leaves its root. */
static const struct { const char *path, *normal; } norms[] = {
	{ "", "" }, { ".", "" }, { "./", "" }, { "./.", "" }, { "a", "a" }, { "a/", "a" },
	{ "./a", "a" }, { "a/.", "a" }, { "a//b", "a/b" }, { "a/./b", "a/b" },
	{ "a///", "a" }, { "a/..", "" }, { "a/../b", "b" }, { "a/b/..", "a" },
	{ "a/b/../..", "" }, { "a/b/../../c", "c" }, { "a/b/../c", "a/c" },
	{ "..", NULL }, { "../a", NULL }, { "a/../..", NULL }, { "a/../../b", NULL },
	{ "./..", NULL }, { "a/b/../../../c", NULL },
	{ "...", "..." }, { "a/...", "a/..." }, { "..a", "..a" }, { "a../b", "a../b" },
	{ ".a/.b", ".a/.b" }, { ".a/../.b", ".b" },
	{ "/", "/" }, { "//", "/" }, { "/.", "/" }, { "/..", "/" }, { "/../..", "/" },
	{ "/a", "/a" }, { "//a//b/", "/a/b" }, { "/a/..", "/" }, { "/a/../b", "/b" },
	{ "/../a", "/a" }, { "/a/../../b", "/b" }, { "/./a", "/a" },
	{ " / ", " / " }, { "a\nb/c", "a\nb/c" }, { "-a", "-a" },
};

static void
normalizing(void)
{
	for (size_t i = 0; i < ARRAY_LEN(norms); i++) {
		const char *path = norms[i].path, *want = norms[i].normal;
		struct buf b = BUF_INIT, again = BUF_INIT;
		buf_adds(&b, "p/q/");
		bool ok = path_normalize(&b, str_of(path));
		T_CASE(memcmp(b.p, "p/q/", 4) == 0 && b.p[b.n] == '\0', path);
		T_CASE(ok == (want != NULL), path);
		T_CASE(strcmp(b.p + 4, want ? want : "") == 0, path);
		bool normal = want && *path != '/' && strcmp(path, want) == 0;
		T_CASE(path_is_normal(str_of(path)) == normal, path);
		if (want) {
			T_CASE(path_normalize(&again, str_of(want)), path);
			T_CASE(str_eq(buf_str(&again), str_of(want)), path);
		}
		buf_fini(&again);
		buf_fini(&b);
	}
	struct buf b = BUF_INIT;
	T(!path_normalize(&b, (struct str){ "a\0b", 3 }) && b.n == 0);
	T(!path_is_normal((struct str){ "a\0b", 3 }));
	T(path_normalize(&b, (struct str){ NULL, 0 }) && b.n == 0);
	buf_fini(&b);
}

/* Long chains of segments that come and go. */
static void
random_walks(void)
{
	unsigned long long seed = 99;

	for (int round = 0; round < 3000; round++) {
		struct buf p = BUF_INIT, got = BUF_INIT, want = BUF_INIT;
		const char *names[64];
		size_t depth = 0;
		bool inside = true;
		buf_adds(&p, "./");
		for (int i = 0; i < 40 && inside; i++) {
			static const char *choice[] = { "..", ".", "", "a", "bb", ".c", "..d" };
			const char *seg = choice[test_random(&seed) % 7];
			buf_adds(&p, seg);
			buf_addc(&p, '/');
			if (strcmp(seg, "..") == 0)
				inside = depth-- > 0;
			else if (*seg && strcmp(seg, ".") != 0)
				names[depth++] = seg;
		}
		for (size_t i = 0; inside && i < depth; i++)
			buf_printf(&want, "%s%s", i ? "/" : "", names[i]);
		T_CASE(path_normalize(&got, buf_str(&p)) == inside, buf_str(&p).p);
		T_CASE(str_eq(buf_str(&got), buf_str(&want)), buf_str(&p).p);
		T(!inside || path_is_normal(buf_str(&got)));
		buf_fini(&p);
		buf_fini(&got);
		buf_fini(&want);
	}
}

static void
ups(void)
{
	static const struct { const char *path; size_t n; } cases[] = {
		{ "", 0 }, { "a", 0 }, { "a/..", 0 }, { "..", 2 }, { "../a", 3 }, { "../..", 5 },
		{ "../../a/..", 6 }, { "..a", 0 }, { "../..a", 3 }, { "...", 0 }, { "/..", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		T_CASE(path_ups(str_of(cases[i].path)) == cases[i].n, cases[i].path);
}

static void
within(void)
{
	static const struct { const char *p, *dir; bool in; } cases[] = {
		{ "a", "", true }, { "", "", true }, { "a/b", "", true }, { "/a", "", false },
		{ "a", "a", true }, { "a/b", "a", true }, { "ab", "a", false },
		{ "a", "a/b", false },
		{ "a/bc", "a/b", false }, { "a/b/c", "a/b", true }, { "", "a", false },
		{ "/", "/", true }, { "/a", "/", true }, { "a", "/", false },
		{ "/a/b", "/a", true }, { "/ab", "/a", false }, { ".a", ".", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		T_CASE(path_is_within(str_of(cases[i].p), str_of(cases[i].dir)) == cases[i].in,
		    cases[i].p);
}

int
main(void)
{
	splitting();
	joining();
	normalizing();
	random_walks();
	ups();
	within();
	return test_end();
}
