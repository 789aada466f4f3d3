/* load.h -- items of a reader into a graph. */
#ifndef SKY_STORE_LOAD_H
#define SKY_STORE_LOAD_H

#include "graph/graph.h"
#include "store/reader.h"

/* Loads what can be loaded (store_open says what that is) into the empty graph
 * `g` and marks it live in the reader's index. Uses up the reader's deps. */
void load_graph(struct reader *r, struct graph *g);

#endif
