/* task.c -- making and freeing tasks. */
#include "eval/task.h"

#include "base/die.h"

struct task *
task_new(const struct key *key, struct fn *fn, uint32_t node)
{
	struct task *t = mem_zalloc(sizeof(*t));

	t->key = key;
	t->fn = fn;
	t->node = node;
	t->worker = -1;
	arena_init(&t->arena);
	return t;
}

void
task_free(struct task *t)
{
	groups_fini(&t->asked);
	value_unref(t->result);
	value_unref(t->stamp);
	value_unref(t->messages);
	value_unref(t->met);
	value_unref(t->run.display);
	err_fini(&t->run_result.err);
	vb_fini(&t->warnings);
	arena_fini(&t->arena);
	mem_free(t);
}
