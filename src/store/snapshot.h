/* snapshot.h -- the whole graph as it stands in the file: mapped and used in place.
 *
 * Behind the header of the log: a head, then sections, each at a multiple of 8
 * bytes.  `parts`, the values, comes first, because it is written while the rest
 * is still being collected; each value there has its own digest and is checked
 * when it is used.  All other sections have a checksum that is checked at once.
 * Numbers are in the byte order of the machine that wrote them.
 */
#ifndef SKY_STORE_SNAPSHOT_H
#define SKY_STORE_SNAPSHOT_H

#include "graph/frozen.h"
#include "store/index.h"

enum snapshot_section {
	SNAPSHOT_NODES, SNAPSHOT_DEPS, SNAPSHOT_RDEPS, SNAPSHOT_INDEX, SNAPSHOT_DEPSETS,
	SNAPSHOT_KEYS,
	SNAPSHOT_FNS,            /* for each: version (8 bytes), length, name (base/enc.h) */
	SNAPSHOT_SECTIONS
};

struct snapshot_head {
	uint32_t order;          /* 0x01020304 as this machine writes it */
	uint32_t node_size;      /* of struct frozen_node */
	uint32_t version, nmessages, nrecovered, nbehind;
	uint64_t nparts;         /* bytes */
	uint64_t size[SNAPSHOT_SECTIONS];    /* bytes */
	uint64_t sum[SNAPSHOT_SECTIONS];     /* hash64 */
	uint64_t head_sum;       /* of all before */
};

struct snapshot {
	struct frozen frozen;    /* fns NULL: there is none */
	struct frozen_fn *fns;   /* owned */
};

/* `bytes` as they are mapped; those of a log without a snapshot are none.  False
 * when they are damaged. */
bool snapshot_open(struct snapshot *s, const struct index *ix, struct str bytes);
void snapshot_close(struct snapshot *s);
uint64_t snapshot_head_sum(const struct snapshot_head *h);
static inline uint64_t
snapshot_pad(uint64_t bytes)
{
	return (bytes + 7) & ~UINT64_C(7);
}

#endif
