/* format.c -- framing, the header, and values as they stand in records. */
#include "store/format.h"

enum {
	ORDER_MARK = 0x01020304, WRITER_AT = 16, SNAPSHOT_AT = FORMAT_HEADER - 16,
	SUM_AT = FORMAT_HEADER - 8
};

static const char magic[8] = "skylua\n";

void
format_add_header(struct buf *out, uint64_t snapshot)
{
	static const char zeros[SNAPSHOT_AT - WRITER_AT];
	size_t start = out->n;

	_Static_assert(sizeof(FORMAT_WRITER) <= sizeof(zeros), "room for the writer");
	buf_add(out, magic, sizeof(magic));
	enc_u32le(out, FORMAT_VERSION);
	enc_u32le(out, ORDER_MARK);
	buf_adds(out, FORMAT_WRITER);
	buf_add(out, zeros, sizeof(zeros) - strlen(FORMAT_WRITER));
	enc_u64le(out, snapshot);
	enc_u64le(out, hash64(out->p + start, SUM_AT));
}

/* Of another version: only the first 12 bytes are known.  Of ours, but another
 * writer: then the checksum is right. */
static bool
by_another(struct str log)
{
	if (log.n < 12 || memcmp(log.p, magic, sizeof(magic)) != 0)
		return false;
	struct dec version = dec_of(log.p + sizeof(magic), 4);
	if (dec_u32le(&version) != FORMAT_VERSION)
		return true;
	if (log.n < FORMAT_HEADER)
		return false;
	struct dec sum = dec_of(log.p + SUM_AT, 8);
	return dec_u64le(&sum) == hash64(log.p, SUM_AT);
}

enum format_head
format_check_header(struct str log, uint64_t *snapshot)
{
	struct buf ours = BUF_INIT;
	enum format_head head = FORMAT_DAMAGED;
	size_t n = log.n < FORMAT_HEADER ? log.n : FORMAT_HEADER;
	size_t known = n < FORMAT_HEADER && n > SNAPSHOT_AT ? SNAPSHOT_AT : n;

	*snapshot = 0;
	if (n == FORMAT_HEADER) {
		struct dec d = dec_of(log.p + SNAPSHOT_AT, 8);
		*snapshot = dec_u64le(&d);
	}
	format_add_header(&ours, *snapshot);
	if (known == 0 || memcmp(log.p, ours.p, known) == 0)
		head = n < FORMAT_HEADER ? FORMAT_CUT :
		    *snapshot <= log.n - FORMAT_HEADER ? FORMAT_OURS : FORMAT_DAMAGED;
	else if (by_another(log))
		head = FORMAT_OTHER;
	buf_fini(&ours);
	return head;
}

/* ---- records ---- */

size_t
format_begin(struct buf *out, enum format_type type)
{
	size_t at = out->n;

	buf_add(out, "\0\0\0\0\0\0\0", FORMAT_FRAME);
	buf_addc(out, (char)type);
	return at;
}

static void
set_u32le(char *p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		p[i] = (char)(v >> (8 * i));
}

uint32_t
format_end(struct buf *out, size_t at)
{
	size_t size = out->n - at - FORMAT_FRAME;

	CHECK(size <= FORMAT_MAX_RECORD);
	set_u32le(out->p + at, (uint32_t)size);
	set_u32le(out->p + at + 4, (uint32_t)hash64(out->p + at + FORMAT_FRAME, size));
	return (uint32_t)(size + FORMAT_FRAME);
}

bool
format_next(struct str log, size_t *at, enum format_type *type, struct dec *payload)
{
	struct dec d = dec_of(log.p + *at, log.n - *at);
	uint32_t size = dec_u32le(&d), sum = dec_u32le(&d);
	const unsigned char *p = dec_bytes(&d, size);

	if (!p || size == 0 || size > FORMAT_MAX_RECORD || (uint32_t)hash64(p, size) != sum)
		return false;
	if (*p < FORMAT_FN || *p > FORMAT_DOUBT)
		return false;
	*type = (enum format_type)*p;
	*payload = dec_of(p + 1, size - 1);
	*at += FORMAT_FRAME + size;
	return true;
}

/* ---- values ---- */

bool
format_key_valid(const void *arg, size_t size)
{
	return size > 0 && size < FORMAT_MAX_RECORD / 2 &&
	    *(const unsigned char *)arg != VALUE_DEPSET_NODE && value_valid(arg, size, 0);
}

bool
format_value_valid(const struct value *v)
{
	return v->size < FORMAT_MAX_RECORD / 8 && value_valid(value_bytes(v), v->size, v->nkids);
}

void
format_add_value(struct buf *out, const struct value *v)
{
	enc_u64(out, v->nkids);
	enc_u64(out, v->size);
	buf_add(out, value_bytes(v), v->size);
}

bool
format_read_value(struct dec *d, struct format_value *out)
{
	uint64_t nkids = dec_u64(d), size = dec_u64(d);

	if (nkids > UINT32_MAX || size > FORMAT_MAX_RECORD)
		return false;
	out->bytes = dec_bytes(d, (size_t)size);
	out->size = (uint32_t)size;
	out->nkids = (uint32_t)nkids;
	return out->bytes != NULL;
}

struct format_kids
format_kids_of(const struct format_value *v)
{
	struct format_kids k = { dec_of(v->bytes, v->size), v->nkids, false };

	k.node = v->bytes[0] == VALUE_DEPSET_NODE;
	if (k.node)
		dec_bytes(&k.d, v->size - (size_t)16 * v->nkids);
	return k;
}

/* Encodings are in prefix order: skipping tokens, without their structure,
 * meets every depset in turn. */
static bool
skip_to_depset(struct dec *d)
{
	const unsigned char *tag = dec_bytes(d, 1);

	while (tag && *tag != VALUE_DEPSET) {
		if (*tag == VALUE_STRING || *tag == VALUE_TAGGED)
			dec_str(d);
		else if (*tag == VALUE_FLOAT)
			dec_bytes(d, 8);
		else if (*tag >= VALUE_INT)
			dec_u64(d);
		tag = dec_bytes(d, 1);
	}
	return tag != NULL;
}

bool
format_kids_next(struct format_kids *k, struct digest *out)
{
	if (k->left == 0 || (!k->node && !skip_to_depset(&k->d)))
		return false;
	const unsigned char *p = dec_bytes(&k->d, 16);
	if (!p)
		return false;
	*out = digest_get(p);
	k->left--;
	return true;
}
