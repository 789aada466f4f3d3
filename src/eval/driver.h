/* driver.h -- what an engine is; private to engine.c and results.c. */
#ifndef SKY_EVAL_DRIVER_H
#define SKY_EVAL_DRIVER_H

#include "eval/engine.h"
#include "eval/jobs.h"
#include "eval/scan.h"
#include "store/store.h"

struct engine {
	struct engine_config c;
	struct graph *graph;
	struct eval *eval;
	struct pool pool;
	struct jobs *jobs;
	const struct task *bad_run;       /* its process failed, its function has not said so */
	struct store *store;              /* NULL: none */
	struct settled settled;
	struct fn **fns;                  /* by keys_fn id; NULL: none */
	size_t nfns;
	_Atomic bool asleep;              /* the owner waits in the loop */
	bool running, interrupted, dirty_store;
	_Atomic bool stopping;            /* asked for, by whoever */
	struct err store_error;
	struct ids_list { uint32_t *ids; size_t n, cap; } roots, unsettled;
	struct idset fresh;               /* nodes with messages computed just now */
	int64_t wall_ns;
	int64_t last_turn_ns;
};

#endif
