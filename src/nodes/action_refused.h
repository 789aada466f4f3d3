/* action_refused.h -- did a command fail because of the sandbox, and at which file?
 *
 * The kernel tells the tool only, as EACCES; so the tool's own words are read for
 * paths that are there and not granted, or that were to be made where nothing may
 * be written.
 */
#ifndef SKY_NODES_ACTION_REFUSED_H
#define SKY_NODES_ACTION_REFUSED_H

#include "nodes/action_job.h"

enum refusal {
	REFUSED_NO,              /* nothing in the words speaks of it */
	REFUSED_UNKNOWN,         /* something was refused, but which file is not said */
	REFUSED_EXPLAINED        /* a->e has the error: file, target, attribute */
};

enum refusal action_refused(struct action_job *j, struct str output);

#endif
