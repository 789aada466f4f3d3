/* queue.c -- two binary heaps for each pool. */
#include "eval/queue.h"

#include "base/die.h"

/* The order stands in the heap itself: looking it up in ten thousand tasks would miss
 * the cache at each step. */
struct waiting {
	uint64_t urgency, turn;
	struct task *task;
};

struct heap {
	struct waiting *v;
	size_t n, cap;
};

struct pool_queue {
	char *name;                   /* owned; "": of those that name no pool */
	size_t depth, running;        /* depth 0: no limit */
	struct heap light, heavy;
};

struct queue {
	struct pool_queue *pools;     /* [0] is "" */
	size_t npools, cap;
	size_t n;
	uint64_t turn;
	struct heap *first;           /* the heap whose top queue_first gave */
	struct pool_queue *of;        /* ... and its pool */
};

/* ---- heaps ---- */

static bool
before(const struct waiting *a, const struct waiting *b)
{
	return a->urgency != b->urgency ? a->urgency > b->urgency : a->turn < b->turn;
}

static void
heap_add(struct heap *h, struct waiting w)
{
	if (h->n == h->cap)
		h->v = mem_grow(h->v, &h->cap, h->n + 1, sizeof(h->v[0]));
	size_t i = h->n++;
	for (; i > 0 && before(&w, &h->v[(i - 1) / 2]); i = (i - 1) / 2)
		h->v[i] = h->v[(i - 1) / 2];
	h->v[i] = w;
}

static void
heap_take(struct heap *h)
{
	struct waiting last = h->v[--h->n];
	size_t i = 0;

	for (size_t kid; (kid = 2 * i + 1) < h->n; i = kid) {
		if (kid + 1 < h->n && before(&h->v[kid + 1], &h->v[kid]))
			kid++;
		if (!before(&h->v[kid], &last))
			break;
		h->v[i] = h->v[kid];
	}
	h->v[i] = last;
}

/* ---- pools ---- */

static struct pool_queue *
pool_of(struct queue *q, struct str name)
{
	for (size_t i = 0; i < q->npools; i++)
		if (str_eq(str_of(q->pools[i].name), name))
			return &q->pools[i];
	if (q->npools == q->cap)
		q->pools = mem_grow(q->pools, &q->cap, q->npools + 1, sizeof(q->pools[0]));
	struct pool_queue *p = &q->pools[q->npools++];
	*p = (struct pool_queue){ .name = mem_strndup(name.p, name.n) };
	return p;
}

struct queue *
queue_new(void)
{
	struct queue *q = mem_zalloc(sizeof(*q));

	pool_of(q, STR(""));
	return q;
}

void
queue_free(struct queue *q)
{
	for (size_t i = 0; i < q->npools; i++) {
		mem_free(q->pools[i].name);
		mem_free(q->pools[i].light.v);
		mem_free(q->pools[i].heavy.v);
	}
	mem_free(q->pools);
	mem_free(q);
}

void
queue_add(struct queue *q, struct task *t)
{
	struct pool_queue *p = pool_of(q, t->run->request.pool);

	p->depth = t->run->request.pool_depth;
	heap_add(t->run->memory >= QUEUE_HEAVY_KIB ? &p->heavy : &p->light,
	    (struct waiting){ t->run->urgency, q->turn++, t });
	q->n++;
}

static void
consider(struct queue *q, struct pool_queue *p, struct heap *h)
{
	if (!q->first || before(&h->v[0], &q->first->v[0])) {
		q->first = h;
		q->of = p;
	}
}

struct task *
queue_first(struct queue *q, queue_fits_fn fits, void *arg)
{
	q->first = NULL;
	for (size_t i = 0; q->n > 0 && i < q->npools; i++) {
		struct pool_queue *p = &q->pools[i];
		if (p->depth > 0 && p->running >= p->depth)
			continue;
		if (p->light.n > 0)
			consider(q, p, &p->light);
		if (p->heavy.n > 0 && fits(arg, p->heavy.v[0].task->run->memory))
			consider(q, p, &p->heavy);
	}
	return q->first ? q->first->v[0].task : NULL;
}

void
queue_start(struct queue *q)
{
	CHECK(q->first && q->first->n > 0);
	heap_take(q->first);
	q->of->running++;
	q->n--;
	q->first = NULL;
}

void
queue_ended(struct queue *q, const struct task *t)
{
	struct pool_queue *p = pool_of(q, t->run->request.pool);

	CHECK(p->running > 0);
	p->running--;
}

size_t
queue_size(const struct queue *q)
{
	return q->n;
}

static void
chain(struct heap *h, struct task **all)
{
	while (h->n > 0) {
		struct task *t = h->v[--h->n].task;
		t->next = *all;
		*all = t;
	}
}

struct task *
queue_clear(struct queue *q)
{
	struct task *all = NULL;

	for (size_t i = 0; i < q->npools; i++) {
		chain(&q->pools[i].light, &all);
		chain(&q->pools[i].heavy, &all);
	}
	q->n = 0;
	q->first = NULL;
	return all;
}
