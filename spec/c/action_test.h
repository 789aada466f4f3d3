/* action_test.h -- building one action of a workspace, and what is said of it;
 * shared by the tests of ACTION. */
#ifndef SKY_SPEC_ACTION_TEST_H
#define SKY_SPEC_ACTION_TEST_H

#include <stdlib.h>

#include "nodes/keys.h"
#include "space.h"
#include "test.h"

static struct space s;

static UNUSED void
settle(void)
{
	space_run(&s, "sleep 0.06");
}

static UNUSED bool
has(struct str text, const char *part)
{
	bool found = memmem(text.p, text.n, part, strlen(part)) != NULL;

	if (!found)
		printf("  text: %.*s\n", STR_ARG(text));
	return found;
}

/* Builds action 1 of a label: what ran must be this. */
static UNUSED bool
runs(const char *label, const char *want)
{
	bool ok = space_action(&s, label, 1);
	bool same = str_eq(buf_str(&s.ran), str_of(want));

	if (!ok)
		printf("  %s\n", space_value(&s));
	if (!same)
		printf("  ran: %.*s", STR_ARG(buf_str(&s.ran)));
	return ok && same;
}

/* Builds action 1 of a label: it must fail like this. */
static UNUSED bool
fails(const char *label, const char *code, const char *message)
{
	if (space_action(&s, label, 1)) {
		printf("  it did not fail: %s\n", space_value(&s));
		return false;
	}
	return has(space_field(&s, "code"), code) && has(space_field(&s, "message"), message);
}

static UNUSED bool
file_is(const char *path, const char *want)
{
	const char *text = space_read(&s, path);

	if (strcmp(text, want) != 0)
		printf("  %s: %s\n", path, text);
	return strcmp(text, want) == 0;
}

/* Action 1 of //d:d, which writes a depfile. */
#define DEP(script, more) "{argv = {'sh', '-c', '" script "'}, inputs = {src 'm.c'}, " \
	"depfile = gen '//d:d' 1 'sky-out/bin/d.d', " more \
	"outputs = {gen '//d:d' 1 'sky-out/bin/d.o'}}"
#define HDRS "may_read = {depset {src 'h1.h', src 'h2.h', gen '//d:g' 1 'sky-out/bin/g.h', " \
	"gendir '//d:dir' 1 'sky-out/bin/dir'}}, "
#define SCAN DEP("cat $(cat m.c) > sky-out/bin/d.o; " \
	"echo d.o: m.c $(cat m.c) > sky-out/bin/d.d", HDRS)

#endif
