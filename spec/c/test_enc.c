/* test_enc.c -- round trips, every truncation, and bytes no writer makes. */
#include <math.h>

#include "base/enc.h"
#include "test.h"

static void
unsigned_numbers(void)
{
	for (unsigned bit = 0; bit < 64; bit++) {
		for (int off = -1; off <= 1; off++) {
			uint64_t v = (UINT64_C(1) << bit) + (uint64_t)(int64_t)off;
			struct buf b = BUF_INIT;
			enc_u64(&b, v);
			struct dec d = dec_of(b.p, b.n);
			T(dec_u64(&d) == v && !d.bad && dec_end(&d));
			for (size_t n = 0; n < b.n; n++) {
				d = dec_of(b.p, n);
				T(dec_u64(&d) == 0 && d.bad && dec_end(&d));
			}
			buf_fini(&b);
		}
	}
}

static void
signed_numbers(void)
{
	static const int64_t some[] = { 0, -1, 1, -2, 63, -64, 64, -65, 1000000, -1000000,
		INT64_MAX, INT64_MIN, INT64_MIN + 1 };

	for (size_t i = 0; i < ARRAY_LEN(some); i++) {
		struct buf b = BUF_INIT;
		enc_i64(&b, some[i]);
		T(some[i] < -64 || some[i] > 63 || b.n == 1);
		struct dec d = dec_of(b.p, b.n);
		T(dec_i64(&d) == some[i] && !d.bad && dec_end(&d));
		buf_fini(&b);
	}
}

static void
malformed(void)
{
	static const struct { const char *p; size_t n; } cases[] = {
		{ "\x80\x00", 2 }, { "\xff\x80\x00", 3 },               /* idle zero bytes */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10 },     /* 65 bits */
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 }, /* too long */
		{ "\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11 },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dec d = dec_of(cases[i].p, cases[i].n);
		T(dec_u64(&d) == 0 && d.bad);
		T(dec_u64(&d) == 0 && dec_u32le(&d) == 0 && dec_str(&d).n == 0);
		T(dec_bytes(&d, 0) == NULL && dec_f64(&d) == 0.0 && dec_i64(&d) == 0);
	}
}

static uint64_t
bits_of(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, 8);
	return bits;
}

static void
floats(void)
{
	static const double some[] = { 0.0, -0.0, 1.5, -2.25e300, 5e-324, INFINITY, -INFINITY };
	uint64_t odd_nan = UINT64_C(0xfff8000000000001);
	struct buf b = BUF_INIT, other = BUF_INIT;
	struct dec d;
	double v;

	for (size_t i = 0; i < ARRAY_LEN(some); i++) {
		buf_reset(&b);
		enc_f64(&b, some[i]);
		d = dec_of(b.p, b.n);
		T(b.n == 8 && bits_of(dec_f64(&d)) == bits_of(some[i]) && !d.bad);
	}
	buf_reset(&b);
	memcpy(&v, &odd_nan, 8);
	enc_f64(&b, v);
	enc_f64(&other, (double)NAN);
	T(b.n == 8 && str_eq(buf_str(&b), buf_str(&other)));
	d = dec_of(b.p, 8);
	T(isnan(dec_f64(&d)) && !d.bad);
	d = dec_of(&odd_nan, 8);
	T(dec_f64(&d) == 0.0 && d.bad);
	buf_fini(&b);
	buf_fini(&other);
}

/* One record of all kinds: whatever is cut off, the reader notices and reads
 * nothing behind the end (the sanitizer watches: the copy is exact). */
static bool
read_record(struct dec *d)
{
	bool same = dec_u64(d) == 300;

	same = dec_i64(d) == -5 && same;
	same = dec_u32le(d) == 0xdeadbeef && same;
	same = dec_u64le(d) == UINT64_C(0x0102030405060708) && same;
	same = dec_f64(d) == 0.5 && same;
	same = str_eq(dec_str(d), STR("hello")) && same;
	same = str_eq(dec_str(d), STR("")) && same;
	const unsigned char *raw = dec_bytes(d, 3);
	return raw && memcmp(raw, "raw", 3) == 0 && same;
}

static void
truncations(void)
{
	struct buf b = BUF_INIT;
	struct dec d;

	enc_u64(&b, 300);
	enc_i64(&b, -5);
	enc_u32le(&b, 0xdeadbeef);
	enc_u64le(&b, UINT64_C(0x0102030405060708));
	enc_f64(&b, 0.5);
	enc_str(&b, STR("hello"));
	enc_str(&b, STR(""));
	buf_adds(&b, "raw");
	T((unsigned char)b.p[3] == 0xef && b.p[7] == 8);
	d = dec_of(b.p, b.n);
	T(read_record(&d) && !d.bad && dec_end(&d));
	for (size_t n = 0; n < b.n; n++) {
		struct buf part = BUF_INIT;
		buf_add(&part, b.p, n);
		d = dec_of(part.p, n);
		T(!read_record(&d) && d.bad && dec_end(&d));
		buf_fini(&part);
	}
	buf_fini(&b);
}

/* A length that is longer than the input, or than any memory. */
static void
long_strings(void)
{
	static const uint64_t lengths[] = { 4, 1000, UINT32_MAX, UINT64_MAX, UINT64_MAX - 9 };

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct buf b = BUF_INIT;
		enc_u64(&b, lengths[i]);
		buf_adds(&b, "abc");
		struct dec d = dec_of(b.p, b.n);
		T(dec_str(&d).n == 0 && d.bad);
		buf_fini(&b);
	}
	struct dec none = dec_of(NULL, 0);
	T(dec_end(&none) && dec_bytes(&none, 0) != NULL && !none.bad);
	T(dec_bytes(&none, 1) == NULL && none.bad);
}

/* Random bytes: what is read, written again, is what was there. */
static void
canonical(void)
{
	unsigned long long seed = 20240607;

	for (int round = 0; round < 20000; round++) {
		unsigned char bytes[12];
		struct buf b = BUF_INIT;
		for (size_t i = 0; i < sizeof(bytes); i++)
			bytes[i] = (unsigned char)(test_random(&seed) >> 33 | (i < 3 ? 0x80 : 0));
		struct dec d = dec_of(bytes, sizeof(bytes));
		uint64_t v = dec_u64(&d);
		if (!d.bad) {
			enc_u64(&b, v);
			T(b.n == (size_t)(d.p - bytes) && memcmp(b.p, bytes, b.n) == 0);
		}
		buf_fini(&b);
	}
}

int
main(void)
{
	unsigned_numbers();
	signed_numbers();
	malformed();
	floats();
	truncations();
	long_strings();
	canonical();
	return test_end();
}
