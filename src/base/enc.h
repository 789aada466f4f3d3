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

void enc_u64(struct buf *b, uint64_t v);
void enc_i64(struct buf *b, int64_t v);
void enc_u32le(struct buf *b, uint32_t v);
void enc_u64le(struct buf *b, uint64_t v);
void enc_f64(struct buf *b, double v);               /* 8 bytes, one NaN */
void enc_str(struct buf *b, struct str s);           /* length, bytes */

struct dec dec_of(const void *p, size_t n);
uint64_t dec_u64(struct dec *d);
int64_t dec_i64(struct dec *d);
uint32_t dec_u32le(struct dec *d);
uint64_t dec_u64le(struct dec *d);
double dec_f64(struct dec *d);
struct str dec_str(struct dec *d);                   /* borrowed from the input */
const unsigned char *dec_bytes(struct dec *d, size_t n);  /* NULL when bad */
static inline bool dec_end(const struct dec *d) { return d->p == d->end; }

#endif
