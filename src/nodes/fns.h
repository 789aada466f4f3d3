/* fns.h -- the node functions themselves; nodes.c is the only reader. */
#ifndef SKY_NODES_FNS_H
#define SKY_NODES_FNS_H

struct node_fn;

extern const struct node_fn node_file_state;
extern const struct node_fn node_file;
extern const struct node_fn node_file_kind;
extern const struct node_fn node_directory_listing;
extern const struct node_fn node_glob;
extern const struct node_fn node_env_var;
extern const struct node_fn node_builtin;
extern const struct node_fn node_action;
extern const struct node_fn node_command;

#endif
