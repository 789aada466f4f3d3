/* nodes.c -- one row for each node function written in C. */
#include "nodes/nodes.h"

#include "base/base.h"
#include "nodes/fns.h"

const struct node_fn *const nodes_all[] = {
	&node_file_state,
	&node_file,
	&node_file_kind,
	&node_directory_listing,
	&node_glob,
	&node_env_var,
	&node_builtin,
	&node_action,
	&node_command,
};

const size_t nodes_count = ARRAY_LEN(nodes_all);
