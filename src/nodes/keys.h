/* keys.h -- the keys of the node functions: all that they know of each other.
 *
 * Each constructor interns and returns the key of one function; paths are
 * relative to the workspace or absolute, in normal form.
 */
#ifndef SKY_NODES_KEYS_H
#define SKY_NODES_KEYS_H

#include "graph/key.h"

const struct key *keys_file_state(struct keys *k, struct str path);
const struct key *keys_file(struct keys *k, struct str path);
const struct key *keys_file_kind(struct keys *k, struct str path);
const struct key *keys_directory_listing(struct keys *k, struct str path);
const struct key *keys_glob(struct keys *k, struct str pkg, const struct str *include,
	size_t ninclude, const struct str *exclude, size_t nexclude);
const struct key *keys_env(struct keys *k, struct str name);
const struct key *keys_builtin(struct keys *k, struct str name);
const struct key *keys_package(struct keys *k, struct str id);
const struct key *keys_target(struct keys *k, struct str label);
const struct key *keys_configured_target(struct keys *k, struct str label, struct str config);
const struct key *keys_action(struct keys *k, struct str label, struct str config,
	int64_t index);
/* The parts of an ACTION key, borrowed from it; false when it is malformed. */
bool keys_action_parts(const struct key *key, struct str *label, struct str *config,
	int64_t *index);

#endif
