/* launch.h -- from a request to a running process: the part of spawn.h that
 * happens once, before and in the child.
 */
#ifndef SKY_OS_LAUNCH_H
#define SKY_OS_LAUNCH_H

#include "base/base.h"
#include "base/err.h"

struct spawn_request;

struct launched {
	int pid;
	int pidfd;     /* the caller closes it */
	int output;    /* reading end of the pipe, non-blocking; the caller closes it;
	                  -1: none (console) */
};

/* False with the reason when nothing started. */
bool launch(const struct spawn_request *req, struct launched *out, struct err *e);

#endif
