/* arena.c -- a stack of blocks; each is twice as large as the one before,
 * from 4 KiB to 1 MiB, or as large as one big request needs.
 *
 * A release that empties blocks keeps the largest of them in `spare`: scratch
 * that is filled and released in a loop then asks malloc once, not each time.
 */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/die.h"

#define BLOCK_MIN ((size_t)4096)
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGN ((size_t)16)

struct arena_block {
	struct arena_block *prev;   /* owned; the block that was newest before */
	size_t size;                /* bytes of data[] */
	_Alignas(16) unsigned char data[];
};

#define BLOCK_HEAD sizeof(struct arena_block)

void
arena_init(struct arena *a)
{
	*a = (struct arena){ NULL, NULL, 0, 0 };
}

static void
block_free(struct arena *a, struct arena_block *b)
{
	if (!b)
		return;
	a->total -= b->size + BLOCK_HEAD;
	mem_free(b);
}

/* Takes the newest block off; it becomes the spare one if it is the larger. */
static void
block_drop(struct arena *a)
{
	struct arena_block *b = a->block;

	a->block = b->prev;
	if (a->spare && a->spare->size >= b->size) {
		block_free(a, b);
		return;
	}
	block_free(a, a->spare);
	a->spare = b;
}

void
arena_fini(struct arena *a)
{
	while (a->block)
		block_drop(a);
	block_free(a, a->spare);
	arena_init(a);
}

/* A new newest block with at least `need` bytes. */
static void
block_push(struct arena *a, size_t need)
{
	struct arena_block *b = a->spare;
	size_t size = a->block ? (a->block->size + BLOCK_HEAD) * 2 : BLOCK_MIN;

	if (b && b->size >= need) {
		a->spare = NULL;
	} else {
		size = (size < BLOCK_MAX ? size : BLOCK_MAX) - BLOCK_HEAD;
		size = size > need ? size : need;
		b = mem_alloc(size + BLOCK_HEAD);
		b->size = size;
		a->total += size + BLOCK_HEAD;
	}
	b->prev = a->block;
	a->block = b;
	a->used = 0;
}

void *
arena_alloc_raw(struct arena *a, size_t size, size_t align)
{
	struct arena_block *b = a->block;
	size_t mask = align - 1, at;

	DCHECK(align && (align & mask) == 0);
	if (size > SIZE_MAX / 2)
		die(36, "out of memory (%zu bytes asked for)", size);
	for (;;) {
		if (b) {
			uintptr_t next = (uintptr_t)b->data + a->used;
			at = a->used + (size_t)(-next & mask);
			if (at <= b->size && size <= b->size - at)
				break;
		}
		block_push(a, size + mask);
		b = a->block;
	}
	a->used = at + size;
	return b->data + at;
}

void *
arena_alloc(struct arena *a, size_t size)
{
	return memset(arena_alloc_raw(a, size, ALIGN), 0, size);
}

char *
arena_strndup(struct arena *a, const char *p, size_t n)
{
	char *copy = arena_alloc_raw(a, n + 1, 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return copy;
}

struct str
arena_str(struct arena *a, struct str s)
{
	return (struct str){ arena_strndup(a, s.p, s.n), s.n };
}

char *
arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap, again;
	char *text;
	int n;

	va_start(ap, fmt);
	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, ap);
	CHECK(n >= 0);
	text = arena_alloc_raw(a, (size_t)n + 1, 1);
	vsnprintf(text, (size_t)n + 1, fmt, again);
	va_end(again);
	va_end(ap);
	return text;
}

struct arena_mark
arena_mark(const struct arena *a)
{
	return (struct arena_mark){ a->block, a->used };
}

void
arena_release(struct arena *a, struct arena_mark m)
{
	while (a->block != m.block) {
		CHECK(a->block);
		block_drop(a);
	}
	a->used = m.used;
}
