/* trail.c -- by which way an error has come: from a root to where it began.
 *
 * Not stored with the error, so that a million nodes above a failure can share
 * it: the way is found in the graph when somebody wants to see it.
 */
#include "base/die.h"
#include "eval/errval.h"
#include "eval/work.h"

static const struct root_error *
bubbled(const struct eval *e, uint32_t root)
{
	for (size_t i = 0; i < e->nerrors; i++)
		if (e->errors[i].node == root && e->errors[i].chain.n > 0)
			return &e->errors[i];
	return NULL;
}

/* ---- an error of a function ---- */

/* Is this the node that `error` names as the one that failed? */
static bool
is_origin(const struct eval *e, uint32_t node, const struct value *error)
{
	struct vr r = vr_of(error), key;

	return vr_kind(&r) == VALUE_MAP && vr_field(&r, "key", &key) &&
	    errval_key_at(e->g->keys, &key) == graph_node(e->g, node)->key;
}

/* The dependency that has handed the error on. */
static uint32_t
next_down(const struct eval *e, uint32_t node, const struct value *error)
{
	const struct node *n = graph_node(e->g, node);

	for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);) {
		const struct node *d = graph_node(e->g, i.id);
		if (node_state(d) == NODE_DONE && eval_in_error(d) &&
		    value_eq(eval_error_of(d), error))
			return i.id;
	}
	return NODE_NONE;
}

static void
follow(const struct eval *e, uint32_t node, const struct value *error, struct ids *out)
{
	for (; node != NODE_NONE; node = next_down(e, node, error)) {
		ids_push(out, node);
		if (is_origin(e, node, error))
			break;
	}
}

/* ---- a cycle ---- */

/* The nodes of the error's first cycle. */
static bool
first_cycle(const struct eval *e, const struct value *error, struct idset *members)
{
	struct vr r = vr_of(error), list;
	size_t n;

	if (vr_kind(&r) != VALUE_MAP || !vr_field(&r, "cycle", &list) || !vr_list(&list, &n))
		return false;
	for (; n > 0; n--)
		idset_add(members, graph_find(e->g, errval_key_at(e->g->keys, &list)));
	return true;
}

struct step {
	uint32_t node, from;       /* from: index of the step it was reached from */
};

struct walk {
	struct step *steps;
	size_t n, cap;
	struct idset met;
};

static void
reach(struct walk *w, uint32_t node, uint32_t from)
{
	if (!idset_add(&w->met, node))
		return;
	if (w->n == w->cap)
		w->steps = mem_grow(w->steps, &w->cap, w->n + 1, sizeof(w->steps[0]));
	w->steps[w->n++] = (struct step){ node, from };
}

/* Breadth first through nodes in error for a cycle; the member reached first. */
static uint32_t
shortest(const struct eval *e, uint32_t start, const struct idset *members, struct ids *out)
{
	struct walk w = { .steps = NULL };
	uint32_t found = NODE_NONE, at = 0;

	reach(&w, start, UINT32_MAX);
	for (; at < w.n && found == NODE_NONE; at++) {
		const struct node *n = graph_node(e->g, w.steps[at].node);
		if (idset_has(members, w.steps[at].node)) {
			found = w.steps[at].node;
			break;
		}
		for (struct group_iter i = group_iter_of(n->deps, n->ndeps); group_iter_next(&i);)
			if (graph_node(e->g, i.id)->flags & NODE_CYCLE)
				reach(&w, i.id, at);
	}
	size_t first = out->n;
	if (found != NODE_NONE)
		for (uint32_t s = w.steps[at].from; s != UINT32_MAX; s = w.steps[s].from)
			ids_push(out, w.steps[s].node);
	for (size_t i = first, k = out->n; i + 1 < k; i++) {
		uint32_t swap = out->ids[i];
		out->ids[i] = out->ids[--k];
		out->ids[k] = swap;
	}
	mem_free(w.steps);
	idset_fini(&w.met);
	return found;
}

/* ---- both ---- */

static uint32_t
path_to_cycle(const struct eval *e, uint32_t root, const struct idset *members,
	struct ids *out)
{
	const struct root_error *r = bubbled(e, root);

	for (size_t i = 0; r && i < r->chain.n; i++) {
		if (idset_has(members, r->chain.ids[i]))
			return r->chain.ids[i];
		if (i + 1 < r->chain.n)
			ids_push(out, r->chain.ids[i]);
	}
	return shortest(e, r ? r->chain.ids[r->chain.n - 1] : root, members, out);
}

static void
path_to_origin(const struct eval *e, uint32_t root, const struct value *error,
	struct ids *out)
{
	const struct root_error *r = bubbled(e, root);

	if (!r) {
		follow(e, root, error, out);
		return;
	}
	for (size_t i = 0; i + 1 < r->chain.n; i++) {
		ids_push(out, r->chain.ids[i]);
		if (is_origin(e, r->chain.ids[i], error))
			return;
	}
	follow(e, r->chain.ids[r->chain.n - 1], error, out);
}

uint32_t *
eval_error_path(const struct eval *e, uint32_t root, size_t *n, uint32_t *enter)
{
	const struct value *error = eval_root_error(e, root);
	struct idset members = { .slots = NULL };
	struct ids out = { .ids = NULL };

	error = error ? error : eval_error_of(graph_node(e->g, root));
	*enter = NODE_NONE;
	if (first_cycle(e, error, &members))
		*enter = path_to_cycle(e, root, &members, &out);
	else
		path_to_origin(e, root, error, &out);
	idset_fini(&members);
	*n = out.n;
	return out.ids;
}

size_t
eval_shown(const struct eval *e, uint32_t *out)
{
	size_t n = 0, len;
	uint32_t enter;

	for (size_t i = 0; i < e->roots.n; i++) {
		uint32_t root = e->roots.ids[i];
		out[n++] = root;
		if (node_state(graph_node(e->g, root)) == NODE_DONE || !eval_root_error(e, root))
			continue;
		uint32_t *path = eval_error_path(e, root, &len, &enter);
		if (len > 0)
			out[n++] = path[len - 1];
		mem_free(path);
	}
	return n;
}
