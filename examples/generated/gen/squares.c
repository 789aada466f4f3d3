/* Writes a header with a table of the first N squares. */
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 0;

	printf("static const int squares[%d] = {", n);
	for (int i = 0; i < n; i++)
		printf("%s %d", i ? "," : "", i * i);
	printf(" };\n");
	return n > 0 ? 0 : 1;
}
