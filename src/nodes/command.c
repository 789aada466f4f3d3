/* command.c -- node function COMMAND: the words of an action's command, for people
 * and other tools.  {label, configuration, index} -> {text} or {words}; nothing
 * is run, and what would go into a parameter file stands in its place. */
#include "nodes/action.h"
#include "nodes/action_args.h"
#include "nodes/action_make.h"
#include "nodes/action_report.h"
#include "nodes/fns.h"

static void
count_word(void *arg, enum args_event event, struct str text)
{
	(void)text;
	*(size_t *)arg += event == ARGS_WORD;
}

static void
put_word(void *arg, enum args_event event, struct str text)
{
	if (event == ARGS_WORD)
		vb_str(arg, text);
}

/* False: a->e. */
static bool
build(struct action *a, struct vb *b)
{
	struct vr argv;
	size_t n = 0;

	vb_map(b, 1);
	if (a->kind != ACTION_RUN && a->kind != ACTION_TEST) {
		vb_str(b, STR("text"));
		vb_str(b, action_make_command(a));
		return true;
	}
	if (!vr_field(&a->record, "argv", &argv))
		return err_set(&a->e, ERR_FUNCTION, "action %lld of %.*s has no argv",
		    (long long)a->index, STR_ARG(a->label));
	if (!action_args_walk(argv, count_word, &n, &a->e))
		return false;
	vb_str(b, STR("words"));
	vb_list(b, n);
	return action_args_walk(argv, put_word, b, &a->e);
}

static enum fn_result
compute(struct env *env, const struct key *key)
{
	struct vr place = { 0 };
	struct action a;
	struct vb b;

	vb_init(&b);
	enum fn_result r = action_open(&a, env, key, &place);
	if (r == FN_DONE && build(&a, &b))
		r = env_done(env, vb_finish(&b));
	else if (r != FN_WAIT)
		r = env_fail_value(env, action_report_error(&a, NULL));
	vb_fini(&b);
	action_fini(&a);
	return r;
}

const struct node_fn node_command = {
	.name = "COMMAND",
	.version = 1,
	.flags = FN_UNSTORED,
	.compute = compute,
};
