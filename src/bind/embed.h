/* embed.h -- the Lua half of skylua, inside the binary.
 *
 * build/gen/embed.c is made by src/embed.lua: lua/ and the libraries it uses as
 * bytecode, rules/ as text, because those run in the sandbox as text chunks.
 */
#ifndef SKY_BIND_EMBED_H
#define SKY_BIND_EMBED_H

#include <stdbool.h>
#include <stddef.h>

struct embed_file {
	const char *name;            /* "lua/cli/main.lua", "rules/cc.lua" */
	const unsigned char *data;   /* not terminated */
	size_t size;
	bool bytecode;
};

extern const struct embed_file embed_files[];   /* sorted by name, in bytes */
extern const size_t embed_count;
extern const char embed_digest[];               /* 32 hex digits over all of it */

#endif
