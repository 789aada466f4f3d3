/* loop.c -- libuv's loop with our handles on it.
 *
 * None of our handles keeps the loop alive by itself: a script that calls
 * luv's uv.run() must come back when its own handles are done.  loop_run holds
 * a reference to the wake-up handle while it waits, which is enough.
 *
 * libuv frees nothing and closes later, so each handle of ours lives in a
 * struct watch of its own, which its close callback frees.  The loop keeps
 * them in a list to close what is left at the end.
 *
 * Descriptors are not watched by libuv, which makes six system calls for each,
 * but by an epoll set of our own, which libuv watches as one.
 */
#include "os/loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>
#include <uv.h>

#include "base/die.h"

#define MS_NS 1000000

enum { BATCH = 64 };             /* descriptors told of in one turn */

struct watch {
	union {
		uv_handle_t handle;
		uv_timer_t timer;
		uv_signal_t signal;
		uv_poll_t poll;
	} uv;
	struct loop *loop;
	struct watch *next, *prev;   /* in loop->watches */
	loop_fn fn;
	void *arg;
	void *owned;                 /* loop_timer_own; freed with the watch, or NULL */
};

/* The names callers know are a struct watch each. */
struct loop_timer { struct watch w; };

struct loop_poll {
	struct loop *loop;
	struct loop_poll *next, *prev;   /* in loop->polls */
	int fd;
	loop_fn fn;
	void *arg;
};

struct loop {
	uv_loop_t uv;
	uv_async_t wake;
	struct watch *watches;   /* owned; open ones */
	int set;                 /* epoll; -1: not made yet */
	struct watch *set_watch; /* in `watches` */
	struct loop_poll *polls; /* owned */
	struct epoll_event batch[BATCH];   /* being told of: [at] .. [nbatch - 1] */
	int at, nbatch;
};

static void
must(int status, const char *what)
{
	if (status != 0)
		die(36, "event loop: %s: %s", what, uv_strerror(status));
}

static void
on_wake(uv_async_t *handle)
{
	(void)handle;
}

struct loop *
loop_new(void)
{
	struct loop *l = mem_zalloc(sizeof(*l));

	must(uv_loop_init(&l->uv), "cannot start");
	must(uv_async_init(&l->uv, &l->wake, on_wake), "cannot make the wake-up");
	uv_unref((uv_handle_t *)&l->wake);
	l->set = -1;
	return l;
}

/* Handles of others (luv) are closed too; whoever owns their memory frees it
 * after this. */
static void
close_foreign(uv_handle_t *handle, void *arg)
{
	(void)arg;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

static void watch_close(struct watch *w);

void
loop_free(struct loop *l)
{
	if (!l)
		return;
	while (l->polls)
		loop_poll_stop(l->polls);
	while (l->watches)
		watch_close(l->watches);
	uv_walk(&l->uv, close_foreign, NULL);
	while (uv_loop_close(&l->uv) == UV_EBUSY)
		uv_run(&l->uv, UV_RUN_ONCE);
	if (l->set >= 0)
		close(l->set);
	mem_free(l);
}

void *
loop_uv(struct loop *l)
{
	return &l->uv;
}

void
loop_run(struct loop *l, bool block)
{
	uv_ref((uv_handle_t *)&l->wake);
	uv_run(&l->uv, block ? UV_RUN_ONCE : UV_RUN_NOWAIT);
	uv_unref((uv_handle_t *)&l->wake);
}

void
loop_wake(struct loop *l)
{
	uv_async_send(&l->wake);
}

static struct watch *
watch_new(struct loop *l, loop_fn fn, void *arg)
{
	struct watch *w = mem_zalloc(sizeof(*w));

	w->loop = l;
	w->fn = fn;
	w->arg = arg;
	w->next = l->watches;
	if (w->next)
		w->next->prev = w;
	l->watches = w;
	return w;
}

static void
watch_unlink(struct watch *w)
{
	if (w->prev)
		w->prev->next = w->next;
	else
		w->loop->watches = w->next;
	if (w->next)
		w->next->prev = w->prev;
}

static void
on_closed(uv_handle_t *handle)
{
	struct watch *w = handle->data;

	mem_free(w->owned);
	mem_free(w);
}

static void
watch_close(struct watch *w)
{
	watch_unlink(w);
	uv_close(&w->uv.handle, on_closed);
}

/* After uv_*_init: the handle knows its watch and keeps nothing alive. */
static void
watch_bind(struct watch *w)
{
	w->uv.handle.data = w;
	uv_unref(&w->uv.handle);
}

static void
on_timer(uv_timer_t *handle)
{
	struct watch *w = handle->data;

	w->fn(w->arg);
}

/* libuv counts in milliseconds; a wait is never shorter than asked for. */
static uint64_t
to_ms(int64_t ns)
{
	return ns > 0 ? ((uint64_t)ns + MS_NS - 1) / MS_NS : 0;
}

struct loop_timer *
loop_timer_start(struct loop *l, int64_t delay_ns, int64_t repeat_ns, loop_fn fn,
	void *arg)
{
	struct watch *w = watch_new(l, fn, arg);

	/* libuv's idea of now is as old as its last turn. */
	uv_update_time(&l->uv);
	must(uv_timer_init(&l->uv, &w->uv.timer), "cannot make a timer");
	watch_bind(w);
	must(uv_timer_start(&w->uv.timer, on_timer, to_ms(delay_ns), to_ms(repeat_ns)),
	    "cannot start a timer");
	return (struct loop_timer *)w;
}

void
loop_timer_stop(struct loop_timer *t)
{
	if (t)
		watch_close(&t->w);
}

void
loop_timer_own(struct loop_timer *t, void *memory)
{
	t->w.owned = memory;
}

static void
on_signal(uv_signal_t *handle, int signum)
{
	struct watch *w = handle->data;

	(void)signum;
	w->fn(w->arg);
}

static struct watch *
find_signal(struct loop *l, int signum)
{
	for (struct watch *w = l->watches; w; w = w->next)
		if (w->uv.handle.type == UV_SIGNAL && w->uv.signal.signum == signum)
			return w;
	return NULL;
}

void
loop_on_signal(struct loop *l, int signum, loop_fn fn, void *arg)
{
	struct watch *w = find_signal(l, signum);

	if (w && !fn)
		watch_close(w);
	if (w && fn) {
		w->fn = fn;
		w->arg = arg;
	}
	if (w || !fn)
		return;
	w = watch_new(l, fn, arg);
	must(uv_signal_init(&l->uv, &w->uv.signal), "cannot make a signal watch");
	watch_bind(w);
	must(uv_signal_start(&w->uv.signal, on_signal, signum), "cannot watch a signal");
}

/* ---- descriptors ---- */

static void
on_set(uv_poll_t *handle, int status, int events)
{
	struct loop *l = ((struct watch *)handle->data)->loop;

	(void)status;
	(void)events;
	l->nbatch = epoll_wait(l->set, l->batch, BATCH, 0);
	for (l->at = 0; l->at < l->nbatch; l->at++) {
		struct loop_poll *p = l->batch[l->at].data.ptr;
		if (p)
			p->fn(p->arg);
	}
	l->nbatch = 0;
}

static void
make_set(struct loop *l)
{
	struct watch *w;

	l->set = epoll_create1(EPOLL_CLOEXEC);
	if (l->set < 0)
		die(36, "event loop: cannot watch descriptors: %s", strerror(errno));
	w = l->set_watch = watch_new(l, NULL, NULL);
	must(uv_poll_init(&l->uv, &w->uv.poll, l->set), "cannot watch descriptors");
	watch_bind(w);
	must(uv_poll_start(&w->uv.poll, UV_READABLE, on_set), "cannot watch descriptors");
}

/* An error of the descriptor is told like readiness: the reader's next call finds
 * out what it is. */
struct loop_poll *
loop_poll_start(struct loop *l, int fd, loop_fn fn, void *arg)
{
	struct loop_poll *p = mem_zalloc(sizeof(*p));
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };

	if (l->set < 0)
		make_set(l);
	*p = (struct loop_poll){ .loop = l, .next = l->polls, .fd = fd, .fn = fn, .arg = arg };
	if (p->next)
		p->next->prev = p;
	l->polls = p;
	if (epoll_ctl(l->set, EPOLL_CTL_ADD, fd, &ev) != 0)
		die(36, "event loop: cannot watch a descriptor: %s", strerror(errno));
	return p;
}

void
loop_poll_stop(struct loop_poll *p)
{
	if (!p)
		return;
	struct loop *l = p->loop;
	epoll_ctl(l->set, EPOLL_CTL_DEL, p->fd, NULL);
	for (int i = l->at + 1; i < l->nbatch; i++)
		if (l->batch[i].data.ptr == p)
			l->batch[i].data.ptr = NULL;
	if (p->prev)
		p->prev->next = p->next;
	else
		l->polls = p->next;
	if (p->next)
		p->next->prev = p->prev;
	mem_free(p);
}
