/* host.h -- what node functions written in C know of the process they run in.
 *
 * One per engine, filled by main.c or the binding, constant while evaluators run.
 */
#ifndef SKY_EVAL_HOST_H
#define SKY_EVAL_HOST_H

#include "base/base.h"
#include "base/hash.h"

struct claims;            /* nodes/claims.h */

struct host {
	int root_fd;               /* directory of the workspace; -1: none */
	const char *root;          /* its absolute path, for people and for actions' cwd */
	const char *out_dir;       /* "sky-out" */
	const char *(*getenv)(const struct host *h, const char *name);  /* caller's environment */
	/* Digest of a shipped Lua file ("rules/cc.lua"), false when there is none. */
	bool (*builtin_digest)(const struct host *h, struct str name, struct digest *out);
	/* A number that differs in every process: names of temporary files. */
	uint64_t session;
	bool dry;                 /* nothing is run or written: actions say that they would */
	struct claims *claims;    /* who makes which output; NULL: not watched */
};

#endif
