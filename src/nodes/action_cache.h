/* action_cache.h -- an action and the local cache.
 *
 * What an action made is kept by its second fingerprint, which needs the headers
 * that a command read to be known.  So by the first one is kept which sets of
 * headers commands with it have read: each is tried.
 *
 *   first fingerprint -> list of sets, the last used first (tags_put, no hashes)
 *   second fingerprint -> {max_rss, text, trees, value, wall}
 *
 * `value` is the action's; trees (cached_tree.h) are its outputs, none for what is
 * made without a command, which costs no more than to copy it.  Only what ended
 * well is kept; of tests, those that passed.
 */
#ifndef SKY_NODES_ACTION_CACHE_H
#define SKY_NODES_ACTION_CACHE_H

#include "nodes/action_job.h"
#include "nodes/action_outputs.h"

/* FN_DONE: the result was there, and was given.  FN_WAIT: when j->past->missed it is
 * not there; else something is missing. */
enum fn_result action_cache_restore(struct action_job *j);

/* Keeps the value of an action that has just ended well, after its stamp was made.
 * `made` is NULL for tests. */
void action_cache_keep(struct action_job *j, const struct action_report *r,
	const struct made *made, const struct value *v);

#endif
