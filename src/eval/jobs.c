/* jobs.c -- processes of actions. */
#include "eval/jobs.h"

#include <signal.h>
#include <stdio.h>

#include "base/die.h"
#include "eval/queue.h"
#include "os/clock.h"
#include "os/memory.h"
#include "os/orphans.h"
#include "os/sandbox.h"
#include "os/spawn.h"

#define MS_NS INT64_C(1000000)
#define LOOK_NS (50 * MS_NS)        /* the memory of the machine is looked at so often */
#define RETRY_NS (50 * MS_NS)
#define GRACE_NS (2000 * MS_NS)     /* between SIGTERM and SIGKILL */

enum {
	OUTPUT_LIMIT = 512 << 10,
	RETRIES = 20,               /* with nothing of ours running */
	RECOVERY = 16               /* processes that start well until one more may run */
};

struct job {
	struct job *next, *prev;
	struct jobs *jobs;
	struct task *task;
	struct spawn *spawn;
	unsigned slot;
	struct loop_timer *failed;      /* could not be started: told from the loop */
};

struct jobs {
	struct jobs_config c;
	struct queue *queue;
	struct job *running;
	size_t nrunning;
	struct orphans *orphans;
	struct loop_timer *grace;       /* running: they were asked to end */
	size_t room;                    /* of c.limit, for want of descriptors */
	bool crowded;                   /* that has been said */
	size_t allowed;                 /* of c.limit, after a shortage */
	unsigned well, retries;         /* started since then; in vain one after the other */
	struct loop_timer *retry;
	const char *given_up;
	int64_t heavy_kib;              /* what the heavy ones that run needed last time */
	int64_t room_kib;               /* available when the first of these began */
	int64_t free_kib, looked_ns;
	struct jobserver *tokens;       /* the one we are a client of, or our own; or NULL */
	struct loop_poll *starved;      /* we wait for a token */
	bool *slots;                    /* taken; the first nslots numbers */
	size_t nslots;
};

/* Ctrl-Z: they are in groups of their own, so the terminal has not stopped them. */
static void
on_suspend(void *arg)
{
	struct jobs *j = arg;

	for (struct job *job = j->running; job; job = job->next)
		if (job->spawn)
			spawn_pause(job->spawn);
	spawn_stop_self();
	for (struct job *job = j->running; job; job = job->next)
		if (job->spawn)
			spawn_resume(job->spawn);
}

struct jobs *
jobs_new(const struct jobs_config *c)
{
	struct jobs *j = mem_zalloc(sizeof(*j));

	j->c = *c;
	j->queue = queue_new();
	j->orphans = orphans_new();
	loop_on_signal(c->loop, SIGTSTP, on_suspend, j);
	j->room = spawn_room();
	j->allowed = (size_t)c->limit;
	j->tokens = c->jobserver;
	return j;
}

void
jobs_free(struct jobs *j)
{
	CHECK(j->nrunning == 0);
	loop_timer_stop(j->retry);
	loop_poll_stop(j->starved);
	if (j->tokens != j->c.jobserver)
		jobserver_free(j->tokens);
	queue_free(j->queue);
	loop_on_signal(j->c.loop, SIGTSTP, NULL, NULL);
	orphans_free(j->orphans);
	mem_free(j->slots);
	mem_free(j);
}

size_t
jobs_running(const struct jobs *j)
{
	return j->nrunning;
}

size_t
jobs_waiting(const struct jobs *j)
{
	return queue_size(j->queue);
}

/* One at a time, the order cannot save any time: then it is that of asking. */
void
jobs_collect(struct jobs *j, struct eval *e)
{
	struct task *t;

	while ((t = eval_next_run(e))) {
		eval_urgency(e, t);
		if (j->c.limit == 1)
			t->run->urgency = 0;
		queue_add(j->queue, t);
	}
	if (eval_stopping(e)) {
		eval_not_run(e, queue_size(j->queue));
		queue_clear(j->queue);
	}
}

void
jobs_give_up(struct jobs *j, const char *why)
{
	j->given_up = why;
}

/* ---- memory ---- */

static bool
fits(void *arg, int64_t kib)
{
	struct jobs *j = arg;
	int64_t now;

	if (j->nrunning == 0)
		return true;
	now = clock_mono_ns();
	if (j->looked_ns == 0 || now - j->looked_ns >= LOOK_NS) {
		j->free_kib = memory_available_kib();
		j->looked_ns = now;
	}
	/* those that began just now have not taken their share yet */
	return kib <= j->free_kib && (j->heavy_kib == 0 || j->heavy_kib + kib <= j->room_kib);
}

/* The lowest free number. */
static unsigned
take_slot(struct jobs *j)
{
	size_t i = 0, old = j->nslots;

	while (i < j->nslots && j->slots[i])
		i++;
	if (i == j->nslots) {
		j->slots = mem_grow(j->slots, &j->nslots, i + 1, sizeof(j->slots[0]));
		memset(j->slots + old, 0, (j->nslots - old) * sizeof(j->slots[0]));
	}
	j->slots[i] = true;
	return (unsigned)i;
}

static void
count_memory(struct jobs *j, const struct task *t, bool starts)
{
	if (t->run->memory < QUEUE_HEAVY_KIB)
		return;
	if (starts && j->heavy_kib == 0)
		j->room_kib = j->looked_ns != 0 ? j->free_kib : memory_available_kib();
	j->heavy_kib += starts ? t->run->memory : -t->run->memory;
}

/* ---- tokens ---- */

static void
on_token(void *arg)
{
	struct jobs *j = arg;

	loop_poll_stop(j->starved);
	j->starved = NULL;
}

/* The first process needs none.  False: the loop wakes us when there may be one. */
static bool
take_token(struct jobs *j)
{
	if (!j->tokens || j->nrunning == 0 || jobserver_take(j->tokens))
		return true;
	if (!j->starved)
		j->starved = loop_poll_start(j->c.loop, jobserver_fd(j->tokens), on_token, j);
	return false;
}

static void
settle_tokens(struct jobs *j)
{
	size_t needed = j->nrunning > 0 ? j->nrunning - 1 : 0;

	while (j->tokens && jobserver_held(j->tokens) > needed)
		jobserver_give(j->tokens);
}

/* The first process that may be a make makes us a server. */
static void
offer_tokens(struct jobs *j)
{
	struct err ignored = ERR_INIT;

	if (j->tokens)
		return;
	j->tokens = jobserver_offer(j->c.limit - 1, &ignored);
	for (size_t i = 1; j->tokens && i < j->nrunning; i++)
		jobserver_take(j->tokens);
	err_fini(&ignored);
}

/* NULL: the environment as it is. */
static char **
make_environment(struct task *t)
{
	static const char flags[] = JOBSERVER_MAKEFLAGS;
	char **env = t->run->request.env, **out;
	size_t n = 0;

	for (; env[n]; n++)
		if (strncmp(env[n], "MAKEFLAGS=", 10) == 0)
			return NULL;
	out = arena_alloc(&t->arena, (n + 2) * sizeof(out[0]));
	memcpy(out, env, n * sizeof(out[0]));
	out[n] = arena_strndup(&t->arena, flags, sizeof(flags) - 1);
	return out;
}

/* ---- the end of one ---- */

static void
release(struct job *job)
{
	struct jobs *j = job->jobs;

	if (job->next)
		job->next->prev = job->prev;
	if (job->prev)
		job->prev->next = job->next;
	else
		j->running = job->next;
	if (--j->nrunning == 0) {
		loop_timer_stop(j->grace);
		j->grace = NULL;
	}
	count_memory(j, job->task, false);
	queue_ended(j->queue, job->task);
	settle_tokens(j);
	j->slots[job->slot] = false;
	mem_free(job);
}

static void
end(struct job *job)
{
	struct jobs *j = job->jobs;
	struct task *t = job->task;

	release(job);
	j->c.ended(j->c.arg, t);
}

static void
done(void *arg, struct spawn *s, struct spawn_result *r)
{
	struct job *job = arg;
	struct run_result *out = &job->task->run->result;

	(void)s;
	out->exit_code = r->exit_code;
	out->signal = r->signal;
	out->timed_out = r->timed_out;
	out->logged = r->logged;
	out->wall_ns = r->wall_ns;
	out->user_ns = r->user_ns;
	out->system_ns = r->system_ns;
	out->max_rss = r->max_rss;
	out->left = arena_str(&job->task->arena, buf_str(&r->left));
	out->output = arena_str(&job->task->arena, buf_str(&r->output));
	end(job);
}

static void
not_started(void *arg)
{
	struct job *job = arg;

	loop_timer_stop(job->failed);
	end(job);
}

/* ---- the start of one ---- */

static void
tell(struct jobs *j, const struct key *key, const char *text)
{
	struct vb b;

	if (!j->c.event)
		return;
	vb_init(&b);
	vb_map(&b, 3);
	vb_str(&b, STR("event"));
	vb_str(&b, STR("message"));
	vb_str(&b, STR("level"));
	vb_str(&b, STR("warning"));
	vb_str(&b, STR("text"));
	vb_str(&b, str_of(text));
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	j->c.event(j->c.event_arg, key, v);
	value_unref(v);
}

static void
tell_fewer(struct jobs *j, const struct key *key, const struct err *why)
{
	struct buf text = BUF_INIT;

	if (j->allowed < (size_t)j->c.limit)
		return;
	buf_printf(&text, "fewer commands run at once for a while: %s", why->msg);
	tell(j, key, text.p);
	buf_fini(&text);
}

/* Descriptors are counted before they run out: who reads a file would fail, too. */
static bool
is_full(struct jobs *j)
{
	if (j->nrunning < j->room)
		return false;
	if (!j->crowded && j->room < (size_t)j->c.limit && queue_size(j->queue) > 0) {
		struct buf text = BUF_INIT;
		buf_printf(&text, "fewer commands run at once: file descriptors for %zu "
		    "(ulimit -n)", j->room);
		tell(j, j->running->task->key, text.p);
		buf_fini(&text);
		j->crowded = true;
	}
	return true;
}

static void
on_retry(void *arg)
{
	struct jobs *j = arg;

	loop_timer_stop(j->retry);
	j->retry = NULL;
}

/* The system has no room for one more process: back into the queue, and fewer at
 * once.  False: there is nobody to wait for, and waiting has not helped. */
static bool
put_off(struct job *job)
{
	struct jobs *j = job->jobs;
	struct task *t = job->task;
	struct err *e = &t->run->result.err;

	if (j->nrunning == 1 && ++j->retries > RETRIES)
		return false;
	tell_fewer(j, t->key, e);
	release(job);
	j->allowed = j->nrunning > 0 ? j->nrunning : 1;
	j->well = 0;
	if (j->nrunning == 0 && !j->retry)
		j->retry = loop_timer_start(j->c.loop, RETRY_NS, 0, on_retry, j);
	err_fini(e);
	queue_add(j->queue, t);
	return true;
}

static void
went_well(struct jobs *j)
{
	j->retries = 0;
	if (j->allowed < (size_t)j->c.limit && ++j->well % RECOVERY == 0)
		j->allowed++;
}

static struct job *
new_job(struct jobs *j, struct task *t)
{
	struct job *job = mem_zalloc(sizeof(*job));

	job->jobs = j;
	job->task = t;
	job->next = j->running;
	if (j->running)
		j->running->prev = job;
	j->running = job;
	j->nrunning++;
	job->slot = take_slot(j);
	count_memory(j, t, true);
	return job;
}

/* Does what was left for this moment (run_request.begin), then starts it. */
static bool
begin(struct job *job, struct spawn_request *req)
{
	struct jobs *j = job->jobs;
	const struct run_request *r = &job->task->run->request;
	struct err *e = &job->task->run->result.err;
	struct run_start start = { .slot = job->slot };

	if (r->begin && !r->begin(r->begin_arg, &start, e))
		return false;
	if (r->jobserver)
		offer_tokens(j);
	char **env = r->jobserver && j->tokens ? make_environment(job->task) : NULL;
	if (env) {
		req->env = env;
		req->extra = jobserver_ends(j->tokens);
	}
	req->ruleset = start.ruleset;
	req->no_network = start.no_network;
	req->orphans = j->orphans;
	req->mark = start.mark;
	bool ok = spawn_start(j->c.loop, req, done, job, &job->spawn, e);
	sandbox_close(start.ruleset);
	return ok;
}

/* False: not now. */
static bool
start(struct jobs *j, struct task *t)
{
	const struct run_request *r = &t->run->request;
	struct job *job = new_job(j, t);
	struct spawn_request req = {
		.argv = r->argv, .env = r->env, .path = r->path, .shell = r->shell,
		.program = r->program,
		.dir_fd = j->c.root_fd, .timeout_ns = r->timeout_ns,
		.log = r->log, .output_limit = OUTPUT_LIMIT, .console = r->console,
	};

	if (r->display && j->c.event && !t->run->told)
		j->c.event(j->c.event_arg, t->key, r->display);
	t->run->told = true;
	if (begin(job, &req))
		went_well(j);
	else if (t->run->result.err.shortage && put_off(job))
		return false;
	else
		job->failed = loop_timer_start(j->c.loop, 0, 0, not_started, job);
	return true;
}

static bool
refuse_all(struct jobs *j)
{
	struct task *t = queue_clear(j->queue);
	bool any = t != NULL;

	for (struct task *next; t; t = next) {
		next = t->next;
		err_set(&t->run->result.err, ERR_GIVEN_UP, "%s", j->given_up);
		t->run->result.given_up = true;
		j->c.ended(j->c.arg, t);
	}
	return any;
}

bool
jobs_start(struct jobs *j)
{
	bool any = false;

	if (j->given_up)
		return refuse_all(j);
	while (j->nrunning < j->allowed && !j->retry && !is_full(j)) {
		struct task *t = queue_first(j->queue, fits, j);
		if (!t || !take_token(j))
			break;
		queue_start(j->queue);
		if (!start(j, t))
			break;
		any = true;
	}
	return any;
}

static void
on_grace_over(void *arg)
{
	jobs_kill(arg, SIGKILL);
}

void
jobs_stop(struct jobs *j)
{
	jobs_kill(j, SIGTERM);
	if (j->nrunning > 0 && !j->grace)
		j->grace = loop_timer_start(j->c.loop, GRACE_NS, GRACE_NS, on_grace_over, j);
}

void
jobs_kill(struct jobs *j, int signum)
{
	for (struct job *job = j->running; job; job = job->next)
		if (job->spawn)
			spawn_kill(job->spawn, signum);
}
