/* hash.c -- XXH3 behind our names.
 *
 * A struct hasher is the library's state under another name: its size is the
 * library's business (it is not part of its stable interface), so the pointer
 * is cast instead of wrapped and a hasher costs one allocation.
 *
 * Text form: 32 lower-case digits, the upper half first, as `xxhsum -H2`
 * prints it.  Binary form: lower half, upper half, little endian.
 */
#include "base/hash.h"

#include <xxhash.h>

#include "base/die.h"

static struct digest
digest_from(XXH128_hash_t h)
{
	return (struct digest){ h.low64, h.high64 };
}

struct digest
digest_of(const void *p, size_t n)
{
	return digest_from(XXH3_128bits(p, n));
}

bool
digest_eq(struct digest a, struct digest b)
{
	return a.lo == b.lo && a.hi == b.hi;
}

bool
digest_is_zero(struct digest d)
{
	return d.lo == 0 && d.hi == 0;
}

void
digest_hex(struct digest d, char out[DIGEST_HEX + 1])
{
	static const char digits[] = "0123456789abcdef";

	for (unsigned i = 0; i < 16; i++) {
		out[i] = digits[d.hi >> (60 - 4 * i) & 15];
		out[16 + i] = digits[d.lo >> (60 - 4 * i) & 15];
	}
	out[DIGEST_HEX] = '\0';
}

static int
digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

bool
digest_parse(struct str hex, struct digest *d)
{
	uint64_t half[2] = { 0, 0 };

	if (hex.n != DIGEST_HEX)
		return false;
	for (size_t i = 0; i < DIGEST_HEX; i++) {
		int v = digit_of(hex.p[i]);
		if (v < 0)
			return false;
		half[i / 16] = half[i / 16] << 4 | (uint64_t)v;
	}
	*d = (struct digest){ half[1], half[0] };
	return true;
}

static void
put_u64(unsigned char *p, uint64_t v)
{
	for (unsigned i = 0; i < 8; i++)
		p[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t
get_u64(const unsigned char *p)
{
	uint64_t v = 0;

	for (unsigned i = 0; i < 8; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

void
digest_put(struct buf *b, struct digest d)
{
	unsigned char bytes[16];

	put_u64(bytes, d.lo);
	put_u64(bytes + 8, d.hi);
	buf_add(b, bytes, sizeof(bytes));
}

struct digest
digest_get(const void *p)
{
	const unsigned char *bytes = p;

	return (struct digest){ get_u64(bytes), get_u64(bytes + 8) };
}

uint64_t
hash64(const void *p, size_t n)
{
	return XXH3_64bits(p, n);
}

static XXH3_state_t *
state_of(struct hasher *h)
{
	return (XXH3_state_t *)(void *)h;
}

struct hasher *
hasher_new(void)
{
	struct hasher *h = (struct hasher *)(void *)XXH3_createState();

	if (!h)
		die(36, "out of memory (a hash state asked for)");
	hasher_reset(h);
	return h;
}

void
hasher_free(struct hasher *h)
{
	XXH3_freeState(state_of(h));
}

void
hasher_reset(struct hasher *h)
{
	CHECK(XXH3_128bits_reset(state_of(h)) == XXH_OK);
}

void
hasher_add(struct hasher *h, const void *p, size_t n)
{
	if (n)
		CHECK(XXH3_128bits_update(state_of(h), p, n) == XXH_OK);
}

void
hasher_add_str(struct hasher *h, struct str s)
{
	hasher_add_u64(h, s.n);
	hasher_add(h, s.p, s.n);
}

void
hasher_add_u64(struct hasher *h, uint64_t v)
{
	unsigned char bytes[8];

	put_u64(bytes, v);
	hasher_add(h, bytes, sizeof(bytes));
}

struct digest
hasher_digest(const struct hasher *h)
{
	return digest_from(XXH3_128bits_digest((const XXH3_state_t *)(const void *)h));
}
