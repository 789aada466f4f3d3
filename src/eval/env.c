/* env.c -- what C node functions may do, and running them. */
#include "eval/env.h"

#include "base/die.h"
#include "eval/errval.h"
#include "eval/pool.h"
#include "os/clock.h"

/* Failing fast, functions never see an error (they could recover from it)
 * except the one that bubbles through them. */
enum board_kind
env_peek(struct env *env, const struct key *key, const struct value **v)
{
	const struct pool *p = env->w->pool;

	if (env->t->bubbling && key == env->t->bubble_key) {
		*v = env->t->bubble_error;
		return BOARD_ERROR;
	}
	enum board_kind kind = board_get(p->board, key->id, v);
	if (kind == BOARD_RECOVERED)
		return p->keep_going ? BOARD_VALUE : BOARD_NONE;
	if (kind == BOARD_ERROR && !p->keep_going)
		return BOARD_NONE;
	return kind;
}

/* A function that is called again repeats its questions: they are recorded
 * already as long as they are the same. */
void
env_record(struct env *env, const uint32_t *key_ids, uint32_t n)
{
	struct task *t = env->t;

	if (t->replay < t->asked.n) {
		uint32_t at = (uint32_t)t->replay, count;
		const uint32_t *ids = group_next(t->asked.words, &at, &count);
		if (count == n && memcmp(ids, key_ids, n * sizeof(ids[0])) == 0) {
			t->replay = at;
			return;
		}
	}
	groups_add(&t->asked, key_ids, n);
	t->replay = t->asked.n;
}

static const struct value *
look(struct env *env, const struct key *key)
{
	const struct value *v;

	switch (env_peek(env, key, &v)) {
	case BOARD_VALUE:
	case BOARD_RECOVERED:
		return v;
	case BOARD_ERROR:
		if (!env->dep_error)
			env->dep_error = v;
		if (!env->t->met)
			env->t->met = value_ref(v);
		return NULL;
	case BOARD_NONE:
		env->t->missing++;
		break;
	}
	return NULL;
}

const struct value *
env_get(struct env *env, const struct key *key)
{
	env_record(env, &key->id, 1);
	return look(env, key);
}

bool
env_get_all(struct env *env, const struct key *const *keys, size_t n,
	const struct value **values)
{
	uint32_t few[32];
	uint32_t *ids = n <= ARRAY_LEN(few) ? few : mem_alloc(n * sizeof(ids[0]));
	bool all = true;

	if (n == 0)
		return true;
	for (size_t i = 0; i < n; i++)
		ids[i] = keys[i]->id;
	env_record(env, ids, (uint32_t)n);
	for (size_t i = 0; i < n; i++) {
		values[i] = look(env, keys[i]);
		all = all && values[i];
	}
	if (ids != few)
		mem_free(ids);
	return all;
}

const struct value *
env_error(struct env *env, const struct key *key)
{
	const struct value *v;

	return env_peek(env, key, &v) == BOARD_ERROR ? v : NULL;
}

size_t
env_group_count(const struct env *env)
{
	size_t n = 0;

	for (uint32_t at = 0, count; at < env->t->replay; n++)
		group_next(env->t->asked.words, &at, &count);
	return n;
}

void
env_forget(struct env *env, size_t from)
{
	uint32_t at = 0, count;

	for (size_t i = 0; i < from && at < env->t->asked.n; i++)
		group_next(env->t->asked.words, &at, &count);
	if (at == env->t->asked.n)
		return;
	env->t->asked.n = at;
	env->t->forgot = true;
	if (env->t->replay > at)
		env->t->replay = at;
}

const struct value *
env_old_value(const struct env *env)
{
	return env->t->old_value;
}

const struct value *
env_old_stamp(const struct env *env)
{
	return env->t->old_stamp;
}

enum fn_result
env_done(struct env *env, struct value *take)
{
	CHECK(take && !env->t->result);
	env->t->result = take;
	return FN_DONE;
}

enum fn_result
env_fail_value(struct env *env, struct value *take)
{
	CHECK(take && !env->t->result);
	env->t->result = take;
	return FN_FAIL;
}

enum fn_result
env_fail(struct env *env, struct err *take)
{
	struct value *v = errval_of(take);

	err_fini(take);
	return env_fail_value(env, v);
}

void
env_stamp(struct env *env, struct value *take)
{
	value_unref(env->t->stamp);
	env->t->stamp = take;
}

void
env_warn(struct env *env, struct str text)
{
	vb_str(&env->t->warnings, text);
	env->t->nwarnings++;
}

void
env_event(struct env *env, struct value *take)
{
	pool_add_event(env->w->pool, env->t->node, take);
}

const struct run_result *
env_run(struct env *env, const struct run_request *req)
{
	struct task *t = env->t;

	if (env_has_run(env))
		return &t->run->result;
	CHECK(!t->run);
	t->run = mem_zalloc(sizeof(*t->run));
	t->run->request = *req;
	return NULL;
}

void
env_run_again(struct env *env, const struct run_request *req)
{
	struct task_run *run = env->t->run;

	CHECK(env_has_run(env));
	value_unref(run->request.display);
	err_fini(&run->result.err);
	*run = (struct task_run){ .request = *req, .told = true };
}

bool
env_has_run(const struct env *env)
{
	return env->t->run && env->t->run->ended;
}

struct keys *
env_keys(const struct env *env)
{
	return env->w->pool->keys;
}

const struct key *
env_key(struct env *env, const char *fn, struct str arg)
{
	struct keys *k = env_keys(env);

	return key_of_str(k, keys_fn(k, str_of(fn)), arg);
}

void *
env_host(const struct env *env)
{
	return (void *)(uintptr_t)env->w->pool->host;
}

struct arena *
env_arena(struct env *env)
{
	return &env->t->arena;
}

void *
env_state(struct env *env, size_t size)
{
	if (!env->t->state)
		env->t->state = arena_alloc(&env->t->arena, size);
	return env->t->state;
}

int64_t
env_now_wall_ns(const struct env *env)
{
	(void)env;
	return clock_wall_ns();
}

/* ---- ending ---- */

static void
finish_messages(struct task *t)
{
	struct vb b;

	if (t->nwarnings == 0)
		return;
	vb_init(&b);
	vb_list(&b, t->nwarnings);
	buf_add(&b.buf, t->warnings.buf.p, t->warnings.buf.n);
	t->messages = vb_finish(&b);
	vb_fini(&b);
	buf_reset(&t->warnings.buf);
	t->nwarnings = 0;
}

void
env_forget_warnings(struct env *env)
{
	buf_reset(&env->t->warnings.buf);
	env->t->nwarnings = 0;
	value_unref(env->t->messages);
	env->t->messages = NULL;
}

void
env_finish(struct env *env, bool error, struct value *take)
{
	struct task *t = env->t;

	finish_messages(t);
	bool inherited = error && t->met && value_eq(take, t->met);
	t->result = error && !inherited ?
	    errval_with_key(take, env->w->pool->keys, t->key) : take;
	t->reply = error ? TASK_ERROR : TASK_VALUE;
}
