/* jobs.h -- processes of actions: which are started, and when.
 *
 * At most so many run at once, and no more than their pools, the memory of the
 * machine and a jobserver allow.  When the system has no room for one more
 * process, fewer run from then on.  Something always runs while something waits.
 */
#ifndef SKY_EVAL_JOBS_H
#define SKY_EVAL_JOBS_H

#include "eval/eval.h"
#include "os/jobserver.h"
#include "os/loop.h"

struct jobs;

struct jobs_config {
	struct loop *loop;
	int root_fd;
	int limit;                     /* at least 1 */
	struct jobserver *jobserver;   /* borrowed: we are its client; NULL: of none */
	void *arg;
	/* From the loop or from jobs_start: the result is filled, also when the
	 * process could not be started. */
	void (*ended)(void *arg, struct task *t);
	/* What people are to be told: a process starts, or fewer run at once. */
	void (*event)(void *event_arg, const struct key *key, const struct value *v);
	void *event_arg;
};

struct jobs *jobs_new(const struct jobs_config *c);
void jobs_free(struct jobs *j);
size_t jobs_running(const struct jobs *j);
size_t jobs_waiting(const struct jobs *j);
/* Takes over the processes that the evaluator wants; when it is stopping, those that
 * wait are forgotten. */
void jobs_collect(struct jobs *j, struct eval *e);
/* Starts what may be started now; false: nothing. */
bool jobs_start(struct jobs *j);
/* From now on (until it is called with NULL) what waits is not started but ended
 * with this error.  `why` is static. */
void jobs_give_up(struct jobs *j, const char *why);
/* Asks all that run to end (SIGTERM); after a grace they are killed. */
void jobs_stop(struct jobs *j);
/* Sends `signum` to all that run. */
void jobs_kill(struct jobs *j, int signum);

#endif
