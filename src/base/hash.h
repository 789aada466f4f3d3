/* hash.h -- digests (XXH3, 128 bits) and table hashes (XXH3, 64 bits).
 *
 * Source of the algorithm: Yann Collet's xxHash, library libxxhash.
 */
#ifndef SKY_BASE_HASH_H
#define SKY_BASE_HASH_H

#include "base/base.h"
#include "base/buf.h"

struct digest {
	uint64_t lo, hi;
};

#define DIGEST_HEX 32   /* characters; callers add one for the NUL */

struct hasher;          /* streaming state */

struct digest digest_of(const void *p, size_t n);
bool digest_eq(struct digest a, struct digest b);
bool digest_is_zero(struct digest d);
void digest_hex(struct digest d, char out[DIGEST_HEX + 1]);
bool digest_parse(struct str hex, struct digest *d);
void digest_put(struct buf *b, struct digest d);          /* 16 bytes, little endian */
struct digest digest_get(const void *p);

uint64_t hash64(const void *p, size_t n);

struct hasher *hasher_new(void);
void hasher_free(struct hasher *h);
void hasher_reset(struct hasher *h);
void hasher_add(struct hasher *h, const void *p, size_t n);
void hasher_add_str(struct hasher *h, struct str s);      /* length, then bytes */
void hasher_add_u64(struct hasher *h, uint64_t v);
struct digest hasher_digest(const struct hasher *h);

#endif
