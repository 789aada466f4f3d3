/* enc.c -- numbers and strings as bytes.
 *
 * Each value has one encoding: equality of values is equality of bytes.  So a
 * reader refuses what no writer makes: a LEB128 number with idle zero bytes at
 * its end or more than 64 bits, and a NaN other than the one.
 */
#include "base/enc.h"

#define ONE_NAN UINT64_C(0x7ff8000000000000)

size_t
enc_u64_at(unsigned char *p, uint64_t v)
{
	size_t n = 0;

	while (v >= 0x80) {
		p[n++] = (unsigned char)(v | 0x80);
		v >>= 7;
	}
	p[n++] = (unsigned char)v;
	return n;
}

size_t
enc_i64_at(unsigned char *p, int64_t v)
{
	uint64_t twice = (uint64_t)v << 1;

	return enc_u64_at(p, v < 0 ? ~twice : twice);
}

void
enc_u64(struct buf *b, uint64_t v)
{
	unsigned char bytes[ENC_MAX];

	buf_add(b, bytes, enc_u64_at(bytes, v));
}

void
enc_i64(struct buf *b, int64_t v)
{
	unsigned char bytes[ENC_MAX];

	buf_add(b, bytes, enc_i64_at(bytes, v));
}

static void
put_le(struct buf *b, uint64_t v, unsigned n)
{
	unsigned char bytes[8];

	for (unsigned i = 0; i < n; i++)
		bytes[i] = (unsigned char)(v >> (8 * i));
	buf_add(b, bytes, n);
}

void
enc_u32le(struct buf *b, uint32_t v)
{
	put_le(b, v, 4);
}

void
enc_u64le(struct buf *b, uint64_t v)
{
	put_le(b, v, 8);
}

void
enc_f64(struct buf *b, double v)
{
	uint64_t bits = ONE_NAN;

	if (!__builtin_isnan(v))
		memcpy(&bits, &v, sizeof(bits));
	put_le(b, bits, 8);
}

void
enc_str(struct buf *b, struct str s)
{
	enc_u64(b, s.n);
	buf_addstr(b, s);
}

struct dec
dec_of(const void *p, size_t n)
{
	const unsigned char *at = p ? p : (const unsigned char *)"";

	return (struct dec){ at, at + n, false };
}

/* The input counts as read, so that loops end. */
const unsigned char *
dec_spoil(struct dec *d)
{
	d->bad = true;
	d->p = d->end;
	return NULL;
}

static uint64_t
spoil(struct dec *d)
{
	dec_spoil(d);
	return 0;
}

uint64_t
dec_u64_long(struct dec *d)
{
	uint64_t v = 0;

	for (unsigned shift = 0; shift < 64 && d->p < d->end; shift += 7) {
		uint64_t byte = *d->p++;
		uint64_t part = byte & 0x7f;
		if (part << shift >> shift != part)
			return spoil(d);
		v |= part << shift;
		if (byte < 0x80)
			return byte == 0 && shift > 0 ? spoil(d) : v;
	}
	return spoil(d);
}

int64_t
dec_i64(struct dec *d)
{
	uint64_t twice = dec_u64(d);

	return (int64_t)(twice & 1 ? ~(twice >> 1) : twice >> 1);
}

static uint64_t
get_le(struct dec *d, unsigned n)
{
	const unsigned char *p = dec_bytes(d, n);
	uint64_t v = 0;

	for (unsigned i = 0; p && i < n; i++)
		v |= (uint64_t)p[i] << (8 * i);
	return v;
}

uint32_t
dec_u32le(struct dec *d)
{
	return (uint32_t)get_le(d, 4);
}

uint64_t
dec_u64le(struct dec *d)
{
	return get_le(d, 8);
}

double
dec_f64(struct dec *d)
{
	uint64_t bits = get_le(d, 8);
	double v;

	memcpy(&v, &bits, sizeof(v));
	if (__builtin_isnan(v) && bits != ONE_NAN) {
		spoil(d);
		return 0;
	}
	return v;
}
