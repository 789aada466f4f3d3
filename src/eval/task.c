/* task.c -- making, freeing and recycling tasks. */
#include "eval/task.h"

#include "base/die.h"

/* Buffers beyond this are rare and go back. */
enum { KEEP_WORDS = 256, KEEP_BYTES = 4096 };

struct task *
task_new(struct tasks *p, const struct key *key, struct fn *fn, uint32_t node)
{
	struct task *t = p->spare;

	if (t)
		p->spare = t->next;
	else
		t = mem_zalloc(sizeof(*t));
	*t = (struct task){
		.key = key, .fn = fn, .node = node, .worker = -1,
		.asked = { t->asked.words, 0, t->asked.cap }, .arena = t->arena,
	};
	return t;
}

static void
run_free(struct task_run *run)
{
	if (!run)
		return;
	value_unref(run->request.display);
	err_fini(&run->result.err);
	mem_free(run);
}

void
task_free(struct tasks *p, struct task *t)
{
	if (t->asked.cap > KEEP_WORDS)
		groups_fini(&t->asked);
	value_unref(t->result);
	value_unref(t->stamp);
	value_unref(t->messages);
	value_unref(t->met);
	run_free(t->run);
	vb_fini(&t->warnings);
	if (t->arena.total > KEEP_BYTES)
		arena_fini(&t->arena);
	else if (t->arena.block)
		arena_release(&t->arena, (struct arena_mark){ NULL, 0 });
	t->next = p->spare;
	p->spare = t;
}

void
tasks_trim(struct tasks *p)
{
	for (struct task *t = p->spare, *next; t; t = next) {
		next = t->next;
		groups_fini(&t->asked);
		arena_fini(&t->arena);
		mem_free(t);
	}
	p->spare = NULL;
}

void
mailbox_put(struct mailbox *m, struct task *newest, struct task *oldest)
{
	oldest->next = atomic_load_explicit(&m->newest, memory_order_relaxed);
	while (!atomic_compare_exchange_weak(&m->newest, &oldest->next, newest))
		;
}

struct task *
mailbox_take(struct mailbox *m)
{
	struct task *oldest = NULL;

	for (struct task *t = atomic_exchange(&m->newest, NULL), *older; t; t = older) {
		older = t->next;
		t->next = oldest;
		oldest = t;
	}
	return oldest;
}
