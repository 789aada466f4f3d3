/* Tests of ACTION: depfiles and the headers that they name. */
#include "action_test.h"

static void
test_headers(void)
{
	space_write(&s, "m.c", "h1.h h2.h");
	space_write(&s, "h1.h", "1");
	space_write(&s, "h2.h", "2");
	space_write(&s, "h3.h", "3");
	space_target(&s, "//d:g", "{kind = 'write', text = 'g', "
	    "outputs = {gen '//d:g' 1 'sky-out/bin/g.h'}}");
	space_target(&s, "//d:dir", "{argv = {'sh', '-c', 'echo D > sky-out/bin/dir/x.h'}, "
	    "outputs = {gendir '//d:dir' 1 'sky-out/bin/dir'}}");
	space_target(&s, "//d:d", SCAN);
	settle();
	T(runs("//d:d", "//d:g#1 executed: new\n//d:dir#1 executed: new\n"
	    "//d:d#1 executed: new\n"));
	T(file_is("sky-out/bin/d.o", "12") && file_is("sky-out/bin/d.d", "(none)"));
	T(runs("//d:d", ""));
	space_write(&s, "h2.h", "II");
	T(runs("//d:d", "//d:d#1 executed: header changed: h2.h\n"));
	space_run(&s, "touch h1.h h2.h; rm h3.h");
	T(runs("//d:d", ""));
	/* a header that is gone and no longer wanted */
	space_run(&s, "rm h2.h; printf h1.h > m.c");
	T(runs("//d:d", "//d:d#1 executed: input changed: m.c\n"));
	space_write(&s, "h2.h", "back");
	T(runs("//d:d", ""));                            /* it does not count any more */
	/* a generated one counts only once it is read */
	space_target(&s, "//d:g", "{kind = 'write', text = 'G', "
	    "outputs = {gen '//d:g' 1 'sky-out/bin/g.h'}}");
	T(runs("//d:d", "//d:g#1 executed: command changed\n"));
	space_write(&s, "m.c", "h1.h sky-out/bin/g.h sky-out/bin/dir/x.h /etc/hosts");
	T(runs("//d:d", "//d:d#1 executed: input changed: m.c\n"));
	space_target(&s, "//d:g", "{kind = 'write', text = 'GG', "
	    "outputs = {gen '//d:g' 1 'sky-out/bin/g.h'}}");
	T(runs("//d:d", "//d:g#1 executed: command changed\n"
	    "//d:d#1 executed: header changed: sky-out/bin/g.h\n"));
}

static void
test_depfile_paths(void)
{
	char text[1024];

	space_write(&s, "m.c", "h1.h");
	snprintf(text, sizeof(text), DEP("cat ./h1.h > sky-out/bin/d.o; echo x: ./h1.h "
	    "sky-out/../m.c $PWD/h1.h ../%s/h1.h sky-out/bin/d.o $TMPDIR/gone > sky-out/bin/d.d",
	    HDRS), strrchr(s.root, '/') + 1);
	space_target(&s, "//d:d", text);
	T(runs("//d:d", "//d:d#1 executed: command changed; input changed: m.c\n"));
	space_write(&s, "h1.h", "changed");
	T(runs("//d:d", "//d:d#1 executed: header changed: h1.h\n"));
}

static void
test_undeclared(void)
{
	space_target(&s, "//d:d", SCAN);
	space_write(&s, "m.c", "h1.h h3.h");
	space_write(&s, "h3.h", "3");
	T(fails("//d:d", ERR_UNDECLARED_INPUT, "//d:d reads 'h3.h'"));
	T(has(space_field(&s, "hint"), "hdrs") && has(space_field(&s, "label"), "//d:d"));
	T(file_is("sky-out/bin/d.o", "(none)"));
	space_run(&s, "echo > sky-out/bin/stray.h; echo sky-out/bin/stray.h > m.c");
	T(fails("//d:d", ERR_UNDECLARED_INPUT, "sky-out/bin/stray.h"));
	T(has(space_field(&s, "hint"), "generated"));
	/* declared once, and then no more */
	space_write(&s, "m.c", "h1.h h2.h");
	T(runs("//d:d", "//d:d#1 executed: command changed; input changed: m.c\n"));
	space_target(&s, "//d:d", DEP("cat $(cat m.c) > sky-out/bin/d.o; "
	    "echo d.o: m.c $(cat m.c) > sky-out/bin/d.d", "may_read = {src 'h1.h'}, "));
	T(fails("//d:d", ERR_UNDECLARED_INPUT, "h2.h"));
	T(has(buf_str(&s.ran), "header no longer declared: h2.h"));
	space_target(&s, "//d:d", DEP("echo > sky-out/bin/d.o", HDRS));
	T(fails("//d:d", ERR_DEPFILE, "did not write its depfile 'sky-out/bin/d.d'"));
	space_target(&s, "//d:d", DEP("echo > sky-out/bin/d.o; echo what > sky-out/bin/d.d", ""));
	T(fails("//d:d", ERR_DEPFILE, "line 1: a target without a colon"));
}

/* What the last run read counts, not what the one before did. */
static void
test_forgotten_header(void)
{
	space_target(&s, "//d:d", DEP("cat $(cat h1.h) > sky-out/bin/d.o; "
	    "echo d.o: h1.h $(cat h1.h) > sky-out/bin/d.d", HDRS));
	space_write(&s, "h1.h", "h2.h");
	T(runs("//d:d", "//d:d#1 executed: command changed\n"));
	space_write(&s, "h1.h", "m.c");
	T(runs("//d:d", "//d:d#1 executed: header changed: h1.h\n"));
	space_run(&s, "rm h2.h; ln -s h2.h h2.h");       /* not even resolved any more */
	T(runs("//d:d", ""));
	space_run(&s, "rm h2.h; echo > h2.h");
}

/* A header that cannot even be looked at is for the command to judge. */
static void
test_header_in_error(void)
{
	s.keep_going = true;
	space_target(&s, "//d:d",
	    DEP("echo > sky-out/bin/d.o; echo d.o: h1.h > sky-out/bin/d.d", HDRS));
	space_write(&s, "h1.h", "1");
	T(runs("//d:d", "//d:d#1 executed: command changed\n"));
	space_run(&s, "rm h1.h; ln -s h1.h h1.h");
	T(fails("//d:d", ERR_MISSING_INPUT, "//d:d reads 'h1.h': symlink cycle"));
	T(has(buf_str(&s.ran), "header changed: h1.h"));
	/* and forgotten when it does no longer */
	space_run(&s, "rm h1.h; echo > h1.h");
	space_target(&s, "//d:d", DEP("echo > sky-out/bin/d.o; "
	    "echo d.o: $(test -f h1.h && echo h1.h) > sky-out/bin/d.d", HDRS));
	T(runs("//d:d", "//d:d#1 executed: command changed\n"));
	space_run(&s, "rm h1.h; ln -s h1.h h1.h");
	T(runs("//d:d", "//d:d#1 executed: header changed: h1.h\n"));
	s.keep_going = false;            /* failing fast, an error met is an error */
	T(fails("//d:d", ERR_SYMLINK, "symlink cycle"));
	space_run(&s, "rm h1.h");
}

static void
test_changing(void)
{
	space_write(&s, "m.c", "h1.h");
	space_target(&s, "//d:d", DEP("echo more >> m.c; echo > sky-out/bin/d.o; "
	    "echo d.o: > sky-out/bin/d.d", HDRS));
	settle();
	T(fails("//d:d", ERR_INPUT_CHANGED, "'m.c' was changed while the command ran"));
	T(strstr(space_value(&s), "transient = true") != NULL);
	space_target(&s, "//d:d", DEP("sleep 0.05; echo late > h1.h; echo > sky-out/bin/d.o; "
	    "echo d.o: h1.h > sky-out/bin/d.d", HDRS));
	T(fails("//d:d", ERR_INPUT_CHANGED, "h1.h"));
	space_target(&s, "//d:d", DEP("rm m.c; echo > sky-out/bin/d.o; "
	    "echo d.o: h1.h > sky-out/bin/d.d", HDRS));
	T(fails("//d:d", ERR_INPUT_CHANGED, "m.c"));
}

/* What is older than the session has been looked at in it and is not read again. */
static void
test_steady(void)
{
	space_write(&s, "old.txt", "old");
	space_target(&s, "//d:old", "{argv = {'cp', 'old.txt', 'sky-out/bin/old'}, "
	    "inputs = {src 'old.txt'}, outputs = {gen '//d:old' 1 'sky-out/bin/old'}}");
	settle();
	T(runs("//d:old", "//d:old#1 executed: new\n"));
	space_write(&s, "old.txt", "other");
	settle();
	T(runs("//d:old", "//d:old#1 executed: input changed: old.txt\n"));
	T(s.reads == 2);                                 /* it, and the output */
	space_run(&s, "mkdir -p q; ln -s ../old.txt q/link");
	space_target(&s, "//d:old", "{argv = {'sh', '-c', 'cat q/link > sky-out/bin/old; "
	    "echo new > q/new; touch -d 2001-01-01 q/new; ln -sf new q/link'}, "
	    "inputs = {src 'q/link'}, outputs = {gen '//d:old' 1 'sky-out/bin/old'}}");
	settle();
	T(fails("//d:old", ERR_INPUT_CHANGED, "'q/link' was changed while the command ran"));
}

int
main(void)
{
	space_init(&s);
	test_headers();
	test_depfile_paths();
	test_undeclared();
	test_forgotten_header();
	test_header_in_error();
	test_changing();
	test_steady();
	space_fini(&s);
	return test_end();
}
