/* results.c -- what an engine has found out, and changes to it from outside. */
#include "base/die.h"
#include "eval/driver.h"
#include "eval/messages.h"

bool
engine_running(const struct engine *e)
{
	return e->running;
}

bool
engine_interrupted(const struct engine *e)
{
	return e->interrupted;
}

void
engine_interrupt(struct engine *e)
{
	e->stopping = true;
}

size_t
engine_waiting(const struct engine *e)
{
	return jobs_waiting(e->jobs);
}

void
engine_give_up(struct engine *e, bool yes)
{
	jobs_give_up(e->jobs, yes ? "not started, because too much has failed" : NULL);
}

const struct value *
engine_result(struct engine *e, const struct key *key, bool *error)
{
	uint32_t id = graph_find(e->graph, key);

	if (id == NODE_NONE)
		return NULL;
	const struct value *v = eval_root_error(e->eval, id);
	const struct node *n = graph_node(e->graph, id);
	if (!v && node_state(n) == NODE_DONE && n->extra && !e->pool.keep_going)
		v = n->extra->recovered;        /* failing fast, an error met is an error */
	*error = v != NULL || node_is_error(n);
	return v ? v : node_state(n) == NODE_DONE ? n->value : NULL;
}

const struct key **
engine_error_path(struct engine *e, const struct key *root, size_t *n, const struct key **enter)
{
	uint32_t member, *ids = eval_error_path(e->eval, graph_find(e->graph, root), n, &member);
	const struct key **keys = mem_alloc((*n + 1) * sizeof(keys[0]));

	for (size_t i = 0; i < *n; i++)
		keys[i] = graph_node(e->graph, ids[i])->key;
	*enter = member == NODE_NONE ? NULL : graph_node(e->graph, member)->key;
	mem_free(ids);
	return keys;
}

struct eval_stats
engine_stats(const struct engine *e)
{
	return *eval_stats(e->eval);
}

int64_t
engine_wall_ns(const struct engine *e)
{
	return e->wall_ns;
}

/* ---- messages ---- */

struct teller {
	struct engine *e;
	engine_message_fn fn;
	void *arg;
};

static void
tell_messages(void *arg, uint32_t id)
{
	const struct teller *t = arg;
	const struct node *n = graph_node(t->e->graph, id);
	size_t count;
	struct str text;

	if (!n->extra || !n->extra->messages)
		return;                 /* it was damaged */
	struct vr r = vr_of(n->extra->messages);
	for (vr_list(&r, &count); count > 0; count--)
		if (vr_str(&r, &text))
			t->fn(t->arg, n->key, text, idset_has(&t->e->fresh, id));
}

void
engine_messages(struct engine *e, engine_message_fn fn, void *arg)
{
	struct teller t = { e, fn, arg };
	uint32_t *from = mem_alloc((e->roots.n * 2 + 1) * sizeof(from[0]));

	messages_walk(e->graph, from, eval_shown(e->eval, from), tell_messages, &t);
	mem_free(from);
}

/* ---- changing ---- */

void
engine_inject(struct engine *e, const struct key *key, struct value *take)
{
	uint32_t id = graph_intern(e->graph, key), at = e->graph->version + 1;
	const struct node *n = graph_node(e->graph, id);
	bool known = node_state(n) == NODE_DONE || node_state(n) == NODE_DIRTY;

	graph_inject(e->graph, id, take, at);
	if (e->store && node_state(n) == NODE_DONE && (!known || n->changed_at == at)) {
		store_put(e->store, e->graph, id);
		e->dirty_store = true;
	}
}

void
engine_invalidate(struct engine *e, const struct key *const *keys, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t id = graph_find(e->graph, keys[i]);
		if (id != NODE_NONE)
			graph_dirty(e->graph, &id, 1);
	}
}

void
engine_invalidate_errors(struct engine *e)
{
	for (uint32_t id = 0; id < e->graph->nnodes; id++) {
		if (graph_is_cold(e->graph, id))
			continue;               /* errors are not stored */
		const struct node *n = graph_node(e->graph, id);
		if ((n->flags & NODE_TRANSIENT) && node_state(n) != NODE_NEW)
			graph_dirty(e->graph, &id, 1);
	}
}

void
engine_delete(struct engine *e, const struct key *key)
{
	uint32_t id = graph_find(e->graph, key);

	if (id != NODE_NONE)
		graph_delete(e->graph, id);
}

struct graph *
engine_graph(struct engine *e)
{
	return e->graph;
}

const struct host *
engine_host(const struct engine *e)
{
	return &e->c.host;
}

struct pool *
engine_pool(struct engine *e)
{
	return &e->pool;
}
