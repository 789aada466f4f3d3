#include <stdio.h>
#include <stdlib.h>

#include "sum.h"

int
main(int argc, char **argv)
{
	int all = 0;

	for (int i = 1; i < argc; i++)
		all = sum(all, atoi(argv[i]));
	printf("%d\n", all);
	return 0;
}
