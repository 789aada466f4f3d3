/* test_buf.c -- growing, the NUL, and the allocator behind it. */
#include "base/buf.h"
#include "base/die.h"
#include "test.h"

static void
growing(void)
{
	struct buf b = BUF_INIT;

	T(buf_str(&b).n == 0 && buf_str(&b).p != NULL);
	for (size_t i = 0; i < 10000; i++) {
		buf_addc(&b, (char)('a' + i % 26));
		T(b.n == i + 1 && b.p[b.n] == '\0' && b.cap > b.n);
	}
	T(b.p[0] == 'a' && b.p[9999] == (char)('a' + 9999 % 26));
	buf_cut(&b, 3);
	T(b.n == 3 && strcmp(b.p, "abc") == 0);
	buf_reset(&b);
	T(b.n == 0 && b.p[0] == '\0' && b.cap > 9999);
	buf_fini(&b);
	T(b.p == NULL && b.cap == 0);
}

static void
adding(void)
{
	struct buf b = BUF_INIT;
	char *text;

	buf_add(&b, NULL, 0);
	T(b.p && b.p[0] == '\0');
	buf_adds(&b, "x=");
	buf_addstr(&b, (struct str){ "12345", 2 });
	buf_add(&b, "\0z", 2);
	T(b.n == 6 && memcmp(b.p, "x=12\0z", 7) == 0);
	buf_reset(&b);
	for (int width = 1; width < 400; width += 13) {
		size_t before = b.n;
		buf_printf(&b, "%*d", width, 7);
		T(b.n == before + (size_t)width && b.p[b.n - 1] == '7' && b.p[b.n] == '\0');
	}
	text = buf_take(&b);
	T(b.p == NULL && b.n == 0 && text[0] == '7');
	mem_free(text);
	text = buf_take(&b);
	T(text && *text == '\0');
	mem_free(text);
}

/* buf_reserve leaves room for exactly what it promises, and for the NUL. */
static void
reserving(void)
{
	for (size_t extra = 0; extra < 300; extra++) {
		struct buf b = BUF_INIT;
		buf_reserve(&b, extra);
		T(b.cap >= extra + 1 && b.p[0] == '\0');
		memset(b.p, 'x', extra);
		b.n = extra;
		b.p[b.n] = '\0';
		buf_reserve(&b, 63);
		T(b.n == extra && (extra == 0 || b.p[extra - 1] == 'x') && b.p[extra] == '\0');
		buf_fini(&b);
	}
}

static void
memory(void)
{
	size_t cap = 0, moves = 0;
	int *list = NULL;
	char *z = mem_strndup("hello", 2);

	T(strcmp(z, "he") == 0);
	mem_free(z);
	mem_free(NULL);
	mem_free(mem_alloc(0));
	z = mem_zalloc(100);
	T(z[0] == 0 && z[99] == 0);
	mem_free(z);
	for (size_t n = 0; n < 100000; n++) {
		size_t before = cap;
		list = mem_grow(list, &cap, n + 1, sizeof(*list));
		moves += cap != before;
		list[n] = (int)n;
	}
	T(cap >= 100000 && cap < 200001 && moves < 20);
	T(list[0] == 0 && list[99999] == 99999);
	mem_free(list);
}

int
main(void)
{
	growing();
	adding();
	reserving();
	memory();
	return test_end();
}
