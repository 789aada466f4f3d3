/* action_args.h -- from argv as rules write it to the words of a command.
 *
 * Items of argv are strings, integers, artifacts (their path) and `args`: lists
 * of operations
 *   {"add", item...}
 *   {"add_all", list or depset, {prefix=, format=, join=, omit_if_empty=}}
 *   {"param_file", format, {always=}}
 * In a format "%s" stands for the item and "%%" for a percent sign; the prefix
 * is put before that.  With `join` all items become one word; when there are
 * none there is no word, unless omit_if_empty = false.  With param_file the
 * words of this `args` go into a file, one a line, special bytes behind a
 * backslash (what gcc, clang, ar and ld read), and the formatted path of that
 * file stands for them, when they are long or `always` is set.
 */
#ifndef SKY_NODES_ACTION_ARGS_H
#define SKY_NODES_ACTION_ARGS_H

#include "base/arena.h"
#include "base/err.h"
#include "graph/value.h"

enum args_event {
	ARGS_WORD,           /* one word */
	ARGS_OPEN,           /* words up to ARGS_CLOSE may go into a file; text = format */
	ARGS_OPEN_ALWAYS,    /* they must */
	ARGS_CLOSE
};

/* `text` is valid during the call only. */
typedef void (*args_fn)(void *arg, enum args_event event, struct str text);

/* Calls fn for all words in order.  argv is at the list. */
bool action_args_walk(struct vr argv, args_fn fn, void *arg, struct err *e);

struct args_file {
	struct str path, text;
};

struct args {
	char **argv;                 /* NULL-terminated */
	size_t argc;
	struct args_file *files;     /* to be written before the command runs */
	size_t nfiles;
};

/* All words in the arena; parameter files are called base-1, base-2, ... */
bool action_args_expand(struct vr argv, struct str base, struct arena *arena,
	struct args *out, struct err *e);

/* Words as a POSIX shell would read them back, separated by spaces. */
void action_args_quote(struct buf *out, char *const *argv);

/* Like the format of add_all. */
void action_args_format(struct buf *out, struct str format, struct str item);

#endif
