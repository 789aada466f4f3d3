/* test_loop.c -- timers, wake-ups, signals, descriptors, and closing it all. */
#include <signal.h>
#include <unistd.h>

#include <uv.h>

#include "os/clock.h"
#include "os/loop.h"
#include "os/thread.h"
#include "test.h"

#define MS INT64_C(1000000)

static void
count(void *arg)
{
	++*(int *)arg;
}

static void
wait_for(struct loop *l, int *n, int want)
{
	int64_t end = clock_mono_ns() + 20000 * MS;

	while (*n < want && clock_mono_ns() < end)
		loop_run(l, true);
	T(*n >= want);
}

static void
timers(struct loop *l)
{
	int once = 0, often = 0;
	int64_t start = clock_mono_ns();
	struct loop_timer *a = loop_timer_start(l, 20 * MS, 0, count, &once);
	struct loop_timer *b = loop_timer_start(l, 0, 5 * MS, count, &often);

	wait_for(l, &once, 1);
	T(clock_mono_ns() - start >= 19 * MS);
	wait_for(l, &often, 5);
	T(once == 1);
	loop_timer_stop(a);
	loop_timer_stop(b);
	loop_timer_stop(NULL);
	often = 0;
	usleep(12000);
	loop_run(l, false);
	T(often == 0 && once == 1);
	/* The loop's clock is old after a long computation; the delay is not. */
	usleep(60000);
	start = clock_mono_ns();
	a = loop_timer_start(l, 40 * MS, 0, count, &once);
	wait_for(l, &once, 2);
	T(clock_mono_ns() - start >= 39 * MS);
	loop_timer_stop(a);
	/* A part of a millisecond is a whole one, not none. */
	start = clock_mono_ns();
	a = loop_timer_start(l, MS + 1, 0, count, &once);
	wait_for(l, &once, 3);
	T(clock_mono_ns() - start >= MS);
	loop_timer_stop(a);
}

struct suicide { struct loop_timer *timer; int n; };

static void
stop_myself(void *arg)
{
	struct suicide *s = arg;

	s->n++;
	loop_timer_stop(s->timer);
}

static void
stopping_inside(struct loop *l)
{
	struct suicide s = { NULL, 0 };

	s.timer = loop_timer_start(l, MS, MS, stop_myself, &s);
	wait_for(l, &s.n, 1);
	usleep(5000);
	loop_run(l, false);
	loop_run(l, false);
	T(s.n == 1);
}

static void
wake_later(void *arg)
{
	usleep(30000);
	loop_wake(arg);
}

static void
wakes(struct loop *l)
{
	int64_t start = clock_mono_ns();
	struct thread t;

	thread_start(&t, wake_later, l);
	loop_run(l, true);
	T(clock_mono_ns() - start >= 25 * MS && clock_mono_ns() - start < 15000 * MS);
	thread_join(&t);
	loop_wake(l);
	loop_wake(l);
	loop_run(l, true);   /* a wake-up that came before is not lost */
	start = clock_mono_ns();
	loop_run(l, false);
	T(clock_mono_ns() - start < 5000 * MS);
}

struct traffic { struct loop *l; struct mutex lock; int sent; };

static void
send_many(void *arg)
{
	struct traffic *t = arg;

	for (int i = 0; i < 5000; i++) {
		mutex_lock(&t->lock);
		t->sent++;
		mutex_unlock(&t->lock);
		loop_wake(t->l);
	}
}

/* No message of many threads is slept over. */
static void
many_wakes(struct loop *l)
{
	struct traffic t = { .l = l };
	struct thread threads[3];
	int got = 0;

	mutex_init(&t.lock);
	for (int i = 0; i < 3; i++)
		thread_start(&threads[i], send_many, &t);
	while (got < 15000) {
		loop_run(l, true);
		mutex_lock(&t.lock);
		got += t.sent;
		t.sent = 0;
		mutex_unlock(&t.lock);
	}
	for (int i = 0; i < 3; i++)
		thread_join(&threads[i]);
	T(got == 15000);
	mutex_fini(&t.lock);
}

static void
signals(struct loop *l)
{
	int a = 0, b = 0;

	loop_on_signal(l, SIGUSR1, count, &a);
	T(kill(getpid(), SIGUSR1) == 0);
	wait_for(l, &a, 1);
	loop_on_signal(l, SIGUSR1, count, &b);
	T(kill(getpid(), SIGUSR1) == 0);
	wait_for(l, &b, 1);
	T(a == 1);
	loop_on_signal(l, SIGUSR1, NULL, NULL);
	loop_on_signal(l, SIGUSR1, NULL, NULL);
	struct sigaction act;
	T(sigaction(SIGUSR1, NULL, &act) == 0 && act.sa_handler == SIG_DFL);
}

struct reader { int fd, bytes, ends; struct loop_poll *poll; };

static void
read_it(void *arg)
{
	struct reader *r = arg;
	char room[100];
	ssize_t n = read(r->fd, room, sizeof(room));

	if (n > 0)
		r->bytes += (int)n;
	if (n != 0)
		return;
	loop_poll_stop(r->poll);
	r->ends++;
}

static void
polls(struct loop *l)
{
	struct reader r = { .fd = -1 };
	int ends[2];

	T(pipe(ends) == 0);
	r.fd = ends[0];
	r.poll = loop_poll_start(l, ends[0], read_it, &r);
	loop_run(l, false);
	T(r.bytes == 0);
	T(write(ends[1], "hello", 5) == 5);
	wait_for(l, &r.bytes, 5);
	close(ends[1]);
	wait_for(l, &r.ends, 1);
	close(ends[0]);
	loop_poll_stop(NULL);
}

/* Nothing of ours keeps a script's uv.run() from coming back. */
static void
others(struct loop *l)
{
	static uv_timer_t foreign;
	int n = 0, ends[2];

	T(pipe(ends) == 0);
	loop_timer_start(l, 3600 * 1000 * MS, 0, count, &n);
	loop_poll_start(l, ends[0], count, &n);
	loop_on_signal(l, SIGUSR2, count, &n);
	T(uv_run(loop_uv(l), UV_RUN_DEFAULT) == 0);
	T(uv_timer_init(loop_uv(l), &foreign) == 0);
	loop_free(l);   /* closes all four */
	T(n == 0 && uv_is_closing((uv_handle_t *)&foreign));
	close(ends[0]);
	close(ends[1]);
}

int
main(void)
{
	struct loop *l = loop_new();

	timers(l);
	stopping_inside(l);
	wakes(l);
	many_wakes(l);
	signals(l);
	polls(l);
	others(l);
	loop_free(NULL);
	return test_end();
}
