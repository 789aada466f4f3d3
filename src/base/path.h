/* path.h -- path algebra on bytes; no disk.
 *
 * Workspace paths are relative, with single slashes, no "." and no "..", no
 * slash at the end; the root itself is "".  Files beside the workspace (another
 * repository) have as many ".." in front as it takes: "../rules_x/a.c".
 */
#ifndef SKY_BASE_PATH_H
#define SKY_BASE_PATH_H

#include "base/base.h"
#include "base/buf.h"

bool path_is_abs(struct str p);
struct str path_dir(struct str p);            /* "a/b" -> "a", "a" -> "", "/a" -> "/" */
struct str path_base(struct str p);           /* "a/b" -> "b" */
/* "a/b.tar.gz" -> ".gz"; "" if none: "a", "a.", ".profile". */
struct str path_ext(struct str p);
/* Appends dir + "/" + name; the slash only between two that are not empty. */
void path_join(struct buf *out, struct str dir, struct str name);
/* Appends the normal form: "." and double slashes go, ".." is taken up (by
 * spelling: symlinks are not asked).  False (and out is unchanged) when a
 * relative path leaves its root or there is a zero byte. */
bool path_normalize(struct buf *out, struct str p);
bool path_is_normal(struct str p);            /* relative and in normal form */
/* How many bytes of ".." segments a path begins with: 0 for "a/..", 2 for "..",
 * 6 for "../../a", the slash behind the last one included. */
size_t path_ups(struct str p);
/* p == dir or below it; both normal, or both absolute. */
bool path_is_within(struct str p, struct str dir);

#endif
