/* errval.h -- an error as a value: what a failed node holds.
 *
 * A map: code, message, and where known hint, file, line, column, source (the
 * line's text), chain (list of "file:line" strings, innermost first), label,
 * transient (bool), key (the key that failed), cause (another error map), cycle (a
 * list of keys), cycles (a list of such, when there are several).  Keys stand as
 * values tagged "key" with the payload {function name, argument}.  Errors are equal
 * when all this is.  The path from a root is no part of it: it is found when the
 * error is shown (eval_error_path).
 */
#ifndef SKY_EVAL_ERRVAL_H
#define SKY_EVAL_ERRVAL_H

#include "base/err.h"
#include "graph/key.h"
#include "graph/value.h"

struct value *errval_of(const struct err *e);                       /* new reference */
struct value *errval_make(const char *code, struct str message, struct str hint);
/* The same error with the key that failed, unless it names one already. */
struct value *errval_with_key(struct value *take, const struct keys *k, const struct key *key);
/* A cycle, given from any member on, as the list that begins at its least key. */
struct value *errval_ring(const struct keys *k, const struct key *const *cycle, size_t n);
/* The error of such lists, at least one. */
struct value *errval_cycles(struct keys *k, struct value *const *rings, size_t n);
/* Reads a key from a list of keys. */
const struct key *errval_key_at(struct keys *k, struct vr *r);
void errval_put_key(struct vb *b, const struct keys *k, const struct key *key);
/* Gives the map a field more (or instead): `v` is taken. */
struct value *errval_set(struct value *take, const char *field, struct value *v);
struct str errval_message(const struct value *v);                   /* borrowed */
struct str errval_code(const struct value *v);
bool errval_transient(const struct value *v);

#endif
