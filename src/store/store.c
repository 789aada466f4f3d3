/* store.c -- the log as a file: opening, recovering, appending, closing. */
#include "store/store.h"

#include "base/die.h"
#include "base/path.h"
#include "os/appendfile.h"
#include "os/fs.h"
#include "store/compact.h"
#include "store/format.h"
#include "store/index.h"
#include "store/load.h"
#include "store/reader.h"
#include "store/write.h"

#define LOG "graph.log"
#define FLUSH_AT ((size_t)1 << 20)    /* buffered bytes that are written unasked */

struct store {
	int dir;                     /* borrowed */
	struct buf path, bad, temp;  /* of the log, its damaged past, its successor */
	struct appendfile file;
	struct index ix;
	struct buf out;              /* records not yet written */
	bool stuck;                  /* an unasked write failed: wait for store_flush */
};

static struct store *
make(int dir, const char *path, struct keys *keys, const struct store_fn *fns, size_t nfns)
{
	struct store *s = mem_zalloc(sizeof(*s));

	s->dir = dir;
	path_join(&s->path, str_of(path), STR(LOG));
	path_join(&s->bad, str_of(path), STR(LOG ".bad"));
	path_join(&s->temp, str_of(path), STR(LOG ".new"));
	s->file = (struct appendfile)APPENDFILE_NONE;
	index_init(&s->ix, keys, fns, nfns);
	return s;
}

static void
destroy(struct store *s)
{
	appendfile_close(&s->file);
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

/* A log with our header.  `write`: what is wrong at its end is cut off. */
static bool
load_records(struct store *s, struct str log, struct graph *g, bool write,
	struct buf *note, struct err *e)
{
	struct reader r;

	reader_init(&r, &s->ix, log);
	r.good = FORMAT_HEADER;
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

static bool
recover(struct store *s, struct str log, struct graph *g, struct buf *note, struct err *e)
{
	switch (format_check_header(log)) {
	case FORMAT_OURS:
		return load_records(s, log, g, true, note, e);
	case FORMAT_DAMAGED:
		return set_aside(s, "is damaged", note, e);
	case FORMAT_OTHER:
		if (!appendfile_cut(&s->file, 0, e))
			return false;
		note_other(s, note);
		return true;
	case FORMAT_CUT:
		if (log.n > 0)
			note_lost(s, 0, log.n, note);
		return appendfile_cut(&s->file, 0, e);
	}
	return true;
}

static bool
open_store(struct store *s, const char *path, struct graph *g, struct buf *note, struct err *e)
{
	struct buf log = BUF_INIT;
	struct err ignored = ERR_INIT;
	bool ok = (*path == '\0' || fs_mkdirs(s->dir, path, e)) && open_or_replace(s, note, e) &&
	    appendfile_read(&s->file, &log, e) && recover(s, buf_str(&log), g, note, e);

	buf_fini(&log);
	if (ok && s->file.size == 0)
		format_add_header(&s->out);
	if (ok)    /* a compaction that was killed */
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
	struct buf log = BUF_INIT;
	struct fs_stat st;

	if (!fs_lstat(s->dir, s->path.p, &st, e))
		return false;
	if (st.kind == FS_NONE)
		return true;
	bool ok = fs_read(s->dir, s->path.p, &log, e);
	switch (ok ? format_check_header(buf_str(&log)) : FORMAT_CUT) {
	case FORMAT_OURS:
		load_records(s, buf_str(&log), g, false, note, e);
		break;
	case FORMAT_OTHER:
		note_other(s, note);
		break;
	case FORMAT_DAMAGED:
		buf_printf(note, "%s is damaged and was not used", s->path.p);
		break;
	case FORMAT_CUT:
		break;
	}
	buf_fini(&log);
	return ok;
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

bool
store_close(struct store *s, struct graph *g, struct err *e)
{
	bool ok = store_flush(s, e);
	struct err ignored = ERR_INIT;

	if (ok && compact_wanted(&s->ix, g, s->file.size)) {
		compact_log(&s->ix, g, s->dir, s->path.p, s->temp.p, &ignored);
		err_fini(&ignored);
	}
	destroy(s);
	return ok;
}

/* ---- questions, changes ---- */

struct store_stats
store_stats(const struct store *s)
{
	return (struct store_stats){ s->file.size + s->out.n, s->ix.records, s->ix.live };
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
		write_failed(&s->ix, &s->out, n);
	write_when_large(s);
}

void
store_delete(struct store *s, struct graph *g, uint32_t node)
{
	write_forget(&s->ix, &s->out, graph_node(g, node));
	write_when_large(s);
}

bool
store_flush(struct store *s, struct err *e)
{
	return write_out(s, e);
}
