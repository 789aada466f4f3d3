/* test_hash.c -- known digests, forms, and streaming equal to one shot. */
#include "base/hash.h"
#include "test.h"

static void
known(void)
{
	char hex[DIGEST_HEX + 1];

	digest_hex(digest_of("", 0), hex);
	T_CASE(strcmp(hex, "99aa06d3014798d86001c324468d497f") == 0, hex);
	T(hash64("", 0) == 0x2d06800538d394c2ULL);
	T(hash64("a", 1) != hash64("b", 1));
}

static void
forms(void)
{
	struct digest d = { 0x0123456789abcdefULL, 0xfedcba9876543210ULL }, back;
	char hex[DIGEST_HEX + 1];
	struct buf b = BUF_INIT;

	digest_hex(d, hex);
	T(strcmp(hex, "fedcba98765432100123456789abcdef") == 0);
	T(digest_parse(str_of(hex), &back) && digest_eq(d, back));
	T(!digest_parse(STR("fedcba98765432100123456789abcde"), &back));
	T(!digest_parse(STR("fedcba98765432100123456789abcdef0"), &back));
	T(!digest_parse(STR("fedcba98765432100123456789abcdeg"), &back));
	T(!digest_parse(STR("FEDCBA98765432100123456789ABCDEF"), &back));
	T(!digest_parse(STR(""), &back));
	T(digest_eq(d, back));
	digest_put(&b, d);
	T(b.n == 16 && (unsigned char)b.p[0] == 0xef && (unsigned char)b.p[15] == 0xfe);
	T(digest_eq(digest_get(b.p), d));
	T(!digest_is_zero(d) && digest_is_zero((struct digest){ 0, 0 }));
	T(!digest_eq(d, (struct digest){ d.lo, 0 }) && !digest_eq(d, (struct digest){ 0, d.hi }));
	buf_fini(&b);
}

static void
streaming(void)
{
	struct hasher *h = hasher_new();
	unsigned long long seed = 7;
	char bytes[5000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)test_random(&seed);
	for (size_t n = 0; n < sizeof(bytes); n += 1 + n / 8) {
		hasher_reset(h);
		for (size_t at = 0; at < n;) {
			size_t part = 1 + (size_t)(test_random(&seed) % 700);
			part = part < n - at ? part : n - at;
			hasher_add(h, bytes + at, part);
			at += part;
		}
		T(digest_eq(hasher_digest(h), digest_of(bytes, n)));
	}
	hasher_free(h);
}

/* Strings carry their length: moving a byte from one to the next shows. */
static void
fields(void)
{
	struct hasher *a = hasher_new(), *b = hasher_new();

	hasher_add_str(a, STR("ab"));
	hasher_add_str(a, STR("c"));
	hasher_add_str(b, STR("a"));
	hasher_add_str(b, STR("bc"));
	T(!digest_eq(hasher_digest(a), hasher_digest(b)));
	hasher_reset(a);
	hasher_reset(b);
	hasher_add_u64(a, 3);
	hasher_add(a, "xyz", 3);
	hasher_add_str(b, STR("xyz"));
	T(digest_eq(hasher_digest(a), hasher_digest(b)));
	T(digest_eq(hasher_digest(a), digest_of("\3\0\0\0\0\0\0\0xyz", 11)));
	hasher_free(a);
	hasher_free(b);
}

int
main(void)
{
	known();
	forms();
	streaming();
	fields();
	return test_end();
}
