/* test_graph.c -- nodes, edges, invalidation, and what a node once was. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/die.h"
#include "c/test.h"
#include "graph/graph.h"

static struct keys *keys;
static struct graph *g;
static uint16_t fn;

static uint32_t
node_of(int64_t i)
{
	struct value *v = value_of_int(i);
	const struct key *key = key_of_value(keys, fn, v);

	value_unref(v);
	return graph_intern(g, key);
}

/* The node gets a value at a version, with groups of one. */
static bool
store(int64_t i, int64_t value, uint32_t at, const uint32_t *deps, uint32_t n, bool remember)
{
	uint32_t id = node_of(i);
	struct graph_result r = {
		.value = value_of_int(value), .deps = deps, .ndeps = n, .remember = remember,
	};
	bool changed = graph_store_result(g, id, &r, at);

	if (node_state(graph_node(g, id)) != NODE_DONE)
		node_set_state(graph_node(g, id), NODE_DONE);
	graph_publish(g, graph_node(g, id));
	return changed;
}

static struct node *
at(int64_t i)
{
	return graph_node(g, node_of(i));
}

static void
begin(void)
{
	g = graph_new(keys);
}

static void
end(void)
{
	graph_check(g);
	graph_free(g);
}

/* Does this abort? */
static bool
dies(void (*what)(void))
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		freopen("/dev/null", "w", stderr);
		what();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

/* ---- states ---- */

static void
set_when_done(void)
{
	store(1, 1, 1, NULL, 0, false);
	node_set_state(at(1), NODE_DONE);
}

static void
run_when_done(void)
{
	store(1, 1, 1, NULL, 0, false);
	node_set_state(at(1), NODE_RUNNING);
}

static void
wait_when_new(void)
{
	node_set_state(at(1), NODE_WAITING);
}

static void
no_value(void)
{
	store(1, 1, 1, NULL, 0, false);
	value_unref(at(1)->value);
	at(1)->value = NULL;
	graph_check(g);
}

static void
test_states(void)
{
	begin();
	T_CASE(dies(set_when_done), "X02 a value for a node that is done");
	T_CASE(dies(run_when_done), "X02 and a body entered");
	T_CASE(dies(wait_when_new), "X01 a signal or a wait for a node that is not in flight");
	T_CASE(dies(no_value), "X05 done without a value");
	uint32_t dep = node_of(1), top = node_of(2);
	store(1, 1, 1, NULL, 0, false);
	store(2, 2, 1, &dep, 1, false);
	graph_dirty(g, &dep, 1);
	graph_dirty(g, &dep, 1);
	T_CASE(node_state(at(1)) == NODE_CHANGED, "X03 changed twice is changed");
	T_CASE(node_state(at(2)) == NODE_DIRTY, "X03 dirtied twice is dirty");
	graph_dirty(g, &top, 1);
	T_CASE(node_state(at(2)) == NODE_CHANGED, "X03 dirty and then changed is changed");
	graph_dirty(g, &dep, 1);
	T_CASE(node_state(at(2)) == NODE_CHANGED, "X03 and stays so");
	end();
}

/* ---- edges ---- */

static bool
rdeps_are(int64_t i, const uint32_t *want, uint32_t n)
{
	uint32_t count;
	const uint32_t *r = graph_rdeps(g, at(i), &count);

	return count == n && (n == 0 || memcmp(r, want, n * sizeof(r[0])) == 0);
}

static void
test_edges(void)
{
	enum { MANY = 500 };
	uint32_t parents[MANY], hub, pair[3];

	begin();
	hub = node_of(0);
	store(0, 1, 1, NULL, 0, false);
	for (uint32_t i = 0; i < MANY; i++) {
		parents[i] = node_of(i + 1);
		store(i + 1, 1, 1, &hub, 1, false);
	}
	T(rdeps_are(0, parents, MANY));
	/* half of them drop the edge: a long list is cleaned when it is read */
	uint32_t n = 0;
	for (uint32_t i = 0; i < MANY; i++) {
		if (i % 2 == 0)
			store(i + 1, 1, 2, NULL, 0, false);
		else
			parents[n++] = parents[i];
	}
	T(rdeps_are(0, parents, n));
	/* dropped and taken up again, it is there once */
	store(2, 1, 3, NULL, 0, false);
	store(2, 1, 4, &hub, 1, false);
	uint32_t count;
	graph_rdeps(g, at(0), &count);
	T(count == n);
	/* in a group */
	store(900, 1, 1, NULL, 0, false);
	pair[0] = GROUP_MARK | 2;
	pair[1] = hub;
	pair[2] = node_of(900);
	store(901, 1, 4, pair, 3, false);
	T(rdeps_are(900, &(uint32_t){ node_of(901) }, 1));
	end();
}

static void
test_dirty_and_delete(void)
{
	uint32_t a, b, c;

	begin();
	a = node_of(1);
	b = node_of(2);
	c = node_of(3);
	store(1, 1, 1, NULL, 0, false);
	store(2, 1, 1, &a, 1, false);
	store(3, 1, 1, &b, 1, false);
	store(4, 1, 1, NULL, 0, false);
	T(board_get(g->board, at(3)->key->id, &(const struct value *){ NULL }) == BOARD_VALUE);
	graph_dirty(g, &a, 1);
	T(node_state(at(1)) == NODE_CHANGED && node_state(at(2)) == NODE_DIRTY);
	T(node_state(at(3)) == NODE_DIRTY && node_state(at(4)) == NODE_DONE);
	T(board_get(g->board, at(3)->key->id, &(const struct value *){ NULL }) == BOARD_NONE);
	graph_delete(g, b);
	T(node_state(at(1)) == NODE_CHANGED && node_state(at(2)) == NODE_NEW);
	T(node_state(at(3)) == NODE_NEW && at(3)->ndeps == 0 && !(at(3)->flags & NODE_LISTED));
	T(rdeps_are(1, NULL, 0) && rdeps_are(2, NULL, 0));
	graph_delete(g, c);
	T(node_state(at(3)) == NODE_NEW);
	end();
}

/* "D10 after deletion nothing holds the value": the only reference is ours. */
static void
test_memory_of_deleted(void)
{
	struct value *v = value_of_str(STR("held by the graph and by the test"));
	struct value *old = value_of_str(STR("what it was before"));
	uint32_t id;

	begin();
	id = node_of(1);
	struct graph_result first = { .value = value_ref(old) };
	graph_store_result(g, id, &first, 1);
	uint32_t dep = node_of(2);
	store(2, 1, 1, NULL, 0, false);
	struct graph_result r = { .value = value_ref(v), .stamp = value_ref(v),
		.messages = value_ref(v), .recovered = value_ref(v), .deps = &dep, .ndeps = 1 };
	graph_store_result(g, id, &r, 2);
	node_set_state(graph_node(g, id), NODE_DONE);
	store(1, 5, 3, &dep, 1, true);          /* now v is only remembered */
	T_CASE(atomic_load(&v->refs) == 5, "D10 a remembered result is held");
	T_CASE(atomic_load(&old->refs) == 1, "D10 one that cannot be put back is not");
	graph_delete(g, id);
	T_CASE(atomic_load(&v->refs) == 1, "D10 after deletion nothing is");
	end();
	value_unref(v);
	value_unref(old);
}

/* ---- injection ---- */

static void
test_injection(void)
{
	uint32_t a, b;

	begin();
	a = node_of(1);
	b = node_of(2);
	graph_inject(g, a, value_of_int(1), 1);
	store(2, 1, 1, &a, 1, false);
	graph_inject(g, a, value_of_int(1), 2);
	T(at(1)->changed_at == 1 && node_state(at(2)) == NODE_DONE);
	graph_inject(g, a, value_of_int(2), 2);
	T(at(1)->changed_at == 2 && node_state(at(2)) == NODE_DIRTY);
	graph_inject(g, b, value_of_int(9), 3);
	T(node_state(at(2)) == NODE_CHANGED);
	end();
}

/* ---- the past ---- */

static void
test_past(void)
{
	uint32_t dep, top;

	begin();
	dep = node_of(1);
	top = node_of(2);
	store(1, 10, 1, NULL, 0, false);
	store(2, 100, 1, &dep, 1, false);
	T(past_same(at(1), 1) && !past_same(at(1), 0));
	T(store(1, 20, 2, NULL, 0, false));
	T(!past_same(at(1), 1) && past_same(at(1), 2));
	T(store(1, 10, 3, NULL, 0, false));
	T(past_same(at(1), 1) && !past_same(at(1), 2) && past_same(at(1), 3));
	/* a result is put back with its groups */
	T(store(2, 200, 2, NULL, 0, true));
	struct past *p = past_result(at(2), 0);
	T(p && p->ndeps == 1 && p->verified_at == 1 && !past_result(at(2), 1));
	T(graph_restore(g, top, p, 3));
	struct vr r = vr_of(at(2)->value);
	int64_t i = 0;
	T(vr_int(&r, &i) && i == 100 && at(2)->ndeps == 1 && at(2)->changed_at == 3);
	T(rdeps_are(1, &top, 1));
	/* what had no groups cannot be put back */
	T(!past_result(at(2), 0));
	graph_dirty(g, &top, 1);
	T(!past_result(at(2), 0));
	end();
}

static void
test_past_is_bounded(void)
{
	uint32_t dep, n = 0;

	begin();
	dep = node_of(1);
	store(1, 0, 1, NULL, 0, false);
	for (uint32_t v = 1; v <= 100; v++) {
		store(1, v, v, NULL, 0, false);
		store(2, v, v, &dep, 1, true);
	}
	for (struct past *p = at(2)->extra->past; p; p = p->older)
		n++;
	T(n == PAST_ENTRIES);
	T(past_result(at(2), PAST_RESULTS - 1) && !past_result(at(2), PAST_RESULTS));
	T(past_same(at(1), 100) && !past_same(at(1), 95) && !past_same(at(1), 3));
	store(1, 95, 101, NULL, 0, false);
	T(past_same(at(1), 95));
	store(1, 3, 102, NULL, 0, false);
	T(!past_same(at(1), 3));                /* too long ago to know */
	end();
}

/* ---- groups and sets ---- */

static void
test_groups(void)
{
	struct groups gr = { 0 };
	uint32_t ids[] = { 1, 2, 3, 4, 5, 6 }, at_word = 0, n, sum = 0;

	groups_add(&gr, ids, 1);
	groups_add(&gr, ids, 0);
	groups_add(&gr, ids + 1, 3);
	groups_add(&gr, ids + 4, 2);
	T(gr.n == 1 + 4 + 3);
	T(group_next(gr.words, &at_word, &n)[0] == 1 && n == 1);
	T(group_next(gr.words, &at_word, &n)[2] == 4 && n == 3);
	T(group_next(gr.words, &at_word, &n)[1] == 6 && n == 2 && at_word == gr.n);
	for (struct group_iter i = group_iter_of(gr.words, gr.n); group_iter_next(&i);)
		sum += i.id;
	T(sum == 21);
	groups_fini(&gr);
}

static void
test_idset(void)
{
	struct idset s = { 0 };
	unsigned long long rng = 7;
	static bool model[5000];
	bool same = true;

	for (int i = 0; i < 20000; i++) {
		uint32_t id = (uint32_t)(test_random(&rng) % 5000);
		same = same && idset_add(&s, id) == !model[id];
		model[id] = true;
		uint32_t other = (uint32_t)(test_random(&rng) % 5000);
		same = same && idset_has(&s, other) == model[other];
	}
	T(same);
	idset_reset(&s);
	T(!idset_has(&s, 1));
	idset_fini(&s);
}

static void
test_words(void)
{
	struct words w;
	uint32_t *p = NULL, n = 0;
	bool right = true;

	words_init(&w);
	for (uint32_t i = 0; i < 100000; i++)
		words_push(&w, &p, &n, i);
	for (uint32_t i = 0; i < n; i++)
		right = right && p[i] == i;
	T(right && n == 100000);
	words_free(&w, p, n);
	T(words_new(&w, 100000) == p);          /* used again */
	T(words_new(&w, 0) == NULL && words_cap(0) == 0);
	words_fini(&w);
}

int
main(void)
{
	keys = keys_new();
	fn = keys_fn(keys, STR("NODE"));
	test_states();
	test_edges();
	test_dirty_and_delete();
	test_memory_of_deleted();
	test_injection();
	test_past();
	test_past_is_bounded();
	test_groups();
	test_idset();
	test_words();
	keys_free(keys);
	return test_end();
}
