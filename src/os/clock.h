/* clock.h -- durations and wall time, in nanoseconds.
 *
 * SKYLUA_FAKE_CLOCK=N in the environment (specs) adds N ns to wall time.
 */
#ifndef SKY_OS_CLOCK_H
#define SKY_OS_CLOCK_H

#include <stdint.h>

int64_t clock_mono_ns(void);   /* never goes back; for durations */
int64_t clock_wall_ns(void);   /* the coarse clock that file systems stamp with */

#endif
