/* clock.c -- two kernel clocks, and the offset that specs may ask for. */
#include "os/clock.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

#include "base/die.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec t;

	CHECK(clock_gettime(id, &t) == 0);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_mono_ns(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static int64_t
parse_offset(const char *text)
{
	char *end;
	long long v;

	if (!text)
		return 0;
	errno = 0;
	v = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0')
		die(2, "SKYLUA_FAKE_CLOCK is not a whole number: \"%s\"", text);
	return v;
}

/* Read once; two threads that come first together both find the same. */
static int64_t
fake_offset(void)
{
	static _Atomic int64_t offset;
	static atomic_bool known;

	if (!atomic_load_explicit(&known, memory_order_acquire)) {
		atomic_store(&offset, parse_offset(getenv("SKYLUA_FAKE_CLOCK")));
		atomic_store_explicit(&known, true, memory_order_release);
	}
	return atomic_load_explicit(&offset, memory_order_relaxed);
}

int64_t
clock_wall_ns(void)
{
	return read_clock(CLOCK_REALTIME_COARSE) + fake_offset();
}
