/* value.h -- an immutable result: canonical bytes with a digest.
 *
 * Plain data: nil, booleans, integers, floats, byte strings, lists, maps with
 * sorted keys, and two special kinds: a *tagged* value (a name and a payload:
 * label, artifact, provider instance, ...) and a *depset* (a DAG of lists with
 * sharing).  The same bytes are memory, disk, message and hash input:
 *
 *   0 nil   1 false   2 true
 *   3 int       zigzag LEB128
 *   4 float     8 bytes little endian (one NaN)
 *   5 string    length, bytes
 *   6 list      count, items
 *   7 map       count, (key, value)...; keys are ints or strings, ints first,
 *               ascending, then strings in byte order
 *   8 tagged    length, name, payload
 *   9 depset    16 bytes: the digest of a depset value, which is a *kid* of
 *               this value (kids stand in the order in which they occur)
 *  10 depset node (only as the first byte of a value that is a depset):
 *               order byte, count, direct items, count, 16 bytes per
 *               transitive depset (kids, in order); direct items hold no depset
 *
 * A value is shared by threads; it is freed when the last reference goes.
 */
#ifndef SKY_GRAPH_VALUE_H
#define SKY_GRAPH_VALUE_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"

enum value_kind {
	VALUE_NIL, VALUE_FALSE, VALUE_TRUE, VALUE_INT, VALUE_FLOAT, VALUE_STRING,
	VALUE_LIST, VALUE_MAP, VALUE_TAGGED, VALUE_DEPSET, VALUE_DEPSET_NODE
};

enum depset_order { DEPSET_POSTORDER, DEPSET_PREORDER, DEPSET_TOPOLOGICAL };

struct value {
	_Atomic uint32_t refs;
	uint32_t size;              /* bytes of the encoding */
	uint32_t nkids;
	uint32_t reserved;
	struct digest digest;       /* of the encoding */
	struct value *kids[];       /* owned references; the bytes stand behind */
};

static inline const unsigned char *
value_bytes(const struct value *v)
{
	return (const unsigned char *)(v->kids + v->nkids);
}

/* life */
/* Copies bytes and takes one new reference of each kid. */
struct value *value_new(const void *bytes, size_t size, struct value *const *kids,
	uint32_t nkids);
struct value *value_ref(const struct value *v);       /* returns v */
void value_unref(const struct value *v);              /* NULL is fine; no deep C recursion */
struct value *value_of_nil(void);                     /* these return a new reference */
struct value *value_of_bool(bool b);
struct value *value_of_int(int64_t i);
struct value *value_of_str(struct str s);

/* questions */
bool value_eq(const struct value *a, const struct value *b);
enum value_kind value_kind(const struct value *v);
/* Bytes a stranger wrote (the store): well-formed, canonical, nkids right? */
bool value_valid(const void *bytes, size_t size, uint32_t nkids);
/* Lua-like text, for people: {a = 1, "x"}; depsets as depset(...). Lists
 * and maps are cut off after `limit` bytes (0: never). */
void value_print(struct buf *out, const struct value *v, size_t limit);

/* ---- building ---- */
/* Append in order; a list or map announces its count first.  Map keys must
 * come sorted (checked in CHECK builds).  vb_finish hands out the value and
 * resets the builder. */
struct vb {
	struct buf buf;
	struct value **kids;    /* references held */
	size_t nkids, capkids;
};

void vb_init(struct vb *b);
void vb_fini(struct vb *b);
void vb_nil(struct vb *b);
void vb_bool(struct vb *b, bool v);
void vb_int(struct vb *b, int64_t v);
void vb_float(struct vb *b, double v);
void vb_str(struct vb *b, struct str s);
void vb_list(struct vb *b, size_t count);
void vb_map(struct vb *b, size_t count);
void vb_tag(struct vb *b, struct str name);           /* then the payload */
void vb_value(struct vb *b, const struct value *v);   /* a copy, kids and all; a
                                                         depset node becomes a depset */
void vb_depset_node(struct vb *b, enum depset_order order, size_t nitems);
                                                      /* then items, vb_transitive */
void vb_transitive(struct vb *b, struct value *const *depsets, size_t n);
struct value *vb_finish(struct vb *b);

/* ---- reading ---- */
/* A cursor on one value inside an encoding; copying it is cheap. */
struct vr {
	const unsigned char *p, *end;
	struct value *const *kid;     /* the next kid */
};

struct vr vr_of(const struct value *v);
enum value_kind vr_kind(const struct vr *r);
/* Each reads the value at the cursor and moves behind it; false (and nothing
 * moves) when it is of another kind. */
bool vr_bool(struct vr *r, bool *out);
bool vr_int(struct vr *r, int64_t *out);
bool vr_float(struct vr *r, double *out);             /* ints too */
bool vr_str(struct vr *r, struct str *out);           /* borrowed from the value */
bool vr_list(struct vr *r, size_t *count);            /* then the items */
bool vr_map(struct vr *r, size_t *count);             /* then key, value pairs */
bool vr_tag(struct vr *r, struct str *name);          /* then the payload */
bool vr_depset(struct vr *r, const struct value **depset);   /* borrowed */
void vr_skip(struct vr *r);
/* Looks for a string key in the map at the cursor, which does not move. */
bool vr_field(const struct vr *map, const char *name, struct vr *out);
bool vr_field_str(const struct vr *map, const char *name, struct str *out);
bool vr_field_int(const struct vr *map, const char *name, int64_t *out);
bool vr_field_bool(const struct vr *map, const char *name, bool *out); /* absent: false */
/* The encoding of the value at the cursor as a value of its own. */
struct value *vr_copy(const struct vr *r);

/* ---- depsets ---- */
/* Calls fn(arg, item) for each distinct item once, in the depset's order
 * (items are equal when their bytes are).  Iterative; linear in edges. */
typedef void (*depset_fn)(void *arg, struct vr item);
void depset_walk(const struct value *depset, depset_fn fn, void *arg);

#endif
