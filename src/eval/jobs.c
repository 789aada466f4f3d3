/* jobs.c -- processes of actions. */
#include "eval/jobs.h"

#include "base/die.h"
#include "os/spawn.h"

enum { OUTPUT_LIMIT = 4 << 20 };

struct job {
	struct job *next, *prev;
	struct jobs *jobs;
	struct task *task;
	struct spawn *spawn;
	struct loop_timer *failed;      /* could not be started: told from the loop */
};

struct jobs {
	struct loop *loop;
	int root_fd, limit;
	jobs_fn ended;
	void *arg;
	struct job *running;
	size_t nrunning;
};

struct jobs *
jobs_new(struct loop *l, int root_fd, int limit, jobs_fn ended, void *arg)
{
	struct jobs *j = mem_zalloc(sizeof(*j));

	j->loop = l;
	j->root_fd = root_fd;
	j->limit = limit;
	j->ended = ended;
	j->arg = arg;
	return j;
}

void
jobs_free(struct jobs *j)
{
	CHECK(j->nrunning == 0);
	mem_free(j);
}

bool
jobs_free_slot(const struct jobs *j)
{
	return j->nrunning < (size_t)j->limit;
}

size_t
jobs_running(const struct jobs *j)
{
	return j->nrunning;
}

static void
end(struct job *job)
{
	struct jobs *j = job->jobs;
	struct task *t = job->task;

	if (job->next)
		job->next->prev = job->prev;
	if (job->prev)
		job->prev->next = job->next;
	else
		j->running = job->next;
	j->nrunning--;
	mem_free(job);
	j->ended(j->arg, t);
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
	out->wall_ns = r->wall_ns;
	out->user_ns = r->user_ns;
	out->system_ns = r->system_ns;
	out->max_rss = r->max_rss;
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

void
jobs_start(struct jobs *j, struct task *t)
{
	struct job *job = mem_zalloc(sizeof(*job));
	struct spawn_request req = {
		.argv = t->run->request.argv, .env = t->run->request.env,
		.path = t->run->request.path, .dir_fd = j->root_fd,
		.timeout_ns = t->run->request.timeout_ns,
		.output_limit = OUTPUT_LIMIT,
	};

	job->jobs = j;
	job->task = t;
	job->next = j->running;
	if (j->running)
		j->running->prev = job;
	j->running = job;
	j->nrunning++;
	if (!spawn_start(j->loop, &req, done, job, &job->spawn, &t->run->result.err))
		job->failed = loop_timer_start(j->loop, 0, 0, not_started, job);
}

void
jobs_kill(struct jobs *j, int signum)
{
	for (struct job *job = j->running; job; job = job->next)
		if (job->spawn)
			spawn_kill(job->spawn, signum);
}
