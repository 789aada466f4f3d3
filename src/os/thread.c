/* thread.c -- POSIX threads, whose failures here are bugs or a dead machine.
 *
 * Signals belong to the owner thread: a thread is made with all of them
 * blocked, so that the kernel delivers them where the loop waits; but for the one
 * that is meant for a single thread.
 */
#include "os/thread.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/die.h"

#define STACK_SIZE ((size_t)1 << 20)
#define NUDGE SIGURG               /* nobody here uses it; ignored by default */
#define SECOND_NS 1000000000

struct start {
	void (*fn)(void *arg);
	void *arg;
};

void
mutex_init(struct mutex *m)
{
	CHECK(pthread_mutex_init(&m->m, NULL) == 0);
}

void
mutex_fini(struct mutex *m)
{
	CHECK(pthread_mutex_destroy(&m->m) == 0);
}

void
mutex_lock(struct mutex *m)
{
	CHECK(pthread_mutex_lock(&m->m) == 0);
}

void
mutex_unlock(struct mutex *m)
{
	CHECK(pthread_mutex_unlock(&m->m) == 0);
}

/* Timeouts are durations, so the condition counts on the clock that nobody
 * sets. */
void
cond_init(struct cond *c)
{
	pthread_condattr_t attr;

	CHECK(pthread_condattr_init(&attr) == 0);
	CHECK(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&c->c, &attr) == 0);
	pthread_condattr_destroy(&attr);
}

void
cond_fini(struct cond *c)
{
	CHECK(pthread_cond_destroy(&c->c) == 0);
}

void
cond_wait(struct cond *c, struct mutex *m)
{
	CHECK(pthread_cond_wait(&c->c, &m->m) == 0);
}

bool
cond_wait_for(struct cond *c, struct mutex *m, int64_t timeout_ns)
{
	struct timespec until;
	int64_t ns = timeout_ns > 0 ? timeout_ns : 0;
	int err;

	CHECK(clock_gettime(CLOCK_MONOTONIC, &until) == 0);
	ns += until.tv_nsec;
	until.tv_sec += (time_t)(ns / SECOND_NS);
	until.tv_nsec = (long)(ns % SECOND_NS);
	err = pthread_cond_timedwait(&c->c, &m->m, &until);
	CHECK(err == 0 || err == ETIMEDOUT);
	return err == 0;
}

void
cond_signal(struct cond *c)
{
	CHECK(pthread_cond_signal(&c->c) == 0);
}

void
cond_broadcast(struct cond *c)
{
	CHECK(pthread_cond_broadcast(&c->c) == 0);
}

static void *
run(void *arg)
{
	struct start s = *(struct start *)arg;

	mem_free(arg);
	s.fn(s.arg);
	return NULL;
}

void
thread_start(struct thread *t, void (*fn)(void *arg), void *arg)
{
	struct start *s = mem_alloc(sizeof(*s));
	pthread_attr_t attr;
	sigset_t all, before;
	int err;

	*s = (struct start){ fn, arg };
	CHECK(pthread_attr_init(&attr) == 0);
	CHECK(pthread_attr_setstacksize(&attr, STACK_SIZE) == 0);
	sigfillset(&all);
	sigdelset(&all, NUDGE);
	CHECK(pthread_sigmask(SIG_BLOCK, &all, &before) == 0);
	err = pthread_create(&t->t, &attr, run, s);
	CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
	pthread_attr_destroy(&attr);
	if (err)
		die(36, "cannot start a thread: %s", strerror(err));
}

void
thread_join(struct thread *t)
{
	CHECK(pthread_join(t->t, NULL) == 0);
}

struct thread
thread_self(void)
{
	return (struct thread){ pthread_self() };
}

void
thread_nudge(struct thread t)
{
	CHECK(pthread_kill(t.t, NUDGE) == 0);
}

static void (*_Atomic nudged)(void);

static void
on_nudge(int signum)
{
	int saved = errno;

	(void)signum;
	atomic_load(&nudged)();
	errno = saved;
}

void
thread_on_nudge(void (*fn)(void))
{
	struct sigaction sa = { .sa_handler = on_nudge, .sa_flags = SA_RESTART };

	if (atomic_exchange(&nudged, fn) == fn)
		return;
	CHECK(sigaction(NUDGE, &sa, NULL) == 0);
}

/* The kernel's mask may be wider than cpu_set_t; it says so with EINVAL. */
int
thread_cpu_count(void)
{
	for (size_t ncpus = 1024; ncpus <= 1024 * 64; ncpus *= 2) {
		size_t size = CPU_ALLOC_SIZE(ncpus);
		cpu_set_t *set = CPU_ALLOC(ncpus);
		if (!set)
			return 1;
		int err = sched_getaffinity(0, size, set) == 0 ? 0 : errno;
		int n = err == 0 ? CPU_COUNT_S(size, set) : 0;
		CPU_FREE(set);
		if (err != EINVAL)
			return n > 0 ? n : 1;
	}
	return 1;
}
