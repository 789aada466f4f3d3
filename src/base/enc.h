/* enc.h -- integers and strings to bytes and back, bounds-checked.
 *
 * Unsigned integers are LEB128, signed ones zigzag LEB128, fixed ones little
 * endian.  A reader that runs off the end or meets a malformed number sets
 * `bad` and returns zeros from then on; check it once at the end.
 */
#ifndef SKY_BASE_ENC_H
#define SKY_BASE_ENC_H

#include "base/base.h"
#include "base/buf.h"

struct dec {
	const unsigned char *p, *end;
	bool bad;
};

enum { ENC_MAX = 10 };                               /* bytes of a LEB128 number */
/* To memory with room for ENC_MAX bytes; how many they are. */
size_t enc_u64_at(unsigned char *p, uint64_t v);
size_t enc_i64_at(unsigned char *p, int64_t v);
void enc_u64(struct buf *b, uint64_t v);
void enc_i64(struct buf *b, int64_t v);
void enc_u32le(struct buf *b, uint32_t v);
void enc_u64le(struct buf *b, uint64_t v);
void enc_f64(struct buf *b, double v);               /* 8 bytes, one NaN */
void enc_str(struct buf *b, struct str s);           /* length, bytes */

struct dec dec_of(const void *p, size_t n);
uint64_t dec_u64_long(struct dec *d);
/* Nearly all numbers are one byte. */
static inline uint64_t
dec_u64(struct dec *d)
{
	return d->p < d->end && *d->p < 0x80 ? *d->p++ : dec_u64_long(d);
}
int64_t dec_i64(struct dec *d);
uint32_t dec_u32le(struct dec *d);
uint64_t dec_u64le(struct dec *d);
double dec_f64(struct dec *d);
const unsigned char *dec_spoil(struct dec *d);       /* makes it bad; NULL */
static inline const unsigned char *                  /* NULL when bad */
dec_bytes(struct dec *d, size_t n)
{
	const unsigned char *p = d->p;

	if (d->bad || n > (size_t)(d->end - p))
		return dec_spoil(d);
	d->p += n;
	return p;
}
static inline struct str                             /* borrowed from the input */
dec_str(struct dec *d)
{
	uint64_t n = dec_u64(d);
	const unsigned char *p = dec_bytes(d, (size_t)n);

	return p ? (struct str){ (const char *)p, (size_t)n } : STR("");
}
static inline bool dec_end(const struct dec *d) { return d->p == d->end; }

#endif
