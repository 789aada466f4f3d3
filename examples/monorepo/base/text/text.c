#include "base/text/text.h"

#include <ctype.h>

void
text_upper(char *out, const char *in, int n)
{
	int i = 0;

	for (; i + 1 < n && in[i]; i++)
		out[i] = (char)toupper((unsigned char)in[i]);
	out[i] = '\0';
}
