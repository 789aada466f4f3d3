/* test_store_snapshot.c -- snapshots that are cut or flipped. */
#include "store_damage.h"

/* Values so large that closing wrote a snapshot, and one more session with records
 * behind it. */
static void
make_snapshot(struct buf *log)
{
	struct world first, second, *w = &second;
	uint64_t bytes;

	T(fs_remove(dir, "state", &err));
	world_init(&first, 4, 14);
	first.pad = 300;
	struct store *s = open_store(&first);
	world_evaluate(&first, 1, 0, 0, s);
	T(store_close(s, first.g, &err));
	world_fini(&first);
	world_init(w, 5, 14);
	s = open_store(w);
	T(store_stats(s).records == 0 && w->g->cold);
	bytes = store_stats(s).bytes;
	uint32_t id = world_node(w, 3);
	graph_dirty(w->g, &id, 1);
	world_evaluate(w, 2, 0, 0, s);
	T(store_stats(s).bytes > bytes && store_close(s, w->g, &err));
	world_fini(w);      /* what it has mapped must not become shorter */
	get_log(log);
}

/* A damaged array costs everything, a damaged value that value. */
static void
test_bits_of_a_snapshot(void)
{
	struct keys *keys = keys_new();
	struct buf log = BUF_INIT;
	char what[80];
	size_t step = getenv("SKYLUA_BIG") ? 1 : 29, silent = 0, n = 0;

	make_snapshot(&log);
	for (size_t bit = 0; bit < log.n * 8; bit += step, n++) {
		snprintf(what, sizeof(what), "bit %zu of %zu", bit, log.n * 8);
		log.p[bit / 8] = (char)(log.p[bit / 8] ^ 1 << (bit & 7));
		put_log(log.p, log.n);
		silent += !survives(keys, 14, what, bit % (29 * 7) == 0);
		log.p[bit / 8] = (char)(log.p[bit / 8] ^ 1 << (bit & 7));
	}
	T(silent > n / 10 && silent < n - n / 10);
	buf_fini(&log);
	keys_free(keys);
}

static void
test_lengths_of_a_snapshot(void)
{
	struct keys *keys = keys_new();
	struct buf log = BUF_INIT;
	char what[80];

	make_snapshot(&log);
	for (size_t n = 0; n < log.n; n += 5) {
		snprintf(what, sizeof(what), "length %zu of %zu", n, log.n);
		put_log(log.p, n);
		survives(keys, 14, what, n % 64 == 0);
	}
	buf_fini(&log);
	keys_free(keys);
}

int
main(void)
{
	char name[] = "/tmp/test_store.XXXXXX";

	begin(name);
	test_bits_of_a_snapshot();
	test_lengths_of_a_snapshot();
	return end(name);
}
