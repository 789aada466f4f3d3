/* store.c -- the log as a file: opening, recovering, appending, closing. */
#include "store/store.h"

#include "base/die.h"
#include "base/path.h"
#include "os/appendfile.h"
#include "os/fs.h"
#include "os/mapfile.h"
#include "store/format.h"
#include "store/freeze.h"
#include "store/index.h"
#include "store/load.h"
#include "store/reader.h"
#include "store/snapshot.h"
#include "store/write.h"

#define LOG "graph.log"
#define FLUSH_AT ((size_t)1 << 20)    /* buffered bytes that are written unasked */
#define SLACK ((uint64_t)1 << 12)     /* bytes of records that are read in no time */
#define DOUBT_SLACK ((uint64_t)1 << 28)   /* ... that may wait for a build that succeeds */

/* What cold nodes live in. */
struct image {
	struct mapfile map;
	struct snapshot snapshot;
};

struct store {
	int dir;                     /* borrowed */
	struct buf path, bad, temp;  /* of the log, its damaged past, its successor */
	struct appendfile file;
	struct image *image;         /* of the file as it was opened; the graph's, once it
	                                has cold nodes */
	uint64_t records;            /* where the records begin */
	struct index ix;
	struct buf out;              /* records not yet written */
	bool stuck;                  /* an unasked write failed: wait for store_flush */
};

static struct store *
make(int dir, const char *path, struct keys *keys, const struct store_fn *fns, size_t nfns)
{
	struct store *s = mem_zalloc(sizeof(*s));

	s->dir = dir;
	s->image = mem_zalloc(sizeof(*s->image));
	path_join(&s->path, str_of(path), STR(LOG));
	path_join(&s->bad, str_of(path), STR(LOG ".bad"));
	path_join(&s->temp, str_of(path), STR(LOG ".new"));
	s->file = (struct appendfile)APPENDFILE_NONE;
	index_init(&s->ix, keys, fns, nfns);
	return s;
}

static void
drop_image(void *arg)
{
	struct image *image = arg;

	if (!image)
		return;
	snapshot_close(&image->snapshot);
	mapfile_close(&image->map);
	mem_free(image);
}

static void
destroy(struct store *s)
{
	appendfile_close(&s->file);
	drop_image(s->image);
	index_fini(&s->ix);
	buf_fini(&s->out);
	buf_fini(&s->path);
	buf_fini(&s->bad);
	buf_fini(&s->temp);
	mem_free(s);
}

/* ---- opening ---- */

static bool
open_log(struct store *s, bool empty, struct err *e)
{
	return appendfile_open(&s->file, s->dir, s->path.p, empty, e);
}

/* What stands at the log's name goes out of the way: kept under another name if
 * that can be, else removed, else (the directory may not be written) emptied. */
static bool
set_aside(struct store *s, const char *what, struct buf *note, struct err *e)
{
	struct err ignored = ERR_INIT;
	bool kept, gone;

	appendfile_close(&s->file);
	kept = fs_rename(s->dir, s->path.p, s->bad.p, &ignored);
	gone = kept || fs_remove(s->dir, s->path.p, &ignored);
	err_fini(&ignored);
	if (!open_log(s, !gone, e))
		return false;
	buf_printf(note, "%s %s; %s%s, everything is built anew", s->path.p, what,
	    kept ? "it was kept as " : "it was dropped", kept ? s->bad.p : "");
	return true;
}

/* A directory, a pipe or the like in the log's place is damage, too. */
static bool
open_or_replace(struct store *s, struct buf *note, struct err *e)
{
	struct err ignored = ERR_INIT;
	struct fs_stat st;

	if (open_log(s, false, e))
		return true;
	bool looked = fs_lstat(s->dir, s->path.p, &st, &ignored);
	err_fini(&ignored);
	if (!looked || st.kind == FS_FILE || st.kind == FS_NONE)
		return false;
	err_fini(e);
	return set_aside(s, "is not a file", note, e);
}

static void
note_lost(const struct store *s, size_t good, size_t size, struct buf *note)
{
	buf_printf(note, "%s: the last %zu of %zu bytes are damaged or incomplete; what "
	    "they recorded is built anew", s->path.p, size - good, size);
}

static void
note_other(const struct store *s, struct buf *note)
{
	buf_printf(note, "%s was written by another version of skylua; everything is built "
	    "anew", s->path.p);
}

static struct str
mapped(const struct store *s)
{
	const struct mapfile *m = &s->image->map;

	return (struct str){ m->p ? m->p : "", m->n };
}

/* What is wrong at the end of a log is cut off if `write`. */
static bool
load_records(struct store *s, struct graph *g, bool write, struct buf *note, struct err *e)
{
	struct str log = mapped(s);
	struct reader r;

	reader_init(&r, &s->ix, log);
	r.good = (size_t)s->records;
	reader_run(&r);
	bool whole = r.good == log.n;
	bool ok = whole || !write || appendfile_cut(&s->file, r.good, e);
	if (ok) {
		load_graph(&r, g);
		if (!whole)
			note_lost(s, r.good, log.n, note);
	}
	reader_fini(&r);
	return ok;
}

/* A log with our header.  *good: its snapshot is. */
static bool
load(struct store *s, struct graph *g, uint64_t size, bool write, bool *good,
	struct buf *note, struct err *e)
{
	struct image *image = s->image;
	struct str bytes = { mapped(s).p + FORMAT_HEADER, (size_t)size };

	*good = snapshot_open(&image->snapshot, &s->ix, bytes);
	if (!*good)
		return true;
	s->records = FORMAT_HEADER + size;
	if (image->snapshot.fns)
		cold_attach(g, &image->snapshot.frozen, drop_image, image);
	bool ok = load_records(s, g, write, note, e);
	if (image->snapshot.fns)
		s->image = NULL;
	return ok;
}

static bool
recover(struct store *s, struct graph *g, struct buf *note, struct err *e)
{
	uint64_t snapshot;
	bool good;

	switch (format_check_header(mapped(s), &snapshot)) {
	case FORMAT_OURS:
		if (!load(s, g, snapshot, true, &good, note, e))
			return false;
		return good || set_aside(s, "is damaged", note, e);
	case FORMAT_DAMAGED:
		return set_aside(s, "is damaged", note, e);
	case FORMAT_OTHER:
		if (!appendfile_cut(&s->file, 0, e))
			return false;
		note_other(s, note);
		return true;
	case FORMAT_CUT:
		if (mapped(s).n > 0)
			note_lost(s, 0, mapped(s).n, note);
		return appendfile_cut(&s->file, 0, e);
	}
	return true;
}

static bool
open_store(struct store *s, const char *path, struct graph *g, struct buf *note, struct err *e)
{
	struct err ignored = ERR_INIT;
	bool ok = (*path == '\0' || fs_mkdirs(s->dir, path, e)) && open_or_replace(s, note, e) &&
	    mapfile_open(&s->image->map, s->file.fd, s->file.size, e) && recover(s, g, note, e);

	if (ok && s->file.size == 0) {
		format_add_header(&s->out, 0);
		s->records = FORMAT_HEADER;
	}
	if (ok)    /* one that was killed while it was written */
		fs_remove(s->dir, s->temp.p, &ignored);
	err_fini(&ignored);
	return ok;
}

bool
store_open(struct store **out, int dir, const char *path, struct graph *g,
	const struct store_fn *fns, size_t nfns, struct buf *note, struct err *e)
{
	struct store *s = make(dir, path, g->keys, fns, nfns);

	if (!open_store(s, path, g, note, e)) {
		destroy(s);
		return false;
	}
	*out = s;
	return true;
}

static bool
read_store(struct store *s, struct graph *g, struct buf *note, struct err *e)
{
	uint64_t snapshot;
	struct fs_stat st;
	bool good = false;

	if (!fs_lstat(s->dir, s->path.p, &st, e))
		return false;
	if (st.kind == FS_NONE)
		return true;
	if (!mapfile_open_path(&s->image->map, s->dir, s->path.p, e))
		return false;
	switch (format_check_header(mapped(s), &snapshot)) {
	case FORMAT_OURS:
		if (!load(s, g, snapshot, false, &good, note, e))
			return false;
		break;
	case FORMAT_OTHER:
		note_other(s, note);
		return true;
	case FORMAT_DAMAGED:
		break;
	case FORMAT_CUT:
		return true;
	}
	if (!good)
		buf_printf(note, "%s is damaged and was not used", s->path.p);
	return true;
}

bool
store_read(int dir, const char *path, struct graph *g, const struct store_fn *fns,
	size_t nfns, struct buf *note, struct err *e)
{
	struct store *s = make(dir, path, g->keys, fns, nfns);
	bool ok = read_store(s, g, note, e);

	destroy(s);
	return ok;
}

/* ---- closing ---- */

/* Records cost more to read than a snapshot: are there too many of them?  What has
 * failed, and is known from records only, would be lost with them. */
bool
store_is_long(const struct store *s)
{
	uint64_t records = s->file.size + s->out.n - s->records;

	if (s->file.fd < 0)
		return false;
	return records > SLACK && records > s->records / 8 &&
	    (s->ix.doubts == 0 || records > DOUBT_SLACK);
}

bool
store_close(struct store *s, struct graph *g, struct err *e)
{
	bool ok = store_flush(s, e);
	struct err ignored = ERR_INIT;

	if (ok && store_is_long(s)) {
		freeze_graph(&s->ix, g, s->dir, s->path.p, s->temp.p, &ignored);
		err_fini(&ignored);
	}
	destroy(s);
	return ok;
}

/* ---- questions, changes ---- */

struct store_stats
store_stats(const struct store *s)
{
	return (struct store_stats){ s->file.size + s->out.n, s->ix.records };
}

static bool
write_out(struct store *s, struct err *e)
{
	if (s->out.n == 0)
		return true;
	s->stuck = !appendfile_append(&s->file, s->out.p, s->out.n, e);
	if (!s->stuck)
		buf_reset(&s->out);
	return !s->stuck;
}

static void
write_when_large(struct store *s)
{
	struct err ignored = ERR_INIT;

	if (s->out.n >= FLUSH_AT && !s->stuck)
		write_out(s, &ignored);
	err_fini(&ignored);
}

void
store_put(struct store *s, struct graph *g, uint32_t node)
{
	const struct node *n = graph_node(g, node);

	if (node_state(n) != NODE_DONE || !write_node(&s->ix, &s->out, g, n))
		write_failed(&s->ix, &s->out, g, n);
	write_when_large(s);
}

void
store_delete(struct store *s, struct graph *g, uint32_t node)
{
	write_forget(&s->ix, &s->out, g, graph_node(g, node));
	write_when_large(s);
}

bool
store_flush(struct store *s, struct err *e)
{
	return write_out(s, e);
}
