/* test_thread.c -- mutex, condition, signals, CPUs. */
#include <signal.h>
#include <unistd.h>

#include "os/clock.h"
#include "os/thread.h"
#include "test.h"

#define THREADS 4
#define ROUNDS 20000

struct counter {
	struct mutex lock;
	struct cond changed;
	int value, waiting, done;
};

static void
add(void *arg)
{
	struct counter *c = arg;

	for (int i = 0; i < ROUNDS; i++) {
		mutex_lock(&c->lock);
		c->value++;
		mutex_unlock(&c->lock);
	}
}

static void
wait_for_go(void *arg)
{
	struct counter *c = arg;

	mutex_lock(&c->lock);
	c->waiting++;
	cond_broadcast(&c->changed);
	while (c->value == 0)
		cond_wait(&c->changed, &c->lock);
	c->done++;
	mutex_unlock(&c->lock);
}

static void
ask_mask(void *arg)
{
	pthread_sigmask(SIG_SETMASK, NULL, arg);
}

/* Thread-local storage lies on the stack too, and a sanitizer's is large: only
 * a part of the size can be used in every build. */
static void
use_stack(void *arg)
{
	volatile char room[200 << 10];
	pthread_attr_t attr;
	size_t size = 0;

	for (size_t i = 0; i < sizeof(room); i += 512)
		room[i] = 1;
	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		pthread_attr_getstacksize(&attr, &size);
		pthread_attr_destroy(&attr);
	}
	*(bool *)arg = room[0] == 1 && size >= 1u << 20;
}

static void
counting(struct counter *c)
{
	struct thread t[THREADS];

	for (int i = 0; i < THREADS; i++)
		thread_start(&t[i], add, c);
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	T(c->value == THREADS * ROUNDS);
}

static void
waiting(struct counter *c)
{
	struct thread t[THREADS];

	c->value = 0;
	for (int i = 0; i < THREADS; i++)
		thread_start(&t[i], wait_for_go, c);
	mutex_lock(&c->lock);
	while (c->waiting < THREADS)
		cond_wait(&c->changed, &c->lock);
	T(c->done == 0);
	c->value = 1;
	cond_broadcast(&c->changed);
	mutex_unlock(&c->lock);
	for (int i = 0; i < THREADS; i++)
		thread_join(&t[i]);
	T(c->done == THREADS);
}

static void
timeouts(struct counter *c)
{
	int64_t before = clock_mono_ns(), took;
	struct thread t;

	mutex_lock(&c->lock);
	while (cond_wait_for(&c->changed, &c->lock, 30000000))
		;
	took = clock_mono_ns() - before;
	T(took >= 30000000 && took < INT64_C(5000000000));
	while (cond_wait_for(&c->changed, &c->lock, -5))
		;
	c->value = c->waiting = 0;
	thread_start(&t, wait_for_go, c);
	bool woken = true;
	while (woken && c->waiting == 0)
		woken = cond_wait_for(&c->changed, &c->lock, INT64_C(20000000000));
	T(woken);
	c->value = 1;
	cond_signal(&c->changed);
	mutex_unlock(&c->lock);
	thread_join(&t);
}

int
main(void)
{
	struct counter c = { .value = 0 };
	struct thread t;
	sigset_t mask, mine;
	bool used = false;

	mutex_init(&c.lock);
	cond_init(&c.changed);
	counting(&c);
	waiting(&c);
	timeouts(&c);
	mutex_fini(&c.lock);
	cond_fini(&c.changed);
	sigemptyset(&mask);
	thread_start(&t, ask_mask, &mask);
	thread_join(&t);
	pthread_sigmask(SIG_SETMASK, NULL, &mine);
	T(sigismember(&mask, SIGINT) && sigismember(&mask, SIGCHLD) && sigismember(&mask, SIGTERM));
	T(!sigismember(&mine, SIGINT));
	thread_start(&t, use_stack, &used);
	thread_join(&t);
	T(used);
	T(thread_cpu_count() >= 1 && thread_cpu_count() <= sysconf(_SC_NPROCESSORS_CONF));
	return test_end();
}
