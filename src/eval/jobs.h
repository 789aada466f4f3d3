/* jobs.h -- processes of actions: at most so many at once. */
#ifndef SKY_EVAL_JOBS_H
#define SKY_EVAL_JOBS_H

#include "eval/task.h"
#include "os/loop.h"

struct jobs;
typedef void (*jobs_fn)(void *arg, struct task *t);

struct jobs *jobs_new(struct loop *l, int root_fd, int limit, jobs_fn ended, void *arg);
void jobs_free(struct jobs *j);
bool jobs_free_slot(const struct jobs *j);
size_t jobs_running(const struct jobs *j);
/* Starts t->run; ended(arg, t) comes from the loop later, with its result
 * filled, also when it could not be started. */
void jobs_start(struct jobs *j, struct task *t);
/* Sends `signum` to all that run. */
void jobs_kill(struct jobs *j, int signum);

#endif
