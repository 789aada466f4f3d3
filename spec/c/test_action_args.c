/* Tests of action_args.c and of the substitution of templates. */
#include "base/buf.h"
#include "nodes/action_args.h"
#include "nodes/action_make.h"
#include "test.h"
#include "text_value.h"

/* The words, quoted, of an argv given as text; "!" and the message else. */
static bool
gives(const char *argv, const char *want)
{
	struct value *v = text_value(argv);
	struct buf got = BUF_INIT;
	struct err e = ERR_INIT;
	struct arena arena;
	struct args args;

	arena_init(&arena);
	if (action_args_expand(vr_of(v), STR("out/p"), &arena, &args, &e))
		action_args_quote(&got, args.argv);
	else
		buf_printf(&got, "!%s", e.msg);
	bool same = str_eq(buf_str(&got), str_of(want));
	if (!same)
		printf("  %s\n  gave %s\n", argv, buf_str(&got).p);
	arena_fini(&arena);
	buf_fini(&got);
	err_fini(&e);
	value_unref(v);
	return same;
}

static void
test_words(void)
{
	T(gives("{'cc', '-c', src 'a/b.c', 12}", "cc -c a/b.c 12"));
	T(gives("{src 'tool.sh', src 'x'}", "./tool.sh x"));
	T(gives("{gen '//a:b' 1 'sky-out/bin/t', 'it  s', '', '$x'}",
	    "sky-out/bin/t 'it  s' '' '$x'"));
	T(gives("{'ar', args {{'add', '-r', gen '//a:b' 1 'o/x.a'}}, 'end'}", "ar -r o/x.a end"));
	T(gives("{'x', args {{'add_all', {'a', 'b'}, {prefix = '-I'}}}}", "x -Ia -Ib"));
	T(gives("{'x', args {{'add_all', depset {src 's/a', src 's/b', src 's/a'}, "
	    "{format = '-L%s=%%'}}}}", "x -Ls/a=% -Ls/b=%"));
	T(gives("{'x', args {{'add_all', {'a', 'b'}, {join = ',', prefix = '+'}}}}", "x +a,+b"));
	T(gives("{'x', args {{'add_all', {}, {join = ','}}}}", "x"));
	T(gives("{'x', args {{'add_all', {}, {join = ',', omit_if_empty = false}}}}", "x ''"));
	T(gives("{'x', args {{'add_all', {}}}}", "x"));
	T(gives("{'x', args {}}", "x"));
}

static void
test_mistakes(void)
{
	T(gives("{}", "!argv is not a list with a command"));
	T(gives("{args {}}", "!argv has no command"));
	T(gives("{true}", "!a command's words are strings, numbers and artifacts only"));
	T(gives("{'x', args {{'frob', 1}}}", "!args has no operation 'frob'"));
	T(gives("{'x', args {12}}", "!malformed args"));
	T(gives("{'x', args {{'add_all', 12}}}", "!add_all wants a list or a depset"));
	T(gives("{'x', args {{'add_all', {true}, {join = ','}}}}",
	    "!a command's words are strings, numbers and artifacts only"));
}

static void
test_param_file(void)
{
	T(gives("{'x', args {{'add', 'a'}, {'param_file', '@%s'}}}", "x a"));
	T(gives("{'x', args {{'add', 'a'}, {'param_file', '@%s', {always = true}}}, 'z', "
	    "args {{'add', 'b'}, {'param_file', '--f=%s', {always = true}}}}",
	    "x @out/p-1 z --f=out/p-2"));

	struct value *v = text_value("{'x', args {{'param_file', '@%s', {always = true}}, "
	    "{'add', 'a b', 'c\"d\\e', ''}}}");
	struct err e = ERR_INIT;
	struct arena arena;
	struct args args;
	arena_init(&arena);
	T(action_args_expand(vr_of(v), STR("p"), &arena, &args, &e) && args.nfiles == 1);
	T(str_eq(args.files[0].text, STR("a\\ b\nc\\\"d\\\\e\n\"\"\n")));
	arena_fini(&arena);
	value_unref(v);

	struct buf big = BUF_INIT;
	buf_adds(&big, "{'x', args {{'param_file', '@%s'}");
	for (int i = 0; i < 4000; i++)
		buf_printf(&big, ", {'add', 'word%d'}", i);
	buf_adds(&big, "}}");
	T(gives(big.p, "x @out/p-1"));                   /* long enough */
	buf_fini(&big);
}

static void
test_substitute(void)
{
	struct value *v = text_value("{AA = '1', AAB = '2', x = 'AA'}");
	struct buf out = BUF_INIT;

	T(action_make_substitute(STR("AAB AA AAA x y"), vr_of(v), &out));
	T(str_eq(buf_str(&out), STR("2 1 1A AA y")));
	buf_fini(&out);
	value_unref(v);
}

int
main(void)
{
	test_words();
	test_mistakes();
	test_param_file();
	test_substitute();
	return test_end();
}
