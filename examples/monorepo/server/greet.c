#include "server/greet.h"

#include "base/wire/wire.h"

const char *
greet(int kind)
{
	if (kind == WIRE_BYE)
		return "bye";
	return LONG ? "a very good day" : "hello";
}
