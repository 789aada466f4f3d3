#include <string.h>

#include "base/text/text.h"

int
main(void)
{
	char out[4];

	text_upper(out, "abcdef", 4);
	return strcmp(out, "ABC") != 0;
}
