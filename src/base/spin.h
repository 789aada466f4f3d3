/* spin.h -- a lock for critical sections of a few dozen instructions. */
#ifndef SKY_BASE_SPIN_H
#define SKY_BASE_SPIN_H

#include <sched.h>
#include <stdatomic.h>

/* In a loop that waits for another thread. */
static inline void
spin_pause(void)
{
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#elif defined(__aarch64__)
	__asm__ volatile("yield");
#endif
}

struct spin {
	atomic_flag taken;
};

#define SPIN_INIT { ATOMIC_FLAG_INIT }

static inline void
spin_lock(struct spin *s)
{
	for (int n = 0; atomic_flag_test_and_set_explicit(&s->taken, memory_order_acquire); n++)
		if (n > 64)
			sched_yield();
		else
			spin_pause();
}

static inline void
spin_unlock(struct spin *s)
{
	atomic_flag_clear_explicit(&s->taken, memory_order_release);
}

#endif
