/* cycle.c -- when nothing moves and a root is not done, there is a cycle.
 *
 * A depth-first walk over the nodes in flight with a stack of its own, the last
 * dependency first.  Failing fast, the first cycle becomes the root's error;
 * keeping going, every member of it gets the cycle turned so that it comes
 * first, and whoever waits for a member inherits it.
 */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

struct frame {
	uint32_t node;
	size_t left;              /* words of its groups still to be looked at */
};

struct search {
	struct eval *e;
	struct frame *stack;
	size_t depth, cap;
	unsigned char *colour;    /* by node id: 1 on the stack, 2 finished */
};

static void
enter(struct search *s, uint32_t node)
{
	if (s->depth == s->cap)
		s->stack = mem_grow(s->stack, &s->cap, s->depth + 1, sizeof(s->stack[0]));
	s->stack[s->depth++] = (struct frame){ node, eval_work(s->e, node)->groups.n };
	s->colour[node] = 1;
}

/* Where on the stack the cycle begins; s->depth: there is none below `root`. */
static size_t
search(struct search *s, uint32_t root)
{
	enter(s, root);
	while (s->depth > 0) {
		struct frame *f = &s->stack[s->depth - 1];
		const struct work *w = eval_work(s->e, f->node);
		if (f->left == 0) {
			s->colour[f->node] = 2;
			s->depth--;
			continue;
		}
		uint32_t id = w->groups.words[--f->left];
		if ((id & GROUP_MARK) || !node_in_flight(graph_node(s->e->g, id)))
			continue;
		if (s->colour[id] == 0)
			enter(s, id);
		else if (s->colour[id] == 1)
			for (size_t i = 0;; i++)
				if (s->stack[i].node == id)
					return i;
	}
	return SIZE_MAX;
}

static struct value *
cycle_error(const struct search *s, size_t from, size_t first, bool with_path)
{
	size_t n = s->depth - from;
	const struct key **keys = mem_alloc((s->depth + 1) * sizeof(keys[0]));

	for (size_t i = 0; i < n; i++)
		keys[i] = graph_node(s->e->g, s->stack[from + (first + i) % n].node)->key;
	for (size_t i = 0; i < from; i++)
		keys[n + i] = graph_node(s->e->g, s->stack[i].node)->key;
	struct value *v = errval_cycle(s->e->g->keys, keys, n, keys + n, with_path ? from : 0);
	mem_free(keys);
	return v;
}

static void
commit_cycle(struct search *s, size_t from)
{
	struct eval *e = s->e;
	size_t n = s->depth - from;
	struct value **errors = mem_alloc(n * sizeof(errors[0]));

	e->cyclic = true;
	for (size_t i = 0; i < n; i++) {
		errors[i] = cycle_error(s, from, i, false);
		eval_work(e, s->stack[from + i].node)->pending = 0;   /* signals go past it */
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t id = s->stack[from + i].node;
		struct graph_result r = { .value = errors[i], .error = true };
		eval_retire(e, id);
		eval_commit(e, id, &r);
	}
	mem_free(errors);
}

bool
eval_find_cycles(struct eval *e)
{
	bool found = false;

	for (size_t i = 0; i < e->roots.n; i++) {
		uint32_t root = e->roots.ids[i];
		struct search s = { .e = e };
		if (!node_in_flight(graph_node(e->g, root)))
			continue;
		s.colour = mem_zalloc(e->g->nnodes);
		size_t from = search(&s, root);
		if (from != SIZE_MAX && e->opt.keep_going) {
			commit_cycle(&s, from);
			found = true;
		} else if (from != SIZE_MAX) {
			struct value *v = cycle_error(&s, from, 0, true);
			eval_add_root_error(e, root, v);
			value_unref(v);
			e->failing = true;
		}
		mem_free(s.colour);
		mem_free(s.stack);
		if (found || e->failing)
			break;
	}
	return found;
}

struct value *
eval_inherited_cycle(struct eval *e, uint32_t node)
{
	const struct work *w = eval_work(e, node);

	for (struct group_iter i = group_iter_of(w->groups.words, w->groups.n);
	    group_iter_next(&i);) {
		const struct node *d = graph_node(e->g, i.id);
		struct vr r, cycle, path;
		if (node_state(d) != NODE_DONE || !node_is_error(d))
			continue;
		r = vr_of(d->value);
		if (!str_eq(errval_code(d->value), STR(ERR_CYCLE)) ||
		    !vr_field(&r, "cycle", &cycle) || !vr_field(&r, "path", &path))
			continue;
		size_t n;
		struct vb b;
		vb_init(&b);
		vr_list(&path, &n);
		vb_list(&b, n + 1);
		errval_put_key(&b, e->g->keys, graph_node(e->g, node)->key);
		for (; n > 0; n--) {
			struct value *k = vr_copy(&path);
			vb_value(&b, k);
			value_unref(k);
			vr_skip(&path);
		}
		struct value *v = errval_set(value_ref(d->value), "path", vb_finish(&b));
		vb_fini(&b);
		return v;
	}
	return NULL;
}
