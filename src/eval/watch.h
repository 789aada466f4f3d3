/* watch.h -- a clock that does not depend on the loop being run. */
#ifndef SKY_EVAL_WATCH_H
#define SKY_EVAL_WATCH_H

#include <stdint.h>

struct watch;

/* fn(arg) once, on a thread of its own, unless it is stopped first. */
struct watch *watch_start(int64_t timeout_ns, void (*fn)(void *arg), void *arg);
void watch_stop(struct watch *w);        /* waits for fn when it runs; NULL is fine */

#endif
