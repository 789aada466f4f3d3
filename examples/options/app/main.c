#include <ctype.h>
#include <stdio.h>

#include "rest.h"
#include "word.h"

#ifndef MARKS
#define MARKS 1
#endif

int
main(void)
{
	char line[100];

	snprintf(line, sizeof(line), WORD ", %s%.*s", rest(), MARKS, "!!!");
#ifdef SHOUT
	for (char *p = line; *p; p++)
		*p = (char)toupper((unsigned char)*p);
#endif
#ifdef VERBOSE
	puts("(debug)");
#endif
	puts(line);
	return 0;
}
