#include <stdlib.h>

#include "sum.h"

int
main(int argc, char **argv)
{
	return argc == 4 && sum(atoi(argv[1]), atoi(argv[2])) == atoi(argv[3]) ? 0 : 1;
}
