/* buf.c -- one growing allocation, doubled when full. */
#include "base/buf.h"

#include <stdio.h>

#include "base/die.h"

#define FIRST_CAP ((size_t)64)   /* holds most paths and names */

void
buf_init(struct buf *b)
{
	*b = (struct buf)BUF_INIT;
}

void
buf_fini(struct buf *b)
{
	mem_free(b->p);
	buf_init(b);
}

void
buf_reset(struct buf *b)
{
	buf_cut(b, 0);
}

void
buf_cut(struct buf *b, size_t n)
{
	CHECK(n <= b->n);
	b->n = n;
	if (b->p)
		b->p[n] = '\0';
}

void
buf_reserve(struct buf *b, size_t extra)
{
	size_t need, cap = b->cap ? b->cap : FIRST_CAP;

	if (extra < b->cap - b->n)
		return;
	if (extra >= SIZE_MAX / 2 - b->n)
		die(36, "out of memory (%zu bytes asked for)", extra);
	need = b->n + extra + 1;
	while (cap < need)
		cap *= 2;
	b->p = mem_realloc(b->p, cap);
	b->cap = cap;
	b->p[b->n] = '\0';
}

void
buf_add(struct buf *b, const void *p, size_t n)
{
	buf_reserve(b, n);
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

void
buf_addc(struct buf *b, char c)
{
	buf_reserve(b, 1);
	b->p[b->n++] = c;
	b->p[b->n] = '\0';
}

void
buf_adds(struct buf *b, const char *z)
{
	buf_add(b, z, strlen(z));
}

void
buf_addstr(struct buf *b, struct str s)
{
	buf_add(b, s.p, s.n);
}

void
buf_vprintf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	buf_reserve(b, FIRST_CAP);
	n = vsnprintf(b->p + b->n, b->cap - b->n, fmt, ap);
	CHECK(n >= 0);
	if ((size_t)n >= b->cap - b->n) {
		buf_reserve(b, (size_t)n);
		vsnprintf(b->p + b->n, b->cap - b->n, fmt, again);
	}
	b->n += (size_t)n;
	va_end(again);
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(b, fmt, ap);
	va_end(ap);
}

char *
buf_take(struct buf *b)
{
	char *p;

	buf_reserve(b, 0);
	p = b->p;
	buf_init(b);
	return p;
}
