/* bare.c -- the grid without an engine: a hashed memo graph, one thread.
 *
 * The yardstick for the engine with C functions.  Nodes are found by key in one
 * open-addressing table, edges are kept both ways, a function whose dependency
 * is missing is called again when it is there, a change dirties what is above.
 *
 *   bare SIZE -> lines "phase seconds evaluated value rss-bytes"
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOD 1000000007
#define NONE UINT32_MAX

enum { NEW, WAITING, DONE };

struct node {
	int64_t key;              /* a: V(a); -1 - a: LEAF(a) */
	int64_t value;
	uint32_t deps[3], ndeps;
	uint32_t above;           /* first edge to who depends on it */
	uint32_t pending;
	uint8_t state;
	bool injected;
};

struct edge {
	uint32_t node, next;
};

static int64_t side;
static struct node *nodes;
static struct edge *edges;
static uint32_t *slots, *stack;
static size_t nnodes, capnodes, nedges, capedges, nslots, nstack, capstack, evaluated;

static void *
grow(void *p, size_t *cap, size_t need, size_t elem)
{
	if (need <= *cap)
		return p;
	*cap = *cap ? *cap * 2 : 1024;
	p = realloc(p, *cap * elem);
	if (!p)
		abort();
	return p;
}

static size_t
slot_of(int64_t key)
{
	uint64_t h = (uint64_t)key * UINT64_C(0x9e3779b97f4a7c15);
	size_t i = (h ^ (h >> 32)) & (nslots - 1);

	while (slots[i] != NONE && nodes[slots[i]].key != key)
		i = (i + 1) & (nslots - 1);
	return i;
}

static void
rehash(void)
{
	nslots = nslots ? nslots * 2 : 1024;
	free(slots);
	slots = malloc(nslots * sizeof(slots[0]));
	if (!slots)
		abort();
	memset(slots, 0xff, nslots * sizeof(slots[0]));
	for (size_t i = 0; i < nnodes; i++)
		slots[slot_of(nodes[i].key)] = (uint32_t)i;
}

static uint32_t
intern(int64_t key)
{
	if ((nnodes + 1) * 4 > nslots * 3)
		rehash();
	size_t s = slot_of(key);
	if (slots[s] == NONE) {
		nodes = grow(nodes, &capnodes, nnodes + 1, sizeof(nodes[0]));
		nodes[nnodes] = (struct node){ .key = key, .above = NONE };
		slots[s] = (uint32_t)nnodes++;
	}
	return slots[s];
}

static void
push(uint32_t id)
{
	stack = grow(stack, &capstack, nstack + 1, sizeof(stack[0]));
	stack[nstack++] = id;
}

/* Asks for dependencies; true when all are there.  Edges are made once. */
static bool
ask(uint32_t id, const int64_t *keys, uint32_t n)
{
	uint32_t missing = 0, dep[3];

	for (uint32_t i = 0; i < n; i++) {
		dep[i] = intern(keys[i]);
		struct node *d = &nodes[dep[i]];
		if (d->state == DONE)
			continue;
		missing++;
		if (d->state == NEW) {
			d->state = WAITING;
			push(dep[i]);
		}
	}
	for (uint32_t i = 0; i < n && nodes[id].ndeps < n; i++) {
		edges = grow(edges, &capedges, nedges + 1, sizeof(edges[0]));
		edges[nedges] = (struct edge){ id, nodes[dep[i]].above };
		nodes[dep[i]].above = (uint32_t)nedges++;
		nodes[id].deps[nodes[id].ndeps++] = dep[i];
	}
	nodes[id].pending = missing;
	return missing == 0;
}

static bool
compute(uint32_t id, int64_t *value)
{
	int64_t a = nodes[id].key;

	if (a < 0) {
		*value = nodes[id].injected ? nodes[id].value : 1 + (-1 - a) % 7;
		return true;
	}
	bool border = a / side == 0 || a % side == 0;
	int64_t keys[3] = { border ? -1 - a : a - side, a - 1, a - side - 1 };
	if (!ask(id, keys, border ? 1 : 3))
		return false;
	*value = 0;
	for (uint32_t i = 0; i < nodes[id].ndeps; i++)
		*value += nodes[nodes[id].deps[i]].value;
	*value %= MOD;
	return true;
}

static int64_t
evaluate(int64_t key)
{
	uint32_t goal = intern(key);
	int64_t value;

	evaluated = 0;
	if (nodes[goal].state == NEW) {
		nodes[goal].state = WAITING;
		push(goal);
	}
	while (nstack > 0) {
		uint32_t id = stack[--nstack];
		if (!compute(id, &value))
			continue;
		nodes[id].value = value;
		nodes[id].state = DONE;
		evaluated++;
		for (uint32_t e = nodes[id].above; e != NONE; e = edges[e].next) {
			struct node *p = &nodes[edges[e].node];
			if (p->state == WAITING && p->pending > 0 && --p->pending == 0)
				push(edges[e].node);
		}
	}
	return nodes[goal].value;
}

static void
inject(int64_t a, int64_t value)
{
	uint32_t leaf = intern(-1 - a);

	nodes[leaf].injected = true;
	push(leaf);
	while (nstack > 0) {
		struct node *n = &nodes[stack[--nstack]];
		if (n->state != DONE)
			continue;
		n->state = NEW;
		for (uint32_t e = n->above; e != NONE; e = edges[e].next)
			push(edges[e].node);
	}
	nodes[leaf].value = value;
}

static long
rss(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	long size = 0, pages = 0;

	if (!f || fscanf(f, "%ld %ld", &size, &pages) != 2)
		exit(1);
	fclose(f);
	return pages * sysconf(_SC_PAGESIZE);
}

static void
phase(const char *name, long before)
{
	struct timespec a, b;

	clock_gettime(CLOCK_MONOTONIC, &a);
	int64_t v = evaluate(side * side - 1);
	clock_gettime(CLOCK_MONOTONIC, &b);
	double t = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
	printf("%s %.6f %zu %" PRId64 " %ld\n", name, t, evaluated, v, rss() - before);
}

int
main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	side = atoll(argv[1]);
	long before = rss();
	phase("fresh", before);
	inject(side - 1, 100);
	phase("corner", before);
	inject(side / 2, 100);
	phase("middle", before);
	phase("unchanged", before);
	return 0;
}
