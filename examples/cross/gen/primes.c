#include <stdio.h>
#include <stdlib.h>

int
main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 5;

	printf("static const int primes[] = {");
	for (int i = 2; n > 0; i++) {
		int d = 2;
		while (i % d != 0)
			d++;
		if (d == i) {
			printf(" %d,", i);
			n--;
		}
	}
	printf(" };\n");
	return 0;
}
