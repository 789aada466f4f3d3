/* compact.c -- weighing and rewriting.
 *
 * What a node's records weigh is known by number.  Depsets are shared, so that
 * which of them are dead takes a walk; it is made only when the rest, taken as
 * dead, would be enough.
 */
#include "store/compact.h"

#include "base/die.h"
#include "os/appendfile.h"
#include "os/fs.h"
#include "store/format.h"
#include "store/write.h"

#define SLACK ((uint64_t)1 << 20)    /* dead bytes that never hurt */
#define PIECE ((size_t)1 << 20)      /* bytes per write */

static const struct node *
live_node(const struct index *ix, const struct graph *g, uint32_t id)
{
	const struct node *n = graph_node(g, id);
	uint32_t local = index_local(ix, n->key);

	return local != INDEX_NONE && ix->slots[local].live && !ix->slots[local].stale ? n : NULL;
}

struct scale {
	const struct index *ix;
	uint8_t *weighed;        /* by depset number */
	uint64_t bytes;
};

static bool
weigh(void *arg, const struct value *depset)
{
	struct scale *s = arg;
	uint32_t i = index_depset(s->ix, depset->digest);

	if (i == INDEX_NONE || s->weighed[i])
		return false;
	s->weighed[i] = 1;
	s->bytes += s->ix->depsets[i].size;
	return true;
}

static bool
go_on(void *arg, const struct value *depset)
{
	(void)arg;
	(void)depset;
	return true;
}

static uint64_t
live_depsets(const struct index *ix, const struct graph *g)
{
	struct scale s = { ix, mem_zalloc(ix->ndepsets), 0 };
	struct write_walk w = { weigh, go_on, &s };

	for (uint32_t id = 0; id < g->nnodes; id++) {
		const struct node *n = live_node(ix, g, id);
		if (!n)
			continue;
		const struct node_extra none = { 0 }, *extra = n->extra ? n->extra : &none;
		const struct value *of[] = { n->value, extra->stamp, extra->messages,
			extra->recovered };
		for (unsigned i = 0; i < ARRAY_LEN(of); i++)
			if (of[i] && of[i]->nkids > 0)
				write_walk_depsets(of[i], &w);
	}
	mem_free(s.weighed);
	return s.bytes;
}

static bool
mostly_dead(uint64_t live, uint64_t size)
{
	return size > live && size - live > SLACK && size - live > size / 2;
}

bool
compact_wanted(const struct index *ix, const struct graph *g, uint64_t size)
{
	return mostly_dead(ix->live_bytes, size) &&
	    mostly_dead(ix->live_bytes + live_depsets(ix, g), size);
}

static bool
write_out(struct appendfile *f, struct buf *b, struct err *e)
{
	bool ok = appendfile_append(f, b->p, b->n, e);

	buf_reset(b);
	return ok;
}

static bool
write_all(const struct index *ix, const struct graph *g, struct appendfile *f, struct err *e)
{
	struct index fresh;
	struct buf b = BUF_INIT;
	bool ok = true;

	index_init_like(&fresh, ix);
	format_add_header(&b);
	for (uint32_t id = 0; id < g->nnodes && ok; id++) {
		const struct node *n = live_node(ix, g, id);
		if (n)
			write_node(&fresh, &b, g, n);
		if (b.n > PIECE)
			ok = write_out(f, &b, e);
	}
	ok = ok && write_out(f, &b, e) && appendfile_sync(f, e);
	buf_fini(&b);
	index_fini(&fresh);
	return ok;
}

bool
compact_log(const struct index *ix, const struct graph *g, int dir, const char *path,
	const char *temp, struct err *e)
{
	struct appendfile f;
	struct err ignored = ERR_INIT;

	if (!appendfile_open(&f, dir, temp, true, e))
		return false;
	bool ok = write_all(ix, g, &f, e);
	appendfile_close(&f);
	if (ok && fs_rename(dir, temp, path, e))
		return true;
	fs_remove(dir, temp, &ignored);
	err_fini(&ignored);
	return false;
}
