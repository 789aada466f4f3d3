#include "rest.h"

const char *
rest(void)
{
	return whom();
}
