/* loop.h -- the owner thread's event loop (libuv): wake-ups, timers, signals.
 *
 * One loop per process, on the owner thread; luv runs on the same uv_loop_t.
 * Only loop_wake may be called from other threads.  Nothing started here keeps
 * uv_run of others (luv) alive.
 */
#ifndef SKY_OS_LOOP_H
#define SKY_OS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;
struct loop_timer;
struct loop_poll;
typedef void (*loop_fn)(void *arg);

struct loop *loop_new(void);
void loop_free(struct loop *l);       /* closes what is left open */
void *loop_uv(struct loop *l);        /* the uv_loop_t, for luv */

/* Runs callbacks that are due; with `block`, waits for one or for loop_wake. */
void loop_run(struct loop *l, bool block);
void loop_wake(struct loop *l);       /* any thread */

/* A one-shot timer must be stopped (freed) after it fired as well. */
struct loop_timer *loop_timer_start(struct loop *l, int64_t delay_ns,
	int64_t repeat_ns, loop_fn fn, void *arg);
void loop_timer_stop(struct loop_timer *t);   /* frees it; NULL is fine */
/* `memory` (mem_*) goes with the timer, also when that ends with the loop. */
void loop_timer_own(struct loop_timer *t, void *memory);

/* fn(arg) whenever `fd` (made non-blocking) is readable or at its end, until
 * stopped.  Stop before closing the descriptor. */
struct loop_poll *loop_poll_start(struct loop *l, int fd, loop_fn fn, void *arg);
void loop_poll_stop(struct loop_poll *p);     /* frees it; NULL is fine */

/* fn(arg) at each arrival of `signum`, on the owner thread; NULL stops. */
void loop_on_signal(struct loop *l, int signum, loop_fn fn, void *arg);

#endif
