/* action_depfile.h -- reading what compilers write with -MD. */
#ifndef SKY_NODES_ACTION_DEPFILE_H
#define SKY_NODES_ACTION_DEPFILE_H

#include "base/err.h"

/* A path that some target depends on; valid during the call. */
typedef void (*depfile_fn)(void *arg, struct str path);

/* Calls fn for every prerequisite, in order, with escapes undone; targets, and
 * rules without prerequisites (-MP), are passed over.  False with ERR_DEPFILE
 * and the line when the text is no depfile; fn may have been called by then. */
bool depfile_parse(struct str text, depfile_fn fn, void *arg, struct err *e);

#endif
