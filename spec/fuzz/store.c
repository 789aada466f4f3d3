/* store.c -- fuzzing the reader of the log.
 *
 * The first byte chooses: even, the rest is a log as it would stand on disk (the
 * checksums keep nearly all of it out); odd, it is a list of records (type,
 * length of 2 bytes, payload) that get right checksums, so that everything
 * behind them is reached; with its second bit, behind some functions, keys, a
 * depset and a node for them to build on.  Whatever is loaded must be a sound graph, and must
 * come back unchanged when it is written and read again.
 */
#include <stddef.h>
#include <stdint.h>

#include "base/die.h"
#include "graph/graph.h"
#include "store/format.h"
#include "store/index.h"
#include "store/load.h"
#include "store/reader.h"
#include "store/write.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct store_fn fns[] = {
	{ "A", 0, 0 }, { "B", 1, STORE_FN_SESSION }, { "C", 1, STORE_FN_UNSTORED }
};

/* An input may intern keys for ever: after a while, another table. */
static struct keys *
table(void)
{
	static struct keys *keys;
	static unsigned runs;

	if (keys && runs++ % 1024 == 0) {
		keys_free(keys);
		keys = NULL;
	}
	return keys = keys ? keys : keys_new();
}

static void
frame(struct buf *log, const uint8_t *p, size_t n)
{
	while (n >= 3) {
		size_t size = (size_t)p[1] | (size_t)p[2] << 8;
		size = size < n - 3 ? size : n - 3;
		size_t at = format_begin(log, (enum format_type)(1 + p[0] % 5));
		buf_add(log, p + 3, size);
		format_end(log, at);
		p += 3 + size;
		n -= 3 + size;
	}
}

static void
add_record(struct buf *log, enum format_type type, struct str payload)
{
	size_t at = format_begin(log, type);

	buf_addstr(log, payload);
	format_end(log, at);
}

static void
prologue(struct buf *log)
{
	add_record(log, FORMAT_FN, STR("\0A"));
	add_record(log, FORMAT_FN, STR("\1B"));
	add_record(log, FORMAT_KEY, STR("\0\5\1a"));
	add_record(log, FORMAT_KEY, STR("\1\5\1b"));
	add_record(log, FORMAT_KEY, STR("\1\3\2"));
	add_record(log, FORMAT_DEPSET, STR("\0\4\12\0\0\0"));
	add_record(log, FORMAT_NODE, STR("\0\1\1\0\0\0\1\0"));
}

static struct graph *
load(struct keys *keys, struct str log, size_t from)
{
	struct index ix;
	struct reader r;
	struct graph *g = graph_new(keys);

	index_init(&ix, keys, fns, ARRAY_LEN(fns));
	reader_init(&r, &ix, log);
	r.good = from;
	reader_run(&r);
	CHECK(r.good <= log.n);
	load_graph(&r, g);
	graph_check(g);
	reader_fini(&r);
	index_fini(&ix);
	return g;
}

static void
write_all(const struct graph *g, struct buf *out)
{
	struct index ix;

	index_init(&ix, g->keys, fns, ARRAY_LEN(fns));
	format_add_header(out, 0);
	for (uint32_t id = 0; id < g->nnodes; id++)
		CHECK(write_node(&ix, out, g, graph_node(g, id)));
	index_fini(&ix);
}

static void
compare(const struct graph *a, const struct graph *b)
{
	CHECK(a->nnodes == b->nnodes);
	for (uint32_t id = 0; id < a->nnodes; id++) {
		const struct node *x = graph_node(a, id);
		uint32_t other = graph_find(b, x->key);
		CHECK(other != NODE_NONE);
		const struct node *y = graph_node(b, other);
		CHECK(value_eq(x->value, y->value) && x->ndeps == y->ndeps && x->state == y->state);
		CHECK(x->changed_at == y->changed_at && x->verified_at == y->verified_at);
		CHECK(x->flags == y->flags && !x->extra == !y->extra);
		struct buf text = BUF_INIT;
		value_print(&text, x->value, 1000);
		buf_fini(&text);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf log = BUF_INIT, again = BUF_INIT;
	struct keys *keys = table();

	if (size == 0)
		return 0;
	if (data[0] % 2 == 0)
		buf_add(&log, data + 1, size - 1);
	if (data[0] % 4 == 3)
		prologue(&log);
	if (data[0] % 2 == 1)
		frame(&log, data + 1, size - 1);
	format_check_header(buf_str(&log));
	struct graph *g = load(keys, buf_str(&log), 0);
	write_all(g, &again);
	struct graph *h = load(keys, buf_str(&again), FORMAT_HEADER);
	compare(g, h);
	graph_free(g);
	graph_free(h);
	buf_fini(&log);
	buf_fini(&again);
	return 0;
}
