/* die.c -- the last words of the process, and malloc behind one door.
 *
 * Everything here may run when memory is gone, so the texts are printed
 * without allocating.
 */
#include "base/die.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
base_check_failed(const char *file, int line, const char *expr)
{
	fflush(stdout);
	fprintf(stderr, "skylua: bug: %s:%d: CHECK(%s) failed\n", file, line, expr);
	fflush(stderr);
	abort();
}

void
die(int code, const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fputs("skylua: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(code);
}

static void *
need_memory(void *p, size_t size)
{
	if (!p)
		die(36, "out of memory (%zu bytes asked for)", size);
	return p;
}

void *
mem_alloc(size_t size)
{
	return need_memory(malloc(size ? size : 1), size);
}

void *
mem_zalloc(size_t size)
{
	return need_memory(calloc(1, size ? size : 1), size);
}

void *
mem_realloc(void *p, size_t size)
{
	return need_memory(realloc(p, size ? size : 1), size);
}

void
mem_free(void *p)
{
	free(p);
}

char *
mem_strndup(const char *p, size_t n)
{
	char *copy = mem_alloc(n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

void *
mem_grow(void *array, size_t *cap, size_t need, size_t elem)
{
	size_t to = *cap ? *cap : 8;

	if (need <= *cap)
		return array;
	while (to < need) {
		if (to > SIZE_MAX / 2)
			die(36, "out of memory (%zu elements asked for)", need);
		to *= 2;
	}
	if (to > SIZE_MAX / elem)
		die(36, "out of memory (%zu elements asked for)", need);
	array = mem_realloc(array, to * elem);
	*cap = to;
	return array;
}
