/* load.h -- items of a reader into a graph. */
#ifndef SKY_STORE_LOAD_H
#define SKY_STORE_LOAD_H

#include "graph/graph.h"
#include "store/reader.h"

/* Puts them into `g`, which holds the snapshot's nodes and no others (store_open
 * says what becomes of them). Uses up the reader's deps. */
void load_graph(struct reader *r, struct graph *g);

#endif
