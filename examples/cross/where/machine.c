#include "machine.h"

const char *
machine(void)
{
#if defined(__aarch64__)
	return "arm64";
#elif defined(__x86_64__)
	return "amd64";
#else
	return "some machine";
#endif
}
