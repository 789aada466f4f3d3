/* Tests of FILE_STATE, FILE, FILE_KIND, DIRECTORY_LISTING, GLOB, ENV, BUILTIN. */
#include <stdlib.h>

#include "nodes/keys.h"
#include "space.h"
#include "test.h"
#include "text_value.h"

static struct space s;

static bool
file(const char *path)
{
	return space_build(&s, keys_file(s.keys, str_of(path)));
}

static bool
is(const char *text)
{
	bool same = strcmp(space_value(&s), text) == 0;

	if (!same)
		printf("  value: %s\n", space_value(&s));
	return same;
}

static bool
field_is(const char *name, const char *text)
{
	struct str f = space_field(&s, name);
	bool same = str_eq(f, str_of(text));

	if (!same)
		printf("  %s: %.*s\n", name, STR_ARG(f));
	return same;
}

static bool
says(const char *part)
{
	struct str m = space_field(&s, "message");
	bool found = memmem(m.p, m.n, part, strlen(part)) != NULL;

	if (!found)
		printf("  message: %.*s\n", STR_ARG(m));
	return found;
}

static bool
glob(const char *pkg, const char *include, const char *exclude)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "{'%s', {%s}, {%s}}", pkg, include, exclude);
	struct value *v = text_value(b.p);
	const struct key *key = key_of_value(s.keys, keys_fn(s.keys, STR("GLOB")), v);
	value_unref(v);
	buf_fini(&b);
	return space_build(&s, key);
}

/* ---- FILE_STATE ---- */

static void
test_file_state(void)
{
	char first[33];

	space_write(&s, "a.txt", "hello");
	space_run(&s, "ln -s a.txt link; mkdir dir; mkfifo pipe; touch -d '2020-01-01' a.txt;"
	    "sleep 0.06");
	const struct key *a = keys_file_state(s.keys, STR("a.txt"));
	T(space_build(&s, a) && field_is("kind", "file"));
	T(s.reads == 1);
	snprintf(first, sizeof(first), "%.*s", 32, space_field(&s, "digest").p);
	T(space_build(&s, a) && s.reads == 0 && s.stats.evaluated == 0);
	space_run(&s, "touch a.txt; sleep 0.06");
	T(space_build(&s, a) && s.reads == 1);           /* stat moved, content did not */
	T(s.stats.evaluated == 0 && field_is("digest", first));
	T(space_build(&s, a) && s.reads == 0);           /* the new stat was kept */
	space_run(&s, "chmod +x a.txt");
	T(space_build(&s, a) && strstr(space_value(&s), "exec = true"));
	space_run(&s, "touch -d '2020-01-01' a.txt; sleep 0.06");
	T(space_build(&s, a) && space_build(&s, a) && s.reads == 0);
	space_run(&s, "printf jello > a.txt; touch -d '2020-01-01' a.txt");
	T(space_build(&s, a) && !strstr(space_value(&s), first));   /* same size and mtime */
	space_run(&s, "rm a.txt");
	T(space_build(&s, a) && is("{kind = \"none\"}"));
	T(space_build(&s, keys_file_state(s.keys, STR("link"))) && field_is("target", "a.txt"));
	T(space_build(&s, keys_file_state(s.keys, STR("dir"))) && is("{kind = \"dir\"}"));
	T(space_build(&s, keys_file_state(s.keys, STR("pipe"))) && is("{kind = \"special\"}"));
	T(space_build(&s, keys_file_state(s.keys, STR("dir/x/y"))) && is("{kind = \"none\"}"));
	char *longer = calloc(1, 400);
	memset(longer, 'x', 300);
	T(!space_build(&s, keys_file_state(s.keys, str_of(longer))));   /* never "missing" */
	T(field_is("code", ERR_IO));
	T(!space_build(&s, keys_file_state(s.keys, (struct str){ "a\0b", 3 })) && says("NUL"));
	free(longer);
}

/* A file written just before our look may change again under the same stamp. */
static void
test_racy(void)
{
	space_write(&s, "racy", "one");
	const struct key *k = keys_file_state(s.keys, STR("racy"));
	T(space_build(&s, k));
	T(space_build(&s, k) && s.reads == 1);
	space_run(&s, "sleep 0.06");
	T(space_build(&s, k));
	T(space_build(&s, k) && s.reads == 0);
}

/* ---- FILE ---- */

static void
test_file(void)
{
	T(file("") && is("{kind = \"dir\", real = \"\"}"));
	T(file("/") && is("{kind = \"dir\", real = \"/\"}"));
	space_write(&s, "real/sub/f.txt", "x");
	space_run(&s, "ln -s real alias; ln -s sub/f.txt real/short; ln -s ../alias/short real/up;"
	    "ln -s \"$PWD/real/sub\" abs; ln -s nowhere dangling; ln -s /usr/bin sys");
	T(file("real/sub/f.txt") && field_is("real", "real/sub/f.txt"));
	T(file("alias/sub/f.txt") && field_is("real", "real/sub/f.txt"));
	T(file("alias/short") && field_is("real", "real/sub/f.txt"));
	T(file("alias/up") && field_is("real", "real/sub/f.txt"));
	T(file("abs/f.txt") && field_is("real", "real/sub/f.txt"));
	T(file("abs") && field_is("kind", "dir"));
	T(file("dangling") && is("{kind = \"none\"}"));
	T(file("real/sub/f.txt/below") && is("{kind = \"none\"}"));
	T(file("missing/a/b") && is("{kind = \"none\"}"));
	T(file("sys/env") && field_is("kind", "file"));
	T(space_field(&s, "real").p[0] == '/');
	T(file(s.root) && is("{kind = \"dir\", real = \"\"}"));
	T(!file("a//b") && !file("a/../x") && !file("../a/../x") && field_is("code", ERR_FUNCTION));
	/* the middle link is retargeted */
	space_write(&s, "other/sub/f.txt", "y");
	space_run(&s, "rm alias; ln -s other alias");
	T(file("alias/sub/f.txt") && field_is("real", "other/sub/f.txt"));
	space_run(&s, "mkdir out; ln -s ../../outside.txt out/leave; rm -f ../outside.txt");
	T(file("out/leave") && is("{kind = \"none\"}"));
}

/* Files beside the workspace have names that go up from it. */
static void
test_beside(void)
{
	char dir[96], path[128];

	snprintf(dir, sizeof(dir), "../%s.beside", strrchr(s.root, '/') + 1);
	space_run(&s, "d=../${PWD##*/}.beside; mkdir -p $d/sub $d/sky-out; echo x > $d/sub/f;"
	    "ln -s sub/f $d/link; ln -s ../../${PWD##*/}/own $d/sub/back; echo y > own;"
	    "echo z > $d/sky-out/old");
	T(file("..") && is("{kind = \"dir\", real = \"..\"}"));
	snprintf(path, sizeof(path), "%s/sub/f", dir);
	T(file(path) && field_is("kind", "file") && field_is("real", path));
	snprintf(path, sizeof(path), "%s/sub/back", dir);
	T(file(path) && field_is("real", "own"));
	snprintf(path, sizeof(path), "%s/link", dir);
	T(file(path) && field_is("kind", "file"));
	T(glob(dir, "'**'", "") && is("{\"link\", \"sub/back\", \"sub/f\"}"));
	space_run(&s, "rm -r ../${PWD##*/}.beside own");
	T(file(path) && is("{kind = \"none\"}"));
}

static void
test_links(void)
{
	char first[256];

	space_run(&s, "ln -s b a; ln -s c b; ln -s a c; ln -s self/x self; ln -s two/y one;"
	    "ln -s one/z two; mkdir d; ln -s .. d/up; ln -s d/up/d/up/real/sub/f.txt long");
	T(!file("a") && field_is("code", ERR_SYMLINK) && says("a -> b -> c -> a"));
	snprintf(first, sizeof(first), "%.*s", STR_ARG(space_field(&s, "message")));
	T(!file("c") && field_is("message", first));     /* told the same way */
	T(!file("a/below") && field_is("code", ERR_SYMLINK));
	T(!file("self") && says("expands without end: self -> self/x"));
	T(!file("one") && field_is("code", ERR_SYMLINK));
	T(file("long") && field_is("real", "real/sub/f.txt"));   /* d/up twice is fine */
	T(file("d/up/d/up") && field_is("real", ""));
	space_run(&s, "mkdir many; cd many; echo x > l0;"
	    "for i in $(seq 1 50); do ln -s l$((i-1)) l$i; done");
	T(file("many/l40"));
	T(!file("many/l41") && field_is("code", ERR_SYMLINK));
	space_run(&s, "rm b; echo hi > b");
	T(file("c") && field_is("real", "b"));           /* mended */
}

static void
test_kind(void)
{
	const struct key *k = keys_file_kind(s.keys, STR("kind.txt"));

	space_write(&s, "kind.txt", "1");
	T(space_build(&s, k) && is("\"file\""));
	space_write(&s, "kind.txt", "2");
	T(space_build(&s, k) && is("\"file\""));
	space_run(&s, "rm kind.txt");
	T(space_build(&s, k) && is("\"none\""));
}

/* ---- directories ---- */

static void
test_listing(void)
{
	const struct key *k = keys_directory_listing(s.keys, STR("list"));

	T(space_build(&s, k) && is("{kind = \"none\"}"));
	space_run(&s, "mkdir list; cd list; echo > b; mkdir a; ln -s b c");
	T(space_build(&s, k));
	T(is("{entries = {{kind = \"dir\", name = \"a\"}, {kind = \"file\", name = \"b\"}, "
	    "{kind = \"symlink\", name = \"c\"}}, kind = \"dir\"}"));
	space_run(&s, "rm list/c; echo more >> list/b");
	T(space_build(&s, k) && !strstr(space_value(&s), "\"c\""));
	space_run(&s, "sleep 0.06");
	space_build(&s, k);
	T(space_build(&s, k) && s.stats.evaluated == 0);
	space_run(&s, "rm list/b; mkdir list/b");        /* another kind, same names */
	T(space_build(&s, k) && !strstr(space_value(&s), "\"file\""));
	T(space_build(&s, keys_directory_listing(s.keys, STR(""))));
	T(!strstr(space_value(&s), "sky-out") && strstr(space_value(&s), "\"list\""));
	T(space_build(&s, keys_directory_listing(s.keys, STR("kind2"))));
	space_run(&s, "rm -r list; echo > list");
	T(space_build(&s, k) && is("{kind = \"file\"}"));
}

static void
test_glob(void)
{
	space_run(&s, "mkdir -p g/src/deep/er g/pkg/in g/.hid g/emp; cd g; echo > BUILD.lua;"
	    "echo > a.c; echo > b.c; echo > b.h; echo > .x.c; echo > src/s.c; echo > src/deep/d.c;"
	    "echo > src/deep/er/e.c; echo > pkg/BUILD.lua; echo > pkg/p.c; echo > pkg/in/i.c;"
	    "echo > .hid/h.c; ln -s a.c l.c; ln -s src lsrc; ln -s . src/loop; ln -s /usr/bin sys;"
	    "ln -s gone.c dang.c; echo > 'we [ird].c'; ln -s 'we [ird].c' 'z*.c'");
	T(glob("g", "'*.c'", ""));
	T(is("{\"a.c\", \"b.c\", \"l.c\", \"we [ird].c\", \"z*.c\"}"));
	T(glob("g", "'*.c', 'b.*'", "'l*', 'we*', 'z*'") && is("{\"a.c\", \"b.c\", \"b.h\"}"));
	T(glob("g", "'**/*.c'", "'*.c'"));
	T(is("{\"src/deep/d.c\", \"src/deep/er/e.c\", \"src/s.c\"}"));
	T(glob("g/src", "'**'", ""));
	T(is("{\"deep/d.c\", \"deep/er/e.c\", \"s.c\"}"));
	T(glob("g", "'src/**/**/*.c', '**/deep/**/*.c'", ""));
	T(is("{\"src/deep/d.c\", \"src/deep/er/e.c\", \"src/s.c\"}"));
	T(glob("g", "'lsrc/*.c', '*/s.c'", "") && is("{\"lsrc/s.c\", \"src/s.c\"}"));
	T(glob("g", "'src/s.c', 'nope.c', 'pkg/p.c', 'pkg/*.c', '*/p.c'", ""));
	T(is("{\"src/s.c\"}"));
	T(glob("g", "'sys/*', '*/env', 'sys/env'", "") && is("{}"));   /* leaves the workspace */
	T(glob("g", "'.*.c', '.hid/*'", "") && is("{\".hid/h.c\", \".x.c\"}"));
	T(glob("nowhere", "'**'", "") && is("{}"));
	T(glob("", "'sky-out/**', 'sky*/**', 'sky-out/state/x'", "") && is("{}"));
	T(!glob("g", "'../x'", "") && says("'../x'"));
	T(!glob("g", "'/etc/*'", "") && !glob("g", "'a'", "'a**b'"));
	/* what a new file does */
	T(glob("g", "'src/*.c'", "") && is("{\"src/s.c\"}"));
	space_run(&s, "echo > g/src/t.c");
	T(glob("g", "'src/*.c'", "") && is("{\"src/s.c\", \"src/t.c\"}"));
	space_run(&s, "echo > g/src/BUILD.lua");         /* now a package of its own */
	T(glob("g", "'src/*.c', '**/d.c'", "") && is("{}"));
	T(glob("g", "'src/s.c'", "") && is("{}"));
}

/* ---- other leaves ---- */

static void
test_env(void)
{
	const struct key *k = keys_env(s.keys, STR("SPACE_VAR"));

	unsetenv("SPACE_VAR");
	T(space_build(&s, k) && is("nil"));
	setenv("SPACE_VAR", "one", 1);
	T(space_build(&s, k) && is("\"one\""));
	T(space_build(&s, k) && s.stats.evaluated == 0);
	setenv("SPACE_VAR", "", 1);
	T(space_build(&s, k) && is("\"\""));
}

static void
test_builtin(void)
{
	T(space_build(&s, keys_builtin(s.keys, STR("rules/cc.lua"))));
	T(strlen(space_value(&s)) == 34);
	T(!space_build(&s, keys_builtin(s.keys, STR("no.lua"))) && says("no.lua"));
}

int
main(void)
{
	space_init(&s);
	test_file_state();
	test_racy();
	test_file();
	test_links();
	test_beside();
	test_kind();
	test_listing();
	test_glob();
	test_env();
	test_builtin();
	space_fini(&s);
	return test_end();
}
