/* cache_results.c -- a log and its index, which is a table of places.
 *
 * A bucket of the index has eight slots of 8 bytes: 24 bits of the key and, in
 * the other 40, the place in the log plus one; 0 is empty.  A key belongs to one
 * bucket.  Two processes that write to a bucket at once may lose one of the
 * two entries, which costs a run of its action; what a slot leads to is checked.
 */
#include "store/cache_results.h"

#include <stdlib.h>

#include "base/die.h"
#include "base/enc.h"
#include "os/fs.h"

enum {
	SLOTS = 8,
	BUCKET = SLOTS * 8,
	BUCKETS = 1 << 17,
	HEAD = 24,                       /* magic, size, digest */
	KEY = 16,
	FIRST_READ = 4096                /* most results are smaller */
};

#define MAGIC UINT32_C(0x31594b53)       /* "SKY1" */
#define MAX_RECORD ((uint64_t)32 << 20)
#define PLACE_BITS 40
#define PLACE_MASK ((UINT64_C(1) << PLACE_BITS) - 1)

/* ---- opening ---- */

static char *
file_name(const struct results *r, uint64_t number, const char *ext)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "%s/results-%llu.%s", r->dir, (unsigned long long)number, ext);
	return buf_take(&b);
}

static void
close_log(struct results_log *l)
{
	sharedfile_close(&l->log);
	sharedfile_close(&l->index);
}

static bool
open_log(const struct results *r, uint64_t number, struct results_log *l, struct err *e)
{
	char *log = file_name(r, number, "log"), *index = file_name(r, number, "index");

	*l = (struct results_log){ SHAREDFILE_NONE, SHAREDFILE_NONE };
	bool ok = sharedfile_open(&l->log, log, SHAREDFILE_APPEND, e) &&
	    sharedfile_open(&l->index, index, SHAREDFILE_AT, e);
	if (!ok)
		close_log(l);
	mem_free(log);
	mem_free(index);
	return ok;
}

/* N of "results-N.log"; 0: another file. */
static uint64_t
number_of(struct str name)
{
	if (!str_starts(name, STR("results-")) || !str_ends(name, STR(".log")))
		return 0;
	uint64_t n = strtoull(name.p + strlen("results-"), NULL, 10);
	return n <= UINT32_MAX ? n : 0;
}

static void
remove_log(const struct results *r, uint64_t number)
{
	static const char *const ext[] = { "index", "log" };
	struct err ignored = ERR_INIT;

	for (size_t i = 0; i < ARRAY_LEN(ext); i++) {
		char *name = file_name(r, number, ext[i]);
		fs_remove(-1, name, &ignored);
		mem_free(name);
	}
	err_fini(&ignored);
}

/* The highest N that there is, 0: none; with `next`, one that follows it and our
 * own.  All but the one before it go. */
static bool
choose(const struct results *r, bool next, uint64_t *number, struct err *e)
{
	struct fs_list list;
	uint64_t top = 0;

	if (!fs_list(-1, r->dir, &list, e))
		return false;
	for (size_t i = 0; i < list.n; i++) {
		uint64_t n = number_of(list.entries[i].name);
		top = n > top ? n : top;
	}
	if (next && top <= r->number)
		top = r->number + 1;
	for (size_t i = 0; i < list.n; i++) {
		uint64_t n = number_of(list.entries[i].name);
		if (n > 0 && n + 1 < top)
			remove_log(r, n);
	}
	fs_list_fini(&list);
	*number = top;
	return true;
}

static bool
open_both(struct results *r, uint64_t number, struct err *e)
{
	struct err ignored = ERR_INIT;

	close_log(&r->now);
	close_log(&r->before);
	r->number = number;
	if (!open_log(r, number, &r->now, e))
		return false;
	if (number > 1)
		open_log(r, number - 1, &r->before, &ignored);
	err_fini(&ignored);
	return true;
}

bool
results_open(struct results *r, const char *dir, uint64_t limit, struct err *e)
{
	uint64_t number;

	*r = (struct results){
		.dir = mem_strndup(dir, strlen(dir)), .limit = limit,
		.now = { SHAREDFILE_NONE, SHAREDFILE_NONE },
		.before = { SHAREDFILE_NONE, SHAREDFILE_NONE },
	};
	if (choose(r, false, &number, e) && open_both(r, number > 0 ? number : 1, e))
		return true;
	results_close(r);
	return false;
}

void
results_close(struct results *r)
{
	close_log(&r->now);
	close_log(&r->before);
	mem_free(r->dir);
	r->dir = NULL;
}

/* The newest log is full: one with the next number begins.  Others may do the same
 * at the same time. */
static bool
turn_over(struct results *r, struct err *e)
{
	uint64_t number;

	return choose(r, true, &number, e) && open_both(r, number, e);
}

/* ---- the index ---- */

struct bucket {
	uint64_t at;                     /* in the file */
	uint64_t slot[SLOTS];
};

static void
read_bucket(const struct results_log *l, struct digest key, struct bucket *b)
{
	unsigned char bytes[BUCKET] = { 0 };

	b->at = (key.lo & (BUCKETS - 1)) * BUCKET;
	sharedfile_read(&l->index, b->at, bytes, BUCKET);
	struct dec d = dec_of(bytes, BUCKET);
	for (int i = 0; i < SLOTS; i++)
		b->slot[i] = dec_u64le(&d);
}

static bool
write_slot(const struct results_log *l, const struct bucket *b, int i, uint64_t slot,
	struct err *e)
{
	struct buf bytes = BUF_INIT;

	enc_u64le(&bytes, slot);
	bool ok = sharedfile_write(&l->index, b->at + (uint64_t)i * 8, bytes.p, bytes.n, e);
	buf_fini(&bytes);
	return ok;
}

static uint64_t
tag_of(struct digest key)
{
	return key.hi << PLACE_BITS;     /* its low 24 bits */
}

static bool
is_of(uint64_t slot, struct digest key)
{
	return slot != 0 && (slot & ~PLACE_MASK) == tag_of(key);
}

/* The slot of the key, an empty one, or the one that leads to the oldest result. */
static int
choose_slot(const struct bucket *b, struct digest key)
{
	int best = 0;

	for (int i = 0; i < SLOTS; i++)
		if (is_of(b->slot[i], key))
			return i;
	for (int i = 1; i < SLOTS; i++)
		if ((b->slot[i] & PLACE_MASK) < (b->slot[best] & PLACE_MASK))
			best = i;
	return best;
}

/* ---- records ---- */

void
results_record(struct buf *out, struct digest key, const struct value *v)
{
	static const char room[HEAD];

	CHECK(v->nkids == 0);
	if (v->size >= MAX_RECORD / 2)
		return;
	buf_reserve(out, HEAD + KEY + v->size);
	buf_add(out, room, HEAD);
	digest_put(out, key);
	buf_add(out, value_bytes(v), v->size);
	struct digest sum = digest_of(out->p + HEAD, out->n - HEAD);
	struct buf head = BUF_INIT;
	enc_u32le(&head, MAGIC);
	enc_u32le(&head, (uint32_t)(out->n - HEAD));
	digest_put(&head, sum);
	memcpy(out->p, head.p, HEAD);
	buf_fini(&head);
}

enum found { FOUND, ANOTHER, DAMAGED };

/* Reads the record at `at`, whole, into `out`. */
static enum found
read_record(const struct results_log *l, uint64_t at, struct digest key, struct buf *out)
{
	buf_reset(out);
	buf_reserve(out, FIRST_READ);
	out->n = sharedfile_read(&l->log, at, out->p, FIRST_READ);
	struct dec d = dec_of(out->p, out->n);
	uint32_t magic = dec_u32le(&d), size = dec_u32le(&d);
	size_t whole = HEAD + (size_t)size;
	if (d.bad || magic != MAGIC || size < KEY || whole > MAX_RECORD)
		return DAMAGED;
	if (whole > out->n && out->n == FIRST_READ) {
		buf_reserve(out, whole - FIRST_READ);
		out->n += sharedfile_read(&l->log, at + FIRST_READ, out->p + FIRST_READ,
		    whole - FIRST_READ);
	}
	if (out->n < whole)
		return DAMAGED;
	buf_cut(out, whole);
	if (!digest_eq(digest_get(out->p + 8), digest_of(out->p + HEAD, size)))
		return DAMAGED;
	return digest_eq(digest_get(out->p + HEAD), key) ? FOUND : ANOTHER;
}

static bool
find(const struct results_log *l, struct digest key, struct buf *record)
{
	struct err ignored = ERR_INIT;
	struct bucket b;
	bool found = false;

	if (l->log.fd < 0)
		return false;
	read_bucket(l, key, &b);
	for (int i = 0; i < SLOTS && !found; i++) {
		if (!is_of(b.slot[i], key))
			continue;
		enum found f = read_record(l, (b.slot[i] & PLACE_MASK) - 1, key, record);
		found = f == FOUND;
		if (f == DAMAGED)
			write_slot(l, &b, i, 0, &ignored);
	}
	err_fini(&ignored);
	return found;
}

static bool
append(struct results *r, struct digest key, struct str record, struct err *e)
{
	struct bucket b;
	uint64_t at;

	if (!sharedfile_append(&r->now.log, record.p, record.n, &at, e))
		return false;
	if (at >= PLACE_MASK)
		return turn_over(r, e);
	read_bucket(&r->now, key, &b);
	if (!write_slot(&r->now, &b, choose_slot(&b, key), tag_of(key) | (at + 1), e))
		return false;
	return at + record.n <= r->limit || turn_over(r, e);
}

struct value *
results_get(struct results *r, struct digest key)
{
	struct err ignored = ERR_INIT;
	struct buf record = BUF_INIT;
	struct value *v = NULL;
	bool found = find(&r->now, key, &record);

	if (!found) {
		found = find(&r->before, key, &record);
		if (found)
			append(r, key, buf_str(&record), &ignored);
	}
	size_t skip = HEAD + KEY;
	if (found && value_valid(record.p + skip, record.n - skip, 0))
		v = value_new(record.p + skip, record.n - skip, NULL, 0);
	buf_fini(&record);
	err_fini(&ignored);
	return v;
}

bool
results_put(struct results *r, struct digest key, struct str record, struct err *e)
{
	return record.n == 0 || record.n > r->limit / 2 || append(r, key, record, e);
}
