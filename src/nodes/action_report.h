/* action_report.h -- what people and logs are told of an action. */
#ifndef SKY_NODES_ACTION_REPORT_H
#define SKY_NODES_ACTION_REPORT_H

#include "nodes/action.h"

struct action_report {
	const char *test;            /* a test's result, or NULL */
	bool failed, restored;       /* else it was executed */
	int exit_code, signal;
	bool timed_out;
	bool logged;                 /* all output is in the log already */
	int64_t wall_ns, max_rss;
	struct str reason, command, output;
};

/* {event = "start", ...}: shown while the command runs. */
struct value *action_report_start(const struct action *a, struct str command);
/* {event = "would_run", ...}: it would, were this no dry run. */
struct value *action_report_would(const struct action *a, struct str command,
	struct str reason);
/* {event = "action", ...}: it has run. */
struct value *action_report_done(const struct action *a, const struct action_report *r);
/* {event = "message", ...}: processes that it left behind were killed. */
struct value *action_report_left(const struct action *a, struct str names);
/* The error value of a failed action: a->e with label, mnemonic and, when a
 * command ran (r not NULL), exit, signal, command and output. */
struct value *action_report_error(struct action *a, const struct action_report *r);
/* Fills a->e: the command itself failed. */
void action_report_set_failure(struct action *a, const struct action_report *r);

/* "SIGSEGV", or "signal 40". */
struct str action_report_signal(int signum, char room[24]);

#endif
