/* err.h -- an error the user can act on: code, what, where, hint.
 *
 * Three kinds of trouble, three tools: a bug trips CHECK(), a dead machine
 * calls die(), and everything a user or the disk can cause is a struct err.
 * A function that can fail returns bool and takes `struct err *e` last; on
 * false *e is filled and nothing else has changed.
 */
#ifndef SKY_BASE_ERR_H
#define SKY_BASE_ERR_H

#include "base/base.h"

/* Stable codes; `skylua help E0101` explains each (lua/ui/codes.lua). */
#define ERR_IO "E0101"            /* the system said no; its words are in msg */
#define ERR_NOT_FOUND "E0102"     /* a file or directory is missing */
#define ERR_SYMLINK "E0103"       /* a symlink cycle or infinite expansion */
#define ERR_CHANGED "E0104"       /* a file changed while it was being used */
#define ERR_CYCLE "E0110"         /* a dependency cycle */
#define ERR_FUNCTION "E0111"      /* a node function misbehaved */
#define ERR_UNKNOWN_FUNCTION "E0112"
#define ERR_LUA "E0113"           /* a Lua error in a node function */
#define ERR_INTERRUPTED "E0114"
#define ERR_DRY_RUN "E0115"       /* not an error: it would run, were this no dry run */
#define ERR_ACTION "E0301"        /* a command failed */
#define ERR_NO_OUTPUT "E0302"     /* a declared output was not made */
#define ERR_OUTPUT_KIND "E0303"   /* made, but a file for a directory or so */
#define ERR_UNDECLARED_INPUT "E0304"
#define ERR_DEPFILE "E0305"       /* missing or unreadable depfile */
#define ERR_INPUT_CHANGED "E0306" /* an input changed while its action ran */
#define ERR_TOOL "E0307"          /* the tool cannot be started */
#define ERR_MISSING_INPUT "E0308" /* an input file does not exist */
#define ERR_GIVEN_UP "E0309"      /* not started: too much had failed */
#define ERR_NOT_SAME "E0319"      /* run twice, other outputs (--check-determinism) */
#define ERR_SANDBOX "E0310"       /* the kernel cannot do what --sandbox=require wants */
#define ERR_UNDECLARED_OUTPUT "E0311"
#define ERR_NETWORK "E0312"       /* the network, without network = true */
#define ERR_TWO_OWNERS "E0221"    /* one output, two targets (lua/model/codes.lua) */

struct err {
	const char *code;   /* static; NULL: no error */
	char *msg;          /* owned; one line, no full stop at the end */
	char *hint;         /* owned; NULL when there is no advice */
	char *file;         /* owned; workspace-relative path, NULL: no place */
	int line;           /* 1-based; 0: unknown */
	int column;         /* 1-based; 0: unknown */
	bool transient;     /* may go away without any input changing */
	bool shortage;      /* no room for one more process: fewer at once may do */
};

#define ERR_INIT { NULL, NULL, NULL, NULL, 0, 0, false, false }

/* Fills *e (freeing what it held) and returns false, so that a caller can
 * write `return err_set(e, ...)`. */
bool err_set(struct err *e, const char *code, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
/* The same with ": strerror(errno)" behind the text; code ERR_IO (ERR_NOT_FOUND
 * for ENOENT), transient. */
bool err_errno(struct err *e, int errnum, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void err_hint(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);
void err_place(struct err *e, struct str file, int line, int column);
void err_fini(struct err *e);

#endif
