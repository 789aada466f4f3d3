#include "text/text.h"

#include <stdio.h>
#include <string.h>

int main(void)
{
	char word[] = "mixed Case 1";
	char buf[8];

	if (strcmp(text_upper(word), "MIXED CASE 1") != 0) {
		printf("text_upper gave %s\n", word);
		return 1;
	}
	if (strcmp(text_pad(buf, sizeof(buf), "ab", 5), "ab...") != 0) {
		printf("text_pad gave %s\n", buf);
		return 1;
	}
	if (strcmp(text_pad(buf, sizeof(buf), "much too long", 20), "much to") != 0) {
		printf("text_pad overran or cut wrongly: %s\n", buf);
		return 1;
	}
	puts("text: ok");
	return 0;
}
