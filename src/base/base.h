/* base.h -- the few macros every file may use, and the view of bytes.
 *
 * CHECK stays in release builds: a build tool waits for disks, not for
 * asserts.  DCHECK and the *_check walks exist only with -DCHECK_BUILD.
 */
#ifndef SKY_BASE_BASE_H
#define SKY_BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))
#define NORETURN __attribute__((noreturn))
#define UNUSED __attribute__((unused))

/* A bug, not a user's mistake: prints file, line and expression, aborts. */
#define CHECK(e) ((e) ? (void)0 : base_check_failed(__FILE__, __LINE__, #e))
#ifdef CHECK_BUILD
#define DCHECK(e) CHECK(e)
#else
#define DCHECK(e) ((void)sizeof(e))
#endif

/* A borrowed view of bytes; not terminated. */
struct str {
	const char *p;
	size_t n;
};

#define STR(lit) ((struct str){ (lit), sizeof(lit) - 1 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str
str_of(const char *z)
{
	return (struct str){ z, strlen(z) };
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Byte order; a prefix comes first.  <0, 0, >0. */
static inline int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int c = n ? memcmp(a.p, b.p, n) : 0;
	return c != 0 ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq((struct str){ s.p, prefix.n }, prefix);
}

static inline bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n &&
	    str_eq((struct str){ s.p + s.n - suffix.n, suffix.n }, suffix);
}

void base_check_failed(const char *file, int line, const char *expr) NORETURN;

#endif
