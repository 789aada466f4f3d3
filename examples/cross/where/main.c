#include <stdio.h>

#include "gen/table.h"
#include "machine.h"

int
main(void)
{
	printf("%s, and the last prime is %d\n", machine(),
	    primes[sizeof(primes) / sizeof(primes[0]) - 1]);
	return 0;
}
