#include "shapes/shapes.h"

#include <stdio.h>

#include "text/text.h"

void shape_print(const char *name, double area)
{
	char buf[32];

	text_pad(buf, sizeof(buf), name, 12);
	printf("%s %6.2f\n", text_upper(buf), area);
}
