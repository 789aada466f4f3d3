/* die.h -- the end of a process that cannot go on, and the only allocator.
 *
 * Out of memory is a dead machine, not an error value: the mem_* functions
 * never return NULL.
 */
#ifndef SKY_BASE_DIE_H
#define SKY_BASE_DIE_H

#include "base/base.h"

/* Prints "skylua: ..." on standard error and exits with `code` (36: the
 * machine, 37: a bug in skylua). */
void die(int code, const char *fmt, ...) NORETURN PRINTF_LIKE(2, 3);

void *mem_alloc(size_t size);                 /* not zeroed */
void *mem_zalloc(size_t size);                /* zeroed */
void *mem_realloc(void *p, size_t size);
void mem_free(void *p);                       /* NULL is fine */
char *mem_strndup(const char *p, size_t n);   /* adds a NUL */

/* Grows *array (elements of `elem` bytes, *cap of them) so that `need` fit;
 * doubles, so that appending is linear. */
void *mem_grow(void *array, size_t *cap, size_t need, size_t elem);

#endif
