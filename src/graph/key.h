/* key.h -- keys: (function, argument), interned to a pointer and a dense id.
 *
 * One table for the process, shared by all threads and engines: equal keys are
 * the same pointer.  Keys are never freed: they live as long as the table.
 * The argument is a value without depsets, in its canonical encoding.
 */
#ifndef SKY_GRAPH_KEY_H
#define SKY_GRAPH_KEY_H

#include "base/base.h"
#include "base/buf.h"
#include "graph/value.h"

struct key {
	uint32_t id;             /* dense, from 0, in order of creation */
	uint16_t fn;             /* index of the function's name */
	uint16_t reserved;
	uint32_t size;           /* bytes of the argument */
	uint32_t hash;           /* upper half of the table hash */
	unsigned char arg[];
};

struct keys;

struct keys *keys_new(void);
void keys_free(struct keys *k);

/* Names of functions are interned too; at most 65,535. */
uint16_t keys_fn(struct keys *k, struct str name);
struct str keys_fn_name(const struct keys *k, uint16_t fn);
uint32_t keys_fn_count(const struct keys *k);      /* ids are below it */

/* Any thread. `arg` must be a whole, canonical encoding without depsets. */
const struct key *key_intern(struct keys *k, uint16_t fn, const void *arg, size_t size);
const struct key *key_of_int(struct keys *k, uint16_t fn, int64_t arg);
const struct key *key_of_str(struct keys *k, uint16_t fn, struct str arg);
const struct key *key_of_value(struct keys *k, uint16_t fn, const struct value *arg);
const struct key *key_by_id(const struct keys *k, uint32_t id);
uint32_t keys_count(const struct keys *k);

struct vr key_arg(const struct key *key);            /* a cursor on the argument */
bool key_arg_str(const struct key *key, struct str *out);
/* NAME:argument; a string argument stands bare, others as value_print. */
void key_print(struct buf *out, const struct keys *k, const struct key *key);

#endif
