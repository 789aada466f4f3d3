#include "text/text.h"

#include <string.h>

char *text_pad(char *buf, size_t size, const char *s, size_t width)
{
	size_t n = 0;

	while (n + 1 < size && s[n]) {
		buf[n] = s[n];
		n++;
	}
	while (n + 1 < size && n < width)
		buf[n++] = '.';
	buf[n] = '\0';
	return buf;
}
