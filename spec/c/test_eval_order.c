/* test_eval_order.c -- the evaluator as what it is: messages in, messages out.
 *
 * No engine, no thread, no Lua: the test takes commands from struct eval, keeps
 * them as long as it likes, answers them in an order drawn from a seed, and
 * looks at the results.  Functions are small tables; a plain recursive oracle
 * says what must come out.  Thousands of interleavings, on one core.
 */
#include <stdlib.h>

#include "base/die.h"
#include "c/test.h"
#include "eval/errval.h"
#include "eval/eval.h"

enum { NODES = 24, GROUPS = 4, WIDTH = 3, MOD = 1009, ROUNDS = 5 };

enum ending { VALUE, FAILS_ON_ODD, RUNS_FIRST, HANDLES };

/* What a node does: asks for groups, one after the other, and adds up. */
struct program {
	uint32_t dep[GROUPS][WIDTH];
	uint32_t width[GROUPS];
	uint32_t ngroups;
	int base;                     /* changes: an input */
	enum ending ending;
};

static struct keys *keys;
static const struct key *key_of[NODES];
static struct graph *graph;
static struct eval *ev;
static struct fn fn;
static struct program programs[NODES];
static unsigned long long rng;
static bool keep_going, restart, newest_first;
static unsigned entered[NODES];

static unsigned
below(unsigned n)
{
	return (unsigned)(test_random(&rng) >> 33) % n;
}

static struct fn *
fn_of(void *arg, const struct key *key)
{
	(void)arg;
	(void)key;
	return &fn;
}

static uint32_t
index_of(const struct key *key)
{
	struct vr r = key_arg(key);
	int64_t i = 0;

	vr_int(&r, &i);
	return (uint32_t)i;
}

/* ---- the functions, one call at a time ---- */

struct call {
	uint32_t group;               /* the next to be asked for */
	int64_t sum;
	bool asked;                   /* ... and it has been recorded */
};

static struct value *
failure(uint32_t i, int64_t sum)
{
	char text[64];

	snprintf(text, sizeof(text), "node %u fails with %d", i, (int)sum);
	return errval_with_key(errval_make("TEST", str_of(text), STR("")), keys, key_of[i]);
}

static void
finish(struct task *t, bool error, struct value *take)
{
	mem_free(t->co);
	t->co = NULL;
	t->result = take;
	t->reply = error ? TASK_ERROR : TASK_VALUE;
}

/* What an evaluator sees: errors only while keeping going, or the one that
 * passes up. */
static enum board_kind
peek(struct task *t, const struct key *key, const struct value **v)
{
	if (t->bubbling && key == t->bubble_key) {
		*v = t->bubble_error;
		return BOARD_ERROR;
	}
	enum board_kind kind = board_get(graph->board, key->id, v);
	if (kind == BOARD_RECOVERED)
		return keep_going ? BOARD_VALUE : BOARD_NONE;
	return kind == BOARD_ERROR && !keep_going ? BOARD_NONE : kind;
}

/* False when the call is over or has to wait. */
static bool
look_at_group(struct task *t, const struct program *p, struct call *c)
{
	const struct value *v, *error = NULL;
	int64_t sum = c->sum;
	bool missing = false;

	for (uint32_t i = 0; i < p->width[c->group]; i++) {
		enum board_kind kind = peek(t, key_of[p->dep[c->group][i]], &v);
		int64_t n = 7;
		if (kind == BOARD_NONE) {
			missing = true;
			continue;
		}
		if (kind == BOARD_ERROR && !error)
			error = v;
		struct vr r = vr_of(v);
		if (kind != BOARD_ERROR)
			vr_int(&r, &n);
		sum = (sum * 31 + n) % MOD;
	}
	if (missing && !(t->bubbling && error)) {
		t->reply = TASK_NEED;
		t->restart = restart;
		return false;
	}
	if (error && !t->met)
		t->met = value_ref(error);
	if (error && p->ending != HANDLES) {
		finish(t, true, value_ref(error));
		return false;
	}
	if (missing) {
		t->reply = TASK_NEED;
		return false;
	}
	c->sum = sum;
	return true;
}

static void
ask_group(struct task *t, const struct program *p, struct call *c)
{
	uint32_t ids[WIDTH], groups = 0, n;

	for (uint32_t at = 0; at < t->asked.n; groups++)
		group_next(t->asked.words, &at, &n);
	for (uint32_t i = 0; i < p->width[c->group]; i++)
		ids[i] = key_of[p->dep[c->group][i]]->id;
	if (groups <= c->group)           /* a call that is repeated repeats its questions */
		groups_add(&t->asked, ids, p->width[c->group]);
	c->asked = true;
}

static void
end_call(struct task *t, const struct program *p, int64_t sum)
{
	uint32_t i = index_of(t->key);

	if (p->ending == RUNS_FIRST && !(t->run && t->run->ended)) {
		if (!t->run)
			t->run = mem_zalloc(sizeof(*t->run));
		t->reply = TASK_RUN;
		return;
	}
	if (p->ending == FAILS_ON_ODD && sum % 2 != 0)
		finish(t, true, failure(i, sum));
	else
		finish(t, false, value_of_int(sum));
}

/* Carries out one command, as an evaluator thread would. */
static void
execute(struct task *t)
{
	const struct program *p = &programs[index_of(t->key)];
	struct call *c = t->co;

	if (t->cmd == TASK_DROP) {
		mem_free(c);
		t->co = NULL;
		t->reply = TASK_DROPPED;
		return;
	}
	if (t->cmd == TASK_START)
		c = t->co = mem_zalloc(sizeof(*c));
	if (t->cmd == TASK_START || t->restart) {
		entered[index_of(t->key)]++;
		*c = (struct call){ 0, p->base, false };
	}
	for (; c->group < p->ngroups; c->group++, c->asked = false) {
		if (!c->asked)
			ask_group(t, p, c);
		if (!look_at_group(t, p, c))
			return;
	}
	end_call(t, p, c->sum);
}

/* ---- the driver: everything in any order ---- */

struct bag {
	struct task *items[1 << 12];
	size_t n;
};

static struct bag out, replies, running;

static void
put(struct bag *b, struct task *t)
{
	CHECK(b->n < ARRAY_LEN(b->items));
	b->items[b->n++] = t;
}

static struct task *
draw(struct bag *b)
{
	size_t i = below((unsigned)b->n);
	struct task *t = b->items[i];

	b->items[i] = b->items[--b->n];
	return t;
}

/* Now and then nothing new is to be begun, as long as a process runs. */
static struct task *
next_task(void)
{
	bool held = newest_first && running.n > 0 && below(3) > 0;

	eval_hold(ev, held);
	struct task *t = eval_next(ev);
	if (held && graph->version == 1 && keep_going && !eval_interrupted(ev))
		T(!t || t->cmd != TASK_START);
	return t;
}

/* One message, drawn by chance; false: nothing can be done. */
static bool
one_message(void)
{
	for (unsigned tries = 0; tries < 40; tries++) {
		struct task *t = NULL;
		switch (below(5)) {
		case 0:
			if ((t = next_task()))
				put(&out, t);
			break;
		case 1:
			if (out.n > 0) {
				t = draw(&out);
				execute(t);
				put(&replies, t);
			}
			break;
		case 2:
			if (replies.n > 0)
				eval_take(ev, t = draw(&replies));
			break;
		case 3:
			if ((t = eval_next_run(ev)))
				put(&running, t);
			break;
		default:
			if (running.n > 0)
				eval_run_ended(ev, t = draw(&running));
			break;
		}
		if (t)
			return true;
	}
	return false;
}

static void
drive(uint32_t *roots, size_t n, unsigned stop_after)
{
	struct eval_options opt = {
		.keep_going = keep_going, .restart = restart, .seed = test_random(&rng),
	};
	unsigned steps = 0;

	newest_first = below(2) == 0;
	opt.order = newest_first ? EVAL_LIFO : EVAL_RANDOM;
	eval_begin(ev, roots, n, &opt);
	for (;;) {
		if (stop_after > 0 && steps++ == stop_after)
			eval_interrupt(ev);
		if (one_message() || out.n + replies.n + running.n > 0 || !eval_idle(ev))
			continue;
		if (!eval_stalled(ev))
			break;
	}
	eval_end(ev);
	while (!eval_idle(ev) || out.n + replies.n > 0)
		one_message();
	T(out.n + replies.n + running.n == 0);
}

/* ---- the oracle ---- */

enum known { NOT_YET, ASKED, DONE, FAILED, CYCLE };

struct truth {
	enum known known;
	int64_t sum;
	uint32_t origin;              /* FAILED: who has failed */
	bool strict;                  /* there is an error at it or below */
};

static struct truth truths[NODES];

static struct truth *
truth_of(uint32_t i)
{
	struct truth *me = &truths[i];
	const struct program *p = &programs[i];

	if (me->known != NOT_YET)
		return me;
	*me = (struct truth){ .known = ASKED, .sum = p->base };
	for (uint32_t g = 0; g < p->ngroups; g++) {
		uint32_t bad = UINT32_MAX;
		int64_t sum = me->sum;
		bool cycle = false;
		for (uint32_t k = 0; k < p->width[g]; k++) {
			const struct truth *d = truth_of(p->dep[g][k]);
			cycle = cycle || d->known == ASKED || d->known == CYCLE;
			me->strict = me->strict || d->strict;
			if (d->known == FAILED && bad == UINT32_MAX)
				bad = d->origin;
			sum = (sum * 31 + (d->known == FAILED ? 7 : d->sum)) % MOD;
		}
		if (cycle) {
			me->known = CYCLE;
			me->strict = true;
			return me;
		}
		if (bad != UINT32_MAX && p->ending != HANDLES) {
			me->known = FAILED;
			me->origin = bad;
			return me;
		}
		me->sum = sum;
	}
	me->known = p->ending == FAILS_ON_ODD && me->sum % 2 != 0 ? FAILED : DONE;
	me->origin = i;
	me->strict = me->strict || me->known == FAILED;
	return me;
}

static void
forget_truth(void)
{
	memset(truths, 0, sizeof(truths));
}

/* ---- what must hold ---- */

static bool
groups_right(uint32_t i, const struct node *n)
{
	const struct program *p = &programs[i];
	struct idset seen = { 0 };
	struct groups want = { 0 };
	uint32_t ids[WIDTH];

	for (uint32_t g = 0; g < p->ngroups; g++) {
		uint32_t k = 0;
		for (uint32_t w = 0; w < p->width[g]; w++) {
			uint32_t id = graph_find(graph, key_of[p->dep[g][w]]);
			if (idset_add(&seen, id))
				ids[k++] = id;
		}
		groups_add(&want, ids, k);
	}
	/* a failing node may have stopped at an earlier group */
	bool ok = n->ndeps <= want.n && (node_is_error(n) || n->ndeps == want.n) &&
	    (n->ndeps == 0 || memcmp(n->deps, want.words, n->ndeps * sizeof(n->deps[0])) == 0);
	groups_fini(&want);
	idset_fini(&seen);
	return ok;
}

/* Whatever is up to date is right, whatever has happened. */
static void
check_done_nodes(void)
{
	for (uint32_t i = 0; i < NODES; i++) {
		uint32_t id = graph_find(graph, key_of[i]);
		if (id == NODE_NONE)
			continue;
		const struct node *n = graph_node(graph, id);
		const struct truth *want = truth_of(i);
		int64_t sum = -1;
		T(!node_in_flight(n) && n->work == 0);
		if (node_state(n) != NODE_DONE)
			continue;
		struct vr r = vr_of(n->value);
		T(node_is_error(n) == (want->known != DONE));
		T(((n->flags & NODE_CYCLE) != 0) == (want->known == CYCLE));
		if (want->known == DONE)
			T(vr_int(&r, &sum) && sum == want->sum);
		if (want->known == FAILED) {
			struct value *f = failure(want->origin, truths[want->origin].sum);
			T(value_eq(f, n->value));
			value_unref(f);
		}
		if (want->known != CYCLE)
			T(groups_right(i, n));
	}
	graph_check(graph);
}

static void
check_roots(const uint32_t *roots, const uint32_t *nodes, size_t n)
{
	bool any = false, expected = false;

	for (size_t i = 0; i < n; i++) {
		const struct node *r = graph_node(graph, nodes[i]);
		bool error = eval_root_error(ev, nodes[i]) ||
		    (node_state(r) == NODE_DONE && node_is_error(r));
		any = any || error;
		expected = expected || truth_of(roots[i])->strict;
		if (keep_going)
			T(node_state(r) == NODE_DONE);
		else if (!error && node_state(r) == NODE_DONE)
			T(!truth_of(roots[i])->strict || (r->extra && r->extra->recovered));
	}
	if (!keep_going)
		T(any || !expected);
}

/* ---- making things up ---- */

static void
random_program(uint32_t i, bool cyclic)
{
	struct program *p = &programs[i];

	p->ngroups = i == 0 ? 0 : below(GROUPS + 1);
	for (uint32_t g = 0; g < p->ngroups; g++) {
		p->width[g] = 1 + below(WIDTH);
		for (uint32_t k = 0; k < p->width[g]; k++)
			p->dep[g][k] = cyclic && below(12) == 0 ? below(NODES) : below(i);
	}
	p->base = (int)below(MOD);
	unsigned dice = below(20);
	p->ending = dice < 2 ? FAILS_ON_ODD : dice < 5 ? RUNS_FIRST : dice < 7 ? HANDLES : VALUE;
}

static void
evaluate(unsigned stop_after)
{
	uint32_t roots[2] = { NODES - 1 - below(3), below(NODES) }, nodes[2];
	size_t n = 1 + below(2);

	for (size_t i = 0; i < n; i++)
		nodes[i] = graph_intern(graph, key_of[roots[i]]);
	memset(entered, 0, sizeof(entered));
	drive(nodes, n, stop_after);
	forget_truth();
	check_done_nodes();
	if (eval_interrupted(ev))
		return;
	check_roots(roots, nodes, n);
	uint64_t sum = 0;
	for (uint32_t i = 0; i < NODES; i++)
		sum += entered[i];
	T(sum == eval_stats(ev)->evaluated);
	for (uint32_t i = 0; i < NODES && !restart && keep_going; i++)
		T(entered[i] <= 1);
	if (!keep_going)
		return;
	drive(nodes, n, 0);
	T(eval_stats(ev)->evaluated == 0);
}

/* Some inputs change, sometimes what a node asks for. */
static void
change(bool cyclic)
{
	for (unsigned k = 1 + below(3); k > 0; k--) {
		uint32_t i = below(NODES), id = graph_find(graph, key_of[i]);
		if (below(4) == 0)
			random_program(i, cyclic);
		else
			programs[i].base = (int)below(3);
		if (id != NODE_NONE)
			graph_dirty(graph, &id, 1);
	}
	if (below(8) == 0) {
		uint32_t id = graph_find(graph, key_of[below(NODES)]);
		if (id != NODE_NONE)
			graph_delete(graph, id);
	}
}

static void
interleaving(unsigned long long seed)
{
	struct eval_hooks hooks = { .fn = fn_of };
	bool cyclic;

	rng = seed * 2654435761u + 1;
	graph = graph_new(keys);
	ev = eval_new(graph, &hooks);
	keep_going = below(2) == 0;
	restart = below(4) == 0;
	cyclic = below(3) == 0;
	for (uint32_t i = 0; i < NODES; i++)
		random_program(i, cyclic);
	for (unsigned round = 0; round < ROUNDS; round++) {
		evaluate(below(4) == 0 ? 1 + below(60) : 0);
		change(cyclic);
		keep_going = below(2) == 0;
	}
	eval_free(ev);
	graph_free(graph);
}

/* A fixed diamond: which messages, how many, in every order. */
static void
test_counts(void)
{
	struct eval_hooks hooks = { .fn = fn_of };
	uint32_t root;

	memset(programs, 0, sizeof(programs));
	programs[3] = (struct program){ .dep = { { 1, 2 } }, .width = { 2 }, .ngroups = 1 };
	programs[1] = programs[2] = (struct program){ .width = { 1 }, .ngroups = 1, .base = 1 };
	for (unsigned seed = 1; seed <= 200; seed++) {
		rng = seed;
		keep_going = true;
		restart = seed % 2 == 0;
		graph = graph_new(keys);
		ev = eval_new(graph, &hooks);
		root = graph_intern(graph, key_of[3]);
		drive(&root, 1, 0);
		T(eval_stats(ev)->evaluated >= 4 && eval_stats(ev)->evaluated <= 7);
		T(restart || eval_stats(ev)->evaluated == 4);
		T(eval_stats(ev)->evaluated - eval_stats(ev)->restarted == 4);
		/* the leaf is looked at anew and found equal: nothing else is entered */
		uint32_t leaf = graph_find(graph, key_of[0]);
		graph_dirty(graph, &leaf, 1);
		drive(&root, 1, 0);
		T(eval_stats(ev)->evaluated == 1 && eval_stats(ev)->checked == 3);
		T(eval_stats(ev)->pruned == 1);
		eval_free(ev);
		graph_free(graph);
	}
}

int
main(int argc, char **argv)
{
	unsigned long n = argc > 1 ? strtoul(argv[1], NULL, 10) : 3000;
	unsigned long long seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;

	keys = keys_new();
	fn.id = keys_fn(keys, STR("NODE"));
	fn.name = STR("NODE");
	for (uint32_t i = 0; i < NODES; i++) {
		struct value *v = value_of_int((int64_t)i);
		key_of[i] = key_of_value(keys, fn.id, v);
		value_unref(v);
	}
	test_counts();
	for (unsigned long i = 0; i < n; i++) {
		unsigned long before = test_failed;
		interleaving(seed + i);
		if (test_failed > before) {
			printf("seed %llu\n", seed + i);
			break;
		}
	}
	keys_free(keys);
	return test_end();
}
