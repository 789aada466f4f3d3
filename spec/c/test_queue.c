/* test_queue.c -- the queue of processes: order, pools, those that need much. */
#include "base/die.h"
#include "c/test.h"
#include "eval/queue.h"

enum { MANY = 2000 };

struct entry {
	struct task task;
	struct task_run run;
};

static struct entry entries[MANY];

static struct task *
entry(unsigned i, uint64_t urgency, const char *pool, size_t depth, int64_t memory)
{
	struct entry *e = &entries[i];

	memset(e, 0, sizeof(*e));
	e->task.run = &e->run;
	e->task.node = i;
	e->run.urgency = urgency;
	e->run.memory = memory;
	e->run.request.pool = str_of(pool);
	e->run.request.pool_depth = depth;
	return &e->task;
}

static bool
all_fit(void *arg, int64_t kib)
{
	(void)arg;
	(void)kib;
	return true;
}

static bool
up_to(void *arg, int64_t kib)
{
	return kib <= *(int64_t *)arg;
}

/* Starts the next one and says which; MANY: none may. */
static unsigned
start(struct queue *q, queue_fits_fn fits, void *arg)
{
	struct task *t = queue_first(q, fits, arg);

	if (!t)
		return MANY;
	queue_start(q);
	return t->node;
}

static void
the_most_urgent_is_first(void)
{
	struct queue *q = queue_new();
	unsigned long long rng = 7;

	T(start(q, all_fit, NULL) == MANY);
	for (unsigned i = 0; i < MANY; i++)
		queue_add(q, entry(i, (test_random(&rng) >> 33) % 50, "", 0, 0));
	T(queue_size(q) == MANY);
	for (unsigned i = 0, before = MANY; i < MANY; i++) {
		unsigned now = start(q, all_fit, NULL);
		if (!T(now < MANY))
			break;
		/* of equals, the one that came first */
		if (before < MANY)
			T(entries[before].run.urgency > entries[now].run.urgency ||
			    (entries[before].run.urgency == entries[now].run.urgency &&
			    before < now));
		before = now;
	}
	T(queue_size(q) == 0 && start(q, all_fit, NULL) == MANY);
	queue_free(q);
}

static void
a_pool_has_its_depth(void)
{
	struct queue *q = queue_new();

	queue_add(q, entry(0, 9, "link", 2, 0));
	queue_add(q, entry(1, 8, "link", 2, 0));
	queue_add(q, entry(2, 7, "link", 2, 0));
	queue_add(q, entry(3, 1, "", 0, 0));
	queue_add(q, entry(4, 2, "console", 1, 0));
	queue_add(q, entry(5, 3, "console", 1, 0));
	T(start(q, all_fit, NULL) == 0 && start(q, all_fit, NULL) == 1);
	T(start(q, all_fit, NULL) == 5 && start(q, all_fit, NULL) == 3);
	T(start(q, all_fit, NULL) == MANY && queue_size(q) == 2);
	queue_ended(q, &entries[3].task);
	T(start(q, all_fit, NULL) == MANY);
	queue_ended(q, &entries[5].task);
	T(start(q, all_fit, NULL) == 4);
	queue_ended(q, &entries[0].task);
	T(start(q, all_fit, NULL) == 2 && queue_size(q) == 0);
	queue_free(q);
}

static void
what_does_not_fit_holds_up_nobody(void)
{
	struct queue *q = queue_new();
	int64_t room = 100000;

	queue_add(q, entry(0, 9, "", 0, 200000));
	queue_add(q, entry(1, 8, "", 0, 0));
	queue_add(q, entry(2, 7, "", 0, QUEUE_HEAVY_KIB - 1));
	T(start(q, up_to, &room) == 1 && start(q, up_to, &room) == 2);
	T(start(q, up_to, &room) == MANY);
	room = 200000;
	T(start(q, up_to, &room) == 0);
	queue_free(q);
}

static void
all_can_be_taken_out(void)
{
	struct queue *q = queue_new();
	unsigned n = 0;

	for (unsigned i = 0; i < 10; i++)
		queue_add(q, entry(i, i, i % 2 ? "p" : "", i % 2, i % 3 ? 0 : 1 << 20));
	for (struct task *t = queue_clear(q); t; t = t->next)
		n += 1u << t->node;
	T(n == (1u << 10) - 1 && queue_size(q) == 0);
	T(start(q, all_fit, NULL) == MANY);
	queue_free(q);
}

int
main(void)
{
	the_most_urgent_is_first();
	a_pool_has_its_depth();
	what_does_not_fit_holds_up_nobody();
	all_can_be_taken_out();
	return test_end();
}
