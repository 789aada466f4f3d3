/* buf.h -- growing bytes.  `p` is NUL-terminated after every call.
 *
 * What is added must not lie in the buffer itself: growing moves it.
 */
#ifndef SKY_BASE_BUF_H
#define SKY_BASE_BUF_H

#include <stdarg.h>

#include "base/base.h"

struct buf {
	char *p;      /* owned; NULL while empty and never grown */
	size_t n;     /* bytes used, without the NUL */
	size_t cap;
};

#define BUF_INIT { NULL, 0, 0 }

void buf_init(struct buf *b);
void buf_fini(struct buf *b);
void buf_reset(struct buf *b);                       /* keeps the memory */
/* Room for `extra` more bytes and the NUL: a caller may write them behind
 * p[n], add to n and set the NUL. */
void buf_reserve(struct buf *b, size_t extra);
void buf_cut(struct buf *b, size_t n);               /* back to n bytes */
void buf_add(struct buf *b, const void *p, size_t n);
void buf_addc(struct buf *b, char c);
void buf_adds(struct buf *b, const char *z);
void buf_addstr(struct buf *b, struct str s);
void buf_printf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vprintf(struct buf *b, const char *fmt, va_list ap);
/* Hands the bytes over (never NULL; free with mem_free); b is empty then. */
char *buf_take(struct buf *b);

static inline struct str
buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->n };
}

#endif
