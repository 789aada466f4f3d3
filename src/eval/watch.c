/* watch.c -- a thread that waits. */
#include "eval/watch.h"

#include "base/die.h"
#include "os/clock.h"
#include "os/thread.h"

struct watch {
	struct thread thread;
	struct mutex lock;             /* guards stop */
	struct cond stopped;
	bool stop;
	int64_t until;
	void (*fn)(void *arg);
	void *arg;
};

static void
wait(void *arg)
{
	struct watch *w = arg;
	int64_t left;

	mutex_lock(&w->lock);
	while (!w->stop && (left = w->until - clock_mono_ns()) > 0)
		cond_wait_for(&w->stopped, &w->lock, left);
	bool stop = w->stop;
	mutex_unlock(&w->lock);
	if (!stop)
		w->fn(w->arg);
}

struct watch *
watch_start(int64_t timeout_ns, void (*fn)(void *arg), void *arg)
{
	struct watch *w = mem_zalloc(sizeof(*w));

	w->until = clock_mono_ns() + timeout_ns;
	w->fn = fn;
	w->arg = arg;
	mutex_init(&w->lock);
	cond_init(&w->stopped);
	thread_start(&w->thread, wait, w);
	return w;
}

void
watch_stop(struct watch *w)
{
	if (!w)
		return;
	mutex_lock(&w->lock);
	w->stop = true;
	cond_signal(&w->stopped);
	mutex_unlock(&w->lock);
	thread_join(&w->thread);
	cond_fini(&w->stopped);
	mutex_fini(&w->lock);
	mem_free(w);
}
