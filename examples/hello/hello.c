#include <stdio.h>

int main(void)
{
	puts("Hello from skylua.");
	return 0;
}
