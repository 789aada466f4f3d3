/* host.h -- what node functions written in C know of the process they run in.
 *
 * One per engine, filled by main.c or the binding, constant while evaluators run.
 */
#ifndef SKY_EVAL_HOST_H
#define SKY_EVAL_HOST_H

#include "base/base.h"
#include "base/hash.h"

struct cache;             /* store/cache.h */
struct claims;            /* nodes/claims.h */
struct places;            /* nodes/places.h */
struct steady;            /* nodes/steady.h */
struct settled;           /* eval/scan.h */
struct value;

/* The local cache, for any thread; store/cache.h says what each does. */
struct host_cache {
	struct cache *c;
	struct value *(*get)(struct cache *c, struct digest key);
	void (*put)(struct cache *c, struct digest key, const struct value *v);
	bool (*fetch)(struct cache *c, struct digest blob, int dir, const char *to,
		bool executable);
	bool (*keep)(struct cache *c, struct digest blob, uint64_t size, int dir,
		const char *from);
};
struct sandbox;           /* os/sandbox.h */

struct host {
	int root_fd;               /* directory of the workspace; -1: none */
	const char *root;          /* its absolute path, for people and for actions' cwd */
	const char *out_dir;       /* "sky-out" */
	const char *(*getenv)(const struct host *h, const char *name);  /* caller's environment */
	/* Digest of a shipped Lua file ("rules/cc.lua"), false when there is none. */
	bool (*builtin_digest)(const struct host *h, struct str name, struct digest *out);
	/* A number that differs in every process: names of temporary files. */
	uint64_t session;
	bool no_starts;           /* nobody wants to hear of each command that starts */
	bool rerun;               /* tests run, whatever is known of them */
	bool twice;               /* what is run is run again and must make the same */
	/* Both clocks before the first look at a file; 0: looks may be of any age. */
	int64_t began_wall_ns, began_mono_ns;
	bool dry;                 /* nothing is run or written: actions say that they would */
	const struct sandbox *sandbox;   /* actions run in it; NULL: they are free */
	struct claims *claims;    /* who makes which output; NULL: not watched */
	const struct host_cache *cache;   /* NULL: none */
	struct places *places;    /* of actions in long records; NULL: none are noted */
	struct steady *steady;    /* inputs that were compared; NULL: each time anew */
	/* Nodes that were found right at the start without being looked at one by one;
	 * grows between evaluations only.  NULL: none. */
	const struct settled *settled;
};

#endif
