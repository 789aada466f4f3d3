/* err.c -- filling and freeing struct err.
 *
 * A new text is made before the old one goes, so that an error can be wrapped:
 * err_set(e, ERR_TOOL, "gcc: %s", e->msg).
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>

#include "base/buf.h"
#include "base/die.h"

static char *
text_of(const char *fmt, va_list ap, const char *behind)
{
	struct buf b = BUF_INIT;

	buf_vprintf(&b, fmt, ap);
	if (behind) {
		buf_adds(&b, ": ");
		buf_adds(&b, behind);
	}
	return buf_take(&b);
}

bool
err_set(struct err *e, const char *code, const char *fmt, ...)
{
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = text_of(fmt, ap, NULL);
	va_end(ap);
	err_fini(e);
	e->code = code;
	e->msg = msg;
	return false;
}

bool
err_errno(struct err *e, int errnum, const char *fmt, ...)
{
	char room[128];
	va_list ap;
	char *msg;

	va_start(ap, fmt);
	msg = text_of(fmt, ap, strerror_r(errnum, room, sizeof(room)));
	va_end(ap);
	err_fini(e);
	e->code = errnum == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	e->msg = msg;
	e->transient = true;
	return false;
}

void
err_hint(struct err *e, const char *fmt, ...)
{
	va_list ap;
	char *hint;

	va_start(ap, fmt);
	hint = text_of(fmt, ap, NULL);
	va_end(ap);
	mem_free(e->hint);
	e->hint = hint;
}

void
err_place(struct err *e, struct str file, int line, int column)
{
	char *copy = mem_strndup(file.p, file.n);

	mem_free(e->file);
	e->file = copy;
	e->line = line;
	e->column = column;
}

void
err_fini(struct err *e)
{
	mem_free(e->msg);
	mem_free(e->hint);
	mem_free(e->file);
	*e = (struct err)ERR_INIT;
}
