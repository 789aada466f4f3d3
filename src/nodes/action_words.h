/* action_words.h -- the words of a command, as the stamp of an action keeps them.
 *
 * Short words stand as they are, so that a flag that was taken away can be
 * named; of longer ones there are 32 bits of hash.  Beyond the first few dozen
 * the rest counts as one.  A compiler's command takes about 60 bytes this way.
 */
#ifndef SKY_NODES_ACTION_WORDS_H
#define SKY_NODES_ACTION_WORDS_H

#include "base/buf.h"
#include "nodes/action_inputs.h"

struct action_words {
	struct buf bytes;
	uint32_t n;
	uint64_t rest;               /* hash of the words beyond the limit; 0: none */
};

/* `name` says what kind of piece it is (action_key.c), "word" for plain words. */
void action_words_add(struct action_words *w, struct str name, struct str text);
void action_words_put(struct buf *out, const struct action_words *w);
void action_words_fini(struct action_words *w);

/* The pieces of the command as it is now, to be compared. */
struct word_now {
	struct str name, text, code;
};
struct words_now {
	struct word_now *v;          /* in `arena` */
	size_t n, cap;
	struct arena *arena;
};
void action_words_now(struct words_now *now, struct str name, struct str text);

/* Adds the difference from `old` (as put) to `out`: "flag changed: -O2 and 1
 * more", or "command changed" when there is no good name.  With `moved`, words
 * that only name an input say nothing: the inputs tell it.  False: none. */
bool action_words_differ(struct str old, const struct words_now *now,
	const struct action_inputs *moved, struct buf *out);

#endif
