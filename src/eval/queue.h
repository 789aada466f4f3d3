/* queue.h -- processes that wait to be started: the most urgent first, of each pool
 * no more than so many at once.
 *
 * Pure data: the same calls give the same order.  Of two that are equally urgent
 * the one that came first is first.  Those that needed much memory the last time
 * stand apart, so that one that does not fit now holds up no others.
 */
#ifndef SKY_EVAL_QUEUE_H
#define SKY_EVAL_QUEUE_H

#include "eval/task.h"

/* From this on, what a process needed the last time is asked for beforehand. */
#define QUEUE_HEAVY_KIB 32768

struct queue;
/* May a process that needs so much memory (KiB) be started now? */
typedef bool (*queue_fits_fn)(void *arg, int64_t memory_kib);

struct queue *queue_new(void);
void queue_free(struct queue *q);
void queue_add(struct queue *q, struct task *t);
/* The task that is to be started next; NULL: none may.  It stays in the queue. */
struct task *queue_first(struct queue *q, queue_fits_fn fits, void *arg);
/* Takes out what queue_first gave last; from now on it counts in its pool. */
void queue_start(struct queue *q);
/* A started task has ended: its place in its pool is free. */
void queue_ended(struct queue *q, const struct task *t);
size_t queue_size(const struct queue *q);
/* Takes out all, in no particular order, linked by `next`. */
struct task *queue_clear(struct queue *q);

#endif
