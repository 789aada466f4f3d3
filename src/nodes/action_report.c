/* action_report.c -- events and errors as maps; fields in byte order. */
#include "nodes/action_report.h"

#include <signal.h>
#include <stdio.h>

static const struct {
	int signum;
	const char *name;
} SIGNALS[] = {
	{ SIGHUP, "SIGHUP" }, { SIGINT, "SIGINT" }, { SIGQUIT, "SIGQUIT" },
	{ SIGILL, "SIGILL" }, { SIGTRAP, "SIGTRAP" }, { SIGABRT, "SIGABRT" },
	{ SIGBUS, "SIGBUS" }, { SIGFPE, "SIGFPE" }, { SIGKILL, "SIGKILL" },
	{ SIGUSR1, "SIGUSR1" }, { SIGSEGV, "SIGSEGV" }, { SIGUSR2, "SIGUSR2" },
	{ SIGPIPE, "SIGPIPE" }, { SIGALRM, "SIGALRM" }, { SIGTERM, "SIGTERM" },
	{ SIGXCPU, "SIGXCPU" }, { SIGXFSZ, "SIGXFSZ" }, { SIGSYS, "SIGSYS" },
};

struct str
action_report_signal(int signum, char room[24])
{
	for (size_t i = 0; i < ARRAY_LEN(SIGNALS); i++)
		if (SIGNALS[i].signum == signum)
			return str_of(SIGNALS[i].name);
	snprintf(room, 24, "signal %d", signum);
	return str_of(room);
}

static void
put_str(struct vb *b, const char *name, struct str v)
{
	vb_str(b, str_of(name));
	vb_str(b, v);
}

static void
put_int(struct vb *b, const char *name, int64_t v)
{
	vb_str(b, str_of(name));
	vb_int(b, v);
}

struct value *
action_report_start(const struct action *a, struct str command)
{
	struct vb b;

	vb_init(&b);
	bool console = str_eq(a->pool, STR(ACTION_CONSOLE));
	vb_map(&b, 6u + console);
	put_str(&b, "command", command);
	put_str(&b, "config", a->config);
	if (console) {
		vb_str(&b, STR("console"));
		vb_bool(&b, true);
	}
	put_str(&b, "event", STR("start"));
	put_str(&b, "label", a->label);
	put_str(&b, "message", a->message);
	put_str(&b, "mnemonic", a->mnemonic);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

static void
put_outputs(struct vb *b, const struct action *a)
{
	vb_str(b, STR("outputs"));
	vb_list(b, a->noutputs);
	for (size_t i = 0; i < a->noutputs; i++)
		vb_str(b, a->outputs[i].path);
}

struct value *
action_report_would(const struct action *a, struct str command, struct str reason)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 8);
	put_str(&b, "command", command);
	put_str(&b, "config", a->config);
	put_str(&b, "event", STR("would_run"));
	put_str(&b, "label", a->label);
	put_str(&b, "message", a->message);
	put_str(&b, "mnemonic", a->mnemonic);
	put_outputs(&b, a);
	put_str(&b, "reason", reason);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
action_report_done(const struct action *a, const struct action_report *r)
{
	struct vb b;

	vb_init(&b);
	bool why = r->failed && a->e.msg;
	vb_map(&b, 14u + (r->signal != 0) + (r->test != NULL) + why + r->timed_out);
	put_str(&b, "command", r->command);
	put_str(&b, "config", a->config);
	if (why)
		put_str(&b, "error", str_of(a->e.msg));
	put_str(&b, "event", STR("action"));
	put_int(&b, "exit", r->exit_code);
	put_int(&b, "index", a->index);
	put_str(&b, "label", a->label);
	put_int(&b, "max_rss", r->max_rss);
	put_str(&b, "message", a->message);
	put_str(&b, "mnemonic", a->mnemonic);
	put_str(&b, "output", r->output);
	put_outputs(&b, a);
	put_str(&b, "reason", r->reason);
	if (r->signal != 0)
		put_int(&b, "signal", r->signal);
	put_str(&b, "status", r->failed ? STR("failed") :
	    r->restored ? STR("restored") : STR("executed"));
	if (r->test)
		put_str(&b, "test", str_of(r->test));
	if (r->timed_out) {
		vb_str(&b, STR("timed_out"));
		vb_bool(&b, true);
	}
	vb_str(&b, STR("wall"));
	vb_float(&b, (double)r->wall_ns / 1e9);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
action_report_left(const struct action *a, struct str names)
{
	struct vb b;

	vb_init(&b);
	vb_map(&b, 4);
	put_str(&b, "event", STR("message"));
	put_str(&b, "label", a->label);
	put_str(&b, "level", STR("warning"));
	vb_str(&b, STR("text"));
	struct buf text = BUF_INIT;
	buf_printf(&text, "its command ended and left processes behind, which were killed: %.*s",
	    STR_ARG(names));
	vb_str(&b, buf_str(&text));
	buf_fini(&text);
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

struct value *
action_report_error(struct action *a, const struct action_report *r)
{
	const struct err *e = &a->e;
	struct vb b;

	vb_init(&b);
	vb_map(&b, 4u + (e->hint != NULL) + e->transient +
	    (r ? 3u + (r->signal != 0) : 0u));
	put_str(&b, "code", str_of(e->code));
	if (r) {
		put_str(&b, "command", r->command);
		put_int(&b, "exit", r->exit_code);
	}
	if (e->hint)
		put_str(&b, "hint", str_of(e->hint));
	put_str(&b, "label", a->label);
	put_str(&b, "message", str_of(e->msg));
	put_str(&b, "mnemonic", a->mnemonic);
	if (r) {
		put_str(&b, "output", r->output);
		if (r->signal != 0)
			put_int(&b, "signal", r->signal);
	}
	if (e->transient) {
		vb_str(&b, STR("transient"));
		vb_bool(&b, true);
	}
	struct value *v = vb_finish(&b);
	vb_fini(&b);
	return v;
}

void
action_report_set_failure(struct action *a, const struct action_report *r)
{
	struct str what = a->message.n > 0 ? a->message : a->mnemonic;
	struct buf how = BUF_INIT;
	char room[24];

	if (r->timed_out) {
		buf_printf(&how, "timed out after %lld s", (long long)a->timeout_s);
	} else if (r->signal != 0) {
		struct str name = action_report_signal(r->signal, room);
		buf_printf(&how, "killed by %.*s", STR_ARG(name));
	} else {
		buf_printf(&how, "exit code %d", r->exit_code);
	}
	err_set(&a->e, ERR_ACTION, "%.*s: %.*s failed: %s", STR_ARG(a->label), STR_ARG(what),
	    how.p);
	if (r->signal == SIGKILL && !r->timed_out)
		err_hint(&a->e, "nobody here sent SIGKILL: perhaps the machine ran out of memory");
	a->e.transient = true;
	buf_fini(&how);
}
