#include "rest.h"

const char *
whom(void)
{
	return "world";
}
