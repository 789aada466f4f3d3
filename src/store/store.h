/* store.h -- the graph on disk: loaded at start, extended while it changes.
 *
 * DIR/graph.log (store/format.h) holds every good result.  Contract: kill -9 at
 * any point loses at most what was not flushed; all that is read is covered by a
 * checksum and checked before it is used; a damaged store costs recomputation,
 * never a crash and never a wrong result.  One writer at a time: the caller
 * holds a lock (os/lock.h).  Owner thread only.
 */
#ifndef SKY_STORE_STORE_H
#define SKY_STORE_STORE_H

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "graph/graph.h"

struct store;

enum {
	STORE_FN_UNSTORED = 1,    /* never write nodes of it, nor nodes that use one */
	STORE_FN_SESSION = 2,     /* loaded nodes get NODE_UNVERIFIED */
	STORE_FN_KEPT = 8,        /* what is expensive to find again: when it fails, the last
	                             good result is loaded all the same, as CHANGED */
	STORE_FN_RERUN = 4        /* another version makes the same kind of values: nodes
	                             of it are loaded as CHANGED with them, so that equal
	                             values still prune */
};

/* What this process knows of a function; all others are unknown: their nodes are
 * neither loaded nor written. */
struct store_fn {
	const char *name;         /* borrowed for the call */
	uint64_t version;         /* another one than stored: not loaded (but see RERUN) */
	unsigned flags;
};

struct store_stats {
	uint64_t bytes;           /* of the log, with what is buffered */
	uint64_t records;         /* behind the snapshot */
};

/* ---- life ---- */

/* Opens or makes path/graph.log below `dir` (and the directories to it) and
 * loads it into `g`, which must be empty.  Then
 *
 *   - loaded nodes are DONE and not published, most of them cold (graph/cold.h);
 *     NODE_UNVERIFIED for functions with STORE_FN_SESSION; g->version is the
 *     highest version in the log;
 *   - a node that is behind (a dependency changed after it was last verified: a
 *     build was killed between the two) is CHANGED, and what depends on it DIRTY;
 *   - so is one that is known only by name, or whose function has another version.
 *
 * A torn or damaged end is dropped, a file that is no log at all is renamed to
 * graph.log.bad (replacing an older one), one of another format or writer is
 * dropped; each appends one line for people, without newline, to `note`.
 * False when the disk says no (read-only, not ours): nothing is loaded. */
bool store_open(struct store **out, int dir, const char *path, struct graph *g,
	const struct store_fn *fns, size_t nfns, struct buf *note, struct err *e);
/* Loads the same without writing a byte: for questions, also when another
 * process holds the lock or the disk is read-only. No log: an empty graph. */
bool store_read(int dir, const char *path, struct graph *g, const struct store_fn *fns,
	size_t nfns, struct buf *note, struct err *e);
/* Flushes, writes all anew as a snapshot when there are many records, and frees `s`
 * in any case.  False when the flush failed; a snapshot that fails leaves the log as
 * it was, which is no error. */
bool store_close(struct store *s, struct graph *g, struct err *e);

/* ---- questions ---- */

struct store_stats store_stats(const struct store *s);
/* Will store_close write all anew? */
bool store_is_long(const struct store *s);

/* ---- changes ---- */

/* Buffers one record for the node as it stands.  A node that is not DONE, in
 * error, transient, or that rests on what is not stored is written as forgotten
 * (when the log has a record of it; STORE_FN_KEPT: as doubtful), so that an older
 * good result is not believed. */
void store_put(struct store *s, struct graph *g, uint32_t node);
/* Forgets the node; what depends on it is then not loaded any more. */
void store_delete(struct store *s, struct graph *g, uint32_t node);
/* Writes what is buffered.  False with the path and the reason: the file is as
 * before the call, the buffer is kept, and the next call tries again. */
bool store_flush(struct store *s, struct err *e);

#endif
