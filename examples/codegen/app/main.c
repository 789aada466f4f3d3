#include <stdio.h>

#include "keywords/keywords.h"

int
main(void)
{
	printf("%d keywords, the last is %s\n", KEYWORDS, keyword_names[KEYWORD_ELSE]);
	return 0;
}
