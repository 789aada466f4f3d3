/* output_look.h -- disk_look for outputs: whole directories, links followed. */
#ifndef SKY_NODES_OUTPUT_LOOK_H
#define SKY_NODES_OUTPUT_LOOK_H

#include "eval/host.h"
#include "nodes/disk.h"

/* Like disk_look; besides, a directory gets a digest of all below it and a
 * stamp with tree, a symlink the digest of what it leads to and `executable` of
 * that.  *end is the kind at the end of the links (the kind itself without). */
bool output_look(const struct host *host, struct str path, struct disk_look *out,
	enum fs_kind *end, struct err *e);

/* Gives what a command made the modes that all outputs have: 0755 what may be
 * executed and directories, else 0644.  Nothing there is fine. */
bool output_settle(const struct host *host, struct str path, struct err *e);

/* Do the stats on disk, of a directory those of all below it, still say what
 * the stamp says, without doubt?  Nothing is read. */
bool output_stamp_holds(const struct host *host, struct str path, const struct stat_stamp *s);

#endif
