#include <string.h>

#include "machine.h"

int
main(void)
{
	return strlen(machine()) > 0 ? 0 : 1;
}
