/* memory.h -- how much memory is there for more processes? */
#ifndef SKY_OS_MEMORY_H
#define SKY_OS_MEMORY_H

#include "base/base.h"

/* KiB that new processes can use without swapping, of the machine or of our control
 * group, whichever is less; INT64_MAX when the system does not say.  Takes some 30
 * us.  SKYLUA_FAKE_MEMORY=N in the environment (specs) is the answer. */
int64_t memory_available_kib(void);

#endif
