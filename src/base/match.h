/* match.h -- glob patterns against names and paths; no disk.
 *
 * "*" and "?" (one byte) do not match "/", "[a-z]" and "[!a-z]" are byte
 * classes, "**" as a whole segment matches any number of segments (also none).
 * A name that begins with "." is matched only by a segment that begins with
 * ".": "**" does not go through hidden directories.  The path "" has no
 * segments.  There is no escape character: "[*]" is a star.
 */
#ifndef SKY_BASE_MATCH_H
#define SKY_BASE_MATCH_H

#include "base/base.h"

bool match_is_pattern(struct str s);                  /* has *, ? or [ */
bool match_name(struct str pattern, struct str name); /* one segment */
bool match_path(struct str pattern, struct str path); /* with "**" */
/* NULL, or what is wrong with the pattern, as the end of a sentence: empty,
 * absolute, "." or "..", "a**b", empty segment, class not closed, range
 * backwards, zero byte.  The other functions match nothing at such a place. */
const char *match_problem(struct str pattern);

#endif
