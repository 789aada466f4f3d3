/* thread.h -- threads, mutexes, conditions.  The only file with <pthread.h>. */
#ifndef SKY_OS_THREAD_H
#define SKY_OS_THREAD_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct mutex { pthread_mutex_t m; };
struct cond { pthread_cond_t c; };
struct thread { pthread_t t; };

void mutex_init(struct mutex *m);
void mutex_fini(struct mutex *m);
void mutex_lock(struct mutex *m);
void mutex_unlock(struct mutex *m);

void cond_init(struct cond *c);
void cond_fini(struct cond *c);
void cond_wait(struct cond *c, struct mutex *m);
/* False when `timeout_ns` passed first. */
bool cond_wait_for(struct cond *c, struct mutex *m, int64_t timeout_ns);
void cond_signal(struct cond *c);
void cond_broadcast(struct cond *c);

/* Starts fn(arg) with a stack of 1 MiB and all signals but the nudge blocked; dies
 * (36) when the system has no thread left. */
void thread_start(struct thread *t, void (*fn)(void *arg), void *arg);
void thread_join(struct thread *t);
struct thread thread_self(void);
/* Calls `fn` in that thread, in a signal handler; system calls go on. */
void thread_nudge(struct thread t);
void thread_on_nudge(void (*fn)(void));     /* one function for the process */
int thread_cpu_count(void);    /* CPUs this process may use, at least 1 */

#endif
