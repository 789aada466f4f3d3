#include "text/text.h"

#include <ctype.h>

char *text_upper(char *s)
{
	for (char *p = s; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return s;
}
