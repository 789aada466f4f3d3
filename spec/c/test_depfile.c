/* Tests of action_depfile.c. */
#include "base/buf.h"
#include "nodes/action_depfile.h"
#include "test.h"

static void
on_path(void *arg, struct str path)
{
	buf_addstr(arg, path);
	buf_addc(arg, '|');
}

/* Prerequisites, each with "|" behind it; "!" and the message for an error. */
static bool
gives(const char *text, const char *want)
{
	struct buf got = BUF_INIT;
	struct err e = ERR_INIT;

	if (!depfile_parse(str_of(text), on_path, &got, &e)) {
		buf_reset(&got);
		buf_printf(&got, "!%s", e.msg);
		T(strcmp(e.code, ERR_DEPFILE) == 0);
	}
	bool same = str_eq(buf_str(&got), str_of(want));
	if (!same)
		printf("  %s\n  gave %s\n", text, buf_str(&got).p);
	buf_fini(&got);
	err_fini(&e);
	return same;
}

int
main(void)
{
	T(gives("", ""));
	T(gives("\n\n", ""));
	T(gives("a.o: a.c\n", "a.c|"));
	T(gives("a.o: a.c", "a.c|"));
	T(gives("a.o:", ""));
	T(gives("a.o : a.c  b.h\tc.h\n", "a.c|b.h|c.h|"));
	T(gives("a.o: a.c \\\n  b.h \\\r\n c.h\n", "a.c|b.h|c.h|"));
	T(gives("a.o: a.c\\\n b.h\n", "a.c|b.h|"));
	T(gives("a.o: \\\n", ""));
	T(gives("a.o: x\\", "x|"));
	T(gives("a.o \\\n b.o: c.c\n", "c.c|"));
	T(gives("a.o b.o: c.c\n", "c.c|"));
	T(gives("a.o: a.h\nb.h:\na.h:\n", "a.h|"));                 /* -MP */
	T(gives("a.o: a.h\r\nb.o: b.h\r\n", "a.h|b.h|"));
	T(gives("a.o: with\\ space.h tab\\\there.h\n", "with space.h|tab\there.h|"));
	T(gives("a.o: two\\\\ words\n", "two\\\\|words|"));
	T(gives("a.o: back\\\\\\ slash\n", "back\\ slash|"));
	T(gives("a.o: cash$$.h $x $\n", "cash$.h|$x|$|"));
	T(gives("a.o: hash\\#.h b#c.h # comment: x\n", "hash#.h|b#c.h|"));
	T(gives("# comment\na.o: x\n", "x|"));
	T(gives("a.o: dir\\file c\\:d e:f g\\*\n", "dir\\file|c\\:d|e:f|g\\*|"));
	T(gives("x\\:y.o: x.c\n", "x.c|"));
	T(gives("c:/a.o: c:/a.c\n", "c:/a.c|"));
	T(gives("a.o:a.c b.c\n", "!line 1: a target without a colon"));
	T(gives("a.o: a.c\nb.o\n", "!line 2: a target without a colon"));
	T(gives("a.o: \\\n a.c\nb.o\n", "!line 3: a target without a colon"));
	T(gives(": a.c\n", "!line 1: a colon without a target"));
	T(gives("a.o: \xff\xfe.h caf\xc3\xa9.h\n", "\xff\xfe.h|caf\xc3\xa9.h|"));

	struct err e = ERR_INIT;
	struct buf got = BUF_INIT;
	T(!depfile_parse((struct str){ "a: b\0c", 6 }, on_path, &got, &e));
	err_fini(&e);
	buf_fini(&got);
	return test_end();
}
