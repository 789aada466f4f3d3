/* reader.c -- one function per record type; false from one of them means damage,
 * and it has changed nothing that counts. */
#include "store/reader.h"

#include "base/die.h"
#include "graph/groups.h"
#include "store/format.h"

#define STALE_FN UINT32_C(0x80000000)     /* in reader.fns */

void
reader_init(struct reader *r, struct index *ix, struct str log)
{
	memset(r, 0, sizeof(*r));
	r->ix = ix;
	r->log = log;
}

void
reader_fini(struct reader *r)
{
	for (uint32_t i = 0; r->depsets && i < r->ix->ndepsets; i++)
		value_unref(r->depsets[i]);
	mem_free(r->items);
	mem_free(r->deps);
	mem_free(r->fns);
	mem_free(r->seen);
	mem_free(r->depsets);
	mem_free(r->kids);
}

static struct str
rest(struct dec *d)
{
	return (struct str){ (const char *)d->p, (size_t)(d->end - d->p) };
}

static bool
read_fn(struct reader *r, struct dec d)
{
	struct index *ix = r->ix;
	uint64_t version = dec_u64(&d);
	uint32_t n = ix->nlocal_fns;

	if (d.bad || n == INDEX_NONE)
		return false;
	if (n == r->capfns)
		r->fns = mem_grow(r->fns, &r->capfns, n + (size_t)1, sizeof(r->fns[0]));
	bool stale;
	uint32_t known = index_fn_named(ix, rest(&d), version, &stale);
	r->fns[n] = stale ? known | STALE_FN : known;
	if (known != INDEX_NONE && !stale)
		ix->fns[known].local = n;
	ix->nlocal_fns++;
	return true;
}

static bool
read_key(struct reader *r, struct dec d)
{
	struct index *ix = r->ix;
	uint64_t fn = dec_u64(&d);
	struct str arg = rest(&d);
	const struct key *key = NULL;
	uint32_t n = ix->nslots;

	if (d.bad || fn >= ix->nlocal_fns || n + 1 >= GROUP_MARK || !format_key_valid(arg.p, arg.n))
		return false;
	if (n == r->capitems)
		r->items = mem_grow(r->items, &r->capitems, n + (size_t)1, sizeof(r->items[0]));
	if (n == r->capseen)
		r->seen = mem_grow(r->seen, &r->capseen, n + (size_t)1, sizeof(r->seen[0]));
	bool known = r->fns[fn] != INDEX_NONE, stale = known && (r->fns[fn] & STALE_FN);
	const struct index_fn *f = known ? &ix->fns[r->fns[fn] & ~STALE_FN] : NULL;
	if (f)
		key = key_intern(ix->keys, f->fn, arg.p, arg.n);
	uint32_t older = key ? index_local(ix, key) : INDEX_NONE;
	if (older != INDEX_NONE)
		r->items[older].newer = n;
	r->items[n] = (struct reader_item){ .key = key, .newer = INDEX_NONE, .stale = stale,
		.session = f && (f->flags & STORE_FN_SESSION),
		.kept = f && (f->flags & STORE_FN_KEPT) };
	r->seen[n] = 0;
	index_add_key(ix, key);
	ix->slots[n].stale = stale;
	return true;
}

/* Are all kids depsets that came before? */
static bool
kids_known(const struct reader *r, const struct format_value *v)
{
	struct format_kids k = format_kids_of(v);
	struct digest d;
	uint32_t n = 0;

	while (format_kids_next(&k, &d)) {
		if (index_depset(r->ix, d) == INDEX_NONE)
			return false;
		n++;
	}
	return n == v->nkids;
}

static bool
check_value(const struct reader *r, struct dec *d, struct format_value *v)
{
	return format_read_value(d, v) && value_valid(v->bytes, v->size, v->nkids) &&
	    (v->nkids == 0 || kids_known(r, v));
}

static struct value *
make_value(struct reader *r, const struct format_value *v)
{
	struct format_kids k = format_kids_of(v);
	struct digest d;

	if (v->nkids > r->capkids)
		r->kids = mem_grow(r->kids, &r->capkids, v->nkids, sizeof(r->kids[0]));
	for (uint32_t i = 0; format_kids_next(&k, &d); i++)
		r->kids[i] = r->depsets[index_depset(r->ix, d)];
	return value_new(v->bytes, v->size, r->kids, v->nkids);
}

struct value *
reader_value(struct reader *r, struct dec *d)
{
	struct format_value v;

	CHECK(format_read_value(d, &v));
	return make_value(r, &v);
}

static bool
read_depset(struct reader *r, struct dec d)
{
	struct index *ix = r->ix;
	struct format_value v;

	if (!check_value(r, &d, &v) || !dec_end(&d) || v.bytes[0] != VALUE_DEPSET_NODE)
		return false;
	struct value *depset = make_value(r, &v);
	if (index_depset(ix, depset->digest) != INDEX_NONE) {
		value_unref(depset);
		return true;
	}
	if (ix->ndepsets == r->capdepsets)
		r->depsets = mem_grow(r->depsets, &r->capdepsets, ix->ndepsets + (size_t)1,
		    sizeof(r->depsets[0]));
	r->depsets[index_add_depset(ix, depset->digest)] = depset;
	return true;
}

/* ---- nodes ---- */

static void
add_word(struct reader *r, uint32_t word)
{
	if (r->ndeps == r->capdeps)
		r->deps = mem_grow(r->deps, &r->capdeps, r->ndeps + 1, sizeof(r->deps[0]));
	r->deps[r->ndeps++] = word;
}

/* A graph must not be given the same dependency twice, nor a node itself: *twice is
 * set. */
static bool
add_dep(struct reader *r, uint64_t local, bool *twice)
{
	if (local >= r->ix->nslots)
		return false;
	*twice = *twice || r->seen[local] == r->serial;
	r->seen[local] = r->serial;
	add_word(r, (uint32_t)local);
	return true;
}

static bool
read_groups(struct reader *r, struct dec *d, bool *twice)
{
	for (uint64_t left = dec_u64(d); left > 0; left--) {
		uint64_t head = dec_u64(d), n = head / 2;
		if (d->bad)
			return false;
		if (head % 2 == 0) {
			if (!add_dep(r, n, twice))
				return false;
			continue;
		}
		if (n < 2 || n > (size_t)(d->end - d->p) || n >= GROUP_MARK)
			return false;
		add_word(r, GROUP_MARK | (uint32_t)n);
		for (; n > 0; n--)
			if (!add_dep(r, dec_u64(d), twice))
				return false;
	}
	return !d->bad;
}

static bool
values_right(const struct reader *r, struct dec *d, unsigned flags)
{
	struct format_value v;

	if (!check_value(r, d, &v))
		return false;
	for (unsigned bit = FORMAT_STAMP; bit <= FORMAT_RECOVERED; bit <<= 1)
		if ((flags & bit) && !check_value(r, d, &v))
			return false;
	return dec_end(d) && !d->bad;
}

static bool
read_node(struct reader *r, struct dec d)
{
	uint64_t local = dec_u64(&d), changed = dec_u64(&d), verified = dec_u64(&d);
	const unsigned char *flags = dec_bytes(&d, 1);
	size_t deps = r->ndeps;
	bool twice = false;

	r->serial++;
	if (local < r->ix->nslots)
		r->seen[local] = r->serial;
	if (!flags || local >= r->ix->nslots || changed > UINT32_MAX || verified > UINT32_MAX ||
	    (*flags & ~FORMAT_ALL_FLAGS) || !read_groups(r, &d, &twice))
		return false;
	size_t values = (size_t)((const char *)d.p - r->log.p);
	if (!values_right(r, &d, *flags))
		return false;
	struct reader_item *item = &r->items[local];
	item->values = values;
	item->deps = deps;
	item->ndeps = (uint32_t)(r->ndeps - deps);
	item->changed_at = (uint32_t)changed;
	item->verified_at = (uint32_t)verified;
	item->flags = *flags;
	item->doubt = item->forgotten = false;
	if (twice || !item->key) {
		item->values = 0;
		item->forgotten = true;
		item->ndeps = 0;
		r->ndeps = deps;
	}
	index_set_node(r->ix, (uint32_t)local, true, false);
	uint32_t newest = item->changed_at > item->verified_at ? item->changed_at :
	    item->verified_at;
	if (newest > r->version)
		r->version = newest;
	return true;
}

static bool
read_forget(struct reader *r, struct dec d, bool doubt)
{
	uint64_t local = dec_u64(&d);

	if (d.bad || !dec_end(&d) || local >= r->ix->nslots)
		return false;
	if (doubt && r->items[local].kept) {
		r->items[local].doubt = true;
		index_set_node(r->ix, (uint32_t)local, r->ix->slots[local].node, true);
		return true;
	}
	r->items[local].values = 0;
	r->items[local].forgotten = true;
	r->items[local].doubt = false;
	index_set_node(r->ix, (uint32_t)local, false, false);
	return true;
}

static bool
read_record(struct reader *r, enum format_type type, struct dec d)
{
	switch (type) {
	case FORMAT_FN:
		return read_fn(r, d);
	case FORMAT_KEY:
		return read_key(r, d);
	case FORMAT_DEPSET:
		return read_depset(r, d);
	case FORMAT_NODE:
		return read_node(r, d);
	case FORMAT_FORGET:
		return read_forget(r, d, false);
	case FORMAT_DOUBT:
		return read_forget(r, d, true);
	}
	return false;
}

void
reader_run(struct reader *r)
{
	enum format_type type;
	struct dec d;
	size_t at = r->good;

	while (format_next(r->log, &at, &type, &d) && read_record(r, type, d)) {
		r->good = at;
		r->ix->records++;
	}
}
