/* test_store_damage.c -- logs that are cut, flipped, forged or not logs at all,
 * and disks that are full. */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "store/format.h"
#include "store_damage.h"

#define MIB ((size_t)1 << 20)

static enum fs_kind
kind(const char *path)
{
	struct fs_stat st;

	return fs_lstat(dir, path, &st, &err) ? st.kind : FS_SPECIAL;
}

/* A log of two evaluations, with forgotten nodes, depsets and a circle of
 * everything else; its bytes go to `log`. */
static void
make_log(struct world *w, uint32_t n, struct buf *log)
{
	T(fs_remove(dir, "state", &err));
	world_init(w, n, n);
	struct store *s = open_store(w);
	world_evaluate(w, 1, 0, 0, s);
	for (uint32_t i = 0; i < n; i += 3) {
		uint32_t id = world_node(w, i);
		graph_dirty(w->g, &id, 1);
	}
	world_evaluate(w, 2, 5, 0, s);
	T(store_close(s, w->g, &err));
	get_log(log);
}

/* ---- damage ---- */

static void
test_every_length(void)
{
	struct world w;
	struct buf log = BUF_INIT;
	char what[80];
	unsigned silent = 0;

	make_log(&w, 12, &log);
	for (size_t n = 0; n < log.n; n++) {
		snprintf(what, sizeof(what), "length %zu of %zu", n, log.n);
		put_log(log.p, n);
		silent += !survives(w.keys, w.n, what, n % 16 == 0);
		T_CASE(kind(BAD) == FS_NONE, what);
	}
	T(silent > 10 && silent < 100);      /* between two records nothing is lost */
	buf_fini(&log);
	world_fini(&w);
}

static void
test_every_bit(void)
{
	struct world w;
	struct buf log = BUF_INIT;
	char what[80];

	make_log(&w, 5, &log);
	for (size_t bit = 0; bit < log.n * 8; bit++) {
		snprintf(what, sizeof(what), "bit %zu of %zu", bit, log.n * 8);
		log.p[bit / 8] = (char)(log.p[bit / 8] ^ 1 << (bit & 7));
		put_log(log.p, log.n);
		T_CASE(survives(w.keys, w.n, what, bit % 97 == 0), what);
		log.p[bit / 8] = (char)(log.p[bit / 8] ^ 1 << (bit & 7));
	}
	buf_fini(&log);
	world_fini(&w);
}

static void
test_garbage_behind(void)
{
	static const char *const cases[] = { "NULs", "text", "random bytes" };
	struct world w;
	struct buf log = BUF_INIT;

	make_log(&w, 30, &log);
	for (int c = 0; c < 3; c++) {
		struct buf bad = BUF_INIT;
		buf_addstr(&bad, buf_str(&log));
		for (int k = 0; k < 300; k++)
			buf_addc(&bad, c == 0 ? '\0' : c == 1 ? 'x' :
			    (char)world_random(&w, 256));
		put_log(bad.p, bad.n);
		struct world b;
		world_init(&b, 1, w.n);
		struct store *s = open_store(&b);
		T_CASE(noted("the last 300 of") && world_same(&w, &b), cases[c]);
		T(store_close(s, b.g, &err));
		world_fini(&b);
		T_CASE(reloads(&w), cases[c]);
		get_log(&bad);
		T_CASE(str_eq(buf_str(&bad), buf_str(&log)), cases[c]);
		buf_fini(&bad);
	}
	buf_fini(&log);
	world_fini(&w);
}

/* ---- other versions, not a log ---- */

static void
test_other_writers(void)
{
	struct world w;
	struct buf log = BUF_INIT, sum = BUF_INIT;

	make_log(&w, 20, &log);
	for (int c = 0; c < 3; c++) {
		struct buf other = BUF_INIT;
		buf_addstr(&other, buf_str(&log));
		if (c < 2)
			other.p[8] = (char)(c == 0 ? FORMAT_VERSION + 1 : 0);
		else
			other.p[20] = 'X';         /* the name of the writer */
		buf_reset(&sum);
		enc_u64le(&sum, hash64(other.p, FORMAT_HEADER - 8));
		memcpy(other.p + FORMAT_HEADER - 8, sum.p, 8);
		put_log(other.p, c == 1 ? 40 : other.n);
		struct world b;
		world_init(&b, 1, w.n);
		struct store *s = open_store(&b);
		T(noted("another version of skylua") && b.g->nnodes == 0);
		world_evaluate(&b, 1, 0, 0, s);
		T(store_close(s, b.g, &err) && reloads(&b) && kind(BAD) == FS_NONE);
		world_fini(&b);
		buf_fini(&other);
	}
	buf_fini(&log);
	buf_fini(&sum);
	world_fini(&w);
}

static void
expect_anew(const char *words)
{
	struct world b;

	world_init(&b, 1, 20);
	struct store *s = open_store(&b);
	T(noted(words) && b.g->nnodes == 0);
	world_evaluate(&b, 1, 0, 0, s);
	T(store_close(s, b.g, &err) && reloads(&b));
	world_fini(&b);
}

static void
test_not_a_log(void)
{
	struct buf b = BUF_INIT;

	T(fs_remove(dir, "state", &err) && fs_mkdirs(dir, "state", &err));
	for (int k = 0; k < 5; k++) {
		put_log("once upon a time", 16);
		expect_anew("kept as " BAD);
	}
	struct fs_list list;
	T(fs_list(dir, "state", &list, &err) && list.n == 2);    /* the log and one .bad */
	fs_list_fini(&list);
	put_log("second", 6);
	expect_anew("is damaged; it was kept as");
	T(fs_read(dir, BAD, &b, &err) && str_eq(buf_str(&b), STR("second")));
	/* Nothing can be renamed over a directory that is not empty. */
	T(fs_remove(dir, BAD, &err) && fs_mkdirs(dir, BAD "/x", &err));
	put_log("third", 5);
	expect_anew("is damaged; it was dropped");
	T(kind(BAD) == FS_DIR);
	T(fs_remove(dir, BAD, &err) && fs_remove(dir, LOG, &err) && fs_mkdirs(dir, LOG "/x", &err));
	expect_anew("is not a file; it was kept as");
	T(kind(BAD "/x") == FS_DIR && kind(LOG) == FS_FILE);
	T(fs_remove(dir, BAD, &err) && fs_remove(dir, LOG, &err));
	T(mkfifoat(dir, LOG, 0644) == 0);
	expect_anew("is not a file");
	buf_fini(&b);
}

/* ---- forged records: whole and with the right checksum ---- */

static void
add_key(struct buf *b, unsigned fn, const char *arg, size_t n)
{
	size_t at = format_begin(b, FORMAT_KEY);

	enc_u64(b, fn);
	buf_add(b, arg, n);
	format_end(b, at);
}

static void
add_fn(struct buf *b, unsigned version, const char *name)
{
	size_t at = format_begin(b, FORMAT_FN);

	enc_u64(b, version);
	buf_adds(b, name);
	format_end(b, at);
}

/* A node of version 1 with these bytes from the number of groups on. */
static void
add_node(struct buf *b, unsigned key, const char *tail, size_t n)
{
	size_t at = format_begin(b, FORMAT_NODE);

	enc_u64(b, key);
	buf_add(b, "\1\1\0", 3);
	buf_add(b, tail, n);
	format_end(b, at);
}

#define NODE(b, key, tail) add_node(b, key, tail, sizeof(tail) - 1)
#define KEY(b, fn, arg) add_key(b, fn, arg, sizeof(arg) - 1)
#define NIL "\0\1\0"     /* a value: no kids, one byte, nil */

/* LIST is function 0; keys 0, 1, 2; node 0 and node 1, which needs 0. */
static void
forge(struct buf *b)
{
	buf_reset(b);
	format_add_header(b, 0);
	add_fn(b, 0, "LIST");
	KEY(b, 0, "\5\1a");
	KEY(b, 0, "\5\1b");
	KEY(b, 0, "\5\1c");
	NODE(b, 0, "\0" NIL);
	NODE(b, 1, "\1\0" NIL);
}

/* Opens the forged log: so many nodes are DONE, and with `damage` the forged part
 * is gone afterwards (without, nothing is). */
static void
forged(struct buf *b, unsigned done, bool damage, const char *what)
{
	struct world w;
	struct buf now = BUF_INIT, good = BUF_INIT;
	unsigned n = 0;

	put_log(b->p, b->n);
	world_init(&w, 1, 0);
	struct store *s = open_store(&w);
	for (uint32_t id = 0; id < w.g->nnodes; id++)
		n += node_state(graph_node(w.g, id)) == NODE_DONE;
	T_CASE(n == done && (note.n > 0) == damage, what);
	T(store_close(s, w.g, &err));
	world_fini(&w);
	get_log(&now);
	forge(&good);
	T_CASE(str_eq(buf_str(&now), damage ? buf_str(&good) : buf_str(b)), what);
	forge(b);
	buf_fini(&now);
	buf_fini(&good);
}

static void
test_forged_damage(struct buf *b)
{
	static const struct {
		const char *what, *tail;
		size_t n;
	} nodes[] = {
#define TAIL(what, tail) { what, tail, sizeof(tail) - 1 }
		TAIL("dep out of range", "\1\6" NIL),
		TAIL("dep in a group out of range", "\1\5\0\7" NIL),
		TAIL("group of one", "\1\3\0" NIL),
		TAIL("group of none", "\1\1" NIL),
		TAIL("huge group", "\1\377\377\377\377\017\0" NIL),
		TAIL("more groups than bytes", "\177\0" NIL),
		TAIL("no value", "\0"),
		TAIL("a kid too many", "\0\1\1\0"),
		TAIL("an unknown depset", "\0\1\21\11aaaabbbbccccdddd"),
		TAIL("not a value", "\0\0\1\77"),
		TAIL("a cut value", "\0\0\2\5\4"),
		TAIL("bytes behind", "\0" NIL "x"),
	};

	for (size_t i = 0; i < ARRAY_LEN(nodes); i++) {
		add_node(b, 2, nodes[i].tail, nodes[i].n);
		forged(b, 2, true, nodes[i].what);
	}
	NODE(b, 3, "\0" NIL);
	forged(b, 2, true, "node of no key");
	KEY(b, 1, "\5\1d");
	forged(b, 2, true, "key of no function");
	KEY(b, 0, "\5\2d");
	forged(b, 2, true, "key with a bad argument");
	KEY(b, 0, "\12\0\0\0");
	forged(b, 2, true, "key with a depset");
	KEY(b, 0, "");
	forged(b, 2, true, "key without argument");
	size_t at = format_begin(b, FORMAT_FORGET);
	enc_u64(b, 3);
	format_end(b, at);
	forged(b, 2, true, "forget of no key");
	at = format_begin(b, FORMAT_DEPSET);
	buf_add(b, "\0\2\5\0", 4);
	format_end(b, at);
	forged(b, 2, true, "a depset that is a string");
	at = format_begin(b, FORMAT_DOUBT);
	enc_u64(b, 3);
	format_end(b, at);
	forged(b, 2, true, "doubt of no key");
	at = format_begin(b, (enum format_type)7);
	format_end(b, at);
	forged(b, 2, true, "a record of no type");
}

/* Odd, but each record is right by itself. */
static void
test_forged_oddities(struct buf *b)
{
	forged(b, 2, false, "nothing odd");
	NODE(b, 0, "\1\2" NIL);
	forged(b, 2, false, "a circle of two");     /* the evaluator meets it */
	NODE(b, 2, "\1\4" NIL);
	forged(b, 2, false, "a circle of one");
	NODE(b, 2, "\2\0\0" NIL);
	forged(b, 2, false, "the same dependency twice");
	NODE(b, 2, "\1\5\0\1" NIL);
	forged(b, 3, false, "a group of two");
	KEY(b, 0, "\5\1a");
	forged(b, 0, false, "a key numbered anew");
	KEY(b, 0, "\5\1a");
	NODE(b, 3, "\0" NIL);
	forged(b, 2, false, "a key numbered anew with a node");
	add_fn(b, 0, "LIST");
	KEY(b, 1, "\5\1z");
	NODE(b, 3, "\0" NIL);
	forged(b, 3, false, "a function twice");
	add_fn(b, 9, "LIST");
	KEY(b, 1, "\5\1a");
	NODE(b, 3, "\0" NIL);
	forged(b, 2, false, "a function of another version");
}

/* ---- the disk ---- */

static void
limit_file_size(size_t bytes)
{
	struct rlimit l;

	T(getrlimit(RLIMIT_FSIZE, &l) == 0);
	l.rlim_cur = bytes ? bytes : l.rlim_max;
	T(setrlimit(RLIMIT_FSIZE, &l) == 0);
}

static void
test_full_disk(void)
{
	struct world w;

	T(fs_remove(dir, "state", &err));
	world_init(&w, 3, 300);
	w.pad = 2000;
	struct store *s = open_store(&w);
	limit_file_size(300000);
	world_evaluate(&w, 1, 0, 0, s);
	T(!store_flush(s, &err) && strstr(err.msg, LOG) && strcmp(err.code, ERR_IO) == 0);
	err_fini(&err);
	T(!store_flush(s, &err));
	err_fini(&err);
	struct world b;
	struct buf empty = BUF_INIT;
	world_init(&b, 1, w.n);
	T(store_read(dir, "state", b.g, world_fns, WORLD_NFNS, &empty, &err));
	T(empty.n == 0 && world_sound(&b));      /* what stands there is well-formed */
	world_fini(&b);
	limit_file_size(0);
	T(store_flush(s, &err) && store_close(s, w.g, &err));
	T(reloads(&w));
	/* A close that cannot write says so and leaves the log as it was. */
	world_init(&b, 2, w.n);
	b.pad = 2000;
	s = open_store(&b);
	for (uint32_t i = 0; i < b.n; i++) {
		uint32_t id = world_node(&b, i);
		graph_dirty(b.g, &id, 1);
	}
	limit_file_size(1000);
	world_evaluate(&b, 2, 0, 0, s);
	T(!store_close(s, b.g, &err) && err.msg);
	err_fini(&err);
	limit_file_size(0);
	world_fini(&b);
	T(reloads(&w));
	world_fini(&w);
	buf_fini(&empty);
}

static void
test_compaction_on_a_full_disk(void)
{
	struct world w;
	struct fs_stat before, after;

	T(fs_remove(dir, "state", &err));
	world_init(&w, 4, 60);
	w.pad = 20000;
	struct store *s = open_store(&w);
	for (uint32_t at = 1; at <= 3; at++) {
		for (uint32_t i = 0; i < w.n; i++) {
			uint32_t id = world_node(&w, i);
			graph_dirty(w.g, &id, 1);
		}
		world_evaluate(&w, at, 0, 0, s);
	}
	T(store_flush(s, &err) && fs_lstat(dir, LOG, &before, &err));
	limit_file_size(MIB / 2);
	T(store_close(s, w.g, &err));
	limit_file_size(0);
	T(fs_lstat(dir, LOG, &after, &err) && after.size == before.size);
	T(kind("state/graph.log.new") == FS_NONE);
	T(reloads(&w));      /* ... and this close compacts */
	T(fs_lstat(dir, LOG, &after, &err) && after.size < before.size / 2);
	T(reloads(&w));
	world_fini(&w);
}

static void
test_no_writing(void)
{
	struct world w, b;
	struct buf log = BUF_INIT, now = BUF_INIT, said = BUF_INIT;
	struct store *s = NULL;

	world_init(&w, 1, 10);
	T(!store_open(&s, dir, "/proc/skylua", w.g, world_fns, WORLD_NFNS, &said, &err));
	T(!s && err.msg && w.g->nnodes == 0 && said.n == 0);
	err_fini(&err);
	T(fs_remove(dir, "state", &err));
	T(store_read(dir, "state", w.g, world_fns, WORLD_NFNS, &said, &err));
	T(w.g->nnodes == 0 && kind("state") == FS_NONE);
	world_fini(&w);
	make_log(&w, 20, &log);
	buf_adds(&log, "torn");
	put_log(log.p, log.n);
	world_init(&b, 2, w.n);
	T(store_read(dir, "state", b.g, world_fns, WORLD_NFNS, &said, &err));
	T(world_same(&w, &b) && said.n > 0);
	get_log(&now);
	T(str_eq(buf_str(&now), buf_str(&log)));
	world_fini(&b);
	world_fini(&w);
	buf_fini(&log);
	buf_fini(&now);
	buf_fini(&said);
}

int
main(void)
{
	char name[] = "/tmp/test_store.XXXXXX";
	struct buf b = BUF_INIT;

	signal(SIGXFSZ, SIG_IGN);
	begin(name);
	test_every_length();
	test_every_bit();
	test_garbage_behind();
	test_other_writers();
	test_not_a_log();
	forge(&b);
	test_forged_damage(&b);
	test_forged_oddities(&b);
	test_full_disk();
	test_compaction_on_a_full_disk();
	test_no_writing();
	buf_fini(&b);
	return end(name);
}
