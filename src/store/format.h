/* format.h -- the bytes of the log: header, records, values, groups.
 *
 * The log is a header, a snapshot, and then records, only ever appended.  A later record
 * about the same node replaces an earlier one.  All fixed numbers are little
 * endian on every machine; "number" below is unsigned LEB128 (base/enc.h).
 *
 *   header   8 bytes    "skylua\n\0"
 *            4          format version (FORMAT_VERSION)
 *            4          byte order mark 0x01020304
 *            32         who wrote it (FORMAT_WRITER), zeros behind
 *            8          bytes of the snapshot that follows (store/snapshot.h); 0: none
 *            8          XXH3 of the bytes before
 *
 *   record   4 bytes    length of type and payload
 *            4          lower half of the XXH3 of type and payload
 *            1          type
 *                       payload
 *
 *   1 FN      version (number), name (the rest).  Functions are numbered from 0
 *             in the order of their records; another version is another record.
 *   2 KEY     function, argument (the rest: a canonical encoding, graph/key.h).
 *             Keys are numbered from 0 in the order of their records.
 *   3 DEPSET  a value that is a depset.  Each is written once per log, before
 *             what refers to it; values name it by its digest.
 *   4 NODE    key, changed_at, verified_at (numbers), flags (1 byte, format_flags),
 *             number of groups, groups, value, then the values that the flags
 *             announce, in the order of their bits
 *   5 FORGET  key: the node is in error or gone; earlier records do not count
 *   6 DOUBT   key: the node is in error; its last NODE record is what it was once
 *
 *   value     number of kids, size, bytes (graph/value.h)
 *   group     of one: key * 2;  of n > 1: n * 2 + 1, then n keys
 *
 * Why a log behind a snapshot: what a build changes is written by appending, and
 * costs its own size; what it does not change is not read.  Both in one file,
 * because a rename then exchanges them together.  Why numbers of its own: key ids
 * differ between processes,
 * and a dense number indexes an array.  Why no error results: an error is cheap
 * to find again and must not outlive its cause.
 *
 * The first 12 bytes stay as they are in all future versions.  A format change
 * raises FORMAT_VERSION; FORMAT_WRITER changes when the same bytes come to mean
 * something else without a function's version saying so.
 */
#ifndef SKY_STORE_FORMAT_H
#define SKY_STORE_FORMAT_H

#include "base/base.h"
#include "base/buf.h"
#include "base/enc.h"
#include "base/hash.h"
#include "graph/value.h"

#define FORMAT_WRITER "skylua 1"

enum {
	FORMAT_VERSION = 3,
	FORMAT_HEADER = 64,             /* bytes */
	FORMAT_FRAME = 8,               /* length and checksum */
	FORMAT_MAX_RECORD = 1 << 30     /* bytes of type and payload */
};

enum format_type {
	FORMAT_FN = 1, FORMAT_KEY, FORMAT_DEPSET, FORMAT_NODE, FORMAT_FORGET, FORMAT_DOUBT
};

enum format_flags {
	FORMAT_STAMP = 1, FORMAT_MESSAGES = 2, FORMAT_RECOVERED = 4, FORMAT_INJECTED = 8,
	FORMAT_ALL_FLAGS = 15
};

enum format_head { FORMAT_OURS, FORMAT_CUT, FORMAT_OTHER, FORMAT_DAMAGED };

/* A value in a record; the bytes are borrowed from it. */
struct format_value {
	const unsigned char *bytes;
	uint32_t size, nkids;
};

/* The digests of a valid value's kids, in order. */
struct format_kids {
	struct dec d;
	uint32_t left;
	bool node;          /* of a depset: the digests stand at its end */
};

void format_add_header(struct buf *out, uint64_t snapshot);
/* OURS, a beginning of ours (CUT), one of another version or writer, or none.
 * OURS: *snapshot is within the log. */
enum format_head format_check_header(struct str log, uint64_t *snapshot);

/* Between begin and end the payload is appended to `out`.  End returns the
 * bytes of the whole record; begin's result is its argument. */
size_t format_begin(struct buf *out, enum format_type type);
uint32_t format_end(struct buf *out, size_t at);
/* The record at *at, which moves behind it.  False (and nothing moves) when it
 * is not whole, its checksum is wrong or its type is unknown. */
bool format_next(struct str log, size_t *at, enum format_type *type, struct dec *payload);

/* What the reader accepts; the writer asks too, so that it never writes what
 * would count as damage. */
bool format_key_valid(const void *arg, size_t size);
bool format_value_valid(const struct value *v);
void format_add_value(struct buf *out, const struct value *v);
/* Inside the record; whether the bytes are a value is for value_valid. */
bool format_read_value(struct dec *d, struct format_value *out);

struct format_kids format_kids_of(const struct format_value *v);
bool format_kids_next(struct format_kids *k, struct digest *out);

#endif
