/* action_headers.h -- what a command read, by its depfile: discovered inputs.
 *
 * Paths are normalised to workspace paths (absolute ones outside stay so),
 * sorted, each once; our own outputs, what lies in TMPDIR, and what is a strict
 * input anyway are left out.  A workspace path must be among what the action
 * may read: a generated header is then known through the action that makes it,
 * a source through FILE.
 */
#ifndef SKY_NODES_ACTION_HEADERS_H
#define SKY_NODES_ACTION_HEADERS_H

#include "nodes/action_key.h"

struct header {
	struct str path;
	uint32_t ask;                /* index in asks; INPUT_NOT_ASKED: generated */
	struct content content;
};

struct headers {
	struct header *v;            /* in the arena of the call */
	size_t n;
	struct asks asks;
	struct str undeclared;       /* the first such path; p NULL: none */
};

struct header_paths {
	struct str *v;
	size_t n;
};

/* Appends a path as a tool prints it in the form that FILE wants; false when there
 * is none. */
bool action_headers_path(const struct host *host, struct str raw, struct buf *out);

struct include_dir {
	struct str path;             /* of the workspace, or absolute */
	bool quote;                  /* for #include "..." only */
};

struct include_dirs {
	struct include_dir *v;       /* in the order of the search */
	size_t n;
};

/* Reads a depfile, and adds where the headers in it were looked for in vain
 * (action_lookups.h); the paths are in `arena`.  False: a->e. */
bool action_headers_parse(struct action *a, const struct action_inputs *in, struct str temp,
	struct str text, const struct include_dirs *dirs, struct arena *arena,
	struct header_paths *out);

void action_headers_init(struct headers *h);
void action_headers_fini(struct headers *h);
/* Looks each path up among the inputs.  False: h->undeclared. */
bool action_headers_place(struct action *a, const struct action_inputs *in,
	const struct header_paths *paths, struct headers *h);
/* After asks_get(&h->asks). */
void action_headers_fill(struct action *a, struct headers *h);

/* fp1, the headers, and the paths of all files that the action may read and that
 * are named like one of them give fp2: a header that comes or goes elsewhere on
 * the include path may hide the one that was read. */
struct digest action_headers_fingerprint(const struct headers *h,
	const struct action_inputs *in, struct digest fp1);
void action_headers_tags(const struct headers *h, struct tags *out);

/* The error for h->undeclared; returns false. */
bool action_headers_complain(struct action *a, const struct headers *h);

#endif
