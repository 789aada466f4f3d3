/* Tests of ACTION: what runs, why, and what is refused. */
#include "action_test.h"

/* ---- when it runs ---- */

#define COPY(cmd) "{argv = {'sh', '-c', '" cmd "', 'sh', src 'a.txt', gen '//p:t' 1 " \
	"'sky-out/bin/p/t'}, inputs = {src 'a.txt'}, mnemonic = 'Copy', " \
	"outputs = {gen '//p:t' 1 'sky-out/bin/p/t'}}"

static void
test_up_to_date(void)
{
	space_write(&s, "a.txt", "one");
	space_target(&s, "//p:t", COPY("cat $1 > $2"));
	T(runs("//p:t", "//p:t#1 executed: new\n") && file_is("sky-out/bin/p/t", "one"));
	T(runs("//p:t", ""));
	settle();
	T(runs("//p:t", ""));
	T(runs("//p:t", "") && s.stats.evaluated == 0);
	space_run(&s, "touch a.txt");
	T(runs("//p:t", ""));
	space_write(&s, "a.txt", "two");
	T(runs("//p:t", "//p:t#1 executed: input changed: a.txt\n"));
	T(file_is("sky-out/bin/p/t", "two"));
	space_run(&s, "chmod +x a.txt");
	T(runs("//p:t", "//p:t#1 executed: input changed: a.txt\n"));
	space_target(&s, "//p:t", COPY("cat $1 > $2;"));
	T(runs("//p:t", "//p:t#1 executed: command changed\n"));
	space_run(&s, "rm sky-out/bin/p/t");
	T(runs("//p:t", "//p:t#1 executed: output missing: sky-out/bin/p/t\n"));
	settle();
	space_run(&s, "echo x >> sky-out/bin/p/t");
	T(runs("//p:t", "//p:t#1 executed: output changed: sky-out/bin/p/t\n"));
	T(file_is("sky-out/bin/p/t", "two"));
	space_run(&s, "touch sky-out/bin/p/t");
	T(runs("//p:t", ""));
	space_run(&s, "chmod +x sky-out/bin/p/t");
	T(runs("//p:t", "//p:t#1 executed: output changed: sky-out/bin/p/t\n"));
}

static void
test_reasons(void)
{
#define TWO(env, inputs) "{argv = {'sh', '-c', 'cat ${0:+tools.sh} > sky-out/bin/r'}, " \
	"inputs = {" inputs "}, tools = {src 'tools.sh'}, env = {" env "}, " \
	"env_inherit = {'SPACE_A'}, outputs = {gen '//r:r' 1 'sky-out/bin/r'}}"
	space_write(&s, "tools.sh", "x");
	space_write(&s, "b.txt", "x");
	setenv("SPACE_A", "1", 1);
	setenv("SPACE_B", "1", 1);
	space_target(&s, "//r:r", TWO("X = '1'", "src 'a.txt'"));
	T(runs("//r:r", "//r:r#1 executed: new\n"));
	setenv("SPACE_B", "2", 1);
	T(runs("//r:r", ""));                            /* nobody named it */
	setenv("SPACE_A", "2", 1);
	T(runs("//r:r", "//r:r#1 executed: environment changed: SPACE_A\n"));
	unsetenv("SPACE_A");
	T(runs("//r:r", "//r:r#1 executed: environment removed: SPACE_A\n"));
	space_target(&s, "//r:r", TWO("X = '2', Y = '1'", "src 'a.txt'"));
	T(runs("//r:r", "//r:r#1 executed: environment changed: X and 1 more\n"));
	space_target(&s, "//r:r", TWO("X = '2', Y = '1'", "src 'a.txt', src 'b.txt'"));
	T(runs("//r:r", "//r:r#1 executed: input added: b.txt\n"));
	space_target(&s, "//r:r", TWO("X = '2', Y = '1'", "depset {src 'b.txt', src 'a.txt'}"));
	T(runs("//r:r", ""));                            /* order says nothing */
	space_target(&s, "//r:r", TWO("X = '2', Y = '1'", "src 'b.txt'"));
	T(runs("//r:r", "//r:r#1 executed: input removed: a.txt\n"));
	space_write(&s, "tools.sh", "y");
	T(runs("//r:r", "//r:r#1 executed: tool changed: tools.sh\n"));
}

static void
test_flag_reasons(void)
{
#define FLAGS(words, inputs) "{argv = {'sh', '-c', 'echo > sky-out/bin/g', " words "}, inputs = {" \
	inputs "}, outputs = {gen '//g:g' 1 'sky-out/bin/g'}}"
#define WHY(words, inputs, why) do { \
	space_target(&s, "//g:g", FLAGS(words, inputs)); \
	T(runs("//g:g", "//g:g#1 executed: " why "\n")); } while (0)
	space_write(&s, "b.txt", "x");
	WHY("'-g', '-O2', src 'a.txt'", "src 'a.txt'", "new");
	WHY("'-g', '-O3', src 'a.txt'", "src 'a.txt'", "flag changed: -O3 (was -O2)");
	WHY("'-g', src 'a.txt'", "src 'a.txt'", "flag removed: -O3");
	WHY("'-g', '-DLONGER_THAN_ITS_HASH=1', src 'a.txt'", "src 'a.txt'",
	    "flag added: -DLONGER_THAN_ITS_HASH=1");
	WHY("'-g', '-DLONGER_THAN_ITS_HASH=2', '-Wall', src 'a.txt'", "src 'a.txt'",
	    "flag added: -DLONGER_THAN_ITS_HASH=2 and 1 more");
	WHY("'-g', '-Wall', src 'a.txt'", "src 'a.txt'", "command changed");
	WHY("'-Wall', '-g', src 'a.txt'", "src 'a.txt'", "command changed");
	WHY("'-Wall', '-g', src 'a.txt', src 'b.txt'", "src 'a.txt', src 'b.txt'",
	    "input added: b.txt");
	WHY("'-Wall', '-g', src 'b.txt'", "src 'b.txt'", "input removed: a.txt");
	WHY("'-Wall', '-g', '-v', src 'a.txt'", "src 'a.txt'",
	    "flag added: -v; input added: a.txt and 1 more");
}

/* c is made of b, which is made of a. */
static void
chain(int index)
{
	char text[1024];

	snprintf(text, sizeof(text),
	    "%s{argv = {'sh', '-c', 'head -c 1 a.txt > sky-out/bin/b'}, inputs = {src 'a.txt'}, "
	    "outputs = {gen '//c:b' %d 'sky-out/bin/b'}}", index == 2 ?
	    "{kind = 'write', outputs = {gen '//c:b' 1 'sky-out/bin/other'}, text = ''}, " : "",
	    index);
	space_target(&s, "//c:b", text);
	snprintf(text, sizeof(text),
	    "{argv = {'cp', gen '//c:b' %d 'sky-out/bin/b', gen '//c:c' 1 'sky-out/bin/c'}, "
	    "inputs = {depset {gen '//c:b' %d 'sky-out/bin/b'}}, "
	    "outputs = {gen '//c:c' 1 'sky-out/bin/c'}}", index, index);
	space_target(&s, "//c:c", text);
}

static void
test_pruning(void)
{
	space_write(&s, "a.txt", "one");
	chain(1);
	T(runs("//c:c", "//c:b#1 executed: new\n//c:c#1 executed: new\n"));
	space_write(&s, "a.txt", "only the first byte counts");
	T(runs("//c:c", "//c:b#1 executed: input changed: a.txt\n"));
	T(runs("//c:c", ""));
	settle();
	space_run(&s, "rm sky-out/bin/b");
	T(runs("//c:c", "//c:b#1 executed: output missing: sky-out/bin/b\n"));
	chain(2);                                        /* another number for the action of b */
	T(runs("//c:c", "//c:b#2 executed: new\n"));
}

static void
test_warning(void)
{
	space_target(&s, "//w:w", "{argv = {'sh', '-c', 'echo careful; echo > sky-out/bin/w'}, "
	    "outputs = {gen '//w:w' 1 'sky-out/bin/w'}}");
	T(runs("//w:w", "//w:w#1 executed: new\n") && has(buf_str(&s.warned), "careful\n"));
	T(runs("//w:w", "") && str_eq(buf_str(&s.warned), STR("careful\n")));
	space_run(&s, "touch sky-out/bin/w");
	T(runs("//w:w", "") && str_eq(buf_str(&s.warned), STR("careful\n")));
}

/* ---- failures ---- */

#define F(argv, more) "{argv = {" argv "}, mnemonic = 'Fail', " more \
	"outputs = {gen '//f:f' 1 'sky-out/bin/f'}}"

static void
test_failures(void)
{
	space_target(&s, "//f:f", F("'sh', '-c', 'echo half > sky-out/bin/f; echo why; exit 3'",
	    ""));
	T(fails("//f:f", ERR_ACTION, "//f:f: Fail failed: exit code 3"));
	T(has(space_field(&s, "output"), "why") && has(space_field(&s, "label"), "//f:f"));
	T(has(buf_str(&s.ran), "//f:f#1 failed: new"));
	T(file_is("sky-out/bin/f", "(none)"));
	T(fails("//f:f", ERR_ACTION, "exit code 3"));    /* and again: never believed */
	T(has(buf_str(&s.ran), "failed"));
	space_target(&s, "//f:f", F("'sh', '-c', 'kill -SEGV $$'", ""));
	T(fails("//f:f", ERR_ACTION, "killed by SIGSEGV"));
	space_target(&s, "//f:f", F("'sleep', '20'", "timeout = 1, "));
	T(fails("//f:f", ERR_ACTION, "timed out after 1 s"));
	space_target(&s, "//f:f", F("'no-such-tool'", ""));
	T(fails("//f:f", ERR_TOOL, "there is no tool 'no-such-tool'"));
	space_target(&s, "//f:f", F("'./tools.sh'", ""));
	T(fails("//f:f", ERR_TOOL, "tools.sh"));         /* not executable */
	space_target(&s, "//f:f", F("'true'", ""));
	T(fails("//f:f", ERR_NO_OUTPUT, "did not create 'sky-out/bin/f'"));
	space_target(&s, "//f:f", F("'mkdir', 'sky-out/bin/f'", ""));
	T(fails("//f:f", ERR_OUTPUT_KIND, "made 'sky-out/bin/f' as a dir, declared as a file"));
	space_target(&s, "//f:f", F("'mkfifo', 'sky-out/bin/f'", ""));
	T(fails("//f:f", ERR_OUTPUT_KIND, "special"));
	space_target(&s, "//f:f", F("'true'", "inputs = {src 'gone/x.c'}, "));
	T(fails("//f:f", ERR_MISSING_INPUT, "//f:f needs 'gone/x.c', which does not exist"));
	space_target(&s, "//f:f", F("'true'", "inputs = {src 'sky-out'}, "));
	T(fails("//f:f", ERR_MISSING_INPUT, "it is a directory"));
	space_target(&s, "//f:f", F("'true'", "inputs = {gen '//c:b' 2 'sky-out/bin/nope'}, "));
	T(fails("//f:f", ERR_MISSING_INPUT, "which //c:b does not make"));
}

/* The old output must not survive a command that writes nothing. */
static void
test_old_output(void)
{
	space_target(&s, "//f:f", F("'sh', '-c', 'echo > sky-out/bin/f'", ""));
	T(runs("//f:f", "//f:f#1 executed: new\n"));
	space_target(&s, "//f:f", F("'true'", ""));
	T(fails("//f:f", ERR_NO_OUTPUT, "did not create"));
}

static void
test_malformed(void)
{
	space_target(&s, "//f:f", "{argv = {'true'}, outputs = {gen '//f:f' 1 'src.c'}}");
	T(fails("//f:f", ERR_FUNCTION, "the output 'src.c' is not in sky-out"));
	space_target(&s, "//f:f", "{argv = {'true'}, outputs = {gen '//f:f' 1 'sky-out/../x'}}");
	T(fails("//f:f", ERR_FUNCTION, "is not in sky-out"));
	space_target(&s, "//f:f", "{argv = {'true'}, outputs = {gen '//f:f' 1 'sky-out'}}");
	T(fails("//f:f", ERR_FUNCTION, "is not in sky-out"));
	space_target(&s, "//f:f", "{kind = 'dance', outputs = {}}");
	T(fails("//f:f", ERR_FUNCTION, "unknown kind"));
	space_target(&s, "//f:f", "{argv = {'true'}, outputs = {}}");
	T(fails("//f:f", ERR_FUNCTION, "no outputs"));
	space_target(&s, "//f:f", F("'true'", "inputs = {'a.txt'}, "));
	T(fails("//f:f", ERR_FUNCTION, "inputs has an item that is no artifact"));
	space_target(&s, "//f:f", F("'true'", "env = {A = 1}, "));
	T(fails("//f:f", ERR_FUNCTION, "env maps names to strings"));
	space_target(&s, "//f:f", "");
	T(fails("//f:f", ERR_FUNCTION, "no such action"));
}

/* ---- the surroundings of a command ---- */

static void
test_environment(void)
{
	char want[512];

	space_target(&s, "//e:e", "{argv = {'sh', '-c', 'test -d $TMPDIR && echo x > $TMPDIR/y && "
	    "env | grep -v ^PWD= | grep -v ^SHLVL= | grep -v ^_= | "
	    "sed s,$TMPDIR,T, | sort > sky-out/bin/e'}, env = {FOO = 'a b', LANG = 'C'}, "
	    "outputs = {gen '//e:e' 1 'sky-out/bin/e'}}");
	T(runs("//e:e", "//e:e#1 executed: new\n"));
	snprintf(want, sizeof(want), "FOO=a b\nHOME=T\nLANG=C\n"
	    "PATH=/usr/local/bin:/usr/bin:/bin\nTMPDIR=T\n");
	T(file_is("sky-out/bin/e", want));
}

static void
test_tools(void)
{
	space_run(&s, "mkdir bin; printf '#!/bin/sh\\necho 1 > sky-out/bin/t1' > bin/mytool; "
	    "chmod +x bin/mytool");
	space_target(&s, "//t:t", "{argv = {'mytool'}, env = {PATH = 'bin:/usr/bin:/bin'}, "
	    "outputs = {gen '//t:t' 1 'sky-out/bin/t1'}}");
	T(runs("//t:t", "//t:t#1 executed: new\n") && file_is("sky-out/bin/t1", "1\n"));
	space_run(&s, "printf '#!/bin/sh\\necho 2 > sky-out/bin/t1' > bin/mytool");
	T(runs("//t:t", "//t:t#1 executed: tool changed: bin/mytool\n"));
	T(file_is("sky-out/bin/t1", "2\n"));
	space_target(&s, "//t:t", "{argv = {'./bin/mytool'}, "
	    "outputs = {gen '//t:t' 1 'sky-out/bin/t1'}}");
	T(runs("//t:t", "//t:t#1 executed: command changed; "
	    "environment removed: PATH\n"));
	space_run(&s, "echo >> bin/mytool");
	T(runs("//t:t", "//t:t#1 executed: tool changed: bin/mytool\n"));
	space_run(&s, "cp bin/mytool root.sh");
	space_target(&s, "//t:t", "{argv = {src 'root.sh'}, tools = {src 'root.sh'}, "
	    "outputs = {gen '//t:t' 1 'sky-out/bin/t1'}}");
	T(runs("//t:t", "//t:t#1 executed: command changed; "
	    "tool removed: bin/mytool and 1 more\n"));
}

static void
test_param_files(void)
{
	space_target(&s, "//t:p", "{argv = {'sh', '-c', 'cat ${1#@} > $2', 'sh', args {"
	    "{'param_file', '@%s', {always = true}}, {'add', 'x y', 'z'}}, "
	    "gen '//t:p' 1 'sky-out/bin/pf'}, outputs = {gen '//t:p' 1 'sky-out/bin/pf'}}");
	T(runs("//t:p", "//t:p#1 executed: new\n"));
	T(file_is("sky-out/bin/pf", "x\\ y\nz\n"));
}

/* ---- outputs of other kinds ---- */

static void
test_directories(void)
{
	space_target(&s, "//o:dir", "{argv = {'sh', '-c', 'cd sky-out/bin/od; mkdir s; "
	    "echo 1 > s/f; ln -s s/f l; echo 2 > g'}, "
	    "outputs = {gendir '//o:dir' 1 'sky-out/bin/od'}}");
	T(runs("//o:dir", "//o:dir#1 executed: new\n"));
	T(strstr(space_value(&s), "kind = \"dir\"") != NULL);
	settle();
	T(runs("//o:dir", "") && runs("//o:dir", "") && s.stats.evaluated == 0);
	const char *edits[] = { "echo 3 > %s/s/f", "rm %s/g", "echo > %s/s/new",
	    "ln -sf g %s/l", "chmod +x %s/g", "mkdir %s/e", "rm -r %s" };
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		char shell[128];
		snprintf(shell, sizeof(shell), "sed s,%%s,sky-out/bin/od, <<. | sh\n%s\n.",
		    edits[i]);
		space_run(&s, shell);
		T_CASE(space_action(&s, "//o:dir", 1) && s.ran.n > 0, edits[i]);
		settle();
	}
	space_run(&s, "touch sky-out/bin/od/g sky-out/bin/od");
	T(runs("//o:dir", ""));
	space_target(&s, "//o:dir", "{argv = {'sh', '-c', 'rmdir sky-out/bin/od; "
	    "echo > sky-out/bin/od'}, outputs = {gendir '//o:dir' 1 'sky-out/bin/od'}}");
	T(fails("//o:dir", ERR_OUTPUT_KIND, "declared as a dir"));
}

static void
test_links(void)
{
	space_target(&s, "//o:l", "{argv = {'sh', '-c', 'cd sky-out/bin; echo lib > lib.1; "
	    "ln -s lib.1 lib'}, outputs = {gen '//o:l' 1 'sky-out/bin/lib', "
	    "gen '//o:l' 1 'sky-out/bin/lib.1'}}");
	T(runs("//o:l", "//o:l#1 executed: new\n"));
	T(strstr(space_value(&s), "target = \"lib.1\"") != NULL);
	settle();
	T(runs("//o:l", "") && runs("//o:l", ""));
	space_run(&s, "ln -sf other sky-out/bin/lib");
	T(runs("//o:l", "//o:l#1 executed: output changed: sky-out/bin/lib\n"));
}

static void
test_in_process(void)
{
	space_write(&s, "tpl.in", "Hello @NAME@, @N@!");
	space_target(&s, "//i:w", "{kind = 'write', text = 'text', executable = true, "
	    "outputs = {gen '//i:w' 1 'sky-out/bin/i/w'}}");
	T(runs("//i:w", "//i:w#1 executed: new\n") && file_is("sky-out/bin/i/w", "text"));
	space_run(&s, "test -x sky-out/bin/i/w");
	settle();
	T(runs("//i:w", ""));
	space_target(&s, "//i:c", "{kind = 'copy', inputs = {gen '//i:w' 1 'sky-out/bin/i/w'}, "
	    "outputs = {gen '//i:c' 1 'sky-out/bin/i/c'}}");
	T(runs("//i:c", "//i:c#1 executed: new\n") && file_is("sky-out/bin/i/c", "text"));
	space_run(&s, "test -x sky-out/bin/i/c");
	space_target(&s, "//i:s", "{kind = 'symlink', inputs = {src 'a.txt'}, "
	    "outputs = {gen '//i:s' 1 'sky-out/bin/i/deep/s'}}");
	T(runs("//i:s", "//i:s#1 executed: new\n"));
	T(strstr(space_value(&s), "target = \"../../../../a.txt\"") != NULL);
	space_write(&s, "a.txt", "through the link");
	T(runs("//i:s", "//i:s#1 executed: input changed: a.txt\n"));
	T(file_is("sky-out/bin/i/deep/s", "through the link"));
	space_target(&s, "//i:t", "{kind = 'template', inputs = {src 'tpl.in'}, "
	    "substitutions = {NAME = 'x'}, outputs = {gen '//i:t' 1 'sky-out/bin/i/t'}}");
	T(runs("//i:t", "//i:t#1 executed: new\n"));
	T(file_is("sky-out/bin/i/t", "Hello @x@, @N@!"));
	space_run(&s, "echo edited > sky-out/bin/i/t");
	T(runs("//i:t", "//i:t#1 executed: output changed: sky-out/bin/i/t\n"));
	space_target(&s, "//i:d",
	    "{kind = 'copy', inputs = {gendir '//i:from' 1 'sky-out/bin/from'},"
	    "outputs = {gendir '//i:d' 1 'sky-out/bin/i/d'}}");
	space_target(&s, "//i:from", "{argv = {'sh', '-c', 'cd sky-out/bin/from; mkdir a; "
	    "echo x > a/f; ln -s a l'}, outputs = {gendir '//i:from' 1 'sky-out/bin/from'}}");
	T(runs("//i:d", "//i:from#1 executed: new\n//i:d#1 executed: new\n"));
	T(file_is("sky-out/bin/i/d/l/f", "x\n"));
	space_target(&s, "//i:c", "{kind = 'copy', outputs = {gen '//i:c' 1 'sky-out/bin/i/c'}}");
	T(fails("//i:c", ERR_FUNCTION, "first input"));
}

/* What earlier builds left must neither stop us nor lead us out of the folder. */
static void
test_in_the_way(void)
{
	space_run(&s, "mkdir -p precious; echo keep > precious/file; mkdir -p sky-out/bin;"
	    "ln -s ../../precious sky-out/bin/way; echo > sky-out/bin/was_file;"
	    "mkdir -p sky-out/bin/was_dir/x");
	space_target(&s, "//y:a", "{kind = 'write', text = 'new', "
	    "outputs = {gen '//y:a' 1 'sky-out/bin/way/file'}}");
	T(runs("//y:a", "//y:a#1 executed: new\n"));
	T(file_is("precious/file", "keep\n") && file_is("sky-out/bin/way/file", "new"));
	space_target(&s, "//y:b", "{kind = 'write', text = 'b', "
	    "outputs = {gen '//y:b' 1 'sky-out/bin/was_file/b'}}");
	T(runs("//y:b", "//y:b#1 executed: new\n") && file_is("sky-out/bin/was_file/b", "b"));
	space_target(&s, "//y:c", "{kind = 'write', text = 'c', "
	    "outputs = {gen '//y:c' 1 'sky-out/bin/was_dir'}}");
	T(runs("//y:c", "//y:c#1 executed: new\n") && file_is("sky-out/bin/was_dir", "c"));
}

/* ---- tests ---- */

static void
test_tests(void)
{
#define TEST(script) "{kind = 'test', argv = {'sh', '-c', '" script "'}, timeout = 1, " \
	"inputs = {src 'a.txt'}, outputs = {}}"
	space_target(&s, "//x:ok", TEST("echo fine"));
	T(runs("//x:ok", "//x:ok#1 executed: new\n"));
	T(has(space_field(&s, "status"), "passed"));
	T(file_is("sky-out/log/x/ok.log", "fine\n"));
	T(runs("//x:ok", "") && has(space_field(&s, "log"), "sky-out/log/x/ok.log"));
	space_run(&s, "rm sky-out/log/x/ok.log");
	T(space_action(&s, "//x:ok", 1) && s.ran.n > 0);
	space_write(&s, "a.txt", "else");
	T(runs("//x:ok", "//x:ok#1 executed: input changed: a.txt\n"));
	space_target(&s, "//x:bad", TEST("echo oh no; exit 4"));
	T(runs("//x:bad", "//x:bad#1 executed: new\n"));
	T(has(space_field(&s, "status"), "failed") && strstr(space_value(&s), "exit = 4"));
	T(file_is("sky-out/log/x/bad.log", "oh no\n"));
	T(runs("//x:bad", "//x:bad#1 executed: it did not pass the last time\n"));
	space_target(&s, "//x:slow", TEST("sleep 20"));
	T(runs("//x:slow", "//x:slow#1 executed: new\n"));
	T(has(space_field(&s, "status"), "timeout"));
	space_target(&s, "//x:crash", TEST("kill -ABRT $$"));
	T(runs("//x:crash", "//x:crash#1 executed: new\n"));
	T(has(space_field(&s, "status"), "failed") && strstr(space_value(&s), "signal = 6"));
}

/* ---- many at once ---- */

static void
test_threads(void)
{
	struct buf actions = BUF_INIT, all = BUF_INIT;

	s.evaluators = 2;
	for (int i = 1; i <= 60; i++) {
		buf_printf(&actions, "{argv = {'cp', src 'a.txt', 'sky-out/bin/m%d'}, "
		    "inputs = {src 'a.txt'}, outputs = {gen '//m:m' %d 'sky-out/bin/m%d'}}, ",
		    i, i, i);
		buf_printf(&all, "gen '//m:m' %d 'sky-out/bin/m%d', ", i, i);
	}
	space_target(&s, "//m:m", actions.p);
	buf_reset(&actions);
	buf_printf(&actions, "{argv = {'sh', '-c', 'cat \"$@\" | wc -c > sky-out/bin/sum', 'sh', "
	    "args {{'add_all', depset {%s}}}}, inputs = {depset {%s}}, "
	    "outputs = {gen '//m:all' 1 'sky-out/bin/sum'}}", all.p, all.p);
	space_target(&s, "//m:all", actions.p);
	space_write(&s, "a.txt", "12345");
	T(space_action(&s, "//m:all", 1) && file_is("sky-out/bin/sum", "300\n"));
	T(runs("//m:all", ""));
	space_write(&s, "a.txt", "1234");
	T(space_action(&s, "//m:all", 1) && file_is("sky-out/bin/sum", "240\n"));
	buf_fini(&actions);
	buf_fini(&all);
}

int
main(void)
{
	space_init(&s);
	test_up_to_date();
	test_reasons();
	test_flag_reasons();
	test_pruning();
	test_warning();
	test_failures();
	test_old_output();
	test_malformed();
	test_environment();
	test_tools();
	test_param_files();
	test_directories();
	test_links();
	test_in_process();
	test_in_the_way();
	test_tests();
	test_threads();
	space_fini(&s);
	return test_end();
}
