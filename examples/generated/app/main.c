#include <stdio.h>

#include "gen/table.h"
#include "gen/version.h"

int main(void)
{
	int sum = 0;

	for (size_t i = 0; i < sizeof(squares) / sizeof(squares[0]); i++)
		sum += squares[i];
	printf("version %s, sum of squares %d\n", VERSION, sum);
	return 0;
}
