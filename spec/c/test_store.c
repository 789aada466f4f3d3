/* test_store.c -- what goes in comes out; what must not come out does not. */
#include "store/store.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/die.h"
#include "os/fs.h"
#include "test.h"
#include "world.h"

#define LOG "state/graph.log"
#define MIB ((size_t)1 << 20)

static int dir;
static struct err err = ERR_INIT;
static struct buf note = BUF_INIT;

/* ---- helpers ---- */

static struct store *
open_fns(struct world *w, const struct store_fn *fns)
{
	struct store *s = NULL;

	buf_reset(&note);
	if (!T(store_open(&s, dir, "state", w->g, fns, WORLD_NFNS, &note, &err)))
		printf("%s\n", err.msg);
	return s;
}

static struct store *
open_store(struct world *w)
{
	return open_fns(w, world_fns);
}

static bool
noted(const char *words)
{
	bool ok = *words ? note.n > 0 && strstr(note.p, words) : note.n == 0;

	if (!ok)
		printf("the note is: %s\n", note.n ? note.p : "(none)");
	return ok;
}

/* A fresh world gets exactly what `w` holds, without a complaint. */
static bool
reloads(struct world *w)
{
	struct world b;

	world_init(&b, w->rng, w->n);
	struct store *s = open_store(&b);
	bool ok = noted("") && world_same(w, &b) && world_sound(&b) &&
	    b.g->version == w->g->version;
	T(store_close(s, b.g, &err));
	world_fini(&b);
	return ok;
}

static void
fresh(void)
{
	T(fs_remove(dir, "state", &err));
}

static size_t
size_of(const char *path)
{
	struct fs_stat st;

	return fs_lstat(dir, path, &st, &err) && st.kind == FS_FILE ? (size_t)st.size : 0;
}

static void
make_log(struct world *w, unsigned long long seed, uint32_t n)
{
	fresh();
	world_init(w, seed, n);
	struct store *s = open_store(w);
	world_evaluate(w, 1, 0, 0, s);
	T(store_close(s, w->g, &err));
}

static void
write_text(const char *path, struct str text)
{
	T(fs_write(dir, path, text, false, &err));
}

/* ---- round trips ---- */

/* One session: some leaves change, a few nodes go, the rest is evaluated. */
static void
session(struct world *w, struct store *s)
{
	uint32_t at = w->g->version + 1;

	for (unsigned k = world_random(w, 6); k > 0; k--) {
		uint32_t id = world_node(w, world_random(w, w->n));
		if (world_random(w, 8) > 0) {
			graph_dirty(w->g, &id, 1);
			continue;
		}
		graph_delete(w->g, id);
		store_delete(s, w->g, id);
	}
	world_evaluate(w, at, 12, world_random(w, 2) * 6, s);
	for (uint32_t i = 0; i < w->n; i++)
		if (node_state(graph_node(w->g, world_node(w, i))) == NODE_NEW)
			store_put(s, w->g, world_node(w, i));
	T(store_flush(s, &err));
}

static void
test_sessions(unsigned long long seed)
{
	struct world a;
	char what[80];

	snprintf(what, sizeof(what), "seed %llu", seed);
	fresh();
	world_init(&a, seed, 10 + (uint32_t)(seed % 90));
	struct store *s = open_store(&a);
	for (int k = 0; k < 8; k++) {
		struct world b;
		session(&a, s);
		session(&a, s);
		T(store_close(s, a.g, &err));
		world_init(&b, a.rng, a.n);
		s = open_store(&b);
		T_CASE(noted(""), what);
		T_CASE(world_same(&a, &b) && world_sound(&b), what);
		world_fini(&a);
		a = b;
	}
	T(store_close(s, a.g, &err));
	world_fini(&a);
}

static void
test_same_bytes_when_nothing_happens(void)
{
	struct world w;
	struct buf before = BUF_INIT, after = BUF_INIT;

	make_log(&w, 5, 60);
	T(fs_read(dir, LOG, &before, &err));
	T(reloads(&w) && reloads(&w));
	T(fs_read(dir, LOG, &after, &err));
	T(str_eq(buf_str(&before), buf_str(&after)));
	buf_fini(&before);
	buf_fini(&after);
	world_fini(&w);
}

/* ---- what does not come back ---- */

static void
test_function_versions(void)
{
	struct store_fn fns[WORLD_NFNS];
	struct world w, b;

	make_log(&w, 7, 80);
	memcpy(fns, world_fns, sizeof(fns));
	fns[2].version++;
	world_init(&b, 1, w.n);
	struct store *s = open_fns(&b, fns);
	T(noted(""));
	unsigned lists = 0, sums = 0;
	for (uint32_t id = 0; id < b.g->nnodes; id++) {
		const struct node *n = graph_node(b.g, id);
		struct str name = keys_fn_name(b.keys, n->key->fn);
		lists += n->value && str_eq(name, STR("LIST"));
		sums += n->value && str_eq(name, STR("SUM"));
	}
	T(lists > 0 && sums == 0);
	T(world_sound(&b));
	world_evaluate(&b, b.g->version + 1, 0, 0, s);
	T(store_close(s, b.g, &err));
	struct world c;
	world_init(&c, 2, w.n);
	s = open_fns(&c, fns);
	T(noted("") && world_same(&b, &c));
	T(store_close(s, c.g, &err));
	world_fini(&c);
	/* The old version again: sound, though the log holds results of both. */
	world_init(&c, 3, w.n);
	s = open_fns(&c, world_fns);
	T(noted("") && world_sound(&c));
	world_evaluate(&c, c.g->version + 1, 0, 0, s);
	T(store_close(s, c.g, &err));
	T(reloads(&c));
	world_fini(&c);
	world_fini(&b);
	world_fini(&w);
}

static enum node_state
state_of(struct world *w, uint32_t i)
{
	uint32_t id = graph_find(w->g, world_key(w->keys, i));

	return id == NODE_NONE ? NODE_NEW : node_state(graph_node(w->g, id));
}

static void
link_nodes(struct world *w, uint32_t i, const uint32_t *on, uint32_t n, uint32_t at)
{
	uint32_t ids[4];
	struct groups deps = { 0 };
	struct graph_result r = { .value = value_of_int(i) };

	for (uint32_t k = 0; k < n; k++)
		ids[k] = world_node(w, on[k]);
	groups_add(&deps, ids, n);
	r.deps = deps.words;
	r.ndeps = (uint32_t)deps.n;
	graph_load(w->g, world_node(w, i), &r, at, at);
	groups_fini(&deps);
}

/* 9 needs 4 and 5, 5 needs 4, 7 stands alone; all of version 1. */
static struct store *
small_log(struct world *w)
{
	fresh();
	world_init(w, 1, 10);
	struct store *s = open_store(w);
	w->g->version = 1;
	link_nodes(w, 4, NULL, 0, 1);
	link_nodes(w, 5, (uint32_t[]){ 4 }, 1, 1);
	link_nodes(w, 9, (uint32_t[]){ 4, 5 }, 2, 1);
	link_nodes(w, 7, NULL, 0, 1);
	world_put_all(w, s);
	return s;
}

/* The states of 4, 5, 7 and 9 in the next session: n(ew), d(one), c(hanged), or
 * i for dirty. */
static void
states_after(struct world *w, struct store *s, const char *want)
{
	struct world b;

	T(store_close(s, w->g, &err));
	world_init(&b, 9, 10);
	s = open_store(&b);
	char got[5] = "";
	for (int i = 0; i < 4; i++)
		got[i] = "nic....d"[state_of(&b, (uint32_t[]){ 4, 5, 7, 9 }[i])];
	T_CASE(noted("") && strcmp(got, want) == 0, got);
	T(store_close(s, b.g, &err));
	world_fini(&b);
	world_fini(w);
}

static void
test_forgetting(void)
{
	struct world w;
	struct store *s = small_log(&w);

	states_after(&w, s, "dddd");
	s = small_log(&w);
	store_delete(s, w.g, world_node(&w, 5));
	states_after(&w, s, "dndc");
	s = small_log(&w);
	world_fail(&w, 5, 2);
	store_put(s, w.g, world_node(&w, 5));
	states_after(&w, s, "dndc");
	/* Forgotten, then good again: what rests on it is behind. */
	s = small_log(&w);
	store_delete(s, w.g, world_node(&w, 4));
	link_nodes(&w, 4, NULL, 0, 2);
	store_put(s, w.g, world_node(&w, 4));
	states_after(&w, s, "dcdc");
}

/* What is expensive comes back as it was, to be computed again. */
static void
test_kept(void)
{
	struct store_fn fns[WORLD_NFNS];
	struct world w;

	memcpy(fns, world_fns, sizeof(fns));
	for (unsigned i = 0; i < WORLD_NFNS; i++)
		fns[i].flags |= STORE_FN_KEPT;
	for (int failed = 4; failed <= 5; failed++) {
		struct store *s = small_log(&w);
		T(store_close(s, w.g, &err));
		world_fini(&w);
		world_init(&w, 1, 10);
		s = open_fns(&w, fns);
		world_fail(&w, (uint32_t)failed, 2);
		store_put(s, w.g, world_node(&w, (uint32_t)failed));
		T(store_close(s, w.g, &err));
		world_fini(&w);
		world_init(&w, 2, 10);
		s = open_fns(&w, fns);
		T(noted("") && state_of(&w, 4) == (failed == 4 ? NODE_CHANGED : NODE_DONE));
		T(state_of(&w, 5) == (failed == 4 ? NODE_DIRTY : NODE_CHANGED));
		T(state_of(&w, 9) == NODE_DIRTY && state_of(&w, 7) == NODE_DONE);
		T(graph_node(w.g, world_node(&w, (uint32_t)failed))->value != NULL);
		/* Gone is gone, also for them. */
		store_delete(s, w.g, world_node(&w, 7));
		T(store_close(s, w.g, &err));
		world_fini(&w);
		world_init(&w, 2, 10);
		s = open_fns(&w, fns);
		T(state_of(&w, 7) == NODE_NEW && state_of(&w, 5) != NODE_NEW);
		T(store_close(s, w.g, &err));
		world_fini(&w);
	}
}

static void
test_killed_between(void)
{
	struct world w;
	struct store *s = small_log(&w);

	link_nodes(&w, 5, (uint32_t[]){ 4 }, 1, 2);
	store_put(s, w.g, world_node(&w, 5));
	states_after(&w, s, "dddc");
	/* The dependent of what is behind is dirty. */
	s = small_log(&w);
	struct graph_result r = { .value = value_of_int(77) };
	graph_store_result(w.g, world_node(&w, 4), &r, 2);
	store_put(s, w.g, world_node(&w, 4));
	link_nodes(&w, 9, (uint32_t[]){ 5 }, 1, 2);
	store_put(s, w.g, world_node(&w, 9));
	states_after(&w, s, "dcdi");
}

static void
test_unknown_and_unstored(void)
{
	struct world w, b;
	struct store *s = NULL;

	make_log(&w, 11, 80);
	world_init(&b, 3, w.n);
	buf_reset(&note);
	T(store_open(&s, dir, "state", b.g, world_fns, 1, &note, &err));   /* LEAF only */
	for (uint32_t id = 0; id < b.g->nnodes; id++) {
		const struct node *n = graph_node(b.g, id);
		T(!n->value || str_eq(keys_fn_name(b.keys, n->key->fn), STR("LEAF")));
	}
	T(b.g->nnodes > 0 && noted(""));
	world_evaluate(&b, 2, 0, 0, s);      /* what is unknown is not written */
	T(store_close(s, b.g, &err));
	world_fini(&b);
	world_init(&b, 4, w.n);
	s = open_store(&b);
	for (uint32_t i = 0; i < b.n; i++)
		T(i % 17 != 16 || state_of(&b, i) == NODE_NEW);
	T(store_close(s, b.g, &err));
	world_fini(&b);
	world_fini(&w);
}

/* ---- depsets ---- */

static struct value *
big_depset(unsigned nitems, struct value *below)
{
	struct vb b;

	vb_init(&b);
	vb_depset_node(&b, DEPSET_POSTORDER, nitems);
	for (unsigned i = 0; i < nitems; i++)
		vb_int(&b, i);
	vb_transitive(&b, &below, below ? 1 : 0);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	value_unref(below);
	return v;
}

static void
put_depset(struct world *w, struct store *s, uint32_t i, const struct value *depset)
{
	struct vb b;
	struct graph_result r = { 0 };
	char text[16];

	snprintf(text, sizeof(text), "n%u@1", i);
	vb_init(&b);
	vb_list(&b, 2);
	vb_str(&b, str_of(text));
	vb_value(&b, depset);
	r.value = vb_finish(&b);
	vb_fini(&b);
	graph_load(w->g, world_node(w, i), &r, 1, 1);
	store_put(s, w->g, world_node(w, i));
}

static void
test_depsets_are_shared(void)
{
	struct world w;
	struct value *deep = big_depset(1, NULL);

	fresh();
	world_init(&w, 1, 40);
	w.g->version = 1;
	struct store *s = open_store(&w);
	struct value *big = big_depset(5000, NULL);
	put_depset(&w, s, 1, big);
	uint64_t one = store_stats(s).bytes;
	put_depset(&w, s, 2, big);
	T(one > 5000 && store_stats(s).bytes < one + 200);
	value_unref(big);
	for (unsigned i = 2; i < 30000; i++)
		deep = big_depset(1, deep);
	put_depset(&w, s, 3, deep);
	value_unref(deep);
	T(store_close(s, w.g, &err));
	struct world b;
	world_init(&b, 2, w.n);
	s = open_store(&b);
	const struct value *v = graph_node(b.g, world_node(&b, 1))->value;
	put_depset(&b, s, 4, v->kids[0]);    /* the records say it again, once */
	one = store_stats(s).bytes;
	put_depset(&b, s, 5, v->kids[0]);
	T(store_stats(s).bytes < one + 200);
	T(v->kids[0] == graph_node(b.g, world_node(&b, 2))->value->kids[0]);
	T(store_close(s, b.g, &err));
	world_fini(&b);
	world_fini(&w);
}

/* ---- compaction ---- */

static void
test_compaction(void)
{
	struct world w;

	fresh();
	world_init(&w, 21, 60);
	w.pad = 20000;
	struct store *s = open_store(&w);
	for (uint32_t at = 1; at <= 4; at++) {
		for (uint32_t i = 0; i < w.n; i++) {
			uint32_t id = world_node(&w, i);
			graph_dirty(w.g, &id, 1);
		}
		world_evaluate(&w, at, 20, 0, s);
	}
	uint64_t bytes = store_stats(s).bytes;
	T(store_close(s, w.g, &err));
	T(bytes > 4 * MIB && size_of(LOG) > MIB / 2 && size_of(LOG) < bytes / 3);
	T(size_of("state/graph.log.new") == 0);
	T(reloads(&w));
	bytes = size_of(LOG);
	T(reloads(&w) && size_of(LOG) == bytes);     /* once is enough */
	write_text("state/graph.log.new", STR("half a log"));
	T(reloads(&w) && size_of("state/graph.log.new") == 0);
	world_fini(&w);
}

/* Dead depsets count, though the nodes that used them are small. */
static void
test_compaction_of_depsets(void)
{
	struct world w;

	fresh();
	world_init(&w, 1, 4);
	w.g->version = 1;
	struct store *s = open_store(&w);
	for (unsigned k = 0; k < 40; k++) {
		struct value *big = big_depset(30000 + k, NULL);
		put_depset(&w, s, 1, big);
		value_unref(big);
	}
	T(store_flush(s, &err) && size_of(LOG) > 2 * MIB);
	T(store_close(s, w.g, &err));
	T(size_of(LOG) < 200000);
	T(reloads(&w));
	world_fini(&w);
}

static void
test_renames_are_bounded(void)
{
	char name[600];
	size_t most = 0;

	fresh();
	memset(name, 'x', sizeof(name));
	for (unsigned round = 0; round < 60; round++) {
		struct world w;
		world_init(&w, round + 1, 0);
		struct store *s = open_store(&w);
		for (uint32_t id = 0; id < w.g->nnodes; id++) {
			graph_delete(w.g, id);
			store_delete(s, w.g, id);
		}
		for (unsigned i = 0; i < 100; i++) {
			snprintf(name, sizeof(name), "%u %u", round, i);
			name[strlen(name)] = 'x';
			struct graph_result r = { .value = value_of_int(i) };
			const struct key *key = key_of_str(w.keys, keys_fn(w.keys, STR("LIST")),
			    (struct str){ name, sizeof(name) });
			uint32_t id = graph_intern(w.g, key);
			graph_load(w.g, id, &r, round + 1, round + 1);
			store_put(s, w.g, id);
		}
		T(store_close(s, w.g, &err));
		most = size_of(LOG) > most ? size_of(LOG) : most;
		world_fini(&w);
	}
	T(most < MIB);       /* 3.6 MB were written */
}

int
main(void)
{
	char name[] = "/tmp/test_store.XXXXXX";

	dir = mkdtemp(name) ? open(name, O_RDONLY | O_DIRECTORY) : -1;
	if (dir < 0)
		die(1, "no directory for the test");
	for (unsigned long long seed = 1; seed <= 40; seed++)
		test_sessions(seed);
	test_same_bytes_when_nothing_happens();
	test_function_versions();
	test_forgetting();
	test_kept();
	test_killed_between();
	test_unknown_and_unstored();
	test_depsets_are_shared();
	test_compaction();
	test_compaction_of_depsets();
	test_renames_are_bounded();
	fs_remove(AT_FDCWD, name, &err);
	buf_fini(&note);
	err_fini(&err);
	return test_end();
}
